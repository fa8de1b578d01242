//! `pageloom record`.
#![expect(
    clippy::disallowed_methods,
    reason = "the edge reads the environment: which screen there is"
)]

use std::path::Path;

use anyhow::Result;
use pageloom_run::interactive::{LiveRecording, Recorded, read_script_on, record};
use pageloom_run::{Display, Ffmpeg, RunError};

use super::{progress_bar, spinner, start_pool, stop_signal};
use crate::args::{RecordArgs, ShortFormat};
use crate::exit::{Exit, UsageError};
use crate::settings::Settings;

/// The task file where no other is named.
const TASKS: &str = "tasks.jsonl";

pub(crate) async fn run(args: &RecordArgs, settings: &Settings) -> Result<Exit> {
    match &args.live {
        Some(page) => live(page, args, settings).await,
        None => play(args, settings).await,
    }
}

/// Writes a script of what a person does in a window.
async fn live(page: &Path, args: &RecordArgs, settings: &Settings) -> Result<Exit> {
    let program = settings.browser.value.as_deref();
    let display = Display::find(|name| std::env::var_os(name))?;
    let recording = LiveRecording::prepare(page, args.out.as_deref(), display, program)?;
    let stop = stop_signal();
    let out = recording.out().to_owned();
    let bar = spinner(settings);
    bar.set_message("use the page, then close its window");
    let mut tell = |actions: usize| {
        bar.set_message(format!("{actions} actions; close the window when you are done"));
    };
    let recorded = recording.run(stop, &mut tell).await?;
    bar.finish_and_clear();
    if recorded.left_out > 0 && !settings.quiet {
        eprintln!(
            "note: {} things were left out: what they were done to cannot be called by name, or the \
             key cannot be played",
            recorded.left_out
        );
    }
    match args.format {
        ShortFormat::Json => println!("{}", serde_json::to_string_pretty(&recorded)?),
        ShortFormat::Table if recorded.actions == 0 => {
            println!("nothing was done, and nothing is written");
        }
        ShortFormat::Table => println!("{} actions in {}", recorded.actions, out.display()),
    }
    Ok(Exit::Done)
}

/// Plays scripts and writes what they show as tasks.
async fn play(args: &RecordArgs, settings: &Settings) -> Result<Exit> {
    let out = args.out.as_deref().unwrap_or(Path::new(TASKS));
    // Every script is read before anything is started.
    let scripts = args
        .scripts
        .iter()
        .map(|path| Ok((path.as_path(), read_script_on(path, args.site.as_deref())?)))
        .collect::<Result<Vec<_>>>()?;
    if out.extension().is_none_or(|ending| ending != "jsonl") || out.is_dir() {
        return Err(UsageError(format!(
            "`{}` is no name for a task file\nhint: write --out NAME.jsonl; the tasks go into NAME/",
            out.display()
        ))
        .into());
    }
    for (at, (_, script)) in scripts.iter().enumerate() {
        let id = &script.row.id;
        if scripts.iter().take(at).any(|(_, other)| other.row.id == *id) {
            return Err(UsageError(format!(
                "two of the scripts have the id `{id}`\nhint: one of them would take the other's place"
            ))
            .into());
        }
    }
    let ffmpeg = find_ffmpeg()?;
    let pool = start_pool(settings).await?;
    let bar = progress_bar(settings, scripts.len(), "record");
    let mut recorded = Vec::new();
    let mut stop = stop_signal();
    for (path, script) in &scripts {
        let done = tokio::select! {
            biased;
            // What is half recorded is dropped with its folder.
            Ok(_) = stop.wait_for(|stop| *stop) => {
                return Err(RunError::Stopped { finished: recorded.len(), tasks: scripts.len() }.into());
            }
            done = record(&pool, &ffmpeg, (path, script), out) => done,
        };
        recorded.push(done?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    match args.format {
        ShortFormat::Json => println!("{}", serde_json::to_string_pretty(&recorded)?),
        ShortFormat::Table => print!("{}", table(&recorded)),
    }
    Ok(Exit::Done)
}

/// The program that reads and writes videos.
pub(crate) fn find_ffmpeg() -> Result<Ffmpeg, RunError> {
    Ffmpeg::find().ok_or_else(|| RunError::Missing {
        what: "ffmpeg".to_owned(),
        hint: "run scripts/install-deps.sh".to_owned(),
    })
}

fn table(recorded: &[Recorded]) -> String {
    let mut text = format!(
        "{:<20} {:>7} {:>11} {:>6} {:>6} {:>6}  folder\n",
        "task", "actions", "checkpoints", "checks", "frames", "assets"
    );
    for task in recorded {
        text += &format!(
            "{:<20} {:>7} {:>11} {:>6} {:>6} {:>6}  {}\n",
            task.id,
            task.actions,
            task.checkpoints,
            task.checks,
            task.frames,
            task.assets,
            task.folder.display()
        );
    }
    text
}
