//! Runs as CSV: one row per task of each run, one column per metric.

use pageloom_schema::SampleOutcome;

use crate::escape;
use crate::metric::metrics_of;
use crate::run_log::{RunLog, labels};
use crate::steps::{first_failing, steps_done};
use crate::usage::Usage;

/// The name of an outcome in files.
pub(crate) fn outcome_name(outcome: SampleOutcome) -> &'static str {
    match outcome {
        SampleOutcome::Scored => "scored",
        SampleOutcome::PageFault => "page_fault",
        SampleOutcome::SystemFault => "system_fault",
    }
}

/// All samples of `runs` as RFC 4180 CSV with a header row. An absent value is an empty cell; a
/// task that an interrupted run did not finish has the outcome `unfinished`. Text that a
/// spreadsheet would take for a formula starts with an apostrophe. Tokens and cost are those of the
/// endpoint's answers to the task's questions; the cost is empty where a price is not known.
/// `first_failed_step` and `steps_done` are those of an interactive page; step 0 is its first view.
#[must_use]
pub fn csv(runs: &[RunLog]) -> String {
    let metrics = metrics_of(runs);
    let mut out = String::new();
    let fixed = [
        "run",
        "suite",
        "protocol",
        "task",
        "title",
        "category",
        "outcome",
        "answered",
        "rendered",
        "fault",
        "questions",
        "asked",
        "input_tokens",
        "output_tokens",
        "cost",
        "first_failed_step",
        "steps_done",
    ];
    let header = fixed.iter().map(|name| (*name).to_owned());
    push_row(&mut out, header.chain(metrics.iter().map(|m| escape::csv_cell(&m.id))));
    for (label, run) in labels(runs).iter().zip(runs) {
        for task in &run.manifest.tasks {
            let sample = run.samples.get(task);
            let text = |part: Option<&str>| escape::csv_cell(part.unwrap_or_default());
            let flag = |part: Option<bool>| part.map(|b| b.to_string()).unwrap_or_default();
            let fault = sample.and_then(|s| s.fault.as_ref()).map(|fault| fault.code());
            let asked = Usage::sum(run.exchanges.get(task).into_iter().flatten()).total;
            let trace = sample.and_then(|sample| sample.interaction.as_ref());
            let cells = [
                text(Some(label)),
                text(Some(&run.manifest.suite)),
                text(Some(&run.manifest.protocol)),
                text(Some(task.as_str())),
                text(sample.map(|s| s.title.as_str())),
                text(sample.map(|s| s.category.as_str())),
                sample.map_or("unfinished", |s| outcome_name(s.outcome)).to_owned(),
                flag(sample.map(|s| s.answered)),
                flag(sample.map(|s| s.rendered)),
                text(fault.as_deref()),
                asked.questions.to_string(),
                asked.asked.to_string(),
                asked.input_tokens.to_string(),
                asked.output_tokens.to_string(),
                asked.full_cost().map(|cost| cost.to_string()).unwrap_or_default(),
                trace.and_then(first_failing).map(|s| s.step.to_string()).unwrap_or_default(),
                trace.map(|trace| steps_done(trace).to_string()).unwrap_or_default(),
            ];
            let values = metrics.iter().map(|metric| {
                let value = sample.and_then(|s| s.scores.value(&metric.id));
                value.map(|number| number.to_string()).unwrap_or_default()
            });
            push_row(&mut out, cells.into_iter().chain(values));
        }
    }
    out
}

fn push_row(out: &mut String, cells: impl Iterator<Item = String>) {
    for (place, cell) in cells.enumerate() {
        if place > 0 {
            out.push(',');
        }
        out.push_str(&cell);
    }
    out.push_str("\r\n");
}
