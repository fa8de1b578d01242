//! Surfaces: large connected areas of one colour or of a smooth change of colour, the paper that
//! a page's ink lies on. Owns the per-pixel map from place to [`Surface`]. Must not decide what a
//! surface means on the page.

use std::collections::BTreeMap;

use crate::pixels::Pixels;

/// Neighbours whose channels differ by at most this belong together: enough for gradients and
/// soft shadows, far less than the step from paper to ink.
const STEP: u8 = 2;
/// Index of pixels that lie on no surface.
pub(crate) const INK: u32 = u32::MAX;

/// One surface.
#[derive(Clone, Debug)]
pub(crate) struct Surface {
    pub(crate) left: u32,
    pub(crate) top: u32,
    /// Exclusive.
    pub(crate) right: u32,
    /// Exclusive.
    pub(crate) bottom: u32,
    /// Pixels that belong to it.
    pub(crate) area: u64,
    /// Pixels between its first and last pixel of every row: the area with holes filled.
    pub(crate) hull: u64,
    /// Its most frequent colour where one covers half of it, else the mean colour.
    pub(crate) color: [u8; 3],
    /// The share of its pixels that have exactly `color`, 0..=1.
    pub(crate) flatness: f64,
}

impl Surface {
    pub(crate) fn width(&self) -> u32 {
        self.right - self.left
    }

    pub(crate) fn height(&self) -> u32 {
        self.bottom - self.top
    }

    fn bounds_area(&self) -> f64 {
        f64::from(self.width()) * f64::from(self.height())
    }

    /// How much of its bounding box it covers when holes are filled, 0..=1; 1 for a rectangle,
    /// 0.785 for a disc.
    pub(crate) fn squareness(&self) -> f64 {
        self.hull as f64 / self.bounds_area()
    }

    /// How much of its hull is not holes, 0..=1.
    fn solidity(&self) -> f64 {
        self.area as f64 / self.hull as f64
    }
}

/// The surfaces of a picture and where they are.
pub(crate) struct SurfaceMap {
    /// In order of their first pixel.
    pub(crate) surfaces: Vec<Surface>,
    /// For every pixel its index in `surfaces`, or [`INK`].
    pub(crate) at: Vec<u32>,
}

fn near(a: [u8; 3], b: [u8; 3]) -> bool {
    a.iter().zip(b).all(|(&p, q)| p.abs_diff(q) <= STEP)
}

/// Disjoint sets over provisional labels; the smaller label is the root, so the result does not
/// depend on the order of unions.
struct Sets(Vec<u32>);

impl Sets {
    fn root(&mut self, mut label: u32) -> u32 {
        while self.0[label as usize] != label {
            let parent = self.0[label as usize];
            self.0[label as usize] = self.0[parent as usize];
            label = parent;
        }
        label
    }

    fn join(&mut self, a: u32, b: u32) -> u32 {
        let (a, b) = (self.root(a), self.root(b));
        let (low, high) = (a.min(b), a.max(b));
        self.0[high as usize] = low;
        low
    }
}

/// Labels the 4-connected smooth components; returns the label of every pixel and the label sets.
fn label_components(pixels: &Pixels) -> (Vec<u32>, Sets) {
    let width = pixels.width() as usize;
    let data = pixels.data();
    let mut labels = vec![0_u32; data.len()];
    let mut sets = Sets(Vec::new());
    for start in (0..data.len()).step_by(width) {
        for i in start..start + width {
            let above = (start > 0 && near(data[i], data[i - width])).then(|| labels[i - width]);
            let before = (i > start && near(data[i], data[i - 1])).then(|| labels[i - 1]);
            labels[i] = match (before, above) {
                (None, None) => {
                    let fresh = u32::try_from(sets.0.len()).unwrap_or(INK);
                    sets.0.push(fresh);
                    fresh
                }
                (Some(label), None) | (None, Some(label)) => label,
                (Some(a), Some(b)) if a == b => a,
                (Some(a), Some(b)) => sets.join(a, b),
            };
        }
    }
    (labels, sets)
}

/// Smallest area of a surface.
const MIN_AREA: u64 = 400;
/// From this area on a surface may have any shape (the page around its boxes).
const LARGE_AREA: u64 = 6_000;

/// Up to this side length a component may be a stroke of large type.
const LARGEST_STROKE: u32 = 200;

/// Whether a component is paper rather than a stroke of large type, a border or part of a picture.
/// Strokes of type are told by being narrow, or by having neither a full inside nor four sides.
/// `sides` is the least share of an edge of its box that it covers.
fn is_paper(s: &Surface, mean_run: f64, mean_column_run: f64, sides: f64) -> bool {
    let (w, h) = (s.width(), s.height());
    let roomy = (w >= 18 && h >= 18) || (w >= 22 && h >= 12);
    if s.area < MIN_AREA || !roomy {
        return false;
    }
    let full = s.solidity() >= 0.75 || sides >= 0.8 || w.max(h) > LARGEST_STROKE;
    let box_like = s.squareness() >= 0.85 && s.solidity() >= 0.55 && full;
    let disc_like = s.squareness() >= 0.74 && s.solidity() >= 0.72 && w.abs_diff(h) * 5 <= w;
    let sheet_like = s.area >= LARGE_AREA
        && full
        && (s.area as f64 >= 0.35 * s.bounds_area() || (mean_run >= 6.0 && mean_column_run >= 6.0));
    box_like || disc_like || sheet_like
}

/// The least share of the four edges of a component's box that belongs to it, 0..=1.
fn side_cover(at: &[u32], width: usize, label: u32, s: &Surface) -> f64 {
    let on = |x: u32, y: u32| at[y as usize * width + x as usize] == label;
    let row =
        |y: u32| (s.left..s.right).filter(|&x| on(x, y)).count() as f64 / f64::from(s.width());
    let column =
        |x: u32| (s.top..s.bottom).filter(|&y| on(x, y)).count() as f64 / f64::from(s.height());
    row(s.top).min(row(s.bottom - 1)).min(column(s.left)).min(column(s.right - 1))
}

/// Row- and column-wise shape of one component while it is being measured.
#[derive(Clone)]
struct Shape {
    surface: Surface,
    row: u32,
    row_left: u32,
    row_right: u32,
    row_runs: u64,
    column_runs: u64,
    sum: [u64; 3],
    vote: [u8; 3],
    vote_weight: u64,
    hits: u64,
}

/// Finds the surfaces of a picture.
pub(crate) fn map_surfaces(pixels: &Pixels) -> SurfaceMap {
    let width = pixels.width() as usize;
    let (mut at, mut sets) = label_components(pixels);

    let mut areas = vec![0_u32; sets.0.len()];
    for label in &mut at {
        *label = sets.root(*label);
        areas[*label as usize] += 1;
    }
    // From here on only components large enough to be a surface keep a number.
    let mut number = vec![INK; areas.len()];
    let mut count = 0;
    for (label, &area) in areas.iter().enumerate() {
        if u64::from(area) >= MIN_AREA {
            number[label] = count;
            count += 1;
        }
    }
    for label in &mut at {
        *label = number[*label as usize];
    }
    let mut shapes = measure(pixels, &at, count as usize);
    if split_fades(pixels, &mut at, &shapes, &mut count) {
        shapes = measure(pixels, &at, count as usize);
    }

    let mut surfaces: Vec<Surface> = Vec::new();
    let mut verdicts = vec![false; shapes.len()];
    for (label, shape) in shapes.into_iter().enumerate() {
        let runs = (shape.row_runs.max(1) as f64, shape.column_runs.max(1) as f64);
        let surface = shape.finish();
        let area = surface.area as f64;
        let small = surface.width().max(surface.height()) <= LARGEST_STROKE;
        let sides = if small { side_cover(&at, width, label as u32, &surface) } else { 1.0 };
        verdicts[label] = is_paper(&surface, area / runs.0, area / runs.1, sides);
        surfaces.push(surface);
    }
    // A letter found out may in turn give away the one beside it.
    for _ in 0..4 {
        let letters: Vec<usize> = (0..surfaces.len())
            .filter(|&n| verdicts[n])
            .filter(|&n| stands_in_a_word(pixels, &at, n as u32, &surfaces[n], &verdicts))
            .collect();
        if letters.is_empty() {
            break;
        }
        for n in letters {
            verdicts[n] = false;
        }
    }
    let mut keep = vec![INK; surfaces.len()];
    let mut kept = Vec::new();
    for (label, surface) in surfaces.into_iter().enumerate() {
        if verdicts[label] {
            keep[label] = u32::try_from(kept.len()).unwrap_or(INK);
            kept.push(surface);
        }
    }
    for label in &mut at {
        if *label != INK {
            *label = keep[*label as usize];
        }
    }
    SurfaceMap { surfaces: kept, at }
}

/// Measures the components numbered in `at`.
fn measure(pixels: &Pixels, at: &[u32], count: usize) -> Vec<Shape> {
    let width = pixels.width() as usize;
    let data = pixels.data();
    let blank = Shape {
        surface: Surface {
            left: u32::MAX,
            top: 0,
            right: 0,
            bottom: 0,
            area: 0,
            hull: 0,
            color: [0; 3],
            flatness: 0.0,
        },
        row: 0,
        row_left: 0,
        row_right: 0,
        row_runs: 0,
        column_runs: 0,
        sum: [0; 3],
        vote: [0; 3],
        vote_weight: 0,
        hits: 0,
    };
    let mut shapes = vec![blank; count];
    for (i, &label) in at.iter().enumerate() {
        if label == INK {
            continue;
        }
        let (x, y) = ((i % width) as u32, (i / width) as u32);
        let shape = &mut shapes[label as usize];
        shape.add(x, y, data[i]);
        if x == 0 || at[i - 1] != label {
            shape.row_runs += 1;
        }
        if y == 0 || at[i - width] != label {
            shape.column_runs += 1;
        }
    }
    for (&label, color) in at.iter().zip(data) {
        if label != INK && shapes[label as usize].vote == *color {
            shapes[label as usize].hits += 1;
        }
    }
    shapes
}

/// Parts the components in which a fade joins two or more flat areas, such as a page whose header
/// fades into its body: each of the flat colours gets a number of its own, the fade stays with the
/// most frequent one. Returns whether there were any.
fn split_fades(pixels: &Pixels, at: &mut [u32], shapes: &[Shape], count: &mut u32) -> bool {
    const SMALLEST: u64 = 20_000;
    const SAMPLE_EVERY: usize = 5;
    let mixed: Vec<bool> = shapes
        .iter()
        .map(|s| s.surface.area >= SMALLEST && s.hits * 10 < s.surface.area * 9)
        .collect();
    if !mixed.contains(&true) {
        return false;
    }
    let mut counts: BTreeMap<(u32, [u8; 3]), u64> = BTreeMap::new();
    for (&label, &color) in at.iter().zip(pixels.data()).step_by(SAMPLE_EVERY) {
        if label != INK && mixed[label as usize] {
            *counts.entry((label, color)).or_default() += SAMPLE_EVERY as u64;
        }
    }
    let mut flat: BTreeMap<u32, Vec<(u64, [u8; 3])>> = BTreeMap::new();
    for ((label, color), hits) in counts {
        if hits * 100 >= shapes[label as usize].surface.area * 12 {
            flat.entry(label).or_default().push((hits, color));
        }
    }
    let mut renamed: BTreeMap<(u32, [u8; 3]), u32> = BTreeMap::new();
    for (label, mut colors) in flat {
        colors.sort_unstable_by(|a, b| b.cmp(a));
        let main = colors[0].1;
        for &(_, color) in &colors[1..] {
            // A gradient's bands differ by a step; flat areas by more.
            if color.iter().zip(main).any(|(&a, b)| a.abs_diff(b) > 2 * STEP) {
                renamed.insert((label, color), *count);
                *count += 1;
            }
        }
    }
    if renamed.is_empty() {
        return false;
    }
    for (label, &color) in at.iter_mut().zip(pixels.data()) {
        if *label != INK
            && (*label as usize) < mixed.len()
            && mixed[*label as usize]
            && let Some(&fresh) = renamed.get(&(*label, color))
        {
            *label = fresh;
        }
    }
    true
}

/// Whether a small flat shape has a neighbour of the same colour close by on its left or right
/// that is no paper: then it is a letter of large type, however round or square it may be.
fn stands_in_a_word(
    pixels: &Pixels,
    at: &[u32],
    label: u32,
    s: &Surface,
    is_paper: &[bool],
) -> bool {
    if s.width().max(s.height()) > LARGEST_STROKE || s.flatness < 0.5 {
        return false;
    }
    let reach = s.height() * 35 / 100;
    let width = pixels.width();
    let near = (s.left.saturating_sub(reach)..s.left).chain(s.right..(s.right + reach).min(width));
    let hits = near
        .flat_map(|x| (s.top..s.bottom).map(move |y| (x, y)))
        .filter(|&(x, y)| {
            let other = at[y as usize * width as usize + x as usize];
            other != label
                && (other == INK || !is_paper[other as usize])
                && pixels.at(x, y) == s.color
        })
        .count();
    hits as f64 >= 0.5 * f64::from(s.height())
}

impl Shape {
    fn add(&mut self, x: u32, y: u32, color: [u8; 3]) {
        let s = &mut self.surface;
        if s.area == 0 {
            s.top = y;
            (self.row, self.row_left) = (y, x);
        } else if self.row != y {
            s.hull += u64::from(self.row_right - self.row_left);
            (self.row, self.row_left) = (y, x);
        }
        self.row_right = x + 1;
        s.left = s.left.min(x);
        s.right = s.right.max(x + 1);
        s.bottom = y + 1;
        s.area += 1;
        for (sum, c) in self.sum.iter_mut().zip(color) {
            *sum += u64::from(c);
        }
        // Boyer and Moore's majority vote: right whenever one colour covers more than half.
        if self.vote_weight == 0 {
            self.vote = color;
            self.vote_weight = 1;
        } else if self.vote == color {
            self.vote_weight += 1;
        } else {
            self.vote_weight -= 1;
        }
    }

    fn finish(mut self) -> Surface {
        let s = &mut self.surface;
        s.hull += u64::from(self.row_right - self.row_left);
        s.flatness = self.hits as f64 / s.area as f64;
        s.color = if s.flatness >= 0.5 {
            self.vote
        } else {
            self.sum.map(|sum| u8::try_from(sum / s.area).unwrap_or(u8::MAX))
        };
        self.surface
    }
}
