//! What an element is called: a [`Target`] that means it and nothing else on its page, and the same in
//! words.
//!
//! Every target is tried with [`ground::target()`](crate::ground::target()) before it is given out.

use pageloom_schema::{PageElement, PageState, Target};

use crate::ground::{self, Wanted};

/// The longest text that names something, in characters; of longer ones, the first words do.
const LONGEST: usize = 60;
/// How many texts beside an element are tried.
const MOST_NEAR: usize = 60;
/// The highest number that an element among others like it is given.
const MOST_ORDINAL: i32 = 200;
/// Roles of what a list is made of.
const ITEMS: [&str; 5] = ["listitem", "row", "article", "treeitem", "cell"];
/// Roles of the parts of a page.
const SECTIONS: [&str; 12] = [
    "dialog",
    "alertdialog",
    "region",
    "navigation",
    "form",
    "list",
    "table",
    "group",
    "main",
    "complementary",
    "tabpanel",
    "menu",
];

/// A target and the words for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// What it is for a machine.
    pub target: Target,
    /// What it is for people.
    pub description: String,
}

/// What the element at a place in the list is called; nothing where nothing tells it from others.
#[must_use]
pub fn name_of(state: &PageState, at: usize, wanted: Wanted) -> Option<Named> {
    let element = state.elements.get(at)?;
    let means = |target: &Target| ground::target(state, target, wanted).element() == Some(at);
    let bases = bases(element);
    let target = bases
        .iter()
        .find(|base| means(base))
        .cloned()
        .or_else(|| bases.iter().find_map(|base| told_apart(state, at, base, &means)))?;
    let description = describe(element, &target);
    Some(Named { target, description })
}

/// What an element says of itself, best first.
fn bases(element: &PageElement) -> Vec<Target> {
    let role = Some(element.role.clone()).filter(|role| role != "generic");
    let text_of = |text: &str| Some(first_words(text)).filter(|text| !text.is_empty());
    let plain = Target { role: role.clone(), ..Target::default() };
    let mut found = Vec::new();
    if role.is_some()
        && let Some(name) = text_of(&element.name)
    {
        found.push(Target { name: Some(name), ..plain.clone() });
    }
    if let Some(placeholder) = text_of(&element.placeholder) {
        found.push(Target { placeholder: Some(placeholder), ..plain.clone() });
    }
    let own = text_of(&element.own_text).or_else(|| text_of(&element.text));
    if let Some(text) = own {
        found.push(Target { text: Some(text), ..plain.clone() });
    }
    if role.is_some() {
        found.push(plain);
    }
    if let Some(name) = text_of(&element.name) {
        found.push(Target { name: Some(name), ..Target::default() });
    }
    found
}

/// A base with what tells the element from others like it: what stands near, the part of the page,
/// or its number.
fn told_apart(
    state: &PageState,
    at: usize,
    base: &Target,
    means: &dyn Fn(&Target) -> bool,
) -> Option<Target> {
    let near = || {
        let texts = near_texts(state, at).into_iter();
        texts.map(|text| Target { near: Some(text), ..base.clone() }).find(|target| means(target))
    };
    let section = || {
        let names = section_names(state, at).into_iter();
        names
            .map(|name| Target { section: Some(name), ..base.clone() })
            .find(|target| means(target))
    };
    let is_item = upwards(state, at).any(|at| ITEMS.contains(&state.elements[at].role.as_str()));
    let found = match is_item {
        true => near().or_else(section),
        false => section().or_else(near),
    };
    found.or_else(|| {
        let numbered = |ordinal| Target { ordinal: Some(ordinal), ..base.clone() };
        (1..=MOST_ORDINAL).map(numbered).find(|target| means(target))
    })
}

/// An element and all above it, innermost first.
pub(super) fn upwards(state: &PageState, at: usize) -> impl Iterator<Item = usize> + '_ {
    let above = move |at: &usize| {
        let parent = state.elements.get(*at)?.parent? as usize;
        (parent < *at).then_some(parent)
    };
    std::iter::successors((at < state.elements.len()).then_some(at), above)
}

pub(super) fn is_within(state: &PageState, at: usize, outer: usize) -> bool {
    upwards(state, at).any(|above| above == outer)
}

/// Texts that stand beside an element, from the closest around it outwards, headings first.
fn near_texts(state: &PageState, at: usize) -> Vec<String> {
    let own = first_words(&state.elements[at].name);
    let mut found: Vec<String> = Vec::new();
    for around in upwards(state, at).skip(1).take(5) {
        let inside = state.elements.iter().enumerate().skip(around);
        let inside = inside.take_while(|(one, _)| is_within(state, *one, around));
        let mut texts: Vec<(bool, String)> = inside
            .filter(|(one, element)| {
                let is_around = is_within(state, *one, at) || is_within(state, at, *one);
                let is_button = element.actionable && element.role == "button";
                element.visible && !is_around && !is_button
            })
            .map(|(_, element)| {
                let text =
                    if element.own_text.is_empty() { &element.name } else { &element.own_text };
                (element.role != "heading", first_words(text))
            })
            .filter(|(_, text)| text.chars().any(char::is_alphanumeric) && *text != own)
            .take(MOST_NEAR)
            .collect();
        texts.sort_by_key(|(is_other, _)| *is_other);
        for (_, text) in texts {
            if !found.contains(&text) {
                found.push(text);
            }
        }
        if found.len() >= MOST_NEAR {
            break;
        }
    }
    found
}

/// Names of the parts of the page that an element is in, the innermost first, and of the heading
/// before it.
fn section_names(state: &PageState, at: usize) -> Vec<String> {
    let around = upwards(state, at).skip(1).map(|at| &state.elements[at]);
    let parts = around.filter(|part| SECTIONS.contains(&part.role.as_str())).map(|part| &part.name);
    let before = state.elements[..at].iter().rev();
    let heading = before.filter(|one| one.role == "heading" && one.visible).map(|one| &one.text);
    let names = parts.chain(heading.take(1)).map(|name| first_words(name));
    names.filter(|name| !name.is_empty()).collect()
}

/// A text, or as many of its first words as name something.
fn first_words(text: &str) -> String {
    let mut short = String::new();
    for word in text.split_whitespace() {
        if !short.is_empty() && short.chars().count() + 1 + word.chars().count() > LONGEST {
            break;
        }
        if !short.is_empty() {
            short.push(' ');
        }
        short += word;
    }
    short
}

/// An element in words, as its target has it.
fn describe(element: &PageElement, target: &Target) -> String {
    let called =
        [&target.name, &target.placeholder, &target.text].into_iter().find_map(Option::as_deref);
    let number =
        target.ordinal.map(|ordinal| format!("{} ", in_order(ordinal))).unwrap_or_default();
    let noun = noun_of(element);
    let mut words = match called {
        None => format!("the {number}{noun}"),
        Some(called) => match noun {
            "button" => format!("the {number}\"{called}\" button"),
            "checkbox" => format!("the {number}checkbox of \"{called}\""),
            noun => format!("the {number}{noun} \"{called}\""),
        },
    };
    if let Some(near) = &target.near {
        words += &format!(" beside \"{near}\"");
    }
    if let Some(section) = &target.section {
        words += &format!(" in \"{section}\"");
    }
    words
}

fn noun_of(element: &PageElement) -> &'static str {
    match element.role.as_str() {
        "button" => "button",
        "link" => "link",
        "textbox" | "searchbox" | "spinbutton" => "field",
        "combobox" | "listbox" if element.editable => "field",
        "combobox" | "listbox" | "list" => "list",
        "checkbox" | "menuitemcheckbox" => "checkbox",
        "radio" | "option" | "menuitemradio" => "option",
        "switch" => "switch",
        "slider" => "slider",
        "tab" => "tab",
        "menuitem" => "menu item",
        "img" => "picture",
        "heading" => "heading",
        "listitem" | "treeitem" => "entry",
        "row" => "row",
        "cell" | "gridcell" | "columnheader" | "rowheader" => "cell",
        "article" | "group" | "region" | "figure" => "part",
        "dialog" | "alertdialog" => "dialog",
        _ if element.editable => "field",
        _ if !element.own_text.is_empty() => "text",
        _ => "part",
    }
}

fn in_order(ordinal: i32) -> String {
    const WORDS: [&str; 10] = [
        "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth",
        "tenth",
    ];
    let word = usize::try_from(ordinal - 1).ok().and_then(|at| WORDS.get(at));
    word.map_or_else(
        || {
            let ending = match (ordinal % 100, ordinal % 10) {
                (11..=13, _) => "th",
                (_, 1) => "st",
                (_, 2) => "nd",
                (_, 3) => "rd",
                _ => "th",
            };
            format!("{ordinal}{ending}")
        },
        |word| (*word).to_owned(),
    )
}
