//! What is to be run, under which limits, and what came of it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How much a program may take. All limits hold for everything it starts, together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Time on the wall.
    pub wall: Duration,
    /// Memory, in MiB.
    pub memory_mib: u32,
    /// Processes and threads.
    pub processes: u32,
    /// The largest file it may write, in MiB.
    pub file_mib: u32,
    /// Bytes of its writable folder, in MiB. Looked at several times a second and at the end.
    pub folder_mib: u32,
    /// Files and folders in its writable folder.
    pub folder_files: u32,
    /// The size of its `/tmp`, in MiB.
    pub tmp_mib: u32,
    /// How much is kept of each of its two outputs, in KiB. Sixteen times as much ends it.
    pub output_kib: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            wall: Duration::from_secs(60),
            memory_mib: 1536,
            processes: 256,
            file_mib: 64,
            folder_mib: 256,
            folder_files: 20_000,
            tmp_mib: 256,
            output_kib: 256,
        }
    }
}

/// A limit that ended a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// It ran for too long.
    Time,
    /// It and what it started took too much memory.
    Memory,
    /// It started too many processes or threads. Without a control group that counts them, a program
    /// that is refused one more and gives up at once ends by itself instead.
    Processes,
    /// It wrote too much: to a file, into its folder, or to its outputs.
    Output,
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// By itself, with this exit status (128 + the signal's number where a signal ended it).
    Exit(i32),
    /// By a limit: it was killed with all it had started.
    Limit(Limit),
}

/// What came of a program that was run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub ending: Ending,
    /// The beginning of its output.
    pub stdout: Vec<u8>,
    /// The beginning of its error output.
    pub stderr: Vec<u8>,
    /// How long it ran, its start included.
    pub wall: Duration,
    /// The most memory that it took, in MiB, where the machine tells: with control groups this
    /// includes files the kernel keeps in memory for it.
    pub peak_memory_mib: Option<u64>,
}

impl Outcome {
    /// True when it ended by itself with status 0.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.ending == Ending::Exit(0)
    }
}

/// Something the program sees in its file system, beside the system's own programs and libraries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mount {
    /// A folder or file of the host, read-only.
    ReadOnly {
        /// Absolute path on the host.
        host: PathBuf,
        /// Absolute path inside.
        inside: PathBuf,
    },
    /// A folder of the host the program may write. Its owner changes when we are root.
    Writable {
        /// Absolute path on the host.
        host: PathBuf,
        /// Absolute path inside.
        inside: PathBuf,
    },
    /// An empty folder in memory, such as over a cache inside a read-only folder.
    Memory {
        /// Absolute path inside; in a read-only folder it must exist there.
        inside: PathBuf,
        /// Its size.
        mib: u32,
    },
}

/// One program to run.
#[derive(Clone, Debug)]
pub struct Job {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) environment: BTreeMap<String, OsString>,
    pub(crate) mounts: Vec<Mount>,
    pub(crate) folder: PathBuf,
    pub(crate) stdin: Vec<u8>,
    pub(crate) network: bool,
    pub(crate) limits: Limits,
}

impl Job {
    /// A job for `program`, an absolute path inside. It starts with no environment but `PATH`,
    /// `HOME`, `LANG` and `TZ`, in `/tmp`.
    #[must_use]
    pub fn new(program: impl Into<PathBuf>, limits: Limits) -> Self {
        let environment =
            [("HOME", "/tmp"), ("LANG", "C.UTF-8"), ("PATH", "/usr/bin:/bin"), ("TZ", "UTC")];
        Self {
            program: program.into(),
            arguments: Vec::new(),
            environment: environment.map(|(name, value)| (name.into(), value.into())).into(),
            mounts: Vec::new(),
            folder: PathBuf::from("/tmp"),
            stdin: Vec::new(),
            network: false,
            limits,
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<I>(mut self, arguments: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<OsString>,
    {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Sets a variable of its environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a mount. Later ones lie over earlier ones.
    #[must_use]
    pub fn mount(mut self, mount: Mount) -> Self {
        self.mounts.push(mount);
        self
    }

    /// Shows a folder or file of the host at `inside`, read-only.
    #[must_use]
    pub fn read_only(self, host: &Path, inside: impl Into<PathBuf>) -> Self {
        self.mount(Mount::ReadOnly { host: host.to_owned(), inside: inside.into() })
    }

    /// Lets it write a folder of the host, which it sees at `inside`.
    #[must_use]
    pub fn writable(self, host: &Path, inside: impl Into<PathBuf>) -> Self {
        self.mount(Mount::Writable { host: host.to_owned(), inside: inside.into() })
    }

    /// Gives it an empty folder in memory.
    #[must_use]
    pub fn memory_folder(self, inside: impl Into<PathBuf>, mib: u32) -> Self {
        self.mount(Mount::Memory { inside: inside.into(), mib })
    }

    /// The folder it starts in, as it sees it.
    #[must_use]
    pub fn in_folder(mut self, inside: impl Into<PathBuf>) -> Self {
        self.folder = inside.into();
        self
    }

    /// What it can read from its input; nothing otherwise.
    #[must_use]
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    /// Lets it use the host's network. For programs we trust with data we do not: an installer.
    #[must_use]
    pub fn with_network(mut self) -> Self {
        self.network = true;
        self
    }

    pub(crate) fn writable_folders(&self) -> impl Iterator<Item = &Path> {
        self.mounts.iter().filter_map(|mount| match mount {
            Mount::Writable { host, .. } => Some(host.as_path()),
            Mount::ReadOnly { .. } | Mount::Memory { .. } => None,
        })
    }
}
