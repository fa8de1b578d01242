//! Does grounding find what a description means? Opens the pages of evals/grounding, grounds each
//! description without a model, and holds what is found against the element that its author meant.
//!
//! The expected element is told by a CSS selector, which the page itself evaluates: a script marks what
//! fits with `data-expected`, and the mark is taken out of the state before anything is looked for.
//! The states are stored, so that the accuracy is tested without a browser.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use pageloom_agent::ground::{Grounding, Wanted, local};
use pageloom_browser::Pool;
use pageloom_browser::interact::InteractionPolicy;
use pageloom_run::suite;
use pageloom_schema::{ActionKind, PageState, Reference, Site, Viewport};
use serde::{Deserialize, Serialize};

use crate::metric_agreement::start_pool;

/// The attribute that marks expected elements: numbers of rows.
const MARK: &str = "data-expected";
const VIEWPORT: Viewport = Viewport { width: 1280, height: 800 };

/// One line of `descriptions.jsonl`.
#[derive(Debug, Deserialize)]
struct Row {
    /// A file of `pages/` without its ending, or `pages/ID` for a task of the bundled suite.
    page: String,
    description: String,
    action: ActionKind,
    /// What fits it, any element of several; absent where nothing can be told.
    expected: Option<String>,
    /// `dev` or `held_out`.
    set: String,
}

/// A page's state and what each row expects on it: places in the list of elements by number of row.
#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    state: PageState,
    expected: BTreeMap<usize, Vec<usize>>,
}

/// Runs the chore.
pub(crate) fn run(words: &[&str]) -> anyhow::Result<String> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../evals/grounding"));
    let rows = rows(&folder)?;
    match words {
        [] => {
            tokio::runtime::Runtime::new()?.block_on(look(&folder, &rows))?;
            let (table, summary) = table(&folder, &rows)?;
            std::fs::write(folder.join("table.tsv"), table)?;
            Ok(summary)
        }
        ["show-one", number] => {
            let number: usize = number.parse().context("the number of a row, from 0")?;
            let row = rows.get(number).context("there is no such row")?;
            let stored = stored(&folder, &row.page)?;
            let expected = stored.expected.get(&number).cloned().unwrap_or_default();
            let found = local(&stored.state, &row.description, Wanted::of(row.action));
            let mut text = format!("{row:#?}\n{found:#?}\nexpected at {expected:?}\n");
            for at in expected.into_iter().chain(found.element()) {
                if let Some(element) = stored.state.elements.get(at) {
                    writeln!(text, "{at}: {element:#?}")?;
                }
            }
            Ok(text)
        }
        _ => bail!("usage: cargo xtask grounding [show-one NUMBER]"),
    }
}

fn rows(folder: &Path) -> anyhow::Result<Vec<Row>> {
    let path = folder.join("descriptions.jsonl");
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    text.lines()
        .enumerate()
        .map(|(line, text)| {
            serde_json::from_str(text).with_context(|| format!("line {}", line + 1))
        })
        .collect()
}

fn state_file(folder: &Path, page: &str) -> PathBuf {
    folder.join("states").join(format!("{}.json", page.replace('/', "-")))
}

fn stored(folder: &Path, page: &str) -> anyhow::Result<Stored> {
    let path = state_file(folder, page);
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    Ok(serde_json::from_str(&text)?)
}

/// Opens every page and stores its state.
async fn look(folder: &Path, rows: &[Row]) -> anyhow::Result<()> {
    let pool = start_pool().await?;
    let bundled = suite::open("pages", None)?;
    let mut pages: BTreeMap<&str, BTreeMap<usize, &str>> = BTreeMap::new();
    for (number, row) in rows.iter().enumerate() {
        let selectors = pages.entry(&row.page).or_default();
        if let Some(expected) = &row.expected {
            selectors.insert(number, expected);
        }
    }
    std::fs::create_dir_all(folder.join("states"))?;
    for (page, selectors) in pages {
        let site = match page.strip_prefix("pages/") {
            None => {
                let path = folder.join("pages").join(format!("{page}.html"));
                let html =
                    std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
                Site::from_html(&html)
            }
            Some(id) => {
                let task = bundled.tasks.iter().find(|task| task.id.as_str() == id);
                match task.map(|task| &task.reference) {
                    Some(Reference::Site(site)) => site.clone(),
                    _ => bail!("the bundled suite has no site `{id}`"),
                }
            }
        };
        let stored = state(&pool, &Arc::new(marked(&site, &selectors)?), &selectors)
            .await
            .with_context(|| format!("page `{page}`"))?;
        for number in selectors.keys().filter(|number| !stored.expected.contains_key(number)) {
            // It counts as not found: what the state lacks cannot be acted on.
            let mut error = String::new();
            writeln!(error, "row {number}: its element is not in the state of `{page}`")?;
            std::io::Write::write_all(&mut std::io::stderr(), error.as_bytes())?;
        }
        std::fs::write(state_file(folder, page), serde_json::to_string(&stored)? + "\n")?;
    }
    Ok(())
}

/// The site with a script at the end of its page that marks what is expected.
fn marked(site: &Site, selectors: &BTreeMap<usize, &str>) -> anyhow::Result<Site> {
    let html = site.entry_html();
    let selectors = serde_json::to_string(selectors)?;
    let script = format!(
        "<script>for (const [row, selector] of Object.entries({selectors}))\
         for (const one of document.querySelectorAll(selector))\
         one.setAttribute('{MARK}', `${{one.getAttribute('{MARK}') || ''}} ${{row}}`);</script>"
    );
    let (head, tail) = html.split_at(html.rfind("</body>").unwrap_or(html.len()));
    let mut files = site.files().clone();
    let page = format!("{head}{script}{tail}");
    files.insert(site.entry().clone(), Arc::from(page.into_bytes()));
    Ok(Site::new(files, site.entry().clone())?)
}

/// A page's state without the marks, and where they were.
async fn state(
    pool: &Pool,
    site: &Arc<Site>,
    selectors: &BTreeMap<usize, &str>,
) -> anyhow::Result<Stored> {
    let fault = |fault: pageloom_schema::Fault| anyhow::anyhow!("{fault:?}");
    let mut page =
        pool.interact(site, VIEWPORT, &InteractionPolicy::default()).await.map_err(fault)?;
    let mut state = page.state().await.map_err(fault)?;
    page.close().await;
    let mut expected: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, element) in state.elements.iter_mut().enumerate() {
        // Not needed to find anything, and most of what there is.
        element.style.clear();
        let marks = element.attributes.remove(MARK).unwrap_or_default();
        for number in marks.split_whitespace().filter_map(|mark| mark.parse().ok()) {
            if selectors.contains_key(&number) {
                expected.entry(number).or_default().push(at);
            }
        }
    }
    Ok(Stored { state, expected })
}

/// Grounds every row: the table, and how many were right by set.
fn table(folder: &Path, rows: &[Row]) -> anyhow::Result<(String, String)> {
    let mut table =
        "row\tset\tpage\taction\tdescription\texpected\tfound\tscore\trunner-up\tok\n".to_owned();
    let mut sums: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    let mut states: BTreeMap<&str, Stored> = BTreeMap::new();
    let mut slowest = std::time::Duration::ZERO;
    for (number, row) in rows.iter().enumerate() {
        if !states.contains_key(row.page.as_str()) {
            states.insert(&row.page, stored(folder, &row.page)?);
        }
        let Some(stored) = states.get(row.page.as_str()) else { continue };
        let start = std::time::Instant::now();
        let found = local(&stored.state, &row.description, Wanted::of(row.action));
        slowest = slowest.max(start.elapsed());
        let ok = match (&row.expected, found.element()) {
            (None, found) => found.is_none(),
            (Some(_), Some(found)) => {
                stored.expected.get(&number).is_some_and(|places| places.contains(&found))
            }
            (Some(_), None) => false,
        };
        for set in [row.set.as_str(), "all"] {
            let sum = sums.entry(set).or_default();
            sum.0 += u32::from(ok);
            sum.1 += 1;
        }
        let (what, score, runner) = told(&found);
        writeln!(
            table,
            "{number}\t{}\t{}\t{:?}\t{}\t{}\t{what}\t{score}\t{runner}\t{}",
            row.set,
            row.page,
            row.action,
            flat(&row.description),
            row.expected.as_deref().unwrap_or("-"),
            if ok { "yes" } else { "NO" }
        )?;
    }
    let mut summary = String::new();
    for (set, (right, all)) in &sums {
        writeln!(
            summary,
            "{set}: {right} of {all}, {:.1} %",
            f64::from(*right) / f64::from(*all) * 100.0
        )?;
    }
    write!(summary, "the slowest took {slowest:.1?}")?;
    Ok((table, summary))
}

fn told(found: &Grounding) -> (String, String, String) {
    match found {
        Grounding::Found { element, resolution } => {
            let runner = resolution.runner_up.as_ref();
            (
                format!("{element} {} {}", resolution.role, flat(&resolution.name)),
                resolution.score.map_or_else(String::new, |score| format!("{score:.2}")),
                runner.map_or_else(
                    || "-".to_owned(),
                    |(name, score)| format!("{} {score:.2}", flat(name)),
                ),
            )
        }
        Grounding::Ambiguous { alternatives, resolution } => (
            format!("ambiguous {alternatives:?}"),
            resolution.score.map_or_else(String::new, |score| format!("{score:.2}")),
            "-".to_owned(),
        ),
        Grounding::NotFound { nearest, .. } => (
            "not found".to_owned(),
            nearest.map_or_else(String::new, |(_, score)| format!("{score:.2}")),
            "-".to_owned(),
        ),
    }
}

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
