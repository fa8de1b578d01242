//! package.json: that it can be read, and that it has the scripts that start and build a site.

use pageloom_schema::{Finding, Severity};

use super::Subject;
use crate::config::read_package_json;

const PATH: &str = "package.json";

/// The manifest is a JSON object with a name and a version.
pub(super) fn package_json_valid(subject: &Subject<'_>) -> Vec<Finding> {
    if subject.is_static() {
        return Vec::new();
    }
    match read_package_json(subject.project) {
        Err(problem) => {
            let finding = Finding::new("package_json_valid", Severity::Error, problem.message);
            vec![finding.at(PATH, problem.line)]
        }
        Ok(manifest) => {
            let fields = [("name", &manifest.name), ("version", &manifest.version)];
            let missing = fields.into_iter().filter(|(_, value)| value.is_none());
            missing
                .map(|(name, _)| {
                    let message = format!("there is no `{name}`");
                    Finding::new("package_json_valid", Severity::Warning, message).at(PATH, None)
                })
                .collect()
        }
    }
}

/// The manifest has the scripts `dev`, `build` and `preview`.
pub(super) fn scripts_present(subject: &Subject<'_>) -> Vec<Finding> {
    let Some(manifest) = &subject.manifest else { return Vec::new() };
    let needed =
        [("dev", Severity::Error), ("build", Severity::Error), ("preview", Severity::Warning)];
    needed
        .into_iter()
        .filter(|(name, _)| !manifest.scripts.contains_key(*name))
        .map(|(name, severity)| {
            let message = format!("there is no script `{name}`");
            Finding::new("scripts_present", severity, message).at(PATH, None)
        })
        .collect()
}
