//! What is installed: the browser, its version, and what it can be confined with.
#![expect(
    clippy::disallowed_methods,
    reason = "this crate starts the browser, and PATH is how programs are found"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

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

const PROGRAMS: [&str; 5] = [
    "/usr/lib/chromium/chromium-headless-shell",
    "chromium-headless-shell",
    "chrome-headless-shell",
    "chromium",
    "chromium-browser",
];

impl Installation {
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
    let output = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .map_err(|error| failed(error.to_string()))?;
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
