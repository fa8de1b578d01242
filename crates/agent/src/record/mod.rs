//! What a person did on a page: from what was heard of them to the actions of a script.
//!
//! [`Transcript`] takes one [`Heard`] after the other. Each thing that is done becomes one action, with
//! a target that means one element of the page as it was right before: keys of one field become one
//! text, turns of the wheel one scroll, two presses a double one. [`name_of`] calls elements by name.

mod naming;
#[cfg(test)]
mod tests;

use pageloom_schema::{
    ActionKind, ActionParameters, Check, Direction, EditBegin, Heard, HeardEvent, HeardPlace,
    PageState, Target, TaskAction, Viewport,
};

use crate::ground::{self, Wanted};
use naming::is_within;
pub use naming::{Named, name_of};

/// Longest wait that is written down, in milliseconds.
const LONGEST_WAIT: u64 = 60_000;
/// What a wait gets beyond what it took, in milliseconds.
const SLACK: u64 = 3_000;
/// Scrolls of less than this are none, in windows.
const LEAST_SCROLL: f64 = 0.02;
/// Fields that are not used by pressing them.
const SET_TYPES: [&str; 3] = ["range", "color", "file"];

/// What was done, so far.
#[derive(Debug, Default)]
pub struct Transcript {
    actions: Vec<TaskAction>,
    /// The window at the first look.
    viewport: Option<Viewport>,
    /// The window now.
    size: Option<Viewport>,
    title: String,
    down: Option<Down>,
    edit: Option<Edit>,
    scroll: Option<Scroll>,
    /// What the page came to show after the last action, and when that action was done.
    settled: Option<PageState>,
    done_at: u64,
    left_out: u32,
}

/// A button of the pointer went down.
#[derive(Debug)]
struct Down {
    at: u64,
    button: u32,
    place: HeardPlace,
    state: PageState,
}

/// A field that is being edited.
#[derive(Debug)]
struct Edit {
    named: Named,
    before: String,
    after: String,
    set: bool,
}

/// A scroll that goes on.
#[derive(Debug)]
struct Scroll {
    named: Option<Named>,
    direction: Direction,
    pixels: f64,
    /// How far the page was scrolled when it began, and when it was last seen.
    from: (f64, f64),
    seen: Option<(f64, f64)>,
    /// What a window is in this direction.
    window: f64,
}

impl Transcript {
    /// Takes the next thing that was heard.
    pub fn hear(&mut self, heard: Heard) {
        let at = heard.at;
        match heard.event {
            HeardEvent::Down { button, place, state } => {
                self.begin(&state);
                self.down = Some(Down { at, button, place, state });
            }
            HeardEvent::Click => self.press(0, ActionKind::Click),
            HeardEvent::Menu => self.press(2, ActionKind::RightClick),
            HeardEvent::Double => self.double(),
            HeardEvent::Up { place } | HeardEvent::Drop { place } => self.drag(&place),
            HeardEvent::Key { key, place, state } => {
                self.begin(&state);
                self.key(at, &key, &place, &state);
            }
            HeardEvent::Edit { before, after, set, begin } => {
                self.edit(at, before, after, set, begin);
            }
            HeardEvent::Choose { option, place, state } => {
                self.begin(&state);
                let parameters = ActionParameters { option: Some(option), ..Default::default() };
                self.act_on(at, ActionKind::Select, parameters, &place, &state);
            }
            HeardEvent::Scroll { place, by, state } => {
                self.scroll(at, &place, by, state.map(|state| *state));
            }
            HeardEvent::Back { state } => {
                self.begin(&state);
                self.push(at, ActionKind::GoBack, ActionParameters::default(), None);
            }
            HeardEvent::After { state } => {
                self.note_window(&state);
                if let Some(scroll) = &mut self.scroll {
                    scroll.seen = Some(state.scroll);
                }
                self.settled = Some(state);
            }
        }
    }

    /// The actions, in their order.
    #[must_use]
    pub fn finish(mut self) -> Finished {
        self.end_edit();
        self.end_scroll();
        Finished {
            actions: self.actions,
            viewport: self.viewport,
            title: self.title,
            left_out: self.left_out,
        }
    }

    /// How many actions there are, without those that go on.
    #[must_use]
    pub fn count(&self) -> usize {
        self.actions.len()
    }

    /// Something else begins.
    fn begin(&mut self, state: &PageState) {
        self.end_edit();
        if let Some(scroll) = &mut self.scroll {
            scroll.seen = Some(state.scroll);
        }
        self.end_scroll();
        self.note_window(state);
    }

    fn note_window(&mut self, state: &PageState) {
        let size = state.viewport;
        if size.width == 0 || size.height == 0 {
            return;
        }
        if self.title.is_empty() {
            self.title.clone_from(&state.title);
        }
        self.viewport.get_or_insert(size);
        let before = self.size.replace(size);
        if before.is_some_and(|before| before != size) {
            if self.actions.is_empty() {
                // A window that is still being opened, or put where it is wanted.
                self.viewport = Some(size);
                return;
            }
            let parameters = ActionParameters { viewport: Some(size), ..Default::default() };
            // One size after the other until it fits is one resize.
            match self.actions.last_mut() {
                Some(last) if last.kind == ActionKind::Resize => last.parameters = parameters,
                _ => self.actions.push(action(ActionKind::Resize, parameters, None)),
            }
        }
    }

    fn press(&mut self, button: u32, kind: ActionKind) {
        // The press of a label is heard again as one of its field.
        let Some(down) = self.down.take_if(|down| down.button == button) else { return };
        let Down { at, place, state, .. } = down;
        let is_other = place.path.first().is_some_and(|at| {
            state.elements.get(*at as usize).is_some_and(|element| {
                let kind = element.attributes.get("type").map_or("", String::as_str);
                matches!(element.tag.as_str(), "select" | "option" | "optgroup")
                    || element.tag == "input" && SET_TYPES.contains(&kind)
            })
        });
        if !is_other {
            self.act_on(at, kind, ActionParameters::default(), &place, &state);
        }
    }

    /// The last two presses were one double press.
    fn double(&mut self) {
        let [.., first, second] = &mut self.actions[..] else { return };
        let are_presses = first.kind == ActionKind::Click && second.kind == ActionKind::Click;
        if are_presses && first.target == second.target {
            first.kind = ActionKind::DoubleClick;
            self.actions.pop();
        }
    }

    fn drag(&mut self, onto: &HeardPlace) {
        let Some(Down { at, place, state, .. }) = self.down.take_if(|down| down.button == 0) else {
            return;
        };
        let grip = place.grip.map(|grip| grip as usize);
        let from = grip.and_then(|grip| name_of(&state, grip, Wanted::of(ActionKind::Drag)));
        let from = from.or_else(|| named(&place, &state, ActionKind::Drag));
        let path = onto.path.iter().map(|at| *at as usize);
        let mut path = path.filter(|at| grip.is_none_or(|grip| !is_within(&state, *at, grip)));
        let to = path.find_map(|at| name_of(&state, at, Wanted::Any));
        match (from, to) {
            (Some(from), Some(to)) if from.target != to.target => {
                let parameters = ActionParameters {
                    to: Some(to.description),
                    to_target: Some(to.target),
                    ..Default::default()
                };
                self.push(at, ActionKind::Drag, parameters, Some(from));
            }
            _ => self.left_out += 1,
        }
    }

    fn key(&mut self, at: u64, key: &str, place: &HeardPlace, state: &PageState) {
        self.down = None;
        if !is_playable(key) {
            self.left_out += 1;
            return;
        }
        let focused = place.path.first().map(|at| *at as usize).filter(|at| {
            let states = state.elements.get(*at).map(|element| &element.states);
            states.is_some_and(|states| states.get("focused") == Some(&true))
        });
        let named = focused.and_then(|at| name_of(state, at, Wanted::of(ActionKind::Press)));
        let description = match &named {
            Some(named) => format!("the {key} key in {}", named.description),
            None => format!("the {key} key"),
        };
        let target =
            named.map(|named| Named { target: named.target, description: description.clone() });
        let parameters = ActionParameters {
            key: Some(key.to_owned()),
            description: Some(description),
            ..Default::default()
        };
        self.push(at, ActionKind::Press, parameters, target);
    }

    fn edit(
        &mut self,
        at: u64,
        before: String,
        after: String,
        set: bool,
        begin: Option<Box<EditBegin>>,
    ) {
        if let Some(begin) = begin {
            let EditBegin { place, state } = *begin;
            self.begin(&state);
            self.down = None;
            match named(&place, &state, ActionKind::Type) {
                Some(named) => {
                    self.forget_way_to(&named.target);
                    self.wait_for(at, &named.target);
                    self.edit = Some(Edit { named, before, after: String::new(), set });
                }
                None => self.left_out += 1,
            }
        }
        if let Some(edit) = &mut self.edit {
            edit.after = after;
            self.settled = None;
            self.done_at = at;
        }
    }

    /// Who types into a field has gone there: neither the press nor the key that did it is an action.
    fn forget_way_to(&mut self, target: &Target) {
        let goes = |action: &TaskAction| match action.kind {
            ActionKind::Click => action.target.as_ref() == Some(target),
            ActionKind::Press => {
                let key = action.parameters.key.as_deref();
                matches!(key, Some("Tab" | "Shift+Tab"))
            }
            _ => false,
        };
        while self.actions.last().is_some_and(goes) {
            self.actions.pop();
        }
    }

    fn end_edit(&mut self) {
        let Some(Edit { named, before, after, set }) = self.edit.take() else { return };
        if before == after {
            return;
        }
        let added = if set { Some(after.as_str()) } else { after.strip_prefix(&before) };
        let mut put = |kind, text: Option<&str>| {
            let parameters = ActionParameters {
                description: Some(named.description.clone()),
                text: text.map(str::to_owned),
                ..Default::default()
            };
            self.actions.push(action(kind, parameters, Some(named.target.clone())));
        };
        match added {
            Some(added) if !added.is_empty() => put(ActionKind::Type, Some(added)),
            _ => {
                put(ActionKind::Clear, None);
                if !after.is_empty() {
                    put(ActionKind::Type, Some(&after));
                }
            }
        }
    }

    fn scroll(&mut self, at: u64, place: &HeardPlace, by: (f64, f64), state: Option<PageState>) {
        self.down = None;
        let (direction, pixels) = match by {
            (x, y) if x.abs() > y.abs() && x > 0.0 => (Direction::Right, x),
            (x, y) if x.abs() > y.abs() => (Direction::Left, -x),
            (_, y) if y < 0.0 => (Direction::Up, -y),
            (_, y) => (Direction::Down, y),
        };
        if let Some(state) = state {
            self.end_edit();
            let named = named(place, &state, ActionKind::Scroll);
            let goes_on = self
                .scroll
                .as_ref()
                .is_some_and(|scroll| scroll.named == named && scroll.direction == direction);
            if !goes_on {
                self.begin(&state);
                let window = match direction {
                    Direction::Left | Direction::Right => state.viewport.width,
                    Direction::Up | Direction::Down => state.viewport.height,
                };
                let window = f64::from(window.max(1));
                let (from, seen) = (state.scroll, None);
                self.scroll = Some(Scroll { named, direction, pixels: 0.0, from, seen, window });
            }
        }
        if let Some(scroll) = &mut self.scroll {
            scroll.pixels += pixels;
            self.done_at = at;
        }
    }

    fn end_scroll(&mut self) {
        let Some(Scroll { named, direction, mut pixels, from, seen, window }) = self.scroll.take()
        else {
            return;
        };
        // A page goes no further than to its end, however far the wheel is turned.
        if let (None, Some(seen)) = (&named, seen) {
            pixels = match direction {
                Direction::Down => seen.1 - from.1,
                Direction::Up => from.1 - seen.1,
                Direction::Right => seen.0 - from.0,
                Direction::Left => from.0 - seen.0,
            };
        }
        let windows = (pixels / window * 100.0).round() / 100.0;
        if windows < LEAST_SCROLL {
            return;
        }
        let (description, target) = match named {
            Some(named) => (named.description, Some(named.target)),
            None => ("the page".to_owned(), None),
        };
        let parameters = ActionParameters {
            description: Some(description),
            direction: Some(direction),
            scroll_page: Some(windows),
            ..Default::default()
        };
        self.settled = None;
        self.actions.push(action(ActionKind::Scroll, parameters, target));
    }

    /// An action on an element; what cannot be called by name is left out.
    fn act_on(
        &mut self,
        at: u64,
        kind: ActionKind,
        parameters: ActionParameters,
        place: &HeardPlace,
        state: &PageState,
    ) {
        match named(place, state, kind) {
            Some(named) => self.push(at, kind, parameters, Some(named)),
            None => self.left_out += 1,
        }
    }

    fn push(
        &mut self,
        at: u64,
        kind: ActionKind,
        parameters: ActionParameters,
        named: Option<Named>,
    ) {
        if let Some(named) = &named {
            self.wait_for(at, &named.target);
        }
        let said = named.as_ref().map(|named| match (kind, &parameters.option) {
            (ActionKind::Select, Some(option)) => format!("\"{option}\" in {}", named.description),
            _ => named.description.clone(),
        });
        let parameters =
            ActionParameters { description: parameters.description.or(said), ..parameters };
        self.actions.push(action(kind, parameters, named.map(|named| named.target)));
        self.settled = None;
        self.done_at = at;
    }

    /// What was not there when the page had had its time to react has to be waited for.
    fn wait_for(&mut self, at: u64, target: &Target) {
        let Some(settled) = self.settled.take() else { return };
        if self.actions.is_empty() || !ground::all(&settled, target).is_empty() {
            return;
        }
        let took = at.saturating_sub(self.done_at) + SLACK;
        let parameters = ActionParameters {
            condition: Some(Check::Visible { target: target.clone() }),
            milliseconds: Some(took.min(LONGEST_WAIT)),
            ..Default::default()
        };
        self.actions.push(action(ActionKind::Wait, parameters, None));
    }
}

/// A transcript that has ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    /// What was done.
    pub actions: Vec<TaskAction>,
    /// The window at the beginning; absent where nothing was seen.
    pub viewport: Option<Viewport>,
    /// The document's title at the beginning.
    pub title: String,
    /// Things that were done to what cannot be called by name, and keys that cannot be played.
    pub left_out: u32,
}

fn action(kind: ActionKind, parameters: ActionParameters, target: Option<Target>) -> TaskAction {
    TaskAction {
        kind,
        parameters,
        visual_evaluation_flag: true,
        checkpoint_screenshot: None,
        logical_assertion: None,
        check: Vec::new(),
        target,
    }
}

/// What an event was meant for, by name.
fn named(place: &HeardPlace, state: &PageState, kind: ActionKind) -> Option<Named> {
    let wanted = Wanted::of(kind);
    let elements = &state.elements;
    let path: Vec<usize> =
        place.path.iter().map(|at| *at as usize).filter(|at| *at < elements.len()).collect();
    let control = place.control.map(|at| at as usize);
    let control = control.filter(|at| elements.get(*at).is_some_and(|element| element.visible));
    let pressed = match kind {
        ActionKind::Click | ActionKind::DoubleClick | ActionKind::RightClick => {
            // What holds other controls is not pressed where it can be pressed as a whole.
            let inner = path.first().copied();
            path.iter().copied().find(|at| {
                elements[*at].actionable
                    && inner.is_some_and(|inner| {
                        !(at + 1..elements.len()).take_while(|one| is_within(state, *one, *at)).any(
                            |one| {
                                let one_of = &elements[one];
                                let is_other = !is_within(state, inner, one);
                                one_of.actionable && one_of.visible && is_other
                            },
                        )
                    })
            })
        }
        _ => None,
    };
    let tried = control.into_iter().chain(pressed).chain(path);
    tried.filter(|at| elements[*at].visible).find_map(|at| name_of(state, at, wanted))
}

/// Whether a key can be played: one of a plain keyboard.
fn is_playable(key: &str) -> bool {
    const NAMED: [&str; 16] = [
        "Enter",
        "Tab",
        "Escape",
        "Backspace",
        "Delete",
        "Insert",
        "Home",
        "End",
        "PageUp",
        "PageDown",
        "ArrowLeft",
        "ArrowUp",
        "ArrowRight",
        "ArrowDown",
        "Space",
        "ContextMenu",
    ];
    let last = match key.strip_suffix('+') {
        Some("") => return true,
        Some(before) if before.ends_with('+') => return true,
        _ => key.rsplit('+').next().unwrap_or(key),
    };
    let mut characters = last.chars();
    let single = characters.next().filter(|_| characters.next().is_none());
    let is_function = last
        .strip_prefix('F')
        .and_then(|number| number.parse::<u32>().ok())
        .is_some_and(|number| (1..=12).contains(&number));
    NAMED.contains(&last) || is_function || single.is_some_and(|c| c.is_ascii_graphic())
}
