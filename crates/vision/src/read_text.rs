//! The text of a picture as one string. Owns [`TextReader`], the place where another OCR engine is
//! put in, and its implementation by [`Ocr`]. Must not compare texts.

use pageloom_schema::{OcrLine, Png};

use crate::error::VisionError;
use crate::ocr::Ocr;
use crate::perceive::perceive;

/// Something that reads the text of pictures.
pub trait TextReader: Send + Sync {
    /// Program, version and settings: two readers of the same identity read every picture alike, so
    /// that what one has read may be kept for the other.
    fn identity(&self) -> String;

    /// The words of a picture in reading order, joined by single spaces; empty when it shows none.
    ///
    /// # Errors
    /// [`VisionError`] for a picture that cannot be decoded or an engine that fails.
    fn read_text(&self, picture: &Png) -> Result<String, VisionError>;
}

impl TextReader for Ocr {
    fn identity(&self) -> String {
        // The number stands for this crate's own part of the reading.
        format!("pageloom 1 tesseract {} {}", self.version(), self.language)
    }

    fn read_text(&self, picture: &Png) -> Result<String, VisionError> {
        let mut lines = perceive(picture, Some(self))?.lines;
        sort_for_reading(&mut lines);
        let words = lines.iter().flat_map(|line| line.text.split_whitespace());
        Ok(words.collect::<Vec<_>>().join(" "))
    }
}

/// Rows from top to bottom, each from left to right. Lines whose middle lies within a row's first
/// line belong to it, so that two words side by side keep their order when one is a pixel higher.
fn sort_for_reading(lines: &mut Vec<OcrLine>) {
    let middle = |line: &OcrLine| line.rect.y + line.rect.height / 2.0;
    lines.sort_by(|a, b| middle(a).total_cmp(&middle(b)).then(a.rect.x.total_cmp(&b.rect.x)));
    let mut sorted: Vec<OcrLine> = Vec::with_capacity(lines.len());
    let mut row: Vec<OcrLine> = Vec::new();
    let mut close = |row: &mut Vec<OcrLine>| {
        row.sort_by(|a, b| a.rect.x.total_cmp(&b.rect.x).then(a.rect.y.total_cmp(&b.rect.y)));
        sorted.append(row);
    };
    for line in lines.drain(..) {
        // Half of the smaller line, so that a large heading does not draw in the rows beside it.
        let reach = |first: &OcrLine| first.rect.height.min(line.rect.height) / 2.0;
        if row.first().is_some_and(|first| middle(&line) - middle(first) > reach(first)) {
            close(&mut row);
        }
        row.push(line);
    }
    close(&mut row);
    *lines = sorted;
}

#[cfg(test)]
mod tests {
    use pageloom_schema::{GenericFont, Rect, Rgba};

    use super::*;

    fn line(text: &str, x: f64, y: f64, height: f64) -> OcrLine {
        OcrLine {
            rect: Rect::new(x, y, 80.0, height),
            confidence: 90.0,
            color: Rgba::BLACK,
            backdrop: Rgba::WHITE,
            font_size: height,
            bold: false,
            family: GenericFont::Sans,
            text: text.to_owned(),
        }
    }

    #[test]
    fn a_row_is_read_from_left_to_right_though_its_lines_differ_by_a_pixel() {
        let mut lines = vec![
            line("below", 0.0, 40.0, 12.0),
            line("third", 200.0, 9.0, 12.0),
            line("first", 0.0, 11.0, 12.0),
            line("second", 100.0, 10.0, 14.0),
        ];
        sort_for_reading(&mut lines);
        let order: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(order, ["first", "second", "third", "below"]);
    }
}
