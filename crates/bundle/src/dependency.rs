//! Packages on disk: is one installed, and which file does a specifier name.

use std::path::{Path, PathBuf};

use oxc_resolver::{ResolveOptions, Resolver};

/// Whether the set installed at `folder` has a package of this name.
pub(crate) fn has_package(folder: &Path, name: &str) -> bool {
    is_package_name(name) && folder.join("node_modules").join(name).join("package.json").is_file()
}

/// The package that a specifier such as `@scope/name/part` is of.
pub(crate) fn package_of(specifier: &str) -> &str {
    let slashes = if specifier.starts_with('@') { 2 } else { 1 };
    let end = specifier.match_indices('/').nth(slashes - 1).map(|(at, _)| at);
    specifier.get(..end.unwrap_or(specifier.len())).unwrap_or(specifier)
}

/// A name that cannot leave `node_modules`.
fn is_package_name(name: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.~".contains(&b))
    };
    match name.strip_prefix('@') {
        Some(scoped) => {
            scoped.split_once('/').is_some_and(|(scope, rest)| plain(scope) && plain(rest))
        }
        None => plain(name),
    }
}

/// The file that a specifier names in the set installed at `folder`.
pub(crate) fn file_of(folder: &Path, specifier: &str) -> Option<PathBuf> {
    if !has_package(folder, package_of(specifier)) {
        return None;
    }
    let text = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
    let resolver = Resolver::new(ResolveOptions {
        condition_names: text(&["style", "import", "module", "browser", "production", "default"]),
        main_fields: text(&["browser", "module", "jsnext:main", "main"]),
        extensions: text(&[".mjs", ".js", ".json", ".cjs"]),
        ..ResolveOptions::default()
    });
    let found = resolver.resolve(folder, specifier).ok()?.full_path();
    let inside = found.starts_with(folder.join("node_modules"));
    inside.then_some(found)
}

/// Node's own modules: in a browser each is an empty object, as Vite has it.
const BUILTINS: [&str; 24] = [
    "assert",
    "buffer",
    "child_process",
    "cluster",
    "crypto",
    "dns",
    "events",
    "fs",
    "http",
    "https",
    "module",
    "net",
    "os",
    "path",
    "perf_hooks",
    "process",
    "querystring",
    "stream",
    "string_decoder",
    "tls",
    "tty",
    "url",
    "util",
    "zlib",
];

/// True for a module of Node's own, with or without `node:` before its name.
pub(crate) fn is_builtin(specifier: &str) -> bool {
    specifier.starts_with("node:") || BUILTINS.contains(&specifier)
}
