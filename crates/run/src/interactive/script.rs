//! Scripts: what is to be recorded, as a person or a live recorder writes it down. A script is TOML;
//! its parameters stand flat beside the type of an action, and unknown keys are refused.

use std::path::Path;

use pageloom_schema::{
    ActionKind, Classification, InteractiveRow, RecordingDetails, Site, SitePath, TaskAction,
    Viewport,
};
use serde::Serialize;
use serde_json::Value;

use super::actions::{Author, KINDS, PARAMETERS, parse_viewport, read_action};
use super::row::{MAX_ACTIONS, read_row};
use super::script_lines::parse;
use crate::error::RunError;
use crate::problems::{Object, Problems};

/// The largest script, in bytes.
const MAX_BYTES: u64 = 1 << 20;
/// Frames a second where a script does not say.
pub(super) const DEFAULT_FRAME_RATE: u32 = 10;
/// The most frames a second.
const MAX_FRAME_RATE: u64 = 60;
const HINT: &str =
    "a script has id, title, site, viewport and one [[action]] a step; `type` says what is done";

const KEYS: [&str; 9] = [
    "id",
    "title",
    "site",
    "viewport",
    "environment",
    "classification",
    "source_website",
    "frame_rate",
    "action",
];
const CLASSIFICATION: [&str; 4] =
    ["interaction_complexity", "visual_complexity", "domain", "sub_domain"];
const OUTCOMES: [&str; 5] = ["type", "target", "assertion", "check", "visual"];

/// What is to be recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Script {
    /// The row of the task, without checkpoints; a `file` that is uploaded is a path in the site.
    pub row: InteractiveRow,
    /// A few words for people.
    pub title: String,
    /// The page that is used.
    pub site: Site,
    /// The window.
    pub viewport: Viewport,
    /// Frames a second of the video, 1..=60.
    pub frame_rate: u32,
}

impl Script {
    /// The files of the site that are uploaded, sorted, each once: they belong to the task's assets.
    #[must_use]
    pub fn uploads(&self) -> Vec<SitePath> {
        let files = self.row.action_sequence.iter().filter_map(|action| {
            let file =
                action.parameters.file.as_ref().filter(|_| action.kind == ActionKind::Upload);
            SitePath::new(file?).ok()
        });
        let mut files: Vec<SitePath> = files.collect();
        files.sort();
        files.dedup();
        files
    }
}

/// Reads a script and the site that it names.
///
/// # Errors
/// [`RunError::BadFile`] with every problem of the script by line and key, up to
/// [`MAX_PROBLEMS`](crate::MAX_PROBLEMS); [`RunError::Build`] when the site cannot be read;
/// [`RunError::Storage`] when the script cannot.
pub fn read_script(file: &Path) -> Result<Script, RunError> {
    read_script_on(file, None)
}

/// As [`read_script`], played on the page or site at `elsewhere` in place of its own, where one is
/// named.
///
/// # Errors
/// As [`read_script`].
pub fn read_script_on(file: &Path, elsewhere: Option<&Path>) -> Result<Script, RunError> {
    let mut problems = Problems::of(file);
    let size = std::fs::metadata(file).map_err(RunError::storage("read", file))?.len();
    let mut read = None;
    let mut folder = None;
    if size > MAX_BYTES {
        problems.add("", format!("{size} bytes, {MAX_BYTES} allowed"));
    } else {
        let bytes = std::fs::read(file).map_err(RunError::storage("read", file))?;
        match String::from_utf8(bytes) {
            Err(error) => problems.add("", format!("not UTF-8: {}", error.utf8_error())),
            Ok(text) => {
                read = parse(&text, &mut problems).and_then(|value| {
                    let head = read_head(&value, &mut problems);
                    folder = value.get("site").and_then(Value::as_str).map(str::to_owned);
                    head
                });
            }
        }
    }
    let site = match elsewhere {
        Some(elsewhere) => Some(elsewhere.to_owned()),
        None => folder.and_then(|named| site_path(file, &named, &mut problems)),
    };
    let site = match site.filter(|_| problems.count() == 0) {
        Some(path) => Some(pageloom_build::read_page(&path)?),
        None => None,
    };
    if let (Some(head), Some(site)) = (&read, &site) {
        check_uploads(&head.row, site, &mut problems);
    }
    problems.into_result(HINT)?;
    match (read, site) {
        (Some(head), Some(site)) => {
            let Head { row, title, viewport, frame_rate } = head;
            Ok(Script { row, title, site, viewport, frame_rate })
        }
        // Whatever was not read was a problem.
        _ => Err(RunError::BadTask {
            task: file.display().to_string(),
            reason: "it names no page".to_owned(),
            hint: HINT.to_owned(),
        }),
    }
}

/// A script without its site.
struct Head {
    row: InteractiveRow,
    title: String,
    viewport: Viewport,
    frame_rate: u32,
}

fn read_head(value: &Value, problems: &mut Problems) -> Option<Head> {
    let script = Object::of(value, "", problems)?;
    script.only(&KEYS, problems);
    let title = script.required_text("title", problems);
    script.required_text("site", problems);
    let viewport = script.required_text("viewport", problems).and_then(|text| {
        parse_viewport(&text).map_err(|message| problems.add("viewport", message)).ok()
    });
    let frame_rate = match script.whole("frame_rate", MAX_FRAME_RATE, problems) {
        Some(0) => {
            problems.add("frame_rate", format!("it is 1 to {MAX_FRAME_RATE}"));
            None
        }
        rate => rate.and_then(|rate| u32::try_from(rate).ok()),
    };
    if let Some(classification) = script.object("classification", problems) {
        classification.only(&CLASSIFICATION, problems);
    }
    let environment = script.text("environment", problems);
    let items = script.list("action", problems);
    if items.is_empty() && script.get("action").is_none_or(Value::is_array) {
        problems.add("action", "there is no action in it");
    }
    if items.len() > MAX_ACTIONS {
        problems.add("action", format!("{} actions, {MAX_ACTIONS} allowed", items.len()));
    }
    let mut action_sequence = Vec::new();
    for (field, item) in items.into_iter().take(MAX_ACTIONS) {
        let Some(object) = Object::of(item, &field, problems) else { continue };
        action_sequence.extend(read_script_action(&object, problems));
    }
    // What a script shares with a row is read as that of a row.
    let row = serde_json::json!({
        "id": script.get("id"),
        "classification": script.get("classification").filter(|value| value.is_object()),
        "source_website": script.get("source_website"),
        "action_sequence": [],
    });
    let row = read_row(&row, problems);
    let viewport = viewport?;
    Some(Head {
        row: InteractiveRow {
            recording_details: RecordingDetails {
                resolution: viewport.to_string(),
                environment: environment.unwrap_or_default(),
            },
            action_sequence,
            ..row?
        },
        title: title?,
        viewport,
        frame_rate: frame_rate.unwrap_or(DEFAULT_FRAME_RATE),
    })
}

fn read_script_action(object: &Object<'_>, problems: &mut Problems) -> Option<TaskAction> {
    let known: Vec<&str> = OUTCOMES.iter().chain(&PARAMETERS).copied().collect();
    object.only(&known, problems);
    let action = read_action(object, Some(object), Author::Ourselves, problems);
    let visual_evaluation_flag = object.flag("visual", problems).unwrap_or(true);
    let logical_assertion = object.text("assertion", problems);
    Some(TaskAction { visual_evaluation_flag, logical_assertion, ..action? })
}

/// Where the site is: below the script's folder, and no link out of it.
fn site_path(file: &Path, named: &str, problems: &mut Problems) -> Option<std::path::PathBuf> {
    let path = match SitePath::new(named) {
        Ok(path) => path,
        Err(error) => {
            problems.add("site", error.to_string());
            return None;
        }
    };
    let folder = file.canonicalize().ok()?.parent()?.to_owned();
    let site = folder.join(path.as_str());
    match site.canonicalize() {
        Ok(real) if real.starts_with(&folder) => return Some(site),
        Ok(_) => {
            problems.add("site", format!("`{path}` is a link that leaves the script's folder"))
        }
        Err(_) => {
            problems.add("site", format!("there is no file or folder `{path}` beside the script"))
        }
    }
    None
}

fn check_uploads(row: &InteractiveRow, site: &Site, problems: &mut Problems) {
    for (at, action) in row.action_sequence.iter().enumerate() {
        let Some(file) = action.parameters.file.as_ref() else { continue };
        let here = SitePath::new(file).is_ok_and(|path| site.file(&path).is_some());
        if action.kind == ActionKind::Upload && !here {
            problems.add(&format!("action[{at}].file"), format!("the site has no file `{file}`"));
        }
    }
}

/// A script as text, with its site at `site`, a path relative to it. What is written is read back
/// equal, but for the checkpoints, which a script has not.
#[must_use]
pub fn script_text(script: &Script, site: &SitePath) -> String {
    let Script { row, title, viewport, frame_rate, .. } = script;
    let mut text = String::new();
    let mut put = |key: &str, value: String| text += &format!("{key} = {value}\n");
    put("id", toml_of(&row.id));
    put("title", toml_of(title));
    put("site", toml_of(site));
    put("viewport", toml_of(&viewport.to_string()));
    if !row.recording_details.environment.is_empty() {
        put("environment", toml_of(&row.recording_details.environment));
    }
    if row.classification != Classification::default() {
        put("classification", toml_of(&row.classification));
    }
    if !row.source_website.is_empty() {
        put("source_website", toml_of(&row.source_website));
    }
    if *frame_rate != DEFAULT_FRAME_RATE {
        put("frame_rate", frame_rate.to_string());
    }
    for action in &row.action_sequence {
        text += "\n[[action]]\n";
        text += &action_text(action);
    }
    text
}

fn action_text(action: &TaskAction) -> String {
    let kind = KINDS.iter().find(|(_, kind)| *kind == action.kind).map_or("", |(name, _)| *name);
    let mut lines = vec![("type", toml_of(kind))];
    let given = serde_json::to_value(&action.parameters).unwrap_or_default();
    for key in PARAMETERS {
        match (key, given.get(key)) {
            (_, None) => {}
            ("viewport", _) => {
                let window = action.parameters.viewport.map(|viewport| viewport.to_string());
                lines.extend(window.map(|window| (key, toml_of(&window))));
            }
            (_, Some(value)) => lines.push((key, toml_of(value))),
        }
    }
    lines.extend(action.target.as_ref().map(|target| ("target", toml_of(target))));
    lines.extend(action.logical_assertion.as_ref().map(|words| ("assertion", toml_of(words))));
    if !action.check.is_empty() {
        lines.push(("check", toml_of(&action.check)));
    }
    if !action.visual_evaluation_flag {
        lines.push(("visual", "false".to_owned()));
    }
    lines.into_iter().map(|(key, value)| format!("{key} = {value}\n")).collect()
}

/// A value of ours on one line of TOML.
fn toml_of(value: &(impl Serialize + ?Sized)) -> String {
    // Texts, finite numbers and tables of them can all be written.
    serde_json::to_value(value).map(|value| inline(&value)).unwrap_or_default()
}

fn inline(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut members: Vec<(&String, &Value)> = members.iter().collect();
            // Whether a map keeps its order is decided by what else is in the program.
            members.sort_by_key(|(key, _)| (*key != "kind", *key));
            let members: Vec<String> = members
                .into_iter()
                .map(|(key, value)| format!("{key} = {}", inline(value)))
                .collect();
            format!("{{ {} }}", members.join(", "))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(inline).collect();
            format!("[{}]", items.join(", "))
        }
        Value::String(text) => quoted(text),
        other => other.to_string(),
    }
}

/// A text on one line, whatever is in it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out += "\\n",
            '\t' => out += "\\t",
            '\r' => out += "\\r",
            c if c.is_control() => out += &format!("\\u{:04X}", u32::from(c)),
            c => out.push(c),
        }
    }
    out + "\""
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use pageloom_schema::Check;

    use super::super::round_trip::path;
    use super::*;

    const EXAMPLE: &str = r#"id = "todo-list"
title = "A todo list with filters"
site = "site"
viewport = "1280x720"
environment = "desktop"
classification = { interaction_complexity = "L3", visual_complexity = "L2", domain = "productivity", sub_domain = "todo" }
source_website = "pageloom/todo-list"
frame_rate = 12

[[action]]
type = "Type"
description = 'the new todo field'
text = "Buy milk"
target = { role = "textbox", placeholder = "What needs to be done?" }
assertion = "the field shows Buy milk"
check = [ { kind = "value", target = { role = "textbox" }, value = "Buy milk" },
          { kind = "count", target = { role = "listitem", ordinal = -1 }, count = 3 } ]

[[action]]
type = "Press"
key = "Enter"
visual = false

[[action]]
type = "Drag"
description = "the first \"card\"\n\u0007"
to_target = { role = "list", name = "Done", ordinal = -1 }

[[action]]
type = "Scroll"
direction = "up"
scroll_page = 1.5
element_index = 2

[[action]]
type = "Resize"
viewport = "375x812"

[[action]]
type = "Wait"
condition = { kind = "region_changed", target = { role = "img" }, changed = false }
milliseconds = 2500

[[action]]
type = "Upload"
description = "the file field"
file = "data.csv"

[[action]]
type = "Select"
description = "the sort field"
option = "By date"
"#;

    fn folder(script: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("site")).unwrap();
        std::fs::write(folder.path().join("site/index.html"), "<p>todo").unwrap();
        std::fs::write(folder.path().join("site/data.csv"), "1").unwrap();
        let file = folder.path().join("todo.toml");
        std::fs::write(&file, script).unwrap();
        (folder, file)
    }

    fn problems(script: &str) -> String {
        let (_folder, file) = folder(script.as_bytes());
        read_script(&file).unwrap_err().to_string()
    }

    #[test]
    fn a_script_becomes_a_row() {
        let (_folder, file) = folder(EXAMPLE.as_bytes());
        let script = read_script(&file).unwrap();
        assert_eq!((script.title.as_str(), script.frame_rate), ("A todo list with filters", 12));
        assert_eq!(script.viewport.to_string(), "1280x720");
        assert_eq!(script.row.recording_details.resolution, "1280x720");
        assert_eq!(script.row.classification.domain, "productivity");
        assert_eq!(script.site.entry_html(), "<p>todo");
        let [first, press, ..] = script.row.action_sequence.as_slice() else { panic!("too few") };
        assert_eq!(first.parameters.text.as_deref(), Some("Buy milk"));
        assert_eq!(first.logical_assertion.as_deref(), Some("the field shows Buy milk"));
        assert!(
            matches!(&first.check[..], [Check::Value { value, .. }, Check::Count { count: 3, .. }] if value == "Buy milk")
        );
        assert!(first.visual_evaluation_flag && !press.visual_evaluation_flag);
        assert_eq!(script.row.action_sequence.len(), 8);
        assert_eq!(script.uploads(), [path("data.csv")]);
        assert_eq!(script.row.action_sequence[4].parameters.viewport.unwrap().width, 375);
    }

    #[test]
    fn a_written_script_is_read_back_equal() {
        let (_folder, file) = folder(EXAMPLE.as_bytes());
        let script = read_script(&file).unwrap();
        let text = script_text(&script, &path("site"));
        std::fs::write(&file, &text).unwrap();
        assert_eq!(read_script(&file).unwrap(), script, "{text}");
        assert_eq!(script_text(&script, &path("site")), text);
        assert!(text.contains("\nviewport = \"375x812\"\n"), "{text}");
        assert!(text.contains("target = { placeholder = \"What needs"), "{text}");
    }

    #[test]
    fn unknown_keys_and_wrong_values_are_told_by_line() {
        let text = problems(
            "id = \"a/b\"\ntitle = \"t\"\nsite = \"site\"\nviewport = \"big\"\nauthor = \"me\"\n\
             frame_rate = 0\n[classification]\ndomain = 3\ncolour = \"red\"\n\n[[action]]\n\
             type = \"Click\"\n\n[[action]]\ntype = \"Type\"\ntext = \"x\"\nspeed = 3\n\
             [action.target]\nrole = \"textbox\"\nnam = \"x\"\n[[action]]\ntype = \"Jump\"\n",
        );
        for part in [
            "todo.toml:1: id: `a/b` is no name of a folder",
            "todo.toml:4: viewport: `big` is not a viewport",
            "todo.toml:5: author: an unknown key; there is `id`, `title`",
            "todo.toml:6: frame_rate: it is 1 to 60",
            "todo.toml:8: classification.domain: a number, not a text",
            "todo.toml:9: classification.colour: an unknown key",
            "todo.toml:11: action[0].description: nothing says what it is done to",
            "todo.toml:17: action[1].speed: an unknown key",
            "action[1].target: unknown field `nam`",
            "todo.toml:22: action[2].type: `Jump` is no type of action",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }

    #[test]
    fn text_that_is_no_toml_is_told_by_line() {
        let text = problems("id = \"a\"\ntitle = \n");
        assert!(text.contains("todo.toml:2: "), "{text}");
        let text = problems(&format!("a = {}", "[".repeat(100_000)));
        assert!(text.contains("todo.toml:1: "), "{text}");
        let (_folder, file) = folder(b"id = \"\xFF\"");
        assert!(read_script(&file).unwrap_err().to_string().contains("not UTF-8"));
        let (_folder, file) = folder(&vec![b'#'; (1 << 20) + 1]);
        assert!(read_script(&file).unwrap_err().to_string().contains("1048577 bytes"));
        let text = problems("");
        assert!(text.contains("title: it is missing or empty"), "{text}");
    }

    #[test]
    fn a_site_lies_beside_its_script() {
        for (site, message) in [
            ("../site", "site: `../site` is not a path"),
            ("/etc", "site: `/etc` is not a path"),
            ("nowhere", "site: there is no file or folder `nowhere`"),
            ("link", "site: `link` is a link that leaves"),
        ] {
            let script = EXAMPLE.replace("site = \"site\"", &format!("site = \"{site}\""));
            let (folder, file) = folder(script.as_bytes());
            std::os::unix::fs::symlink("/etc", folder.path().join("link")).unwrap();
            let text = read_script(&file).unwrap_err().to_string();
            assert!(text.contains(&format!("todo.toml:3: {message}")), "{text}");
        }
        let text = problems(&EXAMPLE.replace("data.csv", "other.csv"));
        assert!(text.contains("action[6].file: the site has no file `other.csv`"), "{text}");
        let page = EXAMPLE.replace("site = \"site\"", "site = \"site/index.html\"");
        let (_folder, file) = folder(page.replace("data.csv", "index.html").as_bytes());
        assert_eq!(read_script(&file).unwrap().site.files().len(), 1);
    }
}
