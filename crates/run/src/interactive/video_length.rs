//! How long an MP4 takes, from its header (ISO/IEC 14496-12, `moov` / `mvhd`). The pictures in it are
//! not looked at.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

/// The most boxes that are looked at: a file has a handful at its top, and a movie some dozens.
const MAX_BOXES: usize = 4_096;

/// The length of a video in seconds; absent where the file does not say, or is none.
#[must_use]
pub fn video_seconds(file: &Path) -> Option<f64> {
    let mut file = File::open(file).ok()?;
    let end = file.metadata().ok()?.len();
    let (start, end) = find_box(&mut file, 0, end, *b"moov")?;
    let (start, end) = find_box(&mut file, start, end, *b"mvhd")?;
    let mut header = Vec::new();
    file.seek(SeekFrom::Start(start)).ok()?;
    file.take(end.saturating_sub(start).min(128)).read_to_end(&mut header).ok()?;
    let number = |at: usize| {
        let four: [u8; 4] = header.get(at..at + 4)?.try_into().ok()?;
        Some(u32::from_be_bytes(four))
    };
    // Version 1 has times of 64 bits. A duration of all ones is one that is not known.
    let (scale, duration) = match header.first()? {
        1 => {
            let (high, low) = (number(24)?, number(28)?);
            (number(20)?, u64::from(high) << 32 | u64::from(low))
        }
        _ => (number(12)?, u64::from(number(16)?)),
    };
    let unknown = duration == u64::MAX || duration == u64::from(u32::MAX);
    let seconds = duration as f64 / f64::from(scale);
    (!unknown && scale > 0 && seconds > 0.0).then_some(seconds)
}

/// Where the content of the first box of a kind lies between two places of a file.
fn find_box(file: &mut File, start: u64, end: u64, kind: [u8; 4]) -> Option<(u64, u64)> {
    let mut at = start;
    for _ in 0..MAX_BOXES {
        if at + 8 > end {
            return None;
        }
        file.seek(SeekFrom::Start(at)).ok()?;
        let mut head = [0; 8];
        file.read_exact(&mut head).ok()?;
        let [a, b, c, d, found @ ..] = head;
        let (head_bytes, size) = match u32::from_be_bytes([a, b, c, d]) {
            0 => (8, end - at),
            1 => {
                let mut long = [0; 8];
                file.read_exact(&mut long).ok()?;
                (16, u64::from_be_bytes(long))
            }
            size => (8, u64::from(size)),
        };
        let next = at.checked_add(size).filter(|next| *next <= end && size >= head_bytes)?;
        if found == kind {
            return Some((at + head_bytes, next));
        }
        at = next;
    }
    None
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let mut bytes = (content.len() as u32 + 8).to_be_bytes().to_vec();
        bytes.extend(kind);
        bytes.extend(content);
        bytes
    }

    /// The boxes of a video without pictures.
    pub(in super::super) fn movie(scale: u32, duration: u32) -> Vec<u8> {
        let mut header = vec![0; 12];
        header.extend(scale.to_be_bytes());
        header.extend(duration.to_be_bytes());
        let movie = boxed(b"moov", &[boxed(b"udta", b"x"), boxed(b"mvhd", &header)].concat());
        [boxed(b"ftyp", b"isom"), boxed(b"mdat", &[0; 40]), movie].concat()
    }

    fn seconds(bytes: &[u8]) -> Option<f64> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        video_seconds(file.path())
    }

    #[test]
    fn the_length_is_duration_by_time_scale() {
        assert_eq!(seconds(&movie(600, 21_240)), Some(35.4));
        let mut long = vec![1, 0, 0, 0];
        long.extend([0; 16]);
        long.extend(1_000_u32.to_be_bytes());
        long.extend(2_500_u64.to_be_bytes());
        assert_eq!(seconds(&boxed(b"moov", &boxed(b"mvhd", &long))), Some(2.5));
        // A last box that reaches to the end, with a size of 64 bits inside.
        let mut large = vec![0, 0, 0, 1];
        large.extend(b"free");
        large.extend(20_u64.to_be_bytes());
        large.extend([0; 4]);
        let mut open = [large, movie(10, 70)].concat();
        let at = open.len() - boxed(b"moov", &[boxed(b"udta", b"x"), vec![0; 28]].concat()).len();
        open[at..at + 4].copy_from_slice(&[0; 4]);
        assert_eq!(seconds(&open), Some(7.0));
    }

    #[test]
    fn what_is_no_video_has_no_length() {
        for bytes in [
            &b""[..],
            b"moving",
            &movie(0, 5),
            &movie(600, 0),
            &movie(600, u32::MAX),
            b"\0\0\0\x02moov",
            b"\xFF\xFF\xFF\xFFmoov",
            b"\0\0\0\x01moov\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
            &movie(600, 100)[..70],
        ] {
            assert_eq!(seconds(bytes), None, "{bytes:?}");
        }
    }
}
