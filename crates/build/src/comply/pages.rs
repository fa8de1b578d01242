//! Pages and components are where the contract wants them, and can be imported as such.

use pageloom_schema::{Finding, Severity};

use super::Subject;

const FOLDERS: [&str; 2] = ["src/pages/", "src/components/"];

fn is_component(path: &str) -> bool {
    path.ends_with(".tsx") || path.ends_with(".jsx")
}

/// There is a page or a component.
pub(super) fn pages_present(subject: &Subject<'_>) -> Vec<Finding> {
    let mut paths = subject.project.files().keys().map(pageloom_schema::SitePath::as_str);
    let is_there = paths
        .any(|path| is_component(path) && FOLDERS.iter().any(|folder| path.starts_with(folder)));
    if is_there || subject.is_static() {
        return Vec::new();
    }
    let message = "there is no page in src/pages and no component in src/components";
    vec![Finding::new("pages_present", Severity::Error, message)]
}

/// Every page has a default export; a component should.
pub(super) fn default_exports(subject: &Subject<'_>) -> Vec<Finding> {
    let [pages, _] = FOLDERS;
    subject
        .page_sources()
        .filter(|(path, facts)| {
            let is_inside = FOLDERS.iter().any(|folder| path.starts_with(folder));
            is_inside && is_component(path) && !facts.has_default_export
        })
        .map(|(path, _)| {
            let is_page = path.starts_with(pages);
            let severity = if is_page { Severity::Error } else { Severity::Warning };
            let message = "the file has no default export";
            Finding::new("default_exports", severity, message).at(path, Some(1))
        })
        .collect()
}
