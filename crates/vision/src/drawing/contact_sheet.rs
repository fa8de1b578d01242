//! Sheets that show many assets at once, each with its file name, as a model gets them. Vector
//! drawings cannot be drawn here: whoever has a browser brings them as PNG.

use pageloom_schema::{Png, Rgba};

use super::letters;
use crate::error::VisionError;
use crate::pixels::{Pixels, decode_over};

/// The most assets on one sheet.
pub const ASSETS_PER_SHEET: usize = 24;

const COLUMNS: usize = 4;
/// Room for one asset's picture, in pixels.
const CELL: (u32, u32) = (256, 192);
/// Space around cells.
const GAP: u32 = 12;
/// Side of a dot of a label's letters.
const DOT: u32 = 2;
/// Height of the two lines under a picture: name and size.
const CAPTION: u32 = 2 * (letters::HEIGHT + 2) * DOT + 4;
/// Under transparent parts: both black and white drawings are seen on it.
const BACKDROP: [u8; 3] = [176, 180, 186];
const INK: [u8; 3] = [20, 20, 20];
const FAINT: [u8; 3] = [100, 100, 100];

/// Draws assets in a grid of four columns, in the order given, each with its file name and its own
/// size in pixels under it; at most [`ASSETS_PER_SHEET`] a sheet. Large ones are shrunk, small ones
/// keep their size. Transparent parts are laid over a grey. An asset that is not a readable PNG keeps
/// its cell, which says so. A name that is too long for its cell loses its middle.
///
/// # Errors
/// [`VisionError`] when a sheet cannot be encoded.
pub fn contact_sheet(assets: &[(&str, &Png)]) -> Result<Vec<Png>, VisionError> {
    assets.chunks(ASSETS_PER_SHEET).map(draw_sheet).collect()
}

fn draw_sheet(assets: &[(&str, &Png)]) -> Result<Png, VisionError> {
    let cells = |count: usize, size: u32| count as u32 * (size + GAP) + GAP;
    let width = cells(COLUMNS.min(assets.len()), CELL.0);
    let height = cells(assets.len().div_ceil(COLUMNS), CELL.1 + CAPTION);
    let mut sheet = Pixels::filled(width, height, Rgba::WHITE)?;
    for (n, (name, png)) in assets.iter().enumerate() {
        let left = cells(n % COLUMNS, CELL.0);
        let top = cells(n / COLUMNS, CELL.1 + CAPTION);
        sheet.fill([left, top, left + CELL.0, top + CELL.1], BACKDROP);
        let size = match decode_over(png, BACKDROP) {
            Ok(picture) => {
                let small = shrink(&picture);
                let x = left + (CELL.0 - small.width()) / 2;
                let y = top + (CELL.1 - small.height()) / 2;
                paste(&mut sheet, (x, y), &small);
                format!("{}x{}", picture.width(), picture.height())
            }
            Err(_) => "not a readable picture".to_owned(),
        };
        let line = top + CELL.1 + 4;
        letters::write(&mut sheet, (left, line), DOT, &shorten(name), INK);
        let next = line + (letters::HEIGHT + 2) * DOT;
        letters::write(&mut sheet, (left, next), DOT, &size, FAINT);
    }
    sheet.encode()
}

/// A name that fits into a cell: its beginning, two dots, and its end, which tells names apart.
fn shorten(name: &str) -> String {
    let most = (CELL.0 / DOT / letters::ADVANCE) as usize;
    let letters: Vec<char> = name.chars().collect();
    if letters.len() <= most {
        return name.to_owned();
    }
    let end = most * 3 / 5;
    let (head, tail) = (&letters[..most - end - 2], &letters[letters.len() - end..]);
    head.iter().chain(&['.', '.']).chain(tail).collect()
}

/// The picture at a size that fits into a cell; each pixel is the mean of those it stands for.
fn shrink(picture: &Pixels) -> Pixels {
    let (width, height) = (picture.width(), picture.height());
    let scale = (f64::from(CELL.0) / f64::from(width)).min(f64::from(CELL.1) / f64::from(height));
    if scale >= 1.0 {
        return picture.clone();
    }
    let side = |size: u32, room: u32| ((f64::from(size) * scale).round() as u32).clamp(1, room);
    let (small_width, small_height) = (side(width, CELL.0), side(height, CELL.1));
    let span = |n: u32, small: u32, large: u32| {
        let edge = |n: u32| (u64::from(n) * u64::from(large) / u64::from(small)) as u32;
        edge(n)..edge(n + 1).max(edge(n) + 1)
    };
    let mut small =
        Pixels::filled(small_width, small_height, Rgba::WHITE).unwrap_or_else(|_| picture.clone());
    for y in 0..small_height {
        for x in 0..small_width {
            let (mut sum, mut count) = ([0_u64; 3], 0_u64);
            for row in span(y, small_height, height) {
                for column in span(x, small_width, width) {
                    let color = picture.at(column, row);
                    sum.iter_mut().zip(color).for_each(|(sum, value)| *sum += u64::from(value));
                    count += 1;
                }
            }
            small.set(x, y, sum.map(|sum| ((sum + count / 2) / count) as u8));
        }
    }
    small
}

fn paste(sheet: &mut Pixels, (left, top): (u32, u32), picture: &Pixels) {
    for y in 0..picture.height() {
        for x in 0..picture.width() {
            sheet.set(left + x, top + y, picture.at(x, y));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixels::decode;

    fn asset(width: u32, height: u32, color: Rgba) -> Png {
        Pixels::filled(width, height, color).unwrap().encode().unwrap()
    }

    #[test]
    fn every_asset_is_drawn_once_over_as_many_sheets_as_needed() {
        let red = asset(40, 30, Rgba { r: 250, g: 0, b: 0, a: 255 });
        let assets: Vec<(&str, &Png)> = (0..50).map(|_| ("asset_001.png", &red)).collect();
        let sheets = contact_sheet(&assets).unwrap();
        let red_pixels: usize = sheets
            .iter()
            .map(|sheet| decode(sheet).unwrap().data().iter().filter(|c| c[0] == 250).count())
            .sum();
        assert_eq!((sheets.len(), red_pixels), (3, 50 * 40 * 30));
        assert!(contact_sheet(&[]).unwrap().is_empty());
    }

    #[test]
    fn large_assets_are_shrunk_and_broken_ones_keep_their_cell() {
        let blue = asset(2_560, 100, Rgba { r: 0, g: 0, b: 250, a: 255 });
        let broken = Png(b"no picture".as_slice().into());
        let sheets = contact_sheet(&[("wide.png", &blue), ("broken.png", &broken)]).unwrap();
        let sheet = decode(&sheets[0]).unwrap();
        assert_eq!(sheet.width(), 2 * CELL.0 + 3 * GAP);
        let blues = sheet.data().iter().filter(|c| **c == [0, 0, 250]).count();
        assert_eq!(blues, 256 * 10);
        assert_eq!(sheet.at(2 * GAP + CELL.0 + 100, GAP + 90), BACKDROP);
    }

    #[test]
    fn a_long_name_loses_its_middle() {
        let name = format!("{}-001.png", "a".repeat(60));
        let short = shorten(&name);
        assert!(short.ends_with("-001.png") && short.contains(".."), "{short}");
        assert!(letters::width(&short) * DOT <= CELL.0);
        assert_eq!(shorten("asset_001.png"), "asset_001.png");
    }
}
