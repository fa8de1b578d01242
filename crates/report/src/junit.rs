//! Runs as JUnit XML, for the test views of CI systems: a page fault, or a step of an interactive page
//! that failed, is a failure, a system fault an error, an unfinished task is skipped.

use std::fmt::Write;

use pageloom_schema::{SampleOutcome, SampleResult, TaskId};

use crate::escape::xml;
use crate::phrase::{cut, step_phrase};
use crate::run_log::{RunLog, labels};
use crate::steps::{StepVerdict, failure, first_failure, test_words};

/// All of `runs` as one JUnit document: a `testsuite` per run, a `testcase` per task with its
/// wall-clock seconds and, in `system-out`, its values.
#[must_use]
pub fn junit(runs: &[RunLog]) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for (label, run) in labels(runs).iter().zip(runs) {
        let ended = |ending| run.samples.values().filter(|s| ending_of(s) == ending).count();
        let skipped = run.manifest.tasks.iter().filter(|t| !run.samples.contains_key(*t)).count();
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "  <testsuite name=\"{}: {}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{skipped}\" time=\"{:.3}\">",
            xml(&run.manifest.suite),
            xml(label),
            run.manifest.tasks.len(),
            ended(Ending::Failure),
            ended(Ending::Error),
            // The sum of nothing is minus zero.
            run.manifest.tasks.iter().filter_map(|task| run.seconds(task)).sum::<f64>() + 0.0,
        );
        for task in &run.manifest.tasks {
            push_case(&mut out, label, run, task);
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

#[derive(Clone, Copy, PartialEq)]
enum Ending {
    Success,
    Failure,
    Error,
}

fn ending_of(sample: &SampleResult) -> Ending {
    match sample.outcome {
        SampleOutcome::SystemFault => Ending::Error,
        SampleOutcome::PageFault => Ending::Failure,
        SampleOutcome::Scored if first_failure(sample).is_some() => Ending::Failure,
        SampleOutcome::Scored => Ending::Success,
    }
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
        let element = match ending_of(sample) {
            Ending::Success => None,
            Ending::Failure => Some("failure"),
            Ending::Error => Some("error"),
        };
        if let Some(element) = element {
            let fault = sample.fault.as_ref().map(|fault| (fault.code(), fault.to_string()));
            // A step says more than the fault of the sample that it ended; what is ours is said first.
            let step = first_failure(sample);
            let (first, second) = match sample.outcome {
                SampleOutcome::SystemFault => (fault, step),
                _ => (step, fault),
            };
            let (code, text) =
                first.or(second).unwrap_or_else(|| ("unknown".to_owned(), String::new()));
            let _ = writeln!(
                out,
                "      <{element} type=\"{}\" message=\"{}\"/>",
                xml(&code),
                xml(&text)
            );
        }
        let told = sample.interaction.is_some() || !sample.tests.is_empty();
        if told || !sample.scores.scores.is_empty() {
            out.push_str("      <system-out>");
            push_use(out, sample);
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

/// A line for each step of an interaction and each test of a website.
fn push_use(out: &mut String, sample: &SampleResult) {
    for step in sample.interaction.iter().flat_map(|trace| &trace.steps) {
        let words = match StepVerdict::of(step) {
            StepVerdict::Passed => "done".to_owned(),
            StepVerdict::Unjudged => "done, not judged".to_owned(),
            StepVerdict::Unreached => "not reached".to_owned(),
            _ => failure(step).map(|(_, words)| words).unwrap_or_default(),
        };
        let phrase = step_phrase(step.action.as_ref());
        let _ = writeln!(out, "step {}, {}: {}", step.step, xml(&phrase.to_string()), xml(&words));
    }
    for (place, test) in sample.tests.iter().enumerate() {
        let task = cut(&test.case.task, 300);
        let _ = writeln!(out, "test {}, {}: {}", place + 1, xml(&task), test_words(test.verdict));
    }
}
