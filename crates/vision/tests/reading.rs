//! Text that is drawn here in a blocky alphabet and read back by the OCR engine. Without the
//! engine the tests say so and pass.

#![expect(clippy::print_stderr, reason = "a skipped test says why")]
#![expect(
    clippy::unwrap_used,
    reason = "a picture drawn here that fails to build is a failed test"
)]

use pageloom_schema::Rgba;
use pageloom_vision::{Ocr, Pixels, TextReader, perceive_pixels, text_similarity};

/// Five by seven dots a letter, one row a byte, the leftmost dot the highest of five bits.
fn glyph(letter: char) -> [u8; 7] {
    match letter {
        'A' => [0b01110, 0b10001, 0b10001, 0b11111, 0b10001, 0b10001, 0b10001],
        'E' => [0b11111, 0b10000, 0b10000, 0b11110, 0b10000, 0b10000, 0b11111],
        'H' => [0b10001, 0b10001, 0b10001, 0b11111, 0b10001, 0b10001, 0b10001],
        'L' => [0b10000, 0b10000, 0b10000, 0b10000, 0b10000, 0b10000, 0b11111],
        'T' => [0b11111, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100],
        _ => [0; 7],
    }
}

fn write(pixels: &mut Pixels, (left, top): (u32, u32), dot: u32, text: &str, color: [u8; 3]) {
    for (n, letter) in text.chars().enumerate() {
        for (row, bits) in glyph(letter).into_iter().enumerate() {
            for column in (0..5).filter(|column| bits >> (4 - column) & 1 == 1) {
                for dy in 0..dot {
                    for dx in 0..dot {
                        let x = left + (n as u32 * 6 + column) * dot + dx;
                        pixels.set(x, top + row as u32 * dot + dy, color);
                    }
                }
            }
        }
    }
}

fn engine() -> Option<Ocr> {
    let ocr = Ocr::find();
    if ocr.is_none() {
        eprintln!("skipped: no tesseract on this machine");
    }
    ocr
}

fn two_lines() -> Pixels {
    let mut pixels = Pixels::filled(700, 300, Rgba::WHITE).unwrap();
    write(&mut pixels, (40, 30), 3, "TALL HAT", [20, 20, 120]);
    for y in 150..260 {
        for x in 0..700 {
            pixels.set(x, y, [20, 60, 40]);
        }
    }
    write(&mut pixels, (300, 190), 3, "HEAT THE TEA", [255, 255, 255]);
    pixels
}

#[test]
fn dark_on_light_and_light_on_dark_are_both_read() {
    let Some(ocr) = engine() else { return };
    let percept = perceive_pixels(&two_lines(), Some(&ocr)).unwrap();
    let texts: Vec<&str> = percept.lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(texts, ["TALL HAT", "HEAT THE TEA"]);
    let [first, second] = &percept.lines[..] else { return };
    assert_eq!(first.color, Rgba { r: 20, g: 20, b: 120, a: 255 });
    assert_eq!(first.backdrop, Rgba::WHITE);
    assert_eq!(second.color, Rgba::WHITE);
    assert_eq!(second.backdrop, Rgba { r: 20, g: 60, b: 40, a: 255 });
    assert!((first.rect.x - 40.0).abs() <= 1.0 && (first.rect.y - 30.0).abs() <= 1.0);
    assert!((first.rect.height - 21.0).abs() <= 1.0);
    assert!((20.0..=40.0).contains(&first.font_size), "{}", first.font_size);
    assert_eq!(percept.regions.len(), 1, "letters are no boxes: {:?}", percept.regions);
}

#[test]
fn the_same_picture_gives_the_same_percept() {
    let Some(ocr) = engine() else { return };
    let pixels = two_lines();
    let percepts = [(), ()].map(|()| perceive_pixels(&pixels, Some(&ocr)).unwrap());
    assert_eq!(percepts[0], percepts[1]);
}

#[test]
fn the_engine_reads_a_plain_picture_by_itself() {
    let Some(ocr) = engine() else { return };
    let mut pixels = Pixels::filled(700, 200, Rgba::WHITE).unwrap();
    write(&mut pixels, (60, 60), 5, "TALL HAT", [0, 0, 0]);
    let words = ocr.read(&pixels).unwrap();
    let text: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    assert_eq!(text, ["TALL", "HAT"]);
    assert!(!ocr.version().is_empty());
}

#[test]
fn noise_yields_no_confident_text() {
    let Some(ocr) = engine() else { return };
    let mut pixels = Pixels::filled(400, 300, Rgba::WHITE).unwrap();
    let mut state = 7_u32;
    for y in 50..250 {
        for x in 50..350 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let [_, r, g, b] = state.to_be_bytes();
            pixels.set(x, y, [r, g, b]);
        }
    }
    assert_eq!(perceive_pixels(&pixels, Some(&ocr)).unwrap().lines, Vec::new());
}

#[test]
fn the_text_of_a_picture_is_its_words_in_reading_order() {
    let Some(ocr) = engine() else { return };
    let text = ocr.read_text(&two_lines().encode().unwrap()).unwrap();
    assert!(text_similarity(&text, "TALL HAT HEAT THE TEA") > 0.9, "{text}");
    let empty = Pixels::filled(200, 100, Rgba::WHITE).unwrap().encode().unwrap();
    assert_eq!(ocr.read_text(&empty).unwrap(), "");
    assert!(ocr.identity().contains(&ocr.version()));
}
