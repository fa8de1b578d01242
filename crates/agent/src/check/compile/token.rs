//! A sentence cut into words, quoted texts and values that stand for themselves.

/// One piece of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A text within quotes, as it stands.
    Quoted(String),
    /// What needs no quotes to be a value: numbers, amounts, paths, addresses of mail.
    Literal(String),
    /// A word.
    Word(Word),
    /// A comma.
    Comma,
    /// The end of a sentence that is followed by another.
    Stop,
}

/// A word of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// In lower case.
    pub(super) lower: String,
    /// As it is written.
    pub(super) written: String,
    /// Written with a capital where none need be, so that it is a name.
    pub(super) is_name: bool,
}

/// The pieces of a sentence; `None` when a quote is not closed or a sign is none of a sentence.
pub(super) fn tokens(sentence: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = sentence.trim();
    while let Some(first) = rest.chars().next() {
        if let Some(close) = closing(first) {
            let inner = &rest[first.len_utf8()..];
            let end = quote_end(inner, close)?;
            tokens.push(Token::Quoted(inner[..end].trim().to_owned()));
            rest = &inner[end + close.len_utf8()..];
            // Nothing is glued to a quote but the end of a part of the sentence.
            if rest.starts_with(|c: char| !c.is_whitespace() && !",.;!".contains(c)) {
                return None;
            }
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            // A comma or a quote may follow without a space, but never within a value.
            let chunk = &rest[..end];
            let mark = chunk.len() - chunk.trim_end_matches([',', '.', ';', '!', ':']).len();
            let word = &chunk[..chunk.len() - mark];
            if !word.is_empty() {
                let begins = matches!(tokens.last(), None | Some(Token::Stop));
                tokens.push(token(word, begins)?);
            }
            let marks = &chunk[chunk.len() - mark..];
            rest = &rest[end..];
            match marks {
                "" => {}
                "," => tokens.push(Token::Comma),
                "." | ";" | "!" => tokens.push(Token::Stop),
                // A colon stands before what is quoted.
                ":" if rest.trim_start().starts_with(|c| closing(c).is_some()) => {}
                _ => return None,
            }
        }
        rest = rest.trim_start();
    }
    while tokens.last() == Some(&Token::Stop) {
        tokens.pop();
    }
    Some(tokens)
}

/// The quote that closes one; `None` for what opens none.
fn closing(open: char) -> Option<char> {
    Some(match open {
        '"' | '\'' | '`' => open,
        '“' => '”',
        '‘' => '’',
        '«' => '»',
        _ => return None,
    })
}

/// Where a quoted text ends. A single quote within a word is an apostrophe.
fn quote_end(inner: &str, close: char) -> Option<usize> {
    inner.match_indices(close).map(|(at, _)| at).find(|at| {
        let next = inner[at + close.len_utf8()..].chars().next();
        *at > 0 && (!matches!(close, '\'' | '’') || !next.is_some_and(char::is_alphanumeric))
    })
}

fn token(text: &str, begins: bool) -> Option<Token> {
    let first = text.chars().next()?;
    let valued = text.chars().any(|c| c.is_ascii_digit())
        || text.contains('@')
        || (matches!(first, '/' | '#' | '?') && text.len() > 1);
    if valued {
        let fits = |c: char| c.is_alphanumeric() || "$€£¥₹%.,:/@#?&=+-_−°".contains(c);
        return text.chars().all(fits).then(|| Token::Literal(text.to_owned()));
    }
    let fits = |c: char| c.is_alphabetic() || matches!(c, '-' | '\'' | '’');
    text.chars().all(fits).then(|| {
        Token::Word(Word {
            lower: text.to_lowercase().replace('’', "'"),
            written: text.to_owned(),
            is_name: first.is_uppercase() && !begins,
        })
    })
}

/// A place in a sentence. What is taken from it is understood; a reading is good when nothing is left.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    rest: &'a [Token],
}

impl<'a> Cursor<'a> {
    pub(super) fn new(rest: &'a [Token]) -> Self {
        Self { rest }
    }

    pub(super) fn is_done(&self) -> bool {
        self.rest.is_empty()
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'a [Token] {
        self.rest
    }

    pub(super) fn peek(&self) -> Option<&'a Token> {
        self.rest.first()
    }

    pub(super) fn next(&mut self) -> Option<&'a Token> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    /// The next word in lower case, left where it is.
    pub(super) fn word(&self) -> Option<&'a str> {
        match self.peek() {
            Some(Token::Word(word)) => Some(&word.lower),
            _ => None,
        }
    }

    /// Takes `phrase`, words with single spaces between them, if it comes next.
    pub(super) fn take(&mut self, phrase: &str) -> bool {
        let mut ahead = *self;
        for word in phrase.split(' ') {
            match ahead.next() {
                Some(Token::Word(next)) if next.lower == word => {}
                _ => return false,
            }
        }
        *self = ahead;
        true
    }

    /// Takes the first of some phrases that comes next.
    pub(super) fn take_any(&mut self, phrases: &[&'static str]) -> Option<&'static str> {
        phrases.iter().copied().find(|phrase| self.take(phrase))
    }

    /// Takes a quoted text.
    pub(super) fn quoted(&mut self) -> Option<String> {
        match self.peek() {
            Some(Token::Quoted(text)) => {
                self.next();
                Some(text.clone())
            }
            _ => None,
        }
    }

    /// Takes words that are written as names, at least one.
    pub(super) fn names(&mut self) -> Option<String> {
        let mut words = Vec::new();
        while let Some(Token::Word(word)) = self.peek()
            && word.is_name
        {
            words.push(word.written.clone());
            self.next();
        }
        (!words.is_empty()).then(|| words.join(" "))
    }

    /// The words between an earlier place and this one, as they are written.
    pub(super) fn written_since(&self, earlier: &Self) -> String {
        let taken = earlier.rest.len().saturating_sub(self.rest.len());
        let word = |token: &Token| match token {
            Token::Word(word) => Some(word.written.clone()),
            _ => None,
        };
        earlier.rest.iter().take(taken).filter_map(word).collect::<Vec<_>>().join(" ")
    }

    /// Takes a number of things, written in digits or as a word up to twelve.
    pub(super) fn number(&mut self) -> Option<u32> {
        const WORDS: [&str; 13] = [
            "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
            "eleven", "twelve",
        ];
        let number = match self.peek()? {
            Token::Literal(text) if text.bytes().all(|b| b.is_ascii_digit()) => {
                text.parse().ok()?
            }
            Token::Word(word) => {
                let at = WORDS.iter().position(|name| *name == word.lower)?;
                u32::try_from(at).ok()?
            }
            _ => return None,
        };
        self.next();
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::{Token, tokens};

    fn written(sentence: &str) -> Option<Vec<String>> {
        let tokens = tokens(sentence)?;
        let one = |token: Token| match token {
            Token::Quoted(text) => format!("«{text}»"),
            Token::Literal(text) => format!("={text}"),
            Token::Word(word) if word.is_name => word.written,
            Token::Word(word) => word.lower,
            Token::Comma => ",".to_owned(),
            Token::Stop => ".".to_owned(),
        };
        Some(tokens.into_iter().map(one).collect())
    }

    #[test]
    fn quotes_values_and_names_are_told_apart() {
        for (sentence, parts) in [
            ("The total shows $42.00.", "the total shows =$42.00"),
            ("The text \"It's done.\" appears", "the text «It's done.» appears"),
            ("the text 'It's done' appears!", "the text «It's done» appears"),
            ("A doesn't, B; and 3.5%", "a doesn't , B . and =3.5%"),
            ("says: “Saved”, now", "says «Saved» , now"),
            ("the field contains a@b.c.", "the field contains =a@b.c"),
            ("the URL contains /cart", "the URL contains =/cart"),
            ("Thank You. Bye", "thank You . bye"),
        ] {
            let told = written(sentence).map(|parts| parts.join(" "));
            assert_eq!(told.as_deref(), Some(parts), "{sentence}");
        }
    }

    #[test]
    fn what_is_no_plain_sentence_is_not_cut() {
        for sentence in
            ["the text \"open", "a (b) c", "the total: $5", "is it there?", "x...", "\"a\"b"]
        {
            assert_eq!(written(sentence), None, "{sentence}");
        }
    }
}
