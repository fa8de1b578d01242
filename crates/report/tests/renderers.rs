//! Each renderer's output for the kept run of format 1, held against a committed file. Set
//! `PAGELOOM_BLESS=1` to write the files anew.

#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a test that cannot read its fixture has failed; blessing is asked for by environment"
)]

use std::path::{Path, PathBuf};

use pageloom_report::{RunLog, compare, csv, json, junit, load, sample_table, table, write_html};

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn small_run() -> RunLog {
    load(&here().join("../../fixtures/formats/v1/small-run")).expect("a run")
}

/// The same run as an earlier model's: without the sample `looping`, `tides` a little worse, and
/// stopped before its summary.
fn earlier_run() -> RunLog {
    let mut run = small_run();
    run.folder = PathBuf::from("earlier");
    run.summary = None;
    run.manifest.versions.insert("browser".to_owned(), "HeadlessChrome/150.0".to_owned());
    run.samples.retain(|task, _| task.as_str() != "looping");
    for sample in run.samples.values_mut().filter(|sample| sample.task.as_str() == "tides") {
        for score in &mut sample.scores.scores {
            score.value = score.value.map(|value| value * 0.75);
        }
    }
    run
}

fn assert_snapshot(name: &str, text: &str) {
    let path = here().join("tests/snapshots").join(name);
    if std::env::var_os("PAGELOOM_BLESS").is_some() {
        std::fs::write(&path, text).expect("written");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == text, "`{name}` differs; PAGELOOM_BLESS=1 writes it anew. Now:\n{text}");
}

#[test]
fn leaderboard_is_as_committed() {
    let text = table(&[small_run(), earlier_run()], 100);
    assert_snapshot("leaderboard.txt", &text);
    assert!(text.lines().all(|line| line.chars().count() <= 100));
}

#[test]
fn sample_table_is_as_committed() {
    assert_snapshot("samples.txt", &sample_table(&small_run(), 100));
}

#[test]
fn json_is_as_committed() {
    assert_snapshot("report.json", &json(&[small_run()]));
}

#[test]
fn csv_is_as_committed() {
    let text = csv(&[small_run(), earlier_run()]);
    assert_snapshot("report.csv", &text);
    assert!(!text.contains("\n=") && !text.contains(",=1+1"));
}

#[test]
fn junit_is_as_committed() {
    let text = junit(&[small_run(), earlier_run()]);
    assert_snapshot("report.xml", &text);
    assert_eq!(text.matches("<failure").count(), 3);
    assert_eq!(text.matches("<error").count(), 2);
    assert_eq!(text.matches("<skipped").count(), 1);
}

#[test]
fn comparison_is_as_committed() {
    let comparison = compare(&earlier_run(), &small_run());
    assert_snapshot("comparison.txt", &comparison.table(100));
    assert_snapshot("comparison.json", &comparison.json());
}

#[test]
fn pairs_are_joined_by_task() {
    let comparison = compare(&earlier_run(), &small_run());
    let overall = &comparison.metrics[0];
    assert_eq!((overall.metric.as_str(), overall.n), ("overall", 3));
    assert_eq!((overall.wins, overall.losses, overall.ties), (1, 0, 2));
    assert_eq!(comparison.only_b.iter().map(|t| t.as_str()).collect::<Vec<_>>(), ["looping"]);
    assert!(comparison.notes.iter().any(|note| note.contains("browser")));
}

#[test]
fn a_run_compared_with_itself_has_no_difference() {
    let run = small_run();
    for metric in compare(&run, &run).metrics {
        assert_eq!(metric.difference, Some(0.0), "{}", metric.metric);
        assert_eq!(metric.ties, metric.n);
    }
}

#[test]
fn runs_of_one_model_are_told_apart() {
    let labels = pageloom_report::labels(&[small_run(), earlier_run()]);
    assert_eq!(labels, ["replay:tides (small-run)", "replay:tides (earlier)"]);
}

#[test]
fn html_report_holds_data_as_scripts_and_pictures_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("report");
    let mut second = small_run();
    second.manifest.model = "another".to_owned();
    let index = write_html(&[small_run(), second], &out).expect("a report");
    assert_eq!(index, out.join("index.html"));
    for place in ["data/index.js", "data/r0.js", "data/r1.js", "data/r1/4.js", "viewer/main.js"] {
        assert!(out.join(place).is_file(), "{place}");
    }
    let files = files_below(&out);
    let ending = |ext: &str| files.iter().filter(|path| path.ends_with(ext)).count();
    assert_eq!(ending(".png"), 4, "each picture once, and no name that leads out of the run");
    assert_eq!(ending(".html"), 1, "pages of the run are no pages here");
    for path in files.iter().filter(|path| path.ends_with(".js") && !path.contains("/viewer/")) {
        let text = std::fs::read_to_string(path).expect("a script");
        assert!(text.starts_with("Pageloom.register("), "{path}");
        assert!(!text.contains(['<', '\u{2028}']), "{path} could close its script");
    }
}

#[test]
fn html_report_is_the_same_every_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let contents = |name: &str| {
        let out = folder.path().join(name);
        write_html(&[small_run(), earlier_run()], &out).expect("a report");
        let prefix = out.to_string_lossy().into_owned();
        files_below(&out)
            .into_iter()
            .map(|path| (path[prefix.len()..].to_owned(), std::fs::read(&path).expect("a file")))
            .collect::<Vec<_>>()
    };
    assert!(contents("one") == contents("two"));
    assert!(contents("one") == contents("two"), "written over an earlier report");
}

#[test]
fn html_report_spares_folders_that_are_not_reports() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("thesis.txt"), "years of work").expect("written");
    let refused = write_html(&[small_run()], folder.path());
    assert!(matches!(refused, Err(pageloom_report::ReportError::Occupied { .. })));
    assert!(matches!(
        write_html(&[], &folder.path().join("none")),
        Err(pageloom_report::ReportError::NoRuns)
    ));
}

fn files_below(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path.to_string_lossy().into_owned());
            }
        }
    }
    files.sort();
    files
}
