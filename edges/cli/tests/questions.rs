//! Questions about pages through the program: saved answers, what is missing, and the published
//! sample.
#![expect(clippy::unwrap_used, reason = "tests start the program and read its files")]
#![expect(clippy::disallowed_methods, reason = "tests start the program")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn run(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pageloom"));
    command.args(args).stdin(Stdio::null());
    for name in ["PAGELOOM_WORKERS", "PAGELOOM_BROWSER", "PAGELOOM_DEADLINE", "PAGELOOM_VIEWPORT"] {
        command.env_remove(name);
    }
    command.output().unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The summary of an evaluation that must end well.
fn evaluate(suite: &str, model: &str, out: &Path) -> Value {
    let output =
        run(&["eval", suite, "--model", model, "--out", text(out), "--format", "json", "-q"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn mean(summary: &Value, metric: &str) -> Option<f64> {
    summary["scores"][metric]["mean"].as_f64()
}

/// Four questions about one small page: yes, yes, no, no.
fn small_suite(folder: &Path, protocol: &str) {
    fs::create_dir_all(folder.join("shop")).unwrap();
    let page = "<!doctype html><title>Shop</title><h1>Bread</h1><button>Buy</button>\
                <p><b>Price</b> <span>3 euros</span></p>";
    fs::write(folder.join("shop/index.html"), page).unwrap();
    let mut suite = format!("name = \"small\"\nprotocol = \"{protocol}\"\n");
    for (id, question, gold) in [
        ("a", "Is there a button?", "yes"),
        ("b", "Is there a heading?", "yes"),
        ("c", "Is there a table?", "no"),
        ("d", "Is there a video?", "no"),
    ] {
        suite += &format!(
            "[[question]]\nid = \"{id}\"\npage = \"shop\"\ntext = \"{question}\"\ngold = \"{gold}\"\n"
        );
    }
    fs::write(folder.join("suite.toml"), suite).unwrap();
}

#[test]
fn saved_answers_are_counted_as_each_protocol_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let answers = folder.path().join("answers");
    fs::create_dir(&answers).unwrap();
    fs::write(answers.join("a.txt"), "<think>no</think>It does: yes.").unwrap();
    fs::write(answers.join("b.txt"), "Yes</s>").unwrap();
    fs::write(answers.join("c.txt"), "NONE").unwrap();
    let replay = format!("replay:{}", answers.display());

    small_suite(folder.path(), "web2code-wub/v1");
    let out = folder.path().join("v1");
    let summary = evaluate(text(folder.path()), &replay, &out);
    // Right: a and b. Unreadable: c. Missing: d.
    assert_eq!(mean(&summary, "overall"), Some(0.5));
    assert_eq!(summary["scores"]["overall"]["n"], 4);
    // The published match takes b and c of three answers.
    assert_eq!(mean(&summary, "wub.compat").map(|mean| (mean * 3.0).round()), Some(2.0));
    assert_eq!(summary["scores"]["wub.compat"]["n"], 3);
    assert_eq!(mean(&summary, "wub.said_yes"), Some(1.0));
    assert_eq!(mean(&summary, "wub.gold_yes"), Some(0.5));
    let counts = &summary["counts"];
    assert_eq!((&counts["answered"], &counts["rendered"]), (&3.into(), &0.into()));
    assert_eq!(counts["faults"]["page/no_answer"], 1);

    small_suite(folder.path(), "web2code-wub/compat");
    let summary = evaluate(text(folder.path()), &replay, &folder.path().join("compat"));
    assert_eq!(summary["scores"]["overall"], summary["scores"]["wub.compat"]);

    let file = folder.path().join("answers.jsonl");
    let line = |id: &str, pred: &str| {
        format!(
            "{{\"q_id\": \"{id}\", \"image\": \"x.png\", \"pred\": \"{pred}\", \"actual\": \"?\"}}\n"
        )
    };
    fs::write(&file, line("a", "yes") + &line("b", "yes") + &line("c", "No") + &line("d", "no"))
        .unwrap();
    let replay = format!("replay:{}", file.display());
    let summary = evaluate(text(folder.path()), &replay, &folder.path().join("file"));
    assert_eq!(mean(&summary, "overall"), Some(1.0));

    let report = run(&["report", text(&out), "--format", "json"]);
    let report: Value = serde_json::from_slice(&report.stdout).unwrap();
    let asked = &report["runs"][0]["samples"][3]["questioning"];
    assert_eq!((&asked["question"], &asked["gold"]), (&"Is there a video?".into(), &"No".into()));
    assert_eq!(asked["answer"], Value::Null);
    let table = run(&["report", text(&out)]);
    assert!(String::from_utf8_lossy(&table.stdout).contains('–'), "nothing was to be rendered");
}

#[test]
fn dom_baseline_answers_what_stands_in_the_dom_and_resumes_to_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    small_suite(folder.path(), "web2code-wub/v1");
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    let summary = evaluate(text(folder.path()), "baseline:dom", &one);
    assert_eq!(mean(&summary, "overall"), Some(1.0));
    assert_eq!(evaluate(text(folder.path()), "baseline:dom", &one), summary);
    assert_eq!(evaluate(text(folder.path()), "baseline:dom", &two), summary);
    let summary_bytes = |run: &Path| fs::read(run.join("summary.json")).unwrap();
    assert_eq!(summary_bytes(&one), summary_bytes(&two));
}

#[test]
fn given_answer_is_escaped_in_the_html_report() {
    let folder = tempfile::tempdir().unwrap();
    let answers = folder.path().join("answers");
    fs::create_dir(&answers).unwrap();
    let hostile = "yes</script><script>document.title='owned'</script>";
    for id in ["a", "b", "c", "d"] {
        fs::write(answers.join(format!("{id}.txt")), hostile).unwrap();
    }
    small_suite(folder.path(), "web2code-wub/v1");
    let (out, report) = (folder.path().join("run"), folder.path().join("report"));
    evaluate(text(folder.path()), &format!("replay:{}", answers.display()), &out);
    let output = run(&["report", text(&out), "--format", "html", "--out", text(&report)]);
    assert_eq!(output.status.code(), Some(0));
    let detail = fs::read_to_string(report.join("data/r0/0.js")).unwrap();
    assert!(detail.contains("questioning"), "{detail}");
    assert!(!detail.contains("</script>"), "{detail}");
}

#[test]
fn published_sample_is_answered_from_the_dom_far_above_chance() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/websrc");
    if !data.is_dir() {
        eprintln!("skipped: {} is not there", data.display());
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let summary = evaluate(text(&data), "baseline:dom", &folder.path().join("run"));
    assert_eq!(summary["counts"]["answered"], 15);
    assert!(mean(&summary, "websrc.f1").unwrap() > 0.6, "{summary}");
    assert!(mean(&summary, "websrc.path_overlap").unwrap() > 0.5, "{summary}");
}
