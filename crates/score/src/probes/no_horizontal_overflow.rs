//! `no_horizontal_overflow`: whether pages fit their window at a telephone, a tablet and a desk.

use pageloom_schema::Score;

use super::reading::Reading;
use super::some;
use crate::metric::Metric;

/// The probe's card.
pub(super) const METRIC: Metric = Metric {
    id: "probe.no_horizontal_overflow",
    version: 1,
    range: [0.0, 1.0],
    source: "WCAG 2.1 success criterion 1.4.10, at the widths of the plan",
    summary: "share of route and width pairs without sideways scrolling",
};

/// The share of all looks (a route that shows something, at a width) at which the page shows
/// something and is no wider than its window; zero where no route shows anything.
pub(super) fn score(reading: &Reading<'_>) -> Score {
    let routes: Vec<_> = reading.showing().map(|read| read.route).collect();
    if routes.is_empty() {
        return METRIC.measured(0.0, "no route shows anything", Vec::new());
    }
    let looks: usize = routes.iter().map(|route| route.overflow_checked.len()).sum();
    if looks == 0 {
        return METRIC.absent("no route was laid out at another width");
    }
    let wide: Vec<String> = routes
        .iter()
        .flat_map(|route| {
            route.overflow.iter().map(|o| {
                format!("{} is {} wide at {} ({})", route.path, o.scroll_width, o.width, o.widest)
            })
        })
        .collect();
    let empty = routes.iter().flat_map(|route| {
        route.blank_at.iter().map(|width| format!("{} shows nothing at {width}", route.path))
    });
    let wide: Vec<String> = wide.into_iter().chain(empty).collect();
    let mut why = format!("{} of {looks} looks fit", looks - wide.len().min(looks));
    if !wide.is_empty() {
        why.push_str(&format!("; {}", some(&wide)));
    }
    METRIC.measured((1.0 - wide.len() as f64 / looks as f64).max(0.0), why, Vec::new())
}
