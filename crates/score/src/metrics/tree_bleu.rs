//! `tree_bleu`: how much of the candidate's DOM is built as the reference's is.

use pageloom_schema::Score;

use super::with_dom;
use crate::metric::Metric;
use crate::pairing::Comparison;

/// The metric's card.
pub(crate) const METRIC: Metric = Metric {
    id: "tree_bleu",
    version: 1,
    range: [0.0, 1.0],
    source: "TreeBLEU, arXiv 2404.06369; on the rendered DOM below body",
    summary: "share of the candidate's distinct height-one subtrees that the reference has too",
};

/// Shared distinct subtrees over the candidate's; one when neither page has any.
pub(crate) fn score(comparison: &Comparison<'_>) -> Score {
    with_dom(&METRIC, comparison, |matched| {
        let (left, right) = (&matched.reference.subtrees, &matched.candidate.subtrees);
        let shared = right.intersection(left).count();
        let share = match (left.is_empty(), right.is_empty()) {
            (true, true) => 1.0,
            (_, true) => 0.0,
            _ => shared as f64 / right.len() as f64,
        };
        let why = format!("{shared} of {} distinct subtrees occur in the reference", right.len());
        METRIC.measured(share, why, Vec::new())
    })
}
