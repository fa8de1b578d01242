//! What a stand-in sees in a picture: a coarse grid of colours. Enough to tell like from unlike.

use std::io::Cursor;

use image::imageops::FilterType;
use image::{ImageFormat, ImageReader, Limits};

/// Columns and rows of the grid.
const SIDE: u32 = 16;

/// A picture as a grid of colours, with its real size.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Grid {
    /// Red, green and blue of each cell, row by row.
    pub(super) cells: Vec<[u8; 3]>,
    pub(super) width: u32,
    pub(super) height: u32,
}

/// Reads a PNG.
pub(super) fn grid(png: &[u8]) -> Option<Grid> {
    let mut reader = ImageReader::with_format(Cursor::new(png), ImageFormat::Png);
    let mut limits = Limits::default();
    limits.max_alloc = Some(1 << 30);
    reader.limits(limits);
    let picture = reader.decode().ok()?;
    let small = picture.resize_exact(SIDE, SIDE, FilterType::Triangle).to_rgb8();
    Some(Grid {
        cells: small.pixels().map(|pixel| pixel.0).collect(),
        width: picture.width(),
        height: picture.height(),
    })
}

/// How alike two pictures are, 0..=1: colours of the cells, times the ratio of their heights.
pub(super) fn likeness(left: &Grid, right: &Grid) -> f64 {
    let apart: f64 = left
        .cells
        .iter()
        .zip(&right.cells)
        .flat_map(|(a, b)| a.iter().zip(b).map(|(a, b)| f64::from(a.abs_diff(*b)) / 255.0))
        .sum();
    let apart = apart / (3.0 * left.cells.len().max(1) as f64);
    let (low, high) = (left.height.min(right.height), left.height.max(right.height).max(1));
    // Most pages are mostly light: what looks like a small difference is a large one.
    (1.0 - 6.0 * apart).max(0.0) * (f64::from(low) / f64::from(high)).sqrt()
}

/// How much is going on in a picture, 0..=1.
pub(super) fn liveliness(grid: &Grid) -> f64 {
    let mean = |channel: usize| {
        grid.cells.iter().map(|cell| f64::from(cell[channel])).sum::<f64>()
            / grid.cells.len().max(1) as f64
    };
    let means = [mean(0), mean(1), mean(2)];
    let variance: f64 = grid
        .cells
        .iter()
        .flat_map(|cell| {
            cell.iter().zip(&means).map(|(value, mean)| (f64::from(*value) - mean).powi(2))
        })
        .sum::<f64>()
        / (3.0 * grid.cells.len().max(1) as f64);
    (variance.sqrt() / 80.0).min(1.0)
}

/// The mean colour of rows `from..to` of the grid.
pub(super) fn band(grid: &Grid, from: usize, to: usize) -> [u8; 3] {
    let side = SIDE as usize;
    let cells = grid.cells.get(from * side..to * side).unwrap_or_default();
    let mean = |channel: usize| {
        let sum: u32 = cells.iter().map(|cell| u32::from(cell[channel])).sum();
        u8::try_from(sum / u32::try_from(cells.len().max(1)).unwrap_or(1)).unwrap_or(255)
    };
    [mean(0), mean(1), mean(2)]
}

/// Rows of the grid.
pub(super) const ROWS: usize = SIDE as usize;
