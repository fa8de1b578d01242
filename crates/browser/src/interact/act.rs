//! What each action does, and how it is known that it was done.

use pageloom_schema::{Millis, StepFailure, Viewport};
use serde::Deserialize;

use super::keys::Chord;
use super::stage::{Outcome, Stage};
use super::{Act, MouseButton, NotDone, Performed};
use crate::error::BrowserError;

/// Virtual time between two frames while a page only waits.
const WAITING: u64 = 250;

/// What an element is to those who act on it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Kind {
    tag: String,
    /// The label of an option.
    label: String,
    /// Text can be put into it.
    field: bool,
    gone: bool,
}

impl Stage<'_> {
    /// Does one action and lets the page come to rest.
    pub(super) async fn perform(&mut self, act: &Act) -> Result<Performed, BrowserError> {
        self.begin().await?;
        let outcome = match act {
            Act::Click { element, button, count } => {
                self.press_element(*element, *button, *count).await
            }
            Act::Hover { element } => self.hover(*element).await,
            Act::Type { element, text } => self.type_into(*element, text).await,
            Act::Clear { element } => self.clear(*element).await,
            Act::Press { element, key } => self.press(*element, key).await,
            Act::Scroll { element, by } => self.scroll(*element, *by).await,
            Act::Drag { from, to } => self.drag(*from, *to).await,
            Act::Select { element, option } => self.select(*element, option).await,
            Act::Upload { element, name, bytes } => self.upload(*element, name, bytes).await,
            Act::GoBack => self.go_back().await,
            Act::Resize(viewport) => self.resize(*viewport).await,
            Act::Wait(time) => return self.wait(*time).await,
        };
        let not_done = outcome?.err();
        let settled_in = self.settle().await?;
        Ok(Performed { not_done, settled_in })
    }

    pub(super) async fn kind(&mut self, element: u32) -> Outcome<Kind> {
        let kind: Kind = self.ask(&format!("hands.kindOf({element})")).await?;
        Ok(match kind.gone {
            true => Err(gone()),
            false => Ok(kind),
        })
    }

    /// As [`Self::click`]; an option of a list that is closed is chosen from it.
    async fn press_element(&mut self, element: u32, button: MouseButton, count: u32) -> Outcome {
        if let Ok(kind) = self.kind(element).await?
            && kind.tag == "option"
        {
            return self.select(element, &kind.label).await;
        }
        self.click(element, button, count).await
    }

    /// Presses an element and makes sure that it received it.
    pub(super) async fn click(&mut self, element: u32, button: MouseButton, count: u32) -> Outcome {
        let aim = match self.reach(element).await? {
            Ok(aim) => aim,
            Err(not_done) => return Ok(Err(not_done)),
        };
        self.ask::<bool>(&format!("hands.expect({element})")).await?;
        self.press_button((aim.x, aim.y), button, count).await?;
        let Some(report) = self.report(element).await? else { return Ok(Ok(())) };
        let sign = match (button, count) {
            (MouseButton::Right, _) => "contextmenu",
            (MouseButton::Left, 0 | 1) => "click",
            (MouseButton::Left, _) => "dblclick",
        };
        // What acts on the press and goes has received it.
        let acted = report.hits("mousedown") > 0 || report.hits("pointerdown") > 0;
        let went = !report.connected || !report.shown || report.disabled;
        if report.hits(sign) > 0 || (acted && (went || sign == "contextmenu")) {
            return Ok(Ok(()));
        }
        let detail = match acted {
            true => "the element moved away while it was pressed",
            false => "the press came to something else",
        };
        Ok(Err(NotDone::because(StepFailure::NotReceived, detail)))
    }

    async fn hover(&mut self, element: u32) -> Outcome {
        self.ask::<bool>(&format!("hands.expect({element})")).await?;
        if let Err(not_done) = self.reach(element).await? {
            return Ok(Err(not_done));
        }
        let Some(report) = self.report(element).await? else { return Ok(Ok(())) };
        Ok(match report.hits("mousemove") + report.hits("mouseover") {
            0 => Err(NotDone::because(
                StepFailure::NotReceived,
                "the pointer came to rest on something else",
            )),
            _ => Ok(()),
        })
    }

    /// Finds the field for a text and puts the caret behind what is in it.
    async fn enter_field(&mut self, element: u32) -> Outcome<u32> {
        let mut field: i64 = self.ask(&format!("hands.fieldOf({element})")).await?;
        if field < 0 {
            // Perhaps pressing it opens a field.
            if let Err(not_done) = self.click(element, MouseButton::Left, 1).await? {
                return Ok(Err(not_done));
            }
            self.pass_to_frame(Millis(50)).await?;
            field = self.ask("hands.focus()").await?;
            let kind = match u32::try_from(field) {
                Ok(at) => self.kind(at).await?.ok(),
                Err(_) => None,
            };
            if !kind.is_some_and(|kind| kind.field) {
                let detail = "no text can be put into the element";
                return Ok(Err(NotDone::because(StepFailure::Unfit, detail)));
            }
        } else if let Ok(at) = u32::try_from(field)
            && let Some(not_done) = self.press_field(at, &mut field).await?
        {
            return Ok(Err(not_done));
        }
        Ok(u32::try_from(field).map_err(|_| gone()))
    }

    /// Presses a field. A page that draws itself anew when it is pressed has put another one in its
    /// place, which then has the focus and is meant.
    async fn press_field(
        &mut self,
        at: u32,
        field: &mut i64,
    ) -> Result<Option<NotDone>, BrowserError> {
        if let Err(not_done) = self.click(at, MouseButton::Left, 1).await? {
            return Ok(Some(not_done));
        }
        if self.ask::<bool>(&format!("hands.isLost({at})")).await? {
            let focus: i64 = self.ask("hands.focus()").await?;
            let kind = match u32::try_from(focus) {
                Ok(at) => self.kind(at).await?.ok(),
                Err(_) => None,
            };
            if kind.is_some_and(|kind| kind.field) {
                *field = focus;
            }
        }
        Ok(None)
    }

    /// Whether a field has a picker of its own.
    async fn is_set(&mut self, field: u32) -> Result<bool, BrowserError> {
        Ok(self.ask::<String>(&format!("hands.wayOf({field})")).await? == "set")
    }

    async fn type_into(&mut self, element: Option<u32>, text: &str) -> Outcome {
        let field = match element {
            Some(element) => match self.enter_field(element).await? {
                Ok(field) if self.is_set(field).await? => return self.set(field, text).await,
                Ok(field) => {
                    self.press_quietly(&["Control+End"]).await?;
                    Some(field)
                }
                Err(not_done) => return Ok(Err(not_done)),
            },
            None => u32::try_from(self.ask::<i64>("hands.focus()").await?).ok(),
        };
        let Some(field) = field else {
            self.ask::<bool>("hands.expect(-1)").await?;
            self.type_text(text).await?;
            return Ok(Ok(()));
        };
        let is_field = self.kind(field).await?.is_ok_and(|kind| kind.field);
        self.ask::<bool>(&format!("hands.expect({field})")).await?;
        let before: Option<String> = self.ask(&format!("hands.value({field})")).await?;
        self.type_text(text).await?;
        let Some(report) = self.report(field).await? else { return Ok(Ok(())) };
        let after: Option<String> = self.ask(&format!("hands.value({field})")).await?;
        let heard = report.hits("keydown") + report.hits("beforeinput") + report.hits("input");
        if heard == 0 && !text.is_empty() {
            let detail = "the keys came to something else";
            return Ok(Err(NotDone::because(StepFailure::NotReceived, detail)));
        }
        // A field that is sent off with its text is empty again.
        let is_sent = text.contains(['\n', '\r']);
        let is_taken = !is_field || after != before || is_sent || after.is_none();
        Ok(match is_taken || text.is_empty() {
            true => Ok(()),
            false => Err(NotDone::because(
                StepFailure::NoEffect,
                "the field did not take what was typed",
            )),
        })
    }

    async fn clear(&mut self, element: u32) -> Outcome {
        let field = match self.enter_field(element).await? {
            Ok(field) => field,
            Err(not_done) => return Ok(Err(not_done)),
        };
        if self.is_set(field).await? {
            return self.set(field, "").await;
        }
        for keys in ["Control+A", "Delete"] {
            if let Some(chord) = Chord::parse(keys) {
                self.press_chord(&chord).await?;
            }
        }
        let left: Option<String> = self.ask(&format!("hands.value({field})")).await?;
        Ok(match left.is_none_or(|left| left.trim().is_empty()) {
            true => Ok(()),
            false => Err(NotDone::because(StepFailure::NoEffect, "the field was not emptied")),
        })
    }

    async fn press(&mut self, element: Option<u32>, key: &str) -> Outcome {
        let Some(chord) = Chord::parse(key) else {
            return Ok(Err(NotDone::because(StepFailure::Unfit, format!("`{key}` is no key"))));
        };
        if let Some(element) = element {
            if let Err(not_done) = self.kind(element).await? {
                return Ok(Err(not_done));
            }
            if !self.ask::<bool>(&format!("hands.focusOn({element})")).await? {
                let detail = "the element cannot have the focus";
                return Ok(Err(NotDone::because(StepFailure::Unfit, detail)));
            }
        }
        let at = element.map_or(-1, i64::from);
        self.ask::<bool>(&format!("hands.expect({at})")).await?;
        self.press_chord(&chord).await?;
        let Some(report) = self.report(element.unwrap_or(u32::MAX)).await? else {
            return Ok(Ok(()));
        };
        // As the wheel: see `turn_wheel`.
        let shifted = chord.modifiers.iter().any(|(key, _)| key.key == "Shift");
        if chord.modifiers.len() == usize::from(shifted) {
            let key = serde_json::Value::from(chord.key.key.as_str());
            self.ask::<bool>(&format!("hands.rollByKey({key}, {shifted})")).await?;
        }
        let heard = match element {
            Some(_) => report.hits("keydown"),
            None => report.count("keydown"),
        };
        Ok(match heard {
            0 => Err(NotDone::because(StepFailure::NotReceived, "the key came to something else")),
            _ => Ok(()),
        })
    }

    async fn resize(&mut self, viewport: Viewport) -> Outcome {
        self.page.resize(viewport).await?;
        self.hands.viewport = viewport;
        Ok(Ok(()))
    }

    async fn wait(&mut self, time: Millis) -> Result<Performed, BrowserError> {
        let mut left = time.0;
        while left > 0 {
            let part = left.min(WAITING);
            self.pass_to_frame(Millis(part)).await?;
            self.wait_for_document().await?;
            left -= part;
        }
        Ok(Performed { not_done: None, settled_in: time })
    }
}

pub(super) fn gone() -> NotDone {
    NotDone::because(StepFailure::NotFound, "the element is not in the document any more")
}
