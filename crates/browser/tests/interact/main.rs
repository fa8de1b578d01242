//! What using a page promises: every action reaches its element as the browser's own input does, the
//! page then comes to rest, and the same acts give the same states and pictures.
#![allow(clippy::unwrap_used, reason = "a test")]

mod acting;
mod looking;

use std::sync::Arc;

use pageloom_browser::{
    Act, Interaction, InteractionPolicy, MouseButton, Performed, Pool, PoolConfig,
};
use pageloom_schema::{Millis, PageElement, PageState, Site, SitePath, StepFailure, Viewport};

async fn pool(workers: usize) -> Arc<Pool> {
    Arc::new(Pool::start(PoolConfig { workers, ..PoolConfig::default() }).await.unwrap())
}

fn page(body: &str) -> Arc<Site> {
    let html =
        format!("<!doctype html><title>t</title><body style='font:16px Arial;margin:8px'>{body}");
    Arc::new(Site::from_html(&html))
}

/// A page in use, with its last look.
struct Used<'p> {
    it: Interaction<'p>,
    state: PageState,
}

impl<'p> Used<'p> {
    async fn open(pool: &'p Pool, site: &Arc<Site>) -> Self {
        let policy = InteractionPolicy::default();
        let mut it = pool.interact(site, Viewport::default(), &policy).await.unwrap();
        let state = it.state().await.unwrap();
        Self { it, state }
    }

    /// The first element with this name, text or id.
    fn find(&self, name: &str) -> &PageElement {
        let by_id = |e: &&PageElement| e.attributes.get("id").is_some_and(|id| id == name);
        let by_name = |e: &&PageElement| e.name == name || e.own_text == name;
        let found = self.state.elements.iter().find(by_id);
        found.or_else(|| self.state.elements.iter().find(by_name)).unwrap_or_else(|| {
            panic!("no {name} among {:#?}", self.state.elements);
        })
    }

    fn index(&self, name: &str) -> u32 {
        self.find(name).index
    }

    async fn does(&mut self, act: Act) -> Performed {
        let performed = self.it.perform(&act).await.unwrap();
        self.state = self.it.state().await.unwrap();
        performed
    }

    async fn done(&mut self, act: Act) {
        let performed = self.does(act.clone()).await;
        assert_eq!(performed.not_done, None, "{act:?}");
    }

    async fn fails(&mut self, act: Act) -> (StepFailure, String) {
        let not_done = self.does(act).await.not_done.unwrap();
        (not_done.reason, not_done.detail)
    }

    async fn click(&mut self, name: &str) {
        let element = self.index(name);
        self.done(click(element)).await;
    }

    fn log(&self) -> &str {
        &self.find("log").text
    }
}

fn click(element: u32) -> Act {
    Act::Click { element, button: MouseButton::Left, count: 1 }
}

/// A page whose script notes events that the browser itself made.
fn noting(body: &str, kinds: &str) -> Arc<Site> {
    page(&format!(
        "{body}<p id=log>-</p><script>
        const note = (text) => {{ log.textContent += text + ' '; }};
        for (const kind of '{kinds}'.split(' ')) addEventListener(kind, (event) => {{
          const at = event.target.id || (event.target.tagName || 'window').toLowerCase();
          if (event.isTrusted) note(`${{kind}}:${{at}}` + (event.key ? `:${{event.key}}` : ''));
        }});</script>"
    ))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_is_looked_at_when_it_has_come_to_rest() {
    let pool = pool(1).await;
    let site = page(
        "<style>#box{width:100px;height:20px;background:teal;transition:width .8s}#box.wide{width:500px}</style>
        <button id=chain>chain</button><button id=wide>wide</button><button id=late>late</button>
        <button id=clock>clock</button><div id=box>box</div><p id=out>-</p><p id=tick></p><script>
        const sleep = (time) => new Promise((done) => setTimeout(done, time));
        chain.onclick = async () => { await sleep(100); await sleep(300); await sleep(700); out.textContent = 'arrived'; };
        wide.onclick = () => box.classList.add('wide');
        late.onclick = () => { out.textContent = 'saved'; setTimeout(() => { out.textContent = 'faded'; }, 2500); };
        clock.onclick = () => { let n = 0; const go = () => { tick.textContent = n += 1; setTimeout(go, 50); }; go(); };
        </script>",
    );
    let mut used = Used::open(&pool, &site).await;
    let element = used.index("chain");
    let performed = used.does(click(element)).await;
    assert_eq!(used.find("out").text, "arrived");
    assert!((1_100..=1_400).contains(&performed.settled_in.0), "{performed:?}");
    used.click("wide").await;
    assert!((used.find("box").rect.width - 500.0).abs() < 0.1, "{:?}", used.find("box").rect);
    let element = used.index("late");
    let performed = used.does(click(element)).await;
    assert_eq!(used.find("out").text, "saved");
    assert_eq!(performed.settled_in, Millis(500), "what goes away by itself is not waited for");
    used.done(Act::Wait(Millis(2_500))).await;
    assert_eq!(used.find("out").text, "faded");
    let element = used.index("clock");
    let performed = used.does(click(element)).await;
    assert_eq!(performed.settled_in, Millis(3_000), "a clock that ticks is given up on");
    used.it.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dialogs_are_answered_with_yes_and_told() {
    let pool = pool(1).await;
    let site = page(
        "<button id=ask>ask</button><button id=fresh>open</button><p id=out>-</p><script>
        ask.onclick = () => {
          alert('hello');
          out.textContent = `${confirm('sure?')} ${prompt('name?', 'Ann')}`;
        };
        fresh.onclick = () => { const opened = window.open('/other'); out.textContent = `window ${opened}`; };
        </script>",
    );
    let mut used = Used::open(&pool, &site).await;
    used.click("ask").await;
    assert_eq!(used.find("out").text, "true Ann");
    assert_eq!(used.state.dialogs, ["hello", "sure?", "name?"]);
    used.click("fresh").await;
    assert_eq!(used.find("out").text, "window null");
    used.it.close().await;
}

fn two_pages() -> Arc<Site> {
    let files = [
        (
            "index.html",
            "<!doctype html><title>One</title><h1>One</h1><a href=two.html>to two</a> <a href='#part'>to part</a><a href='https://example.com/'>away</a><p id=part>part</p>",
        ),
        (
            "two.html",
            "<!doctype html><title>Two</title><h1>Two</h1><button id=b onclick='setTimeout(() => { h.textContent = 1 }, 300)'>go</button><p id=h>0</p>",
        ),
    ];
    let files = files
        .iter()
        .map(|(path, text)| (SitePath::new(path).unwrap(), Arc::from(text.as_bytes())))
        .collect();
    Arc::new(Site::new(files, SitePath::new("index.html").unwrap()).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_lead_to_documents_and_back() {
    let pool = pool(1).await;
    let mut used = Used::open(&pool, &two_pages()).await;
    used.click("away").await;
    assert_eq!(used.state.title, "One");
    used.click("to part").await;
    assert_eq!(used.state.url, "/index.html#part");
    used.done(Act::GoBack).await;
    assert_eq!(used.state.url, "/index.html");
    for _ in 0..8 {
        used.click("to two").await;
        assert_eq!((used.state.title.as_str(), used.state.url.as_str()), ("Two", "/two.html"));
        used.click("b").await;
        assert_eq!(used.find("h").text, "1");
        used.done(Act::GoBack).await;
        assert_eq!(used.state.title, "One");
    }
    used.it.close().await;
}

const BUSY: &str = "<style>.card{transition:transform .3s;width:120px;height:60px;background:gold}.card:hover{transform:scale(1.2)}
    .on{background:teal}@keyframes in{from{opacity:0}to{opacity:1}}.toast{animation:in .5s}</style>
    <div class=card id=card tabindex=0>card</div><button id=add>add</button><input id=text><ul id=list></ul>
    <p id=time></p><ul id=box style='height:80px;overflow:auto'><li id=one draggable=true>one<li id=two draggable=true>two<li
    style='height:300px'>three</ul><form><input name=q value=x><button id=send>send</button></form>
    <div style='height:1500px'></div><canvas id=c width=80 height=40></canvas><script>
    add.onclick = () => { const li = document.createElement('li'); li.className = 'toast';
      li.textContent = Math.random().toFixed(6) + ' ' + Date.now(); list.append(li); };
    card.onclick = () => card.classList.toggle('on');
    text.oninput = () => { c.getContext('2d').fillRect(0, 0, Math.random() * 80, 40); };
    let held = null;
    box.ondragstart = (event) => { held = event.target; };
    box.ondragover = (event) => { event.preventDefault(); if (event.target !== held) box.insertBefore(held, event.target); };
    addEventListener('scroll', () => { document.title = `${Math.round(scrollY)} ${Math.round(performance.now())}`; });
    setInterval(() => { time.textContent = new Date().toISOString() + Math.round(performance.now()); }, 1000);
    </script>";

/// Says where two runs part.
fn assert_same(one: &[String], other: &[String]) {
    for (step, (one, other)) in one.iter().zip(other).enumerate() {
        let same = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
        let near = |text: &str| {
            let from = text.char_indices().map(|(at, _)| at).filter(|at| *at + 80 >= same).min();
            text[from.unwrap_or(0)..].chars().take(160).collect::<String>()
        };
        assert!(one == other, "step {step}:\n{}\n{}", near(one), near(other));
    }
}

async fn busy_use(pool: &Pool) -> (Vec<String>, Vec<Vec<u8>>) {
    let mut used = Used::open(pool, &page(BUSY)).await;
    let (mut states, mut pictures) = (Vec::new(), Vec::new());
    type Choice = fn(&Used<'_>) -> Act;
    let acts: [Choice; 15] = [
        |used| Act::Hover { element: used.index("card") },
        |used| click(used.index("card")),
        |used| click(used.index("add")),
        |used| Act::Type { element: Some(used.index("text")), text: "Hello, World".into() },
        |_| Act::Press { element: None, key: "Backspace".into() },
        |used| click(used.index("add")),
        |used| Act::Drag { from: used.index("two"), to: used.index("one") },
        |used| Act::Scroll { element: Some(used.index("box")), by: (0.0, 60.0) },
        |_| Act::Scroll { element: None, by: (0.0, 500.0) },
        |_| Act::Press { element: None, key: "Escape".into() },
        |_| Act::Resize(Viewport { width: 400, height: 700 }),
        |_| Act::Wait(Millis(1_000)),
        |used| click(used.index("add")),
        |used| click(used.index("send")),
        |_| Act::GoBack,
    ];
    for act in acts {
        let act = act(&used);
        used.done(act).await;
        states.push(format!("{:?}", used.state));
        pictures.push(used.it.picture().await.unwrap().0.to_vec());
    }
    used.it.close().await;
    (states, pictures)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_acts_give_the_same_bytes_alone_and_beside_others() {
    let alone = pool(1).await;
    let expected = busy_use(&alone).await;
    let again = busy_use(&alone).await;
    assert_same(&again.0, &expected.0);
    assert!(again.1 == expected.1, "the pictures differ");
    let busy = pool(3).await;
    let tasks: Vec<_> = (0..6)
        .map(|_| {
            let busy = Arc::clone(&busy);
            tokio::spawn(async move { busy_use(&busy).await })
        })
        .collect();
    for task in tasks {
        let (states, pictures) = task.await.unwrap();
        assert_same(&states, &expected.0);
        assert!(pictures == expected.1, "the pictures differ");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recording_sees_all_the_time_that_passes_and_changes_nothing() {
    let pool = pool(1).await;
    let site = page(
        "<button id=a>One</button><input id=b><p id=out></p><script>
        const started = performance.now();
        const note = () => { out.textContent += Math.round(performance.now() - started) + ' '; };
        a.onclick = note; b.oninput = note;</script>",
    );
    let mut ends = Vec::new();
    for recorded in [false, true] {
        let mut used = Used::open(&pool, &site).await;
        let (sender, frames) = std::sync::mpsc::channel();
        if recorded {
            used.it.record(Millis(40), Box::new(move |frame| sender.send(frame).unwrap()));
        }
        let (a, b) = (used.index("a"), used.index("b"));
        used.done(click(a)).await;
        used.done(Act::Type { element: Some(b), text: "abc".into() }).await;
        used.it.stop_recording();
        ends.push((format!("{:?}", used.state), used.it.picture().await.unwrap().0.to_vec()));
        used.it.close().await;
        let frames: Vec<_> = frames.try_iter().collect();
        if recorded {
            assert!(frames.len() > 30, "{} frames", frames.len());
            assert!(frames.iter().any(|frame| frame.pressed));
            let places: std::collections::BTreeSet<String> =
                frames.iter().map(|frame| format!("{:?}", frame.pointer)).collect();
            assert!(places.len() > 6, "the pointer travels: {places:?}");
            let pictures: std::collections::BTreeSet<_> =
                frames.iter().map(|frame| frame.png.0.to_vec()).collect();
            assert!(pictures.len() >= 5, "{} pictures", pictures.len());
        }
    }
    assert_eq!(ends[0].0, ends[1].0);
    assert!(ends[0].1 == ends[1].1, "the pictures differ");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_action_asks_for_is_there_when_it_is_looked_at() {
    let pool = pool(1).await;
    let files = [
        ("index.html", "<!doctype html><button id=a>go</button><p id=out>-</p><script>a.onclick = async () => {
            const img = new Image(); img.src = 'dot.svg'; document.body.append(img);
            const other = new Image(); other.src = 'https://example.com/a.png'; document.body.append(other);
            const lost = new Image(); lost.src = 'missing.png'; document.body.append(lost);
            const answer = await fetch('data.json'); out.textContent = (await answer.json()).word;
            setTimeout(async () => { out.textContent += (await (await fetch('data.json')).json()).word; }, 300);
          }</script>"),
        ("data.json", "{\"word\": \"here\"}"),
        ("dot.svg", "<svg xmlns='http://www.w3.org/2000/svg' width='40' height='40'><rect width='40' height='40'/></svg>"),
    ];
    let files = files
        .iter()
        .map(|(path, text)| (SitePath::new(path).unwrap(), Arc::from(text.as_bytes())))
        .collect();
    let site = Arc::new(Site::new(files, SitePath::new("index.html").unwrap()).unwrap());
    let mut used = Used::open(&pool, &site).await;
    let element = used.index("a");
    let started = std::time::Instant::now();
    used.done(click(element)).await;
    assert!(started.elapsed().as_millis() < 900, "a limit was waited for");
    assert_eq!(used.find("out").text, "herehere");
    let image = used.state.elements.iter().find(|e| e.tag == "img").unwrap();
    assert_eq!((image.rect.width, image.rect.height), (40.0, 40.0));
    used.it.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fields_with_pickers_take_what_is_meant() {
    let pool = pool(1).await;
    let site = noting(
        "<input id=day type=date><input id=hour type=time><input id=level type=range min=0 max=10>\
         <input id=tint type=color><input id=short maxlength=2 value=ab><input id=stuck value=x \
         oninput='this.value = \"x\"'>",
        "input change",
    );
    let mut used = Used::open(&pool, &site).await;
    for (id, text, wanted) in [
        ("day", "March 14, 2026", "2026-03-14"),
        ("hour", "3:05 pm", "15:05"),
        ("level", "7", "7"),
        ("tint", "#336699", "#336699"),
    ] {
        let element = used.index(id);
        used.done(Act::Type { element: Some(element), text: text.into() }).await;
        assert_eq!(used.find(id).value.as_deref(), Some(wanted), "{id}");
    }
    for id in ["short", "stuck"] {
        let element = used.index(id);
        let (reason, _) = used.fails(Act::Type { element: Some(element), text: "yz".into() }).await;
        assert_eq!(reason, StepFailure::NoEffect, "{id}");
    }
    let day = used.index("day");
    used.done(Act::Clear { element: day }).await;
    assert_eq!(used.find("day").value.as_deref(), Some(""));
    used.it.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_and_links_scroll_as_they_do_for_a_visitor() {
    let pool = pool(1).await;
    let site = page(
        "<style>html{scroll-behavior:smooth}</style><a id=jump href='#low'>jump</a>\
         <div style='height:3000px'></div><p id=low>low</p><div style='height:900px'></div>",
    );
    let mut used = Used::open(&pool, &site).await;
    used.done(Act::Press { element: None, key: "PageDown".into() }).await;
    let after_page = used.state.scroll.1;
    assert!((500.0..700.0).contains(&after_page), "{after_page}");
    used.done(Act::Press { element: None, key: "ArrowDown".into() }).await;
    assert_eq!(used.state.scroll.1, after_page + 40.0);
    used.done(Act::Press { element: None, key: "Shift+Space".into() }).await;
    assert_eq!(used.state.scroll.1, 40.0);
    used.done(Act::Press { element: None, key: "Home".into() }).await;
    assert!(used.state.scroll.1 < 1.0, "{:?}", used.state.scroll);
    let jump = used.index("jump");
    for _ in 0..2 {
        used.done(Act::Hover { element: jump }).await;
    }
    used.click("jump").await;
    assert!(used.find("low").in_view, "{:?}", used.state.scroll);
    used.it.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_that_is_sent_brings_its_document_and_none_from_elsewhere() {
    let pool = pool(1).await;
    let site = page(
        "<form action='https://example.com/x'><input name=q value=1><button id=away>away</button></form>\
         <form action='https://example.com/x' method=post><button id=post>post away</button></form>\
         <form><input name=q value=own><button id=own>own</button></form>\
         <form action='/gone'><button id=gone>gone</button></form>\
         <form action='/gone' target=_blank><button id=blank>blank</button></form>",
    );
    let mut used = Used::open(&pool, &site).await;
    for (id, url) in [
        ("away", "/index.html"),
        ("post", "/index.html"),
        ("blank", "/index.html"),
        ("own", "/index.html?q=own"),
        ("gone", "/gone"),
    ] {
        let started = std::time::Instant::now();
        used.click(id).await;
        assert!(started.elapsed().as_millis() < 1_200, "{id}: a limit was waited for");
        let query = used.state.url.as_str();
        assert_eq!(query.trim_end_matches('?'), url, "{id}");
    }
    used.it.close().await;
}
