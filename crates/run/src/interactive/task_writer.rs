//! Writes a recorded task: its folder first, its line last, so that a line in the file always has a
//! whole folder.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use pageloom_schema::{InteractiveRow, Png, RecordingDetails, Site, SitePath};
use serde::Serialize;
use serde_json::Value;

use super::actions::parse_viewport;
use super::picture_head::{Kind, size_problem};
use super::row::read_row;
use super::task_file::row_line;
use super::task_folder::{
    ASSETS, CHECKPOINTS, FOLDERS, METADATA, SHEET_STEM, SHEETS, SITE, TaskFiles, TaskFolder, VIDEO,
    checkpoint_name,
};
use crate::error::RunError;
use crate::lines::walk_lines;
use crate::problems::Problems;

const HINT: &str = "the task was not written; one that was there is as it was";

/// All of a task, as it was recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedTask {
    /// The row; a checkpoint that it names is `checkpoints/step_K.png`.
    pub row: InteractiveRow,
    /// The recording; it is copied from here.
    pub video: Option<PathBuf>,
    /// Images, icons and videos of the page, by their names below `assets/`.
    pub assets: TaskFiles,
    /// Contact sheets of the assets.
    pub sheets: Vec<Png>,
    /// The page after each step; 0 is the first view.
    pub checkpoints: BTreeMap<u32, Png>,
    /// The page that was recorded.
    pub site: Option<Site>,
}

/// Adds a task to a file of tasks, or puts it in the place of the one with its id. The file is made
/// where there is none. Other lines stay as they are.
///
/// # Errors
/// [`RunError::BadFile`] when the task could not be read back as it is, when the file has a line that
/// is no row, or when the task's folder holds what others made; [`RunError::Storage`] when something
/// cannot be written.
pub fn write_task(file: &Path, task: &RecordedTask) -> Result<(), RunError> {
    let mut problems = Problems::of(file);
    check(task, &mut problems);
    let lines = other_lines(file, task, &mut problems)?;
    let root = file.with_extension("");
    let folder = root.join(&task.row.id);
    if problems.count() == 0 {
        check_foreign(&folder, &mut problems);
    }
    let staged = root.join(format!(".{}.part", task.row.id));
    if problems.count() == 0 {
        clear(&staged)?;
        write_folder(&staged, task)?;
        // Read as it will be read, it has no problem that was not thought of here.
        let path = staged.canonicalize().map_err(RunError::storage("read", &staged))?;
        let name = root.file_name().unwrap_or_default().to_string_lossy();
        TaskFolder::list(path, &name, &mut task.row.clone(), &mut problems);
        if problems.count() > 0 {
            clear(&staged)?;
        }
    }
    problems.into_result(HINT)?;
    let old = root.join(format!(".{}.old", task.row.id));
    clear(&old)?;
    if folder.exists() {
        fs::rename(&folder, &old).map_err(RunError::storage("write", &folder))?;
    }
    fs::rename(&staged, &folder).map_err(RunError::storage("write", &folder))?;
    clear(&old)?;
    let part = file.with_extension("jsonl.part");
    put(&part, lines.as_bytes())?;
    fs::rename(&part, file).map_err(RunError::storage("write", file))
}

/// What would be refused, or read otherwise, when the task is opened again.
fn check(task: &RecordedTask, problems: &mut Problems) {
    let before = problems.count();
    let value = serde_json::to_value(&task.row).unwrap_or(Value::Null);
    let read = read_row(&value, problems);
    if problems.count() == before && read.as_ref() != Some(&task.row) {
        problems.add("", "the row would not be read back as it is");
    }
    if let Err(message) = parse_viewport(&task.row.recording_details.resolution) {
        problems.add("recording_details.resolution", message);
    }
    if !task.checkpoints.contains_key(&0) {
        problems.add(&checkpoint_name(0), "the picture of the first view is missing");
    }
    for (step, action) in (1_u32..).zip(&task.row.action_sequence) {
        let field = format!("action_sequence[{}].checkpoint_screenshot", step - 1);
        let wanted = checkpoint_name(step);
        let named = action.checkpoint_screenshot.as_ref();
        if named.is_some_and(|named| *named != wanted) {
            problems.add(&field, format!("it is not `{wanted}`"));
        }
        let needed = named.is_some() || action.visual_evaluation_flag;
        if needed && !task.checkpoints.contains_key(&step) {
            problems.add(&field, format!("the picture `{wanted}` is missing"));
        }
    }
    let pictures = task.checkpoints.iter().map(|(step, png)| (checkpoint_name(*step), png));
    let sheets = task.sheets.iter().enumerate().map(|(at, png)| (sheet_name(at), png));
    for (name, png) in pictures.chain(sheets) {
        if Kind::of(&png.0) != Some(Kind::Png) {
            problems.add(&name, "it is no PNG");
        } else if let Some(message) = size_problem(&png.0) {
            problems.add(&name, message);
        }
    }
    let site = task.site.iter().flat_map(|site| site.files().keys().map(|path| (SITE, path)));
    for (folder, path) in task.assets.keys().map(|path| (ASSETS, path)).chain(site) {
        // The reader passes hidden files over.
        if path.as_str().split('/').any(|part| part.starts_with('.')) {
            problems
                .add(&format!("{folder}/{path}"), "a name that starts with a point is not kept");
        }
    }
}

/// The file with the task's line in it, and all other lines as they are.
fn other_lines(
    file: &Path,
    task: &RecordedTask,
    problems: &mut Problems,
) -> Result<String, RunError> {
    let mut text = String::new();
    let own = row_line(&task.row);
    let mut placed = false;
    if file.exists() {
        walk_lines(file, |number, line| {
            problems.on_line(number);
            let row = line.and_then(|line| {
                let value = serde_json::from_str::<Value>(line).map_err(|e| e.to_string())?;
                Ok((line, value))
            });
            match row {
                Ok((line, value)) => {
                    let id = match value.get("id") {
                        Some(Value::String(id)) => id.clone(),
                        other => other.map(Value::to_string).unwrap_or_default(),
                    };
                    let is_own = id == task.row.id;
                    if !(is_own && placed) {
                        text += if is_own { &own } else { line };
                        text.push('\n');
                    }
                    placed |= is_own;
                }
                Err(message) => problems.add("", message),
            }
            Ok(())
        })?;
    }
    if !placed {
        text += &own;
        text.push('\n');
    }
    Ok(text)
}

/// A folder is only written over where all in it is part of a task.
fn check_foreign(folder: &Path, problems: &mut Problems) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if ![VIDEO, METADATA].contains(&name.as_str()) && !FOLDERS.contains(&name.as_str()) {
            let message =
                format!("`{}` holds `{name}`, which is nothing of a task", folder.display());
            problems.add_at(None, "", message);
        }
    }
}

/// What is known of a task beside its row.
#[derive(Serialize)]
struct Metadata<'a> {
    recording_details: &'a RecordingDetails,
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<SiteMetadata<'a>>,
}

/// How the page is opened. Not in the published layout.
#[derive(Serialize)]
struct SiteMetadata<'a> {
    entry: &'a SitePath,
    fallback: bool,
}

fn write_folder(folder: &Path, task: &RecordedTask) -> Result<(), RunError> {
    let mut files: BTreeMap<String, &[u8]> = BTreeMap::new();
    let below = |folder: &str, path: &SitePath| format!("{folder}/{path}");
    for (path, bytes) in &task.assets {
        files.insert(below(ASSETS, path), bytes);
    }
    for (path, bytes) in task.site.iter().flat_map(Site::files) {
        files.insert(below(SITE, path), bytes);
    }
    for (at, png) in task.sheets.iter().enumerate() {
        files.insert(sheet_name(at), &png.0);
    }
    for (step, png) in &task.checkpoints {
        files.insert(checkpoint_name(*step), &png.0);
    }
    let metadata = Metadata {
        recording_details: &task.row.recording_details,
        site: task
            .site
            .as_ref()
            .map(|site| SiteMetadata { entry: site.entry(), fallback: site.fallback() }),
    };
    // Texts and a flag can always be written.
    let metadata = serde_json::to_string_pretty(&metadata).unwrap_or_default() + "\n";
    files.insert(METADATA.to_owned(), metadata.as_bytes());
    // Readers of the published layout list these folders whether there is something in them or not.
    for name in [ASSETS, CHECKPOINTS, SHEETS] {
        let path = folder.join(name);
        fs::create_dir_all(&path).map_err(RunError::storage("write", &path))?;
    }
    for (name, bytes) in files {
        put(&folder.join(name), bytes)?;
    }
    if let Some(video) = &task.video {
        fs::copy(video, folder.join(VIDEO)).map_err(RunError::storage("read", video))?;
    }
    Ok(())
}

/// The names sort as their numbers do.
fn sheet_name(at: usize) -> String {
    format!("{SHEETS}/{SHEET_STEM}_{:03}.png", at + 1)
}

fn put(file: &Path, bytes: &[u8]) -> Result<(), RunError> {
    let written = || {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut opened = fs::File::create(file)?;
        opened.write_all(bytes)?;
        opened.sync_data()
    };
    written().map_err(RunError::storage("write", file))
}

/// Removes a folder of ours, if it is there.
fn clear(folder: &Path) -> Result<(), RunError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(RunError::storage("write", folder)(error))
        }
        _ => Ok(()),
    }
}
