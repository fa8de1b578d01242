//! What happened when the actions of a task were done on a candidate: the trace of an interaction.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::action::{Check, TaskAction};
use crate::fault::Fault;
use crate::geometry::Rect;
use crate::task::TestCase;

/// A whole replay: the first view, and one step for each action of the task, in its order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InteractionTrace {
    /// Step 0 is the first view and has no action; step k is the k-th action.
    pub steps: Vec<StepTrace>,
}

/// One step of a replay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepTrace {
    /// Its number: 0 for the first view.
    pub step: u32,
    /// The action; absent for the first view.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<TaskAction>,
    /// What became of it.
    pub outcome: StepOutcome,
    /// What the action was done to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Resolution>,
    /// What something was dragged onto.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<Resolution>,
    /// Checks without a model: those of the task, and those that its sentence was compiled to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<CheckOutcome>,
    /// The judge's answer to the sentence, where one was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assertion: Option<AssertionResult>,
    /// Comparison with the checkpoint, where there is one: values in 0..=1 by what was compared
    /// (`ocr`, `dino`, `structure`, `judge`), absent ones left out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub visual: BTreeMap<String, f64>,
    /// What the judge of the pictures said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visual_words: Option<String>,
    /// Pictures by what they show: `reference`, `candidate`, `difference`; names of blobs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub blobs: BTreeMap<String, String>,
}

impl StepTrace {
    /// A step of which nothing is known but what became of it: the first view.
    #[must_use]
    pub fn new(outcome: StepOutcome) -> Self {
        Self {
            step: 0,
            action: None,
            outcome,
            resolution: None,
            destination: None,
            checks: Vec::new(),
            assertion: None,
            visual: BTreeMap::new(),
            visual_words: None,
            blobs: BTreeMap::new(),
        }
    }
}

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum StepOutcome {
    /// The browser dispatched it to the element, and that element received it.
    Done,
    /// It could not be done.
    Failed {
        /// Why.
        reason: StepFailure,
        /// One line for people.
        detail: String,
    },
    /// The page, or something of ours, broke.
    Faulty {
        /// Whose fault, and what.
        fault: Fault,
    },
    /// An earlier step ended the replay.
    Unreached,
}

/// Why an action could not be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepFailure {
    /// No element fits the description.
    NotFound,
    /// Several fit equally well.
    Ambiguous,
    /// Something else lies over it, or it cannot be brought into the window.
    Covered,
    /// It moved away, went, or is disabled, and did not receive the event.
    NotReceived,
    /// The page did not scroll, or a field did not take what was typed.
    NoEffect,
    /// What was waited for did not come.
    NeverCame,
    /// The action lacks a parameter, or cannot be done to such an element.
    Unfit,
}

/// What a description was taken to mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Resolution {
    /// How it was found: `target`, `local`, `tree` or `marks`.
    pub method: GroundingMethod,
    /// Its role.
    pub role: String,
    /// Its name, or its text.
    pub name: String,
    /// Where it was, in CSS pixels of the window.
    pub rect: Rect,
    /// How well it fits, in 0..=1; absent where a model chose it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// The next best one, and how well it fits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runner_up: Option<(String, f64)>,
    /// Why this one, in a line.
    pub explanation: String,
}

/// How an element was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroundingMethod {
    /// By the task's own target.
    Target,
    /// From the description, without a model.
    Local,
    /// A language model chose it from the tree of elements.
    Tree,
    /// A vision model chose it from a numbered screenshot.
    Marks,
}

/// What a check came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckOutcome {
    /// The check.
    pub check: Check,
    /// Whether it was compiled from the task's sentence.
    #[serde(default)]
    pub compiled: bool,
    /// Whether it holds.
    pub holds: bool,
    /// What was seen, in a line.
    pub explanation: String,
}

/// What a judge said of a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssertionResult {
    /// Whether it holds; absent when the judge could not be asked or read.
    pub holds: Option<bool>,
    /// The judge's words, or why there are none.
    pub words: String,
}

/// One test of a website by its use: what the tester did, and how it decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestTrace {
    /// The test.
    pub case: TestCase,
    /// The verdict; absent when something of ours failed.
    pub verdict: Option<TestVerdict>,
    /// The tester's reason, or what failed.
    pub reason: String,
    /// What it did, in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moves: Vec<TestMove>,
}

/// What a tester decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TestVerdict {
    /// What was expected came.
    Yes,
    /// A part of it came.
    Partial,
    /// It did not come.
    No,
    /// The site never started, so nothing could be tried.
    NotStarted,
}

/// One move of a tester.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestMove {
    /// In words, such as `click 5: button \"Add\"`.
    pub action: String,
    /// What came of it, where it could not be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_done: Option<String>,
    /// The window after it; the name of a blob.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
}
