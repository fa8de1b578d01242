//! Whether what a question says of a page holds, as far as a DOM can tell.
//!
//! In this order: colours, what is ticked, elements of a kind with their number and text, values (a
//! number the question names), quoted text, and at last whether the question's words stand together
//! anywhere. A `no`, `not` or `without` outside quotes turns the result round. Comparisons and
//! paraphrases are beyond it.

use pageloom_schema::Rgba;

use super::lookup;
use super::page::Page;
use super::words::{content_words, likeness, words};

/// A kind of element that questions name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Button,
    Link,
    Image,
    Search,
    Password,
    Email,
    Checkbox,
    Radio,
    Slider,
    Select,
    Field,
    Form,
    Table,
    Heading,
    List,
    Navigation,
    Footer,
    Video,
}

/// The words for each kind; the more telling kinds come first.
const KINDS: &[(Kind, &[&str])] = &[
    (Kind::Search, &["search"]),
    (Kind::Password, &["password"]),
    (Kind::Checkbox, &["checkbox", "checkboxes", "tickbox"]),
    (Kind::Radio, &["radio"]),
    (Kind::Slider, &["slider", "sliders"]),
    (Kind::Select, &["dropdown", "dropdowns", "select", "combobox"]),
    (Kind::Button, &["button", "buttons"]),
    (Kind::Table, &["table", "tables"]),
    (Kind::Form, &["form", "forms"]),
    (Kind::Navigation, &["navigation", "navbar"]),
    (Kind::Footer, &["footer"]),
    (Kind::Video, &["video", "videos"]),
    (Kind::Link, &["link", "links"]),
    (
        Kind::Image,
        &["image", "images", "picture", "pictures", "photo", "photos", "logo", "illustration"],
    ),
    (Kind::Heading, &["heading", "headings", "headline", "title"]),
    (Kind::List, &["bullet", "bulleted"]),
    (Kind::Email, &["email"]),
    (Kind::Field, &["field", "fields", "input", "inputs", "textbox"]),
];

const COLORS: &[&str] = &[
    "black", "white", "grey", "gray", "red", "orange", "yellow", "green", "blue", "purple", "pink",
    "brown", "dark", "light",
];

const NUMBERS: &[&str] = &[
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve",
];

/// The answer to a question for yes or no.
pub(super) fn holds(page: &Page<'_>, question: &str) -> bool {
    let (quotes, rest) = take_quotes(question);
    let asked = words(&rest);
    let has = |word: &str| asked.iter().any(|other| other == word);
    let negated =
        ["no", "not", "without", "lack", "lacks", "never", "missing"].into_iter().any(has)
            || rest.contains("n't");
    let kind = KINDS.iter().find(|(_, names)| names.iter().any(|name| has(name)));
    let numbers: Vec<String> = asked.iter().filter_map(|word| as_number(word)).collect();
    let found = if let Some(color) = COLORS.iter().find(|color| has(color)) {
        color_holds(page, color, &asked, &quotes, kind.map(|(kind, _)| *kind))
    } else if TICKED.iter().any(|word| has(word)) {
        is_ticked(page, &asked, &quotes, true)
    } else if UNTICKED.iter().any(|word| has(word)) {
        is_ticked(page, &asked, &quotes, false)
    } else if let Some((kind, names)) = kind {
        kind_holds(page, *kind, names, &asked, &quotes)
    } else if !numbers.is_empty() {
        number_holds(page, question, &asked, &numbers)
    } else if !quotes.is_empty() {
        quotes.iter().all(|quote| shows(page, quote))
    } else {
        stands_together(page, &content_words(&rest), &[])
    };
    found != negated
}

/// Quoted parts, and the question without them. An apostrophe inside a word quotes nothing.
fn take_quotes(question: &str) -> (Vec<String>, String) {
    let chars: Vec<char> = question.chars().collect();
    let (mut quotes, mut rest) = (Vec::new(), String::new());
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let closing = match c {
            '"' => Some('"'),
            '\'' => Some('\''),
            '`' => Some('`'),
            '“' => Some('”'),
            '‘' => Some('’'),
            '«' => Some('»'),
            _ => None,
        };
        let opens = at == 0 || !chars[at - 1].is_alphanumeric();
        let end = closing.filter(|_| opens).and_then(|closing| {
            (at + 1..chars.len()).find(|end| {
                let after = chars.get(end + 1).is_none_or(|next| !next.is_alphanumeric());
                chars[*end] == closing && after
            })
        });
        match end {
            Some(end) if end > at + 1 => {
                quotes.push(chars[at + 1..end].iter().collect());
                rest.push(' ');
                at = end + 1;
            }
            _ => {
                rest.push(c);
                at += 1;
            }
        }
    }
    (quotes, rest)
}

/// Words that ask whether a box or a choice is set, and whether it is not.
const TICKED: &[&str] = &["checked", "ticked", "selected"];
const UNTICKED: &[&str] = &["unchecked", "unticked", "unselected", "empty"];

/// A number in digits; absent for other words. `one` is more often a pronoun than a number.
fn as_number(word: &str) -> Option<String> {
    if word.contains(|c: char| c.is_ascii_digit()) {
        return Some(word.to_owned());
    }
    let named = NUMBERS.iter().position(|name| *name == word);
    named.filter(|count| *count != 1).map(|count| count.to_string())
}

/// Lower case, one space between words, signs kept: `€ 7.90` is not `7.90 €`.
fn folded(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn shows(page: &Page<'_>, quote: &str) -> bool {
    let quote = folded(quote);
    page.elements()
        .filter(|at| page.is_visible(*at) && !matches!(page.tag(*at), "html" | "body"))
        .any(|at| folded(&page.wording(at)).contains(&quote))
}

fn is_of(page: &Page<'_>, node: usize, kind: Kind) -> bool {
    let (tag, role) = (page.tag(node), page.attribute(node, "role"));
    let kind_of_input = page.attribute(node, "type");
    let text_input = !matches!(
        kind_of_input,
        "button" | "submit" | "reset" | "checkbox" | "radio" | "range" | "hidden" | "image"
    );
    match kind {
        Kind::Button => {
            let pressed = matches!(kind_of_input, "button" | "submit" | "reset");
            tag == "button" || role == "button" || (tag == "input" && pressed)
        }
        Kind::Link => tag == "a" || role == "link",
        Kind::Image => matches!(tag, "img" | "svg" | "picture" | "canvas") || role == "img",
        Kind::Search => {
            let says = || folded(&page.wording(node)).contains("search");
            tag == "input" && (kind_of_input == "search" || text_input && says())
        }
        Kind::Password => tag == "input" && kind_of_input == "password",
        Kind::Email => tag == "input" && kind_of_input == "email",
        Kind::Checkbox => tag == "input" && kind_of_input == "checkbox" || role == "checkbox",
        Kind::Radio => tag == "input" && kind_of_input == "radio" || role == "radio",
        Kind::Slider => tag == "input" && kind_of_input == "range" || role == "slider",
        Kind::Select => tag == "select" || role == "combobox",
        Kind::Field => tag == "textarea" || tag == "input" && text_input,
        Kind::Form => tag == "form",
        Kind::Table => tag == "table",
        Kind::Heading => matches!(tag, "h1" | "h2" | "h3" | "h4" | "h5" | "h6"),
        Kind::List => matches!(tag, "ul" | "ol"),
        Kind::Navigation => tag == "nav" || role == "navigation",
        Kind::Footer => tag == "footer",
        Kind::Video => tag == "video",
    }
}

/// Elements of a kind, of the right number, text and state.
fn kind_holds(
    page: &Page<'_>,
    kind: Kind,
    names: &[&str],
    asked: &[String],
    quotes: &[String],
) -> bool {
    let of_kind: Vec<usize> =
        page.elements().filter(|at| page.is_visible(*at) && is_of(page, *at, kind)).collect();
    let says = |at: &usize| {
        // A field's label stands in the element around it.
        let near = page.around(*at).next().filter(|_| page.text(*at).is_empty());
        let around = near.map(|near| page.text(near)).unwrap_or_default();
        folded(&format!("{} {around}", page.wording(*at)))
    };
    let fitting: Vec<usize> = of_kind
        .into_iter()
        .filter(|at| quotes.iter().all(|quote| says(at).contains(&folded(quote))))
        .collect();
    let place = asked.iter().position(|word| names.contains(&word.as_str())).unwrap_or(0);
    let count =
        asked.iter().take(place).rev().take(3).find_map(|word| as_number(word)?.parse().ok());
    if let Some(count) = count {
        return compares(fitting.len(), count, asked);
    }
    if !quotes.is_empty() || fitting.is_empty() {
        return !fitting.is_empty();
    }
    // Words that tell this one from others of its kind: `a form for contact`.
    let told: Vec<String> = content_words(&asked.join(" "))
        .into_iter()
        .filter(|word| !PLAIN.contains(&word.as_str()))
        .filter(|word| !KINDS.iter().any(|(_, names)| names.contains(&word.as_str())))
        .collect();
    told.is_empty()
        || fitting.iter().any(|at| {
            let words = words(&says(at));
            let met = told.iter().filter(|w| words.iter().any(|other| likeness(w, other) > 0.7));
            met.count() * 3 >= told.len() * 2
        })
}

/// Words that tell no element of a kind from another.
const PLAIN: &[&str] = &[
    "contain",
    "contains",
    "include",
    "includes",
    "display",
    "displayed",
    "present",
    "visible",
    "webpage",
    "web",
    "site",
    "section",
    "feature",
    "element",
    "elements",
    "text",
    "label",
    "says",
    "labelled",
    "labeled",
    "bar",
    "box",
];

/// Whether a number of things is as the question says.
fn compares(found: usize, count: usize, asked: &[String]) -> bool {
    let before = asked.join(" ");
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| before.contains(phrase));
    if says(&["at least", "or more"]) {
        found >= count
    } else if says(&["more than"]) {
        found > count
    } else if says(&["fewer than", "less than"]) {
        found < count
    } else if says(&["at most"]) {
        found <= count
    } else {
        found == count
    }
}

/// Whether a box or choice that the question names is set, or is not.
fn is_ticked(page: &Page<'_>, asked: &[String], quotes: &[String], wanted: bool) -> bool {
    let told: Vec<String> = content_words(&asked.join(" "))
        .into_iter()
        .filter(|word| !PLAIN.contains(&word.as_str()))
        .filter(|word| !TICKED.contains(&word.as_str()) && !UNTICKED.contains(&word.as_str()))
        .filter(|word| !KINDS.iter().any(|(_, names)| names.contains(&word.as_str())))
        .collect();
    let boxes = page
        .elements()
        .filter(|at| is_of(page, *at, Kind::Checkbox) || is_of(page, *at, Kind::Radio));
    let mut best: Option<(usize, bool)> = None;
    for at in boxes {
        let label = folded(&page.label(at));
        if !quotes.iter().all(|quote| label.contains(&folded(quote))) {
            continue;
        }
        let label = words(&label);
        let met =
            told.iter().filter(|w| label.iter().any(|other| likeness(w, other) > 0.7)).count();
        let named = met > 0 || !quotes.is_empty();
        if named && best.is_none_or(|(most, _)| met > most) {
            best = Some((met, page.given(at, "checked").is_some()));
        }
    }
    best.is_some_and(|(_, set)| set == wanted)
}

/// Whether the numbers of a question are those of the page: as the number of things of a class, as
/// the number before a word, as the value the question is about, or beside its other words.
fn number_holds(page: &Page<'_>, question: &str, asked: &[String], numbers: &[String]) -> bool {
    let counted = asked.windows(2).find_map(|pair| match pair {
        [number, thing] => Some((as_number(number)?.parse::<usize>().ok()?, thing)),
        _ => None,
    });
    if let Some((count, thing)) = counted {
        let of_class = |at: &usize| {
            words(page.attribute(*at, "class")).iter().any(|name| likeness(name, thing) > 0.9)
        };
        let found = page.elements().filter(|at| page.is_visible(*at)).filter(of_class).count();
        if found > 0 {
            return compares(found, count, asked);
        }
        let stands = |at: usize| {
            let text = words(page.text(at));
            text.windows(2).any(|pair| match pair {
                [number, other] => {
                    as_number(number) == Some(count.to_string()) && likeness(other, thing) > 0.9
                }
                _ => false,
            })
        };
        if page.elements().filter(|at| page.holds_text(*at)).any(stands) {
            return true;
        }
    }
    if stands_together(page, &content_words(&asked.join(" ")), numbers) {
        return true;
    }
    numbers.iter().any(|number| {
        let without = question.to_lowercase().replace(number.as_str(), " ");
        lookup::value(page, &without)
            .is_some_and(|found| words(&found.text).iter().any(|word| word == number))
    })
}

/// Whether one short piece of the page has most words of the question, and all of its numbers.
fn stands_together(page: &Page<'_>, wanted: &[String], numbers: &[String]) -> bool {
    let told: Vec<&String> = wanted
        .iter()
        .filter(|word| !PLAIN.contains(&word.as_str()) && as_number(word).is_none())
        .collect();
    if told.is_empty() && numbers.is_empty() {
        return true;
    }
    page.elements().filter(|at| page.is_visible(*at)).any(|at| {
        let text = words(&page.wording(at));
        if text.is_empty() || text.len() > MAX_PIECE {
            return false;
        }
        let met = told.iter().filter(|word| text.iter().any(|other| likeness(word, other) > 0.7));
        let met = met.count();
        met > 0
            && met * 10 >= told.len() * 6
            && numbers.iter().all(|number| text.iter().any(|word| word == number))
    })
}

/// The most words of a piece of a page whose words belong together.
const MAX_PIECE: usize = 60;

fn color_holds(
    page: &Page<'_>,
    color: &str,
    asked: &[String],
    quotes: &[String],
    kind: Option<Kind>,
) -> bool {
    let has = |word: &str| asked.iter().any(|other| other == word);
    let named = |at: &usize| {
        let text = folded(&page.wording(*at));
        quotes.iter().all(|quote| text.contains(&folded(quote)))
            && kind.is_none_or(|kind| is_of(page, *at, kind))
    };
    let target = if quotes.is_empty() && kind.is_none() {
        page.elements().find(|at| page.tag(*at) == "body")
    } else {
        // The innermost one: every element around it has the text too.
        let fitting = page.elements().filter(|at| page.is_visible(*at)).filter(named);
        fitting.min_by_key(|at| page.text(*at).len())
    };
    let Some(target) = target else { return false };
    let of_text = has("text") || has("letters") || has("written") || kind == Some(Kind::Heading);
    let seen = if of_text && !has("background") {
        page.text_color(target)
    } else {
        Some(page.background(target))
    };
    seen.is_some_and(|seen| is_called(seen, color))
}

/// Whether people would call a colour so.
fn is_called(color: Rgba, name: &str) -> bool {
    let [r, g, b] = [color.r, color.g, color.b].map(f64::from);
    let (most, least) = (r.max(g).max(b), r.min(g).min(b));
    let light = (0.299 * r + 0.587 * g + 0.114 * b) / 255.0;
    let chroma = most - least;
    let sixth = if chroma <= 0.0 {
        0.0
    } else if most == r {
        (g - b) / chroma
    } else if most == g {
        2.0 + (b - r) / chroma
    } else {
        4.0 + (r - g) / chroma
    };
    let hue = (60.0 * sixth).rem_euclid(360.0);
    let colorful = chroma > 40.0;
    match name {
        "dark" => light < 0.4,
        "light" => light > 0.6,
        "black" => light < 0.15 && chroma < 50.0,
        "white" => light > 0.94 && chroma < 16.0,
        "grey" | "gray" => chroma <= 40.0 && (0.15..=0.94).contains(&light),
        "red" => colorful && !(15.0..340.0).contains(&hue),
        "brown" => colorful && (10.0..45.0).contains(&hue) && light < 0.45,
        "orange" => colorful && (15.0..45.0).contains(&hue),
        "yellow" => colorful && (45.0..70.0).contains(&hue),
        "green" => colorful && (70.0..170.0).contains(&hue),
        "blue" => colorful && (170.0..260.0).contains(&hue),
        "purple" => colorful && (260.0..310.0).contains(&hue),
        "pink" => colorful && (300.0..350.0).contains(&hue),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_taken_out_and_apostrophes_left() {
        let (quotes, rest) = take_quotes("Doesn't the page's button say 'Don't go' or “Stay”?");
        assert_eq!(quotes, ["Don't go", "Stay"]);
        assert!(rest.contains("page's button say"), "{rest}");
        assert_eq!(take_quotes("Is there a ' here?").0, Vec::<String>::new());
    }

    #[test]
    fn colours_have_the_names_people_give_them() {
        let color = |r, g, b| Rgba { r, g, b, a: 255 };
        for (rgb, name) in [
            (color(255, 255, 255), "white"),
            (color(11, 13, 13), "black"),
            (color(11, 13, 13), "dark"),
            (color(200, 30, 30), "red"),
            (color(0, 102, 204), "blue"),
            (color(60, 160, 60), "green"),
            (color(128, 128, 128), "grey"),
        ] {
            assert!(is_called(rgb, name), "{name}");
        }
        assert!(!is_called(color(0, 102, 204), "green"));
    }

    #[test]
    fn number_of_things_is_compared_as_the_question_says() {
        let asked = |text: &str| words(text);
        assert!(compares(3, 3, &asked("are there three buttons")));
        assert!(!compares(4, 3, &asked("are there exactly three buttons")));
        assert!(compares(4, 3, &asked("are there at least three buttons")));
        assert!(!compares(3, 3, &asked("are there more than three buttons")));
        assert!(compares(2, 3, &asked("are there fewer than three buttons")));
    }
}
