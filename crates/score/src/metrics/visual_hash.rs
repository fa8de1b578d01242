//! `visual_hash`: whether both pages look the same from far away.

use pageloom_schema::{Rect, Score};

use crate::metric::Metric;
use crate::pairing::Comparison;
use crate::prepared::PreparedPage;

/// The metric's card.
pub(crate) const METRIC: Metric = Metric {
    id: "visual_hash",
    version: 1,
    range: [0.0, 1.0],
    source: "difference hash of 16x16 steps, with a third level for flat ground",
    summary: "share of the grey steps of either page, shrunk to 17x16 cells, that both pages have",
};

const SIDE: usize = 16;

/// Steps in the same direction over steps on either page; one when both pages are flat. Flat
/// ground on both sides is left out, or any two mostly white pages would look alike.
pub(crate) fn score(comparison: &Comparison<'_>) -> Score {
    let (left, right) = (hash(comparison.reference), hash(comparison.candidate));
    let steps = left.iter().zip(&right).filter(|(a, b)| **a != 0 || **b != 0).count();
    let same = left.iter().zip(&right).filter(|(a, b)| **a != 0 && a == b).count();
    let share = if steps > 0 { same as f64 / steps as f64 } else { 1.0 };
    METRIC.measured(share, format!("{same} of {steps} grey steps agree"), Vec::new())
}

/// Three levels: darker, alike, lighter than the cell to the left; alike keeps flat ground from
/// turning into chance bits.
fn hash(page: &PreparedPage) -> Vec<i8> {
    let whole = Rect::new(0.0, 0.0, page.page.width, page.page.height);
    let cells = page.plane.patch(&whole, SIDE + 1, SIDE);
    cells
        .chunks(SIDE + 1)
        .flat_map(|row| {
            row.windows(2).map(|pair| match pair[1] - pair[0] {
                d if d > 1.0 => 1,
                d if d < -1.0 => -1,
                _ => 0,
            })
        })
        .collect()
}
