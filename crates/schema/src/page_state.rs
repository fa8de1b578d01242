//! What a page in use shows at one moment, for those who look for something on it or check it: the
//! elements that mean something, in document order, and what is around them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::geometry::Rect;
use crate::policy::Viewport;

/// A page at one moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PageState {
    /// The address from its path on.
    pub url: String,
    /// The document's title.
    pub title: String,
    /// The window.
    pub viewport: Viewport,
    /// How far the page is scrolled, in CSS pixels.
    pub scroll: (f64, f64),
    /// Width and height of the whole page in CSS pixels.
    pub size: (f64, f64),
    /// Elements in document order, at most 4,000: controls, fields, headings, landmarks, lists and
    /// their items, table cells, pictures, and whatever holds text of its own.
    pub elements: Vec<PageElement>,
    /// All text that can be seen, joined by single spaces, at most 200,000 characters.
    pub text: String,
    /// `localStorage` and `sessionStorage`, as `local:KEY` and `session:KEY`.
    pub storage: BTreeMap<String, String>,
    /// Uncaught exceptions and console errors so far.
    pub errors: u32,
    /// Messages of dialogs (`alert`, `confirm`) so far.
    pub dialogs: Vec<String>,
}

/// One element of a page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PageElement {
    /// What actions name it by; good until the next state is taken.
    pub index: u32,
    /// The nearest element above that is in the list, by its place in the list.
    pub parent: Option<u32>,
    /// Tag in lower case.
    pub tag: String,
    /// ARIA role, given or of the tag; `generic` where there is none.
    pub role: String,
    /// Accessible name, at most 200 characters.
    pub name: String,
    /// Text that can be seen in it and all below, at most 400 characters.
    pub text: String,
    /// Text that stands directly in it, at most 200 characters.
    pub own_text: String,
    /// What a field holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// `placeholder`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub placeholder: String,
    /// Text of its `label` elements.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// `id`, `class`, `type`, `href`, `src`, `alt`, `title`, `name`, `data-*`, `aria-*`, each at most
    /// 200 characters; at most 24.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// `checked`, `selected`, `expanded`, `pressed`, `focused`, `disabled`, `required`, `invalid`,
    /// `readonly`: each only where it is known, with whether it is so.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub states: BTreeMap<String, bool>,
    /// Computed style: the properties that [`Check::Style`](crate::Check::Style) lists.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub style: BTreeMap<String, String>,
    /// Where it is, in CSS pixels of the document.
    pub rect: Rect,
    /// It is laid out, not transparent and not hidden.
    pub visible: bool,
    /// Some of it is in the window.
    pub in_view: bool,
    /// Something is meant to happen when it is pressed: a control by its tag or role, one that can be
    /// focused or dragged, or one with the pointer of a control that what is around it has not.
    pub actionable: bool,
    /// Text can be put into it.
    pub editable: bool,
}
