//! `control_names`: whether controls say what they are to assistive technology.

use pageloom_schema::Score;

use super::reading::Reading;
use super::{point_at, some};
use crate::metric::Metric;

/// The probe's card.
pub(super) const METRIC: Metric = Metric {
    id: "probe.control_names",
    version: 1,
    range: [0.0, 1.0],
    source: "WCAG 2.1 success criterion 4.1.2",
    summary: "share of controls and fields with an accessible name",
};

/// The share of all controls and fields found that have a name in the accessibility tree.
pub(super) fn score(reading: &Reading<'_>) -> Score {
    if !reading.trace.probed {
        return METRIC.absent("not probed");
    }
    let controls = reading.trace.controls.iter().map(|c| (&c.name, &c.role, c.rect, c.route));
    let fields = reading.trace.fields.iter().map(|f| (&f.name, &f.kind, f.rect, f.route));
    let all: Vec<_> = controls.chain(fields).collect();
    if all.is_empty() {
        return METRIC.absent("the site has no controls");
    }
    let nameless: Vec<_> = all.iter().filter(|(name, ..)| name.is_empty()).collect();
    let roles: Vec<String> = nameless.iter().map(|(_, role, ..)| (*role).clone()).collect();
    let named = all.len() - nameless.len();
    let mut why = format!("{named} of {} controls have a name", all.len());
    if !roles.is_empty() {
        why.push_str(&format!("; not {}", some(&roles)));
    }
    let entry = nameless.iter().filter(|(.., route)| *route == 0);
    let evidence = entry
        .map(|(_, role, rect, _)| point_at(*rect, &format!("{role} without a name")))
        .collect();
    METRIC.measured(named as f64 / all.len() as f64, why, evidence)
}
