//! Instructions for websites with their tests, in the layout of WebGen-Bench: one JSONL file.

use std::path::Path;
use std::sync::Arc;

use pageloom_schema::{Instruction, Reference, Suite, Task, TestCase, Viewport, Work};

use super::recordings::first_line;
use super::{WEBGEN_BENCH, short_title};
use crate::error::RunError;
use crate::webgen_bench::read_website_tasks;

/// The window in which websites are tested, as published.
const WINDOW: Viewport = Viewport { width: 1024, height: 768 };

/// Whether the first line of a file is a task of this layout.
pub(super) fn is_task_file(file: &Path) -> bool {
    first_line(file).is_some_and(|line| line.get("ui_instruct").is_some())
}

/// Opens a task file.
pub(super) fn open(path: &Path) -> Result<Suite, RunError> {
    let tasks = read_website_tasks(path)?;
    let tasks = tasks.into_iter().map(|task| {
        let cases = task.cases.into_iter().map(|case| TestCase {
            task: case.task,
            expected_result: case.expected_result,
            category: case.category.primary,
        });
        Task {
            id: task.id,
            title: short_title(&task.instruction),
            category: task.category.primary,
            viewport: WINDOW,
            reference: Reference::Nothing,
            work: Work::Create(Arc::new(Instruction {
                text: task.instruction,
                application: task.application_type,
                cases: cases.collect(),
            })),
        }
    });
    Ok(Suite {
        name: "webgen-bench".to_owned(),
        protocol: WEBGEN_BENCH.to_owned(),
        tasks: tasks.collect(),
        shared_files: Vec::new(),
    })
}
