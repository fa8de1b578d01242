//! What an import names: a file of the project, a package, or nothing.

use pageloom_schema::{Project, SitePath};

use super::{Subject, is_outside};

/// The endings that an import may leave away, in Vite's order.
const ENDINGS: [&str; 7] = [".mjs", ".js", ".mts", ".ts", ".jsx", ".tsx", ".json"];
/// Modules of Node.js, which a page has not.
const BUILTINS: [&str; 26] = [
    "assert",
    "buffer",
    "child_process",
    "cluster",
    "crypto",
    "dns",
    "events",
    "fs",
    "http",
    "http2",
    "https",
    "module",
    "net",
    "os",
    "path",
    "perf_hooks",
    "process",
    "querystring",
    "readline",
    "stream",
    "string_decoder",
    "timers",
    "tls",
    "url",
    "util",
    "zlib",
];

/// What an import names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Resolution {
    /// A file of the project.
    File,
    /// A package, by name.
    Package(String),
    /// A module of Node.js.
    Builtin,
    /// Something that is not looked for among files: another host, or data.
    Elsewhere,
    /// Nothing.
    Missing,
}

impl Subject<'_> {
    /// What `specifier` names in the file `from`.
    pub(super) fn resolve(&self, from: &str, specifier: &str) -> Resolution {
        let elsewhere = ["data:", "blob:", "virtual:", "\0"];
        if is_outside(specifier) || elsewhere.iter().any(|start| specifier.starts_with(start)) {
            return Resolution::Elsewhere;
        }
        let target = self.aliased(specifier);
        let target = target.as_deref().unwrap_or(specifier);
        if target.starts_with(['.', '/']) {
            let found = self.resolve_file(from, target);
            return if found.is_some() { Resolution::File } else { Resolution::Missing };
        }
        let name = target.strip_prefix("node:").unwrap_or(target);
        let first = name.split(['/', '?']).next().unwrap_or_default();
        let package = package_name(target);
        let declared = package.as_deref().is_some_and(|package| self.declares(package));
        match package {
            _ if target.starts_with("node:") => Resolution::Builtin,
            Some(_) if BUILTINS.contains(&first) && !declared => Resolution::Builtin,
            Some(package) => Resolution::Package(package),
            None => Resolution::Missing,
        }
    }

    /// True when package.json declares a package.
    pub(super) fn declares(&self, package: &str) -> bool {
        self.manifest.as_ref().is_some_and(|manifest| {
            manifest.dependencies.contains_key(package)
                || manifest.dev_dependencies.contains_key(package)
                || manifest.other_dependencies.contains_key(package)
        })
    }

    fn aliased(&self, specifier: &str) -> Option<String> {
        self.vite.alias.iter().find_map(|(find, replacement)| {
            let rest = specifier.strip_prefix(find.as_str())?;
            let whole = rest.is_empty() || rest.starts_with('/') || find.ends_with('/');
            whole.then(|| format!("{replacement}{rest}"))
        })
    }

    /// The file that a path in the file `from` names: relative to it, or from the root of the site.
    pub(super) fn resolve_file(&self, from: &str, target: &str) -> Option<String> {
        let path = target.split(['?', '#']).next().unwrap_or_default();
        if path.starts_with('/') {
            let root = &self.vite.root;
            let inside = join(root, path);
            let public =
                self.vite.public_dir.as_ref().map(|folder| join(&join(root, folder), path));
            // An alias gives a path of the project, also when the root is a folder of it.
            return existing(self.project, &inside)
                .or_else(|| existing(self.project, path.trim_start_matches('/')))
                .or_else(|| public.filter(|path| self.project.file(path).is_some()));
        }
        let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
        existing(self.project, &join(folder, path))
    }
}

fn join(folder: &str, path: &str) -> String {
    format!("{folder}/{path}").trim_start_matches('/').to_owned()
}

fn existing(project: &Project, path: &str) -> Option<String> {
    let trailing = path.ends_with('/') || path.ends_with("/.") || path.ends_with("..");
    let path = match SitePath::new(path) {
        Ok(path) => path.to_string(),
        // The root itself, as in `import '..'`: what is inside of it is inside of the project.
        Err(_) if SitePath::new(&format!("{path}/index")).is_ok_and(|p| p.as_str() == "index") => {
            String::new()
        }
        Err(_) => return None,
    };
    let has = |path: &str| project.file(path).is_some();
    if has(&path) && !trailing {
        return Some(path);
    }
    let index = if path.is_empty() { "index".to_owned() } else { format!("{path}/index") };
    // TypeScript names the file that a source will become.
    let compiled = [(".js", ".ts"), (".js", ".tsx"), (".jsx", ".tsx"), (".mjs", ".mts")];
    let sources = compiled
        .iter()
        .filter_map(|(js, ts)| path.strip_suffix(js).map(|stem| format!("{stem}{ts}")));
    let with_ending = ENDINGS.iter().map(|ending| format!("{path}{ending}"));
    let with_index = ENDINGS.iter().map(|ending| format!("{index}{ending}"));
    let mut candidates: Vec<String> = Vec::new();
    if !trailing {
        candidates.extend(sources.chain(with_ending));
    }
    candidates.extend(with_index);
    candidates.into_iter().find(|candidate| has(candidate))
}

/// The package that a specifier is of; nothing when no package can be named so.
fn package_name(specifier: &str) -> Option<String> {
    let specifier = specifier.split(['?', '#']).next().unwrap_or_default();
    let mut parts = specifier.split('/');
    let first = parts.next().filter(|first| !first.is_empty())?;
    let name = match first.strip_prefix('@') {
        Some(_) => format!("{first}/{}", parts.next()?),
        None => first.to_owned(),
    };
    super::dependencies::is_package_name(&name).then_some(name)
}
