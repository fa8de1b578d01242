//! Fields that are not typed into: lists, files, and those with a picker of their own.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pageloom_schema::{Millis, StepFailure};
use serde::Deserialize;
use serde_json::json;
use std::sync::PoisonError;

use super::stage::{Outcome, Stage};
use super::{MouseButton, NotDone};
use crate::error::BrowserError;

/// Virtual time that a list gets to open, and a page to ask for a file.
const OPENING: Millis = Millis(100);
const OPENINGS: u32 = 5;

/// What is needed to choose an option.
#[derive(Deserialize)]
struct Choice {
    key: String,
    state: Choosable,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Choosable {
    /// One key away.
    Near,
    Chosen,
    Disabled,
    Absent,
    Gone,
}

#[derive(Deserialize)]
struct Resolved {
    object: ResolvedObject,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResolvedObject {
    object_id: String,
}

#[derive(Deserialize)]
struct Called {
    result: CalledValue,
}

#[derive(Deserialize)]
struct CalledValue {
    value: Option<i64>,
}

impl Stage<'_> {
    /// Chooses an option of a list.
    pub(super) async fn select(&mut self, element: u32, option: &str) -> Outcome {
        if let Err(not_done) = self.kind(element).await? {
            return Ok(Err(not_done));
        }
        let list: i64 = self.ask(&format!("hands.selectOf({element})")).await?;
        match u32::try_from(list) {
            Ok(list) => self.choose(list, option).await,
            Err(_) => self.choose_offered(element, option).await,
        }
    }

    async fn choose(&mut self, list: u32, option: &str) -> Outcome {
        // A list of the page's own may stand before one that is hidden.
        match self.reach(list).await? {
            Ok(aim) => {
                self.ask::<bool>(&format!("hands.expect({list})")).await?;
                self.press_button((aim.x, aim.y), MouseButton::Left, 1).await?;
                if self.report(list).await?.is_none() {
                    return Ok(Ok(()));
                }
            }
            Err(not_done) => return Ok(Err(not_done)),
        }
        let wanted = quoted(option);
        let focused: bool = self.ask(&format!("hands.focusOn({list})")).await?;
        let choice: Choice = self.ask(&format!("hands.choose({list}, {wanted})")).await?;
        match choice.state {
            Choosable::Near if focused => self.press_quietly(&[&choice.key]).await?,
            Choosable::Near => {
                self.ask::<bool>(&format!("hands.force({list}, {wanted})")).await?;
            }
            Choosable::Chosen => {}
            Choosable::Gone => return Ok(Err(super::act::gone())),
            Choosable::Absent => {
                let detail = format!("the list has no option `{option}`");
                return Ok(Err(NotDone::because(StepFailure::NotFound, detail)));
            }
            Choosable::Disabled => {
                let detail = format!("the option `{option}` is disabled");
                return Ok(Err(NotDone::because(StepFailure::NotReceived, detail)));
            }
        }
        if self.has_left() {
            return Ok(Ok(()));
        }
        let chosen: Option<bool> = self.ask(&format!("hands.isChosen({list}, {wanted})")).await?;
        Ok(match chosen {
            Some(false) => {
                Err(NotDone::because(StepFailure::NoEffect, "the list did not take the option"))
            }
            _ => Ok(()),
        })
    }

    /// Chooses from a list that the page makes itself: opens it and presses the option.
    async fn choose_offered(&mut self, element: u32, option: &str) -> Outcome {
        if let Err(not_done) = self.click(element, MouseButton::Left, 1).await? {
            return Ok(Err(not_done));
        }
        for _ in 0..OPENINGS {
            self.pass_to_frame(OPENING).await?;
            let offered: i64 = self.ask(&format!("hands.offered({})", quoted(option))).await?;
            if let Ok(offered) = u32::try_from(offered) {
                return self.click(offered, MouseButton::Left, 1).await;
            }
        }
        let detail = format!("no option `{option}` appeared");
        Ok(Err(NotDone::because(StepFailure::NotFound, detail)))
    }

    /// Sets a field that has a picker of its own.
    pub(super) async fn set(&mut self, field: u32, text: &str) -> Outcome {
        let taken: bool = self.ask(&format!("hands.set({field}, {})", quoted(text))).await?;
        Ok(match taken {
            true => Ok(()),
            false => Err(NotDone::because(
                StepFailure::NoEffect,
                format!("the field does not take `{text}`"),
            )),
        })
    }

    /// Puts a file into a file field: the element itself, the one that it opens, or else drops it
    /// onto the element.
    pub(super) async fn upload(&mut self, element: u32, name: &str, bytes: &[u8]) -> Outcome {
        if let Err(not_done) = self.kind(element).await? {
            return Ok(Err(not_done));
        }
        let mut field: i64 = self.ask(&format!("hands.fileFieldOf({element})")).await?;
        if field < 0 {
            self.page.record.lock().unwrap_or_else(PoisonError::into_inner).chooser = None;
            if let Err(not_done) = self.click(element, MouseButton::Left, 1).await? {
                return Ok(Err(not_done));
            }
            self.pass_to_frame(OPENING).await?;
            field = self.asked_for().await?;
        }
        let kind = mime_guess::from_path(name).first_raw().unwrap_or("application/octet-stream");
        let (name, kind) = (quoted(name), quoted(kind));
        let content = quoted(&STANDARD.encode(bytes));
        if field >= 0 {
            let call = format!("hands.upload({field}, {name}, {kind}, {content})");
            let taken: bool = self.ask(&call).await?;
            return Ok(if taken { Ok(()) } else { Err(super::act::gone()) });
        }
        let taken: bool =
            self.ask(&format!("hands.drop({element}, {name}, {kind}, {content})")).await?;
        Ok(match taken {
            true => Ok(()),
            false => Err(NotDone::because(
                StepFailure::Unfit,
                "the element is no file field, opens none, and takes no dropped file",
            )),
        })
    }

    /// The field that the page asked a file for; -1 where it did not.
    async fn asked_for(&mut self) -> Result<i64, BrowserError> {
        let asked = self.page.record.lock().unwrap_or_else(PoisonError::into_inner).chooser.take();
        let Some(node) = asked else { return Ok(-1) };
        let world = self.world().await?;
        let params = json!({"backendNodeId": node, "executionContextId": world});
        let resolved: Resolved = match self.page.call("DOM.resolveNode", params).await {
            Ok(resolved) => resolved,
            Err(BrowserError::Refused { .. }) => return Ok(-1),
            Err(error) => return Err(error),
        };
        let params = json!({
            "objectId": resolved.object.object_id, "returnByValue": true,
            "functionDeclaration": "function () { return hands.add(this); }",
        });
        let called: Called = self.page.call("Runtime.callFunctionOn", params).await?;
        Ok(called.result.value.unwrap_or(-1))
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
