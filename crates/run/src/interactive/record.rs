//! A script played on a page, and everything of it written down as a task: the video, the page after
//! each step, its assets under names that say nothing, and what was done.
//!
//! Frames come from the page's own clock at a constant rate, so that the same script gives the same
//! task. A script whose actions cannot be done, or whose checks do not hold on its own page, is at
//! fault: nothing is written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use pageloom_browser::{Frame, InteractionPolicy, Pool};
use pageloom_schema::{
    Fault, Millis, Png, RenderPolicy, Rgba, Site, SitePath, StepOutcome, Viewport,
};
use pageloom_vision::{Encoder, Ffmpeg, Pixels, VisionError, decode, draw_pointer};

use super::locate::Grounder;
use super::replay::{FrameSink, Plan, Replayed, replay};
use super::script::Script;
use super::sheets::{page_assets, stitched_sheets};
use super::task_folder::TaskFiles;
use super::task_writer::{RecordedTask, write_task};
use crate::asking::AskError;
use crate::error::RunError;
use crate::problems::Problems;
use crate::sample::blocking;

/// Frames that may wait for the encoder.
const FRAMES_AHEAD: usize = 4;
/// How long the last picture stays, in frames a second's worth.
const LAST_SECONDS: u32 = 1;
/// Kinds of assets that are shown on a sheet as the browser draws them.
const DRAWN_BY_THE_BROWSER: [&str; 6] = ["svg", "gif", "webp", "avif", "bmp", "ico"];
/// What to do about a script that does not hold on its own page.
const HINT: &str = "correct the script, or the page it is played on";

/// What a recording came to.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Recorded {
    /// The task.
    pub id: String,
    /// Its folder.
    pub folder: PathBuf,
    /// Actions.
    pub actions: usize,
    /// Steps with a checkpoint to be compared with.
    pub checkpoints: usize,
    /// Checks that held.
    pub checks: usize,
    /// Frames of the video.
    pub frames: u32,
    /// Assets.
    pub assets: usize,
}

/// Plays a script, which was read from `source`, and adds its task to a task file.
///
/// # Errors
/// [`RunError::BadFile`] when the script does not hold on its own page, [`RunError::Missing`] when the
/// video cannot be written, [`RunError::Storage`].
pub async fn record(
    pool: &Pool,
    ffmpeg: &Ffmpeg,
    (source, script): (&Path, &Script),
    file: &Path,
) -> Result<Recorded, RunError> {
    let site = Arc::new(script.site.clone());
    let assets = page_assets(&script.site, &script.uploads());
    let scratch = tempfile::tempdir().map_err(RunError::storage("create", file))?;
    let video = scratch.path().join("video.mp4");
    let film = Film::start(ffmpeg, &video, canvas(script), script.frame_rate)?;
    let policy = InteractionPolicy::default();
    // Under the names that the task has them by: a page may show the name of a file.
    let mut row = script.row.clone();
    assets.name_uploads(&mut row);
    let files = |name: &str| assets.files.get(&SitePath::new(name).ok()?).cloned();
    let plan = Plan {
        site: &site,
        viewport: script.viewport,
        policy: &policy,
        actions: &row.action_sequence,
        grounder: &Grounder::Auto,
        asker: None,
        compat: false,
        files: &files,
    };
    let period = Millis(1_000 / u64::from(script.frame_rate.max(1)));
    let played = replay(pool, &plan, Some((period, film.sink())), &mut |_, _| {}).await;
    let frames = film.finish().await?;
    let replayed = played.map_err(|error| match error {
        AskError::Run(error) => error,
        AskError::Fault(fault) => broken(source, &fault),
    })?;
    check(source, &replayed)?;
    for (step, action) in (1_u32..).zip(&mut row.action_sequence) {
        if action.visual_evaluation_flag {
            action.checkpoint_screenshot = Some(format!("checkpoints/step_{step}.png"));
        }
    }
    let sheets = draw_sheets(pool, &assets.files).await?;
    let task = RecordedTask {
        row,
        video: Some(video),
        assets: assets.files,
        sheets,
        checkpoints: repacked(replayed.pictures).await?,
        site: Some(script.site.clone()),
    };
    write_task(file, &task)?;
    let steps = &replayed.steps;
    let flagged = script.row.action_sequence.iter().filter(|a| a.visual_evaluation_flag).count();
    Ok(Recorded {
        id: task.row.id.clone(),
        folder: file.with_extension("").join(&task.row.id),
        actions: task.row.action_sequence.len(),
        checkpoints: 1 + flagged,
        checks: steps.iter().map(|step| step.checks.len()).sum(),
        frames,
        assets: task.assets.len(),
    })
}

/// The same pictures in as few bytes as can be: the browser writes them as fast as it can.
async fn repacked(pictures: BTreeMap<u32, Png>) -> Result<BTreeMap<u32, Png>, RunError> {
    let failed = |reason: String| {
        RunError::storage("write", Path::new("checkpoints"))(std::io::Error::other(reason))
    };
    let packed = blocking(move || {
        let small = |(step, png): (u32, Png)| Ok((step, decode(&png)?.encode_small()?));
        pictures.into_iter().map(small).collect::<Result<_, VisionError>>()
    });
    packed
        .await
        .map_err(|fault| failed(fault.to_string()))?
        .map_err(|error| failed(error.to_string()))
}

/// Every step has to be done on the script's own page, and every check to hold there.
fn check(source: &Path, replayed: &Replayed) -> Result<(), RunError> {
    let mut problems = Problems::of(source);
    for step in &replayed.steps {
        let field = format!("action[{}]", step.step);
        match &step.outcome {
            StepOutcome::Done => {}
            StepOutcome::Failed { detail, .. } => problems.add(&field, detail.clone()),
            StepOutcome::Faulty { fault } => problems.add(&field, fault.to_string()),
            StepOutcome::Unreached => break,
        }
        for outcome in step.checks.iter().filter(|outcome| !outcome.holds) {
            let what = if outcome.compiled { "assertion" } else { "check" };
            problems.add(&format!("{field}.{what}"), outcome.explanation.clone());
        }
    }
    problems.into_result(HINT)
}

fn broken(script: &Path, fault: &Fault) -> RunError {
    let mut problems = Problems::of(script);
    problems.add("site", fault.to_string());
    match problems.into_result(HINT) {
        Err(error) => error,
        Ok(()) => RunError::storage("read", script)(std::io::Error::other(fault.to_string())),
    }
}

/// The contact sheets of the assets: what is no picture of pixels is drawn by the browser first.
async fn draw_sheets(pool: &Pool, assets: &TaskFiles) -> Result<Vec<Png>, RunError> {
    let mut seen: BTreeMap<SitePath, Png> = BTreeMap::new();
    for (path, bytes) in assets {
        if DRAWN_BY_THE_BROWSER.contains(&path.extension().as_str())
            && let Some(png) = picture_of(pool, path, bytes).await
        {
            seen.insert(path.clone(), png);
        }
    }
    let assets = assets.clone();
    let sheets = blocking(move || {
        stitched_sheets(
            &assets,
            |path, _| seen.get(path).cloned(),
            |pictures| {
                let pictures: Vec<(&str, &Png)> =
                    pictures.iter().map(|(name, png)| (name.as_str(), png)).collect();
                pageloom_vision::contact_sheet(&pictures)
            },
        )
    })
    .await;
    let failed = |reason: String| {
        RunError::storage("write", Path::new("stitched_assets"))(std::io::Error::other(reason))
    };
    sheets
        .map_err(|fault| failed(fault.to_string()))?
        .map(|stitched| stitched.sheets)
        .map_err(|error: VisionError| failed(error.to_string()))
}

/// A picture of any kind as the browser shows it, at most a thumbnail's size.
async fn picture_of(pool: &Pool, path: &SitePath, bytes: &Arc<[u8]>) -> Option<Png> {
    let page = format!(
        "<!doctype html><body style=\"margin:0;display:grid;place-items:center;height:100vh\">\
         <img src=\"{path}\" style=\"max-width:100%;max-height:100vh\" alt=\"\">"
    );
    let entry = SitePath::new("index.html").ok()?;
    let files = [(entry.clone(), Arc::from(page.as_bytes())), (path.clone(), Arc::clone(bytes))];
    let site = Site::new(files.into_iter().collect(), entry).ok()?;
    let policy = RenderPolicy {
        dom: false,
        viewport_png: true,
        full_page_png: false,
        ..RenderPolicy::default()
    };
    let viewport = Viewport { width: 240, height: 180 };
    pool.render(&Arc::new(site), viewport, &policy).await.ok()?.viewport_png
}

/// Frames on their way into a video, on a thread of their own.
struct Film {
    sender: Option<SyncSender<Frame>>,
    outcome: Arc<Mutex<Option<Result<u32, VisionError>>>>,
    thread: std::thread::JoinHandle<()>,
}

impl Film {
    fn start(
        ffmpeg: &Ffmpeg,
        path: &Path,
        viewport: Viewport,
        frame_rate: u32,
    ) -> Result<Self, RunError> {
        let missing = |error: VisionError| RunError::Missing {
            what: "ffmpeg".to_owned(),
            hint: format!("run scripts/install-deps.sh; {error}"),
        };
        let mut encoder = Encoder::start(ffmpeg, path, viewport.width, viewport.height, frame_rate)
            .map_err(missing)?;
        let (sender, frames) = sync_channel::<Frame>(FRAMES_AHEAD);
        let outcome = Arc::new(Mutex::new(None));
        let kept = Arc::clone(&outcome);
        let thread = std::thread::spawn(move || {
            let mut write = || -> Result<u32, VisionError> {
                let (mut count, mut last) = (0, None);
                for frame in &frames {
                    let picture = with_pointer(&frame, viewport)?;
                    encoder.push(&picture)?;
                    count += 1;
                    last = Some(picture);
                }
                // The end is seen for a moment.
                if let Some(last) = last {
                    for _ in 0..LAST_SECONDS * frame_rate {
                        encoder.push(&last)?;
                        count += 1;
                    }
                }
                Ok(count)
            };
            let written = write().and_then(|count| encoder.finish().map(|()| count));
            *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(written);
        });
        Ok(Self { sender: Some(sender), outcome, thread })
    }

    fn sink(&self) -> FrameSink {
        let sender = self.sender.clone();
        // A thread that broke has said why; the frames are not missed then.
        Box::new(move |frame| drop(sender.as_ref().map(|sender| sender.send(frame))))
    }

    /// Ends the video and says how many frames it has.
    async fn finish(mut self) -> Result<u32, RunError> {
        self.sender = None;
        let Self { outcome, thread, .. } = self;
        let failed = |reason: String| {
            RunError::storage("write", Path::new("video.mp4"))(std::io::Error::other(reason))
        };
        let joined = blocking(move || thread.join().is_ok()).await;
        if !joined.map_err(|fault| failed(fault.to_string()))? {
            return Err(failed("the encoder's thread broke off".to_owned()));
        }
        let written = outcome.lock().unwrap_or_else(PoisonError::into_inner).take();
        match written {
            Some(Ok(frames)) => Ok(frames),
            Some(Err(error)) => Err(failed(error.to_string())),
            None => Err(failed("there is no video".to_owned())),
        }
    }
}

/// The smallest size that holds every window of a script.
fn canvas(script: &Script) -> Viewport {
    let actions = script.row.action_sequence.iter();
    let sizes = actions.filter_map(|action| action.parameters.viewport);
    sizes.fold(script.viewport, |all, one| Viewport {
        width: all.width.max(one.width),
        height: all.height.max(one.height),
    })
}

/// A frame with the pointer drawn where it was, on grey where the window is smaller than the video.
fn with_pointer(frame: &Frame, canvas: Viewport) -> Result<Pixels, VisionError> {
    let mut pixels = decode(&frame.png)?;
    if (pixels.width(), pixels.height()) != (canvas.width, canvas.height) {
        let grey = Rgba { r: 96, g: 96, b: 96, a: 255 };
        let mut padded = Pixels::filled(canvas.width, canvas.height, grey)?;
        padded.place(&pixels, 0, 0);
        pixels = padded;
    }
    if let Some((x, y)) = frame.pointer {
        draw_pointer(&mut pixels, x, y, frame.pressed);
    }
    Ok(pixels)
}
