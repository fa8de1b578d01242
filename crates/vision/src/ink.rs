//! Ink: what lies on the surfaces. Owns the connected pieces of it ([`Blob`]) with their colour
//! and shape statistics, and the per-pixel coverage (how much of a pixel is ink). Must not decide
//! whether a blob is a letter, a border or a picture.

use crate::pixels::Pixels;
use crate::surface::{INK, SurfaceMap};

/// Index of pixels that belong to no blob.
pub(crate) const NONE: u32 = u32::MAX;
/// More blobs than this are texture or noise, not a page; the rest is left out.
const MAX_BLOBS: usize = 400_000;
/// How close to the edge of its box a pixel must be to count as rim, in pixels.
const RIM: u32 = 4;

/// One 8-connected piece of ink.
#[derive(Clone, Debug)]
pub(crate) struct Blob {
    pub(crate) left: u32,
    pub(crate) top: u32,
    /// Exclusive.
    pub(crate) right: u32,
    /// Exclusive.
    pub(crate) bottom: u32,
    /// The surface it lies on, or [`INK`] where none is beside it.
    pub(crate) surface: u32,
    /// Colour behind it.
    pub(crate) backdrop: [u8; 3],
    /// Its own colour: the one farthest from the backdrop.
    pub(crate) color: [u8; 3],
    /// Distance between `color` and `backdrop`, 0..=442.
    pub(crate) contrast: f64,
    /// Pixels at least half covered.
    pub(crate) inked: u64,
    /// Sum of coverage: the area of its ink in pixels.
    pub(crate) mass: f64,
    /// Pixels whose colour is no blend of `color` and `backdrop`.
    pub(crate) off_axis: u64,
    /// Pixels neither clearly paper nor clearly ink.
    pub(crate) soft: u64,
    /// Inked pixels within four pixels of the edge of its box.
    pub(crate) rim: u64,
    /// Inked pixels in the outermost row or column: top, right, bottom, left.
    pub(crate) sides: [u64; 4],
    /// How often ink starts when its rows are read from left to right.
    pub(crate) strokes: u64,
    /// The same when its columns are read downwards.
    pub(crate) bars: u64,
    /// True when it lies between two surfaces, as the blended edge of a box does.
    pub(crate) edge: bool,
}

impl Blob {
    pub(crate) fn width(&self) -> u32 {
        self.right - self.left
    }

    pub(crate) fn height(&self) -> u32 {
        self.bottom - self.top
    }

    /// Area of its bounding box.
    pub(crate) fn bounds_area(&self) -> f64 {
        f64::from(self.width()) * f64::from(self.height())
    }

    /// How much of a pixel of colour `color` is this blob's ink, 0..=1.
    pub(crate) fn coverage(&self, color: [u8; 3]) -> f64 {
        let (share, _) = split(self.backdrop, self.color, color);
        share
    }
}

/// The blobs of a picture and where they are.
pub(crate) struct InkMap {
    /// In order of their first pixel.
    pub(crate) blobs: Vec<Blob>,
    /// For every pixel its index in `blobs`, or [`NONE`].
    pub(crate) at: Vec<u32>,
}

/// Euclidean distance of two colours in sRGB, 0..=442.
pub(crate) fn distance(a: [u8; 3], b: [u8; 3]) -> f64 {
    a.iter().zip(b).map(|(&p, q)| (f64::from(p) - f64::from(q)).powi(2)).sum::<f64>().sqrt()
}

/// Where `color` lies on the way from `paper` to `ink` (0..=1), and how far off that line it is.
fn split(paper: [u8; 3], ink: [u8; 3], color: [u8; 3]) -> (f64, f64) {
    let (mut along, mut whole) = (0.0, 0.0);
    for ((&p, i), c) in paper.iter().zip(ink).zip(color) {
        let way = f64::from(i) - f64::from(p);
        along += (f64::from(c) - f64::from(p)) * way;
        whole += way * way;
    }
    let share = if whole > 0.0 { (along / whole).clamp(0.0, 1.0) } else { 0.0 };
    let mut off = 0.0;
    for ((&p, i), c) in paper.iter().zip(ink).zip(color) {
        let way = f64::from(i) - f64::from(p);
        off += (f64::from(p) + share * way - f64::from(c)).powi(2);
    }
    (share, off.sqrt())
}

/// Labels 8-connected ink; smaller labels win, so the result is the same on every run.
fn label(surfaces: &SurfaceMap, width: usize) -> (Vec<u32>, usize) {
    let is_ink = &surfaces.at;
    let mut at = vec![NONE; is_ink.len()];
    let mut parent: Vec<u32> = Vec::new();
    fn root(parent: &mut [u32], mut label: u32) -> u32 {
        while parent[label as usize] != label {
            parent[label as usize] = parent[parent[label as usize] as usize];
            label = parent[label as usize];
        }
        label
    }
    for i in 0..is_ink.len() {
        if is_ink[i] != INK {
            continue;
        }
        let x = i % width;
        let above = i >= width;
        let neighbours = [
            (x > 0).then(|| at[i - 1]),
            (x > 0 && above).then(|| at[i - width - 1]),
            above.then(|| at[i - width]),
            (above && x + 1 < width).then(|| at[i - width + 1]),
        ];
        let mut chosen = NONE;
        for label in neighbours.into_iter().flatten().filter(|&label| label != NONE) {
            if chosen == NONE {
                chosen = label;
            } else if chosen != label {
                let (a, b) = (root(&mut parent, chosen), root(&mut parent, label));
                parent[a.max(b) as usize] = a.min(b);
                chosen = a.min(b);
            }
        }
        if chosen == NONE {
            chosen = u32::try_from(parent.len()).unwrap_or(0);
            parent.push(chosen);
        }
        at[i] = chosen;
    }
    let mut number = vec![NONE; parent.len()];
    let mut count = 0;
    for slot in &mut at {
        if *slot == NONE {
            continue;
        }
        let base = root(&mut parent, *slot) as usize;
        if number[base] == NONE && count < MAX_BLOBS {
            number[base] = count as u32;
            count += 1;
        }
        *slot = number[base];
    }
    (at, count)
}

/// Evidence about what lies behind a blob, gathered from the surface pixels beside it.
#[derive(Clone, Copy)]
struct Behind {
    surface: u32,
    weight: u32,
    sum: [u64; 3],
    count: u64,
}

impl Behind {
    fn vote(&mut self, surface: u32, color: [u8; 3]) {
        if self.weight == 0 {
            (self.surface, self.weight) = (surface, 1);
        } else if self.surface == surface {
            self.weight += 1;
        } else {
            self.weight -= 1;
        }
        if self.surface == surface {
            for (sum, c) in self.sum.iter_mut().zip(color) {
                *sum += u64::from(c);
            }
            self.count += 1;
        }
    }
}

/// The four neighbours of a pixel.
fn neighbours(i: usize, width: usize, len: usize) -> impl Iterator<Item = usize> {
    let x = i % width;
    [
        (x > 0).then(|| i - 1),
        (x + 1 < width).then_some(i + 1),
        (i >= width).then(|| i - width),
        (i + width < len).then_some(i + width),
    ]
    .into_iter()
    .flatten()
}

/// Finds the ink of a picture.
pub(crate) fn map_ink(pixels: &Pixels, surfaces: &SurfaceMap) -> InkMap {
    let width = pixels.width() as usize;
    let data = pixels.data();
    let (at, count) = label(surfaces, width);
    let blank = Blob {
        left: u32::MAX,
        top: u32::MAX,
        right: 0,
        bottom: 0,
        surface: INK,
        backdrop: [255; 3],
        color: [255; 3],
        contrast: 0.0,
        inked: 0,
        mass: 0.0,
        off_axis: 0,
        soft: 0,
        rim: 0,
        sides: [0; 4],
        strokes: 0,
        bars: 0,
        edge: false,
    };
    let mut blobs = vec![blank; count];
    let mut behind = vec![Behind { surface: INK, weight: 0, sum: [0; 3], count: 0 }; count];

    for (i, &label) in at.iter().enumerate() {
        if label == NONE {
            continue;
        }
        let (x, y) = ((i % width) as u32, (i / width) as u32);
        let blob = &mut blobs[label as usize];
        blob.left = blob.left.min(x);
        blob.right = blob.right.max(x + 1);
        blob.top = blob.top.min(y);
        blob.bottom = blob.bottom.max(y + 1);
        for beside in [(x > 0).then(|| i - 1), (x as usize + 1 < width).then(|| i + 1)] {
            if let Some(j) = beside.filter(|&j| surfaces.at[j] != INK) {
                behind[label as usize].vote(surfaces.at[j], data[j]);
            }
        }
    }
    for (blob, behind) in blobs.iter_mut().zip(&behind) {
        blob.surface = behind.surface;
        if behind.surface != INK {
            let surface = &surfaces.surfaces[behind.surface as usize];
            blob.backdrop = if surface.flatness >= 0.5 || behind.count == 0 {
                surface.color
            } else {
                behind.sum.map(|sum| u8::try_from(sum / behind.count).unwrap_or(u8::MAX))
            };
        }
    }
    let mut touching = vec![(0_u32, 0_u32); count];
    for (i, &label) in at.iter().enumerate() {
        if label == NONE {
            continue;
        }
        for beside in neighbours(i, width, at.len()).filter(|&j| surfaces.at[j] != INK) {
            // The inside of a large `D` is a surface as well, but the same paper.
            let other = &surfaces.surfaces[surfaces.at[beside] as usize];
            let blob = &blobs[label as usize];
            let same = surfaces.at[beside] == blob.surface
                || (blob.surface != INK
                    && distance(other.color, surfaces.surfaces[blob.surface as usize].color)
                        <= 4.0);
            let votes = &mut touching[label as usize];
            *(if same { &mut votes.0 } else { &mut votes.1 }) += 1;
        }
    }
    for (blob, (same, other)) in blobs.iter_mut().zip(touching) {
        blob.edge = 4 * other > same;
    }
    for (&label, &color) in at.iter().zip(data) {
        if label != NONE {
            let blob = &mut blobs[label as usize];
            let contrast = distance(blob.backdrop, color);
            if contrast > blob.contrast {
                blob.contrast = contrast;
                blob.color = color;
            }
        }
    }
    for (i, &label) in at.iter().enumerate() {
        if label != NONE {
            let blob = &blobs[label as usize];
            let inked = |j: usize| at[j] == label && blob.coverage(data[j]) >= 0.5;
            let before = i % width > 0 && inked(i - 1);
            let above = i >= width && inked(i - width);
            let place = ((i % width) as u32, (i / width) as u32);
            blobs[label as usize].measure(place, data[i], before, above);
        }
    }
    InkMap { blobs, at }
}

impl Blob {
    fn measure(&mut self, (x, y): (u32, u32), color: [u8; 3], before: bool, above: bool) {
        let (share, off) = split(self.backdrop, self.color, color);
        self.mass += share;
        if off > 28.0 {
            self.off_axis += 1;
        }
        if (0.15..0.85).contains(&share) {
            self.soft += 1;
        }
        if share < 0.5 {
            return;
        }
        self.inked += 1;
        if !before {
            self.strokes += 1;
        }
        if !above {
            self.bars += 1;
        }
        let edges = [y - self.top, self.right - 1 - x, self.bottom - 1 - y, x - self.left];
        if edges.iter().any(|&edge| edge < RIM) {
            self.rim += 1;
        }
        for (side, edge) in self.sides.iter_mut().zip(edges) {
            if edge == 0 {
                *side += 1;
            }
        }
    }
}
