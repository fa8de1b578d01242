//! Words for kinds of things on a page (`button`, `tab`, `card`), and how well an element is of a kind.

use super::page::Page;

/// A kind of thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Button,
    Link,
    Field,
    Checkbox,
    Radio,
    Switch,
    Choice,
    Tab,
    Menu,
    MenuItem,
    Icon,
    Image,
    /// One of several alike: a card, a row of a list, a message, a product.
    Item,
    Row,
    Column,
    Cell,
    Heading,
    Dialog,
    Form,
    Slider,
    /// A small mark that is pressed: a dot of a carousel, a swatch of colour.
    Dot,
    Text,
    Label,
    /// A part of the page, named by what it is.
    Part,
}

impl Kind {
    /// There are several of it side by side, so that an ordinal counts them.
    pub(super) fn is_item(self) -> bool {
        matches!(self, Self::Item | Self::Row | Self::Column | Self::Cell)
    }
}

/// Words of one kind each; those of two words are read first.
const WORDS: &[(&str, Kind)] = &[
    ("button", Kind::Button),
    ("btn", Kind::Button),
    ("key", Kind::Button),
    ("cta", Kind::Button),
    ("link", Kind::Link),
    ("hyperlink", Kind::Link),
    ("anchor", Kind::Link),
    ("field", Kind::Field),
    ("input", Kind::Field),
    ("textbox", Kind::Field),
    ("box", Kind::Field),
    ("textarea", Kind::Field),
    ("text box", Kind::Field),
    ("text field", Kind::Field),
    ("text area", Kind::Field),
    ("search bar", Kind::Field),
    ("input field", Kind::Field),
    ("input box", Kind::Field),
    ("search box", Kind::Field),
    ("search field", Kind::Field),
    ("search input", Kind::Field),
    ("checkbox", Kind::Checkbox),
    ("check box", Kind::Checkbox),
    ("tick box", Kind::Checkbox),
    ("tickbox", Kind::Checkbox),
    ("radio", Kind::Radio),
    ("radio button", Kind::Radio),
    ("radio option", Kind::Radio),
    ("toggle", Kind::Switch),
    ("switch", Kind::Switch),
    ("toggle switch", Kind::Switch),
    ("toggle button", Kind::Switch),
    ("dropdown", Kind::Choice),
    ("select", Kind::Choice),
    ("combobox", Kind::Choice),
    ("selector", Kind::Choice),
    ("picker", Kind::Choice),
    ("listbox", Kind::Choice),
    ("dropdown menu", Kind::Choice),
    ("drop down", Kind::Choice),
    ("select box", Kind::Choice),
    ("dropdown list", Kind::Choice),
    ("tab", Kind::Tab),
    ("menu", Kind::Menu),
    ("menu button", Kind::Menu),
    ("menu icon", Kind::Menu),
    ("menu item", Kind::MenuItem),
    ("menu entry", Kind::MenuItem),
    ("menu option", Kind::MenuItem),
    ("nav item", Kind::MenuItem),
    ("nav link", Kind::Link),
    ("navigation link", Kind::Link),
    ("folder", Kind::MenuItem),
    ("icon", Kind::Icon),
    ("arrow", Kind::Icon),
    ("symbol", Kind::Icon),
    ("sign", Kind::Icon),
    ("chevron", Kind::Icon),
    ("image", Kind::Image),
    ("picture", Kind::Image),
    ("photo", Kind::Image),
    ("thumbnail", Kind::Image),
    ("avatar", Kind::Image),
    ("illustration", Kind::Image),
    ("card", Kind::Item),
    ("item", Kind::Item),
    ("entry", Kind::Item),
    ("product", Kind::Item),
    ("tile", Kind::Item),
    ("todo", Kind::Item),
    ("to-do", Kind::Item),
    ("task", Kind::Item),
    ("message", Kind::Item),
    ("email", Kind::Item),
    ("mail", Kind::Item),
    ("song", Kind::Item),
    ("track", Kind::Item),
    ("comment", Kind::Item),
    ("post", Kind::Item),
    ("result", Kind::Item),
    ("event", Kind::Item),
    ("appointment", Kind::Item),
    ("question", Kind::Item),
    ("plan", Kind::Item),
    ("option", Kind::Item),
    ("note", Kind::Item),
    ("invoice", Kind::Item),
    ("file", Kind::Item),
    ("block", Kind::Item),
    ("user", Kind::Item),
    ("member", Kind::Item),
    ("notification", Kind::Item),
    ("todo item", Kind::Item),
    ("list item", Kind::Item),
    ("task item", Kind::Item),
    ("line", Kind::Item),
    ("panel", Kind::Item),
    ("faq", Kind::Item),
    ("article", Kind::Item),
    ("recipe", Kind::Item),
    ("slide", Kind::Item),
    ("order", Kind::Item),
    ("contact", Kind::Item),
    ("review", Kind::Item),
    ("conversation", Kind::Item),
    ("row", Kind::Row),
    ("column", Kind::Column),
    ("list", Kind::Part),
    ("cell", Kind::Cell),
    ("square", Kind::Cell),
    ("day", Kind::Cell),
    ("date", Kind::Cell),
    ("heading", Kind::Heading),
    ("title", Kind::Heading),
    ("headline", Kind::Heading),
    ("column header", Kind::Heading),
    ("dialog", Kind::Dialog),
    ("modal", Kind::Dialog),
    ("popup", Kind::Dialog),
    ("dialogue", Kind::Dialog),
    ("modal window", Kind::Dialog),
    ("form", Kind::Form),
    ("slider", Kind::Slider),
    ("range", Kind::Slider),
    ("handle", Kind::Slider),
    ("dot", Kind::Dot),
    ("indicator", Kind::Dot),
    ("swatch", Kind::Dot),
    ("bullet", Kind::Dot),
    ("text", Kind::Text),
    ("paragraph", Kind::Text),
    ("label", Kind::Label),
];

/// The kind that a word, or two with a space between, means; plurals too.
pub(super) fn of_word(word: &str) -> Option<Kind> {
    let find = |word: &str| WORDS.iter().find(|(known, _)| *known == word).map(|(_, kind)| *kind);
    find(word)
        .or_else(|| word.strip_suffix('s').and_then(find))
        .or_else(|| word.strip_suffix("es").and_then(find))
}

/// How well an element is of a kind, 0..=1. `word` is the word that was said.
pub(super) fn fit(page: &Page<'_>, at: usize, kind: Kind, word: &str) -> f64 {
    let element = page.element(at);
    let role = element.role.as_str();
    let tag = element.tag.as_str();
    let actionable = element.actionable || page.proxy_of(at).is_some();
    let classed = |words: &[&str]| page.has_attribute_word(at, words);
    let proxy = page.proxy_of(at).map_or("", |hidden| page.element(hidden).role.as_str());
    let small = element.rect.width <= 52.0 && element.rect.height <= 52.0;
    let field = element.editable || matches!(role, "textbox" | "searchbox" | "spinbutton");
    match kind {
        Kind::Button => match role {
            "button" => 1.0,
            _ if field => 0.1,
            "link" | "tab" | "menuitem" | "option" | "summary" => 0.8,
            "checkbox" | "radio" | "switch" | "combobox" | "slider" => 0.55,
            _ if tag == "summary" => 0.8,
            _ if actionable => 0.9,
            "gridcell" | "cell" => 0.4,
            _ => 0.3,
        },
        Kind::Link => match role {
            "link" => 1.0,
            _ if field => 0.05,
            "tab" | "menuitem" => 0.7,
            "button" => 0.65,
            _ if actionable => 0.75,
            _ => 0.2,
        },
        Kind::Field => match role {
            _ if field => 1.0,
            "combobox" => 0.6,
            "slider" => 0.35,
            // A box is what looks like one, too.
            "checkbox" if word == "box" => 0.95,
            _ if word == "box" && matches!(role, "cell" | "gridcell") => 0.75,
            _ if word == "box" && actionable => 0.5,
            _ if tag == "label" => 0.3,
            _ => 0.05,
        },
        Kind::Checkbox | Kind::Radio => {
            let (own, other) =
                if kind == Kind::Checkbox { ("checkbox", "radio") } else { ("radio", "checkbox") };
            match role {
                _ if role == own || proxy == own => 1.0,
                "menuitemcheckbox" if kind == Kind::Checkbox => 1.0,
                "menuitemradio" | "option" if kind == Kind::Radio => 0.8,
                "switch" => 0.7,
                _ if role == other || proxy == other => 0.3,
                _ if tag == "label" && page.holds_role(at, own) => 0.8,
                _ if actionable
                    && !field
                    && classed(&["check", "checkbox", "radio", "toggle", "tick"]) =>
                {
                    0.75
                }
                _ if actionable && !field => 0.25,
                _ => 0.05,
            }
        }
        Kind::Switch => match role {
            "switch" => 1.0,
            _ if proxy == "switch" || proxy == "checkbox" => 0.95,
            "checkbox" => 0.9,
            "button" if element.states.contains_key("pressed") => 0.85,
            _ if actionable && !field && classed(&["toggle", "switch", "slider"]) => 0.9,
            "button" => 0.55,
            _ if actionable && !field => 0.4,
            _ => 0.05,
        },
        Kind::Choice => match role {
            _ if tag == "select" => 1.0,
            "combobox" | "listbox" => 1.0,
            _ if element.attributes.contains_key("aria-haspopup") => 0.85,
            _ if actionable && classed(&["dropdown", "select", "picker"]) => 0.85,
            _ if field && matches!(word, "picker" | "selector") => 0.8,
            "button" => 0.4,
            "radio" => 0.3,
            _ => 0.05,
        },
        Kind::Tab => match role {
            "tab" => 1.0,
            _ if actionable && classed(&["tab"]) => 0.95,
            "link" => 0.6,
            _ if actionable && !field => 0.5,
            _ => 0.1,
        },
        Kind::Menu => match role {
            "menu" | "menubar" => 0.8,
            _ if element.attributes.contains_key("aria-haspopup") => 1.0,
            _ if actionable
                && classed(&["menu", "hamburger", "burger", "kebab", "more", "dropdown"]) =>
            {
                1.0
            }
            "button" => 0.85,
            "combobox" => 0.7,
            _ if field => 0.05,
            _ if actionable => 0.6,
            _ => 0.2,
        },
        Kind::MenuItem => match role {
            "menuitem" | "option" | "treeitem" => 1.0,
            "link" | "tab" => 0.9,
            "listitem" => 0.7,
            _ if field => 0.05,
            _ if actionable => 0.85,
            _ => 0.2,
        },
        Kind::Icon => match role {
            _ if field => 0.05,
            _ if actionable && small => 1.0,
            _ if actionable && !element.text.chars().any(char::is_alphanumeric) => 0.9,
            "button" | "link" => 0.55,
            "img" | "image" => 0.8,
            _ if matches!(tag, "svg" | "i") => 0.8,
            _ if actionable => 0.3,
            _ => 0.2,
        },
        Kind::Image => match role {
            "img" | "image" | "graphics-document" => 1.0,
            _ if matches!(tag, "img" | "svg" | "picture" | "canvas" | "video") => 0.95,
            _ if classed(&[
                "avatar",
                "image",
                "img",
                "picture",
                "photo",
                "thumbnail",
                "thumb",
                "pic",
            ]) =>
            {
                0.95
            }
            "figure" => 0.8,
            _ if actionable && page.holds_role(at, "img") => 0.75,
            _ if actionable && small => 0.5,
            _ => 0.1,
        },
        Kind::Item => {
            // What holds todos is called after them and is none.
            if matches!(role, "list" | "listbox" | "table" | "grid" | "rowgroup" | "menu") {
                return 0.2;
            }
            if word.starts_with("question")
                && (element.own_text.ends_with('?') || element.name.ends_with('?'))
            {
                return if actionable { 1.0 } else { 0.75 };
            }
            if page.means(at, word) && !field && !matches!(role, "heading" | "checkbox" | "img") {
                return 1.0;
            }
            match role {
                "listitem" | "article" | "row" | "option" | "treeitem" => 0.85,
                _ if page.is_repeated(at) && page.size(at) > 1 => 0.8,
                _ if field => 0.1,
                "checkbox" | "radio" => 0.4,
                _ if actionable => 0.6,
                _ => 0.35,
            }
        }
        Kind::Row => match role {
            "row" => 1.0,
            "listitem" | "option" => 0.9,
            _ if classed(&["row"]) => 0.9,
            _ if page.is_repeated(at) && page.size(at) > 1 => 0.6,
            _ => 0.2,
        },
        Kind::Column => match role {
            "columnheader" => 1.0,
            _ if classed(&["column", "col", "lane"]) => 1.0,
            "heading" => 0.7,
            _ => 0.2,
        },
        Kind::Cell => match role {
            "cell" | "gridcell" => 1.0,
            _ if classed(&["cell", "square", "tile", "day", "date"]) => 1.0,
            "button" => 0.7,
            _ if field => 0.2,
            _ if actionable => 0.6,
            _ => 0.2,
        },
        Kind::Heading => match role {
            "heading" => 1.0,
            "columnheader" => 0.95,
            _ if classed(&["title", "heading", "name"]) => 0.95,
            _ if page.element_above(at).is_some_and(|above| above.role == "heading") => 1.0,
            _ => 0.3,
        },
        Kind::Dialog => match role {
            "dialog" | "alertdialog" => 1.0,
            _ if tag == "dialog" || classed(&["modal", "dialog", "popup"]) => 0.9,
            _ => 0.1,
        },
        Kind::Form => {
            if role == "form" || tag == "form" {
                1.0
            } else {
                0.2
            }
        }
        Kind::Slider => match role {
            "slider" => 1.0,
            _ if classed(&["slider", "range", "seek", "volume", "progress"]) => 0.9,
            _ => 0.15,
        },
        Kind::Dot => match role {
            _ if actionable && classed(&["dot", "indicator", "swatch", "bullet"]) => 1.0,
            _ if actionable && small && element.text.is_empty() => 0.9,
            _ if actionable => 0.4,
            _ => 0.2,
        },
        Kind::Text => {
            if element.own_text.is_empty() {
                0.5
            } else {
                0.9
            }
        }
        Kind::Label => {
            if tag == "label" {
                1.0
            } else {
                0.6
            }
        }
        Kind::Part => 0.6,
    }
}
