//! How TypeScript is told to compile JSX.

use pageloom_schema::{BuildErrorClass, BuildProblem, Project, SitePath};
use serde_json::Value;

use super::json::{is_blank, parse_with_comments};

/// How JSX becomes calls, as the TypeScript configuration says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TsconfigJsx {
    /// `compilerOptions.jsx`, as written, such as `react-jsx`.
    pub jsx: Option<String>,
    /// `compilerOptions.jsxImportSource`, as written.
    pub jsx_import_source: Option<String>,
    /// `compilerOptions.paths` whose value is one path: pattern to target, as written.
    pub paths: Vec<(String, String)>,
}

/// Reads the JSX settings of tsconfig.json, else of the configurations it refers to or extends, else
/// of tsconfig.app.json; comments and trailing commas are allowed. What is absent or cannot be read
/// is left at nothing.
#[must_use]
pub fn tsconfig_jsx(project: &Project) -> TsconfigJsx {
    let mut found = TsconfigJsx::default();
    let mut waiting = vec!["tsconfig.json".to_owned()];
    let mut seen = Vec::new();
    while !waiting.is_empty() && seen.len() < 16 {
        let path = waiting.remove(0);
        if seen.contains(&path) {
            continue;
        }
        let config = project.text(&path).and_then(parse_with_comments);
        seen.push(path);
        if let Some(config) = config {
            take_settings(&config, &mut found);
            waiting.extend(referred(&config));
        }
        if waiting.is_empty() {
            waiting
                .extend(["tsconfig.app.json".to_owned()].into_iter().filter(|p| !seen.contains(p)));
        }
    }
    found
}

fn take_settings(config: &Value, found: &mut TsconfigJsx) {
    let options = config.get("compilerOptions");
    let text = |name: &str| {
        options.and_then(|options| options.get(name)).and_then(Value::as_str).map(str::to_owned)
    };
    found.jsx = found.jsx.take().or_else(|| text("jsx"));
    found.jsx_import_source = found.jsx_import_source.take().or_else(|| text("jsxImportSource"));
    let paths = options.and_then(|options| options.get("paths")).and_then(Value::as_object);
    if found.paths.is_empty() {
        let one = |(from, to): (&String, &Value)| match to.as_array()?.as_slice() {
            [Value::String(to)] => Some((from.clone(), to.clone())),
            _ => None,
        };
        found.paths = paths.into_iter().flatten().filter_map(one).collect();
    }
}

/// The configurations that one refers to or extends, as paths of the project.
fn referred(config: &Value) -> Vec<String> {
    let extended = config.get("extends").and_then(Value::as_str);
    let references = config.get("references").and_then(Value::as_array);
    let referenced =
        references.into_iter().flatten().filter_map(|entry| entry.get("path")?.as_str());
    let as_path = |path: &str| {
        let path = path.strip_prefix("./").unwrap_or(path);
        if path.ends_with(".json") { path.to_owned() } else { format!("{path}/tsconfig.json") }
    };
    extended.into_iter().chain(referenced).map(as_path).collect()
}

/// What keeps the compiler of the TypeScript source `path` from its configuration, which is the nearest
/// `tsconfig.json` in the folders above it: one that is not JSON, or that extends or refers to one that is
/// not there. `known` says whether a specifier such as `@tsconfig/strictest/tsconfig.json` is of an
/// installed package.
#[must_use]
pub fn tsconfig_problem(
    project: &Project,
    path: &str,
    known: impl Fn(&str) -> bool,
) -> Option<BuildProblem> {
    let mut folder = path;
    let nearest = loop {
        folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
        let candidate = below(folder, "tsconfig.json")?;
        if project.file(&candidate).is_some() {
            break candidate;
        }
        if folder.is_empty() {
            return None;
        }
    };
    let check = Check { project, known: &known };
    let config = check.read(&nearest, &nearest);
    let outcome = config.and_then(|config| {
        check.extended(&nearest, &config, &mut vec![nearest.clone()])?;
        let references = config.get("references").and_then(Value::as_array);
        for reference in references.into_iter().flatten().take(MOST_REFERENCES) {
            let Some(to) = reference.get("path").and_then(Value::as_str) else { continue };
            let to =
                if to.ends_with(".json") { to.to_owned() } else { format!("{to}/tsconfig.json") };
            let Some(place) = below(folder_of(&nearest), &to) else {
                return Err(bad(&format!("`{to}` is not in the project"), &nearest));
            };
            let config = check.read(&place, &nearest)?;
            check.extended(&place, &config, &mut vec![place.clone()])?;
        }
        Ok(())
    });
    outcome.err()
}

/// What keeps `tsconfig.json`, or one that it extends, from being read beside a Vite configuration: text
/// that is not JSON. Nothing else about it matters there, and nothing at all is not JSON.
pub(super) fn unreadable_tsconfig(project: &Project) -> Option<BuildProblem> {
    let check = Check { project, known: &|_| true };
    let mut waiting = vec!["tsconfig.json".to_owned()];
    let mut seen = Vec::new();
    while let Some(path) = waiting.pop() {
        if seen.contains(&path) || seen.len() >= LONGEST_CHAIN {
            continue;
        }
        let Some(text) = project.text(&path) else {
            seen.push(path);
            continue;
        };
        let Some(config) = parse_with_comments(text) else {
            return Some(bad(&format!("`{path}` is not JSON"), &path));
        };
        let named = extends(&config).into_iter().filter(|name| name.starts_with('.'));
        waiting.extend(named.filter_map(|name| check.found(folder_of(&path), name)));
        seen.push(path);
    }
    None
}

/// References of one configuration that are looked at.
const MOST_REFERENCES: usize = 100;

/// How long a chain of configurations that extend each other may be.
const LONGEST_CHAIN: usize = 32;

struct Check<'p> {
    project: &'p Project,
    known: &'p dyn Fn(&str) -> bool,
}

impl Check<'_> {
    /// The configuration at `path`, asked for by `asking`.
    fn read(&self, path: &str, asking: &str) -> Result<Value, BuildProblem> {
        let Some(text) = self.project.text(path) else {
            return Err(bad(&format!("`{path}` is not there"), asking));
        };
        if is_blank(text) {
            return Ok(Value::Object(serde_json::Map::new()));
        }
        parse_with_comments(text).ok_or_else(|| bad(&format!("`{path}` is not JSON"), path))
    }

    fn extended(
        &self,
        path: &str,
        config: &Value,
        chain: &mut Vec<String>,
    ) -> Result<(), BuildProblem> {
        for name in extends(config) {
            if !name.starts_with(['.', '/']) {
                if (self.known)(name) {
                    continue;
                }
                return Err(bad(&format!("`{name}`, which it extends, is not installed"), path));
            }
            let place = self.found(folder_of(path), name);
            let place = place
                .ok_or_else(|| bad(&format!("`{name}`, which it extends, is not there"), path))?;
            if chain.contains(&place) || chain.len() >= LONGEST_CHAIN {
                return Err(bad("configurations extend each other in a circle", path));
            }
            let config = self.read(&place, path)?;
            chain.push(place.clone());
            self.extended(&place, &config, chain)?;
            chain.pop();
        }
        Ok(())
    }

    /// The file that `extends` names; its ending may be left out.
    fn found(&self, folder: &str, name: &str) -> Option<String> {
        let name = if matches!(name, "." | "..") {
            format!("{name}/tsconfig.json")
        } else {
            name.to_owned()
        };
        if name.starts_with('/') {
            return None;
        }
        let candidates = [name.clone(), format!("{name}.json")];
        let mut places = candidates.iter().filter_map(|name| below(folder, name));
        places.find(|place| self.project.file(place).is_some())
    }
}

/// What a configuration extends, as written.
fn extends(config: &Value) -> Vec<&str> {
    match config.get("extends") {
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A path of the project; nothing when it leaves it.
fn below(folder: &str, name: &str) -> Option<String> {
    let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
    SitePath::new(&path).ok().map(|path| path.as_str().to_owned())
}

fn bad(message: &str, path: &str) -> BuildProblem {
    BuildProblem::new(BuildErrorClass::BadConfig, message).at(path, None)
}

#[cfg(test)]
mod tests {
    use super::super::tests::project;
    use super::*;

    #[test]
    fn references_and_comments_are_followed() {
        let project = project(&[
            (
                "tsconfig.json",
                "{ \"files\": [], \"references\": [{ \"path\": \"./tsconfig.app.json\" }], }",
            ),
            (
                "tsconfig.app.json",
                "{ // app\n \"compilerOptions\": { \"jsx\": \"react-jsx\", /* x */ \"paths\": {\"@/*\": [\"./src/*\"]} } }",
            ),
        ]);
        let found = tsconfig_jsx(&project);
        assert_eq!(found.jsx.as_deref(), Some("react-jsx"));
        assert_eq!(found.paths, [("@/*".to_owned(), "./src/*".to_owned())]);
        assert_eq!(tsconfig_jsx(&Project::default()), TsconfigJsx::default());
    }

    #[test]
    fn configurations_that_cannot_be_read_are_problems_of_the_sources_below_them() {
        let check = |files: &[(&str, &str)], path: &str| {
            let known = |name: &str| name.starts_with("@tsconfig/");
            let problem = tsconfig_problem(&project(files), path, known);
            problem.map(|problem| problem.path.unwrap_or_default())
        };
        let source = "src/App.tsx";
        let root = |text: &'static str| ("tsconfig.json", text);
        let bad = Some("tsconfig.json".to_owned());
        assert_eq!(check(&[], source), None);
        for text in [
            "",
            "// nothing",
            "{}",
            "{ \"extends\": \"@tsconfig/strictest\" }",
            "{ \"extends\": [\"./base\", \"./base.json\"] }",
            "{ \"references\": [{ \"path\": \"./base.json\" }] }",
        ] {
            assert_eq!(check(&[root(text), ("base.json", "{}")], source), None, "{text}");
        }
        for text in [
            "{",
            "{ \"extends\": \"./gone.json\" }",
            "{ \"extends\": \"../base.json\" }",
            "{ \"extends\": \"gone\" }",
            "{ \"extends\": \"./tsconfig.json\" }",
            "{ \"references\": [{ \"path\": \"./tsconfig.node.json\" }] }",
        ] {
            assert_eq!(check(&[root(text), ("base.json", "{}")], source), bad, "{text}");
        }
        let nested = [root("{"), ("src/tsconfig.json", "{}")];
        assert_eq!(check(&nested, source), None, "the nearest one counts");
        assert_eq!(check(&nested, "main.ts"), bad);
    }

    #[test]
    fn beside_a_vite_configuration_every_text_must_be_json() {
        let check = |files: &[(&str, &str)]| unreadable_tsconfig(&project(files)).is_some();
        assert!(!check(&[]));
        assert!(check(&[("tsconfig.json", "")]) && check(&[("tsconfig.json", "{")]));
        let extending = |text: &'static str| {
            [("tsconfig.json", "{ \"extends\": \"./base\" }"), ("base.json", text)]
        };
        assert!(check(&extending("{")) && !check(&extending("{}")));
        assert!(!check(&extending("{ \"extends\": \"./tsconfig.json\" }")), "a circle ends");
        assert!(!check(&[("tsconfig.json", "{ \"extends\": \"./gone.json\" }")]));
    }
}
