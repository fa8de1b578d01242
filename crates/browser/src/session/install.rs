//! What is installed: the browser, its version, and what it can be confined with.
#![expect(
    clippy::disallowed_methods,
    reason = "this crate starts the browser, and PATH is how programs are found"
)]

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal};

use crate::error::BrowserError;

/// How the browser is kept from the machine, beside Chromium's own sandbox, which is always on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// bubblewrap: namespaces of its own for network, processes and users; a read-only system; an
    /// empty home; dies with us.
    Bubblewrap(PathBuf),
    /// Chromium's own sandbox alone. The network is closed by request interception only.
    ChromiumOnly,
}

/// A browser that can be started.
#[derive(Clone, Debug)]
pub struct Installation {
    /// The program.
    pub program: PathBuf,
    /// How it is confined.
    pub isolation: Isolation,
    /// Product and version as the program prints it, such as `Chromium 156.0.8078.79`.
    pub version: String,
}

/// How long a program may take to tell its version.
const VERSION_LIMIT: Duration = Duration::from_secs(10);

const PROGRAMS: [&str; 5] = [
    "/usr/lib/chromium/chromium-headless-shell",
    "chromium-headless-shell",
    "chrome-headless-shell",
    "chromium",
    "chromium-browser",
];

/// Those that can show a window.
const SHOWING: [&str; 4] =
    ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

impl Installation {
    /// Finds a browser that can show a window: the program named by the caller, unless it is a
    /// headless shell, else a full Chromium.
    ///
    /// # Errors
    /// [`BrowserError::NoWindow`] when there are none but headless shells; else as [`Self::find`].
    pub fn find_showing(named: Option<&Path>) -> Result<Self, BrowserError> {
        let is_shell = |path: &Path| {
            let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
            real.file_name().is_some_and(|name| name.to_string_lossy().contains("headless"))
        };
        let named = named.filter(|path| path.is_file() && !is_shell(path)).map(Path::to_owned);
        let installed = || {
            let found = SHOWING.iter().filter_map(|name| find_program(name));
            found.into_iter().find(|path| !is_shell(path))
        };
        let program = named
            .or_else(installed)
            .ok_or_else(|| BrowserError::NoWindow { looked_for: SHOWING.join(", ") })?;
        let version = version_of(&program)?;
        Ok(Self { isolation: find_isolation()?, program, version })
    }

    /// Finds the browser: the program named by the caller (`PAGELOOM_BROWSER`), else a headless
    /// shell, else Chromium. One binary gives one picture: the version belongs to every run.
    ///
    /// # Errors
    /// [`BrowserError::NotFound`], [`BrowserError::Start`] when it does not tell its version,
    /// [`BrowserError::NoIsolation`] when it cannot be confined and we are root.
    pub fn find(named: Option<&Path>) -> Result<Self, BrowserError> {
        let program = match named {
            Some(path) => path.is_file().then(|| path.to_owned()),
            None => PROGRAMS.iter().find_map(|name| find_program(name)),
        };
        let program = program.ok_or_else(|| BrowserError::NotFound {
            looked_for: named.map_or_else(|| PROGRAMS.join(", "), |p| format!("`{}`", p.display())),
        })?;
        let version = version_of(&program)?;
        Ok(Self { isolation: find_isolation()?, program, version })
    }
}

/// Finds a program by name in `PATH`, or by absolute path.
fn find_program(name: &str) -> Option<PathBuf> {
    if name.starts_with('/') {
        let path = PathBuf::from(name);
        return path.is_file().then_some(path);
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn version_of(program: &Path) -> Result<String, BrowserError> {
    let failed =
        |reason: String| BrowserError::Start { program: program.display().to_string(), reason };
    let child = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let (sender, receiver) = std::sync::mpsc::channel();
    let waiting = std::thread::spawn(move || drop(sender.send(child.wait_with_output())));
    let Ok(output) = receiver.recv_timeout(VERSION_LIMIT) else {
        // The program may be a script that has started others: the whole group ends.
        if let Some(group) = group {
            let _ = rustix::process::kill_process_group(group, Signal::KILL);
        }
        drop(waiting.join());
        return Err(failed("it does not tell its version in time".to_owned()));
    };
    let output = output.map_err(|error| failed(error.to_string()))?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.status.success() && text.contains('.') && text.len() < 200 {
        Ok(text)
    } else {
        Err(failed("it does not tell its version".to_owned()))
    }
}

fn find_isolation() -> Result<Isolation, BrowserError> {
    let why = match find_program("bwrap") {
        Some(bwrap) if bubblewrap_works(&bwrap) => return Ok(Isolation::Bubblewrap(bwrap)),
        Some(_) => "bubblewrap is installed, but the kernel allows no user namespaces here",
        None => "bubblewrap is not installed",
    };
    if rustix::process::geteuid().is_root() {
        Err(BrowserError::NoIsolation(format!("{why}, and Chromium's own sandbox refuses root")))
    } else {
        Ok(Isolation::ChromiumOnly)
    }
}

fn bubblewrap_works(bwrap: &Path) -> bool {
    Command::new(bwrap)
        .args(["--unshare-all", "--uid", "1000", "--gid", "1000"])
        .args(["--ro-bind", "/", "/", "--proc", "/proc", "--", "/bin/true"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::version_of;
    use crate::error::BrowserError;

    #[test]
    fn a_program_that_never_ends_is_ended_with_all_it_started() {
        let folder = std::env::temp_dir().join(format!("pageloom-silent-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let (program, pid) = (folder.join("browser"), folder.join("pid"));
        let script = format!("#!/bin/sh\nsleep 600 &\necho $! > {}\nwait\n", pid.display());
        std::fs::write(&program, script).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
        assert!(matches!(version_of(&program), Err(BrowserError::Start { .. })));
        let started = std::fs::read_to_string(&pid).unwrap();
        // A killed process goes when the machine gets to it: `tail` waits for that.
        let wait = format!("timeout 30 tail --pid={} -f /dev/null", started.trim());
        assert!(std::process::Command::new("sh").args(["-c", &wait]).status().unwrap().success());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
