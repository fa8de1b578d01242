//! `number_recall`: how many of the reference's numbers the candidate shows, wherever they are.

use pageloom_schema::Score;

use super::{percent, with_dom};
use crate::metric::Metric;
use crate::pairing::Comparison;
use crate::tokens::shared;

/// The metric's card.
pub(crate) const METRIC: Metric = Metric {
    id: "number_recall",
    version: 1,
    range: [0.0, 1.0],
    source: "own; numbers as a multiset, with the separators inside them",
    summary: "share of the reference's visible numbers that the candidate shows",
};

/// Shared numbers over the reference's; one when the reference has none.
pub(crate) fn score(comparison: &Comparison<'_>) -> Score {
    with_dom(&METRIC, comparison, |matched| {
        let (left, right) = (&matched.reference.numbers, &matched.candidate.numbers);
        if left.is_empty() {
            // A blank candidate gets nothing for numbers that are rightly not there.
            let blank = matched.candidate.words.is_empty() && !matched.reference.words.is_empty();
            let share = if blank { 0.0 } else { 1.0 };
            return METRIC.measured(share, "the reference shows no numbers", Vec::new());
        }
        let found = shared(left, right);
        let share = found as f64 / left.len() as f64;
        let why = format!("{found} of {} numbers found ({})", left.len(), percent(share));
        METRIC.measured(share, why, Vec::new())
    })
}
