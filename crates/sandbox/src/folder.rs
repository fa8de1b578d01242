//! Folders that a foreign program writes: how large they are, whose they are, and their removal.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::fs::{AtFlags, CWD, Gid, Uid};

/// What a folder holds, links not followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FolderSize {
    /// Bytes that its files take on disk, at least what is in them.
    pub bytes: u64,
    /// Bytes that are in its files.
    pub content: u64,
    /// Files, folders and links in it.
    pub entries: u64,
    /// Bytes of its largest file.
    pub largest: u64,
    /// How deep its folders lie in each other.
    pub depth: u32,
}

/// Deeper folders are not looked into: no build makes them, and their paths grow too long.
const DEEPEST: u32 = 64;

/// Measures a folder, and stops early once it has passed `bytes` or `entries`.
#[must_use]
pub fn measure_folder(folder: &Path, bytes: u64, entries: u64) -> FolderSize {
    let mut size = FolderSize::default();
    let mut waiting: Vec<(PathBuf, u32)> = vec![(folder.to_owned(), 0)];
    while let Some((path, depth)) = waiting.pop() {
        size.depth = size.depth.max(depth);
        // A program at work may remove what we are about to read.
        let Ok(listed) = fs::read_dir(&path) else { continue };
        for entry in listed.flatten() {
            size.entries += 1;
            let Ok(data) = entry.metadata() else { continue };
            if data.is_dir() {
                size.depth = size.depth.max(depth + 1);
                if depth < DEEPEST {
                    waiting.push((entry.path(), depth + 1));
                }
            } else if data.is_file() {
                // A sparse file is as large as it says: somebody will read it.
                size.bytes = size.bytes.saturating_add(data.len().max(data.blocks() * 512));
                size.content = size.content.saturating_add(data.len());
                size.largest = size.largest.max(data.len());
            }
            if size.bytes > bytes || size.entries > entries {
                return size;
            }
        }
    }
    size
}

impl FolderSize {
    pub(crate) fn passes(self, bytes: u64, entries: u64) -> bool {
        self.bytes > bytes || self.entries > entries || self.depth > DEEPEST
    }
}

/// Removes a folder that a foreign program has written, however deep it is. What is not there is
/// as good as removed.
///
/// # Errors
/// When it is still there afterwards.
pub fn remove_folder(folder: &Path) -> std::io::Result<()> {
    match fs::remove_dir_all(folder) {
        Ok(()) => return Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(_) => {}
    }
    // Folders that lie in each other ten thousand deep, or that forbid to be listed.
    #[expect(clippy::disallowed_methods, reason = "`rm` walks any depth; ours does not")]
    let mut command = Command::new("rm");
    command.arg("-rf").arg("--").arg(folder);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    if folder.symlink_metadata().is_ok() {
        return Err(std::io::Error::other("the folder could not be removed"));
    }
    Ok(())
}

/// Gives a folder and all in it to another user.
pub(crate) fn give(folder: &Path, user: u32, group: u32) -> std::io::Result<()> {
    let (user, group) = (Uid::from_raw(user), Gid::from_raw(group));
    let mut waiting = vec![folder.to_owned()];
    while let Some(path) = waiting.pop() {
        let data = path.symlink_metadata()?;
        if data.uid() != user.as_raw() || data.gid() != group.as_raw() {
            rustix::fs::chownat(CWD, &path, Some(user), Some(group), AtFlags::SYMLINK_NOFOLLOW)?;
        }
        if data.is_dir() {
            for entry in fs::read_dir(&path)? {
                waiting.push(entry?.path());
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{measure_folder, remove_folder};

    #[test]
    fn links_are_counted_and_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a"), [0_u8; 10]).unwrap();
        std::os::unix::fs::symlink("/usr", folder.path().join("b")).unwrap();
        let size = measure_folder(folder.path(), u64::MAX, u64::MAX);
        assert_eq!((size.entries, size.depth), (2, 0));
        assert!(size.bytes >= 10 && size.bytes < 100_000);
    }

    #[test]
    fn a_sparse_file_counts_at_its_length() {
        let folder = tempfile::tempdir().unwrap();
        let file = std::fs::File::create(folder.path().join("a")).unwrap();
        file.set_len(1 << 33).unwrap();
        assert!(measure_folder(folder.path(), 1 << 32, 10).passes(1 << 32, 10));
    }

    #[test]
    fn a_very_deep_folder_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path().join("top");
        // Grown from the inside: the path of the innermost folder is longer than any path may be.
        std::fs::create_dir(&top).unwrap();
        let (old, name) = (folder.path().join("old"), "n".repeat(200));
        for _ in 0..60 {
            std::fs::rename(&top, &old).unwrap();
            std::fs::create_dir(&top).unwrap();
            std::fs::rename(&old, top.join(&name)).unwrap();
        }
        remove_folder(&top).unwrap();
        assert!(!top.exists());
        remove_folder(&top).unwrap();
    }
}
