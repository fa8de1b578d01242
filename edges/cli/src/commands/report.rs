//! `pageloom report` and `pageloom compare`.
#![expect(
    clippy::disallowed_methods,
    reason = "COLUMNS is how a shell tells the width of its terminal"
)]

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Result;
use pageloom_report::{ReportError, RunLog};

use crate::args::{CompareArgs, ReportArgs, ReportFormat, ShortFormat};
use crate::exit::Exit;

pub(crate) fn run(args: &ReportArgs) -> Result<Exit> {
    let logs = load_all(&args.runs)?;
    let text = match args.format {
        ReportFormat::Table => {
            let mut text = pageloom_report::table(&logs, terminal_width());
            text.push_str(&pageloom_report::judge_tables(&logs, terminal_width()));
            if let [log] = logs.as_slice() {
                text.push('\n');
                text.push_str(&pageloom_report::sample_table(log, terminal_width()));
            }
            text
        }
        ReportFormat::Json => pageloom_report::json(&logs),
        ReportFormat::Csv => pageloom_report::csv(&logs),
        ReportFormat::Junit => pageloom_report::junit(&logs),
        ReportFormat::Html => {
            let out = args.out.clone().unwrap_or_else(|| PathBuf::from("report"));
            let page = pageloom_report::write_html(&logs, &out)?;
            format!("{}\n", page.display())
        }
    };
    print(&text)
}

pub(crate) fn compare(args: &CompareArgs) -> Result<Exit> {
    let a = pageloom_report::load(&args.a)?;
    let b = pageloom_report::load(&args.b)?;
    let comparison = pageloom_report::compare(&a, &b);
    print(&match args.format {
        ShortFormat::Table => comparison.table(terminal_width()),
        ShortFormat::Json => comparison.json(),
    })
}

/// Loads run folders in the order they were named.
pub(crate) fn load_all(runs: &[PathBuf]) -> Result<Vec<RunLog>, ReportError> {
    runs.iter().map(|run: &PathBuf| pageloom_report::load(Path::new(run))).collect()
}

/// Columns to lay a table out in: the terminal's, or plenty when the output goes elsewhere.
pub(crate) fn terminal_width() -> usize {
    if !std::io::stdout().is_terminal() {
        return 160;
    }
    let columns = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    columns.unwrap_or(120)
}

fn print(text: &str) -> Result<Exit> {
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(Exit::Done)
}
