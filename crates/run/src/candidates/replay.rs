//! Saved answers.

use std::path::Path;

use pageloom_build::{BuildError, page_of_answer, read_page};
use pageloom_schema::{Candidate, Fault, Site, SystemFaultKind, TaskId};

/// Finds the answer to a task; a task without one is [`Candidate::Missing`].
pub(super) fn answer(folder: &Path, task: &TaskId) -> Result<Candidate, Fault> {
    let page = folder.join(format!("{task}.html"));
    if page.is_file() {
        return read_page(&page).and_then(unwrapped).map_err(BuildError::into_fault);
    }
    let page = folder.join(task.as_str());
    if page.is_dir() {
        return read_page(&page).map(Candidate::Site).map_err(BuildError::into_fault);
    }
    for ending in ["txt", "md"] {
        let file = folder.join(format!("{task}.{ending}"));
        if file.is_file() {
            return std::fs::read(&file)
                .map(|bytes| Candidate::Answer(String::from_utf8_lossy(&bytes).into_owned()))
                .map_err(|error| {
                    Fault::system(SystemFaultKind::Storage, format!("{}: {error}", file.display()))
                });
        }
    }
    Ok(Candidate::Missing)
}

/// A saved page that is still in its model's fence is taken out of it.
fn unwrapped(site: Site) -> Result<Candidate, BuildError> {
    let text = site.entry_html();
    let page = page_of_answer(&text)?;
    if page.len() == text.len() {
        return Ok(Candidate::Site(site));
    }
    let mut files = site.files().clone();
    files.insert(site.entry().clone(), page.as_bytes().into());
    Ok(Candidate::Site(Site::new(files, site.entry().clone())?))
}
