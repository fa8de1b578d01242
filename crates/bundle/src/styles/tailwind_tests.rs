use std::path::PathBuf;
use std::sync::LazyLock;

use super::*;
use crate::styles::script::bundle_tailwind;

/// The Tailwind of the bundled set in the warm store, if there is one.
#[expect(clippy::disallowed_methods, reason = "a test looks for a store that somebody has warmed")]
static SCRIPT: LazyLock<Option<TailwindScript>> = LazyLock::new(|| {
    let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache/pageloom/store"));
    let store = std::env::var_os("PAGELOOM_STORE").map(PathBuf::from).or_else(home)?;
    let sets = std::fs::read_dir(store.join("sets")).ok()?.flatten();
    let set =
        sets.into_iter().find(|set| set.file_name().to_string_lossy().starts_with("react-18"));
    let Some(set) = set else {
        println!("skipped: no store is warm");
        return None;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(bundle_tailwind(&set.path())).unwrap()
});

const USUAL: &str = "@tailwind base; @tailwind components; @tailwind utilities;";

/// Numbers that only look like chance.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

const WORDS: [&str; 56] = [
    "flex",
    "p-4",
    "-mt-2",
    "!p-4",
    "md:p-4",
    "hover:bg-red-500",
    "bg-red-500/50",
    "text-lg/7",
    "container",
    "md:container",
    "group-hover:text-red-500",
    "peer-checked:bg-blue-500",
    "dark:bg-black",
    "from-blue-500",
    "via-white/20",
    "to-transparent",
    "animate-spin",
    "prose",
    "space-y-4",
    "divide-x",
    "ring-2",
    "blur-sm",
    "sr-only",
    "btn",
    "card",
    "btn-lg",
    "tw-p-4",
    "hover:focus:md:dark:p-9",
    "[&:hover]:underline",
    "[&_p]:mt-4",
    "lg:[&_p]:mt-4",
    "[&:hover]:[&_p]:m-1",
    "[@media(any-hover:hover)]:p-3",
    "[mask-type:luminance]",
    "[--x:1px]",
    "w-[calc(100%-1rem)]",
    "bg-[url(/x.png)]",
    "min-[320px]:p-1",
    "supports-[display:grid]:grid",
    "data-[state=open]:flex",
    "text-[theme(colors.red.500)]",
    "[color:theme(nope.x)]",
    "bg-[theme(bad.key)]",
    "grid-cols-[1fr_2fr]",
    "before:content-['x']",
    "__proto__",
    "constructor",
    "hasOwnProperty",
    "*",
    "[",
    "[]",
    "[a:b",
    "p-4;}",
    "</style>",
    "a,b",
    "[&x]:{}",
];

const SHEETS: [&str; 6] = [
    USUAL,
    "@tailwind utilities;",
    ".a { @apply p-4 font-bold [&:hover]:underline; } @tailwind utilities;",
    "@tailwind base; @layer base { body { @apply bg-white text-lg; } } @tailwind components; \
     @layer components { .btn, .card { @apply p-4 hover:bg-red-500; } } @tailwind utilities;",
    "@tailwind utilities; @layer utilities { .btn, .card { color: theme(colors.bad) } }",
    ".q { @apply nope; }",
];

const CONFIGS: [&str; 6] = [
    r#"{"content":["a"]}"#,
    r#"{"content":["b"],"theme":{"extend":{}},"plugins":[]}"#,
    r##"{"important":"#app","prefix":"tw-"}"##,
    r##"{"darkMode":"class","theme":{"extend":{"colors":{"brand":"#123456"}}},"safelist":["p-7","[&:focus]:p-1"]}"##,
    r#"{"blocklist":["p-4","flex"]}"#,
    r#"{"corePlugins":{"preflight":false}}"#,
];

fn said(outcome: Result<Vec<String>, StyleFault>) -> String {
    match outcome {
        Ok(sheets) => sheets.concat(),
        Err(StyleFault::Problem(problem)) => format!("{:?} {}", problem.class, problem.message),
        Err(StyleFault::Unsupported(reason)) => reason,
    }
}

fn page(classes: &str) -> Content {
    Content { content: classes.to_owned(), extension: "tsx".to_owned() }
}

#[test]
fn what_is_remembered_changes_no_byte() {
    let Some(script) = &*SCRIPT else { return };
    let mut kept = Tailwind::new(script.clone());
    kept.warm();
    let mut chance = Chance(11);
    for round in 0..60 {
        let count = chance.below(60);
        let words: Vec<&str> = (0..count).map(|_| chance.one(&WORDS)).collect();
        let content = [page(&words.join(chance.one(&[" ", "\n", "\" '"])))];
        let config = Config::Data(serde_json::from_str(chance.one(&CONFIGS)).unwrap());
        let css = chance.one(&SHEETS).to_owned();
        let sheets = [Sheet { path: "a.css".to_owned(), css }];
        let ours = said(kept.process(Some(&config), &content, &sheets));
        let fresh = said(Tailwind::new(script.clone()).process(Some(&config), &content, &sheets));
        assert_eq!(ours, fresh, "round {round}: {words:?} {sheets:?} {config:?}");
    }
}

#[test]
fn a_hostile_configuration_ends_and_touches_nobody_else() {
    let Some(script) = &*SCRIPT else { return };
    let mut tailwind = Tailwind::new(script.clone());
    let plain = "module.exports = { content: ['x'], theme: { extend: {} } }";
    let build = |tailwind: &mut Tailwind, source: &str| {
        let config = match tailwind.evaluate("tailwind.config.js", source) {
            Ok(config) => config,
            Err(fault) => return said(Err(fault)),
        };
        let sheets = [Sheet { path: "a.css".to_owned(), css: USUAL.to_owned() }];
        let outcome =
            said(tailwind.process(Some(&config), &[page("p-4 flex [&_p]:mt-4")], &sheets));
        tailwind.warm();
        outcome
    };
    let before = build(&mut tailwind, plain);
    assert!(before.contains("padding: 1rem"), "{before}");
    let poison = "Array.prototype.map = () => ['a']; Object.keys = () => []; Map.prototype.has = () => true; \
                  RegExp.prototype.exec = () => null; JSON.parse = () => ({}); Promise.prototype.then = null;";
    for (source, ends) in [
        ("while (true);".to_owned(), "Timeout"),
        ("module.exports = { get content() { for (;;); } }".to_owned(), "Timeout"),
        ("const a = []; for (;;) a.push(new Array(1e5).fill(1))".to_owned(), "Memory"),
        ("const f = () => f() + 1; f()".to_owned(), "BadConfig"),
        ("throw new Error('boom')".to_owned(), "boom"),
        ("module.exports = 7".to_owned(), ""),
        (format!("{poison} {plain}"), ""),
        (format!("{poison} module.exports = {{ content: ['x'], plugins: [() => {{}}] }}"), ""),
        (format!("{plain}; module.exports.plugins = [() => {{ for (;;); }}]"), "Timeout"),
        (format!("{plain}; module.exports.plugins = [({{ addBase }}) => {{ {poison} addBase({{}}) }}]"), ""),
        (
            "JSON.stringify = () => '{\"asked\":[],\"data\":{\"theme\":{\"extend\":{\"__proto__\":{\"x\":\"y\"}, \
             \"constructor\":{\"keys\":\"1\"}}},\"plugins\":[{\"pageloom:plugin\":\"constructor\"}]}}'"
                .to_owned(),
            "",
        ),
        ("globalThis.pageloomRun = () => 1; globalThis.kept = 1; module.exports = {}".to_owned(), ""),
        (
            "module.exports = { content: [Object.keys(globalThis).join(), String(globalThis.process.env)], \
             theme: { extend: { colors: { seen: typeof require + typeof fetch } } } }"
                .to_owned(),
            "",
        ),
    ] {
        let outcome = build(&mut tailwind, &source);
        assert!(outcome.contains(ends), "{source}: {outcome}");
        assert_eq!(build(&mut tailwind, plain), before, "after {source}");
    }
}

#[test]
fn a_configuration_that_holds_code_gives_the_same_bytes_twice() {
    let Some(script) = &*SCRIPT else { return };
    let source = "const plugin = require('tailwindcss/plugin'); module.exports = { content: ['x'], plugins: [\
        plugin(({ addUtilities }) => addUtilities({ '.mine': { color: 'red' } }))] }";
    let mut tailwind = Tailwind::new(script.clone());
    let mut outcomes = Vec::new();
    for _ in 0..3 {
        let config = tailwind.evaluate("tailwind.config.js", source).unwrap();
        let sheets = [Sheet { path: "a.css".to_owned(), css: USUAL.to_owned() }];
        outcomes.push(said(tailwind.process(Some(&config), &[page("mine p-4")], &sheets)));
        tailwind.warm();
    }
    assert!(outcomes[0].contains("color: red"), "{}", outcomes[0]);
    assert_eq!(outcomes[0], outcomes[1]);
    assert_eq!(outcomes[0], outcomes[2]);
}
