//! Declared packages: known by name, from the registry, and used.

use std::collections::{BTreeMap, BTreeSet};

use pageloom_schema::{Finding, Project, Severity};

use super::resolution::Resolution;
use super::{KnownPackages, Subject};
use crate::config::{PackageJson, read_package_json};

const PATH: &str = "package.json";
/// The longest name that npm takes.
const MAX_NAME: usize = 214;

/// Every declared package is known, and comes from the registry.
pub(super) fn dependencies_known(subject: &Subject<'_>) -> Vec<Finding> {
    declared(subject.project, subject.manifest.as_ref(), subject.known)
}

/// What `dependencies_known` says of a project, which no source has to be parsed for.
#[must_use]
pub fn check_dependencies(project: &Project, known: &KnownPackages) -> Vec<Finding> {
    declared(project, read_package_json(project).ok().as_ref(), known)
}

fn declared(
    project: &Project,
    manifest: Option<&PackageJson>,
    known: &KnownPackages,
) -> Vec<Finding> {
    let Some(manifest) = manifest else { return Vec::new() };
    let lines = key_lines(project.text(PATH).unwrap_or_default());
    let mut findings = Vec::new();
    for (name, range) in manifest.all_dependencies() {
        let shown: String = name.chars().take(80).filter(|c| !c.is_control()).collect();
        let mut find = |check: &str, severity, message: String| {
            let line = lines.get(name).copied();
            findings.push(Finding::new(check, severity, message).at(PATH, line));
        };
        if !is_package_name(name) {
            let message = format!("`{shown}` is no name of a package");
            find("dependency_refused", Severity::Error, message);
        } else if let Some(source) = foreign_source(range) {
            let message = format!("`{shown}` comes from {source}, not from the registry");
            find("dependency_refused", Severity::Error, message);
        } else if !known.contains(name) {
            match known.neighbour(name) {
                Some(other) => {
                    let message = format!("`{shown}` is not known, and one letter from `{other}`");
                    find("dependency_suspicious", Severity::Error, message);
                }
                None => {
                    let message = format!("`{shown}` is not among the known packages");
                    find("dependency_unknown", Severity::Warning, message);
                }
            }
        }
    }
    findings
}

/// Every package of `dependencies` is imported somewhere. A note: it breaks nothing.
///
/// Nothing is said while there is a source that cannot be read: it may import anything.
pub(super) fn dependencies_used(subject: &Subject<'_>) -> Vec<Finding> {
    let Some(manifest) = &subject.manifest else { return Vec::new() };
    if !subject.sources.findings.is_empty() {
        return Vec::new();
    }
    let lines = key_lines(subject.project.text(PATH).unwrap_or_default());
    let mut used = BTreeSet::new();
    for (path, facts) in &subject.sources.facts {
        for import in &facts.imports {
            if let Resolution::Package(name) = subject.resolve(path, &import.specifier) {
                used.insert(name);
            }
        }
    }
    for (path, references) in &subject.sheets {
        for reference in references.iter().filter(|reference| reference.is_import) {
            if let Resolution::Package(name) = subject.resolve(path, &reference.target) {
                used.insert(name);
            }
        }
    }
    // Without it, react-dom draws nothing.
    let implied = |name: &str| name == "react" && used.contains("react-dom");
    let is_tool = |name: &str| {
        let tools = ["vite", "typescript", "tailwindcss", "postcss", "autoprefixer", "eslint"];
        let starts = ["@types/", "@vitejs/", "eslint-", "@typescript-eslint/", "@tailwindcss/"];
        tools.contains(&name) || starts.iter().any(|start| name.starts_with(start))
    };
    manifest
        .dependencies
        .keys()
        .filter(|name| !used.contains(*name) && !implied(name) && !is_tool(name))
        .map(|name| {
            let shown: String = name.chars().take(80).filter(|c| !c.is_control()).collect();
            let message = format!("`{shown}` is declared and never imported");
            Finding::new("dependency_unused", Severity::Note, message)
                .at(PATH, lines.get(name.as_str()).copied())
        })
        .collect()
}

/// True for text that npm takes as the name of a package.
pub(super) fn is_package_name(name: &str) -> bool {
    let is_part = |part: &str| {
        let allowed = |c: char| {
            c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.' | '~')
        };
        !part.is_empty() && !part.starts_with(['.', '_']) && part.chars().all(allowed)
    };
    let reserved = matches!(name, "node_modules" | "favicon.ico");
    let well_formed = match name.strip_prefix('@') {
        Some(scoped) => {
            scoped.split_once('/').is_some_and(|(scope, rest)| is_part(scope) && is_part(rest))
        }
        None => is_part(name),
    };
    name.len() <= MAX_NAME && !reserved && well_formed
}

/// Where a package comes from when it is not from the registry, in words.
fn foreign_source(range: &str) -> Option<&'static str> {
    let range = range.trim();
    let lower = range.to_ascii_lowercase();
    let starts = |start: &str| lower.starts_with(start);
    if starts("npm:") {
        Some("another name")
    } else if starts("file:") || starts("link:") || starts("portal:") || starts(".") || starts("/")
    {
        Some("a folder")
    } else if starts("workspace:") || starts("catalog:") || starts("patch:") {
        Some("a workspace")
    } else if starts("git") || range.contains("://") || range.contains(':') {
        Some("an address")
    } else if range.contains('/') || range.contains('#') || starts("~/") {
        Some("a repository")
    } else {
        None
    }
}

/// The first line in which each key of a JSON text stands.
fn key_lines(text: &str) -> BTreeMap<&str, u32> {
    let mut lines = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        let number = u32::try_from(number + 1).unwrap_or(u32::MAX);
        // A file may have everything in one line.
        let parts: Vec<&str> = line.split('"').collect();
        for pair in parts.windows(2) {
            if let [key, after] = pair
                && after.trim_start().starts_with(':')
            {
                lines.entry(*key).or_insert(number);
            }
        }
    }
    lines
}
