//! `pageloom judge`.

use std::path::{Path, PathBuf};

use anyhow::Result;
use pageloom_run::rejudge::{RejudgeOptions, rejudge};
use pageloom_run::{Judge, Progress, has_system_faults, log};

use super::eval::note;
use super::models::{open_desk, open_judge};
use super::{progress_bar, stop_signal};
use crate::args::{JudgeArgs, ShortFormat};
use crate::exit::Exit;
use crate::settings::Settings;

pub(crate) async fn run(args: &JudgeArgs, settings: &Settings) -> Result<Exit> {
    let source = log::read_run(&args.run)?;
    let protocol = args.protocol.clone().unwrap_or_else(|| source.manifest.protocol.clone());
    // Answers to questions are not judged, whoever is named.
    Judge::form_of(&protocol, false)?;
    let desk = open_desk(&[&args.judge], settings)?;
    let asked = (protocol.as_str(), args.judge_repeat);
    let judge = open_judge(&args.judge, asked, desk.as_ref(), settings).await?;
    let out = args.out.clone().unwrap_or_else(|| beside(&args.run, &args.judge));
    let bar = progress_bar(settings, source.manifest.tasks.len(), &args.judge);
    let options = RejudgeOptions {
        source,
        folder: args.run.clone(),
        asking: judge.describe(),
        judge,
        judge_name: args.judge.clone(),
        protocol,
        desk,
        out: out.clone(),
        workers: settings.workers.value,
    };
    let mut watch = |progress: Progress<'_>| match progress {
        Progress::Started { finished, .. } => bar.set_position(finished as u64),
        Progress::Sample(_) => bar.inc(1),
    };
    let summary = rejudge(options, stop_signal(), &mut watch).await;
    bar.finish_and_clear();
    let summary = summary?;
    match args.format {
        ShortFormat::Json => println!("{}", serde_json::to_string_pretty(&summary)?),
        ShortFormat::Table => {
            let log = pageloom_report::load(&out)?;
            print!("{}", pageloom_report::table(&[log], super::report::terminal_width()));
            note(settings, &format!("run: {}", out.display()));
        }
    }
    Ok(if has_system_faults(&summary) { Exit::SystemFaults } else { Exit::Done })
}

/// `RUN-JUDGE`, beside the run.
fn beside(run: &Path, judge: &str) -> PathBuf {
    let clean = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    let judge: String = judge.chars().map(clean).collect();
    let name = run.file_name().map_or("run".into(), |name| name.to_string_lossy());
    run.with_file_name(format!("{name}-{judge}"))
}
