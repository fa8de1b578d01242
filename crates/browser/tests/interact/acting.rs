//! Each kind of action reaches the page as a visitor's does.

use std::sync::Arc;

use pageloom_browser::{Act, MouseButton};
use pageloom_schema::StepFailure;

use crate::{Used, click, noting, page, pool};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_click_is_the_browsers_own_and_comes_to_its_element() {
    let pool = pool(1).await;
    let site = noting(
        "<button id=a>One</button><button id=b>Two</button>",
        "mousedown mouseup click dblclick contextmenu",
    );
    let mut used = Used::open(&pool, &site).await;
    used.click("a").await;
    assert_eq!(used.log(), "-mousedown:a mouseup:a click:a");
    let b = used.index("b");
    used.done(Act::Click { element: b, button: MouseButton::Left, count: 2 }).await;
    assert!(used.log().ends_with("click:b mousedown:b mouseup:b click:b dblclick:b"));
    let a = used.index("a");
    used.done(Act::Click { element: a, button: MouseButton::Right, count: 1 }).await;
    assert!(used.log().contains("contextmenu:a"), "{}", used.log());
    used.it.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn typing_and_keys_reach_the_page_key_by_key() {
    let pool = pool(1).await;
    let site = noting(
        "<label>Name <input id=name value=Al></label><input id=mail type=email value=a@b>\
         <textarea id=area>one\ntwo</textarea><div id=rich contenteditable>rich</div>",
        "keydown keyup",
    );
    let mut used = Used::open(&pool, &site).await;
    let name = used.index("name");
    let field = used.find("name");
    assert_eq!((field.role.as_str(), field.name.as_str()), ("textbox", "Name"));
    used.done(Act::Type { element: Some(name), text: "i? é".into() }).await;
    assert_eq!(used.find("name").value.as_deref(), Some("Ali? é"));
    assert!(used.log().contains("keydown:name:i keyup:name:i keydown:name:? keyup:name:?"));
    assert!(!used.log().contains("End") && !used.log().contains("Unidentified"), "{}", used.log());
    for (id, text, wanted) in
        [("mail", ".de", "a@b.de"), ("area", "!", "one\ntwo!"), ("rich", "er", "richer")]
    {
        let element = used.index(id);
        used.done(Act::Type { element: Some(element), text: text.into() }).await;
        assert_eq!(used.find(id).value.as_deref(), Some(wanted), "{id}");
    }
    let element = used.index("name");
    used.done(Act::Clear { element }).await;
    assert_eq!(used.find("name").value.as_deref(), Some(""));
    used.done(Act::Press { element: None, key: "Tab".into() }).await;
    assert_eq!(used.find("mail").states.get("focused"), Some(&true));
    used.done(Act::Press { element: None, key: "Shift+Tab".into() }).await;
    assert_eq!(used.find("name").states.get("focused"), Some(&true));
    used.done(Act::Press { element: None, key: "x".into() }).await;
    used.done(Act::Press { element: None, key: "Control+A".into() }).await;
    used.done(Act::Press { element: None, key: "Backspace".into() }).await;
    assert_eq!(used.find("name").value.as_deref(), Some(""));
    used.it.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_wheel_scrolls_what_is_under_it_and_says_when_nothing_moves() {
    let pool = pool(1).await;
    let site = noting(
        "<div id=list tabindex=0 style='height:200px;overflow:auto'><div style='height:900px'>long</div></div>\
         <div style='height:3000px'>page</div>",
        "wheel",
    );
    let mut used = Used::open(&pool, &site).await;
    used.done(Act::Scroll { element: None, by: (0.0, 360.0) }).await;
    assert_eq!(used.state.scroll, (0.0, 360.0));
    let list = used.index("list");
    used.done(Act::Scroll { element: Some(list), by: (0.0, 100.0) }).await;
    let top = used.find("long").rect.y - used.find("list").rect.y;
    assert!((-101.0..=-99.0).contains(&top), "{top}");
    used.done(Act::Scroll { element: None, by: (0.0, -9999.0) }).await;
    assert_eq!(used.state.scroll, (0.0, 0.0));
    let still = page("<button id=a>short</button>");
    used.it.close().await;
    let mut used = Used::open(&pool, &still).await;
    let (reason, _) = used.fails(Act::Scroll { element: None, by: (0.0, 360.0) }).await;
    assert_eq!(reason, StepFailure::NoEffect);
    let (reason, _) = used.fails(Act::GoBack).await;
    assert_eq!(reason, StepFailure::NoEffect);
    used.it.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_element_is_dragged_by_the_pointer() {
    let pool = pool(1).await;
    let site = noting(
        "<div id=from tabindex=0 style='width:60px;height:60px;background:teal'></div>\
         <div id=to tabindex=0 style='width:200px;height:60px;margin:200px'>here</div><script>
         let held = false, moves = 0;
         from.onpointerdown = (event) => { held = true; from.setPointerCapture(event.pointerId); };
         from.onpointermove = () => { if (held) moves += 1; };
         from.onpointerup = (event) => {
           const box = to.getBoundingClientRect();
           const inside = event.clientX > box.left && event.clientX < box.right && event.clientY > box.top;
           note(`dropped:${inside}:${moves >= 8}:${event.isTrusted}`);
         };</script>",
        "none",
    );
    let mut used = Used::open(&pool, &site).await;
    let (from, to) = (used.index("from"), used.index("to"));
    used.done(Act::Drag { from, to }).await;
    assert_eq!(used.log(), "-dropped:true:true:true");
    used.it.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_draggable_is_dropped_with_its_data() {
    let pool = pool(1).await;
    let site = noting(
        "<div id=from draggable=true style='width:60px;height:60px;background:teal'>card</div>\
         <div id=to style='width:200px;height:60px;margin:200px;background:gold'>here</div><script>
         from.ondragstart = (event) => event.dataTransfer.setData('text/plain', 'card 7');
         to.ondragover = (event) => event.preventDefault();
         to.ondrop = (event) => {
           event.preventDefault();
           note(`data:${event.dataTransfer.getData('text/plain')}`);
           to.append(from);
         };</script>",
        "dragstart dragenter drop dragend",
    );
    let mut used = Used::open(&pool, &site).await;
    let (from, to) = (used.index("from"), used.index("to"));
    used.done(Act::Drag { from, to }).await;
    let log = used.log();
    assert!(log.contains("dragstart:from"), "{log}");
    assert!(log.contains("data:card 7"), "{log}");
    assert!(log.contains("drop:to"), "{log}");
    assert!(log.contains("dragend:from"), "{log}");
    used.it.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_option_is_chosen_as_a_visitor_chooses_it() {
    let pool = pool(1).await;
    let site = noting(
        "<label>Size <select id=size><option value=s>Small<option value=m>Medium<option value=l disabled>Large\
         <option value=x>Extra</select></label>\
         <div id=own role=combobox tabindex=0 onclick='menu.hidden = false'>Pick</div>\
         <ul id=menu role=listbox hidden><li role=option onclick='own.textContent = this.textContent; menu.hidden = true'>Red\
         <li role=option onclick='own.textContent = this.textContent; menu.hidden = true'>Blue</ul>",
        "input change keydown",
    );
    let mut used = Used::open(&pool, &site).await;
    let size = used.index("size");
    assert_eq!(
        (used.find("size").role.as_str(), used.find("size").name.as_str()),
        ("combobox", "Size")
    );
    used.done(Act::Select { element: size, option: "Extra".into() }).await;
    assert_eq!(used.log(), "-input:size change:size");
    assert_eq!(used.find("size").value.as_deref(), Some("Extra"));
    used.done(Act::Select { element: size, option: "s".into() }).await;
    assert_eq!(used.find("size").value.as_deref(), Some("Small"));
    let medium = used.index("Medium");
    used.done(click(medium)).await;
    assert_eq!(used.find("size").value.as_deref(), Some("Medium"));
    let (reason, _) = used.fails(Act::Select { element: size, option: "Large".into() }).await;
    assert_eq!(reason, StepFailure::NotReceived);
    let (reason, _) = used.fails(Act::Select { element: size, option: "Tiny".into() }).await;
    assert_eq!(reason, StepFailure::NotFound);
    let own = used.index("own");
    used.done(Act::Select { element: own, option: "Blue".into() }).await;
    assert_eq!(used.find("own").text, "Blue");
    used.it.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_comes_to_its_field_however_the_page_asks_for_it() {
    let pool = pool(1).await;
    let site = noting(
        "<input id=plain type=file><button id=opens onclick='secret.click()'>Upload</button>\
         <input id=secret type=file hidden><div id=zone style='height:40px'>Drop here</div><script>
         const read = (kind, file) => file.text().then((text) => note(`${kind}=${file.name}:${file.type}:${text}`));
         plain.onchange = () => read('plain', plain.files[0]);
         secret.onchange = () => read('secret', secret.files[0]);
         zone.ondragover = (event) => event.preventDefault();
         zone.ondrop = (event) => { event.preventDefault(); read('zone', event.dataTransfer.files[0]); };
         </script>",
        "none",
    );
    let mut used = Used::open(&pool, &site).await;
    for id in ["plain", "opens", "zone"] {
        let element = used.index(id);
        let bytes = Arc::from(id.as_bytes());
        used.done(Act::Upload { element, name: "a.txt".into(), bytes }).await;
    }
    assert_eq!(
        used.log(),
        "-plain=a.txt:text/plain:plain secret=a.txt:text/plain:opens zone=a.txt:text/plain:zone"
    );
    assert_eq!(used.find("plain").value.as_deref(), Some("a.txt"));
    used.it.close().await;
}
