//! What a failed build said, sorted into classes. The text was made by programs that somebody else
//! wrote: the worst it can do is to be sorted wrongly.

use pageloom_schema::{BuildErrorClass, BuildProblem};

use super::workplace::{PACKAGES, PROJECT};

/// More problems than these tell nothing new.
const MOST: usize = 20;

/// The problems in what Vite wrote before it failed; at least one.
pub(super) fn problems(text: &str) -> Vec<BuildProblem> {
    let text = plain(text);
    let (before, said) = match text.split_once("error during build:\n") {
        Some((before, said)) => (before, said),
        None => ("", text.as_str()),
    };
    let (message, stack) = split_stack(said);
    if let Some(problem) = configuration(before, said, &message, &stack) {
        return vec![problem];
    }
    let many = transform_errors(&message);
    if !many.is_empty() {
        return many;
    }
    let first = message.lines().map(without_tags).find(|line| !line.is_empty());
    let first = first.unwrap_or("the build failed without a word");
    let class = class_of(&message, first);
    let (path, line) = place_of(&message);
    let first = match class {
        BuildErrorClass::Syntax | BuildErrorClass::UnknownApplyClass => without_place(first),
        _ => first,
    };
    let problem = BuildProblem::new(class, first);
    vec![match path {
        Some(path) => problem.at(path, line),
        None => problem,
    }]
}

/// The text without colours, and with the project's paths relative.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut parts = text.split('\u{1b}');
    plain.push_str(parts.next().unwrap_or_default());
    for part in parts {
        // `[31m`: up to the first letter.
        let end = part.find(|c: char| c.is_ascii_alphabetic()).map_or(part.len(), |at| at + 1);
        plain.push_str(part.get(end..).unwrap_or_default());
    }
    let plain = plain.replace("\r\n", "\n");
    let plain = plain
        .replace(&format!("file://{PROJECT}/"), "")
        .replace(&format!("{PROJECT}/"), "")
        .replace(&format!("file://{PACKAGES}/"), "node_modules/")
        .replace(&format!("{PACKAGES}/"), "node_modules/")
        // A path relative to the project.
        .replace("../packages/node_modules/", "node_modules/");
    without_moments(&plain)
}

/// The text with Vite's copies of a configuration, `vite.config.ts.timestamp-1795-2309.mjs`, named as
/// the file they are copies of: what is said must not depend on when.
fn without_moments(text: &str) -> String {
    let mut parts = text.split(".timestamp-");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_hexdigit() || c == '-');
        whole.push_str(rest.strip_prefix(".mjs").unwrap_or(rest));
    }
    whole.replace("node_modules/.vite-temp/", "")
}

/// What was said, and the stack below it.
fn split_stack(said: &str) -> (String, String) {
    let is_stack = |line: &&str| line.starts_with("    at ");
    let message = said.lines().take_while(|line| !is_stack(line)).collect::<Vec<_>>().join("\n");
    let stack = said.lines().filter(is_stack).collect::<Vec<_>>().join("\n");
    (message, stack)
}

/// A problem of a configuration file, which is read before, or beside, the project's own files.
fn configuration(before: &str, said: &str, message: &str, stack: &str) -> Option<BuildProblem> {
    let bad = |message: &str| BuildProblem::new(BuildErrorClass::BadConfig, message);
    let first = message.lines().map(without_tags).find(|line| !line.is_empty()).unwrap_or_default();
    let failed = "failed to load config from ";
    if let Some((_, rest)) = before.split_once(failed).or_else(|| said.split_once(failed)) {
        let file = rest.lines().next().unwrap_or_default().trim();
        // `vite.config.ts:2:0: ERROR: …`, or of a file that the configuration needs.
        let mut errors = message.lines().filter_map(located_error);
        if let Some((path, line, text)) = errors.next() {
            return Some(bad(text).at(path, Some(line)));
        }
        return Some(bad(without_tags(first)).at(file, None));
    }
    let styles = "Failed to load PostCSS config";
    if let Some((_, rest)) = said.split_once(styles) {
        let file = rest.split_once("(@").and_then(|(_, rest)| rest.split_once(')'));
        let reason = rest.lines().next().unwrap_or_default();
        let reason = reason.rsplit_once("] ").map_or(reason, |(_, reason)| reason);
        let reason = bad(reason.trim_start_matches([':', ' ']));
        return Some(match file {
            Some((file, _)) => reason.at(file, None),
            None => reason,
        });
    }
    // The TypeScript configuration above a source, read when the source is compiled.
    let extends = first.split_once("failed to resolve \"extends\"").map(|(_, rest)| rest);
    if let Some((_, file)) = extends.and_then(|rest| rest.rsplit_once(" in ")) {
        return Some(bad(first).at(file.trim(), None));
    }
    if let Some(circle) = first.strip_prefix("Circular dependency in \"extends\": ") {
        let file = circle.split(" -> ").next().unwrap_or(circle);
        return Some(bad(first).at(file.trim(), None));
    }
    let parsing = first.strip_prefix("parsing ").and_then(|rest| rest.split_once(" failed: "));
    if let Some((file, _)) = parsing.filter(|(file, _)| file.ends_with(".json")) {
        return Some(bad(first).at(file, None));
    }
    // Tailwind reads its configuration while it makes the first style sheet.
    let reads = ["tailwindcss/lib/lib/load-config", "node_modules/jiti/", "node_modules/sucrase/"];
    if reads.iter().any(|reader| stack.contains(reader)) {
        let told = message.lines().find_map(|line| line.strip_prefix("- "));
        let file = told.unwrap_or("tailwind.config.js").trim();
        return Some(bad(first).at(file, None));
    }
    None
}

/// The errors of `Transform failed with 2 errors:`, one a line.
fn transform_errors(message: &str) -> Vec<BuildProblem> {
    let errors = message.lines().filter_map(located_error);
    let problem = |(path, line, text): (&str, u32, &str)| {
        BuildProblem::new(BuildErrorClass::Syntax, text).at(path, Some(line))
    };
    errors.map(problem).take(MOST).collect()
}

/// Reads `src/App.tsx:1:38: ERROR: Expected "}"`.
fn located_error(line: &str) -> Option<(&str, u32, &str)> {
    let (place, text) = line.split_once(": ERROR: ")?;
    let (path, line) = place_in(place)?;
    Some((path, line, text))
}

/// Reads `path:line:column` or `path:line`.
fn place_in(text: &str) -> Option<(&str, u32)> {
    let (rest, last) = text.rsplit_once(':')?;
    let last: u32 = last.parse().ok()?;
    if let Some((path, line)) = rest.rsplit_once(':')
        && let Ok(line) = line.parse()
    {
        return Some((path, line));
    }
    Some((rest, last))
}

/// The line without the names of who reported it: `[vite:css] [postcss] …`, `RollupError: …`.
fn without_tags(line: &str) -> &str {
    let mut line = line.trim();
    loop {
        let before = line;
        if line.starts_with("[vite") || line.starts_with("[p") || line.starts_with("[c") {
            line = line.split_once(']').map_or(line, |(_, rest)| rest);
        }
        for tag in [":", "RollupError:", "SyntaxError:", "CssSyntaxError:", "Error:"] {
            line = line.strip_prefix(tag).unwrap_or(line).trim_start();
        }
        if let Some(rest) = line.strip_prefix("Error [") {
            line = rest.split_once("]: ").map_or(line, |(_, rest)| rest);
        }
        if line == before {
            return line;
        }
    }
}

/// A message that begins with its place, without it: `src/a.css:2:6: Unclosed block`,
/// `src/a.json (1:0): Failed to parse`.
fn without_place(message: &str) -> &str {
    let Some((place, rest)) = message.split_once(": ") else { return message };
    let ends_in_numbers =
        place.trim_end_matches(')').ends_with(|c: char| c.is_ascii_digit()) && place.contains(':');
    if ends_in_numbers { rest } else { message }
}

fn class_of(message: &str, first: &str) -> BuildErrorClass {
    let has = |text: &str| message.contains(text);
    let unresolved = [
        "Could not resolve \"",
        "failed to resolve import \"",
        "Could not resolve entry module",
        "Could not load ",
        "Unable to resolve `@import",
        "ENOENT: no such file or directory",
        "Missing \"",
        "Failed to resolve entry for package",
    ];
    let syntax = [
        "Transform failed",
        "Failed to parse",
        "Parse error",
        "Unexpected token",
        "Unterminated",
        "Unable to parse HTML",
        "SyntaxError",
        "[vite:json]",
        "Expected ",
        "[vite:react-babel]",
        "[plugin vite:react-babel]",
    ];
    if has("heap out of memory") || has("Reached heap limit") {
        BuildErrorClass::Memory
    } else if has("is not exported by") {
        BuildErrorClass::MissingExport
    } else if has("class does not exist") {
        BuildErrorClass::UnknownApplyClass
    } else if unresolved.iter().any(|text| has(text)) {
        BuildErrorClass::UnresolvedImport
    } else if syntax.iter().any(|text| has(text))
        || (has("[postcss]") && without_place(first) != first)
    {
        BuildErrorClass::Syntax
    } else {
        BuildErrorClass::Other
    }
}

/// The file and line of a problem: of the line `file: …`, else of the importer that the message names.
fn place_of(message: &str) -> (Option<&str>, Option<u32>) {
    if let Some(file) = message.lines().find_map(|line| line.trim().strip_prefix("file: ")) {
        if let Some((path, line)) = place_in(file) {
            return (Some(path), Some(line));
        }
        return (Some(file.split(":undefined").next().unwrap_or(file)), None);
    }
    let importer = ["\" from \"", "imported by \"", "(imported by "];
    let named = importer.iter().find_map(|mark| message.split_once(mark)).map(|(_, rest)| rest);
    (named.and_then(|rest| rest.split(['"', ')']).next()), None)
}

#[cfg(test)]
mod tests {
    use pageloom_schema::BuildErrorClass as Class;

    use super::problems;

    /// What was said; the class, file, line and message that it means.
    type Case = (&'static str, Class, Option<&'static str>, Option<u32>, &'static str);

    /// What Vite 5 and 4 write, the middle of long stacks left out.
    const SAID: [Case; 20] = [
        (
            "x Build failed in 424ms\nerror during build:\n[vite:esbuild] Transform failed with 1 \
             error:\n/build/project/src/App.tsx:1:38: ERROR: Expected \"}\" but found \"<\"\nfile: \
             /build/project/src/App.tsx:1:38\n\n    at failureErrorWithLog (/build/project/x.js:1:1)",
            Class::Syntax,
            Some("src/App.tsx"),
            Some(1),
            "Expected \"}\" but found \"<\"",
        ),
        (
            "error during build:\nCould not resolve \"./Nope\" from \"src/App.tsx\"\nfile: \
             /build/project/src/App.tsx\n    at getRollupError (x)",
            Class::UnresolvedImport,
            Some("src/App.tsx"),
            None,
            "Could not resolve \"./Nope\" from \"src/App.tsx\"",
        ),
        (
            "error during build:\n[vite]: Rollup failed to resolve import \"nopkg\" from \
             \"/build/project/src/App.tsx\".\nThis is most likely unintended\n    at viteWarn (x)",
            Class::UnresolvedImport,
            Some("src/App.tsx"),
            None,
            "Rollup failed to resolve import \"nopkg\" from \"src/App.tsx\".",
        ),
        (
            "error during build:\nsrc/App.tsx (1:9): \"Nope\" is not exported by \"src/b.ts\", \
             imported by \"src/App.tsx\".\nfile: /build/project/src/App.tsx:1:9\n\n1: import",
            Class::MissingExport,
            Some("src/App.tsx"),
            Some(1),
            "src/App.tsx (1:9): \"Nope\" is not exported by \"src/b.ts\", imported by \"src/App.tsx\".",
        ),
        (
            "error during build:\nRollupError: \"Nope\" is not exported by \"src/b.ts\", imported \
             by \"src/App.tsx\".\n    at error (x)",
            Class::MissingExport,
            Some("src/App.tsx"),
            None,
            "\"Nope\" is not exported by \"src/b.ts\", imported by \"src/App.tsx\".",
        ),
        (
            "error during build:\n[vite:css] [postcss] /build/project/src/index.css:2:6: The \
             `nope-class` class does not exist. If `nope-class` is\nfile: \
             /build/project/src/index.css:2:5\n    at Input.error (x)",
            Class::UnknownApplyClass,
            Some("src/index.css"),
            Some(2),
            "The `nope-class` class does not exist. If `nope-class` is",
        ),
        (
            "error during build:\n[vite:css] [postcss] /build/project/src/index.css:2:1: Unclosed \
             block\nfile: /build/project/src/index.css:2:0\n    at Input.error (x)",
            Class::Syntax,
            Some("src/index.css"),
            Some(2),
            "Unclosed block",
        ),
        (
            "error during build:\n[vite:json] [plugin vite:json] src/a.json (1:0): Failed to parse \
             JSON file.\nfile: /build/project/src/a.json:1:0\n\n1: {,}",
            Class::Syntax,
            Some("src/a.json"),
            Some(1),
            "Failed to parse JSON file.",
        ),
        (
            "✘ [ERROR] Expected string\n\nfailed to load config from /build/project/vite.config.ts\n\
             error during build:\nError: Build failed with 1 error:\npackage.json:1:1: ERROR: \
             Expected string in JSON but found \",\"\n    at failureErrorWithLog (x)",
            Class::BadConfig,
            Some("package.json"),
            Some(1),
            "Expected string in JSON but found \",\"",
        ),
        (
            "failed to load config from /build/project/vite.config.ts\nerror during build:\nError \
             [ERR_MODULE_NOT_FOUND]: Cannot find package 'vite-plugin-pwa' imported from \
             /build/project/node_modules/.vite-temp/vite.config.ts.timestamp-1.mjs\n    at x (y)",
            Class::BadConfig,
            Some("vite.config.ts"),
            None,
            "Cannot find package 'vite-plugin-pwa' imported from vite.config.ts",
        ),
        (
            "failed to load config from /build/project/vite.config.ts\nerror during build:\nError: \
             boom\n    at file:///build/project/vite.config.ts.timestamp-1.mjs:2:7",
            Class::BadConfig,
            Some("vite.config.ts"),
            None,
            "boom",
        ),
        (
            "error during build:\n[vite:css] [postcss] Cannot find module 'daisyui'\nRequire \
             stack:\n- /build/project/tailwind.config.js\nfile: \
             /build/project/src/index.css:undefined:NaN\n    at jiti \
             (/build/project/node_modules/jiti/dist/jiti.js:1:24)",
            Class::BadConfig,
            Some("tailwind.config.js"),
            None,
            "Cannot find module 'daisyui'",
        ),
        (
            "node:internal/process/promises:391\n    triggerUncaughtException(err)\n\n[Failed to \
             load PostCSS config: Failed to load PostCSS config (searchPath: /build/project): [Error] \
             Loading PostCSS Plugin failed: Cannot find module 'postcss-nope'\nRequire stack:\n\n\
             (@/build/project/postcss.config.js)\nError: x",
            Class::BadConfig,
            Some("postcss.config.js"),
            None,
            "Loading PostCSS Plugin failed: Cannot find module 'postcss-nope'",
        ),
        (
            "error during build:\nCould not resolve entry module \"index.html\".\n    at x (y)",
            Class::UnresolvedImport,
            None,
            None,
            "Could not resolve entry module \"index.html\".",
        ),
        (
            "error during build:\n[vite:css] [postcss] ENOENT: no such file or directory, open \
             './nope.css'\nfile: /build/project/src/index.css:undefined:NaN\n    at open (x)",
            Class::UnresolvedImport,
            Some("src/index.css"),
            None,
            "ENOENT: no such file or directory, open './nope.css'",
        ),
        (
            "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
            Class::Memory,
            None,
            None,
            "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
        ),
        (
            "error during build:\n[vite:esbuild] failed to resolve \"extends\":\"./nope\" in \
             /build/project/tsconfig.json\nfile: /build/project/src/main.tsx\n    at x (y)",
            Class::BadConfig,
            Some("tsconfig.json"),
            None,
            "failed to resolve \"extends\":\"./nope\" in tsconfig.json",
        ),
        (
            "error during build:\n[vite:esbuild] parsing /build/project/src/tsconfig.json failed: \
             SyntaxError: Expected '}'\nfile: /build/project/src/main.tsx\n    at x (y)",
            Class::BadConfig,
            Some("src/tsconfig.json"),
            None,
            "parsing src/tsconfig.json failed: SyntaxError: Expected '}'",
        ),
        (
            "error during build:\n[vite:esbuild] Circular dependency in \"extends\": \
             /build/project/tsconfig.json -> /build/project/a.json -> \
             /build/project/tsconfig.json\nfile: /build/project/src/main.tsx\n    at x (y)",
            Class::BadConfig,
            Some("tsconfig.json"),
            None,
            "Circular dependency in \"extends\": tsconfig.json -> a.json -> tsconfig.json",
        ),
        ("", Class::Other, None, None, "the build failed without a word"),
    ];

    #[test]
    fn what_vite_says_is_sorted_into_classes_with_file_and_line() {
        for (said, class, path, line, message) in SAID {
            let found = problems(said);
            assert_eq!(found.len(), 1, "{said}: {found:?}");
            let found = &found[0];
            assert_eq!(
                (found.class, found.path.as_deref(), found.line, found.message.as_str()),
                (class, path, line, message),
                "{said}"
            );
        }
    }

    #[test]
    fn every_error_of_a_file_is_a_problem_of_its_own() {
        let said = "error during build:\n\u{1b}[31m[vite:esbuild] Transform failed with 2 errors:\n\
            /build/project/src/a.ts:1:2: ERROR: one\n/build/project/src/a.ts:7:2: ERROR: two\u{1b}[39m";
        let found: Vec<_> =
            problems(said).into_iter().map(|problem| (problem.line, problem.message)).collect();
        assert_eq!(found, [(Some(1), "one".to_owned()), (Some(7), "two".to_owned())]);
    }
}
