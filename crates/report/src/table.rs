//! Runs as text tables for a terminal: a leaderboard with denominators, and the samples of one
//! run. Columns that do not fit the width continue in a further block; nothing is left out.

use pageloom_schema::{MetricSummary, SampleOutcome, SampleResult};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::metric::{Metric, headline, metrics_of};
use crate::run_log::{RunLog, labels};
use crate::steps::{self, first_failing, steps_done, steps_total};
use crate::usage::Usage;
use crate::{denominators, escape};

/// A column: its heading, its cells, and whether it reads as numbers.
pub(crate) struct Column {
    heading: String,
    cells: Vec<String>,
    numeric: bool,
}

impl Column {
    /// A left-aligned column of untrusted text.
    pub(crate) fn text(heading: &str, cells: impl IntoIterator<Item = String>) -> Self {
        Self::new(heading, cells, false)
    }

    /// A right-aligned column.
    pub(crate) fn numeric(heading: &str, cells: impl IntoIterator<Item = String>) -> Self {
        Self::new(heading, cells, true)
    }

    fn new(heading: &str, cells: impl IntoIterator<Item = String>, numeric: bool) -> Self {
        Self {
            heading: escape::terminal(heading),
            cells: cells.into_iter().map(|cell| escape::terminal(&cell)).collect(),
            numeric,
        }
    }

    fn width(&self) -> usize {
        let cells = self.cells.iter().map(|cell| cell.width()).max().unwrap_or(0);
        cells.max(self.heading.width())
    }
}

/// The leaderboard of `runs` in at most `width` terminal columns: one row per run, best first by
/// the headline metric, with the overall value and its 95 % interval, aspects, other metrics, and
/// the denominators of each run. Criteria of judges and probes of sites are left to the other
/// renderers. Figures of pages in use are shown in per cent, as their benchmarks publish them. Under it
/// one line a run says what models were asked and what that took, and one of websites how many came
/// how far.
#[must_use]
pub fn table(runs: &[RunLog], width: usize) -> String {
    let metrics = metrics_of(runs);
    let labels = labels(runs);
    let scores: Vec<_> = runs.iter().map(RunLog::scores).collect();
    let head = headline(&metrics);
    let mean = |run: usize, id: &str| scores[run].get(id).and_then(|summary| summary.mean);
    let mut order: Vec<usize> = (0..runs.len()).collect();
    if let Some(head) = head {
        order.sort_by(|&a, &b| {
            let key = |run| mean(run, &head.id).unwrap_or(f64::NEG_INFINITY);
            key(b).total_cmp(&key(a))
        });
    }
    let cells =
        |cell: &dyn Fn(usize) -> String| order.iter().map(|&run| cell(run)).collect::<Vec<_>>();

    let names = Column::text("run", cells(&|run| cut(&labels[run], width / 3)));
    let mut columns = Vec::new();
    for metric in metrics.iter().filter(|metric| !metric.is_detail()) {
        let of = |run: usize| scores[run].get(&metric.id).copied();
        columns.push(Column::numeric(
            &(metric.heading() + metric.scale().unit),
            cells(&|run| number(of(run).and_then(|summary| summary.mean), metric)),
        ));
        if head.is_some_and(|head| head.id == metric.id) {
            columns.push(Column::numeric("95 %", cells(&|run| interval(of(run), metric))));
        }
    }
    let counts: Vec<_> = runs.iter().map(RunLog::counts).collect();
    columns.push(Column::numeric("tasks", cells(&|run| counts[run].tasks.to_string())));
    columns.push(Column::numeric("answered", cells(&|run| counts[run].answered.to_string())));
    let rendered = |run: usize| match runs[run].asks_questions() {
        true => "–".to_owned(),
        false => counts[run].rendered.to_string(),
    };
    columns.push(Column::numeric("rendered", cells(&rendered)));
    columns.push(Column::numeric("scored", cells(&|run| counts[run].scored.to_string())));
    for (heading, origin) in [("page faults", "page/"), ("system faults", "system/")] {
        let cell = |run: usize| {
            let kinds = counts[run].faults.iter().filter(|(code, _)| code.starts_with(origin));
            kinds.map(|(_, count)| u64::from(*count)).sum::<u64>().to_string()
        };
        columns.push(Column::numeric(heading, cells(&cell)));
    }

    let mut out = String::new();
    for line in conditions(runs) {
        out.push_str(&line);
        out.push('\n');
    }
    out.push('\n');
    out.push_str(&blocks(&names, &columns, width));
    let mut remarks = Vec::new();
    for &run in &order {
        let label = escape::terminal(&labels[run]);
        remarks
            .extend(denominators::lines(&runs[run]).iter().map(|text| format!("{label}: {text}")));
        remarks.extend(Usage::of(&runs[run]).line().map(|text| format!("{label}: {text}")));
        remarks.extend(runs[run].interruption().map(|text| format!("{label}: {text}")));
        for (code, count) in &counts[run].faults {
            remarks.push(format!("{label}: {count} × {}", escape::terminal(code)));
        }
    }
    for (place, remark) in remarks.iter().enumerate() {
        out.push_str(if place == 0 { "\n" } else { "" });
        out.push_str(remark);
        out.push('\n');
    }
    out
}

/// The samples of one run in at most `width` terminal columns: task, outcome, the headline metric
/// and the aspects or, without any, every metric that fits.
#[must_use]
pub fn sample_table(run: &RunLog, width: usize) -> String {
    let metrics = metrics_of([run]);
    let tasks = &run.manifest.tasks;
    let names = Column::text("task", tasks.iter().map(|task| cut(task.as_str(), width / 3)));
    let mut columns = vec![Column::text(
        "outcome",
        tasks.iter().map(|task| match run.samples.get(task) {
            None => "unfinished".to_owned(),
            Some(sample) => match (sample.outcome, &sample.fault) {
                (SampleOutcome::Scored, None) => "scored".to_owned(),
                (_, Some(fault)) => fault.code(),
                (outcome, None) => crate::csv::outcome_name(outcome).to_owned(),
            },
        }),
    )];
    if run.samples.values().any(|sample| sample.interaction.is_some()) {
        let cell = |task| steps_cell(run.samples.get(task));
        columns.push(Column::text("steps", tasks.iter().map(cell)));
    }
    let fits = |columns: &[Column]| {
        names.width() + columns.iter().map(|column| column.width() + 2).sum::<usize>() <= width
    };
    for metric in metrics.iter().filter(|metric| !metric.is_detail()) {
        columns.push(Column::numeric(
            &(metric.heading() + metric.scale().unit),
            tasks.iter().map(|task| {
                number(run.samples.get(task).and_then(|s| s.scores.value(&metric.id)), metric)
            }),
        ));
        if !fits(&columns) {
            columns.pop();
            break;
        }
    }
    blocks(&names, &columns, width)
}

/// How far a replay came, and what ended it: `3 of 9, 4 not found`.
fn steps_cell(sample: Option<&SampleResult>) -> String {
    let Some(trace) = sample.and_then(|sample| sample.interaction.as_ref()) else {
        return "–".to_owned();
    };
    let (done, total) = (steps_done(trace), steps_total(trace));
    let failed = first_failing(trace)
        .and_then(|step| steps::failure(step).map(|(code, _)| (step.step, code)))
        .map(|(step, code)| {
            let (_, kind) = code.split_once('/').unwrap_or(("", &code));
            format!(", {step} {}", kind.replace('_', " "))
        });
    format!("{done} of {total}{}", failed.unwrap_or_default())
}

/// Columns side by side under `names`, in as many blocks as the width asks for.
pub(crate) fn blocks(names: &Column, columns: &[Column], width: usize) -> String {
    let mut out = String::new();
    let mut rest = columns;
    while !rest.is_empty() {
        let mut used = names.width();
        let mut taken = 0;
        for column in rest {
            used += 2 + column.width();
            if taken > 0 && used > width {
                break;
            }
            taken += 1;
        }
        if !out.is_empty() {
            out.push('\n');
        }
        push_block(&mut out, names, &rest[..taken]);
        rest = &rest[taken..];
    }
    out
}

fn push_block(out: &mut String, names: &Column, columns: &[Column]) {
    let all: Vec<&Column> = std::iter::once(names).chain(columns).collect();
    let widths: Vec<usize> = all.iter().map(|column| column.width()).collect();
    push_line(out, &all, &widths, |column| &column.heading);
    let rule: Vec<String> = widths.iter().map(|&width| "─".repeat(width)).collect();
    out.push_str(&rule.join("  "));
    out.push('\n');
    for row in 0..names.cells.len() {
        push_line(out, &all, &widths, |column| &column.cells[row]);
    }
}

fn push_line<'a>(
    out: &mut String,
    columns: &[&'a Column],
    widths: &[usize],
    cell: impl Fn(&'a Column) -> &'a str,
) {
    let mut line = String::new();
    for (column, &width) in columns.iter().zip(widths) {
        if !line.is_empty() {
            line.push_str("  ");
        }
        let text = cell(column);
        let gap = " ".repeat(width.saturating_sub(text.width()));
        if column.numeric {
            line.push_str(&gap);
            line.push_str(text);
        } else {
            line.push_str(text);
            line.push_str(&gap);
        }
    }
    out.push_str(line.trim_end());
    out.push('\n');
}

/// One line for each distinct suite, protocol and judge among the runs.
fn conditions(runs: &[RunLog]) -> Vec<String> {
    let mut lines: Vec<String> = runs
        .iter()
        .map(|run| {
            let m = &run.manifest;
            escape::terminal(&format!("{} · {} · judge {}", m.suite, m.protocol, m.judge))
        })
        .collect();
    lines.sort();
    lines.dedup();
    lines
}

/// A value with as many decimals as its range deserves; `–` when absent.
pub(crate) fn number(value: Option<f64>, metric: &Metric) -> String {
    let scale = metric.scale();
    plain(value.map(|value| value * scale.factor), scale.high)
}

/// `value` on a scale that ends at `high`: three decimals up to 1, two above.
pub(crate) fn decimals(value: f64, high: f64) -> String {
    if high <= 1.0 { format!("{value:.3}") } else { format!("{value:.2}") }
}

/// [`decimals`] of a value that may be absent.
pub(crate) fn plain(value: Option<f64>, high: f64) -> String {
    value.map_or_else(|| "–".to_owned(), |value| decimals(value, high))
}

/// A difference on a scale that ends at `high`, always with its sign.
pub(crate) fn signed(value: Option<f64>, high: f64) -> String {
    value.map_or_else(
        || "–".to_owned(),
        |value| {
            let text = decimals(value.abs(), high);
            let zero = text.chars().all(|c| matches!(c, '0' | '.'));
            let sign = if zero {
                "±"
            } else if value < 0.0 {
                "−"
            } else {
                "+"
            };
            format!("{sign}{text}")
        },
    )
}

/// A rank correlation, -1 to 1.
pub(crate) fn ranked(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.2}").replace('-', "−"))
}

fn interval(summary: Option<MetricSummary>, metric: &Metric) -> String {
    summary.and_then(|summary| summary.ci95).map_or_else(
        || "–".to_owned(),
        |[low, high]| {
            let edge = |value| number(Some(value), metric);
            format!("{}…{}", edge(low), edge(high))
        },
    )
}

/// `text` in at most `width` columns, its end replaced by `…` when it is longer.
pub(crate) fn cut(text: &str, width: usize) -> String {
    let text = escape::terminal(text);
    let width = width.max(8);
    if text.width() <= width {
        return text;
    }
    let mut out = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > width {
            break;
        }
        out.push(c);
    }
    out + "…"
}
