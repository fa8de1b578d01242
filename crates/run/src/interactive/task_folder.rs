//! The folder of one task: what is in it is listed and checked when it is opened, and read when it is
//! asked for. Nothing outside it is read, by `..`, by absolute path or by symbolic link.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pageloom_schema::{
    ActionKind, InteractiveRow, Png, Recording, RecordingDetails, Site, SitePath,
};
use serde_json::Value;

use super::picture_head::{Kind, size_problem};
use super::row::read_recording;
use crate::error::RunError;
use crate::problems::{Object, Problems, shortened};

/// The most files of one task.
const MAX_FILES: usize = 4_000;
/// The most bytes of one file that is no video.
const MAX_FILE_BYTES: u64 = 64 << 20;
/// The most bytes of all files of a task but its video.
const MAX_BYTES: u64 = 256 << 20;
/// The most bytes of a video.
const MAX_VIDEO_BYTES: u64 = 512 << 20;
/// The most bytes of a `metadata.json`.
const MAX_METADATA_BYTES: u64 = 1 << 20;
/// How much of a picture is looked at for its size.
const HEAD_BYTES: u64 = 64 << 10;
/// How deep folders may lie in each other.
const MAX_DEPTH: usize = 16;

pub(super) const VIDEO: &str = "video.mp4";
pub(super) const METADATA: &str = "metadata.json";
pub(super) const ASSETS: &str = "assets";
pub(super) const SHEETS: &str = "stitched_assets";
pub(super) const SHEET_STEM: &str = "stitched_image";
pub(super) const CHECKPOINTS: &str = "checkpoints";
pub(super) const SITE: &str = "site";
/// The folders of a task.
pub(super) const FOLDERS: [&str; 4] = [ASSETS, CHECKPOINTS, SITE, SHEETS];

/// Where the checkpoint of a step is unless the row says otherwise; step 0 is the first view.
pub(super) fn checkpoint_name(step: u32) -> String {
    format!("{CHECKPOINTS}/step_{step}.png")
}

/// Files of a task, as paths inside it.
pub type TaskFiles = BTreeMap<SitePath, Arc<[u8]>>;

/// The folder of one task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskFolder {
    path: PathBuf,
    /// All files that are looked at, with their sizes in bytes.
    files: BTreeMap<SitePath, u64>,
    /// The pictures of the page after each step that has one.
    checkpoints: BTreeMap<u32, SitePath>,
    /// The page to open first, and whether it answers for pages that are not there.
    site_entry: Option<SitePath>,
    site_fallback: bool,
}

impl TaskFolder {
    /// Opens `root/ID`, fills what the row lacks from its `metadata.json`, and checks that it has
    /// what the row names.
    pub(super) fn open(
        root: &Path,
        row: &mut InteractiveRow,
        problems: &mut Problems,
    ) -> Option<Self> {
        let name = root.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let named = root.join(&row.id);
        let here = format!("{name}/{}", row.id);
        let path = match (root.canonicalize(), named.canonicalize()) {
            (Ok(root), Ok(path)) if path.is_dir() => {
                if !path.starts_with(&root) {
                    problems.add("id", format!("`{here}` is a link that leaves `{name}`"));
                    return None;
                }
                path
            }
            _ => {
                problems.add("id", format!("there is no folder `{here}`"));
                return None;
            }
        };
        Some(Self::list(path, &name, row, problems))
    }

    /// Lists and checks the task in the folder at `path`, which is a real path; `name` is that of the
    /// folder of all tasks.
    pub(super) fn list(
        path: PathBuf,
        name: &str,
        row: &mut InteractiveRow,
        problems: &mut Problems,
    ) -> Self {
        let mut walk =
            Walk { root: &path, files: BTreeMap::new(), bytes: 0, full: false, problems };
        for file in [VIDEO, METADATA] {
            walk.take(&path.join(file), true);
        }
        for folder in FOLDERS {
            walk.folder(&path.join(folder), 0);
        }
        let (files, full) = (walk.files, walk.full);
        let mut folder = Self {
            path,
            files,
            checkpoints: BTreeMap::new(),
            site_entry: None,
            site_fallback: false,
        };
        // What was not listed is not missing.
        if full {
            return folder;
        }
        folder.read_metadata(row, problems);
        folder.check_pictures(problems);
        folder.find_checkpoints(name, row, problems);
        folder.check_uploads(row, problems);
        folder
    }

    /// Opens the folder of a recording that was opened before.
    ///
    /// # Errors
    /// [`RunError::BadFile`] when it is no more what it was.
    pub(super) fn of(recording: &Recording) -> Result<Self, RunError> {
        let mut problems = Problems::of(&recording.folder);
        let root = recording.folder.parent().unwrap_or(&recording.folder);
        let mut row = recording.row.clone();
        let folder = Self::open(root, &mut row, &mut problems);
        problems.into_result(super::task_file::HINT)?;
        folder.ok_or_else(|| {
            RunError::storage("read", &recording.folder)(std::io::Error::other("it is gone"))
        })
    }

    /// One asset by its name below `assets/`.
    #[must_use]
    pub(super) fn asset(&self, name: &str) -> Option<Arc<[u8]>> {
        let path = SitePath::new(&format!("{ASSETS}/{name}")).ok()?;
        self.files.contains_key(&path).then(|| self.read(&path).ok()).flatten()
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The recording, if there is one.
    #[must_use]
    pub fn video(&self) -> Option<PathBuf> {
        let path = SitePath::new(VIDEO).ok()?;
        self.files.contains_key(&path).then(|| self.path.join(VIDEO))
    }

    /// The names of the page's images, icons and videos, as a page refers to them below `assets/`;
    /// sorted.
    #[must_use]
    pub fn asset_names(&self) -> Vec<SitePath> {
        self.below(ASSETS).filter_map(|(_, name)| SitePath::new(name).ok()).collect()
    }

    /// The page's images, icons and videos, by their names below `assets/`.
    ///
    /// # Errors
    /// [`RunError::Storage`] when one cannot be read.
    pub fn assets(&self) -> Result<TaskFiles, RunError> {
        self.read_below(ASSETS)
    }

    /// The contact sheets of the assets, in the order of their numbers.
    ///
    /// # Errors
    /// [`RunError::Storage`] when one cannot be read.
    pub fn stitched_sheets(&self) -> Result<Vec<Png>, RunError> {
        let mut sheets: Vec<(u64, &SitePath)> = self
            .below(SHEETS)
            .filter_map(|(path, name)| {
                let number = name.strip_prefix(SHEET_STEM)?.strip_suffix(".png")?;
                let digits: String = number.chars().filter(char::is_ascii_digit).collect();
                Some((digits.parse().unwrap_or(0), path))
            })
            .collect();
        sheets.sort();
        sheets.into_iter().map(|(_, path)| Ok(Png(self.read(path)?))).collect()
    }

    /// The numbers of the steps that have a checkpoint, sorted; 0 is the first view.
    #[must_use]
    pub fn checkpoint_steps(&self) -> Vec<u32> {
        self.checkpoints.keys().copied().collect()
    }

    /// The true page after a step; 0 is the first view.
    ///
    /// # Errors
    /// [`RunError::Storage`] when it cannot be read.
    pub fn checkpoint(&self, step: u32) -> Result<Option<Png>, RunError> {
        self.checkpoints.get(&step).map(|path| Ok(Png(self.read(path)?))).transpose()
    }

    /// The page that was recorded, if it is kept with the task.
    ///
    /// # Errors
    /// [`RunError::Storage`] when a file cannot be read.
    pub fn site(&self) -> Result<Option<Site>, RunError> {
        let Some(entry) = &self.site_entry else { return Ok(None) };
        let site = Site::new(self.read_below(SITE)?, entry.clone())
            .map_err(pageloom_build::BuildError::from)?;
        Ok(Some(if self.site_fallback { site.with_fallback() } else { site }))
    }

    /// A hash over the names and contents of all files; they are streamed, not held.
    ///
    /// # Errors
    /// [`RunError::Storage`] when a file cannot be read.
    pub fn hash(&self) -> Result<blake3::Hash, RunError> {
        let mut all = blake3::Hasher::new();
        // Of the metadata only what was taken over into the row can change a score.
        for path in self.files.keys().filter(|path| path.as_str() != METADATA) {
            let file = self.path.join(path.as_str());
            let read = || RunError::storage("read", &file);
            let mut one = blake3::Hasher::new();
            one.update_reader(File::open(&file).map_err(read())?).map_err(read())?;
            all.update(&(path.as_str().len() as u64).to_le_bytes());
            all.update(path.as_str().as_bytes());
            all.update(one.finalize().as_bytes());
        }
        for (step, path) in &self.checkpoints {
            all.update(format!("{step} {path}\n").as_bytes());
        }
        let entry = self.site_entry.as_ref().map_or("", SitePath::as_str);
        all.update(format!("{entry} {}", self.site_fallback).as_bytes());
        Ok(all.finalize())
    }

    /// Files of a folder with their names in it.
    fn below<'a>(&'a self, folder: &str) -> impl Iterator<Item = (&'a SitePath, &'a str)> {
        let prefix = format!("{folder}/");
        self.files.keys().filter_map(move |path| Some((path, path.as_str().strip_prefix(&prefix)?)))
    }

    fn read_below(&self, folder: &str) -> Result<TaskFiles, RunError> {
        let mut files = TaskFiles::new();
        for (path, name) in self.below(folder) {
            // Every part of a path that is one is one too.
            if let Ok(name) = SitePath::new(name) {
                files.insert(name, self.read(path)?);
            }
        }
        Ok(files)
    }

    /// The bytes of a file that was listed. One that has grown since is cut at the limit.
    fn read(&self, path: &SitePath) -> Result<Arc<[u8]>, RunError> {
        read_at_most(&self.path.join(path.as_str()), MAX_FILE_BYTES).map(Arc::from)
    }

    fn read_metadata(&mut self, row: &mut InteractiveRow, problems: &mut Problems) {
        let index = SitePath::new(&format!("{SITE}/index.html")).ok();
        let index = index.filter(|path| self.files.contains_key(path));
        self.site_entry = index.and_then(|_| SitePath::new("index.html").ok());
        let Some(size) = SitePath::new(METADATA).ok().and_then(|path| self.files.get(&path)) else {
            self.check_site(problems);
            return;
        };
        if *size > MAX_METADATA_BYTES {
            let message = format!("{size} bytes, {MAX_METADATA_BYTES} allowed");
            problems.add(METADATA, message);
            return;
        }
        let value = read_at_most(&self.path.join(METADATA), MAX_METADATA_BYTES)
            .map_err(|error| error.to_string())
            .and_then(|bytes| {
                serde_json::from_slice::<Value>(&bytes).map_err(|error| error.to_string())
            });
        let value = match value {
            Ok(value) => value,
            Err(message) => return problems.add(METADATA, message),
        };
        let Some(metadata) = Object::of(&value, METADATA, problems) else { return };
        if let Some(details) = metadata.object("recording_details", problems) {
            let kept = read_recording(&details, problems);
            let RecordingDetails { resolution, environment } = &mut row.recording_details;
            for (of_row, of_file) in
                [(resolution, kept.resolution), (environment, kept.environment)]
            {
                if of_row.trim().is_empty() {
                    *of_row = of_file;
                }
            }
        }
        if let Some(site) = metadata.object(SITE, problems) {
            self.site_fallback = site.flag("fallback", problems).unwrap_or(false);
            if let Some(entry) = site.text("entry", problems) {
                match SitePath::new(&entry) {
                    Ok(entry) => self.site_entry = Some(entry),
                    Err(error) => problems.add(&site.field("entry"), error.to_string()),
                }
            }
        }
        self.check_site(problems);
    }

    fn check_site(&mut self, problems: &mut Problems) {
        let has_files = self.below(SITE).next().is_some();
        match &self.site_entry {
            None if has_files => problems.add(SITE, "it has no index.html to open"),
            Some(entry) => {
                let path = SitePath::new(&format!("{SITE}/{entry}"));
                if !path.is_ok_and(|path| self.files.contains_key(&path)) {
                    problems.add(SITE, format!("it has no file `{entry}` to open"));
                }
            }
            None => {}
        }
    }

    fn check_pictures(&self, problems: &mut Problems) {
        for path in self.files.keys() {
            let folder = path.as_str().split('/').next().unwrap_or_default();
            let must_be_png = match folder {
                CHECKPOINTS | SHEETS => path.extension() == "png",
                ASSETS => false,
                _ => continue,
            };
            let head = File::open(self.path.join(path.as_str())).and_then(|file| {
                let mut head = Vec::new();
                file.take(HEAD_BYTES).read_to_end(&mut head).map(|_| head)
            });
            match head {
                Err(error) => problems.add(path.as_str(), format!("cannot be read: {error}")),
                Ok(head) if must_be_png && Kind::of(&head) != Some(Kind::Png) => {
                    problems.add(path.as_str(), "it is no PNG");
                }
                Ok(head) => {
                    if let Some(message) = size_problem(&head) {
                        problems.add(path.as_str(), message);
                    }
                }
            }
        }
    }

    /// Joins checkpoints with steps: by the path the row names, else by the step's number.
    fn find_checkpoints(&mut self, name: &str, row: &InteractiveRow, problems: &mut Problems) {
        let numbered = |step: u32| {
            let path = SitePath::new(&checkpoint_name(step)).ok()?;
            self.files.contains_key(&path).then_some(path)
        };
        let mut found = BTreeMap::new();
        match numbered(0) {
            Some(path) => _ = found.insert(0, path),
            None => problems.add(&checkpoint_name(0), "the picture of the first view is missing"),
        }
        for (step, action) in (1_u32..).zip(&row.action_sequence) {
            let at = step as usize - 1;
            let field = format!("action_sequence[{at}].checkpoint_screenshot");
            let path = match &action.checkpoint_screenshot {
                Some(text) => match SitePath::new(text) {
                    Ok(path) => {
                        let path = self.inside(name, &row.id, &path);
                        if path.is_none() {
                            let text = shortened(text);
                            let message =
                                format!("there is no file `{text}` in `{name}/{}`", row.id);
                            problems.add(&field, message);
                        }
                        path
                    }
                    Err(error) => {
                        problems.add(&field, error.to_string());
                        None
                    }
                },
                None => {
                    let path = numbered(step);
                    if path.is_none() && action.visual_evaluation_flag {
                        let wanted = checkpoint_name(step);
                        let message = format!("the picture `{wanted}` to compare with is missing");
                        problems.add(&field, message);
                    }
                    path
                }
            };
            if let Some(path) = path {
                found.insert(step, path);
            }
        }
        self.checkpoints = found;
    }

    /// A checkpoint as rows name it: from the task's folder, from the folders above it, or by its
    /// file name alone.
    fn inside(&self, name: &str, id: &str, path: &SitePath) -> Option<SitePath> {
        let text = path.as_str();
        let tries = [
            Some(text.to_owned()),
            text.strip_prefix(&format!("{name}/{id}/")).map(str::to_owned),
            text.strip_prefix(&format!("{id}/")).map(str::to_owned),
            (!text.contains('/')).then(|| format!("{CHECKPOINTS}/{text}")),
        ];
        tries
            .into_iter()
            .flatten()
            .filter_map(|text| SitePath::new(&text).ok())
            .find(|path| self.files.contains_key(path) && path.extension() == "png")
    }

    fn check_uploads(&self, row: &InteractiveRow, problems: &mut Problems) {
        for (at, action) in row.action_sequence.iter().enumerate() {
            let Some(file) = action.parameters.file.as_ref() else { continue };
            let path = SitePath::new(&format!("{ASSETS}/{file}"));
            let here = path.is_ok_and(|path| self.files.contains_key(&path));
            if action.kind == ActionKind::Upload && !here {
                let field = format!("action_sequence[{at}].parameters.file");
                problems.add(&field, format!("there is no asset `{}`", shortened(file)));
            }
        }
    }
}

fn read_at_most(file: &Path, most: u64) -> Result<Vec<u8>, RunError> {
    let mut bytes = Vec::new();
    File::open(file)
        .and_then(|opened| opened.take(most).read_to_end(&mut bytes))
        .map_err(RunError::storage("read", file))?;
    Ok(bytes)
}

/// Lists the files of a task under the limits.
struct Walk<'a> {
    root: &'a Path,
    files: BTreeMap<SitePath, u64>,
    bytes: u64,
    /// A limit was reached and told.
    full: bool,
    problems: &'a mut Problems,
}

impl Walk<'_> {
    fn field(&self, path: &Path) -> String {
        path.strip_prefix(self.root).unwrap_or(path).to_string_lossy().into_owned()
    }

    fn folder(&mut self, folder: &Path, depth: usize) {
        let Ok(meta) = fs::symlink_metadata(folder) else { return };
        let field = self.field(folder);
        if meta.is_symlink() {
            return self.problems.add(&field, "it is a link; a folder of a task is a real one");
        }
        if !meta.is_dir() {
            return self.problems.add(&field, "it is no folder");
        }
        if depth > MAX_DEPTH {
            return self.problems.add(&field, format!("more than {MAX_DEPTH} folders deep"));
        }
        let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let mut entries = match entries {
            Ok(entries) => entries,
            Err(error) => return self.problems.add(&field, format!("cannot be read: {error}")),
        };
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            // What starts with a point belongs to tools.
            if self.full || entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            let path = entry.path();
            if fs::symlink_metadata(&path).is_ok_and(|meta| meta.is_dir()) {
                self.folder(&path, depth + 1);
            } else {
                self.take(&path, false);
            }
        }
    }

    fn take(&mut self, path: &Path, may_miss: bool) {
        let field = self.field(path);
        let is_link = match fs::symlink_metadata(path) {
            Ok(meta) => meta.is_symlink(),
            Err(_) if may_miss => return,
            Err(error) => return self.problems.add(&field, format!("cannot be read: {error}")),
        };
        if is_link && !path.canonicalize().is_ok_and(|real| real.starts_with(self.root)) {
            return self.problems.add(&field, "it is a link that leaves the folder of the task");
        }
        let meta = match fs::metadata(path) {
            // Devices and pipes are no files of a task, and reading one may never end.
            Ok(meta) if meta.is_file() => meta,
            Ok(_) => return self.problems.add(&field, "it is no file"),
            Err(error) => return self.problems.add(&field, format!("cannot be read: {error}")),
        };
        let name = path.strip_prefix(self.root).ok().and_then(Path::to_str);
        let Some(name) = name.and_then(|name| SitePath::new(name).ok()) else {
            return self.problems.add(&field, "its name is none that a page can refer to");
        };
        let most = if field == VIDEO { MAX_VIDEO_BYTES } else { MAX_FILE_BYTES };
        if meta.len() > most {
            let message = format!("{} bytes, {most} allowed", meta.len());
            return self.problems.add(&field, message);
        }
        if field != VIDEO {
            self.bytes += meta.len();
        }
        if self.files.len() >= MAX_FILES || self.bytes > MAX_BYTES {
            self.full = true;
            let message = format!("over {MAX_FILES} files or {MAX_BYTES} bytes in the task");
            return self.problems.add(&field, message);
        }
        self.files.insert(name, meta.len());
    }
}
