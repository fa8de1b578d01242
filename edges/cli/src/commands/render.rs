//! `pageloom render`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use pageloom_run::pages::open_page;
use pageloom_run::{Pool, RunError};
use pageloom_schema::{Capture, DomSnapshot, Fault, NodeKind, RenderPolicy, Site, Viewport};
use serde::Serialize;
use tokio::task::JoinSet;

use super::{progress_bar, start_pool};
use crate::args::{RenderArgs, ShortFormat, With};
use crate::exit::{Exit, UsageError};
use crate::settings::Settings;

/// One page's row on stdout.
#[derive(Serialize)]
struct Row {
    page: String,
    picture: Option<String>,
    width: u32,
    height: u32,
    /// The document's own height where the picture was cut.
    uncapped_height: Option<u32>,
    seconds: f64,
    /// Seconds by phase.
    phases: Vec<(String, f64)>,
    refused: usize,
    console_errors: usize,
    fault: Option<Fault>,
}

pub(crate) async fn run(args: &RenderArgs, settings: &Settings) -> Result<Exit> {
    // All pages are looked at before the first is rendered, and read again when their turn comes:
    // thousands do not fit into memory.
    for path in &args.pages {
        open_page(path)?;
    }
    let names = output_names(&args.pages)?;
    std::fs::create_dir_all(&args.out).map_err(RunError::storage("create", &args.out))?;
    let policy = RenderPolicy {
        full_page_png: args.full_page,
        viewport_png: !args.full_page,
        dom: args.with.iter().any(|with| matches!(with, With::Dom | With::Boxes)),
        accessibility: args.with.contains(&With::A11y),
        ..settings.policy()
    };
    let viewport = settings.viewport()?.unwrap_or_default();
    let pool = start_pool(settings).await?;
    let bar = progress_bar(settings, args.pages.len(), "render");
    let mut rows = Vec::new();
    let mut running = JoinSet::new();
    let mut waiting = args.pages.iter().zip(names).enumerate();
    loop {
        // A bounded number at a time, so that a thousand pages do not wait in memory as pictures.
        while running.len() < settings.workers.value
            && let Some((index, (path, name))) = waiting.next()
        {
            let job = Job {
                pool: Arc::clone(&pool),
                site: open_page(path)?,
                path: path.clone(),
                file: args.out.join(name),
                with: args.with.clone(),
            };
            let policy = policy.clone();
            running.spawn(async move { (index, job.run(viewport, &policy).await) });
        }
        let Some(ended) = running.join_next().await else { break };
        let (index, row) = ended?;
        bar.inc(1);
        rows.push((index, row?));
    }
    bar.finish_and_clear();
    rows.sort_by_key(|(index, _)| *index);
    let rows: Vec<Row> = rows.into_iter().map(|(_, row)| row).collect();
    match args.format {
        ShortFormat::Json => println!("{}", serde_json::to_string_pretty(&rows)?),
        ShortFormat::Table => rows.iter().for_each(print_row),
    }
    Ok(exit_of(&rows))
}

fn exit_of(rows: &[Row]) -> Exit {
    let faults = || rows.iter().filter_map(|row| row.fault.as_ref());
    if faults().any(|fault| matches!(fault, Fault::System(_))) {
        Exit::SystemFaults
    } else if faults().next().is_some() {
        Exit::PageFault
    } else {
        Exit::Done
    }
}

fn print_row(row: &Row) {
    let outcome = match (&row.fault, &row.picture) {
        (Some(fault), _) => fault.to_string(),
        (None, picture) => {
            let cut = row.uncapped_height.map_or(String::new(), |h| format!(", cut from {h}"));
            format!("{} {}x{}{cut}", picture.as_deref().unwrap_or("–"), row.width, row.height)
        }
    };
    let refused = match row.refused {
        0 => String::new(),
        count => format!(", {count} requests refused or not found"),
    };
    println!("{}: {outcome} ({:.2} s{refused})", row.page, row.seconds);
}

struct Job {
    pool: Arc<Pool>,
    path: PathBuf,
    site: Arc<Site>,
    /// Output path without its ending.
    file: PathBuf,
    with: Vec<With>,
}

impl Job {
    async fn run(self, viewport: Viewport, policy: &RenderPolicy) -> Result<Row> {
        let started = std::time::Instant::now();
        let outcome = self.pool.render(&self.site, viewport, policy).await;
        let seconds = started.elapsed().as_secs_f64();
        let mut row = Row {
            page: self.path.display().to_string(),
            picture: None,
            width: viewport.width,
            height: viewport.height,
            uncapped_height: None,
            seconds,
            phases: Vec::new(),
            refused: 0,
            console_errors: 0,
            fault: None,
        };
        match outcome {
            Err(fault) => row.fault = Some(fault),
            Ok(capture) => {
                row.picture = Some(self.write(&capture)?);
                if capture.full_page_png.is_some() {
                    row.height = capture.page_height;
                }
                row.uncapped_height = capture.uncapped_height;
                row.phases = capture.timings.0.clone();
                row.refused = capture.requests.len();
                row.console_errors = capture.exceptions.len();
            }
        }
        Ok(row)
    }

    fn write(&self, capture: &Capture) -> Result<String> {
        let picture = self.with_ending("png");
        let png = capture.full_page_png.as_ref().or(capture.viewport_png.as_ref());
        write(&picture, png.map_or(&[][..], |png| &png.0))?;
        for with in &self.with {
            let (ending, bytes) = match with {
                With::Dom => ("dom.json", serde_json::to_vec(&capture.dom)?),
                With::Boxes => ("boxes.json", serde_json::to_vec_pretty(&boxes(capture))?),
                With::A11y => ("a11y.json", serde_json::to_vec_pretty(&capture.accessibility)?),
                With::Console => (
                    "console.json",
                    serde_json::to_vec_pretty(&serde_json::json!({
                        "console": capture.console,
                        "exceptions": capture.exceptions,
                        "dialogs": capture.dialogs,
                        "dropped": capture.dropped_messages,
                    }))?,
                ),
                With::Requests => ("requests.json", serde_json::to_vec_pretty(&capture.requests)?),
            };
            write(&self.with_ending(ending), &bytes)?;
        }
        Ok(picture.display().to_string())
    }

    fn with_ending(&self, ending: &str) -> PathBuf {
        let name = self.file.file_name().unwrap_or_default().to_string_lossy();
        self.file.with_file_name(format!("{name}.{ending}"))
    }
}

/// Elements and text lines with their boxes `[x, y, width, height]`, in document order.
fn boxes(capture: &Capture) -> Vec<serde_json::Value> {
    let none = DomSnapshot::default();
    let dom = capture.dom.as_ref().unwrap_or(&none);
    let mut boxes = Vec::new();
    for node in &dom.nodes {
        let Some(rect) = node.bounds else { continue };
        let at = |rect: pageloom_schema::Rect| [rect.x, rect.y, rect.width, rect.height];
        match &node.kind {
            NodeKind::Element { tag, .. } => {
                boxes.push(serde_json::json!({"tag": tag, "box": at(rect)}));
            }
            NodeKind::Text(_) => {
                for line in &node.lines {
                    boxes.push(serde_json::json!({"text": line.text.trim(), "box": at(line.rect)}));
                }
            }
        }
    }
    boxes
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).map_err(RunError::storage("write", path))?;
    Ok(())
}

/// One output name a page: its file stem, or its folder's name for an `index.html`.
fn output_names(pages: &[PathBuf]) -> Result<Vec<String>, UsageError> {
    let mut names: Vec<String> = Vec::new();
    for page in pages {
        let stem = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let name = match stem(page) {
            Some(name) if name == "index" => page.parent().and_then(stem).unwrap_or(name),
            Some(name) => name,
            None => "page".to_owned(),
        };
        if names.contains(&name) {
            return Err(UsageError(format!(
                "two pages would be written as `{name}.png`\nhint: render them into two folders"
            )));
        }
        names.push(name);
    }
    Ok(names)
}
