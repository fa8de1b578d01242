use std::fmt::Write as _;

use super::*;

fn read(answer: &str) -> Extraction {
    extract(answer, &ExtractLimits::default())
}

fn checks(extraction: &Extraction) -> Vec<&str> {
    extraction.findings.iter().map(|finding| finding.check.as_str()).collect()
}

fn paths(extraction: &Extraction) -> Vec<&str> {
    extraction.project.files().keys().map(SitePath::as_str).collect()
}

const WHOLE: &str = r#"<think>
I will use a <webAction type="file"> here.
</think>
<answer>
```xml
<webArtifact id="shop" title="A shop">
  <webAction type="file" filePath="index.html">
<!doctype html>
<p>1 < 2 & "x"</p>


</webAction>
  <webAction filePath='src/a.ts' type='file'>export const a = '&lt;';</webAction>
  <webAction type="shell">npm install</webAction>
  <webAction type="start">
npm run dev
</webAction>
</webArtifact>
```
</answer>"#;

#[test]
fn a_whole_answer_is_read() {
    let found = read(WHOLE);
    assert!(found.is_acceptable() && found.findings.is_empty(), "{:?}", found.findings);
    assert_eq!(found.kind, AnswerKind::Artifact { dialect: Dialect::Web });
    assert_eq!(found.id.as_deref(), Some("shop"));
    assert_eq!(found.title.as_deref(), Some("A shop"));
    assert!(found.reasoning.as_deref().unwrap().starts_with("I will"));
    let html = found.project.text("index.html");
    assert_eq!(html, Some("<!doctype html>\n<p>1 < 2 & \"x\"</p>\n"));
    assert_eq!(found.project.text("src/a.ts"), Some("export const a = '&lt;';\n"));
    let commands: Vec<_> = found.commands.iter().map(|c| (c.kind, c.text.as_str())).collect();
    assert_eq!(
        commands,
        [(CommandKind::Shell, "npm install"), (CommandKind::Start, "npm run dev")]
    );
    assert_eq!(found.actions.iter().map(|a| a.line).collect::<Vec<_>>(), [7, 13, 14, 15]);
}

#[test]
fn an_answer_cut_anywhere_inside_is_truncated() {
    let end = WHOLE.find("</webArtifact>").unwrap();
    let start = WHOLE.find("<webArtifact").unwrap() + "<webArtifact".len();
    for cut in start..end {
        let found = read(&WHOLE[..cut]);
        assert!(found.truncated && !found.is_acceptable(), "{cut}");
        assert!(read(&format!("{}<|im_end|>", &WHOLE[..cut])).truncated, "{cut}");
    }
    assert!(!read(&WHOLE[..end + "</webArtifact>".len()]).truncated);
}

#[test]
fn an_open_action_gives_no_file() {
    let answer = "<boltArtifact id='a' title='b'><boltAction type='file' filePath='a.ts'>\nx";
    let found = read(answer);
    assert!(found.project.files().is_empty() && !found.actions[0].closed);
    assert_eq!(checks(&found), ["truncated"]);
}

#[test]
fn the_escaped_sibling_dialect_is_read() {
    let found = read(
        "Plan.\n<boltArtifact id=\"a\" title=\"b\">\n<boltAction type=\"file\" filePath=\"App.jsx\">\
         export default () =&gt; &lt;p&gt;{a && b}&lt;/p&gt;</boltAction>\n</boltArtifact><|im_end|>",
    );
    assert_eq!(found.kind, AnswerKind::Artifact { dialect: Dialect::Bolt });
    assert_eq!(found.project.text("App.jsx"), Some("export default () => <p>{a && b}</p>\n"));
    assert!(found.actions[0].escaped && found.is_acceptable());
}

#[test]
fn an_answer_whose_own_tags_are_escaped_is_read() {
    let whole = WHOLE.replace("&lt;", "x");
    let start = whole.find("<webArtifact").unwrap();
    let inner = whole[start..].replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let found = read(&inner);
    assert_eq!(checks(&found), ["escaped_artifact"]);
    let html = found.project.text("index.html");
    assert_eq!(html, Some("<!doctype html>\n<p>1 < 2 & \"x\"</p>\n"));
}

#[test]
fn every_fault_of_a_file_has_its_name() {
    let mut answer = String::from("<webArtifact id='a' title='b'>");
    let long = "x/".repeat(20) + "y";
    for path in [
        "/etc/passwd",
        "../up.ts",
        "a\\b.ts",
        "C:/x",
        "",
        &long,
        "node_modules/a.js",
        ".git/config",
    ] {
        let _ = writeln!(answer, "<webAction type='file' filePath='{path}'>x</webAction>");
    }
    answer += "<webAction type='file'>no path</webAction>";
    answer += "<webAction type='symlink' filePath='l'>/etc</webAction>";
    answer += "<webAction type='exec'>rm</webAction>";
    for (path, text) in [("a.ts", "1"), ("a.ts", "2"), ("A.ts", "3"), ("a.ts/b", "4")] {
        let _ = write!(answer, "<webAction type='file' filePath='{path}'>{text}</webAction>");
    }
    let found = read(&(answer + "</webArtifact>"));
    assert_eq!(paths(&found), ["A.ts", "a.ts/b"]);
    let mut expected = vec!["path_escape"; 6];
    expected.extend(["reserved_path", "reserved_path", "path_escape", "symlink", "unknown_action"]);
    expected.extend(["duplicate_path", "path_case_collision", "path_file_and_folder"]);
    assert_eq!(checks(&found), expected);
    assert!(found.commands.is_empty() && !found.is_acceptable());
}

#[test]
fn the_last_of_two_files_with_one_path_is_taken() {
    let found = read(
        "<webArtifact id='a' title='b'><webAction type='file' filePath='a.ts'>1</webAction>\
         <webAction type='file' filePath='./a.ts'>2</webAction></webArtifact>",
    );
    assert_eq!(found.project.text("a.ts"), Some("2\n"));
    assert!(found.is_acceptable());
}

#[test]
fn limits_hold() {
    let limits = ExtractLimits {
        completion_bytes: 2_000,
        file_bytes: 20,
        files: 2,
        ..ExtractLimits::default()
    };
    let mut answer = String::from("<webArtifact id='a' title='b'>");
    let large = "x".repeat(21);
    for (path, text) in
        [("l", large.as_str()), ("a", "1"), ("b", "2"), ("a", "3"), ("c", "4"), ("d", "5")]
    {
        let _ = write!(answer, "<webAction type='file' filePath='{path}'>{text}</webAction>");
    }
    answer += "</webArtifact>";
    let found = extract(&answer, &limits);
    assert_eq!(paths(&found), ["a", "b"]);
    assert_eq!(checks(&found), ["too_large", "duplicate_path", "too_many_files"]);
    let found = extract(&answer.repeat(10), &limits);
    assert_eq!((checks(&found), found.kind), (vec!["too_large"], AnswerKind::Nothing));
}

#[test]
fn a_tag_that_is_only_spoken_about_is_not_the_answer() {
    let found = read(
        "I use <webArtifact> and <webAction> tags.\n<webArtifact id='a' title='b'>\
         <webAction type='file' filePath='a'>x</webAction></webArtifact> Then </webArtifact> ends.",
    );
    assert_eq!((found.id.as_deref(), paths(&found)), (Some("a"), vec!["a"]));
    assert!(found.findings.is_empty(), "{:?}", found.findings);
}

#[test]
fn actions_without_an_artifact_and_two_artifacts_are_read_with_a_warning() {
    let action = "<webAction type='file' filePath='a'>x</webAction>";
    let found = read(action);
    assert_eq!((checks(&found), paths(&found)), (vec!["missing_artifact"], vec!["a"]));
    assert!(!found.truncated && found.is_acceptable());
    let one = format!("<webArtifact id='a' title='b'>{action}</webArtifact>");
    assert_eq!(checks(&read(&one.repeat(2))), ["several_artifacts", "duplicate_path"]);
}

#[test]
fn a_single_page_is_a_project_of_one_file() {
    let found = read("<think>x</think>Here:\n```html\n<h1>Hi</h1>\n```\n");
    assert_eq!(
        (found.kind, found.project.text("index.html")),
        (AnswerKind::Page, Some("<h1>Hi</h1>\n"))
    );
    assert!(!found.truncated && found.findings.is_empty());
    let cut = read("```html\n<h1>Hi");
    assert!(cut.truncated && cut.is_acceptable());
}

#[test]
fn words_alone_are_no_answer() {
    let found = read("I cannot do that.");
    assert_eq!((checks(&found), found.kind), (vec!["missing_artifact"], AnswerKind::Nothing));
    let block = read("<think>\nx\n</think>\n<answer>\nI cannot.\n</answer>");
    assert_eq!(checks(&block), ["missing_artifact"]);
    assert!(read("<think>and then").truncated);
}

#[test]
fn an_answer_without_end_is_called_a_loop() {
    let block = ".a:hover {\n  color: red;\n}\n\n.b:hover {\n  color: blue;\n}\n\n";
    let answer = format!(
        "<webArtifact id='a' title='b'><webAction type='file' filePath='a.css'>{}",
        block.repeat(40)
    );
    assert_eq!(checks(&read(&answer)), ["repetition_loop", "truncated"]);
}

#[test]
fn a_project_written_as_an_answer_reads_back() {
    let found = read(WHOLE);
    let written = format_answer(&found.project, &found.commands, "shop", "A shop").unwrap();
    let again = read(&written);
    assert_eq!((again.project, again.commands), (found.project, found.commands));
}

#[test]
fn real_answers_are_judged_as_their_labels_say() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/rollouts/rollouts.jsonl");
    let Ok(rows) = std::fs::read_to_string(path) else {
        println!("skipped: there are no real answers beside this checkout");
        return;
    };
    let mut judged = 0;
    for row in rows.lines() {
        let row: serde_json::Value = serde_json::from_str(row).unwrap();
        let found = read(row["completion"].as_str().unwrap());
        // A row without labels is a complete answer.
        let valid = row["is_valid"].as_bool().unwrap_or(true);
        let repeats = row["repetition"] == "repetition";
        assert_eq!(!found.truncated, valid, "{}", row["id"]);
        assert_eq!(checks(&found).contains(&"repetition_loop"), repeats, "{}", row["id"]);
        assert_eq!(found.is_acceptable(), valid, "{}: {:?}", row["id"], found.findings);
        judged += 1;
    }
    assert_eq!(judged, 11);
}
