//! What is asked of a model, what it answers, and what that cost.
//!
//! A [`ModelRequest`] is complete: two equal requests to one model are the same question, and the
//! second one need not be paid for. Images are part of it as bytes, so a question about another
//! picture is another question.

use serde::{Deserialize, Serialize};

use crate::capture::Png;
use crate::task::TaskId;

/// One question to a language or vision model.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelRequest {
    /// What the model is told before the question (the system message); empty for none.
    pub instructions: String,
    /// The question itself, in order.
    pub parts: Vec<RequestPart>,
    /// The form the answer must have.
    pub form: AnswerForm,
    /// How the answer is drawn.
    pub sampling: Sampling,
    /// Which of several independent answers to the same question this is, from 0. Answers of other
    /// draws are never taken for it.
    pub draw: u32,
}

/// One part of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestPart {
    /// Words.
    Text(String),
    /// A picture.
    Image(Png),
}

/// The form an answer must have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AnswerForm {
    /// Words.
    #[default]
    Text,
    /// A JSON object. Providers that can are held to the schema; the others are told of it, and the
    /// answer is read with some tolerance.
    Json {
        /// A name of letters, digits and `_`, at most 64 bytes.
        name: String,
        /// A JSON Schema (draft 2020-12) as text.
        schema: String,
    },
}

/// How an answer is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sampling {
    /// Temperature, 0..=2; absent: the provider's own.
    pub temperature: Option<f64>,
    /// Seed, for providers that take one.
    pub seed: Option<u64>,
    /// The most tokens of the answer, reasoning included.
    pub max_tokens: u32,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { temperature: Some(0.0), seed: Some(0), max_tokens: 8_192 }
    }
}

/// What is drawn otherwise than a question has it by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SamplingChange {
    /// Another temperature; within, absent for the provider's own.
    pub temperature: Option<Option<f64>>,
    /// Another seed.
    pub seed: Option<u64>,
    /// Another limit of tokens.
    pub max_tokens: Option<u32>,
}

impl SamplingChange {
    /// The sampling with what is changed.
    #[must_use]
    pub fn apply(&self, sampling: Sampling) -> Sampling {
        Sampling {
            temperature: self.temperature.unwrap_or(sampling.temperature),
            seed: self.seed.or(sampling.seed),
            max_tokens: self.max_tokens.unwrap_or(sampling.max_tokens),
        }
    }
}

/// What a model answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelReply {
    /// The words of the answer, without separate reasoning.
    pub text: String,
    /// How it ended.
    pub finish: Finish,
    /// What it took, where the endpoint says.
    pub tokens: Option<Tokens>,
}

/// How an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// The model came to its end, or the endpoint does not say.
    Complete,
    /// The limit of tokens cut it off.
    CutOff,
    /// The model, or a filter before it, would not answer.
    Refused,
}

/// Tokens of one exchange.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// Of the question, pictures included.
    pub input: u64,
    /// Of the answer, reasoning included.
    pub output: u64,
}

impl Tokens {
    /// Both together.
    #[must_use]
    pub fn total(self) -> u64 {
        self.input.saturating_add(self.output)
    }
}

/// Where an answer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerSource {
    /// The endpoint was asked, and what it took is to be paid.
    Endpoint,
    /// It was answered before, in another run.
    Cache,
    /// It was answered before, in this run.
    Run,
    /// It was taken from the run that is replayed.
    Replay,
}

/// One answered question, as the run log keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// The sample it belongs to.
    pub task: TaskId,
    /// What it was asked for: `candidate`, `judge`, …
    pub purpose: String,
    /// The model, as it was named.
    pub model: String,
    /// Hash of model, messages, images and parameters, in hexadecimal.
    pub key: String,
    /// Blob of the request: JSON, its images by the names of their own blobs.
    pub request: String,
    /// Blob of the reply: JSON, as [`ModelReply`] with what the endpoint said in full.
    pub reply: String,
    /// How the answer ended.
    pub finish: Finish,
    /// Where it came from.
    pub source: AnswerSource,
    /// Tokens, where they are known.
    pub tokens: Option<Tokens>,
    /// What the answer cost in US dollars when it was given; absent when no price is known.
    pub cost: Option<f64>,
    /// What the budget was charged where the endpoint did not say what it took: the most it can be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charged: Option<Tokens>,
    /// How often the endpoint was asked until it answered; 0 when it was not asked.
    pub attempts: u32,
    /// Wall-clock seconds, waiting and all attempts included.
    pub seconds: f64,
}
