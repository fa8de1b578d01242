//! `pageloom generate` as its user meets it, with the stand-in for a model and no network.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests start the program and read its files"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const PAGE: &str = "<!doctype html><title>Shop</title>\
    <body style='margin:0;font:16px Arial;background:#f4f0e8'>\
    <h1 style='background:#0a5;color:#fff;margin:0;padding:24px'>Fresh bread</h1>\
    <p>Rye costs 4.50 today, and spelt costs 5.20.</p><p>Open from seven to noon.</p>";

/// The program with answers that no other test shares.
fn generate(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pageloom"));
    for name in ["WORKERS", "BROWSER", "DEADLINE", "VIEWPORT"] {
        command.env_remove(format!("PAGELOOM_{name}"));
    }
    for name in ["DISPLAY", "WAYLAND_DISPLAY"] {
        command.env_remove(name);
    }
    command.env("PAGELOOM_ANSWERS", folder.join("answers"));
    command.env("PAGELOOM_STORE", folder.join("store"));
    command.arg("generate").args(args).args(["--model", "fake:pages"]);
    command.current_dir(folder).stdin(Stdio::null());
    command
}

/// What it says it made.
fn made(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(output)))
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn page(folder: &Path) -> PathBuf {
    let path = folder.join("shop.html");
    std::fs::write(&path, PAGE).unwrap();
    path
}

/// The page's picture, as somebody else took it.
fn picture(folder: &Path) -> PathBuf {
    let page = page(folder);
    let mut command = Command::new(env!("CARGO_BIN_EXE_pageloom"));
    command.arg("render").arg(page).args(["--full-page", "--viewport", "600x400", "--out"]);
    assert!(command.arg(folder.join("shots")).output().unwrap().status.success());
    folder.join("shots").join("shop.png")
}

fn script(folder: &Path, text: &str) -> String {
    let path = folder.join("script.toml");
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// A folder of this machine where packages lie; without one, nothing can be built that uses any.
fn warm_store() -> Option<PathBuf> {
    let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache/pageloom/store"));
    let store = std::env::var_os("PAGELOOM_STORE").map(PathBuf::from).or_else(home)?;
    store.join("sets").is_dir().then_some(store)
}

/// Where each answer came from, as the run's log has it.
fn sources(out: &Path) -> Vec<String> {
    let events = std::fs::read_to_string(out.join("run/events.jsonl")).unwrap();
    let events = events.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let asked = events.filter(|event| event["event"] == "asked");
    asked.map(|event| event["source"].as_str().unwrap().to_owned()).collect()
}

/// Width and height of a picture, from its header.
fn size_of_png(path: &Path) -> (u32, u32) {
    let bytes = std::fs::read(path).unwrap();
    assert!(bytes.starts_with(b"\x89PNG\r\n\x1a\n"), "{}", path.display());
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

#[test]
fn a_screenshot_becomes_a_page_and_the_same_command_asks_nobody_again() {
    let folder = tempfile::tempdir().unwrap();
    let (shot, out) = (picture(folder.path()), folder.path().join("out"));
    let (shot, to) = (shot.to_str().unwrap(), out.to_str().unwrap());
    let args = [shot, "--out", to, "--format", "json"];
    let output = generate(folder.path(), &args).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let first = made(&output);
    assert_eq!((&first["kind"], &first["measure"]), (&"reproduce".into(), &"pixels".into()));
    assert!(first["value"].as_f64().unwrap() > 0.0, "{first}");
    let html = std::fs::read_to_string(out.join("index.html")).unwrap();
    assert!(html.starts_with("<!doctype html>"), "{html}");
    assert_eq!(size_of_png(&out.join("picture.png")).0, 600, "the window is the picture's");
    assert_eq!(size_of_png(&out.join("target.png")), size_of_png(Path::new(shot)));
    assert!(std::fs::read_to_string(out.join("answer.md")).unwrap().contains("```html"));
    assert_eq!(sources(&out), ["endpoint"]);

    let again = made(&generate(folder.path(), &args).output().unwrap());
    assert_eq!(sources(&out), ["endpoint", "run"]);
    assert_eq!(
        (&again["value"], &again["steps"][0]["exchange"]["source"]),
        (&first["value"], &"run".into())
    );
    assert_eq!(std::fs::read_to_string(out.join("index.html")).unwrap(), html);

    // Elsewhere, the answers of this run do.
    let (other, run) = (folder.path().join("other"), out.join("run"));
    let mut command = generate(folder.path(), &[shot, "--replay", run.to_str().unwrap()]);
    assert!(command.arg("--out").arg(&other).output().unwrap().status.success());
    assert_eq!(sources(&other), ["replay"]);

    let mut report = Command::new(env!("CARGO_BIN_EXE_pageloom"));
    let report = report.arg("report").arg(out.join("run")).output().unwrap();
    assert!(String::from_utf8_lossy(&report.stdout).contains("web2code-wcgb/v1"));
}

#[test]
fn refining_comes_closer_and_keeps_the_best() {
    let folder = tempfile::tempdir().unwrap();
    let (task, out) = (page(folder.path()), folder.path().join("out"));
    let mut command = generate(folder.path(), &[task.to_str().unwrap(), "--refine", "3"]);
    command.args(["--viewport", "600x400", "--format", "json", "--out"]).arg(&out);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let made = made(&output);
    assert_eq!(made["measure"], "overall");
    let steps = made["steps"].as_array().unwrap();
    let values: Vec<f64> = steps.iter().map(|step| step["value"].as_f64().unwrap()).collect();
    let best = values.iter().copied().fold(0.0, f64::max);
    assert!(values.len() >= 2 && best > values[0] + 0.5, "{values:?}");
    assert_eq!(made["value"].as_f64(), Some(best), "{values:?}");
    let kept = format!("steps/{:02}", made["best"].as_u64().unwrap());
    for file in ["index.html", "picture.png", "answer.md"] {
        let (top, step) = (out.join(file), out.join(&kept).join(file));
        assert_eq!(std::fs::read(top).unwrap(), std::fs::read(step).unwrap(), "{file}");
    }
    size_of_png(&out.join("steps/00/difference.png"));
    assert!(std::fs::read_to_string(out.join("index.html")).unwrap().contains("Rye costs 4.50"));
}

#[test]
fn a_page_that_a_correction_makes_worse_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (task, out) = (page(folder.path()), folder.path().join("out"));
    let rules = format!(
        "[[reply]]\ncontains = \"You correct webpages\"\ntext = \"<p>worse</p>\"\n\
         [[reply]]\ncontains = \"\"\ntext = \"\"\"{PAGE}\"\"\"\n"
    );
    let rules = rules.replace("4.50", "4.60").replace("noon", "ten");
    let file = script(folder.path(), &rules);
    let mut command = generate(folder.path(), &[task.to_str().unwrap(), "--refine", "9"]);
    command.args(["--format", "json", "--fake-script", &file, "--out"]).arg(&out);
    let output = command.output().unwrap();
    let made = made(&output);
    assert_eq!(made["best"], 0, "{made}");
    assert_eq!(made["steps"].as_array().unwrap().len(), 3, "two in vain are enough");
    assert!(std::fs::read_to_string(out.join("index.html")).unwrap().contains("4.60"));
}

#[test]
fn words_become_a_website() {
    let Some(store) = warm_store() else { return println!("skipped: no store is warm") };
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let mut command = generate(folder.path(), &["A bakery with prices", "--offline"]);
    command.env("PAGELOOM_STORE", store).args(["--format", "json", "--out"]).arg(&out);
    let output = command.output().unwrap();
    if output.status.code() == Some(6) {
        return println!("skipped: {}", stderr(&output));
    }
    let made = made(&output);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!((&made["kind"], &made["routes"][0]["path"]), (&"website".into(), &"/".into()));
    assert!(out.join("site/index.html").is_file() && out.join("project/package.json").is_file());
    let home = std::fs::read_to_string(out.join("project/src/pages/Home.tsx")).unwrap();
    assert!(home.contains("A bakery with prices"), "{home}");
    size_of_png(&out.join("picture.png"));
}

#[test]
fn a_project_that_leaves_its_folder_or_does_not_build_is_a_fault_of_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let answer = |path: &str, body: &str| {
        format!(
            "[[reply]]\ncontains = \"\"\ntext = \"\"\"<think>\nx\n</think>\n<answer>\n\
             <webArtifact id='a' title='b'>\n<webAction type='file' filePath='{path}'>\n{body}\n\
             </webAction>\n</webArtifact>\n</answer>\"\"\"\n"
        )
    };
    let ask = |rules: &str, store: &Path| {
        let file = script(folder.path(), rules);
        let args = ["A shop", "--offline", "--fresh", "--out", "out", "--fake-script", &file];
        let mut command = generate(folder.path(), &args);
        drop(std::fs::remove_dir_all(folder.path().join("out")));
        command.env_remove("PAGELOOM_ANSWERS").env("PAGELOOM_STORE", store).output().unwrap()
    };
    let empty = folder.path().join("store");
    let output = ask(&answer("../../evil.txt", "x"), &empty);
    assert_eq!(output.status.code(), Some(7), "{}", stderr(&output));
    assert!(stderr(&output).contains("path_escape"), "{}", stderr(&output));
    assert!(
        !folder.path().join("out/project").exists() && !folder.path().join("evil.txt").exists()
    );

    let Some(store) = warm_store() else { return println!("skipped: no store is warm") };
    let output = ask(&answer("src/App.tsx", "export default function App( {"), &store);
    if output.status.code() == Some(6) {
        return println!("skipped: {}", stderr(&output));
    }
    assert_eq!(output.status.code(), Some(7), "{}", stderr(&output));
    assert!(stderr(&output).contains("build_failed: src/App.tsx"), "{}", stderr(&output));
    assert!(folder.path().join("out/project/src/App.tsx").is_file(), "what was answered is kept");
    assert!(!folder.path().join("out/site").exists());
}

#[test]
fn an_endpoint_that_is_not_there_has_its_own_code() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_pageloom"));
    command.args(["generate", "A page", "--single-page", "--model", "http://127.0.0.1:9/v1#m"]);
    let output = command.args(["--attempts", "1", "--fresh"]).current_dir(folder.path()).output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(9), "{}", stderr(&output));
    assert!(!folder.path().join("generated/a-page/index.html").exists());
}

#[test]
fn words_become_one_page_and_a_page_is_changed_as_words_say() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["A page about bees", "--single-page", "--format", "json", "--open"];
    let output = generate(folder.path(), &args).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(made(&output)["kind"], "page");
    assert!(stderr(&output).contains("no desktop"), "{}", stderr(&output));
    assert!(folder.path().join("generated/a-page-about-bees/index.html").is_file());

    let file = script(
        folder.path(),
        "[[reply]]\ncontains = \"Make the heading red\"\ntext = \"<h1 style='color:red'>Hi</h1>\"\n",
    );
    let task = page(folder.path());
    let args = [task.to_str().unwrap(), "--edit", "Make the heading red", "--fake-script", &file];
    let output = generate(folder.path(), &args).args(["--out", "changed"]).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let changed = std::fs::read_to_string(folder.path().join("changed/index.html")).unwrap();
    assert_eq!(changed, "<h1 style='color:red'>Hi</h1>");
}

#[test]
fn a_refusal_a_cut_off_answer_and_one_without_a_page_are_faults_of_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let cases = [
        ("[[fault]]\nkind = \"refusal\"\nshare = 1.0\n", "refused"),
        ("[[fault]]\nkind = \"length\"\nshare = 1.0\n", "cut_off"),
        ("[[reply]]\ncontains = \"\"\ntext = \"I would rather not.\"\n", "not_html"),
    ];
    for (index, (rules, fault)) in cases.into_iter().enumerate() {
        let (file, out) = (script(folder.path(), rules), folder.path().join(index.to_string()));
        let task = page(folder.path());
        let args = [task.to_str().unwrap(), "--format", "json", "--fresh", "--fake-script", &file];
        let mut command = generate(folder.path(), &args);
        let output =
            command.env_remove("PAGELOOM_ANSWERS").arg("--out").arg(&out).output().unwrap();
        assert_eq!(output.status.code(), Some(7), "{}", stderr(&output));
        assert!(stderr(&output).contains(fault), "{}", stderr(&output));
        assert_eq!(made(&output)["fault"]["kind"], fault);
        assert!(out.join("answer.md").is_file() && out.join("steps/00/answer.md").is_file());
        assert!(!out.join("index.html").exists(), "nothing poses as a result");
    }
}

#[test]
fn a_budget_that_ends_keeps_the_best_page_so_far() {
    let folder = tempfile::tempdir().unwrap();
    let (task, out) = (page(folder.path()), folder.path().join("out"));
    let mut command = generate(folder.path(), &[task.to_str().unwrap(), "--refine", "3"]);
    command.args(["--max-tokens", "12000", "--format", "json", "--out"]).arg(&out);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(8), "{}", stderr(&output));
    assert!(stderr(&output).contains("the best page so far is"), "{}", stderr(&output));
    assert!(out.join("index.html").is_file());
    assert!(made(&output)["stopped"].is_string());
}

#[test]
fn a_folder_of_others_and_a_folder_of_another_task_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let theirs = folder.path().join("theirs");
    std::fs::create_dir(&theirs).unwrap();
    std::fs::write(theirs.join("thesis.txt"), "mine").unwrap();
    let args = ["A page", "--single-page", "--out", "theirs"];
    let output = generate(folder.path(), &args).output().unwrap();
    assert_eq!(output.status.code(), Some(5));
    assert!(stderr(&output).contains("`theirs` is not empty"), "{}", stderr(&output));
    assert_eq!(std::fs::read_dir(&theirs).unwrap().count(), 1);

    let one = ["A page", "--single-page", "--out", "ours"];
    assert!(generate(folder.path(), &one).output().unwrap().status.success());
    let other = ["Another page", "--single-page", "--out", "ours"];
    let output = generate(folder.path(), &other).output().unwrap();
    assert_eq!(output.status.code(), Some(5));
    assert!(stderr(&output).contains("another task"), "{}", stderr(&output));
}

#[test]
fn what_cannot_be_asked_for_is_said_before_anything_is_started() {
    let folder = tempfile::tempdir().unwrap();
    let task = page(folder.path());
    let task = task.to_str().unwrap();
    for (args, code, message) in [
        (&["no-such.png"][..], 3, "there is no such file"),
        (&[""], 3, "the instruction is empty"),
        (&["A page", "--refine", "2"], 3, "no target"),
        (&["A page", "--edit", "shorter"], 3, "A page"),
        (&[task, "--edit", "shorter", "--refine", "2"], 2, "cannot be used with"),
    ] {
        let mut command = generate(folder.path(), args);
        let output = command.env("PAGELOOM_BROWSER", "/no/browser").output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(message), "{args:?}: {}", stderr(&output));
        assert!(!folder.path().join("generated").exists());
    }
}
