//! JSON with comments and trailing commas, as TypeScript reads its configuration.

use serde_json::Value;

/// Reads JSON that may have `//` and `/* */` comments, trailing commas and a byte order mark.
pub(crate) fn parse_with_comments(text: &str) -> Option<Value> {
    serde_json::from_str(&without_comments(text.trim_start_matches('\u{feff}'))).ok()
}

/// True when nothing but blanks and comments is in it, which TypeScript takes for an empty object.
pub(super) fn is_blank(text: &str) -> bool {
    without_comments(text.trim_start_matches('\u{feff}')).trim().is_empty()
}

fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut in_string = false;
    // Where an undecided comma stands in `out`: it goes when only blanks are between it and a
    // closing bracket.
    let mut comma: Option<usize> = None;
    while let Some(c) = chars.next() {
        if in_string {
            out.push(c);
            if c == '\\' {
                out.extend(chars.next());
            }
            in_string = c != '"';
            continue;
        }
        match (c, chars.peek()) {
            ('/', Some('/')) => {
                while chars.peek().is_some_and(|next| *next != '\n') {
                    chars.next();
                }
            }
            ('/', Some('*')) => {
                chars.next();
                let mut star = false;
                for inner in chars.by_ref() {
                    if star && inner == '/' {
                        break;
                    }
                    star = inner == '*';
                }
                out.push(' ');
            }
            (']' | '}', _) => {
                if let Some(at) = comma.take() {
                    out.replace_range(at..=at, " ");
                }
                out.push(c);
            }
            (',', _) => {
                comma = Some(out.len());
                out.push(c);
            }
            _ => {
                in_string = c == '"';
                if !c.is_whitespace() {
                    comma = None;
                }
                out.push(c);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_trailing_commas_are_read_over() {
        let text =
            "\u{feff}{ // one\n \"a\": [1, 2,], /* two\n */ \"b\": \"// no, } comment,\\\"\",\n}";
        let value = parse_with_comments(text).unwrap();
        assert_eq!(value["a"], serde_json::json!([1, 2]));
        assert_eq!(value["b"], "// no, } comment,\"");
        assert!(parse_with_comments("{,}").is_some(), "a lone comma is forgiven");
        assert!(parse_with_comments("{").is_none());
        assert!(is_blank("\u{feff} // nothing\n") && !is_blank("{}"));
    }
}
