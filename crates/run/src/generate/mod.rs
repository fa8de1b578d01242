//! One task to a page or a site on disk.
//!
//! [`generate()`] is the whole of it; `make_page` and `make_website` are the two ways, each to be
//! read top to bottom. `work` does the single steps, `prompt` words the questions, `folder` keeps
//! the result. A page that has a target is asked for again with what is still wrong about it, and
//! the best one stays.

mod folder;
mod prompt;
mod record;
mod wish;
mod work;
mod worst;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pageloom_browser::Pool;
use pageloom_build::Scaffold;
use pageloom_schema::{
    Event, FORMAT_MAJOR, FORMAT_MINOR, Fault, PageFaultKind, Reference, RenderPolicy, RunManifest,
    Site, Suite, Task, TaskId, Viewport,
};
use tokio::sync::watch;

use crate::asking::{AskError, Desk};
use crate::candidates::{EndpointModel, Model};
use crate::error::RunError;
use crate::judge::Judge;
use crate::log::RunFolder;
use crate::question::QuestionPages;
use crate::sample::Stages;
use crate::website::SiteBuilder;
use crate::{machine, suite};

pub use record::{Generated, Route, Step, StepExchange};
pub use wish::{Form, NamedWish, Wish};

use folder::OutFolder;
use work::Work;

/// The most steps after the first one.
pub const MAX_REFINE: u32 = 50;
/// A page that is as like its target as this, of 10, is not asked for again.
const TOP: f64 = 9.95;
/// Steps in a row that may bring nothing better.
const PATIENCE: u32 = 2;
/// What websites build on.
const SCAFFOLD: &str = "vite-react-ts";

/// What is to be generated, and how.
pub struct GenerateOptions {
    /// The task.
    pub task: NamedWish,
    /// Who answers.
    pub model: EndpointModel,
    /// The model as it was named.
    pub model_name: String,
    /// Where it is asked.
    pub desk: Arc<Desk>,
    /// How it is asked, in words.
    pub asking: BTreeMap<String, String>,
    /// The folder of the result.
    pub out: PathBuf,
    /// Render conditions.
    pub policy: RenderPolicy,
    /// A window instead of the task's own.
    pub viewport: Option<Viewport>,
    /// How often a page may be asked for again, to come closer to its target.
    pub refine: u32,
    /// Builds websites; needed for those alone.
    pub builder: Option<Arc<SiteBuilder>>,
}

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Doing {
    /// In one word.
    pub what: &'static str,
    /// The step, from 0.
    pub step: u32,
    /// The steps there will be at most.
    pub steps: u32,
    /// Tokens that were taken so far.
    pub tokens: u64,
    /// How like the target the best page is, 0..=10.
    pub best: Option<f64>,
}

/// Makes what the task asks for and keeps it in the folder. What the model did wrong, and what ends
/// it after a first page, is part of the result.
///
/// # Errors
/// [`RunError::Foreign`] for a folder of others, [`RunError::OtherRun`] for one of another task,
/// other [`RunError`]s when it cannot begin or the folder cannot be written.
pub async fn generate(
    options: GenerateOptions,
    pool: Arc<Pool>,
    stop: watch::Receiver<bool>,
    progress: &mut (dyn FnMut(Doing) + Send),
) -> Result<Generated, RunError> {
    check(&options.task, options.refine, &options.out)?;
    let task = Arc::new(task(&options)?);
    let manifest = manifest(&options, &task, &pool);
    let out = OutFolder::claim(&options.out)?;
    let opened = RunFolder::open(&out.run(), &manifest);
    let (folder, known) = opened.map_err(|error| other_task(error, &options.out))?;
    out.clear()?;
    let folder = Arc::new(folder);
    options.desk.begin(&folder, &known.exchanges);
    folder.append(&Event::Started { finished: 0 })?;
    let stages = Stages {
        pool,
        model: Model::Endpoint(options.model.clone()),
        judge: Judge::Local,
        desk: Some(Arc::clone(&options.desk)),
        policy: options.policy.clone(),
        viewport: None,
        shared_files: Vec::new(),
        protocol: manifest.protocol.clone(),
        pages: QuestionPages::default(),
        rebuilding: None,
        testing: None,
        folder,
    };
    let mut work = Work::new(&options, &manifest, &stages, &task, &out, (stop, progress));
    let ended = match &options.task.wish {
        Wish::Website(instruction) => make_website(&mut work, instruction).await,
        _ => make_page(&mut work).await,
    };
    work.finish(ended)
}

/// A page: asked for once and, where there is a target, again with what differs from it, as long as
/// that helps. A later page takes the place of an earlier one only when it is better.
async fn make_page(work: &mut Work<'_>) -> Result<(), AskError> {
    let target = work.target().await?;
    let first = work.first_question(target.as_ref()).await?;
    let mut best = work.page(None, &first, target.as_ref()).await?;
    work.keep(&best)?;
    let Some(target) = target else { return Ok(()) };
    let mut in_vain = 0;
    while work.may_go_on() && in_vain < PATIENCE && best.value < Some(TOP) {
        // The same page is asked about again with another draw, or the answer would be the same.
        let question = work.refinement(&best, &target, in_vain).await?;
        match work.page(Some(best.number), &question, Some(&target)).await {
            Ok(next) if next.value > best.value => {
                work.keep(&next)?;
                (best, in_vain) = (next, 0);
            }
            Ok(_) | Err(AskError::Fault(Fault::Page(_))) => in_vain += 1,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The scaffold that websites build on, and the question for one.
pub(crate) fn website_question(
    instruction: &str,
    sampling: pageloom_schema::Sampling,
) -> Result<(Scaffold, pageloom_schema::ModelRequest), RunError> {
    let scaffold = Scaffold::find(SCAFFOLD).map_err(RunError::from)?;
    let question = prompt::website(instruction, &scaffold, sampling);
    Ok((scaffold, question))
}

/// A website: the answer's files on top of the scaffold, built and opened.
async fn make_website(work: &mut Work<'_>, instruction: &str) -> Result<(), AskError> {
    let (scaffold, question) = website_question(instruction, work.sampling())?;
    work.website(&question, &scaffold).await
}

/// Checks a task and a folder before anything is started.
///
/// # Errors
/// [`RunError::BadTask`], [`RunError::Foreign`], [`RunError::Storage`].
pub fn check(task: &NamedWish, refine: u32, out: &Path) -> Result<(), RunError> {
    let no_task = |reason: &str, hint: &str| RunError::BadTask {
        task: task.name.clone(),
        reason: reason.to_owned(),
        hint: hint.to_owned(),
    };
    if refine > 0 && !task.wish.has_target() {
        return Err(no_task(
            "it has no target to come closer to",
            "leave --refine out, or name a picture or a page",
        ));
    }
    if refine > MAX_REFINE {
        return Err(no_task("that is too often", "take --refine 0 to 50"));
    }
    OutFolder::check(out)
}

/// The task as the run log has it.
fn task(options: &GenerateOptions) -> Result<Task, RunError> {
    let NamedWish { wish, name, title } = &options.task;
    let id = TaskId::new(name).map_err(pageloom_build::BuildError::from)?;
    let reference = match wish {
        Wish::Reproduce(reference) => reference.clone(),
        Wish::Edit { page, .. } => Reference::Site(Site::clone(page)),
        // There is nothing beside which the answer could be held.
        Wish::Website(_) | Wish::Page(_) => Reference::Nothing,
    };
    Ok(Task {
        id,
        title: title.clone(),
        category: wish.kind().to_owned(),
        viewport: options.viewport.unwrap_or_else(|| wish.viewport()),
        reference,
        work: pageloom_schema::Work::Reproduce,
    })
}

/// A folder that holds another task says so in words, not in hashes.
fn other_task(error: RunError, out: &Path) -> RunError {
    match error {
        RunError::OtherRun { field, .. } if field == "suite_hash" || field == "tasks" => {
            RunError::OtherTask(out.to_owned())
        }
        RunError::OtherRun { field, found, wanted, .. } => {
            RunError::OtherRun { path: out.to_owned(), field, found, wanted }
        }
        other => other,
    }
}

fn manifest(options: &GenerateOptions, task: &Arc<Task>, pool: &Pool) -> RunManifest {
    let wish = &options.task.wish;
    let words = match wish {
        Wish::Reproduce(_) => "",
        Wish::Website(text) | Wish::Page(text) => text,
        Wish::Edit { instruction, .. } => instruction,
    };
    let protocol = if wish.has_target() { "web2code-wcgb/v1" } else { "generate/v1" };
    let one = Suite {
        name: "generate".to_owned(),
        protocol: protocol.to_owned(),
        tasks: vec![Task::clone(task)],
        shared_files: Vec::new(),
    };
    let mut hasher = blake3::Hasher::new();
    for part in [wish.kind(), words, &suite::hash(&one)] {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
    }
    RunManifest {
        format: [FORMAT_MAJOR, FORMAT_MINOR],
        suite: one.name,
        suite_hash: hasher.finalize().to_hex().to_string(),
        protocol: one.protocol,
        model: options.model_name.clone(),
        judge: "local".to_owned(),
        tasks: vec![task.id.clone()],
        policy: options.policy.clone(),
        viewport: None,
        versions: BTreeMap::from([
            ("pageloom".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
            ("browser".to_owned(), pool.installation().version.clone()),
            ("fonts".to_owned(), machine::font_set()),
        ]),
        asking: options.asking.clone(),
    }
}

/// A fault of the candidate, as an error.
fn page_fault(kind: PageFaultKind, detail: impl Into<String>) -> AskError {
    AskError::Fault(Fault::page(kind, detail))
}
