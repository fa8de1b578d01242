//! Interactive pages: what a replay of a task's actions is worth, as IWR-Bench scores it (arXiv
//! 2509.24709 and its public evaluation code), and as it is better scored.
//!
//! | score | formula |
//! |---|---|
//! | `ifs` | actions that succeeded / actions of the task |
//! | `lfs` | (mean `ocr` + mean `dino`) / 2 over the compared pictures |
//! | `hfs` | mean grade of a vision judge over the same pictures |
//! | `vfs` | 0.5 · `lfs` + 0.5 · `hfs` |
//! | `final` | 0.7 · `ifs` + 0.3 · `vfs` |
//! | `vfs_all` | `vfs` with every flagged step in the mean, 0 where the replay did not get to; v1 alone |
//!
//! [`Protocol::V1`] and [`Protocol::Compat`] differ in what succeeded and in which pictures are
//! compared, as is said in their files, `v1.rs` and `compat.rs`. [`pairs`] says which pictures have to be compared,
//! [`task_scores`] makes the scores of one task, [`LeaderboardRow`] the figures of many. [`assertion`]
//! and [`resemblance`] are what a judge is asked. Nothing here replays anything or looks at pictures.

pub mod assertion;
mod compat;
mod leaderboard;
mod likeness;
pub mod resemblance;
mod traced;
mod v1;

pub use leaderboard::{LeaderboardRow, final_of, vfs_of};
pub use likeness::{Compared, Likeness, PicturePair, VisualJudge};

use pageloom_schema::{Score, Scores};

use crate::metric::Metric;

/// How a replay is scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Pictures are joined by step number, an undecided step leaves the task unscored, a missing
    /// answer is 0, and without models local measures stand in under their own names.
    V1,
    /// The arithmetic of the public code, for comparison with published tables. It takes a vision
    /// judge and real DINO weights.
    Compat,
}

impl Protocol {
    /// Both.
    pub const ALL: [Self; 2] = [Self::V1, Self::Compat];

    /// Its name in suites and reports.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::V1 => "iwr-bench/v1",
            Self::Compat => "iwr-bench/compat",
        }
    }

    /// The protocol of that name.
    #[must_use]
    pub fn named(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.id() == id)
    }

    /// The cards of its scores, in the order of [`task_scores`]; those of the pictures' parts (`ocr`,
    /// `dino`, `structure`) and of the local judge beside another (`local.…`) come after these.
    #[must_use]
    pub fn metrics(self) -> Vec<Metric> {
        match self {
            Self::V1 => vec![FINAL, IFS, VFS, LFS, HFS, VFS_ALL],
            Self::Compat => vec![FINAL, IFS, VFS, LFS, HFS],
        }
    }
}

/// What is known of one step of a replay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepEvidence {
    /// Its number: 0 for the first view, k for the k-th action.
    pub step: u32,
    /// The action was done; of step 0, that the page was opened.
    pub done: bool,
    /// What was to come of it.
    pub assertion: Assertion,
    /// The page is to be compared with the checkpoint after it; always so of step 0.
    pub flagged: bool,
    /// There is a picture of the true page after it.
    pub has_checkpoint: bool,
}

/// Whether what was to come of an action came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Assertion {
    /// Nothing was to come of it.
    #[default]
    None,
    /// It needs a judge, and there is none.
    Unasked,
    /// The judge could not be asked, or not be read: the fault of a system, and never of the page.
    Undecided,
    /// It came.
    Holds,
    /// It did not.
    Fails,
}

impl From<Option<Option<bool>>> for Assertion {
    /// Outside, whether there was anything to ask; inside, what was answered, if anything.
    fn from(asked: Option<Option<bool>>) -> Self {
        match asked {
            None => Self::None,
            Some(None) => Self::Undecided,
            Some(Some(true)) => Self::Holds,
            Some(Some(false)) => Self::Fails,
        }
    }
}

/// Which pictures have to be compared for [`task_scores`], in order and each once: screenshots of the
/// replay with checkpoints of the task, both by their step number.
#[must_use]
pub fn pairs(protocol: Protocol, steps: &[StepEvidence]) -> Vec<PicturePair> {
    match protocol {
        Protocol::V1 => v1::pairs(&in_order(steps)),
        Protocol::Compat => compat::pairs(&in_order(steps)),
    }
}

/// The scores of one task from its replay and from the compared pictures, which are those of
/// [`pairs`]; others are passed over. Every score of [`Protocol::metrics`] is there; one that cannot be
/// measured has no value and says why. All are in `0.0..=1.0`.
#[must_use]
pub fn task_scores(
    protocol: Protocol,
    steps: &[StepEvidence],
    compared: &[Compared],
    judge: VisualJudge,
) -> Scores {
    let steps = in_order(steps);
    let scores = match protocol {
        Protocol::V1 => v1::scores(&steps, compared, judge),
        Protocol::Compat => compat::scores(&steps, compared, judge),
    };
    Scores { scores, blocks: Vec::new() }
}

/// The scores of a task that was not answered, or whose answer holds no page: 0 under
/// [`Protocol::V1`]; without values under [`Protocol::Compat`], where such tasks leave the mean.
#[must_use]
pub fn unanswered(protocol: Protocol, why: &str) -> Scores {
    let score = |metric: &Metric| match protocol {
        Protocol::V1 => metric.measured(0.0, format!("{why}: counts 0"), Vec::new()),
        Protocol::Compat => metric.absent(format!("{why}: in no mean, as published")),
    };
    Scores { scores: protocol.metrics().iter().map(score).collect(), blocks: Vec::new() }
}

/// The scores of a task that could not be replayed for a fault that is not the page's: none.
#[must_use]
pub fn unscored(protocol: Protocol, why: &str) -> Scores {
    let scores = protocol.metrics().iter().map(|metric| metric.absent(why)).collect();
    Scores { scores, blocks: Vec::new() }
}

/// Steps by their number; of two with one number the first counts.
fn in_order(steps: &[StepEvidence]) -> Vec<StepEvidence> {
    let mut steps = steps.to_vec();
    steps.sort_by_key(|step| step.step);
    steps.dedup_by_key(|step| step.step);
    steps
}

/// The five published scores from their parts, each a value with its reason, or a reason alone.
fn composed(ifs: Part, lfs: Part, hfs: Part) -> [Score; 5] {
    let vfs = match (&lfs.value, &hfs.value) {
        (Some(lfs), Some(hfs)) => Part::of(vfs_of(*lfs, *hfs), "0.5 · lfs + 0.5 · hfs".to_owned()),
        (None, _) => Part::none("not measured: it takes lfs".to_owned()),
        (_, None) => Part::none("not measured: it takes hfs".to_owned()),
    };
    let whole = match (ifs.value, lfs.value, hfs.value) {
        (Some(ifs), Some(lfs), Some(hfs)) => {
            Part::of(final_of(ifs, lfs, hfs), "0.7 · ifs + 0.3 · vfs".to_owned())
        }
        (None, ..) => Part::none("not measured: it takes ifs".to_owned()),
        _ => Part::none("not measured: it takes vfs".to_owned()),
    };
    [whole.score(&FINAL), ifs.score(&IFS), vfs.score(&VFS), lfs.score(&LFS), hfs.score(&HFS)]
}

/// A value, or why there is none.
#[derive(Clone, Debug, PartialEq)]
struct Part {
    value: Option<f64>,
    why: String,
}

impl Part {
    fn of(value: f64, why: String) -> Self {
        Self { value: Some(value), why }
    }

    fn none(why: String) -> Self {
        Self { value: None, why }
    }

    fn score(&self, metric: &Metric) -> Score {
        match self.value {
            Some(value) => metric.measured(value, self.why.clone(), Vec::new()),
            None => metric.absent(self.why.clone()),
        }
    }
}

const fn card(id: &'static str, source: &'static str, summary: &'static str) -> Metric {
    Metric { id, version: 1, range: [0.0, 1.0], source, summary }
}

const PUBLISHED: &str = "IWR-Bench, arXiv 2509.24709 and its public evaluation code";

const IFS: Metric = card("ifs", PUBLISHED, "share of the task's actions that succeeded in a row");
const LFS: Metric = card("lfs", PUBLISHED, "how like the checkpoints the page is, by measures");
const HFS: Metric = card("hfs", PUBLISHED, "how like the checkpoints the page is, by a judge");
const VFS: Metric = card("vfs", PUBLISHED, "half lfs, half hfs");
const FINAL: Metric = card("final", PUBLISHED, "0.7 of ifs and 0.3 of vfs");
const VFS_ALL: Metric =
    card("vfs_all", "own", "vfs over all flagged steps, 0 where the replay did not get to");
