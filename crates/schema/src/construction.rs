//! What came of building a project into a site: which builder ran, and why it failed if it did.

use serde::{Deserialize, Serialize};

/// Who turned a project into a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Builder {
    /// Nobody had to: the files can be opened as they are.
    Static,
    /// Our own bundler in a worker process.
    Fast,
    /// The project's own Vite in the sandbox.
    Exact,
}

/// Why a build failed: the same classes whichever builder ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BuildErrorClass {
    /// A source file, style sheet or JSON file cannot be parsed.
    Syntax,
    /// An import names no file and no installed package.
    UnresolvedImport,
    /// An import names something that its module does not export.
    MissingExport,
    /// `@apply` names a class that does not exist.
    UnknownApplyClass,
    /// package.json, or a configuration file, cannot be read or used.
    BadConfig,
    /// A declared dependency does not exist, is refused, or cannot be installed.
    Dependency,
    /// A type error: reported, and no failure, as with Vite.
    TypeOnly,
    /// The build passed its time limit.
    Timeout,
    /// The build passed its memory limit.
    Memory,
    /// The build wrote more files or bytes than it may.
    Output,
    /// Another failure of the build, in the builder's own words.
    Other,
}

/// One problem of a build.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BuildProblem {
    /// What kind it is.
    pub class: BuildErrorClass,
    /// The file, relative to the project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Line in that file, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// One line for people, without absolute paths, at most 500 characters.
    pub message: String,
}

impl BuildProblem {
    /// A problem of `class` without a place; the message is cut to one line of 500 characters.
    pub fn new(class: BuildErrorClass, message: &str) -> Self {
        let line = message.lines().next().unwrap_or_default();
        Self { class, path: None, line: None, message: line.chars().take(500).collect() }
    }

    /// The same problem, in a file.
    #[must_use]
    pub fn at(mut self, path: impl Into<String>, line: Option<u32>) -> Self {
        self.path = Some(path.into());
        self.line = line;
        self
    }
}
