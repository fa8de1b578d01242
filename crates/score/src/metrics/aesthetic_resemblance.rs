//! `wcgb.aesthetic_resemblance`: is the page decorated and spaced as the reference is?
//!
//! Panels (anything with a fill, border, shadow or background image of its own) are matched and
//! their decoration compared part by part; panels without a partner count as unlike. Padding is
//! part of the decoration. The colour of a fill is left to the colour criterion.

use pageloom_schema::Score;

use super::{Mean, percent, with_dom};
use crate::evidence::Evidence;
use crate::metric::Metric;
use crate::painted::{Decoration, Panel};
use crate::pairing::{Comparison, Matched, ratio};

/// The criterion's card.
pub(crate) const METRIC: Metric = Metric {
    id: "wcgb.aesthetic_resemblance",
    version: 1,
    range: [0.0, 10.0],
    source: "own; criterion 6 of Web2Code's page judge, arXiv 2406.20098, from DOM and pixels",
    summary: "fills, borders, radii, shadows and padding of matched panels, and density",
};

/// Decoration of the panels and density of the page; less where under half of it was reproduced.
pub(crate) fn score(comparison: &Comparison<'_>) -> Score {
    with_dom(&METRIC, comparison, |matched| {
        let mut evidence = Evidence::default();
        let panels = panels(matched, &mut evidence);
        let density = density(matched);
        let share = match panels {
            Some(panels) => 0.8 * panels + 0.2 * density,
            None => density,
        };
        let why = format!(
            "{}, density {} alike",
            panels.map_or_else(
                || "neither page has decorated boxes".to_owned(),
                |v| format!(
                    "decoration of {} and {} boxes is {} alike",
                    matched.reference.painted.panels.len(),
                    matched.candidate.painted.panels.len(),
                    percent(v)
                )
            ),
            percent(density)
        );
        let gate = (2.0 * matched.coverage).min(1.0);
        METRIC.measured(gate * share, why, evidence.finish())
    })
}

fn weight(panel: &Panel) -> f64 {
    panel.rect.area().sqrt()
}

fn panels(matched: &Matched<'_>, evidence: &mut Evidence) -> Option<f64> {
    let (left, right) = (&matched.reference.painted.panels, &matched.candidate.painted.panels);
    let mut used = (vec![false; left.len()], vec![false; right.len()]);
    let mut mean = Mean::default();
    for (l, r) in &matched.panels {
        let (a, b) = (&left[*l], &right[*r]);
        used.0[*l] = true;
        used.1[*r] = true;
        let alike = likeness(&a.decoration, &b.decoration);
        mean.add(alike, weight(a) + weight(b));
        evidence.pair((a.rect, b.rect), alike, weight(a), "decorated box");
    }
    for (panel, _) in left.iter().zip(&used.0).filter(|(_, used)| !**used) {
        mean.add(0.0, weight(panel));
        evidence.missed(panel.rect, weight(panel), "decorated box");
    }
    for (panel, _) in right.iter().zip(&used.1).filter(|(_, used)| !**used) {
        mean.add(0.0, weight(panel));
        evidence.extra(panel.rect, weight(panel), "decorated box");
    }
    mean.value()
}

/// Likeness of two decorations in `0.0..=1.0`.
fn likeness(a: &Decoration, b: &Decoration) -> f64 {
    let same = |x: bool, y: bool| if x == y { 1.0 } else { 0.0 };
    // A few pixels on top, so that small lengths are not judged by their ratio alone.
    let length = |x: f64, y: f64| ratio(x + 3.0, y + 3.0);
    let sides = |x: &[f64; 4], y: &[f64; 4], extra: f64| {
        x.iter().zip(y).map(|(x, y)| ratio(x + extra, y + extra)).sum::<f64>() / 4.0
    };
    0.25 * same(a.fill.is_some() || a.image, b.fill.is_some() || b.image)
        + 0.25 * sides(&a.border, &b.border, 0.5)
        + 0.2 * length(a.radius, b.radius)
        + 0.15 * same(a.shadow, b.shadow)
        + 0.15 * sides(&a.padding, &b.padding, 4.0)
}

/// Likeness of how tightly both pages are filled: the area around the matched elements over the
/// area of the elements themselves.
fn density(matched: &Matched<'_>) -> f64 {
    let mut sums = (0.0, 0.0);
    let mut hulls: Option<(pageloom_schema::Rect, pageloom_schema::Rect)> = None;
    for pair in &matched.elements {
        sums.0 += pair.reference.area();
        sums.1 += pair.candidate.area();
        hulls = Some(hulls.map_or((pair.reference, pair.candidate), |(a, b)| {
            (a.union(&pair.reference), b.union(&pair.candidate))
        }));
    }
    let Some((a, b)) = hulls else { return matched.coverage };
    ratio(sums.0 / a.area().max(1.0), sums.1 / b.area().max(1.0))
}
