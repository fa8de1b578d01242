//! Suites of questions as they are opened: the bundled one, Web2Code's, WebSRC's, and what is wrong
//! with hostile ones. Needs no browser and no network.
#![expect(clippy::unwrap_used, reason = "a test that cannot write its files has failed")]

use std::fs;
use std::path::Path;

use pageloom_run::suite::{self, Layout};
use pageloom_run::{Model, RunError};
use pageloom_schema::{Gold, Png, Question, Reference, Suite, Work};

/// A white PNG of 4 × 2 pixels.
fn picture() -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, 4, 2);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header().unwrap().write_image_data(&[255; 24]).unwrap();
    out
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn open(path: &Path, layout: Option<Layout>) -> Result<Suite, RunError> {
    suite::open(text(path), layout)
}

/// The message of a suite that cannot be opened.
fn refused(path: &Path, layout: Option<Layout>) -> String {
    match open(path, layout) {
        Err(error @ RunError::BadSuite { .. }) => error.to_string(),
        other => panic!("not a bad suite: {other:?}"),
    }
}

fn question(suite: &Suite, id: &str) -> Question {
    let task = suite.tasks.iter().find(|task| task.id.as_str() == id).unwrap();
    task.question().cloned().unwrap()
}

#[test]
fn bundled_questions_are_half_true_and_about_pages_of_the_bundled_suite() {
    let questions = suite::open("understanding", None).unwrap();
    let pages = suite::open("pages", None).unwrap();
    let yes = |task: &&pageloom_schema::Task| {
        task.question().is_some_and(|question| question.gold == Gold::YesNo(true))
    };
    assert!(questions.tasks.len() >= 24);
    assert_eq!(questions.tasks.iter().filter(yes).count() * 2, questions.tasks.len());
    for task in &questions.tasks {
        assert!(pages.tasks.iter().any(|page| page.reference == task.reference), "{}", task.id);
    }
}

#[test]
fn hash_tells_questions_and_right_answers_apart() {
    let suite = suite::open("understanding", None).unwrap();
    let before = suite::hash(&suite);
    assert_eq!(before, suite::hash(&suite.clone()));
    let changed = |change: &dyn Fn(&mut Question)| {
        let mut other = suite.clone();
        let Work::Answer(question) = &mut other.tasks[3].work else { panic!("a question") };
        change(question);
        suite::hash(&other)
    };
    assert_ne!(before, changed(&|question| question.text.push('?')));
    assert_ne!(before, changed(&|question| question.picture = Some(Png(picture().into()))));
    assert_ne!(
        before,
        changed(&|question| {
            question.gold = match question.gold {
                Gold::YesNo(yes) => Gold::YesNo(!yes),
                _ => Gold::YesNo(true),
            };
        })
    );
}

/// A suite file with the head that all tests share.
fn native(folder: &Path, protocol: &str, rest: &str) -> Result<Suite, RunError> {
    fs::create_dir_all(folder.join("pages/shop")).unwrap();
    fs::write(folder.join("pages/shop/index.html"), "<!doctype html><p>Bread € 3</p>").unwrap();
    fs::create_dir_all(folder.join("asked")).unwrap();
    let head = format!("name = \"asked\"\nprotocol = \"{protocol}\"\npages = \"pages\"\n");
    fs::write(folder.join("asked/suite.toml"), head + rest).unwrap();
    open(&folder.join("asked"), None)
}

#[test]
fn suite_file_asks_about_pages_of_the_suite_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let entry = |gold: &str| {
        format!("[[question]]\nid = \"q\"\npage = \"shop\"\ntext = \"How much?\"\ngold = {gold}\n")
    };
    let suite = native(folder.path(), "web2code-wub/v1", &entry("\"no\"")).unwrap();
    assert_eq!(question(&suite, "q").gold, Gold::YesNo(false));
    let Reference::Site(site) = &suite.tasks[0].reference else { panic!("a page") };
    assert!(site.entry_html().contains("Bread"));
    let suite = native(folder.path(), "websrc/v1", &entry("{ answer = \"€ 3\" }")).unwrap();
    let span = Gold::Span { answer: "€ 3".to_owned(), element: None };
    assert_eq!(question(&suite, "q").gold, span);

    for (protocol, gold, message) in [
        ("web2code-wub/v1", "\"maybe\"", "gold is `maybe`"),
        ("web2code-wub/v1", "{ answer = \"€ 3\" }", "a question for a piece of text is no task"),
        ("websrc/v1", "\"yes\"", "a yes/no question is no task of protocol `websrc/v1`"),
        ("web2code-wcgb/v1", "\"yes\"", "a yes/no question is no task"),
    ] {
        let error = native(folder.path(), protocol, &entry(gold)).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
    let outside = "[[question]]\nid = \"q\"\npage = \"../../x\"\ntext = \"?\"\ngold = \"no\"\n";
    let error = native(folder.path(), "web2code-wub/v1", outside).unwrap_err().to_string();
    assert!(error.contains("not a path inside a site"), "{error}");
    let file = folder.path().join("asked/suite.toml");
    let beside = fs::read_to_string(&file).unwrap().replace("\"pages\"", "\"../..\"");
    fs::write(&file, beside).unwrap();
    assert!(refused(&folder.path().join("asked"), None).contains("pages"));
}

/// A folder with a picture and the lines of a JSONL file.
fn wub(lines: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("images")).unwrap();
    fs::write(folder.path().join("images/a.png"), picture()).unwrap();
    let file = folder.path().join("questions.jsonl");
    fs::write(&file, lines).unwrap();
    (folder, file)
}

fn item(id: &str, image: &str, answer: &str) -> String {
    format!(
        "{{\"question_id\": {id}, \"image\": \"{image}\", \"Q\": \"Is it?\", \"A\": \"{answer}\"}}\n"
    )
}

#[test]
fn wub_is_recognised_by_its_questions_and_read() {
    let lines = item("\"q-1\"", "images/a.png", "Yes") + "\n" + &item("7", "images/a.png", "no.");
    let (folder, file) = wub(lines.as_bytes());
    for path in [file.as_path(), folder.path()] {
        let suite = open(path, None).unwrap();
        assert_eq!(suite.protocol, "web2code-wub/v1");
        assert_eq!(suite.tasks.len(), 2);
        assert_eq!(question(&suite, "q-1").gold, Gold::YesNo(true));
        assert_eq!(question(&suite, "7").gold, Gold::YesNo(false));
        assert_eq!(suite.tasks[0].viewport.to_string(), "4x2");
    }
    // The evaluation set for pages has the same ending.
    fs::write(&file, "{\"id\": 1, \"image\": \"images/a.png\"}\n").unwrap();
    assert_eq!(open(&file, None).unwrap().protocol, "web2code-wcgb/v1");
}

#[test]
fn hostile_wub_lines_are_named_errors() {
    let fine = item("1", "images/a.png", "Yes");
    for (lines, message) in [
        (item("1", "../../etc/passwd", "Yes"), "not a path inside a site"),
        (item("1", "/etc/passwd", "Yes"), "not a path inside a site"),
        (item("1", "images/b.png", "Yes"), "there is no picture"),
        (item("1", "images/a.png", "perhaps"), "neither yes nor no"),
        (item("[1]", "images/a.png", "Yes"), "neither text nor a number"),
        (item("\"../x\"", "images/a.png", "Yes"), "is no task id"),
        (fine.clone() + &fine, "two tasks of that id"),
        (fine.clone() + "{\"question_id\": 2", "line 2"),
        (fine.clone() + "{}", "missing field"),
        (fine.clone() + &"x".repeat(2 << 20), "line 2: longer than"),
        (String::new(), "there are none"),
    ] {
        let (_folder, file) = wub(lines.as_bytes());
        let error = refused(&file, Some(Layout::Wub));
        assert!(error.contains(message), "{error}");
        assert!(error.contains("hint:"), "{error}");
    }
    let (_folder, file) = wub(&[fine.as_bytes(), b"\xFF\xFE\n"].concat());
    assert!(refused(&file, Some(Layout::Wub)).contains("line 2: not UTF-8"));
}

#[test]
fn picture_that_is_no_picture_or_a_link_out_of_the_folder_is_refused() {
    let (folder, file) = wub(item("1", "images/b.png", "Yes").as_bytes());
    let image = folder.path().join("images/b.png");
    fs::write(&image, "GIF89a").unwrap();
    assert!(refused(&file, Some(Layout::Wub)).contains("neither PNG nor JPEG"));
    #[cfg(unix)]
    {
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("a.png"), picture()).unwrap();
        fs::remove_file(&image).unwrap();
        std::os::unix::fs::symlink(outside.path().join("a.png"), &image).unwrap();
        assert!(refused(&file, Some(Layout::Wub)).contains("leaves the folder"));
    }
}

/// `auto/01` with one page and a file of questions.
fn websrc(csv: &[u8]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("auto/01/processed_data");
    fs::create_dir_all(&data).unwrap();
    fs::write(data.join("0100001.html"), "<html tid=0><body tid=1><p tid=2>5 \"</p></body></html>")
        .unwrap();
    fs::write(data.join("0100001.png"), picture()).unwrap();
    fs::write(folder.path().join("auto/01/dataset.csv"), csv).unwrap();
    folder
}

const HEADER: &str = "question,id,element_id,answer_start,answer\n";

#[test]
fn websrc_is_recognised_at_every_level_in_both_column_orders() {
    let one = HEADER.to_owned()
        + "How long?,au010000100000,2,0,\"5 \"\"\"\nIs it long?,au010000100001,-1,0,No\n";
    let other = "question,answer,element_id,answer_start,id\n\
                 How long?,\"5 \"\"\",2,0,au010000100000\nIs it long?,NO,-1,0,au010000100001\n";
    for csv in [one.as_str(), other] {
        let folder = websrc(csv.as_bytes());
        for level in ["", "auto", "auto/01"] {
            let suite = open(&folder.path().join(level), None).unwrap();
            assert_eq!(suite.protocol, "websrc/v1");
            let asked = question(&suite, "au010000100000");
            assert_eq!(asked.gold, Gold::Span { answer: "5 \"".to_owned(), element: Some(2) });
            assert_eq!(asked.picture, Some(Png(picture().into())));
            let asked = question(&suite, "au010000100001");
            assert_eq!(asked.gold, Gold::Span { answer: "no".to_owned(), element: None });
        }
    }
}

#[test]
fn hostile_websrc_files_are_named_errors() {
    let row = "How long?,au010000100000,2,0,5\n";
    let long = format!("\"{}\",au010000100000,2,0,5\n", "x".repeat(30_000));
    for (rows, message) in [
        ("How long?,au010000100000,2,0,\"5\nHow?,au010000100001,2,0,6\n", "one is not closed"),
        ("How, long?,au010000100000,2,0,5\n", "6 fields where the header has 5"),
        ("\"How long?,au010000100000,2,0,5\n", "one is not closed"),
        ("\"How long?,au010000100000,2,0,5\"\n", "1 fields where the header has 5"),
        (&long, "a field has 30000 bytes"),
        ("How long?,au010000100000,two,0,5\n", "element_id `two` is no whole number"),
        ("How long?,au010000100000,-3,0,5\n", "element_id is -3"),
        ("Is it?,au010000100000,-1,7,yes\n", "answer_start is 7"),
        ("How long?,../../../etc/passwd,2,0,5\n", "is no WebSRC id"),
        ("How long?,au010000900000,2,0,5\n", "page 0100009"),
        (",au010000100000,2,0,5\n", "the question is empty"),
        (&row.repeat(2), "two tasks of that id"),
    ] {
        let folder = websrc((HEADER.to_owned() + rows).as_bytes());
        let error = refused(folder.path(), None);
        assert!(error.contains(message), "{error}");
    }
    let folder =
        websrc(b"question,id,element_id,answer_start,answer\nHow \xFF?,au010000100000,2,0,5\n");
    assert!(refused(folder.path(), None).contains("not UTF-8"));
    let folder = websrc(b"question,id\nHow long?,au010000100000\n");
    assert!(refused(folder.path(), None).contains("no column `element_id`"));
}

#[test]
fn models_of_another_track_are_named_before_anything_runs() {
    let pages = suite::open("pages", None).unwrap();
    let questions = suite::open("understanding", None).unwrap();
    let (_folder, file) = wub(item("1", "images/a.png", "Yes").as_bytes());
    let pictures = open(&file, None).unwrap();
    let spans = websrc((HEADER.to_owned() + "How?,au010000100000,2,0,5\n").as_bytes());
    let spans = open(spans.path(), None).unwrap();
    for (model, suite, fits) in [
        ("baseline:blank", &pages, ""),
        ("baseline:dom", &pages, "baseline:oracle"),
        ("baseline:yes", &pages, "baseline:oracle"),
        ("baseline:oracle", &questions, "baseline:dom|yes|no"),
        ("baseline:dom", &questions, ""),
        ("baseline:dom", &pictures, "baseline:yes|no"),
        ("baseline:no", &pictures, ""),
        ("baseline:no", &spans, "baseline:dom"),
        ("baseline:dom", &spans, ""),
    ] {
        let found = Model::find(model).unwrap().check(model, suite);
        match found {
            Ok(()) => assert!(fits.is_empty(), "{model} on {}", suite.name),
            Err(error @ RunError::Unfit { .. }) => {
                let error = error.to_string();
                assert!(!fits.is_empty() && error.contains(fits), "{error}");
            }
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn published_predictions_are_read_and_a_question_answered_twice_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("answers.jsonl");
    let name = format!("replay:{}", file.display());
    let line = "{\"q_id\": 1, \"image\": \"a.png\", \"pred\": \"Yes</s>\", \"actual\": \"Yes\"}\n";
    fs::write(&file, line.to_owned() + "{\"q_id\": \"b\", \"pred\": null}\n").unwrap();
    let Model::Predictions(answers) = Model::find(&name).unwrap() else { panic!("answers") };
    assert_eq!(answers.get("1").map(String::as_str), Some("Yes</s>"));
    assert_eq!(answers.len(), 1);
    for (lines, message) in [
        (line.repeat(2), "line 2: question `1` was answered before"),
        ("{\"pred\": \"yes\"}\n".to_owned(), "q_id"),
        ("no json\n".to_owned(), "line 1"),
    ] {
        fs::write(&file, lines).unwrap();
        let error = Model::find(&name).unwrap_err();
        assert!(matches!(error, RunError::BadAnswers { .. }), "{error}");
        assert!(error.to_string().contains(message), "{error}");
    }
}

#[test]
fn published_sample_of_websrc_is_read() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/websrc");
    if !data.is_dir() {
        eprintln!("skipped: {} is not there", data.display());
        return;
    }
    let suite = open(&data, None).unwrap();
    assert_eq!(suite.tasks.len(), 15);
    for task in &suite.tasks {
        let Some(Question { gold: Gold::Span { element, .. }, picture, .. }) = task.question()
        else {
            panic!("a question for a piece of text: {}", task.id);
        };
        let Reference::Site(site) = &task.reference else { panic!("a page") };
        let tid = format!("tid=\"{}\"", element.unwrap());
        assert!(site.entry_html().contains(&tid), "{}: {tid}", task.id);
        assert!(picture.is_some());
    }
}
