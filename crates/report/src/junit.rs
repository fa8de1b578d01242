//! Runs as JUnit XML, for the test views of CI systems: a page fault is a failure, a system fault
//! an error, an unfinished task is skipped.

use std::fmt::Write;

use pageloom_schema::{SampleOutcome, TaskId};

use crate::escape::xml;
use crate::run_log::{RunLog, labels};

/// All of `runs` as one JUnit document: a `testsuite` per run, a `testcase` per task with its
/// wall-clock seconds and, in `system-out`, its values.
#[must_use]
pub fn junit(runs: &[RunLog]) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for (label, run) in labels(runs).iter().zip(runs) {
        let ended = |outcome| run.samples.values().filter(|s| s.outcome == outcome).count();
        let skipped = run.manifest.tasks.iter().filter(|t| !run.samples.contains_key(*t)).count();
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "  <testsuite name=\"{}: {}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{skipped}\" time=\"{:.3}\">",
            xml(&run.manifest.suite),
            xml(label),
            run.manifest.tasks.len(),
            ended(SampleOutcome::PageFault),
            ended(SampleOutcome::SystemFault),
            run.manifest.tasks.iter().filter_map(|task| run.seconds(task)).sum::<f64>(),
        );
        for task in &run.manifest.tasks {
            push_case(&mut out, label, run, task);
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn push_case(out: &mut String, label: &str, run: &RunLog, task: &TaskId) {
    let _ = writeln!(
        out,
        "    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3}\">",
        xml(label),
        xml(task.as_str()),
        run.seconds(task).unwrap_or_default()
    );
    if let Some(sample) = run.samples.get(task) {
        let element = match sample.outcome {
            SampleOutcome::Scored => None,
            SampleOutcome::PageFault => Some("failure"),
            SampleOutcome::SystemFault => Some("error"),
        };
        if let Some(element) = element {
            let code = sample.fault.as_ref().map(pageloom_schema::Fault::code);
            let text = sample.fault.as_ref().map(ToString::to_string);
            let _ = writeln!(
                out,
                "      <{element} type=\"{}\" message=\"{}\"/>",
                xml(code.as_deref().unwrap_or("unknown")),
                xml(text.as_deref().unwrap_or_default())
            );
        }
        if !sample.scores.scores.is_empty() {
            out.push_str("      <system-out>");
            for score in &sample.scores.scores {
                let value =
                    score.value.map_or_else(|| "not measured".to_owned(), |v| v.to_string());
                let _ = writeln!(out, "{} = {value}", xml(&score.metric));
            }
            out.push_str("</system-out>\n");
        }
    } else {
        out.push_str(
            "      <skipped message=\"the run was stopped before this task was done\"/>\n",
        );
    }
    out.push_str("    </testcase>\n");
}
