//! What can go wrong between a PNG and its percept.

use std::time::Duration;

/// Why a picture could not be read.
#[derive(Debug, thiserror::Error)]
pub enum VisionError {
    /// The bytes are not a PNG, or a damaged one.
    #[error("not a readable PNG: {reason}\nhint: the file must be a complete PNG image")]
    BadImage {
        /// What the decoder found.
        reason: String,
    },
    /// The picture has no pixels, or more than [`crate::Pixels::MAX_PIXELS`].
    #[error(
        "a picture of {width}x{height} pixels is outside the limits\nhint: each side must be \
         1..={max_side} and the area at most {max_pixels} pixels"
    )]
    BadSize {
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
        /// The longest side taken.
        max_side: u32,
        /// The largest area taken.
        max_pixels: usize,
    },
    /// The OCR program could not be started or talked to.
    #[error("cannot run `{program}`: {reason}\nhint: install tesseract with its English data")]
    OcrUnavailable {
        /// The program.
        program: String,
        /// What the operating system said.
        reason: String,
    },
    /// The OCR program ended with an error or wrote something that is not its table.
    #[error("`{program}` failed: {reason}")]
    OcrFailed {
        /// The program.
        program: String,
        /// Its own words, cut to 500 characters.
        reason: String,
    },
    /// The OCR program was stopped at its time limit.
    #[error("`{program}` did not finish within {limit:?}")]
    OcrTimeout {
        /// The program.
        program: String,
        /// The limit.
        limit: Duration,
    },
    /// The OCR program wrote more than [`crate::Ocr::MAX_OUTPUT_BYTES`].
    #[error("`{program}` wrote more than {limit} bytes")]
    OcrOutputTooLong {
        /// The program.
        program: String,
        /// The limit.
        limit: usize,
    },
}
