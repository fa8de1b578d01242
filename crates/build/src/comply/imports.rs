//! Imports name files that exist or packages that are declared; style sheets name pictures that
//! exist.

use pageloom_schema::{Finding, Severity};

use super::Subject;
use super::resolution::Resolution;
use crate::config::is_tool_config;
use crate::source::{HOLE, Import, ImportKind};

pub(super) fn imports_resolve(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, facts) in &subject.sources.facts {
        for import in &facts.imports {
            findings.extend(import_finding(subject, path, import));
        }
    }
    for (path, _) in subject.page_sources() {
        findings.extend(missing_pictures(subject, path));
    }
    for (path, references) in &subject.sheets {
        for reference in references {
            let target = reference.target.as_str();
            // `~` is how older tools named a package.
            let is_name = !target.starts_with(['.', '/', '#']);
            let resolution = if is_name && !reference.is_import {
                subject.resolve(path, &format!("./{target}"))
            } else {
                subject.resolve(path, target)
            };
            let is_data = target.contains(':') || target.starts_with('#');
            let (check, severity, what) = match resolution {
                _ if is_data => continue,
                Resolution::Missing if reference.is_import => {
                    ("import_unresolved", Severity::Error, "style sheet")
                }
                Resolution::Missing => ("asset_missing", Severity::Warning, "file"),
                Resolution::Package(package) if !subject.declares(&package) => {
                    // A plain name beside the sheet is also tried.
                    if subject.resolve_file(path, &format!("./{target}")).is_some() {
                        continue;
                    }
                    ("import_undeclared", Severity::Error, "declared package")
                }
                _ => continue,
            };
            let message = format!("`{}` names no {what}", shown(target));
            findings.push(Finding::new(check, severity, message).at(path, Some(reference.line)));
        }
    }
    findings
}

fn import_finding(subject: &Subject<'_>, path: &str, import: &Import) -> Option<Finding> {
    let is_type = import.kind == ImportKind::Type || path.ends_with(".d.ts");
    let is_tool = is_tool_config(path);
    // What these say decides how the site is built; of the other tools none runs.
    let builds = ["vite.config.", "postcss.config.", "tailwind.config."];
    let is_needed = !is_tool || builds.iter().any(|start| path.starts_with(start));
    let severity = if is_type || !is_needed { Severity::Warning } else { Severity::Error };
    let name = shown(&import.specifier);
    let find = |check: &str, severity, message: String| {
        Some(Finding::new(check, severity, message).at(path, Some(import.line)))
    };
    match subject.resolve(path, &import.specifier) {
        Resolution::Missing => {
            find("import_unresolved", severity, format!("`{name}` names no file of the project"))
        }
        Resolution::Package(package) if !subject.declares(&package) => {
            let message = format!("`{name}` is of the package `{package}`, which is not declared");
            find("import_undeclared", severity, message)
        }
        Resolution::Builtin if !is_tool && !is_type => {
            let message = format!("`{name}` is a module of Node.js, which a page has not");
            find("import_builtin", Severity::Warning, message)
        }
        _ => None,
    }
}

/// Pictures of elements that name a file from the root of the site which is not there.
fn missing_pictures(subject: &Subject<'_>, path: &str) -> Vec<Finding> {
    let Some(facts) = subject.sources.facts.get(path) else { return Vec::new() };
    let shown_elements = ["img", "source", "video", "audio", "image"];
    facts
        .elements
        .iter()
        .filter(|element| shown_elements.contains(&element.name.as_str()))
        .filter_map(|element| {
            let target = element.attribute("src")?;
            let is_path = target.starts_with('/') && !target.starts_with("//");
            let is_missing =
                is_path && !target.contains(HOLE) && subject.resolve_file(path, target).is_none();
            is_missing.then(|| {
                let message = format!("`{}` names no file", shown(target));
                Finding::new("asset_missing", Severity::Warning, message)
                    .at(path, Some(element.line))
            })
        })
        .collect()
}

fn shown(text: &str) -> String {
    text.chars().take(120).filter(|c| !c.is_control()).collect()
}
