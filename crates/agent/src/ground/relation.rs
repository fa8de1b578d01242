//! How candidates stand to what else a description names: in which section or item they are, what
//! they are near to.

use super::description::Relation;
use super::kinds::{self, Kind};
use super::matching::Matcher;
use super::page::Page;
use super::phrase::{Ordinal, Phrase, Place};
use super::standing::{held, standing};

/// What a relation asks of a candidate.
pub(super) enum Scope {
    /// Be in, at or near one of these.
    Anchors(Relation, Vec<usize>),
    /// The same for the words of a phrase one by one, each with its weight.
    Several(Relation, Vec<(f64, Vec<usize>)>),
    /// Be in this part of the page; the list says for each element whether it is.
    Region(Vec<bool>),
    /// Be in this item of several.
    Item(usize),
    /// Be this one of the candidates that fit otherwise.
    Count(Ordinal),
    /// Be in this row, or column, of the candidates that fit otherwise.
    GridRow(Ordinal),
    GridColumn(Ordinal),
    /// Be at this side.
    Side(Place),
    /// What is named is not on the page; how much a candidate keeps of its score.
    Missing(f64),
    /// Nothing that could be told.
    Nothing,
}

/// What a relation of a description asks. `good` are the candidates whose words and kind fit best;
/// `later` are relations that are said after it, which tell where its items are.
pub(super) fn scope(
    page: &Page<'_>,
    (relation, phrase): &(Relation, Phrase),
    later: &[(Relation, Phrase)],
    good: &[usize],
) -> Scope {
    let matcher = Matcher::new(page, phrase);
    let kind = phrase.kind.as_ref();
    if let Some(region) = section(page, phrase, &matcher) {
        // `the chapters sidebar`: a name comes before what kind of part it is.
        let named: Vec<_> = phrase
            .terms
            .iter()
            .filter(|term| !is_landmark(&term.words.join(" ")))
            .cloned()
            .collect();
        if named.iter().any(|term| term.weight >= 1.0) {
            let part = Phrase { terms: named, ..Phrase::default() };
            let (anchors, best) = anchors(page, &part, &Matcher::new(page, &part));
            if best >= 0.8 {
                return Scope::Anchors(*relation, anchors);
            }
        }
        return Scope::Region(region);
    }
    if let Some((Kind::Row | Kind::Column, _)) = kind
        && phrase.ordinal.is_none()
        && !matcher.is_heavy()
        && phrase.place != Place::default()
    {
        let ordinal = |side: i8| {
            if side < 0 {
                Ordinal::Nth(1)
            } else if side > 0 {
                Ordinal::Last(1)
            } else {
                Ordinal::Middle
            }
        };
        if let Some(down) = phrase.place.down {
            return Scope::GridRow(ordinal(down));
        }
        if let Some(across) = phrase.place.across {
            return Scope::GridColumn(ordinal(across));
        }
    }
    if let (Some(ordinal), Some((kind, word))) = (phrase.ordinal, kind) {
        return counted(page, ordinal, *kind, word, &matcher, later, good);
    }
    if let Some(ordinal) = phrase.ordinal
        && matcher.is_empty()
    {
        return Scope::Count(ordinal);
    }
    if phrase.place != Place::default() && !matcher.terms().any(|term| term.quoted) {
        return Scope::Side(phrase.place);
    }
    if matcher.is_heavy() || (!matcher.is_empty() && kind.is_none()) {
        let (anchors, best) = anchors(page, phrase, &matcher);
        if !matcher.is_heavy() && best < 0.95 {
            // Words such as `board` name a part of the page, unless they are the whole of a name.
            return Scope::Nothing;
        }
        if best < 0.75
            && phrase.ordinal.is_none()
            && matcher.terms().filter(|term| term.weight >= 0.3).count() > 1
        {
            let parts: Vec<(f64, Vec<usize>)> = phrase
                .terms
                .iter()
                .map(|term| {
                    let part = Phrase {
                        terms: vec![term.clone()],
                        kind: phrase.kind.clone(),
                        ..Phrase::default()
                    };
                    (term.weight, self::anchors(page, &part, &Matcher::new(page, &part)).0)
                })
                .filter(|(_, anchors)| !anchors.is_empty())
                .collect();
            // Words that some good candidate belongs to by how the page is built tell more than those
            // that are only somewhere near.
            let held = |anchors: &[usize]| {
                good.iter().any(|at| {
                    anchors.iter().any(|anchor| {
                        standing(page, *relation, *anchor, *at).is_ok_and(|stand| stand >= 0.95)
                    })
                })
            };
            let parts = if parts.iter().any(|(_, anchors)| held(anchors)) {
                parts.into_iter().filter(|(_, anchors)| held(anchors)).collect()
            } else {
                parts
            };
            if let [(_, anchors)] = parts.as_slice() {
                return Scope::Anchors(*relation, anchors.clone());
            }
            if parts.len() > 1 {
                return Scope::Several(*relation, parts);
            }
        }
        if anchors.is_empty() {
            let quoted = matcher.terms().any(|term| term.quoted);
            if let Some(ordinal) = phrase.ordinal {
                return Scope::Count(ordinal);
            }
            return if !matcher.is_heavy() {
                Scope::Nothing
            } else {
                Scope::Missing(if quoted {
                    0.6
                } else if *relation == Relation::In {
                    0.92
                } else {
                    0.8
                })
            };
        }
        if let Some(ordinal) = phrase.ordinal {
            return ordinal
                .of(anchors.len())
                .map_or(Scope::Missing(0.8), |at| Scope::Anchors(*relation, vec![anchors[at]]));
        }
        return Scope::Anchors(*relation, anchors);
    }
    if phrase.place != Place::default() {
        return Scope::Side(phrase.place);
    }
    Scope::Nothing
}

/// The elements that a phrase names best, in document order, at most 24; and how well the best does.
fn anchors(page: &Page<'_>, phrase: &Phrase, matcher: &Matcher<'_>) -> (Vec<usize>, f64) {
    let mut scored: Vec<(usize, f64)> = Vec::new();
    let mut best: f64 = 0.0;
    for at in 0..page.len() {
        if !page.element(at).visible {
            continue;
        }
        let words = matcher.score(&matcher.fit(page, at));
        if words < 0.35 {
            continue;
        }
        let kind = phrase
            .kind
            .as_ref()
            .map_or(1.0, |(kind, word)| 0.85 + 0.15 * kinds::fit(page, at, *kind, word));
        let score = words * kind - 0.012 * size_of(page, at).log2();
        best = best.max(score);
        scored.push((at, score));
    }
    if best < 0.4 {
        return (Vec::new(), 0.0);
    }
    scored.retain(|(_, score)| *score >= best - 0.06);
    // A part of the page that only holds the words somewhere is not what they name.
    let whole = scored.clone();
    scored.retain(|(at, _)| {
        page.size(*at) <= 12
            || !page.element(*at).name.is_empty()
            || !whole.iter().any(|(inner, _)| inner != at && page.is_within(*inner, *at))
    });
    scored.truncate(24);
    (scored.into_iter().map(|(at, _)| at).collect(), best)
}

#[expect(clippy::cast_precision_loss, reason = "at most 4,000 elements")]
fn size_of(page: &Page<'_>, at: usize) -> f64 {
    page.size(at) as f64
}

fn is_landmark(word: &str) -> bool {
    matches!(
        word,
        "header"
            | "topbar"
            | "banner"
            | "bar"
            | "toolbar"
            | "navigation"
            | "nav"
            | "navbar"
            | "menu"
            | "footer"
            | "sidebar"
            | "side"
            | "table"
            | "list"
            | "grid"
            | "panel"
            | "left"
            | "right"
    )
}

/// The part of a page that a phrase names by what it is: header, footer, navigation, sidebar, dialog.
fn section(page: &Page<'_>, phrase: &Phrase, matcher: &Matcher<'_>) -> Option<Vec<bool>> {
    let said: Vec<String> =
        matcher.terms().filter(|term| !term.quoted).map(|term| term.words.join(" ")).collect();
    let says = |words: &[&str]| said.iter().any(|word| words.contains(&word.as_str()));
    let kind = phrase.kind.as_ref().map(|(kind, _)| *kind);
    let named = matcher.terms().any(|term| term.quoted);
    let holds = |fits: &dyn Fn(usize) -> bool| -> Option<Vec<bool>> {
        let mut inside = vec![false; page.len()];
        let mut any = false;
        for at in 0..page.len() {
            let own = page.element(at).visible && fits(at);
            any |= own;
            inside[at] = own || page.parent(at).is_some_and(|parent| inside[parent]);
        }
        any.then_some(inside)
    };
    let role = |at: usize, roles: &[&str]| roles.contains(&page.element(at).role.as_str());
    let tag = |at: usize, tag: &str| page.element(at).tag == tag;
    let class = |at: usize, words: &[&str]| page.has_attribute_word(at, words);
    if kind == Some(Kind::Dialog) && !named {
        return holds(&|at| role(at, &["dialog", "alertdialog"]) || tag(at, "dialog"))
            .or_else(|| holds(&|at| class(at, &["modal", "dialog", "popup"])));
    }
    if says(&["header", "topbar", "banner"])
        || (says(&["bar", "toolbar", "navigation", "nav", "navbar", "menu"])
            && phrase.place.down == Some(-1))
    {
        if says(&["table"]) || kind == Some(Kind::Column) {
            return holds(&|at| {
                role(at, &["columnheader"])
                    || tag(at, "thead")
                    || role(at, &["row"]) && page.holds_role(at, "columnheader")
            });
        }
        let top = page.element_top();
        return holds(&|at| {
            role(at, &["banner"]) || tag(at, "header") && page.element(at).rect.y <= top + 40.0
        })
        .or_else(|| holds(&|at| page.element(at).rect.bottom() <= top + 64.0));
    }
    if says(&["footer"]) || (says(&["bar"]) && phrase.place.down == Some(1)) {
        let bottom = page.state().size.1.max(f64::from(page.state().viewport.height));
        return holds(&|at| role(at, &["contentinfo"]) || tag(at, "footer"))
            .or_else(|| holds(&|at| class(at, &["footer", "foot", "bottom"])))
            .or_else(|| holds(&|at| page.element(at).rect.y >= bottom * 0.85));
    }
    if says(&["nav", "navigation", "navbar"]) {
        return holds(&|at| role(at, &["navigation"]))
            .or_else(|| holds(&|at| role(at, &["banner"])));
    }
    if says(&["sidebar", "side"]) {
        let width = f64::from(page.state().viewport.width);
        return holds(&|at| role(at, &["complementary"]) || class(at, &["sidebar", "sidenav"]))
            .or_else(|| {
                holds(&|at| {
                    let rect = page.element(at).rect;
                    rect.right() <= width * 0.3 || rect.x >= width * 0.7
                })
            });
    }
    let whole = |word: &str| {
        !matcher.is_heavy()
            && !named
            && (says(&[word]) || phrase.kind.as_ref().is_some_and(|(_, said)| said == word))
    };
    if whole("list") && phrase.ordinal.is_none() {
        return holds(&|at| role(at, &["listitem", "listbox"]));
    }
    if whole("table") || whole("grid") {
        return holds(&|at| role(at, &["table", "grid", "treegrid"]));
    }
    if kind == Some(Kind::Form) && !matcher.is_heavy() {
        return holds(&|at| role(at, &["form"]) || tag(at, "form"));
    }
    None
}

/// The n-th of some items: the item itself where they are on the list, else a count of candidates.
fn counted(
    page: &Page<'_>,
    ordinal: Ordinal,
    kind: Kind,
    word: &str,
    matcher: &Matcher<'_>,
    later: &[(Relation, Phrase)],
    good: &[usize],
) -> Scope {
    let deferred = || match kind {
        Kind::Row => Scope::GridRow(ordinal),
        Kind::Column => Scope::GridColumn(ordinal),
        _ => Scope::Count(ordinal),
    };
    if kind == Kind::Column {
        return deferred();
    }
    let mut groups: Vec<(f64, Vec<usize>)> = Vec::new();
    let mut known: std::collections::HashMap<(Option<usize>, &str, &str), usize> =
        std::collections::HashMap::new();
    for at in 0..page.len() {
        let element = page.element(at);
        if !element.visible {
            continue;
        }
        let fit = kinds::fit(page, at, kind, word);
        if fit < 0.7 || (!matcher.is_empty() && matcher.score(&matcher.fit(page, at)) < 0.3) {
            continue;
        }
        // The row of headings counts for no one.
        if element.role == "row" && page.holds_role(at, "columnheader") {
            continue;
        }
        let class = element
            .attributes
            .get("class")
            .and_then(|class| class.split_whitespace().next())
            .unwrap_or("");
        let class = if matches!(element.role.as_str(), "row" | "listitem" | "article") {
            ""
        } else {
            class
        };
        let place = *known.entry((page.parent(at), &element.tag, class)).or_insert_with(|| {
            groups.push((fit, Vec::new()));
            groups.len() - 1
        });
        groups[place].1.push(at);
    }
    // Sections that are named after it, as in `the second card of the Doing column`.
    let scopes: Vec<Scope> =
        later.iter().map(|relation| scope(page, relation, &[], good)).collect();
    let mut best: Option<(f64, usize)> = None;
    let mut sorted = good.to_vec();
    sorted.sort_unstable();
    for (fit, mut items) in groups {
        for scope in &scopes {
            let inside: Vec<usize> =
                items.iter().copied().filter(|item| held(page, scope, *item)).collect();
            if !inside.is_empty() {
                items = inside;
            }
        }
        let Some(place) = ordinal.of(items.len()) else { continue };
        let holds = |item: usize| {
            let next = sorted.partition_point(|at| *at < item);
            sorted.get(next).is_some_and(|at| *at < item + page.size(item))
        };
        let holding = items.iter().filter(|item| holds(**item)).count();
        let itself = holds(items[place]);
        // One that holds everything is no item among others.
        if holding == 0 || (holding == 1 && !itself) {
            continue;
        }
        let many = f64::from(u32::try_from(items.len().min(20)).unwrap_or(20));
        let score = fit + 0.02 * many + if itself { 1.0 } else { 0.0 };
        if best.is_none_or(|(top, _)| score > top) {
            best = Some((score, items[place]));
        }
    }
    best.map_or_else(deferred, |(_, item)| Scope::Item(item))
}

/// The part of a page that a phrase names by what it is; for each element, whether it is in it.
pub(super) fn landmark(page: &Page<'_>, phrase: &Phrase) -> Option<Vec<bool>> {
    section(page, phrase, &Matcher::new(page, phrase))
}

/// Whether an element belongs to what a relation names: by how the page is built, or because it stands
/// right beside it.
pub(super) fn belongs(page: &Page<'_>, pair: &(Relation, Phrase), at: usize) -> bool {
    const BESIDE: f64 = 40.0;
    let with = |relation: Relation, anchor: usize| {
        standing(page, relation, anchor, at).is_ok_and(|stand| stand >= 0.9)
            || page.gap(anchor, at) <= BESIDE
    };
    match scope(page, pair, &[], &[]) {
        Scope::Anchors(relation, anchors) => anchors.iter().any(|anchor| with(relation, *anchor)),
        Scope::Several(relation, parts) => {
            parts.iter().flat_map(|(_, anchors)| anchors).any(|anchor| with(relation, *anchor))
        }
        _ => true,
    }
}
