//! npm's lock file: what is going to be installed, checked before it is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;

use crate::error::PackagesError;

/// The most packages one set may install, those of dependencies counted.
const MOST_INSTALLED: usize = 1500;

/// A lock file whose every package comes from the registry under a digest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lock {
    /// Packages right below `node_modules`, name to version.
    pub(crate) top_level: BTreeMap<String, String>,
    /// All packages, path to version and digest.
    pub(crate) packages: BTreeMap<String, (String, String)>,
    /// Paths of those that an installation may leave out, such as programs for other machines.
    pub(crate) optional: BTreeSet<String>,
    /// How many packages there are.
    pub(crate) installed: usize,
}

#[derive(Deserialize)]
struct File {
    #[serde(rename = "lockfileVersion")]
    version: u32,
    packages: BTreeMap<String, Entry>,
}

#[derive(Deserialize)]
struct Entry {
    version: Option<String>,
    integrity: Option<String>,
    resolved: Option<String>,
    #[serde(default)]
    optional: bool,
    #[serde(default)]
    link: bool,
    #[serde(default, rename = "inBundle")]
    in_bundle: bool,
}

impl Lock {
    /// Reads a lock file that npm wrote with `--omit-lockfile-registry-resolved`: there, only what
    /// does not come from the registry has an address.
    ///
    /// # Errors
    /// [`PackagesError::Refused`] when a package comes from elsewhere or has no digest,
    /// [`PackagesError::TooLarge`] when there are too many.
    pub(crate) fn read(text: &str) -> Result<Self, PackagesError> {
        let file: File = serde_json::from_str(text).map_err(|error| PackagesError::Manifest {
            reason: format!("its lock file: {error}"),
        })?;
        if !(2..=3).contains(&file.version) {
            let reason = format!("its lock file is of version {}", file.version);
            return Err(PackagesError::Manifest { reason });
        }
        let mut lock = Self::default();
        for (path, entry) in file.packages {
            if path.is_empty() {
                continue;
            }
            let refused = |reason: &str| PackagesError::Refused {
                name: path.rsplit_once("node_modules/").map_or(&*path, |(_, name)| name).to_owned(),
                reason: reason.to_owned(),
            };
            if !path.starts_with("node_modules/") || path.split('/').any(|part| part == "..") {
                return Err(refused("it would not be installed among the packages"));
            }
            if entry.link || entry.resolved.is_some() {
                return Err(refused("it does not come from the registry"));
            }
            let version = entry.version.ok_or_else(|| refused("it has no version"))?;
            // What is inside another package's archive is covered by that one's digest.
            let integrity = match entry.integrity {
                Some(integrity) => integrity,
                None if entry.in_bundle => String::new(),
                None => return Err(refused("the registry gives no digest for it")),
            };
            let name = path.strip_prefix("node_modules/").unwrap_or(&path);
            if !name.contains("/node_modules/") {
                lock.top_level.insert(name.to_owned(), version.clone());
            }
            if entry.optional {
                lock.optional.insert(path.clone());
            }
            lock.packages.insert(path, (version, integrity));
        }
        lock.installed = lock.packages.len();
        if lock.installed > MOST_INSTALLED {
            return Err(PackagesError::TooLarge {
                detail: format!("{} packages, {MOST_INSTALLED} may be", lock.installed),
            });
        }
        Ok(lock)
    }

    /// The first package in which an installation at `folder` went another way than this lock file,
    /// if there is one; `now` is the lock file that it left. Registries lose sight of optional
    /// packages for other machines and find them again: those that are not there do not count.
    pub(crate) fn departure(&self, now: &Self, folder: &Path) -> Option<String> {
        let changed = now.packages.iter().find(|(path, package)| match self.packages.get(*path) {
            Some(known) => known != *package,
            None => !now.optional.contains(*path) || folder.join(path).exists(),
        });
        let lost = self.packages.keys().find(|path| {
            !now.packages.contains_key(*path)
                && (!self.optional.contains(*path) || folder.join(path).exists())
        });
        changed.map(|(path, _)| path).or(lost).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::Lock;
    use crate::error::PackagesError;

    fn read(entries: &str) -> Result<Lock, PackagesError> {
        Lock::read(&format!(
            r#"{{"lockfileVersion": 3, "packages": {{"": {{"name": "set"}}, {entries}}}}}"#
        ))
    }

    #[test]
    fn packages_of_the_registry_are_read_and_nested_ones_are_not_top_level() {
        let lock = read(
            r#""node_modules/@a/b": {"version": "1.0.0", "integrity": "sha512-x"},
               "node_modules/@a/b/node_modules/c": {"version": "2.0.0", "integrity": "sha512-y"},
               "node_modules/d/node_modules/e": {"version": "1.0.0", "inBundle": true}"#,
        )
        .unwrap();
        assert_eq!(lock.top_level.get("@a/b").map(String::as_str), Some("1.0.0"));
        assert_eq!((lock.top_level.len(), lock.installed), (1, 3));
    }

    #[test]
    fn only_optional_packages_that_are_not_there_may_come_and_go() {
        let package = r#""node_modules/a": {"version": "1.0.0", "integrity": "x"}"#;
        let optional = |name: &str, version: &str| {
            format!(
                r#""node_modules/{name}": {{"version": "{version}", "integrity": "y", "optional": true}}"#
            )
        };
        let few = read(package).unwrap();
        let more = read(&format!("{package}, {}", optional("os", "1.0.0"))).unwrap();
        let other = read(&format!("{package}, {}", optional("os", "1.0.1"))).unwrap();
        let needed = read(&format!(
            r#"{package}, "node_modules/b": {{"version": "1.0.0", "integrity": "z"}}"#
        ))
        .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let departure = |from: &Lock, to: &Lock| from.departure(to, folder.path());
        for (from, to) in [(&few, &few), (&few, &more), (&more, &few)] {
            assert_eq!(departure(from, to), None);
        }
        for (from, to, path) in [
            (&more, &other, "node_modules/os"),
            (&few, &needed, "node_modules/b"),
            (&needed, &few, "node_modules/b"),
        ] {
            assert_eq!(departure(from, to).as_deref(), Some(path));
        }
        std::fs::create_dir_all(folder.path().join("node_modules/os")).unwrap();
        assert_eq!(departure(&few, &more).as_deref(), Some("node_modules/os"));
        assert_eq!(departure(&more, &few).as_deref(), Some("node_modules/os"));
    }

    #[test]
    fn what_comes_from_elsewhere_or_has_no_digest_is_refused() {
        for entry in [
            r#""node_modules/a": {"version": "1.0.0", "integrity": "x", "resolved": "git+ssh://b"}"#,
            r#""node_modules/a": {"version": "1.0.0"}"#,
            r#""node_modules/a": {"link": true}"#,
            r#""node_modules/a": {"integrity": "sha512-x"}"#,
            r#""../a": {"version": "1.0.0", "integrity": "sha512-x"}"#,
            r#""node_modules/../a": {"version": "1.0.0", "integrity": "sha512-x"}"#,
        ] {
            assert!(matches!(read(entry), Err(PackagesError::Refused { .. })), "{entry}");
        }
        assert!(Lock::read("{}").is_err());
    }
}
