//! `inputs_accept_text`: whether text fields take what is typed into them.

use pageloom_schema::Score;

use super::reading::Reading;
use super::some;
use crate::metric::Metric;

/// The probe's card.
pub(super) const METRIC: Metric = Metric {
    id: "probe.inputs_accept_text",
    version: 1,
    range: [0.0, 1.0],
    source: "own definition",
    summary: "share of text fields that keep what is typed",
};

/// The share of the fields typed into whose value was there at once and after a while.
pub(super) fn score(reading: &Reading<'_>) -> Score {
    let fields = &reading.trace.fields;
    if fields.is_empty() {
        return METRIC.absent("the site has no text field that was typed into");
    }
    let broken: Vec<String> = fields
        .iter()
        .filter(|field| !(field.accepted && field.kept))
        .map(|field| format!("`{}` ({})", field.name, field.kind))
        .collect();
    let good = fields.len() - broken.len();
    let mut why = format!("{good} of {} fields keep a text", fields.len());
    if !broken.is_empty() {
        why.push_str(&format!("; not {}", some(&broken)));
    }
    METRIC.measured(good as f64 / fields.len() as f64, why, Vec::new())
}
