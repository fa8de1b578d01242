//! A move from what a tester answered: the JSON it was asked for, or the grammar that the published
//! agent uses, for models that answer so whatever they are asked.
//!
//! The grammar, in any case and with or without brackets, after the last `Action:` of the answer or on
//! the last line that has nothing else: `Click [5]`, `Type [3]; text`, `Scroll [WINDOW]; down`, `Wait`,
//! `GoBack`, `ANSWER; YES`. Enter is pressed after a text when `; ENTER` follows it.

use pageloom_schema::Direction;
use pageloom_schema::json_answer::{self, Object};

use super::marks::short;
use super::{Move, Verdict};

/// The most characters of a reason that are kept.
const MAX_REASON: usize = 600;
/// The largest number of an element.
const MAX_NUMBER: f64 = 1_000_000.0;

/// An answer of a tester from which no move can be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the tester's answer cannot be read: {lacks}; it says `{answer}`")]
pub struct UnreadableMove {
    /// What is missing or wrong.
    pub lacks: String,
    /// The beginning of the answer on one line.
    pub answer: String,
}

/// The move that an answer to [`super::question()`] makes.
///
/// # Errors
/// When it makes none, or one that lacks something it needs.
pub fn read(reply: &str) -> Result<Move, UnreadableMove> {
    json_answer::read(reply, from_object).or_else(|lacks| {
        from_grammar(reply).ok_or_else(|| UnreadableMove { lacks, answer: short(reply) })
    })
}

fn from_object(object: &Object) -> Result<Move, String> {
    let word = |key: &str| -> Option<String> {
        Some(object.get(key)?.as_str()?.trim().to_lowercase().replace(['-', ' '], "_"))
    };
    let element = || match object.get("element") {
        None | Some(serde_json::Value::Null) => Ok(None),
        Some(_) => {
            let number = json_answer::number(object, "element", [0.0, MAX_NUMBER])?;
            // Half an element is none.
            if number.fract() == 0.0 {
                Ok(Some(number as u32))
            } else {
                Err("`element` is no whole number".to_owned())
            }
        }
    };
    let needed = || element()?.ok_or_else(|| "`element` is missing".to_owned());
    let text = |key: &str| object.get(key).and_then(|value| value.as_str()).map(str::to_owned);
    let made = word("move").ok_or_else(|| "`move` is missing".to_owned())?;
    match made.as_str() {
        "click" => Ok(Move::Click { element: needed()? }),
        "type" => Ok(Move::Type {
            element: needed()?,
            text: text("text").ok_or_else(|| "`text` is missing".to_owned())?,
            press_enter: object.get("press_enter").is_some_and(|value| value == true),
        }),
        "scroll" => Ok(Move::Scroll {
            element: element()?,
            direction: match word("direction").as_deref() {
                Some("up") => Direction::Up,
                Some("down") | None => Direction::Down,
                Some(_) => return Err("`direction` is neither up nor down".to_owned()),
            },
        }),
        "wait" => Ok(Move::Wait),
        "go_back" | "goback" => Ok(Move::GoBack),
        "answer" => {
            let verdict = word("verdict").ok_or_else(|| "`verdict` is missing".to_owned())?;
            let verdict = verdict_of(&verdict)
                .ok_or_else(|| "`verdict` is none of YES, PARTIAL and NO".to_owned())?;
            let why = text("thought").or_else(|| text("why")).unwrap_or_default();
            Ok(Move::Answer { verdict, why: reason(&why) })
        }
        _ => Err("`move` is none of the moves".to_owned()),
    }
}

fn verdict_of(word: &str) -> Option<Verdict> {
    match word.to_lowercase().as_str() {
        "yes" => Some(Verdict::Yes),
        "partial" | "partially" => Some(Verdict::Partial),
        "no" => Some(Verdict::No),
        _ => None,
    }
}

fn reason(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(MAX_REASON).collect()
}

/// A move in the published grammar.
fn from_grammar(reply: &str) -> Option<Move> {
    let spoken = after_thoughts(reply);
    let lower = spoken.to_ascii_lowercase();
    if let Some(at) = lower.rfind("action:") {
        let rest = &spoken[at + "action:".len()..];
        return one_action(rest.trim_start().lines().next()?);
    }
    spoken.lines().rev().find_map(one_action)
}

/// What follows the model's reasoning, where it is marked as such.
fn after_thoughts(reply: &str) -> &str {
    match reply.rfind("</think>") {
        Some(at) => &reply[at + "</think>".len()..],
        // Reasoning that never ends is no answer.
        None => reply.split("<think>").next().unwrap_or_default(),
    }
}

fn one_action(line: &str) -> Option<Move> {
    let line = line.trim().trim_matches(['*', '`']).trim();
    let end = line.find(|c: char| !c.is_alphabetic() && c != '_').unwrap_or(line.len());
    let (word, rest) = line.split_at(end);
    let rest = rest.trim();
    let alone = rest.trim_matches(['.', ';', '[', ']']).is_empty();
    match word.to_ascii_lowercase().as_str() {
        "click" => {
            let (element, rest) = numbered(rest)?;
            rest.trim_matches(['.', ';', ' ']).is_empty().then_some(Move::Click { element })
        }
        "type" => {
            let (element, rest) = numbered(rest)?;
            let text = rest.trim_start().strip_prefix(';')?.trim();
            let (text, press_enter) = match text.rsplit_once(';') {
                Some((text, enter)) if is_enter(enter) => (text.trim(), true),
                _ => (text, false),
            };
            Some(Move::Type { element, text: unbracketed(text).to_owned(), press_enter })
        }
        "scroll" => {
            let (element, rest) = match numbered(rest) {
                Some((element, rest)) => (Some(element), rest),
                None => {
                    let (place, rest) = rest.split_once(';')?;
                    let window = unbracketed(place.trim()).eq_ignore_ascii_case("window");
                    (None, window.then_some(rest)?)
                }
            };
            let way = rest.trim().trim_start_matches(';').trim().trim_end_matches('.');
            let direction = match unbracketed(way).to_ascii_lowercase().as_str() {
                "up" => Direction::Up,
                "down" => Direction::Down,
                _ => return None,
            };
            Some(Move::Scroll { element, direction })
        }
        "wait" => alone.then_some(Move::Wait),
        "goback" | "go_back" => alone.then_some(Move::GoBack),
        "answer" => {
            let said = rest.strip_prefix([';', ':'])?.trim().trim_start_matches('[');
            let end = said.find(|c: char| !c.is_alphabetic()).unwrap_or(said.len());
            let (word, why) = said.split_at(end);
            let why = why.trim_matches(|c: char| !c.is_alphanumeric() && !"\"'.)".contains(c));
            Some(Move::Answer { verdict: verdict_of(word)?, why: reason(why) })
        }
        _ => None,
    }
}

fn is_enter(text: &str) -> bool {
    unbracketed(text.trim()).eq_ignore_ascii_case("enter")
}

/// The number at the start, with or without brackets, and what follows it.
fn numbered(text: &str) -> Option<(u32, &str)> {
    let inner = text.strip_prefix('[').unwrap_or(text).trim_start();
    let end = inner.find(|c: char| !c.is_ascii_digit()).unwrap_or(inner.len());
    let number = inner[..end].parse().ok()?;
    let rest = inner[end..].trim_start();
    Some((number, rest.strip_prefix(']').unwrap_or(rest)))
}

fn unbracketed(text: &str) -> &str {
    text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scroll(element: Option<u32>, direction: Direction) -> Move {
        Move::Scroll { element, direction }
    }

    fn typed(element: u32, text: &str, press_enter: bool) -> Move {
        Move::Type { element, text: text.into(), press_enter }
    }

    fn answer(verdict: Verdict, why: &str) -> Move {
        Move::Answer { verdict, why: why.into() }
    }

    #[test]
    fn json_is_read_with_what_a_move_needs() {
        for (reply, made) in [
            (
                r#"{"thought": "it is there", "move": "click", "element": 5, "text": null}"#,
                Move::Click { element: 5 },
            ),
            (
                r#"```json
{"move": "Type", "element": "3", "text": "Milk", "press_enter": true,}
```"#,
                typed(3, "Milk", true),
            ),
            (r#"{"move": "type", "element": 0, "text": ""}"#, typed(0, "", false)),
            (
                r#"{"move": "scroll", "element": null, "direction": "up"}"#,
                scroll(None, Direction::Up),
            ),
            (r#"{"move": "scroll", "element": 4}"#, scroll(Some(4), Direction::Down)),
            (r#"{"move": "wait"}"#, Move::Wait),
            (r#"{"move": "go back"}"#, Move::GoBack),
            (
                r#"{"thought": "the  list\nhas it", "move": "answer", "verdict": "yes"}"#,
                answer(Verdict::Yes, "the list has it"),
            ),
            (
                r#"<think>{"move": "wait"}</think>{"move": "answer", "verdict": "PARTIAL"}"#,
                answer(Verdict::Partial, ""),
            ),
        ] {
            assert_eq!(read(reply), Ok(made), "{reply}");
        }
    }

    #[test]
    fn the_published_grammar_is_read() {
        for (reply, made) in [
            ("Thought: I press it.\nAction: Click [5]", Move::Click { element: 5 }),
            ("Action: click 12.", Move::Click { element: 12 }),
            ("Type [3]; text", typed(3, "text", false)),
            ("Action: Type [3]; [a; b]; ENTER", typed(3, "a; b", true)),
            ("Action: Type [3]; what is [this]", typed(3, "what is [this]", false)),
            ("**Action: Scroll [WINDOW]; [down]**", scroll(None, Direction::Down)),
            ("Scroll [7]; up", scroll(Some(7), Direction::Up)),
            ("Action: Wait", Move::Wait),
            ("Action: GoBack", Move::GoBack),
            ("ANSWER; YES", answer(Verdict::Yes, "")),
            ("Action: ANSWER; [NO] - nothing happens", answer(Verdict::No, "nothing happens")),
            ("Answer: Partial", answer(Verdict::Partial, "")),
            ("Action: Click [1]\nObservation: no\nAction: Click [2]", Move::Click { element: 2 }),
            ("<think>Action: Click [1]</think>\nAction: Wait", Move::Wait),
        ] {
            assert_eq!(read(reply), Ok(made), "{reply}");
        }
    }

    #[test]
    fn what_makes_no_move_is_not_guessed() {
        for reply in [
            "",
            "I would click the button.",
            "Action: Click the button",
            "Click [1] and then [2]",
            "Action: Type [3]",
            "Action: Scroll [WINDOW]; left",
            "Action: Scroll down",
            "ANSWER; MAYBE",
            "answer",
            "Wait for the page, then go on",
            "<think>Action: Wait",
            r#"{"move": "click"}"#,
            r#"{"move": "click", "element": 1.5}"#,
            r#"{"move": "click", "element": -1}"#,
            r#"{"move": "type", "element": 1}"#,
            r#"{"move": "fly"}"#,
            r#"{"move": "scroll", "direction": "left"}"#,
            r#"{"move": "answer", "verdict": "perhaps"}"#,
        ] {
            let error = read(reply).expect_err(reply);
            assert!(!error.lacks.is_empty() && error.answer.chars().count() <= 81, "{error}");
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic() {
        let seed =
            "Action: Type [3]; [é; ENTER] {\"move\": \"click\", \"element\": 5} ANSWER; [YES]";
        let chars: Vec<char> = seed.chars().collect();
        for from in 0..chars.len() {
            for to in from..chars.len() {
                let _ = read(&chars[from..to].iter().collect::<String>());
            }
        }
    }
}
