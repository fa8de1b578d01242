//! A script written by using a page: what is refused before a window opens, and, where there is a
//! screen of its own to be had (Xvfb, xdotool and a full Chromium), one that is written and played.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests start the program and the screen it is shown on"
)]

use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

const PAGE: &str = "<!doctype html><title>Counter</title><style>body { margin: 0 }
button { position: fixed; inset: 0; width: 100% }</style><button>Add</button>";

fn pageloom(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pageloom"));
    command.args(args).stdin(Stdio::null()).env_remove("PAGELOOM_BROWSER");
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    command
}

fn page(folder: &Path) -> String {
    let site = folder.join("counter/site");
    std::fs::create_dir_all(&site).unwrap();
    std::fs::write(site.join("index.html"), PAGE).unwrap();
    site.to_str().unwrap().to_owned()
}

#[test]
fn without_a_screen_nothing_is_started() {
    let folder = tempfile::tempdir().unwrap();
    let output = pageloom(&["record", "--live", &page(folder.path())]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.starts_with("error: no display: ") && said.contains("hint:"), "{said}");
    assert!(!folder.path().join("counter/script.toml").exists());
}

/// A screen of its own, which ends with this.
struct Screen(Child, String);

impl Drop for Screen {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Starts a screen and waits until it tells its number; nothing where a program is missing.
fn screen() -> Option<Screen> {
    let found = |name: &str| {
        let found = Command::new("which").arg(name).stdout(Stdio::null()).status();
        found.is_ok_and(|status| status.success())
    };
    if !["Xvfb", "xdotool", "chromium", "ffmpeg"].iter().all(|name| found(name)) {
        return None;
    }
    let mut child = Command::new("Xvfb")
        .args(["-displayfd", "1", "-screen", "0", "1600x1000x24"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut stdout = child.stdout.take()?;
    let mut number = String::new();
    let mut byte = [0];
    while stdout.read(&mut byte).is_ok_and(|read| read == 1) && byte != [b'\n'] {
        number.push(char::from(byte[0]));
    }
    Some(Screen(child, format!(":{number}")))
}

#[test]
fn a_press_in_the_window_becomes_a_script_that_can_be_played() {
    let Some(screen) = screen() else {
        eprintln!("skipped: Xvfb, xdotool, chromium or ffmpeg is missing");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut live = pageloom(&["record", "--live", &page(folder.path()), "--quiet"])
        .env("DISPLAY", &screen.1)
        .spawn()
        .unwrap();
    // The title is there once the page is, and then whoever waits for the pointer has it.
    let hand = "w=$(timeout 60 xdotool search --sync --onlyvisible --name Counter | head -1) && \
                xdotool mousemove --sync --window $w 640 450 click 1 && \
                xdotool mousemove --sync --window $w 640 460 key --delay 500 shift ctrl+w";
    let hand = Command::new("sh").args(["-c", hand]).env("DISPLAY", &screen.1).status().unwrap();
    assert!(hand.success());
    assert!(live.wait().unwrap().success());
    let script = folder.path().join("counter/script.toml");
    let text = std::fs::read_to_string(&script).unwrap();
    assert!(text.contains("target = { name = \"Add\", role = \"button\" }"), "{text}");
    let tasks = folder.path().join("tasks.jsonl");
    let (script, tasks) = (script.to_str().unwrap(), tasks.to_str().unwrap());
    let played = pageloom(&["record", script, "--out", tasks]).output().unwrap();
    assert!(played.status.success(), "{}", String::from_utf8_lossy(&played.stderr));
}
