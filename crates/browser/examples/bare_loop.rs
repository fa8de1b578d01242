//! The bound of `evals/speed`: loads pages and takes full-page pictures, nothing else.
//! `bare_loop --workers N [--fresh] --out DIR PAGE…` prints `{"pages": …, "seconds": …}` last.
//! Without `--fresh` one tab a worker goes from page to page; with it every page gets a tab in a
//! context of its own, as a render does.
#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs, reason = "a measuring program")]

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use pageloom_browser::bare::BareBrowser;
use pageloom_schema::Viewport;

#[tokio::main]
async fn main() {
    let (mut workers, mut out, mut fresh, mut pages) = (1, PathBuf::new(), false, Vec::new());
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--workers" => workers = args.next().unwrap().parse().unwrap(),
            "--out" => out = PathBuf::from(args.next().unwrap()),
            "--fresh" => fresh = true,
            _ => pages.push(PathBuf::from(arg)),
        }
    }
    std::fs::create_dir_all(&out).unwrap();
    let count = pages.len();
    let waiting = Arc::new(Mutex::new(pages.into_iter().enumerate()));
    let started = Instant::now();
    let browser = Arc::new(BareBrowser::start().await.unwrap());
    let viewport = Viewport::default();
    let workers: Vec<_> = (0..workers)
        .map(|_| {
            let (waiting, browser, out) = (Arc::clone(&waiting), Arc::clone(&browser), out.clone());
            tokio::spawn(async move {
                let mut tab = browser.tab(viewport).await.unwrap();
                let mut first = true;
                loop {
                    let next = waiting.lock().unwrap().next();
                    let Some((index, path)) = next else { break };
                    if fresh && !first {
                        tab = browser.tab(viewport).await.unwrap();
                    }
                    first = false;
                    let site = Arc::new(pageloom_build::read_page(&path).unwrap());
                    let png = tab.photograph(site, viewport).await.unwrap();
                    std::fs::write(out.join(format!("{index}.png")), png).unwrap();
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }
    println!("{{\"pages\": {count}, \"seconds\": {:.3}}}", started.elapsed().as_secs_f64());
}
