//! The browser's DOM snapshot to ours: one list of nodes with boxes, styles and text lines.
//!
//! Taken from outside the page's JavaScript, so a page cannot lie about itself here.

use std::collections::BTreeMap;

use pageloom_schema::{
    ComputedStyle, DomNode, DomSnapshot, NodeKind, PageFault, PageFaultKind, Rect, TextLine,
};
use serde::Deserialize;
use serde_json::json;

use super::style;
use crate::error::BrowserError;
use crate::session::page::Page;

const METHOD: &str = "DOMSnapshot.captureSnapshot";
/// Attribute values longer than this many bytes are cut.
const MAX_ATTRIBUTE: usize = 512;

#[derive(Deserialize)]
struct Snapshot {
    documents: Vec<Document>,
    strings: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    nodes: Nodes,
    layout: Layout,
    text_boxes: TextBoxes,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Nodes {
    parent_index: Vec<i64>,
    node_type: Vec<u8>,
    node_name: Vec<i64>,
    node_value: Vec<i64>,
    attributes: Vec<Vec<i64>>,
    #[serde(default)]
    input_value: Sparse,
    #[serde(default)]
    text_value: Sparse,
    #[serde(default)]
    content_document_index: Sparse,
}

/// Values of the few nodes that have one.
#[derive(Default, Deserialize)]
struct Sparse {
    index: Vec<usize>,
    value: Vec<i64>,
}

impl Sparse {
    fn into_map(self) -> BTreeMap<usize, i64> {
        self.index.into_iter().zip(self.value).collect()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Layout {
    node_index: Vec<usize>,
    styles: Vec<Vec<i64>>,
    bounds: Vec<[f64; 4]>,
    text: Vec<i64>,
    #[serde(default)]
    paint_orders: Vec<u32>,
    #[serde(default)]
    blended_background_colors: Vec<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TextBoxes {
    layout_index: Vec<usize>,
    bounds: Vec<[f64; 4]>,
    start: Vec<usize>,
    length: Vec<usize>,
}

/// Takes the DOM of a frozen page.
pub(crate) async fn take(page: &Page, max_nodes: u32) -> Result<DomSnapshot, BrowserError> {
    let snapshot: Snapshot = page
        .call(
            METHOD,
            json!({
                "computedStyles": style::PROPERTIES,
                "includePaintOrder": true,
                "includeDOMRects": false,
                "includeBlendedBackgroundColors": true,
                "includeTextColorOpacities": false,
            }),
        )
        .await?;
    let nodes: usize =
        snapshot.documents.iter().map(|document| document.nodes.node_type.len()).sum();
    if nodes > max_nodes as usize * 2 {
        return Err(BrowserError::Page(PageFault {
            kind: PageFaultKind::DomTooLarge,
            detail: format!("{nodes} nodes, {} allowed", u64::from(max_nodes) * 2),
        }));
    }
    let mut reader =
        Reader { strings: snapshot.strings, styles: StyleTable::default(), nodes: Vec::new() };
    let mut documents: Vec<Option<Document>> = snapshot.documents.into_iter().map(Some).collect();
    if let Some(main) = documents.first_mut().and_then(Option::take) {
        reader.read(main, None, (0.0, 0.0), &mut documents);
    }
    Ok(DomSnapshot { nodes: reader.nodes, styles: reader.styles.list })
}

#[derive(Default)]
struct StyleTable {
    seen: BTreeMap<Vec<i64>, u32>,
    list: Vec<ComputedStyle>,
}

struct Reader {
    strings: Vec<String>,
    styles: StyleTable,
    nodes: Vec<DomNode>,
}

/// Where a node's layout is in the layout table.
struct LayoutEntry {
    index: usize,
}

impl Reader {
    fn text(&self, index: i64) -> &str {
        usize::try_from(index).ok().and_then(|i| self.strings.get(i)).map_or("", String::as_str)
    }

    /// Reads one document whose origin lies at `offset` in the main document; `owner` is the frame
    /// element that holds it.
    fn read(
        &mut self,
        document: Document,
        owner: Option<u32>,
        offset: (f64, f64),
        documents: &mut Vec<Option<Document>>,
    ) {
        let Document { nodes, layout, text_boxes } = document;
        let mut layouts: BTreeMap<usize, Vec<LayoutEntry>> = BTreeMap::new();
        for (index, node) in layout.node_index.iter().enumerate() {
            layouts.entry(*node).or_default().push(LayoutEntry { index });
        }
        let mut lines: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (index, entry) in text_boxes.layout_index.iter().enumerate() {
            lines.entry(*entry).or_default().push(index);
        }
        let inputs = nodes.input_value.into_map();
        let areas = nodes.text_value.into_map();
        let frames = nodes.content_document_index.into_map();
        // Node numbers of the snapshot to ours.
        let mut numbers: Vec<Option<u32>> = vec![None; nodes.node_type.len()];
        for (index, kind) in nodes.node_type.iter().enumerate() {
            let parent = nodes
                .parent_index
                .get(index)
                .and_then(|parent| usize::try_from(*parent).ok())
                .and_then(|parent| numbers.get(parent).copied().flatten())
                .or(owner);
            let entries = layouts.get(&index).map_or(&[][..], Vec::as_slice);
            let name = nodes.node_name.get(index).map_or("", |name| self.text(*name));
            match kind {
                1 => {
                    let tag = name.to_ascii_lowercase();
                    let value = inputs.get(&index).or_else(|| areas.get(&index));
                    let value = value.map(|value| self.text(*value).to_owned());
                    let attributes = self.attributes(nodes.attributes.get(index));
                    let number = self.push(
                        parent,
                        NodeKind::Element { tag, attributes, value },
                        entries,
                        &layout,
                        offset,
                    );
                    if let Some(slot) = numbers.get_mut(index) {
                        *slot = number;
                    }
                    // Text without a node of its own: `content` of pseudo-elements.
                    self.push_texts(number, entries, &layout, &text_boxes, &lines, offset);
                    if let Some(inner) = frames
                        .get(&index)
                        .and_then(|inner| usize::try_from(*inner).ok())
                        .and_then(|inner| documents.get_mut(inner))
                        .and_then(Option::take)
                    {
                        let at = number
                            .and_then(|number| self.nodes.get(number as usize))
                            .and_then(|node| node.bounds);
                        if let Some(at) = at {
                            self.read(inner, number, (at.x, at.y), documents);
                        }
                    }
                }
                3 => {
                    self.push_texts(parent, entries, &layout, &text_boxes, &lines, offset);
                    let is_blank = nodes
                        .node_value
                        .get(index)
                        .is_none_or(|value| self.text(*value).trim().is_empty());
                    // Text that is not laid out still counts as part of the document.
                    if entries.is_empty() && !is_blank {
                        let text = nodes.node_value.get(index).map(|v| self.text(*v).to_owned());
                        let text = cut(text.unwrap_or_default(), 4 * MAX_ATTRIBUTE);
                        self.push(parent, NodeKind::Text(text), &[], &layout, offset);
                    }
                }
                // Documents, shadow roots and fragments are transparent: their children belong to
                // the element around them.
                _ => {
                    if let Some(slot) = numbers.get_mut(index) {
                        *slot = parent;
                    }
                }
            }
        }
    }

    fn attributes(&self, pairs: Option<&Vec<i64>>) -> BTreeMap<String, String> {
        let pairs = pairs.map_or(&[][..], Vec::as_slice);
        pairs
            .chunks_exact(2)
            .filter_map(|pair| match pair {
                [name, value] => Some((
                    cut(self.text(*name).to_owned(), MAX_ATTRIBUTE),
                    cut(self.text(*value).to_owned(), MAX_ATTRIBUTE),
                )),
                _ => None,
            })
            .collect()
    }

    fn push(
        &mut self,
        parent: Option<u32>,
        kind: NodeKind,
        entries: &[LayoutEntry],
        layout: &Layout,
        offset: (f64, f64),
    ) -> Option<u32> {
        let number = u32::try_from(self.nodes.len()).ok()?;
        let first = entries.first().map(|entry| entry.index);
        let bounds = entries
            .iter()
            .filter_map(|entry| layout.bounds.get(entry.index))
            .map(|bounds| rect(*bounds, offset))
            // An empty part (the text of `content: ""`) lies at the origin; it must not stretch the
            // box there.
            .reduce(|whole, part| match (whole.area() > 0.0, part.area() > 0.0) {
                (true, true) => whole.union(&part),
                (false, true) => part,
                _ => whole,
            });
        let style = first.and_then(|first| self.style(layout.styles.get(first)?));
        self.nodes.push(DomNode {
            parent,
            kind,
            bounds,
            style,
            lines: Vec::new(),
            paint_order: first.and_then(|f| layout.paint_orders.get(f).copied()).unwrap_or(0),
            backdrop: None,
        });
        Some(number)
    }

    /// A text node for every laid-out text of `entries`.
    fn push_texts(
        &mut self,
        parent: Option<u32>,
        entries: &[LayoutEntry],
        layout: &Layout,
        boxes: &TextBoxes,
        lines: &BTreeMap<usize, Vec<usize>>,
        offset: (f64, f64),
    ) {
        for entry in entries {
            let text = layout.text.get(entry.index).map_or("", |text| self.text(*text)).to_owned();
            if text.trim().is_empty() {
                continue;
            }
            let units: Vec<u16> = text.encode_utf16().collect();
            let read: Vec<TextLine> = lines
                .get(&entry.index)
                .into_iter()
                .flatten()
                .filter_map(|index| {
                    let start = *boxes.start.get(*index)?;
                    let end = start.checked_add(*boxes.length.get(*index)?)?;
                    let text = String::from_utf16_lossy(units.get(start..end.min(units.len()))?);
                    let rect = rect(*boxes.bounds.get(*index)?, offset);
                    (!text.trim().is_empty()).then_some(TextLine { rect, text })
                })
                .collect();
            let backdrop = layout
                .blended_background_colors
                .get(entry.index)
                .and_then(|color| style::color(self.text(*color)));
            let single = [LayoutEntry { index: entry.index }];
            let number = self.push(parent, NodeKind::Text(text), &single, layout, offset);
            let node = number.and_then(|number| self.nodes.get_mut(number as usize));
            if let Some(node) = node {
                node.lines = read;
                node.backdrop = backdrop;
            }
            // A text's own entry has no style list; it is drawn in its parent's.
            let parent_style =
                parent.and_then(|parent| self.nodes.get(parent as usize)).and_then(|n| n.style);
            let node = number.and_then(|number| self.nodes.get_mut(number as usize));
            if let Some(node) = node.filter(|node| node.style.is_none()) {
                node.style = parent_style;
            }
        }
    }

    fn style(&mut self, values: &[i64]) -> Option<u32> {
        if values.is_empty() {
            return None;
        }
        if let Some(number) = self.styles.seen.get(values) {
            return Some(*number);
        }
        let texts: Vec<&str> = values
            .iter()
            .map(|index| {
                usize::try_from(*index)
                    .ok()
                    .and_then(|i| self.strings.get(i))
                    .map_or("", String::as_str)
            })
            .collect();
        let number = u32::try_from(self.styles.list.len()).ok()?;
        self.styles.list.push(style::read(&texts));
        self.styles.seen.insert(values.to_vec(), number);
        Some(number)
    }
}

fn rect([x, y, width, height]: [f64; 4], (left, top): (f64, f64)) -> Rect {
    Rect::new(x + left, y + top, width, height)
}

fn cut(mut text: String, bytes: usize) -> String {
    if text.len() > bytes {
        let mut end = bytes;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push('…');
    }
    text
}
