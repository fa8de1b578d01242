//! WebSRC's layout (arXiv 2101.09465 and its repository): `DOMAIN/NN/dataset.csv` with the questions
//! of one website, beside `processed_data/` with its pages.
//!
//! The columns `question`, `id`, `element_id`, `answer_start` and `answer` come in any order. An id
//! such as `sp160000100001` names its page: two letters of the domain, then the page `1600001`, then
//! five digits. The page's HTML is the reference, its published screenshot is what a model is shown.
//! `element_id` is the `tid` of the answer's element, and -1 for yes/no questions. Columns that a
//! split without answers lacks are an error: there is nothing to score against.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pageloom_schema::{Gold, Png, Question, Reference, Site, Suite, Task, TaskId, Viewport};
use pageloom_score::understanding::Protocol;

use super::picture::{as_png, window_of};
use super::{bad, short_title};
use crate::error::RunError;

/// The name of a website's questions.
const DATASET: &str = "dataset.csv";
/// The largest file of questions, in bytes.
const MAX_BYTES: u64 = 256 << 20;
/// The longest question or answer, in bytes: a quote that is never closed takes the rest of a file.
const MAX_FIELD: usize = 20_000;
/// Letters of the domain at the start of an id.
const DOMAIN_LETTERS: usize = 2;
/// Digits of the question at the end of an id.
const QUESTION_DIGITS: usize = 5;

/// A page of a website: what is asked about it shares it.
#[derive(Clone)]
struct Page {
    site: Site,
    picture: Option<Png>,
    viewport: Viewport,
}

/// Opens a data set, one domain of it, or one website.
pub(super) fn open(folder: &Path) -> Result<Suite, RunError> {
    let mut tasks = Vec::new();
    for website in websites(folder)? {
        read_website(&website, &mut tasks)?;
    }
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or("websrc");
    Ok(Suite {
        name: name.to_owned(),
        protocol: Protocol::Extractive.id().to_owned(),
        tasks,
        shared_files: Vec::new(),
    })
}

/// True when a folder has websites in it.
pub(super) fn is_websrc(folder: &Path) -> Result<bool, RunError> {
    Ok(!websites(folder)?.is_empty())
}

/// The folders with questions: `folder` itself, its folders, or theirs; sorted.
fn websites(folder: &Path) -> Result<Vec<PathBuf>, RunError> {
    let mut level = vec![folder.to_owned()];
    for _ in 0..3 {
        let found: Vec<PathBuf> =
            level.iter().filter(|folder| folder.join(DATASET).is_file()).cloned().collect();
        if !found.is_empty() {
            return Ok(found);
        }
        let mut inner = Vec::new();
        for folder in &level {
            // A folder that cannot be read holds no website of this user's.
            for name in super::foreign::folder_names(folder).unwrap_or_default() {
                inner.push(folder.join(name));
            }
        }
        level = inner;
    }
    Ok(Vec::new())
}

fn read_website(website: &Path, tasks: &mut Vec<Task>) -> Result<(), RunError> {
    let file = website.join(DATASET);
    let size = std::fs::metadata(&file).map_err(RunError::storage("read", &file))?.len();
    if size > MAX_BYTES {
        return Err(bad(&file, "size", format!("{size} bytes, {MAX_BYTES} allowed")));
    }
    let bytes = std::fs::read(&file).map_err(RunError::storage("read", &file))?;
    // A quote that is never closed takes the questions that follow into one answer, and no reader of
    // CSV says so.
    if !bytes.iter().filter(|byte| **byte == b'"').count().is_multiple_of(2) {
        return Err(bad(&file, "quotes", "their number is odd: one is not closed"));
    }
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let header = reader.headers().map_err(|error| bad(&file, "line 1", error.to_string()))?;
    let column = |name: &str| {
        let mut names = header.iter().map(|cell| cell.trim_start_matches('\u{feff}').trim());
        names.position(|cell| cell == name).ok_or_else(|| {
            bad(
                &file,
                "line 1",
                format!("there is no column `{name}`, so nothing to score against"),
            )
        })
    };
    let columns = Columns {
        question: column("question")?,
        id: column("id")?,
        element: column("element_id")?,
        start: column("answer_start")?,
        answer: column("answer")?,
    };
    let mut pages: BTreeMap<String, Page> = BTreeMap::new();
    for record in reader.records() {
        let record = record.map_err(|error| {
            let line = error.position().map_or(0, csv::Position::line);
            bad(&file, &format!("line {line}"), csv_words(&error))
        })?;
        let place = format!("line {}", record.position().map_or(0, csv::Position::line));
        let row = columns.row(&record).map_err(|message| bad(&file, &place, message))?;
        let page_id = page_of(row.id).ok_or_else(|| {
            let short: String = row.id.chars().take(60).collect();
            bad(&file, &place, format!("`{short}` is no WebSRC id, such as sp160000100001"))
        })?;
        if !pages.contains_key(page_id) {
            let page = read_page(website, page_id)
                .map_err(|message| bad(&file, &place, format!("page {page_id}: {message}")))?;
            pages.insert(page_id.to_owned(), page);
        }
        let Some(page) = pages.get(page_id) else { continue };
        tasks.push(task(&row, page).map_err(|message| bad(&file, &place, message))?);
    }
    Ok(())
}

/// Where each column is.
struct Columns {
    question: usize,
    id: usize,
    element: usize,
    start: usize,
    answer: usize,
}

/// One question as the file has it.
struct Row<'a> {
    question: &'a str,
    id: &'a str,
    element: i64,
    start: i64,
    answer: &'a str,
}

impl Columns {
    fn row<'a>(&self, record: &'a csv::StringRecord) -> Result<Row<'a>, String> {
        if let Some(long) = record.iter().find(|cell| cell.len() > MAX_FIELD) {
            let size = long.len();
            return Err(format!(
                "a field has {size} bytes, {MAX_FIELD} allowed; is a quote not closed?"
            ));
        }
        let cell = |at: usize| record.get(at).unwrap_or_default();
        let number = |name: &str, at: usize| {
            let text = cell(at).trim();
            // Spreadsheets turn whole numbers into `5.0`.
            let whole = text.strip_suffix(".0").unwrap_or(text);
            whole.parse::<i64>().map_err(|_| format!("{name} `{text}` is no whole number"))
        };
        Ok(Row {
            question: cell(self.question).trim(),
            id: cell(self.id).trim(),
            element: number("element_id", self.element)?,
            start: number("answer_start", self.start)?,
            answer: cell(self.answer),
        })
    }
}

/// The page a question is about, from its id.
fn page_of(id: &str) -> Option<&str> {
    let page = id.get(DOMAIN_LETTERS..id.len().checked_sub(QUESTION_DIGITS)?)?;
    let fine = !page.is_empty() && page.bytes().all(|byte| byte.is_ascii_digit());
    fine.then_some(page)
}

fn read_page(website: &Path, id: &str) -> Result<Page, String> {
    let data = website.join("processed_data");
    let html = data.join(format!("{id}.html"));
    // Read by itself: beside it lie the pages of all other questions, which are none of its files.
    let site = pageloom_build::read_page(&html).map_err(|error| error.to_string())?;
    let site = Site::from_html(&site.entry_html());
    let png = data.join(format!("{id}.png"));
    let picture = match std::fs::read(&png) {
        Ok(bytes) => Some(as_png(bytes).map_err(|reason| format!("{}: {reason}", png.display()))?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(format!("{}: {error}", png.display())),
    };
    let viewport = picture.as_ref().map_or_else(Viewport::default, window_of);
    Ok(Page { site, picture, viewport })
}

fn task(row: &Row<'_>, page: &Page) -> Result<Task, String> {
    let id = TaskId::new(row.id).map_err(|error| error.to_string())?;
    if row.question.is_empty() {
        return Err("the question is empty".to_owned());
    }
    let gold = match u32::try_from(row.element) {
        Ok(element) => Gold::Span { answer: row.answer.to_owned(), element: Some(element) },
        Err(_) if row.element == -1 => {
            // The position says which word is right even where the text is spelt in another way.
            let answer = match row.start {
                1 => "yes",
                0 => "no",
                other => return Err(format!("answer_start is {other} for a yes/no question")),
            };
            Gold::Span { answer: answer.to_owned(), element: None }
        }
        Err(_) => return Err(format!("element_id is {}", row.element)),
    };
    Ok(Task {
        title: short_title(row.question),
        id,
        category: row.id.chars().take(DOMAIN_LETTERS).collect(),
        viewport: page.viewport,
        reference: Reference::Site(page.site.clone()),
        work: pageloom_schema::Work::Answer(Question {
            text: row.question.to_owned(),
            picture: page.picture.clone(),
            gold,
        }),
    })
}

fn csv_words(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "not UTF-8".to_owned(),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} fields where the header has {expected_len}; is a quote not closed?")
        }
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::page_of;

    #[test]
    fn page_is_what_lies_between_domain_and_question() {
        assert_eq!(page_of("sp160000100001"), Some("1600001"));
        for hostile in ["", "sp1", "sp16/../100001", "äö160000100001x", "sp00001"] {
            assert_eq!(page_of(hostile), None, "{hostile}");
        }
    }
}
