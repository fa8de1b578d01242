//! Pictures as a provider takes them: no wider, taller or heavier than its limits. What had to be
//! made smaller is made smaller by the same rule every time, and the rule is written down.

use std::io::Cursor;
use std::sync::Arc;

use image::imageops::FilterType;
use image::{ImageFormat, ImageReader, Limits};
use pageloom_schema::Png;

/// The most bytes a picture may take once it is decoded.
const MAX_DECODED: u64 = 1 << 30;

/// What a provider takes of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PicturePolicy {
    /// Pictures in one request.
    pub max_count: usize,
    /// Pixels of the longer side.
    pub max_side: u32,
    /// Bytes of one PNG.
    pub max_bytes: usize,
}

impl PicturePolicy {
    /// The policy in words, as runs record it.
    #[must_use]
    pub fn describe(&self) -> String {
        format!(
            "at most {} a request, {} px a side, {} bytes; larger ones are scaled down (triangle filter)",
            self.max_count, self.max_side, self.max_bytes
        )
    }

    /// The picture as it is sent: itself where it fits.
    ///
    /// # Errors
    /// What is wrong with the picture, for people.
    pub fn fit(&self, png: &Png) -> Result<Png, String> {
        let (width, height) = size(png)?;
        if width.max(height) <= self.max_side && png.0.len() <= self.max_bytes {
            return Ok(png.clone());
        }
        let mut reader = ImageReader::with_format(Cursor::new(&png.0), ImageFormat::Png);
        let mut limits = Limits::default();
        limits.max_alloc = Some(MAX_DECODED);
        reader.limits(limits);
        let picture = reader.decode().map_err(|error| error.to_string())?;
        let mut scale = (f64::from(self.max_side) / f64::from(width.max(height))).min(1.0);
        // Bytes fall with the area; each round also takes a little off for good.
        for _ in 0..24 {
            let side = |length: u32| ((f64::from(length) * scale).round() as u32).max(1);
            let small = picture.resize_exact(side(width), side(height), FilterType::Triangle);
            let mut bytes = Vec::new();
            small
                .write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)
                .map_err(|error| error.to_string())?;
            if bytes.len() <= self.max_bytes {
                return Ok(Png(Arc::from(bytes)));
            }
            scale *= (self.max_bytes as f64 / bytes.len() as f64).sqrt().clamp(0.3, 0.95);
        }
        Err(format!("{width}x{height} pixels do not fit into {} bytes", self.max_bytes))
    }
}

/// Width and height as the file's head says.
///
/// # Errors
/// What is wrong with the picture, for people.
pub(crate) fn size(png: &Png) -> Result<(u32, u32), String> {
    let reader = ImageReader::with_format(Cursor::new(&png.0), ImageFormat::Png);
    let (width, height) = reader.into_dimensions().map_err(|error| error.to_string())?;
    if u64::from(width) * u64::from(height) * 4 > MAX_DECODED {
        return Err(format!("{width}x{height} pixels are too many"));
    }
    Ok((width, height))
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, RgbImage};

    use super::*;

    fn noise(width: u32, height: u32) -> Png {
        let mut state = 7_u32;
        let picture = RgbImage::from_fn(width, height, |_, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            image::Rgb(state.to_le_bytes()[1..].try_into().unwrap())
        });
        let mut bytes = Vec::new();
        DynamicImage::ImageRgb8(picture)
            .write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)
            .unwrap();
        Png(Arc::from(bytes))
    }

    #[test]
    fn a_picture_within_the_limits_is_sent_as_it_is() {
        let png = noise(40, 30);
        let policy = PicturePolicy { max_count: 1, max_side: 40, max_bytes: 1 << 20 };
        assert_eq!(policy.fit(&png).unwrap(), png);
    }

    #[test]
    fn a_tall_picture_keeps_its_shape_and_fits() {
        let png = noise(120, 1_200);
        let policy = PicturePolicy { max_count: 1, max_side: 600, max_bytes: 60_000 };
        let small = policy.fit(&png).unwrap();
        let (width, height) = size(&small).unwrap();
        assert!(height <= 600 && small.0.len() <= 60_000, "{width}x{height} {}", small.0.len());
        assert!((f64::from(height) / f64::from(width) - 10.0).abs() < 0.3, "{width}x{height}");
        assert_eq!(policy.fit(&png).unwrap(), small);
    }

    #[test]
    fn what_is_no_png_is_an_error() {
        let policy = PicturePolicy { max_count: 1, max_side: 8, max_bytes: 8 };
        assert!(policy.fit(&Png(Arc::from(&b"not a picture"[..]))).is_err());
        // A head that promises more pixels than anybody has memory for.
        let mut bytes = noise(2, 2).0.to_vec();
        bytes[16..24].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]);
        assert!(policy.fit(&Png(Arc::from(bytes))).is_err());
    }
}
