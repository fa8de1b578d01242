//! One module a command.
#![expect(clippy::disallowed_methods, reason = "a second Ctrl-C ends the process at once")]

pub(crate) mod build;
pub(crate) mod demo;
pub(crate) mod deps;
pub(crate) mod doctor;
pub(crate) mod eval;
pub(crate) mod generate;
pub(crate) mod interacting;
pub(crate) mod judge;
pub(crate) mod models;
pub(crate) mod record;
pub(crate) mod render;
pub(crate) mod report;
pub(crate) mod reward;
pub(crate) mod scaffold;
pub(crate) mod score;
pub(crate) mod tasks;

use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};
use pageloom_run::website::{BuilderChoice, SiteBuilder, SiteBuilderConfig};
use pageloom_run::{Pool, RunError, WorkerProgram};
use tokio::sync::watch;

use crate::args::{BuilderName, SiteArgs};
use crate::settings::Settings;

/// Starts the browsers.
pub(crate) async fn start_pool(settings: &Settings) -> Result<Arc<Pool>, RunError> {
    Ok(Arc::new(Pool::start(settings.pool()).await?))
}

/// Opens the dependency store and gets the builders ready.
pub(crate) fn open_builder(
    args: &SiteArgs,
    settings: &Settings,
) -> anyhow::Result<Arc<SiteBuilder>> {
    let program = std::env::current_exe()?;
    let worker = WorkerProgram { program, args: vec!["build-worker".into()] };
    Ok(Arc::new(SiteBuilder::open(SiteBuilderConfig {
        store: settings.store()?,
        offline: args.offline,
        worker,
        workers: settings.workers.value,
        unconfined: args.unconfined,
        choice: match args.builder {
            BuilderName::Auto => BuilderChoice::Auto,
            BuilderName::Fast => BuilderChoice::Fast,
            BuilderName::Exact => BuilderChoice::Exact,
        },
    })?))
}

/// A progress bar on a terminal, and nothing elsewhere.
pub(crate) fn progress_bar(settings: &Settings, length: usize, what: &str) -> ProgressBar {
    if settings.quiet {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(length as u64).with_message(what.to_owned());
    if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len} {eta}") {
        bar.set_style(style);
    }
    bar
}

/// What is being done and for how long, on a terminal; nothing elsewhere.
pub(crate) fn spinner(settings: &Settings) -> ProgressBar {
    if settings.quiet {
        return ProgressBar::hidden();
    }
    let spinner = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
        spinner.set_style(style);
    }
    // Whoever waits for an answer sees that time passes.
    spinner.enable_steady_tick(std::time::Duration::from_millis(120));
    spinner
}

/// Becomes true at the first Ctrl-C or request to end; a second one ends the process at once.
pub(crate) fn stop_signal() -> watch::Receiver<bool> {
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        wait_for_signal().await;
        sender.send_replace(true);
        wait_for_signal().await;
        std::process::exit(crate::exit::Exit::Stopped as i32);
    });
    receiver
}

async fn wait_for_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}
