//! Results to the numbers of a run.

use std::collections::{BTreeMap, BTreeSet};

use pageloom_schema::statistics::mean_ci;
use pageloom_schema::{
    Counts, MetricSummary, RunManifest, SampleOutcome, SampleResult, Summary, TaskId,
};
use pageloom_score::interactive::Protocol as InteractiveProtocol;
use pageloom_score::metrics;
use pageloom_score::understanding::Protocol;

use crate::suite::{PAGE_PROTOCOLS, WEBGEN_BENCH};
use crate::webgen_bench;

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
    // Those that every run of the protocol has, and those that a judge of this one adds.
    let interactive = InteractiveProtocol::named(&manifest.protocol);
    let listed = match Protocol::named(&manifest.protocol) {
        Some(protocol) => protocol.metrics(),
        None if let Some(protocol) = interactive => protocol.metrics(),
        None if PAGE_PROTOCOLS.contains(&manifest.protocol.as_str()) => metrics(),
        None => Vec::new(),
    };
    let found = results.values().flat_map(|r| &r.scores.scores).map(|score| score.metric.as_str());
    let ids: BTreeSet<&str> = listed.iter().map(|metric| metric.id).chain(found).collect();
    let mut scores: BTreeMap<String, MetricSummary> = ids
        .into_iter()
        .map(|id| {
            let values: Vec<f64> =
                results.values().filter_map(|result| result.scores.value(id)).collect();
            (id.to_owned(), mean_ci(&values))
        })
        .collect();
    if manifest.protocol == WEBGEN_BENCH {
        // Rates of tests are formed over tests, and not over the sites' own rates.
        scores.extend(webgen_bench::summarised(results.values()));
    }
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
        scores,
    }
}
