//! What this machine offers for confining a program, and the sandbox made of it.
#![expect(clippy::disallowed_methods, reason = "PATH is how programs are found")]

use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::cgroup::Hierarchy;
use crate::command;
use crate::error::SandboxError;
use crate::job::{Job, Limits};

/// Runs programs confined. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Sandbox {
    pub(crate) confinement: Confinement,
}

#[derive(Clone, Debug)]
pub(crate) enum Confinement {
    Bubblewrap(Bubblewrap),
    None,
}

/// Bubblewrap and what goes with it.
#[derive(Clone, Debug)]
pub(crate) struct Bubblewrap {
    pub(crate) program: PathBuf,
    /// Present when we are root and what is run must not be.
    pub(crate) unprivileged: Option<Unprivileged>,
    /// Sets limits on files and processes from the inside.
    pub(crate) prlimit: Option<PathBuf>,
    /// The kernel counts a user's processes for each namespace, so that a limit of ours does not
    /// count the user's other processes.
    pub(crate) counts_processes: bool,
    /// Bubblewrap can forbid further user namespaces.
    pub(crate) forbids_namespaces: bool,
    pub(crate) groups: Option<Hierarchy>,
}

/// The programs that make an unprivileged process of a root one.
#[derive(Clone, Debug)]
pub(crate) struct Unprivileged {
    pub(crate) unshare: PathBuf,
    pub(crate) setpriv: PathBuf,
}

/// Something that would confine programs better, and that this machine lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// What is not there.
    pub what: &'static str,
    /// What follows from that.
    pub consequence: &'static str,
    /// What to do about it.
    pub hint: &'static str,
}

impl Sandbox {
    /// Finds out how programs can be confined on this machine. Starts a few programs; takes some
    /// tens of milliseconds.
    ///
    /// # Errors
    /// [`SandboxError::Unavailable`] when they cannot be.
    pub fn find() -> Result<Self, SandboxError> {
        let unavailable = |reason: &str| SandboxError::Unavailable { reason: reason.to_owned() };
        let program = find_program("bwrap").ok_or_else(|| unavailable("no `bwrap` in `PATH`"))?;
        let root = rustix::process::geteuid().is_root();
        let unprivileged = root
            .then(|| Some((find_program("unshare")?, find_program("setpriv")?)))
            .flatten()
            .map(|(unshare, setpriv)| Unprivileged { unshare, setpriv });
        let base = Bubblewrap {
            program,
            unprivileged: None,
            prlimit: find_program("prlimit").filter(|path| path.starts_with("/usr")),
            counts_processes: kernel_counts_processes(),
            forbids_namespaces: false,
            groups: None,
        };
        let mut ways = Vec::new();
        for unprivileged in [unprivileged, None] {
            if unprivileged.is_none() && !ways.is_empty() && !root {
                break;
            }
            for forbids_namespaces in [true, false] {
                let unprivileged = unprivileged.clone();
                ways.push(Bubblewrap { unprivileged, forbids_namespaces, ..base.clone() });
            }
        }
        let found = ways.into_iter().find(works);
        let mut found = found.ok_or_else(|| {
            unavailable("`bwrap` is installed, but the kernel allows no user namespaces here")
        })?;
        found.groups = Hierarchy::find();
        Ok(Self { confinement: Confinement::Bubblewrap(found) })
    }

    /// A sandbox that confines nothing: programs run as this user, with its network and files, under
    /// limits that a hostile program can get around. Only for when a person asked for exactly that.
    #[must_use]
    pub fn none() -> Self {
        Self { confinement: Confinement::None }
    }

    /// True unless it was made by [`Sandbox::none`].
    #[must_use]
    pub fn confines(&self) -> bool {
        matches!(self.confinement, Confinement::Bubblewrap(_))
    }

    /// What this machine lacks, in the order of weight; nothing when all is there.
    #[must_use]
    pub fn missing(&self) -> Vec<Missing> {
        let Confinement::Bubblewrap(way) = &self.confinement else {
            return vec![Missing {
                what: "confinement",
                consequence: "programs that a model wrote run with this user's files and network",
                hint: "run without the flag that switches it off",
            }];
        };
        let mut missing = Vec::new();
        if rustix::process::geteuid().is_root() && way.unprivileged.is_none() {
            missing.push(Missing {
                what: "dropping root's rights",
                consequence: "confined programs count as root outside their namespaces",
                hint: "install `util-linux`, or run as an ordinary user",
            });
        }
        if way.groups.is_none() {
            missing.push(Missing {
                what: "a writable control group with the memory controller",
                consequence: "memory is watched ten times a second and not bounded by the kernel; \
                              memory that no process maps is not counted",
                hint: "run as root, or in a delegated cgroup v2 subtree",
            });
        } else if !way.groups.as_ref().is_some_and(Hierarchy::bounds_processes) {
            missing.push(Missing {
                what: "the control group of processes",
                consequence: "the number of processes is watched ten times a second",
                hint: "mount the `pids` controller",
            });
        }
        if way.prlimit.is_none() {
            missing.push(Missing {
                what: "`prlimit`",
                consequence: "one file may grow to the size of the whole folder's limit",
                hint: "install `util-linux`",
            });
        }
        if !way.forbids_namespaces {
            missing.push(Missing {
                what: "`bwrap --disable-userns`",
                consequence: "confined programs may make user namespaces of their own",
                hint: "install bubblewrap 0.8 or newer",
            });
        }
        missing
    }
}

/// Finds a program by name in `PATH`.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// Since 5.14 the kernel counts processes for each user in each namespace.
fn kernel_counts_processes() -> bool {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let mut numbers = release.split(['.', '-']).map_while(|part| part.trim().parse::<u32>().ok());
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= (5, 14)
}

fn works(way: &Bubblewrap) -> bool {
    let job = Job::new(Path::new("/usr/bin/env"), Limits::default()).arg("true");
    let Ok(mut command) = command::confined(way, &job, None, None) else { return false };
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
