//! How well the words of an element fit the words of a phrase.

use std::collections::HashMap;

use super::lexicon::COUNTS;
use super::page::{Origin, Page, Source};
use super::phrase::{Phrase, Term};
use super::words::likeness;

/// A phrase made ready for one page: which words of the page are like each of its own.
pub(super) struct Matcher<'p> {
    terms: Vec<Prepared<'p>>,
    total: f64,
}

struct Prepared<'p> {
    term: &'p Term,
    /// For each word of the term: words of the page by number, and how alike they are.
    like: Vec<HashMap<u32, f64>>,
}

/// How an element fits.
#[derive(Clone, Debug, Default)]
pub(super) struct Fit {
    /// Each term, 0..=1.
    pub(super) terms: Vec<f64>,
    /// Which part of its own words was said, 0..=1.
    pub(super) precision: f64,
}

impl<'p> Matcher<'p> {
    pub(super) fn new(page: &Page<'_>, phrase: &'p Phrase) -> Self {
        let mut terms = Vec::new();
        for term in &phrase.terms {
            let like = term.words.iter().map(|word| like_words(page, word)).collect();
            terms.push(Prepared { term, like });
        }
        let total = phrase.terms.iter().map(|term| term.weight).sum();
        Self { terms, total }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Terms that count, apart from words for looks.
    pub(super) fn is_heavy(&self) -> bool {
        self.terms.iter().any(|prepared| prepared.term.weight >= 1.0)
    }

    pub(super) fn terms(&self) -> impl Iterator<Item = &'p Term> + '_ {
        self.terms.iter().map(|prepared| prepared.term)
    }

    pub(super) fn weight(&self, at: usize) -> f64 {
        self.terms[at].term.weight
    }

    pub(super) fn total(&self) -> f64 {
        self.total
    }

    pub(super) fn fit(&self, page: &Page<'_>, at: usize) -> Fit {
        let mut fit = Fit { terms: vec![0.0; self.terms.len()], precision: 0.0 };
        let mut read = false;
        for source in page.sources(at) {
            for (found, prepared) in fit.terms.iter_mut().zip(&self.terms) {
                *found = found.max(prepared.fit(source, page) * source.weight);
            }
            if source.origin != Origin::Coded && source.words.len() <= 60 {
                read = true;
                let said = source
                    .words
                    .iter()
                    .filter(|word| {
                        self.terms.iter().any(|prepared| {
                            prepared.like.iter().any(|like| like.contains_key(word))
                                || (source.words.len() == 1
                                    && prepared.term.concepts & source.concepts != 0)
                        })
                    })
                    .count();
                let precision = ratio(said, source.words.len());
                fit.precision = fit.precision.max(precision);
            }
        }
        // What nobody reads on it cannot be said of it.
        fit.precision = fit.precision.max(if read { 0.5 } else { 0.6 });
        fit
    }

    /// A fit as one number, 0..=1.
    pub(super) fn score(&self, fit: &Fit) -> f64 {
        if self.total <= 0.0 {
            return 0.0;
        }
        let covered: f64 = fit
            .terms
            .iter()
            .zip(&self.terms)
            .map(|(found, prepared)| found * prepared.term.weight)
            .sum();
        covered / self.total * (0.82 + 0.18 * fit.precision)
    }
}

impl Prepared<'_> {
    fn fit(&self, source: &Source, page: &Page<'_>) -> f64 {
        // A deed is told by a short name, or in the markup; in a longer text it is only a word.
        if self.term.own
            && source.origin != Origin::Coded
            && source.words.len() > self.term.words.len() + 3
        {
            return 0.0;
        }
        if self.term.own && source.origin == Origin::Inside {
            return 0.0;
        }
        let shared = self.term.concepts & source.concepts != 0;
        // A sign that means all that was said is nearer than a word that means a part of it.
        let whole = if shared && self.term.concepts & !source.concepts != 0 { 0.8 } else { 1.0 };
        let by_meaning = whole
            * match source.origin {
                _ if !shared => 0.0,
                Origin::Told if source.words.len() == 1 => 0.92,
                Origin::Told if source.words.len() <= 4 => 0.85,
                Origin::Told => 0.55,
                Origin::Inside => 0.45,
                Origin::Coded => 0.9,
            };
        let by_word = match self.like.as_slice() {
            [] => 0.0,
            [one] => self.one(one, source),
            _ => self.several(source, page),
        };
        by_word.max(by_meaning)
    }

    fn one(&self, like: &HashMap<u32, f64>, source: &Source) -> f64 {
        let best =
            source.words.iter().filter_map(|word| like.get(word)).copied().fold(0.0, f64::max);
        if !self.term.quoted || best == 0.0 {
            return best;
        }
        // A quotation is a whole name before it is the beginning of one, or a part.
        let first = source.words.first().and_then(|word| like.get(word)).is_some();
        best * if source.words.len() == 1 {
            1.0
        } else if first {
            0.88
        } else {
            0.78
        }
    }

    fn several(&self, source: &Source, page: &Page<'_>) -> f64 {
        let length = self.like.len();
        let holds = |at: usize, word: usize| {
            source
                .words
                .get(at)
                .and_then(|found| self.like[word].get(found))
                .copied()
                .unwrap_or(0.0)
        };
        let run =
            |start: usize| (0..length).map(|word| holds(start + word, word)).fold(1.0, f64::min);
        let mut best: f64 = 0.0;
        if source.words.len() >= length {
            for start in 0..=source.words.len() - length {
                let quality = run(start);
                if quality > 0.0 {
                    let place = match start {
                        0 if source.words.len() == length => 1.0,
                        0 => 0.88,
                        _ => 0.78,
                    };
                    best = best.max(quality * place);
                }
            }
        }
        if best > 0.0 {
            return best;
        }
        let present = self
            .like
            .iter()
            .filter(|like| source.words.iter().any(|word| like.contains_key(word)))
            .count();
        let part = ratio(present, length);
        let part = if present == length {
            0.65
        } else if part >= 0.6 {
            0.5 * part
        } else if self.term.quoted {
            0.0
        } else {
            0.3 * part
        };
        best.max(part).max(self.slip(source, page))
    }

    /// A whole name that was written with a slip.
    fn slip(&self, source: &Source, page: &Page<'_>) -> f64 {
        if source.origin != Origin::Told
            || source.words.len().abs_diff(self.like.len()) > 1
            || source.words.len() > 12
        {
            return 0.0;
        }
        let said = self.term.words.concat();
        if said.chars().count() < 5 || said.bytes().any(|b| b.is_ascii_digit()) {
            return 0.0;
        }
        let mut own = String::new();
        for word in &source.words {
            own.push_str(page.vocabulary().get(*word as usize).map_or("", String::as_str));
        }
        let like = rapidfuzz::fuzz::ratio(said.chars(), own.chars());
        let like = if like > 1.0 { like / 100.0 } else { like };
        if like >= 0.85 { like * 0.8 } else { 0.0 }
    }
}

fn like_words(page: &Page<'_>, word: &str) -> HashMap<u32, f64> {
    let mut like = HashMap::new();
    // A key of a calculator is called `nine` as well.
    let digit = match word {
        "zero" => Some(0),
        _ => COUNTS.iter().position(|count| *count == word).map(|at| at + 1),
    };
    if let Some(number) = digit.and_then(|digit| page.number_of(&digit.to_string())) {
        like.insert(number, 0.97);
    }
    for (number, known) in (0_u32..).zip(page.vocabulary()) {
        let alike = likeness(word, known);
        if alike > 0.0 {
            like.insert(number, alike);
        }
    }
    like
}

#[expect(clippy::cast_precision_loss, reason = "counts of words are small")]
fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
