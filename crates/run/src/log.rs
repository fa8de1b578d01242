//! The run folder: manifest, append-only events, blobs stored once, a summary written last.
//!
//! A process that dies leaves a prefix that can be read: the next one cuts a half-written last
//! line off and goes on.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use pageloom_schema::{
    Event, Exchange, FORMAT_MAJOR, FORMAT_MINOR, RunManifest, SampleOutcome, SampleResult,
    StepTrace, Summary, TaskId,
};
use serde::Serialize;

use crate::error::RunError;

/// What a run has come to.
#[derive(Debug, Default)]
pub struct Progressed {
    /// The samples that are finished. Those that ended in a system fault are not: they get another
    /// chance.
    pub finished: BTreeMap<TaskId, SampleResult>,
    /// What was asked and answered, in order.
    pub exchanges: Vec<Exchange>,
    /// Steps of interactions, the last known of each by its number.
    pub steps: BTreeMap<TaskId, BTreeMap<u32, StepTrace>>,
}

/// A run as it is read by somebody who does not write to it.
#[derive(Debug)]
pub struct ReadRun {
    /// What was run, with what.
    pub manifest: RunManifest,
    /// Every sample that ended, system faults too.
    pub samples: BTreeMap<TaskId, SampleResult>,
    /// What was asked and answered, in order.
    pub exchanges: Vec<Exchange>,
}

/// A run folder that this process alone writes to.
pub struct RunFolder {
    path: PathBuf,
    events: Mutex<File>,
    _lock: File,
}

impl RunFolder {
    /// Opens a new run, or one that was begun with an equal manifest; returns what it has come to.
    ///
    /// # Errors
    /// [`RunError::OtherRun`] when the folder holds another run, [`RunError::Busy`] when another
    /// process works on it, [`RunError::Storage`].
    pub fn open(path: &Path, manifest: &RunManifest) -> Result<(Self, Progressed), RunError> {
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
        let (mut progressed, good_bytes) = read_events(&events_path)?;
        progressed.finished.retain(|_, result| result.outcome != SampleOutcome::SystemFault);
        let events = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&events_path)
            .map_err(RunError::storage("open", &events_path))?;
        events.set_len(good_bytes).map_err(RunError::storage("write", &events_path))?;
        Ok((Self { path: path.to_owned(), events: Mutex::new(events), _lock: lock }, progressed))
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
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), RunError> {
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

pub(crate) fn json<T: Serialize>(value: &T) -> Result<Vec<u8>, RunError> {
    let mut bytes = serde_json::to_vec_pretty(value)
        .map_err(|error| RunError::storage("write", Path::new("json"))(error.into()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Reads a run that is not written to.
///
/// # Errors
/// [`RunError::NotARun`] when the folder holds none that this version reads, [`RunError::Storage`].
pub fn read_run(folder: &Path) -> Result<ReadRun, RunError> {
    let not_a_run = |reason: String| RunError::NotARun { path: folder.to_owned(), reason };
    let file = folder.join("run.json");
    let bytes = fs::read(&file).map_err(|error| not_a_run(format!("run.json: {error}")))?;
    // The version comes first: a newer manifest may have fields of other shapes.
    #[derive(serde::Deserialize)]
    struct Version {
        format: [u32; 2],
    }
    let unreadable = |error: serde_json::Error| not_a_run(format!("run.json: {error}"));
    let Version { format: [major, minor] } = serde_json::from_slice(&bytes).map_err(unreadable)?;
    if major != FORMAT_MAJOR || minor > FORMAT_MINOR {
        return Err(not_a_run(format!(
            "its format is {major}.{minor}, and this version reads up to {FORMAT_MAJOR}.{FORMAT_MINOR}"
        )));
    }
    let manifest: RunManifest = serde_json::from_slice(&bytes).map_err(unreadable)?;
    let (progressed, _) = read_events(&folder.join("events.jsonl"))?;
    Ok(ReadRun { manifest, samples: progressed.finished, exchanges: progressed.exchanges })
}

/// Reads a blob of a run by its name.
///
/// # Errors
/// [`RunError::NotARun`] for a name that leaves the folder, [`RunError::Storage`].
pub fn read_blob(folder: &Path, name: &str) -> Result<Vec<u8>, RunError> {
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.');
    if !name.chars().all(fine) || name.contains("..") || name.starts_with('/') {
        return Err(RunError::NotARun {
            path: folder.to_owned(),
            reason: "a blob's name leaves the folder".to_owned(),
        });
    }
    let path = folder.join("blobs").join(name);
    fs::read(&path).map_err(RunError::storage("read", &path))
}

/// Reads what happened; also how many bytes of the file are whole lines.
fn read_events(path: &Path) -> Result<(Progressed, u64), RunError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(RunError::storage("read", path)(error)),
    };
    let mut progressed = Progressed::default();
    let mut good = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if !line.ends_with(b"\n") {
            break;
        }
        // A line that is no event can only be what a full disk left; what follows is done again.
        let Ok(event) = Event::from_line(line) else { break };
        good += line.len() as u64;
        match event {
            Event::SampleFinished(result) => {
                progressed.finished.insert(result.task.clone(), *result);
            }
            Event::Asked(exchange) => progressed.exchanges.push(*exchange),
            Event::StepFinished { task, step } => {
                progressed.steps.entry(task).or_default().insert(step.step, *step);
            }
            _ => {}
        }
    }
    Ok((progressed, good))
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
