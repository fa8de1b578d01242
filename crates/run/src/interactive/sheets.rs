//! The assets of a page that is recorded: found among its files, given names that say nothing, and
//! drawn on contact sheets with those names.

use std::collections::BTreeMap;
use std::sync::Arc;

use pageloom_schema::{InteractiveRow, Png, Site, SitePath};

use super::picture_head::Kind;
use super::strip::stripped;
use super::task_folder::TaskFiles;
use crate::suite::picture::as_png;

/// Endings of files that are pictures or videos; those of other names are none, whatever is in them.
const ENDINGS: [&str; 20] = [
    "apng", "avif", "bmp", "cur", "gif", "ico", "jfif", "jpe", "jpeg", "jpg", "m4v", "mov", "mp4",
    "ogg", "ogv", "pjpeg", "png", "svg", "webm", "webp",
];

/// The images, icons and videos of a page under names that say nothing of what they show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageAssets {
    /// The files by their new names, `asset_001.png` and so on.
    pub files: TaskFiles,
    /// The new name of each file of the page; equal files have one name.
    pub names: BTreeMap<SitePath, SitePath>,
}

impl PageAssets {
    /// Names the uploaded files of a row, which are paths in the site, as the task has them.
    pub fn name_uploads(&self, row: &mut InteractiveRow) {
        for action in &mut row.action_sequence {
            let Some(file) = &mut action.parameters.file else { continue };
            if let Some(name) = SitePath::new(file).ok().and_then(|path| self.names.get(&path)) {
                *file = name.to_string();
            }
        }
    }
}

/// Collects the assets of a site, in the order of their paths: its images, icons and videos, and the
/// files that are uploaded in the recording, whatever they are. Words that are not seen are taken out
/// of PNG, JPEG and SVG; other kinds are kept byte by byte. The site itself stays as it is.
#[must_use]
pub fn page_assets(site: &Site, uploads: &[SitePath]) -> PageAssets {
    let mut assets = PageAssets::default();
    let mut seen: BTreeMap<(String, [u8; 32]), SitePath> = BTreeMap::new();
    for (path, bytes) in site.files() {
        let named_so = ENDINGS.contains(&path.extension().as_str());
        let (ending, content) = match Kind::of(bytes).filter(|_| named_so) {
            Some(kind) => (kind.ending().to_owned(), stripped(kind, bytes)),
            None if uploads.contains(path) => (plain_ending(path), bytes.to_vec()),
            None => continue,
        };
        let key = (ending, blake3::hash(&content).into());
        let name = match seen.get(&key) {
            Some(name) => name.clone(),
            None => {
                let number = assets.files.len() + 1;
                // Such a name is always a path; a file without one could not be referred to.
                let Ok(name) = SitePath::new(&format!("asset_{number:03}.{}", key.0)) else {
                    continue;
                };
                assets.files.insert(name.clone(), Arc::from(content));
                seen.insert(key, name.clone());
                name
            }
        };
        assets.names.insert(path.clone(), name);
    }
    assets
}

/// The ending of a file of any kind, as far as it says nothing else.
fn plain_ending(path: &SitePath) -> String {
    let ending = path.extension();
    let plain =
        (1..=5).contains(&ending.len()) && ending.chars().all(|c| c.is_ascii_alphanumeric());
    if plain { ending } else { "bin".to_owned() }
}

/// Contact sheets of a task's assets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StitchedSheets {
    /// The sheets, in order.
    pub sheets: Vec<Png>,
    /// Assets that are on none: nothing could draw them.
    pub left_out: Vec<SitePath>,
}

/// Draws the assets on contact sheets, each with its file name. PNG and JPEG are decoded here; of all
/// else (SVG, GIF, WebP, icons, videos) `picture_of` makes a picture, or says that it cannot. `draw`
/// gets names and pictures in the order of the names, and is not called without any.
///
/// # Errors
/// Those of `draw`.
pub fn stitched_sheets<E>(
    assets: &TaskFiles,
    mut picture_of: impl FnMut(&SitePath, &[u8]) -> Option<Png>,
    draw: impl FnOnce(&[(String, Png)]) -> Result<Vec<Png>, E>,
) -> Result<StitchedSheets, E> {
    let mut pictures = Vec::new();
    let mut left_out = Vec::new();
    for (name, bytes) in assets {
        let own = as_png(bytes.to_vec()).ok();
        match own.or_else(|| picture_of(name, bytes)) {
            Some(png) => pictures.push((name.to_string(), png)),
            None => left_out.push(name.clone()),
        }
    }
    let sheets = if pictures.is_empty() { Vec::new() } else { draw(&pictures)? };
    Ok(StitchedSheets { sheets, left_out })
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::super::round_trip::{grey, path};
    use super::*;

    fn site(files: &[(&str, &[u8])]) -> Site {
        let files = files.iter().map(|(name, bytes)| (path(name), Arc::from(*bytes)));
        Site::new(files.collect(), path("index.html")).unwrap()
    }

    #[test]
    fn assets_get_names_by_their_path_and_equal_ones_share_theirs() {
        let png = grey(2, 2, 9).0;
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><title>Shop</title></svg>";
        let site = site(&[
            ("index.html", b"<p>x"),
            ("style.css", b"p{}"),
            ("z/logo.svg", svg),
            ("a/cart-icon.PNG", &png),
            ("b/same.png", &png),
            ("c/really-a-gif.png", b"GIF89a\x01\0\x01\0"),
            ("d/no-picture.png", b"<html>"),
            ("data.csv", b"1,2"),
            ("font.woff2", b"wOF2"),
        ]);
        let assets = page_assets(&site, &[path("data.csv")]);
        let names: Vec<(&str, &str)> =
            assets.names.iter().map(|(old, new)| (old.as_str(), new.as_str())).collect();
        assert_eq!(
            names,
            [
                ("a/cart-icon.PNG", "asset_001.png"),
                ("b/same.png", "asset_001.png"),
                ("c/really-a-gif.png", "asset_002.gif"),
                ("data.csv", "asset_003.csv"),
                ("z/logo.svg", "asset_004.svg"),
            ]
        );
        assert_eq!(assets.files.len(), 4);
        let svg = assets.files[&path("asset_004.svg")].to_vec();
        assert_eq!(svg, b"<svg xmlns='http://www.w3.org/2000/svg'></svg>");
        assert_eq!(page_assets(&site, &[path("data.csv")]), assets);
        let mut row = serde_json::from_value(serde_json::json!({
            "id": "a",
            "action_sequence": [{"type": "Upload", "parameters": {"file": "./data.csv"}}],
        }))
        .unwrap();
        assets.name_uploads(&mut row);
        assert_eq!(row.action_sequence[0].parameters.file.as_deref(), Some("asset_003.csv"));
    }

    #[test]
    fn sheets_show_every_asset_that_can_be_drawn() {
        let files: TaskFiles = [
            ("asset_001.png", grey(2, 2, 9).0),
            ("asset_002.svg", Arc::from(&b"<svg/>"[..])),
            ("asset_003.mp4", Arc::from(&b"\0\0\0\x18ftypisom"[..])),
        ]
        .map(|(name, bytes)| (path(name), bytes))
        .into();
        let picture_of =
            |name: &SitePath, _: &[u8]| (name.extension() == "svg").then(|| grey(3, 3, 1));
        let sheets = stitched_sheets(&files, picture_of, |pictures| {
            let names: Vec<&str> = pictures.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names, ["asset_001.png", "asset_002.svg"]);
            Ok::<_, Infallible>(vec![grey(9, 9, 0)])
        });
        let sheets = sheets.unwrap();
        assert_eq!((sheets.sheets.len(), sheets.left_out), (1, vec![path("asset_003.mp4")]));
        let none = stitched_sheets(&TaskFiles::new(), |_, _| None, |_| Err("called"));
        assert_eq!(none.unwrap().sheets.len(), 0);
    }
}
