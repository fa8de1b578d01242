//! Actions, targets and checks of an interactive task in words. A [`Phrase`] keeps our words and those
//! of a task or page apart, so that each renderer can mark the latter as somebody else's.

use pageloom_schema::{ActionKind, Check, Direction, Target, TaskAction};
use serde::ser::{Serialize, SerializeSeq, Serializer};

/// The most characters of one quoted text.
const MAX_QUOTED: usize = 300;

/// A line of our words with texts of others in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Phrase(Vec<Piece>);

#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Ours(String),
    Quoted(String),
}

impl Phrase {
    pub(crate) fn new(words: impl Into<String>) -> Self {
        Self::default().words(words)
    }

    fn words(mut self, words: impl Into<String>) -> Self {
        self.0.push(Piece::Ours(words.into()));
        self
    }

    fn quoted(mut self, text: &str) -> Self {
        self.0.push(Piece::Quoted(cut(text, MAX_QUOTED)));
        self
    }

    fn then(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }
}

/// The first `most` characters of `text`; what is left out shows as `…`.
pub(crate) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// One line, quoted texts in quotation marks. Not yet safe for any format.
impl std::fmt::Display for Phrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (place, piece) in self.0.iter().enumerate() {
            let gap = if place == 0 { "" } else { " " };
            match piece {
                Piece::Ours(words) => write!(f, "{gap}{words}")?,
                Piece::Quoted(text) => write!(f, "{gap}“{text}”")?,
            }
        }
        Ok(())
    }
}

/// A list: our words are texts, quoted ones lists of one text.
impl Serialize for Phrase {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for piece in &self.0 {
            match piece {
                Piece::Ours(words) => list.serialize_element(words)?,
                Piece::Quoted(text) => list.serialize_element(&[text])?,
            }
        }
        list.end()
    }
}

/// The action in words, such as `Click “Add to cart”`; for no action, the first view.
pub(crate) fn step_phrase(action: Option<&TaskAction>) -> Phrase {
    let Some(action) = action else { return Phrase::new("First view") };
    let given = &action.parameters;
    let verb = verb(action.kind);
    let object = element(given.description.as_deref(), action.target.as_ref());
    let on = |phrase: Phrase, word: &str| match &object {
        Some(object) => phrase.words(word).then(object.clone()),
        None => phrase,
    };
    let plain = |text: Option<&str>, word: &str| match text {
        Some(text) => on(Phrase::new(verb).quoted(text), word),
        None => object.clone().map_or(Phrase::new(verb), |o| Phrase::new(verb).then(o)),
    };
    match action.kind {
        ActionKind::Type => plain(given.text.as_deref(), "into"),
        ActionKind::Press => plain(given.key.as_deref(), "on"),
        ActionKind::Select => plain(given.option.as_deref(), "in"),
        ActionKind::Upload => plain(given.file.as_deref(), "into"),
        ActionKind::Drag => {
            let to = element(given.to.as_deref(), given.to_target.as_ref());
            let phrase = plain(None, "");
            to.map_or(phrase.clone(), |to| phrase.words("onto").then(to))
        }
        ActionKind::Scroll => {
            let direction = match given.direction {
                Some(Direction::Up) => "up",
                Some(Direction::Left) => "left",
                Some(Direction::Right) => "right",
                Some(Direction::Down) | None => "down",
            };
            let far = given.scroll_page.map_or(String::new(), |pages| match pages {
                0.5 => " by half a window".to_owned(),
                1.0 => " by one window".to_owned(),
                pages => format!(" by {pages} windows"),
            });
            on(Phrase::new(format!("{verb} {direction}{far}")), "in")
        }
        ActionKind::Resize => match given.viewport {
            Some(size) => Phrase::new(format!("{verb} to {} × {}", size.width, size.height)),
            None => Phrase::new(verb),
        },
        ActionKind::Wait => match (&given.condition, given.milliseconds) {
            (Some(condition), _) => Phrase::new("Wait until").then(check_phrase(condition)),
            (None, Some(milliseconds)) => Phrase::new(format!("{verb} {milliseconds} ms")),
            (None, None) => plain(None, ""),
        },
        _ => plain(None, ""),
    }
}

fn verb(kind: ActionKind) -> &'static str {
    match kind {
        ActionKind::Click => "Click",
        ActionKind::DoubleClick => "Double-click",
        ActionKind::RightClick => "Right-click",
        ActionKind::Hover => "Hover over",
        ActionKind::Type => "Type",
        ActionKind::Clear => "Clear",
        ActionKind::Press => "Press",
        ActionKind::Scroll => "Scroll",
        ActionKind::Drag => "Drag",
        ActionKind::Select => "Select",
        ActionKind::Upload => "Upload",
        ActionKind::GoBack => "Go back",
        ActionKind::Resize => "Resize the window",
        ActionKind::Wait => "Wait",
    }
}

/// An element by its description or, without one, by its target.
fn element(description: Option<&str>, target: Option<&Target>) -> Option<Phrase> {
    let described = description.filter(|text| !text.trim().is_empty());
    described.map(|text| Phrase::default().quoted(text)).or_else(|| target.map(target_phrase))
}

/// An element by what it means, such as `button “Add” near “Apples”`.
pub(crate) fn target_phrase(target: &Target) -> Phrase {
    let mut phrase = match target.ordinal {
        Some(-1) => Phrase::new("last"),
        Some(place) if place < 0 => Phrase::new(format!("{} from the end:", place.unsigned_abs())),
        Some(place) => Phrase::new(format!("no. {place}:")),
        None => Phrase::default(),
    };
    let role = target.role.as_deref().unwrap_or("element");
    // A role is a word of a small language in every task that is well formed; others are quoted.
    let known = role.len() <= 20 && role.bytes().all(|b| b.is_ascii_lowercase());
    phrase = if known { phrase.words(role) } else { phrase.quoted(role) };
    for (word, text) in [
        ("", &target.name),
        ("with the text", &target.text),
        ("with the placeholder", &target.placeholder),
        ("near", &target.near),
        ("in section", &target.section),
    ] {
        let Some(text) = text else { continue };
        phrase = if word.is_empty() { phrase } else { phrase.words(word) }.quoted(text);
    }
    phrase
}

/// A check in words, such as `text “Saved” is visible in status`.
pub(crate) fn check_phrase(check: &Check) -> Phrase {
    let about = target_phrase;
    let text_in = |text: &str, within: &Option<Target>, words: &str| {
        let phrase = Phrase::new("text").quoted(text).words(words);
        within.as_ref().map_or(phrase.clone(), |target| phrase.words("in").then(about(target)))
    };
    match check {
        Check::TextVisible { text, within } => text_in(text, within, "is visible"),
        Check::TextAbsent { text, within } => text_in(text, within, "is not visible"),
        Check::Count { target, count } => Phrase::new(format!("{count} ×")).then(about(target)),
        Check::Value { target, value } => about(target).words("holds").quoted(value),
        Check::Visible { target } => about(target).words("is visible"),
        Check::Hidden { target } => about(target).words("is hidden"),
        Check::Enabled { target } => about(target).words("is enabled"),
        Check::Disabled { target } => about(target).words("is disabled"),
        Check::State { target, state, is } => {
            about(target).words(if *is { "is" } else { "is not" }).quoted(state)
        }
        Check::Url { contains } => Phrase::new("the address contains").quoted(contains),
        Check::Attribute { target, name, value } => {
            let phrase = about(target).words("has attribute").quoted(name);
            value.as_ref().map_or(phrase.clone(), |value| phrase.words("=").quoted(value))
        }
        Check::Style { target, property, value } => {
            about(target).words("has style").quoted(property).words("=").quoted(value)
        }
        Check::Storage { area, key, contains } => {
            let phrase = Phrase::default().quoted(area).words("storage holds").quoted(key);
            contains.as_ref().map_or(phrase.clone(), |part| phrase.words("with").quoted(part))
        }
        Check::RegionChanged { target, changed } => {
            let place = target.as_ref().map_or_else(|| Phrase::new("the window"), about);
            place.words(if *changed { "looks different" } else { "looks the same" })
        }
        Check::NoConsoleError => Phrase::new("no error in the console"),
    }
}

#[cfg(test)]
mod tests {
    use super::{check_phrase, cut, step_phrase};
    use pageloom_schema::{Check, TaskAction};

    fn action(json: &str) -> String {
        let action: TaskAction = serde_json::from_str(json).unwrap_or_else(|e| panic!("{e}"));
        step_phrase(Some(&action)).to_string()
    }

    fn check(json: &str) -> String {
        let check: Check = serde_json::from_str(json).unwrap_or_else(|e| panic!("{e}"));
        check_phrase(&check).to_string()
    }

    #[test]
    fn actions_read_as_sentences() {
        assert_eq!(step_phrase(None).to_string(), "First view");
        for (json, words) in [
            (r#"{"type":"Click","parameters":{"description":"the cart"}}"#, "Click “the cart”"),
            (
                r#"{"type":"Type","parameters":{"text":"tea","description":"Search"}}"#,
                "Type “tea” into “Search”",
            ),
            (r#"{"type":"Press","parameters":{"key":"Enter"}}"#, "Press “Enter”"),
            (
                r#"{"type":"Scroll","parameters":{"direction":"up","scroll_page":1}}"#,
                "Scroll up by one window",
            ),
            (r#"{"type":"Drag","parameters":{"description":"a","to":"b"}}"#, "Drag “a” onto “b”"),
            (
                r#"{"type":"Click","target":{"role":"button","name":"Add","near":"Tea"}}"#,
                "Click button “Add” near “Tea”",
            ),
            (r#"{"type":"GoBack"}"#, "Go back"),
            (
                r#"{"type":"Wait","parameters":{"condition":{"kind":"url","contains":"/x"}}}"#,
                "Wait until the address contains “/x”",
            ),
            (
                r#"{"type":"Resize","parameters":{"viewport":{"width":390,"height":844}}}"#,
                "Resize the window to 390 × 844",
            ),
        ] {
            assert_eq!(action(json), words);
        }
    }

    #[test]
    fn checks_read_as_statements() {
        assert_eq!(
            check(r#"{"kind":"text_visible","text":"Saved","within":{"role":"status"}}"#),
            "text “Saved” is visible in status"
        );
        assert_eq!(
            check(r#"{"kind":"count","target":{"role":"listitem","ordinal":-1},"count":2}"#),
            "2 × last listitem"
        );
        assert_eq!(check(r#"{"kind":"region_changed"}"#), "the window looks different");
    }

    #[test]
    fn words_of_others_are_cut_and_told_apart() {
        assert_eq!(cut("éé", 1), "é…");
        let hostile =
            format!(r#"{{"type":"Click","target":{{"role":"__proto__ {}"}}}}"#, "x".repeat(900));
        assert!(action(&hostile).chars().count() < 330);
        let phrase: TaskAction =
            serde_json::from_str(r#"{"type":"Click","parameters":{"description":"</p>"}}"#)
                .unwrap_or_else(|e| panic!("{e}"));
        let json = serde_json::to_string(&step_phrase(Some(&phrase))).unwrap_or_default();
        assert_eq!(json, r#"["Click",["</p>"]]"#);
    }
}
