//! Untrusted text made safe for each format it is written into. One function a format; a renderer
//! must pass every string of a run through its own.

/// `text` for one cell of a terminal table: no control characters (so no escape codes and no line
/// breaks), no invisible or direction-changing characters.
pub(crate) fn terminal(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || is_invisible(c) { '\u{fffd}' } else { c }).collect()
}

/// Zero-width and bidirectional controls, which can make text read as something else.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// Marks that make a line read in another order than it is written.
fn is_reordering(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// JSON text that is safe to print: the control characters that JSON itself lets pass, and
/// reordering marks, as escapes.
pub(crate) fn printed_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c != '\n' && c.is_control() || is_reordering(c) || matches!(c, '\u{2028}' | '\u{2029}') {
            out.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}

/// `text` as one CSV cell (RFC 4180). Control characters other than line breaks and tabs, and
/// reordering marks, become U+FFFD. A cell that a spreadsheet would run as a formula gets a
/// leading apostrophe.
pub(crate) fn csv_cell(text: &str) -> String {
    let formula = text.trim_start().starts_with(['=', '+', '-', '@', '\t', '\r', '\0'])
        || text.starts_with(['\t', '\r', '\n']);
    let harmful = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t') || is_reordering(c);
    let text = text.replace(harmful, "\u{fffd}");
    let text = if formula { format!("'{text}") } else { text };
    if text.contains([',', '"', '\n', '\r', ';', '\t']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

/// `text` for XML character data or a double-quoted attribute. Characters that XML 1.0 has no way
/// to write become U+FFFD.
pub(crate) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\t' => out.push_str("&#9;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c if c.is_control() || is_reordering(c) => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// JSON text as part of a script file: `<` and `>` cannot close or open a tag, and the two line
/// separators that are line breaks in older JavaScript are written as escapes. All four occur
/// inside JSON strings only, where a `\u` escape means the same.
pub(crate) fn script_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len() + json.len() / 32);
    for c in json.chars() {
        match c {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{csv_cell, printed_json, script_json, terminal, xml};

    #[test]
    fn escape_codes_and_direction_marks_do_not_reach_a_terminal() {
        let shown = terminal("a\x1b[31mred\x07\u{9b}\u{202e}b\nc");
        assert!(!shown.chars().any(|c| c.is_control() || c == '\u{202e}'), "{shown:?}");
        assert!(shown.contains("red"));
    }

    #[test]
    fn formulas_are_defused_and_quotes_doubled() {
        assert_eq!(csv_cell("=1+1"), "'=1+1");
        assert_eq!(csv_cell(" @cmd"), "' @cmd");
        assert_eq!(csv_cell("a \"b\", c"), "\"a \"\"b\"\", c\"");
        assert_eq!(csv_cell("plain"), "plain");
    }

    #[test]
    fn printed_json_holds_no_escape_codes_and_means_the_same() {
        let out = printed_json("\"a\u{9b}2J\u{202e}b\"");
        assert!(out.is_ascii(), "{out}");
        let back: Result<String, _> = serde_json::from_str(&out);
        assert_eq!(back.ok().as_deref(), Some("a\u{9b}2J\u{202e}b"));
    }

    #[test]
    fn xml_has_no_raw_markup_and_no_impossible_character() {
        assert_eq!(
            xml("<a b=\"c\">&'\0\u{b}\u{ffff}"),
            "&lt;a b=&quot;c&quot;&gt;&amp;&apos;\u{fffd}\u{fffd}\u{fffd}"
        );
    }

    #[test]
    fn script_data_cannot_close_its_script() {
        let out = script_json("\"</script><!--\u{2028}\u{2029}\"");
        assert!(!out.contains(['<', '>', '\u{2028}', '\u{2029}']));
        let back: Result<String, _> = serde_json::from_str(&out);
        assert_eq!(back.ok().as_deref(), Some("</script><!--\u{2028}\u{2029}"));
    }
}
