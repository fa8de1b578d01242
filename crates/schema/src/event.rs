//! The run log: `run.json`, and one event a line in `events.jsonl`.
//!
//! A reader takes an equal major and a not newer minor version. `events.jsonl` is append-only: a
//! crash leaves a readable prefix, and the last line may be cut.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::exchange::Exchange;
use crate::fault::Fault;
use crate::interaction::{InteractionTrace, StepTrace, TestTrace};
use crate::policy::{RenderPolicy, Viewport};
use crate::score::Scores;
use crate::task::TaskId;

/// Raised when an older reader would misread a log.
pub const FORMAT_MAJOR: u32 = 1;
/// Raised when a log may hold something an older reader does not know.
pub const FORMAT_MINOR: u32 = 2;

/// `run.json`: what was run, with what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunManifest {
    /// `[major, minor]` of the log format.
    pub format: [u32; 2],
    /// Name of the suite.
    pub suite: String,
    /// Hash of all tasks and references: a resumed run must have the same.
    pub suite_hash: String,
    /// The protocol of its scores.
    pub protocol: String,
    /// The model, as it was named.
    pub model: String,
    /// The judge, as it was named.
    pub judge: String,
    /// The tasks, sorted.
    pub tasks: Vec<TaskId>,
    /// Render conditions.
    pub policy: RenderPolicy,
    /// A window that overrides the tasks' own, if one was asked for.
    pub viewport: Option<Viewport>,
    /// Versions of what made the numbers: `pageloom`, `browser`, `fonts`.
    pub versions: BTreeMap<String, String>,
    /// How models and judges were asked, such as `judge.repeat`; empty where none was.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub asking: BTreeMap<String, String>,
}

/// One line of `events.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A process began to work on the run, for the first time or again.
    Started {
        /// Samples that were finished already.
        finished: u32,
    },
    /// A stage of a sample ended.
    StageFinished {
        /// The sample.
        task: TaskId,
        /// `reference`, `candidate`, `render`, `judge`, `score`.
        stage: String,
        /// Wall-clock seconds of the stage.
        seconds: f64,
        /// The render's own phases, where the stage has them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        phases: Vec<(String, f64)>,
    },
    /// Something went wrong and was tried again.
    Retried {
        /// The sample.
        task: TaskId,
        /// What went wrong.
        fault: Fault,
    },
    /// A model or judge answered.
    Asked(Box<Exchange>),
    /// A step of an interaction is done, or more is known of it; the last one of a step counts.
    StepFinished {
        /// The sample.
        task: TaskId,
        /// The step.
        step: Box<StepTrace>,
    },
    /// A sample is done; the last one of a task counts.
    SampleFinished(Box<SampleResult>),
    /// All samples are done.
    Finished,
}

/// How a sample ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SampleOutcome {
    /// Rendered and scored.
    Scored,
    /// A page fault: scored with the lowest values.
    PageFault,
    /// A system fault: not scored.
    SystemFault,
}

/// Everything known of a finished sample. Two runs of the same task and answer give equal values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SampleResult {
    /// The task.
    pub task: TaskId,
    /// A few words for people.
    pub title: String,
    /// Kind of page, or empty.
    pub category: String,
    /// How it ended.
    pub outcome: SampleOutcome,
    /// Whether the model gave an answer.
    pub answered: bool,
    /// Whether the candidate was rendered.
    pub rendered: bool,
    /// What went wrong, if anything did.
    pub fault: Option<Fault>,
    /// The scores; empty after a system fault.
    pub scores: Scores,
    /// Blob names (`ab/<hash>.<ext>`) by what they hold: `reference_png`, `reference_capture`,
    /// `candidate_png`, `candidate_capture`, `reference_html`, `candidate_html`.
    pub blobs: BTreeMap<String, String>,
    /// The question and its answer, in the tracks of page understanding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub questioning: Option<Questioning>,
    /// What was done with the candidate, step by step, in the track of interactive pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interaction: Option<InteractionTrace>,
    /// What came of the tests of a website by its use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<TestTrace>,
}

/// A question, the right answer, and the one that was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Questioning {
    /// The question.
    pub question: String,
    /// The right answer.
    pub gold: String,
    /// What was answered; absent when nothing was.
    pub answer: Option<String>,
}

impl Event {
    /// Reads one line of `events.jsonl`.
    ///
    /// Not with `serde_json`: where another package of the build turns on its exact numbers, it
    /// hands numbers to a tagged value in a form that no number type takes.
    ///
    /// # Errors
    /// What is wrong with the line, for people.
    pub fn from_line(line: &[u8]) -> Result<Self, String> {
        let mut line = line.to_vec();
        simd_json::serde::from_slice(&mut line).map_err(|error| error.to_string())
    }
}
