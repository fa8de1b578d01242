//! `iwr-bench/compat`: the arithmetic of the public evaluation code, its slips included, so that
//! published tables can be compared with. Each point was read in that code:
//!
//! - The screenshot after action i, counted from 0, is stored as number i + 1, but the list of pictures
//!   takes number i: a flagged action is seen one step early.
//! - Checkpoints are counted by position in that list. Here that is taken to mean that the first entry
//!   takes the first checkpoint the task has, the next entry the next.
//! - The list is cut by position, to one entry more than actions succeeded: flagged actions far
//!   behind the end of the row stay in it.
//! - A judge that cannot be read says neither yes nor no, and the action passes.
//! - A task without an answer is in no mean, see [`super::unanswered`].

use pageloom_schema::Score;

use super::likeness::{Compared, Gallery, PicturePair, VisualJudge};
use super::{Assertion, Part, StepEvidence, composed};

/// The actions that were done before one failed, by position from 0.
fn done(steps: &[StepEvidence]) -> Vec<&StepEvidence> {
    steps.iter().filter(|step| step.step > 0).take_while(|step| step.done).collect()
}

/// How many actions succeed: those before the first of which a judge says no.
fn succeeded(done: &[&StepEvidence]) -> usize {
    done.iter().position(|action| action.assertion == Assertion::Fails).unwrap_or(done.len())
}

pub(super) fn pairs(steps: &[StepEvidence]) -> Vec<PicturePair> {
    let done = done(steps);
    let flagged = done.iter().enumerate().filter(|(_, action)| action.flagged);
    let early = flagged.map(|(position, _)| u32::try_from(position).unwrap_or(u32::MAX));
    let screenshots = std::iter::once(0).chain(early);
    let checkpoints = steps.iter().filter(|step| step.has_checkpoint).map(|step| step.step);
    screenshots
        .zip(checkpoints)
        .map(|(screenshot, checkpoint)| PicturePair { screenshot, checkpoint })
        .take(succeeded(&done) + 1)
        .collect()
}

pub(super) fn scores(
    steps: &[StepEvidence],
    compared: &[Compared],
    judge: VisualJudge,
) -> Vec<Score> {
    let done = done(steps);
    let (success, total) = (succeeded(&done), steps.iter().filter(|step| step.step > 0).count());
    let unasked = done.iter().any(|action| action.assertion == Assertion::Unasked);
    let ifs = match total {
        0 => Part::none("not measured: the task has no action".to_owned()),
        _ if unasked => Part::none("not measured: sentences take a judge".to_owned()),
        total => {
            let silent = done.iter().take(success).filter(|a| a.assertion == Assertion::Undecided);
            let silent = match silent.count() {
                0 => String::new(),
                n => format!("; {n} passed without a verdict, as published"),
            };
            let why = format!("{success} of {total} actions{silent}");
            Part::of(success as f64 / total as f64, why)
        }
    };
    let gallery = Gallery::of(&pairs(steps), compared);
    let means = gallery.measures(false);
    let hfs = match judge {
        VisualJudge::Vision => gallery.judged(),
        VisualJudge::Local => Part::none("not measured: it takes a vision judge".to_owned()),
    };
    let mut scores = composed(ifs, means.lfs, hfs).to_vec();
    scores.extend(means.parts);
    scores
}
