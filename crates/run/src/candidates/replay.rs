//! Saved answers: pages in a folder, words in a folder, and words in one file as Web2Code's
//! understanding benchmark publishes its predictions.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pageloom_build::{BuildError, page_of_answer, read_page};
use pageloom_schema::{Candidate, Fault, Project, Site, SystemFaultKind, TaskId};
use serde::Deserialize;

use crate::error::RunError;
use crate::lines::for_each_line;

/// Finds the answer to a task; a task without one is [`Candidate::Missing`].
pub(super) fn answer(folder: &Path, task: &TaskId) -> Result<Candidate, Fault> {
    let page = folder.join(format!("{task}.html"));
    if page.is_file() {
        return read_page(&page).and_then(unwrapped).map_err(BuildError::into_fault);
    }
    let page = folder.join(task.as_str());
    if page.is_dir() {
        return read_page(&page).map(Candidate::Site).map_err(BuildError::into_fault);
    }
    Ok(words(folder, task)?.map_or(Candidate::Missing, Candidate::Answer))
}

/// The sources saved for a task in a folder of its own; absent where there is none.
pub(crate) fn project_of(folder: &Path, task: &TaskId) -> Result<Option<Project>, Fault> {
    let place = folder.join(task.as_str());
    let read = place.is_dir().then(|| pageloom_build::read_project(&place));
    read.transpose().map_err(BuildError::into_fault)
}

/// The raw text saved for a task, `ID.txt` or `ID.md`; wrong bytes are replaced.
pub(crate) fn words(folder: &Path, task: &TaskId) -> Result<Option<String>, Fault> {
    text(folder, task, &["txt", "md"])
}

/// The raw answer that holds a website: [`words`], or the page `ID.html`.
pub(crate) fn website_text(folder: &Path, task: &TaskId) -> Result<Option<String>, Fault> {
    text(folder, task, &["txt", "md", "html"])
}

fn text(folder: &Path, task: &TaskId, endings: &[&str]) -> Result<Option<String>, Fault> {
    for ending in endings {
        let file = folder.join(format!("{task}.{ending}"));
        if file.is_file() {
            return std::fs::read(&file)
                .map(|bytes| Some(String::from_utf8_lossy(&bytes).into_owned()))
                .map_err(|error| {
                    Fault::system(SystemFaultKind::Storage, format!("{}: {error}", file.display()))
                });
        }
    }
    Ok(None)
}

#[derive(Deserialize)]
struct Prediction {
    q_id: serde_json::Value,
    pred: Option<String>,
}

/// Reads `{q_id, image, pred, actual}` lines; a `pred` of null is no answer. What the file says is
/// right (`actual`) is not looked at: that is the suite's to say.
pub(super) fn predictions(file: &Path) -> Result<BTreeMap<String, String>, RunError> {
    let fault = |place: &str, message: String| RunError::BadAnswers {
        path: PathBuf::from(file),
        place: place.to_owned(),
        message,
    };
    let mut seen: BTreeMap<String, Option<String>> = BTreeMap::new();
    for_each_line(file, &fault, |place, line| {
        let prediction: Prediction =
            serde_json::from_str(line).map_err(|error| fault(place, error.to_string()))?;
        let id = match prediction.q_id {
            serde_json::Value::String(text) => text,
            other => other.to_string(),
        };
        if seen.contains_key(&id) {
            let short: String = id.chars().take(60).collect();
            return Err(fault(place, format!("question `{short}` was answered before")));
        }
        seen.insert(id, prediction.pred);
        Ok(())
    })?;
    Ok(seen.into_iter().filter_map(|(id, pred)| Some((id, pred?))).collect())
}

/// A saved page that is still in its model's fence is taken out of it.
fn unwrapped(site: Site) -> Result<Candidate, BuildError> {
    let text = site.entry_html();
    let page = page_of_answer(&text)?;
    if page.len() == text.len() {
        return Ok(Candidate::Site(site));
    }
    let mut files = site.files().clone();
    files.insert(site.entry().clone(), page.as_bytes().into());
    Ok(Candidate::Site(Site::new(files, site.entry().clone())?))
}
