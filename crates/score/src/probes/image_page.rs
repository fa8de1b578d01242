//! `image_page`: whether a page is one big picture instead of a page.

use pageloom_schema::{NodeKind, Rect, Score};

use super::point_at;
use super::reading::{ReadRoute, Reading};
use crate::metric::Metric;

/// The probe's card.
pub(super) const METRIC: Metric = Metric {
    id: "probe.image_page",
    version: 1,
    range: [0.0, 1.0],
    source: "own definition",
    summary: "1 minus how much one picture stands in for the page",
};

/// Share of the window from which on a picture begins to stand in for the page.
const LARGE: f64 = 0.5;
/// Visible characters at which a page with a large picture is a page again.
const ENOUGH_TEXT: f64 = 150.0;

/// The mean over the routes of one minus the share of the window, beyond a half, that one picture,
/// canvas, video or frame covers, as far as there is little text in the window.
pub(super) fn score(reading: &Reading<'_>) -> Score {
    let routes: Vec<&ReadRoute<'_>> = reading.showing().collect();
    if routes.is_empty() {
        return METRIC.absent("no route shows anything");
    }
    let mut sum = 0.0;
    let mut most = (0.0, Rect::default());
    for route in &routes {
        let window = route.window();
        let (share, rect) = largest(route, &window);
        if share > most.0 {
            most = (share, rect);
        }
        // The words of a drawing are part of the picture.
        let inside = route.texts.iter().filter(|text| {
            text.rect.intersection(&window).is_some() && !is_drawn(route, text.node)
        });
        let chars: usize = inside.map(|text| text.text.chars().count()).sum();
        let wordless = 1.0 - (chars as f64 / ENOUGH_TEXT).min(1.0);
        sum += 1.0 - ((share - LARGE) / (1.0 - LARGE)).clamp(0.0, 1.0) * wordless;
    }
    let value = sum / routes.len() as f64;
    let page = if value < 0.5 { "page_is_image: " } else { "" };
    let why = format!("{page}the largest picture covers {:.0} % of a window", most.0 * 100.0);
    let evidence =
        if value < 1.0 { vec![point_at(most.1, "stands in for the page")] } else { Vec::new() };
    METRIC.measured(value, why, evidence)
}

/// True for what stands in a drawing.
fn is_drawn(route: &ReadRoute<'_>, node: usize) -> bool {
    let Some(sights) = &route.sights else { return false };
    let mut at = Some(node);
    while let Some(index) = at {
        if sights.tag(index) == "svg" {
            return true;
        }
        at = sights.parent(index);
    }
    false
}

/// The picture that covers most of the window, and how much of it.
fn largest(route: &ReadRoute<'_>, window: &Rect) -> (f64, Rect) {
    let Some(sights) = &route.sights else { return (0.0, Rect::default()) };
    let mut most = (0.0, Rect::default());
    for (index, node) in sights.dom.nodes.iter().enumerate() {
        let NodeKind::Element { tag, attributes, .. } = &node.kind else { continue };
        let drawn = matches!(
            tag.as_str(),
            "img" | "svg" | "canvas" | "video" | "object" | "embed" | "image"
        );
        let styled = attributes.get("style").is_some_and(|style| style.contains("url("));
        if !(drawn || styled) {
            continue;
        }
        let part = sights.visible_box(index).and_then(|rect| rect.intersection(window));
        if let Some(part) = part {
            let share = part.area() / window.area().max(1.0);
            if share > most.0 {
                most = (share, part);
            }
        }
    }
    most
}
