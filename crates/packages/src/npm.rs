//! npm, run in the sandbox: it makes lock files and unpacks packages, and runs nothing of them.
#![expect(clippy::disallowed_methods, reason = "this crate asks npm for its settings")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use pageloom_sandbox::{Ending, Job, Limit, Limits, Node, Outcome, Sandbox};

use crate::error::PackagesError;

/// npm with the settings under which this machine reaches its registry.
#[derive(Clone, Debug)]
pub(crate) struct Npm {
    node: Node,
    script: PathBuf,
    settings: BTreeMap<&'static str, String>,
    cafile: Option<PathBuf>,
}

/// Settings of the user that decide where packages come from. Secrets are not among them.
const SETTINGS: [&str; 7] =
    ["registry", "proxy", "https-proxy", "strict-ssl", "before", "fetch-timeout", "maxsockets"];

/// The folder in the sandbox that holds the set, and beside it npm's cache and home.
const WORK: &str = "/install";

/// Whether a lock file is to be made, or packages are to be unpacked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    /// Resolve the ranges and write `package-lock.json`.
    Lock,
    /// Install what the lock file says, and fail where it is not complete.
    Strict,
    /// Install what the lock file says; where the registry has lost sight of an optional package,
    /// leave it out.
    Lenient,
}

impl Npm {
    /// Asks npm for the user's settings; a `registry` that is given goes before the user's.
    pub(crate) fn new(node: Node, registry: Option<String>) -> Result<Self, PackagesError> {
        let missing = |reason: &str| PackagesError::NoInstaller { reason: reason.to_owned() };
        let script = node.npm().ok_or_else(|| missing("no `npm` beside Node"))?.to_owned();
        let output = Command::new(node.program())
            .arg(&script)
            .args(["config", "list", "--json"])
            .current_dir("/")
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .map_err(|error| missing(&error.to_string()))?;
        let told: BTreeMap<String, serde_json::Value> = serde_json::from_slice(&output.stdout)
            .map_err(|_| missing("npm does not tell its settings"))?;
        let value = |name: &str| match told.get(name)? {
            serde_json::Value::String(text) if !text.is_empty() => Some(text.clone()),
            value @ (serde_json::Value::Bool(_) | serde_json::Value::Number(_)) => {
                Some(value.to_string())
            }
            _ => None,
        };
        let mut settings: BTreeMap<&'static str, String> =
            SETTINGS.iter().filter_map(|name| Some((*name, value(name)?))).collect();
        settings.extend(registry.map(|registry| ("registry", registry)));
        let cafile = value("cafile").map(PathBuf::from).filter(|path| path.is_file());
        Ok(Self { node, script, settings, cafile })
    }

    /// Runs npm on `folder`, which holds `set/package.json`.
    pub(crate) async fn run(
        &self,
        sandbox: &Sandbox,
        folder: &Path,
        task: Task,
        limits: Limits,
    ) -> Result<(), PackagesError> {
        let mut job = Job::new(self.node.program(), limits)
            .arg(&self.script)
            .arg(if task == Task::Strict { "ci" } else { "install" })
            .args(["--ignore-scripts", "--no-audit", "--no-fund", "--no-progress"])
            .args(["--no-update-notifier", "--loglevel=error", "--omit-lockfile-registry-resolved"])
            // A dependency of a dependency may name any address. Older npm does not know these, and
            // what it makes of such an address is refused with the lock file.
            .args(["--allow-remote=none", "--allow-git=none", "--git=/bin/false"])
            .args(["--allow-file=none", "--allow-directory=none"])
            .args(["--fetch-retries=2", "--fetch-retry-mintimeout=500"])
            .arg("--fetch-retry-maxtimeout=5000")
            // Neither file exists: no setting comes from inside.
            .arg(format!("--userconfig={WORK}/home/user"))
            .arg(format!("--globalconfig={WORK}/home/global"))
            .arg(format!("--cache={WORK}/cache"))
            .env("HOME", format!("{WORK}/home"))
            .env("NO_COLOR", "1")
            .writable(folder, WORK)
            .in_folder(format!("{WORK}/set"))
            .with_network();
        if task == Task::Lock {
            job = job.arg("--package-lock-only");
        }
        for (name, value) in &self.settings {
            job = job.arg(format!("--{name}={value}"));
        }
        if let Some(cafile) = &self.cafile {
            let inside = "/etc/registry-authorities.pem";
            job = job.read_only(cafile, inside).arg(format!("--cafile={inside}"));
            job = job.env("NODE_EXTRA_CA_CERTS", inside);
        }
        let outcome = sandbox.run(self.node.show(job)).await?;
        if outcome.succeeded() { Ok(()) } else { Err(read_failure(&outcome)) }
    }
}

/// True when the lock file is not complete in the eyes of this machine's npm and registry.
pub(crate) fn is_incomplete(error: &PackagesError) -> bool {
    matches!(error, PackagesError::Registry { reason } if reason.starts_with(INCOMPLETE))
}

const INCOMPLETE: &str = "EUSAGE";

/// What npm's failure means.
fn read_failure(outcome: &Outcome) -> PackagesError {
    let too_large = |detail: &str| PackagesError::TooLarge { detail: detail.to_owned() };
    match outcome.ending {
        Ending::Limit(Limit::Output) => too_large("more files or bytes than a project may have"),
        Ending::Limit(Limit::Memory | Limit::Processes) => too_large("npm ran out of memory"),
        Ending::Limit(Limit::Time) => {
            PackagesError::Registry { reason: "the installation took too long".to_owned() }
        }
        Ending::Exit(_) => read_message(&String::from_utf8_lossy(&outcome.stderr)),
    }
}

/// Reads npm's error output: `npm error code E404`, then lines about it.
fn read_message(text: &str) -> PackagesError {
    let lines = || text.lines().filter_map(|line| line.strip_prefix("npm error")).map(str::trim);
    let code = lines().find_map(|line| line.strip_prefix("code ")).unwrap_or("no code");
    let rest = |line: &str| line.strip_prefix(code).map_or(line, str::trim).to_owned();
    let detail = lines()
        .find(|line| !line.starts_with("code ") && !line.is_empty())
        .map(rest)
        .unwrap_or_default();
    match code {
        "E404" | "ETARGET" | "ENOVERSIONS" => {
            PackagesError::Unknown { name: package_named_in(text).unwrap_or(detail) }
        }
        "ERESOLVE" => {
            let found = lines().filter(|line| {
                line.starts_with("Found: ") || line.starts_with("Could not resolve") || {
                    line.starts_with("peer ")
                }
            });
            let detail: Vec<&str> = found.take(3).collect();
            PackagesError::Conflict { detail: detail.join("; ") }
        }
        // An archive that unpacks to a thousand times its size.
        "TAR_ABORT" => PackagesError::TooLarge { detail },
        _ if code.starts_with("EALLOW") => {
            let name = "of a dependency".to_owned();
            PackagesError::Refused { name, reason: detail }
        }
        "EINVALIDPACKAGENAME" | "EINVALIDTAGNAME" | "EUNSUPPORTEDPROTOCOL" => {
            PackagesError::Refused { name: detail, reason: "npm refuses it".to_owned() }
        }
        _ => {
            let first = || text.lines().map(str::trim).find(|line| !line.is_empty());
            let detail = if detail.is_empty() { first().unwrap_or_default() } else { &detail };
            PackagesError::Registry { reason: format!("{code}: {detail}") }
        }
    }
}

/// The package in `'name@range' is not in this registry`, `The requested resource 'name@range'` or
/// `No matching version found for name@range.`
fn package_named_in(text: &str) -> Option<String> {
    let quoted = text.lines().filter(|line| line.contains("404")).find_map(|line| {
        let name = line.split('\'').nth(1)?;
        (!name.is_empty()).then(|| name.to_owned())
    });
    quoted.or_else(|| {
        let rest = text.split_once("No matching version found for ")?.1;
        let name = rest.split_whitespace().next()?;
        Some(name.trim_end_matches('.').to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::{is_incomplete, read_message};
    use crate::error::PackagesError;

    #[test]
    fn a_package_or_version_that_does_not_exist_is_named() {
        let version = "npm error code ETARGET\n\
            npm error notarget No matching version found for qrcode.react@^2.0.5.\n\
            npm error notarget In most cases you or one of your dependencies";
        let error = read_message(version);
        assert!(matches!(&error, PackagesError::Unknown { name } if name == "qrcode.react@^2.0.5"));
        assert!(error.is_page_fault());
        for told in
            ["'@a/b@^2' is not in this registry.", "The requested resource '@a/b@^2' could not"]
        {
            let text = format!(
                "npm error code E404\nnpm error 404 Not Found - GET x\nnpm error 404\nnpm error 404  {told}"
            );
            let error = read_message(&text);
            assert!(
                matches!(&error, PackagesError::Unknown { name } if name == "@a/b@^2"),
                "{error}"
            );
        }
    }

    #[test]
    fn ranges_that_exclude_each_other_are_the_projects_fault() {
        let text = "npm error code ERESOLVE\nnpm error ERESOLVE unable to resolve dependency tree\n\
            npm error\nnpm error While resolving: set@undefined\nnpm error Found: react@18.3.1\n\
            npm error node_modules/react\nnpm error Could not resolve dependency:\n\
            npm error peer react@\"17.0.2\" from react-dom@17.0.2";
        let error = read_message(text);
        assert!(error.to_string().contains("react@18.3.1") && error.is_page_fault(), "{error}");
    }

    #[test]
    fn everything_else_is_not_held_against_the_project() {
        for text in [
            "npm error code ECONNREFUSED\nnpm error syscall connect",
            "npm error code E503\nnpm error 503 Service Unavailable",
            "npm error code EINTEGRITY\nnpm error sha512 mismatch",
            "npm error code EAI_AGAIN",
            "npm error code ENOSPC",
            "Killed",
            "",
        ] {
            let error = read_message(text);
            assert!(matches!(error, PackagesError::Registry { .. }), "{text}: {error}");
            assert!(!error.is_page_fault());
        }
        assert!(is_incomplete(&read_message(
            "npm error code EUSAGE\nnpm error\nnpm error `npm ci` can"
        )));
    }
}
