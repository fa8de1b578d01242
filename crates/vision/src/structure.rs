//! How alike two pictures are drawn, without weights: a stand-in under its own name where there is no
//! embedding. Owns [`structure_similarity`]. It compares pixels at places: it knows nothing of what
//! they mean, and is no embedding.

use pageloom_schema::Png;

use crate::error::VisionError;
use crate::pixels::{Pixels, decode};

/// The most cells of the finest plane: 1,280 by 800 becomes about 250 by 160.
const MAX_CELLS: usize = 40_000;
/// Side of a window in cells, and the distance from one to the next.
const WINDOW: usize = 8;
const STEP: usize = 4;
/// How often the plane is halved: what has moved by a line of text still agrees in the coarser ones.
const LEVELS: usize = 5;
/// The constants of SSIM for values in 0..=255.
const C1: f32 = 6.5025;
const C2: f32 = 58.5225;
/// Gradients below this, in grey levels a cell, are paper.
const FLAT: f32 = 1.0;

/// How alike two pictures are drawn, 0..=1; a picture and itself have exactly 1.
///
/// Both are shrunk by one whole factor, each cell the mean of its pixels; of pictures of different
/// size the smaller is padded with white to the right and below, never stretched. At five scales, each half the one before,
/// windows of 8×8 cells are compared: the structural similarity of their grey (Wang et al. 2004), the
/// agreement of their gradients (shared over larger, as for histograms), and the distance of their
/// mean colours. A window counts by what is drawn in it in either picture, so empty paper that both
/// have in common earns nothing. Two blank pictures of one colour are alike, of different colours not.
///
/// # Errors
/// [`VisionError`] for a picture that cannot be decoded.
pub fn structure_similarity(a: &Png, b: &Png) -> Result<f64, VisionError> {
    if a == b {
        decode(a)?;
        return Ok(1.0);
    }
    Ok(structure_of(&decode(a)?, &decode(b)?))
}

fn structure_of(a: &Pixels, b: &Pixels) -> f64 {
    let (width, height) = (a.width().max(b.width()), a.height().max(b.height()));
    let cells = |factor: u32| width.div_ceil(factor) as usize * height.div_ceil(factor) as usize;
    let factor = (1..).find(|&factor| cells(factor) <= MAX_CELLS).unwrap_or(1);
    let mut pair = [a, b].map(|pixels| Plane::shrunk(pixels, width, height, factor));
    let mut sum = 0.0;
    for level in 0..LEVELS {
        if level > 0 {
            pair = pair.map(|plane| plane.halved());
        }
        sum += agreement(&pair[0], &pair[1]);
    }
    (sum / LEVELS as f64).clamp(0.0, 1.0)
}

/// A shrunken picture, values in 0..=255.
struct Plane {
    width: usize,
    height: usize,
    color: Vec<[f32; 3]>,
}

impl Plane {
    fn shrunk(pixels: &Pixels, width: u32, height: u32, factor: u32) -> Self {
        let (columns, rows) = (width.div_ceil(factor), height.div_ceil(factor));
        let scale = 1.0 / (factor * factor) as f32;
        let mut color = Vec::with_capacity(columns as usize * rows as usize);
        for row in 0..rows {
            for column in 0..columns {
                let mut sum = [0_u32; 3];
                for y in row * factor..(row + 1) * factor {
                    for x in column * factor..(column + 1) * factor {
                        let inside = x < pixels.width() && y < pixels.height();
                        let pixel = if inside { pixels.at(x, y) } else { [255; 3] };
                        sum.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += u32::from(value));
                    }
                }
                color.push(sum.map(|sum| sum as f32 * scale));
            }
        }
        Self { width: columns as usize, height: rows as usize, color }
    }

    /// Half as wide and high; an odd last column or row stands for itself.
    fn halved(&self) -> Self {
        let (width, height) = (self.width.div_ceil(2), self.height.div_ceil(2));
        let mut color = Vec::with_capacity(width * height);
        for y in 0..height {
            for x in 0..width {
                let corners = [(0, 0), (1, 0), (0, 1), (1, 1)];
                let parts = corners.map(|(dx, dy)| self.at(2 * x + dx, 2 * y + dy));
                color.push(std::array::from_fn(|n| {
                    parts.iter().map(|part| part[n]).sum::<f32>() / 4.0
                }));
            }
        }
        Self { width, height, color }
    }

    /// The colour of a cell; outside, of the nearest.
    fn at(&self, x: usize, y: usize) -> [f32; 3] {
        self.color[y.min(self.height - 1) * self.width + x.min(self.width - 1)]
    }

    fn grey(&self, x: usize, y: usize) -> f32 {
        let [r, g, b] = self.at(x, y);
        0.299 * r + 0.587 * g + 0.114 * b
    }

    /// Change of grey to the right and downwards.
    fn gradient(&self, x: usize, y: usize) -> [f32; 2] {
        let here = self.grey(x, y);
        [self.grey(x + 1, y) - here, self.grey(x, y + 1) - here]
    }
}

/// Weighted mean of the windows' agreement, 0..=1. Both planes are of one size.
fn agreement(a: &Plane, b: &Plane) -> f64 {
    let (mut sum, mut weights) = (0.0, 0.0);
    for top in (0..a.height.saturating_sub(WINDOW - STEP).max(1)).step_by(STEP) {
        for left in (0..a.width.saturating_sub(WINDOW - STEP).max(1)).step_by(STEP) {
            let (weight, alike) = window_agreement(a, b, left, top);
            sum += weight * alike;
            weights += weight;
        }
    }
    if weights > 0.0 { sum / weights } else { 1.0 }
}

/// How much is drawn in a window of either picture, and how far they agree, 0..=1.
fn window_agreement(a: &Plane, b: &Plane, left: usize, top: usize) -> (f64, f64) {
    const COUNT: f32 = (WINDOW * WINDOW) as f32;
    let (mut sums, mut squares, mut product) = ([0.0_f32; 2], [0.0_f32; 2], 0.0_f32);
    let (mut colors, mut energy, mut shared) = ([[0.0_f32; 3]; 2], [0.0_f32; 2], 0.0_f32);
    for y in top..top + WINDOW {
        for x in left..left + WINDOW {
            let grey = [a.grey(x, y), b.grey(x, y)];
            let gradients = [a.gradient(x, y), b.gradient(x, y)];
            product += grey[0] * grey[1];
            for (n, plane) in [a, b].into_iter().enumerate() {
                sums[n] += grey[n];
                squares[n] += grey[n] * grey[n];
                energy[n] += steepness(gradients[n]);
                colors[n].iter_mut().zip(plane.at(x, y)).for_each(|(sum, value)| *sum += value);
            }
            for (one, other) in gradients[0].into_iter().zip(gradients[1]) {
                // What goes the same way, as far as both go.
                if one * other > 0.0 {
                    shared += one.abs().min(other.abs());
                }
            }
        }
    }
    let means = sums.map(|sum| sum / COUNT);
    let variance = |n: usize| (squares[n] / COUNT - means[n] * means[n]).max(0.0);
    let (va, vb) = (variance(0), variance(1));
    let covariance = product / COUNT - means[0] * means[1];
    let ssim = (2.0 * means[0] * means[1] + C1) * (2.0 * covariance + C2)
        / ((means[0] * means[0] + means[1] * means[1] + C1) * (va + vb + C2));
    let larger = energy[0].max(energy[1]);
    let gradients = if larger > FLAT * COUNT { shared / larger } else { 1.0 };
    let apart = (0..3).map(|n| (colors[0][n] - colors[1][n]).abs() / COUNT).fold(0.0, f32::max);
    let color = 1.0 - apart / 255.0;
    let alike = (ssim.clamp(0.0, 1.0) + gradients.min(1.0)) / 2.0 * color;
    // Edges, and fills that differ though neither has an edge here.
    let weight = (larger / COUNT - FLAT).max(0.0) + apart / 8.0;
    (f64::from(weight), f64::from(alike))
}

fn steepness([across, down]: [f32; 2]) -> f32 {
    across.abs() + down.abs()
}

#[cfg(test)]
mod tests {
    use pageloom_schema::Rgba;

    use super::*;

    /// A page of bars and boxes; the seed decides where they are.
    fn page(seed: u32, down: u32) -> Pixels {
        let mut pixels = Pixels::filled(640, 480, Rgba::WHITE).unwrap();
        let mut state = seed;
        let mut next = |most: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % most
        };
        for _ in 0..40 {
            let (left, top, width) = (next(560), next(420) + down, 20 + next(160));
            let color = [next(200) as u8, next(200) as u8, next(200) as u8];
            pixels.fill([left, top, left + width, top + 6 + next(14)], color);
        }
        pixels
    }

    fn similarity(a: &Pixels, b: &Pixels) -> f64 {
        let [a, b] = [a, b].map(|pixels| pixels.encode().unwrap());
        let forth = structure_similarity(&a, &b).unwrap();
        let back = structure_similarity(&b, &a).unwrap();
        assert!((forth - back).abs() < 1e-6, "{forth} {back}");
        assert!((0.0..=1.0).contains(&forth));
        forth
    }

    #[test]
    fn a_picture_and_itself_are_alike_and_unrelated_ones_are_not() {
        let same = page(1, 0);
        assert!((similarity(&same, &same) - 1.0).abs() < 1e-12);
        assert!((structure_of(&same, &same) - 1.0).abs() < 1e-6);
        for seed in 2..8 {
            let found = similarity(&same, &page(seed, 0));
            assert!(found < 0.35, "{seed}: {found}");
        }
    }

    #[test]
    fn it_falls_with_the_distance_that_things_have_moved() {
        let target = page(1, 0);
        let steps: Vec<f64> =
            [0, 2, 6, 20, 50].map(|down| similarity(&target, &page(1, down))).into();
        assert!(steps.windows(2).all(|pair| pair[0] > pair[1]), "{steps:?}");
        assert!(steps[1] > 0.7, "{steps:?}");
    }

    #[test]
    fn empty_paper_earns_nothing_and_fills_count() {
        let white = Pixels::filled(640, 480, Rgba::WHITE).unwrap();
        let black = Pixels::filled(640, 480, Rgba::BLACK).unwrap();
        let grey = Pixels::filled(640, 480, Rgba { r: 230, g: 230, b: 230, a: 255 }).unwrap();
        assert!(similarity(&white, &page(1, 0)) < 0.2);
        assert!(similarity(&white, &black) < 0.05);
        assert!(similarity(&white, &grey) > 0.8);
        assert!((similarity(&white, &white.clone()) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_smaller_picture_is_padded_and_not_stretched() {
        let tall = page(1, 0);
        let cut = |height: u32| {
            let data = tall.data()[..640 * height as usize].to_vec();
            Pixels::from_data(640, height, data).unwrap()
        };
        let (most, half) = (similarity(&tall, &cut(400)), similarity(&tall, &cut(200)));
        assert!(1.0 > most && most > half && half > 0.1, "{most} {half}");
        let dot = Pixels::filled(1, 1, Rgba::BLACK).unwrap();
        assert!(similarity(&tall, &dot) < 0.2);
        let line = Pixels::filled(1, 60_000, Rgba::BLACK).unwrap();
        assert!(similarity(&dot, &line) < 0.5);
    }
}
