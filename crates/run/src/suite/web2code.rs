//! Web2Code's evaluation set: a JSONL file of items beside a folder of images (arXiv 2406.20098
//! and its dataset card).
//!
//! An item names its picture in `image`; its id is `question_id`, `id` or the picture's name. Where
//! the item brings the page's HTML (`html`, `code`, `answer`, `A`, or the model's turn of
//! `conversations`), that page is the reference; else the picture alone is, and only metrics of
//! pixels apply.

use std::path::{Path, PathBuf};

use pageloom_schema::{Reference, Site, Suite, Task, TaskId, Viewport};
use serde::Deserialize;

use super::picture::{read_picture, window_of};
use super::{PROTOCOL, bad};
use crate::error::RunError;

/// The largest evaluation file, in bytes.
const MAX_BYTES: u64 = 512 << 20;

#[derive(Deserialize)]
struct Item {
    #[serde(alias = "id")]
    question_id: Option<serde_json::Value>,
    image: Option<String>,
    #[serde(alias = "code", alias = "answer", alias = "A")]
    html: Option<String>,
    #[serde(default)]
    conversations: Vec<Turn>,
}

#[derive(Deserialize)]
struct Turn {
    from: String,
    value: String,
}

/// Opens a JSONL file, or the only one of a folder.
pub(super) fn open(path: &Path) -> Result<Suite, RunError> {
    let file = if path.is_dir() { only_jsonl(path)? } else { path.to_owned() };
    let folder = file.parent().map_or_else(PathBuf::new, Path::to_owned);
    let size = std::fs::metadata(&file).map_err(RunError::storage("read", &file))?.len();
    if size > MAX_BYTES {
        return Err(bad(&file, "size", format!("{size} bytes, {MAX_BYTES} allowed")));
    }
    let text = std::fs::read_to_string(&file).map_err(RunError::storage("read", &file))?;
    let mut tasks: Vec<Task> = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let place = format!("line {}", index + 1);
        let item: Item =
            serde_json::from_str(line).map_err(|error| bad(&file, &place, error.to_string()))?;
        let task = task(&folder, item).map_err(|message| bad(&file, &place, message))?;
        // Several questions may be about one page; the page is one task.
        if tasks.iter().all(|other| other.id != task.id) {
            tasks.push(task);
        }
    }
    let name = file.file_stem().and_then(|name| name.to_str()).unwrap_or("web2code");
    Ok(Suite {
        name: name.to_owned(),
        protocol: PROTOCOL.to_owned(),
        tasks,
        shared_files: Vec::new(),
    })
}

pub(super) fn only_jsonl(folder: &Path) -> Result<PathBuf, RunError> {
    let names = super::foreign::file_names(folder)?;
    let mut found = names.iter().filter(|name| name.ends_with(".jsonl"));
    match (found.next(), found.next()) {
        (Some(name), None) => Ok(folder.join(name)),
        (None, _) => Err(bad(folder, "files", "there is no .jsonl file")),
        _ => Err(bad(folder, "files", "there are several .jsonl files; name one of them")),
    }
}

fn task(folder: &Path, item: Item) -> Result<Task, String> {
    let stem = item.image.as_deref().map(|image| {
        let name = image.rsplit('/').next().unwrap_or(image);
        name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned()
    });
    let named = item.question_id.map(|id| match id {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    });
    let id = stem.or(named).ok_or("the item has neither `image` nor an id")?;
    let id = TaskId::new(&id).map_err(|error| error.to_string())?;
    let turn = item.conversations.into_iter().find(|turn| turn.from == "gpt");
    let html = item.html.or(turn.map(|turn| turn.value));
    let page = html.as_deref().and_then(|text| pageloom_build::page_of_answer(text).ok());
    let reference = match (page, item.image) {
        (Some(page), _) => Reference::Site(Site::from_html(page)),
        (None, Some(image)) => Reference::Screenshot(read_picture(folder, &image)?),
        (None, None) => return Err("the item has neither HTML nor `image`".to_owned()),
    };
    let viewport = match &reference {
        Reference::Screenshot(png) => window_of(png),
        Reference::Site(_) | Reference::Nothing => Viewport::default(),
    };
    Ok(Task {
        title: id.to_string(),
        id,
        category: String::new(),
        viewport,
        reference,
        work: pageloom_schema::Work::Reproduce,
    })
}
