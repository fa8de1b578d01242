//! What a sentence speaks of: a text, an element by its kind and name, a labelled value, the page.

use pageloom_schema::Target;

use super::token::{Cursor, Token};

/// What a sentence speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// A text that is quoted.
    Text(String),
    /// A value that is known by the label beside it, such as `total`.
    Label(String),
    /// An element.
    Element(Element),
    /// So many of something.
    Counted(u32, Countable),
    /// The page.
    Page,
    /// Its address.
    Address,
}

/// An element by its kind, and by its name where it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) noun: Noun,
    pub(super) name: Option<String>,
    pub(super) ordinal: Option<i32>,
}

/// Kinds of elements that sentences name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Noun {
    Button,
    Link,
    Checkbox,
    Switch,
    Radio,
    Tab,
    Option,
    Field,
    Dropdown,
    Dialog,
    Heading,
    Section,
    Table,
    List,
    Footer,
}

impl Noun {
    /// The role of such elements; absent where pages use several.
    pub(super) fn role(self) -> Option<&'static str> {
        Some(match self {
            Self::Button => "button",
            Self::Link => "link",
            Self::Checkbox => "checkbox",
            Self::Switch => "switch",
            Self::Radio => "radio",
            Self::Tab => "tab",
            Self::Option => "option",
            Self::Dropdown => "combobox",
            Self::Dialog => "dialog",
            Self::Heading => "heading",
            Self::Table => "table",
            Self::List => "list",
            Self::Footer => "contentinfo",
            // A field may be a textbox, a searchbox or a spinbutton; what opens a section a button
            // or a summary.
            Self::Field | Self::Section => return None,
        })
    }

    /// Whether other things stand in it.
    pub(super) fn holds_things(self) -> bool {
        matches!(self, Self::Dialog | Self::Table | Self::List | Self::Footer)
    }
}

/// Longer phrases come before those they begin with.
const NOUNS: [(&str, Noun); 38] = [
    ("radio button", Noun::Radio),
    ("radio option", Noun::Radio),
    ("radio", Noun::Radio),
    ("button", Noun::Button),
    ("link", Noun::Link),
    ("check box", Noun::Checkbox),
    ("checkbox", Noun::Checkbox),
    ("toggle switch", Noun::Switch),
    ("toggle", Noun::Switch),
    ("switch", Noun::Switch),
    ("tab", Noun::Tab),
    ("option", Noun::Option),
    ("text field", Noun::Field),
    ("text box", Noun::Field),
    ("textbox", Noun::Field),
    ("text area", Noun::Field),
    ("textarea", Noun::Field),
    ("text input", Noun::Field),
    ("input field", Noun::Field),
    ("input box", Noun::Field),
    ("input", Noun::Field),
    ("field", Noun::Field),
    ("dropdown", Noun::Dropdown),
    ("drop-down", Noun::Dropdown),
    ("dialog box", Noun::Dialog),
    ("modal dialog", Noun::Dialog),
    ("dialog", Noun::Dialog),
    ("dialogue", Noun::Dialog),
    ("modal", Noun::Dialog),
    ("pop-up", Noun::Dialog),
    ("popup", Noun::Dialog),
    ("heading", Noun::Heading),
    ("accordion", Noun::Section),
    ("section", Noun::Section),
    ("panel", Noun::Section),
    ("table", Noun::Table),
    ("list", Noun::List),
    ("footer", Noun::Footer),
];

/// Things that are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Countable {
    /// Of a table.
    Row,
    /// Of a list.
    Item,
    /// Anything with a role of its own.
    Role(&'static str),
}

const COUNTABLES: [(&str, &str, Countable); 8] = [
    ("row", "rows", Countable::Row),
    ("list item", "list items", Countable::Item),
    ("item", "items", Countable::Item),
    ("button", "buttons", Countable::Role("button")),
    ("link", "links", Countable::Role("link")),
    ("checkbox", "checkboxes", Countable::Role("checkbox")),
    ("tab", "tabs", Countable::Role("tab")),
    ("heading", "headings", Countable::Role("heading")),
];

/// Names of controls that are also written small: words that say what a control does or holds, never
/// how it looks or where it is.
const SMALL_NAMES: [&str; 52] = [
    "add to cart",
    "add",
    "address",
    "apply",
    "back",
    "cancel",
    "card number",
    "checkout",
    "city",
    "clear",
    "close",
    "comment",
    "confirm password",
    "confirm",
    "continue",
    "country",
    "coupon",
    "delete",
    "description",
    "download",
    "edit",
    "email address",
    "email",
    "first name",
    "full name",
    "last name",
    "log in",
    "log out",
    "login",
    "logout",
    "menu",
    "message",
    "name",
    "newsletter",
    "next",
    "password",
    "phone number",
    "phone",
    "place order",
    "previous",
    "quantity",
    "register",
    "remember me",
    "reset",
    "save",
    "search",
    "send",
    "settings",
    "sign in",
    "sign up",
    "submit",
    "username",
];

/// Labels beside which a value stands.
const LABELS: [&str; 24] = [
    "grand total",
    "order total",
    "cart total",
    "total price",
    "total",
    "subtotal",
    "counter",
    "count",
    "best score",
    "high score",
    "score",
    "balance",
    "tax",
    "shipping",
    "discount",
    "quantity",
    "level",
    "moves",
    "lives",
    "average",
    "sum",
    "status",
    "result",
    "best",
];

/// What announces a text that follows.
const TEXT_NOUNS: [&str; 18] = [
    "error message",
    "success message",
    "confirmation message",
    "validation message",
    "warning message",
    "toast message",
    "message",
    "text",
    "words",
    "word",
    "phrase",
    "notification",
    "notice",
    "toast",
    "alert",
    "warning",
    "error",
    "banner",
];

/// What may stand between such a word and its text.
const SAYING: [&str; 11] = [
    "saying",
    "reading",
    "stating",
    "that says",
    "that reads",
    "which says",
    "which reads",
    "with the text",
    "with the message",
    "with text",
    "containing the text",
];

/// What stands between a kind of element and its name.
const NAMED: [&str; 11] = [
    "titled",
    "named",
    "called",
    "labelled",
    "labeled",
    "with the title",
    "with the label",
    "with the name",
    "with the text",
    "with the heading",
    "with title",
];

/// Takes an article. Nothing is lost by one: what is spoken of is either there or not.
pub(super) fn take_article(cursor: &mut Cursor<'_>) -> bool {
    cursor.take_any(&["the", "a", "an"]).is_some()
}

/// Takes what a sentence speaks of.
pub(super) fn subject(cursor: &mut Cursor<'_>) -> Option<Subject> {
    let mut ahead = *cursor;
    if let Some(found) = counted(&mut ahead) {
        *cursor = ahead;
        return Some(found);
    }
    let mut ahead = *cursor;
    take_article(&mut ahead);
    let readings = [element, text, address_or_page, label];
    let (found, rest) = readings.iter().find_map(|reading| {
        let mut rest = ahead;
        reading(&mut rest).map(|found| (found, rest))
    })?;
    *cursor = rest;
    Some(found)
}

/// `3 rows`, `exactly one item`.
pub(super) fn counted(cursor: &mut Cursor<'_>) -> Option<Subject> {
    cursor.take_any(&["exactly", "only"]);
    let count = cursor.number()?;
    let (.., what) = COUNTABLES
        .iter()
        .find(|(one, many, _)| if count == 1 { cursor.take(one) } else { cursor.take(many) })?;
    Some(Subject::Counted(count, *what))
}

fn noun(cursor: &mut Cursor<'_>) -> Option<Noun> {
    NOUNS.iter().find(|(phrase, _)| cursor.take(phrase)).map(|(_, noun)| *noun)
}

/// An element: `Save button`, `"Save" button`, `dialog titled "Log in"`, `button "Save"`, `first
/// checkbox`, `table`.
fn element(cursor: &mut Cursor<'_>) -> Option<Subject> {
    let ordinal = match cursor.take_any(&["first", "second", "third", "last"]) {
        Some("first") => Some(1),
        Some("second") => Some(2),
        Some("third") => Some(3),
        Some(_) => Some(-1),
        None => None,
    };
    let mut name = cursor.quoted();
    let mut after = *cursor;
    let mut kind = noun(&mut after);
    if kind.is_none() && name.is_none() {
        let mut named = *cursor;
        (name, kind) = named_kind(&mut named)?;
        after = named;
    }
    let noun = kind?;
    *cursor = after;
    if name.is_none() {
        let mut ahead = *cursor;
        let announced = ahead.take_any(&NAMED).is_some();
        let follows = ahead.quoted().or_else(|| announced.then(|| ahead.names()).flatten());
        if announced && follows.is_none() {
            return None;
        }
        if follows.is_some() {
            *cursor = ahead;
        }
        name = follows;
    }
    Some(Subject::Element(Element { noun, name, ordinal }))
}

/// A name before its kind: `Terms and Conditions` is none, `Place Order button` and `email field` are.
fn named_kind(cursor: &mut Cursor<'_>) -> Option<(Option<String>, Option<Noun>)> {
    let mut small = *cursor;
    if let Some(name) = SMALL_NAMES.iter().find(|phrase| small.take(phrase)) {
        let written = small.written_since(cursor);
        let boxed = |small: &mut Cursor<'_>| {
            (*name == "search" && small.take("box")).then_some(Noun::Field)
        };
        if let Some(kind) = noun(&mut small).or_else(|| boxed(&mut small)) {
            *cursor = small;
            return Some((Some(written), Some(kind)));
        }
    }
    let mut words = Vec::new();
    while let Some(Token::Word(word)) = cursor.peek() {
        // The kind itself may be written large: `Save Button`.
        let mut ahead = *cursor;
        if !words.is_empty()
            && let Some(kind) = noun(&mut ahead)
        {
            *cursor = ahead;
            return Some((Some(words.join(" ")), Some(kind)));
        }
        if !word.is_name {
            return None;
        }
        words.push(word.written.clone());
        cursor.next();
    }
    None
}

/// A text: `"Saved"`, `text "Saved"`, `error message saying "Wrong"`, `text Thank You`.
fn text(cursor: &mut Cursor<'_>) -> Option<Subject> {
    if let Some(text) = cursor.quoted() {
        cursor.take_any(&["text", "message", "label"]);
        return Some(Subject::Text(text));
    }
    let announced = cursor.take_any(&TEXT_NOUNS)?;
    cursor.take_any(&SAYING);
    let plain = matches!(announced, "text" | "message" | "word" | "words" | "phrase");
    let value = cursor.quoted().or_else(|| if plain { bare_value(cursor) } else { None })?;
    Some(Subject::Text(value))
}

/// A value that stands without quotes: a number, an amount, or words that are written as a name.
pub(super) fn bare_value(cursor: &mut Cursor<'_>) -> Option<String> {
    if let Some(Token::Literal(text)) = cursor.peek() {
        cursor.next();
        return Some(text.clone());
    }
    cursor.names()
}

fn address_or_page(cursor: &mut Cursor<'_>) -> Option<Subject> {
    if cursor.take_any(&["page url", "url", "page address", "address of the page"]).is_some() {
        return Some(Subject::Address);
    }
    cursor.take_any(&["page", "screen"]).map(|_| Subject::Page)
}

fn label(cursor: &mut Cursor<'_>) -> Option<Subject> {
    let label = LABELS.iter().find(|label| cursor.take(label))?;
    cursor.take_any(&["value", "amount", "label"]);
    Some(Subject::Label((*label).to_owned()))
}

impl Element {
    /// What it is on a page.
    pub(super) fn target(&self) -> Target {
        Target {
            role: self.noun.role().map(str::to_owned),
            name: self.name.clone(),
            ordinal: self.ordinal,
            ..Target::default()
        }
    }

    /// One element and no other is meant.
    pub(super) fn is_certain(&self) -> bool {
        self.name.is_some() || self.ordinal.is_some()
    }
}
