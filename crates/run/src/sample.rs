//! One sample from task to score: `reference -> candidate -> build -> render -> score -> judge`.
//!
//! [`run_sample`] is the wiring and the only place that looks inside a [`Fault`]: what the page did
//! is scored, what went wrong on our side is not.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use pageloom_browser::Pool;
use pageloom_build::page_of_answer;
use pageloom_model::Client;
use pageloom_schema::{
    Candidate, Capture, Event, Fault, Finish, ModelReply, ModelRequest, PageFaultKind, Png,
    Reference, RenderPolicy, SampleOutcome, SampleResult, Scores, Site, SitePath, SystemFaultKind,
    Task, Viewport,
};
use pageloom_score::{PreparedPage, prepare, prepare_screenshot, score_fault, score_pair};

use crate::asking::{AskError, Desk};
use crate::candidates::{EndpointModel, Model, Question, answer_text};
use crate::error::RunError;
use crate::interactive::Rebuilding;
use crate::judge::{Judge, Side, beside};
use crate::log::RunFolder;
use crate::question::QuestionPages;
use crate::webgen_bench::Testing;

/// What every sample of a run shares.
pub struct Stages {
    /// Renders.
    pub pool: Arc<Pool>,
    /// Answers.
    pub model: Model,
    /// Judges.
    pub judge: Judge,
    /// Where models are asked, if any is.
    pub desk: Option<Arc<Desk>>,
    /// Render conditions of both sides.
    pub policy: RenderPolicy,
    /// A window instead of the tasks' own.
    pub viewport: Option<Viewport>,
    /// Files every candidate may refer to.
    pub shared_files: Vec<(SitePath, Arc<[u8]>)>,
    /// The protocol of the suite.
    pub protocol: String,
    /// Pages that questions are about.
    pub(crate) pages: QuestionPages,
    /// What recordings are rebuilt with.
    pub(crate) rebuilding: Option<Rebuilding>,
    /// What websites are built and tested with.
    pub(crate) testing: Option<Testing>,
    /// Where it is written down.
    pub folder: Arc<RunFolder>,
}

/// A reference ready to be held against candidates.
#[derive(Clone)]
pub struct ReadyReference {
    pub(crate) capture: Option<Arc<Capture>>,
    pub(crate) picture: Png,
    pub(crate) prepared: Arc<PreparedPage>,
}

/// Runs one sample to its end. What ends it early is part of the result.
///
/// # Errors
/// Only when the run itself cannot go on: its folder cannot be written.
pub async fn run_sample(
    stages: &Stages,
    task: &Arc<Task>,
    reference: Option<ReadyReference>,
) -> Result<(SampleResult, Option<ReadyReference>), RunError> {
    let mut sample = Sample::new(stages, task);
    let reference = match reference {
        Some(reference) => Ok(reference),
        None => sample.reference().await,
    };
    let outcome = match &reference {
        Ok(reference) => sample.outcome(reference).await,
        Err(fault) => Err(fault.clone()),
    };
    if let Ok(reference) = &reference {
        sample.store_reference(reference)?;
    }
    let result = match outcome {
        Ok(scores) => sample.finished(SampleOutcome::Scored, None, scores),
        Err(Fault::Page(fault)) => {
            let beside = reference.as_ref().ok().map(|reference| &*reference.prepared);
            let scores = stages.judge.page_fault(&fault, score_fault(&fault, beside));
            sample.finished(SampleOutcome::PageFault, Some(Fault::Page(fault)), scores)
        }
        Err(fault @ Fault::System(_)) => {
            sample.finished(SampleOutcome::SystemFault, Some(fault), Scores::default())
        }
    };
    match sample.broken {
        Some(error) => Err(error),
        None => Ok((result, reference.ok())),
    }
}

/// A sample on its way: what is known of it so far, and how that is written down.
pub(crate) struct Sample<'a> {
    pub(crate) stages: &'a Stages,
    pub(crate) task: &'a Arc<Task>,
    pub(crate) viewport: Viewport,
    pub(crate) answered: bool,
    pub(crate) rendered: bool,
    /// The answer ended at the limit of tokens.
    cut_off: bool,
    pub(crate) blobs: BTreeMap<String, String>,
    /// Why the run folder cannot be written, if it cannot.
    pub(crate) broken: Option<RunError>,
}

impl<'a> Sample<'a> {
    pub(crate) fn new(stages: &'a Stages, task: &'a Arc<Task>) -> Self {
        Self {
            viewport: stages.viewport.unwrap_or(task.viewport),
            stages,
            task,
            answered: false,
            rendered: false,
            cut_off: false,
            blobs: BTreeMap::new(),
            broken: None,
        }
    }

    /// The reference, rendered and prepared. A reference that cannot be had is our fault: nothing
    /// can be said of the candidate.
    pub(crate) async fn reference(&mut self) -> Result<ReadyReference, Fault> {
        let started = Instant::now();
        let ours = |fault: Fault| match fault {
            Fault::Page(fault) => Fault::system(SystemFaultKind::Reference, fault.to_string()),
            system @ Fault::System(_) => system,
        };
        let ready = match &self.task.reference {
            Reference::Site(site) => {
                let site = Arc::new(with_shared(site, &self.stages.shared_files));
                let capture = self
                    .stages
                    .pool
                    .render(&site, self.viewport, &self.stages.policy)
                    .await
                    .map_err(ours)?;
                let capture = Arc::new(capture);
                let (prepared, capture) = blocking(move || (prepare(&capture), capture)).await?;
                ReadyReference {
                    picture: capture.full_page_png.clone().unwrap_or_else(|| Png(Arc::from([]))),
                    prepared: Arc::new(prepared.map_err(unreadable)?),
                    capture: Some(capture),
                }
            }
            Reference::Nothing => {
                let detail = "the task has nothing to be reproduced";
                return Err(Fault::system(SystemFaultKind::Reference, detail));
            }
            Reference::Screenshot(png) => {
                let picture = png.clone();
                let (prepared, picture) =
                    blocking(move || (prepare_screenshot(&picture), picture)).await?;
                let prepared = Arc::new(prepared.map_err(unreadable)?);
                ReadyReference { capture: None, picture, prepared }
            }
        };
        let phases = ready.capture.as_ref().map(|c| c.timings.0.clone()).unwrap_or_default();
        self.note_stage("reference", started, phases);
        Ok(ready)
    }

    /// The stages of the candidate, top to bottom.
    async fn outcome(&mut self, reference: &ReadyReference) -> Result<Scores, Fault> {
        let candidate = self.candidate(reference).await?;
        let site = self.build(candidate)?;
        let capture = self.render(&site).await?;
        let local = self.score(reference, Arc::clone(&capture)).await?;
        self.judge(reference, &capture, local).await
    }

    async fn candidate(&mut self, reference: &ReadyReference) -> Result<Candidate, Fault> {
        let started = Instant::now();
        if let Model::Endpoint(model) = &self.stages.model {
            let candidate = self.asked_candidate(model, reference).await;
            self.note_stage("candidate", started, Vec::new());
            return candidate;
        }
        let (model, task, reference) =
            (self.stages.model.clone(), Arc::clone(self.task), reference.clone());
        let candidate = blocking(move || {
            model.answer(&Question {
                task: &task,
                reference: reference.capture.as_deref(),
                picture: &reference.picture,
            })
        })
        .await?;
        // A saved answer that is no page was still an answer.
        self.answered = !matches!(candidate, Ok(Candidate::Missing) | Err(Fault::System(_)));
        self.note_stage("candidate", started, Vec::new());
        candidate
    }

    async fn asked_candidate(
        &mut self,
        model: &EndpointModel,
        reference: &ReadyReference,
    ) -> Result<Candidate, Fault> {
        let shared: Vec<SitePath> =
            self.stages.shared_files.iter().map(|(path, _)| path.clone()).collect();
        let request = model.page_request(&reference.picture, self.viewport, &shared);
        let reply = self.ask(&model.client, "candidate", &request).await?;
        self.answered = !reply.text.trim().is_empty();
        self.cut_off = reply.finish == Finish::CutOff;
        answer_text(&reply).map(Candidate::Answer)
    }

    /// Asks a model on behalf of this sample.
    pub(crate) async fn ask(
        &mut self,
        client: &Client,
        purpose: &str,
        request: &ModelRequest,
    ) -> Result<ModelReply, Fault> {
        let Some(desk) = &self.stages.desk else {
            return Err(Fault::system(SystemFaultKind::Endpoint, "this run asks nobody"));
        };
        let asked = (&self.task.id, purpose);
        let reply = desk.ask(&self.stages.folder, client, asked, request).await;
        reply.map_err(|error| self.no_answer(error))
    }

    /// What became of a question without an answer. Where no further one can be answered, the run
    /// ends, and this sample has not happened.
    pub(crate) fn no_answer(&mut self, error: AskError) -> Fault {
        match error {
            AskError::Fault(fault) => fault,
            AskError::Run(error) => {
                self.note_broken(error);
                Fault::system(SystemFaultKind::Stopped, "the run ends here")
            }
        }
    }

    fn build(&mut self, candidate: Candidate) -> Result<Arc<Site>, Fault> {
        let site = match candidate {
            Candidate::Missing => {
                return Err(Fault::page(PageFaultKind::NoAnswer, "the model gave no answer"));
            }
            Candidate::Answer(text) => {
                self.store("candidate_html", text.as_bytes(), "html");
                let cut_off = self.cut_off;
                let page = page_of_answer(&text).map_err(|error| match error.into_fault() {
                    Fault::Page(fault) if cut_off => Fault::page(
                        PageFaultKind::CutOff,
                        format!("{fault}, and the answer is cut off"),
                    ),
                    fault => fault,
                })?;
                Site::from_html(page)
            }
            Candidate::Site(site) => {
                self.store("candidate_html", site.entry_html().as_bytes(), "html");
                site
            }
        };
        Ok(Arc::new(with_shared(&site, &self.stages.shared_files)))
    }

    pub(crate) async fn render(&mut self, site: &Arc<Site>) -> Result<Arc<Capture>, Fault> {
        let started = Instant::now();
        let capture =
            self.stages.pool.render(site, self.viewport, &self.stages.policy).await.map(Arc::new);
        let phases = capture.as_ref().map(|c| c.timings.0.clone()).unwrap_or_default();
        self.note_stage("render", started, phases);
        let capture = capture?;
        self.rendered = true;
        self.store_capture("candidate", &capture);
        Ok(capture)
    }

    pub(crate) async fn score(
        &mut self,
        reference: &ReadyReference,
        capture: Arc<Capture>,
    ) -> Result<Scores, Fault> {
        let started = Instant::now();
        let reference = Arc::clone(&reference.prepared);
        let scores = blocking(move || prepare(&capture).map(|page| score_pair(&reference, &page)))
            .await?
            .map_err(unreadable)?;
        self.note_stage("score", started, Vec::new());
        Ok(scores)
    }

    /// Adds what a vision judge says; the local judge has said it already.
    async fn judge(
        &mut self,
        reference: &ReadyReference,
        capture: &Capture,
        local: Scores,
    ) -> Result<Scores, Fault> {
        let Judge::Vision(judge) = &self.stages.judge else { return Ok(local) };
        let started = Instant::now();
        let candidate = capture.full_page_png.as_ref().ok_or_else(|| {
            Fault::system(SystemFaultKind::Judge, "there is no picture to be judged")
        })?;
        let (folder, task) = (&self.stages.folder, &self.task.id);
        let reference = Side { picture: &reference.picture, capture: reference.capture.as_deref() };
        let candidate = Side { picture: candidate, capture: Some(capture) };
        let asked = judge.scores(folder, task, reference, candidate).await;
        self.note_stage("judge", started, Vec::new());
        match asked {
            Ok(asked) => Ok(beside(asked, local)),
            Err(error) => Err(self.no_answer(error)),
        }
    }

    pub(crate) fn store_reference(&mut self, reference: &ReadyReference) -> Result<(), RunError> {
        match &reference.capture {
            Some(capture) => self.store_capture("reference", capture),
            None => self.store("reference_png", &reference.picture.0, "png"),
        }
        if let Reference::Site(site) = &self.task.reference {
            self.store("reference_html", site.entry_html().as_bytes(), "html");
        }
        self.broken.take().map_or(Ok(()), Err)
    }

    pub(crate) fn store_capture(&mut self, side: &str, capture: &Capture) {
        if let Some(png) = &capture.full_page_png {
            self.store(&format!("{side}_png"), &png.0, "png");
        }
        match serde_json::to_vec(capture) {
            Ok(json) => self.store(&format!("{side}_capture"), &json, "json"),
            Err(error) => self.note_broken(RunError::storage("write", self.stages.folder.path())(
                std::io::Error::other(error),
            )),
        }
    }

    pub(crate) fn store(&mut self, what: &str, bytes: &[u8], ending: &str) {
        match self.stages.folder.store(bytes, ending) {
            Ok(name) => {
                self.blobs.insert(what.to_owned(), name);
            }
            Err(error) => self.note_broken(error),
        }
    }

    pub(crate) fn note_stage(&mut self, stage: &str, started: Instant, phases: Vec<(String, f64)>) {
        let event = Event::StageFinished {
            task: self.task.id.clone(),
            stage: stage.to_owned(),
            seconds: started.elapsed().as_secs_f64(),
            phases,
        };
        if let Err(error) = self.stages.folder.append(&event) {
            self.note_broken(error);
        }
    }

    pub(crate) fn note_broken(&mut self, error: RunError) {
        self.broken.get_or_insert(error);
    }

    pub(crate) fn finished(
        &mut self,
        outcome: SampleOutcome,
        fault: Option<Fault>,
        scores: Scores,
    ) -> SampleResult {
        SampleResult {
            task: self.task.id.clone(),
            title: self.task.title.clone(),
            category: self.task.category.clone(),
            outcome,
            answered: self.answered,
            rendered: self.rendered,
            fault,
            scores,
            blobs: std::mem::take(&mut self.blobs),
            questioning: None,
            interaction: None,
            tests: Vec::new(),
        }
    }
}

/// The site with the suite's shared files where it has none of its own.
pub(crate) fn with_shared(site: &Site, shared: &[(SitePath, Arc<[u8]>)]) -> Site {
    let mut files = site.files().clone();
    for (path, bytes) in shared {
        files.entry(path.clone()).or_insert_with(|| Arc::clone(bytes));
    }
    Site::new(files, site.entry().clone()).unwrap_or_else(|_| site.clone())
}

fn unreadable(error: pageloom_score::ScoreError) -> Fault {
    Fault::system(SystemFaultKind::BrowserProtocol, error.to_string())
}

/// Computes on a thread of its own; a panic there is our fault, not the page's.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Fault> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        Fault::system(SystemFaultKind::Helper, format!("a computation broke off: {error}"))
    })
}
