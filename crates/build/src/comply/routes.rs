//! The routes a site declares, and the links that none of them answers.

use std::collections::BTreeMap;

use pageloom_schema::{Finding, Project, Severity};

use super::{KnownPackages, Subject, is_outside};
use crate::source::{HOLE, SourceFacts};

/// The most routes that are told.
const MAX_ROUTES: usize = 200;
/// The most routes and links of a site that are compared.
const MAX_COMPARED: usize = 3_000;

/// The paths of a site that can be opened as they are, `/` first, then sorted.
///
/// A path with a parameter or a `*` is left out: what to put there only the site knows. With a hash
/// router they are `/#/about`. A site without a router has `/` and its other HTML pages.
#[must_use]
pub fn declared_routes(project: &Project) -> Vec<String> {
    let known = KnownPackages::default();
    let subject = Subject::read(project, &known);
    let mut found = std::collections::BTreeSet::new();
    let is_hash = subject.page_sources().any(|(_, facts)| facts.has_hash_router);
    let base = basename(&subject);
    for path in full_paths(&subject).into_iter().filter(|path| path.is_page) {
        let segments: Vec<&str> = segments(&path.text).collect();
        if segments.iter().any(|segment| segment.contains([':', '*', HOLE])) {
            continue;
        }
        let text = format!("{base}/{}", segments.join("/"));
        let text = if text.len() > 1 { text.trim_end_matches('/').to_owned() } else { text };
        found.insert(if is_hash && text != "/" { format!("/#{text}") } else { text });
    }
    if subject.is_static() {
        let pages = project.files().keys().filter(|path| path.extension() == "html");
        found.extend(
            pages.filter(|path| path.as_str() != "index.html").map(|path| format!("/{path}")),
        );
    }
    found.remove("/");
    let start = if base.is_empty() { "/".to_owned() } else { base };
    found.remove(&start);
    std::iter::once(start).chain(found).take(MAX_ROUTES).collect()
}

/// Every link leads to a route.
pub(super) fn router_consistent(subject: &Subject<'_>) -> Vec<Finding> {
    let routes = full_paths(subject);
    let is_computed = subject.page_sources().any(|(_, facts)| facts.has_computed_route);
    if routes.is_empty() || is_computed {
        return Vec::new();
    }
    let base = basename(subject);
    let mut findings = Vec::new();
    let links = subject.page_sources();
    let links = links.flat_map(|(path, facts)| facts.links.iter().map(move |link| (path, link)));
    for (path, link) in links.take(MAX_COMPARED) {
        let target = link.to.split(['?', '#']).next().unwrap_or_default();
        let is_file = target.rsplit('/').next().is_some_and(|name| name.contains('.'));
        // A relative link depends on where it is shown; a computed start on everything.
        if !target.starts_with('/') || is_outside(target) || is_file {
            continue;
        }
        let inside = target.strip_prefix(base.as_str()).unwrap_or(target);
        let answered =
            routes.iter().any(|route| answers(&route.text, target) || answers(&route.text, inside));
        if !answered {
            let shown: String = link.to.chars().take(120).collect();
            let shown = shown.replace(HOLE, "…");
            let message = format!("no route answers the link `{shown}`");
            let finding = Finding::new("link_unrouted", Severity::Warning, message);
            findings.push(finding.at(path, Some(link.line)));
        }
    }
    findings
}

/// The path that a browser router puts before all of its own, without a slash at its end.
fn basename(subject: &Subject<'_>) -> String {
    let routers = subject.page_sources().flat_map(|(_, facts)| &facts.elements);
    let named = routers.filter(|element| element.name == "BrowserRouter");
    let base = named.filter_map(|element| element.attribute("basename")).next().unwrap_or_default();
    let is_path = base.starts_with('/') && !base.contains(HOLE);
    if is_path { base.trim_end_matches('/').to_owned() } else { String::new() }
}

struct FullPath {
    text: String,
    is_page: bool,
}

fn full_paths(subject: &Subject<'_>) -> Vec<FullPath> {
    let mut found = Vec::new();
    for (_, facts) in subject.page_sources() {
        found.extend(paths_of(facts));
    }
    found.truncate(MAX_COMPARED);
    found
}

fn paths_of(facts: &SourceFacts) -> Vec<FullPath> {
    let mut full: BTreeMap<usize, String> = BTreeMap::new();
    let mut found = Vec::new();
    for (number, route) in facts.routes.iter().enumerate() {
        // A route stands after the one it is inside of.
        let parent = route.parent.and_then(|parent| full.get(&parent)).map_or("", String::as_str);
        let text = match route.path.as_deref() {
            Some(path) if path.starts_with('/') => path.to_owned(),
            Some(path) => format!("{}/{path}", parent.trim_end_matches(['*', '/'])),
            None => parent.to_owned(),
        };
        // Deeply nested routes could each repeat all that is around them.
        let text: String = if text.len() > 2_000 { "/*".to_owned() } else { text };
        let has_children =
            facts.routes.iter().skip(number + 1).take(1).any(|r| r.parent == Some(number));
        let is_page = route.is_page || (!has_children && route.path.is_some());
        found.push(FullPath { text: text.clone(), is_page });
        full.insert(number, text);
    }
    found
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

/// True when a route's path fits a link's.
fn answers(route: &str, link: &str) -> bool {
    let route: Vec<&str> = segments(route).collect();
    let link: Vec<&str> = segments(link).collect();
    let mut at = 0;
    for (number, segment) in route.iter().enumerate() {
        if *segment == "*" || segment.starts_with(":") && segment.ends_with('*') {
            return number + 1 == route.len();
        }
        let fits = link.get(at).is_some_and(|part| {
            segment.starts_with(':') || part.contains(HOLE) || segment.eq_ignore_ascii_case(part)
        });
        if fits {
            at += 1;
        } else if !segment.ends_with('?') {
            return false;
        }
    }
    at == link.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_answer_links_as_a_router_does() {
        for (route, link) in [
            ("/", "/"),
            ("/about", "/about/"),
            ("/p/:id", "/p/\u{1}"),
            ("/p/:id", "/p/3"),
            ("/docs/*", "/docs/a/b"),
            ("*", "/x"),
            ("/a/:b?", "/a"),
            ("/shop/list", "/shop/\u{1}"),
        ] {
            assert!(answers(route, link), "{route} {link}");
        }
        for (route, link) in [("/", "/a"), ("/p/:id", "/p"), ("/a", "/a/b"), ("/a/b", "/a")] {
            assert!(!answers(route, link), "{route} {link}");
        }
    }
}
