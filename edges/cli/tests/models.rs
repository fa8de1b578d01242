//! Models and judges behind an endpoint, as their user meets them: the program against a real HTTP
//! server, in a process of its own, that speaks the OpenAI protocol.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests start the program and wait for its files"
)]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// A key that must not be found anywhere.
const KEY: &str = "sk-planted-5f1c0d7e9ab2";

fn pageloom(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pageloom"));
    for name in ["PAGELOOM_WORKERS", "PAGELOOM_BROWSER", "PAGELOOM_DEADLINE", "PAGELOOM_ANSWERS"] {
        command.env_remove(name);
    }
    command.args(args).env("PAGELOOM_API_KEY", KEY).stdin(Stdio::null());
    command
}

/// An endpoint in another process. Ends with the test.
struct Endpoint {
    process: Child,
    url: String,
}

impl Endpoint {
    fn start(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("script.toml");
        std::fs::write(&file, script).unwrap();
        let mut process = pageloom(&["stand-in", "--quiet", "--script", file.to_str().unwrap()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self { process, url: url.trim().to_owned() }
    }

    fn model(&self) -> String {
        format!("{}#stand-in", self.url)
    }

    /// How often each question was asked, and answered to the end.
    fn counts(&self) -> BTreeMap<String, (u64, u64)> {
        let host = self.url.trim_start_matches("http://").trim_end_matches("/v1");
        let mut stream = TcpStream::connect(host).unwrap();
        write!(stream, "GET /counts HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let counts: BTreeMap<String, Value> = serde_json::from_str(body).unwrap();
        let number = |count: &Value, name: &str| count[name].as_u64().unwrap();
        counts
            .iter()
            .map(|(key, count)| (key.clone(), (number(count, "asked"), number(count, "answered"))))
            .collect()
    }

    fn asked(&self) -> u64 {
        self.counts().values().map(|(asked, _)| asked).sum()
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Folders and an endpoint for one test.
struct Bench {
    folder: tempfile::TempDir,
    endpoint: Endpoint,
}

impl Bench {
    fn new(pages: usize, script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let suite = folder.path().join("suite");
        std::fs::create_dir(&suite).unwrap();
        for index in 0..pages {
            let page = format!(
                "<!doctype html><title>Page {index}</title><body style='font:16px Arial;background:#{index}0a0f0'>\
                 <h1 style='color:#06c'>Page {index}</h1><p>Costs {index}5.00 today.</p>"
            );
            std::fs::write(suite.join(format!("page-{index:02}.html")), page).unwrap();
        }
        Self { folder, endpoint: Endpoint::start(script) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = pageloom(args);
        command.env("PAGELOOM_ANSWERS", self.path("answers"));
        command
    }

    /// An evaluation of the small suite, asked and judged at the endpoint.
    fn eval(&self, out: &str, more: &[&str]) -> Command {
        let (suite, out, model) = (self.path("suite"), self.path(out), self.endpoint.model());
        let fixed = [
            "eval",
            suite.to_str().unwrap(),
            "--model",
            &model,
            "--judge",
            &model,
            "--out",
            out.to_str().unwrap(),
            "--format",
            "json",
        ];
        let all: Vec<&str> = fixed.iter().copied().chain(more.iter().copied()).collect();
        self.command(&all)
    }
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(output)))
}

fn events(run: &Path, kind: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(run.join("events.jsonl")).unwrap_or_default();
    let events = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    events.filter(|event| event["event"] == kind).collect()
}

/// Every file under a folder that holds a text.
fn holding(folder: &Path, text: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if std::fs::read(&path)
                .unwrap()
                .windows(text.len())
                .any(|window| window == text.as_bytes())
            {
                found.push(path);
            }
        }
    }
    found
}

#[test]
fn a_run_that_is_done_again_costs_no_request_wherever_its_answers_are() {
    let bench = Bench::new(3, "");
    let first = bench.eval("first", &[]).output().unwrap();
    assert_eq!(first.status.code(), Some(0), "{}", stderr(&first));
    let summary = json(&first);
    assert_eq!(summary["counts"]["scored"], 3);
    assert_eq!(summary["scores"]["overall"]["n"], 3);
    assert_eq!(summary["scores"]["local.overall"]["n"], 3);
    // A page and a judgement of each.
    assert_eq!(bench.endpoint.asked(), 6);
    // The same folder, another folder with the shared answers, and a replay without them.
    let replay = bench.path("first");
    for (out, more) in [
        ("first", &[][..]),
        ("second", &[]),
        ("third", &["--fresh", "--replay", replay.to_str().unwrap()]),
    ] {
        let again = bench.eval(out, more).output().unwrap();
        assert_eq!(again.status.code(), Some(0), "{out}: {}", stderr(&again));
        assert_eq!(json(&again)["scores"], summary["scores"], "{out}");
        assert_eq!(bench.endpoint.asked(), 6, "{out}");
    }
    let sources = |run: &str| -> Vec<Value> {
        events(&bench.path(run), "asked").iter().map(|event| event["source"].clone()).collect()
    };
    assert_eq!(sources("second"), ["cache"; 6]);
    assert_eq!(sources("third"), ["replay"; 6]);
    // Without any of them, everything is asked again.
    let fresh = bench.eval("fourth", &["--fresh"]).output().unwrap();
    assert_eq!(fresh.status.code(), Some(0), "{}", stderr(&fresh));
    assert_eq!(bench.endpoint.asked(), 12);
}

#[test]
fn a_replay_asks_nobody_and_says_what_is_not_there() {
    let bench = Bench::new(2, "");
    assert!(bench.eval("first", &[]).output().unwrap().status.success());
    let asked = bench.endpoint.asked();
    let replay = bench.path("first");
    let more = ["--fresh", "--replay", replay.to_str().unwrap(), "--judge-repeat", "2"];
    let output = bench.eval("second", &more).output().unwrap();
    assert_eq!(output.status.code(), Some(6), "{}", stderr(&output));
    assert_eq!(json(&output)["counts"]["faults"]["system/endpoint"], 2);
    assert_eq!(bench.endpoint.asked(), asked);
}

#[test]
fn a_killed_run_goes_on_and_asks_nothing_twice() {
    let bench = Bench::new(12, "latency_ms = 60\n");
    let run = bench.path("killed");
    // Its own answers alone: the shared ones would hide a run that forgets.
    let more = ["--fresh", "--concurrency", "2", "--quiet"];
    let mut child = bench.eval("killed", &more).stdout(Stdio::null()).spawn().unwrap();
    while events(&run, "asked").len() < 7 {
        assert!(child.try_wait().unwrap().is_none(), "it ended early");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let known = events(&run, "asked").len();
    assert!((7..24).contains(&known), "{known}");
    let resumed = bench.eval("killed", &more).output().unwrap();
    assert_eq!(resumed.status.code(), Some(0), "{}", stderr(&resumed));
    assert_eq!(json(&resumed)["counts"]["scored"], 12);
    let counts = bench.endpoint.counts();
    assert_eq!(counts.len(), 24, "a page and a judgement of each");
    let twice = counts.values().filter(|(asked, _)| *asked > 1).count();
    // What was under way when the process died never reached it.
    assert!(twice <= 2, "{counts:?}");
    let paid = events(&run, "asked");
    let paid = paid.iter().filter(|event| event["source"] == "endpoint").count();
    assert_eq!(paid, 24, "every answer is in the run once");
}

#[test]
fn a_budget_ends_a_run_cleanly_and_a_larger_one_goes_on() {
    let bench = Bench::new(6, "");
    let short = ["--answer-tokens", "400", "--judge-tokens", "400"];
    let limits = ["--concurrency", "1", "--workers", "1", "--max-tokens", "12000"];
    let limits: Vec<&str> = short.into_iter().chain(limits).collect();
    let poor = bench.eval("run", &limits).output().unwrap();
    assert_eq!(poor.status.code(), Some(8), "{}", stderr(&poor));
    assert!(stderr(&poor).contains("the budget is spent"), "{}", stderr(&poor));
    let finished = events(&bench.path("run"), "sample_finished").len();
    assert!((1..6).contains(&finished), "{finished}");
    assert!(!bench.path("run").join("summary.json").exists());
    let tokens: u64 = events(&bench.path("run"), "asked")
        .iter()
        .map(|event| {
            event["tokens"]["input"].as_u64().unwrap() + event["tokens"]["output"].as_u64().unwrap()
        })
        .sum();
    assert!(tokens <= 12_000, "{tokens}");
    let asked = bench.endpoint.asked();
    let limits: Vec<&str> = short.into_iter().chain(["--max-tokens", "100000"]).collect();
    let rich = bench.eval("run", &limits).output().unwrap();
    assert_eq!(rich.status.code(), Some(0), "{}", stderr(&rich));
    assert_eq!(json(&rich)["counts"]["scored"], 6);
    assert_eq!(bench.endpoint.asked(), 12, "{asked} were asked before");
    // Money needs a price.
    let unpriced = bench.eval("other", &["--max-cost", "1"]).output().unwrap();
    assert_eq!(unpriced.status.code(), Some(3), "{}", stderr(&unpriced));
    assert!(stderr(&unpriced).contains("no price is known"), "{}", stderr(&unpriced));
}

#[test]
fn a_run_is_judged_again_without_a_browser() {
    let bench = Bench::new(2, "");
    let out = bench.path("run");
    let suite = bench.path("suite");
    let (suite, out) = (suite.to_str().unwrap(), out.to_str().unwrap());
    let made =
        bench.command(&["eval", suite, "--model", "baseline:text", "--out", out]).output().unwrap();
    assert!(made.status.success(), "{}", stderr(&made));
    let model = bench.endpoint.model();
    let judged = bench.path("judged");
    let judged = judged.to_str().unwrap();
    let mut command = bench.command(&[
        "judge",
        out,
        "--judge",
        &model,
        "--out",
        judged,
        "--judge-repeat",
        "3",
        "--format",
        "json",
    ]);
    let output = command.env("PAGELOOM_BROWSER", "no/such/browser").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let summary = json(&output);
    assert_eq!(summary["scores"]["overall"]["n"], 2);
    assert_eq!(summary["scores"]["judge.agreement"]["n"], 2);
    assert_eq!(bench.endpoint.asked(), 6, "three answers about each page");
    // The local judge says again what it said.
    let local = bench.path("local");
    let args =
        ["judge", judged, "--judge", "local", "--out", local.to_str().unwrap(), "--format", "json"];
    let again = bench.command(&args).env("PAGELOOM_BROWSER", "no/such/browser").output().unwrap();
    let first: Value =
        serde_json::from_slice(&std::fs::read(Path::new(out).join("summary.json")).unwrap())
            .unwrap();
    assert_eq!(json(&again)["scores"], first["scores"]);
}

#[test]
fn a_judge_that_fails_gives_null_and_never_a_number() {
    let script = "[[reply]]\ncontains = \"reference\"\ntext = \"I would rather not say.\"\n";
    let bench = Bench::new(2, script);
    let output = bench.eval("run", &[]).output().unwrap();
    assert_eq!(output.status.code(), Some(6), "{}", stderr(&output));
    let summary = json(&output);
    assert_eq!(summary["counts"]["faults"]["system/judge"], 2);
    assert_eq!(summary["scores"]["overall"]["n"], 0);
    // The next time it is asked anew: a page and three tries each before, three tries each now.
    assert_eq!(bench.endpoint.asked(), 8);
    assert_eq!(bench.eval("run", &[]).output().unwrap().status.code(), Some(6));
    assert_eq!(bench.endpoint.asked(), 14);
    // The published form drops such replies, and says how many pages are left.
    let compat = bench.eval("compat", &["--protocol", "web2code-wcgb/compat"]).output().unwrap();
    assert_eq!(compat.status.code(), Some(0), "{}", stderr(&compat));
    assert_eq!(json(&compat)["scores"]["overall"]["n"], 0);
    assert_eq!(json(&compat)["counts"]["scored"], 2);
}

#[test]
fn questions_about_pages_are_answered_by_an_endpoint() {
    let bench = Bench::new(0, "[[reply]]\ntext = \"Yes, it is.\"\n");
    let (model, out) = (bench.endpoint.model(), bench.path("run"));
    let args = ["eval", "understanding", "--model", &model, "--out", out.to_str().unwrap()];
    let eval = |more: &[&str]| {
        let all: Vec<&str> = args.iter().chain(more).copied().collect();
        bench.command(&all).args(["--format", "json"]).output().unwrap()
    };
    let output = eval(&[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let summary = json(&output);
    assert_eq!(summary["scores"]["wub.said_yes"]["mean"], 1.0);
    assert_eq!(summary["scores"]["overall"]["mean"], 0.5);
    let asked = bench.endpoint.asked();
    assert_eq!(asked, u64::from(summary["counts"]["tasks"].as_u64().unwrap() as u32));
    assert!(eval(&[]).status.success());
    assert_eq!(bench.endpoint.asked(), asked);
    let judged = eval(&["--judge", &model]);
    assert_eq!(judged.status.code(), Some(3));
    assert!(stderr(&judged).contains("nobody judges them"), "{}", stderr(&judged));
    let forced =
        ["judge", out.to_str().unwrap(), "--judge", &model, "--protocol", "web2code-wcgb/v1"];
    let forced = bench.command(&forced).output().unwrap();
    assert_eq!(forced.status.code(), Some(3), "{}", stderr(&forced));
}

#[test]
fn a_planted_key_is_nowhere() {
    // An endpoint that repeats what it is sent, in an answer and in an error.
    let bench = Bench::new(2, &format!("[[reply]]\ntext = \"<p>your key is {KEY}</p>\"\n"));
    let key_file = bench.path("keys");
    std::fs::write(&key_file, format!("PAGELOOM_API_KEY={KEY}\n")).unwrap();
    let run = bench.path("run");
    let more = ["--key-file", key_file.to_str().unwrap(), "--judge", "local"];
    let suite = bench.path("suite");
    let model = bench.endpoint.model();
    let args = ["eval", suite.to_str().unwrap(), "--model", &model, "--out", run.to_str().unwrap()];
    let output = bench.command(&args).args(more).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let report = bench.path("report");
    let args = ["report", run.to_str().unwrap(), "--format", "html", "--out"];
    let reported = bench.command(&args).arg(&report).output().unwrap();
    assert!(reported.status.success(), "{}", stderr(&reported));
    let denied = Bench::new(1, "[[fault]]\nkind = \"status\"\nstatus = 401\nshare = 1.0\n");
    let refused = denied.eval("run", &[]).output().unwrap();
    assert_eq!(refused.status.code(), Some(9), "{}", stderr(&refused));
    assert!(
        stderr(&refused).contains("Incorrect API key provided: Bearer [key]"),
        "{}",
        stderr(&refused)
    );
    let config = bench.command(&["--print-config"]).output().unwrap();
    for output in [&output, &reported, &refused, &config] {
        for said in [&output.stdout, &output.stderr] {
            assert!(!String::from_utf8_lossy(said).contains(KEY));
        }
    }
    std::fs::remove_file(&key_file).unwrap();
    assert_eq!(holding(bench.folder.path(), KEY), Vec::<PathBuf>::new());
    assert_eq!(holding(denied.folder.path(), KEY), Vec::<PathBuf>::new());
    // The scan sees what is there.
    assert!(!holding(bench.folder.path(), "your key is [key]").is_empty());
}

#[test]
fn names_and_keys_that_are_wrong_are_told_before_anything_is_started() {
    let fails = |args: &[&str], code: i32, message: &str| {
        let mut command = pageloom(args);
        command.env_remove("PAGELOOM_API_KEY").env_remove("OPENAI_API_KEY");
        let output = command.env("PAGELOOM_BROWSER", "no/such/browser").output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
        assert!(stderr(&output).contains(message), "{}", stderr(&output));
        assert!(stderr(&output).contains("hint:"), "{}", stderr(&output));
    };
    fails(&["eval", "pages", "--model", "openai:gpt-4o"], 9, "OPENAI_API_KEY");
    fails(&["eval", "pages", "--model", "openai:"], 3, "no name after the colon");
    fails(&["eval", "pages", "--model", "baseline:blank", "--judge", "openai:x"], 9, "needs a key");
    fails(
        &["eval", "pages", "--model", "fake:x", "--protocol", "web2code-wub/v1"],
        3,
        "no protocol `web2code-wub/v1` here",
    );
    fails(
        &["eval", "pages", "--model", "fake:x", "--protocol", "web2code-wcgb/compat"],
        3,
        "name a vision judge",
    );
    fails(&["eval", "pages", "--model", "fake:x", "--replay", "no/such/run"], 3, "no/such/run");
    fails(&["eval", "pages", "--model", "fake:x", "--temperature", "9"], 2, "no temperature");
    fails(
        &["eval", "pages", "--model", "baseline:blank", "--max-cost", "1"],
        2,
        "--max-cost is about",
    );
    // Where answers cannot be kept, nobody is paid for one.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let below = file.join("answers");
    let url = "http://127.0.0.1:9/v1#m";
    let args = ["eval", "pages", "--model", url, "--answers", below.to_str().unwrap()];
    fails(&args, 5, "--answers");
    std::fs::write(folder.path().join("run.json"), "{\"format\":[9,0]}").unwrap();
    let newer = folder.path().to_str().unwrap();
    fails(&["judge", newer, "--judge", "local"], 3, "its format is 9.0");
    fails(&["judge", "no/such/run", "--judge", "local"], 3, "is no run that can be read");
}

#[test]
fn sites_are_graded_by_a_judge_and_the_grades_are_kept() {
    let bench = Bench::new(0, "");
    let file = bench.path("answers.jsonl");
    let row = |id: &str, color: &str| {
        let page = format!(
            "<!doctype html><html lang=en><title>{id}</title><body style='margin:0;background:{color}'>\
             <h1>{id}</h1><button onclick=\"this.textContent='more'\">More</button></html>"
        );
        serde_json::json!({"id": id, "completion": format!("```html\n{page}\n```"), "instruction": "a page"})
    };
    let rows = [row("one", "#fff"), row("two", "#123456"), row("two b", "#fff")];
    std::fs::write(&file, rows.map(|row| row.to_string()).join("\n")).unwrap();
    let (run, model) = (bench.path("rewards"), bench.endpoint.model());
    let reward = || {
        let mut command = bench.command(&["reward", file.to_str().unwrap(), "--offline"]);
        command.args(["--judge", &model, "--judge-repeat", "2", "--run", run.to_str().unwrap()]);
        command.env("PAGELOOM_STORE", bench.path("store")).output().unwrap()
    };
    let output = reward();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let given: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(given.iter().map(|row| &row["id"]).collect::<Vec<_>>(), ["one", "two", "two b"]);
    assert!(given.iter().all(|row| row["look"] == "judge" && row["reward"].is_number()), "{text}");
    let asked = bench.endpoint.asked();
    assert_eq!(asked, 12, "two grades of each, and two without its words");
    // Again: the same bytes, and nobody is asked.
    let again = reward();
    assert_eq!(again.stdout, output.stdout, "{}", stderr(&again));
    assert_eq!(bench.endpoint.asked(), asked);
    // A row that is not there is done again, and stands in its place.
    let log = run.join("events.jsonl");
    let events = std::fs::read_to_string(&log).unwrap();
    let without =
        |line: &&str| !line.contains("sample_finished") || !line.contains("\"task\":\"two\"");
    let left: Vec<&str> = events.lines().filter(without).collect();
    std::fs::write(&log, left.join("\n") + "\n").unwrap();
    let gap = reward();
    let text = String::from_utf8(gap.stdout).unwrap();
    let again: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(again.iter().map(|row| &row["id"]).collect::<Vec<_>>(), ["one", "two", "two b"]);
    assert_eq!(again[1]["reward"], given[1]["reward"]);
    assert_eq!(bench.endpoint.asked(), asked, "its grades are in the run");
    // Other weights under the same name are another run.
    let weights = bench.path("weights.toml");
    let printed = bench.command(&["reward", "--print-rubric"]).output().unwrap();
    let changed = String::from_utf8(printed.stdout).unwrap();
    let changed =
        changed.replace("look = 0.25", "look = 0.20").replace("render = 0.20", "render = 0.25");
    std::fs::write(&weights, changed).unwrap();
    let mut other =
        bench.command(&["reward", file.to_str().unwrap(), "--offline", "--judge", &model]);
    other.args(["--judge-repeat", "2", "--run", run.to_str().unwrap(), "--rubric"]).arg(&weights);
    let other = other.env("PAGELOOM_STORE", bench.path("store")).output().unwrap();
    assert_eq!(other.status.code(), Some(5), "{}", stderr(&other));
    let report = bench.command(&["report", run.to_str().unwrap()]).output().unwrap();
    let table = String::from_utf8(report.stdout).unwrap();
    assert!(table.contains("reward pageloom/v1") && table.contains("two-b-"), "{table}");
}
