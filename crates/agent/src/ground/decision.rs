//! Which of the candidates is meant: ordinals count those that fit, what is nested is one thing, and
//! two that fit alike in different places are told and not chosen between.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use pageloom_schema::GroundingMethod;

use super::description::Description;
use super::kinds::Kind;
use super::local::{Candidate, sort};
use super::matching::Matcher;
use super::page::Page;
use super::phrase::{Ordinal, Place};
use super::relation::Scope;
use super::standing;
use super::{Grounding, Wanted, called, resolution};

/// Below this nothing is found.
const LEAST: f64 = 0.5;

/// Two whose scores differ by less are alike.
const MARGIN: f64 = 0.03;

/// How much worse than the best one may be to be counted by an ordinal.
const ALIKE: f64 = 0.1;

/// Applies ordinals and places in a grid: the candidate that is counted comes first. What was done is
/// told in a few words.
pub(super) fn count(
    page: &Page<'_>,
    said: &Description,
    scopes: &[Scope],
    candidates: &mut [Candidate],
) -> String {
    let counts = scopes
        .iter()
        .any(|scope| matches!(scope, Scope::Count(_) | Scope::GridRow(_) | Scope::GridColumn(_)));
    let cell =
        matches!(said.head.kind, Some((Kind::Cell, _))) && said.head.place != Place::default();
    if said.head.ordinal.is_none() && !counts && !cell {
        return String::new();
    }
    let items = scopes.iter().any(|scope| matches!(scope, Scope::Count(_)));
    let mut pool = pool(page, said, candidates, items);
    let mut note = String::new();
    let size = pool.len();
    if cell {
        let place = said.head.place;
        let ordinal = |side: i8| match side {
            -1 => Ordinal::Nth(1),
            1 => Ordinal::Last(1),
            _ => Ordinal::Middle,
        };
        let whole = pool.clone();
        let row = scopes.iter().any(|scope| matches!(scope, Scope::GridRow(_)));
        let column = scopes.iter().any(|scope| matches!(scope, Scope::GridColumn(_)));
        if let Some(down) = place.down.filter(|_| !row) {
            let line = standing::in_line(page, &whole, ordinal(down), true);
            pool.retain(|at| line.contains(at));
        }
        if let Some(across) = place.across.filter(|_| !column) {
            let mut whole = whole.clone();
            for scope in scopes {
                if let Scope::GridRow(ordinal) = scope {
                    whole = standing::in_line(page, &whole, *ordinal, true);
                }
            }
            let line = standing::in_line(page, &whole, ordinal(across), false);
            pool.retain(|at| line.contains(at));
        }
    }
    // A count goes last, within the row and column that were named.
    let whole = if cell {
        candidates
            .iter()
            .filter(|candidate| candidate.kind >= 0.9)
            .map(|candidate| candidate.at)
            .collect()
    } else {
        pool.clone()
    };
    for scope in scopes {
        match scope {
            Scope::GridRow(ordinal) => {
                let line = standing::in_line(page, &whole, *ordinal, true);
                pool.retain(|at| line.contains(at));
            }
            Scope::GridColumn(ordinal) => {
                let line = standing::in_line(page, &whole, *ordinal, false);
                pool.retain(|at| line.contains(at));
            }
            _ => {}
        }
    }
    for scope in scopes {
        if let Scope::Count(ordinal) = scope {
            pool = ordinal.of(pool.len()).map(|place| vec![pool[place]]).unwrap_or_default();
        }
    }
    if let Some(ordinal) = said.head.ordinal {
        pool = ordinal.of(pool.len()).map(|place| vec![pool[place]]).unwrap_or_default();
    }
    if pool.is_empty() {
        note.push_str("; too few to count");
        for candidate in candidates.iter_mut() {
            candidate.score *= 0.5;
        }
    } else {
        note = format!("; counted among {size}");
        let top = candidates.iter().map(|candidate| candidate.score).fold(0.0, f64::max);
        for candidate in candidates.iter_mut() {
            if pool.contains(&candidate.at) {
                candidate.score = candidate.score.max(top - ALIKE / 2.0);
            } else {
                candidate.score *= 0.6;
            }
        }
        sort(candidates);
    }
    note
}

/// Those that fit as well as the best, one for each thing, in document order.
fn pool(page: &Page<'_>, said: &Description, candidates: &[Candidate], counts: bool) -> Vec<usize> {
    let Some(best) = candidates.first() else { return Vec::new() };
    let outermost = said.head.kind.as_ref().is_some_and(|(kind, _)| kind.is_item());
    let mut pool: BTreeMap<usize, f64> = BTreeMap::new();
    for candidate in candidates.iter().take_while(|candidate| candidate.score >= best.score - ALIKE)
    {
        // The same thing counts once: the better of it, else the outer one of items, the inner one of
        // controls.
        let at = candidate.at;
        let within: Vec<usize> = pool
            .range(at + 1..at + page.size(at).max(1))
            .map(|(other, _)| *other)
            .filter(|other| page.is_within(*other, at))
            .take(2)
            .collect();
        let around = page.above(at).find(|above| pool.contains_key(above));
        let Some(other) = around.or(within.first().copied()) else {
            pool.insert(at, candidate.score);
            continue;
        };
        let score = pool.get(&other).copied().unwrap_or(0.0);
        let inner = around.is_some();
        let alike = score - candidate.score < MARGIN;
        let actionable = page.element(at).actionable || !page.element(other).actionable;
        // One thing that holds several others of the pool is no double of any of them.
        if alike && inner != outermost && actionable && within.len() < 2 {
            pool.remove(&other);
            pool.insert(at, score);
        }
    }
    let mut places: Vec<usize> = pool.into_keys().collect();
    if said.head.terms.is_empty() && said.head.ordinal.is_some() {
        // `the third dot`: dots stand side by side.
        let mut groups: BTreeMap<usize, usize> = BTreeMap::new();
        for at in &places {
            *groups.entry(page.alike(*at).first().copied().unwrap_or(*at)).or_default() += 1;
        }
        let most = groups.iter().max_by_key(|(first, count)| (**count, Reverse(**first)));
        if let Some((first, _)) = most.filter(|(_, count)| **count >= 3) {
            let alike = page.alike(*first);
            places.retain(|at| alike.binary_search(at).is_ok());
        }
    }
    if counts && said.head.terms.is_empty() {
        // `the button of the first card`, where cards are not listed: what is alike is counted.
        let kinds: HashMap<usize, f64> =
            candidates.iter().map(|candidate| (candidate.at, candidate.kind)).collect();
        let kind = |at: usize| kinds.get(&at).copied().unwrap_or(0.0);
        let most = places.iter().map(|at| kind(*at)).fold(0.0, f64::max);
        places.retain(|at| kind(*at) >= most - 0.05);
        let make = |at: usize| {
            let element = page.element(at);
            (element.role.as_str(), element.tag.as_str(), element.text.as_str())
        };
        let mut makes: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
        for at in &places {
            *makes.entry(make(*at)).or_default() += 1;
        }
        let most = makes.values().copied().max().unwrap_or(0);
        if most >= 2 {
            places.retain(|at| makes.get(&make(*at)) == Some(&most));
        }
    }
    places
}

/// Two candidates are one thing: nested, drawn for the same box, a label and its control, or two links
/// of one name to one place.
fn is_same(page: &Page<'_>, one: usize, other: usize) -> bool {
    if page.is_within(one, other) || page.is_within(other, one) {
        return true;
    }
    let (a, b) = (page.element(one), page.element(other));
    if page.proxy_of(one).is_some() && page.proxy_of(one) == page.proxy_of(other) {
        return true;
    }
    let labels = |label: usize, control: usize| {
        let (label, control) = (page.element(label), page.element(control));
        label.tag == "label"
            && control
                .attributes
                .get("id")
                .is_some_and(|id| label.attributes.get("for") == Some(id))
            || label.tag == "label" && !control.label.is_empty() && control.label == label.text
    };
    if labels(one, other) || labels(other, one) {
        return true;
    }
    let href = |at: usize| page.element(at).attributes.get("href").filter(|href| href.len() > 1);
    a.role == "link"
        && b.role == "link"
        && href(one).is_some()
        && href(one) == href(other)
        && a.name == b.name
}

/// The best candidate, or that there is none, or that there are several.
pub(super) fn decide(
    page: &Page<'_>,
    said: &Description,
    matcher: &Matcher<'_>,
    candidates: Vec<Candidate>,
    wanted: Wanted,
    note: String,
) -> Grounding {
    let Some(best) = candidates.first() else {
        return Grounding::NotFound {
            explanation: "nothing on the page can be seen".to_owned(),
            nearest: None,
        };
    };
    let best = settle(page, said, &candidates, best, wanted);
    let score = best.score.clamp(0.0, 1.0);
    let runner_up = candidates.iter().find(|other| !is_same(page, best.at, other.at));
    let runner = runner_up.map(|other| (other.at, other.score.clamp(0.0, 1.0)));
    let element = page.element(best.at);
    let mut explanation = format!("{} \"{}\"", element.role, called(element));
    if !matcher.is_empty() {
        explanation.push_str(&format!(": words {:.2}", best.words.min(1.0)));
    }
    if said.head.kind.is_some() {
        explanation.push_str(&format!(", kind {:.2}", best.kind));
    }
    if let Some(standing) = best.standing {
        explanation.push_str(&format!(", place {standing:.2}"));
    }
    explanation.push_str(&note);
    if score < LEAST {
        return Grounding::NotFound {
            explanation: format!("nothing fits well enough; nearest is {explanation}"),
            nearest: Some((best.at, score)),
        };
    }
    let resolution =
        resolution(page.state(), best.at, GroundingMethod::Local, Some(score), runner, explanation);
    let alike: Vec<usize> = candidates
        .iter()
        .take_while(|other| other.score > best.score - MARGIN || other.at == best.at)
        .filter(|other| other.at != best.at && !is_same(page, best.at, other.at))
        .map(|other| other.at)
        .collect();
    if alike.is_empty() {
        return Grounding::Found { element: best.at, resolution };
    }
    let mut alternatives = vec![best.at];
    for at in alike {
        if alternatives.len() < 8 && !alternatives.iter().any(|known| is_same(page, *known, at)) {
            alternatives.push(at);
        }
    }
    Grounding::Ambiguous { alternatives, resolution }
}

/// Of one thing that is nested, the part that is meant: the innermost that can be acted on, or the
/// whole item where an item was named.
fn settle(
    page: &Page<'_>,
    said: &Description,
    candidates: &[Candidate],
    best: &Candidate,
    wanted: Wanted,
) -> Candidate {
    let outermost = said.head.kind.as_ref().is_some_and(|(kind, _)| kind.is_item());
    let mut settled = best.clone();
    let near =
        |candidate: &&Candidate| candidate.score >= best.score - 0.06 && candidate.at != best.at;
    if !outermost {
        for candidate in candidates.iter().filter(near) {
            if page.is_within(candidate.at, settled.at)
                && (page.element(candidate.at).actionable || !page.element(settled.at).actionable)
                && page.size(settled.at) - page.size(candidate.at) <= 6
            {
                settled = Candidate { score: best.score, ..candidate.clone() };
            }
        }
    }
    let whole = outermost && settled.kind >= 1.0;
    if matches!(wanted, Wanted::Actionable) && !whole && !usable(page, settled.at) {
        let text = matches!(said.head.kind, Some((Kind::Text | Kind::Label | Kind::Image, _)));
        let above = page
            .above(settled.at)
            .skip(1)
            .take(3)
            .find(|above| usable(page, *above) && page.size(*above) <= 14);
        let inside: Vec<usize> =
            page.inside(settled.at).filter(|inner| usable(page, *inner)).take(2).collect();
        if let Some(above) = above.filter(|_| !text) {
            settled.at = above;
        } else if let [only] = inside.as_slice()
            && page.size(settled.at) <= 3
        {
            settled.at = *only;
        } else if let Some(control) = labelled_by(page, settled.at) {
            settled.at = control;
        }
    }
    settled
}

pub(super) fn usable(page: &Page<'_>, at: usize) -> bool {
    let element = page.element(at);
    element.visible && (element.actionable || element.editable)
}

/// The control of a label.
fn labelled_by(page: &Page<'_>, at: usize) -> Option<usize> {
    let element = page.element(at);
    if element.tag != "label" || element.text.is_empty() {
        return None;
    }
    (0..page.len())
        .find(|control| usable(page, *control) && page.element(*control).label == element.text)
}
