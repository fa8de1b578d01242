//! What a visitor does on a page, and what is to come of it: the actions and checks of an interactive
//! task, in the layout of IWR-Bench's rows (arXiv 2509.24709) and a superset of it.
//!
//! A published row has `type`, `parameters`, `visual_evaluation_flag`, `checkpoint_screenshot` and
//! `logical_assertion`; ours may add `check` and `target`, which a reader of the published layout
//! passes over.

use serde::{Deserialize, Serialize};

use crate::policy::Viewport;

/// A task of rebuilding a page from a recording of its use: one line of a task file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InteractiveRow {
    /// The task's name; a folder of this name lies beside the task file.
    pub id: String,
    /// How hard it is, and what it is about.
    #[serde(default)]
    pub classification: Classification,
    /// How it was recorded.
    #[serde(default)]
    pub recording_details: RecordingDetails,
    /// The page that was recorded.
    #[serde(default)]
    pub source_website: String,
    /// What the recording shows, in its order.
    pub action_sequence: Vec<TaskAction>,
}

/// How hard a task is, and what it is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Classification {
    /// `L1` static, `L2` simple changes of state, `L3` workflow, `L4` algorithm or game.
    #[serde(default)]
    pub interaction_complexity: String,
    /// `L1` to `L4`, or empty.
    #[serde(default)]
    pub visual_complexity: String,
    /// Such as `shopping`.
    #[serde(default)]
    pub domain: String,
    /// Such as `cart`.
    #[serde(default)]
    pub sub_domain: String,
}

/// How a task was recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordingDetails {
    /// `WIDTHxHEIGHT` in CSS pixels.
    #[serde(default)]
    pub resolution: String,
    /// `desktop` or `mobile`, or more words.
    #[serde(default)]
    pub environment: String,
}

/// One action of a task, and what is to come of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskAction {
    /// What is done.
    #[serde(rename = "type")]
    pub kind: ActionKind,
    /// To what, and with what.
    #[serde(default)]
    pub parameters: ActionParameters,
    /// The page is compared with the checkpoint after this action.
    #[serde(default)]
    pub visual_evaluation_flag: bool,
    /// The checkpoint's file, relative to the task's folder, such as `checkpoints/step_3.png`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint_screenshot: Option<String>,
    /// What has to be true after the action, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logical_assertion: Option<String>,
    /// The same for a machine; all have to hold. Not in the published layout.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub check: Vec<Check>,
    /// What the action is done to, for a machine. Not in the published layout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
}

/// What is done. The published layout has `Click`, `Type`, `Press` and `Scroll`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ActionKind {
    /// The main button is pressed once.
    Click,
    /// The main button is pressed twice.
    DoubleClick,
    /// The secondary button is pressed.
    RightClick,
    /// The pointer rests on something.
    Hover,
    /// A text is typed.
    Type,
    /// A field is emptied.
    Clear,
    /// A key is pressed, with modifiers if wanted.
    Press,
    /// The page, or an element of it, is scrolled.
    Scroll,
    /// Something is dragged onto something else.
    Drag,
    /// An option of a list is chosen.
    Select,
    /// A file of the task is put into a file field.
    Upload,
    /// Back in the history.
    GoBack,
    /// The window changes its size.
    Resize,
    /// Nothing is done until a condition holds, or for a while.
    Wait,
}

/// To what an action is done, and with what. Which of these an action needs follows from its kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ActionParameters {
    /// What it is done to, in words: `the "Add to cart" button of the second product`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What is typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// A key by its DOM name, with modifiers before it: `Enter`, `ArrowDown`, `Control+A`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Where to scroll.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// How far to scroll, in heights (or widths) of the window; half a window when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scroll_page: Option<f64>,
    /// Which of several alike, from 0, where the recording counted them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub element_index: Option<u32>,
    /// What something is dragged onto, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The same for a machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_target: Option<Target>,
    /// The label or the value of the option that is chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub option: Option<String>,
    /// A file of the task's folder, relative to its `assets/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The new size of the window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub viewport: Option<Viewport>,
    /// What is waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Check>,
    /// How long is waited at most, in milliseconds of the page's time; 5,000 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub milliseconds: Option<u64>,
}

/// Where to scroll.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Towards the end of the page.
    Down,
    /// Towards its beginning.
    Up,
    /// To the left.
    Left,
    /// To the right.
    Right,
}

/// An element by what it means on a page, so that it can be found on another page that means the
/// same. Every part that is present has to fit; texts are compared without case and extra space.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// ARIA role, such as `button`, `textbox`, `checkbox`, `listitem`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Accessible name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Text in the element.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Its placeholder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placeholder: Option<String>,
    /// Which of those that fit otherwise, from 1; negative counts from the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ordinal: Option<i32>,
    /// A text that stands near it: in the same row, card or group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub near: Option<String>,
    /// The name or heading of the section, dialog or list that it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
}

/// What has to be true of a page, decided without a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Check {
    /// A text can be seen, on the page or in an element.
    TextVisible {
        /// The text, as a part of what is shown.
        text: String,
        /// Where; anywhere when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        within: Option<Target>,
    },
    /// A text cannot be seen.
    TextAbsent {
        /// The text.
        text: String,
        /// Where; anywhere when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        within: Option<Target>,
    },
    /// So many elements fit and can be seen.
    Count {
        /// Which.
        target: Target,
        /// How many.
        count: u32,
    },
    /// A field holds this value.
    Value {
        /// Which field.
        target: Target,
        /// Its whole value.
        value: String,
    },
    /// An element can be seen.
    Visible {
        /// Which.
        target: Target,
    },
    /// An element cannot be seen, or is not there.
    Hidden {
        /// Which.
        target: Target,
    },
    /// A control can be used.
    Enabled {
        /// Which.
        target: Target,
    },
    /// A control is there and cannot be used.
    Disabled {
        /// Which.
        target: Target,
    },
    /// A box is ticked, a switch on, a tab or option selected, a section expanded or pressed.
    State {
        /// Which.
        target: Target,
        /// `checked`, `selected`, `expanded`, `pressed` or `focused`.
        state: String,
        /// Whether it has it.
        is: bool,
    },
    /// The address, from its path on, contains this.
    Url {
        /// The part, such as `/cart` or `#done`.
        contains: String,
    },
    /// An attribute has this value; without a value, it is there.
    Attribute {
        /// Of which element.
        target: Target,
        /// Which attribute.
        name: String,
        /// Its value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<String>,
    },
    /// A computed style has this value.
    Style {
        /// Of which element.
        target: Target,
        /// `display`, `visibility`, `opacity`, `color`, `background-color`, `font-weight`,
        /// `text-decoration-line`, `cursor`.
        property: String,
        /// The value as the browser writes it.
        value: String,
    },
    /// Storage holds a key; with a part of its value, if given.
    Storage {
        /// `local` or `session`.
        area: String,
        /// The key.
        key: String,
        /// A part of the value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        contains: Option<String>,
    },
    /// The picture of an element, or of the window, is another one than before the action.
    RegionChanged {
        /// Of which element; the whole window when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        target: Option<Target>,
        /// Whether it is.
        #[serde(default = "yes")]
        changed: bool,
    },
    /// Nothing was thrown and no error reached the console since the action began.
    NoConsoleError,
}

fn yes() -> bool {
    true
}
