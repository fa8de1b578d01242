//! The cascade of one completion: `extract -> comply -> build -> render -> function -> look`.

use std::sync::Arc;
use std::time::Instant;

use pageloom_browser::Pool;
use pageloom_build::{ExtractLimits, Scaffold, comply, declared_routes, extract};
use pageloom_schema::{
    AnswerKind, Extraction, Fault, Finding, PageFaultKind, Png, Project, Reward, Severity, Site,
    SiteTrace, SystemFaultKind, Timings, VisitPlan,
};
use pageloom_score::probes::probe_scores;
use pageloom_score::rubric::{Course, Rubric, reward};

use super::batch::Completion;
use super::construct::{Construction, SiteBuilder};
use super::look::SiteJudge;
use crate::asking::AskError;
use crate::error::RunError;

/// How rewards are made.
#[derive(Debug)]
pub struct RewarderConfig {
    /// The rubric.
    pub rubric: Rubric,
    /// A template whose files an answer may leave out.
    pub scaffold: Option<Scaffold>,
    /// With a scaffold: an answer must bring every file of it all the same.
    pub strict: bool,
    /// How sites are visited.
    pub plan: VisitPlan,
    /// Who is asked how a site looks; absent: the local measures say it.
    pub judge: Option<SiteJudge>,
}

/// Makes rewards of completions.
pub struct Rewarder {
    pool: Arc<Pool>,
    builder: Arc<SiteBuilder>,
    config: RewarderConfig,
}

/// A reward with what is no part of it.
#[derive(Clone, Debug)]
pub struct Rewarded {
    /// The reward.
    pub reward: Reward,
    /// Wall-clock time of each stage.
    pub timings: Timings,
    /// The window's picture of the entry, when there is one.
    pub picture: Option<Png>,
    /// Why the fast builder did not build it, if it was asked first and did not.
    pub fallback: Vec<String>,
    /// Why no further completion can be rewarded, if that is so: the judge's budget is spent, say.
    pub ending: Option<Arc<RunError>>,
}

impl Rewarder {
    /// Rewards with this browser, this builder and this rubric.
    #[must_use]
    pub fn new(pool: Arc<Pool>, builder: Arc<SiteBuilder>, config: RewarderConfig) -> Self {
        Self { pool, builder, config }
    }

    /// The reward of one completion. Never fails: what goes wrong is a fault in the reward.
    pub async fn reward(&self, asked: &Completion) -> Rewarded {
        let (completion, instruction) = (asked.completion.as_str(), asked.instruction.as_deref());
        let mut ending = None;
        let mut timings = Timings::default();
        let mut picture = None;
        let mut fallback = Vec::new();
        let mut clock = Instant::now();
        let mut lap = |timings: &mut Timings, stage: &str| {
            // The time for which others had the browsers is nobody's work.
            let waited = timings.0.iter().find(|(step, _)| stage == "visit" && step == "waited");
            let waited = waited.map_or(0.0, |(_, seconds)| *seconds);
            timings.push(stage, clock.elapsed().as_secs_f64() - waited);
            clock = Instant::now();
        };

        let mut course = Course::begun(self.extract(completion));
        lap(&mut timings, "extract");

        course.compliance = Some(comply(&course.extraction, completion, self.builder.known()));
        lap(&mut timings, "comply");

        if course.complies() {
            match self.builder.build(&course.extraction.project).await {
                Ok(Construction::Failed(problems)) => {
                    let first = problems.first().map_or("it does not build", |p| &p.message);
                    course.fault = Some(Fault::page(PageFaultKind::BuildFailed, first));
                    course.build = Some(Err(problems));
                }
                Ok(Construction::Built(built)) => {
                    course.build = Some(Ok(built.builder));
                    fallback = built.fallback;
                    lap(&mut timings, "build");
                    let plan = self.plan(&course.extraction.project);
                    match self.pool.visit(&built.site, &plan).await {
                        Ok(trace) => {
                            course.fault = trace.entry_fault().cloned();
                            picture = trace.first_screenshot().cloned();
                            timings.0.extend(trace.timings.0.clone());
                            course.trace = Some(trace);
                        }
                        Err(fault) => course.fault = Some(fault),
                    }
                }
                Err(fault) => course.fault = Some(fault),
            }
            lap(&mut timings, if course.trace.is_some() { "visit" } else { "build" });
        } else {
            course.fault = Some(not_a_project(&course));
        }

        if let Some(trace) = course.trace.as_ref().filter(|_| course.renders()) {
            course.probes = probe_scores(trace, instruction);
        }
        if let Some(judge) = self.config.judge.as_ref().filter(|_| course.renders())
            && let Some(trace) = &course.trace
        {
            match judge.appearance(&asked.task(), instruction, trace).await {
                Ok(appearance) => course.appearance = Some(appearance),
                Err(AskError::Fault(fault)) => course.fault = Some(fault),
                Err(AskError::Run(error)) => {
                    let fault = Fault::system(SystemFaultKind::Stopped, error.to_string());
                    (course.fault, ending) = (Some(fault), Some(Arc::new(error)));
                }
            }
            lap(&mut timings, "judge");
        }
        let reward = reward(&self.config.rubric, &course);
        lap(&mut timings, "score");
        Rewarded { reward, timings, picture, fallback, ending }
    }

    /// How the site is visited: no further than the rubric looks.
    fn plan(&self, project: &Project) -> VisitPlan {
        let mut plan = self.config.plan.clone();
        plan.declared_routes = declared_routes(project);
        if !self.config.rubric.probes() {
            plan.probes = false;
            plan.mobile = None;
            plan.overflow_widths.clear();
        }
        if self.config.rubric == Rubric::Code {
            plan.max_routes = 1;
        }
        plan
    }

    /// The answer as a project, on top of the scaffold where there is one.
    fn extract(&self, completion: &str) -> Extraction {
        let mut extraction = extract(completion, &ExtractLimits::default());
        let Some(scaffold) = &self.config.scaffold else { return extraction };
        if !matches!(extraction.kind, AnswerKind::Artifact { .. }) {
            return extraction;
        }
        if self.config.strict {
            for file in scaffold.missing_files(&extraction.project) {
                let message = format!("the answer leaves out `{file}`");
                let finding = Finding::new("scaffold_file_missing", Severity::Error, message);
                extraction.findings.push(finding.at(file, None));
            }
        }
        if !scaffold.is_changed_by(&extraction.project) {
            let message = "the answer adds nothing to the scaffold";
            extraction.findings.push(Finding::new("no_page", Severity::Error, message));
        }
        extraction.project = scaffold.merge(&extraction.project);
        extraction
    }
}

/// Opens every route of a built site, without using its controls.
///
/// # Errors
/// [`Fault`] when nothing can be opened.
pub async fn visit_routes(
    pool: &Pool,
    site: &Arc<Site>,
    project: &Project,
) -> Result<SiteTrace, Fault> {
    let declared_routes = declared_routes(project);
    let plan = VisitPlan { declared_routes, probes: false, ..VisitPlan::default() };
    pool.visit(site, &plan).await
}

/// What makes an answer no project, if anything does.
pub(crate) fn answer_fault(extraction: &Extraction) -> Option<Fault> {
    let errors = extraction.findings.iter().filter(|f| f.severity == Severity::Error);
    // Whatever else is wrong with it: what brings no page is no answer.
    let none = errors.clone().find(|found| found.is_no_answer());
    let found = none.or_else(|| errors.clone().next())?;
    let kind = match found.check.as_str() {
        check if check.starts_with("path_") || ["symlink", "reserved_path"].contains(&check) => {
            PageFaultKind::PathEscape
        }
        "too_large" | "too_many_files" => PageFaultKind::TooLarge,
        _ if found.is_no_answer() => PageFaultKind::NoAnswer,
        _ => PageFaultKind::BadAnswer,
    };
    Some(Fault::page(kind, format!("{}: {}", found.check, found.message)))
}

/// Why nothing was built.
fn not_a_project(course: &Course) -> Fault {
    if let Some(fault) = answer_fault(&course.extraction) {
        return fault;
    }
    let report = course.compliance.iter().flat_map(|report| report.findings());
    match report.into_iter().find(|found| found.severity == Severity::Error) {
        Some(found) => {
            Fault::page(PageFaultKind::NotCompliant, format!("{}: {}", found.check, found.message))
        }
        None => Fault::system(SystemFaultKind::Stopped, "the answer was not checked"),
    }
}
