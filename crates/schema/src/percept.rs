//! What a screenshot shows without its DOM: lines of text, flat boxes, pictures. The vision stage
//! makes it from pixels alone, so every value is an estimate. Lengths are CSS pixels, which equal
//! picture pixels at scale 1.

use serde::{Deserialize, Serialize};

use crate::geometry::{Rect, Rgba};

/// Everything found in one screenshot.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Percept {
    /// Width of the picture.
    pub width: u32,
    /// Height of the picture.
    pub height: u32,
    /// The colour the page itself is painted in.
    pub background: Rgba,
    /// Lines of text, by top edge, then left edge; empty when no OCR engine was at hand.
    pub lines: Vec<OcrLine>,
    /// Boxes and pictures, by top edge, then left edge, then the larger first.
    pub regions: Vec<Region>,
}

/// One line of text as read from pixels. Text of two columns, or of two colours, is two lines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OcrLine {
    /// The box around the ink: no line spacing, no side bearings.
    pub rect: Rect,
    /// What the engine read, words parted by single spaces; never blank.
    pub text: String,
    /// The engine's mean confidence over the words, 0..=100.
    pub confidence: f64,
    /// Colour of the letters.
    pub color: Rgba,
    /// Colour behind the letters.
    pub backdrop: Rgba,
    /// Estimated `font-size`.
    pub font_size: f64,
    /// True when the strokes are as thick as those of a bold face.
    pub bold: bool,
    /// The kind of typeface that fits width and height best.
    pub family: GenericFont,
}

/// The generic font families that can be told apart by how wide they set a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GenericFont {
    /// CSS `sans-serif`.
    #[default]
    Sans,
    /// CSS `serif`.
    Serif,
    /// CSS `monospace`.
    Mono,
}

/// A rectangle that stands out from what surrounds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Region {
    /// Its outer box, border included.
    pub rect: Rect,
    /// Flat box or picture.
    pub kind: RegionKind,
    /// The fill of a box; the mean colour of a picture.
    pub color: Rgba,
    /// The colour of a border drawn around it on all sides.
    pub border: Option<Rgba>,
    /// Width of that border; zero without one.
    pub border_width: f64,
    /// Radius of its rounded corners; zero for square ones.
    pub radius: f64,
    /// How many other regions contain it.
    pub depth: u32,
}

/// What fills a [`Region`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegionKind {
    /// One colour, or a smooth change of colour; a rule or an underline is a thin one.
    Fill,
    /// Many colours: a photo, a drawing, an icon.
    Picture,
}
