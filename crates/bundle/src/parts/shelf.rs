//! The parts of a vendor bundle's files, read when they are first asked for.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::{FileParts, parts_file};

/// How much is kept in memory, in bytes as they are on disk.
const KEPT: usize = 32 << 20;

/// The files of one vendor bundle.
#[derive(Debug)]
pub(crate) struct Shelf {
    folder: PathBuf,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    files: BTreeMap<String, Option<Arc<FileParts>>>,
    bytes: usize,
}

impl Shelf {
    /// Of the vendor bundle at `folder`.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, kept: Mutex::default() }
    }

    /// The parts of a file; nothing for one that is only there as a whole.
    pub(crate) fn get(&self, file: &str) -> Option<Arc<FileParts>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept.files.get(file) {
            return known.clone();
        }
        let bytes = std::fs::read(self.folder.join(parts_file(file))).unwrap_or_default();
        // The whole is always right, so parts that cannot be read are no fault.
        let parts: Option<Arc<FileParts>> = serde_json::from_slice(&bytes).ok().map(Arc::new);
        if kept.bytes + bytes.len() > KEPT {
            *kept = Kept::default();
        }
        kept.bytes += bytes.len();
        kept.files.insert(file.to_owned(), parts.clone());
        parts
    }
}
