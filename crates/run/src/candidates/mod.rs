//! Who answers: saved answers, and baselines that need no model.

mod baseline;
pub mod layout;
mod replay;

use std::path::PathBuf;
use std::sync::Arc;

use pageloom_schema::{Candidate, Capture, Fault, Png, Task};
use pageloom_vision::Ocr;

use crate::error::RunError;

/// A source of candidates.
#[derive(Clone, Debug)]
pub enum Model {
    /// Saved answers: `DIR/ID.html`, `DIR/ID/index.html`, or the raw text in `DIR/ID.txt` or `.md`.
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
}

/// Names of the baselines, best first.
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
    /// [`RunError::Missing`] when a baseline needs a program that is not installed.
    pub fn find(name: &str) -> Result<Self, RunError> {
        if let Some(folder) = name.strip_prefix("replay:") {
            let folder = PathBuf::from(folder);
            std::fs::read_dir(&folder).map_err(RunError::storage("read", &folder))?;
            return Ok(Self::Replay(folder));
        }
        match name.strip_prefix("baseline:").unwrap_or_default() {
            "oracle" => Ok(Self::Oracle),
            "blank" => Ok(Self::Blank),
            "text" => Ok(Self::Text),
            "screenshot" => Ok(Self::Screenshot),
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

    /// Answers one question. May take seconds of computing; never waits for a network.
    ///
    /// # Errors
    /// A [`Fault`]: the page's where a saved answer is no page, ours where a file or program
    /// failed.
    pub fn answer(&self, question: &Question<'_>) -> Result<Candidate, Fault> {
        match self {
            Self::Replay(folder) => replay::answer(folder, &question.task.id),
            Self::Oracle => Ok(baseline::oracle(question)),
            Self::Blank => Ok(Candidate::Answer(baseline::BLANK.to_owned())),
            Self::Text => Ok(baseline::text(question)),
            Self::Screenshot => Ok(baseline::screenshot(question)),
            Self::Layout(ocr) => baseline::layout(ocr, question),
        }
    }
}
