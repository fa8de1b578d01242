use std::sync::Arc;

use pageloom_schema::{CheckResult, Project, SitePath};

use super::*;
use crate::{ExtractLimits, Scaffold, extract};

/// The scaffold with these files over it; an empty text takes a file away.
fn with(files: &[(&str, &str)]) -> Project {
    let mut all = Scaffold::find("vite-react-ts").unwrap().project().files().clone();
    for (path, text) in files {
        all.insert(SitePath::new(path).unwrap(), Arc::from(text.as_bytes()));
    }
    all.retain(|_, bytes| !bytes.is_empty());
    Project::new(all)
}

fn check(id: &str, files: &[(&str, &str)]) -> CheckResult {
    let checks = check_project(&with(files), &KnownPackages::bundled());
    checks.into_iter().find(|check| check.id == id).unwrap()
}

/// The findings of a check as `check path:line`.
fn places(id: &str, files: &[(&str, &str)]) -> Vec<String> {
    let findings = check(id, files).findings;
    let place = |finding: Finding| {
        let path = finding.path.unwrap_or_default();
        format!("{} {path}:{}", finding.check, finding.line.unwrap_or(0))
    };
    findings.into_iter().map(place).collect()
}

const ROUTER: &str = "import { BrowserRouter, Link, Route, Routes } from 'react-router-dom';\n";

#[test]
fn the_scaffold_passes_every_check_without_a_word_but_unused_packages() {
    for check in check_project(&with(&[]), &KnownPackages::bundled()) {
        if check.id == "dependencies_used" {
            let unused: Vec<_> = check.findings.iter().map(|f| f.severity).collect();
            assert_eq!(unused, [Severity::Note; 3], "antd, lucide-react and recharts");
        } else {
            assert!(check.passed && check.findings.is_empty(), "{check:?}");
        }
    }
}

#[test]
fn a_static_page_passes_what_does_not_apply_to_it() {
    let page = "<!doctype html><script src='a.js'></script><p>x</p>";
    let files = [("index.html", page), ("a.js", "document.title = 'x';")];
    let files =
        files.map(|(path, text)| (SitePath::new(path).unwrap(), Arc::from(text.as_bytes())));
    let project = Project::new(files.into_iter().collect());
    for check in check_project(&project, &KnownPackages::bundled()) {
        assert!(check.passed && check.findings.is_empty(), "{check:?}");
    }
}

#[test]
fn an_answer_without_an_artifact_fails_that_check_alone() {
    let known = KnownPackages::bundled();
    let passed = |answer: &str| {
        let extraction = extract(answer, &ExtractLimits::default());
        comply(&extraction, answer, &known).check("artifact_present").unwrap().passed
    };
    let action = "<webAction type='file' filePath='a.ts'>x</webAction>";
    assert!(passed(&format!("<webArtifact id='a' title='b'>{action}</webArtifact>")));
    assert!(!passed(action));
    assert!(!passed("<p>page</p>"));
    assert!(!passed("words"));
}

#[test]
fn the_manifest_is_valid_and_has_its_scripts() {
    assert_eq!(
        places("package_json_valid", &[("package.json", "{\n\"a\": }")]),
        ["package_json_valid package.json:2"]
    );
    assert!(!check("package_json_valid", &[("package.json", "")]).passed);
    let bare = [(
        "package.json",
        "{\"name\": \"a\", \"version\": \"1\", \"scripts\": {\"dev\": \"vite\"}}",
    )];
    assert!(check("package_json_valid", &bare).findings.is_empty());
    let scripts = check("scripts_present", &bare);
    assert_eq!((scripts.passed, scripts.findings.len()), (false, 2));
}

#[test]
fn the_entry_loads_a_module_that_exists_and_finds_its_root() {
    let page = |body: &str| format!("<html><body>\n{body}\n</body></html>");
    let main = "<script type=\"module\" src=\"/src/main.tsx\"></script>";
    let cases = [
        (page(&format!("<div id=\"root\"></div>{main}")), vec![]),
        (page(&format!("<div id=\"app\"></div>{main}")), vec!["mount_missing index.html:2"]),
        (page("<div id=\"root\"></div>"), vec!["entry_without_script index.html:1"]),
        (
            page("<div id=\"root\"></div><script type=module src=src/index.tsx></script>"),
            vec!["entry_unresolved index.html:2"],
        ),
        (
            page("<link rel=stylesheet href=/style.css><script type=module src=/src/App></script>"),
            vec!["entry_unresolved index.html:2"],
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(places("entry_consistent", &[("index.html", &text)]), expected, "{text}");
    }
    assert_eq!(places("entry_consistent", &[("index.html", "")]), ["entry_missing :0"]);
}

#[test]
fn imports_resolve_as_vite_resolves_them() {
    let good = "import a from './b';\nimport c from '@/c';\nimport d from '/src/d/';\n\
                import e from './d';\nimport f from './f.js';\nimport g from './g.json';\n\
                import h from './h.svg?url';\nimport logo from '/logo.svg';\nimport 'antd/dist/reset.css';\n\
                import type { X } from 'react';\nimport i from './h.svg?raw';\nimport j from '..';\n";
    let mut files = vec![
        (
            "vite.config.ts",
            "import path from 'path';\nexport default { resolve: { alias: { '@': path.resolve(__dirname, 'src') } } }",
        ),
        ("src/a.ts", good),
        ("src/b.mjs", "export default 1;"),
        ("src/c.tsx", "export default 1;"),
        ("src/d/index.ts", "export default 1;"),
        ("src/f.ts", "export default 1;"),
        ("src/g.json", "{}"),
        ("src/h.svg", "<svg/>"),
        ("public/logo.svg", "<svg/>"),
        ("index.ts", "export default 1;"),
    ];
    assert_eq!(places("imports_resolve", &files), Vec::<String>::new());
    let bad = "import a from './nope';\nexport * from '@/nope';\nimport b from 'axios';\n\
               const c = import('../../up');\nrequire('fs');\nimport './nope.css';\nimport type { T } from './t';\n";
    files.push(("src/bad.ts", bad));
    let expected = [
        "import_unresolved src/bad.ts:1",
        "import_unresolved src/bad.ts:2",
        "import_undeclared src/bad.ts:3",
        "import_unresolved src/bad.ts:4",
        "import_builtin src/bad.ts:5",
        "import_unresolved src/bad.ts:6",
        "import_unresolved src/bad.ts:7",
    ];
    assert_eq!(places("imports_resolve", &files), expected);
}

#[test]
fn style_sheets_and_pictures_name_files_that_exist() {
    let files = [
        (
            "src/index.css",
            "@import './more.css';\n@import 'tailwindcss/base';\np { background: url(./no.png) }\n@import './no.css';",
        ),
        ("src/more.css", "p { background: url('/public.png'), url(data:x), url(#a) }"),
        ("public/public.png", "x"),
        (
            "src/pages/Home.tsx",
            "export default () => <img src=\"/no.png\" /> || <img src=\"/public.png\" />;",
        ),
    ];
    let expected = [
        "asset_missing src/index.css:3",
        "import_unresolved src/index.css:4",
        "asset_missing src/pages/Home.tsx:1",
    ];
    assert_eq!(places("imports_resolve", &files), expected);
}

#[test]
fn packages_are_known_and_from_the_registry() {
    let manifest = "{\"dependencies\": {\n\"react\": \"^18\",\n\"recat\": \"1\",\n\"reacts\": \"1\",\n\"lodahs\": \"1\",\n\
                    \"a\": \"git+https://x/y\",\n\"b\": \"file:../b\",\n\"c\": \"npm:react@1\",\n\"d\": \"user/repo\",\n\
                    \"../e\": \"1\",\n\"some-own-thing\": \"1\",\n\"@types/leaflet\": \"*\",\n\"zod\": \">=3 <4\"\n}}";
    let expected = [
        "dependency_suspicious package.json:3",
        "dependency_suspicious package.json:4",
        "dependency_suspicious package.json:5",
        "dependency_refused package.json:6",
        "dependency_refused package.json:7",
        "dependency_refused package.json:8",
        "dependency_refused package.json:9",
        "dependency_refused package.json:10",
        "dependency_unknown package.json:11",
    ];
    assert_eq!(places("dependencies_known", &[("package.json", manifest)]), expected);
}

#[test]
fn nothing_is_called_unused_while_a_source_cannot_be_read() {
    assert_eq!(check("dependencies_used", &[]).findings.len(), 3);
    assert!(check("dependencies_used", &[("src/a.ts", "import from")]).findings.is_empty());
}

#[test]
fn links_lead_to_routes() {
    let app = format!(
        "{ROUTER}export default () => <BrowserRouter><Routes>\n<Route path=\"/\" element={{<p/>}} />\n\
         <Route path=\"/shop\" element={{<p/>}}><Route path=\"item/:id\" element={{<p/>}} /></Route>\n\
         </Routes>\n<Link to=\"/shop\">a</Link><Link to={{`/shop/item/${{id}}`}}>b</Link>\n\
         <Link to=\"/abuot\">c</Link><Link to=\"#top\">d</Link><Link to=\"relative\">e</Link>\n\
         </BrowserRouter>;\nnavigate('/shop/item/3?x=1'); navigate('/gone');"
    );
    assert_eq!(
        places("router_consistent", &[("src/App.tsx", &app)]),
        ["link_unrouted src/App.tsx:7", "link_unrouted src/App.tsx:9"]
    );
    assert_eq!(declared_routes(&with(&[("src/App.tsx", &app)])), ["/", "/shop"]);
}

#[test]
fn routes_of_objects_and_of_a_hash_are_declared() {
    let app = "const routes = [{ path: '/', element: <A />, children: [\n\
               { index: true, element: <B /> }, { path: 'team', element: <B /> }, { path: ':id', element: <B /> },\n\
               { path: 'docs', children: [{ path: 'intro', Component: C }] }, { path: '*', element: <B /> }] }];\n\
               export const router = createHashRouter(routes);";
    assert_eq!(declared_routes(&with(&[("src/App.tsx", app)])), ["/", "/#/docs/intro", "/#/team"]);
    assert_eq!(declared_routes(&Project::default()), ["/"]);
    let based = format!(
        "{ROUTER}export default () => <BrowserRouter basename=\"/app\"><Route path=\"/x\" element={{1}} /></BrowserRouter>;"
    );
    assert_eq!(declared_routes(&with(&[("src/App.tsx", &based)])), ["/app", "/app/x"]);
}

#[test]
fn what_comes_from_other_hosts_is_named() {
    let files = [
        (
            "index.html",
            "<link rel=preconnect href=https://fonts.x><link rel=stylesheet href=https://fonts.x/css>\n\
             <script src=//cdn.x/a.js></script><div id=root></div><a href=https://x.y>x</a>\n\
             <script type=module src=/src/main.tsx></script>",
        ),
        (
            "src/index.css",
            "@import url('https://fonts.x/css');\n@font-face { src: url(https://x/f.woff2) }",
        ),
        (
            "src/pages/Home.tsx",
            "import x from 'https://esm.sh/x';\nconst picture = 'https://images.unsplash.com/photo-1';\n\
             const link = 'https://example.com/about';\nfetch(`https://api.x/${x}`);\n\
             export default () => <img src=\"https://x.y/a.png\" style={{ backgroundImage: 'url(https://x/b)' }} />;\n\
             const svg = <svg xmlns=\"http://www.w3.org/2000/svg\"><a href=\"https://x.y\" /></svg>;",
        ),
    ];
    let result = check("external_resources", &files);
    let found: Vec<_> = result
        .findings
        .iter()
        .map(|f| (f.path.as_deref().unwrap(), f.line.unwrap(), f.severity == Severity::Error))
        .collect();
    let expected = [
        ("index.html", 1, true),
        ("index.html", 2, true),
        ("src/index.css", 1, true),
        ("src/index.css", 2, false),
        ("src/pages/Home.tsx", 1, true),
        ("src/pages/Home.tsx", 2, false),
        ("src/pages/Home.tsx", 4, false),
        ("src/pages/Home.tsx", 5, false),
        ("src/pages/Home.tsx", 5, false),
    ];
    assert_eq!(found, expected);
}

#[test]
fn tailwind_looks_where_the_classes_are() {
    let config = |globs: &str| format!("export default {{\n content: [{globs}] }}");
    let place = ["tailwind_uncovered tailwind.config.js:2"];
    let cases = [
        ("'./src/**/*.{ts,tsx}'", 0),
        ("'./index.html', './src/pages/*.tsx'", 0),
        ("'./index.html'", 1),
        ("'./src/**/*.jsx'", 1),
        ("'./src/**/*', '!./src/pages/**'", 1),
    ];
    for (globs, count) in cases {
        let found = places("tailwind_content", &[("tailwind.config.js", &config(globs))]);
        assert_eq!(found, place[..count], "{globs}");
    }
    let without = [("src/index.css", "p { color: red }")];
    assert_eq!(places("tailwind_content", &without), ["tailwind_no_directives :0"]);
}

#[test]
fn pages_are_there_and_export_what_they_are() {
    assert!(!check("pages_present", &[("src/pages/Home.tsx", "")]).passed);
    let files = [
        ("src/pages/Home.tsx", "export const Home = () => null;"),
        ("src/components/Bar.tsx", "export const Bar = () => null;"),
        ("src/components/Foo.tsx", "const Foo = () => null;\nexport { Foo as default };"),
        ("src/components/Bar.test.tsx", "test();"),
    ];
    let expected =
        ["default_exports src/components/Bar.tsx:1", "default_exports src/pages/Home.tsx:1"];
    assert_eq!(places("default_exports", &files), expected);
    assert!(!check("default_exports", &files).passed);
}

#[test]
fn a_source_that_cannot_be_parsed_is_named() {
    let files =
        [("src/pages/Home.tsx", "export default function Home() {\n  return <p>x</div>;\n}")];
    let result = check("source_syntax", &files);
    assert_eq!((result.passed, result.findings[0].line), (false, Some(2)));
}

#[test]
fn the_list_of_known_packages_is_sorted_and_well_formed() {
    let list = include_str!("../../data/known-packages.txt");
    let names: Vec<&str> = list.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(names.len() > 400 && names.is_sorted());
    assert!(names.iter().all(|name| dependencies::is_package_name(name)));
    let known = KnownPackages::bundled();
    assert!(known.contains("react") && !known.contains("recat"));
}
