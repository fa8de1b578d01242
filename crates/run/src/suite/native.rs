//! Our own layout: `suite.toml` and one folder a page.
//!
//! A suite of questions has `[[question]]` instead of `[[task]]`: `id`, `page` (a page's folder),
//! `text`, and `gold`, which is `"yes"`, `"no"` or `{ answer = "…" }`. With `pages = "NAME"` its pages
//! are those of the suite beside it of that name, so that nothing is kept twice.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use include_dir::Dir;
use pageloom_schema::{
    Gold, Question, Reference, Site, SitePath, Suite, Task, TaskId, Viewport, Work,
};
use serde::Deserialize;

use super::{bad, short_title};
use crate::error::RunError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SuiteFile {
    name: String,
    protocol: String,
    /// The suite beside this one whose pages are meant.
    pages: Option<String>,
    #[serde(default)]
    task: Vec<TaskEntry>,
    #[serde(default)]
    question: Vec<QuestionEntry>,
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QuestionEntry {
    id: String,
    #[serde(default)]
    category: String,
    page: String,
    text: String,
    gold: GoldEntry,
    viewport: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum GoldEntry {
    Word(String),
    Span(SpanEntry),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SpanEntry {
    answer: String,
    element: Option<u32>,
}

/// Opens a suite folder on disk.
pub(super) fn open(folder: &Path) -> Result<Suite, RunError> {
    let file = folder.join("suite.toml");
    let text = std::fs::read_to_string(&file).map_err(RunError::storage("read", &file))?;
    read(&file, &text, |beside, path| {
        let root = match beside {
            Some(name) => {
                let own = folder.canonicalize().map_err(RunError::storage("read", folder))?;
                own.parent().unwrap_or(&own).join(name.as_str())
            }
            None => folder.to_owned(),
        };
        // The path was checked to stay inside; a link that leaves is caught by the reader.
        pageloom_build::read_page(&root.join(path.as_str())).map_err(RunError::from)
    })
}

/// Opens a suite that is part of the program.
pub(super) fn open_bundled(
    bundled: &Dir<'_>,
    name: &str,
    folder: &Dir<'_>,
) -> Result<Suite, RunError> {
    let file = PathBuf::from(name).join("suite.toml");
    let text = folder.get_file(&file).and_then(|file| file.contents_utf8()).unwrap_or_default();
    read(&file, text, |beside, path| {
        let root =
            beside.map_or_else(|| folder.path().to_owned(), |name| PathBuf::from(name.as_str()));
        let page = bundled.get_dir(root.join(path.as_str()));
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
    page: impl Fn(Option<&TaskId>, &SitePath) -> Result<Site, RunError>,
) -> Result<Suite, RunError> {
    let suite: SuiteFile = toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let line = text.get(..start).unwrap_or_default().lines().count().max(1);
        bad(file, &format!("line {line}"), error.message().to_owned())
    })?;
    // A task id is a file name, and so is the name of the folder beside.
    let beside = suite.pages.as_deref().map(TaskId::new).transpose();
    let beside = beside.map_err(|error| bad(file, "pages", error.to_string()))?;
    let mut tasks = Vec::new();
    for entry in suite.task {
        let fault = |message: String| bad(file, &format!("task `{}`", entry.id), message);
        let path = SitePath::new(&entry.path).map_err(|error| fault(error.to_string()))?;
        tasks.push(Task {
            id: TaskId::new(&entry.id).map_err(|error| fault(error.to_string()))?,
            viewport: window(entry.viewport.as_deref()).map_err(fault)?,
            reference: Reference::Site(page(beside.as_ref(), &path)?),
            title: entry.title,
            category: entry.category,
            work: Work::Reproduce,
        });
    }
    let mut pages: BTreeMap<SitePath, Site> = BTreeMap::new();
    for entry in suite.question {
        let fault = |message: String| bad(file, &format!("question `{}`", entry.id), message);
        let path = SitePath::new(&entry.page).map_err(|error| fault(error.to_string()))?;
        let site = match pages.get(&path) {
            Some(site) => site.clone(),
            None => {
                let site = page(beside.as_ref(), &path)?;
                pages.insert(path, site.clone());
                site
            }
        };
        if entry.text.trim().is_empty() {
            return Err(fault("its text is empty".to_owned()));
        }
        let gold = match entry.gold {
            GoldEntry::Word(word) if word == "yes" => Gold::YesNo(true),
            GoldEntry::Word(word) if word == "no" => Gold::YesNo(false),
            GoldEntry::Word(word) => {
                let message = format!("gold is `{word}`, not `yes`, `no` or {{ answer = \"…\" }}");
                return Err(fault(message));
            }
            GoldEntry::Span(span) => Gold::Span { answer: span.answer, element: span.element },
        };
        tasks.push(Task {
            id: TaskId::new(&entry.id).map_err(|error| fault(error.to_string()))?,
            viewport: window(entry.viewport.as_deref()).map_err(fault)?,
            reference: Reference::Site(site),
            title: short_title(&entry.text),
            category: entry.category,
            work: Work::Answer(Question { text: entry.text, picture: None, gold }),
        });
    }
    Ok(Suite { name: suite.name, protocol: suite.protocol, tasks, shared_files: Vec::new() })
}

fn window(text: Option<&str>) -> Result<Viewport, String> {
    text.map_or_else(|| Ok(Viewport::default()), str::parse)
}
