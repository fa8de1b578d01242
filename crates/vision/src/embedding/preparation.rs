//! A picture as the network expects it: shrunk, cut to its middle, and with the mean and spread of
//! natural pictures taken out. Owns the resampling, which is that of the reference image processor to
//! the bit: convolution with a cubic kernel (a = −0.5) whose support grows with the scale, first along
//! rows and then along columns, each rounded to eight bits with weights of 22 binary places. (So does
//! Pillow up to 12; Pillow 13 takes the columns first in tall pictures, which rounds a little otherwise.)

use super::settings::Settings;
use crate::pixels::Pixels;

/// Binary places of a weight.
const PLACES: u32 = 22;

/// The middle of a picture as numbers: planes of red, green and blue, rows from top to bottom.
pub(super) fn prepare(pixels: &Pixels, settings: &Settings) -> Vec<f32> {
    let crop = settings.crop;
    let cut = middle(pixels, settings.shortest_edge, crop);
    let mut values = vec![0.0; 3 * crop * crop];
    for (n, color) in cut.iter().enumerate() {
        for (channel, value) in color.iter().enumerate() {
            let share = f64::from(*value) / 255.0;
            values[channel * crop * crop + n] =
                (share as f32 - settings.mean[channel]) / settings.spread[channel];
        }
    }
    values
}

/// The middle square of the picture whose shorter side has been made `edge` long; `crop` is at most
/// that. Only what it needs is computed, so a picture one pixel wide costs no more than another.
fn middle(pixels: &Pixels, edge: usize, crop: usize) -> Vec<[u8; 3]> {
    let (width, height) = (pixels.width() as usize, pixels.height() as usize);
    let shorter = width.min(height);
    // Rounded down, as the reference does.
    let scaled = |side: usize| if side == shorter { edge } else { edge * side / shorter };
    let columns = kernels(width, scaled(width), crop);
    let rows = kernels(height, scaled(height), crop);
    let first = rows.iter().map(|kernel| kernel.start).min().unwrap_or(0);
    let last = rows.iter().map(|kernel| kernel.start + kernel.weights.len()).max().unwrap_or(0);
    let mut across: Vec<[u8; 3]> = Vec::with_capacity((last - first) * crop);
    for row in pixels.data().chunks_exact(width).take(last).skip(first) {
        across.extend(columns.iter().map(|kernel| {
            let part = &row[kernel.start..kernel.start + kernel.weights.len()];
            kernel.apply(part.iter())
        }));
    }
    let mut cut = Vec::with_capacity(crop * crop);
    for kernel in &rows {
        let top = kernel.start - first;
        for column in 0..crop {
            let part = across[top * crop + column..].iter().step_by(crop);
            cut.push(kernel.apply(part.take(kernel.weights.len())));
        }
    }
    cut
}

/// Which pixels make one, and how much each counts.
struct Kernel {
    start: usize,
    weights: Vec<i64>,
}

impl Kernel {
    fn apply<'a>(&self, pixels: impl Iterator<Item = &'a [u8; 3]>) -> [u8; 3] {
        let mut sums = [1_i64 << (PLACES - 1); 3];
        for (weight, color) in self.weights.iter().zip(pixels) {
            sums.iter_mut().zip(color).for_each(|(sum, value)| *sum += weight * i64::from(*value));
        }
        sums.map(|sum| (sum >> PLACES).clamp(0, 255) as u8)
    }
}

/// The kernels of the middle `count` of the `new` pixels that `old` ones are made.
fn kernels(old: usize, new: usize, count: usize) -> Vec<Kernel> {
    let scale = old as f64 / new as f64;
    let stretch = scale.max(1.0);
    let support = 2.0 * stretch;
    let first = new.saturating_sub(count) / 2;
    (first..first + count)
        .map(|n| {
            let center = (n as f64 + 0.5) * scale;
            let start = (center - support + 0.5).max(0.0) as usize;
            let end = ((center + support + 0.5).max(0.0) as usize).min(old);
            let start = start.min(end.saturating_sub(1));
            let weights: Vec<f64> =
                (start..end).map(|x| cubic((x as f64 - center + 0.5) / stretch)).collect();
            let sum: f64 = weights.iter().sum();
            let whole = |weight: f64| {
                let share = if sum == 0.0 { weight } else { weight / sum };
                (share * f64::from(1_u32 << PLACES) + 0.5_f64.copysign(share)) as i64
            };
            Kernel { start, weights: weights.into_iter().map(whole).collect() }
        })
        .collect()
}

/// The cubic convolution kernel (Keys 1981) with a = −0.5.
fn cubic(x: f64) -> f64 {
    const A: f64 = -0.5;
    let x = x.abs();
    if x < 1.0 {
        ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0
    } else if x < 2.0 {
        (((x - 5.0) * x + 8.0) * x - 4.0) * A
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use pageloom_schema::Rgba;

    use super::*;

    #[test]
    fn the_middle_of_a_picture_of_the_wanted_size_is_itself() {
        let mut pixels = Pixels::filled(10, 8, Rgba::WHITE).unwrap();
        pixels.set(4, 3, [9, 8, 7]);
        let cut = middle(&pixels, 8, 4);
        assert_eq!(cut.len(), 16);
        assert_eq!(cut[4 + 1], [9, 8, 7]);
        assert_eq!(cut.iter().filter(|color| **color == [255; 3]).count(), 15);
    }

    #[test]
    fn a_plain_colour_stays_it_at_any_size() {
        for (width, height) in [(1, 1), (1, 60_000), (3_000, 7), (500, 500)] {
            let color = Rgba { r: 13, g: 130, b: 255, a: 255 };
            let pixels = Pixels::filled(width, height, color).unwrap();
            let cut = middle(&pixels, 256, 224);
            assert!(cut.iter().all(|found| *found == [13, 130, 255]), "{width}x{height}");
        }
    }
}
