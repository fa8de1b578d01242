//! Why there is no set for a request, and whose fault that is.

use std::path::PathBuf;

use pageloom_sandbox::SandboxError;

/// What kept a request from being satisfied. [`PackagesError::is_page_fault`] tells whose fault it is.
#[derive(Debug, thiserror::Error)]
pub enum PackagesError {
    /// The project's `package.json` cannot be read, or its dependencies are not a list of ranges.
    #[error("`package.json` cannot be used: {reason}")]
    Manifest {
        /// What is wrong with it.
        reason: String,
    },
    /// A dependency is not a package of the registry: a folder, an address, a repository, an alias.
    #[error("dependency `{name}` is refused: {reason}")]
    Refused {
        /// Its name as written.
        name: String,
        /// Why.
        reason: String,
    },
    /// A package, or the version asked for, does not exist.
    #[error("no package `{name}` in that version")]
    Unknown {
        /// The package, with its range where npm tells it.
        name: String,
    },
    /// The ranges exclude each other.
    #[error("the dependencies exclude each other: {detail}")]
    Conflict {
        /// In npm's words.
        detail: String,
    },
    /// More packages, files or bytes than a project may ask for.
    #[error("the dependencies are too large: {detail}")]
    TooLarge {
        /// Which limit was passed.
        detail: String,
    },
    /// The registry could not be reached, broke off or gave something else. Nothing is concluded
    /// about the project.
    #[error(
        "the registry of packages did not deliver: {reason}\n\
         hint: check the network, and npm's `registry` and `cafile` settings"
    )]
    Registry {
        /// In npm's words.
        reason: String,
    },
    /// The set is not installed, and nothing may be installed.
    #[error("the dependencies are not installed, and this store is offline: {names}")]
    Offline {
        /// The packages of the request.
        names: String,
    },
    /// npm cannot be run here.
    #[error("packages cannot be installed: {reason}\nhint: `pageloom doctor` says what is missing")]
    NoInstaller {
        /// What is missing: npm, Node, or the sandbox they run in.
        reason: String,
    },
    /// npm could not be run.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// The store's folder failed.
    #[error("the package store failed at `{}`: {source}\nhint: name another folder with --store", path.display())]
    Storage {
        /// The file or folder.
        path: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// An installed set is not what it was when it was installed.
    #[error("the installed set in `{}` is damaged: {reason}\nhint: remove it", path.display())]
    Damaged {
        /// The set's folder.
        path: PathBuf,
        /// What differs.
        reason: String,
    },
}

impl PackagesError {
    /// True when the project asked for something that cannot be had; false when this machine, or the
    /// network, failed.
    #[must_use]
    pub fn is_page_fault(&self) -> bool {
        match self {
            Self::Manifest { .. }
            | Self::Refused { .. }
            | Self::Unknown { .. }
            | Self::Conflict { .. }
            | Self::TooLarge { .. } => true,
            Self::Registry { .. }
            | Self::Offline { .. }
            | Self::NoInstaller { .. }
            | Self::Sandbox(_)
            | Self::Storage { .. }
            | Self::Damaged { .. } => false,
        }
    }

    pub(crate) fn storage(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Storage { path, source }
    }
}
