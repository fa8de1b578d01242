//! A page's pixels: decoding, the shrunken grey planes that the pixel metrics share, and the
//! test whether anything is drawn in a place. Knows no DOM.

use std::ops::Range;

use pageloom_schema::{Png, Rect};

use crate::error::ScoreError;

/// The most pixels that are decoded: 4,096 wide by the largest height cap and room to spare.
const MAX_PIXELS: u64 = 160_000_000;
/// Width the structural plane is shrunk to, at most.
const PLANE_WIDTH: usize = 640;

/// A decoded opaque picture, three bytes a pixel.
#[derive(Clone, Debug)]
pub(crate) struct Picture {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) rgb: Vec<u8>,
}

/// A grey picture with values in `0.0..=255.0`, and how many page pixels make one of its own.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plane {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) factor: usize,
    pub(crate) values: Vec<f32>,
}

impl Picture {
    /// Decodes a PNG; transparency is laid over white.
    pub(crate) fn decode(png: &Png) -> Result<Self, ScoreError> {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(&png.0[..]));
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info()?;
        let (width, height) = (reader.info().width, reader.info().height);
        let too_large = || ScoreError::TooLarge { width, height, limit: MAX_PIXELS };
        if u64::from(width) * u64::from(height) > MAX_PIXELS {
            return Err(too_large());
        }
        let size = reader.output_buffer_size().ok_or_else(too_large)?;
        let mut bytes = vec![0; size];
        let frame = reader.next_frame(&mut bytes)?;
        bytes.truncate(frame.buffer_size());
        let mix = |v: u8, a: u8| {
            ((u32::from(v) * u32::from(a) + 255 * (255 - u32::from(a)) + 127) / 255) as u8
        };
        let rgb = match frame.color_type {
            png::ColorType::Rgb => bytes,
            png::ColorType::Rgba => bytes
                .chunks_exact(4)
                .flat_map(|p| {
                    if p[3] == 255 {
                        [p[0], p[1], p[2]]
                    } else {
                        [mix(p[0], p[3]), mix(p[1], p[3]), mix(p[2], p[3])]
                    }
                })
                .collect(),
            png::ColorType::GrayscaleAlpha => {
                bytes.chunks_exact(2).flat_map(|p| [mix(p[0], p[1]); 3]).collect()
            }
            // Palettes are expanded by the decoder, so that one byte a pixel is grey.
            png::ColorType::Grayscale | png::ColorType::Indexed => {
                bytes.iter().flat_map(|v| [*v; 3]).collect()
            }
        };
        Ok(Self { width: width as usize, height: height as usize, rgb })
    }

    /// Encodes the picture; the same picture has the same bytes.
    pub(crate) fn encode(&self) -> Result<Png, ScoreError> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width as u32, self.height as u32);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.rgb)?;
        writer.finish()?;
        Ok(Png(bytes.into()))
    }

    /// Fills `rect`, as far as it is in the picture, with the most frequent colour there.
    pub(crate) fn paint_over(&mut self, rect: &Rect) {
        let (columns, rows) = self.within(rect);
        let step = ((columns.len() * rows.len()) as f64 / 4_000.0).sqrt().ceil().max(1.0) as usize;
        let places = rows
            .clone()
            .step_by(step)
            .flat_map(|y| columns.clone().step_by(step).map(move |x| (x, y)));
        let mut colors: Vec<[u8; 3]> = places.map(|(x, y)| self.pixel(x, y)).collect();
        colors.sort_unstable();
        let most = colors.chunk_by(|a, b| a == b).max_by_key(|run| run.len());
        let Some(ground) = most.and_then(|run| run.first().copied()) else { return };
        self.fill_pixels((&columns, &rows), ground);
    }

    /// Fills `rect`, as far as it is in the picture, with a colour.
    pub(crate) fn fill(&mut self, rect: &Rect, color: [u8; 3]) {
        let (columns, rows) = self.within(rect);
        self.fill_pixels((&columns, &rows), color);
    }

    /// Turns `rect`, as far as it is in the picture, into squares of `side` pixels, each of its mean
    /// colour. The squares lie on one grid for the whole picture, so overlapping boxes agree.
    pub(crate) fn make_coarse(&mut self, rect: &Rect, side: usize) {
        let (columns, rows) = self.within(rect);
        if columns.is_empty() || rows.is_empty() {
            return;
        }
        for top in (rows.start / side * side..rows.end).step_by(side) {
            for left in (columns.start / side * side..columns.end).step_by(side) {
                let square = (
                    &(left.max(columns.start)..(left + side).min(columns.end)),
                    &(top.max(rows.start)..(top + side).min(rows.end)),
                );
                let mut sums = [0_u64; 3];
                for y in square.1.clone() {
                    for x in square.0.clone() {
                        let pixel = self.pixel(x, y);
                        sums.iter_mut()
                            .zip(pixel)
                            .for_each(|(sum, value)| *sum += u64::from(value));
                    }
                }
                let count = (square.0.len() * square.1.len()).max(1) as u64;
                self.fill_pixels(square, sums.map(|sum| (sum / count) as u8));
            }
        }
    }

    /// Columns and rows of `rect` that are in the picture.
    fn within(&self, rect: &Rect) -> (Range<usize>, Range<usize>) {
        let across = |from: f64, to: f64, limit: usize| {
            (from.max(0.0).floor() as usize).min(limit)..(to.max(0.0).ceil() as usize).min(limit)
        };
        let columns = across(rect.x, rect.right(), self.width);
        (columns, across(rect.y, rect.bottom(), self.height))
    }

    fn fill_pixels(&mut self, (columns, rows): (&Range<usize>, &Range<usize>), color: [u8; 3]) {
        for y in rows.clone() {
            let row = (y * self.width + columns.start) * 3..(y * self.width + columns.end) * 3;
            if let Some(row) = self.rgb.get_mut(row) {
                row.chunks_exact_mut(3).for_each(|pixel| pixel.copy_from_slice(&color));
            }
        }
    }

    pub(crate) fn pixel(&self, x: usize, y: usize) -> [u8; 3] {
        let at = (y * self.width + x) * 3;
        match self.rgb.get(at..at + 3) {
            Some(p) => [p[0], p[1], p[2]],
            None => [255; 3],
        }
    }

    /// The grey plane (BT.601 luma) at no more than 640 wide, by averaging whole squares.
    pub(crate) fn plane(&self) -> Plane {
        let factor = self.width.div_ceil(PLANE_WIDTH).max(1);
        let width = (self.width / factor).max(1);
        let height = (self.height / factor).max(1);
        let mut values = Vec::with_capacity(width * height);
        let mut sums = vec![0u32; width];
        for y in 0..height {
            sums.fill(0);
            for row in (y * factor)..((y + 1) * factor).min(self.height) {
                let start = row * self.width * 3;
                let Some(line) = self.rgb.get(start..start + self.width * 3) else { continue };
                for (sum, square) in sums.iter_mut().zip(line.chunks(3 * factor)) {
                    for p in square.chunks_exact(3) {
                        *sum += 77 * u32::from(p[0]) + 150 * u32::from(p[1]) + 29 * u32::from(p[2]);
                    }
                }
            }
            let scale = 1.0 / (256 * factor * factor) as f32;
            values.extend(sums.iter().map(|sum| *sum as f32 * scale));
        }
        Plane { width, height, factor, values }
    }

    /// What is drawn inside `rect`.
    pub(crate) fn ink(&self, rect: &Rect) -> Ink {
        let x0 = rect.x.max(0.0).floor() as usize;
        let y0 = rect.y.max(0.0).floor() as usize;
        let x1 = (rect.right().max(0.0).ceil() as usize).min(self.width);
        let y1 = (rect.bottom().max(0.0).ceil() as usize).min(self.height);
        if x1 <= x0 || y1 <= y0 {
            return Ink::default();
        }
        // Every pixel of a line of text, but no more than some 4,000 of a large box.
        let step = (((x1 - x0) * (y1 - y0)) as f64 / 4_000.0).sqrt().ceil().max(1.0) as usize;
        let mut bins: Vec<u16> = Vec::new();
        for y in (y0..y1).step_by(step) {
            for x in (x0..x1).step_by(step) {
                let [r, g, b] = self.pixel(x, y).map(|v| u16::from(v >> 3));
                bins.push(r << 10 | g << 5 | b);
            }
        }
        let total = bins.len();
        bins.sort_unstable();
        let (mut mode, mut most) = (0, 0);
        for run in bins.chunk_by(|a, b| a == b) {
            if run.len() > most {
                (mode, most) = (run[0], run.len());
            }
        }
        // A bin's middle colour is near enough to say what the ground is.
        let ground = [mode >> 10, mode >> 5 & 31, mode & 31].map(|v| (v as u8) << 3 | 4);
        let apart = |bin: u16| {
            [(bin >> 10, mode >> 10), (bin >> 5 & 31, mode >> 5 & 31), (bin & 31, mode & 31)]
                .iter()
                .any(|(a, b)| a.abs_diff(*b) >= 2)
        };
        let marks = bins.iter().filter(|bin| apart(**bin)).count();
        Ink { ground, ground_share: most as f64 / total as f64, marks: marks as f64 / total as f64 }
    }
}

/// What is drawn in a place: its most frequent colour, and how much differs from it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Ink {
    /// The most frequent colour, to within four steps a channel.
    pub(crate) ground: [u8; 3],
    /// Share of the pixels that have it.
    pub(crate) ground_share: f64,
    /// Share of the pixels that plainly differ from it.
    pub(crate) marks: f64,
}

impl Plane {
    pub(crate) fn at(&self, x: usize, y: usize) -> f32 {
        self.values.get(y * self.width + x).copied().unwrap_or(255.0)
    }

    /// The plane at half its size.
    pub(crate) fn half(&self) -> Self {
        let (width, height) = ((self.width / 2).max(1), (self.height / 2).max(1));
        let mut values = Vec::with_capacity(width * height);
        for y in 0..height {
            for x in 0..width {
                let sum = self.at(2 * x, 2 * y)
                    + self.at((2 * x + 1).min(self.width - 1), 2 * y)
                    + self.at(2 * x, (2 * y + 1).min(self.height - 1))
                    + self.at((2 * x + 1).min(self.width - 1), (2 * y + 1).min(self.height - 1));
                values.push(sum / 4.0);
            }
        }
        Self { width, height, factor: self.factor * 2, values }
    }

    /// `rect` of the page averaged into `columns` x `rows` cells.
    pub(crate) fn patch(&self, rect: &Rect, columns: usize, rows: usize) -> Vec<f32> {
        let scale = 1.0 / self.factor as f64;
        let (x, y) = (rect.x * scale, rect.y * scale);
        let (w, h) = (rect.width * scale / columns as f64, rect.height * scale / rows as f64);
        let mut cells = Vec::with_capacity(columns * rows);
        for row in 0..rows {
            let (y0, y1) = span(y + h * row as f64, h, self.height);
            for column in 0..columns {
                let (x0, x1) = span(x + w * column as f64, w, self.width);
                let mut sum = 0.0;
                for py in y0..y1 {
                    for px in x0..x1 {
                        sum += self.at(px, py);
                    }
                }
                cells.push(sum / ((x1 - x0) * (y1 - y0)) as f32);
            }
        }
        cells
    }
}

/// Pixels from `start` over `length`, at least one, inside `0..limit`.
fn span(start: f64, length: f64, limit: usize) -> (usize, usize) {
    let first = (start.max(0.0).round() as usize).min(limit.saturating_sub(1));
    let last = ((start + length).max(0.0).round() as usize).clamp(first + 1, limit.max(first + 1));
    (first, last)
}

/// Mean and variance based similarity of two equally long lists of grey values. Source: Wang,
/// Bovik, Sheikh, Simoncelli 2004 (SSIM), one window, constants 0.01 and 0.03 of range 255.
pub(crate) fn window_similarity(a: &[f32], b: &[f32]) -> f64 {
    const C1: f64 = (0.01 * 255.0) * (0.01 * 255.0);
    const C2: f64 = (0.03 * 255.0) * (0.03 * 255.0);
    let n = a.len().min(b.len()) as f64;
    if n == 0.0 {
        return 1.0;
    }
    let (mut sum_a, mut sum_b, mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b).map(|(x, y)| (f64::from(*x), f64::from(*y))) {
        sum_a += x;
        sum_b += y;
        aa += x * x;
        bb += y * y;
        ab += x * y;
    }
    let (mean_a, mean_b) = (sum_a / n, sum_b / n);
    let var_a = (aa / n - mean_a * mean_a).max(0.0);
    let var_b = (bb / n - mean_b * mean_b).max(0.0);
    let cov = ab / n - mean_a * mean_b;
    let light = (2.0 * mean_a * mean_b + C1) / (mean_a * mean_a + mean_b * mean_b + C1);
    let structure = (2.0 * cov + C2) / (var_a + var_b + C2);
    light * structure
}
