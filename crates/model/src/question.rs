//! A question's identity, and the form in which it is kept.

use std::sync::Arc;

use pageloom_schema::{AnswerForm, ModelRequest, Png, RequestPart, Sampling};
use serde_json::{Value, json};

use crate::error::ModelError;
use crate::pictures::{PicturePolicy, size};
use crate::provider::Endpoint;

/// Raised when the same request would be sent in other words.
const VERSION: &str = "pageloom-question-1";

/// The most tokens that a question may take as input: a token for each byte of text, which no
/// tokenizer of bytes passes, and what its pictures may count as.
pub(crate) fn input_bound(endpoint: &Endpoint, request: &ModelRequest, sent: &[Png]) -> u64 {
    let schema = match &request.form {
        AnswerForm::Text => 0,
        AnswerForm::Json { schema, .. } => schema.len(),
    };
    let texts = request.parts.iter().map(|part| match part {
        RequestPart::Text(text) => text.len(),
        RequestPart::Image(_) => 0,
    });
    let bytes = texts.sum::<usize>() + request.instructions.len() + 2 * schema;
    let picture = |png: &Png| {
        let (width, height) = size(png).unwrap_or((1_000, 1_000));
        endpoint.picture_tokens(width, height)
    };
    bytes as u64 + 200 + sent.iter().map(picture).sum::<u64>()
}

/// The pictures of a request as they are sent, in order. Takes computing where one has to be made
/// smaller.
///
/// # Errors
/// [`ModelError::Picture`] for too many, or one that is none.
pub(crate) fn fit_pictures(
    policy: PicturePolicy,
    label: &str,
    request: &ModelRequest,
) -> Result<Vec<Png>, ModelError> {
    let originals: Vec<&Png> = request
        .parts
        .iter()
        .filter_map(|part| match part {
            RequestPart::Image(png) => Some(png),
            RequestPart::Text(_) => None,
        })
        .collect();
    if originals.len() > policy.max_count {
        return Err(ModelError::Picture(format!(
            "the question has {}, and {label} takes {}",
            originals.len(),
            policy.max_count
        )));
    }
    originals
        .into_iter()
        .map(|png| policy.fit(png))
        .collect::<Result<_, String>>()
        .map_err(ModelError::Picture)
}

/// Hash of everything that may change the answer.
pub(crate) fn key(endpoint: &Endpoint, request: &ModelRequest) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut feed = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    feed(VERSION.as_bytes());
    feed(endpoint.place.as_bytes());
    feed(endpoint.model.as_bytes());
    feed(endpoint.provider.pictures.describe().as_bytes());
    feed(request.instructions.as_bytes());
    for part in &request.parts {
        match part {
            RequestPart::Text(text) => {
                feed(b"text");
                feed(text.as_bytes());
            }
            RequestPart::Image(png) => {
                feed(b"image");
                feed(&png.0);
            }
        }
    }
    match &request.form {
        AnswerForm::Text => feed(b"words"),
        AnswerForm::Json { name, schema } => {
            feed(b"json");
            feed(name.as_bytes());
            feed(schema.as_bytes());
        }
    }
    let Sampling { temperature, seed, max_tokens } = request.sampling;
    feed(format!("{temperature:?} {seed:?} {max_tokens} {}", request.draw).as_bytes());
    hasher.finalize().to_hex().to_string()
}

/// A request as a run keeps it.
#[derive(Clone, Debug)]
pub struct RequestRecord {
    /// The pictures it names, each once: those of the request, and those that were sent in their
    /// place.
    pub pictures: Vec<Png>,
    model: String,
    key: String,
    instructions: String,
    parts: Vec<PartRecord>,
    form: AnswerForm,
    sampling: Sampling,
    draw: u32,
}

#[derive(Clone, Debug)]
enum PartRecord {
    Text(String),
    Image { original: usize, sent: usize },
}

impl RequestRecord {
    /// The record of a request; `sent` are its pictures as they went out, absent where nobody was
    /// asked.
    pub(crate) fn new(
        endpoint: &Endpoint,
        request: &ModelRequest,
        key: &str,
        sent: Option<&[Png]>,
    ) -> Self {
        let mut pictures: Vec<Png> = Vec::new();
        let mut place = |png: &Png| {
            let same = |other: &Png| Arc::ptr_eq(&other.0, &png.0) || other == png;
            pictures.iter().position(same).unwrap_or_else(|| {
                pictures.push(png.clone());
                pictures.len() - 1
            })
        };
        let mut sent = sent.unwrap_or_default().iter();
        let parts = request
            .parts
            .iter()
            .map(|part| match part {
                RequestPart::Text(text) => PartRecord::Text(text.clone()),
                RequestPart::Image(png) => {
                    let original = place(png);
                    let sent = sent.next().map_or(original, &mut place);
                    PartRecord::Image { original, sent }
                }
            })
            .collect();
        Self {
            pictures,
            model: endpoint.label.clone(),
            key: key.to_owned(),
            instructions: request.instructions.clone(),
            parts,
            form: request.form.clone(),
            sampling: request.sampling,
            draw: request.draw,
        }
    }

    /// The record as JSON; `names` are those of [`Self::pictures`], in that order.
    #[must_use]
    pub fn to_json(&self, names: &[String]) -> Value {
        let name = |place: usize| names.get(place).cloned().unwrap_or_default();
        let part = |part: &PartRecord| match part {
            PartRecord::Text(text) => json!({ "text": text }),
            PartRecord::Image { original, sent } if original == sent => {
                json!({ "image": name(*original) })
            }
            PartRecord::Image { original, sent } => {
                json!({ "image": name(*original), "sent": name(*sent) })
            }
        };
        let form = match &self.form {
            AnswerForm::Text => json!("text"),
            AnswerForm::Json { name, schema } => json!({
                "name": name,
                "schema": serde_json::from_str::<Value>(schema).unwrap_or(json!(schema)),
            }),
        };
        json!({
            "model": self.model,
            "key": self.key,
            "instructions": self.instructions,
            "parts": self.parts.iter().map(part).collect::<Vec<_>>(),
            "form": form,
            "sampling": self.sampling,
            "draw": self.draw,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> ModelRequest {
        ModelRequest {
            instructions: "be brief".to_owned(),
            parts: vec![RequestPart::Text("what?".to_owned())],
            form: AnswerForm::Text,
            sampling: Sampling::default(),
            draw: 0,
        }
    }

    fn key_of(model: &str, request: &ModelRequest) -> String {
        let endpoint = Endpoint::parse(model).unwrap();
        key(&endpoint, request)
    }

    #[test]
    fn a_url_and_its_only_model_by_name_are_one_place() {
        let mut asked = Endpoint::parse("http://127.0.0.1:1/v1").unwrap();
        asked.model = "m".to_owned();
        assert_eq!(key(&asked, &request()), key_of("http://127.0.0.1:1/v1/#m", &request()));
    }

    #[test]
    fn equal_questions_have_equal_keys_and_others_have_others() {
        let base = key_of("openai:a", &request());
        assert_eq!(base, key_of("openai:a", &request()));
        let picture = RequestPart::Image(Png(Arc::from(&b"x"[..])));
        let json = AnswerForm::Json { name: "n".to_owned(), schema: "{}".to_owned() };
        let others = [
            key_of("openai:b", &request()),
            key_of("http://127.0.0.1:1/v1#a", &request()),
            key_of("openai:a", &ModelRequest { instructions: String::new(), ..request() }),
            key_of("openai:a", &ModelRequest { parts: vec![picture], ..request() }),
            key_of("openai:a", &ModelRequest { form: json, ..request() }),
            key_of("openai:a", &ModelRequest { draw: 1, ..request() }),
            key_of(
                "openai:a",
                &ModelRequest {
                    sampling: Sampling { seed: None, ..Sampling::default() },
                    ..request()
                },
            ),
        ];
        let mut all: Vec<&String> = others.iter().chain([&base]).collect();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), others.len() + 1);
    }
}
