//! Recordings to be rebuilt, in the layout of IWR-Bench: `NAME.jsonl` and the folder `NAME` beside it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pageloom_schema::{Recording, Reference, Suite, Task, Work};
use pageloom_score::interactive::Protocol;

use super::bad;
use crate::error::RunError;
use crate::interactive::read_task_file;

/// The longest line that is looked at to tell what a file holds.
const HEAD: usize = 1 << 20;

/// The task file that is meant by a file or a folder.
pub(super) fn in_folder(folder: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "jsonl"))
        .filter(|path| is_task_file(path))
        .collect();
    files.sort();
    files.into_iter().next()
}

/// Whether the first line of a file is a task of this layout.
pub(super) fn is_task_file(file: &Path) -> bool {
    first_line(file).is_some_and(|line| line.get("action_sequence").is_some())
}

/// The first line of a JSONL file.
pub(super) fn first_line(file: &Path) -> Option<serde_json::Value> {
    use std::io::{BufRead as _, Read as _};
    let mut line = Vec::new();
    let file = std::fs::File::open(file).ok()?;
    let mut reader = std::io::BufReader::new(file).take(HEAD as u64);
    reader.read_until(b'\n', &mut line).ok()?;
    serde_json::from_slice(&line).ok()
}

/// Opens a task file, or the one in a folder.
pub(super) fn open(path: &Path) -> Result<Suite, RunError> {
    let file = match path.is_dir() {
        true => in_folder(path).ok_or_else(|| bad(path, "tasks", "there is no task file"))?,
        false => path.to_owned(),
    };
    let set = read_task_file(&file)?;
    let mut tasks = Vec::new();
    for task in set.tasks {
        let hash = task.folder.hash()?.to_hex().to_string();
        let level = task.row.classification.interaction_complexity.clone();
        tasks.push(Task {
            id: task.id,
            title: title(&task.row.source_website, &task.row.classification.sub_domain),
            category: level,
            viewport: task.viewport,
            reference: Reference::Nothing,
            work: Work::Rebuild(Arc::new(Recording {
                folder: task.folder.path().to_owned(),
                row: task.row,
                hash,
            })),
        });
    }
    Ok(Suite {
        name: set.name,
        protocol: Protocol::V1.id().to_owned(),
        tasks,
        shared_files: Vec::new(),
    })
}

fn title(website: &str, subject: &str) -> String {
    match (website.is_empty(), subject.is_empty()) {
        (true, _) => subject.to_owned(),
        (false, true) => website.to_owned(),
        (false, false) => format!("{subject} ({website})"),
    }
}
