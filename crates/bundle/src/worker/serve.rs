//! The worker's side: a loop over requests, with limits it sets on itself before the first.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{Error, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};

use pageloom_schema::Project;
use rustix::process::{Resource, Rlimit, setrlimit};

use super::wire::{BuildRequest, Reply, Request, read, write};
use crate::fast::{self, Surroundings};
use crate::parts::Shelf;
use crate::styles::script::{TailwindScript, bundle_tailwind};
use crate::styles::tailwind::Tailwind;
use crate::vendor::{MANIFEST, VendorManifest, bundle_vendor};

/// The argument of a worker that bundles packages.
pub(crate) const LARGE: &str = "large";
/// Memory that a worker may ask for, in bytes: one that builds projects, and one that bundles
/// packages, whose sources may be a hundred times as many.
const MEMORY: [u64; 2] = [2 << 30, 8 << 30];

/// Threads that a worker bundles with.
pub(crate) const THREADS: usize = 2;
/// Threads that read files; each has a stack, and stacks count as memory.
const READERS: usize = 4;
/// The stack of every thread that walks a source, in bytes. `pageloom_build` bounds how deep sources
/// are; the deepest that it lets pass takes less than a quarter of this.
pub(crate) const STACK: usize = 64 << 20;

/// Answers requests from `input` on `output` until there are no more. `args` are those that the
/// worker was started with.
///
/// # Errors
/// When a stream breaks or a message cannot be read.
pub fn serve(
    args: impl IntoIterator<Item = OsString>,
    mut input: impl Read,
    mut output: impl Write,
) -> std::io::Result<()> {
    let large = args.into_iter().any(|argument| argument == LARGE);
    for (resource, limit) in [
        (Resource::Core, 0),
        (Resource::Fsize, 0),
        (Resource::Nofile, 512),
        (Resource::Data, MEMORY[usize::from(large)]),
    ] {
        // A limit that is lower already stays.
        let _ = setrlimit(resource, Rlimit { current: Some(limit), maximum: Some(limit) });
    }
    end_at_panic();
    // What recurses over a source does so on a stack as deep as sources may be; only the streams stay
    // with this thread.
    std::thread::scope(|scope| {
        let (to_workshop, requests) = mpsc::sync_channel::<Request>(1);
        let (to_us, replies) = mpsc::sync_channel::<Reply>(1);
        std::thread::Builder::new()
            .name("workshop".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, move || work(&requests, &to_us))?;
        let gone = || Error::other("the workshop is gone");
        while let Some(request) = read::<Request>(&mut input)? {
            to_workshop.send(request).map_err(|_| gone())?;
            let reply = replies.recv().map_err(|_| gone())?;
            write(&mut output, &reply)?;
        }
        Ok(())
    })
}

/// Answers requests until there are no more.
fn work(requests: &mpsc::Receiver<Request>, replies: &mpsc::SyncSender<Reply>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(THREADS)
        .max_blocking_threads(READERS)
        .thread_stack_size(STACK)
        .enable_all()
        .build();
    let Ok(runtime) = runtime else { return };
    let mut workshop = Workshop::default();
    while let Ok(request) = requests.recv() {
        let reply = runtime.block_on(workshop.answer(request));
        if replies.send(reply).is_err() {
            return;
        }
        workshop.tidy();
    }
}

/// A panic in one of the bundler's tasks would leave the others waiting for ever.
#[expect(clippy::disallowed_methods, reason = "the worker's one way to tell is to end")]
fn end_at_panic() {
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        tell(panic);
        std::process::abort();
    }));
}

/// What a worker keeps from request to request.
#[derive(Default)]
struct Workshop {
    tailwinds: BTreeMap<PathBuf, Tailwind>,
    vendors: BTreeMap<PathBuf, Vendor>,
}

/// What is known of a vendor bundle.
#[derive(Clone)]
struct Vendor {
    manifest: Arc<VendorManifest>,
    parts: Arc<Shelf>,
}

/// Sets that a worker keeps warm.
const KEPT: usize = 4;

impl Workshop {
    async fn answer(&mut self, request: Request) -> Reply {
        match request {
            Request::Build(request) => self.build(*request).await,
            Request::Vendor { set, specifiers } => match bundle_vendor(&set, &specifiers).await {
                Ok(bundle) => Reply::Vendor(bundle),
                Err(error) => Reply::Failed(error.to_string()),
            },
            Request::Tailwind { set } => match bundle_tailwind(&set).await {
                Ok(script) => Reply::Tailwind(script),
                Err(error) => Reply::Failed(error.to_string()),
            },
        }
    }

    async fn build(&mut self, request: BuildRequest) -> Reply {
        let files = request.files.into_iter();
        let files = files.map(|(path, bytes)| (path, Arc::from(bytes.into_vec()))).collect();
        let vendor = match self.vendor(&request.vendor) {
            Ok(vendor) => vendor,
            Err(error) => return Reply::Failed(error),
        };
        let tailwind = match &request.tailwind {
            Some(path) => match self.tailwind(path) {
                Ok(tailwind) => Some(tailwind),
                Err(error) => return Reply::Failed(error),
            },
            None => None,
        };
        let surroundings = Surroundings {
            folder: &request.set,
            allowed: Arc::new(request.allowed),
            vendor: vendor.manifest,
            parts: vendor.parts,
            vendor_key: &request.vendor_key,
            tailwind,
        };
        Reply::Build(fast::build(Arc::new(Project::new(files)), surroundings).await)
    }

    fn vendor(&mut self, folder: &Path) -> Result<Vendor, String> {
        if let Some(known) = self.vendors.get(folder) {
            return Ok(known.clone());
        }
        let vendor = Vendor {
            manifest: Arc::new(stored(&folder.join(MANIFEST))?),
            parts: Arc::new(Shelf::new(folder.to_owned())),
        };
        if self.vendors.len() >= 2 * KEPT {
            self.vendors.clear();
        }
        self.vendors.insert(folder.to_owned(), vendor.clone());
        Ok(vendor)
    }

    fn tailwind(&mut self, path: &Path) -> Result<&mut Tailwind, String> {
        if !self.tailwinds.contains_key(path) {
            let script: TailwindScript = stored(path)?;
            if self.tailwinds.len() >= KEPT {
                self.tailwinds.clear();
            }
            self.tailwinds.insert(path.to_owned(), Tailwind::new(script));
        }
        self.tailwinds.get_mut(path).ok_or_else(|| "the engine is gone".to_owned())
    }

    /// Between two requests: gets engines ready again.
    fn tidy(&mut self) {
        for tailwind in self.tailwinds.values_mut() {
            tailwind.warm();
        }
    }
}

fn stored<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, String> {
    let failed = |error: &dyn std::fmt::Display| format!("cannot read {}: {error}", path.display());
    let bytes = std::fs::read(path).map_err(|error| failed(&error))?;
    serde_json::from_slice(&bytes).map_err(|error| failed(&error))
}
