//! A tester that follows a script: for demonstrations, and for runs that have to come out the same.
//!
//! ```toml
//! [[moves]]
//! do = "type"
//! target = { role = "textbox", name = "New item" }
//! text = "Milk"
//! press_enter = true
//!
//! [[moves]]
//! do = "click"
//! description = "the checkbox of Milk"
//!
//! [answer]
//! checks = [{ kind = "text_visible", text = "Milk" }]
//! ```

use pageloom_schema::{Check, Direction, PageState, Target};
use serde::{Deserialize, Serialize};

use super::{MAX_STEPS, Move, Verdict};
use crate::check::{Found, Pictures, Undecided, evaluate};

/// What a scripted tester does, and what its verdict depends on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// The moves, in order; at most one fewer than a test may have.
    #[serde(default)]
    pub moves: Vec<ScriptMove>,
    /// The verdict after them.
    pub answer: ScriptAnswer,
}

/// One move of a script.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum ScriptMove {
    /// Presses an element.
    Click {
        /// Which, for a machine.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        target: Option<Target>,
        /// Which, in words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
    },
    /// Puts a text into a field.
    Type {
        /// Which, for a machine.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        target: Option<Target>,
        /// Which, in words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
        /// The text.
        text: String,
        /// Whether Enter is pressed after it.
        #[serde(default)]
        press_enter: bool,
    },
    /// Scrolls the window.
    Scroll {
        /// `up` or `down`.
        direction: Direction,
    },
    /// Waits for the page.
    Wait,
    /// Goes back to the page before.
    GoBack,
}

/// What the verdict of a script depends on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScriptAnswer {
    /// YES when all of them hold, PARTIAL when some do, NO when none does.
    pub checks: Vec<Check>,
}

/// A script that cannot be read, or that cannot go on for a reason that is not the page's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    /// It is no script.
    #[error("the script cannot be read: {0}")]
    Unreadable(String),
    /// It has more moves than a test may have, or no check.
    #[error("the script cannot be followed: {0}")]
    Unfit(String),
    /// One of its checks cannot be decided.
    #[error(transparent)]
    Undecided(#[from] Undecided),
}

/// What a scripted tester has before it.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// The page at the beginning of the test.
    pub before: &'a PageState,
    /// The page now.
    pub now: &'a PageState,
    /// Which elements a target means.
    pub found: &'a Found<'a>,
    /// Which element a description means, by its place in the page's list; `None` for none, or for
    /// several alike.
    pub described: &'a dyn Fn(&PageState, &str) -> Option<usize>,
    /// Pictures at the beginning and now, for checks that need them.
    pub pictures: Pictures<'a>,
}

impl Script {
    /// A script from TOML.
    ///
    /// # Errors
    /// When it is none, or none that can be followed.
    pub fn from_toml(text: &str) -> Result<Self, ScriptError> {
        let script: Self =
            toml::from_str(text).map_err(|error| ScriptError::Unreadable(error.to_string()))?;
        script.checked()
    }

    /// A script from JSON.
    ///
    /// # Errors
    /// When it is none, or none that can be followed.
    pub fn from_json(text: &str) -> Result<Self, ScriptError> {
        let script: Self = serde_json::from_str(text)
            .map_err(|error| ScriptError::Unreadable(error.to_string()))?;
        script.checked()
    }

    /// The script, where it can be followed.
    ///
    /// # Errors
    /// When it has more moves than a test may have, no check, or a move without one element.
    pub fn checked(self) -> Result<Self, ScriptError> {
        let moves = self.moves.len();
        let unfit = |why: String| Err(ScriptError::Unfit(why));
        if moves >= MAX_STEPS as usize {
            return unfit(format!("{moves} moves, and a test has {} and a verdict", MAX_STEPS - 1));
        }
        if self.answer.checks.is_empty() {
            return unfit("its answer has no check".to_owned());
        }
        for (at, step) in self.moves.iter().enumerate() {
            let (ScriptMove::Click { target, description }
            | ScriptMove::Type { target, description, .. }) = step
            else {
                continue;
            };
            if target.is_some() == description.is_some() {
                return unfit(format!("move {} takes a target or a description", at + 1));
            }
        }
        Ok(self)
    }

    /// The move after `made` moves. An element that is not there ends the test with NO.
    ///
    /// # Errors
    /// When a check of the answer cannot be decided.
    pub fn next(&self, made: usize, scene: &Scene<'_>) -> Result<Move, ScriptError> {
        let Some(step) = self.moves.get(made) else { return self.verdict(scene) };
        let element = |target: &Option<Target>, description: &Option<String>| {
            let place = match (target, description) {
                (Some(target), _) => (scene.found)(scene.now, target).first().copied(),
                (None, Some(words)) => (scene.described)(scene.now, words),
                (None, None) => None,
            };
            place.and_then(|at| scene.now.elements.get(at)).map(|element| element.index)
        };
        let gone = Move::Answer {
            verdict: Verdict::No,
            why: format!("there is nothing on the page for move {} of the script", made + 1),
        };
        Ok(match step {
            ScriptMove::Click { target, description } => {
                element(target, description).map_or(gone, |element| Move::Click { element })
            }
            ScriptMove::Type { target, description, text, press_enter } => {
                element(target, description).map_or(gone, |element| Move::Type {
                    element,
                    text: text.clone(),
                    press_enter: *press_enter,
                })
            }
            ScriptMove::Scroll { direction } => {
                Move::Scroll { element: None, direction: *direction }
            }
            ScriptMove::Wait => Move::Wait,
            ScriptMove::GoBack => Move::GoBack,
        })
    }

    fn verdict(&self, scene: &Scene<'_>) -> Result<Move, ScriptError> {
        let mut told = Vec::new();
        let mut hold = 0;
        for check in &self.answer.checks {
            let outcome = evaluate(check, scene.before, scene.now, scene.found, scene.pictures)?;
            hold += usize::from(outcome.holds);
            told.push(outcome.explanation);
        }
        let all = self.answer.checks.len();
        let verdict = match hold {
            0 => Verdict::No,
            hold if hold == all => Verdict::Yes,
            _ => Verdict::Partial,
        };
        let why = format!("{hold} of {all} checks hold: {}", told.join("; "));
        Ok(Move::Answer { verdict, why })
    }
}

#[cfg(test)]
mod tests {
    use pageloom_schema::{PageElement, Rect};

    use super::*;

    const SCRIPT: &str = r#"
        [[moves]]
        do = "type"
        target = { role = "textbox" }
        text = "Milk"
        press_enter = true

        [[moves]]
        do = "click"
        description = "the last button"

        [[moves]]
        do = "scroll"
        direction = "down"

        [answer]
        checks = [
            { kind = "text_visible", text = "Milk" },
            { kind = "visible", target = { role = "button" } },
        ]
    "#;

    fn page(roles: &[&str], text: &str) -> PageState {
        let element = |(at, role): (usize, &&str)| PageElement {
            index: 10 + at as u32,
            role: (*role).into(),
            visible: true,
            rect: Rect::new(0.0, 0.0, 9.0, 9.0),
            ..PageElement::default()
        };
        let elements = roles.iter().enumerate().map(element).collect();
        PageState { elements, text: text.into(), ..PageState::default() }
    }

    fn found(state: &PageState, target: &Target) -> Vec<usize> {
        let fits = |at: &usize| target.role.as_deref() == Some(state.elements[*at].role.as_str());
        (0..state.elements.len()).filter(fits).collect()
    }

    fn next(made: usize, now: &PageState) -> Move {
        let last = |state: &PageState, _: &str| {
            state.elements.iter().rposition(|element| element.role == "button")
        };
        let scene = Scene {
            before: now,
            now,
            found: &found,
            described: &last,
            pictures: Pictures::default(),
        };
        Script::from_toml(SCRIPT).unwrap().next(made, &scene).unwrap()
    }

    #[test]
    fn moves_are_made_in_order_and_checks_make_the_verdict() {
        let now = page(&["textbox", "button", "button"], "Milk");
        let typed = Move::Type { element: 10, text: "Milk".into(), press_enter: true };
        assert_eq!(next(0, &now), typed);
        assert_eq!(next(1, &now), Move::Click { element: 12 });
        let down = Move::Scroll { element: None, direction: Direction::Down };
        assert_eq!(next(2, &now), down);
        for (page, wanted) in [
            (now, Verdict::Yes),
            (page(&["button"], "Bread"), Verdict::Partial),
            (page(&[], "Bread"), Verdict::No),
        ] {
            let Move::Answer { verdict, why } = next(3, &page) else { panic!("it is the end") };
            assert_eq!(verdict, wanted, "{why}");
        }
    }

    #[test]
    fn an_element_that_is_not_there_ends_the_test() {
        let Move::Answer { verdict, why } = next(0, &page(&[], "")) else { panic!("it ends") };
        assert_eq!(verdict, Verdict::No);
        assert!(why.contains("move 1"), "{why}");
    }

    #[test]
    fn a_script_is_the_same_in_json() {
        let script = Script::from_toml(SCRIPT).unwrap();
        let json = serde_json::to_string(&script).unwrap();
        assert_eq!(Script::from_json(&json), Ok(script));
    }

    #[test]
    fn a_script_that_cannot_be_followed_is_refused() {
        let check = "checks = [{ kind = \"no_console_error\" }]";
        let many = format!("{}[answer]\n{check}", "[[moves]]\ndo = \"wait\"\n".repeat(15));
        for (text, lacks) in [
            ("moves = 1".to_owned(), "cannot be read"),
            ("[answer]\nchecks = []".to_owned(), "no check"),
            (format!("[[moves]]\ndo = \"click\"\n[answer]\n{check}"), "target or a description"),
            (format!("[[moves]]\ndo = \"fly\"\n[answer]\n{check}"), "cannot be read"),
            (many, "15 moves"),
        ] {
            let error = Script::from_toml(&text).expect_err(&text);
            assert!(error.to_string().contains(lacks), "{error}");
        }
    }
}
