//! What was read out of a model's answer, and what the checks of it say.
//!
//! An [`Extraction`] is the answer as a [`Project`] with everything that was wrong with the answer
//! itself; a [`ComplianceReport`] is what the checks of that project say. Both are plain values: an
//! answer was read, nothing of it was run.

use serde::{Deserialize, Serialize};

use crate::finding::{Finding, Severity};
use crate::project::{DeclaredCommand, Project};

/// Which words an answer uses for its tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// `webArtifact` and `webAction`.
    Web,
    /// `boltArtifact` and `boltAction`.
    Bolt,
}

impl Dialect {
    /// The name of the tag around the whole answer.
    #[must_use]
    pub fn artifact(self) -> &'static str {
        match self {
            Self::Web => "webArtifact",
            Self::Bolt => "boltArtifact",
        }
    }

    /// The name of the tag around one file or command.
    #[must_use]
    pub fn action(self) -> &'static str {
        match self {
            Self::Web => "webAction",
            Self::Bolt => "boltAction",
        }
    }
}

/// What kind of answer it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AnswerKind {
    /// Files and commands in tags.
    Artifact {
        /// The words of its tags.
        dialect: Dialect,
    },
    /// One HTML page, bare or in a fence.
    Page,
    /// Neither was found.
    Nothing,
}

/// One action of an answer as it was written, in the order of the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawAction {
    /// The value of its `type` attribute, cut to 40 characters.
    pub action_type: String,
    /// The value of its `filePath` attribute, cut to 300 characters, unchecked: never open it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Line of its opening tag in the answer, from 1.
    pub line: u32,
    /// The size of its body as written, in bytes.
    pub body_bytes: usize,
    /// Its body was written with HTML entities in place of `<` and `>`.
    pub escaped: bool,
    /// It has a closing tag.
    pub closed: bool,
}

/// A model's answer, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extraction {
    /// The files that may be used: confined paths, within the limits.
    pub project: Project,
    /// The commands the answer declares, in its order. None is ever run.
    pub commands: Vec<DeclaredCommand>,
    /// The artifact's id, when it has one that is not empty.
    pub id: Option<String>,
    /// The artifact's title, when it has one that is not empty.
    pub title: Option<String>,
    /// The text of the think block, when there is one.
    pub reasoning: Option<String>,
    /// What kind of answer it is.
    pub kind: AnswerKind,
    /// What is wrong with the answer, in the order of the answer.
    pub findings: Vec<Finding>,
    /// The answer stops in the middle: an action, the artifact or a fence is open at its end.
    pub truncated: bool,
    /// All actions as written, also those that gave no file.
    pub actions: Vec<RawAction>,
}

impl Extraction {
    /// True when nothing that was found makes the answer unacceptable as a project.
    #[must_use]
    pub fn is_acceptable(&self) -> bool {
        !self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }
}

/// The outcome of one check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckResult {
    /// The check's name, such as `imports_resolve`.
    pub id: String,
    /// True when no finding of it is an error.
    pub passed: bool,
    /// What it found, sorted by place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

impl CheckResult {
    /// The result of check `id` with these findings, which are sorted and put in their place.
    #[must_use]
    pub fn new(id: &str, mut findings: Vec<Finding>) -> Self {
        findings.sort_by(|a, b| {
            (&a.path, a.line, &a.check, &a.message).cmp(&(&b.path, b.line, &b.check, &b.message))
        });
        findings.dedup();
        let passed = !findings.iter().any(|finding| finding.severity == Severity::Error);
        Self { id: id.to_owned(), passed, findings }
    }
}

/// What the published static gate and format reward say about an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompatVerdict {
    /// 1.0 when every rule of the published gate holds, else 0.0.
    pub static_compliance: f64,
    /// 1.0 when the whole answer has the published form, else 0.0.
    pub format: f64,
    /// Which rules of either did not hold, by name, in the order they are checked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
}

/// What all checks of an answer say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComplianceReport {
    /// Every check, in a fixed order; one that does not apply has passed.
    pub checks: Vec<CheckResult>,
    /// What the published code would say.
    pub compat: CompatVerdict,
}

impl ComplianceReport {
    /// True when every check passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.checks.iter().all(|check| check.passed)
    }

    /// The result of the check with this name.
    #[must_use]
    pub fn check(&self, id: &str) -> Option<&CheckResult> {
        self.checks.iter().find(|check| check.id == id)
    }

    /// All findings of all checks, in the order of the checks.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.checks.iter().flat_map(|check| &check.findings)
    }
}
