//! Is a score right? Harms every bundled page in known ways and looks whether the criterion that
//! should see it does, and the others do not.
//!
//! `degrade.js` is the harm, run inside the page; [`DEGRADATIONS`] says what each must and must
//! not move. The measured values are the committed table, so that a metric change is a diff.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use pageloom_browser::{Pool, PoolConfig};
use pageloom_run::suite;
use pageloom_schema::{Capture, Reference, RenderPolicy, Scores, Site, Suite, Task};
use pageloom_score::{PreparedPage, prepare, score_pair};

/// The script that harms a page.
const SCRIPT: &str = include_str!("metric_agreement/degrade.js");
/// Strengths of every degradation; zero is the page as it is.
pub(crate) const STRENGTHS: std::ops::RangeInclusive<u8> = 1..=4;
/// Seed of the choice of what is harmed.
const SEED: u32 = 1;
/// A rise of less than this is rounding, not a rise.
const SLACK: f64 = 0.005;

/// The columns of the table: the ten criteria and their sum.
pub(crate) const COLUMNS: [(&str, &str); 11] = [
    ("layout", "wcgb.layout_consistency"),
    ("align", "wcgb.element_alignment"),
    ("proportion", "wcgb.proportional_accuracy"),
    ("harmony", "wcgb.visual_harmony"),
    ("colour", "wcgb.color_scheme"),
    ("aesthetic", "wcgb.aesthetic_resemblance"),
    ("font", "wcgb.font_characteristics"),
    ("text", "wcgb.textual_content"),
    ("number", "wcgb.numbers_special_characters"),
    ("ui", "wcgb.ui_consistency"),
    ("overall", "overall"),
];

/// One way to harm a page and what is demanded of the criteria.
pub(crate) struct Degradation {
    pub(crate) name: &'static str,
    /// Columns that must fall with every strength, on every page.
    pub(crate) own: &'static [&'static str],
    /// Columns that may fall as far as they like, because the harm is theirs too.
    coupled: &'static [&'static str],
    /// How far any other criterion may fall at any strength, in points of ten.
    band: f64,
}

pub(crate) const DEGRADATIONS: [Degradation; 10] = [
    Degradation {
        name: "drop_sections",
        own: &["layout", "overall"],
        coupled: &[
            "align",
            "proportion",
            "harmony",
            "colour",
            "aesthetic",
            "font",
            "text",
            "number",
            "ui",
        ],
        band: 0.0,
    },
    Degradation {
        name: "shift_blocks",
        own: &["align", "layout"],
        coupled: &["harmony", "ui"],
        band: 1.5,
    },
    Degradation {
        name: "scale_sizes",
        own: &["proportion"],
        coupled: &["layout", "align", "harmony", "font", "text", "number", "ui"],
        band: 2.0,
    },
    Degradation { name: "recolour", own: &["colour"], coupled: &["harmony"], band: 0.5 },
    Degradation { name: "swap_fonts", own: &["font"], coupled: &["harmony"], band: 1.0 },
    Degradation { name: "corrupt_text", own: &["text"], coupled: &["ui"], band: 1.0 },
    Degradation { name: "corrupt_numbers", own: &["number"], coupled: &["text"], band: 0.5 },
    Degradation {
        name: "strip_styles",
        own: &["aesthetic", "harmony"],
        coupled: &["layout", "align", "proportion"],
        band: 1.5,
    },
    Degradation { name: "remove_controls", own: &["ui"], coupled: &[], band: 2.5 },
    Degradation {
        name: "blank",
        own: &[
            "layout",
            "align",
            "proportion",
            "harmony",
            "colour",
            "aesthetic",
            "font",
            "text",
            "number",
            "ui",
            "overall",
        ],
        coupled: &[],
        band: 0.0,
    },
];

/// Measured values of one page under one degradation, from strength zero on.
struct Series {
    page: String,
    degradation: &'static Degradation,
    rows: Vec<[f64; COLUMNS.len()]>,
}

/// Runs the chore: writes the table, compares it (`check`), or shows one case.
pub(crate) fn run(words: &[&str]) -> anyhow::Result<String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match words {
        [] => runtime.block_on(table(false)),
        ["check"] => runtime.block_on(table(true)),
        ["show", page, degradation, strength] => {
            let strength: u8 =
                strength
                    .parse()
                    .ok()
                    .filter(|s| *s == 0 || STRENGTHS.contains(s))
                    .with_context(|| format!("strength `{strength}` is not one of 0 to 4"))?;
            runtime.block_on(show(page, degradation, strength))
        }
        _ => bail!("usage: metric-agreement [check | show PAGE DEGRADATION STRENGTH]"),
    }
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_path_buf)
}

fn pages() -> anyhow::Result<Suite> {
    let folder = root().join("suites/pages");
    Ok(suite::open(&folder.to_string_lossy(), None)?)
}

pub(crate) async fn start_pool() -> anyhow::Result<Arc<Pool>> {
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    Ok(Arc::new(Pool::start(PoolConfig { workers, ..PoolConfig::default() }).await?))
}

/// The reference site of a task with the degradation's script added to its page.
fn harmed(task: &Task, degradation: &str, strength: u8) -> anyhow::Result<Arc<Site>> {
    let Reference::Site(site) = &task.reference else {
        bail!("task `{}` is a picture only", task.id);
    };
    if strength == 0 {
        return Ok(Arc::new(site.clone()));
    }
    let html = site.entry_html();
    let script = format!(
        "<script>const DEGRADATION = \"{degradation}\", STRENGTH = {strength}, SEED = {SEED};\n\
         {SCRIPT}</script>"
    );
    let (head, tail) = html.split_at(html.rfind("</body>").unwrap_or(html.len()));
    let mut files = site.files().clone();
    let page = format!("{head}{script}{tail}");
    files.insert(site.entry().clone(), Arc::from(page.into_bytes()));
    Ok(Arc::new(Site::new(files, site.entry().clone())?))
}

pub(crate) async fn capture(
    pool: &Pool,
    task: &Task,
    degradation: &str,
    strength: u8,
) -> anyhow::Result<Capture> {
    let site = harmed(task, degradation, strength)?;
    let case = || format!("{} {degradation} {strength}", task.id);
    let capture =
        pool.render(&site, task.viewport, &RenderPolicy::default()).await.with_context(case)?;
    // A harm that fails half-way would be measured as a smaller one.
    if let Some(exception) = capture.exceptions.first() {
        bail!("{}: {exception}", case());
    }
    Ok(capture)
}

async fn table(compare: bool) -> anyhow::Result<String> {
    let suite = pages()?;
    let pool = start_pool().await?;
    let mut all = Vec::new();
    for task in suite.tasks {
        let task = Arc::new(task);
        let reference = Arc::new(prepare(&capture(&pool, &task, "", 0).await?)?);
        let mut running = Vec::new();
        for degradation in &DEGRADATIONS {
            for strength in STRENGTHS {
                let (pool, task) = (Arc::clone(&pool), Arc::clone(&task));
                let reference = Arc::clone(&reference);
                running.push(tokio::spawn(async move {
                    let capture = capture(&pool, &task, degradation.name, strength).await?;
                    anyhow::Ok(row(&score_pair(&reference, &prepare(&capture)?)))
                }));
            }
        }
        let mut rows = Vec::new();
        for job in running {
            rows.push(job.await??);
        }
        let oracle = row(&score_pair(&reference, &reference));
        for (degradation, part) in DEGRADATIONS.iter().zip(rows.chunks(STRENGTHS.count())) {
            let rows = std::iter::once(oracle).chain(part.iter().copied()).collect();
            all.push(Series { page: task.id.to_string(), degradation, rows });
        }
    }
    let path = root().join("evals/metric-agreement/table.tsv");
    let text = render_table(&all);
    let (summary, faults) = judge(&all);
    if compare {
        let committed =
            std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        if committed != text {
            let differing = committed.lines().zip(text.lines()).filter(|(a, b)| a != b).count();
            bail!(
                "{differing} rows differ from evals/metric-agreement/table.tsv\n\
                 hint: run `cargo xtask metric-agreement` and look at the diff"
            );
        }
    } else {
        std::fs::write(&path, text).with_context(|| path.display().to_string())?;
    }
    if faults.is_empty() { Ok(summary) } else { bail!("{summary}\n{}", faults.join("\n")) }
}

pub(crate) fn row(scores: &Scores) -> [f64; COLUMNS.len()] {
    COLUMNS.map(|(_, id)| scores.value(id).unwrap_or(f64::NAN))
}

fn render_table(all: &[Series]) -> String {
    let names: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
    let mut text = format!("page\tdegradation\tstrength\t{}\n", names.join("\t"));
    for series in all {
        for (strength, row) in series.rows.iter().enumerate().skip(1) {
            let values: Vec<String> = row.iter().map(|v| format!("{v:.2}")).collect();
            let (page, name) = (&series.page, series.degradation.name);
            let _ = writeln!(text, "{page}\t{name}\t{strength}\t{}", values.join("\t"));
        }
    }
    text
}

/// The summary over all pages, and every broken demand.
fn judge(all: &[Series]) -> (String, Vec<String>) {
    let mut faults = Vec::new();
    let mut summary = format!(
        "{:<16} {:>9}  {:>8}  mean fall at strength 4\n",
        "degradation", "monotone", "in band"
    );
    for degradation in &DEGRADATIONS {
        let (mut monotone, mut in_band) = ((0, 0), (0, 0));
        let mut falls = [0.0; COLUMNS.len()];
        let mut pages = 0.0;
        for series in all.iter().filter(|s| s.degradation.name == degradation.name) {
            pages += 1.0;
            for (column, (name, _)) in COLUMNS.iter().enumerate() {
                let values: Vec<f64> = series.rows.iter().map(|row| row[column]).collect();
                let (first, last) = (values[0], values[values.len() - 1]);
                falls[column] += first - last;
                let case = || format!("{} {} {name} {values:.2?}", series.page, degradation.name);
                if first != 10.0 {
                    faults.push(format!("oracle is not the maximum: {}", case()));
                }
                if degradation.name == "blank" && last != 0.0 {
                    faults.push(format!("blank is not the minimum: {}", case()));
                }
                if degradation.own.contains(name) {
                    let falling =
                        values.windows(2).all(|p| p[1] <= p[0] + SLACK) && last < first - SLACK;
                    monotone = (monotone.0 + u32::from(falling), monotone.1 + 1);
                    if !falling {
                        faults.push(format!("does not fall: {}", case()));
                    }
                } else if *name != "overall" && !degradation.coupled.contains(name) {
                    let held = values.iter().all(|v| first - v <= degradation.band);
                    in_band = (in_band.0 + u32::from(held), in_band.1 + 1);
                    if !held {
                        faults.push(format!("leaves its band: {}", case()));
                    }
                }
            }
        }
        let falls: Vec<String> = COLUMNS
            .iter()
            .zip(falls)
            .map(|((name, _), fall)| format!("{name} {:.1}", fall / f64::max(pages, 1.0)))
            .collect();
        let _ = writeln!(
            summary,
            "{:<16} {:>4}/{:<4}  {:>3}/{:<4}  {}",
            degradation.name,
            monotone.0,
            monotone.1,
            in_band.0,
            in_band.1,
            falls.join(", ")
        );
    }
    (summary, faults)
}

async fn show(page: &str, degradation: &str, strength: u8) -> anyhow::Result<String> {
    let suite = pages()?;
    let task = suite.tasks.iter().find(|task| task.id.as_str() == page).with_context(|| {
        let ids: Vec<&str> = suite.tasks.iter().map(|task| task.id.as_str()).collect();
        format!("no page `{page}`; there are {}", ids.join(", "))
    })?;
    if !DEGRADATIONS.iter().any(|d| d.name == degradation) {
        let names: Vec<&str> = DEGRADATIONS.iter().map(|d| d.name).collect();
        bail!("no degradation `{degradation}`; there are {}", names.join(", "));
    }
    let pool = start_pool().await?;
    let folder = root().join("target/metric-agreement");
    std::fs::create_dir_all(&folder)?;
    let mut text = String::new();
    let mut prepared: Vec<PreparedPage> = Vec::new();
    for strength in [0, strength] {
        let capture = capture(&pool, task, degradation, strength).await?;
        let name = format!("{page}-{degradation}-{strength}.png");
        if let Some(png) = &capture.full_page_png {
            std::fs::write(folder.join(&name), &png.0)?;
            let _ = writeln!(text, "target/metric-agreement/{name}");
        }
        prepared.push(prepare(&capture)?);
    }
    if let [reference, candidate] = prepared.as_slice() {
        for score in score_pair(reference, candidate).scores {
            let value = score.value.map_or_else(|| "-".to_owned(), |v| format!("{v:.3}"));
            let _ = writeln!(text, "{:<34} {value:>7}  {}", score.metric, score.explanation);
        }
    }
    Ok(text)
}
