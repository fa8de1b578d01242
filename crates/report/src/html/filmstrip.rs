//! The steps of an interaction and the tests of a website, as a sample's page shows them. Names,
//! sentences and reasons are what a task, a page or a model wrote: they are cut, and stay text. Only
//! pictures that the run holds are named.

use pageloom_schema::{
    AssertionResult, CheckOutcome, GroundingMethod, InteractionTrace, Rect, Resolution,
    StepOutcome, StepTrace, TestMove, TestTrace, TestVerdict,
};
use serde::Serialize;

use super::blob::{Blobs, PictureFile};
use super::data::rounded;
use crate::error::ReportError;
use crate::phrase::{Phrase, check_phrase, cut, step_phrase};
use crate::run_log::RunLog;
use crate::steps::{StepVerdict, first_failing, reason_words, steps_done, steps_total};

/// The most steps, or tests, of one sample that are shown.
const MAX_ENTRIES: usize = 500;
/// The most checks, values or moves of one entry that are shown.
const MAX_PARTS: usize = 100;
/// The most characters of a name.
const MAX_NAME: usize = 300;
/// The most characters of a reason, a sentence or a judge's words.
const MAX_WORDS: usize = 8_000;

/// A replay, or as much as is known of it.
#[derive(Serialize)]
pub(super) struct Filmstrip {
    steps: Vec<StepEntry>,
    /// How many further steps the run has.
    left_out: usize,
    /// How many actions were done and held before the first that did not.
    done: usize,
    /// How many actions there are.
    total: usize,
    /// Place of the first failing step in `steps`.
    first_failing: Option<usize>,
}

#[derive(Serialize)]
struct StepEntry {
    step: u32,
    phrase: Phrase,
    verdict: StepVerdict,
    /// Why it could not be done, or what broke; absent for what was done.
    failure: Option<Failure>,
    /// True where the task compares this step with a checkpoint.
    compared: bool,
    resolution: Option<Found>,
    destination: Option<Found>,
    checks: Vec<CheckEntry>,
    /// What has to be true after the action, in the task's words.
    sentence: Option<String>,
    assertion: Option<AssertionEntry>,
    /// What was compared, and how alike it is.
    visual: Vec<(String, f64)>,
    visual_words: Option<String>,
    reference: Option<PictureFile>,
    candidate: Option<PictureFile>,
    difference: Option<PictureFile>,
    /// What the run names but does not hold.
    missing: Vec<&'static str>,
}

#[derive(Serialize)]
struct Failure {
    words: String,
    detail: String,
}

/// What a description was taken to mean.
#[derive(Serialize)]
struct Found {
    method: GroundingMethod,
    role: String,
    name: String,
    rect: Rect,
    score: Option<f64>,
    runner_up: Option<(String, f64)>,
    explanation: String,
}

#[derive(Serialize)]
struct CheckEntry {
    phrase: Phrase,
    compiled: bool,
    holds: bool,
    explanation: String,
}

#[derive(Serialize)]
struct AssertionEntry {
    holds: Option<bool>,
    words: String,
}

/// The steps of `trace`, their pictures taken over into the report.
pub(super) fn filmstrip(
    run: &RunLog,
    trace: &InteractionTrace,
    blobs: &mut Blobs,
) -> Result<Filmstrip, ReportError> {
    let shown = trace.steps.iter().take(MAX_ENTRIES);
    let steps: Vec<StepEntry> =
        shown.map(|step| step_entry(run, step, blobs)).collect::<Result<_, _>>()?;
    let failing = first_failing(trace).map(|step| step.step);
    Ok(Filmstrip {
        left_out: trace.steps.len() - steps.len(),
        done: steps_done(trace),
        total: steps_total(trace),
        first_failing: steps.iter().position(|step| Some(step.step) == failing),
        steps,
    })
}

fn step_entry(run: &RunLog, step: &StepTrace, blobs: &mut Blobs) -> Result<StepEntry, ReportError> {
    let failure = match &step.outcome {
        StepOutcome::Failed { reason, detail } => {
            Some(Failure { words: reason_words(*reason).to_owned(), detail: words(detail) })
        }
        StepOutcome::Faulty { fault } => {
            let words = fault.code().replace('/', " fault: ").replace('_', " ");
            Some(Failure { words, detail: cut(&fault.to_string(), MAX_WORDS) })
        }
        StepOutcome::Done | StepOutcome::Unreached => None,
    };
    let mut missing = Vec::new();
    let mut picture = |kind: &'static str| -> Result<Option<PictureFile>, ReportError> {
        let Some(name) = step.blobs.get(kind) else { return Ok(None) };
        let found = blobs.sized_picture(&run.folder, name)?;
        if found.is_none() {
            missing.push(kind);
        }
        Ok(found)
    };
    let (reference, candidate, difference) =
        (picture("reference")?, picture("candidate")?, picture("difference")?);
    let visual = step.visual.iter().take(MAX_PARTS);
    let action = step.action.as_ref();
    Ok(StepEntry {
        step: step.step,
        phrase: step_phrase(action),
        verdict: StepVerdict::of(step),
        failure,
        compared: action.is_none_or(|action| action.visual_evaluation_flag),
        resolution: step.resolution.as_ref().map(found),
        destination: step.destination.as_ref().map(found),
        checks: step.checks.iter().take(MAX_PARTS).map(check).collect(),
        sentence: action.and_then(|action| action.logical_assertion.as_deref()).map(words),
        assertion: step.assertion.as_ref().map(assertion),
        visual: visual.map(|(name, value)| (cut(name, MAX_NAME), rounded(*value))).collect(),
        visual_words: step.visual_words.as_deref().map(words),
        reference,
        candidate,
        difference,
        missing,
    })
}

fn words(text: &str) -> String {
    cut(text, MAX_WORDS)
}

fn found(resolution: &Resolution) -> Found {
    let runner_up = resolution.runner_up.as_ref();
    Found {
        method: resolution.method,
        role: cut(&resolution.role, MAX_NAME),
        name: cut(&resolution.name, MAX_NAME),
        rect: resolution.rect,
        score: resolution.score.map(rounded),
        runner_up: runner_up.map(|(name, score)| (cut(name, MAX_NAME), rounded(*score))),
        explanation: words(&resolution.explanation),
    }
}

fn check(outcome: &CheckOutcome) -> CheckEntry {
    CheckEntry {
        phrase: check_phrase(&outcome.check),
        compiled: outcome.compiled,
        holds: outcome.holds,
        explanation: words(&outcome.explanation),
    }
}

fn assertion(result: &AssertionResult) -> AssertionEntry {
    AssertionEntry { holds: result.holds, words: words(&result.words) }
}

/// The tests of a website.
#[derive(Default, Serialize)]
pub(super) struct Tests {
    cases: Vec<CaseEntry>,
    /// How many further tests the run has.
    left_out: usize,
}

impl Tests {
    pub(super) fn is_empty(&self) -> bool {
        self.cases.is_empty()
    }
}

#[derive(Serialize)]
struct CaseEntry {
    task: String,
    expected: String,
    category: String,
    /// Absent when something of ours failed.
    verdict: Option<TestVerdict>,
    reason: String,
    moves: Vec<MoveEntry>,
    /// How many further moves the run has.
    left_out: usize,
}

#[derive(Serialize)]
struct MoveEntry {
    action: String,
    not_done: Option<String>,
    picture: Option<PictureFile>,
    /// True where the run names a picture that it does not hold.
    missing: bool,
}

/// The tests `traces`, their pictures taken over into the report.
pub(super) fn tests(
    run: &RunLog,
    traces: &[TestTrace],
    blobs: &mut Blobs,
) -> Result<Tests, ReportError> {
    let mut cases = Vec::new();
    for trace in traces.iter().take(MAX_ENTRIES) {
        let moves = trace.moves.iter().take(MAX_PARTS);
        let moves: Vec<MoveEntry> =
            moves.map(|made| move_entry(run, made, blobs)).collect::<Result<_, _>>()?;
        cases.push(CaseEntry {
            task: words(&trace.case.task),
            expected: words(&trace.case.expected_result),
            category: cut(&trace.case.category, MAX_NAME),
            verdict: trace.verdict,
            reason: words(&trace.reason),
            left_out: trace.moves.len() - moves.len(),
            moves,
        });
    }
    Ok(Tests { left_out: traces.len() - cases.len(), cases })
}

fn move_entry(run: &RunLog, made: &TestMove, blobs: &mut Blobs) -> Result<MoveEntry, ReportError> {
    let picture = match &made.picture {
        Some(name) => blobs.sized_picture(&run.folder, name)?,
        None => None,
    };
    Ok(MoveEntry {
        action: cut(&made.action, MAX_NAME),
        not_done: made.not_done.as_deref().map(words),
        missing: made.picture.is_some() && picture.is_none(),
        picture,
    })
}
