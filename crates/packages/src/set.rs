//! One installed set: a folder that is never changed once it is there.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use pageloom_sandbox::measure_folder;
use serde::{Deserialize, Serialize};

use crate::error::PackagesError;
use crate::lock::Lock;
use crate::request::PackageRequest;

/// What a set is: a digest of its request and its lock file. The same id is the same packages.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SetId(String);

impl SetId {
    pub(crate) fn of(request: &PackageRequest, lock: &str) -> Self {
        let mut hash = blake3::Hasher::new();
        hash.update(b"pageloom package set 1\n");
        for (name, range) in request.packages() {
            hash.update(format!("{name} {range}\n").as_bytes());
        }
        hash.update(b"\n").update(lock.as_bytes());
        Self(short(&hash.finalize()))
    }

    /// The id as text, 32 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for SetId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Half of a digest is enough to tell sets apart, and fits a file name.
pub(crate) fn short(hash: &blake3::Hash) -> String {
    hash.to_hex().chars().take(32).collect()
}

/// A set of packages, installed.
#[derive(Debug)]
pub struct InstalledSet {
    folder: PathBuf,
    note: Note,
    /// Held shared while the set is in use, so that nobody prunes it.
    _in_use: Option<File>,
}

/// What `set.json` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Note {
    pub(crate) format: u32,
    pub(crate) id: SetId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) bundled: Option<String>,
    pub(crate) request: PackageRequest,
    pub(crate) versions: BTreeMap<String, String>,
    pub(crate) lock_digest: String,
    pub(crate) size_bytes: u64,
    pub(crate) files: u64,
}

pub(crate) const FORMAT: u32 = 1;

impl InstalledSet {
    /// Opens the set in `folder`, if there is one.
    ///
    /// # Errors
    /// [`PackagesError::Damaged`] when the folder is there and is not what its note says.
    pub(crate) fn open(folder: &Path, in_use: Option<File>) -> Result<Option<Self>, PackagesError> {
        let damaged = |reason: String| PackagesError::Damaged { path: folder.into(), reason };
        let file = folder.join("set.json");
        let bytes = match std::fs::read(&file) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(PackagesError::storage(file)(error)),
        };
        let note: Note =
            serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
        if note.format != FORMAT {
            return Err(damaged(format!("its format is {}, ours is {FORMAT}", note.format)));
        }
        let lock = folder.join("package-lock.json");
        let lock = std::fs::read(&lock).map_err(|error| damaged(error.to_string()))?;
        if short(&blake3::hash(&lock)) != note.lock_digest {
            return Err(damaged("its lock file was changed".to_owned()));
        }
        if !folder.join("node_modules").is_dir() {
            return Err(damaged("its packages are gone".to_owned()));
        }
        Ok(Some(Self { folder: folder.to_owned(), note, _in_use: in_use }))
    }

    /// What identifies it.
    #[must_use]
    pub fn id(&self) -> &SetId {
        &self.note.id
    }

    /// The folder that holds `node_modules`, `package.json` and `package-lock.json`. Nobody writes
    /// into it.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of the packages.
    #[must_use]
    pub fn node_modules(&self) -> PathBuf {
        self.folder.join("node_modules")
    }

    /// The bundled set that it is, if it is one.
    #[must_use]
    pub fn bundled(&self) -> Option<&str> {
        self.note.bundled.as_deref()
    }

    /// What it was installed for.
    #[must_use]
    pub fn request(&self) -> &PackageRequest {
        &self.note.request
    }

    /// The packages that an import finds, name to version.
    #[must_use]
    pub fn versions(&self) -> &BTreeMap<String, String> {
        &self.note.versions
    }

    /// The version of a package, if an import finds it.
    #[must_use]
    pub fn version(&self, name: &str) -> Option<&str> {
        self.note.versions.get(name).map(String::as_str)
    }

    /// Bytes that are in its files.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        self.note.size_bytes
    }

    /// Files and folders that it consists of.
    #[must_use]
    pub fn files(&self) -> u64 {
        self.note.files
    }

    /// True when it satisfies `request`.
    #[must_use]
    pub fn satisfies(&self, request: &PackageRequest) -> bool {
        request.is_satisfied_by(&self.note.versions)
    }

    /// Compares what is on disk with what was installed: every package of the lock file in its
    /// version, and as many files and bytes. Takes seconds.
    ///
    /// # Errors
    /// [`PackagesError::Damaged`].
    pub fn verify(&self) -> Result<(), PackagesError> {
        let damaged = |reason: String| PackagesError::Damaged { path: self.folder.clone(), reason };
        let size = measure_folder(&self.node_modules(), u64::MAX, u64::MAX);
        if (size.content, size.entries) != (self.note.size_bytes, self.note.files) {
            return Err(damaged(format!(
                "{} files in {} bytes, {} in {} were installed",
                size.entries, size.content, self.note.files, self.note.size_bytes
            )));
        }
        let file = self.folder.join("package-lock.json");
        let lock = std::fs::read_to_string(&file).map_err(PackagesError::storage(&file))?;
        check_installed(&self.folder, &Lock::read(&lock)?).map_err(damaged)
    }
}

/// Checks that every package below `folder` has the version that the lock file says. Packages that
/// are not there are optional ones, for other machines.
pub(crate) fn check_installed(folder: &Path, lock: &Lock) -> Result<(), String> {
    #[derive(Deserialize)]
    struct Manifest {
        version: Option<String>,
    }
    for (path, (version, _)) in &lock.packages {
        let Ok(bytes) = std::fs::read(folder.join(path).join("package.json")) else { continue };
        let found = serde_json::from_slice::<Manifest>(&bytes).ok().and_then(|found| found.version);
        if found.as_deref().map(|found| found.trim_start_matches(['v', '='])) != Some(version) {
            return Err(format!("`{path}` is not version {version}"));
        }
    }
    Ok(())
}
