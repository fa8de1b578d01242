//! What the figures of a run of websites are shares of: how many sites came how far, and how many
//! tests came to what. The published figures cannot be told apart without.

use pageloom_schema::TestVerdict;

use crate::run_log::RunLog;

/// The counts of sites and those of tests, a line each; none for a run without tests.
pub(crate) fn lines(run: &RunLog) -> Vec<String> {
    let verdicts: Vec<Option<TestVerdict>> =
        run.samples.values().flat_map(|sample| &sample.tests).map(|test| test.verdict).collect();
    if verdicts.is_empty() {
        return Vec::new();
    }
    // A dash where it is known of no site, as where nobody was asked for grades.
    let sites = |metric: &str| {
        let samples = run.samples.values();
        let values: Vec<f64> = samples.filter_map(|sample| sample.scores.value(metric)).collect();
        let count = values.iter().filter(|value| **value > 0.0).count();
        if values.is_empty() { "–".to_owned() } else { count.to_string() }
    };
    let tests = |verdict| verdicts.iter().filter(|other| **other == verdict).count();
    vec![
        format!(
            "{} sites: {} complied, {} built, {} rendered, {} judged",
            run.samples.len(),
            sites("site.complied"),
            sites("site.built"),
            sites("vrr"),
            sites("site.judged"),
        ),
        format!(
            "{} tests: {} yes, {} partial, {} no, {} not started, {} undecided",
            verdicts.len(),
            tests(Some(TestVerdict::Yes)),
            tests(Some(TestVerdict::Partial)),
            tests(Some(TestVerdict::No)),
            tests(Some(TestVerdict::NotStarted)),
            tests(None),
        ),
    ]
}
