//! What every renderer says of pages in use, on the kept runs of format 1.2. Set `PAGELOOM_BLESS=1` to
//! write the committed texts anew.

#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a test that cannot read its fixture has failed; blessing is asked for by environment"
)]

use std::path::{Path, PathBuf};

use pageloom_report::{
    RunLog, compare, csv, headline, json, junit, load, metrics_of, sample_table, table, write_html,
};
use pageloom_schema::{FORMAT_MINOR, InteractionTrace, TaskId};
use serde_json::Value;

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn fixture(name: &str) -> PathBuf {
    here().join("../../fixtures/formats").join(name)
}

fn interactive_run() -> RunLog {
    load(&fixture("v1.2/interactive-run")).expect("a run")
}

fn website_run() -> RunLog {
    load(&fixture("v1.2/website-run")).expect("a run")
}

fn task(id: &str) -> TaskId {
    TaskId::new(id).expect("a task id")
}

fn assert_snapshot(name: &str, text: &str) {
    let path = here().join("tests/snapshots").join(name);
    if std::env::var_os("PAGELOOM_BLESS").is_some() {
        std::fs::write(&path, text).expect("written");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == text, "`{name}` differs; PAGELOOM_BLESS=1 writes it anew. Now:\n{text}");
}

/// The value that the script at `place` hands to the viewer.
fn data(out: &Path, place: &str) -> Value {
    let text = std::fs::read_to_string(out.join(place)).expect("a script");
    assert!(!text.contains(['<', '>', '\u{2028}', '\u{2029}']), "{place} could close its script");
    let (_, value) = text.split_once(',').expect("a value");
    serde_json::from_str(value.trim_end().trim_end_matches(");")).expect("JSON")
}

fn report(runs: &[RunLog]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("report");
    write_html(runs, &out).expect("a report");
    (folder, out)
}

fn has_key(value: &Value, key: &str) -> bool {
    match value {
        Value::Object(map) => map.iter().any(|(name, value)| name == key || has_key(value, key)),
        Value::Array(list) => list.iter().any(|value| has_key(value, key)),
        _ => false,
    }
}

#[test]
fn format_one_point_two_still_opens() {
    let run = interactive_run();
    assert_eq!(run.manifest.format, [1, 2]);
    const { assert!(FORMAT_MINOR >= 2) };
    assert!(run.is_interrupted());
    let steps = |id: &str| run.samples[&task(id)].interaction.as_ref().map(|t| t.steps.len());
    assert_eq!((steps("basket"), steps("hostile")), (Some(4), Some(4)));
    let websites = website_run();
    assert!(!websites.is_interrupted());
    assert_eq!(websites.samples[&task("shop")].tests.len(), 5);
}

#[test]
fn steps_of_an_unfinished_sample_are_those_of_the_last_process() {
    let run = interactive_run();
    assert_eq!(run.unfinished.keys().map(TaskId::as_str).collect::<Vec<_>>(), ["stopped"]);
    let numbers = |trace: &InteractionTrace| trace.steps.iter().map(|s| s.step).collect::<Vec<_>>();
    assert_eq!(numbers(&run.unfinished[&task("stopped")]), [0, 1]);
    assert!(website_run().unfinished.is_empty());
}

#[test]
fn the_terminal_report_is_as_committed() {
    let mut text = String::new();
    for run in [interactive_run(), website_run()] {
        text += &(table(std::slice::from_ref(&run), 120) + "\n" + &sample_table(&run, 120) + "\n");
    }
    let mut better = interactive_run();
    better.manifest.model = "fake:better".to_owned();
    for score in better.samples.values_mut().flat_map(|sample| &mut sample.scores.scores) {
        score.value = score.value.map(|value| (value + 0.1).min(1.0));
    }
    text += &compare(&interactive_run(), &better).table(120);
    assert_snapshot("interactions.txt", &text);
    assert!(text.lines().all(|line| line.chars().count() <= 120));
    assert!(!text.chars().any(|c| c != '\n' && c.is_control()), "{text:?}");
}

#[test]
fn each_benchmark_has_its_headline() {
    let of = |runs: &[RunLog]| headline(&metrics_of(runs)).map(|metric| metric.id.clone());
    assert_eq!(of(&[interactive_run()]).as_deref(), Some("final"));
    assert_eq!(of(&[website_run()]).as_deref(), Some("fsr"));
    let pages = load(&fixture("v1/small-run")).expect("a run");
    assert_eq!(of(&[pages]).as_deref(), Some("overall"));
    let metrics = metrics_of(&[website_run()]);
    let grade = metrics.iter().find(|metric| metric.id == "aas").expect("it");
    assert_eq!(grade.range, [0.0, 5.0]);
}

#[test]
fn json_tells_steps_and_tests_of_each_sample() {
    let text = json(&[interactive_run(), website_run()]);
    assert_snapshot("interactions.json", &text);
    let document: Value = serde_json::from_str(&text).expect("JSON");
    let samples = &document["runs"][0]["samples"];
    assert_eq!(
        (&samples[0]["steps_done"], &samples[0]["first_failed_step"]),
        (&3.into(), &Value::Null)
    );
    assert_eq!(
        (&samples[1]["steps_done"], &samples[1]["first_failed_step"]),
        (&1.into(), &2.into())
    );
    assert_eq!(
        samples[0]["steps"][1]["action"],
        "Click “the “Add to basket” button of the first tea”"
    );
    assert_eq!(samples[0]["steps"][3]["verdict"], "unjudged");
    assert_eq!(samples[1]["steps"][2]["outcome"]["reason"], "ambiguous");
    assert_eq!(document["runs"][1]["samples"][0]["tests"][3]["verdict"], Value::Null);
    assert!(!text.chars().any(|c| c == '\u{1b}' || c == '\u{202e}'));
}

#[test]
fn csv_tells_how_far_each_sample_came() {
    let text = csv(&[interactive_run(), website_run()]);
    let header: Vec<&str> = text.lines().next().expect("a header").split(',').collect();
    let place = header.iter().position(|name| *name == "first_failed_step").expect("it");
    assert_eq!(header[place + 1], "steps_done");
    let cells = |start: &str| {
        let row = text.lines().find(|line| line.contains(start)).expect("a row");
        row.split(',').skip(place).take(2).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(cells(",basket,"), ["", "3"]);
    assert_eq!(cells(",stopped,"), ["", ""]);
    assert_eq!(cells(",shop,"), ["", ""]);
    let hostile = text.lines().find(|line| line.contains(",hostile,")).expect("a row");
    assert!(hostile.contains(",2,1,"), "{hostile}");
}

#[test]
fn junit_names_the_first_failing_step() {
    let text = junit(&[interactive_run(), website_run()]);
    assert_snapshot("interactions.xml", &text);
    assert_eq!(text.matches("<failure").count(), 1);
    assert!(text.contains("failures=\"1\""), "{text}");
    let failure = text.lines().find(|line| line.contains("<failure")).expect("a failure");
    assert!(failure.contains("type=\"step/ambiguous\" message=\"step 2, Click “"), "{failure}");
    assert!(failure.contains("several elements fit equally well: 2 elements"), "{failure}");
    assert!(!text.contains("<script") && !text.contains('\u{1b}') && !text.contains('\u{202e}'));
}

#[test]
fn a_sample_holds_its_steps_and_only_pictures_of_the_run() {
    let (_folder, out) = report(&[interactive_run()]);
    let basket = data(&out, "data/r0/0.js")["interaction"].clone();
    assert_eq!((&basket["done"], &basket["total"]), (&3.into(), &3.into()));
    assert_eq!(basket["first_failing"], Value::Null);
    let verdicts: Vec<_> =
        basket["steps"].as_array().expect("steps").iter().map(|s| &s["verdict"]).collect();
    assert_eq!(verdicts, ["passed", "passed", "passed", "unjudged"]);
    let picture = &basket["steps"][1]["difference"];
    assert_eq!((&picture["width"], &picture["height"]), (&64.into(), &40.into()));
    assert!(out.join(picture["path"].as_str().expect("a path")).is_file());
    assert_eq!(basket["steps"][1]["checks"][1]["compiled"], true);
    assert_eq!(basket["steps"][2]["destination"]["method"], "marks");

    let hostile = data(&out, "data/r0/1.js");
    let steps = &hostile["interaction"]["steps"];
    assert_eq!(hostile["interaction"]["first_failing"], 2);
    assert_eq!(
        (&steps[0]["reference"], &steps[0]["missing"][0]),
        (&Value::Null, &"reference".into())
    );
    assert_eq!(
        (&steps[1]["candidate"], &steps[1]["missing"][0]),
        (&Value::Null, &"candidate".into())
    );
    assert_eq!(steps[0]["visual"], serde_json::json!([["__proto__", 0.5], ["constructor", 0.25]]));
    assert!(!has_key(&hostile, "__proto__"), "names are values");
    let quoted = steps[2]["phrase"][1][0].as_str().expect("a description");
    assert_eq!(quoted.chars().count(), 301, "cut to what a line can hold");
}

#[test]
fn an_unfinished_sample_shows_the_steps_that_are_known() {
    let (_folder, out) = report(&[interactive_run()]);
    assert_eq!(data(&out, "data/r0.js")["begun"], serde_json::json!([2]));
    let stopped = data(&out, "data/r0/2.js");
    assert_eq!(stopped["interaction"]["steps"].as_array().map(Vec::len), Some(2));
    assert_eq!(stopped.as_object().map(serde_json::Map::len), Some(1));
}

#[test]
fn a_website_holds_its_tests_with_their_moves() {
    let (_folder, out) = report(&[website_run()]);
    let shop = data(&out, "data/r0/0.js");
    let cases = shop["tests"]["cases"].as_array().expect("tests");
    let verdicts: Vec<_> = cases.iter().map(|case| &case["verdict"]).collect();
    assert_eq!(
        verdicts,
        [&Value::from("yes"), &"partial".into(), &"no".into(), &Value::Null, &"no".into()]
    );
    assert_eq!(cases[0]["moves"][0]["picture"]["width"], 64);
    assert_eq!(cases[2]["moves"][1]["missing"], true);
    assert_eq!(cases[4]["moves"][0]["picture"], Value::Null);
    assert!(!has_key(&shop, "__proto__"));
    let pages = data(&out, "data/r0/1.js");
    assert_eq!(pages["tests"]["cases"][0]["verdict"], "not_started");
}

#[test]
fn more_steps_than_a_page_can_hold_are_counted() {
    let mut run = interactive_run();
    let sample = run.samples.get_mut(&task("basket")).expect("it");
    let trace = sample.interaction.as_mut().expect("steps");
    let step = trace.steps[1].clone();
    trace.steps.extend((4..1_000).map(|number| {
        let mut step = step.clone();
        step.step = number;
        step
    }));
    let (_folder, out) = report(&[run]);
    let strip = data(&out, "data/r0/0.js")["interaction"].clone();
    assert_eq!(strip["steps"].as_array().map(Vec::len), Some(500));
    assert_eq!((&strip["left_out"], &strip["done"]), (&500.into(), &999.into()));
}

#[test]
fn pages_that_are_only_looked_at_have_no_steps() {
    let run = load(&fixture("v1/small-run")).expect("a run");
    assert!(run.unfinished.is_empty());
    let (_folder, out) = report(&[run]);
    let sample = data(&out, "data/r0/3.js");
    assert!(!has_key(&sample, "interaction") && !has_key(&sample, "tests"));
}
