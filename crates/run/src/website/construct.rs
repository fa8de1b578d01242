//! A project becomes a site: the fast builder first, and the exact one where only Vite can tell.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use pageloom_build::{KnownPackages, check_dependencies};
use pageloom_bundle::exact::{ExactFault, ExactLimits, ExactTools, build_exact};
use pageloom_bundle::{BuildFailure, FastBuilder, WorkerProgram, Workers};
use pageloom_packages::{InstallLimits, PackageRequest, PackagesError, Store, StoreConfig};
use pageloom_sandbox::{Node, Sandbox};
use pageloom_schema::{
    BuildErrorClass, BuildProblem, Builder, Fault, Finding, Project, Severity, Site, SitePath,
    SystemFaultKind,
};

use crate::error::RunError;

/// Checks of dependencies whose errors keep anything from being installed.
const REFUSED: [&str; 2] = ["dependency_refused", "dependency_suspicious"];
/// How long a project may take in a worker.
const FAST_LIMIT: Duration = Duration::from_secs(30);

/// Which builder is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BuilderChoice {
    /// The fast one, and the exact one for what the fast one cannot build.
    #[default]
    Auto,
    /// The fast one alone: what it cannot build fails as unsupported.
    Fast,
    /// The exact one alone.
    Exact,
}

/// How sites are built.
#[derive(Clone, Debug)]
pub struct SiteBuilderConfig {
    /// The folder of installed dependency sets and of what was bundled of them.
    pub store: PathBuf,
    /// Nothing is installed, and no network is used.
    pub offline: bool,
    /// How the worker process of the fast builder is started.
    pub worker: WorkerProgram,
    /// Builds at a time.
    pub workers: usize,
    /// Let npm, and a project's own Vite, run without a sandbox where there is none.
    pub unconfined: bool,
    /// Which builder is asked.
    pub choice: BuilderChoice,
}

/// Makes sites of projects.
#[derive(Debug)]
pub struct SiteBuilder {
    store: Store,
    fast: FastBuilder,
    /// Why Vite cannot be run here, if it cannot.
    exact: Result<ExactTools, String>,
    choice: BuilderChoice,
    known: KnownPackages,
}

/// A site, and who built it.
#[derive(Clone, Debug)]
pub struct Constructed {
    /// The site; client-side routes are answered with its entry page.
    pub site: Arc<Site>,
    /// Who built it.
    pub builder: Builder,
    /// Why the fast builder did not, if it was asked first.
    pub fallback: Vec<String>,
}

/// What came of a project.
#[derive(Clone, Debug)]
pub enum Construction {
    /// A site.
    Built(Constructed),
    /// The project is at fault.
    Failed(Vec<BuildProblem>),
}

impl SiteBuilder {
    /// Opens the store and gets the builders ready; starts nothing yet.
    ///
    /// # Errors
    /// [`RunError::Packages`] when the store cannot be opened.
    pub fn open(config: SiteBuilderConfig) -> Result<Self, RunError> {
        let sandbox = match Sandbox::find() {
            Ok(sandbox) => Ok(sandbox),
            Err(_) if config.unconfined => Ok(Sandbox::none()),
            Err(error) => Err(error.to_string()),
        };
        let node = Node::find().map_err(|error| error.to_string());
        // Installing runs no script of any package; without a sandbox it is refused all the same.
        let tools = sandbox.and_then(|sandbox| Ok((sandbox, node?)));
        let store_config = StoreConfig {
            sandbox: tools
                .as_ref()
                .map_or_else(|_| Sandbox::none(), |(sandbox, _)| sandbox.clone()),
            node: tools.as_ref().map(|(_, node)| node.clone()).map_err(Clone::clone),
            registry: None,
            offline: config.offline,
            limits: InstallLimits::default(),
        };
        let store = Store::open(&config.store, store_config)?;
        let bundles = config.store.join("bundles");
        let scratch = config.store.join("scratch");
        for folder in [&bundles, &scratch] {
            std::fs::create_dir_all(folder).map_err(RunError::storage("create", folder))?;
        }
        let readable = vec![config.store.join("sets"), bundles.clone()];
        let workers = Workers::new(config.worker, config.workers, readable);
        let exact = tools.map(|(sandbox, node)| ExactTools { sandbox, node, scratch });
        Ok(Self {
            store,
            fast: FastBuilder::new(workers, &bundles, FAST_LIMIT),
            exact,
            choice: config.choice,
            known: KnownPackages::bundled(),
        })
    }

    /// The dependency sets.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The packages that are taken for known.
    #[must_use]
    pub fn known(&self) -> &KnownPackages {
        &self.known
    }

    /// Bundles what projects of an installed set usually import.
    ///
    /// # Errors
    /// [`Fault::System`].
    pub async fn warm(&self, set: &pageloom_packages::InstalledSet) -> Result<(), Fault> {
        self.fast.warm(set).await.map_err(|failure| builder_fault(&failure.to_string()))
    }

    /// Makes a site of a project. Whatever the project does, this ends.
    ///
    /// # Errors
    /// [`Fault::System`] for what went wrong on our side.
    pub async fn build(&self, project: &Project) -> Result<Construction, Fault> {
        if is_plain(project) {
            return plain(project);
        }
        let declared = check_dependencies(project, &self.known).into_iter();
        let refused: Vec<BuildProblem> = declared.filter(is_refused).map(as_problem).collect();
        if !refused.is_empty() {
            return Ok(Construction::Failed(refused));
        }
        let manifest = project.text("package.json").unwrap_or_default();
        let request = match PackageRequest::from_manifest(manifest) {
            Ok(request) => request,
            Err(error) => return packages(error),
        };
        let fallback = match self.choice {
            BuilderChoice::Exact => Vec::new(),
            BuilderChoice::Auto | BuilderChoice::Fast => {
                let set = match self.store.ensure(&request.runtime_only()).await {
                    Ok(set) => set,
                    Err(error) => return packages(error),
                };
                match self.fast.build(project, &set).await {
                    Ok(built) => return Ok(constructed(built.site, Builder::Fast, Vec::new())),
                    Err(BuildFailure::Page(problems)) => return Ok(Construction::Failed(problems)),
                    Err(BuildFailure::System(reason)) => return Err(builder_fault(&reason)),
                    Err(BuildFailure::Unsupported(reasons)) => reasons,
                }
            }
        };
        if self.choice == BuilderChoice::Fast {
            let problem = |reason: &String| {
                BuildProblem::new(BuildErrorClass::Other, &format!("only Vite can build {reason}"))
            };
            return Ok(Construction::Failed(fallback.iter().map(problem).collect()));
        }
        self.build_exact(project, &request, fallback).await
    }

    async fn build_exact(
        &self,
        project: &Project,
        request: &PackageRequest,
        fallback: Vec<String>,
    ) -> Result<Construction, Fault> {
        let tools = self.exact.as_ref().map_err(|reason| builder_fault(reason))?;
        let set = match self.store.ensure(request).await {
            Ok(set) => set,
            Err(error) => return packages(error),
        };
        match build_exact(project, &set, tools, &ExactLimits::default()).await {
            Ok(built) => Ok(constructed(built.site, Builder::Exact, fallback)),
            Err(ExactFault::Problems(problems)) => Ok(Construction::Failed(problems)),
            Err(error) => Err(builder_fault(&error.to_string())),
        }
    }
}

/// Reads a project folder. What is hidden or installed there (`.git`, `node_modules`, `dist`) is no
/// source and stays out.
///
/// # Errors
/// [`RunError::Build`] when it cannot be read or is too large.
pub fn open_project(folder: &std::path::Path) -> Result<Project, RunError> {
    Ok(pageloom_build::read_project(folder)?)
}

fn constructed(site: Site, builder: Builder, fallback: Vec<String>) -> Construction {
    let site = Arc::new(site.with_fallback());
    Construction::Built(Constructed { site, builder, fallback })
}

fn builder_fault(reason: &str) -> Fault {
    let line = reason.lines().next().unwrap_or_default();
    Fault::system(SystemFaultKind::Builder, line)
}

/// A project without package.json that has a page is a site as it is.
fn is_plain(project: &Project) -> bool {
    project.file("package.json").is_none() && project.file("index.html").is_some()
}

fn plain(project: &Project) -> Result<Construction, Fault> {
    let entry = SitePath::new("index.html").map_err(|error| builder_fault(&error.to_string()))?;
    let site = Site::new(project.files().clone(), entry);
    let site = site.map_err(|error| builder_fault(&error.to_string()))?;
    let site = Arc::new(site);
    Ok(Construction::Built(Constructed { site, builder: Builder::Static, fallback: Vec::new() }))
}

fn is_refused(finding: &Finding) -> bool {
    finding.severity == Severity::Error && REFUSED.contains(&finding.check.as_str())
}

fn as_problem(finding: Finding) -> BuildProblem {
    let problem = BuildProblem::new(BuildErrorClass::Dependency, &finding.message);
    match finding.path {
        Some(path) => problem.at(path, finding.line),
        None => problem,
    }
}

/// A set that cannot be had: the project's fault, or ours.
fn packages(error: PackagesError) -> Result<Construction, Fault> {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    if !error.is_page_fault() {
        return Err(Fault::system(SystemFaultKind::Packages, line));
    }
    let class = match error {
        PackagesError::Manifest { .. } => BuildErrorClass::BadConfig,
        _ => BuildErrorClass::Dependency,
    };
    Ok(Construction::Failed(vec![BuildProblem::new(class, line).at("package.json", None)]))
}
