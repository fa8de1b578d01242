//! What a model is asked for a page, and what of its answer is the candidate.

use pageloom_schema::{
    AnswerForm, Fault, Finish, ModelReply, ModelRequest, PageFaultKind, Png, RequestPart, Sampling,
    SitePath, Viewport,
};

/// What a model is told before it is shown a page.
const INSTRUCTIONS: &str = "\
You rebuild webpages from screenshots. You get one screenshot of a whole page and answer with one \
HTML file that shows the same page in the same browser.

- One complete HTML document, from the doctype to </html>, with all styles inside it.
- Nothing from the network: no external styles, scripts, fonts or images.
- The text exactly as it can be read in the screenshot, no placeholders, nothing left out.
- The same layout, sizes, spacing, colours and typefaces, as closely as you can.
- Where the page has a picture, a box of its size with a fitting background.
- Answer with the document in one ```html block, and nothing after it.";

/// The question of the screenshot-to-code track.
pub(super) fn page_request(
    picture: &Png,
    viewport: Viewport,
    shared: &[SitePath],
    sampling: Sampling,
) -> ModelRequest {
    let mut text = format!(
        "This is the page, in a window of {} by {} CSS pixels. Write its HTML.",
        viewport.width, viewport.height
    );
    if !shared.is_empty() {
        let names: Vec<&str> = shared.iter().map(SitePath::as_str).collect();
        text += &format!("\nThese files lie beside it and may be used: {}.", names.join(", "));
    }
    ModelRequest {
        instructions: INSTRUCTIONS.to_owned(),
        parts: vec![RequestPart::Image(picture.clone()), RequestPart::Text(text)],
        form: AnswerForm::Text,
        sampling,
        draw: 0,
    }
}

/// The words of a reply, unless the model would not answer.
///
/// # Errors
/// A page fault: [`PageFaultKind::Refused`], or [`PageFaultKind::CutOff`] before the first word.
pub fn answer_text(reply: &ModelReply) -> Result<String, Fault> {
    let empty = reply.text.trim().is_empty();
    match reply.finish {
        Finish::Refused => {
            let said: String = reply.text.chars().take(160).collect();
            Err(Fault::page(PageFaultKind::Refused, format!("the model would not answer: {said}")))
        }
        Finish::CutOff if empty => Err(Fault::page(
            PageFaultKind::CutOff,
            "the limit of tokens was reached before the first word of the answer",
        )),
        Finish::Complete if empty => {
            Err(Fault::page(PageFaultKind::NoAnswer, "the model's answer is empty"))
        }
        _ => Ok(reply.text.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_and_an_answer_without_a_word_are_faults_of_the_candidate() {
        let reply = |text: &str, finish| ModelReply { text: text.to_owned(), finish, tokens: None };
        let kind = |text: &str, finish| match answer_text(&reply(text, finish)) {
            Err(Fault::Page(fault)) => Some(fault.kind),
            _ => None,
        };
        assert_eq!(kind("no", Finish::Refused), Some(PageFaultKind::Refused));
        assert_eq!(kind(" ", Finish::CutOff), Some(PageFaultKind::CutOff));
        assert_eq!(kind("", Finish::Complete), Some(PageFaultKind::NoAnswer));
        assert_eq!(kind("<html>", Finish::CutOff), None);
    }
}
