//! What a stand-in answers and where it fails: a value, or a TOML file.

use serde::{Deserialize, Serialize};

use super::reply::Asked;

/// A stand-in's part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Script {
    /// The models it says it has.
    pub models: Vec<String>,
    /// Another seed draws other faults.
    pub seed: u64,
    /// Milliseconds before each answer.
    pub latency_ms: u64,
    /// Fields of a request that it will not take, such as `temperature`; after a `|`, what it says
    /// instead of calling them unsupported.
    pub refuses: Vec<String>,
    /// Where it fails.
    pub fault: Vec<FaultRule>,
    /// What it answers; the first that fits counts, and where none does, the answer is made from the
    /// question's pictures.
    pub reply: Vec<ReplyRule>,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            models: vec!["stand-in".to_owned()],
            seed: 0,
            latency_ms: 0,
            refuses: Vec::new(),
            fault: Vec::new(),
            reply: Vec::new(),
        }
    }
}

/// A fault with the share of requests that meet it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FaultRule {
    /// In 0..=1; the shares of a script add up to 1 at most.
    pub share: f64,
    /// What happens.
    #[serde(flatten)]
    pub kind: FaultKind,
}

/// What can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FaultKind {
    /// An error status, with a wait that is asked for.
    Status {
        /// Such as 429 or 500.
        status: u16,
        /// Seconds of `Retry-After`.
        #[serde(default)]
        retry_after: Option<u32>,
    },
    /// The head of an answer, and then nothing.
    Hang,
    /// The connection ends without an answer.
    Disconnect,
    /// The connection ends in the middle of an answer.
    CutOff,
    /// An answer that breaks off within its JSON, and says it is whole.
    Malformed,
    /// A page of HTML, as a proxy sends it.
    NotJson,
    /// A good answer in eight pieces.
    Drip {
        /// Milliseconds between two pieces.
        pause_ms: u32,
    },
    /// A good answer whose text the token limit cut in half.
    Length,
    /// No answer: the content filter.
    Refusal,
}

/// An answer to the questions that hold a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplyRule {
    /// What a question must hold, in any of its texts; empty fits all.
    #[serde(default)]
    pub contains: String,
    /// The answer.
    pub text: String,
}

/// Why a script cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the script cannot be used: {0}")]
pub struct ScriptError(String);

impl Script {
    /// Reads a script.
    ///
    /// # Errors
    /// [`ScriptError`] when it is not TOML of this form, or its shares are none.
    pub fn parse(text: &str) -> Result<Self, ScriptError> {
        let script: Self = toml::from_str(text).map_err(|error| ScriptError(error.to_string()))?;
        let sum: f64 = script.fault.iter().map(|rule| rule.share).sum();
        if script.fault.iter().any(|rule| !(0.0..=1.0).contains(&rule.share)) || sum > 1.0 + 1e-9 {
            return Err(ScriptError("the shares of faults lie in 0..=1, as does their sum".into()));
        }
        Ok(script)
    }

    /// The fault that a request meets the `time`th time it is asked.
    pub(super) fn fault(&self, key: &str, time: u32) -> Option<FaultKind> {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.seed.to_le_bytes()).update(key.as_bytes()).update(&time.to_le_bytes());
        let bytes = hasher.finalize();
        let drawn = bytes.as_bytes().first_chunk::<8>().map_or(0, |b| u64::from_le_bytes(*b));
        let mut place = drawn as f64 / u64::MAX as f64;
        self.fault.iter().find_map(|rule| {
            place -= rule.share;
            (place < 0.0).then_some(rule.kind)
        })
    }

    /// What a rule answers, if one fits.
    pub(super) fn reply(&self, asked: &Asked) -> Option<String> {
        let fits = |rule: &&ReplyRule| asked.texts.iter().any(|text| text.contains(&rule.contains));
        self.reply.iter().find(fits).map(|rule| rule.text.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_toml() {
        let script = Script::parse(
            "seed = 3\n[[fault]]\nkind = \"status\"\nstatus = 429\nretry_after = 1\nshare = 0.1\n\
             [[fault]]\nkind = \"drip\"\npause_ms = 5\nshare = 0.1\n\
             [[reply]]\ncontains = \"colour\"\ntext = \"red\"\n",
        )
        .unwrap();
        assert_eq!(
            script.fault.first().map(|rule| rule.kind),
            Some(FaultKind::Status { status: 429, retry_after: Some(1) })
        );
        assert!(Script::parse("[[fault]]\nkind = \"hang\"\nshare = 1.5\n").is_err());
        assert!(Script::parse("sed = 3\n").is_err());
    }

    #[test]
    fn faults_come_as_often_as_their_share_says_and_not_twice_in_a_row() {
        let fault = vec![FaultRule { share: 0.2, kind: FaultKind::Hang }];
        let script = Script { fault, ..Script::default() };
        let met = (0..2_000).filter(|n| script.fault(&n.to_string(), 1).is_some()).count();
        assert!((330..470).contains(&met), "{met}");
        let both = (0..2_000).filter(|n| {
            let fails = |time| script.fault(&n.to_string(), time).is_some();
            fails(1) && fails(2)
        });
        assert!(both.count() < 160);
    }
}
