//! A page made ready for looking things up: who is within whom, and the words that each element goes
//! by, with every word known by a number. Built once for a description; linear in the elements.

use std::collections::HashMap;

use pageloom_schema::{PageElement, PageState};

use super::concepts::{self, Concepts};
use super::words::{identifier_words, words};

/// Where words of an element come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// Its accessible name, its text, its label, its placeholder, its title.
    Told,
    /// Text of everything in it, where that is more than its own.
    Inside,
    /// Its class, `id` and other attributes, which no visitor sees.
    Coded,
}

/// Some words of an element.
#[derive(Debug)]
pub(super) struct Source {
    /// By their numbers.
    pub(super) words: Vec<u32>,
    pub(super) concepts: Concepts,
    pub(super) origin: Origin,
    /// How much they count, 0..=1.
    pub(super) weight: f64,
}

/// A page made ready.
pub(super) struct Page<'s> {
    state: &'s PageState,
    parent: Vec<Option<usize>>,
    /// Behind the last element within, as the list is in document order.
    end: Vec<usize>,
    sources: Vec<Vec<Source>>,
    numbers: HashMap<String, u32>,
    vocabulary: Vec<String>,
    /// For a visible element: the hidden box or radio button that pressing it changes.
    proxy: Vec<Option<usize>>,
    /// For each element its group in `groups`: siblings of the same make.
    group: Vec<usize>,
    groups: Vec<Vec<usize>>,
}

/// Attributes that say what an element is for, with how much their words count.
const CODED: &[(&str, f64)] = &[
    ("class", 0.85),
    ("id", 0.85),
    ("name", 0.8),
    ("type", 0.7),
    ("href", 0.7),
    ("src", 0.5),
    ("aria-controls", 0.5),
];

/// Words of classes that say how a thing looks and not what it is.
const NOISE: &[&str] = &[
    "btn",
    "button",
    "icon",
    "fa",
    "fas",
    "far",
    "bi",
    "mdi",
    "material",
    "primary",
    "secondary",
    "active",
    "on",
    "is",
    "has",
    "js",
    "css",
    "el",
    "ui",
    "sm",
    "lg",
    "md",
    "xs",
    "item",
    "input",
    "text",
    "p",
    "f",
    "r",
    "n",
    "s",
];

/// Classes that say in which state a thing is.
const STATES: &[&str] = &[
    "on",
    "active",
    "current",
    "selected",
    "open",
    "done",
    "completed",
    "checked",
    "is-active",
    "is-open",
    "is-selected",
    "disabled",
    "hover",
    "focus",
    "unread",
    "taken",
    "best",
    "featured",
];

impl<'s> Page<'s> {
    pub(super) fn new(state: &'s PageState) -> Self {
        let count = state.elements.len();
        let mut page = Self {
            state,
            parent: Vec::with_capacity(count),
            end: (1..=count).collect(),
            sources: Vec::with_capacity(count),
            numbers: HashMap::new(),
            vocabulary: Vec::new(),
            proxy: vec![None; count],
            group: vec![0; count],
            groups: vec![Vec::new()],
        };
        for (at, element) in state.elements.iter().enumerate() {
            // A parent that does not come before its child is no parent: the list is in document order.
            let parent = element.parent.and_then(|parent| usize::try_from(parent).ok());
            page.parent.push(parent.filter(|parent| *parent < at));
        }
        for at in (0..count).rev() {
            if let Some(parent) = page.parent[at] {
                page.end[parent] = page.end[parent].max(page.end[at]);
            }
        }
        for at in 0..count {
            let sources = page.sources_of(at);
            page.sources.push(sources);
        }
        page.find_proxies();
        page.find_repeated();
        page
    }

    pub(super) fn len(&self) -> usize {
        self.state.elements.len()
    }

    pub(super) fn state(&self) -> &'s PageState {
        self.state
    }

    pub(super) fn element(&self, at: usize) -> &'s PageElement {
        &self.state.elements[at]
    }

    pub(super) fn parent(&self, at: usize) -> Option<usize> {
        self.parent[at]
    }

    pub(super) fn element_above(&self, at: usize) -> Option<&'s PageElement> {
        self.parent[at].map(|parent| self.element(parent))
    }

    /// The element and everything it is in, from the inside out.
    pub(super) fn above(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(Some(at), |at| self.parent[*at])
    }

    pub(super) fn is_within(&self, at: usize, outer: usize) -> bool {
        outer <= at && self.above(at).any(|above| above == outer)
    }

    /// How many elements it is, with those in it.
    pub(super) fn size(&self, at: usize) -> usize {
        self.end[at] - at
    }

    /// Elements in it.
    pub(super) fn inside(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        (at + 1..self.end[at]).filter(move |inner| self.is_within(*inner, at))
    }

    /// The innermost element that both are in; absent where only the page is.
    pub(super) fn common(&self, one: usize, other: usize) -> Option<usize> {
        let (mut one, mut other) = (Some(one), Some(other));
        // The one that comes later in the document is never around the other one.
        while let (Some(a), Some(b)) = (one, other) {
            match a.cmp(&b) {
                std::cmp::Ordering::Equal => return Some(a),
                std::cmp::Ordering::Greater => one = self.parent[a],
                std::cmp::Ordering::Less => other = self.parent[b],
            }
        }
        None
    }

    pub(super) fn sources(&self, at: usize) -> &[Source] {
        &self.sources[at]
    }

    /// Every word of the page, by its number.
    pub(super) fn vocabulary(&self) -> &[String] {
        &self.vocabulary
    }

    pub(super) fn proxy_of(&self, at: usize) -> Option<usize> {
        self.proxy[at]
    }

    ///
    /// What holds items is none itself, and two lists of a page are not alike.
    pub(super) fn is_repeated(&self, at: usize) -> bool {
        let holds_items = matches!(
            self.element(at).role.as_str(),
            "list" | "listbox" | "table" | "grid" | "rowgroup" | "menu" | "tablist" | "radiogroup"
        );
        !holds_items && self.groups[self.group[at]].len() >= 2
    }

    /// It and its siblings of the same make, in document order.
    pub(super) fn alike(&self, at: usize) -> &[usize] {
        &self.groups[self.group[at]]
    }

    /// Whether two elements belong together in a list that has no elements for its items: `title,
    /// price, button, title, price, button`. Nothing where they are not in such a list.
    pub(super) fn leads(&self, anchor: usize, at: usize) -> Option<bool> {
        let common = self.common(anchor, at);
        let below = |at: usize| self.above(at).take_while(|above| Some(*above) != common).last();
        let (anchor, at) = (below(anchor)?, below(at)?);
        let (anchors, others) = (&self.groups[self.group[anchor]], &self.groups[self.group[at]]);
        if anchor == at
            || self.group[anchor] == self.group[at]
            || anchors.len() < 2
            || others.len() < 2
        {
            return None;
        }
        if others.len() > anchors.len() * 3 || anchors.len() > others.len() * 3 {
            return None;
        }
        // A heading stands before what it is over, and of others the one that comes first; where that
        // cannot be told, what stands closer together belongs together.
        let heading = self.element(anchor).role == "heading";
        let (mut first, mut last) = (0.0, 0.0);
        for one in anchors.iter().take(12) {
            let next = others.partition_point(|other| other < one);
            let gap = |other: Option<&usize>| other.map_or(300.0, |other| self.gap(*one, *other));
            first += gap(others.get(next));
            last += gap(next.checked_sub(1).and_then(|next| others.get(next)));
        }
        // Two lists, one after the other, do not lead each other.
        let mixed = anchors
            .windows(2)
            .filter(|pair| {
                let next = others.partition_point(|other| *other < pair[0]);
                others.get(next).is_some_and(|other| *other < pair[1])
            })
            .count();
        if mixed * 2 < anchors.len() - 1 {
            return None;
        }
        let next = anchors.partition_point(|one| *one < at);
        let leads = match anchors.len().cmp(&others.len()) {
            _ if heading || anchors[0] < others[0] => true,
            std::cmp::Ordering::Equal => false,
            _ => first <= last,
        };
        if leads {
            Some(next > 0 && anchors[next - 1] == anchor)
        } else {
            Some(anchors.get(next) == Some(&anchor))
        }
    }

    /// CSS pixels between two elements, across and down together.
    pub(super) fn gap(&self, one: usize, other: usize) -> f64 {
        let (one, other) = (self.element(one).rect, self.element(other).rect);
        let across = (one.x - other.right()).max(other.x - one.right()).max(0.0);
        let down = (one.y - other.bottom()).max(other.y - one.bottom()).max(0.0);
        across + down
    }

    pub(super) fn has_attribute_word(&self, at: usize, wanted: &[&str]) -> bool {
        let numbers: Vec<u32> =
            wanted.iter().filter_map(|word| self.numbers.get(*word).copied()).collect();
        !numbers.is_empty()
            && self.sources[at]
                .iter()
                .filter(|source| source.origin == Origin::Coded)
                .any(|source| source.words.iter().any(|word| numbers.contains(word)))
    }

    /// Its class or another attribute has this word, or one that means the same.
    pub(super) fn means(&self, at: usize, word: &str) -> bool {
        let plain = word.split(' ').next_back().unwrap_or(word);
        let plain = plain.strip_suffix('s').unwrap_or(plain);
        let concepts = concepts::of_phrase(plain);
        self.has_attribute_word(at, &[plain])
            || concepts != 0
                && self.sources[at]
                    .iter()
                    .any(|source| source.origin == Origin::Coded && source.concepts & concepts != 0)
    }

    pub(super) fn holds_role(&self, at: usize, role: &str) -> bool {
        self.size(at) <= 40 && self.inside(at).any(|inner| self.element(inner).role == role)
    }

    /// The number of a word, if the page has it.
    pub(super) fn number_of(&self, word: &str) -> Option<u32> {
        self.numbers.get(word).copied()
    }

    /// Where the first thing that can be seen begins, in CSS pixels.
    pub(super) fn element_top(&self) -> f64 {
        let visible = self.state.elements.iter().filter(|element| element.visible);
        let top = visible.map(|element| element.rect.y).fold(f64::INFINITY, f64::min);
        if top.is_finite() { top.max(0.0) } else { 0.0 }
    }

    fn number(&mut self, word: &str) -> u32 {
        if let Some(number) = self.numbers.get(word) {
            return *number;
        }
        let number = u32::try_from(self.vocabulary.len()).unwrap_or(u32::MAX);
        self.vocabulary.push(word.to_owned());
        self.numbers.insert(word.to_owned(), number);
        number
    }

    fn source(&mut self, words: &[String], origin: Origin, weight: f64) -> Source {
        let concepts = concepts::of_words(words);
        Source {
            words: words.iter().map(|word| self.number(word)).collect(),
            concepts,
            origin,
            weight,
        }
    }

    fn sources_of(&mut self, at: usize) -> Vec<Source> {
        let element = self.element(at);
        if !element.visible && !matches!(element.role.as_str(), "checkbox" | "radio" | "switch") {
            return Vec::new();
        }
        let attribute = |name: &str| element.attributes.get(name).map_or("", String::as_str);
        let pressed = matches!(attribute("type"), "submit" | "button" | "reset");
        let told = [
            (element.name.as_str(), 1.0),
            (element.own_text.as_str(), 1.0),
            (element.label.as_str(), 1.0),
            (element.placeholder.as_str(), 0.97),
            (attribute("aria-label"), 1.0),
            (attribute("title"), 0.95),
            (attribute("alt"), 0.95),
            (element.value.as_deref().filter(|_| pressed).unwrap_or(""), 1.0),
            (element.value.as_deref().filter(|_| !pressed).unwrap_or(""), 0.7),
        ];
        let mut sources: Vec<Source> = Vec::new();
        let mut seen: Vec<&str> = Vec::new();
        for (text, weight) in told {
            if text.is_empty() || seen.contains(&text) {
                continue;
            }
            seen.push(text);
            let found = words(text);
            if found.is_empty() {
                continue;
            }
            sources.push(self.source(&found, Origin::Told, weight));
            // `▶ Play all` is called so without its sign, too.
            let spoken: Vec<String> = found
                .iter()
                .filter(|word| word.chars().any(char::is_alphanumeric))
                .cloned()
                .collect();
            if !spoken.is_empty() && spoken.len() < found.len() {
                sources.push(self.source(&spoken, Origin::Told, weight));
            }
        }
        if !element.text.is_empty() && !seen.contains(&element.text.as_str()) {
            let found = words(&element.text);
            if !found.is_empty() {
                sources.push(self.source(&found, Origin::Inside, 0.9));
            }
        }
        for (name, weight) in CODED {
            let text = attribute(name);
            if text.is_empty() || text.starts_with("data:") {
                continue;
            }
            let mut found = identifier_words(text);
            if *name == "class" && found.len() > 1 {
                found.retain(|word| !NOISE.contains(&word.as_str()));
            }
            if *name == "type" {
                match text {
                    "email" | "password" | "search" | "date" | "time" | "number" | "tel"
                    | "url" | "file" => {}
                    _ => continue,
                }
            }
            if !found.is_empty() {
                sources.push(self.source(&found, Origin::Coded, *weight));
            }
        }
        if element.tag == "textarea" {
            // Longer texts are written into it, whatever they are called.
            let found = words("comment message description");
            sources.push(self.source(&found, Origin::Coded, 0.85));
        }
        for (name, text) in &element.attributes {
            let data = name.strip_prefix("data-");
            let Some(own) = data.or_else(|| (name == "aria-description").then_some("")) else {
                continue;
            };
            let mut found = identifier_words(own);
            found.extend(identifier_words(text));
            found.retain(|word| word.len() <= 30);
            if !found.is_empty() {
                sources.push(self.source(&found, Origin::Coded, 0.85));
            }
        }
        sources
    }

    /// Boxes that a style sheet hides and draws otherwise: what is pressed is their label, or what
    /// stands beside them in it.
    fn find_proxies(&mut self) {
        for at in 0..self.len() {
            let element = self.element(at);
            if element.visible || !matches!(element.role.as_str(), "checkbox" | "radio" | "switch")
            {
                continue;
            }
            let id = element.attributes.get("id").filter(|id| !id.is_empty());
            let around = self.above(at).skip(1).take(3).find(|above| {
                let above = self.element(*above);
                above.visible && (above.tag == "label" || above.actionable)
            });
            let named = || {
                let id = id?;
                (0..self.len()).find(|label| {
                    let label = self.element(*label);
                    label.visible && label.tag == "label" && label.attributes.get("for") == Some(id)
                })
            };
            let beside = || {
                let parent = self.parent[at];
                (at + 1..self.len().min(at + 4)).find(|next| {
                    self.parent[*next] == parent
                        && self.element(*next).visible
                        && self.element(*next).actionable
                })
            };
            if let Some(drawn) = around.or_else(named).or_else(beside) {
                self.proxy[drawn] = Some(at);
                let inner: Vec<usize> =
                    self.inside(drawn).filter(|inner| *inner != at).take(4).collect();
                for inner in inner {
                    if self.element(inner).visible && self.element(inner).actionable {
                        self.proxy[inner] = Some(at);
                    }
                }
            }
        }
    }

    fn find_repeated(&mut self) {
        let mut known: HashMap<(Option<usize>, &str, &str, &str), usize> = HashMap::new();
        for at in 0..self.len() {
            let element = self.element(at);
            if !element.visible {
                continue;
            }
            // One of several that is chosen at the moment is of the same make.
            let class = element.attributes.get("class").map_or("", String::as_str);
            let class =
                class.split_whitespace().find(|class| !STATES.contains(class)).unwrap_or("");
            let make = (self.parent[at], element.tag.as_str(), element.role.as_str(), class);
            let group = *known.entry(make).or_insert_with(|| {
                self.groups.push(Vec::new());
                self.groups.len() - 1
            });
            self.group[at] = group;
            self.groups[group].push(at);
        }
    }
}
