//! The folder that one generation fills: taken only when it is empty or ours, and never left.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pageloom_schema::SitePath;

use crate::error::RunError;
use crate::log::write_whole;

/// The record of what was made.
pub(super) const RECORD: &str = "generate.json";
/// What an earlier command may have left, apart from the run.
const FILES: [&str; 5] = ["index.html", "picture.png", "answer.md", "target.png", RECORD];
const FOLDERS: [&str; 3] = ["steps", "site", "project"];

/// A folder of ours.
#[derive(Debug)]
pub(super) struct OutFolder(PathBuf);

impl OutFolder {
    /// Takes a folder that is not there, is empty, or was taken before.
    ///
    /// # Errors
    /// [`RunError::Foreign`] when others' files are in it, [`RunError::Storage`].
    pub(super) fn claim(path: &Path) -> Result<Self, RunError> {
        Self::check(path)?;
        fs::create_dir_all(path).map_err(RunError::storage("create", path))?;
        Ok(Self(path.to_owned()))
    }

    /// As [`OutFolder::claim`], without making anything.
    pub(super) fn check(path: &Path) -> Result<(), RunError> {
        let mut entries = match fs::read_dir(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(RunError::storage("open", path))?,
        };
        // The lock is there from the first moment on, also when that was the last one.
        let ours = path.join(RECORD).is_file() || path.join("run").join(".lock").is_file();
        if !ours && entries.next().is_some() {
            return Err(RunError::Foreign(path.to_owned()));
        }
        Ok(())
    }

    /// Where the run is.
    pub(super) fn run(&self) -> PathBuf {
        self.0.join("run")
    }

    /// Removes what was made before; the run and its answers stay. A link is removed, not what it
    /// leads to.
    pub(super) fn clear(&self) -> Result<(), RunError> {
        for name in FILES {
            let path = self.0.join(name);
            gone(&path, fs::remove_file(&path))?;
        }
        FOLDERS.iter().try_for_each(|name| self.clear_folder(name))
    }

    fn clear_folder(&self, name: &str) -> Result<(), RunError> {
        let path = self.0.join(name);
        match path.symlink_metadata() {
            Ok(meta) if meta.is_dir() => gone(&path, fs::remove_dir_all(&path)),
            Ok(_) => gone(&path, fs::remove_file(&path)),
            Err(_) => Ok(()),
        }
    }

    /// Writes one file; `name` is ours.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), RunError> {
        let path = self.0.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(RunError::storage("create", parent))?;
        }
        write_whole(&path, bytes)
    }

    /// Writes files into a folder of their own, in place of what was in it.
    pub(super) fn write_all(
        &self,
        folder: &str,
        files: &BTreeMap<SitePath, Arc<[u8]>>,
    ) -> Result<(), RunError> {
        self.clear_folder(folder)?;
        files.iter().try_for_each(|(path, bytes)| self.write(&format!("{folder}/{path}"), bytes))
    }
}

/// What came of removing something that may not be there.
fn gone(path: &Path, removed: std::io::Result<()>) -> Result<(), RunError> {
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(RunError::storage("remove", path)(error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_others_is_refused_and_one_of_ours_is_taken_again() {
        let parent = tempfile::tempdir().unwrap();
        let foreign = parent.path().join("theirs");
        fs::create_dir(&foreign).unwrap();
        fs::write(foreign.join("thesis.txt"), "mine").unwrap();
        assert!(matches!(OutFolder::claim(&foreign), Err(RunError::Foreign(_))));
        let ours = parent.path().join("ours");
        let out = OutFolder::claim(&ours).unwrap();
        out.write("steps/00/index.html", b"<p>").unwrap();
        out.write(RECORD, b"{}").unwrap();
        let again = OutFolder::claim(&ours).unwrap();
        again.clear().unwrap();
        assert!(!ours.join("steps").exists() && !ours.join(RECORD).exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_removed_and_what_it_leads_to_is_not_touched() {
        let parent = tempfile::tempdir().unwrap();
        let elsewhere = parent.path().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        fs::write(elsewhere.join("kept.txt"), "kept").unwrap();
        let out = OutFolder::claim(&parent.path().join("ours")).unwrap();
        for (link, target) in [("site", "elsewhere"), ("index.html", "elsewhere/kept.txt")] {
            let target = parent.path().join(target);
            std::os::unix::fs::symlink(target, parent.path().join("ours").join(link)).unwrap();
        }
        let files = BTreeMap::from([(SitePath::new("a.html").unwrap(), Arc::from(&b"a"[..]))]);
        out.write_all("site", &files).unwrap();
        out.write("index.html", b"new").unwrap();
        assert_eq!(fs::read(elsewhere.join("kept.txt")).unwrap(), b"kept");
        assert!(!elsewhere.join("a.html").exists());
    }
}
