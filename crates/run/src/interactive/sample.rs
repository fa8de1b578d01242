//! One recording from task to score: `candidate -> site -> replay -> judge -> compare -> score`.
//!
//! The counterpart of `sample` where a page has to work, and not only to look right. Steps are written
//! down as they end: a run that goes on does the actions again, since a page cannot be kept, and takes
//! from its log what was compared.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use futures_util::future::join_all;
use pageloom_browser::InteractionPolicy;
use pageloom_schema::{
    AssertionResult, Candidate, Event, Fault, InteractionTrace, ModelReply, ModelRequest,
    PageFaultKind, Png, Recording, SampleOutcome, SampleResult, Scores, Site, StepTrace,
    SystemFaultKind, Task, Viewport,
};
use pageloom_score::interactive::{
    Compared, Likeness, PicturePair, Protocol, StepEvidence, VisualJudge, assertion, pairs,
    resemblance, task_scores, unanswered,
};
use pageloom_score::judge::criteria::Form;
use pageloom_vision::{Ffmpeg, FramePlan, VisionError, decode};

use super::answer::answer_site;
use super::locate::{Asker, Grounder};
use super::prompt::{PromptOptions, page_request};
use super::replay::{Plan, Replayed, replay};
use super::task_folder::TaskFolder;
use super::visual::Comparer;
use crate::candidates::{Model, Question, answer_text};
use crate::error::RunError;
use crate::judge::{Judge, TRIES};
use crate::sample::{Sample, Stages, blocking};

/// The score that everything goes into.
const WHOLE: &str = "final";

/// What the samples of a run of recordings share.
#[derive(Clone)]
pub struct Rebuilding {
    /// How elements are found.
    pub grounder: Grounder,
    /// What compares pictures.
    pub comparer: Arc<Comparer>,
    /// The clock and limits of pages in use.
    pub policy: InteractionPolicy,
    /// Cuts videos into frames; absent where the program is missing.
    pub ffmpeg: Option<Arc<Ffmpeg>>,
    /// What a model is shown at most.
    pub shown: PromptOptions,
}

/// Runs one recording to its end. What ends it early is part of the result.
///
/// # Errors
/// Only when the run itself cannot go on: its folder cannot be written, its budget is spent.
pub(crate) async fn run_recording(
    stages: &Stages,
    task: &Arc<Task>,
    recording: &Arc<Recording>,
    known: &BTreeMap<u32, StepTrace>,
) -> Result<SampleResult, RunError> {
    let Some(protocol) = Protocol::named(&stages.protocol) else {
        return Err(RunError::NoProtocol {
            name: stages.protocol.clone(),
            reason: "its tasks are no recordings".to_owned(),
            hint: "name iwr-bench/v1 or iwr-bench/compat".to_owned(),
        });
    };
    let Some(rebuilding) = &stages.rebuilding else {
        return Err(RunError::Missing {
            what: "what recordings are rebuilt with".to_owned(),
            hint: "set `EvaluateOptions::rebuilding`".to_owned(),
        });
    };
    let folder = TaskFolder::of(recording)?;
    let mut work = Work {
        sample: Sample::new(stages, task),
        rebuilding,
        recording,
        folder,
        protocol,
        known,
        trace: InteractionTrace::default(),
        compared: Vec::new(),
        unjudged: None,
    };
    let outcome = work.outcome().await;
    let (outcome, fault, scores) = match outcome {
        Ok(None) => (SampleOutcome::Scored, None, work.scores()),
        // A page that broke on its way is scored by the steps that it took.
        Ok(Some(fault)) => (SampleOutcome::PageFault, Some(fault), work.scores()),
        Err(Fault::Page(fault)) => {
            let scores = unanswered(protocol, &fault.to_string());
            (SampleOutcome::PageFault, Some(Fault::Page(fault)), scores)
        }
        Err(fault @ Fault::System(_)) => {
            (SampleOutcome::SystemFault, Some(fault), Scores::default())
        }
    };
    // As long as the judge owes what the score takes, there is none; the next run asks it again.
    let (outcome, fault, scores) = match work.unjudged.take() {
        Some(unjudged) if protocol == Protocol::V1 && scores.value(WHOLE).is_none() => {
            (SampleOutcome::SystemFault, Some(unjudged), Scores::default())
        }
        _ => (outcome, fault, scores),
    };
    let trace = std::mem::take(&mut work.trace);
    let mut sample = work.sample;
    let mut result = sample.finished(outcome, fault, scores);
    if !trace.steps.is_empty() {
        result.interaction = Some(trace);
    }
    match sample.broken {
        Some(error) => Err(error),
        None => Ok(result),
    }
}

/// A recording on its way.
struct Work<'a> {
    sample: Sample<'a>,
    rebuilding: &'a Rebuilding,
    recording: &'a Arc<Recording>,
    folder: TaskFolder,
    protocol: Protocol,
    /// Steps that an earlier process wrote down.
    known: &'a BTreeMap<u32, StepTrace>,
    trace: InteractionTrace,
    /// The pictures that were compared, and the place of the step that has what was measured.
    compared: Vec<(PicturePair, usize)>,
    /// Why the judge said nothing of a step, the first time it did not.
    unjudged: Option<Fault>,
}

impl Work<'_> {
    /// The stages, top to bottom; a fault of the page that ended the replay is handed on.
    async fn outcome(&mut self) -> Result<Option<Fault>, Fault> {
        let candidate = self.candidate().await?;
        let site = self.site(candidate)?;
        let replayed = self.replay(&site).await?;
        let fault = replayed.fault.clone();
        self.trace.steps = replayed.steps;
        self.store_pictures(&replayed.pictures)?;
        self.assert(&replayed.pictures).await?;
        self.compare(&replayed.pictures).await?;
        Ok(fault)
    }

    async fn candidate(&mut self) -> Result<Candidate, Fault> {
        let started = Instant::now();
        let candidate = match &self.sample.stages.model {
            Model::Endpoint(model) => {
                let model = model.clone();
                let request = self.request(model.client.max_pictures()).await?;
                let reply = self.sample.ask(&model.client, "candidate", &request).await?;
                answer_text(&reply).map(Candidate::Answer)
            }
            Model::Oracle => match self.folder.site() {
                Ok(Some(site)) => Ok(Candidate::Site(site)),
                Ok(None) => {
                    let detail = "the task has no page of its own: it was recorded elsewhere";
                    Err(Fault::system(SystemFaultKind::Reference, detail))
                }
                Err(error) => Err(Fault::system(SystemFaultKind::Storage, error.to_string())),
            },
            model => {
                let (model, task) = (model.clone(), Arc::clone(self.sample.task));
                let picture = self.checkpoint(0)?.unwrap_or_else(|| Png(Arc::from([])));
                blocking(move || {
                    model.answer(&Question { task: &task, reference: None, picture: &picture })
                })
                .await?
            }
        };
        self.sample.answered = !matches!(candidate, Ok(Candidate::Missing) | Err(Fault::System(_)));
        self.sample.note_stage("candidate", started, Vec::new());
        candidate
    }

    /// What a model is asked: sheets of assets, frames of the video, and what is wanted; no more
    /// pictures than its provider takes.
    async fn request(&mut self, most_pictures: usize) -> Result<ModelRequest, Fault> {
        let ours = |error: String| Fault::system(SystemFaultKind::Reference, error);
        let Some(ffmpeg) = self.rebuilding.ffmpeg.clone() else {
            return Err(Fault::system(SystemFaultKind::Helper, "ffmpeg is not installed"));
        };
        let Some(video) = self.folder.video() else {
            return Err(Fault::system(SystemFaultKind::Reference, "the task has no video"));
        };
        let (folder, shown) = (self.folder.clone(), self.rebuilding.shown.within(most_pictures));
        let viewport = self.sample.viewport;
        let (sheets, frames) = blocking(move || {
            let sheets = folder.stitched_sheets().map_err(|error| error.to_string())?;
            let plan = FramePlan {
                most: u32::try_from(shown.max_frames).unwrap_or(u32::MAX),
                longest_side: shown.max_side,
            };
            let frames = ffmpeg.frames(&video, plan).map_err(|error| error.to_string())?;
            Ok::<_, String>((sheets, frames))
        })
        .await?
        .map_err(ours)?;
        page_request(viewport, &self.folder.asset_names(), &sheets, &frames, &shown)
    }

    fn site(&mut self, candidate: Candidate) -> Result<Arc<Site>, Fault> {
        if matches!(candidate, Candidate::Missing) {
            return Err(Fault::page(PageFaultKind::NoAnswer, "the model gave no answer"));
        }
        if let Candidate::Answer(text) = &candidate {
            self.sample.store("answer", text.as_bytes(), "txt");
        }
        let assets = self
            .folder
            .assets()
            .map_err(|error| Fault::system(SystemFaultKind::Storage, error.to_string()))?;
        let site = answer_site(&candidate, &assets)?;
        self.sample.store("candidate_html", site.entry_html().as_bytes(), "html");
        Ok(Arc::new(site))
    }

    async fn replay(&mut self, site: &Arc<Site>) -> Result<Replayed, Fault> {
        let started = Instant::now();
        let stages = self.sample.stages;
        let folder = self.folder.clone();
        let files = move |name: &str| folder.asset(name);
        let plan = Plan {
            site,
            viewport: self.viewport(),
            policy: &self.rebuilding.policy,
            actions: &self.recording.row.action_sequence,
            grounder: &self.rebuilding.grounder,
            asker: Some(Asker { folder: &stages.folder, task: &self.sample.task.id }),
            compat: self.protocol == Protocol::Compat,
            files: &files,
        };
        let mut broken = None;
        let mut seen = |step: &StepTrace, _: Option<&Png>| {
            let event = Event::StepFinished {
                task: self.sample.task.id.clone(),
                step: Box::new(step.clone()),
            };
            if let Err(error) = stages.folder.append(&event) {
                broken.get_or_insert(error);
            }
        };
        let replayed = replay(&stages.pool, &plan, None, &mut seen).await;
        if let Some(error) = broken {
            self.sample.note_broken(error);
        }
        self.sample.note_stage("replay", started, Vec::new());
        let replayed = replayed.map_err(|error| self.sample.no_answer(error))?;
        self.sample.rendered = replayed.pictures.contains_key(&0);
        Ok(replayed)
    }

    fn viewport(&self) -> Viewport {
        self.sample.viewport
    }

    fn checkpoint(&self, step: u32) -> Result<Option<Png>, Fault> {
        self.folder
            .checkpoint(step)
            .map_err(|error| Fault::system(SystemFaultKind::Reference, error.to_string()))
    }

    fn store_pictures(&mut self, pictures: &BTreeMap<u32, Png>) -> Result<(), Fault> {
        for at in 0..self.trace.steps.len() {
            let number = u32::try_from(at).unwrap_or(u32::MAX);
            let reference = self.checkpoint(number)?;
            let sides = [("candidate", pictures.get(&number).cloned()), ("reference", reference)];
            for (side, png) in sides {
                let Some(png) = png else { continue };
                let name = self.sample.stages.folder.store(&png.0, "png");
                match name {
                    Ok(name) => {
                        if let Some(step) = self.trace.steps.get_mut(at) {
                            step.blobs.insert(side.to_owned(), name.clone());
                        }
                        if at == 0 {
                            self.sample.blobs.insert(format!("{side}_png"), name);
                        }
                    }
                    Err(error) => self.sample.note_broken(error),
                }
            }
        }
        Ok(())
    }

    /// Asks the judge for the sentences that no check decides; under the published rules, for all.
    async fn assert(&mut self, pictures: &BTreeMap<u32, Png>) -> Result<(), Fault> {
        let Judge::Vision(judge) = &self.sample.stages.judge else { return Ok(()) };
        let started = Instant::now();
        let mut asked = Vec::new();
        for (at, step) in self.trace.steps.iter().enumerate() {
            let sentence = step.action.as_ref().and_then(|a| a.logical_assertion.as_deref());
            let decided = self.protocol == Protocol::V1 && !step.checks.is_empty();
            let (Some(sentence), false) = (sentence, decided) else { continue };
            let before = step.step.checked_sub(1).and_then(|before| pictures.get(&before));
            let (Some(before), Some(after)) = (before, pictures.get(&step.step)) else { continue };
            let form = form_of(self.protocol);
            asked.push((at, assertion::question(form, before, after, sentence)));
        }
        let (protocol, form) = (self.protocol, form_of(self.protocol));
        let read = move |reply: &ModelReply| {
            assertion::read(form, &reply.text).map_err(|error| error.to_string())
        };
        let tries = if protocol == Protocol::Compat { 1 } else { TRIES };
        let (folder, task) = (&self.sample.stages.folder, &self.sample.task.id);
        let answers = join_all(
            asked
                .iter()
                .map(|(_, request)| judge.ask(folder, (task, "assertion"), request, tries, read)),
        )
        .await;
        for ((at, _), answer) in asked.iter().zip(answers) {
            let result = match answer {
                Ok(Ok(answer)) => AssertionResult { holds: Some(answer.holds), words: answer.why },
                Ok(Err(words)) => {
                    self.note_unjudged(*at, Fault::system(SystemFaultKind::Judge, words.clone()));
                    AssertionResult { holds: None, words }
                }
                Err(error) => match self.sample.no_answer(error) {
                    // What the published rules let pass is an answer that cannot be read, not a judge that
                    // cannot be reached.
                    fault if self.sample.broken.is_some() || self.protocol == Protocol::Compat => {
                        return Err(fault);
                    }
                    fault => {
                        let words = fault.to_string();
                        self.note_unjudged(*at, fault);
                        AssertionResult { holds: None, words }
                    }
                },
            };
            if let Some(step) = self.trace.steps.get_mut(*at) {
                step.assertion = Some(result);
            }
        }
        self.sample.note_stage("judge", started, Vec::new());
        Ok(())
    }

    /// Holds windows against the checkpoints that count.
    async fn compare(&mut self, pictures: &BTreeMap<u32, Png>) -> Result<(), Fault> {
        let started = Instant::now();
        let mut asked = Vec::new();
        for pair in pairs(self.protocol, &self.evidence()) {
            let (Some(candidate), Some(reference)) =
                (pictures.get(&pair.screenshot), self.checkpoint(pair.checkpoint)?)
            else {
                continue;
            };
            let at = pair.checkpoint as usize;
            let Some(step) = self.trace.steps.get(at).cloned() else { continue };
            let known = self.known.get(&step.step).filter(|known| {
                pair.screenshot == pair.checkpoint
                    && !known.visual.is_empty()
                    && known.blobs.get("candidate") == step.blobs.get("candidate")
                    && known.blobs.get("reference") == step.blobs.get("reference")
            });
            let visual = match known {
                Some(known) => known.visual.clone(),
                None => self.rebuilding.comparer.compare(&reference, candidate).await?,
            };
            let difference = self.difference(&reference, candidate).await?;
            if let Judge::Vision(_) = &self.sample.stages.judge {
                let form = form_of(self.protocol);
                asked.push((at, resemblance::question(form, &reference, candidate)));
            }
            self.compared.push((pair, at));
            if let Some(step) = self.trace.steps.get_mut(at) {
                step.visual = visual;
                step.blobs.extend(difference.map(|name| ("difference".to_owned(), name)));
                let event = Event::StepFinished {
                    task: self.sample.task.id.clone(),
                    step: Box::new(step.clone()),
                };
                if let Err(error) = self.sample.stages.folder.append(&event) {
                    self.sample.note_broken(error);
                }
            }
        }
        self.sample.note_stage("compare", started, Vec::new());
        self.grade(asked).await
    }

    async fn difference(&mut self, one: &Png, other: &Png) -> Result<Option<String>, Fault> {
        let (one, other) = (one.clone(), other.clone());
        let drawn = blocking(move || {
            if one == other || decode(&one)? == decode(&other)? {
                return Ok(None);
            }
            pageloom_vision::difference(&one, &other).map(Some)
        })
        .await?;
        let drawn = drawn.map_err(|error: VisionError| {
            Fault::system(SystemFaultKind::Helper, error.to_string())
        })?;
        let Some(png) = drawn else { return Ok(None) };
        match self.sample.stages.folder.store(&png.0, "png") {
            Ok(name) => Ok(Some(name)),
            Err(error) => {
                self.sample.note_broken(error);
                Ok(None)
            }
        }
    }

    /// Asks the judge how alike the pictures are.
    async fn grade(&mut self, asked: Vec<(usize, ModelRequest)>) -> Result<(), Fault> {
        let Judge::Vision(judge) = &self.sample.stages.judge else { return Ok(()) };
        let started = Instant::now();
        let (protocol, form) = (self.protocol, form_of(self.protocol));
        let read = move |reply: &ModelReply| {
            resemblance::read(form, &reply.text).map_err(|error| error.to_string())
        };
        let tries = if protocol == Protocol::Compat { 1 } else { TRIES };
        let (folder, task) = (&self.sample.stages.folder, &self.sample.task.id);
        let answers =
            join_all(asked.iter().map(|(_, request)| {
                judge.ask(folder, (task, "resemblance"), request, tries, read)
            }))
            .await;
        for ((at, _), answer) in asked.iter().zip(answers) {
            let (value, words) = match answer {
                Ok(Ok(answer)) => (Some(answer.grade), answer.why),
                Ok(Err(words)) => {
                    self.note_unjudged(*at, Fault::system(SystemFaultKind::Judge, words.clone()));
                    (None, words)
                }
                Err(error) => match self.sample.no_answer(error) {
                    fault if self.sample.broken.is_some() || self.protocol == Protocol::Compat => {
                        return Err(fault);
                    }
                    fault => {
                        let words = fault.to_string();
                        self.note_unjudged(*at, fault);
                        (None, words)
                    }
                },
            };
            if let Some(step) = self.trace.steps.get_mut(*at) {
                step.visual.extend(value.map(|value| ("judge".to_owned(), value)));
                step.visual_words = Some(words);
            }
        }
        self.sample.note_stage("grade", started, Vec::new());
        Ok(())
    }

    fn note_unjudged(&mut self, at: usize, fault: Fault) {
        self.unjudged.get_or_insert_with(|| match fault {
            Fault::System(mut fault) => {
                fault.detail = format!("step {at}: {}", fault.detail);
                Fault::System(fault)
            }
            fault @ Fault::Page(_) => fault,
        });
    }

    /// What the replay says of each step.
    fn evidence(&self) -> Vec<StepEvidence> {
        let judged = matches!(self.sample.stages.judge, Judge::Vision(_));
        let checkpoints = self.folder.checkpoint_steps();
        let evidence = |step: &StepTrace| StepEvidence {
            has_checkpoint: checkpoints.contains(&step.step),
            ..StepEvidence::of(self.protocol, step, judged)
        };
        self.trace.steps.iter().map(evidence).collect()
    }

    fn scores(&self) -> Scores {
        let judge = match self.sample.stages.judge {
            Judge::Vision(_) => VisualJudge::Vision,
            Judge::Local => VisualJudge::Local,
        };
        let likeness = |at: &usize| self.trace.steps.get(*at).map(Likeness::of).unwrap_or_default();
        let compared: Vec<Compared> = self
            .compared
            .iter()
            .map(|(pair, at)| Compared { pair: *pair, likeness: likeness(at) })
            .collect();
        task_scores(self.protocol, &self.evidence(), &compared, judge)
    }
}

fn form_of(protocol: Protocol) -> Form {
    match protocol {
        Protocol::V1 => Form::V1,
        Protocol::Compat => Form::Compat,
    }
}
