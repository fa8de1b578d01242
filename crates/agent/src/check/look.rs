//! A page looked at with a question in mind: which elements are meant, what can be seen of them, and
//! what an element says.
//!
//! Where nothing on a page is what a target says by its role or words, two things stand in that pages
//! without roles have instead: a box whose class says that it is a dialog, and an element whose id or
//! class is the label that was looked for.

use pageloom_schema::{PageElement, PageState, Rect, Target};

use super::Found;
use super::text::{holds, holds_words, plain};

/// The most characters of an element's text in a state; one that has as many may have more.
const LONGEST_TEXT: usize = 400;
/// The longest text that is taken for a label, in characters.
const LONGEST_LABEL: usize = 24;
/// The most characters that something beside a label is taken to be its value with.
const LONGEST_VALUE: usize = 80;
/// Words by which pages mark dialogs that have no role.
const DIALOG_WORDS: [&str; 5] = ["modal", "dialog", "popup", "overlay", "lightbox"];

/// A page, and how its elements are found.
pub(super) struct Look<'a> {
    pub(super) state: &'a PageState,
    pub(super) found: &'a Found<'a>,
}

impl Look<'_> {
    pub(super) fn element(&self, at: usize) -> Option<&PageElement> {
        self.state.elements.get(at)
    }

    /// What a target means here, in document order.
    pub(super) fn all(&self, target: &Target) -> Vec<usize> {
        let mut all = (self.found)(self.state, target);
        all.retain(|at| *at < self.state.elements.len());
        if all.is_empty() && target.role.as_deref() == Some("dialog") {
            all = self.like_dialogs(target);
        }
        if let Some(label) = label_of(target) {
            all = self.labelled(all, &label);
        }
        all
    }

    /// Laid out and not hidden.
    pub(super) fn can_be_seen(&self, at: usize) -> bool {
        self.element(at).is_some_and(|element| element.visible && element.rect.area() > 0.0)
    }

    /// Those of `all` that can be seen; all of them when none can, as boxes and switches that are
    /// drawn by something else often are hidden themselves.
    pub(super) fn seen_first(&self, all: Vec<usize>) -> Vec<usize> {
        let seen: Vec<usize> = all.iter().copied().filter(|at| self.can_be_seen(*at)).collect();
        if seen.is_empty() { all } else { seen }
    }

    /// The elements around one, the nearest first.
    pub(super) fn around(&self, at: usize) -> impl Iterator<Item = usize> {
        let mut at = at;
        std::iter::from_fn(move || {
            let parent = self.element(at)?.parent? as usize;
            // What stands above stands before: a list that says otherwise has no way up.
            (parent < at).then(|| at = parent)?;
            Some(parent)
        })
    }

    /// The elements in one, in document order.
    pub(super) fn inside(&self, at: usize) -> impl Iterator<Item = usize> {
        (at + 1..self.state.elements.len()).take_while(move |i| self.around(*i).any(|a| a == at))
    }

    /// Whether an element shows `part`, a [`plain`] text, in its text or in a field.
    pub(super) fn shows(&self, at: usize, part: &str) -> bool {
        let Some(element) = self.element(at) else { return false };
        let own = |element: &PageElement| {
            holds(&plain(&element.text), part) || holds(&plain(&shown_value(element)), part)
        };
        let cut = element.text.chars().count() >= LONGEST_TEXT;
        own(element)
            || self.inside(at).filter_map(|i| self.element(i)).any(|inner| {
                if cut {
                    own(inner)
                } else {
                    holds(&plain(&shown_value(inner)), part) && !part.is_empty()
                }
            })
    }

    /// Whether the page shows `part`, a [`plain`] text, in its text or in a field.
    pub(super) fn page_shows(&self, part: &str) -> bool {
        holds(&plain(&self.state.text), part)
            || (0..self.state.elements.len())
                .filter(|at| self.can_be_seen(*at))
                .filter_map(|at| self.element(at))
                .any(|element| holds(&plain(&shown_value(element)), part))
    }

    /// What an element says when it is looked up by `label`: its text, or, when that is no more than
    /// the label, what stands next to it.
    pub(super) fn said(&self, at: usize, label: &str) -> String {
        let Some(element) = self.element(at) else { return String::new() };
        let value = shown_value(element);
        if !value.is_empty() {
            return value;
        }
        if !is_only(&element.text, label) {
            // `Tax 8%` is a label all the same, and what it says stands beside it on its line.
            let short = element.text.chars().count() <= LONGEST_LABEL;
            let beside = if short { self.beside_on_line(at) } else { None };
            return match beside {
                Some(beside) => format!("{} {beside}", element.text),
                None => element.text.clone(),
            };
        }
        let direct = self.around(at).next().and_then(|parent| self.element(parent));
        if let Some(parent) = direct
            && has_words(&parent.own_text)
            && parent.text.chars().count() <= LONGEST_VALUE
        {
            return parent.text.clone();
        }
        self.beside(at).unwrap_or_else(|| element.text.clone())
    }

    /// What is written after an element on its line.
    fn beside_on_line(&self, at: usize) -> Option<String> {
        let rect = self.element(at)?.rect;
        let end = self.inside(at).last().unwrap_or(at);
        let next = (end + 1..self.state.elements.len()).find(|i| {
            self.element(*i).is_some_and(|e| has_words(&e.own_text)) && self.can_be_seen(*i)
        })?;
        let next = self.element(next)?;
        let (_, middle) = next.rect.center();
        let same_line = (rect.y..=rect.bottom()).contains(&middle) && next.rect.x >= rect.x;
        (same_line && next.text.chars().count() <= LONGEST_VALUE).then(|| next.text.clone())
    }

    /// What is written next to an element: after it, or before it where that is nearer.
    fn beside(&self, at: usize) -> Option<String> {
        let rect = self.element(at)?.rect;
        let end = self.inside(at).last().unwrap_or(at);
        let says = |i: &usize| {
            let element = self.element(*i)?;
            let text = match shown_value(element) {
                value if !value.is_empty() => value,
                _ if has_words(&element.own_text) => element.text.clone(),
                _ => return None,
            };
            let short = text.chars().count() <= LONGEST_VALUE && self.can_be_seen(*i);
            short.then_some((gap(&rect, &element.rect), text))
        };
        let next = (end + 1..self.state.elements.len()).find_map(|i| says(&i));
        let above: Vec<usize> = self.around(at).collect();
        let last = (0..at).rev().filter(|i| !above.contains(i)).find_map(|i| says(&i));
        match (next, last) {
            (Some(next), Some(last)) if last.0 < next.0 => Some(last.1),
            (Some(next), _) => Some(next.1),
            (None, last) => last.map(|last| last.1),
        }
    }

    /// What carries a label: of what was found for it, and of what is named so for those who cannot
    /// see, the innermost that has it as words of their own. `Score: 5` carries `score` before `Best
    /// score: 7` does. Where there is none, what the page itself calls so.
    fn labelled(&self, all: Vec<usize>, label: &str) -> Vec<usize> {
        let at = |at: usize| self.state.elements.get(at);
        let says = |e: &PageElement| holds_words(&plain(&e.text), label);
        let named = |e: &PageElement| holds_words(&plain(&e.name), label) && !says(e);
        let mut fit: Vec<usize> = all.into_iter().filter(|i| at(*i).is_some_and(says)).collect();
        if fit.is_empty() {
            fit.extend((0..self.state.elements.len()).filter(|i| at(*i).is_some_and(named)));
        }
        if fit.is_empty() {
            let words: Vec<&str> = label.split(' ').collect();
            let called = |e: &PageElement| {
                let given = ["id", "data-testid", "name", "class"].iter();
                given.filter_map(|name| e.attributes.get(*name)).any(|value| {
                    let own = words_of(value);
                    words.iter().all(|word| own.iter().any(|own| own == word))
                })
            };
            fit = (0..self.state.elements.len()).filter(|i| at(*i).is_some_and(called)).collect();
        }
        fit.sort_unstable();
        let outer: Vec<usize> = fit.iter().flat_map(|i| self.around(*i)).collect();
        fit.retain(|i| !outer.contains(i));
        let alone = |i: &usize| {
            at(*i).is_some_and(|e| [&e.text, &e.name].iter().any(|text| words_are(text, label)))
        };
        let exact: Vec<usize> = fit.iter().copied().filter(alone).collect();
        if exact.is_empty() { fit } else { exact }
    }

    /// Boxes that a page draws as dialogs without saying so by a role.
    fn like_dialogs(&self, target: &Target) -> Vec<usize> {
        let wanted = target.name.as_deref().or(target.text.as_deref()).map(plain);
        let like = |at: usize| {
            let Some(element) = self.element(at) else { return false };
            let words = ["class", "id"]
                .iter()
                .filter_map(|name| element.attributes.get(*name))
                .flat_map(|value| words_of(value));
            let mut marked = words.map(|word| DIALOG_WORDS.contains(&word.as_str()));
            // A button that opens a dialog has its name in its class too.
            !element.actionable
                && marked.any(|marked| marked)
                && wanted.as_deref().is_none_or(|name| self.shows(at, name))
        };
        (0..self.state.elements.len()).filter(|at| like(*at)).collect()
    }
}

/// The text that a target without role, name and place is looked up by, [`plain`].
pub(super) fn label_of(target: &Target) -> Option<String> {
    let Target { role: None, name: None, placeholder: None, ordinal: None, text, .. } = target
    else {
        return None;
    };
    text.as_deref().map(plain).filter(|label| !label.is_empty())
}

/// What a field shows: what it holds, else its placeholder; nothing of a password.
pub(super) fn shown_value(element: &PageElement) -> String {
    if element.attributes.get("type").is_some_and(|kind| kind == "password") {
        return String::new();
    }
    match &element.value {
        Some(value) if !value.is_empty() => value.clone(),
        Some(_) => element.placeholder.clone(),
        None => String::new(),
    }
}

/// How an element is told: its role and its name, or what it says.
pub(super) fn called(element: &PageElement) -> String {
    let name = if element.name.is_empty() { &element.text } else { &element.name };
    let role = if element.role.is_empty() { &element.tag } else { &element.role };
    if name.trim().is_empty() {
        format!("the {role}")
    } else {
        format!("the {role} {}", super::text::quoted(name))
    }
}

/// How a target is told.
pub(super) fn told(target: &Target) -> String {
    let mut told = target.role.clone().unwrap_or_else(|| "something".to_owned());
    let mut add = |what: &str, value: &Option<String>| {
        if let Some(value) = value {
            told.push_str(&format!(" {what} {}", super::text::quoted(value)));
        }
    };
    add("named", &target.name);
    add("that says", &target.text);
    add("with the placeholder", &target.placeholder);
    add("near", &target.near);
    add("in", &target.section);
    if let Some(ordinal) = target.ordinal {
        told.push_str(&format!(", number {ordinal}"));
    }
    told
}

/// Whether `text` is `label` and nothing else that has letters or digits.
fn is_only(text: &str, label: &str) -> bool {
    let text = plain(text);
    text.split_once(label).is_some_and(|(before, after)| !has_words(before) && !has_words(after))
}

/// Whether the words of `text` without a digit are those of `label`: `Score: 5` of `score`.
fn words_are(text: &str, label: &str) -> bool {
    let text = plain(text);
    let words = text
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|word| !word.is_empty() && !word.contains(|c: char| c.is_ascii_digit()));
    words.eq(label.split(' '))
}

fn has_words(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// The words of a name that a program gives: `cart-total`, `cartTotal`, `cart_total` alike.
pub(super) fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut low = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (low && c.is_uppercase()) {
            words.push(String::new());
        }
        low = c.is_lowercase() || c.is_ascii_digit();
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// How far apart two boxes are, in CSS pixels.
fn gap(a: &Rect, b: &Rect) -> f64 {
    let apart = |a: (f64, f64), b: (f64, f64)| (b.0 - a.1).max(a.0 - b.1).max(0.0);
    apart((a.x, a.right()), (b.x, b.right())).hypot(apart((a.y, a.bottom()), (b.y, b.bottom())))
}
