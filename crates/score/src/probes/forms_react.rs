//! `forms_react`: whether anything happens when a filled form is sent.

use pageloom_schema::Score;

use super::reading::Reading;
use super::some;
use crate::metric::Metric;

/// The probe's card.
pub(super) const METRIC: Metric = Metric {
    id: "probe.forms_react",
    version: 1,
    range: [0.0, 1.0],
    source: "own definition",
    summary: "share of forms that react when they are sent",
};

/// The share of the forms sent after which anything changed.
pub(super) fn score(reading: &Reading<'_>) -> Score {
    let forms = &reading.trace.forms;
    if forms.is_empty() {
        return METRIC.absent("the site has no form that was sent");
    }
    let silent: Vec<String> = forms
        .iter()
        .filter(|form| form.effects.is_empty())
        .map(|form| format!("`{}`", form.name.chars().take(40).collect::<String>()))
        .collect();
    let good = forms.len() - silent.len();
    let mut why = format!("{good} of {} forms react", forms.len());
    if !silent.is_empty() {
        why.push_str(&format!("; not {}", some(&silent)));
    }
    METRIC.measured(good as f64 / forms.len() as f64, why, Vec::new())
}
