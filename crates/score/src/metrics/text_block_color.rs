//! `design2code.color`: how alike the text colours of matched blocks are.

use pageloom_schema::Score;

use super::{Mean, with_dom};
use crate::color::style_difference;
use crate::evidence::Evidence;
use crate::metric::Metric;
use crate::pairing::Comparison;

/// The metric's card.
pub(crate) const METRIC: Metric = Metric {
    id: "design2code.color",
    version: 1,
    range: [0.0, 1.0],
    source: "Design2Code, arXiv 2403.03163; CIEDE2000 of the computed text colours",
    summary: "mean of max(0, 1 - dE2000 / 100) of matched text colours",
};

/// Mean likeness of the pairs' colours; zero without a pair, one when neither page has text.
pub(crate) fn score(comparison: &Comparison<'_>) -> Score {
    with_dom(&METRIC, comparison, |matched| {
        let mut mean = Mean::default();
        let mut evidence = Evidence::default();
        for pair in &matched.text_pairs {
            let (Some(r), Some(c)) = (pair.reference.first(), pair.candidate.first()) else {
                continue;
            };
            let (from, to) =
                (matched.reference.blocks[*r].color, matched.candidate.blocks[*c].color);
            let apart = style_difference(from, to);
            let alike = (1.0 - apart / 100.0).max(0.0);
            mean.add(alike, 1.0);
            evidence.pair(matched.rects(pair), alike, 1.0, &format!("colour dE {apart:.0}"));
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
