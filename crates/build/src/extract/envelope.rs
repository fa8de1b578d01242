//! What stands around the files of an answer: end tokens and the think block.

/// Words that end a generation and are no part of what was said.
const END_TOKENS: [&str; 12] = [
    "<|im_end|>",
    "<|im_start|>",
    "<|endoftext|>",
    "<|end_of_text|>",
    "<|eot_id|>",
    "<|eom_id|>",
    "<|end|>",
    "<|return|>",
    "<end_of_turn>",
    "<eos>",
    "</s>",
    "<｜end▁of▁sentence｜>",
];

/// The text without the end tokens at its end.
pub(super) fn without_end_tokens(text: &str) -> &str {
    let mut text = text;
    loop {
        let trimmed = text.trim_end();
        match END_TOKENS.iter().find_map(|token| trimmed.strip_suffix(token)) {
            Some(shorter) => text = shorter,
            None => return text,
        }
    }
}

/// The think block of an answer and what comes after it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Thought<'t> {
    /// The text of the block, trimmed.
    pub(super) reasoning: Option<&'t str>,
    /// Where the rest of the answer starts.
    pub(super) rest: usize,
    /// The block has an end.
    pub(super) closed: bool,
}

/// Finds the think block, so that tags that a model only thinks about are not taken for its answer.
///
/// A prompt may end in the opening tag, so that the answer has the closing one alone. A block that
/// never ends ends at `<answer>`, else before the first artifact, else at the end of the text.
pub(super) fn thought(text: &str) -> Thought<'_> {
    let artifact = ["<webArtifact", "<boltArtifact"].iter().filter_map(|tag| text.find(tag)).min();
    let open = text.find("<think>").filter(|open| artifact.is_none_or(|at| *open < at));
    let part = |range: std::ops::Range<usize>| text.get(range).map(str::trim);
    let Some(open) = open else {
        let close = text.find("</think>").filter(|close| artifact.is_none_or(|at| *close < at));
        return match close {
            Some(close) => {
                Thought { reasoning: part(0..close), rest: close + "</think>".len(), closed: true }
            }
            None => Thought { reasoning: None, rest: 0, closed: true },
        };
    };
    let start = open + "<think>".len();
    let after = text.get(start..).unwrap_or_default();
    if let Some(close) = after.find("</think>") {
        let close = start + close;
        return Thought {
            reasoning: part(start..close),
            rest: close + "</think>".len(),
            closed: true,
        };
    }
    let end = after.find("<answer>").map(|at| start + at).or(artifact).unwrap_or(text.len());
    Thought { reasoning: part(start..end), rest: end, closed: false }
}

/// The text of the answer block, or the whole text when there is none. A block without an end goes to
/// the end of the text.
pub(super) fn answer_block(text: &str) -> &str {
    let Some((_, inner)) = text.split_once("<answer>") else { return text };
    inner.rsplit_once("</answer>").map_or(inner, |(inner, _)| inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_block_is_what_stands_in_its_tags() {
        assert_eq!(answer_block("a<answer>b</answer>c"), "b");
        assert_eq!(answer_block("a<answer>b"), "b");
        assert_eq!(answer_block("a"), "a");
    }

    #[test]
    fn end_tokens_are_no_part_of_the_answer() {
        assert_eq!(without_end_tokens("a<|im_end|>\n<|endoftext|>\n"), "a");
        assert_eq!(without_end_tokens("a <|im_end|> b"), "a <|im_end|> b");
        assert_eq!(without_end_tokens("<|im_end|>"), "");
    }

    #[test]
    fn the_think_block_is_found_with_and_without_its_tags() {
        let cases = [
            ("<think>\nplan\n</think>\n<answer>", Some("plan"), "\n<answer>", true),
            ("plan</think><answer>", Some("plan"), "<answer>", true),
            ("<think>use <webArtifact> tags</think>x", Some("use <webArtifact> tags"), "x", true),
            ("<think>plan <answer>x", Some("plan"), "<answer>x", false),
            ("<think>plan <webArtifact id=1>", Some("plan"), "<webArtifact id=1>", false),
            ("<think>plan", Some("plan"), "", false),
            ("<boltArtifact><think></think>", None, "<boltArtifact><think></think>", true),
            ("plain", None, "plain", true),
        ];
        for (text, reasoning, rest, closed) in cases {
            let found = thought(text);
            assert_eq!((found.reasoning, found.closed), (reasoning, closed), "{text}");
            assert_eq!(text.get(found.rest..), Some(rest), "{text}");
        }
    }
}
