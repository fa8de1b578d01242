//! What can go wrong between us and the browser.

use pageloom_schema::{Fault, PageFault, SystemFaultKind};

/// An error of the browser crate.
#[derive(Clone, Debug, thiserror::Error)]
pub enum BrowserError {
    /// No Chromium was found.
    #[error(
        "no browser found: looked for {looked_for}\nhint: run scripts/install-deps.sh, or set PAGELOOM_BROWSER to a Chromium headless shell"
    )]
    NotFound {
        /// The names and paths that were tried.
        looked_for: String,
    },
    /// There is no screen to show a window on.
    #[error(
        "no display: {0}\nhint: start it in a graphical session, or write a script by hand, such as those in suites/interactive/scripts"
    )]
    NoDisplay(String),
    /// Only browsers without windows are installed.
    #[error(
        "no browser that can show a window: looked for {looked_for}; a headless shell has none\nhint: install a full Chromium (`apt-get install chromium`), or set PAGELOOM_BROWSER to one"
    )]
    NoWindow {
        /// The names that were tried.
        looked_for: String,
    },
    /// The browser cannot be confined on this machine, and running it unconfined was not allowed.
    #[error(
        "the browser cannot be confined: {0}\nhint: install bubblewrap (scripts/install-deps.sh), or run as an ordinary user"
    )]
    NoIsolation(String),
    /// The browser did not start.
    #[error("`{program}` did not start: {reason}")]
    Start {
        /// The program.
        program: String,
        /// What it said or did instead.
        reason: String,
    },
    /// The browser died or closed its pipe.
    #[error("the browser is gone")]
    Lost,
    /// The browser did not answer in time.
    #[error("the browser did not answer `{method}` in time")]
    Silent {
        /// The command that went unanswered.
        method: String,
    },
    /// The browser answered a command with an error.
    #[error("the browser refused `{method}`: {message}")]
    Refused {
        /// The command.
        method: String,
        /// The browser's words.
        message: String,
    },
    /// The browser answered with something that does not fit its protocol.
    #[error("the browser's answer to `{method}` does not fit: {message}")]
    Protocol {
        /// The command.
        method: String,
        /// What does not fit.
        message: String,
    },
    /// The page did something that ended its render.
    #[error("{0}")]
    Page(PageFault),
}

impl BrowserError {
    /// The fault this is, for the run log.
    #[must_use]
    pub fn into_fault(self) -> Fault {
        let kind = match &self {
            Self::Page(_) => None,
            Self::NotFound { .. }
            | Self::NoDisplay(_)
            | Self::NoWindow { .. }
            | Self::NoIsolation(_)
            | Self::Start { .. } => Some(SystemFaultKind::BrowserStart),
            Self::Lost | Self::Silent { .. } => Some(SystemFaultKind::BrowserLost),
            Self::Refused { .. } | Self::Protocol { .. } => Some(SystemFaultKind::BrowserProtocol),
        };
        match (self, kind) {
            (Self::Page(fault), _) => Fault::Page(fault),
            (other, kind) => {
                Fault::system(kind.unwrap_or(SystemFaultKind::BrowserProtocol), other.to_string())
            }
        }
    }
}
