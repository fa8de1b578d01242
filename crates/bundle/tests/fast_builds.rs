//! The fast builder with real packages. Where no store is warm, nothing is tried and a line says so.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test may fail, and says so")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use pageloom_bundle::{BuildFailure, Built, FastBuilder, WorkerProgram, Workers};
use pageloom_packages::{InstallLimits, InstalledSet, PackageRequest, Store, StoreConfig};
use pageloom_schema::{BuildErrorClass, Project, SitePath};

const MANIFEST: &str = r#"{"name": "site", "version": "0.0.0", "dependencies": {
    "react": "^18.3.1", "react-dom": "^18.3.1", "lucide-react": "^0.344.0"},
    "devDependencies": {"vite": "^5.4.2", "tailwindcss": "^3.4.1", "@vitejs/plugin-react": "^4.3.1"}}"#;
const PAGE: &str = "<!doctype html><title>x</title><div id=root></div>\
    <script type=module src=/src/main.jsx></script>";
const POSTCSS: &str = "export default { plugins: { tailwindcss: {} } }";

/// What all tests share. Workers belong to the runtime that started them.
struct Bench {
    runtime: tokio::runtime::Runtime,
    store: PathBuf,
    cache: tempfile::TempDir,
    set: Arc<InstalledSet>,
    builder: FastBuilder,
}

static BENCH: LazyLock<Option<Bench>> = LazyLock::new(|| {
    let bench = Bench::new();
    if bench.is_none() {
        println!("skipped: no store is warm");
    }
    bench
});

#[expect(clippy::disallowed_methods, reason = "a test looks for a store that somebody has warmed")]
fn warm_store() -> Option<PathBuf> {
    let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache/pageloom/store"));
    let store = std::env::var_os("PAGELOOM_STORE").map(PathBuf::from).or_else(home)?;
    store.join("sets").is_dir().then_some(store)
}

fn builder(store: &Path, cache: &Path, count: usize) -> FastBuilder {
    let worker = PathBuf::from(env!("CARGO_BIN_EXE_pageloom-build-worker"));
    let program = WorkerProgram { program: worker, args: Vec::new() };
    let workers = Workers::new(program, count, vec![store.to_owned(), cache.to_owned()]);
    FastBuilder::new(workers, cache, Duration::from_secs(20))
}

impl Bench {
    fn new() -> Option<Self> {
        let path = warm_store()?;
        let config = StoreConfig {
            sandbox: pageloom_sandbox::Sandbox::find().ok()?,
            node: Err("not needed".to_owned()),
            offline: true,
            registry: None,
            limits: InstallLimits::default(),
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().ok()?;
        let store = Store::open(&path, config).ok()?;
        let request = PackageRequest::from_manifest(MANIFEST).ok()?.runtime_only();
        let set = runtime.block_on(store.ensure(&request)).ok()?;
        let cache = tempfile::tempdir().ok()?;
        let builder = runtime.block_on(async { builder(store.root(), cache.path(), 1) });
        Some(Self { runtime, store: store.root().to_owned(), cache, set, builder })
    }

    fn build(&self, project: &Project) -> Result<Built, BuildFailure> {
        self.runtime.block_on(self.builder.build(project, &self.set))
    }
}

/// A project of these files, and of a manifest and a page where they have none.
fn project(files: &[(&str, &str)]) -> Project {
    let mut project = Project::default();
    for (path, text) in [("package.json", MANIFEST), ("index.html", PAGE)].iter().chain(files) {
        project.insert(SitePath::new(path).unwrap(), text.as_bytes().into());
    }
    project
}

fn fixture(name: &str) -> Project {
    fn walk(folder: &Path, root: &Path, project: &mut Project) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, root, project);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap();
                project.insert(SitePath::new(name).unwrap(), std::fs::read(&path).unwrap().into());
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/projects").join(name);
    let mut project = Project::default();
    walk(&root, &root, &mut project);
    project
}

/// All text of the built files whose path ends so.
fn text(built: &Built, ending: &str) -> String {
    let files = built.site.files().iter().filter(|(path, _)| path.as_str().ends_with(ending));
    files.map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned()).collect()
}

fn class(outcome: Result<Built, BuildFailure>) -> BuildErrorClass {
    match outcome {
        Err(BuildFailure::Page(problems)) => problems[0].class,
        other => panic!("{other:?}"),
    }
}

/// Processes that we started and that still run.
fn children() -> BTreeSet<i32> {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
    let listed =
        tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    listed
        .flat_map(|list| list.split_whitespace().map(|id| id.parse().unwrap()).collect::<Vec<_>>())
        .collect()
}

/// Tests that look at processes have them for themselves.
static PROCESSES: std::sync::Mutex<()> = std::sync::Mutex::new(());

#[test]
fn the_same_project_gives_the_same_bytes_from_two_workers() {
    let Some(bench) = &*BENCH else { return };
    let _alone = PROCESSES.lock();
    let names = ["scaffold-one-page", "shadcn-style", "tailwind-theme-extend", "lazy-routes"];
    let another = bench.runtime.block_on(async { builder(&bench.store, bench.cache.path(), 1) });
    let first: Vec<Built> = names.map(|name| bench.build(&fixture(name)).unwrap()).into();
    for (name, first) in names.iter().zip(first).rev() {
        let second = bench.runtime.block_on(another.build(&fixture(name), &bench.set)).unwrap();
        assert_eq!(first.site, second.site, "{name}");
    }
}

#[test]
fn names_of_common_js_packages_are_known() {
    let Some(bench) = &*BENCH else { return };
    let _alone = PROCESSES.lock();
    let good = "import React, { useState, Fragment } from 'react'; import * as dom from 'react-dom/client';\n\
                import { createPortal } from 'react-dom'; console.log(React.version, useState, Fragment, dom, createPortal);";
    let built = bench.build(&project(&[("src/main.jsx", good)])).unwrap();
    assert!(text(&built, "index.js").contains("useState"));
    let bad = "import { useNothing } from 'react'; console.log(useNothing);";
    assert_eq!(
        class(bench.build(&project(&[("src/main.jsx", bad)]))),
        BuildErrorClass::MissingExport
    );
    let undeclared = "import axios from 'axios'; console.log(axios);";
    let outcome = bench.build(&project(&[("src/main.jsx", undeclared)]));
    assert_eq!(class(outcome), BuildErrorClass::UnresolvedImport);
}

#[test]
fn style_sheets_take_their_imports_in_and_addresses_follow_the_base() {
    let Some(bench) = &*BENCH else { return };
    let _alone = PROCESSES.lock();
    let files = [
        ("vite.config.js", "export default { base: '/app/' }"),
        (
            "src/main.jsx",
            "import './a.css'; import logo from './x.svg'; document.body.title = logo;",
        ),
        (
            "src/a.css",
            "@import url('https://example.org/f.css');\n@import './part/b.css' screen;\n\
            @import \"./c.css\" layer(low);\n.a { background: url(./x.svg) }",
        ),
        (
            "src/part/b.css",
            "@import '../c.css'; .b { background: url('../x.svg#y'); mask: url(/p.svg) }",
        ),
        ("src/c.css", ".c { color: red }"),
        ("src/x.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("public/p.svg", "<svg/>"),
    ];
    let built = bench.build(&project(&files)).unwrap();
    let css = text(&built, "index.css");
    let at = |part: &str| css.find(part).unwrap_or_else(|| panic!("{part} is not in {css}"));
    assert!(at("https://example.org/f.css") < at("@media screen"));
    assert!(
        at("@media screen") < at(".b {")
            && at(".b {") < at("@layer low")
            && at("@layer low") < at(".a {")
    );
    assert_eq!(css.matches(".c { color: red }").count(), 2);
    assert!(
        css.contains("url(\"/app/assets/x-")
            && css.contains("svg#y\")")
            && css.contains("url(\"/app/p.svg\")")
    );
    assert_eq!(built.site.entry().as_str(), "app/index.html");
    let page = text(&built, "app/index.html");
    assert!(
        page.contains("\"/app/assets/index.js\"") && page.contains("\"/app/assets/index.css\""),
        "{page}"
    );
    assert!(built.site.files().keys().any(|path| path.as_str() == "app/p.svg"));
    assert!(text(&built, "index.js").contains("/app/assets/x-"));
    let missing =
        project(&[("src/main.jsx", "import './a.css'"), ("src/a.css", "@import './gone.css';")]);
    assert_eq!(class(bench.build(&missing)), BuildErrorClass::UnresolvedImport);
}

#[test]
fn a_worker_that_is_killed_is_replaced() {
    let Some(bench) = &*BENCH else { return };
    let _alone = PROCESSES.lock();
    let plain = fixture("scaffold-one-page");
    let before = bench.build(&plain).unwrap();
    let slow = project(&[
        ("src/main.jsx", "import './a.css'"),
        ("src/a.css", "@tailwind utilities;"),
        ("postcss.config.js", POSTCSS),
        ("tailwind.config.js", "while (true) {}\nexport default { content: [] }"),
    ]);
    let workers = children();
    assert_eq!(workers.len(), 1, "{workers:?}");
    let outcome = bench.runtime.block_on(async {
        let build = bench.builder.build(&slow, &bench.set);
        let kill = async {
            // The build is on its way and takes seconds.
            tokio::task::yield_now().await;
            for id in workers {
                let id = rustix::process::Pid::from_raw(id).unwrap();
                rustix::process::kill_process(id, rustix::process::Signal::KILL).unwrap();
            }
        };
        tokio::join!(build, kill).0
    });
    assert_eq!(class(outcome), BuildErrorClass::Timeout);
    assert_eq!(bench.build(&plain).unwrap().site, before.site);
}

#[test]
fn deep_sources_end_no_worker() {
    let Some(bench) = &*BENCH else { return };
    let _alone = PROCESSES.lock();
    let plain = fixture("scaffold-one-page");
    let before = bench.build(&plain).unwrap();
    let workers = children();
    let nest = |open: &str, middle: &str, close: &str, depth: usize| {
        format!("export const a = {}{middle}{};", open.repeat(depth), close.repeat(depth))
    };
    let main = |code: String| vec![("src/main.jsx", code)];
    let ts =
        |code: String| vec![("src/main.jsx", "import './a.ts'".to_owned()), ("src/a.ts", code)];
    let style = |css: String, more: &[(&'static str, &str)]| {
        let mut files = vec![("src/main.jsx", "import './a.css'".to_owned()), ("src/a.css", css)];
        files.extend(more.iter().map(|(path, text)| (*path, (*text).to_owned())));
        files
    };
    let tailwind = [("postcss.config.js", POSTCSS), ("tailwind.config.js", "module.exports = {}")];
    let json = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    for depth in [490, 2_900, 100_000] {
        for files in [
            main(nest("[", "", "]", depth)),
            main(nest("(", "1", ")", depth)),
            main(nest("<b>", "", "</b>", depth)),
            main(nest("{a:", "1", "}", depth)),
            main(nest("!", "1", "", depth)),
            main(nest("1+", "1", "", depth)),
            main(nest("a=>", "1", "", depth)),
            main(nest("a?1:", "1", "", depth)),
            main(nest("", "a", ".b()", depth)),
            main(nest("", "a", "`${b}`", depth)),
            main(nest("await ", "1", "", depth)),
            main(format!("{};", "if (a) b(); else ".repeat(depth) + "c()")),
            main(format!("{}{}", "{".repeat(depth), "}".repeat(depth))),
            main(format!("{}{}", "function f() {".repeat(depth), "}".repeat(depth))),
            ts(format!("export type A = {}1;", "B extends 1 ? 1 : ".repeat(depth))),
            ts(format!("export type A = {}1{};", "B<".repeat(depth), ">".repeat(depth))),
            ts(format!("export let a: {}1{};", "[".repeat(depth), "]".repeat(depth))),
            style(format!("{}{}", "a { ".repeat(depth), "}".repeat(depth)), &tailwind),
            style(format!("{}{}", "@media x { ".repeat(depth), "}".repeat(depth)), &[]),
        ] {
            let files: Vec<(&str, &str)> =
                files.iter().map(|(path, text)| (*path, text.as_str())).collect();
            let shown: String =
                files.iter().map(|(_, text)| text.chars().take(40).collect::<String>()).collect();
            let outcome = bench.build(&project(&files));
            assert!(
                !matches!(outcome, Err(BuildFailure::System(_))),
                "{depth} {shown}: {outcome:?}"
            );
            assert_eq!(children(), workers, "{depth} {shown}: {outcome:?}");
        }
    }
    let data = project(&[("src/main.jsx", "import './a.json'"), ("src/a.json", &json)]);
    class(bench.build(&data));
    let config =
        [("src/main.jsx", "import './a.css'"), ("src/a.css", ""), ("tailwind.config.js", &json)];
    drop(bench.build(&project(&[&config[..], &[("postcss.config.js", POSTCSS)]].concat())));
    let inline = format!("<!doctype html><script type=module>{}</script>", "[".repeat(100_000));
    class(bench.build(&project(&[("index.html", &inline)])));
    assert_eq!(children(), workers);
    assert_eq!(bench.build(&plain).unwrap().site, before.site);
}

#[test]
fn a_typescript_configuration_that_is_not_there_fails_the_build() {
    let Some(bench) = &*BENCH else { return };
    let _alone = PROCESSES.lock();
    let extending = ("tsconfig.json", "{ \"extends\": \"./gone.json\" }");
    let typed = [extending, ("src/main.jsx", "import './a.ts'"), ("src/a.ts", "export {}")];
    assert_eq!(class(bench.build(&project(&typed))), BuildErrorClass::BadConfig);
    bench.build(&project(&[extending, ("src/main.jsx", "")])).unwrap();
    let config =
        [("vite.config.js", "export default {}"), ("tsconfig.json", "{"), ("src/main.jsx", "")];
    assert_eq!(class(bench.build(&project(&config))), BuildErrorClass::BadConfig);
}
