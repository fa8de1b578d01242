//! Pixels to percepts: text by OCR, boxes, pictures, colours.
//!
//! The way of a screenshot: [`decode`] → surfaces (paper) → ink on them → roles of ink (letters,
//! borders, rules, pictures) → rows of letters → a reading sheet for the OCR engine → a
//! [`pageloom_schema::Percept`]. Everything but the engine is pure; the engine is a subprocess
//! and may be absent. Equal pixels and an equal engine give an equal percept.

mod error;
mod group;
mod ink;
mod ocr;
mod perceive;
mod pixels;
mod scene;
mod segment;
mod sheet;
mod surface;
mod typeface;

pub use error::VisionError;
pub use ocr::{Ocr, OcrWord};
pub use perceive::{perceive, perceive_pixels};
pub use pixels::{Pixels, decode};
pub use segment::segment;
pub use typeface::{ink_extent, set_width};
