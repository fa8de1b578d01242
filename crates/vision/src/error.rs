//! What can go wrong with pictures, videos and the programs that read them.

use std::time::Duration;

/// Why a picture or a video could not be read, or a video not written.
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
    /// ffmpeg or ffprobe could not be started or talked to.
    #[error("cannot run `{program}`: {reason}\nhint: install ffmpeg")]
    FfmpegUnavailable {
        /// The program.
        program: String,
        /// What the operating system said.
        reason: String,
    },
    /// ffmpeg ended with an error that is not the video's.
    #[error("`{program}` failed: {reason}")]
    FfmpegFailed {
        /// The program.
        program: String,
        /// Its own words, cut to 500 characters.
        reason: String,
    },
    /// ffmpeg was stopped at its time limit.
    #[error("`{program}` did not finish within {limit:?}")]
    FfmpegTimeout {
        /// The program.
        program: String,
        /// The limit.
        limit: Duration,
    },
    /// A video that cannot be read: no video, damaged, or without pictures.
    #[error("cannot read the video `{video}`: {reason}\nhint: it must be a whole MP4 or WebM file")]
    BadVideo {
        /// Where it is.
        video: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A video that lasts longer than [`crate::Ffmpeg::MAX_SECONDS`].
    #[error("the video `{video}` lasts {seconds:.0} s; at most {limit} s are read")]
    VideoTooLong {
        /// Where it is.
        video: String,
        /// How long it lasts.
        seconds: f64,
        /// The limit.
        limit: f64,
    },
    /// A frame that is not of the size its video was started with.
    #[error("a frame of {}x{} pixels in a video of {}x{}", found.0, found.1, wanted.0, wanted.1)]
    FrameSize {
        /// Its width and height.
        found: (u32, u32),
        /// Those of the video.
        wanted: (u32, u32),
    },
    /// A weights file, or one that belongs to it, that cannot be used.
    #[error("cannot use the weights `{file}`: {reason}")]
    BadWeights {
        /// The file.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A weights file that lacks a tensor.
    #[error(
        "the weights `{file}` have no tensor `{tensor}`\nhint: a DINOv2 model in Hugging Face's \
         layout is needed"
    )]
    MissingTensor {
        /// The file.
        file: String,
        /// The tensor's full name.
        tensor: String,
    },
    /// A tensor of another shape than its network needs.
    #[error("the weights `{file}` have the tensor `{tensor}` as {found}; needed is {wanted}")]
    TensorShape {
        /// The file.
        file: String,
        /// The tensor's full name.
        tensor: String,
        /// Its shape.
        found: String,
        /// The shape needed.
        wanted: String,
    },
    /// A network that gave no vector.
    #[error("no embedding: {reason}")]
    EmbeddingFailed {
        /// Why.
        reason: String,
    },
}
