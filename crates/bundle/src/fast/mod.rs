//! The fast builder: a project becomes a site without Node, without a server and without running a
//! line of its code outside a sealed engine.
//!
//! `page -> modules -> style sheets -> site`. What only Vite itself can do is named, so that the
//! exact builder can take over.

pub(crate) mod assets;
mod classes;
mod environment;
mod modules;
mod names;
mod page;
mod resolve;
mod sheets;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use pageloom_build::{
    PostcssConfig, ViteConfig, config_problem, read_package_json, read_postcss_config,
    read_vite_config, tailwind_config_path, tsconfig_jsx, tsconfig_problem, unsupported_features,
};
use pageloom_schema::{BuildErrorClass, BuildProblem, Project, SitePath};
use rolldown::{BundlerTransformOptions, Either, InputItem, JsxOptions};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use self::environment::Environment;
use self::modules::{Findings, INLINE, Modules, ROOT};
use self::page::{Insertion, Loads, Page};
use self::resolve::{Resolver, Target, split_query};
use self::sheets::{Sheets, in_order};
use crate::bundling::{Bundled, Job, run};
use crate::dependency::package_of;
use crate::parts::{Chosen, Shelf, choose};
use crate::styles::tailwind::{Config, Content, Sheet, StyleFault, Tailwind};
use crate::vendor::VendorManifest;

/// What one build needs to know beside the project.
pub(crate) struct Surroundings<'s> {
    /// Where the dependency set is installed.
    pub(crate) folder: &'s Path,
    /// Packages that the project may import.
    pub(crate) allowed: Arc<BTreeSet<String>>,
    pub(crate) vendor: Arc<VendorManifest>,
    /// The same in parts.
    pub(crate) parts: Arc<Shelf>,
    /// The vendor bundle's name in addresses.
    pub(crate) vendor_key: &'s str,
    pub(crate) tailwind: Option<&'s mut Tailwind>,
}

/// What came of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum FastOutcome {
    /// A site, without the files of the vendor bundle.
    Built(FastSite),
    /// The project is at fault.
    Failed(Vec<BuildProblem>),
    /// The vendor bundle lacks these specifiers.
    Wanted(Vec<String>),
    /// Only the exact builder can build this, for these reasons.
    Unsupported(Vec<String>),
}

/// The files of a built site.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct FastSite {
    pub(crate) files: BTreeMap<SitePath, ByteBuf>,
    pub(crate) entry: SitePath,
    /// Files of the vendor bundle that it loads as they are, and the folder of the site they go to.
    pub(crate) vendor_files: Vec<String>,
    pub(crate) vendor_folder: String,
}

/// Why a build stopped.
enum Stop {
    Problems(Vec<BuildProblem>),
    Unsupported(Vec<String>),
}

impl From<BuildProblem> for Stop {
    fn from(problem: BuildProblem) -> Self {
        Self::Problems(vec![problem])
    }
}

impl From<StyleFault> for Stop {
    fn from(fault: StyleFault) -> Self {
        match fault {
            StyleFault::Problem(problem) => problem.into(),
            StyleFault::Unsupported(reason) => Self::Unsupported(vec![reason]),
        }
    }
}

/// Builds a project.
pub(crate) async fn build(project: Arc<Project>, surroundings: Surroundings<'_>) -> FastOutcome {
    match attempt(project, surroundings).await {
        Ok(outcome) => outcome,
        Err(Stop::Problems(problems)) => FastOutcome::Failed(problems),
        Err(Stop::Unsupported(reasons)) => FastOutcome::Unsupported(reasons),
    }
}

/// A project's configuration, read as data.
struct Setup {
    /// Packages that the manifest names.
    declared: BTreeSet<String>,
    config: Arc<ViteConfig>,
    postcss: PostcssConfig,
    /// Address of the site, with a slash at its end.
    base: String,
    /// The folder of the files that the base stands for, empty or with a slash at its end.
    mount: String,
    environment: Environment,
}

fn set_up(project: &Project) -> Result<Setup, Stop> {
    let manifest = read_package_json(project)?;
    let declared = manifest.all_dependencies().into_keys().map(str::to_owned).collect();
    if let Some(problem) = config_problem(project) {
        return Err(problem.into());
    }
    let named = |list: Vec<pageloom_build::Unsupported>| {
        Stop::Unsupported(list.iter().map(ToString::to_string).collect())
    };
    let config = read_vite_config(project).map_err(named)?;
    let postcss = read_postcss_config(project).map_err(|found| named(vec![found]))?;
    let features = unsupported_features(project);
    if !features.is_empty() {
        return Err(named(features));
    }
    if !config.root.is_empty() {
        return Err(Stop::Unsupported(vec!["`root`".to_owned()]));
    }
    let base = match config.base.as_deref().unwrap_or("/") {
        "" | "." | "./" | "/" => "/".to_owned(),
        base if base.starts_with('/') && !base.starts_with("//") => {
            format!("/{}/", base.trim_matches('/'))
        }
        other => return Err(Stop::Unsupported(vec![format!("`base: {other}`")])),
    };
    let mount = base.trim_start_matches('/').to_owned();
    let environment = Environment::read(project, &base);
    Ok(Setup { declared, config: Arc::new(config), postcss, base, mount, environment })
}

async fn attempt(project: Arc<Project>, mut around: Surroundings<'_>) -> Result<FastOutcome, Stop> {
    let setup = set_up(&project)?;
    let html = project.text("index.html").ok_or_else(|| {
        BuildProblem::new(BuildErrorClass::UnresolvedImport, "there is no index.html")
    })?;
    let html = setup.environment.in_page(html);
    let page = Page::read(&html);
    let resolver = Resolver::new(&project, &setup.config);

    let mut findings = Findings::default();
    let mut insertion = Insertion::default();
    let mut inline = vec![String::new()];
    let mut entry = String::new();
    for load in page.loads() {
        match load {
            Loads::Inline(code) => {
                entry += &format!("import '/{INLINE}{}.js';\n", inline.len());
                inline.push(code.clone());
            }
            Loads::Module(address) | Loads::Style(address) => {
                let (bare, _) = split_query(address);
                match resolver.resolve_address("index.html", bare) {
                    Target::File(path) => {
                        let path = serde_json::Value::String(format!("/{path}"));
                        entry += &format!("import {path};\n");
                    }
                    Target::Public(_) if matches!(load, Loads::Style(_)) => {
                        insertion.kept_styles.push(address.clone());
                    }
                    Target::Public(_) => {
                        return Err(Stop::Unsupported(vec![format!(
                            "the public script `{address}`"
                        )]));
                    }
                    // A sheet that is not there is left to the browser, a script is not.
                    Target::Missing | Target::Package(_) | Target::Remote
                        if matches!(load, Loads::Style(_)) =>
                    {
                        insertion.kept_styles.push(address.clone());
                    }
                    _ => {
                        let message = format!("`{address}` is not found, loaded by index.html");
                        let problem =
                            BuildProblem::new(BuildErrorClass::UnresolvedImport, &message);
                        findings.problems.insert(problem.at("index.html", None));
                    }
                }
            }
        }
    }
    inline[0] = entry;
    if inline.len() > 1 {
        let found = unsupported_features(&inline_sources(&inline));
        if !found.is_empty() {
            return Err(Stop::Unsupported(found.iter().map(ToString::to_string).collect()));
        }
    }
    let findings = Arc::new(Mutex::new(findings));
    let vendor_folder = format!("{}assets/vendor-{}/", setup.mount, around.vendor_key);
    let modules = Modules {
        project: Arc::clone(&project),
        config: Arc::clone(&setup.config),
        vendor: Arc::clone(&around.vendor),
        allowed: Arc::clone(&around.allowed),
        vendor_address: format!("/{vendor_folder}"),
        base: setup.base.clone(),
        inline,
        findings: Arc::clone(&findings),
    };
    let entry = format!("{ROOT}/{INLINE}0.js");
    let job = Job {
        folder: ROOT.into(),
        input: vec![InputItem { name: Some("index".into()), import: entry.clone() }],
        define: setup.environment.definitions(&setup.config),
        transform: jsx(&project, &setup.config),
        ..Job::default()
    };
    let outcome = run(job, vec![Arc::new(modules)]).await;
    let mut findings =
        std::mem::take(&mut *findings.lock().unwrap_or_else(PoisonError::into_inner));
    if !findings.unsupported.is_empty() {
        return Err(Stop::Unsupported(findings.unsupported.into_iter().collect()));
    }
    // Vite meets it at the first source that it compiles, which is before all else.
    let known = |name: &str| {
        let package = package_of(name);
        around.allowed.contains(package) || setup.declared.contains(package)
    };
    let mut sources = findings.typescript.iter();
    if let Some(problem) = sources.find_map(|path| tsconfig_problem(&project, path, known)) {
        return Err(problem.into());
    }
    let mut problems = std::mem::take(&mut findings.problems);
    let bundled = match outcome {
        Ok(bundled) => bundled,
        Err(error) => {
            problems.extend(error.0);
            Bundled::default()
        }
    };
    if !problems.is_empty() {
        return Err(Stop::Problems(problems.into_iter().collect()));
    }
    if !findings.wanted.is_empty() {
        return Ok(FastOutcome::Wanted(findings.wanted.into_iter().collect()));
    }

    let missing = names::missing(&bundled, &findings, &around.vendor, &project);
    if !missing.is_empty() {
        return Err(Stop::Problems(missing));
    }
    let wanted = names::wanted(&bundled, &findings, &vendor_folder);
    let first = names::loaded_first(&bundled, &entry, &findings, &around.vendor, &vendor_folder);

    let (now, later) = in_order(&entry, &findings.imports);
    let sheets = Sheets {
        project: &project,
        resolver: Resolver::new(&project, &setup.config),
        folder: around.folder,
        allowed: &around.allowed,
        base: &setup.base,
    };
    let all: Vec<&String> = now.iter().chain(later.values().flatten()).collect();
    let mut read = Vec::new();
    for module in &all {
        let (path, css) = sheets.read(module, &mut findings.assets)?;
        read.push(Sheet { path, css });
    }
    let processed = process(&project, &setup, &mut around, read).await?;
    let mut styles: BTreeMap<&str, String> =
        all.iter().map(|module| module.as_str()).zip(processed).collect();

    let mut files: BTreeMap<SitePath, ByteBuf> = BTreeMap::new();
    let mut add = |path: String, bytes: Vec<u8>| {
        if let Ok(path) = SitePath::new(&path) {
            files.insert(path, ByteBuf::from(bytes));
        }
    };
    let sheet: String = now
        .iter()
        .filter_map(|module| styles.remove(module.as_str()))
        .map(|css| css + "\n")
        .collect();
    if !sheet.trim().is_empty() {
        insertion.styles.push(format!("{}assets/index.css", setup.base));
        add(format!("{}assets/index.css", setup.mount), hoisted(&sheet).into_bytes());
    }
    for chunk in bundled.chunks {
        if chunk.is_entry && chunk.facade.as_deref() == Some(entry.as_str()) {
            insertion.modules.push(format!("{}assets/{}", setup.base, chunk.file));
        }
        let own = chunk.modules.iter().filter_map(|module| later.get(module)).flatten();
        let css: String = own.filter_map(|module| styles.get(module.as_str())).cloned().collect();
        let code = if css.is_empty() { chunk.code } else { with_style(&css, &chunk.code) };
        add(format!("{}assets/{}", setup.mount, chunk.file), code.into_bytes());
    }
    for address in page.addresses() {
        let (bare, rest) = address.split_at(address.find(['?', '#']).unwrap_or(address.len()));
        let placed = match resolver.resolve_address("index.html", bare) {
            Target::File(path) => {
                project.file(&path).map(|bytes| findings.assets.add(&path, bytes))
            }
            Target::Public(path) => Some(path),
            _ => None,
        };
        if let Some(placed) = placed {
            insertion.addresses.insert(address.to_owned(), format!("{}{placed}{rest}", setup.base));
        }
    }
    for (path, bytes) in std::mem::take(&mut findings.assets).into_files() {
        add(format!("{}{path}", setup.mount), bytes.to_vec());
    }
    if let Some(public) = &setup.config.public_dir {
        let start = format!("{public}/");
        for (path, bytes) in project.files() {
            if let Some(rest) = path.as_str().strip_prefix(&start) {
                add(format!("{}{rest}", setup.mount), bytes.to_vec());
            }
        }
    }
    let chosen = choose(&|file| around.parts.get(file), &around.vendor.chunks, wanted);
    // Named in the page, they all come at once, and not each when the one before it was read.
    let first = first.iter().filter(|file| chosen.contains_key(*file));
    insertion.preloads = first.map(|file| format!("/{vendor_folder}{file}")).collect();
    let entry = format!("{}index.html", setup.mount);
    add(entry.clone(), page.rewritten(&insertion).into_bytes());
    let mut vendor_files = Vec::new();
    for (file, chosen) in chosen {
        match chosen {
            Chosen::Whole => vendor_files.push(file),
            Chosen::Parts(code) => add(format!("{vendor_folder}{file}"), code.into_bytes()),
        }
    }
    let entry = SitePath::new(&entry)
        .map_err(|error| BuildProblem::new(BuildErrorClass::BadConfig, &error.to_string()))?;
    Ok(FastOutcome::Built(FastSite { files, entry, vendor_files, vendor_folder }))
}

/// The scripts in a page, as sources to be checked like any other.
fn inline_sources(scripts: &[String]) -> Project {
    let mut project = Project::default();
    for (index, code) in scripts.iter().enumerate().skip(1) {
        if let Ok(path) = SitePath::new(&format!("{INLINE}{index}.js")) {
            project.insert(path, Arc::from(code.as_bytes()));
        }
    }
    project
}

/// How JSX is compiled: with a React plugin as React 17 and later have it, else as the compiler
/// options say, which without any is `React.createElement`.
fn jsx(project: &Project, config: &ViteConfig) -> BundlerTransformOptions {
    let told = tsconfig_jsx(project);
    let automatic =
        config.react_plugin || matches!(told.jsx.as_deref(), Some("react-jsx" | "react-jsxdev"));
    let options = JsxOptions {
        runtime: Some(if automatic { "automatic" } else { "classic" }.to_owned()),
        import_source: told.jsx_import_source.filter(|_| automatic),
        ..JsxOptions::default()
    };
    BundlerTransformOptions {
        jsx: Some(Either::Right(options)),
        ..BundlerTransformOptions::default()
    }
}

/// Runs PostCSS and Tailwind where the project has them.
async fn process(
    project: &Arc<Project>,
    setup: &Setup,
    around: &mut Surroundings<'_>,
    sheets: Vec<Sheet>,
) -> Result<Vec<String>, Stop> {
    if !setup.postcss.present || sheets.is_empty() {
        return Ok(sheets.into_iter().map(|sheet| sheet.css).collect());
    }
    if setup.postcss.tailwind && !around.allowed.contains("tailwindcss") {
        let message = "the PostCSS configuration asks for `tailwindcss`, which is not declared";
        return Err(BuildProblem::new(BuildErrorClass::BadConfig, message).into());
    }
    let Some(tailwind) = around.tailwind.as_deref_mut() else {
        return Err(Stop::Unsupported(vec!["PostCSS without Tailwind CSS 3".to_owned()]));
    };
    if !setup.postcss.tailwind {
        return Ok(tailwind.process(None, &[], &sheets)?);
    }
    let (config, content) = match tailwind_config_path(project) {
        Some(path) => {
            let source = classes::config_source(project, path).await.map_err(Stop::Problems)?;
            let config = tailwind.evaluate(path, &source)?;
            let content = match &config {
                Config::Data(data) => data.get("content").cloned().unwrap_or_default(),
                Config::Code { content, .. } => content.clone(),
            };
            (config, content)
        }
        None => (Config::Data(serde_json::json!({})), serde_json::Value::Null),
    };
    let content: Vec<Content> =
        classes::contents(project, &content).map_err(|reason| Stop::Unsupported(vec![reason]))?;
    Ok(tailwind.process(Some(&config), &content, &sheets)?)
}

/// Imports of other hosts move to the front of a sheet, where alone they are valid.
fn hoisted(css: &str) -> String {
    use crate::styles::sheet::{Named, named};
    let mut imports = String::new();
    let mut rest = String::new();
    let mut at = 0;
    for found in named(css) {
        if let Named::Import { place, .. } = found {
            rest.push_str(css.get(at..place.start).unwrap_or_default());
            imports.push_str(css.get(place.clone()).unwrap_or_default());
            imports.push('\n');
            at = place.end;
        }
    }
    rest.push_str(css.get(at..).unwrap_or_default());
    imports + &rest
}

/// A script that brings its style sheet along when it is loaded.
fn with_style(css: &str, code: &str) -> String {
    let css = serde_json::Value::String(css.to_owned());
    format!(
        "{{ const style = document.createElement('style'); style.textContent = {css}; \
         document.head.append(style); }}\n{code}"
    )
}
