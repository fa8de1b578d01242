//! What of this machine goes into a run's numbers, and what is installed.
#![expect(clippy::disallowed_methods, reason = "fc-list tells the font set")]

use std::process::{Command, Stdio};

/// Fonts that every render may use, as a short hash of `fc-list`'s sorted output: another font set
/// gives other pictures. `unknown` where there is no fontconfig.
#[must_use]
pub fn font_set() -> String {
    let listed = font_list();
    if listed.is_empty() {
        return "unknown".to_owned();
    }
    let hash = blake3::hash(listed.join("\n").as_bytes()).to_hex();
    format!("{} files, {}", listed.len(), hash.chars().take(16).collect::<String>())
}

/// Installed fonts, one `family: style` a file, sorted.
#[must_use]
pub fn font_list() -> Vec<String> {
    let output = Command::new("fc-list")
        .args(["--format", "%{family[0]}: %{style[0]} %{fontversion}\n"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let mut lines: Vec<String> = text.unwrap_or_default().lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

/// Cores this process may use, at least 1.
#[must_use]
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
