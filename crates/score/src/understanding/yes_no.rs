//! `wub.*`: yes/no questions, as Web2Code's webpage understanding benchmark scores them (arXiv
//! 2406.20098 and its public evaluation script), and as an answer is better read.
//!
//! | metric | value |
//! |---|---|
//! | `wub.compat` | the published match, absent without an answer |
//! | `wub.v1` | 1 when the first yes or no of the answer is the right one; 0 without an answer too |
//! | `wub.said_yes` | the answer's own balance; absent where nothing could be read |
//! | `wub.gold_yes` | the questions' balance: what always saying yes would score |
//! | `overall` | the first or the second, as the protocol says |
//!
//! The two balances stand beside the scores because a model that always says the same word gets the
//! share of that word for nothing.

use pageloom_schema::Score;

use super::{Protocol, quoted};
use crate::metric::Metric;

const fn card(id: &'static str, source: &'static str, summary: &'static str) -> Metric {
    Metric { id, version: 1, range: [0.0, 1.0], source, summary }
}

const COMPAT: Metric = card(
    "wub.compat",
    "Web2Code, arXiv 2406.20098, public evaluation script",
    "right under the published match",
);
const V1: Metric = card("wub.v1", "own", "the first yes or no of the answer is the right one");
const SAID_YES: Metric = card("wub.said_yes", "own", "the answer was read as yes");
const GOLD_YES: Metric = card("wub.gold_yes", "own", "the right answer is yes");
const OVERALL: Metric = card("overall", "the protocol's own match", "right answers");

/// The cards, in the order of [`scores`].
pub(super) const METRICS: [Metric; 5] = [OVERALL, COMPAT, V1, SAID_YES, GOLD_YES];

/// The scores of an answer to a question whose right answer is `gold`.
pub(super) fn scores(protocol: Protocol, gold: bool, answer: Option<&str>) -> Vec<Score> {
    let share = |yes: bool| f64::from(u8::from(yes));
    let right = if gold { "Yes" } else { "No" };
    let read = answer.and_then(read_yes_no);
    let compat = match answer {
        Some(text) => {
            let same = published_match(text, right);
            let why = format!("{} against `{right}`", quoted(text));
            COMPAT.measured(share(same), why, Vec::new())
        }
        None => COMPAT.absent("not measured: the published match counts answers alone"),
    };
    let why = match (answer, read) {
        (None, _) => "no answer counts as wrong".to_owned(),
        (Some(text), None) => format!("no yes or no in {}, which counts as wrong", quoted(text)),
        (Some(text), Some(yes)) => {
            format!("{} in {}", if yes { "yes" } else { "no" }, quoted(text))
        }
    };
    let v1 = V1.measured(share(read == Some(gold)), why, Vec::new());
    let said = match read {
        Some(yes) => SAID_YES.measured(share(yes), "as the answer was read", Vec::new()),
        None => SAID_YES.absent("not measured: nothing could be read"),
    };
    let ours = if protocol == Protocol::YesNoCompat { &compat } else { &v1 };
    let overall = Score { metric: OVERALL.id.to_owned(), ..ours.clone() };
    let gold = GOLD_YES.measured(share(gold), "as the suite has it", Vec::new());
    vec![overall, compat, v1, said, gold]
}

/// The published match: both sides without end-of-sequence marks and outer white space, in upper
/// case; right when equal, or when the right answer occurs in the first five characters of the
/// other. So `NONE` and `NOT SURE` count as no.
pub(super) fn published_match(prediction: &str, gold: &str) -> bool {
    let normal = |text: &str| text.replace("</s>", "").trim().to_uppercase();
    let (prediction, gold) = (normal(prediction), normal(gold));
    let start: String = prediction.chars().take(5).collect();
    prediction == gold || start.contains(&gold)
}

/// The first word of an answer that is `yes` or `no`, in any case and any markup, after what the
/// model thought aloud. Words that are joined by `-` or `/` are neither: `no-one`, and the `yes/no`
/// of a repeated question.
pub(crate) fn read_yes_no(answer: &str) -> Option<bool> {
    let chars: Vec<char> = spoken(answer).chars().collect();
    let is_word = |at: usize| chars.get(at).is_some_and(|c| c.is_alphanumeric());
    let joins = |at: usize| chars.get(at).is_some_and(|c| matches!(c, '-' | '/' | '\'' | '’'));
    let mut at = 0;
    while at < chars.len() {
        if !is_word(at) {
            at += 1;
            continue;
        }
        let start = at;
        while is_word(at) {
            at += 1;
        }
        let joined_left = start >= 2 && joins(start - 1) && is_word(start - 2);
        let joined_right = joins(at) && is_word(at + 1);
        if joined_left || joined_right {
            continue;
        }
        let word: String = chars[start..at].iter().collect();
        match word.to_ascii_lowercase().as_str() {
            "yes" => return Some(true),
            "no" => return Some(false),
            _ => {}
        }
    }
    None
}

/// An answer without its `<think>` blocks: one that is never closed takes all that follows, and an
/// end without a beginning, as chat templates leave it, all that precedes.
fn spoken(answer: &str) -> String {
    const OPEN: &str = "<think>";
    const CLOSE: &str = "</think>";
    // ASCII only, so that places in the one are places in the other.
    let lower = answer.to_ascii_lowercase();
    let mut kept = String::new();
    let mut at = 0;
    loop {
        let rest = lower.get(at..).unwrap_or_default();
        match (rest.find(OPEN), rest.find(CLOSE)) {
            (Some(open), close) if close.is_none_or(|close| open < close) => {
                kept.push_str(answer.get(at..at + open).unwrap_or_default());
                kept.push(' ');
                match close {
                    Some(close) => at += close + CLOSE.len(),
                    None => return kept,
                }
            }
            (_, Some(close)) => {
                kept.clear();
                at += close + CLOSE.len();
            }
            _ => {
                kept.push_str(answer.get(at..).unwrap_or_default());
                return kept;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reply, right answer, whether the published match takes it, and what is read from it.
    type Row = (&'static str, &'static str, bool, Option<bool>);

    const TABLE: [Row; 56] = [
        ("Yes", "Yes", true, Some(true)),
        ("No", "No", true, Some(false)),
        ("yes", "Yes", true, Some(true)),
        ("YES", "yes", true, Some(true)),
        ("no", "NO", true, Some(false)),
        (" Yes", "Yes", true, Some(true)),
        ("      No", "No", true, Some(false)),
        ("no.", "No", true, Some(false)),
        ("Yes.", "Yes", true, Some(true)),
        ("Yes.", "No", false, Some(true)),
        ("yes</s>", "Yes", true, Some(true)),
        ("</s>yes", "Yes", true, Some(true)),
        ("y</s>es", "Yes", true, None),
        ("NONE", "No", true, None),
        ("NOT sure", "No", true, None),
        ("Nothing of the kind", "No", true, None),
        ("Now that is one", "No", true, None),
        ("Unknown", "No", true, None),
        ("I know", "No", true, None),
        ("I do not know", "No", false, None),
        ("The answer is yes", "Yes", false, Some(true)),
        ("The answer is no.", "No", false, Some(false)),
        ("It is. Yes", "Yes", false, Some(true)),
        ("Y", "Yes", false, None),
        ("N", "No", false, None),
        ("", "Yes", false, None),
        ("", "No", false, None),
        ("</s>", "No", false, None),
        ("   ", "Yes", false, None),
        ("**Yes**", "Yes", true, Some(true)),
        ("**No**, it has none", "No", true, Some(false)),
        ("***Yes***", "Yes", false, Some(true)),
        ("_no_", "No", true, Some(false)),
        ("`Yes`", "Yes", true, Some(true)),
        ("\"no\"", "No", true, Some(false)),
        ("{\"answer\": \"yes\"}", "Yes", false, Some(true)),
        ("{\"answer\":\"No\"}", "No", false, Some(false)),
        ("```json\n{\"answer\": \"no\"}\n```", "No", false, Some(false)),
        ("Yes, but no", "Yes", true, Some(true)),
        ("Yes, but no", "No", false, Some(true)),
        ("No, yes", "Yes", false, Some(false)),
        ("Yesterday", "Yes", true, None),
        ("Eyes", "Yes", true, None),
        ("no-one", "No", true, None),
        ("(yes/no): no", "No", false, Some(false)),
        ("yes/no", "Yes", true, None),
        ("да", "Yes", false, None),
        ("はい、yes", "Yes", false, Some(true)),
        ("はいyes", "Yes", true, None),
        ("ΝΟ", "No", false, None),
        ("Ｙｅｓ", "Yes", false, None),
        ("<think>no, no</think>Yes", "Yes", false, Some(true)),
        ("<think>It is, yes", "Yes", false, None),
        ("so no.</think>\nYes", "Yes", false, Some(true)),
        ("<THINK>no</THINK> yes", "Yes", false, Some(true)),
        ("✅ Yes", "Yes", true, Some(true)),
    ];

    /// The published rule, once more and written another way: over characters, not over strings.
    fn published_rule(prediction: &str, gold: &str) -> bool {
        let clean = |text: &str| -> Vec<char> {
            let mut chars: Vec<char> = text.chars().collect();
            while let Some(at) = chars.windows(4).position(|four| four == ['<', '/', 's', '>']) {
                chars.drain(at..at + 4);
            }
            while chars.first().is_some_and(|c| c.is_whitespace()) {
                chars.remove(0);
            }
            while chars.last().is_some_and(|c| c.is_whitespace()) {
                chars.pop();
            }
            chars.into_iter().flat_map(char::to_uppercase).collect()
        };
        let (prediction, gold) = (clean(prediction), clean(gold));
        let five = &prediction[..prediction.len().min(5)];
        prediction == gold || five.windows(gold.len()).any(|part| part == gold)
    }

    #[test]
    fn compat_is_the_published_rule() {
        for (reply, gold, right, _) in TABLE {
            assert_eq!(published_rule(reply, gold), right, "the table itself: {reply:?} {gold}");
            assert_eq!(published_match(reply, gold), right, "{reply:?} against {gold}");
        }
    }

    #[test]
    fn first_yes_or_no_is_read_wherever_it_stands() {
        for (reply, _, _, read) in TABLE {
            assert_eq!(read_yes_no(reply), read, "{reply:?}");
        }
    }

    fn value(protocol: Protocol, gold: bool, answer: Option<&str>, metric: &str) -> Option<f64> {
        let scores = scores(protocol, gold, answer);
        scores.into_iter().find(|score| score.metric == metric).and_then(|score| score.value)
    }

    #[test]
    fn missing_answer_is_wrong_and_leaves_the_published_denominator() {
        assert_eq!(value(Protocol::YesNo, true, None, "wub.v1"), Some(0.0));
        assert_eq!(value(Protocol::YesNo, true, None, "overall"), Some(0.0));
        assert_eq!(value(Protocol::YesNo, true, None, "wub.compat"), None);
        assert_eq!(value(Protocol::YesNoCompat, true, None, "overall"), None);
        assert_eq!(value(Protocol::YesNo, true, None, "wub.said_yes"), None);
        assert_eq!(value(Protocol::YesNo, true, None, "wub.gold_yes"), Some(1.0));
    }

    #[test]
    fn overall_follows_the_protocol() {
        let none = Some("NONE");
        assert_eq!(value(Protocol::YesNoCompat, false, none, "overall"), Some(1.0));
        assert_eq!(value(Protocol::YesNo, false, none, "overall"), Some(0.0));
    }

    #[test]
    fn every_score_has_its_card_in_order() {
        let ids: Vec<String> = scores(Protocol::YesNo, true, Some("yes"))
            .into_iter()
            .map(|score| score.metric)
            .collect();
        assert_eq!(ids, METRICS.map(|metric| metric.id.to_owned()));
    }
}
