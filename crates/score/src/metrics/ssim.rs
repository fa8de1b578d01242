//! `ssim`: structural similarity of the two pictures, pixel for pixel.

use pageloom_schema::Score;

use crate::metric::Metric;
use crate::pairing::Comparison;
use crate::picture::{Plane, window_similarity};

/// The metric's card.
pub(crate) const METRIC: Metric = Metric {
    id: "ssim",
    version: 1,
    range: [0.0, 1.0],
    source: "SSIM, Wang et al. 2004; windows of 8x8 every 4 pixels at up to 320 wide, no padding",
    summary: "structural similarity of the full-page pictures at the same place",
};

const WINDOW: usize = 8;
const STEP: usize = 4;

/// Mean of the windows over the area both pages cover, times the share of the taller and wider
/// page that is; negative similarity counts as zero.
pub(crate) fn score(comparison: &Comparison<'_>) -> Score {
    let (left, right) = (&comparison.reference.small, &comparison.candidate.small);
    let (width, height) = (left.width.min(right.width), left.height.min(right.height));
    let whole = (left.width.max(right.width) * left.height.max(right.height)) as f64;
    let common = (width * height) as f64 / whole;
    let mut sum = 0.0;
    let mut count = 0.0;
    for y in (0..=height.saturating_sub(WINDOW)).step_by(STEP) {
        for x in (0..=width.saturating_sub(WINDOW)).step_by(STEP) {
            let (a, b) = (window(left, x, y), window(right, x, y));
            sum += if a == b { 1.0 } else { window_similarity(&a, &b).max(0.0) };
            count += 1.0;
        }
    }
    let mean = if count > 0.0 { sum / count } else { 1.0 };
    let why = format!(
        "mean over {count} windows is {mean:.3}; the pages share {:.0} % of their joint area",
        100.0 * common
    );
    METRIC.measured(mean * common, why, Vec::new())
}

fn window(plane: &Plane, x: usize, y: usize) -> [f32; WINDOW * WINDOW] {
    std::array::from_fn(|i| {
        let (px, py) = (x + i % WINDOW, y + i / WINDOW);
        plane.at(px.min(plane.width - 1), py.min(plane.height - 1))
    })
}
