//! Who judges pages: the local judge, which computes, or a vision judge, which is asked.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::join_all;
use pageloom_model::Client;
use pageloom_schema::{
    AnswerSource, Capture, Fault, Finish, ModelReply, ModelRequest, PageFault, Png, SamplingChange,
    Scores, SystemFaultKind, TaskId,
};
use pageloom_score::judge::criteria::{self, Form};
use pageloom_score::judge::redaction::{Redacted, redact};

use crate::asking::{AskError, Desk};
use crate::error::RunError;
use crate::log::RunFolder;
use crate::sample::blocking;
use crate::website::{Guard, SiteJudge};

/// How often a judge is asked for an answer that can be read.
pub(crate) const TRIES: u32 = 3;
/// Draws of further tries lie apart from those of repeats.
const TRY_STEP: u32 = 1_000;
/// The temperature of further tries, at least.
const RETRY_TEMPERATURE: f64 = 0.7;
/// The temperature of several answers to one question, where the user names none: at 0 they would be
/// one answer.
const REPEAT_TEMPERATURE: f64 = 1.0;
/// Draws that are looked at, known ones among them.
const MAX_DRAWS: u32 = 30;
/// The most answers of a judge about one pair.
pub const MAX_REPEAT: u32 = 64;

/// A judge of pages.
#[derive(Clone)]
pub enum Judge {
    /// Computes the ten criteria from both captures.
    Local,
    /// Is shown both pictures and asked for the ten criteria.
    Vision(VisionJudge),
}

/// A vision model as a judge of pages.
#[derive(Clone)]
pub struct VisionJudge {
    client: Arc<Client>,
    desk: Arc<Desk>,
    form: Form,
    repeat: u32,
    sampling: SamplingChange,
}

impl VisionJudge {
    /// A judge that is asked for `repeat` answers about each pair; `sampling` changes what the form has
    /// by itself.
    #[must_use]
    pub fn new(
        client: Arc<Client>,
        desk: Arc<Desk>,
        form: Form,
        repeat: u32,
        sampling: SamplingChange,
    ) -> Self {
        let repeat = repeat.clamp(1, MAX_REPEAT);
        Self { client, desk, form, repeat, sampling: repeated(sampling, repeat) }
    }

    /// The same judge for the looks of sites, whose questions and answers go into `folder`.
    #[must_use]
    pub(crate) fn of_sites(&self, folder: Arc<RunFolder>, guard: Guard) -> SiteJudge {
        let (client, desk) = (Arc::clone(&self.client), Arc::clone(&self.desk));
        SiteJudge::new(client, desk, folder, self.repeat, self.sampling, guard)
    }

    /// What a run records of it.
    #[must_use]
    pub fn describe(&self) -> BTreeMap<String, String> {
        let blank = Png(Arc::from([]));
        let sampling = self.sampled(criteria::question(self.form, &blank, &blank)).sampling;
        let mut told = Desk::describe(&self.client, "judge", sampling);
        told.insert("judge.repeat".to_owned(), self.repeat.to_string());
        told
    }

    fn sampled(&self, mut request: ModelRequest) -> ModelRequest {
        request.sampling = self.sampling.apply(request.sampling);
        request
    }

    /// Asks for the ten criteria of a pair. What a page says to its judge is painted over first,
    /// on both sides alike; the compatible form shows the pages as they are, as published.
    ///
    /// # Errors
    /// [`AskError`]; in the form `v1` also when no answer can be read. In the compatible form, an
    /// answer that cannot be read leaves the page without a score, as published.
    pub(crate) async fn scores(
        &self,
        folder: &RunFolder,
        task: &TaskId,
        reference: Side<'_>,
        candidate: Side<'_>,
    ) -> Result<Scores, AskError> {
        let (reference, candidate) = (self.shown(reference).await?, self.shown(candidate).await?);
        let ask = |repeat| self.asked(folder, task, [&reference, &candidate], repeat);
        // Where the first answer cannot be read, the page has no score, whatever others would say.
        let mut said = vec![ask(0).await?];
        if said.iter().all(Result::is_ok) || self.form == Form::Compat {
            // All are waited for, whatever becomes of one: they may be paid.
            for answer in join_all((1..self.repeat).map(ask)).await {
                said.push(answer?);
            }
        }
        let (mut answers, mut unreadable) = (Vec::new(), None);
        for answer in said {
            match answer {
                Ok(ten) => answers.push(ten),
                Err(reason) => unreadable = Some(reason),
            }
        }
        match (answers.is_empty(), unreadable, self.form) {
            (_, Some(reason), Form::V1) => {
                Err(AskError::Fault(Fault::system(SystemFaultKind::Judge, reason)))
            }
            (true, Some(reason), Form::Compat) => Ok(criteria::missing(self.form, &reason)),
            _ => Ok(with_painted(criteria::scores(self.form, &answers), &candidate)),
        }
    }

    /// One answer about a pair, by itself: the ten criteria in published order, or why no answer
    /// could be read. `repeat` says which of several independent answers. For whoever examines the
    /// judge; a run takes all answers together.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn answer(
        &self,
        folder: &RunFolder,
        task: &TaskId,
        (reference, candidate): (Side<'_>, Side<'_>),
        repeat: u32,
    ) -> Result<Result<[f64; 10], String>, AskError> {
        let (reference, candidate) = (self.shown(reference).await?, self.shown(candidate).await?);
        self.asked(folder, task, [&reference, &candidate], repeat).await
    }

    /// Asks for anything else that can be read, with this judge's sampling: the inner error says why
    /// nothing could.
    ///
    /// # Errors
    /// [`AskError`].
    pub(crate) async fn ask<T>(
        &self,
        folder: &RunFolder,
        (task, purpose): (&TaskId, &str),
        request: &ModelRequest,
        tries: u32,
        read: impl Fn(&ModelReply) -> Result<T, String>,
    ) -> Result<Result<T, String>, AskError> {
        let request = self.sampled(request.clone());
        let asked = (folder, task, purpose);
        ask_until_read(&self.desk, &self.client, asked, &request, (0, tries), read).await
    }

    async fn asked(
        &self,
        folder: &RunFolder,
        task: &TaskId,
        [reference, candidate]: [&Redacted; 2],
        repeat: u32,
    ) -> Result<Result<[f64; 10], String>, AskError> {
        let request = self.sampled(criteria::question(self.form, &reference.png, &candidate.png));
        let tries = if self.form == Form::Compat { 1 } else { TRIES };
        let asked = (folder, task, "judge");
        let read = |reply: &ModelReply| {
            criteria::read(self.form, &reply.text).map_err(|error| error.to_string())
        };
        ask_until_read(&self.desk, &self.client, asked, &request, (repeat, tries), read).await
    }

    /// A side as the judge is to see it.
    async fn shown(&self, side: Side<'_>) -> Result<Redacted, AskError> {
        let png = side.picture.clone();
        let Some(capture) = side.capture.filter(|_| self.form == Form::V1).cloned() else {
            return Ok(Redacted { png, findings: Vec::new(), boxes: Vec::new() });
        };
        let redacted = blocking(move || redact(&png, &capture)).await?;
        redacted.map_err(|error| {
            AskError::Fault(Fault::system(SystemFaultKind::Judge, error.to_string()))
        })
    }
}

/// The sampling of a judge that is asked `repeat` times.
pub(crate) fn repeated(sampling: SamplingChange, repeat: u32) -> SamplingChange {
    let several = (repeat > 1).then_some(Some(REPEAT_TEMPERATURE));
    SamplingChange { temperature: sampling.temperature.or(several), ..sampling }
}

/// One side of a pair: its picture, and what is known of the text in it.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    /// The picture.
    pub picture: &'a Png,
    /// What the browser saw; absent where there is a picture only.
    pub capture: Option<&'a Capture>,
}

/// Says in the overall score what of the candidate was painted over.
fn with_painted(mut scores: Scores, candidate: &Redacted) -> Scores {
    if let Some(overall) = scores.scores.iter_mut().find(|score| score.metric == "overall")
        && !candidate.findings.is_empty()
    {
        overall.explanation += &format!(
            "; {} texts of the page that speak to the judge were painted over before it saw them",
            candidate.findings.len()
        );
        overall.evidence.extend(candidate.boxes.iter().cloned());
        overall.evidence.truncate(60);
    }
    scores
}

/// Asks a judge until an answer can be read, each time for another draw, and from the second time on
/// with some temperature, because the same answer would be as bad; the inner error says why the last
/// one could not.
///
/// Answers that are known already are looked at first and do not count as tries, so that a run that
/// goes on asks anew. One that the limit of tokens cut off is not asked for again: the next one would
/// be as long.
pub(crate) async fn ask_until_read<T>(
    desk: &Desk,
    client: &Client,
    (folder, task, purpose): (&RunFolder, &TaskId, &str),
    request: &ModelRequest,
    (repeat, tries): (u32, u32),
    read: impl Fn(&ModelReply) -> Result<T, String>,
) -> Result<Result<T, String>, AskError> {
    let mut reason = String::new();
    let (mut asked, mut replayed) = (0, false);
    for attempt in 0..MAX_DRAWS {
        let mut request = ModelRequest { draw: repeat + attempt * TRY_STEP, ..request.clone() };
        if attempt > 0 {
            let temperature = &mut request.sampling.temperature;
            *temperature = temperature.map(|temperature| temperature.max(RETRY_TEMPERATURE));
        }
        let (reply, exchange) = match desk.exchange(folder, client, (task, purpose), &request).await
        {
            // The replayed run ended here too.
            Err(AskError::Fault(_)) if replayed => break,
            other => other?,
        };
        replayed = exchange.source == AnswerSource::Replay;
        match reply.finish {
            Finish::Refused => reason = format!("the judge would not answer: {}", reply.text),
            finish => match read(&reply) {
                Ok(value) => return Ok(Ok(value)),
                Err(why) if finish == Finish::CutOff => {
                    reason = format!(
                        "the limit of tokens cut the judge's answer off (--judge-tokens): {why}"
                    );
                    if exchange.source == AnswerSource::Endpoint {
                        break;
                    }
                }
                Err(why) => reason = why,
            },
        }
        asked += u32::from(exchange.source == AnswerSource::Endpoint);
        if asked >= tries {
            break;
        }
    }
    Ok(Err(reason))
}

impl Judge {
    /// The form in which the answers to a suite are judged; absent where nobody judges, as with
    /// questions, whose right answers are known.
    ///
    /// # Errors
    /// [`RunError::NoProtocol`] where this judge does not have the protocol.
    pub fn form_of(protocol: &str, local: bool) -> Result<Option<Form>, RunError> {
        let wrong = |reason: &str, hint: &str| RunError::NoProtocol {
            name: protocol.to_owned(),
            reason: reason.to_owned(),
            hint: hint.to_owned(),
        };
        match (protocol, local) {
            ("web2code-wcgb/v1", _) => Ok(Some(Form::V1)),
            ("web2code-wcgb/compat", false) => Ok(Some(Form::Compat)),
            ("iwr-bench/v1" | "iwr-bench/compat" | "webgen-bench/v1", false) => Ok(Some(Form::V1)),
            ("web2code-wcgb/compat", true) => Err(wrong(
                "it is about how a vision judge's answers are read, and the local judge gives none",
                "name a vision judge with --judge",
            )),
            (_, true) => Ok(None),
            (_, false) => Err(wrong(
                "its answers are compared with the right ones, and nobody judges them",
                "leave --judge out",
            )),
        }
    }

    /// Its scores of a candidate that could not be rendered; `local` are those of the local judge.
    pub(crate) fn page_fault(&self, fault: &PageFault, local: Scores) -> Scores {
        match self {
            Self::Local => local,
            Self::Vision(judge) => beside(criteria::page_fault_scores(judge.form, fault), local),
        }
    }

    /// What a run records of it.
    #[must_use]
    pub fn describe(&self) -> BTreeMap<String, String> {
        match self {
            Self::Local => BTreeMap::new(),
            Self::Vision(judge) => judge.describe(),
        }
    }
}

/// The scores of a judge that was asked, and beside them those of the local judge under names of
/// their own.
pub(crate) fn beside(asked: Scores, local: Scores) -> Scores {
    let mut scores = criteria::renamed_local(local);
    scores.scores.extend(asked.scores);
    scores
}
