//! Decoded pictures. Owns [`Pixels`] and the only PNG decoder and encoder of the crate; checks sizes
//! before it allocates, so a hostile header costs nothing. Must not interpret what a picture shows.

use std::io::Cursor;

use pageloom_schema::{Png, Rgba};

use crate::error::VisionError;

/// An opaque picture, three bytes a pixel, rows from top to bottom. Transparent parts of the
/// source are laid over white, as a browser window would show them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pixels {
    width: u32,
    height: u32,
    data: Vec<[u8; 3]>,
}

impl Pixels {
    /// The longest side of a picture.
    pub const MAX_SIDE: u32 = 65_536;
    /// The largest area of a picture: 1,280 pixels wide and 31,250 high.
    pub const MAX_PIXELS: usize = 40_000_000;

    /// A picture of one colour; its alpha is ignored.
    ///
    /// # Errors
    /// [`VisionError::BadSize`] for sizes outside the limits.
    pub fn filled(width: u32, height: u32, color: Rgba) -> Result<Self, VisionError> {
        let area = checked_area(width, height)?;
        Ok(Self { width, height, data: vec![[color.r, color.g, color.b]; area] })
    }

    /// Width in pixels, at least 1.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels, at least 1.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The pixels in reading order.
    #[must_use]
    pub fn data(&self) -> &[[u8; 3]] {
        &self.data
    }

    /// The colour at a place; the nearest edge pixel for a place outside.
    #[must_use]
    pub fn at(&self, x: u32, y: u32) -> [u8; 3] {
        let x = x.min(self.width - 1) as usize;
        let y = y.min(self.height - 1) as usize;
        self.data[y * self.width as usize + x]
    }

    /// Paints one pixel; outside the picture it does nothing.
    pub fn set(&mut self, x: u32, y: u32, color: [u8; 3]) {
        if x < self.width && y < self.height {
            self.data[y as usize * self.width as usize + x as usize] = color;
        }
    }

    /// Tells whether a picture may have this size.
    ///
    /// # Errors
    /// [`VisionError::BadSize`] when it may not.
    pub fn check_size(width: u32, height: u32) -> Result<(), VisionError> {
        checked_area(width, height).map(|_| ())
    }

    /// A picture of these pixels in reading order.
    ///
    /// # Errors
    /// [`VisionError::BadSize`] for sizes outside the limits, or another number of pixels.
    pub fn from_data(width: u32, height: u32, data: Vec<[u8; 3]>) -> Result<Self, VisionError> {
        if checked_area(width, height)? == data.len() {
            Ok(Self { width, height, data })
        } else {
            Err(bad_size(width, height))
        }
    }

    /// Paints a rectangle, as far as it is in the picture. Right and bottom are outside of it.
    pub(crate) fn fill(&mut self, [left, top, right, bottom]: [u32; 4], color: [u8; 3]) {
        let (right, width) = (right.min(self.width) as usize, self.width as usize);
        for row in top..bottom.min(self.height) {
            let start = row as usize * width;
            if let Some(line) = self.data.get_mut(start + left as usize..start + right) {
                line.fill(color);
            }
        }
    }

    /// Lays another picture on this one, its corner at (`left`, `top`); what does not fit is cut.
    pub fn place(&mut self, other: &Self, left: u32, top: u32) {
        let columns = other.width().min(self.width().saturating_sub(left));
        for y in 0..other.height().min(self.height().saturating_sub(top)) {
            for x in 0..columns {
                self.set(left + x, top + y, other.at(x, y));
            }
        }
    }

    /// The picture as PNG; the same picture has the same bytes.
    ///
    /// # Errors
    /// [`VisionError::BadImage`] when the encoder fails.
    pub fn encode(&self) -> Result<Png, VisionError> {
        self.encode_with(png::Compression::Fast)
    }

    /// As [`Pixels::encode`], in fewer bytes and more time.
    ///
    /// # Errors
    /// As [`Pixels::encode`].
    pub fn encode_small(&self) -> Result<Png, VisionError> {
        self.encode_with(png::Compression::High)
    }

    fn encode_with(&self, compression: png::Compression) -> Result<Png, VisionError> {
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(compression);
        let bytes = self.data.as_flattened();
        let written = encoder.write_header().and_then(|mut writer| {
            writer.write_image_data(bytes)?;
            writer.finish()
        });
        match written {
            Ok(()) => Ok(Png(out.into())),
            Err(error) => Err(VisionError::BadImage { reason: error.to_string() }),
        }
    }

    /// Perceived brightness of every pixel (ITU-R BT.601 luma), 0..=255.
    #[must_use]
    pub fn luma(&self) -> Vec<u8> {
        self.data
            .iter()
            .map(|&[r, g, b]| {
                let sum = 299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b);
                u8::try_from((sum + 500) / 1000).unwrap_or(u8::MAX)
            })
            .collect()
    }
}

fn checked_area(width: u32, height: u32) -> Result<usize, VisionError> {
    let sides = 1..=Pixels::MAX_SIDE;
    let area = width as usize * height as usize;
    if sides.contains(&width) && sides.contains(&height) && area <= Pixels::MAX_PIXELS {
        Ok(area)
    } else {
        Err(bad_size(width, height))
    }
}

fn bad_size(width: u32, height: u32) -> VisionError {
    let (max_side, max_pixels) = (Pixels::MAX_SIDE, Pixels::MAX_PIXELS);
    VisionError::BadSize { width, height, max_side, max_pixels }
}

/// Decodes a PNG of any colour type; of an animated one the default image.
///
/// # Errors
/// [`VisionError::BadImage`] for bytes that are not a whole PNG, [`VisionError::BadSize`] for
/// sizes outside the limits (told from the header alone).
pub fn decode(png: &Png) -> Result<Pixels, VisionError> {
    decode_over(png, [255; 3])
}

/// [`decode`] with transparent parts laid over another colour.
pub(crate) fn decode_over(png: &Png, backdrop: [u8; 3]) -> Result<Pixels, VisionError> {
    let damaged = |e: png::DecodingError| VisionError::BadImage { reason: e.to_string() };
    let mut decoder = png::Decoder::new(Cursor::new(&png.0[..]));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    decoder.set_limits(png::Limits { bytes: Pixels::MAX_PIXELS * 8 });
    let header = decoder.read_header_info().map_err(damaged)?;
    let (width, height) = (header.width, header.height);
    let area = checked_area(width, height)?;
    let mut reader = decoder.read_info().map_err(damaged)?;
    let size = reader
        .output_buffer_size()
        .filter(|&size| size <= area * 4)
        .ok_or_else(|| VisionError::BadImage { reason: "inconsistent size".to_owned() })?;
    let mut buffer = vec![0; size];
    let frame = reader.next_frame(&mut buffer).map_err(damaged)?;
    let bytes = &buffer[..frame.buffer_size()];
    let over = |[r, g, b, a]: [u8; 4]| {
        let mix = |c: u8, under: u8| {
            let sum = u32::from(c) * u32::from(a) + u32::from(under) * (255 - u32::from(a));
            u8::try_from((sum + 127) / 255).unwrap_or(u8::MAX)
        };
        [mix(r, backdrop[0]), mix(g, backdrop[1]), mix(b, backdrop[2])]
    };
    let data: Vec<[u8; 3]> = match frame.color_type {
        png::ColorType::Rgb => bytes.chunks_exact(3).map(|p| [p[0], p[1], p[2]]).collect(),
        png::ColorType::Rgba => {
            bytes.chunks_exact(4).map(|p| over([p[0], p[1], p[2], p[3]])).collect()
        }
        png::ColorType::Grayscale => bytes.iter().map(|&v| [v; 3]).collect(),
        png::ColorType::GrayscaleAlpha => {
            bytes.chunks_exact(2).map(|p| over([p[0], p[0], p[0], p[1]])).collect()
        }
        png::ColorType::Indexed => Vec::new(),
    };
    if data.len() == area {
        Ok(Pixels { width, height, data })
    } else {
        Err(VisionError::BadImage { reason: "fewer pixels than its header says".to_owned() })
    }
}
