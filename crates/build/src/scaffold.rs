//! The files an answer builds on, and the words that tell a model so.
//!
//! A [`Scaffold`] is embedded in the program. Its prompt lists its files as they are, so that the
//! two cannot drift apart.

use std::sync::Arc;

use include_dir::{Dir, DirEntry, include_dir};
use pageloom_schema::{Project, SitePath};

use crate::config::read_package_json;
use crate::error::BuildError;

/// The names of all scaffolds.
pub const NAMES: [&str; 1] = ["vite-react-ts"];

static VITE_REACT_TS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/scaffolds/vite-react-ts");
const VITE_REACT_TS_PROMPT: &str = include_str!("../scaffolds/vite-react-ts.prompt.md");

/// Where the prompt takes the list of the scaffold's files.
const FILES_MARK: &str = "{{files}}";
/// Where the prompt takes the packages that an answer may use.
const PACKAGES_MARK: &str = "{{packages}}";

/// A file that belongs to a scaffold but is for the package manager, not for a model to read.
const LOCK_FILE: &str = "package-lock.json";

/// The paths that a complete answer has, in the order in which they are asked for.
const CORE_FILES: [&str; 13] = [
    "package.json",
    "vite.config.ts",
    "tailwind.config.js",
    "postcss.config.js",
    "eslint.config.js",
    "tsconfig.json",
    "tsconfig.app.json",
    "tsconfig.node.json",
    "index.html",
    "src/main.tsx",
    "src/App.tsx",
    "src/index.css",
    "src/vite-env.d.ts",
];

/// The files an answer builds on.
#[derive(Clone, Debug)]
pub struct Scaffold {
    name: &'static str,
    project: Project,
    prompt: &'static str,
}

impl Scaffold {
    /// The scaffold with this name.
    ///
    /// # Errors
    /// [`BuildError::NoScaffold`] when there is none.
    ///
    /// ```
    /// use pageloom_build::Scaffold;
    /// let scaffold = Scaffold::find("vite-react-ts").unwrap();
    /// assert!(scaffold.project().text("src/main.tsx").is_some());
    /// assert!(Scaffold::find("next").unwrap_err().to_string().contains("vite-react-ts"));
    /// ```
    pub fn find(name: &str) -> Result<Self, BuildError> {
        let [known] = NAMES;
        if name != known {
            return Err(BuildError::NoScaffold(name.chars().take(80).collect()));
        }
        let mut project = Project::default();
        add_files(&VITE_REACT_TS, &mut project);
        Ok(Self { name: known, project, prompt: VITE_REACT_TS_PROMPT })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its files.
    #[must_use]
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// An answer's files over the scaffold's: where both have a path, the answer's file is taken.
    ///
    /// The scaffold's lock file stays only while the package.json asks for the packages it locks.
    #[must_use]
    pub fn merge(&self, answer: &Project) -> Project {
        let mut files = self.project.files().clone();
        if answer.file("package.json").is_some() && !self.locks(answer) {
            files.retain(|path, _| path.as_str() != LOCK_FILE);
        }
        files.extend(answer.files().iter().map(|(path, bytes)| (path.clone(), Arc::clone(bytes))));
        Project::new(files)
    }

    /// True when an answer brings something that the scaffold does not have: a file of its own, or
    /// another text for one of the scaffold's.
    #[must_use]
    pub fn is_changed_by(&self, answer: &Project) -> bool {
        answer.files().iter().any(|(path, bytes)| self.project.file(path.as_str()) != Some(bytes))
    }

    /// True when an answer's package.json declares just what the scaffold's does.
    fn locks(&self, answer: &Project) -> bool {
        let declared = |project: &Project| {
            let manifest = read_package_json(project).ok()?;
            let others = manifest.other_dependencies;
            Some((manifest.dependencies, manifest.dev_dependencies, others))
        };
        declared(answer).is_some_and(|tables| Some(tables) == declared(&self.project))
    }

    /// The core files that an answer lacks, in the order in which the prompt asks for them: empty
    /// for an answer that stands without the scaffold.
    #[must_use]
    pub fn missing_files(&self, answer: &Project) -> Vec<&'static str> {
        CORE_FILES.into_iter().filter(|path| answer.file(path).is_none()).collect()
    }

    /// The system prompt: how an answer is written, and the scaffold's files.
    #[must_use]
    pub fn prompt(&self) -> String {
        let mut files = String::new();
        for (path, bytes) in self.project.files() {
            if path.as_str() == LOCK_FILE {
                continue;
            }
            let text = String::from_utf8_lossy(bytes);
            let ending = path.extension();
            files.push_str(&format!("### {path}\n\n```{ending}\n{}\n```\n\n", text.trim_end()));
        }
        self.prompt
            .replace(PACKAGES_MARK, &self.packages().join(", "))
            .replace(FILES_MARK, files.trim_end())
    }

    /// The packages that pages may import, sorted by name.
    fn packages(&self) -> Vec<String> {
        let manifest = read_package_json(&self.project).unwrap_or_default();
        manifest.dependencies.into_keys().map(|name| format!("`{name}`")).collect()
    }
}

fn add_files(folder: &Dir<'static>, project: &mut Project) {
    for entry in folder.entries() {
        match entry {
            DirEntry::Dir(inner) => add_files(inner, project),
            DirEntry::File(file) => {
                if let Some(path) = file.path().to_str().and_then(|path| SitePath::new(path).ok()) {
                    project.insert(path, Arc::from(file.contents()));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scaffold() -> Scaffold {
        Scaffold::find("vite-react-ts").unwrap()
    }

    #[test]
    fn the_scaffold_lacks_none_of_its_core_files() {
        assert!(scaffold().missing_files(scaffold().project()).is_empty());
        assert_eq!(scaffold().missing_files(&Project::default()), CORE_FILES);
    }

    #[test]
    fn an_answer_that_repeats_the_scaffold_or_says_nothing_changes_nothing() {
        let mut answer = Project::default();
        assert!(!scaffold().is_changed_by(&answer));
        let main = scaffold().project().file("src/main.tsx").unwrap().clone();
        answer.insert(SitePath::new("src/main.tsx").unwrap(), main);
        assert!(!scaffold().is_changed_by(&answer));
        answer.insert(SitePath::new("src/App.tsx").unwrap(), Arc::from(&b"mine"[..]));
        assert!(scaffold().is_changed_by(&answer));
    }

    #[test]
    fn an_answers_file_replaces_the_scaffolds_and_the_lock_goes_with_its_manifest() {
        let mut answer = Project::default();
        answer.insert(SitePath::new("src/App.tsx").unwrap(), Arc::from(&b"mine"[..]));
        let merged = scaffold().merge(&answer);
        assert_eq!(merged.text("src/App.tsx"), Some("mine"));
        assert!(merged.text("src/main.tsx").is_some());
        assert!(merged.file(LOCK_FILE).is_some());
        answer.insert(SitePath::new("package.json").unwrap(), Arc::from(&b"{}"[..]));
        assert!(scaffold().merge(&answer).file(LOCK_FILE).is_none());
    }

    #[test]
    fn the_prompt_shows_every_file_but_the_lock() {
        let prompt = scaffold().prompt();
        for path in scaffold().project().files().keys() {
            let shown = prompt.contains(&format!("### {path}\n"));
            assert_eq!(shown, path.as_str() != LOCK_FILE, "{path}");
        }
        assert!(prompt.contains("`lucide-react`") && !prompt.contains("{{"));
    }

    #[test]
    fn the_lock_names_no_host() {
        let scaffold = scaffold();
        let lock = scaffold.project().text(LOCK_FILE).unwrap();
        assert!(!lock.contains("\"resolved\"") && lock.contains("\"integrity\""));
    }
}
