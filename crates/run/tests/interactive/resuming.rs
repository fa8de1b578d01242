//! A run that was cut off goes on to the same bytes, and nobody is asked again what its folder knows.

use std::path::Path;

use pageloom_schema::{AnswerSource, Event};

use super::bench::{Bench, COUNTER, COUNTING, Endpoint, Way, content, events, open};

/// Copies a folder with all below it.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let place = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &place);
        } else {
            std::fs::copy(&path, place).unwrap();
        }
    }
}

/// What a process leaves that is killed in the middle of writing what follows the event at that place.
fn cut(whole: &Path, part: &Path, at: usize) {
    copy(whole, part);
    std::fs::remove_file(part.join("summary.json")).unwrap();
    let text = std::fs::read_to_string(whole.join("events.jsonl")).unwrap();
    let mut kept: String = text.split_inclusive('\n').take(at + 1).collect();
    kept += "{\"event\":\"step_fin";
    std::fs::write(part.join("events.jsonl"), kept).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn run_that_was_cut_off_goes_on_to_the_same_bytes_and_asks_nothing_again() {
    let bench = Bench::new().await;
    let file = bench.path("tasks.jsonl");
    for id in ["first", "second"] {
        let page = COUNTER.replace("<h1>Counter", &format!("<h1>The {id} counter"));
        bench.record(&bench.script(id, &page, COUNTING), &file).await.unwrap();
    }
    let suite = open(&file);
    let mut endpoint = Endpoint::answering(content).await;
    let run = async |endpoint: &Endpoint, out: &str| {
        let way = Way {
            judge: endpoint.judge(&suite.protocol).await,
            grounder: endpoint.grounder().await,
            desk: Some(endpoint.desk.clone()),
            workers: 1,
            ..Way::of("baseline:oracle")
        };
        bench.run(&suite, out, way).await
    };
    let whole = run(&endpoint, "whole").await;
    let summary = |out: &str| std::fs::read(bench.path(out).join("summary.json")).unwrap();
    let happened = events(&bench.path("whole"));
    let is_step = |event: &Event| matches!(event, Event::StepFinished { .. });
    let places: Vec<usize> = (0..happened.len()).filter(|at| is_step(&happened[*at])).collect();
    let answers = |events: &[Event]| {
        let paid = |event: &&Event| match event {
            Event::Asked(exchange) => exchange.source == AnswerSource::Endpoint,
            _ => false,
        };
        events.iter().filter(paid).count() as u32
    };
    // In the middle of the first task, in its comparison, in the second task, and at its last step.
    let cuts = [places[2], places[5], places[places.len() / 2 + 1], places[places.len() - 1]];
    for (number, at) in cuts.into_iter().enumerate() {
        let out = format!("cut-{number}");
        cut(&bench.path("whole"), &bench.path(&out), at);
        let before = endpoint.standin.asked();
        endpoint.forget();
        let resumed = run(&endpoint, &out).await;
        assert_eq!(summary("whole"), summary(&out), "cut after event {at}");
        assert_eq!(resumed.samples, whole.samples, "cut after event {at}");
        let unknown = answers(&happened[at + 1..]);
        assert_eq!(endpoint.standin.asked() - before, unknown, "cut after event {at}");
        assert_eq!(answers(&events(&bench.path(&out))), answers(&happened), "each answer once");
    }
}
