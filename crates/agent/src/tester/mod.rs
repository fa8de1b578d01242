//! The tester: from a test in words, and what a page shows, to the next move or the verdict, as the UI
//! agent of WebGen-Bench works (arXiv 2505.03733).
//!
//! A model tests by turns: [`question()`] words what it is asked, [`read`] takes its [`Move`] from what it
//! answers, whoever has the browser does the move, and so on for at most [`MAX_STEPS`] moves. A
//! [`Script`] tests without a model, for demonstrations and for holding testers to known truths.

mod marks;
mod question;
mod reply;
mod script;

pub use marks::{Mark, marks_in_view, marks_of_all};
pub use question::{Situation, question};
pub use reply::{UnreadableMove, read};
pub use script::{Scene, Script, ScriptAnswer, ScriptError, ScriptMove};

use pageloom_schema::Direction;
use serde::{Deserialize, Serialize};

/// The most moves of one test, the verdict included.
pub const MAX_STEPS: u32 = 15;
/// The most pictures that one question shows: the last ones.
pub const SHOWN_PICTURES: usize = 3;

/// A test of a site, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Test {
    /// What is to be done.
    pub task: String,
    /// What is to come of it.
    pub expected_result: String,
}

/// How a page is shown to a tester.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// As screenshots on which elements are numbered, with a list of the numbers.
    Marks,
    /// As a list of all elements alone, for models that see no pictures.
    Tree,
}

/// What a tester does next. Elements go by the number they have on the page it was shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "move", rename_all = "snake_case")]
pub enum Move {
    /// Presses an element.
    Click {
        /// Which.
        element: u32,
    },
    /// Puts a text into a field, in place of what it holds.
    Type {
        /// Which field.
        element: u32,
        /// The text.
        text: String,
        /// Whether Enter is pressed after it.
        press_enter: bool,
    },
    /// Scrolls.
    Scroll {
        /// An element of its own scrolling; the window when absent.
        element: Option<u32>,
        /// `Up` or `Down`.
        direction: Direction,
    },
    /// Waits for the page.
    Wait,
    /// Goes back to the page before.
    GoBack,
    /// Ends the test.
    Answer {
        /// The verdict.
        verdict: Verdict,
        /// Why, in a sentence or two; may be empty.
        why: String,
    },
}

/// What a tester says of a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verdict {
    /// What was to come of the test came.
    Yes,
    /// Some of it did.
    Partial,
    /// It did not.
    No,
}

/// A move that was made, for the memory of the tester.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// The move.
    pub made: Move,
    /// The element it was done to, in words, as numbers change from page to page; empty for none.
    pub element: String,
    /// What came of it: `done`, or why it could not be done.
    pub outcome: String,
}

impl Move {
    /// The number of the element it is done to, if there is one.
    #[must_use]
    pub fn element(&self) -> Option<u32> {
        match self {
            Self::Click { element } | Self::Type { element, .. } => Some(*element),
            Self::Scroll { element, .. } => *element,
            Self::Wait | Self::GoBack | Self::Answer { .. } => None,
        }
    }
}
