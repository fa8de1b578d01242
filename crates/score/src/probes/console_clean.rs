//! `console_clean`: how little a site complains: exceptions, console errors and missing files of its own.

use pageloom_schema::{ConsoleLevel, RequestOutcome, RouteTrace, Score};

use super::reading::Reading;
use super::some;
use crate::metric::Metric;

/// The probe's card.
pub(super) const METRIC: Metric = Metric {
    id: "probe.console_clean",
    version: 1,
    range: [0.0, 1.0],
    source: "own definition",
    summary: "mean over the routes of 1 / (1 + errors)",
};

/// The mean over all routes that loaded of one over one plus the errors; a route that ended in a fault
/// before it was seen counts as zero, and so does a site of which nothing can be seen. What was refused because it lies on another host is not an
/// error.
pub(super) fn score(reading: &Reading<'_>) -> Score {
    let routes: Vec<&RouteTrace> = reading
        .trace
        .routes
        .iter()
        .filter(|r| !r.captures.is_empty() || r.fault.is_some())
        .collect();
    if routes.is_empty() {
        return METRIC.absent("no route was opened");
    }
    if reading.showing().next().is_none() {
        return METRIC.measured(0.0, "no route shows anything", Vec::new());
    }
    let mut errors = Vec::new();
    let mut sum = 0.0;
    for route in &routes {
        let found = errors_of(route);
        if !route.captures.is_empty() {
            sum += 1.0 / (1.0 + found.len() as f64);
        }
        errors.extend(found);
    }
    let count = errors.len();
    errors.sort();
    errors.dedup();
    let why = match count {
        0 => format!("{} routes, no errors", routes.len()),
        _ => format!("{} routes, {count} errors: {}", routes.len(), some(&errors)),
    };
    METRIC.measured(sum / routes.len() as f64, why, Vec::new())
}

fn errors_of(route: &RouteTrace) -> Vec<String> {
    let Some(capture) = route.desktop() else { return Vec::new() };
    let refused = capture.requests.iter().any(|r| r.outcome == RequestOutcome::Refused);
    let is_refusal = |text: &str| {
        refused
            && ["Failed to fetch", "ERR_BLOCKED_BY_CLIENT", "NetworkError"]
                .iter()
                .any(|w| text.contains(w))
    };
    let short = |text: &String| -> String { text.chars().take(80).collect() };
    let console =
        capture.console.iter().filter(|m| m.level == ConsoleLevel::Error).map(|m| &m.text);
    let said = console.chain(&capture.exceptions).filter(|text| !is_refusal(text)).map(short);
    let missing = capture.requests.iter().filter(|request| {
        request.outcome == RequestOutcome::NotFound && !request.url.ends_with("/favicon.ico")
    });
    said.chain(missing.map(|request| format!("missing {}", short(&request.url)))).collect()
}
