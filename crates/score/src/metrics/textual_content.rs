//! `wcgb.textual_content`: does the page say what the reference says?

use std::collections::BTreeMap;

use pageloom_schema::Score;
use rapidfuzz::distance::indel;

use super::{percent, vacuous, with_dom};
use crate::evidence::Evidence;
use crate::metric::Metric;
use crate::pairing::{Comparison, Matched};
use crate::text_block::TextBlock;
use crate::text_pairing::{self, TextPair};
use crate::tokens::words;

/// The criterion's card.
pub(crate) const METRIC: Metric = Metric {
    id: "wcgb.textual_content",
    version: 1,
    range: [0.0, 10.0],
    source: "own; criterion 8 of Web2Code's page judge, arXiv 2406.20098, from DOM and pixels",
    summary: "characters and words of matched text that agree, over all text of both pages",
};

/// Similarity by characters that two unrelated texts have by chance; it counts as none.
const CHANCE: f64 = 0.4;

/// Agreeing characters over all characters.
pub(crate) fn score(comparison: &Comparison<'_>) -> Score {
    with_dom(&METRIC, comparison, |matched| {
        let (left, right) = (&matched.reference.blocks, &matched.candidate.blocks);
        if left.is_empty() {
            let share = vacuous(matched, !right.is_empty());
            return METRIC.measured(share, "the reference shows no text", Vec::new());
        }
        let mut evidence = Evidence::default();
        let mut used = (vec![false; left.len()], vec![false; right.len()]);
        let mut agreeing = 0.0;
        for pair in &matched.placed_text {
            let mut length = 0.0;
            for r in &pair.reference {
                used.0[*r] = true;
                length += left[*r].chars.len() as f64;
            }
            for c in &pair.candidate {
                used.1[*c] = true;
                length += right[*c].chars.len() as f64;
            }
            let alike = agreement(matched, pair);
            agreeing += alike * length;
            let label = format!("text {:.0} % alike", 100.0 * alike);
            evidence.pair(matched.rects(pair), alike, length, &label);
        }
        for (block, _) in left.iter().zip(&used.0).filter(|(_, used)| !**used) {
            evidence.missed(block.rect, block.chars.len() as f64, &block.text);
        }
        for (block, _) in right.iter().zip(&used.1).filter(|(_, used)| !**used) {
            evidence.extra(block.rect, block.chars.len() as f64, &block.text);
        }
        let whole: f64 = left.iter().chain(right).map(|b| b.chars.len() as f64).sum();
        let share = if whole > 0.0 { agreeing / whole } else { 1.0 };
        let why = format!(
            "{} of the text agrees: {} of {} blocks matched",
            percent(share),
            matched.placed_text.iter().filter(|p| p.similarity >= text_pairing::LEAST).count(),
            left.len()
        );
        METRIC.measured(share, why, evidence.finish())
    })
}

/// How far the two sides of a pair say the same, in `0.0..=1.0`: half by characters, so that a
/// typing error is a small one, half by whole words in order, so that other words made of the same
/// letters are no agreement.
fn agreement(matched: &Matched<'_>, pair: &TextPair) -> f64 {
    if pair.similarity >= 1.0 {
        return 1.0;
    }
    let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
    let mut sequence = |blocks: &[TextBlock], indices: &[usize]| -> Vec<u32> {
        let words = indices.iter().flat_map(|i| words(&blocks[*i].text));
        words
            .map(|word| {
                let next = numbers.len() as u32;
                *numbers.entry(word).or_insert(next)
            })
            .collect()
    };
    let left = sequence(&matched.reference.blocks, &pair.reference);
    let right = sequence(&matched.candidate.blocks, &pair.candidate);
    let letters = ((pair.similarity - CHANCE) / (1.0 - CHANCE)).max(0.0);
    if left.is_empty() && right.is_empty() {
        return letters;
    }
    0.5 * letters + 0.5 * indel::normalized_similarity(left, right)
}
