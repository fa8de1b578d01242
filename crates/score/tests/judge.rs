//! What the local judge and the other metrics do on drawn pages.
#![allow(clippy::unwrap_used, missing_docs)]

mod drawing;

use std::sync::OnceLock;

use drawing::{Drawing, Harm, INK, plain, shop};
use pageloom_schema::{
    Capture, ComputedStyle, PageFault, PageFaultKind, Png, Rect, Rgba, Scores, Verdict,
};
use pageloom_score::{
    Comparison, PreparedPage, ScoreError, metrics, prepare, prepare_screenshot, score_fault,
    score_pair, wcgb,
};

const CRITERIA: [&str; 10] = [
    "wcgb.layout_consistency",
    "wcgb.element_alignment",
    "wcgb.proportional_accuracy",
    "wcgb.visual_harmony",
    "wcgb.color_scheme",
    "wcgb.aesthetic_resemblance",
    "wcgb.font_characteristics",
    "wcgb.textual_content",
    "wcgb.numbers_special_characters",
    "wcgb.ui_consistency",
];

fn scores(reference: &Drawing, candidate: &Drawing) -> Scores {
    let (left, right) = (reference.capture(), candidate.capture());
    score_pair(&prepare(&left).unwrap(), &prepare(&right).unwrap())
}

/// The unharmed shop, prepared once for all tests.
fn reference() -> &'static PreparedPage {
    static PAGE: OnceLock<PreparedPage> = OnceLock::new();
    PAGE.get_or_init(|| prepare(&shop(Harm::default()).capture()).unwrap())
}

fn harmed(harm: Harm) -> Scores {
    score_pair(reference(), &prepare(&shop(harm).capture()).unwrap())
}

fn value(scores: &Scores, id: &str) -> f64 {
    scores.value(id).unwrap_or_else(|| panic!("{id} has no value"))
}

/// Asserts that `id` starts at its maximum and falls over four strengths of a harm.
fn assert_falls(id: &str, harms: [Harm; 4]) {
    let mut last = 10.0;
    assert_eq!(value(&score_pair(reference(), reference()), id), last);
    for harm in harms {
        let now = value(&harmed(harm), id);
        assert!(now < last, "{id}: {now} after {last}");
        last = now;
    }
}

/// Asserts that every criterion but those named stays within `band` points of the maximum.
fn assert_holds(harm: Harm, but: &[&str], band: f64) {
    let result = harmed(harm);
    for id in CRITERIA.into_iter().filter(|id| !but.iter().any(|b| id.ends_with(b))) {
        assert!(value(&result, id) >= 10.0 - band, "{id}: {}", value(&result, id));
    }
}

#[test]
fn same_page_has_the_maximum_of_every_metric() {
    let mut picture_only = Drawing::new(600, 400);
    picture_only.element(Drawing::BODY, "img", Rect::new(50.0, 50.0, 300.0, 200.0), plain());
    let mut words_only = Drawing::new(600, 400);
    words_only.text(Drawing::BODY, 40.0, 40.0, "No figures and nothing to click here", plain());
    for page in [shop(Harm::default()), picture_only, words_only, Drawing::new(600, 400)] {
        for score in scores(&page, &page).scores {
            assert!(
                score.value.is_none_or(|v| v == score.range[1]),
                "{}: {:?}, {}",
                score.metric,
                score.value,
                score.explanation
            );
        }
    }
}

#[test]
fn blank_page_scores_zero_on_every_criterion() {
    let mut picture_only = Drawing::new(1280, 900);
    picture_only.element(Drawing::BODY, "img", Rect::new(50.0, 50.0, 300.0, 200.0), plain());
    for reference in [shop(Harm::default()), picture_only] {
        let result = scores(&reference, &Drawing::new(1280, 900));
        for id in CRITERIA.into_iter().chain(["overall"]) {
            assert_eq!(value(&result, id), 0.0, "{id}");
        }
    }
}

#[test]
fn content_on_a_blank_reference_scores_zero() {
    let result = scores(&Drawing::new(1280, 900), &shop(Harm::default()));
    assert_eq!(value(&result, "overall"), 0.0);
}

#[test]
fn dropped_cards_lower_the_layout() {
    let drop = |dropped| Harm { dropped, ..Harm::default() };
    assert_falls("wcgb.layout_consistency", [drop(1), drop(3), drop(5), drop(7)]);
}

#[test]
fn shifted_blocks_lower_alignment_and_nothing_else_much() {
    let shift = |shifted| Harm { shifted, ..Harm::default() };
    assert_falls("wcgb.element_alignment", [shift(6.0), shift(14.0), shift(30.0), shift(60.0)]);
    assert_holds(shift(30.0), &["element_alignment", "visual_harmony"], 1.0);
}

#[test]
fn scaled_elements_lower_proportions() {
    let scale = |scaled| Harm { scaled, ..Harm::default() };
    assert_falls("wcgb.proportional_accuracy", [scale(0.1), scale(0.2), scale(0.3), scale(0.5)]);
    assert_holds(
        scale(0.2),
        &["proportional_accuracy", "font_characteristics", "element_alignment", "visual_harmony"],
        1.0,
    );
}

#[test]
fn other_colours_lower_the_colour_scheme_alone() {
    let tint = |recoloured| Harm { recoloured, ..Harm::default() };
    assert_falls("wcgb.color_scheme", [tint(0.2), tint(0.45), tint(0.7), tint(1.0)]);
    assert_holds(tint(0.7), &["color_scheme", "visual_harmony"], 0.6);
}

#[test]
fn other_type_lowers_font_characteristics_alone() {
    let reset = |reset| Harm { reset, ..Harm::default() };
    assert_falls("wcgb.font_characteristics", [reset(2), reset(4), reset(6), reset(8)]);
    assert_holds(reset(8), &["font_characteristics"], 0.1);
}

#[test]
fn spoilt_words_lower_the_text_alone() {
    let spoil = |spoilt| Harm { spoilt, ..Harm::default() };
    assert_falls("wcgb.textual_content", [spoil(2), spoil(4), spoil(6), spoil(8)]);
    assert_holds(spoil(8), &["textual_content", "visual_harmony"], 0.5);
}

#[test]
fn other_prices_lower_the_numbers() {
    let reprice = |repriced| Harm { repriced, ..Harm::default() };
    let id = "wcgb.numbers_special_characters";
    assert_falls(id, [reprice(2), reprice(4), reprice(6), reprice(8)]);
    assert_holds(reprice(8), &["numbers_special_characters", "textual_content"], 0.7);
}

#[test]
fn stripped_cards_lower_aesthetics_and_harmony() {
    let strip = |stripped| Harm { stripped, ..Harm::default() };
    let harms = [strip(2), strip(4), strip(6), strip(8)];
    assert_falls("wcgb.aesthetic_resemblance", harms);
    assert_falls("wcgb.visual_harmony", harms);
}

#[test]
fn removed_buttons_lower_ui_consistency() {
    let silence = |silent| Harm { silent, ..Harm::default() };
    assert_falls("wcgb.ui_consistency", [silence(2), silence(4), silence(6), silence(8)]);
}

/// Puts a line on a page so that nobody can see it.
type Hide = fn(&mut Drawing, &str);

#[test]
fn text_nobody_can_see_does_not_count() {
    let body = Drawing::BODY;
    let line = "A sentence that should be seen";
    let mut reference = Drawing::new(800, 400);
    reference.text(body, 40.0, 40.0, line, plain());
    let hidden: [(&str, Hide); 8] = [
        ("transparent ancestor", |page, line| {
            let faint = ComputedStyle { opacity: 0.0, ..plain() };
            let at = Rect::new(0.0, 0.0, 800.0, 100.0);
            let parent = page.element(Drawing::BODY, "div", at, faint);
            page.text_drawn(parent, 40.0, 40.0, line, plain(), false);
        }),
        ("visibility", |page, line| {
            let style = ComputedStyle { visible: false, ..plain() };
            page.text_drawn(Drawing::BODY, 40.0, 40.0, line, style, false);
        }),
        ("clipped away", |page, line| {
            let clip = ComputedStyle { clips: true, ..plain() };
            let at = Rect::new(0.0, 0.0, 800.0, 0.0);
            let parent = page.element(Drawing::BODY, "div", at, clip);
            page.text_drawn(parent, 40.0, 40.0, line, plain(), false);
        }),
        ("left of the page", |page, line| {
            page.text_drawn(Drawing::BODY, -9000.0, 40.0, line, plain(), false);
        }),
        ("colour of its ground", |page, line| {
            let style = ComputedStyle { color: Rgba::WHITE, ..plain() };
            page.text(Drawing::BODY, 40.0, 40.0, line, style);
        }),
        ("transparent over a picture of the text", |page, line| {
            let picture = Rect::new(0.0, 0.0, 800.0, 400.0);
            page.element(Drawing::BODY, "img", picture, plain());
            let clear = ComputedStyle { color: Rgba { a: 0, ..INK }, ..plain() };
            page.text_drawn(Drawing::BODY, 40.0, 40.0, line, clear, false);
        }),
        ("under a later box", |page, line| {
            page.text(Drawing::BODY, 40.0, 40.0, line, plain());
            // The picture on top shows something, so that pixels alone could not tell.
            let top = Rect::new(0.0, 0.0, 800.0, 400.0);
            page.element_at(Drawing::BODY, "img", top, plain(), 5);
        }),
        ("too small to read", |page, line| {
            let style = ComputedStyle { font_size: 2.0, ..plain() };
            page.text(Drawing::BODY, 40.0, 40.0, line, style);
        }),
    ];
    for (how, draw) in hidden {
        let mut candidate = Drawing::new(800, 400);
        draw(&mut candidate, line);
        let result = scores(&reference, &candidate);
        for id in ["text_recall", "design2code.block_match", "wcgb.textual_content"] {
            assert_eq!(value(&result, id), 0.0, "{how}: {id}");
        }
    }
}

#[test]
fn absolute_child_escapes_a_clip_that_is_not_its_container() {
    let mut page = Drawing::new(800, 400);
    let clip = ComputedStyle { clips: true, ..plain() };
    let at = Rect::new(0.0, 0.0, 800.0, 10.0);
    let parent = page.element(Drawing::BODY, "div", at, clip);
    let out = ComputedStyle { position: "absolute".into(), ..plain() };
    let out = page.element(parent, "div", Rect::new(0.0, 100.0, 400.0, 100.0), out);
    page.text(out, 40.0, 120.0, "seen below the clip", plain());
    let result = scores(&page, &page);
    assert_eq!(result.blocks.len(), 1);
}

#[test]
fn paragraph_broken_into_pieces_still_matches() {
    let whole = "the kiln is fired twice a month and opened when the ash has gone cold";
    let mut reference = Drawing::new(900, 300);
    reference.text(Drawing::BODY, 40.0, 40.0, whole, plain());
    let mut candidate = Drawing::new(900, 300);
    for (i, part) in ["the kiln is fired twice a", "month and opened when the", "ash has gone cold"]
        .into_iter()
        .enumerate()
    {
        candidate.text(Drawing::BODY, 40.0, 40.0 + 60.0 * i as f64, part, plain());
    }
    let result = scores(&reference, &candidate);
    assert_eq!(value(&result, "design2code.text"), 1.0);
    assert_eq!(value(&result, "design2code.block_match"), 1.0);
}

#[test]
fn screenshot_candidate_is_perfect_in_pixels_and_nothing_in_text() {
    let reference = shop(Harm::default());
    let mut cover = Drawing::new(1280, 900);
    cover.element(Drawing::BODY, "img", Rect::new(0.0, 0.0, 1280.0, 900.0), plain());
    let capture = Capture { full_page_png: Some(reference.png()), ..cover.capture() };
    let result = score_pair(&prepare(&reference.capture()).unwrap(), &prepare(&capture).unwrap());
    for id in ["ssim", "palette", "visual_hash"] {
        assert_eq!(value(&result, id), 1.0, "{id}");
    }
    for id in ["text_recall", "wcgb.textual_content", "wcgb.font_characteristics"] {
        assert_eq!(value(&result, id), 0.0, "{id}");
    }
}

#[test]
fn picture_only_reference_leaves_dom_metrics_absent_with_the_reason() {
    let page = shop(Harm::default());
    let reference = prepare_screenshot(&page.png()).unwrap();
    let result = score_pair(&reference, &prepare(&page.capture()).unwrap());
    assert_eq!(value(&result, "ssim"), 1.0);
    for id in ["design2code.text", "tree_bleu", "wcgb.layout_consistency", "overall"] {
        let score = result.get(id).unwrap();
        assert_eq!(score.value, None);
        assert!(score.explanation.contains("picture only"), "{}", score.explanation);
    }
}

#[test]
fn fault_has_the_lowest_value_of_every_metric_and_says_which() {
    let fault = PageFault { kind: PageFaultKind::ScriptHang, detail: "15 s".into() };
    let result = score_fault(&fault, None);
    assert_eq!(result.scores.len(), metrics().len());
    for (score, metric) in result.scores.iter().zip(metrics()) {
        assert_eq!(score.metric, metric.id);
        if metric.id != "design2code.clip" {
            assert_eq!(score.value, Some(metric.range[0]));
            assert!(score.explanation.contains("script_hang"));
        }
    }
}

#[test]
fn scores_come_in_the_order_of_the_metric_list() {
    let page = shop(Harm::default());
    let result = scores(&page, &page);
    let ids: Vec<&str> = result.scores.iter().map(|s| s.metric.as_str()).collect();
    let cards: Vec<&str> = metrics().iter().map(|m| m.id).collect();
    assert_eq!(ids, cards);
}

#[test]
fn aspects_are_the_published_sums_of_the_criteria() {
    let result = harmed(Harm { dropped: 3, ..Harm::default() });
    let ten = CRITERIA.map(|id| value(&result, id));
    let aspects = wcgb::aggregate(ten);
    assert!((value(&result, "wcgb.vsa") - aspects.vsa).abs() < 1e-5);
    assert!((value(&result, "overall") - aspects.overall).abs() < 1e-5);
}

#[test]
fn final_is_the_mean_of_what_was_measured_and_says_so() {
    let result = harmed(Harm { dropped: 2, ..Harm::default() });
    let parts = ["block_match", "text", "position", "color"]
        .map(|part| value(&result, &format!("design2code.{part}")));
    let mean = parts.iter().sum::<f64>() / 4.0;
    let score = result.get("design2code.final").unwrap();
    assert!((score.value.unwrap() - mean).abs() < 1e-5);
    assert!(score.explanation.contains("4 of 5"));
    assert_eq!(result.value("design2code.clip"), None);
}

#[test]
fn tree_bleu_is_the_share_of_the_candidates_subtrees() {
    let rect = Rect::new(10.0, 10.0, 100.0, 50.0);
    let mut reference = Drawing::new(400, 300);
    let list = reference.element(Drawing::BODY, "ul", rect, plain());
    reference.element(list, "li", rect, plain());
    let mut candidate = Drawing::new(400, 300);
    let list = candidate.element(Drawing::BODY, "ul", rect, plain());
    candidate.element(list, "p", rect, plain());
    // body>ul agrees, ul>p does not.
    assert_eq!(value(&scores(&reference, &candidate), "tree_bleu"), 0.5);
}

#[test]
fn missed_cards_are_shown_as_evidence() {
    let result = harmed(Harm { dropped: 1, ..Harm::default() });
    let layout = result.get("wcgb.layout_consistency").unwrap();
    assert!(layout.evidence.len() <= 60);
    assert!(layout.evidence.iter().any(|e| e.verdict == Verdict::Missed && e.rect.x > 900.0));
}

#[test]
fn one_metric_alone_is_what_it_is_among_all() {
    let (left, right) = (shop(Harm::default()), shop(Harm { spoilt: 3, ..Harm::default() }));
    let (left, right) = (prepare(&left.capture()).unwrap(), prepare(&right.capture()).unwrap());
    let comparison = Comparison::of(&left, &right);
    let all = score_pair(&left, &right);
    assert_eq!(
        comparison.measure("wcgb.textual_content").as_ref(),
        all.get("wcgb.textual_content")
    );
    assert_eq!(comparison.measure("no such metric"), None);
}

#[test]
fn hundreds_of_equal_lines_still_match_themselves() {
    let mut page = Drawing::new(1280, 300);
    for i in 0..400_u32 {
        let (x, y) = (10.0 + 120.0 * f64::from(i % 10), 6.0 * f64::from(i / 10));
        page.text(Drawing::BODY, x, y, "the same", ComputedStyle { font_size: 5.0, ..plain() });
    }
    assert_eq!(value(&scores(&page, &page), "overall"), 10.0);
}

#[test]
fn captures_that_lack_something_are_refused() {
    let whole = shop(Harm::default()).capture();
    let no_picture = Capture { full_page_png: None, ..whole.clone() };
    assert!(matches!(prepare(&no_picture), Err(ScoreError::NoPicture)));
    let no_dom = Capture { dom: None, ..whole.clone() };
    assert!(matches!(prepare(&no_dom), Err(ScoreError::NoDom)));
    let mut broken = whole.clone();
    if let Some(node) = broken.dom.as_mut().and_then(|dom| dom.nodes.get_mut(3)) {
        node.parent = Some(77_777);
    }
    assert!(matches!(prepare(&broken), Err(ScoreError::BrokenDom(3))));
    let text = Png(b"not a picture".as_slice().into());
    assert!(matches!(prepare_screenshot(&text), Err(ScoreError::Decode(_))));
}
