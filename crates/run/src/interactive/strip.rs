//! Takes words out of pictures that are not seen: descriptions, authors, names of programs and files.
//! A picture looks the same afterwards. What cannot be parsed is left as it is.

use std::ops::Range;

use super::picture_head::Kind;

/// PNG chunks that say how a picture looks.
const PNG_CHUNKS: [&[u8; 4]; 18] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP",
    b"sBIT", b"bKGD", b"pHYs", b"hIST", b"acTL", b"fcTL", b"fdAT", b"sPLT",
];
/// SVG elements that are not drawn and hold words.
const SVG_ELEMENTS: [&str; 3] = ["title", "desc", "metadata"];
/// SVG attributes that hold file names.
const SVG_ATTRIBUTES: [&str; 3] = ["sodipodi:docname", "inkscape:export-filename", "xml:base"];

/// The file without words that are not seen; itself where there are none.
pub(super) fn stripped(kind: Kind, bytes: &[u8]) -> Vec<u8> {
    let stripped = match kind {
        Kind::Png => png(bytes),
        Kind::Jpeg => jpeg(bytes),
        Kind::Svg => std::str::from_utf8(bytes).ok().map(|text| svg(text).into_bytes()),
        _ => None,
    };
    stripped.unwrap_or_else(|| bytes.to_vec())
}

fn png(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = bytes.get(..8)?.to_vec();
    let mut at = 8;
    loop {
        let size: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
        let end = at.checked_add(12)?.checked_add(u32::from_be_bytes(size) as usize)?;
        let chunk = bytes.get(at..end)?;
        let name = chunk.get(4..8)?;
        if PNG_CHUNKS.iter().any(|kept| kept.as_slice() == name) {
            out.extend(chunk);
        }
        // What follows the end is no part of the picture.
        if name == b"IEND" {
            return Some(out);
        }
        at = end;
    }
}

fn jpeg(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = bytes.get(..2)?.to_vec();
    let mut at = 2;
    loop {
        if *bytes.get(at)? != 0xFF {
            return None;
        }
        let marker = *bytes.get(at + 1)?;
        if marker == 0xFF {
            // A byte that fills.
            at += 1;
            continue;
        }
        // The pictures themselves begin; nothing after them is looked at.
        if marker == 0xDA {
            out.extend(bytes.get(at..)?);
            return Some(out);
        }
        let size: [u8; 2] = bytes.get(at + 2..at + 4)?.try_into().ok()?;
        let end = at + 2 + usize::from(u16::from_be_bytes(size)).max(2);
        let segment = bytes.get(at..end)?;
        match marker {
            // EXIF says how the picture is turned; the rest of it is words.
            0xE1 => {
                if let Some(turn) = exif_orientation(segment).filter(|turn| (2..=8).contains(turn))
                {
                    out.extend(orientation_segment(turn));
                }
            }
            // JFIF, the colour profile, and what Adobe says of the colours.
            0xE0 | 0xE2 | 0xEE => out.extend(segment),
            0xE3..=0xEF | 0xFE => {}
            _ => out.extend(segment),
        }
        at = end;
    }
}

/// The orientation in the first directory of an EXIF segment, 1..=8.
fn exif_orientation(segment: &[u8]) -> Option<u8> {
    let tiff = segment.get(4..)?.strip_prefix(b"Exif\0\0")?;
    let little = tiff.starts_with(b"II");
    let short = |at: usize| {
        let two: [u8; 2] = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if little { u16::from_le_bytes(two) } else { u16::from_be_bytes(two) })
    };
    let long = |at: usize| {
        let four: [u8; 4] = tiff.get(at..at + 4)?.try_into().ok()?;
        Some(if little { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) } as usize)
    };
    let directory = long(4)?;
    let count = usize::from(short(directory)?);
    let entry =
        (0..count).map(|at| directory + 2 + at * 12).find(|at| short(*at) == Some(0x0112))?;
    u8::try_from(short(entry + 8)?).ok()
}

/// An EXIF segment that says how a picture is turned, and nothing else.
fn orientation_segment(turn: u8) -> Vec<u8> {
    let mut segment = vec![0xFF, 0xE1, 0, 34];
    segment.extend(b"Exif\0\0II*\0\x08\0\0\0\x01\0");
    segment.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, turn, 0, 0, 0, 0, 0, 0, 0]);
    segment
}

fn svg(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let find = |what: &str, from: usize| {
        lower.get(from..).and_then(|rest| rest.find(what)).map(|found| from + found)
    };
    let mut drops: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    // Looked for once in vain, an end is not looked for again: the work stays linear.
    let mut unclosed: Vec<&str> = Vec::new();
    while let Some(start) = find("<", at) {
        let rest = lower.get(start..).unwrap_or_default();
        if rest.starts_with("<!--") {
            at = find("-->", start + 4).map_or(text.len(), |end| end + 3);
            drops.push(start..at);
            continue;
        }
        if rest.starts_with("<![cdata[") {
            at = find("]]>", start).map_or(text.len(), |end| end + 3);
            continue;
        }
        let end = find(">", start).map_or(text.len(), |end| end + 1);
        at = end;
        let tag = lower.get(start..end).unwrap_or_default();
        let name = tag.get(1..).unwrap_or_default();
        let name = name.split(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).next();
        let name = name.unwrap_or_default();
        let element = SVG_ELEMENTS.iter().find(|element| **element == name);
        if let Some(element) = element.filter(|element| !unclosed.contains(element)) {
            if !tag.ends_with("/>") {
                let close = find(&format!("</{element}"), end);
                match close.and_then(|close| find(">", close)) {
                    Some(close) => at = close + 1,
                    None => {
                        unclosed.push(element);
                        continue;
                    }
                }
            }
            drops.push(start..at);
            continue;
        }
        for attribute in SVG_ATTRIBUTES {
            let Some(found) = tag.find(&format!(" {attribute}=")) else { continue };
            let value = found + attribute.len() + 2;
            let Some(quote) = tag.get(value..).and_then(|rest| rest.chars().next()) else {
                continue;
            };
            if !matches!(quote, '"' | '\'') {
                continue;
            }
            if let Some(close) = tag.get(value + 1..).and_then(|rest| rest.find(quote)) {
                drops.push(start + found..start + value + close + 2);
            }
        }
    }
    drops.sort_by_key(|drop| drop.start);
    let mut out = String::with_capacity(text.len());
    let mut kept = 0;
    for drop in drops {
        out += text.get(kept..drop.start).unwrap_or_default();
        kept = kept.max(drop.end);
    }
    out + text.get(kept..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_a_png_go_and_the_picture_stays() {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, 2, 1);
        encoder.set_color(png::ColorType::Rgb);
        encoder.add_text_chunk("Title".to_owned(), "shop logo".to_owned()).unwrap();
        encoder.add_itxt_chunk("Author".to_owned(), "Ada".to_owned()).unwrap();
        encoder.write_header().unwrap().write_image_data(&[9, 8, 7, 6, 5, 4]).unwrap();
        bytes.extend(b"trailing words");
        let clean = stripped(Kind::Png, &bytes);
        let holds = |word: &[u8]| clean.windows(word.len()).any(|part| part == word);
        assert!(!holds(b"shop logo") && !holds(b"Ada") && !holds(b"trailing"));
        let picture =
            pageloom_vision::decode(&pageloom_schema::Png(clean.as_slice().into())).unwrap();
        assert_eq!((picture.at(0, 0), picture.at(1, 0)), ([9, 8, 7], [6, 5, 4]));
        assert_eq!(stripped(Kind::Png, &clean), clean);
        let cut = &bytes[..bytes.len() / 2];
        assert_eq!(stripped(Kind::Png, cut), cut, "what is damaged is left as it is");
    }

    #[test]
    fn words_in_a_jpeg_go_and_its_orientation_stays() {
        let colored = include_bytes!("../../../../suites/pages/landing/rider-1.jpg");
        let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x02".to_vec();
        exif.extend([0x01, 0x0E, 0, 2, 0, 0, 0, 3, b'H', b'i', 0, 0]);
        exif.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0]);
        let mut bytes = colored[..2].to_vec();
        for (marker, content) in [(0xE1, exif.as_slice()), (0xFE, b"by Ada"), (0xED, b"Photoshop")]
        {
            bytes.extend([0xFF, marker, 0, content.len() as u8 + 2]);
            bytes.extend(content);
        }
        bytes.extend(&colored[2..]);
        let clean = stripped(Kind::Jpeg, &bytes);
        let holds = |word: &[u8]| clean.windows(word.len()).any(|part| part == word);
        assert!(!holds(b"by Ada") && !holds(b"Photoshop") && !holds(b"Hi"));
        assert_eq!(exif_orientation(&clean[2..38]), Some(6));
        assert_eq!(stripped(Kind::Jpeg, &clean), clean);
        let decode = |bytes: &[u8]| {
            let png = crate::suite::picture::as_png(bytes.to_vec()).unwrap();
            pageloom_vision::decode(&png).unwrap().data().to_vec()
        };
        assert_eq!(decode(&clean), decode(colored));
        assert_eq!(stripped(Kind::Jpeg, b"\xFF\xD8\xFF\xE1\0\xFFx"), b"\xFF\xD8\xFF\xE1\0\xFFx");
    }

    #[test]
    fn words_in_an_svg_that_are_not_drawn_go() {
        for (text, wanted) in [
            ("<svg><!-- Ada --><title>Logo</title><path/></svg>", "<svg><path/></svg>"),
            (
                "<svg><desc/><METADATA a='b'><x>1</x></METADATA><text>é</text></svg>",
                "<svg><text>é</text></svg>",
            ),
            ("<svg sodipodi:docname=\"a.svg\" width='1'></svg>", "<svg width='1'></svg>"),
            (
                "<svg><style><![CDATA[ <!-- x --> ]]></style></svg>",
                "<svg><style><![CDATA[ <!-- x --> ]]></style></svg>",
            ),
            ("<svg><title>never closed", "<svg><title>never closed"),
            ("<svg><titles>a</titles></svg>", "<svg><titles>a</titles></svg>"),
            ("<svg", "<svg"),
        ] {
            assert_eq!(svg(text), wanted);
        }
        let hostile = "<title>".repeat(100_000);
        assert_eq!(svg(&hostile), hostile);
    }
}
