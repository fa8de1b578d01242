//! The actions of a task done on a page, in their order: `look -> locate -> act -> settle -> look ->
//! check`, until one cannot be done.
//!
//! [`replay`] is the same for candidates, which are held against a task, and for a task's own page,
//! which is recorded. It asks no judge and compares no pictures: what was seen is handed on.

use std::collections::BTreeMap;
use std::sync::Arc;

use pageloom_agent::check::{self, Pictures, Undecided};
use pageloom_agent::ground;
use pageloom_browser::{Act, Frame, Interaction, InteractionPolicy, NotDone, Pool};
use pageloom_schema::{
    ActionKind, Check, CheckOutcome, Fault, Millis, PageFaultKind, PageState, Png, Site,
    StepFailure, StepOutcome, StepTrace, SystemFaultKind, Target, TaskAction, Viewport,
};

use super::act::{self, needs_element};
use super::locate::{Asker, Grounder, Located, Sought, locate};
use crate::asking::AskError;

/// How often a replay is begun that failed through no clear fault of the page.
const TRIES: u32 = 3;
/// The page's time between two looks while a condition is waited for.
const LOOK_AGAIN: Millis = Millis(100);
/// The page's time between what came of an action and the next one: a person looks before acting, and
/// a video of one frame a second shows every state. Candidates get the same time, since what goes by
/// itself (a message that fades) has to be as far on both pages.
const PAUSE: Millis = Millis(1_000);

/// What is done, and how.
pub(super) struct Plan<'a> {
    pub(super) site: &'a Arc<Site>,
    pub(super) viewport: Viewport,
    pub(super) policy: &'a InteractionPolicy,
    pub(super) actions: &'a [TaskAction],
    pub(super) grounder: &'a Grounder,
    pub(super) asker: Option<Asker<'a>>,
    /// As published, also where that is at fault.
    pub(super) compat: bool,
    /// Files of the task.
    pub(super) files: &'a (dyn Fn(&str) -> Option<Arc<[u8]>> + Sync),
}

/// What was seen.
#[derive(Default)]
pub(super) struct Replayed {
    /// The first view and one step for each action.
    pub(super) steps: Vec<StepTrace>,
    /// The window after each step that was tried, by its number.
    pub(super) pictures: BTreeMap<u32, Png>,
    /// The page's fault that ended it, if one did.
    pub(super) fault: Option<Fault>,
}

/// Who gets the frames of a recording.
pub(super) type FrameSink = Box<dyn FnMut(Frame) + Send>;

/// Does the actions of a plan. `record` asks for frames of that period; a replay that is recorded is
/// not begun again. `seen` gets each step as it ends, again from the first on where it is begun again.
///
/// # Errors
/// [`AskError::Fault`] with a system fault, after retries; what the page did is part of the result.
pub(super) async fn replay(
    pool: &Pool,
    plan: &Plan<'_>,
    mut record: Option<(Millis, FrameSink)>,
    seen: &mut (dyn FnMut(&StepTrace, Option<&Png>) + Send),
) -> Result<Replayed, AskError> {
    let tries = if record.is_some() { 1 } else { TRIES };
    let mut last: Option<Fault> = None;
    for attempt in 1..=tries {
        let mut replayed = Replayed::default();
        let fault = match run_through(pool, plan, record.take(), &mut replayed, seen).await {
            Ok(()) => return Ok(replayed),
            Err(AskError::Fault(fault)) => fault,
            Err(ended) => return Err(ended),
        };
        let is_clear = matches!(&fault, Fault::Page(fault) if !matches!(
            fault.kind,
            PageFaultKind::Crashed | PageFaultKind::MemoryLimit | PageFaultKind::NeverSettled
        ));
        // A crash or a full memory may be another page's doing: it has to come again.
        let again = last.as_ref().is_some_and(|last| last.code() == fault.code());
        match &fault {
            Fault::Page(_) if is_clear || again || attempt == tries => {
                end_with(&mut replayed, plan, fault);
                return Ok(replayed);
            }
            Fault::System(_) if attempt == tries => return Err(AskError::Fault(fault)),
            _ => last = Some(fault),
        }
    }
    Ok(Replayed::default())
}

/// Marks the step at which the page broke, and those after it.
fn end_with(replayed: &mut Replayed, plan: &Plan<'_>, fault: Fault) {
    let broken = replayed.steps.len();
    for step in broken..=plan.actions.len() {
        let outcome = match step == broken {
            true => StepOutcome::Faulty { fault: fault.clone() },
            false => StepOutcome::Unreached,
        };
        replayed.steps.push(step_of(plan, step, outcome));
    }
    replayed.fault = Some(fault);
}

fn step_of(plan: &Plan<'_>, step: usize, outcome: StepOutcome) -> StepTrace {
    let action = step.checked_sub(1).and_then(|at| plan.actions.get(at)).cloned();
    StepTrace { step: u32::try_from(step).unwrap_or(u32::MAX), action, ..StepTrace::new(outcome) }
}

async fn run_through(
    pool: &Pool,
    plan: &Plan<'_>,
    record: Option<(Millis, FrameSink)>,
    replayed: &mut Replayed,
    seen: &mut (dyn FnMut(&StepTrace, Option<&Png>) + Send),
) -> Result<(), AskError> {
    let mut page = pool.interact(plan.site, plan.viewport, plan.policy).await?;
    if let Some((period, sink)) = record {
        page.record(period, sink);
    }
    let picture = page.picture().await?;
    let first = step_of(plan, 0, StepOutcome::Done);
    seen(&first, Some(&picture));
    replayed.pictures.insert(0, picture);
    replayed.steps.push(first);
    let mut ended = false;
    for (at, action) in plan.actions.iter().enumerate() {
        let mut step = step_of(plan, at + 1, StepOutcome::Unreached);
        if ended {
            seen(&step, None);
            replayed.steps.push(step);
            continue;
        }
        page.perform(&Act::Wait(PAUSE)).await?;
        // What the page did by itself in the meantime is none of the action's doing.
        let before = Look::at(&mut page).await?;
        let done = do_action(&mut page, plan, action, &before, &mut step).await?;
        match done {
            Err(NotDone { reason, detail }) => {
                step.outcome = StepOutcome::Failed { reason, detail };
                ended = true;
                // What was in the way is seen in it.
                let picture = page.picture().await?;
                seen(&step, Some(&picture));
                replayed.pictures.insert(step.step, picture);
            }
            Ok(after) => {
                let after = match after {
                    Some(after) => after,
                    None => Look::at(&mut page).await?,
                };
                step.outcome = StepOutcome::Done;
                step.checks = checked(action, &before, &after)?;
                seen(&step, Some(&after.picture));
                replayed.pictures.insert(step.step, after.picture.clone());
            }
        }
        replayed.steps.push(step);
    }
    page.close().await;
    Ok(())
}

/// A page at one moment.
struct Look {
    state: PageState,
    picture: Png,
}

impl Look {
    async fn at(page: &mut Interaction<'_>) -> Result<Self, Fault> {
        Ok(Self { state: page.state().await?, picture: page.picture().await? })
    }
}

/// Does one action; a look that was taken on the way is handed on.
async fn do_action(
    page: &mut Interaction<'_>,
    plan: &Plan<'_>,
    action: &TaskAction,
    before: &Look,
    step: &mut StepTrace,
) -> Result<Result<Option<Look>, NotDone>, AskError> {
    let given = &action.parameters;
    let mut element = None;
    if needs_element(action) {
        let sought = Sought {
            words: given.description.as_deref(),
            target: action.target.as_ref(),
            wanted: ground::Wanted::of(action.kind),
        };
        match find(plan, before, &sought).await? {
            Ok(located) => {
                element = Some(located.element);
                step.resolution = Some(located.resolution);
            }
            Err(not_done) => return Ok(Err(not_done)),
        }
    }
    let mut to = None;
    if action.kind == ActionKind::Drag {
        let sought = Sought {
            words: given.to.as_deref(),
            target: given.to_target.as_ref(),
            wanted: ground::Wanted::Any,
        };
        match find(plan, before, &sought).await? {
            Ok(located) => {
                to = Some(located.element);
                step.destination = Some(located.resolution);
            }
            Err(not_done) => return Ok(Err(not_done)),
        }
    }
    if let (ActionKind::Wait, Some(condition)) = (action.kind, &given.condition) {
        return wait_for(page, condition, act::wait_limit(action), before).await;
    }
    let act = match act::act(action, &before.state, (element, to), plan.compat, plan.files) {
        Ok(act) => act,
        Err(not_done) => return Ok(Err(not_done)),
    };
    let performed = page.perform(&act).await?;
    Ok(performed.not_done.map_or(Ok(None), Err))
}

async fn find(
    plan: &Plan<'_>,
    before: &Look,
    sought: &Sought<'_>,
) -> Result<Result<Located, NotDone>, AskError> {
    let shown = (&before.state, &before.picture);
    locate(plan.grounder, plan.asker.as_ref(), shown, sought).await
}

/// Lets the page's time pass until a condition holds.
async fn wait_for(
    page: &mut Interaction<'_>,
    condition: &Check,
    limit: Millis,
    before: &Look,
) -> Result<Result<Option<Look>, NotDone>, AskError> {
    let mut waited = Millis(0);
    loop {
        let now = Look::at(page).await?;
        let outcome = decided(condition, before, &now)?;
        if outcome.holds {
            return Ok(Ok(Some(now)));
        }
        if waited.0 >= limit.0 {
            let seconds = limit.0 as f64 / 1000.0;
            return Ok(Err(NotDone {
                reason: StepFailure::NeverCame,
                detail: format!("not within {seconds} s: {}", outcome.explanation),
            }));
        }
        page.perform(&Act::Wait(LOOK_AGAIN)).await?;
        waited.0 += LOOK_AGAIN.0;
    }
}

/// The checks of an action: its own, and those that its sentence is compiled to where that is certain.
fn checked(action: &TaskAction, before: &Look, after: &Look) -> Result<Vec<CheckOutcome>, Fault> {
    let own = action.check.iter().map(|check| decided(check, before, after));
    let compiled = action.logical_assertion.as_deref().and_then(check::compile);
    let compiled = compiled.unwrap_or_default().into_iter().filter_map(|check| {
        let outcome = evaluate(&check, before, after).ok()?;
        Some(Ok(CheckOutcome { compiled: true, ..outcome }))
    });
    own.chain(compiled).collect()
}

/// A check of the task that the page leaves open does not hold; one that cannot be decided for want of
/// something of ours is a fault of ours.
fn decided(check: &Check, before: &Look, after: &Look) -> Result<CheckOutcome, Fault> {
    evaluate(check, before, after).or_else(|undecided| match undecided.is_of_page {
        true => Ok(CheckOutcome {
            check: check.clone(),
            compiled: false,
            holds: false,
            explanation: undecided.why,
        }),
        false => Err(Fault::system(SystemFaultKind::Reference, undecided.to_string())),
    })
}

fn evaluate(check: &Check, before: &Look, after: &Look) -> Result<CheckOutcome, Undecided> {
    let pictures = Pictures { before: Some(&before.picture), after: Some(&after.picture) };
    let found = |state: &PageState, target: &Target| ground::all(state, target);
    check::evaluate(check, &before.state, &after.state, &found, pictures)
}
