//! `pageloom deps`.

use anyhow::Result;
use pageloom_run::{Prune, RunError, Warming};
use serde::Serialize;

use super::open_builder;
use crate::args::{BuilderName, DepsAction, DepsArgs, ShortFormat, SiteArgs};
use crate::exit::Exit;
use crate::settings::Settings;

/// One set's row on stdout.
#[derive(Serialize)]
struct Row {
    set: String,
    bundled: Option<String>,
    packages: usize,
    files: u64,
    bytes: u64,
}

pub(crate) async fn run(args: &DepsArgs, settings: &Settings) -> Result<Exit> {
    let unconfined = matches!(args.action, DepsAction::Warm { unconfined: true });
    let site = SiteArgs { builder: BuilderName::Auto, offline: false, unconfined };
    let builder = open_builder(&site, settings)?;
    let store = builder.store();
    match &args.action {
        DepsAction::List { format } => {
            let rows: Vec<Row> = store
                .list()
                .map_err(RunError::from)?
                .iter()
                .map(|set| Row {
                    set: set.id().to_string(),
                    bundled: set.bundled().map(str::to_owned),
                    packages: set.versions().len(),
                    files: set.files(),
                    bytes: set.size_bytes(),
                })
                .collect();
            match format {
                ShortFormat::Json => println!("{}", serde_json::to_string_pretty(&rows)?),
                ShortFormat::Table => {
                    for row in &rows {
                        println!(
                            "{}  {:<10} {:>5} packages {:>7} files {:>6} MiB",
                            row.set,
                            row.bundled.as_deref().unwrap_or("-"),
                            row.packages,
                            row.files,
                            row.bytes >> 20
                        );
                    }
                    println!("{} sets in {}", rows.len(), store.root().display());
                }
            }
        }
        DepsAction::Warm { .. } => {
            let quiet = settings.quiet;
            let told = |step: Warming| {
                if !quiet {
                    match step {
                        Warming::Present(name) => eprintln!("{name}: installed already"),
                        Warming::Begins(name) => eprintln!("{name}: installing"),
                        Warming::Done(name) => eprintln!("{name}: installed"),
                    }
                }
            };
            let sets = store.warm(told).await.map_err(RunError::from)?;
            for set in sets {
                builder.warm(&set).await?;
                println!("{} {}", set.id(), set.bundled().unwrap_or("-"));
            }
        }
        DepsAction::Prune { all } => {
            let which = if *all { Prune::All } else { Prune::KeepBundled };
            let removed = store.prune(which).map_err(RunError::from)?;
            println!("{removed} sets removed");
        }
    }
    Ok(Exit::Done)
}
