//! `named_colors`: whether the two colours that the instruction names are on the pages.

use pageloom_schema::{NodeKind, Score};

use super::named_color::named_colors_of;
use super::reading::{ReadRoute, Reading};
use crate::color::{LabColor, difference, lab, over_white};
use crate::metric::Metric;

/// The probe's card.
pub(super) const METRIC: Metric = Metric {
    id: "probe.named_colors",
    version: 1,
    range: [0.0, 1.0],
    source: "own definition over CIEDE2000",
    summary: "mean of how much of the window has the background's colour and of the controls the component's",
};

/// Share of the window that the background's colour takes on a page that follows it.
const BACKGROUND_SHARE: f64 = 0.35;
/// Share of the window that the component's colour takes at least.
const COMPONENT_SHARE: f64 = 0.02;
/// And from this share on it takes the background's place.
const COMPONENT_MOST: f64 = 0.6;
/// Differences up to which a background's colour counts in full and at all: light colours lie close.
const BACKGROUND_NEAR: (f64, f64) = (1.5, 4.0);
/// The same for components, which have shades.
const COMPONENT_NEAR: (f64, f64) = (5.0, 15.0);
/// Pixels looked at, about.
const SAMPLES: f64 = 20_000.0;

/// The mean over the routes, the entry counting twice.
pub(super) fn score(reading: &Reading<'_>, instruction: Option<&str>) -> Score {
    let Some(instruction) = instruction else { return METRIC.absent("there is no instruction") };
    let Some(colors) = named_colors_of(instruction) else {
        return METRIC.absent("the instruction does not name two colours");
    };
    let (background, component) = (lab(colors.background.rgb), lab(colors.component.rgb));
    let (mut sum, mut weights, mut parts) = (0.0, 0.0, [0.0, 0.0]);
    for (index, route) in reading.routes.iter().enumerate() {
        if !route.shows() && index > 0 {
            continue;
        }
        let weight = if index == 0 { 2.0 } else { 1.0 };
        weights += weight;
        if !route.shows() {
            continue;
        }
        let ground = (share(route, background, BACKGROUND_NEAR) / BACKGROUND_SHARE).min(1.0);
        let painted = share(route, component, COMPONENT_NEAR);
        // What covers the window is no component.
        let flooded = ((painted - COMPONENT_MOST) / (1.0 - COMPONENT_MOST)).clamp(0.0, 1.0);
        let painted = (painted / COMPONENT_SHARE).min(1.0) * (1.0 - flooded);
        let styled = styled(route, component);
        let parts_here = [ground, styled.map_or(painted, |s| (painted + s) / 2.0)];
        sum += weight * (parts_here[0] + parts_here[1]) / 2.0;
        for (part, here) in parts.iter_mut().zip(parts_here) {
            *part += weight * here;
        }
    }
    if weights == 0.0 {
        return METRIC.absent("no route was opened");
    }
    let why = format!(
        "background {} {:.2}, components {} {:.2}",
        colors.background.name,
        parts[0] / weights,
        colors.component.name,
        parts[1] / weights
    );
    METRIC.measured(sum / weights, why, Vec::new())
}

/// How near a colour is, `0.0..=1.0`.
fn near(color: LabColor, wanted: LabColor, (full, none): (f64, f64)) -> f64 {
    ((none - difference(color, wanted)) / (none - full)).clamp(0.0, 1.0)
}

/// Share of the window's pixels that have the colour.
fn share(route: &ReadRoute<'_>, wanted: LabColor, limits: (f64, f64)) -> f64 {
    let Some(picture) = &route.picture else { return 0.0 };
    let step = ((picture.width * picture.height) as f64 / SAMPLES).sqrt().ceil().max(1.0) as usize;
    let (mut sum, mut count) = (0.0, 0.0);
    // Pages have few colours, so that most pixels repeat the one before.
    let mut last: Option<([u8; 3], f64)> = None;
    for y in (0..picture.height).step_by(step) {
        for x in (0..picture.width).step_by(step) {
            let pixel = picture.pixel(x, y);
            let value = match last {
                Some((same, value)) if same == pixel => value,
                _ => near(lab(pixel), wanted, limits),
            };
            last = Some((pixel, value));
            sum += value;
            count += 1.0;
        }
    }
    if count > 0.0 { sum / count } else { 0.0 }
}

/// Share of the buttons, bars and headings whose fill, border or text has the colour, full from a
/// third on; nothing where there are none.
fn styled(route: &ReadRoute<'_>, wanted: LabColor) -> Option<f64> {
    let sights = route.sights.as_ref()?;
    let (mut all, mut good) = (0.0, 0.0);
    for (index, node) in sights.dom.nodes.iter().enumerate() {
        let NodeKind::Element { tag, attributes, .. } = &node.kind else { continue };
        let role = attributes.get("role").map_or("", String::as_str);
        let counts = matches!(tag.as_str(), "button" | "nav" | "header" | "h1" | "h2" | "a")
            || matches!(role, "button" | "tab");
        if !counts || sights.visible_box(index).is_none() {
            continue;
        }
        let style = sights.style(index);
        let bordered = style.border_width.iter().any(|width| *width >= 1.0);
        let mut colors = vec![over_white(style.color)];
        if style.background_color.a >= 128 {
            colors.push(over_white(style.background_color));
        }
        if bordered {
            colors.push(over_white(style.border_color));
        }
        all += 1.0;
        good += colors
            .into_iter()
            .map(|color| near(lab(color), wanted, COMPONENT_NEAR))
            .fold(0.0, f64::max);
    }
    (all > 0.0).then(|| (3.0 * good / all).min(1.0))
}
