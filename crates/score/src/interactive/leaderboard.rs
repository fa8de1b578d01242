//! The arithmetic of IWR-Bench's table (arXiv 2509.24709): what the parts of a score weigh, and the
//! figures of many tasks.

use pageloom_schema::{Scores, statistics};

use super::Protocol;

/// The visual score from measures (`lfs`) and judge (`hfs`), all on one scale.
#[must_use]
pub fn vfs_of(lfs: f64, hfs: f64) -> f64 {
    0.5 * lfs + 0.5 * hfs
}

/// The final score from its three parts, all on one scale.
///
/// ```
/// use pageloom_score::interactive::final_of;
/// // The first row of the published table.
/// assert!((final_of(24.39, 68.29, 60.21) - 36.35).abs() < 0.011);
/// ```
#[must_use]
pub fn final_of(ifs: f64, lfs: f64, hfs: f64) -> f64 {
    0.7 * ifs + 0.3 * vfs_of(lfs, hfs)
}

/// The figures of many tasks, each in `0.0..=100.0`, as published tables print them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LeaderboardRow {
    /// Mean final score; absent when no task has one.
    pub whole: Option<f64>,
    /// Mean interactive score.
    pub ifs: Option<f64>,
    /// Mean visual score.
    pub vfs: Option<f64>,
    /// Mean score by measures.
    pub lfs: Option<f64>,
    /// Mean score by the judge.
    pub hfs: Option<f64>,
    /// Mean visual score over all flagged steps; absent under [`Protocol::Compat`].
    pub vfs_all: Option<f64>,
    /// Tasks there are.
    pub tasks: usize,
    /// Tasks whose final score is in the mean.
    pub counted: usize,
}

impl LeaderboardRow {
    /// The row of some tasks' scores. A score without a value is in no mean; [`super::unanswered`] sees
    /// to it that missing answers are in the mean of the one protocol and not of the other.
    #[must_use]
    pub fn of(protocol: Protocol, tasks: &[Scores]) -> Self {
        let values = |metric: &str| -> Vec<f64> {
            tasks.iter().filter_map(|scores| scores.value(metric)).collect()
        };
        let mean = |metric: &str| statistics::mean(&values(metric)).map(|mean| 100.0 * mean);
        Self {
            whole: mean("final"),
            ifs: mean("ifs"),
            vfs: mean("vfs"),
            lfs: mean("lfs"),
            hfs: mean("hfs"),
            vfs_all: if protocol == Protocol::V1 { mean("vfs_all") } else { None },
            tasks: tasks.len(),
            counted: values("final").len(),
        }
    }
}
