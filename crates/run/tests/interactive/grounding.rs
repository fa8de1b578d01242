//! Elements that a model finds: from the tree, and where it says that there is nothing, from a
//! numbered picture.

use pageloom_schema::{GroundingMethod, StepFailure};

use super::bench::{
    Bench, COUNTER, COUNTING, Endpoint, MARKS, TREE, Way, content, failure, found, listed, steps,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn element_from_the_tree_is_used_and_no_picture_is_asked() {
    let bench = Bench::new().await;
    let suite = bench.task(COUNTER, COUNTING).await;
    let endpoint = Endpoint::answering(content).await;
    let (grounder, desk) = (endpoint.grounder().await, Some(endpoint.desk.clone()));
    let run = bench.run(&suite, "run", Way { grounder, desk, ..Way::of("baseline:oracle") }).await;
    let sample = run.only();
    assert_eq!(sample.scores.value("final"), Some(1.0));
    for (step, name) in steps(sample).iter().skip(1).zip(["Add", "Add", "Reset"]) {
        let resolution = step.resolution.as_ref().unwrap();
        assert_eq!((resolution.method, resolution.name.as_str()), (GroundingMethod::Tree, name));
    }
    assert_eq!(endpoint.questions(TREE).len(), 3);
    assert!(endpoint.questions(TREE).iter().all(|asked| asked.pictures.is_empty()));
    assert_eq!(endpoint.standin.asked(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_in_the_tree_is_asked_again_with_a_numbered_picture() {
    let bench = Bench::new().await;
    let suite = bench.task(COUNTER, COUNTING).await;
    let endpoint = Endpoint::answering(|asked| {
        if asked.texts.iter().any(|text| text.contains(TREE)) {
            return r#"{"why": "not there", "element": null}"#.to_owned();
        }
        found(listed(asked).unwrap())
    })
    .await;
    let (grounder, desk) = (endpoint.grounder().await, Some(endpoint.desk.clone()));
    let run = bench.run(&suite, "run", Way { grounder, desk, ..Way::of("baseline:oracle") }).await;
    let sample = run.only();
    assert_eq!(sample.scores.value("ifs"), Some(1.0));
    for step in steps(sample).iter().skip(1) {
        assert_eq!(step.resolution.as_ref().unwrap().method, GroundingMethod::Marks);
    }
    let marked = endpoint.questions(MARKS);
    assert_eq!((marked.len(), endpoint.questions(TREE).len()), (3, 3));
    for (at, asked) in marked.iter().enumerate() {
        assert_eq!(asked.pictures.len(), 1);
        let seen = &steps(sample)[at].blobs["candidate"];
        let plain = pageloom_run::log::read_blob(&bench.path("run"), seen).unwrap();
        assert!(asked.pictures[0] != plain, "there are no marks on it");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_in_the_picture_either_is_not_found() {
    let bench = Bench::new().await;
    let suite = bench.task(COUNTER, COUNTING).await;
    let nothing = |_: &_| r#"{"why": "not there", "element": null}"#.to_owned();
    let endpoint = Endpoint::answering(nothing).await;
    let (grounder, desk) = (endpoint.grounder().await, Some(endpoint.desk.clone()));
    let run = bench.run(&suite, "run", Way { grounder, desk, ..Way::of("baseline:oracle") }).await;
    assert_eq!(failure(&steps(run.only())[1]), StepFailure::NotFound);
    assert_eq!(run.only().scores.value("ifs"), Some(0.0));
    assert_eq!(endpoint.standin.asked(), 2);
}
