//! `pageloom score`.

use anyhow::Result;
use pageloom_run::pages::{open_page, open_side, score_sides};
use pageloom_schema::{Fault, Scores};
use serde::Serialize;

use super::start_pool;
use crate::args::{ScoreArgs, ShortFormat};
use crate::exit::Exit;
use crate::settings::Settings;

#[derive(Serialize)]
struct Output<'a> {
    fault: Option<&'a Fault>,
    #[serde(flatten)]
    scores: &'a Scores,
}

pub(crate) async fn run(args: &ScoreArgs, settings: &Settings) -> Result<Exit> {
    let reference = open_side(&args.reference)?;
    let candidate = open_page(&args.candidate)?;
    let pool = start_pool(settings).await?;
    let viewport = settings.viewport()?.unwrap_or_default();
    let outcome = score_sides(&pool, &reference, &candidate, viewport, &settings.policy()).await;
    let (scores, fault) = match outcome {
        Ok(outcome) => outcome,
        Err(fault) => {
            eprintln!("error: {fault}");
            return Ok(match fault {
                Fault::Page(_) => Exit::PageFault,
                Fault::System(_) => Exit::SystemFaults,
            });
        }
    };
    match args.format {
        ShortFormat::Json => {
            let output = Output { fault: fault.as_ref(), scores: &scores };
            println!("{}", serde_json::to_string_pretty(&output)?);
        }
        ShortFormat::Table => {
            if let Some(fault) = &fault {
                println!("{fault}\n");
            }
            for score in &scores.scores {
                let value = score.value.map_or("–".to_owned(), |value| format!("{value:.4}"));
                let [_, top] = score.range;
                println!("{:<32} {value:>8} of {top:<4} {}", score.metric, score.explanation);
            }
        }
    }
    Ok(if fault.is_some() { Exit::PageFault } else { Exit::Done })
}
