//! Every dependency's licence against `licenses.allow` of deny.toml. The list lives there, so that
//! this check, which needs nothing installed, and cargo-deny cannot disagree. It trusts what a
//! manifest says; cargo-deny also reads the licence texts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, bail};
use serde::Deserialize;
use spdx::{Expression, Licensee, ParseMode};

use crate::metadata::{self, Package, Scope};

#[derive(Deserialize)]
struct DenyFile {
    licenses: Licences,
}

#[derive(Deserialize)]
struct Licences {
    allow: Vec<String>,
}

/// Checks this repository; what it returns is for people.
///
/// # Errors
/// When deny.toml cannot be read or a package's licence is not on its list.
pub(crate) fn check_workspace() -> anyhow::Result<String> {
    let metadata = metadata::read(Scope::All)?;
    let allowed = read_allowed(&metadata.workspace_root.join("deny.toml"))?;
    let refused: Vec<String> = metadata
        .packages
        .iter()
        .filter_map(|package| refusal(package, &allowed))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    if !refused.is_empty() {
        bail!(
            "{}\nhint: take another package; `licenses.allow` is in deny.toml",
            refused.join("\n")
        );
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for package in &metadata.packages {
        *counts.entry(package.license.as_deref().unwrap_or("")).or_default() += 1;
    }
    let lines: Vec<String> =
        counts.iter().map(|(licence, count)| format!("{count:4} {licence}")).collect();
    Ok(format!(
        "{}\n{} packages, every licence permitted",
        lines.join("\n"),
        metadata.packages.len()
    ))
}

fn read_allowed(file: &Path) -> anyhow::Result<Vec<Licensee>> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read `{}`", file.display()))?;
    let deny: DenyFile =
        toml::from_str(&text).with_context(|| format!("cannot read `{}`", file.display()))?;
    deny.licenses
        .allow
        .iter()
        .map(|name| Licensee::parse(name).with_context(|| format!("`{name}` is no licence")))
        .collect()
}

/// Why a package is refused, or nothing.
fn refusal(package: &Package, allowed: &[Licensee]) -> Option<String> {
    let named = format!("`{} {}`", package.name, package.version);
    let Some(licence) = &package.license else {
        return Some(format!("{named} names no licence"));
    };
    // Lax: older manifests write `MIT/Apache-2.0`.
    match Expression::parse_mode(licence, ParseMode::LAX) {
        Err(_) => Some(format!("{named} has the unreadable licence `{licence}`")),
        Ok(expression) => {
            let permitted = expression
                .evaluate(|requirement| allowed.iter().any(|one| one.satisfies(requirement)));
            (!permitted).then(|| format!("{named} is `{licence}`, which is not permitted"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(licence: Option<&str>) -> Package {
        Package {
            name: "thing".to_owned(),
            version: "1.0.0".to_owned(),
            license: licence.map(str::to_owned),
            dependencies: Vec::new(),
        }
    }

    fn refuses(licence: &str) -> bool {
        let allowed = [Licensee::parse("MIT").unwrap(), Licensee::parse("Apache-2.0").unwrap()];
        refusal(&package(Some(licence)), &allowed).is_some()
    }

    #[test]
    fn one_permitted_choice_is_enough() {
        assert!(!refuses("GPL-3.0-only OR MIT"));
        assert!(!refuses("MIT/Apache-2.0"));
    }

    #[test]
    fn all_parts_of_a_conjunction_must_be_permitted() {
        assert!(refuses("MIT AND GPL-3.0-only"));
        assert!(!refuses("MIT AND Apache-2.0"));
    }

    #[test]
    fn copyleft_unnamed_and_unreadable_are_refused() {
        assert!(refuses("AGPL-3.0-or-later"));
        assert!(refuses("something of ours"));
        assert!(refusal(&package(None), &[]).unwrap().contains("names no licence"));
    }

    #[test]
    fn the_list_of_this_repository_is_readable_and_permissive() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deny.toml");
        let allowed = read_allowed(&root).unwrap();
        assert!(refusal(&package(Some("MIT")), &allowed).is_none());
        assert!(refusal(&package(Some("MPL-2.0")), &allowed).is_some());
    }
}
