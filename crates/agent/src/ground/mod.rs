//! Grounding: from a description in words to an element of a page.
//!
//! [`local()`] does it without a model, [`target()`] and [`all`] for a description made for machines;
//! [`tree`] and [`marks`] word the question for a model and read its reply. All of it is pure: the same
//! page and words give the same element. What it never does is guess between two that fit alike.

mod command;
mod concepts;
mod decision;
mod description;
mod kinds;
mod lexicon;
mod local;
pub mod marks;
mod matching;
mod page;
mod phrase;
mod relation;
mod spoken;
mod standing;
mod target;
pub mod tree;
mod words;

#[cfg(test)]
mod tests;

use pageloom_schema::{ActionKind, GroundingMethod, PageElement, PageState, Rect, Resolution};

pub use local::local;
pub use spoken::{key_of, typed_text};
pub use target::{all, target};

/// What an action needs of the element that it is done to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wanted {
    /// Nothing in particular.
    #[default]
    Any,
    /// Something happens when it is pressed.
    Actionable,
    /// Text can be put into it.
    Editable,
    /// It offers options to choose from. An option that the description names is not looked for.
    Choice,
    /// It can be scrolled, as far as its role tells: a list, a region, the page's main part.
    Scrollable,
}

impl Wanted {
    /// What an action of this kind needs.
    #[must_use]
    pub fn of(kind: ActionKind) -> Self {
        match kind {
            ActionKind::Click
            | ActionKind::DoubleClick
            | ActionKind::RightClick
            | ActionKind::Drag
            | ActionKind::Upload => Self::Actionable,
            ActionKind::Type | ActionKind::Clear => Self::Editable,
            ActionKind::Select => Self::Choice,
            ActionKind::Scroll => Self::Scrollable,
            ActionKind::Hover
            | ActionKind::Press
            | ActionKind::GoBack
            | ActionKind::Resize
            | ActionKind::Wait => Self::Any,
        }
    }
}

/// What a description was found to mean. Elements are places in
/// [`PageState::elements`]; an [act](PageElement::index) takes the `index` of that element.
#[derive(Clone, Debug, PartialEq)]
pub enum Grounding {
    /// One element fits best.
    Found {
        /// Its place in the list.
        element: usize,
        /// Why this one.
        resolution: Resolution,
    },
    /// Several fit alike.
    Ambiguous {
        /// Their places in the list, best first, at most 8.
        alternatives: Vec<usize>,
        /// The best one of them.
        resolution: Resolution,
    },
    /// None fits.
    NotFound {
        /// One line for people.
        explanation: String,
        /// What comes nearest: its place, and how well it fits in 0..=1.
        nearest: Option<(usize, f64)>,
    },
}

impl Grounding {
    /// The place of the element that was found.
    #[must_use]
    pub fn element(&self) -> Option<usize> {
        match self {
            Self::Found { element, .. } => Some(*element),
            Self::Ambiguous { .. } | Self::NotFound { .. } => None,
        }
    }

    /// The element that was found.
    #[must_use]
    pub fn found<'s>(&self, state: &'s PageState) -> Option<&'s PageElement> {
        state.elements.get(self.element()?)
    }
}

/// An element as people call it: its name, else its text, else what its markup says; at most 60
/// characters.
fn called(element: &PageElement) -> String {
    let attribute = |name: &str| element.attributes.get(name).map_or("", String::as_str);
    let texts = [
        element.name.as_str(),
        &element.own_text,
        &element.label,
        &element.placeholder,
        &element.text,
        attribute("id"),
        attribute("class"),
    ];
    let text = texts.iter().map(|text| text.trim()).find(|text| !text.is_empty()).unwrap_or("");
    let short: String = text.chars().take(60).collect();
    if short.len() < text.len() { format!("{short}…") } else { short }
}

/// How an element was found, as the trace keeps it.
fn resolution(
    state: &PageState,
    at: usize,
    method: GroundingMethod,
    score: Option<f64>,
    runner_up: Option<(usize, f64)>,
    explanation: String,
) -> Resolution {
    let element = &state.elements[at];
    let rect = element.rect;
    Resolution {
        method,
        role: element.role.clone(),
        name: called(element),
        rect: Rect { x: rect.x - state.scroll.0, y: rect.y - state.scroll.1, ..rect },
        score,
        runner_up: runner_up.map(|(other, score)| {
            let other = &state.elements[other];
            (format!("{} \"{}\"", other.role, called(other)), score)
        }),
        explanation,
    }
}

/// How a model's choice is kept: it gives no score.
#[must_use]
pub fn chosen(
    state: &PageState,
    at: usize,
    method: GroundingMethod,
    explanation: &str,
) -> Option<Resolution> {
    (at < state.elements.len())
        .then(|| resolution(state, at, method, None, None, explanation.to_owned()))
}
