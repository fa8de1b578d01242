//! The store: a folder of installed sets, shared by all tasks and all processes.
//!
//! ```text
//! sets/KEY/       node_modules/, package.json, package-lock.json, set.json: complete or not there
//! work/KEY/       an installation under way
//! locks/KEY.lock  held by whoever installs or removes
//! locks/KEY.use   shared by whoever uses; its time tells when the set was last opened
//! ```
//!
//! `KEY` is a bundled set's name and lock digest, or the digest of a request.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use pageloom_sandbox::{Limits, Node, Sandbox, measure_folder, remove_folder};
use rustix::fs::FlockOperation;
use tokio::sync::OnceCell;

use crate::bundled;
use crate::error::PackagesError;
use crate::lock::Lock;
use crate::npm::{self, Npm, Task};
use crate::request::PackageRequest;
use crate::set::{FORMAT, InstalledSet, Note, SetId, check_installed, short};

/// How large a set, and how long its installation, may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InstallLimits {
    /// Time for one installation.
    pub time: Duration,
    /// Bytes of the set and of what was downloaded for it, in MiB.
    pub folder_mib: u32,
    /// Files and folders of both.
    pub files: u32,
    /// Memory of npm, in MiB.
    pub memory_mib: u32,
}

impl Default for InstallLimits {
    fn default() -> Self {
        Self { time: Duration::from_secs(300), folder_mib: 1536, files: 150_000, memory_mib: 3072 }
    }
}

/// How a store installs.
#[derive(Clone, Debug)]
pub struct StoreConfig {
    /// Where npm runs.
    pub sandbox: Sandbox,
    /// Node with its npm; or why there is none, and then only what is installed can be had.
    pub node: Result<Node, String>,
    /// Where packages come from; npm's own setting when it is none.
    pub registry: Option<String>,
    /// Nothing is installed, and no network is used.
    pub offline: bool,
    /// How large sets may be.
    pub limits: InstallLimits,
}

/// Installed sets. Cheap to share; any number of stores may be open on one folder.
#[derive(Debug)]
pub struct Store {
    root: PathBuf,
    config: StoreConfig,
    npm: OnceCell<Npm>,
    /// Requests that cannot be satisfied, so that a batch asks the registry once.
    refused: Mutex<BTreeMap<String, (RefusedKind, String)>>,
    /// Sets that this process has opened.
    opened: Mutex<BTreeMap<String, Arc<InstalledSet>>>,
}

#[derive(Clone, Copy, Debug)]
enum RefusedKind {
    Unknown,
    Conflict,
    TooLarge,
}

/// Which sets are removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prune {
    /// All of them.
    All,
    /// All but the bundled ones of this version of Pageloom.
    KeepBundled,
    /// Those that nobody has asked for since then.
    UnusedSince(SystemTime),
}

/// What is being done while a store warms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warming {
    /// The set with this name is installed already.
    Present(&'static str),
    /// Its installation begins.
    Begins(&'static str),
    /// It is installed.
    Done(&'static str),
}

/// What identifies the folder of a set, and how it is made.
struct Plan {
    key: String,
    bundled: Option<&'static bundled::Read>,
    request: PackageRequest,
}

impl Store {
    /// Opens the store in `root`, made if it is not there, and removes what broken installations left.
    ///
    /// # Errors
    /// [`PackagesError::Storage`].
    pub fn open(root: &Path, config: StoreConfig) -> Result<Self, PackagesError> {
        for folder in ["sets", "work", "locks"] {
            let folder = root.join(folder);
            std::fs::create_dir_all(&folder).map_err(PackagesError::storage(&folder))?;
        }
        let root = root.canonicalize().map_err(PackagesError::storage(root))?;
        let store = Self {
            root,
            config,
            npm: OnceCell::new(),
            refused: Mutex::default(),
            opened: Mutex::default(),
        };
        for key in store.keys("work")? {
            if let Some(_lock) = store.try_lock(&key, "lock")? {
                store.remove("work", &key)?;
            }
        }
        Ok(store)
    }

    /// The store's folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The name of the bundled set that answers `request`, if one does. Needs no installation.
    #[must_use]
    pub fn bundled_for(request: &PackageRequest) -> Option<&'static str> {
        bundled::satisfying(request).map(|set| set.name)
    }

    /// The installed set for `request`: the first bundled one that satisfies it, else its own. What
    /// is not installed yet is installed now, once: whoever else asks for it waits.
    ///
    /// # Errors
    /// [`PackagesError`]; [`PackagesError::is_page_fault`] tells whose fault it is.
    pub async fn ensure(
        &self,
        request: &PackageRequest,
    ) -> Result<Arc<InstalledSet>, PackagesError> {
        self.carry_out(plan(request)).await
    }

    /// Installs every bundled set that is not installed; afterwards they need no network.
    ///
    /// # Errors
    /// As [`Store::ensure`].
    pub async fn warm(
        &self,
        mut progress: impl FnMut(Warming),
    ) -> Result<Vec<Arc<InstalledSet>>, PackagesError> {
        let mut sets = Vec::new();
        for set in bundled::READ.iter() {
            let plan = plan_bundled(set);
            let present = self.installed(&plan.key)?;
            progress(if present.is_some() {
                Warming::Present(set.name)
            } else {
                Warming::Begins(set.name)
            });
            let was_present = present.is_some();
            sets.push(self.carry_out(plan).await?);
            if !was_present {
                progress(Warming::Done(set.name));
            }
        }
        Ok(sets)
    }

    /// Every installed set, by the name of its folder. Damaged ones are left out.
    ///
    /// # Errors
    /// [`PackagesError::Storage`].
    pub fn list(&self) -> Result<Vec<Arc<InstalledSet>>, PackagesError> {
        let mut sets = Vec::new();
        for key in self.keys("sets")? {
            if let Ok(Some(set)) = InstalledSet::open(&self.root.join("sets").join(key), None) {
                sets.push(Arc::new(set));
            }
        }
        Ok(sets)
    }

    /// Removes sets that nobody uses now; returns how many.
    ///
    /// # Errors
    /// [`PackagesError::Storage`].
    pub fn prune(&self, which: Prune) -> Result<usize, PackagesError> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let kept: Vec<String> = bundled::READ.iter().map(|set| plan_bundled(set).key).collect();
        let mut removed = 0;
        for key in self.keys("sets")? {
            let lock = self.root.join("locks").join(format!("{key}.use"));
            let goes = match which {
                Prune::All => true,
                Prune::KeepBundled => !kept.contains(&key),
                Prune::UnusedSince(moment) => {
                    let used = lock.metadata().and_then(|data| data.modified());
                    used.is_ok_and(|used| used < moment)
                }
            };
            if !goes {
                continue;
            }
            let locks = (self.try_lock(&key, "lock")?, self.try_lock(&key, "use")?);
            if let (Some(_), Some(_)) = locks {
                self.remove("sets", &key)?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    async fn carry_out(&self, plan: Plan) -> Result<Arc<InstalledSet>, PackagesError> {
        if let Some(set) = self.installed(&plan.key)? {
            return Ok(set);
        }
        if let Some(known) = self.known_refusal(&plan.key) {
            return Err(known);
        }
        let names = || plan.request.packages().keys().cloned().collect::<Vec<_>>().join(", ");
        if self.config.offline {
            return Err(PackagesError::Offline { names: names() });
        }
        let lock = self.lock_file(&plan.key, "lock")?;
        let path = self.root.join("locks");
        let locked = tokio::task::spawn_blocking(move || {
            flock(&lock, FlockOperation::LockExclusive).map(|()| lock)
        });
        let _lock = locked
            .await
            .map_err(std::io::Error::other)
            .and_then(|locked| locked)
            .map_err(PackagesError::storage(path))?;
        // Whoever held the lock before us may have installed it.
        if let Some(set) = self.installed(&plan.key)? {
            return Ok(set);
        }
        let work = Work { store: self, key: plan.key.clone() };
        let installed = self.install(&plan).await;
        drop(work);
        if let Err(error) = installed {
            self.remember_refusal(&plan.key, &error);
            return Err(error);
        }
        let set = self.installed(&plan.key)?;
        set.ok_or_else(|| PackagesError::Offline { names: names() })
    }

    /// Installs into `work/KEY`, checks, and moves to `sets/KEY`.
    async fn install(&self, plan: &Plan) -> Result<(), PackagesError> {
        let node = self.config.node.as_ref();
        let node = node.map_err(|reason| PackagesError::NoInstaller { reason: reason.clone() })?;
        let npm = self
            .npm
            .get_or_try_init(|| async {
                let (node, registry) = (node.clone(), self.config.registry.clone());
                let asked = tokio::task::spawn_blocking(move || Npm::new(node, registry)).await;
                asked.map_err(|error| PackagesError::NoInstaller { reason: error.to_string() })?
            })
            .await?;
        self.remove("work", &plan.key)?;
        let work = self.root.join("work").join(&plan.key);
        let set = work.join("set");
        for folder in [&set, &work.join("cache"), &work.join("home")] {
            std::fs::create_dir_all(folder).map_err(PackagesError::storage(folder))?;
        }
        let (manifest, lock_file) = (set.join("package.json"), set.join("package-lock.json"));
        let text = match plan.bundled {
            Some(set) => set.manifest.to_owned(),
            None => manifest_of(&plan.request),
        };
        std::fs::write(&manifest, text).map_err(PackagesError::storage(&manifest))?;
        let sandbox = &self.config.sandbox;
        let lock_text = match plan.bundled {
            Some(set) => {
                std::fs::write(&lock_file, set.lock_text)
                    .map_err(PackagesError::storage(&lock_file))?;
                set.lock_text.to_owned()
            }
            None => {
                npm.run(sandbox, &work, Task::Lock, self.npm_limits()).await?;
                read_plain(&lock_file)?
            }
        };
        let lock = Lock::read(&lock_text)?;
        match npm.run(sandbox, &work, Task::Strict, self.npm_limits()).await {
            Err(error) if npm::is_incomplete(&error) => {
                npm.run(sandbox, &work, Task::Lenient, self.npm_limits()).await?;
            }
            other => other?,
        }
        let now = Lock::read(&read_plain(&lock_file)?)?;
        if let Some(path) = lock.departure(&now, &set) {
            let reason = format!("it gave another `{path}` than the lock file names");
            return Err(PackagesError::Registry { reason });
        }
        let plan_request = plan.request.clone();
        let bundled = plan.bundled.map(|set| set.name.to_owned());
        let target = self.root.join("sets").join(&plan.key);
        let finishing = tokio::task::spawn_blocking(move || {
            finish(&set, &target, &lock_text, &lock, plan_request, bundled)
        });
        finishing
            .await
            .map_err(|error| PackagesError::storage(&work)(std::io::Error::other(error)))?
    }

    fn npm_limits(&self) -> Limits {
        let limits = self.config.limits;
        Limits {
            wall: limits.time,
            memory_mib: limits.memory_mib,
            processes: 128,
            file_mib: 512,
            folder_mib: limits.folder_mib,
            folder_files: limits.files,
            tmp_mib: 64,
            output_kib: 256,
        }
    }

    /// The set with this key, opened, if it is installed.
    fn installed(&self, key: &str) -> Result<Option<Arc<InstalledSet>>, PackagesError> {
        let folder = self.root.join("sets").join(key);
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(set) = opened.get(key) {
            if folder.join("set.json").is_file() {
                return Ok(Some(Arc::clone(set)));
            }
            opened.remove(key);
        }
        if !folder.join("set.json").is_file() {
            return Ok(None);
        }
        // A store that may only be read serves as well; then nobody can prune it either.
        let in_use = self.lock_file(key, "use").ok();
        if let Some(file) = &in_use
            && flock(file, FlockOperation::NonBlockingLockShared).is_err()
        {
            // It is being removed at this moment.
            return Ok(None);
        }
        if let Some(file) = &in_use {
            // Its time tells when the set was last asked for.
            let _ = rustix::fs::futimens(
                file,
                &rustix::fs::Timestamps { last_access: NOW, last_modification: NOW },
            );
        }
        let set = InstalledSet::open(&folder, in_use)?.map(Arc::new);
        if let Some(set) = &set {
            opened.insert(key.to_owned(), Arc::clone(set));
        }
        Ok(set)
    }

    fn known_refusal(&self, key: &str) -> Option<PackagesError> {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let (kind, text) = refused.get(key).cloned()?;
        Some(match kind {
            RefusedKind::Unknown => PackagesError::Unknown { name: text },
            RefusedKind::Conflict => PackagesError::Conflict { detail: text },
            RefusedKind::TooLarge => PackagesError::TooLarge { detail: text },
        })
    }

    fn remember_refusal(&self, key: &str, error: &PackagesError) {
        let told = match error {
            PackagesError::Unknown { name } => (RefusedKind::Unknown, name.clone()),
            PackagesError::Conflict { detail } => (RefusedKind::Conflict, detail.clone()),
            PackagesError::TooLarge { detail } => (RefusedKind::TooLarge, detail.clone()),
            _ => return,
        };
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.insert(key.to_owned(), told);
    }

    fn keys(&self, folder: &str) -> Result<Vec<String>, PackagesError> {
        let folder = self.root.join(folder);
        let entries = std::fs::read_dir(&folder).map_err(PackagesError::storage(&folder))?;
        let mut keys: Vec<String> =
            entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
        keys.sort();
        Ok(keys)
    }

    fn lock_file(&self, key: &str, kind: &str) -> Result<File, PackagesError> {
        let path = self.root.join("locks").join(format!("{key}.{kind}"));
        let opened =
            File::options().create(true).truncate(false).write(true).read(true).open(&path);
        opened.map_err(PackagesError::storage(path))
    }

    fn try_lock(&self, key: &str, kind: &str) -> Result<Option<File>, PackagesError> {
        let file = self.lock_file(key, kind)?;
        Ok(flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok().then_some(file))
    }

    fn remove(&self, folder: &str, key: &str) -> Result<(), PackagesError> {
        let path = self.root.join(folder).join(key);
        if folder == "sets" {
            // Not there for anybody before the first file is gone.
            drop(std::fs::remove_file(path.join("set.json")));
        }
        remove_folder(&path).map_err(PackagesError::storage(path))
    }
}

const NOW: rustix::fs::Timespec =
    rustix::fs::Timespec { tv_sec: 0, tv_nsec: rustix::fs::UTIME_NOW };

/// Removes the folder of an installation, however it ended.
struct Work<'a> {
    store: &'a Store,
    key: String,
}

impl Drop for Work<'_> {
    fn drop(&mut self) {
        // What cannot be removed now is removed when the store is opened next.
        drop(self.store.remove("work", &self.key));
    }
}

fn flock(file: &File, operation: FlockOperation) -> std::io::Result<()> {
    loop {
        match rustix::fs::flock(file, operation) {
            Err(rustix::io::Errno::INTR) => {}
            other => return Ok(other?),
        }
    }
}

fn plan(request: &PackageRequest) -> Plan {
    match bundled::satisfying(request) {
        Some(set) => plan_bundled(set),
        None => {
            let id = SetId::of(request, "");
            Plan { key: id.as_str().to_owned(), bundled: None, request: request.clone() }
        }
    }
}

fn plan_bundled(set: &'static bundled::Read) -> Plan {
    let id = SetId::of(&set.request, set.lock_text);
    let key = format!("{}-{}", set.name, id.as_str().chars().take(12).collect::<String>());
    Plan { key, bundled: Some(set), request: set.request.clone() }
}

/// The `package.json` of a request's own set.
fn manifest_of(request: &PackageRequest) -> String {
    let value = serde_json::json!({
        "name": "set",
        "version": "1.0.0",
        "private": true,
        "dependencies": request.packages(),
    });
    format!("{value:#}\n")
}

/// Reads a file that npm wrote. A link would be somebody else's file.
fn read_plain(path: &Path) -> Result<String, PackagesError> {
    let failed = |error| PackagesError::storage(path)(error);
    if !path.symlink_metadata().map_err(failed)?.is_file() {
        return Err(PackagesError::storage(path)(std::io::Error::other("it is no plain file")));
    }
    std::fs::read_to_string(path).map_err(PackagesError::storage(path))
}

/// Checks what was installed in `from`, writes its note and moves it to `to`.
fn finish(
    from: &Path,
    to: &Path,
    lock_text: &str,
    lock: &Lock,
    request: PackageRequest,
    bundled: Option<String>,
) -> Result<(), PackagesError> {
    let packages = from.join("node_modules");
    // A request for nothing installs nothing.
    std::fs::create_dir_all(&packages).map_err(PackagesError::storage(&packages))?;
    check_installed(from, lock).map_err(|reason| PackagesError::Registry { reason })?;
    // Builders put an empty folder in memory over each: that needs a place.
    for cache in [".vite", ".vite-temp", ".cache"] {
        let cache = packages.join(cache);
        std::fs::create_dir_all(&cache).map_err(PackagesError::storage(&cache))?;
    }
    // npm writes its lock file anew; the set keeps the one that was checked.
    let file = from.join("package-lock.json");
    std::fs::write(&file, lock_text).map_err(PackagesError::storage(&file))?;
    let size = measure_folder(&packages, u64::MAX, u64::MAX);
    let note = Note {
        format: FORMAT,
        id: SetId::of(&request, lock_text),
        bundled,
        request,
        versions: lock.top_level.clone(),
        lock_digest: short(&blake3::hash(lock_text.as_bytes())),
        size_bytes: size.content,
        files: size.entries,
    };
    let file = from.join("set.json");
    let text = serde_json::to_vec_pretty(&note)
        .map_err(|error| PackagesError::storage(&file)(error.into()))?;
    std::fs::write(&file, text).map_err(PackagesError::storage(&file))?;
    // Something without a note there is what a broken removal left.
    remove_folder(to).map_err(PackagesError::storage(to))?;
    std::fs::rename(from, to).map_err(PackagesError::storage(to))
}
