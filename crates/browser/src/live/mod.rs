//! A page in a window that a person uses, and what is heard of that.
//!
//! The page has its site's files from memory, the same seed and the same first second of its clock as
//! when it is played, and time that passes as it does for people. Listeners in our own world hear what
//! the browser itself dispatches, before the page does, and send it through a function that exists in
//! that world alone: the page can neither see nor forge it. Nothing here decides what an event means.

use std::sync::Arc;
use std::time::Duration;

use pageloom_schema::{Heard, RenderPolicy, Site, Viewport};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::mpsc;

use crate::error::BrowserError;
use crate::interact::OURS;
use crate::render::{MAX_SITE_BYTES, Navigated, document_start};
use crate::session::display::Display;
use crate::session::install::Installation;
use crate::session::launch::{Browser, sweep_orphans};
use crate::session::listener::BINDING;
use crate::session::page::Page;

/// Says to the scripts after it that a person has the hands.
const WATCHED: &str = "globalThis.isWatched = true;";
/// Hears what a person does.
const EARS: &str = include_str!("ears.js");
/// How long the first document is waited for.
const LOAD_LIMIT: Duration = Duration::from_secs(10);
/// How often the window is asked for its size before it is taken as it is.
const SIZE_TRIES: u32 = 200;

/// A window with a page, in a browser of its own.
pub struct LiveWindow {
    /// Closes with this.
    page: Page,
    heard: mpsc::Receiver<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WindowOfTarget {
    window_id: i64,
    bounds: Bounds,
}

#[derive(Clone, Copy, Deserialize)]
struct Bounds {
    width: i64,
    height: i64,
}

impl LiveWindow {
    /// Opens a window on a site. Its page is as large as `viewport` where the screen has room for it.
    ///
    /// # Errors
    /// [`BrowserError`] when the browser does not start or the page does not load.
    pub async fn open(
        installation: &Installation,
        display: &Display,
        site: Arc<Site>,
        viewport: Viewport,
        policy: &RenderPolicy,
    ) -> Result<Self, BrowserError> {
        if site.total_bytes() > MAX_SITE_BYTES {
            return Err(BrowserError::Refused {
                method: "Page.navigate".to_owned(),
                message: format!("the site has more than {MAX_SITE_BYTES} bytes"),
            });
        }
        sweep_orphans();
        let browser = Browser::launch_on(installation, policy.max_memory_mib, display).await?;
        let (page, heard) = Page::open_heard(Arc::new(browser), site, viewport).await?;
        page.manners.accepts_dialogs.store(true, std::sync::atomic::Ordering::Relaxed);
        let ours = format!("{WATCHED}\n{OURS}\n{EARS}");
        let script = "Page.addScriptToEvaluateOnNewDocument";
        tokio::try_join!(
            biased;
            page.tell("Page.enable", json!({})),
            page.tell("Fetch.enable", json!({"patterns": [{"urlPattern": "*"}]})),
            page.tell("Runtime.enable", json!({})),
            page.tell("Inspector.enable", json!({})),
            page.tell(
                "Runtime.addBinding",
                json!({"name": BINDING, "executionContextName": "pageloom"}),
            ),
            page.tell(script, json!({"source": document_start(policy)})),
            page.tell(script, json!({"source": ours, "worldName": "pageloom"})),
            // There is no file in the confinement that could be chosen.
            page.tell("Page.setInterceptFileChooserDialog", json!({"enabled": true})),
        )?;
        let window = Self { page, heard };
        window.fit(viewport).await?;
        let navigated: Navigated = window
            .page
            .call("Page.navigate", json!({"url": window.page.served().entry_address()}))
            .await?;
        if let Some(message) = navigated.error_text {
            return Err(BrowserError::Refused { method: "Page.navigate".to_owned(), message });
        }
        window.forget_past().await;
        Ok(window)
    }

    /// The empty page that the window began with is nothing to go back to.
    async fn forget_past(&self) {
        let mut progress = self.page.progress.clone();
        let came = progress.wait_for(|progress| progress.loads > 0 || progress.ended);
        // A page that goes on loading can be used; only its way back leads out of it.
        // What is waited for is locked as long as it is looked at.
        let came = tokio::time::timeout(LOAD_LIMIT, came).await.is_ok_and(|came| came.is_ok());
        if came {
            drop(self.page.tell("Page.resetNavigationHistory", json!({})).await);
        }
    }

    /// Makes the window so large that its page has the viewport's size.
    async fn fit(&self, viewport: Viewport) -> Result<(), BrowserError> {
        let page = &self.page;
        let window: WindowOfTarget = page
            .browser
            .connection
            .browser_call("Browser.getWindowForTarget", json!({"targetId": page.main_frame}))
            .await?;
        let (width, height) = self.size().await?;
        let bounds = json!({
            "width": window.bounds.width + i64::from(viewport.width) - width,
            "height": window.bounds.height + i64::from(viewport.height) - height,
        });
        let params = json!({"windowId": window.window_id, "bounds": bounds});
        // A screen that has no room for it says so; the page is then as large as it is.
        drop(
            page.browser
                .connection
                .browser_call::<_, serde_json::Value>("Browser.setWindowBounds", params)
                .await,
        );
        let wanted = (i64::from(viewport.width), i64::from(viewport.height));
        for _ in 0..SIZE_TRIES {
            if self.size().await? == wanted {
                break;
            }
        }
        Ok(())
    }

    async fn size(&self) -> Result<(i64, i64), BrowserError> {
        let size = self.page.evaluate("[innerWidth, innerHeight]").await?;
        let side = |at: usize| size.get(at).and_then(serde_json::Value::as_i64).unwrap_or(0);
        Ok((side(0), side(1)))
    }

    /// The next thing that the person does; nothing once the window is closed, or its page is gone.
    pub async fn heard(&mut self) -> Option<Heard> {
        loop {
            let message = self.heard.recv().await?;
            // What our own world sends fits, but for a page that is cut off in the middle of it.
            if let Ok(heard) = serde_json::from_str(&message) {
                return Some(heard);
            }
        }
    }

    /// Closes the window. What was heard before and not asked for yet can still be asked for.
    pub async fn close(self) -> Vec<Heard> {
        let Self { page, mut heard } = self;
        page.close().await;
        let mut rest = Vec::new();
        while let Ok(message) = heard.try_recv() {
            rest.extend(serde_json::from_str(&message).ok());
        }
        rest
    }
}
