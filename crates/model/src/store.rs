//! Where answers are kept, so that no question is paid for twice.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use pageloom_schema::{AnswerSource, ModelReply};
use serde::{Deserialize, Serialize};

use crate::error::ModelError;

/// An answer as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptAnswer {
    /// The answer.
    pub reply: ModelReply,
    /// What it cost when it was given, in US dollars, where a price was known.
    pub cost: Option<f64>,
    /// Parameters that the endpoint would not take, so that it was asked without them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<String>,
    /// All that the endpoint said: its JSON as text.
    pub raw: String,
}

/// A place that answers are looked up in and kept in.
pub trait AnswerStore: Send + Sync {
    /// What an answer of this store is called in the run log.
    fn source(&self) -> AnswerSource;

    /// The answer under `key`, if there is one that can be read.
    ///
    /// # Errors
    /// [`ModelError::Store`] when the system refuses.
    fn get(&self, key: &str) -> Result<Option<KeptAnswer>, ModelError>;

    /// Keeps an answer; it outlives this process when this returns.
    ///
    /// # Errors
    /// [`ModelError::Store`] when the system refuses.
    fn put(&self, key: &str, answer: &KeptAnswer) -> Result<(), ModelError>;
}

/// A folder of answers that all runs share: `ab/<key>.json`.
#[derive(Clone, Debug)]
pub struct AnswerFolder(PathBuf);

impl AnswerFolder {
    /// The folder, made at the first answer.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    fn path(&self, key: &str) -> PathBuf {
        self.0.join(key.get(..2).unwrap_or("00")).join(format!("{key}.json"))
    }
}

impl AnswerStore for AnswerFolder {
    fn source(&self) -> AnswerSource {
        AnswerSource::Cache
    }

    fn get(&self, key: &str) -> Result<Option<KeptAnswer>, ModelError> {
        match std::fs::read(self.path(key)) {
            // A file that somebody damaged is no answer; the next one takes its place.
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(refused(&self.path(key), &error)),
        }
    }

    fn put(&self, key: &str, answer: &KeptAnswer) -> Result<(), ModelError> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let path = self.path(key);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let partial = path.with_extension(format!("{}-{number}.partial", std::process::id()));
        let write = || {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            std::fs::write(&partial, serde_json::to_vec(answer)?)?;
            std::fs::rename(&partial, &path)
        };
        write().map_err(|error| {
            drop(std::fs::remove_file(&partial));
            refused(&path, &error)
        })
    }
}

fn refused(path: &Path, error: &std::io::Error) -> ModelError {
    ModelError::Store(format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use pageloom_schema::Finish;

    use super::*;

    #[test]
    fn an_answer_is_found_again_and_a_damaged_one_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let store = AnswerFolder::new(folder.path());
        let reply = ModelReply { text: "yes".to_owned(), finish: Finish::Complete, tokens: None };
        let answer =
            KeptAnswer { reply, cost: Some(0.25), without: Vec::new(), raw: "{}".to_owned() };
        assert_eq!(store.get("abcd").unwrap(), None);
        store.put("abcd", &answer).unwrap();
        assert_eq!(store.get("abcd").unwrap(), Some(answer));
        std::fs::write(folder.path().join("ab/abcd.json"), b"{\"reply\":").unwrap();
        assert_eq!(store.get("abcd").unwrap(), None);
    }
}
