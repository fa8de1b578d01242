//! Input events that the browser itself makes: the pointer, the wheel and the keyboard.

use std::collections::BTreeMap;

use pageloom_schema::{Millis, StepFailure};
use serde::Deserialize;
use serde_json::json;

use super::keys::{Chord, Key, typed};
use super::stage::{Outcome, Stage};
use super::{MouseButton, NotDone};
use crate::error::BrowserError;

/// Virtual time in which the pointer gets to where it is sent.
const TRAVEL: Millis = Millis(200);
/// Virtual time from one typed character to the next.
const STROKE: Millis = Millis(40);
/// Virtual time that an element gets to come to a standstill, and how often.
const STANDSTILL: Millis = Millis(50);
const STANDSTILLS: u32 = 20;
/// Virtual time after which what lies over an element is looked at again, and how often.
const UNCOVER: Millis = Millis(100);
const UNCOVERS: u32 = 10;

/// Where an element can be reached.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Aim {
    state: Reach,
    /// What lies over it.
    by: String,
    pub(super) x: f64,
    pub(super) y: f64,
    /// Its box in the window.
    #[serde(rename = "box")]
    bounds: [f64; 4],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Reach {
    Ready,
    Covered,
    Hidden,
    Disabled,
    Gone,
}

/// What was heard of input since it was expected.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Report {
    heard: BTreeMap<String, Heard>,
    pub(super) connected: bool,
    pub(super) shown: bool,
    pub(super) disabled: bool,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
struct Heard {
    count: u32,
    hits: u32,
}

impl Report {
    /// Events of this kind that came to what they were expected at.
    pub(super) fn hits(&self, kind: &str) -> u32 {
        self.heard.get(kind).map_or(0, |heard| heard.hits)
    }

    /// Events of this kind, wherever they came to.
    pub(super) fn count(&self, kind: &str) -> u32 {
        self.heard.get(kind).map_or(0, |heard| heard.count)
    }
}

impl Aim {
    fn refusal(&self) -> Option<NotDone> {
        let (reason, detail) = match self.state {
            Reach::Ready => return None,
            Reach::Gone => {
                (StepFailure::NotFound, "the element is not in the document any more".to_owned())
            }
            Reach::Disabled => (StepFailure::NotReceived, "the element is disabled".to_owned()),
            Reach::Hidden => (StepFailure::Covered, "the element is not displayed".to_owned()),
            Reach::Covered if self.by == "nothing" => {
                (StepFailure::Covered, "the element cannot be brought into the window".to_owned())
            }
            Reach::Covered => (StepFailure::Covered, format!("{} lies over it", self.by)),
        };
        Some(NotDone::because(reason, detail))
    }
}

impl Stage<'_> {
    /// Brings an element into the window, waits until it stands still with nothing over it, and moves
    /// the pointer to it.
    pub(super) async fn reach(&mut self, element: u32) -> Outcome<Aim> {
        let mut aim: Aim = self.ask(&format!("hands.aim({element})")).await?;
        for _ in 0..UNCOVERS {
            if !matches!(aim.state, Reach::Covered | Reach::Hidden) || !self.moves().await? {
                break;
            }
            self.pass_to_frame(UNCOVER).await?;
            aim = self.ask(&format!("hands.aim({element})")).await?;
        }
        for _ in 0..STANDSTILLS {
            if let Some(refusal) = aim.refusal() {
                return Ok(Err(refusal));
            }
            self.point((aim.x, aim.y)).await?;
            let now: Aim = self.ask(&format!("hands.aim({element}, {{still: true}})")).await?;
            if now.bounds == aim.bounds && (now.state != Reach::Ready || is_near(&now, &aim)) {
                return Ok(now.refusal().map_or(Ok(now), Err));
            }
            self.pass_to_frame(STANDSTILL).await?;
            aim = self.ask(&format!("hands.aim({element})")).await?;
        }
        // It never stands still; whether a press gets to it will show.
        Ok(aim.refusal().map_or(Ok(aim), Err))
    }

    /// Moves the pointer. Its way takes its time the first time; small corrections do not.
    pub(super) async fn point(&mut self, to: (f64, f64)) -> Result<(), BrowserError> {
        let viewport = self.hands.viewport;
        let middle = (f64::from(viewport.width) / 2.0, f64::from(viewport.height) / 2.0);
        let from = self.hands.pointer.unwrap_or(middle);
        let distance = (to.0 - from.0).hypot(to.1 - from.1);
        self.hands.pointer = Some(to);
        if distance > 2.0 {
            if let Some(recorder) = &mut self.hands.recorder {
                recorder.travel(from, TRAVEL);
            }
            self.pass(TRAVEL).await?;
        }
        self.move_pointer(to, "none").await?;
        self.pass(Millis(20)).await
    }

    /// One move of the pointer, as the page hears of it.
    pub(super) async fn move_pointer(
        &mut self,
        to: (f64, f64),
        button: &str,
    ) -> Result<(), BrowserError> {
        let held = u32::from(button == "left");
        let moved = json!({
            "type": "mouseMoved", "x": to.0, "y": to.1, "button": button, "buttons": held,
        });
        self.nudged("Input.dispatchMouseEvent", moved).await?;
        self.hands.pointer = Some(to);
        Ok(())
    }

    /// Sends an event that waits for the next frame, or for an event that does not. A frame that is
    /// begun while an event waits may never end, so it is followed by a key, of which the page does
    /// not hear.
    pub(super) async fn nudged(
        &mut self,
        method: &str,
        event: serde_json::Value,
    ) -> Result<(), BrowserError> {
        self.ask::<bool>("hands.be(true)").await?;
        let nudge = json!({"type": "keyUp", "key": "Unidentified"});
        let page = self.page;
        tokio::try_join!(
            biased;
            page.tell(method, event),
            page.tell("Input.dispatchKeyEvent", nudge),
        )?;
        self.ask::<bool>("hands.be(false)").await.map(|_| ())
    }

    /// Presses and lets go of a button where the pointer is, `count` times.
    pub(super) async fn press_button(
        &mut self,
        at: (f64, f64),
        button: MouseButton,
        count: u32,
    ) -> Result<(), BrowserError> {
        if let Some(recorder) = &mut self.hands.recorder {
            recorder.press();
        }
        let page = self.page;
        for nth in 1..=count.clamp(1, 3) {
            let event = |kind: &str| {
                let (name, bit) = match button {
                    MouseButton::Left => ("left", 1),
                    MouseButton::Right => ("right", 2),
                };
                let buttons = if kind == "mousePressed" { bit } else { 0 };
                json!({
                    "type": kind, "x": at.0, "y": at.1, "button": name, "buttons": buttons,
                    "clickCount": nth,
                })
            };
            tokio::try_join!(
                biased;
                page.tell("Input.dispatchMouseEvent", event("mousePressed")),
                page.tell("Input.dispatchMouseEvent", event("mouseReleased")),
            )?;
        }
        Ok(())
    }

    /// What came to an element since it was expected there; nothing where another document came.
    pub(super) async fn report(&mut self, element: u32) -> Result<Option<Report>, BrowserError> {
        self.wait_for_document().await?;
        if self.has_left() {
            return Ok(None);
        }
        let report: Report = self.ask(&format!("hands.report({element})")).await?;
        Ok(Some(report).filter(|_| !self.has_left()))
    }

    /// Presses a key with its modifiers and lets go of them.
    pub(super) async fn press_chord(&mut self, chord: &Chord) -> Result<(), BrowserError> {
        let mut held = 0;
        let mut events = Vec::new();
        for (key, bit) in &chord.modifiers {
            held |= bit;
            events.push(key_event("rawKeyDown", key, held));
        }
        let kind = if chord.key.text.is_empty() { "rawKeyDown" } else { "keyDown" };
        events.push(key_event(kind, &chord.key, held));
        events.push(key_event("keyUp", &chord.key, held));
        for (key, bit) in chord.modifiers.iter().rev() {
            held &= !bit;
            events.push(key_event("keyUp", key, held));
        }
        for event in events {
            self.page.tell("Input.dispatchKeyEvent", event).await?;
        }
        Ok(())
    }

    /// Presses keys of which the page does not hear, for what they do to a field.
    pub(super) async fn press_quietly(&mut self, keys: &[&str]) -> Result<(), BrowserError> {
        self.ask::<bool>("hands.be(true)").await?;
        for name in keys {
            if let Some(chord) = Chord::parse(name) {
                self.press_chord(&chord).await?;
            }
        }
        self.ask::<bool>("hands.be(false)").await.map(|_| ())
    }

    /// Types a text into what has the focus, one key after another.
    pub(super) async fn type_text(&mut self, text: &str) -> Result<(), BrowserError> {
        let page = self.page;
        for (nth, character) in text.chars().enumerate() {
            if nth > 0 {
                self.pass(STROKE).await?;
            }
            match typed(character) {
                Some(key) => {
                    let held = if key.shifted { 8 } else { 0 };
                    let kind = if key.text.is_empty() { "rawKeyDown" } else { "keyDown" };
                    tokio::try_join!(
                        biased;
                        page.tell("Input.dispatchKeyEvent", key_event(kind, &key, held)),
                        page.tell("Input.dispatchKeyEvent", key_event("keyUp", &key, held)),
                    )?;
                }
                None => {
                    page.tell("Input.insertText", json!({"text": character.to_string()})).await?;
                }
            }
        }
        Ok(())
    }
}

fn is_near(one: &Aim, other: &Aim) -> bool {
    (one.x - other.x).abs() < 1.0 && (one.y - other.y).abs() < 1.0
}

fn key_event(kind: &str, key: &Key, modifiers: u32) -> serde_json::Value {
    let mut event = json!({
        "type": kind, "key": key.key, "code": key.code, "modifiers": modifiers,
        "windowsVirtualKeyCode": key.number, "nativeVirtualKeyCode": key.number,
    });
    if kind == "keyDown" {
        event["text"] = json!(key.text);
        event["unmodifiedText"] = json!(key.text);
    }
    event
}
