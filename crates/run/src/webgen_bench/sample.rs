//! One instruction from website to verdicts: `answer -> build -> visit -> look -> test -> score`.
//!
//! The site is built once and judged once; its tests run beside each other, each in a page of its
//! own. A site that does not start has failed all of them.

use std::sync::Arc;
use std::time::Instant;

use futures_util::future::join_all;
use pageloom_browser::InteractionPolicy;
use pageloom_build::{ExtractLimits, Scaffold, comply, declared_routes, extract};
use pageloom_schema::{
    AnswerKind, Dialect, Extraction, Fault, Instruction, PageFaultKind, Project, SampleOutcome,
    SampleResult, Site, SiteTrace, SystemFaultKind, Task, TestCase, TestTrace, TestVerdict,
    VisitPlan,
};

use super::figures::{Course, scores};
use super::tester::{Tester, Trial};
use crate::asking::AskError;
use crate::candidates::{EndpointModel, Model, answer_text, project_of, website_text};
use crate::error::RunError;
use crate::generate::website_question;
use crate::judge::Judge;
use crate::sample::{Sample, Stages, blocking};
use crate::website::{Construction, Guard, SiteBuilder, SiteJudge, answer_fault};

/// What the samples of a run of websites share.
#[derive(Clone)]
pub struct Testing {
    builder: Arc<SiteBuilder>,
    tester: Tester,
    policy: InteractionPolicy,
}

impl Testing {
    /// Websites are built with `builder` and tested by `tester` under `policy`.
    #[must_use]
    pub fn new(builder: Arc<SiteBuilder>, tester: Tester, policy: InteractionPolicy) -> Self {
        Self { builder, tester, policy }
    }
}

/// Runs one instruction to its end. What ends it early is part of the result.
///
/// # Errors
/// Only when the run itself cannot go on: its folder cannot be written, its budget is spent.
pub(crate) async fn run_website(
    stages: &Stages,
    task: &Arc<Task>,
    instruction: &Arc<Instruction>,
) -> Result<SampleResult, RunError> {
    let Some(testing) = &stages.testing else {
        return Err(RunError::Missing {
            what: "what websites are tested with".to_owned(),
            hint: "set `EvaluateOptions::testing`".to_owned(),
        });
    };
    let mut work = Work {
        sample: Sample::new(stages, task),
        testing,
        instruction,
        course: Course { is_judged: matches!(stages.judge, Judge::Vision(_)), ..Course::default() },
        tests: Vec::new(),
        scaffold: None,
    };
    let mut fault = work.outcome().await.err();
    match &fault {
        Some(Fault::Page(fault)) => {
            work.course.ends_here();
            work.all_tests(Some(TestVerdict::NotStarted), &fault.to_string());
        }
        Some(fault) if work.tests.is_empty() => work.all_tests(None, &fault.to_string()),
        _ => {}
    }
    let undecided = work.tests.iter().find(|test| test.verdict.is_none());
    if let Some(test) = undecided.filter(|_| fault.is_none()) {
        // Without it the site has no rate; the next run over the same folder tries again.
        let detail = format!("a test could not be decided: {}", test.reason);
        fault = Some(Fault::system(SystemFaultKind::Judge, detail));
    }
    let outcome = match &fault {
        None => SampleOutcome::Scored,
        Some(Fault::Page(_)) => SampleOutcome::PageFault,
        Some(Fault::System(_)) => SampleOutcome::SystemFault,
    };
    let scores = scores(&work.course, &work.tests);
    let Work { mut sample, tests, .. } = work;
    let result = SampleResult { tests, ..sample.finished(outcome, fault, scores) };
    match sample.broken {
        Some(error) => Err(error),
        None => Ok(result),
    }
}

/// A website on its way.
struct Work<'a> {
    sample: Sample<'a>,
    testing: &'a Testing,
    instruction: &'a Arc<Instruction>,
    course: Course,
    tests: Vec<TestTrace>,
    /// What a model that was asked was told it builds on.
    scaffold: Option<Scaffold>,
}

impl Work<'_> {
    async fn outcome(&mut self) -> Result<(), Fault> {
        let (site, project) = self.site().await?;
        let trace = self.visit(&site, &project).await?;
        // A site that nobody could grade can be tested all the same.
        let looked = self.look(&trace).await;
        if self.sample.broken.is_none() {
            self.test(&site).await?;
        }
        looked
    }

    /// The answer, built.
    async fn site(&mut self) -> Result<(Arc<Site>, Project), Fault> {
        let started = Instant::now();
        let answer = self.answer().await;
        self.sample.note_stage("candidate", started, Vec::new());
        let started = Instant::now();
        let project = self.project(answer?).await?;
        let built = self.testing.builder.build(&project).await;
        self.sample.note_stage("build", started, Vec::new());
        match built? {
            Construction::Built(built) => {
                self.course.built = Some(true);
                Ok((built.site, project))
            }
            Construction::Failed(problems) => {
                let first = problems.first().map_or("it does not build", |p| &p.message);
                Err(Fault::page(PageFaultKind::BuildFailed, first))
            }
        }
    }

    /// The sources of an answer. Whether they pass the checks is noted and keeps nothing from being
    /// built, as the benchmark asks what can be used, and not how it is written.
    async fn project(&mut self, answer: Answered) -> Result<Project, Fault> {
        let (extraction, text) = match answer {
            Answered::Project(project) => (sources_alone(project), String::new()),
            Answered::Words(text) => {
                self.sample.store("answer", text.as_bytes(), "txt");
                let mut extraction = extract(&text, &ExtractLimits::default());
                if let Some(fault) = answer_fault(&extraction) {
                    return Err(fault);
                }
                if let Some(scaffold) = &self.scaffold {
                    extraction.project = scaffold.merge(&extraction.project);
                }
                (extraction, text)
            }
        };
        let builder = Arc::clone(&self.testing.builder);
        let checked = blocking(move || {
            let passed = comply(&extraction, &text, builder.known()).passed();
            (passed, extraction.project)
        });
        let (passed, project) = checked.await?;
        self.course.complied = Some(passed);
        Ok(project)
    }

    async fn answer(&mut self) -> Result<Answered, Fault> {
        let answered = match &self.sample.stages.model {
            Model::Endpoint(EndpointModel { client, sampling }) => {
                let asked = website_question(&self.instruction.text, *sampling);
                let (scaffold, request) = asked
                    .map_err(|error| Fault::system(SystemFaultKind::Builder, error.to_string()))?;
                self.scaffold = Some(scaffold);
                let client = Arc::clone(client);
                let reply = self.sample.ask(&client, "candidate", &request).await?;
                answer_text(&reply).map(Answered::Words)
            }
            Model::Replay(folder) => match project_of(folder, &self.sample.task.id)? {
                Some(project) => Ok(Answered::Project(project)),
                None => match website_text(folder, &self.sample.task.id)? {
                    Some(words) => Ok(Answered::Words(words)),
                    None => Err(Fault::page(PageFaultKind::NoAnswer, "the model gave no answer")),
                },
            },
            _ => Err(Fault::page(PageFaultKind::NoAnswer, "this model makes no websites")),
        };
        self.sample.answered = answered.is_ok();
        answered
    }

    /// Opens every route: a site whose entry shows nothing has not started.
    async fn visit(&mut self, site: &Arc<Site>, project: &Project) -> Result<SiteTrace, Fault> {
        let started = Instant::now();
        let plan = VisitPlan {
            declared_routes: declared_routes(project),
            desktop: self.sample.viewport,
            probes: false,
            mobile: None,
            overflow_widths: Vec::new(),
            ..VisitPlan::default()
        };
        let trace = self.sample.stages.pool.visit(site, &plan).await;
        self.sample.note_stage("render", started, Vec::new());
        let trace = trace?;
        if let Some(png) = trace.first_screenshot() {
            self.sample.store("candidate_png", &png.0, "png");
        }
        if let Some(fault) = trace.entry_fault() {
            return Err(fault.clone());
        }
        if trace.routes.first().is_none_or(|entry| entry.blank) {
            return Err(Fault::page(PageFaultKind::NoEntry, "the site shows nothing"));
        }
        self.course.rendered = Some(true);
        self.sample.rendered = true;
        Ok(trace)
    }

    /// The grade of its look, where a vision judge is asked.
    async fn look(&mut self, trace: &SiteTrace) -> Result<(), Fault> {
        let Judge::Vision(judge) = &self.sample.stages.judge else { return Ok(()) };
        let started = Instant::now();
        let folder = Arc::clone(&self.sample.stages.folder);
        let judge: SiteJudge = judge.of_sites(folder, Guard::Blind);
        let graded =
            judge.appearance(&self.sample.task.id, Some(&self.instruction.text), trace).await;
        self.sample.note_stage("judge", started, Vec::new());
        match graded {
            Ok(appearance) => {
                self.course.appearance = Some(appearance.grade);
                Ok(())
            }
            Err(error) => Err(self.sample.no_answer(error)),
        }
    }

    /// All tests, beside each other: as many at a time as there are browsers.
    async fn test(&mut self, site: &Arc<Site>) -> Result<(), Fault> {
        let started = Instant::now();
        let (stages, tester) = (self.sample.stages, &self.testing.tester);
        let trial = |(at, case)| Trial {
            task: &self.sample.task.id,
            site,
            viewport: self.sample.viewport,
            policy: &self.testing.policy,
            number: at + 1,
            case,
        };
        let trials: Vec<Trial<'_>> = self.instruction.cases.iter().enumerate().map(trial).collect();
        let tried = join_all(trials.iter().map(|trial| tester.test(stages, trial))).await;
        self.sample.note_stage("test", started, Vec::new());
        for test in tried {
            match test {
                Ok(test) => self.tests.push(test),
                Err(error) => return Err(self.sample.no_answer(AskError::Run(error))),
            }
        }
        Ok(())
    }

    /// What all tests come to of a site that was not tried.
    fn all_tests(&mut self, verdict: Option<TestVerdict>, reason: &str) {
        let test = |case: &TestCase| TestTrace {
            case: case.clone(),
            verdict,
            reason: reason.to_owned(),
            moves: Vec::new(),
        };
        self.tests = self.instruction.cases.iter().map(test).collect();
    }
}

/// Sources in a folder, as if an answer had held them.
fn sources_alone(project: Project) -> Extraction {
    let named = |name: &str| Some(name.to_owned());
    Extraction {
        project,
        commands: Vec::new(),
        id: named("folder"),
        title: named("folder"),
        reasoning: None,
        kind: AnswerKind::Artifact { dialect: Dialect::Web },
        findings: Vec::new(),
        truncated: false,
        actions: Vec::new(),
    }
}

/// What a model gave.
enum Answered {
    /// Sources in a folder.
    Project(Project),
    /// Words that hold sources.
    Words(String),
}
