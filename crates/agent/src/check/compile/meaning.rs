//! What a subject and what is said of it mean for a machine, where that is certain.

use pageloom_schema::{Check, Target};

use super::predicate::{Predicate, Said};
use super::subject::{Countable, Element, Noun, Subject};

/// The check that a statement means; `None` where it means nothing certain.
pub(super) fn meaning(subject: &Subject, predicate: &Predicate) -> Option<Check> {
    let holds = !predicate.denied;
    match (subject, &predicate.said) {
        (Subject::Text(text), Said::Seen(seen) | Said::Moved(seen)) => {
            let within = predicate.place.as_ref().map(Element::target);
            Some(text_check(text, within, *seen == holds))
        }
        (Subject::Counted(count, what), Said::Seen(true)) if holds => {
            counted(*count, *what, predicate.place.as_ref(), predicate.on_page)
        }
        (Subject::Element(element), said) => of_element(element, said, predicate, holds),
        // Nothing but a text and a count is somewhere.
        _ if predicate.place.is_some() => None,
        (Subject::Label(label), Said::Shows(value)) => {
            let within = Target { text: Some(label.clone()), ..Target::default() };
            Some(text_check(value, Some(within), holds))
        }
        (Subject::Page, Said::Shows(value) | Said::Contains(value)) => {
            is_telling(value).then(|| text_check(value, None, holds))
        }
        (Subject::Page, Said::Count(count, what)) if holds => counted(*count, *what, None, true),
        (Subject::Address, Said::Contains(part)) if holds => {
            Some(Check::Url { contains: part.clone() })
        }
        _ => None,
    }
}

fn text_check(text: &str, within: Option<Target>, visible: bool) -> Check {
    let text = text.to_owned();
    if visible { Check::TextVisible { text, within } } else { Check::TextAbsent { text, within } }
}

/// A count of rows belongs to a table, one of items to a list.
fn counted(count: u32, what: Countable, place: Option<&Element>, on_page: bool) -> Option<Check> {
    let role = match (what, place.map(|place| place.noun)) {
        (Countable::Row, Some(Noun::Table) | None) => "row",
        (Countable::Item, Some(Noun::List)) => "listitem",
        (Countable::Role(role), None) if on_page => role,
        (Countable::Role(role), Some(Noun::Dialog)) => role,
        _ => return None,
    };
    let section = match place {
        // Which of several is not said.
        Some(place) if place.ordinal.is_some() => return None,
        Some(Element { noun: Noun::Dialog, name: None, .. }) => return None,
        Some(place) => place.name.clone(),
        None => None,
    };
    let target = Target { role: Some(role.to_owned()), section, ..Target::default() };
    Some(Check::Count { target, count })
}

fn of_element(element: &Element, said: &Said, predicate: &Predicate, holds: bool) -> Option<Check> {
    if let Said::Count(count, what) = said {
        let alone = holds && predicate.place.is_none();
        return alone.then(|| counted(*count, *what, Some(element), predicate.on_page))?;
    }
    let mut target = element.target();
    if let Some(place) = &predicate.place {
        // A place is told by its name; one without a name is any.
        target.section = Some(place.name.clone()?);
    }
    let certain = element.is_certain();
    match said {
        Said::Seen(seen) => {
            let whole = matches!(element.noun, Noun::Dialog | Noun::Table);
            // What of a section has to be seen is not said; a heading of its name is not it.
            let tells = (certain && element.noun != Noun::Section) || whole;
            tells.then(|| visible(target, *seen == holds))
        }
        Said::Opens(opens) => match element.noun {
            Noun::Dialog => Some(visible(target, *opens == holds)),
            Noun::Section if certain => Some(state(target, "expanded", *opens == holds)),
            _ => None,
        },
        Said::Usable(usable) => {
            let used = !element.noun.holds_things()
                && !matches!(element.noun, Noun::Heading | Noun::Section);
            let check = if *usable == holds {
                Check::Enabled { target }
            } else {
                Check::Disabled { target }
            };
            (certain && used).then_some(check)
        }
        Said::Has(name, is) => {
            let name = state_of(element.noun, name)?;
            certain.then(|| state(target, name, *is == holds))
        }
        Said::On(on) => {
            let switch = matches!(element.noun, Noun::Switch | Noun::Checkbox);
            (certain && switch).then(|| state(target, "checked", *on == holds))
        }
        Said::Empty => (element.noun == Noun::Field && holds)
            .then(|| Check::Value { target, value: String::new() }),
        Said::Shows(value) | Said::Contains(value) => shows(element, target, value, holds),
        Said::Count(..) | Said::Moved(_) => None,
    }
}

/// A bare number stands in many places by chance, or is how many things are there.
fn is_telling(value: &str) -> bool {
    value.chars().any(|c| !c.is_ascii_digit())
}

fn visible(target: Target, seen: bool) -> Check {
    if seen { Check::Visible { target } } else { Check::Hidden { target } }
}

fn state(target: Target, state: &str, is: bool) -> Check {
    Check::State { target, state: state.to_owned(), is }
}

/// The state that a word means of such an element: a radio button is checked when it is selected. An
/// option may be one of a list or a radio button, so its state has no certain name.
fn state_of(noun: Noun, word: &'static str) -> Option<&'static str> {
    match (noun, word) {
        (Noun::Checkbox | Noun::Switch | Noun::Radio, "checked") => Some("checked"),
        (Noun::Radio, "selected") => Some("checked"),
        (Noun::Tab, "selected") => Some("selected"),
        (Noun::Section, "expanded") => Some("expanded"),
        (Noun::Button, "pressed") => Some("pressed"),
        (Noun::Field | Noun::Button | Noun::Link | Noun::Checkbox | Noun::Dropdown, "focused") => {
            Some("focused")
        }
        _ => None,
    }
}

/// What it means that an element shows something.
fn shows(element: &Element, target: Target, value: &str, holds: bool) -> Option<Check> {
    match element.noun {
        Noun::Field if holds => Some(Check::Value { target, value: value.to_owned() }),
        Noun::Dropdown if holds && element.is_certain() => {
            Some(Check::Value { target, value: value.to_owned() })
        }
        // Its text is its name; of one that has another name already, nothing is known.
        Noun::Button | Noun::Heading if holds && element.name.is_none() => {
            Some(Check::Visible { target: Target { name: Some(value.to_owned()), ..target } })
        }
        noun if noun.holds_things() => {
            is_telling(value).then(|| text_check(value, Some(target), holds))
        }
        _ => None,
    }
}
