//! Our side: a bounded number of worker processes, each replaced when it is worn or broken.
#![expect(clippy::disallowed_methods, reason = "this crate starts its workers")]

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Semaphore;

use super::serve::{LARGE, STACK, THREADS};
use super::wire::{self, Reply, Request};

/// A worker is replaced after this many requests.
const REQUESTS_PER_WORKER: u32 = 400;
/// The end of what a worker says on its standard error that is kept, in bytes.
const TOLD_BYTES: usize = 2_000;

/// How the worker process is started: our own program, with the argument that makes it one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerProgram {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<OsString>,
}

/// Why a worker gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// It could not be started.
    #[error("cannot start the build worker: {0}")]
    Start(std::io::Error),
    /// It took too long, and was ended.
    #[error("the build took longer than {} s", .0.as_secs())]
    Timeout(Duration),
    /// It asked for more memory than it may.
    #[error("the build took more memory than it may")]
    Memory,
    /// It ended in the middle of its work.
    #[error("the build worker ended: {0}")]
    Died(String),
    /// What is between us and it broke.
    #[error("the build worker cannot be talked to: {0}")]
    Wire(std::io::Error),
}

/// The workers.
#[derive(Debug)]
pub struct Workers {
    program: WorkerProgram,
    /// bubblewrap, where there is one.
    cage: Option<PathBuf>,
    /// Folders that workers may read.
    readable: Vec<PathBuf>,
    places: Semaphore,
    idle: Mutex<Vec<Worker>>,
}

#[derive(Debug)]
struct Worker {
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
    told: Arc<Mutex<Vec<u8>>>,
    served: u32,
}

impl Workers {
    /// Up to `count` workers, which may read `readable` and nothing else of ours.
    #[must_use]
    pub fn new(program: WorkerProgram, count: usize, readable: Vec<PathBuf>) -> Self {
        let cage = ["/usr/bin/bwrap", "/bin/bwrap", "/usr/local/bin/bwrap"]
            .into_iter()
            .map(PathBuf::from)
            .find(|path| path.is_file());
        let idle = Mutex::default();
        Self { program, cage, readable, places: Semaphore::new(count.max(1)), idle }
    }

    /// Asks a worker; a request that does not end within `limit` ends the worker.
    ///
    /// # Errors
    /// [`WorkerError`].
    pub(crate) async fn ask(
        &self,
        request: &Request,
        limit: Duration,
    ) -> Result<Reply, WorkerError> {
        let _place = self.places.acquire().await;
        let message = wire::encode(request).map_err(WorkerError::Wire)?;
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut worker = match idle {
            Some(worker) => worker,
            None => self.start(&[])?,
        };
        let reply = match tokio::time::timeout(limit, worker.exchange(&message)).await {
            Ok(Ok(reply)) => reply,
            Ok(Err(error)) => return Err(worker.ended(error).await),
            Err(_) => return Err(WorkerError::Timeout(limit)),
        };
        worker.served += 1;
        if worker.served < REQUESTS_PER_WORKER {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
        }
        Ok(reply)
    }

    /// Asks a worker with more memory that does nothing else and ends afterwards; one that dies over
    /// it is replaced once.
    ///
    /// # Errors
    /// [`WorkerError`].
    pub(crate) async fn ask_large(
        &self,
        request: &Request,
        limit: Duration,
    ) -> Result<Reply, WorkerError> {
        let message = wire::encode(request).map_err(WorkerError::Wire)?;
        match self.ask_once_large(&message, limit).await {
            Err(WorkerError::Died(_)) => self.ask_once_large(&message, limit).await,
            other => other,
        }
    }

    async fn ask_once_large(&self, message: &[u8], limit: Duration) -> Result<Reply, WorkerError> {
        let mut worker = self.start(&[LARGE])?;
        match tokio::time::timeout(limit, worker.exchange(message)).await {
            Ok(Ok(reply)) => Ok(reply),
            Ok(Err(error)) => Err(worker.ended(error).await),
            Err(_) => Err(WorkerError::Timeout(limit)),
        }
    }

    fn start(&self, more: &[&str]) -> Result<Worker, WorkerError> {
        let mut command = match &self.cage {
            Some(cage) => self.caged(cage),
            None => {
                let mut command = Command::new(&self.program.program);
                command.env_clear().envs(environment());
                command
            }
        };
        command.args(&self.program.args).args(more);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.kill_on_drop(true);
        let mut child = command.spawn().map_err(WorkerError::Start)?;
        let gone = || WorkerError::Start(std::io::Error::other("it has no streams"));
        let input = child.stdin.take().ok_or_else(gone)?;
        let output = child.stdout.take().ok_or_else(gone)?;
        let mut errors = child.stderr.take().ok_or_else(gone)?;
        let told = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&told);
        tokio::spawn(async move {
            let mut buffer = [0; 1024];
            while let Ok(count) = errors.read(&mut buffer).await {
                if count == 0 {
                    break;
                }
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.extend_from_slice(buffer.get(..count).unwrap_or_default());
                let excess = kept.len().saturating_sub(TOLD_BYTES);
                kept.drain(..excess);
            }
        });
        Ok(Worker { child, input, output, told, served: 0 })
    }

    /// No network, nothing of ours to see but what it must read, nothing to write.
    fn caged(&self, cage: &Path) -> Command {
        let mut command = Command::new(cage);
        command.args(["--unshare-all", "--uid", "1000", "--gid", "1000"]);
        command.args(["--die-with-parent", "--new-session", "--clearenv"]);
        for (name, value) in environment() {
            command.arg("--setenv").arg(name).arg(value);
        }
        command.args(["--ro-bind", "/usr", "/usr"]);
        for path in ["/bin", "/lib", "/lib64", "/etc/ld.so.cache"] {
            command.args(["--ro-bind-try", path, path]);
        }
        command.args(["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]);
        for path in &self.readable {
            command.arg("--ro-bind-try").arg(path).arg(path);
        }
        command.arg("--ro-bind").arg(&self.program.program).arg("/tmp/pageloom-worker");
        command.args(["--chdir", "/tmp", "--", "/tmp/pageloom-worker"]);
        command
    }
}

/// How many threads the bundler's own pool has, and how deep their stacks are: a pool as large as the
/// machine would take the worker's memory for stacks.
fn environment() -> [(&'static str, String); 2] {
    [("RAYON_NUM_THREADS", THREADS.to_string()), ("RUST_MIN_STACK", STACK.to_string())]
}

impl Worker {
    async fn exchange(&mut self, message: &[u8]) -> std::io::Result<Reply> {
        self.input.write_all(message).await?;
        self.input.flush().await?;
        let mut head = [0; 4];
        self.output.read_exact(&mut head).await?;
        let mut body = vec![0; wire::length(head)?];
        self.output.read_exact(&mut body).await?;
        wire::decode(&body)
    }

    /// What a broken exchange means.
    async fn ended(mut self, error: std::io::Error) -> WorkerError {
        if error.kind() == std::io::ErrorKind::InvalidData {
            return WorkerError::Wire(error);
        }
        drop(self.child.start_kill());
        let status = self.child.wait().await;
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let told = String::from_utf8_lossy(&told).into_owned();
        if told.contains("memory allocation") {
            return WorkerError::Memory;
        }
        // A panic says where it was, and then what it was.
        let mut lines = told.lines().skip_while(|line| !line.contains("panicked at")).take(2);
        let last = match (lines.next(), lines.next()) {
            (Some(place), Some(what)) => format!("{what} ({place})"),
            _ => told.lines().last().unwrap_or_default().to_owned(),
        };
        let status = status.map(|status| status.to_string()).unwrap_or_default();
        WorkerError::Died(format!("{status} {last}").trim().to_owned())
    }
}
