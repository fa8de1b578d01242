//! npm's lock file: what is going to be installed, checked before it is.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::PackagesError;

/// The most packages one set may install, those of dependencies counted.
const MOST_INSTALLED: usize = 1500;

/// A lock file whose every package comes from the registry under a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lock {
    /// Packages right below `node_modules`, name to version.
    pub(crate) top_level: BTreeMap<String, String>,
    /// All packages, path to version and digest.
    pub(crate) packages: BTreeMap<String, (String, String)>,
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
        let mut lock = Self { top_level: BTreeMap::new(), packages: BTreeMap::new(), installed: 0 };
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
