//! The matching of two pages that all structural metrics share: which text, medium, panel and
//! control of the candidate stands for which of the reference.
//!
//! Text is matched by what it says first ([`crate::text_pairing`]). The matched texts tell how
//! far the page has moved at every height, and everything that has no text is looked for where it
//! should then be: a page that lost a section at the top still matches below it.

use pageloom_schema::Rect;

use crate::assignment::assign;
use crate::color::{difference, lab};
use crate::painted::{Control, Panel};
use crate::prepared::{Content, PreparedPage};
use crate::text_pairing::{self, TextPair};

/// What an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Text,
    Media,
    Panel,
    /// A control without text of its own, such as an empty field.
    Control,
}

/// An element seen on one side.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Element {
    pub(crate) kind: Kind,
    pub(crate) rect: Rect,
    /// How much it counts: about the root of its area in CSS pixels.
    pub(crate) weight: f64,
}

/// An element of the reference and what stands for it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ElementPair {
    pub(crate) kind: Kind,
    pub(crate) reference: Rect,
    pub(crate) candidate: Rect,
    /// Summed weight of both sides.
    pub(crate) weight: f64,
    /// Size of the type on both sides, for text.
    pub(crate) font_sizes: Option<(f64, f64)>,
    /// How far the neighbourhood moved from reference to candidate, in CSS pixels.
    pub(crate) drift: (f64, f64),
}

/// Two pages held against each other: the matching that all metrics of the pair share.
#[derive(Debug)]
pub struct Comparison<'a> {
    pub(crate) reference: &'a PreparedPage,
    pub(crate) candidate: &'a PreparedPage,
    /// The matching; absent when a side is a picture only.
    pub(crate) matched: Option<Matched<'a>>,
}

/// The matching of two pages whose DOM is known.
#[derive(Debug)]
pub(crate) struct Matched<'a> {
    pub(crate) reference: &'a Content,
    pub(crate) candidate: &'a Content,
    /// Text pairs by text alone, similarity at least one half.
    pub(crate) text_pairs: Vec<TextPair>,
    /// Text pairs by text, then by place for what is left; any similarity.
    pub(crate) placed_text: Vec<TextPair>,
    /// Indices into the panels of both sides.
    pub(crate) panels: Vec<(usize, usize)>,
    /// Indices into the controls of both sides.
    pub(crate) controls: Vec<(usize, usize)>,
    /// Everything matched.
    pub(crate) elements: Vec<ElementPair>,
    /// Elements of the reference without a partner.
    pub(crate) missed: Vec<Element>,
    /// Elements of the candidate without a partner.
    pub(crate) extra: Vec<Element>,
    /// Weight of what is matched over the weight of everything on both sides, in `0.0..=1.0`; one
    /// when both pages show nothing.
    pub(crate) coverage: f64,
    /// Size of the pages.
    pub(crate) pages: (Rect, Rect),
}

impl<'a> Comparison<'a> {
    /// Matches `candidate` to `reference`.
    #[must_use]
    pub fn of(reference: &'a PreparedPage, candidate: &'a PreparedPage) -> Self {
        let matched = match (&reference.content, &candidate.content) {
            (Some(left), Some(right)) => {
                Some(Matched::of(left, right, (reference.page, candidate.page)))
            }
            _ => None,
        };
        Self { reference, candidate, matched }
    }
}

/// How far matched texts moved, to predict where their surroundings are.
struct Drift {
    anchors: Vec<(f64, f64, f64, f64)>,
}

/// Anchors asked for one prediction.
const ANCHORS: usize = 7;

impl Drift {
    /// The anchors nearest to a point of the reference, rows before columns, the one at the very
    /// point left out.
    fn near(&self, (x, y): (f64, f64), except: Option<usize>) -> Vec<(f64, f64)> {
        let mut near: Vec<(f64, usize)> = self
            .anchors
            .iter()
            .enumerate()
            .filter(|(index, _)| Some(*index) != except)
            .map(|(index, a)| ((a.1 - y).abs() + 0.3 * (a.0 - x).abs(), index))
            .collect();
        let count = near.len().min(ANCHORS);
        if near.len() > count {
            near.select_nth_unstable_by(count, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            near.truncate(count);
        }
        near.iter().map(|(_, index)| (self.anchors[*index].2, self.anchors[*index].3)).collect()
    }

    /// Movement around a point of the reference: the median of the nearest anchors'.
    fn at(&self, point: (f64, f64), except: Option<usize>) -> (f64, f64) {
        let near = self.near(point, except);
        let median = |of: fn(&(f64, f64)) -> f64| {
            let mut values: Vec<f64> = near.iter().map(of).collect();
            values.sort_by(f64::total_cmp);
            values.get(values.len() / 2).copied().unwrap_or(0.0)
        };
        (median(|a| a.0), median(|a| a.1))
    }

    /// Where a box of the reference may be on the candidate, most likely first. Near the seam of
    /// a lost section some anchors moved and others did not, so each of them has a say.
    fn expected(&self, rect: &Rect) -> Vec<Rect> {
        let median = self.at(rect.center(), None);
        let mut moves = vec![median];
        for step in self.near(rect.center(), None) {
            let new = |m: &(f64, f64)| (m.0 - step.0).abs() + (m.1 - step.1).abs() > 4.0;
            if moves.iter().all(new) {
                moves.push(step);
            }
        }
        moves.into_iter().map(|step| moved(rect, step)).collect()
    }
}

impl<'a> Matched<'a> {
    fn of(reference: &'a Content, candidate: &'a Content, pages: (Rect, Rect)) -> Self {
        let text_pairs = text_pairing::pair(&reference.blocks, &candidate.blocks, pages);
        let drift = Drift {
            anchors: text_pairs
                .iter()
                .filter(|pair| is_telling(reference, pair))
                .map(|pair| {
                    let (left, right) = rects(reference, candidate, pair);
                    let ((x, y), (to_x, to_y)) = (left.center(), right.center());
                    // Left edges move less than centres when text is set wider or narrower.
                    let dx = if (right.x - left.x).abs() < (to_x - x).abs() {
                        right.x - left.x
                    } else {
                        to_x - x
                    };
                    let dy = if (right.y - left.y).abs() < (to_y - y).abs() {
                        right.y - left.y
                    } else {
                        to_y - y
                    };
                    (x, y, dx, dy)
                })
                .collect(),
        };
        let width = pages.0.width.max(1.0);
        let placed_text = place_text(reference, candidate, &text_pairs, &drift);
        let (left, right) = (&reference.painted, &candidate.painted);
        let media = place(
            &Vec::from_iter(left.media.iter().map(|m| m.rect)),
            &Vec::from_iter(right.media.iter().map(|m| m.rect)),
            &drift,
            width,
            |_, _| 1.0,
        );
        let panels = place(
            &Vec::from_iter(left.panels.iter().map(|p| p.rect)),
            &Vec::from_iter(right.panels.iter().map(|p| p.rect)),
            &drift,
            width,
            |l, r| likeness_of_panels(&left.panels[l], &right.panels[r]),
        );
        let controls = place(
            &Vec::from_iter(left.controls.iter().map(|c| c.rect)),
            &Vec::from_iter(right.controls.iter().map(|c| c.rect)),
            &drift,
            width,
            |l, r| likeness_of_controls(&left.controls[l], &right.controls[r]),
        );
        let mut matched = Self {
            reference,
            candidate,
            text_pairs,
            placed_text,
            panels,
            controls,
            elements: Vec::new(),
            missed: Vec::new(),
            extra: Vec::new(),
            coverage: 1.0,
            pages,
        };
        matched.collect_elements(&media, &drift);
        matched
    }

    fn collect_elements(&mut self, media: &[(usize, usize)], drift: &Drift) {
        let (left, right) = (side_elements(self.reference), side_elements(self.candidate));
        let mut used = (vec![false; left.list.len()], vec![false; right.list.len()]);
        for pair in &self.placed_text {
            let (from, to) = rects(self.reference, self.candidate, pair);
            let mut weight = 0.0;
            for r in &pair.reference {
                weight += left.list[*r].weight;
                used.0[*r] = true;
            }
            for c in &pair.candidate {
                weight += right.list[*c].weight;
                used.1[*c] = true;
            }
            let (Some(r), Some(c)) = (pair.reference.first(), pair.candidate.first()) else {
                continue;
            };
            let sizes = (self.reference.blocks[*r].font.size, self.candidate.blocks[*c].font.size);
            let own = self
                .text_pairs
                .iter()
                .filter(|other| is_telling(self.reference, other))
                .position(|other| other.reference == pair.reference);
            self.elements.push(ElementPair {
                kind: Kind::Text,
                reference: from,
                candidate: to,
                weight,
                font_sizes: Some(sizes),
                drift: drift.at(from.center(), own),
            });
        }
        let bare = |pairs: &[(usize, usize)]| -> Vec<(usize, usize)> {
            pairs
                .iter()
                .filter_map(|(l, r)| {
                    let l = left.controls.iter().position(|i| i == l)?;
                    let r = right.controls.iter().position(|i| i == r)?;
                    Some((l, r))
                })
                .collect()
        };
        let groups = [
            (left.media_start, right.media_start, media.to_vec()),
            (left.panel_start, right.panel_start, self.panels.clone()),
            (left.control_start, right.control_start, bare(&self.controls)),
        ];
        for (left_start, right_start, pairs) in groups {
            for (l, r) in pairs {
                let (l, r) = (left_start + l, right_start + r);
                used.0[l] = true;
                used.1[r] = true;
                let (from, to) = (&left.list[l], &right.list[r]);
                self.elements.push(ElementPair {
                    kind: from.kind,
                    reference: from.rect,
                    candidate: to.rect,
                    weight: from.weight + to.weight,
                    font_sizes: None,
                    drift: drift.at(from.rect.center(), None),
                });
            }
        }
        let rest = |side: Side, used: &[bool]| -> Vec<Element> {
            side.list.into_iter().zip(used).filter(|(_, used)| !**used).map(|(e, _)| e).collect()
        };
        self.missed = rest(left, &used.0);
        self.extra = rest(right, &used.1);
        let paired: f64 = self.elements.iter().map(|e| e.weight).sum();
        let lost: f64 = self.missed.iter().chain(&self.extra).map(|e| e.weight).sum();
        self.coverage = if paired + lost > 0.0 { paired / (paired + lost) } else { 1.0 };
    }

    /// The boxes around both sides of a text pair.
    pub(crate) fn rects(&self, pair: &TextPair) -> (Rect, Rect) {
        rects(self.reference, self.candidate, pair)
    }
}

/// All elements of one side: texts, then media, panels and bare controls.
struct Side {
    list: Vec<Element>,
    media_start: usize,
    panel_start: usize,
    control_start: usize,
    /// Indices of the controls that are elements of their own.
    controls: Vec<usize>,
}

fn side_elements(content: &Content) -> Side {
    let element = |kind: Kind, rect: Rect, area: f64, factor: f64| Element {
        kind,
        rect,
        weight: factor * area.sqrt(),
    };
    let mut list: Vec<Element> =
        content.blocks.iter().map(|b| element(Kind::Text, b.rect, b.ink_area, 1.0)).collect();
    let media_start = list.len();
    let media = content.painted.media.iter();
    list.extend(media.map(|m| element(Kind::Media, m.rect, m.rect.area(), 1.0)));
    let panel_start = list.len();
    let panels = content.painted.panels.iter();
    list.extend(panels.map(|p| element(Kind::Panel, p.rect, p.rect.area(), 0.4)));
    let control_start = list.len();
    let controls: Vec<usize> = content
        .painted
        .controls
        .iter()
        .enumerate()
        .filter(|(_, c)| c.label.is_empty() && c.role != crate::painted::Role::Link)
        .map(|(index, _)| index)
        .collect();
    for index in &controls {
        let rect = content.painted.controls[*index].rect;
        list.push(element(Kind::Control, rect, rect.area(), 1.0));
    }
    Side { list, media_start, panel_start, control_start, controls }
}

fn rects(reference: &Content, candidate: &Content, pair: &TextPair) -> (Rect, Rect) {
    let hull = |content: &Content, indices: &[usize]| {
        indices
            .iter()
            .map(|i| content.blocks[*i].rect)
            .reduce(|a, b| a.union(&b))
            .unwrap_or_default()
    };
    (hull(reference, &pair.reference), hull(candidate, &pair.candidate))
}

/// True when the texts of a pair share enough that it cannot be chance: two prices share half of
/// their digits, two sentences do not share half of their letters in order.
fn is_telling(reference: &Content, pair: &TextPair) -> bool {
    let length: usize = pair.reference.iter().map(|i| reference.blocks[*i].chars.len()).sum();
    pair.similarity >= 0.8 || pair.similarity * length as f64 >= 14.0
}

/// Pairs text blocks by telling texts, then blocks that are where a block without partner should
/// be, then by whatever else the texts say.
fn place_text(
    reference: &Content,
    candidate: &Content,
    pairs: &[TextPair],
    drift: &Drift,
) -> Vec<TextPair> {
    let mut used = (vec![false; reference.blocks.len()], vec![false; candidate.blocks.len()]);
    let mut placed: Vec<TextPair> = Vec::new();
    let take = |pair: &TextPair, used: &mut (Vec<bool>, Vec<bool>)| {
        pair.reference.iter().for_each(|i| used.0[*i] = true);
        pair.candidate.iter().for_each(|i| used.1[*i] = true);
    };
    for pair in pairs.iter().filter(|pair| is_telling(reference, pair)) {
        take(pair, &mut used);
        placed.push(pair.clone());
    }
    let mut edges = Vec::new();
    for (r, block) in reference.blocks.iter().enumerate().filter(|(r, _)| !used.0[*r]) {
        let expected = drift.expected(&block.rect);
        for (c, other) in candidate.blocks.iter().enumerate().filter(|(c, _)| !used.1[*c]) {
            let overlap = expected.iter().map(|e| e.iou(&other.rect)).fold(0.0, f64::max);
            if overlap >= 0.2 {
                let sizes = ratio(block.font.size, other.font.size);
                edges.push((r, c, 0.7 * overlap + 0.3 * sizes));
            }
        }
    }
    for (r, c, _) in assign(reference.blocks.len(), candidate.blocks.len(), &edges) {
        let alike =
            text_pairing::similarity(&reference.blocks[r].chars, &candidate.blocks[c].chars);
        let pair = TextPair { reference: vec![r], candidate: vec![c], similarity: alike };
        take(&pair, &mut used);
        placed.push(pair);
    }
    for pair in pairs.iter().filter(|pair| !is_telling(reference, pair)) {
        let free = pair.reference.iter().all(|i| !used.0[*i])
            && pair.candidate.iter().all(|i| !used.1[*i]);
        if free {
            take(pair, &mut used);
            placed.push(pair.clone());
        }
    }
    placed.sort_by(|a, b| a.reference.cmp(&b.reference));
    placed
}

/// Pairs boxes by where they should be and how large they are.
fn place(
    left: &[Rect],
    right: &[Rect],
    drift: &Drift,
    width: f64,
    likeness: impl Fn(usize, usize) -> f64,
) -> Vec<(usize, usize)> {
    let mut edges = Vec::new();
    for (l, rect) in left.iter().enumerate() {
        let expected = drift.expected(rect);
        for (r, other) in right.iter().enumerate() {
            let apart = |at: &Rect| {
                let ((ax, ay), (bx, by)) = (at.center(), other.center());
                (ax - bx).hypot(ay - by).min((at.x - other.x).hypot(at.y - other.y))
            };
            // A less likely place counts as a little further away.
            let far = expected
                .iter()
                .enumerate()
                .map(|(at, place)| apart(place) + if at == 0 { 0.0 } else { 2.0 })
                .fold(f64::INFINITY, f64::min)
                / (0.15 * width);
            if far > 2.5 {
                continue;
            }
            let size = ratio(rect.width, other.width) * ratio(rect.height, other.height);
            let alike = likeness(l, r);
            let score = 0.5 * (-far).exp() + 0.3 * size.sqrt() + 0.2 * alike;
            if score >= 0.45 && alike > 0.0 {
                edges.push((l, r, score));
            }
        }
    }
    assign(left.len(), right.len(), &edges).into_iter().map(|(l, r, _)| (l, r)).collect()
}

fn likeness_of_panels(a: &Panel, b: &Panel) -> f64 {
    let fills = match (a.decoration.fill, b.decoration.fill) {
        (Some(x), Some(y)) => 1.0 - (difference(lab(x), lab(y)) / 60.0).min(0.9),
        (None, None) => 1.0,
        _ => 0.3,
    };
    if a.decoration.image == b.decoration.image { fills } else { 0.7 * fills }
}

fn likeness_of_controls(a: &Control, b: &Control) -> f64 {
    let roles = if a.role == b.role { 0.5 } else { 0.05 };
    roles + 0.5 * text_pairing::similarity(&a.label, &b.label)
}

fn moved(rect: &Rect, (dx, dy): (f64, f64)) -> Rect {
    Rect::new(rect.x + dx, rect.y + dy, rect.width, rect.height)
}

/// The smaller over the larger of two lengths, in `0.0..=1.0`; one when both are zero.
pub(crate) fn ratio(a: f64, b: f64) -> f64 {
    let (short, long) = (a.min(b), a.max(b));
    if long > 0.0 { (short / long).max(0.0) } else { 1.0 }
}
