//! Names that a project imports from packages, read off what the bundler wrote: those that the packages
//! do not export, which it takes on trust, and those that the site needs.

use std::collections::BTreeSet;

use pageloom_schema::{BuildErrorClass, BuildProblem, Project};

use super::modules::{Findings, ROOT, line_of};
use crate::bundling::{Bundled, Chunk};
use crate::parts::Wanted;
use crate::vendor::VendorManifest;

/// One problem for each name that is not there.
pub(crate) fn missing(
    bundled: &Bundled,
    findings: &Findings,
    vendor: &VendorManifest,
    project: &Project,
) -> Vec<BuildProblem> {
    let mut problems = Vec::new();
    for chunk in &bundled.chunks {
        for (names, file) in chunk.code.lines().filter_map(import) {
            let Some(specifier) = findings.vendor_files.get(file) else { continue };
            let Some(entry) = vendor.entries.get(specifier) else { continue };
            for name in names.filter(|name| !entry.exports.iter().any(|export| export == name)) {
                let message = format!("`{name}` is not exported by `{specifier}`");
                let problem = BuildProblem::new(BuildErrorClass::MissingExport, &message);
                problems.push(placed(problem, &chunk.modules, project, name, specifier));
            }
        }
    }
    problems.sort();
    problems.dedup();
    problems
}

/// What the site's own scripts ask of vendor files, whose addresses begin with `folder`.
pub(crate) fn wanted(
    bundled: &Bundled,
    findings: &Findings,
    folder: &str,
) -> Vec<(String, Wanted)> {
    let mut wanted = Vec::new();
    for file in findings.vendor_files.keys() {
        wanted.push((file.clone(), Wanted::Load));
        let address = format!("\"/{folder}{file}\"");
        for chunk in &bundled.chunks {
            let mut mentions = chunk.code.matches(&address).count();
            for line in chunk.code.lines().filter(|line| line.contains(&address)) {
                let bare = line.trim_end_matches(';').strip_prefix("import ") == Some(&address);
                match import(line).filter(|(_, named)| named == file) {
                    Some((names, _)) if !line.contains('*') => {
                        wanted.extend(
                            names.map(|name| (file.clone(), Wanted::Name(name.to_owned()))),
                        );
                        mentions -= 1;
                    }
                    _ if bare => mentions -= 1,
                    _ => {}
                }
            }
            // Named in another way: all of it may be used.
            if mentions > 0 {
                wanted.push((file.clone(), Wanted::All));
            }
        }
    }
    wanted
}

/// The vendor files that are loaded before the chunk of module `entry` runs.
pub(crate) fn loaded_first(
    bundled: &Bundled,
    entry: &str,
    findings: &Findings,
    vendor: &VendorManifest,
    folder: &str,
) -> BTreeSet<String> {
    let mut chunks: Vec<&Chunk> =
        bundled.chunks.iter().filter(|chunk| chunk.facade.as_deref() == Some(entry)).collect();
    let mut at = 0;
    while let Some(chunk) = chunks.get(at) {
        let named = |other: &&Chunk| chunk.imports.contains(&other.file);
        let more: Vec<&Chunk> = bundled.chunks.iter().filter(named).collect();
        for chunk in more {
            if !chunks.iter().any(|known| known.file == chunk.file) {
                chunks.push(chunk);
            }
        }
        at += 1;
    }
    let mut files = BTreeSet::new();
    let mut waiting: Vec<&String> = (findings.vendor_files.keys())
        .filter(|file| {
            let from = format!(" \"/{folder}{file}\"");
            let imports = |line: &str| !line.contains("import(") && line.contains(&from);
            chunks.iter().any(|chunk| chunk.code.lines().any(imports))
        })
        .collect();
    while let Some(file) = waiting.pop() {
        if files.insert(file.clone()) {
            waiting.extend(vendor.chunks.get(file).into_iter().flatten());
        }
    }
    files
}

/// The names and the file of a line such as `import { a as b, c } from "/assets/vendor-x/react.js";`.
fn import(line: &str) -> Option<(impl Iterator<Item = &str>, &str)> {
    let rest = line.strip_prefix("import ").or_else(|| line.strip_prefix("export "))?;
    let (clause, address) = rest.split_once(" from \"")?;
    let file = address.trim_end_matches(['"', ';']).rsplit('/').next()?;
    let (default, braces) = match clause.split_once('{') {
        Some((before, inside)) => {
            (before.trim().trim_end_matches(','), inside.trim_end_matches('}'))
        }
        None => (clause, ""),
    };
    let default = (!default.is_empty() && !default.contains('*')).then_some("default");
    let names = braces.split(',').filter_map(|part| part.split_whitespace().next());
    Some((default.into_iter().chain(names), file))
}

/// The problem, at the first module that names both.
fn placed(
    problem: BuildProblem,
    modules: &[String],
    project: &Project,
    name: &str,
    specifier: &str,
) -> BuildProblem {
    for module in modules {
        let path = module.strip_prefix(ROOT).unwrap_or(module).trim_start_matches('/');
        if let Some(text) = project.text(path)
            && text.contains(specifier)
            && let Some(line) = line_of(text, name)
        {
            return problem.at(path, Some(line));
        }
    }
    problem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_off_import_lines() {
        let read = |line: &str| {
            import(line).map(|(names, file)| {
                (names.map(str::to_owned).collect::<Vec<_>>(), file.to_owned())
            })
        };
        let of = |names: &[&str], file: &str| {
            Some((names.iter().map(|&n| n.to_owned()).collect(), file.to_owned()))
        };
        assert_eq!(read("import { a as b, c } from \"/v/react.js\";"), of(&["a", "c"], "react.js"));
        assert_eq!(
            read("import React, { useState } from \"/v/react.js\";"),
            of(&["default", "useState"], "react.js")
        );
        assert_eq!(read("import React from \"/v/react.js\";"), of(&["default"], "react.js"));
        assert_eq!(read("import * as R from \"/v/react.js\";"), of(&[], "react.js"));
        assert_eq!(read("import \"/v/react.js\";"), None);
    }
}
