//! The tags of an answer. It is not XML: contents hold raw sources, so a tag is found by its name
//! and its content goes to the next closing tag.

use pageloom_schema::Dialect;

/// The longest opening tag that is read, in bytes.
const MAX_TAG_BYTES: usize = 2_048;

/// An opening tag.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tag<'t> {
    /// Where it starts.
    pub(super) start: usize,
    /// Where its content starts.
    pub(super) end: usize,
    attributes: Vec<(&'t str, &'t str)>,
}

impl<'t> Tag<'t> {
    /// The value of an attribute; of several with one name, the first counts.
    pub(super) fn attribute(&self, name: &str) -> Option<&'t str> {
        let found = self.attributes.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| *value)
    }
}

/// What an opening tag is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TagKind {
    /// Around the whole answer.
    Artifact(Dialect),
    /// Around one file or command.
    Action(Dialect),
}

/// The first opening tag at or after `from`, of either dialect, whatever it is for.
pub(super) fn next_tag(text: &str, from: usize) -> Option<(TagKind, Tag<'_>)> {
    let mut at = from;
    loop {
        at += text.get(at..)?.find('<')?;
        let rest = text.get(at + 1..)?;
        for dialect in [Dialect::Web, Dialect::Bolt] {
            let kinds = [
                (dialect.action(), TagKind::Action(dialect)),
                (dialect.artifact(), TagKind::Artifact(dialect)),
            ];
            for (name, kind) in kinds {
                if let Some(inner) = rest.strip_prefix(name)
                    && let Some((length, attributes)) = attributes(inner)
                {
                    let end = at + 1 + name.len() + length;
                    return Some((kind, Tag { start: at, end, attributes }));
                }
            }
        }
        at += 1;
    }
}

/// The end of a content that starts at `from`: where its closing tag starts and where it ends.
pub(super) fn closing(text: &str, from: usize, name: &str) -> Option<(usize, usize)> {
    let close = format!("</{name}>");
    let at = from + text.get(from..)?.find(&close)?;
    Some((at, at + close.len()))
}

/// Reads attributes up to and with `>`: the length of what was read, and the attributes. `None`
/// when it is no tag, or one that never ends.
fn attributes(text: &str) -> Option<(usize, Vec<(&str, &str)>)> {
    let bytes = text.as_bytes();
    let bytes = bytes.get(..bytes.len().min(MAX_TAG_BYTES))?;
    // `<webActions` and `<webAction-x` are other tags.
    if !bytes.first().is_some_and(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/')) {
        return None;
    }
    let until = |from: usize, stop: &dyn Fn(u8) -> bool| {
        bytes.get(from..)?.iter().position(|b| stop(*b)).map(|length| from + length)
    };
    let mut found = Vec::new();
    let mut at = 0;
    loop {
        at = until(at, &|b| !b.is_ascii_whitespace() && b != b'/')?;
        match bytes.get(at)? {
            b'>' => return Some((at + 1, found)),
            b'<' => return None,
            _ => {}
        }
        let name_end =
            until(at, &|b| b.is_ascii_whitespace() || matches!(b, b'=' | b'>' | b'<' | b'/'))?;
        let name = text.get(at..name_end)?;
        let equals = until(name_end, &|b| !b.is_ascii_whitespace())?;
        if bytes.get(equals) != Some(&b'=') {
            // A stray character must not stop the reading where it stands.
            at = name_end.max(at + 1);
            found.push((name, ""));
            continue;
        }
        let start = until(equals + 1, &|b| !b.is_ascii_whitespace())?;
        let (value, next) = match bytes.get(start)? {
            quote @ (b'"' | b'\'') => {
                let end = until(start + 1, &|b| b == *quote)?;
                (text.get(start + 1..end)?, end + 1)
            }
            _ => {
                let end = until(start, &|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'<'))?;
                (text.get(start..end)?, end)
            }
        };
        found.push((name, value));
        at = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(text: &str) -> Option<(TagKind, Tag<'_>)> {
        next_tag(text, 0)
    }

    #[test]
    fn attributes_come_in_any_order_with_either_quote() {
        for text in [
            r#"<webAction type="file" filePath="a b.ts">"#,
            "<webAction filePath='a b.ts' type='file'>",
            "<webAction\n  type = 'file'\n  filePath=\"a b.ts\" extra />",
            r#"<webAction data-x="1>2" type=file filepath="a b.ts">"#,
        ] {
            let (kind, tag) = first(text).unwrap();
            assert_eq!(kind, TagKind::Action(Dialect::Web));
            assert_eq!(tag.attribute("type"), Some("file"), "{text}");
            assert_eq!(tag.attribute("filePath"), Some("a b.ts"), "{text}");
            assert_eq!(tag.end, text.len(), "{text}");
        }
    }

    #[test]
    fn what_only_starts_like_a_tag_is_none() {
        for text in ["<webActions>", "<webAction", "<webAction type=\"file", "<webAction <p>", "<"]
        {
            assert_eq!(first(text), None, "{text}");
        }
        let (_, tag) = first("<webAction type= <webAction type='start'>").unwrap();
        assert_eq!(tag.attribute("type"), Some("start"));
    }
}
