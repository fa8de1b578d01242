//! Which text block of the candidate is which of the reference, by what they say.
//!
//! Blocks with equal text are paired first, the nearest ones where a text occurs more than once.
//! The rest is assigned so that the sum of similarities is largest, then neighbouring blocks are
//! merged where that makes a pair more alike: models often break a paragraph where the reference
//! does not. Pairs under [`LEAST`] are no match. The published Design2Code tool merges while it
//! assigns, over a window of the list; here merging follows the assignment and takes only blocks
//! that have no partner of their own, which keeps the result independent of list length.

use std::collections::BTreeMap;

use pageloom_schema::Rect;
use rapidfuzz::distance::{indel, lcs_seq};

use crate::assignment::assign;
use crate::text_block::TextBlock;

/// Similarity under which two texts are no match.
pub(crate) const LEAST: f64 = 0.5;
/// Distance in CSS pixels over which place loses most of its say.
const BESIDE: f64 = 150.0;
/// The most blocks that are merged into one side of a pair.
const MOST_MERGED: usize = 12;

/// Where a text occurs so often that trying all ways would take too long (pairs of places), its
/// blocks are paired in document order.
const MOST_EQUAL: usize = 40_000;
/// Work that goes into comparing texts that are not equal, in steps of the comparison (64
/// characters against one); what is left then stays unmatched. Real pages use a hundredth.
const WORK: usize = 300_000_000;

/// Blocks that say the same; each side holds one block, or neighbours in document order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TextPair {
    pub(crate) reference: Vec<usize>,
    pub(crate) candidate: Vec<usize>,
    /// Similarity of the texts, in `0.0..=1.0`.
    pub(crate) similarity: f64,
}

/// Character similarity of two texts in `0.0..=1.0`: twice the length of the longest common
/// subsequence over the summed lengths. This is the Sørensen-Dice coefficient with characters
/// counted as shared only where their order agrees, so that two English sentences do not match
/// for using the same alphabet.
pub(crate) fn similarity(a: &[char], b: &[char]) -> f64 {
    if a == b {
        return 1.0;
    }
    indel::normalized_similarity(a.iter().copied(), b.iter().copied())
}

/// Pairs the blocks of two pages by text. Sorted by the first reference block.
pub(crate) fn pair(
    reference: &[TextBlock],
    candidate: &[TextBlock],
    pages: (Rect, Rect),
) -> Vec<TextPair> {
    let near = |r: usize, c: usize| closeness(&reference[r].rect, &candidate[c].rect, pages);
    let beside = |r: usize, c: usize| {
        let (a, b) = (&reference[r].rect, &candidate[c].rect);
        let apart = (a.x - b.x).hypot(a.y - b.y).min((a.right() - b.right()).hypot(a.y - b.y));
        (-apart / BESIDE).exp()
    };
    let mut by_text: BTreeMap<&str, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
    for (index, block) in reference.iter().enumerate() {
        by_text.entry(&block.text).or_default().0.push(index);
    }
    for (index, block) in candidate.iter().enumerate() {
        by_text.entry(&block.text).or_default().1.push(index);
    }
    let mut edges = Vec::new();
    for (left, right) in by_text.values() {
        if left.len() * right.len() > MOST_EQUAL {
            edges.extend(left.iter().zip(right).map(|(r, c)| (*r, *c, 1.0)));
            continue;
        }
        for r in left {
            edges.extend(right.iter().map(|c| (*r, *c, 0.1 + near(*r, *c))));
        }
    }
    let mut matching = Matching::new(reference, candidate);
    for (r, c, _) in assign(reference.len(), candidate.len(), &edges) {
        matching.add(vec![r], vec![c], 1.0);
    }
    let (left, right) = (matching.free_references(), matching.free_candidates());
    let mut edges = Vec::new();
    let mut work = 0;
    for r in left {
        let chars = &reference[r].chars;
        let comparator = indel::BatchComparator::new(chars.iter().copied());
        let args = indel::Args::default().score_cutoff(LEAST);
        for c in &right {
            let other = &candidate[*c].chars;
            let (short, long) = (chars.len().min(other.len()), chars.len().max(other.len()));
            // The most two texts of these lengths can share.
            if ((2 * short) as f64) < LEAST * (short + long) as f64 {
                continue;
            }
            work += (chars.len() / 64 + 1) * other.len();
            if work > WORK {
                break;
            }
            let alike = comparator.normalized_similarity_with_args(other.iter().copied(), &args);
            if let Some(alike) = alike.filter(|alike| *alike >= LEAST) {
                // Place decides the more, the less the texts do: any two short figures share half
                // of their digits.
                let place = 0.02 * near(r, *c) + 0.6 * (1.0 - alike) * beside(r, *c);
                edges.push((r, *c, alike + place));
            }
        }
    }
    for (r, c, _) in assign(reference.len(), candidate.len(), &edges) {
        let alike = similarity(&reference[r].chars, &candidate[c].chars);
        matching.add(vec![r], vec![c], alike);
    }
    matching.merge_into_pairs();
    matching.merge_unpaired();
    matching.finish()
}

/// Nearness of two boxes' centres on pages of different size, in `0.0..=1.0`.
fn closeness(a: &Rect, b: &Rect, (page_a, page_b): (Rect, Rect)) -> f64 {
    let part = |v: f64, whole: f64| if whole > 0.0 { v / whole } else { 0.0 };
    let ((ax, ay), (bx, by)) = (a.center(), b.center());
    let dx = part(ax, page_a.width) - part(bx, page_b.width);
    let dy = part(ay, page_a.height) - part(by, page_b.height);
    1.0 / (1.0 + dx.hypot(dy) + 0.001 * ((ax - bx).hypot(ay - by)))
}

/// The pairs found so far.
struct Matching<'a> {
    reference: &'a [TextBlock],
    candidate: &'a [TextBlock],
    reference_free: Vec<bool>,
    candidate_free: Vec<bool>,
    pairs: Vec<TextPair>,
}

impl<'a> Matching<'a> {
    fn new(reference: &'a [TextBlock], candidate: &'a [TextBlock]) -> Self {
        Self {
            reference,
            candidate,
            reference_free: vec![true; reference.len()],
            candidate_free: vec![true; candidate.len()],
            pairs: Vec::new(),
        }
    }

    fn free_references(&self) -> Vec<usize> {
        (0..self.reference.len()).filter(|i| self.reference_free[*i]).collect()
    }

    fn free_candidates(&self) -> Vec<usize> {
        (0..self.candidate.len()).filter(|i| self.candidate_free[*i]).collect()
    }

    fn add(&mut self, reference: Vec<usize>, candidate: Vec<usize>, similarity: f64) {
        for index in &reference {
            self.reference_free[*index] = false;
        }
        for index in &candidate {
            self.candidate_free[*index] = false;
        }
        self.pairs.push(TextPair { reference, candidate, similarity });
    }

    /// Grows each imperfect pair by free neighbours while that makes it more alike.
    fn merge_into_pairs(&mut self) {
        for at in 0..self.pairs.len() {
            if self.pairs[at].similarity >= 1.0 {
                continue;
            }
            let pair = self.pairs[at].clone();
            let target = joined(self.reference, &pair.reference);
            let (grown, alike) = grow(
                self.candidate,
                &self.candidate_free,
                &pair.candidate,
                &target,
                pair.similarity,
            );
            if grown.len() > pair.candidate.len() {
                self.replace(at, pair.reference, grown, alike);
                continue;
            }
            let target = joined(self.candidate, &pair.candidate);
            let (grown, alike) = grow(
                self.reference,
                &self.reference_free,
                &pair.reference,
                &target,
                pair.similarity,
            );
            if grown.len() > pair.reference.len() {
                self.replace(at, grown, pair.candidate, alike);
            }
        }
    }

    fn replace(&mut self, at: usize, reference: Vec<usize>, candidate: Vec<usize>, alike: f64) {
        for index in &reference {
            self.reference_free[*index] = false;
        }
        for index in &candidate {
            self.candidate_free[*index] = false;
        }
        self.pairs[at] = TextPair { reference, candidate, similarity: alike };
    }

    /// Pairs a free block with several free neighbours none of which is half of it.
    fn merge_unpaired(&mut self) {
        let length = |blocks: &[TextBlock]| blocks.iter().map(|b| b.chars.len()).sum::<usize>();
        if length(self.reference) / 64 * length(self.candidate) > WORK {
            return;
        }
        for r in self.free_references() {
            let whole = &self.reference[r].chars;
            let best = best_run(self.candidate, &self.candidate_free, whole);
            if let Some((run, alike)) = best {
                self.add(vec![r], run, alike);
            }
        }
        for c in self.free_candidates() {
            let whole = &self.candidate[c].chars;
            let best = best_run(self.reference, &self.reference_free, whole);
            if let Some((run, alike)) = best {
                self.add(run, vec![c], alike);
            }
        }
    }

    fn finish(mut self) -> Vec<TextPair> {
        self.pairs.sort_by(|a, b| a.reference.cmp(&b.reference));
        self.pairs
    }
}

fn joined(blocks: &[TextBlock], indices: &[usize]) -> Vec<char> {
    let mut chars = Vec::new();
    for index in indices {
        if !chars.is_empty() {
            chars.push(' ');
        }
        chars.extend(&blocks[*index].chars);
    }
    chars
}

/// Adds free neighbours on both ends of `start` while the text comes closer to `target`.
fn grow(
    blocks: &[TextBlock],
    free: &[bool],
    start: &[usize],
    target: &[char],
    alike: f64,
) -> (Vec<usize>, f64) {
    let mut run = start.to_vec();
    let mut best = alike;
    while run.len() < MOST_MERGED {
        let (Some(first), Some(last)) = (run.first().copied(), run.last().copied()) else { break };
        let before = first.checked_sub(1).filter(|i| free[*i]);
        let after = Some(last + 1).filter(|i| free.get(*i) == Some(&true));
        let mut found = None;
        for (next, at_front) in [(before, true), (after, false)] {
            let Some(next) = next else { continue };
            let mut longer = run.clone();
            longer.insert(if at_front { 0 } else { run.len() }, next);
            let alike = similarity(&joined(blocks, &longer), target);
            if alike > best + 0.01 {
                best = alike;
                found = Some(longer);
            }
        }
        match found {
            Some(longer) => run = longer,
            None => break,
        }
    }
    (run, best)
}

/// The run of free neighbours that together come closest to `whole`, if it is a match.
fn best_run(blocks: &[TextBlock], free: &[bool], whole: &[char]) -> Option<(Vec<usize>, f64)> {
    let mut best: Option<(Vec<usize>, f64)> = None;
    if whole.len() < 12 {
        return None;
    }
    let comparator = lcs_seq::BatchComparator::new(whole.iter().copied());
    for (index, block) in blocks.iter().enumerate() {
        let length = block.chars.len();
        if !free[index] || length < 4 || length >= whole.len() {
            continue;
        }
        // A part of the whole has nearly all of its characters there, in order.
        if (comparator.similarity(block.chars.iter().copied()) as f64) < 0.9 * length as f64 {
            continue;
        }
        let alone = similarity(&block.chars, whole);
        let (run, alike) = grow(blocks, free, &[index], whole, alone);
        if alike >= LEAST && best.as_ref().is_none_or(|(_, b)| alike > *b) {
            best = Some((run, alike));
        }
    }
    best
}
