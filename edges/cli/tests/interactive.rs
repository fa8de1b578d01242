//! Interactive tasks through the program: recorded, listed, evaluated, and what is wrong with a request
//! for them.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests start the program and read its files"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const WEIGHTS: &str = "../../crates/vision/tests/fixtures/dinov2-tiny";

const PAGE: &str = "<!doctype html><html lang=en><title>Counter</title>\
    <body style='font:20px Arial;margin:20px'><h1>Counter</h1><p>Count: <b id=n>0</b></p>\
    <button onclick='n.textContent=+n.textContent+1'>Add</button></html>";

const SCRIPT: &str = r#"id = "counter"
title = "Counter"
site = "site"
viewport = "400x300"
frame_rate = 1

[[action]]
type = "Click"
description = 'the button "Add"'
target = { role = "button", name = "Add" }
assertion = "what was counted so far has gone up by one"
check = [{ kind = "text_visible", text = "Count: 1" }]

[[action]]
type = "Click"
description = 'the button "Add"'
"#;

fn run(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pageloom"));
    let names = ["WORKERS", "BROWSER", "DEADLINE", "VIEWPORT", "DINO", "ANSWERS", "STORE"];
    for name in names {
        command.env_remove(format!("PAGELOOM_{name}"));
    }
    command.args(args).stdin(Stdio::null()).output().unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn json(output: &Output) -> Value {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn bundled() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../suites/interactive")
}

/// A script and its page, in a folder of their own.
fn script(folder: &Path, text: &str) -> PathBuf {
    std::fs::create_dir_all(folder.join("site")).unwrap();
    std::fs::write(folder.join("site/index.html"), PAGE).unwrap();
    let file = folder.join("script.toml");
    std::fs::write(&file, text).unwrap();
    file
}

/// An evaluation of one bundled task.
fn cart(folder: &Path, more: &[&str]) -> Output {
    let (suite, out, store) = (bundled(), folder.join("run"), folder.join("store"));
    let fixed =
        ["--store", text(&store), "eval", text(&suite), "--only", "cart", "--out", text(&out)];
    let all: Vec<&str> =
        fixed.iter().chain(["--format", "json", "--quiet"].iter()).chain(more).copied().collect();
    run(&all)
}

#[test]
fn bundled_page_of_one_task_has_every_score() {
    let folder = tempfile::tempdir().unwrap();
    let summary = json(&cart(folder.path(), &["--model", "baseline:oracle"]));
    assert_eq!(summary["counts"]["tasks"], 1);
    for metric in ["ifs", "lfs", "hfs", "vfs", "vfs_all", "final"] {
        assert_eq!(summary["scores"][metric]["mean"], 1.0, "{metric}");
    }
    // The words of the task alone lead to the same elements.
    let other = tempfile::tempdir().unwrap();
    let by_words = json(&cart(other.path(), &["--model", "baseline:oracle", "--ground", "local"]));
    assert_eq!(by_words["scores"]["ifs"]["mean"], 1.0);
    let manifest = std::fs::read(other.path().join("run/run.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    assert_eq!(manifest["asking"]["ground"], "local");
}

#[test]
fn stand_in_is_asked_for_a_page_from_end_to_end() {
    let folder = tempfile::tempdir().unwrap();
    let summary = json(&cart(folder.path(), &["--model", "fake:any"]));
    assert_eq!(summary["counts"]["answered"], 1);
    assert_eq!(summary["scores"]["ifs"]["mean"], 0.0);
    assert!(summary["scores"]["final"]["mean"].as_f64().unwrap() < 0.3);
}

#[test]
fn script_is_recorded_listed_and_evaluated() {
    let folder = tempfile::tempdir().unwrap();
    let script = script(folder.path(), SCRIPT);
    let file = folder.path().join("tasks.jsonl");
    let recorded =
        json(&run(&["record", text(&script), "--out", text(&file), "--format", "json", "-q"]));
    assert_eq!(recorded[0]["id"], "counter");
    assert_eq!((&recorded[0]["actions"], &recorded[0]["checks"]), (&2.into(), &1.into()));
    assert!(folder.path().join("tasks/counter/video.mp4").is_file());
    let listed = json(&run(&["tasks", text(&file), "--format", "json"]));
    assert_eq!(listed["tasks"], 1, "{listed}");
    assert_eq!(listed["actions"], 2, "{listed}");
    assert!(run(&["tasks", text(&file)]).status.success());
    let out = folder.path().join("run");
    let args = ["eval", text(&file), "--model", "baseline:oracle", "--out", text(&out)];
    let summary = json(&run(&[&args[..], &["--format", "json", "-q"]].concat()));
    assert_eq!(summary["scores"]["final"]["mean"], 1.0);
}

#[test]
fn script_that_does_not_hold_is_refused_with_file_action_and_reason() {
    let folder = tempfile::tempdir().unwrap();
    let script = script(folder.path(), &SCRIPT.replace("Count: 1", "Count: 7"));
    let file = folder.path().join("tasks.jsonl");
    let output = run(&["record", text(&script), "--out", text(&file), "-q"]);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    for words in ["script.toml", "action[1].check", "Count: 7", "hint:"] {
        assert!(stderr(&output).contains(words), "`{words}`: {}", stderr(&output));
    }
    assert!(!file.exists());
}

#[test]
fn published_rules_need_a_judge_and_an_embedding() {
    let folder = tempfile::tempdir().unwrap();
    let compat = ["--model", "baseline:oracle", "--protocol", "iwr-bench/compat"];
    let weights = Path::new(env!("CARGO_MANIFEST_DIR")).join(WEIGHTS);
    let weights = ["--dino", text(&weights)];
    for more in [&[][..], &["--judge", "fake:any"], &weights] {
        let output = cart(folder.path(), &[&compat[..], more].concat());
        assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
        for words in ["iwr-bench/compat", "--judge", "--dino", "iwr-bench/v1"] {
            assert!(stderr(&output).contains(words), "`{words}`: {}", stderr(&output));
        }
    }
    assert!(!folder.path().join("run").exists(), "it is said before anything is begun");
    // The stand-in says yes or no as it likes, and never a grade.
    let both = [&compat[..], &["--judge", "fake:any"], &weights].concat();
    let summary = json(&cart(folder.path(), &both));
    assert_eq!(summary["scores"]["ifs"]["n"], 1);
    // As published, a step is held against the checkpoint of the next one.
    let likeness = summary["scores"]["lfs"]["mean"].as_f64().unwrap();
    assert!((0.5..1.0).contains(&likeness), "{likeness}");
    assert_eq!(summary["scores"]["hfs"]["n"], 0);
}

#[test]
fn wrong_requests_are_named_before_anything_is_begun() {
    let folder = tempfile::tempdir().unwrap();
    let (suite, out) = (bundled(), folder.path().join("run"));
    let oracle = ["--model", "baseline:oracle", "--out", text(&out)];
    for (args, code, words) in [
        (vec!["eval", text(&suite), "--ground", "magic"], 2, "`magic` is no way to find elements"),
        (vec!["eval", text(&suite), "--only", "carts"], 2, "has no task `carts`"),
        (vec!["eval", text(&suite), "--data", "x.jsonl"], 2, "--data goes with"),
        (vec!["eval", "iwr-bench"], 2, "--data FILE.jsonl"),
        (vec!["eval", "iwr-bench", "--data", "no/such.jsonl"], 3, "no/such.jsonl"),
        (vec!["eval", text(&suite), "--dino", "no/such/folder"], 2, "--dino"),
        (vec!["eval", text(&suite), "--judge", "somebody"], 3, "somebody"),
    ] {
        let output = run(&[&args[..], &oracle[..]].concat());
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(words), "{args:?}: {}", stderr(&output));
        assert!(stderr(&output).contains("hint:"), "{args:?}: {}", stderr(&output));
        assert!(!out.exists(), "{args:?}");
    }
}

#[test]
fn broken_line_of_a_task_file_is_named_with_its_field() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tasks.jsonl");
    let good = std::fs::read_to_string(bundled().join("interactive.jsonl")).unwrap();
    let good = good.lines().find(|line| line.contains("\"tabs\"")).unwrap();
    let to = folder.path().join("tasks/tabs/checkpoints");
    std::fs::create_dir_all(&to).unwrap();
    for entry in std::fs::read_dir(bundled().join("interactive/tabs/checkpoints")).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
    let kind = "{\"id\": \"x\", \"action_sequence\": [{\"type\": \"Fly\"}]}";
    std::fs::write(&file, format!("{good}\n{kind}\n{{\"id\": \n")).unwrap();
    for command in ["tasks", "eval"] {
        let mut args = vec![command, text(&file)];
        if command == "eval" {
            args.extend(["--model", "baseline:oracle"]);
        }
        let output = run(&args);
        assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
        for words in ["tasks.jsonl:2: action_sequence[0].type", "Fly", "tasks.jsonl:3:", "hint:"] {
            assert!(stderr(&output).contains(words), "`{words}`: {}", stderr(&output));
        }
    }
}
