//! A thing in words: what is said of it, of what kind it is, and which of several.

use super::concepts::{self, Concepts};
use super::kinds::{self, Kind};
use super::lexicon::{LOOKS, STOP, count_of, written_ordinal};
use super::words::{likeness, words};

/// One thing that is said of an element: a word, a quotation, or a few words that mean one thing.
#[derive(Clone, Debug)]
pub(super) struct Term {
    pub(super) words: Vec<String>,
    pub(super) concepts: Concepts,
    /// How much it counts beside the others.
    pub(super) weight: f64,
    /// It stood in quotation marks, or is the whole name of something on the page.
    pub(super) quoted: bool,
    /// It is what the element does, and nothing near it.
    pub(super) own: bool,
}

/// Which of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ordinal {
    /// From 1.
    Nth(usize),
    /// From the end, 1 for the last.
    Last(usize),
    Middle,
}

impl Ordinal {
    /// The place in a list of so many, if it has one.
    pub(super) fn of(self, count: usize) -> Option<usize> {
        match self {
            Self::Nth(n) => n.checked_sub(1).filter(|at| *at < count),
            Self::Last(n) => count.checked_sub(n),
            Self::Middle => (count > 0).then(|| (count - 1) / 2),
        }
    }
}

/// A corner or side: from -1 (left, top) over 0 to 1 (right, bottom).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Place {
    pub(super) across: Option<i8>,
    pub(super) down: Option<i8>,
}

/// A thing in words.
#[derive(Clone, Debug, Default)]
pub(super) struct Phrase {
    pub(super) terms: Vec<Term>,
    pub(super) kind: Option<(Kind, String)>,
    pub(super) ordinal: Option<Ordinal>,
    pub(super) place: Place,
    /// It holds nothing.
    pub(super) empty: bool,
}

impl Phrase {
    pub(super) fn is_blank(&self) -> bool {
        self.terms.is_empty()
            && self.kind.is_none()
            && self.ordinal.is_none()
            && self.place == Place::default()
    }
}

/// A piece while it is sorted: what `Piece` says, and whether it is a name of the page.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) text: String,
    pub(super) quoted: bool,
    /// Two or more words that are the name of something on the page.
    pub(super) name: bool,
    pub(super) possessive: bool,
    pub(super) pause: bool,
    pub(super) aside: bool,
}

impl Token {
    pub(super) fn is(&self, words: &[&str]) -> bool {
        !self.quoted && !self.name && words.contains(&self.text.as_str())
    }
}

/// `the Email`: a word for an item that stands alone is a name.
pub(super) fn kind_as_term(phrase: &mut Phrase) {
    if phrase.terms.is_empty()
        && phrase.place == Place::default()
        && !phrase.empty
        && let Some((Kind::Item | Kind::Cell, word)) = &phrase.kind
    {
        phrase.terms.push(term_of(word, false));
        phrase.kind = None;
    }
}

pub(super) fn term_of(text: &str, quoted: bool) -> Term {
    let words = words(text);
    let joined = words.join(" ");
    let mut concepts = concepts::of_phrase(&joined);
    if !quoted {
        concepts |= concepts::of_phrase(super::words::stem(&joined));
    }
    let light = !quoted && words.len() == 1 && LOOKS.contains(&joined.as_str());
    let weight = if quoted {
        2.0
    } else if light {
        0.25
    } else {
        1.0
    };
    Term { words, concepts, weight, quoted, own: false }
}

/// A few tokens as a thing: quotations and words to look for, its kind, its ordinal.
pub(super) fn phrase(tokens: &[Token]) -> Phrase {
    let mut found = Phrase::default();
    let mut plain: Vec<String> = Vec::new();
    let is_kind = |at: usize| {
        let plain = |at: usize| !tokens[at].quoted && !tokens[at].name;
        let two = || {
            at > 0
                && plain(at - 1)
                && kinds::of_word(&format!("{} {}", tokens[at - 1].text, tokens[at].text)).is_some()
        };
        plain(at) && (kinds::of_word(&tokens[at].text).is_some() || two())
    };
    let kind_at = (0..tokens.len()).rev().find(|at| is_kind(*at));
    // Three dots are what a menu looks like.
    let kind_at = kind_at.filter(|at| {
        let before = at.checked_sub(1).map_or("", |before| tokens[before].text.as_str());
        !(matches!(before, "three" | "vertical" | "horizontal") && tokens[*at].is(&["dots", "dot"]))
    });
    // A word for a kind is one only at the end, before a quotation or a number: `card number field`.
    let noun = kind_at.filter(|at| {
        tokens[at + 1..].iter().all(|token| {
            token.quoted
                || token.name
                || count_of(&token.text).is_some()
                || token.is(STOP)
                || token.is(&["number", "no", "nr"])
        })
    });
    let mut skip = 0;
    for (at, token) in tokens.iter().enumerate() {
        if skip > 0 {
            skip -= 1;
            continue;
        }
        if token.quoted || token.name {
            flush(&mut plain, &mut found);
            let mut term = term_of(&token.text, true);
            if token.name {
                term.weight = 1.5;
            }
            if !term.words.is_empty() {
                found.terms.push(term);
            }
            continue;
        }
        let word = token.text.as_str();
        if let Some(noun) = noun {
            let two = at + 1 == noun
                && kinds::of_word(&format!("{word} {}", tokens[noun].text)).is_some()
                && !tokens[noun].quoted;
            if two {
                let both = format!("{word} {}", tokens[noun].text);
                if matches!(word, "search" | "todo" | "task") {
                    plain.push(word.to_owned());
                }
                found.kind = kinds::of_word(&both).map(|kind| (kind, both));
                skip = 1;
                continue;
            }
            if at == noun {
                let kind = kinds::of_word(word);
                // `row 2`, `page 3`.
                let numbered =
                    tokens.get(at + 1).is_some_and(|token| token.is(&["number", "no", "nr"]));
                let numbered = usize::from(numbered);
                if let Some(count) = tokens
                    .get(at + 1 + numbered)
                    .filter(|token| !token.quoted)
                    .and_then(|token| count_of(&token.text))
                    && kind
                        .is_some_and(|kind| matches!(kind, Kind::Row | Kind::Column | Kind::Item))
                {
                    found.ordinal = Some(Ordinal::Nth(count));
                    skip = 1 + numbered;
                }
                found.kind = found.kind.take().or_else(|| kind.map(|kind| (kind, word.to_owned())));
                // Many kinds are written on what they are, too: a month's `day 5` is not.
                if kind == Some(Kind::Icon) && matches!(word, "arrow" | "chevron") {
                    plain.push(word.to_owned());
                }
                continue;
            }
        }
        // `the email ana@b.c`: what kind of thing the next word names.
        if noun != Some(at)
            && kinds::of_word(word).is_some_and(Kind::is_item)
            && noun.is_none()
            && at + 1 < tokens.len()
        {
            flush(&mut plain, &mut found);
            let mut term = term_of(word, false);
            term.weight = 0.3;
            found.terms.push(term);
            continue;
        }
        // `indicator dot`: both say what kind it is.
        if let Some(noun) = noun
            && at < noun
            && kinds::of_word(word).is_some()
            && kinds::of_word(word) == kinds::of_word(&tokens[noun].text)
        {
            continue;
        }
        if let Some(n) = written_ordinal(word) {
            let last = tokens.get(at + 1).is_some_and(|token| token.is(&["last"]));
            // `the 22nd` of a month is a name, and counts nothing.
            if at + 1 == tokens.len()
                || (word.bytes().any(|b| b.is_ascii_digit()) && noun.is_none())
            {
                plain.push(n.to_string());
            } else {
                found.ordinal = Some(if last { Ordinal::Last(n) } else { Ordinal::Nth(n) });
                skip = usize::from(last);
            }
            continue;
        }
        match word {
            "last" | "final" | "bottommost" | "rightmost" => found.ordinal = Some(Ordinal::Last(1)),
            "topmost" | "leftmost" => found.ordinal = Some(Ordinal::Nth(1)),
            "middle" | "center" | "centre" | "central" if noun.is_some() || tokens.len() == 1 => {
                if noun.is_some_and(|noun| kinds::of_word(&tokens[noun].text) == Some(Kind::Cell)) {
                    found.place = Place { across: Some(0), down: Some(0) };
                } else {
                    found.ordinal = Some(Ordinal::Middle);
                }
            }
            "top" | "upper" => found.place.down = Some(-1),
            "bottom" | "lower" => found.place.down = Some(1),
            "top-left" | "upper-left" => found.place = Place { across: Some(-1), down: Some(-1) },
            "top-right" | "upper-right" => found.place = Place { across: Some(1), down: Some(-1) },
            "bottom-left" | "lower-left" => found.place = Place { across: Some(-1), down: Some(1) },
            "bottom-right" | "lower-right" => {
                found.place = Place { across: Some(1), down: Some(1) }
            }
            "left" | "right" if !next_is_arrow(tokens, at) => {
                found.place.across = Some(if word == "left" { -1 } else { 1 });
            }
            "empty" | "blank" if noun.is_some() => found.empty = true,
            "corner" | "side" | "edge" | "hand" => {}
            _ if STOP.contains(&word) => {}
            _ => plain.push(word.to_owned()),
        }
    }
    flush(&mut plain, &mut found);
    step_first(&mut found);
    settle_kind(&mut found);
    found
}

fn next_is_arrow(tokens: &[Token], at: usize) -> bool {
    tokens
        .get(at + 1)
        .is_some_and(|token| token.is(&["arrow", "arrows", "chevron", "button", "caret"]))
        || tokens.len() == 1
}

/// `next month button`: the step counts, and hardly what it is a step of.
fn step_first(found: &mut Phrase) {
    let is_step = |term: &Term| {
        !term.quoted && matches!(term.words.join(" ").as_str(), "next" | "previous" | "prev")
    };
    if found.terms.iter().any(is_step) {
        for term in found.terms.iter_mut().filter(|term| !is_step(term) && !term.quoted) {
            term.weight = term.weight.min(0.3);
        }
    }
}

/// `the next song`, `previous month`: what is pressed is a control, and no song.
fn settle_kind(found: &mut Phrase) {
    let step = concepts::of_phrase("next") | concepts::of_phrase("prev");
    let steps = found.terms.iter().any(|term| {
        !term.quoted
            && matches!(term.words.join(" ").as_str(), "next" | "previous" | "prev")
            && term.concepts & step != 0
    });
    if steps && found.kind.as_ref().is_some_and(|(kind, _)| kind.is_item()) {
        found.kind = Some((Kind::Button, "button".to_owned()));
    }
}

/// Plain words that were gathered become terms; a few together may mean one thing.
fn flush(plain: &mut Vec<String>, found: &mut Phrase) {
    let folded: Vec<String> = plain.iter().flat_map(|word| words(word)).collect();
    plain.clear();
    let mut at = 0;
    while at < folded.len() {
        let mut length = 1;
        for tried in (2..=concepts::LONGEST.min(folded.len() - at)).rev() {
            if concepts::of_phrase(&folded[at..at + tried].join(" ")) != 0 {
                length = tried;
                break;
            }
        }
        let text = folded[at..at + length].join(" ");
        let light = ["arrow", "symbol", "sign"].iter().any(|word| likeness(word, &text) > 0.9);
        if !light || folded.len() == 1 {
            let mut term = term_of(&text, false);
            if light {
                term.weight = 0.2;
            }
            found.terms.push(term);
        }
        at += length;
    }
}
