//! The `pageloom` program as its user meets it: exit codes, messages, and runs that survive being
//! killed.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests start the program and wait for its files"
)]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

fn pageloom(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pageloom"));
    command.args(args).stdin(Stdio::null());
    for name in ["PAGELOOM_WORKERS", "PAGELOOM_BROWSER", "PAGELOOM_DEADLINE", "PAGELOOM_VIEWPORT"] {
        command.env_remove(name);
    }
    command
}

fn run(args: &[&str]) -> Output {
    pageloom(args).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Every error has its code, one clear message and a hint.
fn assert_fails(output: &Output, code: i32, message: &str) {
    let said = stderr(output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(said.starts_with("error: "), "{said}");
    assert!(said.contains(message), "{said}");
    assert!(said.contains("hint:") || code == 2, "{said}");
    assert!(!said.contains("panicked"), "{said}");
}

/// A suite of `count` small pages with one picture each.
fn small_suite(folder: &Path, count: usize) {
    for index in 0..count {
        let page = format!(
            "<!doctype html><title>Page {index}</title><body style='font:16px Arial'>\
             <h1 style='color:#06c'>Page {index}</h1><p>Costs {index}5.00 today.</p>\
             <button>Order {index}</button>"
        );
        std::fs::write(folder.join(format!("page-{index:02}.html")), page).unwrap();
    }
}

#[test]
fn a_wrong_suite_is_an_input_error() {
    let out = tempfile::tempdir().unwrap();
    let run_folder = out.path().join("run");
    let output =
        run(&["eval", "no/such/suite", "--model", "baseline:blank", "--out", text(&run_folder)]);
    assert_fails(&output, 3, "no suite `no/such/suite`");
    assert!(!run_folder.exists(), "nothing is written for a run that cannot begin");
    let empty = tempfile::tempdir().unwrap();
    let output = run(&["eval", text(empty.path()), "--model", "baseline:blank"]);
    assert_fails(&output, 3, "is in no layout known here");
}

#[test]
fn a_wrong_model_or_judge_is_an_input_error_that_lists_what_there_is() {
    assert_fails(&run(&["eval", "pages", "--model", "gpt"]), 3, "baseline:oracle");
    assert_fails(&run(&["eval", "pages", "--model", "replay:no/such/folder"]), 3, "no/such/folder");
    let output = run(&["eval", "pages", "--model", "baseline:blank", "--judge", "x"]);
    assert_fails(&output, 3, "no judge `x`");
}

#[test]
fn a_page_that_is_not_html_and_a_broken_picture_are_input_errors() {
    let folder = tempfile::tempdir().unwrap();
    let (words, broken) = (folder.path().join("a.html"), folder.path().join("b.png"));
    std::fs::write(&words, "only words").unwrap();
    std::fs::write(&broken, b"\x89PNG\r\n\x1a\nbroken").unwrap();
    let page = folder.path().join("c.html");
    std::fs::write(&page, "<p>x").unwrap();
    let out = folder.path().join("out");
    assert_fails(&run(&["render", text(&words), "--out", text(&out)]), 3, "is not an HTML page");
    assert_fails(&run(&["score", text(&broken), text(&page)]), 3, "is not a readable picture");
    assert_fails(&run(&["render", "no/such.html", "--out", text(&out)]), 3, "no/such.html");
}

#[test]
fn a_missing_browser_is_a_machine_error() {
    let output =
        run(&["--browser", "no/such/browser", "eval", "pages", "--model", "baseline:blank"]);
    assert_fails(&output, 4, "no browser found");
}

#[test]
fn settings_are_checked_and_say_where_they_are_from() {
    let output = run(&["--workers", "0", "doctor"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("`0` (from flag)"), "{}", stderr(&output));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("pageloom.toml"), "workers = 3\ndeadline = 9.5\n").unwrap();
    let output = pageloom(&["--print-config", "--deadline", "4"])
        .current_dir(folder.path())
        .env("PAGELOOM_VIEWPORT", "800x600")
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let row = |name: &str| -> Vec<String> {
        let line = printed.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().map(str::to_owned).collect()
    };
    assert_eq!(row("workers"), ["workers", "3", "pageloom.toml"]);
    assert_eq!(row("deadline"), ["deadline", "4", "s", "flag"]);
    assert_eq!(row("viewport"), ["viewport", "800x600", "PAGELOOM_VIEWPORT"]);
    std::fs::write(folder.path().join("pageloom.toml"), "worker = 3\n").unwrap();
    let output = pageloom(&["doctor"]).current_dir(folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("worker"), "{}", stderr(&output));
}

#[test]
fn a_folder_that_cannot_be_written_is_a_storage_error() {
    let folder = tempfile::tempdir().unwrap();
    small_suite(folder.path(), 1);
    let file = folder.path().join("file");
    std::fs::write(&file, "in the way").unwrap();
    let out = file.join("run");
    let output =
        run(&["eval", text(folder.path()), "--model", "baseline:blank", "--out", text(&out)]);
    assert_eq!(output.status.code(), Some(5), "{}", stderr(&output));
}

#[test]
fn another_run_in_the_same_folder_is_refused() {
    let suite = tempfile::tempdir().unwrap();
    small_suite(suite.path(), 1);
    let out = tempfile::tempdir().unwrap();
    let evaluate = |model: &str| {
        run(&["eval", text(suite.path()), "--model", model, "--out", text(out.path()), "-q"])
    };
    assert!(evaluate("baseline:blank").status.success());
    assert_fails(&evaluate("baseline:oracle"), 5, "its model is `baseline:blank`");
}

#[test]
fn the_baselines_span_the_scale_and_a_missing_answer_is_the_lowest_score() {
    let suite = tempfile::tempdir().unwrap();
    small_suite(suite.path(), 2);
    let answers = tempfile::tempdir().unwrap();
    let fenced = "Here you are:\n```html\n<h1>Page 0</h1>\n```\n";
    std::fs::write(answers.path().join("page-00.txt"), fenced).unwrap();
    let replay = format!("replay:{}", text(answers.path()));
    let overall = |model: &str| -> serde_json::Value {
        let out = tempfile::tempdir().unwrap();
        let output = run(&[
            "eval",
            text(suite.path()),
            "--model",
            model,
            "--out",
            text(out.path()),
            "--format",
            "json",
            "-q",
        ]);
        assert!(output.status.success(), "{}", stderr(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let oracle = overall("baseline:oracle");
    assert_eq!(oracle["scores"]["overall"]["mean"], 10.0);
    assert_eq!(oracle["counts"]["faults"], serde_json::json!({}));
    assert_eq!(overall("baseline:blank")["scores"]["overall"]["mean"], 0.0);
    let replayed = overall(&replay);
    assert_eq!(replayed["counts"]["tasks"], 2);
    assert_eq!(replayed["counts"]["answered"], 1);
    assert_eq!(replayed["counts"]["rendered"], 1);
    assert_eq!(replayed["counts"]["scored"], 2);
    assert_eq!(replayed["counts"]["faults"], serde_json::json!({"page/no_answer": 1}));
    assert_eq!(replayed["scores"]["overall"]["n"], 2);
    let mean = replayed["scores"]["overall"]["mean"].as_f64().unwrap();
    assert!(0.0 < mean && mean < 5.0, "half the answers are missing: {mean}");
}

#[test]
fn a_killed_run_resumes_to_the_same_bytes_and_repeats_nothing() {
    let suite = tempfile::tempdir().unwrap();
    small_suite(suite.path(), 12);
    let folder = tempfile::tempdir().unwrap();
    let (whole, killed) = (folder.path().join("whole"), folder.path().join("killed"));
    let command = |out: &Path, workers: &str| {
        pageloom(&[
            "--workers",
            workers,
            "eval",
            text(suite.path()),
            "--model",
            "baseline:text",
            "--out",
            text(out),
            "-q",
        ])
    };
    assert!(command(&whole, "2").output().unwrap().status.success());
    let mut child = command(&killed, "1").stdout(Stdio::null()).spawn().unwrap();
    wait_until(|| finished(&killed).len() >= 3);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!killed.join("summary.json").exists());
    let before = finished(&killed);
    assert!(before.len() < 12, "the run was over before it was killed");
    // What a crash in the middle of a write leaves.
    let events = killed.join("events.jsonl");
    let mut bytes = std::fs::read(&events).unwrap();
    bytes.extend_from_slice(br#"{"event":"sample_fin"#);
    std::fs::write(&events, bytes).unwrap();
    assert!(command(&killed, "2").output().unwrap().status.success());
    let after = finished(&killed);
    assert_eq!(after.len(), 12, "every sample is finished once: {after:?}");
    assert_eq!(after[..before.len()], before[..]);
    let read = |run: &Path| std::fs::read(run.join("summary.json")).unwrap();
    assert_eq!(read(&whole), read(&killed));
    // A complete run is left as it is.
    let size = std::fs::metadata(&events).unwrap().len();
    assert!(command(&killed, "2").output().unwrap().status.success());
    assert_eq!(std::fs::metadata(&events).unwrap().len(), size);
}

/// A run in the middle of its 30 samples, and the processes it started.
struct Running {
    child: Child,
    browsers: Vec<u32>,
    _folders: [tempfile::TempDir; 2],
}

fn running() -> Running {
    let (suite, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    small_suite(suite.path(), 30);
    let (folder, run) = (text(suite.path()), text(out.path()));
    let args =
        ["--workers", "1", "eval", folder, "--model", "baseline:text", "--out", run, "--quiet"];
    let child = pageloom(&args).spawn().unwrap();
    wait_until(|| !finished(out.path()).is_empty());
    let browsers = children_of(child.id());
    assert!(!browsers.is_empty());
    Running { child, browsers, _folders: [suite, out] }
}

fn wait_until_gone(pids: &[u32]) {
    wait_until(|| pids.iter().all(|pid| !Path::new(&format!("/proc/{pid}")).exists()));
}

#[test]
fn a_stopped_run_says_so_and_leaves_no_browser() {
    let mut run = running();
    let killed = Command::new("kill").args(["-INT", &run.child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    assert_eq!(run.child.wait().unwrap().code(), Some(130));
    wait_until_gone(&run.browsers);
}

#[test]
fn a_killed_process_leaves_no_browser() {
    let mut run = running();
    let below: Vec<u32> = run.browsers.iter().flat_map(|pid| children_of(*pid)).collect();
    assert!(!below.is_empty());
    run.child.kill().unwrap();
    run.child.wait().unwrap();
    wait_until_gone(&run.browsers);
    wait_until_gone(&below);
}

#[test]
fn rendering_writes_what_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    std::fs::write(
        &page,
        "<!doctype html><title>t</title><body style='height:2000px'><h1>Hello</h1>\
         <img src='https://example.com/x.png'><script>console.error('broken')</script>",
    )
    .unwrap();
    let out = folder.path().join("out");
    let output = run(&[
        "render",
        text(&page),
        "--out",
        text(&out),
        "--viewport",
        "800x600",
        "--full-page",
        "--with",
        "dom,boxes,a11y,console,requests",
        "--format",
        "json",
    ]);
    assert!(output.status.success(), "{}", stderr(&output));
    let rows: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(rows[0]["width"], 800);
    assert!(rows[0]["height"].as_u64().unwrap() >= 2000);
    let read = |name: &str| std::fs::read_to_string(out.join(name)).unwrap();
    assert!(read("page.boxes.json").contains("Hello"));
    assert!(read("page.a11y.json").contains("heading"));
    assert!(read("page.console.json").contains("broken"));
    assert!(read("page.requests.json").contains("https://example.com/x.png"));
    assert!(out.join("page.png").metadata().unwrap().len() > 100);
}

#[test]
fn a_page_fault_of_a_single_page_has_its_code() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("hang.html");
    std::fs::write(&page, "<p>x<script>for(;;){}</script>").unwrap();
    let out = folder.path().join("out");
    let output = run(&["--deadline", "2", "render", text(&page), "--out", text(&out)]);
    assert_eq!(output.status.code(), Some(7));
    assert!(String::from_utf8_lossy(&output.stdout).contains("script_hang"));
}

/// Task ids of finished samples in the order they ended.
fn finished(run: &Path) -> Vec<String> {
    let events = std::fs::read_to_string(run.join("events.jsonl")).unwrap_or_default();
    events
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|event| event["event"] == "sample_finished")
        .map(|event| event["task"].as_str().unwrap().to_owned())
        .collect()
}

fn children_of(pid: u32) -> Vec<u32> {
    let tasks = PathBuf::from(format!("/proc/{pid}/task"));
    std::fs::read_dir(tasks)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok())
        .flat_map(|line| {
            line.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<u32>>()
        })
        .collect()
}

/// Waits for a condition that another process brings about, at most a minute.
fn wait_until(condition: impl Fn() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < Duration::from_secs(60), "waited a minute in vain");
        std::thread::sleep(Duration::from_millis(5));
    }
}
