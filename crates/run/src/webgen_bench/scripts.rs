//! A file of scripts, one a test, for a tester that needs no model:
//!
//! ```toml
//! [[test]]
//! task = "000001"
//! case = 1
//!
//! [[test.moves]]
//! do = "click"
//! target = { role = "button", name = "Add" }
//!
//! [test.answer]
//! checks = [{ kind = "text_visible", text = "Milk" }]
//! ```

use std::collections::BTreeMap;
use std::path::Path;

use pageloom_agent::tester::{Script, ScriptAnswer, ScriptMove};
use pageloom_schema::TaskId;
use serde::Deserialize;

use crate::error::RunError;
use crate::problems::Problems;

const HINT: &str = "a [[test]] has task, case (from 1), moves and answer.checks";

/// Scripts by the tests they are for.
#[derive(Debug)]
pub(super) struct TestScripts {
    scripts: BTreeMap<(TaskId, usize), Script>,
    hash: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    test: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    task: TaskId,
    case: usize,
    #[serde(default)]
    moves: Vec<ScriptMove>,
    answer: ScriptAnswer,
}

impl TestScripts {
    /// Reads a file.
    ///
    /// # Errors
    /// [`RunError::BadFile`] when it is none, or has a script that cannot be followed;
    /// [`RunError::Storage`].
    pub(super) fn open(file: &Path) -> Result<Self, RunError> {
        let text = std::fs::read_to_string(file).map_err(RunError::storage("read", file))?;
        let mut problems = Problems::of(file);
        let mut scripts = BTreeMap::new();
        match toml::from_str::<File>(&text) {
            Err(error) => {
                let before = error.span().and_then(|span| text.get(..span.start));
                let line = before.map(|before| before.matches('\n').count() + 1);
                problems.add_at(line, "", error.message());
            }
            Ok(read) => {
                for (at, row) in read.test.into_iter().enumerate() {
                    let field = format!("test[{at}]");
                    if row.case == 0 {
                        problems.add_at(None, &field, "cases are counted from 1");
                    }
                    let script = Script { moves: row.moves, answer: row.answer };
                    match script.checked() {
                        Err(error) => problems.add_at(None, &field, error.to_string()),
                        Ok(script) => {
                            let test = format!("case {} of `{}`", row.case, row.task);
                            if scripts.insert((row.task, row.case), script).is_some() {
                                let message = format!("{test} has a script already");
                                problems.add_at(None, &field, message);
                            }
                        }
                    }
                }
            }
        }
        problems.into_result(HINT)?;
        let hash = blake3::hash(text.as_bytes()).to_hex();
        Ok(Self { scripts, hash: hash.chars().take(16).collect() })
    }

    /// The script of a test.
    pub(super) fn find(&self, task: &TaskId, case: usize) -> Option<&Script> {
        self.scripts.get(&(task.clone(), case))
    }

    /// What tells one file of scripts from another.
    pub(super) fn hash(&self) -> &str {
        &self.hash
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FINE: &str = "[[test]]\ntask = \"a\"\ncase = 2\n[[test.moves]]\ndo = \"wait\"\n\
                        [test.answer]\nchecks = [{ kind = \"text_visible\", text = \"Milk\" }]\n";

    fn open(text: &str) -> Result<TestScripts, RunError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tester.toml");
        std::fs::write(&file, text).unwrap();
        TestScripts::open(&file)
    }

    #[test]
    fn a_script_is_found_by_task_and_case() {
        let scripts = open(FINE).unwrap();
        let task = TaskId::new("a").unwrap();
        assert_eq!(scripts.find(&task, 2).map(|script| script.moves.len()), Some(1));
        assert!(scripts.find(&task, 1).is_none());
        assert_ne!(scripts.hash(), open(&format!("{FINE}\n")).unwrap().hash());
        assert!(open("").unwrap().find(&task, 1).is_none());
    }

    #[test]
    fn what_cannot_be_followed_is_named_before_anything_runs() {
        for (text, says) in [
            (format!("{FINE}{FINE}"), "test[1]: case 2 of `a` has a script already"),
            (FINE.replace("case = 2", "case = 0"), "test[0]: cases are counted from 1"),
            (FINE.replace("do = \"wait\"", "do = \"click\""), "takes a target or a description"),
            (FINE.replace("task = \"a\"", "task = \"../a\""), "tester.toml:2:"),
            (FINE.replace("wait", "fly"), "unknown variant `fly`"),
        ] {
            let error = open(&text).expect_err(says).to_string();
            assert!(error.contains(says), "{says}\n{error}");
        }
    }
}
