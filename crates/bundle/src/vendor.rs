//! Vendor bundles: the packages of a dependency set as browser modules, bundled once and shared by
//! every project that uses the set. Each specifier is an entry; code they share is in chunks of its
//! own, so a package is there once, whoever imports it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pageloom_schema::BuildProblem;
use rolldown::plugin::{
    HookLoadArgs, HookLoadOutput, HookLoadReturn, HookNoopReturn, HookResolveIdArgs,
    HookResolveIdOutput, HookResolveIdReturn, HookUsage, Plugin, PluginContext,
    SharedLoadPluginContext,
};
use rolldown::{InputItem, ModuleType};
use rolldown_common::{ModuleInfo, NormalModule};
use serde::{Deserialize, Serialize};

use crate::bundling::{Bundled, BundlingError, Job, run};
use crate::dependency::{has_package, is_builtin, package_of};
use crate::fast::assets::is_asset;
use crate::minify::minified;
use crate::parts::{FileParts, take_apart};
use crate::styles::engine::Engine;

/// The file of a vendor bundle that holds its [`VendorManifest`].
pub(crate) const MANIFEST: &str = "manifest.json";

/// How long the names of one package's exports may take to find out.
const NAMES_LIMIT: Duration = Duration::from_secs(10);

/// One specifier of a vendor bundle.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct VendorEntry {
    /// Its file, beside the manifest.
    pub(crate) file: String,
    /// What it exports, sorted; `default` among them.
    pub(crate) exports: Vec<String>,
    /// It brings what only Vite can build: a style sheet that its script imports, or a module that
    /// could not be bundled here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) needs_exact: Option<String>,
}

/// What a vendor bundle holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct VendorManifest {
    pub(crate) entries: BTreeMap<String, VendorEntry>,
    /// Files and the files they import.
    pub(crate) chunks: BTreeMap<String, Vec<String>>,
    /// Specifiers that name nothing in the set.
    pub(crate) unresolved: Vec<String>,
}

/// A vendor bundle and its files.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct VendorBundle {
    pub(crate) manifest: VendorManifest,
    /// The files as they are loaded when a site needs the whole of one.
    pub(crate) files: BTreeMap<String, String>,
    /// The same in parts.
    pub(crate) parts: BTreeMap<String, FileParts>,
}

/// The chunks of a vendor bundle and what was noticed of its modules.
#[derive(Debug, Default)]
struct Raw {
    bundled: Bundled,
    noticed: Noticed,
}

#[derive(Clone, Debug, Default)]
struct Noticed {
    /// Modules that import a style sheet.
    styled: BTreeSet<String>,
    /// Modules that have no effect by being loaded, as the bundler's comments name them.
    free: BTreeSet<String>,
}

/// Bundles `specifiers` of the set installed at `folder`.
pub(crate) async fn bundle_vendor(
    folder: &Path,
    specifiers: &[String],
) -> Result<VendorBundle, BundlingError> {
    let (there, unresolved): (Vec<_>, Vec<_>) =
        specifiers.iter().cloned().partition(|name| has_package(folder, package_of(name)));
    let mut manifest = VendorManifest { unresolved, ..VendorManifest::default() };
    let mut facades: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut usable = there;
    let first = loop {
        match bundle(folder, &usable, &facades).await {
            Ok(first) => break first,
            // One package that cannot be bundled must not take the others with it.
            Err(error) if usable.len() > 1 => {
                let mut kept = Vec::new();
                for name in &usable {
                    match bundle(folder, std::slice::from_ref(name), &facades).await {
                        Ok(_) => kept.push(name.clone()),
                        Err(error) => exclude(&mut manifest, name, &error),
                    }
                }
                if kept.len() == usable.len() {
                    return Err(error);
                }
                usable = kept;
            }
            Err(error) => {
                if let Some(name) = usable.pop() {
                    exclude(&mut manifest, &name, &error);
                } else {
                    return Ok(VendorBundle { manifest, ..VendorBundle::default() });
                }
            }
        }
    };
    let mut unknown = Vec::new();
    for name in &usable {
        let Some(chunk) = first.bundled.chunks.iter().find(|chunk| chunk.file == file_name(name))
        else {
            continue;
        };
        // A CommonJS module exports one object; which names it has is only known by running it.
        if chunk.code.contains("export default require_") {
            match names_of(&first.bundled, &chunk.file) {
                Some(names) => drop(facades.insert(name.clone(), names)),
                None => unknown.push(name.clone()),
            }
        }
    }
    let Raw { bundled, noticed } = bundle(folder, &usable, &facades).await?;
    for name in &usable {
        let file = file_name(name);
        let Some(chunk) = bundled.chunks.iter().find(|chunk| chunk.file == file) else { continue };
        let mut exports = chunk.exports.clone();
        exports.sort();
        let styled = noticed.styled.iter().any(|importer| chunk_holds(&bundled, &file, importer));
        let needs_exact = if styled {
            Some(format!("`{name}` imports a style sheet"))
        } else {
            unknown.contains(name).then(|| format!("the names of `{name}` are not known"))
        };
        manifest.entries.insert(name.clone(), VendorEntry { file, exports, needs_exact });
    }
    let mut files = BTreeMap::new();
    let mut parts = BTreeMap::new();
    for chunk in bundled.chunks {
        let imports = chunk.imports.iter().chain(&chunk.dynamic_imports).cloned().collect();
        manifest.chunks.insert(chunk.file.clone(), imports);
        if let Some(taken) = take_apart(&chunk.code, &noticed.free, &chunk.dynamic_imports) {
            parts.insert(chunk.file.clone(), taken.minified());
        }
        let code = minified(&chunk.code).unwrap_or(chunk.code);
        files.insert(chunk.file, code);
    }
    Ok(VendorBundle { manifest, files, parts })
}

fn exclude(manifest: &mut VendorManifest, name: &str, error: &BundlingError) {
    let unresolved = error.0.iter().any(|problem: &BuildProblem| {
        problem.class == pageloom_schema::BuildErrorClass::UnresolvedImport
            && problem.message.contains(name)
    });
    if unresolved {
        manifest.unresolved.push(name.to_owned());
    } else {
        let needs_exact = Some(format!("`{name}` cannot be bundled apart: {error}"));
        manifest
            .entries
            .insert(name.to_owned(), VendorEntry { needs_exact, ..VendorEntry::default() });
    }
}

/// True when `file` or a chunk it loads holds the module.
fn chunk_holds(bundled: &Bundled, file: &str, module: &str) -> bool {
    let mut waiting = vec![file];
    let mut seen = std::collections::BTreeSet::new();
    while let Some(file) = waiting.pop() {
        let Some(chunk) = bundled.chunks.iter().find(|chunk| chunk.file == file) else { continue };
        if chunk.modules.iter().any(|id| id == module) {
            return true;
        }
        if seen.insert(file) {
            waiting.extend(chunk.imports.iter().map(String::as_str));
        }
    }
    false
}

fn file_name(specifier: &str) -> String {
    format!("{}.js", entry_name(specifier))
}

fn entry_name(specifier: &str) -> String {
    specifier.trim_start_matches('@').replace('/', "__")
}

async fn bundle(
    folder: &Path,
    specifiers: &[String],
    facades: &BTreeMap<String, Vec<String>>,
) -> Result<Raw, BundlingError> {
    let noticed = Arc::new(Mutex::new(Noticed::default()));
    let input = specifiers.iter().map(|specifier| InputItem {
        name: Some(entry_name(specifier)),
        import: match facades.contains_key(specifier) {
            true => format!("pageloom-facade:{specifier}"),
            false => specifier.clone(),
        },
    });
    let job = Job { folder: folder.to_owned(), input: input.collect(), ..Job::default() };
    let packages = Packages {
        folder: folder.to_owned(),
        facades: facades.clone(),
        noticed: Arc::clone(&noticed),
    };
    let bundled = run(job, vec![Arc::new(packages)]).await?;
    let noticed = std::mem::take(&mut *noticed.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(Raw { bundled, noticed })
}

#[derive(Debug)]
struct Packages {
    folder: PathBuf,
    facades: BTreeMap<String, Vec<String>>,
    noticed: Arc<Mutex<Noticed>>,
}

impl Packages {
    fn noticed(&self) -> MutexGuard<'_, Noticed> {
        self.noticed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Plugin for Packages {
    fn name(&self) -> std::borrow::Cow<'static, str> {
        "pageloom:vendor".into()
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
        if let Some(name) = specifier.strip_prefix("pageloom-facade:") {
            return Ok(Some(HookResolveIdOutput::from_id(format!("\0facade:{name}"))));
        }
        let name = specifier.strip_prefix("node:").unwrap_or(specifier);
        if is_builtin(name) && (name != specifier || !has_package(&self.folder, name)) {
            return Ok(Some(HookResolveIdOutput::from_id(format!("\0builtin:{name}"))));
        }
        if specifier.ends_with(".css") {
            if let Some(importer) = args.importer {
                self.noticed().styled.insert(importer.to_owned());
            }
            return Ok(Some(HookResolveIdOutput::from_id(format!("\0style:{specifier}"))));
        }
        Ok(None)
    }

    async fn load(
        &self,
        _context: SharedLoadPluginContext,
        args: &HookLoadArgs<'_>,
    ) -> HookLoadReturn {
        if is_asset(args.id) {
            return Ok(None);
        }
        let Some(id) = args.id.strip_prefix('\0') else { return Ok(None) };
        let code = if let Some(name) = id.strip_prefix("facade:") {
            let names = self.facades.get(name).map(Vec::as_slice).unwrap_or_default();
            facade(name, names)
        } else if id.starts_with("builtin:") {
            "module.exports = {}".to_owned()
        } else if id.starts_with("style:") {
            String::new()
        } else {
            return Ok(None);
        };
        let module_type = Some(ModuleType::Js);
        Ok(Some(HookLoadOutput { code: code.into(), module_type, ..Default::default() }))
    }

    async fn module_parsed(
        &self,
        _context: &PluginContext,
        _info: Arc<ModuleInfo>,
        module: &NormalModule,
    ) -> HookNoopReturn {
        if !module.ecma_view.side_effects.has_side_effects() {
            self.noticed().free.insert(module.debug_id.clone());
        }
        Ok(())
    }
}

/// A module that gives the names of a CommonJS module as exports of its own.
fn facade(specifier: &str, names: &[String]) -> String {
    let mut code = format!("import * as all from {specifier:?};\nexport default all.default;\n");
    for (index, name) in names.iter().enumerate() {
        // A binding of our own, as the name may be a reserved word.
        code +=
            &format!("const part{index} = all[{name:?}];\nexport {{ part{index} as {name} }};\n");
    }
    code
}

/// The names that the CommonJS module behind `file` has, found out by running it.
fn names_of(bundled: &Bundled, file: &str) -> Option<Vec<String>> {
    let engine = Engine::new().ok()?;
    let modules = bundled.chunks.iter().map(|chunk| (chunk.file.clone(), chunk.code.clone()));
    let listed = engine.names_of_default(modules.collect(), file, NAMES_LIMIT).ok()?;
    let mut names: Vec<String> =
        listed.into_iter().filter(|name| is_identifier(name) && name != "default").collect();
    names.sort();
    names.dedup();
    Some(names)
}

fn is_identifier(name: &str) -> bool {
    let start = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '$');
    start && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$')
}
