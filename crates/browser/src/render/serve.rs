//! Answers a page's requests from memory. One synthetic origin holds the site; whatever else is
//! asked for is refused and recorded.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pageloom_schema::{RequestOutcome, Site, SitePath};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// The name below which every site lives. `localhost` names are trustworthy origins, so a page has
/// the interfaces it has on a developer's machine, without TLS; the name is never looked up.
const HOST: &str = "site.localhost";

/// A site and the origin it is served under.
///
/// The origin is named after the site's bytes: the same site always has the same one, and no site
/// can reach what another left behind.
#[derive(Clone)]
pub(crate) struct Served {
    pub(crate) site: Arc<Site>,
    pub(crate) origin: String,
}

impl Served {
    pub(crate) fn new(site: Arc<Site>) -> Self {
        let mut hasher = blake3::Hasher::new();
        for (path, bytes) in site.files() {
            for part in [path.as_str().as_bytes(), bytes] {
                hasher.update(&(part.len() as u64).to_le_bytes());
                hasher.update(part);
            }
        }
        let name: String = hasher.finalize().to_hex().chars().take(12).collect();
        Self { site, origin: format!("http://{name}.{HOST}") }
    }

    /// The address of the page to open.
    pub(crate) fn entry_address(&self) -> String {
        let path = utf8_percent_encode(self.site.entry().as_str(), PATH_SET);
        format!("{}/{path}", self.origin)
    }

    /// The address of a route of the site, which begins with `/`.
    pub(crate) fn address(&self, route: &str) -> String {
        format!("{}{}", self.origin, utf8_percent_encode(route, ROUTE_SET))
    }

    /// Whether a navigation to this address gets a document.
    pub(crate) fn has_document(&self, url: &str) -> bool {
        matches!(answer(self, url, true), Answer::File { .. })
    }

    /// The URL as it is recorded: without the origin where it is the site's own.
    pub(crate) fn recorded<'u>(&self, url: &'u str) -> &'u str {
        url.strip_prefix(self.origin.as_str()).filter(|rest| rest.starts_with('/')).unwrap_or(url)
    }
}

const PATH_SET: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>').add(b'?').add(b'`').add(b'%');

/// A route is an address already, save for what no address may have.
const ROUTE_SET: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'`');

/// What a request gets.
pub(crate) enum Answer {
    /// 200 with these bytes in base64.
    File {
        /// Media type, with a charset where one is needed.
        content_type: String,
        /// The bytes.
        body: String,
    },
    /// Nothing; the outcome is recorded.
    Nothing(RequestOutcome),
}

/// Answers one request for `url`; `navigates` when it is for a document.
pub(crate) fn answer(served: &Served, url: &str, navigates: bool) -> Answer {
    let site = &served.site;
    let own = url.strip_prefix(served.origin.as_str());
    let Some(path) = own.filter(|rest| rest.starts_with(['/', '?', '#'])) else {
        return Answer::Nothing(RequestOutcome::Refused);
    };
    let found = find(site, path).or_else(|| match navigates && site.fallback() && is_route(path) {
        true => site.file(site.entry()).map(|bytes| (site.entry().clone(), &**bytes)),
        false => None,
    });
    match found {
        Some((path, bytes)) => {
            Answer::File { content_type: content_type(&path, bytes), body: STANDARD.encode(bytes) }
        }
        None => Answer::Nothing(RequestOutcome::NotFound),
    }
}

/// Whether a path can be a route of a single-page application: one whose last part has an ending is
/// a file.
fn is_route(path: &str) -> bool {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    !path.rsplit('/').next().unwrap_or_default().contains('.')
}

fn find<'s>(site: &'s Site, path: &str) -> Option<(SitePath, &'s [u8])> {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let decoded = percent_decode_str(path.trim_start_matches('/')).decode_utf8().ok()?;
    if decoded.is_empty() {
        let index = SitePath::new("index.html").ok()?;
        let path = if site.file(&index).is_some() { index } else { site.entry().clone() };
        return site.file(&path).map(|bytes| (path.clone(), &**bytes));
    }
    let path = SitePath::new(&decoded).ok()?;
    if let Some(bytes) = site.file(&path) {
        return Some((path, bytes));
    }
    let index = SitePath::new(&format!("{path}/index.html")).ok()?;
    site.file(&index).map(|bytes| (index.clone(), &**bytes))
}

/// The media type by file ending. The entry page is HTML whatever its name says.
///
/// Text that is valid UTF-8 and does not declare a charset is declared UTF-8, as a browser would
/// find out by itself for a page opened from disk.
fn content_type(path: &SitePath, bytes: &[u8]) -> String {
    let guess = mime_guess::from_path(path.as_str()).first_raw().unwrap_or("text/html");
    if !guess.starts_with("text/") && !guess.ends_with("javascript") {
        return guess.to_owned();
    }
    let head = bytes.get(..bytes.len().min(1024)).unwrap_or_default();
    let declares = head.starts_with(&[0xFF, 0xFE])
        || head.starts_with(&[0xFE, 0xFF])
        || head.windows(7).any(|window| window.eq_ignore_ascii_case(b"charset"));
    if !declares && std::str::from_utf8(bytes).is_ok() {
        format!("{guess}; charset=utf-8")
    } else {
        guess.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::*;

    fn served() -> Served {
        let file = |name: &str| (SitePath::new(name).unwrap(), Arc::from(name.as_bytes()));
        let files =
            BTreeMap::from([file("home.html"), file("docs/index.html"), file("img/grün blau.png")]);
        Served::new(Arc::new(Site::new(files, SitePath::new("home.html").unwrap()).unwrap()))
    }

    fn body(path: &str) -> Option<String> {
        let served = served();
        match answer(&served, &format!("{}{path}", served.origin), false) {
            Answer::File { body, .. } => {
                Some(String::from_utf8(STANDARD.decode(body).unwrap()).unwrap())
            }
            Answer::Nothing(_) => None,
        }
    }

    #[test]
    fn root_serves_the_entry_and_folders_serve_their_index() {
        assert_eq!(body("/").as_deref(), Some("home.html"));
        assert_eq!(body("/docs/").as_deref(), Some("docs/index.html"));
        assert_eq!(body("/docs?v=1#x").as_deref(), Some("docs/index.html"));
    }

    #[test]
    fn encoded_names_are_found() {
        assert_eq!(body("/img/gr%C3%BCn%20blau.png").as_deref(), Some("img/grün blau.png"));
    }

    #[test]
    fn nothing_outside_the_origin_is_answered() {
        let served = served();
        let secure = served.origin.replace("http:", "https:");
        for url in [
            format!("{}.evil.example/home.html", served.origin),
            format!("{}:81/home.html", served.origin),
            format!("{secure}/home.html"),
            "http://site.localhost/home.html".to_owned(),
            "file:///etc/passwd".to_owned(),
        ] {
            assert!(
                matches!(answer(&served, &url, false), Answer::Nothing(RequestOutcome::Refused)),
                "{url}"
            );
        }
    }

    #[test]
    fn paths_that_leave_the_site_are_not_found() {
        for url in ["/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%5c..%5cx", "/a%00b"] {
            let served = served();
            assert!(matches!(
                answer(&served, &format!("{}{url}", served.origin), false),
                Answer::Nothing(RequestOutcome::NotFound)
            ));
        }
    }
    #[test]
    fn a_fallback_answers_navigations_to_routes_and_nothing_else() {
        let plain = served();
        let site = Arc::new((*plain.site).clone().with_fallback());
        let served = Served::new(site);
        let gets = |path: &str, navigates| {
            let url = format!("{}{path}", served.origin);
            matches!(answer(&served, &url, navigates), Answer::File { .. })
        };
        assert!(gets("/about", true) && gets("/a/b?x=1.5#y", true) && gets("/docs", true));
        assert!(!gets("/about", false), "an asset");
        assert!(!gets("/missing.png", true), "a file");
        assert!(!plain.has_document(&plain.address("/about")));
    }
}
