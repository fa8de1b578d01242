//! `wcgb.visual_harmony`: does the page hang together as the reference does?
//!
//! Structural similarity of every matched element with its surroundings, each compared in its own
//! place rather than at the same pixel, and the rhythm of the gaps between neighbours.

use pageloom_schema::{Rect, Score};

use super::{Mean, percent, with_dom};
use crate::evidence::{Evidence, name};
use crate::metric::Metric;
use crate::pairing::{Comparison, ElementPair, ratio};
use crate::picture::window_similarity;

/// The criterion's card.
pub(crate) const METRIC: Metric = Metric {
    id: "wcgb.visual_harmony",
    version: 1,
    range: [0.0, 10.0],
    source: "own; criterion 4 of Web2Code's page judge, arXiv 2406.20098, from DOM and pixels",
    summary: "structural similarity around matched elements, and the rhythm of the gaps",
};

/// Cells a patch is averaged into, across and down.
const CELLS: usize = 12;
/// Surroundings taken into a patch on every side, in CSS pixels.
const MARGIN: f64 = 14.0;

/// Likeness of patches and gaps, times the root of the coverage.
pub(crate) fn score(comparison: &Comparison<'_>) -> Score {
    with_dom(&METRIC, comparison, |matched| {
        let mut patches = Mean::default();
        let mut evidence = Evidence::default();
        for pair in &matched.elements {
            let alike = patch_likeness(comparison, pair);
            patches.add(alike, pair.weight);
            evidence.pair((pair.reference, pair.candidate), alike, pair.weight, name(pair.kind));
        }
        let patches = patches.value().unwrap_or(1.0);
        let gaps = gap_likeness(&matched.elements).unwrap_or(patches);
        let why = format!(
            "surroundings of matched elements are {} alike, gaps between neighbours {}, {} matched",
            percent(patches),
            percent(gaps),
            percent(matched.coverage)
        );
        let share = matched.coverage.sqrt() * (0.7 * patches + 0.3 * gaps);
        METRIC.measured(share, why, evidence.finish())
    })
}

fn patch_likeness(comparison: &Comparison<'_>, pair: &ElementPair) -> f64 {
    let around = |r: &Rect| {
        Rect::new(r.x - MARGIN, r.y - MARGIN, r.width + 2.0 * MARGIN, r.height + 2.0 * MARGIN)
    };
    let left = comparison.reference.plane.patch(&around(&pair.reference), CELLS, CELLS);
    let right = comparison.candidate.plane.patch(&around(&pair.candidate), CELLS, CELLS);
    if left == right { 1.0 } else { window_similarity(&left, &right).max(0.0) }
}

/// Likeness of the gap to the next element below, over elements that have one in their column.
fn gap_likeness(pairs: &[ElementPair]) -> Option<f64> {
    let mut mean = Mean::default();
    for pair in pairs {
        let below = pairs
            .iter()
            .filter(|other| {
                let (a, b) = (&pair.reference, &other.reference);
                b.y >= a.bottom() && b.x < a.right() && a.x < b.right()
            })
            .min_by(|a, b| a.reference.y.total_cmp(&b.reference.y));
        let Some(below) = below else { continue };
        let gap = below.reference.y - pair.reference.bottom();
        if gap > 200.0 {
            continue;
        }
        let there = (below.candidate.y - pair.candidate.bottom()).max(0.0);
        // Eight pixels on top, so that 1 against 2 pixels is not half of the rhythm.
        mean.add(ratio(gap + 8.0, there + 8.0), pair.weight);
    }
    mean.value()
}
