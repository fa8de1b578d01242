//! What can go wrong, and whose fault it is.
//!
//! A page fault is a result: it is scored. A system fault is ours: it is retried, and what stays
//! broken is `null`, never a number.

use serde::{Deserialize, Serialize};

/// Either the candidate's fault or ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "origin", rename_all = "snake_case")]
pub enum Fault {
    /// The candidate's fault.
    #[error("page fault: {0}")]
    Page(PageFault),
    /// Our fault, or the machine's.
    #[error("system fault: {0}")]
    System(SystemFault),
}

impl Fault {
    /// A page fault of `kind`.
    pub fn page(kind: PageFaultKind, detail: impl Into<String>) -> Self {
        Self::Page(PageFault { kind, detail: detail.into() })
    }

    /// A system fault of `kind`.
    pub fn system(kind: SystemFaultKind, detail: impl Into<String>) -> Self {
        Self::System(SystemFault { kind, detail: detail.into() })
    }

    /// The fault's kind as it is counted in a summary, such as `page/script_hang`.
    #[must_use]
    pub fn code(&self) -> String {
        match self {
            Self::Page(fault) => format!("page/{}", fault.kind.code()),
            Self::System(fault) => format!("system/{}", fault.kind.code()),
        }
    }
}

/// Something the candidate did that ended its render early.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{}: {detail}", kind.code())]
pub struct PageFault {
    /// What kind it is.
    pub kind: PageFaultKind,
    /// One line for people.
    pub detail: String,
}

/// The kinds of page fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageFaultKind {
    /// The model gave no answer for the task.
    NoAnswer,
    /// The model would not answer.
    Refused,
    /// The limit of tokens cut the answer off before there was a page in it.
    CutOff,
    /// The answer holds no HTML page.
    NotHtml,
    /// The answer cannot be taken as a project: it is cut off, leaves its folder, or is too large.
    BadAnswer,
    /// The project lacks what every build needs.
    NotCompliant,
    /// The project does not build.
    BuildFailed,
    /// The site has no page to open.
    NoEntry,
    /// The site is larger than the limit.
    TooLarge,
    /// A path of the site leaves its folder.
    PathEscape,
    /// A script kept the page busy past the deadline.
    ScriptHang,
    /// The page never became quiet before the deadline.
    NeverSettled,
    /// The page kept navigating.
    NavigationLoop,
    /// The page kept opening dialogs.
    DialogFlood,
    /// The page wrote or asked for more than a browser session takes.
    OutputFlood,
    /// The page took more memory than the limit.
    MemoryLimit,
    /// The page has more DOM nodes than the limit.
    DomTooLarge,
    /// The page's process crashed, on fresh sessions too, while a control page rendered.
    Crashed,
}

impl PageFaultKind {
    /// The kind's name in files.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NoAnswer => "no_answer",
            Self::Refused => "refused",
            Self::CutOff => "cut_off",
            Self::NotHtml => "not_html",
            Self::BadAnswer => "bad_answer",
            Self::NotCompliant => "not_compliant",
            Self::BuildFailed => "build_failed",
            Self::NoEntry => "no_entry",
            Self::TooLarge => "too_large",
            Self::PathEscape => "path_escape",
            Self::ScriptHang => "script_hang",
            Self::NeverSettled => "never_settled",
            Self::NavigationLoop => "navigation_loop",
            Self::DialogFlood => "dialog_flood",
            Self::OutputFlood => "output_flood",
            Self::MemoryLimit => "memory_limit",
            Self::DomTooLarge => "dom_too_large",
            Self::Crashed => "crashed",
        }
    }
}

/// Something on our side that kept a result from being made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{}: {detail}", kind.code())]
pub struct SystemFault {
    /// What kind it is.
    pub kind: SystemFaultKind,
    /// One line for people.
    pub detail: String,
}

/// The kinds of system fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SystemFaultKind {
    /// The browser could not be started.
    BrowserStart,
    /// The browser died or stopped answering.
    BrowserLost,
    /// The browser broke its protocol or answered with an error of its own.
    BrowserProtocol,
    /// A file could not be read or written.
    Storage,
    /// A helper program (OCR) failed.
    Helper,
    /// A builder, or the sandbox it runs in, failed.
    Builder,
    /// A dependency set could not be had.
    Packages,
    /// The reference of the task could not be rendered or read.
    Reference,
    /// The endpoint of the model did not answer.
    Endpoint,
    /// The judge did not answer, or not in a form that can be read.
    Judge,
    /// The run was stopped before this was done.
    Stopped,
}

impl SystemFaultKind {
    /// The kind's name in files.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::BrowserStart => "browser_start",
            Self::BrowserLost => "browser_lost",
            Self::BrowserProtocol => "browser_protocol",
            Self::Storage => "storage",
            Self::Helper => "helper",
            Self::Builder => "builder",
            Self::Packages => "packages",
            Self::Reference => "reference",
            Self::Endpoint => "endpoint",
            Self::Judge => "judge",
            Self::Stopped => "stopped",
        }
    }
}
