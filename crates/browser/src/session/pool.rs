//! A pool of browsers, one a worker, each replaced when it is worn or broken.
//!
//! [`Pool::render`] is where a fault becomes the page's or ours: a crash is tried again in a fresh
//! browser, and only if a control page renders there is it the page's.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Instant;

use pageloom_schema::{Capture, Fault, PageFault, PageFaultKind, RenderPolicy, Site, Viewport};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::frames::FrameSource;
use super::install::Installation;
use super::launch::{Browser, sweep_orphans};
use super::page::Page;
use crate::error::BrowserError;
use crate::render::{self, MAX_SITE_BYTES};

/// How often a render that failed through no fault of the page is tried, all in all.
pub(crate) const TRIES: u32 = 3;

/// Sites that one page and its context serve before they are replaced.
const SITES_PER_PAGE: u32 = 25;
/// A page that every healthy browser renders.
const CONTROL: &str = "<!doctype html><title>control</title><p>control";

/// How a pool is set up.
#[derive(Clone, Debug)]
pub struct PoolConfig {
    /// Pages open at the same time, at least 1.
    pub workers: usize,
    /// A browser is replaced after this many sites.
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
    idle: Mutex<Vec<Lane>>,
    /// Every browser that a lane has started and that may still run.
    browsers: Mutex<Vec<Weak<Browser>>>,
}

impl Pool {
    /// Finds and starts a browser, after ending any that an earlier, killed process left behind.
    /// Further ones are started when more pages are to be rendered at once.
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
            idle: Mutex::default(),
            browsers: Mutex::default(),
        };
        let lane = pool.start_lane().await?;
        pool.keep(lane);
        Ok(pool)
    }

    /// The browser that renders: program, version, confinement.
    #[must_use]
    pub fn installation(&self) -> &Installation {
        &self.installation
    }

    /// Memory that the processes of all browsers hold, in MiB.
    #[must_use]
    pub fn memory_mib(&self) -> u64 {
        let browsers = self.browsers.lock().unwrap_or_else(PoisonError::into_inner);
        browsers.iter().filter_map(Weak::upgrade).map(|browser| browser.memory_mib()).sum()
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
        let mut error = match self.render_in_lane(site, viewport, policy).await {
            Ok(capture) => return Ok(capture),
            Err(error) if is_clear(&error) => return Err(error.into_fault()),
            Err(error) => error,
        };
        // A browser that served nobody before: what went wrong can have been left behind.
        for _ in 1..TRIES {
            match self.render_alone(site, viewport, policy).await {
                Ok(capture) => return Ok(capture),
                Err(BrowserError::Page(fault)) if fault.kind != PageFaultKind::Crashed => {
                    return Err(Fault::Page(fault));
                }
                Err(again) => error = again,
            }
        }
        match self.renders_control(viewport).await {
            true => Err(Fault::Page(PageFault {
                kind: PageFaultKind::Crashed,
                detail: format!("{error}; a control page rendered afterwards"),
            })),
            false => Err(error.into_fault()),
        }
    }

    /// Whether a page that every healthy browser renders is rendered by a fresh one.
    pub(crate) async fn renders_control(&self, viewport: Viewport) -> bool {
        let control = Arc::new(Site::from_html(CONTROL));
        self.render_alone(&control, viewport, &RenderPolicy::default()).await.is_ok()
    }

    /// Waits until fewer pages are open than there are workers.
    pub(crate) async fn place(&self) -> Option<SemaphorePermit<'_>> {
        self.places.acquire().await.ok()
    }

    /// A lane that waits for work, or a new one.
    pub(crate) async fn lane(&self) -> Result<Lane, BrowserError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match idle {
            Some(lane) if !lane.browser.is_lost() => Ok(lane),
            _ => self.start_lane().await,
        }
    }

    /// Takes a lane back whose page was used as a visitor uses it. The page goes, since a pointer
    /// and a focus are left on it, and the next one is opened before anybody waits for it.
    pub(crate) async fn put_back(&self, mut lane: Lane, viewport: Viewport, policy: &RenderPolicy) {
        if let Some(open) = lane.open.take() {
            open.page.close().await;
        }
        let worn = lane.served >= self.config.pages_per_browser
            || lane.browser.memory_mib() > self.config.browser_memory_mib;
        if !worn && lane.open_ahead(viewport, policy).await.is_ok() {
            self.keep(lane);
        }
    }

    /// Takes a lane back whose page was only looked at: the page serves the next one too.
    pub(crate) async fn put_back_unused(&self, mut lane: Lane) {
        if lane.let_go(&self.config).await {
            self.keep(lane);
        }
    }

    /// A render in a lane that served other pages before. A page that fails takes its lane, browser
    /// and all, with it.
    async fn render_in_lane(
        &self,
        site: &Arc<Site>,
        viewport: Viewport,
        policy: &RenderPolicy,
    ) -> Result<Capture, BrowserError> {
        let started = Instant::now();
        let mut lane = self.lane().await?;
        let page = lane.page_for(site, viewport, policy).await?;
        let capture = render::render(page, viewport, policy, started.elapsed()).await?;
        // Done before the place is given on, so that the next page finds it.
        self.put_back_unused(lane).await;
        Ok(capture)
    }

    async fn launch(&self, frames: FrameSource) -> Result<Browser, BrowserError> {
        Browser::launch(&self.installation, self.config.page_memory_mib, frames).await
    }

    pub(crate) async fn start_lane(&self) -> Result<Lane, BrowserError> {
        let browser = Arc::new(self.launch(FrameSource::Given).await?);
        let mut browsers = self.browsers.lock().unwrap_or_else(PoisonError::into_inner);
        browsers.retain(|browser| browser.strong_count() > 0);
        browsers.push(Arc::downgrade(&browser));
        Ok(Lane { browser, served: 0, open: None })
    }

    fn keep(&self, lane: Lane) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(lane);
    }

    /// A render in a fresh browser that nobody else uses and that ends with it.
    async fn render_alone(
        &self,
        site: &Arc<Site>,
        viewport: Viewport,
        policy: &RenderPolicy,
    ) -> Result<Capture, BrowserError> {
        let browser = self.launch(FrameSource::Given).await?;
        render_in(browser, site, viewport, policy).await
    }

    /// Opens a page on a site without rendering it: the clock runs, nothing is recorded but
    /// messages. For tools and tests that use a page of ours.
    ///
    /// # Errors
    /// [`BrowserError`] when there is no browser or the page does not load.
    pub async fn open(&self, site: Arc<Site>, viewport: Viewport) -> Result<Page, BrowserError> {
        let browser = Arc::new(self.launch(FrameSource::Free).await?);
        let page = Page::open(browser, site, viewport).await?;
        render::load(&page, viewport).await?;
        Ok(page)
    }
}

/// Whether it is clear that the page is at fault. A crash or a full memory can come from what the
/// pages before it left; a page that is not painted in time, from the browser.
pub(crate) fn is_clear(error: &BrowserError) -> bool {
    match error {
        BrowserError::Page(fault) => !matches!(
            fault.kind,
            PageFaultKind::Crashed | PageFaultKind::MemoryLimit | PageFaultKind::NeverSettled
        ),
        _ => false,
    }
}

/// A browser and its one page, which serves one site after another, each under an origin of its own.
pub(crate) struct Lane {
    browser: Arc<Browser>,
    /// Sites the browser has served.
    served: u32,
    open: Option<OpenPage>,
}

/// A page prepared for conditions that cannot be changed on it.
struct OpenPage {
    page: Page,
    conditions: Conditions,
    /// How many it has served, and which: a site that comes again must not find what it stored.
    served: u32,
    origins: BTreeSet<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Conditions {
    viewport: Viewport,
    seed: u32,
    epoch_ms: u64,
}

impl Lane {
    /// The lane's page, ready for a site under these conditions; a new one where it must be.
    pub(crate) async fn page_for(
        &mut self,
        site: &Arc<Site>,
        viewport: Viewport,
        policy: &RenderPolicy,
    ) -> Result<&Page, BrowserError> {
        self.served += 1;
        let conditions = Conditions { viewport, seed: policy.seed, epoch_ms: policy.epoch_ms };
        let open = match self.open.take() {
            Some(mut open) if open.conditions == conditions => {
                open.page.serve_site(Arc::clone(site));
                if !open.origins.insert(open.page.served().origin.clone()) {
                    open.page.wipe().await?;
                }
                open.served += 1;
                open
            }
            other => {
                if let Some(worn) = other {
                    worn.page.close().await;
                }
                let browser = Arc::clone(&self.browser);
                let page = Page::open(browser, Arc::clone(site), viewport).await?;
                render::prepare(&page, viewport, policy).await?;
                let origins = BTreeSet::from([page.served().origin.clone()]);
                OpenPage { page, conditions, served: 1, origins }
            }
        };
        Ok(&self.open.insert(open).page)
    }

    /// The page that is open.
    pub(crate) fn page(&self) -> Option<&Page> {
        self.open.as_ref().map(|open| &open.page)
    }

    /// Opens a page that nobody has used yet for these conditions.
    async fn open_ahead(
        &mut self,
        viewport: Viewport,
        policy: &RenderPolicy,
    ) -> Result<(), BrowserError> {
        let conditions = Conditions { viewport, seed: policy.seed, epoch_ms: policy.epoch_ms };
        let nothing = Arc::new(Site::from_html(""));
        let page = Page::open(Arc::clone(&self.browser), nothing, viewport).await?;
        render::prepare(&page, viewport, policy).await?;
        self.open = Some(OpenPage { page, conditions, served: 0, origins: BTreeSet::new() });
        Ok(())
    }

    /// Empties the lane for the next page; false when it is worn or does not let go of its page.
    async fn let_go(&mut self, config: &PoolConfig) -> bool {
        if self.served >= config.pages_per_browser {
            return false;
        }
        let Some(open) = self.open.take() else { return true };
        if open.served < SITES_PER_PAGE {
            let left = open.page.leave().await.is_ok();
            self.open = Some(open);
            return left;
        }
        open.page.close().await;
        self.browser.memory_mib() <= config.browser_memory_mib
    }
}

async fn render_in(
    browser: Browser,
    site: &Arc<Site>,
    viewport: Viewport,
    policy: &RenderPolicy,
) -> Result<Capture, BrowserError> {
    let started = Instant::now();
    let site = Arc::clone(site);
    let page = Page::open(Arc::new(browser), site, viewport).await?;
    render::prepare(&page, viewport, policy).await?;
    render::render(&page, viewport, policy, started.elapsed()).await
}
