//! Answers that no model should write: mutations of whole answers, the same in every run. None makes
//! the reader panic, leave the project or pass a limit, and what was read can be written again.

use pageloom_build::{
    ExtractLimits, KnownPackages, comply, declared_routes, extract, format_answer,
    read_postcss_config, read_vite_config, tsconfig_jsx, unsupported_features,
};
use pageloom_schema::AnswerKind;

const SEEDS: [&str; 3] = [
    include_str!("../../../fuzz/seeds/web.txt"),
    include_str!("../../../fuzz/seeds/bolt.txt"),
    include_str!("../../../fuzz/seeds/page.txt"),
];
/// What breaks readers.
const PIECES: [&str; 52] = [
    "<webArtifact id='a' title='b'>",
    "</webArtifact>",
    "<webAction type=\"file\" filePath=\"",
    "<webAction type='file' filePath='a.ts'>",
    "<boltAction type='file' filePath='b.tsx'>",
    "</webAction>",
    "</boltAction>",
    "<boltArtifact ",
    "<webAction type=\"symlink\" filePath=\"l\">",
    "\">",
    "'",
    "\"",
    ">",
    "<",
    "&lt;",
    "&gt;",
    "&amp;",
    "&quot;",
    "```",
    "```tsx\n",
    "<![CDATA[",
    "]]>",
    "<think>",
    "</think>",
    "<answer>",
    "<|im_end|>",
    "../",
    "/etc/passwd",
    "..\\",
    "C:",
    "\0",
    "\u{202e}",
    "\r\n",
    "\n\n\n",
    "node_modules/",
    ".git/",
    "src/App.tsx",
    "src/app.tsx",
    "src",
    "é\u{301}",
    "🙂",
    "{",
    "}",
    "((((((((((",
    "`${",
    "/*",
    "//",
    "import x from './y';\n",
    "export default ",
    "<Route path=\"x\">",
    "const a = {",
    "@import url(",
];

/// The generator splitmix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.next() % count.max(1) as u64).unwrap_or_default()
    }

    /// A place in a text where it can be cut.
    fn place(&mut self, text: &str) -> usize {
        let mut at = self.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

fn mutated(random: &mut Random) -> String {
    let mut text = SEEDS[random.below(SEEDS.len())].to_owned();
    for _ in 0..=random.below(6) {
        let (a, b) = (random.place(&text), random.place(&text));
        let (start, end) = (a.min(b), a.max(b));
        match random.below(7) {
            0 => text.truncate(end),
            1 => text.replace_range(start..end, ""),
            2 => {
                let part = text[start..end].to_owned();
                text.insert_str(end, &part);
            }
            3 => {
                let other = SEEDS[random.below(SEEDS.len())];
                let from = random.place(other);
                text.insert_str(start, &other[from..]);
            }
            _ => {
                for _ in 0..=random.below(3) {
                    let at = random.place(&text);
                    text.insert_str(at, PIECES[random.below(PIECES.len())]);
                }
            }
        }
        if text.len() > 6_000 {
            let end = random.place(&text[..2_000]);
            text.truncate(end);
        }
    }
    text
}

fn check(text: &str, limits: &ExtractLimits) {
    let found = extract(text, limits);
    assert!(found.project.files().len() <= limits.files);
    for (path, bytes) in found.project.files() {
        let path = path.as_str();
        let is_inside =
            path.split('/').all(|part| !matches!(part, "" | "." | ".." | ".git" | "node_modules"));
        assert!(is_inside && path.len() <= limits.path_bytes, "{path:?}");
        assert!(path.split('/').count() <= limits.path_depth, "{path:?}");
        assert!(!path.contains(['\\', ':', '\0', '\n', '\u{202e}']), "{path:?}");
        assert!(bytes.len() <= limits.file_bytes + 1, "{path:?}");
    }
    let has = |check: &str| found.findings.iter().any(|finding| finding.check == check);
    assert_eq!(found.truncated, has("truncated"));
    // A single page is kept as it is, also without a line break at its end.
    if found.kind == AnswerKind::Page {
        return;
    }
    if let Some(written) = format_answer(&found.project, &found.commands, "id", "title") {
        let again = extract(&written, &ExtractLimits::default());
        assert_eq!(again.project, found.project, "{text}\n---\n{written}");
        assert_eq!(again.commands, found.commands, "{text}\n---\n{written}");
    }
}

#[test]
fn twenty_thousand_hostile_answers_are_read() {
    let mut random = Random(1);
    let small = ExtractLimits { file_bytes: 300, files: 3, ..ExtractLimits::default() };
    for number in 0..20_000 {
        let text = mutated(&mut random);
        let limits = if number % 4 == 0 { small } else { ExtractLimits::default() };
        check(&text, &limits);
    }
}

#[test]
fn hostile_projects_are_checked() {
    let mut random = Random(2);
    let known = KnownPackages::bundled();
    for _ in 0..400 {
        let text = mutated(&mut random);
        let found = extract(&text, &ExtractLimits::default());
        let report = comply(&found, &text, &known);
        assert_eq!(report.checks.len(), 17);
        assert!(!declared_routes(&found.project).is_empty());
        let _ = read_vite_config(&found.project);
        let _ = read_postcss_config(&found.project);
        let _ = (tsconfig_jsx(&found.project), unsupported_features(&found.project));
    }
}

#[test]
fn large_answers_take_linear_time() {
    let limits = ExtractLimits::default();
    for unit in [
        "<webAction type='file' filePath='a'>",
        "<webAction type=\"",
        "<webAction ",
        "<webAction type='file' filePath='a'></webAction>",
        "<webArtifact id='a' title='b'>",
        "<",
        "&lt;",
        "```\n",
        "<think>",
        "</webAction>",
        "<webAction type='file' filePath='a/b/c/d/e/f/g'>x</webAction>\n",
        "<|im_end|>",
        "<![CDATA[",
        "<!--",
        "a\n",
    ] {
        let text = unit.repeat((limits.completion_bytes / 8) / unit.len());
        let start = std::time::Instant::now();
        let found = extract(&text, &limits);
        assert!(found.project.files().len() <= 1);
        assert!(start.elapsed().as_secs() < 20, "{unit}: {:?}", start.elapsed());
    }
}
