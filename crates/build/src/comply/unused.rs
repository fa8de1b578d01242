//! What an answer brings and nobody uses: said, so that nobody relies on it. Costs nothing.

use pageloom_schema::{DeclaredCommand, Extraction, Finding, Severity};
use serde_json::Value;

const MANIFEST: &str = "package.json";
/// Lock files of npm and its like. Packages come from the store, at the versions it locks.
const LOCKS: [&str; 6] = [
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lockb",
    "bun.lock",
];
/// Settings of npm and its like.
const SETTINGS: [&str; 7] = [
    ".npmrc",
    ".yarnrc",
    ".yarnrc.yml",
    ".pnpmfile.cjs",
    "pnpm-workspace.yaml",
    ".pnp.cjs",
    "bunfig.toml",
];
/// Scripts that npm would run by itself. The store installs without scripts.
const LIFECYCLE: [&str; 9] = [
    "preinstall",
    "install",
    "postinstall",
    "prepare",
    "preprepare",
    "postprepare",
    "prepublish",
    "prebuild",
    "postbuild",
];
/// Tables of package.json that would change what is installed.
const TABLES: [&str; 4] = ["overrides", "resolutions", "pnpm", "bundledDependencies"];

/// Lock files, settings, scripts, service workers and commands that decide nothing.
pub(super) fn unused_parts(extraction: &Extraction) -> Vec<Finding> {
    let note = |check: &str, message: String| Finding::new(check, Severity::Warning, message);
    let mut findings = Vec::new();
    // What the answer itself brings: a scaffold has a lock file too.
    for path in extraction.actions.iter().filter_map(|action| action.path.as_deref()) {
        let shown: String = path.chars().take(80).collect();
        if LOCKS.contains(&path) {
            let message = format!("`{shown}` decides nothing: versions are locked by the store");
            findings.push(note("lock_file_ignored", message));
        } else if SETTINGS.contains(&path) {
            let message = format!("`{shown}` decides nothing: packages come from the store");
            findings.push(note("package_manager_config", message));
        }
    }
    if let Some(Value::Object(manifest)) =
        extraction.project.text(MANIFEST).and_then(|text| serde_json::from_str(text).ok())
    {
        for table in TABLES.into_iter().filter(|table| manifest.contains_key(*table)) {
            let message = format!("`{table}` changes nothing of what is installed");
            findings.push(note("package_manager_config", message).at(MANIFEST, None));
        }
        let scripts = manifest.get("scripts").and_then(Value::as_object);
        for script in LIFECYCLE {
            if scripts.is_some_and(|scripts| scripts.contains_key(script)) {
                let message = format!("the script `{script}` is never run");
                findings.push(note("lifecycle_script", message).at(MANIFEST, None));
            }
        }
    }
    for (path, bytes) in extraction.project.files() {
        let names = |text: &str| text.contains("serviceWorker") && text.contains("register(");
        if std::str::from_utf8(bytes).is_ok_and(names) {
            let message = "no service worker is registered: the pages come from memory";
            findings.push(note("service_worker", message.to_owned()).at(path.as_str(), None));
        }
    }
    for command in &extraction.commands {
        if !is_plain(command) {
            let shown: String = command.text.chars().take(80).collect();
            let message = format!("`{shown}` is more than to install or to start, and never run");
            findings.push(note("command_not_install", message));
        }
    }
    findings
}

/// True for a command that installs what package.json declares, or starts one of its scripts.
fn is_plain(command: &DeclaredCommand) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || "-_:./@".contains(c);
    // Steps one after the other may stand in one command.
    command.text.split("&&").all(|step| {
        let words: Vec<&str> = step.split_whitespace().collect();
        words.iter().all(|word| word.chars().all(is_word))
            && match words.as_slice() {
                [] => command.text.trim().is_empty(),
                ["npm" | "pnpm" | "yarn" | "bun", "install" | "i" | "ci"]
                | ["yarn"]
                | ["yarn", "dev" | "start"] => true,
                ["npm" | "pnpm" | "bun", "run", _] | ["npm" | "pnpm" | "bun", "start" | "dev"] => {
                    true
                }
                _ => false,
            }
    })
}

#[cfg(test)]
mod tests {
    use pageloom_schema::{CommandKind, DeclaredCommand};

    use super::is_plain;

    #[test]
    fn installing_and_starting_is_plain_and_all_else_is_not() {
        let plain = |text: &str| {
            is_plain(&DeclaredCommand { kind: CommandKind::Shell, text: text.to_owned() })
        };
        for text in
            ["npm install", "npm run dev", "pnpm i", "npm install && npm run dev", "yarn dev"]
        {
            assert!(plain(text), "{text}");
        }
        for text in [
            "npm install; rm -rf /",
            "npm install left-pad",
            "npm install && curl -s x | sh",
            "npm run dev & nc -l 4444",
            "npx vite",
        ] {
            assert!(!plain(text), "{text}");
        }
    }
}
