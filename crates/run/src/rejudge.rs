//! An existing run judged again: from the pictures and captures it kept, without a browser.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use pageloom_schema::{
    Capture, Event, FORMAT_MAJOR, FORMAT_MINOR, Fault, Png, SampleOutcome, SampleResult, Scores,
    Summary, SystemFaultKind, TaskId,
};
use pageloom_score::{PreparedPage, prepare, prepare_screenshot, score_fault, score_pair};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::asking::{AskError, Desk};
use crate::error::RunError;
use crate::evaluate::Progress;
use crate::judge::{Judge, Side, beside};
use crate::log::{ReadRun, RunFolder, read_blob};
use crate::suite::PAGE_PROTOCOLS;
use crate::summary::summarise;

/// What is to be judged again, and by whom.
pub struct RejudgeOptions {
    /// The run.
    pub source: ReadRun,
    /// Its folder.
    pub folder: PathBuf,
    /// Who judges.
    pub judge: Judge,
    /// The judge as it was named.
    pub judge_name: String,
    /// The protocol.
    pub protocol: String,
    /// Where the judge is asked, if it is.
    pub desk: Option<Arc<Desk>>,
    /// How it is asked, in words, for the record.
    pub asking: BTreeMap<String, String>,
    /// The folder of the new run.
    pub out: PathBuf,
    /// Samples at a time, at least 1.
    pub workers: usize,
}

/// Judges a run again, or the rest of it where that was interrupted, and writes a new run.
///
/// Samples that the run did not finish, or that ended in a system fault, are as they were.
///
/// # Errors
/// [`RunError::Stopped`] once `stop` is set; other [`RunError`]s when the judge cannot be asked any
/// further, or the new folder cannot be written.
pub async fn rejudge(
    options: RejudgeOptions,
    mut stop: watch::Receiver<bool>,
    progress: &mut (dyn FnMut(Progress<'_>) + Send),
) -> Result<Summary, RunError> {
    let mut manifest = options.source.manifest.clone();
    for protocol in [&manifest.protocol, &options.protocol] {
        if !PAGE_PROTOCOLS.contains(&protocol.as_str()) {
            return Err(RunError::NoProtocol {
                name: protocol.clone(),
                reason: "only runs of pages beside their references are judged again".to_owned(),
                hint: format!("there is {}", PAGE_PROTOCOLS.join(" and ")),
            });
        }
    }
    manifest.judge.clone_from(&options.judge_name);
    manifest.protocol.clone_from(&options.protocol);
    manifest.format = [FORMAT_MAJOR, FORMAT_MINOR];
    manifest.versions.insert("judged by".to_owned(), env!("CARGO_PKG_VERSION").to_owned());
    manifest.asking.retain(|name, _| !name.starts_with("judge."));
    manifest.asking.extend(options.asking.clone());
    let (folder, progressed) = RunFolder::open(&options.out, &manifest)?;
    let folder = Arc::new(folder);
    let mut results = progressed.finished;
    if let Some(desk) = &options.desk {
        desk.begin(&folder, &progressed.exchanges);
    }
    let tasks = manifest.tasks.len();
    progress(Progress::Started { finished: results.len(), tasks });
    folder
        .append(&Event::Started { finished: u32::try_from(results.len()).unwrap_or(u32::MAX) })?;

    let at_a_time = options.desk.as_ref().map_or(0, |desk| desk.concurrency());
    let at_a_time = options.workers.max(at_a_time).max(1);
    let job = Arc::new(Job { from: options.folder, to: Arc::clone(&folder), judge: options.judge });
    let mut waiting: Vec<SampleResult> = options.source.samples.into_values().collect();
    waiting.retain(|sample| !results.contains_key(&sample.task));
    waiting.reverse();
    let mut running = JoinSet::new();
    let mut ending: Option<RunError> = None;
    loop {
        while running.len() < at_a_time
            && ending.is_none()
            && let Some(sample) = waiting.pop()
        {
            let job = Arc::clone(&job);
            running.spawn(async move { job.judge(sample).await });
        }
        let ended = tokio::select! {
            biased;
            Ok(_) = stop.wait_for(|stop| *stop), if ending.is_none() => {
                ending = Some(RunError::Stopped { finished: results.len(), tasks });
                if let Some(desk) = &options.desk {
                    desk.stop();
                }
                continue;
            }
            ended = running.join_next() => ended,
        };
        let Some(ended) = ended else { break };
        let ended = ended.map_err(|error| {
            RunError::storage("finish", folder.path())(std::io::Error::other(error))
        })?;
        match ended {
            Ok(result) => {
                folder.append(&Event::SampleFinished(Box::new(result.clone())))?;
                progress(Progress::Sample(&result));
                results.insert(result.task.clone(), result);
            }
            Err(error) => {
                ending.get_or_insert(error);
            }
        }
    }
    match ending {
        Some(RunError::Stopped { .. }) => {
            return Err(RunError::Stopped { finished: results.len(), tasks });
        }
        Some(error) => return Err(error),
        None => {}
    }
    let summary = summarise(&manifest, &results);
    folder.finish(&summary)?;
    folder.append(&Event::Finished)?;
    Ok(summary)
}

struct Job {
    from: PathBuf,
    to: Arc<RunFolder>,
    judge: Judge,
}

/// One side of a sample, as the run kept it.
struct Kept {
    picture: Png,
    /// Absent where the side was a picture only.
    capture: Option<Capture>,
}

impl Kept {
    fn shown(&self) -> Side<'_> {
        Side { picture: &self.picture, capture: self.capture.as_ref() }
    }

    fn prepare(&self) -> Result<PreparedPage, pageloom_score::ScoreError> {
        match &self.capture {
            Some(capture) => prepare(capture),
            None => prepare_screenshot(&self.picture),
        }
    }
}

impl Job {
    /// One sample, judged again. What is not there any more is a fault of ours.
    async fn judge(&self, mut sample: SampleResult) -> Result<SampleResult, RunError> {
        let started = Instant::now();
        let mut missing = None;
        for name in sample.blobs.values_mut() {
            let ending = name.rsplit_once('.').map_or("bin", |(_, ending)| ending).to_owned();
            match read_blob(&self.from, name) {
                Ok(bytes) => *name = self.to.store(&bytes, &ending)?,
                Err(error) => missing = Some(lost(&error.to_string())),
            }
        }
        let judged = match missing {
            Some(missing) if sample.outcome != SampleOutcome::SystemFault => Err(missing),
            _ => self.scores(&sample).await,
        };
        self.to.append(&Event::StageFinished {
            task: sample.task.clone(),
            stage: "judge".to_owned(),
            seconds: started.elapsed().as_secs_f64(),
            phases: Vec::new(),
        })?;
        match judged {
            Ok(Some(scores)) => sample.scores = scores,
            Ok(None) => {}
            Err(AskError::Run(error)) => return Err(error),
            Err(AskError::Fault(fault)) => {
                sample.outcome = SampleOutcome::SystemFault;
                sample.fault = Some(fault);
                sample.scores = Scores::default();
            }
        }
        Ok(sample)
    }

    /// The new scores; absent where nothing can be judged.
    async fn scores(&self, sample: &SampleResult) -> Result<Option<Scores>, AskError> {
        if sample.outcome == SampleOutcome::SystemFault {
            return Ok(None);
        }
        let reference = self.side(&sample.task, &sample.blobs, "reference")?;
        if let (SampleOutcome::PageFault, Some(Fault::Page(fault))) =
            (sample.outcome, &sample.fault)
        {
            let prepared = reference.and_then(|side| side.prepare().ok());
            let local = score_fault(fault, prepared.as_ref());
            return Ok(Some(self.judge.page_fault(fault, local)));
        }
        let candidate = self.side(&sample.task, &sample.blobs, "candidate")?;
        let (Some(reference), Some(candidate)) = (reference, candidate) else {
            return Err(lost("the run does not hold both pages"));
        };
        let (reference, candidate) = (Arc::new(reference), Arc::new(candidate));
        let pair = (Arc::clone(&reference), Arc::clone(&candidate));
        let computed = tokio::task::spawn_blocking(move || {
            Ok::<_, pageloom_score::ScoreError>(score_pair(&pair.0.prepare()?, &pair.1.prepare()?))
        });
        let local = match computed.await {
            Ok(Ok(scores)) => scores,
            Ok(Err(error)) => return Err(lost(&error.to_string())),
            Err(error) => return Err(lost(&error.to_string())),
        };
        match &self.judge {
            Judge::Local => Ok(Some(local)),
            Judge::Vision(judge) => {
                let asked = judge
                    .scores(&self.to, &sample.task, reference.shown(), candidate.shown())
                    .await?;
                Ok(Some(beside(asked, local)))
            }
        }
    }

    fn side(
        &self,
        task: &TaskId,
        blobs: &BTreeMap<String, String>,
        side: &str,
    ) -> Result<Option<Kept>, AskError> {
        let read = |kind: &str| match blobs.get(&format!("{side}_{kind}")) {
            Some(name) => read_blob(self.to.path(), name).map(Some),
            None => Ok(None),
        };
        let Some(picture) = read("png")? else { return Ok(None) };
        let picture = Png(Arc::from(picture));
        let mut capture: Option<Capture> = match read("capture")? {
            Some(json) => Some(
                serde_json::from_slice(&json)
                    .map_err(|error| lost(&format!("the capture of `{task}`: {error}")))?,
            ),
            None => None,
        };
        if let Some(capture) = &mut capture {
            capture.full_page_png = Some(picture.clone());
        }
        Ok(Some(Kept { picture, capture }))
    }
}

fn lost(message: &str) -> AskError {
    AskError::Fault(Fault::system(SystemFaultKind::Storage, message))
}
