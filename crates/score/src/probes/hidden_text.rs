//! `hidden_text`: whether a page is stuffed with text that nobody can see.

use pageloom_schema::Score;

use super::point_at;
use super::reading::Reading;
use crate::metric::Metric;

/// The probe's card.
pub(super) const METRIC: Metric = Metric {
    id: "probe.hidden_text",
    version: 1,
    range: [0.0, 1.0],
    source: "own definition",
    summary: "1 while at most a third of the text is hidden, 0 when all is",
};

/// Share of hidden text that menus, tabs and labels for screen readers take on an honest page.
const ALLOWED: f64 = 1.0 / 3.0;

/// One minus the share of characters that are in the document but cannot be seen (not laid out,
/// transparent, outside the page, tiny, covered, or in the colour of their ground), beyond a third.
pub(super) fn score(reading: &Reading<'_>) -> Score {
    let shown: usize = reading.routes.iter().map(|route| route.shown_chars).sum();
    let hidden: usize = reading.routes.iter().map(|route| route.hidden_chars).sum();
    if shown + hidden == 0 {
        return METRIC.absent("there is no text");
    }
    let share = hidden as f64 / (shown + hidden) as f64;
    let places = reading.routes.first().map_or(&[][..], |route| &route.hidden);
    let evidence = places.iter().map(|(rect, text)| point_at(*rect, text)).collect();
    let why = format!("{hidden} of {} characters cannot be seen", shown + hidden);
    METRIC.measured(1.0 - (share - ALLOWED).max(0.0) / (1.0 - ALLOWED), why, evidence)
}
