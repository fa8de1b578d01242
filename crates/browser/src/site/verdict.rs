//! What is wrong with a page at a glance: blank, covered by an error, or not found. Read from the DOM
//! snapshot and the picture, never from what the page's scripts say.

use pageloom_schema::{Capture, DomNode, DomSnapshot, NodeKind, Png};

/// A page with less text than this that says "not found" says nothing else.
const SHORT_PAGE: usize = 600;
/// Opacity under which nothing can be seen.
const FAINT: f64 = 0.05;

/// What the development servers and routers show over or instead of a page.
const OVERLAYS: [(&str, &str); 6] = [
    ("vite-error-overlay", "the error overlay of Vite"),
    ("webpack-dev-server-client-overlay", "the error overlay of webpack"),
    ("react-error-overlay", "the error overlay of React"),
    ("nextjs__container_errors_label", "the error overlay of Next.js"),
    ("svelte-error-overlay", "the error overlay of Svelte"),
    ("astro-error-overlay", "the error overlay of Astro"),
];

/// Beginnings of pages that are an error and nothing else.
const ERROR_PAGES: [&str; 12] = [
    "Unexpected Application Error!",
    "Unhandled Runtime Error",
    "Application error: a client-side exception has occurred",
    "Failed to compile",
    "Compiled with problems",
    "Build Error",
    "Cannot GET /",
    "Internal Server Error",
    "Uncaught runtime errors",
    "Something went wrong",
    "Error: Minified React error",
    "This site can’t be reached",
];

/// Text of a page that can be seen, joined by single spaces.
pub(super) fn visible_text(dom: &DomSnapshot) -> String {
    let seen = seen(dom);
    let mut words: Vec<&str> = Vec::new();
    for (node, seen) in dom.nodes.iter().zip(&seen) {
        if let NodeKind::Text(text) = &node.kind
            && *seen
            && !node.lines.is_empty()
        {
            words.extend(text.split_whitespace());
        }
    }
    words.join(" ")
}

/// True when the window shows nothing: neither text nor anything painted, or one flat colour.
pub(super) fn is_blank(capture: &Capture) -> bool {
    let shows = capture.dom.as_ref().is_none_or(shows_something);
    !shows || capture.viewport_png.as_ref().and_then(is_flat).unwrap_or(false)
}

/// The overlay or error page, in a few words.
pub(super) fn overlay(dom: &DomSnapshot, text: &str) -> Option<String> {
    let seen = seen(dom);
    for (node, seen) in dom.nodes.iter().zip(seen) {
        let NodeKind::Element { tag, attributes, .. } = &node.kind else { continue };
        let id = attributes.get("id").map_or("", String::as_str);
        let known = OVERLAYS.iter().find(|(name, _)| tag == name || id == *name);
        if let Some((_, words)) = known.filter(|_| seen || node.bounds.is_some()) {
            return Some((*words).to_owned());
        }
    }
    let found = ERROR_PAGES.iter().find(|start| text.starts_with(**start))?;
    (text.chars().count() <= 4 * SHORT_PAGE).then(|| format!("the page says `{found}`"))
}

/// Where apps put what they show.
const MOUNTS: [&str; 4] = ["root", "app", "__next", "__nuxt"];

/// What a page says in place of its app: an error was thrown, and the element that the app fills is
/// empty, whatever stands beside it.
pub(super) fn in_place_of_app(dom: &DomSnapshot, exceptions: &[String]) -> Option<String> {
    let first = exceptions.first()?;
    let is_mount = |node: &DomNode| {
        let NodeKind::Element { attributes, .. } = &node.kind else { return false };
        attributes.get("id").is_some_and(|id| MOUNTS.contains(&id.as_str()))
    };
    let mounts: Vec<usize> =
        (0..dom.nodes.len()).filter(|at| dom.nodes.get(*at).is_some_and(is_mount)).collect();
    let is_filled = |mount: &usize| {
        dom.nodes.iter().any(|node| {
            let something = match &node.kind {
                NodeKind::Element { .. } => true,
                NodeKind::Text(text) => !text.trim().is_empty(),
            };
            something && node.parent.is_some_and(|parent| parent as usize == *mount)
        })
    };
    if mounts.is_empty() || mounts.iter().any(is_filled) {
        return None;
    }
    let line: String = first.lines().next().unwrap_or_default().chars().take(120).collect();
    Some(format!("the app is empty after `{line}`"))
}

/// True when a page says of itself that it does not exist.
pub(super) fn says_not_found(title: &str, text: &str) -> bool {
    let says = |text: &str| {
        let text = text.to_lowercase();
        let number = text.split(|c: char| !c.is_alphanumeric()).any(|word| word == "404");
        number
            || ["page not found", "not found", "page doesn't exist", "page does not exist"]
                .iter()
                .any(|words| text.contains(words))
    };
    let start: String = text.chars().take(SHORT_PAGE).collect();
    says(title) || (says(&start) && text.chars().count() <= SHORT_PAGE && is_plainly(&start))
}

/// "404" or "not found" leads, or comes with "page": a shop's "3 results not found" is no such page.
fn is_plainly(text: &str) -> bool {
    let text = text.to_lowercase();
    text.contains("404") || text.contains("page")
}

/// Hash of structure and visible text. The route's own path is left out, since a page for unknown
/// paths likes to repeat it; not in links, since the links to all pages are the same on each. Digits
/// are left out too: pages that differ by a number are one page.
pub(super) fn fingerprint(dom: &DomSnapshot, route: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    let bare = route.trim_start_matches('/');
    for (node, seen) in dom.nodes.iter().zip(seen(dom)) {
        match &node.kind {
            NodeKind::Element { tag, .. } if seen => {
                hasher.update(tag.as_bytes());
                hasher.update(b">");
            }
            NodeKind::Text(text) if seen && !node.lines.is_empty() => {
                let text = match is_in_link(dom, node) {
                    true => text.clone(),
                    false => text
                        .replace(route, "")
                        .replace(if bare.is_empty() { route } else { bare }, ""),
                };
                let text: String = text.chars().filter(|c| !c.is_numeric()).collect();
                hasher.update(text.trim().as_bytes());
                hasher.update(b"\n");
            }
            _ => {}
        }
    }
    hasher.finalize().to_hex().chars().take(16).collect()
}

fn is_in_link(dom: &DomSnapshot, node: &DomNode) -> bool {
    let mut above = node.parent;
    while let Some(node) = above.and_then(|at| dom.nodes.get(at as usize)) {
        if matches!(&node.kind, NodeKind::Element { tag, .. } if tag == "a") {
            return true;
        }
        above = node.parent;
    }
    false
}

/// Which nodes are laid out, visible and not faded away, they and all above them.
fn seen(dom: &DomSnapshot) -> Vec<bool> {
    let mut faded: Vec<f64> = Vec::with_capacity(dom.nodes.len());
    let mut seen = Vec::with_capacity(dom.nodes.len());
    for node in &dom.nodes {
        let above = node.parent.and_then(|at| faded.get(at as usize)).copied().unwrap_or(1.0);
        let style = node.style.and_then(|at| dom.styles.get(at as usize));
        let own = match (&node.kind, style) {
            (NodeKind::Element { .. }, Some(style)) => style.opacity,
            _ => 1.0,
        };
        faded.push(above * own);
        let visible = style.is_some_and(|style| style.visible);
        seen.push(visible && above * own >= FAINT && is_on_page(node));
    }
    seen
}

fn is_on_page(node: &DomNode) -> bool {
    node.bounds.is_some_and(|b| b.area() > 0.0 && b.right() > 0.0 && b.bottom() > 0.0)
}

fn shows_something(dom: &DomSnapshot) -> bool {
    dom.nodes.iter().zip(seen(dom)).filter(|(_, seen)| *seen).any(|(node, _)| match &node.kind {
        NodeKind::Text(_) => !node.lines.is_empty(),
        NodeKind::Element { tag, .. } => {
            let large = node.bounds.is_some_and(|b| b.area() >= 16.0);
            let style = node.style.and_then(|at| dom.styles.get(at as usize));
            let drawn = matches!(
                tag.as_str(),
                "img"
                    | "svg"
                    | "canvas"
                    | "video"
                    | "input"
                    | "button"
                    | "select"
                    | "textarea"
                    | "iframe"
            );
            let filled = !matches!(tag.as_str(), "html" | "body")
                && style.is_some_and(|style| {
                    style.background_color.a > 0
                        || style.background_image
                        || style.border_width.iter().any(|width| *width > 0.0)
                });
            large && (drawn || filled)
        }
    })
}

/// Whether all pixels of a picture are the same; nothing for a picture that cannot be read.
fn is_flat(picture: &Png) -> Option<bool> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(&picture.0[..]));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().ok()?;
    let mut first: Option<Vec<u8>> = None;
    // Row by row: a page with something at its top is told apart by its first lines.
    while let Some(row) = reader.next_row().ok()? {
        let bytes = row.data();
        let size = 4.min(bytes.len());
        let samples = if bytes.len() % 4 == 0 { 4 } else { 3 };
        let pixel = first
            .get_or_insert_with(|| bytes.get(..size.min(samples)).unwrap_or_default().to_vec());
        if bytes.chunks(pixel.len().max(1)).any(|other| other != pixel.as_slice()) {
            return Some(false);
        }
    }
    Some(true)
}

#[cfg(test)]
mod tests {
    use super::says_not_found;

    #[test]
    fn a_page_that_does_not_exist_is_told_from_a_search_without_results() {
        assert!(says_not_found("Shop", "404 Oops, nothing here"));
        assert!(says_not_found("", "Sorry, this page could not be found. Page not found"));
        assert!(says_not_found("404: Not Found", ""));
        assert!(!says_not_found("Shop", "Results: item not found"));
        assert!(!says_not_found("Hotel", &"Room 404 is a fine room with a view. ".repeat(40)));
    }
}
