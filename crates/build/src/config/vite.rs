//! vite.config, read as data: which of its options a picture can depend on, and what they say.

use std::collections::BTreeMap;

use pageloom_schema::{Finding, Project, Severity};

use super::Unsupported;
use crate::source::{Data, DataModule, Literal, read_module};

/// The names a Vite configuration can have, in the order in which Vite looks for them.
pub(super) const NAMES: [&str; 6] = [
    "vite.config.js",
    "vite.config.mjs",
    "vite.config.ts",
    "vite.config.cjs",
    "vite.config.mts",
    "vite.config.cts",
];
/// What is not understood of a configuration that is a program.
const RUNS: &str = "statements that run";
/// Packages whose plugin compiles React.
const REACT_PLUGINS: [&str; 3] =
    ["@vitejs/plugin-react", "@vitejs/plugin-react-swc", "@vitejs/plugin-react-oxc"];
/// Options of a React plugin that change no built page.
const HARMLESS_REACT_OPTIONS: [&str; 4] =
    ["fastRefresh", "include", "reactRefreshHost", "disableOxcRecommendation"];
/// Options that only matter while developing, previewing or reporting.
const IGNORED: [&str; 12] = [
    "server",
    "preview",
    "optimizeDeps",
    "logLevel",
    "clearScreen",
    "test",
    "cacheDir",
    "mode",
    "envPrefix",
    "envDir",
    "appType",
    "customLogger",
];
/// Options of `build` that change which files there are, not what they show.
const IGNORED_BUILD: [&str; 17] = [
    "outDir",
    "assetsDir",
    "assetsInlineLimit",
    "sourcemap",
    "minify",
    "chunkSizeWarningLimit",
    "emptyOutDir",
    "reportCompressedSize",
    "manifest",
    "target",
    "cssTarget",
    "cssCodeSplit",
    "cssMinify",
    "modulePreload",
    "terserOptions",
    "polyfillModulePreload",
    "copyPublicDir",
];

/// What a vite.config says that a picture can depend on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViteConfig {
    /// A React plugin is on.
    pub react_plugin: bool,
    /// The package that JSX imports its functions from, when the React plugin names one.
    pub jsx_import_source: Option<String>,
    /// `resolve.alias` in its order: what an import starts with, and what stands there instead. A
    /// replacement that starts with `/` is a path from the root of the project; another one is a
    /// package.
    pub alias: Vec<(String, String)>,
    /// `base`, as written.
    pub base: Option<String>,
    /// `define`: a name and the JavaScript source that replaces it.
    pub define: BTreeMap<String, String>,
    /// `publicDir`, from the root, without slashes at its ends; nothing when it is turned off.
    pub public_dir: Option<String>,
    /// `root` without slashes at its ends: empty for the project itself.
    pub root: String,
    /// The file it was read from; nothing when the project has none.
    pub path: Option<&'static str>,
}

impl Default for ViteConfig {
    /// What Vite does without a configuration.
    fn default() -> Self {
        Self {
            react_plugin: false,
            jsx_import_source: None,
            alias: Vec::new(),
            base: None,
            define: BTreeMap::new(),
            public_dir: Some("public".to_owned()),
            root: String::new(),
            path: None,
        }
    }
}

/// The file that holds the Vite configuration.
#[must_use]
pub fn vite_config_path(project: &Project) -> Option<&'static str> {
    NAMES.into_iter().find(|path| project.file(path).is_some())
}

/// Reads the Vite configuration of a project as data; without one, what Vite does without.
///
/// Options that change no picture are read over: `server`, `preview`, `build.outDir` and their like.
///
/// # Errors
/// Every option that can change a picture and is not understood, with its place.
pub fn read_vite_config(project: &Project) -> Result<ViteConfig, Vec<Unsupported>> {
    let (config, unsupported) = read(project);
    if unsupported.is_empty() { Ok(config) } else { Err(unsupported) }
}

/// The place of a Vite configuration that does something beside saying what it is.
pub(crate) fn config_that_runs(project: &Project) -> Option<Finding> {
    let found = read(project).1.into_iter().find(|found| found.option == RUNS)?;
    let message = "the configuration runs statements of its own";
    Some(Finding::new("config_not_data", Severity::Warning, message).at(&found.path, found.line))
}

/// What was understood of a Vite configuration, whatever else it says.
pub(crate) fn vite_config_so_far(project: &Project) -> ViteConfig {
    read(project).0
}

fn read(project: &Project) -> (ViteConfig, Vec<Unsupported>) {
    let Some(path) = vite_config_path(project) else {
        return (ViteConfig::default(), Vec::new());
    };
    let config = ViteConfig { path: Some(path), ..ViteConfig::default() };
    let refused = |option: &str, line| (config.clone(), vec![Unsupported::new(option, path, line)]);
    let Some(text) = project.text(path) else { return refused("not text", None) };
    let module = match read_module(path, text) {
        Ok(module) => module,
        Err(finding) => return refused(&finding.message, finding.line),
    };
    let Some(exported) = module.exported.clone().map(super::returned) else {
        return refused("no default export", None);
    };
    let mut reading =
        Reading { path, project, module: &module, config: config.clone(), unsupported: Vec::new() };
    if let Some(line) = module.runs {
        reading.unsupported.push(Unsupported::new(RUNS, path, Some(line)));
    }
    match &exported.data {
        Data::Table(entries) => {
            for (name, value) in entries {
                reading.option(name, value);
            }
        }
        _ => reading.refuse("a configuration that is not an object", &exported),
    }
    (reading.config, reading.unsupported)
}

struct Reading<'m> {
    path: &'static str,
    project: &'m Project,
    module: &'m DataModule,
    config: ViteConfig,
    unsupported: Vec<Unsupported>,
}

impl Reading<'_> {
    fn refuse(&mut self, option: &str, value: &Literal) {
        self.unsupported.push(Unsupported::new(option, self.path, Some(value.line)));
    }

    fn option(&mut self, name: &str, value: &Literal) {
        match name {
            _ if value.data == Data::Nothing => {}
            name if IGNORED.contains(&name) => {}
            "plugins" => self.plugins(value),
            "base" => match value.text() {
                Some(base) => self.config.base = Some(base.to_owned()),
                None => self.refuse("base", value),
            },
            "root" => match self.project_path(value) {
                Some(root) => self.config.root = root,
                None => self.refuse("root", value),
            },
            "publicDir" => match (&value.data, self.project_path(value)) {
                (Data::Flag(false), _) => self.config.public_dir = None,
                (Data::Text(text), _) if text.is_empty() => self.config.public_dir = None,
                (_, Some(folder)) => self.config.public_dir = Some(folder),
                _ => self.refuse("publicDir", value),
            },
            "resolve" => self.table("resolve", value, Self::resolve_option),
            "define" => self.table("define", value, Self::define),
            "build" => self.table("build", value, Self::build_option),
            "css" => self.table("css", value, Self::css_option),
            "esbuild" => self.table("esbuild", value, Self::esbuild_option),
            other => self.refuse(other, value),
        }
    }

    fn table(&mut self, name: &str, value: &Literal, read: fn(&mut Self, &str, &Literal)) {
        match &value.data {
            Data::Table(entries) => {
                for (name, value) in entries {
                    read(self, name, value);
                }
            }
            _ => self.refuse(name, value),
        }
    }

    fn plugins(&mut self, value: &Literal) {
        let Data::List(plugins) = &value.data else { return self.refuse("plugins", value) };
        for plugin in plugins {
            match &plugin.data {
                Data::List(_) => self.plugins(plugin),
                Data::Flag(false) | Data::Nothing => {}
                Data::Call { name, arguments } => self.plugin(name, arguments, plugin),
                _ => self.refuse("plugins", plugin),
            }
        }
    }

    fn plugin(&mut self, name: &str, arguments: &[Literal], value: &Literal) {
        let package = self.module.imports.get(name).map_or(name, String::as_str);
        match package {
            package if REACT_PLUGINS.contains(&package) => {
                self.config.react_plugin = true;
                for options in arguments {
                    self.table("react()", options, Self::react_option);
                }
            }
            "vite-tsconfig-paths" if arguments.is_empty() => self.paths_of_tsconfig(package, value),
            // They write a report or compress what is built.
            "rollup-plugin-visualizer"
            | "vite-plugin-compression"
            | "vite-plugin-inspect"
            | "vite-plugin-checker"
            | "vite-plugin-eslint"
            | "lovable-tagger" => {}
            other => self.refuse(&format!("plugin {other}"), value),
        }
    }

    /// Takes the `paths` of the TypeScript configuration as aliases.
    fn paths_of_tsconfig(&mut self, plugin: &str, value: &Literal) {
        for (pattern, target) in super::tsconfig_jsx(self.project).paths {
            let (find, target) = match (pattern.strip_suffix("/*"), target.strip_suffix("/*")) {
                (Some(find), Some(target)) => (find, target),
                (None, None) => (pattern.as_str(), target.as_str()),
                _ => return self.refuse(plugin, value),
            };
            match confined(target) {
                Some(target)
                    if !find.is_empty() && !find.contains('*') && !target.contains('*') =>
                {
                    self.config.alias.push((find.to_owned(), format!("/{target}")));
                }
                _ => return self.refuse(plugin, value),
            }
        }
    }

    fn react_option(&mut self, name: &str, value: &Literal) {
        match (name, &value.data) {
            (name, _) if HARMLESS_REACT_OPTIONS.contains(&name) => {}
            ("jsxRuntime", Data::Text(text)) if text == "automatic" => {}
            ("jsxImportSource", Data::Text(text)) => {
                self.config.jsx_import_source = Some(text.clone());
            }
            _ => self.refuse(&format!("react({name})"), value),
        }
    }

    fn resolve_option(&mut self, name: &str, value: &Literal) {
        match name {
            "alias" => self.alias(value),
            // One copy of each package is all that is ever there.
            "dedupe" => {}
            "extensions" => {
                let usual = [".mjs", ".js", ".mts", ".ts", ".jsx", ".tsx", ".json"];
                let known = match &value.data {
                    Data::List(endings) => endings
                        .iter()
                        .all(|ending| ending.text().is_some_and(|text| usual.contains(&text))),
                    _ => false,
                };
                if !known {
                    self.refuse("resolve.extensions", value);
                }
            }
            other => self.refuse(&format!("resolve.{other}"), value),
        }
    }

    fn alias(&mut self, value: &Literal) {
        match &value.data {
            Data::Table(entries) => {
                for (find, replacement) in entries {
                    self.alias_entry(find, replacement);
                }
            }
            Data::List(entries) => {
                for entry in entries {
                    match (entry.entry("find"), entry.entry("replacement")) {
                        (Some(find), Some(replacement)) => match find.text() {
                            Some(find) => self.alias_entry(find, replacement),
                            None => self.refuse("resolve.alias", find),
                        },
                        _ => self.refuse("resolve.alias", entry),
                    }
                }
            }
            _ => self.refuse("resolve.alias", value),
        }
    }

    fn alias_entry(&mut self, find: &str, replacement: &Literal) {
        let target = match replacement.text() {
            // A package, or a file of one.
            Some(text) if !text.starts_with(['.', '/']) && text != "src" => Some(text.to_owned()),
            _ => self.project_path(replacement).map(|path| {
                let slash = replacement.text().is_some_and(|text| text.ends_with('/'));
                if slash && !path.is_empty() { format!("/{path}/") } else { format!("/{path}") }
            }),
        };
        match target {
            Some(target) if !find.is_empty() => {
                self.config.alias.push((find.to_owned(), target));
            }
            _ => self.refuse(&format!("resolve.alias {find}"), replacement),
        }
    }

    fn define(&mut self, name: &str, value: &Literal) {
        let source = match &value.data {
            // Vite takes a text as source, and writes the others as JSON.
            Data::Text(source) => Some(source.clone()),
            Data::Call { name, arguments } if name == "JSON.stringify" => {
                match arguments.as_slice() {
                    [only] => json_source(only),
                    _ => None,
                }
            }
            _ => json_source(value),
        };
        match source {
            Some(source) => {
                self.config.define.insert(name.to_owned(), source);
            }
            None => self.refuse(&format!("define.{name}"), value),
        }
    }

    fn build_option(&mut self, name: &str, value: &Literal) {
        match name {
            name if IGNORED_BUILD.contains(&name) || value.data == Data::Nothing => {}
            "rollupOptions" => self.table("build.rollupOptions", value, Self::rollup_option),
            other => self.refuse(&format!("build.{other}"), value),
        }
    }

    fn rollup_option(&mut self, name: &str, value: &Literal) {
        match name {
            // Which chunk a module is in, and how files are called.
            "output" if matches!(value.data, Data::Table(_)) => {
                self.table("build.rollupOptions.output", value, |reading, name, value| {
                    let known = matches!(
                        name,
                        "manualChunks"
                            | "entryFileNames"
                            | "chunkFileNames"
                            | "assetFileNames"
                            | "sourcemap"
                            | "compact"
                    );
                    if !known {
                        reading.refuse(&format!("build.rollupOptions.output.{name}"), value);
                    }
                });
            }
            "onwarn" | "onLog" | "treeshake" | "maxParallelFileOps" => {}
            other => self.refuse(&format!("build.rollupOptions.{other}"), value),
        }
    }

    fn css_option(&mut self, name: &str, value: &Literal) {
        match name {
            "devSourcemap" => {}
            other => self.refuse(&format!("css.{other}"), value),
        }
    }

    fn esbuild_option(&mut self, name: &str, value: &Literal) {
        match name {
            "logOverride" | "drop" | "legalComments" | "logLevel" | "target" => {}
            other => self.refuse(&format!("esbuild.{other}"), value),
        }
    }

    /// A path of the project without slashes at its ends, from one of the ways to write it.
    fn project_path(&self, value: &Literal) -> Option<String> {
        project_path(&value.data, &self.module.imports)
    }
}

fn json_source(value: &Literal) -> Option<String> {
    Some(match &value.data {
        Data::Text(text) => serde_json::to_string(text).ok()?,
        Data::Number(number) => number.to_string(),
        Data::Flag(flag) => flag.to_string(),
        Data::Nothing => "null".to_owned(),
        Data::List(values) => {
            let inner: Option<Vec<_>> = values.iter().map(json_source).collect();
            format!("[{}]", inner?.join(","))
        }
        Data::Table(entries) => {
            let inner: Option<Vec<_>> = entries
                .iter()
                .map(|(name, value)| {
                    Some(format!("{}:{}", serde_json::to_string(name).ok()?, json_source(value)?))
                })
                .collect();
            format!("{{{}}}", inner?.join(","))
        }
        _ => return None,
    })
}

fn project_path(data: &Data, imports: &BTreeMap<String, String>) -> Option<String> {
    match data {
        Data::Text(text) => confined(text.trim_start_matches('/')),
        // The folder of the configuration is the project.
        Data::Name(name) if is_here(name) => Some(String::new()),
        Data::Call { name, arguments } => {
            let (object, method) = name.rsplit_once('.').unwrap_or(("", name));
            let from = imports.get(if object.is_empty() { method } else { object });
            let is_of = |package: &str| {
                from.is_some_and(|from| from.strip_prefix("node:").unwrap_or(from) == package)
            };
            match method {
                "resolve" | "join" if is_of("path") => {
                    let parts = arguments.iter().map(|argument| match &argument.data {
                        Data::Text(text) => {
                            // A leading slash would leave the project with `resolve`.
                            let absolute = method == "resolve" && text.starts_with('/');
                            (!absolute).then(|| text.clone())
                        }
                        Data::Name(name) if is_here(name) => Some(String::new()),
                        Data::Call { .. } => project_path(&argument.data, imports),
                        _ => None,
                    });
                    confined(&parts.collect::<Option<Vec<_>>>()?.join("/"))
                }
                "dirname" if is_of("path") => match arguments.as_slice() {
                    [Literal { data: Data::Name(name), .. }] if name == "__filename" => {
                        Some(String::new())
                    }
                    [Literal { data: Data::Call { name, arguments }, .. }]
                        if name.ends_with("fileURLToPath") =>
                    {
                        match arguments.as_slice() {
                            [Literal { data: Data::Name(name), .. }]
                                if name == "import.meta.url" =>
                            {
                                Some(String::new())
                            }
                            _ => None,
                        }
                    }
                    _ => None,
                },
                "fileURLToPath" if is_of("url") => match arguments.as_slice() {
                    [only] => project_path(&only.data, imports),
                    _ => None,
                },
                "URL" => match arguments.as_slice() {
                    [
                        Literal { data: Data::Text(text), .. },
                        Literal { data: Data::Name(name), .. },
                    ] if name == "import.meta.url" && !text.starts_with('/') => confined(text),
                    _ => None,
                },
                "cwd" if object == "process" => Some(String::new()),
                _ => None,
            }
        }
        // `new URL('./src', import.meta.url).pathname`, and nothing else.
        Data::Code(code) => {
            let inner =
                code.strip_prefix("new URL(")?.strip_suffix(", import.meta.url).pathname")?;
            confined(inner.trim_matches(['"', '\'']))
        }
        _ => None,
    }
}

fn is_here(name: &str) -> bool {
    matches!(name, "__dirname" | "import.meta.dirname")
}

/// A path inside the project, normalised; the project itself is the empty path.
fn confined(text: &str) -> Option<String> {
    let inner = text.trim_matches('/');
    if inner.is_empty() || inner.split('/').all(|part| part == ".") {
        return Some(String::new());
    }
    pageloom_schema::SitePath::new(inner).ok().map(|path| path.to_string())
}

#[cfg(test)]
#[path = "vite_tests.rs"]
mod tests;
