//! Runs as one JSON document: what was run, denominators, means with intervals, and each sample's
//! values. Reasons and evidence stay in the run's `events.jsonl`.

use std::collections::BTreeMap;

use pageloom_schema::{Counts, Fault, MetricSummary, Questioning, SampleOutcome, TaskId};
use serde::Serialize;

use crate::escape;
use crate::judges::{JudgePair, judge_pairs};
use crate::run_log::{RunLog, labels};
use crate::usage::Usage;

#[derive(Serialize)]
struct Document<'a> {
    runs: Vec<Run<'a>>,
}

#[derive(Serialize)]
struct Run<'a> {
    label: String,
    model: &'a str,
    suite: &'a str,
    protocol: &'a str,
    judge: &'a str,
    versions: &'a BTreeMap<String, String>,
    interrupted: bool,
    finished: usize,
    counts: Counts,
    scores: BTreeMap<String, MetricSummary>,
    /// What was asked of models; zeros where nothing was.
    usage: Usage,
    /// Two judges side by side, where both looked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    judges: Vec<JudgePair>,
    samples: Vec<Sample<'a>>,
}

#[derive(Serialize)]
struct Sample<'a> {
    task: &'a TaskId,
    title: &'a str,
    category: &'a str,
    outcome: SampleOutcome,
    answered: bool,
    rendered: bool,
    fault: Option<&'a Fault>,
    scores: BTreeMap<&'a str, Option<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    questioning: Option<&'a Questioning>,
}

/// All of `runs` as one pretty-printed JSON document with a line break at its end. An absent
/// value is `null`; samples are sorted by task; an unfinished sample is not listed.
#[must_use]
pub fn json(runs: &[RunLog]) -> String {
    let document = Document { runs: labels(runs).into_iter().zip(runs).map(one_run).collect() };
    pretty(&document)
}

/// Pretty-printed JSON with a line break at its end.
pub(crate) fn pretty<T: Serialize>(value: &T) -> String {
    // Plain data with text keys: serialising cannot fail.
    escape::printed_json(&serde_json::to_string_pretty(value).unwrap_or_default()) + "\n"
}

fn one_run((label, run): (String, &RunLog)) -> Run<'_> {
    let samples = run.samples.values().map(|sample| Sample {
        task: &sample.task,
        title: &sample.title,
        category: &sample.category,
        outcome: sample.outcome,
        answered: sample.answered,
        rendered: sample.rendered,
        fault: sample.fault.as_ref(),
        scores: sample.scores.scores.iter().map(|s| (s.metric.as_str(), s.value)).collect(),
        questioning: sample.questioning.as_ref(),
    });
    Run {
        label,
        model: &run.manifest.model,
        suite: &run.manifest.suite,
        protocol: &run.manifest.protocol,
        judge: &run.manifest.judge,
        versions: &run.manifest.versions,
        interrupted: run.is_interrupted(),
        finished: run.samples.len(),
        counts: run.counts(),
        scores: run.scores(),
        usage: Usage::of(run),
        judges: judge_pairs(run),
        samples: samples.collect(),
    }
}
