//! A rendered DOM as it is read: children, texts and what is visible. Knows no questions.

use pageloom_schema::{DomNode, DomSnapshot, NodeKind, Rgba};

/// The most text one element is read with, in bytes: labels and values are short, and nested
/// elements must not make reading quadratic.
const MAX_TEXT: usize = 4_000;

/// A snapshot with what is asked of it again and again.
pub(super) struct Page<'a> {
    nodes: &'a [DomNode],
    dom: &'a DomSnapshot,
    children: Vec<Vec<usize>>,
    texts: Vec<String>,
}

impl<'a> Page<'a> {
    pub(super) fn of(dom: &'a DomSnapshot) -> Self {
        let nodes = dom.nodes.as_slice();
        let mut children = vec![Vec::new(); nodes.len()];
        let mut texts = vec![String::new(); nodes.len()];
        for (index, node) in nodes.iter().enumerate() {
            // A parent comes before its children; what is damaged hangs nowhere.
            let parent = node.parent.map(|at| at as usize).filter(|at| *at < index);
            if let Some(parent) = parent {
                children[parent].push(index);
            }
        }
        let mut page = Self { nodes, dom, children, texts: Vec::new() };
        for (index, node) in nodes.iter().enumerate() {
            let NodeKind::Text(text) = &node.kind else { continue };
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            if page.around(index).any(|at| matches!(page.tag(at), "script" | "style" | "noscript"))
            {
                continue;
            }
            for at in std::iter::once(index).chain(page.around(index)) {
                let whole = &mut texts[at];
                if whole.len() + text.len() < MAX_TEXT {
                    if !whole.is_empty() {
                        whole.push(' ');
                    }
                    whole.push_str(&text);
                }
            }
        }
        page.texts = texts;
        page
    }

    /// All elements in document order.
    pub(super) fn elements(&self) -> impl Iterator<Item = usize> {
        (0..self.nodes.len()).filter(|at| matches!(self.nodes[*at].kind, NodeKind::Element { .. }))
    }

    /// The elements around a node, the nearest first.
    pub(super) fn around(&self, node: usize) -> impl Iterator<Item = usize> {
        let parent = |at: usize| self.nodes[at].parent.map(|p| p as usize).filter(|p| *p < at);
        std::iter::successors(parent(node), move |at| parent(*at))
    }

    /// Elements directly inside one.
    pub(super) fn inside(&self, node: usize) -> impl DoubleEndedIterator<Item = usize> {
        let inner = self.children[node].iter().copied();
        inner.filter(|at| matches!(self.nodes[*at].kind, NodeKind::Element { .. }))
    }

    /// Lower-case tag; empty for text.
    pub(super) fn tag(&self, node: usize) -> &'a str {
        match &self.nodes[node].kind {
            NodeKind::Element { tag, .. } => tag,
            NodeKind::Text(_) => "",
        }
    }

    /// An attribute; empty where there is none.
    pub(super) fn attribute(&self, node: usize, name: &str) -> &'a str {
        self.given(node, name).unwrap_or_default()
    }

    /// An attribute, where there is one.
    pub(super) fn given(&self, node: usize, name: &str) -> Option<&'a str> {
        match &self.nodes[node].kind {
            NodeKind::Element { attributes, .. } => attributes.get(name).map(String::as_str),
            NodeKind::Text(_) => None,
        }
    }

    /// All text inside an element on one line, in document order.
    pub(super) fn text(&self, node: usize) -> &str {
        &self.texts[node]
    }

    /// The text, or what stands for it: value, placeholder, alternative text, name.
    pub(super) fn wording(&self, node: usize) -> String {
        let mut parts = vec![self.texts[node].clone()];
        for name in ["value", "placeholder", "alt", "aria-label", "title", "type", "name"] {
            parts.extend(self.given(node, name).map(str::to_owned));
        }
        if let NodeKind::Element { value: Some(value), .. } = &self.nodes[node].kind {
            parts.push(value.clone());
        }
        parts.join(" ")
    }

    /// What a control is called: the text of the `label` that names it or stands around it, and its
    /// own wording.
    pub(super) fn label(&self, node: usize) -> String {
        let id = self.attribute(node, "id");
        let names = |at: &usize| !id.is_empty() && self.attribute(*at, "for") == id;
        let pointing = self.elements().filter(|at| self.tag(*at) == "label").find(names);
        let holding = || self.around(node).find(|at| self.tag(*at) == "label");
        let label = pointing.or_else(holding).map(|at| self.text(at)).unwrap_or_default();
        format!("{label} {}", self.wording(node))
    }

    /// True when an element has text of its own, beside that of elements in it.
    pub(super) fn holds_text(&self, node: usize) -> bool {
        self.children[node].iter().any(|at| matches!(self.nodes[*at].kind, NodeKind::Text(_)))
    }

    /// True when an element takes room in the picture.
    pub(super) fn is_visible(&self, node: usize) -> bool {
        let style = self.style(node);
        let sized = self.nodes[node].bounds.is_some_and(|b| b.width >= 1.0 && b.height >= 1.0);
        sized && style.is_none_or(|style| style.visible && style.opacity > 0.05)
    }

    fn style(&self, node: usize) -> Option<&'a pageloom_schema::ComputedStyle> {
        self.dom.styles.get(self.nodes[node].style? as usize)
    }

    /// Colour of an element's text.
    pub(super) fn text_color(&self, node: usize) -> Option<Rgba> {
        Some(self.style(node)?.color)
    }

    /// Colour behind an element's content: its own, or that of the nearest element around it that
    /// paints one; white where none does.
    pub(super) fn background(&self, node: usize) -> Rgba {
        let painted = std::iter::once(node)
            .chain(self.around(node))
            .filter_map(|at| self.style(at))
            .map(|style| style.background_color)
            .find(|color| color.a > 127);
        painted.unwrap_or(Rgba { r: 255, g: 255, b: 255, a: 255 })
    }

    /// The element's number in WebSRC's pages.
    pub(super) fn number(&self, node: usize) -> Option<u32> {
        std::iter::once(node)
            .chain(self.around(node))
            .find_map(|at| self.attribute(at, "tid").parse().ok())
    }
}
