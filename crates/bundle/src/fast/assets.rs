//! Files that a site takes over as they are: pictures, fonts, media. Each gets a name that holds a
//! hash of its bytes, as every bundler does.

use std::collections::BTreeMap;
use std::sync::Arc;

use pageloom_schema::SitePath;

/// Endings that Vite takes for files to be served rather than for code.
const ENDINGS: [&str; 37] = [
    "apng",
    "bmp",
    "png",
    "jpg",
    "jpeg",
    "jfif",
    "pjpeg",
    "pjp",
    "gif",
    "svg",
    "ico",
    "webp",
    "avif",
    "cur",
    "jxl",
    "mp4",
    "webm",
    "ogg",
    "mp3",
    "wav",
    "flac",
    "aac",
    "opus",
    "mov",
    "m4a",
    "vtt",
    "woff",
    "woff2",
    "eot",
    "ttf",
    "otf",
    "webmanifest",
    "pdf",
    "txt",
    "heic",
    "heif",
    "glb",
];

/// True when a file with this name is an asset.
pub(crate) fn is_asset(path: &str) -> bool {
    let ending = path.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}

/// The assets of one build so far.
#[derive(Debug, Default)]
pub(crate) struct Assets {
    files: BTreeMap<SitePath, Arc<[u8]>>,
}

impl Assets {
    /// Adds a file and returns its path in the site, such as `assets/logo-0123456789.svg`.
    pub(crate) fn add(&mut self, path: &str, bytes: &Arc<[u8]>) -> String {
        let name = path.rsplit('/').next().unwrap_or(path);
        let (stem, ending) = name.rsplit_once('.').unwrap_or((name, "bin"));
        let plain = |text: &str| -> String {
            let keep = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
            text.chars().take(80).map(keep).collect()
        };
        let hash = blake3::hash(bytes).to_hex();
        let hash = hash.get(..10).unwrap_or_default();
        let placed = format!("assets/{}-{hash}.{}", plain(stem), plain(ending));
        if let Ok(place) = SitePath::new(&placed) {
            self.files.insert(place, Arc::clone(bytes));
        }
        placed
    }

    pub(crate) fn into_files(self) -> BTreeMap<SitePath, Arc<[u8]>> {
        self.files
    }
}
