//! Values by their labels: which short text of a page has the words of a question around it.
//!
//! Every element with text of its own is a candidate. Its labels are the first cell of its row, the
//! head of its column, its `dt`, the text before or after it, the part before a colon, its classes
//! and, more weakly, the headings it stands under. A word of the question counts by how rare it is
//! among the labels of the page and by how near the label is; words of a label that the question
//! does not have count against it.

use super::page::Page;
use super::words::{content_words, likeness, words};

/// The longest label, in words.
const MAX_LABEL_WORDS: usize = 12;
/// The longest value, in words.
const MAX_VALUE_WORDS: usize = 40;
/// The most candidates of one page.
const MAX_CANDIDATES: usize = 6_000;
/// How many elements before a node are looked at for a heading: rows of a long table have none.
const MAX_BESIDE: usize = 30;
/// How far up headings are looked for.
const MAX_HEADING_LEVELS: usize = 8;

/// Words of questions that are answered with a number.
const COUNTING: &[&str] = &[
    "much",
    "many",
    "number",
    "price",
    "cost",
    "size",
    "width",
    "height",
    "length",
    "weight",
    "long",
    "tall",
    "wide",
    "heavy",
    "old",
    "year",
    "rating",
    "amount",
    "capacity",
    "percentage",
    "volume",
    "distance",
];

/// A value that was found.
pub(super) struct Found {
    /// Its element.
    pub(super) node: usize,
    /// Its text.
    pub(super) text: String,
}

/// A text that may be an answer.
struct Candidate {
    node: usize,
    text: String,
    /// Words of each label, with how much it says about the value.
    labels: Vec<(f64, Vec<String>)>,
}

/// The best answer to a question; absent for a page without text.
pub(super) fn value(page: &Page<'_>, question: &str) -> Option<Found> {
    let candidates = candidates(page);
    let wanted = content_words(question);
    let asked = words(question);
    let counting = asked.iter().any(|word| COUNTING.contains(&word.as_str()));
    let rarity = rarity(&candidates, &wanted);
    let mut best: Option<(f64, usize)> = None;
    for (place, candidate) in candidates.iter().enumerate() {
        let points = points(candidate, &wanted, &rarity, counting);
        // The first of equals: pages repeat themselves further down.
        if best.is_none_or(|(most, _)| points > most + 1e-9) {
            best = Some((points, place));
        }
    }
    let found = candidates.into_iter().nth(best?.1)?;
    Some(Found { node: found.node, text: found.text })
}

/// How much each wanted word says: one that many labels have says little.
fn rarity(candidates: &[Candidate], wanted: &[String]) -> Vec<f64> {
    let all = candidates.len() as f64;
    let weight = |word: &String| {
        let has = |candidate: &&Candidate| {
            let near = candidate.labels.iter().filter(|(weight, _)| *weight > 0.5);
            near.flat_map(|(_, label)| label).any(|other| likeness(word, other) > 0.5)
        };
        let having = candidates.iter().filter(has).count() as f64;
        (1.0 + all / (1.0 + having)).ln()
    };
    wanted.iter().map(weight).collect()
}

fn points(candidate: &Candidate, wanted: &[String], rarity: &[f64], counting: bool) -> f64 {
    let mut points = 0.0;
    for (word, rarity) in wanted.iter().zip(rarity) {
        let best = candidate
            .labels
            .iter()
            .map(|(weight, label)| {
                let alike = label.iter().map(|other| likeness(word, other)).fold(0.0, f64::max);
                // A word in a label of many others is about one of those.
                let idle = label
                    .iter()
                    .filter(|other| wanted.iter().all(|word| likeness(word, other) < 0.5))
                    .count();
                alike * weight / (1.0 + 0.15 * idle as f64)
            })
            .fold(0.0, f64::max);
        points += best * rarity;
    }
    let own = words(&candidate.text);
    let repeated =
        own.iter().filter(|word| wanted.iter().any(|wanted| likeness(word, wanted) > 0.9)).count();
    // A text made of the question's words is the label, not the value.
    points *= 1.0 - 0.8 * repeated as f64 / own.len().max(1) as f64;
    let has_digit = candidate.text.contains(|c: char| c.is_ascii_digit());
    if counting {
        points *= if has_digit { 1.25 } else { 0.6 };
    }
    points / (1.0 + 0.02 * own.len().saturating_sub(6) as f64)
}

fn candidates(page: &Page<'_>) -> Vec<Candidate> {
    let mut found = Vec::new();
    for node in page.elements().filter(|node| page.holds_text(*node)) {
        if found.len() >= MAX_CANDIDATES {
            break;
        }
        let text = page.text(node);
        let length = words(text).len();
        if length == 0 || length > MAX_VALUE_WORDS || matches!(page.tag(node), "title" | "option") {
            continue;
        }
        let labels = labels(page, node);
        if let Some((label, value)) = split_at_colon(text) {
            let mut labels = labels.clone();
            labels.push((1.0, words(label)));
            found.push(Candidate { node, text: value.to_owned(), labels });
        }
        found.push(Candidate { node, text: text.to_owned(), labels });
    }
    found
}

/// `Label: value`, where both are there and the label is short.
fn split_at_colon(text: &str) -> Option<(&str, &str)> {
    let (label, value) = text.split_once(": ")?;
    let fits = !label.trim().is_empty() && words(label).len() <= 5 && !value.trim().is_empty();
    fits.then_some((label.trim(), value.trim()))
}

fn labels(page: &Page<'_>, node: usize) -> Vec<(f64, Vec<String>)> {
    let mut labels = Vec::new();
    let mut add = |weight: f64, text: &str| {
        let label = words(text);
        if !label.is_empty() && label.len() <= MAX_LABEL_WORDS {
            labels.push((weight, label));
        }
    };
    if let Some(cell) = cell_of(page, node) {
        for (weight, text) in table_labels(page, cell) {
            add(weight, &text);
        }
    }
    // Out of elements that hold nothing but this text, then to what stands beside them.
    let mut at = node;
    for level in 0..4 {
        let Some(parent) = page.around(at).next() else { break };
        let beside: Vec<usize> = page.inside(parent).collect();
        let place = beside.iter().position(|other| *other == at).unwrap_or(0);
        let nearness = 1.0 - 0.1 * f64::from(level);
        let before = beside.iter().take(place).rev().find(|other| !page.text(**other).is_empty());
        let after = beside.iter().skip(place + 1).find(|other| !page.text(**other).is_empty());
        if let Some(before) = before {
            add(nearness, page.text(*before));
        }
        if let Some(after) = after {
            add(0.7 * nearness, page.text(*after));
        }
        if page.text(parent) != page.text(node) || before.is_some() || after.is_some() {
            // Text that is the parent's own is a label too: `<p>Price <b>5</b></p>`.
            if let Some(rest) = page.text(parent).strip_suffix(page.text(node)) {
                add(0.8 * nearness, rest);
            }
            break;
        }
        at = parent;
    }
    for around in std::iter::once(node).chain(page.around(node).take(1)) {
        for name in ["class", "id", "itemprop", "aria-label", "data-label"] {
            let text = page.attribute(around, name);
            if !text.is_empty() {
                add(0.5, &text.replace(['-', '_'], " "));
            }
        }
    }
    for (weight, heading) in headings(page, node) {
        add(weight, &heading);
    }
    labels
}

fn cell_of(page: &Page<'_>, node: usize) -> Option<usize> {
    let mut near = std::iter::once(node).chain(page.around(node).take(3));
    near.find(|at| matches!(page.tag(*at), "td" | "th" | "dd"))
}

/// The row's first cell and the column's head, or the `dt` of a `dd`.
fn table_labels(page: &Page<'_>, cell: usize) -> Vec<(f64, String)> {
    let Some(row) = page.around(cell).next() else { return Vec::new() };
    let cells: Vec<usize> = page.inside(row).collect();
    let Some(column) = cells.iter().position(|other| *other == cell) else { return Vec::new() };
    if page.tag(cell) == "dd" {
        let term = cells.iter().take(column).rev().find(|other| page.tag(**other) == "dt");
        return term.map(|term| (1.0, page.text(*term).to_owned())).into_iter().collect();
    }
    let mut labels = Vec::new();
    if column > 0 {
        labels.push((1.0, page.text(cells[0]).to_owned()));
    }
    let table = page.around(cell).find(|at| page.tag(*at) == "table");
    let first_row = table.and_then(|table| {
        page.elements().find(|at| page.tag(*at) == "tr" && page.around(*at).any(|x| x == table))
    });
    if let Some(head) = first_row.filter(|first| *first != row) {
        let heads: Vec<usize> = page.inside(head).collect();
        if heads.len() == cells.len()
            && let Some(head) = heads.get(column)
        {
            labels.push((0.9, page.text(*head).to_owned()));
        }
    }
    labels
}

/// Headings a node stands under and titles of what it stands in, the nearest first.
fn headings(page: &Page<'_>, node: usize) -> Vec<(f64, String)> {
    let mut found = Vec::new();
    let mut inner = node;
    for (level, around) in page.around(node).take(MAX_HEADING_LEVELS).enumerate() {
        let weight = 0.45 / (1.0 + 0.1 * level as f64);
        let title = page.attribute(around, "title");
        if !title.is_empty() {
            found.push((weight, title.to_owned()));
        }
        let before = page.inside(around).rev().skip_while(|at| *at >= inner).take(MAX_BESIDE);
        for at in before {
            if let Some(heading) = heading_in(page, at) {
                found.push((weight, heading));
            }
        }
        inner = around;
    }
    found
}

/// The text of a heading, or of the one an element begins with.
fn heading_in(page: &Page<'_>, node: usize) -> Option<String> {
    let is_heading = |at: usize| {
        matches!(page.tag(at), "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "caption" | "legend")
    };
    let inner = std::iter::once(node).chain(page.inside(node));
    inner.into_iter().find(|at| is_heading(*at)).map(|at| page.text(at).to_owned())
}

#[cfg(test)]
mod tests {
    use super::split_at_colon;

    #[test]
    fn colon_parts_a_short_label_from_its_value() {
        assert_eq!(split_at_colon("Weight: 2.8 oz"), Some(("Weight", "2.8 oz")));
        assert_eq!(split_at_colon("at 12:30"), None);
        assert_eq!(split_at_colon(": 5"), None);
        assert_eq!(split_at_colon("one two three four five six: 5"), None);
    }
}
