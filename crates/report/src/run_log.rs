//! Reads a run folder into one value, [`RunLog`]. Knows the log format and which damage is
//! allowed (a cut last line, a missing summary); never writes, never repairs.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use pageloom_schema::{
    Counts, Event, Exchange, FORMAT_MAJOR, FORMAT_MINOR, Fault, InteractionTrace, MetricSummary,
    RunManifest, SampleOutcome, SampleResult, StepTrace, Summary, TaskId,
};

use crate::error::ReportError;
use crate::metric;
use pageloom_schema::statistics;

/// The longest line of `events.jsonl` that is read, in bytes. A sample's line is about 100 KB.
const MAX_LINE: u64 = 64 << 20;

/// One run, as its folder tells it.
#[derive(Clone, Debug)]
pub struct RunLog {
    /// The folder it was read from; its `blobs` are copied from there.
    pub folder: PathBuf,
    /// What was run, with what.
    pub manifest: RunManifest,
    /// The samples that are finished, by task.
    pub samples: BTreeMap<TaskId, SampleResult>,
    /// The numbers as the run wrote them; absent when it was interrupted.
    pub summary: Option<Summary>,
    /// Wall-clock time of each sample's stages, in the order they ended; the last of a stage
    /// counts.
    pub timings: BTreeMap<TaskId, Vec<StageTiming>>,
    /// Faults that were tried again, by task, in order.
    pub retries: BTreeMap<TaskId, Vec<Fault>>,
    /// What was asked of models and answered, by task, in the order it happened. An answer that a
    /// resumed run takes from its own log stands there again.
    pub exchanges: BTreeMap<TaskId, Vec<Exchange>>,
    /// Steps of interactions whose samples are not finished, by task: what a stopped run knew of them.
    pub unfinished: BTreeMap<TaskId, InteractionTrace>,
    /// True when the last line of `events.jsonl` was cut and left out.
    pub cut_line: bool,
}

/// How long one stage of one sample took.
#[derive(Clone, Debug, PartialEq)]
pub struct StageTiming {
    /// `reference`, `candidate`, `render`, `score`.
    pub stage: String,
    /// Wall-clock seconds.
    pub seconds: f64,
    /// The render's own phases in seconds, where the stage has them.
    pub phases: Vec<(String, f64)>,
}

impl RunLog {
    /// True when the run has no summary: it was stopped, or is still going on.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.summary.is_none()
    }

    /// `interrupted, k of n` for a run without a summary.
    #[must_use]
    pub fn interruption(&self) -> Option<String> {
        self.is_interrupted().then(|| {
            format!("interrupted, {} of {}", self.samples.len(), self.manifest.tasks.len())
        })
    }

    /// True when every finished sample is a question about a page: then nothing of the model's was
    /// there to be rendered, and a count of zero would read as a failure.
    #[must_use]
    pub fn asks_questions(&self) -> bool {
        !self.samples.is_empty() && self.samples.values().all(|s| s.questioning.is_some())
    }

    /// True when the run gives rewards to completions instead of holding pages against references.
    #[must_use]
    pub fn rewards(&self) -> bool {
        self.manifest.protocol.starts_with("reward ")
    }

    /// Denominators: the run's own, or counted from the finished samples of an interrupted run.
    /// `tasks` is always the number of tasks of the suite.
    #[must_use]
    pub fn counts(&self) -> Counts {
        if let Some(summary) = &self.summary {
            return summary.counts.clone();
        }
        let number = |keep: &dyn Fn(&SampleResult) -> bool| {
            u32::try_from(self.samples.values().filter(|s| keep(s)).count()).unwrap_or(u32::MAX)
        };
        let mut faults: BTreeMap<String, u32> = BTreeMap::new();
        for fault in self.samples.values().filter_map(|sample| sample.fault.as_ref()) {
            *faults.entry(fault.code()).or_default() += 1;
        }
        Counts {
            tasks: u32::try_from(self.manifest.tasks.len()).unwrap_or(u32::MAX),
            answered: number(&|s| s.answered),
            rendered: number(&|s| s.rendered),
            scored: number(&|s| s.outcome != SampleOutcome::SystemFault),
            faults,
        }
    }

    /// Mean of each metric with its interval: the run's own, or computed from the finished
    /// samples of an interrupted run.
    #[must_use]
    pub fn scores(&self) -> BTreeMap<String, MetricSummary> {
        if let Some(summary) = &self.summary {
            return summary.scores.clone();
        }
        metric::metrics_of([self])
            .into_iter()
            .map(|metric| {
                let values: Vec<f64> = self
                    .samples
                    .values()
                    .filter_map(|sample| sample.scores.value(&metric.id))
                    .collect();
                (metric.id, statistics::mean_ci(&values))
            })
            .collect()
    }

    /// Wall-clock seconds of all stages of one sample, where any was recorded.
    #[must_use]
    pub fn seconds(&self, task: &TaskId) -> Option<f64> {
        let stages = self.timings.get(task)?;
        Some(stages.iter().map(|stage| stage.seconds).sum())
    }
}

/// What to call each run: its model, a folder in it cut to its last part; and the run folder's
/// name too where two runs would be called the same.
#[must_use]
pub fn labels<'a>(runs: impl IntoIterator<Item = &'a RunLog>) -> Vec<String> {
    let runs: Vec<&RunLog> = runs.into_iter().collect();
    let names: Vec<String> = runs.iter().map(|run| short_model(&run.manifest.model)).collect();
    let mut labels: Vec<String> = Vec::with_capacity(runs.len());
    for (run, name) in runs.iter().zip(&names) {
        let shared = names.iter().filter(|other| *other == name).count() > 1;
        let folder = run.folder.file_name().map(|folder| folder.to_string_lossy());
        let mut label = match folder {
            Some(folder) if shared => format!("{name} ({folder})"),
            _ => name.clone(),
        };
        if labels.contains(&label) {
            label = format!("{label} #{}", labels.len() + 1);
        }
        labels.push(label);
    }
    labels
}

/// `replay:answers/of/a` as `replay:a`; a model that names no folder of answers stays as it is.
fn short_model(model: &str) -> String {
    let last = |folder: &str| folder.trim_end_matches('/').rsplit('/').next().map(str::to_owned);
    match model.split_once(':') {
        Some(("replay", folder)) => {
            format!("replay:{}", last(folder).unwrap_or_else(|| folder.to_owned()))
        }
        _ => model.to_owned(),
    }
}

/// Reads the run in folder `run`.
///
/// # Errors
/// [`ReportError::NotARun`] without a `run.json`; [`ReportError::TooNew`] or
/// [`ReportError::TooOld`] for a format this version does not read; [`ReportError::DamagedFile`]
/// and [`ReportError::DamagedLine`] for content that does not parse, except a cut last line of
/// `events.jsonl`; [`ReportError::Read`] when the system refuses.
pub fn load(run: &Path) -> Result<RunLog, ReportError> {
    let manifest = load_manifest(run)?;
    let mut log = RunLog {
        folder: run.to_owned(),
        manifest,
        samples: BTreeMap::new(),
        summary: load_summary(&run.join("summary.json"))?,
        timings: BTreeMap::new(),
        retries: BTreeMap::new(),
        exchanges: BTreeMap::new(),
        unfinished: BTreeMap::new(),
        cut_line: false,
    };
    load_events(&run.join("events.jsonl"), &mut log)?;
    Ok(log)
}

fn load_manifest(run: &Path) -> Result<RunManifest, ReportError> {
    let path = run.join("run.json");
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error)
            if matches!(
                error.kind(),
                std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
            ) =>
        {
            return Err(ReportError::NotARun { path: run.to_owned() });
        }
        Err(source) => return Err(ReportError::Read { path, source }),
    };
    // The version comes first: a newer manifest may have fields of other shapes.
    #[derive(serde::Deserialize)]
    struct Version {
        format: [u32; 2],
    }
    let damaged = |path: &Path, error: serde_json::Error| ReportError::DamagedFile {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    let found = serde_json::from_slice::<Version>(&bytes).map_err(|e| damaged(&path, e))?.format;
    if found[0] < FORMAT_MAJOR {
        return Err(ReportError::TooOld { path: run.to_owned(), found });
    }
    if found[0] > FORMAT_MAJOR || found[1] > FORMAT_MINOR {
        return Err(ReportError::TooNew { path: run.to_owned(), found });
    }
    serde_json::from_slice(&bytes).map_err(|e| damaged(&path, e))
}

fn load_summary(path: &Path) -> Result<Option<Summary>, ReportError> {
    match std::fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|error| {
            ReportError::DamagedFile { path: path.to_owned(), reason: error.to_string() }
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ReportError::Read { path: path.to_owned(), source }),
    }
}

fn load_events(path: &Path, log: &mut RunLog) -> Result<(), ReportError> {
    let refused = |source| ReportError::Read { path: path.to_owned(), source };
    let file = match File::open(path) {
        Ok(file) => file,
        // A run stopped before its first event has a manifest only.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(refused(source)),
    };
    let mut reader = BufReader::with_capacity(1 << 20, file);
    let mut bytes = Vec::new();
    let mut steps = UnfinishedSteps::default();
    for line in 1.. {
        bytes.clear();
        reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut bytes).map_err(refused)?;
        let whole = bytes.ends_with(b"\n");
        if bytes.is_empty() {
            break;
        }
        let damaged =
            |reason: String| ReportError::DamagedLine { path: path.to_owned(), line, reason };
        match Event::from_line(&bytes) {
            Ok(event) => take_event(event, log, &mut steps).map_err(damaged)?,
            Err(_) if !whole && (bytes.len() as u64) < MAX_LINE => {
                log.cut_line = true;
                break;
            }
            Err(_) if !whole => return Err(damaged("it is longer than 64 MiB".to_owned())),
            Err(error) => return Err(damaged(error)),
        }
    }
    log.unfinished = steps.traces();
    Ok(())
}

/// Steps of samples that are being worked on; few at any time, as a finished sample tells of its own.
#[derive(Default)]
struct UnfinishedSteps {
    /// How many processes have worked on the run so far.
    processes: u32,
    /// By task, the process that told of its steps, and the last of each number.
    of: BTreeMap<TaskId, (u32, BTreeMap<u32, StepTrace>)>,
}

impl UnfinishedSteps {
    fn take(&mut self, task: TaskId, step: StepTrace) {
        let (process, steps) = self.of.entry(task).or_default();
        // A resumed run does the actions from the first on: what an earlier one saw is another replay.
        if *process != self.processes {
            *process = self.processes;
            steps.clear();
        }
        steps.insert(step.step, step);
    }

    fn traces(self) -> BTreeMap<TaskId, InteractionTrace> {
        let trace = |steps: BTreeMap<u32, StepTrace>| InteractionTrace {
            steps: steps.into_values().collect(),
        };
        self.of.into_iter().map(|(task, (_, steps))| (task, trace(steps))).collect()
    }
}

fn take_event(event: Event, log: &mut RunLog, steps: &mut UnfinishedSteps) -> Result<(), String> {
    let known = |task: &TaskId| {
        log.manifest
            .tasks
            .contains(task)
            .then_some(())
            .ok_or_else(|| format!("task `{task}` is not among the tasks of `run.json`"))
    };
    match event {
        Event::Started { .. } => steps.processes += 1,
        Event::Finished => {}
        // The sample that a step belongs to tells of all its steps when it ends.
        Event::StepFinished { task, .. } if log.samples.contains_key(&task) => {}
        Event::StepFinished { task, step } => {
            known(&task)?;
            steps.take(task, *step);
        }
        Event::Asked(exchange) => {
            log.exchanges.entry(exchange.task.clone()).or_default().push(*exchange);
        }
        Event::StageFinished { task, stage, seconds, phases } => {
            let stages = log.timings.entry(task).or_default();
            stages.retain(|earlier| earlier.stage != stage);
            stages.push(StageTiming { stage, seconds, phases });
        }
        Event::Retried { task, fault } => {
            steps.of.remove(&task);
            log.retries.entry(task).or_default().push(fault);
        }
        Event::SampleFinished(sample) => {
            known(&sample.task)?;
            steps.of.remove(&sample.task);
            log.samples.insert(sample.task.clone(), *sample);
        }
    }
    Ok(())
}
