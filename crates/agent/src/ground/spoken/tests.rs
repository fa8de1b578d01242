//! What descriptions say of texts and keys.

use super::{key_of, typed_text};

#[test]
fn what_is_typed_is_told_from_what_names_the_field() {
    for (description, text) in [
        (r#"Type "milk" in the new todo field"#, Some("milk")),
        ("Type 'milk' into the box", Some("milk")),
        ("type “Grüße, Ana” into the comment box", Some("Grüße, Ana")),
        ("Type 4 into the number of guests field", Some("4")),
        ("enter hello world in the search box", Some("hello world")),
        (r#"fill in "s3cret!" as the new password"#, Some("s3cret!")),
        (r#"Fill the "Email" field with "a@b.c""#, Some("a@b.c")),
        (r#"search for "ema" in the search field"#, Some("ema")),
        (r#"Type the text "it's" in the "Name" field"#, Some("it's")),
        (r#"Type in the "Name" field"#, None),
        (r#"the "Name" field"#, None),
        (r#"Enter the email field"#, None),
        (r#"input with placeholder "you@example.com""#, None),
        (r#"click "Save""#, None),
        ("", None),
        ("type", None),
        ("type \"", None),
    ] {
        assert_eq!(typed_text(description).as_deref(), text, "{description}");
    }
}

#[test]
fn keys_have_their_dom_names() {
    for (description, key) in [
        ("Press Enter", Some("Enter")),
        ("press the Enter key in the search field", Some("Enter")),
        ("Hit Escape to close the dialog", Some("Escape")),
        ("press the down arrow key", Some("ArrowDown")),
        ("Press ArrowLeft", Some("ArrowLeft")),
        ("press Ctrl+A", Some("Control+A")),
        ("press ctrl + shift + z", Some("Control+Shift+Z")),
        ("press the \"a\" key", Some("a")),
        ("press F5", Some("F5")),
        ("space bar", Some("Space")),
        ("press the right arrow of the carousel", None),
        ("press the Enter button", None),
        ("press the plus button", None),
        ("", None),
    ] {
        assert_eq!(key_of(description).as_deref(), key, "{description}");
    }
}
