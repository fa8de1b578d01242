//! Words, numbers and special characters of a page's visible text.

/// The words of a text: runs of letters and digits, lower-case; every CJK character is one.
pub(crate) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for c in text.chars() {
        let ideograph =
            ('\u{2e80}'..='\u{9fff}').contains(&c) || ('\u{f900}'..='\u{faff}').contains(&c);
        if c.is_alphanumeric() && !ideograph {
            word.extend(c.to_lowercase());
            continue;
        }
        if !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if ideograph && c.is_alphanumeric() {
            words.push(c.to_string());
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// The numbers of a text: digits with the separators inside them (`1,299.00`, `10:30`,
/// `2024-05-01`); signs and units around them are special characters.
pub(crate) fn numbers(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut numbers = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        if !chars[at].is_numeric() {
            at += 1;
            continue;
        }
        let start = at;
        while at < chars.len() {
            let next_is_digit = chars.get(at + 1).is_some_and(|c| c.is_numeric());
            let joins = matches!(chars[at], '.' | ',' | ':' | '/' | '-' | '\'') && next_is_digit;
            if !(chars[at].is_numeric() || joins) {
                break;
            }
            at += 1;
        }
        numbers.push(chars[start..at].iter().collect());
    }
    numbers
}

/// The special characters of a text: symbols that are neither letters, digits, white space nor
/// everyday punctuation.
pub(crate) fn specials(text: &str) -> Vec<String> {
    let everyday = |c: char| {
        c.is_alphanumeric()
            || c.is_whitespace()
            || matches!(
                c,
                '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '"' | '(' | ')' | '-' | '–' | '—' | '‘'
                    | '’' | '“' | '”' | '…' | '。' | '、' | '،'
            )
            // Marks that belong to the letter before them.
            || ('\u{0300}'..='\u{036f}').contains(&c)
            || ('\u{064b}'..='\u{065f}').contains(&c)
            || c.is_control()
    };
    text.chars().filter(|c| !everyday(*c)).map(String::from).collect()
}

/// How many entries two sorted lists share, counting repeats.
pub(crate) fn shared(a: &[String], b: &[String]) -> usize {
    let (mut i, mut j, mut count) = (0, 0, 0);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        match x.cmp(y) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                count += 1;
                i += 1;
                j += 1;
            }
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::{numbers, shared, specials, words};

    #[test]
    fn numbers_keep_their_separators_and_lose_a_full_stop() {
        assert_eq!(numbers("From $1,299.00 to 10:30, 7."), ["1,299.00", "10:30", "7"]);
        assert!(numbers("no digits").is_empty());
    }

    #[test]
    fn specials_are_symbols_not_punctuation() {
        assert_eq!(specials("© 2024, Ann's “50%” café → €5!"), ["©", "%", "→", "€"]);
    }

    #[test]
    fn every_ideograph_is_a_word() {
        assert_eq!(words("Hello, 世界 v2"), ["hello", "世", "界", "v2"]);
    }

    #[test]
    fn repeats_count_as_often_as_both_have_them() {
        let list = |text: &str| words(text);
        assert_eq!(shared(&list("a a b"), &list("a b b")), 2);
    }
}
