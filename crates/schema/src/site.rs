//! A site: the files a browser may see, and no others.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Why a path or a set of files is not a site.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SiteError {
    /// The path leaves the site, is absolute, empty, over-long, or has a byte no path may have.
    #[error("`{0}` is not a path inside a site")]
    Escape(String),
    /// The entry page is not among the files.
    #[error("the site has no file `{0}` to open")]
    NoEntry(String),
}

/// A relative path inside a site: `/`-separated, normalised, without `.` or `..`.
///
/// ```
/// use pageloom_schema::SitePath;
/// assert_eq!(SitePath::new("./img//a.png").map(|p| p.to_string()), Ok("img/a.png".into()));
/// assert_eq!(SitePath::new("img/../a.png").map(|p| p.to_string()), Ok("a.png".into()));
/// for hostile in ["", "/etc/passwd", "../x", "a/../../x", "C:\\x", "a\\b", "a\0b"] {
///     assert!(SitePath::new(hostile).is_err(), "{hostile:?}");
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SitePath(String);

impl SitePath {
    /// The longest path, in bytes.
    pub const MAX_BYTES: usize = 1024;

    /// A confined path from text that nobody has checked.
    ///
    /// # Errors
    /// [`SiteError::Escape`] when the text is not a path inside a site.
    pub fn new(text: &str) -> Result<Self, SiteError> {
        let escape = || SiteError::Escape(text.chars().take(120).collect());
        let drive = text.as_bytes().get(1) == Some(&b':');
        if text.len() > Self::MAX_BYTES
            || drive
            || text.starts_with('/')
            || text.chars().any(|c| c == '\\' || c.is_control())
        {
            return Err(escape());
        }
        let mut parts: Vec<&str> = Vec::new();
        for part in text.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop().ok_or_else(escape)?;
                }
                name => parts.push(name),
            }
        }
        if parts.is_empty() { Err(escape()) } else { Ok(Self(parts.join("/"))) }
    }

    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The lower-case ending without its dot, or nothing.
    #[must_use]
    pub fn extension(&self) -> String {
        let name = self.0.rsplit('/').next().unwrap_or(&self.0);
        name.rsplit_once('.').map(|(_, ext)| ext.to_ascii_lowercase()).unwrap_or_default()
    }
}

impl std::fmt::Display for SitePath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for SitePath {
    type Error = SiteError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(&text)
    }
}

impl From<SitePath> for String {
    fn from(path: SitePath) -> Self {
        path.0
    }
}

/// Files that can be opened in a browser, sorted by path, and the page to open first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    files: BTreeMap<SitePath, Arc<[u8]>>,
    entry: SitePath,
    fallback: bool,
}

impl Site {
    /// A site of `files` that opens at `entry`.
    ///
    /// # Errors
    /// [`SiteError::NoEntry`] when `entry` is not among the files.
    pub fn new(files: BTreeMap<SitePath, Arc<[u8]>>, entry: SitePath) -> Result<Self, SiteError> {
        if files.contains_key(&entry) {
            Ok(Self { files, entry, fallback: false })
        } else {
            Err(SiteError::NoEntry(entry.to_string()))
        }
    }

    /// A site of one HTML page, `index.html`.
    #[must_use]
    pub fn from_html(html: &str) -> Self {
        let entry = SitePath("index.html".into());
        let files = BTreeMap::from([(entry.clone(), Arc::from(html.as_bytes()))]);
        Self { files, entry, fallback: false }
    }

    /// The same site, whose entry page answers every navigation to a path that has no file, as the
    /// server of a single-page application does. Pictures, scripts and other assets that are missing
    /// stay missing.
    #[must_use]
    pub fn with_fallback(self) -> Self {
        Self { fallback: true, ..self }
    }

    /// Whether the entry page answers navigations to paths without a file.
    #[must_use]
    pub fn fallback(&self) -> bool {
        self.fallback
    }

    /// The page to open first.
    #[must_use]
    pub fn entry(&self) -> &SitePath {
        &self.entry
    }

    /// The bytes of one file.
    #[must_use]
    pub fn file(&self, path: &SitePath) -> Option<&Arc<[u8]>> {
        self.files.get(path)
    }

    /// All files, sorted by path.
    #[must_use]
    pub fn files(&self) -> &BTreeMap<SitePath, Arc<[u8]>> {
        &self.files
    }

    /// The entry page's bytes read as UTF-8, wrong bytes replaced.
    #[must_use]
    pub fn entry_html(&self) -> String {
        self.files.get(&self.entry).map_or_else(String::new, |b| String::from_utf8_lossy(b).into())
    }

    /// The size of all files together, in bytes.
    #[must_use]
    pub fn total_bytes(&self) -> u64 {
        self.files.values().map(|bytes| bytes.len() as u64).sum()
    }
}
