//! The HTML report: a folder that opens from disk.
//!
//! A page opened as a file may not fetch, so the data are scripts that hand one JSON value each to
//! the viewer, and only `data/index.js` and one file a run are loaded at the start; a sample's
//! file is loaded when it is opened. Pictures are copied once by their hash, pages' HTML only ever
//! as text inside a script. Owns the folder's layout; what it looks like is the viewer's.

mod blob;
mod data;
mod exchange;
mod filmstrip;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use pageloom_schema::TaskId;
use serde::Serialize;

use crate::error::ReportError;
use crate::escape;
use crate::metric::metrics_of;
use crate::run_log::{RunLog, labels};
use blob::Blobs;

/// Marks a folder as one of ours, which a later report may replace.
const MARKER: &str = ".pageloom-report";

/// The viewer's files by their place in the report.
const VIEWER: [(&str, &str); 25] = [
    ("index.html", include_str!("../../../viewer/index.html")),
    ("viewer/base.css", include_str!("../../../viewer/base.css")),
    ("viewer/overview.css", include_str!("../../../viewer/overview.css")),
    ("viewer/sample.css", include_str!("../../../viewer/sample.css")),
    ("viewer/exchanges.css", include_str!("../../../viewer/exchanges.css")),
    ("viewer/filmstrip.css", include_str!("../../../viewer/filmstrip.css")),
    ("viewer/store.js", include_str!("../../../viewer/store.js")),
    ("viewer/element.js", include_str!("../../../viewer/element.js")),
    ("viewer/format.js", include_str!("../../../viewer/format.js")),
    ("viewer/route.js", include_str!("../../../viewer/route.js")),
    ("viewer/leaderboard.js", include_str!("../../../viewer/leaderboard.js")),
    ("viewer/judges.js", include_str!("../../../viewer/judges.js")),
    ("viewer/models_asked.js", include_str!("../../../viewer/models_asked.js")),
    ("viewer/distribution.js", include_str!("../../../viewer/distribution.js")),
    ("viewer/sample_list.js", include_str!("../../../viewer/sample_list.js")),
    ("viewer/overlay.js", include_str!("../../../viewer/overlay.js")),
    ("viewer/stage.js", include_str!("../../../viewer/stage.js")),
    ("viewer/sample_facts.js", include_str!("../../../viewer/sample_facts.js")),
    ("viewer/exchanges.js", include_str!("../../../viewer/exchanges.js")),
    ("viewer/lightbox.js", include_str!("../../../viewer/lightbox.js")),
    ("viewer/step_card.js", include_str!("../../../viewer/step_card.js")),
    ("viewer/filmstrip.js", include_str!("../../../viewer/filmstrip.js")),
    ("viewer/website_tests.js", include_str!("../../../viewer/website_tests.js")),
    ("viewer/sample_page.js", include_str!("../../../viewer/sample_page.js")),
    ("viewer/main.js", include_str!("../../../viewer/main.js")),
];

/// Writes the report of `runs` into the folder `out` and gives the path of its `index.html`. Works
/// on one run or many; runs of different suites share the page, their tasks joined by id. A report
/// that is already in `out` is replaced.
///
/// # Errors
/// [`ReportError::NoRuns`] for no runs, [`ReportError::Occupied`] when `out` holds something that
/// is not a report, [`ReportError::Read`] and [`ReportError::Write`] when the system refuses. A
/// blob that is missing, damaged, or named outside its folder is not an error: the sample's page
/// says so.
pub fn write_html(runs: &[RunLog], out: &Path) -> Result<PathBuf, ReportError> {
    if runs.is_empty() {
        return Err(ReportError::NoRuns);
    }
    prepare(out)?;
    for (place, content) in VIEWER {
        write(&out.join(place), content.as_bytes())?;
    }
    let metrics = metrics_of(runs);
    let labels = labels(runs);
    let tasks: Vec<&TaskId> = runs
        .iter()
        .flat_map(|run| &run.manifest.tasks)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let places: BTreeMap<&TaskId, usize> =
        tasks.iter().enumerate().map(|(place, task)| (*task, place)).collect();

    let index = data::index(runs, &labels, &metrics, &tasks);
    write_data(out, "data/index.js", "index", &index)?;
    let mut blobs = Blobs::new(out);
    for (number, run) in runs.iter().enumerate() {
        let key = data::run_key(number);
        write_data(
            out,
            &format!("data/{key}.js"),
            &key,
            &data::run_columns(run, &metrics, &tasks),
        )?;
        for (task, sample) in &run.samples {
            let Some(place) = places.get(task) else { continue };
            let name = format!("{key}/{place}");
            let detail = data::detail(run, sample, &mut blobs)?;
            write_data(out, &format!("data/{name}.js"), &name, &detail)?;
        }
        for (task, trace) in &run.unfinished {
            let Some(place) = places.get(task) else { continue };
            let name = format!("{key}/{place}");
            let detail = data::unfinished(run, trace, &mut blobs)?;
            write_data(out, &format!("data/{name}.js"), &name, &detail)?;
        }
    }
    Ok(out.join("index.html"))
}

/// An empty folder, or one with an earlier report in it, whose data and pictures are removed.
fn prepare(out: &Path) -> Result<(), ReportError> {
    let refused = |source| ReportError::Write { path: out.to_owned(), source };
    std::fs::create_dir_all(out).map_err(refused)?;
    let marker = out.join(MARKER);
    let ours = marker.symlink_metadata().is_ok_and(|found| found.is_file());
    let empty = std::fs::read_dir(out).map_err(refused)?.next().is_none();
    if !ours && !empty {
        return Err(ReportError::Occupied { path: out.to_owned() });
    }
    write(&marker, b"written by pageloom report; a later report may replace this folder\n")?;
    for part in ["data", "blobs", "sources", "viewer"] {
        let path = out.join(part);
        match std::fs::remove_dir_all(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(source) => return Err(ReportError::Write { path, source }),
        }
    }
    Ok(())
}

/// A script that hands `value` to the viewer under `key`. `key` is ours and needs no escaping.
fn write_data<T: Serialize>(
    out: &Path,
    place: &str,
    key: &str,
    value: &T,
) -> Result<(), ReportError> {
    // Plain data with text keys: serialising cannot fail.
    let json = serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned());
    let script = format!("Pageloom.register(\"{key}\",{});\n", escape::script_json(&json));
    write(&out.join(place), script.as_bytes())
}

fn write(path: &Path, content: &[u8]) -> Result<(), ReportError> {
    let refused = |source| ReportError::Write { path: path.to_owned(), source };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(refused)?;
    }
    std::fs::write(path, content).map_err(refused)
}
