//! `wcgb.color_scheme`: are the colours right, wherever they are?
//!
//! Three views: the palette by area, the palette with small areas raised (an accent colour is a
//! small area), and the colours of matched texts and panels.

use pageloom_schema::Score;

use super::{Mean, with_dom};
use crate::color::{difference, lab, style_difference};
use crate::evidence::Evidence;
use crate::metric::Metric;
use crate::pairing::{Comparison, Matched};

/// The criterion's card.
pub(crate) const METRIC: Metric = Metric {
    id: "wcgb.color_scheme",
    version: 1,
    range: [0.0, 10.0],
    source: "own; criterion 5 of Web2Code's page judge, arXiv 2406.20098, from DOM and pixels",
    summary: "palettes by area and by accent, and the colours of matched texts and panels",
};

/// Colour differences that count as nothing in common.
const FAR_PALETTE: f64 = 35.0;
const FAR_ACCENT: f64 = 45.0;
const FAR_ELEMENT: f64 = 50.0;

/// Mean of the three views; less where under half of the page was reproduced.
pub(crate) fn score(comparison: &Comparison<'_>) -> Score {
    with_dom(&METRIC, comparison, |matched| {
        let (left, right) = (&comparison.reference.swatches, &comparison.candidate.swatches);
        let area = left.distance(right);
        let accent = left.tempered(0.4).distance(&right.tempered(0.4));
        let alike = |apart: f64, far: f64| (1.0 - apart / far).max(0.0);
        let mut evidence = Evidence::default();
        let elements = elements(matched, &mut evidence);
        let mut mean = Mean::default();
        mean.add(alike(area, FAR_PALETTE), 0.25);
        mean.add(alike(accent, FAR_ACCENT), 0.25);
        if let Some(elements) = elements {
            mean.add(elements, 0.5);
        }
        let why = format!(
            "palette differs by dE {area:.1} over the area, accents by dE {accent:.1}, {}",
            elements.map_or_else(
                || "nothing matched to compare".to_owned(),
                |v| format!("matched texts and panels are {:.0} % alike", 100.0 * v)
            )
        );
        let gate = (2.0 * matched.coverage).min(1.0);
        METRIC.measured(gate * mean.value().unwrap_or(0.0), why, evidence.finish())
    })
}

/// Likeness of the colours of matched texts and panels.
fn elements(matched: &Matched<'_>, evidence: &mut Evidence) -> Option<f64> {
    let mut mean = Mean::default();
    for pair in &matched.placed_text {
        let (Some(r), Some(c)) = (pair.reference.first(), pair.candidate.first()) else { continue };
        let (a, b) = (&matched.reference.blocks[*r], &matched.candidate.blocks[*c]);
        let apart = style_difference(a.color, b.color);
        let alike = (1.0 - apart / FAR_ELEMENT).max(0.0);
        let weight = a.ink_area.sqrt();
        mean.add(alike, weight);
        evidence.pair(matched.rects(pair), alike, weight, &format!("text colour dE {apart:.0}"));
    }
    for (l, r) in &matched.panels {
        let (a, b) = (&matched.reference.painted.panels[*l], &matched.candidate.painted.panels[*r]);
        let (Some(x), Some(y)) = (a.decoration.fill, b.decoration.fill) else { continue };
        let apart = difference(lab(x), lab(y));
        let alike = (1.0 - apart / FAR_ELEMENT).max(0.0);
        let weight = 0.5 * a.rect.area().sqrt();
        mean.add(alike, weight);
        evidence.pair((a.rect, b.rect), alike, weight, &format!("fill dE {apart:.0}"));
    }
    let (a, b) = (matched.reference.painted.canvas, matched.candidate.painted.canvas);
    if mean.value().is_some() {
        let whole = 0.25 * matched.pages.0.width;
        mean.add((1.0 - difference(lab(a), lab(b)) / FAR_ELEMENT).max(0.0), whole);
    }
    mean.value()
}
