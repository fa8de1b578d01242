//! The fast builder as others see it: a project and an installed set become a site.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pageloom_build::read_package_json;
use pageloom_packages::InstalledSet;
use pageloom_schema::{BuildErrorClass, BuildProblem, Builder, Project, Site, SitePath};
use serde_bytes::ByteBuf;

use crate::closure::{Needs, undeclared_tool};
use crate::dependency::{file_of, has_package};
use crate::fast::{FastOutcome, FastSite};
use crate::parts::parts_file;
use crate::styles::script::driver_id;
use crate::vendor::MANIFEST;
use crate::worker::wire::{BuildRequest, Reply, Request};
use crate::worker::{WorkerError, Workers};

/// Raised whenever vendor bundles come out otherwise.
const FORMAT: &str = "3";
/// How long the packages of a set may take to be bundled.
const VENDOR_LIMIT: Duration = Duration::from_secs(180);

/// Parts of packages that sites import beside the packages themselves.
const PARTS: [&str; 22] = [
    "@heroicons/react/16/solid",
    "@heroicons/react/20/solid",
    "@heroicons/react/24/outline",
    "@heroicons/react/24/solid",
    "chart.js/auto",
    "react-dom/client",
    "react-icons/ai",
    "react-icons/bi",
    "react-icons/bs",
    "react-icons/fa",
    "react-icons/fa6",
    "react-icons/fi",
    "react-icons/hi",
    "react-icons/hi2",
    "react-icons/io",
    "react-icons/io5",
    "react-icons/lu",
    "react-icons/md",
    "react-icons/ri",
    "react/jsx-runtime",
    "zustand/middleware",
    "zustand/shallow",
];

/// A built site.
#[derive(Clone, Debug)]
pub struct Built {
    /// Its files.
    pub site: Site,
    /// Who built it.
    pub builder: Builder,
    /// Why the fast builder did not, if it was asked first.
    pub fallback: Vec<String>,
}

/// Why there is no site.
#[derive(Clone, Debug, thiserror::Error)]
pub enum BuildFailure {
    /// The project does not build.
    #[error("{}", .0.first().map_or("the build failed", |problem| problem.message.as_str()))]
    Page(Vec<BuildProblem>),
    /// The builder at hand cannot tell: these features are beyond it.
    #[error("only Vite itself can build this: {}", .0.join("; "))]
    Unsupported(Vec<String>),
    /// Our side failed.
    #[error("{0}")]
    System(String),
}

/// Builds projects in worker processes.
#[derive(Debug)]
pub struct FastBuilder {
    workers: Workers,
    /// Where vendor bundles are kept, by set.
    cache: PathBuf,
    limit: Duration,
    sets: tokio::sync::Mutex<BTreeMap<PathBuf, Arc<Prepared>>>,
    /// One bundling at a time, so that a specifier that many ask for is bundled once.
    bundling: tokio::sync::Mutex<()>,
    vendors: Mutex<BTreeMap<PathBuf, Arc<Vendor>>>,
}

/// What is known of a set.
#[derive(Debug)]
struct Prepared {
    needs: Needs,
    /// Specifiers that every vendor bundle of the set holds.
    base: BTreeSet<String>,
    tailwind: Option<PathBuf>,
    folder: PathBuf,
}

/// A vendor bundle on disk and, as far as they were asked for, its files.
#[derive(Debug)]
struct Vendor {
    folder: PathBuf,
    key: String,
    files: Mutex<BTreeMap<String, Arc<[u8]>>>,
}

impl FastBuilder {
    /// A builder that keeps vendor bundles under `cache`.
    #[must_use]
    pub fn new(workers: Workers, cache: &Path, limit: Duration) -> Self {
        Self {
            workers,
            cache: cache.to_owned(),
            limit,
            sets: tokio::sync::Mutex::default(),
            bundling: tokio::sync::Mutex::default(),
            vendors: Mutex::default(),
        }
    }

    /// Bundles what projects of this set usually import, so that their builds need not.
    ///
    /// # Errors
    /// [`BuildFailure::System`].
    pub async fn warm(&self, set: &InstalledSet) -> Result<(), BuildFailure> {
        let prepared = self.prepare(set).await?;
        self.vendor(set, &prepared, &prepared.base).await.map(|_| ())
    }

    /// Builds a project with the packages of `set`.
    ///
    /// # Errors
    /// [`BuildFailure`].
    pub async fn build(
        &self,
        project: &Project,
        set: &InstalledSet,
    ) -> Result<Built, BuildFailure> {
        let prepared = self.prepare(set).await?;
        let manifest =
            read_package_json(project).map_err(|problem| BuildFailure::Page(vec![problem]))?;
        let allowed = prepared.needs.closure(manifest.all_dependencies().into_keys());
        if let Some(problem) = undeclared_tool(project, &manifest, &allowed) {
            return Err(BuildFailure::Page(vec![problem]));
        }
        let mut specifiers = prepared.base.clone();
        // The second time all that it imports is there.
        for _ in 0..2 {
            let vendor = self.vendor(set, &prepared, &specifiers).await?;
            let files = project.files().iter();
            let request = Request::Build(Box::new(BuildRequest {
                files: files
                    .map(|(path, bytes)| (path.clone(), ByteBuf::from(bytes.to_vec())))
                    .collect(),
                set: set.folder().to_owned(),
                allowed: allowed.clone(),
                vendor: vendor.folder.clone(),
                vendor_key: vendor.key.clone(),
                tailwind: prepared.tailwind.clone(),
            }));
            match self.ask_twice(&request).await? {
                FastOutcome::Built(site) => return built(site, &vendor),
                FastOutcome::Failed(problems) => return Err(BuildFailure::Page(problems)),
                FastOutcome::Unsupported(reasons) => {
                    return Err(BuildFailure::Unsupported(reasons));
                }
                FastOutcome::Wanted(wanted) => specifiers.extend(wanted),
            }
        }
        Err(BuildFailure::System("a vendor bundle lacks what was put into it".to_owned()))
    }

    /// A worker that ends is replaced once; a project that ends two is at fault if a plain one is
    /// built after it.
    async fn ask_twice(&self, request: &Request) -> Result<FastOutcome, BuildFailure> {
        let mut told = String::new();
        for _ in 0..2 {
            match self.workers.ask(request, self.limit).await {
                Ok(Reply::Build(outcome)) => return Ok(outcome),
                Ok(Reply::Failed(reason)) => return Err(BuildFailure::System(reason)),
                Ok(_) => {
                    return Err(BuildFailure::System(
                        "the worker answered another question".to_owned(),
                    ));
                }
                Err(error @ WorkerError::Timeout(_)) => {
                    return Ok(FastOutcome::Failed(vec![problem(
                        BuildErrorClass::Timeout,
                        &error,
                    )]));
                }
                Err(error @ WorkerError::Memory) => {
                    return Ok(FastOutcome::Failed(vec![problem(BuildErrorClass::Memory, &error)]));
                }
                Err(error @ WorkerError::Died(_)) => told = error.to_string(),
                Err(error) => return Err(BuildFailure::System(error.to_string())),
            }
        }
        match self.workers.ask(&control(request), self.limit).await {
            Ok(Reply::Build(FastOutcome::Built(_))) => {
                let message = format!("{told}, twice; a control project was built afterwards");
                let problem = BuildProblem::new(BuildErrorClass::Memory, &message);
                Ok(FastOutcome::Failed(vec![problem]))
            }
            _ => Err(BuildFailure::System(told)),
        }
    }

    async fn prepare(&self, set: &InstalledSet) -> Result<Arc<Prepared>, BuildFailure> {
        let mut sets = self.sets.lock().await;
        if let Some(known) = sets.get(set.folder()) {
            return Ok(Arc::clone(known));
        }
        let folder = self.cache.join(set.id().as_str()).join(FORMAT);
        let needs = Needs::read(set.folder()).map_err(BuildFailure::System)?;
        let tailwind = self.tailwind(set, &folder).await?;
        let request = set.request().runtime_only();
        let mut base: BTreeSet<String> = request
            .packages()
            .keys()
            .filter(|name| !name.contains("tailwindcss") && file_of(set.folder(), name).is_some())
            .cloned()
            .collect();
        base.extend(
            PARTS
                .iter()
                .filter(|part| file_of(set.folder(), part).is_some())
                .map(|part| (*part).to_owned()),
        );
        let prepared = Arc::new(Prepared { needs, base, tailwind, folder });
        sets.insert(set.folder().to_owned(), Arc::clone(&prepared));
        Ok(prepared)
    }

    async fn tailwind(
        &self,
        set: &InstalledSet,
        folder: &Path,
    ) -> Result<Option<PathBuf>, BuildFailure> {
        let three = set.version("tailwindcss").is_some_and(|version| version.starts_with("3."));
        if !three || !has_package(set.folder(), "tailwindcss") {
            return Ok(None);
        }
        let name = format!("tailwind-{}.json", driver_id());
        let path = folder.join(&name);
        if path.is_file() {
            return Ok(Some(path));
        }
        let request = Request::Tailwind { set: set.folder().to_owned() };
        match self.workers.ask_large(&request, VENDOR_LIMIT).await {
            Ok(Reply::Tailwind(Some(script))) => {
                let bytes = serde_json::to_vec(&script).map_err(|error| system(&error))?;
                place(folder, &[(&name, &bytes)])?;
                Ok(Some(path))
            }
            Ok(Reply::Tailwind(None)) => Ok(None),
            Ok(Reply::Failed(reason)) => Err(BuildFailure::System(reason)),
            Ok(_) => Err(BuildFailure::System("the worker answered another question".to_owned())),
            Err(error) => Err(system(&error)),
        }
    }

    async fn vendor(
        &self,
        set: &InstalledSet,
        prepared: &Prepared,
        specifiers: &BTreeSet<String>,
    ) -> Result<Arc<Vendor>, BuildFailure> {
        let mut hasher = blake3::Hasher::new();
        for specifier in specifiers {
            hasher.update(specifier.as_bytes()).update(b"\n");
        }
        let key: String = hasher.finalize().to_hex().chars().take(12).collect();
        let folder = prepared.folder.join(&key);
        let known = |vendors: &BTreeMap<PathBuf, Arc<Vendor>>| vendors.get(&folder).map(Arc::clone);
        if let Some(vendor) = known(&self.vendors.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(vendor);
        }
        let _one = self.bundling.lock().await;
        if let Some(vendor) = known(&self.vendors.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(vendor);
        }
        if !folder.join(MANIFEST).is_file() {
            let specifiers = specifiers.iter().cloned().collect();
            let request = Request::Vendor { set: set.folder().to_owned(), specifiers };
            let bundle = match self.workers.ask_large(&request, VENDOR_LIMIT).await {
                Ok(Reply::Vendor(bundle)) => bundle,
                Ok(Reply::Failed(reason)) => return Err(BuildFailure::System(reason)),
                Ok(_) => {
                    return Err(BuildFailure::System(
                        "the worker answered another question".to_owned(),
                    ));
                }
                Err(error) => return Err(system(&error)),
            };
            let manifest = serde_json::to_vec(&bundle.manifest).map_err(|error| system(&error))?;
            let mut files: Vec<(&str, &[u8])> =
                bundle.files.iter().map(|(name, code)| (name.as_str(), code.as_bytes())).collect();
            let mut parts = Vec::new();
            for (file, taken) in &bundle.parts {
                let bytes = serde_json::to_vec(taken).map_err(|error| system(&error))?;
                parts.push((parts_file(file), bytes));
            }
            files.extend(parts.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())));
            files.push((MANIFEST, &manifest));
            place(&folder, &files)?;
        }
        let vendor = Arc::new(Vendor { folder: folder.clone(), key, files: Mutex::default() });
        self.vendors
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(folder, Arc::clone(&vendor));
        Ok(vendor)
    }
}

impl Vendor {
    fn file(&self, name: &str) -> Result<Arc<[u8]>, BuildFailure> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bytes) = files.get(name) {
            return Ok(Arc::clone(bytes));
        }
        let bytes: Arc<[u8]> =
            std::fs::read(self.folder.join(name)).map_err(|error| system(&error))?.into();
        files.insert(name.to_owned(), Arc::clone(&bytes));
        Ok(bytes)
    }
}

fn built(site: FastSite, vendor: &Vendor) -> Result<Built, BuildFailure> {
    let files = site.files.into_iter();
    let mut files: BTreeMap<SitePath, Arc<[u8]>> =
        files.map(|(path, bytes)| (path, Arc::from(bytes.into_vec()))).collect();
    for name in &site.vendor_files {
        let path = SitePath::new(&format!("{}{name}", site.vendor_folder))
            .map_err(|error| system(&error))?;
        files.insert(path, vendor.file(name)?);
    }
    let site = Site::new(files, site.entry).map_err(|error| system(&error))?;
    Ok(Built { site, builder: Builder::Fast, fallback: Vec::new() })
}

fn system(error: &dyn std::fmt::Display) -> BuildFailure {
    BuildFailure::System(error.to_string())
}

fn problem(class: BuildErrorClass, error: &WorkerError) -> BuildProblem {
    BuildProblem::new(class, &error.to_string())
}

/// The smallest project, to be built under the conditions of another.
fn control(request: &Request) -> Request {
    let mut request = request.clone();
    if let Request::Build(build) = &mut request {
        build.files.clear();
        for (path, text) in [
            ("index.html", "<script type=\"module\" src=\"/main.js\"></script>"),
            ("main.js", "document.title = 'control';"),
            ("package.json", "{\"name\": \"control\", \"version\": \"0.0.0\"}"),
        ] {
            if let Ok(path) = SitePath::new(path) {
                build.files.insert(path, ByteBuf::from(text.as_bytes()));
            }
        }
    }
    request
}

/// Writes files into a folder that is there as a whole or not at all.
fn place(folder: &Path, files: &[(&str, &[u8])]) -> Result<(), BuildFailure> {
    let parent = folder.parent().unwrap_or(folder);
    std::fs::create_dir_all(parent).map_err(|error| system(&error))?;
    if folder.is_dir() {
        for (name, bytes) in files {
            let temporary = folder.join(format!(".{name}.{}", std::process::id()));
            std::fs::write(&temporary, bytes).map_err(|error| system(&error))?;
            std::fs::rename(&temporary, folder.join(name)).map_err(|error| system(&error))?;
        }
        return Ok(());
    }
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let temporary = parent.join(format!(".{name}.{}", std::process::id()));
    std::fs::create_dir_all(&temporary).map_err(|error| system(&error))?;
    for (name, bytes) in files {
        std::fs::write(temporary.join(name), bytes).map_err(|error| system(&error))?;
    }
    match std::fs::rename(&temporary, folder) {
        Ok(()) => Ok(()),
        // Another process was faster: what it wrote is the same.
        Err(_) if folder.is_dir() => {
            std::fs::remove_dir_all(&temporary).map_err(|error| system(&error))
        }
        Err(error) => Err(system(&error)),
    }
}
