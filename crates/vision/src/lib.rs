//! Pixels to percepts: text by OCR, regions, colours.
