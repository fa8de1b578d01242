//! `wcgb.numbers_special_characters`: are the numbers and symbols right?

use pageloom_schema::{Rect, Score};

use super::{vacuous, with_dom};
use crate::evidence::Evidence;
use crate::metric::Metric;
use crate::pairing::Comparison;
use crate::text_block::TextBlock;
use crate::tokens::{numbers, shared};

/// The criterion's card.
pub(crate) const METRIC: Metric = Metric {
    id: "wcgb.numbers_special_characters",
    version: 1,
    range: [0.0, 10.0],
    source: "own; criterion 9 of Web2Code's page judge, arXiv 2406.20098, from DOM and pixels",
    summary: "numbers and symbols that both pages show, counting repeats",
};

/// Numbers weigh this much against symbols where the reference has both.
const NUMBERS: f64 = 0.8;

/// Twice the shared tokens over the tokens of both pages, for numbers and for symbols.
pub(crate) fn score(comparison: &Comparison<'_>) -> Score {
    with_dom(&METRIC, comparison, |matched| {
        let (left, right) = (matched.reference, matched.candidate);
        let figures = agreement(&left.numbers, &right.numbers);
        let symbols = agreement(&left.specials, &right.specials);
        if left.numbers.is_empty() && left.specials.is_empty() {
            let some = !right.numbers.is_empty() || !right.specials.is_empty();
            let share = vacuous(matched, some);
            // A page without any text has no right text either.
            let share =
                if !left.blocks.is_empty() && right.blocks.is_empty() { 0.0 } else { share };
            return METRIC.measured(share, "the reference shows no numbers or symbols", Vec::new());
        }
        let share = match (left.numbers.is_empty(), left.specials.is_empty()) {
            (false, false) => NUMBERS * figures + (1.0 - NUMBERS) * symbols,
            (false, true) => figures,
            _ => symbols,
        };
        let mut evidence = Evidence::default();
        for (rect, token) in lacking(&left.blocks, &right.numbers) {
            evidence.missed(rect, 1.0, &token);
        }
        for (rect, token) in lacking(&right.blocks, &left.numbers) {
            evidence.extra(rect, 1.0, &token);
        }
        let why = format!(
            "{} of {} numbers and {} of {} symbols found; the candidate shows {} and {}",
            shared(&left.numbers, &right.numbers),
            left.numbers.len(),
            shared(&left.specials, &right.specials),
            left.specials.len(),
            right.numbers.len(),
            right.specials.len()
        );
        METRIC.measured(share, why, evidence.finish())
    })
}

/// Sørensen-Dice of two sorted multisets; one when both are empty.
fn agreement(a: &[String], b: &[String]) -> f64 {
    let both = a.len() + b.len();
    if both == 0 { 1.0 } else { 2.0 * shared(a, b) as f64 / both as f64 }
}

/// Numbers of `blocks` that are not among the sorted `known` ones.
fn lacking(blocks: &[TextBlock], known: &[String]) -> Vec<(Rect, String)> {
    blocks
        .iter()
        .flat_map(|block| numbers(&block.text).into_iter().map(|token| (block.rect, token)))
        .filter(|(_, token)| known.binary_search(token).is_err())
        .collect()
}
