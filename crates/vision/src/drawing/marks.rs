//! Boxes around parts of a picture: numbered ones, so that a model can name an element by its number,
//! and single outlines. Owns where labels go.

use pageloom_schema::{Png, Rect, Rgba};

use super::letters;
use crate::error::VisionError;
use crate::pixels::{Pixels, decode};

/// Dark enough that white digits are legible on each; neighbours in the list are unlike.
const COLORS: [[u8; 3]; 8] = [
    [200, 20, 30],
    [20, 80, 200],
    [0, 110, 50],
    [140, 40, 160],
    [170, 80, 0],
    [0, 105, 120],
    [190, 20, 110],
    [70, 70, 70],
];
/// Thickness of a numbered box's line, in pixels.
const LINE: u32 = 2;
/// Thickness of an outline.
const OUTLINE: u32 = 3;
/// Room around the digits of a label, in dots.
const MARGIN: u32 = 2;

/// A rectangle in whole pixels: left, top, right, bottom; the last two outside of it.
type PixelRect = [u32; 4];

/// Draws a box with its number for each mark. Labels lie wholly inside the picture (where it is
/// large enough), at a corner of their box or beside it where they cover no other label, else where
/// they cover least of them. Marks wholly outside the picture, or without a finite place, are left
/// out. Large pictures get larger digits, since models see them shrunk.
///
/// # Errors
/// [`VisionError`] for a picture that cannot be decoded.
pub fn draw_marks(png: &Png, marks: &[(u32, Rect)]) -> Result<Png, VisionError> {
    let mut pixels = decode(png)?;
    let dot =
        if pixels.width().max(pixels.height().min(2 * pixels.width())) > 1_600 { 3 } else { 2 };
    let boxes: Vec<(u32, PixelRect)> =
        marks.iter().filter_map(|(number, rect)| Some((*number, within(&pixels, rect)?))).collect();
    for (number, rect) in &boxes {
        frame(&mut pixels, *rect, LINE, color_of(*number));
    }
    // Labels after all boxes, so that no line crosses a number.
    let mut placed: Vec<PixelRect> = Vec::with_capacity(boxes.len());
    for (number, rect) in &boxes {
        let text = number.to_string();
        let width = (letters::width(&text) + 2 * MARGIN) * dot;
        let height = (letters::HEIGHT + 2 * MARGIN) * dot;
        let label = place_label(&pixels, *rect, (width, height), &placed);
        pixels.fill(label, color_of(*number));
        let corner = (label[0] + MARGIN * dot, label[1] + MARGIN * dot);
        letters::write(&mut pixels, corner, dot, &text, [255; 3]);
        placed.push(label);
    }
    pixels.encode()
}

/// Draws one line of three pixels around a part of a picture, outside of it where there is room.
/// A part wholly outside the picture draws nothing.
///
/// # Errors
/// [`VisionError`] for a picture that cannot be decoded.
pub fn outline(png: &Png, rect: Rect, color: Rgba) -> Result<Png, VisionError> {
    let mut pixels = decode(png)?;
    if let Some([left, top, right, bottom]) = within(&pixels, &rect) {
        let around = [
            left.saturating_sub(OUTLINE),
            top.saturating_sub(OUTLINE),
            (right + OUTLINE).min(pixels.width()),
            (bottom + OUTLINE).min(pixels.height()),
        ];
        frame(&mut pixels, around, OUTLINE, [color.r, color.g, color.b]);
    }
    pixels.encode()
}

fn color_of(number: u32) -> [u8; 3] {
    COLORS[number as usize % COLORS.len()]
}

/// The part of a rectangle that is in the picture, at least one pixel; `None` when there is none.
fn within(pixels: &Pixels, rect: &Rect) -> Option<PixelRect> {
    let sides = [rect.x, rect.y, rect.right(), rect.bottom()];
    let (width, height) = (f64::from(pixels.width()), f64::from(pixels.height()));
    let inside = rect.x < width && rect.y < height && rect.right() >= 0.0 && rect.bottom() >= 0.0;
    if !inside || sides.iter().any(|side| !side.is_finite()) {
        return None;
    }
    let left = rect.x.clamp(0.0, width - 1.0).floor() as u32;
    let top = rect.y.clamp(0.0, height - 1.0).floor() as u32;
    let right = (rect.right().min(width).ceil() as u32).max(left + 1);
    let bottom = (rect.bottom().min(height).ceil() as u32).max(top + 1);
    Some([left, top, right, bottom])
}

/// The border of a rectangle, inside of it.
fn frame(pixels: &mut Pixels, [left, top, right, bottom]: PixelRect, line: u32, color: [u8; 3]) {
    let (inner_left, inner_top) = ((left + line).min(right), (top + line).min(bottom));
    let (inner_right, inner_bottom) =
        (right.saturating_sub(line).max(left), bottom.saturating_sub(line).max(top));
    pixels.fill([left, top, right, inner_top], color);
    pixels.fill([left, inner_bottom, right, bottom], color);
    pixels.fill([left, top, inner_left, bottom], color);
    pixels.fill([inner_right, top, right, bottom], color);
}

/// Chooses among the places at and around a box. Earlier ones are liked better, and a place that
/// leaves the box's own content visible best.
fn place_label(
    pixels: &Pixels,
    [left, top, right, bottom]: PixelRect,
    (width, height): (u32, u32),
    placed: &[PixelRect],
) -> PixelRect {
    let [left, top, right, bottom] = [left, top, right, bottom].map(i64::from);
    let (wide, high) = (i64::from(width), i64::from(height));
    let candidates = [
        (left, top - high),
        (left - wide, top),
        (right - wide, top - high),
        (right, top),
        (left, bottom),
        (right - wide, bottom),
        (left, top),
        (right - wide, top),
        (left, bottom - high),
        (right - wide, bottom - high),
    ];
    let clamp = |value: i64, size: u32, room: u32| {
        let most = i64::from(size.saturating_sub(room));
        u32::try_from(value.clamp(0, most)).unwrap_or(0)
    };
    let cost = |&(x, y): &(i64, i64)| {
        let label = [
            clamp(x, pixels.width(), width),
            clamp(y, pixels.height(), height),
            clamp(x, pixels.width(), width) + width,
            clamp(y, pixels.height(), height) + height,
        ];
        let covered: u64 = placed.iter().map(|other| shared_area(label, *other)).sum();
        // One that had to be moved into the picture may lie on its own box.
        let moved = (i64::from(label[0]), i64::from(label[1])) != (x, y);
        (covered, moved, label)
    };
    let first = cost(&candidates[0]);
    let best = candidates
        .iter()
        .map(cost)
        .fold(first, |best, next| if (next.0, next.1) < (best.0, best.1) { next } else { best });
    best.2
}

fn shared_area(a: PixelRect, b: PixelRect) -> u64 {
    let width = a[2].min(b[2]).saturating_sub(a[0].max(b[0]));
    let height = a[3].min(b[3]).saturating_sub(a[1].max(b[1]));
    u64::from(width) * u64::from(height)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(width: u32, height: u32) -> Pixels {
        Pixels::filled(width, height, Rgba::WHITE).unwrap()
    }

    #[test]
    fn a_label_lies_above_its_box_and_inside_the_picture() {
        let pixels = page(300, 200);
        let label = place_label(&pixels, [50, 60, 90, 90], (22, 22), &[]);
        assert_eq!(label, [50, 38, 72, 60]);
        for rect in [[0, 0, 300, 200], [290, 190, 300, 200], [0, 0, 4, 4]] {
            let [left, top, right, bottom] = place_label(&pixels, rect, (22, 22), &[]);
            assert!(left < right && right <= 300 && top < bottom && bottom <= 200, "{rect:?}");
        }
    }

    #[test]
    fn labels_of_boxes_in_one_place_do_not_cover_each_other() {
        let pixels = page(300, 200);
        let mut placed = Vec::new();
        for _ in 0..6 {
            let label = place_label(&pixels, [100, 80, 160, 130], (22, 22), &placed);
            assert!(placed.iter().all(|other| shared_area(label, *other) == 0), "{placed:?}");
            placed.push(label);
        }
    }

    #[test]
    fn marks_have_a_frame_and_a_white_number_and_strays_are_left_out() {
        let marks = [
            (12, Rect::new(40.0, 60.0, 80.0, 30.0)),
            (7, Rect::new(900.0, 60.0, 80.0, 30.0)),
            (8, Rect::new(f64::NAN, 60.0, 80.0, 30.0)),
            (9, Rect::new(-500.0, 60.0, 80.0, 30.0)),
        ];
        let marked = draw_marks(&page(300, 200).encode().unwrap(), &marks).unwrap();
        let pixels = decode(&marked).unwrap();
        let color = color_of(12);
        assert_eq!([pixels.at(40, 75), pixels.at(119, 75), pixels.at(80, 89)], [color; 3]);
        assert_eq!(pixels.at(80, 75), [255; 3]);
        let colors: std::collections::BTreeSet<_> = pixels.data().iter().collect();
        assert_eq!(colors.len(), 2);
        // The `1` of the label: its foot is a bar of three dots with the stem in the middle.
        assert_eq!(pixels.at(40 + 4 + 2 * 2, 38 + 4), [255; 3]);
        let none = draw_marks(&page(300, 200).encode().unwrap(), &[]).unwrap();
        assert_eq!(decode(&none).unwrap(), page(300, 200));
    }

    #[test]
    fn an_outline_leaves_its_inside_alone() {
        let red = Rgba { r: 255, g: 0, b: 0, a: 255 };
        let png = page(100, 100).encode().unwrap();
        let outlined = outline(&png, Rect::new(30.0, 30.0, 20.0, 20.0), red).unwrap();
        let pixels = decode(&outlined).unwrap();
        assert_eq!([pixels.at(29, 40), pixels.at(27, 40), pixels.at(52, 40)], [[255, 0, 0]; 3]);
        assert_eq!([pixels.at(30, 40), pixels.at(26, 40), pixels.at(53, 40)], [[255; 3]; 3]);
    }

    #[test]
    fn a_tiny_picture_can_be_marked() {
        let png = page(3, 3).encode().unwrap();
        let marks =
            [(1, Rect::new(0.0, 0.0, 3.0, 3.0)), (4_000_000_000, Rect::new(1.0, 1.0, 0.0, 0.0))];
        let pixels = decode(&draw_marks(&png, &marks).unwrap()).unwrap();
        assert_eq!((pixels.width(), pixels.height()), (3, 3));
    }
}
