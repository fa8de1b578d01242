//! One browser process: started confined, talked to over pipes, ended with its whole group.
#![expect(clippy::disallowed_methods, reason = "this crate starts the browser")]

use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use command_fds::{CommandFdExt, FdMapping};
use rustix::process::{Pid, Signal};
use serde::Deserialize;

use super::display::Display;
use super::frames::FrameSource;
use super::install::{Installation, Isolation};
use super::memory;
use super::orphans::{self, NoteGuard};
use crate::cdp::{Connection, NoParams};
use crate::error::BrowserError;

/// How often the memory of the page processes is looked at.
const MEMORY_INTERVAL: Duration = Duration::from_millis(150);

/// How long a browser may take to start on a machine that is busy.
const START_LIMIT: Duration = Duration::from_secs(60);

/// Settings that change pixels or let a page out; all fixed, so that they need no recording beside
/// the browser's version and ours.
const SWITCHES: &[&str] = &[
    "--remote-debugging-pipe",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--disable-domain-reliability",
    "--disable-field-trial-config",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--disable-hang-monitor",
    "--disable-ipc-flooding-protection",
    "--disable-prompt-on-repost",
    "--disable-client-side-phishing-detection",
    "--disable-gpu",
    "--disable-notifications",
    "--disable-speech-api",
    "--deny-permission-prompts",
    // A page looks the same to a program as to a person: `navigator.webdriver` is false.
    "--disable-blink-features=AutomationControlled",
    "--block-new-web-contents",
    "--mute-audio",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--force-device-scale-factor=1",
    "--font-render-hinting=none",
    "--disable-font-subpixel-positioning",
    "--disable-lcd-text",
    "--disable-checker-imaging",
    "--disable-partial-raster",
    "--disable-smooth-scrolling",
    "--disable-image-animation-resync",
    "--disable-threaded-animation",
    "--disable-new-content-rendering-timeout",
    "--disable-site-isolation-trials",
    // The last of these holds timers back after an input event, for as long as a clock on the wall says.
    "--disable-features=Translate,MediaRouter,OptimizationHints,IsolateOrigins,site-per-process,\
IsolateSandboxedIframes,BackForwardCache,PaintHolding,AcceptCHFrame,AutofillServerCommunication,\
WebRtcHideLocalIpsWithMdns,LazyFrameLoading,LazyImageLoading,DeferRendererTasksAfterInput",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--no-proxy-server",
    "--no-pings",
    "--lang=en-US",
    // Without its last optimiser, scripts of a page, which run for a fraction of a second, take less
    // time in all, and hostile ones have less to attack.
    "--js-flags=--max-old-space-size=768,--no-opt",
    "--log-level=3",
];

/// Switches for pages that nobody sees but in pictures.
const UNSEEN_SWITCHES: &[&str] =
    &["--headless", "--blink-settings=imageAnimationPolicy=2,mainFrameClipsContent=false"];

/// Switches for a window that a person uses: the browser opens it when it is told to, with no other
/// beside it and no bar in it that explains our switches.
const SHOWN_SWITCHES: &[&str] = &["--no-startup-window", "--test-type", "--noerrdialogs"];

/// Switches for pages that wait for the frames we give. With them, a page that does not gets none.
const GIVEN_FRAMES_SWITCHES: &[&str] =
    &["--enable-begin-frame-control", "--run-all-compositor-stages-before-draw"];

/// A running browser.
pub(crate) struct Browser {
    pub(crate) connection: Connection,
    group: Pid,
    /// Who gives its pages their frames.
    pub(crate) frames: FrameSource,
    /// Its pages are in windows that a person sees.
    pub(crate) is_shown: bool,
    /// Set once a command failed in a way only a broken browser fails.
    pub(crate) broken: AtomicBool,
    /// Page processes ended for their memory so far.
    pub(crate) memory_kills: Arc<AtomicU32>,
    watchdog: tokio::task::JoinHandle<()>,
    profile: Option<PathBuf>,
    _note: Option<NoteGuard>,
}

#[derive(Deserialize)]
struct VersionAnswer {
    product: String,
}

impl Browser {
    /// Starts a browser and waits until it answers.
    pub(crate) async fn launch(
        installation: &Installation,
        max_memory_mib: u32,
        frames: FrameSource,
    ) -> Result<Self, BrowserError> {
        Self::start(installation, max_memory_mib, frames, None).await
    }

    /// Starts a browser whose windows are on a display, and waits until it answers.
    pub(crate) async fn launch_on(
        installation: &Installation,
        max_memory_mib: u32,
        display: &Display,
    ) -> Result<Self, BrowserError> {
        Self::start(installation, max_memory_mib, FrameSource::Free, Some(display)).await
    }

    async fn start(
        installation: &Installation,
        max_memory_mib: u32,
        frames: FrameSource,
        display: Option<&Display>,
    ) -> Result<Self, BrowserError> {
        let failed = |reason: String| BrowserError::Start {
            program: installation.program.display().to_string(),
            reason,
        };
        let io = |error: std::io::Error| failed(error.to_string());
        let (their_commands, our_commands) = std::io::pipe().map_err(io)?;
        let (our_answers, their_answers) = std::io::pipe().map_err(io)?;
        let profile = match installation.isolation {
            Isolation::Bubblewrap(_) => None,
            Isolation::ChromiumOnly => Some(new_profile().map_err(io)?),
        };
        let mut command = confined(installation, profile.as_deref(), display);
        if frames == FrameSource::Given {
            command.args(GIVEN_FRAMES_SWITCHES);
        }
        match display {
            None => command.args(UNSEEN_SWITCHES).arg("about:blank"),
            Some(display) => command.args(SHOWN_SWITCHES).args(display.switches()),
        };
        command
            .fd_mappings(vec![
                FdMapping { parent_fd: OwnedFd::from(their_commands), child_fd: 3 },
                FdMapping { parent_fd: OwnedFd::from(their_answers), child_fd: 4 },
            ])
            .map_err(|error| failed(error.to_string()))?;
        let group = spawn(command).await.map_err(io)?;
        let connection = Connection::start(OwnedFd::from(our_commands), OwnedFd::from(our_answers))
            .map_err(io)?;
        let memory_kills = Arc::new(AtomicU32::new(0));
        let mut browser = Self {
            connection,
            group,
            frames: FrameSource::Free,
            is_shown: display.is_some(),
            broken: AtomicBool::new(false),
            watchdog: tokio::spawn(watch_memory(
                group.as_raw_nonzero().get(),
                u64::from(max_memory_mib),
                Arc::clone(&memory_kills),
            )),
            memory_kills,
            profile,
            _note: orphans::note(group.as_raw_nonzero().get()),
        };
        let answer =
            browser.connection.call::<_, VersionAnswer>(None, "Browser.getVersion", NoParams {});
        match tokio::time::timeout(START_LIMIT, answer).await {
            Ok(Ok(version)) => {
                if version.product.starts_with("HeadlessChrome/") {
                    browser.frames = frames;
                }
                Ok(browser)
            }
            Ok(Err(error)) => Err(failed(format!("it ended at its start ({error})"))),
            Err(_) => Err(failed("it stayed silent for a minute".to_owned())),
        }
    }

    /// True when the browser cannot take another page.
    pub(crate) fn is_lost(&self) -> bool {
        self.broken.load(Ordering::Relaxed) || self.connection.is_closed()
    }

    /// Memory of all its processes together that no other process shares, in MiB.
    pub(crate) fn memory_mib(&self) -> u64 {
        memory::tree(self.group.as_raw_nonzero().get()).iter().map(|p| p.own_mib).sum()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.watchdog.abort();
        // Everything below the group leader ends with it: bubblewrap's process namespace, or
        // Chromium's helpers when their pipes close.
        let _ = rustix::process::kill_process_group(self.group, Signal::KILL);
        if let Some(profile) = &self.profile {
            drop(std::fs::remove_dir_all(profile));
        }
    }
}

/// Ends what an earlier, killed Pageloom left running; returns how many browsers there were.
pub(crate) fn sweep_orphans() -> usize {
    orphans::sweep()
}

/// Spawns the browser from a thread that lives as long as the browser does: the kernel's
/// "die with your parent" is bound to the thread that spawned, not to the process. The thread also
/// collects the exit status, so no zombie stays.
async fn spawn(mut command: Command) -> std::io::Result<Pid> {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    std::thread::Builder::new().name("browser".into()).spawn(move || {
        let spawned = command.spawn();
        // Our copies of the child's pipe ends close here; only then does a dead child close them.
        drop(command);
        match spawned {
            Ok(mut child) => {
                drop(sender.send(Ok(child.id())));
                drop(child.wait());
            }
            Err(error) => drop(sender.send(Err(error))),
        }
    })?;
    let id = receiver.await.map_err(std::io::Error::other)??;
    i32::try_from(id)
        .ok()
        .and_then(Pid::from_raw)
        .ok_or_else(|| std::io::Error::other("the process number is out of range"))
}

fn new_profile() -> std::io::Result<PathBuf> {
    use std::os::unix::fs::DirBuilderExt;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("pageloom-{}-{number}", std::process::id()));
    std::fs::DirBuilder::new().mode(0o700).create(&path)?;
    Ok(path)
}

/// The command line: bubblewrap around the browser where there is one.
fn confined(
    installation: &Installation,
    profile: Option<&std::path::Path>,
    display: Option<&Display>,
) -> Command {
    use std::os::unix::process::CommandExt;
    let mut command = match &installation.isolation {
        Isolation::Bubblewrap(bwrap) => {
            let mut command = Command::new(bwrap);
            command.args(["--unshare-all", "--uid", "1000", "--gid", "1000"]);
            command.args(["--die-with-parent", "--new-session", "--clearenv"]);
            for (name, value) in
                [("HOME", "/tmp"), ("LANG", "C.UTF-8"), ("PATH", "/usr/bin:/bin"), ("TZ", "UTC")]
            {
                command.args(["--setenv", name, value]);
            }
            command.args(["--ro-bind", "/usr", "/usr"]);
            for path in [
                "/bin",
                "/lib",
                "/lib64",
                "/opt",
                "/etc/fonts",
                "/etc/ld.so.cache",
                "/etc/alternatives",
                "/etc/chromium.d",
                "/var/cache/fontconfig",
            ] {
                command.args(["--ro-bind-try", path, path]);
            }
            command.args(["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/dev/shm"]);
            command.args(["--tmpfs", "/tmp", "--chdir", "/tmp"]);
            if !installation.program.starts_with("/usr")
                && !installation.program.starts_with("/opt")
                && let Some(folder) = installation.program.parent()
            {
                command.arg("--ro-bind").arg(folder).arg(folder);
            }
            if let Some(display) = display {
                display.let_through(&mut command);
            }
            command.arg("--").arg(&installation.program).arg("--user-data-dir=/tmp/profile");
            command
        }
        Isolation::ChromiumOnly => {
            let mut command = Command::new(&installation.program);
            command.env("TZ", "UTC").env("LANG", "C.UTF-8");
            let profile = profile.map(|path| path.display().to_string()).unwrap_or_default();
            command.arg(format!("--user-data-dir={profile}"));
            command
        }
    };
    command.args(SWITCHES);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    command
}

/// Ends page processes that grow past the limit; the page learns of it as a crash. Looking is
/// periodic because no event tells of memory.
async fn watch_memory(root: i32, limit_mib: u64, kills: Arc<AtomicU32>) {
    let mut clock = tokio::time::interval(MEMORY_INTERVAL);
    clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        clock.tick().await;
        let found = tokio::task::spawn_blocking(move || memory::tree(root)).await;
        for process in found.unwrap_or_default() {
            if process.is_renderer
                && process.own_mib > limit_mib
                && let Some(pid) = Pid::from_raw(process.pid)
            {
                kills.fetch_add(1, Ordering::SeqCst);
                let _ = rustix::process::kill_process(pid, Signal::KILL);
            }
        }
    }
}
