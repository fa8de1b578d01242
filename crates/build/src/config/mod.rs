//! A project's configuration, read as data: package.json, vite.config, postcss.config,
//! tailwind.config and tsconfig.
//!
//! Nothing is run: JavaScript configurations are parsed, and what cannot be understood as data is
//! [`Unsupported`], by name and place.

use pageloom_schema::{BuildErrorClass, BuildProblem, Project};

use crate::source::{Data, Literal, read_module};

mod confined;
mod features;
mod json;
mod manifest;
mod postcss;
mod tsconfig;
mod vite;

pub(crate) use confined::config_path_escapes;
pub use confined::folder_outside;
pub use features::{nesting_problem, unsupported_features};
pub use manifest::{PackageJson, read_package_json};
pub use postcss::{PostcssConfig, postcss_config_path, read_postcss_config, tailwind_config_path};
pub use tsconfig::{TsconfigJsx, tsconfig_jsx, tsconfig_problem};
pub use vite::{ViteConfig, read_vite_config, vite_config_path};
pub(crate) use vite::{config_that_runs, vite_config_so_far};

/// What keeps Vite from reading its configuration, and so from building whatever the sources are: a
/// `vite.config` or PostCSS configuration that cannot be parsed, or beside the former a `tsconfig.json` that
/// is not JSON.
#[must_use]
pub fn config_problem(project: &Project) -> Option<BuildProblem> {
    let syntax = |path: Option<&'static str>| {
        let path = path.filter(|path| !path.ends_with("json") && !path.starts_with('.'))?;
        let finding = read_module(path, project.text(path)?).err()?;
        let problem = BuildProblem::new(BuildErrorClass::BadConfig, &finding.message);
        (finding.check == "source_syntax").then(|| problem.at(path, finding.line))
    };
    let vite = vite_config_path(project);
    let unreadable = || vite.and_then(|_| tsconfig::unreadable_tsconfig(project));
    unreadable()
        .or_else(|| syntax(vite))
        .or_else(|| syntax(postcss_config_path(project)))
        .or_else(|| folder_outside(project))
}

/// Something in a project that the fast builder does not do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unsupported {
    /// The file it is in.
    pub path: String,
    /// Line in that file, from 1, when it is known.
    pub line: Option<u32>,
    /// What it is: an option such as `build.lib`, or a feature such as `import.meta.glob`.
    pub option: String,
}

impl Unsupported {
    /// `option` in a file.
    pub fn new(option: impl Into<String>, path: &str, line: Option<u32>) -> Self {
        let option = option.into().chars().take(120).collect();
        Self { path: path.to_owned(), line, option }
    }
}

impl std::fmt::Display for Unsupported {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}` in {}", self.option, self.path)?;
        self.line.map_or(Ok(()), |line| write!(f, ", line {line}"))
    }
}

/// The object behind a configuration: of `defineConfig(…)` and its like the argument, of a function
/// what it returns.
fn returned(value: Literal) -> Literal {
    let mut value = value;
    for _ in 0..8 {
        value = match value.data {
            Data::Function(inner) => *inner,
            Data::Call { name, arguments } if name == "defineConfig" || name == "mergeConfig" => {
                match <[Literal; 1]>::try_from(arguments) {
                    Ok([only]) => only,
                    Err(arguments) => {
                        return Literal { line: value.line, data: Data::List(arguments) };
                    }
                }
            }
            data => return Literal { line: value.line, data },
        };
    }
    value
}

/// True for a file that configures a tool and is no part of the page.
pub(crate) fn is_tool_config(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.split('.').nth(1).unwrap_or_default();
    stem == "config" || stem == "setup" || name.starts_with('.')
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use pageloom_schema::SitePath;

    use super::*;

    pub(super) fn project(files: &[(&str, &str)]) -> Project {
        let mut project = Project::default();
        for (path, text) in files {
            project.insert(SitePath::new(path).unwrap(), Arc::from(text.as_bytes()));
        }
        project
    }

    #[test]
    fn the_manifest_is_read_and_its_faults_have_a_line() {
        let read = |text: &str| read_package_json(&project(&[("package.json", text)]));
        let manifest = read(
            r#"{"name":"a","type":"module","scripts":{"dev":"vite"},"dependencies":{"react":"^18"},
               "devDependencies":{"react":"^17","vite":"^5"}}"#,
        )
        .unwrap();
        assert!(manifest.is_module);
        let all: Vec<_> = manifest.all_dependencies().into_iter().collect();
        assert_eq!(all, [("react", "^18"), ("vite", "^5")]);
        assert_eq!(read("{\n \"a\": }").unwrap_err().line, Some(2));
        for text in ["[]", r#"{"dependencies": []}"#, r#"{"dependencies": {"a": 1}}"#, ""] {
            assert_eq!(read(text).unwrap_err().path.as_deref(), Some("package.json"), "{text}");
        }
        assert!(read_package_json(&Project::default()).is_err());
    }

    #[test]
    fn configurations_that_cannot_be_parsed_are_problems() {
        let check = |files: &[(&str, &str)]| {
            config_problem(&project(files)).map(|problem| problem.path.unwrap_or_default())
        };
        assert_eq!(check(&[]), None);
        assert_eq!(check(&[("tsconfig.json", "{")]), None);
        let good = ("vite.config.ts", "export default {}");
        assert_eq!(check(&[good, ("tsconfig.json", "{}"), ("postcss.config.js", "make()")]), None);
        assert_eq!(check(&[good, ("tsconfig.json", "{")]).as_deref(), Some("tsconfig.json"));
        assert_eq!(check(&[("vite.config.ts", "export {")]).as_deref(), Some("vite.config.ts"));
        let postcss = [good, ("postcss.config.js", "export default {")];
        assert_eq!(check(&postcss).as_deref(), Some("postcss.config.js"));
    }

    #[test]
    fn tool_configurations_are_told_from_pages() {
        assert!(is_tool_config("vite.config.ts") && is_tool_config("a/.eslintrc.cjs"));
        assert!(!is_tool_config("src/config.ts") && !is_tool_config("src/App.tsx"));
    }
}
