//! What is heard of a person who uses a page: events of the pointer and the keyboard, each with what
//! the page showed right before it where that says to what it was done.

use serde::{Deserialize, Serialize};

use crate::page_state::PageState;

/// One event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Heard {
    /// Milliseconds of the wall clock.
    pub at: u64,
    /// What it was.
    pub event: HeardEvent,
}

/// Where an event came to, by places in the list of a [`PageState`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeardPlace {
    /// Elements of the list around the place, innermost first, at most 8.
    pub path: Vec<u32>,
    /// The field whose label it is.
    #[serde(default)]
    pub control: Option<u32>,
    /// What would be dragged from there.
    #[serde(default)]
    pub grip: Option<u32>,
}

/// What was heard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeardEvent {
    /// A button of the pointer went down.
    Down {
        /// 0 for the main one, 2 for the secondary one.
        button: u32,
        /// On what.
        place: HeardPlace,
        /// What the page showed.
        state: PageState,
    },
    /// The button went up somewhere else, with what it held: places are those of the last `Down`.
    Up {
        /// Over what.
        place: HeardPlace,
    },
    /// The press of the last `Down` was one on something.
    Click,
    /// The last two were a double click.
    Double,
    /// The last `Down` opened a menu.
    Menu,
    /// What was dragged since the last `Down` was dropped: places are those of that `Down`.
    Drop {
        /// Onto what.
        place: HeardPlace,
    },
    /// A key was pressed that types nothing.
    Key {
        /// By its DOM name, with modifiers before it.
        key: String,
        /// What had the focus.
        place: HeardPlace,
        /// What the page showed.
        state: PageState,
    },
    /// A field holds another text.
    Edit {
        /// What it held when it was begun to be edited.
        before: String,
        /// What it holds now.
        after: String,
        /// It is set as a whole, as a date is, and not typed into.
        set: bool,
        /// Which field, and what the page showed before; only at the first one of its kind in a row.
        #[serde(default)]
        begin: Option<Box<EditBegin>>,
    },
    /// An option was chosen.
    Choose {
        /// Its label.
        option: String,
        /// In which list.
        place: HeardPlace,
        /// What the page shows.
        state: PageState,
    },
    /// The wheel was turned.
    Scroll {
        /// Over what that scrolls; nowhere for the page itself.
        place: HeardPlace,
        /// CSS pixels to the right and down.
        by: (f64, f64),
        /// What the page showed; only at the first one of its kind in a row.
        #[serde(default)]
        state: Option<Box<PageState>>,
    },
    /// Back in the history.
    Back {
        /// What the page showed.
        state: PageState,
    },
    /// Nothing was done for a moment.
    After {
        /// What the page came to show.
        state: PageState,
    },
}

/// Where an edit began.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EditBegin {
    /// The field.
    pub place: HeardPlace,
    /// What the page showed.
    pub state: PageState,
}
