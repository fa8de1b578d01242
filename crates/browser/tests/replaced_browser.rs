//! A browser that dies is replaced. Alone in its file, so that only its own browser is killed.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test")]

use std::sync::Arc;

use pageloom_browser::{Pool, PoolConfig};
use pageloom_schema::{NodeKind, RenderPolicy, Site, Viewport};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_that_dies_is_replaced_and_the_page_rendered_all_the_same() {
    let pool = Arc::new(Pool::start(PoolConfig::default()).await.unwrap());
    let slow = Arc::new(Site::from_html(
        "<h1>slow</h1><script>for (const end = performance.now(), n = [0]; n[0] < 3e8;) n[0] += 1;</script>",
    ));
    let before = children();
    assert!(!before.is_empty());
    let rendering = {
        let (pool, slow) = (Arc::clone(&pool), Arc::clone(&slow));
        tokio::spawn(async move {
            pool.render(&slow, Viewport::default(), &RenderPolicy::default()).await
        })
    };
    tokio::task::yield_now().await;
    for pid in before {
        assert!(std::process::Command::new("kill").args(["-9", &pid]).status().unwrap().success());
    }
    let capture = rendering.await.unwrap().unwrap();
    let shown = capture
        .dom
        .unwrap()
        .nodes
        .into_iter()
        .any(|node| !node.lines.is_empty() && node.kind == NodeKind::Text("slow".to_owned()));
    assert!(shown);
}

/// Processes that this test process started, the browsers among them.
fn children() -> Vec<String> {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let lists = tasks
        .flatten()
        .filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    lists.flat_map(|list| list.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect()
}
