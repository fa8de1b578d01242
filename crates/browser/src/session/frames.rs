//! The frames of a page: when it is laid out, painted and photographed.
//!
//! Left alone, Chromium paints a page sixty times a second of real time, so how often it was laid
//! out and what was painted before the picture differs from run to run, and most frames are painted
//! for nobody. A headless shell lets us give the frames instead (`HeadlessExperimental.beginFrame`
//! of the protocol): a few while the page's virtual time passes, and one for the picture. A full
//! Chromium does not; it paints on its own, and the picture comes from `Page.captureScreenshot`.
//!
//! Frames that are not to be displayed (`noDisplayUpdates`) are never asked for: after one, a
//! displayed frame sometimes does not end. Nor are there two pages with given frames in one
//! browser: each counts its frames from one, and the compositor takes equal numbers for one frame
//! and waits for both pages.

use std::sync::atomic::Ordering;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use pageloom_schema::{Millis, Png, Viewport};
use serde::Deserialize;
use serde_json::json;

use super::page::Page;
use crate::error::BrowserError;

/// Frames that may pass without a picture before the browser counts as broken.
const PICTURE_TRIES: u32 = 20;

/// How often a page is asked for its width before it is taken as it is.
const RESIZE_TRIES: u32 = 200;

/// The least time from one frame to the next. The protocol takes fractions of a millisecond, of which
/// Chromium drops what is below a microsecond: two frames less apart can come to the same time, and
/// the second of such two does not end.
const FRAME_STEP: Duration = Duration::from_micros(100);

/// How long a page may keep silent before it gets a frame.
const SILENCE: Duration = Duration::from_millis(500);

/// Who gives the pages of a browser their frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FrameSource {
    /// We do, on the page's virtual clock. Only a headless shell knows how.
    Given,
    /// The browser does, on its own clock.
    Free,
}

/// The time of the next frame given: virtual, and later than that of the frame before.
#[derive(Debug, Default)]
pub(crate) struct FrameClock {
    now: Duration,
    last: Duration,
    /// A frame was begun and has not ended.
    in_frame: bool,
}

impl FrameClock {
    /// Sets the clock to the zero of the page's virtual time, in milliseconds of the renderer's
    /// uptime.
    pub(crate) fn start(&mut self, base_ms: f64) {
        self.now = Duration::from_secs_f64((base_ms / 1000.0).clamp(0.0, 1e9));
    }

    /// Virtual time has passed.
    pub(crate) fn pass(&mut self, time: Duration) {
        self.now += time;
    }

    /// Begins a frame and returns its time in milliseconds.
    fn begin(&mut self) -> f64 {
        self.in_frame = true;
        self.last = self.now.max(self.last + FRAME_STEP);
        self.last.as_secs_f64() * 1000.0
    }
}

/// The answer of either way to take a picture: PNG bytes in base64, or none.
#[derive(Deserialize)]
struct PictureAnswer {
    #[serde(alias = "screenshotData")]
    data: Option<String>,
}

impl Page {
    /// The page's virtual clock begins, at this many milliseconds of its process's uptime.
    pub(crate) fn start_frame_clock(&self, base_ms: f64) {
        if let Some(clock) = &self.frames {
            lock(clock).start(base_ms);
        }
    }

    /// Virtual time has passed on the page.
    pub(crate) fn time_passed(&self, time: Millis) {
        if let Some(clock) = &self.frames {
            lock(clock).pass(time.into());
        }
    }

    /// Lays the page out and paints it once, and so tells its observers.
    pub(crate) async fn give_frame(&self) -> Result<(), BrowserError> {
        let Some(clock) = &self.frames else { return Ok(()) };
        let time = lock(clock).begin();
        self.tell("HeadlessExperimental.beginFrame", json!({"frameTimeTicks": time})).await?;
        lock(clock).in_frame = false;
        Ok(())
    }

    /// Waits for an answer of the page's main thread. Now and then that thread waits until what it
    /// painted last is taken up, which only another frame brings about: a page that keeps silent
    /// gets one.
    pub(crate) async fn answered<T>(
        &self,
        answer: impl Future<Output = Result<T, BrowserError>>,
    ) -> Result<T, BrowserError> {
        let mut answer = std::pin::pin!(answer);
        if let Ok(answer) = tokio::time::timeout(SILENCE, &mut answer).await {
            return answer;
        }
        let Some(clock) = &self.frames else { return answer.await };
        let time = lock(clock).begin();
        // A page that is busy with a script is not one that is painting.
        lock(clock).in_frame = false;
        let frame = self.tell("HeadlessExperimental.beginFrame", json!({"frameTimeTicks": time}));
        let (answer, frame) = tokio::join!(answer, frame);
        frame.and(answer)
    }

    /// True while a frame that was begun has not ended.
    pub(crate) fn is_painting(&self) -> bool {
        self.frames.as_ref().is_some_and(|clock| lock(clock).in_frame)
    }

    /// Lays the page out in another window from now on.
    pub(crate) async fn resize(&self, viewport: Viewport) -> Result<(), BrowserError> {
        self.painted_height.store(viewport.height, Ordering::Relaxed);
        self.tell("Emulation.setDeviceMetricsOverride", metrics(viewport)).await?;
        // The page's process must have heard of it before the next frame begins, and it hears of it
        // by another way than it is asked.
        for _ in 0..RESIZE_TRIES {
            if self.evaluate("innerWidth").await? == viewport.width {
                break;
            }
        }
        Ok(())
    }

    /// A picture of the page's first `height` pixels, of what it shows at `viewport`. Taller than
    /// the viewport, the page is painted further down but not laid out anew.
    pub(crate) async fn picture(
        &self,
        viewport: Viewport,
        height: u32,
    ) -> Result<Png, BrowserError> {
        let Some(clock) = &self.frames else { return self.capture(viewport.width, height).await };
        if self.painted_height.swap(height, Ordering::Relaxed) != height {
            let mut metrics = metrics(viewport);
            metrics["viewport"] =
                json!({"x": 0, "y": 0, "width": viewport.width, "height": height, "scale": 1});
            self.tell("Emulation.setDeviceMetricsOverride", metrics).await?;
            // The page's process must have heard of it before the frame begins.
            self.evaluate("0").await?;
        }
        self.painted_frame(clock).await
    }

    async fn painted_frame(&self, clock: &Mutex<FrameClock>) -> Result<Png, BrowserError> {
        let method = "HeadlessExperimental.beginFrame";
        for _ in 0..PICTURE_TRIES {
            let time = lock(clock).begin();
            let picture = self
                .take_picture(
                    method,
                    json!({
                        "frameTimeTicks": time,
                        "screenshot": {"format": "png", "optimizeForSpeed": true},
                    }),
                )
                .await?;
            lock(clock).in_frame = false;
            // The first frame of a new surface may have nothing to show yet.
            if let Some(picture) = picture {
                return Ok(picture);
            }
        }
        Err(BrowserError::Silent { method: method.to_owned() })
    }

    /// A picture by the browser's own means.
    pub(crate) async fn capture(&self, width: u32, height: u32) -> Result<Png, BrowserError> {
        let method = "Page.captureScreenshot";
        let params = json!({
            "format": "png",
            "optimizeForSpeed": true,
            "captureBeyondViewport": true,
            "clip": {"x": 0, "y": 0, "width": width, "height": height, "scale": 1},
        });
        let picture = self.take_picture(method, params).await?;
        picture.ok_or_else(|| BrowserError::Protocol {
            method: method.to_owned(),
            message: "there is no picture in the answer".to_owned(),
        })
    }

    async fn take_picture(
        &self,
        method: &str,
        params: serde_json::Value,
    ) -> Result<Option<Png>, BrowserError> {
        let Some(data) = self.call::<PictureAnswer>(method, params).await?.data else {
            return Ok(None);
        };
        let bytes = base64::engine::general_purpose::STANDARD.decode(data).map_err(|error| {
            BrowserError::Protocol { method: method.to_owned(), message: error.to_string() }
        })?;
        Ok(Some(Png(bytes.into())))
    }
}

/// The parameters of `Emulation.setDeviceMetricsOverride` for a viewport.
pub(crate) fn metrics(viewport: Viewport) -> serde_json::Value {
    json!({
        "width": viewport.width, "height": viewport.height,
        "deviceScaleFactor": 1, "mobile": false,
    })
}

fn lock(clock: &Mutex<FrameClock>) -> MutexGuard<'_, FrameClock> {
    clock.lock().unwrap_or_else(PoisonError::into_inner)
}
