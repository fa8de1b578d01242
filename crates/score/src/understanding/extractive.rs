//! `websrc.*`: answers that are a piece of the page, as WebSRC scores them (arXiv 2101.09465 and
//! its public evaluation code).
//!
//! | metric | value |
//! |---|---|
//! | `websrc.exact_match` | 1 when both texts are equal after normalisation |
//! | `websrc.f1` | harmonic mean of precision and recall over the words of both, as multisets |
//! | `websrc.path_overlap` | elements on both paths from the page's body to the answer's element, over elements on either |
//! | `overall` | F1 |
//!
//! Normalisation is SQuAD's: lower case, without ASCII punctuation, without the words `a`, `an` and
//! `the`, white space collapsed. The published code leaves a missing answer out of its denominator;
//! here it counts as wrong everywhere.
//!
//! **Which element an answer has.** WebSRC numbers every element in its attribute `tid` and asks for
//! that number too. Where an answer is words alone, its element is the deepest whose normalised text
//! contains the normalised answer at word boundaries, the first in document order among equally deep
//! ones. An answer that stands nowhere on the page has no element and no overlap.
//!
//! **Paths.** A path is the element and the elements around it whose `tid` is 2 or higher: the two
//! outermost are on every path and would count for nothing. Elements without a `tid`, which the
//! browser adds to tables, are on none.
//!
//! **Yes/no questions** have no element in WebSRC (`element_id` is -1, and `answer_start` is 1 for
//! yes, 0 for no); published models pick one of two made-up elements after the page's last. So the
//! overlap is 1 when the answer is the right word and names no element of the page, else 0.

use std::collections::{BTreeMap, BTreeSet};

use pageloom_schema::score::{EvidenceBox, Side, Verdict};
use pageloom_schema::{DomSnapshot, NodeKind, Score};

use super::{Reply, quoted};
use crate::metric::Metric;

const SOURCE: &str = "WebSRC, arXiv 2101.09465, public evaluation code";

const fn card(id: &'static str, summary: &'static str) -> Metric {
    Metric { id, version: 1, range: [0.0, 1.0], source: SOURCE, summary }
}

const OVERALL: Metric = card("overall", "token F1");
const EXACT_MATCH: Metric = card("websrc.exact_match", "equal after normalisation");
const F1: Metric = card("websrc.f1", "words shared by answer and right answer");
const PATH_OVERLAP: Metric =
    card("websrc.path_overlap", "elements shared by the paths to answer and right answer");

/// The cards, in the order of [`scores`].
pub(super) const METRICS: [Metric; 4] = [OVERALL, EXACT_MATCH, F1, PATH_OVERLAP];

/// The lowest `tid` that counts on a path.
const FIRST_ON_PATH: u32 = 2;

/// The scores of a reply where `gold` is right and stands in `element`.
pub(super) fn scores(
    gold: &str,
    element: Option<u32>,
    reply: Option<&Reply>,
    page: Option<&DomSnapshot>,
) -> Vec<Score> {
    let path = path_overlap(gold, element, reply, page);
    let Some(reply) = reply else {
        let wrong = |metric: &Metric| metric.measured(0.0, "no answer", Vec::new());
        return vec![wrong(&OVERALL), wrong(&EXACT_MATCH), wrong(&F1), path];
    };
    let why = format!("{} against {}", quoted(&reply.text), quoted(gold));
    let exact = f64::from(u8::from(normalised(&reply.text) == normalised(gold)));
    let f1 = F1.measured(token_f1(&reply.text, gold), why.clone(), Vec::new());
    let overall = Score { metric: OVERALL.id.to_owned(), ..f1.clone() };
    vec![overall, EXACT_MATCH.measured(exact, why, Vec::new()), f1, path]
}

/// Lower case, no ASCII punctuation, no articles, single spaces; in this order.
fn normalised(text: &str) -> String {
    let plain: String = text.to_lowercase().chars().filter(|c| !c.is_ascii_punctuation()).collect();
    let mut kept = String::with_capacity(plain.len());
    let mut word = String::new();
    // An article is a whole run of letters and digits; what parts runs may be a dash or a sign.
    for c in plain.chars().chain([' ']) {
        if c.is_alphanumeric() {
            word.push(c);
            continue;
        }
        if matches!(word.as_str(), "a" | "an" | "the") {
            kept.push(' ');
        } else {
            kept.push_str(&word);
        }
        word.clear();
        kept.push(c);
    }
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// F1 over words; where one side has none, whether both have none.
fn token_f1(answer: &str, gold: &str) -> f64 {
    let (answer, gold) = (normalised(answer), normalised(gold));
    let count = |text: &str| text.split(' ').filter(|word| !word.is_empty()).count();
    let (answered, wanted) = (count(&answer), count(&gold));
    if answered == 0 || wanted == 0 {
        return f64::from(u8::from(answered == wanted));
    }
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    for word in gold.split(' ') {
        *left.entry(word).or_default() += 1;
    }
    let mut shared = 0_usize;
    for word in answer.split(' ') {
        if let Some(count) = left.get_mut(word).filter(|count| **count > 0) {
            *count -= 1;
            shared += 1;
        }
    }
    if shared == 0 {
        return 0.0;
    }
    let (precision, recall) = (shared as f64 / answered as f64, shared as f64 / wanted as f64);
    2.0 * precision * recall / (precision + recall)
}

fn path_overlap(
    gold: &str,
    element: Option<u32>,
    reply: Option<&Reply>,
    page: Option<&DomSnapshot>,
) -> Score {
    let right_word = normalised(gold);
    let Some(wanted) = element else {
        if !matches!(right_word.as_str(), "yes" | "no") {
            return PATH_OVERLAP.absent("not measured: the suite names no element");
        }
        let right = reply
            .is_some_and(|reply| reply.element.is_none() && normalised(&reply.text) == right_word);
        let why = "a yes/no question: the word alone decides";
        return PATH_OVERLAP.measured(f64::from(u8::from(right)), why, Vec::new());
    };
    let Some(page) = page else {
        return PATH_OVERLAP.absent("not measured: the page is a picture only");
    };
    let numbered = Numbered::of(page);
    let Some(right_path) = numbered.path(wanted) else {
        return PATH_OVERLAP.absent(format!("not measured: the page has no element {wanted}"));
    };
    let Some(reply) = reply else {
        return PATH_OVERLAP.measured(0.0, "no answer", numbered.evidence(wanted, None));
    };
    let Some(given) = reply.element.or_else(|| numbered.holder(&reply.text)) else {
        let why = format!("{} stands nowhere on the page", quoted(&reply.text));
        return PATH_OVERLAP.measured(0.0, why, numbered.evidence(wanted, None));
    };
    let given_path = numbered.path(given).unwrap_or_else(|| BTreeSet::from([given]));
    let shared = right_path.intersection(&given_path).count();
    let all = right_path.union(&given_path).count();
    let why = format!("element {given} against {wanted}: {shared} of {all} on both paths");
    PATH_OVERLAP.measured(
        shared as f64 / all.max(1) as f64,
        why,
        numbered.evidence(wanted, Some(given)),
    )
}

/// The elements of a page by their `tid`.
struct Numbered<'a> {
    page: &'a DomSnapshot,
    /// Node of each number; the first where a number occurs twice.
    nodes: BTreeMap<u32, usize>,
    /// Number of each node, where it has one.
    numbers: Vec<Option<u32>>,
}

impl<'a> Numbered<'a> {
    fn of(page: &'a DomSnapshot) -> Self {
        let numbers: Vec<Option<u32>> = page
            .nodes
            .iter()
            .map(|node| match &node.kind {
                NodeKind::Element { attributes, .. } => attributes.get("tid")?.parse().ok(),
                NodeKind::Text(_) => None,
            })
            .collect();
        let mut nodes = BTreeMap::new();
        for (index, number) in numbers.iter().enumerate() {
            if let Some(number) = number {
                nodes.entry(*number).or_insert(index);
            }
        }
        Self { page, nodes, numbers }
    }

    /// The nodes around `node`, itself first. Ends even where a snapshot is damaged: a parent comes
    /// before its children.
    fn around(&self, node: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(node), |&at| {
            let parent = self.page.nodes.get(at)?.parent? as usize;
            (parent < at).then_some(parent)
        })
    }

    /// The numbers on the path to element `number`; absent when the page has no such element.
    fn path(&self, number: u32) -> Option<BTreeSet<u32>> {
        let node = *self.nodes.get(&number)?;
        let outer = self.around(node).skip(1).filter_map(|at| self.numbers.get(at).copied()?);
        let counted = outer.take_while(|number| *number >= FIRST_ON_PATH);
        Some(std::iter::once(number).chain(counted).collect())
    }

    /// The number of the deepest element whose text contains `answer`.
    fn holder(&self, answer: &str) -> Option<u32> {
        let answer = normalised(answer);
        if answer.is_empty() {
            return None;
        }
        let mut texts: Vec<String> = vec![String::new(); self.page.nodes.len()];
        for (index, node) in self.page.nodes.iter().enumerate() {
            let NodeKind::Text(text) = &node.kind else { continue };
            for at in self.around(index).skip(1) {
                // Text far longer than a page's would make this quadratic in nesting depth.
                if texts[at].len() < MAX_ELEMENT_TEXT {
                    texts[at].push(' ');
                    texts[at].push_str(text);
                }
            }
        }
        let answer = format!(" {answer} ");
        let mut best: Option<(usize, u32)> = None;
        for (index, text) in texts.iter().enumerate() {
            let Some(number) = self.numbers[index] else { continue };
            if !format!(" {} ", normalised(text)).contains(&answer) {
                continue;
            }
            let depth = self.around(index).count();
            if best.is_none_or(|(deepest, _)| depth > deepest) {
                best = Some((depth, number));
            }
        }
        best.map(|(_, number)| number)
    }

    fn evidence(&self, wanted: u32, given: Option<u32>) -> Vec<EvidenceBox> {
        let place = |number: u32| self.page.nodes.get(*self.nodes.get(&number)?)?.bounds;
        let right = given == Some(wanted);
        let verdict = if right { Verdict::Matched } else { Verdict::Missed };
        let mut boxes: Vec<EvidenceBox> = Vec::new();
        let mut push = |number: u32, verdict: Verdict, label: &str| {
            if let Some(rect) = place(number) {
                let label = label.to_owned();
                boxes.push(EvidenceBox { side: Side::Reference, rect, verdict, label });
            }
        };
        push(wanted, verdict, "the right element");
        if let Some(given) = given.filter(|_| !right) {
            push(given, Verdict::Extra, "the answer's element");
        }
        boxes
    }
}

/// The most text of one element that is searched, in bytes.
const MAX_ELEMENT_TEXT: usize = 200_000;

#[cfg(test)]
mod tests {
    use pageloom_schema::DomNode;

    use super::*;

    fn node(parent: Option<u32>, kind: NodeKind) -> DomNode {
        DomNode {
            parent,
            kind,
            bounds: None,
            style: None,
            lines: Vec::new(),
            paint_order: 0,
            backdrop: None,
        }
    }

    fn element(parent: Option<u32>, tid: Option<u32>) -> DomNode {
        let attributes = tid.map(|tid| ("tid".to_owned(), tid.to_string())).into_iter().collect();
        node(parent, NodeKind::Element { tag: "div".to_owned(), attributes, value: None })
    }

    fn text(parent: u32, text: &str) -> DomNode {
        node(Some(parent), NodeKind::Text(text.to_owned()))
    }

    /// html 0 > body 1 > table 2 > (no number) > row 3 > cell 4 `Length`, cell 5 `190.7 "`;
    /// row 6 > cell 7 `190.7 "`.
    fn page() -> DomSnapshot {
        let nodes = vec![
            element(None, Some(0)),
            element(Some(0), Some(1)),
            element(Some(1), Some(2)),
            element(Some(2), None),
            element(Some(3), Some(3)),
            element(Some(4), Some(4)),
            text(5, " Length "),
            element(Some(4), Some(5)),
            text(7, " 190.7 \" "),
            element(Some(3), Some(6)),
            element(Some(9), Some(7)),
            text(10, "190.7 \""),
        ];
        DomSnapshot { nodes, styles: Vec::new() }
    }

    fn reply(text: &str, element: Option<u32>) -> Reply {
        Reply { text: text.to_owned(), element }
    }

    fn overlap(gold: &str, element: Option<u32>, given: Option<&Reply>) -> Option<f64> {
        path_overlap(gold, element, given, Some(&page())).value
    }

    #[test]
    fn normalisation_drops_case_punctuation_articles_and_space() {
        assert_eq!(normalised("  The  U.S. \t Open, a \"Cup\" "), "us open cup");
        assert_eq!(normalised("an–the"), "–");
        assert_eq!(normalised("Theory"), "theory");
        assert_eq!(normalised("190.7 \""), "1907");
        assert_eq!(normalised("a"), "");
    }

    #[test]
    fn f1_counts_every_word_once() {
        assert!((token_f1("web web camera", "Web camera") - 0.8).abs() < 1e-9);
        assert!((token_f1("20", "20 MPG") - 2.0 / 3.0).abs() < 1e-9);
        assert_eq!(token_f1("car", "bike"), 0.0);
        assert_eq!(token_f1("the", ""), 1.0);
        assert_eq!(token_f1("the", "car"), 0.0);
    }

    #[test]
    fn path_overlap_counts_elements_on_both_paths() {
        let right = reply("190.7", Some(5));
        assert_eq!(overlap("190.7 \"", Some(5), Some(&right)), Some(1.0));
        // {2, 3, 5} against {2, 3, 4}.
        assert_eq!(overlap("190.7 \"", Some(5), Some(&reply("x", Some(4)))), Some(0.5));
        // {2, 3, 5} against {2, 6, 7}.
        assert_eq!(overlap("190.7 \"", Some(5), Some(&reply("x", Some(7)))), Some(0.2));
        // A number that no element has is on a path of its own.
        assert_eq!(overlap("190.7 \"", Some(5), Some(&reply("x", Some(99)))), Some(0.0));
    }

    #[test]
    fn path_of_an_outermost_element_is_itself() {
        assert_eq!(overlap("x", Some(5), Some(&reply("x", Some(1)))), Some(0.0));
        assert_eq!(overlap("x", Some(1), Some(&reply("x", Some(1)))), Some(1.0));
    }

    #[test]
    fn words_alone_belong_to_the_deepest_then_first_element() {
        // Cell 5 (depth 6) and cell 7 (depth 6) both hold it.
        assert_eq!(overlap("190.7", Some(5), Some(&reply("190.7\"", None))), Some(1.0));
        // The row is the only one that holds both words.
        let row = overlap("Length", Some(3), Some(&reply("Length 190.7", None)));
        assert_eq!(row, Some(1.0));
        assert_eq!(overlap("Length", Some(4), Some(&reply("190", None))), Some(0.0));
        assert_eq!(overlap("Length", Some(4), Some(&reply("", None))), Some(0.0));
    }

    #[test]
    fn yes_no_question_has_no_element() {
        assert_eq!(overlap("yes", None, Some(&reply("Yes.", None))), Some(1.0));
        assert_eq!(overlap("yes", None, Some(&reply("no", None))), Some(0.0));
        assert_eq!(overlap("no", None, Some(&reply("no", Some(5)))), Some(0.0));
        assert_eq!(overlap("no", None, None), Some(0.0));
        assert_eq!(overlap("20 MPG", None, Some(&reply("20 MPG", None))), None);
    }

    #[test]
    fn missing_answer_scores_zero() {
        let scores = scores("20 MPG", Some(5), None, Some(&page()));
        assert!(scores.iter().all(|score| score.value == Some(0.0)), "{scores:?}");
        let ids: Vec<&str> = scores.iter().map(|score| score.metric.as_str()).collect();
        assert_eq!(ids, METRICS.map(|metric| metric.id));
    }
}
