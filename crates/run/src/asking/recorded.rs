//! Answers that are in a run already: this one's, when it goes on, or another's, when it is replayed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use pageloom_model::{AnswerStore, KeptAnswer, ModelError};
use pageloom_schema::{AnswerSource, Exchange, RunManifest};

use crate::error::RunError;
use crate::log::{RunFolder, read_blob, read_run};

/// The answers of the run that is under way.
#[derive(Default)]
pub(super) struct RunAnswers {
    folder: OnceLock<PathBuf>,
    replies: Mutex<BTreeMap<String, String>>,
    /// Answers that came and are not written down yet.
    arriving: Mutex<BTreeMap<String, KeptAnswer>>,
}

impl RunAnswers {
    /// Takes the folder of the run, and what was asked in it.
    pub(super) fn begin(&self, folder: &Arc<RunFolder>, exchanges: &[Exchange]) {
        // A desk serves one run; a second folder would be a fault of ours, and its answers would
        // only be asked for again.
        drop(self.folder.set(folder.path().to_owned()));
        exchanges.iter().for_each(|exchange| self.remember(exchange));
    }

    /// Remembers an answer that was written down.
    pub(super) fn remember(&self, exchange: &Exchange) {
        let mut replies = self.replies.lock().unwrap_or_else(PoisonError::into_inner);
        replies.insert(exchange.key.clone(), exchange.reply.clone());
        self.arriving.lock().unwrap_or_else(PoisonError::into_inner).remove(&exchange.key);
    }
}

impl AnswerStore for RunAnswers {
    fn source(&self) -> AnswerSource {
        AnswerSource::Run
    }

    fn get(&self, key: &str) -> Result<Option<KeptAnswer>, ModelError> {
        let blob = self.replies.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned();
        let written = self.folder.get().zip(blob).and_then(|(folder, blob)| kept(folder, &blob));
        let arriving = self.arriving.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(written.or_else(|| arriving.get(key).cloned()))
    }

    fn put(&self, key: &str, answer: &KeptAnswer) -> Result<(), ModelError> {
        // It is written down with its question, by whoever asked; until then it is known here.
        let mut arriving = self.arriving.lock().unwrap_or_else(PoisonError::into_inner);
        arriving.insert(key.to_owned(), answer.clone());
        Ok(())
    }
}

/// The answers of a run that is replayed.
pub(super) struct ReplayedRun {
    folder: PathBuf,
    manifest: RunManifest,
    replies: BTreeMap<String, String>,
}

impl ReplayedRun {
    pub(super) fn open(folder: &Path) -> Result<Self, RunError> {
        let run = read_run(folder)?;
        let replies = run.exchanges.into_iter().map(|asked| (asked.key, asked.reply)).collect();
        Ok(Self { folder: folder.to_owned(), manifest: run.manifest, replies })
    }

    /// The name of a model that the endpoint gave, where the model was named without one.
    pub(super) fn served(&self, name: &str) -> Option<&str> {
        let purpose = if self.manifest.model == name { "model" } else { "judge" };
        self.manifest.asking.get(&format!("{purpose}.model")).map(String::as_str)
    }
}

impl AnswerStore for ReplayedRun {
    fn source(&self) -> AnswerSource {
        AnswerSource::Replay
    }

    fn get(&self, key: &str) -> Result<Option<KeptAnswer>, ModelError> {
        Ok(self.replies.get(key).and_then(|blob| kept(&self.folder, blob)))
    }

    fn put(&self, _: &str, _: &KeptAnswer) -> Result<(), ModelError> {
        Ok(())
    }
}

/// A reply's blob; one that is missing or damaged is no answer.
fn kept(folder: &Path, blob: &str) -> Option<KeptAnswer> {
    serde_json::from_slice(&read_blob(folder, blob).ok()?).ok()
}
