//! What a trace of a replay says of its steps: from what was recorded to what is scored.

use pageloom_schema::{StepOutcome, StepTrace};

use super::{Assertion, Likeness, Protocol, StepEvidence};

impl StepEvidence {
    /// What a step of a trace says. The first view has a checkpoint, and so has every action that names
    /// one.
    ///
    /// The task's own checks decide a step where it has any; else those that its sentence was compiled
    /// to; else the judge. The published rules know the judge alone. Where there is a sentence and
    /// none of them, nobody was asked, or the judge that `is_judged` speaks of gave no answer. A step
    /// that is faulty was not done: whether that is the page's fault is for the caller, who knows
    /// whether to score at all.
    #[must_use]
    pub fn of(protocol: Protocol, step: &StepTrace, is_judged: bool) -> Self {
        let action = step.action.as_ref();
        Self {
            step: step.step,
            done: step.outcome == StepOutcome::Done,
            assertion: assertion(protocol, step, is_judged),
            flagged: action.is_none_or(|action| action.visual_evaluation_flag),
            has_checkpoint: action.is_none_or(|action| action.checkpoint_screenshot.is_some()),
        }
    }
}

fn assertion(protocol: Protocol, step: &StepTrace, is_judged: bool) -> Assertion {
    let sentence = step.action.as_ref().and_then(|action| action.logical_assertion.as_ref());
    if protocol == Protocol::V1 {
        for compiled in [false, true] {
            let mut checks = step.checks.iter().filter(|check| check.compiled == compiled);
            if checks.clone().next().is_some() {
                let all_hold = checks.all(|check| check.holds);
                return if all_hold { Assertion::Holds } else { Assertion::Fails };
            }
        }
    }
    match &step.assertion {
        Some(result) => Some(result.holds).into(),
        None if sentence.is_none() => Assertion::None,
        None if is_judged => Assertion::Undecided,
        None => Assertion::Unasked,
    }
}

impl Likeness {
    /// The likeness that a step of a trace was recorded with: of its screenshot and the checkpoint of the
    /// same step.
    #[must_use]
    pub fn of(step: &StepTrace) -> Self {
        let value = |name: &str| step.visual.get(name).copied();
        Self {
            ocr: value("ocr"),
            dino: value("dino"),
            structure: value("structure"),
            judge: value("judge"),
        }
    }
}

#[cfg(test)]
mod tests {
    use pageloom_schema::{AssertionResult, Check, CheckOutcome, TaskAction};

    use super::*;

    fn step(action: Option<&str>) -> StepTrace {
        StepTrace {
            step: 1,
            action: action.map(|json| serde_json::from_str::<TaskAction>(json).unwrap()),
            ..StepTrace::new(StepOutcome::Done)
        }
    }

    fn check(holds: bool) -> CheckOutcome {
        let explanation = String::new();
        CheckOutcome { check: Check::NoConsoleError, compiled: false, holds, explanation }
    }

    const SAID: &str = r#"{"type": "Click", "logical_assertion": "it opens",
        "visual_evaluation_flag": true, "checkpoint_screenshot": "checkpoints/step_1.png"}"#;

    #[test]
    fn own_checks_decide_before_compiled_ones_and_those_before_the_judge() {
        let judged = |holds| Some(AssertionResult { holds, words: String::new() });
        let compiled = |holds| CheckOutcome { compiled: true, ..check(holds) };
        for (checks, assertion, wanted, published) in [
            (vec![], None, Assertion::Unasked, Assertion::Unasked),
            (vec![], judged(None), Assertion::Undecided, Assertion::Undecided),
            (vec![], judged(Some(true)), Assertion::Holds, Assertion::Holds),
            (vec![], judged(Some(false)), Assertion::Fails, Assertion::Fails),
            (vec![check(true)], None, Assertion::Holds, Assertion::Unasked),
            (vec![check(true)], judged(Some(false)), Assertion::Holds, Assertion::Fails),
            (
                vec![check(true), check(false)],
                judged(Some(true)),
                Assertion::Fails,
                Assertion::Holds,
            ),
            (vec![check(true), compiled(false)], None, Assertion::Holds, Assertion::Unasked),
            (vec![compiled(false)], None, Assertion::Fails, Assertion::Unasked),
        ] {
            let step = StepTrace { checks, assertion, ..step(Some(SAID)) };
            let of = |protocol| StepEvidence::of(protocol, &step, false).assertion;
            assert_eq!(of(Protocol::V1), wanted, "{step:?}");
            assert_eq!(of(Protocol::Compat), published, "{step:?}");
        }
        let unanswered = StepEvidence::of(Protocol::V1, &step(Some(SAID)), true);
        assert_eq!(unanswered.assertion, Assertion::Undecided);
        let silent = StepEvidence::of(Protocol::V1, &step(Some(r#"{"type": "Click"}"#)), true);
        assert_eq!(silent.assertion, Assertion::None);
        assert!(!silent.flagged && !silent.has_checkpoint && silent.done);
    }

    #[test]
    fn flags_checkpoints_and_likeness_are_taken_over() {
        let mut step = step(Some(SAID));
        step.outcome = StepOutcome::Unreached;
        step.visual.insert("ocr".into(), 0.5);
        let evidence = StepEvidence::of(Protocol::V1, &step, false);
        assert!(evidence.flagged && evidence.has_checkpoint && !evidence.done);
        assert_eq!(Likeness::of(&step), Likeness { ocr: Some(0.5), ..Likeness::default() });
        step.action = None;
        let first = StepEvidence::of(Protocol::V1, &step, false);
        assert!(first.flagged && first.has_checkpoint);
    }
}
