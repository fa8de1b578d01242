//! `wcgb.layout_consistency`: is everything there, and roughly in its place?
//!
//! Coverage of the elements times how well the matched ones keep their place. Sideways, place is
//! absolute, so that lost columns show; downwards it is relative to the neighbourhood, so that one
//! lost section costs its own share and not everything below it.

use pageloom_schema::Score;

use super::{Mean, percent, with_dom};
use crate::evidence::{Evidence, name};
use crate::metric::Metric;
use crate::pairing::{Comparison, ElementPair, Matched, ratio};

/// The criterion's card.
pub(crate) const METRIC: Metric = Metric {
    id: "wcgb.layout_consistency",
    version: 1,
    range: [0.0, 10.0],
    source: "own; criterion 1 of Web2Code's page judge, arXiv 2406.20098, from DOM and pixels",
    summary: "share of the elements that is matched, times how well they keep their place",
};

/// Part of a matched element that counts however it is placed.
const PRESENT: f64 = 0.3;

/// Coverage times placement.
pub(crate) fn score(comparison: &Comparison<'_>) -> Score {
    with_dom(&METRIC, comparison, |matched| {
        let mut mean = Mean::default();
        let mut evidence = Evidence::default();
        for pair in &matched.elements {
            let kept = placement(matched, pair);
            mean.add(kept, pair.weight);
            evidence.pair((pair.reference, pair.candidate), kept, pair.weight, name(pair.kind));
        }
        evidence.unmatched(matched, |_| true);
        let placed = mean.value().unwrap_or(1.0);
        let why = format!(
            "{} of the element weight is matched ({} missed, {} extra), placement {}",
            percent(matched.coverage),
            matched.missed.len(),
            matched.extra.len(),
            percent(placed)
        );
        let share = matched.coverage * (PRESENT + (1.0 - PRESENT) * placed);
        METRIC.measured(share, why, evidence.finish())
    })
}

/// How well one element keeps its place, in `0.0..=1.0`.
fn placement(matched: &Matched<'_>, pair: &ElementPair) -> f64 {
    let (left, right) = matched.pages;
    let width = left.width.max(1.0);
    let (a, b) = (&pair.reference, &pair.candidate);
    // The edge or centre that moved least: text set wider still starts where it started.
    let sideways = [b.x - a.x, b.right() - a.right(), b.center().0 - a.center().0]
        .map(f64::abs)
        .into_iter()
        .fold(f64::INFINITY, f64::min);
    let down = [b.y - a.y, b.center().1 - a.center().1]
        .map(|d| (d - pair.drift.1).abs())
        .into_iter()
        .fold(f64::INFINITY, f64::min);
    let near = |distance: f64| 1.0 - (distance / (0.25 * width)).min(1.0);
    let columns = ratio(a.width / width, b.width / right.width.max(1.0)).sqrt();
    0.45 * near(sideways) + 0.35 * near(down) + 0.2 * columns
}
