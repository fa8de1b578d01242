//! Which sentences are compiled, to what, and that none is that was not understood to the last word.
#![allow(clippy::unwrap_used, missing_docs)]

use pageloom_agent::check::compile;
use pageloom_schema::Check;
use serde::Deserialize;

#[derive(Deserialize)]
struct Table {
    sentence: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    text: String,
    checks: Option<Vec<Check>>,
    why: Option<String>,
}

fn rows() -> Vec<Row> {
    toml::from_str::<Table>(include_str!("../fixtures/sentences.toml")).unwrap().sentence
}

#[test]
fn every_sentence_of_the_table_means_what_it_says() {
    let mut wrong = Vec::new();
    for row in rows() {
        assert_ne!(row.checks.is_some(), row.why.is_some(), "{}", row.text);
        let compiled = compile(&row.text);
        if compiled != row.checks {
            wrong.push(format!("{}\n  is     {compiled:?}\n  should {:?}", row.text, row.checks));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_is_large_enough_to_mean_something() {
    let rows = rows();
    let certain = rows.iter().filter(|row| row.checks.is_some()).count();
    assert!(rows.len() >= 80, "{} sentences", rows.len());
    assert!(rows.len() - certain >= 30, "{} for a judge", rows.len() - certain);
}

/// Places between the words of a sentence, outside quotes.
fn gaps(text: &str) -> Vec<usize> {
    let mut open: Option<char> = None;
    let mut before = ' ';
    let mut gaps = vec![0];
    for (at, c) in text.char_indices() {
        match (open, c) {
            (None, '"' | '“') => open = Some(if c == '“' { '”' } else { c }),
            (None, '\'') if before.is_whitespace() => open = Some(c),
            (Some(close), c) if c == close => {
                let next = text[at + c.len_utf8()..].chars().next();
                if c != '\'' || !next.is_some_and(char::is_alphanumeric) {
                    open = None;
                }
            }
            (None, ' ') => gaps.push(at),
            _ => {}
        }
        before = c;
    }
    gaps.push(text.trim_end_matches(['.', '!']).len());
    gaps
}

/// Words that change what a sentence means, or that mean nothing.
const STRANGE: [&str; 12] = [
    "zorbly", "probably", "slowly", "red", "bold", "almost", "twice", "animated", "never",
    "either", "larger", "or",
];

#[test]
fn a_word_that_is_not_understood_leaves_nothing_compiled() {
    let mut tried = 0;
    for row in rows().iter().filter(|row| row.checks.is_some()) {
        for gap in gaps(&row.text) {
            for word in STRANGE {
                let (left, right) = row.text.split_at(gap);
                let changed = format!("{left} {word} {right}");
                assert_eq!(compile(&changed), None, "{changed}");
                tried += 1;
            }
        }
    }
    assert!(tried > 5_000, "{tried}");
}

#[test]
fn a_name_that_is_put_in_is_in_the_checks_or_nothing_is_compiled() {
    for row in rows().iter().filter(|row| row.checks.is_some()) {
        for gap in gaps(&row.text).into_iter().skip(1) {
            let (left, right) = row.text.split_at(gap);
            let changed = format!("{left} Zorbly {right}");
            if let Some(checks) = compile(&changed) {
                let told = format!("{checks:?}");
                assert!(told.contains("Zorbly"), "{changed}: {told}");
            }
        }
    }
}

#[test]
fn a_word_that_is_left_out_never_makes_another_value() {
    for row in rows().iter().filter(|row| row.checks.is_some()) {
        let words: Vec<&str> = row.text.split(' ').collect();
        for at in 0..words.len() {
            let mut fewer = words.clone();
            fewer.remove(at);
            let changed = fewer.join(" ");
            // Whatever is compiled speaks of nothing that the sentence does not have.
            for text in compile(&changed).iter().flatten().filter_map(text_of) {
                let plain = changed.to_lowercase();
                let number = ["0", "1", "2", "3", "4"].contains(&text.as_str());
                assert!(number || plain.contains(&text.to_lowercase()), "{changed}: {text}");
            }
        }
    }
}

fn text_of(check: &Check) -> Option<String> {
    match check {
        Check::TextVisible { text, .. } | Check::TextAbsent { text, .. } => Some(text.clone()),
        Check::Value { value, .. } => Some(value.clone()),
        Check::Url { contains } => Some(contains.clone()),
        _ => None,
    }
}

#[test]
fn no_text_makes_the_compiler_panic() {
    let mut seed = 11_u64;
    let mut below = |n: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        ((seed >> 33) as usize) % n.max(1)
    };
    let rows = rows();
    let bits = ["\"", "'", "“", "é", "\u{0}", " and ", ", ", "is ", "the ", "3 ", "$", "no ", "…"];
    for _ in 0..20_000 {
        let mut chars: Vec<char> = rows[below(rows.len())].text.chars().collect();
        for _ in 0..3 {
            let at = below(chars.len() + 1);
            if below(2) == 0 {
                chars.splice(at..at, bits[below(bits.len())].chars());
            } else {
                chars.truncate(at);
            }
        }
        let _ = compile(&chars.into_iter().collect::<String>());
    }
}

#[test]
fn a_long_sentence_is_read_in_time() {
    let start = std::time::Instant::now();
    for bit in ["the dialog closes and ", "no ", "the text \"a\" and ", ", ", "is and "] {
        let _ = compile(&bit.repeat(600 / bit.len()));
    }
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}
