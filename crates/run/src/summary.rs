//! Results to the numbers of a run.

use std::collections::BTreeMap;

use pageloom_schema::statistics::mean_ci;
use pageloom_schema::{Counts, RunManifest, SampleOutcome, SampleResult, Summary, TaskId};
use pageloom_score::metrics;

/// Sums up a complete run. Depends on nothing but its arguments, in task order.
pub(crate) fn summarise(
    manifest: &RunManifest,
    results: &BTreeMap<TaskId, SampleResult>,
) -> Summary {
    let count = |test: &dyn Fn(&SampleResult) -> bool| {
        u32::try_from(results.values().filter(|result| test(result)).count()).unwrap_or(u32::MAX)
    };
    let mut faults: BTreeMap<String, u32> = BTreeMap::new();
    for fault in results.values().filter_map(|result| result.fault.as_ref()) {
        *faults.entry(fault.code()).or_default() += 1;
    }
    let metrics = metrics();
    let scores = metrics.iter().map(|metric| {
        let values: Vec<f64> =
            results.values().filter_map(|result| result.scores.value(metric.id)).collect();
        (metric.id.to_owned(), mean_ci(&values))
    });
    Summary {
        suite: manifest.suite.clone(),
        model: manifest.model.clone(),
        protocol: manifest.protocol.clone(),
        judge: manifest.judge.clone(),
        counts: Counts {
            tasks: u32::try_from(manifest.tasks.len()).unwrap_or(u32::MAX),
            answered: count(&|result| result.answered),
            rendered: count(&|result| result.rendered),
            scored: count(&|result| result.outcome != SampleOutcome::SystemFault),
            faults,
        },
        scores: scores.collect(),
    }
}
