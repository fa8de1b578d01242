//! The elements of a page as a tester is told of them: a number, what it is, what it says.

use pageloom_schema::{PageElement, PageState};

/// The most elements that are told.
const MAX_MARKS: usize = 400;
/// The most characters of a name or a value that are told.
const MAX_TEXT: usize = 80;

/// An element as a tester is told of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// What moves name it by: [`PageElement::index`].
    pub number: u32,
    /// How deep it lies in those that are told, from 0.
    pub depth: usize,
    /// Its role, or its tag.
    pub role: String,
    /// Its name, or what it says.
    pub name: String,
    /// What a field holds.
    pub value: Option<String>,
    /// The states it has, such as `checked` or `disabled`.
    pub states: Vec<String>,
    /// A move can be done to it.
    pub is_usable: bool,
}

/// The elements in the window that moves can be done to: those that are numbered on a screenshot.
#[must_use]
pub fn marks_in_view(state: &PageState) -> Vec<Mark> {
    let usable = |element: &PageElement| element.in_view && is_usable(element);
    marks(state, &usable)
}

/// All elements that can be seen somewhere on the page and say or do something.
#[must_use]
pub fn marks_of_all(state: &PageState) -> Vec<Mark> {
    let says = |element: &PageElement| {
        is_usable(element) || !element.own_text.trim().is_empty() || !element.name.trim().is_empty()
    };
    marks(state, &says)
}

fn is_usable(element: &PageElement) -> bool {
    element.actionable || element.editable
}

fn marks(state: &PageState, told: &dyn Fn(&PageElement) -> bool) -> Vec<Mark> {
    // The depth of each element among those that are told; of one that is not, that of what it is in.
    let mut depths: Vec<usize> = Vec::with_capacity(state.elements.len());
    let mut marks = Vec::new();
    for (at, element) in state.elements.iter().enumerate() {
        let above = element.parent.map(|parent| parent as usize).filter(|parent| *parent < at);
        let depth = above.map_or(0, |parent| depths[parent]);
        let seen = element.visible && element.rect.area() > 0.0 && told(element);
        depths.push(depth + usize::from(seen));
        if seen && marks.len() < MAX_MARKS {
            marks.push(mark(element, depth));
        }
    }
    marks
}

fn mark(element: &PageElement, depth: usize) -> Mark {
    let first = [&element.name, &element.own_text, &element.text, &element.placeholder];
    let name = first.into_iter().find(|text| !text.trim().is_empty());
    let generic = element.role.is_empty() || element.role == "generic";
    let secret = element.attributes.get("type").is_some_and(|kind| kind == "password");
    let value = element.value.as_ref().map(|value| {
        if secret { "•".repeat(value.chars().count().min(MAX_TEXT)) } else { short(value) }
    });
    Mark {
        number: element.index,
        depth,
        role: if generic { element.tag.clone() } else { element.role.clone() },
        name: name.map(|text| short(text)).unwrap_or_default(),
        value,
        states: element
            .states
            .iter()
            .filter(|(_, is)| **is)
            .map(|(name, _)| name.clone())
            .collect(),
        is_usable: is_usable(element),
    }
}

impl Mark {
    /// The line that tells of it: `[5] checkbox "Milk" (checked)`.
    pub(super) fn line(&self) -> String {
        let number = if self.is_usable { format!("[{}] ", self.number) } else { String::new() };
        let mut line = format!("{}{number}{}", "  ".repeat(self.depth.min(12)), self.role);
        if !self.name.is_empty() {
            line.push_str(&format!(" \"{}\"", self.name));
        }
        if let Some(value) = &self.value {
            line.push_str(&format!(" = \"{value}\""));
        }
        if !self.states.is_empty() {
            line.push_str(&format!(" ({})", self.states.join(", ")));
        }
        line
    }
}

/// A text on one line, shortened.
pub(super) fn short(text: &str) -> String {
    let clean: String =
        text.chars().take(8 * MAX_TEXT).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short: String = line.chars().take(MAX_TEXT).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use pageloom_schema::Rect;

    use super::*;

    fn element(index: u32, parent: Option<u32>, role: &str, name: &str) -> PageElement {
        PageElement {
            index,
            parent,
            role: role.into(),
            tag: "div".into(),
            name: name.into(),
            visible: true,
            in_view: true,
            rect: Rect::new(0.0, 0.0, 10.0, 10.0),
            ..PageElement::default()
        }
    }

    fn state() -> PageState {
        let mut box_ = PageElement { actionable: true, ..element(2, Some(1), "checkbox", "Milk") };
        box_.states.insert("checked".into(), true);
        box_.states.insert("disabled".into(), false);
        let below =
            PageElement { actionable: true, in_view: false, ..element(4, None, "link", "Help") };
        let mut secret = PageElement { editable: true, ..element(5, None, "textbox", "Password") };
        secret.value = Some("abc".into());
        secret.attributes.insert("type".into(), "password".into());
        let elements = vec![
            element(0, None, "generic", ""),
            element(1, Some(0), "list", "Shopping"),
            box_,
            PageElement { visible: false, ..element(3, Some(1), "button", "Gone") },
            below,
            secret,
        ];
        PageState { elements, ..PageState::default() }
    }

    #[test]
    fn what_can_be_used_in_the_window_is_numbered() {
        let lines: Vec<String> = marks_in_view(&state()).iter().map(Mark::line).collect();
        assert_eq!(
            lines,
            ["[2] checkbox \"Milk\" (checked)", "[5] textbox \"Password\" = \"•••\""]
        );
    }

    #[test]
    fn all_that_can_be_seen_is_told_by_its_depth() {
        let lines: Vec<String> = marks_of_all(&state()).iter().map(Mark::line).collect();
        assert_eq!(
            lines,
            [
                "list \"Shopping\"",
                "  [2] checkbox \"Milk\" (checked)",
                "[4] link \"Help\"",
                "[5] textbox \"Password\" = \"•••\""
            ]
        );
    }

    #[test]
    fn texts_of_a_page_are_short_lines() {
        let mut state = state();
        state.elements[4].name = format!("a\n[9] button {}", "x".repeat(200));
        let lines = marks_of_all(&state);
        let line = lines[2].line();
        assert!(!line.contains('\n') && line.chars().count() < 110, "{line}");
    }
}
