//! The body of an action: what a model wrapped around a file's content is taken off again.

use std::borrow::Cow;

/// A file's content from the body of its action, and whether it was entity-escaped.
///
/// One newline after the opening tag goes; a fence or CDATA section around the whole body goes;
/// entities are decoded when the body as a whole was escaped; white space at the end becomes one
/// newline. A body of nothing but white space is an empty file.
pub(super) fn file_content(body: &str, extension: &str) -> (String, bool) {
    let body = body.strip_prefix("\r\n").or_else(|| body.strip_prefix('\n')).unwrap_or(body);
    let body = without_cdata(body);
    let body = if is_prose(extension) { body } else { without_fence(body) };
    let escaped = is_escaped(body, extension);
    let text = if escaped { decode(body) } else { Cow::Borrowed(body) };
    let text = text.trim_end();
    (if text.trim().is_empty() { String::new() } else { format!("{text}\n") }, escaped)
}

fn is_prose(extension: &str) -> bool {
    matches!(extension, "md" | "mdx" | "markdown" | "txt")
}

fn without_cdata(body: &str) -> &str {
    let inner = body.trim().strip_prefix("<![CDATA[").and_then(|rest| rest.strip_suffix("]]>"));
    inner.map_or(body, |inner| inner.strip_prefix('\n').unwrap_or(inner))
}

/// What is inside a fence that is around the whole body.
fn without_fence(body: &str) -> &str {
    let trimmed = body.trim();
    let opened = trimmed.strip_prefix("```").and_then(|rest| rest.split_once('\n'));
    let Some((language, rest)) = opened else { return body };
    let is_word = language.trim().chars().all(|c| c.is_ascii_alphanumeric() || "+-_.".contains(c));
    match rest.strip_suffix("```") {
        Some(inner) if is_word && (inner.is_empty() || inner.ends_with('\n')) => inner,
        _ => body,
    }
}

/// True when the body as a whole was escaped, not when it merely has an entity in it: there is an
/// escaped tag where a file of this kind would have a tag, and no tag that is not escaped.
fn is_escaped(body: &str, extension: &str) -> bool {
    if !body.contains("&lt;") && !body.contains("&gt;") && !body.contains("&quot;") {
        return false;
    }
    match extension {
        "md" | "mdx" | "markdown" | "txt" => false,
        "json" => {
            let is_json = |text: &str| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
            !is_json(body) && is_json(&decode(body))
        }
        "css" | "scss" | "less" => {
            !body.contains('<') && !body.contains('>') && has_outside_quotes(body, "&gt;", |_| true)
        }
        "html" | "htm" | "svg" | "xml" | "vue" | "svelte" => {
            !body.contains('<') && has_outside_quotes(body, "&lt;", opens_tag)
        }
        _ => {
            let escaped_arrow = body.contains("=&gt;") && !body.contains("=>");
            let escaped_tag = has_outside_quotes(body, "&lt;", opens_tag);
            !has_raw_tag(body) && (escaped_tag || escaped_arrow)
        }
    }
}

fn opens_tag(next: char) -> bool {
    next.is_ascii_alphabetic() || matches!(next, '/' | '!' | '?' | '>' | '&')
}

fn has_raw_tag(body: &str) -> bool {
    body.match_indices('<').any(|(at, _)| {
        let next = body.get(at + 1..).and_then(|rest| rest.chars().next());
        next.is_some_and(|next| next.is_ascii_alphabetic() || matches!(next, '/' | '!' | '>'))
    })
}

/// True when `entity` stands somewhere not right after a quote, with a next character that fits.
fn has_outside_quotes(body: &str, entity: &str, fits: fn(char) -> bool) -> bool {
    body.match_indices(entity).any(|(at, _)| {
        let before = body.get(..at).and_then(|text| text.chars().next_back());
        let after = body.get(at + entity.len()..).and_then(|text| text.chars().next());
        !matches!(before, Some('"' | '\'' | '`')) && after.is_none_or(fits)
    })
}

const ENTITIES: [(&str, char); 8] = [
    ("&lt;", '<'),
    ("&gt;", '>'),
    ("&quot;", '"'),
    ("&apos;", '\''),
    ("&#39;", '\''),
    ("&#x27;", '\''),
    ("&#34;", '"'),
    ("&amp;", '&'),
];

/// Decodes what an escaper writes, each entity once.
///
/// Models often escape the tags alone. `&amp;` is then the page's own, and stays, unless it stands
/// twice as the operator `&&` does.
fn decode(body: &str) -> Cow<'_, str> {
    let starts_entity = |rest: &str| ENTITIES.iter().any(|(name, _)| rest.starts_with(name));
    let has_raw_ampersand =
        body.match_indices('&').any(|(at, _)| !body.get(at..).is_some_and(starts_entity));
    let mut out = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = rest.find('&') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let entity = ENTITIES.iter().find(|(name, _)| from.starts_with(name));
        let (taken, text) = match entity {
            Some((name, '&')) if has_raw_ampersand => {
                let twice = "&amp;&amp;";
                if from.starts_with(twice) { (twice.len(), "&&") } else { (name.len(), *name) }
            }
            Some((name, c)) => {
                out.push(*c);
                (name.len(), "")
            }
            None => (1, "&"),
        };
        out.push_str(text);
        rest = from.get(taken..).unwrap_or_default();
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Decodes a whole answer whose tags were escaped.
pub(super) fn decode_answer(answer: &str) -> String {
    decode(answer).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(body: &str, extension: &str) -> String {
        file_content(body, extension).0
    }

    #[test]
    fn an_escaped_body_is_decoded_once() {
        let body = "const a = () =&gt; &lt;p&gt;{x &amp;&amp; &quot;y&quot;} &amp;lt;&lt;/p&gt;";
        assert_eq!(content(body, "tsx"), "const a = () => <p>{x && \"y\"} &lt;</p>\n");
        assert_eq!(content("&lt;!DOCTYPE html&gt;\n&lt;p&gt;x", "html"), "<!DOCTYPE html>\n<p>x\n");
        assert_eq!(content("a &gt; b { color: red }", "css"), "a > b { color: red }\n");
        assert_eq!(content("{&quot;a&quot;: 1}", "json"), "{\"a\": 1}\n");
    }

    #[test]
    fn where_only_tags_were_escaped_ampersands_are_the_pages_own() {
        let body = "{a && &lt;p&gt;Drag &amp; drop&lt;/p&gt;}";
        assert_eq!(content(body, "jsx"), "{a && <p>Drag &amp; drop</p>}\n");
    }

    #[test]
    fn a_body_that_merely_has_an_entity_is_kept() {
        let kept = [
            ("<p>1 &lt; 2 &amp; 3</p>", "html"),
            ("<pre>&lt;b&gt;</pre>", "html"),
            ("export const f = (s: string) => s.replace(/</g, '&lt;')", "ts"),
            ("const s = '&lt;b&gt;';", "ts"),
            ("return <p>&lt;b&gt; &gt;</p>", "tsx"),
            ("{\"a\": \"&lt;b&gt;\"}", "json"),
            ("Write &lt;b&gt; for bold.", "md"),
        ];
        for (body, extension) in kept {
            assert_eq!(file_content(body, extension), (format!("{body}\n"), false));
        }
    }

    #[test]
    fn what_is_wrapped_around_a_body_is_taken_off() {
        assert_eq!(content("\n```tsx\nconst a = 1;\n```\n", "tsx"), "const a = 1;\n");
        assert_eq!(content("\n<![CDATA[\nconst a = 1;\n]]>\n", "ts"), "const a = 1;\n");
        assert_eq!(content("\n  indented\n\n\n", "txt"), "  indented\n");
        assert_eq!(content(" \n\n", "ts"), "");
        assert_eq!(content("```js\nconst a = `x`;", "js"), "```js\nconst a = `x`;\n");
        assert_eq!(content("```sh\nnpm i\n```\n", "md"), "```sh\nnpm i\n```\n");
    }
}
