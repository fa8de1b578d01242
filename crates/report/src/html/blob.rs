//! Blobs of a run on their way into a report: names checked, content taken over once. A run may
//! come from anywhere, so a name must be exactly `ab/<hash>.<ext>`, and neither the file nor its
//! folder may be a link that leads out of the run.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use pageloom_schema::{Capture, ConsoleMessage, RequestRecord, Viewport};

use crate::error::ReportError;

/// The most of a page's HTML that is shown, in bytes.
const MAX_SOURCE: usize = 2 << 20;
/// The largest capture that is read, in bytes.
const MAX_CAPTURE: u64 = 256 << 20;
/// The largest request or reply that is read, in bytes.
const MAX_JSON: u64 = 64 << 20;

/// The part of a [`Capture`] that a report shows; the DOM is skipped while reading.
#[derive(Clone, Debug, Deserialize, serde::Serialize, PartialEq)]
pub(super) struct CaptureFacts {
    title: String,
    viewport: Viewport,
    page_width: u32,
    page_height: u32,
    uncapped_height: Option<u32>,
    console: Vec<ConsoleMessage>,
    exceptions: Vec<String>,
    requests: Vec<RequestRecord>,
    dialogs: u32,
    dropped_messages: u32,
}

impl CaptureFacts {
    fn limited(mut self) -> Self {
        self.console.truncate(Capture::MAX_MESSAGES);
        self.exceptions.truncate(Capture::MAX_MESSAGES);
        self.requests.truncate(Capture::MAX_MESSAGES);
        self
    }
}

/// What has been taken over already, so that runs share pictures, sources and captures.
pub(super) struct Blobs {
    out: PathBuf,
    taken: BTreeMap<String, bool>,
    captures: BTreeMap<PathBuf, Option<CaptureFacts>>,
}

impl Blobs {
    pub(super) fn new(out: &Path) -> Self {
        Self { out: out.to_owned(), taken: BTreeMap::new(), captures: BTreeMap::new() }
    }

    /// The picture `name` of the run in `folder`, linked or copied into the report; its path in
    /// the report, or nothing when it is no PNG of the run.
    pub(super) fn picture(
        &mut self,
        folder: &Path,
        name: &str,
    ) -> Result<Option<String>, ReportError> {
        let Some(source) = confined(folder, name).filter(|_| name.ends_with(".png")) else {
            return Ok(None);
        };
        let place = format!("blobs/{name}");
        if self.taken.contains_key(name) {
            return Ok(Some(place));
        }
        let target = self.out.join(&place);
        let refused = |source| ReportError::Write { path: target.clone(), source };
        if let Some(parent) = target.parent() {
            std::fs::create_dir_all(parent).map_err(refused)?;
        }
        // A link costs no space; across file systems only a copy works.
        if std::fs::hard_link(&source, &target).is_err() {
            std::fs::copy(&source, &target).map_err(refused)?;
        }
        self.taken.insert(name.to_owned(), true);
        Ok(Some(place))
    }

    /// [`Self::picture`] with the size that its head tells, so that a page can keep its place before
    /// it is loaded; nothing when it has no such head.
    pub(super) fn sized_picture(
        &mut self,
        folder: &Path,
        name: &str,
    ) -> Result<Option<PictureFile>, ReportError> {
        let Some(size) = confined(folder, name).and_then(|source| png_size(&source)) else {
            return Ok(None);
        };
        let path = self.picture(folder, name)?;
        Ok(path.map(|path| PictureFile { path, width: size[0], height: size[1] }))
    }

    /// The HTML `name` of the run in `folder`, written as text inside a script; the name it is
    /// registered under, which is also the script's path without `.js`.
    pub(super) fn source(
        &mut self,
        folder: &Path,
        name: &str,
    ) -> Result<Option<String>, ReportError> {
        let Some(source) = confined(folder, name) else { return Ok(None) };
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let key = format!("sources/{stem}");
        if self.taken.contains_key(&key) {
            return Ok(Some(key));
        }
        let Ok(mut bytes) = std::fs::read(&source) else { return Ok(None) };
        let whole = bytes.len();
        bytes.truncate(MAX_SOURCE);
        let content = SourceText {
            bytes: whole,
            cut: whole > MAX_SOURCE,
            text: String::from_utf8_lossy(&bytes).into(),
        };
        super::write_data(&self.out, &format!("{key}.js"), &key, &content)?;
        self.taken.insert(key.clone(), true);
        Ok(Some(key))
    }

    /// What the JSON blob `name` of the run in `folder` holds; nothing when it is missing, damaged or
    /// larger than any exchange is.
    pub(super) fn json<T: DeserializeOwned>(folder: &Path, name: &str) -> Option<T> {
        let source = confined(folder, name)?;
        if source.metadata().ok()?.len() > MAX_JSON {
            return None;
        }
        serde_json::from_slice(&std::fs::read(&source).ok()?).ok()
    }

    /// The facts of the capture `name` of the run in `folder`; nothing when it cannot be read.
    pub(super) fn capture(&mut self, folder: &Path, name: &str) -> Option<CaptureFacts> {
        let source = confined(folder, name)?;
        if let Some(known) = self.captures.get(&source) {
            return known.clone();
        }
        let small = source.metadata().is_ok_and(|found| found.len() <= MAX_CAPTURE);
        let facts = small
            .then(|| std::fs::read(&source).ok())
            .flatten()
            .and_then(|bytes| serde_json::from_slice::<CaptureFacts>(&bytes).ok())
            .map(CaptureFacts::limited);
        self.captures.insert(source, facts.clone());
        facts
    }
}

/// A picture of the report.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub(super) struct PictureFile {
    /// Its path in the report.
    path: String,
    /// Pixels.
    width: u32,
    /// Pixels.
    height: u32,
}

/// Width and height from the head of a PNG file: a signature, the length and kind of the first chunk,
/// and its first two numbers.
fn png_size(path: &Path) -> Option<[u32; 2]> {
    let mut head = [0_u8; 24];
    std::fs::File::open(path).ok()?.read_exact(&mut head).ok()?;
    let (start, size) = head.split_at(16);
    let number = |at: usize| Some(u32::from_be_bytes(size.get(at..at + 4)?.try_into().ok()?));
    let [width, height] = [number(0)?, number(4)?];
    let plausible = |side: u32| (1..=1 << 20).contains(&side);
    (start == b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" && plausible(width) && plausible(height))
        .then_some([width, height])
}

#[derive(serde::Serialize)]
struct SourceText {
    bytes: usize,
    cut: bool,
    text: String,
}

/// Where blob `name` of the run in `folder` lies, if the name is well formed and leads to a plain
/// file inside the run.
fn confined(folder: &Path, name: &str) -> Option<PathBuf> {
    if !is_blob_name(name) {
        return None;
    }
    let mut path = folder.join("blobs");
    for part in name.split('/') {
        if !path.symlink_metadata().ok()?.is_dir() {
            return None;
        }
        path.push(part);
    }
    path.symlink_metadata().ok()?.is_file().then_some(path)
}

/// True for `ab/<hash>.<ext>`: two hex digits, a hash of 8 to 128 hex digits, an ending of 1 to 8
/// lower-case letters or digits.
fn is_blob_name(name: &str) -> bool {
    let hex = |text: &str| text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let Some((shard, file)) = name.split_once('/') else { return false };
    let Some((hash, ext)) = file.split_once('.') else { return false };
    shard.len() == 2
        && hex(shard)
        && (8..=128).contains(&hash.len())
        && hex(hash)
        && (1..=8).contains(&ext.len())
        && ext.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{confined, is_blob_name};

    #[test]
    fn only_sharded_hashes_are_blob_names() {
        assert!(is_blob_name("ab/abcdef0123456789.png"));
        for hostile in [
            "../../etc/passwd",
            "ab/../x.png",
            "/ab/abcdef01.png",
            "ab/abcdef01",
            "ab/ABCDEF01.png",
            "ab/abcdef01.png/x",
            "ab\\abcdef01.png",
            "ab/abcdef01.p\0ng",
            "ab/abcdef01.tar.gz",
            "",
        ] {
            assert!(!is_blob_name(hostile), "{hostile:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_the_run_is_not_followed() {
        let run = tempfile::tempdir().expect("a folder");
        let outside = tempfile::NamedTempFile::new().expect("a file");
        let shard = run.path().join("blobs/ab");
        std::fs::create_dir_all(&shard).expect("a folder");
        std::os::unix::fs::symlink(outside.path(), shard.join("abcdef01.png")).expect("a link");
        assert_eq!(confined(run.path(), "ab/abcdef01.png"), None);
        std::os::unix::fs::symlink("/tmp", run.path().join("blobs/cd")).expect("a link");
        assert_eq!(confined(run.path(), "cd/abcdef01.png"), None);
    }
}
