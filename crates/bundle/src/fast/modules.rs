//! The project as rolldown sees it: files in memory, packages as addresses of vendor bundles.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pageloom_build::{ViteConfig, nesting_problem};
use pageloom_schema::{BuildErrorClass, BuildProblem, Project};
use rolldown::ModuleType;
use rolldown::plugin::{
    HookLoadArgs, HookLoadOutput, HookLoadReturn, HookNoopReturn, HookResolveIdArgs,
    HookResolveIdOutput, HookResolveIdReturn, HookUsage, Plugin, PluginContext,
    SharedLoadPluginContext,
};
use rolldown_common::side_effects::HookSideEffects;
use rolldown_common::{ModuleInfo, NormalModule, ResolvedExternal};

use super::assets::{Assets, is_asset};
use super::resolve::{Resolver, Target, split_query};
use crate::dependency::is_builtin;
use crate::vendor::VendorManifest;

/// Where the project seems to lie. Nothing is ever read from there.
pub(crate) const ROOT: &str = "/project";
/// Before the path of a style sheet in a module's name.
pub(crate) const STYLE: &str = "\0style:";
/// Before the name of a page's inline script.
pub(crate) const INLINE: &str = "inline-script-";

/// CommonJS: any name may be imported of it, as the build has failed already.
const EMPTY: &str = "module.exports = {};";

/// What a build found out about its modules.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) problems: BTreeSet<BuildProblem>,
    pub(crate) assets: Assets,
    /// Specifiers of packages that the vendor bundle does not have.
    pub(crate) wanted: BTreeSet<String>,
    /// What only the exact builder can do.
    pub(crate) unsupported: BTreeSet<String>,
    /// Modules and what each imports, in order: the name, and whether at once or later.
    pub(crate) imports: BTreeMap<String, (Vec<String>, Vec<String>)>,
    /// TypeScript sources among the modules.
    pub(crate) typescript: BTreeSet<String>,
    /// Files of the vendor bundle that are imported, and by which specifier.
    pub(crate) vendor_files: BTreeMap<String, String>,
}

/// The plugin.
#[derive(Debug)]
pub(crate) struct Modules {
    pub(crate) project: Arc<Project>,
    pub(crate) config: Arc<ViteConfig>,
    pub(crate) vendor: Arc<VendorManifest>,
    /// Packages that the project may import: what it declares, and what those bring.
    pub(crate) allowed: Arc<BTreeSet<String>>,
    /// Address of the folder of the vendor bundle's files, with a slash at its end.
    pub(crate) vendor_address: String,
    /// Address of the site, with a slash at its end.
    pub(crate) base: String,
    pub(crate) inline: Vec<String>,
    pub(crate) findings: Arc<Mutex<Findings>>,
}

impl Modules {
    fn findings(&self) -> MutexGuard<'_, Findings> {
        self.findings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unresolved(&self, importer: &str, specifier: &str) -> HookResolveIdOutput {
        let message = format!("`{specifier}` is not found, imported by {importer}");
        let line = self.project.text(importer).and_then(|text| line_of(text, specifier));
        let problem = BuildProblem::new(BuildErrorClass::UnresolvedImport, &message);
        self.findings().problems.insert(problem.at(importer, line));
        HookResolveIdOutput::from_id("\0missing")
    }

    fn package(&self, importer: &str, specifier: &str) -> HookResolveIdOutput {
        let package = crate::dependency::package_of(specifier);
        if is_builtin(specifier) && !self.allowed.contains(package) {
            return HookResolveIdOutput::from_id("\0builtin");
        }
        if !self.allowed.contains(package)
            || self.vendor.unresolved.iter().any(|name| name == specifier)
        {
            return self.unresolved(importer, specifier);
        }
        let (bare, query) = split_query(specifier);
        if bare.ends_with(".css") && query.is_empty() {
            return HookResolveIdOutput::from_id(format!("{STYLE}package:{bare}"));
        }
        if is_asset(bare) || !query.is_empty() {
            self.findings().unsupported.insert(format!("`{specifier}`, a file of a package"));
            return HookResolveIdOutput::from_id("\0missing");
        }
        match self.vendor.entries.get(specifier) {
            Some(entry) => {
                if let Some(reason) = &entry.needs_exact {
                    self.findings().unsupported.insert(reason.clone());
                    return HookResolveIdOutput::from_id("\0missing");
                }
                self.findings().vendor_files.insert(entry.file.clone(), specifier.to_owned());
                let address = format!("{}{}", self.vendor_address, entry.file);
                HookResolveIdOutput {
                    id: address.into(),
                    external: Some(ResolvedExternal::Bool(true)),
                    normalize_external_id: Some(false),
                    ..HookResolveIdOutput::default()
                }
            }
            None => {
                self.findings().wanted.insert(specifier.to_owned());
                HookResolveIdOutput::from_id("\0missing")
            }
        }
    }

    fn load_project_file(&self, path: &str, query: &str) -> Option<HookLoadOutput> {
        let bytes = self.project.file(path)?;
        let text = || String::from_utf8_lossy(bytes).into_owned();
        let script = |code: String, module_type: ModuleType| HookLoadOutput {
            code: code.into(),
            module_type: Some(module_type),
            side_effects: Some(HookSideEffects::True),
            ..HookLoadOutput::default()
        };
        let words: Vec<&str> = query.split('&').collect();
        if words.contains(&"raw") {
            let text = serde_json::Value::String(text());
            return Some(script(format!("export default {text};"), ModuleType::Js));
        }
        let url = words.contains(&"url");
        if !url && (query == "inline" && path.ends_with(".css")) || words.contains(&"worker") {
            self.findings().unsupported.insert(format!("`?{query}`"));
            return Some(script(String::new(), ModuleType::Js));
        }
        if url || is_asset(path) {
            let placed = self.findings().assets.add(path, bytes);
            let address = serde_json::Value::String(format!("{}{placed}", self.base));
            return Some(script(format!("export default {address};"), ModuleType::Js));
        }
        let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
        let module_type = match ending {
            "tsx" => ModuleType::Tsx,
            "ts" | "mts" | "cts" => ModuleType::Ts,
            "jsx" => ModuleType::Jsx,
            "json" => ModuleType::Json,
            // Whatever else is imported is read as a script, as with Vite.
            _ => ModuleType::Js,
        };
        if matches!(module_type, ModuleType::Ts | ModuleType::Tsx) {
            self.findings().typescript.insert(path.to_owned());
        }
        let code = text();
        if let Some(problem) = nesting_problem(path, &code) {
            self.findings().problems.insert(problem);
            return Some(script(EMPTY.to_owned(), ModuleType::Js));
        }
        Some(script(code, module_type))
    }
}

impl Plugin for Modules {
    fn name(&self) -> std::borrow::Cow<'static, str> {
        "pageloom:project".into()
    }

    fn register_hook_usage(&self) -> HookUsage {
        HookUsage::ResolveId | HookUsage::Load | HookUsage::ModuleParsed
    }

    async fn resolve_id(
        &self,
        _context: &PluginContext,
        args: &HookResolveIdArgs<'_>,
    ) -> HookResolveIdReturn {
        let specifier = args.specifier;
        // Entries, and what rolldown brings itself.
        let Some(importer) = args.importer else {
            return Ok(Some(HookResolveIdOutput::from_id(specifier)));
        };
        if specifier.starts_with('\0')
            || specifier.starts_with("rolldown:")
            || specifier.starts_with("@oxc-project/runtime")
        {
            return Ok(None);
        }
        let importer = importer.strip_prefix(ROOT).unwrap_or(importer).trim_start_matches('/');
        let (bare, query) = split_query(specifier);
        let resolver = Resolver::new(&self.project, &self.config);
        let output = match resolver.resolve(importer, bare) {
            Target::File(path) if path.ends_with(".css") && query.is_empty() => {
                HookResolveIdOutput::from_id(format!("{STYLE}{path}"))
            }
            Target::File(path) if query.is_empty() => {
                HookResolveIdOutput::from_id(format!("{ROOT}/{path}"))
            }
            Target::File(path) => HookResolveIdOutput::from_id(format!("{ROOT}/{path}?{query}")),
            Target::Public(path) => HookResolveIdOutput::from_id(format!("\0public:{path}")),
            Target::Package(_) => self.package(importer, specifier),
            Target::Remote => HookResolveIdOutput {
                id: specifier.into(),
                external: Some(ResolvedExternal::Bool(true)),
                normalize_external_id: Some(false),
                ..HookResolveIdOutput::default()
            },
            Target::Missing => self.unresolved(importer, specifier),
        };
        Ok(Some(output))
    }

    async fn load(
        &self,
        _context: SharedLoadPluginContext,
        args: &HookLoadArgs<'_>,
    ) -> HookLoadReturn {
        let script = |code: &str| HookLoadOutput {
            code: code.into(),
            module_type: Some(ModuleType::Js),
            side_effects: Some(HookSideEffects::True),
            ..HookLoadOutput::default()
        };
        if args.id.starts_with(STYLE) {
            return Ok(Some(script("export default '';")));
        }
        if args.id == "\0missing" || args.id == "\0builtin" {
            return Ok(Some(script(EMPTY)));
        }
        if let Some(path) = args.id.strip_prefix("\0public:") {
            let address = serde_json::Value::String(format!("{}{path}", self.base));
            return Ok(Some(script(&format!("export default {address};"))));
        }
        let Some(path) = args.id.strip_prefix(ROOT) else { return Ok(None) };
        let (path, query) = split_query(path.trim_start_matches('/'));
        if let Some(index) = path.strip_prefix(INLINE) {
            let index: usize = index.trim_end_matches(".js").parse().unwrap_or(usize::MAX);
            let code = self.inline.get(index).map(String::as_str).unwrap_or_default();
            if let Some(problem) = nesting_problem("index.html", code) {
                self.findings().problems.insert(problem);
                return Ok(Some(script(EMPTY)));
            }
            return Ok(Some(script(code)));
        }
        match self.load_project_file(path, query) {
            Some(output) => Ok(Some(output)),
            None => Err(anyhow::anyhow!("there is no file `{path}`")),
        }
    }

    async fn module_parsed(
        &self,
        _context: &PluginContext,
        info: Arc<ModuleInfo>,
        _module: &NormalModule,
    ) -> HookNoopReturn {
        let now = info.imported_ids.iter().map(|id| id.to_string()).collect();
        let later = info.dynamically_imported_ids.iter().map(|id| id.to_string()).collect();
        self.findings().imports.insert(info.id.to_string(), (now, later));
        Ok(())
    }
}

/// The line, from 1, of the first line of `text` that holds `part`.
pub(crate) fn line_of(text: &str, part: &str) -> Option<u32> {
    let index = text.lines().position(|line| line.contains(part))?;
    u32::try_from(index + 1).ok()
}
