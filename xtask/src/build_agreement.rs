//! Is the fast builder right? Builds every project of `fixtures/projects`, and with `--rollouts FILE`
//! the complete answers of a file, with both builders; compares verdict, error class and the pictures
//! of every route. The outcome is the committed table.
#![expect(clippy::print_stderr, reason = "a chore shows its rows as they come")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, bail};
use pageloom_browser::{Pool, PoolConfig};
use pageloom_run::website::{BuilderChoice, Construction, SiteBuilder, open_project, visit_routes};
use pageloom_schema::{BuildErrorClass, Builder, Png, Project, Site};
use serde::Deserialize;

use crate::rollouts::open_builder;

#[derive(Deserialize)]
struct Case {
    verdict: String,
    #[serde(default)]
    class: Option<String>,
}

/// What one builder made of a project.
struct Outcome {
    builder: Option<Builder>,
    class: Option<BuildErrorClass>,
    site: Option<Arc<Site>>,
    seconds: f64,
    detail: String,
}

/// Runs `cargo xtask build-agreement [--rollouts FILE] [NAME…]`.
pub(crate) fn run(words: &[&str]) -> anyhow::Result<String> {
    let (rollouts, names) = match words {
        ["--rollouts", file, names @ ..] => (Some(PathBuf::from(file)), names),
        names => (None, names),
    };
    tokio::runtime::Runtime::new()?.block_on(compare(rollouts.as_deref(), names))
}

async fn compare(rollouts: Option<&Path>, names: &[&str]) -> anyhow::Result<String> {
    let pool = Pool::start(PoolConfig::default()).await?;
    let fast = open_builder(BuilderChoice::Auto, false)?;
    let exact = open_builder(BuilderChoice::Exact, false)?;
    let mut table = String::from(
        "project\tlabel\tby\tfast verdict\texact verdict\tfast s\texact s\tpictures\tequal\tlargest difference\tnote\n",
    );
    let (mut projects, mut same, mut pictures, mut equal) = (0, 0, 0, 0);
    let mut differences = Vec::new();
    for (name, label, project) in all_projects(rollouts, names)? {
        let ours = outcome(&fast, &project).await;
        let theirs = outcome(&exact, &project).await;
        projects += 1;
        let agree = ours.verdict() == theirs.verdict();
        same += usize::from(agree);
        let (mut shown, mut alike, mut worst) = (0, 0, 0.0_f64);
        if let (Some(ours), Some(theirs)) = (&ours.site, &theirs.site) {
            let seen = (
                pictures_of(&pool, ours, &project).await,
                pictures_of(&pool, theirs, &project).await,
            );
            if let (Ok(ours), Ok(theirs)) = seen {
                for (place, picture) in &ours {
                    shown += 1;
                    let difference =
                        theirs.get(place).map_or(1.0, |other| differing(picture, other));
                    alike += usize::from(difference == 0.0);
                    worst = worst.max(difference);
                }
            }
        }
        pictures += shown;
        equal += alike;
        let by = ours.builder.map_or_else(|| "-".to_owned(), |by| format!("{by:?}").to_lowercase());
        let note = if agree {
            String::new()
        } else {
            format!("fast: {}; exact: {}", ours.detail, theirs.detail)
        };
        let row = format!(
            "{name}\t{label}\t{by}\t{}\t{}\t{:.2}\t{:.2}\t{shown}\t{alike}\t{worst:.5}\t{note}\n",
            ours.verdict(),
            theirs.verdict(),
            ours.seconds,
            theirs.seconds
        );
        eprint!("{row}");
        table += &row;
        if !agree || alike < shown {
            differences.push(format!("{name}: {} / {}, {alike} of {shown} pictures equal, at most {:.3} % of pixels; {note}",
                ours.verdict(), theirs.verdict(), worst * 100.0));
        }
    }
    let report = format!(
        "{same} of {projects} projects with the same verdict, {equal} of {pictures} pictures equal\n"
    );
    if names.is_empty() {
        std::fs::create_dir_all("evals/build-agreement")?;
        std::fs::write("evals/build-agreement/table.tsv", &table)?;
    }
    if !differences.is_empty() {
        bail!("{report}{}", differences.join("\n"));
    }
    Ok(report)
}

impl Outcome {
    fn verdict(&self) -> String {
        match (&self.site, self.class) {
            (Some(_), _) => "builds".to_owned(),
            (None, Some(class)) => code(class),
            (None, None) => "none".to_owned(),
        }
    }
}

fn code(class: BuildErrorClass) -> String {
    serde_json::to_string(&class).unwrap_or_default().trim_matches('"').to_owned()
}

async fn outcome(builder: &SiteBuilder, project: &Project) -> Outcome {
    let started = Instant::now();
    let built = builder.build(project).await;
    let seconds = started.elapsed().as_secs_f64();
    match built {
        Ok(Construction::Built(built)) => Outcome {
            builder: Some(built.builder),
            class: None,
            site: Some(built.site),
            seconds,
            detail: String::new(),
        },
        Ok(Construction::Failed(problems)) => Outcome {
            builder: None,
            class: problems.first().map(|problem| problem.class),
            site: None,
            seconds,
            detail: problems.first().map(|problem| problem.message.clone()).unwrap_or_default(),
        },
        Err(fault) => {
            Outcome { builder: None, class: None, site: None, seconds, detail: fault.to_string() }
        }
    }
}

/// The pictures of every route, by route and window.
async fn pictures_of(
    pool: &Pool,
    site: &Arc<Site>,
    project: &Project,
) -> anyhow::Result<BTreeMap<String, Png>> {
    let trace = visit_routes(pool, site, project).await?;
    let mut pictures = BTreeMap::new();
    for route in &trace.routes {
        for capture in &route.captures {
            if let Some(png) = &capture.viewport_png {
                pictures.insert(format!("{} {}", route.path, capture.viewport), png.clone());
            }
        }
    }
    Ok(pictures)
}

/// The share of pixels that differ.
fn differing(a: &Png, b: &Png) -> f64 {
    if a == b {
        return 0.0;
    }
    match (decoded(a), decoded(b)) {
        (Some(a), Some(b)) if a.len() == b.len() && !a.is_empty() => {
            let differ = a.chunks(4).zip(b.chunks(4)).filter(|(a, b)| a != b).count();
            differ as f64 / (a.len() / 4) as f64
        }
        _ => 1.0,
    }
}

fn decoded(picture: &Png) -> Option<Vec<u8>> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(&picture.0));
    decoder.set_transformations(
        png::Transformations::normalize_to_color8() | png::Transformations::ALPHA,
    );
    let mut reader = decoder.read_info().ok()?;
    let mut bytes = vec![0; reader.output_buffer_size()?];
    let read = reader.next_frame(&mut bytes).ok()?.buffer_size();
    bytes.truncate(read);
    Some(bytes)
}

/// Name, label and files of every project.
fn all_projects(
    rollouts: Option<&Path>,
    names: &[&str],
) -> anyhow::Result<Vec<(String, String, Project)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("fixtures/projects").context("start this in the repository")? {
        let path = entry?.path();
        let Ok(text) = std::fs::read_to_string(path.join("case.toml")) else { continue };
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let case: Case = toml::from_str(&text).with_context(|| name.clone())?;
        let label = case.class.filter(|_| case.verdict == "fails").unwrap_or(case.verdict);
        if names.is_empty() || names.contains(&name.as_str()) {
            found.push((name, label, open_project(&path)?));
        }
    }
    if let Some(file) = rollouts {
        for line in std::fs::read_to_string(file)?.lines() {
            let row: BTreeMap<String, serde_json::Value> = serde_json::from_str(line)?;
            let text =
                |name: &str| row.get(name).and_then(|value| value.as_str()).unwrap_or_default();
            let extraction = pageloom_run::extract(text("completion"));
            if extraction.is_acceptable() {
                found.push((format!("rollout {}", text("id")), "-".to_owned(), extraction.project));
            }
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(found)
}
