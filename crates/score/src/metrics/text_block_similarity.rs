//! `design2code.text`: how alike the texts of matched blocks are.

use pageloom_schema::Score;

use super::{Mean, with_dom};
use crate::evidence::Evidence;
use crate::metric::Metric;
use crate::pairing::Comparison;

/// The metric's card.
pub(crate) const METRIC: Metric = Metric {
    id: "design2code.text",
    version: 1,
    range: [0.0, 1.0],
    source: "Design2Code, arXiv 2403.03163; characters are shared where their order agrees",
    summary: "mean character similarity of matched text blocks",
};

/// Mean similarity of the pairs; zero without a pair, one when neither page has text.
pub(crate) fn score(comparison: &Comparison<'_>) -> Score {
    with_dom(&METRIC, comparison, |matched| {
        let mut mean = Mean::default();
        let mut evidence = Evidence::default();
        for pair in &matched.text_pairs {
            mean.add(pair.similarity, 1.0);
            let label = format!("text {:.2}", pair.similarity);
            evidence.pair(matched.rects(pair), pair.similarity, 1.0, &label);
        }
        let (share, why) = match mean.value() {
            Some(value) => {
                (value, format!("mean over {} matched text blocks", matched.text_pairs.len()))
            }
            None => super::no_text_pairs(matched),
        };
        METRIC.measured(share, why, evidence.finish())
    })
}
