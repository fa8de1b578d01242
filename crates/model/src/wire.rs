//! One attempt to get an answer, by way of the client library, and what its failure means.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use genai::chat::{
    ChatMessage, ChatOptions, ChatRequest, ChatResponse, ContentPart, JsonSpec, StopReason,
};
use genai::resolver::{AuthData, Endpoint as Address, ProviderConfig};
use genai::{ModelIden, ServiceTarget};
use pageloom_schema::{AnswerForm, Finish, ModelReply, ModelRequest, Png, RequestPart, Tokens};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::error::ModelError;
use crate::keys::Keys;
use crate::provider::Endpoint;

/// The longest message of an endpoint that is passed on, in characters.
const MAX_MESSAGE: usize = 300;
/// The longest wait that an endpoint may ask for.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(120);
/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(20);

/// A way to an endpoint.
pub(crate) struct Wire {
    client: genai::Client,
    address: Address,
    auth: AuthData,
    model: ModelIden,
    name: String,
    keys: Keys,
    timeout: Duration,
    /// Parameters that the endpoint has said it does not take.
    without: Mutex<BTreeSet<Parameter>>,
}

/// A parameter that not every endpoint takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Parameter {
    Temperature,
    Seed,
    Schema,
    MaxTokens,
}

impl Parameter {
    const ALL: [Self; 4] = [Self::Temperature, Self::Seed, Self::Schema, Self::MaxTokens];

    fn name(self) -> &'static str {
        match self {
            Self::Temperature => "temperature",
            Self::Seed => "seed",
            Self::Schema => "schema",
            Self::MaxTokens => "max_tokens",
        }
    }

    /// What endpoints call it when they complain.
    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Temperature => &["temperature"],
            Self::Seed => &["seed"],
            Self::Schema => &[
                "response_format",
                "json_schema",
                "output_config",
                "output_format",
                "responseschema",
                "structured output",
                "grammar",
                "guided",
            ],
            Self::MaxTokens => &["max_tokens", "max_completion_tokens"],
        }
    }
}

/// An answer of one attempt.
pub(crate) struct Answered {
    pub(crate) reply: ModelReply,
    pub(crate) raw: String,
    pub(crate) without: Vec<String>,
}

/// How an attempt failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It may go better the next time, after this long.
    Transient { message: String, retry_after: Option<Duration> },
    /// The endpoint does not take a parameter; it has been noted, and is left out from now on.
    Unsupported { message: String },
    /// It will not go better.
    Denied { status: u16, message: String },
}

impl Wire {
    /// A way to `endpoint`. Asks it for its model where none is named.
    pub(crate) async fn open(
        endpoint: &mut Endpoint,
        keys: &Keys,
        timeout: Duration,
    ) -> Result<Self, ModelError> {
        let auth = match keys.get(endpoint.variable()) {
            Some(key) => AuthData::from_single(key.expose_secret()),
            None if endpoint.needs_key() => {
                return Err(ModelError::NoKey {
                    model: endpoint.label.clone(),
                    variable: endpoint.variable().to_owned(),
                });
            }
            // The library wants one; a server without keys does not look at it.
            None => AuthData::from_single("none"),
        };
        let client = genai::Client::builder().with_reqwest(http(endpoint, timeout)?).build();
        let client = client.map_err(|error| ModelError::Client(error.to_string()))?;
        let address = Address::from_owned(endpoint.base_url.as_str());
        if endpoint.model.is_empty() {
            endpoint.model = only_model(&client, endpoint, &address, &auth, keys).await?;
        }
        Ok(Self {
            client,
            address,
            auth,
            model: ModelIden::new(endpoint.adapter(), endpoint.model.as_str()),
            name: endpoint.model.clone(),
            keys: keys.clone(),
            timeout,
            without: Mutex::default(),
        })
    }

    /// Asks once.
    pub(crate) async fn attempt(
        &self,
        request: &ModelRequest,
        pictures: &[Png],
    ) -> Result<Answered, Failure> {
        let without = self.without.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let target = ServiceTarget {
            endpoint: self.address.clone(),
            auth: self.auth.clone(),
            model: self.model.clone(),
        };
        let options = self.options(request, &without);
        let chat = chat(request, pictures, &without);
        let sent = self.client.exec_chat(target, chat, Some(&options));
        let answered = match tokio::time::timeout(self.timeout, sent).await {
            Ok(Ok(response)) => self.read(response),
            Ok(Err(error)) => Err(self.failure(&error, &without)),
            Err(_) => Err(transient(format!("no answer within {:?}", self.timeout))),
        };
        answered.map(|(reply, raw)| Answered {
            reply,
            raw,
            without: without.iter().map(|parameter| parameter.name().to_owned()).collect(),
        })
    }

    fn options(&self, request: &ModelRequest, without: &BTreeSet<Parameter>) -> ChatOptions {
        let sampling = request.sampling;
        let has = |parameter: Parameter| !without.contains(&parameter);
        let mut options = ChatOptions::default().with_capture_raw_body(true);
        options.temperature = sampling.temperature.filter(|_| has(Parameter::Temperature));
        // Another draw is another answer, also where the temperature alone would not say so.
        let seed = sampling.seed.map(|seed| seed.wrapping_add(u64::from(request.draw)));
        options.seed = seed.filter(|_| has(Parameter::Seed));
        if has(Parameter::MaxTokens) {
            options.max_tokens = Some(sampling.max_tokens);
        }
        if let AnswerForm::Json { name, schema } = &request.form
            && has(Parameter::Schema)
            && let Ok(schema) = serde_json::from_str::<Value>(schema)
        {
            options.response_format = Some(JsonSpec::new(name.as_str(), schema).into());
        }
        if self.model.adapter_kind == genai::adapter::AdapterKind::OpenAI {
            // The library takes endings such as `-high` off a name; a name is what its server says.
            let mut body = json!({ "model": self.name });
            if !has(Parameter::MaxTokens) {
                body["max_completion_tokens"] = json!(sampling.max_tokens);
            }
            options.extra_body = Some(body);
        }
        options
    }

    /// What a response says.
    fn read(&self, response: ChatResponse) -> Result<(ModelReply, String), Failure> {
        let raw = response.captured_raw_body.clone().unwrap_or_default();
        let said = |path: &str| raw.pointer(path).and_then(Value::as_str).map(str::to_owned);
        let refusal = said("/choices/0/message/refusal").filter(|text| !text.is_empty());
        let blocked = said("/promptFeedback/blockReason");
        let text = response.content.joined_texts().unwrap_or_default();
        if let Some(error) = raw.get("error").filter(|error| !error.is_null()) {
            return Err(transient(self.clean(&error_message(error))));
        }
        let finish = match &response.stop_reason {
            _ if refusal.is_some() || blocked.is_some() => Finish::Refused,
            Some(StopReason::MaxTokens(_)) => Finish::CutOff,
            Some(StopReason::ContentFilter(_)) => Finish::Refused,
            None if text.is_empty() => {
                return Err(transient("a reply without an answer in it".to_owned()));
            }
            _ => Finish::Complete,
        };
        let text = if text.is_empty() { refusal.or(blocked).unwrap_or_default() } else { text };
        let count = |count: Option<i32>| count.and_then(|count| u64::try_from(count).ok());
        let tokens = count(response.usage.prompt_tokens)
            .zip(count(response.usage.completion_tokens))
            .map(|(input, output)| Tokens { input, output });
        let reply = ModelReply { text: self.keys.scrub(&text), finish, tokens };
        Ok((reply, self.keys.scrub(&raw.to_string())))
    }

    fn failure(&self, error: &genai::Error, without: &BTreeSet<Parameter>) -> Failure {
        let message = self.clean(&describe(error));
        let Some(status) = error.status().map(|status| status.as_u16()) else {
            return Failure::Transient { message, retry_after: None };
        };
        if matches!(status, 408 | 409 | 425 | 429 | 500..=599) {
            let retry_after = error.headers().and_then(retry_after);
            return Failure::Transient { message: format!("{status}: {message}"), retry_after };
        }
        if matches!(status, 400 | 422) {
            let lower = message.to_lowercase();
            let unknown = UNKNOWN.iter().any(|words| lower.contains(words));
            let named = |parameter: &&Parameter| {
                !without.contains(parameter)
                    && parameter.words().iter().any(|word| lower.contains(word))
                    // A limit of tokens is not left out, only called by its newer name.
                    && (**parameter != Parameter::MaxTokens
                        || lower.contains("max_completion_tokens"))
            };
            if unknown && let Some(parameter) = Parameter::ALL.iter().find(named) {
                self.without.lock().unwrap_or_else(PoisonError::into_inner).insert(*parameter);
                return Failure::Unsupported { message };
            }
        }
        Failure::Denied { status, message }
    }

    /// A message of an endpoint: one line, short, no key.
    fn clean(&self, message: &str) -> String {
        clean(&self.keys, message)
    }
}

fn clean(keys: &Keys, message: &str) -> String {
    // Before it is cut, or half a key could stay.
    let message = keys.scrub(message);
    let line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short: String = line.chars().take(MAX_MESSAGE).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    short
}

fn transient(message: String) -> Failure {
    Failure::Transient { message, retry_after: None }
}

fn http(endpoint: &Endpoint, timeout: Duration) -> Result<reqwest::Client, ModelError> {
    // Whoever was first set the same one.
    drop(rustls::crypto::ring::default_provider().install_default());
    let mut builder = reqwest::Client::builder()
        .connect_timeout(CONNECT)
        .timeout(timeout)
        // A redirect would carry the question, and with it the key, elsewhere.
        .redirect(reqwest::redirect::Policy::none());
    if endpoint.is_loopback() {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| ModelError::Client(error.to_string()))
}

async fn only_model(
    client: &genai::Client,
    endpoint: &Endpoint,
    address: &Address,
    auth: &AuthData,
    keys: &Keys,
) -> Result<String, ModelError> {
    let which = |problem: String| ModelError::WhichModel {
        url: endpoint.base_url.trim_end_matches('/').to_owned(),
        problem,
    };
    let config = ProviderConfig::from((address.clone(), auth.clone()));
    let asked = client.all_model_names(endpoint.adapter(), config);
    let names = tokio::time::timeout(CONNECT, asked)
        .await
        .map_err(|_| which("does not say which models it has".to_owned()))?
        .map_err(|error| which(format!("cannot be asked: {}", clean(keys, &describe(&error)))))?;
    match names.as_slice() {
        // A name that would not be shown whole is none to go by.
        [only] if clean(keys, only) == *only => Ok(only.clone()),
        [_] => Err(which("has a model without a name that can be shown".to_owned())),
        [] => Err(which("has no model".to_owned())),
        several => {
            let names = several.iter().take(20).map(|name| clean(keys, name));
            let names = names.collect::<Vec<_>>().join(", ");
            Err(which(format!("has {} models: {}", several.len(), clean(keys, &names))))
        }
    }
}

/// A request in the words of the library. Pictures stand where they stood, as they are sent.
fn chat(request: &ModelRequest, pictures: &[Png], without: &BTreeSet<Parameter>) -> ChatRequest {
    let mut pictures = pictures.iter();
    let parts: Vec<ContentPart> = request
        .parts
        .iter()
        .filter_map(|part| match part {
            RequestPart::Text(text) => Some(ContentPart::from_text(text.as_str())),
            RequestPart::Image(_) => pictures.next().map(|png| {
                let data = base64::engine::general_purpose::STANDARD.encode(&png.0);
                ContentPart::from_binary_base64("image/png", Arc::<str>::from(data), None)
            }),
        })
        .collect();
    let mut instructions = request.instructions.clone();
    if let AnswerForm::Json { schema, .. } = &request.form
        && without.contains(&Parameter::Schema)
    {
        instructions.push_str(
            "\n\nAnswer with one JSON object and nothing else. It must fit this JSON Schema:\n",
        );
        instructions.push_str(schema);
    }
    let chat = ChatRequest::new(vec![ChatMessage::user(parts)]);
    if instructions.is_empty() { chat } else { chat.with_system(instructions) }
}

/// How endpoints say that they do not take a parameter, rather than its value.
const UNKNOWN: [&str; 12] = [
    "unsupported",
    "not support",
    "unknown",
    "unrecognized",
    "unrecognised",
    "unexpected",
    "not permitted",
    "not allowed",
    "extra inputs",
    "extra fields",
    "no longer",
    "deprecated",
];

/// What went wrong, without the request that the library would print with it.
fn describe(error: &genai::Error) -> String {
    use genai::Error;
    use genai::webc::Error as WebError;
    match error {
        Error::WebModelCall { webc_error, .. } | Error::WebAdapterCall { webc_error, .. } => {
            match webc_error {
                WebError::ResponseFailedStatus { body, .. } => {
                    match serde_json::from_str::<Value>(body) {
                        Ok(body) => error_message(body.get("error").unwrap_or(&body)),
                        Err(_) => body.clone(),
                    }
                }
                WebError::ResponseFailedNotJson { content_type, .. } => {
                    format!("a reply of type `{content_type}`, not JSON")
                }
                WebError::ResponseFailedInvalidJson { cause, .. } => {
                    format!("a reply that is no JSON: {cause}")
                }
                WebError::Reqwest(error) => transport(error),
                WebError::JsonValueExt(error) => error.to_string(),
            }
        }
        Error::HttpError { body, .. } => body.clone(),
        Error::ChatResponseGeneration { cause, .. } => {
            format!("a reply in no known form: {cause}")
        }
        other => other.to_string(),
    }
}

/// A transport error with its causes, which tell what really happened, and without the URL.
fn transport(error: &reqwest::Error) -> String {
    let what = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    };
    let mut cause = std::error::Error::source(error);
    let mut deepest = None;
    while let Some(error) = cause {
        deepest = Some(error.to_string());
        cause = error.source();
    }
    deepest.map_or_else(|| what.to_owned(), |deepest| format!("{what}: {deepest}"))
}

fn error_message(error: &Value) -> String {
    let message = error.get("message").and_then(Value::as_str).or(error.as_str());
    message.map_or_else(|| error.to_string(), str::to_owned)
}

/// How long an endpoint asks to be left alone: `retry-after-ms`, or `retry-after` in seconds.
fn retry_after(headers: &reqwest::header::HeaderMap) -> Option<Duration> {
    let number = |name: &str| {
        let value = headers.get(name)?.to_str().ok()?.trim().parse::<f64>().ok()?;
        (value.is_finite() && value >= 0.0).then_some(value)
    };
    let seconds = number("retry-after-ms").map(|ms| ms / 1e3).or_else(|| number("retry-after"))?;
    Some(Duration::from_secs_f64(seconds.min(MAX_RETRY_AFTER.as_secs_f64())))
}
