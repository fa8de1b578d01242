//! A page made ready for scoring: everything that depends on one side only, computed once.

use std::collections::BTreeSet;

use pageloom_schema::{Capture, DomSnapshot, NodeKind, Png, Rect};

use crate::error::ScoreError;
use crate::painted::{self, Painted};
use crate::picture::{Picture, Plane};
use crate::swatches::Swatches;
use crate::text_block::{self, TextBlock};
use crate::tokens;
use crate::visibility::Sights;

/// A page ready to be scored, on either side and any number of times.
#[derive(Clone, Debug)]
pub struct PreparedPage {
    /// The whole page in CSS pixels.
    pub(crate) page: Rect,
    /// Grey plane, at most 640 wide.
    pub(crate) plane: Plane,
    /// Grey plane at half that size.
    pub(crate) small: Plane,
    /// The page's colours by area.
    pub(crate) swatches: Swatches,
    /// What the DOM tells; absent when the page is a picture only.
    pub(crate) content: Option<Content>,
}

/// The visible content of a page whose DOM is known.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    pub(crate) blocks: Vec<TextBlock>,
    pub(crate) painted: Painted,
    /// Words of the visible text, sorted.
    pub(crate) words: Vec<String>,
    /// Numbers of the visible text, sorted.
    pub(crate) numbers: Vec<String>,
    /// Special characters of the visible text, sorted.
    pub(crate) specials: Vec<String>,
    /// Distinct subtrees of height one, as `parent>child child`.
    pub(crate) subtrees: BTreeSet<String>,
}

/// Reads a capture for scoring.
///
/// # Errors
/// When the capture lacks its full-page picture or DOM, the picture cannot be decoded, or the DOM
/// refers to nodes it does not hold.
pub fn prepare(capture: &Capture) -> Result<PreparedPage, ScoreError> {
    let dom = capture.dom.as_ref().ok_or(ScoreError::NoDom)?;
    let png = capture.full_page_png.as_ref().ok_or(ScoreError::NoPicture)?;
    let picture = Picture::decode(png)?;
    let mut page = pixels_only(&picture);
    page.content = Some(content(dom, &picture, page.page)?);
    Ok(page)
}

/// Reads a picture of a page for scoring. What needs a DOM is then absent from its scores, with
/// the reason.
///
/// # Errors
/// When the picture cannot be decoded.
pub fn prepare_screenshot(png: &Png) -> Result<PreparedPage, ScoreError> {
    Ok(pixels_only(&Picture::decode(png)?))
}

fn pixels_only(picture: &Picture) -> PreparedPage {
    let plane = picture.plane();
    PreparedPage {
        page: Rect::new(0.0, 0.0, picture.width as f64, picture.height as f64),
        small: plane.half(),
        plane,
        swatches: Swatches::of(picture),
        content: None,
    }
}

fn content(dom: &DomSnapshot, picture: &Picture, page: Rect) -> Result<Content, ScoreError> {
    let sights = Sights::of(dom, page)?;
    let blocks = text_block::find(&sights, picture);
    let painted = painted::find(&sights, picture, page, &blocks);
    let collect = |of: fn(&str) -> Vec<String>| {
        let mut list: Vec<String> = blocks.iter().flat_map(|block| of(&block.text)).collect();
        list.sort_unstable();
        list
    };
    Ok(Content {
        words: collect(tokens::words),
        numbers: collect(tokens::numbers),
        specials: collect(tokens::specials),
        subtrees: subtrees(dom),
        blocks,
        painted,
    })
}

/// The distinct subtrees of height one below `<body>`, boxes the browser makes on its own
/// (pseudo-elements, insides of form fields) left out.
fn subtrees(dom: &DomSnapshot) -> BTreeSet<String> {
    let mut children: Vec<Vec<&str>> = vec![Vec::new(); dom.nodes.len()];
    let mut inside = vec![false; dom.nodes.len()];
    for (index, node) in dom.nodes.iter().enumerate() {
        let NodeKind::Element { tag, .. } = &node.kind else { continue };
        let parent = node.parent.map(|p| p as usize).filter(|p| *p < index);
        let parent_tag = parent.and_then(|p| match &dom.nodes[p].kind {
            NodeKind::Element { tag, .. } => Some(tag.as_str()),
            NodeKind::Text(_) => None,
        });
        let made = tag.starts_with("::")
            || matches!(
                parent_tag,
                Some("input" | "textarea" | "video" | "audio" | "meter" | "progress")
            );
        inside[index] = !made && (tag == "body" || parent.is_some_and(|p| inside[p]));
        if let Some(parent) = parent.filter(|p| inside[*p] && inside[index]) {
            children[parent].push(tag);
        }
    }
    dom.nodes
        .iter()
        .zip(&children)
        .filter(|(_, children)| !children.is_empty())
        .filter_map(|(node, children)| match &node.kind {
            NodeKind::Element { tag, .. } => Some(format!("{tag}>{}", children.join(" "))),
            NodeKind::Text(_) => None,
        })
        .collect()
}
