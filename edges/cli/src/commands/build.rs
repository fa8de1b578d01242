//! `pageloom build`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use pageloom_run::website::{Construction, open_project, visit_routes};
use pageloom_run::{Pool, RunError};
use pageloom_schema::{BuildProblem, Builder, Fault, Site, SiteTrace};
use serde::Serialize;

use super::{open_builder, progress_bar, start_pool};
use crate::args::{BuildArgs, ShortFormat};
use crate::exit::{Exit, UsageError};
use crate::settings::Settings;

/// One project's row on stdout.
#[derive(Serialize)]
struct Row {
    project: String,
    builds: bool,
    builder: Option<Builder>,
    /// Why the fast builder did not, if it was asked first.
    fallback: Vec<String>,
    problems: Vec<BuildProblem>,
    fault: Option<Fault>,
    files: usize,
    bytes: u64,
    seconds: f64,
    /// Routes that were opened, and their pictures.
    routes: Vec<Route>,
}

/// One opened route.
#[derive(Serialize)]
struct Route {
    path: String,
    pictures: Vec<String>,
    blank: bool,
    overlay: Option<String>,
    console_errors: usize,
    exceptions: usize,
}

pub(crate) async fn run(args: &BuildArgs, settings: &Settings) -> Result<Exit> {
    let names = names(&args.projects)?;
    let builder = open_builder(&args.site, settings)?;
    let pool = if args.pictures { Some(start_pool(settings).await?) } else { None };
    let bar = progress_bar(settings, args.projects.len(), "build");
    let mut rows = Vec::new();
    for (path, name) in args.projects.iter().zip(names) {
        let project = open_project(path)?;
        let started = Instant::now();
        let outcome = builder.build(&project).await;
        let mut row = Row {
            project: name.clone(),
            builds: false,
            builder: None,
            fallback: Vec::new(),
            problems: Vec::new(),
            fault: None,
            files: 0,
            bytes: 0,
            seconds: started.elapsed().as_secs_f64(),
            routes: Vec::new(),
        };
        match outcome {
            Err(fault) => row.fault = Some(fault),
            Ok(Construction::Failed(problems)) => row.problems = problems,
            Ok(Construction::Built(built)) => {
                row.builds = true;
                row.builder = Some(built.builder);
                row.fallback = built.fallback;
                row.files = built.site.files().len();
                row.bytes = built.site.total_bytes();
                if let Some(out) = &args.out {
                    let folder = out.join(&name);
                    write_site(&built.site, &folder)?;
                    if let Some(pool) = &pool {
                        match visit(pool, &built.site, &project, &folder).await {
                            Ok(routes) => row.routes = routes?,
                            Err(fault) => row.fault = Some(fault),
                        }
                    }
                }
            }
        }
        bar.inc(1);
        rows.push(row);
    }
    bar.finish_and_clear();
    match args.format {
        ShortFormat::Json => println!("{}", serde_json::to_string_pretty(&rows)?),
        ShortFormat::Table => rows.iter().for_each(print_row),
    }
    let system = |row: &Row| matches!(row.fault, Some(Fault::System(_)));
    Ok(if rows.iter().any(system) {
        Exit::SystemFaults
    } else if rows.iter().any(|row| !row.builds || row.fault.is_some()) {
        Exit::PageFault
    } else {
        Exit::Done
    })
}

async fn visit(
    pool: &Pool,
    site: &Arc<Site>,
    project: &pageloom_schema::Project,
    folder: &Path,
) -> Result<Result<Vec<Route>>, Fault> {
    let trace = visit_routes(pool, site, project).await?;
    Ok(write_pictures(&trace, folder))
}

fn write_pictures(trace: &SiteTrace, folder: &Path) -> Result<Vec<Route>> {
    let mut routes = Vec::new();
    for (index, route) in trace.routes.iter().enumerate() {
        let mut pictures = Vec::new();
        for capture in &route.captures {
            let Some(png) = &capture.viewport_png else { continue };
            let name = format!("route-{index}-{}.png", capture.viewport);
            let path = folder.with_file_name(format!("{}.pictures", folder_name(folder)));
            std::fs::create_dir_all(&path).map_err(RunError::storage("create", &path))?;
            let path = path.join(&name);
            std::fs::write(&path, &png.0).map_err(RunError::storage("write", &path))?;
            pictures.push(name);
        }
        let count =
            |of: fn(&pageloom_schema::Capture) -> usize| route.captures.iter().map(of).sum();
        routes.push(Route {
            path: route.path.clone(),
            pictures,
            blank: route.blank,
            overlay: route.overlay.clone(),
            console_errors: count(|capture| capture.console_errors()),
            exceptions: count(|capture| capture.exceptions.len()),
        });
    }
    Ok(routes)
}

fn folder_name(folder: &Path) -> String {
    folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn write_site(site: &Site, folder: &Path) -> Result<()> {
    for (path, bytes) in site.files() {
        let path = folder.join(path.as_str());
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(RunError::storage("create", parent))?;
        }
        std::fs::write(&path, bytes).map_err(RunError::storage("write", &path))?;
    }
    Ok(())
}

fn print_row(row: &Row) {
    let by = row.builder.map_or(String::new(), |builder| format!(" by {builder:?}").to_lowercase());
    match (&row.fault, row.problems.first()) {
        (Some(fault), _) => println!("{}: {fault}", row.project),
        (None, Some(problem)) => {
            let place = match (&problem.path, problem.line) {
                (Some(path), Some(line)) => format!(" {path}:{line}"),
                (Some(path), None) => format!(" {path}"),
                _ => String::new(),
            };
            println!(
                "{}: does not build ({:?}{place}): {}",
                row.project, problem.class, problem.message
            );
        }
        (None, None) => println!(
            "{}: built{by}, {} files, {} KiB ({:.2} s)",
            row.project,
            row.files,
            row.bytes >> 10,
            row.seconds
        ),
    }
    for reason in &row.fallback {
        println!("    not by the fast builder: {reason}");
    }
}

/// One name a project: its folder's.
fn names(projects: &[PathBuf]) -> Result<Vec<String>, UsageError> {
    let mut names = Vec::new();
    for project in projects {
        let absolute = std::path::absolute(project).unwrap_or_else(|_| project.clone());
        let name = folder_name(&absolute);
        if names.contains(&name) {
            return Err(UsageError(format!(
                "two projects would be written as `{name}`\nhint: build them one after the other"
            )));
        }
        names.push(name);
    }
    Ok(names)
}
