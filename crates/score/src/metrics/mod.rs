//! Every metric, one file each: its card (`METRIC`) and its formula (`score`).

pub(crate) mod aesthetic_resemblance;
pub(crate) mod block_match;
pub(crate) mod clip;
pub(crate) mod color_scheme;
pub(crate) mod design2code_final;
pub(crate) mod element_alignment;
pub(crate) mod font_characteristics;
pub(crate) mod layout_consistency;
pub(crate) mod number_recall;
pub(crate) mod numbers_special_characters;
pub(crate) mod palette_similarity;
pub(crate) mod proportional_accuracy;
pub(crate) mod ssim;
pub(crate) mod text_block_color;
pub(crate) mod text_block_position;
pub(crate) mod text_block_similarity;
pub(crate) mod text_recall;
pub(crate) mod textual_content;
pub(crate) mod tree_bleu;
pub(crate) mod ui_consistency;
pub(crate) mod visual_harmony;
pub(crate) mod visual_hash;
pub(crate) mod wcgb_aspects;

use pageloom_schema::Score;

use crate::metric::Metric;
use crate::pairing::{Comparison, Matched};

/// How a metric is computed from a comparison.
pub(crate) type Formula = fn(&Comparison<'_>) -> Score;

/// The metrics that are computed from a comparison, in the order of the ten criteria at the end.
pub(crate) const MEASURED: [(Metric, Formula); 22] = [
    (block_match::METRIC, block_match::score),
    (text_block_similarity::METRIC, text_block_similarity::score),
    (text_block_position::METRIC, text_block_position::score),
    (text_block_color::METRIC, text_block_color::score),
    (clip::METRIC, clip::score),
    (tree_bleu::METRIC, tree_bleu::score),
    (ssim::METRIC, ssim::score),
    (palette_similarity::METRIC, palette_similarity::score),
    (visual_hash::METRIC, visual_hash::score),
    (text_recall::METRIC, text_recall::score),
    (number_recall::METRIC, number_recall::score),
    (design2code_final::METRIC, design2code_final::score),
    (layout_consistency::METRIC, layout_consistency::score),
    (element_alignment::METRIC, element_alignment::score),
    (proportional_accuracy::METRIC, proportional_accuracy::score),
    (visual_harmony::METRIC, visual_harmony::score),
    (color_scheme::METRIC, color_scheme::score),
    (aesthetic_resemblance::METRIC, aesthetic_resemblance::score),
    (font_characteristics::METRIC, font_characteristics::score),
    (textual_content::METRIC, textual_content::score),
    (numbers_special_characters::METRIC, numbers_special_characters::score),
    (ui_consistency::METRIC, ui_consistency::score),
];

/// Why a metric that needs the DOM is absent for a picture.
pub(crate) const PICTURE_ONLY: &str = "not measured: the reference or candidate is a picture only";

/// Runs a formula that needs the DOM of both sides.
pub(crate) fn with_dom(
    metric: &Metric,
    comparison: &Comparison<'_>,
    formula: impl FnOnce(&Matched<'_>) -> Score,
) -> Score {
    comparison.matched.as_ref().map_or_else(|| metric.absent(PICTURE_ONLY), formula)
}

/// What a criterion gives where the reference has nothing of its kind: the share of the page that
/// was reproduced, halved when the candidate has some nonetheless. One when both pages show the
/// same, zero for a blank candidate.
pub(crate) fn vacuous(matched: &Matched<'_>, candidate_has_some: bool) -> f64 {
    matched.coverage.sqrt() * if candidate_has_some { 0.5 } else { 1.0 }
}

/// A weighted mean that is one where there is no weight.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mean {
    sum: f64,
    weight: f64,
}

impl Mean {
    /// Adds `value` (`0.0..=1.0`) with a weight.
    pub(crate) fn add(&mut self, value: f64, weight: f64) {
        self.sum += value * weight;
        self.weight += weight;
    }

    /// The mean, or `None` without weight.
    pub(crate) fn value(&self) -> Option<f64> {
        (self.weight > 0.0).then(|| self.sum / self.weight)
    }
}

/// `share` as a whole percentage for explanations.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

/// Value and reason of a metric over text pairs where there are none.
pub(crate) fn no_text_pairs(matched: &Matched<'_>) -> (f64, String) {
    match (matched.reference.blocks.is_empty(), matched.candidate.blocks.is_empty()) {
        (true, true) => (1.0, "neither page shows text".to_owned()),
        (true, false) => (0.0, "only the candidate shows text".to_owned()),
        (false, true) => (0.0, "the candidate shows no text".to_owned()),
        (false, false) => (0.0, "no text block of the candidate matches".to_owned()),
    }
}
