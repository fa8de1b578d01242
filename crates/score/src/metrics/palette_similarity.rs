//! `palette`: how alike the colours of both pages are, by area and wherever they are.

use pageloom_schema::Score;

use crate::metric::Metric;
use crate::pairing::Comparison;

/// The metric's card.
pub(crate) const METRIC: Metric = Metric {
    id: "palette",
    version: 1,
    range: [0.0, 1.0],
    source: "earth mover's distance of area-weighted palettes under CIEDE2000",
    summary: "1 - mean dE2000 / 50 over the area, between the palettes of both pages",
};

/// Mean difference that counts as nothing in common.
const FAR: f64 = 50.0;

/// One for equal palettes, zero from a mean difference of 50 on.
pub(crate) fn score(comparison: &Comparison<'_>) -> Score {
    let apart = comparison.reference.swatches.distance(&comparison.candidate.swatches);
    let why = format!("mean colour difference over the area is dE {apart:.1}");
    METRIC.measured(1.0 - apart / FAR, why, Vec::new())
}
