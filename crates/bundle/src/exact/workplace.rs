//! The folder of one build: the project's files on the way in, the site on the way out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use pageloom_packages::InstalledSet;
use pageloom_sandbox::{Limits, remove_folder};
use pageloom_schema::{BuildErrorClass, Project, Site, SitePath};

use super::{ExactFault, ExactLimits, ExactTools, Job};
use crate::dependency::has_package;

/// The project, as a program inside sees it.
pub(super) const PROJECT: &str = "/build/project";

/// Where the site is written, as a program inside sees it.
pub(super) const OUTPUT: &str = "/build/out";

/// All packages of the set, as a program inside sees them. What the project may import is linked from
/// its own `node_modules`; a package that is reached through a link has its real path here, where its
/// own needs are found.
pub(super) const PACKAGES: &str = "/build/packages/node_modules";

/// A folder that is removed when dropped, with all that was written into it.
pub(super) struct Workplace {
    folder: PathBuf,
}

impl Drop for Workplace {
    fn drop(&mut self) {
        // What cannot be removed stays in a folder that is the caller's to empty.
        drop(remove_folder(&self.folder));
    }
}

impl Workplace {
    /// Writes the project's files into a folder of its own below `scratch`.
    pub(super) fn make(project: &Project, scratch: &Path) -> Result<Self, ExactFault> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        fs::create_dir_all(scratch)?;
        let folder = scratch.join(format!("exact-{}-{number}", std::process::id()));
        // What another process of this number left.
        remove_folder(&folder)?;
        fs::DirBuilder::new().mode(0o700).create(&folder)?;
        let place = Self { folder };
        // Before `node_modules`, which is mounted there.
        fs::create_dir(place.folder.join("packages"))?;
        let root = place.folder.join("project");
        // The packages' place, so that no file of the project takes it. Tools keep caches in it.
        fs::create_dir_all(root.join("node_modules"))?;
        for (path, bytes) in project.files() {
            if path.as_str() == "node_modules" || path.as_str().starts_with("node_modules/") {
                continue;
            }
            write(&root.join(path.as_str()), bytes).map_err(|error| not_written(path, error))?;
        }
        Ok(place)
    }

    /// Links `allowed` packages of the set installed at `folder` into the project.
    pub(super) fn link(&self, folder: &Path, allowed: &BTreeSet<String>) -> io::Result<()> {
        let packages = self.folder.join("project/node_modules");
        for name in allowed.iter().filter(|name| has_package(folder, name)) {
            // A link without a root holds inside, and outside where nothing is confined.
            let up = if name.starts_with('@') { "../../.." } else { "../.." };
            let link = packages.join(name);
            if let Some(scope) = link.parent() {
                fs::create_dir_all(scope)?;
            }
            symlink(format!("{up}/packages/node_modules/{name}"), link)?;
        }
        Ok(())
    }

    /// A job that runs a script of the set's packages in the project.
    pub(super) fn job(
        &self,
        tools: &ExactTools,
        set: &InstalledSet,
        limits: Limits,
        script: &str,
    ) -> Job {
        let job = Job::new(tools.node.program(), limits)
            .writable(&self.folder, "/build")
            .read_only(&set.node_modules(), PACKAGES)
            .in_folder(PROJECT)
            .arg(format!("{PACKAGES}/{script}"))
            .env("NO_COLOR", "1")
            .env("CI", "1");
        tools.node.show(job)
    }

    /// What was written to the output folder. Links are not followed, and names that no site can
    /// have are left out.
    pub(super) fn site(&self, limits: &ExactLimits) -> Result<Site, ExactFault> {
        let root = self.folder.join("out");
        let most = u64::from(limits.site_mib) << 20;
        let mut files: BTreeMap<SitePath, Arc<[u8]>> = BTreeMap::new();
        let mut total = 0_u64;
        let mut waiting = vec![root.clone()];
        while let Some(folder) = waiting.pop() {
            let listed = match fs::read_dir(&folder) {
                Err(error) if error.kind() == io::ErrorKind::NotFound && folder == root => continue,
                listed => listed?,
            };
            for entry in listed {
                let entry = entry?;
                let (kind, path) = (entry.file_type()?, entry.path());
                if kind.is_dir() {
                    waiting.push(path);
                    continue;
                }
                let inside = path.strip_prefix(&root).ok().and_then(Path::to_str);
                let inside = inside.and_then(|inside| SitePath::new(inside).ok());
                let Some(inside) = inside.filter(|_| kind.is_file()) else { continue };
                total = total.saturating_add(entry.metadata()?.len());
                if total > most || files.len() >= limits.site_files as usize {
                    let message = format!(
                        "the built site has more than {} files or {} MiB",
                        limits.site_files, limits.site_mib
                    );
                    return Err(ExactFault::one(BuildErrorClass::Output, &message));
                }
                files.insert(inside, fs::read(&path)?.into());
            }
        }
        let entry = SitePath::new("index.html");
        let site = entry.and_then(|entry| Site::new(files, entry));
        site.map_err(|_| {
            ExactFault::one(BuildErrorClass::Other, "the build wrote no page `index.html`")
        })
    }
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, bytes)
}

/// A file can be impossible (a name too long, a file where a folder is needed), or the disk full.
fn not_written(path: &SitePath, error: io::Error) -> ExactFault {
    use io::ErrorKind::{
        AlreadyExists, InvalidFilename, InvalidInput, IsADirectory, NotADirectory,
    };
    match error.kind() {
        AlreadyExists | InvalidFilename | InvalidInput | IsADirectory | NotADirectory => {
            let message = format!("the file `{path}` cannot exist beside the others: {error}");
            ExactFault::one(BuildErrorClass::Other, &message)
        }
        _ => ExactFault::Storage(error),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::os::unix::fs::symlink;

    use pageloom_schema::{BuildErrorClass, Project, SitePath};

    use super::{ExactFault, ExactLimits, Workplace};

    fn project(files: &[(&str, &str)]) -> Project {
        let files = files.iter();
        Project::new(
            files
                .map(|(path, text)| (SitePath::new(path).unwrap(), text.as_bytes().into()))
                .collect(),
        )
    }

    fn class(fault: ExactFault) -> BuildErrorClass {
        match fault {
            ExactFault::Problems(problems) => problems[0].class,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn files_are_written_but_for_packages_and_removed_at_the_end() {
        let scratch = tempfile::tempdir().unwrap();
        let files = [("a/b.ts", "1"), ("index.html", "2"), ("node_modules/vite/bin/vite.js", "3")];
        let place = Workplace::make(&project(&files), scratch.path()).unwrap();
        let root = place.folder.join("project");
        assert_eq!(std::fs::read_to_string(root.join("a/b.ts")).unwrap(), "1");
        assert_eq!(std::fs::read_dir(root.join("node_modules")).unwrap().count(), 0);
        drop(place);
        assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 0);
    }

    #[test]
    fn allowed_packages_are_linked_and_others_are_not() {
        let scratch = tempfile::tempdir().unwrap();
        let set = tempfile::tempdir().unwrap();
        for name in ["react", "@scope/a", "@scope/b", "lodash"] {
            let package = set.path().join("node_modules").join(name);
            std::fs::create_dir_all(&package).unwrap();
            std::fs::write(package.join("package.json"), "{}").unwrap();
        }
        let place = Workplace::make(&project(&[]), scratch.path()).unwrap();
        let allowed = ["react", "@scope/a", "gone", "../x"].map(str::to_owned).into();
        place.link(set.path(), &allowed).unwrap();
        symlink(set.path().join("node_modules"), place.folder.join("packages/node_modules"))
            .unwrap();
        let packages = place.folder.join("project/node_modules");
        let there = |name: &str| packages.join(name).join("package.json").is_file();
        assert!(there("react") && there("@scope/a"));
        assert!(!there("@scope/b") && !there("lodash"));
        assert_eq!(std::fs::read_dir(packages).unwrap().count(), 2);
    }

    #[test]
    fn files_that_cannot_exist_together_are_the_projects_fault() {
        let scratch = tempfile::tempdir().unwrap();
        let long = "n".repeat(300);
        for files in [[("a", "1"), ("a/b", "2")], [("b", "1"), (&long, "2")]] {
            let fault = Workplace::make(&project(&files), scratch.path()).err().unwrap();
            assert_eq!(class(fault), BuildErrorClass::Other);
        }
        assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_site_is_read_without_links_and_within_its_limits() {
        let scratch = tempfile::tempdir().unwrap();
        let place = Workplace::make(&project(&[]), scratch.path()).unwrap();
        let limits = ExactLimits { site_files: 2, site_mib: 1, ..ExactLimits::default() };
        assert_eq!(class(place.site(&limits).unwrap_err()), BuildErrorClass::Other);
        let out = place.folder.join("out");
        std::fs::create_dir_all(out.join("assets")).unwrap();
        std::fs::write(out.join("index.html"), "page").unwrap();
        std::fs::write(out.join("assets/a.js"), "code").unwrap();
        symlink("/etc/passwd", out.join("passwd")).unwrap();
        symlink("/", out.join("all")).unwrap();
        let site = place.site(&limits).unwrap();
        let names: BTreeMap<String, usize> =
            site.files().iter().map(|(path, bytes)| (path.to_string(), bytes.len())).collect();
        assert_eq!(names, [("assets/a.js".into(), 4), ("index.html".into(), 4)].into());
        std::fs::write(out.join("b"), "third").unwrap();
        assert_eq!(class(place.site(&limits).unwrap_err()), BuildErrorClass::Output);
    }
}
