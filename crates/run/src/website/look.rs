//! How a site looks, as a vision judge grades it: the 0..5 of WebGen-Bench and WebGen-R1.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::join_all;
use pageloom_model::Client;
use pageloom_schema::{
    Fault, Finding, ModelReply, ModelRequest, Sampling, SamplingChange, SiteTrace, SystemFaultKind,
    TaskId,
};
use pageloom_score::ScoreError;
use pageloom_score::judge::appearance::{self, Appearance, Shot};
use pageloom_score::judge::redaction::{blind, redact};

use crate::asking::{AskError, Desk};
use crate::judge::{MAX_REPEAT, TRIES, ask_until_read, repeated};
use crate::log::RunFolder;
use crate::sample::blocking;

/// A vision model that grades sites by their screenshots.
pub struct SiteJudge {
    client: Arc<Client>,
    desk: Arc<Desk>,
    folder: Arc<RunFolder>,
    repeat: u32,
    sampling: SamplingChange,
    guard: Guard,
}

/// What keeps the words of a page from raising its grade.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Guard {
    /// The site is graded twice, once without its words, and the lower grade counts.
    #[default]
    Blind,
    /// Known wordings are painted over, and nothing else: one question, as published.
    Redaction,
}

impl std::fmt::Debug for SiteJudge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("SiteJudge").field(&self.client.label()).finish()
    }
}

impl SiteJudge {
    /// A judge whose questions and answers go into `folder`, asked for `repeat` grades of each site.
    #[must_use]
    pub fn new(
        client: Arc<Client>,
        desk: Arc<Desk>,
        folder: Arc<RunFolder>,
        repeat: u32,
        sampling: SamplingChange,
        guard: Guard,
    ) -> Self {
        let repeat = repeat.clamp(1, MAX_REPEAT);
        let sampling = repeated(sampling, repeat);
        Self { client, desk, folder, repeat, sampling, guard }
    }

    /// What a run records of such a judge.
    #[must_use]
    pub fn describe(
        client: &Client,
        repeat: u32,
        sampling: SamplingChange,
        guard: Guard,
    ) -> BTreeMap<String, String> {
        let repeat = repeat.clamp(1, MAX_REPEAT);
        let sampling = repeated(sampling, repeat).apply(Sampling::default());
        let mut told = Desk::describe(client, "judge", sampling);
        told.insert("judge.repeat".to_owned(), repeat.to_string());
        let guard = match guard {
            Guard::Blind => "blind",
            Guard::Redaction => "redaction",
        };
        told.insert("judge.guard".to_owned(), guard.to_owned());
        told
    }

    /// The grade of a site: the mean of `repeat` answers. Text on its pages that speaks to the judge
    /// is painted over before the judge sees them, and told as a finding.
    pub(crate) async fn appearance(
        &self,
        task: &TaskId,
        instruction: Option<&str>,
        trace: &SiteTrace,
    ) -> Result<Appearance, AskError> {
        let most = appearance::MAX_PICTURES.min(self.client.max_pictures());
        let (mut shots, mut blinded, mut findings) = (Vec::new(), Vec::new(), Vec::new());
        for route in trace.routes.iter().filter(|route| route.fault.is_none()) {
            let Some(capture) = route.desktop() else { continue };
            let Some(png) = capture.viewport_png.clone() else { continue };
            if shots.len() == most {
                break;
            }
            let (capture, guard) = (capture.clone(), self.guard);
            let (redacted, blinded_png) = blocking(move || {
                let redacted = redact(&png, &capture)?;
                let blinded = (guard == Guard::Blind).then(|| blind(&png, &capture)).transpose()?;
                Ok::<_, ScoreError>((redacted, blinded))
            })
            .await?
            .map_err(ours)?;
            findings.extend(redacted.findings.into_iter().map(|finding| Finding {
                message: format!("route {}: {}", route.path, finding.message),
                ..finding
            }));
            let shot = |png| Shot { route: route.path.clone(), png };
            blinded.extend(blinded_png.map(shot));
            shots.push(shot(redacted.png));
        }
        let request = appearance::question(instruction, &shots).map_err(ours)?;
        let seen = self.grade(task, "judge", request).await?;
        let mut appearance = match self.guard {
            Guard::Redaction => seen.map_err(ours)?,
            Guard::Blind => {
                let request = appearance::blind_question(&blinded).map_err(ours)?;
                let blind = self.grade(task, "judge blind", request).await?.map_err(ours)?;
                match seen {
                    Ok(seen) => appearance::bounded(seen, &blind),
                    // The judge works, and it is the words of the page that keep it from a grade. A
                    // page must not get out of a low one like that.
                    Err(reason) => appearance::ungraded(&reason, &blind),
                }
            }
        };
        appearance.findings.splice(0..0, findings);
        Ok(appearance)
    }

    /// The mean grade of `repeat` answers to a question, or why no grade could be read.
    async fn grade(
        &self,
        task: &TaskId,
        purpose: &str,
        mut request: ModelRequest,
    ) -> Result<Result<Appearance, String>, AskError> {
        request.sampling = self.sampling.apply(request.sampling);
        let read = |reply: &ModelReply| {
            appearance::read(&request, &reply.text).map_err(|error| error.to_string())
        };
        let ask = |repeat| {
            let asked = (&*self.folder, task, purpose);
            ask_until_read(&self.desk, &self.client, asked, &request, (repeat, TRIES), read)
        };
        let mut answers = match ask(0).await? {
            Ok(first) => vec![first],
            Err(reason) => return Ok(Err(reason)),
        };
        // All are waited for, whatever becomes of one: they may be paid.
        for answer in join_all((1..self.repeat).map(ask)).await {
            match answer? {
                Ok(answer) => answers.push(answer),
                Err(reason) => return Ok(Err(reason)),
            }
        }
        Ok(Ok(mean(answers)))
    }
}

/// What keeps a site from being graded is no fault of the site.
fn ours(error: impl std::fmt::Display) -> AskError {
    AskError::Fault(Fault::system(SystemFaultKind::Judge, error.to_string()))
}

/// The mean of several answers, with the evidence of each.
fn mean(answers: Vec<Appearance>) -> Appearance {
    let count = answers.len().max(1);
    if count == 1 {
        return answers.into_iter().next().unwrap_or_else(|| Appearance::graded(0.0, "no answer"));
    }
    let grades: Vec<String> = answers.iter().map(|answer| answer.grade.to_string()).collect();
    let sum: f64 = answers.iter().map(|answer| answer.grade).sum();
    let reason = format!("mean of {count} answers: {}", grades.join(", "));
    let mut whole = Appearance::graded(sum / count as f64, reason);
    for answer in answers {
        for finding in answer.findings {
            if !whole.findings.contains(&finding) {
                whole.findings.push(finding);
            }
        }
    }
    whole
}
