//! Models by their names: opening them for a command, `pageloom prices`, `pageloom stand-in`.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;

use anyhow::Result;
use pageloom_run::interactive::Rebuilding;
use pageloom_run::webgen_bench::Testing;
use pageloom_run::{
    Desk, Endpoint, EndpointModel, Judge, Model, PriceTable, RunError, Script, Standin, VisionJudge,
};

use crate::args::StandInArgs;
use crate::exit::{Exit, UsageError};
use crate::settings::{Settings, read_script};

/// The models of one run, and how they are asked.
pub(crate) struct Opened {
    pub(crate) model: Model,
    pub(crate) judge: Judge,
    pub(crate) desk: Option<Arc<Desk>>,
    pub(crate) asking: BTreeMap<String, String>,
    pub(crate) rebuilding: Option<Rebuilding>,
    pub(crate) testing: Option<Testing>,
}

/// A desk, where one of the names is that of a model behind an endpoint.
pub(crate) fn open_desk(names: &[&str], settings: &Settings) -> Result<Option<Arc<Desk>>> {
    if !names.iter().any(|name| Endpoint::is_named(name)) {
        let ask = &settings.ask;
        let given = [
            (ask.replay.is_some(), "--replay"),
            (ask.max_cost.is_some(), "--max-cost"),
            (ask.max_tokens.is_some(), "--max-tokens"),
            (ask.fake_script.is_some(), "--fake-script"),
        ];
        if let Some((_, flag)) = given.iter().find(|(given, _)| *given) {
            return Err(UsageError(format!(
                "{flag} is about models behind endpoints, and none is named here\nhint: name one with --model or --judge, or leave {flag} out"
            ))
            .into());
        }
        return Ok(None);
    }
    Ok(Some(Arc::new(Desk::open(settings.asking()?)?)))
}

/// Finds a model, and checks that it can be asked.
pub(crate) async fn open_model(
    name: &str,
    desk: Option<&Arc<Desk>>,
    settings: &Settings,
) -> Result<(Model, BTreeMap<String, String>)> {
    match desk.filter(|_| Endpoint::is_named(name)) {
        None => Ok((Model::find(name)?, BTreeMap::new())),
        Some(desk) => {
            let (client, sampling) = (desk.client(name).await?, settings.sampling()?);
            let told = Desk::describe(&client, "model", sampling);
            Ok((Model::Endpoint(EndpointModel { client, sampling }), told))
        }
    }
}

/// Finds a judge of pages, and checks that it can be asked.
pub(crate) async fn open_judge(
    name: &str,
    (protocol, repeat): (&str, u32),
    desk: Option<&Arc<Desk>>,
    settings: &Settings,
) -> Result<Judge> {
    let local = name == "local";
    let desk = desk.filter(|_| Endpoint::is_named(name));
    if !local && desk.is_none() {
        return Err(RunError::NoJudge(name.to_owned()).into());
    }
    match Judge::form_of(protocol, local)?.zip(desk) {
        None => Ok(Judge::Local),
        Some((form, desk)) => {
            let client = desk.client(name).await?;
            let sampling = settings.judge_sampling()?;
            Ok(Judge::Vision(VisionJudge::new(client, Arc::clone(desk), form, repeat, sampling)))
        }
    }
}

/// `pageloom prices`.
pub(crate) fn prices() -> Result<Exit> {
    std::io::stdout().write_all(PriceTable::built_in_text().as_bytes())?;
    Ok(Exit::Done)
}

/// `pageloom stand-in`: serves until it is told to end.
pub(crate) async fn stand_in(args: &StandInArgs, settings: &Settings) -> Result<Exit> {
    let script = match &args.script {
        Some(path) => read_script(path)?,
        None => Script::default(),
    };
    let standin = Standin::start(script, args.port).await?;
    // The one line on stdout: whoever started it reads the address there.
    println!("{}", standin.url());
    super::eval::note(settings, "Ctrl-C ends it; GET /counts tells what was asked");
    drop(super::stop_signal().wait_for(|stop| *stop).await);
    let counts = standin.counts();
    let asked: u32 = counts.values().map(|count| count.asked).sum();
    super::eval::note(settings, &format!("{asked} requests, {} different ones", counts.len()));
    Ok(Exit::Done)
}
