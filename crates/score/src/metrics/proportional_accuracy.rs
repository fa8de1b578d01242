//! `wcgb.proportional_accuracy`: do matched elements have the right size?

use pageloom_schema::Score;

use super::{Mean, percent, with_dom};
use crate::evidence::{Evidence, name};
use crate::metric::Metric;
use crate::pairing::{Comparison, ElementPair, ratio};

/// The criterion's card.
pub(crate) const METRIC: Metric = Metric {
    id: "wcgb.proportional_accuracy",
    version: 1,
    range: [0.0, 10.0],
    source: "own; criterion 3 of Web2Code's page judge, arXiv 2406.20098, from DOM and pixels",
    summary: "how alike widths, heights and type sizes of matched elements are",
};

/// Likeness of sizes over the matched elements, times the root of the coverage.
pub(crate) fn score(comparison: &Comparison<'_>) -> Score {
    with_dom(&METRIC, comparison, |matched| {
        let mut mean = Mean::default();
        let mut evidence = Evidence::default();
        for pair in &matched.elements {
            let alike = likeness(pair);
            mean.add(alike, pair.weight);
            let label = format!(
                "{} {:.0}x{:.0} to {:.0}x{:.0}",
                name(pair.kind),
                pair.reference.width,
                pair.reference.height,
                pair.candidate.width,
                pair.candidate.height
            );
            evidence.pair((pair.reference, pair.candidate), alike, pair.weight, &label);
        }
        let alike = mean.value().unwrap_or(1.0);
        let why = format!(
            "sizes of matched elements are {} alike, {} matched",
            percent(alike),
            percent(matched.coverage)
        );
        METRIC.measured(matched.coverage.sqrt() * alike, why, evidence.finish())
    })
}

/// Likeness of one pair's sizes in `0.0..=1.0`. The squares make a tenth off cost a fifth.
fn likeness(pair: &ElementPair) -> f64 {
    let (a, b) = (&pair.reference, &pair.candidate);
    let (width, height) = (ratio(a.width, b.width), ratio(a.height, b.height));
    match pair.font_sizes {
        // A text box's width also follows the font's face and where its lines break.
        Some((from, to)) => {
            let area = ratio(a.area(), b.area()).sqrt();
            0.6 * ratio(from, to).powi(2) + 0.4 * area
        }
        None => 0.5 * width.powi(2) + 0.5 * height.powi(2),
    }
}
