//! A picture of a page without one word of it: how it looks is left, what it says is not.

use pageloom_schema::{Capture, DomNode, NodeKind, Png, Rect};

use super::MARGIN;
use crate::error::ScoreError;
use crate::picture::Picture;

/// Elements whose pictures may hold words that the DOM does not know.
const PICTURES: [&str; 12] = [
    "img", "picture", "canvas", "video", "svg", "iframe", "object", "embed", "input", "textarea",
    "select", "meter",
];
/// The side of the squares that pictures are made of afterwards, in pixels: wider than a letter of
/// running text.
const COARSE: usize = 24;
/// The part of a line's height that its bar takes.
const BAR: f64 = 0.4;
/// Marks that a line must have for a bar: it is a mean over its box, 0..=1.
const SEEN: f64 = 0.002;

/// The picture with a bar for each line of text, in the colour of the text, and with its pictures,
/// fields and backgrounds made coarse. One picture pixel is one CSS pixel, from the page's top left
/// corner. Without a DOM all of it is made coarse.
///
/// What it does not reach: words drawn with boxes and borders, and letters far larger than
/// headlines within pictures.
///
/// # Errors
/// When the picture cannot be decoded or encoded.
pub fn blind(png: &Png, capture: &Capture) -> Result<Png, ScoreError> {
    let mut picture = Picture::decode(png)?;
    let Some(dom) = &capture.dom else {
        let (width, height) = (picture.width as f64, picture.height as f64);
        picture.make_coarse(&Rect::new(0.0, 0.0, width, height), COARSE);
        return picture.encode();
    };
    let style = |node: &DomNode| node.style.and_then(|style| dom.styles.get(style as usize));
    for node in &dom.nodes {
        let NodeKind::Element { tag, .. } = &node.kind else { continue };
        let painted = style(node).is_some_and(|style| style.background_image);
        if let Some(bounds) = node.bounds
            && (painted || PICTURES.contains(&tag.as_str()))
        {
            picture.make_coarse(&bounds, COARSE);
        }
    }
    for node in &dom.nodes {
        let color = style(node).map(|style| style.color);
        for line in &node.lines {
            let rect = line.rect;
            let marks = picture.ink(&rect).marks;
            picture.paint_over(&Rect::new(
                rect.x - MARGIN,
                rect.y - MARGIN,
                rect.width + 2.0 * MARGIN,
                rect.height + 2.0 * MARGIN,
            ));
            if let Some(color) = color.filter(|_| marks > SEEN) {
                let bar = Rect::new(
                    rect.x,
                    rect.y + rect.height * (1.0 - BAR) / 2.0,
                    rect.width,
                    rect.height * BAR,
                );
                picture.fill(&bar, [color.r, color.g, color.b]);
            }
        }
    }
    picture.encode()
}
