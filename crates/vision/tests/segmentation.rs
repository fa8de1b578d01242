//! Boxes, borders, corners, pictures and limits on pictures drawn here, without an OCR engine.

#![expect(
    clippy::unwrap_used,
    reason = "a picture drawn here that fails to build is a failed test"
)]

use pageloom_schema::{Png, RegionKind, Rgba};
use pageloom_vision::{Pixels, VisionError, decode, perceive, segment};

type Color = [u8; 3];

fn page(width: u32, height: u32) -> Pixels {
    Pixels::filled(width, height, Rgba::WHITE).unwrap()
}

fn fill(pixels: &mut Pixels, [x, y, w, h]: [u32; 4], color: Color) {
    for py in y..y + h {
        for px in x..x + w {
            pixels.set(px, py, color);
        }
    }
}

/// Noise of many colours, the same on every run.
fn noise(pixels: &mut Pixels, [x, y, w, h]: [u32; 4]) {
    let mut state = 12_345_u32;
    for py in y..y + h {
        for px in x..x + w {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let [_, r, g, b] = state.to_be_bytes();
            pixels.set(px, py, [r, g, b]);
        }
    }
}

fn encode(width: u32, height: u32, color: png::ColorType, data: &[u8]) -> Png {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(color);
    encoder.write_header().unwrap().write_image_data(data).unwrap();
    Png(bytes.into())
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1.0
}

#[test]
fn a_blank_page_has_no_regions() {
    assert_eq!(segment(&page(400, 300)), Vec::new());
}

#[test]
fn a_flat_box_keeps_place_size_and_colour() {
    let mut pixels = page(600, 400);
    fill(&mut pixels, [40, 50, 200, 80], [30, 90, 160]);
    let regions = segment(&pixels);
    assert_eq!(regions.len(), 1, "{regions:?}");
    let rect = regions[0].rect;
    assert_eq!((rect.x, rect.y, rect.width, rect.height), (40.0, 50.0, 200.0, 80.0));
    assert_eq!(regions[0].kind, RegionKind::Fill);
    assert_eq!(regions[0].color, Rgba { r: 30, g: 90, b: 160, a: 255 });
    assert_eq!((regions[0].border, regions[0].depth), (None, 0));
    assert!(regions[0].radius.abs() < 1e-9);
}

#[test]
fn a_box_in_a_box_is_one_deeper() {
    let mut pixels = page(600, 400);
    fill(&mut pixels, [20, 20, 500, 300], [240, 240, 200]);
    fill(&mut pixels, [60, 60, 100, 40], [200, 30, 30]);
    let depths: Vec<u32> = segment(&pixels).iter().map(|region| region.depth).collect();
    assert_eq!(depths, [0, 1]);
}

#[test]
fn an_outlined_box_has_its_border() {
    let mut pixels = page(600, 400);
    fill(&mut pixels, [100, 100, 220, 40], [150, 150, 160]);
    fill(&mut pixels, [102, 102, 216, 36], [255, 255, 255]);
    let regions = segment(&pixels);
    assert_eq!(regions.len(), 1, "{regions:?}");
    assert_eq!(regions[0].border, Some(Rgba { r: 150, g: 150, b: 160, a: 255 }));
    assert!(close(regions[0].border_width, 2.0));
    assert!(close(regions[0].rect.width, 220.0) && close(regions[0].rect.height, 40.0));
    assert_eq!(regions[0].color, Rgba::WHITE);
}

#[test]
fn rounded_corners_are_measured() {
    let mut pixels = page(400, 300);
    let (left, top, right, bottom, radius) = (50.0, 60.0, 250.0, 160.0, 16.0);
    for y in 0..300 {
        for x in 0..400 {
            let (cx, cy) = (f64::from(x) + 0.5, f64::from(y) + 0.5);
            let (dx, dy) = (
                (left + radius - cx).max(cx - (right - radius)).max(0.0),
                (top + radius - cy).max(cy - (bottom - radius)).max(0.0),
            );
            if dx.hypot(dy) <= radius {
                pixels.set(x, y, [20, 120, 60]);
            }
        }
    }
    let regions = segment(&pixels);
    assert_eq!(regions.len(), 1, "{regions:?}");
    assert!((regions[0].radius - radius).abs() <= 2.0, "{}", regions[0].radius);
}

#[test]
fn a_photo_is_one_picture_of_its_mean_colour() {
    let mut pixels = page(600, 400);
    noise(&mut pixels, [100, 80, 240, 160]);
    let regions = segment(&pixels);
    assert_eq!(regions.len(), 1, "{regions:?}");
    assert_eq!(regions[0].kind, RegionKind::Picture);
    assert!(close(regions[0].rect.x, 100.0) && close(regions[0].rect.width, 240.0));
    assert!(regions[0].color.r.abs_diff(128) < 12);
}

#[test]
fn a_gradient_is_one_box_and_no_picture() {
    let mut pixels = page(600, 400);
    for y in 0..100 {
        let shade = 100 + y as u8;
        fill(&mut pixels, [0, y, 600, 1], [shade, 60, 160]);
    }
    let regions = segment(&pixels);
    assert_eq!(regions.len(), 1, "{regions:?}");
    assert_eq!(regions[0].kind, RegionKind::Fill);
    assert!(close(regions[0].rect.height, 100.0));
}

#[test]
fn the_page_colour_is_told_at_the_edges() {
    let mut pixels = Pixels::filled(500, 400, Rgba { r: 10, g: 20, b: 30, a: 255 }).unwrap();
    fill(&mut pixels, [40, 0, 420, 400], [255, 255, 255]);
    let bytes: Vec<u8> = pixels.data().iter().flatten().copied().collect();
    let percept = perceive(&encode(500, 400, png::ColorType::Rgb, &bytes), None).unwrap();
    assert_eq!(percept.background, Rgba { r: 10, g: 20, b: 30, a: 255 });
    assert_eq!((percept.width, percept.height), (500, 400));
    assert_eq!(percept.regions.len(), 1);
    assert_eq!(percept.lines, Vec::new());
}

#[test]
fn noise_all_over_ends_in_few_regions() {
    let mut pixels = page(500, 500);
    noise(&mut pixels, [0, 0, 500, 500]);
    assert!(segment(&pixels).len() <= 4);
}

#[test]
fn a_page_of_dots_ends_in_bounded_regions() {
    let mut pixels = page(900, 900);
    for y in (0..900).step_by(9) {
        for x in (0..900).step_by(9) {
            fill(&mut pixels, [x, y, 3, 3], [200, 0, 80]);
        }
    }
    assert!(segment(&pixels).len() <= 2_000);
}

#[test]
fn transparency_is_laid_over_white() {
    let png = encode(2, 1, png::ColorType::Rgba, &[0, 0, 0, 0, 200, 0, 0, 255]);
    assert_eq!(decode(&png).unwrap().data(), [[255, 255, 255], [200, 0, 0]]);
}

#[test]
fn gray_pictures_are_read() {
    let png = encode(2, 1, png::ColorType::Grayscale, &[7, 250]);
    assert_eq!(decode(&png).unwrap().data(), [[7; 3], [250; 3]]);
}

#[test]
fn bytes_that_are_no_png_are_a_typed_error() {
    let error = decode(&Png(b"<html></html>".as_slice().into())).unwrap_err();
    assert!(matches!(error, VisionError::BadImage { .. }), "{error}");
}

#[test]
fn a_cut_png_is_a_typed_error() {
    let whole = encode(60, 60, png::ColorType::Rgb, &[90; 60 * 60 * 3]);
    let error = decode(&Png(whole.0[..whole.0.len() - 30].into())).unwrap_err();
    assert!(matches!(error, VisionError::BadImage { .. }), "{error}");
}

#[test]
fn a_header_that_promises_a_huge_picture_is_refused_before_decoding() {
    let mut bytes = encode(1, 1, png::ColorType::Grayscale, &[0]).0.to_vec();
    // Width and height follow the signature and the chunk's length and name; the checksum of the
    // header covers them, so it is written anew.
    bytes[16..24].copy_from_slice(&[0, 0, 0x7f, 0xff, 0, 0, 0x7f, 0xff]);
    let sum = crc32(&bytes[12..29]).to_be_bytes();
    bytes[29..33].copy_from_slice(&sum);
    let error = decode(&Png(bytes.into())).unwrap_err();
    assert!(matches!(error, VisionError::BadSize { width: 32_767, .. }), "{error}");
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}
