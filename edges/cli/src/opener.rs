//! Shows a file to its user: the only place that starts a program of the desktop.
#![expect(
    clippy::disallowed_methods,
    reason = "opening a result is the desktop's business, and this asks it to; no shell, and the path is one argument"
)]

use std::path::Path;
use std::process::{Command, Stdio};

/// The desktop's program for it.
const OPENER: &str = "xdg-open";

/// Opens a file as the desktop would. False where there is no desktop, or nothing to open it with.
pub(crate) fn open(path: &Path) -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if !is_set("DISPLAY") && !is_set("WAYLAND_DISPLAY") {
        return false;
    }
    // An absolute path is never taken for an option.
    let Ok(path) = std::path::absolute(path) else { return false };
    let mut command = Command::new(OPENER);
    command.arg(path).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // It may live as long as the browser that it starts: nobody waits for it.
    command.spawn().is_ok()
}
