//! The bound of `evals/speed`: the least a program can do to turn pages into pictures over the
//! same protocol, with the same browser, switches and confinement. It opens, waits for the load
//! event and takes a picture; no virtual clock, no settling, no record, no limits. Not for use on
//! pages nobody has checked.

use std::sync::Arc;

use pageloom_schema::{Site, Viewport};
use serde_json::json;

use crate::error::BrowserError;
use crate::session::frames::{FrameSource, metrics};
use crate::session::install::Installation;
use crate::session::launch::Browser;
use crate::session::page::Page;

/// A browser for the bare loop.
pub struct BareBrowser(Arc<Browser>);

/// A tab that goes from page to page.
pub struct BareTab(Page);

impl BareBrowser {
    /// Starts the browser.
    ///
    /// # Errors
    /// [`BrowserError`] when there is none or it does not start.
    pub async fn start() -> Result<Self, BrowserError> {
        let installation = Installation::find(None)?;
        Ok(Self(Arc::new(Browser::launch(&installation, u32::MAX, FrameSource::Free).await?)))
    }

    /// Opens a tab in a context of its own.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub async fn tab(&self, viewport: Viewport) -> Result<BareTab, BrowserError> {
        let nothing = Arc::new(Site::from_html(""));
        let page = Page::open(Arc::clone(&self.0), nothing, viewport).await?;
        tokio::try_join!(
            page.tell("Page.enable", json!({})),
            page.tell("Fetch.enable", json!({"patterns": [{"urlPattern": "*"}]})),
            page.tell("Emulation.setDeviceMetricsOverride", metrics(viewport),),
        )?;
        Ok(BareTab(page))
    }
}

impl BareTab {
    /// Loads a site and returns its full-page PNG.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub async fn photograph(
        &self,
        site: Arc<Site>,
        viewport: Viewport,
    ) -> Result<Vec<u8>, BrowserError> {
        let mut loads = self.0.progress.clone();
        let before = loads.borrow_and_update().loads;
        self.0.serve_site(site);
        let address = self.0.served().entry_address();
        self.0.tell("Page.navigate", json!({"url": address})).await?;
        loads.wait_for(|now| now.loads > before).await.map_err(|_| BrowserError::Lost)?;
        let metrics: serde_json::Value = self.0.call("Page.getLayoutMetrics", json!({})).await?;
        let height = metrics.pointer("/cssContentSize/height").and_then(serde_json::Value::as_f64);
        let height = height.unwrap_or(0.0).ceil().clamp(f64::from(viewport.height), 16_384.0);
        Ok(self.0.capture(viewport.width, height as u32).await?.0.to_vec())
    }
}
