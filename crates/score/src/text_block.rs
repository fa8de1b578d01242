//! The text a reader of the picture sees, as blocks: consecutive lines of one text-level block.
//!
//! Where this differs from the published Design2Code tool: that one recolours the text of every
//! element, renders twice more and finds blocks as pixels that changed, one block for each
//! element with text of its own. Here blocks come from the line rectangles of the one render that
//! is scored; the inline parts of a paragraph (links, emphasis) are one block instead of several;
//! text that cannot be seen is left out by asking the DOM (visibility, opacity, clipping, page
//! edges, later opaque boxes) and then the pixels (the line's place shows something that differs
//! from its ground). Text of form fields counts where it shows. Transparent text does not, which
//! costs headings that are filled by a clipped background: otherwise transparent text over a
//! screenshot would score as text.

use pageloom_schema::{NodeKind, Rect, Rgba};

use crate::picture::Picture;
use crate::visibility::Sights;

/// How text is set.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Font {
    /// `font-family` as computed.
    pub(crate) family: String,
    /// `font-size` in CSS pixels.
    pub(crate) size: f64,
    /// `font-weight`.
    pub(crate) weight: u16,
    pub(crate) italic: bool,
    pub(crate) underline: bool,
}

/// One visible block of text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TextBlock {
    /// The box around its visible lines.
    pub(crate) rect: Rect,
    /// Its text, white space collapsed.
    pub(crate) text: String,
    /// The text as characters, for comparing.
    pub(crate) chars: Vec<char>,
    /// Colour of most of its characters.
    pub(crate) color: Rgba,
    /// Font of most of its characters.
    pub(crate) font: Font,
    /// Summed area of its visible lines.
    pub(crate) ink_area: f64,
    /// The text nodes it was made of.
    pub(crate) nodes: Vec<usize>,
}

/// The most blocks of a page that are kept; the largest ones stay. No page written for people has
/// as many, and matching takes time that grows with their square.
const MAX_BLOCKS: usize = 2_500;
/// The most characters of a block that are compared.
const MAX_CHARS: usize = 8_000;
/// Text smaller than this many CSS pixels cannot be read and does not count.
const SMALLEST_FONT: f64 = 4.0;

struct Line<'a> {
    node: usize,
    owner: usize,
    rect: Rect,
    text: &'a str,
}

/// The visible text blocks of a page, in document order.
pub(crate) fn find(sights: &Sights<'_>, picture: &Picture) -> Vec<TextBlock> {
    let mut blocks = Vec::new();
    let mut open: Vec<Line<'_>> = Vec::new();
    for (index, node) in sights.dom.nodes.iter().enumerate() {
        let NodeKind::Text(_) = &node.kind else { continue };
        if !sights.sights[index].shown || is_inside_skipped(sights, index) {
            continue;
        }
        let owner = text_level_block(sights, index);
        for line in &node.lines {
            let Some(rect) = visible_line(sights, picture, index, &line.rect) else { continue };
            let line = Line { node: index, owner, rect, text: &line.text };
            if open.last().is_some_and(|last| !continues(sights, last, &line)) {
                blocks.extend(close(sights, &open));
                open.clear();
            }
            open.push(line);
        }
    }
    blocks.extend(close(sights, &open));
    if blocks.len() > MAX_BLOCKS {
        let mut areas: Vec<f64> = blocks.iter().map(|b| b.ink_area).collect();
        areas.sort_by(|a, b| b.total_cmp(a));
        blocks.retain(|block| block.ink_area >= areas[MAX_BLOCKS - 1]);
        blocks.truncate(MAX_BLOCKS);
    }
    blocks
}

/// Text drawn by another program inside the page (an SVG's fallback, say) or never drawn.
fn is_inside_skipped(sights: &Sights<'_>, node: usize) -> bool {
    sights.parent(node).is_some_and(|parent| {
        matches!(sights.tag(parent), "script" | "style" | "noscript" | "template" | "title")
    })
}

/// The visible part of a line, if a reader could see text there.
fn visible_line(sights: &Sights<'_>, picture: &Picture, node: usize, rect: &Rect) -> Option<Rect> {
    let sight = &sights.sights[node];
    let style = sights.style(node);
    let seen = rect.intersection(&sight.window)?;
    let alpha = sight.opacity * f64::from(style.color.a) / 255.0;
    if style.font_size < SMALLEST_FONT || alpha < 0.1 || seen.area() < 0.3 * rect.area() {
        return None;
    }
    let ink = picture.ink(&seen);
    let text = [style.color.r, style.color.g, style.color.b];
    let contrast = text.iter().zip(ink.ground).map(|(a, b)| a.abs_diff(b)).max().unwrap_or(0);
    // A thin dash in a wide line box still leaves this much.
    let draws = ink.marks > 0.001;
    // One-coloured ground in the text's own colour: whatever differs there is something else.
    let melts = ink.ground_share > 0.3 && f64::from(contrast) * alpha < 10.0;
    (draws && !melts && !sights.is_covered(node, &seen)).then_some(seen)
}

/// The nearest ancestor that is not inline: the box whose lines the text flows in.
pub(crate) fn text_level_block(sights: &Sights<'_>, node: usize) -> usize {
    let mut at = node;
    while let Some(parent) = sights.parent(at) {
        at = parent;
        if !matches!(sights.style(at).display.as_str(), "inline" | "contents" | "ruby" | "") {
            break;
        }
    }
    at
}

/// True when `next` goes on with the block that `last` is in.
fn continues(sights: &Sights<'_>, last: &Line<'_>, next: &Line<'_>) -> bool {
    if last.owner != next.owner {
        return false;
    }
    let em = sights.style(next.node).font_size.max(sights.style(last.node).font_size);
    let same_row = next.rect.center().1 > last.rect.y && next.rect.center().1 < last.rect.bottom();
    if same_row {
        // Neighbours set apart by more than a word space are entries of a menu, not one phrase.
        let apart = (next.rect.x - last.rect.right()).max(last.rect.x - next.rect.right());
        last.node == next.node || apart < 0.8 * em
    } else {
        let gap = (next.rect.y - last.rect.bottom()).max(last.rect.y - next.rect.bottom());
        gap < 1.2 * em
    }
}

fn close(sights: &Sights<'_>, lines: &[Line<'_>]) -> Option<TextBlock> {
    let first = lines.first()?;
    let mut text = String::new();
    let mut rect = first.rect;
    let mut ink_area = 0.0;
    let mut nodes: Vec<usize> = Vec::new();
    let mut counts: Vec<(u32, usize, usize)> = Vec::new();
    let mut last: Option<&Line<'_>> = None;
    for line in lines {
        let broken = last.is_some_and(|last| {
            let em = sights.style(line.node).font_size;
            (line.rect.y - last.rect.y).abs() > 0.5 * em
                || (last.node != line.node && line.rect.x - last.rect.right() > 0.15 * em)
        });
        // Scripts without word spaces (CJK, kana) run on over a line break.
        let wide = |c: Option<char>| c.is_some_and(|c| ('\u{2e80}'..='\u{ffef}').contains(&c));
        if broken && !(wide(text.chars().last()) && wide(line.text.chars().next())) {
            text.push(' ');
        }
        text.push_str(line.text);
        rect = rect.union(&line.rect);
        ink_area += line.rect.area();
        if nodes.last() != Some(&line.node) {
            nodes.push(line.node);
        }
        let style = sights.dom.nodes[line.node].style.unwrap_or(0);
        let size = line.text.chars().count();
        match counts.iter_mut().find(|count| count.0 == style) {
            Some(count) => count.1 += size,
            None => counts.push((style, size, line.node)),
        }
        last = Some(line);
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() {
        return None;
    }
    // The first of equally frequent styles, so that the order of the text decides.
    let main = counts.iter().rev().max_by_key(|count| count.1)?;
    let style = sights.style(main.2);
    Some(TextBlock {
        rect,
        chars: text.chars().take(MAX_CHARS).collect(),
        text,
        color: style.color,
        font: Font {
            family: style.font_family.clone(),
            size: style.font_size,
            weight: style.font_weight,
            italic: style.italic,
            underline: style.underline || is_underlined(sights, main.2),
        },
        ink_area,
        nodes,
    })
}

/// `text-decoration` is not inherited but drawn through inline descendants.
fn is_underlined(sights: &Sights<'_>, node: usize) -> bool {
    let mut at = sights.parent(node);
    while let Some(index) = at {
        let style = sights.style(index);
        if style.underline {
            return true;
        }
        if style.display != "inline" {
            return false;
        }
        at = sights.parent(index);
    }
    false
}
