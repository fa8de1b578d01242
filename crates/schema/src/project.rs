//! A project: the source files of a website as a model wrote them, before anything is built.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::site::SitePath;

/// Source files, sorted by path. No file of it was ever run or trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Project {
    files: BTreeMap<SitePath, Arc<[u8]>>,
}

impl Project {
    /// A project of `files`.
    #[must_use]
    pub fn new(files: BTreeMap<SitePath, Arc<[u8]>>) -> Self {
        Self { files }
    }

    /// All files, sorted by path.
    #[must_use]
    pub fn files(&self) -> &BTreeMap<SitePath, Arc<[u8]>> {
        &self.files
    }

    /// The bytes of the file at `path`, if there is one.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<&Arc<[u8]>> {
        self.files.get(&SitePath::new(path).ok()?)
    }

    /// The file at `path` as text, if there is one and it is UTF-8.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        std::str::from_utf8(self.file(path)?).ok()
    }

    /// Adds a file, or replaces the one at its path.
    pub fn insert(&mut self, path: SitePath, bytes: Arc<[u8]>) {
        self.files.insert(path, bytes);
    }

    /// The size of all files together, in bytes.
    #[must_use]
    pub fn total_bytes(&self) -> u64 {
        self.files.values().map(|bytes| bytes.len() as u64).sum()
    }
}

/// What kind of command an answer declares. None is ever run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommandKind {
    /// `type="shell"`: an install command.
    Shell,
    /// `type="start"`: how the site is to be started.
    Start,
}

/// A command that an answer declares: data, never run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclaredCommand {
    /// Install or start.
    pub kind: CommandKind,
    /// Its text as written.
    pub text: String,
}
