//! Builds project folders with the fast builder, says what came of each and how long it takes.
//!
//! `build_folders STORE CACHE OUT FOLDER…`
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "an example for people"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use pageloom_bundle::{BuildFailure, FastBuilder, WorkerProgram, Workers};
use pageloom_packages::{PackageRequest, Store, StoreConfig};
use pageloom_schema::{Project, SitePath};

/// How often each is built.
const ROUNDS: usize = 20;

fn walk(folder: &Path, root: &Path, project: &mut Project) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, root, project);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap();
            project.insert(SitePath::new(name).unwrap(), Arc::from(std::fs::read(&path).unwrap()));
        }
    }
}

#[tokio::main]
async fn main() {
    let args: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let config = StoreConfig {
        sandbox: pageloom_sandbox::Sandbox::find().unwrap(),
        node: pageloom_sandbox::Node::find().map_err(|error| error.to_string()),
        offline: true,
        registry: None,
        limits: pageloom_packages::InstallLimits::default(),
    };
    let store = Store::open(&args[0], config).unwrap();
    std::fs::create_dir_all(&args[1]).unwrap();
    let worker = std::env::current_exe()
        .unwrap()
        .parent()
        .unwrap()
        .parent()
        .unwrap()
        .join("pageloom-build-worker");
    let program = WorkerProgram { program: worker, args: Vec::new() };
    let workers = Workers::new(program, 2, vec![args[0].clone(), args[1].clone()]);
    let builder = FastBuilder::new(workers, &args[1], Duration::from_secs(30));
    for folder in &args[3..] {
        let mut project = Project::default();
        walk(folder, folder, &mut project);
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let manifest = project.text("package.json").unwrap_or("{}").to_owned();
        let set = match PackageRequest::from_manifest(&manifest) {
            Ok(request) => store.ensure(&request.runtime_only()).await,
            Err(error) => Err(error),
        };
        let set = match set {
            Ok(set) => set,
            Err(error) => {
                println!("{name}: packages: {error}");
                continue;
            }
        };
        let mut times = Vec::new();
        for round in 0..ROUNDS {
            let started = Instant::now();
            let outcome = builder.build(&project, &set).await;
            times.push(started.elapsed());
            if round > 0 {
                continue;
            }
            match outcome {
                Ok(built) => {
                    let (files, bytes) = (built.site.files().len(), built.site.total_bytes());
                    println!("{name}: {files} files, {bytes} bytes");
                    for (path, bytes) in built.site.files() {
                        let path = args[2].join(&name).join(path.as_str());
                        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                        std::fs::write(path, bytes).unwrap();
                    }
                }
                Err(BuildFailure::Page(problems)) => println!("{name}: fails {problems:?}"),
                Err(error) => println!("{name}: {error:?}"),
            }
        }
        let first = times.remove(0);
        times.sort();
        println!(
            "{name}: first {first:.1?}, then {:.1?} to {:.1?}, half of them below {:.1?}",
            times[0],
            times[times.len() - 1],
            times[times.len() / 2]
        );
    }
}
