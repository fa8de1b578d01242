//! Judged metrics: what a vision model is asked about pages, and what its answer is worth.
//!
//! Two pure steps. A question is a [`ModelRequest`](pageloom_schema::ModelRequest): [`criteria`]
//! asks for Web2Code's ten criteria of a pair of pages, [`appearance`] for one grade of a site.
//! Elsewhere somebody is asked; then the same module reads the text of the answer into scores, or
//! into [`UnreadableAnswer`], which is the judge's fault and never a number. [`redaction`] takes
//! from a picture what speaks to the judge before it sees it.

pub mod appearance;
pub mod criteria;
pub mod redaction;

pub use appearance::Appearance;

/// The check under which text that speaks to a judge is told, as in the checks of a project.
pub const JUDGE_ADDRESSED: &str = "judge_addressed";

/// The most characters of an answer, or of a page's text, that a message quotes.
const QUOTED: usize = 200;

/// An answer of a judge from which no score can be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the judge's answer cannot be read: {lacks}; it says `{answer}`")]
pub struct UnreadableAnswer {
    /// What is missing or wrong.
    pub lacks: String,
    /// The beginning of the answer on one line, at most 200 characters.
    pub answer: String,
}

impl UnreadableAnswer {
    pub(crate) fn new(lacks: impl Into<String>, answer: &str) -> Self {
        Self { lacks: lacks.into(), answer: one_line(answer, QUOTED) }
    }
}

/// At most `limit` characters of `text`, white space and what cannot be printed collapsed.
pub(crate) fn one_line(text: &str, limit: usize) -> String {
    // White space is joined in what is looked at only: an answer may be very long.
    let start: String =
        text.chars().take(8 * limit).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = start.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(limit).collect()
}

#[cfg(test)]
mod tests {
    use super::UnreadableAnswer;

    #[test]
    fn a_long_answer_is_quoted_on_one_line_of_200_characters() {
        let error = UnreadableAnswer::new("no number", &"ä\n\t\u{0}b ".repeat(5_000));
        assert_eq!(error.answer.chars().count(), 200);
        assert!(error.answer.starts_with("ä b ä b"), "{}", error.answer);
        assert!(error.to_string().starts_with("the judge's answer cannot be read: no number"));
    }
}
