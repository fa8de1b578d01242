//! Page understanding: what a model answered to a question about a page, held against the right
//! answer.
//!
//! [`score_answer`] is the whole of it, for every [`Protocol`]; [`prompt`] says how a model is asked.
//! Nothing here looks at pictures, and nothing here decides whether a missing answer is a fault.

mod extractive;
pub mod prompt;
mod yes_no;

pub(crate) use yes_no::read_yes_no;

use pageloom_schema::{DomSnapshot, Gold, Scores};

use crate::metric::Metric;

/// A protocol of page understanding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Web2Code's yes/no questions under the match of the published evaluation.
    YesNoCompat,
    /// Web2Code's yes/no questions, the answer read word by word and every question counted.
    YesNo,
    /// WebSRC's questions whose answer is a piece of the page.
    Extractive,
}

impl Protocol {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::YesNoCompat, Self::YesNo, Self::Extractive];

    /// Its name in suites and reports.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::YesNoCompat => "web2code-wub/compat",
            Self::YesNo => "web2code-wub/v1",
            Self::Extractive => "websrc/v1",
        }
    }

    /// The protocol of that name.
    #[must_use]
    pub fn named(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.id() == id)
    }

    /// True when questions with such a right answer belong to it.
    #[must_use]
    pub fn takes(self, gold: &Gold) -> bool {
        match gold {
            Gold::YesNo(_) => self != Self::Extractive,
            Gold::Span { .. } => self == Self::Extractive,
        }
    }

    /// The cards of its metrics, in the order of [`score_answer`].
    #[must_use]
    pub fn metrics(self) -> Vec<Metric> {
        match self {
            Self::YesNoCompat | Self::YesNo => yes_no::METRICS.to_vec(),
            Self::Extractive => extractive::METRICS.to_vec(),
        }
    }
}

/// What was answered to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The words.
    pub text: String,
    /// The `tid` of the element the answer was taken from, where who answered can say.
    pub element: Option<u32>,
}

/// The scores of one answer, or of none. `page` is the page the question is about, for the metrics
/// that look at elements; those are without a value where it is absent.
///
/// A right answer of another kind than the protocol's gives no value at all: suites are checked for
/// that when they are opened.
#[must_use]
pub fn score_answer(
    protocol: Protocol,
    gold: &Gold,
    reply: Option<&Reply>,
    page: Option<&DomSnapshot>,
) -> Scores {
    let scores = match (protocol, gold) {
        (Protocol::YesNoCompat | Protocol::YesNo, Gold::YesNo(gold)) => {
            yes_no::scores(protocol, *gold, reply.map(|reply| reply.text.as_str()))
        }
        (Protocol::Extractive, Gold::Span { answer, element }) => {
            extractive::scores(answer, *element, reply, page)
        }
        _ => {
            let why = format!("not measured: no question of {}", protocol.id());
            protocol.metrics().iter().map(|metric| metric.absent(why.clone())).collect()
        }
    };
    Scores { scores, blocks: Vec::new() }
}

/// `text` on one line and short enough for an explanation.
fn quoted(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = line.chars().take(60).collect();
    if short.len() < line.len() { format!("`{short}…`") } else { format!("`{short}`") }
}
