//! A trace read once for all probes: what text of each route can be seen, what cannot, and the
//! picture of its first window.

use pageloom_schema::{NodeKind, Rect, Rgba, RouteTrace, SiteTrace};

use crate::color::over;
use crate::picture::Picture;
use crate::visibility::Sights;

/// Text smaller than this many CSS pixels cannot be read.
const SMALLEST_FONT: f64 = 4.0;
/// A clipping box smaller than this, in square pixels, is a way to hide; a larger one may scroll.
const TINY: f64 = 64.0;
/// Largest channel difference at which text melts into its ground.
const MELTS: f64 = 10.0;

/// A line of text that can be seen.
pub(super) struct SeenText {
    pub(super) rect: Rect,
    pub(super) text: String,
    /// Colour as drawn, blended with the ground where that is known.
    pub(super) color: [u8; 3],
    /// What is behind it, where it is one colour.
    pub(super) ground: Option<[u8; 3]>,
    /// CSS pixels.
    pub(super) size: f64,
    pub(super) weight: u16,
    pub(super) family: String,
    pub(super) centered: bool,
    /// The text node it belongs to.
    pub(super) node: usize,
}

/// One route as it is read.
pub(super) struct ReadRoute<'a> {
    pub(super) route: &'a RouteTrace,
    pub(super) page: Rect,
    pub(super) sights: Option<Sights<'a>>,
    pub(super) texts: Vec<SeenText>,
    /// Characters that can be seen, and that are in the document but never shown.
    pub(super) shown_chars: usize,
    pub(super) hidden_chars: usize,
    /// Places of hidden text, with its first words.
    pub(super) hidden: Vec<(Rect, String)>,
    /// The desktop window's picture.
    pub(super) picture: Option<Picture>,
}

/// A whole trace as it is read.
pub(super) struct Reading<'a> {
    pub(super) trace: &'a SiteTrace,
    pub(super) routes: Vec<ReadRoute<'a>>,
}

impl<'a> Reading<'a> {
    pub(super) fn of(trace: &'a SiteTrace) -> Self {
        Self { trace, routes: trace.routes.iter().map(ReadRoute::of).collect() }
    }

    /// The routes that were opened and show something of their own.
    pub(super) fn showing(&self) -> impl Iterator<Item = &ReadRoute<'a>> {
        self.routes.iter().filter(|route| route.shows())
    }
}

impl<'a> ReadRoute<'a> {
    fn of(route: &'a RouteTrace) -> Self {
        let mut read = Self {
            route,
            page: Rect::default(),
            sights: None,
            texts: Vec::new(),
            shown_chars: 0,
            hidden_chars: 0,
            hidden: Vec::new(),
            picture: None,
        };
        let Some(capture) = route.desktop() else { return read };
        read.page =
            Rect::new(0.0, 0.0, f64::from(capture.page_width), f64::from(capture.page_height));
        read.picture = capture.viewport_png.as_ref().and_then(|png| Picture::decode(png).ok());
        // A snapshot that refers to what it does not hold is one of nothing.
        read.sights = capture.dom.as_ref().and_then(|dom| Sights::of(dom, read.page).ok());
        read.read_texts();
        read
    }

    /// True when a visitor sees a page of the site here.
    pub(super) fn shows(&self) -> bool {
        let route = self.route;
        !route.captures.is_empty() && !route.blank && !route.not_found && route.overlay.is_none()
    }

    /// The window at the top of the page.
    pub(super) fn window(&self) -> Rect {
        let viewport = self.route.desktop().map(|c| c.viewport).unwrap_or_default();
        Rect::new(0.0, 0.0, f64::from(viewport.width), f64::from(viewport.height))
    }

    fn read_texts(&mut self) {
        let Some(sights) = self.sights.take() else { return };
        for (index, node) in sights.dom.nodes.iter().enumerate() {
            let NodeKind::Text(text) = &node.kind else { continue };
            let tag = sights.parent(index).map_or("", |parent| sights.tag(parent));
            if matches!(
                tag,
                "script" | "style" | "noscript" | "template" | "title" | "option" | "optgroup"
            ) {
                continue;
            }
            if node.lines.is_empty() {
                self.hide(node.bounds.unwrap_or_default(), text);
            }
            for line in &node.lines {
                match self.judge(&sights, index, &line.rect) {
                    Fate::Seen(color, ground) => {
                        let style = sights.style(index);
                        self.shown_chars += line.text.trim().chars().count();
                        self.texts.push(SeenText {
                            rect: line.rect,
                            text: line.text.trim().to_owned(),
                            color,
                            ground,
                            size: style.font_size,
                            weight: style.font_weight,
                            family: style.font_family.clone(),
                            centered: style.text_align == "center",
                            node: index,
                        });
                    }
                    Fate::Hidden => self.hide(line.rect, &line.text),
                    Fate::Unknown => {}
                }
            }
        }
        self.sights = Some(sights);
    }

    fn hide(&mut self, rect: Rect, text: &str) {
        self.hidden_chars += text.trim().chars().count();
        if rect.area() > 0.0 {
            self.hidden.push((rect, text.trim().chars().take(40).collect()));
        }
    }

    fn judge(&self, sights: &Sights<'_>, node: usize, rect: &Rect) -> Fate {
        let Some(sight) = sights.sights.get(node) else { return Fate::Hidden };
        let style = sights.style(node);
        let alpha = sight.opacity * f64::from(style.color.a) / 255.0;
        if !style.visible || sight.opacity < 0.1 || style.font_size < SMALLEST_FONT {
            return Fate::Hidden;
        }
        if rect.intersection(&self.page).is_none_or(|r| r.area() < 0.3 * rect.area()) {
            return Fate::Hidden;
        }
        let seen = rect.intersection(&sight.window).filter(|r| r.area() >= 0.3 * rect.area());
        let Some(seen) = seen else {
            // What a box cuts off may be reached by scrolling it, unless there is no box to speak of.
            return if sight.window.area() < TINY { Fate::Hidden } else { Fate::Unknown };
        };
        if sights.is_covered(node, &seen) {
            return Fate::Hidden;
        }
        // A heading drawn by a clipped background, or text over nothing: no pixel tells which.
        if alpha < 0.1 {
            return if has_image_below(sights, node) { Fate::Unknown } else { Fate::Hidden };
        }
        let ground = self.ground(sights, node, &seen);
        let blend = Rgba { a: (alpha * 255.0).round().clamp(0.0, 255.0) as u8, ..style.color };
        let color = over(blend, ground.unwrap_or([255; 3]));
        if let Some(ground) = ground {
            let most = color.iter().zip(ground).map(|(a, b)| a.abs_diff(b)).max().unwrap_or(0);
            if f64::from(most) < MELTS {
                return Fate::Hidden;
            }
        }
        Fate::Seen(color, ground)
    }

    /// The colour behind a text: from the style sheets where no picture is involved, else the most
    /// frequent colour of its place in the picture.
    fn ground(&self, sights: &Sights<'_>, node: usize, rect: &Rect) -> Option<[u8; 3]> {
        let backdrop = sights.dom.nodes.get(node).and_then(|node| node.backdrop);
        if !has_image_below(sights, node)
            && let Some(backdrop) = backdrop
        {
            return Some(over(backdrop, [255; 3]));
        }
        let picture = self.picture.as_ref()?;
        let inside = Rect::new(0.0, 0.0, picture.width as f64, picture.height as f64);
        let part = rect.intersection(&inside).filter(|r| r.area() >= 0.9 * rect.area())?;
        let ink = picture.ink(&part);
        (ink.ground_share > 0.3).then_some(ink.ground)
    }
}

enum Fate {
    Seen([u8; 3], Option<[u8; 3]>),
    Hidden,
    Unknown,
}

/// Whether a background picture or gradient lies between a node and the first opaque colour below.
fn has_image_below(sights: &Sights<'_>, node: usize) -> bool {
    let mut at = sights.parent(node);
    while let Some(index) = at {
        let style = sights.style(index);
        if style.background_image {
            return true;
        }
        if style.background_color.a == 255 {
            return false;
        }
        at = sights.parent(index);
    }
    false
}
