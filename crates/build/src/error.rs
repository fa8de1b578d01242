//! Why something is not a site.

use std::path::PathBuf;

use pageloom_schema::{Fault, PageFaultKind, SystemFaultKind};

/// An error of the build crate.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A file or folder could not be read.
    #[error("cannot read `{}`: {source}\nhint: name an HTML file, or a folder that holds an index.html", path.display())]
    Read {
        /// Which one.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// A project's folder could not be read.
    #[error("cannot read `{}`: {source}\nhint: name the folder that holds the package.json", path.display())]
    Folder {
        /// Which one.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// A folder has no page to open.
    #[error("`{}` has no index.html\nhint: name the page itself, or a folder that holds an index.html", .0.display())]
    NoEntry(PathBuf),
    /// The text or file holds no HTML page.
    #[error(
        "{0} is not an HTML page: it has no HTML tag in its text\nhint: name an HTML file, or a folder that holds an index.html"
    )]
    NotHtml(String),
    /// More or larger files than a site may have.
    #[error("the site is too large: {0}")]
    TooLarge(String),
    /// No scaffold has this name.
    #[error("there is no scaffold `{}`\nhint: the scaffolds are: {}", .0, crate::scaffold::NAMES.join(", "))]
    NoScaffold(String),
    /// A file name that no site may have.
    #[error(transparent)]
    Path(#[from] pageloom_schema::SiteError),
}

impl BuildError {
    /// The fault this is when the files are a candidate's.
    #[must_use]
    pub fn into_fault(self) -> Fault {
        let text = self.to_string();
        let text = text.lines().next().unwrap_or_default().to_owned();
        match self {
            Self::Read { .. } | Self::Folder { .. } | Self::NoScaffold(_) => {
                Fault::system(SystemFaultKind::Storage, text)
            }
            Self::NoEntry(_) => Fault::page(PageFaultKind::NoEntry, text),
            Self::NotHtml(_) => Fault::page(PageFaultKind::NotHtml, text),
            Self::TooLarge(_) => Fault::page(PageFaultKind::TooLarge, text),
            Self::Path(_) => Fault::page(PageFaultKind::PathEscape, text),
        }
    }
}
