//! The published static gate and format reward, decided as the published code decides them: on the
//! raw text, by regular expressions, in the `web` dialect alone.
//!
//! The rules are restated in `webgen-r1`; where they are odd, they are kept odd. Nothing here looks
//! at what [`extract`](crate::extract()) makes of an answer.

use std::sync::LazyLock;

use pageloom_schema::CompatVerdict;
use regex::Regex;
use serde_json::Value;

/// The opening tag of the artifact: its attributes in any order.
static ARTIFACT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?s)<webArtifact\s+([^>]*)>").ok());
static ID: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"\bid=(?:"([^"]+)"|'([^']+)')"#).ok());
static TITLE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"\btitle=(?:"([^"]+)"|'([^']+)')"#).ok());
/// An action: the type, then the path if there is one, and nothing else before `>`.
static ACTION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let quoted = |name: &str| format!(r#"{name}=(?:"([^"]+)"|'([^']+)')"#);
    let (kind, path) = (quoted("type"), quoted("filePath"));
    Regex::new(&format!(r"(?s)<webAction\s+{kind}(?:\s+{path})?\s*>(.*?)</webAction>")).ok()
});
/// The published pattern. Its `^` is tried at the start of the text alone, and its `$` stands before
/// any line break.
static FORMAT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?sm)\A<think>\n.*?\n</think>\n<answer>\n.*?\n</answer>$").ok());

/// What the published code says about a raw answer.
///
/// The reasons are `artifact`, `package_json_missing`, `package_json_invalid`,
/// `package_json_keys`, `package_json_dependencies`, `package_json_scripts`, `vite_config`,
/// `shell_action`, `start_action`, `pages`, `default_export` and `format`.
#[must_use]
pub fn compat(completion: &str) -> CompatVerdict {
    let mut reasons = static_reasons(completion);
    let static_compliance = if reasons.is_empty() { 1.0 } else { 0.0 };
    let is_formed = FORMAT.as_ref().is_some_and(|format| format.is_match(completion));
    if !is_formed {
        reasons.push("format");
    }
    CompatVerdict {
        static_compliance,
        format: if is_formed { 1.0 } else { 0.0 },
        reasons: reasons.into_iter().map(str::to_owned).collect(),
    }
}

struct Action<'t> {
    kind: &'t str,
    path: Option<&'t str>,
    body: &'t str,
}

fn actions(completion: &str) -> Vec<Action<'_>> {
    let Some(pattern) = ACTION.as_ref() else { return Vec::new() };
    let found = pattern.captures_iter(completion).filter_map(|captures| {
        let either = |a: usize, b: usize| captures.get(a).or(captures.get(b)).map(|m| m.as_str());
        Some(Action { kind: either(1, 2)?, path: either(3, 4), body: captures.get(5)?.as_str() })
    });
    found.collect()
}

/// The rules of the gate that do not hold.
fn static_reasons(completion: &str) -> Vec<&'static str> {
    let mut reasons = Vec::new();
    if !has_artifact(completion) {
        reasons.push("artifact");
    }
    let actions = actions(completion);
    // Of two files with one path, the later is kept.
    let file = |wanted: &str| {
        let named = |action: &&Action<'_>| action.kind == "file" && action.path == Some(wanted);
        actions.iter().rev().find(named).map(|action| action.body)
    };
    reasons.extend(manifest_reasons(file("package.json")));
    if file("vite.config.ts").is_none() {
        reasons.push("vite_config");
    }
    let has_command = |kind: &str, words: &[&str]| {
        actions.iter().any(|action| {
            action.kind == kind && words.iter().any(|words| action.body.contains(words))
        })
    };
    if !has_command("shell", &["npm install"]) {
        reasons.push("shell_action");
    }
    if !has_command("start", &["npm run dev", "npm run start"]) {
        reasons.push("start_action");
    }
    let is_page = |path: &str| {
        let is_inside = path.starts_with("src/pages/") || path.starts_with("src/components/");
        is_inside && path.ends_with(".tsx")
    };
    let mut pages: std::collections::BTreeMap<&str, &str> = std::collections::BTreeMap::new();
    for action in actions.iter().filter(|action| action.kind == "file") {
        if let Some(path) = action.path.filter(|path| is_page(path)) {
            pages.insert(path, action.body);
        }
    }
    if pages.is_empty() {
        reasons.push("pages");
    } else if !pages.values().all(|body| body.contains("export default")) {
        reasons.push("default_export");
    }
    reasons
}

fn has_artifact(completion: &str) -> bool {
    let attributes = ARTIFACT.as_ref().and_then(|pattern| pattern.captures(completion));
    let Some(attributes) = attributes.as_ref().and_then(|captures| captures.get(1)) else {
        return false;
    };
    [&ID, &TITLE].iter().all(|pattern| {
        pattern.as_ref().is_some_and(|pattern| pattern.is_match(attributes.as_str()))
    })
}

fn manifest_reasons(body: Option<&str>) -> Vec<&'static str> {
    let Some(body) = body else { return vec!["package_json_missing"] };
    let Ok(Value::Object(manifest)) = serde_json::from_str::<Value>(body.trim()) else {
        return vec!["package_json_invalid"];
    };
    let mut reasons = Vec::new();
    let keys = ["name", "version", "scripts", "dependencies", "devDependencies"];
    if !keys.iter().all(|key| manifest.contains_key(*key)) {
        reasons.push("package_json_keys");
    }
    let has = |table: &str, name: &str| {
        manifest.get(table).and_then(Value::as_object).is_some_and(|table| table.contains_key(name))
    };
    let declared = |name: &&str| has("dependencies", name) || has("devDependencies", name);
    if !["react", "react-dom", "vite"].iter().all(declared) {
        reasons.push("package_json_dependencies");
    }
    if !["dev", "build", "preview"].iter().all(|name| has("scripts", name)) {
        reasons.push("package_json_scripts");
    }
    reasons
}
