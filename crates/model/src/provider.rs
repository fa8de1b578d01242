//! Which providers there are, and how the name of a model becomes an endpoint.
//!
//! `PROVIDER:NAME` names a model of a known provider; a URL names an endpoint that speaks the OpenAI
//! protocol, and its model after a `#`.

use genai::adapter::AdapterKind;

use crate::error::ModelError;
use crate::pictures::PicturePolicy;

/// What is known of one provider.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Provider {
    /// Its name before the colon.
    pub name: &'static str,
    /// The protocol it speaks.
    protocol: Protocol,
    /// Where it is.
    base_url: &'static str,
    /// The variable that holds its key.
    variable: &'static str,
    /// Whether it answers without a key.
    keyless: bool,
    /// What it takes of pictures.
    pub pictures: PicturePolicy,
}

/// The protocols that are spoken, each by the client library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protocol {
    OpenAi,
    Anthropic,
    Gemini,
}

/// The variable of endpoints that are named by URL, and of local servers.
const OWN_KEY: &str = "PAGELOOM_API_KEY";

const MIB: usize = 1 << 20;

/// Limits as the providers document them (OpenAI and Anthropic: vision guides; Google: Gemini API,
/// inline data), cut to what leaves room for the rest of a request. Local servers document none.
const PROVIDERS: [Provider; 9] = [
    Provider {
        name: "openai",
        protocol: Protocol::OpenAi,
        base_url: "https://api.openai.com/v1/",
        variable: "OPENAI_API_KEY",
        keyless: false,
        pictures: PicturePolicy { max_count: 50, max_side: 8_192, max_bytes: 12 * MIB },
    },
    Provider {
        name: "anthropic",
        protocol: Protocol::Anthropic,
        base_url: "https://api.anthropic.com/v1/",
        variable: "ANTHROPIC_API_KEY",
        keyless: false,
        // More than 20 pictures may be 2,000 pixels wide at most; fewer, 8,000.
        pictures: PicturePolicy { max_count: 20, max_side: 8_000, max_bytes: 3 * MIB + MIB / 2 },
    },
    Provider {
        name: "google",
        protocol: Protocol::Gemini,
        base_url: "https://generativelanguage.googleapis.com/v1beta/",
        variable: "GEMINI_API_KEY",
        keyless: false,
        pictures: PicturePolicy { max_count: 50, max_side: 8_192, max_bytes: 6 * MIB },
    },
    Provider {
        name: "openrouter",
        protocol: Protocol::OpenAi,
        base_url: "https://openrouter.ai/api/v1/",
        variable: "OPENROUTER_API_KEY",
        keyless: false,
        pictures: PicturePolicy { max_count: 20, max_side: 8_000, max_bytes: 3 * MIB + MIB / 2 },
    },
    local("vllm", "http://127.0.0.1:8000/v1/"),
    local("sglang", "http://127.0.0.1:30000/v1/"),
    local("ollama", "http://127.0.0.1:11434/v1/"),
    local("llamacpp", "http://127.0.0.1:8080/v1/"),
    local("fake", ""),
];

const fn local(name: &'static str, base_url: &'static str) -> Provider {
    Provider {
        name,
        protocol: Protocol::OpenAi,
        base_url,
        variable: OWN_KEY,
        keyless: true,
        pictures: PicturePolicy { max_count: 16, max_side: 8_192, max_bytes: 20 * MIB },
    }
}

/// The variables that may hold a key, sorted, each once.
pub(crate) fn key_variables() -> Vec<&'static str> {
    let mut variables: Vec<&str> = PROVIDERS.iter().map(|provider| provider.variable).collect();
    variables.sort_unstable();
    variables.dedup();
    variables
}

/// A model and where it is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Endpoint {
    /// The model as it was named: what runs, prices and questions know it by.
    pub label: String,
    /// What is known of its provider.
    pub provider: Provider,
    /// Where it is; ends in `/`.
    pub(crate) base_url: String,
    /// The provider's name of the model; empty where the endpoint is to say which it has.
    pub(crate) model: String,
    /// What questions know its place by: the provider, or the URL.
    pub(crate) place: String,
}

impl Endpoint {
    /// True for what names a model behind an endpoint, rightly or wrongly: a URL, or the name of a
    /// provider before a colon.
    #[must_use]
    pub fn is_named(name: &str) -> bool {
        is_url(name) || name.split_once(':').is_some_and(|(provider, _)| find(provider).is_some())
    }

    /// Reads the name of a model.
    ///
    /// # Errors
    /// [`ModelError::BadName`] for an unknown provider, a missing name, or a URL with a key in it.
    pub fn parse(name: &str) -> Result<Self, ModelError> {
        if is_url(name) {
            return Self::at(name);
        }
        let (provider, model) =
            name.split_once(':').ok_or_else(|| bad(name, "it has no provider"))?;
        let provider = find(provider).ok_or_else(|| bad(name, "no such provider"))?;
        if model.trim().is_empty() && !provider.keyless {
            return Err(bad(name, "there is no name after the colon"));
        }
        Ok(Self {
            label: name.to_owned(),
            provider,
            base_url: provider.base_url.to_owned(),
            model: model.trim().to_owned(),
            place: provider.name.to_owned(),
        })
    }

    fn at(name: &str) -> Result<Self, ModelError> {
        let (address, model) = name.split_once('#').unwrap_or((name, ""));
        // A name is printed and stored; a key must not be in it.
        let scheme = address.split("//").next().unwrap_or_default();
        let shown = || match address.split_once('@') {
            Some(_) => format!("{scheme}//…"),
            None => address.split('?').next().unwrap_or_default().to_owned(),
        };
        let url = reqwest::Url::parse(address).map_err(|error| bad(&shown(), error.to_string()))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(bad(&shown(), "keys do not go into a URL"));
        }
        if url.query().is_some() {
            return Err(bad(&shown(), "a URL with a query is not taken, a key could be in it"));
        }
        if url.host_str().is_none() {
            return Err(bad(&shown(), "the URL has no host"));
        }
        let mut base_url = url.to_string();
        if !base_url.ends_with('/') {
            base_url.push('/');
        }
        Ok(Self {
            label: name.to_owned(),
            provider: local("", ""),
            place: base_url.clone(),
            base_url,
            model: model.to_owned(),
        })
    }

    /// An endpoint that speaks the OpenAI protocol at `base_url`, known as `label` wherever it is.
    #[must_use]
    pub fn located(label: &str, base_url: &str, model: &str) -> Self {
        let mut base_url = base_url.to_owned();
        if !base_url.ends_with('/') {
            base_url.push('/');
        }
        Self {
            label: label.to_owned(),
            provider: local("", ""),
            base_url,
            model: model.to_owned(),
            // As when the name is parsed: a replay knows no URL.
            place: label.split(':').next().unwrap_or(label).to_owned(),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.base_url
    }

    /// True for servers whose names say nothing of what they serve today: those of one's own.
    #[must_use]
    pub fn is_own_server(&self) -> bool {
        self.provider.keyless
    }

    /// The most tokens that a picture of `width` by `height` pixels may count as, as far as is known
    /// of how providers count: a token for 750 pixels and 85 at least; some small models of OpenAI's
    /// count every tile many times.
    pub(crate) fn picture_tokens(&self, width: u32, height: u32) -> u64 {
        let area = (u64::from(width) * u64::from(height)).div_ceil(750).max(85) + 100;
        if self.model.contains("4o-mini") { area.max(50_000) } else { area }
    }

    /// The variable that its key is looked for in.
    pub(crate) fn variable(&self) -> &'static str {
        self.provider.variable
    }

    pub(crate) fn needs_key(&self) -> bool {
        !self.provider.keyless
    }

    pub(crate) fn adapter(&self) -> AdapterKind {
        match self.provider.protocol {
            Protocol::OpenAi => AdapterKind::OpenAI,
            Protocol::Anthropic => AdapterKind::Anthropic,
            Protocol::Gemini => AdapterKind::Gemini,
        }
    }

    /// True for a server on this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        let host = reqwest::Url::parse(&self.base_url)
            .ok()
            .and_then(|url| url.host_str().map(|host| host.trim_matches(['[', ']']).to_owned()));
        host.is_some_and(|host| {
            host == "localhost"
                || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        })
    }
}

fn is_url(name: &str) -> bool {
    name.starts_with("http://") || name.starts_with("https://")
}

fn find(name: &str) -> Option<Provider> {
    PROVIDERS.iter().find(|provider| provider.name == name).copied()
}

fn bad(name: &str, reason: impl Into<String>) -> ModelError {
    let names: Vec<&str> = PROVIDERS.iter().map(|provider| provider.name).collect();
    ModelError::BadName {
        name: name.to_owned(),
        reason: reason.into(),
        providers: names.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_and_urls_name_models() {
        let model = Endpoint::parse("openai:gpt-4o").unwrap();
        assert_eq!((model.model.as_str(), model.adapter()), ("gpt-4o", AdapterKind::OpenAI));
        let model = Endpoint::parse("anthropic:claude-sonnet-4-5").unwrap();
        assert_eq!(model.adapter(), AdapterKind::Anthropic);
        // A model's own name may have a colon.
        assert_eq!(Endpoint::parse("ollama:qwen2.5vl:7b").unwrap().model, "qwen2.5vl:7b");
        let model = Endpoint::parse("http://127.0.0.1:8000/v1#my/model").unwrap();
        assert_eq!(model.base_url, "http://127.0.0.1:8000/v1/");
        assert_eq!(model.model, "my/model");
        assert!(model.is_loopback());
        assert!(!Endpoint::parse("https://models.example/v1").unwrap().is_loopback());
    }

    #[test]
    fn names_of_no_model_say_what_is_wrong() {
        for (name, part) in [
            ("gpt-4o", "no provider"),
            ("acme:gpt", "no such provider"),
            ("openai:", "no name after the colon"),
            ("http://", "empty host"),
            ("https://host.example/v1?api_key=abcdef", "query"),
        ] {
            let message = Endpoint::parse(name).unwrap_err().to_string();
            assert!(message.contains(part), "{name}: {message}");
        }
    }

    #[test]
    fn a_key_in_a_url_is_refused_and_not_repeated() {
        for name in [
            "https://user:hunter22@host.example/v1",
            "https://user:hunter22@host.example:99999/v1",
            "https://h.example/v1?key=hunter22#m",
            "https://h.example:99999/v1?key=hunter22#m",
        ] {
            let message = Endpoint::parse(name).unwrap_err().to_string();
            assert!(!message.contains("hunter22"), "{message}");
        }
    }

    #[test]
    fn baselines_and_saved_answers_are_no_endpoints() {
        assert!(!Endpoint::is_named("baseline:oracle") && !Endpoint::is_named("replay:answers"));
        assert!(Endpoint::is_named("vllm:") && Endpoint::is_named("http://127.0.0.1:1/v1"));
    }
}
