//! `summary.json`: the numbers of a whole run. Written last; without it a run was interrupted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The numbers of a run. Holds no time and no path, so equal runs give equal bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Name of the suite.
    pub suite: String,
    /// The model, as it was named.
    pub model: String,
    /// The protocol of the scores.
    pub protocol: String,
    /// The judge, as it was named.
    pub judge: String,
    /// How many of what: the denominators.
    pub counts: Counts,
    /// Mean of each metric over the samples that have a value.
    pub scores: BTreeMap<String, MetricSummary>,
}

/// Denominators.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Tasks of the suite.
    pub tasks: u32,
    /// Tasks with an answer.
    pub answered: u32,
    /// Answers that were rendered to the end.
    pub rendered: u32,
    /// Samples with scores: rendered ones and page faults.
    pub scored: u32,
    /// Faults by kind, such as `page/script_hang`.
    pub faults: BTreeMap<String, u32>,
}

/// Mean of one metric.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricSummary {
    /// Arithmetic mean; absent when no sample has a value.
    pub mean: Option<f64>,
    /// Percentile bootstrap interval of the mean (2,000 resamples, fixed seed), 95 %.
    pub ci95: Option<[f64; 2]>,
    /// How many samples have a value.
    pub n: u32,
}
