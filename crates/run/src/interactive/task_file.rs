//! A file of interactive tasks, `NAME.jsonl` with the folder `NAME` beside it, in the layout that
//! IWR-Bench publishes (arXiv 2509.24709) and with our own fields where they are.

use std::collections::BTreeMap;
use std::path::Path;

use pageloom_schema::{InteractiveRow, TaskId, Viewport};

use super::actions::parse_viewport;
use super::row::{read_row, task_id_of};
use super::task_folder::TaskFolder;
use crate::error::RunError;
use crate::lines::walk_lines;
use crate::problems::Problems;

/// The most tasks of one file.
const MAX_TASKS: usize = 10_000;
/// The window of a task that says nothing of it, as the published code has it.
const DEFAULT_RESOLUTION: &str = "1920x1080";
pub(super) const HINT: &str = "a task is a line of NAME.jsonl and a folder NAME/ID with checkpoints/step_K.png, \
     and, where it has them, video.mp4, assets/, stitched_assets/, metadata.json and site/; links \
     that leave it are copied first, as `cp -rL` does";

/// The tasks of one file, in its order.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskSet {
    /// The file's name without its ending.
    pub name: String,
    /// The tasks.
    pub tasks: Vec<InteractiveTask>,
}

/// One task: its row, and the folder that belongs to it.
#[derive(Clone, Debug, PartialEq)]
pub struct InteractiveTask {
    /// Its name in runs and reports, unique in the set; see [`task_id_of`].
    pub id: TaskId,
    /// The row, with what its `metadata.json` adds to it.
    pub row: InteractiveRow,
    /// The window.
    pub viewport: Viewport,
    /// Its files.
    pub folder: TaskFolder,
    /// The line of the file, from 1.
    pub line: usize,
}

impl InteractiveTask {
    /// Whether it was recorded on a telephone: by its environment, else by its width.
    #[must_use]
    pub fn is_mobile(&self) -> bool {
        let environment = self.row.recording_details.environment.to_lowercase();
        if environment.trim().is_empty() {
            return self.viewport.width < 600;
        }
        ["mobile", "phone", "android"].iter().any(|word| environment.contains(word))
    }
}

impl TaskSet {
    /// A hash over everything that can change a score: the protocol, the rows and all files. Files
    /// are streamed.
    ///
    /// # Errors
    /// [`RunError::Storage`] when a file cannot be read.
    pub fn hash(&self, protocol: &str) -> Result<String, RunError> {
        let mut hasher = blake3::Hasher::new();
        let mut feed = |bytes: &[u8]| {
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        feed(protocol.as_bytes());
        let mut tasks: Vec<&InteractiveTask> = self.tasks.iter().collect();
        tasks.sort_by(|a, b| a.id.cmp(&b.id));
        for task in tasks {
            feed(task.id.as_str().as_bytes());
            feed(task.viewport.to_string().as_bytes());
            feed(row_line(&task.row).as_bytes());
            feed(task.folder.hash()?.as_bytes());
        }
        Ok(hasher.finalize().to_hex().chars().take(32).collect())
    }
}

/// A row as a line of the file, without the line's end.
pub(super) fn row_line(row: &InteractiveRow) -> String {
    // Rows hold texts and finite numbers, and such a value can always be written.
    serde_json::to_string(row).unwrap_or_default()
}

/// Reads a file of tasks with their folders.
///
/// # Errors
/// [`RunError::BadFile`] with every problem of the file and of the folders by line and field, up to
/// [`MAX_PROBLEMS`](crate::MAX_PROBLEMS); [`RunError::Storage`] when the file cannot be read.
pub fn read_task_file(file: &Path) -> Result<TaskSet, RunError> {
    let root = file.with_extension("");
    let name = root.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut problems = Problems::of(file);
    let mut seen: BTreeMap<TaskId, usize> = BTreeMap::new();
    let mut tasks = Vec::new();
    let mut rows = 0_usize;
    walk_lines(file, |line, text| {
        problems.on_line(line);
        rows += 1;
        if rows > MAX_TASKS {
            if rows == MAX_TASKS + 1 {
                problems.add("", format!("a task too many; {MAX_TASKS} are read"));
            }
            return Ok(());
        }
        let value = text.and_then(|text| serde_json::from_str(text).map_err(|e| e.to_string()));
        let row = match value {
            Ok(value) => read_row(&value, &mut problems),
            Err(message) => {
                problems.add("", message);
                None
            }
        };
        let Some(row) = row else { return Ok(()) };
        let id = task_id_of(&row.id);
        if let Some(first) = seen.insert(id.clone(), line) {
            problems.add("id", format!("`{}` is the id of line {first} too", row.id));
            return Ok(());
        }
        tasks.extend(open_task(&root, id, row, line, &mut problems));
        Ok(())
    })?;
    if rows == 0 {
        problems.add_at(None, "", "there is no task in it");
    }
    problems.into_result(HINT)?;
    Ok(TaskSet { name, tasks })
}

fn open_task(
    root: &Path,
    id: TaskId,
    mut row: InteractiveRow,
    line: usize,
    problems: &mut Problems,
) -> Option<InteractiveTask> {
    let folder = TaskFolder::open(root, &mut row, problems)?;
    if row.recording_details.resolution.trim().is_empty() {
        DEFAULT_RESOLUTION.clone_into(&mut row.recording_details.resolution);
    }
    // A resolution that cannot be read was a problem already.
    let viewport = parse_viewport(&row.recording_details.resolution).ok()?;
    Some(InteractiveTask { id, row, viewport, folder, line })
}
