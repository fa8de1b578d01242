//! What a generation came to: [`Generated`], which is also what `generate.json` holds.

use std::collections::BTreeMap;
use std::path::PathBuf;

use pageloom_schema::{
    AnswerSource, Builder, Exchange, Fault, Finish, RouteTrace, Scores, Tokens, Viewport,
};
use serde::Serialize;

use crate::error::RunError;

/// What was made, from what, and at what cost.
#[derive(Debug, Serialize)]
pub struct Generated {
    /// `reproduce`, `website`, `page` or `edit`.
    pub kind: &'static str,
    /// The task's name.
    pub name: String,
    /// A few words for people.
    pub title: String,
    /// The model as it was named.
    pub model: String,
    /// How it was asked.
    pub asking: BTreeMap<String, String>,
    /// The window.
    pub viewport: Viewport,
    /// The page that was made, or the site's first one; absent where there is none.
    pub result: Option<PathBuf>,
    /// The step that it is from.
    pub best: Option<u32>,
    /// What the steps are measured by: `overall`, or `pixels` where the target is only a picture.
    pub measure: Option<&'static str>,
    /// How like the target the result is, 0..=10.
    pub value: Option<f64>,
    /// Every question with what came of it.
    pub steps: Vec<Step>,
    /// Who built the site, where one was built.
    pub builder: Option<Builder>,
    /// The site's routes, as they were found when it was opened.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<Route>,
    /// What ended it, if it was a fault.
    pub fault: Option<Fault>,
    /// What ended it, if nothing more could be asked.
    pub stopped: Option<String>,
    /// Versions of what made this.
    pub versions: BTreeMap<String, String>,
    /// The error behind `stopped`.
    #[serde(skip)]
    pub ended: Option<RunError>,
}

/// A route of a site that was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Route {
    /// Such as `/menu`.
    pub path: String,
    /// It shows nothing.
    pub blank: bool,
    /// Errors in the console, and exceptions that nobody caught.
    pub errors: usize,
}

impl From<&RouteTrace> for Route {
    fn from(trace: &RouteTrace) -> Self {
        let errors =
            trace.captures.iter().map(|found| found.console_errors() + found.exceptions.len());
        Self { path: trace.path.clone(), blank: trace.blank, errors: errors.sum() }
    }
}

/// One question and what came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// From 0; its files are in `steps/NN`.
    pub number: u32,
    /// `candidate` or `refine`.
    pub purpose: &'static str,
    /// The step whose page was to be corrected.
    pub from: Option<u32>,
    /// What was asked and answered.
    pub exchange: Option<StepExchange>,
    /// How like the target its page is, 0..=10.
    pub value: Option<f64>,
    /// All scores; `null` for what could not be measured.
    pub scores: BTreeMap<String, Option<f64>>,
    /// It was the best so far.
    pub kept: bool,
    /// What went wrong.
    pub fault: Option<Fault>,
}

/// What was asked and answered, without what differs from one time to the next.
#[derive(Clone, Debug, Serialize)]
pub struct StepExchange {
    /// Blob of the request, in `run/blobs`.
    pub request: String,
    /// Blob of the reply.
    pub reply: String,
    /// How the answer ended.
    pub finish: Finish,
    /// Where it came from.
    pub source: AnswerSource,
    /// Tokens, where they are known.
    pub tokens: Option<Tokens>,
    /// US dollars when it was given, where a price is known.
    pub cost: Option<f64>,
    /// How often the endpoint was asked.
    pub attempts: u32,
}

impl From<&Exchange> for StepExchange {
    fn from(exchange: &Exchange) -> Self {
        Self {
            request: exchange.request.clone(),
            reply: exchange.reply.clone(),
            finish: exchange.finish,
            source: exchange.source,
            tokens: exchange.tokens,
            cost: exchange.cost,
            attempts: exchange.attempts,
        }
    }
}

impl Generated {
    /// Tokens of all answers, as far as they are known.
    #[must_use]
    pub fn tokens(&self) -> u64 {
        let exchanges = self.steps.iter().filter_map(|step| step.exchange.as_ref());
        exchanges.filter_map(|exchange| exchange.tokens).map(Tokens::total).sum()
    }

    /// What was paid for the answers this time, in US dollars; absent when no price is known.
    #[must_use]
    pub fn cost(&self) -> Option<f64> {
        let paid = self.steps.iter().filter_map(|step| step.exchange.as_ref());
        let paid: Vec<f64> = paid
            .filter(|exchange| exchange.source == AnswerSource::Endpoint)
            .filter_map(|exchange| exchange.cost)
            .collect();
        (!paid.is_empty()).then(|| paid.iter().sum())
    }

    /// Answers that came from the endpoint this time.
    #[must_use]
    pub fn requests(&self) -> usize {
        let exchanges = self.steps.iter().filter_map(|step| step.exchange.as_ref());
        exchanges.filter(|exchange| exchange.source == AnswerSource::Endpoint).count()
    }
}

/// How like the target a page is, 0..=10, and by what that is measured: the local judge's `overall`,
/// or, beside a picture that has no DOM, the mean of the three metrics that need only pixels.
pub(super) fn value_of(scores: &Scores) -> Option<(&'static str, f64)> {
    if let Some(overall) = scores.value("overall") {
        return Some(("overall", overall));
    }
    let pixels = ["ssim", "palette", "visual_hash"].map(|metric| scores.value(metric));
    let [Some(ssim), Some(palette), Some(hash)] = pixels else { return None };
    Some(("pixels", (ssim + palette + hash) / 3.0 * 10.0))
}
