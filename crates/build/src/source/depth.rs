//! How deep a source nests, told before it is parsed: the parser recurses, and on some nested
//! constructs its time grows with the square of the depth.

/// The deepest nesting of brackets and tags that is parsed.
pub(super) const MAX_NESTING: usize = 500;

/// How many words and signs a text has: at least as many as the parser finds tokens in it, and so
/// a bound on how deep it can recurse.
pub(super) fn tokens(text: &str) -> usize {
    let mut count = 0;
    let mut in_word = false;
    for byte in text.bytes() {
        let is_word = byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80;
        count += usize::from(if is_word { !in_word } else { !byte.is_ascii_whitespace() });
        in_word = is_word;
    }
    count
}

/// The line where the nesting passes [`MAX_NESTING`], counted with and without what stands in
/// quotes and comments: neither count alone can be hidden from.
pub(super) fn too_deep(text: &str) -> Option<u32> {
    let everywhere = Nesting::default().run(text, false);
    everywhere.or_else(|| Nesting::default().run(text, true))
}

/// The brackets and angles that are open.
#[derive(Default)]
struct Nesting {
    /// For each open bracket, how many angles were open around it since the bracket before.
    outer: Vec<usize>,
    /// The angles that are open since the last bracket.
    angles: usize,
    /// All of them together.
    all: usize,
}

impl Nesting {
    fn run(mut self, text: &str, skip_quoted: bool) -> Option<u32> {
        let bytes = text.as_bytes();
        let mut quote: Option<u8> = None;
        let mut line = 1;
        // The last sign or letter, and the last byte.
        let (mut last, mut before) = (0, 0);
        let mut at = 0;
        while let Some(byte) = bytes.get(at).copied() {
            let next = bytes.get(at + 1).copied().unwrap_or_default();
            at += 1;
            if byte == b'\n' {
                line += 1;
                // Only templates and comments go over lines; an apostrophe in a text of JSX ends.
                quote = quote.filter(|quote| matches!(quote, b'`' | b'*'));
                continue;
            }
            if let Some(open) = quote {
                match (open, byte, next) {
                    (b'*', b'*', b'/') => (quote, at) = (None, at + 1),
                    (b'*' | b'/', ..) => {}
                    (_, b'\\', _) if next != b'\n' => at += 1,
                    (_, byte, _) if byte == open => quote = None,
                    _ => {}
                }
                continue;
            }
            match (byte, next) {
                (b'"' | b'\'' | b'`', _) if skip_quoted => quote = Some(byte),
                (b'/', b'/') if skip_quoted => quote = Some(b'/'),
                (b'/', b'*') if skip_quoted => (quote, at) = (Some(b'*'), at + 1),
                (b'(' | b'[' | b'{', _) => self.open(),
                (b')' | b']' | b'}', _) => self.close(),
                // After a name, it may open type arguments.
                (b'<', _) if last == b'>' || last == b'_' || last.is_ascii_alphanumeric() => {
                    self.angles += 1;
                    self.all += 1;
                }
                (b'>', _) if before != b'=' && self.angles > 0 => {
                    self.angles -= 1;
                    self.all -= 1;
                }
                (b';', _) => {
                    self.all -= self.angles;
                    self.angles = 0;
                }
                _ => {}
            }
            before = byte;
            if !byte.is_ascii_whitespace() {
                last = byte;
            }
            if self.all > MAX_NESTING {
                return Some(line);
            }
        }
        None
    }

    fn open(&mut self) {
        self.outer.push(self.angles);
        self.angles = 0;
        self.all += 1;
    }

    fn close(&mut self) {
        if let Some(outer) = self.outer.pop() {
            self.all -= self.angles + 1;
            self.angles = outer;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deep_nesting_is_found_with_its_line() {
        for open in ["(", "[", "{", "a(\")\",", "f(`", "<a b={", "a<", "a<(b)|", "a <\n"] {
            assert!(too_deep(&open.repeat(600)).is_some(), "{open}");
        }
        assert_eq!(too_deep(&format!("a\n{}", "(".repeat(501))), Some(2));
        assert_eq!(too_deep(&"(".repeat(500)), None);
    }

    #[test]
    fn long_flat_sources_are_not_deep() {
        assert_eq!(too_deep(&"if (a < b) { f<T>([x]) }\n".repeat(2_000)), None);
        assert_eq!(too_deep(&"const a: Map<K, V> = b;\n".repeat(2_000)), None);
        assert_eq!(too_deep(&"<p>It's</p>\n<br />\n".repeat(2_000)), None);
    }

    #[test]
    fn words_and_signs_are_counted() {
        assert_eq!(tokens("const a = f(1);"), 8);
        assert_eq!(tokens("  \n"), 0);
    }
}
