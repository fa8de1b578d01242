//! Tests of task files and folders as a whole: written, read back, and refused.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use pageloom_schema::{InteractiveRow, Png, Site, SitePath};
use serde_json::{Value, json};

use super::{RecordedTask, TaskFiles, read_task_file, write_task};

pub(super) fn path(text: &str) -> SitePath {
    SitePath::new(text).unwrap()
}

/// A picture of one grey.
pub(super) fn grey(width: u32, height: u32, shade: u8) -> Png {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    let pixels = vec![shade; (width * height) as usize];
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    Png(Arc::from(bytes))
}

fn row(id: &str) -> InteractiveRow {
    serde_json::from_value(json!({
        "id": id,
        "classification": {"interaction_complexity": "L3", "visual_complexity": "L2",
            "domain": "productivity", "sub_domain": "todo"},
        "recording_details": {"resolution": "1280x720", "environment": "desktop"},
        "source_website": "pageloom/todo-list",
        "action_sequence": [
            {"type": "Type", "parameters": {"description": "the new todo field", "text": "Buy milk"},
             "visual_evaluation_flag": true, "checkpoint_screenshot": "checkpoints/step_1.png",
             "target": {"role": "textbox"},
             "check": [{"kind": "value", "target": {"role": "textbox"}, "value": "Buy milk"}]},
            {"type": "Scroll", "parameters": {"direction": "down", "scroll_page": 0.25}},
            {"type": "Press", "parameters": {"key": "Enter"}, "visual_evaluation_flag": true,
             "logical_assertion": "the list shows Buy milk"},
        ],
    }))
    .unwrap()
}

pub(super) fn recorded(id: &str) -> RecordedTask {
    let files: TaskFiles = BTreeMap::from([
        (path("main.html"), Arc::from(&b"<p>page"[..])),
        (path("img/a.png"), grey(2, 2, 9).0),
    ]);
    RecordedTask {
        row: row(id),
        video: None,
        assets: BTreeMap::from([
            (path("asset_001.png"), grey(3, 3, 1).0),
            (path("asset_002.svg"), Arc::from(&b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..])),
        ]),
        sheets: (0..11).map(|shade| grey(4, 4, shade)).collect(),
        checkpoints: [0, 1, 3].map(|step| (step, grey(8, 6, step as u8))).into(),
        site: Some(Site::new(files, path("main.html")).unwrap().with_fallback()),
    }
}

/// The task as it lies on disk.
fn read_back(file: &Path, id: &str) -> RecordedTask {
    let set = read_task_file(file).unwrap();
    let task = set.tasks.iter().find(|task| task.row.id == id).unwrap();
    let steps = task.folder.checkpoint_steps();
    RecordedTask {
        row: task.row.clone(),
        video: task.folder.video(),
        assets: task.folder.assets().unwrap(),
        sheets: task.folder.stitched_sheets().unwrap(),
        checkpoints: steps
            .into_iter()
            .map(|step| (step, task.folder.checkpoint(step).unwrap().unwrap()))
            .collect(),
        site: task.folder.site().unwrap(),
    }
}

#[test]
fn a_written_task_is_read_back_equal() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tasks.jsonl");
    let first = recorded("todo list");
    write_task(&file, &first).unwrap();
    write_task(&file, &recorded("b")).unwrap();
    assert_eq!(read_back(&file, "todo list"), first);
    let before = read_task_file(&file).unwrap();
    assert_eq!((before.name.as_str(), before.tasks.len()), ("tasks", 2));
    assert_eq!(before.tasks[0].viewport.to_string(), "1280x720");
    assert!(before.tasks[0].id.as_str().starts_with("todo-list-"));

    // The same again changes nothing, and a changed task stays in its place.
    write_task(&file, &first).unwrap();
    let again = read_task_file(&file).unwrap();
    assert_eq!(again, before);
    let hash = before.hash("iwr-bench/v1").unwrap();
    assert_eq!(again.hash("iwr-bench/v1").unwrap(), hash);
    let mut changed = first.clone();
    changed.sheets.pop();
    changed.site = None;
    write_task(&file, &changed).unwrap();
    assert_eq!(read_back(&file, "todo list"), changed);
    let after = read_task_file(&file).unwrap();
    assert_eq!(after.tasks[0].row.id, "todo list");
    assert_ne!(after.hash("iwr-bench/v1").unwrap(), hash);
    let left: Vec<_> = fs::read_dir(folder.path().join("tasks")).unwrap().collect();
    assert_eq!(left.len(), 2, "nothing but the two tasks is left");
}

#[test]
fn a_video_is_copied_and_found() {
    let folder = tempfile::tempdir().unwrap();
    let (file, video) = (folder.path().join("t.jsonl"), folder.path().join("rec.mp4"));
    fs::write(&video, b"moving").unwrap();
    write_task(&file, &RecordedTask { video: Some(video), ..recorded("a") }).unwrap();
    let found = read_back(&file, "a").video.unwrap();
    assert!(found.ends_with("t/a/video.mp4"));
    assert_eq!(fs::read(found).unwrap(), b"moving");
}

#[test]
fn a_reader_of_the_published_layout_reads_ours() {
    #[derive(serde::Deserialize)]
    #[expect(dead_code, reason = "that the fields are there is what is tested")]
    struct Published {
        id: String,
        classification: BTreeMap<String, String>,
        recording_details: BTreeMap<String, String>,
        source_website: String,
        action_sequence: Vec<PublishedAction>,
    }
    #[derive(serde::Deserialize)]
    #[expect(dead_code, reason = "that the fields are there is what is tested")]
    struct PublishedAction {
        r#type: String,
        parameters: BTreeMap<String, Value>,
        visual_evaluation_flag: bool,
        checkpoint_screenshot: Option<String>,
        logical_assertion: Option<String>,
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tasks.jsonl");
    write_task(&file, &recorded("a")).unwrap();
    let text = fs::read_to_string(&file).unwrap();
    let published: Published = serde_json::from_str(text.trim()).unwrap();
    assert_eq!(published.action_sequence[0].r#type, "Type");
    for name in ["assets/asset_001.png", "stitched_assets/stitched_image_001.png"] {
        assert!(folder.path().join("tasks/a").join(name).is_file(), "{name}");
    }
    let metadata = fs::read(folder.path().join("tasks/a/metadata.json")).unwrap();
    let metadata: Value = serde_json::from_slice(&metadata).unwrap();
    assert_eq!(metadata["recording_details"]["resolution"], "1280x720");

    // A row with only the published fields is the same task without what is ours.
    let mut bare: Value = serde_json::from_str(text.trim()).unwrap();
    for action in bare["action_sequence"].as_array_mut().unwrap() {
        let action = action.as_object_mut().unwrap();
        action.remove("check");
        action.remove("target");
        action["parameters"].as_object_mut().unwrap().remove("text");
    }
    bare["action_sequence"][0]["parameters"]["description"] = json!("Type 'Buy milk' in the field");
    bare.as_object_mut().unwrap().remove("recording_details");
    bare["annotation"] = json!({"by": "somebody"});
    fs::write(&file, bare.to_string()).unwrap();
    let set = read_task_file(&file).unwrap();
    assert_eq!(set.tasks[0].row.recording_details.resolution, "1280x720");
    assert_eq!(set.tasks[0].row.action_sequence.len(), 3);
    assert!(set.tasks[0].row.action_sequence[0].check.is_empty());
}

/// A task with only the first view, to be spoiled.
fn bare_task(root: &Path, id: &str) -> std::path::PathBuf {
    let folder = root.join("tasks").join(id);
    fs::create_dir_all(folder.join("checkpoints")).unwrap();
    fs::create_dir_all(folder.join("assets")).unwrap();
    fs::write(folder.join("checkpoints/step_0.png"), &grey(2, 2, 0).0).unwrap();
    folder
}

fn problems_of(root: &Path, lines: &[Value]) -> String {
    let text: Vec<String> = lines.iter().map(Value::to_string).collect();
    fs::write(root.join("tasks.jsonl"), text.join("\n")).unwrap();
    read_task_file(&root.join("tasks.jsonl")).unwrap_err().to_string()
}

#[test]
fn checkpoints_are_found_however_rows_name_them_and_missing_ones_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let task = bare_task(root, "a");
    for step in 1..=4 {
        fs::write(task.join(format!("checkpoints/step_{step}.png")), &grey(2, 2, step).0).unwrap();
    }
    let named = |names: &[&str]| {
        let actions: Vec<Value> = names
            .iter()
            .map(|name| json!({"type": "Click", "checkpoint_screenshot": name}))
            .collect();
        json!({"id": "a", "action_sequence": actions})
    };
    let fine = [
        "checkpoints/step_4.png",
        "step_3.png",
        "a/checkpoints/step_2.png",
        "tasks/a/checkpoints/step_1.png",
    ];
    fs::write(root.join("tasks.jsonl"), named(&fine).to_string()).unwrap();
    let set = read_task_file(&root.join("tasks.jsonl")).unwrap();
    let shown = set.tasks[0].folder.checkpoint(1).unwrap().unwrap();
    assert_eq!(shown, grey(2, 2, 4), "the row's name goes before the number");
    assert_eq!(set.tasks[0].viewport.to_string(), "1920x1080");

    let mut row = named(&["../b/step_1.png", "/etc/passwd", "step_9.png", "a/../../../x.png"]);
    let flagged = json!({"type": "Click", "visual_evaluation_flag": true});
    row["action_sequence"].as_array_mut().unwrap().push(flagged);
    let text = problems_of(root, &[row]);
    for part in [
        "tasks.jsonl:1: action_sequence[0].checkpoint_screenshot: `../b/step_1.png` is not a path",
        "action_sequence[1].checkpoint_screenshot: `/etc/passwd` is not a path",
        "action_sequence[2].checkpoint_screenshot: there is no file `step_9.png` in `tasks/a`",
        "action_sequence[3].checkpoint_screenshot: `a/../../../x.png` is not a path",
        "action_sequence[4].checkpoint_screenshot: the picture `checkpoints/step_5.png` to compare",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn a_hostile_folder_is_told_file_by_file() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::write(root.join("secret.png"), &grey(2, 2, 0).0).unwrap();
    let task = bare_task(root, "a");
    let link = |to: &Path, name: &str| std::os::unix::fs::symlink(to, task.join(name)).unwrap();
    link(&root.join("secret.png"), "assets/out.png");
    link(&task.join("checkpoints/step_0.png"), "assets/in.png");
    link(root, "assets/up");
    link(root, "site");
    link(Path::new("nowhere"), "video.mp4");
    fs::write(task.join("checkpoints/step_1.png"), b"GIF89a").unwrap();
    fs::write(task.join("metadata.json"), b"{\"recording_details\": {\"resolution\": \"0x0\"}}")
        .unwrap();
    let mut wide = grey(2, 2, 0).0.to_vec();
    wide[16..20].copy_from_slice(&20_000_u32.to_be_bytes());
    fs::write(task.join("assets/wide.png"), wide).unwrap();
    fs::create_dir_all(root.join("tasks/b")).unwrap();
    std::os::unix::fs::symlink(root, root.join("tasks/c")).unwrap();
    let task = |id: &str| json!({"id": id, "action_sequence": []});
    let text = problems_of(root, &[task("a"), task("b"), task("c"), task("d"), task("a")]);
    for part in [
        "tasks.jsonl:1: assets/out.png: it is a link that leaves",
        "tasks.jsonl:1: assets/up: it is a link that leaves",
        "tasks.jsonl:1: site: it is a link",
        "tasks.jsonl:1: video.mp4: it is a link that leaves",
        "tasks.jsonl:1: checkpoints/step_1.png: it is no PNG",
        "tasks.jsonl:1: metadata.json.recording_details.resolution: `0x0` is not a viewport",
        "tasks.jsonl:1: assets/wide.png: 20000 × 2 pixels",
        "tasks.jsonl:2: checkpoints/step_0.png: the picture of the first view is missing",
        "tasks.jsonl:3: id: `tasks/c` is a link that leaves `tasks`",
        "tasks.jsonl:4: id: there is no folder `tasks/d`",
        "tasks.jsonl:5: id: `a` is the id of line 1 too",
        "hint: a task is a line of NAME.jsonl",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(!text.contains("assets/in.png"), "a link inside the folder is a file of it\n{text}");
}

#[test]
fn hostile_lines_are_told_and_the_others_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tasks.jsonl");
    let mut bytes = b"\xFF\xFE{}\n".to_vec();
    bytes.extend(vec![b'x'; (1 << 20) + 7]);
    bytes.extend(b"\n{\"a\":".to_vec());
    bytes.extend("[".repeat(5_000).bytes());
    bytes.extend(b"\n{\"id\": \"a\\u0000b\", \"action_sequence\": []}\nnull\n");
    bytes.extend(b"{\"id\": \"a\"");
    fs::write(&file, bytes).unwrap();
    let text = read_task_file(&file).unwrap_err().to_string();
    for part in [
        "tasks.jsonl:1: not UTF-8",
        "tasks.jsonl:2: longer than 1048576 bytes",
        "tasks.jsonl:3: recursion limit exceeded",
        "tasks.jsonl:4: id: a NUL character is in it",
        "tasks.jsonl:5: nothing, not an object",
        "tasks.jsonl:6: EOF while parsing",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn a_task_that_would_not_be_read_back_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tasks.jsonl");
    let mut task = recorded("../x");
    task.checkpoints.remove(&3);
    task.sheets.push(Png(Arc::from(&b"no"[..])));
    task.assets.insert(path(".hidden.png"), Arc::from(&b""[..]));
    task.row.recording_details.resolution.clear();
    let text = write_task(&file, &task).unwrap_err().to_string();
    for part in [
        "id: `../x` is no name of a folder",
        "action_sequence[2].checkpoint_screenshot: the picture `checkpoints/step_3.png` is missing",
        "stitched_assets/stitched_image_012.png: it is no PNG",
        "assets/.hidden.png: a name that starts with a point",
        "recording_details.resolution: ``",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);

    let mut upload = recorded("u");
    let action = json!({"type": "Upload", "parameters": {"description": "a", "file": "b.csv"}});
    upload.row.action_sequence.push(serde_json::from_value(action).unwrap());
    let text = write_task(&file, &upload).unwrap_err().to_string();
    assert!(
        text.contains("action_sequence[3].parameters.file: there is no asset `b.csv`"),
        "{text}"
    );
    assert_eq!(fs::read_dir(folder.path().join("tasks")).unwrap().count(), 0);

    fs::create_dir_all(folder.path().join("tasks/a")).unwrap();
    fs::write(folder.path().join("tasks/a/thesis.tex"), "mine").unwrap();
    let text = write_task(&file, &recorded("a")).unwrap_err().to_string();
    assert!(text.contains("holds `thesis.tex`, which is nothing of a task"), "{text}");
    assert!(folder.path().join("tasks/a/thesis.tex").is_file());
}

#[test]
fn files_above_the_limits_are_told_without_being_read() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let task = bare_task(root, "a");
    let hollow = |name: &str, size: u64| {
        fs::File::create(task.join(name)).unwrap().set_len(size).unwrap();
    };
    hollow("video.mp4", (512 << 20) + 1);
    hollow("assets/large.png", (64 << 20) + 1);
    hollow("metadata.json", (1 << 20) + 1);
    let other = bare_task(root, "b");
    for at in 0..4_001 {
        fs::write(other.join(format!("assets/{at}.txt")), "").unwrap();
    }
    let mut deep = bare_task(root, "c").join("site");
    for _ in 0..20 {
        deep = deep.join("d");
    }
    fs::create_dir_all(&deep).unwrap();
    let task = |id: &str| json!({"id": id, "action_sequence": []});
    let text = problems_of(root, &[task("a"), task("b"), task("c")]);
    for part in [
        "tasks.jsonl:1: video.mp4: 536870913 bytes, 536870912 allowed",
        "tasks.jsonl:1: assets/large.png: 67108865 bytes, 67108864 allowed",
        "tasks.jsonl:1: metadata.json: 1048577 bytes, 1048576 allowed",
        "over 4000 files or 268435456 bytes in the task",
        "d/d/d: more than 16 folders deep",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(text.contains("has 5 problems"), "nothing follows from what was not listed\n{text}");
}
