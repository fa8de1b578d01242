//! Pages that stand up to being used end in their typed outcome within the limit of an action, and the
//! page that is used after them behaves as it did before.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test that says what it does")]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pageloom_browser::{Act, InteractionPolicy, MouseButton, Pool, PoolConfig};
use pageloom_schema::{Fault, Millis, PageState, Site, Viewport};

const CONTROL: &str = "<!doctype html><title>control</title><body style='font:20px Arial'><h1>Control</h1>\
    <button id=target onclick='out.textContent = ++n'>Press</button><p id=out>0</p><script>let n = 0</script>";
/// When one use must have ended on any machine: the load, one action at its limit and the question
/// whether the page is alive.
const LIMIT: Duration = Duration::from_secs(60);

#[derive(Clone, Copy)]
enum Use {
    Click,
    Type,
    Scroll,
}

/// What each page comes to, any of these.
const CASES: &[(&str, Use, &[&str])] = &[
    ("alert-flood-on-click", Use::Click, &["page/dialog_flood"]),
    ("click-never-returns", Use::Click, &["page/script_hang"]),
    ("focus-stealing", Use::Type, &["not_received", "no_effect"]),
    ("grows-to-70000-elements", Use::Click, &["done"]),
    ("history-flood", Use::Click, &["done"]),
    ("holds-on-to-itself", Use::Click, &["done"]),
    ("infinite-scroll", Use::Scroll, &["done"]),
    ("loop-of-documents", Use::Click, &["page/navigation_loop"]),
    ("modal-trap", Use::Click, &["covered"]),
    ("moves-when-hovered", Use::Click, &["not_received", "covered"]),
    ("moves-when-pressed", Use::Click, &["not_received"]),
    ("named-like-the-document", Use::Click, &["done"]),
    ("navigates-on-every-key", Use::Type, &["done"]),
    ("never-at-rest", Use::Click, &["done"]),
    ("replaced-all-the-time", Use::Click, &["not_found", "not_received"]),
    ("stores-megabytes", Use::Click, &["done"]),
    ("swallows-events", Use::Click, &["done"]),
    ("swallows-the-wheel", Use::Scroll, &["done"]),
    ("takes-all-memory", Use::Click, &["page/memory_limit", "page/crashed"]),
    ("vanishes-when-hovered", Use::Click, &["covered", "not_received"]),
    ("windows-on-click", Use::Click, &["done"]),
    ("written-anew-on-click", Use::Click, &["done"]),
];

fn policy() -> InteractionPolicy {
    InteractionPolicy { action_deadline: Millis(6_000), ..InteractionPolicy::default() }
}

fn target(state: &PageState) -> u32 {
    let named = |id: &String| id == "target";
    let found = state.elements.iter().find(|e| e.attributes.get("id").is_some_and(named));
    found.unwrap_or_else(|| panic!("no target among {:?}", state.elements)).index
}

/// Opens, looks, acts, and looks again; how that ended.
async fn used(pool: &Pool, site: &Arc<Site>, how: Use) -> Result<String, Fault> {
    let mut page = pool.interact(site, Viewport::default(), &policy()).await?;
    let state = page.state().await?;
    let element = target(&state);
    let act = match how {
        Use::Click => Act::Click { element, button: MouseButton::Left, count: 1 },
        Use::Type => Act::Type { element: Some(element), text: "some words".into() },
        Use::Scroll => Act::Scroll { element: None, by: (0.0, 360.0) },
    };
    let performed = page.perform(&act).await?;
    page.state().await?;
    page.picture().await?;
    page.close().await;
    Ok(match performed.not_done {
        None => "done".to_owned(),
        Some(not_done) => {
            serde_json::to_value(not_done.reason).unwrap().as_str().unwrap().to_owned()
        }
    })
}

async fn control(pool: &Pool) -> (String, Vec<u8>) {
    let site = Arc::new(Site::from_html(CONTROL));
    let mut page = pool.interact(&site, Viewport::default(), &policy()).await.unwrap();
    let element = target(&page.state().await.unwrap());
    let act = Act::Click { element, button: MouseButton::Left, count: 1 };
    assert_eq!(page.perform(&act).await.unwrap().not_done, None);
    let state = page.state().await.unwrap();
    assert!(state.text.ends_with('1'), "{}", state.text);
    let picture = page.picture().await.unwrap().0.to_vec();
    page.close().await;
    (format!("{state:?}"), picture)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_pages_end_in_their_typed_outcome_and_harm_no_later_use() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/interaction-hostile");
    let pool = Pool::start(PoolConfig { workers: 1, ..PoolConfig::default() }).await.unwrap();
    let expected = control(&pool).await;
    let mut complaints = Vec::new();
    for (name, how, wanted) in CASES {
        let site = Arc::new(pageloom_build::read_folder(&folder.join(name)).unwrap());
        let started = Instant::now();
        let outcome = match used(&pool, &site, *how).await {
            Ok(outcome) => outcome,
            Err(fault) => fault.code(),
        };
        let took = started.elapsed();
        eprintln!("{name:<28} {outcome:<22} {took:.2?}");
        if !wanted.contains(&outcome.as_str()) {
            complaints.push(format!("{name}: expected {wanted:?}, got {outcome}"));
        }
        if took > LIMIT {
            complaints.push(format!("{name}: took {took:.1?}"));
        }
        if control(&pool).await != expected {
            complaints.push(format!("{name}: the page after it differs"));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn every_hostile_page_has_its_case() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/interaction-hostile");
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    let cases: Vec<&str> = CASES.iter().map(|(name, _, _)| *name).collect();
    assert_eq!(names, cases);
}
