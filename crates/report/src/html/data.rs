//! The shapes that the viewer reads. Ids and names that come from a run are values here, never
//! object keys: a key such as `__proto__` means something to a script. Columns of one file share
//! the order of the task list in `data/index.js`, which is written by the same call.

use pageloom_schema::{
    BlockPair, Fault, InteractionTrace, Questioning, SampleOutcome, SampleResult, Score, TaskId,
};
use serde::Serialize;

use super::blob::{Blobs, CaptureFacts};
use super::exchange::{Exchanges, exchanges};
use super::filmstrip::{Filmstrip, Tests, filmstrip, tests};
use crate::error::ReportError;
use crate::judges::{JudgePair, judge_pairs};
use crate::metric::{Metric, headline};
use crate::run_log::{RunLog, StageTiming};
use crate::usage::Usage;

/// `data/index.js`: everything the leaderboard needs.
#[derive(Serialize)]
pub(super) struct Index<'a> {
    headline: Option<usize>,
    metrics: Vec<MetricEntry<'a>>,
    runs: Vec<RunEntry<'a>>,
    tasks: Vec<TaskEntry<'a>>,
}

#[derive(Serialize)]
struct MetricEntry<'a> {
    id: &'a str,
    label: &'a str,
    group: &'a str,
    range: [f64; 2],
    lower_is_better: bool,
}

#[derive(Serialize)]
struct RunEntry<'a> {
    key: String,
    label: &'a str,
    model: &'a str,
    suite: &'a str,
    protocol: &'a str,
    judge: &'a str,
    versions: Vec<(&'a str, &'a str)>,
    viewport: Option<String>,
    interrupted: Option<String>,
    /// True for a run of questions, where nothing of the model's is rendered.
    asked: bool,
    tasks: u32,
    answered: u32,
    rendered: u32,
    scored: u32,
    faults: Vec<(String, u32)>,
    /// By the order of `metrics`; absent where the run does not have one.
    scores: Vec<Option<ScoreEntry>>,
    stages: Vec<StageEntry>,
    usage: Usage,
    judges: Vec<JudgePair>,
}

#[derive(Serialize)]
struct ScoreEntry {
    mean: Option<f64>,
    ci95: Option<[f64; 2]>,
    n: u32,
}

/// Seconds of one stage over all samples of a run.
#[derive(Serialize)]
struct StageEntry {
    stage: String,
    n: usize,
    median: f64,
    high: f64,
}

#[derive(Serialize)]
struct TaskEntry<'a> {
    id: &'a str,
    title: &'a str,
    category: &'a str,
}

pub(super) fn run_key(number: usize) -> String {
    format!("r{number}")
}

pub(super) fn index<'a>(
    runs: &'a [RunLog],
    labels: &'a [String],
    metrics: &'a [Metric],
    tasks: &[&'a TaskId],
) -> Index<'a> {
    let entry = |metric: &'a Metric| MetricEntry {
        id: &metric.id,
        label: &metric.label,
        group: &metric.group,
        range: metric.range,
        lower_is_better: metric.lower_is_better,
    };
    let task_entry = |task: &&'a TaskId| {
        let sample = runs.iter().find_map(|run| run.samples.get(*task));
        TaskEntry {
            id: task.as_str(),
            title: sample.map_or("", |sample| &sample.title),
            category: sample.map_or("", |sample| &sample.category),
        }
    };
    Index {
        headline: headline(metrics)
            .and_then(|head| metrics.iter().position(|metric| metric.id == head.id)),
        metrics: metrics.iter().map(entry).collect(),
        runs: runs
            .iter()
            .zip(labels)
            .enumerate()
            .map(|(number, (run, label))| run_entry(run_key(number), label, run, metrics))
            .collect(),
        tasks: tasks.iter().map(task_entry).collect(),
    }
}

fn run_entry<'a>(key: String, label: &'a str, run: &'a RunLog, metrics: &[Metric]) -> RunEntry<'a> {
    let manifest = &run.manifest;
    let counts = run.counts();
    let scores = run.scores();
    RunEntry {
        key,
        label,
        model: &manifest.model,
        suite: &manifest.suite,
        protocol: &manifest.protocol,
        judge: &manifest.judge,
        versions: manifest.versions.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect(),
        viewport: manifest.viewport.map(|viewport| viewport.to_string()),
        interrupted: run.interruption(),
        asked: run.asks_questions(),
        tasks: counts.tasks,
        answered: counts.answered,
        rendered: counts.rendered,
        scored: counts.scored,
        faults: counts.faults.into_iter().collect(),
        scores: metrics
            .iter()
            .map(|metric| {
                let summary = scores.get(&metric.id)?;
                Some(ScoreEntry { mean: summary.mean, ci95: summary.ci95, n: summary.n })
            })
            .collect(),
        stages: stages(run),
        usage: Usage::of(run),
        judges: judge_pairs(run),
    }
}

/// Median and 95th percentile of each stage, in the order stages first end.
fn stages(run: &RunLog) -> Vec<StageEntry> {
    let mut order: Vec<&str> = Vec::new();
    for timing in run.timings.values().flatten() {
        if !order.contains(&timing.stage.as_str()) && order.len() < 20 {
            order.push(&timing.stage);
        }
    }
    let entry = |stage: &&str| {
        let timings = run.timings.values().flatten().filter(|timing| timing.stage == **stage);
        let mut seconds: Vec<f64> = timings.map(|timing| timing.seconds).collect();
        seconds.sort_by(f64::total_cmp);
        let at = |share: usize| seconds.get((seconds.len() * share / 100).min(seconds.len() - 1));
        StageEntry {
            stage: (*stage).to_owned(),
            n: seconds.len(),
            median: rounded(at(50).copied().unwrap_or_default()),
            high: rounded(at(95).copied().unwrap_or_default()),
        }
    };
    order.iter().map(entry).collect()
}

/// `data/r0.js`: outcomes and values of one run by task and metric.
#[derive(Serialize)]
pub(super) struct RunColumns {
    /// By task: 0 scored, 1 page fault, 2 system fault, 3 unfinished, 4 not a task of this run.
    outcomes: Vec<u8>,
    /// Fault code by task, absent for most.
    faults: Vec<Option<String>>,
    /// By metric, then by task, to six decimals.
    values: Vec<Vec<Option<f64>>>,
    /// Places of unfinished tasks of which steps are known.
    begun: Vec<usize>,
}

pub(super) fn run_columns(run: &RunLog, metrics: &[Metric], tasks: &[&TaskId]) -> RunColumns {
    let mine: std::collections::BTreeSet<&TaskId> = run.manifest.tasks.iter().collect();
    let outcome = |task: &&TaskId| match run.samples.get(*task).map(|sample| sample.outcome) {
        Some(SampleOutcome::Scored) => 0,
        Some(SampleOutcome::PageFault) => 1,
        Some(SampleOutcome::SystemFault) => 2,
        None if mine.contains(*task) => 3,
        None => 4,
    };
    let fault = |task: &&TaskId| run.samples.get(*task)?.fault.as_ref().map(Fault::code);
    let column = |metric: &Metric| {
        let value = |task: &&TaskId| run.samples.get(*task)?.scores.value(&metric.id).map(rounded);
        tasks.iter().map(value).collect()
    };
    RunColumns {
        outcomes: tasks.iter().map(outcome).collect(),
        faults: tasks.iter().map(fault).collect(),
        values: metrics.iter().map(column).collect(),
        begun: (0..tasks.len()).filter(|&at| run.unfinished.contains_key(tasks[at])).collect(),
    }
}

pub(super) fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

/// `data/r0/7.js`: everything known of one sample.
#[derive(Serialize)]
pub(super) struct Detail<'a> {
    task: &'a str,
    title: &'a str,
    category: &'a str,
    outcome: SampleOutcome,
    answered: bool,
    rendered: bool,
    fault: Option<FaultEntry>,
    retries: Vec<FaultEntry>,
    /// The question, the right answer and the given one; absent for a page to be reproduced.
    questioning: Option<&'a Questioning>,
    scores: &'a [Score],
    blocks: &'a [BlockPair],
    reference: Page,
    candidate: Page,
    stages: Vec<Stage<'a>>,
    /// What was asked of models; absent where nothing was.
    #[serde(skip_serializing_if = "Exchanges::is_empty")]
    exchanges: Exchanges<'a>,
    /// What was done with the candidate; absent for a page that is only looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    interaction: Option<Filmstrip>,
    /// What came of the tests of a website; absent where there were none.
    #[serde(skip_serializing_if = "Tests::is_empty")]
    tests: Tests,
}

/// `data/r0/7.js` of a sample that was not finished: the steps that are known.
#[derive(Serialize)]
pub(super) struct UnfinishedDetail {
    interaction: Filmstrip,
}

pub(super) fn unfinished(
    run: &RunLog,
    trace: &InteractionTrace,
    blobs: &mut Blobs,
) -> Result<UnfinishedDetail, ReportError> {
    Ok(UnfinishedDetail { interaction: filmstrip(run, trace, blobs)? })
}

#[derive(Serialize)]
struct FaultEntry {
    code: String,
    ours: bool,
    detail: String,
}

/// One side of a sample.
#[derive(Serialize)]
struct Page {
    /// Path of the picture in the report.
    picture: Option<String>,
    /// Name and path (without `.js`) of the script with the page's HTML.
    source: Option<String>,
    capture: Option<CaptureFacts>,
    /// What the run names but does not hold.
    missing: Vec<&'static str>,
}

#[derive(Serialize)]
struct Stage<'a> {
    stage: &'a str,
    seconds: f64,
    phases: &'a [(String, f64)],
}

pub(super) fn detail<'a>(
    run: &'a RunLog,
    sample: &'a SampleResult,
    blobs: &mut Blobs,
) -> Result<Detail<'a>, ReportError> {
    let stage = |timing: &'a StageTiming| Stage {
        stage: &timing.stage,
        seconds: rounded(timing.seconds),
        phases: &timing.phases,
    };
    let asked = run.exchanges.get(&sample.task).map_or(&[][..], Vec::as_slice);
    Ok(Detail {
        task: sample.task.as_str(),
        title: &sample.title,
        category: &sample.category,
        outcome: sample.outcome,
        answered: sample.answered,
        rendered: sample.rendered,
        fault: sample.fault.as_ref().map(fault_entry),
        retries: run.retries.get(&sample.task).into_iter().flatten().map(fault_entry).collect(),
        questioning: sample.questioning.as_ref(),
        scores: &sample.scores.scores,
        blocks: &sample.scores.blocks,
        reference: page(
            run,
            sample,
            ["reference_png", "reference_html", "reference_capture"],
            blobs,
        )?,
        candidate: page(
            run,
            sample,
            ["candidate_png", "candidate_html", "candidate_capture"],
            blobs,
        )?,
        stages: run.timings.get(&sample.task).into_iter().flatten().map(stage).collect(),
        exchanges: exchanges(run, asked, blobs)?,
        interaction: match &sample.interaction {
            Some(trace) => Some(filmstrip(run, trace, blobs)?),
            None => None,
        },
        tests: tests(run, &sample.tests, blobs)?,
    })
}

fn fault_entry(fault: &Fault) -> FaultEntry {
    let (ours, detail) = match fault {
        Fault::Page(fault) => (false, &fault.detail),
        Fault::System(fault) => (true, &fault.detail),
    };
    FaultEntry { code: fault.code(), ours, detail: detail.clone() }
}

fn page(
    run: &RunLog,
    sample: &SampleResult,
    [png, html, capture]: [&str; 3],
    blobs: &mut Blobs,
) -> Result<Page, ReportError> {
    let named = |kind: &str| sample.blobs.get(kind).map(String::as_str);
    let mut missing = Vec::new();
    let picture = match named(png) {
        Some(name) => blobs.picture(&run.folder, name)?,
        None => None,
    };
    let source = match named(html) {
        Some(name) => blobs.source(&run.folder, name)?,
        None => None,
    };
    let facts = named(capture).and_then(|name| blobs.capture(&run.folder, name));
    for (kind, what, found) in [
        (png, "picture", picture.is_some()),
        (html, "HTML", source.is_some()),
        (capture, "capture", facts.is_some()),
    ] {
        if named(kind).is_some() && !found {
            missing.push(what);
        }
    }
    Ok(Page { picture, source, capture: facts, missing })
}
