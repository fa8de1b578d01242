//! `wcgb.element_alignment`: do edges that line up on the reference still line up?
//!
//! For every matched element, the edges it shares with its nearest neighbours are looked up on the
//! other page, both ways round. Beside that counts how far an element left its neighbourhood.

use pageloom_schema::{Rect, Score};

use super::{Mean, percent, with_dom};
use crate::evidence::{Evidence, name};
use crate::metric::Metric;
use crate::pairing::{Comparison, ElementPair};

/// The criterion's card.
pub(crate) const METRIC: Metric = Metric {
    id: "wcgb.element_alignment",
    version: 1,
    range: [0.0, 10.0],
    source: "own; criterion 2 of Web2Code's page judge, arXiv 2406.20098, from DOM and pixels",
    summary: "share of the common edges and centres of neighbours that line up on both pages",
};

/// Edges this close, in CSS pixels, line up.
const FLUSH: f64 = 1.5;
/// Edges this far apart do not line up at all.
const LOOSE: f64 = 16.0;
/// Neighbours asked for each element.
const NEIGHBOURS: usize = 10;

/// Line-up and closeness of the matched elements, times the root of the coverage.
pub(crate) fn score(comparison: &Comparison<'_>) -> Score {
    with_dom(&METRIC, comparison, |matched| {
        let pairs = &matched.elements;
        let width = matched.pages.0.width.max(1.0);
        let (mut edges, mut places) = (Mean::default(), Mean::default());
        let mut evidence = Evidence::default();
        for (index, pair) in pairs.iter().enumerate() {
            let kept = [Side::Reference, Side::Candidate]
                .map(|side| kept_edges(pairs, index, side))
                .into_iter()
                .fold(Mean::default(), |mut sum, part| {
                    sum.add(part.0, part.1);
                    sum
                });
            let (dx, dy) = departure(pair);
            let close = 1.0 - (dx.hypot(dy) / (0.08 * width)).min(1.0);
            let line_up = kept.value();
            if let Some(line_up) = line_up {
                edges.add(line_up, pair.weight);
            }
            places.add(close, pair.weight);
            let share = 0.6 * line_up.unwrap_or(close) + 0.4 * close;
            evidence.pair((pair.reference, pair.candidate), share, pair.weight, name(pair.kind));
        }
        let places = places.value().unwrap_or(1.0);
        let edges = edges.value().unwrap_or(places);
        let why = format!(
            "{} of the shared edges line up, {} closeness to the neighbours, {} matched",
            percent(edges),
            percent(places),
            percent(matched.coverage)
        );
        let share = matched.coverage.sqrt() * (0.6 * edges + 0.4 * places);
        METRIC.measured(share, why, evidence.finish())
    })
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Reference,
    Candidate,
}

fn rect(pair: &ElementPair, side: Side) -> &Rect {
    if side == Side::Reference { &pair.reference } else { &pair.candidate }
}

/// How far an element moved against its neighbourhood, by the edge that moved least.
fn departure(pair: &ElementPair) -> (f64, f64) {
    let (a, b) = (&pair.reference, &pair.candidate);
    let least = |moves: [f64; 3], drift: f64| {
        moves.map(|m| (m - drift).abs()).into_iter().fold(f64::INFINITY, f64::min)
    };
    let dx = [b.x - a.x, b.right() - a.right(), b.center().0 - a.center().0];
    let dy = [b.y - a.y, b.bottom() - a.bottom(), b.center().1 - a.center().1];
    (least(dx, pair.drift.0), least(dy, pair.drift.1))
}

/// Of the edges an element shares with its neighbours on `side`, the share that line up on the
/// other side too, and how many there are.
fn kept_edges(pairs: &[ElementPair], index: usize, side: Side) -> (f64, f64) {
    let other = if side == Side::Reference { Side::Candidate } else { Side::Reference };
    let own = rect(&pairs[index], side);
    let own_there = rect(&pairs[index], other);
    let mut near: Vec<(f64, usize)> = (0..pairs.len())
        .filter(|at| *at != index)
        .map(|at| (gap(own, rect(&pairs[at], side)), at))
        .collect();
    let count = near.len().min(NEIGHBOURS);
    if near.len() > count {
        near.select_nth_unstable_by(count, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    }
    let (mut sum, mut shared) = (0.0, 0.0);
    for (_, at) in &near[..count] {
        let there = rect(&pairs[*at], other);
        for (here, there) in
            lines(own, rect(&pairs[*at], side)).into_iter().zip(lines(own_there, there))
        {
            // Three lines an axis: one that holds is enough for the pair to be aligned on it.
            let best = here
                .into_iter()
                .zip(there)
                .filter(|(here, _)| here.abs() <= FLUSH)
                .map(|(here, there)| 1.0 - ((there - here).abs() - FLUSH).max(0.0) / LOOSE)
                .fold(None, |best: Option<f64>, v| Some(best.map_or(v, |b| b.max(v))));
            if let Some(best) = best {
                sum += best.max(0.0);
                shared += 1.0;
            }
        }
    }
    (if shared > 0.0 { sum / shared } else { 1.0 }, shared)
}

/// Distance of two boxes' nearest edges, rows before columns.
fn gap(a: &Rect, b: &Rect) -> f64 {
    let apart = |low: f64, high: f64, other_low: f64, other_high: f64| {
        (other_low - high).max(low - other_high).max(0.0)
    };
    apart(a.x, a.right(), b.x, b.right()) + apart(a.y, a.bottom(), b.y, b.bottom())
}

/// Differences of left, centre and right edges, then of top, middle and bottom ones.
fn lines(a: &Rect, b: &Rect) -> [[f64; 3]; 2] {
    [
        [b.x - a.x, b.center().0 - a.center().0, b.right() - a.right()],
        [b.y - a.y, b.center().1 - a.center().1, b.bottom() - a.bottom()],
    ]
}
