//! Who tests websites: a model that uses them one move at a time, or scripts that always do the same.
//!
//! A [`Tester`] opens a site in a page of its own and comes to a verdict in at most
//! [`MAX_STEPS`] moves: `look -> choose -> do -> look`. What the page does wrong is a verdict, what
//! goes wrong on our side is begun again and then leaves the test without one.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use pageloom_agent::check::Pictures;
use pageloom_agent::ground::{self, Wanted};
use pageloom_agent::tester::{
    MAX_STEPS, Mode, Move, SHOWN_PICTURES, Scene, Script, ScriptMove, Situation, Test, Turn,
    Verdict, marks_in_view, marks_of_all, question, read,
};
use pageloom_browser::{Interaction, InteractionPolicy};
use pageloom_model::Client;
use pageloom_schema::{
    Fault, ModelReply, PageFaultKind, PageState, Png, Sampling, SamplingChange, Site,
    SystemFaultKind, Target, TaskId, TestCase, TestMove, TestTrace, TestVerdict, Viewport,
};

use super::hands::{in_words, named, perform};
use super::scripts::TestScripts;
use crate::asking::{AskError, Desk};
use crate::error::RunError;
use crate::interactive::in_window;
use crate::judge::{TRIES as READ_TRIES, ask_until_read};
use crate::sample::{Stages, blocking};

/// How often a test is begun that ends through no clear fault of the page.
const TRIES: u32 = 3;
/// What questions of a tester are called in a run.
const PURPOSE: &str = "tester";

/// Who tests websites.
#[derive(Clone)]
pub struct Tester {
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    Scripted(Arc<TestScripts>),
    Asked(Arc<AskedTester>),
}

/// A model that tests.
struct AskedTester {
    client: Arc<Client>,
    desk: Arc<Desk>,
    sampling: SamplingChange,
    mode: Mode,
}

/// One test of a site.
#[derive(Clone, Copy)]
pub(super) struct Trial<'a> {
    pub(super) task: &'a TaskId,
    pub(super) site: &'a Arc<Site>,
    pub(super) viewport: Viewport,
    pub(super) policy: &'a InteractionPolicy,
    /// Its place among the tests of the task, from 1.
    pub(super) number: usize,
    pub(super) case: &'a TestCase,
}

impl Tester {
    /// How the answers of a model that tests are drawn, where the user does not say otherwise.
    pub const SAMPLING: Sampling =
        Sampling { temperature: Some(0.0), seed: Some(0), max_tokens: 2_048 };

    /// Tests by the scripts of a file.
    ///
    /// # Errors
    /// [`RunError::BadFile`] when one of them cannot be followed, [`RunError::Storage`].
    pub fn scripted(file: &Path) -> Result<Self, RunError> {
        Ok(Self { kind: Kind::Scripted(Arc::new(TestScripts::open(file)?)) })
    }

    /// A model that is asked for each move, at `desk`. `mode` is how it is shown the page; absent, by
    /// whether it takes pictures.
    #[must_use]
    pub fn asked(
        client: Arc<Client>,
        desk: Arc<Desk>,
        sampling: SamplingChange,
        mode: Option<Mode>,
    ) -> Self {
        let sees = client.max_pictures() > 0;
        let mode = mode.unwrap_or(if sees { Mode::Marks } else { Mode::Tree });
        Self { kind: Kind::Asked(Arc::new(AskedTester { client, desk, sampling, mode })) }
    }

    /// What a run records of it.
    #[must_use]
    pub fn describe(&self) -> BTreeMap<String, String> {
        match &self.kind {
            Kind::Scripted(scripts) => {
                BTreeMap::from([("tester.script".to_owned(), scripts.hash().to_owned())])
            }
            Kind::Asked(asked) => {
                let sampling = asked.sampling.apply(Self::SAMPLING);
                let mut told = Desk::describe(&asked.client, PURPOSE, sampling);
                let mode = match asked.mode {
                    Mode::Marks => "marks",
                    Mode::Tree => "tree",
                };
                told.insert("tester.mode".to_owned(), mode.to_owned());
                told
            }
        }
    }

    /// Tries one test.
    ///
    /// # Errors
    /// Only when the run itself cannot go on. A test that nobody could decide has no verdict, and its
    /// reason says why.
    pub(super) async fn test(
        &self,
        stages: &Stages,
        trial: &Trial<'_>,
    ) -> Result<TestTrace, RunError> {
        let ended = |(verdict, reason, moves)| TestTrace {
            case: trial.case.clone(),
            verdict,
            reason,
            moves,
        };
        let mind = match &self.kind {
            Kind::Asked(asked) => Mind::Asked(asked),
            Kind::Scripted(scripts) => match scripts.find(trial.task, trial.number) {
                Some(script) => Mind::Scripted(script),
                None => {
                    let reason = format!("there is no script for test {}", trial.number);
                    return Ok(ended((None, reason, Vec::new())));
                }
            },
        };
        let mut last: Option<Fault> = None;
        for attempt in 1..=TRIES {
            let mut moves = Vec::new();
            let fault = match run_through(stages, trial, &mind, &mut moves).await {
                Ok((verdict, reason)) => return Ok(ended((Some(verdict), reason, moves))),
                Err(Stop::Run(error)) => return Err(error),
                Err(Stop::Undecided(reason)) => return Ok(ended((None, reason, moves))),
                Err(Stop::Fault(fault)) => fault,
            };
            let again = last.as_ref().is_some_and(|last| last.code() == fault.code());
            let is_last = attempt == TRIES;
            match &fault {
                Fault::Page(kind) if is_clear(kind.kind) || again || is_last => {
                    // A site that breaks under a visitor's hands does not do what it is to do.
                    return Ok(ended((Some(TestVerdict::No), fault.to_string(), moves)));
                }
                Fault::System(_) if is_last => {
                    return Ok(ended((None, fault.to_string(), moves)));
                }
                _ => last = Some(fault),
            }
        }
        Ok(ended((None, "the test did not end".to_owned(), Vec::new())))
    }
}

/// A crash or a full memory may be another page's doing: it has to come again.
fn is_clear(kind: PageFaultKind) -> bool {
    !matches!(
        kind,
        PageFaultKind::Crashed | PageFaultKind::MemoryLimit | PageFaultKind::NeverSettled
    )
}

/// Who chooses the moves of one test.
enum Mind<'a> {
    Scripted(&'a Script),
    Asked(&'a AskedTester),
}

/// What ended a test without a verdict of its tester.
enum Stop {
    /// The page, or what it is shown with, broke.
    Fault(Fault),
    /// There is no move to be had.
    Undecided(String),
    /// The run ends.
    Run(RunError),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<RunError> for Stop {
    fn from(error: RunError) -> Self {
        Self::Run(error)
    }
}

/// A page at one moment.
struct View {
    state: PageState,
    picture: Png,
}

impl View {
    async fn of(page: &mut Interaction<'_>) -> Result<Self, Fault> {
        Ok(Self { state: page.state().await?, picture: page.picture().await? })
    }
}

async fn run_through(
    stages: &Stages,
    trial: &Trial<'_>,
    mind: &Mind<'_>,
    moves: &mut Vec<TestMove>,
) -> Result<(TestVerdict, String), Stop> {
    let mut page = stages.pool.interact(trial.site, trial.viewport, trial.policy).await?;
    let first = View::of(&mut page).await?;
    let mut memory = Memory::default();
    let mut view = None;
    for step in 0..MAX_STEPS {
        let now = view.as_ref().unwrap_or(&first);
        let made = match mind {
            Mind::Scripted(script) => scripted(script, step as usize, &first, now)?,
            Mind::Asked(asked) => asked.next(stages, trial, now, &mut memory).await?,
        };
        let element = named(&now.state, &made);
        let action = in_words(&made, &element);
        if let Move::Answer { verdict, why } = made {
            let picture = Some(stages.folder.store(&now.picture.0, "png")?);
            moves.push(TestMove { action, not_done: None, picture });
            page.close().await;
            return Ok((verdict_of(verdict), why));
        }
        // Nobody would look at what comes of the last move.
        if step + 1 == MAX_STEPS {
            break;
        }
        let not_done = perform(&mut page, &now.state, &made).await?;
        let after = View::of(&mut page).await?;
        let picture = Some(stages.folder.store(&after.picture.0, "png")?);
        moves.push(TestMove { action, not_done: not_done.clone(), picture });
        let outcome = not_done.map_or_else(|| "done".to_owned(), |why| format!("not done: {why}"));
        memory.turns.push(Turn { made, element, outcome });
        view = Some(after);
    }
    page.close().await;
    Ok((TestVerdict::No, format!("the tester came to no verdict within {MAX_STEPS} moves")))
}

fn verdict_of(verdict: Verdict) -> TestVerdict {
    match verdict {
        Verdict::Yes => TestVerdict::Yes,
        Verdict::Partial => TestVerdict::Partial,
        Verdict::No => TestVerdict::No,
    }
}

/// The next move of a script.
fn scripted(script: &Script, made: usize, first: &View, now: &View) -> Result<Move, Stop> {
    let wanted = match script.moves.get(made) {
        Some(ScriptMove::Type { .. }) => Wanted::Editable,
        Some(ScriptMove::Click { .. }) => Wanted::Actionable,
        _ => Wanted::Any,
    };
    let found = |state: &PageState, target: &Target| ground::all(state, target);
    let described = |state: &PageState, words: &str| ground::local(state, words, wanted).element();
    let scene = Scene {
        before: &first.state,
        now: &now.state,
        found: &found,
        described: &described,
        pictures: Pictures { before: Some(&first.picture), after: Some(&now.picture) },
    };
    script.next(made, &scene).map_err(|error| Stop::Undecided(error.to_string()))
}

/// What a model is told of the moves before.
#[derive(Default)]
struct Memory {
    turns: Vec<Turn>,
    /// The last pictures, numbered.
    pictures: Vec<Png>,
}

impl AskedTester {
    async fn next(
        &self,
        stages: &Stages,
        trial: &Trial<'_>,
        now: &View,
        memory: &mut Memory,
    ) -> Result<Move, Stop> {
        let marks = match self.mode {
            Mode::Marks => marks_in_view(&now.state),
            Mode::Tree => marks_of_all(&now.state),
        };
        if self.mode == Mode::Marks {
            let numbers: Vec<u32> = marks.iter().map(|mark| mark.number).collect();
            memory.pictures.push(numbered(now, &numbers).await?);
            let kept = SHOWN_PICTURES.min(self.client.max_pictures()).max(1);
            let old = memory.pictures.len().saturating_sub(kept);
            memory.pictures.drain(..old);
        }
        let test = Test {
            task: trial.case.task.clone(),
            expected_result: trial.case.expected_result.clone(),
        };
        let mut request = question(&Situation {
            test: &test,
            history: &memory.turns,
            pictures: &memory.pictures,
            marks: &marks,
            address: &now.state.url,
            title: &now.state.title,
            mode: self.mode,
        });
        request.sampling = self.sampling.apply(Tester::SAMPLING);
        let asked = (&*stages.folder, trial.task, PURPOSE);
        let read = |reply: &ModelReply| read(&reply.text).map_err(|error| error.to_string());
        let tries = (0, READ_TRIES);
        match ask_until_read(&self.desk, &self.client, asked, &request, tries, read).await {
            Ok(Ok(made)) => Ok(made),
            Ok(Err(unreadable)) => Err(Stop::Undecided(unreadable)),
            // The client has tried again already.
            Err(AskError::Fault(fault)) => Err(Stop::Undecided(fault.to_string())),
            Err(AskError::Run(error)) => Err(Stop::Run(error)),
        }
    }
}

/// The window's picture with boxes and numbers around these elements.
async fn numbered(view: &View, numbers: &[u32]) -> Result<Png, Fault> {
    let boxes: Vec<_> = view
        .state
        .elements
        .iter()
        .filter(|element| numbers.contains(&element.index))
        .map(|element| (element.index, in_window(&view.state, element)))
        .collect();
    let picture = view.picture.clone();
    let drawn = blocking(move || pageloom_vision::draw_marks(&picture, &boxes)).await?;
    drawn.map_err(|error| Fault::system(SystemFaultKind::Helper, error.to_string()))
}
