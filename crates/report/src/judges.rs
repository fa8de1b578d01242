//! Two judges of the same samples, side by side: the one that was asked, and the local one, whose
//! scores then stand beside it under `local.…`. Do they see the same, and do they put the samples
//! in the same order? Knows names and numbers only.

use std::collections::BTreeSet;

use pageloom_schema::{rank, statistics};
use serde::Serialize;

use crate::metric::metrics_of;
use crate::run_log::{RunLog, labels};
use crate::table::{Column, blocks, cut, plain, ranked, signed};

/// One score as two judges give it, over the samples where both have a value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JudgePair {
    /// Its id, as the judge that was asked gives it.
    pub metric: String,
    /// Its name for people.
    pub label: String,
    /// Lowest and highest possible value.
    pub range: [f64; 2],
    /// How many samples have both.
    pub n: usize,
    /// Mean of the judge that was asked.
    pub mean_judge: Option<f64>,
    /// Mean of the local judge.
    pub mean_local: Option<f64>,
    /// Mean of judge − local.
    pub difference: Option<f64>,
    /// Spearman's rank correlation; absent under three samples, or where one side does not vary.
    pub spearman: Option<f64>,
    /// Kendall's tau-b; absent where the other is.
    pub kendall: Option<f64>,
}

/// Every score that some sample of `run` has from both judges: `overall` and the aspects first,
/// then the criteria. Empty where one judge looked at the run.
#[must_use]
pub fn judge_pairs(run: &RunLog) -> Vec<JudgePair> {
    let metrics = metrics_of([run]);
    let known: BTreeSet<&str> = metrics.iter().map(|metric| metric.id.as_str()).collect();
    let pair = |metric: &crate::metric::Metric| {
        let local = format!("local.{}", metric.id.strip_prefix("wcgb.").unwrap_or(&metric.id));
        if !known.contains(local.as_str()) {
            return None;
        }
        let values = |sample: &pageloom_schema::SampleResult| {
            Some((sample.scores.value(&metric.id)?, sample.scores.value(&local)?))
        };
        let pairs: Vec<(f64, f64)> = run.samples.values().filter_map(values).collect();
        let column = |pick: &dyn Fn(&(f64, f64)) -> f64| {
            statistics::mean(&pairs.iter().map(pick).collect::<Vec<_>>())
        };
        Some(JudgePair {
            n: pairs.len(),
            mean_judge: column(&|(judge, _)| *judge),
            mean_local: column(&|(_, local)| *local),
            difference: column(&|(judge, local)| judge - local),
            spearman: rank::spearman(&pairs),
            kendall: rank::kendall(&pairs),
            metric: metric.id.clone(),
            label: metric.label.clone(),
            range: metric.range,
        })
    };
    metrics.iter().filter_map(pair).collect()
}

/// The pairs of each of `runs` that has some, as text in at most `width` terminal columns, with an
/// empty line before each; nothing where none has.
#[must_use]
pub fn judge_tables(runs: &[RunLog], width: usize) -> String {
    let tables = runs.iter().zip(labels(runs)).filter_map(|(run, label)| table(run, &label, width));
    tables.map(|table| format!("\n{table}")).collect()
}

fn table(run: &RunLog, label: &str, width: usize) -> Option<String> {
    let pairs = judge_pairs(run);
    if pairs.is_empty() {
        return None;
    }
    let cells =
        |cell: &dyn Fn(&JudgePair) -> String| pairs.iter().map(cell).collect::<Vec<String>>();
    let heading = format!("judges of {}", cut(label, width / 3));
    let names = Column::text(&heading, cells(&|pair| cut(&pair.label, width / 3)));
    let columns = [
        Column::numeric(
            &cut(&run.manifest.judge, width / 4),
            cells(&|pair| plain(pair.mean_judge, pair.range[1])),
        ),
        Column::numeric("local", cells(&|pair| plain(pair.mean_local, pair.range[1]))),
        Column::numeric("difference", cells(&|pair| signed(pair.difference, pair.range[1]))),
        Column::numeric("Spearman", cells(&|pair| ranked(pair.spearman))),
        Column::numeric("Kendall", cells(&|pair| ranked(pair.kendall))),
        Column::numeric("n", cells(&|pair| pair.n.to_string())),
    ];
    Some(blocks(&names, &columns, width))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::PathBuf;

    use pageloom_schema::{Event, RunManifest};

    use super::{judge_pairs, judge_tables};
    use crate::run_log::RunLog;

    /// A run of samples with these values of `overall`, `local.overall`, `wcgb.vsa`, `local.vsa`,
    /// `wcgb.ui_consistency`; NaN for none.
    fn run(samples: &[[f64; 5]]) -> RunLog {
        let manifest: RunManifest = serde_json::from_str(
            r#"{"format":[1,1],"suite":"s","suite_hash":"0","protocol":"p","model":"m",
            "judge":"fake:\u001bjudge","tasks":[],"policy":{"viewport_png":false,"full_page_png":true,
            "dom":true,"accessibility":false,"deadline":1,"virtual_time":1,"epoch_ms":0,"seed":1,
            "max_height":1,"max_nodes":1,"max_memory_mib":1},"viewport":null,"versions":{}}"#,
        )
        .unwrap_or_else(|error| panic!("{error}"));
        let mut log = RunLog {
            folder: PathBuf::from("run"),
            manifest,
            samples: BTreeMap::new(),
            summary: None,
            timings: BTreeMap::new(),
            retries: BTreeMap::new(),
            exchanges: BTreeMap::new(),
            unfinished: BTreeMap::new(),
            cut_line: false,
        };
        let ids = ["overall", "local.overall", "wcgb.vsa", "local.vsa", "wcgb.ui_consistency"];
        for (number, values) in samples.iter().enumerate() {
            let scores: Vec<String> = ids
                .iter()
                .zip(values)
                .map(|(id, value)| {
                    let value = if value.is_nan() { "null".to_owned() } else { value.to_string() };
                    format!(
                        r#"{{"metric":"{id}","version":1,"value":{value},"range":[0.0,10.0],"explanation":""}}"#
                    )
                })
                .collect();
            let line = format!(
                r#"{{"event":"sample_finished","task":"t{number}","title":"","category":"",
                "outcome":"scored","answered":true,"rendered":true,"fault":null,
                "scores":{{"scores":[{}],"blocks":[]}},"blobs":{{}}}}"#,
                scores.join(",")
            );
            match Event::from_line(line.as_bytes()) {
                Ok(Event::SampleFinished(sample)) => {
                    log.samples.insert(sample.task.clone(), *sample);
                }
                other => panic!("{other:?}"),
            }
        }
        log
    }

    #[test]
    fn judges_that_agree_in_order_correlate_whatever_their_level() {
        let pairs = judge_pairs(&run(&[
            [2.0, 1.0, 5.0, 5.0, 1.0],
            [4.0, 2.0, 5.0, 6.0, 1.0],
            [9.0, 3.0, 5.0, 7.0, 1.0],
        ]));
        assert_eq!(
            pairs.iter().map(|p| p.metric.as_str()).collect::<Vec<_>>(),
            ["overall", "wcgb.vsa"]
        );
        let overall = &pairs[0];
        assert_eq!((overall.n, overall.mean_judge, overall.mean_local), (3, Some(5.0), Some(2.0)));
        assert_eq!(overall.difference, Some(3.0));
        assert_eq!((overall.spearman, overall.kendall), (Some(1.0), Some(1.0)));
        assert_eq!((pairs[1].spearman, pairs[1].kendall), (None, None));
    }

    #[test]
    fn samples_that_one_judge_did_not_see_are_left_out() {
        let nan = f64::NAN;
        let log = run(&[[2.0, 1.0, nan, 5.0, 1.0], [nan, 2.0, nan, 6.0, 1.0]]);
        let pairs = judge_pairs(&log);
        assert_eq!((pairs[0].n, pairs[0].difference, pairs[0].spearman), (1, Some(1.0), None));
        assert_eq!((pairs[1].n, pairs[1].mean_judge), (0, None));
        let text = judge_tables(&[log], 100);
        assert!(!text.contains('\u{1b}'), "{text}");
        let row = text.lines().find(|line| line.starts_with("Overall")).unwrap_or_default();
        assert_eq!(
            row.split_whitespace().collect::<Vec<_>>(),
            ["Overall", "2.00", "1.00", "+1.00", "–", "–", "1"]
        );
        let empty = text.lines().find(|line| line.starts_with("VSA")).unwrap_or_default();
        assert_eq!(
            empty.split_whitespace().collect::<Vec<_>>(),
            ["VSA", "–", "–", "–", "–", "–", "0"]
        );
    }

    #[test]
    fn one_judge_alone_has_nothing_beside_it() {
        assert!(judge_pairs(&run(&[])).is_empty());
        assert_eq!(judge_tables(&[run(&[])], 80), "");
    }
}
