//! One program that runs: started, watched, and ended with all it has started.

use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use command_fds::{CommandFdExt as _, FdMapping};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::process::{Pid, PidfdFlags, WaitId, WaitIdOptions};
use tokio::sync::{Notify, oneshot};

use crate::cgroup::Group;
use crate::command;
use crate::error::SandboxError;
use crate::folder;
use crate::job::{Ending, Job, Limit, Outcome};
use crate::machine::{Bubblewrap, Confinement, Sandbox};
use crate::streams::{Kept, feed};
use crate::unconfined;
use crate::watch::{Watch, folders_pass};

/// How long the kernel may take to end a namespace whose first process was killed.
const END_LIMIT: Duration = Duration::from_secs(10);

/// The exit status of a program that wrote a file past its limit and did not catch the signal.
const FILE_TOO_LARGE: i32 = 128 + 25;

impl Sandbox {
    /// Runs a program to its end, or until it passes a limit. Whatever it started has ended when
    /// this returns; when the future is dropped instead, it is killed at once.
    ///
    /// # Errors
    /// [`SandboxError`] when the program could not be run. A program that failed, or that was ended
    /// by a limit, is an [`Outcome`].
    pub async fn run(&self, job: Job) -> Result<Outcome, SandboxError> {
        let begin = Instant::now();
        job.check_program()?;
        let (command, way, group) = match &self.confinement {
            Confinement::Bubblewrap(way) => {
                if way.unprivileged.is_some() {
                    for host in job.writable_folders() {
                        folder::give(host, command::USER, command::USER)
                            .map_err(SandboxError::io("giving the folder to its user"))?;
                    }
                }
                let group = match &way.groups {
                    Some(groups) => Some(Arc::new(
                        groups
                            .group(&job.limits)
                            .map_err(SandboxError::io("making a control group"))?,
                    )),
                    None => None,
                };
                let status = Some(command::STATUS_FD);
                let command = command::confined(way, &job, group.as_deref(), status)?;
                (command, Some(way), group)
            }
            Confinement::None => (unconfined::command(&job)?, None, None),
        };
        let flood = Arc::new(Notify::new());
        let (running, pipes) = Running::start(command, &job, group.clone(), way.is_some()).await?;
        let keep = (job.limits.output_kib as usize) << 10;
        let pipe_failed = SandboxError::io("reading the program's output");
        let stdout = Kept::start(pipes.stdout, keep, Arc::clone(&flood)).map_err(&pipe_failed)?;
        let stderr = Kept::start(pipes.stderr, keep, Arc::clone(&flood)).map_err(&pipe_failed)?;
        let input = match pipes.stdin {
            Some(stdin) => Some(
                feed(stdin, job.stdin.clone())
                    .map_err(SandboxError::io("writing the program's input"))?,
            ),
            None => None,
        };
        let (exit, limit, seen_kib) =
            running.supervise(&job, group.clone(), kernel_counts(way), &flood).await?;
        if let Some(input) = input {
            input.abort();
        }
        let (stdout, stderr) = (stdout.end().await, stderr.end().await);
        let folders: Vec<PathBuf> = job.writable_folders().map(ToOwned::to_owned).collect();
        let limits = job.limits;
        let too_much = tokio::task::spawn_blocking(move || folders_pass(&limits, &folders)).await;
        let ending = match (limit.or(exit.passed), exit.code) {
            (Some(limit), _) => Ending::Limit(limit),
            (None, _) if too_much.unwrap_or(false) => Ending::Limit(Limit::Output),
            (None, Some(FILE_TOO_LARGE)) => Ending::Limit(Limit::Output),
            (None, Some(code)) => Ending::Exit(code),
            (None, None) => {
                let reason = String::from_utf8_lossy(&stderr);
                let reason = reason.lines().next().unwrap_or("it was killed from outside");
                let program = job.program.display().to_string();
                return Err(SandboxError::Start { program, reason: reason.to_owned() });
            }
        };
        let seen = (seen_kib > 0).then(|| seen_kib.div_ceil(1024));
        let peak_memory_mib = exit.peak_memory_mib.or(seen);
        Ok(Outcome { ending, stdout, stderr, wall: begin.elapsed(), peak_memory_mib })
    }
}

fn kernel_counts(way: Option<&Bubblewrap>) -> bool {
    way.and_then(|way| way.groups.as_ref()).is_some_and(crate::cgroup::Hierarchy::bounds_processes)
}

/// How a program ended, seen from outside.
struct Exit {
    /// None when bubblewrap did not get as far as running it, or was killed.
    code: Option<i32>,
    passed: Option<Limit>,
    peak_memory_mib: Option<u64>,
}

/// Our ends of the program's pipes.
struct Pipes {
    stdin: Option<OwnedFd>,
    stdout: OwnedFd,
    stderr: OwnedFd,
}

/// A program that was started. Dropping it kills the program and all it has started.
struct Running {
    root: Pid,
    /// True while the process number is still the program's.
    alive: Arc<Mutex<bool>>,
    group: Option<Arc<Group>>,
    exit: oneshot::Receiver<Exit>,
}

impl Running {
    async fn start(
        mut command: Command,
        job: &Job,
        group: Option<Arc<Group>>,
        confined: bool,
    ) -> Result<(Self, Pipes), SandboxError> {
        let failed = SandboxError::io("making a pipe");
        let (our_out, their_out) = std::io::pipe().map_err(&failed)?;
        let (our_err, their_err) = std::io::pipe().map_err(&failed)?;
        command.stdout(their_out).stderr(their_err).stdin(Stdio::null());
        let mut stdin = None;
        if !job.stdin.is_empty() {
            let (theirs, ours) = std::io::pipe().map_err(&failed)?;
            command.stdin(theirs);
            stdin = Some(OwnedFd::from(ours));
        }
        let (our_status, their_status) = std::io::pipe().map_err(&failed)?;
        if confined {
            let parent_fd = OwnedFd::from(their_status);
            command
                .fd_mappings(vec![FdMapping { parent_fd, child_fd: command::STATUS_FD }])
                .map_err(|error| SandboxError::Start {
                    program: job.program.display().to_string(),
                    reason: error.to_string(),
                })?;
        } else {
            drop(their_status);
        }
        let alive = Arc::new(Mutex::new(true));
        let (started, starting) = oneshot::channel();
        let (ended, exit) = oneshot::channel();
        let (their_alive, their_group) = (Arc::clone(&alive), group.clone());
        // The kernel's "die with your parent" is bound to the thread that spawned: this one lives as
        // long as the program, collects its exit status and removes its control group.
        std::thread::Builder::new()
            .name("sandbox".into())
            .spawn(move || {
                let spawned = command.spawn();
                // Our copies of the program's ends close here; only then does its end close them.
                drop(command);
                let mut child = match spawned {
                    Ok(child) => child,
                    Err(error) => return drop(started.send(Err(error))),
                };
                let root = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
                let Some(root) = root else {
                    let error = std::io::Error::other("the process number is out of range");
                    return drop(started.send(Err(error)));
                };
                if started.send(Ok(root)).is_err() {
                    // Cancelled before it began.
                    crate::tree::kill(root);
                }
                let status = if confined { Status::read(our_status) } else { Status::default() };
                let waiting = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
                while matches!(
                    rustix::process::waitid(WaitId::Pid(root), waiting),
                    Err(rustix::io::Errno::INTR)
                ) {}
                *their_alive.lock().unwrap_or_else(PoisonError::into_inner) = false;
                let own_code = child.wait().ok().and_then(|status| {
                    use std::os::unix::process::ExitStatusExt as _;
                    status.code().or_else(|| status.signal().map(|signal| 128 + signal))
                });
                let code = if confined { status.finish() } else { own_code };
                let group = their_group;
                if let Some(group) = &group {
                    group.kill();
                }
                drop(ended.send(Exit {
                    code,
                    passed: group.as_ref().and_then(|group| group.passed()),
                    peak_memory_mib: group.as_ref().and_then(|group| group.peak_memory_mib()),
                }));
            })
            .map_err(SandboxError::io("starting a thread"))?;
        let start_failed = |reason: String| SandboxError::Start {
            program: job.program.display().to_string(),
            reason,
        };
        let root = starting
            .await
            .map_err(|_| start_failed("its thread ended".to_owned()))?
            .map_err(|error| start_failed(error.to_string()))?;
        let pipes = Pipes { stdin, stdout: our_out.into(), stderr: our_err.into() };
        Ok((Self { root, alive, group, exit }, pipes))
    }

    /// Waits for the end, or brings it about. The memory seen is in KiB, 0 where nobody looked.
    async fn supervise(
        mut self,
        job: &Job,
        group: Option<Arc<Group>>,
        kernel_counts: bool,
        flood: &Notify,
    ) -> Result<(Exit, Option<Limit>, u64), SandboxError> {
        let folders = job.writable_folders().map(ToOwned::to_owned).collect();
        let watch = Watch::new(self.root, job.limits, folders, group, kernel_counts);
        let (peak, seen) = tokio::sync::watch::channel(0);
        let limit = tokio::select! {
            biased;
            exit = &mut self.exit => {
                return Ok((exit.map_err(|_| lost(job))?, None, *seen.borrow()));
            }
            limit = watch.until_passed(peak) => limit,
            () = flood.notified() => Limit::Output,
            () = deadline(job.limits.wall) => Limit::Time,
        };
        self.kill();
        let exit = (&mut self.exit).await.map_err(|_| lost(job))?;
        Ok((exit, Some(limit), *seen.borrow()))
    }

    fn kill(&self) {
        let alive = self.alive.lock().unwrap_or_else(PoisonError::into_inner);
        if *alive {
            crate::tree::kill(self.root);
            if let Some(group) = &self.group {
                group.kill();
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

fn lost(job: &Job) -> SandboxError {
    let reason = "its thread ended".to_owned();
    SandboxError::Start { program: job.program.display().to_string(), reason }
}

/// Ends after `time`.
async fn deadline(time: Duration) {
    drop(tokio::time::timeout(time, std::future::pending::<()>()).await);
}

/// What bubblewrap tells of the program: the number of its first process and its exit status. Only
/// bubblewrap can write to this pipe; the program's own output cannot pass for it.
#[derive(Default)]
struct Status {
    pipe: Option<std::io::PipeReader>,
    text: Vec<u8>,
    first_process: Option<OwnedFd>,
}

impl Status {
    /// Reads the first line, which comes as soon as the namespaces are made.
    fn read(mut pipe: std::io::PipeReader) -> Self {
        let mut text = Vec::new();
        let mut part = [0_u8; 512];
        while !text.contains(&b'}') {
            match pipe.read(&mut part) {
                Ok(0) | Err(_) => break,
                Ok(count) => text.extend_from_slice(part.get(..count).unwrap_or_default()),
            }
        }
        let pid = number(&text, "child-pid").and_then(Pid::from_raw);
        let first_process =
            pid.and_then(|pid| rustix::process::pidfd_open(pid, PidfdFlags::empty()).ok());
        Self { pipe: Some(pipe), text, first_process }
    }

    /// Waits until every process of the namespace is gone, and tells the exit status.
    fn finish(mut self) -> Option<i32> {
        if let Some(first) = &self.first_process {
            let limit = Timespec::try_from(END_LIMIT).ok();
            let mut polled = [PollFd::new(first, PollFlags::IN)];
            while rustix::event::poll(&mut polled, limit.as_ref()) == Err(rustix::io::Errno::INTR) {
            }
        }
        if let Some(pipe) = &mut self.pipe {
            // Whoever could still write is gone; should somebody not be, nobody waits for it.
            let flags = rustix::fs::fcntl_getfl(&*pipe).ok()?;
            rustix::fs::fcntl_setfl(&*pipe, flags | rustix::fs::OFlags::NONBLOCK).ok()?;
            drop(pipe.read_to_end(&mut self.text));
        }
        number(&self.text, "exit-code")
    }
}

/// The number behind `"name":` in bubblewrap's status, a few JSON objects of numbers.
fn number(text: &[u8], name: &str) -> Option<i32> {
    let text = std::str::from_utf8(text).ok()?;
    let rest = text.split_once(&format!("\"{name}\""))?.1.trim_start_matches([':', ' ']);
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}
