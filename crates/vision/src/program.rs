//! Foreign programs: how one is found, started, fed, listened to and ended. Owns [`run`], which talks
//! to a program over its streams, without a shell, within a time limit and an output limit. Must not
//! know what the programs do; [`crate::ocr`] and [`crate::video`] do.

use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// The most that is kept of a program's complaints, in bytes.
const MAX_COMPLAINTS: usize = 64 << 10;

/// What is to be run.
pub(crate) struct Call<'a> {
    pub(crate) program: &'a Path,
    pub(crate) arguments: Vec<OsString>,
    /// What it is fed over stdin, which is closed then.
    pub(crate) input: Vec<u8>,
    /// Wall-clock time from its start to its end.
    pub(crate) limit: Duration,
    /// The most bytes it may write to stdout.
    pub(crate) max_output: usize,
}

/// What a program that ended by itself wrote.
pub(crate) struct Output {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: Vec<u8>,
    /// The beginning of stderr.
    pub(crate) stderr: Vec<u8>,
}

/// Why a program was ended, or never ran.
#[derive(Debug)]
pub(crate) enum Stop {
    /// It could not be started or waited for.
    Unavailable(std::io::Error),
    /// It was still running at the time limit.
    Time,
    /// It wrote more than it may.
    Output,
}

/// The programs of a name along `PATH`, first one first.
#[expect(clippy::disallowed_methods, reason = "a program is looked for along `PATH`")]
pub(crate) fn along_path(name: &str) -> Vec<PathBuf> {
    let Some(path) = std::env::var_os("PATH") else { return Vec::new() };
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&path)
        .map(|folder| folder.join(&name))
        .filter(|program| program.is_file())
        .collect()
}

/// Starts a program with all three streams piped.
#[expect(clippy::disallowed_methods, reason = "the one place that starts the crate's programs")]
pub(crate) fn start(
    program: &Path,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
) -> std::io::Result<Child> {
    Command::new(program)
        .args(arguments)
        // More threads make one page hardly faster and several pages at once much slower.
        .env("OMP_THREAD_LIMIT", "1")
        .env("LC_ALL", "C")
        // ffmpeg writes a report of every run to a file when this is set.
        .env_remove("FFREPORT")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
}

/// Runs a program to its end; at a limit it is killed.
pub(crate) fn run(call: Call<'_>) -> Result<Output, Stop> {
    let mut child = start(call.program, &call.arguments).map_err(Stop::Unavailable)?;
    let outcome = exchange(&mut child, call.input, call.limit, call.max_output);
    let status = end(&mut child, outcome.is_err()).map_err(Stop::Unavailable)?;
    let (stdout, stderr) = outcome?;
    Ok(Output { status, stdout, stderr })
}

/// Waits for a program whose streams have ended, or that is killed first.
pub(crate) fn end(child: &mut Child, kill: bool) -> std::io::Result<ExitStatus> {
    if kill {
        // It may have ended by itself; either way nothing is left running.
        let _ = child.kill();
    }
    child.wait()
}

/// Feeds the child and collects its output until both streams end.
fn exchange(
    child: &mut Child,
    input: Vec<u8>,
    limit: Duration,
    max_output: usize,
) -> Result<(Vec<u8>, Vec<u8>), Stop> {
    let deadline = Instant::now() + limit;
    if let Some(mut stdin) = child.stdin.take() {
        // A child that stops reading ends the write; its exit status tells why.
        std::thread::spawn(move || stdin.write_all(&input));
    }
    let output = child.stdout.take().map(|stream| collect(stream, max_output));
    let complaints = child.stderr.take().map(complaints);
    let output = receive(output, deadline)?;
    if output.len() > max_output {
        return Err(Stop::Output);
    }
    Ok((output, receive(complaints, deadline)?))
}

/// What a thread has collected, once its stream has ended.
pub(crate) fn receive(
    receiver: Option<mpsc::Receiver<Vec<u8>>>,
    deadline: Instant,
) -> Result<Vec<u8>, Stop> {
    let Some(receiver) = receiver else { return Ok(Vec::new()) };
    let left = deadline.saturating_duration_since(Instant::now());
    receiver.recv_timeout(left).map_err(|_| Stop::Time)
}

/// Reads a stream to its end on a thread, or one byte past the limit.
fn collect(stream: impl Read + Send + 'static, most: usize) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::sync_channel(1);
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // A read error ends the stream; what came before it is judged by the exit status.
        let _ = stream.take(most as u64 + 1).read_to_end(&mut bytes);
        let _ = sender.send(bytes);
    });
    receiver
}

/// Reads a stream to its end on a thread and keeps its beginning, so that a program which complains
/// a lot is not held up.
pub(crate) fn complaints(mut stream: impl Read + Send + 'static) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::sync_channel(1);
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = stream.by_ref().take(MAX_COMPLAINTS as u64).read_to_end(&mut bytes);
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
        let _ = sender.send(bytes);
    });
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call<'a>(program: &'a str, argument: &str, limit: Duration) -> Call<'a> {
        Call {
            program: Path::new(program),
            arguments: vec![argument.into()],
            input: Vec::new(),
            limit,
            max_output: 1 << 20,
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_program_that_hangs_is_stopped_at_its_limit() {
        let started = Instant::now();
        let result = run(call("/bin/sleep", "30", Duration::from_millis(200)));
        assert!(matches!(result, Err(Stop::Time)));
        assert!(started.elapsed() < Duration::from_secs(10));
    }

    #[cfg(unix)]
    #[test]
    fn endless_output_is_cut_off() {
        let result = run(call("/bin/cat", "/dev/zero", Duration::from_secs(20)));
        assert!(matches!(result, Err(Stop::Output)));
    }

    #[cfg(unix)]
    #[test]
    fn endless_complaints_do_not_fill_the_memory() {
        let limit = Duration::from_millis(300);
        let arguments = vec!["-c".into(), "exec cat /dev/zero >&2".into()];
        let result = run(Call { arguments, ..call("/bin/sh", "", limit) });
        assert!(matches!(result, Err(Stop::Time)));
    }
}
