//! Pictures of a page in use at equal steps of its time, for a recording.

use pageloom_schema::{Millis, Png};

/// How long a press is shown, in milliseconds of the page's time.
const PRESS_SHOWN: u64 = 160;

/// One picture of a recording.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The window.
    pub png: Png,
    /// Where the pointer is, in CSS pixels of the window; nothing until it is first used.
    pub pointer: Option<(f64, f64)>,
    /// A button of the pointer is down, or was just now.
    pub pressed: bool,
}

/// What gets the pictures of a recording.
pub type Sink = Box<dyn FnMut(Frame) + Send>;

/// A recording that goes on.
pub(super) struct Recorder {
    period: u64,
    /// Virtual time until the next picture.
    left: u64,
    /// What the pointer is on its way from, how long it takes and how long it has taken.
    travel: Option<((f64, f64), u64, u64)>,
    press_shown: u64,
    sink: Sink,
}

impl Recorder {
    pub(super) fn new(period: Millis, sink: Sink) -> Self {
        let period = period.0.max(1);
        Self { period, left: period, travel: None, press_shown: 0, sink }
    }

    /// How much of `time` may pass before the next picture.
    pub(super) fn step(&self, time: Millis) -> Millis {
        Millis(time.0.min(self.left))
    }

    /// Time has passed; true when a picture is due.
    pub(super) fn passed(&mut self, time: Millis) -> bool {
        self.press_shown = self.press_shown.saturating_sub(time.0);
        if let Some((_, whole, gone)) = &mut self.travel {
            *gone += time.0;
            if gone >= whole {
                self.travel = None;
            }
        }
        self.left = self.left.saturating_sub(time.0);
        if self.left == 0 {
            self.left = self.period;
            return true;
        }
        false
    }

    /// The pointer sets out from here and arrives after `time`.
    pub(super) fn travel(&mut self, from: (f64, f64), time: Millis) {
        self.travel = Some((from, time.0.max(1), 0));
    }

    /// A button was pressed.
    pub(super) fn press(&mut self) {
        self.press_shown = PRESS_SHOWN;
    }

    /// A picture was taken while the pointer was at, or on its way to, `pointer`.
    pub(super) fn take(&mut self, png: Png, pointer: Option<(f64, f64)>, pressed: bool) {
        let pointer = match (self.travel, pointer) {
            (Some((from, whole, gone)), Some(to)) => {
                let part = gone as f64 / whole as f64;
                // Slowly away and slowly there, as a hand moves.
                let eased = part * part * (3.0 - 2.0 * part);
                Some((from.0 + (to.0 - from.0) * eased, from.1 + (to.1 - from.1) * eased))
            }
            (_, pointer) => pointer,
        };
        (self.sink)(Frame { png, pointer, pressed: pressed || self.press_shown > 0 });
    }
}
