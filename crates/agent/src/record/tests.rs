use std::collections::BTreeMap;

use pageloom_schema::{
    ActionKind, Check, Direction, EditBegin, Heard, HeardEvent, HeardPlace, PageElement, PageState,
    Rect, TaskAction, Viewport,
};

use super::{Finished, Transcript, name_of};
use crate::ground::{self, Wanted};

/// A list of two tasks with a box and a bin each, a field above, and a list to choose from.
fn page() -> PageState {
    let mut elements = Vec::new();
    let mut add = |parent: Option<u32>, tag: &str, role: &str, name: &str, text: &str| {
        let index = u32::try_from(elements.len()).unwrap();
        let acts = ["button", "checkbox", "textbox", "combobox"].contains(&role);
        elements.push(PageElement {
            index,
            parent,
            tag: tag.into(),
            role: role.into(),
            name: name.into(),
            text: text.into(),
            own_text: text.into(),
            rect: Rect { x: 0.0, y: f64::from(index) * 20.0, width: 100.0, height: 18.0 },
            visible: true,
            in_view: true,
            actionable: acts,
            editable: role == "textbox",
            ..PageElement::default()
        });
        index
    };
    add(None, "h1", "heading", "Tasks", "Tasks");
    add(None, "input", "textbox", "New task", "");
    let list = add(None, "ul", "list", "", "");
    for task in ["Buy milk", "Call home"] {
        let item = add(Some(list), "li", "listitem", task, "");
        add(Some(item), "input", "checkbox", task, "");
        add(Some(item), "span", "generic", "", task);
        add(Some(item), "button", "button", "Delete", "Delete");
    }
    add(None, "select", "combobox", "Shift", "");
    PageState {
        title: "Tasks".into(),
        viewport: Viewport { width: 1280, height: 720 },
        elements,
        ..PageState::default()
    }
}

const FIELD: u32 = 1;
const BOX: u32 = 4;
const TEXT: u32 = 5;
const SECOND_BIN: u32 = 10;
const LIST: u32 = 11;

fn place(at: u32) -> HeardPlace {
    HeardPlace { path: vec![at], ..HeardPlace::default() }
}

fn down(at: u32) -> HeardEvent {
    HeardEvent::Down { button: 0, place: place(at), state: page() }
}

fn edit(before: &str, after: &str, begins: bool) -> HeardEvent {
    let begin = begins.then(|| Box::new(EditBegin { place: place(FIELD), state: page() }));
    HeardEvent::Edit { before: before.into(), after: after.into(), set: false, begin }
}

fn key(key: &str) -> HeardEvent {
    HeardEvent::Key { key: key.into(), place: HeardPlace::default(), state: page() }
}

fn finish(events: Vec<HeardEvent>) -> Finished {
    let mut transcript = Transcript::default();
    for (at, event) in (0_u64..).zip(events) {
        transcript.hear(Heard { at: at * 1_000, event });
    }
    transcript.finish()
}

fn actions(events: Vec<HeardEvent>) -> Vec<TaskAction> {
    finish(events).actions
}

fn said(action: &TaskAction) -> &str {
    action.parameters.description.as_deref().unwrap_or_default()
}

#[test]
fn every_element_of_a_page_is_named_so_that_it_is_found_again() {
    let state = page();
    for at in 0..state.elements.len() {
        let named = name_of(&state, at, Wanted::Any).unwrap();
        assert_eq!(ground::target(&state, &named.target, Wanted::Any).element(), Some(at));
    }
    let bin = name_of(&state, SECOND_BIN as usize, Wanted::Actionable).unwrap();
    assert_eq!(bin.description, "the \"Delete\" button beside \"Call home\"");
    let field = name_of(&state, FIELD as usize, Wanted::Editable).unwrap();
    assert_eq!(field.description, "the field \"New task\"");
}

#[test]
fn what_nothing_tells_apart_is_numbered() {
    let mut state = page();
    for element in &mut state.elements {
        element.parent = None;
        element.visible = element.role == "button";
    }
    let bin = name_of(&state, SECOND_BIN as usize, Wanted::Actionable).unwrap();
    assert_eq!(bin.target.ordinal, Some(2));
    assert_eq!(bin.description, "the second \"Delete\" button");
}

#[test]
fn a_press_is_one_action_and_that_of_its_label_none() {
    let found = actions(vec![down(BOX), HeardEvent::Click, HeardEvent::Click]);
    assert_eq!(found.len(), 1);
    assert_eq!(said(&found[0]), "the checkbox of \"Buy milk\"");
}

#[test]
fn two_presses_of_one_thing_are_a_double_one() {
    let twice = || vec![down(TEXT), HeardEvent::Click, down(TEXT), HeardEvent::Click];
    assert_eq!(actions(twice()).len(), 2);
    let found = actions([twice(), vec![HeardEvent::Double]].concat());
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].kind, said(&found[0])),
        (ActionKind::DoubleClick, "the text \"Buy milk\"")
    );
}

#[test]
fn keys_of_one_field_are_one_text_and_the_way_there_is_none() {
    let found = actions(vec![
        down(FIELD),
        HeardEvent::Click,
        edit("", "M", true),
        edit("", "Mx", false),
        edit("", "Milk", false),
        key("Enter"),
    ]);
    let kinds: Vec<ActionKind> = found.iter().map(|action| action.kind).collect();
    assert_eq!(kinds, [ActionKind::Type, ActionKind::Press]);
    assert_eq!(found[0].parameters.text.as_deref(), Some("Milk"));
    assert_eq!(found[1].parameters.key.as_deref(), Some("Enter"));
}

#[test]
fn a_text_that_is_replaced_is_cleared_first_and_one_that_is_added_to_is_not() {
    let kinds = |before: &str, after: &str| -> Vec<(ActionKind, Option<String>)> {
        let found = actions(vec![edit(before, after, true)]);
        found.into_iter().map(|action| (action.kind, action.parameters.text)).collect()
    };
    assert_eq!(kinds("Tea", "Tea and milk"), [(ActionKind::Type, Some(" and milk".into()))]);
    assert_eq!(
        kinds("Tea", "Milk"),
        [(ActionKind::Clear, None), (ActionKind::Type, Some("Milk".into()))]
    );
    assert_eq!(kinds("Tea", ""), [(ActionKind::Clear, None)]);
    assert!(kinds("Tea", "Tea").is_empty());
}

#[test]
fn turns_of_the_wheel_in_one_direction_are_one_scroll_in_windows() {
    let turn = |y: f64, from: Option<f64>| HeardEvent::Scroll {
        place: HeardPlace::default(),
        by: (0.0, y),
        state: from.map(|from| Box::new(PageState { scroll: (0.0, from), ..page() })),
    };
    // The page ends after half a window, and the wheel is turned further.
    let turns = [turn(120.0, Some(0.0)), turn(840.0, None), turn(-720.0, Some(360.0))];
    let found = actions(turns.to_vec());
    let scrolls: Vec<_> = found
        .iter()
        .map(|action| (action.parameters.direction, action.parameters.scroll_page))
        .collect();
    assert_eq!(scrolls, [(Some(Direction::Down), Some(0.5)), (Some(Direction::Up), Some(1.0))]);
}

#[test]
fn a_page_that_goes_nowhere_is_not_scrolled() {
    let state = Some(Box::new(page()));
    let turn = HeardEvent::Scroll { place: HeardPlace::default(), by: (0.0, 300.0), state };
    assert!(actions(vec![turn, HeardEvent::After { state: page() }]).is_empty());
}

#[test]
fn a_list_is_chosen_from_and_not_pressed() {
    let choose = HeardEvent::Choose { option: "Evening".into(), place: place(LIST), state: page() };
    let found = actions(vec![down(LIST), HeardEvent::Click, choose]);
    assert_eq!(found.len(), 1);
    assert_eq!(said(&found[0]), "\"Evening\" in the list \"Shift\"");
}

#[test]
fn what_has_a_grip_is_dragged_and_a_text_that_is_marked_is_not() {
    let grip = HeardPlace { path: vec![TEXT, 3], grip: Some(3), ..HeardPlace::default() };
    let held = HeardEvent::Down { button: 0, place: grip, state: page() };
    let found = actions(vec![held, HeardEvent::Up { place: place(7) }, HeardEvent::Click]);
    assert_eq!((found.len(), found[0].kind), (1, ActionKind::Drag));
    assert!(found[0].parameters.to_target.is_some());
    assert!(actions(vec![down(TEXT)]).is_empty());
}

#[test]
fn what_came_late_is_waited_for() {
    let mut early = page();
    early.elements.truncate(3);
    let after = HeardEvent::After { state: early };
    let found = actions(vec![key("Enter"), after, down(BOX), HeardEvent::Click]);
    assert_eq!(found.len(), 3);
    assert!(matches!(found[1].parameters.condition, Some(Check::Visible { .. })));
    let there = HeardEvent::After { state: page() };
    assert_eq!(actions(vec![key("Enter"), there, down(BOX), HeardEvent::Click]).len(), 2);
}

#[test]
fn a_window_of_another_size_is_resized_once() {
    let sized = |width| HeardEvent::Key {
        key: "Escape".into(),
        place: HeardPlace::default(),
        state: PageState { viewport: Viewport { width, height: 720 }, ..page() },
    };
    let finished = finish(vec![sized(1280), sized(900)]);
    let kinds: Vec<ActionKind> = finished.actions.iter().map(|action| action.kind).collect();
    assert_eq!(kinds, [ActionKind::Press, ActionKind::Resize, ActionKind::Press]);
    assert_eq!(finished.viewport.map(|viewport| viewport.width), Some(1280));
}

#[test]
fn keys_that_no_plain_keyboard_has_are_left_out() {
    let finished = finish(vec![key("é"), key("MediaPlay"), key("Control+K"), key("F2"), key("+")]);
    assert_eq!((finished.actions.len(), finished.left_out), (3, 2));
}

#[test]
fn what_says_nothing_of_itself_is_left_out() {
    let nothing = PageElement { visible: true, role: "generic".into(), ..PageElement::default() };
    let state = PageState {
        elements: vec![nothing],
        storage: BTreeMap::new(),
        viewport: Viewport { width: 800, height: 600 },
        ..PageState::default()
    };
    let pressed = HeardEvent::Down { button: 0, place: place(0), state };
    let finished = finish(vec![pressed, HeardEvent::Click]);
    assert_eq!((finished.actions.len(), finished.left_out), (0, 1));
}
