//! Checks without a model: whether they hold of a page ([`evaluate()`]), and which of them a sentence
//! means ([`compile()`]).
//!
//! Both are pure. Which elements a [`Target`] means is decided elsewhere and handed in as a closure;
//! pictures are handed in too. A check that the page fails does not hold; one that cannot be decided
//! for want of something of ours, such as a picture, is [`Undecided`], and never the page's fault.

mod compile;
mod evaluate;
mod look;
mod region;
mod text;

pub use compile::compile;
pub use evaluate::evaluate;

use pageloom_schema::{Check, PageState, Png, Target};

/// Which elements of a page a target means: places in [`PageState::elements`], in document order.
pub type Found<'a> = dyn Fn(&PageState, &Target) -> Vec<usize> + 'a;

/// Pictures of the window before and after an action, as far as they were taken.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pictures<'a> {
    /// Before it.
    pub before: Option<&'a Png>,
    /// After it.
    pub after: Option<&'a Png>,
}

/// A check could not be decided, and the page is not to blame.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the check cannot be decided: {why}")]
pub struct Undecided {
    /// What is missing or wrong.
    pub why: String,
    /// Whether a check without these words would say it too: the page has several of what is meant.
    /// Of a check that a task states, that is a failure; of a sentence, a reason to ask somebody.
    pub is_of_page: bool,
}

impl Undecided {
    /// For want of something of ours.
    pub(crate) fn by_us(why: impl Into<String>) -> Self {
        Self { why: why.into(), is_of_page: false }
    }

    /// For what the page has.
    pub(crate) fn by_page(why: impl Into<String>) -> Self {
        Self { why: why.into(), is_of_page: true }
    }
}

/// What a check looks for on the page, if it looks for an element. Whoever has a judge beside the
/// checks may ask the judge when a compiled check names something that the page does not have under
/// that name: the sentence was certain, but the page may say it in other words.
#[must_use]
pub fn target_of(check: &Check) -> Option<&Target> {
    match check {
        Check::TextVisible { within, .. } | Check::TextAbsent { within, .. } => within.as_ref(),
        Check::Count { target, .. }
        | Check::Value { target, .. }
        | Check::Visible { target }
        | Check::Hidden { target }
        | Check::Enabled { target }
        | Check::Disabled { target }
        | Check::State { target, .. }
        | Check::Attribute { target, .. }
        | Check::Style { target, .. } => Some(target),
        Check::RegionChanged { target, .. } => target.as_ref(),
        Check::Url { .. } | Check::Storage { .. } | Check::NoConsoleError => None,
    }
}

/// Whether a check needs pictures of the window.
#[must_use]
pub fn needs_pictures(check: &Check) -> bool {
    matches!(check, Check::RegionChanged { .. })
}
