//! What of a model's answer is opened: the page, without frames that would show another one, and the
//! assets of the task where it refers to them. As IWR-Bench's public code does it, but on elements
//! instead of on text: what a script or a comment says of an iframe stays.

use std::collections::BTreeMap;
use std::sync::Arc;

use pageloom_build::BuildError;
use pageloom_build::answer::{MAX_ANSWER_BYTES, has_tag};
use pageloom_schema::{Candidate, Fault, PageFaultKind, Site, SitePath};

use super::prompt::ASSETS_PLACEHOLDER;
use super::task_folder::{ASSETS, TaskFiles};

/// Elements whose content is no markup.
const RAW_TEXT: [&str; 8] =
    ["script", "style", "textarea", "title", "xmp", "noembed", "noframes", "plaintext"];

/// The site of a candidate: its page, and the assets of the task below `assets/`. An answer is taken
/// out of its fence; in a site that is complete already, files of its own are never replaced.
///
/// # Errors
/// A page fault: [`PageFaultKind::NoAnswer`] where there is none, [`PageFaultKind::NotHtml`] where
/// there is no page in it, [`PageFaultKind::TooLarge`] where it is larger than any page.
pub fn answer_site(candidate: &Candidate, assets: &TaskFiles) -> Result<Site, Fault> {
    let (mut files, entry, fallback) = match candidate {
        Candidate::Missing => {
            return Err(Fault::page(PageFaultKind::NoAnswer, "there is no answer for the task"));
        }
        Candidate::Answer(text) => {
            let page = page_text(text).map_err(BuildError::into_fault)?;
            let site = Site::from_html(&page);
            (site.files().clone(), site.entry().clone(), false)
        }
        Candidate::Site(site) => {
            let entry = site.entry();
            let files: BTreeMap<SitePath, Arc<[u8]>> = site
                .files()
                .iter()
                .map(|(path, bytes)| (path.clone(), tidied(path, bytes, entry)))
                .collect();
            (files, entry.clone(), site.fallback())
        }
    };
    for (name, bytes) in assets {
        // A name below a folder is a path as its parts are.
        if let Ok(path) = SitePath::new(&format!("{ASSETS}/{name}")) {
            files.entry(path).or_insert_with(|| bytes.clone());
        }
    }
    let site = Site::new(files, entry).map_err(|error| BuildError::from(error).into_fault())?;
    Ok(if fallback { site.with_fallback() } else { site })
}

/// The page of an answer: the first `html` block, to its end or that of the answer, else the whole
/// answer; without iframes and fences, its assets at `assets/`.
///
/// # Errors
/// [`BuildError::NotHtml`] when there is no tag in it, [`BuildError::TooLarge`] above 16 MiB.
pub fn page_text(answer: &str) -> Result<String, BuildError> {
    if answer.len() > MAX_ANSWER_BYTES {
        return Err(BuildError::TooLarge(format!("the answer has {} bytes", answer.len())));
    }
    let page = first_block(answer).unwrap_or(answer).trim();
    let page = without_fences(&without_iframes(page));
    if !has_tag(&page) {
        return Err(BuildError::NotHtml("the answer".to_owned()));
    }
    Ok(page.replace(ASSETS_PLACEHOLDER, ASSETS))
}

/// What stands in the first block that says it is HTML. One that is never closed was cut off.
fn first_block(answer: &str) -> Option<&str> {
    let lower = answer.to_ascii_lowercase();
    let start = lower.find("```html")? + "```html".len();
    let block = answer.get(start..)?;
    Some(block.find("```").and_then(|end| block.get(..end)).unwrap_or(block))
}

fn without_fences(page: &str) -> String {
    if !page.contains("```") {
        return page.to_owned();
    }
    let lower = page.to_ascii_lowercase();
    let mut out = String::with_capacity(page.len());
    let mut at = 0;
    while let Some(found) = lower.get(at..).and_then(|rest| rest.find("```")) {
        out += page.get(at..at + found).unwrap_or_default();
        at += found + 3;
        if lower.get(at..).is_some_and(|rest| rest.starts_with("html")) {
            at += 4;
        }
    }
    out + page.get(at..).unwrap_or_default()
}

/// Drops `iframe` elements with their content; of one that is never closed only the tag, so that the
/// rest of the page stays.
fn without_iframes(html: &str) -> String {
    let lower = html.to_ascii_lowercase();
    if !lower.contains("iframe") {
        return html.to_owned();
    }
    let mut out = String::with_capacity(html.len());
    let mut kept = 0;
    let mut at = 0;
    // Looked for once in vain, an end is not looked for again: the work stays linear.
    let mut closed = true;
    let find = |what: &str, from: usize| {
        lower.get(from..).and_then(|rest| rest.find(what)).map(|found| from + found)
    };
    while let Some(start) = find("<", at) {
        let rest = lower.get(start..).unwrap_or_default();
        if rest.starts_with("<!--") {
            at = find("-->", start + 4).map_or(html.len(), |end| end + 3);
            continue;
        }
        let name = tag_name(rest);
        if name.is_empty() {
            at = start + 1;
            continue;
        }
        let end = tag_end(&lower, start);
        at = end;
        if name == "iframe" {
            let own_end = lower.get(..end).is_some_and(|tag| tag.ends_with("/>"));
            if closed && !own_end {
                match find("</iframe", end) {
                    Some(close) => at = tag_end(&lower, close),
                    None => closed = false,
                }
            }
            out += html.get(kept..start).unwrap_or_default();
            kept = at;
        } else if name == "/iframe" {
            out += html.get(kept..start).unwrap_or_default();
            kept = at;
        } else if RAW_TEXT.contains(&name) {
            at = find(&format!("</{name}"), end).unwrap_or(html.len());
        }
    }
    out + html.get(kept..).unwrap_or_default()
}

/// The name of a tag that begins here, with the slash of an end tag; empty where none does.
fn tag_name(rest: &str) -> &str {
    let rest = rest.get(1..).unwrap_or_default();
    let slash = usize::from(rest.starts_with('/'));
    let letters = rest.get(slash..).unwrap_or_default();
    if !letters.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return "";
    }
    let end = letters.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/'));
    rest.get(..slash + end.unwrap_or(letters.len())).unwrap_or_default()
}

/// Where a tag ends: after its `>`, one in a quoted value not counted.
fn tag_end(html: &str, start: usize) -> usize {
    let mut quote = None;
    let mut after_equals = false;
    for (at, byte) in html.bytes().enumerate().skip(start) {
        match (quote, byte) {
            (Some(open), byte) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, b'>') => return at + 1,
            // A quote opens a value only where one may begin.
            (None, b'"' | b'\'') if after_equals => quote = Some(byte),
            (None, _) => {}
        }
        if !byte.is_ascii_whitespace() {
            after_equals = byte == b'=' && quote.is_none();
        }
    }
    html.len()
}

/// A file of a saved site: iframes dropped, the assets where they are from this file.
fn tidied(path: &SitePath, bytes: &Arc<[u8]>, entry: &SitePath) -> Arc<[u8]> {
    // A script's addresses are those of the page that runs it.
    let (is_page, from) = match path.extension().as_str() {
        "html" | "htm" | "xhtml" => (true, path),
        "css" | "svg" => (false, path),
        "js" | "mjs" | "json" => (false, entry),
        _ => return bytes.clone(),
    };
    let Ok(text) = std::str::from_utf8(bytes) else { return bytes.clone() };
    let up = "../".repeat(from.as_str().matches('/').count());
    let page = if is_page { without_iframes(text) } else { text.to_owned() };
    let page = page.replace(ASSETS_PLACEHOLDER, &format!("{up}{ASSETS}"));
    if page == text { bytes.clone() } else { Arc::from(page.into_bytes()) }
}

#[cfg(test)]
mod tests {
    use super::super::round_trip::path;
    use super::*;

    fn assets() -> TaskFiles {
        BTreeMap::from([(path("asset_001.png"), Arc::from(&b"picture"[..]))])
    }

    fn kind(candidate: &Candidate) -> Option<PageFaultKind> {
        match answer_site(candidate, &assets()) {
            Err(Fault::Page(fault)) => Some(fault.kind),
            _ => None,
        }
    }

    #[test]
    fn an_answer_becomes_a_page_with_the_assets_it_names() {
        let answer = "Here:\n```HTML\n<!doctype html><img src=\"__PLACEHOLDER_ASSETS_BASE_DIR__/asset_001.png\">\n```\nand\n```html\n<p>no</p>\n```";
        let site = answer_site(&Candidate::Answer(answer.to_owned()), &assets()).unwrap();
        assert_eq!(site.entry_html(), "<!doctype html><img src=\"assets/asset_001.png\">");
        let names: Vec<&str> = site.files().keys().map(SitePath::as_str).collect();
        assert_eq!(names, ["assets/asset_001.png", "index.html"]);
    }

    #[test]
    fn an_answer_without_an_html_block_is_taken_whole_and_loses_its_fences() {
        assert_eq!(page_text("```\n<p>a</p>\n```").unwrap(), "\n<p>a</p>\n");
        assert_eq!(page_text("```html\n<p>cut o").unwrap(), "<p>cut o");
        assert_eq!(page_text("<p>bare</p>").unwrap(), "<p>bare</p>");
    }

    #[test]
    fn what_is_no_page_is_a_fault_of_the_candidate() {
        for text in
            ["I cannot.", "", "```html\n```", "a < b", "```html\nonly <iframe>\n</iframe>```"]
        {
            let candidate = Candidate::Answer(text.to_owned());
            assert_eq!(kind(&candidate), Some(PageFaultKind::NotHtml), "{text:?}");
        }
        assert_eq!(kind(&Candidate::Missing), Some(PageFaultKind::NoAnswer));
        let large = Candidate::Answer("<p>".repeat(MAX_ANSWER_BYTES / 2));
        assert_eq!(kind(&large), Some(PageFaultKind::TooLarge));
    }

    #[test]
    fn iframes_go_with_what_is_in_them_and_all_else_stays() {
        for (html, wanted) in [
            ("a<iframe src='https://x'>b</iframe>c", "ac"),
            ("a<IFRAME srcdoc=\"<p>x</p>\" title='>'>b</IFrame >c", "ac"),
            ("a<iframe src=x />c<iframe>d</iframe>e", "ace"),
            ("a<iframe src=x>c", "ac"),
            ("a</iframe>c", "ac"),
            (
                "<script>x = '<iframe>';</script><iframe></iframe>",
                "<script>x = '<iframe>';</script>",
            ),
            ("<!-- <iframe> --><b>", "<!-- <iframe> --><b>"),
            ("<iframes>a</iframes>", "<iframes>a</iframes>"),
            ("ü<iframe>ß</iframe>é < b", "üé < b"),
            ("<p title=it's><iframe>x</iframe>y", "<p title=it's>y"),
            ("<!-- <iframe>", "<!-- <iframe>"),
            ("<iframe", ""),
        ] {
            assert_eq!(without_iframes(html), wanted, "{html}");
        }
    }

    #[test]
    fn hostile_answers_take_linear_time() {
        for part in ["<iframe>", "<iframe ", "<!--", "<script", "```html", "<iframe =\""] {
            let answer = part.repeat((1 << 20) / part.len());
            let started = std::time::Instant::now();
            _ = page_text(&answer);
            assert!(started.elapsed().as_secs() < 5, "{part}");
        }
    }

    #[test]
    fn a_saved_site_gets_the_assets_and_keeps_its_own_files() {
        let text = "<img src=__PLACEHOLDER_ASSETS_BASE_DIR__/asset_001.png><iframe></iframe>";
        let files = [
            ("pages/index.html", text),
            ("pages/app.js", "'__PLACEHOLDER_ASSETS_BASE_DIR__/a'"),
            ("style.css", "url(__PLACEHOLDER_ASSETS_BASE_DIR__/a)"),
            ("assets/asset_001.png", "own"),
        ];
        let files = files.map(|(name, text)| (path(name), Arc::from(text.as_bytes())));
        let site = Site::new(files.into(), path("pages/index.html")).unwrap().with_fallback();
        let mut given = assets();
        given.insert(path("asset_002.png"), Arc::from(&b"two"[..]));
        let site = answer_site(&Candidate::Site(site), &given).unwrap();
        assert_eq!(site.entry_html(), "<img src=../assets/asset_001.png>");
        let text =
            |name: &str| String::from_utf8(site.file(&path(name)).unwrap().to_vec()).unwrap();
        assert_eq!(text("pages/app.js"), "'../assets/a'");
        assert_eq!(text("style.css"), "url(assets/a)");
        assert_eq!(text("assets/asset_001.png"), "own");
        assert_eq!(text("assets/asset_002.png"), "two");
        assert!(site.fallback());
    }
}
