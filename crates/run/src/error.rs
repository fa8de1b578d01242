//! Why a run could not be started or had to stop.

use std::path::{Path, PathBuf};

use crate::problems::FileProblems;

/// An error of the run crate.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// There is no suite of that name or at that path.
    #[error(
        "no suite `{name}`: it is neither a bundled suite ({bundled}) nor a folder\nhint: name a bundled suite, a folder with a suite.toml, or a folder of pages"
    )]
    NoSuite {
        /// What was asked for.
        name: String,
        /// The bundled suites.
        bundled: String,
    },
    /// A folder is there, but it is in no layout we know.
    #[error(
        "`{}` is in no layout known here: {reason}\nhint: known layouts are {layouts}; name one with --layout",
        path.display()
    )]
    UnknownLayout {
        /// The folder.
        path: PathBuf,
        /// What was looked for.
        reason: String,
        /// The layouts.
        layouts: String,
    },
    /// A suite has a fault in it.
    #[error(
        "suite `{}`, {place}: {message}\nhint: correct it there, or name another SUITE or --layout",
        path.display()
    )]
    BadSuite {
        /// The file or folder.
        path: PathBuf,
        /// Line, field or task.
        place: String,
        /// What is wrong.
        message: String,
    },
    /// A file of tasks, or a script of one, has faults in it.
    #[error(transparent)]
    BadFile(#[from] FileProblems),
    /// No model of that name.
    #[error(
        "no model `{0}`\nhint: write baseline:oracle, baseline:blank, baseline:text, baseline:screenshot, baseline:layout, replay:DIR, PROVIDER:NAME or the URL of an endpoint; for questions also baseline:dom, baseline:yes, baseline:no or replay:FILE.jsonl"
    )]
    NoModel(String),
    /// A model that is behind no endpoint, where one has to write.
    #[error(
        "`{0}` is no model behind an endpoint, and only such a one writes pages\nhint: write PROVIDER:NAME such as openai:gpt-4o, or the URL of an endpoint; fake:pages plays one without a network"
    )]
    NoEndpoint(String),
    /// A model that cannot do the tasks of a suite.
    #[error(
        "`{model}` cannot answer suite `{suite}` of protocol {protocol}: {reason}\nhint: take {fitting}"
    )]
    Unfit {
        /// The model as it was named.
        model: String,
        /// The suite's name.
        suite: String,
        /// Its protocol.
        protocol: String,
        /// Why it cannot.
        reason: String,
        /// Models that can.
        fitting: String,
    },
    /// A file of saved answers has a fault in it.
    #[error(
        "answers `{}`, {place}: {message}\nhint: each line is JSON with `q_id` and `pred`, and each question occurs once",
        path.display()
    )]
    BadAnswers {
        /// The file.
        path: PathBuf,
        /// The line.
        place: String,
        /// What is wrong.
        message: String,
    },
    /// No judge of that name.
    #[error(
        "no judge `{0}`\nhint: write `local`, PROVIDER:NAME such as openai:gpt-4o, or the URL of an endpoint"
    )]
    NoJudge(String),
    /// A protocol that the suite, or the judge, does not have.
    #[error("no protocol `{name}` here: {reason}\nhint: {hint}")]
    NoProtocol {
        /// What was asked for.
        name: String,
        /// Why it cannot be had.
        reason: String,
        /// What can.
        hint: String,
    },
    /// A model or judge cannot be asked any further.
    #[error(transparent)]
    Model(#[from] pageloom_model::ModelError),
    /// A folder that should hold a run holds none.
    #[error("`{}` is no run that can be read: {reason}\nhint: name the folder that `eval` wrote", path.display())]
    NotARun {
        /// The folder.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A part of the machine that this needs is missing.
    #[error("{what} is needed and missing\nhint: {hint}")]
    Missing {
        /// The part.
        what: String,
        /// How to get it.
        hint: String,
    },
    /// The dependency store cannot be used.
    #[error(transparent)]
    Packages(#[from] pageloom_packages::PackagesError),
    /// No scaffold, or a rubric that cannot be used.
    #[error(transparent)]
    Rubric(#[from] pageloom_score::rubric::RubricError),
    /// A line of completions cannot be read.
    #[error(
        "{place} is no completion: {message}\nhint: each line is JSON with `id`, `completion` and, if you like, `instruction`"
    )]
    BadCompletion {
        /// File and line.
        place: String,
        /// What is wrong.
        message: String,
    },
    /// The run folder holds another run.
    #[error(
        "`{}` holds another run: its {field} is `{found}`, not `{wanted}`\nhint: choose another --out, or remove the folder",
        path.display()
    )]
    OtherRun {
        /// The folder.
        path: PathBuf,
        /// What differs.
        field: String,
        /// What is there.
        found: String,
        /// What was asked for.
        wanted: String,
    },
    /// A folder that holds what others made.
    #[error(
        "`{}` is not empty, and nothing of `generate` is in it\nhint: name a new folder with --out; files that others made are not written over",
        .0.display()
    )]
    Foreign(PathBuf),
    /// A folder that holds the result of another task.
    #[error(
        "`{}` holds the result of another task, or of this one before it was changed\nhint: choose another --out, or remove the folder",
        .0.display()
    )]
    OtherTask(PathBuf),
    /// A task that cannot be generated.
    #[error("`{task}` is no task for `generate`: {reason}\nhint: {hint}")]
    BadTask {
        /// The task as it was named, cut short.
        task: String,
        /// What is wrong.
        reason: String,
        /// What is right.
        hint: String,
    },
    /// Another process works on the run.
    #[error("another process is working on `{}`", .0.display())]
    Busy(PathBuf),
    /// A file could not be read or written.
    #[error("cannot {action} `{}`: {source}{}", path.display(), storage_hint(source))]
    Storage {
        /// `read`, `write`, …
        action: &'static str,
        /// Which one.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// A page or file is no site.
    #[error(transparent)]
    Build(#[from] pageloom_build::BuildError),
    /// The browser cannot be used.
    #[error(transparent)]
    Browser(#[from] pageloom_browser::BrowserError),
    /// A picture cannot be read.
    #[error("`{}` is not a readable picture: {reason}", path.display())]
    BadPicture {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The run was stopped by its user; what is finished is kept.
    #[error(
        "stopped: {finished} of {tasks} samples are finished\nhint: the same command goes on from there"
    )]
    Stopped {
        /// Finished samples.
        finished: usize,
        /// All samples.
        tasks: usize,
    },
}

fn storage_hint(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            "\nhint: the disk is full; free some space and run the same command again, finished samples are kept"
        }
        std::io::ErrorKind::NotFound => "\nhint: check the path",
        std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
            "\nhint: choose another folder"
        }
        _ => "",
    }
}

impl RunError {
    /// A storage error of `path`, for `map_err`.
    pub fn storage(
        action: &'static str,
        path: &Path,
    ) -> impl FnOnce(std::io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Storage { action, path, source }
    }
}
