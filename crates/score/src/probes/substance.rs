//! `substance`: whether a site shows enough to be judged at all.

use pageloom_schema::Score;

use super::reading::Reading;
use crate::metric::Metric;

/// The probe's card.
pub(super) const METRIC: Metric = Metric {
    id: "probe.substance",
    version: 1,
    range: [0.0, 1.0],
    source: "own definition",
    summary: "1 from 200 characters that can be read on; a control or field counts as 20",
};

/// What a site shows that is no page in name only: about three sentences.
const ENOUGH: f64 = 200.0;
/// What a control or a field counts, in characters.
const CONTROL: f64 = 20.0;

/// The characters that can be read on all routes, and the controls and fields, over [`ENOUGH`].
pub(super) fn score(reading: &Reading<'_>) -> Score {
    let characters: usize = reading.showing().map(|route| route.shown_chars).sum();
    let used = reading.trace.controls.len() + reading.trace.fields.len();
    let value = (characters as f64 + CONTROL * used as f64) / ENOUGH;
    let why = format!("{characters} characters can be read, {used} controls and fields");
    METRIC.measured(value.min(1.0), why, Vec::new())
}
