//! Control groups: where the kernel itself counts and bounds memory and processes.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::process::{Pid, Signal};

use crate::job::{Limit, Limits};

const ROOT: &str = "/sys/fs/cgroup";

/// Tasks of the sandbox's own in every group: its two halves and what starts them.
const OWN_TASKS: u32 = 8;

/// Where groups can be made on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Hierarchy {
    /// Version 1: one folder for each controller.
    One {
        /// The folder of the memory controller in which groups are made.
        memory: PathBuf,
        /// The same for the process controller.
        pids: Option<PathBuf>,
    },
    /// Version 2: one folder for all.
    Two(PathBuf),
}

/// One group, removed with all that is in it when dropped.
#[derive(Debug)]
pub(crate) struct Group {
    memory: PathBuf,
    pids: Option<PathBuf>,
    version_two: bool,
}

impl Hierarchy {
    /// Looks for a hierarchy in which this process may make groups with a memory limit.
    pub(crate) fn find() -> Option<Self> {
        let own = fs::read_to_string("/proc/self/cgroup").ok()?;
        let root = Path::new(ROOT);
        candidates(root, &own).into_iter().find(|candidate| {
            candidate.sweep();
            candidate.group(&Limits::default()).is_ok()
        })
    }

    /// True when the kernel bounds the number of processes too.
    pub(crate) fn bounds_processes(&self) -> bool {
        match self {
            Self::One { pids, .. } => pids.is_some(),
            Self::Two(_) => true,
        }
    }

    /// Makes a new group with these limits.
    pub(crate) fn group(&self, limits: &Limits) -> std::io::Result<Group> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("pageloom-{}-{number}", std::process::id());
        let bytes = (u64::from(limits.memory_mib) << 20).to_string();
        let tasks = limits.processes.saturating_add(OWN_TASKS).to_string();
        let group = match self {
            Self::One { memory, pids } => Group {
                memory: memory.join(&name),
                pids: pids.as_ref().map(|folder| folder.join(&name)),
                version_two: false,
            },
            Self::Two(folder) => Group {
                memory: folder.join(&name),
                pids: Some(folder.join(&name)),
                version_two: true,
            },
        };
        // From here on the group is removed when anything fails.
        fs::create_dir(&group.memory)?;
        if group.version_two {
            fs::write(group.memory.join("memory.max"), &bytes)?;
            fs::write(group.memory.join("pids.max"), tasks)?;
            // Not on machines without swap, or with older kernels.
            drop(fs::write(group.memory.join("memory.swap.max"), "0"));
            drop(fs::write(group.memory.join("memory.oom.group"), "1"));
            return Ok(group);
        }
        fs::write(group.memory.join("memory.limit_in_bytes"), &bytes)?;
        drop(fs::write(group.memory.join("memory.memsw.limit_in_bytes"), &bytes));
        if let Some(pids) = &group.pids {
            fs::create_dir(pids)?;
            fs::write(pids.join("pids.max"), tasks)?;
        }
        Ok(group)
    }

    /// Removes groups that a killed Pageloom left; those in use cannot be removed.
    fn sweep(&self) {
        let folders = match self {
            Self::One { memory, pids } => vec![Some(memory), pids.as_ref()],
            Self::Two(folder) => vec![Some(folder)],
        };
        for entry in folders.into_iter().flatten().flat_map(fs::read_dir).flatten().flatten() {
            let name = entry.file_name();
            let owner = name.to_str().and_then(|name| name.strip_prefix("pageloom-"));
            let owner = owner.and_then(|rest| rest.split('-').next());
            if owner.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
                drop(fs::remove_dir(entry.path()));
            }
        }
    }
}

/// Hierarchies that this process's own groups (`/proc/self/cgroup`) suggest, best first.
fn candidates(root: &Path, own: &str) -> Vec<Hierarchy> {
    let group_of = |controller: &str| {
        own.lines().find_map(|line| {
            let (_, rest) = line.split_once(':')?;
            let (names, path) = rest.split_once(':')?;
            names.split(',').any(|name| name == controller).then(|| path.trim_start_matches('/'))
        })
    };
    let mut found = Vec::new();
    if let Some(memory) = group_of("memory") {
        let pids = group_of("pids").map(|path| root.join("pids").join(path));
        let pids = pids.filter(|folder| folder.is_dir());
        // In a container the path is the host's, and what is mounted is our own group.
        for memory in [root.join("memory").join(memory), root.join("memory")] {
            found.push(Hierarchy::One { memory: memory.clone(), pids: pids.clone() });
            found.push(Hierarchy::One { memory, pids: None });
        }
    }
    if let Some(group) = group_of("") {
        for base in [root.to_owned(), root.join("unified")] {
            let own = base.join(group);
            let above = own.parent().filter(|above| above.starts_with(&base)).map(Path::to_owned);
            for folder in [Some(own), above, Some(base.clone())].into_iter().flatten() {
                let handed_down = fs::read_to_string(folder.join("cgroup.subtree_control"));
                let handed_down = handed_down.unwrap_or_default();
                let has = |name| handed_down.split_whitespace().any(|one| one == name);
                if has("memory") && has("pids") {
                    found.push(Hierarchy::Two(folder));
                }
            }
        }
    }
    found
}

impl Group {
    /// The files into which a process writes itself to join.
    pub(crate) fn doors(&self) -> Vec<PathBuf> {
        let mut doors = vec![self.memory.join("cgroup.procs")];
        if !self.version_two {
            doors.extend(self.pids.as_ref().map(|pids| pids.join("cgroup.procs")));
        }
        doors
    }

    /// Which limit the kernel has enforced, if it has.
    pub(crate) fn passed(&self) -> Option<Limit> {
        let file = if self.version_two { "memory.events" } else { "memory.oom_control" };
        if counted(&self.memory.join(file), "oom_kill") > 0 {
            return Some(Limit::Memory);
        }
        let pids = self.pids.as_ref()?;
        (counted(&pids.join("pids.events"), "max") > 0).then_some(Limit::Processes)
    }

    /// The most memory that the group took, in MiB.
    pub(crate) fn peak_memory_mib(&self) -> Option<u64> {
        let file = if self.version_two { "memory.peak" } else { "memory.max_usage_in_bytes" };
        let bytes: u64 = fs::read_to_string(self.memory.join(file)).ok()?.trim().parse().ok()?;
        Some(bytes.div_ceil(1 << 20))
    }

    /// Ends every process in the group.
    pub(crate) fn kill(&self) {
        for pid in self.members() {
            let _ = rustix::process::kill_process(pid, Signal::KILL);
        }
    }

    fn members(&self) -> Vec<Pid> {
        let text = fs::read_to_string(self.memory.join("cgroup.procs")).unwrap_or_default();
        text.lines().filter_map(|line| Pid::from_raw(line.parse().ok()?)).collect()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // A group with a process in it cannot be removed; the next start sweeps what stays.
        self.kill();
        drop(fs::remove_dir(&self.memory));
        if let Some(pids) = self.pids.as_ref().filter(|_| !self.version_two) {
            drop(fs::remove_dir(pids));
        }
    }
}

/// The number behind `name` in a file of `name number` lines; 0 when there is none.
fn counted(file: &Path, name: &str) -> u64 {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Hierarchy, candidates, counted};

    #[test]
    fn both_versions_are_found_from_our_own_groups() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("pids/a")).unwrap();
        fs::create_dir_all(root.path().join("slice/own")).unwrap();
        fs::write(root.path().join("slice/cgroup.subtree_control"), "cpu memory pids\n").unwrap();
        let own = "5:pids:/a\n4:memory:/b/c\n0::/slice/own\n";
        let found = candidates(root.path(), own);
        let first = Hierarchy::One {
            memory: root.path().join("memory/b/c"),
            pids: Some(root.path().join("pids/a")),
        };
        assert_eq!(found.first(), Some(&first));
        assert_eq!(found.last(), Some(&Hierarchy::Two(root.path().join("slice"))));
        assert_eq!(candidates(root.path(), "0::/\n"), Vec::new());
    }

    #[test]
    fn events_are_counted_by_their_whole_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("memory.events");
        fs::write(&file, "oom 3\noom_kill 2\noom_group_kill 1\n").unwrap();
        assert_eq!(counted(&file, "oom_kill"), 2);
        assert_eq!(counted(&file, "max"), 0);
        assert_eq!(counted(&folder.path().join("none"), "max"), 0);
    }
}
