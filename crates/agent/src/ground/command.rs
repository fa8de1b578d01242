//! What a description says around the thing it means: verbs, purposes, means, names of the page.

use std::collections::HashSet;

use super::description::Description;
use super::kinds::{self, Kind};
use super::lexicon::{DOING, PRESSING, STOP};
use super::phrase::{Token, term_of};
use super::spoken::{POLITE, Piece};
use super::words::words;

/// `The arrow pointing right` is the right arrow.
pub(super) fn point_arrows(tokens: &mut Vec<Token>) {
    let Some(at) = tokens.iter().position(|token| token.is(&["arrow", "chevron"])) else { return };
    if !tokens.get(at + 1).is_some_and(|token| token.is(&["pointing", "facing", "going", "on"])) {
        return;
    }
    let filler = ["pointing", "facing", "going", "on", "to", "the"];
    let side = (at + 1..tokens.len()).find(|next| !tokens[*next].is(&filler));
    if let Some(side) = side.filter(|side| tokens[*side].is(&["left", "right", "up", "down"])) {
        let mut side_token = tokens[side].clone();
        let pause = side_token.pause;
        side_token.pause = false;
        tokens[at].pause |= pause;
        tokens.drain(at + 1..=side);
        tokens.insert(at, side_token);
    }
}

/// Leaves out `from the left`; true for `from the right`, where counting goes backwards.
pub(super) fn counted_from(tokens: &mut Vec<Token>) -> bool {
    let Some(at) = (1..tokens.len()).find(|at| tokens[*at].is(&["from"])) else { return false };
    let the = usize::from(tokens.get(at + 1).is_some_and(|token| token.is(&["the"])));
    let Some(side) = tokens.get(at + 1 + the) else { return false };
    let forwards = side.is(&["left", "top", "start", "beginning"]);
    let backwards = side.is(&["right", "bottom", "end"]);
    if forwards || backwards {
        tokens.drain(at..at + 2 + the);
    }
    backwards
}

/// Words that follow each other and are a name on the page become one token.
pub(super) fn lock_names(pieces: Vec<Piece>, names: &HashSet<String>) -> Vec<Token> {
    const LONGEST: usize = 10;
    let folded: Vec<Vec<String>> = pieces.iter().map(|piece| words(&piece.text)).collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < pieces.len() {
        let piece = &pieces[at];
        let mut length = 1;
        if !piece.quoted {
            let run = (at..pieces.len().min(at + LONGEST))
                .take_while(|next| {
                    !pieces[*next].quoted
                        && pieces[*next].aside == piece.aside
                        && (*next == at || !pieces[next - 1].possessive)
                })
                .count();
            for tried in (2..=run).rev() {
                let joined: Vec<&str> =
                    folded[at..at + tried].iter().flatten().map(String::as_str).collect();
                let joined = joined.join(" ");
                if joined.contains(' ')
                    && (names.contains(&joined) || joined == "table of contents")
                {
                    length = tried;
                    break;
                }
            }
        }
        // `the To field`: a small word with a capital letter is a name, if anything is called so.
        let called = length == 1
            && piece.capital
            && !piece.possessive
            && names.contains(&format!("={}", folded[at].join(" ")));
        let last = &pieces[at + length - 1];
        let text = pieces[at..at + length]
            .iter()
            .map(|piece| piece.text.as_str())
            .collect::<Vec<_>>()
            .join(" ");
        tokens.push(Token {
            text,
            quoted: piece.quoted,
            name: length > 1 || called,
            possessive: last.possessive,
            pause: last.pause,
            aside: piece.aside,
        });
        at += length;
    }
    tokens
}

/// `choose "Deutsch" from the language list`: the option is not the target.
pub(super) fn drop_option(tokens: &mut Vec<Token>) {
    let verb = tokens
        .first()
        .is_some_and(|token| token.is(&["choose", "select", "pick", "set", "change", "switch"]));
    if !verb {
        return;
    }
    let from = tokens.iter().position(|token| token.is(&["from", "in", "within", "under"]));
    let named = tokens.get(1).is_some_and(|token| token.quoted || token.name)
        || tokens.get(2).is_some_and(|token| token.quoted && tokens[1].is(&["the", "option"]));
    match (from, tokens.iter().position(|token| token.is(&["to", "as"]))) {
        (Some(from), _) if from > 1 && named => drop(tokens.drain(..=from)),
        (_, Some(to)) if to > 1 => tokens.truncate(to),
        (Some(from), _) if from > 1 => drop(tokens.drain(..=from)),
        _ => {}
    }
}

/// Where `by clicking …` or `using …` begins.
pub(super) fn by_means(tokens: &[Token]) -> Option<usize> {
    (1..tokens.len().saturating_sub(1)).find(|at| {
        let doing = tokens[at + 1].is(&[
            "clicking",
            "pressing",
            "tapping",
            "using",
            "hitting",
            "selecting",
        ]);
        tokens[*at].is(&["using", "via"]) || (tokens[*at].is(&["by"]) && doing)
    })
}

/// Leaves out what something is done for: `to edit it`, `in order to …`, `and see …`.
pub(super) fn cut_purpose(tokens: &mut Vec<Token>) {
    const DONE_FOR: &[&str] = &[
        "edit", "go", "open", "close", "see", "view", "show", "mark", "sort", "submit", "start",
        "navigate", "reveal", "expand", "collapse", "add", "delete", "remove", "change", "switch",
        "play", "move", "get", "make", "toggle", "display", "filter", "search", "save", "confirm",
        "select", "choose", "proceed", "return", "enable", "disable", "reset", "create", "finish",
        "read", "accept", "dismiss", "cancel", "bring", "check", "increase", "decrease", "hide",
        "agree",
    ];
    let cut = (1..tokens.len()).find(|at| {
        let next = tokens.get(at + 1);
        tokens[*at].is(&["to"]) && next.is_some_and(|token| token.is(DONE_FOR))
            || tokens[*at].is(&["so", "then"])
            || tokens[*at].is(&["and"])
                && next.is_some_and(|token| {
                    token.is(&["press", "drag", "drop", "hit", "wait", "then", "type", "enter"])
                })
    });
    let Some(cut) = cut else { return };
    let rest: Vec<Token> = tokens.drain(cut..).collect();
    // Nothing but a verb before it: `the checkbox to accept the terms` keeps what follows as a hint.
    let only = tokens.iter().all(|token| {
        !token.quoted
            && !token.name
            && (STOP.contains(&token.text.as_str())
                || PRESSING.contains(&token.text.as_str())
                || kinds::of_word(&token.text).is_some())
    });
    if only && rest.len() > 1 {
        let mut rest = rest;
        rest[0] = Token {
            text: "for".to_owned(),
            quoted: false,
            name: false,
            possessive: false,
            pause: false,
            aside: false,
        };
        tokens.extend(rest);
    }
}

/// Takes the verbs off the beginning. A verb that tells the kind of the target gives it back; one that
/// is what the target does becomes a term of the head.
pub(super) fn strip_verbs(
    tokens: &mut Vec<Token>,
    read: &mut Description,
    names: &HashSet<String>,
) -> Option<(Kind, &'static str)> {
    let mut implied = None;
    while tokens.first().is_some_and(|token| token.is(POLITE)) && tokens.len() > 1 {
        tokens.remove(0);
    }
    if tokens.len() < 2 {
        return None;
    }
    let next_is_thing = tokens[1].quoted
        || tokens[1].name
        || tokens[1].is(&["the", "a", "an", "this", "that", "all", "my", "your", "on", "for"])
        || tokens[1].possessive;
    let first = tokens[0].text.clone();
    // `Search mail input` and `Like button` name a thing; `Select the …` does not.
    let names_kind = kinds::of_word(&tokens[1].text).is_some_and(|_| {
        tokens[1].is(&["button", "link", "icon", "tab", "field", "input", "box", "bar"])
    });
    // A control that is called by the very verb: `Choose` on each of several plans.
    let control = tokens.iter().skip(1).any(|token| {
        !token.quoted
            && !token.name
            && kinds::of_word(&token.text).is_some_and(|kind| {
                matches!(
                    kind,
                    Kind::Checkbox
                        | Kind::Radio
                        | Kind::Tab
                        | Kind::Choice
                        | Kind::Button
                        | Kind::Icon
                        | Kind::Switch
                        | Kind::Link
                        | Kind::Dot
                )
            })
    });
    let called = !tokens[0].quoted
        && !tokens[0].name
        && names.contains(&format!("!{first}"))
        && tokens[1].is(&["the", "a", "an", "this"])
        && !control;
    if (tokens[0].is(DOING) || called) && next_is_thing {
        let mut term = term_of(&first, false);
        term.own = true;
        term.weight = 2.0;
        read.head.terms.push(term);
        tokens[0] = Token {
            text: "of".to_owned(),
            quoted: false,
            name: false,
            possessive: false,
            pause: false,
            aside: false,
        };
        return None;
    }
    if !tokens[0].is(PRESSING) || (names_kind && !tokens[0].is(&["click", "press", "tap", "hit"])) {
        return None;
    }
    if matches!(first.as_str(), "search" | "sort" | "filter" | "view" | "start" | "switch")
        && !next_is_thing
        && !tokens[1].is(&["to"])
    {
        return None;
    }
    // `input with placeholder …` is a thing.
    if first == "input" && !tokens[1].quoted {
        return None;
    }
    if matches!(
        first.as_str(),
        "check" | "tick" | "uncheck" | "untick" | "complete" | "deselect" | "unselect"
    ) {
        implied = Some((Kind::Checkbox, "checkbox"));
    }
    if matches!(first.as_str(), "turn" | "enable" | "disable") {
        implied = Some((Kind::Switch, "switch"));
    }
    if first == "toggle" && next_is_thing {
        implied = Some((Kind::Switch, "toggle"));
    }
    if first == "mark" {
        let done = tokens.iter().rposition(|token| token.is(&["as"]));
        if let Some(done) = done
            && tokens
                .get(done + 1)
                .is_some_and(|token| token.is(&["done", "complete", "completed", "finished"]))
        {
            tokens.truncate(done);
            implied = Some((Kind::Checkbox, "checkbox"));
        }
    }
    tokens.remove(0);
    while tokens.len() > 1
        && (tokens[0].is(&[
            "on", "over", "off", "at", "to", "in", "into", "as", "out", "click", "clicking",
            "down", "up", "for", "onto", "press", "here",
        ]) && !kinds_follow(tokens))
    {
        tokens.remove(0);
    }
    implied
}

/// `up arrow`, `down button`: the word belongs to the thing.
fn kinds_follow(tokens: &[Token]) -> bool {
    tokens[0].is(&["down", "up"])
        && tokens.get(1).is_some_and(|token| kinds::of_word(&token.text).is_some())
}
