//! What a video is, before any of it is decoded: its container, its size, its duration.

use std::ffi::OsString;
use std::io::Read;
use std::path::Path;

use serde::Deserialize;

use super::{Ffmpeg, bad_video, file_address, text_of};
use crate::error::VisionError;
use crate::pixels::Pixels;

/// The decoders that may run: those of the video and the sound that browsers play, and of what
/// [`super::VideoCodec`] writes. Sound is not decoded, but a track is looked at with its decoder.
const DECODERS: &str = "h264,hevc,mpeg4,vp8,vp9,libvpx,libvpx-vp9,av1,libdav1d,libaom-av1,\
                        aac,mp3,mp3float,opus,libopus,vorbis,libvorbis,flac,alac,ac3,eac3,\
                        pcm_s16le,pcm_s16be,mov_text,webvtt";
/// The largest piece of memory that ffmpeg may ask for, in bytes: a frame of the largest size four
/// times over.
const MAX_PIECE: &str = "671088640";
/// The longest list of packets, in bytes: some 700,000 packets, an hour at 190 frames a second.
const MAX_LIST: usize = 32 << 20;

/// What was found out about a video.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Probed {
    pub(super) demuxer: &'static str,
    /// From its first moment to the end of its last picture, by its packets.
    pub(super) seconds: f64,
}

#[derive(Deserialize)]
struct Listing {
    #[serde(default)]
    packets: Vec<Packet>,
    #[serde(default)]
    streams: Vec<Stream>,
}

#[derive(Deserialize)]
struct Packet {
    pts_time: Option<String>,
    duration_time: Option<String>,
}

#[derive(Deserialize)]
struct Stream {
    width: Option<u32>,
    height: Option<u32>,
}

/// The arguments that close everything a video could ask for, up to and with its address.
pub(super) fn guarded_input(demuxer: &str, video: &Path) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = Vec::new();
    let mut say = |words: &[&str]| arguments.extend(words.iter().map(OsString::from));
    say(&["-hide_banner", "-v", "error", "-protocol_whitelist", "file"]);
    say(&["-format_whitelist", demuxer, "-codec_whitelist", DECODERS]);
    say(&["-max_pixels", &Pixels::MAX_PIXELS.to_string(), "-max_alloc", MAX_PIECE]);
    if demuxer == MOV {
        // A track of it may lie in another file; not here.
        say(&["-enable_drefs", "0", "-use_absolute_path", "0"]);
    }
    say(&["-f", if demuxer == MOV { "mov" } else { "matroska" }, "-i"]);
    arguments.push(file_address(video));
    arguments
}

/// The names ffmpeg has for the demuxers of MP4 and WebM.
const MOV: &str = "mov,mp4,m4a,3gp,3g2,mj2";
const MATROSKA: &str = "matroska,webm";

/// Checks a video without decoding it.
pub(super) fn probe(ffmpeg: &Ffmpeg, video: &Path) -> Result<Probed, VisionError> {
    let demuxer = container(video)?;
    let mut arguments = guarded_input(demuxer, video);
    // The address comes last in ffprobe, after what is wanted.
    let address = arguments.split_off(arguments.len() - 2);
    let entries = "stream=width,height:packet=pts_time,duration_time";
    for word in ["-select_streams", "v:0", "-show_entries", entries, "-of", "json"] {
        arguments.push(word.into());
    }
    arguments.extend(address);
    let listing = text_of(&ffmpeg.probe, arguments, ffmpeg.time_limit, MAX_LIST);
    let listing = listing.map_err(|error| match error {
        VisionError::FfmpegFailed { reason, .. } => bad_video(video, reason),
        other => other,
    })?;
    let listing: Listing = serde_json::from_str(&listing)
        .map_err(|error| bad_video(video, format!("ffprobe's list is not JSON: {error}")))?;
    let stream = listing.streams.first().ok_or_else(|| bad_video(video, "it has no pictures"))?;
    let (width, height) = (stream.width.unwrap_or(0), stream.height.unwrap_or(0));
    Pixels::check_size(width, height)?;
    let seconds = duration(&listing.packets);
    if listing.packets.is_empty() || seconds <= 0.0 {
        return Err(bad_video(video, "it has no pictures"));
    }
    if seconds > Ffmpeg::MAX_SECONDS {
        let (video, limit) = (video.display().to_string(), Ffmpeg::MAX_SECONDS);
        return Err(VisionError::VideoTooLong { video, seconds, limit });
    }
    Ok(Probed { demuxer, seconds })
}

/// The end of the picture that ends last. What the header says does not count: it may be missing,
/// as in what a browser records, or a lie.
fn duration(packets: &[Packet]) -> f64 {
    let number = |text: &Option<String>| {
        text.as_ref().and_then(|text| text.parse::<f64>().ok()).filter(|value| value.is_finite())
    };
    packets
        .iter()
        .filter_map(|packet| {
            // A picture without a duration is seen for a moment.
            let shown = number(&packet.duration_time).filter(|shown| *shown > 0.0).unwrap_or(0.001);
            Some(number(&packet.pts_time)? + shown)
        })
        .fold(0.0, f64::max)
}

/// The demuxer for a file, by its first bytes; its name does not count.
fn container(video: &Path) -> Result<&'static str, VisionError> {
    let unreadable = |error: std::io::Error| bad_video(video, format!("cannot read it: {error}"));
    // Asked first: to open a named pipe would wait for a writer.
    let about = std::fs::metadata(video).map_err(unreadable)?;
    if !about.is_file() {
        return Err(bad_video(video, "it is not a file"));
    }
    if about.len() > Ffmpeg::MAX_VIDEO_BYTES {
        let most = Ffmpeg::MAX_VIDEO_BYTES;
        return Err(bad_video(
            video,
            format!("it has {} bytes; at most {most} are read", about.len()),
        ));
    }
    let mut head = Vec::with_capacity(12);
    let file = std::fs::File::open(video).map_err(unreadable)?;
    file.take(12).read_to_end(&mut head).map_err(unreadable)?;
    if head.get(4..8) == Some(b"ftyp".as_slice()) {
        Ok(MOV)
    } else if head.starts_with(&[0x1a, 0x45, 0xdf, 0xa3]) {
        Ok(MATROSKA)
    } else {
        Err(bad_video(video, "it is neither MP4 nor WebM"))
    }
}
