//! Rubrics: how the stages of a completion become one number.
//!
//! [`reward`] is pure: the stages were done elsewhere, and a [`Course`] says what came of each. Three
//! rubrics are built in: `pageloom/v1` (graded, weights from a TOML file that can be copied and
//! changed), and `webgen-r1/paper` and `webgen-r1/code`, the two published forms.

mod graded;
mod published;
#[cfg(test)]
mod tests;
mod weights;

use pageloom_schema::{
    BuildProblem, Builder, ComplianceReport, Extraction, Fault, Finding, LookSource, Reward,
    RewardTerm, Score, SiteTrace, Stage, SystemFault, SystemFaultKind,
};

pub use weights::{RubricError, Weights};

use crate::judge::Appearance;

/// Checks without which nothing can be built; the others say what is wrong and let the builder try.
pub const GATING: [&str; 2] = ["artifact_present", "package_json_valid"];

/// What came of each stage of one completion, as far as it went.
#[derive(Clone, Debug)]
pub struct Course {
    /// The answer as a project.
    pub extraction: Extraction,
    /// What the checks said; absent when nothing was checked.
    pub compliance: Option<ComplianceReport>,
    /// Who built the site, or why nobody could; absent when it was not tried.
    pub build: Option<Result<Builder, Vec<BuildProblem>>>,
    /// What the browser saw; absent when nothing was opened.
    pub trace: Option<SiteTrace>,
    /// The probes of the trace, in the order of [`crate::probes::probe_metrics`].
    pub probes: Vec<Score>,
    /// What a judge said of the look, if one was asked and answered. A judge that was asked and failed
    /// is a system fault of the course: then no look stands in for it.
    pub appearance: Option<Appearance>,
    /// What ended the course early.
    pub fault: Option<Fault>,
}

impl Course {
    /// A course that has read the answer and nothing more.
    #[must_use]
    pub fn begun(extraction: Extraction) -> Self {
        Self {
            extraction,
            compliance: None,
            build: None,
            trace: None,
            probes: Vec::new(),
            appearance: None,
            fault: None,
        }
    }

    fn system_fault(&self) -> Option<&SystemFault> {
        match &self.fault {
            Some(Fault::System(fault)) => Some(fault),
            _ => None,
        }
    }

    /// True when checking may go on to building. A single page has no package.json to check.
    #[must_use]
    pub fn complies(&self) -> bool {
        let page = self.extraction.kind == pageloom_schema::AnswerKind::Page;
        self.extraction.is_acceptable()
            && self.compliance.as_ref().is_some_and(|report| {
                page || GATING.iter().all(|id| report.check(id).is_none_or(|check| check.passed))
            })
    }

    /// True when the entry shows something that is not an error.
    #[must_use]
    pub fn renders(&self) -> bool {
        self.trace
            .as_ref()
            .and_then(|trace| trace.routes.first())
            .is_some_and(|entry| entry.fault.is_none() && !entry.blank && entry.overlay.is_none())
    }

    /// The last stage that was finished and passed.
    #[must_use]
    pub fn stage(&self) -> Option<Stage> {
        if !self.extraction.is_acceptable() {
            return None;
        }
        if !self.complies() {
            return Some(Stage::Extract);
        }
        if !matches!(self.build, Some(Ok(_))) {
            return Some(Stage::Comply);
        }
        if !self.renders() {
            return Some(Stage::Build);
        }
        Some(if self.probes.is_empty() { Stage::Render } else { Stage::Look })
    }

    /// How the site looks, and who says so.
    fn look(&self) -> Option<Look<'_>> {
        if self.system_fault().is_some_and(|fault| fault.kind == SystemFaultKind::Judge) {
            return None;
        }
        if let Some(appearance) = &self.appearance {
            return Some(Look {
                value: (appearance.grade / 5.0).clamp(0.0, 1.0),
                source: LookSource::Judge,
                scores: &appearance.scores,
                findings: &appearance.findings,
            });
        }
        let local = self.probe("probe.local_look")?;
        local.value.map(|value| Look {
            value,
            source: LookSource::Local,
            scores: std::slice::from_ref(local),
            findings: &[],
        })
    }

    fn probe(&self, id: &str) -> Option<&Score> {
        self.probes.iter().find(|score| score.metric == id)
    }
}

/// How a site looks.
struct Look<'a> {
    /// In 0..=1.
    value: f64,
    source: LookSource,
    /// What the value was made of.
    scores: &'a [Score],
    /// What whoever looked has to tell.
    findings: &'a [Finding],
}

/// A rubric.
#[derive(Clone, Debug, PartialEq)]
pub enum Rubric {
    /// `pageloom/v1`, or a copy of it with other weights.
    Graded(Weights),
    /// `webgen-r1/paper`: arXiv 2604.20398 v1.
    Paper,
    /// `webgen-r1/code`: the code released with it.
    Code,
}

impl Rubric {
    /// The built-in rubrics.
    pub const NAMES: [&str; 3] = ["pageloom/v1", "webgen-r1/paper", "webgen-r1/code"];

    /// A built-in rubric by its name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        match name {
            "pageloom/v1" => Some(Self::Graded(Weights::built_in())),
            "webgen-r1/paper" => Some(Self::Paper),
            "webgen-r1/code" => Some(Self::Code),
            _ => None,
        }
    }

    /// Its name in files.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Graded(weights) => &weights.name,
            Self::Paper => "webgen-r1/paper",
            Self::Code => "webgen-r1/code",
        }
    }

    /// What tells it from others of its name: a hash of its weights.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let weights = match self {
            Self::Graded(weights) => toml::to_string(weights).unwrap_or_default(),
            Self::Paper | Self::Code => String::new(),
        };
        let hash = blake3::hash(format!("{}\n{weights}", self.name()).as_bytes()).to_hex();
        hash.chars().take(16).collect()
    }

    /// True when it asks for what the controls of the site do.
    #[must_use]
    pub fn probes(&self) -> bool {
        matches!(self, Self::Graded(_))
    }
}

/// The reward of a course.
#[must_use]
pub fn reward(rubric: &Rubric, course: &Course) -> Reward {
    let (terms, range) = match rubric {
        Rubric::Graded(weights) => (graded::terms(weights, course), [0.0, 1.0]),
        Rubric::Paper => (published::paper(course), [0.0, 5.2]),
        Rubric::Code => (published::code(course), [0.0, 5.2]),
    };
    let value = match course.system_fault() {
        Some(_) => None,
        None => Some(terms.iter().map(RewardTerm::points).sum::<f64>().clamp(range[0], range[1])),
    };
    let looked = if course.renders() { course.look() } else { None };
    Reward {
        rubric: rubric.name().to_owned(),
        value,
        range,
        stage: course.stage(),
        terms,
        fault: course.fault.clone(),
        builder: course.build.as_ref().and_then(|build| build.as_ref().ok().copied()),
        look: looked.map(|look| look.source),
    }
}

/// A term whose stage was not entered.
fn absent(name: &str, weight: f64, why: &str) -> RewardTerm {
    RewardTerm { value: None, ..measured(name, weight, 0.0, why.to_owned()) }
}

fn measured(name: &str, weight: f64, value: f64, explanation: String) -> RewardTerm {
    RewardTerm {
        name: name.to_owned(),
        value: Some(value),
        weight,
        explanation,
        scores: Vec::new(),
        findings: Vec::new(),
        problems: Vec::new(),
    }
}
