//! One page from site to capture: `open -> navigate -> settle -> photograph -> read`.
//!
//! No step sleeps. A page lives on a virtual clock that jumps from timer to timer and stands still
//! while a request is answered; when its budget is spent the page is frozen and everything is read
//! from that one state. A wall-clock deadline ends what does not get there.

pub(crate) mod accessibility;
pub(crate) mod dom;
pub(crate) mod serve;
mod style;

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use pageloom_schema::{Capture, Millis, PageFault, PageFaultKind, RenderPolicy, Timings, Viewport};
use serde::Deserialize;
use serde_json::json;

use crate::error::BrowserError;
use crate::session::frames::metrics;
use crate::session::page::{ALIVE_LIMIT, Page};

const DOCUMENT_START: &str = include_str!("document_start.js");
const SETTLE: &str = include_str!("settle.js");

/// The first word of a console message that tells of an error which the page kept from being reported.
pub(crate) const SILENCED: &str = "pageloom: an error that the page hides";

/// The largest site a browser gets, in bytes.
pub const MAX_SITE_BYTES: u64 = 96 << 20;

/// Virtual time for what the settle step found still loading (lazy pictures, fonts).
const SECOND_BUDGET: Millis = Millis(500);
/// Wall-clock time for the requests that an action caused.
const REQUEST_LIMIT: Duration = Duration::from_secs(1);
/// Virtual time of one [`blink`], in milliseconds; with a third of it nothing is done.
pub(crate) const BLINK_MS: f64 = 0.1;
/// How often that much is given.
const SECOND_BUDGETS: u32 = 4;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Navigated {
    pub(crate) error_text: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WorldCreated {
    execution_context_id: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClockStopped {
    virtual_time_ticks_base: f64,
}

#[derive(Deserialize)]
struct Evaluated {
    result: EvaluatedValue,
}

#[derive(Deserialize)]
struct EvaluatedValue {
    value: Option<Settled>,
}

/// A page that stands still.
#[derive(Deserialize)]
pub(crate) struct Settled {
    waiting: bool,
    nodes: u32,
    /// The document's height in CSS pixels.
    pub(crate) height: f64,
    pub(crate) title: String,
    /// Our own world in the page.
    #[serde(skip)]
    pub(crate) world: i64,
}

/// Renders the site that `page` serves; the page was [prepared](prepare) for this policy.
pub(crate) async fn render(
    page: &Page,
    viewport: Viewport,
    policy: &RenderPolicy,
    opened_in: Duration,
) -> Result<Capture, BrowserError> {
    let mut timings = Timings::default();
    timings.push("open", opened_in.as_secs_f64());
    let work = photograph(page, viewport, policy, &mut timings);
    let capture = within(page, policy.deadline, work).await?;
    Ok(Capture { timings, ..capture })
}

/// Does `work` on a page until it is done, the page goes too far, or the deadline passes.
pub(crate) async fn within<T>(
    page: &Page,
    deadline: Millis,
    work: impl Future<Output = Result<T, BrowserError>>,
) -> Result<T, BrowserError> {
    let mut progress = page.progress.clone();
    let stopped = async {
        let outcome = progress
            .wait_for(|progress| progress.fault.is_some() || progress.ended)
            .await
            .map_err(|_| BrowserError::Lost)?;
        match &outcome.fault {
            Some(fault) => Err(BrowserError::Page(fault.clone())),
            None => Err(BrowserError::Lost),
        }
    };
    let outcome = async {
        tokio::select! {
            biased;
            fault = stopped => fault,
            done = work => done,
        }
    };
    match tokio::time::timeout(deadline.into(), outcome).await {
        Ok(outcome) => outcome,
        Err(_) => Err(late(page, deadline).await),
    }
}

/// Whose fault it is that the deadline passed.
async fn late(page: &Page, deadline: Millis) -> BrowserError {
    let alive = tokio::time::timeout(ALIVE_LIMIT, page.evaluate("1")).await;
    let (kind, detail) = match alive {
        Ok(Err(BrowserError::Lost)) => return BrowserError::Lost,
        Ok(_) => (PageFaultKind::NeverSettled, "the page did not settle"),
        Err(_) if page.is_painting() => {
            (PageFaultKind::NeverSettled, "the page was not laid out and painted")
        }
        Err(_) => (PageFaultKind::ScriptHang, "a script kept the page busy"),
    };
    let seconds = deadline.0 as f64 / 1000.0;
    BrowserError::Page(PageFault { kind, detail: format!("{detail} within {seconds} s") })
}

async fn photograph(
    page: &Page,
    viewport: Viewport,
    policy: &RenderPolicy,
    timings: &mut Timings,
) -> Result<Capture, BrowserError> {
    let settled = load_still(page, &page.served().entry_address(), policy, timings).await?;

    let height = settled.height.ceil().clamp(f64::from(viewport.height), 4e9) as u32;
    let capped = height.min(policy.max_height.max(viewport.height));
    let started = Instant::now();
    let viewport_png = match policy.viewport_png {
        true => Some(page.picture(viewport, viewport.height).await?),
        false => None,
    };
    let full_page_png = match policy.full_page_png {
        true => Some(page.picture(viewport, capped).await?),
        false => None,
    };
    timings.push("picture", started.elapsed().as_secs_f64());

    let started = Instant::now();
    let dom = async {
        if policy.dom { dom::take(page, policy.max_nodes).await.map(Some) } else { Ok(None) }
    };
    let accessibility = async {
        if policy.accessibility { accessibility::take(page).await.map(Some) } else { Ok(None) }
    };
    let (dom, accessibility) = tokio::try_join!(dom, accessibility)?;
    timings.push("read", started.elapsed().as_secs_f64());

    let mut record =
        std::mem::take(&mut *page.record.lock().unwrap_or_else(PoisonError::into_inner));
    record.requests.sort();
    record.requests.dedup();
    Ok(Capture {
        title: settled.title,
        viewport,
        page_width: viewport.width,
        page_height: capped,
        uncapped_height: (height > capped).then_some(height),
        viewport_png,
        full_page_png,
        dom,
        accessibility,
        console: record.console,
        exceptions: record.exceptions,
        requests: record.requests,
        dialogs: record.dialogs,
        dropped_messages: record.dropped,
        timings: Timings::default(),
    })
}

/// Opens an address, lets the page's time pass and brings it to the state a picture is taken of.
pub(crate) async fn load_still(
    page: &Page,
    address: &str,
    policy: &RenderPolicy,
    timings: &mut Timings,
) -> Result<Settled, BrowserError> {
    let started = Instant::now();
    navigate(page, address).await?;
    let (early, middle, late) = stretches(policy.virtual_time);
    for stretch in [early, middle] {
        pass_time(page, stretch).await?;
        page.give_frame().await?;
    }
    pass_time(page, late).await?;
    timings.push("load", started.elapsed().as_secs_f64());

    let started = Instant::now();
    let settled = settle(page, policy).await?;
    timings.push("settle", started.elapsed().as_secs_f64());
    Ok(settled)
}

async fn navigate(page: &Page, address: &str) -> Result<(), BrowserError> {
    let navigated: Navigated = page.call("Page.navigate", json!({"url": address})).await?;
    match navigated.error_text {
        Some(message) => Err(BrowserError::Refused { method: "Page.navigate".to_owned(), message }),
        None => Ok(()),
    }
}

/// Sends every setting of a fresh page in one batch. All must be taken before the page navigates: a
/// document that commits in another process would start without those still on their way.
pub(crate) async fn prepare(
    page: &Page,
    viewport: Viewport,
    policy: &RenderPolicy,
) -> Result<(), BrowserError> {
    let source = document_start(policy);
    let (.., stopped) = tokio::try_join!(
        biased;
        page.tell("Page.enable", json!({})),
        page.tell("Fetch.enable", json!({"patterns": [{"urlPattern": "*"}]})),
        page.tell("Runtime.enable", json!({})),
        page.tell("Log.enable", json!({})),
        page.tell("Network.enable", json!({})),
        page.tell("Inspector.enable", json!({})),
        page.tell(
            "Emulation.setDeviceMetricsOverride",
            metrics(viewport),
        ),
        page.tell(
            "Page.addScriptToEvaluateOnNewDocument",
            json!({"source": source}),
        ),
        // The clock stands still from before the first byte, so nothing of the page can run on
        // real time; see `pass_time`.
        page.call::<ClockStopped>(
            "Emulation.setVirtualTimePolicy",
            json!({"policy": "pause", "initialVirtualTime": policy.epoch_ms as f64 / 1000.0}),
        ),
    )?;
    page.start_frame_clock(stopped.virtual_time_ticks_base);
    Ok(())
}

/// What every document of a page meets before its own scripts.
pub(crate) fn document_start(policy: &RenderPolicy) -> String {
    DOCUMENT_START
        .replace("SEED", &policy.seed.to_string())
        .replace("SILENCED", SILENCED)
        .replace("EPOCH", &policy.epoch_ms.to_string())
}

/// The virtual time up to an early frame, so that what waits for the first layout begins
/// (observers, fonts, lazy pictures); from there to one for what that brought; and to the end.
fn stretches(total: Millis) -> (Millis, Millis, Millis) {
    let early = total.0 / 20;
    let half = total.0 / 2;
    (Millis(early), Millis(half - early), Millis(total.0 - half))
}

/// Lets `budget` of virtual time pass and waits until it is spent. The clock stands still while a
/// request is answered. Given after the navigation has committed: a budget given earlier is spent
/// by the empty page before it.
async fn pass_time(page: &Page, budget: Millis) -> Result<(), BrowserError> {
    spend(page, "pauseIfNetworkFetchesPending", budget).await
}

/// The first time of a document that has just come to a page whose clock stands still: as [`pass_time`],
/// or, where the clock does not go on, as [`let_react_once`].
pub(crate) async fn pass_first(page: &Page, budget: Millis) -> Result<(), BrowserError> {
    match tokio::time::timeout(REQUEST_LIMIT, pass_time(page, budget)).await {
        Ok(passed) => passed,
        Err(_) => spend(page, "advance", budget).await,
    }
}

/// Lets `budget` of virtual time pass for a page that something was done to while its clock stood
/// still. A request that began and ended meanwhile would stop the clock of [`pass_time`] for ever, so
/// this one does not wait for requests: it is stopped after every third until they are answered.
/// `world` is any world of the page; the page answers from it once it has sent what it sends.
pub(crate) async fn let_react(page: &Page, world: i64, budget: Millis) -> Result<(), BrowserError> {
    let third = Millis(budget.0 / 3);
    for part in [third, third, Millis(budget.0 - 2 * third.0)] {
        let_react_once(page, world, part).await?;
    }
    Ok(())
}

/// As [`let_react`] for a time so short that it is stopped at its start alone.
pub(crate) async fn let_react_once(
    page: &Page,
    world: i64,
    budget: Millis,
) -> Result<(), BrowserError> {
    let heard = json!({"expression": "1", "contextId": world});
    // No answer from a document that has gone: its requests went with it.
    let heard = page.answered(page.tell("Runtime.evaluate", heard)).await;
    if let Err(error @ BrowserError::Lost) = heard {
        return Err(error);
    }
    let mut progress = page.progress.clone();
    let given_up = page.given_up_requests.load(Ordering::Relaxed);
    let answered = progress.wait_for(|progress| progress.open_requests <= given_up);
    // A request that never ends (a stream) is not waited for again and again.
    match tokio::time::timeout(REQUEST_LIMIT, answered).await {
        Ok(Ok(_)) => {}
        Ok(Err(_)) => return Err(BrowserError::Lost),
        Err(_) => {
            let open = page.progress.borrow().open_requests;
            page.given_up_requests.store(open, Ordering::Relaxed);
        }
    }
    spend(page, "advance", budget).await
}

/// Lets what is left of `budget` pass after `blinks`, whatever is asked for meanwhile.
pub(crate) async fn advance(page: &Page, budget: Millis, blinks: u32) -> Result<(), BrowserError> {
    let left = budget.0 as f64 - f64::from(blinks) * BLINK_MS;
    if left > 0.0 {
        grant(page, "advance", left).await?;
    }
    page.time_passed(budget);
    Ok(())
}

/// Lets the clock go for the least time in which what waits for it to go at all is done.
pub(crate) async fn blink(page: &Page) -> Result<(), BrowserError> {
    grant(page, "advance", BLINK_MS).await
}

async fn spend(page: &Page, policy: &str, budget: Millis) -> Result<(), BrowserError> {
    grant(page, policy, budget.0 as f64).await?;
    page.time_passed(budget);
    Ok(())
}

async fn grant(page: &Page, policy: &str, milliseconds: f64) -> Result<(), BrowserError> {
    let spent = page.progress.borrow().budgets_spent;
    let budget = json!({"policy": policy, "budget": milliseconds});
    page.tell("Emulation.setVirtualTimePolicy", budget).await?;
    let mut progress = page.progress.clone();
    progress
        .wait_for(|progress| progress.budgets_spent > spent)
        .await
        .map_err(|_| BrowserError::Lost)?;
    Ok(())
}

async fn settle(page: &Page, policy: &RenderPolicy) -> Result<Settled, BrowserError> {
    let world = own_world(page).await?;
    let mut settled = settle_once(page, world).await?;
    for _ in 0..SECOND_BUDGETS {
        if !settled.waiting {
            break;
        }
        page.give_frame().await?;
        pass_time(page, SECOND_BUDGET).await?;
        settled = settle_once(page, world).await?;
    }
    if settled.nodes > policy.max_nodes {
        return Err(BrowserError::Page(PageFault {
            kind: PageFaultKind::DomTooLarge,
            detail: format!("{} elements, {} allowed", settled.nodes, policy.max_nodes),
        }));
    }
    Ok(Settled { world, ..settled })
}

/// A world of our own in the page's document, where nothing of the page's scripts can be met.
pub(crate) async fn own_world(page: &Page) -> Result<i64, BrowserError> {
    let world: WorldCreated = page
        .call(
            "Page.createIsolatedWorld",
            json!({"frameId": page.main_frame, "worldName": "pageloom"}),
        )
        .await?;
    Ok(world.execution_context_id)
}

/// Brings a page whose time stands still to the state a picture is taken of.
pub(crate) async fn settle_once(page: &Page, world: i64) -> Result<Settled, BrowserError> {
    let evaluated: Evaluated = page
        .call(
            "Runtime.evaluate",
            json!({"expression": SETTLE, "contextId": world, "returnByValue": true}),
        )
        .await?;
    evaluated.result.value.ok_or_else(|| BrowserError::Protocol {
        method: "Runtime.evaluate".to_owned(),
        message: "the settle step returned nothing".to_owned(),
    })
}

/// Opens the page's site on the ordinary clock and waits for it to load.
pub(crate) async fn load(page: &Page, viewport: Viewport) -> Result<(), BrowserError> {
    let (.., navigated) = tokio::try_join!(
        biased;
        page.tell("Page.enable", json!({})),
        page.tell("Fetch.enable", json!({"patterns": [{"urlPattern": "*"}]})),
        page.tell("Runtime.enable", json!({})),
        page.tell("Log.enable", json!({})),
        page.tell(
            "Emulation.setDeviceMetricsOverride",
            metrics(viewport),
        ),
        page.call::<Navigated>(
            "Page.navigate",
            json!({"url": page.served().entry_address()}),
        ),
    )?;
    if let Some(message) = navigated.error_text {
        return Err(BrowserError::Refused { method: "Page.navigate".to_owned(), message });
    }
    page.evaluate(
        "new Promise(done => document.readyState === 'complete' ? done(0) \
         : addEventListener('load', () => done(0)))",
    )
    .await
    .map(|_| ())
}
