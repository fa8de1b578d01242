//! Boxes and pictures. Owns turning the parsed picture into [`Region`]s: which surfaces are boxes,
//! which ink is a border, a rule or a photo, how round the corners are, what contains what. Must
//! not read text; it is told which groups of letters are text.

use std::collections::BTreeMap;

use pageloom_schema::{Rect, Region, RegionKind, Rgba};

use crate::ink::distance;
use crate::pixels::Pixels;
use crate::scene::{PixelBox, Role, Scene, parse};

/// The most regions a percept holds; the largest are kept.
const MAX_REGIONS: usize = 2_000;
/// The most picture parts that are merged into pictures.
const MAX_PARTS: usize = 1_500;

/// Finds boxes and pictures in a screenshot, by top edge, then left edge, then the larger first.
/// Text is told from small boxes by standing in rows; [`crate::perceive()`] knows better because it
/// reads it.
#[must_use]
pub fn segment(pixels: &Pixels) -> Vec<Region> {
    let scene = parse(pixels);
    let text: Vec<bool> = scene.groups.iter().map(|group| group.blobs.len() >= 3).collect();
    regions(pixels, &scene, &text, Vec::new())
}

pub(crate) fn rgba([r, g, b]: [u8; 3]) -> Rgba {
    Rgba { r, g, b, a: 255 }
}

fn rect_of(b: PixelBox) -> Rect {
    let [left, top, right, bottom] = b.map(f64::from);
    Rect::new(left, top, right - left, bottom - top)
}

fn contains(outer: PixelBox, inner: PixelBox, slack: u32) -> bool {
    outer[0] <= inner[0] + slack
        && outer[1] <= inner[1] + slack
        && inner[2] <= outer[2] + slack
        && inner[3] <= outer[3] + slack
}

fn area(b: PixelBox) -> u64 {
    u64::from(b[2] - b[0]) * u64::from(b[3] - b[1])
}

/// The colour the page is painted in: the most frequent one along its left and right edges, where
/// the body shows when the content is a centred column.
pub(crate) fn page_background(pixels: &Pixels) -> [u8; 3] {
    let mut counts: BTreeMap<[u8; 3], u32> = BTreeMap::new();
    for y in 0..pixels.height() {
        for x in [0, pixels.width() - 1] {
            *counts.entry(pixels.at(x, y)).or_default() += 1;
        }
    }
    counts.into_iter().max_by_key(|&(_, count)| count).map_or([255; 3], |(color, _)| color)
}

/// A region while it is being put together.
#[derive(Clone, Debug)]
struct Draft {
    bounds: PixelBox,
    kind: RegionKind,
    color: [u8; 3],
    border: Option<([u8; 3], u32)>,
    radius: f64,
    /// A flat, clean rectangle: believed even on top of a picture.
    clean: bool,
}

impl Draft {
    fn fill(bounds: PixelBox, color: [u8; 3]) -> Self {
        Self { bounds, kind: RegionKind::Fill, color, border: None, radius: 0.0, clean: false }
    }
}

/// The regions of a parsed picture; `text[i]` says that group `i` is text and no drawing, `icons`
/// are drawings that stood among text.
pub(crate) fn regions(
    pixels: &Pixels,
    scene: &Scene,
    text: &[bool],
    icons: Vec<PixelBox>,
) -> Vec<Region> {
    let background = page_background(pixels);
    let mut drafts = Vec::new();
    let mut parts = icons;
    surface_drafts(pixels, scene, &mut drafts, &mut parts);
    blob_drafts(scene, text, &mut drafts, &mut parts);

    let pictures = merge_parts(parts);
    drafts.retain(|draft| {
        let inside = |p: &&PixelBox| contains(**p, draft.bounds, 1);
        match pictures.iter().find(inside) {
            Some(&picture) => {
                draft.clean && area(draft.bounds) >= 900 && 2 * area(draft.bounds) < area(picture)
            }
            None => true,
        }
    });
    for bounds in pictures {
        let color = mean_color(pixels, bounds);
        let picture = Draft { kind: RegionKind::Picture, ..Draft::fill(bounds, color) };
        drafts.push(picture);
    }
    drafts.sort_by_key(|d| (std::cmp::Reverse(area(d.bounds)), d.bounds, d.kind));
    drafts.truncate(MAX_REGIONS);
    let mut drafts = drop_invisible(drafts, background);

    drafts.sort_by_key(|d| (d.bounds[1], d.bounds[0], std::cmp::Reverse(area(d.bounds)), d.kind));
    let depth = |draft: &Draft| {
        let holds = |other: &&Draft| {
            contains(other.bounds, draft.bounds, 0) && area(other.bounds) > area(draft.bounds)
        };
        u32::try_from(drafts.iter().filter(holds).count()).unwrap_or(u32::MAX)
    };
    drafts
        .iter()
        .map(|draft| Region {
            rect: rect_of(draft.bounds),
            kind: draft.kind,
            color: rgba(draft.color),
            border: draft.border.map(|(color, _)| rgba(color)),
            border_width: draft.border.map_or(0.0, |(_, width)| f64::from(width)),
            radius: draft.radius,
            depth: depth(draft),
        })
        .collect()
}

fn surface_drafts(
    pixels: &Pixels,
    scene: &Scene,
    drafts: &mut Vec<Draft>,
    parts: &mut Vec<PixelBox>,
) {
    for (index, s) in scene.surfaces.surfaces.iter().enumerate() {
        let bounds = [s.left, s.top, s.right, s.bottom];
        let square = s.squareness();
        let radius = corner_radius(pixels, scene, index as u32, bounds);
        let round = radius >= 0.3 * f64::from(s.width().min(s.height()));
        if square < 0.72 || (square < 0.85 && !round) {
            // A smooth area of odd shape and changing colour belongs to a photo; a flat one is
            // several boxes that touch, such as a tab and its sheet.
            if s.flatness >= 0.5 {
                let slabs = slabs(pixels, scene, index as u32, bounds);
                drafts.extend(slabs.into_iter().map(|slab| Draft::fill(slab, s.color)));
            } else if area(bounds) * 2 < u64::from(pixels.width()).pow(2) {
                parts.push(bounds);
            }
            continue;
        }
        let clean = s.flatness >= 0.95 && (square >= 0.97 || radius > 2.0);
        drafts.push(Draft { radius, clean, ..Draft::fill(bounds, s.color) });
    }
}

/// The rectangles an irregular surface is made of: runs of rows with the same left and right end.
fn slabs(pixels: &Pixels, scene: &Scene, index: u32, bounds: PixelBox) -> Vec<PixelBox> {
    const SLACK: u32 = 3;
    let width = pixels.width() as usize;
    // Each with the number of its pixels that are on the surface.
    let mut slabs: Vec<(PixelBox, u64)> = Vec::new();
    for y in bounds[1]..bounds[3] {
        let row = &scene.surfaces.at[y as usize * width..][..width];
        let span = &row[bounds[0] as usize..bounds[2] as usize];
        let first = span.iter().position(|&s| s == index);
        let last = span.iter().rposition(|&s| s == index);
        let (Some(first), Some(last)) = (first, last) else { continue };
        let (left, right) = (bounds[0] + first as u32, bounds[0] + last as u32 + 1);
        let on = span.iter().filter(|&&s| s == index).count() as u64;
        match slabs.last_mut() {
            Some((slab, covered))
                if slab[3] == y
                    && slab[0].abs_diff(left) <= SLACK
                    && slab[2].abs_diff(right) <= SLACK =>
            {
                slab[3] = y + 1;
                *covered += on;
            }
            _ => slabs.push(([left, y, right, y + 1], on)),
        }
    }
    slabs.retain(|&(s, covered)| {
        let share = covered as f64 / area(s) as f64;
        // A rule that hangs on a box is thin and full; a frame is wide and nearly empty.
        s[2] - s[0] >= 24 && (share >= 0.9 || (s[3] - s[1] >= 16 && share >= 0.02))
    });
    slabs.into_iter().map(|(slab, _)| slab).collect()
}

/// The radius of a surface's corners, from the area that the rounding takes away: a quarter circle
/// of radius r leaves (1 - pi/4) r² of its square uncovered. Zero unless three corners agree.
fn corner_radius(pixels: &Pixels, scene: &Scene, index: u32, bounds: PixelBox) -> f64 {
    let [left, top, right, bottom] = bounds;
    let reach = ((right - left).min(bottom - top) / 2).min(120);
    let width = pixels.width() as usize;
    let on = |x: u32, y: u32| scene.surfaces.at[y as usize * width + x as usize] == index;
    let mut radii = [0.0; 4];
    for (n, radius) in radii.iter_mut().enumerate() {
        let (from_right, from_bottom) = (n % 2 == 1, n / 2 == 1);
        let mut missing = 0;
        for dy in 0..reach {
            let y = if from_bottom { bottom - 1 - dy } else { top + dy };
            let place = |dx: u32| if from_right { right - 1 - dx } else { left + dx };
            let inset = (0..reach).find(|&dx| on(place(dx), y)).unwrap_or(reach);
            if inset == 0 {
                break;
            }
            missing += inset;
        }
        // Half of the pixels on the curve are blends and count as missing: two thirds of a pixel.
        *radius = (f64::from(missing) / (1.0 - std::f64::consts::FRAC_PI_4)).sqrt() - 0.7;
    }
    radii.sort_by(f64::total_cmp);
    let (low, high) = (radii[1], radii[3]);
    let half = f64::from((right - left).min(bottom - top)) / 2.0;
    if low >= 1.5 && low >= 0.6 * high { radii[2].round().min(half) } else { 0.0 }
}

fn blob_drafts(scene: &Scene, text: &[bool], drafts: &mut Vec<Draft>, parts: &mut Vec<PixelBox>) {
    let mut is_text = vec![false; scene.ink.blobs.len()];
    for (group, _) in scene.groups.iter().zip(text).filter(|&(_, &text)| text) {
        for &blob in &group.blobs {
            is_text[blob as usize] = true;
        }
    }
    for (group, _) in scene.groups.iter().zip(text).filter(|&(_, &text)| !text) {
        let drawn = group.blobs.iter().any(|&b| scene.roles[b as usize] == Role::Letter);
        // The blended edge of a disc or of a rounded corner is not a drawing of its own.
        let outline = drafts.iter().any(|d| is_edge_of(group.bounds, d.bounds));
        if drawn && !outline && group.width() >= 8 && group.height() >= 8 {
            parts.push(group.bounds);
        }
    }
    for (i, blob) in scene.ink.blobs.iter().enumerate() {
        let bounds = [blob.left, blob.top, blob.right, blob.bottom];
        match &scene.roles[i] {
            Role::Solid if !is_text[i] && area(bounds) >= 16 => {
                drafts.push(Draft { clean: true, ..Draft::fill(bounds, blob.color) });
            }
            Role::Picture => parts.push(bounds),
            Role::Rules(rules) => {
                drafts.extend(rules.iter().map(|&rule| Draft::fill(rule, blob.color)));
            }
            Role::Ring(width) => add_border(scene, drafts, bounds, blob.color, *width),
            _ => {}
        }
    }
}

/// Whether a piece of ink is what blending leaves along the edge of a box: all around it, or in
/// one of its corners.
fn is_edge_of(ink: PixelBox, outer: PixelBox) -> bool {
    const SLACK: u32 = 3;
    if !contains(outer, ink, SLACK) {
        return false;
    }
    let [left, top, right, bottom] = [0, 1, 2, 3].map(|k| ink[k].abs_diff(outer[k]) <= SLACK);
    let (width, height) = (outer[2] - outer[0], outer[3] - outer[1]);
    let corner = (left || right)
        && (top || bottom)
        && (ink[2] - ink[0]) * 2 <= width + 2 * SLACK
        && (ink[3] - ink[1]) * 2 <= height + 2 * SLACK;
    // The rounded end of a pill, from top to bottom, and a rounded band, from left to right.
    let end = (top && bottom && (left || right) && (ink[2] - ink[0]) <= height)
        || (left && right && (top || bottom) && (ink[3] - ink[1]) <= 40);
    corner || end || (left && top && right && bottom)
}

/// Gives the box inside a border that border; a border around plain paper becomes a box of its
/// own.
fn add_border(
    scene: &Scene,
    drafts: &mut Vec<Draft>,
    bounds: PixelBox,
    color: [u8; 3],
    width: u32,
) {
    let [left, top, right, bottom] = bounds;
    let within = |inner: PixelBox| {
        contains(bounds, inner, 0)
            && inner[0] <= left + width + 2
            && inner[1] <= top + width + 2
            && inner[2] + width + 2 >= right
            && inner[3] + width + 2 >= bottom
    };
    if let Some(draft) = drafts.iter_mut().find(|d| d.border.is_none() && within(d.bounds)) {
        draft.bounds = bounds;
        draft.border = Some((color, width));
        return;
    }
    // Otherwise the paper just inside the top edge is the fill.
    let surfaces = &scene.surfaces.surfaces;
    let inner = surfaces
        .iter()
        .filter(|s| s.left >= left && s.top >= top && s.right <= right && s.bottom <= bottom)
        .max_by_key(|s| s.area);
    let backdrop = scene.ink.blobs.iter().find(|b| [b.left, b.top, b.right, b.bottom] == bounds);
    let fill = inner.map(|s| s.color).or(backdrop.map(|b| b.backdrop)).unwrap_or([255; 3]);
    drafts.push(Draft { border: Some((color, width)), ..Draft::fill(bounds, fill) });
}

/// Joins picture parts that overlap or nearly touch, until none do.
fn merge_parts(mut parts: Vec<PixelBox>) -> Vec<PixelBox> {
    const GAP: u32 = 2;
    parts.sort_by_key(|&p| (std::cmp::Reverse(area(p)), p));
    parts.truncate(MAX_PARTS);
    loop {
        let mut merged: Vec<PixelBox> = Vec::with_capacity(parts.len());
        let before = parts.len();
        for part in parts {
            let touches = |other: &&mut PixelBox| {
                part[0] <= other[2] + GAP
                    && other[0] <= part[2] + GAP
                    && part[1] <= other[3] + GAP
                    && other[1] <= part[3] + GAP
            };
            match merged.iter_mut().find(touches) {
                Some(other) => {
                    for k in 0..2 {
                        other[k] = other[k].min(part[k]);
                        other[k + 2] = other[k + 2].max(part[k + 2]);
                    }
                }
                None => merged.push(part),
            }
        }
        parts = merged;
        if parts.len() == before {
            break;
        }
    }
    parts.retain(|p| p[2] - p[0] >= 8 && p[3] - p[1] >= 8);
    parts
}

fn mean_color(pixels: &Pixels, bounds: PixelBox) -> [u8; 3] {
    let mut sum = [0_u64; 3];
    for y in bounds[1]..bounds[3] {
        for x in bounds[0]..bounds[2] {
            for (sum, c) in sum.iter_mut().zip(pixels.at(x, y)) {
                *sum += u64::from(c);
            }
        }
    }
    sum.map(|sum| u8::try_from(sum / area(bounds).max(1)).unwrap_or(u8::MAX))
}

/// Leaves out boxes that look like what they lie on; `drafts` come with the largest first.
fn drop_invisible(drafts: Vec<Draft>, background: [u8; 3]) -> Vec<Draft> {
    let mut kept: Vec<Draft> = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let parent = kept.iter().rev().find(|p| contains(p.bounds, draft.bounds, 1));
        let under = parent.map_or(background, |p| p.color);
        let parent_is_picture = parent.is_some_and(|p| p.kind == RegionKind::Picture);
        let visible = draft.border.is_some()
            || draft.kind == RegionKind::Picture
            || parent_is_picture
            || distance(under, draft.color) > 3.5;
        let twin = parent.is_some_and(|p| {
            contains(draft.bounds, p.bounds, 1) && distance(p.color, draft.color) <= 3.5
        });
        if visible && !twin {
            kept.push(draft);
        }
    }
    kept
}
