//! What a style sheet refers to: `@import` and `url(…)`, with their lines.

/// A reference of a style sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SheetReference {
    /// Where it points, as written, without quotes.
    pub(crate) target: String,
    /// Line in the sheet, from 1.
    pub(crate) line: u32,
    /// It is an `@import`, not a picture or a font.
    pub(crate) is_import: bool,
}

/// The references of a style sheet in its order. Comments are read over.
pub(crate) fn sheet_references(text: &str) -> Vec<SheetReference> {
    let mut found = Vec::new();
    let mut line = 1;
    let mut after_import = false;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("/*") {
            let end = comment.find("*/").map_or(rest.len(), |end| end + 4);
            let (skipped, after) = rest.split_at(end.min(rest.len()));
            line += count_lines(skipped);
            rest = after;
            continue;
        }
        if c == '"' || c == '\'' {
            let inner = rest.get(1..).unwrap_or_default();
            let end = inner.find([c, '\n']).unwrap_or(inner.len());
            if after_import {
                let target = inner.get(..end).unwrap_or_default().to_owned();
                found.push(SheetReference { target, line, is_import: true });
                after_import = false;
            }
            rest = match inner.get(end..) {
                Some(after) if after.starts_with(c) => after.get(1..).unwrap_or_default(),
                Some(after) => after,
                None => "",
            };
            continue;
        }
        if starts_with_word(rest, "@import") {
            after_import = true;
            rest = rest.get("@import".len()..).unwrap_or_default();
            continue;
        }
        if starts_with_word(rest, "url(") {
            let inner = rest.get("url(".len()..).unwrap_or_default();
            let end = inner.find([')', '\n']).unwrap_or(inner.len());
            let target = inner.get(..end).unwrap_or_default().trim().trim_matches(['"', '\'']);
            if !target.is_empty() {
                let target = target.to_owned();
                found.push(SheetReference { target, line, is_import: after_import });
            }
            after_import = false;
            rest = inner.get(end..).unwrap_or_default();
            continue;
        }
        match c {
            '\n' => line += 1,
            ';' => after_import = false,
            _ => {}
        }
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
    }
    found
}

fn starts_with_word(text: &str, word: &str) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

fn count_lines(text: &str) -> u32 {
    u32::try_from(text.bytes().filter(|byte| *byte == b'\n').count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_and_urls_are_found_with_their_lines() {
        let text = "/* url(no)\n */ @import 'a.css';\n@import url(\"b.css\") screen;\n\
                    p { background: url( c.png ); content: \"url(d)\" }\n@import url(//x.y/e.css);";
        let found: Vec<_> =
            sheet_references(text).into_iter().map(|r| (r.target, r.line, r.is_import)).collect();
        let expected =
            [("a.css", 2, true), ("b.css", 3, true), ("c.png", 4, false), ("//x.y/e.css", 5, true)];
        assert_eq!(found, expected.map(|(target, line, import)| (target.to_owned(), line, import)));
    }
}
