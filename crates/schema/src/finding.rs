//! A finding: one named thing that a check of an answer or of a project has to say.

use serde::{Deserialize, Serialize};

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing; breaks nothing.
    Note,
    /// Likely a mistake; the site may still work.
    Warning,
    /// The check fails.
    Error,
}

/// One thing that a check found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// The check's name, such as `path_escape` or `import_unresolved`.
    pub check: String,
    /// How much it weighs.
    pub severity: Severity,
    /// The file it is in, as the answer names it (cut to 200 characters); absent when it is about
    /// the whole answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Line in that file, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// One line for people.
    pub message: String,
}

impl Finding {
    /// A finding of `check` about the whole answer.
    pub fn new(check: &str, severity: Severity, message: impl Into<String>) -> Self {
        Self { check: check.to_owned(), severity, path: None, line: None, message: message.into() }
    }

    /// True when it says that an answer brings nothing that could be a page.
    #[must_use]
    pub fn is_no_answer(&self) -> bool {
        self.severity == Severity::Error
            && matches!(self.check.as_str(), "missing_artifact" | "no_page")
    }

    /// The same finding, in a file.
    #[must_use]
    pub fn at(mut self, path: &str, line: Option<u32>) -> Self {
        self.path = Some(path.chars().take(200).collect());
        self.line = line;
        self
    }
}
