//! Videos: the frames of one, and one made of frames. Owns [`Ffmpeg`], which runs `ffmpeg` and
//! `ffprobe` as subprocesses: no shell, one thread, a time limit. Must not know about pages.
//!
//! A video may be hostile, so it is looked at before ffmpeg sees it (MP4 or WebM by its first bytes,
//! its size), and ffmpeg is told what it may be: its demuxer is forced, so that a playlist or a list
//! of other files is never followed, only the `file` protocol is open, and only the decoders of web
//! video are. What it says about itself is checked by a cheap pass over its packets before a frame is
//! decoded.

mod encode;
mod frames;
mod probe;

pub use encode::Encoder;
pub use frames::FramePlan;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::VisionError;
use crate::program::{self, Call, Stop};

/// The codec that videos are written with: the best that the found ffmpeg has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VideoCodec {
    /// H.264 by libx264.
    H264,
    /// VP9 by libvpx, in MP4.
    Vp9,
    /// MPEG-4 part 2, which every ffmpeg has; browsers do not play it.
    Mpeg4,
}

impl VideoCodec {
    /// Best first.
    const ALL: [Self; 3] = [Self::H264, Self::Vp9, Self::Mpeg4];

    /// The encoder's name in ffmpeg's words.
    #[must_use]
    pub fn encoder(self) -> &'static str {
        match self {
            Self::H264 => "libx264",
            Self::Vp9 => "libvpx-vp9",
            Self::Mpeg4 => "mpeg4",
        }
    }
}

/// An ffmpeg that was found and answers, with the ffprobe beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ffmpeg {
    /// The program.
    pub program: PathBuf,
    /// The most wall-clock time that reading one video, or taking one frame, may take.
    pub time_limit: Duration,
    probe: PathBuf,
    version: String,
    codec: VideoCodec,
}

impl Ffmpeg {
    /// The longest video that is read, in seconds.
    pub const MAX_SECONDS: f64 = 3_600.0;
    /// The largest video file that is read, in bytes: 1 GiB.
    pub const MAX_VIDEO_BYTES: u64 = 1 << 30;

    /// Looks for `ffmpeg` along `PATH`; `None` when there is none that answers within ten seconds.
    #[must_use]
    pub fn find() -> Option<Self> {
        program::along_path("ffmpeg").iter().find_map(|program| Self::at(program).ok())
    }

    /// Uses the program at `program`; `ffprobe` must lie beside it.
    ///
    /// # Errors
    /// [`VisionError`] when it does not start, does not say its version within ten seconds, or can
    /// write no video at all.
    pub fn at(program: &Path) -> Result<Self, VisionError> {
        let ask = |program: &Path, arguments: &[&str]| {
            let arguments = arguments.iter().map(Into::into).collect();
            text_of(program, arguments, Duration::from_secs(10), 1 << 20)
        };
        let banner = ask(program, &["-hide_banner", "-version"])?;
        let version = banner
            .lines()
            .find_map(|line| line.strip_prefix("ffmpeg version "))
            .and_then(|rest| rest.split_whitespace().next())
            .ok_or_else(|| failed(program, "it does not say its version"))?
            .to_owned();
        let probe = program.with_file_name(format!("ffprobe{}", std::env::consts::EXE_SUFFIX));
        ask(&probe, &["-hide_banner", "-version"])?;
        let encoders = ask(program, &["-hide_banner", "-encoders"])?;
        let has = |codec: &VideoCodec| {
            encoders.lines().any(|line| line.split_whitespace().nth(1) == Some(codec.encoder()))
        };
        let codec = VideoCodec::ALL
            .into_iter()
            .find(has)
            .ok_or_else(|| failed(program, "it has no encoder for videos"))?;
        Ok(Self {
            program: program.to_owned(),
            time_limit: Duration::from_secs(120),
            probe,
            version,
            codec,
        })
    }

    /// The program's version, such as `5.1.9-0+deb12u1`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What [`Encoder`] writes.
    #[must_use]
    pub fn codec(&self) -> VideoCodec {
        self.codec
    }
}

/// What a program writes to stdout, when it succeeds.
fn text_of(
    program: &Path,
    arguments: Vec<OsString>,
    limit: Duration,
    max_output: usize,
) -> Result<String, VisionError> {
    let call = Call { program, arguments, input: Vec::new(), limit, max_output };
    let output = program::run(call).map_err(|stop| stopped(program, limit, stop))?;
    if output.status.success() {
        String::from_utf8(output.stdout).map_err(|_| failed(program, "its output is not UTF-8"))
    } else {
        Err(failed(program, &complaint(&output.stderr)))
    }
}

fn stopped(program: &Path, limit: Duration, stop: Stop) -> VisionError {
    match stop {
        Stop::Unavailable(error) => unavailable(program, &error),
        Stop::Time => VisionError::FfmpegTimeout { program: program.display().to_string(), limit },
        Stop::Output => failed(program, "it wrote more than it was asked for"),
    }
}

fn unavailable(program: &Path, error: &std::io::Error) -> VisionError {
    let (program, reason) = (program.display().to_string(), error.to_string());
    VisionError::FfmpegUnavailable { program, reason }
}

fn failed(program: &Path, reason: &str) -> VisionError {
    let reason = reason.trim().chars().take(500).collect();
    VisionError::FfmpegFailed { program: program.display().to_string(), reason }
}

fn bad_video(video: &Path, reason: impl Into<String>) -> VisionError {
    let reason = reason.into().trim().chars().take(500).collect();
    VisionError::BadVideo { video: video.display().to_string(), reason }
}

/// What ffmpeg complained of, line by line, without the addresses of its own parts, which differ from
/// run to run.
fn complaints(stderr: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(stderr);
    let bare = |line: &str| match line.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
        Some((part, said)) => {
            format!("{}: {said}", part.split(" @").next().unwrap_or_default())
        }
        None => line.to_owned(),
    };
    text.lines().filter(|line| !line.trim().is_empty()).map(bare).collect()
}

/// The first lines of what ffmpeg complained of.
fn complaint(stderr: &[u8]) -> String {
    complaints(stderr).into_iter().take(4).collect::<Vec<_>>().join("; ")
}

/// A local file in ffmpeg's words: without the prefix, a name with a colon would be a protocol.
fn file_address(path: &Path) -> OsString {
    let mut address = OsString::from("file:");
    address.push(path);
    address
}
