//! The page in a model's answer: bare HTML, or HTML in a fenced block among other words.

use crate::error::BuildError;

/// The largest answer that is looked at, in bytes.
pub const MAX_ANSWER_BYTES: usize = 16 << 20;

/// Finds the page in an answer.
///
/// The order of preference is: the longest fenced block that looks like HTML; then the text from
/// the first doctype or `<html` to the last `</html>`; then the whole text if it has any tag. A
/// fence that is never closed (a cut-off answer) counts to the end.
///
/// # Errors
/// [`BuildError::NotHtml`] when no tag is found, [`BuildError::TooLarge`] above
/// [`MAX_ANSWER_BYTES`].
///
/// ```
/// use pageloom_build::page_of_answer;
/// let answer = "Here it is:\n```html\n<h1>Hi</h1>\n```\nEnjoy!";
/// assert_eq!(page_of_answer(answer).unwrap(), "<h1>Hi</h1>\n");
/// assert_eq!(page_of_answer("<p>bare</p>").unwrap(), "<p>bare</p>");
/// assert!(page_of_answer("I cannot do that.").is_err());
/// ```
pub fn page_of_answer(answer: &str) -> Result<&str, BuildError> {
    if answer.len() > MAX_ANSWER_BYTES {
        return Err(BuildError::TooLarge(format!("the answer has {} bytes", answer.len())));
    }
    if looks_like_document(answer.trim_start()) {
        return Ok(answer);
    }
    let fenced = fenced_blocks(answer).into_iter().filter(|block| has_tag(block));
    if let Some(block) = fenced.max_by_key(|block| block.len()) {
        return Ok(block);
    }
    let lower = answer.to_ascii_lowercase();
    if let Some(start) = lower.find("<!doctype html").or_else(|| lower.find("<html")) {
        let end = lower.rfind("</html>").map_or(answer.len(), |end| end + "</html>".len());
        return Ok(answer.get(start..end.max(start)).unwrap_or(answer));
    }
    if has_tag(answer) { Ok(answer) } else { Err(BuildError::NotHtml("the answer".to_owned())) }
}

fn looks_like_document(text: &str) -> bool {
    let head: String = text.chars().take(15).collect::<String>().to_ascii_lowercase();
    head.starts_with("<!doctype") || head.starts_with("<html")
}

/// True when the text has something a browser takes for a tag.
#[must_use]
pub fn has_tag(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.windows(2).any(|pair| match pair {
        [b'<', next] => next.is_ascii_alphabetic() || *next == b'!',
        _ => false,
    })
}

fn fenced_blocks(text: &str) -> Vec<&str> {
    let mut blocks = Vec::new();
    let mut open: Option<usize> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let next = at + line.len();
        if line.trim_start().starts_with("```") {
            match open.take() {
                Some(start) => blocks.push(text.get(start..at).unwrap_or_default()),
                None => open = Some(next),
            }
        }
        at = next;
    }
    if let Some(start) = open {
        blocks.push(text.get(start..).unwrap_or_default());
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_html_fence_wins() {
        let answer = "```css\nbody{}\n```\n```html\n<p>a</p>\n```\n```\n<p>longer one</p>\n```";
        assert_eq!(page_of_answer(answer).unwrap(), "<p>longer one</p>\n");
    }

    #[test]
    fn a_cut_off_fence_counts_to_the_end() {
        assert_eq!(page_of_answer("Sure!\n```html\n<h1>Hal").unwrap(), "<h1>Hal");
    }

    #[test]
    fn words_around_a_bare_document_are_dropped() {
        let answer = "Of course. <!DOCTYPE html><html><p>x</p></html> Let me know!";
        assert_eq!(page_of_answer(answer).unwrap(), "<!DOCTYPE html><html><p>x</p></html>");
    }

    #[test]
    fn a_document_that_shows_a_fence_stays_whole() {
        let answer = "<!doctype html><pre>\n```html\n<b>x</b>\n```\n</pre>";
        assert_eq!(page_of_answer(answer).unwrap(), answer);
    }

    #[test]
    fn text_with_a_less_than_sign_is_not_a_page() {
        for text in ["a < b and c > d", "1<2", "", "<", "no"] {
            assert!(page_of_answer(text).is_err(), "{text:?}");
        }
    }
}
