//! One question about a page from task to score: `reference -> answer -> score`.
//!
//! The counterpart of `sample` where the candidate is words: nothing of the model's is rendered, so
//! `rendered` stays false. What the model did not answer is scored, what went wrong on our side is
//! not.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use pageloom_schema::{
    Capture, Fault, PageFaultKind, Png, Question, Questioning, Reference, SampleOutcome,
    SampleResult, Scores, SystemFaultKind, Task, Viewport,
};
use pageloom_score::understanding::{Protocol, Reply, score_answer};
use tokio::sync::OnceCell;

use crate::candidates::{self, Model, answer_text};
use crate::error::RunError;
use crate::sample::{Sample, Stages, blocking, with_shared};

/// How many rendered pages are kept for the next questions about them. Tasks are sorted, and with
/// them the pages, so a few are enough; one takes tens of MiB.
const MAX_KEPT_PAGES: usize = 8;

/// A page that is rendered once, by whichever question needs it first.
type SharedRender = Arc<OnceCell<Arc<Capture>>>;

/// Rendered pages of a run, the latest ones.
#[derive(Default)]
pub(crate) struct QuestionPages(Mutex<Vec<(Reference, Viewport, SharedRender)>>);

impl QuestionPages {
    fn of(&self, reference: &Reference, viewport: Viewport) -> SharedRender {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().find(|(page, window, _)| page == reference && *window == viewport);
        if let Some((_, _, render)) = found {
            return Arc::clone(render);
        }
        if kept.len() >= MAX_KEPT_PAGES {
            kept.remove(0);
        }
        let render = SharedRender::default();
        kept.push((reference.clone(), viewport, Arc::clone(&render)));
        render
    }
}

/// What a question is about, ready to be asked.
struct Shown {
    /// The rendered page; absent where the reference is a picture.
    capture: Option<Arc<Capture>>,
    /// What the model is shown.
    picture: Png,
}

/// Runs one question to its end. What ends it early is part of the result.
///
/// # Errors
/// Only when the run itself cannot go on: its folder cannot be written.
pub(crate) async fn run_question(
    stages: &Stages,
    task: &Arc<Task>,
    question: &Question,
) -> Result<SampleResult, RunError> {
    let mut sample = Sample::new(stages, task);
    let shown = shown(&mut sample, question).await;
    let answer = match &shown {
        Ok(shown) => {
            store_page(&mut sample, shown);
            answer(&mut sample, question, shown).await
        }
        Err(fault) => Err(fault.clone()),
    };
    let (outcome, fault, reply) = match answer {
        Ok(Some(reply)) => (SampleOutcome::Scored, None, Some(reply)),
        Ok(None) => {
            let fault = Fault::page(PageFaultKind::NoAnswer, "the model gave no answer");
            (SampleOutcome::PageFault, Some(fault), None)
        }
        Err(fault @ Fault::Page(_)) => (SampleOutcome::PageFault, Some(fault), None),
        Err(fault @ Fault::System(_)) => (SampleOutcome::SystemFault, Some(fault), None),
    };
    let words = reply.as_ref().map(|reply| reply.text.clone());
    if let Some(words) = &words {
        sample.store("answer", words.as_bytes(), "txt");
    }
    let capture = shown.ok().and_then(|shown| shown.capture);
    let scored = match outcome {
        SampleOutcome::SystemFault => Ok(Scores::default()),
        _ => score(&mut sample, question, reply, capture).await,
    };
    let mut result = match scored {
        Ok(scores) => sample.finished(outcome, fault, scores),
        Err(fault) => sample.finished(SampleOutcome::SystemFault, Some(fault), Scores::default()),
    };
    result.questioning = Some(Questioning {
        question: question.text.clone(),
        gold: question.gold.text().to_owned(),
        answer: words,
    });
    match sample.broken {
        Some(error) => Err(error),
        None => Ok(result),
    }
}

/// The page as the model is to see it. One that cannot be had is our fault.
async fn shown(sample: &mut Sample<'_>, question: &Question) -> Result<Shown, Fault> {
    let started = Instant::now();
    let (stages, viewport) = (sample.stages, sample.viewport);
    let shown = match &sample.task.reference {
        Reference::Nothing => {
            let detail = "the question is about no page";
            return Err(Fault::system(SystemFaultKind::Reference, detail));
        }
        Reference::Screenshot(png) => {
            let picture = question.picture.clone().unwrap_or_else(|| png.clone());
            Shown { capture: None, picture }
        }
        reference @ Reference::Site(site) => {
            let render = stages.pages.of(reference, viewport);
            let site = Arc::new(with_shared(site, &stages.shared_files));
            let capture = render
                .get_or_try_init(|| async {
                    stages.pool.render(&site, viewport, &stages.policy).await.map(Arc::new)
                })
                .await
                .map_err(|fault| match fault {
                    Fault::Page(fault) => {
                        Fault::system(SystemFaultKind::Reference, fault.to_string())
                    }
                    system @ Fault::System(_) => system,
                })?;
            let picture = question.picture.clone().or_else(|| capture.full_page_png.clone());
            let picture = picture.ok_or_else(|| {
                Fault::system(SystemFaultKind::Reference, "the page has no picture")
            })?;
            Shown { capture: Some(Arc::clone(capture)), picture }
        }
    };
    sample.note_stage("reference", started, Vec::new());
    Ok(shown)
}

/// What the model says to it.
async fn answer(
    sample: &mut Sample<'_>,
    question: &Question,
    shown: &Shown,
) -> Result<Option<Reply>, Fault> {
    if let Model::Endpoint(model) = &sample.stages.model {
        let started = Instant::now();
        let request = model.question_request(question, &shown.picture);
        let reply = sample.ask(&model.client, "answer", &request).await;
        sample.note_stage("candidate", started, Vec::new());
        let text = answer_text(&reply?)?;
        sample.answered = true;
        return Ok(Some(Reply { text, element: None }));
    }
    let started = Instant::now();
    let (model, task) = (sample.stages.model.clone(), Arc::clone(sample.task));
    let (capture, picture) = (shown.capture.clone(), shown.picture.clone());
    let reply = blocking(move || {
        model.reply(&candidates::Question {
            task: &task,
            reference: capture.as_deref(),
            picture: &picture,
        })
    })
    .await?;
    sample.answered = matches!(reply, Ok(Some(_)));
    sample.note_stage("candidate", started, Vec::new());
    reply
}

async fn score(
    sample: &mut Sample<'_>,
    question: &Question,
    reply: Option<Reply>,
    capture: Option<Arc<Capture>>,
) -> Result<Scores, Fault> {
    let started = Instant::now();
    let protocol = protocol_of(sample.stages)?;
    let gold = question.gold.clone();
    let mut scores = blocking(move || {
        let page = capture.as_ref().and_then(|capture| capture.dom.as_ref());
        score_answer(protocol, &gold, reply.as_ref(), page)
    })
    .await?;
    if question.picture.is_some() {
        // Boxes are places of our render, and the picture beside them is another one.
        scores.scores.iter_mut().for_each(|score| score.evidence.clear());
    }
    sample.note_stage("score", started, Vec::new());
    Ok(scores)
}

/// A suite that was opened has a protocol for its questions; one made by hand may not.
fn protocol_of(stages: &Stages) -> Result<Protocol, Fault> {
    Protocol::named(&stages.protocol).ok_or_else(|| {
        let message = format!("protocol `{}` has no questions", stages.protocol);
        Fault::system(SystemFaultKind::Reference, message)
    })
}

fn store_page(sample: &mut Sample<'_>, shown: &Shown) {
    if let Some(capture) = &shown.capture {
        let own_picture = capture.full_page_png.as_ref() == Some(&shown.picture);
        if own_picture {
            sample.store_capture("reference", capture);
        } else {
            // The suite's picture is the one that counts; ours would be a blob without a name.
            let bare = Capture { full_page_png: None, ..(**capture).clone() };
            sample.store_capture("reference", &bare);
        }
    }
    sample.store("reference_png", &shown.picture.0, "png");
    if let Reference::Site(site) = &sample.task.reference {
        sample.store("reference_html", site.entry_html().as_bytes(), "html");
    }
}
