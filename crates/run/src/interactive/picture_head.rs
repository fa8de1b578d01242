//! What a file of pictures or moving pictures is, from its first bytes: its kind and, where it is
//! cheap to say, its size. Nothing is decoded here.

/// The longest side of a picture, in pixels.
pub(super) const MAX_SIDE: u32 = 16_384;

/// Kinds of pictures and videos.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Png,
    Jpeg,
    Gif,
    Webp,
    Avif,
    Bmp,
    Icon,
    Svg,
    Mp4,
    Webm,
    Ogg,
}

impl Kind {
    /// What files of this kind are named.
    pub(super) fn ending(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Gif => "gif",
            Self::Webp => "webp",
            Self::Avif => "avif",
            Self::Bmp => "bmp",
            Self::Icon => "ico",
            Self::Svg => "svg",
            Self::Mp4 => "mp4",
            Self::Webm => "webm",
            Self::Ogg => "ogv",
        }
    }

    /// The kind of a file, whatever its name is; absent for what is neither picture nor video.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let brand = |at: usize| bytes.get(at..at + 4);
        match bytes {
            [0x89, b'P', b'N', b'G', ..] => Some(Self::Png),
            [0xFF, 0xD8, 0xFF, ..] => Some(Self::Jpeg),
            [b'G', b'I', b'F', b'8', ..] => Some(Self::Gif),
            [b'R', b'I', b'F', b'F', ..] if brand(8) == Some(b"WEBP") => Some(Self::Webp),
            [b'B', b'M', ..] if brand(6) == Some(&[0; 4]) => Some(Self::Bmp),
            [0, 0, 1, 0, count, 0, ..] if *count > 0 => Some(Self::Icon),
            [0x1A, 0x45, 0xDF, 0xA3, ..] => Some(Self::Webm),
            [b'O', b'g', b'g', b'S', ..] => Some(Self::Ogg),
            _ if brand(4) == Some(b"ftyp") => {
                let avif = matches!(brand(8), Some(b"avif" | b"avis"));
                Some(if avif { Self::Avif } else { Self::Mp4 })
            }
            _ => is_svg(bytes).then_some(Self::Svg),
        }
    }
}

/// An SVG document: its first element is `svg`.
fn is_svg(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(4_096)).unwrap_or_default();
    let head = String::from_utf8_lossy(head);
    let mut rest = head.trim_start_matches('\u{feff}').trim_start();
    loop {
        let end = match rest {
            _ if rest.starts_with("<!--") => "-->",
            _ if rest.starts_with("<?") => "?>",
            _ if rest.starts_with("<!") => ">",
            _ => break,
        };
        let Some(at) = rest.find(end) else { return false };
        rest = rest.get(at + end.len()..).unwrap_or_default().trim_start();
    }
    let after = |prefix: &str| rest.strip_prefix(prefix).and_then(|rest| rest.chars().next());
    let ends = |c: char| c.is_whitespace() || matches!(c, '>' | '/');
    after("<svg").is_some_and(ends) || rest.starts_with("<svg:svg")
}

/// Width and height of a PNG, JPEG or GIF.
pub(super) fn size_of(bytes: &[u8]) -> Option<(u32, u32)> {
    let wide = |at: usize| {
        let four: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
        Some(u32::from_be_bytes(four))
    };
    let narrow = |at: usize| {
        let two: [u8; 2] = bytes.get(at..at + 2)?.try_into().ok()?;
        Some(u16::from_le_bytes(two).into())
    };
    match Kind::of(bytes)? {
        Kind::Png if bytes.get(12..16) == Some(b"IHDR") => Some((wide(16)?, wide(20)?)),
        Kind::Gif => Some((narrow(6)?, narrow(8)?)),
        Kind::Jpeg => jpeg_size(bytes),
        _ => None,
    }
}

fn jpeg_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let number = |at: usize| {
        let two: [u8; 2] = bytes.get(at..at + 2)?.try_into().ok()?;
        Some(u16::from_be_bytes(two))
    };
    let mut at = 2;
    while *bytes.get(at)? == 0xFF {
        let marker = *bytes.get(at + 1)?;
        // Frame headers; the three left out are tables and extensions.
        if matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC) {
            return Some((number(at + 7)?.into(), number(at + 5)?.into()));
        }
        at += 2 + usize::from(number(at + 2)?);
    }
    None
}

/// Why a picture of this size is refused.
pub(super) fn size_problem(bytes: &[u8]) -> Option<String> {
    let (width, height) = size_of(bytes)?;
    let pixels = u64::from(width) * u64::from(height);
    let fits = width.max(height) <= MAX_SIDE
        && width.min(height) > 0
        && pixels <= pageloom_vision::Pixels::MAX_PIXELS as u64;
    (!fits).then(|| {
        format!(
            "{width} × {height} pixels; a side has 1 to {MAX_SIDE}, a picture at most {}",
            pageloom_vision::Pixels::MAX_PIXELS
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_follows_from_the_bytes() {
        let svg = b"\xEF\xBB\xBF<?xml version='1.0'?>\n<!-- <html> -->\n<!DOCTYPE svg>\n<svg viewBox=''/>";
        for (bytes, kind) in [
            (&b"\x89PNG\r\n\x1a\n"[..], Some(Kind::Png)),
            (b"\0\0\0\x18ftypisom", Some(Kind::Mp4)),
            (b"\0\0\0\x18ftypavif", Some(Kind::Avif)),
            (b"\0\0\x01\0\x01\0", Some(Kind::Icon)),
            (svg, Some(Kind::Svg)),
            (b"<html><svg>", None),
            (b"<svgx>", None),
            (b"<!-- never closed", None),
            (b"", None),
        ] {
            assert_eq!(Kind::of(bytes), kind, "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn sizes_are_read_and_too_large_ones_refused() {
        let png = |width: u32, height: u32| {
            let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
            bytes.extend(width.to_be_bytes());
            bytes.extend(height.to_be_bytes());
            bytes
        };
        assert_eq!(size_of(&png(7, 9)), Some((7, 9)));
        assert_eq!(size_problem(&png(7, 9)), None);
        assert!(size_problem(&png(16_385, 1)).is_some() && size_problem(&png(0, 1)).is_some());
        let jpeg = include_bytes!("../../../../suites/pages/landing/rider-1.jpg");
        assert_eq!(size_of(jpeg), Some((120, 120)));
        assert_eq!(size_of(b"\xFF\xD8\xFF\xE0\xFF"), None);
        assert_eq!(size_of(b"GIF89a\x02\0\x03\0"), Some((2, 3)));
    }
}
