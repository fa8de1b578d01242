//! A tiny page builder: every call adds a node to a DOM snapshot and paints it, so that a test's
//! capture has a DOM and a picture that agree. Text is drawn as bars, which is ink enough.

use std::collections::BTreeMap;

use pageloom_schema::{
    Capture, ComputedStyle, DomNode, DomSnapshot, NodeKind, Png, Rect, Rgba, TextLine, Viewport,
};

pub(crate) const INK: Rgba = Rgba { r: 20, g: 24, b: 40, a: 255 };
pub(crate) const ACCENT: Rgba = Rgba { r: 30, g: 90, b: 220, a: 255 };

/// A page being drawn.
#[derive(Clone)]
pub(crate) struct Drawing {
    width: u32,
    height: u32,
    nodes: Vec<DomNode>,
    styles: Vec<ComputedStyle>,
    pixels: Vec<[u8; 3]>,
}

/// The style everything starts from.
pub(crate) fn plain() -> ComputedStyle {
    ComputedStyle {
        display: "block".into(),
        visible: true,
        opacity: 1.0,
        position: "static".into(),
        color: INK,
        font_family: "Arial, sans-serif".into(),
        font_size: 16.0,
        font_weight: 400,
        ..ComputedStyle::default()
    }
}

impl Drawing {
    pub(crate) fn new(width: u32, height: u32) -> Self {
        let mut drawing = Self {
            width,
            height,
            nodes: Vec::new(),
            styles: Vec::new(),
            pixels: vec![[255; 3]; (width * height) as usize],
        };
        let page = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
        let html = drawing.node(None, "html", page, plain(), 0);
        drawing.node(Some(html), "body", page, plain(), 0);
        drawing
    }

    /// The number of `<body>`.
    pub(crate) const BODY: u32 = 1;

    fn node(
        &mut self,
        parent: Option<u32>,
        tag: &str,
        rect: Rect,
        style: ComputedStyle,
        paint_order: u32,
    ) -> u32 {
        self.styles.push(style);
        let kind = NodeKind::Element { tag: tag.into(), attributes: BTreeMap::new(), value: None };
        self.nodes.push(DomNode {
            parent,
            kind,
            bounds: Some(rect),
            style: Some(self.styles.len() as u32 - 1),
            lines: Vec::new(),
            paint_order,
            backdrop: None,
        });
        self.nodes.len() as u32 - 1
    }

    /// An element, painted with its background and border.
    pub(crate) fn element(
        &mut self,
        parent: u32,
        tag: &str,
        rect: Rect,
        style: ComputedStyle,
    ) -> u32 {
        self.element_at(parent, tag, rect, style, 1)
    }

    /// An element with a paint order.
    pub(crate) fn element_at(
        &mut self,
        parent: u32,
        tag: &str,
        rect: Rect,
        style: ComputedStyle,
        order: u32,
    ) -> u32 {
        if style.border_width[0] > 0.0 {
            self.fill(rect, style.border_color);
            let w = style.border_width[0];
            let inner =
                Rect::new(rect.x + w, rect.y + w, rect.width - 2.0 * w, rect.height - 2.0 * w);
            let ground =
                if style.background_color.a > 0 { style.background_color } else { Rgba::WHITE };
            self.fill(inner, ground);
        } else if style.background_color.a > 0 && style.visible && style.opacity > 0.0 {
            self.fill(rect, style.background_color);
        }
        if tag == "img" {
            for i in 0..8 {
                let part = Rect::new(
                    rect.x + rect.width * f64::from(i) / 8.0,
                    rect.y,
                    rect.width / 8.0,
                    rect.height,
                );
                let v = 30 * i as u8;
                self.fill(part, Rgba { r: v, g: 255 - v, b: 128, a: 255 });
            }
        }
        self.node(Some(parent), tag, rect, style, order)
    }

    /// One line of text in a block of its own, drawn.
    pub(crate) fn text(
        &mut self,
        parent: u32,
        x: f64,
        y: f64,
        text: &str,
        style: ComputedStyle,
    ) -> u32 {
        self.text_drawn(parent, x, y, text, style, true)
    }

    /// One line of text in a block of its own, drawn or not.
    pub(crate) fn text_drawn(
        &mut self,
        parent: u32,
        x: f64,
        y: f64,
        text: &str,
        style: ComputedStyle,
        drawn: bool,
    ) -> u32 {
        let size = style.font_size;
        let rect = Rect::new(x, y, 0.5 * size * text.chars().count() as f64, 1.2 * size);
        let color = style.color;
        let block = self.node(Some(parent), "p", rect, style, 1);
        let style = self.nodes[block as usize].style;
        self.nodes.push(DomNode {
            parent: Some(block),
            kind: NodeKind::Text(text.into()),
            bounds: Some(rect),
            style,
            lines: vec![TextLine { rect, text: text.into() }],
            paint_order: 1,
            backdrop: None,
        });
        if drawn {
            for (i, c) in text.chars().enumerate().filter(|(_, c)| !c.is_whitespace()) {
                // The bar's height tells characters apart, as their shapes do.
                let tall = 0.3 + 0.05 * f64::from(c as u32 % 11);
                self.fill(
                    Rect::new(
                        x + 0.5 * size * i as f64,
                        y + size * (1.0 - tall),
                        0.25 * size,
                        size * tall,
                    ),
                    color,
                );
            }
        }
        block
    }

    /// Paints a rectangle without telling the DOM.
    pub(crate) fn fill(&mut self, rect: Rect, color: Rgba) {
        for y in rect.y.max(0.0) as u32..(rect.bottom().max(0.0) as u32).min(self.height) {
            for x in rect.x.max(0.0) as u32..(rect.right().max(0.0) as u32).min(self.width) {
                self.pixels[(y * self.width + x) as usize] = [color.r, color.g, color.b];
            }
        }
    }

    /// The finished capture.
    pub(crate) fn capture(&self) -> Capture {
        Capture {
            viewport: Viewport { width: self.width, height: self.height },
            page_width: self.width,
            page_height: self.height,
            full_page_png: Some(self.png()),
            dom: Some(DomSnapshot { nodes: self.nodes.clone(), styles: self.styles.clone() }),
            ..Capture::default()
        }
    }

    /// The picture alone.
    pub(crate) fn png(&self) -> Png {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&self.pixels.concat()).unwrap();
        writer.finish().unwrap();
        Png(bytes.into())
    }
}

/// What a test may change about [`shop`].
#[derive(Clone, Copy, Default)]
pub(crate) struct Harm {
    /// Cards left out, from the last.
    pub(crate) dropped: usize,
    /// Every other card's texts moved by this many pixels, down and to the right.
    pub(crate) shifted: f64,
    /// Cards' pictures and type made larger by this share.
    pub(crate) scaled: f64,
    /// Accent and ink turned towards orange by this share.
    pub(crate) recoloured: f64,
    /// Cards set in another type.
    pub(crate) reset: usize,
    /// Cards whose words are spoilt.
    pub(crate) spoilt: usize,
    /// Cards whose price is another one.
    pub(crate) repriced: usize,
    /// Cards without fill, border, radius and shadow.
    pub(crate) stripped: usize,
    /// Cards without their button.
    pub(crate) silent: usize,
}

fn toward(color: Rgba, share: f64) -> Rgba {
    let mix =
        |from: u8, to: u8| (f64::from(from) + share * (f64::from(to) - f64::from(from))) as u8;
    Rgba { r: mix(color.r, 250), g: mix(color.g, 120), b: mix(color.b, 0), a: 255 }
}

/// A page with a heading, a search field and eight cards with picture, words, price and button.
pub(crate) fn shop(harm: Harm) -> Drawing {
    let mut page = Drawing::new(1280, 900);
    let body = Drawing::BODY;
    let ink = toward(INK, harm.recoloured * 0.6);
    let heading = ComputedStyle { font_size: 36.0, font_weight: 700, color: ink, ..plain() };
    page.text(body, 40.0, 30.0, "Pots and cups from the river kiln", heading);
    let field = ComputedStyle { border_width: [1.0; 4], border_color: INK, ..plain() };
    page.element(body, "input", Rect::new(900.0, 40.0, 300.0, 36.0), field);
    let names = [
        "Grey bowl",
        "Honey jug",
        "Ink cup",
        "Moss vase",
        "Oat plate",
        "Plum pot",
        "Rust tile",
        "Sky dish",
    ];
    for (i, name) in names.into_iter().enumerate().take(names.len() - harm.dropped) {
        let (x, y) = (40.0 + 300.0 * (i % 4) as f64, 120.0 + 360.0 * (i / 4) as f64);
        let mut card = plain();
        if i >= harm.stripped {
            card.background_color =
                toward(Rgba { r: 226, g: 232, b: 240, a: 255 }, harm.recoloured);
            card.border_radius = 12.0;
            card.box_shadow = true;
            card.padding = [20.0; 4];
        }
        let card = page.element(body, "div", Rect::new(x, y, 270.0, 330.0), card);
        let grow = 1.0 + harm.scaled;
        let picture = Rect::new(x + 20.0, y + 20.0, 150.0 * grow, 100.0 * grow);
        page.element(card, "img", picture, plain());
        let off = if i % 2 == 0 { harm.shifted } else { 0.0 };
        let mut type_ = ComputedStyle { color: ink, font_size: 16.0 * grow, ..plain() };
        if i < harm.reset {
            type_.font_family = "Georgia, serif".into();
            type_.font_weight = 700;
            type_.italic = true;
        }
        let (tx, ty) = (x + 20.0 + off, y + 200.0 + 0.6 * off);
        let words = if i < harm.spoilt { "Xqzv wkjp".into() } else { name.to_owned() };
        page.text(card, tx, ty, &words, ComputedStyle { font_weight: 600, ..type_.clone() });
        let price =
            if i < harm.repriced { format!("€ 9{i}7.13") } else { format!("€ {}.50", 12 + i) };
        page.text(card, tx, ty + 34.0, &price, type_);
        if i >= harm.silent {
            let fill = toward(ACCENT, harm.recoloured);
            let button = ComputedStyle { background_color: fill, border_radius: 6.0, ..plain() };
            let at = Rect::new(x + 20.0, y + 280.0, 120.0, 34.0);
            let button = page.element(card, "button", at, button);
            let label = ComputedStyle { color: Rgba::WHITE, ..plain() };
            page.text(button, x + 34.0, y + 287.0, "Add to cart", label);
        }
    }
    page
}
