//! What a hostile program cannot do, tried. Where a machine cannot confine, nothing is tried and a
//! line says so.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test may fail, and says so")]

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use pageloom_sandbox::{Ending, Job, Limit, Limits, Node, Outcome, Sandbox, remove_folder};

fn sandbox() -> Option<Sandbox> {
    match Sandbox::find() {
        Ok(sandbox) => Some(sandbox),
        Err(error) => {
            println!("skipped: {error}");
            None
        }
    }
}

fn limits() -> Limits {
    Limits {
        wall: Duration::from_secs(20),
        memory_mib: 400,
        processes: 64,
        folder_files: 2000,
        ..Limits::default()
    }
}

fn shell(script: &str) -> Job {
    Job::new("/bin/sh", limits()).args(["-c", script])
}

fn node(script: &str) -> Option<Job> {
    let Ok(node) = Node::find() else {
        println!("skipped: no Node");
        return None;
    };
    Some(node.show(Job::new(node.program(), limits()).args(["-e", script])))
}

fn text(outcome: &Outcome) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&outcome.stdout),
        String::from_utf8_lossy(&outcome.stderr)
    )
}

/// Processes on the host whose command line holds `mark`, dead ones not counted.
fn processes_with(mark: &str) -> usize {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = entries.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    lines.filter(|line| line.windows(mark.len()).any(|part| part == mark.as_bytes())).count()
}

#[tokio::test]
async fn a_program_runs_with_its_input_and_its_own_environment_only() {
    let Some(sandbox) = sandbox() else { return };
    let job = shell("cat; env | sort; cat /proc/1/environ /proc/self/environ; id -u; pwd; exit 7")
        .stdin("from its input\n")
        .env("GIVEN", "yes")
        .in_folder("/dev/shm");
    let outcome = sandbox.run(job).await.unwrap();
    assert_eq!(outcome.ending, Ending::Exit(7));
    let text = text(&outcome);
    assert!(text.starts_with("from its input\nGIVEN=yes\nHOME=/tmp\nLANG="), "{text}");
    assert!(text.ends_with("1000\n/dev/shm\n"), "{text}");
    assert!(!text.contains("CARGO"), "{text}");
}

#[tokio::test]
async fn a_listener_of_the_host_cannot_be_reached_without_network() {
    let Some(sandbox) = sandbox() else { return };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let script = format!(
        "const s = require('net').connect({port}, '127.0.0.1', () => console.log('reached'));\
         s.on('error', e => console.log('refused')); s.on('connect', () => s.end())"
    );
    let Some(job) = node(&script) else { return };
    let closed = sandbox.run(job.clone()).await.unwrap();
    assert_eq!(text(&closed), "refused\n");
    let open = sandbox.run(job.with_network()).await.unwrap();
    assert_eq!(text(&open), "reached\n");
}

#[tokio::test]
async fn files_that_were_not_bound_cannot_be_read() {
    let Some(sandbox) = sandbox() else { return };
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "planted").unwrap();
    let script = format!(
        "cat {} /etc/shadow /etc/passwd; ls /home /var /proc/1/root/home; echo done",
        secret.display()
    );
    let outcome = sandbox.run(shell(&script)).await.unwrap();
    let text = text(&outcome);
    assert_eq!(String::from_utf8_lossy(&outcome.stdout), "done\n", "{text}");
    assert!(!text.contains("planted"), "{text}");
}

#[tokio::test]
async fn only_the_writable_folder_can_be_written() {
    let Some(sandbox) = sandbox() else { return };
    let (given, shown) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(given.path().join("old"), "1").unwrap();
    std::fs::write(shown.path().join("a"), "1").unwrap();
    std::fs::create_dir(shown.path().join("cache")).unwrap();
    let script = "echo 2 > /given/old; echo 2 > /given/new; echo 2 > /shown/cache/b
        for f in /a /etc/a /usr/a /dev/a /shown/a /shown/b /bin/sh /proc/sys/kernel/hostname; do
            (echo 2 > $f) 2>/dev/null && echo wrote $f; done; exit 0";
    let job = shell(script)
        .writable(given.path(), "/given")
        .read_only(shown.path(), "/shown")
        .memory_folder("/shown/cache", 1);
    let outcome = sandbox.run(job).await.unwrap();
    assert_eq!((text(&outcome).as_str(), outcome.ending), ("", Ending::Exit(0)));
    assert_eq!(std::fs::read_to_string(given.path().join("old")).unwrap(), "2\n");
    assert_eq!(std::fs::read_to_string(given.path().join("new")).unwrap(), "2\n");
    assert_eq!(std::fs::read_to_string(shown.path().join("a")).unwrap(), "1");
    assert!(!shown.path().join("cache/b").exists());
}

#[tokio::test]
async fn folders_in_memory_are_bounded() {
    let Some(sandbox) = sandbox() else { return };
    let limits = Limits { tmp_mib: 4, ..limits() };
    let script = "for f in /tmp/a /dev/shm/a; do head -c 20000000 /dev/zero > $f; done";
    let job = Job::new("/bin/sh", limits).args(["-c", script]);
    let outcome = sandbox.run(job).await.unwrap();
    assert_eq!(text(&outcome).matches("No space left").count(), 2, "{}", text(&outcome));
}

#[tokio::test]
async fn an_endless_loop_ends_by_the_clock() {
    let Some(sandbox) = sandbox() else { return };
    let limits = Limits { wall: Duration::from_millis(700), ..limits() };
    let job = Job::new("/bin/sh", limits).args(["-c", "echo begun; while :; do :; done"]);
    let outcome = sandbox.run(job).await.unwrap();
    assert_eq!(outcome.ending, Ending::Limit(Limit::Time));
    assert_eq!(outcome.stdout, b"begun\n");
    assert!(outcome.wall < Duration::from_secs(10));
}

#[tokio::test]
async fn a_fork_bomb_ends_and_leaves_no_process() {
    let Some(sandbox) = sandbox() else { return };
    let mark = "bomb-31337";
    let script = format!("b() {{ sleep 60.31337 & b & b; }}; : {mark}; b; sleep 60.31337");
    let outcome = sandbox.run(shell(&script)).await.unwrap();
    // Where only we count, the shell may give up between two looks: no further process was to be had.
    let counted = sandbox.missing().is_empty();
    let refused = !counted && matches!(outcome.ending, Ending::Exit(2));
    let ended = outcome.ending == Ending::Limit(Limit::Processes);
    assert!(ended || refused, "{outcome:?}");
    assert_eq!(processes_with("60.31337"), 0);
    assert_eq!(processes_with("b() { sleep"), 0);
}

#[tokio::test]
async fn a_memory_hog_ends_by_its_memory() {
    let Some(sandbox) = sandbox() else { return };
    let script = "const k = []; for (;;) k.push(Buffer.alloc(20_000_000, 1))";
    let Some(job) = node(script) else { return };
    let outcome = sandbox.run(job).await.unwrap();
    assert_eq!(outcome.ending, Ending::Limit(Limit::Memory), "{}", text(&outcome));
    assert!(outcome.peak_memory_mib.is_some_and(|mib| mib >= 300), "{outcome:?}");
}

#[tokio::test]
async fn memory_of_all_processes_counts_together() {
    let Some(sandbox) = sandbox() else { return };
    let script = "const { spawn } = require('child_process');\
        for (let i = 0; i < 4; i++) spawn(process.execPath, ['-e',\
        'const k = Buffer.alloc(150_000_000, 1); setTimeout(() => k, 15000)']);\
        setTimeout(() => {}, 15000)";
    let Some(job) = node(script) else { return };
    let outcome = sandbox.run(job).await.unwrap();
    assert_eq!(outcome.ending, Ending::Limit(Limit::Memory), "{}", text(&outcome));
}

#[tokio::test]
async fn a_flood_of_output_ends_the_program_and_its_beginning_is_kept() {
    let Some(sandbox) = sandbox() else { return };
    let outcome = sandbox.run(shell("yes")).await.unwrap();
    assert_eq!(outcome.ending, Ending::Limit(Limit::Output));
    assert_eq!(outcome.stdout.len(), 256 << 10);
}

#[tokio::test]
async fn a_file_past_its_limit_ends_as_output() {
    let Some(sandbox) = sandbox() else { return };
    for script in [
        "cd /w; head -c 90000000 /dev/zero > a",
        "cd /w; (trap '' XFSZ; head -c 90000000 /dev/zero > a); exit 0",
        "cd /w; exec truncate -s 8G a",
        "cd /w; i=0; while [ $i -lt 100000 ]; do : > $i; i=$((i+1)); done; sleep 10",
        "cd /w; i=0; while [ $i -lt 9 ]; do head -c 60000000 /dev/zero > $i; i=$((i+1)); done",
        "cd /w; i=0; while [ $i -lt 99 ]; do mkdir a; cd a; i=$((i+1)); done; sleep 10",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let outcome = sandbox.run(shell(script).writable(folder.path(), "/w")).await.unwrap();
        assert_eq!(outcome.ending, Ending::Limit(Limit::Output), "{script}: {}", text(&outcome));
        remove_folder(folder.path()).unwrap();
    }
}

#[tokio::test]
async fn what_a_program_leaves_behind_ends_with_it() {
    let Some(sandbox) = sandbox() else { return };
    let script = "setsid sh -c 'setsid sleep 61.4242 & setsid sleep 61.4242' >/dev/null 2>&1 &
        nohup sleep 61.4242 & sleep 0.2; exit 3";
    let begin = Instant::now();
    let outcome = sandbox.run(shell(script)).await.unwrap();
    assert_eq!(outcome.ending, Ending::Exit(3), "{}", text(&outcome));
    assert!(begin.elapsed() < Duration::from_secs(10));
    assert_eq!(processes_with("61.4242"), 0);
}

#[tokio::test]
async fn a_dropped_future_kills_everything() {
    let Some(sandbox) = sandbox() else { return };
    let folder = tempfile::tempdir().unwrap();
    let script = "setsid sleep 62.5151 & touch /w/begun; sleep 62.5151";
    let job = shell(script).writable(folder.path(), "/w");
    let running = tokio::spawn(async move { sandbox.run(job).await });
    let mut clock = tokio::time::interval(Duration::from_millis(20));
    while !folder.path().join("begun").exists() {
        clock.tick().await;
    }
    running.abort();
    assert!(running.await.is_err());
    for _ in 0..250 {
        clock.tick().await;
        if processes_with("62.5151") == 0 {
            return;
        }
    }
    panic!("still there");
}

#[tokio::test]
async fn a_program_that_is_not_there_and_a_folder_that_is_not_there_are_our_faults() {
    let Some(sandbox) = sandbox() else { return };
    let gone = Job::new("/usr/bin/no-such-program", limits());
    assert!(sandbox.run(gone).await.unwrap_err().to_string().contains("no such program"));
    let unbound = shell("true").read_only(Path::new("/no/such/folder"), "/a");
    assert!(sandbox.run(unbound).await.unwrap_err().to_string().contains("/no/such/folder"));
}

#[tokio::test]
async fn a_program_cannot_pass_for_a_sandbox_that_failed() {
    let Some(sandbox) = sandbox() else { return };
    let script = "echo 'bwrap: execvp: no' >&2; echo '{\"exit-code\": 0}' >&3; exit 1";
    let outcome = sandbox.run(shell(script)).await.unwrap();
    assert!(matches!(outcome.ending, Ending::Exit(1 | 2)), "{outcome:?}");
}

#[tokio::test]
async fn two_programs_at_once_do_not_see_each_other() {
    let Some(sandbox) = sandbox() else { return };
    let job = || shell("sleep 0.3; set -- /proc/[0-9]*; echo $#");
    let (one, other) = tokio::join!(sandbox.run(job()), sandbox.run(job()));
    assert_eq!(one.unwrap().stdout, other.unwrap().stdout);
}

#[tokio::test]
async fn an_unconfined_program_runs_under_the_clock_and_sees_the_hosts_paths() {
    let (given, shown) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(shown.path().join("a"), "shown").unwrap();
    let job = Job::new("/bin/sh", limits())
        .args(["-c", "cat \"$1\"; cat inner/a; echo 1 > new", "sh", "/shown/a"])
        .read_only(shown.path(), "/shown")
        .writable(given.path(), "/given")
        .read_only(shown.path(), "/given/inner")
        .in_folder("/given");
    let outcome = Sandbox::none().run(job).await.unwrap();
    assert_eq!(text(&outcome), "shownshown");
    assert!(given.path().join("new").is_file());
    let limits = Limits { wall: Duration::from_millis(300), ..limits() };
    let endless = Job::new("/bin/sh", limits).args(["-c", "sleep 63.6161 & sleep 63.6161"]);
    let outcome = Sandbox::none().run(endless).await.unwrap();
    assert_eq!(outcome.ending, Ending::Limit(Limit::Time));
    assert_eq!(processes_with("63.6161"), 0);
    assert!(!Sandbox::none().confines() && !Sandbox::none().missing().is_empty());
}

/// The two halves of the next test: started anew as a process of its own, and then killed.
#[tokio::test]
async fn a_killed_owner_takes_its_programs_with_it() {
    let Some(sandbox) = sandbox() else { return };
    #[expect(clippy::disallowed_methods, reason = "the test starts itself as its own victim")]
    if let Ok(folder) = std::env::var("SANDBOX_TEST_VICTIM") {
        let job = shell("setsid sleep 64.7171 & touch /w/begun; sleep 64.7171");
        drop(sandbox.run(job.writable(Path::new(&folder), "/w")).await);
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    #[expect(clippy::disallowed_methods, reason = "the test starts itself as its own victim")]
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_killed_owner_takes_its_programs_with_it"])
        .env("SANDBOX_TEST_VICTIM", folder.path())
        .spawn()
        .unwrap();
    let mut clock = tokio::time::interval(Duration::from_millis(20));
    while !folder.path().join("begun").exists() {
        clock.tick().await;
    }
    victim.kill().unwrap();
    victim.wait().unwrap();
    for _ in 0..250 {
        clock.tick().await;
        if processes_with("64.7171") == 0 {
            return;
        }
    }
    panic!("still there");
}
