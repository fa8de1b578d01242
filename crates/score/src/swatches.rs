//! A page's colours by area, and how far apart two such palettes are.

use crate::assignment::assign;
use crate::color::{LabColor, difference, lab};
use crate::picture::Picture;

/// One colour of a palette.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Swatch {
    pub(crate) color: LabColor,
    /// The same colour in sRGB.
    pub(crate) rgb: [u8; 3],
    /// Share of the page, in `0.0..=1.0`.
    pub(crate) share: f64,
}

/// The main colours of a page, largest share first; the shares add up to one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Swatches(pub(crate) Vec<Swatch>);

/// The most colours of a palette.
const MOST: usize = 28;
/// Colours closer than this CIEDE2000 difference are one swatch.
const SAME: f64 = 4.0;
/// Pieces a palette is cut into for the transport.
const PIECES: usize = 100;
/// Samples taken of a page, about.
const SAMPLES: f64 = 120_000.0;

#[derive(Clone, Copy, Default)]
struct Bin {
    count: u32,
    sum: [u32; 3],
}

impl Swatches {
    /// The palette of a picture, from an even grid of its pixels.
    pub(crate) fn of(picture: &Picture) -> Self {
        let area = (picture.width * picture.height) as f64;
        let step = (area / SAMPLES).sqrt().round().max(1.0) as usize;
        let mut bins = vec![Bin::default(); 1 << 15];
        let mut total = 0u32;
        for y in (0..picture.height).step_by(step) {
            for x in (0..picture.width).step_by(step) {
                let p = picture.pixel(x, y);
                let [r, g, b] = p.map(|v| usize::from(v >> 3));
                let bin = &mut bins[r << 10 | g << 5 | b];
                bin.count += 1;
                for (sum, v) in bin.sum.iter_mut().zip(p) {
                    *sum += u32::from(v);
                }
                total += 1;
            }
        }
        let mut used: Vec<(usize, Bin)> =
            bins.into_iter().enumerate().filter(|(_, bin)| bin.count > 0).collect();
        used.sort_by_key(|(index, bin)| (std::cmp::Reverse(bin.count), *index));
        let mut swatches: Vec<Swatch> = Vec::new();
        for (_, bin) in used.iter().take(512) {
            let rgb = bin.sum.map(|sum| ((sum + bin.count / 2) / bin.count) as u8);
            let color = lab(rgb);
            let share = f64::from(bin.count) / f64::from(total.max(1));
            let near = swatches
                .iter()
                .map(|swatch| difference(swatch.color, color))
                .enumerate()
                .min_by(|a, b| a.1.total_cmp(&b.1));
            match near {
                Some((at, distance)) if distance < SAME || swatches.len() >= MOST => {
                    swatches[at].share += share;
                }
                _ => swatches.push(Swatch { color, rgb, share }),
            }
        }
        let sum: f64 = swatches.iter().map(|s| s.share).sum();
        for swatch in &mut swatches {
            swatch.share /= sum.max(f64::MIN_POSITIVE);
        }
        swatches.sort_by(|a, b| b.share.total_cmp(&a.share).then(a.rgb.cmp(&b.rgb)));
        Self(swatches)
    }

    /// The same colours with shares raised to `power`: under one, small areas gain weight.
    pub(crate) fn tempered(&self, power: f64) -> Self {
        let sum: f64 = self.0.iter().map(|s| s.share.powf(power)).sum();
        let share = |s: &Swatch| s.share.powf(power) / sum.max(f64::MIN_POSITIVE);
        Self(self.0.iter().map(|s| Swatch { share: share(s), ..*s }).collect())
    }

    /// Mean CIEDE2000 difference over the area under the cheapest transport from one palette to
    /// the other (earth mover's distance on pieces of one per cent each).
    pub(crate) fn distance(&self, other: &Self) -> f64 {
        if self == other {
            return 0.0;
        }
        let (ours, theirs) = (self.pieces(), other.pieces());
        let costs: Vec<Vec<f64>> = self
            .0
            .iter()
            .map(|a| other.0.iter().map(|b| difference(a.color, b.color)).collect())
            .collect();
        // Weights are positive savings against more than the largest possible difference.
        const CEILING: f64 = 200.0;
        let mut edges = Vec::with_capacity(PIECES * PIECES);
        for (i, a) in ours.iter().enumerate() {
            for (j, b) in theirs.iter().enumerate() {
                edges.push((i, j, CEILING - costs[*a][*b]));
            }
        }
        let pairs = assign(PIECES, PIECES, &edges);
        pairs.iter().map(|(_, _, weight)| CEILING - weight).sum::<f64>() / PIECES as f64
    }

    /// The palette as a hundred equal pieces, each the index of its colour (largest remainders).
    fn pieces(&self) -> Vec<usize> {
        let mut counts: Vec<usize> =
            self.0.iter().map(|s| (s.share * PIECES as f64).floor() as usize).collect();
        let mut rest: Vec<(f64, usize)> = self
            .0
            .iter()
            .enumerate()
            .map(|(i, s)| (s.share * PIECES as f64 - counts[i] as f64, i))
            .collect();
        rest.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let missing = PIECES.saturating_sub(counts.iter().sum());
        for (_, index) in rest.iter().cycle().take(if rest.is_empty() { 0 } else { missing }) {
            counts[*index] += 1;
        }
        counts.iter().enumerate().flat_map(|(i, n)| std::iter::repeat_n(i, *n)).collect()
    }
}
