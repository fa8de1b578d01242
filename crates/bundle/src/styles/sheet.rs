//! What a style sheet names: other sheets by `@import`, files by `url()`. Comments and strings are
//! skipped as the CSS syntax has it; nothing else of the sheet is looked at.

use std::ops::Range;

/// One name of another file in a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// A whole `@import …;` rule.
    Import {
        /// What it imports.
        address: String,
        /// Media, layer and support conditions, as written.
        conditions: String,
        /// The rule, semicolon included.
        place: Range<usize>,
    },
    /// What stands inside `url(…)`.
    Url {
        /// The address, without quotes.
        address: String,
        /// From `url(` to its `)`.
        place: Range<usize>,
    },
}

/// Everything that a sheet names, in order.
pub(crate) fn named(css: &str) -> Vec<Named> {
    let bytes = css.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'/' if bytes.get(at + 1) == Some(&b'*') => at = end_of_comment(css, at),
            b'"' | b'\'' => at = end_of_string(bytes, at),
            b'@' if starts_with(bytes, at, b"@import") => match import(css, at) {
                Some((import, end)) => {
                    found.push(import);
                    at = end;
                }
                None => at += 1,
            },
            b'u' | b'U' if starts_with(bytes, at, b"url(") && !is_name(bytes, at) => {
                let (address, end) = url(css, at);
                found.push(Named::Url { address, place: at..end });
                at = end;
            }
            _ => at += 1,
        }
    }
    found
}

fn starts_with(bytes: &[u8], at: usize, word: &[u8]) -> bool {
    bytes.get(at..at + word.len()).is_some_and(|part| part.eq_ignore_ascii_case(word))
}

/// True when the byte before belongs to a longer name.
fn is_name(bytes: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|at| bytes.get(at));
    before.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'-' || *byte == b'_')
}

fn end_of_comment(css: &str, at: usize) -> usize {
    css.get(at + 2..).and_then(|rest| rest.find("*/")).map_or(css.len(), |end| at + 2 + end + 2)
}

fn end_of_string(bytes: &[u8], at: usize) -> usize {
    let quote = bytes.get(at).copied().unwrap_or_default();
    let mut end = at + 1;
    while let Some(&byte) = bytes.get(end) {
        match byte {
            b'\\' => end += 2,
            b'\n' => return end,
            _ if byte == quote => return end + 1,
            _ => end += 1,
        }
    }
    bytes.len()
}

/// The address in `url(…)` that begins at `at`, and where it ends.
fn url(css: &str, at: usize) -> (String, usize) {
    let bytes = css.as_bytes();
    let mut start = at + 4;
    while bytes.get(start).is_some_and(u8::is_ascii_whitespace) {
        start += 1;
    }
    let end = match bytes.get(start) {
        Some(b'"' | b'\'') => end_of_string(bytes, start),
        _ => bytes
            .get(start..)
            .and_then(|rest| rest.iter().position(|b| *b == b')'))
            .map_or(bytes.len(), |n| start + n),
    };
    let address =
        css.get(start..end).unwrap_or_default().trim().trim_matches(['"', '\'']).to_owned();
    let close = bytes.get(end..).and_then(|rest| rest.iter().position(|byte| *byte == b')'));
    (address, close.map_or(bytes.len(), |close| end + close + 1))
}

fn import(css: &str, at: usize) -> Option<(Named, usize)> {
    let bytes = css.as_bytes();
    let mut start = at + "@import".len();
    while bytes.get(start).is_some_and(u8::is_ascii_whitespace) {
        start += 1;
    }
    let (address, after) = match bytes.get(start)? {
        b'"' | b'\'' => {
            let end = end_of_string(bytes, start);
            (css.get(start + 1..end.saturating_sub(1))?.to_owned(), end)
        }
        _ if starts_with(bytes, start, b"url(") => url(css, start),
        _ => return None,
    };
    let end = css.get(after..)?.find(';').map_or(css.len(), |end| after + end);
    let conditions = css.get(after..end)?.trim().to_owned();
    let end = (end + 1).min(css.len());
    Some((Named::Import { address, conditions, place: at..end }, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_and_addresses_are_found_and_comments_are_not() {
        let css = "@import './a.css';\n@import url(\"b.css\") screen;\n/* url(no.png) @import 'no' */\n\
            a { content: 'url(no.png)'; background: URL( 'x y.png' ), url(data:image/png;base64,AA==) } b{c:my-url(z)}";
        let names: Vec<(String, String)> = named(css)
            .into_iter()
            .map(|named| match named {
                Named::Import { address, conditions, .. } => (address, conditions),
                Named::Url { address, place } => (address, css[place].to_owned()),
            })
            .collect();
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(
            names,
            [
                pair("./a.css", ""),
                pair("b.css", "screen"),
                pair("x y.png", "URL( 'x y.png' )"),
                pair("data:image/png;base64,AA==", "url(data:image/png;base64,AA==)"),
            ]
        );
    }

    #[test]
    fn cut_off_sheets_end() {
        for css in ["@import '", "url(", "a{b:url('", "/*", "@import url(x", "\"\\"] {
            let _ = named(css);
        }
    }
}
