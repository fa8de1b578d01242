//! What a description in words says besides its target: the text that is typed and the key that is
//! pressed. Published rows have neither as a field of its own.

/// The text that is to be typed, if a description names one: what it has in quotes, else what
/// stands between a verb of typing and the place (`enter 42 into the amount field`).
///
/// ```
/// use pageloom_run::interactive::typed_text;
/// assert_eq!(typed_text("Type \"Buy milk\" into the field").as_deref(), Some("Buy milk"));
/// assert_eq!(typed_text("the user's 'x y' field").as_deref(), Some("x y"));
/// assert_eq!(typed_text("enter 42 into the amount field").as_deref(), Some("42"));
/// assert_eq!(typed_text("the search field"), None);
/// ```
#[must_use]
pub fn typed_text(description: &str) -> Option<String> {
    quoted(description).or_else(|| after_verb(description))
}

/// The first text in quotes.
fn quoted(text: &str) -> Option<String> {
    const PAIRS: [(char, char); 6] =
        [('"', '"'), ('“', '”'), ('‘', '’'), ('`', '`'), ('«', '»'), ('\'', '\'')];
    let characters: Vec<char> = text.chars().collect();
    let letter = |at: Option<usize>| {
        at.and_then(|at| characters.get(at)).is_some_and(|c| c.is_alphanumeric())
    };
    for (start, opening) in characters.iter().enumerate() {
        let Some((_, closing)) = PAIRS.iter().find(|(open, _)| open == opening) else { continue };
        // A sign between letters is an apostrophe.
        let apostrophe = |at: usize| matches!(characters.get(at), Some('\'' | '’'));
        if apostrophe(start) && letter(start.checked_sub(1)) {
            continue;
        }
        let end = (start + 1..characters.len()).find(|at| {
            characters.get(*at) == Some(closing) && !(apostrophe(*at) && letter(Some(at + 1)))
        });
        if let Some(end) = end.filter(|end| *end > start + 1) {
            return characters.get(start + 1..end).map(|part| part.iter().collect());
        }
    }
    None
}

/// What stands between a verb of typing and the words that name a place.
fn after_verb(text: &str) -> Option<String> {
    const VERBS: [&str; 7] = ["type", "enter", "input", "write", "fill", "insert", "search"];
    const PLACES: [&str; 7] = ["in", "into", "on", "to", "for", "within", "inside"];
    let words: Vec<&str> = text.split_whitespace().collect();
    let (first, rest) = words.split_first()?;
    let verb = first.trim_end_matches(':').to_lowercase();
    if !VERBS.contains(&verb.as_str()) {
        return None;
    }
    // `fill in NAME`, `search for NAME`.
    let skipped = matches!(rest.first(), Some(&"in" | &"for")) && rest.len() > 1;
    let rest = rest.get(usize::from(skipped)..)?;
    let end = rest.iter().rposition(|word| PLACES.contains(&word.to_lowercase().as_str()));
    let part = rest.get(..end.unwrap_or(rest.len()))?;
    // `type into the field` names no text, nor does `fill in the form`.
    let article = part.first().is_some_and(|word| {
        matches!(word.to_lowercase().as_str(), "the" | "a" | "an" | "some" | "text")
    });
    (!part.is_empty() && !article).then(|| part.join(" "))
}

/// The key that a description names, by its DOM name.
///
/// ```
/// use pageloom_run::interactive::named_key;
/// assert_eq!(named_key("Press the Enter key").as_deref(), Some("Enter"));
/// assert_eq!(named_key("press the right arrow key").as_deref(), Some("ArrowRight"));
/// assert_eq!(named_key("press Ctrl+A").as_deref(), Some("Control+A"));
/// assert_eq!(named_key("the search field"), None);
/// ```
#[must_use]
pub fn named_key(description: &str) -> Option<String> {
    const KEYS: [(&str, &str); 19] = [
        ("enter", "Enter"),
        ("return", "Enter"),
        ("escape", "Escape"),
        ("esc", "Escape"),
        ("tab", "Tab"),
        ("space", "Space"),
        ("spacebar", "Space"),
        ("backspace", "Backspace"),
        ("delete", "Delete"),
        ("home", "Home"),
        ("pageup", "PageUp"),
        ("pagedown", "PageDown"),
        ("arrowup", "ArrowUp"),
        ("arrowdown", "ArrowDown"),
        ("arrowleft", "ArrowLeft"),
        ("arrowright", "ArrowRight"),
        ("f2", "F2"),
        ("f5", "F5"),
        ("end", "End"),
    ];
    const MODIFIERS: [(&str, &str); 7] = [
        ("ctrl", "Control"),
        ("control", "Control"),
        ("shift", "Shift"),
        ("alt", "Alt"),
        ("meta", "Meta"),
        ("cmd", "Meta"),
        ("command", "Meta"),
    ];
    let named = |table: &[(&str, &'static str)], word: &str| {
        table.iter().find(|(name, _)| *name == word).map(|(_, key)| *key)
    };
    let lower = description.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | '.' | '"' | '\'' | '(' | ')' | '`'))
        .filter(|word| !word.is_empty())
        .collect();
    for word in &words {
        let parts: Vec<&str> = word.split('+').collect();
        let Some((last, before)) = parts.split_last().filter(|(_, before)| !before.is_empty())
        else {
            continue;
        };
        let modifiers: Option<Vec<&str>> =
            before.iter().map(|part| named(&MODIFIERS, part)).collect();
        let letter = (last.chars().count() == 1).then(|| last.to_uppercase());
        let key = named(&KEYS, last).map(str::to_owned).or(letter);
        if let (Some(modifiers), Some(key)) = (modifiers, key) {
            return Some(format!("{}+{key}", modifiers.join("+")));
        }
    }
    for pair in words.windows(2) {
        let [first, second] = pair else { continue };
        let way = match (*first, *second) {
            ("arrow", way) | (way, "arrow") => way,
            ("page", "up") => return Some("PageUp".to_owned()),
            ("page", "down") => return Some("PageDown".to_owned()),
            _ => continue,
        };
        if let Some(key) = named(&KEYS, &format!("arrow{way}")) {
            return Some(key.to_owned());
        }
    }
    words.iter().find_map(|word| named(&KEYS, word)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_to_type_is_what_the_description_quotes_or_says() {
        for (description, text) in [
            ("Type 'it's me' in the user's name field", Some("it's me")),
            ("“Ada Lovelace” in the name field", Some("Ada Lovelace")),
            ("input: hello world into the box", Some("hello world")),
            ("search for red shoes in the search bar", Some("red shoes")),
            ("type into the search box", None),
            ("fill in the form", None),
            ("the user's name", None),
            ("''", None),
            ("", None),
        ] {
            assert_eq!(typed_text(description).as_deref(), text, "{description}");
        }
    }

    #[test]
    fn a_key_is_found_by_its_usual_names() {
        for (description, key) in [
            ("hit return to send", Some("Enter")),
            ("arrow down once", Some("ArrowDown")),
            ("scroll with page down", Some("PageDown")),
            ("Cmd+Shift+z", Some("Meta+Shift+Z")),
            ("the button", None),
        ] {
            assert_eq!(named_key(description).as_deref(), key, "{description}");
        }
    }
}
