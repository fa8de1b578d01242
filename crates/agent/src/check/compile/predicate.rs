//! What a sentence says of its subject.

use super::subject::{Countable, Element, Noun, Subject, bare_value, counted, subject};
use super::token::{Cursor, Token};

/// What is said, and whether it is denied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Predicate {
    pub(super) said: Said,
    pub(super) denied: bool,
    /// Where: within which element.
    pub(super) place: Option<Element>,
    /// It is said to be on the page, which adds nothing but is understood.
    pub(super) on_page: bool,
}

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// It can be seen, or not.
    Seen(bool),
    /// It was put somewhere, or taken from there: a text is there now, of a number nothing is known.
    Moved(bool),
    /// It opens, or closes.
    Opens(bool),
    /// It shows this, and a field holds it.
    Shows(String),
    /// It has this as a part.
    Contains(String),
    /// It can be used, or not.
    Usable(bool),
    /// It has a state, or not.
    Has(&'static str, bool),
    /// A switch is on, or off.
    On(bool),
    /// Nothing is in it.
    Empty,
    /// So many things are in it.
    Count(u32, Countable),
}

/// Words that say when or again, and change nothing of what is said.
const ADVERBS: [&str; 6] = ["now", "still", "again", "also", "then", "afterwards"];

/// Takes what is said, with its place.
pub(super) fn predicate(cursor: &mut Cursor<'_>) -> Option<Predicate> {
    skip_adverbs(cursor);
    let mut denied = false;
    let mut said = None;
    if cursor.take("can be seen") {
        said = Some(Said::Seen(true));
    } else if cursor.take("cannot be seen") || cursor.take("can not be seen") {
        said = Some(Said::Seen(false));
    }
    if said.is_none() {
        denied = denial(cursor)?;
        skip_adverbs(cursor);
        said = if take_copula(cursor) {
            // `Not Delivered` is a value that begins with a denial, and no denial.
            if matches!(cursor.peek(), Some(Token::Word(word)) if word.is_name && word.lower == "not")
            {
                return None;
            }
            if cursor.take_any(&["not", "no longer"]).is_some() {
                if denied {
                    return None;
                }
                denied = true;
            }
            skip_adverbs(cursor);
            complement(cursor)
        } else {
            verb(cursor)
        };
    }
    let said = said?;
    skip_adverbs(cursor);
    let mut predicate = Predicate { said, denied, place: None, on_page: false };
    place(cursor, &mut predicate)?;
    skip_adverbs(cursor);
    Some(predicate)
}

fn skip_adverbs(cursor: &mut Cursor<'_>) {
    while cursor.take_any(&ADVERBS).is_some() {}
}

/// Takes what stands before a verb: `should`, `does not`, `no longer`. `None` for what is not
/// understood, such as a double denial.
fn denial(cursor: &mut Cursor<'_>) -> Option<bool> {
    let mut denied = false;
    if cursor.take_any(&["should", "must", "shall", "will", "has to", "have to"]).is_some() {
        denied = cursor.take("not");
    } else if cursor
        .take_any(&[
            "should not",
            "shouldn't",
            "mustn't",
            "won't",
            "does not",
            "doesn't",
            "do not",
            "don't",
        ])
        .is_some()
    {
        denied = true;
    }
    skip_adverbs(cursor);
    if cursor.take("no longer") {
        if denied {
            return None;
        }
        denied = true;
    }
    // `is not` and `isn't` are taken with the verb; this one has it within.
    let mut ahead = *cursor;
    if ahead.take_any(&["isn't", "aren't"]).is_some() {
        if denied {
            return None;
        }
        denied = true;
    }
    Some(denied)
}

fn take_copula(cursor: &mut Cursor<'_>) -> bool {
    cursor
        .take_any(&[
            "is",
            "are",
            "be",
            "isn't",
            "aren't",
            "becomes",
            "become",
            "has been",
            "have been",
            "remains",
            "remain",
            "stays",
            "stay",
            "gets",
            "get",
        ])
        .is_some()
}

/// What stands after `is`.
fn complement(cursor: &mut Cursor<'_>) -> Option<Said> {
    const WORDS: [(&str, Said); 40] = [
        ("visible", Said::Seen(true)),
        ("displayed", Said::Seen(true)),
        ("shown", Said::Seen(true)),
        ("present", Said::Seen(true)),
        ("listed", Said::Seen(true)),
        ("added to", Said::Moved(true)),
        ("hidden", Said::Seen(false)),
        ("invisible", Said::Seen(false)),
        ("gone", Said::Seen(false)),
        ("removed from", Said::Moved(false)),
        ("removed", Said::Seen(false)),
        ("opened", Said::Opens(true)),
        ("open", Said::Opens(true)),
        ("closed", Said::Opens(false)),
        ("dismissed", Said::Opens(false)),
        ("enabled", Said::Usable(true)),
        ("disabled", Said::Usable(false)),
        ("checked", Said::Has("checked", true)),
        ("ticked", Said::Has("checked", true)),
        ("unchecked", Said::Has("checked", false)),
        ("unticked", Said::Has("checked", false)),
        ("selected", Said::Has("selected", true)),
        ("active", Said::Has("selected", true)),
        ("unselected", Said::Has("selected", false)),
        ("deselected", Said::Has("selected", false)),
        ("inactive", Said::Has("selected", false)),
        ("expanded", Said::Has("expanded", true)),
        ("collapsed", Said::Has("expanded", false)),
        ("pressed", Said::Has("pressed", true)),
        ("focused", Said::Has("focused", true)),
        ("in focus", Said::Has("focused", true)),
        ("switched on", Said::On(true)),
        ("switched off", Said::On(false)),
        ("turned on", Said::On(true)),
        ("turned off", Said::On(false)),
        ("toggled on", Said::On(true)),
        ("toggled off", Said::On(false)),
        ("on", Said::On(true)),
        ("off", Said::On(false)),
        ("empty", Said::Empty),
    ];
    if cursor.take("cleared") {
        return Some(Said::Empty);
    }
    // `on the page` is a place, `on` alone a state.
    let mut ahead = *cursor;
    if (ahead.take("on the") || ahead.take("in the")) && !cursor.take("in focus") {
        return Some(Said::Seen(true));
    }
    let on_its_own = |(phrase, _): &&(&str, Said)| {
        let mut ahead = *cursor;
        let fits = ahead.take(phrase);
        // `added to the list`: what comes after is a place.
        fits && (!matches!(*phrase, "on" | "off") || ahead.is_done() || is_joint(&ahead))
    };
    if let Some((phrase, said)) = WORDS.iter().find(on_its_own) {
        // What is added to, or removed from, is the place.
        if !matches!(*phrase, "added to" | "removed from") {
            cursor.take(phrase);
        } else {
            cursor.next();
        }
        return Some(said.clone());
    }
    cursor.take_any(&["set to", "updated to", "changed to", "equal to"]);
    value(cursor).map(Said::Shows)
}

fn is_joint(cursor: &Cursor<'_>) -> bool {
    matches!(cursor.peek(), Some(Token::Comma | Token::Stop))
        || matches!(cursor.word(), Some("and" | "but"))
}

/// A verb other than `is`.
fn verb(cursor: &mut Cursor<'_>) -> Option<Said> {
    const WORDS: [(&str, Said); 24] = [
        ("appears", Said::Seen(true)),
        ("appear", Said::Seen(true)),
        ("shows up", Said::Seen(true)),
        ("show up", Said::Seen(true)),
        ("pops up", Said::Seen(true)),
        ("pop up", Said::Seen(true)),
        ("exists", Said::Seen(true)),
        ("exist", Said::Seen(true)),
        ("disappears", Said::Seen(false)),
        ("disappear", Said::Seen(false)),
        ("vanishes", Said::Seen(false)),
        ("vanish", Said::Seen(false)),
        ("goes away", Said::Seen(false)),
        ("go away", Said::Seen(false)),
        ("opens", Said::Opens(true)),
        ("open", Said::Opens(true)),
        ("closes", Said::Opens(false)),
        ("close", Said::Opens(false)),
        ("expands", Said::Has("expanded", true)),
        ("expand", Said::Has("expanded", true)),
        ("collapses", Said::Has("expanded", false)),
        ("collapse", Said::Has("expanded", false)),
        ("has focus", Said::Has("focused", true)),
        ("receives focus", Said::Has("focused", true)),
    ];
    if let Some((_, said)) = WORDS.iter().find(|(phrase, _)| cursor.take(phrase)) {
        return Some(said.clone());
    }
    let has = cursor
        .take_any(&["has the value", "have the value", "has a value of", "has the text"])
        .is_some();
    if has {
        return value(cursor).map(Said::Shows);
    }
    let shows = cursor.take_any(&[
        "shows",
        "show",
        "displays",
        "display",
        "reads",
        "read",
        "says",
        "say",
        "equals",
        "equal",
        "changes to",
        "change to",
        "updates to",
        "update to",
        "has",
        "have",
    ]);
    let contains =
        cursor.take_any(&["contains", "contain", "includes", "include", "lists", "list"]);
    let mut ahead = *cursor;
    if (shows.is_some() || contains.is_some())
        && let Some(Subject::Counted(count, what)) = counted(&mut ahead)
    {
        *cursor = ahead;
        return Some(Said::Count(count, what));
    }
    match (shows, contains) {
        // What a thing has is more than what it says, unless it is counted.
        (Some("has" | "have"), _) | (None, None) => None,
        (Some(_), _) => value(cursor).map(Said::Shows),
        (None, Some(_)) => value(cursor).map(Said::Contains),
    }
}

/// A value: quoted, or one that stands for itself.
fn value(cursor: &mut Cursor<'_>) -> Option<String> {
    let mut ahead = *cursor;
    let article = super::subject::take_article(&mut ahead);
    let announced = ahead
        .take_any(&["text", "value", "message", "number", "amount", "words", "word"])
        .is_some();
    if article && announced {
        ahead.take_any(&["saying", "of"]);
        *cursor = ahead;
    }
    if let Some(text) = cursor.quoted() {
        return Some(text);
    }
    let mut ahead = *cursor;
    if matches!(ahead.peek(), Some(Token::Word(_)))
        && let Some(number) = ahead.number()
    {
        *cursor = ahead;
        return Some(number.to_string());
    }
    bare_value(cursor)
}

/// Takes where it is: `on the page`, `in the Orders table`, `to the list`.
fn place(cursor: &mut Cursor<'_>, predicate: &mut Predicate) -> Option<()> {
    if cursor.take_any(&["on the page", "on the screen", "on screen"]).is_some() {
        predicate.on_page = true;
        return Some(());
    }
    let mut ahead = *cursor;
    if ahead.take_any(&["in", "inside", "within", "to", "from"]).is_none() {
        return Some(());
    }
    match subject(&mut ahead)? {
        Subject::Element(element) if element.noun.holds_things() => {
            *cursor = ahead;
            predicate.place = Some(element);
            Some(())
        }
        // What a section holds depends on how the page is built.
        Subject::Element(Element { noun: Noun::Section, .. }) => None,
        _ => None,
    }
}
