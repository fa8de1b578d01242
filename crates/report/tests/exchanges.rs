//! What every renderer says of the questions to models and of two judges, on the kept run of format
//! 1.1. Set `PAGELOOM_BLESS=1` to write the committed texts anew.

#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a test that cannot read its fixture has failed; blessing is asked for by environment"
)]

use std::path::{Path, PathBuf};

use pageloom_report::{
    RunLog, Usage, compare, csv, json, judge_pairs, judge_tables, load, sample_table, table,
    write_html,
};
use pageloom_schema::TaskId;
use serde_json::Value;

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn fixture(name: &str) -> PathBuf {
    here().join("../../fixtures/formats").join(name)
}

fn asked_run() -> RunLog {
    load(&fixture("v1.1/asked-run")).expect("a run")
}

/// The same candidates, judged by the local judge alone.
fn judged_locally() -> RunLog {
    let mut run = asked_run();
    run.folder = PathBuf::from("local");
    run.manifest.judge = "local".to_owned();
    run.exchanges.clear();
    for sample in run.samples.values_mut() {
        let scores = &mut sample.scores.scores;
        scores.retain(|score| score.metric.starts_with("local.") || score.metric == "ssim");
        for score in scores {
            score.metric = match score.metric.strip_prefix("local.") {
                Some("overall") => "overall".to_owned(),
                Some(part) => format!("wcgb.{part}"),
                None => score.metric.clone(),
            };
        }
    }
    run
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

#[test]
fn format_one_point_one_still_opens() {
    let run = asked_run();
    assert_eq!((run.samples.len(), run.exchanges.len()), (5, 5));
    let barnacle = TaskId::new("barnacle").expect("a task id");
    assert_eq!(run.exchanges[&barnacle].len(), 3);
    assert!(run.is_interrupted());
}

#[test]
fn a_log_of_format_one_asked_nothing() {
    let run = load(&fixture("v1/small-run")).expect("a run");
    assert!(run.exchanges.is_empty());
    assert_eq!(Usage::of(&run), Usage::default());
    assert!(!table(&[run], 100).contains("question"));
}

#[test]
fn the_terminal_report_is_as_committed() {
    let runs = [asked_run(), judged_locally()];
    let text = table(&runs, 120) + &judge_tables(&runs, 120) + "\n" + &sample_table(&runs[0], 120);
    assert_snapshot("asked.txt", &text);
    let wide = |line: &&str| line.chars().count() > 120;
    assert!(text.lines().filter(wide).all(|line| line.contains(" questions, ")), "{text}");
    assert!(!text.chars().any(|c| c != '\n' && c.is_control()), "{text:?}");
}

#[test]
fn usage_and_judges_are_in_the_json_document() {
    let document: Value = serde_json::from_str(&json(&[asked_run()])).expect("JSON");
    let run = &document["runs"][0];
    let total = &run["usage"]["total"];
    assert_eq!((&total["questions"], &total["asked"]), (&Value::from(9), &Value::from(8)));
    assert_eq!((&total["cut_off"], &total["refused"]), (&Value::from(1), &Value::from(1)));
    assert_eq!(run["usage"]["parts"].as_array().map(Vec::len), Some(4));
    assert_eq!(run["judges"][0]["metric"], "overall");
    assert_eq!(run["judges"].as_array().map(Vec::len), Some(15));
}

#[test]
fn csv_tells_the_cost_of_each_sample() {
    let text = csv(&[asked_run()]);
    let cells = |task: &str| {
        let row = text.lines().find(|line| line.contains(&format!(",{task},"))).expect("a row");
        row.split(',').skip(10).take(5).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(cells("abalone"), ["2", "2", "2381", "150", "0.002981"]);
    assert_eq!(cells("barnacle"), ["2", "1", "776", "8192", "0.05"], "taken again, paid once");
    assert_eq!(cells("conch"), ["2", "2", "1605", "63", ""], "no price is not nothing");
}

#[test]
fn both_judges_are_held_against_each_other() {
    let pairs = judge_pairs(&asked_run());
    let ids: Vec<&str> = pairs.iter().map(|pair| pair.metric.as_str()).collect();
    assert_eq!(ids[..5], ["overall", "wcgb.vsa", "wcgb.cad", "wcgb.tcc", "wcgb.uii"]);
    assert!(pairs.iter().all(|pair| pair.n == 4), "the lost sample has no scores");
    let layout = pairs.iter().find(|pair| pair.metric == "wcgb.layout_consistency").expect("it");
    // 8 5 2 1 against 7 4 5 3: two exchanged neighbours among four.
    assert_eq!((layout.spearman, layout.kendall), (Some(0.8), Some(0.666_666_667)));
    let constant = pairs.iter().find(|pair| pair.metric == "wcgb.uii").expect("it");
    assert_eq!((constant.spearman, constant.kendall), (None, None));
}

#[test]
fn runs_of_the_same_pages_with_other_judges_have_a_rank_correlation() {
    let comparison = compare(&judged_locally(), &asked_run());
    let overall = &comparison.metrics[0];
    let beside = &judge_pairs(&asked_run())[0];
    assert_eq!((overall.metric.as_str(), overall.n), ("overall", 4));
    assert_eq!((overall.spearman, overall.kendall), (beside.spearman, beside.kendall));
    assert_eq!(overall.difference, beside.difference);
    assert!(comparison.notes.iter().any(|note| note.contains("judges differ")));
    let text = comparison.table(160);
    assert!(text.contains("Spearman") && text.contains("Kendall"), "{text}");
}

#[test]
fn a_judge_that_spreads_less_is_better() {
    let mut steady = asked_run();
    for score in steady.samples.values_mut().flat_map(|sample| &mut sample.scores.scores) {
        if score.metric == "judge.spread" {
            score.value = Some(0.0);
        }
    }
    let comparison = compare(&asked_run(), &steady);
    let spread = comparison.metrics.iter().find(|m| m.metric == "judge.spread").expect("it");
    assert_eq!((spread.wins, spread.losses), (4, 0));
    assert!(comparison.table(200).contains("B better"));
}

#[test]
fn a_sample_holds_its_questions_and_answers_in_its_own_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("report");
    write_html(&[asked_run()], &out).expect("a report");
    let index = std::fs::read_to_string(out.join("data/index.js")).expect("the index");
    assert!(!index.contains("You rebuild webpages"), "texts are loaded with the sample");

    let abalone = data(&out, "data/r0/0.js")["exchanges"].clone();
    let [candidate, judge] = abalone["shown"].as_array().expect("a list").as_slice() else {
        panic!("{abalone}")
    };
    assert_eq!(candidate["purpose"], "candidate");
    assert!(candidate["reply"]["text"].as_str().is_some_and(|text| text.contains("Abalone")));
    let parts = candidate["question"]["parts"].as_array().expect("parts");
    let picture = parts[0]["picture"].as_str().expect("a picture");
    assert!(out.join(picture).is_file());
    assert_eq!(
        (&judge["attempts"], &judge["question"]["form"]),
        (&Value::from(3), &Value::from("page_criteria"))
    );
    let barnacle = &data(&out, "data/r0/1.js")["exchanges"];
    assert_eq!(barnacle["shown"].as_array().map(Vec::len), Some(2), "{barnacle}");
}

#[test]
fn hostile_questions_and_answers_stay_text() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("report");
    write_html(&[asked_run()], &out).expect("a report");
    let hostile = data(&out, "data/r0/3.js")["exchanges"]["shown"].clone();
    assert_eq!(
        (&hostile[0]["purpose"], &hostile[1]["model"]),
        (&Value::from("__proto__"), &Value::from("__proto__"))
    );
    let text = hostile[0]["reply"]["text"].as_str().expect("a reply");
    assert!(text.contains("</script>") && text.contains('\u{2028}') && text.contains('\0'));
    let parts = hostile[0]["question"]["parts"].as_array().expect("parts");
    let found: Vec<bool> = parts.iter().map(|part| part["picture"].is_string()).collect();
    assert_eq!(found, [false, false, false, true], "only what lies in the run's blobs");
    assert_eq!(
        (&hostile[1]["question"], &hostile[1]["reply"], &hostile[1]["cost"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    let lost = data(&out, "data/r0/4.js")["exchanges"]["shown"].clone();
    assert_eq!((&lost[0]["question"], &lost[0]["reply"]), (&Value::Null, &Value::Null));
    for key in ["data/index.js", "data/r0/3.js"] {
        assert!(!has_key(&data(&out, key), "__proto__"), "{key}: names are values");
    }
}

fn has_key(value: &Value, key: &str) -> bool {
    match value {
        Value::Object(map) => map.iter().any(|(name, value)| name == key || has_key(value, key)),
        Value::Array(list) => list.iter().any(|value| has_key(value, key)),
        _ => false,
    }
}

#[test]
fn a_reply_of_five_megabytes_is_cut() {
    let folder = tempfile::tempdir().expect("a folder");
    let shard = folder.path().join("run/blobs/ab");
    std::fs::create_dir_all(&shard).expect("a folder");
    let long = serde_json::json!({
        "reply": { "text": "é</script>".repeat(500_000), "finish": "cut_off", "tokens": null },
    });
    std::fs::write(shard.join("abababab.json"), long.to_string()).expect("written");
    let mut run = asked_run();
    run.folder = folder.path().join("run");
    for exchange in run.exchanges.values_mut().flatten() {
        exchange.reply = "ab/abababab.json".to_owned();
    }
    let out = folder.path().join("report");
    write_html(&[run], &out).expect("a report");
    let reply = &data(&out, "data/r0/0.js")["exchanges"]["shown"][0]["reply"];
    assert_eq!(reply["bytes"], 5_500_000);
    assert!(reply["text"].as_str().is_some_and(|text| (130_000..=131_072).contains(&text.len())));
}

#[test]
fn more_answers_than_a_page_can_hold_are_counted() {
    let mut run = asked_run();
    for list in run.exchanges.values_mut() {
        let first = list.first().cloned().expect("an exchange");
        *list = (0..1_000)
            .map(|number| pageloom_schema::Exchange { key: number.to_string(), ..first.clone() })
            .collect();
    }
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("report");
    write_html(&[run], &out).expect("a report");
    let exchanges = &data(&out, "data/r0/0.js")["exchanges"];
    assert_eq!(
        (exchanges["shown"].as_array().map(Vec::len), &exchanges["left_out"]),
        (Some(200), &Value::from(800))
    );
}
