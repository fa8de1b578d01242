//! The reading sheet: every line of a page, black on white, at one size, one below the other. It
//! frees the OCR engine from layout, colour and scale, which it handles badly on web pages. Owns
//! drawing the sheet and carrying the words back to their place on the page.

use pageloom_schema::Rect;

use crate::error::VisionError;
use crate::group::TextGroup;
use crate::ink::{InkMap, NONE};
use crate::ocr::{Ocr, OcrWord, PageLayout};
use crate::pixels::Pixels;

/// Height in sheet pixels that a line with ascenders and descenders is brought to; letters then
/// come near the size the engine was trained on.
const LINE_HEIGHT: f64 = 32.0;
const MAX_ENLARGEMENT: f64 = 3.0;
/// White around every line.
const MARGIN_X: u32 = 24;
const MARGIN_Y: u32 = 12;
/// A sheet holds lines until it is this high; the engine refuses sides over 32,767.
const MAX_SHEET_HEIGHT: u32 = 12_000;
const MAX_SHEET_WIDTH: u32 = 8_000;

/// What the engine read in one group of letters.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    /// Index of the group.
    pub(crate) group: usize,
    /// Its words from left to right, boxes in page pixels.
    pub(crate) words: Vec<OcrWord>,
}

/// One line on the sheet.
struct Row {
    group: usize,
    scale: f64,
    /// Top of its band on the sheet.
    top: u32,
    width: u32,
    height: u32,
}

impl Row {
    fn bottom(&self) -> u32 {
        self.top + self.height + 2 * MARGIN_Y
    }
}

/// Reads the groups numbered in `wanted`; a group may yield no reading, or several when the
/// engine sees several lines in it.
///
/// # Errors
/// [`VisionError`] of the OCR engine.
pub(crate) fn read_groups(
    ocr: &Ocr,
    pixels: &Pixels,
    ink: &InkMap,
    groups: &[TextGroup],
    wanted: &[usize],
) -> Result<Vec<Reading>, VisionError> {
    let mut readings = Vec::new();
    let mut rows: Vec<Row> = Vec::new();
    for &group in wanted {
        let row = plan_row(&groups[group], group, rows.last().map_or(0, Row::bottom));
        if row.bottom() > MAX_SHEET_HEIGHT && !rows.is_empty() {
            readings.extend(read_sheet(ocr, pixels, ink, groups, &rows)?);
            rows.clear();
            rows.push(plan_row(&groups[group], group, 0));
        } else {
            rows.push(row);
        }
    }
    if !rows.is_empty() {
        readings.extend(read_sheet(ocr, pixels, ink, groups, &rows)?);
    }
    Ok(readings)
}

fn plan_row(group: &TextGroup, index: usize, top: u32) -> Row {
    // A line without ascenders is measured as if it had some, or it would come out too large.
    let reference = f64::from(group.height()).max(1.3 * f64::from(group.letter_height));
    let fits = f64::from(MAX_SHEET_WIDTH - 2 * MARGIN_X) / f64::from(group.width());
    let scale = (LINE_HEIGHT / reference).min(MAX_ENLARGEMENT).min(fits);
    let scaled = |length: u32| (f64::from(length) * scale).ceil().max(1.0) as u32;
    Row { group: index, scale, top, width: scaled(group.width()), height: scaled(group.height()) }
}

fn read_sheet(
    ocr: &Ocr,
    pixels: &Pixels,
    ink: &InkMap,
    groups: &[TextGroup],
    rows: &[Row],
) -> Result<Vec<Reading>, VisionError> {
    let width = rows.iter().map(|row| row.width).max().unwrap_or(1) + 2 * MARGIN_X;
    let height = rows.last().map_or(1, Row::bottom);
    let mut sheet = vec![255_u8; width as usize * height as usize];
    for row in rows {
        draw_row(&mut sheet, width as usize, row, &Coverage::of(pixels, ink, &groups[row.group]));
    }
    let words = ocr.read_gray(width, height, &sheet, PageLayout::Column)?;

    let mut readings: Vec<(u32, Reading)> = Vec::new();
    for mut word in words {
        let (_, middle) = word.rect.center();
        let at = rows.partition_point(|row| f64::from(row.bottom()) <= middle);
        let Some(row) = rows.get(at) else { continue };
        let bounds = groups[row.group].bounds;
        let to_page_x = |x: f64| (x - f64::from(MARGIN_X)) / row.scale + f64::from(bounds[0]);
        let to_page_y =
            |y: f64| (y - f64::from(row.top + MARGIN_Y)) / row.scale + f64::from(bounds[1]);
        let (left, top) = (to_page_x(word.rect.x), to_page_y(word.rect.y));
        let (right, bottom) = (to_page_x(word.rect.right()), to_page_y(word.rect.bottom()));
        word.rect = Rect::new(left, top, right - left, bottom - top);
        match readings.last_mut() {
            Some((line, reading)) if *line == word.line && reading.group == row.group => {
                reading.words.push(word);
            }
            _ => readings.push((word.line, Reading { group: row.group, words: vec![word] })),
        }
    }
    let mut readings: Vec<Reading> = readings.into_iter().map(|(_, reading)| reading).collect();
    for reading in &mut readings {
        reading.words.sort_by(|a, b| a.rect.x.total_cmp(&b.rect.x));
    }
    Ok(readings)
}

/// The ink of one group alone, 0..=1 a pixel.
struct Coverage {
    width: usize,
    height: usize,
    values: Vec<f32>,
}

impl Coverage {
    fn of(pixels: &Pixels, ink: &InkMap, group: &TextGroup) -> Self {
        let (width, height) = (group.width() as usize, group.height() as usize);
        let mut values = vec![0.0; width * height];
        for y in 0..group.height() {
            for x in 0..group.width() {
                let (px, py) = (group.bounds[0] + x, group.bounds[1] + y);
                let label = ink.at[py as usize * pixels.width() as usize + px as usize];
                if label != NONE && group.blobs.binary_search(&label).is_ok() {
                    let share = ink.blobs[label as usize].coverage(pixels.at(px, py));
                    values[y as usize * width + x as usize] = share as f32;
                }
            }
        }
        Self { width, height, values }
    }

    fn get(&self, x: isize, y: isize) -> f32 {
        match (usize::try_from(x), usize::try_from(y)) {
            (Ok(x), Ok(y)) if x < self.width && y < self.height => self.values[y * self.width + x],
            _ => 0.0,
        }
    }

    /// Bilinear sample around a point in pixel units.
    fn smooth(&self, x: f64, y: f64) -> f64 {
        let (x, y) = (x - 0.5, y - 0.5);
        let (fx, fy) = (x - x.floor(), y - y.floor());
        let (ix, iy) = (x.floor() as isize, y.floor() as isize);
        let row = |y| f64::from(self.get(ix, y)) * (1.0 - fx) + f64::from(self.get(ix + 1, y)) * fx;
        row(iy) * (1.0 - fy) + row(iy + 1) * fy
    }
}

fn draw_row(sheet: &mut [u8], sheet_width: usize, row: &Row, coverage: &Coverage) {
    // When a heading is made smaller, several samples a pixel keep thin strokes whole.
    let samples = (1.0 / row.scale).ceil().clamp(1.0, 6.0) as u32;
    for y in 0..row.height {
        let line = (row.top + MARGIN_Y + y) as usize * sheet_width + MARGIN_X as usize;
        for x in 0..row.width {
            let mut sum = 0.0;
            for sy in 0..samples {
                for sx in 0..samples {
                    let part = |s: u32| (f64::from(s) + 0.5) / f64::from(samples);
                    let px = (f64::from(x) + part(sx)) / row.scale;
                    let py = (f64::from(y) + part(sy)) / row.scale;
                    sum += coverage.smooth(px, py);
                }
            }
            let share = sum / f64::from(samples * samples);
            sheet[line + x as usize] = (255.0 * (1.0 - share)).round() as u8;
        }
    }
}
