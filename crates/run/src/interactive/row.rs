//! One line of a task file: the published row, with our own fields where they are. What the published
//! layout leaves open is read in every form it is met in; fields that nobody here knows are kept out.

use pageloom_schema::{
    Classification, InteractiveRow, RecordingDetails, SitePath, TaskAction, TaskId,
};
use serde_json::Value;

use super::actions::{Author, parse_viewport, read_action};
use crate::problems::{Object, Problems, shortened};

/// The most actions of one task; the longest published one has some dozens.
pub(super) const MAX_ACTIONS: usize = 500;
/// The longest id, in bytes: it is the name of a folder.
const MAX_ID: usize = 200;

/// Reads a row; absent where it lacks what a task cannot be without. Problems may have been added
/// all the same.
pub(super) fn read_row(value: &Value, problems: &mut Problems) -> Option<InteractiveRow> {
    let row = Object::of(value, "", problems)?;
    let id = read_id(&row, problems);
    let classification = row.object("classification", problems);
    let classification = classification.map(|object| read_classification(&object, problems));
    let recording = row.object("recording_details", problems);
    let recording = recording.map(|object| read_recording(&object, problems));
    let source_website = row.text("source_website", problems);
    let items = row.list("action_sequence", problems);
    if row.get("action_sequence").is_none() {
        problems.add("action_sequence", "it is missing");
    }
    if items.len() > MAX_ACTIONS {
        let message = format!("{} actions, {MAX_ACTIONS} allowed", items.len());
        problems.add("action_sequence", message);
    }
    let mut action_sequence = Vec::new();
    for (field, item) in items.into_iter().take(MAX_ACTIONS) {
        let Some(object) = Object::of(item, &field, problems) else { continue };
        action_sequence.extend(read_row_action(&object, problems));
    }
    Some(InteractiveRow {
        id: id?,
        classification: classification.unwrap_or_default(),
        recording_details: recording.unwrap_or_default(),
        source_website: source_website.unwrap_or_default(),
        action_sequence,
    })
}

/// An id names a folder as it stands, so it is one part of a path.
fn read_id(row: &Object<'_>, problems: &mut Problems) -> Option<String> {
    let id = match row.get("id") {
        // Ids that are counted are written without quotes.
        Some(Value::Number(number)) => number.to_string(),
        _ => row.required_text("id", problems)?,
    };
    let is_folder = !id.starts_with('.')
        && id.len() <= MAX_ID
        && !id.contains('/')
        && SitePath::new(&id).is_ok_and(|path| path.as_str() == id);
    if !is_folder {
        let message = format!(
            "`{}` is no name of a folder: at most {MAX_ID} bytes, without `/`, `\\`, control \
             characters and a leading `.`",
            shortened(&id)
        );
        problems.add("id", message);
        return None;
    }
    Some(id)
}

/// The task's name in runs and reports. An id with characters that no [`TaskId`] has (a space, a
/// letter with an accent) gets `-` for each and the start of its hash at the end, so that two ids
/// never become one name; the row and its folder keep the id as it is.
#[must_use]
pub fn task_id_of(id: &str) -> TaskId {
    if let Ok(id) = TaskId::new(id) {
        return id;
    }
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let plain: String = id.chars().take(80).map(|c| if fine(c) { c } else { '-' }).collect();
    let hash: String = blake3::hash(id.as_bytes()).to_hex().chars().take(8).collect();
    let name = format!("{}-{hash}", plain.trim_start_matches('.'));
    TaskId::new(&name).unwrap_or_else(|_| TaskId::unnamed())
}

fn read_classification(object: &Object<'_>, problems: &mut Problems) -> Classification {
    let mut text = |key: &str| object.text(key, problems).unwrap_or_default();
    Classification {
        interaction_complexity: text("interaction_complexity"),
        visual_complexity: text("visual_complexity"),
        domain: text("domain"),
        sub_domain: text("sub_domain"),
    }
}

/// How a task was recorded, of a row or of a `metadata.json`.
pub(super) fn read_recording(object: &Object<'_>, problems: &mut Problems) -> RecordingDetails {
    let resolution = object.text("resolution", problems).unwrap_or_default();
    if !resolution.trim().is_empty()
        && let Err(message) = parse_viewport(&resolution)
    {
        problems.add(&object.field("resolution"), message);
    }
    RecordingDetails {
        resolution,
        environment: object.text("environment", problems).unwrap_or_default(),
    }
}

fn read_row_action(object: &Object<'_>, problems: &mut Problems) -> Option<TaskAction> {
    let parameters = object.object("parameters", problems);
    let action = read_action(object, parameters.as_ref(), Author::Anyone, problems);
    let visual_evaluation_flag = object.flag("visual_evaluation_flag", problems).unwrap_or(false);
    // An empty text is how some rows say that there is none.
    let given = |text: &String| !text.trim().is_empty();
    let checkpoint_screenshot = object.text("checkpoint_screenshot", problems).filter(given);
    let logical_assertion = object.text("logical_assertion", problems).filter(given);
    Some(TaskAction { visual_evaluation_flag, checkpoint_screenshot, logical_assertion, ..action? })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn ids_that_no_task_id_is_get_a_name_of_their_own() {
        assert_eq!(task_id_of("todo-list").as_str(), "todo-list");
        let (first, second) = (task_id_of("my täsk"), task_id_of("my tösk"));
        assert!(first.as_str().starts_with("my-t-sk-"), "{first}");
        assert_ne!(first, second);
        assert!(task_id_of(&"ä b".repeat(60)).as_str().len() <= 100);
    }

    #[test]
    fn an_id_is_one_part_of_a_path() {
        for (id, fine) in [
            ("a b", true),
            ("日本", true),
            ("../a", false),
            ("a/b", false),
            (".", false),
            ("..", false),
            (".hidden", false),
            ("a\\b", false),
            ("a\nb", false),
            ("C:", false),
            (" ", false),
        ] {
            let mut problems = Problems::of(Path::new("t"));
            let row = serde_json::json!({"id": id, "action_sequence": []});
            assert_eq!(read_row(&row, &mut problems).is_some(), fine, "{id:?}");
            assert_eq!(problems.count() == 0, fine, "{id:?}");
        }
    }

    #[test]
    fn published_forms_of_a_row_are_read() {
        let row = serde_json::json!({
            "id": 17, "annotator": {"name": "x"}, "recording_details": null,
            "action_sequence": [
                {"type": "Click"},
                {"type": "click", "parameters": null, "visual_evaluation_flag": null},
                {"type": "Click", "parameters": {"description": "a", "element_index": "3", "xpath": 1}},
                {"type": "Type", "parameters": {"description": "Type 'x' in the field"}},
                {"type": "Press", "parameters": {"description": "press enter"}},
                {"type": "Press", "parameters": {"key": " "}},
                {"type": "Scroll", "parameters": {"direction": "Down", "scroll_page": "0.5"}},
                {"type": "Scroll", "parameters": {}, "visual_evaluation_flag": "True",
                 "checkpoint_screenshot": "", "logical_assertion": ""},
            ],
        });
        let mut problems = Problems::of(Path::new("t"));
        let read = read_row(&row, &mut problems).unwrap();
        problems.into_result("").unwrap();
        assert_eq!(read.id, "17");
        assert_eq!(read.action_sequence.len(), 8);
        assert_eq!(read.action_sequence[2].parameters.element_index, Some(3));
        assert_eq!(read.action_sequence[6].parameters.scroll_page, Some(0.5));
        let last = &read.action_sequence[7];
        assert!(last.visual_evaluation_flag && last.checkpoint_screenshot.is_none());
        assert_eq!(last.logical_assertion, None);
    }

    #[test]
    fn every_wrong_field_of_a_row_is_named() {
        let target = serde_json::json!({"kind": "state", "target": {"role": "x"}, "state": "lit", "is": true});
        let row = serde_json::json!({
            "id": "a", "recording_details": {"resolution": "wide"}, "classification": 3,
            "action_sequence": [
                {"type": "Swipe"},
                {"type": "Scroll", "parameters": {"direction": "north", "scroll_page": 0}},
                {"type": "Type", "parameters": {"description": "the search field"}},
                {"type": "Press", "parameters": {"description": "the search field"}},
                {"type": "Click", "check": [target, {"kind": "smells"}, {"kind": "url", "contains": " "},
                    {"kind": "style", "target": {"role": "x"}, "property": "margin", "value": "0"},
                    {"kind": "storage", "area": "cookie", "key": "k"},
                    {"kind": "visible", "target": {"rol": "x"}}, {"kind": "visible", "target": {}}]},
                {"type": "Drag", "parameters": {"description": "a"}},
                {"type": "Upload", "parameters": {"description": "a", "file": "../x"}},
                {"type": "Resize"}, {"type": "Wait", "parameters": {"milliseconds": -1}},
                {"type": "Hover", "target": {"role": "x", "ordinal": 0}},
                "Click",
            ],
        });
        let mut problems = Problems::of(Path::new("t.jsonl"));
        problems.on_line(12);
        read_row(&row, &mut problems);
        let text = problems.into_result("").unwrap_err().to_string();
        for part in [
            "t.jsonl:12: classification: a number, not an object",
            "recording_details.resolution: `wide` is not a viewport",
            "action_sequence[0].type: `Swipe` is no type of action; there is `Click`, `DoubleClick`",
            "action_sequence[1].parameters.direction: `north` is no direction; there is `down`",
            "action_sequence[1].parameters.scroll_page: it is more than 0",
            "action_sequence[2].parameters.text: there is no text to type",
            "action_sequence[3].parameters.key: there is no key",
            "action_sequence[4].check[0].state: `lit` is unknown; there is `checked`",
            "action_sequence[4].check[1]: unknown variant `smells`",
            "action_sequence[4].check[2].contains: an empty text",
            "action_sequence[4].check[3].property: `margin` is unknown; there is `display`",
            "action_sequence[4].check[4].area: `cookie` is unknown",
            "action_sequence[4].check[5]: unknown field `rol`",
            "action_sequence[4].check[6].target: it fits every element",
            "action_sequence[5].parameters.to: nothing says what",
            "action_sequence[6].parameters.file: `../x` is not a path",
            "action_sequence[7].parameters.viewport: it is missing",
            "action_sequence[8].parameters.milliseconds: -1 is no whole number",
            "action_sequence[9].target.ordinal: it counts from 1",
            "action_sequence[10]: a text, not an object",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }
}
