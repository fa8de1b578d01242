//! `pageloom tasks`: what is in a file of tasks, once everything in it was checked.

use anyhow::Result;
use pageloom_run::interactive::{read_task_file, task_statistics};
use pageloom_run::suite::{self, Layout};
use pageloom_run::webgen_bench::{benchmark_statistics, read_website_tasks};

use crate::args::{ShortFormat, TasksArgs};
use crate::exit::Exit;

pub(crate) fn run(args: &TasksArgs) -> Result<Exit> {
    let (file, layout) = suite::task_file(&args.file)?;
    let (value, table) = match layout {
        Layout::WebGenBench => {
            let statistics = benchmark_statistics(&read_website_tasks(&file)?);
            (serde_json::to_value(&statistics)?, statistics.table())
        }
        _ => {
            let statistics = task_statistics(&read_task_file(&file)?);
            (serde_json::to_value(&statistics)?, statistics.table())
        }
    };
    match args.format {
        ShortFormat::Json => println!("{}", serde_json::to_string_pretty(&value)?),
        ShortFormat::Table => print!("{table}"),
    }
    Ok(Exit::Done)
}
