//! What takes more than one event of the pointer: turning the wheel and dragging.

use pageloom_schema::{Millis, StepFailure};
use serde_json::json;

use super::NotDone;
use super::stage::{Outcome, Stage};
use crate::error::BrowserError;
use crate::site::evaluate;

/// The farthest that one turn of the wheel goes, in CSS pixels, and the most turns of one action;
/// they are larger where that does not do.
const NOTCH: f64 = 120.0;
const MAX_NOTCHES: f64 = 8.0;
/// Virtual time from one turn or move to the next.
const MOMENT: Millis = Millis(20);
/// The most a page may move without having been scrolled.
const UNMOVED: f64 = 5.0;
/// Frames after which a page that was scrolled shows it.
const SCROLL_FRAMES: u32 = 6;
/// Frames until a turn of the wheel must have come to the page.
const WHEEL_FRAMES: u32 = 20;
/// Moves from the start of a drag to its end.
const MOVES: u32 = 8;

impl Stage<'_> {
    /// Turns the wheel over an element, or over the middle of the window.
    pub(super) async fn scroll(&mut self, element: Option<u32>, by: (f64, f64)) -> Outcome {
        let viewport = self.hands.viewport;
        let at = match element {
            Some(element) => match self.reach(element).await? {
                Ok(aim) => (aim.x, aim.y),
                Err(not_done) => return Ok(Err(not_done)),
            },
            None => {
                let middle = (f64::from(viewport.width) / 2.0, f64::from(viewport.height) / 2.0);
                self.point(middle).await?;
                middle
            }
        };
        self.ask::<bool>(&format!("hands.measure({}, {})", at.0, at.1)).await?;
        let notches = (by.0.abs().max(by.1.abs()) / NOTCH).ceil().clamp(1.0, MAX_NOTCHES);
        for _ in 0..notches as u32 {
            self.turn_wheel(at, (by.0 / notches, by.1 / notches)).await?;
            self.pass_to_frame(MOMENT).await?;
        }
        for _ in 0..SCROLL_FRAMES {
            if self.has_left() || self.ask::<f64>("hands.scrolls()").await? > UNMOVED {
                return Ok(Ok(()));
            }
            self.pass_to_frame(MOMENT).await?;
        }
        Ok(Err(NotDone::because(StepFailure::NoEffect, "nothing was scrolled")))
    }

    /// The page hears of the wheel from the browser. What the browser would then scroll waits for
    /// frames of its own compositor and for clocks on the wall, so that is done from our world.
    async fn turn_wheel(&mut self, at: (f64, f64), by: (f64, f64)) -> Result<(), BrowserError> {
        let turned = json!({
            "type": "mouseWheel", "x": at.0, "y": at.1, "deltaX": by.0, "deltaY": by.1,
        });
        let (page, world) = (self.page, self.world().await?);
        let mut heard = std::pin::pin!(page.tell("Input.dispatchMouseEvent", turned));
        for _ in 0..WHEEL_FRAMES {
            let frame = async {
                page.give_frame().await?;
                // By its answer the page has got what the frame let through.
                evaluate::<bool>(page, world, "true").await.map(|_| ())
            };
            let mut frame = std::pin::pin!(frame);
            let answered = tokio::select! {
                biased;
                answer = &mut heard => Some(answer),
                framed = &mut frame => { framed?; None }
            };
            if let Some(answer) = answered {
                answer?;
                frame.await?;
                break;
            }
        }
        self.ask::<bool>(&format!("hands.turn({}, {}, {}, {})", at.0, at.1, by.0, by.1))
            .await
            .map(|_| ())
    }

    /// Drags one element onto another.
    pub(super) async fn drag(&mut self, from: u32, to: u32) -> Outcome {
        let start = match self.reach(from).await? {
            Ok(aim) => aim,
            Err(not_done) => return Ok(Err(not_done)),
        };
        if let Err(not_done) = self.kind(to).await? {
            return Ok(Err(not_done));
        }
        self.ask::<bool>(&format!("hands.expect({from})")).await?;
        let at = (start.x, start.y);
        self.hands.pressed = true;
        self.button_event("mousePressed", at, 1).await?;
        self.pass(MOMENT).await?;
        // A little way first: a drag begins only when it is clear that it is one.
        let steps = [(3.0, 0.0), (6.0, 3.0)];
        for (x, y) in steps {
            self.drag_to((at.0 + x, at.1 + y)).await?;
        }
        self.ask::<bool>(&format!("hands.intoView({to})")).await?;
        let mut here = self.hands.pointer.unwrap_or(at);
        let mut end = here;
        for left in (1..=MOVES).rev() {
            // What is dragged may push aside what it is dragged onto.
            let place: Option<(f64, f64)> = self.ask(&format!("hands.middleOf({to})")).await?;
            end = place.unwrap_or(end);
            let part = 1.0 / f64::from(left);
            let to = (here.0 + (end.0 - here.0) * part, here.1 + (end.1 - here.1) * part);
            here = ((to.0 * 10.0).round() / 10.0, (to.1 * 10.0).round() / 10.0);
            self.drag_to(here).await?;
        }
        // Some wait for the pointer to rest.
        self.drag_to((here.0 + 1.0, here.1)).await?;
        self.drag_to(here).await?;
        self.button_event("mouseReleased", here, 0).await?;
        self.hands.pressed = false;
        let Some(report) = self.report(from).await? else { return Ok(Ok(())) };
        let heard =
            report.hits("mousedown") + report.hits("pointerdown") + report.hits("dragstart");
        Ok(match heard {
            0 => {
                Err(NotDone::because(StepFailure::NotReceived, "the press came to something else"))
            }
            _ => Ok(()),
        })
    }

    async fn drag_to(&mut self, to: (f64, f64)) -> Result<(), BrowserError> {
        self.move_pointer(to, "left").await?;
        self.pass_to_frame(MOMENT).await
    }

    async fn button_event(
        &mut self,
        kind: &str,
        at: (f64, f64),
        buttons: u32,
    ) -> Result<(), BrowserError> {
        let event = json!({
            "type": kind, "x": at.0, "y": at.1, "button": "left", "buttons": buttons,
            "clickCount": 1,
        });
        self.page.tell("Input.dispatchMouseEvent", event).await
    }
}
