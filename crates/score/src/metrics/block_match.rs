//! `design2code.block_match`: how much of the text, by area, has a partner on the other page.

use pageloom_schema::Score;

use super::{percent, with_dom};
use crate::evidence::Evidence;
use crate::metric::Metric;
use crate::pairing::Comparison;

/// The metric's card.
pub(crate) const METRIC: Metric = Metric {
    id: "design2code.block_match",
    version: 1,
    range: [0.0, 1.0],
    source: "Design2Code, arXiv 2403.03163",
    summary: "area of matched text blocks over the area of all text blocks of both pages",
};

/// Matched block area over all block area; one when neither page has text.
pub(crate) fn score(comparison: &Comparison<'_>) -> Score {
    with_dom(&METRIC, comparison, |matched| {
        let (left, right) = (&matched.reference.blocks, &matched.candidate.blocks);
        let mut used = (vec![false; left.len()], vec![false; right.len()]);
        let mut evidence = Evidence::default();
        for pair in &matched.text_pairs {
            pair.reference.iter().for_each(|i| used.0[*i] = true);
            pair.candidate.iter().for_each(|i| used.1[*i] = true);
            evidence.pair(matched.rects(pair), 1.0, 1.0, "matched");
        }
        let (mut paired, mut whole) = (0.0, 0.0);
        for (block, used) in left.iter().zip(&used.0).chain(right.iter().zip(&used.1)) {
            whole += block.rect.area();
            paired += if *used { block.rect.area() } else { 0.0 };
        }
        for (block, _) in left.iter().zip(&used.0).filter(|(_, used)| !**used) {
            evidence.missed(block.rect, block.rect.area(), &block.text);
        }
        for (block, _) in right.iter().zip(&used.1).filter(|(_, used)| !**used) {
            evidence.extra(block.rect, block.rect.area(), &block.text);
        }
        let share = if whole > 0.0 { paired / whole } else { 1.0 };
        let missed = used.0.iter().filter(|u| !**u).count();
        let extra = used.1.iter().filter(|u| !**u).count();
        let why = if whole > 0.0 {
            format!(
                "{} of the text area is matched: {missed} of {} reference blocks missed, {extra} of {} candidate blocks extra",
                percent(share),
                left.len(),
                right.len()
            )
        } else {
            "neither page shows text".to_owned()
        };
        METRIC.measured(share, why, evidence.finish())
    })
}
