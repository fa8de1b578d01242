//! `baseline:dom`: answers to questions from what the browser says of a page, without a model.
//!
//! [`yes_or_no`] tests what the question names (elements, their number, their text, colours, values)
//! and [`piece_of_text`] looks a value up by the labels around it. Both always answer: a guess is
//! what a baseline is for.

mod lookup;
mod page;
mod words;
mod yes_no;

use pageloom_schema::DomSnapshot;
use pageloom_score::understanding::Reply;

use page::Page;

/// `Yes` or `No`, from the DOM of the page in question.
pub(super) fn yes_or_no(dom: &DomSnapshot, question: &str) -> Reply {
    let holds = yes_no::holds(&Page::of(dom), question);
    Reply { text: if holds { "Yes" } else { "No" }.to_owned(), element: None }
}

/// A piece of the page's text with its element, or `yes` or `no` where that is what is asked.
pub(super) fn piece_of_text(dom: &DomSnapshot, question: &str) -> Reply {
    let page = Page::of(dom);
    if words::asks_yes_or_no(question) {
        let holds = yes_no::holds(&page, question);
        return Reply { text: if holds { "yes" } else { "no" }.to_owned(), element: None };
    }
    match lookup::value(&page, question) {
        Some(found) => Reply { text: found.text, element: page.number(found.node) },
        None => Reply { text: String::new(), element: None },
    }
}
