//! What a visit promises: every route seen once and the same way each time, what is wrong with it
//! told, controls used as a visitor uses them, and faults that cost no more than their route.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;
use std::sync::Arc;

use pageloom_browser::{Pool, PoolConfig};
use pageloom_schema::{
    ControlOutcome, ControlTrace, Effect, Fault, Millis, PageFaultKind, RenderPolicy, RouteOrigin,
    Site, SitePath, SiteTrace, Timings, Viewport, VisitPlan,
};

async fn pool(workers: usize) -> Arc<Pool> {
    Arc::new(Pool::start(PoolConfig { workers, ..PoolConfig::default() }).await.unwrap())
}

fn page(body: &str) -> Arc<Site> {
    let html = format!("<!doctype html><title>t</title><body style='font:16px Arial'>{body}");
    Arc::new(Site::from_html(&html))
}

fn files(list: &[(&str, &str)]) -> Arc<Site> {
    let files: BTreeMap<SitePath, Arc<[u8]>> = list
        .iter()
        .map(|(path, text)| (SitePath::new(path).unwrap(), Arc::from(text.as_bytes())))
        .collect();
    Arc::new(Site::new(files, SitePath::new(list[0].0).unwrap()).unwrap())
}

async fn visit(site: &Arc<Site>) -> SiteTrace {
    visit_with(site, &VisitPlan::default()).await
}

async fn visit_with(site: &Arc<Site>, plan: &VisitPlan) -> SiteTrace {
    pool(1).await.visit(site, plan).await.unwrap()
}

fn looks_only() -> VisitPlan {
    VisitPlan { probes: false, ..VisitPlan::default() }
}

fn control<'a>(trace: &'a SiteTrace, name: &str) -> &'a ControlTrace {
    let found = trace.controls.iter().find(|control| control.name == name);
    found.unwrap_or_else(|| panic!("no control {name} among {:?}", trace.controls))
}

fn paths(trace: &SiteTrace) -> Vec<&str> {
    trace.routes.iter().map(|route| route.path.as_str()).collect()
}

/// The parts that must be equal from visit to visit, pictures among them.
fn bytes(trace: SiteTrace) -> (String, Vec<Vec<u8>>) {
    let captures = trace.routes.iter().flat_map(|route| &route.captures);
    let pictures = captures.map(|c| c.viewport_png.as_ref().unwrap().0.to_vec()).collect();
    let trace = SiteTrace { timings: Timings::default(), ..trace };
    (format!("{trace:?}"), pictures)
}

const HISTORY_ROUTER: &str = "<!doctype html><title>Shop</title><style>body{margin:0;font:16px Arial}
nav{display:flex;gap:16px;padding:12px;background:orange}@media(max-width:500px){nav{background:teal}}
</style><div id=root></div><script>
let count = 0;
const pages = {
  '/': () => `<h1>Welcome</h1><button id=add>Add</button><b id=n>${count}</b><button>Dead</button>`,
  '/about': () => '<h1>About us</h1><details><summary>More</summary>text</details>',
  '/contact': () => '<h1>Contact</h1><form><label>Name <input required></label><button>Send</button></form><p id=done></p>',
};
function draw() {
  const page = pages[location.pathname];
  root.innerHTML = `<nav><a href='/'>Home</a><a href='/about'>About</a><a href='/contact'>Contact</a></nav>
    <main>${page ? page() : '<h1>Nothing here</h1><p>' + location.pathname + ' is unknown'}</main>`;
  for (const a of root.querySelectorAll('nav a')) a.onclick = (event) => {
    event.preventDefault(); history.pushState(null, '', a.getAttribute('href')); draw();
  };
  const at = (query) => root.querySelector(query);
  if (at('#add')) at('#add').onclick = () => { count += 1; at('#n').textContent = count; };
  if (at('form')) at('form').onsubmit = (event) => { event.preventDefault(); at('#done').textContent = 'Thanks'; };
}
onpopstate = draw; draw();
</script>";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visit_gives_the_same_bytes_alone_and_beside_another() {
    let site = Arc::new(Site::from_html(HISTORY_ROUTER).with_fallback());
    let plan = VisitPlan { declared_routes: vec!["/about".into()], ..VisitPlan::default() };
    let expected = bytes(visit_with(&site, &plan).await);
    let busy = pool(2).await;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (busy, site, plan) = (Arc::clone(&busy), Arc::clone(&site), plan.clone());
            tokio::spawn(async move { busy.visit(&site, &plan).await.unwrap() })
        })
        .collect();
    for task in tasks {
        let (trace, pictures) = bytes(task.await.unwrap());
        assert_eq!(trace, expected.0);
        assert!(pictures == expected.1, "the pictures differ");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_history_router_is_visited_route_by_route_and_its_catch_all_is_no_route() {
    let site = Arc::new(Site::from_html(HISTORY_ROUTER).with_fallback());
    let declared = vec!["/about".into(), "/lost".into(), "/user/:id".into()];
    let trace = visit_with(&site, &VisitPlan { declared_routes: declared, ..looks_only() }).await;
    assert_eq!(paths(&trace), ["/", "/about", "/lost", "/contact"]);
    let origins: Vec<RouteOrigin> = trace.routes.iter().map(|route| route.origin).collect();
    assert_eq!(origins[0], RouteOrigin::Entry);
    assert_eq!(origins[3], RouteOrigin::Link);
    let missing: Vec<bool> = trace.routes.iter().map(|route| route.not_found).collect();
    assert_eq!(missing, [false, false, true, false]);
    assert_eq!(trace.catch_all.as_ref(), Some(&trace.routes[2].fingerprint));
    let windows: Vec<Viewport> = trace.routes[0].captures.iter().map(|c| c.viewport).collect();
    assert_eq!((windows[0].width, windows[1].width), (1024, 375));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_window_of_a_loaded_page_shows_what_a_page_loaded_in_it_shows() {
    let site = Arc::new(Site::from_html(HISTORY_ROUTER).with_fallback());
    let trace = visit_with(&site, &looks_only()).await;
    let desktop =
        VisitPlan { desktop: Viewport { width: 375, height: 812 }, mobile: None, ..looks_only() };
    let loaded = visit_with(&site, &desktop).await;
    let fitted = trace.routes[0].mobile().unwrap().viewport_png.clone();
    assert!(fitted.is_some() && fitted == loaded.routes[0].desktop().unwrap().viewport_png);
}

/// Moves a bar into place by its script, over most of a second, and a box by its style sheet.
const MOVING: &str = "<style>#box{height:20px;width:900px;background:teal;transition:width 1s}
@media(max-width:500px){#box{width:100px}}</style><div id=box></div>
<canvas id=bar width=300 height=40></canvas><script>
const paint = bar.getContext('2d');
let now = 0;
function move(to) {
  const from = now, start = performance.now();
  requestAnimationFrame(function step(time) {
    const part = Math.min(1, (time - start) / 700);
    now = from + (to - from) * part * (2 - part);
    paint.clearRect(0, 0, 300, 40); paint.fillRect(0, 0, now, 40);
    if (part < 1) requestAnimationFrame(step);
  });
}
const fit = () => move(innerWidth / 4);
addEventListener('resize', fit); fit();
</script>";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_moves_into_place_in_another_window_is_there_in_its_picture() {
    let narrow = Viewport { width: 375, height: 812 };
    let loaded = VisitPlan { desktop: narrow, mobile: None, ..looks_only() };
    let loaded = visit_with(&page(MOVING), &loaded).await;
    let fitted = visit_with(&page(MOVING), &looks_only()).await;
    let picture = fitted.routes[0].mobile().unwrap().viewport_png.clone();
    assert!(picture.is_some() && picture == loaded.routes[0].desktop().unwrap().viewport_png);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_animation_that_never_ends_is_the_same_in_every_visit() {
    let site = page(
        &MOVING
            .replace("part < 1", "true")
            .replace("Math.min(1, (time - start) / 700)", "((time - start) % 1700) / 1700"),
    );
    let expected = bytes(visit_with(&site, &looks_only()).await);
    let pool = pool(2).await;
    for _ in 0..10 {
        let plan = looks_only();
        let (one, two) = tokio::join!(pool.visit(&site, &plan), pool.visit(&site, &plan));
        for trace in [one.unwrap(), two.unwrap()] {
            let (trace, pictures) = bytes(trace);
            assert_eq!(trace, expected.0);
            assert!(pictures == expected.1, "the pictures differ");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hash_router_has_its_routes_loaded_each_by_itself() {
    let site = page(
        "<nav><a href='#/'>Home</a> <a href='#/cart'>Cart</a> <a href='#top'>Top</a></nav><main id=m></main>
        <script>const draw = () => { m.textContent = location.hash === '#/cart' ? 'your cart' : 'home'; };
        onhashchange = draw; draw();</script>",
    );
    let trace = visit_with(&site, &VisitPlan::default()).await;
    assert_eq!(paths(&trace), ["/", "/#/cart"]);
    assert_ne!(trace.routes[0].fingerprint, trace.routes[1].fingerprint);
    assert_eq!(control(&trace, "Cart").outcome, ControlOutcome::Live);
    assert_eq!(control(&trace, "Top").outcome, ControlOutcome::Dead, "there is no such place");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_of_a_site_without_a_fallback_are_its_routes() {
    let site = files(&[
        (
            "index.html",
            "<a href='about.html'>About</a> <a href='gone.html'>Gone</a> <a href='a.txt'>File</a>",
        ),
        ("about.html", "<p>About <a href='/'>Home</a>"),
        ("a.txt", "text"),
    ]);
    let trace = visit(&site).await;
    assert_eq!(paths(&trace), ["/", "/about.html", "/gone.html"]);
    assert!(trace.routes[2].not_found && !trace.routes[1].not_found);
    assert_eq!(control(&trace, "About").effects, [Effect::Navigation]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blank_pages_and_error_pages_are_told_from_pages() {
    for (body, blank, overlay) in [
        ("<p>text", false, false),
        ("", true, false),
        ("<div style='display:none'>gone</div>", true, false),
        ("<p style='color:white'>white on white", true, false),
        ("<div style='width:40px;height:40px;background:red'>", false, false),
        (
            "<vite-error-overlay style='display:block'>x is not defined</vite-error-overlay>",
            false,
            true,
        ),
        ("<h2>Unexpected Application Error!</h2><h3>x is not defined</h3>", false, true),
    ] {
        let trace = visit_with(&page(body), &looks_only()).await;
        let route = &trace.routes[0];
        assert_eq!((route.blank, route.overlay.is_some()), (blank, overlay), "{body}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_is_too_wide_is_told_with_its_widest_element() {
    let trace =
        visit_with(&page("<div id=wide style='width:900px'>wide</div>"), &looks_only()).await;
    let overflow = &trace.routes[0].overflow;
    let widths: Vec<u32> = overflow.iter().map(|o| o.width).collect();
    assert_eq!(widths, [375, 768]);
    assert_eq!(overflow[0].widest, "div#wide");
    assert_eq!(trace.routes[0].overflow_checked, [375, 768, 1280]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_page_loses_in_a_narrow_window_is_there_when_it_is_used() {
    let site = page(
        "<button onclick='this.after(1)' id=wide>Wide</button><script>
        addEventListener('resize', () => { if (innerWidth < 500) document.getElementById('wide')?.remove(); });
        </script>",
    );
    assert_eq!(control(&visit(&site).await, "Wide").outcome, ControlOutcome::Live);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn elements_named_like_parts_of_a_document_do_not_hide_what_controls_do() {
    let names = ["styleSheets", "adoptedStyleSheets", "execCommand", "title", "body", "cookie"];
    let named: String = names.map(|name| format!("<img name={name} alt=''>")).concat();
    let site = page(&format!(
        "<style>[data-on]{{color:red}}</style>{named}
        <button data-on=0 onclick='this.dataset.on = 1'>Light</button><button>Dead</button>
        <p contenteditable>Notes</p>",
    ));
    let trace = visit(&site).await;
    assert_eq!(control(&trace, "Light").effects, [Effect::Document]);
    assert_eq!(control(&trace, "Dead").outcome, ControlOutcome::Dead);
    assert!(trace.fields.iter().any(|field| field.accepted), "{:?}", trace.fields);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn controls_that_do_something_are_told_from_those_that_do_not() {
    let site = page(
        "<button onclick='this.after(1)'>text</button>
        <button>dead</button>
        <button onclick='alert(1)'>alert</button>
        <button onclick='localStorage.a = 1'>store</button>
        <button onclick=\"console.log('x')\">log</button>
        <button onclick='f.focus()'>focus</button>
        <button onclick=\"fetch('https://api.example/').catch(() => {})\">ask</button>
        <button onclick=\"location.href = 'https://elsewhere.example/'\">leave</button>
        <button onclick=\"window.open('https://elsewhere.example/')\">window</button>
        <button onclick='window.scrollTo(0, 400)'>scroll</button>
        <button disabled>disabled</button>
        <button onclick=\"setTimeout(() => document.title = 'late', 200)\">late</button>
        <div role=button tabindex=0 onclick=\"this.textContent += '!'\">role</div>
        <a href='#'>placeholder</a> <a href='https://elsewhere.example/'>outside</a>
        <a href='mailto:a@b.example'>mail</a>
        <label><input type=checkbox>tick</label><input id=f aria-label=field>
        <select aria-label=list><option>a<option>b</select>
        <div style='position:relative'><button onclick='alert(2)'>below</button>
          <div style='position:absolute;inset:0;background:#fff'></div></div>
        <p id=clock></p><div style='height:3000px'></div>
        <script>setInterval(() => { clock.textContent = Date.now(); }, 100);</script>",
    );
    let trace = visit(&site).await;
    let live = |name: &str| {
        let control = control(&trace, name);
        assert_eq!(control.outcome, ControlOutcome::Live, "{name}");
        control.effects.clone()
    };
    assert_eq!(live("text"), [Effect::Document]);
    assert_eq!(live("alert"), [Effect::Dialog]);
    assert_eq!(live("store"), [Effect::Storage]);
    assert_eq!(live("log"), [Effect::Console]);
    assert_eq!(live("focus"), [Effect::Focus]);
    assert_eq!(live("ask"), [Effect::Network]);
    assert_eq!(live("leave"), [Effect::Network]);
    assert_eq!(live("window"), [Effect::Window]);
    assert_eq!(live("scroll"), [Effect::Scroll]);
    assert_eq!(live("late"), [Effect::Document]);
    assert_eq!(live("role"), [Effect::Document]);
    assert_eq!(live("tick"), [Effect::Document]);
    assert_eq!(live("list"), [Effect::Document]);
    for name in ["dead", "placeholder"] {
        assert_eq!(control(&trace, name).outcome, ControlOutcome::Dead, "{name}");
    }
    for name in ["outside", "mail"] {
        assert_eq!(control(&trace, name).outcome, ControlOutcome::Outside, "{name}");
    }
    assert_eq!(control(&trace, "below").outcome, ControlOutcome::Covered);
    assert!(!trace.controls.iter().any(|control| control.name == "disabled"));
    assert_eq!(trace.routes[0].fault, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_can_see_is_no_effect_and_an_empty_page_is_the_end_of_it() {
    let site = page(
        "<p>A page with some words to read.</p>
        <button onclick=\"this.dataset.times = 'many'\">mark</button>
        <button onclick=\"this.dataset.open = 'yes'\">styled</button>
        <button onclick=\"box.textContent += 'x'\">whisper</button>
        <button onclick=\"box.append(document.createElement('b'))\">grow</button>
        <button onclick=\"box.style.display = 'block'\">reveal</button>
        <button onclick=\"document.body.innerHTML = ''\">empty</button>
        <button onclick=\"this.after('more')\">last</button>
        <div id=box style='display:none'>box</div>
        <style>[data-open] { color: red }</style>",
    );
    let trace = visit(&site).await;
    let outcome = |name: &str| control(&trace, name).outcome;
    for name in ["mark", "whisper", "grow"] {
        assert_eq!(outcome(name), ControlOutcome::Dead, "{name}");
    }
    for name in ["styled", "reveal", "last"] {
        assert_eq!(outcome(name), ControlOutcome::Live, "{name}");
    }
    assert_eq!(outcome("empty"), ControlOutcome::Fault);
    assert_eq!(trace.routes[0].fault, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_controls_that_look_alike_some_are_used_from_the_first_to_the_last() {
    let days: String = (1..=29)
        .map(|day| format!("<button class=day onclick='n.value = {day}'>{day}</button>"))
        .collect();
    let site = page(&format!("<div class=days>{days}</div><output id=n></output>"));
    let trace = visit(&site).await;
    let used = |c: &&ControlTrace| c.outcome == ControlOutcome::Live;
    let names: Vec<&str> =
        trace.controls.iter().filter(used).map(|control| control.name.as_str()).collect();
    assert_eq!(names, ["1", "5", "9", "13", "17", "21", "25", "29"]);
    assert_eq!(trace.controls.len(), 29);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stands_beside_an_app_that_threw_is_not_the_app() {
    let cover = "<div id=root></div><main>A page painted over the empty app.</main>";
    let thrown = visit(&page(&format!("{cover}<script>throw new Error('no app')</script>"))).await;
    let overlay = thrown.routes[0].overlay.clone().unwrap_or_default();
    assert!(overlay.starts_with("the app is empty after"), "{overlay}");
    assert_eq!(visit(&page(cover)).await.routes[0].overlay, None);
    let filled = "<div id=root>app</div><script>throw new Error('later')</script>";
    assert_eq!(visit(&page(filled)).await.routes[0].overlay, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_shows_something_in_one_window_alone_is_told() {
    let site = page(
        "<main>Only here.</main><style>main { display: none }
        @media (width: 1024px) { main { display: block } }</style>",
    );
    let trace = visit(&site).await;
    assert_eq!(trace.routes[0].blank_at, [375, 768, 1280]);
    assert!(!trace.routes[0].blank);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fields_keep_what_is_typed_and_forms_react_or_do_not() {
    let site = page(
        "<section><input aria-label=good><input aria-label=frozen value=x oninput=\"this.value = 'x'\">
        <input aria-label=lost oninput=\"setTimeout(() => { this.value = ''; }, 50)\"></section>
        <form aria-label=a onsubmit='event.preventDefault(); this.after(1)'><input type=email required
          aria-label=mail><select required><option value=''>?<option>b</select><button>Works</button></form>
        <form aria-label=b onsubmit='event.preventDefault()'><input aria-label=q><button>Silent</button></form>
        <form aria-label=c><input aria-label=r><button>Reload</button></form>
        <form aria-label=d onsubmit='event.preventDefault()'><input aria-label=pin required pattern='[0-9]{4}'>
          <button>Checked</button></form>",
    );
    let trace = visit(&site).await;
    let field = |name: &str| {
        let found = trace.fields.iter().find(|field| field.name == name).unwrap();
        (found.accepted, found.kept)
    };
    assert_eq!(field("good"), (true, true));
    assert_eq!(field("frozen"), (false, false));
    assert_eq!(field("lost"), (true, false));
    let form = |name: &str| {
        let found = trace.forms.iter().find(|form| form.name == name);
        found.unwrap_or_else(|| panic!("{name}: {:?}", trace.forms)).effects.clone()
    };
    assert_eq!(form("Works"), [Effect::Document]);
    assert_eq!(form("Silent"), []);
    assert_eq!(form("Reload"), [], "the same page again");
    assert!(form("Checked").contains(&Effect::Validation));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_control_that_hangs_costs_its_route_and_no_other() {
    let site = files(&[
        (
            "index.html",
            "<a href='b.html'>Next</a><button onclick='for (;;);'>Hang</button><button onclick='alert(1)'>After</button>",
        ),
        ("b.html", "<p>b</p><button onclick='alert(1)'>Other</button>"),
    ]);
    let plan = VisitPlan { action_deadline: Millis(1_500), ..VisitPlan::default() };
    let trace = visit_with(&site, &plan).await;
    assert_eq!(control(&trace, "Hang").outcome, ControlOutcome::Fault);
    assert_eq!(control(&trace, "After").outcome, ControlOutcome::Live);
    assert_eq!(control(&trace, "Other").outcome, ControlOutcome::Live);
    let fault = trace.routes[0].fault.as_ref().unwrap();
    assert!(
        matches!(fault, Fault::Page(fault) if fault.kind == PageFaultKind::ScriptHang),
        "{fault}"
    );
    assert_eq!(trace.routes[1].fault, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_route_that_hangs_at_load_is_a_fault_and_the_others_are_seen() {
    let site = files(&[
        ("index.html", "<a href='b.html'>B</a> <a href='c.html'>C</a>"),
        ("b.html", "<script>for (;;);</script>"),
        ("c.html", "<p>c"),
    ]);
    let policy = RenderPolicy { deadline: Millis(2_000), ..VisitPlan::default().policy };
    let trace = visit_with(&site, &VisitPlan { policy, ..looks_only() }).await;
    assert_eq!(paths(&trace), ["/", "/b.html", "/c.html"]);
    let faulty: Vec<bool> = trace.routes.iter().map(|route| route.fault.is_some()).collect();
    assert_eq!(faulty, [false, true, false]);
    assert_eq!(trace.routes[2].captures.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_cannot_tell_that_it_is_watched_nor_end_its_tab() {
    let site = page(
        "<p id=p></p><button onclick='alert(1)'>Press</button><script>
        p.textContent = JSON.stringify([navigator.webdriver, typeof pageloom]);
        setInterval(() => window.close(), 10); navigator.serviceWorker.register('/sw.js').catch(() => {});
        Element.prototype.getBoundingClientRect = () => ({x: 0, y: 0, width: 0, height: 0});
        Element.prototype.checkVisibility = () => false;
        </script>",
    );
    let trace = visit(&site).await;
    assert_eq!(trace.routes[0].fault, None);
    let dom = trace.routes[0].desktop().unwrap().dom.as_ref().unwrap();
    assert!(format!("{dom:?}").contains("[false,\\\"undefined\\\"]"));
    assert_eq!(control(&trace, "Press").outcome, ControlOutcome::Live);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visit_leaves_nothing_for_the_next_page() {
    let pool = pool(1).await;
    let look = page("<style>:hover{background:red}</style><button>Press</button><input autofocus>");
    let render = async || {
        let policy = RenderPolicy::default();
        pool.render(&look, Viewport { width: 1024, height: 768 }, &policy)
            .await
            .unwrap()
            .full_page_png
    };
    let before = render().await;
    pool.visit(&look, &VisitPlan::default()).await.unwrap();
    assert!(render().await == before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_picture_is_told_before_the_trace_is_done() {
    let pool = pool(1).await;
    let mut first = None;
    let trace = pool
        .visit_observed(&page("<p>x"), &looks_only(), &mut |png| first = Some(png.clone()))
        .await
        .unwrap();
    assert!(first.is_some() && first.as_ref() == trace.first_screenshot());
    assert!(trace.timings.0.iter().any(|(step, _)| step == "first_screenshot"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_that_a_page_hides_are_heard() {
    let site = page(
        "<script>
        console.error = console.warn = () => undefined;
        window.onerror = () => true;
        addEventListener('error', (event) => event.stopImmediatePropagation(), true);
        addEventListener('unhandledrejection', (event) => event.preventDefault());
        Promise.reject(new Error('no promise'));
        </script><h1>All is well</h1><script>throw new Error('it does not start');</script>",
    );
    let trace = visit_with(&site, &looks_only()).await;
    let mut heard = trace.routes[0].desktop().unwrap().exceptions.clone();
    heard.sort();
    assert_eq!(heard.len(), 2, "{heard:?}");
    assert!(heard[0].contains("no promise"), "{heard:?}");
    assert!(heard[1].contains("it does not start"), "{heard:?}");
}
