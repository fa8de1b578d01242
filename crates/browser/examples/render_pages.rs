//! Renders every HTML file of a folder and prints how long each took.
//! `cargo run --release -p pageloom-browser --example render_pages -- FOLDER WORKERS [OUT]`
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a measuring program"
)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use pageloom_browser::{Pool, PoolConfig};
use pageloom_schema::{RenderPolicy, Site, SitePath, Viewport};

#[tokio::main]
async fn main() {
    let args: Vec<String> = std::env::args().collect();
    let workers: usize = args[2].parse().unwrap();
    let pool =
        Arc::new(Pool::start(PoolConfig { workers, ..PoolConfig::default() }).await.unwrap());
    let mut shared = BTreeMap::new();
    let mut pages = Vec::new();
    for entry in std::fs::read_dir(&args[1]).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.ends_with(".html") {
            pages.push(path);
        } else if name.ends_with(".jpg") {
            shared.insert(SitePath::new(&name).unwrap(), Arc::from(std::fs::read(&path).unwrap()));
        }
    }
    pages.sort();
    let policy =
        RenderPolicy { dom: std::env::var_os("NO_DOM").is_none(), ..RenderPolicy::default() };
    let started = Instant::now();
    let tasks: Vec<_> = pages
        .into_iter()
        .map(|path| {
            let (pool, mut files, policy) = (Arc::clone(&pool), shared.clone(), policy.clone());
            let out = args.get(3).cloned();
            tokio::spawn(async move {
                let name = SitePath::new(path.file_name().unwrap().to_str().unwrap()).unwrap();
                files.insert(name.clone(), Arc::from(std::fs::read(&path).unwrap()));
                let site = Arc::new(Site::new(files, name.clone()).unwrap());
                let begun = Instant::now();
                let outcome = pool.render(&site, Viewport::default(), &policy).await;
                let took = begun.elapsed();
                match outcome {
                    Ok(capture) => {
                        let png = capture.full_page_png.clone().unwrap();
                        if let Some(out) = out {
                            std::fs::write(format!("{out}/{name}.png"), &png.0).unwrap();
                            let json = serde_json::to_vec_pretty(&capture).unwrap();
                            std::fs::write(format!("{out}/{name}.json"), json).unwrap();
                        }
                        let phases: Vec<String> = capture
                            .timings
                            .0
                            .iter()
                            .map(|(phase, seconds)| format!("{phase} {:.0}", seconds * 1e3))
                            .collect();
                        println!(
                            "{name} {}x{} {} B {took:.0?} {} refused {:?} {}",
                            capture.page_width,
                            capture.page_height,
                            png.0.len(),
                            phases.join(" "),
                            capture.requests.len(),
                            capture.title
                        );
                    }
                    Err(fault) => println!("{name} {fault} {took:.0?}"),
                }
            })
        })
        .collect();
    let count = tasks.len();
    for task in tasks {
        task.await.unwrap();
    }
    let seconds = started.elapsed().as_secs_f64();
    println!("{count} pages in {seconds:.2} s = {:.2} a second", count as f64 / seconds);
}
