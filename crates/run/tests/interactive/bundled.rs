//! The bundled suite: what is right scores 1, what is wrong fails where it is known to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pageloom_schema::{Event, SampleOutcome, Suite, Work};

use super::bench::{Bench, Way, events, first_failure, open, rounded, steps};

/// Tasks whose faulty candidates are replayed: one on a phone, one with keys, one with an upload and
/// one whose first action needs no script.
const SAMPLED: [&str; 4] = ["2048", "form", "tabs", "todo-list"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../suites/interactive")
}

fn some(suite: &Suite, ids: &[&str]) -> Suite {
    let mut suite = suite.clone();
    suite.tasks.retain(|task| ids.contains(&task.id.as_str()));
    assert_eq!(suite.tasks.len(), ids.len());
    suite
}

/// The same tasks, of which the first view alone is compared.
fn without_looks(mut suite: Suite) -> Suite {
    for task in &mut suite.tasks {
        let Work::Rebuild(recording) = &mut task.work else { panic!("a recording") };
        for action in &mut Arc::make_mut(recording).row.action_sequence {
            action.visual_evaluation_flag = false;
        }
    }
    suite
}

fn candidates(kind: &str) -> Way {
    Way::of(&format!("replay:{}", folder().join("candidates").join(kind).display()))
}

/// At which action each candidate of a kind fails, by task.
fn expected(kind: &str) -> BTreeMap<String, u32> {
    let text = std::fs::read_to_string(folder().join("candidates/expected.toml")).unwrap();
    let tables: BTreeMap<String, toml::Table> = toml::from_str(&text).unwrap();
    tables
        .into_iter()
        .map(|(id, table)| (id, u32::try_from(table[kind].as_integer().unwrap()).unwrap()))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn page_of_a_task_has_every_point_of_its_own_task() {
    let bench = Bench::new().await;
    let suite = open(&folder());
    assert_eq!(suite.tasks.len(), 12);
    let run = bench.run(&suite, "oracle", Way::of("baseline:oracle")).await;
    for (id, sample) in &run.samples {
        assert_eq!(sample.outcome, SampleOutcome::Scored, "{id}: {:?}", sample.fault);
        for metric in ["ifs", "lfs", "hfs", "vfs", "vfs_all", "final"] {
            assert_eq!(sample.scores.value(metric), Some(1.0), "{id}: {metric}");
        }
    }
    assert_eq!(run.summary.scores["final"].mean, Some(1.0));
    assert_eq!(run.summary.scores["final"].n, 12);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn page_written_another_way_does_every_action_of_every_task() {
    let bench = Bench::new().await;
    // Looks take longest to compare; the first view is enough here.
    let suite = without_looks(open(&folder()));
    let run = bench.run(&suite, "correct", candidates("correct")).await;
    assert_eq!(run.samples.len(), 12);
    for (id, sample) in &run.samples {
        assert_eq!(first_failure(sample), None, "{id}");
        assert_eq!(sample.scores.value("ifs"), Some(1.0), "{id}");
        let looks = sample.scores.value("lfs").unwrap();
        assert!(looks > 0.7, "{id}: {looks}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faulty_candidates_fail_at_the_action_they_are_known_to_fail_at() {
    let bench = Bench::new().await;
    let suite = without_looks(some(&open(&folder()), &SAMPLED));
    for kind in ["dead", "wrong", "crash"] {
        let known = expected(kind);
        let run = bench.run(&suite, kind, candidates(kind)).await;
        for (id, sample) in &run.samples {
            let at = known[id];
            assert_eq!(first_failure(sample), Some(at), "{kind}/{id}");
            let total = steps(sample).len() - 1;
            let share = f64::from(at - 1) / total as f64;
            assert_eq!(sample.scores.value("ifs"), rounded(share), "{kind}/{id}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn page_that_hangs_on_its_way_is_scored_by_the_steps_before() {
    let bench = Bench::new().await;
    let suite = some(&open(&folder()), &["cart"]);
    let run = bench.run(&suite, "crash", candidates("crash").impatient()).await;
    let sample = run.only();
    assert_eq!(sample.outcome, SampleOutcome::PageFault);
    assert_eq!(sample.fault.as_ref().unwrap().code(), "page/script_hang");
    assert_eq!(sample.scores.value("ifs"), rounded(6.0 / 9.0));
    assert!(sample.scores.value("final").unwrap() > 0.5);
    assert_eq!(run.summary.counts.scored, 1);
    assert_eq!(run.summary.counts.faults["page/script_hang"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn number_of_workers_changes_nothing() {
    let bench = Bench::new().await;
    let suite = some(&open(&folder()), &["tabs", "todo-list"]);
    let one = bench.run(&suite, "one", Way { workers: 1, ..candidates("wrong") }).await;
    let two = bench.run(&suite, "two", candidates("wrong")).await;
    assert_eq!(one.samples, two.samples);
    let bytes = |run: &str| std::fs::read(bench.path(run).join("summary.json")).unwrap();
    assert_eq!(bytes("one"), bytes("two"));
    // Every step was written down as it ended, and again when it was compared.
    let written = events(&bench.path("one")).into_iter().filter(
        |event| matches!(event, Event::StepFinished { task, .. } if task.as_str() == "tabs"),
    );
    assert!(written.count() > steps(one.sample("tabs")).len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn missing_answer_counts_nothing_and_is_counted() {
    let bench = Bench::new().await;
    let suite = some(&open(&folder()), &["tabs", "cart"]);
    let none = bench.path("none");
    std::fs::create_dir(&none).unwrap();
    let run = bench.run(&suite, "run", Way::of(&format!("replay:{}", none.display()))).await;
    assert_eq!((run.summary.counts.answered, run.summary.counts.scored), (0, 2));
    assert_eq!(run.summary.scores["final"].mean, Some(0.0));
    assert_eq!(run.summary.scores["final"].n, 2);
}
