//! Web2Code's webpage understanding benchmark: a JSONL file of yes/no questions beside a folder of
//! screenshots (arXiv 2406.20098 and its public evaluation code).
//!
//! A line is `{question_id, image, Q, A}`; `question` and `answer` are read as `Q` and `A` too. The
//! picture alone is the reference. Ids are the benchmark's and must be unique: answers are joined by
//! them. Published pictures carry the ending of PNG whatever they are, so the bytes decide: JPEG is
//! turned into PNG, anything else is an error.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pageloom_schema::{Gold, Png, Question, Reference, Suite, Task, TaskId};
use pageloom_score::understanding::Protocol;
use serde::Deserialize;

use super::picture::{read_picture, window_of};
use super::{bad, short_title};
use crate::error::RunError;
use crate::lines::for_each_line;

/// The most questions of a file.
const MAX_QUESTIONS: usize = 1_000_000;

#[derive(Deserialize)]
struct Item {
    question_id: serde_json::Value,
    image: String,
    #[serde(rename = "Q", alias = "question")]
    question: String,
    #[serde(rename = "A", alias = "answer")]
    answer: String,
}

/// Opens a JSONL file, or the only one of a folder.
pub(super) fn open(path: &Path) -> Result<Suite, RunError> {
    let file = jsonl_of(path)?;
    let folder = file.parent().map_or_else(PathBuf::new, Path::to_owned);
    let mut pictures: BTreeMap<String, Png> = BTreeMap::new();
    let mut tasks: Vec<Task> = Vec::new();
    for_each_line(&file, &fault_at(&file), |place, line| {
        let fault = |message: String| bad(&file, place, message);
        if tasks.len() >= MAX_QUESTIONS {
            return Err(fault(format!("more than {MAX_QUESTIONS} questions")));
        }
        let item: Item = serde_json::from_str(line).map_err(|error| fault(error.to_string()))?;
        let picture = match pictures.get(&item.image) {
            Some(picture) => picture.clone(),
            None => {
                let picture = read_picture(&folder, &item.image).map_err(fault)?;
                pictures.insert(item.image.clone(), picture.clone());
                picture
            }
        };
        tasks.push(task(item, picture).map_err(fault)?);
        Ok(())
    })?;
    let name = file.file_stem().and_then(|name| name.to_str()).unwrap_or("wub");
    Ok(Suite {
        name: name.to_owned(),
        protocol: Protocol::YesNo.id().to_owned(),
        tasks,
        shared_files: Vec::new(),
    })
}

/// True when the first item of the file is a question with yes or no as its answer.
pub(super) fn is_wub(path: &Path) -> Result<bool, RunError> {
    let file = jsonl_of(path)?;
    let mut first = None;
    // The first line ends the reading; what else is wrong with the file is told when it is opened.
    let read = for_each_line(&file, &fault_at(&file), |place, line| {
        first = Some(serde_json::from_str::<Item>(line));
        Err(bad(&file, place, "read enough"))
    });
    match (first, read) {
        (Some(item), _) => Ok(item.is_ok_and(|item| yes_or_no(&item.answer).is_some())),
        (None, Ok(())) => Ok(false),
        // Too long or not UTF-8: no question, and the other reader has its own words for it.
        (None, Err(RunError::BadSuite { .. })) => Ok(false),
        (None, Err(error)) => Err(error),
    }
}

fn fault_at(file: &Path) -> impl Fn(&str, String) -> RunError {
    move |place, message| bad(file, place, message)
}

fn jsonl_of(path: &Path) -> Result<PathBuf, RunError> {
    if path.is_dir() { super::web2code::only_jsonl(path) } else { Ok(path.to_owned()) }
}

fn task(item: Item, picture: Png) -> Result<Task, String> {
    let id = match item.question_id {
        serde_json::Value::String(text) => text,
        serde_json::Value::Number(number) => number.to_string(),
        other => return Err(format!("question_id `{other}` is neither text nor a number")),
    };
    let id = TaskId::new(&id).map_err(|_| {
        let short: String = id.chars().take(60).collect();
        format!(
            "question_id `{short}` is no task id: letters, digits, `.`, `_` and `-`, at most 100"
        )
    })?;
    let gold = yes_or_no(&item.answer).ok_or_else(|| {
        let short: String = item.answer.chars().take(60).collect();
        format!("the answer is `{short}`, neither yes nor no")
    })?;
    Ok(Task {
        title: short_title(&item.question),
        id,
        category: String::new(),
        viewport: window_of(&picture),
        reference: Reference::Screenshot(picture),
        work: pageloom_schema::Work::Answer(Question {
            text: item.question,
            picture: None,
            gold: Gold::YesNo(gold),
        }),
    })
}

/// `Yes`, `no.`, … as the right answer of a benchmark is written.
fn yes_or_no(text: &str) -> Option<bool> {
    match text.trim().trim_end_matches('.').to_ascii_lowercase().as_str() {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}
