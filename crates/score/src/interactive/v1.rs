//! `iwr-bench/v1`: screenshots and checkpoints are joined by step number, and what nobody could decide
//! is not decided.
//!
//! An action succeeds when it was done and what was to come of it came; the first that does not ends
//! the row. The pictures that count are those of the first view and of the flagged actions of that row.
//! When the judge could not decide an action, the row may end there or later: `ifs` has no value, and
//! the visual scores have one only if the pictures are the same either way.

use pageloom_schema::Score;

use super::likeness::{Compared, Gallery, PicturePair, VisualJudge};
use super::{Assertion, HFS, Part, StepEvidence, VFS_ALL, composed, final_of, vfs_of};

/// How many actions succeeded in a row: at least, and at most.
struct Row {
    least: u32,
    most: u32,
    total: usize,
    /// Where it ended, and why.
    end: String,
    unasked: usize,
}

impl Row {
    fn of(steps: &[StepEvidence]) -> Self {
        let actions: Vec<&StepEvidence> = steps.iter().filter(|step| step.step > 0).collect();
        // A step that nothing is known of is one of the task all the same.
        let total = actions.last().map_or(0, |action| action.step as usize);
        let mut row = Self { least: 0, most: 0, total, end: String::new(), unasked: 0 };
        let mut undecided = None;
        for action in actions {
            if action.step != row.most + 1 {
                row.end = format!("; nothing is known of action {}", row.most + 1);
                break;
            }
            if !action.done {
                row.end = format!("; action {} was not done", action.step);
                break;
            }
            match action.assertion {
                Assertion::Fails => {
                    row.end = format!("; what was to come of action {} did not come", action.step);
                    break;
                }
                Assertion::Undecided if undecided.is_none() => undecided = Some(action.step),
                Assertion::Unasked => row.unasked += 1,
                _ => {}
            }
            row.most = action.step;
            if undecided.is_none() {
                row.least = action.step;
            }
        }
        if let Some(step) = undecided {
            row.end = format!("the judge could not decide what came of action {step}");
        }
        row
    }

    fn score(&self) -> Part {
        if self.total == 0 {
            return Part::none("not measured: the task has no action".to_owned());
        }
        if self.least != self.most {
            return Part::none(format!("not measured: {}", self.end));
        }
        let unasked = match self.unasked {
            0 => String::new(),
            1 => "; 1 sentence unchecked, as there is no judge".to_owned(),
            n => format!("; {n} sentences unchecked, as there is no judge"),
        };
        let (done, total) = (self.most, self.total);
        let why = format!("{done} of {total} actions{}{unasked}", self.end);
        Part::of(f64::from(done) / total as f64, why)
    }
}

/// The steps whose pictures are to be compared, whether they were reached or not.
fn flagged(steps: &[StepEvidence]) -> impl Iterator<Item = u32> {
    steps
        .iter()
        .filter(|step| step.has_checkpoint && (step.flagged || step.step == 0))
        .map(|step| step.step)
}

fn reached(steps: &[StepEvidence], last: u32) -> Vec<PicturePair> {
    let opened = steps.iter().all(|step| step.step > 0 || step.done);
    flagged(steps)
        .filter(|step| opened && *step <= last)
        .map(|step| PicturePair { screenshot: step, checkpoint: step })
        .collect()
}

pub(super) fn pairs(steps: &[StepEvidence]) -> Vec<PicturePair> {
    reached(steps, Row::of(steps).most)
}

pub(super) fn scores(
    steps: &[StepEvidence],
    compared: &[Compared],
    judge: VisualJudge,
) -> Vec<Score> {
    let row = Row::of(steps);
    let ifs = row.score();
    let least = reached(steps, row.least);
    let gallery = Gallery::of(&least, compared);
    let means = gallery.measures(true);
    let (mut lfs, mut parts) = (means.lfs, means.parts);
    let mut local = gallery.judged_locally();
    let mut hfs = match judge {
        VisualJudge::Local => local.clone(),
        VisualJudge::Vision => gallery.judged(),
    };
    let all = flagged(steps).count();
    if least.is_empty() && all > 0 {
        // The page was not opened, or has nothing to compare before the row ended.
        let nothing = Part::of(0.0, "no flagged step was reached".to_owned());
        (lfs, hfs, local) = (nothing.clone(), nothing.clone(), nothing);
        parts.clear();
    }
    if least != reached(steps, row.most) {
        let unsure = Part::none(format!("not measured: {}", row.end));
        (lfs, hfs, local) = (unsure.clone(), unsure.clone(), unsure);
        parts.clear();
    }
    let mut scores = composed(ifs.clone(), lfs.clone(), hfs.clone()).to_vec();
    let vfs_all = match (lfs.value, hfs.value) {
        (Some(lfs), Some(hfs)) => {
            // The steps that were not reached add nothing to either mean.
            let share = least.len() as f64 / all as f64;
            let why = format!("{} of {all} flagged steps reached, the others 0", least.len());
            Part::of(vfs_of(lfs, hfs) * share, why)
        }
        _ => Part::none("not measured: it takes vfs".to_owned()),
    };
    scores.push(vfs_all.score(&VFS_ALL));
    scores.append(&mut parts);
    if judge == VisualJudge::Vision {
        scores.extend(beside(&ifs, &lfs, &local));
    }
    scores
}

/// What the local judge says beside a judge that was asked, under names of its own.
fn beside(ifs: &Part, lfs: &Part, local: &Part) -> [Score; 2] {
    let whole = match (ifs.value, lfs.value, local.value) {
        (Some(ifs), Some(lfs), Some(hfs)) => {
            Part::of(final_of(ifs, lfs, hfs), "final with the local judge's hfs".to_owned())
        }
        _ => Part::none("not measured: it takes ifs, lfs and local.hfs".to_owned()),
    };
    let named = |id: &str, part: &Part| Score { metric: id.to_owned(), ..part.score(&HFS) };
    [named("local.hfs", local), named("local.final", &whole)]
}
