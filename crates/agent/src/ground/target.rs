//! Grounding of a [`Target`]: the description of an element that was made for machines. Texts are
//! compared without case and extra space; one that is the whole of a name comes before one that begins
//! it, and that before a part of one.

use pageloom_schema::{GroundingMethod, PageElement, PageState, Target};

use super::description;
use super::page::Page;
use super::relation;
use super::standing;
use super::{Grounding, Wanted, resolution};

/// How well a text fits: a part, the beginning, the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Part,
    Beginning,
    Whole,
}

/// The element that a target means. With several that fit it is ambiguous, unless what the action
/// needs (`wanted`) leaves one of them.
#[must_use]
pub fn target(state: &PageState, target: &Target, wanted: Wanted) -> Grounding {
    let page = Page::new(state);
    let mut found = fitting(&page, target);
    if found.len() > 1 {
        let able: Vec<usize> =
            found.iter().copied().filter(|at| is_able(&page, *at, wanted)).collect();
        if !able.is_empty() {
            found = able;
        }
    }
    let Some(first) = found.first().copied() else {
        return Grounding::NotFound {
            explanation: format!("nothing on the page is {}", in_words(target)),
            nearest: None,
        };
    };
    let first = if found.len() == 1 { able_part(&page, first, wanted) } else { first };
    let runner_up = found.get(1).map(|other| (*other, 1.0));
    let explanation = match found.len() {
        1 => format!("the only one that is {}", in_words(target)),
        count => format!("{count} are {}", in_words(target)),
    };
    let resolution =
        resolution(state, first, GroundingMethod::Target, Some(1.0), runner_up, explanation);
    if found.len() == 1 {
        Grounding::Found { element: first, resolution }
    } else {
        found.truncate(8);
        Grounding::Ambiguous { alternatives: found, resolution }
    }
}

/// Every visible element that a target means, as places in the list in document order. Without a role,
/// of elements within each other that fit alike the innermost counts.
#[must_use]
pub fn all(state: &PageState, target: &Target) -> Vec<usize> {
    fitting(&Page::new(state), target)
}

/// What is seen comes before what is only called so (a box that is named after the text beside it), and
/// what has a name before what only says it.
fn fitting(page: &Page<'_>, target: &Target) -> Vec<usize> {
    let seen = fitting_by(page, target, false);
    if seen.is_empty() { fitting_by(page, target, true) } else { seen }
}

fn fitting_by(page: &Page<'_>, target: &Target, by_name: bool) -> Vec<usize> {
    let mut ranked: Vec<(usize, Rank)> = Vec::new();
    let name = target.name.as_deref().map(plain);
    let text = target.text.as_deref().map(plain);
    let placeholder = target.placeholder.as_deref().map(plain);
    for at in 0..page.len() {
        let element = page.element(at);
        // A field for files is mostly hidden, and what is drawn for it takes the file all the same.
        let takes_files = element.attributes.get("type").is_some_and(|kind| kind == "file");
        if !(element.visible || takes_files && target.name.is_some()) {
            continue;
        }
        let drawn = page.proxy_of(at).map(|hidden| page.element(hidden));
        if let Some(role) = &target.role
            && !has_role(element, role)
            && !drawn.is_some_and(|hidden| has_role(hidden, role))
        {
            continue;
        }
        let mut rank = Rank::Whole;
        let mut fits = |wanted: &Option<String>, texts: &[&str]| {
            let Some(wanted) = wanted else { return true };
            match texts.iter().filter_map(|text| rank_of(&plain(text), wanted)).max() {
                Some(found) => {
                    rank = rank.min(found);
                    true
                }
                None => false,
            }
        };
        let attribute = |name: &str| element.attributes.get(name).map_or("", String::as_str);
        let hidden_name = drawn.map_or("", |hidden| hidden.name.as_str());
        let named = [
            element.name.as_str(),
            hidden_name,
            &element.label,
            attribute("aria-label"),
            attribute("title"),
            if by_name && element.name.is_empty() { element.text.as_str() } else { "" },
        ];
        let value = element.value.as_deref().unwrap_or("");
        let shown = [
            element.text.as_str(),
            &element.own_text,
            value,
            if by_name && element.text.is_empty() { &element.name } else { "" },
        ];
        if fits(&name, &named) && fits(&text, &shown) && fits(&placeholder, &[&element.placeholder])
        {
            ranked.push((at, rank));
        }
    }
    let best = ranked.iter().map(|(_, rank)| *rank).max();
    let mut found: Vec<usize> =
        ranked.into_iter().filter(|(_, rank)| Some(*rank) == best).map(|(at, _)| at).collect();
    // What is drawn for one hidden box counts once.
    let mut boxes = Vec::new();
    found.retain(|at| match page.proxy_of(*at) {
        Some(hidden) if target.role.is_some() => {
            let fresh = !boxes.contains(&hidden);
            boxes.push(hidden);
            fresh
        }
        _ => true,
    });
    if target.role.is_none() {
        let whole = found.clone();
        // In document order what is within an element follows it.
        found.retain(|at| {
            let next = whole.partition_point(|other| other <= at);
            !whole.get(next).is_some_and(|inner| page.is_within(*inner, *at))
        });
    }
    if let Some(section) = &target.section {
        found = in_section(page, section, found);
    }
    if let Some(near) = &target.near {
        let anchors = holding(page, near);
        found = standing::nearest(page, &anchors, &found);
    }
    match target.ordinal {
        None => found,
        Some(ordinal) => {
            let place = if ordinal > 0 {
                usize::try_from(ordinal - 1).ok()
            } else {
                usize::try_from(ordinal.unsigned_abs())
                    .ok()
                    .filter(|back| *back > 0)
                    .and_then(|back| found.len().checked_sub(back))
            };
            place.and_then(|place| found.get(place).copied()).into_iter().collect()
        }
    }
}

/// Lower case, single spaces.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

fn rank_of(text: &str, wanted: &str) -> Option<Rank> {
    if text.is_empty() {
        return wanted.is_empty().then_some(Rank::Whole);
    }
    if text == wanted {
        Some(Rank::Whole)
    } else if wanted.is_empty() {
        None
    } else if text.starts_with(wanted) {
        Some(Rank::Beginning)
    } else {
        text.contains(wanted).then_some(Rank::Part)
    }
}

fn has_role(element: &PageElement, role: &str) -> bool {
    let same = |one: &str, other: &str| element.role == one && role == other;
    element.role.eq_ignore_ascii_case(role)
        || same("searchbox", "textbox")
        || same("img", "image")
        || same("image", "img")
        || same("rowheader", "cell")
        || same("gridcell", "cell")
        || same("cell", "gridcell")
}

/// Elements with a text, the innermost and the best that fit.
fn holding(page: &Page<'_>, text: &str) -> Vec<usize> {
    fitting(page, &Target { text: Some(text.to_owned()), ..Target::default() })
        .into_iter()
        .chain(fitting(page, &Target { name: Some(text.to_owned()), ..Target::default() }))
        .collect()
}

fn in_section(page: &Page<'_>, section: &str, found: Vec<usize>) -> Vec<usize> {
    // `footer` is a part of the page by what it is; everything else is a name.
    let said = description::read(section, &std::collections::HashSet::new(), Wanted::Any).head;
    if let Some(inside) = relation::landmark(page, &said) {
        let kept: Vec<usize> = found.iter().copied().filter(|at| inside[*at]).collect();
        if !kept.is_empty() {
            return kept;
        }
    }
    let anchors = holding(page, section);
    found.into_iter().filter(|at| standing::is_in(page, &anchors, *at)).collect()
}

fn is_able(page: &Page<'_>, at: usize, wanted: Wanted) -> bool {
    let element = page.element(at);
    let enabled = element.states.get("disabled") != Some(&true);
    enabled
        && match wanted {
            Wanted::Any | Wanted::Scrollable => true,
            Wanted::Actionable => {
                element.actionable || element.editable || page.proxy_of(at).is_some()
            }
            Wanted::Editable => element.editable,
            Wanted::Choice => matches!(element.role.as_str(), "combobox" | "listbox"),
        }
}

/// What can be acted on, of the only element that fits: itself, else what it is in.
fn able_part(page: &Page<'_>, at: usize, wanted: Wanted) -> usize {
    if is_able(page, at, wanted) || !matches!(wanted, Wanted::Actionable) {
        return at;
    }
    page.above(at)
        .skip(1)
        .take(3)
        .find(|above| page.size(*above) <= 14 && is_able(page, *above, wanted))
        .unwrap_or(at)
}

/// A target for people.
fn in_words(target: &Target) -> String {
    let mut words = vec![target.role.clone().unwrap_or_else(|| "an element".to_owned())];
    let parts = [
        ("named", &target.name),
        ("with the text", &target.text),
        ("with the placeholder", &target.placeholder),
        ("near", &target.near),
        ("in", &target.section),
    ];
    for (what, text) in parts {
        if let Some(text) = text {
            words.push(format!("{what} `{text}`"));
        }
    }
    if let Some(ordinal) = target.ordinal {
        words.push(format!("number {ordinal}"));
    }
    words.join(" ")
}
