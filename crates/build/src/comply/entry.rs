//! The way into a site: index.html loads a module that exists, and the module mounts where the page
//! has a place for it.

use pageloom_schema::{Finding, Severity};

use super::{Subject, is_outside};
use crate::source::HtmlElement;

const CHECK: &str = "entry_consistent";

pub(super) fn entry_consistent(subject: &Subject<'_>) -> Vec<Finding> {
    let Some((page, elements)) = &subject.page else {
        let message = "there is no index.html";
        return vec![Finding::new("entry_missing", Severity::Error, message)];
    };
    if subject.is_static() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let mut find = |check: &str, severity, message: String, line: u32| {
        findings.push(Finding::new(check, severity, message).at(page, Some(line)));
    };
    let ids: Vec<&str> = elements.iter().filter_map(|element| element.attribute("id")).collect();
    let mut has_script = false;
    for script in elements.iter().filter(|element| element.name == "script") {
        let is_module = script.attribute("type") == Some("module");
        let Some(source) = script.attribute("src").filter(|source| !source.is_empty()) else {
            has_script |= is_module && !script.text.trim().is_empty();
            continue;
        };
        if is_outside(source) {
            continue;
        }
        let Some(file) = subject.resolve_file(page, &from_page(source)) else {
            let message = format!("the page loads `{source}`, and there is no such file");
            find("entry_unresolved", Severity::Error, message, script.line);
            has_script |= is_module;
            continue;
        };
        if !is_module {
            if !file.starts_with("public/") {
                let message =
                    format!("the script `{source}` is not of type module: it is not built");
                find(CHECK, Severity::Warning, message, script.line);
            }
            continue;
        }
        has_script = true;
        let mounts = subject.sources.facts.get(&file).map(|facts| facts.mounts.as_slice());
        for mount in mounts.unwrap_or_default() {
            if !ids.contains(&mount.to.as_str()) {
                let message =
                    format!("`{file}` looks for the id `{}`, which {page} has not", mount.to);
                find("mount_missing", Severity::Error, message, script.line);
            }
        }
    }
    if !has_script {
        let message = "the page loads no module script".to_owned();
        find("entry_without_script", Severity::Error, message, 1);
    }
    for link in elements.iter().filter(|element| is_stylesheet(element)) {
        let Some(target) = link.attribute("href").filter(|target| !is_outside(target)) else {
            continue;
        };
        if !target.starts_with("data:") && subject.resolve_file(page, &from_page(target)).is_none()
        {
            let message = format!("the page loads `{target}`, and there is no such file");
            find("entry_unresolved", Severity::Error, message, link.line);
        }
    }
    findings
}

/// In a page, a plain name is relative to the page; in a module it would be a package.
fn from_page(source: &str) -> String {
    if source.starts_with(['.', '/']) { source.to_owned() } else { format!("./{source}") }
}

fn is_stylesheet(element: &HtmlElement) -> bool {
    let rel = element.attribute("rel").unwrap_or_default();
    element.name == "link"
        && rel.split_whitespace().any(|word| word.eq_ignore_ascii_case("stylesheet"))
}
