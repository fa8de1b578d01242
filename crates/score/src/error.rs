//! What can go wrong while a capture is prepared for scoring.

/// Why a capture or a picture cannot be scored. Always about our own input, never about how good
/// a page is: a bad page has low scores, not an error.
#[derive(Debug, thiserror::Error)]
pub enum ScoreError {
    /// The capture was taken without its full-page picture.
    #[error(
        "the capture has no full-page picture\nhint: render it with a policy that asks for one"
    )]
    NoPicture,
    /// The capture was taken without its DOM.
    #[error("the capture has no DOM snapshot\nhint: render it with a policy that asks for one")]
    NoDom,
    /// The picture is not a PNG that can be decoded.
    #[error("the picture cannot be read as PNG: {0}")]
    Decode(#[from] png::DecodingError),
    /// A picture that was changed cannot be written as PNG.
    #[error("the picture cannot be written as PNG: {0}")]
    Encode(#[from] png::EncodingError),
    /// The picture has more pixels than any page within the height cap.
    #[error("the picture is {width}x{height}, more than {limit} pixels")]
    TooLarge {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// The most pixels that are taken.
        limit: u64,
    },
    /// The DOM refers to a node or a style that it does not hold.
    #[error("the DOM snapshot is broken: node `{0}` has a parent or style that does not exist")]
    BrokenDom(usize),
}
