//! Type size and typeface from the box of a line and its text. Owns the advance widths and
//! vertical proportions of the three generic families, measured on the Liberation fonts (which
//! have the widths of Arial, Times New Roman and Courier New). Must not look at pixels.

use pageloom_schema::GenericFont;

/// Advance widths in thousandths of an em, for the characters from space to tilde.
const SANS: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];
const SANS_BOLD: [u16; 95] = [
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667,
    611, 778, 722, 278, 556, 722, 611, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556,
    278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584,
];
const SERIF: [u16; 95] = [
    250, 333, 408, 500, 500, 833, 778, 180, 333, 333, 500, 564, 250, 333, 250, 278, 500, 500, 500,
    500, 500, 500, 500, 500, 500, 500, 278, 278, 564, 564, 564, 444, 921, 722, 667, 667, 722, 611,
    556, 722, 722, 333, 389, 722, 611, 889, 722, 722, 556, 722, 667, 556, 611, 722, 722, 944, 722,
    722, 611, 333, 278, 333, 469, 500, 333, 444, 500, 444, 500, 444, 333, 500, 500, 278, 278, 500,
    278, 778, 500, 500, 500, 500, 333, 389, 278, 500, 500, 722, 500, 500, 444, 480, 200, 480, 541,
];
const SERIF_BOLD: [u16; 95] = [
    250, 333, 555, 500, 500, 1000, 833, 278, 333, 333, 500, 570, 250, 333, 250, 278, 500, 500, 500,
    500, 500, 500, 500, 500, 500, 500, 333, 333, 570, 570, 570, 500, 930, 722, 667, 722, 722, 667,
    611, 778, 778, 389, 500, 778, 667, 944, 722, 778, 611, 778, 722, 556, 667, 722, 722, 1000, 722,
    722, 667, 333, 278, 333, 581, 500, 333, 500, 556, 444, 556, 444, 333, 500, 556, 278, 333, 556,
    278, 833, 556, 500, 556, 556, 444, 389, 333, 556, 500, 722, 500, 500, 444, 394, 220, 394, 520,
];
/// Every character of the monospaced family.
const MONO: u16 = 600;
/// A character outside the tables: about the mean of lower-case letters.
const OTHER: u16 = 520;

/// How far letters reach above and below the baseline, in em.
struct Proportions {
    ascender: f64,
    capital: f64,
    small: f64,
    descender: f64,
}

fn proportions(family: GenericFont) -> Proportions {
    match family {
        GenericFont::Sans | GenericFont::Mono => {
            Proportions { ascender: 0.73, capital: 0.695, small: 0.535, descender: 0.21 }
        }
        GenericFont::Serif => {
            Proportions { ascender: 0.69, capital: 0.66, small: 0.465, descender: 0.215 }
        }
    }
}

/// Width in em that a line of text takes when set, side bearings included.
#[must_use]
pub fn set_width(text: &str, family: GenericFont, bold: bool) -> f64 {
    let table = match (family, bold) {
        (GenericFont::Mono, _) => None,
        (GenericFont::Sans, false) => Some(&SANS),
        (GenericFont::Sans, true) => Some(&SANS_BOLD),
        (GenericFont::Serif, false) => Some(&SERIF),
        (GenericFont::Serif, true) => Some(&SERIF_BOLD),
    };
    let advance = |c: char| match table {
        None => MONO,
        Some(table) => {
            let place = (c as u32).checked_sub(32).map_or(usize::MAX, |n| n as usize);
            table.get(place).copied().unwrap_or(OTHER)
        }
    };
    text.chars().map(|c| f64::from(advance(c))).sum::<f64>() / 1000.0
}

/// How far the ink of a line reaches above and below the baseline, in em.
#[must_use]
pub fn ink_extent(text: &str, family: GenericFont) -> (f64, f64) {
    let shape = proportions(family);
    let (mut above, mut below) = (0.0_f64, 0.0_f64);
    for c in text.chars() {
        let (up, down) = match c {
            'g' | 'p' | 'q' | 'y' => (shape.small, shape.descender),
            'j' => (shape.ascender, shape.descender),
            'Q' => (shape.capital, 0.06),
            ',' | ';' => (0.1, 0.14),
            '(' | ')' | '[' | ']' | '{' | '}' | '|' | '/' | '\\' => (shape.ascender, 0.2),
            '-' | '–' | '—' | '~' | '=' | '+' | '·' | '•' => (0.4, 0.0),
            '.' | '_' | '…' => (0.1, 0.0),
            'b' | 'd' | 'f' | 'h' | 'k' | 'l' | 'i' => (shape.ascender, 0.0),
            't' => (shape.capital * 0.93, 0.0),
            'a' | 'c' | 'e' | 'm' | 'n' | 'o' | 'r' | 's' | 'u' | 'v' | 'w' | 'x' | 'z' => {
                (shape.small, 0.0)
            }
            _ => (shape.capital, 0.0),
        };
        above = above.max(up);
        below = below.max(down);
    }
    if above + below > 0.0 { (above, below) } else { (shape.capital, 0.0) }
}

/// Side bearings of the first and last letter together, in em.
const BEARINGS: f64 = 0.11;

/// The font size at which the ink of `text` is `height` pixels high.
pub(crate) fn size_from_height(text: &str, family: GenericFont, height: f64) -> f64 {
    let (above, below) = ink_extent(text, family);
    // Rows and columns that are hardly covered are not counted as ink: a quarter of a pixel.
    (height + 0.25) / (above + below)
}

/// The font size at which the ink of `text` is `width` pixels wide.
pub(crate) fn size_from_width(text: &str, family: GenericFont, bold: bool, width: f64) -> f64 {
    width / (set_width(text, family, bold) - BEARINGS).max(0.1)
}

/// The font size in CSS pixels, to the half pixel: by width, which is the more exact measure; where
/// the two disagree so much that the face must be another one, midway between them.
pub(crate) fn font_size(
    text: &str,
    family: GenericFont,
    bold: bool,
    width: f64,
    height: f64,
) -> f64 {
    let by_height = size_from_height(text, family, height);
    let by_width = size_from_width(text, family, bold, width);
    let long = text.chars().count() >= 4;
    let agree = (by_height / by_width).ln().abs() < 0.1;
    let size = match (long, agree) {
        (true, true) => by_width,
        (true, false) => (by_width.clamp(0.6 * by_height, 1.4 * by_height) * by_height).sqrt(),
        (false, _) => by_height,
    };
    ((size * 2.0).round() / 2.0).clamp(5.0, 200.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arial_line_gets_its_size_back() {
        // `Hello, world` at 16 px in Liberation Sans: 86.3 px set, 14 px from `H` to comma tail.
        let width = 16.0 * set_width("Hello, world", GenericFont::Sans, false) - 1.6;
        let size = font_size("Hello, world", GenericFont::Sans, false, width, 14.0);
        assert!((size - 16.0).abs() <= 0.5, "{size}");
    }
}
