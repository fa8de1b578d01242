//! `pageloom reward` and `pageloom build` as their user meets them, with sites that need no package.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests start the program and read what it says"
)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

fn pageloom(store: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pageloom"));
    for name in ["PAGELOOM_WORKERS", "PAGELOOM_BROWSER", "PAGELOOM_DEADLINE"] {
        command.env_remove(name);
    }
    command.args(args).env("PAGELOOM_STORE", store).stdin(Stdio::null());
    command
}

fn page(id: &str, body: &str) -> Value {
    let html = format!(
        "<!doctype html><html lang=en><title>{id}</title><body style='font:16px Arial'>\
         <h1>{id}</h1>{body}</html>"
    );
    json!({"id": id, "completion": format!("Here it is:\n```html\n{html}\n```\n")})
}

fn rows(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_reader_that_has_enough_ends_the_work_quietly() {
    let store = tempfile::tempdir().unwrap();
    let file = store.path().join("many.jsonl");
    let words = |n: usize| page(&format!("p{n}"), &format!("<p>Page {n} of many.</p>")).to_string();
    let rows: Vec<String> = (0..12).map(words).collect();
    std::fs::write(&file, rows.join("\n")).unwrap();
    let file = file.to_str().unwrap();
    let mut child = pageloom(store.path(), &["reward", file, "--offline", "--quiet"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("{\"id\":\"p0\""), "{line}");
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{:?}", output.status);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn a_row_is_there_before_the_next_completion_is_asked_for() {
    let store = tempfile::tempdir().unwrap();
    let mut child = pageloom(store.path(), &["reward", "-", "--offline", "--quiet"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    for id in ["first", "second"] {
        writeln!(input, "{}", page(id, "<p>A page with some words on it.</p>")).unwrap();
        input.flush().unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let row: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(row["id"], id);
        assert_eq!(row["builder"], "static");
        assert_eq!(row["fault"], Value::Null, "{row}");
        assert!(row["reward"].as_f64().unwrap() > 0.5, "{row}");
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[test]
fn rewards_are_the_same_bytes_in_any_order_and_beside_others() {
    let folder = tempfile::tempdir().unwrap();
    let mut lines: Vec<String> = vec![
        page("plain", "<p>Words.</p>").to_string(),
        page("button", "<button onclick='this.textContent=1'>Press</button>").to_string(),
        page("wide", "<div style='width:3000px;background:teal'>wide</div>").to_string(),
        json!({"id": "nothing", "completion": "I cannot do that."}).to_string(),
        page("again", "<p>Words.</p>").to_string().replace(">again<", ">plain<"),
        json!({"id": "cut", "completion": "<webArtifact id=\"a\" title=\"b\"><webAction type=\"file\" filePath=\"a\">x"})
            .to_string(),
    ];
    let rewarded = |lines: &[String], workers: &str| {
        let file = folder.path().join("completions.jsonl");
        std::fs::write(&file, lines.join("\n")).unwrap();
        let args = ["reward", file.to_str().unwrap(), "--offline", "--quiet", "--no-timings"];
        let mut command = pageloom(folder.path(), &args);
        let output = command.args(["--workers", workers]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let mut forwards = rewarded(&lines, "1");
    lines.reverse();
    let mut backwards = rewarded(&lines, "3");
    backwards.reverse();
    assert_eq!(forwards, backwards);
    let (again, plain) = (forwards.remove(4), forwards.remove(0));
    assert_eq!(again.replace("\"again\"", "\"plain\""), plain, "equal completions, equal rewards");
}

#[test]
fn a_line_that_is_no_completion_ends_the_input_and_loses_no_row() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = pageloom(folder.path(), &["reward", "-", "--offline", "--quiet"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    writeln!(input, "{}\n{{\"id\": 2, \"completion\": 5}}", page("good", "<p>Words.</p>")).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.starts_with("error: ") && said.contains("line 2"), "{said}");
    let rows = rows(&output);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["id"], "good");
}

#[test]
fn a_folder_in_place_of_completions_is_an_input_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let named = folder.path().join("answers");
    std::fs::create_dir(&named).unwrap();
    let output = pageloom(folder.path(), &["reward", named.to_str().unwrap()]).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.starts_with("error: ") && said.contains("answers"), "{said}");
}

#[test]
fn a_project_is_built_into_a_folder_and_photographed() {
    let folder = tempfile::tempdir().unwrap();
    let (project, out) = (folder.path().join("shop"), folder.path().join("out"));
    std::fs::create_dir(&project).unwrap();
    std::fs::write(project.join("index.html"), "<!doctype html><title>Shop</title><h1>Shop</h1>")
        .unwrap();
    let args = ["build", project.to_str().unwrap(), "--out", out.to_str().unwrap()];
    let output = pageloom(folder.path(), &args)
        .args(["--pictures", "--offline", "--quiet", "--format", "json"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report[0]["builds"], true);
    assert_eq!(report[0]["builder"], "static");
    assert_eq!(report[0]["routes"][0]["path"], "/");
    assert!(out.join("shop/index.html").is_file());
    let picture = std::fs::read(out.join("shop.pictures/route-0-1024x768.png")).unwrap();
    assert!(picture.starts_with(b"\x89PNG"));
}

#[test]
fn a_project_that_is_not_there_is_an_input_error() {
    let folder = tempfile::tempdir().unwrap();
    let output = pageloom(folder.path(), &["build", "no/such/project"]).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("no/such/project") && said.contains("package.json"), "{said}");
}
