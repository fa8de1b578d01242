//! Builds projects with the fast and with the exact builder and says whether they agree.
//!
//! `agreement STORE CACHE FOLDER|ROLLOUTS.jsonl…`: folders are projects, or cases with an answer in
//! `completion.txt`; a `.jsonl` file has answers, one a line.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "an example for people"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use pageloom_build::{ExtractLimits, Scaffold, extract};
use pageloom_bundle::exact::{ExactFault, ExactLimits, ExactTools, build_exact};
use pageloom_bundle::{BuildFailure, FastBuilder, WorkerProgram, Workers};
use pageloom_packages::{PackageRequest, PackagesError, Store, StoreConfig};
use pageloom_sandbox::{Node, Sandbox};
use pageloom_schema::{BuildProblem, Project, SitePath};

fn walk(folder: &Path, root: &Path, project: &mut Project) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, root, project);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap();
            if name != "case.toml" {
                project.insert(SitePath::new(name).unwrap(), std::fs::read(&path).unwrap().into());
            }
        }
    }
}

/// Names and projects behind one argument.
fn projects(argument: &Path) -> Vec<(String, Project)> {
    let name = argument.file_name().unwrap().to_string_lossy().into_owned();
    let of_answer = |answer: &str| extract(answer, &ExtractLimits::default()).project;
    if argument.is_file() {
        let text = std::fs::read_to_string(argument).unwrap();
        let answers =
            text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        return answers
            .filter_map(|answer| {
                let found = extract(answer["completion"].as_str()?, &ExtractLimits::default());
                let whole = !found.truncated && found.project.file("package.json").is_some();
                whole.then(|| (answer["id"].as_str().unwrap_or("?").to_owned(), found.project))
            })
            .collect();
    }
    if let Ok(bytes) = std::fs::read(argument.join("completion.txt")) {
        let answer = of_answer(&String::from_utf8_lossy(&bytes));
        let case = std::fs::read_to_string(argument.join("case.toml")).unwrap_or_default();
        let scaffold = case.lines().find_map(|line| line.strip_prefix("scaffold = "));
        let scaffold = scaffold.map(|name| Scaffold::find(name.trim_matches('"')).unwrap());
        return vec![(name, scaffold.map_or(answer.clone(), |scaffold| scaffold.merge(&answer)))];
    }
    let mut project = Project::default();
    walk(argument, argument, &mut project);
    vec![(name, project)]
}

/// `builds`, or `fails` with the class of the first problem.
fn failed(problems: &[BuildProblem]) -> (String, String) {
    let first = problems.first();
    let class = first.map(|first| serde_json::to_value(first.class).unwrap());
    let class = class.as_ref().and_then(|class| class.as_str()).unwrap_or("?").to_owned();
    let place = first.and_then(|first| first.path.as_deref()).unwrap_or("-");
    let line = first.and_then(|first| first.line).unwrap_or(0);
    let message = first.map(|first| first.message.as_str()).unwrap_or_default();
    (format!("fails {class}"), format!("{place}:{line} {message}"))
}

fn dependency(error: &PackagesError) -> (String, String) {
    let whose = if error.is_page_fault() { "fails dependency" } else { "system" };
    (whose.to_owned(), error.to_string())
}

struct Bench {
    store: Store,
    fast: FastBuilder,
    tools: ExactTools,
}

impl Bench {
    async fn fast(&self, project: &Project, request: &PackageRequest) -> (String, String) {
        let set = match self.store.ensure(&request.runtime_only()).await {
            Ok(set) => set,
            Err(error) => return dependency(&error),
        };
        match self.fast.build(project, &set).await {
            Ok(_) => ("builds".to_owned(), String::new()),
            Err(BuildFailure::Page(problems)) => failed(&problems),
            Err(BuildFailure::Unsupported(why)) => ("exact".to_owned(), why.join("; ")),
            Err(BuildFailure::System(why)) => ("system".to_owned(), why),
        }
    }

    async fn exact(&self, project: &Project, request: &PackageRequest) -> (String, String) {
        let set = match self.store.ensure(request).await {
            Ok(set) => set,
            Err(error) => return dependency(&error),
        };
        match build_exact(project, &set, &self.tools, &ExactLimits::default()).await {
            Ok(_) => ("builds".to_owned(), String::new()),
            Err(ExactFault::Problems(problems)) => failed(&problems),
            Err(error) => ("system".to_owned(), error.to_string()),
        }
    }
}

#[tokio::main]
async fn main() {
    let args: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let (sandbox, node) = (Sandbox::find().unwrap(), Node::find().unwrap());
    let config = StoreConfig {
        sandbox: sandbox.clone(),
        node: Ok(node.clone()),
        offline: false,
        registry: None,
        limits: pageloom_packages::InstallLimits::default(),
    };
    let store = Store::open(&args[0], config).unwrap();
    std::fs::create_dir_all(&args[1]).unwrap();
    let here = std::env::current_exe().unwrap();
    let worker = here.parent().unwrap().parent().unwrap().join("pageloom-build-worker");
    let program = WorkerProgram { program: worker, args: Vec::new() };
    let workers = Workers::new(program, 2, vec![args[0].clone(), args[1].clone()]);
    let fast = FastBuilder::new(workers, &args[1], Duration::from_secs(30));
    let tools = ExactTools { sandbox, node, scratch: args[1].join("scratch") };
    let bench = Arc::new(Bench { store, fast, tools });
    let (mut all, mut agreeing) = (0, 0);
    for (name, project) in args[2..].iter().flat_map(|argument| projects(argument)) {
        let manifest = project.text("package.json").unwrap_or("{}").to_owned();
        let (fast, exact, times);
        match PackageRequest::from_manifest(&manifest) {
            Ok(request) => {
                let started = Instant::now();
                fast = bench.fast(&project, &request).await;
                let between = Instant::now();
                exact = bench.exact(&project, &request).await;
                times = (between - started, between.elapsed());
            }
            Err(error) => {
                let problem = pageloom_build::read_package_json(&project).err();
                fast = problem.map_or_else(|| dependency(&error), |problem| failed(&[problem]));
                exact = fast.clone();
                times = (Duration::ZERO, Duration::ZERO);
            }
        }
        let agree = fast.0 == exact.0 || fast.0 == "exact";
        all += 1;
        agreeing += u32::from(agree);
        let mark = if agree { "same " } else { "OTHER" };
        println!(
            "{mark} {name}: fast {} ({:.0?}), exact {} ({:.1?})",
            fast.0, times.0, exact.0, times.1
        );
        println!("      fast: {}\n      exact: {}", fast.1, exact.1);
    }
    println!("{agreeing} of {all} agree");
}
