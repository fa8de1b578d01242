//! Many completions: several at a time, rows in the order of the input, equal completions once.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use pageloom_schema::{Fault, Reward, RewardTerm, Stage, SystemFaultKind, TaskId};
use serde::{Deserialize, Serialize};
use tokio::sync::{OnceCell, mpsc};
use tokio::task::JoinHandle;

use super::reward::{Rewarded, Rewarder};

/// One completion to be rewarded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completion {
    /// What its row is called.
    pub id: String,
    /// What the model wrote.
    pub completion: String,
    /// What it was asked for.
    #[serde(default)]
    pub instruction: Option<String>,
}

impl Completion {
    /// The completion's name in a run: its id where that can be one, else what of it can, and a hash.
    #[must_use]
    pub fn task(&self) -> TaskId {
        if let Ok(task) = TaskId::new(&self.id) {
            return task;
        }
        let keep = |c: char| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '-' };
        let name: String = self.id.chars().take(60).map(keep).collect();
        let hash = blake3::hash(self.id.as_bytes()).to_hex();
        let hash: String = hash.chars().take(12).collect();
        // Both parts are letters, digits and dashes, and not too many.
        TaskId::new(&format!("c-{name}-{hash}")).unwrap_or_else(|_| TaskId::unnamed())
    }

    /// Hash of all that a reward is made of.
    #[must_use]
    pub(super) fn hash(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        let instruction = self.instruction.as_deref().unwrap_or("\0");
        for part in [self.completion.as_str(), instruction] {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
        }
        *hasher.finalize().as_bytes()
    }
}

/// How a batch is done.
#[derive(Clone, Copy, Debug)]
pub struct BatchOptions {
    /// Completions at a time, at least 1.
    pub workers: usize,
    /// Give wall-clock times in the rows. Without them, equal completions give equal rows.
    pub timings: bool,
    /// Keep the pictures for `done`.
    pub pictures: bool,
    /// Further completions at a time, which wait for a judge and need no worker.
    pub ahead: usize,
}

/// One row of the output.
#[derive(Clone, Debug, Serialize)]
pub struct RewardRow {
    /// The completion's id.
    pub id: String,
    /// The reward; `null` when something of ours failed.
    pub reward: Option<f64>,
    /// The rubric.
    pub rubric: String,
    /// The lowest and the highest reward of the rubric.
    pub range: [f64; 2],
    /// The last stage that passed.
    pub stage: Option<Stage>,
    /// The terms, with their evidence.
    pub terms: Vec<RewardTerm>,
    /// What ended the cascade.
    pub fault: Option<Fault>,
    /// Who built the site.
    pub builder: Option<pageloom_schema::Builder>,
    /// Why the fast builder did not, if it was asked first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fallback: Vec<String>,
    /// Who looked at it.
    pub look: Option<pageloom_schema::LookSource>,
    /// Wall-clock milliseconds in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub millis: Option<f64>,
    /// Wall-clock milliseconds of each step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<BTreeMap<String, f64>>,
}

/// Steps that lie inside another step, and would be counted twice.
const STAGES: [&str; 6] = ["extract", "comply", "build", "visit", "judge", "score"];

impl RewardRow {
    fn new(id: String, rewarded: &Rewarded, timings: bool) -> Self {
        let Reward { rubric, value, range, stage, terms, fault, builder, look } =
            rewarded.reward.clone();
        let steps = &rewarded.timings.0;
        let whole: f64 =
            steps.iter().filter(|(step, _)| STAGES.contains(&step.as_str())).map(|(_, s)| s).sum();
        let millis = |seconds: f64| (seconds * 1e4).round() / 10.0;
        Self {
            id,
            reward: value,
            rubric,
            range,
            stage,
            terms,
            fault,
            builder,
            fallback: rewarded.fallback.clone(),
            look,
            millis: timings.then(|| millis(whole)),
            steps: timings.then(|| {
                steps.iter().map(|(step, seconds)| (step.clone(), millis(*seconds))).collect()
            }),
        }
    }
}

type Shared = Arc<OnceCell<Rewarded>>;

/// Rewards every completion of `input` as it comes; `done` gets the rows in the order of the input,
/// each as soon as it and all before it are there. An error in the input ends it: the rows before it
/// are still done.
///
/// # Errors
/// What comes from `input`, or what `done` returns.
pub async fn reward_all<E>(
    rewarder: &Arc<Rewarder>,
    options: BatchOptions,
    mut input: mpsc::Receiver<Result<Completion, E>>,
    mut done: impl FnMut(&Completion, RewardRow, &Rewarded) -> Result<(), E>,
) -> Result<(), E> {
    let known: Mutex<Known> = Mutex::default();
    let mut waiting: VecDeque<(Completion, JoinHandle<Rewarded>)> = VecDeque::new();
    let mut more = true;
    let mut broken_off = Ok(());
    while more || !waiting.is_empty() {
        let has_room = more && waiting.len() < options.workers.max(1) * 2 + options.ahead;
        tokio::select! {
            biased;
            rewarded = first_of(&mut waiting), if !waiting.is_empty() => {
                let Some((completion, _)) = waiting.pop_front() else { continue };
                // No further one can be rewarded; those under way are waited for, they may be paid.
                more &= rewarded.ending.is_none();
                let row = RewardRow::new(completion.id.clone(), &rewarded, options.timings);
                done(&completion, row, &rewarded)?;
            }
            next = input.recv(), if has_room => match next {
                Some(Ok(completion)) => {
                    let shared = shared(&known, &completion);
                    let work =
                        work(Arc::clone(rewarder), completion.clone(), shared, options.pictures);
                    waiting.push_back((completion, tokio::spawn(work)));
                }
                Some(Err(error)) => (more, broken_off) = (false, Err(error)),
                None => more = false,
            },
        }
    }
    broken_off
}

/// The first of those that are waited for, once it is there. Does not take it out.
async fn first_of(waiting: &mut VecDeque<(Completion, JoinHandle<Rewarded>)>) -> Rewarded {
    let Some((_, handle)) = waiting.front_mut() else { return std::future::pending().await };
    match handle.await {
        Ok(rewarded) => rewarded,
        Err(error) => broken(&error.to_string()),
    }
}

/// One completion, unless an equal one was rewarded before.
async fn work(
    rewarder: Arc<Rewarder>,
    completion: Completion,
    shared: Shared,
    pictures: bool,
) -> Rewarded {
    let work = async {
        let mut rewarded = rewarder.reward(&completion).await;
        rewarded.picture = rewarded.picture.filter(|_| pictures);
        rewarded
    };
    shared.get_or_init(|| work).await.clone()
}

/// Computations that equal completions share: the latest ones, so that memory stays bounded.
#[derive(Default)]
struct Known {
    by_key: BTreeMap<[u8; 32], Shared>,
    order: VecDeque<[u8; 32]>,
}

/// Completions that are remembered. Samples of one prompt come close to each other.
const REMEMBERED: usize = 256;

fn shared(known: &Mutex<Known>, completion: &Completion) -> Shared {
    let key = completion.hash();
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(shared) = known.by_key.get(&key) {
        return Arc::clone(shared);
    }
    if known.order.len() >= REMEMBERED
        && let Some(oldest) = known.order.pop_front()
    {
        known.by_key.remove(&oldest);
    }
    known.order.push_back(key);
    Arc::clone(known.by_key.entry(key).or_default())
}

/// The row of a task that was lost: ours, and no number.
fn broken(reason: &str) -> Rewarded {
    let reward = Reward {
        rubric: String::new(),
        value: None,
        range: [0.0, 1.0],
        stage: None,
        terms: Vec::new(),
        fault: Some(Fault::system(SystemFaultKind::Stopped, reason)),
        builder: None,
        look: None,
    };
    Rewarded {
        reward,
        timings: pageloom_schema::Timings::default(),
        picture: None,
        fallback: Vec::new(),
        ending: None,
    }
}
