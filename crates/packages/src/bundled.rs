//! The sets that Pageloom brings lock files for.

use std::sync::LazyLock;

use crate::lock::Lock;
use crate::request::PackageRequest;

/// A set with a lock file of ours: the same versions for everybody, on every day.
#[derive(Debug)]
pub struct BundledSet {
    /// Its name, such as `react-18`.
    pub name: &'static str,
    manifest: &'static str,
    lock: &'static str,
}

/// All of them, in the order in which they are tried. The order is part of what a request means.
pub const BUNDLED: [BundledSet; 2] = [
    BundledSet {
        name: "react-18",
        manifest: include_str!("../sets/react-18/package.json"),
        lock: include_str!("../sets/react-18/package-lock.json"),
    },
    BundledSet {
        name: "vite-4",
        manifest: include_str!("../sets/vite-4/package.json"),
        lock: include_str!("../sets/vite-4/package-lock.json"),
    },
];

/// One bundled set, read.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) name: &'static str,
    pub(crate) request: PackageRequest,
    pub(crate) manifest: &'static str,
    pub(crate) lock_text: &'static str,
    pub(crate) lock: Lock,
}

/// All bundled sets, read once. A set that cannot be read is left out; a test says there is none.
pub(crate) static READ: LazyLock<Vec<Read>> = LazyLock::new(|| {
    let read = |set: &BundledSet| {
        Some(Read {
            name: set.name,
            request: PackageRequest::from_manifest(set.manifest).ok()?,
            manifest: set.manifest,
            lock_text: set.lock,
            lock: Lock::read(set.lock).ok()?,
        })
    };
    BUNDLED.iter().filter_map(read).collect()
});

/// The first bundled set that satisfies `request`.
pub(crate) fn satisfying(request: &PackageRequest) -> Option<&'static Read> {
    READ.iter().find(|set| request.is_satisfied_by(&set.lock.top_level))
}

#[cfg(test)]
mod tests {
    use super::{BUNDLED, READ, satisfying};
    use crate::request::PackageRequest;

    #[test]
    fn every_bundled_set_can_be_read_and_satisfies_itself() {
        assert_eq!(READ.len(), BUNDLED.len());
        for set in READ.iter() {
            assert_eq!(satisfying(&set.request).map(|found| found.name), Some(set.name));
            assert!(set.lock.installed > 50, "{}", set.name);
            for address in ["http:", "https:", "\"resolved\""] {
                assert!(!set.lock_text.contains(address), "{}: {address}", set.name);
            }
        }
    }

    #[test]
    fn real_requests_find_their_set() {
        let found = |packages: &[(&str, &str)]| {
            let request = PackageRequest::new(packages.iter().copied()).unwrap();
            satisfying(&request).map(|set| set.name)
        };
        assert_eq!(found(&[]), Some("react-18"));
        assert_eq!(found(&[("react", "^18.2.0"), ("vite", "^5.4.2")]), Some("react-18"));
        assert_eq!(found(&[("react", "^18.2.0"), ("vite", "^4.2.0")]), Some("vite-4"));
        assert_eq!(found(&[("react", "^18.2.0"), ("xlsx", "^0.18.5")]), Some("vite-4"));
        assert_eq!(found(&[("react", "^19.0.0")]), None);
        assert_eq!(found(&[("qrcode.react", "^2.0.5"), ("vite", "^4.2.0")]), None);
    }
}
