//! What an action costs on the clock on the wall, with its settling: `time_acts FOLDER [ROUNDS]` opens a
//! site, uses its first buttons and fields round after round and prints the median of each kind.
#![allow(clippy::print_stdout, reason = "an example that prints what it measures")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pageloom_browser::{Act, InteractionPolicy, MouseButton, Pool, PoolConfig};
use pageloom_schema::{Site, Viewport};

const PAGE: &str = "<!doctype html><title>t</title><style>.card{display:inline-block;width:200px;margin:8px;\
    padding:16px;border-radius:8px;box-shadow:0 2px 8px #0003}</style><h1>Shop</h1><input id=q><div id=r></div>\
    <script>for (let i = 0; i < 60; i += 1) { const card = document.createElement('div'); card.className = 'card';\
    card.innerHTML = `<h2>Item ${i}</h2><p>Some words about it.</p><button>Add</button><b>0</b>`; r.append(card);\
    let n = 0; card.querySelector('button').onclick = () => { card.querySelector('b').textContent = n += 1; }; }\
    </script>";

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let site = match arguments.next().filter(|folder| folder != "-") {
        Some(folder) => pageloom_build::read_folder(Path::new(&folder))?,
        None => Site::from_html(PAGE),
    };
    let rounds: u32 = arguments.next().map_or(Ok(10), |rounds| rounds.parse())?;
    let pool = Pool::start(PoolConfig { workers: 1, ..PoolConfig::default() }).await?;
    let policy = InteractionPolicy::default();
    let mut page = pool.interact(&Arc::new(site), Viewport::default(), &policy).await?;
    let state = page.state().await?;
    let used = |e: &&pageloom_schema::PageElement| e.visible;
    let buttons: Vec<u32> = state
        .elements
        .iter()
        .filter(used)
        .filter(|e| e.role == "button")
        .map(|e| e.index)
        .take(5)
        .collect();
    let fields: Vec<u32> = state
        .elements
        .iter()
        .filter(used)
        .filter(|e| e.editable)
        .map(|e| e.index)
        .take(2)
        .collect();
    let mut times: BTreeMap<&str, Vec<Duration>> = BTreeMap::new();
    for _ in 0..rounds {
        let mut acts = vec![("scroll", Act::Scroll { element: None, by: (0.0, 360.0) })];
        for element in &buttons {
            acts.push((
                "click",
                Act::Click { element: *element, button: MouseButton::Left, count: 1 },
            ));
            acts.push(("hover", Act::Hover { element: *element }));
        }
        for element in &fields {
            acts.push(("type 5", Act::Type { element: Some(*element), text: "words".into() }));
            acts.push(("press", Act::Press { element: Some(*element), key: "Backspace".into() }));
        }
        for (kind, act) in acts {
            let started = Instant::now();
            page.perform(&act).await?;
            times.entry(kind).or_default().push(started.elapsed());
        }
        let started = Instant::now();
        page.state().await?;
        times.entry("state").or_default().push(started.elapsed());
        let started = Instant::now();
        page.picture().await?;
        times.entry("picture").or_default().push(started.elapsed());
    }
    page.close().await;
    println!("{} elements", state.elements.len());
    for (kind, mut times) in times {
        times.sort();
        let at = |part: usize| times.get(times.len() * part / 100).copied().unwrap_or_default();
        println!(
            "{kind:<8} {:>4} times, median {:>9.1?}, 90 % below {:>9.1?}",
            times.len(),
            at(50),
            at(90)
        );
    }
    Ok(())
}
