//! What is a judge worth? Holds any judge of pages to truths that are known beforehand: a page
//! against itself, against nothing, harmed in known ways, in the other position, and again.
//!
//! `pairs` says what is asked, `measures` what follows from the answers, `report` writes the tables.
//! A vision judge is asked as in every run: through a desk, with a budget, retries and kept answers.
#![expect(clippy::print_stderr, reason = "a chore shows how far it has come")]

mod arguments;
mod measures;
mod pairs;
mod report;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use pageloom_browser::Pool;
use pageloom_run::log::{RunFolder, read_run};
use pageloom_run::{AskError, Desk, Endpoint, RunError, Side, VisionJudge, machine, suite};
use pageloom_schema::{
    Capture, FORMAT_MAJOR, FORMAT_MINOR, Png, RenderPolicy, RunManifest, Suite, TaskId,
};
use pageloom_score::judge::criteria::{self, Form};
use tokio::task::JoinSet;

use crate::metric_agreement::{row, start_pool};
use arguments::{Arguments, file_name};
use measures::Answers;
use pairs::{Judged, Pages, Said, subjects};
use report::{Spending, Tables};

/// Runs the chore: asks, measures, writes the tables of one judge.
pub(crate) fn run(words: &[&str]) -> anyhow::Result<String> {
    let arguments = Arguments::parse(words)?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let pool = start_pool().await?;
        let tables = examine(&arguments, &pool).await?;
        std::fs::create_dir_all(&arguments.out)?;
        let path = arguments.out.join(file_name(&arguments.judge));
        for (ending, text) in [("md", &tables.summary), ("tsv", &tables.pairs)] {
            let path = path.with_extension(ending);
            std::fs::write(&path, text).with_context(|| path.display().to_string())?;
        }
        Ok(tables.summary)
    })
}

/// Asks a judge about all pairs, and says what its answers are worth.
async fn examine(arguments: &Arguments, pool: &Arc<Pool>) -> anyhow::Result<Tables> {
    let suite = some_pages(suite::open(&arguments.suite, None)?, arguments.pages);
    let asked = match arguments.judge.as_str() {
        "local" => None,
        name if Endpoint::is_named(name) => Some(Asked::open(arguments, &suite, pool).await?),
        name => return Err(RunError::NoJudge(name.to_owned()).into()),
    };
    let (mut vision, mut local) = (Vec::new(), Vec::new());
    let tasks = suite.tasks.len();
    let shown = std::io::stderr().is_terminal();
    for (number, task) in suite.tasks.into_iter().enumerate() {
        let task = Arc::new(task);
        let place = format!("page {} of {tasks}, {}", number + 1, task.id);
        if shown {
            eprint!("\r\x1b[K{place}: rendering");
        }
        let (pages, compared) = Pages::render(pool, &task, &arguments.kinds).await?;
        local.extend(compared);
        if let Some(asked) = &asked {
            let progress = |done: usize, of: usize| {
                if shown {
                    eprint!("\r\x1b[K{place}: {done} of {of} questions");
                }
            };
            vision.extend(asked.about(arguments, &task.id, &pages, progress).await?);
        }
        if !shown {
            eprintln!("{place}: done");
        }
    }
    if shown {
        eprint!("\r\x1b[K");
    }
    let local = Answers::new("local", &local, &arguments.kinds);
    match asked {
        None => Ok(report::write(arguments, &[local], None)),
        Some(asked) => {
            let spending = asked.spending()?;
            for said in vision.iter().flat_map(|pair| &pair.said) {
                if let Said::Unreadable(reason) | Said::Null(reason) = said {
                    eprintln!("the first question without a value: {reason}");
                    break;
                }
            }
            let vision = Answers::new(&arguments.judge, &vision, &arguments.kinds);
            Ok(report::write(arguments, &[vision, local], Some(spending)))
        }
    }
}

/// At most so many pages, spread evenly over the suite.
fn some_pages(mut suite: Suite, most: usize) -> Suite {
    let count = suite.tasks.len();
    let most = most.clamp(1, count.max(1));
    let mut number = 0;
    suite.tasks.retain(|_| {
        number += 1;
        number * most / count != (number - 1) * most / count
    });
    suite
}

/// A vision judge that is asked, and the run that its answers are written into.
struct Asked {
    judge: VisionJudge,
    folder: Arc<RunFolder>,
    form: Form,
    at_a_time: usize,
}

impl Asked {
    async fn open(arguments: &Arguments, suite: &Suite, pool: &Pool) -> anyhow::Result<Self> {
        let desk = Arc::new(Desk::open(arguments.asking.clone())?);
        let client = desk.client(&arguments.judge).await?;
        let Arguments { form, repeat, sampling, .. } = *arguments;
        let judge = VisionJudge::new(client, Arc::clone(&desk), form, repeat, sampling);
        if arguments.fresh && arguments.run.join("run.json").exists() {
            std::fs::remove_dir_all(&arguments.run)
                .with_context(|| arguments.run.display().to_string())?;
        }
        let manifest = manifest(arguments, suite, pool, judge.describe());
        let (folder, progressed) = RunFolder::open(&arguments.run, &manifest)?;
        let folder = Arc::new(folder);
        desk.begin(&folder, &progressed.exchanges);
        Ok(Self { judge, folder, form, at_a_time: desk.concurrency().max(1) })
    }

    /// What it says of all pairs of one page.
    async fn about(
        &self,
        arguments: &Arguments,
        task: &TaskId,
        pages: &Pages,
        progress: impl Fn(usize, usize),
    ) -> anyhow::Result<Vec<Judged>> {
        let mut judged = Vec::new();
        let mut waiting = Vec::new();
        for (index, subject) in subjects(&arguments.kinds).into_iter().enumerate() {
            let sides = pages.sides(subject).context("a pair was not rendered")?;
            let draws = subject.draws(arguments.repeat);
            waiting.extend((0..draws).map(|draw| (index, draw, sides.clone())));
            let unasked = Said::Null("not asked".to_owned());
            judged.push(Judged {
                page: task.to_string(),
                subject,
                said: vec![unasked; draws as usize],
            });
        }
        waiting.reverse();
        let questions = waiting.len();
        let mut running = JoinSet::new();
        let mut ending: Option<anyhow::Error> = None;
        loop {
            while running.len() < self.at_a_time
                && ending.is_none()
                && let Some((index, draw, sides)) = waiting.pop()
            {
                let (judge, folder, task) =
                    (self.judge.clone(), Arc::clone(&self.folder), task.clone());
                let form = self.form;
                running.spawn(async move {
                    let said = ask(&judge, form, (&folder, &task), &sides, draw).await;
                    (index, draw, said)
                });
            }
            let Some(ended) = running.join_next().await else { break };
            let (index, draw, said) = ended?;
            let place = judged.get_mut(index).and_then(|pair| pair.said.get_mut(draw as usize));
            match (said, place) {
                (Ok(said), Some(place)) => *place = said,
                (Ok(_), None) => {}
                // Answers that are under way are paid for: they are waited for and kept.
                (Err(error), _) => {
                    ending.get_or_insert(error);
                }
            }
            progress(questions - waiting.len() - running.len(), questions);
        }
        match ending {
            Some(error) => {
                Err(error.context("stopped; what is answered is kept for the next time"))
            }
            None => Ok(judged),
        }
    }

    /// What all answers took when they were given, whenever that was.
    fn spending(&self) -> anyhow::Result<Spending> {
        let exchanges = read_run(self.folder.path())?.exchanges;
        // Equal questions are one question.
        let by_key: BTreeMap<_, _> =
            exchanges.into_iter().map(|asked| (asked.key.clone(), asked)).collect();
        Ok(by_key.values().fold(Spending::default(), Spending::with))
    }
}

/// Asks once. Only what ends the whole run is an error.
async fn ask(
    judge: &VisionJudge,
    form: Form,
    (folder, task): (&RunFolder, &TaskId),
    [reference, candidate]: &[Arc<Capture>; 2],
    draw: u32,
) -> anyhow::Result<Said> {
    let (Some(shown), Some(attempt)) = (picture(reference), picture(candidate)) else {
        bail!("a page was rendered without a picture");
    };
    let reference = Side { picture: shown, capture: Some(reference) };
    let candidate = Side { picture: attempt, capture: Some(candidate) };
    match judge.answer(folder, task, (reference, candidate), draw).await {
        Ok(Ok(ten)) => Ok(Said::Values(row(&criteria::scores(form, &[ten])))),
        Ok(Err(reason)) => Ok(Said::Unreadable(reason)),
        Err(AskError::Fault(fault)) => Ok(Said::Null(fault.to_string())),
        Err(AskError::Run(error)) => Err(error.into()),
    }
}

fn picture(capture: &Capture) -> Option<&Png> {
    capture.full_page_png.as_ref()
}

fn manifest(
    arguments: &Arguments,
    suite: &Suite,
    pool: &Pool,
    mut asking: BTreeMap<String, String>,
) -> RunManifest {
    let kinds: Vec<&str> = arguments.kinds.iter().map(|kind| kind.name).collect();
    asking.insert("judge.ladder".to_owned(), kinds.join(","));
    RunManifest {
        format: [FORMAT_MAJOR, FORMAT_MINOR],
        suite: suite.name.clone(),
        suite_hash: suite::hash(suite),
        protocol: match arguments.form {
            Form::V1 => "web2code-wcgb/v1",
            Form::Compat => "web2code-wcgb/compat",
        }
        .to_owned(),
        model: "ladder".to_owned(),
        judge: arguments.judge.clone(),
        tasks: suite.tasks.iter().map(|task| task.id.clone()).collect(),
        policy: RenderPolicy::default(),
        viewport: None,
        versions: BTreeMap::from([
            ("pageloom".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
            ("browser".to_owned(), pool.installation().version.clone()),
            ("fonts".to_owned(), machine::font_set()),
        ]),
        asking,
    }
}
