//! What a project uses that is more than modules, styles and pictures: things that the fast builder
//! leaves to the exact one.

use pageloom_schema::{BuildProblem, Project};

use super::Unsupported;
use crate::source::{FeatureKind, Sources};

/// Endings of modules that need a compiler of their own.
const FOREIGN_ENDINGS: [&str; 11] =
    ["vue", "svelte", "astro", "mdx", "wasm", "scss", "sass", "less", "styl", "stylus", "pcss"];

/// The deepest syntax tree that the fast builder takes: it recurses, and its stack has an end.
const MAX_DEPTH: usize = 3_000;

/// The problem of a source with brackets nested so deep that nobody should parse it; `text` may be of
/// any language with brackets.
#[must_use]
pub fn nesting_problem(path: &str, text: &str) -> Option<BuildProblem> {
    crate::source::nesting_problem(path, text)
}

/// Everything in a project's sources that the fast builder does not do, sorted by place: globs,
/// workers, URLs of assets by `import.meta.url`, imports of computed names, CSS modules,
/// preprocessors, files of other frameworks, and sources too large or too deep to be measured. Those
/// with a [`nesting_problem`] are not among them.
///
/// A file that no source names does not count.
#[must_use]
pub fn unsupported_features(project: &Project) -> Vec<Unsupported> {
    let sources = Sources::read(project);
    let mut found = Vec::new();
    for finding in sources.findings.iter().filter(|finding| finding.check == "source_unchecked") {
        let path = finding.path.as_deref().unwrap_or_default();
        if nesting_problem(path, project.text(path).unwrap_or_default()).is_none() {
            found.push(Unsupported::new("a source too large to be checked", path, None));
        }
    }
    for (path, facts) in &sources.facts {
        if facts.depth > MAX_DEPTH {
            found.push(Unsupported::new("a source nested too deep", path, None));
        }
        if super::is_tool_config(path) {
            continue;
        }
        for (kind, line) in &facts.features {
            let option = match kind {
                FeatureKind::Glob => "import.meta.glob",
                FeatureKind::Worker => "new Worker",
                FeatureKind::AssetUrl => "new URL(…, import.meta.url)",
                FeatureKind::VariableImport => "import() of a computed name",
            };
            found.push(Unsupported::new(option, path, Some(*line)));
        }
        for import in &facts.imports {
            if let Some(option) = unsupported_import(&import.specifier) {
                found.push(Unsupported::new(option, path, Some(import.line)));
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

fn unsupported_import(specifier: &str) -> Option<String> {
    let (name, query) = specifier.split_once('?').unwrap_or((specifier, ""));
    if query.split('&').any(|part| matches!(part, "worker" | "sharedworker" | "init")) {
        return Some(format!("import of ?{query}"));
    }
    let lower = name.to_ascii_lowercase();
    let is_raw = query.split('&').any(|part| matches!(part, "raw" | "url"));
    if is_raw {
        return None;
    }
    if lower.ends_with(".module.css") {
        return Some("CSS module".to_owned());
    }
    let ending = lower.rsplit_once('.').map(|(_, ending)| ending).unwrap_or_default();
    FOREIGN_ENDINGS.contains(&ending).then(|| format!("import of .{ending}"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::project;
    use super::*;

    #[test]
    fn sources_that_are_deep_without_brackets_are_named() {
        let long = format!("const a = ''{};", " + 'a'".repeat(4_000));
        let elements = format!("const a = {}{};", "<b>".repeat(3_500), "</b>".repeat(3_500));
        let types = format!("type A = {}1;", "B extends 1 ? 1 : ".repeat(3_500));
        for (path, text) in [("a.ts", &long), ("a.tsx", &elements), ("a.ts", &types)] {
            let found = unsupported_features(&project(&[(path, text.as_str())]));
            assert_eq!(found.len(), 1, "{path}: {found:?}");
            assert_eq!(nesting_problem(path, text), None);
        }
        let short = format!("const a = ''{};", " + 'a'".repeat(1_000));
        assert_eq!(unsupported_features(&project(&[("a.ts", &short)])), []);
        let large = "a;".repeat(100_000);
        assert_eq!(unsupported_features(&project(&[("a.ts", &large)])).len(), 1);
        let nested = "[".repeat(200_000);
        assert_eq!(unsupported_features(&project(&[("a.ts", &nested)])), []);
        assert!(nesting_problem("a.ts", &nested).is_some());
    }

    #[test]
    fn features_are_named_with_their_places() {
        let project = project(&[
            (
                "src/a.ts",
                "import s from './a.module.css';\nimport './b.scss';\nimport W from './w?worker';\n\
                 import t from './c.vue?raw';\nconst m = import.meta.glob('./*.ts');\n\
                 new Worker(new URL('./w.ts', import.meta.url));\nimport(`./${x}.ts`);",
            ),
            ("src/unused.scss", "a { b { c: d } }"),
            ("vite.config.ts", "const a = new URL('./src', import.meta.url); export default {};"),
        ]);
        let found: Vec<_> = unsupported_features(&project)
            .into_iter()
            .map(|u| (u.option, u.line.unwrap()))
            .collect();
        let expected = [
            ("CSS module", 1),
            ("import of .scss", 2),
            ("import of ?worker", 3),
            ("import.meta.glob", 5),
            ("new URL(…, import.meta.url)", 6),
            ("new Worker", 6),
            ("import() of a computed name", 7),
        ];
        assert_eq!(found, expected.map(|(option, line)| (option.to_owned(), line)));
    }
}
