//! The elements of an HTML page that refer to something, with their lines. It is a reader of tags,
//! not of a tree.

/// An opening tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HtmlElement {
    /// Its name in lower case.
    pub(crate) name: String,
    /// Its attributes: names in lower case, values as written.
    pub(crate) attributes: Vec<(String, String)>,
    /// Line in the page, from 1.
    pub(crate) line: u32,
    /// The text inside, for `script` and `style`.
    pub(crate) text: String,
}

impl HtmlElement {
    /// The value of an attribute; empty when it has none.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.trim())
    }
}

/// All opening tags of a page in its order. Comments are read over, and so is what is inside of
/// scripts and styles.
pub(crate) fn html_elements(text: &str) -> Vec<HtmlElement> {
    let mut found = Vec::new();
    let lower = text.to_ascii_lowercase();
    let mut line = 1_u32;
    let mut counted = 0;
    let mut at = 0;
    while let Some(open) = lower.get(at..).and_then(|rest| rest.find('<')).map(|next| at + next) {
        let rest = lower.get(open..).unwrap_or_default();
        if rest.starts_with("<!--") {
            at = rest.find("-->").map_or(text.len(), |end| open + end + 3);
            continue;
        }
        let length = rest.bytes().skip(1).take_while(|b| b.is_ascii_alphanumeric() || *b == b'-');
        let name = rest.get(1..1 + length.count()).unwrap_or_default();
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            at = open + 1;
            continue;
        }
        let start = open + 1 + name.len();
        let (attributes, end) = attributes(text, &lower, start);
        let lines = text.get(counted..open).unwrap_or_default().bytes().filter(|b| *b == b'\n');
        line = line.saturating_add(u32::try_from(lines.count()).unwrap_or(u32::MAX));
        counted = open;
        at = end;
        let mut inner = String::new();
        if matches!(name, "script" | "style") {
            let close = lower.get(end..).and_then(|rest| rest.find(&format!("</{name}")));
            let close = close.map_or(text.len(), |close| end + close);
            inner = text.get(end..close).unwrap_or_default().to_owned();
            at = close;
        }
        found.push(HtmlElement { name: name.to_owned(), attributes, line, text: inner });
    }
    found
}

fn attributes(text: &str, lower: &str, from: usize) -> (Vec<(String, String)>, usize) {
    let bytes = text.as_bytes();
    let until = |from: usize, stop: &dyn Fn(u8) -> bool| {
        let found = bytes.get(from..).and_then(|rest| rest.iter().position(|b| stop(*b)));
        found.map_or(bytes.len(), |length| from + length)
    };
    let mut found = Vec::new();
    let mut at = from;
    loop {
        at = until(at, &|b| !b.is_ascii_whitespace() && b != b'/');
        match bytes.get(at) {
            None => return (found, bytes.len()),
            Some(b'>') => return (found, at + 1),
            Some(_) => {}
        }
        let name_end =
            until(at + 1, &|b| b.is_ascii_whitespace() || matches!(b, b'=' | b'>' | b'/'));
        let name = lower.get(at..name_end).unwrap_or_default().to_owned();
        let equals = until(name_end, &|b| !b.is_ascii_whitespace());
        if bytes.get(equals) != Some(&b'=') {
            found.push((name, String::new()));
            at = name_end;
            continue;
        }
        let start = until(equals + 1, &|b| !b.is_ascii_whitespace());
        let (value, next) = match bytes.get(start) {
            Some(quote @ (b'"' | b'\'')) => {
                let end = until(start + 1, &|b| b == *quote);
                (start + 1..end, (end + 1).min(bytes.len()))
            }
            _ => {
                let end = until(start, &|b| b.is_ascii_whitespace() || b == b'>');
                (start..end, end)
            }
        };
        found.push((name, text.get(value).unwrap_or_default().to_owned()));
        at = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found_with_their_lines() {
        let text = "<!doctype html>\n<!-- <a> -->\n<LINK Rel=stylesheet href='a.css'>\n\
                    <script type=\"module\" src=/src/main.tsx></script>\n<script>if (a<b) x</script><p";
        let found = html_elements(text);
        let names: Vec<_> = found.iter().map(|e| (e.name.as_str(), e.line)).collect();
        assert_eq!(names, [("link", 3), ("script", 4), ("script", 5), ("p", 5)]);
        assert_eq!(found[0].attribute("rel"), Some("stylesheet"));
        assert_eq!(found[1].attribute("src"), Some("/src/main.tsx"));
        assert_eq!(found[2].text, "if (a<b) x");
    }
}
