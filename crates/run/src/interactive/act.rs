//! From an action of a task to what a hand does: which parameters it needs, and what it means on this
//! page.

use std::sync::Arc;

use pageloom_agent::ground;
use pageloom_browser::{Act, MouseButton, NotDone};
use pageloom_schema::{ActionKind, Direction, Millis, PageState, StepFailure, TaskAction};

/// How far a page is scrolled where the action does not say, in windows.
const HALF_A_WINDOW: f64 = 0.5;
/// How long is waited at most where the action does not say.
const WAIT_LIMIT: Millis = Millis(5_000);

/// Whether an action is done to an element, and not to whatever has the focus or to the window.
pub(super) fn needs_element(action: &TaskAction) -> bool {
    match action.kind {
        ActionKind::GoBack | ActionKind::Resize | ActionKind::Wait => false,
        // What is said of a key or of scrolling is mostly what is done, and not where.
        ActionKind::Press | ActionKind::Scroll => action.target.is_some(),
        ActionKind::Type => action.target.is_some() || action.parameters.description.is_some(),
        _ => true,
    }
}

/// The act of an action on `element` (and `to`, of a drag), both by their index in the page's state.
/// `compat` does what was published: every scroll goes half a window down. `files` finds a file of the
/// task.
///
/// # Errors
/// [`StepFailure::Unfit`] for an action that lacks what it needs.
pub(super) fn act(
    action: &TaskAction,
    state: &PageState,
    (element, to): (Option<u32>, Option<u32>),
    compat: bool,
    files: &dyn Fn(&str) -> Option<Arc<[u8]>>,
) -> Result<Act, NotDone> {
    let given = &action.parameters;
    let unfit = |detail: &str| NotDone { reason: StepFailure::Unfit, detail: detail.to_owned() };
    let on = || element.ok_or_else(|| unfit("the action does not say what it is done to"));
    let said = given.description.as_deref().unwrap_or_default();
    let click = |button, count| Ok(Act::Click { element: on()?, button, count });
    match action.kind {
        ActionKind::Click => click(MouseButton::Left, 1),
        ActionKind::DoubleClick => click(MouseButton::Left, 2),
        ActionKind::RightClick => click(MouseButton::Right, 1),
        ActionKind::Hover => Ok(Act::Hover { element: on()? }),
        ActionKind::Type => {
            let text = given.text.clone().or_else(|| ground::typed_text(said));
            let text = text.ok_or_else(|| unfit("the action does not say what is typed"))?;
            Ok(Act::Type { element, text })
        }
        ActionKind::Clear => Ok(Act::Clear { element: on()? }),
        ActionKind::Press => {
            let key = given.key.clone().or_else(|| ground::key_of(said));
            let key = key.ok_or_else(|| unfit("the action does not say which key"))?;
            Ok(Act::Press { element, key })
        }
        ActionKind::Scroll => {
            let (width, height) =
                (f64::from(state.viewport.width), f64::from(state.viewport.height));
            let pages = given.scroll_page.unwrap_or(HALF_A_WINDOW);
            let by = match given.direction.filter(|_| !compat) {
                Some(Direction::Up) => (0.0, -pages * height),
                Some(Direction::Left) => (-pages * width, 0.0),
                Some(Direction::Right) => (pages * width, 0.0),
                Some(Direction::Down) => (0.0, pages * height),
                None if compat => (0.0, HALF_A_WINDOW * height),
                None => (0.0, pages * height),
            };
            Ok(Act::Scroll { element, by })
        }
        ActionKind::Drag => {
            let to = to.ok_or_else(|| unfit("the action does not say where to drag it"))?;
            Ok(Act::Drag { from: on()?, to })
        }
        ActionKind::Select => {
            let option = given.option.clone().or_else(|| given.text.clone());
            let option = option.ok_or_else(|| unfit("the action does not say which option"))?;
            Ok(Act::Select { element: on()?, option })
        }
        ActionKind::Upload => {
            let name = given.file.as_deref().ok_or_else(|| unfit("there is no file to upload"))?;
            let bytes =
                files(name).ok_or_else(|| unfit(&format!("the task has no file `{name}`")))?;
            let name = name.rsplit('/').next().unwrap_or(name).to_owned();
            Ok(Act::Upload { element: on()?, name, bytes })
        }
        ActionKind::GoBack => Ok(Act::GoBack),
        ActionKind::Resize => {
            let size = given.viewport.ok_or_else(|| unfit("the action does not say how large"))?;
            Ok(Act::Resize(size))
        }
        ActionKind::Wait => Ok(Act::Wait(wait_limit(action))),
    }
}

/// How long an action waits at most, in the page's time.
pub(super) fn wait_limit(action: &TaskAction) -> Millis {
    action.parameters.milliseconds.map_or(WAIT_LIMIT, Millis)
}
