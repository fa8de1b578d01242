//! Sentences before a vision judge: which ones it is asked, what it is shown, and what comes of a
//! judge that cannot be read.

use pageloom_run::has_system_faults;
use pageloom_schema::{Fault, SampleOutcome, Suite, SystemFaultKind};
use serde_json::json;

use super::bench::{
    Bench, COUNTER, COUNTING, Endpoint, LOOKS, Run, SENTENCE, Way, content, rounded, steps,
};

async fn judged(bench: &Bench, suite: &Suite, out: &str, endpoint: &Endpoint) -> Run {
    let judge = endpoint.judge(&suite.protocol).await;
    let desk = Some(endpoint.desk.clone());
    bench.run(suite, out, Way { judge, desk, ..Way::of("baseline:oracle") }).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn judge_is_asked_what_no_check_decides_and_shown_the_page_before_and_after() {
    let bench = Bench::new().await;
    let suite = bench.task(COUNTER, COUNTING).await;
    let endpoint = Endpoint::answering(content).await;
    let run = judged(&bench, &suite, "run", &endpoint).await;
    let asked = endpoint.questions(SENTENCE);
    assert_eq!(asked.len(), 1);
    assert!(asked[0].texts.iter().any(|text| text.contains("all that was counted is forgotten")));
    let sample = run.only();
    let blob = |step: usize| {
        let name = &steps(sample)[step].blobs["candidate"];
        pageloom_run::log::read_blob(&bench.path("run"), name).unwrap()
    };
    assert_eq!(asked[0].pictures, [blob(2), blob(3)]);
    let said = steps(sample)[3].assertion.as_ref().unwrap();
    assert_eq!((said.holds, said.words.as_str()), (Some(true), "it is seen"));
    assert!(steps(sample)[2].assertion.is_none());
    // Step 0 and the three flagged actions.
    assert_eq!(endpoint.questions(LOOKS).len() as u32 + 1, endpoint.standin.asked());
    assert_eq!(sample.scores.value("final"), Some(1.0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_no_of_the_judge_ends_the_row_there() {
    let bench = Bench::new().await;
    let suite = bench.task(COUNTER, COUNTING).await;
    let endpoint = Endpoint::answering(|asked| {
        let answer = content(asked);
        if asked.texts.iter().any(|text| text.contains(SENTENCE)) {
            return answer.replace("true", "false");
        }
        answer
    })
    .await;
    let run = judged(&bench, &suite, "run", &endpoint).await;
    assert_eq!(run.only().scores.value("ifs"), rounded(2.0 / 3.0));
    assert_eq!(run.only().outcome, SampleOutcome::Scored);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn published_rules_ask_the_judge_for_every_sentence() {
    let bench = Bench::new().await.with_embedding();
    let mut suite = bench.task(COUNTER, COUNTING).await;
    pageloom_run::suite::set_protocol(&mut suite, "iwr-bench/compat").unwrap();
    let endpoint = Endpoint::answering(|asked| {
        let about_looks = asked.texts.iter().any(|text| text.contains("Score: N/100"));
        if about_looks { "Score: 90/100" } else { "Yes" }.to_owned()
    })
    .await;
    let run = judged(&bench, &suite, "run", &endpoint).await;
    assert_eq!(endpoint.questions("Is this true after the action?").len(), 2);
    assert!(steps(run.only())[2].assertion.is_some());
    assert_eq!(run.only().scores.value("ifs"), Some(1.0));
    assert_eq!(run.only().scores.value("hfs").map(|grade| (grade * 100.0).round()), Some(90.0));
    // As published, a step is held against the checkpoint of the next one.
    let likeness = run.only().scores.value("lfs").unwrap();
    assert!((0.5..1.0).contains(&likeness), "{likeness}");
    let whole = run.only().scores.value("final").unwrap();
    assert!((whole - (0.7 + 0.3 * (likeness + 0.9) / 2.0)).abs() < 1e-5, "{whole}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn published_rules_let_nothing_stand_in_for_the_embedding() {
    let bench = Bench::new().await;
    let mut suite = bench.task(COUNTER, COUNTING).await;
    pageloom_run::suite::set_protocol(&mut suite, "iwr-bench/compat").unwrap();
    let endpoint = Endpoint::answering(|_| "Yes. Score: 90/100".to_owned()).await;
    let run = judged(&bench, &suite, "run", &endpoint).await;
    assert_eq!(run.only().scores.value("lfs"), None);
    assert_eq!(run.only().scores.value("final"), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn local_judge_grades_beside_the_embedding_as_without_it() {
    let bench = Bench::new().await;
    let suite = bench.task(COUNTER, COUNTING).await;
    let page = COUNTER.replace("20px Arial", "24px Georgia");
    let without = bench.replay(&suite, "without", &page).await;
    let bench = bench.with_embedding();
    let way = Way::of(&bench.candidate("without", &page));
    let run = bench.run(&suite, "beside", way).await;
    let beside = run.only();
    assert!(steps(beside)[0].visual.contains_key("dino"));
    assert!(!steps(&without)[0].visual.contains_key("dino"));
    assert_eq!(beside.scores.value("hfs"), without.scores.value("hfs"));
    assert!(beside.scores.value("hfs").unwrap() < 1.0);
    assert!(beside.scores.value("final").is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn judge_that_cannot_be_read_leaves_the_sample_unscored_and_is_asked_again_next_time() {
    let bench = Bench::new().await;
    let suite = bench.task(COUNTER, COUNTING).await;
    let mut endpoint = Endpoint::answering(|asked| {
        if asked.texts.iter().any(|text| text.contains(SENTENCE)) {
            return "I would rather not say.".to_owned();
        }
        content(asked)
    })
    .await;
    let run = judged(&bench, &suite, "run", &endpoint).await;
    let sample = run.only();
    assert_eq!(sample.outcome, SampleOutcome::SystemFault);
    match sample.fault.as_ref().unwrap() {
        Fault::System(fault) => {
            assert_eq!(fault.kind, SystemFaultKind::Judge);
            assert!(fault.to_string().contains("step 3"), "{fault}");
        }
        Fault::Page(fault) => panic!("{fault}"),
    }
    // What was done and seen is kept.
    let said = steps(sample)[3].assertion.as_ref().unwrap();
    assert_eq!(said.holds, None);
    assert!(said.words.contains("rather not"), "{}", said.words);
    assert_eq!(run.summary.scores["ifs"].n, 0);
    assert_eq!(run.summary.scores["final"].mean, None);
    assert!(has_system_faults(&run.summary));
    assert_eq!(endpoint.questions(SENTENCE).len(), 3);
    endpoint.forget();
    judged(&bench, &suite, "run", &endpoint).await;
    assert_eq!(endpoint.questions(SENTENCE).len(), 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unread_grade_of_looks_is_a_system_fault_too() {
    let bench = Bench::new().await;
    let suite = bench.task(COUNTER, COUNTING).await;
    let endpoint = Endpoint::answering(|asked| {
        if asked.texts.iter().any(|text| text.contains(LOOKS)) {
            return json!({ "why": "alike", "layout": 11 }).to_string();
        }
        content(asked)
    })
    .await;
    let run = judged(&bench, &suite, "run", &endpoint).await;
    assert_eq!(run.only().outcome, SampleOutcome::SystemFault);
    assert_eq!(run.summary.counts.faults["system/judge"], 1);
    assert_eq!(run.summary.scores["final"].n, 0);
}
