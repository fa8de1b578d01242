//! One route: loaded once, photographed in the desktop's window, read, and then laid out in the
//! other windows without being loaded again.

use std::sync::PoisonError;
use std::time::Instant;

use pageloom_schema::{
    Capture, Millis, Overflow, Png, RouteOrigin, RouteTrace, Timings, Viewport, VisitPlan,
};
use serde::Deserialize;
use serde_json::json;

use super::verdict;
use crate::error::BrowserError;
use crate::probe;
use crate::render::{self, Settled, accessibility, dom};
use crate::session::page::Page;

const LINKS: &str = include_str!("links.js");
const OVERFLOW: &str = include_str!("overflow.js");
const SIZE: &str =
    "(root => root ? [root.scrollWidth, root.scrollHeight] : [0, 0])(document.documentElement)";
/// Virtual time a page gets to fit itself into another window, each time it is looked at.
const FIT_TIME: Millis = Millis(100);
/// Virtual time for what a page moves into place in another window before its picture is taken.
const MOVE_TIME: Millis = Millis(2_000);
/// How often a page is looked at while it fits itself into another window.
const FIT_TRIES: u32 = 8;

/// Called with the first picture of a site as soon as there is one.
pub(super) type FirstLook<'a> = &'a mut (dyn FnMut(&Png) + Send);

#[derive(Deserialize)]
struct Evaluated<T> {
    result: Value<T>,
}

#[derive(Deserialize)]
struct Value<T> {
    value: T,
}

#[derive(Deserialize)]
struct Width {
    width: f64,
    widest: String,
    shows: bool,
}

/// Opens a route as the first document of a page without a past.
pub(crate) async fn open(
    page: &Page,
    route: &str,
    plan: &VisitPlan,
    timings: &mut Timings,
) -> Result<Settled, BrowserError> {
    page.serve_again();
    // A route that differs from the one before in its fragment alone would not be loaded.
    if route.contains('#') {
        page.tell("Page.navigate", json!({"url": "about:blank"})).await?;
    }
    render::load_still(page, &page.served().address(route), &plan.policy, timings).await
}

/// What a route showed, and the links on it.
pub(super) struct Seen {
    pub(super) links: Vec<String>,
    /// Our own world in the page, watching it, where the page was not changed by being looked at.
    pub(super) untouched: Option<i64>,
}

/// Takes everything of one route but what its controls do, into `trace`.
pub(super) async fn take(
    page: &Page,
    plan: &VisitPlan,
    trace: &mut RouteTrace,
    timings: &mut Timings,
    first: Option<FirstLook<'_>>,
) -> Result<Seen, BrowserError> {
    let settled = open(page, &trace.path, plan, timings).await?;
    let policy = &plan.policy;
    let started = Instant::now();
    let viewport_png = page.picture(plan.desktop, plan.desktop.height).await?;
    if let Some(first) = first {
        first(&viewport_png);
    }
    let height = settled.height.ceil().clamp(f64::from(plan.desktop.height), 4e9) as u32;
    let capped = height.min(policy.max_height.max(plan.desktop.height));
    let full_page_png = match policy.full_page_png {
        true => Some(page.picture(plan.desktop, capped).await?),
        false => None,
    };
    timings.push("picture", started.elapsed().as_secs_f64());

    let started = Instant::now();
    let dom = dom::take(page, policy.max_nodes).await?;
    let accessibility = match policy.accessibility {
        true => Some(accessibility::take(page).await?),
        false => None,
    };
    let links: Vec<String> = evaluate(page, settled.world, LINKS).await?;
    let mut desktop = capture(page, plan.desktop, capped, &settled.title);
    desktop.uncapped_height = (height > capped).then_some(height);
    desktop.viewport_png = Some(viewport_png);
    desktop.full_page_png = full_page_png;
    desktop.accessibility = accessibility;
    trace.title.clone_from(&desktop.title);
    let text = verdict::visible_text(&dom);
    trace.overlay = verdict::overlay(&dom, &text)
        .or_else(|| verdict::in_place_of_app(&dom, &desktop.exceptions));
    trace.not_found = verdict::says_not_found(&trace.title, &text);
    trace.fingerprint = verdict::fingerprint(&dom, &trace.path);
    desktop.dom = policy.dom.then_some(dom);
    trace.blank = verdict::is_blank(&desktop);
    trace.captures.push(desktop);
    timings.push("read", started.elapsed().as_secs_f64());

    let started = Instant::now();
    // Many sites have one route, which need not be loaded again to be used.
    let may_be_used = plan.probes && trace.origin == RouteOrigin::Entry;
    if may_be_used {
        probe::watch(page, settled.world).await?;
    }
    let mut widths = plan.overflow_widths.clone();
    if let Some(mobile) = plan.mobile {
        fit(page, settled.world, mobile).await?;
        render::let_react(page, settled.world, MOVE_TIME).await?;
        page.give_frame().await?;
        render::settle_once(page, settled.world).await?;
        let picture = page.picture(mobile, mobile.height).await?;
        let mut seen = capture(page, mobile, mobile.height, &settled.title);
        seen.viewport_png = Some(picture);
        trace.captures.push(seen);
        if widths.contains(&mobile.width) {
            measure(page, settled.world, mobile.width, trace).await?;
            widths.retain(|width| *width != mobile.width);
        }
    }
    for width in widths {
        fit(page, settled.world, Viewport { width, height: plan.desktop.height }).await?;
        measure(page, settled.world, width, trace).await?;
    }
    trace.overflow.sort_by_key(|overflow| overflow.width);
    trace.overflow_checked.sort_unstable();
    trace.blank_at.sort_unstable();
    let untouched = match may_be_used {
        true => {
            fit(page, settled.world, plan.desktop).await?;
            probe::is_unchanged(page, settled.world).await?.then_some(settled.world)
        }
        false => {
            page.resize(plan.desktop).await?;
            None
        }
    };
    timings.push("windows", started.elapsed().as_secs_f64());
    Ok(Seen { links, untouched })
}

/// The fingerprint of what the site shows for a route, without pictures.
pub(super) async fn fingerprint(
    page: &Page,
    route: &str,
    plan: &VisitPlan,
) -> Result<String, BrowserError> {
    open(page, route, plan, &mut Timings::default()).await?;
    let dom = dom::take(page, plan.policy.max_nodes).await?;
    Ok(verdict::fingerprint(&dom, route))
}

/// Lays the page out in another window and gives its scripts time to follow, until the page keeps
/// its size: an observer that hears of its new size in one frame changes what is laid out in the
/// next.
async fn fit(page: &Page, world: i64, viewport: Viewport) -> Result<(), BrowserError> {
    page.resize(viewport).await?;
    page.give_frame().await?;
    let mut before = None;
    for _ in 0..FIT_TRIES {
        render::let_react_once(page, world, FIT_TIME).await?;
        page.give_frame().await?;
        let size: (f64, f64) = evaluate(page, world, SIZE).await?;
        if before == Some(size) {
            break;
        }
        before = Some(size);
    }
    Ok(())
}

async fn measure(
    page: &Page,
    world: i64,
    width: u32,
    trace: &mut RouteTrace,
) -> Result<(), BrowserError> {
    let found: Width = evaluate(page, world, OVERFLOW).await?;
    let scroll_width = found.width.ceil().clamp(0.0, 4e9) as u32;
    trace.overflow_checked.push(width);
    if !found.shows {
        trace.blank_at.push(width);
    }
    if scroll_width > width + 1 {
        trace.overflow.push(Overflow { width, scroll_width, widest: found.widest });
    }
    Ok(())
}

/// Evaluates an expression in our own world and reads its JSON value.
pub(crate) async fn evaluate<T: serde::de::DeserializeOwned>(
    page: &Page,
    world: i64,
    expression: &str,
) -> Result<T, BrowserError> {
    let params = json!({"expression": expression, "contextId": world, "returnByValue": true});
    let answer: Evaluated<T> = page.answered(page.call("Runtime.evaluate", params)).await?;
    Ok(answer.result.value)
}

/// A capture of what was recorded so far, without pictures.
fn capture(page: &Page, viewport: Viewport, height: u32, title: &str) -> Capture {
    let record = page.record.lock().unwrap_or_else(PoisonError::into_inner);
    let mut requests = record.requests.clone();
    requests.sort();
    requests.dedup();
    Capture {
        title: title.to_owned(),
        viewport,
        page_width: viewport.width,
        page_height: height,
        console: record.console.clone(),
        exceptions: record.exceptions.clone(),
        requests,
        dialogs: record.dialogs,
        dropped_messages: record.dropped,
        ..Capture::default()
    }
}
