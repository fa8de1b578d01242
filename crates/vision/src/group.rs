//! Letters in a row. Owns the rule that puts blobs of ink into one [`TextGroup`]: same paper, same
//! hue, similar height, small gaps. Must not read the letters.

use crate::ink::{Blob, distance};
use crate::scene::{PixelBox, Role};
use crate::surface::INK;

/// Blobs that form one line of text, or a lone drawing that may turn out to be one.
#[derive(Clone, Debug)]
pub(crate) struct TextGroup {
    /// Indices of its blobs, ascending.
    pub(crate) blobs: Vec<u32>,
    /// The box around them.
    pub(crate) bounds: PixelBox,
    /// Median height of its full-sized letters.
    pub(crate) letter_height: u32,
}

impl TextGroup {
    pub(crate) fn width(&self) -> u32 {
        self.bounds[2] - self.bounds[0]
    }

    pub(crate) fn height(&self) -> u32 {
        self.bounds[3] - self.bounds[1]
    }
}

/// Height of the row bands used to find neighbours.
const BAND: u32 = 8;
/// How many earlier blobs of a band are compared.
const LOOK_BACK: usize = 10;
/// More letters than this are texture.
const MAX_LETTERS: usize = 120_000;

/// Groups the letters of a page.
pub(crate) fn group_letters(blobs: &[Blob], roles: &[Role]) -> Vec<TextGroup> {
    let is_part = |i: &usize| match roles[*i] {
        Role::Letter => true,
        // A dash, a dot or an `l` is a solid box as well.
        Role::Solid => blobs[*i].height() <= 60 && blobs[*i].width() <= 60,
        _ => false,
    };
    let mut letters: Vec<usize> = (0..blobs.len()).filter(is_part).take(MAX_LETTERS).collect();
    letters.sort_by_key(|&i| (blobs[i].left, blobs[i].top, i));

    let bottom = letters.iter().map(|&i| blobs[i].bottom).max().unwrap_or(0);
    let mut bands: Vec<Vec<usize>> = vec![Vec::new(); (bottom / BAND) as usize + 2];
    let mut parent: Vec<usize> = (0..letters.len()).collect();
    fn root(parent: &mut [usize], mut i: usize) -> usize {
        while parent[i] != i {
            parent[i] = parent[parent[i]];
            i = parent[i];
        }
        i
    }
    for n in 0..letters.len() {
        let blob = &blobs[letters[n]];
        // One band above and below, so that an accent finds its letter.
        let first = (blob.top / BAND).saturating_sub(1) as usize;
        let last = (blob.bottom / BAND + 1) as usize;
        for band in &mut bands[first..=last] {
            for &m in band.iter().rev().take(LOOK_BACK) {
                if in_one_line(&blobs[letters[m]], blob) {
                    let (a, b) = (root(&mut parent, m), root(&mut parent, n));
                    parent[a.max(b)] = a.min(b);
                }
            }
        }
        for band in &mut bands[(blob.top / BAND) as usize..=((blob.bottom - 1) / BAND) as usize] {
            band.push(n);
        }
    }

    let mut members: Vec<Vec<u32>> = vec![Vec::new(); letters.len()];
    for n in 0..letters.len() {
        members[root(&mut parent, n)].push(letters[n] as u32);
    }
    let mut groups: Vec<TextGroup> = members
        .into_iter()
        .filter(|m| !m.is_empty())
        .flat_map(|m| split_lines(blobs, m))
        .filter_map(|lines| finish(blobs, lines))
        .collect();
    groups.sort_by_key(|g| (g.bounds[1], g.bounds[0], g.bounds[3], g.bounds[2]));
    groups
}

/// Blobs of one line: those that make up its box, and those that also reach into another line.
type LineParts = (Vec<u32>, Vec<u32>);

/// Takes apart lines that tight spacing chained together: where the middles of the letters leave a
/// gap of most of a letter's height. A blob that spans lines (a descender that touches the next
/// line) goes to each of them, which later cuts it at their boxes.
fn split_lines(blobs: &[Blob], members: Vec<u32>) -> Vec<LineParts> {
    let blob = |i: u32| &blobs[i as usize];
    let mut heights: Vec<u32> = members.iter().map(|&i| blob(i).height()).collect();
    heights.sort_unstable();
    let tallest = heights[heights.len() - 1];
    heights.retain(|&h| 4 * h >= tallest);
    let usual = f64::from(heights[heights.len() / 2]);
    let top = members.iter().map(|&i| blob(i).top).min().unwrap_or(0);
    let bottom = members.iter().map(|&i| blob(i).bottom).max().unwrap_or(0);
    if f64::from(bottom - top) < 2.5 * usual || members.len() < 4 {
        return vec![(members, Vec::new())];
    }
    let middle = |i: u32| f64::from(blob(i).top + blob(i).bottom) / 2.0;
    let height = |i: u32| f64::from(blob(i).height());
    let (spanning, rest): (Vec<u32>, Vec<u32>) =
        members.iter().partition(|&&i| height(i) > 2.2 * usual);
    let (mut full, small): (Vec<u32>, Vec<u32>) =
        rest.into_iter().partition(|&i| height(i) >= 0.6 * usual);
    full.sort_by(|&a, &b| middle(a).total_cmp(&middle(b)).then(a.cmp(&b)));
    let mut lines: Vec<LineParts> = full
        .chunk_by(|&a, &b| middle(b) - middle(a) <= 0.7 * usual)
        .map(|line| (line.to_vec(), Vec::new()))
        .collect();
    if lines.len() < 2 {
        return vec![(members, Vec::new())];
    }
    let centers: Vec<f64> = lines
        .iter()
        .map(|(line, _)| line.iter().map(|&i| middle(i)).sum::<f64>() / line.len() as f64)
        .collect();
    for i in small {
        let off = |n: &usize| (centers[*n] - middle(i)).abs();
        let nearest = (0..lines.len()).min_by(|a, b| off(a).total_cmp(&off(b))).unwrap_or(0);
        lines[nearest].0.push(i);
    }
    for (_, across) in &mut lines {
        across.extend(&spanning);
    }
    lines
}

fn finish(blobs: &[Blob], (mut members, across): LineParts) -> Option<TextGroup> {
    let mut bounds = [u32::MAX, u32::MAX, 0, 0];
    let mut heights: Vec<u32> = Vec::new();
    for &i in &members {
        let blob = &blobs[i as usize];
        bounds[0] = bounds[0].min(blob.left);
        bounds[1] = bounds[1].min(blob.top);
        bounds[2] = bounds[2].max(blob.right);
        bounds[3] = bounds[3].max(blob.bottom);
        heights.push(blob.height());
    }
    let tallest = heights.iter().copied().max().unwrap_or(0);
    // Dots, commas and dashes say nothing about the size of the type.
    heights.retain(|&h| 5 * h >= 2 * tallest);
    heights.sort_unstable();
    let letter_height = heights.get(heights.len() / 2).copied().unwrap_or(0);
    members.extend(across);
    members.sort_unstable();
    (letter_height >= 4).then_some(TextGroup { blobs: members, bounds, letter_height })
}

/// Whether two blobs, `a` starting no further right than `b`, belong to one line.
fn in_one_line(a: &Blob, b: &Blob) -> bool {
    if a.surface != b.surface || a.surface == INK || !alike_in_hue(a, b) {
        return false;
    }
    let (ha, hb) = (f64::from(a.height()), f64::from(b.height()));
    let (low, high) = (ha.min(hb), ha.max(hb));
    let shared = f64::from(a.bottom.min(b.bottom)) - f64::from(a.top.max(b.top));
    let gap = f64::from(b.left) - f64::from(a.right);
    let overlap = f64::from(a.right.min(b.right)) - f64::from(b.left);
    if overlap > 0.0 {
        // Stacked: an accent or the dot of an `i`, or parts that touch each other's box.
        let small = low <= 0.5 * high && f64::from(a.width().min(b.width())) <= 1.2 * high;
        let nearness = -shared;
        return shared >= 0.5 * low || (small && nearness <= 0.3 * high);
    }
    if gap > 1.05 * high {
        return false;
    }
    if low >= 0.6 * high {
        return shared >= 0.5 * low;
    }
    // A bracket is nearly twice as high as the small letter beside it.
    if low >= 0.45 * high && shared >= 0.7 * low {
        return true;
    }
    // A comma may hang below its neighbour, an apostrophe rise above it; but a bullet stands
    // farther off than either.
    // A comma is slim, a small letter beside a large figure is not.
    let small = if ha <= hb { a } else { b };
    let slim = f64::from(small.width()) <= 0.75 * low && low <= 0.5 * high;
    let reach = if slim || low <= 0.25 * high { 0.6 } else { 0.25 };
    shared >= -0.15 * high && gap <= reach * high
}

/// Whether two inks on the same paper differ from it in the same direction: thin letters are
/// paler than bold ones but keep the direction.
fn alike_in_hue(a: &Blob, b: &Blob) -> bool {
    if distance(a.color, b.color) <= 60.0 || a.contrast == 0.0 || b.contrast == 0.0 {
        return true;
    }
    let mut dot = 0.0;
    for k in 0..3 {
        let da = f64::from(a.color[k]) - f64::from(a.backdrop[k]);
        let db = f64::from(b.color[k]) - f64::from(b.backdrop[k]);
        dot += da * db;
    }
    dot / (a.contrast * b.contrast) >= 0.99
}
