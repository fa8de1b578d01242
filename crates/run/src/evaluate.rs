//! A whole evaluation: plan, resume, run the samples on all cores, sum up.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use pageloom_browser::Pool;
use pageloom_schema::{
    Event, FORMAT_MAJOR, FORMAT_MINOR, RenderPolicy, RunManifest, SampleResult, StepTrace, Suite,
    Summary, Task, TaskId, Viewport, Work,
};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::asking::Desk;
use crate::candidates::Model;
use crate::error::RunError;
use crate::interactive::{Rebuilding, run_recording};
use crate::judge::Judge;
use crate::log::RunFolder;
use crate::question::{QuestionPages, run_question};
use crate::sample::{ReadyReference, Stages, run_sample};
use crate::summary::summarise;
use crate::webgen_bench::{Testing, run_website};
use crate::{machine, suite};

/// How many references are kept for the next run over the same suite. One takes tens of MiB.
const MAX_KEPT_REFERENCES: usize = 24;

/// What an evaluation is to do.
pub struct EvaluateOptions {
    /// The tasks.
    pub suite: Suite,
    /// Who answers.
    pub model: Model,
    /// The model as it was named.
    pub model_name: String,
    /// Who judges.
    pub judge: Judge,
    /// The judge as it was named.
    pub judge_name: String,
    /// Where models are asked, if any is.
    pub desk: Option<Arc<Desk>>,
    /// How they are asked, in words, for the record.
    pub asking: BTreeMap<String, String>,
    /// What recordings are rebuilt with, for suites of them.
    pub rebuilding: Option<Rebuilding>,
    /// What websites are built and tested with, for suites of them.
    pub testing: Option<Testing>,
    /// The run folder.
    pub out: PathBuf,
    /// Render conditions.
    pub policy: RenderPolicy,
    /// A window instead of the tasks' own.
    pub viewport: Option<Viewport>,
    /// Samples at a time, at least 1.
    pub workers: usize,
}

/// What happens while an evaluation runs.
#[derive(Clone, Debug)]
pub enum Progress<'a> {
    /// Work begins; so many samples are done already.
    Started {
        /// Finished samples.
        finished: usize,
        /// All samples.
        tasks: usize,
    },
    /// A sample ended.
    Sample(&'a SampleResult),
}

/// References of one suite under one policy, kept from run to run.
#[derive(Clone, Default)]
pub struct ReferenceCache(Arc<Mutex<BTreeMap<(String, TaskId), ReadyReference>>>);

impl ReferenceCache {
    fn get(&self, key: &(String, TaskId)) -> Option<ReadyReference> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    fn put(&self, key: (String, TaskId), reference: ReadyReference) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < MAX_KEPT_REFERENCES {
            kept.insert(key, reference);
        }
    }
}

/// Runs an evaluation, or the rest of one that was interrupted, and writes its summary.
///
/// The result does not depend on `workers`, on the order in which samples end, or on how often the
/// run was interrupted.
///
/// # Errors
/// [`RunError::Unfit`] when the model cannot do such tasks, [`RunError::Stopped`] once `stop` is set, keeping what is finished; other [`RunError`]s when the
/// run cannot begin or its folder cannot be written.
pub async fn evaluate(
    options: EvaluateOptions,
    pool: Arc<Pool>,
    cache: Option<&ReferenceCache>,
    mut stop: watch::Receiver<bool>,
    progress: &mut (dyn FnMut(Progress<'_>) + Send),
) -> Result<Summary, RunError> {
    options.model.check(&options.model_name, &options.suite)?;
    let manifest = manifest(&options, &pool);
    let (folder, progressed) = RunFolder::open(&options.out, &manifest)?;
    let folder = Arc::new(folder);
    let mut results = progressed.finished;
    let mut known_steps = progressed.steps;
    if let Some(desk) = &options.desk {
        desk.begin(&folder, &progressed.exchanges);
    }
    let tasks = manifest.tasks.len();
    progress(Progress::Started { finished: results.len(), tasks });
    if results.len() < tasks {
        let finished = u32::try_from(results.len()).unwrap_or(u32::MAX);
        folder.append(&Event::Started { finished })?;
    }
    let stages = Arc::new(Stages {
        pool,
        model: options.model,
        judge: options.judge,
        desk: options.desk.clone(),
        policy: options.policy,
        viewport: options.viewport,
        shared_files: options.suite.shared_files,
        protocol: options.suite.protocol,
        pages: QuestionPages::default(),
        rebuilding: options.rebuilding,
        testing: options.testing,
        folder,
    });
    let mut waiting: Vec<Arc<Task>> = options
        .suite
        .tasks
        .into_iter()
        .filter(|t| !results.contains_key(&t.id))
        .map(Arc::new)
        .collect();
    waiting.reverse();
    let had_work = !waiting.is_empty();
    let key = |task: &Task| (manifest.suite_hash.clone(), task.id.clone());
    // An endpoint answers many at a time; the browsers keep to their own number.
    let at_a_time = options.desk.as_ref().map_or(0, |desk| desk.concurrency());
    let at_a_time = options.workers.max(at_a_time).max(1);
    let mut running = JoinSet::new();
    let mut ending: Option<RunError> = None;
    loop {
        while running.len() < at_a_time
            && ending.is_none()
            && let Some(task) = waiting.pop()
        {
            let stages = Arc::clone(&stages);
            let kept = cache.and_then(|cache| cache.get(&key(&task)));
            let steps = known_steps.remove(&task.id).unwrap_or_default();
            running.spawn(async move {
                let outcome = run_task(&stages, &task, kept, steps).await;
                (task, outcome)
            });
        }
        let ended = tokio::select! {
            biased;
            // A dropped sender never stops anything.
            Ok(_) = stop.wait_for(|stop| *stop), if ending.is_none() => {
                ending = Some(RunError::Stopped { finished: results.len(), tasks });
                match &options.desk {
                    Some(desk) => desk.stop(),
                    None => running.abort_all(),
                }
                // Answers that are under way are paid for: they are waited for and kept.
                continue;
            }
            ended = running.join_next() => ended,
        };
        let Some(ended) = ended else { break };
        if ended.as_ref().is_err_and(tokio::task::JoinError::is_cancelled) {
            continue;
        }
        let (task, outcome) = ended.map_err(|error| {
            RunError::storage("finish", stages.folder.path())(std::io::Error::other(error))
        })?;
        let (result, reference) = match outcome {
            Ok(outcome) => outcome,
            Err(error) => {
                ending.get_or_insert(error);
                continue;
            }
        };
        if let (Some(cache), Some(reference)) = (cache, reference) {
            cache.put(key(&task), reference);
        }
        stages.folder.append(&Event::SampleFinished(Box::new(result.clone())))?;
        progress(Progress::Sample(&result));
        results.insert(task.id.clone(), result);
    }
    match ending {
        Some(RunError::Stopped { .. }) => {
            return Err(RunError::Stopped { finished: results.len(), tasks });
        }
        Some(error) => return Err(error),
        None => {}
    }
    let summary = summarise(&manifest, &results);
    stages.folder.finish(&summary)?;
    if had_work {
        stages.folder.append(&Event::Finished)?;
    }
    Ok(summary)
}

/// One task of any kind.
async fn run_task(
    stages: &Stages,
    task: &Arc<Task>,
    kept: Option<ReadyReference>,
    steps: BTreeMap<u32, StepTrace>,
) -> Result<(SampleResult, Option<ReadyReference>), RunError> {
    let result = match &task.work {
        Work::Reproduce => return run_sample(stages, task, kept).await,
        Work::Answer(question) => run_question(stages, task, question).await,
        Work::Rebuild(recording) => run_recording(stages, task, recording, &steps).await,
        Work::Create(instruction) => run_website(stages, task, instruction).await,
    };
    result.map(|result| (result, None))
}

/// True when a run ended with samples that could not be scored through no fault of theirs.
#[must_use]
pub fn has_system_faults(summary: &Summary) -> bool {
    summary.counts.scored < summary.counts.tasks
}

fn manifest(options: &EvaluateOptions, pool: &Pool) -> RunManifest {
    RunManifest {
        format: [FORMAT_MAJOR, FORMAT_MINOR],
        suite: options.suite.name.clone(),
        suite_hash: suite::hash(&options.suite),
        protocol: options.suite.protocol.clone(),
        model: options.model_name.clone(),
        judge: options.judge_name.clone(),
        tasks: options.suite.tasks.iter().map(|task| task.id.clone()).collect(),
        policy: options.policy.clone(),
        viewport: options.viewport,
        versions: BTreeMap::from([
            ("pageloom".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
            ("browser".to_owned(), pool.installation().version.clone()),
            ("fonts".to_owned(), machine::font_set()),
        ]),
        asking: options.asking.clone(),
    }
}
