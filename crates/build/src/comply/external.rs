//! What a site takes from other hosts. There is no network when a site is rendered, so each such
//! place shows nothing, and a script or style sheet from elsewhere may break the page.

use pageloom_schema::{Finding, Severity};

use super::{Subject, is_outside};
use crate::source::{HtmlElement, sheet_references};

const CHECK: &str = "external_resources";
/// Endings of what a page shows or draws with.
const SHOWN_ENDINGS: [&str; 14] = [
    ".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg", ".ico", ".mp4", ".webm", ".mp3",
    ".woff", ".woff2", ".ttf",
];
/// Hosts that give pictures without an ending in their address.
const PICTURE_HOSTS: [&str; 12] = [
    "images.unsplash.com",
    "source.unsplash.com",
    "picsum.photos",
    "via.placeholder.com",
    "placehold.co",
    "placekitten.com",
    "i.pravatar.cc",
    "randomuser.me",
    "api.dicebear.com",
    "loremflickr.com",
    "images.pexels.com",
    "ui-avatars.com",
];

pub(super) fn external_resources(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, bytes) in subject.project.files() {
        if path.extension() == "html"
            && let Ok(text) = std::str::from_utf8(bytes)
        {
            for element in crate::source::html_elements(text) {
                page_element(path.as_str(), &element, &mut findings);
            }
        }
    }
    for (path, references) in &subject.sheets {
        for reference in references.iter().filter(|reference| is_outside(&reference.target)) {
            findings.push(if reference.is_import {
                found(Severity::Error, "style sheet", &reference.target, path, reference.line)
            } else {
                found(Severity::Warning, "file", &reference.target, path, reference.line)
            });
        }
    }
    for (path, facts) in subject.page_sources() {
        for import in facts.imports.iter().filter(|import| is_outside(&import.specifier)) {
            findings.push(found(Severity::Error, "module", &import.specifier, path, import.line));
        }
        for element in &facts.elements {
            let (severity, what, names) = loads(&element.name, element.attribute("rel"));
            for target in names.iter().filter_map(|name| element.attribute(name)) {
                if is_outside(target) {
                    findings.push(found(severity, what, target, path, element.line));
                }
            }
        }
        for request in facts.requests.iter().filter(|request| is_outside(&request.to)) {
            findings.push(found(Severity::Warning, "answer", &request.to, path, request.line));
        }
        for address in facts.addresses.iter().filter(|address| is_shown(&address.to)) {
            findings.push(found(Severity::Warning, "picture", &address.to, path, address.line));
        }
    }
    findings
}

fn found(severity: Severity, what: &str, target: &str, path: &str, line: u32) -> Finding {
    let shown: String =
        target.chars().take(120).map(|c| if c.is_control() { '…' } else { c }).collect();
    let message = format!("the {what} `{shown}` is on another host");
    Finding::new(CHECK, severity, message).at(path, Some(line))
}

/// How much it weighs that an element takes something from elsewhere, what that is, and in which
/// attributes it is named.
fn loads(name: &str, rel: Option<&str>) -> (Severity, &'static str, &'static [&'static str]) {
    match name {
        "script" => (Severity::Error, "script", &["src"]),
        "link" => {
            let rel = rel.unwrap_or_default().to_ascii_lowercase();
            let has = |word: &str| rel.split_whitespace().any(|part| part == word);
            if has("stylesheet") {
                (Severity::Error, "style sheet", &["href"])
            } else if has("modulepreload") || has("preload") || has("icon") || has("manifest") {
                (Severity::Warning, "file", &["href"])
            } else {
                (Severity::Note, "", &[])
            }
        }
        "img" | "source" | "video" | "audio" | "image" => {
            (Severity::Warning, "picture", &["src", "srcset", "srcSet", "poster", "href"])
        }
        "iframe" | "embed" => (Severity::Warning, "page", &["src"]),
        "object" => (Severity::Warning, "page", &["data"]),
        _ => (Severity::Note, "", &[]),
    }
}

fn page_element(path: &str, element: &HtmlElement, findings: &mut Vec<Finding>) {
    let (severity, what, names) = loads(&element.name, element.attribute("rel"));
    for target in names.iter().filter_map(|name| element.attribute(name)) {
        if is_outside(target) {
            findings.push(found(severity, what, target, path, element.line));
        }
    }
    // An import map names modules, and each of them is asked for as a script.
    if element.name == "script" && element.attribute("type") == Some("importmap") {
        let quoted = element.text.split('"').skip(1).step_by(2);
        for target in quoted.filter(|text| is_outside(text)) {
            findings.push(found(Severity::Error, "module", target, path, element.line));
        }
    }
    let style = if element.name == "style" { element.text.as_str() } else { "" };
    for text in [style, element.attribute("style").unwrap_or_default()] {
        for reference in sheet_references(text) {
            if is_outside(&reference.target) {
                let line = element.line + reference.line - 1;
                findings.push(if reference.is_import {
                    found(Severity::Error, "style sheet", &reference.target, path, line)
                } else {
                    found(Severity::Warning, "file", &reference.target, path, line)
                });
            }
        }
    }
}

/// True for a text of a source that is the address of something shown.
fn is_shown(text: &str) -> bool {
    if let Some((_, inner)) = text.split_once("url(") {
        return is_outside(inner.trim_start_matches(['"', '\'']));
    }
    let Some((_, rest)) = text.split_once("://") else { return false };
    let path = rest.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    let host = path.split('/').next().unwrap_or_default();
    PICTURE_HOSTS.contains(&host)
        || (path.contains('/') && SHOWN_ENDINGS.iter().any(|ending| path.ends_with(ending)))
}
