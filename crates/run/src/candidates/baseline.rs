//! Candidates that need no model: the sanity scale of every report.

use std::fmt::Write as _;
use std::sync::Arc;

use base64::Engine as _;
use pageloom_schema::{
    Candidate, Capture, DomSnapshot, Fault, NodeKind, Reference, Site, SystemFaultKind,
};
use pageloom_vision::{Ocr, decode, perceive};

use super::{Question, layout as layout_page};

/// A page with nothing on it.
pub(super) const BLANK: &str =
    "<!doctype html><html><head><title></title></head><body></body></html>";

/// The reference itself; for a picture, the picture.
pub(super) fn oracle(question: &Question<'_>) -> Candidate {
    match &question.task.reference {
        Reference::Site(site) => Candidate::Site(site.clone()),
        Reference::Screenshot(_) | Reference::Nothing => screenshot(question),
    }
}

/// The picture as the only thing on a page.
pub(super) fn screenshot(question: &Question<'_>) -> Candidate {
    let data = base64::engine::general_purpose::STANDARD.encode(&question.picture.0);
    let page = format!(
        "<!doctype html><html><head><title></title></head><body style=\"margin:0\">\
         <img alt=\"\" style=\"display:block\" src=\"data:image/png;base64,{data}\"></body></html>"
    );
    Candidate::Site(Site::from_html(&page))
}

/// The text of the reference without any style; nothing when the reference is a picture.
pub(super) fn text(question: &Question<'_>) -> Candidate {
    let blocks = question.reference.map(text_blocks).unwrap_or_default();
    let mut page = "<!doctype html><html><head><title></title></head><body>".to_owned();
    for block in blocks {
        // Writing to a string cannot fail.
        let _ = write!(page, "<p>{}</p>", escape(&block));
    }
    page.push_str("</body></html>");
    Candidate::Answer(page)
}

fn text_blocks(capture: &Capture) -> Vec<String> {
    let Some(dom) = &capture.dom else { return Vec::new() };
    let mut blocks: Vec<(Option<u32>, String)> = Vec::new();
    for node in &dom.nodes {
        let NodeKind::Text(_) = node.kind else { continue };
        let line = node.lines.iter().map(|line| line.text.trim()).collect::<Vec<_>>().join(" ");
        if line.is_empty() {
            continue;
        }
        let holder = block_of(dom, node.parent);
        match blocks.last_mut() {
            Some((last, text)) if *last == holder => {
                text.push(' ');
                text.push_str(&line);
            }
            _ => blocks.push((holder, line)),
        }
    }
    blocks.into_iter().map(|(_, text)| text).collect()
}

/// The nearest element around a text that is not laid out inline.
fn block_of(dom: &DomSnapshot, mut at: Option<u32>) -> Option<u32> {
    while let Some(node) = at.and_then(|index| dom.nodes.get(index as usize)) {
        let style = node.style.and_then(|style| dom.styles.get(style as usize));
        if style.is_none_or(|style| style.display != "inline") {
            break;
        }
        at = node.parent;
    }
    at
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Segments, reads and redraws the picture.
pub(super) fn layout(ocr: &Arc<Ocr>, question: &Question<'_>) -> Result<Candidate, Fault> {
    let failed = |error: pageloom_vision::VisionError| {
        Fault::system(SystemFaultKind::Helper, error.to_string())
    };
    let percept = perceive(question.picture, Some(ocr)).map_err(failed)?;
    let pixels = decode(question.picture).map_err(failed)?;
    Ok(Candidate::Answer(layout_page::page_html(&percept, &pixels)))
}
