//! One action as a task file or a script has it: read member by member, and checked for what its kind
//! needs. Owns what both files agree on; the names of what differs between them stay with each.

use pageloom_agent::ground;
use pageloom_schema::{
    ActionKind, ActionParameters, Check, Direction, SitePath, Target, TaskAction, Viewport,
};
use serde_json::Value;

use crate::problems::{Object, Problems, shortened};

/// The kinds of action by their names in files.
pub(super) const KINDS: [(&str, ActionKind); 14] = [
    ("Click", ActionKind::Click),
    ("DoubleClick", ActionKind::DoubleClick),
    ("RightClick", ActionKind::RightClick),
    ("Hover", ActionKind::Hover),
    ("Type", ActionKind::Type),
    ("Clear", ActionKind::Clear),
    ("Press", ActionKind::Press),
    ("Scroll", ActionKind::Scroll),
    ("Drag", ActionKind::Drag),
    ("Select", ActionKind::Select),
    ("Upload", ActionKind::Upload),
    ("GoBack", ActionKind::GoBack),
    ("Resize", ActionKind::Resize),
    ("Wait", ActionKind::Wait),
];

/// The parameters of an action by their names in files.
pub(super) const PARAMETERS: [&str; 13] = [
    "description",
    "text",
    "key",
    "direction",
    "scroll_page",
    "element_index",
    "to",
    "to_target",
    "option",
    "file",
    "viewport",
    "condition",
    "milliseconds",
];

/// States that a check may ask for.
const STATES: [&str; 5] = ["checked", "selected", "expanded", "pressed", "focused"];
/// Computed styles that a check may ask for.
const STYLES: [&str; 8] = [
    "display",
    "visibility",
    "opacity",
    "color",
    "background-color",
    "font-weight",
    "text-decoration-line",
    "cursor",
];
/// Storages that a check may ask for.
const AREAS: [&str; 2] = ["local", "session"];
/// The longest wait, in milliseconds of the page's time.
const MAX_WAIT: u64 = 600_000;
/// The furthest scroll, in windows.
const MAX_SCROLL: f64 = 1_000.0;

/// Who wrote the action.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Author {
    /// Others, in the published layout, where any parameter of the published kinds may be missing.
    Anyone,
    /// Us: every action says what it is done to.
    Ourselves,
}

/// An action without what is to come of it. `parameters` stand in an object of their own in a task
/// file, and beside the type in a script.
pub(super) fn read_action(
    action: &Object<'_>,
    parameters: Option<&Object<'_>>,
    author: Author,
    problems: &mut Problems,
) -> Option<TaskAction> {
    let before = problems.count();
    let kind = read_kind(action, problems);
    let read = parameters.map(|object| read_parameters(object, problems)).unwrap_or_default();
    let target = action
        .get("target")
        .and_then(|value| read_target(value, &action.field("target"), problems));
    let check = action
        .list("check", problems)
        .into_iter()
        .filter_map(|(field, value)| read_check(value, &field, problems))
        .collect();
    let action_read = TaskAction {
        kind: kind?,
        parameters: read,
        visual_evaluation_flag: false,
        checkpoint_screenshot: None,
        logical_assertion: None,
        check,
        target,
    };
    if problems.count() == before {
        let field = |key: &str| match parameters {
            Some(object) => object.field(key),
            None => action.field(&format!("parameters.{key}")),
        };
        check_needs(&action_read, author, &field, problems);
    }
    Some(action_read)
}

fn read_kind(action: &Object<'_>, problems: &mut Problems) -> Option<ActionKind> {
    let name = action.required_text("type", problems)?;
    let kind = KINDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name.trim()));
    if kind.is_none() {
        let known = KINDS.map(|(known, _)| known).join("`, `");
        let message = format!("`{}` is no type of action; there is `{known}`", shortened(&name));
        problems.add(&action.field("type"), message);
    }
    kind.map(|(_, kind)| *kind)
}

fn read_parameters(object: &Object<'_>, problems: &mut Problems) -> ActionParameters {
    let direction = object.text("direction", problems).and_then(|word| {
        let direction = match word.trim().to_lowercase().as_str() {
            "" | "down" => Some(Direction::Down),
            "up" => Some(Direction::Up),
            "left" => Some(Direction::Left),
            "right" => Some(Direction::Right),
            _ => None,
        };
        if direction.is_none() {
            let message = format!(
                "`{}` is no direction; there is `down`, `up`, `left`, `right`",
                shortened(&word)
            );
            problems.add(&object.field("direction"), message);
        }
        direction.filter(|_| !word.trim().is_empty())
    });
    let scroll_page = object.number("scroll_page", problems);
    if scroll_page.is_some_and(|pages| !(0.0..=MAX_SCROLL).contains(&pages) || pages == 0.0) {
        let message = format!("it is more than 0 and at most {MAX_SCROLL} windows");
        problems.add(&object.field("scroll_page"), message);
    }
    let index = object.whole("element_index", u64::from(u32::MAX), problems);
    ActionParameters {
        description: object.text("description", problems),
        text: object.text("text", problems),
        key: object.text("key", problems),
        direction,
        scroll_page,
        element_index: index.and_then(|index| u32::try_from(index).ok()),
        to: object.text("to", problems),
        to_target: object
            .get("to_target")
            .and_then(|value| read_target(value, &object.field("to_target"), problems)),
        option: object.text("option", problems),
        file: object.text("file", problems),
        viewport: object
            .get("viewport")
            .and_then(|value| read_viewport(value, &object.field("viewport"), problems)),
        condition: object
            .get("condition")
            .and_then(|value| read_check(value, &object.field("condition"), problems)),
        milliseconds: object.whole("milliseconds", MAX_WAIT, problems),
    }
}

/// A window: `1280x720`, or an object of width and height.
pub(super) fn read_viewport(
    value: &Value,
    field: &str,
    problems: &mut Problems,
) -> Option<Viewport> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Object(_) => {
            let size = |side: &str| value.get(side).map_or_else(String::new, Value::to_string);
            format!("{}x{}", size("width"), size("height"))
        }
        other => other.to_string(),
    };
    parse_viewport(&text).map_err(|message| problems.add(field, message)).ok()
}

/// A window as people write it: with spaces, with `×`, `X` or `*` between its sides.
pub(super) fn parse_viewport(text: &str) -> Result<Viewport, String> {
    let plain: String = text
        .trim()
        .trim_end_matches("px")
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| if matches!(c, '×' | 'X' | '*') { 'x' } else { c })
        .take(40)
        .collect();
    plain.parse()
}

fn read_target(value: &Value, field: &str, problems: &mut Problems) -> Option<Target> {
    // The text of a value is read, not the value itself: the message then names what is expected.
    match serde_json::from_value::<Target>(value.clone()) {
        Ok(target) => {
            check_target(&target, field, problems);
            Some(target)
        }
        Err(error) => {
            problems.add(field, error.to_string());
            None
        }
    }
}

fn check_target(target: &Target, field: &str, problems: &mut Problems) {
    let parts = [&target.role, &target.name, &target.text, &target.placeholder];
    if parts.iter().all(|part| part.as_ref().is_none_or(|part| part.trim().is_empty()))
        && target.near.is_none()
        && target.section.is_none()
    {
        problems.add(field, "it fits every element; give a role, a name or a text");
    }
    if target.ordinal == Some(0) {
        let field = format!("{field}.ordinal");
        problems.add(&field, "it counts from 1, or from the end with -1");
    }
}

fn read_check(value: &Value, field: &str, problems: &mut Problems) -> Option<Check> {
    let check = match serde_json::from_value::<Check>(value.clone()) {
        Ok(check) => check,
        Err(error) => {
            problems.add(field, error.to_string());
            return None;
        }
    };
    let mut one_of = |member: &str, value: &str, known: &[&str]| {
        if !known.contains(&value) {
            let known = known.join("`, `");
            let message = format!("`{}` is unknown; there is `{known}`", shortened(value));
            problems.add(&format!("{field}.{member}"), message);
        }
    };
    let target = match &check {
        Check::State { state, target, .. } => {
            one_of("state", state, &STATES);
            Some(("target", target))
        }
        Check::Style { property, target, .. } => {
            one_of("property", property, &STYLES);
            Some(("target", target))
        }
        Check::Storage { area, .. } => {
            one_of("area", area, &AREAS);
            None
        }
        Check::Count { target, .. }
        | Check::Value { target, .. }
        | Check::Visible { target }
        | Check::Hidden { target }
        | Check::Enabled { target }
        | Check::Disabled { target }
        | Check::Attribute { target, .. } => Some(("target", target)),
        Check::TextVisible { within, .. } | Check::TextAbsent { within, .. } => {
            within.as_ref().map(|target| ("within", target))
        }
        Check::RegionChanged { target, .. } => target.as_ref().map(|target| ("target", target)),
        Check::Url { .. } | Check::NoConsoleError => None,
    };
    if let Some((member, target)) = target {
        check_target(target, &format!("{field}.{member}"), problems);
    }
    let empty = match &check {
        Check::TextVisible { text, .. } | Check::TextAbsent { text, .. } => Some(("text", text)),
        Check::Url { contains } => Some(("contains", contains)),
        _ => None,
    };
    if let Some((member, _)) = empty.filter(|(_, text)| text.trim().is_empty()) {
        problems.add(&format!("{field}.{member}"), "an empty text is in everything");
    }
    Some(check)
}

/// What an action of its kind cannot do without.
fn check_needs(
    action: &TaskAction,
    author: Author,
    field: &dyn Fn(&str) -> String,
    problems: &mut Problems,
) {
    let given = &action.parameters;
    let blank = |text: &Option<String>| text.as_ref().is_none_or(|text| text.trim().is_empty());
    let described = given.description.as_deref().unwrap_or_default();
    let nameless = blank(&given.description) && action.target.is_none();
    match action.kind {
        ActionKind::Click => {
            if nameless && author == Author::Ourselves {
                problems.add(&field("description"), "nothing says what it is done to");
            }
        }
        ActionKind::DoubleClick
        | ActionKind::RightClick
        | ActionKind::Hover
        | ActionKind::Clear
        | ActionKind::Drag
        | ActionKind::Select
        | ActionKind::Upload => {
            if nameless {
                problems.add(&field("description"), "nothing says what it is done to");
            }
        }
        ActionKind::Type => {
            if given.text.as_ref().is_none_or(String::is_empty)
                && ground::typed_text(described).is_none()
            {
                let message = "there is no text to type, and the description has none in quotes";
                problems.add(&field("text"), message);
            }
        }
        ActionKind::Press => {
            // A space is a key by its DOM name.
            let keyless = given.key.as_ref().is_none_or(String::is_empty);
            if keyless && ground::key_of(described).is_none() {
                let message = "there is no key, and the description names none such as `Enter`";
                problems.add(&field("key"), message);
            }
        }
        ActionKind::Resize => {
            if given.viewport.is_none() {
                problems.add(&field("viewport"), "it is missing; write such as 375x812");
            }
        }
        ActionKind::Wait => {
            if given.condition.is_none() && given.milliseconds.is_none() {
                problems.add(&field("condition"), "neither a condition nor milliseconds are given");
            }
        }
        ActionKind::Scroll | ActionKind::GoBack => {}
    }
    match action.kind {
        ActionKind::Drag if blank(&given.to) && given.to_target.is_none() => {
            problems.add(&field("to"), "nothing says what it is dragged onto");
        }
        ActionKind::Select if blank(&given.option) => {
            problems.add(&field("option"), "it is missing: the label or value that is chosen");
        }
        ActionKind::Upload => {
            let path = given.file.as_deref().unwrap_or_default();
            if let Err(error) = SitePath::new(path) {
                problems.add(&field("file"), error.to_string());
            }
        }
        _ => {}
    }
}
