//! Opens suites: bundled, in our own layout, or in a layout others use.
//!
//! | layout | what it is |
//! |---|---|
//! | `pageloom` | a folder with a `suite.toml` |
//! | `design2code` | a folder of `ID.html` with `ID.png` beside it |
//! | `html` | a folder of HTML files, or of folders with an `index.html` |
//! | `web2code` | a JSONL file of Web2Code's evaluation set beside its image folder |

mod foreign;
mod native;
mod web2code;

use std::path::Path;

use include_dir::{Dir, include_dir};
use pageloom_schema::{Reference, Suite};

use crate::error::RunError;

static BUNDLED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../suites");

/// How the tasks of a folder are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Our own: `suite.toml`.
    Pageloom,
    /// Design2Code: `ID.html` and `ID.png`.
    Design2Code,
    /// HTML files alone.
    Html,
    /// Web2Code's evaluation set: JSONL and images.
    Web2Code,
}

impl Layout {
    /// All layouts with their names.
    pub const ALL: [(&'static str, Self); 4] = [
        ("pageloom", Self::Pageloom),
        ("design2code", Self::Design2Code),
        ("html", Self::Html),
        ("web2code", Self::Web2Code),
    ];

    fn names() -> String {
        Self::ALL.map(|(name, _)| name).join(", ")
    }
}

/// The protocol of screenshot-to-code scores.
pub const PROTOCOL: &str = "web2code-wcgb/v1";

/// Names of the bundled suites, sorted.
#[must_use]
pub fn bundled_names() -> Vec<String> {
    let mut names: Vec<String> =
        BUNDLED.dirs().filter_map(|folder| folder.path().to_str().map(str::to_owned)).collect();
    names.sort();
    names
}

/// Opens a suite by bundled name or path.
///
/// # Errors
/// [`RunError`] when there is none, its layout is not known, or it has a fault in it.
pub fn open(name: &str, layout: Option<Layout>) -> Result<Suite, RunError> {
    let path = Path::new(name);
    let mut suite = if let Ok(meta) = std::fs::metadata(path) {
        let layout = match layout {
            Some(layout) => layout,
            None => recognise(path, meta.is_dir())?,
        };
        match layout {
            Layout::Pageloom => native::open(path)?,
            Layout::Design2Code => foreign::open(path, true)?,
            Layout::Html => foreign::open(path, false)?,
            Layout::Web2Code => web2code::open(path)?,
        }
    } else if let Some(folder) = BUNDLED.get_dir(name) {
        native::open_bundled(name, folder)?
    } else {
        return Err(RunError::NoSuite {
            name: name.to_owned(),
            bundled: bundled_names().join(", "),
        });
    };
    suite.tasks.sort_by(|a, b| a.id.cmp(&b.id));
    if let Some(pair) = suite.tasks.windows(2).find(|pair| matches!(pair, [a, b] if a.id == b.id)) {
        let id = pair.first().map(|task| task.id.to_string()).unwrap_or_default();
        return Err(bad(path, &format!("task `{id}`"), "there are two tasks of that id"));
    }
    if suite.tasks.is_empty() {
        return Err(bad(path, "tasks", "there are none"));
    }
    Ok(suite)
}

fn recognise(path: &Path, is_folder: bool) -> Result<Layout, RunError> {
    let unknown = |reason: &str| RunError::UnknownLayout {
        path: path.to_owned(),
        reason: reason.to_owned(),
        layouts: Layout::names(),
    };
    if !is_folder {
        return match path.extension().and_then(|ending| ending.to_str()) {
            Some("jsonl") => Ok(Layout::Web2Code),
            _ => Err(unknown("it is a file, and not a .jsonl")),
        };
    }
    if path.join("suite.toml").is_file() {
        return Ok(Layout::Pageloom);
    }
    let names = foreign::file_names(path)?;
    let has = |ending: &str| names.iter().any(|name| name.ends_with(ending));
    let is_pair = |name: &String| {
        name.strip_suffix(".html").is_some_and(|stem| names.contains(&format!("{stem}.png")))
    };
    if names.iter().any(is_pair) {
        Ok(Layout::Design2Code)
    } else if has(".jsonl") {
        Ok(Layout::Web2Code)
    } else if has(".html") || foreign::has_page_folders(path)? {
        Ok(Layout::Html)
    } else {
        Err(unknown("it has no suite.toml, no .html, no .jsonl and no folder with an index.html"))
    }
}

/// A hash over everything of a suite that can change a score.
#[must_use]
pub fn hash(suite: &Suite) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut feed = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    feed(suite.protocol.as_bytes());
    for task in &suite.tasks {
        feed(task.id.as_str().as_bytes());
        feed(task.viewport.to_string().as_bytes());
        match &task.reference {
            Reference::Site(site) => {
                feed(site.entry().as_str().as_bytes());
                for (path, bytes) in site.files() {
                    feed(path.as_str().as_bytes());
                    feed(bytes);
                }
            }
            Reference::Screenshot(png) => feed(&png.0),
        }
    }
    hasher.finalize().to_hex().chars().take(32).collect()
}

fn bad(path: &Path, place: &str, message: impl Into<String>) -> RunError {
    RunError::BadSuite { path: path.to_owned(), place: place.to_owned(), message: message.into() }
}
