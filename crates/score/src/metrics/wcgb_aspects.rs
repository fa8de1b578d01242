//! `wcgb.vsa`, `wcgb.cad`, `wcgb.tcc`, `wcgb.uii` and `overall`: the ten criteria summed up.

use pageloom_schema::{Score, Scores};

use crate::metric::Metric;
use crate::wcgb;

const fn card(id: &'static str, summary: &'static str) -> Metric {
    Metric { id, version: 1, range: [0.0, 10.0], source: "Web2Code, arXiv 2406.20098", summary }
}

/// The cards, in the order of [`scores`].
pub(crate) const METRICS: [Metric; 5] = [
    card("wcgb.vsa", "visual structure and alignment: mean of criteria 1 to 4"),
    card("wcgb.cad", "colour and aesthetics: mean of criteria 5 and 6"),
    card("wcgb.tcc", "text and content: mean of criteria 7 to 9"),
    card("wcgb.uii", "user interface: criterion 10"),
    card("overall", "mean of the four aspects"),
];

/// The ten criteria in published order.
const CRITERIA: [Metric; 10] = [
    super::layout_consistency::METRIC,
    super::element_alignment::METRIC,
    super::proportional_accuracy::METRIC,
    super::visual_harmony::METRIC,
    super::color_scheme::METRIC,
    super::aesthetic_resemblance::METRIC,
    super::font_characteristics::METRIC,
    super::textual_content::METRIC,
    super::numbers_special_characters::METRIC,
    super::ui_consistency::METRIC,
];

/// The ids of the ten criteria in published order.
pub(crate) const CRITERION_IDS: [&str; 10] = {
    let mut ids = [""; 10];
    let mut at = 0;
    while at < ids.len() {
        ids[at] = CRITERIA[at].id;
        at += 1;
    }
    ids
};

/// The aspects of a page whose criteria are among `criteria`; absent unless all ten are there.
pub(crate) fn scores(criteria: &Scores) -> Vec<Score> {
    let mut ten = [0.0; 10];
    for (slot, metric) in ten.iter_mut().zip(&CRITERIA) {
        match criteria.value(metric.id) {
            Some(value) => *slot = value,
            None => return METRICS.iter().map(|m| m.absent(super::PICTURE_ONLY)).collect(),
        }
    }
    let aspects = wcgb::aggregate(ten);
    let values = [aspects.vsa, aspects.cad, aspects.tcc, aspects.uii, aspects.overall];
    METRICS
        .iter()
        .zip(values)
        .map(|(metric, value)| metric.measured(value / 10.0, metric.summary, Vec::new()))
        .collect()
}
