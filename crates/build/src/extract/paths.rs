//! Where a file of an answer may be: confined paths, and no two files in each other's way.

use std::collections::BTreeMap;

use pageloom_schema::{Finding, Severity, SitePath};

use super::ExtractLimits;

/// Folders that belong to tools: an answer may not write into them.
const RESERVED: [&str; 2] = ["node_modules", ".git"];

/// A confined path from a path as written.
///
/// # Errors
/// The finding that names why it is refused: `path_escape` or `reserved_path`.
pub(super) fn confine(written: &str, limits: &ExtractLimits) -> Result<SitePath, Finding> {
    let refused = |check: &str, why: &str| {
        let shown: String = written.chars().take(120).collect();
        let message = format!("`{}` {why}", shown.escape_debug());
        Finding::new(check, Severity::Error, message).at(&shown.escape_debug().to_string(), None)
    };
    let escape = |why: &str| refused("path_escape", why);
    let text = written.trim_matches([' ', '\t', '\n', '\r']);
    if text.is_empty() {
        return Err(escape("is no path"));
    }
    if text.len() > limits.path_bytes {
        return Err(escape(&format!("has more than {} bytes", limits.path_bytes)));
    }
    if text.chars().any(is_unseen) {
        return Err(escape("has a character that cannot be seen"));
    }
    if text.contains('\\') {
        return Err(escape("has a backslash"));
    }
    if text.starts_with('/') || text.starts_with('~') {
        return Err(escape("is absolute"));
    }
    if text.contains(':') {
        return Err(escape("has a colon: it names a drive or a stream"));
    }
    if text.split('/').any(|part| part == "..") {
        return Err(escape("has `..` in it"));
    }
    if text.ends_with('/') {
        return Err(escape("is a folder"));
    }
    let path = SitePath::new(text).map_err(|_| escape("is not a path inside a project"))?;
    if path.as_str().split('/').count() > limits.path_depth {
        return Err(escape(&format!("is more than {} folders deep", limits.path_depth)));
    }
    let reserved = path.as_str().split('/').find(|part| {
        // Spaces and dots at the end are dropped by some file systems.
        let part = part.trim_end_matches([' ', '.']).to_ascii_lowercase();
        RESERVED.contains(&part.as_str())
    });
    match reserved {
        Some(name) => Err(refused("reserved_path", &format!("is inside `{name}`"))),
        None => Ok(path),
    }
}

/// Characters without a glyph: controls, and those that turn or hide the text around them.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Says which files are in each other's way, and takes out those that are also a folder.
pub(super) fn part_colliding<T>(files: &mut BTreeMap<SitePath, T>, findings: &mut Vec<Finding>) {
    let mut by_lower: BTreeMap<String, &str> = BTreeMap::new();
    let mut blocked = Vec::new();
    for path in files.keys().map(SitePath::as_str) {
        if let Some(first) = by_lower.insert(path.to_lowercase(), path) {
            let message = format!("`{first}` and `{path}` are one file on many systems");
            findings
                .push(Finding::new("path_case_collision", Severity::Error, message).at(path, None));
        }
        let mut folder = path;
        while let Some((parent, _)) = folder.rsplit_once('/') {
            folder = parent;
            if let Ok(parent) = SitePath::new(parent)
                && files.contains_key(&parent)
                && !blocked.contains(&parent)
            {
                let message = format!("`{parent}` is a file, and `{path}` needs it as a folder");
                let finding = Finding::new("path_file_and_folder", Severity::Error, message);
                findings.push(finding.at(parent.as_str(), None));
                blocked.push(parent);
            }
        }
    }
    files.retain(|path, _| !blocked.contains(path));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(written: &str) -> String {
        confine(written, &ExtractLimits::default()).unwrap_err().check
    }

    #[test]
    fn paths_that_leave_the_project_are_refused() {
        let long = "a/".repeat(200);
        let deep = "a/".repeat(16) + "b";
        for written in [
            "",
            " ",
            "/etc/passwd",
            "../x",
            "a/../b",
            "..",
            "a/..",
            "C:\\x",
            "C:x",
            "src/a.ts:b",
            "a\\b",
            "a\0b",
            "a\nb",
            "~/.ssh/id",
            "a/\u{202e}b",
            "src/",
            ".",
            "./",
            &long,
            &deep,
        ] {
            assert_eq!(refusal(written), "path_escape", "{written:?}");
        }
    }

    #[test]
    fn folders_of_tools_are_refused() {
        for written in [".git/config", "node_modules/react/index.js", "a/Node_Modules/b", ".git "] {
            assert_eq!(refusal(written), "reserved_path", "{written:?}");
        }
        assert_eq!(refusal(".git./x"), "reserved_path");
    }

    #[test]
    fn ordinary_paths_are_kept() {
        let limits = ExtractLimits::default();
        for (written, path) in [
            ("src/App.tsx", "src/App.tsx"),
            ("./src//App.tsx", "src/App.tsx"),
            (" index.html\n", "index.html"),
            (".gitignore", ".gitignore"),
            ("src/pages/[id]/página.tsx", "src/pages/[id]/página.tsx"),
            ("a..b/...c", "a..b/...c"),
        ] {
            assert_eq!(confine(written, &limits).unwrap().as_str(), path);
        }
    }

    #[test]
    fn a_file_that_is_also_a_folder_is_taken_out() {
        let paths = ["src", "src/a.ts", "src/A.ts", "b"];
        let mut files: BTreeMap<SitePath, ()> =
            paths.iter().map(|path| (SitePath::new(path).unwrap(), ())).collect();
        let mut findings = Vec::new();
        part_colliding(&mut files, &mut findings);
        let kept: Vec<_> = files.keys().map(SitePath::as_str).collect();
        assert_eq!(kept, ["b", "src/A.ts", "src/a.ts"]);
        let checks: Vec<_> = findings.iter().map(|finding| finding.check.as_str()).collect();
        assert_eq!(checks, ["path_file_and_folder", "path_case_collision"]);
    }
}
