use std::sync::Arc;

use pageloom_schema::SitePath;

use super::*;

fn project(files: &[(&str, &str)]) -> Project {
    let mut project = Project::default();
    for (path, text) in files {
        project.insert(SitePath::new(path).unwrap(), Arc::from(text.as_bytes()));
    }
    project
}

fn facts(path: &str, text: &str) -> SourceFacts {
    let mut sources = Sources::read(&project(&[(path, text)]));
    assert!(sources.findings.is_empty(), "{:?}", sources.findings);
    sources.facts.remove(path).unwrap()
}

#[test]
fn every_way_to_name_a_module_is_found() {
    let facts = facts(
        "a.ts",
        "import a from 'a';\nimport type B from 'b';\nexport * from './c';\nexport { default } from './d';\n\
         const e = () => import('./e');\nconst f = require('f');\nimport './g.css';\nimport(`./h/${e}.ts`);",
    );
    let imports: Vec<_> =
        facts.imports.iter().map(|i| (i.specifier.as_str(), i.kind, i.line)).collect();
    let expected = [
        ("a", ImportKind::Static, 1),
        ("b", ImportKind::Type, 2),
        ("./c", ImportKind::Static, 3),
        ("./d", ImportKind::Static, 4),
        ("./e", ImportKind::Dynamic, 5),
        ("f", ImportKind::Require, 6),
        ("./g.css", ImportKind::Static, 7),
    ];
    assert_eq!(imports, expected);
    assert_eq!(facts.features, [(FeatureKind::VariableImport, 8)]);
    assert!(facts.has_default_export);
}

#[test]
fn routes_links_and_mounts_are_found() {
    let facts = facts(
        "a.tsx",
        "const routes = [{ path: '/x', element: <A />, children: [{ path: 'y', Component: B }] }];\n\
         const other = { path: '/etc', size: 3 };\n\
         export const App = () => <Routes className=\"a\"><Route path=\"/\" element={<A />}>\
         <Route index element={<B />} /><Route path={`z`} element={<B />} /></Route></Routes>;\n\
         const b = <Link to={`/x/${id}`}>x</Link>;\n\
         navigate('/q'); fetch('https://x.y/z'); document.getElementById('root');\n\
         const c = <img src=\"https://x.y/i.png\" alt=\"\" />;",
    );
    let routes: Vec<_> = facts.routes.iter().map(|r| (r.path.as_deref(), r.parent)).collect();
    let expected = [
        (Some("/x"), None),
        (Some("y"), Some(0)),
        (Some("/"), None),
        (None, Some(2)),
        (Some("z"), Some(2)),
    ];
    assert_eq!(routes, expected);
    let links: Vec<_> = facts.links.iter().map(|l| (l.to.as_str(), l.line)).collect();
    assert_eq!(links, [("/x/\u{1}", 4), ("/q", 5)]);
    assert_eq!(facts.mounts[0].to, "root");
    assert_eq!(facts.requests[0].to, "https://x.y/z");
    assert!(facts.has_class_names && !facts.has_default_export);
    assert_eq!(facts.elements.iter().filter(|e| e.name == "img").count(), 1);
}

#[test]
fn a_source_that_does_not_parse_is_a_finding_with_its_line() {
    let sources =
        Sources::read(&project(&[("a.tsx", "const a = 1;\nconst = 2;\n"), ("b.js", "x = <p/>;")]));
    let found: Vec<_> =
        sources.findings.iter().map(|f| (f.check.as_str(), f.path.as_deref(), f.line)).collect();
    assert_eq!(
        found,
        [("source_syntax", Some("a.tsx"), Some(2)), ("source_syntax", Some("b.js"), Some(1))]
    );
}

#[test]
fn hostile_sources_do_not_overflow_the_stack() {
    // What the count of brackets does not see is held by the size of the stack.
    for unit in
        ["!", "a=", "(a)/)/,", "x=>", "a?b:", "if(a);else ", "-", "new ", "a.", "1+", "typeof "]
    {
        let text = unit.repeat(30_000 / unit.len()) + "1";
        let sources = Sources::read(&project(&[("a.ts", &text)]));
        assert!(sources.facts.len() + sources.findings.len() == 1, "{unit}");
    }
    let deep = "[".repeat(100_000);
    let sources = Sources::read(&project(&[("a.ts", deep.as_str())]));
    assert_eq!(sources.findings[0].check, "source_nesting");
}

#[test]
fn constants_of_constants_do_not_take_all_memory() {
    let mut text = String::from("const a0 = [1, 1, 1, 1, 1, 1, 1, 1];\n");
    for n in 1..30 {
        let before = format!("a{}, ", n - 1).repeat(8);
        text += &format!("const a{n} = [{before}];\n");
    }
    let module = read_module("vite.config.ts", &(text + "export default { a: a29 };")).unwrap();
    assert!(module.exported.is_some());
}

#[test]
fn a_configuration_is_read_as_data() {
    let module = read_module(
        "vite.config.ts",
        "import { defineConfig } from 'vite';\nimport path from 'path';\nconst base = '/x/';\n\
         const inner = { base, n: -1 };\n\
         export default defineConfig(({ mode }) => {\n  return { ...inner, on: !0, f: mode === 'a' };\n});",
    )
    .unwrap();
    assert_eq!(module.imports["path"], "path");
    let Data::Call { name, arguments } = module.exported.unwrap().data else { panic!() };
    let Data::Function(value) = &arguments[0].data else { panic!("{arguments:?}") };
    assert_eq!(name, "defineConfig");
    assert_eq!(value.entry("base").unwrap().text(), Some("/x/"));
    assert_eq!(value.entry("n").unwrap().data, Data::Number(-1.0));
    assert_eq!(value.entry("on").unwrap().data, Data::Flag(true));
    let computed = value.entry("f").unwrap();
    assert_eq!((computed.line, &computed.data), (6, &Data::Code("mode === 'a'".to_owned())));
}
