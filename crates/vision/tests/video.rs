//! Videos that are made here and read back, and hostile ones. Without ffmpeg the tests say so and
//! pass.

#![expect(clippy::print_stderr, reason = "a skipped test says why")]
#![expect(clippy::unwrap_used, reason = "a video made here that fails to build is a failed test")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use pageloom_schema::Rgba;
use pageloom_vision::{Encoder, Ffmpeg, FramePlan, Pixels, VideoCodec, VisionError, decode};

fn ffmpeg() -> Option<Ffmpeg> {
    let found = Ffmpeg::find();
    if found.is_none() {
        eprintln!("skipped: no ffmpeg on this machine");
    }
    found
}

/// A frame of one grey level for each second, with a moving bar.
fn frame(width: u32, height: u32, second: u32, bar: u32) -> Pixels {
    let level = 20 + (second * 37 % 200) as u8;
    let color = Rgba { r: level, g: level, b: level, a: 255 };
    let mut pixels = Pixels::filled(width, height, color).unwrap();
    for y in 0..height / 4 {
        pixels.set(bar % width, y, [255, 255, 255]);
    }
    pixels
}

/// Writes a video of whole seconds at four frames a second.
fn write(ffmpeg: &Ffmpeg, place: &Path, (width, height): (u32, u32), seconds: u32) {
    let mut encoder = Encoder::start(ffmpeg, place, width, height, 4).unwrap();
    for n in 0..4 * seconds {
        encoder.push(&frame(width, height, n / 4, n)).unwrap();
    }
    assert_eq!(encoder.count(), u64::from(4 * seconds));
    encoder.finish().unwrap();
}

/// Grey levels at the middle of the lower part of each frame.
fn levels(ffmpeg: &Ffmpeg, video: &Path, plan: FramePlan) -> Vec<u8> {
    let frames = ffmpeg.frames(video, plan).unwrap();
    let level = |frame: &Pixels| frame.at(frame.width() / 2, frame.height() * 3 / 4)[1];
    frames.iter().map(|frame| level(&decode(frame).unwrap())).collect()
}

fn expected(seconds: impl IntoIterator<Item = u32>) -> Vec<u8> {
    seconds.into_iter().map(|second| 20 + (second * 37 % 200) as u8).collect()
}

fn assert_close(found: &[u8], wanted: &[u8]) {
    let close = found.len() == wanted.len()
        && found.iter().zip(wanted).all(|(found, wanted)| found.abs_diff(*wanted) <= 3);
    assert!(close, "found {found:?}, wanted {wanted:?}");
}

#[test]
fn a_video_made_of_frames_gives_the_frames_of_its_seconds_back() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    let video = folder.path().join("a: odd name.mp4");
    write(&ffmpeg, &video, (161, 91), 5);
    assert_close(&levels(&ffmpeg, &video, FramePlan::default()), &expected(0..5));
    let first = &ffmpeg.frames(&video, FramePlan::default()).unwrap()[0];
    let first = decode(first).unwrap();
    assert_eq!((first.width(), first.height()), (162, 92));
    assert!(first.at(161, 40).iter().all(|value| *value > 200), "{:?}", first.at(161, 40));
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(names.len(), 1, "something unfinished was left");
}

#[test]
fn a_long_video_gives_evenly_spaced_frames_and_large_ones_are_shrunk() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    let video = folder.path().join("long.mp4");
    write(&ffmpeg, &video, (96, 64), 90);
    let all = levels(&ffmpeg, &video, FramePlan::default());
    let moments = (0..64_u32).map(|n| (2 * n * 89 + 63) / 126);
    assert_close(&all, &expected(moments));
    let few = FramePlan { most: 4, longest_side: Some(48) };
    assert_close(&levels(&ffmpeg, &video, few), &expected([0, 30, 59, 89]));
    let frames = ffmpeg.frames(&video, few).unwrap();
    let shrunk = decode(&frames[0]).unwrap();
    assert_eq!((shrunk.width(), shrunk.height()), (48, 32));
    let kept = FramePlan { most: 1, longest_side: Some(4_000) };
    assert_eq!(decode(&ffmpeg.frames(&video, kept).unwrap()[0]).unwrap().width(), 96);
}

#[test]
fn the_same_frames_give_the_same_bytes() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    let [one, other] = ["one.mp4", "other.mp4"].map(|name| folder.path().join(name));
    write(&ffmpeg, &one, (128, 96), 3);
    write(&ffmpeg, &other, (128, 96), 3);
    let bytes = std::fs::read(&one).unwrap();
    assert_eq!(bytes, std::fs::read(&other).unwrap());
    let place = |name: &[u8]| bytes.windows(4).position(|window| window == name).unwrap();
    assert!(place(b"moov") < place(b"mdat"), "the index does not come first");
    if ffmpeg.codec() == VideoCodec::H264 {
        assert!(bytes.windows(4).any(|window| window == b"avc1"));
    }
}

#[test]
fn frames_of_another_size_are_refused_and_a_dropped_video_leaves_nothing() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    let video = folder.path().join("dropped.mp4");
    let mut encoder = Encoder::start(&ffmpeg, &video, 64, 48, 10).unwrap();
    encoder.push(&frame(64, 48, 0, 0)).unwrap();
    let refused = encoder.push(&frame(48, 64, 0, 0));
    assert!(matches!(refused, Err(VisionError::FrameSize { found: (48, 64), .. })), "{refused:?}");
    encoder.push(&frame(64, 48, 0, 1)).unwrap();
    drop(encoder);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    assert!(Encoder::start(&ffmpeg, &video, 64, 48, 0).is_err());
    assert!(Encoder::start(&ffmpeg, &video, 0, 48, 10).is_err());
    let empty = Encoder::start(&ffmpeg, &video, 64, 48, 10).unwrap().finish();
    assert!(matches!(empty, Err(VisionError::FfmpegFailed { .. })), "{empty:?}");
    let nowhere = Encoder::start(&ffmpeg, &folder.path().join("no/folder.mp4"), 64, 48, 10);
    let mut nowhere = nowhere.unwrap();
    let pushed = (0..200).try_for_each(|n| nowhere.push(&frame(64, 48, 0, n)));
    assert!(pushed.is_err() || nowhere.finish().is_err());
}

/// Runs the frames of a file and asserts that they are refused soon, with a typed error.
fn assert_refused(ffmpeg: &Ffmpeg, name: &str, bytes: &[u8]) -> VisionError {
    let folder = tempfile::tempdir().unwrap();
    let video = folder.path().join(name);
    std::fs::write(&video, bytes).unwrap();
    let started = Instant::now();
    let error = ffmpeg.frames(&video, FramePlan::default()).unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(20), "{name}: {:?}", started.elapsed());
    let typed = matches!(
        error,
        VisionError::BadVideo { .. }
            | VisionError::BadSize { .. }
            | VisionError::VideoTooLong { .. }
    );
    assert!(typed, "{name}: {error}");
    error
}

/// The bytes of a small valid video.
fn video_bytes(ffmpeg: &Ffmpeg) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let video = folder.path().join("whole.mp4");
    write(ffmpeg, &video, (128, 96), 6);
    std::fs::read(video).unwrap()
}

/// Replaces four bytes a number of bytes after each occurrence of a box's name.
fn patched(bytes: &[u8], name: &[u8; 4], offset: usize, value: [u8; 4]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let places: Vec<usize> =
        (0..bytes.len() - 4).filter(|&at| &bytes[at..at + 4] == name).collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at + offset..at + offset + 4].copy_from_slice(&value);
    }
    bytes
}

#[test]
fn what_is_no_video_is_refused_and_no_other_file_is_read() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let whole = video_bytes(&ffmpeg);
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret.mp4");
    std::fs::write(&secret, &whole).unwrap();
    let secret = secret.display();
    for (name, text) in [
        ("empty.mp4", String::new()),
        ("text.mp4", "hello".repeat(100)),
        ("list.m3u8", format!("#EXTM3U\n#EXTINF:5,\nfile://{secret}\n")),
        ("list.mp4", format!("#EXTM3U\n#EXTINF:5,\nhttp://127.0.0.1:9/a.ts\n{secret}\n")),
        ("concat.mp4", format!("ffconcat version 1.0\nfile '{secret}'\n")),
        ("vector.mp4", format!("<svg><image href=\"{secret}\"/></svg>")),
    ] {
        let error = assert_refused(&ffmpeg, name, text.as_bytes());
        assert!(error.to_string().contains("neither MP4 nor WebM"), "{name}: {error}");
    }
    // The first bytes of a video before a list of other files.
    let disguised = format!("\0\0\0\x18ftypmp42\0\0\0\0mp42mp42#EXTM3U\n#EXTINF:5,\n{secret}\n");
    assert_refused(&ffmpeg, "disguised.mp4", disguised.as_bytes());
    assert_refused(&ffmpeg, "disguised.webm", b"\x1a\x45\xdf\xa3\x84ffconcat version 1.0\n");
    let missing = ffmpeg.frames(Path::new("concat:a.mp4|b.mp4"), FramePlan::default());
    assert!(matches!(missing, Err(VisionError::BadVideo { .. })), "{missing:?}");
    let folder_itself = ffmpeg.frames(folder.path(), FramePlan::default());
    assert!(matches!(folder_itself, Err(VisionError::BadVideo { .. })), "{folder_itself:?}");
}

#[test]
fn damaged_videos_are_refused() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let whole = video_bytes(&ffmpeg);
    for share in [2, 40, 70, 95] {
        assert_refused(&ffmpeg, "truncated.mp4", &whole[..whole.len() * share / 100]);
    }
    let mut scrambled = whole.clone();
    let start = whole.windows(4).position(|window| window == b"mdat").unwrap() + 1_000;
    scrambled[start..].iter_mut().step_by(7).for_each(|byte| *byte ^= 0x5a);
    assert_refused(&ffmpeg, "scrambled.mp4", &scrambled);
}

#[test]
fn claims_out_of_the_limits_are_refused_before_a_frame_is_decoded() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let whole = video_bytes(&ffmpeg);
    // The sample table: version, count of entries, samples, then the length of each sample.
    let slow = patched(&whole, b"stts", 16, 40_000_000_u32.to_be_bytes());
    let error = assert_refused(&ffmpeg, "hours.mp4", &slow);
    assert!(matches!(error, VisionError::VideoTooLong { .. }), "{error}");
    // A header that says ten hours of a video that has six seconds is not believed.
    let folder = tempfile::tempdir().unwrap();
    let boasting = folder.path().join("boasting.mp4");
    let claim = 36_000_000_u32.to_be_bytes();
    std::fs::write(&boasting, patched(&whole, b"mvhd", 20, claim)).unwrap();
    assert_eq!(ffmpeg.frames(&boasting, FramePlan::default()).unwrap().len(), 6);
    if ffmpeg.codec() == VideoCodec::H264 {
        let [high, low] = 30_000_u16.to_be_bytes();
        let huge = patched(&whole, b"avc1", 28, [high, low, high, low]);
        // The stream itself says another size, which may be what ffmpeg takes.
        let started = Instant::now();
        let video = folder.path().join("huge.mp4");
        std::fs::write(&video, huge).unwrap();
        match ffmpeg.frames(&video, FramePlan::default()) {
            Ok(frames) => assert_eq!(decode(&frames[0]).unwrap().width(), 128),
            Err(error) => {
                let size = error.to_string().contains("30000x30000");
                assert!(size && started.elapsed() < Duration::from_secs(5), "{error}");
            }
        }
    }
}

/// Files that only ffmpeg itself can make, from its own test sources.
fn made_by_ffmpeg(
    ffmpeg: &Ffmpeg,
    folder: &Path,
    name: &str,
    arguments: &[&str],
) -> Option<PathBuf> {
    let place = folder.join(name);
    #[expect(clippy::disallowed_methods, reason = "the test makes its own hostile videos")]
    let made = std::process::Command::new(&ffmpeg.program)
        .args(["-v", "error", "-nostdin", "-y"])
        .args(arguments)
        .arg(&place)
        .output()
        .unwrap();
    if !made.status.success() {
        eprintln!("skipped: this ffmpeg cannot make {name}");
    }
    made.status.success().then_some(place)
}

#[test]
fn sound_alone_is_no_video_and_huge_frames_are_refused() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    let sound = ["-f", "lavfi", "-i", "sine=d=2", "-c:a", "aac"];
    if let Some(video) = made_by_ffmpeg(&ffmpeg, folder.path(), "sound.mp4", &sound) {
        let error = ffmpeg.frames(&video, FramePlan::default()).unwrap_err();
        assert!(error.to_string().contains("no pictures"), "{error}");
    }
    let huge =
        ["-f", "lavfi", "-i", "color=s=8192x8192:d=0.2:r=5", "-c:v", "mpeg4", "-threads", "1"];
    if let Some(video) = made_by_ffmpeg(&ffmpeg, folder.path(), "huge.mp4", &huge) {
        let error = ffmpeg.frames(&video, FramePlan::default()).unwrap_err();
        assert!(matches!(error, VisionError::BadSize { .. }), "{error}");
    }
    let web =
        ["-f", "lavfi", "-i", "testsrc=s=160x120:d=3:r=10", "-c:v", "libvpx", "-threads", "1"];
    if let Some(video) = made_by_ffmpeg(&ffmpeg, folder.path(), "page.webm", &web) {
        assert_eq!(ffmpeg.frames(&video, FramePlan::default()).unwrap().len(), 3);
    }
}

#[test]
fn a_video_that_takes_too_long_is_stopped() {
    let Some(mut ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    let video = folder.path().join("video.mp4");
    write(&ffmpeg, &video, (128, 96), 2);
    ffmpeg.time_limit = Duration::from_millis(1);
    let error = ffmpeg.frames(&video, FramePlan::default()).unwrap_err();
    assert!(matches!(error, VisionError::FfmpegTimeout { .. }), "{error}");
}

#[test]
fn a_missing_program_is_named() {
    let error = Ffmpeg::at(Path::new("no-such-ffmpeg-here")).unwrap_err();
    assert!(error.to_string().contains("no-such-ffmpeg-here"), "{error}");
}
