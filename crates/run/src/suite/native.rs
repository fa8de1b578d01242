//! Our own layout: `suite.toml` and one folder a page.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use include_dir::Dir;
use pageloom_schema::{Reference, Site, SitePath, Suite, Task, TaskId, Viewport};
use serde::Deserialize;

use super::bad;
use crate::error::RunError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SuiteFile {
    name: String,
    protocol: String,
    #[serde(default)]
    task: Vec<TaskEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TaskEntry {
    id: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    category: String,
    path: String,
    viewport: Option<String>,
}

/// Opens a suite folder on disk.
pub(super) fn open(folder: &Path) -> Result<Suite, RunError> {
    let file = folder.join("suite.toml");
    let text = std::fs::read_to_string(&file).map_err(RunError::storage("read", &file))?;
    read(&file, &text, |path| {
        // The path was checked to stay inside; a link that leaves is caught by the reader.
        pageloom_build::read_page(&folder.join(path.as_str())).map_err(RunError::from)
    })
}

/// Opens a suite that is part of the program.
pub(super) fn open_bundled(name: &str, folder: &Dir<'_>) -> Result<Suite, RunError> {
    let file = PathBuf::from(name).join("suite.toml");
    let text = folder.get_file(&file).and_then(|file| file.contents_utf8()).unwrap_or_default();
    read(&file, text, |path| {
        let page = folder.get_dir(folder.path().join(path.as_str()));
        let page = page.ok_or_else(|| bad(&file, path.as_str(), "there is no such folder"))?;
        let mut files = BTreeMap::new();
        collect(page, page.path(), &mut files);
        SitePath::new("index.html")
            .and_then(|entry| Site::new(files, entry))
            .map_err(|error| bad(&file, path.as_str(), error.to_string()))
    })
}

fn collect(folder: &Dir<'_>, root: &Path, files: &mut BTreeMap<SitePath, Arc<[u8]>>) {
    for file in folder.files() {
        let name = file.path().strip_prefix(root).ok().and_then(Path::to_str);
        if let Some(path) = name.and_then(|name| SitePath::new(name).ok()) {
            files.insert(path, Arc::from(file.contents()));
        }
    }
    for inner in folder.dirs() {
        collect(inner, root, files);
    }
}

fn read(
    file: &Path,
    text: &str,
    page: impl Fn(&SitePath) -> Result<Site, RunError>,
) -> Result<Suite, RunError> {
    let suite: SuiteFile = toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let line = text.get(..start).unwrap_or_default().lines().count().max(1);
        bad(file, &format!("line {line}"), error.message().to_owned())
    })?;
    let tasks = suite
        .task
        .into_iter()
        .map(|entry| {
            let fault = |message: String| bad(file, &format!("task `{}`", entry.id), message);
            let path = SitePath::new(&entry.path).map_err(|error| fault(error.to_string()))?;
            let viewport = match &entry.viewport {
                Some(text) => text.parse().map_err(fault)?,
                None => Viewport::default(),
            };
            Ok(Task {
                id: TaskId::new(&entry.id).map_err(|error| fault(error.to_string()))?,
                viewport,
                reference: Reference::Site(page(&path)?),
                title: entry.title,
                category: entry.category,
                question: None,
            })
        })
        .collect::<Result<_, RunError>>()?;
    Ok(Suite { name: suite.name, protocol: suite.protocol, tasks, shared_files: Vec::new() })
}
