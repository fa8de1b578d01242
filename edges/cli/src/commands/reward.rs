//! `pageloom reward`.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use pageloom_run::website::{
    BatchOptions, Completion, Guard, RewardRow, RewardRun, Rewarded, Rewarder, RewarderConfig,
    SiteJudge, reward_all,
};
use pageloom_run::{Installation, Rubric, RunError, Scaffold, Weights};
use pageloom_schema::{Fault, Millis, VisitPlan};
use serde::Deserialize;
use tokio::sync::{mpsc, watch};

use super::models::open_desk;
use super::{open_builder, progress_bar, start_pool, stop_signal};
use crate::args::{GuardName, RewardArgs};
use crate::exit::{Exit, UsageError};
use crate::settings::Settings;

/// The longest line of the input, in bytes.
const MAX_LINE: usize = 512 << 20;

/// A line of the input.
#[derive(Deserialize)]
struct Line {
    id: Option<serde_json::Value>,
    completion: String,
    #[serde(default)]
    instruction: Option<String>,
}

pub(crate) async fn run(args: &RewardArgs, settings: &Settings) -> Result<Exit> {
    if args.print_rubric {
        print!("{}", Weights::built_in_text());
        return Ok(Exit::Done);
    }
    let Some(file) = &args.file else { return Ok(Exit::Usage) };
    let rubric = open_rubric(&args.rubric)?;
    let scaffold =
        args.scaffold.as_deref().map(Scaffold::find).transpose().map_err(RunError::from)?;
    if let Some(folder) = &args.pictures {
        std::fs::create_dir_all(folder).map_err(RunError::storage("create", folder))?;
    }
    // The input is read whole once before anything is started, unless it can be read only once.
    let standard = file == Path::new("-");
    let wants_run = args.run.is_some() || args.judge != "local";
    if standard && wants_run {
        return Err(UsageError(
            "a run is of completions that are known, and standard input is read as it comes\nhint: name a file"
                .to_owned(),
        )
        .into());
    }
    let known: Vec<Completion> = match (standard, wants_run) {
        (false, true) => lines(file)?.collect::<Result<_>>()?,
        _ => Vec::new(),
    };
    let count =
        if standard { 0 } else { lines(file)?.try_fold(0, |n, line| line.map(|_| n + 1))? };
    let mut plan = VisitPlan::default();
    plan.policy.deadline = Millis((settings.deadline.value * 1000.0) as u64);
    let mut kept = Kept::open(args, (&rubric, &plan), &known, settings).await?;
    let judge = kept.as_mut().and_then(|kept| kept.judge.take());
    let builder = open_builder(&args.site, settings)?;
    let pool = start_pool(settings).await?;
    let ahead = judge.as_ref().map_or(0, |_| settings.concurrency());
    let config = RewarderConfig { rubric, scaffold, strict: args.strict, plan, judge };
    let rewarder = Arc::new(Rewarder::new(pool, builder, config));
    let options = BatchOptions {
        workers: settings.workers.value,
        timings: !args.no_timings,
        pictures: args.pictures.is_some() || kept.is_some(),
        ahead,
    };
    let bar = progress_bar(settings, count, "reward");
    let mut output = std::io::stdout().lock();
    let mut print = |line: &[u8]| {
        output.write_all(line)?;
        output.flush()?;
        bar.inc(1);
        Ok::<(), std::io::Error>(())
    };
    // Rows come in the order of the input: those that are finished stand between those that are not.
    let mut finished: VecDeque<(String, Vec<u8>)> = VecDeque::new();
    let input = match &kept {
        Some(kept) => {
            let row = |completion: &Completion| kept.run.row(completion).unwrap_or_default();
            finished.extend(known.iter().map(|one| (one.id.clone(), row(one))));
            let todo = known.into_iter().zip(&finished).filter(|(_, (_, row))| row.is_empty());
            of_memory(todo.map(|(completion, _)| completion).collect(), stop_signal())
        }
        None => read_ahead(file),
    };
    let mut broken = false;
    let mut ended: Option<Arc<RunError>> = None;
    let done = |completion: &Completion, row: RewardRow, rewarded: &Rewarded| {
        while let Some((_, earlier)) = finished.pop_front_if(|(id, _)| *id != completion.id) {
            print(&earlier)?;
        }
        finished.pop_front();
        if let Some(ending) = &rewarded.ending {
            ended.get_or_insert_with(|| Arc::clone(ending));
            return Ok(());
        }
        let mut line = serde_json::to_vec(&row)?;
        line.push(b'\n');
        if let Some(kept) = &mut kept {
            kept.run.keep(completion, &row, &line, rewarded)?;
        }
        broken |= matches!(row.fault, Some(Fault::System(_)));
        if let (Some(folder), Some(png)) = (&args.pictures, &rewarded.picture) {
            let path = folder.join(format!("{}.png", file_name(&row.id)));
            std::fs::write(&path, &png.0).map_err(RunError::storage("write", &path))?;
        }
        // After a gap, rows are kept for the next time and not given out of their order.
        if ended.is_none() {
            print(&line)?;
        }
        Ok::<(), anyhow::Error>(())
    };
    let outcome = reward_all(&rewarder, options, input, done).await;
    bar.finish_and_clear();
    if let Some(ending) = ended {
        return Err(Ending(ending).into());
    }
    outcome?;
    for (_, earlier) in &finished {
        print(earlier)?;
    }
    if let Some(kept) = &kept {
        kept.run.finish()?;
        if let Some(folder) = &args.pictures {
            kept.run.write_pictures(folder, file_name)?;
        }
        super::eval::note(settings, &format!("run: {}", kept.folder.display()));
    }
    Ok(if broken { Exit::SystemFaults } else { Exit::Done })
}

/// Why a batch ends before its input does.
#[derive(Debug)]
pub(crate) struct Ending(pub(crate) Arc<RunError>);

impl std::fmt::Display for Ending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Ending {}

/// The run that rows are kept in.
struct Kept {
    run: RewardRun,
    folder: PathBuf,
    judge: Option<SiteJudge>,
}

impl Kept {
    /// Opens the run, and the judge that writes into it, where there are any.
    async fn open(
        args: &RewardArgs,
        (rubric, plan): (&Rubric, &VisitPlan),
        known: &[Completion],
        settings: &Settings,
    ) -> Result<Option<Self>> {
        let Some(file) = args.file.as_ref().filter(|_| args.run.is_some() || args.judge != "local")
        else {
            return Ok(None);
        };
        let name = file.file_stem().map_or("rewards".into(), |name| name.to_string_lossy());
        let folder = args.run.clone().unwrap_or_else(|| Path::new("runs/rewards").join(&*name));
        let mut told = BTreeMap::from([
            ("reward.rubric".to_owned(), rubric.name().to_owned()),
            ("reward.weights".to_owned(), rubric.fingerprint()),
            ("reward.builder".to_owned(), format!("{:?}", args.site.builder).to_lowercase()),
            ("reward.browser".to_owned(), browser_version(settings)?),
            ("reward.scaffold".to_owned(), args.scaffold.clone().unwrap_or_default()),
            ("reward.strict".to_owned(), args.strict.to_string()),
            ("reward.timings".to_owned(), (!args.no_timings).to_string()),
        ]);
        let repeat = args.judge_repeat;
        let guard = match args.judge_guard {
            GuardName::Blind => Guard::Blind,
            GuardName::Redaction => Guard::Redaction,
        };
        let mut asked = None;
        if args.judge != "local" {
            let no_judge = || RunError::NoJudge(args.judge.clone());
            let desk = open_desk(&[&args.judge], settings)?.ok_or_else(no_judge)?;
            let client = desk.client(&args.judge).await?;
            let sampling = settings.judge_sampling()?;
            told.extend(SiteJudge::describe(&client, repeat, sampling, guard));
            asked = Some((desk, client, sampling));
        }
        let names = (&*name, args.judge.as_str(), rubric.name());
        let run = RewardRun::open(&folder, names, known, plan, told)?;
        let judge = asked.map(|(desk, client, sampling)| {
            desk.begin(run.folder(), run.exchanges());
            SiteJudge::new(client, desk, Arc::clone(run.folder()), repeat, sampling, guard)
        });
        Ok(Some(Self { run, folder, judge }))
    }
}

/// What renders, as runs record it.
fn browser_version(settings: &Settings) -> Result<String> {
    let found = Installation::find(settings.browser.value.as_deref()).map_err(RunError::from)?;
    Ok(found.version)
}

/// Completions that were read already, until somebody says stop.
fn of_memory(
    completions: Vec<Completion>,
    mut stop: watch::Receiver<bool>,
) -> mpsc::Receiver<Result<Completion>> {
    let (sender, input) = mpsc::channel(1);
    let tasks = completions.len();
    tokio::spawn(async move {
        for (number, completion) in completions.into_iter().enumerate() {
            let next = tokio::select! {
                biased;
                Ok(_) = stop.wait_for(|stop| *stop) => {
                    Err(RunError::Stopped { finished: number, tasks }.into())
                }
                place = sender.reserve() => match place {
                    Ok(place) => {
                        place.send(Ok(completion));
                        continue;
                    }
                    Err(_) => break,
                },
            };
            drop(sender.send(next).await);
            break;
        }
    });
    input
}

fn open_rubric(name: &str) -> Result<Rubric> {
    if let Some(rubric) = Rubric::find(name) {
        return Ok(rubric);
    }
    let path = Path::new(name);
    if !path.is_file() {
        return Err(UsageError(format!(
            "no rubric `{name}`: it is neither {} nor a file\nhint: `pageloom reward --print-rubric` prints a file to start from",
            Rubric::NAMES.join(", ")
        ))
        .into());
    }
    let text = std::fs::read_to_string(path).map_err(RunError::storage("read", path))?;
    Ok(Rubric::Graded(Weights::parse(&text).map_err(RunError::from)?))
}

/// The completions of a file, read by a thread of its own: whoever writes them to standard input may
/// wait for a row before the next one.
fn read_ahead(file: &Path) -> mpsc::Receiver<Result<Completion>> {
    let (sender, input) = mpsc::channel(1);
    let file = file.to_owned();
    std::thread::spawn(move || {
        let lines = match lines(&file) {
            Ok(lines) => lines,
            Err(error) => Box::new(std::iter::once(Err(error))),
        };
        for line in lines {
            if sender.blocking_send(line).is_err() {
                break;
            }
        }
    });
    input
}

/// The completions of a file, one by one.
fn lines(file: &Path) -> Result<Box<dyn Iterator<Item = Result<Completion>>>> {
    let reader: Box<dyn BufRead> = if file == Path::new("-") {
        Box::new(BufReader::new(std::io::stdin()))
    } else {
        let opened = File::open(file).map_err(RunError::storage("read", file))?;
        Box::new(BufReader::new(opened))
    };
    let name = file.display().to_string();
    let mut number = 0_usize;
    let mut reader = reader;
    Ok(Box::new(std::iter::from_fn(move || {
        loop {
            let mut line = Vec::new();
            let read =
                std::io::Read::take(&mut reader, MAX_LINE as u64).read_until(b'\n', &mut line);
            match read {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) => {
                    let unreadable =
                        RunError::BadCompletion { place: name.clone(), message: error.to_string() };
                    return Some(Err(unreadable.into()));
                }
            }
            number += 1;
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            return Some(completion(&line, number, &name));
        }
    })))
}

fn completion(line: &[u8], number: usize, name: &str) -> Result<Completion> {
    let parsed: Line = serde_json::from_slice(line).map_err(|error| RunError::BadCompletion {
        place: format!("{name}, line {number}"),
        message: error.to_string(),
    })?;
    let id = match parsed.id {
        Some(serde_json::Value::String(id)) => id,
        Some(serde_json::Value::Null) | None => format!("line-{number}"),
        Some(other) => other.to_string(),
    };
    Ok(Completion { id, completion: parsed.completion, instruction: parsed.instruction })
}

/// An id as a file name.
fn file_name(id: &str) -> String {
    let keep = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    let name: String = id.chars().take(100).map(keep).collect();
    name.trim_start_matches('.').to_owned()
}
