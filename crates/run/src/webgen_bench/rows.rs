//! The file of tasks of WebGen-Bench: one JSON line an instruction, with the cases that are tried on
//! the website. Read whole, with all problems of the file named.

use std::collections::BTreeMap;
use std::path::Path;

use pageloom_schema::TaskId;
use serde::{Deserialize, Serialize};

use crate::error::RunError;
use crate::lines::walk_lines;
use crate::problems::{Object, Problems, shortened};

/// The most tasks and cases that are read of one file.
const MAX_TASKS: usize = 20_000;
const MAX_CASES: usize = 1_000;
const HINT: &str =
    "each line is JSON with id, instruction, Category, application_type and ui_instruct";

/// A website that is asked for, and what is tried on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebsiteTask {
    /// Its name, unique in the file, such as `000001`.
    pub id: TaskId,
    /// What the website is to be.
    pub instruction: String,
    /// What kind of website it is.
    pub category: Categories,
    /// Such as `Analytics Platforms/Dashboards`.
    pub application_type: String,
    /// What is tried on it, in the order of the file.
    pub cases: Vec<UiCase>,
}

/// One thing that a user tries on a website.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UiCase {
    /// What is tried.
    pub task: String,
    /// What is to come of it.
    pub expected_result: String,
    /// What it is a test of.
    pub kind: CaseKind,
    /// The published names of that.
    pub category: Categories,
}

/// A published category with what it is divided into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Categories {
    /// Such as `Functional Testing`.
    pub primary: String,
    /// Such as `Searching`; may be none.
    pub sub: Vec<String>,
}

/// What a case is a test of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseKind {
    /// Something is done.
    Functional,
    /// Something is shown.
    DataDisplay,
    /// Something looks as it should.
    DesignValidation,
}

impl CaseKind {
    /// The kinds by their published names.
    pub const ALL: [(&'static str, Self); 3] = [
        ("Functional Testing", Self::Functional),
        ("Data Display Testing", Self::DataDisplay),
        ("Design Validation Testing", Self::DesignValidation),
    ];
}

/// Reads a file of tasks.
///
/// # Errors
/// [`RunError::BadFile`] with every problem of the file by line and field, up to
/// [`MAX_PROBLEMS`](crate::MAX_PROBLEMS); [`RunError::Storage`] when it cannot be read.
pub fn read_website_tasks(file: &Path) -> Result<Vec<WebsiteTask>, RunError> {
    let mut problems = Problems::of(file);
    let mut tasks: Vec<WebsiteTask> = Vec::new();
    let mut first_lines: BTreeMap<TaskId, usize> = BTreeMap::new();
    walk_lines(file, |number, line| {
        problems.on_line(number);
        let row = line.and_then(|line| serde_json::from_str(line).map_err(|e| e.to_string()));
        let row: serde_json::Value = match row {
            Ok(row) => row,
            Err(message) => {
                problems.add("", message);
                return Ok(());
            }
        };
        if tasks.len() >= MAX_TASKS {
            problems.add("", format!("a task too many; {MAX_TASKS} are read"));
            return Ok(());
        }
        let Some(row) = Object::of(&row, "", &mut problems) else { return Ok(()) };
        if let Some(task) = read_task(&row, &mut problems) {
            if let Some(line) = first_lines.insert(task.id.clone(), number) {
                problems.add("id", format!("`{}` is the id of line {line} too", task.id));
            }
            tasks.push(task);
        }
        Ok(())
    })?;
    if tasks.is_empty() && problems.count() == 0 {
        problems.add_at(None, "", "there is no task in it");
    }
    problems.into_result(HINT)?;
    Ok(tasks)
}

fn read_task(row: &Object<'_>, problems: &mut Problems) -> Option<WebsiteTask> {
    let id = row.required_text("id", problems).and_then(|id| {
        TaskId::new(&id)
            .map_err(|_| {
                let message =
                    format!("`{}` is no id of letters, digits, `.`, `_`, `-`", shortened(&id));
                problems.add("id", message);
            })
            .ok()
    });
    let instruction = row.required_text("instruction", problems);
    let category = read_categories(row, "Category", problems);
    let application_type = row.text("application_type", problems).unwrap_or_default();
    let items = row.list("ui_instruct", problems);
    if items.is_empty() {
        problems.add("ui_instruct", "there is no case in it");
    }
    if items.len() > MAX_CASES {
        problems.add("ui_instruct", format!("{} cases, {MAX_CASES} allowed", items.len()));
    }
    let mut cases = Vec::new();
    for (field, item) in items.into_iter().take(MAX_CASES) {
        let Some(case) = Object::of(item, &field, problems) else { continue };
        cases.extend(read_case(&case, problems));
    }
    Some(WebsiteTask {
        id: id?,
        instruction: instruction?,
        category: category?,
        application_type,
        cases,
    })
}

fn read_case(case: &Object<'_>, problems: &mut Problems) -> Option<UiCase> {
    let task = case.required_text("task", problems);
    let expected_result = case.required_text("expected_result", problems);
    let category = read_categories(case, "task_category", problems)?;
    let kind = CaseKind::ALL.iter().find(|(name, _)| name.eq_ignore_ascii_case(&category.primary));
    if kind.is_none() {
        let known = CaseKind::ALL.map(|(name, _)| name).join("`, `");
        let name = shortened(&category.primary);
        let field = case.field("task_category.primary_category");
        problems.add(&field, format!("`{name}` is unknown; there is `{known}`"));
    }
    Some(UiCase { task: task?, expected_result: expected_result?, kind: kind?.1, category })
}

fn read_categories(of: &Object<'_>, key: &str, problems: &mut Problems) -> Option<Categories> {
    if of.get(key).is_none() {
        problems.add(&of.field(key), "it is missing");
        return None;
    }
    let category = of.object(key, problems)?;
    let sub = category.texts("subcategories", problems);
    Some(Categories { primary: category.required_text("primary_category", problems)?, sub })
}

/// What is in a set of tasks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BenchmarkStatistics {
    /// Tasks.
    pub tasks: usize,
    /// Cases of all tasks.
    pub cases: usize,
    /// Cases by what they test.
    pub by_kind: BTreeMap<CaseKind, usize>,
    /// Tasks by primary category.
    pub by_category: BTreeMap<String, usize>,
    /// Cases by subcategory; one may have several.
    pub by_subcategory: BTreeMap<String, usize>,
}

impl BenchmarkStatistics {
    /// The numbers as a small table for a terminal, one a line.
    #[must_use]
    pub fn table(&self) -> String {
        // Plain data with text keys: it can always be written.
        let value = serde_json::to_value(self).unwrap_or_default();
        let mut text = String::new();
        for (name, value) in value.as_object().into_iter().flatten() {
            let name = name.replace('_', " ");
            match value.as_object() {
                None => text += &format!("{name:<28} {value}\n"),
                Some(parts) => {
                    for (part, value) in parts {
                        text += &format!("{:<28} {value}\n", format!("{name}: {part}"));
                    }
                }
            }
        }
        text
    }
}

/// Counts a set of tasks.
#[must_use]
pub fn benchmark_statistics(tasks: &[WebsiteTask]) -> BenchmarkStatistics {
    let mut statistics = BenchmarkStatistics { tasks: tasks.len(), ..Default::default() };
    for task in tasks {
        *statistics.by_category.entry(task.category.primary.clone()).or_default() += 1;
        for case in &task.cases {
            statistics.cases += 1;
            *statistics.by_kind.entry(case.kind).or_default() += 1;
            for sub in &case.category.sub {
                *statistics.by_subcategory.entry(sub.clone()).or_default() += 1;
            }
        }
    }
    statistics
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, kinds: &[&str]) -> String {
        let cases: Vec<serde_json::Value> = kinds
            .iter()
            .map(|kind| {
                serde_json::json!({
                    "task": "Try it.", "expected_result": "It works.",
                    "task_category": {"primary_category": kind, "subcategories": ["Searching"]},
                })
            })
            .collect();
        let category =
            serde_json::json!({"primary_category": "Data Management", "subcategories": []});
        serde_json::json!({"id": id, "instruction": "A site.", "Category": category,
            "application_type": "Tools", "ui_instruct": cases})
        .to_string()
    }

    fn read(text: &str) -> Result<Vec<WebsiteTask>, RunError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("test.jsonl");
        std::fs::write(&file, text).unwrap();
        read_website_tasks(&file)
    }

    #[test]
    fn tasks_are_read_and_counted_by_kind() {
        let [functional, display, design] = CaseKind::ALL.map(|(name, _)| name);
        let first = row("000001", &[functional, functional, display]);
        let tasks = read(&format!("{first}\n\n{}\n", row("000002", &[design]))).unwrap();
        assert_eq!(tasks[0].cases[2].kind, CaseKind::DataDisplay);
        assert_eq!(tasks[0].application_type, "Tools");
        let statistics = benchmark_statistics(&tasks);
        let counts: Vec<usize> = statistics.by_kind.values().copied().collect();
        assert_eq!((statistics.tasks, statistics.cases, counts), (2, 4, vec![2, 1, 1]));
        assert_eq!(statistics.by_subcategory["Searching"], 4);
        let json = serde_json::to_string(&statistics).unwrap();
        assert!(json.contains(r#""by_kind":{"functional":2,"data_display":1"#), "{json}");
    }

    #[test]
    fn every_line_with_a_problem_is_named_with_its_field() {
        let good = row("000001", &["Functional Testing"]);
        let odd = row("000003", &["Penetration Testing"]);
        let deep = "[".repeat(100_000);
        let text = format!("{good}\n{good}\n{{\"id\": \"../x\"}}\n{odd}\nnot json\n{deep}\n[]\n");
        let text = read(&text).unwrap_err().to_string();
        for part in [
            "test.jsonl:2: id: `000001` is the id of line 1 too",
            "test.jsonl:3: id: `../x` is no id",
            "test.jsonl:3: instruction: it is missing or empty",
            "test.jsonl:3: Category: it is missing",
            "test.jsonl:3: ui_instruct: there is no case in it",
            "test.jsonl:4: ui_instruct[0].task_category.primary_category: `Penetration Testing` is",
            "test.jsonl:5: expected",
            "test.jsonl:6: recursion limit exceeded",
            "test.jsonl:7: a list, not an object",
            "hint: each line is JSON",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }

    #[test]
    fn an_empty_file_has_no_tasks_and_says_so() {
        assert!(read("\n\n").unwrap_err().to_string().contains("there is no task in it"));
    }
}
