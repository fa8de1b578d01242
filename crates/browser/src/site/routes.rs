//! The list of routes to open: the entry, then those the router declares, then the links that were
//! seen, each once and in that order.

use std::collections::{BTreeSet, VecDeque};

use pageloom_schema::{RouteOrigin, Site, SitePath};
use percent_encoding::percent_decode_str;

/// A path that no site declares.
pub(crate) const NO_SUCH_ROUTE: &str = "/pageloom-no-such-route";

/// Routes still to be opened.
pub(super) struct Routes {
    waiting: VecDeque<(String, RouteOrigin)>,
    known: BTreeSet<String>,
    left: u32,
    entry: String,
}

impl Routes {
    /// The entry of `site`, then `declared`; at most `max`.
    pub(super) fn new(site: &Site, declared: &[String], max: u32) -> Self {
        let mut routes = Self {
            waiting: VecDeque::new(),
            known: BTreeSet::new(),
            left: max.max(1),
            entry: format!("/{}", site.entry()),
        };
        routes.add("/", RouteOrigin::Entry);
        for route in declared {
            let route = if route.starts_with('/') { route.clone() } else { format!("/{route}") };
            if !route.contains([':', '*', '[']) {
                routes.add(&route, RouteOrigin::Declared);
            }
        }
        routes
    }

    /// Adds what the links of a page, as addresses, lead to within `origin`.
    pub(super) fn add_links(&mut self, site: &Site, origin: &str, links: &[String]) {
        for link in links {
            let own = link.strip_prefix(origin).filter(|rest| rest.starts_with('/'));
            if let Some(route) = own.filter(|route| leads_to_a_page(site, route)) {
                self.add(route, RouteOrigin::Link);
            }
        }
    }

    /// The next route to open.
    pub(super) fn next(&mut self) -> Option<(String, RouteOrigin)> {
        self.left = self.left.checked_sub(1)?;
        self.waiting.pop_front()
    }

    fn add(&mut self, route: &str, origin: RouteOrigin) {
        let route = normal(route, &self.entry);
        // One of several addresses that differ in their query alone stands for all.
        let (path, fragment) = route.split_once('#').unwrap_or((&route, ""));
        let key = format!("{}#{fragment}", path.split('?').next().unwrap_or_default());
        if self.known.insert(key) {
            self.waiting.push_back((route, origin));
        }
    }
}

/// A route as it is compared: no slash at the end, the entry as `/`, and no fragment but a hash
/// router's.
pub(crate) fn normal(route: &str, entry: &str) -> String {
    let (address, fragment) = route.split_once('#').unwrap_or((route, ""));
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let path = match path.trim_end_matches('/') {
        "" | "/index.html" => "/",
        path if path == entry => "/",
        path => path,
    };
    let mut normal = path.to_owned();
    if !query.is_empty() {
        normal.push('?');
        normal.push_str(query);
    }
    let fragment = fragment.trim_end_matches('/');
    if (fragment.starts_with('/') || fragment.starts_with("!/")) && fragment.len() > 1 {
        normal.push('#');
        normal.push_str(fragment);
    }
    normal
}

/// Whether a link leads to a page and not to a file to be looked at or saved.
fn leads_to_a_page(site: &Site, route: &str) -> bool {
    let path = route.split(['?', '#']).next().unwrap_or_default().trim_start_matches('/');
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    let Ok(path) = SitePath::new(&decoded) else { return true };
    match path.extension().as_str() {
        "" | "html" | "htm" | "xhtml" => true,
        _ => {
            site.file(&path).is_none()
                && !decoded.rsplit('/').next().unwrap_or_default().contains('.')
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(declared: &[&str], links: &[&str], max: u32) -> Vec<String> {
        let site = Site::from_html("");
        let declared: Vec<String> = declared.iter().map(|r| (*r).to_owned()).collect();
        let links: Vec<String> = links.iter().map(|r| format!("http://x.site{r}")).collect();
        let mut routes = Routes::new(&site, &declared, max);
        routes.add_links(&site, "http://x.site", &links);
        std::iter::from_fn(|| routes.next().map(|(route, _)| route)).collect()
    }

    #[test]
    fn the_entry_comes_first_and_every_page_once() {
        assert_eq!(
            all(
                &["about", "/about/", "/user/:id", "*"],
                &["/index.html", "/?a=1", "/about#team"],
                9
            ),
            ["/", "/about"]
        );
    }

    #[test]
    fn a_hash_router_has_a_route_for_every_fragment_with_a_slash() {
        assert_eq!(all(&[], &["/#/cart", "/#top", "/#/", "/#!/x"], 9), ["/", "/#/cart", "/#!/x"]);
    }

    #[test]
    fn files_and_other_hosts_are_no_routes_and_the_limit_holds() {
        assert_eq!(
            all(&[], &["/a.pdf", ".evil/x", "/b", "/c", "/p?id=1", "/p?id=2"], 3),
            ["/", "/b", "/c"]
        );
        assert_eq!(all(&[], &["/p?id=1", "/p?id=2"], 9), ["/", "/p?id=1"]);
    }
}
