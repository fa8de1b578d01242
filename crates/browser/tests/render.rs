//! What a render promises: equal bytes, nothing left behind from page to page, recorded cuts, and a
//! browser that is replaced when it dies.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use pageloom_browser::{Pool, PoolConfig};
use pageloom_schema::{Capture, NodeKind, RenderPolicy, RequestOutcome, Site, Timings, Viewport};
use serde::Deserialize;

async fn pool(workers: usize) -> Arc<Pool> {
    Arc::new(Pool::start(PoolConfig { workers, ..PoolConfig::default() }).await.unwrap())
}

async fn render(pool: &Pool, site: &Arc<Site>) -> Capture {
    let policy = RenderPolicy::default();
    let capture = pool.render(site, Viewport::default(), &policy).await.unwrap();
    Capture { timings: Timings::default(), ..capture }
}

fn page(html: &str) -> Arc<Site> {
    Arc::new(Site::from_html(html))
}

/// All text that is laid out, in document order.
fn text(capture: &Capture) -> String {
    let nodes = &capture.dom.as_ref().unwrap().nodes;
    let laid_out = nodes.iter().filter(|node| !node.lines.is_empty());
    let texts = laid_out.filter_map(|node| match &node.kind {
        NodeKind::Text(text) => Some(text.trim()),
        NodeKind::Element { .. } => None,
    });
    texts.collect::<Vec<_>>().join(" ")
}

const MOVING: &str = "<!doctype html><title>moving</title>
<style>@keyframes turn { to { transform: rotate(360deg) } }
b { display: inline-block; animation: turn 3s linear infinite }
i { display: inline-block; transition: margin 9s; } i.far { margin-left: 300px }</style>
<input autofocus value='caret'><b>turning</b> <i>sliding</i> <p id=a></p><p id=b></p><canvas id=c></canvas>
<script>
let frames = 0, ticks = 0;
const paint = () => { frames += 1; a.textContent = `${frames} frames`; requestAnimationFrame(paint); };
paint();
setInterval(() => { ticks += 1; b.textContent = `${ticks} ticks ${Date.now()} ${Math.random()}`; }, 70);
setTimeout(() => document.querySelector('i').className = 'far', 50);
const pen = c.getContext('2d');
for (let n = 0; n < 99; n += 1) pen.fillRect(Math.random() * 300, Math.random() * 150, 9, 9);
console.log(crypto.randomUUID(), performance.now(), new Date().toISOString());
</script>";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_site_gives_the_same_bytes_alone_and_with_all_workers_busy() {
    let site = page(MOVING);
    let alone = render(&*pool(1).await, &site).await;
    assert!(text(&alone).contains("frames"));
    let busy = pool(4).await;
    let tasks: Vec<_> = (0..24)
        .map(|index| {
            let (busy, site) = (Arc::clone(&busy), Arc::clone(&site));
            let other = page(&format!("<h1 style='font-size:{}px'>other", 20 + index));
            tokio::spawn(async move {
                render(&busy, &other).await;
                render(&busy, &site).await
            })
        })
        .collect();
    for task in tasks {
        let again = task.await.unwrap();
        assert_eq!(text(&again), text(&alone));
        assert!(again.full_page_png == alone.full_page_png, "the pictures differ");
        assert_eq!(again, alone);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_finds_nothing_of_the_page_before_it() {
    let pool = pool(1).await;
    let script = "<p id=p></p><script>
        const seen = [document.cookie, localStorage.length, sessionStorage.length, window.name,
            history.length, Date.now() === performance.timeOrigin ? '' : Date.now()];
        document.cookie = 'a=1; max-age=9999';
        document.cookie = 'b=2; max-age=9999; domain=site.localhost';
        localStorage.x = 1; sessionStorage.x = 1; window.name = 'left'; history.pushState(1, '');
        indexedDB.open('left');
        p.textContent = JSON.stringify(seen);
    </script>";
    let one = page(script);
    let first = text(&render(&pool, &one).await);
    assert!(first.starts_with("[\"\",0,0,\"\","), "{first}");
    for _ in 0..3 {
        render(&pool, &page(&format!("{script}<p>another site"))).await;
        assert_eq!(text(&render(&pool, &one).await), first);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_is_too_tall_is_cut_and_the_cut_is_recorded() {
    let pool = pool(1).await;
    let policy = RenderPolicy { max_height: 2_000, ..RenderPolicy::default() };
    let tall = page("<body style='margin:0'><div style='height:5000px'>tall</div>");
    let capture = pool.render(&tall, Viewport::default(), &policy).await.unwrap();
    assert_eq!((capture.page_height, capture.uncapped_height), (2_000, Some(5_000)));
    let png = capture.full_page_png.unwrap();
    assert_eq!(png.0[16..24], [0, 0, 5, 0, 0, 0, 7, 208], "1280 by 2000");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_window_height_unit_stays_the_windows_in_a_full_page_picture() {
    let pool = pool(1).await;
    let site = page(
        "<body style='margin:0'><div style='height:100vh'>one</div><div style='height:900px'>two",
    );
    let capture = render(&pool, &site).await;
    assert_eq!(capture.page_height, 720 + 900);
    // Drawn to its end: the same picture as of a page that has no such unit.
    let fixed = page(
        "<body style='margin:0'><div style='height:720px'>one</div><div style='height:900px'>two",
    );
    assert!(capture.full_page_png == render(&pool, &fixed).await.full_page_png);
    let empty = page(
        "<body style='margin:0'><div style='height:720px'>one</div><div style='height:900px'>",
    );
    assert!(capture.full_page_png != render(&pool, &empty).await.full_page_png);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn observers_are_told_of_what_the_window_shows_and_of_what_comes_late() {
    let pool = pool(1).await;
    let site = page(
        "<p id=near>near</p><p style='margin-top:2000px' id=far>far</p><script>
        const seen = new IntersectionObserver((all) => {
          for (const one of all) if (one.isIntersecting) one.target.textContent += ' seen';
        });
        seen.observe(near); seen.observe(far);
        setTimeout(() => {
          const late = document.body.appendChild(document.createElement('div'));
          late.style.height = '40px';
          new ResizeObserver(([one]) => {
            late.textContent = 'late ' + one.contentRect.height;
          }).observe(late);
        }, 700);
        </script>",
    );
    assert_eq!(text(&render(&pool, &site).await), "near seen far late 40");
}

#[derive(Deserialize)]
struct SiteCase {
    text: Vec<String>,
    missing: Vec<String>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sites_of_many_files_get_their_files_and_record_what_is_missing() {
    let pool = pool(1).await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/sites");
    for name in ["nested", "odd-names", "queries-and-gaps"] {
        let case = std::fs::read_to_string(folder.join(name).join("site.toml")).unwrap();
        let case: SiteCase = toml::from_str(&case).unwrap();
        let site = Arc::new(pageloom_build::read_folder(&folder.join(name)).unwrap());
        let capture = render(&pool, &site).await;
        for wanted in &case.text {
            assert!(text(&capture).contains(wanted), "{name}: {}", text(&capture));
        }
        let mut missing: Vec<String> = capture
            .requests
            .iter()
            .filter(|request| request.outcome == RequestOutcome::NotFound)
            .map(|request| {
                request.url.trim_start_matches('/').split('?').next().unwrap().to_owned()
            })
            .filter(|url| url != "favicon.ico")
            .collect();
        missing.dedup();
        assert_eq!(missing.len(), case.missing.len(), "{name}: {missing:?}, {:?}", case.missing);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_leave_the_site_are_refused_and_recorded() {
    let pool = pool(1).await;
    let site = page(
        "<img src='https://example.com/a.png'><link rel=stylesheet href='http://127.0.0.1/b.css'>
         <script>fetch('http://169.254.169.254/c').catch(() => {}); new WebSocket('ws://127.0.0.1:1/d')</script>",
    );
    let capture = render(&pool, &site).await;
    let refused: BTreeMap<&str, RequestOutcome> =
        capture.requests.iter().map(|r| (r.url.as_str(), r.outcome)).collect();
    for url in ["https://example.com/a.png", "http://127.0.0.1/b.css", "http://169.254.169.254/c"] {
        assert_eq!(refused.get(url), Some(&RequestOutcome::Refused), "{url}: {refused:?}");
    }
    assert!(refused.keys().any(|url| url.starts_with("ws://127.0.0.1:1/d")), "{refused:?}");
}
