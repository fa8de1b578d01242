//! A video made of frames.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use pageloom_schema::Png;

use super::{Ffmpeg, VideoCodec, complaint, failed, file_address, stopped, unavailable};
use crate::error::VisionError;
use crate::pixels::{Pixels, decode};
use crate::program::{self, Stop};

/// Writes an MP4 frame by frame. The same frames and the same ffmpeg give the same bytes: one thread,
/// a key frame every two seconds whatever is shown, no clock, no metadata. The index comes first, so
/// that a browser can play it while it loads. The file appears at its place when it is finished; an
/// encoder that is dropped before leaves nothing.
#[derive(Debug)]
pub struct Encoder {
    program: PathBuf,
    child: Child,
    /// Frames to the thread that feeds the program; `None` once it is to end.
    frames: Option<mpsc::SyncSender<Vec<u8>>>,
    /// Whether each was taken.
    taken: mpsc::Receiver<bool>,
    complaints: Option<mpsc::Receiver<Vec<u8>>>,
    place: PathBuf,
    unfinished: PathBuf,
    size: (u32, u32),
    count: u64,
    limit: Duration,
    ended: bool,
}

impl Encoder {
    /// The most frames a second.
    pub const MAX_RATE: u32 = 120;

    /// Starts a video at `place` with frames of this size, in pixels, shown `rate` a second. An odd
    /// size is made even with a white column or row, since the format has none. What is at the place
    /// is replaced at the end.
    ///
    /// # Errors
    /// [`VisionError::BadSize`] for a size outside the limits, [`VisionError::FfmpegFailed`] for a rate
    /// outside 1..=[`Self::MAX_RATE`], [`VisionError::FfmpegUnavailable`] when ffmpeg does not start.
    pub fn start(
        ffmpeg: &Ffmpeg,
        place: &Path,
        width: u32,
        height: u32,
        rate: u32,
    ) -> Result<Self, VisionError> {
        Pixels::check_size(width, height)?;
        if !(1..=Self::MAX_RATE).contains(&rate) {
            let most = Self::MAX_RATE;
            return Err(failed(
                &ffmpeg.program,
                &format!("{rate} frames a second are outside 1..={most}"),
            ));
        }
        let mut name = place.as_os_str().to_owned();
        name.push(".unfinished");
        let unfinished = PathBuf::from(name);
        let arguments = arguments(ffmpeg.codec, (width, height), rate, &unfinished);
        let mut child = program::start(&ffmpeg.program, arguments)
            .map_err(|error| unavailable(&ffmpeg.program, &error))?;
        let (frames, waiting) = mpsc::sync_channel::<Vec<u8>>(1);
        let (done, taken) = mpsc::sync_channel(1);
        let stdin = child.stdin.take();
        std::thread::spawn(move || {
            let Some(mut stdin) = stdin else { return };
            for frame in waiting {
                let written = stdin.write_all(&frame).is_ok();
                if done.send(written).is_err() || !written {
                    break;
                }
            }
        });
        // It writes nothing there, and must not wait for a reader.
        drop(child.stdout.take());
        let complaints = child.stderr.take().map(program::complaints);
        Ok(Self {
            program: ffmpeg.program.clone(),
            child,
            frames: Some(frames),
            taken,
            complaints,
            place: place.to_owned(),
            unfinished,
            size: (width, height),
            count: 0,
            limit: ffmpeg.time_limit,
            ended: false,
        })
    }

    /// Adds a frame.
    ///
    /// # Errors
    /// [`VisionError::FrameSize`] for a frame of another size; those of ffmpeg, after which the video is
    /// lost.
    pub fn push(&mut self, frame: &Pixels) -> Result<(), VisionError> {
        let found = (frame.width(), frame.height());
        if found != self.size {
            return Err(VisionError::FrameSize { found, wanted: self.size });
        }
        let bytes = frame.data().as_flattened().to_vec();
        let sent = self.frames.as_ref().is_some_and(|frames| frames.send(bytes).is_ok());
        let taken = if sent { self.taken.recv_timeout(self.limit) } else { Ok(false) };
        match taken {
            Ok(true) => {
                self.count += 1;
                Ok(())
            }
            Err(mpsc::RecvTimeoutError::Timeout) => Err(self.abandon(Some(Stop::Time))),
            Ok(false) | Err(mpsc::RecvTimeoutError::Disconnected) => Err(self.abandon(None)),
        }
    }

    /// Adds a frame.
    ///
    /// # Errors
    /// [`VisionError`] for a picture that cannot be decoded, and as [`Self::push`].
    pub fn push_png(&mut self, frame: &Png) -> Result<(), VisionError> {
        self.push(&decode(frame)?)
    }

    /// Frames taken so far.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Ends the video, which is then at its place.
    ///
    /// # Errors
    /// [`VisionError::FfmpegFailed`] when there was no frame or the file cannot be written, and the
    /// others of ffmpeg.
    pub fn finish(mut self) -> Result<(), VisionError> {
        if self.count == 0 {
            self.discard();
            return Err(failed(&self.program, "a video needs at least one frame"));
        }
        self.frames = None;
        let deadline = Instant::now() + self.limit;
        let said = match program::receive(self.complaints.take(), deadline) {
            Ok(said) => said,
            Err(stop) => return Err(self.abandon(Some(stop))),
        };
        let status = program::end(&mut self.child, false)
            .map_err(|error| unavailable(&self.program, &error))?;
        self.ended = true;
        let moved = if status.success() {
            std::fs::rename(&self.unfinished, &self.place).map_err(|error| error.to_string())
        } else {
            Err(complaint(&said))
        };
        moved.map_err(|reason| {
            // It may never have come to be.
            let _ = std::fs::remove_file(&self.unfinished);
            failed(&self.program, &reason)
        })
    }

    /// Ends the program, removes what there is, and tells why.
    fn abandon(&mut self, stop: Option<Stop>) -> VisionError {
        self.discard();
        match stop {
            Some(stop) => stopped(&self.program, self.limit, stop),
            None => {
                let deadline = Instant::now() + Duration::from_secs(5);
                let said = program::receive(self.complaints.take(), deadline).unwrap_or_default();
                failed(&self.program, &format!("it took no more frames: {}", complaint(&said)))
            }
        }
    }

    fn discard(&mut self) {
        self.frames = None;
        if !self.ended {
            self.ended = true;
            // Neither can be helped when it fails, and both are only tidying.
            let _ = program::end(&mut self.child, true);
            let _ = std::fs::remove_file(&self.unfinished);
        }
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        self.discard();
    }
}

fn arguments(
    codec: VideoCodec,
    (width, height): (u32, u32),
    rate: u32,
    file: &Path,
) -> Vec<OsString> {
    let (size, rate) = (format!("{width}x{height}"), (rate.to_string(), (2 * rate).to_string()));
    let filter = "pad=w='ceil(iw/2)*2':h='ceil(ih/2)*2':color=white,\
                  scale=out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_int+bitexact,\
                  format=yuv420p";
    let mut words = vec!["-nostdin", "-hide_banner", "-v", "error", "-y", "-filter_threads", "1"];
    words.extend(["-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", &size]);
    words.extend(["-framerate", &rate.0, "-i", "pipe:0", "-map", "0:v:0", "-vf", filter]);
    words.extend(["-c:v", codec.encoder()]);
    words.extend(match codec {
        VideoCodec::H264 => {
            ["-preset", "veryfast", "-crf", "20", "-sc_threshold", "0", "-profile:v", "high"]
                .as_slice()
        }
        VideoCodec::Vp9 => {
            ["-crf", "30", "-b:v", "0", "-deadline", "good", "-cpu-used", "5"].as_slice()
        }
        VideoCodec::Mpeg4 => ["-q:v", "3", "-sc_threshold", "0"].as_slice(),
    });
    words.extend(["-g", &rate.1, "-keyint_min", &rate.1, "-threads", "1"]);
    words.extend(["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"]);
    words.extend(["-color_range", "tv", "-map_metadata", "-1", "-fflags", "+bitexact"]);
    words.extend(["-flags:v", "+bitexact", "-movflags", "+faststart", "-f", "mp4"]);
    let mut arguments: Vec<OsString> = words.into_iter().map(Into::into).collect();
    arguments.push(file_address(file));
    arguments
}
