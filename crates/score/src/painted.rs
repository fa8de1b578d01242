//! What a page shows beside text: media, decorated panels, and controls a user can operate.

use pageloom_schema::{ComputedStyle, NodeKind, Rect, Rgba};

use crate::color::{lab, over};
use crate::picture::Picture;
use crate::text_block::TextBlock;
use crate::visibility::Sights;

/// The most panels, media and controls that are kept, each; the largest ones stay.
const MAX_EACH: usize = 400;

/// How a box is decorated.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Decoration {
    /// What the box is filled with, laid over what lies below; none when it is not filled.
    pub(crate) fill: Option<[u8; 3]>,
    /// True when it has a background image or gradient.
    pub(crate) image: bool,
    /// Widths of the four borders, zero where they cannot be seen.
    pub(crate) border: [f64; 4],
    /// Colour of the borders.
    pub(crate) border_color: [u8; 3],
    /// Corner radius, no more than half the shorter side.
    pub(crate) radius: f64,
    /// True when it casts a shadow.
    pub(crate) shadow: bool,
    /// Padding.
    pub(crate) padding: [f64; 4],
}

/// A box that stands out from its ground.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Panel {
    pub(crate) rect: Rect,
    pub(crate) decoration: Decoration,
}

/// An image, drawing, video, canvas or frame.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Media {
    pub(crate) rect: Rect,
}

/// What a control is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    Link,
    Button,
    Field,
    Choice,
    Toggle,
}

impl Role {
    /// The role's name in explanations.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Button => "button",
            Self::Field => "field",
            Self::Choice => "choice",
            Self::Toggle => "toggle",
        }
    }
}

/// Something to click, type into or choose from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Control {
    pub(crate) rect: Rect,
    pub(crate) role: Role,
    /// The text seen inside it.
    pub(crate) label: Vec<char>,
}

/// Everything of this module on one page, in document order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Painted {
    pub(crate) panels: Vec<Panel>,
    pub(crate) media: Vec<Media>,
    pub(crate) controls: Vec<Control>,
    /// Colour of the page itself, under everything.
    pub(crate) canvas: [u8; 3],
}

/// Finds the visible panels, media and controls.
pub(crate) fn find(
    sights: &Sights<'_>,
    picture: &Picture,
    page: Rect,
    blocks: &[TextBlock],
) -> Painted {
    let count = sights.dom.nodes.len();
    // Text seen inside each element, for labels; no further up than a label can reach.
    let mut labels: Vec<String> = vec![String::new(); count];
    for block in blocks {
        for node in &block.nodes {
            let NodeKind::Text(_) = sights.dom.nodes[*node].kind else { continue };
            let text = visible_text(sights, *node);
            let mut at = sights.parent(*node);
            let mut steps = 0;
            while let Some(index) = at.filter(|_| steps < 8) {
                if labels[index].len() < 400 {
                    labels[index].push(' ');
                    labels[index].push_str(&text);
                }
                steps += 1;
                at = sights.parent(index);
            }
        }
    }
    let mut painted = Painted { canvas: [255; 3], ..Painted::default() };
    let mut grounds: Vec<[u8; 3]> = vec![[255; 3]; count];
    let mut drawn_inside = vec![false; count];
    let mut in_media = vec![false; count];
    let mut candidates: Vec<(usize, Role, Rect, bool)> = Vec::new();
    for (index, node) in sights.dom.nodes.iter().enumerate() {
        let parent = sights.parent(index);
        let below = parent.map_or([255; 3], |p| grounds[p]);
        grounds[index] = below;
        let NodeKind::Element { tag, attributes, .. } = &node.kind else { continue };
        let style = sights.style(index);
        if node.bounds.is_some() {
            grounds[index] = over(faded(style.background_color, style.opacity), below);
        }
        if parent.is_some_and(|p| in_media[p]) {
            in_media[index] = true;
            continue;
        }
        let is_media = matches!(
            tag.as_str(),
            "img" | "svg" | "canvas" | "video" | "iframe" | "object" | "embed"
        );
        in_media[index] = is_media && tag != "iframe";
        let Some(rect) = sights.visible_box(index).filter(|r| r.area() >= 16.0) else { continue };
        if is_media {
            if !sights.is_covered(index, &rect) && shows(picture, &rect) {
                painted.media.push(Media { rect });
                let mut at = parent;
                while let Some(up) = at.filter(|up| !drawn_inside[*up]) {
                    drawn_inside[up] = true;
                    at = sights.parent(up);
                }
            }
            continue;
        }
        let whole_page = rect.width >= 0.98 * page.width && rect.height >= 0.95 * page.height;
        if matches!(tag.as_str(), "html" | "body") || (whole_page && !style.background_image) {
            if style.background_color.a > 8 {
                painted.canvas = grounds[index];
            }
            continue;
        }
        let decoration = decoration(style, &rect, below);
        let decorated = decoration.is_some();
        if let Some(decoration) = decoration {
            painted.panels.push(Panel { rect, decoration });
        }
        if let Some(role) = role(tag, attributes) {
            candidates.push((index, role, rect, decorated));
        }
    }
    for (index, role, rect, decorated) in candidates {
        let label = labels[index].split_whitespace().collect::<Vec<_>>().join(" ");
        let native = matches!(sights.tag(index), "input" | "select" | "textarea" | "button");
        // An empty box without paint is nothing a user could find.
        if (decorated || native || !label.is_empty() || drawn_inside[index])
            && !sights.is_covered(index, &rect)
            && shows(picture, &grown(&rect))
        {
            painted.controls.push(Control { rect, role, label: label.chars().take(200).collect() });
        }
    }
    keep_largest(&mut painted.panels, |p| p.rect.area());
    keep_largest(&mut painted.media, |m| m.rect.area());
    keep_largest(&mut painted.controls, |c| c.rect.area());
    painted
}

fn visible_text(sights: &Sights<'_>, node: usize) -> String {
    let lines = &sights.dom.nodes[node].lines;
    lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join(" ")
}

fn keep_largest<T>(list: &mut Vec<T>, area: impl Fn(&T) -> f64) {
    if list.len() > MAX_EACH {
        let mut areas: Vec<f64> = list.iter().map(&area).collect();
        areas.sort_by(|a, b| b.total_cmp(a));
        let least = areas[MAX_EACH - 1];
        list.retain(|item| area(item) >= least);
        list.truncate(MAX_EACH);
    }
}

fn grown(rect: &Rect) -> Rect {
    Rect::new(rect.x - 3.0, rect.y - 3.0, rect.width + 6.0, rect.height + 6.0)
}

/// True when the place is not just one colour.
fn shows(picture: &Picture, rect: &Rect) -> bool {
    let ink = picture.ink(&grown(rect));
    ink.marks > 0.0
}

fn faded(color: Rgba, opacity: f64) -> Rgba {
    Rgba { a: (f64::from(color.a) * opacity.clamp(0.0, 1.0)).round() as u8, ..color }
}

/// The decoration of a box over a ground of colour `below`, if it has any that can be seen.
fn decoration(style: &ComputedStyle, rect: &Rect, below: [u8; 3]) -> Option<Decoration> {
    let filled = over(faded(style.background_color, style.opacity), below);
    let fill = (crate::color::difference(lab(filled), lab(below)) > 1.0).then_some(filled);
    let border_color = over(faded(style.border_color, style.opacity), fill.unwrap_or(below));
    let drawn = style.border_color.a > 8
        && crate::color::difference(lab(border_color), lab(fill.unwrap_or(below))) > 1.0;
    let border = if drawn { style.border_width } else { [0.0; 4] };
    let bordered = border.iter().any(|w| *w >= 0.5);
    // Inline boxes with a border are rare; their padding is no layout.
    if fill.is_none() && !style.background_image && !bordered && !style.box_shadow {
        return None;
    }
    Some(Decoration {
        fill,
        image: style.background_image,
        border,
        border_color,
        radius: style.border_radius.min(rect.width.min(rect.height) / 2.0),
        shadow: style.box_shadow,
        padding: style.padding,
    })
}

/// The role of an element that a user can operate.
fn role(tag: &str, attributes: &std::collections::BTreeMap<String, String>) -> Option<Role> {
    let attribute = |name: &str| attributes.get(name).map(|v| v.trim().to_ascii_lowercase());
    match attribute("role").as_deref() {
        Some("button") => return Some(Role::Button),
        Some("link") => return Some(Role::Link),
        Some("checkbox" | "radio" | "switch" | "menuitemcheckbox" | "menuitemradio") => {
            return Some(Role::Toggle);
        }
        Some("textbox" | "searchbox" | "spinbutton" | "slider") => return Some(Role::Field),
        Some("combobox" | "listbox") => return Some(Role::Choice),
        Some("tab" | "menuitem" | "option") => return Some(Role::Button),
        _ => {}
    }
    match tag {
        "a" if attributes.contains_key("href") => Some(Role::Link),
        "button" | "summary" => Some(Role::Button),
        "select" => Some(Role::Choice),
        "textarea" => Some(Role::Field),
        "input" => match attribute("type").as_deref() {
            Some("hidden") => None,
            Some("submit" | "button" | "reset" | "image" | "file") => Some(Role::Button),
            Some("checkbox" | "radio") => Some(Role::Toggle),
            _ => Some(Role::Field),
        },
        _ => None,
    }
}
