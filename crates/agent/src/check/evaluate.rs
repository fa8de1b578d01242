//! Whether a check holds of a page, and what was seen.
//!
//! | check | holds when |
//! |---|---|
//! | text visible, absent | the page, or an element that fits, shows it or not; a field shows what it holds. A target that is a mere text is a label: what counts is what it says, or what stands next to it |
//! | count | exactly so many of those that fit can be seen; of rows, those of headings do not count, and of list items without a name or place, those of menus, page heads and feet do not |
//! | value | all fields that fit hold it; of several that no name tells apart, the focused one |
//! | visible, hidden | one that fits can be seen; none can |
//! | enabled, disabled | all that fit and can be seen are so |
//! | state | all that fit have it; where no state is known, `aria-current` and the class tell |
//! | attribute, style | all that fit have the value |
//! | URL, storage | the part stands there |
//! | region changed | a pixel of the element's picture differs by more than a few levels |
//! | no console error | there are no more errors than before the action |

use pageloom_schema::{Check, CheckOutcome, PageElement, PageState, Target};

use super::look::{Look, called, label_of, shown_value, told, words_of};
use super::region::{Picture, of_element, of_windows};
use super::text::{holds, plain, quoted};
use super::{Found, Pictures, Undecided};

/// Whether something holds, and what was seen.
type Seen = (bool, String);

/// Landmarks whose list items are no items of a page's list.
const FURNITURE: [&str; 5] = ["navigation", "banner", "contentinfo", "menu", "menubar"];

/// Whether `check` holds after an action, of which `before` is the page before it.
///
/// # Errors
/// [`Undecided`] when the page is not to blame: a picture is missing or broken or does not show the
/// element, or the check itself does not say which of several fields it means, or names a state or a
/// storage that there is none of.
pub fn evaluate(
    check: &Check,
    before: &PageState,
    after: &PageState,
    found: &Found<'_>,
    pictures: Pictures<'_>,
) -> Result<CheckOutcome, Undecided> {
    let look = Look { state: after, found };
    let (holds, explanation) = match check {
        Check::TextVisible { text, within } => text_visible(&look, before, text, within.as_ref()),
        Check::TextAbsent { text, within } => text_absent(&look, text, within.as_ref()),
        Check::Count { target, count } => counted(&look, target, *count),
        Check::Value { target, value } => value_is(&look, target, value)?,
        Check::Visible { target } => visible(&look, before, target),
        Check::Hidden { target } => hidden(&look, target),
        Check::Enabled { target } => usable(&look, target, true),
        Check::Disabled { target } => usable(&look, target, false),
        Check::State { target, state, is } => state_is(&look, target, state, *is)?,
        Check::Url { contains } => url(after, contains),
        Check::Attribute { target, name, value } => {
            attribute(&look, target, name, value.as_deref())
        }
        Check::Style { target, property, value } => style(&look, target, property, value),
        Check::Storage { area, key, contains } => storage(after, area, key, contains.as_deref())?,
        Check::RegionChanged { target, changed } => {
            let old = Look { state: before, found };
            region(&old, &look, target.as_ref(), *changed, pictures)?
        }
        Check::NoConsoleError => match after.errors.saturating_sub(before.errors) {
            0 => (true, "no error since the action began".to_owned()),
            1 => (false, "1 error since the action began".to_owned()),
            more => (false, format!("{more} errors since the action began")),
        },
    };
    Ok(CheckOutcome { check: check.clone(), compiled: false, holds, explanation })
}

fn none_fits(target: &Target) -> String {
    format!("nothing on the page is {}", told(target))
}

fn text_visible(look: &Look<'_>, before: &PageState, text: &str, within: Option<&Target>) -> Seen {
    let part = plain(text);
    let Some(target) = within else {
        if look.page_shows(&part) {
            return (true, format!("{} is on the page", quoted(text)));
        }
        let spoken = look.state.dialogs.iter().skip(before.dialogs.len());
        return match spoken.into_iter().find(|message| holds(&plain(message), &part)) {
            Some(message) => (true, format!("a dialog of the browser says {}", quoted(message))),
            None => (false, format!("{} is nowhere on the page", quoted(text))),
        };
    };
    let all: Vec<usize> = look.all(target).into_iter().filter(|at| look.can_be_seen(*at)).collect();
    let Some(first) = all.first() else { return (false, none_fits(target)) };
    match within_shows(look, &all, target, &part) {
        Some(at) => (true, format!("{} says {}", name_at(look, at), what(look, at, target))),
        None => {
            let others = match all.len() {
                1 => String::new(),
                many => format!(", and none of {many} that fit says {}", quoted(text)),
            };
            let says = what(look, *first, target);
            (false, format!("{} says {says}{others}", name_at(look, *first)))
        }
    }
}

fn text_absent(look: &Look<'_>, text: &str, within: Option<&Target>) -> Seen {
    let part = plain(text);
    let Some(target) = within else {
        return match look.page_shows(&part) {
            true => (false, format!("{} is still on the page", quoted(text))),
            false => (true, format!("{} is nowhere on the page", quoted(text))),
        };
    };
    let all: Vec<usize> = look.all(target).into_iter().filter(|at| look.can_be_seen(*at)).collect();
    match within_shows(look, &all, target, &part) {
        Some(at) => (false, format!("{} says {}", name_at(look, at), what(look, at, target))),
        // Without the place, the text must not stand in another that means the same.
        None if all.is_empty() && look.page_shows(&part) => {
            (false, format!("{}, and {} is on the page", none_fits(target), quoted(text)))
        }
        None if all.is_empty() => {
            (true, format!("{}, and {} is nowhere", none_fits(target), quoted(text)))
        }
        None => (true, format!("{} does not say {}", told(target), quoted(text))),
    }
}

/// The first of `all` that shows a text, as elements or as labels do.
fn within_shows(look: &Look<'_>, all: &[usize], target: &Target, part: &str) -> Option<usize> {
    all.iter().copied().find(|at| match label_of(target) {
        Some(label) => holds(&plain(&look.said(*at, &label)), part),
        None => look.shows(*at, part),
    })
}

fn name_at(look: &Look<'_>, at: usize) -> String {
    look.element(at).map_or_else(String::new, |element| {
        let name = match (element.name.is_empty(), element.own_text.is_empty()) {
            (false, _) => &element.name,
            (true, false) => &element.own_text,
            (true, true) => return format!("the {}", element.role),
        };
        quoted(name)
    })
}

/// What an element says, shortened.
fn what(look: &Look<'_>, at: usize, target: &Target) -> String {
    match (label_of(target), look.element(at)) {
        (Some(label), _) => quoted(&look.said(at, &label)),
        (None, Some(element)) if element.text.is_empty() => quoted(&shown_value(element)),
        (None, Some(element)) => quoted(&element.text),
        (None, None) => String::new(),
    }
}

fn counted(look: &Look<'_>, target: &Target, count: u32) -> Seen {
    let role = target.role.as_deref().unwrap_or_default();
    let mut all = look.all(target);
    let found = all.len();
    if role == "row" {
        all.retain(|at| !is_row_of_headings(look, *at));
    }
    let bare = Target { role: target.role.clone(), ..Target::default() } == *target;
    if role == "listitem" && bare {
        let furniture = |at: usize| {
            look.element(at).is_some_and(|element| FURNITURE.contains(&element.role.as_str()))
        };
        all.retain(|at| !look.around(*at).any(furniture));
    }
    let left_out = match found - all.len() {
        0 => String::new(),
        some => format!(", {some} left out as headings or parts of menus"),
    };
    let fit = all.len();
    let seen = all.into_iter().filter(|at| look.can_be_seen(*at)).count();
    let unseen = match fit - seen {
        0 => String::new(),
        some => format!(", {some} more cannot be seen"),
    };
    (seen == count as usize, format!("{seen} of {count}: {}{unseen}{left_out}", told(target)))
}

/// A row with headings of columns and no cell.
fn is_row_of_headings(look: &Look<'_>, at: usize) -> bool {
    let has = |role: &[&str]| {
        look.inside(at)
            .filter_map(|i| look.element(i))
            .any(|element| role.contains(&element.role.as_str()))
    };
    has(&["columnheader"]) && !has(&["cell", "gridcell"])
}

fn value_is(look: &Look<'_>, target: &Target, value: &str) -> Result<Seen, Undecided> {
    let mut fields: Vec<usize> = look.all(target);
    fields.retain(|at| look.element(*at).is_some_and(|element| element.value.is_some()));
    let mut fields = look.seen_first(fields);
    // `Email` means the field of that name before it means `Confirm email`.
    if let Some(name) = target.name.as_deref().map(plain) {
        let exact = |at: &usize| {
            look.element(*at).is_some_and(|e| [&e.name, &e.label].iter().any(|n| plain(n) == name))
        };
        let named: Vec<usize> = fields.iter().copied().filter(exact).collect();
        if !named.is_empty() {
            fields = named;
        }
    }
    if fields.is_empty() {
        return Ok((false, format!("no field on the page is {}", told(target))));
    }
    if *target == Target::default() && fields.len() > 1 {
        let focused =
            |at: &usize| look.element(*at).is_some_and(|e| e.states.get("focused") == Some(&true));
        let count = fields.len();
        fields.retain(focused);
        if fields.is_empty() {
            return Err(Undecided::by_page(format!(
                "which of {count} fields is meant is not said"
            )));
        }
    }
    let wanted = plain(value);
    let has = |element: &PageElement| element.value.as_deref().map(plain) == Some(wanted.clone());
    Ok(every(
        look,
        &fields,
        &|at, element| has(element) || option_is(look, at, &wanted),
        &|element| match element.value.as_deref() {
            Some("") | None => "is empty".to_owned(),
            Some(value) => format!("holds {}", quoted(value)),
        },
    ))
}

/// Whether the chosen option of a list says `wanted`; its value may be a code.
fn option_is(look: &Look<'_>, at: usize, wanted: &str) -> bool {
    look.inside(at).filter_map(|i| look.element(i)).any(|option| {
        option.states.get("selected") == Some(&true)
            && (plain(&option.text) == wanted || plain(&option.name) == wanted)
    })
}

/// Whether `is` is true of all of some elements, with what one of them shows; the first that fails
/// is told.
fn every(
    look: &Look<'_>,
    all: &[usize],
    is: &dyn Fn(usize, &PageElement) -> bool,
    shows: &dyn Fn(&PageElement) -> String,
) -> Seen {
    let elements = || all.iter().filter_map(|at| Some((*at, look.element(*at)?)));
    let good = elements().filter(|(at, element)| is(*at, element)).count();
    let of =
        if all.len() > 1 { format!(" ({good} of {} that fit)", all.len()) } else { String::new() };
    let told = elements().find(|(at, element)| !is(*at, element)).or_else(|| elements().next());
    let text = told.map_or_else(String::new, |(_, element)| {
        format!("{} {}{of}", called(element), shows(element))
    });
    (good == all.len() && good > 0, text)
}

fn visible(look: &Look<'_>, before: &PageState, target: &Target) -> Seen {
    let all = look.all(target);
    if let Some(at) = all.iter().find(|at| look.can_be_seen(**at)) {
        let name = look.element(*at).map_or_else(String::new, called);
        return (true, format!("{name} can be seen"));
    }
    if target.role.as_deref() == Some("dialog") {
        let name = target.name.as_deref().or(target.text.as_deref()).map(plain).unwrap_or_default();
        let mut spoken = look.state.dialogs.iter().skip(before.dialogs.len());
        if let Some(message) = spoken.find(|message| holds(&plain(message), &name)) {
            return (true, format!("a dialog of the browser says {}", quoted(message)));
        }
    }
    match all.first().and_then(|at| look.element(*at)) {
        Some(element) => (false, format!("{} is there and cannot be seen", called(element))),
        None => (false, none_fits(target)),
    }
}

fn hidden(look: &Look<'_>, target: &Target) -> Seen {
    let all = look.all(target);
    match all.iter().find(|at| look.can_be_seen(**at)).and_then(|at| look.element(*at)) {
        Some(element) => (false, format!("{} can be seen", called(element))),
        None if all.is_empty() => (true, none_fits(target)),
        None => (true, format!("{} is there and cannot be seen", told(target))),
    }
}

fn usable(look: &Look<'_>, target: &Target, wanted: bool) -> Seen {
    let all: Vec<usize> = look.all(target).into_iter().filter(|at| look.can_be_seen(*at)).collect();
    // Beside a control its label may fit, of which nothing says whether it can be used.
    let known = |at: &usize| look.element(*at).is_some_and(|e| e.states.contains_key("disabled"));
    let controls: Vec<usize> = all.iter().copied().filter(known).collect();
    let all = if controls.is_empty() { all } else { controls };
    if all.is_empty() {
        return (false, format!("{} that can be seen", none_fits(target)));
    }
    let disabled = |element: &PageElement| element.states.get("disabled") == Some(&true);
    every(look, &all, &|_, element| disabled(element) != wanted, &|element| {
        if disabled(element) { "is disabled".to_owned() } else { "is enabled".to_owned() }
    })
}

fn state_is(look: &Look<'_>, target: &Target, state: &str, is: bool) -> Result<Seen, Undecided> {
    let hints: &[&str] = match state {
        "checked" => &["checked"],
        "selected" => &["selected", "active", "current"],
        "expanded" => &["expanded", "open"],
        "pressed" => &["pressed", "active"],
        "focused" => &[],
        other => return Err(Undecided::by_us(format!("there is no state {}", quoted(other)))),
    };
    let all = look.all(target);
    let known = |at: &usize| look.element(*at).is_some_and(|e| e.states.contains_key(state));
    let telling: Vec<usize> = all.iter().copied().filter(known).collect();
    let all = look.seen_first(if telling.is_empty() { all } else { telling });
    if all.is_empty() {
        return Ok((false, none_fits(target)));
    }
    let has = |element: &PageElement| match element.states.get(state) {
        Some(known) => *known,
        None => hinted(element, state, hints),
    };
    Ok(every(look, &all, &|_, element| has(element) == is, &|element| match (
        has(element),
        element.states.contains_key(state),
    ) {
        (true, true) => format!("is {state}"),
        (true, false) => format!("is {state} by its class"),
        (false, true) => format!("is not {state}"),
        (false, false) => format!("has nothing that says it is {state}"),
    }))
}

/// Whether `aria-current` or the class says what no state does.
fn hinted(element: &PageElement, state: &str, hints: &[&str]) -> bool {
    let current = element.attributes.get("aria-current").is_some_and(|v| v != "false");
    let words = element.attributes.get("class").map(|class| words_of(class)).unwrap_or_default();
    (state == "selected" && current) || words.iter().any(|word| hints.contains(&word.as_str()))
}

fn url(after: &PageState, contains: &str) -> Seen {
    let there = holds(&plain(&after.url), &plain(contains));
    (there, format!("the address is {}", quoted(&after.url)))
}

fn attribute(look: &Look<'_>, target: &Target, name: &str, value: Option<&str>) -> Seen {
    let all = look.seen_first(look.all(target));
    if all.is_empty() {
        return (false, none_fits(target));
    }
    let of = |element: &PageElement| -> Option<String> {
        match name {
            "value" => element.value.clone(),
            "placeholder" => Some(element.placeholder.clone()).filter(|text| !text.is_empty()),
            name => element.attributes.get(name).cloned().or_else(|| {
                // Those without a value are among the states.
                element.states.get(name).filter(|is| **is).map(|_| String::new())
            }),
        }
    };
    let has = |element: &PageElement| match (of(element), value) {
        (Some(found), Some(value)) => plain(&found) == plain(value),
        (found, None) => found.is_some(),
        (None, Some(_)) => false,
    };
    every(look, &all, &|_, element| has(element), &|element| match of(element) {
        Some(found) => format!("has {} {}", quoted(name), quoted(&found)),
        None => format!("has no {}", quoted(name)),
    })
}

fn style(look: &Look<'_>, target: &Target, property: &str, value: &str) -> Seen {
    let all = look.seen_first(look.all(target));
    if all.is_empty() {
        return (false, none_fits(target));
    }
    let of = |element: &PageElement| element.style.get(property).cloned().unwrap_or_default();
    let same = |element: &PageElement| canonical(&of(element)) == canonical(value);
    every(look, &all, &|_, element| same(element), &|element| match of(element) {
        found if found.is_empty() => format!("has no {}", quoted(property)),
        found => format!("has {} {}", quoted(property), quoted(&found)),
    })
}

/// A value of a style as it is compared: without white space, names of weights and hexadecimal
/// colours as the browser writes them.
fn canonical(value: &str) -> String {
    let tight: String =
        value.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
    let channel = |at: usize| u8::from_str_radix(tight.get(at..at + 2)?, 16).ok();
    let hex = || -> Option<String> {
        if tight.len() != 7 || !tight.starts_with('#') {
            return None;
        }
        Some(format!("rgb({},{},{})", channel(1)?, channel(3)?, channel(5)?))
    };
    match tight.as_str() {
        "bold" => "700".to_owned(),
        "normal" => "400".to_owned(),
        _ => hex().unwrap_or(tight),
    }
}

fn storage(
    after: &PageState,
    area: &str,
    key: &str,
    contains: Option<&str>,
) -> Result<Seen, Undecided> {
    if !matches!(area, "local" | "session") {
        return Err(Undecided::by_us(format!("there is no storage {}", quoted(area))));
    }
    let seen = match (after.storage.get(&format!("{area}:{key}")), contains) {
        (None, _) => (false, format!("{area} storage has no key {}", quoted(key))),
        (Some(value), None) => (true, format!("{} is {}", quoted(key), quoted(value))),
        // A program wrote it: `[1` is in `[1,2]`.
        (Some(value), Some(part)) => {
            (value.contains(part), format!("{} is {}", quoted(key), quoted(value)))
        }
    };
    Ok(seen)
}

fn region(
    before: &Look<'_>,
    after: &Look<'_>,
    target: Option<&Target>,
    wanted: bool,
    pictures: Pictures<'_>,
) -> Result<Seen, Undecided> {
    let name = target.map_or_else(|| "the window".to_owned(), told);
    let places = match target {
        None => None,
        Some(target) => {
            let one = |look: &Look<'_>| {
                let at = look.all(target).into_iter().find(|at| look.can_be_seen(*at))?;
                look.element(at).map(|element| element.rect)
            };
            match (one(before), one(after)) {
                (Some(old), Some(new)) => Some((old, new)),
                (None, None) => return Ok((false, none_fits(target))),
                (Some(_), None) => return Ok((wanted, format!("{name} is gone"))),
                (None, Some(_)) => return Ok((wanted, format!("{name} is new"))),
            }
        }
    };
    let decode = |png: Option<&pageloom_schema::Png>, when: &str| match png {
        Some(png) => Picture::decode(png),
        None => {
            Err(Undecided::by_us(format!("there is no picture of the window {when} the action")))
        }
    };
    let (old, new) = (decode(pictures.before, "before")?, decode(pictures.after, "after")?);
    let difference = match places {
        None => of_windows(&old, &new),
        Some((old_rect, new_rect)) => {
            let both = of_element((&old, before.state, &old_rect), (&new, after.state, &new_rect));
            let Some(both) = both else {
                // Where a page puts it is the page's doing, and what nobody sees did not change.
                let seen = format!("{name} is not in the window both before and after");
                return Ok((false, seen));
            };
            both
        }
    };
    let (pixels, of) = (difference.pixels, difference.of);
    Ok(((pixels > 0) == wanted, format!("{pixels} of {of} pixels of {name} changed")))
}
