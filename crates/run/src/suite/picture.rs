//! Pictures that a suite names: found inside its folder, checked, and PNG whatever they were.

use std::path::Path;
use std::sync::Arc;

use pageloom_schema::{Png, SitePath, Viewport};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// The largest picture file, in bytes.
const MAX_BYTES: u64 = 64 << 20;
/// The longest side of a picture that is converted, in pixels; with it memory has a bound.
const MAX_SIDE: usize = 16_384;

/// Reads the picture `image` of a suite in `folder`, or in its folder `Web2Code_image`. A message
/// for people where there is none, where it lies elsewhere, or where it is neither PNG nor JPEG.
pub(crate) fn read_picture(folder: &Path, image: &str) -> Result<Png, String> {
    let path = SitePath::new(image).map_err(|error| error.to_string())?;
    let tries = [folder.join(path.as_str()), folder.join("Web2Code_image").join(path.as_str())];
    let file = tries.iter().find(|file| file.is_file());
    let file = file.ok_or_else(|| format!("there is no picture `{image}`"))?;
    let inside = |file: &Path| {
        let (root, real) = (folder.canonicalize().ok()?, file.canonicalize().ok()?);
        Some(real.starts_with(root))
    };
    if inside(file) != Some(true) {
        return Err(format!("`{image}` is a link that leaves the folder"));
    }
    let fault = |error: std::io::Error| format!("`{image}`: {error}");
    if std::fs::metadata(file).map_err(fault)?.len() > MAX_BYTES {
        return Err(format!("`{image}` has more than {MAX_BYTES} bytes"));
    }
    as_png(std::fs::read(file).map_err(fault)?).map_err(|reason| format!("`{image}`: {reason}"))
}

/// The bytes as a PNG that can be decoded.
pub(crate) fn as_png(bytes: Vec<u8>) -> Result<Png, String> {
    let png = if bytes.starts_with(b"\x89PNG") {
        Png(Arc::from(bytes))
    } else if bytes.starts_with(&[0xFF, 0xD8]) {
        png_of_jpeg(&bytes)?
    } else {
        return Err("neither PNG nor JPEG; convert it to PNG".to_owned());
    };
    pageloom_vision::decode(&png).map_err(|error| error.to_string())?;
    Ok(png)
}

fn png_of_jpeg(bytes: &[u8]) -> Result<Png, String> {
    let damaged = |error: &dyn std::fmt::Display| format!("a damaged JPEG: {error}");
    let options = DecoderOptions::default()
        .jpeg_set_out_colorspace(ColorSpace::RGB)
        .set_max_width(MAX_SIDE)
        .set_max_height(MAX_SIDE);
    let mut decoder = JpegDecoder::new_with_options(bytes, options);
    decoder.decode_headers().map_err(|error| damaged(&error))?;
    let (width, height) = decoder.dimensions().ok_or_else(|| damaged(&"no size"))?;
    if width * height > pageloom_vision::Pixels::MAX_PIXELS {
        return Err(format!("{width} × {height} pixels are too many"));
    }
    let pixels = decoder.decode().map_err(|error| damaged(&error))?;
    let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, side(width), side(height));
    // A grey picture stays grey whatever was asked for.
    encoder.set_color(match pixels.len() / (width * height).max(1) {
        1 => png::ColorType::Grayscale,
        3 => png::ColorType::Rgb,
        _ => return Err(damaged(&"neither grey nor of three colours")),
    });
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(&pixels));
    written.map_err(|error| damaged(&error))?;
    Ok(Png(Arc::from(out)))
}

/// A window as wide as the picture and no taller than a screen.
pub(crate) fn window_of(png: &Png) -> Viewport {
    let size = |at: usize| {
        let bytes = png.0.get(at..at + 4).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok());
        bytes.map_or(1280, u32::from_be_bytes).clamp(1, 16_384)
    };
    Viewport { width: size(16), height: size(20).min(1_080) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One grey pixel, written by hand: a baseline JPEG of one 8 × 8 block cut to 1 × 1.
    fn grey_jpeg() -> Vec<u8> {
        let mut jpeg = vec![0xFF, 0xD8, 0xFF, 0xDB, 0x00, 0x43, 0x00];
        jpeg.extend([1_u8; 64]);
        jpeg.extend([0xFF, 0xC0, 0x00, 0x0B, 8, 0, 1, 0, 1, 1, 1, 0x11, 0]);
        // Huffman tables with one code each: no difference, end of block.
        for class in [0x00, 0x10] {
            jpeg.extend([0xFF, 0xC4, 0x00, 0x14, class, 1]);
            jpeg.extend([0_u8; 15]);
            jpeg.push(0);
        }
        jpeg.extend([0xFF, 0xDA, 0x00, 0x08, 1, 1, 0, 0, 63, 0, 0x3F, 0xFF, 0xD9]);
        jpeg
    }

    #[test]
    fn jpeg_under_any_name_becomes_a_png() {
        let png = as_png(grey_jpeg()).unwrap();
        let pixels = pageloom_vision::decode(&png).unwrap();
        assert_eq!((pixels.width(), pixels.height(), pixels.at(0, 0)), (1, 1, [128; 3]));
        assert_eq!(window_of(&png), Viewport { width: 1, height: 1 });
        let colored = include_bytes!("../../../../suites/pages/landing/rider-1.jpg");
        let pixels = pageloom_vision::decode(&as_png(colored.to_vec()).unwrap()).unwrap();
        assert_eq!((pixels.width(), pixels.height()), (120, 120));
        assert!(pixels.data().iter().any(|[r, g, b]| r.abs_diff(*b) > 40 || r.abs_diff(*g) > 40));
    }

    #[test]
    fn what_is_no_picture_is_said_to_be_none() {
        assert_eq!(
            as_png(b"GIF89a".to_vec()).unwrap_err(),
            "neither PNG nor JPEG; convert it to PNG"
        );
        assert!(as_png(b"\xFF\xD8\xFFnonsense".to_vec()).unwrap_err().contains("damaged JPEG"));
        assert!(as_png(b"\x89PNG\r\n\x1a\n".to_vec()).is_err());
        assert!(as_png(grey_jpeg().into_iter().take(20).collect()).is_err());
    }
}
