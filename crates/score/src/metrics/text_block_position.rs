//! `design2code.position`: how near matched blocks are to where they should be.

use pageloom_schema::Score;

use super::{Mean, with_dom};
use crate::evidence::Evidence;
use crate::metric::Metric;
use crate::pairing::Comparison;

/// The metric's card.
pub(crate) const METRIC: Metric = Metric {
    id: "design2code.position",
    version: 1,
    range: [0.0, 1.0],
    source: "Design2Code, arXiv 2403.03163",
    summary: "mean of 1 - max(|dx|, |dy|) of matched centres, each as a share of its page",
};

/// Mean nearness of the pairs; zero without a pair, one when neither page has text.
pub(crate) fn score(comparison: &Comparison<'_>) -> Score {
    with_dom(&METRIC, comparison, |matched| {
        let (left, right) = matched.pages;
        let mut mean = Mean::default();
        let mut evidence = Evidence::default();
        for pair in &matched.text_pairs {
            let rects = matched.rects(pair);
            let ((x, y), (to_x, to_y)) = (rects.0.center(), rects.1.center());
            let dx = (x / left.width.max(1.0) - to_x / right.width.max(1.0)).abs();
            let dy = (y / left.height.max(1.0) - to_y / right.height.max(1.0)).abs();
            let near = 1.0 - dx.max(dy).min(1.0);
            mean.add(near, 1.0);
            let label = format!("moved by {:.0} % of the page", 100.0 * dx.max(dy));
            evidence.pair(rects, near, 1.0, &label);
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
