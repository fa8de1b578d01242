//! The part of `cargo metadata` that the checks read. Asks cargo; decides nothing.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, ensure};
use serde::Deserialize;

/// The package graph as cargo prints it (format version 1).
#[derive(Debug, Deserialize)]
pub(crate) struct Metadata {
    /// The packages that were asked for.
    pub(crate) packages: Vec<Package>,
    /// Folder of the workspace.
    pub(crate) workspace_root: PathBuf,
}

/// One package.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    /// Its name in its own manifest.
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: String,
    /// An SPDX expression; absent when the manifest names a file instead, or nothing.
    pub(crate) license: Option<String>,
    /// What its manifest asks for, optional ones included.
    #[serde(default)]
    pub(crate) dependencies: Vec<Dependency>,
}

/// One entry of a dependency table.
#[derive(Debug, Deserialize)]
pub(crate) struct Dependency {
    /// The package's real name, also where the manifest renames it.
    pub(crate) name: String,
    /// Which table: absent for `dependencies`.
    #[serde(default)]
    pub(crate) kind: Option<Kind>,
}

/// The tables other than `dependencies`.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// `build-dependencies`.
    Build,
    /// `dev-dependencies`.
    Dev,
}

/// Whether to list the workspace's own packages or all that they bring in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Only what is in this repository; needs no lock file and no network.
    Workspace,
    /// Every package of the lock file that Linux on x86-64 builds.
    All,
}

/// Asks cargo.
///
/// # Errors
/// When cargo cannot be started, fails, or answers in another format.
pub(crate) fn read(scope: Scope) -> anyhow::Result<Metadata> {
    #[expect(clippy::disallowed_methods, reason = "cargo tells where it is by this variable")]
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    #[expect(clippy::disallowed_methods, reason = "xtask is the crate that asks cargo")]
    let mut command = Command::new(cargo);
    command.args(["metadata", "--format-version", "1"]);
    match scope {
        Scope::Workspace => command.arg("--no-deps"),
        Scope::All => command.args(["--locked", "--filter-platform", "x86_64-unknown-linux-gnu"]),
    };
    let output = command.output().context("cannot start cargo")?;
    ensure!(
        output.status.success(),
        "`cargo metadata` failed: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    serde_json::from_slice(&output.stdout).context("`cargo metadata` answered in another format")
}
