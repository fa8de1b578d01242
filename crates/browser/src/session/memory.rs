//! Memory of the browser's processes, read from `/proc`.

use std::collections::BTreeMap;
use std::fs;

/// One process below the browser.
#[derive(Clone, Debug)]
pub(super) struct ProcessMemory {
    pub(super) pid: i32,
    /// Memory of its own (resident and not shared), in MiB.
    pub(super) own_mib: u64,
    /// Whether it runs pages.
    pub(super) is_renderer: bool,
}

/// All processes below `root`, sorted by number. Empty where `/proc` is not what we know.
pub(super) fn tree(root: i32) -> Vec<ProcessMemory> {
    let mut children: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    for entry in entries.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else {
            continue;
        };
        if let Some(parent) = parent_of(pid) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut found = Vec::new();
    let mut waiting = vec![root];
    while let Some(pid) = waiting.pop() {
        found.push(pid);
        waiting.extend(children.get(&pid).into_iter().flatten());
    }
    found.sort_unstable();
    found.into_iter().filter_map(memory_of).collect()
}

fn parent_of(pid: i32) -> Option<i32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

fn memory_of(pid: i32) -> Option<ProcessMemory> {
    let statm = fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
    let mut fields = statm.split_whitespace().skip(1).map(str::parse::<u64>);
    let resident = fields.next()?.ok()?;
    let shared = fields.next()?.ok()?;
    let pages_a_mib = (1 << 20) / rustix::param::page_size() as u64;
    let command = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let needle = b"--type=renderer";
    Some(ProcessMemory {
        pid,
        own_mib: resident.saturating_sub(shared) / pages_a_mib.max(1),
        is_renderer: command.windows(needle.len()).any(|window| window == needle),
    })
}
