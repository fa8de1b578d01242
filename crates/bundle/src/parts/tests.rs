//! What stays of a file for what is asked of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Chosen, FileParts, Wanted, choose, take_apart};

const ICONS: &str = r#"import { t as react } from "./react.js";
//#region icons/create.js
const create = (name) => react(name);
//#endregion
//#region icons/anchor.js
const Anchor = create("anchor");
Anchor.title = "Anchor";
//#endregion
//#region icons/bell.js
const Bell = create("bell");
const words = ["the", "words", "of", "a", "bell", "that", "take", "some", "room"];
//#endregion
//#region icons/register.js
globalThis.icons = [words];
//#endregion
export { Anchor, Bell, Bell as Ring };
"#;

const REACT: &str = "//#region react.js\nfunction make(name) { return name; }\n//#endregion\nexport { make as t };\n";

fn all(files: &[(&str, &str)], free: &[&str]) -> BTreeMap<String, Arc<FileParts>> {
    let free: BTreeSet<String> = free.iter().map(|&name| name.to_owned()).collect();
    let parts = |code: &str| Arc::new(take_apart(code, &free, &[]).unwrap());
    files.iter().map(|(name, code)| ((*name).to_owned(), parts(code))).collect()
}

fn chosen(
    files: &BTreeMap<String, Arc<FileParts>>,
    wanted: &[(&str, Wanted)],
) -> BTreeMap<String, Chosen> {
    let parts_of = |file: &str| files.get(file).cloned();
    let chunks = BTreeMap::from([("other.js".to_owned(), vec!["react.js".to_owned()])]);
    choose(
        &parts_of,
        &chunks,
        wanted.iter().map(|(file, wanted)| ((*file).to_owned(), wanted.clone())),
    )
}

fn code<'c>(chosen: &'c BTreeMap<String, Chosen>, file: &str) -> &'c str {
    match chosen.get(file) {
        Some(Chosen::Parts(code)) => code,
        other => panic!("{file} is {other:?}"),
    }
}

fn name(name: &str) -> Wanted {
    Wanted::Name(name.to_owned())
}

#[test]
fn one_name_brings_its_module_and_what_that_uses_and_nothing_else() {
    let free = ["icons/create.js", "icons/anchor.js", "icons/bell.js", "icons/register.js"];
    let files = all(&[("icons.js", ICONS), ("react.js", REACT)], &free);
    let chosen = chosen(&files, &[("icons.js", name("Anchor"))]);
    assert_eq!(
        code(&chosen, "icons.js"),
        "import { t as react } from \"./react.js\";\n\
         const create = (name) => react(name);\n\
         const Anchor = create(\"anchor\");\n\
         Anchor.title = \"Anchor\";\n\
         export { Anchor as Anchor };\n"
    );
    assert_eq!(chosen.get("react.js"), Some(&Chosen::Whole));
}

#[test]
fn a_module_with_an_effect_stays_with_all_that_it_uses() {
    let free = ["icons/create.js", "icons/anchor.js", "icons/bell.js"];
    let files = all(&[("icons.js", ICONS), ("react.js", REACT)], &free);
    let chosen = chosen(&files, &[("icons.js", Wanted::Load)]);
    let code = code(&chosen, "icons.js");
    assert!(code.contains("const words = ") && code.contains("const Bell = "), "{code}");
    assert!(code.ends_with("globalThis.icons = [words];\n") && !code.contains("Anchor"), "{code}");
}

#[test]
fn a_second_name_for_the_same_is_a_name_like_any_other() {
    let long = format!("{ICONS}\n").replace("//#region icons/register.js", &format!(
        "//#region icons/large.js\nconst large = create(\"{}\");\n//#endregion\n//#region icons/register.js",
        "x".repeat(2_000)
    ));
    let free = [
        "icons/create.js",
        "icons/anchor.js",
        "icons/bell.js",
        "icons/large.js",
        "icons/register.js",
    ];
    let files = all(&[("icons.js", &long), ("react.js", REACT)], &free);
    let chosen = chosen(&files, &[("icons.js", name("Ring"))]);
    let code = code(&chosen, "icons.js");
    assert!(code.ends_with("export { Bell as Ring };\n"), "{code}");
    assert!(!code.contains("Anchor") && !code.contains("xxx"), "{code}");
}

#[test]
fn a_file_of_which_nothing_is_needed_is_not_loaded() {
    let free = ["icons/create.js", "icons/anchor.js", "icons/bell.js", "icons/register.js"];
    let files = all(&[("icons.js", ICONS), ("react.js", REACT)], &free);
    assert_eq!(chosen(&files, &[("icons.js", Wanted::Load)]), BTreeMap::new());
}

#[test]
fn all_names_and_files_that_cannot_be_taken_apart_come_as_wholes() {
    let files = all(&[("icons.js", ICONS), ("react.js", REACT)], &[]);
    let everything = chosen(&files, &[("icons.js", Wanted::All)]);
    assert_eq!(everything.get("icons.js"), Some(&Chosen::Whole));
    let unknown = chosen(&files, &[("other.js", Wanted::Load)]);
    assert_eq!(unknown.get("other.js"), Some(&Chosen::Whole));
    assert_eq!(unknown.get("react.js"), Some(&Chosen::Whole));
    let none = BTreeSet::new();
    assert!(take_apart("export default 1;", &none, &[]).is_none());
    assert!(take_apart("export * from './a.js';", &none, &[]).is_none());
    assert!(take_apart("import a from 'outside';", &none, &[]).is_none());
    assert!(take_apart("no code", &none, &[]).is_none());
}

#[test]
fn wrapped_modules_are_left_out_until_somebody_asks_for_them() {
    let code = "import { t as __commonJSMin } from \"./runtime.js\";\n\
        //#region a.js\nvar require_a = __commonJSMin((exports) => { exports.a = 1; });\n//#endregion\n\
        //#region b.js\nvar require_b = __commonJSMin((exports) => { exports.b = require_c() + 'long long long long'; });\n//#endregion\n\
        //#region c.js\nvar require_c = __commonJSMin((exports) => { exports.c = 1; });\n//#endregion\n\
        export { require_a as a, require_b as b };\n";
    let runtime = "function wrap(f) { return f; }\nexport { wrap as t };\n";
    let files = all(&[("x.js", code), ("runtime.js", runtime)], &[]);
    let chosen = chosen(&files, &[("x.js", name("a"))]);
    let code = self::code(&chosen, "x.js");
    assert!(code.contains("require_a") && !code.contains("require_b"), "{code}");
    assert!(!code.contains("require_c"), "{code}");
}
