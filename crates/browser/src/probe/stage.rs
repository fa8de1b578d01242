//! One route, loaded and at rest, with what it offers.

use std::sync::PoisonError;
use std::time::Duration;

use pageloom_schema::{Effect, Millis, Rect, Timings, VisitPlan};
use serde::Deserialize;
use serde_json::json;

use crate::error::BrowserError;
use crate::render;
use crate::session::page::Page;
use crate::site::{evaluate, open};

pub(super) const WATCH: &str = include_str!("watch.js");
/// Virtual time in which a page shows what of it changes by itself.
const REST: Millis = Millis(1_100);
/// Wall-clock time for a document that the page asked for to arrive.
const ARRIVAL: Duration = Duration::from_millis(1_500);

/// What can be used on a page.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Survey {
    pub(super) controls: Vec<Item>,
    pub(super) fields: Vec<Item>,
    pub(super) forms: Vec<Item>,
    /// Hash of structure and text.
    words: String,
}

/// A control, field or form.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Item {
    pub(super) tag: String,
    /// The `type` attribute.
    pub(super) kind: String,
    pub(super) label: String,
    pub(super) section: String,
    /// Where a link leads, resolved; empty otherwise.
    pub(super) href: String,
    pub(super) rect: Rect,
    /// The same for elements that look alike.
    pub(super) look: String,
}

/// Whether a pointer gets to an element, and where.
#[derive(Clone, Debug, Deserialize)]
struct Aim {
    state: Reach,
    x: f64,
    y: f64,
}

/// Whether an element can be pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Reach {
    Ready,
    Covered,
    Gone,
}

/// The answer of `Page.getNavigationHistory`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct History {
    current_index: usize,
    entries: Vec<HistoryEntry>,
}

#[derive(Deserialize)]
struct HistoryEntry {
    id: i64,
}

#[derive(Debug, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "the answer of watch.js, one flag a kind")]
struct Changes {
    document: bool,
    address: bool,
    storage: bool,
    scroll: bool,
    focus: bool,
    invalid: bool,
    /// The page wanted to go to another host.
    left: bool,
    /// Nothing of what could be read can be read any more.
    emptied: bool,
}

/// What the listener counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    asked: u32,
    dialogs: u32,
    messages: usize,
    windows: u32,
    downloads: u32,
    wanted: u32,
    asked_documents: u32,
    committed: u32,
    stops: u32,
}

/// A route in use.
pub(super) struct Stage<'a> {
    pub(super) page: &'a Page,
    pub(super) plan: &'a VisitPlan,
    pub(super) path: String,
    pub(super) world: i64,
    pub(super) survey: Survey,
    /// Something was changed since the route was loaded.
    dirty: bool,
    /// The document is not the one that was loaded.
    lost: bool,
    /// The document is the one that was loaded, under another address.
    moved: bool,
    /// The place in the history that the route was loaded at.
    place: i64,
    /// The last action left nothing of the page.
    pub(super) emptied: bool,
    /// What the page does by itself and so says nothing of an action.
    asks_by_itself: bool,
    talks_by_itself: bool,
    before: Counts,
    /// Where the pointer was last told to go.
    at: (f64, f64),
}

impl<'a> Stage<'a> {
    /// Loads a route without anything that was stored before, unless it is `shown` and watched in
    /// that world already, and lets it rest.
    pub(super) async fn open(
        page: &'a Page,
        path: &str,
        plan: &'a VisitPlan,
        shown: Option<i64>,
    ) -> Result<Self, BrowserError> {
        let survey =
            Survey { controls: vec![], fields: vec![], forms: vec![], words: String::new() };
        let mut stage = Self {
            page,
            plan,
            path: path.to_owned(),
            world: shown.unwrap_or_default(),
            survey,
            dirty: false,
            lost: false,
            moved: false,
            place: 0,
            emptied: false,
            asks_by_itself: false,
            talks_by_itself: false,
            before: Counts::default(),
            at: (0.0, 0.0),
        };
        match shown {
            Some(_) => stage.begin().await?,
            None => stage.load().await?,
        }
        Ok(stage)
    }

    async fn load(&mut self) -> Result<(), BrowserError> {
        self.page.wipe().await?;
        let settled = open(self.page, &self.path, self.plan, &mut Timings::default()).await?;
        self.world = settled.world;
        evaluate::<bool>(self.page, self.world, WATCH).await?;
        self.begin().await
    }

    async fn begin(&mut self) -> Result<(), BrowserError> {
        self.place = self.place_in_history().await?;
        self.rest().await?;
        (self.dirty, self.lost, self.moved) = (false, false, false);
        Ok(())
    }

    /// Learns what the page does by itself, and what it offers.
    async fn rest(&mut self) -> Result<(), BrowserError> {
        let before = self.counts();
        self.ask::<bool>("pageloom.mark()").await?;
        self.pass(REST).await?;
        self.ask::<bool>("pageloom.rest()").await?;
        let after = self.counts();
        self.asks_by_itself = after.asked != before.asked;
        self.talks_by_itself = after.messages != before.messages;
        self.survey = self.ask("pageloom.survey()").await?;
        Ok(())
    }

    /// Goes back to where the route was loaded, within the document, which takes a tenth of the time
    /// of another load. True when the page then shows what it showed at first.
    async fn go_back(&mut self) -> Result<bool, BrowserError> {
        if self.place_in_history().await? == self.place {
            // The address was replaced and not left.
            return Ok(false);
        }
        self.before = self.counts();
        let place = json!({"entryId": self.place});
        self.page.tell("Page.navigateToHistoryEntry", place).await?;
        self.pass(self.plan.reaction_time).await?;
        if self.page.progress.borrow().committed > self.before.committed
            || self.place_in_history().await? != self.place
        {
            return Ok(false);
        }
        let words = std::mem::take(&mut self.survey.words);
        self.rest().await?;
        (self.dirty, self.moved) = (true, false);
        Ok(self.survey.words == words)
    }

    async fn place_in_history(&self) -> Result<i64, BrowserError> {
        let history: History = self.page.call("Page.getNavigationHistory", json!({})).await?;
        let now = history.entries.get(history.current_index);
        Ok(now.map_or(0, |entry| entry.id))
    }

    /// Brings an element into the window and the pointer to it; loads the route anew where an earlier
    /// action is in the way.
    pub(super) async fn reach(
        &mut self,
        list: &str,
        index: usize,
        item: &Item,
    ) -> Result<Reach, BrowserError> {
        if self.moved && !self.lost {
            self.lost = !self.go_back().await? || !self.offers(list, index, item);
        }
        if !self.lost {
            let aim = self.aim(list, index).await?;
            if aim == Reach::Ready || !self.dirty {
                return Ok(aim);
            }
        }
        self.load().await?;
        match self.offers(list, index, item) {
            true => self.aim(list, index).await,
            false => Ok(Reach::Gone),
        }
    }

    /// True when the page still has this element at this place.
    fn offers(&self, list: &str, index: usize, item: &Item) -> bool {
        let items = match list {
            "controls" => &self.survey.controls,
            "fields" => &self.survey.fields,
            _ => &self.survey.forms,
        };
        items.get(index).is_some_and(|now| now.tag == item.tag && now.label == item.label)
    }

    /// As [`Self::reach`], without loading anew.
    pub(super) async fn aim(&mut self, list: &str, index: usize) -> Result<Reach, BrowserError> {
        let aim: Aim = self.ask(&format!("pageloom.aim({list:?}, {index})")).await?;
        self.at = (aim.x, aim.y);
        Ok(aim.state)
    }

    /// Evaluates an expression in our own world.
    pub(super) async fn ask<T: serde::de::DeserializeOwned>(
        &self,
        expression: &str,
    ) -> Result<T, BrowserError> {
        evaluate(self.page, self.world, expression).await
    }

    /// Moves the pointer to what was aimed at.
    pub(super) async fn point(&self) -> Result<(), BrowserError> {
        // A move waits for the next frame, or for an event that does not; and a frame that is begun
        // while an event waits may never end.
        tokio::try_join!(
            biased;
            self.mouse("mouseMoved", 0),
            self.mouse("mouseReleased", 0),
        )?;
        render::let_react_once(self.page, self.world, Millis(20)).await
    }

    /// Presses what was aimed at, once.
    pub(super) async fn click(&self) -> Result<(), BrowserError> {
        tokio::try_join!(
            biased;
            self.mouse("mousePressed", 1),
            self.mouse("mouseReleased", 1),
        )?;
        Ok(())
    }

    async fn mouse(&self, kind: &str, count: u32) -> Result<(), BrowserError> {
        let (x, y) = self.at;
        let button = if count == 0 { "none" } else { "left" };
        let event = json!({"type": kind, "x": x, "y": y, "button": button, "clickCount": count});
        self.page.tell("Input.dispatchMouseEvent", event).await
    }

    /// Presses and lets go of a key.
    pub(super) async fn key(&self, key: &str, code: u32, text: &str) -> Result<(), BrowserError> {
        for kind in ["keyDown", "keyUp"] {
            let mut event = json!({
                "type": kind, "key": key, "code": key,
                "windowsVirtualKeyCode": code, "nativeVirtualKeyCode": code,
            });
            if kind == "keyDown" && !text.is_empty() {
                event["text"] = json!(text);
            }
            self.page.tell("Input.dispatchKeyEvent", event).await?;
        }
        Ok(())
    }

    /// Types a text into what has the focus.
    pub(super) async fn type_text(&mut self, text: &str) -> Result<(), BrowserError> {
        self.dirty = true;
        self.page.tell("Input.insertText", json!({"text": text})).await
    }

    /// Virtual time and a frame.
    pub(super) async fn pass(&self, time: Millis) -> Result<(), BrowserError> {
        render::let_react(self.page, self.world, time).await?;
        self.page.give_frame().await
    }

    /// What comes now is compared with what is after the action.
    pub(super) async fn mark(&mut self) -> Result<(), BrowserError> {
        self.ask::<bool>("pageloom.mark()").await?;
        self.before = self.counts();
        Ok(())
    }

    /// Gives the page time to react to an action and says what it did, sorted. `list` and `index`
    /// name what was acted on.
    pub(super) async fn effects(
        &mut self,
        list: &str,
        index: usize,
    ) -> Result<Vec<Effect>, BrowserError> {
        self.emptied = false;
        self.wait_for_document().await?;
        self.pass(self.plan.reaction_time).await?;
        let mut effects = Vec::new();
        if self.arrived().await? {
            (self.dirty, self.lost) = (true, true);
            if !self.is_same_page().await? {
                effects.push(Effect::Navigation);
            }
        } else {
            let changes: Changes =
                self.ask(&format!("pageloom.changes({list:?}, {index})")).await?;
            let kinds = [
                (changes.document, Effect::Document),
                (changes.address, Effect::Address),
                (changes.storage, Effect::Storage),
                (changes.focus, Effect::Focus),
                (changes.scroll, Effect::Scroll),
                (changes.invalid, Effect::Validation),
                (changes.left, Effect::Network),
            ];
            effects.extend(kinds.into_iter().filter(|(is, _)| *is).map(|(_, effect)| effect));
            self.dirty = self.dirty || !effects.is_empty();
            self.emptied = changes.emptied;
            self.lost = self.lost || changes.emptied;
            // The page goes on under another address.
            self.moved = self.moved || changes.address;
        }
        let (before, now) = (self.before, self.counts());
        let left = now.committed != before.committed;
        let kinds = [
            (now.asked != before.asked && !self.asks_by_itself && !left, Effect::Network),
            (now.dialogs != before.dialogs, Effect::Dialog),
            (now.messages != before.messages && !self.talks_by_itself && !left, Effect::Console),
            (now.windows != before.windows, Effect::Window),
            (now.downloads != before.downloads, Effect::Download),
        ];
        effects.extend(kinds.into_iter().filter(|(is, _)| *is).map(|(_, effect)| effect));
        effects.sort_unstable();
        effects.dedup();
        Ok(effects)
    }

    /// True when a document came that the action asked for, which then gets its time.
    async fn arrived(&self) -> Result<bool, BrowserError> {
        self.wait_for_document().await?;
        let arrived = self.page.progress.borrow().committed > self.before.committed;
        if arrived {
            self.pass(self.plan.reaction_time).await?;
        }
        Ok(arrived)
    }

    /// Waits until a document that the page asked for is there or refused.
    async fn wait_for_document(&self) -> Result<(), BrowserError> {
        let before = self.before;
        let mut progress = self.page.progress.clone();
        let wanted = progress.borrow().wanted_documents.saturating_sub(before.wanted);
        if wanted > 0 {
            let came = progress.wait_for(|now| {
                let asked = now.asked_documents.saturating_sub(before.asked_documents) >= wanted;
                let there = match now.is_document_coming {
                    true => now.committed > before.committed,
                    false => now.stops > before.stops,
                };
                asked && there
            });
            if let Ok(Err(_)) = tokio::time::timeout(ARRIVAL, came).await {
                return Err(BrowserError::Lost);
            }
        }
        Ok(())
    }

    /// Whether the document that came is the one that was left, under the same path.
    async fn is_same_page(&self) -> Result<bool, BrowserError> {
        let world = render::own_world(self.page).await?;
        evaluate::<bool>(self.page, world, WATCH).await?;
        let words: String = evaluate(self.page, world, "pageloom.outline()").await?;
        let path: String = evaluate(self.page, world, "location.pathname").await?;
        let bare = self.path.split(['?', '#']).next().unwrap_or_default();
        Ok(words == self.survey.words && path.trim_end_matches('/') == bare.trim_end_matches('/'))
    }

    fn counts(&self) -> Counts {
        let progress = self.page.progress.borrow().clone();
        let record = self.page.record.lock().unwrap_or_else(PoisonError::into_inner);
        Counts {
            asked: record.asked,
            dialogs: record.dialogs,
            messages: record.console.len() + record.exceptions.len() + record.dropped as usize,
            windows: record.windows,
            downloads: record.downloads,
            wanted: progress.wanted_documents,
            asked_documents: progress.asked_documents,
            committed: progress.committed,
            stops: progress.stops,
        }
    }
}
