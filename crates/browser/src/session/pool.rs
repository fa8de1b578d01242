//! A pool of pages over one browser that is replaced when it is worn or broken.
//!
//! [`Pool::render`] is where a fault becomes the page's or ours: a crash is tried again in a fresh
//! browser, and only if a control page renders there is it the page's.

use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use pageloom_schema::{
    Capture, Fault, Millis, PageFault, PageFaultKind, RenderPolicy, Site, Viewport,
};
use tokio::sync::{Mutex, Semaphore};

use super::install::Installation;
use super::launch::{Browser, sweep_orphans};
use super::page::Page;
use crate::error::BrowserError;
use crate::render::{self, MAX_SITE_BYTES};

/// How often a render that failed through no fault of the page is tried, all in all.
const TRIES: u32 = 3;

/// Sites that one context serves before it is replaced.
const PAGES_PER_LANE: u32 = 25;
/// A page that every healthy browser renders.
const CONTROL: &str = "<!doctype html><title>control</title><p>control";
/// How long a healthy browser takes for it at the very most, on a busy machine.
const CONTROL_LIMIT: Millis = Millis(5_000);

/// How a pool is set up.
#[derive(Clone, Debug)]
pub struct PoolConfig {
    /// Pages open at the same time, at least 1.
    pub workers: usize,
    /// A browser is replaced after this many pages.
    pub pages_per_browser: u32,
    /// A browser is replaced when its processes hold more than this, in MiB.
    pub browser_memory_mib: u64,
    /// One page's process is ended when it holds more than this, in MiB.
    pub page_memory_mib: u32,
    /// The program to use; found by itself when absent.
    pub program: Option<PathBuf>,
}

impl Default for PoolConfig {
    fn default() -> Self {
        Self {
            workers: 2,
            pages_per_browser: 250,
            browser_memory_mib: 2_500,
            page_memory_mib: RenderPolicy::default().max_memory_mib,
            program: None,
        }
    }
}

/// Renders sites, many at a time.
pub struct Pool {
    installation: Installation,
    config: PoolConfig,
    places: Semaphore,
    current: Mutex<Option<Arc<Browser>>>,
    idle: std::sync::Mutex<Vec<Lane>>,
}

impl Pool {
    /// Finds and starts a browser, after ending any that an earlier, killed process left behind.
    ///
    /// # Errors
    /// [`BrowserError`] when there is none, it cannot be confined, or it does not start.
    pub async fn start(config: PoolConfig) -> Result<Self, BrowserError> {
        let installation = Installation::find(config.program.as_deref())?;
        sweep_orphans();
        let pool = Self {
            places: Semaphore::new(config.workers.max(1)),
            installation,
            config,
            current: Mutex::new(None),
            idle: std::sync::Mutex::default(),
        };
        pool.browser().await?;
        Ok(pool)
    }

    /// The browser that renders: program, version, confinement.
    #[must_use]
    pub fn installation(&self) -> &Installation {
        &self.installation
    }

    /// Memory that the browser's processes hold, in MiB; zero when none runs.
    pub async fn memory_mib(&self) -> u64 {
        self.current.lock().await.as_ref().map_or(0, |browser| browser.memory_mib())
    }

    /// Renders a site.
    ///
    /// # Errors
    /// [`Fault::Page`] for what the page did, also when it kills every browser it meets while a
    /// control page renders; [`Fault::System`] for what went wrong on our side, after retries.
    pub async fn render(
        &self,
        site: &Arc<Site>,
        viewport: Viewport,
        policy: &RenderPolicy,
    ) -> Result<Capture, Fault> {
        let size = site.total_bytes();
        if size > MAX_SITE_BYTES {
            let detail = format!("the site has {size} bytes, {MAX_SITE_BYTES} allowed");
            return Err(Fault::page(PageFaultKind::TooLarge, detail));
        }
        let _place = self.places.acquire().await;
        let mut error = match self.render_shared(site, viewport, policy).await {
            Ok(capture) => return Ok(capture),
            Err(Failure::Final(error)) => return Err(error.into_fault()),
            Err(Failure::Doubtful(error)) => error,
        };
        // A browser of its own: what killed or blocked the shared one can have been a neighbour.
        for _ in 1..TRIES {
            match self.render_alone(site, viewport, policy).await {
                Ok(capture) => return Ok(capture),
                Err(BrowserError::Page(fault)) if fault.kind != PageFaultKind::Crashed => {
                    return Err(Fault::Page(fault));
                }
                Err(again) => error = again,
            }
        }
        let control = Arc::new(Site::from_html(CONTROL));
        match self.render_alone(&control, viewport, &RenderPolicy::default()).await {
            Ok(_) => Err(Fault::Page(PageFault {
                kind: PageFaultKind::Crashed,
                detail: format!("{error}; a control page rendered afterwards"),
            })),
            Err(_) => Err(error.into_fault()),
        }
    }

    /// A render in the browser that others use too.
    async fn render_shared(
        &self,
        site: &Arc<Site>,
        viewport: Viewport,
        policy: &RenderPolicy,
    ) -> Result<Capture, Failure> {
        let started = Instant::now();
        let browser = self.browser().await.map_err(Failure::Final)?;
        let conditions = Conditions { viewport, seed: policy.seed, epoch_ms: policy.epoch_ms };
        let lane = match self.take_lane(&browser, conditions) {
            Some(mut lane) => {
                lane.page.serve_site(Arc::clone(site));
                lane.pages += 1;
                Ok(lane)
            }
            None => open_lane(&browser, site, conditions, policy).await,
        };
        let error = match lane {
            Ok(lane) => {
                match render::render(&lane.page, viewport, policy, started.elapsed()).await {
                    Ok(capture) => {
                        self.keep_lane(lane).await;
                        return Ok(capture);
                    }
                    Err(error) => error,
                }
            }
            Err(error) => error,
        };
        Err(self.blame(&browser, error, viewport).await)
    }

    /// Whether a failed render was clearly the page's, or may have been a neighbour's.
    async fn blame(
        &self,
        browser: &Arc<Browser>,
        error: BrowserError,
        viewport: Viewport,
    ) -> Failure {
        let kind = match &error {
            BrowserError::Page(fault) => Some(fault.kind),
            _ => None,
        };
        match kind {
            Some(PageFaultKind::ScriptHang | PageFaultKind::NeverSettled) => {
                // A page can hold up what all pages of a browser share (its graphics process); then
                // the one that is late need not be the one to blame.
                let control = Arc::new(Site::from_html(CONTROL));
                let quick = RenderPolicy { deadline: CONTROL_LIMIT, ..RenderPolicy::default() };
                let answer = render_in(browser, &control, viewport, &quick);
                // The limit is also for opening the control page.
                let answer = tokio::time::timeout(CONTROL_LIMIT.into(), answer).await;
                if matches!(answer, Ok(Ok(_))) {
                    return Failure::Final(error);
                }
                browser.broken.store(true, Ordering::Relaxed);
                Failure::Doubtful(error)
            }
            // Its process may have served, and may still hold the memory of, pages before it.
            Some(PageFaultKind::Crashed | PageFaultKind::MemoryLimit) => Failure::Doubtful(error),
            Some(_) => Failure::Final(error),
            None => {
                browser.broken.store(true, Ordering::Relaxed);
                Failure::Doubtful(error)
            }
        }
    }

    /// An idle lane of this browser under these conditions. Lanes of other browsers are let go.
    fn take_lane(&self, browser: &Arc<Browser>, conditions: Conditions) -> Option<Lane> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|lane| Arc::ptr_eq(&lane.page.browser, browser));
        let at = idle.iter().position(|lane| lane.conditions == conditions)?;
        Some(idle.swap_remove(at))
    }

    /// Empties a lane and keeps it for the next page, unless it is worn or does not let go of its
    /// page. Done before the place is given on, so that the next page finds it.
    async fn keep_lane(&self, lane: Lane) {
        if lane.pages < PAGES_PER_LANE && lane.page.leave().await.is_ok() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(lane);
        }
    }

    /// A render in a fresh browser that nobody else uses and that ends with it.
    async fn render_alone(
        &self,
        site: &Arc<Site>,
        viewport: Viewport,
        policy: &RenderPolicy,
    ) -> Result<Capture, BrowserError> {
        let browser = Browser::launch(&self.installation, self.config.page_memory_mib).await?;
        render_in(&Arc::new(browser), site, viewport, policy).await
    }

    /// Opens a page on a site without rendering it: the clock runs, nothing is recorded but
    /// messages. For tools and tests that use a page of ours.
    ///
    /// # Errors
    /// [`BrowserError`] when there is no browser or the page does not load.
    pub async fn open(&self, site: Arc<Site>, viewport: Viewport) -> Result<Page, BrowserError> {
        let page = Page::open(self.browser().await?, site, viewport).await?;
        render::load(&page, viewport).await?;
        Ok(page)
    }

    /// The browser for the next page; a new one when the current one is worn or broken. Pages in
    /// the old one end in peace: it goes when the last of them lets go of it.
    async fn browser(&self) -> Result<Arc<Browser>, BrowserError> {
        let mut current = self.current.lock().await;
        if let Some(browser) = current.as_ref() {
            let served = browser.served.fetch_add(1, Ordering::Relaxed);
            let worn = served >= self.config.pages_per_browser
                || (served % 25 == 24 && browser.memory_mib() > self.config.browser_memory_mib);
            if !worn && !browser.is_lost() {
                return Ok(Arc::clone(browser));
            }
        }
        let fresh =
            Arc::new(Browser::launch(&self.installation, self.config.page_memory_mib).await?);
        fresh.served.fetch_add(1, Ordering::Relaxed);
        *current = Some(Arc::clone(&fresh));
        Ok(fresh)
    }
}

/// Why a shared render failed.
enum Failure {
    /// It is clear whose fault it was.
    Final(BrowserError),
    /// It may have been a neighbour's.
    Doubtful(BrowserError),
}

/// A page in a context of its own that serves one site after another. What a site stored is wiped
/// before the next, each has an origin of its own, and a page that faulted takes its lane with it.
struct Lane {
    page: Page,
    conditions: Conditions,
    /// Sites it has served.
    pages: u32,
}

/// What a lane was prepared for and cannot change.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Conditions {
    viewport: Viewport,
    seed: u32,
    epoch_ms: u64,
}

async fn open_lane(
    browser: &Arc<Browser>,
    site: &Arc<Site>,
    conditions: Conditions,
    policy: &RenderPolicy,
) -> Result<Lane, BrowserError> {
    let viewport = conditions.viewport;
    let page = Page::open(Arc::clone(browser), Arc::clone(site), viewport).await?;
    render::prepare(&page, viewport, policy).await?;
    Ok(Lane { page, conditions, pages: 1 })
}

async fn render_in(
    browser: &Arc<Browser>,
    site: &Arc<Site>,
    viewport: Viewport,
    policy: &RenderPolicy,
) -> Result<Capture, BrowserError> {
    let started = Instant::now();
    let page = Page::open(Arc::clone(browser), Arc::clone(site), viewport).await?;
    render::prepare(&page, viewport, policy).await?;
    render::render(&page, viewport, policy, started.elapsed()).await
}
