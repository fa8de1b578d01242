//! The exact builder: the project's own Vite, with its own configuration, in the sandbox.
//!
//! Slow and faithful. Every configuration file of the project is a program that somebody else wrote,
//! and runs only in there: without network, without our files, under limits. What comes out is read
//! back as a [`Site`], or as problems in the same classes that the fast builder reports.

mod output;
mod types;
mod workplace;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use pageloom_build::{folder_outside, read_package_json};
use pageloom_packages::InstalledSet;
use pageloom_sandbox::{Ending, Job, Limit, Limits, Node, Sandbox, SandboxError};
use pageloom_schema::{BuildErrorClass, BuildProblem, Project, Site};

pub use types::check_types;
use workplace::Workplace;

use crate::closure::{Needs, undeclared_tool};

/// What the exact builder works with.
#[derive(Clone, Debug)]
pub struct ExactTools {
    /// Where Vite runs.
    pub sandbox: Sandbox,
    /// What runs it.
    pub node: Node,
    /// A folder of ours: each build gets a folder of its own in it, and removes it at its end.
    pub scratch: PathBuf,
}

/// How much one exact build may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExactLimits {
    /// Limits of Vite and all that it starts.
    pub run: Limits,
    /// Files of the built site.
    pub site_files: u32,
    /// Bytes of the built site, in MiB.
    pub site_mib: u32,
}

impl Default for ExactLimits {
    fn default() -> Self {
        Self { run: Limits::default(), site_files: 2000, site_mib: 64 }
    }
}

/// A project that was built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExactSite {
    /// What Vite wrote; it opens at `index.html`.
    pub site: Site,
    /// How long it took.
    pub wall: Duration,
    /// The most memory that it took, in MiB, where the machine tells.
    pub peak_memory_mib: Option<u64>,
}

/// Why there is no site.
#[derive(Debug, thiserror::Error)]
pub enum ExactFault {
    /// The project cannot be built: at least one problem.
    #[error("the project cannot be built: {}", summary(.0))]
    Problems(Vec<BuildProblem>),
    /// The sandbox failed, which says nothing of the project.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// A folder of ours failed.
    #[error("the folder of a build failed: {0}")]
    Storage(#[from] std::io::Error),
}

fn summary(problems: &[BuildProblem]) -> &str {
    problems.first().map_or("no reason is known", |problem| &problem.message)
}

impl ExactFault {
    fn one(class: BuildErrorClass, message: &str) -> Self {
        Self::Problems(vec![BuildProblem::new(class, message)])
    }
}

/// Vite's command line, below `node_modules`.
const VITE: &str = "vite/bin/vite.js";

/// Builds `project` with the packages of `set`, as `vite build` does.
///
/// # Errors
/// [`ExactFault::Problems`] when the project is at fault.
pub async fn build_exact(
    project: &Project,
    set: &InstalledSet,
    tools: &ExactTools,
    limits: &ExactLimits,
) -> Result<ExactSite, ExactFault> {
    let manifest =
        read_package_json(project).map_err(|problem| ExactFault::Problems(vec![problem]))?;
    if let Some(problem) = folder_outside(project) {
        return Err(ExactFault::Problems(vec![problem]));
    }
    let allowed = allowed(set, manifest.all_dependencies().into_keys())?;
    if let Some(problem) = undeclared_tool(project, &manifest, &allowed) {
        return Err(ExactFault::Problems(vec![problem]));
    }
    if !set.node_modules().join(VITE).is_file() {
        // Which packages are installed is not the project's to decide.
        return Err(std::io::Error::other("the packages were installed without `vite`").into());
    }
    let place = Workplace::make(project, &tools.scratch)?;
    place.link(set.folder(), &allowed)?;
    let job = place
        .job(tools, set, limits.run, VITE)
        .args(["build", "--outDir", workplace::OUTPUT, "--emptyOutDir", "--logLevel", "warn"])
        .env("NODE_ENV", "production");
    let outcome = tools.sandbox.run(job).await?;
    match outcome.ending {
        Ending::Exit(0) => {}
        Ending::Exit(_) => {
            let text = [outcome.stdout, outcome.stderr].concat();
            let text = String::from_utf8_lossy(&text);
            return Err(ExactFault::Problems(output::problems(&text)));
        }
        Ending::Limit(limit) => return Err(passed(limit, &limits.run)),
    }
    let site = place.site(limits)?;
    Ok(ExactSite { site, wall: outcome.wall, peak_memory_mib: outcome.peak_memory_mib })
}

/// The packages of `set` that a project with these dependencies finds.
fn allowed<'d>(
    set: &InstalledSet,
    declared: impl IntoIterator<Item = &'d str>,
) -> Result<BTreeSet<String>, ExactFault> {
    let needs = Needs::read(set.folder()).map_err(std::io::Error::other)?;
    Ok(needs.closure(declared))
}

/// The problem of a program that was ended by a limit.
fn passed(limit: Limit, limits: &Limits) -> ExactFault {
    let (class, message) = match limit {
        Limit::Time => (
            BuildErrorClass::Timeout,
            format!("the build took longer than {} s", limits.wall.as_secs_f32()),
        ),
        Limit::Memory => (
            BuildErrorClass::Memory,
            format!("the build took more than {} MiB of memory", limits.memory_mib),
        ),
        Limit::Processes => (
            BuildErrorClass::Other,
            format!("the build started more than {} processes and threads", limits.processes),
        ),
        Limit::Output => {
            (BuildErrorClass::Output, "the build wrote more files or bytes than it may".to_owned())
        }
    };
    ExactFault::one(class, &message)
}
