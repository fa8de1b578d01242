//! The command line that confines a program.
//!
//! A shell joins the control group, then, when we are root, makes the bound paths reachable for a
//! user without rights and becomes that user; then bubblewrap makes the namespaces; then, inside,
//! `prlimit` bounds files and processes and becomes the program.
#![expect(clippy::disallowed_methods, reason = "this crate starts confined programs")]

use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::Resource;

use crate::cgroup::Group;
use crate::error::SandboxError;
use crate::job::{Job, Mount};
use crate::machine::Bubblewrap;

/// Who a confined program is outside, when we are root. Nobody else is this user, and it owns
/// nothing but the folders that were given to it.
pub(crate) const USER: u32 = 65_533;

/// Steps before the confinement. Arguments are data here: none is ever read as shell text.
const STEPS: &str = r#"set -eu
while [ "$1" != -- ]; do
  case "$1" in
    join) echo 0 > "$2"; shift 2 ;;
    stage) mount -t tmpfs -o mode=711,size=1m tmpfs "$2"; shift 2 ;;
    folder) mkdir "$3"; mount --rbind "$2" "$3"; shift 3 ;;
    file) : > "$3"; mount --bind "$2" "$3"; shift 3 ;;
    *) exit 70 ;;
  esac
done
shift
exec "$@"
"#;

/// Folders that every system has and few need while a program is built; one that holds no bound
/// path becomes, in a mount namespace of its own, the place where bound paths are reachable.
const STAGES: [&str; 4] = ["/mnt", "/media", "/srv", "/var/opt"];

/// Parts of the system that every program sees.
const SYSTEM: [&str; 6] =
    ["/bin", "/sbin", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/alternatives"];

/// Parts of the system that a program with network sees too.
const NETWORK: [&str; 7] = [
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/nsswitch.conf",
    "/etc/gai.conf",
    "/etc/ssl",
    "/etc/pki",
    "/etc/ca-certificates",
];

/// The number under which bubblewrap finds the pipe for its status.
pub(crate) const STATUS_FD: i32 = 3;

/// The whole command, its pipes not yet set.
pub(crate) fn confined(
    way: &Bubblewrap,
    job: &Job,
    group: Option<&Group>,
    status: Option<i32>,
) -> Result<Command, SandboxError> {
    let mut line: Vec<OsString> = Vec::new();
    if let Some(root) = &way.unprivileged {
        add(&mut line, [root.unshare.as_os_str()]);
        add(&mut line, ["--mount", "--propagation", "private", "--"]);
    }
    add(&mut line, ["/bin/sh", "-c", STEPS, "sandbox"]);
    for door in group.map(Group::doors).unwrap_or_default() {
        add(&mut line, [OsStr::new("join"), door.as_os_str()]);
    }
    let mounts = staged(way, job, &mut line)?;
    add(&mut line, ["--"]);
    if let Some(root) = &way.unprivileged {
        let (user, group) = (format!("--reuid={USER}"), format!("--regid={USER}"));
        add(&mut line, [root.setpriv.as_os_str()]);
        add(&mut line, [user.as_str(), &group, "--clear-groups", "--no-new-privs", "--"]);
    }
    bubblewrap(way, job, &mounts, status, &mut line);
    inner_limits(way, job, &mut line);
    add(&mut line, [job.program.as_os_str()]);
    line.extend(job.arguments.iter().cloned());

    let mut line = line.into_iter();
    let mut command = Command::new(line.next().unwrap_or_default());
    // What bubblewrap itself was started with can be read inside: no variable of ours may be there.
    command.args(line).env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").process_group(0);
    command.current_dir("/");
    Ok(command)
}

fn add<T: AsRef<OsStr>>(line: &mut Vec<OsString>, parts: impl IntoIterator<Item = T>) {
    line.extend(parts.into_iter().map(|part| part.as_ref().to_owned()));
}

/// The job's mounts with the paths under which the unprivileged user reaches them; adds the steps
/// that make them so.
fn staged(
    way: &Bubblewrap,
    job: &Job,
    line: &mut Vec<OsString>,
) -> Result<Vec<Mount>, SandboxError> {
    let mut mounts = job.mounts.clone();
    let mut hosts = Vec::new();
    for mount in &mut mounts {
        if let Mount::ReadOnly { host, .. } | Mount::Writable { host, .. } = mount {
            let failed = |reason: String| SandboxError::Mount { path: host.clone(), reason };
            if !host.is_absolute() {
                return Err(failed("the path is relative".to_owned()));
            }
            *host = host.canonicalize().map_err(|error| failed(error.to_string()))?;
            hosts.push(host);
        }
    }
    if way.unprivileged.is_none() || hosts.is_empty() {
        return Ok(mounts);
    }
    let free = |stage: &&&str| {
        Path::new(stage).is_dir() && !hosts.iter().any(|host| host.starts_with(stage))
    };
    let stage = STAGES.iter().find(free).ok_or_else(|| SandboxError::Unavailable {
        reason: format!("none of {} is free to make bound paths reachable", STAGES.join(", ")),
    })?;
    add(line, ["stage", stage]);
    for (number, host) in hosts.into_iter().enumerate() {
        let place = PathBuf::from(format!("{stage}/{number}"));
        let kind = if host.is_dir() { "folder" } else { "file" };
        add(line, [OsStr::new(kind), host.as_os_str(), place.as_os_str()]);
        *host = place;
    }
    Ok(mounts)
}

fn bubblewrap(
    way: &Bubblewrap,
    job: &Job,
    mounts: &[Mount],
    status: Option<i32>,
    line: &mut Vec<OsString>,
) {
    add(line, [way.program.as_os_str()]);
    add(line, ["--unshare-all", "--unshare-user", "--uid", "1000", "--gid", "1000"]);
    add(line, ["--die-with-parent", "--new-session", "--hostname", "sandbox", "--clearenv"]);
    if job.network {
        add(line, ["--share-net"]);
    }
    if way.forbids_namespaces {
        add(line, ["--disable-userns"]);
    }
    if let Some(status) = status {
        add(line, ["--json-status-fd", &status.to_string()]);
    }
    for (name, value) in &job.environment {
        add(line, [OsStr::new("--setenv"), OsStr::new(name), value]);
    }
    add(line, ["--ro-bind", "/usr", "/usr"]);
    for path in SYSTEM.iter().chain(job.network.then_some(&NETWORK).into_iter().flatten()) {
        add(line, ["--ro-bind-try", path, path]);
    }
    add(line, ["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"]);
    memory_folder(line, Path::new("/dev/shm"), job.limits.tmp_mib);
    memory_folder(line, Path::new("/tmp"), job.limits.tmp_mib);
    for mount in mounts {
        match mount {
            Mount::ReadOnly { host, inside } => {
                add(line, [OsStr::new("--ro-bind"), host.as_os_str(), inside.as_os_str()]);
            }
            Mount::Writable { host, inside } => {
                add(line, [OsStr::new("--bind"), host.as_os_str(), inside.as_os_str()]);
            }
            Mount::Memory { inside, mib } => memory_folder(line, inside, *mib),
        }
    }
    add(line, ["--remount-ro", "/"]);
    add(line, [OsStr::new("--chdir"), job.folder.as_os_str(), OsStr::new("--")]);
}

fn memory_folder(line: &mut Vec<OsString>, inside: &Path, mib: u32) {
    let bytes = (u64::from(mib.max(1)) << 20).to_string();
    let parts = ["--perms", "0700", "--size", &bytes, "--tmpfs"];
    add(line, parts);
    add(line, [inside]);
}

/// Limits that are set by the program's own user, inside its namespaces. A program may lower them
/// further, and cannot raise them.
fn inner_limits(way: &Bubblewrap, job: &Job, line: &mut Vec<OsString>) {
    let Some(prlimit) = &way.prlimit else { return };
    let at_most = |wanted: u64, resource: Resource| {
        rustix::process::getrlimit(resource).maximum.map_or(wanted, |hard| hard.min(wanted))
    };
    let file = at_most(u64::from(job.limits.file_mib) << 20, Resource::Fsize);
    add(line, [prlimit.as_os_str()]);
    add(line, [format!("--fsize={file}:{file}").as_str(), "--core=0:0"]);
    if way.counts_processes {
        // One more than the limit that is watched, so that passing it is seen and not only refused.
        let count = at_most(u64::from(job.limits.processes) + 16, Resource::Nproc);
        add(line, [format!("--nproc={count}:{count}")]);
    }
    add(line, ["--"]);
}
