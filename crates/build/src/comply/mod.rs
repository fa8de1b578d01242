//! The checks of a project that was read from an answer: one file a check, or a group of them.
//!
//! A check reads sources, never runs them, and says what it found with file and line. [`comply`]
//! runs them all; [`compat`](compat::compat) is the published gate, which reads the raw answer.

mod addressed;
pub mod compat;
mod dependencies;
mod distance;
mod entry;
mod environment;
mod external;
mod imports;
mod manifest;
mod pages;
mod resolution;
mod routes;
mod styles;
mod unused;

use std::collections::{BTreeMap, BTreeSet};

use pageloom_schema::{
    AnswerKind, CheckResult, ComplianceReport, Extraction, Finding, Project, Severity,
};

use crate::config::{
    PackageJson, ViteConfig, config_path_escapes, config_that_runs, read_package_json,
    vite_config_so_far,
};
use crate::source::{HtmlElement, SheetReference, Sources, html_elements, sheet_references};

pub use compat::compat;
pub use dependencies::check_dependencies;
pub use routes::declared_routes;

/// The names of packages that are known to be what they seem.
#[derive(Clone, Debug, Default)]
pub struct KnownPackages {
    names: BTreeSet<String>,
}

impl KnownPackages {
    /// The list that comes with the program.
    #[must_use]
    pub fn bundled() -> Self {
        let lines = include_str!("../../data/known-packages.txt").lines().map(str::trim);
        Self::from_names(lines.filter(|line| !line.is_empty() && !line.starts_with('#')))
    }

    /// A list of these names.
    pub fn from_names<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        Self { names: names.into_iter().map(str::to_owned).collect() }
    }

    /// True when the name is known, or holds the types of a known package.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        let typed = name.strip_prefix("@types/");
        self.names.contains(name) || typed.is_some_and(|inner| self.names.contains(inner))
    }

    /// A known name that is one edit away: a letter more, less or other, or two swapped.
    #[must_use]
    pub fn neighbour(&self, name: &str) -> Option<&str> {
        self.names.iter().map(String::as_str).find(|known| {
            // Of short names, most are one edit apart.
            known.len() > 3 && distance::is_one_edit(known, name)
        })
    }
}

/// Runs all checks of an answer.
///
/// The project that is checked is the extraction's; to check an answer that builds on a scaffold,
/// put the merged project there. `completion` is the raw answer, for the published gate.
#[must_use]
pub fn comply(
    extraction: &Extraction,
    completion: &str,
    known: &KnownPackages,
) -> ComplianceReport {
    let mut checks = vec![CheckResult::new("artifact_present", artifact_present(extraction))];
    checks.extend(check_project(&extraction.project, known));
    let addressed = addressed::judge_addressed(&extraction.project);
    checks.push(CheckResult::new("judge_addressed", addressed));
    checks.push(CheckResult::new(
        "honest_environment",
        environment::honest_environment(&extraction.project),
    ));
    checks.push(CheckResult::new("unused_parts", unused::unused_parts(extraction)));
    ComplianceReport { checks, compat: compat(completion) }
}

/// What one check makes of a project.
type Check = fn(&Subject<'_>) -> Vec<Finding>;

/// Runs the checks that need nothing but the project, in a fixed order.
pub(crate) fn check_project(project: &Project, known: &KnownPackages) -> Vec<CheckResult> {
    let subject = Subject::read(project, known);
    let checks: [(&str, Check); 13] = [
        ("source_syntax", |subject| subject.sources.findings.clone()),
        ("package_json_valid", manifest::package_json_valid),
        ("scripts_present", manifest::scripts_present),
        ("config_confined", config_confined),
        ("entry_consistent", entry::entry_consistent),
        ("imports_resolve", imports::imports_resolve),
        ("dependencies_known", dependencies::dependencies_known),
        ("dependencies_used", dependencies::dependencies_used),
        ("router_consistent", routes::router_consistent),
        ("external_resources", external::external_resources),
        ("tailwind_content", styles::tailwind_content),
        ("pages_present", pages::pages_present),
        ("default_exports", pages::default_exports),
    ];
    checks.into_iter().map(|(id, check)| CheckResult::new(id, check(&subject))).collect()
}

/// Configurations are data of the project and stay in it.
fn config_confined(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = config_path_escapes(subject.project);
    findings.extend(config_that_runs(subject.project));
    findings
}

fn artifact_present(extraction: &Extraction) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut find = |severity, message: &str| {
        findings.push(Finding::new("artifact_present", severity, message));
    };
    match extraction.kind {
        AnswerKind::Artifact { .. } => {
            let is_missing = |finding: &Finding| finding.check == "missing_artifact";
            if extraction.findings.iter().any(is_missing) {
                find(Severity::Error, "the actions are in no artifact");
            } else {
                if extraction.id.is_none() {
                    find(Severity::Warning, "the artifact has no id");
                }
                if extraction.title.is_none() {
                    find(Severity::Warning, "the artifact has no title");
                }
            }
        }
        AnswerKind::Page => find(Severity::Error, "the answer is a page and no artifact"),
        AnswerKind::Nothing => find(Severity::Error, "the answer holds no artifact"),
    }
    findings
}

/// A project with everything that several checks read.
struct Subject<'p> {
    project: &'p Project,
    known: &'p KnownPackages,
    sources: Sources,
    manifest: Option<PackageJson>,
    vite: ViteConfig,
    /// The style sheets and what they refer to.
    sheets: BTreeMap<String, Vec<SheetReference>>,
    /// The page that the site starts with: its path and its elements.
    page: Option<(String, Vec<HtmlElement>)>,
}

impl<'p> Subject<'p> {
    fn read(project: &'p Project, known: &'p KnownPackages) -> Self {
        let vite = vite_config_so_far(project);
        let entry = if vite.root.is_empty() {
            "index.html".to_owned()
        } else {
            format!("{}/index.html", vite.root)
        };
        let page = project.text(&entry).map(|text| (entry, html_elements(text)));
        let sheets = project
            .files()
            .iter()
            .filter(|(path, _)| matches!(path.extension().as_str(), "css" | "scss" | "less"))
            .filter_map(|(path, bytes)| {
                let text = std::str::from_utf8(bytes).ok()?;
                Some((path.to_string(), sheet_references(text)))
            })
            .collect();
        Self {
            project,
            known,
            sources: Sources::read(project),
            manifest: read_package_json(project).ok(),
            vite,
            sheets,
            page,
        }
    }

    /// True for files that a browser opens as they are: there is nothing to build.
    fn is_static(&self) -> bool {
        let is_source = |ending: &str| matches!(ending, "ts" | "tsx" | "jsx" | "vue" | "svelte");
        self.project.file("package.json").is_none()
            && self.page.is_some()
            && !self.project.files().keys().any(|path| is_source(&path.extension()))
    }

    /// The sources that are part of the pages, not of the tools.
    fn page_sources(&self) -> impl Iterator<Item = (&str, &crate::source::SourceFacts)> {
        let all = self.sources.facts.iter().map(|(path, facts)| (path.as_str(), facts));
        all.filter(|(path, _)| {
            let is_test = path.contains(".test.") || path.contains(".spec.");
            !crate::config::is_tool_config(path) && !is_test
        })
    }
}

/// True for an address on another host.
fn is_outside(address: &str) -> bool {
    let address = address.trim_start();
    let scheme = |scheme: &str| {
        address.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    scheme("http://") || scheme("https://") || scheme("//") || scheme("ws://") || scheme("wss://")
}

#[cfg(test)]
mod tests;
