//! `routes_distinct`: whether the routes of a site differ from each other.

use std::collections::BTreeSet;

use pageloom_schema::Score;

use super::reading::Reading;
use crate::metric::Metric;

/// The probe's card.
pub(super) const METRIC: Metric = Metric {
    id: "probe.routes_distinct",
    version: 1,
    range: [0.0, 1.0],
    source: "own definition",
    summary: "distinct routes over routes that show something",
};

/// Distinct fingerprints over the routes that loaded; a route that shows what any unknown path
/// shows is none of them.
pub(super) fn score(reading: &Reading<'_>) -> Score {
    let loaded: Vec<_> = reading
        .routes
        .iter()
        .map(|read| read.route)
        .filter(|r| !r.fingerprint.is_empty())
        .collect();
    if loaded.len() < 2 {
        return METRIC.absent("there are fewer than two routes");
    }
    let shown = loaded.iter().filter(|route| !route.not_found && !route.blank);
    let distinct: BTreeSet<&str> = shown.map(|route| route.fingerprint.as_str()).collect();
    let why = format!("{} distinct pages on {} routes", distinct.len(), loaded.len());
    METRIC.measured(distinct.len() as f64 / loaded.len() as f64, why, Vec::new())
}
