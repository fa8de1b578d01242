//! Browsers of a Pageloom that was killed. Each running browser has a note on disk: who owns it
//! and when both processes started. The next start ends every browser whose owner is gone.
//!
//! This is the third net: a browser already ends when its pipe closes and when its parent dies.

use std::fs;
use std::path::{Path, PathBuf};

use rustix::process::{Pid, Signal};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Note {
    owner: Process,
    browser: Process,
}

/// A process that cannot be mistaken for a later one with the same number.
#[derive(Serialize, Deserialize)]
struct Process {
    pid: i32,
    started: u64,
}

impl Process {
    fn of(pid: i32) -> Option<Self> {
        Some(Self { pid, started: start_time(pid)? })
    }

    fn is_alive(&self) -> bool {
        start_time(self.pid) == Some(self.started)
    }
}

/// Clock ticks since boot at which the process started (field 22 of `/proc/PID/stat`).
fn start_time(pid: i32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let after_name = stat.rsplit_once(')')?.1;
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    if fields.first() == Some(&"Z") {
        return None;
    }
    fields.get(19)?.parse().ok()
}

fn folder() -> PathBuf {
    #[expect(clippy::disallowed_methods, reason = "where a user's run-time files belong")]
    let base = std::env::var_os("XDG_RUNTIME_DIR")
        .map(PathBuf::from)
        .filter(|path| path.is_dir())
        .unwrap_or_else(std::env::temp_dir);
    base.join(format!("pageloom-{}", rustix::process::geteuid().as_raw()))
}

/// Removes its note when the browser has ended in order.
pub(super) struct NoteGuard(PathBuf);

impl Drop for NoteGuard {
    fn drop(&mut self) {
        // Gone already is as good.
        drop(fs::remove_file(&self.0));
    }
}

/// Writes the note for a browser we started. Without a place for notes there is none: the other
/// two nets hold.
pub(super) fn note(browser_pid: i32) -> Option<NoteGuard> {
    let note = Note {
        owner: Process::of(i32::try_from(std::process::id()).ok()?)?,
        browser: Process::of(browser_pid)?,
    };
    let folder = folder();
    fs::create_dir_all(&folder).ok()?;
    let path = folder.join(format!("{}-{}.json", note.browser.pid, note.browser.started));
    fs::write(&path, serde_json::to_vec(&note).ok()?).ok()?;
    Some(NoteGuard(path))
}

/// Ends browsers whose owner is gone; returns how many there were.
pub(super) fn sweep() -> usize {
    let Ok(entries) = fs::read_dir(folder()) else { return 0 };
    entries.flatten().filter(|entry| sweep_note(&entry.path())).count()
}

fn sweep_note(path: &Path) -> bool {
    let note = fs::read(path).ok().and_then(|bytes| serde_json::from_slice::<Note>(&bytes).ok());
    let Some(note) = note else { return false };
    if note.owner.is_alive() {
        return false;
    }
    let alive = note.browser.is_alive();
    if alive && let Some(pid) = Pid::from_raw(note.browser.pid) {
        // It may end by itself between the two lines.
        let _ = rustix::process::kill_process_group(pid, Signal::KILL);
    }
    drop(fs::remove_file(path));
    alive
}
