//! Why a model could not be asked, or did not answer.

use std::path::PathBuf;

/// An error of the model crate. No text in it holds a key.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ModelError {
    /// The name is that of no model.
    #[error(
        "`{name}` names no model: {reason}\nhint: write PROVIDER:NAME with one of {providers}, or a URL such as http://127.0.0.1:8000/v1#NAME"
    )]
    BadName {
        /// What was asked for.
        name: String,
        /// What is wrong with it.
        reason: String,
        /// The providers.
        providers: String,
    },
    /// There is no key for the provider.
    #[error(
        "`{model}` needs a key\nhint: set {variable}, or put it into a file and name it with --key-file"
    )]
    NoKey {
        /// The model, as it was named.
        model: String,
        /// The variable that is looked for.
        variable: String,
    },
    /// The key file cannot be read.
    #[error("the key file `{}` cannot be used: {reason}\nhint: one line a key: OPENAI_API_KEY=…", path.display())]
    BadKeyFile {
        /// The file.
        path: PathBuf,
        /// What is wrong; nothing of its content.
        reason: String,
    },
    /// The price table cannot be used.
    #[error(
        "the price table cannot be used: {0}\nhint: `pageloom prices` prints one to start from"
    )]
    BadPrices(String),
    /// A budget in money for a model without a price.
    #[error(
        "no price is known for `{model}`, so --max-cost cannot be kept\nhint: give it a price in a file and name that with --prices, or use --max-tokens"
    )]
    NoPrice {
        /// The model, as it was named.
        model: String,
    },
    /// The endpoint has several models, or none.
    #[error("`{url}` {problem}\nhint: name one of its models after a #, as in {url}#NAME")]
    WhichModel {
        /// The endpoint.
        url: String,
        /// What it answered.
        problem: String,
    },
    /// The endpoint will not have this request, and would not the next time either.
    #[error("{endpoint} refused the request ({status}): {message}{}", denied_hint(*status, message))]
    Denied {
        /// The endpoint.
        endpoint: String,
        /// HTTP status.
        status: u16,
        /// What it said, cut short.
        message: String,
        /// It has refused every question so far.
        all: bool,
    },
    /// The endpoint did not answer, however often it was asked.
    #[error("{endpoint} did not answer in {attempts} attempts: {last}")]
    Unanswered {
        /// The endpoint.
        endpoint: String,
        /// How often it was asked.
        attempts: u32,
        /// How the last attempt ended.
        last: String,
    },
    /// Asking would pass a limit of cost or tokens.
    #[error(
        "the budget is spent: {0}\nhint: the same command with a larger budget goes on from there"
    )]
    Budget(String),
    /// Nothing recorded answers the question, and no endpoint may be asked.
    #[error("the replayed run has no answer to this question (key {key})")]
    NotRecorded {
        /// The question's key.
        key: String,
    },
    /// A picture of the question cannot be sent.
    #[error("a picture cannot be sent: {0}")]
    Picture(String),
    /// An answer could not be kept or looked up.
    #[error("the store of answers cannot be used: {0}")]
    Store(String),
    /// The HTTP client could not be set up.
    #[error("the HTTP client cannot be set up: {0}")]
    Client(String),
}

impl ModelError {
    /// True when every further question would end the same way, so that a run should stop.
    #[must_use]
    pub fn ends_the_run(&self) -> bool {
        match self {
            Self::Unanswered { .. } | Self::NotRecorded { .. } | Self::Picture(_) => false,
            // A question may be too long for a model that answers the next one.
            Self::Denied { status, all, .. } => *all || matches!(status, 401..=404),
            _ => true,
        }
    }
}

fn denied_hint(status: u16, message: &str) -> &'static str {
    let long = ["max_tokens", "max_model_len", "context length", "input length"];
    let said = message.to_lowercase();
    match status {
        400 | 413 | 422 if long.iter().any(|words| said.contains(words)) => {
            "\nhint: ask for shorter answers with --answer-tokens and --judge-tokens, or serve the model with a longer context"
        }
        401 | 403 => "\nhint: check the key and what it may be used for",
        402 => "\nhint: the account has no credit",
        404 => "\nhint: check the name of the model and the path of the URL",
        _ => "",
    }
}
