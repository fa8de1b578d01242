//! Exit codes: public, and one match from error to code.

use pageloom_report::ReportError;
use pageloom_run::{BrowserError, ModelError, RunError};

use crate::commands::reward::Ending;

/// How a command ended. The numbers are part of the interface; README.md lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done = 0,
    /// Something of ours broke.
    Internal = 1,
    /// The command line or a setting cannot be understood (clap uses the same number).
    Usage = 2,
    /// A suite, page, picture, model or run that cannot be used.
    Input = 3,
    /// The machine lacks a browser or a helper program, or cannot confine them.
    Machine = 4,
    /// A file cannot be written: full disk, no right, another process.
    Storage = 5,
    /// Done, but some samples could not be scored through no fault of theirs.
    SystemFaults = 6,
    /// Done, but a page faulted (`render`, `score` and `generate`, which are about single pages).
    PageFault = 7,
    /// The budget is spent; what is finished is kept.
    Budget = 8,
    /// A model or judge cannot be asked: no key, wrong name, refused, or not there.
    Endpoint = 9,
    /// Stopped by its user; what is finished is kept.
    Stopped = 130,
}

/// A command line or setting that cannot be understood.
#[derive(Debug)]
pub(crate) struct UsageError(pub(crate) String);

impl std::fmt::Display for UsageError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}

impl Exit {
    /// The code of an error.
    pub(crate) fn of(error: &anyhow::Error) -> Self {
        if error.is::<UsageError>() {
            Self::Usage
        } else if let Some(error) = error.downcast_ref::<RunError>() {
            Self::of_run(error)
        } else if let Some(ending) = error.downcast_ref::<Ending>() {
            Self::of_run(&ending.0)
        } else if let Some(error) = error.downcast_ref::<BrowserError>() {
            Self::of_browser(error)
        } else if let Some(error) = error.downcast_ref::<ReportError>() {
            Self::of_report(error)
        } else if let Some(error) = error.downcast_ref::<std::io::Error>() {
            // A reader of our output that goes away (`| head`) is no failure.
            if error.kind() == std::io::ErrorKind::BrokenPipe { Self::Done } else { Self::Storage }
        } else {
            Self::Internal
        }
    }

    fn of_run(error: &RunError) -> Self {
        match error {
            RunError::NoSuite { .. }
            | RunError::UnknownLayout { .. }
            | RunError::BadSuite { .. }
            | RunError::BadFile(_)
            | RunError::NoModel(_)
            | RunError::NoEndpoint(_)
            | RunError::BadTask { .. }
            | RunError::Unfit { .. }
            | RunError::BadAnswers { .. }
            | RunError::NoJudge(_)
            | RunError::NoProtocol { .. }
            | RunError::NotARun { .. }
            | RunError::Build(_)
            | RunError::BadPicture { .. } => Self::Input,
            RunError::Rubric(_) | RunError::BadCompletion { .. } => Self::Input,
            RunError::Packages(error) if error.is_page_fault() => Self::Input,
            RunError::Packages(_) | RunError::Missing { .. } => Self::Machine,
            RunError::Storage { action: "read", .. } => Self::Input,
            RunError::OtherRun { .. }
            | RunError::Foreign(_)
            | RunError::OtherTask(_)
            | RunError::Busy(_)
            | RunError::Storage { .. } => Self::Storage,
            RunError::Browser(error) => Self::of_browser(error),
            RunError::Stopped { .. } => Self::Stopped,
            RunError::Model(error) => Self::of_model(error),
        }
    }

    fn of_model(error: &ModelError) -> Self {
        match error {
            ModelError::BadName { .. }
            | ModelError::BadKeyFile { .. }
            | ModelError::BadPrices(_)
            | ModelError::NoPrice { .. } => Self::Input,
            ModelError::Budget(_) => Self::Budget,
            ModelError::Store(_) => Self::Storage,
            ModelError::NoKey { .. }
            | ModelError::WhichModel { .. }
            | ModelError::Denied { .. }
            | ModelError::Unanswered { .. }
            | ModelError::NotRecorded { .. }
            | ModelError::Picture(_)
            | ModelError::Client(_) => Self::Endpoint,
        }
    }

    fn of_browser(error: &BrowserError) -> Self {
        match error {
            BrowserError::NotFound { .. }
            | BrowserError::NoDisplay(_)
            | BrowserError::NoWindow { .. }
            | BrowserError::NoIsolation(_)
            | BrowserError::Start { .. }
            | BrowserError::Lost
            | BrowserError::Silent { .. }
            | BrowserError::Refused { .. }
            | BrowserError::Protocol { .. } => Self::Machine,
            BrowserError::Page(_) => Self::PageFault,
        }
    }

    fn of_report(error: &ReportError) -> Self {
        match error {
            ReportError::Write { .. } | ReportError::Occupied { .. } => Self::Storage,
            ReportError::NotARun { .. }
            | ReportError::TooNew { .. }
            | ReportError::TooOld { .. }
            | ReportError::DamagedFile { .. }
            | ReportError::DamagedLine { .. }
            | ReportError::Read { .. } => Self::Input,
            ReportError::NoRuns => Self::Usage,
        }
    }
}
