//! A script written by doing: a window on a page, a person who uses it, and what they did as TOML.
//!
//! [`LiveRecording::prepare`] checks everything that can fail before a window opens;
//! [`LiveRecording::run`] lasts until the window is closed or it is told to stop, and then writes the
//! script in one step. What an action is called is decided in `pageloom_agent::record`.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use pageloom_agent::record::Transcript;
use pageloom_browser::{Display, Installation, InteractionPolicy, LiveWindow};
use pageloom_schema::{Classification, InteractiveRow, RecordingDetails, Site, SitePath, Viewport};
use tempfile::NamedTempFile;
use tokio::sync::watch;

use super::row::MAX_ACTIONS;
use super::script::{Script, script_text};
use crate::error::RunError;

/// The window's page, where the screen has room for it.
const VIEWPORT: Viewport = Viewport { width: 1280, height: 720 };
/// The script where no other is named.
const SCRIPT: &str = "script.toml";
/// Folders that are called what they are, and not after what is in them.
const PLAIN_FOLDERS: [&str; 5] = ["site", "page", "dist", "build", "public"];

/// A recording that can begin.
pub struct LiveRecording {
    installation: Installation,
    display: Display,
    site: Site,
    /// The page as the script names it.
    named: SitePath,
    id: String,
    out: PathBuf,
    /// Becomes the script at the end; made now, so that nothing is done in vain.
    scratch: NamedTempFile,
}

/// What was recorded.
#[derive(Clone, Debug, serde::Serialize)]
pub struct LiveRecorded {
    /// The script; absent where nothing was done.
    pub script: Option<PathBuf>,
    /// Its actions.
    pub actions: usize,
    /// Things that were done and are not in it.
    pub left_out: u32,
}

impl LiveRecording {
    /// Reads the page, finds a browser that has windows, and opens the script's place.
    ///
    /// # Errors
    /// [`RunError::Browser`] without a full browser, [`RunError::Build`] when the page cannot be read,
    /// [`RunError::Storage`] when the script is there already or cannot be written,
    /// [`RunError::BadTask`] when the page does not lie below the script's folder.
    pub fn prepare(
        page: &Path,
        out: Option<&Path>,
        display: Display,
        program: Option<&Path>,
    ) -> Result<Self, RunError> {
        let site = pageloom_build::read_page(page)?;
        let real = page.canonicalize().map_err(RunError::storage("read", page))?;
        let folder = if real.is_dir() { real.as_path() } else { real.parent().unwrap_or(&real) };
        let out = match out {
            Some(out) => out.to_owned(),
            None => folder.parent().unwrap_or(folder).join(SCRIPT),
        };
        let beside = match out.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        let around = beside.canonicalize().map_err(RunError::storage("write", &out))?;
        let named = relative(&real, &around).ok_or_else(|| RunError::BadTask {
            task: page.display().to_string(),
            reason: format!("it does not lie below the script's folder, `{}`", around.display()),
            hint: "name a script with --out in a folder around the page".to_owned(),
        })?;
        if out.exists() {
            let there = std::io::Error::from(std::io::ErrorKind::AlreadyExists);
            return Err(RunError::storage("write", &out)(there));
        }
        let scratch = NamedTempFile::new_in(&around).map_err(RunError::storage("write", &out))?;
        let installation = Installation::find_showing(program)?;
        let id = id_of(folder);
        Ok(Self { installation, display, site, named, id, out, scratch })
    }

    /// Where the script is written.
    #[must_use]
    pub fn out(&self) -> &Path {
        &self.out
    }

    /// Opens the window and records until it is closed or `stop` becomes true. `progress` hears how
    /// many actions there are.
    ///
    /// # Errors
    /// [`RunError::Browser`] when the window does not open, [`RunError::Storage`] when the script
    /// cannot be written.
    pub async fn run(
        self,
        mut stop: watch::Receiver<bool>,
        progress: &mut dyn FnMut(usize),
    ) -> Result<LiveRecorded, RunError> {
        let policy = InteractionPolicy::default().render;
        let site = Arc::new(self.site.clone());
        let mut window =
            LiveWindow::open(&self.installation, &self.display, site, VIEWPORT, &policy).await?;
        let mut transcript = Transcript::default();
        loop {
            let heard = tokio::select! {
                heard = window.heard() => heard,
                // Whoever could have stopped it being gone is no reason to stop.
                Ok(_) = stop.wait_for(|stop| *stop) => None,
            };
            let Some(heard) = heard else { break };
            transcript.hear(heard);
            progress(transcript.count());
        }
        for heard in window.close().await {
            transcript.hear(heard);
        }
        self.write(transcript)
    }

    fn write(self, transcript: Transcript) -> Result<LiveRecorded, RunError> {
        let mut finished = transcript.finish();
        let beyond = finished.actions.len().saturating_sub(MAX_ACTIONS);
        finished.actions.truncate(MAX_ACTIONS);
        let left_out = finished.left_out + u32::try_from(beyond).unwrap_or(u32::MAX);
        let actions = finished.actions.len();
        if actions == 0 {
            return Ok(LiveRecorded { script: None, actions, left_out });
        }
        let viewport = finished.viewport.unwrap_or(VIEWPORT);
        let title = finished.title.trim();
        let script = Script {
            row: InteractiveRow {
                id: self.id.clone(),
                classification: Classification::default(),
                recording_details: RecordingDetails {
                    resolution: viewport.to_string(),
                    environment: "desktop".to_owned(),
                },
                source_website: String::new(),
                action_sequence: finished.actions,
            },
            title: if title.is_empty() { self.id } else { title.to_owned() },
            site: self.site,
            viewport,
            frame_rate: super::script::DEFAULT_FRAME_RATE,
        };
        let text = script_text(&script, &self.named);
        let storage = RunError::storage("write", &self.out);
        let mut scratch = self.scratch;
        let written = std::io::Write::write_all(&mut scratch, text.as_bytes())
            .and_then(|()| scratch.as_file().sync_all())
            .and_then(|()| readable_by_others(&scratch));
        // Whoever wrote there in the meantime keeps what they wrote.
        let kept = written.and_then(|()| {
            scratch.persist_noclobber(&self.out).map(drop).map_err(|error| error.error)
        });
        kept.map_err(storage)?;
        Ok(LiveRecorded { script: Some(self.out), actions, left_out })
    }
}

/// A temporary file is for its owner alone; a script is a file like others.
fn readable_by_others(file: &NamedTempFile) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))
}

/// The path of a page from a folder around it.
fn relative(page: &Path, around: &Path) -> Option<SitePath> {
    let parts: Option<Vec<&str>> = page
        .strip_prefix(around)
        .ok()?
        .components()
        .map(|part| match part {
            Component::Normal(name) => name.to_str(),
            _ => None,
        })
        .collect();
    SitePath::new(&parts?.join("/")).ok()
}

/// A task's name: that of its folder, or of the one around it where its own says nothing.
fn id_of(folder: &Path) -> String {
    let names = folder.ancestors().filter_map(|folder| folder.file_name()?.to_str());
    let name = names.into_iter().find(|name| !PLAIN_FOLDERS.contains(name)).unwrap_or("page");
    let plain = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    let id: String = name.chars().map(plain).take(60).collect();
    let id = id.trim_matches(['.', '-']);
    if id.is_empty() { "page".to_owned() } else { id.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_named_from_the_folder_around_it() {
        let from = |page: &str, around: &str| relative(Path::new(page), Path::new(around));
        assert_eq!(from("/a/b/site", "/a/b").unwrap().as_str(), "site");
        assert_eq!(from("/a/b/site/index.html", "/a").unwrap().as_str(), "b/site/index.html");
        assert!(from("/a/b", "/a/b").is_none() && from("/a/b", "/c").is_none());
    }

    #[test]
    fn an_id_is_the_folder_that_says_something() {
        assert_eq!(id_of(Path::new("/x/todo-list/site")), "todo-list");
        assert_eq!(id_of(Path::new("/x/my page")), "my-page");
        assert_eq!(id_of(Path::new("/site")), "page");
    }
}
