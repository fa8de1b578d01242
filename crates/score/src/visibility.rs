//! Which nodes of a snapshot can be seen at all, and through which hole.
//!
//! A node shows when it has a box, `visibility` and the product of its ancestors' opacities let
//! it through, and some of it lies inside the page and inside every ancestor that clips it.
//! [`Covers`] then finds what is painted over by a later opaque box. Whether text has a colour
//! that can be told from its ground is asked of the pixels, in [`crate::text_block`].

use pageloom_schema::{ComputedStyle, DomNode, DomSnapshot, NodeKind, Rect};

use crate::error::ScoreError;

/// Opacity under which a node counts as not shown.
const FAINT: f64 = 0.1;
/// The most opaque boxes that are looked at; the largest ones stay.
const MAX_COVERS: usize = 4_000;
/// Share of a box that must be painted over for it to count as covered.
const COVERED: f64 = 0.6;

/// What is known of one node.
#[derive(Clone, Debug)]
pub(crate) struct Sight {
    /// True when some of the node can be seen, covers apart.
    pub(crate) shown: bool,
    /// Product of its own and its ancestors' opacities.
    pub(crate) opacity: f64,
    /// The part of the page through which the node is seen.
    pub(crate) window: Rect,
    /// Window of in-flow children.
    flow: Rect,
    /// Window of absolutely positioned children.
    absolute: Rect,
}

/// The visible side of a snapshot; indices are those of [`DomSnapshot::nodes`].
pub(crate) struct Sights<'a> {
    pub(crate) dom: &'a DomSnapshot,
    pub(crate) sights: Vec<Sight>,
    pub(crate) covers: Covers,
    fallback: ComputedStyle,
}

impl<'a> Sights<'a> {
    /// Looks at every node of `dom` on a page of the given size.
    pub(crate) fn of(dom: &'a DomSnapshot, page: Rect) -> Result<Self, ScoreError> {
        let mut sights: Vec<Sight> = Vec::with_capacity(dom.nodes.len());
        let start = Sight { shown: true, opacity: 1.0, window: page, flow: page, absolute: page };
        for (index, node) in dom.nodes.iter().enumerate() {
            let parent = match node.parent {
                None => &start,
                Some(at) if (at as usize) < index => &sights[at as usize],
                Some(_) => return Err(ScoreError::BrokenDom(index)),
            };
            let style = match node.style {
                None => None,
                Some(at) => Some(dom.styles.get(at as usize).ok_or(ScoreError::BrokenDom(index))?),
            };
            let sight = match (&node.kind, trusted_box(node), style) {
                (NodeKind::Text(_), Some(bounds), Some(style)) => {
                    let seen = bounds.intersection(&parent.flow).is_some();
                    Sight {
                        shown: seen && style.visible && parent.opacity >= FAINT,
                        window: parent.flow,
                        ..parent.clone()
                    }
                }
                (NodeKind::Element { tag, .. }, Some(bounds), Some(style)) => {
                    let window = match style.position.as_str() {
                        "fixed" => page,
                        "absolute" => parent.absolute,
                        _ => parent.flow,
                    };
                    let opacity = parent.opacity * style.opacity;
                    // `overflow` of the root and the body is the window's, and inline boxes
                    // do not clip.
                    let clips = style.clips
                        && style.display != "inline"
                        && !matches!(tag.as_str(), "html" | "body");
                    let nothing = Rect::new(bounds.x, bounds.y, 0.0, 0.0);
                    let flow = if clips {
                        window.intersection(&bounds).unwrap_or(nothing)
                    } else {
                        window
                    };
                    let positioned = style.position != "static" && !style.position.is_empty();
                    let seen = bounds.intersection(&window).is_some();
                    Sight {
                        shown: seen && style.visible && opacity >= FAINT,
                        opacity,
                        window,
                        flow,
                        absolute: if positioned { flow } else { parent.absolute },
                    }
                }
                // No box of its own (`display: contents` has none either): children decide.
                _ => Sight { shown: false, ..parent.clone() },
            };
            sights.push(sight);
        }
        let covers = Covers::of(dom, &sights);
        Ok(Self { dom, sights, covers, fallback: ComputedStyle::default() })
    }

    /// The style of a node, or CSS' initial one.
    pub(crate) fn style(&self, node: usize) -> &ComputedStyle {
        self.dom
            .nodes
            .get(node)
            .and_then(|n| n.style)
            .and_then(|style| self.dom.styles.get(style as usize))
            .unwrap_or(&self.fallback)
    }

    /// The parent of a node.
    pub(crate) fn parent(&self, node: usize) -> Option<usize> {
        self.dom.nodes.get(node).and_then(|n| n.parent).map(|p| p as usize)
    }

    /// The tag of an element, empty for text.
    pub(crate) fn tag(&self, node: usize) -> &str {
        match self.dom.nodes.get(node).map(|n| &n.kind) {
            Some(NodeKind::Element { tag, .. }) => tag,
            _ => "",
        }
    }

    /// The part of a node's box that can be seen, covers apart.
    pub(crate) fn visible_box(&self, node: usize) -> Option<Rect> {
        let sight = self.sights.get(node).filter(|s| s.shown)?;
        trusted_box(self.dom.nodes.get(node)?)?.intersection(&sight.window)
    }

    /// True when a later opaque box hides most of `rect`, which belongs to `node`.
    pub(crate) fn is_covered(&self, node: usize, rect: &Rect) -> bool {
        let Some(order) = self.dom.nodes.get(node).map(|n| n.paint_order) else { return false };
        self.covers.list.iter().rev().take_while(|cover| cover.order > order).any(|cover| {
            rect.intersection(&cover.rect).is_some_and(|r| r.area() >= COVERED * rect.area())
                && !self.is_inside(cover.node, node)
        })
    }

    /// True when `node` is `ancestor` or lies inside it.
    pub(crate) fn is_inside(&self, node: usize, ancestor: usize) -> bool {
        let mut at = Some(node);
        while let Some(index) = at.filter(|index| *index >= ancestor) {
            if index == ancestor {
                return true;
            }
            at = self.parent(index);
        }
        false
    }
}

/// A node's box where it can be believed: a pseudo-element without text may be reported as
/// everything from the page's corner to its own.
fn trusted_box(node: &DomNode) -> Option<Rect> {
    let pseudo = matches!(&node.kind, NodeKind::Element { tag, .. } if tag.starts_with("::"));
    node.bounds.filter(|b| !(pseudo && b.x == 0.0 && b.y == 0.0))
}

/// Opaque boxes that may hide what was painted before them, sorted by paint order.
pub(crate) struct Covers {
    list: Vec<Cover>,
}

struct Cover {
    order: u32,
    rect: Rect,
    node: usize,
}

impl Covers {
    fn of(dom: &DomSnapshot, sights: &[Sight]) -> Self {
        let mut list = Vec::new();
        for (index, (node, sight)) in dom.nodes.iter().zip(sights).enumerate() {
            let (NodeKind::Element { tag, .. }, Some(bounds)) = (&node.kind, trusted_box(node))
            else {
                continue;
            };
            let style = node.style.and_then(|s| dom.styles.get(s as usize));
            let filled = style.is_some_and(|s| s.background_color.a >= 242);
            let picture = matches!(tag.as_str(), "img" | "video" | "canvas" | "iframe");
            if !sight.shown || sight.opacity < 0.95 || !(filled || picture) {
                continue;
            }
            if let Some(rect) = bounds.intersection(&sight.window).filter(|r| r.area() >= 64.0) {
                list.push(Cover { order: node.paint_order, rect, node: index });
            }
        }
        if list.len() > MAX_COVERS {
            list.sort_by(|a, b| b.rect.area().total_cmp(&a.rect.area()).then(a.node.cmp(&b.node)));
            list.truncate(MAX_COVERS);
        }
        list.sort_by_key(|cover| (cover.order, cover.node));
        Self { list }
    }
}
