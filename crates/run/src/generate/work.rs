//! The single steps of a generation, and how each is written down: asked, built, rendered, scored.

use std::collections::BTreeMap;
use std::sync::Arc;

use pageloom_build::{BuildError, Scaffold, page_of_answer};
use pageloom_schema::{
    AnswerKind, Event, Fault, Finish, ModelReply, ModelRequest, PageFaultKind, Png, RunManifest,
    SampleOutcome, SampleResult, Sampling, Scores, Site, SystemFaultKind, Task,
};
use pageloom_score::score_fault;
use pageloom_vision::{VisionError, decode, difference_picture, worst_places};
use tokio::sync::watch;

use super::folder::{OutFolder, RECORD};
use super::prompt::{self, Faulty};
use super::record::{Generated, Route, Step, StepExchange, value_of};
use super::worst::{MOST, worst_of_pixels, worst_of_scores};
use super::{Doing, GenerateOptions, Wish, page_fault};
use crate::asking::AskError;
use crate::candidates::answer_text;
use crate::error::RunError;
use crate::log::json;
use crate::sample::{ReadyReference, Sample, Stages, blocking};
use crate::summary::summarise;
use crate::website::{Construction, answer_fault, visit_routes};

/// Who wants to know, and who may say stop.
type Outside<'a> = (watch::Receiver<bool>, &'a mut (dyn FnMut(Doing) + Send));

/// A generation on its way.
pub(super) struct Work<'a> {
    options: &'a GenerateOptions,
    manifest: &'a RunManifest,
    stages: &'a Stages,
    sample: Sample<'a>,
    out: &'a OutFolder,
    outside: Outside<'a>,
    target: Option<ReadyReference>,
    /// The best page's scores and blobs.
    kept: Option<(Scores, BTreeMap<String, String>)>,
    record: Generated,
}

/// A page that was rendered.
pub(super) struct Candidate {
    /// Its step.
    pub(super) number: u32,
    /// How like the target it is, 0..=10.
    pub(super) value: Option<f64>,
    answer: String,
    source: String,
    site: Arc<Site>,
    picture: Png,
    scores: Scores,
    measure: Option<&'static str>,
    blobs: BTreeMap<String, String>,
}

impl<'a> Work<'a> {
    pub(super) fn new(
        options: &'a GenerateOptions,
        manifest: &'a RunManifest,
        stages: &'a Stages,
        task: &'a Arc<Task>,
        out: &'a OutFolder,
        outside: Outside<'a>,
    ) -> Self {
        let record = Generated {
            kind: options.task.wish.kind(),
            name: options.task.name.clone(),
            title: options.task.title.clone(),
            model: options.model_name.clone(),
            asking: options.asking.clone(),
            viewport: task.viewport,
            result: None,
            best: None,
            measure: None,
            value: None,
            steps: Vec::new(),
            builder: None,
            routes: Vec::new(),
            fault: None,
            stopped: None,
            versions: manifest.versions.clone(),
            ended: None,
        };
        let sample = Sample::new(stages, task);
        Self { options, manifest, stages, sample, out, outside, target: None, kept: None, record }
    }

    /// How answers are drawn.
    pub(super) fn sampling(&self) -> Sampling {
        self.options.model.sampling
    }

    /// True while a further step is wanted.
    pub(super) fn may_go_on(&self) -> bool {
        self.record.steps.len() <= self.options.refine as usize
    }

    /// What the page is to be like; absent where it is only described.
    pub(super) async fn target(&mut self) -> Result<Option<ReadyReference>, AskError> {
        if !self.options.task.wish.has_target() {
            return Ok(None);
        }
        self.tell("rendering the target");
        let target = self.sample.reference().await?;
        self.sample.store_reference(&target)?;
        self.out.write("target.png", &target.picture.0)?;
        self.target = Some(target.clone());
        Ok(Some(target))
    }

    /// What is asked first.
    pub(super) async fn first_question(
        &mut self,
        target: Option<&ReadyReference>,
    ) -> Result<ModelRequest, AskError> {
        let (sampling, viewport) = (self.sampling(), self.sample.viewport);
        match (&self.options.task.wish, target) {
            (Wish::Edit { page, instruction }, _) => {
                self.tell("rendering the page");
                let capture = self.stages.pool.render(page, viewport, &self.stages.policy).await?;
                let picture = capture.full_page_png.ok_or_else(no_picture)?;
                Ok(prompt::edit(&page.entry_html(), &picture, instruction, viewport, sampling))
            }
            (Wish::Website(instruction) | Wish::Page(instruction), _) => {
                Ok(prompt::page(instruction, viewport, sampling))
            }
            (Wish::Reproduce(_), Some(target)) => {
                Ok(self.options.model.page_request(&target.picture, viewport, &[]))
            }
            (Wish::Reproduce(_), None) => Err(no_picture().into()),
        }
    }

    /// What is asked about a page that is to be corrected: pictures of it, of the target and of their
    /// difference, its source, and the worst of it.
    pub(super) async fn refinement(
        &mut self,
        best: &Candidate,
        target: &ReadyReference,
        draw: u32,
    ) -> Result<ModelRequest, AskError> {
        self.tell("comparing");
        let (left, right) = (target.picture.clone(), best.picture.clone());
        let compared = blocking(move || {
            let (target, candidate) = (decode(&left)?, decode(&right)?);
            let picture = difference_picture(&target, &candidate)?.encode()?;
            Ok::<_, VisionError>((picture, worst_places(&target, &candidate, MOST)))
        });
        let (difference, places) = compared
            .await?
            .map_err(|error| Fault::system(SystemFaultKind::Helper, error.to_string()))?;
        self.out.write(&format!("steps/{:02}/difference.png", best.number), &difference.0)?;
        let worst = match target.capture {
            Some(_) => worst_of_scores(&best.scores),
            None => worst_of_pixels(&places),
        };
        let faulty = Faulty {
            target: &target.picture,
            picture: &best.picture,
            difference: &difference,
            source: &best.source,
            worst: &worst.join("\n"),
        };
        Ok(prompt::refine(&faulty, self.sample.viewport, self.sampling(), draw))
    }

    /// One step: a page is asked for, rendered, and held against the target. `from` is the step whose
    /// page is to be corrected.
    pub(super) async fn page(
        &mut self,
        from: Option<u32>,
        question: &ModelRequest,
        target: Option<&ReadyReference>,
    ) -> Result<Candidate, AskError> {
        self.begin_step(from)?;
        let outcome = self.try_page(question, target).await;
        self.note(outcome, |step, candidate| {
            step.value = candidate.value;
            let values = candidate.scores.scores.iter();
            step.scores = values.map(|score| (score.metric.clone(), score.value)).collect();
        })
    }

    async fn try_page(
        &mut self,
        question: &ModelRequest,
        target: Option<&ReadyReference>,
    ) -> Result<Candidate, AskError> {
        let folder = self.step_folder();
        let answer = self.ask(question).await?;
        let source = page_of_answer(&answer).map_err(BuildError::into_fault)?.to_owned();
        self.out.write(&format!("{folder}/index.html"), source.as_bytes())?;
        self.sample.store("candidate_html", source.as_bytes(), "html");
        let site = match &self.options.task.wish {
            Wish::Edit { page, .. } => Arc::new(replaced(page, &source)),
            _ => Arc::new(Site::from_html(&source)),
        };
        self.tell("rendering");
        let capture = self.sample.render(&site).await?;
        let picture = capture.full_page_png.clone().ok_or_else(no_picture)?;
        self.out.write(&format!("{folder}/picture.png"), &picture.0)?;
        let mut scores = Scores::default();
        if let Some(target) = target {
            self.tell("scoring");
            scores = self.sample.score(target, capture).await?;
        }
        self.sample.broken.take().map_or(Ok(()), Err)?;
        let (measure, value) = value_of(&scores).unzip();
        Ok(Candidate {
            number: self.number(),
            value,
            answer,
            source,
            site,
            picture,
            scores,
            measure,
            blobs: self.sample.blobs.clone(),
        })
    }

    /// Takes a page for the best so far: what happens from here on, it is on disk.
    pub(super) fn keep(&mut self, candidate: &Candidate) -> Result<(), RunError> {
        let site = &candidate.site;
        let result = if site.files().len() == 1 {
            self.out.write("index.html", candidate.source.as_bytes())?;
            "index.html".to_owned()
        } else {
            self.out.write_all("site", site.files())?;
            format!("site/{}", site.entry())
        };
        self.out.write("picture.png", &candidate.picture.0)?;
        self.out.write("answer.md", candidate.answer.as_bytes())?;
        self.kept = Some((candidate.scores.clone(), candidate.blobs.clone()));
        self.record.result = Some(self.options.out.join(result));
        self.record.best = Some(candidate.number);
        (self.record.measure, self.record.value) = (candidate.measure, candidate.value);
        if let Some(step) = self.record.steps.get_mut(candidate.number as usize) {
            step.kept = true;
        }
        Ok(())
    }

    /// A website: asked for, built and opened.
    pub(super) async fn website(
        &mut self,
        question: &ModelRequest,
        scaffold: &Scaffold,
    ) -> Result<(), AskError> {
        self.begin_step(None)?;
        let outcome = self.try_website(question, scaffold).await;
        self.note(outcome, |step, ()| step.kept = true)
    }

    async fn try_website(
        &mut self,
        question: &ModelRequest,
        scaffold: &Scaffold,
    ) -> Result<(), AskError> {
        let answer = self.ask(question).await?;
        let extraction = crate::extract(&answer);
        if !matches!(extraction.kind, AnswerKind::Artifact { .. }) {
            let reason = "the answer holds no website project; --single-page asks for one page";
            return Err(page_fault(PageFaultKind::NoAnswer, reason));
        }
        if let Some(fault) = answer_fault(&extraction) {
            return Err(fault.into());
        }
        if !scaffold.is_changed_by(&extraction.project) {
            let reason = "the answer adds nothing to the scaffold";
            return Err(page_fault(PageFaultKind::NoAnswer, reason));
        }
        let project = scaffold.merge(&extraction.project);
        self.out.write_all("project", project.files())?;
        self.tell("building");
        let Some(builder) = &self.options.builder else {
            return Err(Fault::system(SystemFaultKind::Builder, "there is no builder").into());
        };
        let built = match builder.build(&project).await? {
            Construction::Built(built) => built,
            Construction::Failed(problems) => {
                let mut lines =
                    problems.iter().map(|problem| match (&problem.path, problem.line) {
                        (Some(path), Some(line)) => format!("{path}:{line}: {}", problem.message),
                        (Some(path), None) => format!("{path}: {}", problem.message),
                        _ => problem.message.clone(),
                    });
                let first = lines.next().unwrap_or_else(|| "it does not build".to_owned());
                return Err(page_fault(PageFaultKind::BuildFailed, first));
            }
        };
        self.record.builder = Some(built.builder);
        self.out.write_all("site", built.site.files())?;
        self.out.write("answer.md", answer.as_bytes())?;
        self.tell("rendering");
        let capture = self.sample.render(&built.site).await?;
        self.sample.broken.take().map_or(Ok(()), Err)?;
        if let Some(picture) = &capture.full_page_png {
            self.out.write("picture.png", &picture.0)?;
        }
        self.tell("opening its routes");
        let trace = visit_routes(&self.stages.pool, &built.site, &project).await?;
        self.record.routes = trace.routes.iter().map(Route::from).collect();
        let entry = format!("site/{}", built.site.entry());
        self.record.result = Some(self.options.out.join(entry));
        self.record.best = Some(self.number());
        Ok(())
    }

    fn begin_step(&mut self, from: Option<u32>) -> Result<(), AskError> {
        if *self.outside.0.borrow() {
            let (finished, tasks) = (self.record.steps.len(), self.options.refine as usize + 1);
            return Err(RunError::Stopped { finished, tasks }.into());
        }
        let number = u32::try_from(self.record.steps.len()).unwrap_or(u32::MAX);
        let purpose = if from.is_some() { "refine" } else { "candidate" };
        self.record.steps.push(Step {
            number,
            purpose,
            from,
            exchange: None,
            value: None,
            scores: BTreeMap::new(),
            kept: false,
            fault: None,
        });
        Ok(())
    }

    /// Puts down what became of the latest step.
    fn note<T>(
        &mut self,
        outcome: Result<T, AskError>,
        done: impl FnOnce(&mut Step, &T),
    ) -> Result<T, AskError> {
        // An answer that is no page is to be looked at all the same.
        let broken = self.sample.broken.take();
        if let Some(step) = self.record.steps.last_mut() {
            match &outcome {
                Ok(value) => done(step, value),
                Err(AskError::Fault(fault)) => step.fault = Some(fault.clone()),
                Err(AskError::Run(_)) => {}
            }
        }
        if matches!(outcome, Err(AskError::Run(_)))
            && self.record.steps.last().is_some_and(|step| step.exchange.is_none())
        {
            // It was not answered, and never happened.
            self.record.steps.pop();
        }
        broken.map_or(outcome, |error| Err(error.into()))
    }

    /// Asks, and keeps the answer whatever it is.
    async fn ask(&mut self, question: &ModelRequest) -> Result<String, AskError> {
        self.tell("asking");
        let purpose = self.record.steps.last().map_or("candidate", |step| step.purpose);
        let asked = (&self.sample.task.id, purpose);
        let (client, folder) = (&self.options.model.client, &self.stages.folder);
        let (reply, exchange) = self.options.desk.exchange(folder, client, asked, question).await?;
        if let Some(step) = self.record.steps.last_mut() {
            step.exchange = Some(StepExchange::from(&exchange));
        }
        self.out.write(&format!("{}/answer.md", self.step_folder()), reply.text.as_bytes())?;
        self.sample.answered |= !reply.text.trim().is_empty();
        if self.record.best.is_none() {
            self.out.write("answer.md", reply.text.as_bytes())?;
        }
        whole_answer(&reply)
    }

    fn tell(&mut self, what: &'static str) {
        let step = self.record.steps.len().saturating_sub(1);
        let doing = Doing {
            what,
            step: u32::try_from(step).unwrap_or(u32::MAX),
            steps: self.options.refine + 1,
            tokens: self.record.tokens(),
            best: self.record.value,
        };
        (self.outside.1)(doing);
    }

    fn number(&self) -> u32 {
        self.record.steps.last().map_or(0, |step| step.number)
    }

    fn step_folder(&self) -> String {
        format!("steps/{:02}", self.number())
    }

    /// Writes down how it ended.
    pub(super) fn finish(mut self, ended: Result<(), AskError>) -> Result<Generated, RunError> {
        match ended {
            Ok(()) => {}
            Err(AskError::Fault(fault)) => self.record.fault = Some(fault),
            Err(AskError::Run(error @ RunError::Storage { .. })) => return Err(error),
            Err(AskError::Run(error)) => {
                let text = error.to_string();
                self.record.stopped = text.lines().next().map(str::to_owned);
                self.record.ended = Some(error);
            }
        }
        if let Some(result) = self.result() {
            self.stages.folder.append(&Event::SampleFinished(Box::new(result.clone())))?;
            let results = BTreeMap::from([(result.task.clone(), result)]);
            self.stages.folder.finish(&summarise(self.manifest, &results))?;
            self.stages.folder.append(&Event::Finished)?;
        }
        self.out.write(RECORD, &json(&self.record)?)?;
        Ok(self.record)
    }

    /// What a report says of it; absent where there is no target, or nothing was answered.
    fn result(&mut self) -> Option<SampleResult> {
        if !self.options.task.wish.has_target() {
            return None;
        }
        if let Some((scores, blobs)) = self.kept.take() {
            self.sample.blobs = blobs;
            return Some(self.sample.finished(SampleOutcome::Scored, None, scores));
        }
        let (outcome, scores) = match self.record.fault.as_ref()? {
            Fault::Page(fault) => {
                let beside = self.target.as_ref().map(|target| &*target.prepared);
                (SampleOutcome::PageFault, score_fault(fault, beside))
            }
            Fault::System(_) => (SampleOutcome::SystemFault, Scores::default()),
        };
        Some(self.sample.finished(outcome, self.record.fault.clone(), scores))
    }
}

/// The words of an answer that was written to its end.
fn whole_answer(reply: &ModelReply) -> Result<String, AskError> {
    let text = answer_text(reply)?;
    if reply.finish == Finish::CutOff {
        let reason = "the limit of tokens cut the answer off; --answer-tokens raises it";
        return Err(page_fault(PageFaultKind::CutOff, reason));
    }
    Ok(text)
}

/// A page with another text, among the same files.
fn replaced(page: &Site, source: &str) -> Site {
    let mut files = page.files().clone();
    files.insert(page.entry().clone(), source.as_bytes().into());
    Site::new(files, page.entry().clone()).unwrap_or_else(|_| Site::from_html(source))
}

fn no_picture() -> Fault {
    Fault::system(SystemFaultKind::BrowserProtocol, "the page has no picture")
}
