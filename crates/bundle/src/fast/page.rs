//! index.html: which scripts and style sheets it loads, and the page with the built ones instead.
//!
//! The page is read by a tokenizer that follows the HTML standard; whatever is not replaced stays
//! byte for byte as it was written.

use std::collections::BTreeMap;
use std::ops::Range;

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{StartTag, Token, Tokenizer};

use super::resolve::is_remote;

/// What a page loads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Loads {
    /// `<script type="module" src>`.
    Module(String),
    /// `<script type="module">` with code in it.
    Inline(String),
    /// `<link rel="stylesheet" href>`.
    Style(String),
}

/// The parts of a page that matter to a build, with their places in its text.
#[derive(Debug, Default)]
pub(crate) struct Page {
    html: String,
    loads: Vec<(Loads, Range<usize>)>,
    /// Tags that name files, such as pictures.
    named: Vec<Naming>,
    /// Where the head ends, or begins, or would be.
    head: usize,
}

/// A tag that names files.
#[derive(Debug)]
struct Naming {
    tag: StartTag<usize>,
    addresses: Vec<String>,
}

/// What to put into a page.
#[derive(Debug, Default)]
pub(crate) struct Insertion {
    /// Addresses of style sheets.
    pub(crate) styles: Vec<String>,
    /// Addresses of module scripts.
    pub(crate) modules: Vec<String>,
    /// Addresses of modules that those need.
    pub(crate) preloads: Vec<String>,
    /// What addresses of attributes become.
    pub(crate) addresses: BTreeMap<String, String>,
    /// Style sheets of the public folder: their links stay.
    pub(crate) kept_styles: Vec<String>,
}

impl Page {
    /// Reads a page.
    pub(crate) fn read(html: &str) -> Self {
        let mut emitter = DefaultEmitter::<usize>::new_with_span();
        emitter.naively_switch_states(true);
        let mut page = Self { html: html.to_owned(), ..Self::default() };
        // The script element that is open: where it began, and its code if it is a module of ours.
        let mut open: Option<(usize, String)> = None;
        let mut head = None;
        for token in Tokenizer::new_with_emitter(html, emitter) {
            // Reading from memory cannot fail.
            let Ok(token) = token;
            match token {
                Token::Doctype(doctype) if page.head == 0 => page.head = doctype.span.end,
                Token::StartTag(tag) => match lossy(&tag.name).as_str() {
                    "head" if head.is_none() => head = Some(tag.span.end),
                    "html" if head.is_none() => page.head = tag.span.end,
                    "script" if is_module(&tag) => match attribute(&tag, "src") {
                        Some(address) if is_remote(&address) => {}
                        Some(address) => {
                            page.loads.push((Loads::Module(address), tag.span.start..tag.span.end));
                            open = Some((tag.span.start, String::new()));
                        }
                        None => {
                            let place = tag.span.start..tag.span.end;
                            page.loads.push((Loads::Inline(String::new()), place));
                            open = Some((tag.span.start, String::new()));
                        }
                    },
                    "link" if is_style(&tag) => {
                        if let Some(address) = attribute(&tag, "href").filter(|at| !is_remote(at)) {
                            page.loads.push((Loads::Style(address), tag.span.start..tag.span.end));
                        }
                    }
                    name if NAMING.contains(&name) => page.add_named(tag),
                    _ => {}
                },
                Token::String(text) => {
                    if let Some((_, code)) = &mut open {
                        code.push_str(&String::from_utf8_lossy(&text.value));
                    }
                }
                Token::EndTag(tag) => match lossy(&tag.name).as_str() {
                    "head" => head = Some(tag.span.start),
                    "script" => {
                        if let Some((start, code)) = open.take()
                            && let Some((load, place)) = page.loads.last_mut()
                        {
                            *place = start..tag.span.end;
                            if let Loads::Inline(inline) = load {
                                *inline = code;
                            }
                        }
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        page.head = head.unwrap_or(page.head);
        page
    }

    fn add_named(&mut self, tag: StartTag<usize>) {
        let names = ["src", "href", "poster", "xlink:href"];
        let addresses: Vec<String> = names
            .into_iter()
            .filter_map(|name| attribute(&tag, name))
            .filter(|address| !is_remote(address) && !address.is_empty())
            .collect();
        if !addresses.is_empty() {
            self.named.push(Naming { tag, addresses });
        }
    }

    /// Everything of the project that the page loads, in order. What is on another host is left
    /// alone.
    pub(crate) fn loads(&self) -> impl Iterator<Item = &Loads> {
        self.loads.iter().map(|(load, _)| load)
    }

    /// The addresses of pictures, icons and the like that the page names.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = &str> {
        self.named.iter().flat_map(|naming| &naming.addresses).map(String::as_str)
    }

    /// The page that loads what was built.
    pub(crate) fn rewritten(&self, insertion: &Insertion) -> String {
        let mut edits: Vec<(Range<usize>, String)> = Vec::new();
        for (load, place) in &self.loads {
            let kept = matches!(load, Loads::Style(at) if insertion.kept_styles.contains(at));
            if !kept {
                edits.push((place.clone(), String::new()));
            }
        }
        for Naming { tag, addresses } in &self.named {
            if addresses.iter().any(|address| insertion.addresses.contains_key(address)) {
                edits.push((tag.span.start..tag.span.end, written(tag, &insertion.addresses)));
            }
        }
        let mut head = String::new();
        for address in &insertion.modules {
            let address = escape(address);
            head += &format!("<script type=\"module\" crossorigin src=\"{address}\"></script>\n");
        }
        for address in &insertion.preloads {
            let address = escape(address);
            head += &format!("<link rel=\"modulepreload\" crossorigin href=\"{address}\">\n");
        }
        for address in &insertion.styles {
            let address = escape(address);
            head += &format!("<link rel=\"stylesheet\" crossorigin href=\"{address}\">\n");
        }
        edits.push((self.head..self.head, head));
        edits.sort_by_key(|(place, _)| (place.start, place.end));
        let mut page = String::with_capacity(self.html.len() + 512);
        let mut at = 0;
        for (place, text) in edits {
            if place.start < at {
                continue;
            }
            page.push_str(self.html.get(at..place.start).unwrap_or_default());
            page.push_str(&text);
            at = place.end;
        }
        page.push_str(self.html.get(at..).unwrap_or_default());
        page
    }
}

/// Elements that name files beside scripts and style sheets.
const NAMING: [&str; 9] =
    ["img", "source", "video", "audio", "link", "input", "image", "use", "track"];

fn lossy(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

fn attribute(tag: &StartTag<usize>, name: &str) -> Option<String> {
    tag.attributes.get(name.as_bytes()).map(|value| lossy(value).trim().to_owned())
}

fn is_module(tag: &StartTag<usize>) -> bool {
    attribute(tag, "type").is_some_and(|kind| kind.eq_ignore_ascii_case("module"))
}

fn is_style(tag: &StartTag<usize>) -> bool {
    let rel = attribute(tag, "rel").unwrap_or_default();
    rel.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case("stylesheet"))
}

/// A tag with other addresses.
fn written(tag: &StartTag<usize>, addresses: &BTreeMap<String, String>) -> String {
    let mut text = format!("<{}", lossy(&tag.name));
    for (name, value) in &tag.attributes {
        let value = lossy(value);
        let value = addresses.get(value.trim()).unwrap_or(&value);
        text += &format!(" {}=\"{}\"", lossy(name), escape(value));
    }
    text + if tag.self_closing { " />" } else { ">" }
}

fn escape(address: &str) -> String {
    address.replace('&', "&amp;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<!doctype html><html><head><link rel=stylesheet href="/a.css">
<link rel="icon" href="/vite.svg"></head><body><div id="root"></div>
<script type="module">import './x.js'</script><script type="module" src="/src/main.tsx"></script>
<script src="https://example.org/a.js"></script></body></html>"#;

    #[test]
    fn a_page_says_what_it_loads_in_order() {
        assert_eq!(
            Page::read(PAGE).loads().cloned().collect::<Vec<_>>(),
            [
                Loads::Style("/a.css".into()),
                Loads::Inline("import './x.js'".into()),
                Loads::Module("/src/main.tsx".into()),
            ]
        );
    }

    #[test]
    fn built_files_take_the_place_of_sources() {
        let insertion = Insertion {
            styles: vec!["/assets/index.css".into()],
            modules: vec!["/assets/index.js".into()],
            preloads: vec!["/assets/vendor/react.js".into()],
            addresses: BTreeMap::from([("/vite.svg".into(), "/app/vite.svg".into())]),
            kept_styles: Vec::new(),
        };
        let page = Page::read(PAGE).rewritten(&insertion);
        assert!(!page.contains("main.tsx") && !page.contains("./x.js") && !page.contains("/a.css"));
        assert!(page.contains("src=\"/assets/index.js\"") && page.contains("/app/vite.svg"));
        assert!(page.contains("https://example.org/a.js"));
        let preload = "<link rel=\"modulepreload\" crossorigin href=\"/assets/vendor/react.js\">";
        assert!(page.contains(preload), "{page}");
        let bare = Page::read("<!doctype html><div id=root></div>").rewritten(&insertion);
        assert!(bare.starts_with("<!doctype html><script type=\"module\""), "{bare}");
    }
}
