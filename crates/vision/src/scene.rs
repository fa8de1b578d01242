//! What each blob of ink is: letter, border, rule, flat box or picture. Owns [`Scene`], the parsed
//! picture that both segmentation and reading work on. Must not run OCR.

use crate::group::{TextGroup, group_letters};
use crate::ink::{Blob, InkMap, NONE, map_ink};
use crate::pixels::Pixels;
use crate::surface::{SurfaceMap, map_surfaces};

/// A box in whole pixels: left, top, right, bottom; the last two are exclusive.
pub(crate) type PixelBox = [u32; 4];

/// What a blob of ink is taken for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Role {
    /// Perhaps a letter or a few touching ones, perhaps a small drawing.
    Letter,
    /// A filled rectangle too small to be a surface, or a rule.
    Solid,
    /// A closed border of this width.
    Ring(u32),
    /// A grid or frame made of straight rules.
    Rules(Vec<PixelBox>),
    /// Part of a photo or a drawing.
    Picture,
    /// Too faint or too small to matter.
    Speck,
}

/// The parsed picture.
pub(crate) struct Scene {
    pub(crate) surfaces: SurfaceMap,
    pub(crate) ink: InkMap,
    /// One for each blob.
    pub(crate) roles: Vec<Role>,
    /// Letters that stand in a row, by top, then left.
    pub(crate) groups: Vec<TextGroup>,
}

/// Parses a picture.
pub(crate) fn parse(pixels: &Pixels) -> Scene {
    let surfaces = map_surfaces(pixels);
    let ink = map_ink(pixels, &surfaces);
    let roles: Vec<Role> = (0..ink.blobs.len()).map(|i| role_of(pixels, &ink, i)).collect();
    let groups = group_letters(&ink.blobs, &roles);
    Scene { surfaces, ink, roles, groups }
}

/// Contrast below which ink is not taken for text, and below which it is ignored.
const FAINT_TEXT: f64 = 30.0;
const INVISIBLE: f64 = 9.0;
/// The tallest letter.
const MAX_LETTER: u32 = 200;

fn role_of(pixels: &Pixels, ink: &InkMap, index: usize) -> Role {
    let blob = &ink.blobs[index];
    let (w, h) = (blob.width(), blob.height());
    let area = blob.bounds_area();
    let pixel_count = blob.inked.max(1) as f64;
    if blob.contrast < INVISIBLE {
        return Role::Speck;
    }
    let thin = w.min(h) <= 4 && w.max(h) >= 16;
    if blob.mass >= 0.92 * area && (thin || w.min(h) >= 5) {
        return Role::Solid;
    }
    let off_axis = blob.off_axis as f64 / area;
    if w.min(h) >= 12 && off_axis >= 0.12 && blob.off_axis as f64 >= 0.25 * pixel_count {
        return Role::Picture;
    }
    if let Some(width) = ring_width(blob) {
        return Role::Ring(width);
    }
    if w.max(h) >= 48
        && let Some(rules) = straight_rules(pixels, ink, index)
    {
        return Role::Rules(rules);
    }
    let gray_picture = w.min(h) >= 40 && blob.soft as f64 >= 0.4 * area;
    if h > MAX_LETTER || gray_picture || (w > 400 && h > 60) {
        return Role::Picture;
    }
    if blob.contrast < FAINT_TEXT || blob.edge { Role::Speck } else { Role::Letter }
}

/// The width of the border that a blob is, if it is one.
fn ring_width(blob: &Blob) -> Option<u32> {
    let (w, h) = (u64::from(blob.width()), u64::from(blob.height()));
    let perimeter = 2 * (w + h);
    let hollow = blob.rim as f64 >= 0.86 * blob.inked as f64;
    let [top, right, bottom, left] = blob.sides.map(|n| n as f64);
    let level = top.min(bottom) >= 0.55 * w as f64;
    let upright = left.min(right) >= 0.55 * h as f64;
    let pill = w >= 2 * h && h >= 20;
    let long_enough = blob.inked as f64 >= 0.75 * perimeter as f64;
    if w < 14 || h < 12 || !hollow || !level || !(upright || pill) || !long_enough {
        return None;
    }
    let width = (blob.inked as f64 / perimeter as f64).round().max(1.0);
    (width <= 4.0 && blob.inked as f64 <= 4.2 * perimeter as f64).then_some(width as u32)
}

/// The straight rules a blob is made of, if nearly all of it is.
fn straight_rules(pixels: &Pixels, ink: &InkMap, index: usize) -> Option<Vec<PixelBox>> {
    const SHORTEST: u32 = 20;
    let blob = &ink.blobs[index];
    let inked = |x: u32, y: u32| {
        let i = y as usize * pixels.width() as usize + x as usize;
        ink.at[i] == index as u32 && ink.at[i] != NONE && blob.coverage(pixels.at(x, y)) >= 0.5
    };
    let (w, h) = (blob.width() as usize, blob.height() as usize);
    let mut covered = vec![false; w * h];
    let mut rules: Vec<PixelBox> = Vec::new();
    // Rows first, then columns, with the axes swapped.
    for columns in [false, true] {
        let (lines, length) = if columns { (w, h) } else { (h, w) };
        for line in 0..lines as u32 {
            let mut start = None;
            for step in 0..=length as u32 {
                let (dx, dy) = if columns { (line, step) } else { (step, line) };
                let on = step < length as u32 && inked(blob.left + dx, blob.top + dy);
                match (on, start) {
                    (true, None) => start = Some(step),
                    (false, Some(from)) => {
                        start = None;
                        if step - from < SHORTEST {
                            continue;
                        }
                        for s in from..step {
                            let (dx, dy) = if columns { (line, s) } else { (s, line) };
                            covered[dy as usize * w + dx as usize] = true;
                        }
                        let (x, y) = (blob.left, blob.top);
                        extend_rules(
                            &mut rules,
                            if columns {
                                [x + line, y + from, x + line + 1, y + step]
                            } else {
                                [x + from, y + line, x + step, y + line + 1]
                            },
                            columns,
                        );
                    }
                    _ => {}
                }
            }
        }
    }
    let hits = covered.iter().filter(|&&c| c).count();
    let slim = rules.iter().all(|r| (r[2] - r[0]).min(r[3] - r[1]) <= 5);
    (hits as f64 >= 0.9 * blob.inked as f64 && slim && rules.len() <= 400).then_some(rules)
}

/// Adds a run, or thickens the rule it continues.
fn extend_rules(rules: &mut Vec<PixelBox>, run: PixelBox, columns: bool) {
    let continues = |rule: &&mut PixelBox| {
        if columns {
            rule[1] == run[1] && rule[3] == run[3] && rule[2] == run[0]
        } else {
            rule[0] == run[0] && rule[2] == run[2] && rule[3] == run[1]
        }
    };
    match rules.iter_mut().rev().take(8).find(continues) {
        Some(rule) if columns => rule[2] = run[2],
        Some(rule) => rule[3] = run[3],
        None => rules.push(run),
    }
}
