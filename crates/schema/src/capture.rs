//! What the browser saw of one site: pixels, DOM with computed styles and text lines, console,
//! requests. A [`Capture`] without its PNG bytes is one JSON blob of the run log; the same site
//! under the same policy gives the same blob, so timings stay out of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::geometry::{Rect, Rgba};
use crate::policy::Viewport;

/// An encoded PNG picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Png(pub Arc<[u8]>);

/// Everything recorded of one rendered page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Capture {
    /// The document's title.
    pub title: String,
    /// The window the page was laid out in.
    pub viewport: Viewport,
    /// Width of the full-page picture in CSS pixels (= PNG pixels).
    pub page_width: u32,
    /// Height of the full-page picture in CSS pixels, after the cap.
    pub page_height: u32,
    /// The document's own height where the height cap cut it, else absent.
    pub uncapped_height: Option<u32>,
    /// The window's picture, when the policy asks for one.
    #[serde(skip)]
    pub viewport_png: Option<Png>,
    /// The whole page's picture, when the policy asks for one.
    #[serde(skip)]
    pub full_page_png: Option<Png>,
    /// The rendered DOM, when the policy asks for it.
    pub dom: Option<DomSnapshot>,
    /// The accessibility tree, parents before children, when the policy asks for it.
    pub accessibility: Option<Vec<AccessibleNode>>,
    /// Console messages in order, at most [`Capture::MAX_MESSAGES`].
    pub console: Vec<ConsoleMessage>,
    /// Uncaught exceptions and unhandled rejections in order, at most [`Capture::MAX_MESSAGES`].
    pub exceptions: Vec<String>,
    /// Requests that were refused or failed, sorted by URL, at most [`Capture::MAX_MESSAGES`].
    pub requests: Vec<RequestRecord>,
    /// Dialogs (`alert`, `confirm`, `prompt`, `beforeunload`) the page opened; all were dismissed.
    pub dialogs: u32,
    /// How many console messages, exceptions and requests were left out by their limits.
    pub dropped_messages: u32,
    /// Wall-clock time of each phase; never part of the stored blob.
    #[serde(skip)]
    pub timings: Timings,
}

impl Capture {
    /// The most console messages, exceptions, or requests one capture keeps, each.
    pub const MAX_MESSAGES: usize = 200;

    /// How many console messages are errors.
    #[must_use]
    pub fn console_errors(&self) -> usize {
        self.console.iter().filter(|message| message.level == ConsoleLevel::Error).count()
    }
}

/// Wall-clock seconds split by phase, in the order they happen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timings(pub Vec<(String, f64)>);

impl Timings {
    /// Adds a phase that took `seconds`.
    pub fn push(&mut self, phase: &str, seconds: f64) {
        self.0.push((phase.to_owned(), seconds));
    }
}

/// The laid-out document: nodes in document order and the distinct computed styles.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DomSnapshot {
    /// Elements and non-blank text nodes; a parent comes before its children.
    pub nodes: Vec<DomNode>,
    /// Distinct computed styles; [`DomNode::style`] indexes into it.
    pub styles: Vec<ComputedStyle>,
}

/// One element or text node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DomNode {
    /// Index of the parent element in [`DomSnapshot::nodes`]; absent for the root.
    pub parent: Option<u32>,
    /// Element or text.
    pub kind: NodeKind,
    /// Border box of the element, or the box around a text node; absent when it has no layout
    /// (`display: none`, `<head>`).
    pub bounds: Option<Rect>,
    /// Index into [`DomSnapshot::styles`]; for a text node its parent's style.
    pub style: Option<u32>,
    /// The lines a text node was broken into; empty for elements.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<TextLine>,
    /// Paint order in the page: a higher number is painted later, over lower ones.
    pub paint_order: u32,
    /// For text: the colour behind it as the browser blended it, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backdrop: Option<Rgba>,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeKind {
    /// An element.
    Element {
        /// Lower-case tag name.
        tag: String,
        /// Attributes; long values (over 512 bytes, such as data URLs) are cut.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        attributes: BTreeMap<String, String>,
        /// Current value of an input, select or textarea.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<String>,
    },
    /// A text node with something other than white space in it.
    Text(String),
}

/// One line of rendered text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TextLine {
    /// The box of the line.
    pub rect: Rect,
    /// Its text, after CSS white-space processing.
    pub text: String,
}

/// The computed style of an element, parsed; lengths in CSS pixels; four-sided values go top,
/// right, bottom, left.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ComputedStyle {
    /// `display`.
    pub display: String,
    /// False for `visibility: hidden` and `collapse`.
    pub visible: bool,
    /// `opacity` of this element alone, 0..=1.
    pub opacity: f64,
    /// `position`.
    pub position: String,
    /// True when `overflow-x` or `overflow-y` clips (anything but `visible`).
    pub clips: bool,
    /// `color`.
    pub color: Rgba,
    /// `background-color`.
    pub background_color: Rgba,
    /// True when `background-image` is not `none`.
    pub background_image: bool,
    /// `font-family` as computed: the whole list.
    pub font_family: String,
    /// `font-size`.
    pub font_size: f64,
    /// `font-weight`, 1..=1000.
    pub font_weight: u16,
    /// True for `italic` and `oblique`.
    pub italic: bool,
    /// True when `text-decoration-line` has `underline`.
    pub underline: bool,
    /// `text-align`.
    pub text_align: String,
    /// `text-transform`.
    pub text_transform: String,
    /// `line-height`, absent for `normal`.
    pub line_height: Option<f64>,
    /// Border widths.
    pub border_width: [f64; 4],
    /// `border-top-color`.
    pub border_color: Rgba,
    /// `border-top-left-radius`, the first length (percent counts as 9999).
    pub border_radius: f64,
    /// True when `box-shadow` is not `none`.
    pub box_shadow: bool,
    /// Padding.
    pub padding: [f64; 4],
    /// Margin (`auto` counts as 0).
    pub margin: [f64; 4],
    /// `cursor`.
    pub cursor: String,
}

/// One node of the accessibility tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccessibleNode {
    /// Index of the parent in the tree.
    pub parent: Option<u32>,
    /// ARIA role.
    pub role: String,
    /// Accessible name.
    pub name: String,
    /// Value of a control, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// States that are set (`disabled`, `checked=true`, `expanded=false`), sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub states: Vec<String>,
}

/// How serious a console message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsoleLevel {
    /// `console.debug` and the like.
    Debug,
    /// `console.log`, `console.info`.
    Info,
    /// `console.warn`.
    Warning,
    /// `console.error`, failed assertions, the browser's own errors.
    Error,
}

/// One console message, cut to 2,000 characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsoleMessage {
    /// How serious it is.
    pub level: ConsoleLevel,
    /// Its text.
    pub text: String,
}

/// What became of a request that did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestOutcome {
    /// It would have left the site; nothing was sent.
    Refused,
    /// The site has no such file; answered 404.
    NotFound,
}

/// A request that was refused or failed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RequestRecord {
    /// The URL, cut to 500 characters.
    pub url: String,
    /// What became of it.
    pub outcome: RequestOutcome,
    /// What asked for it, in the browser's words (`Document`, `Image`, `WebSocket`, …).
    pub resource: String,
}
