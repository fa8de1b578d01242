//! Configurations that lead out of the project. A build stays in its folder: what is named outside
//! of it is not there, and nothing is written there.

use pageloom_schema::{BuildErrorClass, BuildProblem, Finding, Project, Severity};

use super::vite::NAMES as VITE_NAMES;
use crate::source::{Data, Literal, read_module};

const CHECK: &str = "config_path_escape";
/// Configurations beside Vite's.
const OTHERS: [&str; 10] = [
    "tailwind.config.js",
    "tailwind.config.ts",
    "tailwind.config.cjs",
    "tailwind.config.mjs",
    "postcss.config.js",
    "postcss.config.cjs",
    "postcss.config.mjs",
    "postcss.config.ts",
    "tsconfig.json",
    "tsconfig.app.json",
];
/// Folders at the top of a machine, which a path from the root of a project does not begin with.
const TOP: [&str; 14] = [
    "bin", "boot", "dev", "etc", "home", "lib", "mnt", "opt", "proc", "root", "sys", "tmp", "usr",
    "var",
];
/// What Vite reads or writes where these say, as `outDir` of `build`.
const FOLDERS: [&str; 4] = ["root", "publicDir", "outDir", "cacheDir"];

/// Every text of a configuration that is a path out of the project.
#[must_use]
pub(crate) fn config_path_escapes(project: &Project) -> Vec<Finding> {
    let mut findings = Vec::new();
    for path in VITE_NAMES.into_iter().chain(OTHERS) {
        let Some(text) = project.text(path) else { continue };
        for (index, line) in text.lines().enumerate() {
            let says = line.trim_start();
            if says.starts_with("//") || says.starts_with('*') || says.starts_with("/*") {
                continue;
            }
            if let Some(outside) = texts(line).find(|text| leads_outside(text)) {
                let shown: String = outside.chars().take(80).collect();
                let message = format!("`{shown}` leads out of the project");
                let line = u32::try_from(index + 1).ok();
                findings.push(Finding::new(CHECK, Severity::Error, message).at(path, line));
            }
        }
    }
    findings
}

/// The folder of Vite's configuration that lies outside of the project: such a project is not built.
#[must_use]
pub fn folder_outside(project: &Project) -> Option<BuildProblem> {
    let path = VITE_NAMES.into_iter().find(|path| project.file(path).is_some())?;
    let module = read_module(path, project.text(path)?).ok()?;
    let exported = super::returned(module.exported.clone()?);
    let (name, value) = outside(&exported)?;
    let message = format!("`{name}` leads out of the project");
    let problem = BuildProblem::new(BuildErrorClass::BadConfig, &message);
    Some(problem.at(path, Some(value.line)))
}

fn outside(table: &Literal) -> Option<(String, Literal)> {
    let Data::Table(entries) = &table.data else { return None };
    entries.iter().find_map(|(name, value)| match name.as_str() {
        "build" => outside(value),
        name if FOLDERS.contains(&name) && value.text().is_some_and(leads_outside) => {
            Some((name.to_owned(), value.clone()))
        }
        _ => None,
    })
}

/// The texts in quotes of one line.
fn texts(line: &str) -> impl Iterator<Item = &str> {
    ['"', '\'', '`'].into_iter().flat_map(|quote| line.split(quote).skip(1).step_by(2))
}

/// True for a path that is not below the folder it starts from.
fn leads_outside(text: &str) -> bool {
    let text = text.strip_prefix("file://").unwrap_or(text).trim_start_matches('!');
    if let Some(absolute) = text.strip_prefix('/') {
        let top = absolute.split(['/', '*']).next().unwrap_or_default();
        if TOP.contains(&top) {
            return true;
        }
    }
    let drive = text.as_bytes();
    if drive.len() > 2 && drive[0].is_ascii_alphabetic() && &drive[1..3] == b":\\" {
        return true;
    }
    if text.contains("://") {
        return false;
    }
    let mut depth = 0_i32;
    for part in text.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => depth -= 1,
            _ => depth += 1,
        }
        if depth < 0 {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use pageloom_schema::{Project, SitePath};

    use super::{config_path_escapes, folder_outside, leads_outside};

    fn project(config: &str) -> Project {
        let mut project = Project::default();
        let path = SitePath::new("vite.config.ts").unwrap();
        project.insert(path, Arc::from(config.as_bytes()));
        project
    }

    #[test]
    fn a_folder_outside_is_named_with_its_line_and_a_remark_is_not() {
        let config = "export default {\n  // as in '../other'\n  build: { outDir: '../out' },\n}\n";
        let found = config_path_escapes(&project(config));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].check.as_str(), found[0].line), ("config_path_escape", Some(3)));
        let problem = folder_outside(&project(config)).unwrap();
        assert_eq!(problem.path.as_deref(), Some("vite.config.ts"));
        assert_eq!(folder_outside(&project("export default { build: { outDir: 'out' } }")), None);
    }

    #[test]
    fn paths_of_a_project_and_paths_out_of_it_are_told_apart() {
        for text in
            ["..", "../dist", "./src/../../x", "/etc/passwd", "/tmp", "!../../**/*", "C:\\x"]
        {
            assert!(leads_outside(text), "{text}");
        }
        for text in [
            "./src",
            "/src",
            "/",
            "/api",
            "src/../public",
            "./index.html",
            "https://a.example/../b",
            "etc",
        ] {
            assert!(!leads_outside(text), "{text}");
        }
    }
}
