//! Tailwind CSS looks for class names only in the files that its configuration names.

use pageloom_schema::{Finding, Severity};

use super::Subject;
use crate::config::{read_postcss_config, tailwind_config_path};
use crate::source::{Data, Literal, read_module};

const CHECK: &str = "tailwind_content";

pub(super) fn tailwind_content(subject: &Subject<'_>) -> Vec<Finding> {
    let project = subject.project;
    let is_on = read_postcss_config(project).is_ok_and(|config| config.tailwind);
    let directives =
        |text: &str| text.contains("@tailwind") || text.contains("@import \"tailwindcss");
    let has_directives =
        subject.sheets.keys().any(|path| project.text(path).is_some_and(directives));
    let Some(path) = tailwind_config_path(project) else {
        // Version 4 needs no configuration.
        let is_three = subject.manifest.as_ref().is_some_and(|manifest| {
            let all = manifest.all_dependencies();
            all.get("tailwindcss")
                .is_some_and(|range| range.trim_start_matches(['^', '~']).starts_with('3'))
        });
        let message = "Tailwind CSS runs without a configuration: it finds no class names";
        let finding = Finding::new(CHECK, Severity::Warning, message);
        return if is_on && has_directives && is_three { vec![finding] } else { Vec::new() };
    };
    let mut findings = Vec::new();
    if is_on && !has_directives {
        let message = "no style sheet asks for Tailwind's styles: there is no @tailwind";
        findings.push(Finding::new("tailwind_no_directives", Severity::Warning, message));
    }
    if !is_on || !has_directives {
        return findings;
    }
    let Some((globs, line)) = content_globs(subject, path) else {
        let message = "`content` cannot be read as a list of texts";
        findings.push(Finding::new(CHECK, Severity::Note, message).at(path, None));
        return findings;
    };
    let covers = |file: &str| {
        let (mut is_in, mut is_out) = (false, false);
        for glob in &globs {
            match glob.strip_prefix('!') {
                Some(glob) => is_out |= matches(glob, file),
                None => is_in |= matches(glob, file),
            }
        }
        is_in && !is_out
    };
    let styled: Vec<&str> = subject
        .page_sources()
        .filter(|(_, facts)| facts.has_class_names)
        .map(|(path, _)| path)
        .collect();
    let uncovered: Vec<&str> = styled.iter().copied().filter(|file| !covers(file)).collect();
    let severity =
        if uncovered.len() == styled.len() { Severity::Error } else { Severity::Warning };
    for file in uncovered {
        let message =
            format!("`content` names no glob that `{file}` fits: its classes have no styles");
        findings.push(Finding::new("tailwind_uncovered", severity, message).at(path, Some(line)));
    }
    findings
}

/// The globs of `content`, and its line.
fn content_globs(subject: &Subject<'_>, path: &str) -> Option<(Vec<String>, u32)> {
    let module = read_module(path, subject.project.text(path)?).ok()?;
    let config = match module.exported?.data {
        Data::Call { arguments, .. } => arguments.into_iter().next()?.data,
        data => data,
    };
    let config = Literal { line: 0, data: config };
    let content = config.entry("content")?;
    let list = content.entry("files").unwrap_or(content);
    let Data::List(values) = &list.data else { return None };
    let globs: Vec<String> = values.iter().filter_map(Literal::text).map(str::to_owned).collect();
    (globs.len() == values.len()).then_some((globs, content.line))
}

fn matches(glob: &str, file: &str) -> bool {
    let glob = glob.trim_start_matches("./").trim_start_matches('/');
    glob.len() <= 500 && fast_glob::glob_match(glob, file)
}
