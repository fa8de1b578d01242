//! Texts as a page and a check write them: what is the same, and what is a part of what.

/// `text` without what does not count: case, extra white space, marks without width, the space
/// between a currency sign and its number; typographic quotes and minus signs are the plain ones.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut space = false;
    for c in text.chars() {
        let c = match c {
            '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{ad}' => continue,
            '\u{2212}' => '-',
            '\u{2018}' | '\u{2019}' => '\'',
            '\u{201c}' | '\u{201d}' => '"',
            c if c.is_whitespace() || c.is_control() => {
                space = true;
                continue;
            }
            c => c,
        };
        let joined = c.is_ascii_digit() && plain.ends_with(is_currency);
        if space && !plain.is_empty() && !joined {
            plain.push(' ');
        }
        space = false;
        plain.extend(c.to_lowercase());
    }
    plain
}

fn is_currency(c: char) -> bool {
    matches!(c, '$' | '€' | '£' | '¥' | '₹')
}

/// Whether `part` stands in `whole`, both [`plain`]. A number at an end of `part` has to be a whole
/// number there: `$42.00` is not in `$142.00`, `$42.001` or `-$42.00`, and `3 items` not in
/// `13 items`. Letters at an end may go on: `no result` is in `no results`.
pub(crate) fn holds(whole: &str, part: &str) -> bool {
    let (Some(first), Some(last)) = (part.chars().next(), part.chars().next_back()) else {
        return true;
    };
    places(whole, part).any(|(before, after)| {
        number_begins(before, part, first) && (!last.is_ascii_digit() || number_ends(after))
    })
}

/// Whether `part` stands in `whole` as words of their own: `total` is not in `subtotal`.
pub(crate) fn holds_words(whole: &str, part: &str) -> bool {
    let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    !part.is_empty()
        && places(whole, part)
            .any(|(before, after)| !word(before.chars().next_back()) && !word(after.chars().next()))
}

/// What stands before and after each place of `part` in `whole`.
fn places<'a>(whole: &'a str, part: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let at = from + whole.get(from..)?.find(part)?;
        // The next place may overlap this one, as `1 1` does in `1 1 1`.
        from = at + whole[at..].chars().next().map_or(1, char::len_utf8);
        Some((&whole[..at], &whole[at + part.len()..]))
    })
}

/// Whether a part that begins with `first` may begin after `before`.
fn number_begins(before: &str, part: &str, first: char) -> bool {
    let numeric = first.is_ascii_digit()
        || (is_currency(first)
            && part[first.len_utf8()..].starts_with(|c: char| c.is_ascii_digit()));
    let Some(last) = before.chars().next_back().filter(|_| numeric) else { return true };
    let ahead = &before[..before.len() - last.len_utf8()];
    match last {
        c if c.is_ascii_digit() => false,
        c if c.is_ascii_alphabetic() => is_currency(first),
        // The end of a longer number: `1.3`, `1,000`.
        '.' | ',' => !ahead.ends_with(|c: char| c.is_ascii_digit()),
        // A minus sign, unless it joins: `2024-5`, `pre-5`.
        '-' => ahead.ends_with(char::is_alphanumeric),
        // The sign of `-$5`, where the part is `5`.
        c if is_currency(c) => {
            !ahead.ends_with('-') || ahead[..ahead.len() - 1].ends_with(char::is_alphanumeric)
        }
        _ => true,
    }
}

/// Whether a number may end before `after`.
fn number_ends(after: &str) -> bool {
    let mut rest = after.chars();
    match rest.next() {
        Some(c) if c.is_ascii_alphanumeric() => false,
        // A longer number goes on: `42.50`, `42,50`, `1,000`.
        Some('.' | ',') => !rest.next().is_some_and(|c| c.is_ascii_digit()),
        _ => true,
    }
}

/// `text` on one line within backticks, at most 80 characters.
pub(crate) fn quoted(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = line.chars().take(80).collect();
    if short.len() < line.len() { format!("`{short}…`") } else { format!("`{short}`") }
}

#[cfg(test)]
mod tests {
    use super::{holds, holds_words, plain, quoted};

    fn is_in(part: &str, whole: &str) -> bool {
        holds(&plain(whole), &plain(part))
    }

    #[test]
    fn a_number_is_found_as_a_whole_number_only() {
        for (part, whole) in [
            ("$42.00", "Total: $42.00"),
            ("$42.00", "total $ 42.00."),
            ("$42.00", "US$42.00, paid"),
            ("42.00", "$42.00"),
            ("3 items", "You have 3 items."),
            ("3", "3件"),
            ("3", "1, 2, 3"),
            ("5", "Counter: 5"),
            ("-5", "Counter: \u{2212}5"),
            ("5", "2024-5"),
            ("50", "50%"),
            ("12", "12."),
            ("1,000", "1,000 points"),
            ("THANK   you", "Thank\u{a0}you!"),
            ("no result", "No results"),
            ("it's", "It’s done"),
            ("", "anything"),
        ] {
            assert!(is_in(part, whole), "`{part}` in `{whole}`");
        }
        for (part, whole) in [
            ("$42.00", "$142.00"),
            ("$42.00", "$42.001"),
            ("$42.00", "-$42.00"),
            ("42.00", "-$42.00"),
            ("$42", "$42.50"),
            ("$1", "$1,000"),
            ("42", "42,50 €"),
            ("000", "1,000"),
            ("3 items", "13 items"),
            ("3", "1.3"),
            ("5", "-5"),
            ("5", "(-5)"),
            ("5", "A5"),
            ("5", "5px"),
            ("item 1", "item 10"),
            ("total", "sum"),
        ] {
            assert!(!is_in(part, whole), "`{part}` not in `{whole}`");
        }
    }

    #[test]
    fn a_later_place_may_be_the_right_one() {
        assert!(is_in("3 items", "13 items, 3 items"));
        assert!(is_in("1 1", "11 1 1"));
    }

    #[test]
    fn words_stand_alone() {
        assert!(holds_words("order total: 5", "total"));
        assert!(!holds_words("subtotal: 5", "total"));
        assert!(!holds_words("totals: 5", "total"));
        assert!(!holds_words("x", ""));
    }

    #[test]
    fn a_quote_is_one_short_line() {
        assert_eq!(quoted(" a\n b "), "`a b`");
        assert_eq!(quoted(&"é".repeat(90)).chars().count(), 83);
    }
}
