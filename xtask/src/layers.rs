//! The layer table of ARCHITECTURE.md, enforced. [`TABLE`] is the one place in code that states it.
//!
//! Only what a manifest asks for directly counts: a package that asks for a permitted one may get
//! more through it. Dev-dependencies are free, because a test may wire what the product must not;
//! they are printed, so that a reviewer sees them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anyhow::bail;

use crate::metadata::{self, Kind, Metadata, Package, Scope};

/// Each package of ours and those of ours that it may depend on.
const TABLE: &[(&str, &[&str])] = &[
    ("pageloom-schema", &[]),
    ("pageloom-build", &["pageloom-schema"]),
    ("pageloom-sandbox", &["pageloom-schema"]),
    ("pageloom-packages", &["pageloom-schema", "pageloom-sandbox"]),
    (
        "pageloom-bundle",
        &["pageloom-schema", "pageloom-build", "pageloom-packages", "pageloom-sandbox"],
    ),
    ("pageloom-browser", &["pageloom-schema"]),
    ("pageloom-agent", &["pageloom-schema"]),
    ("pageloom-vision", &["pageloom-schema"]),
    ("pageloom-model", &["pageloom-schema"]),
    ("pageloom-score", &["pageloom-schema"]),
    (
        "pageloom-run",
        &[
            "pageloom-schema",
            "pageloom-build",
            "pageloom-bundle",
            "pageloom-packages",
            "pageloom-sandbox",
            "pageloom-browser",
            "pageloom-agent",
            "pageloom-vision",
            "pageloom-model",
            "pageloom-score",
        ],
    ),
    ("pageloom-report", &["pageloom-schema"]),
    ("pageloom", &["pageloom-schema", "pageloom-run", "pageloom-report"]),
];

/// Packages of this repository that are no part of the product.
const OUTSIDE: &[&str] = &["xtask"];

/// Dependencies from elsewhere that only the listed packages may have.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("clap", &["pageloom"]),
    ("clap_complete", &["pageloom"]),
    // The bundler's plugins return its errors.
    ("anyhow", &["pageloom", "pageloom-bundle"]),
    (
        "tokio",
        &[
            "pageloom-build",
            "pageloom-sandbox",
            "pageloom-packages",
            "pageloom-bundle",
            "pageloom-browser",
            "pageloom-vision",
            "pageloom-model",
            "pageloom-run",
            "pageloom",
        ],
    ),
    // Models are asked in one place, and the stand-in that plays one is beside it.
    ("genai", &["pageloom-model"]),
    ("reqwest", &["pageloom-model"]),
    ("hyper", &["pageloom-model"]),
];

/// Checks this repository; what it returns is for people.
///
/// # Errors
/// When a rule is broken; the message lists every breach.
pub(crate) fn check_workspace() -> anyhow::Result<String> {
    let metadata = metadata::read(Scope::Workspace)?;
    let breaches = breaches(&metadata);
    if !breaches.is_empty() {
        bail!(
            "{}\nhint: the layer table is in ARCHITECTURE.md; a new package gets its row there and \
             in xtask/src/layers.rs",
            breaches.join("\n")
        );
    }
    Ok(describe(&metadata))
}

/// Every broken rule, one line each, sorted.
fn breaches(metadata: &Metadata) -> Vec<String> {
    let ours: BTreeSet<&str> = metadata.packages.iter().map(|p| p.name.as_str()).collect();
    let table: BTreeMap<&str, &[&str]> = TABLE.iter().copied().collect();
    let mut found = BTreeSet::new();
    for package in product(metadata) {
        let Some(allowed) = table.get(package.name.as_str()) else {
            found.insert(format!("`{}` has no row in the layer table", package.name));
            continue;
        };
        for name in needs(package) {
            if ours.contains(name) && !allowed.contains(&name) {
                found.insert(format!(
                    "`{}` must not depend on `{name}`; of ours it may use: {}",
                    package.name,
                    listed(allowed)
                ));
            }
            let owners = ONLY_IN.iter().find(|(only, _)| *only == name).map(|(_, owners)| owners);
            if let Some(owners) = owners.filter(|owners| !owners.contains(&package.name.as_str())) {
                found.insert(format!(
                    "`{}` must not depend on `{name}`, which is only for: {}",
                    package.name,
                    listed(owners)
                ));
            }
        }
    }
    found.into_iter().collect()
}

/// The layers as they are, one line a package.
fn describe(metadata: &Metadata) -> String {
    let ours: BTreeSet<&str> = metadata.packages.iter().map(|p| p.name.as_str()).collect();
    let mut text = String::new();
    let mut count = 0;
    for package in product(metadata) {
        count += 1;
        let used: Vec<&str> = needs(package).filter(|name| ours.contains(name)).collect();
        // Writing to a String cannot fail.
        let _ = write!(text, "{} -> {}", package.name, listed(&used));
        let tests: Vec<&str> = package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind == Some(Kind::Dev))
            .map(|dependency| dependency.name.as_str())
            .filter(|name| ours.contains(name))
            .collect();
        if !tests.is_empty() {
            let _ = write!(text, " (in tests: {})", listed(&tests));
        }
        text.push('\n');
    }
    text + &format!("{count} packages, every layer rule holds")
}

fn product(metadata: &Metadata) -> impl Iterator<Item = &Package> {
    metadata.packages.iter().filter(|package| !OUTSIDE.contains(&package.name.as_str()))
}

fn needs(package: &Package) -> impl Iterator<Item = &str> {
    package
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind != Some(Kind::Dev))
        .map(|dependency| dependency.name.as_str())
}

fn listed(names: &[&str]) -> String {
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A package and its dependencies, each with its kind.
    type Node<'a> = (&'a str, &'a [(&'a str, Option<&'a str>)]);

    fn graph(packages: &[Node<'_>]) -> Metadata {
        let packages: Vec<_> = packages
            .iter()
            .map(|(name, dependencies)| {
                let dependencies: Vec<_> = dependencies
                    .iter()
                    .map(|(name, kind)| serde_json::json!({ "name": name, "kind": kind }))
                    .collect();
                serde_json::json!({
                    "name": name, "version": "0.1.0", "license": "MIT",
                    "dependencies": dependencies,
                })
            })
            .collect();
        serde_json::from_value(serde_json::json!({
            "packages": packages, "workspace_root": ".",
        }))
        .unwrap()
    }

    #[test]
    fn this_repository_keeps_its_layers() {
        check_workspace().unwrap();
    }

    #[test]
    fn every_package_of_the_table_exists() {
        let metadata = metadata::read(Scope::Workspace).unwrap();
        for (name, _) in TABLE {
            assert!(metadata.packages.iter().any(|package| package.name == *name), "{name}");
        }
    }

    #[test]
    fn an_edge_upwards_is_a_breach() {
        let graph = graph(&[
            ("pageloom-schema", &[]),
            ("pageloom-run", &[("pageloom-schema", None), ("pageloom-report", None)]),
            ("pageloom-report", &[("pageloom-schema", None)]),
        ]);
        assert_eq!(
            breaches(&graph),
            ["`pageloom-run` must not depend on `pageloom-report`; of ours it may use: \
              pageloom-schema, pageloom-build, pageloom-bundle, pageloom-packages, \
              pageloom-sandbox, pageloom-browser, pageloom-agent, pageloom-vision, pageloom-model, \
              pageloom-score"]
        );
    }

    #[test]
    fn stages_must_not_know_each_other_even_in_a_build_script() {
        let graph = graph(&[
            ("pageloom-score", &[("pageloom-browser", Some("build"))]),
            ("pageloom-browser", &[]),
        ]);
        assert_eq!(breaches(&graph).len(), 1);
    }

    #[test]
    fn a_package_without_a_row_is_a_breach() {
        assert_eq!(
            breaches(&graph(&[("pageloom-extra", &[])])),
            ["`pageloom-extra` has no row in the layer table"]
        );
    }

    #[test]
    fn tests_may_wire_anything_and_are_named() {
        let graph = graph(&[
            ("pageloom-browser", &[("pageloom-build", Some("dev"))]),
            ("pageloom-build", &[]),
        ]);
        assert_eq!(breaches(&graph), [""; 0]);
        assert!(
            describe(&graph).contains("pageloom-browser -> nothing (in tests: pageloom-build)")
        );
    }

    #[test]
    fn xtask_may_depend_on_all() {
        let graph = graph(&[("xtask", &[("pageloom-run", None)]), ("pageloom-run", &[])]);
        assert_eq!(breaches(&graph), [""; 0]);
    }

    #[test]
    fn clap_and_tokio_stay_where_they_belong() {
        let graph = graph(&[
            ("pageloom", &[("clap", None), ("tokio", None)]),
            ("pageloom-score", &[("tokio", None)]),
            ("pageloom-report", &[("clap", None)]),
        ]);
        let found = breaches(&graph);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("`pageloom-report` must not depend on `clap`"));
        assert!(found[1].starts_with("`pageloom-score` must not depend on `tokio`"));
    }
}
