//! Grounding without a model. The description is taken apart; every visible element gets a score from
//! its words and its kind; the best of them get one for how they stand to what else is named; ordinals
//! count those that fit. Two that fit alike in different places are told, and not chosen between.

use std::collections::{BTreeSet, HashSet};

use pageloom_schema::PageState;

use super::decision::{count, decide, usable};
use super::description::{self, Description, Relation};
use super::kinds::{self, Kind};
use super::matching::{Fit, Matcher};
use super::page::{Origin, Page};
use super::phrase::{Phrase, Place, Term};
use super::relation::{self, Scope};
use super::standing;
use super::{Grounding, Wanted};

/// The most candidates that are looked at in their surroundings.
const MOST_CANDIDATES: usize = 240;
/// The most of them where an ordinal counts.
const MOST_COUNTED: usize = 1_200;

/// Words of the classes of days that are not of the month that is shown.
const OTHER_MONTH: &[&str] = &["out", "outside", "other", "muted", "adjacent", "inactive"];

/// A candidate.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) at: usize,
    /// Words of the head, 0..=1.
    pub(super) words: f64,
    /// Each term of the head.
    pub(super) terms: Vec<f64>,
    pub(super) precision: f64,
    /// Its kind, 0..=1.
    pub(super) kind: f64,
    /// What the action needs, and whether it can be used: a factor.
    pub(super) fit: f64,
    /// Words and kind together.
    pub(super) before: f64,
    /// How it stands to what else is named, 0..=1.
    pub(super) standing: Option<f64>,
    pub(super) score: f64,
}

/// Which element of a page a description means.
///
/// `wanted` says what the action needs of it. Only visible elements are found; one that is disabled is
/// found when nothing else fits as well. The score of what is found is in 0.5..=1; with a runner-up
/// closer than 0.03 in another place of the page, it is ambiguous.
#[must_use]
pub fn local(state: &PageState, description: &str, wanted: Wanted) -> Grounding {
    let description: String = description.chars().take(1_000).collect();
    let page = Page::new(state);
    let names = names(&page);
    let said = description::read(&description, &names, wanted);
    let said = transparent(without_absent_verbs(&page, said));
    let found = ground(&page, &said, wanted);
    match (&found, &said.aside) {
        (Grounding::Found { .. }, _) => deed_or_thing(&page, said, found, wanted),
        (Grounding::Ambiguous { .. }, None) => found,
        (Grounding::NotFound { .. }, None) => all_words(&page, &said, wanted).unwrap_or(found),
        (_, Some(aside)) => {
            // What stands in parentheses is another name for the same.
            let mut other = said.clone();
            other.head.terms.clone_from(&aside.terms);
            match ground(&page, &other, wanted) {
                Grounding::NotFound { .. } => found,
                better => better,
            }
        }
    }
}

/// `The author's name` is the author: a head that says only how a thing is shown leads to the thing.
fn transparent(mut said: Description) -> Description {
    let plain = said.head.kind.is_none()
        && said.head.ordinal.is_none()
        && said.head.place == Place::default();
    let light = said.head.terms.iter().all(|term| term.weight < 0.5);
    let leads = said.relations.first().is_some_and(|(relation, thing)| {
        *relation == Relation::Of
            && thing.ordinal.is_none()
            && thing.terms.iter().any(|term| term.weight >= 1.0)
    });
    if plain && light && leads {
        let (_, thing) = said.relations.remove(0);
        for term in &mut said.head.terms {
            term.weight = term.weight.min(0.1);
        }
        said.head.terms.extend(thing.terms);
        said.head.kind = thing.kind.filter(|(kind, _)| !kind.is_item());
    }
    said
}

/// A verb may be what a control near a thing does, or only what is done with the thing. Where no
/// such control belongs to the thing, the thing itself is meant: `play the song "Low Tide"`.
fn deed_or_thing(
    page: &Page<'_>,
    said: Description,
    found: Grounding,
    wanted: Wanted,
) -> Grounding {
    let deed = said.head.terms.iter().any(|term| term.own) && said.head.kind.is_none();
    let Grounding::Found { element, .. } = &found else { return found };
    let pair =
        said.relations.first().filter(|(_, thing)| thing.terms.iter().any(|term| term.quoted));
    let (true, Some(pair)) = (deed, pair) else { return found };
    if relation::belongs(page, pair, *element) {
        return found;
    }
    let thing = &pair.1;
    let mut other = said.clone();
    other.head = thing.clone();
    other.relations.remove(0);
    match ground(page, &other, wanted) {
        Grounding::Found { element, resolution } if usable(page, element) => {
            Grounding::Found { element, resolution }
        }
        _ => found,
    }
}

/// When the parts of a description lead nowhere, all its words together may: `pay by bank transfer`.
fn all_words(page: &Page<'_>, said: &Description, wanted: Wanted) -> Option<Grounding> {
    if said.head.ordinal.is_some()
        || said.relations.is_empty()
        || said.relations.iter().any(|(_, phrase)| phrase.ordinal.is_some())
    {
        return None;
    }
    let mut whole = Description { head: said.head.clone(), ..Description::default() };
    for (_, phrase) in &said.relations {
        whole.head.terms.extend(phrase.terms.iter().cloned());
        if whole.head.kind.is_none() {
            whole.head.kind.clone_from(&phrase.kind);
        }
    }
    match ground(page, &whole, wanted) {
        Grounding::Found { element, resolution }
            if resolution.score.is_some_and(|score| score >= 0.55) =>
        {
            Some(Grounding::Found { element, resolution })
        }
        _ => None,
    }
}

/// Names of two words and more that are on the page, and with a `=` before it each name of one
/// word, with a `!` those of what can be acted on.
fn names(page: &Page<'_>) -> HashSet<String> {
    let mut names = HashSet::new();
    let vocabulary = page.vocabulary();
    for at in 0..page.len() {
        for source in page.sources(at) {
            if source.origin == Origin::Told && (2..=10).contains(&source.words.len()) {
                let words: Vec<&str> = source
                    .words
                    .iter()
                    .filter_map(|word| vocabulary.get(*word as usize))
                    .map(String::as_str)
                    .collect();
                names.insert(words.join(" "));
            }
            if source.origin == Origin::Told
                && let [only] = source.words.as_slice()
                && let Some(word) = vocabulary.get(*only as usize)
            {
                names.insert(format!("={word}"));
                if page.element(at).actionable {
                    names.insert(format!("!{word}"));
                }
            }
        }
    }
    names
}

/// A verb that nothing on the page does (`download` where there is only a link) tells nothing.
fn without_absent_verbs(page: &Page<'_>, mut said: Description) -> Description {
    let verbs = Phrase {
        terms: said.head.terms.iter().filter(|term| term.own).cloned().collect(),
        ..Phrase::default()
    };
    if verbs.terms.is_empty() || said.relations.is_empty() {
        return said;
    }
    let matcher = Matcher::new(page, &verbs);
    let known = (0..page.len()).any(|at| {
        page.element(at).visible
            && matcher.fit(page, at).terms.iter().any(|fit| *fit >= 0.5)
            && page.size(at) < 12
    });
    if known {
        return said;
    }
    said.head.terms.retain(|term| !term.own);
    if said.head.terms.is_empty() && said.head.kind.is_none() {
        // Then the thing itself is meant: `download the PDF of invoice 7`.
        let (_, thing) = said.relations.remove(0);
        said.head = thing;
    }
    said
}

fn ground(page: &Page<'_>, said: &Description, wanted: Wanted) -> Grounding {
    let head = &said.head;
    let matcher = Matcher::new(page, head);
    if matcher.is_empty()
        && head.kind.is_none()
        && said.relations.is_empty()
        && head.place == Place::default()
    {
        return Grounding::NotFound {
            explanation: "the description names nothing".to_owned(),
            nearest: None,
        };
    }
    let mut candidates = candidates(page, said, &matcher, wanted);
    if candidates.is_empty() {
        return Grounding::NotFound {
            explanation: "nothing on the page fits its words".to_owned(),
            nearest: None,
        };
    }
    let scopes = weigh(page, said, &matcher, &mut candidates);
    sort(&mut candidates);
    let note = count(page, said, &scopes, &mut candidates);
    decide(page, said, &matcher, candidates, wanted, note)
}

/// Every visible element with words and kind, and the best of them.
fn candidates(
    page: &Page<'_>,
    said: &Description,
    matcher: &Matcher<'_>,
    wanted: Wanted,
) -> Vec<Candidate> {
    let head = &said.head;
    let modal = (0..page.len()).any(|at| {
        let element = page.element(at);
        element.visible && matches!(element.role.as_str(), "dialog" | "alertdialog")
    });
    let mut found = Vec::new();
    for at in 0..page.len() {
        let element = page.element(at);
        if !element.visible {
            continue;
        }
        let proxy = page.proxy_of(at);
        let mut fit = matcher.fit(page, at);
        if let Some(hidden) = proxy {
            // What pressing it changes is what it is called by.
            let hidden = matcher.fit(page, hidden);
            for (own, hidden) in fit.terms.iter_mut().zip(&hidden.terms) {
                *own = own.max(*hidden);
            }
            fit.precision = fit.precision.max(hidden.precision);
        }
        let kind = head.kind.as_ref().map_or(0.7, |(kind, word)| kinds::fit(page, at, *kind, word));
        let item = kind >= 0.8 && head.kind.as_ref().is_some_and(|(kind, _)| kind.is_item());
        lend_from_parts(page, at, matcher, item, &mut fit);
        let words = matcher.score(&fit);
        let mut factor = need(page, at, wanted, head.kind.as_ref().map(|(kind, _)| *kind));
        if item && kind >= 1.0 {
            factor = factor.max(0.96);
        }
        if element.states.get("disabled") == Some(&true) {
            factor *= 0.94;
        }
        if head.empty && !element.text.is_empty() {
            factor *= 0.5;
        }
        if modal
            && !page
                .above(at)
                .any(|above| matches!(page.element(above).role.as_str(), "dialog" | "alertdialog"))
        {
            factor *= 0.93;
        }
        // Days of other months stand in a calendar, too.
        let cell = matches!(head.kind, Some((Kind::Cell, _)))
            || matches!(element.role.as_str(), "cell" | "gridcell");
        if cell && page.has_attribute_word(at, OTHER_MONTH) {
            factor *= 0.93;
        }
        let before = factor * together(matcher, words, kind);
        found.push(Candidate {
            at,
            words,
            terms: fit.terms,
            precision: fit.precision,
            kind,
            fit: factor,
            before,
            standing: None,
            score: 0.0,
        });
    }
    found.sort_by(|one, other| other.before.total_cmp(&one.before).then(one.at.cmp(&other.at)));
    let counts =
        head.ordinal.is_some() || said.relations.iter().any(|(_, phrase)| phrase.ordinal.is_some());
    let most = if counts { MOST_COUNTED } else { MOST_CANDIDATES };
    if found.len() > most {
        let near = near_anchors(page, said);
        let mut kept: Vec<Candidate> = found.drain(..most).collect();
        kept.extend(found.into_iter().filter(|candidate| near.contains(&candidate.at)));
        found = kept;
    }
    found
}

/// Words and kind as one number; words count less where they say only how something looks.
fn together(matcher: &Matcher<'_>, words: f64, kind: f64) -> f64 {
    if matcher.is_empty() {
        return kind;
    }
    let weight = 0.72 * matcher.total().clamp(0.2, 1.0);
    (weight * words + 0.28 * kind) / (weight + 0.28)
}

/// A control is known by its icon: words of the classes of what is in it. An item is known by its
/// parts: the title on a card is the card's name.
fn lend_from_parts(page: &Page<'_>, at: usize, matcher: &Matcher<'_>, item: bool, fit: &mut Fit) {
    let control = page.element(at).actionable && (2..=5).contains(&page.size(at));
    if matcher.is_empty() || !(control || item && (2..=30).contains(&page.size(at))) {
        return;
    }
    for inner in page.inside(at) {
        // What can be acted on by itself is another thing; a title that is a link is still the title.
        let other = page.element(inner).actionable && !(item && page.element(inner).role == "link");
        if !page.element(inner).visible || other {
            continue;
        }
        let part = matcher.fit(page, inner);
        let speaks = page.element(inner).text.chars().any(char::is_alphabetic);
        for ((own, part), term) in fit.terms.iter_mut().zip(part.terms).zip(matcher.terms()) {
            if !(term.own && speaks) {
                *own = own.max(part * if item { 1.0 } else { 0.95 });
            }
        }
        if item {
            fit.precision = fit.precision.max(part.precision);
        }
    }
}

/// Elements around what the relations name: on a page of thousands that look alike, those count.
fn near_anchors(page: &Page<'_>, said: &Description) -> BTreeSet<usize> {
    let mut near = BTreeSet::new();
    for (at, pair) in said.relations.iter().enumerate() {
        if let Scope::Anchors(_, anchors) =
            relation::scope(page, pair, &said.relations[at + 1..], &[])
        {
            for anchor in anchors {
                near.extend(anchor.saturating_sub(12)..(anchor + 24).min(page.len()));
            }
        }
    }
    near
}

/// A factor for what the action needs.
fn need(page: &Page<'_>, at: usize, wanted: Wanted, kind: Option<Kind>) -> f64 {
    let element = page.element(at);
    let role = element.role.as_str();
    let entry = element.editable || matches!(role, "textbox" | "searchbox" | "spinbutton");
    match wanted {
        Wanted::Any => 1.0,
        Wanted::Actionable => {
            if element.actionable || entry || page.proxy_of(at).is_some() {
                1.0
            } else if matches!(
                kind,
                Some(Kind::Cell | Kind::Image | Kind::Heading | Kind::Column | Kind::Text)
            ) {
                0.9
            } else {
                0.8
            }
        }
        Wanted::Editable => match role {
            _ if entry => 1.0,
            "combobox" | "slider" => 0.6,
            _ => 0.3,
        },
        Wanted::Choice => match role {
            "combobox" | "listbox" => 1.0,
            _ if element.tag == "select" => 1.0,
            "radiogroup" | "menu" => 0.8,
            _ if element.attributes.contains_key("aria-haspopup") => 0.85,
            "button" => 0.6,
            _ => 0.4,
        },
        Wanted::Scrollable => match role {
            "list" | "listbox" | "region" | "main" | "table" | "grid" | "feed" | "log"
            | "tabpanel" | "article" | "dialog" => 1.0,
            _ => 0.85,
        },
    }
}

/// Gives candidates their standing and score; the scopes come back for what only counts.
fn weigh(
    page: &Page<'_>,
    said: &Description,
    matcher: &Matcher<'_>,
    candidates: &mut [Candidate],
) -> Vec<Scope> {
    let places: Vec<usize> = candidates.iter().map(|candidate| candidate.at).collect();
    let kin: Vec<bool> =
        candidates.iter().map(|candidate| candidate.kind >= 0.7 && candidate.fit >= 0.8).collect();
    lend_from_surroundings(page, matcher, candidates, &places, &kin);
    let top = candidates.iter().map(|candidate| candidate.before).fold(0.0, f64::max);
    let slack = if matcher.is_heavy() || matcher.is_empty() { 0.17 } else { 0.25 };
    let good: Vec<bool> =
        candidates.iter().map(|candidate| candidate.before >= top - slack).collect();
    let good_places: Vec<usize> =
        places.iter().zip(&good).filter(|(_, good)| **good).map(|(at, _)| *at).collect();
    let mut scopes = Vec::new();
    let mut sums = vec![(0.0_f64, 0.0_f64); candidates.len()];
    let mut keep: f64 = 1.0;
    for (at, pair) in said.relations.iter().enumerate() {
        let scope = relation::scope(page, pair, &said.relations[at + 1..], &good_places);
        if let Scope::Missing(kept) = scope {
            keep = keep.min(kept);
        }
        if let Some(standings) = standing::standings(page, &scope, &places, &good) {
            let weight = if matches!(scope, Scope::Side(_)) { 0.8 } else { 1.0 };
            for (sum, standing) in sums.iter_mut().zip(standings) {
                sum.0 += standing * weight;
                sum.1 += weight;
            }
        }
        scopes.push(scope);
    }
    if said.head.place != Place::default() && !matches!(said.head.kind, Some((Kind::Cell, _))) {
        let scope = Scope::Side(said.head.place);
        if let Some(standings) = standing::standings(page, &scope, &places, &good) {
            for (sum, standing) in sums.iter_mut().zip(standings) {
                sum.0 += standing * 0.4;
                sum.1 += 0.4;
            }
        }
    }
    for (candidate, (sum, weight)) in candidates.iter_mut().zip(sums) {
        candidate.standing = (weight > 0.0).then(|| sum / weight);
        let mut parts = (0.0, 0.0);
        if !matcher.is_empty() {
            let weight = 0.55 * matcher.total().clamp(0.2, 1.0);
            parts = (candidate.words * weight, weight);
        }
        if said.head.kind.is_some() || matcher.is_empty() {
            let weight = if matcher.is_empty() { 0.5 } else { 0.17 };
            parts = (parts.0 + candidate.kind * weight, parts.1 + weight);
        }
        if let Some(standing) = candidate.standing {
            let weight = 0.3 * weight.min(1.0);
            parts = (parts.0 + standing * weight, parts.1 + weight);
        }
        candidate.score =
            if parts.1 > 0.0 { parts.0 / parts.1 * candidate.fit * keep } else { 0.0 };
        if !matcher.is_empty() && matcher.is_heavy() && candidate.words < 0.3 {
            candidate.score *= 0.5;
        }
    }
    scopes
}

/// Words of the head that an element does not have itself may stand next to it: `the Storm Shell
/// "Sold out" button`.
fn lend_from_surroundings(
    page: &Page<'_>,
    matcher: &Matcher<'_>,
    candidates: &mut [Candidate],
    places: &[usize],
    good: &[bool],
) {
    let terms: Vec<Term> = matcher.terms().cloned().collect();
    for (number, term) in terms.iter().enumerate() {
        if term.own {
            continue;
        }
        let owned = candidates
            .iter()
            .any(|candidate| candidate.fit >= 0.95 && candidate.terms[number] >= 0.5);
        let phrase = Phrase { terms: vec![term.clone()], ..Phrase::default() };
        let pair = (Relation::Of, phrase);
        let scope = relation::scope(page, &pair, &[], &[]);
        let Scope::Anchors(_, anchors) = &scope else { continue };
        if anchors.len() > 20 {
            continue;
        }
        let Some(standings) = standing::standings(page, &scope, places, good) else { continue };
        for (candidate, standing) in candidates.iter_mut().zip(standings) {
            // What is in a thing already counts as its own words.
            let lent = 0.72 * standing;
            let around = anchors
                .iter()
                .any(|anchor| *anchor != candidate.at && page.is_within(*anchor, candidate.at));
            // Where someone has the word itself, only those borrow it that have another one.
            let other = (0..terms.len()).any(|other| {
                other != number && terms[other].weight >= 1.0 && candidate.terms[other] >= 0.5
            });
            if lent > candidate.terms[number] && !around && (other || !owned || term.weight < 1.0) {
                let gain = (lent - candidate.terms[number]) * matcher.weight(number)
                    / matcher.total().max(0.01);
                candidate.terms[number] = lent;
                candidate.words += gain * (0.82 + 0.18 * candidate.precision);
                candidate.before =
                    candidate.fit * together(matcher, candidate.words, candidate.kind);
            }
        }
    }
}

pub(super) fn sort(candidates: &mut [Candidate]) {
    candidates.sort_by(|one, other| other.score.total_cmp(&one.score).then(one.at.cmp(&other.at)));
}
