//! The report opened from disk in the real browser: sorted, filtered, walked through by keys. A
//! driver script, with the head that all drivers share, is put beside the viewer's own and leaves
//! what it saw in the page.
//!
//! Needs `chromium-headless-shell` or `chromium` (`scripts/install-deps.sh` installs it); without
//! one the test says so and passes.

#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a test that cannot start its browser has failed; the browser is found on the PATH"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use pageloom_report::{load, write_html};
use serde_json::Value;

fn browser() -> Option<PathBuf> {
    let paths = std::env::var_os("PATH")?;
    ["chromium-headless-shell", "chromium", "google-chrome"].iter().find_map(|name| {
        std::env::split_paths(&paths).map(|folder| folder.join(name)).find(|path| path.is_file())
    })
}

/// Chromium's own sandbox refuses root; what is opened here is our own page.
fn runs_as_root() -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        std::fs::metadata("/proc/self").is_ok_and(|found| found.uid() == 0)
    }
    #[cfg(not(unix))]
    {
        false
    }
}

/// What `driver` saw in the report in `out`, and what the browser said on the way.
fn drive(browser: &Path, out: &Path, driver: &str) -> (Value, String) {
    let page = std::fs::read_to_string(out.join("index.html")).expect("the report's page");
    let scripts = "<script src=\"drive.js\"></script></body>";
    std::fs::write(out.join("drive.html"), page.replace("</body>", scripts)).expect("written");
    let script = [include_str!("drive_head.js"), driver].concat();
    std::fs::write(out.join("drive.js"), script).expect("written");
    let profile = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(browser);
    if runs_as_root() {
        command.arg("--no-sandbox");
    }
    let output = command
        .args(["--headless", "--disable-gpu", "--hide-scrollbars", "--no-first-run"])
        .args(["--window-size=1500,1000", "--virtual-time-budget=60000"])
        .args(["--enable-logging=stderr", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("file://{}", out.join("drive.html").display()))
        .stdin(Stdio::null())
        .output()
        .expect("a browser");
    let page = String::from_utf8_lossy(&output.stdout).into_owned();
    let talk = String::from_utf8_lossy(&output.stderr).into_owned();
    let found =
        page.split_once("<pre id=\"seen\">").and_then(|(_, rest)| rest.split_once("</pre>"));
    let (text, _) = found.unwrap_or_else(|| panic!("the driver left nothing\n{talk}"));
    (serde_json::from_slice(&base64(text)).expect("what the driver saw"), talk)
}

fn base64(text: &str) -> Vec<u8> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for letter in text.bytes().filter_map(|b| LETTERS.iter().position(|l| *l == b)) {
        bits = (bits << 6) | letter as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    out
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn a_report_works_from_disk_by_mouse_and_keys() {
    let Some(browser) = browser() else {
        eprintln!("skipped: no chromium-headless-shell or chromium on the PATH");
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("report");
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/formats/v1/small-run");
    write_html(&[load(&fixture).expect("a run")], &out).expect("a report");

    let (seen, talk) = drive(&browser, &out, include_str!("drive_viewer.js"));

    assert_eq!(texts(&seen["errors"]), Vec::<&str>::new(), "{seen:#}");
    assert!(!talk.contains("CONSOLE"), "{talk}");
    assert_eq!(texts(&seen["leaderboard"]).len(), 1);
    assert!(seen["leaderboard"][0].as_str().is_some_and(|row| row.contains("2.88")), "{seen:#}");
    assert_eq!(texts(&seen["tasks"]), ["hostile", "looping", "lost", "tides", "unanswered"]);
    assert_eq!(texts(&seen["rising"]), ["0.00", "0.00", "5.63", "5.88", "–"]);
    assert_eq!(texts(&seen["falling"]), ["5.88", "5.63", "0.00", "0.00", "–"]);
    assert_eq!(seen["sortState"], "descending");
    assert_eq!(texts(&seen["found"]), ["tides"]);
    assert_eq!(texts(&seen["faults"]).len(), 2);
    assert_eq!(seen["address"], "#/?sort=overall&dir=down");
    assert_eq!(seen["dots"], 4);
    assert!(seen["bars"].as_u64().is_some_and(|bars| bars >= 2));
    assert_eq!((seen["chosen"].as_str(), &seen["active"]), (Some("tides"), &Value::Bool(true)));
    let boxes = texts(&seen["boxes"]);
    assert_eq!(boxes, ["box-changed", "box-changed", "box-matched", "box-matched", "box-missed"]);
    assert_eq!(texts(&seen["lit"]), ["layer reference", "layer candidate"]);
    assert!(seen["tip"].as_str().is_some_and(|tip| tip.contains("High water")));
    assert_eq!(seen["reasons"], 10);
    assert_eq!((&seen["slider"], &seen["blink"]), (&Value::Bool(true), &Value::Bool(true)));
    assert_eq!(seen["difference"], "difference");
    assert_eq!(texts(&seen["source"]), ["<!doctype html>", "<!doctype html>"]);
    assert_eq!(texts(&seen["evidence"]), ["box-missed"]);
    let messages = texts(&seen["messages"]).join("\n");
    for part in ["tides is not a function", "is not allowed here", "fonts.example", "logo.png"] {
        assert!(messages.contains(part), "{part} in {messages}");
    }
    assert!(seen["ours"].as_str().is_some_and(|text| text.contains("not scored")));
    assert!(seen["theirs"].as_str().is_some_and(|text| text.contains("script hang")));
    assert!(seen["hostileTitle"].as_str().is_some_and(|text| text.starts_with("</script>")));
    assert_eq!(
        (&seen["hostileSource"], &seen["broken"]),
        (&Value::Bool(true), &Value::Bool(false))
    );
    assert_eq!(texts(&seen["themes"]), ["auto", "dark"]);
    assert_eq!((&seen["darker"], &seen["kept"]), (&Value::Bool(true), &Value::from(5)));
}

#[test]
fn questions_and_answers_open_and_stay_text() {
    let Some(browser) = browser() else {
        eprintln!("skipped: no chromium-headless-shell or chromium on the PATH");
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("report");
    let formats = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/formats");
    let asked = load(&formats.join("v1.1/asked-run")).expect("a run");
    let old = load(&formats.join("v1/small-run")).expect("a run");
    write_html(&[asked, old], &out).expect("a report");

    let (seen, talk) = drive(&browser, &out, include_str!("drive_exchanges.js"));

    assert_eq!(texts(&seen["errors"]), Vec::<&str>::new(), "{seen:#}");
    assert!(!talk.contains("CONSOLE"), "{talk}");
    assert_eq!(
        texts(&seen["judges"]),
        [
            "Overall 4.98 5.04 −0.06 0.80 0.67 4",
            "VSA 4.00 4.75 −0.75 0.80 0.67 4",
            "CAD 4.17 4.67 −0.50 0.80 0.67 4",
            "TCC 3.75 3.75 ±0.00 1.00 1.00 4",
            "UII 8.00 7.00 +1.00 – – 4",
        ]
    );
    assert_eq!(seen["criteria"], 15);
    assert_eq!(texts(&seen["asked"]).len(), 5, "four purposes and their sum");
    assert!(texts(&seen["asked"]).iter().any(|row| row.contains("1 refused")), "{seen:#}");

    assert_eq!((&seen["closed"], &seen["early"]), (&Value::Bool(true), &Value::from(0)));
    let summaries = texts(&seen["summaries"]);
    assert!(summaries[0].contains("candidate") && summaries[0].contains("776 + 87"), "{seen:#}");
    assert!(summaries[1].contains("judge") && summaries[1].contains("3 attempts"), "{seen:#}");
    let shown = texts(&seen["texts"]);
    assert!(shown[0].starts_with("You rebuild webpages"), "{seen:#}");
    assert!(shown.last().is_some_and(|text| text.contains("<title>Abalone</title>")), "{seen:#}");
    assert_eq!(seen["thumbnails"], 1);

    assert!(texts(&seen["hostile"]).iter().all(|text| text.contains("</script>")), "{seen:#}");
    assert_eq!(texts(&seen["hostile"]).len(), 3);
    assert_eq!(texts(&seen["missing"]).len(), 4, "two pictures, a question, a reply");
    assert_eq!((&seen["broken"], &seen["polluted"]), (&Value::Bool(false), &Value::Bool(false)));
    assert_eq!(texts(&seen["lost"]).len(), 2);
    assert_eq!(seen["old"], false, "a run that asked nothing has no section");
}

#[test]
fn steps_are_walked_through_and_enlarged() {
    let Some(browser) = browser() else {
        eprintln!("skipped: no chromium-headless-shell or chromium on the PATH");
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("report");
    let formats = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/formats");
    let mut interactive = load(&formats.join("v1.2/interactive-run")).expect("a run");
    lengthen(&mut interactive, 64);
    let websites = load(&formats.join("v1.2/website-run")).expect("a run");
    let old = load(&formats.join("v1/small-run")).expect("a run");
    write_html(&[interactive, websites, old], &out).expect("a report");

    let (seen, talk) = drive(&browser, &out, include_str!("drive_interactions.js"));

    assert_eq!(texts(&seen["errors"]), Vec::<&str>::new(), "{seen:#}");
    assert!(!talk.contains("CONSOLE"), "{talk}");
    assert_eq!((&seen["frames"], &seen["cards"]), (&Value::from(65), &Value::from(65)));
    assert_eq!(seen["lazy"], true, "pictures are loaded when they come near");
    assert_eq!(
        texts(&seen["title"]),
        ["Step 1: Click the “Add to basket” button of the first tea"]
    );
    assert_eq!(
        texts(&seen["figures"]),
        ["Before it, after step 0", "Candidate after it", "Checkpoint", "Difference"]
    );
    assert_eq!(texts(&seen["alts"]).len(), 4, "every picture says what it is");
    assert_eq!((&seen["marks"], &seen["marksElsewhere"]), (&Value::from(1), &Value::from(0)));
    assert_eq!(
        texts(&seen["dragged"]),
        ["mark mark-way", "mark mark-origin", "mark mark-destination"]
    );
    assert_eq!(texts(&seen["ticks"]), ["✓", "✓", "✓"]);
    assert_eq!(
        texts(&seen["visual"]),
        ["Text (OCR) 0.920", "Look (structure) 0.870", "Judge 0.800"]
    );
    assert!(seen["element"].as_str().is_some_and(|text| {
        text.contains("from the description, without a model · fits 0.930")
            && text.contains("Next best: Remove 0.410")
    }));
    assert_eq!(texts(&seen["walked"]), ["0", "1", "2", "1"]);
    assert_eq!(seen["focused"], "step-1");
    assert_eq!(seen["jumped"], "step-60");
    assert_eq!(seen["inSight"], true, "a jump lands beneath the strip");
    assert_eq!(seen["linked"], "40", "the address names the step");
    assert!(texts(&seen["large"])[0].starts_with("Step 1 · Click the"), "{seen:#}");
    assert_eq!(texts(&seen["large"])[1..], ["Before it, after step 0", "Candidate after it"]);
    assert!(texts(&seen["turned"])[0].starts_with("Step 2 · Drag"), "{seen:#}");
    assert_eq!((&seen["closed"], &seen["stillThere"]), (&Value::Bool(true), &Value::Bool(true)));

    assert_eq!(seen["failing"], "2");
    assert_eq!(texts(&seen["verdicts"]), ["passed", "passed", "not_done", "unreached"]);
    assert!(
        seen["why"].as_str().is_some_and(|why| why.starts_with("several elements")),
        "{seen:#}"
    );
    assert!(seen["hostileTitle"].as_str().is_some_and(|text| text.contains("</script>")));
    assert_eq!(texts(&seen["notes"]).len(), 2, "two pictures that the run does not hold");
    assert_eq!((&seen["broken"], &seen["wide"]), (&Value::Bool(false), &Value::Bool(false)));

    assert_eq!((&seen["known"], &seen["banner"]), (&Value::from(2), &Value::Bool(true)));
    assert_eq!(
        texts(&seen["tests"]),
        ["✓ yes", "◐ partial", "✗ no", "! unscored", "✗ no"].map(str::to_owned)
    );
    assert_eq!(seen["counts"], "✓ 1 yes ◐ 1 partial ✗ 2 no ! 1 unscored");
    assert_eq!((&seen["folded"], &seen["moves"]), (&Value::from(0), &Value::from(2)));
    assert_eq!(seen["old"], false, "a page that is only looked at has no steps");
}

/// `basket` with more steps, all like its first.
fn lengthen(run: &mut pageloom_report::RunLog, steps: u32) {
    let basket = run.samples.values_mut().find(|sample| sample.task.as_str() == "basket");
    let trace = basket.and_then(|sample| sample.interaction.as_mut()).expect("steps");
    let first = trace.steps[1].clone();
    trace.steps.extend((4..=steps).map(|number| {
        let mut step = first.clone();
        step.step = number;
        step
    }));
}
