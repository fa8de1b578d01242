//! What a page says to its judge is painted over before the judge sees the picture.
//!
//! [`redact`] looks through the text lines of the page's DOM; a block of text that speaks to whoever
//! grades the page ([`address_in`]) is painted in the colour of its ground, so that the picture is
//! that of the page without it. Whether the text can be seen is not asked: what is too faint for a
//! person may not be for a model. Text that is split over neighbouring blocks, down to one letter a
//! block, is read together.
//!
//! [`blind()`] goes further: it takes every word away, known or not, for a judge that is to see the look
//! alone.
//!
//! What [`redact`] does not reach: text that is part of a picture, a canvas or a video; text drawn in another
//! order than that of the document; wordings and languages that no rule knows. Against those there
//! is only what the judge is told, see [`super::appearance`].
//!
//! Measured on the tables of `tests.rs`: of 102 attacks that the rules were changed for, 2 are missed;
//! of 141 honest texts, 1 (a prompt shown as an example) is taken for an attack. New texts, before any
//! rule was changed for them, say more: in three rounds 9 of 30, 9 of 25 and 12 of 24 attacks were
//! missed, and 5 of 50, 2 of 35 and 2 of 26 honest texts taken for one; the last round is what holds
//! now, and was written to be hard on both sides. Of 10,443 different pieces of three words or more
//! (1.9 MB, read in 1.7 s) from public pages, answers of models with their code, and the bundled
//! suites, none is taken for one. So what is commonly tried is caught, a third to a half of new
//! wordings gets through, and pages that have nothing to do with it are left alone.

mod blind;
mod letters;
mod phrase;
mod rules;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use pageloom_schema::{
    Capture, EvidenceBox, Finding, NodeKind, Png, Rect, Severity, Side, Verdict,
};

pub use blind::blind;
pub use rules::{Address, address_in};

use super::{JUDGE_ADDRESSED, one_line};
use crate::error::ScoreError;
use crate::metric::MAX_EVIDENCE;
use crate::picture::Picture;
use crate::text_block::text_level_block;
use crate::visibility::Sights;

/// The most characters of a page's text that a finding quotes.
const QUOTED: usize = 120;
/// The most words of a block that is read together with its neighbours as one text.
const SHORT: usize = 3;
/// The most short blocks that are read as one text.
const MAX_ROW: usize = 120;
/// The most bytes of a page's text that are read, several times what the tallest picture shows. The text
/// after them can only lie over other text; it is painted over unread.
const MAX_TEXT: usize = 300_000;
/// How far past its line box a line is painted over, in CSS pixels: letters may reach out of it.
const MARGIN: f64 = 2.0;

/// A picture without the text that spoke to the judge.
#[derive(Clone, Debug, PartialEq)]
pub struct Redacted {
    /// The picture; the very same when there was nothing to paint over.
    pub png: Png,
    /// One finding for each text that was painted over.
    pub findings: Vec<Finding>,
    /// Where they were, on the page; at most 60.
    pub boxes: Vec<EvidenceBox>,
}

/// Paints over what speaks to the judge in `png`, a picture of the page of `capture` from its top
/// left corner, one picture pixel to a CSS pixel. Without a DOM nothing is known of the text, and the
/// picture stays as it is.
///
/// # Errors
/// When there is something to paint over and the picture cannot be decoded or encoded, or when the
/// DOM refers to nodes it does not hold: then the picture must not be shown to a judge.
pub fn redact(png: &Png, capture: &Capture) -> Result<Redacted, ScoreError> {
    let untouched = Redacted { png: png.clone(), findings: Vec::new(), boxes: Vec::new() };
    let Some(dom) = &capture.dom else { return Ok(untouched) };
    let page = Rect::new(0.0, 0.0, f64::from(capture.page_width), f64::from(capture.page_height));
    let blocks = blocks(&Sights::of(dom, page)?);
    let mut chars = 0;
    let read = blocks.iter().take_while(|block| {
        chars += block.text.len();
        chars <= MAX_TEXT
    });
    let read = read.count();
    let mut addresses = addresses(&blocks[..read]);
    if read < blocks.len() {
        addresses.push((read..blocks.len(), Address::Unread));
    }
    if addresses.is_empty() {
        return Ok(untouched);
    }
    let mut picture = Picture::decode(png)?;
    let (mut findings, mut boxes) = (Vec::new(), Vec::new());
    for (range, address) in &addresses {
        let spoken = &blocks[range.clone()];
        let texts = spoken.iter().take(MAX_ROW).map(|block| block.text.as_str());
        let text = texts.collect::<Vec<_>>().join(" ");
        let quoted = one_line(&text, QUOTED);
        let message = format!("painted over for the judge, as it {}: `{quoted}`", address.told());
        findings.push(Finding::new(JUDGE_ADDRESSED, Severity::Warning, message));
        for line in spoken.iter().flat_map(|block| &block.lines) {
            picture.paint_over(&Rect::new(
                line.x - MARGIN,
                line.y - MARGIN,
                line.width + 2.0 * MARGIN,
                line.height + 2.0 * MARGIN,
            ));
            if boxes.len() < MAX_EVIDENCE {
                boxes.push(EvidenceBox {
                    side: Side::Candidate,
                    rect: *line,
                    verdict: Verdict::Extra,
                    label: address.told().chars().take(80).collect(),
                });
            }
        }
    }
    Ok(Redacted { png: picture.encode()?, findings, boxes })
}

/// A block of text with the places of its lines, seen or not.
struct Block {
    text: String,
    lines: Vec<Rect>,
    words: usize,
}

/// The blocks of a page's text in the order of the document: what flows in one box.
fn blocks(sights: &Sights<'_>) -> Vec<Block> {
    let mut blocks: Vec<(usize, Block)> = Vec::new();
    for (index, node) in sights.dom.nodes.iter().enumerate() {
        let NodeKind::Text(_) = &node.kind else { continue };
        let owner = text_level_block(sights, index);
        let em = sights.style(index).font_size;
        for line in &node.lines {
            match blocks.last_mut().filter(|(last, _)| *last == owner) {
                Some((_, block)) => {
                    // Letters in boxes of their own that touch are one word.
                    let touches = block.lines.last().is_some_and(|last: &Rect| {
                        (line.rect.x - last.right()).abs() < 0.15 * em
                            && (line.rect.y - last.y).abs() < 0.5 * em
                    });
                    if !touches {
                        block.text.push(' ');
                    }
                    block.text.push_str(&line.text);
                    block.lines.push(line.rect);
                }
                None => {
                    let block = Block { text: line.text.clone(), lines: vec![line.rect], words: 0 };
                    blocks.push((owner, block));
                }
            }
        }
    }
    let counted = blocks.into_iter().map(|(_, block)| {
        let words = block.text.split_whitespace().count();
        Block { words, ..block }
    });
    counted.filter(|block| block.words > 0).collect()
}

/// The runs of blocks that speak to the judge: a block alone, a row of short ones, or two that
/// follow each other and do so only together.
fn addresses(blocks: &[Block]) -> Vec<(std::ops::Range<usize>, Address)> {
    let mut found = Vec::new();
    let mut taken = BTreeSet::new();
    let joined = |range: std::ops::Range<usize>| {
        address_in(&blocks[range].iter().map(|b| b.text.as_str()).collect::<Vec<_>>().join("\n"))
    };
    for index in 0..blocks.len() {
        if let Some(address) = joined(index..index + 1) {
            found.push((index..index + 1, address));
            taken.insert(index);
        }
    }
    let mut at = 0;
    while at < blocks.len() {
        let short = blocks[at..].iter().take(MAX_ROW).take_while(|b| b.words <= SHORT).count();
        let mut row = at..at + short;
        if short > 1
            && row.clone().all(|index| !taken.contains(&index))
            && let Some(address) = joined(row.clone())
        {
            // Neighbours that have no part in it stay as they are.
            while joined(row.start + 1..row.end).is_some() {
                row.start += 1;
            }
            while joined(row.start..row.end - 1).is_some() {
                row.end -= 1;
            }
            taken.extend(row.clone());
            found.push((row, address));
        }
        at += short.max(1);
    }
    for first in 0..blocks.len().saturating_sub(1) {
        let pair = first..first + 2;
        if pair.clone().all(|index| !taken.contains(&index))
            && let Some(address) = joined(pair.clone())
        {
            taken.extend(pair.clone());
            found.push((pair, address));
        }
    }
    found.sort_by_key(|(range, _)| range.start);
    found
}
