//! What [`pageloom_report::load`] takes and what it refuses, on the kept run of format 1.

#![expect(clippy::expect_used, reason = "a test that cannot read its fixture has failed")]

use std::path::{Path, PathBuf};

use pageloom_report::{ReportError, load};
use pageloom_schema::{SampleOutcome, TaskId};

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/formats/v1/small-run")
}

/// A copy of the kept run without its blobs, to be damaged.
fn copy() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["run.json", "events.jsonl", "summary.json"] {
        std::fs::copy(fixture().join(name), folder.path().join(name)).expect("a copy");
    }
    folder
}

fn edit(folder: &Path, name: &str, change: impl Fn(String) -> String) {
    let path = folder.join(name);
    let text = std::fs::read_to_string(&path).expect("a file");
    std::fs::write(path, change(text)).expect("written");
}

fn task(id: &str) -> TaskId {
    TaskId::new(id).expect("a task id")
}

#[test]
fn format_one_still_opens() {
    let run = load(&fixture()).expect("a run");
    assert_eq!(run.manifest.tasks.len(), 5);
    assert_eq!(run.samples.len(), 5);
    assert!(!run.is_interrupted() && !run.cut_line);
    assert_eq!(run.counts().scored, 4);
    assert_eq!(run.retries[&task("lost")].len(), 1);
}

#[test]
fn the_last_result_of_a_task_counts() {
    let run = load(&fixture()).expect("a run");
    let tides = &run.samples[&task("tides")];
    assert_eq!(tides.scores.value("overall"), Some(5.875));
    assert_eq!(tides.outcome, SampleOutcome::Scored);
    let render = run.timings[&task("tides")].iter().find(|stage| stage.stage == "render");
    assert_eq!(render.map(|stage| stage.seconds), Some(0.5));
}

#[test]
fn a_cut_last_line_is_left_out() {
    let folder = copy();
    std::fs::remove_file(folder.path().join("summary.json")).expect("removed");
    edit(folder.path(), "events.jsonl", |text| {
        let cut = text.find("\"unanswered\"").expect("the fourth sample");
        text[..cut + 30].to_owned()
    });
    let run = load(folder.path()).expect("a run");
    assert!(run.cut_line && run.is_interrupted());
    assert_eq!(run.interruption().as_deref(), Some("interrupted, 3 of 5"));
    assert_eq!(run.counts().tasks, 5);
    assert_eq!(run.counts().scored, 3);
    assert_eq!(run.scores()["overall"].n, 3);
}

#[test]
fn an_interrupted_run_counts_like_its_summary() {
    let whole = load(&fixture()).expect("a run");
    let folder = copy();
    std::fs::remove_file(folder.path().join("summary.json")).expect("removed");
    let run = load(folder.path()).expect("a run");
    assert_eq!(run.counts(), whole.counts());
    for (metric, summary) in whole.scores() {
        assert_eq!(run.scores()[&metric].mean, summary.mean, "{metric}");
        assert_eq!(run.scores()[&metric].n, summary.n, "{metric}");
    }
}

#[test]
fn a_damaged_line_in_the_middle_is_named() {
    let folder = copy();
    edit(folder.path(), "events.jsonl", |text| {
        text.replacen("\"event\": \"retried\"", "\"event\": \"ret", 1)
    });
    let line = match load(folder.path()) {
        Err(ReportError::DamagedLine { line, .. }) => line,
        other => panic!("{other:?}"),
    };
    assert_eq!(line, 7);
}

#[test]
fn a_damaged_last_line_that_is_whole_is_refused() {
    let folder = copy();
    edit(folder.path(), "events.jsonl", |text| text + "{}\n");
    assert!(matches!(load(folder.path()), Err(ReportError::DamagedLine { .. })));
}

#[test]
fn a_sample_of_no_task_is_refused() {
    let folder = copy();
    edit(folder.path(), "run.json", |text| text.replace("\"tides\",", ""));
    assert!(matches!(load(folder.path()), Err(ReportError::DamagedLine { line: 4, .. })));
}

#[test]
fn formats_of_other_versions_are_refused_with_advice() {
    for (format, newer) in [("[2, 0]", true), ("[1, 7]", true), ("[0, 9]", false)] {
        let folder = copy();
        edit(folder.path(), "run.json", |text| {
            let start = text.find('[').expect("the format");
            let end = text.find(']').expect("its end");
            format!("{}{format}{}", &text[..start], &text[end + 1..])
        });
        let error = load(folder.path()).expect_err(format);
        assert_eq!(matches!(error, ReportError::TooNew { .. }), newer, "{format}");
        assert_eq!(matches!(error, ReportError::TooOld { .. }), !newer, "{format}");
        assert!(error.to_string().contains("hint: "), "{error}");
    }
}

#[test]
fn a_folder_without_a_manifest_is_not_a_run() {
    let folder = tempfile::tempdir().expect("a folder");
    for path in [folder.path().to_owned(), folder.path().join("absent"), fixture().join("run.json")]
    {
        assert!(matches!(load(&path), Err(ReportError::NotARun { .. })), "{}", path.display());
    }
}

#[test]
fn a_run_stopped_before_its_first_event_is_empty() {
    let folder = copy();
    for name in ["events.jsonl", "summary.json"] {
        std::fs::remove_file(folder.path().join(name)).expect("removed");
    }
    let run = load(folder.path()).expect("a run");
    assert_eq!(run.interruption().as_deref(), Some("interrupted, 0 of 5"));
    assert!(pageloom_report::table(&[run], 80).contains("interrupted, 0 of 5"));
}
