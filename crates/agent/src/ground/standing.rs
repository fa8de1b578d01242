//! How an element stands to others: within, under a heading, in the same item, near, at a side.

use pageloom_schema::Rect;

use super::description::Relation;
use super::page::Page;
use super::phrase::{Ordinal, Place};
use super::relation::Scope;

/// Whether an item is where a scope says, strictly.
pub(super) fn held(page: &Page<'_>, scope: &Scope, at: usize) -> bool {
    match scope {
        Scope::Region(inside) => inside[at],
        Scope::Item(item) => page.is_within(at, *item),
        Scope::Anchors(_, anchors) => anchors.iter().any(|anchor| {
            (page.is_within(at, *anchor) && at != *anchor) || governs(page, *anchor, at)
        }),
        _ => false,
    }
}

fn level(page: &Page<'_>, at: usize) -> Option<u8> {
    let element = page.element(at);
    match element.tag.as_bytes() {
        [b'h', level @ b'1'..=b'6'] => Some(level - b'0'),
        _ if element.role == "heading" => Some(2),
        _ => None,
    }
}

/// Whether a heading, legend or column's head stands over an element: it is in what the heading names.
fn governs(page: &Page<'_>, anchor: usize, at: usize) -> bool {
    let element = page.element(anchor);
    if element.role == "columnheader" {
        let head = element.rect;
        let (x, y) = page.element(at).rect.center();
        return at > anchor
            && x >= head.x
            && x <= head.right()
            && y > head.bottom()
            && page.common(anchor, at).is_some();
    }
    if matches!(element.tag.as_str(), "legend" | "caption" | "figcaption" | "summary") {
        return page
            .parent(anchor)
            .is_some_and(|parent| at != anchor && page.is_within(at, parent));
    }
    let Some(own) = level(page, anchor)
        .or_else(|| page.element_above(anchor).and_then(|_| level(page, page.parent(anchor)?)))
    else {
        return false;
    };
    if at <= anchor {
        return false;
    }
    // Not out of the section that the heading is in, and not past the next heading of its rank.
    let outer = page.above(anchor).skip(1).find(|above| {
        matches!(
            page.element(*above).role.as_str(),
            "article"
                | "region"
                | "dialog"
                | "form"
                | "complementary"
                | "navigation"
                | "listitem"
                | "group"
                | "banner"
                | "contentinfo"
        )
    });
    if outer.is_some_and(|outer| !page.is_within(at, outer)) {
        return false;
    }
    !(anchor + 1..=at).any(|next| {
        page.element(next).visible && level(page, next).is_some_and(|level| level <= own)
    }) && !page.above(at).any(|above| above > anchor && page.element(above).role == "contentinfo")
}

/// How well a candidate stands where an anchor says, 0..=1, and how far it is away where only that
/// can tell.
pub(super) fn standing(
    page: &Page<'_>,
    relation: Relation,
    anchor: usize,
    at: usize,
) -> Result<f64, f64> {
    let place = page.element(at).rect;
    let by = page.element(anchor).rect;
    if at == anchor {
        return Ok(match relation {
            Relation::Of | Relation::With => 1.0,
            Relation::In => 0.6,
            _ => 0.1,
        });
    }
    match relation {
        Relation::Below if place.center().1 < by.bottom() - 2.0 => return Ok(0.05),
        Relation::Above if place.center().1 > by.y + 2.0 => return Ok(0.05),
        _ => {}
    }
    if page.is_within(at, anchor) {
        let wide = page.size(anchor) > 150;
        return Ok(if wide { 0.8 } else { 1.0 });
    }
    if page.is_within(anchor, at) {
        let wide = page.size(at) > 60;
        return Ok(match relation {
            _ if wide => 0.2,
            Relation::Of | Relation::With => 0.95,
            _ => 0.45,
        });
    }
    // What holds things itself shares its own place with nothing beside it.
    if page.size(anchor) <= 3
        && let Some(score) = shares_item(page, anchor, at)
    {
        return Ok(score);
    }
    match page.leads(anchor, at) {
        Some(true) => return Ok(0.96),
        Some(false) => return Err(3.0 * distance(page, anchor, at, place, by)),
        None => {}
    }
    if !matches!(relation, Relation::Above) && governs(page, anchor, at) {
        let near = relation == Relation::In || relation == Relation::Of;
        if near {
            return Ok(0.95);
        }
    }
    Err(distance(page, anchor, at, place, by))
}

/// Both are in one item of a list, row of a table or card: the smaller it is, the better.
fn shares_item(page: &Page<'_>, anchor: usize, at: usize) -> Option<f64> {
    let items = page.above(anchor).skip(1).take(5).filter(|above| {
        let role = page.element(*above).role.as_str();
        let item = matches!(role, "listitem" | "article" | "row" | "option" | "treeitem")
            || page.is_repeated(*above);
        item && page.size(*above) <= 40 && page.size(*above) > 2
    });
    items
        .zip([0.98, 0.97, 0.96])
        .find(|(item, _)| page.is_within(at, *item))
        .map(|(_, score)| score)
}

/// How far apart two elements are: pixels between them, more where they share less of the page.
fn distance(page: &Page<'_>, anchor: usize, at: usize, place: Rect, by: Rect) -> f64 {
    let across = (place.x - by.right()).max(by.x - place.right()).max(0.0);
    let down = (place.y - by.bottom()).max(by.y - place.bottom()).max(0.0);
    let ((x, y), (other_x, other_y)) = (place.center(), by.center());
    // What stands above something it does not name belongs to it less than what stands below.
    let before = if at < anchor && place.bottom() <= by.y { 2.4 } else { 1.0 };
    let apart =
        across * 0.4 + down * before + (x - other_x).abs() * 0.04 + (y - other_y).abs() * 0.12;
    let shared = page.common(anchor, at).map_or(page.len(), |common| page.size(common));
    #[expect(clippy::cast_precision_loss, reason = "at most 4,000 elements")]
    let shared = shared as f64;
    (apart + 6.0) * (1.0 + shared.log2())
}

/// For each candidate, how well it does what a scope asks, 0..=1; nothing where the scope does not
/// tell candidates apart by themselves. `good` marks those whose words and kind fit best.
pub(super) fn standings(
    page: &Page<'_>,
    scope: &Scope,
    candidates: &[usize],
    good: &[bool],
) -> Option<Vec<f64>> {
    match scope {
        Scope::Region(inside) => {
            Some(candidates.iter().map(|at| if inside[*at] { 1.0 } else { 0.15 }).collect())
        }
        Scope::Item(item) => Some(
            candidates
                .iter()
                .map(|at| if page.is_within(*at, *item) { 1.0 } else { 0.05 })
                .collect(),
        ),
        Scope::Anchors(relation, anchors) => {
            Some(by_anchors(page, *relation, anchors, candidates, good))
        }
        Scope::Several(relation, parts) => {
            let total: f64 = parts.iter().map(|(weight, _)| weight).sum();
            let mut sums = vec![0.0; candidates.len()];
            for (weight, anchors) in parts {
                let standings = by_anchors(page, *relation, anchors, candidates, good);
                for (sum, standing) in sums.iter_mut().zip(standings) {
                    *sum += standing * weight / total.max(0.01);
                }
            }
            Some(sums)
        }
        Scope::Side(place) => {
            Some(candidates.iter().map(|at| at_side(page, *place, *at)).collect())
        }
        Scope::Count(_)
        | Scope::GridRow(_)
        | Scope::GridColumn(_)
        | Scope::Missing(_)
        | Scope::Nothing => None,
    }
}

fn by_anchors(
    page: &Page<'_>,
    relation: Relation,
    anchors: &[usize],
    candidates: &[usize],
    good: &[bool],
) -> Vec<f64> {
    let mut told = vec![0.0_f64; candidates.len()];
    let mut away = vec![f64::INFINITY; candidates.len()];
    for (place, at) in candidates.iter().enumerate() {
        for anchor in anchors {
            match standing(page, relation, *anchor, *at) {
                Ok(score) => told[place] = told[place].max(score),
                Err(distance) => away[place] = away[place].min(distance),
            }
        }
    }
    let nearest = away
        .iter()
        .zip(good)
        .filter(|(_, good)| **good)
        .map(|(away, _)| *away)
        .fold(f64::INFINITY, f64::min);
    // What is only near to a place may be anywhere in it.
    let (most, fall) = match relation {
        Relation::In => (0.8, 0.2),
        Relation::With => (0.85, 1.3),
        _ => (0.93, 1.3),
    };
    for (told, away) in told.iter_mut().zip(&away) {
        if away.is_finite() && nearest.is_finite() {
            // Where something is in the place that was named, what is near to it is not.
            let near = most * (nearest / away.max(nearest)).powf(fall);
            *told = told.max(near);
        }
    }
    let inside = told.iter().zip(good).any(|(told, good)| *good && *told >= 0.95);
    // What is named itself is meant before what is with it.
    let itself = told.iter().zip(good).any(|(told, good)| *good && *told >= 0.999);
    let itself = itself && matches!(relation, Relation::Of | Relation::With);
    for told in &mut told {
        if inside && *told < 0.95 {
            *told *= 0.7;
        } else if itself && *told < 0.999 {
            *told *= 0.85;
        }
    }
    told
}

fn at_side(page: &Page<'_>, place: Place, at: usize) -> f64 {
    let state = page.state();
    let rect = page.element(at).rect;
    let (x, y) = rect.center();
    let (x, y) = (x - state.scroll.0, y - state.scroll.1);
    let width = f64::from(state.viewport.width.max(1));
    let height = f64::from(state.viewport.height.max(1));
    let along = |side: i8, part: f64| match side {
        -1 => 1.0 - part,
        1 => part,
        _ => 1.0 - (part - 0.5).abs() * 2.0,
    };
    let across = place.across.map_or(1.0, |side| along(side, (x / width).clamp(0.0, 1.0)));
    let down = place.down.map_or(1.0, |side| along(side, (y / height).clamp(0.0, 1.0)));
    (across * down).sqrt()
}

/// Rows or columns of some elements by where they are: those of the n-th one.
pub(super) fn in_line(
    page: &Page<'_>,
    elements: &[usize],
    ordinal: Ordinal,
    down: bool,
) -> Vec<usize> {
    let middle = |at: usize| {
        let (x, y) = page.element(at).rect.center();
        if down { y } else { x }
    };
    let extent = |at: usize| {
        let rect = page.element(at).rect;
        if down { rect.height } else { rect.width }
    };
    let mut sorted = elements.to_vec();
    sorted.sort_by(|one, other| middle(*one).total_cmp(&middle(*other)).then(one.cmp(other)));
    let mut lines: Vec<Vec<usize>> = Vec::new();
    for at in sorted {
        match lines.last_mut() {
            Some(line) if middle(at) - middle(line[0]) <= extent(at).max(extent(line[0])) * 0.5 => {
                line.push(at)
            }
            _ => lines.push(vec![at]),
        }
    }
    let mut line =
        ordinal.of(lines.len()).map(|place| lines.swap_remove(place)).unwrap_or_default();
    line.sort_unstable();
    line
}

/// Whether an element is in what one of these names: within it, or under it as under a heading.
pub(super) fn is_in(page: &Page<'_>, anchors: &[usize], at: usize) -> bool {
    anchors.iter().any(|anchor| {
        at != *anchor
            && (page.is_within(at, *anchor)
                || governs(page, *anchor, at)
                || page.above(*anchor).skip(1).take(3).any(|around| {
                    let named = page.element(around).name == page.element(*anchor).text;
                    named && !page.element(around).name.is_empty() && page.is_within(at, around)
                }))
    })
}

/// Those candidates that are nearest to one of the anchors: in the same row, card or group. Several
/// where they are equally near to it.
pub(super) fn nearest(page: &Page<'_>, anchors: &[usize], candidates: &[usize]) -> Vec<usize> {
    let mut found = Vec::new();
    for anchor in anchors {
        let stands: Vec<(usize, Result<f64, f64>)> = candidates
            .iter()
            .filter(|at| *at != anchor)
            .map(|at| (*at, standing(page, Relation::Near, *anchor, *at)))
            .collect();
        let best = stands.iter().filter_map(|(_, stand)| stand.ok()).fold(0.0, f64::max);
        let least =
            stands.iter().filter_map(|(_, stand)| stand.err()).fold(f64::INFINITY, f64::min);
        for (at, stand) in stands {
            let near = match stand {
                Ok(score) => score >= best && best > 0.5,
                Err(away) => best <= 0.5 && away <= least * 1.05,
            };
            if near {
                found.push(at);
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}
