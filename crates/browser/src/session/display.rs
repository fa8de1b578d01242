//! The screen that a window is shown on, and what of it the confinement lets through: one socket, and
//! for X11 the file that says who may use it. Network, files and processes stay closed as for a browser
//! without a window.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::BrowserError;

/// Where Wayland's socket lies inside.
const RUNTIME_FOLDER: &str = "/tmp/run";
/// Where X11's sockets lie, inside and outside.
const X11_FOLDER: &str = "/tmp/.X11-unix";
/// Where the file with the right to use X11 lies inside.
const AUTHORITY: &str = "/tmp/.Xauthority";

/// A screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Display {
    /// X11.
    X11 {
        /// `DISPLAY`, such as `:0`.
        name: String,
        /// Its socket.
        socket: PathBuf,
        /// The file with the right to use it, where there is one.
        authority: Option<PathBuf>,
    },
    /// Wayland.
    Wayland {
        /// Its socket.
        socket: PathBuf,
    },
}

impl Display {
    /// The screen that the environment names; X11 before Wayland, since most sessions offer both.
    ///
    /// # Errors
    /// [`BrowserError::NoDisplay`] when there is none, or one of another machine.
    pub fn find(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, BrowserError> {
        let text = |name: &str| {
            variable(name)
                .and_then(|value| value.into_string().ok())
                .filter(|text| !text.is_empty())
        };
        let mut why = "neither DISPLAY nor WAYLAND_DISPLAY is set".to_owned();
        if let Some(name) = text("DISPLAY") {
            match x11_socket(&name) {
                Some(socket) if socket.exists() => {
                    let home = || Some(PathBuf::from(variable("HOME")?).join(".Xauthority"));
                    let authority = text("XAUTHORITY").map(PathBuf::from).or_else(home);
                    let authority = authority.filter(|path| path.is_file());
                    return Ok(Self::X11 { name, socket, authority });
                }
                Some(socket) => {
                    why = format!("DISPLAY is `{name}`, and there is no `{}`", socket.display());
                }
                None => why = format!("DISPLAY is `{name}`, which is not on this machine"),
            }
        }
        if let Some(name) = text("WAYLAND_DISPLAY") {
            // An absolute name stands for itself.
            let folder = text("XDG_RUNTIME_DIR").map(PathBuf::from).unwrap_or_default();
            let socket = folder.join(&name);
            if socket.is_absolute() && socket.exists() {
                return Ok(Self::Wayland { socket });
            }
            why = format!("WAYLAND_DISPLAY is `{name}`, and its socket is not there");
        }
        Err(BrowserError::NoDisplay(why))
    }

    /// The switches of a browser that shows its windows there.
    pub(super) fn switches(&self) -> [&'static str; 1] {
        match self {
            Self::X11 { .. } => ["--ozone-platform=x11"],
            Self::Wayland { .. } => ["--ozone-platform=wayland"],
        }
    }

    /// Lets the screen's socket, and nothing else, into a bubblewrap.
    pub(super) fn let_through(&self, bubblewrap: &mut Command) {
        match self {
            Self::X11 { name, socket, authority } => {
                bubblewrap.arg("--ro-bind").arg(socket).arg(socket);
                bubblewrap.args(["--setenv", "DISPLAY", name]);
                if let Some(authority) = authority {
                    bubblewrap.arg("--ro-bind").arg(authority).arg(AUTHORITY);
                    bubblewrap.args(["--setenv", "XAUTHORITY", AUTHORITY]);
                }
            }
            Self::Wayland { socket } => {
                let inside = Path::new(RUNTIME_FOLDER).join("wayland-0");
                bubblewrap.args(["--dir", RUNTIME_FOLDER]).arg("--ro-bind").arg(socket).arg(inside);
                bubblewrap.args(["--setenv", "XDG_RUNTIME_DIR", RUNTIME_FOLDER]);
                bubblewrap.args(["--setenv", "WAYLAND_DISPLAY", "wayland-0"]);
            }
        }
    }
}

/// The socket of a display of this machine; nothing for one that is reached over a network, which the
/// confinement has none of.
fn x11_socket(name: &str) -> Option<PathBuf> {
    let local = name.strip_prefix("unix").unwrap_or(name).strip_prefix(':')?;
    let number = local.split('.').next()?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| Path::new(X11_FOLDER).join(format!("X{number}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(variables: &[(&str, &str)]) -> Result<Display, BrowserError> {
        Display::find(|name| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn a_machine_without_a_screen_says_so() {
        for variables in [
            &[][..],
            &[("DISPLAY", "")],
            &[("DISPLAY", "host:0")],
            &[("DISPLAY", ":87654")],
            &[("WAYLAND_DISPLAY", "wayland-0")],
            &[("WAYLAND_DISPLAY", "wayland-0"), ("XDG_RUNTIME_DIR", "/nowhere")],
        ] {
            let error = find(variables).unwrap_err();
            assert!(error.to_string().starts_with("no display: "), "{error}");
        }
    }

    #[test]
    fn displays_of_this_machine_have_a_socket_and_others_none() {
        assert_eq!(x11_socket(":0").unwrap(), Path::new("/tmp/.X11-unix/X0"));
        assert_eq!(x11_socket("unix:12.3").unwrap(), Path::new("/tmp/.X11-unix/X12"));
        for name in ["localhost:10.0", ":", ":../../etc", "tcp/host:0"] {
            assert_eq!(x11_socket(name), None, "{name}");
        }
    }
}
