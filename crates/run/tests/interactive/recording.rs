//! Recording: the same script gives the same task, and one that does not hold gives none.

use std::collections::BTreeMap;
use std::path::Path;

use super::bench::{Bench, COUNTER, COUNTING};

/// Every file below a folder by its path there.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().display().to_string();
                found.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recording_twice_gives_the_same_bytes() {
    let bench = Bench::new().await;
    let page = COUNTER.replace("<h1>", "<img src='img/dot.svg' width=20 height=20 alt=dot><h1>");
    let dot = "<svg xmlns='http://www.w3.org/2000/svg' width='20' height='20'><circle cx='10' \
               cy='10' r='9' fill='teal'/></svg>";
    let site = [("index.html", page.as_str()), ("img/dot.svg", dot)];
    let script = bench.script_of("small", &site, COUNTING);
    for name in ["one", "two"] {
        bench.record(&script, &bench.path(name).join("tasks.jsonl")).await.unwrap();
    }
    let one = files(&bench.path("one"));
    let two = files(&bench.path("two"));
    assert_eq!(one.keys().collect::<Vec<_>>(), two.keys().collect::<Vec<_>>());
    for (name, bytes) in &one {
        assert!(bytes == &two[name], "{name} differs");
    }
    for name in ["tasks.jsonl", "tasks/small/video.mp4", "tasks/small/assets/asset_001.svg"] {
        assert!(one.contains_key(name), "{name}: {:?}", one.keys());
    }
    for step in 0..=3 {
        assert!(one.contains_key(&format!("tasks/small/checkpoints/step_{step}.png")), "{step}");
    }
    assert!(one.keys().any(|name| name.starts_with("tasks/small/stitched_assets/")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn script_that_does_not_hold_on_its_own_page_writes_nothing() {
    let bench = Bench::new().await;
    let check = COUNTING.replace("Count: 2", "Count: 3");
    let target = COUNTING
        .replace("name = \"Reset\"", "name = \"Undo\"")
        .replace("the button \"Reset\"", "the button \"Undo\"");
    for (id, actions, field, reason) in [
        ("check", &check, "action[2].check", "Count: 3"),
        ("target", &target, "action[3]", "nothing fits"),
    ] {
        let script = bench.script(id, COUNTER, actions);
        let file = bench.path(id).join("tasks.jsonl");
        let error = bench.record(&script, &file).await.unwrap_err().to_string();
        for words in [script.to_str().unwrap(), field, reason, "hint:"] {
            assert!(error.contains(words), "{id}: `{words}` is not in {error}");
        }
        assert!(!file.exists() && !file.with_extension("").exists(), "{id}: it wrote something");
    }
}
