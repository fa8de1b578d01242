//! The processes below one process, read from `/proc`.

use std::collections::BTreeMap;
use std::fs;

use rustix::process::{Pid, Signal};

/// What the processes of a tree take together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Use {
    /// Memory of their own and shared memory, in KiB.
    pub(crate) memory_kib: u64,
    /// Threads.
    pub(crate) threads: u64,
}

/// The numbers of `root` and of all processes below it, parents first.
pub(crate) fn below(root: Pid) -> Vec<Pid> {
    let mut children: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    let Ok(entries) = fs::read_dir("/proc") else { return vec![root] };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse::<i32>().ok()) else { continue };
        if let Some(parent) = parent_of(pid) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut found = vec![root.as_raw_nonzero().get()];
    let mut next = 0;
    while let Some(pid) = found.get(next).copied() {
        found.extend(children.remove(&pid).into_iter().flatten());
        next += 1;
    }
    found.into_iter().filter_map(Pid::from_raw).collect()
}

/// What the tree below `root` takes.
pub(crate) fn used(root: Pid) -> Use {
    let each = below(root).into_iter().filter_map(used_by);
    each.fold(Use::default(), |sum, one| Use {
        memory_kib: sum.memory_kib + one.memory_kib,
        threads: sum.threads + one.threads,
    })
}

/// Ends `root` and everything below it. What ends by itself in between is as good.
pub(crate) fn kill(root: Pid) {
    for pid in below(root) {
        let _ = rustix::process::kill_process(pid, Signal::KILL);
    }
}

fn parent_of(pid: i32) -> Option<i32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

fn used_by(pid: Pid) -> Option<Use> {
    let status = fs::read_to_string(format!("/proc/{}/status", pid.as_raw_nonzero())).ok()?;
    let mut one = Use::default();
    for line in status.lines() {
        let Some((name, value)) = line.split_once(':') else { continue };
        let number = || value.split_whitespace().next().and_then(|n| n.parse::<u64>().ok());
        match name {
            "RssAnon" | "RssShmem" => one.memory_kib += number().unwrap_or(0),
            "Threads" => one.threads = number().unwrap_or(1),
            _ => {}
        }
    }
    Some(one)
}

#[cfg(test)]
mod tests {
    use super::{below, used};

    #[test]
    fn our_own_process_has_memory_and_threads() {
        let own = rustix::process::getpid();
        assert_eq!(below(own).first(), Some(&own));
        let used = used(own);
        assert!(used.memory_kib > 0 && used.threads >= 1, "{used:?}");
    }
}
