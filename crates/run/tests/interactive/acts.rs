//! Actions that cannot be done on a candidate: each has its reason, and none is done to something
//! else.

use pageloom_schema::{Fault, PageFaultKind, SampleOutcome, StepFailure, StepOutcome};

use super::bench::{Bench, COUNTER, COUNTING, Way, failure, rounded, steps};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_in_the_way_of_an_action_is_named() {
    let bench = Bench::new().await;
    let suite = bench.task(COUNTER, COUNTING).await;
    let covered = COUNTER.replace("</html>", "<div style='position:fixed;inset:0'></div></html>");
    let twin = "<button onclick='n.textContent=5'>Add</button>";
    let twice = COUNTER.replace("<h1>", &format!("{twin}<h1>"));
    let none = COUNTER.replace(">Add<", ">Multiply<");
    let disabled = COUNTER.replacen("<button", "<button disabled", 1);
    for (name, page, reasons) in [
        ("covered", covered, &[StepFailure::Covered][..]),
        ("twice", twice, &[StepFailure::Ambiguous]),
        ("none", none, &[StepFailure::NotFound]),
        ("disabled", disabled, &[StepFailure::NotReceived]),
    ] {
        let sample = bench.replay(&suite, name, &page).await;
        assert_eq!(sample.outcome, SampleOutcome::Scored, "{name}");
        let steps = steps(&sample);
        assert!(reasons.contains(&failure(&steps[1])), "{name}: {:?}", steps[1].outcome);
        assert!(steps[2..].iter().all(|step| step.outcome == StepOutcome::Unreached), "{name}");
        assert_eq!(sample.scores.value("ifs"), Some(0.0), "{name}");
        // The moment of the failure is kept.
        assert!(steps[1].blobs.contains_key("candidate"), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn element_that_moves_away_from_the_pointer_did_not_receive_it() {
    let bench = Bench::new().await;
    let suite = bench.task(COUNTER, COUNTING).await;
    for (name, when) in [("over", "onpointerover"), ("down", "onpointerdown")] {
        let away = "this.style.marginLeft=this.style.marginLeft?\"\":\"220px\"";
        let page = COUNTER.replacen("<button", &format!("<button {when}='{away}'"), 1);
        let sample = bench.replay(&suite, name, &page).await;
        let step = &steps(&sample)[1];
        assert!(step.outcome != StepOutcome::Done, "{name}");
        let reason = failure(step);
        assert!(
            matches!(reason, StepFailure::NotReceived | StepFailure::Covered),
            "{name}: {reason:?}"
        );
        assert_eq!(sample.scores.value("ifs"), Some(0.0), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn click_on_a_page_that_ignores_it_is_done_and_its_check_fails() {
    let bench = Bench::new().await;
    let suite = bench.task(COUNTER, COUNTING).await;
    let page = COUNTER.replacen("onclick='n.textContent=+n.textContent+1'", "", 1);
    let sample = bench.replay(&suite, "dead", &page).await;
    let steps = steps(&sample);
    assert_eq!(steps[2].outcome, StepOutcome::Done);
    assert!(!steps[2].checks[0].holds);
    assert_eq!(sample.scores.value("ifs"), rounded(1.0 / 3.0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn page_that_never_loads_has_no_point() {
    let bench = Bench::new().await;
    let suite = bench.task(COUNTER, COUNTING).await;
    let model = bench.candidate("hangs", "<!doctype html><script>for(;;){}</script>");
    let run = bench.run(&suite, "hangs", Way::of(&model).impatient()).await;
    let sample = run.only();
    assert_eq!(sample.outcome, SampleOutcome::PageFault);
    match &sample.fault {
        Some(Fault::Page(fault)) => assert_eq!(fault.kind, PageFaultKind::ScriptHang),
        other => panic!("{other:?}"),
    }
    for metric in ["ifs", "lfs", "hfs", "final"] {
        assert_eq!(sample.scores.value(metric), Some(0.0), "{metric}");
    }
    assert!(!sample.rendered);
}
