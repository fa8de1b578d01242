//! What a description says besides its target: the text that is typed, and the key that is pressed.
//! Published rows of typing have both inside the description alone.

use std::ops::Range;

/// Verbs that put a text somewhere.
const TYPING: &[&str] = &[
    "type", "types", "typing", "enter", "enters", "input", "write", "writes", "fill", "fills",
    "put", "insert", "search", "set", "key", "append", "paste", "replace", "add", "change",
];

/// Verbs of the list above that more often mean something else: only with a quotation right after.
const RARELY_TYPING: &[&str] =
    &["put", "insert", "search", "set", "key", "append", "paste", "add", "change", "replace"];

/// Words after which a quotation names the field, and not what is typed into it.
const NAMING: &[&str] = &[
    "in",
    "into",
    "the",
    "field",
    "box",
    "input",
    "textbox",
    "area",
    "textarea",
    "labelled",
    "labeled",
    "named",
    "called",
    "placeholder",
    "titled",
    "label",
    "form",
    "of",
    "under",
    "below",
    "above",
    "near",
    "beside",
    "inside",
    "within",
    "bar",
    "at",
    "on",
    "next",
];

/// A piece of a description: a word or a quotation.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// Lower-cased word without punctuation around it; for a quotation, the text within.
    pub(super) text: String,
    /// It stood in quotation marks.
    pub(super) quoted: bool,
    /// Begins with a capital letter, and is not the first word.
    pub(super) capital: bool,
    /// Ends with a possessive `'s`, which is not in the text.
    pub(super) possessive: bool,
    /// A comma, a semicolon or a full stop follows.
    pub(super) pause: bool,
    /// Stood in parentheses.
    pub(super) aside: bool,
    /// Bytes of the description, marks included.
    pub(super) span: Range<usize>,
}

/// The closing mark that belongs to an opening one.
fn closing(open: char) -> Option<char> {
    match open {
        '"' => Some('"'),
        '“' | '„' => Some('”'),
        '«' => Some('»'),
        '‘' => Some('’'),
        '\'' => Some('\''),
        '`' => Some('`'),
        '「' => Some('」'),
        _ => None,
    }
}

/// A description in pieces.
pub(super) fn pieces(description: &str) -> Vec<Piece> {
    let mut found: Vec<Piece> = Vec::new();
    let mut depth = 0_usize;
    let mut at = 0;
    // Whether the mark before began a word: an apostrophe within a word opens nothing.
    let mut fresh = true;
    while let Some(c) = description[at..].chars().next() {
        let here = at;
        at += c.len_utf8();
        if c.is_whitespace() {
            fresh = true;
            continue;
        }
        if fresh
            && let Some(close) = closing(c)
            && let Some(length) = end_of_quotation(&description[at..], close)
            && !description[at..at + length].trim().is_empty()
        {
            let end = at + length + close_length(&description[at + length..]);
            let text = description[at..at + length].trim();
            // A comma that an author puts inside the marks is not part of a name.
            let text = text.strip_suffix(',').unwrap_or(text).to_owned();
            found.push(Piece {
                text,
                quoted: true,
                capital: false,
                possessive: description[end..].starts_with("'s")
                    || description[end..].starts_with("’s"),
                pause: description[end..].starts_with([',', ';']),
                aside: depth > 0,
                span: here..end,
            });
            at = end;
            if found.last().is_some_and(|piece| piece.possessive) {
                at += description[at..].find('s').map_or(0, |s| s + 1);
            }
            continue;
        }
        match c {
            '(' | '[' => {
                depth += 1;
                fresh = true;
                continue;
            }
            ')' | ']' => {
                depth = depth.saturating_sub(1);
                continue;
            }
            _ => {}
        }
        // A word goes on to the next white space or parenthesis.
        let mut end = description[here..]
            .find(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']'))
            .map_or(description.len(), |length| here + length);
        if let Some(mark) = description[at.min(end)..end].find(['"', '“']) {
            end = at + mark;
        }
        at = end.max(at);
        let raw = &description[here..end.max(here + c.len_utf8())];
        push_word(raw, here, depth > 0, &mut found);
        fresh = true;
    }
    found
}

fn close_length(rest: &str) -> usize {
    rest.chars().next().map_or(0, char::len_utf8)
}

/// Where a quotation ends. An apostrophe ends one only where a word could end.
fn end_of_quotation(rest: &str, close: char) -> Option<usize> {
    let ambiguous = matches!(close, '\'' | '’');
    let mut last = None;
    for (at, c) in rest.char_indices() {
        // Some write the opening mark again, or the plain one.
        if c == close || (close == '”' && matches!(c, '“' | '"')) {
            let after = rest[at + c.len_utf8()..].chars().next();
            if !ambiguous || after.is_none_or(|after| !after.is_alphanumeric()) {
                last = Some(at);
                break;
            }
        }
        if at > 400 {
            break;
        }
    }
    last
}

/// A word as a piece, its punctuation taken off; nothing for punctuation alone that names no control.
fn push_word(raw: &str, start: usize, aside: bool, found: &mut Vec<Piece>) {
    let span = start..start + raw.len();
    let pause = raw.ends_with([',', ';', ':', '.']) && raw.chars().count() > 1;
    let trimmed = raw.trim_matches(|c: char| {
        matches!(c, ',' | ';' | ':' | '!' | '"' | '“' | '”' | '\'' | '’' | '‘' | '`')
    });
    let trimmed =
        if trimmed.chars().count() > 1 { trimmed.trim_end_matches(['.', '?']) } else { trimmed };
    if trimmed.is_empty() {
        if let Some(last) = found.last_mut() {
            last.pause = true;
        }
        return;
    }
    let possessive = trimmed
        .strip_suffix("'s")
        .or_else(|| trimmed.strip_suffix("’s"))
        .or_else(|| raw.ends_with("s'").then_some(trimmed));
    let capital = !found.is_empty() && trimmed.chars().next().is_some_and(char::is_uppercase);
    let text = possessive.unwrap_or(trimmed).to_lowercase();
    found.push(Piece {
        text,
        quoted: false,
        capital,
        possessive: possessive.is_some(),
        pause,
        aside,
        span,
    });
}

/// Words that a command may begin with and that say nothing.
pub(super) const POLITE: &[&str] = &[
    "please", "then", "now", "and", "user", "users", "the user", "first,", "finally", "next,",
    "also", "should",
];

/// Which pieces at the beginning are the verb of typing and what is typed: `(pieces to leave out,
/// bytes of the text)`.
pub(super) fn typing(description: &str, pieces: &[Piece]) -> Option<(Range<usize>, Range<usize>)> {
    let verb =
        pieces.iter().position(|piece| piece.quoted || !POLITE.contains(&piece.text.as_str()))?;
    let piece = &pieces[verb];
    if piece.quoted || !TYPING.contains(&piece.text.as_str()) {
        return None;
    }
    let mut next = verb + 1;
    let rare = RARELY_TYPING.contains(&piece.text.as_str());
    while let Some(word) = pieces.get(next).filter(|piece| !piece.quoted) {
        let filler = matches!(
            word.text.as_str(),
            "in" | "for"
                | "out"
                | "down"
                | "text"
                | "word"
                | "words"
                | "value"
                | "number"
                | "string"
                | "letter"
                | "letters"
                | "character"
                | "characters"
                | "the"
        ) && pieces.get(next + 1).is_some_and(|piece| {
            piece.quoted
                || matches!(
                    piece.text.as_str(),
                    "text"
                        | "word"
                        | "words"
                        | "value"
                        | "number"
                        | "string"
                        | "letter"
                        | "letters"
                        | "characters"
                )
        });
        if !filler {
            break;
        }
        next += 1;
    }
    if let Some(text) = pieces.get(next).filter(|piece| piece.quoted) {
        // `Add "milk"`, or `set "Name" to "Ana"`: the last quotation is what is put there.
        let becomes =
            pieces.get(next + 1).is_some_and(|piece| matches!(piece.text.as_str(), "to" | "with"));
        if becomes && let Some(value) = pieces.get(next + 2).filter(|piece| piece.quoted) {
            return Some((verb..verb + 1, inner(description, value)))
                .filter(|_| rare || piece.text == "fill");
        }
        if piece.text == "add" && pieces.len() > next + 1 && !said_into(&pieces[next + 1]) {
            return None;
        }
        // `Fill in the "Email" field with "a@b.c"`.
        if let Some(value) = with_quotation(pieces, next + 1) {
            return Some((verb..next, inner(description, &pieces[value])));
        }
        let named = pieces.get(next + 1).is_some_and(|piece| {
            matches!(
                piece.text.as_str(),
                "field" | "box" | "input" | "textbox" | "textarea" | "area" | "button"
            )
        });
        if named {
            return None;
        }
        return Some((verb..next + 1, inner(description, text)));
    }
    if let Some(value) = with_quotation(pieces, next) {
        return Some((verb..next, inner(description, &pieces[value])));
    }
    let quoted_later = pieces[next..].iter().enumerate().find(|(at, piece)| {
        piece.quoted && (*at == 0 || !NAMING.contains(&pieces[next + at - 1].text.as_str()))
    });
    if let Some((at, value)) = quoted_later {
        let to_value =
            at > 0 && matches!(pieces[next + at - 1].text.as_str(), "to" | "with" | "as" | "is");
        if to_value {
            return Some((verb..next, inner(description, value)));
        }
    }
    if rare {
        return None;
    }
    bare(pieces, verb, next)
}

/// Text without quotation marks: from the verb to `into`, `in the` and the like.
fn bare(pieces: &[Piece], verb: usize, next: usize) -> Option<(Range<usize>, Range<usize>)> {
    let begins = pieces.get(next)?;
    if matches!(
        begins.text.as_str(),
        "in" | "into"
            | "the"
            | "a"
            | "an"
            | "your"
            | "my"
            | "out"
            | "text"
            | "something"
            | "some"
            | "any"
            | "on"
            | "to"
            | "key"
    ) {
        return None;
    }
    let stop = (next + 1..pieces.len()).find(|at| {
        let word = pieces[*at].text.as_str();
        let article = pieces.get(at + 1).is_some_and(|piece| {
            matches!(piece.text.as_str(), "the" | "a" | "an" | "this" | "that")
        });
        !pieces[*at].quoted
            && (word == "into"
                || (matches!(word, "in" | "to" | "as" | "for" | "inside" | "on" | "at" | "within")
                    && article))
    })?;
    if pieces[next..stop].iter().any(|piece| piece.quoted) {
        return None;
    }
    Some((verb..stop, pieces[next].span.start..pieces[stop - 1].span.end))
}

fn said_into(piece: &Piece) -> bool {
    !piece.quoted && matches!(piece.text.as_str(), "into" | "in" | "as" | "inside" | "using")
}

/// The quotation after a `with`.
fn with_quotation(pieces: &[Piece], from: usize) -> Option<usize> {
    (from..pieces.len()).find(|at| {
        pieces[*at].quoted
            && *at > 0
            && matches!(pieces[at - 1].text.as_str(), "with" | "text" | "value" | "type")
            && pieces[..*at]
                .iter()
                .rev()
                .take(3)
                .any(|piece| matches!(piece.text.as_str(), "with" | "type"))
            && !pieces[at.saturating_sub(2)..*at].iter().any(|piece| piece.text == "placeholder")
    })
}

/// The bytes within a quotation's marks.
fn inner(description: &str, piece: &Piece) -> Range<usize> {
    let text = &description[piece.span.clone()];
    let open = text.chars().next().map_or(0, char::len_utf8);
    let close = text.chars().next_back().map_or(0, char::len_utf8);
    if text.len() >= open + close {
        piece.span.start + open..piece.span.end - close
    } else {
        piece.span.clone()
    }
}

/// The text that a description wants typed: the quotation after a verb of typing (`Type "milk" in the
/// new todo field`), or the words before `into` or `in the`. Nothing where the description only names
/// the field.
#[must_use]
pub fn typed_text(description: &str) -> Option<String> {
    let pieces = pieces(description);
    let (_, text) = typing(description, &pieces)?;
    description.get(text).map(str::to_owned).filter(|text| !text.is_empty())
}

/// Names of keys in the words of people, and in those of the DOM.
const KEYS: &[(&str, &str)] = &[
    ("enter", "Enter"),
    ("return", "Enter"),
    ("↵", "Enter"),
    ("escape", "Escape"),
    ("esc", "Escape"),
    ("tab", "Tab"),
    ("space", "Space"),
    ("spacebar", "Space"),
    ("space bar", "Space"),
    ("backspace", "Backspace"),
    ("delete", "Delete"),
    ("del", "Delete"),
    ("home", "Home"),
    ("end", "End"),
    ("page up", "PageUp"),
    ("pageup", "PageUp"),
    ("page down", "PageDown"),
    ("pagedown", "PageDown"),
    ("insert", "Insert"),
    ("arrow up", "ArrowUp"),
    ("arrow down", "ArrowDown"),
    ("arrow left", "ArrowLeft"),
    ("arrow right", "ArrowRight"),
    ("up arrow", "ArrowUp"),
    ("down arrow", "ArrowDown"),
    ("left arrow", "ArrowLeft"),
    ("right arrow", "ArrowRight"),
    ("arrowup", "ArrowUp"),
    ("arrowdown", "ArrowDown"),
    ("arrowleft", "ArrowLeft"),
    ("arrowright", "ArrowRight"),
    ("up", "ArrowUp"),
    ("down", "ArrowDown"),
    ("left", "ArrowLeft"),
    ("right", "ArrowRight"),
    ("up key", "ArrowUp"),
    ("down key", "ArrowDown"),
    ("↑", "ArrowUp"),
    ("↓", "ArrowDown"),
    ("←", "ArrowLeft"),
    ("→", "ArrowRight"),
];

const MODIFIERS: &[(&str, &str)] = &[
    ("ctrl", "Control"),
    ("control", "Control"),
    ("shift", "Shift"),
    ("alt", "Alt"),
    ("option", "Alt"),
    ("cmd", "Meta"),
    ("command", "Meta"),
    ("meta", "Meta"),
    ("win", "Meta"),
    ("⌘", "Meta"),
];

/// The key that a description wants pressed, by its DOM name with modifiers before it: `Enter`,
/// `ArrowDown`, `Control+A`; the space bar is `Space`, and a key with one sign is that sign.
#[must_use]
pub fn key_of(description: &str) -> Option<String> {
    let pieces = pieces(description);
    pressed(&pieces).map(|(_, key)| key)
}

/// Which pieces name the key, verb included, and the key.
pub(super) fn pressed(pieces: &[Piece]) -> Option<(Range<usize>, String)> {
    let verb = pieces
        .iter()
        .position(|piece| {
            !piece.quoted
                && matches!(
                    piece.text.as_str(),
                    "press"
                        | "hit"
                        | "presses"
                        | "pressing"
                        | "push"
                        | "strike"
                        | "tap"
                        | "use"
                        | "key"
                )
        })
        .unwrap_or(usize::MAX);
    let start = if verb == usize::MAX { 0 } else { verb + 1 };
    for at in start..pieces.len() {
        if let Some((length, key)) = key_at(&pieces[at..]) {
            // `the Enter button` and `the right arrow of the carousel` are on the page. A key is said
            // to be one, or is all that is left.
            let after = pieces.get(at + length);
            let named_key = after.is_some_and(|piece| {
                matches!(
                    piece.text.as_str(),
                    "key"
                        | "keys"
                        | "on"
                        | "in"
                        | "to"
                        | "while"
                        | "with"
                        | "twice"
                        | "once"
                        | "and"
                        | "inside"
                        | "again"
                        | "when"
                        | "into"
                        | "within"
                        | "at"
                )
            });
            let control = after.is_some_and(|piece| {
                matches!(piece.text.as_str(), "button" | "icon" | "link" | "tab")
            });
            if (after.is_none() || named_key) && !control {
                let first = if verb == usize::MAX { at } else { verb };
                let key_word =
                    after.is_some_and(|piece| matches!(piece.text.as_str(), "key" | "keys"));
                return Some((first..at + length + usize::from(key_word), key));
            }
        }
        let filler =
            matches!(pieces[at].text.as_str(), "the" | "a" | "keyboard" | "key" | "letter" | "on");
        if !filler {
            break;
        }
    }
    None
}

/// A key, with modifiers, at the beginning of some pieces: how many pieces, and its name.
fn key_at(pieces: &[Piece]) -> Option<(usize, String)> {
    let first = pieces.first()?.text.trim().to_lowercase();
    if first.chars().count() > 1 && first.contains('+') {
        let parts: Vec<&str> =
            first.split('+').map(str::trim).filter(|part| !part.is_empty()).collect();
        let (last, modifiers) = parts.split_last()?;
        let mut names: Vec<String> = Vec::new();
        for modifier in modifiers {
            names.push((*find(MODIFIERS, modifier)?).to_owned());
        }
        names.push(key_name(last, true)?);
        return Some((1, names.join("+")));
    }
    if let Some(second) = pieces.get(1) {
        if let Some(key) = find(KEYS, &format!("{first} {}", second.text)) {
            return Some((2, (*key).to_owned()));
        }
        if let Some(modifier) = find(MODIFIERS, &first) {
            let skip = usize::from(matches!(second.text.as_str(), "+" | "and" | "plus"));
            let (length, key) = key_at(pieces.get(1 + skip..)?)?;
            let key = if key.chars().count() == 1 { key.to_uppercase() } else { key };
            return Some((1 + skip + length, format!("{modifier}+{key}")));
        }
    }
    key_name(&first, false).map(|key| (1, key))
}

fn key_name(word: &str, upper: bool) -> Option<String> {
    if let Some(key) = find(KEYS, word) {
        return Some((*key).to_owned());
    }
    let mut characters = word.chars();
    let first = characters.next()?;
    if characters.next().is_none() {
        return Some(if upper { first.to_uppercase().collect() } else { first.to_string() });
    }
    let number = word.strip_prefix('f')?.parse::<u8>().ok()?;
    (1..=12).contains(&number).then(|| format!("F{number}"))
}

fn find<'t>(table: &'t [(&str, &str)], word: &str) -> Option<&'t str> {
    table.iter().find(|(name, _)| *name == word).map(|(_, key)| *key)
}

#[cfg(test)]
mod tests;
