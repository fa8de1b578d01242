//! Words of questions and labels, and how alike two of them are.

/// Words that carry no content in a question about a page.
const EMPTY: &[&str] = &[
    "a",
    "about",
    "all",
    "an",
    "and",
    "any",
    "are",
    "as",
    "at",
    "available",
    "be",
    "by",
    "can",
    "could",
    "current",
    "did",
    "do",
    "does",
    "find",
    "for",
    "from",
    "get",
    "give",
    "given",
    "had",
    "has",
    "have",
    "here",
    "how",
    "i",
    "if",
    "in",
    "into",
    "is",
    "it",
    "its",
    "kindly",
    "list",
    "listed",
    "many",
    "me",
    "more",
    "much",
    "must",
    "named",
    "needed",
    "of",
    "offered",
    "on",
    "one",
    "only",
    "or",
    "page",
    "per",
    "please",
    "provide",
    "provided",
    "s",
    "shall",
    "should",
    "show",
    "shown",
    "so",
    "some",
    "tell",
    "than",
    "that",
    "the",
    "their",
    "them",
    "there",
    "these",
    "they",
    "this",
    "those",
    "to",
    "under",
    "us",
    "use",
    "used",
    "was",
    "we",
    "website",
    "were",
    "what",
    "when",
    "where",
    "which",
    "who",
    "whose",
    "will",
    "with",
    "you",
];

/// Words that mean much the same on pages. General English, not of any one site.
const ALIKE: &[&[&str]] = &[
    &["wide", "width", "wideness", "breadth", "broad"],
    &["long", "length"],
    &["high", "height", "tall", "tallness"],
    &["deep", "depth"],
    &["heavy", "weight", "weigh", "mass"],
    &["price", "cost", "charge", "fee", "pay", "expensive", "msrp"],
    &["kind", "type", "sort", "category", "genre", "class"],
    &["product", "item", "device", "article"],
    &["writer", "author", "wrote", "written", "byline"],
    &["maker", "brand", "manufacturer", "make", "vendor"],
    &["picture", "image", "photo", "photograph", "img"],
    &["phone", "telephone", "tel", "call"],
    &["email", "mail"],
    &["name", "title", "called", "heading", "headline"],
    &["date", "day", "published", "posted", "release", "released"],
    &["place", "location", "address", "city"],
    &["rating", "rate", "rated", "score", "stars", "star"],
    &["big", "large", "size", "dimension"],
    &["fast", "speed", "quick"],
    &["duration", "runtime", "time", "hours", "minutes"],
    &["director", "directed"],
    &["publisher", "publish", "publication"],
    &["company", "employer", "organization", "organisation"],
    &["salary", "wage", "compensation"],
    &["color", "colour"],
    &["biggest", "greatest", "largest", "maximum", "max", "most", "highest"],
    &["smallest", "least", "lowest", "minimum", "min"],
    &["team", "club"],
    &["buy", "order", "purchase", "cart", "basket"],
];

/// Words that begin a question for yes or no.
const ASKING: &[&str] = &[
    "is", "are", "was", "were", "does", "do", "did", "has", "have", "had", "can", "could", "will",
    "would", "should", "may", "isn", "aren", "doesn",
];

/// Runs of letters and digits, in lower case; `19.5` and `1,240` stay whole.
pub(super) fn words(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.to_lowercase().chars().collect();
    let digit = |at: usize| chars.get(at).is_some_and(char::is_ascii_digit);
    let mut found = Vec::new();
    let mut word = String::new();
    for (at, c) in chars.iter().enumerate() {
        let inner = matches!(c, '.' | ',') && at > 0 && digit(at - 1) && digit(at + 1);
        if c.is_alphanumeric() || inner {
            word.push(*c);
        } else if !word.is_empty() {
            found.push(std::mem::take(&mut word));
        }
    }
    found.extend((!word.is_empty()).then_some(word));
    found
}

/// The words of a question that say what it is about.
pub(super) fn content_words(text: &str) -> Vec<String> {
    let mut content: Vec<String> =
        words(text).into_iter().filter(|word| !EMPTY.contains(&word.as_str())).collect();
    content.dedup();
    content
}

/// True when a question wants yes or no.
pub(super) fn asks_yes_or_no(question: &str) -> bool {
    words(question).first().is_some_and(|word| ASKING.contains(&word.as_str()))
}

/// How alike two words are, `0.0..=1.0`: the same but for its ending, of like meaning, or of one
/// beginning.
pub(super) fn likeness(a: &str, b: &str) -> f64 {
    if a == b {
        return 1.0;
    }
    let (a_stem, b_stem) = (stem(a), stem(b));
    if a_stem == b_stem {
        return 0.95;
    }
    let in_group = |group: &&[&str], word: &str, stem: &str| {
        group.iter().any(|other| *other == word || *other == stem)
    };
    if ALIKE.iter().any(|group| in_group(group, a, a_stem) && in_group(group, b, b_stem)) {
        return 0.8;
    }
    let shared = a_stem.chars().zip(b_stem.chars()).take_while(|(x, y)| x == y).count();
    let longer = a_stem.chars().count().max(b_stem.chars().count());
    let letters = !a.contains(|c: char| c.is_ascii_digit());
    if letters && shared >= 4 && shared * 10 >= longer * 6 { 0.6 } else { 0.0 }
}

/// A word without a common ending, where enough of it is left.
fn stem(word: &str) -> &str {
    for ending in ["iness", "ness", "ings", "ing", "ies", "es", "ed", "ly", "s", "y", "e"] {
        if let Some(start) = word.strip_suffix(ending).filter(|start| start.len() >= 3) {
            return start;
        }
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_whole_and_signs_fall_away() {
        assert_eq!(words("€ 7.90 for 1,240 g, no. 5."), ["7.90", "for", "1,240", "g", "no", "5"]);
    }

    #[test]
    fn endings_and_meanings_count_as_alike() {
        assert!(likeness("prices", "price") > 0.9);
        assert!(likeness("wideness", "width") > 0.7);
        assert_eq!(likeness("car", "cart"), 0.0);
        assert_eq!(likeness("2019", "2018"), 0.0);
    }
}
