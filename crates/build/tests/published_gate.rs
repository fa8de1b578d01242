//! The published static gate and format reward, case by case: `fixtures/compliance/cases.toml`.

use std::collections::{BTreeMap, BTreeSet};

use pageloom_build::{Scaffold, comply};
use pageloom_schema::Project;
use serde::Deserialize;

#[derive(Deserialize)]
struct Table {
    bases: BTreeMap<String, String>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(default = "small")]
    base: String,
    #[serde(default)]
    edits: Vec<[String; 2]>,
    r#static: u8,
    format: u8,
    #[serde(default)]
    reasons: Vec<String>,
    why: String,
}

fn small() -> String {
    "small".to_owned()
}

/// The core files of the scaffold as actions: its page is not among them.
fn core_files() -> Option<String> {
    let scaffold = Scaffold::find("vite-react-ts").ok()?;
    let mut actions = String::new();
    for path in scaffold.missing_files(&Project::default()) {
        let text = scaffold.project().text(path)?;
        actions += &format!("<webAction type=\"file\" filePath=\"{path}\">{text}</webAction>\n");
    }
    Some(actions)
}

fn answer(case: &Case, table: &Table, core_files: &str) -> String {
    let mut text = table.bases[&case.base].clone();
    for [old, new] in &case.edits {
        assert!(text.contains(old), "{}: there is no {old:?} to edit", case.name);
        text = match new.strip_suffix('*') {
            Some(new) => text.replace(old, new),
            None => text.replacen(old, new, 1),
        };
    }
    text.replace("{{core files of the scaffold}}", core_files.trim_end())
}

#[test]
fn every_case_is_decided_as_the_published_code_decides_it() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/compliance/cases.toml");
    let table: Table = toml::from_str(&std::fs::read_to_string(path).unwrap())
        .map_err(|e| e.message().to_owned())
        .unwrap();
    let names: BTreeSet<&str> = table.cases.iter().map(|case| case.name.as_str()).collect();
    assert!(names.len() >= 60 && names.len() == table.cases.len(), "names are unique");
    let core_files = core_files().unwrap();
    let mut wrong = Vec::new();
    for case in &table.cases {
        let verdict = comply::compat(&answer(case, &table, &core_files));
        let expected = (f64::from(case.r#static), f64::from(case.format), &case.reasons);
        let found = (verdict.static_compliance, verdict.format, &verdict.reasons);
        if found != expected {
            wrong.push(format!("{} ({}): {found:?}, not {expected:?}", case.name, case.why));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
