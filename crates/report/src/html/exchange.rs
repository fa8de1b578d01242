//! The questions of one sample and their answers, as its page shows them. Texts are what a model and
//! a page wrote: they are cut, and stay text. Only pictures that the run holds are named.

use std::collections::BTreeSet;

use pageloom_schema::{AnswerSource, Exchange, Finish};
use serde::{Deserialize, Serialize};

use super::blob::Blobs;
use crate::error::ReportError;
use crate::run_log::RunLog;
use crate::usage::price;

/// The most of one text that is shown, in bytes.
const MAX_TEXT: usize = 128 << 10;
/// The most parts of one question that are shown.
const MAX_PARTS: usize = 64;
/// The most exchanges of one sample that are shown.
const MAX_EXCHANGES: usize = 200;

/// All exchanges of a sample, in the order they happened.
#[derive(Default, Serialize)]
pub(super) struct Exchanges<'a> {
    shown: Vec<ExchangeEntry<'a>>,
    /// How many more the run has.
    left_out: usize,
}

impl Exchanges<'_> {
    pub(super) fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }
}

#[derive(Serialize)]
struct ExchangeEntry<'a> {
    purpose: &'a str,
    model: &'a str,
    source: AnswerSource,
    finish: Finish,
    /// Input and output, where they are known.
    tokens: Option<[u64; 2]>,
    cost: Option<f64>,
    attempts: u32,
    seconds: f64,
    /// Absent where the blob is missing or damaged.
    question: Option<QuestionEntry>,
    /// Absent where the blob is missing or damaged.
    reply: Option<CutText>,
}

#[derive(Serialize)]
struct QuestionEntry {
    instructions: CutText,
    parts: Vec<PartEntry>,
    /// How many parts are left out.
    left_out: usize,
    /// Name of the JSON form the answer must have; absent for words.
    form: Option<String>,
    /// Which of several independent answers this is, from 0.
    draw: u32,
}

/// Either words or a picture.
#[derive(Serialize)]
struct PartEntry {
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<CutText>,
    /// Path of the picture in the report.
    #[serde(skip_serializing_if = "Option::is_none")]
    picture: Option<String>,
}

/// The beginning of a text, and how long it is.
#[derive(Debug, PartialEq, Serialize)]
struct CutText {
    text: String,
    /// Bytes of all of it; absent where all of it is here.
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<usize>,
}

/// The request's blob, as far as it is shown.
#[derive(Deserialize)]
struct RequestBlob {
    #[serde(default)]
    instructions: String,
    #[serde(default)]
    parts: Vec<PartBlob>,
    /// `"text"`, or an object with a name and a schema.
    #[serde(default)]
    form: serde_json::Value,
    #[serde(default)]
    draw: u32,
}

#[derive(Deserialize)]
struct PartBlob {
    text: Option<String>,
    image: Option<String>,
}

/// The reply's blob, as far as it is shown.
#[derive(Deserialize)]
struct ReplyBlob {
    reply: ReplyText,
}

#[derive(Deserialize)]
struct ReplyText {
    text: String,
}

/// The exchanges of one sample of `run`, their pictures taken over into the report.
pub(super) fn exchanges<'a>(
    run: &RunLog,
    of_sample: &'a [Exchange],
    blobs: &mut Blobs,
) -> Result<Exchanges<'a>, ReportError> {
    // What a resumed run took from its own log is the same question and answer again.
    let mut seen = BTreeSet::new();
    let of_sample: Vec<&Exchange> = of_sample
        .iter()
        .filter(|exchange| {
            let new = seen.insert((exchange.purpose.as_str(), exchange.key.as_str()));
            new || exchange.source == AnswerSource::Endpoint
        })
        .collect();
    let mut shown = Vec::new();
    for exchange in of_sample.iter().copied().take(MAX_EXCHANGES) {
        let request: Option<RequestBlob> = Blobs::json(&run.folder, &exchange.request);
        let reply: Option<ReplyBlob> = Blobs::json(&run.folder, &exchange.reply);
        shown.push(ExchangeEntry {
            purpose: &exchange.purpose,
            model: &exchange.model,
            source: exchange.source,
            finish: exchange.finish,
            tokens: exchange.tokens.map(|tokens| [tokens.input, tokens.output]),
            cost: price(exchange),
            attempts: exchange.attempts,
            seconds: super::data::rounded(exchange.seconds),
            question: request.map(|request| question(run, request, blobs)).transpose()?,
            reply: reply.map(|reply| cut(reply.reply.text)),
        });
    }
    Ok(Exchanges { left_out: of_sample.len() - shown.len(), shown })
}

fn question(
    run: &RunLog,
    request: RequestBlob,
    blobs: &mut Blobs,
) -> Result<QuestionEntry, ReportError> {
    let left_out = request.parts.len().saturating_sub(MAX_PARTS);
    let mut parts = Vec::new();
    for part in request.parts.into_iter().take(MAX_PARTS) {
        let picture = match part.image {
            Some(name) => blobs.picture(&run.folder, &name)?,
            None => None,
        };
        parts.push(PartEntry { text: part.text.map(cut), picture });
    }
    let form = request.form.get("name").and_then(|name| name.as_str()).map(str::to_owned);
    Ok(QuestionEntry {
        instructions: cut(request.instructions),
        parts,
        left_out,
        form: form.map(|name| name.chars().take(64).collect()),
        draw: request.draw,
    })
}

/// The first [`MAX_TEXT`] bytes of `text`, at the end of a character.
fn cut(mut text: String) -> CutText {
    if text.len() <= MAX_TEXT {
        return CutText { text, bytes: None };
    }
    let whole = text.len();
    text.truncate(text.floor_char_boundary(MAX_TEXT));
    text.shrink_to_fit();
    CutText { text, bytes: Some(whole) }
}

#[cfg(test)]
mod tests {
    use super::{MAX_TEXT, cut};

    #[test]
    fn a_long_text_is_cut_at_the_end_of_a_character() {
        let short = cut("é".to_owned());
        assert_eq!((short.text.as_str(), short.bytes), ("é", None));
        let long = cut(format!("a{}", "é".repeat(MAX_TEXT)));
        assert_eq!((long.text.len(), long.bytes), (MAX_TEXT - 1, Some(2 * MAX_TEXT + 1)));
    }
}
