//! What a metric is called and where it comes from, apart from how it is computed.

use pageloom_schema::Score;
use pageloom_schema::score::EvidenceBox;

/// The card of one metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metric {
    /// Name in files and tables, such as `design2code.text`.
    pub id: &'static str,
    /// Raised whenever the same input may give another value.
    pub version: u32,
    /// Lowest and highest possible value; higher is better.
    pub range: [f64; 2],
    /// Where the formula comes from.
    pub source: &'static str,
    /// One line on what it measures.
    pub summary: &'static str,
}

/// The most boxes of evidence one score carries.
pub const MAX_EVIDENCE: usize = 60;

/// Decimals a value is rounded to, so that sums taken in another order print alike and a perfect
/// pair has exactly the highest value.
const DECIMALS: f64 = 1e6;

impl Metric {
    /// A measured score from `share`, the value's place in the range as a number in `0.0..=1.0`.
    pub(crate) fn measured(
        &self,
        share: f64,
        explanation: impl Into<String>,
        mut evidence: Vec<EvidenceBox>,
    ) -> Score {
        let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
        let [low, high] = self.range;
        let value = ((low + share * (high - low)) * DECIMALS).round() / DECIMALS;
        evidence.truncate(MAX_EVIDENCE);
        Score {
            metric: self.id.to_owned(),
            version: self.version,
            value: Some(value),
            range: self.range,
            explanation: explanation.into(),
            evidence,
        }
    }

    /// A score that could not be measured, and why.
    pub(crate) fn absent(&self, reason: impl Into<String>) -> Score {
        Score {
            metric: self.id.to_owned(),
            version: self.version,
            value: None,
            range: self.range,
            explanation: reason.into(),
            evidence: Vec::new(),
        }
    }
}
