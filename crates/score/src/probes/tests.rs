//! Every probe on small traces made by hand: what it counts, and what it says where it does not
//! apply. That the browser makes such traces is tested in the browser's crate.

use std::collections::BTreeMap;
use std::sync::Arc;

use pageloom_schema::{
    Capture, ComputedStyle, ConsoleLevel, ConsoleMessage, ControlOutcome, ControlTrace, DomNode,
    DomSnapshot, Effect, FieldTrace, FormTrace, NodeKind, Overflow, Png, Rect, RequestOutcome,
    RequestRecord, Rgba, RouteOrigin, RouteTrace, SiteTrace, TextLine, Viewport,
};

use super::{local_look, probe_metrics, probe_scores};

const BLACK: Rgba = Rgba::BLACK;
const WHITE: Rgba = Rgba::WHITE;

/// A page built node by node.
struct Built {
    dom: DomSnapshot,
}

impl Built {
    fn new() -> Self {
        let mut built = Self { dom: DomSnapshot::default() };
        let body = ComputedStyle { background_color: WHITE, ..style() };
        built.element("body", Rect::new(0.0, 0.0, 1024.0, 768.0), body);
        built
    }

    fn push(
        &mut self,
        kind: NodeKind,
        rect: Rect,
        style: ComputedStyle,
        parent: Option<u32>,
    ) -> u32 {
        let number = self.dom.nodes.len() as u32;
        let text = match &kind {
            NodeKind::Text(text) => Some(text.clone()),
            NodeKind::Element { .. } => None,
        };
        self.dom.styles.push(style);
        self.dom.nodes.push(DomNode {
            parent,
            kind,
            bounds: Some(rect),
            style: Some(self.dom.styles.len() as u32 - 1),
            lines: text.map(|text| TextLine { rect, text }).into_iter().collect(),
            paint_order: number,
            backdrop: None,
        });
        number
    }

    fn element(&mut self, tag: &str, rect: Rect, style: ComputedStyle) -> u32 {
        let parent = (!self.dom.nodes.is_empty()).then_some(0);
        let kind = NodeKind::Element { tag: tag.into(), attributes: BTreeMap::new(), value: None };
        self.push(kind, rect, style, parent)
    }

    fn text(&mut self, text: &str, y: f64, color: Rgba) {
        self.text_at(text, Rect::new(40.0, y, 300.0, 20.0), ComputedStyle { color, ..style() });
    }

    fn text_at(&mut self, text: &str, rect: Rect, style: ComputedStyle) {
        let parent = self.element("p", rect, style.clone());
        let number = self.push(NodeKind::Text(text.into()), rect, style, Some(parent));
        self.dom.nodes[number as usize].backdrop = Some(WHITE);
    }

    fn route(self, path: &str) -> RouteTrace {
        let mut route = RouteTrace::new(path, RouteOrigin::Declared);
        route.fingerprint = path.to_owned();
        route.captures.push(Capture {
            viewport: Viewport { width: 1024, height: 768 },
            page_width: 1024,
            page_height: 768,
            dom: Some(self.dom),
            viewport_png: Some(picture(&[(Rect::new(0.0, 0.0, 1024.0, 768.0), [255; 3])])),
            ..Capture::default()
        });
        route
    }
}

fn style() -> ComputedStyle {
    ComputedStyle {
        display: "block".into(),
        visible: true,
        opacity: 1.0,
        position: "static".into(),
        color: BLACK,
        font_family: "Arial".into(),
        font_size: 16.0,
        font_weight: 400,
        ..ComputedStyle::default()
    }
}

/// A window of 1024 by 768 pixels with boxes of one colour, later over earlier.
fn picture(boxes: &[(Rect, [u8; 3])]) -> Png {
    let mut pixels = vec![255u8; 1024 * 768 * 3];
    for (rect, color) in boxes {
        for y in rect.y as usize..rect.bottom() as usize {
            for x in rect.x as usize..rect.right() as usize {
                pixels[(y * 1024 + x) * 3..][..3].copy_from_slice(color);
            }
        }
    }
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 1024, 768);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    Png(Arc::from(bytes))
}

fn site(routes: Vec<RouteTrace>) -> SiteTrace {
    SiteTrace { routes, probed: true, ..SiteTrace::default() }
}

fn one(built: Built) -> SiteTrace {
    site(vec![built.route("/")])
}

fn value(trace: &SiteTrace, id: &str) -> Option<f64> {
    value_for(trace, id, None)
}

fn value_for(trace: &SiteTrace, id: &str, instruction: Option<&str>) -> Option<f64> {
    let id = format!("probe.{id}");
    let scores = probe_scores(trace, instruction);
    scores.into_iter().find(|score| score.metric == id).unwrap().value
}

fn control(name: &str, outcome: ControlOutcome) -> ControlTrace {
    ControlTrace {
        route: 0,
        role: "button".into(),
        name: name.into(),
        section: "main".into(),
        rect: Rect::new(0.0, 0.0, 80.0, 30.0),
        outcome,
        effects: Vec::new(),
    }
}

#[test]
fn scores_come_in_the_order_of_their_cards_and_in_range() {
    let mut built = Built::new();
    built.text("Some text", 40.0, BLACK);
    let scores =
        probe_scores(&one(built), Some("Use white for the background and navy for buttons."));
    let ids: Vec<&str> = scores.iter().map(|score| score.metric.as_str()).collect();
    let cards: Vec<&str> = probe_metrics().iter().map(|metric| metric.id).collect();
    assert_eq!(ids, cards);
    for score in scores {
        assert!(score.value.is_none_or(|value| (0.0..=1.0).contains(&value)), "{score:?}");
        assert!(!score.explanation.is_empty());
    }
}

#[test]
fn what_a_site_does_not_have_has_no_value() {
    let trace = SiteTrace { routes: vec![Built::new().route("/")], ..SiteTrace::default() };
    for id in
        ["dead_controls", "inputs_accept_text", "forms_react", "routes_distinct", "control_names"]
    {
        assert_eq!(value(&trace, id), None, "{id}");
    }
    for id in ["named_colors", "key_terms"] {
        assert_eq!(value(&trace, id), None, "{id} without an instruction");
    }
}

#[test]
fn errors_cost_and_refused_hosts_do_not() {
    let mut route = Built::new().route("/");
    assert_eq!(value(&site(vec![route.clone()]), "console_clean"), Some(1.0));
    let request =
        |url: &str, outcome| RequestRecord { url: url.into(), outcome, resource: "Image".into() };
    let capture = &mut route.captures[0];
    capture.requests.push(request("https://fonts.example/a", RequestOutcome::Refused));
    capture.requests.push(request("/favicon.ico", RequestOutcome::NotFound));
    let fetch =
        ConsoleMessage { level: ConsoleLevel::Error, text: "TypeError: Failed to fetch".into() };
    capture.console.push(fetch);
    assert_eq!(value(&site(vec![route.clone()]), "console_clean"), Some(1.0));
    route.captures[0].exceptions.push("Uncaught x".into());
    assert_eq!(value(&site(vec![route]), "console_clean"), Some(0.5));
}

#[test]
fn routes_count_when_they_show_something_of_their_own() {
    let good = Built::new().route("/");
    let missing = RouteTrace { not_found: true, ..Built::new().route("/gone") };
    let broken = RouteTrace { overlay: Some("error".into()), ..Built::new().route("/broken") };
    let same = RouteTrace { fingerprint: "/".into(), ..Built::new().route("/same") };
    let trace = site(vec![good, missing, broken, same]);
    assert_eq!(value(&trace, "routes_reachable"), Some(0.5));
    assert_eq!(value(&trace, "routes_distinct"), Some(0.5));
}

#[test]
fn dead_controls_cost_and_those_nobody_could_press_do_not() {
    let mut trace = site(vec![Built::new().route("/")]);
    let outcomes = [
        ControlOutcome::Live,
        ControlOutcome::Live,
        ControlOutcome::Live,
        ControlOutcome::Dead,
        ControlOutcome::Outside,
        ControlOutcome::Covered,
        ControlOutcome::Untried,
    ];
    trace.controls = outcomes.iter().map(|outcome| control("Buy", *outcome)).collect();
    assert_eq!(value(&trace, "dead_controls"), Some(0.75));
    assert_eq!(value(&trace, "control_names"), Some(1.0));
    trace.controls.push(control("", ControlOutcome::Live));
    assert_eq!(value(&trace, "control_names"), Some(0.875));
    trace.controls = vec![control("Hang", ControlOutcome::Fault)];
    assert_eq!(value(&trace, "dead_controls"), Some(0.0));
    trace.controls.clear();
    assert_eq!(value(&trace, "dead_controls"), Some(0.0), "a site with nothing to use");
}

#[test]
fn fields_and_forms_count_by_what_they_did() {
    let mut trace = site(vec![Built::new().route("/")]);
    let field = |accepted, kept| FieldTrace {
        route: 0,
        name: "Name".into(),
        kind: "text".into(),
        rect: Rect::default(),
        accepted,
        kept,
    };
    trace.fields = vec![field(true, true), field(true, false)];
    let form = |effects| FormTrace {
        route: 0,
        name: "Send".into(),
        rect: Rect::default(),
        filled: 1,
        effects,
    };
    trace.forms = vec![form(vec![Effect::Document]), form(vec![]), form(vec![]), form(vec![])];
    assert_eq!(value(&trace, "inputs_accept_text"), Some(0.5));
    assert_eq!(value(&trace, "forms_react"), Some(0.25));
}

#[test]
fn every_look_that_does_not_fit_costs() {
    let mut route = Built::new().route("/");
    route.overflow_checked = vec![375, 768, 1280];
    route.overflow = vec![Overflow { width: 375, scroll_width: 900, widest: "table".into() }];
    assert_eq!(value(&site(vec![route]), "no_horizontal_overflow"), Some(0.666667));
}

#[test]
fn contrast_counts_the_characters_that_pass() {
    let mut built = Built::new();
    built.text("dark text!", 40.0, BLACK);
    built.text("pale text!", 80.0, Rgba { r: 190, g: 190, b: 190, a: 255 });
    assert_eq!(value(&one(built), "contrast"), Some(0.5));
    // 3.5 : 1 is enough for large text only.
    let grey = Rgba { r: 135, g: 135, b: 135, a: 255 };
    for (size, passes) in [(16.0, 0.0), (24.0, 1.0)] {
        let mut built = Built::new();
        let style = ComputedStyle { color: grey, font_size: size, ..style() };
        built.text_at("some text", Rect::new(40.0, 40.0, 300.0, 30.0), style);
        assert_eq!(value(&one(built), "contrast"), Some(passes), "{size}");
    }
}

#[test]
fn text_that_nobody_can_see_is_hidden_and_has_no_terms() {
    let instruction = Some("A bakery with cakes and bread.");
    let mut honest = Built::new();
    honest.text("Bakery: cakes and bread", 40.0, BLACK);
    let honest = one(honest);
    assert_eq!(value(&honest, "hidden_text"), Some(1.0));
    assert_eq!(value_for(&honest, "key_terms", instruction), Some(1.0));
    let ways: [(&str, Rect, ComputedStyle); 6] = [
        ("white", Rect::new(40.0, 80.0, 300.0, 20.0), ComputedStyle { color: WHITE, ..style() }),
        ("outside", Rect::new(-9000.0, 80.0, 300.0, 20.0), style()),
        ("below", Rect::new(40.0, 5000.0, 300.0, 20.0), style()),
        ("tiny", Rect::new(40.0, 80.0, 20.0, 1.0), ComputedStyle { font_size: 1.0, ..style() }),
        (
            "invisible",
            Rect::new(40.0, 80.0, 300.0, 20.0),
            ComputedStyle { visible: false, ..style() },
        ),
        ("faded", Rect::new(40.0, 80.0, 300.0, 20.0), ComputedStyle { opacity: 0.0, ..style() }),
    ];
    for (way, rect, style) in ways {
        let mut built = Built::new();
        built.text("Hello", 40.0, BLACK);
        built.text_at("bakery cakes bread bakery cakes bread bakery cakes", rect, style);
        let trace = one(built);
        assert!(value(&trace, "hidden_text").unwrap() < 0.3, "{way}");
        assert_eq!(value_for(&trace, "key_terms", instruction), Some(0.0), "{way}");
    }
}

#[test]
fn what_repeats_the_instruction_has_no_terms() {
    let words = "Please build a website for a bakery where visitors order cakes and bread.";
    let mut built = Built::new();
    built.text(words, 40.0, BLACK);
    assert_eq!(value_for(&one(built), "key_terms", Some(words)), Some(0.0));
    let mut built = Built::new();
    built.text("The bakery: order cakes and bread, visitors!", 40.0, BLACK);
    assert_eq!(value_for(&one(built), "key_terms", Some(words)), Some(1.0));
}

#[test]
fn one_large_picture_is_no_page_unless_there_is_text_on_it() {
    let image = |built: &mut Built| {
        built.element("img", Rect::new(0.0, 0.0, 1024.0, 768.0), style());
    };
    let mut alone = Built::new();
    image(&mut alone);
    assert_eq!(value(&one(alone), "image_page"), Some(0.0));
    let mut captioned = Built::new();
    image(&mut captioned);
    for line in 0..6 {
        built_line(&mut captioned, line);
    }
    assert_eq!(value(&one(captioned), "image_page"), Some(1.0));
    // Words that are drawn are part of the picture.
    let mut drawn = Built::new();
    let svg = drawn.element("svg", Rect::new(0.0, 0.0, 1024.0, 768.0), style());
    for line in 0..6 {
        let rect = Rect::new(40.0, 40.0 + 30.0 * f64::from(line), 300.0, 20.0);
        let words = NodeKind::Text("A line of text that says something.".into());
        let number = drawn.push(words, rect, style(), Some(svg));
        drawn.dom.nodes[number as usize].backdrop = Some(WHITE);
    }
    assert_eq!(value(&one(drawn), "image_page"), Some(0.0));
    assert_eq!(value(&one(Built::new()), "image_page"), Some(1.0));
}

fn built_line(built: &mut Built, line: u32) {
    built.text("A line of text that says something.", 40.0 + 30.0 * f64::from(line), BLACK);
}

#[test]
fn named_colors_are_looked_for_where_they_belong() {
    let instruction = Some("Use mint cream as the background and dark orange for the components.");
    let page = |ground: [u8; 3], bar: [u8; 3]| {
        let mut route = Built::new().route("/");
        let whole = Rect::new(0.0, 0.0, 1024.0, 768.0);
        let boxes = [(whole, ground), (Rect::new(0.0, 0.0, 1024.0, 60.0), bar)];
        route.captures[0].viewport_png = Some(picture(&boxes));
        value_for(&site(vec![route]), "named_colors", instruction)
    };
    let (mint, orange) = ([245, 255, 250], [255, 140, 0]);
    assert_eq!(page(mint, orange), Some(1.0));
    assert_eq!(page([255; 3], orange), Some(0.5), "white is not mint cream");
    assert_eq!(page(mint, [0, 0, 128]), Some(0.5));
    assert!(page(orange, mint).unwrap() < 0.6, "the wrong way round");
    let wordless = value_for(&one(Built::new()), "named_colors", Some("Make a shop."));
    assert_eq!(wordless, None);
}

#[test]
fn a_blank_page_looks_like_nothing_and_a_styled_one_better_than_a_plain_one() {
    let blank = RouteTrace { blank: true, ..Built::new().route("/") };
    assert_eq!(local_look(&site(vec![blank])).value, Some(0.0));
    let mut plain = Built::new();
    for (line, text) in ["Welcome", "To the bakery", "Bread", "Cakes"].iter().enumerate() {
        let rect = Rect::new(8.0, 20.0 + 30.0 * line as f64, 900.0, 20.0);
        let serif = ComputedStyle { font_family: "\"Times New Roman\"".into(), ..style() };
        plain.text_at(text, rect, serif);
    }
    let mut styled = Built::new();
    let filled = |color: [u8; 3]| ComputedStyle {
        background_color: Rgba { r: color[0], g: color[1], b: color[2], a: 255 },
        padding: [16.0; 4],
        border_radius: 8.0,
        display: "flex".into(),
        ..style()
    };
    let brown = [139, 69, 19];
    let bar = Rect::new(0.0, 0.0, 1024.0, 60.0);
    let cards = [60.0, 380.0, 700.0].map(|x| Rect::new(x, 300.0, 264.0, 200.0));
    styled.element("header", bar, filled(brown));
    let mut boxes = vec![(Rect::new(0.0, 0.0, 1024.0, 768.0), [255, 250, 240]), (bar, brown)];
    let large = ComputedStyle { font_size: 36.0, ..style() };
    styled.text_at("Welcome", Rect::new(60.0, 120.0, 300.0, 40.0), large);
    for card in cards {
        styled.element("section", card, filled([255, 228, 181]));
        boxes.push((card, [255, 228, 181]));
        styled.text_at("Bread", Rect::new(card.x + 16.0, 320.0, 100.0, 20.0), style());
        styled.text_at("Fresh at six", Rect::new(card.x + 16.0, 350.0, 100.0, 20.0), style());
    }
    let mut styled = styled.route("/");
    styled.captures[0].viewport_png = Some(picture(&boxes));
    let (plain, styled) = (local_look(&one(plain)), local_look(&site(vec![styled])));
    assert!(styled.value.unwrap() > plain.value.unwrap() + 0.2, "{styled:?} {plain:?}");
    assert!(plain.explanation.contains("styled 0."), "{}", plain.explanation);
}
