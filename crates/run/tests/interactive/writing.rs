//! A model behind an endpoint writes the page: what it is shown, and what becomes of its answer.

use std::path::Path;

use pageloom_run::interactive::{ASSETS_PLACEHOLDER, PromptOptions};
use pageloom_schema::{SampleOutcome, Suite};

use super::bench::{Bench, COUNTER, COUNTING, Endpoint, Way, steps};

const DOT: &str = "<svg xmlns='http://www.w3.org/2000/svg' width='60' height='60'><circle cx='30' \
                   cy='30' r='28' fill='teal'/></svg>";

fn page(dot: &str) -> String {
    COUNTER.replace("<h1>", &format!("<img src='{dot}' width=60 height=60 alt=dot><h1>"))
}

async fn task(bench: &Bench) -> Suite {
    bench.task_of(&[("index.html", &page("dot.svg")), ("dot.svg", DOT)], COUNTING).await
}

fn sheets(tasks: &Path) -> Vec<Vec<u8>> {
    let folder = tasks.join("small/stitched_assets");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| std::fs::read(file).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn model_sees_sheets_then_frames_and_its_placeholder_becomes_the_folder_of_assets() {
    let bench = Bench::new().await;
    let suite = task(&bench).await;
    let answer = page(&format!("{ASSETS_PLACEHOLDER}/asset_001.svg"));
    let endpoint =
        Endpoint::answering(move |_| format!("Here it is:\n```html\n{answer}\n```\n")).await;
    let (model, desk) = (endpoint.model().await, Some(endpoint.desk.clone()));
    let shown = PromptOptions { max_frames: 3, ..PromptOptions::default() };
    let run =
        bench.run(&suite, "run", Way { model, desk, shown, ..Way::of("baseline:oracle") }).await;
    let asked = endpoint.questions("");
    assert_eq!(asked.len(), 1);
    let sheets = sheets(&bench.path("tasks"));
    assert!(!sheets.is_empty());
    assert_eq!(asked[0].pictures.len(), sheets.len() + 3);
    assert_eq!(asked[0].pictures[..sheets.len()], sheets);
    assert!(asked[0].texts[0].contains(ASSETS_PLACEHOLDER));
    let words = asked[0].texts.last().unwrap();
    for part in ["400 by 300 CSS pixels", "The other 3 pictures are from the recording"] {
        assert!(words.contains(part), "{words}");
    }
    let sample = run.only();
    assert_eq!(sample.outcome, SampleOutcome::Scored, "{:?}", sample.fault);
    // To the pixel: the picture was served.
    assert_eq!(steps(sample)[0].blobs.get("difference"), None);
    assert_eq!(sample.scores.value("final"), Some(1.0));
    let html = pageloom_run::log::read_blob(&bench.path("run"), &sample.blobs["candidate_html"]);
    let html = String::from_utf8(html.unwrap()).unwrap();
    assert!(html.contains("'assets/asset_001.svg'"), "{html}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn picture_that_is_not_there_is_missed() {
    let bench = Bench::new().await;
    let suite = task(&bench).await;
    let answer = page(&format!("{ASSETS_PLACEHOLDER}/asset_002.svg"));
    let sample = bench.replay(&suite, "other", &answer).await;
    assert!(steps(&sample)[0].blobs.contains_key("difference"));
    assert_eq!(sample.scores.value("ifs"), Some(1.0));
    assert!(sample.scores.value("lfs").unwrap() < 1.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answer_without_a_page_is_a_page_fault_and_counts_nothing() {
    let bench = Bench::new().await;
    let suite = task(&bench).await;
    let endpoint = Endpoint::answering(|_| "I cannot see any recording.".to_owned()).await;
    let (model, desk) = (endpoint.model().await, Some(endpoint.desk.clone()));
    let run = bench.run(&suite, "run", Way { model, desk, ..Way::of("baseline:oracle") }).await;
    assert_eq!(run.only().outcome, SampleOutcome::PageFault);
    assert_eq!(run.only().scores.value("final"), Some(0.0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn long_recording_is_thinned_to_what_the_endpoint_takes() {
    let bench = Bench::new().await;
    let wait = "[[action]]\ntype = \"Wait\"\nmilliseconds = 10000\n";
    let suite = bench.task(COUNTER, &[COUNTING, wait, wait].join("\n")).await;
    let endpoint = Endpoint::answering(|_| format!("```html\n{COUNTER}\n```")).await;
    let (model, desk) = (endpoint.model().await, Some(endpoint.desk.clone()));
    let run = bench.run(&suite, "run", Way { model, desk, ..Way::of("baseline:oracle") }).await;
    // A server of one's own is sent 16 pictures at most.
    assert_eq!(endpoint.questions("")[0].pictures.len(), 16);
    assert_eq!(run.only().scores.value("final"), Some(1.0));
}
