//! Keys by their DOM names: what a keyboard of the United States sends for them.

/// Bit of Alt in an input event of the protocol.
const ALT: u32 = 1;
/// Bit of Control.
const CONTROL: u32 = 2;
/// Bit of Meta.
const META: u32 = 4;
/// Bit of Shift.
const SHIFT: u32 = 8;

/// A key, and what it types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// `KeyboardEvent.key`.
    pub(super) key: String,
    /// `KeyboardEvent.code`.
    pub(super) code: String,
    /// The virtual key code of Windows.
    pub(super) number: u32,
    /// What it types; empty where it types nothing.
    pub(super) text: String,
    /// Whether it takes Shift to type this.
    pub(super) shifted: bool,
}

/// A key with the modifiers that are held with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chord {
    /// The modifiers, in the order they are pressed, each with its bit.
    pub(super) modifiers: Vec<(Key, u32)>,
    /// The key itself.
    pub(super) key: Key,
}

impl Chord {
    /// Reads `Control+Shift+A`; nothing for what is no key.
    pub(super) fn parse(words: &str) -> Option<Self> {
        let words = words.trim();
        // The key of `Control++` and of `+` is the plus sign.
        let (held, last) = match words.strip_suffix('+') {
            Some("") => ("", "+"),
            Some(before) => (before.strip_suffix('+')?, "+"),
            None => words.rsplit_once('+').unwrap_or(("", words)),
        };
        let mut modifiers = Vec::new();
        for name in held.split('+').map(str::trim).filter(|name| !name.is_empty()) {
            modifiers.push(modifier(name)?);
        }
        let bits = modifiers.iter().fold(0, |bits, (_, bit)| bits | bit);
        let mut key = named(last.trim())?;
        if bits & (CONTROL | ALT | META) != 0 {
            key.text.clear();
        }
        if bits & SHIFT != 0
            && let Some(upper) = single(&key.key).map(upper)
        {
            key.key = upper.to_string();
            if !key.text.is_empty() {
                key.text = upper.to_string();
            }
        } else if bits & SHIFT == 0
            && bits != 0
            && let Some(letter) = single(&key.key).filter(char::is_ascii_uppercase)
        {
            // `Control+A` means the key, not a capital.
            key.key = letter.to_ascii_lowercase().to_string();
            key.shifted = false;
        }
        if key.shifted && bits & SHIFT == 0 {
            modifiers.extend(modifier("Shift"));
        }
        Some(Self { modifiers, key })
    }
}

/// The key that types a character; nothing where no key of the keyboard does.
pub(super) fn typed(character: char) -> Option<Key> {
    let (code, number, shifted) = match character {
        '\n' | '\r' => return named("Enter"),
        '\t' => return named("Tab"),
        ' ' => ("Space".to_owned(), 32, false),
        'a'..='z' => {
            let upper = character.to_ascii_uppercase();
            (format!("Key{upper}"), u32::from(upper), false)
        }
        'A'..='Z' => (format!("Key{character}"), u32::from(character), true),
        '0'..='9' => (format!("Digit{character}"), u32::from(character), false),
        _ => {
            let (code, number, _, _) = *SIGNS
                .iter()
                .find(|(_, _, plain, shifted)| *plain == character || *shifted == character)?;
            let shifted = SIGNS.iter().any(|(_, _, _, shifted)| *shifted == character);
            (code.to_owned(), number, shifted)
        }
    };
    let key = character.to_string();
    Some(Key { text: key.clone(), key, code, number, shifted })
}

/// Keys with signs: code, number, the sign without and with Shift.
const SIGNS: &[(&str, u32, char, char)] = &[
    ("Backquote", 192, '`', '~'),
    ("Digit1", 49, '1', '!'),
    ("Digit2", 50, '2', '@'),
    ("Digit3", 51, '3', '#'),
    ("Digit4", 52, '4', '$'),
    ("Digit5", 53, '5', '%'),
    ("Digit6", 54, '6', '^'),
    ("Digit7", 55, '7', '&'),
    ("Digit8", 56, '8', '*'),
    ("Digit9", 57, '9', '('),
    ("Digit0", 48, '0', ')'),
    ("Minus", 189, '-', '_'),
    ("Equal", 187, '=', '+'),
    ("BracketLeft", 219, '[', '{'),
    ("BracketRight", 221, ']', '}'),
    ("Backslash", 220, '\\', '|'),
    ("Semicolon", 186, ';', ':'),
    ("Quote", 222, '\'', '"'),
    ("Comma", 188, ',', '<'),
    ("Period", 190, '.', '>'),
    ("Slash", 191, '/', '?'),
];

/// Keys with names: `KeyboardEvent.key`, its code, its number.
const NAMED: &[(&str, &str, u32)] = &[
    ("Enter", "Enter", 13),
    ("Tab", "Tab", 9),
    ("Escape", "Escape", 27),
    ("Backspace", "Backspace", 8),
    ("Delete", "Delete", 46),
    ("Insert", "Insert", 45),
    ("Home", "Home", 36),
    ("End", "End", 35),
    ("PageUp", "PageUp", 33),
    ("PageDown", "PageDown", 34),
    ("ArrowLeft", "ArrowLeft", 37),
    ("ArrowUp", "ArrowUp", 38),
    ("ArrowRight", "ArrowRight", 39),
    ("ArrowDown", "ArrowDown", 40),
    ("CapsLock", "CapsLock", 20),
    ("ContextMenu", "ContextMenu", 93),
    ("Shift", "ShiftLeft", 16),
    ("Control", "ControlLeft", 17),
    ("Alt", "AltLeft", 18),
    ("Meta", "MetaLeft", 91),
];

/// A key by its DOM name, or by another that people use.
fn named(name: &str) -> Option<Key> {
    if let Some(character) = single(name) {
        return typed(character);
    }
    let lower = name.to_ascii_lowercase();
    let wanted = match lower.as_str() {
        "space" | "spacebar" => return typed(' '),
        "return" => "enter",
        "esc" => "escape",
        "del" => "delete",
        "up" => "arrowup",
        "down" => "arrowdown",
        "left" => "arrowleft",
        "right" => "arrowright",
        "ctrl" => "control",
        "cmd" | "command" => "meta",
        "option" => "alt",
        "page_up" => "pageup",
        "page_down" => "pagedown",
        other => other,
    };
    let plain = |key: &str, code: &str, number: u32, text: &str| Key {
        key: key.to_owned(),
        code: code.to_owned(),
        number,
        text: text.to_owned(),
        shifted: false,
    };
    if let Some(number) = wanted.strip_prefix('f').and_then(|rest| rest.parse::<u32>().ok())
        && (1..=12).contains(&number)
    {
        let name = format!("F{number}");
        return Some(plain(&name, &name, 111 + number, ""));
    }
    if let Some(letter) = wanted.strip_prefix("key").and_then(single) {
        return typed(letter);
    }
    if let Some(digit) = wanted.strip_prefix("digit").and_then(single) {
        return typed(digit);
    }
    let (key, code, number) =
        NAMED.iter().find(|(key, _, _)| key.eq_ignore_ascii_case(wanted)).copied()?;
    Some(plain(key, code, number, if key == "Enter" { "\r" } else { "" }))
}

fn modifier(name: &str) -> Option<(Key, u32)> {
    let key = named(name)?;
    let bit = match key.key.as_str() {
        "Alt" => ALT,
        "Control" => CONTROL,
        "Meta" => META,
        "Shift" => SHIFT,
        _ => return None,
    };
    Some((key, bit))
}

fn single(name: &str) -> Option<char> {
    let mut characters = name.chars();
    characters.next().filter(|_| characters.next().is_none())
}

/// What a key types with Shift.
fn upper(character: char) -> char {
    let sign = SIGNS.iter().find(|(_, _, plain, _)| *plain == character);
    sign.map_or_else(|| character.to_ascii_uppercase(), |(_, _, _, shifted)| *shifted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chord_holds_its_modifiers_and_types_nothing_with_control() {
        let chord = Chord::parse("Control+A").unwrap();
        assert_eq!((chord.key.key.as_str(), chord.key.number), ("a", 65));
        assert_eq!((chord.key.text.as_str(), chord.modifiers.len()), ("", 1));
        let chord = Chord::parse("Shift+Tab").unwrap();
        assert_eq!((chord.key.code.as_str(), chord.modifiers[0].1), ("Tab", SHIFT));
        let chord = Chord::parse("Shift+a").unwrap();
        assert_eq!((chord.key.key.as_str(), chord.key.text.as_str()), ("A", "A"));
        let chord = Chord::parse("ctrl+shift+esc").unwrap();
        assert_eq!((chord.key.key.as_str(), chord.modifiers.len()), ("Escape", 2));
    }

    #[test]
    fn signs_need_their_shift_and_the_plus_sign_is_a_key() {
        assert_eq!(Chord::parse("+").unwrap().key.code, "Equal");
        assert_eq!(Chord::parse("+").unwrap().modifiers.len(), 1);
        assert_eq!(Chord::parse("Control++").unwrap().key.code, "Equal");
        assert!(typed('?').unwrap().shifted && !typed('/').unwrap().shifted);
        assert!(!typed('7').unwrap().shifted && typed('é').is_none());
    }

    #[test]
    fn names_that_people_use_are_understood_and_others_are_not() {
        assert_eq!(Chord::parse("F5").unwrap().key.number, 116);
        assert_eq!(Chord::parse("Space").unwrap().key.text, " ");
        assert_eq!(Chord::parse("arrowdown").unwrap().key.key, "ArrowDown");
        assert_eq!(Chord::parse("Enter").unwrap().key.text, "\r");
        assert!(Chord::parse("Hyper+A").is_none() && Chord::parse("Nothing").is_none());
        assert!(Chord::parse("").is_none());
    }
}
