//! Two runs on the same tasks, paired by task id: per metric the mean difference with a paired
//! bootstrap interval, who won how often, and whether both put the tasks in the same order: the last
//! holds one judge against another where both looked at the same candidates. Positions in lists play
//! no part.

use pageloom_schema::{TaskId, rank, statistics};
use serde::Serialize;

use crate::escape;
use crate::json;
use crate::metric::{Metric, Scale, metrics_of};
use crate::run_log::{RunLog, labels};
use crate::table::{Column, blocks, cut, plain, ranked, signed};

/// Differences below this share of a metric's range are ties: they are rounding.
const TIE: f64 = 1e-9;

/// How run B does against run A. Every difference is B − A: above zero, B is better, but for
/// metrics of which less is better.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Label of run A.
    pub a: String,
    /// Label of run B.
    pub b: String,
    /// Reasons to be careful: different suites, protocols, judges, browsers, interrupted runs.
    pub notes: Vec<String>,
    /// Tasks that only A has finished, sorted.
    pub only_a: Vec<TaskId>,
    /// Tasks that only B has finished, sorted.
    pub only_b: Vec<TaskId>,
    /// One entry per metric that both runs measured on some task, headlines first.
    pub metrics: Vec<MetricComparison>,
}

/// One metric of two runs, over the tasks where both have a value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MetricComparison {
    /// Its id.
    pub metric: String,
    /// Its name for people.
    pub label: String,
    /// Lowest and highest possible value.
    pub range: [f64; 2],
    /// How many tasks are paired.
    pub n: usize,
    /// Mean of A over the paired tasks.
    pub mean_a: Option<f64>,
    /// Mean of B over the paired tasks.
    pub mean_b: Option<f64>,
    /// Mean of B − A.
    pub difference: Option<f64>,
    /// Percentile bootstrap interval of the mean difference (2,000 resamples of the pairs, fixed
    /// seed), 95 %; absent for fewer than two pairs.
    pub ci95: Option<[f64; 2]>,
    /// True where less is better.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub lower_is_better: bool,
    /// Spearman's rank correlation of A and B; absent under three pairs, or where one side does not
    /// vary.
    pub spearman: Option<f64>,
    /// Kendall's tau-b of A and B; absent where the other is.
    pub kendall: Option<f64>,
    /// Tasks where B is better.
    pub wins: usize,
    /// Tasks where A is better.
    pub losses: usize,
    /// Tasks where both are equal.
    pub ties: usize,
    /// The pairs, sorted by task.
    pub samples: Vec<SampleDifference>,
}

/// One metric of one task in both runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SampleDifference {
    /// The task.
    pub task: TaskId,
    /// Its value in A.
    pub a: f64,
    /// Its value in B.
    pub b: f64,
    /// B − A.
    pub difference: f64,
}

/// Compares `b` with `a` on the tasks both have finished.
#[must_use]
pub fn compare(a: &RunLog, b: &RunLog) -> Comparison {
    let mut names = labels([a, b]).into_iter();
    Comparison {
        a: names.next().unwrap_or_default(),
        b: names.next().unwrap_or_default(),
        notes: notes(a, b),
        only_a: a.samples.keys().filter(|task| !b.samples.contains_key(*task)).cloned().collect(),
        only_b: b.samples.keys().filter(|task| !a.samples.contains_key(*task)).cloned().collect(),
        metrics: metrics_of([a, b])
            .into_iter()
            .filter_map(|metric| compare_metric(metric, a, b))
            .collect(),
    }
}

fn compare_metric(metric: Metric, a: &RunLog, b: &RunLog) -> Option<MetricComparison> {
    let samples: Vec<SampleDifference> = a
        .samples
        .iter()
        .filter_map(|(task, sample)| {
            let left = sample.scores.value(&metric.id)?;
            let right = b.samples.get(task)?.scores.value(&metric.id)?;
            let (task, difference) = (task.clone(), right - left);
            Some(SampleDifference { task, a: left, b: right, difference })
        })
        .collect();
    if samples.is_empty() {
        return None;
    }
    let column =
        |pick: &dyn Fn(&SampleDifference) -> f64| samples.iter().map(pick).collect::<Vec<_>>();
    let differences = column(&|sample| sample.difference);
    let tie = TIE * (metric.range[1] - metric.range[0]).abs();
    let sign = if metric.lower_is_better { -1.0 } else { 1.0 };
    let wins = differences.iter().filter(|difference| sign * **difference > tie).count();
    let losses = differences.iter().filter(|difference| sign * **difference < -tie).count();
    let pairs: Vec<(f64, f64)> = samples.iter().map(|sample| (sample.a, sample.b)).collect();
    Some(MetricComparison {
        n: samples.len(),
        mean_a: statistics::mean(&column(&|sample| sample.a)),
        mean_b: statistics::mean(&column(&|sample| sample.b)),
        difference: statistics::mean(&differences),
        ci95: statistics::mean_interval(&differences),
        lower_is_better: metric.lower_is_better,
        spearman: rank::spearman(&pairs),
        kendall: rank::kendall(&pairs),
        wins,
        losses,
        ties: samples.len() - wins - losses,
        samples,
        label: metric.heading(),
        metric: metric.id,
        range: metric.range,
    })
}

fn notes(a: &RunLog, b: &RunLog) -> Vec<String> {
    let (left, right) = (&a.manifest, &b.manifest);
    let mut notes = Vec::new();
    if left.suite_hash != right.suite_hash {
        notes.push(format!(
            "the suites differ (`{}` and `{}`): equal task ids may be different tasks",
            left.suite, right.suite
        ));
    }
    if left.protocol != right.protocol {
        notes.push(format!("the protocols differ (`{}` and `{}`)", left.protocol, right.protocol));
    }
    if left.judge != right.judge {
        notes.push(format!("the judges differ (`{}` and `{}`)", left.judge, right.judge));
    }
    if left.policy != right.policy || left.viewport != right.viewport {
        notes.push("the render conditions differ".to_owned());
    }
    let parts: std::collections::BTreeSet<&String> =
        left.versions.keys().chain(right.versions.keys()).collect();
    for part in parts {
        let (one, other) = (left.versions.get(part), right.versions.get(part));
        if one != other {
            let text = |version: Option<&String>| version.map_or("none", String::as_str).to_owned();
            notes.push(format!(
                "the versions of {part} differ (`{}` and `{}`)",
                text(one),
                text(other)
            ));
        }
    }
    for (name, run) in [("A", a), ("B", b)] {
        if let Some(text) = run.interruption() {
            notes.push(format!("{name} is {text}"));
        }
    }
    notes
}

impl MetricComparison {
    fn scale(&self) -> Scale {
        Scale::of(&self.metric, self.range)
    }

    /// A value as a terminal shows it.
    fn plain(&self, value: Option<f64>) -> String {
        plain(value.map(|value| value * self.scale().factor), self.scale().high)
    }

    /// A difference as a terminal shows it.
    fn signed(&self, value: Option<f64>) -> String {
        signed(value.map(|value| value * self.scale().factor), self.scale().high)
    }
}

impl Comparison {
    /// The comparison as text in at most `width` terminal columns: one row per metric, then the
    /// tasks that changed most in the headline metric.
    #[must_use]
    pub fn table(&self, width: usize) -> String {
        let mut out =
            format!("A  {}\nB  {}\n", escape::terminal(&self.a), escape::terminal(&self.b));
        for note in &self.notes {
            out.push_str(&format!("note: {}\n", escape::terminal(note)));
        }
        for (name, only) in [("A", &self.only_a), ("B", &self.only_b)] {
            if !only.is_empty() {
                let tasks = if only.len() == 1 { "task is" } else { "tasks are" };
                out.push_str(&format!("note: {} {tasks} finished in {name} only\n", only.len()));
            }
        }
        out.push('\n');
        if self.metrics.is_empty() {
            out.push_str("no task has a value in both runs\n");
            return out;
        }
        let cells = |cell: &dyn Fn(&MetricComparison) -> String| {
            self.metrics.iter().map(cell).collect::<Vec<_>>()
        };
        let names = Column::text(
            "metric",
            cells(&|metric| cut(&metric.label, width / 3) + metric.scale().unit),
        );
        let columns = [
            Column::numeric("A", cells(&|metric| metric.plain(metric.mean_a))),
            Column::numeric("B", cells(&|metric| metric.plain(metric.mean_b))),
            Column::numeric("B − A", cells(&|metric| metric.signed(metric.difference))),
            Column::numeric(
                "95 %",
                cells(&|metric| {
                    metric.ci95.map_or_else(
                        || "–".to_owned(),
                        |[low, high]| {
                            let edge = |value| metric.signed(Some(value));
                            format!("{}…{}", edge(low), edge(high))
                        },
                    )
                }),
            ),
            Column::text("", cells(&|metric| verdict(metric).to_owned())),
            Column::numeric("wins", cells(&|metric| metric.wins.to_string())),
            Column::numeric("losses", cells(&|metric| metric.losses.to_string())),
            Column::numeric("ties", cells(&|metric| metric.ties.to_string())),
            Column::numeric("n", cells(&|metric| metric.n.to_string())),
            Column::numeric("Spearman", cells(&|metric| ranked(metric.spearman))),
            Column::numeric("Kendall", cells(&|metric| ranked(metric.kendall))),
        ];
        out.push_str(&blocks(&names, &columns, width));
        if let Some(head) = self.metrics.first() {
            out.push_str(&most_changed(head, width));
        }
        out
    }

    /// The comparison as one pretty-printed JSON document with a line break at its end.
    #[must_use]
    pub fn json(&self) -> String {
        json::pretty(self)
    }
}

/// The ten tasks with the largest difference in `metric`.
fn most_changed(metric: &MetricComparison, width: usize) -> String {
    let mut samples: Vec<&SampleDifference> =
        metric.samples.iter().filter(|sample| sample.difference != 0.0).collect();
    samples.sort_by(|x, y| {
        y.difference.abs().total_cmp(&x.difference.abs()).then_with(|| x.task.cmp(&y.task))
    });
    samples.truncate(10);
    if samples.is_empty() {
        return String::new();
    }
    let cells = |cell: &dyn Fn(&SampleDifference) -> String| {
        samples.iter().map(|sample| cell(sample)).collect::<Vec<_>>()
    };
    let names = Column::text("task", cells(&|sample| cut(sample.task.as_str(), width / 3)));
    let columns = [
        Column::numeric("A", cells(&|sample| metric.plain(Some(sample.a)))),
        Column::numeric("B", cells(&|sample| metric.plain(Some(sample.b)))),
        Column::numeric("B − A", cells(&|sample| metric.signed(Some(sample.difference)))),
    ];
    format!(
        "\nlargest differences in {}{}\n\n{}",
        escape::terminal(&metric.label),
        metric.scale().unit,
        blocks(&names, &columns, width)
    )
}

/// What an interval says of the difference.
fn verdict(metric: &MetricComparison) -> &'static str {
    match metric.ci95 {
        Some([low, high]) if low > 0.0 || high < 0.0 => {
            let better = ["A better", "B better"];
            better[usize::from((low > 0.0) != metric.lower_is_better)]
        }
        Some(_) => "no clear difference",
        None => "too few tasks",
    }
}
