//! What a site's trace is worth, one probe a file: its card (`METRIC`) and its formula (`score`).
//! Pure: the trace was taken by the browser, and nothing here looks at anything else but the
//! instruction. Text that nobody can see counts nowhere.

mod console_clean;
mod contrast;
mod control_names;
mod dead_controls;
mod forms_react;
mod hidden_text;
mod image_page;
mod inputs_accept_text;
mod key_terms;
mod local_look;
mod named_color;
mod named_colors;
mod no_horizontal_overflow;
mod reading;
mod routes_distinct;
mod routes_reachable;
mod substance;

pub use named_color::{NamedColor, NamedColors, named_colors_of};

use pageloom_schema::{Score, SiteTrace};

use crate::metric::Metric;
use reading::Reading;

type Formula = fn(&Reading<'_>) -> Score;

const MEASURED: [(Metric, Formula); 13] = [
    (console_clean::METRIC, console_clean::score),
    (routes_reachable::METRIC, routes_reachable::score),
    (routes_distinct::METRIC, routes_distinct::score),
    (dead_controls::METRIC, dead_controls::score),
    (inputs_accept_text::METRIC, inputs_accept_text::score),
    (forms_react::METRIC, forms_react::score),
    (no_horizontal_overflow::METRIC, no_horizontal_overflow::score),
    (contrast::METRIC, contrast::score),
    (control_names::METRIC, control_names::score),
    (hidden_text::METRIC, hidden_text::score),
    (image_page::METRIC, image_page::score),
    (substance::METRIC, substance::score),
    (local_look::METRIC, local_look::score),
];

/// Every probe of a trace, in the order of [`probe_metrics`]. What does not apply is there without a
/// value, with the reason; so is what needs an instruction when there is none.
#[must_use]
pub fn probe_scores(trace: &SiteTrace, instruction: Option<&str>) -> Vec<Score> {
    let reading = Reading::of(trace);
    let mut scores: Vec<Score> = MEASURED.iter().map(|(_, formula)| formula(&reading)).collect();
    scores.push(named_colors::score(&reading, instruction));
    scores.push(key_terms::score(&reading, instruction));
    scores
}

/// How a site looks, without anything to compare it with, in `0.0..=1.0`; a site that shows nothing
/// has zero. The terms and their values are in the explanation.
#[must_use]
pub fn local_look(trace: &SiteTrace) -> Score {
    local_look::score(&Reading::of(trace))
}

/// The cards of all probes, in the order of [`probe_scores`].
#[must_use]
pub fn probe_metrics() -> Vec<Metric> {
    let with_instruction = [named_colors::METRIC, key_terms::METRIC];
    MEASURED.iter().map(|(metric, _)| *metric).chain(with_instruction).collect()
}

/// A box of evidence on the site's own side.
fn point_at(rect: pageloom_schema::Rect, label: &str) -> pageloom_schema::EvidenceBox {
    pageloom_schema::EvidenceBox {
        side: pageloom_schema::Side::Candidate,
        rect,
        verdict: pageloom_schema::Verdict::Extra,
        label: label.chars().take(80).collect(),
    }
}

/// The first few of a list for an explanation.
fn some(list: &[String]) -> String {
    const SHOWN: usize = 5;
    let mut text = list.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if list.len() > SHOWN {
        text.push_str(&format!(" and {} more", list.len() - SHOWN));
    }
    text
}

#[cfg(test)]
mod tests;
