//! `design2code.final`: the mean of the Design2Code metrics that were measured.

use pageloom_schema::Score;

use super::{block_match, clip, text_block_color, text_block_position, text_block_similarity};
use crate::metric::Metric;
use crate::pairing::Comparison;

/// The metric's card.
pub(crate) const METRIC: Metric = Metric {
    id: "design2code.final",
    version: 1,
    range: [0.0, 1.0],
    source: "Design2Code, arXiv 2403.03163; there always over five",
    summary: "mean of block match, text, position, colour and CLIP, as far as measured",
};

/// Mean over the parts that have a value; absent when none has.
pub(crate) fn score(comparison: &Comparison<'_>) -> Score {
    let parts = [
        block_match::score(comparison),
        text_block_similarity::score(comparison),
        text_block_position::score(comparison),
        text_block_color::score(comparison),
        clip::score(comparison),
    ];
    let measured: Vec<(&str, f64)> = parts
        .iter()
        .filter_map(|s| Some((s.metric.trim_start_matches("design2code."), s.value?)))
        .collect();
    if measured.is_empty() {
        return METRIC.absent(super::PICTURE_ONLY);
    }
    let names: Vec<&str> = measured.iter().map(|(name, _)| *name).collect();
    let mean = measured.iter().map(|(_, value)| value).sum::<f64>() / measured.len() as f64;
    let why = format!("mean of {} of 5: {}", measured.len(), names.join(", "));
    METRIC.measured(mean, why, Vec::new())
}
