//! Tasks, suites and candidates: pages to be reproduced, questions about pages, recordings to be
//! rebuilt, and instructions for websites.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::action::InteractiveRow;
use crate::capture::Png;
use crate::policy::Viewport;
use crate::site::{Site, SiteError, SitePath};

/// A task's name inside its suite: letters, digits, `.`, `_` and `-`, at most 100 bytes, so that
/// it is also a file name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TaskId(String);

impl TaskId {
    /// A task id from text that nobody has checked.
    ///
    /// # Errors
    /// [`SiteError::Escape`] when the text cannot be one.
    pub fn new(text: &str) -> Result<Self, SiteError> {
        let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if text.is_empty() || text.len() > 100 || text.starts_with('.') || !text.chars().all(fine) {
            return Err(SiteError::Escape(text.chars().take(120).collect()));
        }
        Ok(Self(text.to_owned()))
    }

    /// The id of what has none.
    #[must_use]
    pub fn unnamed() -> Self {
        Self("unnamed".to_owned())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for TaskId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for TaskId {
    type Error = SiteError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(&text)
    }
}

impl From<TaskId> for String {
    fn from(id: TaskId) -> Self {
        id.0
    }
}

/// What a candidate is held against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// A page we can render: every metric applies.
    Site(Site),
    /// A picture alone: only what can be measured on pixels applies.
    Screenshot(Png),
    /// There is none, as with websites that are asked for in words.
    Nothing,
}

/// A question about a page, which a model answers in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The question as the benchmark asks it.
    pub text: String,
    /// What a model is shown; absent: the picture of the rendered reference.
    pub picture: Option<Png>,
    /// The right answer.
    pub gold: Gold,
}

/// The right answer to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gold {
    /// Yes, or no.
    YesNo(bool),
    /// A piece of the page's text.
    Span {
        /// The text.
        answer: String,
        /// The `tid` of the element that holds it; absent where the benchmark names none.
        element: Option<u32>,
    },
}

impl Gold {
    /// The answer in words.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::YesNo(true) => "Yes",
            Self::YesNo(false) => "No",
            Self::Span { answer, .. } => answer,
        }
    }
}

/// A recording of a page in use, which is to be rebuilt with its behaviour.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// What is done in it, and what has to come of it.
    pub row: InteractiveRow,
    /// The task's folder: video, assets, checkpoints.
    pub folder: PathBuf,
    /// Hash of everything in it.
    pub hash: String,
}

/// A website that is asked for in words, and the tests it has to pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// What is wanted.
    pub text: String,
    /// Kind of application, or empty.
    pub application: String,
    /// The tests, in their order.
    pub cases: Vec<TestCase>,
}

/// One test of a website by its use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestCase {
    /// What the tester does.
    pub task: String,
    /// What has to come of it.
    pub expected_result: String,
    /// Such as `Functional Testing`, or empty.
    pub category: String,
}

/// What a task asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Work {
    /// A page that looks like the reference.
    Reproduce,
    /// An answer to a question about the reference.
    Answer(Question),
    /// A page that looks and works like the one in a recording.
    Rebuild(Arc<Recording>),
    /// A website that does what it is to do.
    Create(Arc<Instruction>),
}

/// One thing to be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Its name, unique in the suite.
    pub id: TaskId,
    /// A few words for people.
    pub title: String,
    /// Kind of page (`landing`, `dashboard`, …), or empty.
    pub category: String,
    /// The window both pages are rendered in.
    pub viewport: Viewport,
    /// What is to be reproduced, or what the question is about.
    pub reference: Reference,
    /// What is asked for.
    pub work: Work,
}

impl Task {
    /// The question, in the tracks of page understanding.
    #[must_use]
    pub fn question(&self) -> Option<&Question> {
        match &self.work {
            Work::Answer(question) => Some(question),
            _ => None,
        }
    }
}

/// Tasks that are run and reported together, sorted by id.
#[derive(Clone, Debug, PartialEq)]
pub struct Suite {
    /// The suite's name.
    pub name: String,
    /// The protocol its scores belong to, such as `web2code-wcgb/v1`.
    pub protocol: String,
    /// The tasks, sorted by id.
    pub tasks: Vec<Task>,
    /// Files every page of the suite may refer to (shared placeholder images, say).
    pub shared_files: Vec<(SitePath, std::sync::Arc<[u8]>)>,
}

/// What a model answered to one task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Candidate {
    /// Text that should hold a page.
    Answer(String),
    /// A site that is complete already (a baseline's, a saved folder's).
    Site(Site),
    /// Nothing.
    Missing,
}
