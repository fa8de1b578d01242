//! Pixels to percepts: text by OCR, boxes, pictures, colours; how alike two pictures are; videos; what
//! is drawn onto pictures.
//!
//! The way of a screenshot: [`decode`] → surfaces (paper) → ink on them → roles of ink (letters,
//! borders, rules, pictures) → rows of letters → a reading sheet for the OCR engine → a
//! [`pageloom_schema::Percept`]. Everything but the engine is pure; the engine is a subprocess
//! and may be absent. Equal pixels and an equal engine give an equal percept.
//!
//! Two pictures are compared by what is read in them ([`TextReader`], [`text_similarity()`]), by what a
//! network sees in them ([`Dino`], [`cosine`]; needs weights), or by how they are drawn
//! ([`structure_similarity`]; needs nothing). [`PerceptCache`] keeps what was read of a picture.
//! [`Ffmpeg`] takes a video apart and [`Encoder`] makes one; both need ffmpeg.

mod cache;
mod drawing;
mod embedding;
mod error;
mod group;
mod ink;
mod ocr;
mod perceive;
mod pixels;
mod program;
mod read_text;
mod scene;
mod segment;
mod sheet;
mod structure;
mod surface;
mod text_similarity;
mod typeface;
mod video;

pub use cache::PerceptCache;
pub use drawing::{
    ASSETS_PER_SHEET, Place, contact_sheet, difference, difference_picture, draw_marks,
    draw_pointer, outline, worst_places,
};
pub use embedding::{Dino, Embedder, cosine};
pub use error::VisionError;
pub use ocr::{Ocr, OcrWord};
pub use perceive::{perceive, perceive_pixels};
pub use pixels::{Pixels, decode};
pub use read_text::TextReader;
pub use segment::segment;
pub use structure::structure_similarity;
pub use text_similarity::{MAX_COMPARED_CHARACTERS, text_similarity};
pub use typeface::{ink_extent, set_width};
pub use video::{Encoder, Ffmpeg, FramePlan, VideoCodec};
