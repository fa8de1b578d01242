//! Folders of pages as others lay them out: HTML files side by side, with or without a picture of
//! each (Design2Code), or one folder a page.

use std::path::Path;
use std::sync::Arc;

use pageloom_schema::{Reference, SitePath, Suite, Task, TaskId, Viewport};

use super::{PROTOCOL, bad};
use crate::error::RunError;

/// Files that answers may refer to although they do not bring them: pictures and fonts beside the
/// pages.
const SHARED_ENDINGS: [&str; 10] =
    ["jpg", "jpeg", "png", "gif", "webp", "svg", "ico", "css", "woff", "woff2"];

/// The names of a folder's files, sorted.
pub(super) fn file_names(folder: &Path) -> Result<Vec<String>, RunError> {
    entries(folder, false)
}

/// The names of a folder's folders, sorted.
pub(super) fn folder_names(folder: &Path) -> Result<Vec<String>, RunError> {
    entries(folder, true)
}

fn entries(folder: &Path, folders: bool) -> Result<Vec<String>, RunError> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(RunError::storage("read", folder))? {
        let path = entry.map_err(RunError::storage("read", folder))?.path();
        let fits = if folders { path.is_dir() } else { path.is_file() };
        let name = path.file_name().and_then(|name| name.to_str());
        if let Some(name) = name.filter(|name| fits && !name.starts_with('.')) {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// True when a folder has folders that are pages.
pub(super) fn has_page_folders(folder: &Path) -> Result<bool, RunError> {
    Ok(folder_names(folder)?.iter().any(|name| folder.join(name).join("index.html").is_file()))
}

/// Opens a folder of pages; with `paired`, only those that have a picture beside them.
pub(super) fn open(folder: &Path, paired: bool) -> Result<Suite, RunError> {
    let names = file_names(folder)?;
    let mut tasks = Vec::new();
    for name in &names {
        let Some(stem) = name.strip_suffix(".html").or_else(|| name.strip_suffix(".htm")) else {
            continue;
        };
        if paired && !names.contains(&format!("{stem}.png")) {
            continue;
        }
        tasks.push(task(folder, stem, name)?);
    }
    if !paired {
        for name in folder_names(folder)? {
            if folder.join(&name).join("index.html").is_file() {
                tasks.push(task(folder, &name, &name)?);
            }
        }
    }
    let mut shared_files = Vec::new();
    for name in names {
        let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        let is_shot = name
            .strip_suffix(".png")
            .is_some_and(|stem| tasks.iter().any(|task| task.id.as_str() == stem));
        let is_shared = ending.is_some_and(|ending| SHARED_ENDINGS.contains(&ending.as_str()));
        if is_shared && !is_shot {
            let file = folder.join(&name);
            let bytes = std::fs::read(&file).map_err(RunError::storage("read", &file))?;
            let path =
                SitePath::new(&name).map_err(|error| bad(folder, &name, error.to_string()))?;
            shared_files.push((path, Arc::from(bytes)));
        }
    }
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or("pages");
    Ok(Suite { name: name.to_owned(), protocol: PROTOCOL.to_owned(), tasks, shared_files })
}

fn task(folder: &Path, id: &str, page: &str) -> Result<Task, RunError> {
    let id = TaskId::new(id).map_err(|error| bad(folder, page, error.to_string()))?;
    Ok(Task {
        title: id.to_string(),
        id,
        category: String::new(),
        viewport: Viewport::default(),
        reference: Reference::Site(pageloom_build::read_page(&folder.join(page))?),
        work: pageloom_schema::Work::Reproduce,
    })
}
