//! IWR-Bench's arithmetic: the published table, and every place where the two protocols differ.
#![allow(clippy::unwrap_used, missing_docs)]

use pageloom_schema::Scores;
use pageloom_score::interactive::{
    Assertion, Compared, LeaderboardRow, Likeness, PicturePair, Protocol, StepEvidence,
    VisualJudge, final_of, pairs, task_scores, unanswered, unscored, vfs_of,
};

/// Model, LFS, HFS, IFS, VFS and Final of the published table (arXiv 2509.24709), in percent.
const PUBLISHED: [(&str, [f64; 5]); 28] = [
    ("GPT-5", [68.29, 60.21, 24.39, 64.25, 36.35]),
    ("Claude-Sonnet-4 (thinking)", [64.90, 55.51, 23.65, 60.20, 34.62]),
    ("Claude-Opus-4 (thinking)", [63.53, 53.80, 23.61, 58.67, 34.13]),
    ("Doubao-seed-1.6", [65.95, 55.62, 22.55, 60.79, 34.02]),
    ("Claude-Sonnet-4", [65.75, 56.92, 22.29, 61.34, 34.00]),
    ("Claude-Opus-4", [65.23, 55.13, 21.83, 60.18, 33.33]),
    ("GPT-5-mini", [63.36, 50.25, 23.18, 56.81, 33.27]),
    ("GPT-4.1", [63.07, 54.63, 20.48, 58.85, 31.99]),
    ("Gemini-2.5-Pro (thinking)", [54.52, 46.83, 21.65, 50.67, 30.36]),
    ("Gemini-2.5-Pro", [57.46, 48.91, 20.51, 53.18, 30.31]),
    ("GPT-4o (latest)", [63.39, 51.71, 17.55, 57.55, 29.55]),
    ("Gemini-2.5-Flash", [47.53, 37.75, 19.88, 42.64, 26.71]),
    ("GPT-5-nano", [53.49, 35.70, 18.17, 44.59, 26.10]),
    ("Grok-4", [48.95, 30.54, 19.44, 39.74, 25.53]),
    ("GPT-4o (0806)", [54.03, 39.83, 15.87, 46.93, 25.19]),
    ("Doubao-seed-1.6-flash", [45.49, 32.06, 16.34, 38.78, 23.07]),
    ("Gemini-2.5-Flash-Lite", [28.95, 19.05, 13.29, 24.00, 16.50]),
    ("Kimi-VL (thinking)", [26.18, 12.23, 12.04, 19.20, 14.19]),
    ("Qwen3-VL (thinking)", [58.55, 46.13, 22.07, 52.34, 31.15]),
    ("Qwen2.5-VL-72B", [47.83, 28.25, 17.42, 38.04, 23.61]),
    ("Qwen2.5-VL-32B", [39.36, 23.30, 16.50, 31.33, 20.95]),
    ("Keye-VL-1.5-8B", [30.81, 15.49, 16.06, 23.15, 18.18]),
    ("MiniCPM-V-4.5", [31.18, 15.41, 15.58, 23.29, 17.89]),
    ("Qwen2.5-VL-7B", [28.92, 12.20, 13.28, 20.56, 15.47]),
    ("Mimo-VL-7B", [23.28, 4.99, 10.57, 14.14, 11.64]),
    ("GLM-4.5V", [16.31, 10.52, 10.11, 13.41, 11.10]),
    ("VideoLLaMA3-7B", [31.29, 11.86, 10.29, 21.58, 13.67]),
    ("InternVideo-2.5-Chat-8B", [17.27, 3.33, 9.97, 10.30, 10.07]),
];

#[test]
fn every_published_row_recomputes() {
    let mut farthest = 0.0_f64;
    for (model, [lfs, hfs, ifs, vfs, whole]) in PUBLISHED {
        let off = [vfs_of(lfs, hfs) - vfs, final_of(ifs, lfs, hfs) - whole];
        for off in off {
            assert!(off.abs() <= 0.011, "{model}: {off}");
            farthest = farthest.max(off.abs());
        }
    }
    println!("farthest from a published row: {farthest:.4}");
}

/// The first view and so many actions, all done, without anything to come of them.
fn replay(actions: u32) -> Vec<StepEvidence> {
    (0..=actions)
        .map(|step| StepEvidence {
            step,
            done: true,
            flagged: step == 0,
            has_checkpoint: step == 0,
            ..StepEvidence::default()
        })
        .collect()
}

fn flag(steps: &mut [StepEvidence], flagged: &[usize]) {
    for step in flagged {
        steps[*step].flagged = true;
        steps[*step].has_checkpoint = true;
    }
}

fn pair(screenshot: u32, checkpoint: u32) -> PicturePair {
    PicturePair { screenshot, checkpoint }
}

/// A likeness with the same value in all four parts.
fn alike(value: f64) -> Likeness {
    Likeness { ocr: Some(value), dino: Some(value), structure: Some(value), judge: Some(value) }
}

/// Pictures of one step are alike, others are not.
fn compared(protocol: Protocol, steps: &[StepEvidence]) -> Vec<Compared> {
    let likeness = |pair: PicturePair| {
        let same = if pair.screenshot == pair.checkpoint { 1.0 } else { 0.0 };
        Compared { pair, likeness: alike(same) }
    };
    pairs(protocol, steps).into_iter().map(likeness).collect()
}

fn scored(protocol: Protocol, steps: &[StepEvidence]) -> Scores {
    task_scores(protocol, steps, &compared(protocol, steps), VisualJudge::Vision)
}

fn value(scores: &Scores, metric: &str) -> f64 {
    scores.value(metric).unwrap_or_else(|| panic!("{metric}: {:?}", scores.get(metric)))
}

fn why(scores: &Scores, metric: &str) -> String {
    scores.get(metric).unwrap().explanation.clone()
}

#[test]
fn a_perfect_replay_is_one_and_its_scores_carry_their_cards() {
    let mut steps = replay(4);
    flag(&mut steps, &[1, 2, 3, 4]);
    let scores = scored(Protocol::V1, &steps);
    let ids: Vec<&str> = scores.scores.iter().map(|score| score.metric.as_str()).collect();
    let parts = ["ocr", "dino", "local.hfs", "local.final"];
    let cards: Vec<&str> = Protocol::V1.metrics().iter().map(|metric| metric.id).collect();
    assert_eq!(ids, [cards.as_slice(), parts.as_slice()].concat());
    for score in &scores.scores {
        assert_eq!((score.value, score.range, score.version), (Some(1.0), [0.0, 1.0], 1));
        assert!(!score.explanation.is_empty());
    }
    for protocol in Protocol::ALL {
        assert_eq!(Protocol::named(protocol.id()), Some(protocol));
    }
}

#[test]
fn weights_are_the_published_ones() {
    let mut steps = replay(4);
    steps[3].done = false;
    let likeness =
        Likeness { ocr: Some(0.8), dino: Some(0.6), structure: Some(0.1), judge: Some(0.5) };
    let compared = [Compared { pair: pair(0, 0), likeness }];
    for protocol in Protocol::ALL {
        let scores = task_scores(protocol, &steps, &compared, VisualJudge::Vision);
        assert_eq!(value(&scores, "ifs"), 0.5);
        assert!((value(&scores, "lfs") - 0.7).abs() < 1e-6);
        assert_eq!(value(&scores, "hfs"), 0.5);
        assert!((value(&scores, "vfs") - 0.6).abs() < 1e-6);
        assert!((value(&scores, "final") - (0.35 + 0.18)).abs() < 1e-6);
        assert!(scores.get("structure").is_none());
    }
}

#[test]
fn compat_sees_flagged_actions_one_step_early() {
    let mut steps = replay(3);
    flag(&mut steps, &[1, 2, 3]);
    assert_eq!(pairs(Protocol::V1, &steps), [pair(0, 0), pair(1, 1), pair(2, 2), pair(3, 3)]);
    assert_eq!(pairs(Protocol::Compat, &steps), [pair(0, 0), pair(0, 1), pair(1, 2), pair(2, 3)]);
    assert_eq!(value(&scored(Protocol::V1, &steps), "vfs"), 1.0);
    assert_eq!(value(&scored(Protocol::Compat, &steps), "vfs"), 0.25);
}

#[test]
fn compat_counts_checkpoints_by_their_place_in_the_list() {
    let mut steps = replay(4);
    flag(&mut steps, &[4]);
    // A checkpoint that no flag asks for moves the others along.
    steps[2].has_checkpoint = true;
    assert_eq!(pairs(Protocol::V1, &steps), [pair(0, 0), pair(4, 4)]);
    assert_eq!(pairs(Protocol::Compat, &steps), [pair(0, 0), pair(3, 2)]);
}

#[test]
fn compat_cuts_the_list_by_place_and_v1_by_step() {
    let mut steps = replay(8);
    flag(&mut steps, &[6, 7]);
    steps[3].assertion = Assertion::Fails;
    // Two actions succeeded: three entries stay, though two of them are of later steps.
    assert_eq!(pairs(Protocol::Compat, &steps), [pair(0, 0), pair(5, 6), pair(6, 7)]);
    assert_eq!(pairs(Protocol::V1, &steps), [pair(0, 0)]);
    for protocol in Protocol::ALL {
        assert_eq!(value(&scored(protocol, &steps), "ifs"), 0.25);
    }
    let why = why(&scored(Protocol::V1, &steps), "ifs");
    assert_eq!(why, "2 of 8 actions; what was to come of action 3 did not come");
}

#[test]
fn a_judge_that_cannot_be_read_passes_in_compat_and_leaves_v1_unscored() {
    let mut steps = replay(4);
    flag(&mut steps, &[1, 4]);
    steps[3].assertion = Some(None).into();
    let compat = scored(Protocol::Compat, &steps);
    assert_eq!(value(&compat, "ifs"), 1.0);
    assert_eq!(why(&compat, "ifs"), "4 of 4 actions; 1 passed without a verdict, as published");
    let v1 = scored(Protocol::V1, &steps);
    // Step 4 is flagged: whether its picture counts is as unknown.
    for metric in ["ifs", "lfs", "hfs", "vfs", "final", "vfs_all"] {
        assert_eq!(v1.value(metric), None, "{metric}");
    }
    assert_eq!(why(&v1, "ifs"), "not measured: the judge could not decide what came of action 3");
    // Where it makes no difference to the pictures, they are scored.
    steps[4].flagged = false;
    let v1 = scored(Protocol::V1, &steps);
    assert_eq!((v1.value("ifs"), v1.value("vfs"), v1.value("final")), (None, Some(1.0), None));
    // After the end of the row it makes no difference at all.
    steps[2].done = false;
    assert_eq!(value(&scored(Protocol::V1, &steps), "ifs"), 0.25);
}

#[test]
fn a_missing_answer_is_nothing_in_v1_and_in_no_mean_of_compat() {
    let mut steps = replay(2);
    flag(&mut steps, &[1]);
    steps[1].flagged = false;
    let rows = Protocol::ALL.map(|protocol| {
        let tasks = [scored(protocol, &steps), unanswered(protocol, "no answer")];
        LeaderboardRow::of(protocol, &tasks)
    });
    assert_eq!(rows[0].whole, Some(50.0));
    assert_eq!((rows[0].tasks, rows[0].counted, rows[0].vfs_all), (2, 2, Some(50.0)));
    assert_eq!(rows[1].whole, Some(100.0));
    assert_eq!((rows[1].tasks, rows[1].counted, rows[1].vfs_all), (2, 1, None));
}

#[test]
fn failing_early_cannot_raise_vfs_all() {
    let mut steps = replay(4);
    flag(&mut steps, &[2, 3, 4]);
    let likeness = |pair: PicturePair| Compared {
        pair,
        likeness: alike(if pair.checkpoint == 0 { 1.0 } else { 0.4 }),
    };
    let scored = |steps: &[StepEvidence]| {
        let compared: Vec<Compared> =
            pairs(Protocol::V1, steps).into_iter().map(likeness).collect();
        task_scores(Protocol::V1, steps, &compared, VisualJudge::Vision)
    };
    let whole = scored(&steps);
    steps[1].done = false;
    let early = scored(&steps);
    assert!(value(&early, "vfs") > value(&whole, "vfs"));
    assert!(value(&early, "vfs_all") < value(&whole, "vfs_all"));
    assert_eq!(value(&early, "vfs_all"), 0.25);
    assert!((value(&whole, "vfs_all") - 0.55).abs() < 1e-6);
    assert_eq!(why(&early, "vfs_all"), "1 of 4 flagged steps reached, the others 0");
    assert!(Protocol::Compat.metrics().iter().all(|metric| metric.id != "vfs_all"));
}

#[test]
fn without_models_v1_has_numbers_that_say_what_they_are_and_compat_has_none() {
    let mut steps = replay(2);
    steps[2].assertion = Assertion::Unasked;
    let likeness = Likeness { ocr: Some(0.9), structure: Some(0.5), ..Likeness::default() };
    let compared = [Compared { pair: pair(0, 0), likeness }];
    let v1 = task_scores(Protocol::V1, &steps, &compared, VisualJudge::Local);
    for metric in ["ifs", "lfs", "hfs", "vfs", "final"] {
        assert!(v1.value(metric).is_some(), "{metric}");
    }
    assert!((value(&v1, "lfs") - 0.7).abs() < 1e-6);
    assert!((value(&v1, "hfs") - (0.36 + 0.2 + 0.1)).abs() < 1e-6);
    assert!(why(&v1, "lfs").contains("structure in place of dino"));
    assert!(why(&v1, "hfs").starts_with("local: "));
    assert_eq!(why(&v1, "ifs"), "2 of 2 actions; 1 sentence unchecked, as there is no judge");
    assert!(v1.get("structure").is_some() && v1.get("dino").is_none());
    assert!(v1.get("local.hfs").is_none(), "it has the first name already");
    let compat = task_scores(Protocol::Compat, &steps, &compared, VisualJudge::Local);
    for metric in ["ifs", "lfs", "hfs", "vfs", "final", "dino"] {
        assert_eq!(compat.value(metric), None, "{metric}");
    }
    assert!(compat.get("structure").is_none());
    assert_eq!(why(&compat, "hfs"), "not measured: it takes a vision judge");
    assert_eq!(why(&compat, "lfs"), "not measured: there is no dino of step 0");
    steps[2].assertion = Assertion::None;
    let compat = task_scores(Protocol::Compat, &steps, &compared, VisualJudge::Local);
    assert_eq!(compat.value("ifs"), Some(1.0));
}

#[test]
fn a_picture_that_nobody_could_compare_is_no_zero() {
    let mut steps = replay(2);
    flag(&mut steps, &[2]);
    let mut compared = compared(Protocol::V1, &steps);
    compared[1].likeness.judge = None;
    let scores = task_scores(Protocol::V1, &steps, &compared, VisualJudge::Vision);
    assert_eq!((scores.value("lfs"), scores.value("hfs")), (Some(1.0), None));
    assert_eq!((scores.value("ifs"), scores.value("final")), (Some(1.0), None));
    assert_eq!(scores.value("local.final"), Some(1.0));
    compared[1].likeness.ocr = None;
    let scores = task_scores(Protocol::V1, &steps, &compared, VisualJudge::Vision);
    assert_eq!(why(&scores, "lfs"), "not measured: there is no ocr of step 2");
}

#[test]
fn a_page_that_was_not_opened_is_like_nothing() {
    let mut steps = replay(2);
    flag(&mut steps, &[1]);
    steps.iter_mut().for_each(|step| step.done = false);
    let scores = task_scores(Protocol::V1, &steps, &[], VisualJudge::Local);
    for metric in ["ifs", "lfs", "hfs", "vfs", "final", "vfs_all"] {
        assert_eq!(scores.value(metric), Some(0.0), "{metric}");
    }
}

#[test]
fn steps_may_come_in_any_order_and_a_lacking_one_ends_the_row() {
    let mut steps = replay(3);
    flag(&mut steps, &[2]);
    let scores = scored(Protocol::V1, &steps);
    steps.reverse();
    assert_eq!(scored(Protocol::V1, &steps), scores);
    steps.retain(|step| step.step != 2);
    let lacking = scored(Protocol::V1, &steps);
    assert_eq!(value(&lacking, "ifs"), 0.333333);
    assert_eq!(why(&lacking, "ifs"), "1 of 3 actions; nothing is known of action 2");
}

#[test]
fn a_task_without_actions_and_a_broken_replay_have_no_scores() {
    let scores = scored(Protocol::V1, &replay(0));
    assert_eq!((scores.value("ifs"), scores.value("vfs")), (None, Some(1.0)));
    for protocol in Protocol::ALL {
        let scores = unscored(protocol, "the browser broke");
        assert!(scores.scores.iter().all(|score| score.value.is_none()));
        assert_eq!(scores.scores.len(), protocol.metrics().len());
    }
}
