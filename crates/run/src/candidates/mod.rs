//! Who answers: models behind endpoints, saved answers, and baselines that need no model.

mod baseline;
mod endpoint;
pub mod layout;
mod reading;
mod replay;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use pageloom_model::Client;
use pageloom_schema::{
    Candidate, Capture, Fault, Gold, ModelRequest, Png, Reference, Sampling, SitePath, Suite, Task,
    Viewport,
};
use pageloom_score::understanding::{Protocol, Reply, prompt};
use pageloom_vision::Ocr;

use crate::error::RunError;
use crate::suite::Track;

pub use endpoint::answer_text;
pub(crate) use replay::{project_of, website_text};

/// A model behind an endpoint, with how it is asked.
#[derive(Clone)]
pub struct EndpointModel {
    /// Who is asked.
    pub client: Arc<Client>,
    /// How its answers are drawn.
    pub sampling: Sampling,
}

impl EndpointModel {
    /// The question of the screenshot-to-code track.
    pub(crate) fn page_request(
        &self,
        picture: &Png,
        viewport: Viewport,
        shared: &[SitePath],
    ) -> ModelRequest {
        endpoint::page_request(picture, viewport, shared, self.sampling)
    }

    /// The question of the tracks of page understanding.
    pub(crate) fn question_request(
        &self,
        question: &pageloom_schema::Question,
        picture: &Png,
    ) -> ModelRequest {
        ModelRequest { sampling: self.sampling, ..prompt::request(question, picture) }
    }
}

impl std::fmt::Debug for EndpointModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("EndpointModel").field(&self.client.label()).finish()
    }
}

/// A source of candidates.
#[derive(Clone, Debug)]
pub enum Model {
    /// A model that is asked.
    Endpoint(EndpointModel),
    /// Saved answers: `DIR/ID.html`, `DIR/ID/index.html`, or the raw text in `DIR/ID.txt` or `.md`,
    /// which is also where answers to questions are.
    Replay(PathBuf),
    /// The reference itself: the top of the scale.
    Oracle,
    /// An empty page: the bottom of the scale.
    Blank,
    /// All visible text of the reference, one paragraph a block, without any style.
    Text,
    /// The reference's picture as one image.
    Screenshot,
    /// Classical computer vision: boxes, colours and text read from the reference's picture.
    Layout(Arc<Ocr>),
    /// Saved answers to questions, by the question's id.
    Predictions(Arc<BTreeMap<String, String>>),
    /// Yes to every question.
    Yes,
    /// No to every question.
    No,
    /// What can be told of a question from the rendered DOM without a model.
    Dom,
}

/// Names of the baselines that make pages, best first.
pub const BASELINES: [&str; 5] = ["oracle", "layout", "text", "screenshot", "blank"];

/// What a candidate may be made from.
pub struct Question<'a> {
    /// The task.
    pub task: &'a Task,
    /// The reference as it was rendered; absent when the reference is only a picture.
    pub reference: Option<&'a Capture>,
    /// The reference's picture: what a model would be shown.
    pub picture: &'a Png,
}

impl Model {
    /// Finds the model of that name and checks what it needs.
    ///
    /// # Errors
    /// [`RunError::NoModel`], [`RunError::Storage`] when a replay folder cannot be read,
    /// [`RunError::BadAnswers`] when a file of saved answers has a fault in it,
    /// [`RunError::Missing`] when a baseline needs a program that is not installed.
    pub fn find(name: &str) -> Result<Self, RunError> {
        if let Some(folder) = name.strip_prefix("replay:") {
            let folder = PathBuf::from(folder);
            if folder.is_file() {
                return Ok(Self::Predictions(Arc::new(replay::predictions(&folder)?)));
            }
            std::fs::read_dir(&folder).map_err(RunError::storage("read", &folder))?;
            return Ok(Self::Replay(folder));
        }
        match name.strip_prefix("baseline:").unwrap_or_default() {
            "oracle" => Ok(Self::Oracle),
            "blank" => Ok(Self::Blank),
            "text" => Ok(Self::Text),
            "screenshot" => Ok(Self::Screenshot),
            "yes" => Ok(Self::Yes),
            "no" => Ok(Self::No),
            "dom" => Ok(Self::Dom),
            "layout" => {
                let ocr = Ocr::find().ok_or_else(|| RunError::Missing {
                    what: "tesseract".to_owned(),
                    hint: "run scripts/install-deps.sh; the other baselines work without it"
                        .to_owned(),
                })?;
                Ok(Self::Layout(Arc::new(ocr)))
            }
            _ => Err(RunError::NoModel(name.to_owned())),
        }
    }

    /// Checks that this model, which was named `name`, can do the tasks of `suite`; costs nothing.
    ///
    /// # Errors
    /// [`RunError::Unfit`], which names models that can.
    pub fn check(&self, name: &str, suite: &Suite) -> Result<(), RunError> {
        let track = Track::of(suite);
        let makes_pages = match self {
            Self::Oracle | Self::Blank | Self::Text | Self::Screenshot | Self::Layout(_) => true,
            Self::Predictions(_) | Self::Yes | Self::No | Self::Dom => false,
            Self::Replay(_) | Self::Endpoint(_) => return Ok(()),
        };
        let pictures_only =
            suite.tasks.iter().all(|task| matches!(task.reference, Reference::Screenshot(_)));
        let reason = match (track, self) {
            (Track::Pages | Track::Recordings(_) | Track::Websites, _) if !makes_pages => {
                "it answers questions and makes no pages"
            }
            (Track::Recordings(_), Self::Text) => "it reads a page's DOM, and a recording has none",
            (Track::Websites, _) => "it has nothing to go by but a picture, and there is none",
            (Track::Questions(_), _) if makes_pages => "it makes pages and answers no questions",
            (Track::Questions(Protocol::Extractive), Self::Yes | Self::No) => {
                "its answers are pieces of text, and this model says one word"
            }
            (Track::Questions(_), Self::Dom) if pictures_only => {
                "it reads the DOM, and the suite has pictures only"
            }
            _ => return Ok(()),
        };
        let fitting = match track {
            Track::Pages => "baseline:oracle|layout|text|screenshot|blank or replay:DIR",
            Track::Recordings(_) => "baseline:oracle|layout|screenshot|blank or replay:DIR",
            Track::Websites => "replay:DIR (ID.txt, or a folder of sources a task)",
            Track::Questions(Protocol::Extractive) => {
                "baseline:dom, replay:DIR (ID.txt) or replay:FILE.jsonl"
            }
            Track::Questions(_) if pictures_only => {
                "baseline:yes|no, replay:DIR (ID.txt) or replay:FILE.jsonl"
            }
            Track::Questions(_) => "baseline:dom|yes|no, replay:DIR (ID.txt) or replay:FILE.jsonl",
        };
        Err(RunError::Unfit {
            model: name.to_owned(),
            suite: suite.name.clone(),
            protocol: suite.protocol.clone(),
            reason: reason.to_owned(),
            fitting: fitting.to_owned(),
        })
    }

    /// Answers the question of a task in words; absent when there is no answer. May take seconds of
    /// computing; never waits for a network.
    ///
    /// # Errors
    /// A [`Fault`]: ours where a file failed.
    pub fn reply(&self, question: &Question<'_>) -> Result<Option<Reply>, Fault> {
        let words = |text: &str| Some(Reply { text: text.to_owned(), element: None });
        match self {
            Self::Replay(folder) => {
                let text = replay::words(folder, &question.task.id)?;
                Ok(text.and_then(|text| words(&text)))
            }
            Self::Predictions(all) => {
                Ok(all.get(question.task.id.as_str()).and_then(|text| words(text)))
            }
            Self::Yes => Ok(words("Yes")),
            Self::No => Ok(words("No")),
            Self::Dom => {
                let dom = question.reference.and_then(|capture| capture.dom.as_ref());
                Ok(dom.zip(question.task.question()).map(|(dom, asked)| match asked.gold {
                    Gold::YesNo(_) => reading::yes_or_no(dom, &asked.text),
                    Gold::Span { .. } => reading::piece_of_text(dom, &asked.text),
                }))
            }
            Self::Endpoint(_)
            | Self::Oracle
            | Self::Blank
            | Self::Text
            | Self::Screenshot
            | Self::Layout(_) => Ok(None),
        }
    }

    /// Makes the page of a task without an endpoint; [`Candidate::Missing`] for a model that has one.
    /// May take seconds of computing; never waits for a network.
    ///
    /// # Errors
    /// A [`Fault`]: the page's where a saved answer is no page, ours where a file or program
    /// failed.
    pub fn answer(&self, question: &Question<'_>) -> Result<Candidate, Fault> {
        match self {
            Self::Endpoint(_) => Ok(Candidate::Missing),
            Self::Replay(folder) => replay::answer(folder, &question.task.id),
            Self::Oracle => Ok(baseline::oracle(question)),
            Self::Blank => Ok(Candidate::Answer(baseline::BLANK.to_owned())),
            Self::Text => Ok(baseline::text(question)),
            Self::Screenshot => Ok(baseline::screenshot(question)),
            Self::Layout(ocr) => baseline::layout(ocr, question),
            Self::Predictions(_) | Self::Yes | Self::No | Self::Dom => Ok(Candidate::Missing),
        }
    }
}
