//! What a look tells of a page in use.

use pageloom_browser::{Act, InteractionPolicy};
use pageloom_schema::{StepFailure, Viewport};

use crate::{Used, click, page, pool};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_tells_roles_names_states_and_what_can_be_seen() {
    let pool = pool(1).await;
    let site = page(
        "<header id=top><nav aria-label=Main><a id=home href='/'>Home</a></nav></header><main id=main>
        <h1 id=h>Shop <em>now</em></h1>
        <button id=icon aria-label='Add to cart'><svg width=10 height=10></svg></button>
        <button id=off disabled>Buy</button>
        <input id=box type=checkbox checked style='position:absolute;opacity:0;width:0;height:0'><label id=boxlabel for=box>Agree</label>
        <input id=mail type=email placeholder='you@x' required>
        <span id=lead>Total</span><b id=sum aria-labelledby='lead icon' role=status>3</b>
        <details id=more><summary id=sm>More</summary><p id=inner>Inner words</p></details>
        <div id=gone style='display:none'>gone words</div><div id=faint style='opacity:0'>faint words</div>
        <div id=cut style='height:20px;overflow:hidden'>seen<p id=below style='margin-top:40px'>cut words</p></div>
        <div id=scroll style='height:30px;overflow:auto'><p style='height:90px'>one</p><p id=far>far words</p></div>
        <div id=tabs role=tablist><div id=t1 role=tab tabindex=0 aria-selected=true>First</div></div>
        <table><caption>Prices</caption><tr><th id=th>Name<td id=td>7</table>
        <div id=press style='cursor:pointer'>press <i id=i>me</i></div><img id=pic alt=Picture src='x.png'>
        <ul><li id=li>item</ul><div id=host></div><p id=low style='margin-top:2000px'>low words</p></main>
        <script>host.attachShadow({mode: 'open'}).innerHTML = '<button id=deep>Deep</button>';
        localStorage.setItem('k', 'v'); console.error('bad'); setTimeout(() => { throw new Error('x'); });</script>",
    );
    let mut used = Used::open(&pool, &site).await;
    let role = |id: &str| used.find(id).role.clone();
    let roles = [
        ("top", "banner"),
        ("home", "link"),
        ("main", "main"),
        ("h", "heading"),
        ("icon", "button"),
        ("box", "checkbox"),
        ("mail", "textbox"),
        ("sum", "status"),
        ("sm", "button"),
        ("t1", "tab"),
        ("th", "columnheader"),
        ("td", "cell"),
        ("press", "generic"),
        ("pic", "img"),
        ("li", "listitem"),
        ("deep", "button"),
    ];
    for (id, wanted) in roles {
        assert_eq!(role(id), wanted, "{id}");
    }
    let name = |id: &str| used.find(id).name.clone();
    let names = [
        ("h", "Shop now"),
        ("icon", "Add to cart"),
        ("box", "Agree"),
        ("mail", "you@x"),
        ("sum", "Total Add to cart"),
        ("sm", "More"),
        ("pic", "Picture"),
        ("deep", "Deep"),
    ];
    for (id, wanted) in names {
        assert_eq!(name(id), wanted, "{id}");
    }
    let state = |id: &str, state: &str| used.find(id).states.get(state).copied();
    assert_eq!(state("box", "checked"), Some(true));
    assert_eq!(state("off", "disabled"), Some(true));
    assert_eq!(state("icon", "disabled"), Some(false));
    assert_eq!(state("mail", "required"), Some(true));
    assert_eq!(state("mail", "invalid"), Some(false));
    assert_eq!(state("sm", "expanded"), Some(false));
    assert_eq!(state("t1", "selected"), Some(true));
    for id in ["home", "h", "deep", "far", "low", "th"] {
        assert!(used.find(id).visible, "{id}");
    }
    for id in ["gone", "faint", "below", "inner", "box"] {
        assert!(!used.find(id).visible, "{id}");
    }
    assert!(used.find("h").in_view && !used.find("far").in_view && !used.find("low").in_view);
    for id in ["home", "icon", "t1", "press", "boxlabel"] {
        assert!(used.find(id).actionable, "{id}");
    }
    for id in ["i", "li", "h", "td"] {
        assert!(!used.find(id).actionable, "{id}");
    }
    assert_eq!(used.find("press").text, "press me");
    let parent = used.find("i").parent.unwrap();
    assert_eq!(used.state.elements[parent as usize].attributes["id"], "press");
    assert!(used.state.text.contains("far words") && used.state.text.starts_with("Home Shop now"));
    for hidden in ["gone", "faint", "cut words", "Inner"] {
        assert!(!used.state.text.contains(hidden), "{hidden} in {}", used.state.text);
    }
    assert_eq!(used.state.storage["local:k"], "v");
    assert_eq!(used.state.errors, 2);
    used.click("box").await;
    assert!(!used.find("box").states["checked"]);
    used.click("sm").await;
    assert!(used.find("inner").visible && used.state.text.contains("Inner words"));
    used.click("deep").await;
    used.click("low").await;
    assert!(used.find("low").in_view && used.state.scroll.1 > 100.0);
    let (reason, detail) = used.fails(click(used.index("off"))).await;
    assert_eq!((reason, detail.as_str()), (StepFailure::NotReceived, "the element is disabled"));
    let (reason, _) = used.fails(click(used.index("gone"))).await;
    assert_eq!(reason, StepFailure::Covered);
    let (reason, _) = used.fails(click(9_999)).await;
    assert_eq!(reason, StepFailure::NotFound);
    let li = used.index("li");
    let (reason, _) = used.fails(Act::Type { element: Some(li), text: "x".into() }).await;
    assert_eq!(reason, StepFailure::Unfit);
    let (reason, _) = used.fails(Act::Press { element: None, key: "Nokey".into() }).await;
    assert_eq!(reason, StepFailure::Unfit);
    used.it.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_was_photographed_whole_before_shows_its_window_in_use() {
    let site = page(
        "<div style='height:3000px;background:linear-gradient(teal,gold)'></div><p id=low>low</p>",
    );
    let mut pictures = Vec::new();
    for rendered in [false, true] {
        let pool = pool(1).await;
        if rendered {
            let policy = InteractionPolicy::default().render;
            pool.render(&site, Viewport::default(), &policy).await.unwrap();
        }
        let mut used = Used::open(&pool, &site).await;
        pictures.push(used.it.picture().await.unwrap().0.to_vec());
        used.done(Act::Scroll { element: None, by: (0.0, 900.0) }).await;
        pictures.push(used.it.picture().await.unwrap().0.to_vec());
        used.it.close().await;
    }
    assert!(pictures[0] == pictures[2] && pictures[1] == pictures[3]);
    assert!(pictures[0] != pictures[1]);
}
