//! Type errors: what `tsc` says. Vite does not ask it, and neither does a build.

use pageloom_build::read_package_json;
use pageloom_packages::InstalledSet;
use pageloom_sandbox::Ending;
use pageloom_schema::{BuildErrorClass, BuildProblem, Project};

use super::workplace::{PACKAGES, PROJECT, Workplace};
use super::{ExactFault, ExactLimits, ExactTools, allowed, passed};

/// TypeScript's command line, below `node_modules`.
const COMPILER: &str = "typescript/bin/tsc";

/// More type errors than these tell nothing new.
const MOST: usize = 100;

/// The compiler could not write its own cache, because packages are read-only here.
const NO_CACHE: &str = "TS5033";

/// The type errors of `project`, each of class [`BuildErrorClass::TypeOnly`]; none when the project
/// has no TypeScript configuration or the set has no TypeScript.
///
/// # Errors
/// [`ExactFault::Problems`] when the compiler passes a limit.
pub async fn check_types(
    project: &Project,
    set: &InstalledSet,
    tools: &ExactTools,
    limits: &ExactLimits,
) -> Result<Vec<BuildProblem>, ExactFault> {
    let configuration = ["tsconfig.app.json", "tsconfig.json"]
        .into_iter()
        .find(|file| project.file(file).is_some());
    let compiler = set.node_modules().join(COMPILER).is_file();
    let Some(configuration) = configuration.filter(|_| compiler) else { return Ok(Vec::new()) };
    let manifest = read_package_json(project).unwrap_or_default();
    let place = Workplace::make(project, &tools.scratch)?;
    place.link(set.folder(), &allowed(set, manifest.all_dependencies().into_keys())?)?;
    let job = place.job(tools, set, limits.run, COMPILER).args([
        "--noEmit",
        "--pretty",
        "false",
        "-p",
        configuration,
    ]);
    let outcome = tools.sandbox.run(job).await?;
    match outcome.ending {
        Ending::Exit(_) => Ok(errors(&String::from_utf8_lossy(&outcome.stdout))),
        Ending::Limit(limit) => Err(passed(limit, &limits.run)),
    }
}

/// Reads `src/App.tsx(3,5): error TS2304: Cannot find name 'x'.`, one a line.
fn errors(text: &str) -> Vec<BuildProblem> {
    let error = |line: &str| {
        let (place, rest) = line.split_once("error TS")?;
        if line.contains(NO_CACHE) {
            return None;
        }
        let rest = rest.replace(&format!("{PROJECT}/"), "").replace(PACKAGES, "node_modules");
        let message = format!("TS{rest}");
        let problem = BuildProblem::new(BuildErrorClass::TypeOnly, &message);
        let place = place.trim_end_matches([':', ' ']);
        let Some((path, position)) = place.rsplit_once('(') else { return Some(problem) };
        let line = position.split(',').next().and_then(|number| number.parse().ok());
        Some(problem.at(path, line))
    };
    text.lines().filter_map(error).take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::errors;

    #[test]
    fn type_errors_have_their_file_and_line() {
        let text = "src/App.tsx(3,5): error TS2304: Cannot find name 'x'.\n  more about it\n\
            error TS5033: Could not write file '/x': EROFS\nerror TS18003: No inputs were found.\n";
        let found = errors(text);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].path.as_deref(), found[0].line), (Some("src/App.tsx"), Some(3)));
        assert_eq!(found[0].message, "TS2304: Cannot find name 'x'.");
        assert_eq!((found[1].path.as_deref(), found[1].line), (None, None));
    }
}
