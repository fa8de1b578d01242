//! Websites that are tested by a script and by a model: verdicts, figures, faults of pages and of
//! testers, equal runs and interrupted ones. Plain files; nothing is installed.
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail loudly")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pageloom_model::standin::Asked;
use pageloom_model::{BudgetLimits, ClientOptions, Keys, PriceTable, Script, Standin};
use pageloom_run::suite::{self, Layout};
use pageloom_run::webgen_bench::{Tester, TesterMode, Testing};
use pageloom_run::website::{BuilderChoice, SiteBuilder, SiteBuilderConfig};
use pageloom_run::{
    AskingOptions, Desk, EvaluateOptions, InteractionPolicy, Judge, Model, Pool, PoolConfig,
    Progress, RunError, WorkerProgram, evaluate,
};
use pageloom_schema::TestVerdict::{No, NotStarted, Partial, Yes};
use pageloom_schema::{
    Millis, RenderPolicy, SampleOutcome, SampleResult, Suite, Summary, TestVerdict,
};
use tokio::sync::watch;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/webgen-bench")
}

/// The suite of a file of tasks.
fn open(file: &Path) -> Suite {
    suite::open(file.to_str().unwrap(), Some(Layout::WebGenBench)).unwrap()
}

async fn pool(workers: usize) -> Arc<Pool> {
    Arc::new(Pool::start(PoolConfig { workers, ..PoolConfig::default() }).await.unwrap())
}

/// Builds plain files, and nothing else.
fn testing(folder: &Path, tester: Tester) -> Testing {
    let builder = SiteBuilder::open(SiteBuilderConfig {
        store: folder.join("store"),
        offline: true,
        worker: WorkerProgram { program: "none".into(), args: Vec::new() },
        workers: 1,
        unconfined: false,
        choice: BuilderChoice::Auto,
    });
    let policy = InteractionPolicy { action_deadline: Millis(4_000), ..Default::default() };
    Testing::new(Arc::new(builder.unwrap()), tester, policy)
}

struct Job<'a> {
    folder: &'a Path,
    out: &'a str,
    answers: &'a Path,
    suite: Suite,
    tester: Tester,
    desk: Option<Arc<Desk>>,
    workers: usize,
}

impl Job<'_> {
    /// Runs to the end, or until so many samples are finished.
    async fn run(
        self,
        until: usize,
    ) -> Result<(Summary, BTreeMap<String, SampleResult>), RunError> {
        let pool = pool(self.workers).await;
        let options = EvaluateOptions {
            suite: self.suite,
            model: Model::Replay(self.answers.to_owned()),
            model_name: "replay".to_owned(),
            judge: Judge::Local,
            judge_name: "local".to_owned(),
            desk: self.desk,
            asking: self.tester.describe(),
            rebuilding: None,
            testing: Some(testing(self.folder, self.tester)),
            out: self.folder.join(self.out),
            policy: RenderPolicy::default(),
            viewport: None,
            workers: self.workers,
        };
        let (stop, stopped) = watch::channel(false);
        let mut results = BTreeMap::new();
        let mut watch = |progress: Progress<'_>| {
            if let Progress::Sample(result) = progress {
                results.insert(result.task.to_string(), result.clone());
                stop.send_replace(results.len() >= until);
            }
        };
        let summary = evaluate(options, pool, None, stopped, &mut watch).await?;
        Ok((summary, results))
    }
}

/// A run of the fixtures with their script.
async fn scripted(
    folder: &Path,
    out: &str,
    workers: usize,
    until: usize,
) -> Result<(Summary, BTreeMap<String, SampleResult>), RunError> {
    let (suite, answers) = (open(&fixtures().join("tasks.jsonl")), fixtures().join("answers"));
    let tester = Tester::scripted(&fixtures().join("tester.toml")).unwrap();
    let job = Job { folder, out, answers: &answers, suite, tester, desk: None, workers };
    job.run(until).await
}

fn verdicts(result: &SampleResult) -> Vec<Option<TestVerdict>> {
    result.tests.iter().map(|test| test.verdict).collect()
}

fn figure(summary: &Summary, metric: &str) -> (Option<f64>, u32) {
    let line = summary.scores[metric];
    (line.mean, line.n)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_script_tests_sites_and_equal_runs_are_equal() {
    let folder = tempfile::tempdir().unwrap();
    let (summary, results) = scripted(folder.path(), "one", 2, 99).await.unwrap();
    assert_eq!(verdicts(&results["grocery-list"]), [Some(Yes); 3]);
    assert_eq!(verdicts(&results["reading-log"]), [No, Partial, Yes].map(Some));
    assert_eq!(verdicts(&results["ticket-desk"]), [Some(NotStarted); 2]);
    assert_eq!(results["ticket-desk"].fault.as_ref().unwrap().code(), "page/build_failed");
    let moves = &results["grocery-list"].tests[0].moves;
    assert_eq!(moves.len(), 2);
    assert!(moves[0].action.starts_with("type \"Milk\" into "), "{}", moves[0].action);
    for test in results.values().flat_map(|result| &result.tests) {
        for made in &test.moves {
            let picture = made.picture.as_ref().unwrap();
            assert!(folder.path().join("one/blobs").join(picture).is_file());
        }
    }

    assert_eq!(figure(&summary, "fsr"), (Some(4.5 / 8.0), 8));
    assert_eq!(figure(&summary, "fsr.task.user_interaction"), (Some(0.6), 5));
    assert_eq!(figure(&summary, "fsr.test.functional_testing"), (Some(0.5), 4));
    assert_eq!(figure(&summary, "fsr.test.data_display_testing"), (Some(0.75), 2));
    assert_eq!(figure(&summary, "tests.not_started"), (Some(0.25), 8));
    for stage in ["site.complied", "site.built", "vrr"] {
        assert_eq!(figure(&summary, stage), (Some(0.666_667), 3), "{stage}");
    }
    assert_eq!(figure(&summary, "aas"), (None, 0));

    let bytes = |out: &str| fs::read(folder.path().join(out).join("summary.json")).unwrap();
    scripted(folder.path(), "two", 1, 99).await.unwrap();
    assert_eq!(bytes("one"), bytes("two"));

    // Interrupted after the first site, and gone on with.
    let stopped = scripted(folder.path(), "three", 1, 1).await.unwrap_err();
    assert!(matches!(stopped, RunError::Stopped { finished: 1, tasks: 3 }), "{stopped}");
    let (_, rest) = scripted(folder.path(), "three", 2, 99).await.unwrap();
    assert_eq!(rest.len(), 2);
    assert_eq!(bytes("one"), bytes("three"));
}

/// A file of tasks of one website with tests of these names, and its page.
fn website(folder: &Path, page: &str, tests: &[&str]) -> Suite {
    let cases: Vec<String> = tests
        .iter()
        .map(|test| {
            format!(
                r#"{{"task":"{test}","expected_result":"It works.","task_category":{{"primary_category":"Functional Testing","subcategories":[]}}}}"#
            )
        })
        .collect();
    let row = format!(
        r#"{{"id":"site","instruction":"A site.","Category":{{"primary_category":"Data Management","subcategories":[]}},"application_type":"","ui_instruct":[{}]}}"#,
        cases.join(",")
    );
    fs::write(folder.join("tasks.jsonl"), row).unwrap();
    fs::create_dir_all(folder.join("answers/site")).unwrap();
    fs::write(folder.join("answers/site/index.html"), page).unwrap();
    open(&folder.join("tasks.jsonl"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_breaks_fails_its_test_and_a_test_without_a_script_is_not_decided() {
    let folder = tempfile::tempdir().unwrap();
    let page = "<!doctype html><title>Site</title><h1>Site</h1>\
                <button onclick='for(;;);'>Hang</button><button disabled>Never</button>";
    let suite = website(folder.path(), page, &["hang", "press what cannot be", "unknown"]);
    let scripts = "[[test]]\ntask = \"site\"\ncase = 1\n\
         [[test.moves]]\ndo = \"click\"\ntarget = { role = \"button\", name = \"Hang\" }\n\
         [test.answer]\nchecks = [{ kind = \"text_visible\", text = \"Site\" }]\n\
         [[test]]\ntask = \"site\"\ncase = 2\n\
         [[test.moves]]\ndo = \"click\"\ntarget = { role = \"button\", name = \"Never\" }\n\
         [test.answer]\nchecks = [{ kind = \"text_visible\", text = \"Done\" }]\n";
    fs::write(folder.path().join("tester.toml"), scripts).unwrap();
    let tester = Tester::scripted(&folder.path().join("tester.toml")).unwrap();
    let answers = folder.path().join("answers");
    let job = Job {
        folder: folder.path(),
        out: "run",
        answers: &answers,
        suite,
        tester,
        desk: None,
        workers: 2,
    };
    let (summary, results) = job.run(99).await.unwrap();
    let site = &results["site"];
    assert_eq!(verdicts(site), [Some(No), Some(No), None]);
    assert!(site.tests[0].reason.contains("script_hang"), "{}", site.tests[0].reason);
    assert!(site.tests[1].moves[0].not_done.is_some());
    assert!(site.tests[2].reason.contains("no script for test 3"), "{}", site.tests[2].reason);
    // What is known of the site stays known; its rate is not.
    assert_eq!(site.outcome, SampleOutcome::SystemFault);
    assert_eq!((site.scores.value("fsr"), site.scores.value("vrr")), (None, Some(1.0)));
    assert_eq!(figure(&summary, "fsr"), (Some(0.0), 2));
    assert_eq!(figure(&summary, "tests.undecided"), (Some(0.333_333), 3));
}

/// The number that stands before such an element.
fn number(text: &str, element: &str) -> String {
    let line = text.lines().find(|line| line.contains(element)).unwrap();
    line.trim_start().trim_start_matches('[').split(']').next().unwrap().to_owned()
}

/// Answers in the published grammar.
fn published(asked: &Asked) -> String {
    let text = asked.texts.iter().find(|text| text.starts_with("The test: ")).unwrap();
    let test = text.trim_start_matches("The test: ").lines().next().unwrap();
    let begins = text.contains("\nnone\n");
    match (test, begins) {
        ("add", true) => {
            let field = number(text, "textbox \"New item\"");
            format!("Thought: I add it.\nAction: Type [{field}]; Milk; ENTER")
        }
        // The field was emptied, and what was in it is nowhere.
        ("add", false) if text.contains("= \"Bread\"") => "Action: ANSWER; NO".to_owned(),
        ("add", false) => "Thought: It is there.\nAction: ANSWER; YES".to_owned(),
        ("wander", true) => "Action: Click [999]".to_owned(),
        ("wander", false) if !text.contains("there is no element 999") => "hm".to_owned(),
        ("wander", false) => "Action: Scroll [WINDOW]; down".to_owned(),
        _ => "I would rather not.".to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_tests_in_the_published_grammar() {
    let folder = tempfile::tempdir().unwrap();
    let page = "<!doctype html><title>List</title>\
        <form onsubmit=\"event.preventDefault(); this.after(this.item.value); this.item.value = ''\">\
        <input name=item aria-label='New item' value=Bread><button>Add</button></form>";
    let suite = website(folder.path(), page, &["add", "wander", "mumble"]);
    let standin = Standin::with_responder(Script::default(), Box::new(published)).await.unwrap();
    let answers = folder.path().join("answers");
    for (out, mode) in [("marks", None), ("tree", Some(TesterMode::Tree))] {
        let desk = Arc::new(
            Desk::open(AskingOptions {
                keys: Keys::default(),
                prices: PriceTable::built_in(),
                limits: BudgetLimits::default(),
                client: ClientOptions::default(),
                answers: None,
                share_own_servers: false,
                replay: None,
                fake: Script::default(),
            })
            .unwrap(),
        );
        let client = desk.client(&format!("{}#tester", standin.url())).await.unwrap();
        let tester = Tester::asked(client, Arc::clone(&desk), Default::default(), mode);
        assert_eq!(tester.describe()["tester.mode"], out);
        let job = Job {
            folder: folder.path(),
            out,
            answers: &answers,
            suite: suite.clone(),
            tester,
            desk: Some(desk),
            workers: 2,
        };
        let (summary, results) = job.run(99).await.unwrap();
        let tests = &results["site"].tests;
        assert_eq!(verdicts(&results["site"]), [Some(Yes), Some(No), None], "{out} {tests:#?}");
        assert!(tests[1].reason.contains("no verdict within 15 moves"), "{}", tests[1].reason);
        assert_eq!(tests[1].moves.len(), 14);
        assert!(tests[2].reason.contains("cannot be read"), "{}", tests[2].reason);
        assert_eq!(figure(&summary, "fsr"), (Some(0.5), 2));
        let events = fs::read_to_string(folder.path().join(out).join("events.jsonl")).unwrap();
        let asked = events.lines().filter(|line| line.contains("\"event\":\"asked\"")).count();
        // Two for the first test, fifteen for the second, three tries for the third.
        assert_eq!(asked, 20, "{out}");
    }
}
