//! Looks at a running program several times a second, because no event tells of its size.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::Pid;

use crate::cgroup::Group;
use crate::folder::measure_folder;
use crate::job::{Limit, Limits};
use crate::tree;

/// How often processes are looked at.
const INTERVAL: Duration = Duration::from_millis(100);

/// How often, at most, the writable folder is measured; a large one is measured more seldom, so that
/// measuring takes no more than a tenth of the time.
const FOLDER_INTERVAL: Duration = Duration::from_millis(250);

/// Looks and compares.
pub(crate) struct Watch {
    pub(crate) root: Pid,
    pub(crate) limits: Limits,
    pub(crate) folders: Vec<PathBuf>,
    pub(crate) group: Option<Arc<Group>>,
    /// Whether the kernel counts processes, so that we need not.
    pub(crate) kernel_counts: bool,
    peak_kib: u64,
    next_folder: Instant,
}

impl Watch {
    pub(crate) fn new(
        root: Pid,
        limits: Limits,
        folders: Vec<PathBuf>,
        group: Option<Arc<Group>>,
        kernel_counts: bool,
    ) -> Self {
        let next_folder = Instant::now() + FOLDER_INTERVAL;
        Self { root, limits, folders, group, kernel_counts, peak_kib: 0, next_folder }
    }

    /// Ends with the first limit that is passed; never otherwise. Gives what it saw to `peak_kib`.
    pub(crate) async fn until_passed(mut self, peak_kib: tokio::sync::watch::Sender<u64>) -> Limit {
        let mut clock = tokio::time::interval(INTERVAL);
        clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            clock.tick().await;
            let looked = tokio::task::spawn_blocking(move || {
                let passed = self.look();
                (self, passed)
            });
            match looked.await {
                Ok((watch, None)) => self = watch,
                Ok((_, Some(limit))) => return limit,
                // The runtime is ending.
                Err(_) => return Limit::Time,
            }
            // Nobody listens once the program has ended.
            let _ = peak_kib.send(self.peak_kib);
        }
    }

    fn look(&mut self) -> Option<Limit> {
        if let Some(limit) = self.group.as_ref().and_then(|group| group.passed()) {
            return Some(limit);
        }
        if self.group.is_none() || !self.kernel_counts {
            let used = tree::used(self.root);
            self.peak_kib = self.peak_kib.max(used.memory_kib);
            if used.memory_kib / 1024 > u64::from(self.limits.memory_mib) {
                return Some(Limit::Memory);
            }
            if used.threads > u64::from(self.limits.processes) + OWN_THREADS {
                return Some(Limit::Processes);
            }
        }
        if Instant::now() >= self.next_folder {
            let before = Instant::now();
            if folders_pass(&self.limits, &self.folders) {
                return Some(Limit::Output);
            }
            self.next_folder = Instant::now() + FOLDER_INTERVAL.max(before.elapsed() * 10);
        }
        None
    }
}

/// Bubblewrap's two halves.
const OWN_THREADS: u64 = 2;

/// True when the writable folders hold more than they may.
pub(crate) fn folders_pass(limits: &Limits, folders: &[PathBuf]) -> bool {
    let (bytes, entries) = (u64::from(limits.folder_mib) << 20, u64::from(limits.folder_files));
    let file = u64::from(limits.file_mib) << 20;
    folders.iter().any(|folder| {
        let size = measure_folder(folder, bytes, entries);
        size.passes(bytes, entries) || size.largest >= file
    })
}
