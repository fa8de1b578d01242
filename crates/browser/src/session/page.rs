//! One page in a context of its own.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pageloom_schema::{ConsoleMessage, Site, Viewport};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::{mpsc, watch};

use super::frames::{FrameClock, FrameSource};
use super::launch::Browser;
use super::listener::{Counts, Listener, Manners, Progress, Record};
use crate::cdp::Ignored;
use crate::error::BrowserError;
use crate::render::serve::Served;

/// How long a page gets to let go of its document.
const LEAVE_LIMIT: Duration = Duration::from_secs(2);
/// Events of a person that may wait to be read.
const HEARD_QUEUE: usize = 1_024;
/// How often the history is tried to be reset.
const RESET_TRIES: u32 = 5;
/// How long a page gets to answer a question that needs only its main thread to be alive.
pub(crate) const ALIVE_LIMIT: Duration = Duration::from_millis(1_500);

/// A page of a browser, alone in a browser context.
pub struct Page {
    pub(crate) browser: Arc<Browser>,
    pub(crate) session: String,
    pub(crate) main_frame: String,
    context: String,
    pub(crate) progress: watch::Receiver<Progress>,
    pub(crate) record: Arc<Mutex<Record>>,
    pub(crate) manners: Arc<Manners>,
    /// Where the frames are ours to give.
    pub(crate) frames: Option<Mutex<FrameClock>>,
    /// How far down the page is painted, in pixels.
    pub(crate) painted_height: AtomicU32,
    /// Requests that are not waited for any more.
    pub(crate) given_up_requests: AtomicUsize,
    served: Arc<Mutex<Arc<Served>>>,
    listener: tokio::task::JoinHandle<()>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ContextCreated {
    browser_context_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TargetCreated {
    target_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Attached {
    session_id: String,
}

impl Page {
    /// Opens an empty page in a new context of `browser`, ready to navigate to `site`.
    pub(crate) async fn open(
        browser: Arc<Browser>,
        site: Arc<Site>,
        viewport: Viewport,
    ) -> Result<Self, BrowserError> {
        Self::open_heard(browser, site, viewport).await.map(|(page, _)| page)
    }

    /// As [`Self::open`], with what our world of the page will send; that ends when the page is closed.
    pub(crate) async fn open_heard(
        browser: Arc<Browser>,
        site: Arc<Site>,
        viewport: Viewport,
    ) -> Result<(Self, mpsc::Receiver<String>), BrowserError> {
        let given = browser.frames == FrameSource::Given;
        let connection = &browser.connection;
        let created: ContextCreated = connection
            .browser_call("Target.createBrowserContext", json!({"disposeOnDetach": true}))
            .await?;
        let context =
            ContextGuard { browser: Arc::clone(&browser), id: created.browser_context_id };
        let target: TargetCreated = connection
            .browser_call(
                "Target.createTarget",
                json!({
                    "url": "about:blank",
                    "browserContextId": context.id,
                    "width": viewport.width,
                    "height": viewport.height,
                    "enableBeginFrameControl": given,
                    "newWindow": browser.is_shown,
                }),
            )
            .await?;
        let attached: Attached = connection
            .browser_call(
                "Target.attachToTarget",
                json!({"targetId": target.target_id, "flatten": true}),
            )
            .await?;
        let session = attached.session_id;
        let events = connection.listen(&session);
        let (sender, progress) = watch::channel(Progress::default());
        let record = Arc::new(Mutex::new(Record::default()));
        let manners = Arc::new(Manners::default());
        let (heard, hearing) = mpsc::channel(HEARD_QUEUE);
        let counted = Arc::new(Served::new(site));
        let served = Arc::new(Mutex::new(Arc::clone(&counted)));
        let listener = tokio::spawn(
            Listener {
                browser: Arc::clone(&browser),
                session: session.clone(),
                main_frame: target.target_id.clone(),
                served: Arc::clone(&served),
                progress: sender,
                record: Arc::clone(&record),
                counted,
                manners: Arc::clone(&manners),
                heard: Some(heard),
                counts: Counts::default(),
                open_requests: std::collections::BTreeSet::new(),
                memory_kills_before: browser.memory_kills.load(std::sync::atomic::Ordering::SeqCst),
            }
            .run(events),
        );
        let context = context.keep();
        let page = Self {
            browser,
            session,
            main_frame: target.target_id,
            context,
            progress,
            record,
            manners,
            painted_height: AtomicU32::new(viewport.height),
            frames: given.then(Mutex::default),
            given_up_requests: AtomicUsize::new(0),
            served,
            listener,
        };
        Ok((page, hearing))
    }

    /// Which site's files the page gets.
    pub(crate) fn served(&self) -> Arc<Served> {
        Arc::clone(&self.served.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Gives the page another site's files from now on. Counts and record begin anew with the first
    /// request for the new site.
    pub(crate) fn serve_site(&self, site: Arc<Site>) {
        let served = Arc::new(Served::new(site));
        *self.served.lock().unwrap_or_else(PoisonError::into_inner) = served;
    }

    /// Goes on with the same site; counts and record begin anew with the next request.
    pub(crate) fn serve_again(&self) {
        let mut served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        *served = Arc::new(Served::clone(&served));
        self.given_up_requests.store(0, Ordering::Relaxed);
    }

    /// Wipes what an earlier render of the site that is served now has stored.
    pub(crate) async fn wipe(&self) -> Result<(), BrowserError> {
        self.tell(
            "Storage.clearDataForOrigin",
            json!({"origin": self.served().origin, "storageTypes": "all"}),
        )
        .await
    }

    /// Leaves the current site, so that the next one finds an empty page without a past. A page that
    /// does not let go in time is not to be used again.
    pub(crate) async fn leave(&self) -> Result<(), BrowserError> {
        let work = async {
            tokio::try_join!(
                biased;
                self.tell("Page.navigate", json!({"url": "about:blank"})),
                self.tell("Network.clearBrowserCookies", json!({})),
            )?;
            // The history is not reset while the empty document is still on its way in; an answer
            // from its world says that it has arrived. The window's name outlives its documents.
            let mut reset = Ok(());
            for _ in 0..RESET_TRIES {
                self.evaluate("window.name = ''").await?;
                reset = self.tell("Page.resetNavigationHistory", json!({})).await;
                if reset.is_ok() {
                    break;
                }
            }
            reset
        };
        match tokio::time::timeout(LEAVE_LIMIT, work).await {
            Ok(done) => done,
            Err(_) => Err(BrowserError::Silent { method: "Page.navigate".to_owned() }),
        }
    }

    pub(crate) async fn call<T: serde::de::DeserializeOwned>(
        &self,
        method: &str,
        params: serde_json::Value,
    ) -> Result<T, BrowserError> {
        self.browser.connection.call(Some(&self.session), method, params).await
    }

    /// Sends a command whose answer holds nothing of interest.
    pub(crate) async fn tell(
        &self,
        method: &str,
        params: serde_json::Value,
    ) -> Result<(), BrowserError> {
        self.call::<Ignored>(method, params).await.map(|_| ())
    }

    /// Evaluates an expression in the page's own world and returns its JSON value. For tests and
    /// tools that drive a page of ours; a render never trusts what a page's world says.
    ///
    /// # Errors
    /// [`BrowserError`] when the browser is gone, or [`BrowserError::Protocol`] with the
    /// exception's text when the expression throws.
    pub async fn evaluate(&self, expression: &str) -> Result<serde_json::Value, BrowserError> {
        let answer: serde_json::Value = self
            .call(
                "Runtime.evaluate",
                json!({"expression": expression, "awaitPromise": true, "returnByValue": true}),
            )
            .await?;
        if let Some(thrown) = answer.get("exceptionDetails") {
            return Err(BrowserError::Protocol {
                method: "Runtime.evaluate".to_owned(),
                message: thrown.to_string(),
            });
        }
        Ok(answer.pointer("/result/value").cloned().unwrap_or(serde_json::Value::Null))
    }

    /// The console messages and uncaught exceptions so far.
    #[must_use]
    pub fn messages(&self) -> (Vec<ConsoleMessage>, Vec<String>) {
        let record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        (record.console.clone(), record.exceptions.clone())
    }

    /// Closes the page and its context, and waits until that is done.
    pub async fn close(self) {
        let browser = Arc::clone(&self.browser);
        let context = self.context.clone();
        self.listener.abort();
        dispose(&browser, &context).await;
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.listener.abort();
        self.browser.connection.forget(&self.session);
        spawn_dispose(Arc::clone(&self.browser), self.context.clone());
    }
}

/// Disposes of a context whose page could not be opened.
struct ContextGuard {
    browser: Arc<Browser>,
    id: String,
}

impl ContextGuard {
    fn keep(mut self) -> String {
        std::mem::take(&mut self.id)
    }
}

impl Drop for ContextGuard {
    fn drop(&mut self) {
        if !self.id.is_empty() {
            spawn_dispose(Arc::clone(&self.browser), std::mem::take(&mut self.id));
        }
    }
}

fn spawn_dispose(browser: Arc<Browser>, context: String) {
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        runtime.spawn(async move { dispose(&browser, &context).await });
    }
}

/// Ends a context with everything in it. A browser that cannot even do that is broken.
async fn dispose(browser: &Browser, context: &str) {
    let answer = browser
        .connection
        .browser_call::<_, Ignored>(
            "Target.disposeBrowserContext",
            json!({"browserContextId": context}),
        )
        .await;
    if let Err(BrowserError::Silent { .. } | BrowserError::Lost) = answer {
        browser.broken.store(true, std::sync::atomic::Ordering::Relaxed);
    }
}
