//! Scores: a number that carries its id, version, range, reason and evidence.

use serde::{Deserialize, Serialize};

use crate::geometry::Rect;

/// One measured value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// What was measured, such as `ssim` or `wcgb.layout_consistency`.
    pub metric: String,
    /// Raised whenever the same input may give another value.
    pub version: u32,
    /// The value; absent when it could not be measured, and never a stand-in for that.
    pub value: Option<f64>,
    /// Lowest and highest possible value; higher is better.
    pub range: [f64; 2],
    /// One line on how the value came about, or why it is absent.
    pub explanation: String,
    /// Where on the pages the value was won or lost; at most 60 boxes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<EvidenceBox>,
}

/// Which page a box lies on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The page to be reproduced.
    Reference,
    /// The model's page.
    Candidate,
}

/// What a box of evidence says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Found on both pages and alike.
    Matched,
    /// Found on both pages and different.
    Changed,
    /// On the reference only.
    Missed,
    /// On the candidate only.
    Extra,
}

/// A place on a page that a score points at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvidenceBox {
    /// Which page.
    pub side: Side,
    /// Where.
    pub rect: Rect,
    /// What is said of it.
    pub verdict: Verdict,
    /// A few words, at most 80 characters.
    pub label: String,
}

/// A text block of the reference and its partner on the candidate; at least one is present.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BlockPair {
    /// The block on the reference.
    pub reference: Option<Rect>,
    /// The block on the candidate.
    pub candidate: Option<Rect>,
    /// Text of the reference block, or of the candidate's where there is none.
    pub text: String,
    /// Text similarity of a matched pair, in 0..=1.
    pub similarity: Option<f64>,
}

/// All scores of one sample, with the block matching they share.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// The scores, in the order of the metric list.
    pub scores: Vec<Score>,
    /// The matching of text blocks, reference order first, then extras.
    pub blocks: Vec<BlockPair>,
}

impl Scores {
    /// The score of `metric`, if it is among them.
    #[must_use]
    pub fn get(&self, metric: &str) -> Option<&Score> {
        self.scores.iter().find(|score| score.metric == metric)
    }

    /// The value of `metric`, if it is among them and was measured.
    #[must_use]
    pub fn value(&self, metric: &str) -> Option<f64> {
        self.get(metric).and_then(|score| score.value)
    }
}
