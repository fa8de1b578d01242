//! Sources that look at who looks, or replace what the browser brings. The measures do not ask the
//! page's own functions, so neither gains anything; it is told, and costs the check.

use pageloom_schema::{Finding, Project, Severity};

/// What only a page asks for that wants to know whether a program looks at it.
const DETECTIONS: [&str; 10] = [
    "navigator.webdriver",
    "\"webdriver\" in navigator",
    "'webdriver' in navigator",
    "HeadlessChrome",
    "window.chrome",
    "navigator.plugins.length",
    "callPhantom",
    "__puppeteer",
    "__playwright",
    "outerWidth === 0",
];
/// What belongs to the browser and hangs on its window.
const BUILT_IN: [&str; 30] = [
    "Array",
    "Date",
    "Document",
    "Element",
    "Event",
    "EventTarget",
    "Function",
    "HTMLElement",
    "History",
    "IntersectionObserver",
    "JSON",
    "Map",
    "Math",
    "MutationObserver",
    "Node",
    "Object",
    "Promise",
    "Reflect",
    "ResizeObserver",
    "Storage",
    "String",
    "XMLHttpRequest",
    "console",
    "fetch",
    "getComputedStyle",
    "history",
    "localStorage",
    "navigator",
    "performance",
    "sessionStorage",
];
/// Functions and values of the window that a page is measured and timed by.
const OF_WINDOW: [&str; 9] = [
    "setTimeout",
    "setInterval",
    "requestAnimationFrame",
    "matchMedia",
    "innerWidth",
    "innerHeight",
    "queueMicrotask",
    "screen",
    "devicePixelRatio",
];
/// Files whose text is a program.
const SCRIPTS: [&str; 7] = ["js", "jsx", "ts", "tsx", "mjs", "cjs", "html"];

/// The first place of each kind in each file.
pub(super) fn honest_environment(project: &Project) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, bytes) in project.files() {
        let Ok(text) = std::str::from_utf8(bytes) else { continue };
        if !SCRIPTS.iter().any(|ending| path.extension() == *ending) {
            continue;
        }
        let mut told = [false; 2];
        for (index, line) in text.lines().enumerate() {
            let detects = DETECTIONS.iter().find(|word| line.contains(**word));
            let found = [
                detects.map(|word| ("detects_automation", format!("it asks for `{word}`"))),
                replaced(line).map(|name| ("builtins_changed", format!("it replaces `{name}`"))),
            ];
            for (told, (check, message)) in told
                .iter_mut()
                .zip(found)
                .filter_map(|(told, found)| found.map(|found| (told, found)))
            {
                if !*told {
                    *told = true;
                    let line = u32::try_from(index + 1).ok();
                    findings.push(
                        Finding::new(check, Severity::Error, message).at(path.as_str(), line),
                    );
                }
            }
        }
    }
    findings
}

/// What of the browser's a line gives another value.
fn replaced(line: &str) -> Option<String> {
    // Of long lines, which are no one's handwriting, the start tells.
    let line = line.get(..2_000.min(line.len())).unwrap_or_default();
    if let Some((_, rest)) = line
        .split_once("Object.defineProperty(")
        .or_else(|| line.split_once("Reflect.defineProperty("))
    {
        let target = rest.split(',').next().unwrap_or_default().trim();
        if is_built_in(target) {
            return Some(target.to_owned());
        }
    }
    let assignments = line.match_indices('=').filter(|(at, _)| {
        let after = line.as_bytes().get(at + 1);
        let before = at.checked_sub(1).and_then(|at| line.as_bytes().get(at));
        !matches!(after, Some(b'=' | b'>')) && !matches!(before, Some(b'=' | b'!' | b'<' | b'>'))
    });
    for (at, _) in assignments {
        let left = line.get(..at).unwrap_or_default().trim_end();
        let start = left
            .rfind(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '_' | '$')))
            .map_or(0, |at| at + 1);
        let target = left.get(start..).unwrap_or_default();
        // `const Date = …` is a name of its own.
        let Some((owner, name)) = target.rsplit_once('.') else { continue };
        let of_window = matches!(owner, "window" | "globalThis" | "self")
            && (BUILT_IN.contains(&name) || OF_WINDOW.contains(&name));
        let of_one = matches!(
            (owner.trim_start_matches("window."), name),
            ("Math", "random")
                | ("Date" | "performance", "now")
                | ("console", _)
                | ("history", "pushState" | "replaceState")
                | ("localStorage" | "sessionStorage", "getItem" | "setItem")
                | ("Object" | "Reflect" | "JSON", _)
        );
        if of_window || of_one || owner.ends_with(".prototype") && is_built_in(owner) {
            return Some(target.to_owned());
        }
    }
    None
}

fn is_built_in(target: &str) -> bool {
    let target = target.trim_start_matches("window.").trim_start_matches("globalThis.");
    let name = target.split('.').next().unwrap_or_default();
    BUILT_IN.contains(&name)
        || matches!(target, "window" | "globalThis" | "document" | "screen")
        || (name.starts_with("HTML") && target.ends_with(".prototype"))
}

#[cfg(test)]
mod tests {
    use super::replaced;

    #[test]
    fn what_a_line_replaces_is_named() {
        for (line, name) in [
            ("window.Date = Fake;", "window.Date"),
            ("  Math.random = () => 0.5;", "Math.random"),
            (
                "Element.prototype.getBoundingClientRect = function () {};",
                "Element.prototype.getBoundingClientRect",
            ),
            ("Object.defineProperty(window, 'innerWidth', {", "window"),
            ("Object.defineProperty(HTMLElement.prototype, 'x', {})", "HTMLElement.prototype"),
            ("console.error = () => {};", "console.error"),
        ] {
            assert_eq!(replaced(line).as_deref(), Some(name), "{line}");
        }
        for line in [
            "const date = new Date();",
            "if (window.innerWidth === 3) {}",
            "document.title = 'A page';",
            "window.location.hash = '#a';",
            "Object.defineProperty(exports, '__esModule', {})",
            "Counter.prototype.next = function () {};",
            "const go = () => console.log(1);",
            "state.history = [];",
        ] {
            assert_eq!(replaced(line), None, "{line}");
        }
    }
}
