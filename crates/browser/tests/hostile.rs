//! Every hostile fixture ends in its typed outcome within its limit, and the page rendered after it
//! is the same to the byte as before.
//!
//! `PAGELOOM_HOSTILE_TABLE=FILE` writes the outcomes and times as a table.
#![allow(
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that says what it does and is steered by the environment"
)]

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pageloom_browser::{Pool, PoolConfig};
use pageloom_schema::{
    Capture, Fault, Millis, NodeKind, RenderPolicy, RequestOutcome, Site, Timings, Viewport,
};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    description: String,
    expect: Vec<String>,
    #[serde(default)]
    expect_refused: bool,
    expect_text: Option<String>,
}

struct Row {
    name: String,
    outcome: String,
    seconds: f64,
    description: String,
    complaints: Vec<String>,
}

const CONTROL: &str = "<!doctype html><title>control</title><body style='font:20px Arial'>\
    <h1>Control page</h1><p>The page after a hostile one.</p><canvas id=c width=80 height=20></canvas>\
    <script>c.getContext('2d').fillRect(0, 0, Math.random() * 80, 20)</script>";

/// When a render must have ended on any machine: two tries, each with its browser commands, its
/// deadline and the question whether the page is alive, and a control page between them.
const LIMIT: Duration = Duration::from_secs(120);

/// A capture without what the clock on the wall says.
fn timeless(capture: Capture) -> Capture {
    Capture { timings: Timings::default(), ..capture }
}

fn policy() -> RenderPolicy {
    RenderPolicy { deadline: Millis(8_000), ..RenderPolicy::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_pages_end_in_their_typed_outcome_and_harm_no_other() {
    let pool = Arc::new(Pool::start(PoolConfig::default()).await.unwrap());
    let control = Arc::new(Site::from_html(CONTROL));
    let viewport = Viewport::default();
    let expected = timeless(pool.render(&control, viewport, &policy()).await.unwrap());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/hostile");
    let only = std::env::var("PAGELOOM_HOSTILE_ONLY").ok();
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().join("case.toml").is_file())
        .map(|entry| entry.file_name().into_string().unwrap())
        .filter(|name| only.as_ref().is_none_or(|only| only == name))
        .collect();
    names.sort();
    assert!(only.is_some() || names.len() >= 20, "only {} hostile fixtures", names.len());
    let mut running = tokio::task::JoinSet::new();
    let mut rows = Vec::new();
    let mut waiting = names.into_iter();
    loop {
        while running.len() < 2
            && let Some(name) = waiting.next()
        {
            let (pool, control, expected) =
                (Arc::clone(&pool), Arc::clone(&control), expected.clone());
            let folder = folder.join(&name);
            running.spawn(async move {
                let mut row = run(&pool, &folder, name).await;
                let after = pool.render(&control, viewport, &policy()).await;
                match after {
                    Ok(after) if timeless(after.clone()) == expected => {}
                    Ok(after) => {
                        let what = if after.full_page_png == expected.full_page_png {
                            "in what was read"
                        } else {
                            "in its picture"
                        };
                        row.complaints.push(format!("the page after it differs {what}"));
                    }
                    Err(fault) => row.complaints.push(format!("the page after it: {fault}")),
                }
                eprintln!(
                    "{:<28} {:<18} {:5.2} s {:?}",
                    row.name, row.outcome, row.seconds, row.complaints
                );
                row
            });
        }
        let Some(row) = running.join_next().await else { break };
        rows.push(row.unwrap());
    }
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    if let Ok(file) = std::env::var("PAGELOOM_HOSTILE_TABLE") {
        std::fs::write(file, table(&rows)).unwrap();
    }
    let bad: Vec<String> = rows
        .iter()
        .filter(|row| !row.complaints.is_empty())
        .map(|row| format!("{}: {}", row.name, row.complaints.join("; ")))
        .collect();
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

async fn run(pool: &Pool, folder: &Path, name: String) -> Row {
    let case: Case =
        toml::from_str(&std::fs::read_to_string(folder.join("case.toml")).unwrap()).unwrap();
    let site = Arc::new(pageloom_build::read_folder(folder).unwrap());
    let started = Instant::now();
    let outcome = pool.render(&site, Viewport::default(), &policy()).await;
    let took = started.elapsed();
    let mut complaints = Vec::new();
    if took > LIMIT {
        complaints.push(format!("took {took:.1?}"));
    }
    let code = match &outcome {
        Ok(capture) => {
            check(&case, capture, &mut complaints);
            "ok".to_owned()
        }
        Err(Fault::Page(fault)) => fault.kind.code().to_owned(),
        Err(fault) => fault.code(),
    };
    // Which of the two ways to miss the deadline depends on what the page was at when it passed.
    let late = ["script_hang", "never_settled"];
    let is_late = |code: &str| late.contains(&code);
    let fits =
        case.expect.iter().any(|wanted| *wanted == code || (is_late(&code) && is_late(wanted)));
    if !fits {
        complaints.push(format!("expected {:?}, got {code}", case.expect));
    }
    Row {
        name,
        outcome: code,
        seconds: took.as_secs_f64(),
        description: case.description,
        complaints,
    }
}

fn check(case: &Case, capture: &Capture, complaints: &mut Vec<String>) {
    let refused = capture.requests.iter().any(|r| r.outcome == RequestOutcome::Refused);
    if case.expect_refused && !refused {
        complaints.push("no request was recorded as refused".into());
    }
    let dom = capture.dom.as_ref().unwrap();
    let shows = |wanted: &str| {
        dom.nodes.iter().any(|node| match &node.kind {
            NodeKind::Text(text) => !node.lines.is_empty() && text.contains(wanted),
            NodeKind::Element { .. } => false,
        })
    };
    if let Some(wanted) = case.expect_text.as_deref().filter(|wanted| !shows(wanted)) {
        complaints.push(format!("does not show {wanted:?}"));
    }
}

fn table(rows: &[Row]) -> String {
    let mut text =
        "| page | what it does | outcome | seconds | next page |\n|---|---|---|---|---|\n"
            .to_owned();
    for row in rows {
        let next = if row.complaints.is_empty() { "same bytes" } else { "see complaints" };
        let description = row.description.replace('|', "\\|");
        writeln!(
            text,
            "| {} | {description} | `{}` | {:.2} | {next} |",
            row.name, row.outcome, row.seconds
        )
        .unwrap();
    }
    text
}
