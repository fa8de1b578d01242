//! What is wrong with a file that people write: every problem with its line and field, up to
//! [`MAX_PROBLEMS`], so that one pass over the message mends the file. Also the walk over a parsed
//! value that finds them: an [`Object`] gives its members typed and says what they are not.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::error::RunError;

/// The most problems that are told of one file.
pub const MAX_PROBLEMS: usize = 20;

/// One thing that is wrong in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where the value stands, from 1; absent where no line is to blame.
    pub line: Option<usize>,
    /// Which value, such as `action_sequence[3].parameters.direction`; empty for a whole line.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

/// All that is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub struct FileProblems {
    /// The file.
    pub path: PathBuf,
    /// The first [`MAX_PROBLEMS`], in the order of the file.
    pub problems: Vec<Problem>,
    /// How many more there are.
    pub more: usize,
    /// What helps.
    pub hint: &'static str,
}

impl FileProblems {
    fn words(&self) -> String {
        let name = self.path.file_name().unwrap_or(self.path.as_os_str()).to_string_lossy();
        let count = self.problems.len() + self.more;
        let noun = if count == 1 { "problem" } else { "problems" };
        let mut words = format!("`{}` has {count} {noun}:", self.path.display());
        for problem in &self.problems {
            words += &format!("\n{name}:");
            if let Some(line) = problem.line {
                words += &format!("{line}:");
            }
            if !problem.field.is_empty() {
                words += &format!(" {}:", problem.field);
            }
            words += &format!(" {}", problem.message);
        }
        if self.more > 0 {
            words += &format!("\n… and {} more", self.more);
        }
        words + "\nhint: " + self.hint
    }
}

/// Which line a value stands on.
enum Lines {
    /// All of them on this one.
    One(Option<usize>),
    /// Each on its own, by its field.
    ByField(BTreeMap<String, usize>),
}

/// Problems as they are found.
pub(crate) struct Problems {
    path: PathBuf,
    found: Vec<Problem>,
    more: usize,
    lines: Lines,
}

impl Problems {
    pub(crate) fn of(path: &Path) -> Self {
        Self { path: path.to_owned(), found: Vec::new(), more: 0, lines: Lines::One(None) }
    }

    /// What is found from here on stands on this line.
    pub(crate) fn on_line(&mut self, line: usize) {
        self.lines = Lines::One(Some(line));
    }

    /// What is found from here on stands where its field does.
    pub(crate) fn on_lines(&mut self, lines: BTreeMap<String, usize>) {
        self.lines = Lines::ByField(lines);
    }

    /// The number of problems so far.
    pub(crate) fn count(&self) -> usize {
        self.found.len() + self.more
    }

    pub(crate) fn add(&mut self, field: &str, message: impl Into<String>) {
        let line = self.line_of(field);
        self.add_at(line, field, message);
    }

    pub(crate) fn add_at(&mut self, line: Option<usize>, field: &str, message: impl Into<String>) {
        if self.found.len() >= MAX_PROBLEMS {
            self.more += 1;
            return;
        }
        self.found.push(Problem { line, field: shortened(field), message: message.into() });
    }

    /// The line of a field, or of the nearest one above it that has one.
    fn line_of(&self, field: &str) -> Option<usize> {
        let lines = match &self.lines {
            Lines::One(line) => return *line,
            Lines::ByField(lines) => lines,
        };
        let mut field = field;
        loop {
            if let Some(line) = lines.get(field) {
                return Some(*line);
            }
            field = field.get(..field.rfind(['.', '['])?)?;
        }
    }

    /// Nothing, if nothing was found.
    pub(crate) fn into_result(self, hint: &'static str) -> Result<(), RunError> {
        if self.found.is_empty() {
            return Ok(());
        }
        let Self { path, found, more, .. } = self;
        Err(RunError::BadFile(FileProblems { path, problems: found, more, hint }))
    }
}

/// A value from a file as a message shows it.
pub(crate) fn shortened(text: &str) -> String {
    let mut out: String =
        text.chars().take(80).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(80).is_some() {
        out.push('…');
    }
    out
}

/// The members of an object of a parsed file, and where it stands.
pub(crate) struct Object<'v> {
    members: &'v Map<String, Value>,
    path: String,
}

impl<'v> Object<'v> {
    /// The value as an object; a problem where it is something else.
    pub(crate) fn of(value: &'v Value, path: &str, problems: &mut Problems) -> Option<Self> {
        if let Value::Object(members) = value {
            return Some(Self { members, path: path.to_owned() });
        }
        problems.add(path, format!("{}, not an object", kind_of(value)));
        None
    }

    /// The field name of a member.
    pub(crate) fn field(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// A member; `null` is as good as none.
    pub(crate) fn get(&self, key: &str) -> Option<&'v Value> {
        self.members.get(key).filter(|value| !value.is_null())
    }

    /// Members of other names than these are problems.
    pub(crate) fn only(&self, keys: &[&str], problems: &mut Problems) {
        let mut unknown: Vec<&String> =
            self.members.keys().filter(|key| !keys.contains(&key.as_str())).collect();
        // Whether a map keeps its order is decided by what else is in the program.
        unknown.sort();
        for key in unknown {
            let known = keys.join("`, `");
            problems.add(&self.field(key), format!("an unknown key; there is `{known}`"));
        }
    }

    pub(crate) fn text(&self, key: &str, problems: &mut Problems) -> Option<String> {
        let value = self.get(key)?;
        let Value::String(text) = value else {
            problems.add(&self.field(key), format!("{}, not a text", kind_of(value)));
            return None;
        };
        if text.contains('\0') {
            problems.add(&self.field(key), "a NUL character is in it");
            return None;
        }
        Some(text.clone())
    }

    /// A text that has to be there and not blank.
    pub(crate) fn required_text(&self, key: &str, problems: &mut Problems) -> Option<String> {
        let before = problems.count();
        let text = self.text(key, problems);
        if problems.count() == before && text.as_ref().is_none_or(|text| text.trim().is_empty()) {
            problems.add(&self.field(key), "it is missing or empty");
            return None;
        }
        text
    }

    /// A number, also one that is written as a text.
    pub(crate) fn number(&self, key: &str, problems: &mut Problems) -> Option<f64> {
        let value = self.get(key)?;
        let number = match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        let number = number.filter(|number| number.is_finite());
        if number.is_none() {
            problems.add(&self.field(key), format!("{}, not a number", shown(value)));
        }
        number
    }

    /// A whole number of 0 and more, up to `most`.
    pub(crate) fn whole(&self, key: &str, most: u64, problems: &mut Problems) -> Option<u64> {
        let number = self.number(key, problems)?;
        if number.fract() == 0.0 && (0.0..=most as f64).contains(&number) {
            return Some(number as u64);
        }
        problems.add(&self.field(key), format!("{number} is no whole number of 0 to {most}"));
        None
    }

    /// Yes or no, also as a word.
    pub(crate) fn flag(&self, key: &str, problems: &mut Problems) -> Option<bool> {
        let value = self.get(key)?;
        let flag = match value {
            Value::Bool(flag) => Some(*flag),
            Value::String(word) if word.eq_ignore_ascii_case("true") => Some(true),
            Value::String(word) if word.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        };
        if flag.is_none() {
            problems.add(&self.field(key), format!("{}, not true or false", shown(value)));
        }
        flag
    }

    pub(crate) fn object(&self, key: &str, problems: &mut Problems) -> Option<Self> {
        Object::of(self.get(key)?, &self.field(key), problems)
    }

    /// The items of a list with the field name of each.
    pub(crate) fn list(&self, key: &str, problems: &mut Problems) -> Vec<(String, &'v Value)> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let field = self.field(key);
        let Value::Array(items) = value else {
            problems.add(&field, format!("{}, not a list", kind_of(value)));
            return Vec::new();
        };
        items.iter().enumerate().map(|(at, item)| (format!("{field}[{at}]"), item)).collect()
    }

    /// A list of texts.
    pub(crate) fn texts(&self, key: &str, problems: &mut Problems) -> Vec<String> {
        let mut texts = Vec::new();
        for (field, item) in self.list(key, problems) {
            match item {
                Value::String(text) => texts.push(text.clone()),
                other => problems.add(&field, format!("{}, not a text", kind_of(other))),
            }
        }
        texts
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// A value as a message shows it: itself where it is short, else what it is.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{}`", shortened(text)),
        Value::Number(number) => format!("`{number}`"),
        other => kind_of(other).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_has_its_line_and_field_and_the_twenty_first_is_counted() {
        let mut problems = Problems::of(Path::new("folder/tasks.jsonl"));
        for line in 1..=22 {
            problems.on_line(line);
            problems.add("action_sequence[3].parameters.direction", "`up-ish` is none");
        }
        let text = problems.into_result("mend it").unwrap_err().to_string();
        assert!(text.starts_with("`folder/tasks.jsonl` has 22 problems:\n"), "{text}");
        let line = "\ntasks.jsonl:12: action_sequence[3].parameters.direction: `up-ish` is none\n";
        assert!(text.contains(line), "{text}");
        assert!(text.ends_with("\n… and 2 more\nhint: mend it"), "{text}");
    }

    #[test]
    fn a_field_without_a_line_has_that_of_what_it_is_in() {
        let mut problems = Problems::of(Path::new("a.toml"));
        let lines = [("action[1]", 7), ("action[1].target", 9)];
        problems.on_lines(lines.map(|(field, line)| (field.to_owned(), line)).into());
        for field in ["action[1].target.role", "action[1].text", "title"] {
            problems.add(field, "no");
        }
        let lines: Vec<Option<usize>> = problems.found.iter().map(|found| found.line).collect();
        assert_eq!(lines, [Some(9), Some(7), None]);
    }

    #[test]
    fn members_are_what_they_should_be_or_problems() {
        let value =
            serde_json::json!({"a": 1, "n": "2.5", "l": ["x", 3], "z": "a\u{0}b", "f": "no"});
        let mut problems = Problems::of(Path::new("a"));
        let object = Object::of(&value, "", &mut problems).unwrap();
        assert_eq!(object.number("n", &mut problems), Some(2.5));
        assert_eq!(object.text("absent", &mut problems), None);
        assert_eq!(problems.count(), 0);
        assert_eq!(object.text("a", &mut problems), None);
        assert_eq!(object.text("z", &mut problems), None);
        assert_eq!(object.texts("l", &mut problems), ["x"]);
        assert_eq!(object.flag("f", &mut problems), None);
        assert_eq!(object.whole("n", 9, &mut problems), None);
        object.only(&["a", "n", "l", "z"], &mut problems);
        let fields: Vec<&str> = problems.found.iter().map(|found| found.field.as_str()).collect();
        assert_eq!(fields, ["a", "z", "l[1]", "f", "n", "f"]);
    }
}
