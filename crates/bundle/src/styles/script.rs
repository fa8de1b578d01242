//! The script that holds a dependency set's own Tailwind CSS and PostCSS, made once a set.

use std::path::Path;

use rolldown::plugin::{
    HookLoadArgs, HookLoadOutput, HookLoadReturn, HookResolveIdArgs, HookResolveIdOutput,
    HookResolveIdReturn, HookUsage, Plugin, PluginContext, SharedLoadPluginContext,
};
use rolldown::{InputItem, ModuleType, OutputFormat};

use crate::bundling::{BundlingError, Job, run};
use crate::dependency::has_package;

/// Tailwind plugins that may come with a set.
pub(crate) const PLUGINS: [&str; 6] = [
    "@tailwindcss/aspect-ratio",
    "@tailwindcss/container-queries",
    "@tailwindcss/forms",
    "@tailwindcss/line-clamp",
    "@tailwindcss/typography",
    "tailwindcss-animate",
];

const DRIVER: &str = include_str!("driver.js");

/// Parts of Node that Tailwind and PostCSS ask for and do not need here.
const BUILTINS: [&str; 14] = [
    "assert",
    "crypto",
    "fs",
    "module",
    "os",
    "path",
    "perf_hooks",
    "process",
    "stream",
    "tty",
    "url",
    "util",
    "v8",
    "worker_threads",
];

/// Stands for `fs`: Tailwind reads one file, its reset style sheet.
const FS: &str = "module.exports = { promises: {}, readFileSync: (path) => { \
    if (String(path).endsWith('preflight.css')) return globalThis.pageloomPreflight; \
    throw new Error('there are no files') } }";
const PATH: &str = "const join = (...parts) => parts.filter(Boolean).join('/'); \
    module.exports = { join, resolve: join, dirname: (p) => p, basename: (p) => p, \
    extname: () => '', relative: (from, to) => to, isAbsolute: (p) => p[0] === '/', sep: '/' }";

/// Tells a script from one that another version of ours made of the same Tailwind.
pub(crate) fn driver_id() -> String {
    let mut hasher = blake3::Hasher::new();
    for part in [DRIVER, FS, PATH].iter().chain(&PLUGINS).chain(&BUILTINS) {
        hasher.update(part.as_bytes()).update(b"\n");
    }
    hasher.finalize().to_hex().chars().take(12).collect()
}

#[derive(Debug)]
struct Parts {
    plugins: Vec<&'static str>,
}

impl Plugin for Parts {
    fn name(&self) -> std::borrow::Cow<'static, str> {
        "pageloom:tailwind".into()
    }

    fn register_hook_usage(&self) -> HookUsage {
        HookUsage::ResolveId | HookUsage::Load
    }

    async fn resolve_id(
        &self,
        _context: &PluginContext,
        args: &HookResolveIdArgs<'_>,
    ) -> HookResolveIdReturn {
        let specifier = args.specifier;
        let name = specifier.strip_prefix("node:").unwrap_or(specifier);
        let ours = specifier.starts_with("pageloom:")
            || BUILTINS.contains(&name)
            || matches!(name, "chokidar" | "fast-glob" | "jiti" | "nanoid/non-secure");
        Ok(ours.then(|| HookResolveIdOutput::from_id(format!("\0part:{name}"))))
    }

    async fn load(
        &self,
        _context: SharedLoadPluginContext,
        args: &HookLoadArgs<'_>,
    ) -> HookLoadReturn {
        let Some(name) = args.id.strip_prefix("\0part:") else { return Ok(None) };
        let code = match name {
            "pageloom:driver" => DRIVER.to_owned(),
            "pageloom:plugins" => {
                let listed: String = self
                    .plugins
                    .iter()
                    .map(|name| format!("'{name}': require('{name}'),"))
                    .collect();
                format!("module.exports = {{ {listed} }}")
            }
            "fs" => FS.to_owned(),
            "path" => PATH.to_owned(),
            "nanoid/non-secure" => "module.exports = { nanoid: () => 'id' }".to_owned(),
            _ => "module.exports = {}".to_owned(),
        };
        let module_type = Some(ModuleType::Js);
        Ok(Some(HookLoadOutput { code: code.into(), module_type, ..Default::default() }))
    }
}

/// A set's Tailwind as one script, and its reset style sheet.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct TailwindScript {
    pub(crate) code: String,
    pub(crate) preflight: String,
    /// Plugins that configurations may name.
    pub(crate) plugins: Vec<String>,
}

/// Bundles the Tailwind CSS 3 of the set installed at `folder`; `None` when it has none.
pub(crate) async fn bundle_tailwind(
    folder: &Path,
) -> Result<Option<TailwindScript>, BundlingError> {
    let css = folder.join("node_modules/tailwindcss/lib/css/preflight.css");
    let Ok(preflight) = std::fs::read_to_string(css) else { return Ok(None) };
    let plugins: Vec<&str> = PLUGINS.into_iter().filter(|name| has_package(folder, name)).collect();
    let named = plugins.iter().map(|&name| name.to_owned()).collect();
    let job = Job {
        folder: folder.to_owned(),
        input: vec![InputItem { name: Some("tailwind".into()), import: "pageloom:driver".into() }],
        format: OutputFormat::Iife,
        minify: true,
        define: vec![("__dirname".into(), "\"/tailwind\"".into())],
        ..Job::default()
    };
    let output = run(job, vec![std::sync::Arc::new(Parts { plugins })]).await?;
    let code = output.chunks.into_iter().map(|chunk| chunk.code).next().unwrap_or_default();
    Ok(Some(TailwindScript { code, preflight, plugins: named }))
}
