//! The order of a visit, and whose fault it is when a route ends early: routes first, pictures before
//! everything else, then the probes. A route that takes the browser with it costs that route, not
//! the trace.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pageloom_schema::{
    Fault, PageFault, PageFaultKind, Png, RouteOrigin, RouteTrace, Site, SiteTrace, Timings,
    VisitPlan,
};

use super::route::{self, FirstLook};
use super::routes::{NO_SUCH_ROUTE, Routes};
use crate::error::BrowserError;
use crate::probe::{self, Found};
use crate::render::{MAX_SITE_BYTES, within};
use crate::session::page::Page;
use crate::session::pool::{Lane, Pool, TRIES, is_clear};

/// Routes that may end in a fault before the rest is left alone.
const MAX_FAULTS: u32 = 3;
/// How much longer than at first an action may take when it is tried again.
const PATIENCE: u32 = 3;
/// The most links to other hosts that are kept.
const MAX_OUTSIDE: usize = 100;

impl Pool {
    /// Opens the routes of a site in every window of the plan and uses its controls.
    ///
    /// # Errors
    /// [`Fault::Page`] for a site that is too large, [`Fault::System`] for what went wrong on our
    /// side, after retries. What a page did is the fault of its route in the trace.
    pub async fn visit(&self, site: &Arc<Site>, plan: &VisitPlan) -> Result<SiteTrace, Fault> {
        self.visit_observed(site, plan, &mut |_| {}).await
    }

    /// As [`Pool::visit`]; `first` gets the entry's picture in the desktop's window as soon as it is
    /// taken, once, unless the entry shows none.
    ///
    /// # Errors
    /// As [`Pool::visit`].
    pub async fn visit_observed(
        &self,
        site: &Arc<Site>,
        plan: &VisitPlan,
        first: &mut (dyn FnMut(&Png) + Send),
    ) -> Result<SiteTrace, Fault> {
        let size = site.total_bytes();
        if size > MAX_SITE_BYTES {
            let detail = format!("the site has {size} bytes, {MAX_SITE_BYTES} allowed");
            return Err(Fault::page(PageFaultKind::TooLarge, detail));
        }
        let asked = Instant::now();
        let _place = self.place().await;
        let mut visit = Visit {
            pool: self,
            site,
            plan,
            lane: None,
            used: true,
            trace: SiteTrace::default(),
            shown: None,
            faults: 0,
            started: Instant::now(),
        };
        visit.trace.timings.push("waited", asked.elapsed().as_secs_f64());
        visit.routes(first).await?;
        visit.catch_all().await?;
        visit.note("routes");
        if plan.probes {
            visit.probe().await?;
            visit.note("probes");
        }
        if let Some(lane) = visit.lane.take() {
            match plan.probes {
                true => self.put_back(lane, plan.desktop, &plan.policy).await,
                false => self.put_back_unused(lane).await,
            }
        }
        visit.note("put_back");
        Ok(visit.trace)
    }
}

struct Visit<'a> {
    pool: &'a Pool,
    site: &'a Arc<Site>,
    plan: &'a VisitPlan,
    lane: Option<Lane>,
    /// The first lane may have served others before.
    used: bool,
    trace: SiteTrace,
    /// The route that the lane's page shows, and the world that watches it, where nothing came after
    /// it and it was not changed by being looked at.
    shown: Option<(usize, i64)>,
    faults: u32,
    started: Instant,
}

impl Visit<'_> {
    fn note(&mut self, step: &str) {
        self.trace.timings.push(step, self.started.elapsed().as_secs_f64());
    }

    /// A page that serves the site.
    async fn page(&mut self) -> Result<&Page, BrowserError> {
        if self.lane.is_none() {
            let mut lane = match std::mem::take(&mut self.used) {
                true => self.pool.lane().await?,
                false => self.pool.start_lane().await?,
            };
            lane.page_for(self.site, self.plan.desktop, &self.plan.policy).await?;
            self.lane = Some(lane);
        }
        self.lane.as_ref().and_then(Lane::page).ok_or(BrowserError::Lost)
    }

    /// What an error comes to: `Ok` with the page's fault, `Err` with ours, nothing when it is to be
    /// tried again in a fresh browser.
    async fn judge(
        &mut self,
        error: BrowserError,
        tries: &mut u32,
    ) -> Option<Result<Fault, Fault>> {
        // The browser goes with the page that it failed on.
        (self.lane, self.shown) = (None, None);
        *tries += 1;
        if is_clear(&error) {
            return Some(Ok(error.into_fault()));
        }
        if *tries < TRIES {
            return None;
        }
        let fault = match error {
            BrowserError::Page(fault) if fault.kind != PageFaultKind::Crashed => {
                Ok(Fault::Page(fault))
            }
            error => self.blame(error).await.map(Fault::Page),
        };
        Some(fault)
    }

    /// Whose fault it is that fresh browsers failed on the site again and again: the page's where a
    /// control page is rendered.
    async fn blame(&self, error: BrowserError) -> Result<PageFault, Fault> {
        match self.pool.renders_control(self.plan.desktop).await {
            true => Ok(PageFault {
                kind: PageFaultKind::Crashed,
                detail: format!("{error}; a control page rendered afterwards"),
            }),
            false => Err(error.into_fault()),
        }
    }

    async fn routes(&mut self, first: FirstLook<'_>) -> Result<(), Fault> {
        let plan = self.plan;
        let mut routes = Routes::new(self.site, &plan.declared_routes, plan.max_routes);
        let mut first = Some(first);
        let started = self.started;
        let mut outside: Vec<String> = Vec::new();
        while let Some((path, origin)) = routes.next() {
            let mut route = RouteTrace::new(path, origin);
            if self.faults >= MAX_FAULTS {
                let detail = "not opened: three routes before it failed";
                route.fault = Some(Fault::page(PageFaultKind::NeverSettled, detail));
                self.trace.routes.push(route);
                continue;
            }
            if !self.has_document(&route.path) {
                route.not_found = true;
                route.blank = true;
                self.trace.routes.push(route);
                continue;
            }
            let mut tries = 0;
            let mut timings = Timings::default();
            loop {
                let mut now = route.clone();
                let mut seconds = None;
                let mut look = |png: &Png| {
                    seconds = Some(started.elapsed().as_secs_f64());
                    if let Some(first) = first.take() {
                        first(png);
                    }
                };
                let outcome = match self.page().await {
                    Ok(page) => {
                        let work = route::take(page, plan, &mut now, &mut timings, Some(&mut look));
                        let seen = within(page, plan.policy.deadline, work).await;
                        seen.map(|seen| (seen, page.served().origin.clone()))
                    }
                    Err(error) => Err(error),
                };
                if let Some(seconds) = seconds.filter(|_| origin == RouteOrigin::Entry) {
                    self.trace.timings.push("first_screenshot", seconds);
                }
                match outcome {
                    Ok((seen, site)) => {
                        routes.add_links(self.site, &site, &seen.links);
                        let own = |link: &String| link.starts_with(&site);
                        outside.extend(seen.links.into_iter().filter(|link| !own(link)));
                        self.shown = seen.untouched.map(|world| (self.trace.routes.len(), world));
                        route = now;
                        break;
                    }
                    Err(error) => {
                        if let Some(fault) = self.judge(error, &mut tries).await {
                            // What was seen before the fault counts.
                            route = now;
                            route.fault = Some(fault?);
                            self.faults += 1;
                            break;
                        }
                    }
                }
            }
            for (step, seconds) in timings.0 {
                self.trace.timings.push(&format!("{} {step}", route.path), seconds);
            }
            self.trace.routes.push(route);
        }
        outside.sort();
        outside.dedup();
        outside.truncate(MAX_OUTSIDE);
        self.trace.outside_links = outside;
        Ok(())
    }

    fn has_document(&self, path: &str) -> bool {
        let served = crate::render::serve::Served::new(Arc::clone(self.site));
        served.has_document(&served.address(path))
    }

    /// Asks for a path that nobody declared, where routes live by the fallback alone: one that shows
    /// the same is no route.
    async fn catch_all(&mut self) -> Result<(), Fault> {
        let plan = self.plan;
        let lives_by_fallback = |route: &&RouteTrace| {
            route.origin != RouteOrigin::Entry
                && !route.path.contains('#')
                && !route.fingerprint.is_empty()
        };
        let needed =
            self.site.fallback() && self.trace.routes.iter().any(|route| lives_by_fallback(&route));
        if !needed {
            return Ok(());
        }
        self.shown = None;
        let mut tries = 0;
        let fingerprint = loop {
            let outcome = match self.page().await {
                Ok(page) => {
                    let work = route::fingerprint(page, NO_SUCH_ROUTE, plan);
                    within(page, plan.policy.deadline, work).await
                }
                Err(error) => Err(error),
            };
            match outcome {
                Ok(fingerprint) => break Some(fingerprint),
                Err(error) => {
                    if let Some(fault) = self.judge(error, &mut tries).await {
                        // An unknown path that breaks the site says nothing of the known ones.
                        fault?;
                        break None;
                    }
                }
            }
        };
        if let Some(fingerprint) = &fingerprint {
            for route in &mut self.trace.routes {
                if lives_by_fallback(&&*route) && route.fingerprint == *fingerprint {
                    route.not_found = true;
                }
            }
        }
        self.trace.catch_all = fingerprint;
        Ok(())
    }

    async fn probe(&mut self) -> Result<(), Fault> {
        let plan = self.plan;
        let until = Instant::now() + Duration::from(plan.probe_deadline);
        self.trace.probed = true;
        let mut found = Found::new(plan, until);
        for index in 0..self.trace.routes.len() {
            let Some(route) = self.trace.routes.get(index) else { break };
            let shows = route.fault.is_none() && !route.blank && !route.fingerprint.is_empty();
            if !shows || (route.not_found && route.origin != RouteOrigin::Entry) {
                continue;
            }
            let (path, origin) = (route.path.clone(), route.origin);
            let was_shown = self.shown.take().filter(|(at, _)| *at == index);
            let mut shown = was_shown.map(|(_, world)| world);
            found.begin(index);
            found.be_patient(1);
            let mut before = found.clone();
            let mut failed_at: Option<Option<String>> = None;
            let mut tries = 0;
            while self.faults < MAX_FAULTS && !found.is_out_of_time() {
                let outcome = match self.page().await {
                    Ok(page) => {
                        let shown = shown.take();
                        let work = async {
                            let shown = match was_shown {
                                // In a fresh browser, and then the same way as before.
                                Some(_) if shown.is_none() => {
                                    let mut route = RouteTrace::new(path.clone(), origin);
                                    let mut timings = Timings::default();
                                    let taken =
                                        route::take(page, plan, &mut route, &mut timings, None);
                                    taken.await?.untouched
                                }
                                _ => shown,
                            };
                            probe::probe(page, &path, plan, shown, &mut found).await
                        };
                        within(page, plan.probe_deadline, work).await
                    }
                    Err(error) => Err(error),
                };
                let Err(error) = outcome else { break };
                self.lane = None;
                tries += 1;
                let at = found.in_use().map(str::to_owned);
                let again = failed_at.replace(at.clone()) == Some(at);
                let blamed = match error {
                    BrowserError::Page(fault) if again || tries >= TRIES => Some(fault),
                    BrowserError::Page(_) => None,
                    error if tries >= TRIES => Some(self.blame(error).await?),
                    _ => None,
                };
                match blamed {
                    Some(fault) => {
                        // What was in use when the page went is not used again; the rest is.
                        self.faults += 1;
                        if let Some(route) = self.trace.routes.get_mut(index) {
                            route.fault.get_or_insert(Fault::Page(fault));
                        }
                        found.give_up();
                        found.be_patient(1);
                        before = found.clone();
                        (failed_at, tries) = (None, 0);
                    }
                    // Perhaps the browser was to blame: the same again in a fresh one, from the
                    // start, since what a control does can depend on those used before it.
                    None => {
                        found = before.clone();
                        // Or the machine, which others kept busy.
                        found.be_patient(PATIENCE);
                    }
                }
            }
        }
        let (controls, fields, forms, cut) = found.finish();
        self.trace.probes_cut = cut;
        self.trace.controls = controls;
        self.trace.fields = fields;
        self.trace.forms = forms;
        Ok(())
    }
}
