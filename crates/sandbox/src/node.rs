//! Node, for whoever runs a JavaScript tool in the sandbox.
#![expect(clippy::disallowed_methods, reason = "a version is asked for at start-up")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::SandboxError;
use crate::job::Job;
use crate::machine::find_program;

/// An installed Node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    program: PathBuf,
    npm: Option<PathBuf>,
    version: String,
}

impl Node {
    /// Finds `node` in `PATH`, and the npm that belongs to it.
    ///
    /// # Errors
    /// [`SandboxError::NotFound`] when there is none, or it does not tell its version.
    pub fn find() -> Result<Self, SandboxError> {
        let missing = || SandboxError::NotFound {
            name: "node".to_owned(),
            hint: "install Node 20 or newer".to_owned(),
        };
        let program = find_program("node").and_then(|path| path.canonicalize().ok());
        let program = program.ok_or_else(missing)?;
        let output = Command::new(&program)
            .arg("--version")
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .map_err(|_| missing())?;
        let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if !output.status.success() || !version.starts_with('v') {
            return Err(missing());
        }
        let npm = find_program("npm").and_then(|path| path.canonicalize().ok());
        let npm = npm.filter(|path| path.extension().is_some_and(|ending| ending == "js"));
        Ok(Self { program, npm, version })
    }

    /// The program, its links resolved. The path is the same inside, see [`Node::show`].
    #[must_use]
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// The script of npm's command line, if npm is installed.
    #[must_use]
    pub fn npm(&self) -> Option<&Path> {
        self.npm.as_deref()
    }

    /// Its version, such as `v20.20.2`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Shows Node, and npm, to a job at their own paths, where `/usr` does not show them already.
    #[must_use]
    pub fn show(&self, mut job: Job) -> Job {
        // `npm/bin/npm-cli.js`: the package is two folders up.
        let npm = self.npm.as_deref().and_then(|file| file.parent()?.parent());
        for path in [Some(self.program.as_path()), npm].into_iter().flatten() {
            if !path.starts_with("/usr") {
                job = job.read_only(path, path);
            }
        }
        job
    }
}
