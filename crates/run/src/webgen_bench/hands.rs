//! The moves of a tester as a hand does them, and as people read them.

use pageloom_agent::tester::{Move, Verdict};
use pageloom_browser::{Act, Interaction, MouseButton};
use pageloom_schema::{Direction, Fault, Millis, PageElement, PageState};

/// How far a scroll goes, in windows, as published.
const SCROLLED: f64 = 2.0 / 3.0;
/// The page's time that a tester waits when it waits.
const WAITED: Millis = Millis(5_000);
/// The page's time between what comes of a move and the look at it: sites play at being slow with
/// timers of a second or less, and the published agent looks seconds later.
const PAUSE: Millis = Millis(1_000);
/// The most characters of a name or a text that are told.
const MAX_TOLD: usize = 80;

/// Does a move on the page that `state` shows, and lets its time pass; gives the reason where it
/// could not be done.
///
/// # Errors
/// What broke the page, or us.
pub(super) async fn perform(
    page: &mut Interaction<'_>,
    state: &PageState,
    made: &Move,
) -> Result<Option<String>, Fault> {
    let element = match made.element().map(|number| (number, at(state, number))) {
        Some((number, None)) => {
            return Ok(Some(format!("there is no element {number} on the page")));
        }
        Some((_, found)) => found,
        None => None,
    };
    for act in acts(state, made, element) {
        if let Some(not_done) = page.perform(&act).await?.not_done {
            return Ok(Some(not_done.detail));
        }
    }
    page.perform(&Act::Wait(PAUSE)).await?;
    Ok(None)
}

fn acts(state: &PageState, made: &Move, on: Option<&PageElement>) -> Vec<Act> {
    let click = |element| Act::Click { element, button: MouseButton::Left, count: 1 };
    match made {
        Move::Click { element } => vec![click(*element)],
        // The published agent chooses from a list by typing what is to be chosen.
        Move::Type { element, text, .. } if on.is_some_and(|on| on.tag == "select") => {
            vec![Act::Select { element: *element, option: text.clone() }]
        }
        Move::Type { element, text, press_enter } => {
            let element = *element;
            let holds = on.and_then(|on| on.value.as_deref()).is_some_and(|held| !held.is_empty());
            let mut acts = Vec::new();
            if holds {
                acts.push(Act::Clear { element });
            }
            if !text.is_empty() {
                acts.push(Act::Type { element: Some(element), text: text.clone() });
            }
            if acts.is_empty() {
                acts.push(click(element));
            }
            if *press_enter {
                // What was typed into has the focus, also where the number is that of its label.
                acts.push(Act::Press { element: None, key: "Enter".to_owned() });
            }
            acts
        }
        Move::Scroll { element, direction } => {
            let window = f64::from(state.viewport.height);
            let height = on.map_or(window, |on| on.rect.height.min(window));
            let far = SCROLLED * height;
            let down = if *direction == Direction::Up { -far } else { far };
            vec![Act::Scroll { element: *element, by: (0.0, down) }]
        }
        Move::Wait => vec![Act::Wait(WAITED)],
        Move::GoBack => vec![Act::GoBack],
        Move::Answer { .. } => Vec::new(),
    }
}

fn at(state: &PageState, number: u32) -> Option<&PageElement> {
    state.elements.iter().find(|element| element.index == number)
}

/// The element that a move is done to, such as `button "Add"`; empty for none.
pub(super) fn named(state: &PageState, made: &Move) -> String {
    let Some(element) = made.element().and_then(|number| at(state, number)) else {
        return String::new();
    };
    let generic = element.role.is_empty() || element.role == "generic";
    let role = if generic { &element.tag } else { &element.role };
    let names = [&element.name, &element.label, &element.own_text, &element.text];
    let name = names.into_iter().chain([&element.placeholder]).find(|name| !name.trim().is_empty());
    match name {
        Some(name) => format!("{role} \"{}\"", short(name)),
        None => role.clone(),
    }
}

/// A move as people read it, such as `click 5: button "Add"`.
pub(super) fn in_words(made: &Move, element: &str) -> String {
    let on = |number: &u32| match element {
        "" => number.to_string(),
        element => format!("{number}: {element}"),
    };
    match made {
        Move::Click { element } => format!("click {}", on(element)),
        Move::Type { element, text, press_enter } => {
            let enter = if *press_enter { " and press Enter" } else { "" };
            format!("type \"{}\" into {}{enter}", short(text), on(element))
        }
        Move::Scroll { element, direction } => {
            let way = if *direction == Direction::Up { "up" } else { "down" };
            match element {
                Some(number) => format!("scroll {way} in {}", on(number)),
                None => format!("scroll {way}"),
            }
        }
        Move::Wait => "wait".to_owned(),
        Move::GoBack => "go back".to_owned(),
        Move::Answer { verdict, .. } => match verdict {
            Verdict::Yes => "answer YES".to_owned(),
            Verdict::Partial => "answer PARTIAL".to_owned(),
            Verdict::No => "answer NO".to_owned(),
        },
    }
}

/// A text on one line, shortened.
fn short(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short: String = line.chars().take(MAX_TOLD).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use pageloom_schema::Viewport;

    use super::*;

    fn state(value: &str, tag: &str) -> PageState {
        let field = PageElement {
            index: 7,
            tag: tag.into(),
            role: "textbox".into(),
            name: "New\nitem".into(),
            value: Some(value.into()),
            ..PageElement::default()
        };
        let viewport = Viewport { width: 1024, height: 768 };
        PageState { elements: vec![field], viewport, ..PageState::default() }
    }

    fn typed(text: &str, press_enter: bool) -> Move {
        Move::Type { element: 7, text: text.into(), press_enter }
    }

    fn done(state: &PageState, made: &Move) -> Vec<Act> {
        acts(state, made, made.element().and_then(|number| at(state, number)))
    }

    #[test]
    fn a_text_takes_the_place_of_what_a_field_holds() {
        let text = Act::Type { element: Some(7), text: "Milk".into() };
        let enter = Act::Press { element: None, key: "Enter".into() };
        let only = std::slice::from_ref(&text);
        assert_eq!(done(&state("", "input"), &typed("Milk", false)), only);
        let acts = done(&state("Bread", "input"), &typed("Milk", true));
        assert_eq!(acts, [Act::Clear { element: 7 }, text, enter]);
        assert_eq!(done(&state("x", "input"), &typed("", false)), [Act::Clear { element: 7 }]);
        let chosen = Act::Select { element: 7, option: "Milk".into() };
        assert_eq!(done(&state("Bread", "select"), &typed("Milk", false)), [chosen]);
    }

    #[test]
    fn a_scroll_goes_two_thirds_of_a_window() {
        let made = Move::Scroll { element: None, direction: Direction::Up };
        let act = Act::Scroll { element: None, by: (0.0, -512.0) };
        assert_eq!(done(&state("", "input"), &made), [act]);
    }

    #[test]
    fn moves_are_told_in_words() {
        let state = state("", "input");
        for (made, words) in [
            (Move::Click { element: 7 }, "click 7: textbox \"New item\""),
            (Move::Click { element: 9 }, "click 9"),
            (typed("Milk", true), "type \"Milk\" into 7: textbox \"New item\" and press Enter"),
            (Move::Scroll { element: None, direction: Direction::Down }, "scroll down"),
            (Move::GoBack, "go back"),
        ] {
            assert_eq!(in_words(&made, &named(&state, &made)), words);
        }
    }
}
