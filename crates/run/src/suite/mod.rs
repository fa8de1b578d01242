//! Opens suites: bundled, in our own layout, or in a layout others use.
//!
//! | layout | what it is |
//! |---|---|
//! | `pageloom` | a folder with a `suite.toml` |
//! | `design2code` | a folder of `ID.html` with `ID.png` beside it |
//! | `html` | a folder of HTML files, or of folders with an `index.html` |
//! | `web2code` | a JSONL file of Web2Code's evaluation set beside its image folder |
//! | `wub` | a JSONL file of Web2Code's yes/no questions beside its image folder |
//! | `websrc` | WebSRC's folders of pages and questions |
//! | `iwr-bench` | a JSONL file of recordings to be rebuilt, and the folder of its name beside it |
//! | `webgen-bench` | a JSONL file of instructions for websites with their tests |
//!
//! `wub` and `websrc` are questions about pages, as `[[question]]` of a `suite.toml` is. The tasks of one
//! suite are all of one [`Track`].

mod foreign;
mod instructions;
mod native;
pub(crate) mod picture;
mod recordings;
mod web2code;
mod websrc;
mod wub;

use std::path::Path;

use include_dir::{Dir, include_dir};
use pageloom_schema::{Gold, Png, Question, Reference, Suite, Work};
use pageloom_score::interactive::Protocol as InteractiveProtocol;
use pageloom_score::understanding::Protocol;

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
    /// Web2Code's yes/no questions: JSONL and images.
    Wub,
    /// WebSRC: `DOMAIN/NN/dataset.csv` and `processed_data`.
    WebSrc,
    /// IWR-Bench: `NAME.jsonl` and `NAME/ID/`.
    IwrBench,
    /// WebGen-Bench: JSONL.
    WebGenBench,
}

impl Layout {
    /// All layouts with their names.
    pub const ALL: [(&'static str, Self); 8] = [
        ("pageloom", Self::Pageloom),
        ("design2code", Self::Design2Code),
        ("html", Self::Html),
        ("web2code", Self::Web2Code),
        ("wub", Self::Wub),
        ("websrc", Self::WebSrc),
        ("iwr-bench", Self::IwrBench),
        ("webgen-bench", Self::WebGenBench),
    ];

    fn names() -> String {
        Self::ALL.map(|(name, _)| name).join(", ")
    }
}

/// The protocol of screenshot-to-code scores.
pub const PROTOCOL: &str = "web2code-wcgb/v1";

/// The protocols of screenshot-to-code scores.
pub const PAGE_PROTOCOLS: [&str; 2] = [PROTOCOL, "web2code-wcgb/compat"];

/// The protocol of websites that are tested by their use.
pub const WEBGEN_BENCH: &str = "webgen-bench/v1";

/// What the tasks of a suite ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Track {
    /// A page that looks like the reference.
    Pages,
    /// Answers to questions about pages.
    Questions(Protocol),
    /// Pages that look and work like the ones in recordings.
    Recordings(InteractiveProtocol),
    /// Websites that pass the tests of their instructions.
    Websites,
}

impl Track {
    /// The track of a suite that was opened here: by its protocol, as that was checked.
    #[must_use]
    pub fn of(suite: &Suite) -> Self {
        let name = suite.protocol.as_str();
        if let Some(protocol) = InteractiveProtocol::named(name) {
            return Self::Recordings(protocol);
        }
        if name == WEBGEN_BENCH {
            return Self::Websites;
        }
        Protocol::named(name).map_or(Self::Pages, Self::Questions)
    }
}

/// Has a suite scored by another protocol for the same kind of task.
///
/// # Errors
/// [`RunError::NoProtocol`] for one that is not known, or is for other tasks.
pub fn set_protocol(suite: &mut Suite, name: &str) -> Result<(), RunError> {
    let fitting: Vec<&str> = match Track::of(suite) {
        Track::Pages => PAGE_PROTOCOLS.to_vec(),
        Track::Questions(Protocol::Extractive) => vec![Protocol::Extractive.id()],
        Track::Questions(_) => vec![Protocol::YesNo.id(), Protocol::YesNoCompat.id()],
        Track::Recordings(_) => {
            vec![InteractiveProtocol::V1.id(), InteractiveProtocol::Compat.id()]
        }
        Track::Websites => vec![WEBGEN_BENCH],
    };
    if !fitting.contains(&name) {
        return Err(RunError::NoProtocol {
            name: name.to_owned(),
            reason: format!("the tasks of suite `{}` have others", suite.name),
            hint: format!("there is {}", fitting.join(" and ")),
        });
    }
    name.clone_into(&mut suite.protocol);
    Ok(())
}

/// Names of the bundled suites, sorted.
#[must_use]
pub fn bundled_names() -> Vec<String> {
    let mut names: Vec<String> = BUNDLED
        .dirs()
        .filter_map(|folder| folder.path().to_str())
        .filter(|name| bundled(name).is_some())
        .map(str::to_owned)
        .collect();
    names.sort();
    names
}

/// A suite that is part of the program. Recordings are used from their folder alone: a video is a file.
fn bundled(name: &str) -> Option<&'static Dir<'static>> {
    let folder = BUNDLED.get_dir(name)?;
    folder.get_file(folder.path().join("suite.toml")).map(|_| folder)
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
            Layout::Wub => wub::open(path)?,
            Layout::WebSrc => websrc::open(path)?,
            Layout::IwrBench => recordings::open(path)?,
            Layout::WebGenBench => instructions::open(path)?,
        }
    } else if let Some(folder) = bundled(name) {
        native::open_bundled(&BUNDLED, name, folder)?
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
    check_track(path, &suite)?;
    Ok(suite)
}

/// A suite is of one track: a mean over pages and questions would say nothing.
fn check_track(path: &Path, suite: &Suite) -> Result<(), RunError> {
    let track = Track::of(suite);
    for task in &suite.tasks {
        let fits = match (track, &task.work) {
            (Track::Pages, Work::Reproduce)
            | (Track::Recordings(_), Work::Rebuild(_))
            | (Track::Websites, Work::Create(_)) => true,
            (Track::Questions(protocol), Work::Answer(question)) => protocol.takes(&question.gold),
            _ => false,
        };
        if !fits {
            let kind = match &task.work {
                Work::Reproduce => "a page to be reproduced",
                Work::Answer(Question { gold: Gold::YesNo(_), .. }) => "a yes/no question",
                Work::Answer(_) => "a question for a piece of text",
                Work::Rebuild(_) => "a recording to be rebuilt",
                Work::Create(_) => "an instruction for a website",
            };
            let message = format!("{kind} is no task of protocol `{}`", suite.protocol);
            return Err(bad(path, &format!("task `{}`", task.id), message));
        }
    }
    Ok(())
}

fn recognise(path: &Path, is_folder: bool) -> Result<Layout, RunError> {
    let unknown = |reason: &str| RunError::UnknownLayout {
        path: path.to_owned(),
        reason: reason.to_owned(),
        layouts: Layout::names(),
    };
    if !is_folder {
        return match path.extension().and_then(|ending| ending.to_str()) {
            Some("jsonl") if recordings::is_task_file(path) => Ok(Layout::IwrBench),
            Some("jsonl") if instructions::is_task_file(path) => Ok(Layout::WebGenBench),
            Some("jsonl") if wub::is_wub(path)? => Ok(Layout::Wub),
            Some("jsonl") => Ok(Layout::Web2Code),
            _ => Err(unknown("it is a file, and not a .jsonl")),
        };
    }
    if path.join("suite.toml").is_file() {
        return Ok(Layout::Pageloom);
    }
    if recordings::in_folder(path).is_some() {
        return Ok(Layout::IwrBench);
    }
    let names = foreign::file_names(path)?;
    let has = |ending: &str| names.iter().any(|name| name.ends_with(ending));
    let is_pair = |name: &String| {
        name.strip_suffix(".html").is_some_and(|stem| names.contains(&format!("{stem}.png")))
    };
    if names.iter().any(is_pair) {
        Ok(Layout::Design2Code)
    } else if has(".jsonl") {
        Ok(if wub::is_wub(path)? { Layout::Wub } else { Layout::Web2Code })
    } else if has(".html") || foreign::has_page_folders(path)? {
        Ok(Layout::Html)
    } else if websrc::is_websrc(path)? {
        Ok(Layout::WebSrc)
    } else {
        Err(unknown(
            "it has no suite.toml, no .html, no .jsonl, no folder with an index.html and no dataset.csv",
        ))
    }
}

/// The file of tasks that is meant by a file or a folder, and how it is laid out: recordings, or
/// instructions for websites.
///
/// # Errors
/// [`RunError::UnknownLayout`] when it is neither.
pub fn task_file(path: &Path) -> Result<(std::path::PathBuf, Layout), RunError> {
    if path.is_dir()
        && let Some(file) = recordings::in_folder(path)
    {
        return Ok((file, Layout::IwrBench));
    }
    if instructions::is_task_file(path) {
        return Ok((path.to_owned(), Layout::WebGenBench));
    }
    // A file whose first line cannot be read is read whole to say what is wrong with it.
    if path.is_file() {
        return Ok((path.to_owned(), Layout::IwrBench));
    }
    Err(RunError::UnknownLayout {
        path: path.to_owned(),
        reason: "there is no JSONL file of tasks".to_owned(),
        layouts: "iwr-bench, webgen-bench".to_owned(),
    })
}

/// A hash over everything of a suite that can change a score.
#[must_use]
pub fn hash(suite: &Suite) -> String {
    let mut hasher = blake3::Hasher::new();
    feed(&mut hasher, suite.protocol.as_bytes());
    // Hundreds of questions may be about one page, and it is not worth reading hundreds of times.
    let mut last: Option<(&Reference, Option<&Png>, blake3::Hash)> = None;
    for task in &suite.tasks {
        feed(&mut hasher, task.id.as_str().as_bytes());
        feed(&mut hasher, task.viewport.to_string().as_bytes());
        let question = match &task.work {
            Work::Answer(question) => question,
            Work::Reproduce => {
                feed_reference(&mut hasher, &task.reference);
                continue;
            }
            Work::Rebuild(recording) => {
                feed(&mut hasher, recording.hash.as_bytes());
                continue;
            }
            Work::Create(instruction) => {
                feed(&mut hasher, instruction.text.as_bytes());
                for case in &instruction.cases {
                    feed(&mut hasher, case.task.as_bytes());
                    feed(&mut hasher, case.expected_result.as_bytes());
                    feed(&mut hasher, case.category.as_bytes());
                }
                continue;
            }
        };
        let picture = question.picture.as_ref();
        let shown = match last {
            Some((reference, shown, hash)) if reference == &task.reference && shown == picture => {
                hash
            }
            _ => {
                let mut shown = blake3::Hasher::new();
                feed_reference(&mut shown, &task.reference);
                feed(&mut shown, picture.map_or(&[][..], |png| &png.0));
                shown.finalize()
            }
        };
        last = Some((&task.reference, picture, shown));
        feed(&mut hasher, shown.as_bytes());
        feed(&mut hasher, question.text.as_bytes());
        let (kind, element) = match &question.gold {
            Gold::YesNo(_) => ("yes/no", None),
            Gold::Span { element, .. } => ("span", *element),
        };
        feed(&mut hasher, kind.as_bytes());
        feed(&mut hasher, question.gold.text().as_bytes());
        feed(&mut hasher, element.map_or_else(String::new, |tid| tid.to_string()).as_bytes());
    }
    hasher.finalize().to_hex().chars().take(32).collect()
}

fn feed(hasher: &mut blake3::Hasher, bytes: &[u8]) {
    hasher.update(&(bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}

fn feed_reference(hasher: &mut blake3::Hasher, reference: &Reference) {
    match reference {
        Reference::Site(site) => {
            feed(hasher, site.entry().as_str().as_bytes());
            for (path, bytes) in site.files() {
                feed(hasher, path.as_str().as_bytes());
                feed(hasher, bytes);
            }
        }
        Reference::Screenshot(png) => feed(hasher, &png.0),
        Reference::Nothing => feed(hasher, b""),
    }
}

/// The question itself as a title, cut where a list of tasks would be.
fn short_title(question: &str) -> String {
    let line = question.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= 120 {
        return line;
    }
    line.chars().take(119).chain(['…']).collect()
}

fn bad(path: &Path, place: &str, message: impl Into<String>) -> RunError {
    RunError::BadSuite { path: path.to_owned(), place: place.to_owned(), message: message.into() }
}
