//! Running a program without confinement, because a person asked for that.
#![expect(clippy::disallowed_methods, reason = "this crate starts foreign programs")]

use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt as _;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use crate::error::SandboxError;
use crate::job::{Job, Mount};

/// The command with the paths that the job sees replaced by the host's. What lies inside a writable
/// folder is linked there.
pub(crate) fn command(job: &Job) -> Result<Command, SandboxError> {
    for (number, mount) in job.mounts.iter().enumerate() {
        let Mount::ReadOnly { host, inside } = mount else { continue };
        let below = job.mounts.get(..number).unwrap_or_default().iter();
        let below = below.rev().find_map(|under| match under {
            Mount::Writable { host, inside: at } => Some(host.join(inside.strip_prefix(at).ok()?)),
            Mount::ReadOnly { .. } | Mount::Memory { .. } => None,
        });
        let Some(place) = below.filter(|place| place != host) else { continue };
        std::os::unix::fs::symlink(host, &place).map_err(|error| SandboxError::Mount {
            path: place.clone(),
            reason: error.to_string(),
        })?;
    }
    let mut command = Command::new(job.host_path(&job.program));
    command.args(job.arguments.iter().map(|argument| on_host(job, argument)));
    command.env_clear().envs(&job.environment);
    command.current_dir(job.host_path(&job.folder)).process_group(0);
    Ok(command)
}

/// An argument that is a path inside, as the host's path; any other as it is.
fn on_host(job: &Job, argument: &OsStr) -> OsString {
    let path = Path::new(argument);
    if path.is_absolute() { job.host_path(path).into_os_string() } else { argument.to_owned() }
}

impl Job {
    /// Where on the host the job finds `inside`.
    pub(crate) fn host_path(&self, inside: &Path) -> PathBuf {
        if inside.components().any(|part| part == Component::ParentDir) {
            return inside.to_owned();
        }
        let found = self.mounts.iter().rev().find_map(|mount| match mount {
            Mount::ReadOnly { host, inside: at } | Mount::Writable { host, inside: at } => {
                let rest = inside.strip_prefix(at).ok()?;
                Some(if rest.as_os_str().is_empty() { host.clone() } else { host.join(rest) })
            }
            Mount::Memory { .. } => None,
        });
        found.unwrap_or_else(|| inside.to_owned())
    }

    /// A program that is not there must not look like one that failed.
    pub(crate) fn check_program(&self) -> Result<(), SandboxError> {
        if self.host_path(&self.program).is_file() {
            return Ok(());
        }
        Err(SandboxError::Start {
            program: self.program.display().to_string(),
            reason: "there is no such program".to_owned(),
        })
    }
}
