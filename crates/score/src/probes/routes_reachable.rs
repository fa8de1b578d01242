//! `routes_reachable`: how many of the routes that a site declares or links to are there.

use pageloom_schema::Score;

use super::reading::Reading;
use super::some;
use crate::metric::Metric;

/// The probe's card.
pub(super) const METRIC: Metric = Metric {
    id: "probe.routes_reachable",
    version: 1,
    range: [0.0, 1.0],
    source: "own definition",
    summary: "share of declared and linked routes that show something and no error",
};

/// The share of all routes, the entry among them, that show something, are found, and are not
/// covered by an error.
pub(super) fn score(reading: &Reading<'_>) -> Score {
    let all = reading.routes.len();
    if all == 0 {
        return METRIC.absent("no route was opened");
    }
    let broken: Vec<String> = reading
        .routes
        .iter()
        .filter(|route| !route.shows())
        .map(|read| {
            let route = read.route;
            let reason = match (&route.fault, &route.overlay) {
                (Some(fault), _) if route.captures.is_empty() => fault.code(),
                (_, Some(overlay)) => overlay.clone(),
                _ if route.not_found => "not found".to_owned(),
                _ => "blank".to_owned(),
            };
            format!("{} ({reason})", route.path)
        })
        .collect();
    let there = all - broken.len();
    let mut why = format!("{there} of {all} routes show something");
    if !broken.is_empty() {
        why.push_str(&format!("; not {}", some(&broken)));
    }
    METRIC.measured(there as f64 / all as f64, why, Vec::new())
}
