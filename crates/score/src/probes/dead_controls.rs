//! `dead_controls`: how many of the controls do something when they are pressed.

use pageloom_schema::{ControlOutcome, ControlTrace, Score};

use super::reading::Reading;
use super::{point_at, some};
use crate::metric::Metric;

/// The probe's card.
pub(super) const METRIC: Metric = Metric {
    id: "probe.dead_controls",
    version: 1,
    range: [0.0, 1.0],
    source: "own definition",
    summary: "share of activated controls that do something",
};

/// Live controls over those that are live, dead, or broke the page. Links to other hosts, covered and
/// untried controls are left out. A site with nothing to use has none.
pub(super) fn score(reading: &Reading<'_>) -> Score {
    if !reading.trace.probed {
        return METRIC.absent("not probed");
    }
    let of = |outcome: ControlOutcome| -> Vec<&ControlTrace> {
        reading.trace.controls.iter().filter(|control| control.outcome == outcome).collect()
    };
    let live = of(ControlOutcome::Live).len();
    let mut bad = of(ControlOutcome::Dead);
    bad.extend(of(ControlOutcome::Fault));
    let tried = live + bad.len();
    if tried == 0 {
        let trace = reading.trace;
        if trace.controls.is_empty() && trace.fields.is_empty() && !trace.probes_cut {
            // Nothing to use is not nothing wrong: a picture of a site would have no dead control.
            return METRIC.measured(0.0, "the site has no control at all", Vec::new());
        }
        return METRIC.absent("the site has no control that was activated");
    }
    let name = |control: &&ControlTrace| match control.name.as_str() {
        "" => format!("a {} without a name", control.role),
        name => format!("{} `{name}`", control.role),
    };
    let names: Vec<String> = bad.iter().map(name).collect();
    let entry = bad.iter().filter(|control| control.route == 0);
    let evidence = entry.map(|control| point_at(control.rect, &name(control))).collect();
    let mut why = format!("{live} of {tried} controls do something");
    if !bad.is_empty() {
        why.push_str(&format!("; not {}", some(&names)));
    }
    METRIC.measured(live as f64 / tried as f64, why, evidence)
}
