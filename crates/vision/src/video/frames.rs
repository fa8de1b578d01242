//! Still pictures from a video at even times.

use std::ffi::OsString;
use std::io::{BufReader, Read};
use std::path::Path;
use std::process::ChildStdout;
use std::sync::mpsc;
use std::time::Instant;

use pageloom_schema::Png;

use super::probe::{Probed, guarded_input, probe};
use super::{Ffmpeg, bad_video, complaints, stopped, unavailable};
use crate::error::VisionError;
use crate::pixels::Pixels;
use crate::program::{self, Stop};

/// Which frames of a video are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FramePlan {
    /// The most frames, at least 1. A video with more seconds than that gives this many, evenly
    /// spaced over the whole of it, the first and the last second included.
    pub most: u32,
    /// The longest side in pixels; larger frames are shrunk, smaller ones stay.
    pub longest_side: Option<u32>,
}

impl Default for FramePlan {
    /// One frame a second, at most 64, in their own size: what IWR-Bench gives a model.
    fn default() -> Self {
        Self { most: 64, longest_side: None }
    }
}

impl FramePlan {
    /// The seconds whose frames are wanted, of a video that has `seconds` of them: 0 is the first
    /// frame, `n` what is shown `n` seconds later.
    fn moments(self, seconds: u32) -> Vec<u32> {
        let most = self.most.max(1);
        if seconds <= most {
            return (0..seconds).collect();
        }
        if most == 1 {
            return vec![0];
        }
        let (last, gaps) = (u64::from(seconds - 1), u64::from(most - 1));
        // Rounded to the nearest, in whole numbers.
        (0..=gaps).map(|n| ((2 * n * last + gaps) / (2 * gaps)) as u32).collect()
    }
}

impl Ffmpeg {
    /// The frames of a video in order, as PNG: what is shown at 0, 1, 2, … seconds, or as many
    /// evenly spaced ones as the plan allows. A frame is decoded once, and one frame at a time is
    /// held in memory before it is a PNG.
    ///
    /// # Errors
    /// [`VisionError::BadVideo`] for what is not a whole MP4 or WebM with pictures,
    /// [`VisionError::VideoTooLong`], [`VisionError::BadSize`] for frames outside the limits of
    /// [`Pixels`], and those of ffmpeg itself.
    pub fn frames(&self, video: &Path, plan: FramePlan) -> Result<Vec<Png>, VisionError> {
        let probed = probe(self, video)?;
        // The last second begins before the last picture ends. A thousandth is rounding.
        let seconds = ((probed.seconds - 0.001).ceil() as u32).max(1);
        let moments = plan.moments(seconds);
        let frames = self.decode(video, &probed, &moments, plan.longest_side)?;
        // A picture shown for less than the rounding may be left out at the very end.
        if frames.is_empty() || frames.len() + 1 < moments.len() {
            let (found, wanted) = (frames.len(), moments.len());
            return Err(bad_video(video, format!("only {found} of {wanted} frames are in it")));
        }
        Ok(frames)
    }

    fn decode(
        &self,
        video: &Path,
        probed: &Probed,
        moments: &[u32],
        longest_side: Option<u32>,
    ) -> Result<Vec<Png>, VisionError> {
        let deadline = Instant::now() + self.time_limit;
        let mut arguments: Vec<OsString> = ["-nostdin", "-threads", "1"].map(Into::into).into();
        arguments.extend(guarded_input(probed.demuxer, video));
        let filter = filter(moments, longest_side);
        let count = moments.len().to_string();
        for word in
            ["-map", "0:v:0", "-an", "-sn", "-dn", "-vf", &filter, "-fps_mode", "passthrough"]
        {
            arguments.push(word.into());
        }
        for word in
            ["-frames:v", &count, "-threads", "1", "-c:v", "ppm", "-f", "image2pipe", "pipe:1"]
        {
            arguments.push(word.into());
        }
        let mut child = program::start(&self.program, &arguments)
            .map_err(|error| unavailable(&self.program, &error))?;
        drop(child.stdin.take());
        let heard = child.stderr.take().map(program::complaints);
        let frames = match child.stdout.take() {
            Some(stdout) => collect(stdout, moments.len(), deadline),
            None => Ok(Vec::new()),
        };
        let said = match &frames {
            Ok(_) => program::receive(heard, deadline),
            Err(_) => Ok(Vec::new()),
        };
        let status = program::end(&mut child, frames.is_err() || said.is_err())
            .map_err(|error| unavailable(&self.program, &error))?;
        let timed_out = |stop: Stop| stopped(&self.program, self.time_limit, stop);
        let frames = frames.map_err(|failure| match failure {
            Failure::Time => timed_out(Stop::Time),
            Failure::Picture(error) => error,
            Failure::Stream => bad_video(video, "its frames cannot be read"),
        })?;
        let said = complaints(&said.map_err(timed_out)?);
        if let Some(damage) = said.iter().find(|line| tells_damage(line)) {
            return Err(bad_video(video, damage.as_str()));
        }
        if !status.success() {
            return Err(bad_video(
                video,
                said.first().map_or("it cannot be decoded", String::as_str),
            ));
        }
        Ok(frames)
    }
}

/// Whether a complaint means that pictures are lost or wrong. ffmpeg goes on after such, and also
/// complains of what recorders do every day and nobody sees.
fn tells_damage(line: &str) -> bool {
    let demuxer =
        line.starts_with("mov") || line.starts_with("matroska") || line.starts_with("file:");
    let wrong = ["conceal", "corrupt", "Error", "Invalid"].iter().any(|word| line.contains(word));
    demuxer || wrong
}

/// One frame a second, of these the wanted ones, then their size.
fn filter(moments: &[u32], longest_side: Option<u32>) -> String {
    // Rounding up gives frame n what is shown at n seconds, and not what will be.
    let mut filter = "fps=fps=1:start_time=0:round=up".to_owned();
    if moments.iter().zip(0..).any(|(moment, n)| *moment != n) {
        let terms: Vec<String> = moments.iter().map(|moment| format!("eq(n,{moment})")).collect();
        filter += &format!(",select='{}'", terms.join("+"));
    }
    if let Some(side) = longest_side {
        let side = side.max(1);
        let fit = |own: &str| format!("'max(1,round({own}*min(1,{side}/max(iw,ih))))'");
        filter += &format!(
            ",scale=w={}:h={}:flags=area+accurate_rnd+full_chroma_int",
            fit("iw"),
            fit("ih")
        );
    } else {
        filter += ",scale=flags=bicubic+accurate_rnd+full_chroma_int";
    }
    filter
}

/// Why frames could not be taken from the stream.
enum Failure {
    Time,
    Stream,
    Picture(VisionError),
}

/// Reads frames on a thread and makes them PNG here, so that a stalled program is noticed.
fn collect(stdout: ChildStdout, most: usize, deadline: Instant) -> Result<Vec<Png>, Failure> {
    let (sender, receiver) = mpsc::sync_channel(1);
    std::thread::spawn(move || {
        let mut stream = BufReader::new(stdout);
        for _ in 0..most {
            let frame = read_frame(&mut stream).transpose();
            let Some(frame) = frame else { break };
            let last = frame.is_err();
            if sender.send(frame).is_err() || last {
                break;
            }
        }
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    });
    let mut frames = Vec::with_capacity(most);
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match receiver.recv_timeout(left) {
            Ok(frame) => frames.push(frame?.encode().map_err(Failure::Picture)?),
            Err(mpsc::RecvTimeoutError::Timeout) => return Err(Failure::Time),
            Err(mpsc::RecvTimeoutError::Disconnected) => return Ok(frames),
        }
    }
}

/// The next picture of a stream of portable pixmaps; `None` at its end. The format says each
/// picture's size, which a frame that is turned or that changes in the middle makes worth having.
fn read_frame(stream: &mut impl Read) -> Result<Option<Pixels>, Failure> {
    let broken = |_| Failure::Stream;
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    while words.len() < 4 {
        let mut byte = [0];
        if stream.read(&mut byte).map_err(broken)? == 0 {
            let nothing = words.is_empty() && word.is_empty();
            return if nothing { Ok(None) } else { Err(Failure::Stream) };
        }
        match byte[0] {
            b' ' | b'\n' => words.push(std::mem::take(&mut word)),
            sign => word.push(char::from(sign)),
        }
        if word.len() > 10 {
            return Err(Failure::Stream);
        }
    }
    let number = |n: usize| words[n].parse::<u32>().map_err(|_| Failure::Stream);
    let (width, height) = (number(1)?, number(2)?);
    if words[0] != "P6" || words[3] != "255" {
        return Err(Failure::Stream);
    }
    Pixels::check_size(width, height).map_err(Failure::Picture)?;
    let mut bytes = vec![0; width as usize * height as usize * 3];
    stream.read_exact(&mut bytes).map_err(broken)?;
    let data = bytes.as_chunks::<3>().0.to_vec();
    Pixels::from_data(width, height, data).map(Some).map_err(Failure::Picture)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_video_gives_every_second_and_a_long_one_its_first_and_last() {
        let plan = FramePlan::default();
        assert_eq!(plan.moments(3), [0, 1, 2]);
        assert_eq!(plan.moments(64).len(), 64);
        let moments = plan.moments(600);
        assert_eq!((moments.len(), moments[0], moments[63]), (64, 0, 599));
        let gaps: Vec<u32> = moments.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(gaps.iter().all(|gap| (9..=10).contains(gap)), "{gaps:?}");
        assert_eq!(FramePlan { most: 1, ..plan }.moments(9), [0]);
        assert_eq!(FramePlan { most: 0, ..plan }.moments(9), [0]);
        assert_eq!(FramePlan { most: 2, ..plan }.moments(9), [0, 8]);
    }

    #[test]
    fn a_stream_of_pictures_is_read_and_a_broken_one_refused() {
        let mut stream = b"P6\n2 1\n255\nabcdefP6\n1 1\n255\nxyz".as_slice();
        let first = read_frame(&mut stream).ok().flatten().unwrap();
        assert_eq!(first.data(), [*b"abc", *b"def"]);
        assert_eq!(read_frame(&mut stream).ok().flatten().unwrap().data(), [*b"xyz"]);
        assert!(matches!(read_frame(&mut stream), Ok(None)));
        for broken in
            ["P6\n2 1\n255\nabc", "P5\n1 1\n255\nabc", "P6\n99999999999", "P6\n0 1\n255\n"]
        {
            assert!(read_frame(&mut broken.as_bytes()).is_err(), "{broken}");
        }
    }
}
