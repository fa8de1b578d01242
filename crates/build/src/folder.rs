//! Sites from disk. A folder gives all its files; a single page gives itself and the files of its
//! folder that it names, directly or through the files it names.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pageloom_schema::{Project, Site, SitePath};
use percent_encoding::percent_decode_str;

use crate::answer::has_tag;
use crate::error::BuildError;

/// The most files a site may have.
pub const MAX_FILES: usize = 4_000;
/// The most bytes a site may have.
pub const MAX_BYTES: u64 = 64 << 20;
/// Files whose names of other files are followed.
const TEXT_ENDINGS: [&str; 9] = ["html", "htm", "xhtml", "css", "js", "mjs", "svg", "json", "xml"];

type Files = BTreeMap<SitePath, Arc<[u8]>>;

/// Reads a page: a folder with an `index.html` (all its files), or an HTML file with the files it
/// names.
///
/// # Errors
/// [`BuildError`] when it cannot be read, has no page, is no HTML, or is too large.
pub fn read_page(path: &Path) -> Result<Site, BuildError> {
    let meta =
        fs::metadata(path).map_err(|source| BuildError::Read { path: path.to_owned(), source })?;
    if meta.is_dir() { read_folder(path) } else { read_file(path) }
}

/// Reads all files of a folder as a site that opens at its `index.html`.
///
/// # Errors
/// As [`read_page`].
pub fn read_folder(folder: &Path) -> Result<Site, BuildError> {
    let root = canonical(folder)?;
    let mut files = Files::new();
    let mut total = 0;
    let mut waiting = vec![root.clone()];
    while let Some(current) = waiting.pop() {
        let read = |source| BuildError::Read { path: current.clone(), source };
        for entry in fs::read_dir(&current).map_err(read)? {
            let path = entry.map_err(read)?.path();
            let hidden = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
            let Ok(real) = canonical(&path) else { continue };
            // A link that leaves the folder is not part of the site.
            if hidden || !real.starts_with(&root) {
                continue;
            }
            if real.is_dir() {
                // Only real folders are walked, so a link to a parent cannot make a loop.
                if real == path {
                    waiting.push(path);
                }
                continue;
            }
            if let Some(name) = site_path(&root, &path) {
                add(&mut files, &mut total, name, &real)?;
            }
        }
    }
    let entry = SitePath::new("index.html")?;
    Site::new(files, entry).map_err(|_| BuildError::NoEntry(folder.to_owned()))
}

/// Folders of a project that are no source.
const NO_SOURCE: [&str; 3] = ["node_modules", "dist", "build"];

/// Reads all files of a folder as a project. Links that leave it, folders that tools make, and
/// hidden files but for `.env` stay out.
///
/// # Errors
/// As [`read_page`].
pub fn read_project(folder: &Path) -> Result<Project, BuildError> {
    let root = folder
        .canonicalize()
        .map_err(|source| BuildError::Folder { path: folder.to_owned(), source })?;
    let mut files = Files::new();
    let mut total = 0;
    let mut waiting = vec![root.clone()];
    while let Some(current) = waiting.pop() {
        let read = |source| BuildError::Folder { path: current.clone(), source };
        for entry in fs::read_dir(&current).map_err(read)? {
            let path = entry.map_err(read)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let hidden = name.starts_with('.') && !name.starts_with(".env");
            let Ok(real) = canonical(&path) else { continue };
            if hidden || !real.starts_with(&root) {
                continue;
            }
            if real.is_dir() {
                if real == path && !NO_SOURCE.contains(&name.as_str()) {
                    waiting.push(path);
                }
            } else if let Some(name) = site_path(&root, &path) {
                add(&mut files, &mut total, name, &real)?;
            }
        }
    }
    Ok(Project::new(files))
}

fn read_file(page: &Path) -> Result<Site, BuildError> {
    let real = canonical(page)?;
    let root = real.parent().map_or_else(PathBuf::new, Path::to_owned);
    let entry = site_path(&root, &real)
        .ok_or_else(|| BuildError::NotHtml(format!("`{}`", page.display())))?;
    let mut files = Files::new();
    let mut total = 0;
    add(&mut files, &mut total, entry.clone(), &real)?;
    if !files.get(&entry).is_some_and(|bytes| is_html(bytes)) {
        return Err(BuildError::NotHtml(format!("`{}`", page.display())));
    }
    let mut waiting = vec![entry.clone()];
    while let Some(current) = waiting.pop() {
        let Some(bytes) = files.get(&current).cloned() else { continue };
        let is_entry = current == entry;
        if !is_entry && !TEXT_ENDINGS.contains(&current.extension().as_str()) {
            continue;
        }
        for name in names_in(&String::from_utf8_lossy(&bytes)) {
            let Some(target) = resolve(&current, name) else { continue };
            if files.contains_key(&target) {
                continue;
            }
            let Ok(real) = canonical(&root.join(target.as_str())) else { continue };
            if real.starts_with(&root) && real.is_file() {
                add(&mut files, &mut total, target.clone(), &real)?;
                waiting.push(target);
            }
        }
    }
    Ok(Site::new(files, entry)?)
}

/// True for text with a tag in it, in UTF-8, UTF-16 with a byte order mark, or a one-byte charset.
fn is_html(bytes: &[u8]) -> bool {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return true;
    }
    let head = bytes.get(..bytes.len().min(1 << 20)).unwrap_or_default();
    let is_binary = head.iter().take(4096).any(|byte| *byte == 0);
    !is_binary && has_tag(&String::from_utf8_lossy(head))
}

fn canonical(path: &Path) -> Result<PathBuf, BuildError> {
    fs::canonicalize(path).map_err(|source| BuildError::Read { path: path.to_owned(), source })
}

fn site_path(root: &Path, path: &Path) -> Option<SitePath> {
    SitePath::new(path.strip_prefix(root).ok()?.to_str()?).ok()
}

fn add(files: &mut Files, total: &mut u64, name: SitePath, path: &Path) -> Result<(), BuildError> {
    let read = |source| BuildError::Read { path: path.to_owned(), source };
    let meta = fs::metadata(path).map_err(read)?;
    // Devices, pipes and sockets are no files of a site, and reading one may never end.
    if !meta.is_file() {
        return Ok(());
    }
    *total += meta.len();
    if *total > MAX_BYTES {
        return Err(BuildError::TooLarge(format!("over {} MiB", MAX_BYTES >> 20)));
    }
    if files.len() >= MAX_FILES {
        return Err(BuildError::TooLarge(format!("over {MAX_FILES} files")));
    }
    files.insert(name, Arc::from(fs::read(path).map_err(read)?));
    Ok(())
}

/// Everything in a text that may name another file: what stands between quotes, in `url(…)`, and
/// after `=`. Most of it names nothing; that is found out by looking.
fn names_in(text: &str) -> impl Iterator<Item = &str> {
    text.split(['"', '\'', '(', ')', '=', '<', '>', ',', '`'])
        .flat_map(|part| {
            // A whole quoted name may hold spaces; a list of sources has words beside its names.
            let first = part.split_whitespace().next().unwrap_or_default();
            [part.trim(), first]
        })
        .filter(|name| !name.is_empty() && name.len() <= 300)
        .filter(|name| !name.starts_with(['#', '{', '/']) && name.contains('.'))
}

fn resolve(from: &SitePath, name: &str) -> Option<SitePath> {
    let name = name.split(['?', '#']).next().unwrap_or_default();
    if name.contains("://") || name.starts_with("data:") {
        return None;
    }
    let name = percent_decode_str(name).decode_utf8().ok()?;
    let folder = from.as_str().rsplit_once('/').map_or("", |(folder, _)| folder);
    SitePath::new(format!("{folder}/{name}").trim_start_matches('/')).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    fn names(site: &Site) -> Vec<&str> {
        site.files().keys().map(SitePath::as_str).collect()
    }

    #[test]
    fn a_page_brings_the_files_it_names_and_no_others() {
        let folder = folder(&[
            ("page.html", r#"<link href="css/a.css?v=1"><img src=img/b%20c.png><p>x"#),
            ("css/a.css", "body { background: url(../img/d.png) }"),
            ("img/b c.png", "b"),
            ("img/d.png", "d"),
            ("private.txt", "no"),
            ("other.html", "<p>no"),
        ]);
        let site = read_page(&folder.path().join("page.html")).unwrap();
        assert_eq!(names(&site), ["css/a.css", "img/b c.png", "img/d.png", "page.html"]);
    }

    #[test]
    fn a_page_cannot_name_files_outside_its_folder() {
        let folder = folder(&[
            ("in/page.html", r#"<img src="../secret.txt"><img src="link.txt"><p>x"#),
            ("secret.txt", "secret"),
        ]);
        let link = folder.path().join("in/link.txt");
        std::os::unix::fs::symlink(folder.path().join("secret.txt"), link).unwrap();
        let site = read_page(&folder.path().join("in/page.html")).unwrap();
        assert_eq!(names(&site), ["page.html"]);
        let all = folder.path().join("in");
        fs::rename(all.join("page.html"), all.join("index.html")).unwrap();
        assert_eq!(names(&read_page(&all).unwrap()), ["index.html"]);
    }

    #[test]
    fn what_is_not_html_is_refused_by_name() {
        let folder = folder(&[("a.html", "just words"), ("b.html", "\0\0<p>"), ("e.html", "")]);
        for name in ["a.html", "b.html", "e.html"] {
            let error = read_page(&folder.path().join(name)).unwrap_err();
            assert!(matches!(error, BuildError::NotHtml(_)), "{name}: {error}");
            assert!(error.to_string().contains(name));
        }
    }

    #[test]
    fn a_folder_without_an_index_is_refused() {
        let folder = folder(&[("a.html", "<p>x")]);
        assert!(matches!(read_page(folder.path()), Err(BuildError::NoEntry(_))));
    }
}
