//! `local_look`: how a site looks by rules of thumb, without anything to compare it with.

use std::collections::BTreeMap;

use pageloom_schema::{NodeKind, Rect, Score};

use super::contrast::ratio;
use super::reading::{ReadRoute, Reading};
use crate::metric::Metric;
use crate::picture::Picture;
use crate::swatches::Swatches;

/// The probe's card.
pub(super) const METRIC: Metric = Metric {
    id: "probe.local_look",
    version: 1,
    range: [0.0, 1.0],
    source: "own definition",
    summary: "weighted mean of eight rules of thumb over the routes; zero for what shows nothing",
};

/// The terms and their weights.
const TERMS: [(&str, f64); 8] = [
    ("styled", 3.0),
    ("alignment", 1.0),
    ("palette", 1.5),
    ("whitespace", 1.0),
    ("measure", 1.0),
    ("type scale", 1.0),
    ("fills the window", 1.0),
    ("contrast", 1.5),
];

/// The mean over the routes, the entry counting as much as all others together. A route that shows
/// nothing, or an error, has zero; one large picture instead of a page takes its share away.
pub(super) fn score(reading: &Reading<'_>) -> Score {
    if reading.routes.is_empty() {
        return METRIC.absent("no route was opened");
    }
    let others = (reading.routes.len() - 1).max(1) as f64;
    let mut sums = [0.0; TERMS.len()];
    let mut weights = 0.0;
    for (index, route) in reading.routes.iter().enumerate() {
        let weight = if index == 0 { others } else { 1.0 };
        weights += weight;
        if let Some(terms) = terms(route) {
            for (sum, term) in sums.iter_mut().zip(terms) {
                *sum += weight * term;
            }
        }
    }
    // A picture of a page is none.
    let drawn = super::image_page::score(reading).value.unwrap_or(0.0);
    let whole: f64 = TERMS.iter().map(|(_, weight)| weight).sum();
    let value: f64 = sums.iter().zip(TERMS).map(|(sum, (_, weight))| sum / weights * weight).sum();
    let mut parts: Vec<String> = sums
        .iter()
        .zip(TERMS)
        .map(|(sum, (name, _))| format!("{name} {:.2}", sum / weights))
        .collect();
    if drawn < 1.0 {
        parts.push(format!("times {drawn:.2} for what a picture stands in for"));
    }
    METRIC.measured(value / whole * drawn, parts.join(", "), Vec::new())
}

/// The terms of one route in the order of [`TERMS`]; nothing for one that shows nothing.
fn terms(route: &ReadRoute<'_>) -> Option<[f64; TERMS.len()]> {
    if !route.shows() {
        return None;
    }
    let picture = route.picture.as_ref()?;
    Some([
        styled(route),
        alignment(route),
        palette(picture),
        whitespace(picture),
        line_length(route),
        type_scale(route),
        fills(picture),
        contrast(route),
    ])
}

/// Signs of a style sheet: a typeface of its own, boxes that are filled, bordered or round, spacing,
/// and controls that are not the browser's.
fn styled(route: &ReadRoute<'_>) -> f64 {
    let Some(sights) = &route.sights else { return 0.0 };
    let texts = route.texts.len().max(1) as f64;
    let own_face = route
        .texts
        .iter()
        .filter(|text| {
            !text.family.to_lowercase().starts_with("times")
                && !text.family.is_empty()
                && text.family != "serif"
        })
        .count() as f64
        / texts;
    let (mut panels, mut controls, mut own_controls) = (0.0, 0.0, 0.0);
    let (mut padded, mut laid_out) = (false, false);
    for (index, node) in sights.dom.nodes.iter().enumerate() {
        let NodeKind::Element { tag, .. } = &node.kind else { continue };
        let Some(rect) = sights.visible_box(index) else { continue };
        let style = sights.style(index);
        let filled = style.background_color.a > 0 || style.background_image;
        let is_control = matches!(tag.as_str(), "button" | "input" | "select" | "textarea");
        if is_control {
            controls += 1.0;
            let round = style.border_radius > 0.0 || style.padding.iter().any(|side| *side >= 5.0);
            own_controls += f64::from(u8::from(round));
        } else if !matches!(tag.as_str(), "html" | "body") && rect.area() > 400.0 {
            let framed = style.border_width.iter().any(|side| *side > 0.0) || style.box_shadow;
            panels += f64::from(u8::from(filled || framed));
            padded |= style.padding.iter().filter(|side| **side >= 8.0).count() >= 2;
            laid_out |= matches!(style.display.as_str(), "flex" | "grid" | "inline-flex");
        }
    }
    let panels = f64::min(panels / 4.0, 1.0);
    let controls = if controls > 0.0 { own_controls / controls } else { panels };
    let spaced = (f64::from(u8::from(padded)) + f64::from(u8::from(laid_out))) / 2.0;
    (own_face + panels + controls + spaced) / 4.0
}

/// How few distinct left edges (or axes, for centred text) the lines of the window have.
fn alignment(route: &ReadRoute<'_>) -> f64 {
    let window = route.window();
    let mut edges: BTreeMap<i64, u32> = BTreeMap::new();
    let mut nodes: Vec<usize> = Vec::new();
    for text in &route.texts {
        if text.rect.intersection(&window).is_none() || nodes.last() == Some(&text.node) {
            continue;
        }
        nodes.push(text.node);
        let edge = if text.centered { text.rect.center().0 } else { text.rect.x };
        *edges.entry((edge / 4.0).round() as i64).or_default() += 1;
    }
    let all: u32 = edges.values().sum();
    if all < 3 {
        return 0.5;
    }
    let shared: u32 = edges.values().filter(|count| **count >= 2).sum();
    f64::from(shared) / f64::from(all)
}

/// Two to seven colours of weight, one of them not grey.
fn palette(picture: &Picture) -> f64 {
    let swatches = Swatches::of(picture);
    let main = swatches.0.iter().filter(|swatch| swatch.share >= 0.005).count();
    let count = match main {
        0 | 1 => 0.1,
        2..=7 => 1.0,
        more => (1.0 - (more as f64 - 7.0) / 14.0).max(0.0),
    };
    let colored: f64 = swatches
        .0
        .iter()
        .filter(|s| {
            s.rgb.iter().max().zip(s.rgb.iter().min()).is_some_and(|(a, b)| a.abs_diff(*b) >= 12)
        })
        .map(|swatch| swatch.share)
        .sum();
    count * (0.3 + 0.7 * (colored / 0.03).min(1.0))
}

/// Cells of the window, as how much of each differs from the ground.
fn cells(picture: &Picture) -> Vec<Vec<f64>> {
    const COLUMNS: usize = 12;
    const ROWS: usize = 9;
    let (width, height) = (picture.width as f64, picture.height as f64);
    let ground = Swatches::of(picture).0.first().map_or([255; 3], |swatch| swatch.rgb);
    (0..ROWS)
        .map(|row| {
            (0..COLUMNS)
                .map(|column| {
                    let cell = Rect::new(
                        width * column as f64 / COLUMNS as f64,
                        height * row as f64 / ROWS as f64,
                        width / COLUMNS as f64,
                        height / ROWS as f64,
                    );
                    let ink = picture.ink(&cell);
                    let apart = ink.ground.iter().zip(ground).any(|(a, b)| a.abs_diff(b) > 10);
                    if apart { 1.0 } else { ink.marks }
                })
                .collect()
        })
        .collect()
}

/// Neither empty nor crammed, and as much room on the left as on the right.
fn whitespace(picture: &Picture) -> f64 {
    let cells = cells(picture);
    let all: f64 = cells.iter().map(|row| row.len() as f64).sum::<f64>().max(1.0);
    let used = cells.iter().flatten().filter(|ink| **ink > 0.005).count() as f64 / all;
    let room = match used {
        used if used < 0.15 => used / 0.15,
        used if used > 0.9 => 0.7,
        _ => 1.0,
    };
    let side = |columns: std::ops::Range<usize>| -> f64 {
        cells
            .iter()
            .map(|row| row.get(columns.clone()).unwrap_or_default().iter().sum::<f64>())
            .sum()
    };
    let (left, right) = (side(0..6), side(6..12));
    let balance =
        if left + right > 0.0 { 1.0 - (left - right).abs() / (left + right) } else { 0.0 };
    0.5 * room + 0.5 * balance
}

/// Lines that are neither as wide as the window nor glued to its edge.
fn line_length(route: &ReadRoute<'_>) -> f64 {
    let window = route.window();
    let lines = route.texts.iter().filter(|text| text.rect.intersection(&window).is_some());
    let (mut all, mut good) = (0.0, 0.0);
    for text in lines {
        all += 1.0;
        let glued = text.rect.x < 12.0;
        let long = text.text.chars().count() > 110;
        good += if glued || long { 0.0 } else { 1.0 };
    }
    if all > 0.0 { good / all } else { 0.5 }
}

/// Two to six sizes of type, the largest one and a half to four and a half times the usual.
fn type_scale(route: &ReadRoute<'_>) -> f64 {
    let mut sizes: BTreeMap<i64, usize> = BTreeMap::new();
    for text in &route.texts {
        *sizes.entry(text.size.round() as i64).or_default() += text.text.chars().count();
    }
    let usual = sizes.iter().max_by_key(|(size, chars)| (**chars, -**size)).map(|(size, _)| *size);
    let (Some(usual), Some((largest, _))) = (usual, sizes.last_key_value()) else { return 0.0 };
    let count = match sizes.len() {
        1 => 0.3,
        2..=6 => 1.0,
        more => (1.0 - (more as f64 - 6.0) / 8.0).max(0.2),
    };
    let step = *largest as f64 / (usual as f64).max(1.0);
    let step = if (1.4..=4.5).contains(&step) { 1.0 } else { 0.4 };
    let readable = if (13..=20).contains(&usual) { 1.0 } else { 0.5 };
    (count + step + readable) / 3.0
}

/// Share of the window's rows and columns that are used.
fn fills(picture: &Picture) -> f64 {
    let cells = cells(picture);
    let used = |ink: &f64| *ink > 0.005;
    let rows =
        cells.iter().filter(|row| row.iter().any(used)).count() as f64 / cells.len().max(1) as f64;
    let width = cells.first().map_or(1, Vec::len).max(1);
    let columns = (0..width)
        .filter(|column| cells.iter().any(|row| row.get(*column).is_some_and(used)))
        .count() as f64
        / width as f64;
    (rows * columns).min(1.0)
}

/// Share of visible characters that can be told from their ground (WCAG 2.1 AA, without the case of
/// large text), full from 95 % on.
fn contrast(route: &ReadRoute<'_>) -> f64 {
    let (mut all, mut good) = (0.0, 0.0);
    for text in &route.texts {
        let Some(ground) = text.ground else { continue };
        let chars = text.text.chars().count() as f64;
        let least = if text.size >= 24.0 { 3.0 } else { 4.5 };
        all += chars;
        good += if ratio(text.color, ground) >= least { chars } else { 0.0 };
    }
    if all > 0.0 { (good / all / 0.95).min(1.0) } else { 0.5 }
}
