//! From a sentence to the checks that it means, where that is certain.
//!
//! [`compile()`] reads common English statements about a page: what it speaks of ([`mod@subject`]), what it
//! says of that ([`mod@predicate`]), and what both mean for a machine ([`mod@meaning`]). Every word has to be
//! understood, and has to leave its mark in the checks: a colour, a comparison, a `slowly` or a
//! `probably` makes the whole sentence one for a judge. Names and texts count when they are quoted,
//! written with capitals, or among the few names of controls that are usual in small letters.

mod meaning;
mod predicate;
mod subject;
mod token;

use pageloom_schema::Check;

use meaning::meaning;
use predicate::{Said, predicate};
use subject::{Subject, subject};
use token::{Cursor, Token, tokens};

/// The most characters of a sentence that is looked at.
const LONGEST: usize = 600;

/// The checks that `sentence` means, all of which have to hold; `None` when any of it is not certain.
///
/// ```
/// use pageloom_agent::check::compile;
/// use pageloom_schema::{Check, Target};
/// let total = Target { text: Some("total".into()), ..Target::default() };
/// let check = Check::TextVisible { text: "$42.00".into(), within: Some(total) };
/// assert_eq!(compile("The total shows $42.00."), Some(vec![check]));
/// assert_eq!(compile("The total shows $42.00 in bold."), None);
/// ```
#[must_use]
pub fn compile(sentence: &str) -> Option<Vec<Check>> {
    if sentence.chars().count() > LONGEST {
        return None;
    }
    let tokens = tokens(sentence)?;
    let checks = statements(&tokens, None)?;
    (!checks.is_empty()).then_some(checks)
}

/// What one or several statements mean; `before` is what the statement before spoke of.
fn statements(tokens: &[Token], before: Option<&Subject>) -> Option<Vec<Check>> {
    if let Some((checks, _)) = statement(tokens, before) {
        return Some(checks);
    }
    // Wherever it may be cut, both sides have to mean something: `Terms and Conditions` is not cut.
    (1..tokens.len()).find_map(|at| {
        let rest = after_joint(&tokens[at..])?;
        let (mut checks, spoken_of) = statement(&tokens[..at], before)?;
        checks.extend(statements(rest, Some(&spoken_of))?);
        Some(checks)
    })
}

/// What stands after `and`, `but`, a comma or the end of a sentence.
fn after_joint(tokens: &[Token]) -> Option<&[Token]> {
    let mut rest = tokens;
    let mut joined = false;
    while let Some((first, after)) = rest.split_first() {
        let joins = match first {
            Token::Comma | Token::Stop => true,
            Token::Word(word) => matches!(word.lower.as_str(), "and" | "but"),
            _ => false,
        };
        if !joins {
            break;
        }
        joined = true;
        rest = after;
    }
    (joined && !rest.is_empty()).then_some(rest)
}

/// What one statement means, and what it spoke of.
fn statement(tokens: &[Token], before: Option<&Subject>) -> Option<(Vec<Check>, Subject)> {
    let fixed = fixed(tokens).map(|check| (vec![check], Subject::Page));
    fixed.or_else(|| there_is(tokens)).or_else(|| spoken(tokens)).or_else(|| {
        // `The button is visible and enabled`: the second statement lacks its subject, and perhaps
        // its verb.
        let before = before?;
        if let Some(statement) = said_of(before, tokens) {
            return Some(statement);
        }
        let lacking = [&tokens_of("is"), tokens].concat();
        // A value would be the second half of one that has a comma in it.
        let said = predicate(&mut Cursor::new(&lacking))?.said;
        let is_value = matches!(said, Said::Shows(_) | Said::Contains(_));
        if is_value { None } else { said_of(before, &lacking) }
    })
}

fn tokens_of(words: &str) -> Vec<Token> {
    tokens(words).unwrap_or_default()
}

fn said_of(subject: &Subject, tokens: &[Token]) -> Option<(Vec<Check>, Subject)> {
    let mut cursor = Cursor::new(tokens);
    let predicate = predicate(&mut cursor)?;
    let check = cursor.is_done().then(|| meaning(subject, &predicate))??;
    Some((vec![check], subject.clone()))
}

/// A statement with one subject or several, and what is said of all of them.
fn spoken(tokens: &[Token]) -> Option<(Vec<Check>, Subject)> {
    let mut cursor = Cursor::new(tokens);
    cursor.take_any(&["then", "now"]);
    let none = cursor.take("no");
    let mut subjects = vec![subject(&mut cursor)?];
    while let Some(rest) = after_joint(cursor.rest()) {
        cursor = Cursor::new(rest);
        subjects.push(subject(&mut cursor)?);
    }
    // In `the heading "A" and "B"` the second may be a heading too.
    let kind = std::mem::discriminant(&subjects[0]);
    if subjects.iter().any(|subject| std::mem::discriminant(subject) != kind) {
        return None;
    }
    let mut predicate = predicate(&mut cursor)?;
    if !cursor.is_done() {
        return None;
    }
    if none {
        // `No dialog is shown` denies one thing; `no` before several, or twice, is not certain.
        let one = subjects.len() == 1 && !predicate.denied;
        let seen = matches!(predicate.said, Said::Seen(true) | Said::Opens(true));
        let counted = matches!(subjects[0], Subject::Counted(..));
        if !one || !seen || counted {
            return None;
        }
        predicate.denied = true;
    }
    let checks: Option<Vec<Check>> =
        subjects.iter().map(|subject| meaning(subject, &predicate)).collect();
    Some((checks?, subjects.pop()?))
}

/// `There are 3 rows in the table`, `there is no dialog`: read as a statement that it is seen.
fn there_is(tokens: &[Token]) -> Option<(Vec<Check>, Subject)> {
    let mut cursor = Cursor::new(tokens);
    if !cursor.take("there") {
        return None;
    }
    cursor.take_any(&["should be", "must be", "are", "is"])?;
    cursor.take_any(&["now", "still"]);
    let none = cursor.take("no");
    let spoken_of = subject(&mut cursor)?;
    if none && matches!(spoken_of, Subject::Counted(..)) {
        return None;
    }
    let visible = tokens_of("is visible");
    let mut predicate = {
        let rest = [&visible, cursor.rest()].concat();
        let mut cursor = Cursor::new(&rest);
        let predicate = predicate(&mut cursor)?;
        cursor.is_done().then_some(predicate)?
    };
    predicate.denied = none;
    Some((vec![meaning(&spoken_of, &predicate)?], spoken_of))
}

/// Statements that are read as a whole: of the console and of storage.
fn fixed(tokens: &[Token]) -> Option<Check> {
    const NO_ERROR: [&str; 9] = [
        "no console errors appear",
        "no console errors occur",
        "no console error occurs",
        "there are no console errors",
        "there are no errors in the console",
        "the console shows no errors",
        "no error is logged to the console",
        "no errors are logged to the console",
        "no errors appear in the console",
    ];
    let whole = |phrase: &&&str| {
        let mut cursor = Cursor::new(tokens);
        cursor.take(phrase) && cursor.is_done()
    };
    if NO_ERROR.iter().find(whole).is_some() {
        return Some(Check::NoConsoleError);
    }
    let mut cursor = Cursor::new(tokens);
    let area = match cursor.take_any(&[
        "localstorage",
        "the localstorage",
        "local storage",
        "the local storage",
        "sessionstorage",
        "the sessionstorage",
        "session storage",
        "the session storage",
    ])? {
        area if area.contains("local") => "local",
        _ => "session",
    };
    cursor.take_any(&["contains the key", "has the key", "holds the key"])?;
    let key = cursor.quoted()?;
    let area = area.to_owned();
    cursor.is_done().then_some(Check::Storage { area, key, contains: None })
}
