//! What an import names: a file of the project, a package, or nothing. Follows Vite's rules over
//! files in memory; the disk is never looked at.

use pageloom_build::ViteConfig;
use pageloom_schema::{Project, SitePath};

/// Endings that an import may leave out, in Vite's order.
const ENDINGS: [&str; 7] = [".mjs", ".js", ".mts", ".ts", ".jsx", ".tsx", ".json"];

/// What an import names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A source file of the project.
    File(String),
    /// A file of the public folder, served under its own name (without the folder).
    Public(String),
    /// A package, or a file of one.
    Package(String),
    /// Something on another host, or a data URL: left as it is.
    Remote,
    /// Nothing.
    Missing,
}

/// Resolves imports of one project.
pub(crate) struct Resolver<'p> {
    project: &'p Project,
    alias: &'p [(String, String)],
    public: Option<&'p str>,
}

impl<'p> Resolver<'p> {
    pub(crate) fn new(project: &'p Project, config: &'p ViteConfig) -> Self {
        Self { project, alias: &config.alias, public: config.public_dir.as_deref() }
    }

    /// What `specifier`, without its query, names in the file `importer`.
    pub(crate) fn resolve(&self, importer: &str, specifier: &str) -> Target {
        if is_remote(specifier) {
            return Target::Remote;
        }
        let aliased = self.aliased(specifier);
        let specifier = aliased.as_deref().unwrap_or(specifier);
        if let Some(rooted) = specifier.strip_prefix('/') {
            return match self.file_at(rooted, importer) {
                Some(path) => Target::File(path),
                None => self.public_file(rooted).map_or(Target::Missing, Target::Public),
            };
        }
        if specifier.starts_with("./") || specifier.starts_with("../") || is_dots(specifier) {
            let folder = importer.rsplit_once('/').map_or("", |(folder, _)| folder);
            let path = format!("{folder}/{specifier}");
            let found = self.file_at(path.trim_start_matches('/'), importer);
            return found.map_or(Target::Missing, Target::File);
        }
        Target::Package(specifier.to_owned())
    }

    /// What an address in a style sheet or a page names: without a leading `./` it is relative all
    /// the same.
    pub(crate) fn resolve_address(&self, importer: &str, address: &str) -> Target {
        match self.resolve(importer, address) {
            Target::Package(_) => match self.resolve(importer, &format!("./{address}")) {
                Target::Missing => Target::Package(address.to_owned()),
                found => found,
            },
            found => found,
        }
    }

    fn aliased(&self, specifier: &str) -> Option<String> {
        self.alias.iter().find_map(|(from, to)| {
            let rest = specifier.strip_prefix(from.as_str())?;
            let whole = rest.is_empty() || rest.starts_with('/') || from.ends_with('/');
            whole.then(|| format!("{to}{rest}"))
        })
    }

    /// The file of the public folder that is served at `path`.
    pub(crate) fn public_file(&self, path: &str) -> Option<String> {
        let path = SitePath::new(path).ok()?;
        self.project.file(&format!("{}/{path}", self.public?))?;
        Some(path.as_str().to_owned())
    }

    fn exists(&self, path: &str) -> bool {
        self.project.file(path).is_some()
    }

    fn file_at(&self, path: &str, importer: &str) -> Option<String> {
        let folder = path.ends_with('/');
        let path = SitePath::new(path).map(|path| path.as_str().to_owned()).unwrap_or_default();
        if !folder && !path.is_empty() {
            if self.exists(&path) {
                return Some(path);
            }
            if let Some(found) = self.typescript_source(&path, importer) {
                return Some(found);
            }
            if let Some(found) = self.with_ending(&path) {
                return Some(found);
            }
        }
        let index = if path.is_empty() { "index".to_owned() } else { format!("{path}/index") };
        self.with_ending(&index)
    }

    fn with_ending(&self, path: &str) -> Option<String> {
        ENDINGS.iter().map(|ending| format!("{path}{ending}")).find(|path| self.exists(path))
    }

    /// TypeScript sources may name the JavaScript file that they will become.
    fn typescript_source(&self, path: &str, importer: &str) -> Option<String> {
        if ![".ts", ".tsx", ".mts", ".cts"].iter().any(|ending| importer.ends_with(ending)) {
            return None;
        }
        let (stem, endings): (_, &[&str]) = match path.rsplit_once('.')? {
            (stem, "js") => (stem, &[".ts", ".tsx"]),
            (stem, "jsx") => (stem, &[".tsx"]),
            (stem, "mjs") => (stem, &[".mts"]),
            _ => return None,
        };
        endings.iter().map(|ending| format!("{stem}{ending}")).find(|path| self.exists(path))
    }
}

fn is_dots(specifier: &str) -> bool {
    specifier == "." || specifier == ".."
}

/// True for what a browser would ask another host for, or has at hand.
pub(crate) fn is_remote(specifier: &str) -> bool {
    let lower = specifier.get(..8.min(specifier.len())).unwrap_or(specifier).to_ascii_lowercase();
    ["http:", "https:", "//", "data:", "blob:", "#"].iter().any(|start| lower.starts_with(start))
}

/// Splits `?query` off a specifier.
pub(crate) fn split_query(specifier: &str) -> (&str, &str) {
    specifier.split_once('?').unwrap_or((specifier, ""))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn project(paths: &[&str]) -> Project {
        let mut project = Project::default();
        for path in paths {
            project.insert(SitePath::new(path).unwrap(), Arc::from(&b""[..]));
        }
        project
    }

    fn config() -> ViteConfig {
        ViteConfig {
            alias: vec![("@".into(), "/src".into()), ("~lib/".into(), "/src/lib/".into())],
            public_dir: Some("public".into()),
            ..ViteConfig::default()
        }
    }

    #[test]
    fn imports_are_resolved_as_vite_does() {
        let files = project(&[
            "src/App.tsx",
            "src/a.js",
            "src/a.ts",
            "src/lib/index.ts",
            "src/lib/x.tsx",
            "src/data.json",
            "public/logo.svg",
        ]);
        let config = config();
        let resolver = Resolver::new(&files, &config);
        let file = |path: &str| Target::File(path.to_owned());
        for (specifier, expected) in [
            ("./a", file("src/a.js")),
            ("./a.ts", file("src/a.ts")),
            ("./lib", file("src/lib/index.ts")),
            ("./lib/x.js", file("src/lib/x.tsx")),
            ("@/lib/x", file("src/lib/x.tsx")),
            ("~lib/x", file("src/lib/x.tsx")),
            ("/src/App", file("src/App.tsx")),
            ("./data", file("src/data.json")),
            ("/logo.svg", Target::Public("logo.svg".into())),
            ("./A", Target::Missing),
            ("../../../etc/passwd", Target::Missing),
            ("/etc/passwd", Target::Missing),
            ("@scope/name", Target::Package("@scope/name".into())),
            ("react", Target::Package("react".into())),
            ("https://example.org/x.js", Target::Remote),
        ] {
            assert_eq!(resolver.resolve("src/App.tsx", specifier), expected, "{specifier}");
        }
    }
}
