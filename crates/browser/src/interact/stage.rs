//! A page while something is done to it: our world in it, its time, and when it has come to rest.
//!
//! [`Stage`] owns no page and no policy; what has to outlive an action is in [`Hands`]. Virtual time
//! passes here and nowhere else, so that a recording misses none of it.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use pageloom_schema::{Millis, PageState, StepFailure, Viewport};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::record::Recorder;
use super::{InteractionPolicy, NotDone};
use crate::error::BrowserError;
use crate::render::{self, BLINK_MS, own_world};
use crate::session::page::Page;
use crate::site::evaluate;

/// Runs in our world of every document, before any script of the page.
pub(crate) const OURS: &str = concat!(
    include_str!("senses.js"),
    "\n",
    include_str!("fields.js"),
    "\n",
    include_str!("elements.js")
);
/// Runs in the page's own world of every document, before any script of the page.
pub(super) const TIMERS: &str = include_str!("timers.js");

/// Virtual time until the first frame after an action.
const EARLY: u64 = 20;
/// Virtual time between two looks at whether the page still moves.
const SLICE: u64 = 100;
/// Wall-clock time for what the page asks for to arrive.
const REQUEST_LIMIT: Duration = Duration::from_secs(1);
/// Wall-clock time for a document that the page asked for to arrive.
const ARRIVAL: Duration = Duration::from_millis(1_500);
/// How long it is waited for before it is asked whether it comes at all.
const ARRIVING: Duration = Duration::from_millis(40);
/// Virtual time that a page gets to ask for it.
const MOMENT: u64 = 5;
/// Documents that may come after one another because of one action before it is looked at.
const MAX_ARRIVALS: u32 = 4;
/// The most characters that are told of what our scripts throw.
const MAX_THROWN: usize = 1_000;
/// How often our world is looked for while documents come and go.
const WORLD_TRIES: u32 = 4;

/// What is kept from action to action.
pub(super) struct Hands {
    /// Our world, and how many documents had come when it was made.
    world: Option<(i64, u32)>,
    pub(super) viewport: Viewport,
    /// Where the pointer is.
    pub(super) pointer: Option<(f64, f64)>,
    pub(super) pressed: bool,
    pub(super) recorder: Option<Recorder>,
}

impl Hands {
    pub(super) fn new(viewport: Viewport) -> Self {
        Self { world: None, viewport, pointer: None, pressed: false, recorder: None }
    }
}

/// What was counted when an action, or a wait for a document, began.
#[derive(Clone, Copy, Debug, Default)]
struct Documents {
    wanted: u32,
    asked: u32,
    committed: u32,
    stops: u32,
}

/// A page while something is done to it.
pub(super) struct Stage<'a> {
    pub(super) page: &'a Page,
    pub(super) policy: &'a InteractionPolicy,
    pub(super) hands: &'a mut Hands,
    before: Documents,
    /// Documents that had come when the action began.
    committed: u32,
    /// Documents that have been given their first time.
    welcomed: u32,
    /// Virtual time that has passed.
    pub(super) passed: u64,
}

/// What an action comes to, or what went wrong with the browser.
pub(super) type Outcome<T = ()> = Result<Result<T, NotDone>, BrowserError>;

impl NotDone {
    /// An action that was not done, with one line for people.
    pub(super) fn because(reason: StepFailure, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into() }
    }
}

impl<'a> Stage<'a> {
    pub(super) fn new(page: &'a Page, policy: &'a InteractionPolicy, hands: &'a mut Hands) -> Self {
        let mut stage = Self {
            page,
            policy,
            hands,
            before: Documents::default(),
            committed: 0,
            welcomed: 0,
            passed: 0,
        };
        stage.before = stage.documents();
        stage.committed = stage.before.committed;
        stage.welcomed = stage.committed;
        stage
    }

    /// Tells the page's listeners that an action begins.
    pub(super) async fn begin(&mut self) -> Result<(), BrowserError> {
        self.page.manners.turn.fetch_add(1, Ordering::Relaxed);
        self.page.given_up_requests.store(0, Ordering::Relaxed);
        self.ask::<bool>("hands.begin()").await.map(|_| ())
    }

    fn documents(&self) -> Documents {
        let progress = self.page.progress.borrow();
        Documents {
            wanted: progress.wanted_documents,
            asked: progress.asked_documents,
            committed: progress.committed,
            stops: progress.stops,
        }
    }

    /// Our world in the document that is there now.
    pub(super) async fn world(&mut self) -> Result<i64, BrowserError> {
        let committed = self.page.progress.borrow().committed;
        if let Some((world, since)) = self.hands.world
            && since == committed
        {
            return Ok(world);
        }
        let world = own_world(self.page).await?;
        // A document that is there since before our scripts were given has not met them.
        evaluate::<bool>(self.page, world, &format!("{OURS}\ntrue")).await?;
        self.hands.world = Some((world, committed));
        Ok(world)
    }

    /// Evaluates an expression in our own world.
    pub(super) async fn ask<T: serde::de::DeserializeOwned>(
        &mut self,
        expression: &str,
    ) -> Result<T, BrowserError> {
        let mut last = BrowserError::Lost;
        for _ in 0..WORLD_TRIES {
            let answer = match self.world().await {
                Ok(world) => answer(self.page, world, expression).await,
                Err(error) => Err(error),
            };
            match answer {
                // The document went in the meantime, and the world with it.
                Err(error @ (BrowserError::Refused { .. } | BrowserError::Protocol { .. })) => {
                    self.hands.world = None;
                    last = error;
                }
                other => return other,
            }
            self.wait_for_document().await?;
        }
        Err(last)
    }

    /// True when another document came since the action began.
    pub(super) fn has_left(&self) -> bool {
        self.page.progress.borrow().committed > self.committed
    }

    /// Lets virtual time pass, in steps of the recording where there is one.
    pub(super) async fn pass(&mut self, time: Millis) -> Result<(), BrowserError> {
        let mut left = time.0;
        while left > 0 {
            let whole = Millis(left);
            let part = self.hands.recorder.as_ref().map_or(whole, |one| one.step(whole));
            let world = self.world().await?;
            let blinks = self.let_requests_end(world, part).await?;
            render::advance(self.page, part, blinks).await?;
            left -= part.0;
            self.passed += part.0;
            if self.hands.recorder.as_mut().is_some_and(|recorder| recorder.passed(part)) {
                self.film().await?;
            }
        }
        Ok(())
    }

    /// Lets what the page has asked for arrive. It does only while the clock goes, so it goes, by so
    /// little that no page can tell when. Returns how many blinks of the time that is passing that took.
    async fn let_requests_end(&mut self, world: i64, part: Millis) -> Result<u32, BrowserError> {
        let started = Instant::now();
        let mut blinks = 0;
        loop {
            let heard = evaluate::<bool>(self.page, world, "true").await;
            if let Err(error @ BrowserError::Lost) = heard {
                return Err(error);
            }
            let open = self.page.progress.borrow().open_requests;
            if open <= self.page.given_up_requests.load(Ordering::Relaxed) {
                return Ok(blinks);
            }
            let spent = f64::from(blinks + 1) * BLINK_MS;
            if started.elapsed() > REQUEST_LIMIT || spent >= part.0 as f64 {
                // A stream that never ends is not waited for again.
                self.page.given_up_requests.store(open, Ordering::Relaxed);
                return Ok(blinks);
            }
            render::blink(self.page).await?;
            blinks += 1;
        }
    }

    async fn film(&mut self) -> Result<(), BrowserError> {
        let viewport = self.hands.viewport;
        let picture = self.page.picture(viewport, viewport.height).await?;
        let (pointer, pressed) = (self.hands.pointer, self.hands.pressed);
        if let Some(recorder) = &mut self.hands.recorder {
            recorder.take(picture, pointer, pressed);
        }
        Ok(())
    }

    /// Virtual time and a frame.
    pub(super) async fn pass_to_frame(&mut self, time: Millis) -> Result<(), BrowserError> {
        self.pass(time).await?;
        self.page.give_frame().await
    }

    /// Gives the page its time to react, and more as long as it moves, up to the policy's limit.
    /// Returns the virtual time that took.
    pub(super) async fn settle(&mut self) -> Result<Millis, BrowserError> {
        let start = self.passed;
        let mut since = self.committed;
        let mut arrivals = 0;
        loop {
            self.wait_for_document().await?;
            self.react().await?;
            self.wait_for_document().await?;
            let committed = self.page.progress.borrow().committed;
            // A document that came begins to react only now.
            if committed == since || arrivals >= MAX_ARRIVALS {
                break;
            }
            (since, arrivals) = (committed, arrivals + 1);
        }
        while self.passed - start < self.policy.settle_limit.0 {
            if !self.moves().await? {
                break;
            }
            self.pass_to_frame(Millis(SLICE)).await?;
            self.wait_for_document().await?;
        }
        Ok(Millis(self.passed - start))
    }

    /// The time that every action gets, with the frames that let the page see and show what it did.
    async fn react(&mut self) -> Result<(), BrowserError> {
        let whole = self.policy.reaction_time.0;
        let early = EARLY.min(whole);
        let late = SLICE.min(whole - early);
        let middle = whole - early - late;
        for part in [early, middle] {
            self.pass_to_frame(Millis(part)).await?;
        }
        self.moves().await?;
        self.pass_to_frame(Millis(late)).await
    }

    /// Whether the page moved since this was last asked, or is about to.
    pub(super) async fn moves(&mut self) -> Result<bool, BrowserError> {
        let given_up = self.page.given_up_requests.load(Ordering::Relaxed);
        let asks = self.page.progress.borrow().open_requests > given_up;
        Ok(self.ask::<bool>("hands.moves()").await? || asks)
    }

    /// Waits until a document that the page asked for is there or refused.
    pub(super) async fn wait_for_document(&mut self) -> Result<(), BrowserError> {
        let started = Instant::now();
        let mut progress = self.page.progress.clone();
        loop {
            let before = self.before;
            let wanted = progress.borrow().wanted_documents.saturating_sub(before.wanted);
            if wanted == 0 {
                return self.welcome().await;
            }
            let came = progress.wait_for(|now| {
                let asked = now.asked_documents.saturating_sub(before.asked) >= wanted;
                let there = match now.is_document_coming {
                    true => now.committed > before.committed,
                    false => now.stops > before.stops,
                };
                asked && there
            });
            match tokio::time::timeout(ARRIVING, came).await {
                Ok(Ok(_)) => break,
                Ok(Err(_)) => return Err(BrowserError::Lost),
                Err(_) if started.elapsed() > ARRIVAL => break,
                Err(_) => {}
            }
            // What our world kept from leaving the site is not going to come. The page may not even have
            // tried: some forms are sent only when time passes.
            let moment = Millis(MOMENT);
            render::advance(self.page, moment, 0).await?;
            self.page.give_frame().await?;
            self.passed += moment.0;
            if let Some((world, _)) = self.hands.world {
                match answer::<u32>(self.page, world, "hands.keptHere()").await {
                    Err(BrowserError::Lost) => return Err(BrowserError::Lost),
                    Err(_) => {}
                    Ok(kept) => self.before.wanted += kept,
                }
            }
        }
        // One that does not come is not waited for again.
        self.before = self.documents();
        self.welcome().await
    }

    /// Lets a document that has come begin: while its clock stands still, it does not load.
    async fn welcome(&mut self) -> Result<(), BrowserError> {
        let committed = self.page.progress.borrow().committed;
        if committed > self.welcomed {
            self.welcomed = committed;
            let first = Millis(EARLY);
            render::pass_first(self.page, first).await?;
            self.page.give_frame().await?;
            self.passed += first.0;
            if self.hands.recorder.as_mut().is_some_and(|recorder| recorder.passed(first)) {
                self.film().await?;
            }
        }
        Ok(())
    }

    /// What the page shows.
    pub(super) async fn look(&mut self) -> Result<PageState, BrowserError> {
        let mut state: PageState = self.ask("hands.look()").await?;
        let record = self.page.record.lock().unwrap_or_else(PoisonError::into_inner);
        state.errors = record.errors;
        state.dialogs.clone_from(&record.dialog_messages);
        Ok(state)
    }

    /// Has every document from now on meet our scripts before its own.
    pub(super) async fn prepare(page: &Page, viewport: Viewport) -> Result<(), BrowserError> {
        // A page that was photographed whole is painted from its top on, however it is scrolled.
        if page.painted_height.load(Ordering::Relaxed) != viewport.height {
            page.resize(viewport).await?;
        }
        page.manners.accepts_dialogs.store(true, Ordering::Relaxed);
        let method = "Page.addScriptToEvaluateOnNewDocument";
        tokio::try_join!(
            biased;
            page.tell(method, json!({"source": TIMERS})),
            page.tell(method, json!({"source": OURS, "worldName": "pageloom"})),
            page.tell("Page.setInterceptFileChooserDialog", json!({"enabled": true})),
        )?;
        Ok(())
    }
}

/// The answer of `Runtime.evaluate`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Evaluated {
    result: EvaluatedValue,
    exception_details: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct EvaluatedValue {
    value: Option<Box<RawValue>>,
}

/// Evaluates an expression in a world; what it throws is an error.
async fn answer<T: serde::de::DeserializeOwned>(
    page: &Page,
    world: i64,
    expression: &str,
) -> Result<T, BrowserError> {
    let method = "Runtime.evaluate";
    let params = json!({"expression": expression, "contextId": world, "returnByValue": true});
    let evaluated: Evaluated = page.answered(page.call(method, params)).await?;
    if let Some(thrown) = evaluated.exception_details {
        let message = thrown.get().chars().take(MAX_THROWN).collect();
        return Err(BrowserError::Protocol { method: method.to_owned(), message });
    }
    let value = evaluated.result.value.as_deref().map_or("null", RawValue::get);
    serde_json::from_str(value).map_err(|error| BrowserError::Protocol {
        method: method.to_owned(),
        message: error.to_string(),
    })
}
