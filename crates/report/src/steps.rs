//! What the steps of an interaction came to: a verdict for each, how many count, and which failed
//! first. All of it follows from the trace; nothing is judged anew.

use pageloom_schema::{
    Fault, InteractionTrace, SampleResult, StepFailure, StepOutcome, StepTrace, TestVerdict,
};
use serde::Serialize;

use crate::phrase::{check_phrase, cut, step_phrase};

/// The most characters of a reason in one line.
const MAX_REASON: usize = 300;

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StepVerdict {
    /// Done, and what had to be true is.
    Passed,
    /// Done, and what had to be true is not.
    Refuted,
    /// It could not be done.
    NotDone,
    /// The page broke.
    PageFault,
    /// Something of ours broke.
    SystemFault,
    /// Done; whether what had to be true is could not be decided.
    Unjudged,
    /// An earlier step ended the replay.
    Unreached,
}

impl StepVerdict {
    /// The task's own checks decide a step where it has any; else those that its sentence was compiled
    /// to; else the judge, as the scores have it.
    pub(crate) fn of(step: &StepTrace) -> Self {
        match &step.outcome {
            StepOutcome::Failed { .. } => return Self::NotDone,
            StepOutcome::Faulty { fault: Fault::Page(_) } => return Self::PageFault,
            StepOutcome::Faulty { fault: Fault::System(_) } => return Self::SystemFault,
            StepOutcome::Unreached => return Self::Unreached,
            StepOutcome::Done => {}
        }
        let refuted =
            |compiled: bool| step.checks.iter().any(|c| c.compiled == compiled && !c.holds);
        let has = |compiled: bool| step.checks.iter().any(|check| check.compiled == compiled);
        let asserted = step.action.as_ref().is_some_and(|a| a.logical_assertion.is_some());
        match step.assertion.as_ref().map(|assertion| assertion.holds) {
            _ if refuted(false) => Self::Refuted,
            _ if has(false) => Self::Passed,
            _ if refuted(true) => Self::Refuted,
            _ if has(true) => Self::Passed,
            Some(Some(false)) => Self::Refuted,
            Some(Some(true)) => Self::Passed,
            Some(None) => Self::Unjudged,
            None if asserted => Self::Unjudged,
            None => Self::Passed,
        }
    }

    /// True for what ends the count of successful steps.
    pub(crate) fn ends(self) -> bool {
        matches!(self, Self::Refuted | Self::NotDone | Self::PageFault | Self::SystemFault)
    }
}

/// The step that ended the count of successful ones, if one did.
pub(crate) fn first_failing(trace: &InteractionTrace) -> Option<&StepTrace> {
    trace.steps.iter().find(|step| StepVerdict::of(step).ends())
}

/// How many actions were done, and held, before the first that was not.
pub(crate) fn steps_done(trace: &InteractionTrace) -> usize {
    let verdicts = trace.steps.iter().map(|step| (step.step, StepVerdict::of(step)));
    let counted = verdicts.take_while(|(_, verdict)| !verdict.ends());
    counted.filter(|(step, verdict)| *step > 0 && *verdict != StepVerdict::Unreached).count()
}

/// How many actions the task has.
pub(crate) fn steps_total(trace: &InteractionTrace) -> usize {
    trace.steps.iter().filter(|step| step.step > 0).count()
}

/// Why a step failed, as a code for machines (`step/not_found`) and in a line for people; nothing
/// for a step that did not.
pub(crate) fn failure(step: &StepTrace) -> Option<(String, String)> {
    let (code, words) = match (StepVerdict::of(step), &step.outcome) {
        (StepVerdict::NotDone, StepOutcome::Failed { reason, detail }) => {
            (reason_code(*reason).to_owned(), format!("{}: {detail}", reason_words(*reason)))
        }
        (StepVerdict::PageFault | StepVerdict::SystemFault, StepOutcome::Faulty { fault }) => {
            return Some((fault.code(), cut(&fault.to_string(), MAX_REASON)));
        }
        (StepVerdict::Refuted, _) => ("refuted".to_owned(), refutation(step)?),
        _ => return None,
    };
    Some((format!("step/{code}"), cut(&words, MAX_REASON)))
}

/// What was expected of a step and did not come.
fn refutation(step: &StepTrace) -> Option<String> {
    let failed = |compiled: bool| step.checks.iter().find(|c| !c.holds && c.compiled == compiled);
    if let Some(check) = failed(false) {
        return Some(format!("not so: {} ({})", check_phrase(&check.check), check.explanation));
    }
    let sentence = step.action.as_ref().and_then(|action| action.logical_assertion.as_deref());
    match &step.assertion {
        Some(assertion) if assertion.holds == Some(false) => {
            Some(format!("not so: “{}” ({})", sentence.unwrap_or_default(), assertion.words))
        }
        _ => failed(true)
            .map(|check| format!("not so: {} ({})", check_phrase(&check.check), check.explanation)),
    }
}

/// `step 3, Click “Add”: no element fits: …`, for the first failing step of a sample.
pub(crate) fn first_failure(sample: &SampleResult) -> Option<(String, String)> {
    let step = first_failing(sample.interaction.as_ref()?)?;
    let (code, words) = failure(step)?;
    Some((code, format!("step {}, {}: {words}", step.step, step_phrase(step.action.as_ref()))))
}

/// The name of a reason in files.
pub(crate) fn reason_code(reason: StepFailure) -> &'static str {
    match reason {
        StepFailure::NotFound => "not_found",
        StepFailure::Ambiguous => "ambiguous",
        StepFailure::Covered => "covered",
        StepFailure::NotReceived => "not_received",
        StepFailure::NoEffect => "no_effect",
        StepFailure::NeverCame => "never_came",
        StepFailure::Unfit => "unfit",
    }
}

/// A reason for people.
pub(crate) fn reason_words(reason: StepFailure) -> &'static str {
    match reason {
        StepFailure::NotFound => "no element fits",
        StepFailure::Ambiguous => "several elements fit equally well",
        StepFailure::Covered => "covered, or out of reach",
        StepFailure::NotReceived => "the element did not receive it",
        StepFailure::NoEffect => "it had no effect",
        StepFailure::NeverCame => "what was waited for did not come",
        StepFailure::Unfit => "it cannot be done to such an element",
    }
}

/// The verdict of a test in words.
pub(crate) fn test_words(verdict: Option<TestVerdict>) -> &'static str {
    match verdict {
        Some(TestVerdict::Yes) => "yes",
        Some(TestVerdict::Partial) => "partial",
        Some(TestVerdict::No) => "no",
        Some(TestVerdict::NotStarted) => "not started",
        None => "unscored",
    }
}

#[cfg(test)]
mod tests {
    use pageloom_schema::{InteractionTrace, StepTrace};

    use super::{StepVerdict, failure, first_failing, steps_done, steps_total};

    fn step(json: &str) -> StepTrace {
        serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}"))
    }

    const DONE: &str = r#""outcome":{"outcome":"done"}"#;

    fn checked(own: &[bool], compiled: &[bool], judge: &str) -> StepVerdict {
        let check = |holds: &bool, compiled: bool| {
            format!(
                r#"{{"check":{{"kind":"no_console_error"}},"compiled":{compiled},"holds":{holds},"explanation":"seen"}}"#
            )
        };
        let checks: Vec<String> = own
            .iter()
            .map(|holds| check(holds, false))
            .chain(compiled.iter().map(|holds| check(holds, true)))
            .collect();
        StepVerdict::of(&step(&format!(
            r#"{{"step":1,{DONE},"action":{{"type":"GoBack","logical_assertion":"it is so"}},"checks":[{}],"assertion":{judge}}}"#,
            checks.join(",")
        )))
    }

    #[test]
    fn checks_of_the_task_decide_before_compiled_ones_and_those_before_the_judge() {
        let (yes, no, lost) = (
            r#"{"holds":true,"words":"yes"}"#,
            r#"{"holds":false,"words":"no"}"#,
            r#"{"holds":null,"words":"no answer"}"#,
        );
        assert_eq!(checked(&[true], &[], no), StepVerdict::Passed);
        assert_eq!(checked(&[true], &[false], no), StepVerdict::Passed);
        assert_eq!(checked(&[false], &[], yes), StepVerdict::Refuted);
        assert_eq!(checked(&[], &[false], yes), StepVerdict::Refuted);
        assert_eq!(checked(&[], &[], yes), StepVerdict::Passed);
        assert_eq!(checked(&[], &[], no), StepVerdict::Refuted);
        assert_eq!(checked(&[], &[false], lost), StepVerdict::Refuted);
        assert_eq!(checked(&[], &[true], "null"), StepVerdict::Passed);
        assert_eq!(checked(&[], &[], lost), StepVerdict::Unjudged);
        assert_eq!(checked(&[], &[], "null"), StepVerdict::Unjudged);
    }

    #[test]
    fn steps_after_the_first_failing_one_do_not_count() {
        let trace = InteractionTrace {
            steps: vec![
                step(&format!(r#"{{"step":0,{DONE}}}"#)),
                step(&format!(r#"{{"step":1,{DONE},"action":{{"type":"GoBack"}}}}"#)),
                step(
                    r#"{"step":2,"action":{"type":"Click","parameters":{"description":"x"}},
                    "outcome":{"outcome":"failed","reason":"covered","detail":"a banner lies over it"}}"#,
                ),
                step(&format!(r#"{{"step":3,{DONE},"action":{{"type":"GoBack"}}}}"#)),
            ],
        };
        assert_eq!((steps_done(&trace), steps_total(&trace)), (1, 3));
        let failing = first_failing(&trace).expect("a failing step");
        assert_eq!(failing.step, 2);
        let (code, words) = failure(failing).expect("a reason");
        assert_eq!(code, "step/covered");
        assert_eq!(words, "covered, or out of reach: a banner lies over it");
    }
}
