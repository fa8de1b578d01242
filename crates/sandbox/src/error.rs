//! Why a program could not be run. A program that ran and failed is an [`Outcome`](crate::Outcome).

use std::path::PathBuf;

/// What kept a program from being run: always the machine's or the caller's doing, never the
/// program's.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// This machine cannot confine a program.
    #[error(
        "programs cannot be confined here: {reason}\n\
         hint: install `bubblewrap`, and allow user namespaces to this user"
    )]
    Unavailable {
        /// What is missing.
        reason: String,
    },
    /// A path that was to be bound does not exist, or is relative.
    #[error("`{}` cannot be bound into the sandbox: {reason}", path.display())]
    Mount {
        /// The host's path.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The confined program could not be started.
    #[error("the sandbox did not start `{program}`: {reason}")]
    Start {
        /// The program.
        program: String,
        /// In the words of whoever failed.
        reason: String,
    },
    /// A program that Pageloom needs is not installed.
    #[error("`{name}` was not found in `PATH`\nhint: {hint}")]
    NotFound {
        /// The program's name.
        name: String,
        /// What to do about it.
        hint: String,
    },
    /// A pipe, a thread or a folder failed.
    #[error("the sandbox failed at {what}: {source}")]
    Io {
        /// What was done.
        what: &'static str,
        /// The reason.
        source: std::io::Error,
    },
}

impl SandboxError {
    pub(crate) fn io(what: &'static str) -> impl Fn(std::io::Error) -> Self {
        move |source| Self::Io { what, source }
    }
}
