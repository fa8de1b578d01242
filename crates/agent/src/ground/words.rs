//! Texts as words that can be compared: without case, accents and punctuation. Signs that stand for
//! something on a control (`×`, `+`, `›`) are words of their own. Pure, and total over all texts.

/// The most characters of one text that are looked at.
const MAX_CHARACTERS: usize = 600;

/// Signs that are kept as words, because controls are named by them alone.
const SIGNS: &str = "×✕✖✗+−–=÷%±.…⋮⋯›‹»«→←↑↓▶◀⏮⏭⏸⏯☰⚙♥♡❤★☆🔍🔎🗑🛒🔔✉✎✏👍🔊🔇⛶🔖↻⟳⟲⤮🔀🔁✓✔☀🌙☾⬇📞📎📌👥😀➤🏠👤📅📷🎤⇄▾▸?#*/^√";

/// The words of a text.
pub(super) fn words(text: &str) -> Vec<String> {
    split(text, false)
}

/// The words of an identifier, such as a class name: `addToCart` and `add-to_cart` are three words.
pub(super) fn identifier_words(text: &str) -> Vec<String> {
    split(text, true)
}

fn split(text: &str, camel: bool) -> Vec<String> {
    let mut found = Vec::new();
    let mut word = String::new();
    let mut was_lower = false;
    let end = |word: &mut String, found: &mut Vec<String>| {
        if !word.is_empty() {
            found.push(std::mem::take(word));
        }
    };
    for c in text.chars().take(MAX_CHARACTERS) {
        if c.is_alphanumeric() {
            if camel && c.is_uppercase() && was_lower {
                end(&mut word, &mut found);
            }
            was_lower = c.is_lowercase();
            push_plain(c, &mut word);
            continue;
        }
        was_lower = false;
        // Apostrophes are left out, so that `don't` stays one word however it is written.
        if matches!(c, '\'' | '’' | '\u{ad}' | '\u{fe0f}' | '\u{200d}') {
            continue;
        }
        // Marks that combine with the letter before them.
        if ('\u{300}'..='\u{36f}').contains(&c) {
            continue;
        }
        end(&mut word, &mut found);
        if !camel && SIGNS.contains(c) {
            found.push(c.to_string());
        } else if !camel && c == '-' {
            found.push("−".to_owned());
        }
    }
    end(&mut word, &mut found);
    tidy(found)
}

/// Leaves out signs that are punctuation where they stand beside other words: a full stop, a dash.
fn tidy(mut found: Vec<String>) -> Vec<String> {
    let spoken = |word: &String| word.chars().any(char::is_alphanumeric);
    if found.iter().any(spoken) {
        found.retain(|word| {
            spoken(word) || !matches!(word.as_str(), "." | "…" | "?" | "−" | "–" | "/" | "#" | "*")
        });
    }
    found
}

/// Appends a letter or digit in lower case, without its accent.
fn push_plain(c: char, word: &mut String) {
    for lower in c.to_lowercase() {
        match lower {
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => word.push('a'),
            'ç' | 'ć' | 'č' | 'ĉ' => word.push('c'),
            'ď' | 'đ' => word.push('d'),
            'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' | 'ė' => word.push('e'),
            'ğ' | 'ĝ' => word.push('g'),
            'ì' | 'í' | 'î' | 'ï' | 'ī' | 'į' | 'ı' => word.push('i'),
            'ł' | 'ľ' | 'ĺ' => word.push('l'),
            'ñ' | 'ń' | 'ň' => word.push('n'),
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ő' => word.push('o'),
            'ř' | 'ŕ' => word.push('r'),
            'ś' | 'š' | 'ş' | 'ș' => word.push('s'),
            'ß' => word.push_str("ss"),
            'ť' | 'ţ' | 'ț' => word.push('t'),
            'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' | 'ų' => word.push('u'),
            'ý' | 'ÿ' => word.push('y'),
            'ź' | 'ž' | 'ż' => word.push('z'),
            'æ' => word.push_str("ae"),
            'œ' => word.push_str("oe"),
            '\u{300}'..='\u{36f}' => {}
            other => word.push(other),
        }
    }
}

/// How alike two words are, 0..=1: 1 for the same, less for another form of it or a slip of the pen.
/// Numbers are the same or not.
pub(super) fn likeness(one: &str, other: &str) -> f64 {
    if one == other {
        return 1.0;
    }
    // Every other form of a word begins as it does, and so do most slips.
    if one.chars().next() != other.chars().next() {
        return 0.0;
    }
    let digits = |word: &str| word.bytes().any(|b| b.is_ascii_digit());
    if digits(one) || digits(other) {
        return 0.0;
    }
    let (one_stem, other_stem) = (stem(one), stem(other));
    if one_stem == other_stem {
        return 0.95;
    }
    let (short, long) = if one_stem.len() <= other_stem.len() {
        (one_stem, other_stem)
    } else {
        (other_stem, one_stem)
    };
    let characters = short.chars().count();
    if characters >= 4 && long.starts_with(short) {
        return 0.8;
    }
    if characters >= 6 && long.chars().count() <= characters + 1 {
        let like = rapidfuzz::fuzz::ratio(one.chars(), other.chars());
        let like = if like > 1.0 { like / 100.0 } else { like };
        if like >= 0.85 {
            return 0.7;
        }
    }
    0.0
}

/// A word without the ending of a plural or a verb's form.
pub(super) fn stem(word: &str) -> &str {
    for (ending, rest) in
        [("ies", 3), ("ings", 4), ("ing", 4), ("sses", 2), ("ed", 4), ("es", 4), ("s", 3)]
    {
        if let Some(stem) = word.strip_suffix(ending)
            && stem.chars().count() >= rest
            && !(ending == "s" && stem.ends_with('s'))
        {
            return stem.trim_end_matches('e');
        }
    }
    if word.chars().count() >= 4 { word.trim_end_matches('e') } else { word }
}

#[cfg(test)]
mod tests {
    use super::{identifier_words, likeness, words};

    #[test]
    fn case_accents_and_punctuation_do_not_tell_words_apart() {
        assert_eq!(words("Ema Novák’s  E-Mail!"), ["ema", "novaks", "e", "mail"]);
        assert_eq!(words("Straße"), words("strasse"));
        assert_eq!(words("e\u{301}t\u{e9}"), ["ete"]);
    }

    #[test]
    fn a_sign_alone_is_a_word_and_beside_words_it_is_not_always() {
        assert_eq!(words("×"), ["×"]);
        assert_eq!(words("+ Add a card"), ["+", "add", "a", "card"]);
        assert_eq!(words("Close…"), ["close"]);
        assert_eq!(words("-"), ["−"]);
        assert_eq!(words("."), ["."]);
    }

    #[test]
    fn identifiers_come_apart_at_their_joints() {
        assert_eq!(
            identifier_words("addToCart btn-primary_2"),
            ["add", "to", "cart", "btn", "primary", "2"]
        );
    }

    #[test]
    fn forms_of_a_word_are_alike_and_numbers_are_exact() {
        assert!(likeness("closes", "close") > 0.9);
        assert!(likeness("deleting", "delete") > 0.9);
        assert!(likeness("notification", "notifications") > 0.9);
        assert!(likeness("1", "14") < 0.1);
        assert!(likeness("cat", "category") < 0.1);
    }
}
