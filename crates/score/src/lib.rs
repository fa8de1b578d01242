//! Captures to scores: metrics, the local judge, aggregation. Pure: no IO, no async, no clock.
//!
//! [`prepare`] reads a capture once; [`score_pair`] holds two prepared pages against each other
//! and gives every metric of [`metrics()`], one file each under `metrics/`. The same pair gives the
//! same scores on every run. Nothing here knows tasks or runs.
//!
//! [`interactive`] and [`webgen_bench`] are the arithmetic of pages and sites that were used.
//!
//! [`judge`] words what a vision model is asked about the same pages and reads what it answers;
//! nothing here asks it.

mod assignment;
mod color;
pub mod error;
mod evidence;
pub mod interactive;
pub mod judge;
pub mod metric;
mod metrics;
mod painted;
mod pairing;
mod picture;
mod prepared;
pub mod probes;
pub mod rubric;
mod swatches;
mod text_block;
mod text_pairing;
mod tokens;
pub mod understanding;
mod visibility;
pub mod wcgb;
pub mod webgen_bench;

pub use error::ScoreError;
pub use metric::Metric;
pub use pairing::Comparison;
pub use prepared::{PreparedPage, prepare, prepare_screenshot};

use pageloom_schema::{BlockPair, PageFault, Score, Scores};

use crate::metrics::{MEASURED, clip, wcgb_aspects};
use crate::pairing::Matched;

impl Comparison<'_> {
    /// The score of one metric of [`metrics()`] by its id, apart from the five aspects, which are
    /// sums of others; `None` for those and for an unknown id. For timing metrics one by one and
    /// for looking at one of them; [`score_pair`] gives all.
    #[must_use]
    pub fn measure(&self, id: &str) -> Option<Score> {
        MEASURED.iter().find(|(metric, _)| metric.id == id).map(|(_, formula)| formula(self))
    }
}

/// Every metric of a pair of pages, in the order of [`metrics()`], with the matching of text blocks
/// they share. A metric that cannot be measured is there without a value, with the reason.
#[must_use]
pub fn score_pair(reference: &PreparedPage, candidate: &PreparedPage) -> Scores {
    score_pair_observed(reference, candidate, &mut |_| {})
}

/// As [`score_pair`]; `finished` hears the name of each step when it is done: `pairing`, the id of
/// each metric, `aspects`. With a clock it tells what each costs; there is none in this crate.
pub fn score_pair_observed(
    reference: &PreparedPage,
    candidate: &PreparedPage,
    finished: &mut dyn FnMut(&'static str),
) -> Scores {
    let comparison = Comparison::of(reference, candidate);
    finished("pairing");
    let measure = |(metric, formula): &(Metric, metrics::Formula)| {
        let score = formula(&comparison);
        finished(metric.id);
        score
    };
    let mut scores = Scores {
        scores: MEASURED.iter().map(measure).collect(),
        blocks: comparison.matched.as_ref().map_or_else(Vec::new, block_pairs),
    };
    let aspects = wcgb_aspects::scores(&scores);
    scores.scores.extend(aspects);
    finished("aspects");
    scores
}

/// The scores of a candidate whose render ended in a page fault: every metric at its lowest value,
/// apart from those that could not have been measured beside this reference.
#[must_use]
pub fn score_fault(fault: &PageFault, reference: Option<&PreparedPage>) -> Scores {
    let why = format!("page fault {fault}");
    let score = |metric: &Metric| match metric.id {
        id if id == clip::METRIC.id => metric.absent("not measured: no CLIP weights"),
        _ => metric.measured(0.0, why.clone(), Vec::new()),
    };
    let mut scores: Vec<Score> = metrics().iter().map(score).collect();
    if let Some(reference) = reference {
        let measurable = score_pair(reference, reference);
        for score in &mut scores {
            if let Some(absent) = measurable.get(&score.metric).filter(|s| s.value.is_none()) {
                *score = absent.clone();
            }
        }
    }
    Scores { scores, blocks: Vec::new() }
}

/// The cards of all metrics, in the order of [`Scores::scores`].
#[must_use]
pub fn metrics() -> Vec<Metric> {
    MEASURED.iter().map(|(metric, _)| *metric).chain(wcgb_aspects::METRICS).collect()
}

fn block_pairs(matched: &Matched<'_>) -> Vec<BlockPair> {
    let (left, right) = (&matched.reference.blocks, &matched.candidate.blocks);
    let mut used = (vec![false; left.len()], vec![false; right.len()]);
    let mut pairs = Vec::new();
    for pair in &matched.text_pairs {
        pair.reference.iter().for_each(|i| used.0[*i] = true);
        pair.candidate.iter().for_each(|i| used.1[*i] = true);
        let (reference, candidate) = matched.rects(pair);
        let texts: Vec<&str> = pair.reference.iter().map(|i| left[*i].text.as_str()).collect();
        let order = pair.reference.first().copied().unwrap_or(0);
        pairs.push((
            order,
            BlockPair {
                reference: Some(reference),
                candidate: Some(candidate),
                text: texts.join(" "),
                similarity: Some((pair.similarity * 1e6).round() / 1e6),
            },
        ));
    }
    for (index, block) in left.iter().enumerate().filter(|(i, _)| !used.0[*i]) {
        let alone = BlockPair {
            reference: Some(block.rect),
            candidate: None,
            text: block.text.clone(),
            similarity: None,
        };
        pairs.push((index, alone));
    }
    pairs.sort_by_key(|(order, _)| *order);
    let extras =
        right.iter().zip(&used.1).filter(|(_, used)| !**used).map(|(block, _)| BlockPair {
            reference: None,
            candidate: Some(block.rect),
            text: block.text.clone(),
            similarity: None,
        });
    pairs.into_iter().map(|(_, pair)| pair).chain(extras).collect()
}
