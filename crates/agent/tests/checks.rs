//! What every kind of check says of pages where it holds, and of pages where it does not.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::Arc;

use pageloom_agent::check::{Pictures, Undecided, compile, evaluate, needs_pictures, target_of};
use pageloom_schema::{Check, PageElement, PageState, Png, Rect, Target};

/// An element that can be seen, below the one before it.
fn element(role: &str, text: &str) -> PageElement {
    PageElement {
        tag: "div".into(),
        role: role.into(),
        text: text.into(),
        own_text: text.into(),
        visible: true,
        rect: Rect::new(0.0, 0.0, 100.0, 20.0),
        ..PageElement::default()
    }
}

fn named(role: &str, name: &str) -> PageElement {
    PageElement { name: name.into(), ..element(role, "") }
}

fn inside(parent: u32, element: PageElement) -> PageElement {
    PageElement { parent: Some(parent), ..element }
}

fn state_of(name: &str, is: bool, mut element: PageElement) -> PageElement {
    element.states.insert(name.into(), is);
    element
}

fn attribute(name: &str, value: &str, mut element: PageElement) -> PageElement {
    element.attributes.insert(name.into(), value.into());
    element
}

fn field(name: &str, value: &str) -> PageElement {
    PageElement { value: Some(value.into()), editable: true, ..named("textbox", name) }
}

fn page(elements: Vec<PageElement>) -> PageState {
    let text = elements.iter().filter(|e| e.visible).map(|e| e.own_text.clone());
    let text = text.collect::<Vec<_>>().join(" ");
    let mut state =
        PageState { url: "/shop?page=2".into(), text, elements, ..PageState::default() };
    for (at, element) in state.elements.iter_mut().enumerate() {
        element.index = at as u32;
        element.rect.y = 30.0 * at as f64;
    }
    state
}

/// A plain way to find elements: roles are equal, names and texts are parts.
fn found(state: &PageState, target: &Target) -> Vec<usize> {
    let part = |whole: &str, part: &Option<String>| {
        part.as_ref().is_none_or(|part| whole.to_lowercase().contains(&part.to_lowercase()))
    };
    let fits = |element: &PageElement| {
        target.role.as_ref().is_none_or(|role| *role == element.role)
            && part(&element.name, &target.name)
            && part(&element.text, &target.text)
    };
    let all: Vec<usize> =
        (0..state.elements.len()).filter(|at| fits(&state.elements[*at])).collect();
    match target.ordinal {
        Some(ordinal) => all.get(ordinal as usize - 1).copied().into_iter().collect(),
        None => all,
    }
}

fn outcome(check: &str, before: &PageState, after: &PageState) -> (bool, String) {
    let check: Check = toml::from_str(check).unwrap_or_else(|error| panic!("{check}: {error}"));
    let outcome = evaluate(&check, before, after, &found, Pictures::default()).unwrap();
    assert_eq!(outcome.check, check);
    assert!(!outcome.explanation.is_empty() && !outcome.explanation.contains('\n'));
    (outcome.holds, outcome.explanation)
}

fn holds(check: &str, after: &PageState) -> bool {
    outcome(check, &PageState::default(), after).0
}

fn sentence(sentence: &str, after: &PageState) -> (bool, String) {
    let checks = compile(sentence).unwrap_or_else(|| panic!("{sentence} is not compiled"));
    let outcome =
        evaluate(&checks[0], &PageState::default(), after, &found, Pictures::default()).unwrap();
    (outcome.holds, outcome.explanation)
}

#[test]
fn texts_are_found_on_the_page_in_fields_and_in_dialogs_of_the_browser() {
    let mut after = page(vec![
        element("paragraph", "Thank  you, 13 items"),
        field("Name", "Ada"),
        attribute("type", "password", field("Password", "geheim")),
        PageElement { placeholder: "Your city".into(), ..field("City", "") },
    ]);
    after.dialogs = vec!["old".into(), "Order placed".into()];
    let before = PageState { dialogs: vec!["old".into()], ..PageState::default() };
    for (text, seen) in [
        ("thank you", true),
        ("13 items", true),
        ("3 items", false),
        ("Ada", true),
        ("your city", true),
        ("geheim", false),
        ("order placed", true),
        ("old", false),
    ] {
        let check = format!("kind = 'text_visible'\ntext = '{text}'");
        assert_eq!(outcome(&check, &before, &after).0, seen, "{text}");
    }
    assert!(holds("kind = 'text_absent'\ntext = '3 items'", &after));
    assert!(!holds("kind = 'text_absent'\ntext = 'Ada'", &after));
}

#[test]
fn a_label_says_what_stands_in_it_or_beside_it() {
    let in_itself =
        page(vec![element("paragraph", "Subtotal: $40.00"), element("p", "Total: $42.00")]);
    let beside = page(vec![
        element("term", "Subtotal"),
        element("definition", "$40.00"),
        element("term", "Total:"),
        element("definition", "$42.00"),
    ]);
    let split = page(vec![
        PageElement { own_text: "$42.00".into(), ..element("paragraph", "Total: $42.00") },
        inside(0, element("generic", "Total:")),
    ]);
    let called = page(vec![attribute("id", "cartTotal", element("generic", "$42.00"))]);
    let value = page(vec![element("label", "Total"), field("", "$42.00")]);
    for after in [&in_itself, &beside, &split, &called, &value] {
        let (right, why) = sentence("The total shows $42.00", after);
        assert!(right, "{why}");
        let (wrong, why) = sentence("The total shows $40.00", after);
        assert!(!wrong && why.contains("$42.00"), "{why}");
        assert!(sentence("The total no longer shows $40.00", after).0);
    }
    let (right, why) = sentence("The total shows $42.00", &page(vec![element("p", "Sum: $42.00")]));
    assert!(!right && why.contains("nothing on the page is"), "{why}");
}

#[test]
fn a_label_may_be_a_name_for_those_who_cannot_see() {
    let output = PageElement { name: "Result".into(), ..element("status", "7") };
    let after = page(vec![output, element("paragraph", "Best score: 7"), element("p", "Score: 5")]);
    assert!(sentence("The result shows 7", &after).0);
    assert!(!sentence("The result shows 5", &after).0);
    let (right, why) = sentence("The score shows 5", &after);
    assert!(right, "{why}");
    assert!(!sentence("The score shows 7", &after).0);
    assert!(sentence("The best score shows 7", &after).0);
}

#[test]
fn a_value_before_its_label_is_the_nearer_one() {
    let mut after = page(vec![
        element("generic", "5"),
        element("generic", "Score"),
        element("generic", "7"),
        element("generic", "Level"),
    ]);
    for (at, (x, y)) in [(0.0, 0.0), (0.0, 20.0), (300.0, 0.0), (300.0, 20.0)].iter().enumerate() {
        after.elements[at].rect = Rect::new(*x, *y, 60.0, 20.0);
    }
    assert!(sentence("The score shows 5", &after).0);
    assert!(sentence("The level shows 7", &after).0);
    assert!(!sentence("The score shows 7", &after).0);
}

#[test]
fn text_within_an_element_is_looked_for_in_all_of_it() {
    let after = page(vec![
        PageElement { text: "x".repeat(400), ..named("list", "Shopping") },
        inside(0, element("listitem", "Milk")),
        element("paragraph", "Bread"),
    ]);
    assert!(sentence("\"Milk\" is added to the Shopping list", &after).0);
    assert!(!sentence("\"Bread\" is added to the Shopping list", &after).0);
    assert!(sentence("\"Bread\" is removed from the Shopping list", &after).0);
    // There is no such list: what is nowhere is not in it, what is on the page may be.
    assert!(sentence("\"Cake\" is removed from the Party list", &after).0);
    assert!(!sentence("\"Bread\" is removed from the Party list", &after).0);
}

#[test]
fn rows_of_headings_and_items_of_menus_are_not_counted() {
    let after = page(vec![
        named("navigation", "Main"),
        inside(0, element("listitem", "Home")),
        named("table", "Orders"),
        inside(2, named("row", "head")),
        inside(3, element("columnheader", "Name")),
        inside(2, named("row", "one")),
        inside(5, element("cell", "Ada")),
        inside(2, PageElement { visible: false, ..named("row", "two") }),
        element("listitem", "Milk"),
        element("listitem", "Bread"),
    ]);
    let (right, why) = sentence("There are 2 items in the list", &after);
    assert!(right, "{why}");
    let (wrong, why) = sentence("There are 2 rows in the table", &after);
    assert!(!wrong);
    assert_eq!(why, "1 of 2: row, 1 more cannot be seen, 1 left out as headings or parts of menus");
}

#[test]
fn a_field_holds_its_whole_value() {
    let after = page(vec![
        field("Email", "A@b.c "),
        field("Confirm email", ""),
        PageElement { value: Some("no".into()), ..named("combobox", "Country") },
        inside(2, state_of("selected", true, element("option", "Norway"))),
    ]);
    assert!(sentence("The email field contains a@b.c", &after).0);
    assert!(!sentence("The email field contains a@b", &after).0);
    assert!(sentence("The \"Confirm email\" field is empty", &after).0);
    assert!(sentence("The Country dropdown shows \"Norway\"", &after).0);
    // Which of two fields is meant is not said, unless one of them has the focus.
    let empty = compile("The field is empty").unwrap().remove(0);
    let ask = |after: &PageState| evaluate(&empty, after, after, &found, Pictures::default());
    assert_eq!(ask(&after).unwrap_err().why, "which of 3 fields is meant is not said");
    let mut focused = after.clone();
    focused.elements[1].states.insert("focused".into(), true);
    assert!(ask(&focused).unwrap().holds);
    assert!(!ask(&page(vec![field("Email", "a")])).unwrap().holds);
    let (wrong, why) = sentence("The \"Phone\" field is empty", &after);
    assert!(!wrong && why.contains("no field"), "{why}");
}

#[test]
fn visible_means_laid_out_too() {
    let flat = PageElement { rect: Rect::default(), ..named("button", "Flat") };
    let mut after = page(vec![
        named("button", "Save"),
        PageElement { visible: false, ..named("button", "Undo") },
        flat,
    ]);
    after.elements[2].rect = Rect::new(0.0, 0.0, 0.0, 10.0);
    for (name, seen) in [("Save", true), ("Undo", false), ("Flat", false), ("Gone", false)] {
        let target = format!("target = {{ role = 'button', name = '{name}' }}");
        assert_eq!(holds(&format!("kind = 'visible'\n{target}"), &after), seen, "{name}");
        assert_eq!(holds(&format!("kind = 'hidden'\n{target}"), &after), !seen, "{name}");
    }
}

#[test]
fn a_dialog_may_be_the_browsers_or_one_by_its_class_alone() {
    let before = PageState::default();
    let opened = "kind = 'visible'\ntarget = { role = 'dialog', name = 'Log in' }";
    let drawn = page(vec![
        PageElement {
            actionable: true,
            ..attribute("class", "open-modal", element("button", "Log in"))
        },
        attribute("class", "modal modal--open", element("generic", "Log in Name Password")),
    ]);
    assert!(outcome(opened, &before, &drawn).0);
    let mut closed = drawn.clone();
    closed.elements[1].visible = false;
    assert!(!outcome(opened, &before, &closed).0);
    let alerted = PageState { dialogs: vec!["Please log in".into()], ..PageState::default() };
    assert!(outcome(opened, &before, &alerted).0);
    assert!(!outcome(opened, &alerted, &alerted).0);
}

#[test]
fn controls_are_enabled_or_disabled_and_states_are_had() {
    let after = page(vec![
        state_of("disabled", true, named("button", "Submit")),
        state_of("disabled", false, named("button", "Cancel")),
        state_of("checked", true, PageElement { visible: false, ..named("checkbox", "Terms") }),
        element("generic", "Terms"),
        attribute("class", "tab is-active", named("tab", "Reviews")),
        attribute("class", "tab", named("tab", "Details")),
        attribute("aria-current", "page", named("tab", "Home")),
        state_of("selected", false, attribute("class", "active", named("tab", "Costs"))),
        state_of("expanded", true, named("button", "Shipping")),
    ]);
    for (text, right) in [
        ("The Submit button is disabled", true),
        ("The Submit button is enabled", false),
        ("The Cancel button is enabled", true),
        ("The Other button is disabled", false),
        ("The Terms checkbox is checked", true),
        ("The Terms checkbox is unchecked", false),
        ("The Reviews tab is active", true),
        ("The Details tab is active", false),
        ("The Details tab is inactive", true),
        ("The Home tab is selected", true),
        ("The Costs tab is selected", false),
        ("The Shipping section is expanded", true),
        ("The Shipping section is collapsed", false),
        ("The Returns section is collapsed", false),
    ] {
        let (holds, why) = sentence(text, &after);
        assert_eq!(holds, right, "{text}: {why}");
    }
    let unknown: Check =
        toml::from_str("kind = 'state'\ntarget = {}\nstate = 'happy'\nis = true").unwrap();
    let error = evaluate(&unknown, &after, &after, &found, Pictures::default()).unwrap_err();
    assert!(error.to_string().contains("no state `happy`"));
}

#[test]
fn address_attributes_styles_storage_and_errors_are_compared() {
    let mut after = page(vec![attribute("href", "/Help", named("link", "Help"))]);
    after.elements[0].style.insert("color".into(), "rgb(255, 0, 16)".into());
    after.elements[0].style.insert("font-weight".into(), "700".into());
    after.storage.insert("local:cart".into(), "[1,2]".into());
    after.errors = 2;
    let link = "target = { role = 'link' }";
    for (check, right) in [
        ("kind = 'url'\ncontains = '/SHOP'".to_owned(), true),
        ("kind = 'url'\ncontains = 'page=2'".to_owned(), true),
        ("kind = 'url'\ncontains = 'page=22'".to_owned(), false),
        (format!("kind = 'attribute'\nname = 'href'\nvalue = '/help'\n{link}"), true),
        (format!("kind = 'attribute'\nname = 'href'\nvalue = '/hel'\n{link}"), false),
        (format!("kind = 'attribute'\nname = 'href'\n{link}"), true),
        (format!("kind = 'attribute'\nname = 'disabled'\n{link}"), false),
        (format!("kind = 'style'\nproperty = 'color'\nvalue = '#ff0010'\n{link}"), true),
        (format!("kind = 'style'\nproperty = 'color'\nvalue = 'rgb(255,0,16)'\n{link}"), true),
        (format!("kind = 'style'\nproperty = 'color'\nvalue = 'rgb(255, 0, 17)'\n{link}"), false),
        (format!("kind = 'style'\nproperty = 'font-weight'\nvalue = 'bold'\n{link}"), true),
        ("kind = 'storage'\narea = 'local'\nkey = 'cart'".to_owned(), true),
        ("kind = 'storage'\narea = 'session'\nkey = 'cart'".to_owned(), false),
        ("kind = 'storage'\narea = 'local'\nkey = 'cart'\ncontains = '[1'".to_owned(), true),
        ("kind = 'no_console_error'".to_owned(), false),
    ] {
        assert_eq!(holds(&check, &after), right, "{check}");
    }
    assert!(outcome("kind = 'no_console_error'", &after, &after).0);
    let cookies: Check = toml::from_str("kind = 'storage'\narea = 'cookies'\nkey = 'a'").unwrap();
    assert!(evaluate(&cookies, &after, &after, &found, Pictures::default()).is_err());
}

/// A window of 40 by 90 pixels with one dark square.
fn window(square: Option<(usize, usize)>) -> Png {
    let mut rgb = vec![250_u8; 40 * 90 * 3];
    if let Some((x, y)) = square {
        for row in y..y + 5 {
            rgb[3 * (40 * row + x)..3 * (40 * row + x + 5)].fill(20);
        }
    }
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 40, 90);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&rgb).unwrap();
    writer.finish().unwrap();
    Png(Arc::from(bytes))
}

#[test]
fn a_region_is_compared_in_both_pictures() {
    let mut state = page(vec![named("img", "Board"), named("img", "Chart")]);
    (state.viewport.width, state.viewport.height) = (40, 90);
    for (at, element) in state.elements.iter_mut().enumerate() {
        element.rect = Rect::new(0.0, 30.0 * at as f64, 30.0, 20.0);
    }
    let (before, after) = (window(None), window(Some((3, 33))));
    let both = Pictures { before: Some(&before), after: Some(&after) };
    let ask = |check: &str, pictures: Pictures<'_>| -> Result<bool, Undecided> {
        let check: Check = toml::from_str(check).unwrap();
        assert!(needs_pictures(&check));
        evaluate(&check, &state, &state, &found, pictures).map(|outcome| outcome.holds)
    };
    assert_eq!(ask("kind = 'region_changed'", both), Ok(true));
    assert_eq!(ask("kind = 'region_changed'\nchanged = false", both), Ok(false));
    assert_eq!(ask("kind = 'region_changed'\ntarget = { name = 'Chart' }", both), Ok(true));
    assert_eq!(ask("kind = 'region_changed'\ntarget = { name = 'Board' }", both), Ok(false));
    let same = "kind = 'region_changed'\nchanged = false\ntarget = { name = 'Board' }";
    assert_eq!(ask(same, both), Ok(true));
    assert_eq!(ask("kind = 'region_changed'\ntarget = { name = 'Map' }", both), Ok(false));
    // A picture that was not taken is no fault of the page.
    assert!(ask("kind = 'region_changed'", Pictures::default()).is_err());
    assert!(ask("kind = 'region_changed'", Pictures { before: None, ..both }).is_err());
}

#[test]
fn what_a_check_looks_for_is_told() {
    let check = compile("The total shows $42.00").unwrap().remove(0);
    assert_eq!(target_of(&check).and_then(|target| target.text.as_deref()), Some("total"));
    assert_eq!(target_of(&Check::NoConsoleError), None);
}

#[test]
fn a_list_of_elements_that_loops_is_survived() {
    let after = page(vec![inside(1, element("list", "a")), inside(0, element("listitem", "b"))]);
    assert!(!holds("kind = 'text_visible'\ntext = 'c'\nwithin = { role = 'list' }", &after));
    assert!(!sentence("The total shows 5", &after).0);
}
