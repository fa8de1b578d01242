//! `pageloom demo`: the built-in baselines on the bundled suite, and a report.

use std::collections::BTreeMap;

use anyhow::Result;
use pageloom_run::{BASELINES, Judge, Model, ReferenceCache, RunError, has_system_faults, suite};

use super::eval::{Job, evaluate_one, note};
use super::models::{Opened, open_desk, open_judge, open_model};
use super::{report, start_pool, stop_signal};
use crate::args::DemoArgs;
use crate::exit::Exit;
use crate::settings::Settings;

pub(crate) async fn run(args: &DemoArgs, settings: &Settings) -> Result<Exit> {
    let pages = suite::open("pages", None)?;
    let pool = start_pool(settings).await?;
    let stop = stop_signal();
    let cache = ReferenceCache::default();
    let mut runs = Vec::new();
    let mut faulted = false;
    for name in BASELINES {
        let model_name = format!("baseline:{name}");
        let model = match Model::find(&model_name) {
            Ok(model) => model,
            Err(RunError::Missing { what, hint }) => {
                note(settings, &format!("left out {model_name}: {what} is missing ({hint})"));
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let out = args.out.join(name);
        let opened = Opened {
            model,
            judge: Judge::Local,
            desk: None,
            asking: BTreeMap::new(),
            rebuilding: None,
            testing: None,
        };
        let job = Job {
            suite: pages.clone(),
            opened,
            model_name,
            judge_name: "local".to_owned(),
            out: out.clone(),
        };
        let summary = evaluate_one(job, &pool, Some(&cache), settings, stop.clone()).await?;
        faulted |= has_system_faults(&summary);
        runs.push(out);
    }
    if let Some(name) = &args.endpoint {
        let name = if name == "fake" { "fake:pages" } else { name };
        let out = args.out.join("endpoint");
        let desk = open_desk(&[name], settings)?;
        let (model, mut asking) = open_model(name, desk.as_ref(), settings).await?;
        let asked = (pages.protocol.as_str(), 1);
        let judge = open_judge(name, asked, desk.as_ref(), settings).await?;
        asking.extend(judge.describe());
        let job = Job {
            suite: pages.clone(),
            opened: Opened { model, judge, desk, asking, rebuilding: None, testing: None },
            model_name: name.to_owned(),
            judge_name: name.to_owned(),
            out: out.clone(),
        };
        let summary = evaluate_one(job, &pool, Some(&cache), settings, stop.clone()).await?;
        faulted |= has_system_faults(&summary);
        runs.push(out);
    }
    let logs = report::load_all(&runs)?;
    print!("{}", pageloom_report::table(&logs, report::terminal_width()));
    let page = pageloom_report::write_html(&logs, &args.out.join("report"))?;
    println!("\nreport: {}", page.display());
    Ok(if faulted { Exit::SystemFaults } else { Exit::Done })
}
