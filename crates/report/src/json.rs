//! Runs as one JSON document: what was run, denominators, means with intervals, and each sample's
//! values, with its steps or tests where it was used. Reasons and evidence of scores stay in the run's `events.jsonl`.

use std::collections::BTreeMap;

use pageloom_schema::{
    AssertionResult, CheckOutcome, Counts, Fault, MetricSummary, Questioning, Resolution,
    SampleOutcome, SampleResult, StepOutcome, StepTrace, TaskId, TestTrace, TestVerdict,
};
use serde::Serialize;

use crate::escape;
use crate::judges::{JudgePair, judge_pairs};
use crate::phrase::step_phrase;
use crate::run_log::{RunLog, labels};
use crate::steps::{StepVerdict, first_failing, steps_done};
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
    /// How many actions were done and held; absent where there was nothing to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    steps_done: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_failed_step: Option<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    steps: Vec<Step<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tests: Vec<Test<'a>>,
}

/// One step of an interaction. Pictures stay in the run's blobs.
#[derive(Serialize)]
struct Step<'a> {
    step: u32,
    /// The action in words.
    action: String,
    verdict: StepVerdict,
    outcome: &'a StepOutcome,
    resolution: Option<&'a Resolution>,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination: Option<&'a Resolution>,
    checks: &'a [CheckOutcome],
    assertion: Option<&'a AssertionResult>,
    visual: &'a BTreeMap<String, f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    visual_words: Option<&'a str>,
}

/// One test of a website.
#[derive(Serialize)]
struct Test<'a> {
    task: &'a str,
    expected_result: &'a str,
    category: &'a str,
    verdict: Option<TestVerdict>,
    reason: &'a str,
    /// How many moves the tester made.
    moves: usize,
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

fn steps(sample: &SampleResult) -> Vec<Step<'_>> {
    sample.interaction.iter().flat_map(|trace| &trace.steps).map(step).collect()
}

fn step(step: &StepTrace) -> Step<'_> {
    Step {
        step: step.step,
        action: step_phrase(step.action.as_ref()).to_string(),
        verdict: StepVerdict::of(step),
        outcome: &step.outcome,
        resolution: step.resolution.as_ref(),
        destination: step.destination.as_ref(),
        checks: &step.checks,
        assertion: step.assertion.as_ref(),
        visual: &step.visual,
        visual_words: step.visual_words.as_deref(),
    }
}

fn test(trace: &TestTrace) -> Test<'_> {
    Test {
        task: &trace.case.task,
        expected_result: &trace.case.expected_result,
        category: &trace.case.category,
        verdict: trace.verdict,
        reason: &trace.reason,
        moves: trace.moves.len(),
    }
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
        steps_done: sample.interaction.as_ref().map(steps_done),
        first_failed_step: sample.interaction.as_ref().and_then(first_failing).map(|s| s.step),
        steps: steps(sample),
        tests: sample.tests.iter().map(test).collect(),
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
