//! `wcgb.ui_consistency`: can a user do the same things?
//!
//! Links, buttons, fields, choices and toggles are matched by place, role and label. A role weighs
//! by the root of how often it occurs, so that a menu of links does not drown the one button.

use std::collections::BTreeMap;

use pageloom_schema::Score;

use super::{percent, vacuous, with_dom};
use crate::evidence::Evidence;
use crate::metric::Metric;
use crate::painted::{Control, Role};
use crate::pairing::{Comparison, ratio};
use crate::text_pairing::similarity;

/// The criterion's card.
pub(crate) const METRIC: Metric = Metric {
    id: "wcgb.ui_consistency",
    version: 1,
    range: [0.0, 10.0],
    source: "own; criterion 10 of Web2Code's page judge, arXiv 2406.20098, from DOM and pixels",
    summary: "links, buttons and form controls matched by role, label and size",
};

/// Likeness of the matched controls over the controls of both pages, by role.
pub(crate) fn score(comparison: &Comparison<'_>) -> Score {
    with_dom(&METRIC, comparison, |matched| {
        let (left, right) =
            (&matched.reference.painted.controls, &matched.candidate.painted.controls);
        if left.is_empty() {
            let share = vacuous(matched, !right.is_empty());
            return METRIC.measured(share, "the reference has no controls", Vec::new());
        }
        let mut roles: BTreeMap<Role, (f64, f64)> = BTreeMap::new();
        for control in left.iter().chain(right) {
            roles.entry(control.role).or_default().1 += 1.0;
        }
        let mut evidence = Evidence::default();
        let mut used = (vec![false; left.len()], vec![false; right.len()]);
        for (l, r) in &matched.controls {
            let (a, b) = (&left[*l], &right[*r]);
            used.0[*l] = true;
            used.1[*r] = true;
            let alike = likeness(a, b);
            for role in [a.role, b.role] {
                roles.entry(role).or_default().0 += alike;
            }
            evidence.pair((a.rect, b.rect), alike, weight(a.role), a.role.name());
        }
        for (control, _) in left.iter().zip(&used.0).filter(|(_, used)| !**used) {
            evidence.missed(control.rect, weight(control.role), control.role.name());
        }
        for (control, _) in right.iter().zip(&used.1).filter(|(_, used)| !**used) {
            evidence.extra(control.rect, weight(control.role), control.role.name());
        }
        let (mut sum, mut whole) = (0.0, 0.0);
        let mut parts = Vec::new();
        for (role, (alike, count)) in &roles {
            let part = weight(*role) * count.sqrt();
            sum += part * alike / count;
            whole += part;
            parts.push(format!("{} {}", role.name(), percent(alike / count)));
        }
        let share = if whole > 0.0 { sum / whole } else { 1.0 };
        let why = format!(
            "{} of {} controls matched; {}",
            matched.controls.len(),
            left.len(),
            parts.join(", ")
        );
        METRIC.measured(share, why, evidence.finish())
    })
}

/// What a role weighs: what is operated counts more than what is read.
fn weight(role: Role) -> f64 {
    match role {
        Role::Link => 1.0,
        Role::Button | Role::Field | Role::Choice | Role::Toggle => 2.0,
    }
}

/// Likeness of two controls in `0.0..=1.0`; little is left where the role differs.
fn likeness(a: &Control, b: &Control) -> f64 {
    let size =
        ratio(a.rect.width, b.rect.width).sqrt() * ratio(a.rect.height, b.rect.height).sqrt();
    let parts = 0.6 + 0.25 * similarity(&a.label, &b.label) + 0.15 * size;
    if a.role == b.role { parts } else { 0.3 * parts }
}
