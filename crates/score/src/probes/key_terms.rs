//! `key_terms`: how much of what the instruction speaks of can be read on the pages.

use std::collections::{BTreeMap, BTreeSet};

use pageloom_schema::Score;

use super::named_color::is_about_colors;
use super::reading::Reading;
use super::some;
use crate::metric::Metric;
use crate::tokens;

/// The probe's card.
pub(super) const METRIC: Metric = Metric {
    id: "probe.key_terms",
    version: 1,
    range: [0.0, 1.0],
    source: "own definition",
    summary: "share of the instruction's terms that are in the visible text of the routes",
};

/// Words of every instruction: they say nothing of the site it asks for.
const STOP_WORDS: &[&str] = &[
    "a",
    "able",
    "about",
    "access",
    "according",
    "across",
    "add",
    "all",
    "allow",
    "allows",
    "also",
    "an",
    "and",
    "any",
    "application",
    "are",
    "as",
    "at",
    "based",
    "be",
    "been",
    "before",
    "being",
    "between",
    "both",
    "browse",
    "build",
    "but",
    "by",
    "can",
    "certain",
    "choose",
    "clear",
    "clearly",
    "conditions",
    "corresponding",
    "create",
    "criteria",
    "design",
    "develop",
    "different",
    "display",
    "displaying",
    "do",
    "each",
    "easily",
    "easy",
    "enable",
    "ensure",
    "etc",
    "example",
    "feature",
    "features",
    "find",
    "for",
    "from",
    "function",
    "functionalities",
    "functionality",
    "functions",
    "generate",
    "get",
    "has",
    "have",
    "help",
    "how",
    "i",
    "if",
    "implement",
    "implementing",
    "in",
    "include",
    "includes",
    "including",
    "individual",
    "information",
    "input",
    "into",
    "is",
    "it",
    "its",
    "like",
    "made",
    "main",
    "make",
    "manage",
    "may",
    "more",
    "multiple",
    "must",
    "need",
    "needs",
    "new",
    "not",
    "of",
    "on",
    "one",
    "only",
    "or",
    "other",
    "others",
    "our",
    "out",
    "own",
    "page",
    "pages",
    "perform",
    "platform",
    "please",
    "provide",
    "provides",
    "quickly",
    "relevant",
    "section",
    "select",
    "set",
    "should",
    "show",
    "simple",
    "site",
    "so",
    "some",
    "specific",
    "such",
    "system",
    "that",
    "the",
    "their",
    "them",
    "then",
    "there",
    "these",
    "they",
    "this",
    "through",
    "to",
    "two",
    "type",
    "types",
    "up",
    "use",
    "user",
    "users",
    "using",
    "various",
    "view",
    "viewing",
    "want",
    "was",
    "we",
    "web",
    "website",
    "well",
    "what",
    "when",
    "where",
    "which",
    "while",
    "who",
    "will",
    "with",
    "within",
    "would",
    "you",
    "your",
];

/// The share of distinct terms that are visible somewhere. Singular and plural are the same, and so
/// are the common endings of a verb.
pub(super) fn score(reading: &Reading<'_>, instruction: Option<&str>) -> Score {
    let Some(instruction) = instruction else { return METRIC.absent("there is no instruction") };
    let terms = terms_of(instruction);
    if terms.is_empty() {
        return METRIC.absent("the instruction has no terms");
    }
    let (copied, words) = words_of_its_own(reading, instruction);
    let seen: BTreeSet<String> = words.iter().map(|word| stem(word)).collect();
    let missing: Vec<String> = terms.iter().filter(|term| !seen.contains(*term)).cloned().collect();
    let there = terms.len() - missing.len();
    let mut why = format!("{there} of {} terms can be read", terms.len());
    if !missing.is_empty() {
        why.push_str(&format!("; not {}", some(&missing)));
    }
    if copied {
        why.push_str("; instruction_copied: what repeats the instruction does not count");
    }
    METRIC.measured(there as f64 / terms.len() as f64, why, Vec::new())
}

/// Words in a row that no page shares with its instruction by chance.
const COPIED_WORDS: usize = 8;

/// The visible words, without those of texts that repeat the instruction; and whether one does.
fn words_of_its_own(reading: &Reading<'_>, instruction: &str) -> (bool, BTreeSet<String>) {
    let words: Vec<String> = tokens::words(instruction).into_iter().collect();
    let runs: BTreeSet<&[String]> = words.windows(COPIED_WORDS).collect();
    let mut copied = false;
    let mut own = BTreeSet::new();
    for route in &reading.routes {
        // A text that is broken into lines is one text.
        let mut texts: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for text in &route.texts {
            texts.entry(text.node).or_default().extend(tokens::words(&text.text));
        }
        for words in texts.into_values() {
            if words.windows(COPIED_WORDS).any(|run| runs.contains(run)) {
                copied = true;
            } else {
                own.extend(words);
            }
        }
    }
    (copied, own)
}

/// The stems of an instruction's terms, apart from what it says about colours.
fn terms_of(instruction: &str) -> BTreeSet<String> {
    instruction
        .split(['.', '!', '?', '\n'])
        .filter(|sentence| !is_about_colors(sentence))
        .flat_map(tokens::words)
        .filter(|word| word.chars().count() > 2 && !STOP_WORDS.contains(&word.as_str()))
        .map(|word| stem(&word))
        .collect()
}

/// A word without its plural and the common endings of a verb, as far as that leaves four letters.
fn stem(word: &str) -> String {
    let mut word = word.to_owned();
    let rules = [("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("es", "e"), ("s", "")];
    if word.ends_with("ss") || word.ends_with("us") || word.ends_with("is") {
        return word;
    }
    for (ending, instead) in rules {
        if let Some(start) = word.strip_suffix(ending).filter(|start| start.chars().count() >= 3) {
            word = format!("{start}{instead}");
            break;
        }
    }
    let doubled: Vec<char> = word.chars().rev().take(2).collect();
    if let [a, b] = doubled.as_slice()
        && a == b
        && !matches!(a, 's' | 'l' | 'e' | 'o')
    {
        word.pop();
    }
    if word.chars().count() > 3 && word.ends_with('e') {
        word.pop();
    }
    word
}

#[cfg(test)]
mod tests {
    use super::{stem, terms_of};

    #[test]
    fn forms_of_a_word_share_a_stem() {
        for (a, b) in [
            ("reports", "report"),
            ("categories", "category"),
            ("booking", "book"),
            ("booked", "book"),
            ("planning", "plan"),
            ("prices", "price"),
            ("sharing", "share"),
            ("classes", "class"),
        ] {
            assert_eq!(stem(a), stem(b), "{a} {b}");
        }
        assert_ne!(stem("news"), stem("ne"));
    }

    #[test]
    fn terms_leave_out_what_every_instruction_says_and_the_colors() {
        let terms = terms_of(
            "Please build a website for a bakery. Users should be able to order cakes. Use tan as the background and brown for components.",
        );
        let words: Vec<&str> = terms.iter().map(String::as_str).collect();
        assert_eq!(words, ["bakery", "cak", "order"]);
    }
}
