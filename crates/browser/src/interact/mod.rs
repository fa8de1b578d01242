//! A page in use: opened, acted on step by step with input events that the browser itself makes, on
//! the page's virtual clock, and looked at in between.
//!
//! [`Pool::interact`](crate::Pool::interact) opens a site and gives an [`Interaction`]. An [`Act`] names
//! elements by their index in the last [`PageState`]; what it came to is told as [`Performed`].

mod act;
mod field;
mod gesture;
mod history;
mod input;
mod keys;
mod record;
mod stage;

use std::sync::Arc;

use pageloom_schema::{
    Fault, Millis, PageFaultKind, PageState, Png, RenderPolicy, Site, StepFailure, Timings,
    Viewport,
};
use tokio::sync::SemaphorePermit;

use crate::error::BrowserError;
use crate::render::{MAX_SITE_BYTES, load_still, within};
use crate::session::pool::{Lane, Pool, TRIES, is_clear};
use record::Recorder;
pub use record::{Frame, Sink};
pub(crate) use stage::OURS;
use stage::{Hands, Stage};

/// The conditions of an interaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InteractionPolicy {
    /// Clock, seed and limits of the load; its deadline is for the load alone.
    pub render: RenderPolicy,
    /// Virtual time a page gets after an action before it is looked at, at least.
    pub reaction_time: Millis,
    /// The most virtual time it gets while it is still moving.
    pub settle_limit: Millis,
    /// Wall-clock limit for one action with its settling.
    pub action_deadline: Millis,
}

impl Default for InteractionPolicy {
    fn default() -> Self {
        Self {
            render: RenderPolicy { dom: false, ..RenderPolicy::default() },
            reaction_time: Millis(500),
            settle_limit: Millis(3_000),
            action_deadline: Millis(10_000),
        }
    }
}

/// A button of a pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MouseButton {
    /// The main one.
    Left,
    /// The secondary one.
    Right,
}

/// One action. Elements are indices of the last [`PageState`].
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Presses an element.
    Click {
        /// Which.
        element: u32,
        /// With what.
        button: MouseButton,
        /// 1, or 2 for a double click.
        count: u32,
    },
    /// Rests the pointer on an element.
    Hover {
        /// Which.
        element: u32,
    },
    /// Puts the caret into an element (or leaves it where it is) and types.
    Type {
        /// Where; what has the focus when absent.
        element: Option<u32>,
        /// What, after what is there already.
        text: String,
    },
    /// Empties a field.
    Clear {
        /// Which.
        element: u32,
    },
    /// Presses a key, such as `Enter` or `Control+Shift+A`.
    Press {
        /// Where; what has the focus when absent.
        element: Option<u32>,
        /// By its DOM name.
        key: String,
    },
    /// Turns the wheel over an element, or over the middle of the window.
    Scroll {
        /// Over which.
        element: Option<u32>,
        /// CSS pixels to the right and down.
        by: (f64, f64),
    },
    /// Drags one element onto another.
    Drag {
        /// What.
        from: u32,
        /// Onto what.
        to: u32,
    },
    /// Chooses an option of a list by its label or value.
    Select {
        /// Which list.
        element: u32,
        /// The label, or else the value.
        option: String,
    },
    /// Puts a file into a file field, or drops it there where the element opens one.
    Upload {
        /// Which field.
        element: u32,
        /// The file's name.
        name: String,
        /// Its bytes.
        bytes: Arc<[u8]>,
    },
    /// Back in the history, within the site.
    GoBack,
    /// The window changes its size.
    Resize(Viewport),
    /// Lets virtual time pass.
    Wait(Millis),
}

/// What an action came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Performed {
    /// Nothing where it was done, else why not.
    pub not_done: Option<NotDone>,
    /// Virtual time that the page got to come to rest.
    pub settled_in: Millis,
}

/// Why an action was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotDone {
    /// The kind.
    pub reason: StepFailure,
    /// One line for people.
    pub detail: String,
}

/// A site that is open and in use.
pub struct Interaction<'p> {
    pool: &'p Pool,
    _place: Option<SemaphorePermit<'p>>,
    lane: Option<Lane>,
    policy: InteractionPolicy,
    hands: Hands,
    /// What ended the use.
    broken: Option<Fault>,
}

impl Pool {
    /// Opens a site for use and lets it settle.
    ///
    /// # Errors
    /// [`Fault::Page`] for what the page did, [`Fault::System`] for what went wrong on our side.
    pub async fn interact<'p>(
        &'p self,
        site: &Arc<Site>,
        viewport: Viewport,
        policy: &InteractionPolicy,
    ) -> Result<Interaction<'p>, Fault> {
        let size = site.total_bytes();
        if size > MAX_SITE_BYTES {
            let detail = format!("the site has {size} bytes, {MAX_SITE_BYTES} allowed");
            return Err(Fault::page(PageFaultKind::TooLarge, detail));
        }
        let place = self.place().await;
        let mut tries = 0;
        let lane = loop {
            let error = match open(self, site, viewport, policy, tries > 0).await {
                Ok(lane) => break lane,
                Err(error) => error,
            };
            tries += 1;
            match error {
                error if is_clear(&error) => return Err(error.into_fault()),
                _ if tries < TRIES => {}
                BrowserError::Page(fault) if fault.kind != PageFaultKind::Crashed => {
                    return Err(Fault::Page(fault));
                }
                error if self.renders_control(viewport).await => {
                    let detail = format!("{error}; a control page rendered afterwards");
                    return Err(Fault::page(PageFaultKind::Crashed, detail));
                }
                error => return Err(error.into_fault()),
            }
        };
        Ok(Interaction {
            pool: self,
            _place: place,
            lane: Some(lane),
            policy: policy.clone(),
            hands: Hands::new(viewport),
            broken: None,
        })
    }
}

/// A lane that shows the site at rest. A page that fails takes its browser with it.
async fn open(
    pool: &Pool,
    site: &Arc<Site>,
    viewport: Viewport,
    policy: &InteractionPolicy,
    fresh: bool,
) -> Result<Lane, BrowserError> {
    let mut lane = if fresh { pool.start_lane().await? } else { pool.lane().await? };
    let page = lane.page_for(site, viewport, &policy.render).await?;
    let load = async {
        Stage::prepare(page, viewport).await?;
        let address = page.served().entry_address();
        load_still(page, &address, &policy.render, &mut Timings::default()).await
    };
    within(page, policy.render.deadline, load).await?;
    Ok(lane)
}

impl Interaction<'_> {
    /// What the page shows now.
    ///
    /// # Errors
    /// As [`Pool::interact`].
    pub async fn state(&mut self) -> Result<PageState, Fault> {
        let (mut stage, deadline) = self.stage()?;
        let outcome = within(stage.page, deadline, stage.look()).await;
        self.judge(outcome)
    }

    /// The window's picture.
    ///
    /// # Errors
    /// As [`Pool::interact`].
    pub async fn picture(&mut self) -> Result<Png, Fault> {
        let (stage, deadline) = self.stage()?;
        let viewport = stage.hands.viewport;
        let work = stage.page.picture(viewport, viewport.height);
        let outcome = within(stage.page, deadline, work).await;
        self.judge(outcome)
    }

    /// Does one action and lets the page come to rest.
    ///
    /// # Errors
    /// As [`Pool::interact`]. An action that could not be done is no error, but a [`NotDone`].
    pub async fn perform(&mut self, act: &Act) -> Result<Performed, Fault> {
        let (mut stage, mut deadline) = self.stage()?;
        if let Act::Wait(time) = act {
            deadline.0 += time.0;
        }
        let outcome = within(stage.page, deadline, stage.perform(act)).await;
        self.judge(outcome)
    }

    /// From now on all of the page's time passes in steps of `period`, and `sink` gets a picture of
    /// the window after each.
    pub fn record(&mut self, period: Millis, sink: Sink) {
        self.hands.recorder = Some(Recorder::new(period, sink));
    }

    /// Ends a recording; the sink is dropped.
    pub fn stop_recording(&mut self) {
        self.hands.recorder = None;
    }

    /// Ends the use and gives the browser back.
    pub async fn close(mut self) {
        if let Some(lane) = self.lane.take() {
            self.pool.put_back(lane, self.hands.viewport, &self.policy.render).await;
        }
    }

    fn stage(&mut self) -> Result<(Stage<'_>, Millis), Fault> {
        if let Some(fault) = &self.broken {
            return Err(fault.clone());
        }
        match self.lane.as_ref().and_then(Lane::page) {
            Some(page) => {
                let stage = Stage::new(page, &self.policy, &mut self.hands);
                Ok((stage, self.policy.action_deadline))
            }
            None => Err(BrowserError::Lost.into_fault()),
        }
    }

    /// A page that fails ends the use, and takes its browser with it.
    fn judge<T>(&mut self, outcome: Result<T, BrowserError>) -> Result<T, Fault> {
        outcome.map_err(|error| {
            let fault = error.into_fault();
            self.lane = None;
            self.broken = Some(fault.clone());
            fault
        })
    }
}
