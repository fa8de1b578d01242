//! `pageloom eval`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use pageloom_run::suite::{self, Layout};
use pageloom_run::{
    Desk, EvaluateOptions, Model, Pool, Progress, ReferenceCache, evaluate, has_system_faults,
};
use pageloom_schema::{Suite, Summary};
use tokio::sync::watch;

use super::interacting::{open_rebuilding, open_testing, other_models};
use super::models::{Opened, open_desk, open_judge, open_model};
use super::{progress_bar, start_pool, stop_signal};
use crate::args::{EvalArgs, LayoutName, ShortFormat};
use crate::exit::{Exit, UsageError};
use crate::settings::Settings;

pub(crate) async fn run(args: &EvalArgs, settings: &Settings) -> Result<Exit> {
    // All that can be wrong with the request is found before anything costly.
    let mut suite = open_suite(args)?;
    if let Some(protocol) = &args.protocol {
        suite::set_protocol(&mut suite, protocol)?;
    }
    let mut names = vec![args.model.as_str(), args.judge.as_str()];
    names.extend(other_models(args));
    let desk = open_desk(&names, settings)?;
    let (model, mut asking) = open_model(&args.model, desk.as_ref(), settings).await?;
    model.check(&args.model, &suite)?;
    let asked = (suite.protocol.as_str(), args.judge_repeat);
    let judge = open_judge(&args.judge, asked, desk.as_ref(), settings).await?;
    asking.extend(judge.describe());
    let rebuilding = open_rebuilding(args, &suite, desk.as_ref(), settings, &mut asking).await?;
    if let (Model::Endpoint(model), Some(rebuilding)) = (&model, &rebuilding) {
        // The question about a recording has limits of its own.
        asking.extend(Desk::describe(&model.client, "model", rebuilding.shown.sampling));
    }
    let testing = open_testing(args, &suite, desk.as_ref(), settings, &mut asking).await?;
    let opened = Opened { model, judge, desk, asking, rebuilding, testing };
    let out = args.out.clone().unwrap_or_else(|| default_out(&suite.name, &args.model));
    let pool = start_pool(settings).await?;
    let job = Job {
        suite,
        opened,
        model_name: args.model.clone(),
        judge_name: args.judge.clone(),
        out: out.clone(),
    };
    let summary = evaluate_one(job, &pool, None, settings, stop_signal()).await?;
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

/// The suite that is meant, or the part of it that is asked for.
fn open_suite(args: &EvalArgs) -> Result<Suite> {
    let (name, layout) = match (&args.interact.data, args.suite.as_str()) {
        (Some(data), "webgen-bench") => (data.to_string_lossy(), Some(Layout::WebGenBench)),
        (Some(data), "iwr-bench") => (data.to_string_lossy(), Some(Layout::IwrBench)),
        (Some(_), other) => {
            return Err(UsageError(format!(
                "--data goes with webgen-bench or iwr-bench, and not with `{other}`\nhint: name the file in place of the suite"
            ))
            .into());
        }
        (None, "webgen-bench" | "iwr-bench") => {
            return Err(UsageError(format!(
                "{} is not bundled\nhint: name its file with --data FILE.jsonl",
                args.suite
            ))
            .into());
        }
        (None, name) => (name.into(), args.layout.map(Layout::from)),
    };
    let mut suite = suite::open(&name, layout)?;
    if !args.interact.only.is_empty() {
        let only: BTreeSet<&str> = args.interact.only.iter().map(String::as_str).collect();
        if let Some(missing) =
            only.iter().find(|id| !suite.tasks.iter().any(|task| task.id.as_str() == **id))
        {
            return Err(UsageError(format!(
                "suite `{}` has no task `{missing}`\nhint: --only takes ids of tasks",
                suite.name
            ))
            .into());
        }
        suite.tasks.retain(|task| only.contains(task.id.as_str()));
    }
    Ok(suite)
}

/// One evaluation of several.
pub(crate) struct Job {
    pub(crate) suite: Suite,
    pub(crate) opened: Opened,
    pub(crate) model_name: String,
    pub(crate) judge_name: String,
    pub(crate) out: PathBuf,
}

/// Runs one evaluation with a progress bar.
pub(crate) async fn evaluate_one(
    job: Job,
    pool: &Arc<Pool>,
    cache: Option<&ReferenceCache>,
    settings: &Settings,
    stop: watch::Receiver<bool>,
) -> Result<Summary> {
    let bar = progress_bar(settings, job.suite.tasks.len(), &job.model_name);
    let mut faults = 0_u32;
    let options = EvaluateOptions {
        suite: job.suite,
        model: job.opened.model,
        model_name: job.model_name,
        judge: job.opened.judge,
        judge_name: job.judge_name,
        desk: job.opened.desk,
        asking: job.opened.asking,
        rebuilding: job.opened.rebuilding,
        testing: job.opened.testing,
        out: job.out,
        policy: settings.policy(),
        viewport: settings.viewport()?,
        workers: settings.workers.value,
    };
    let mut watch = |progress: Progress<'_>| match progress {
        Progress::Started { finished, .. } => bar.set_position(finished as u64),
        Progress::Sample(result) => {
            bar.inc(1);
            if result.fault.is_some() {
                faults += 1;
            }
        }
    };
    let summary = evaluate(options, Arc::clone(pool), cache, stop, &mut watch).await;
    bar.finish_and_clear();
    if faults > 0 {
        note(settings, &format!("{faults} samples with a fault; see the report"));
    }
    Ok(summary?)
}

/// Talk goes to stderr, and only when it is wanted.
pub(crate) fn note(settings: &Settings, text: &str) {
    if !settings.quiet {
        eprintln!("{text}");
    }
}

fn default_out(suite: &str, model: &str) -> PathBuf {
    let model = model.strip_prefix("baseline:").unwrap_or(model);
    let clean: String = model
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or(model)
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' })
        .collect();
    Path::new("runs").join(suite).join(clean)
}

impl From<LayoutName> for Layout {
    fn from(name: LayoutName) -> Self {
        match name {
            LayoutName::Pageloom => Self::Pageloom,
            LayoutName::Design2Code => Self::Design2Code,
            LayoutName::Html => Self::Html,
            LayoutName::Web2Code => Self::Web2Code,
            LayoutName::Wub => Self::Wub,
            LayoutName::WebSrc => Self::WebSrc,
            LayoutName::IwrBench => Self::IwrBench,
            LayoutName::WebGenBench => Self::WebGenBench,
        }
    }
}
