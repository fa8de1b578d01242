//! The run folder: manifest, append-only events, blobs stored once, a summary written last.
//!
//! A process that dies leaves a prefix that can be read: the next one cuts a half-written last
//! line off and goes on.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use pageloom_schema::{Event, RunManifest, SampleOutcome, SampleResult, Summary, TaskId};
use serde::Serialize;

use crate::error::RunError;

/// A run folder that this process alone writes to.
pub struct RunFolder {
    path: PathBuf,
    events: Mutex<File>,
    _lock: File,
}

impl RunFolder {
    /// Opens a new run, or one that was begun with an equal manifest; returns the samples that are
    /// finished. Samples that ended in a system fault are not: they get another chance.
    ///
    /// # Errors
    /// [`RunError::OtherRun`] when the folder holds another run, [`RunError::Busy`] when another
    /// process works on it, [`RunError::Storage`].
    pub fn open(
        path: &Path,
        manifest: &RunManifest,
    ) -> Result<(Self, BTreeMap<TaskId, SampleResult>), RunError> {
        fs::create_dir_all(path.join("blobs")).map_err(RunError::storage("create", path))?;
        let lock_path = path.join(".lock");
        let lock = File::create(&lock_path).map_err(RunError::storage("create", &lock_path))?;
        lock.try_lock().map_err(|_| RunError::Busy(path.to_owned()))?;
        let manifest_path = path.join("run.json");
        if manifest_path.exists() {
            compare_manifest(path, &manifest_path, manifest)?;
        } else {
            write_whole(&manifest_path, &json(manifest)?)?;
        }
        let events_path = path.join("events.jsonl");
        let (finished, good_bytes) = read_events(&events_path)?;
        let events = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&events_path)
            .map_err(RunError::storage("open", &events_path))?;
        events.set_len(good_bytes).map_err(RunError::storage("write", &events_path))?;
        Ok((Self { path: path.to_owned(), events: Mutex::new(events), _lock: lock }, finished))
    }

    /// Appends an event; it is with the operating system when this returns.
    ///
    /// # Errors
    /// [`RunError::Storage`].
    pub fn append(&self, event: &Event) -> Result<(), RunError> {
        let path = self.path.join("events.jsonl");
        let mut line = serde_json::to_vec(event)
            .map_err(|error| RunError::storage("write", &path)(std::io::Error::other(error)))?;
        line.push(b'\n');
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.write_all(&line).map_err(RunError::storage("write", &path))
    }

    /// Stores bytes under their hash and returns the blob's name, `ab/<hash>.<ending>`.
    ///
    /// # Errors
    /// [`RunError::Storage`].
    pub fn store(&self, bytes: &[u8], ending: &str) -> Result<String, RunError> {
        let hash = blake3::hash(bytes).to_hex().to_string();
        let folder: String = hash.chars().take(2).collect();
        let name = format!("{folder}/{hash}.{ending}");
        let path = self.path.join("blobs").join(&name);
        if path.exists() {
            return Ok(name);
        }
        let folder = self.path.join("blobs").join(folder);
        fs::create_dir_all(&folder).map_err(RunError::storage("create", &folder))?;
        write_whole(&path, bytes)?;
        Ok(name)
    }

    /// Writes `summary.json`, which says that the run is complete.
    ///
    /// # Errors
    /// [`RunError::Storage`].
    pub fn finish(&self, summary: &Summary) -> Result<(), RunError> {
        write_whole(&self.path.join("summary.json"), &json(summary)?)
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Writes a file so that it is there whole or not at all.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), RunError> {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let partial = path.with_extension(format!("{}-{number}.partial", std::process::id()));
    let written = fs::write(&partial, bytes).and_then(|()| fs::rename(&partial, path));
    written.map_err(|error| {
        drop(fs::remove_file(&partial));
        RunError::storage("write", path)(error)
    })
}

fn json<T: Serialize>(value: &T) -> Result<Vec<u8>, RunError> {
    let mut bytes = serde_json::to_vec_pretty(value)
        .map_err(|error| RunError::storage("write", Path::new("json"))(error.into()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Reads finished samples; also how many bytes of the file are whole lines.
fn read_events(path: &Path) -> Result<(BTreeMap<TaskId, SampleResult>, u64), RunError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(RunError::storage("read", path)(error)),
    };
    let mut finished = BTreeMap::new();
    let mut good = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if !line.ends_with(b"\n") {
            break;
        }
        // A line that is no event can only be what a full disk left; what follows is done again.
        let Ok(event) = Event::from_line(line) else { break };
        good += line.len() as u64;
        if let Event::SampleFinished(result) = event {
            if result.outcome == SampleOutcome::SystemFault {
                finished.remove(&result.task);
            } else {
                finished.insert(result.task.clone(), *result);
            }
        }
    }
    Ok((finished, good))
}

fn compare_manifest(folder: &Path, file: &Path, wanted: &RunManifest) -> Result<(), RunError> {
    let bytes = fs::read(file).map_err(RunError::storage("read", file))?;
    let other = |field: &str, found: String, wanted: String| RunError::OtherRun {
        path: folder.to_owned(),
        field: field.to_owned(),
        found,
        wanted,
    };
    let found: serde_json::Value = serde_json::from_slice(&bytes)
        .map_err(|error| other("run.json", error.to_string(), "a run manifest".to_owned()))?;
    let wanted = serde_json::to_value(wanted)
        .map_err(|error| RunError::storage("write", file)(error.into()))?;
    let fields = wanted.as_object().into_iter().flatten();
    for (field, wanted) in fields {
        let found = found.get(field).cloned().unwrap_or_default();
        if found != *wanted {
            let short = |value: serde_json::Value| {
                let text = value.to_string();
                let cut: String = text.trim_matches('"').chars().take(120).collect();
                cut
            };
            return Err(other(field, short(found), short(wanted.clone())));
        }
    }
    Ok(())
}
