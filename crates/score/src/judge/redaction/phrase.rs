//! Phrases: short patterns over the words of a text.
//!
//! A phrase is written as items with spaces between: `a|b` is one of several words, `_` joins what
//! stands together (`out_of`), `~3` skips up to three words, `?a` may be there, `!a` must not stand
//! right before what follows, `$` is the end of a sentence or of the text, and `@name` stands for a
//! list of [`super::rules`]. Marks between words are passed over unless an item asks for one.

use super::letters::{self, Lexicon};

/// A phrase ready to be looked for.
pub(super) struct Phrase(Vec<Item>);

enum Item {
    /// One of several rows of words.
    One(Vec<Vec<u16>>),
    /// The same, or nothing.
    Maybe(Vec<Vec<u16>>),
    /// None of these words stands right before.
    NotAfter(Vec<Vec<u16>>),
    /// Up to so many words.
    Gap(usize),
    /// The end of a sentence.
    End,
}

impl Phrase {
    /// A phrase from its written form, with `list` for what `@name` stands for. Its words are learnt.
    pub(super) fn parse(
        written: &str,
        list: impl Fn(&str) -> &'static str,
        lexicon: &mut Lexicon,
    ) -> Self {
        let mut row = |one: &str| -> Vec<u16> {
            let words = letters::words(&one.replace('_', " "), &Lexicon::default());
            words.iter().map(|word| lexicon.learn(word)).collect()
        };
        let mut rows = |text: &str| -> Vec<Vec<u16>> {
            let expand = |one: &str| match one.strip_prefix('@') {
                Some(name) => list(name).split_whitespace().map(&mut row).collect(),
                None => vec![row(one)],
            };
            text.split('|').flat_map(expand).collect()
        };
        let item = |text: &str| {
            let mut chars = text.chars();
            match (chars.next(), chars.as_str()) {
                (Some('~'), count) => Item::Gap(count.parse().unwrap_or(0)),
                (Some('?'), rest) => Item::Maybe(rows(rest)),
                (Some('!'), rest) => Item::NotAfter(rows(rest)),
                (Some('$'), _) => Item::End,
                _ => Item::One(rows(text)),
            }
        };
        Self(written.split_whitespace().map(item).collect())
    }

    /// True when it stands somewhere in `words`.
    pub(super) fn is_in(&self, words: &[u16]) -> bool {
        (0..words.len()).any(|at| fits(&self.0, words, at))
    }
}

fn fits(items: &[Item], words: &[u16], at: usize) -> bool {
    let Some((item, rest)) = items.split_first() else { return true };
    let any = |rows: &[Vec<u16>]| {
        rows.iter().any(|row| after(row, words, at).is_some_and(|end| fits(rest, words, end)))
    };
    match item {
        Item::One(rows) => any(rows),
        Item::Maybe(rows) => any(rows) || fits(rest, words, at),
        Item::NotAfter(rows) => {
            let before = at.checked_sub(1).and_then(|before| words.get(before));
            let stands = |row: &Vec<u16>| row.len() == 1 && row.first() == before;
            !(before.is_some() && rows.iter().any(stands)) && fits(rest, words, at)
        }
        Item::Gap(most) => {
            let mut end = at;
            (0..=*most).any(|_| {
                let here = fits(rest, words, end);
                end = past_marks(words, end) + 1;
                here
            })
        }
        Item::End => words.get(at).is_none_or(|word| *word == STOP) && fits(rest, words, at),
    }
}

/// Where `row` ends that begins at `at`, marks between its words apart.
fn after(row: &[u16], words: &[u16], at: usize) -> Option<usize> {
    let mut at = at;
    for expected in row {
        if !is_mark(*expected) {
            at = past_marks(words, at);
        }
        if words.get(at)? != expected {
            return None;
        }
        at += 1;
    }
    Some(at)
}

fn past_marks(words: &[u16], at: usize) -> usize {
    let marks =
        words.get(at..).unwrap_or_default().iter().take_while(|word| is_mark(**word)).count();
    at + marks
}

/// The marks between words, in the order in which they are learnt first: their numbers are 1 to 4.
const MARKS: [&str; 4] = [".", ":", ",", "/"];
/// The number of the mark that ends a sentence.
const STOP: u16 = 1;

fn is_mark(word: u16) -> bool {
    (1..=MARKS.len() as u16).contains(&word)
}

/// A lexicon that knows the marks, for phrases to be parsed with.
pub(super) fn lexicon() -> Lexicon {
    let mut lexicon = Lexicon::default();
    for mark in MARKS {
        lexicon.learn(mark);
    }
    lexicon
}
