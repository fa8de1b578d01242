//! The exact builder with real packages. Where no store is warm, nothing is tried and a line says so.
#![expect(clippy::unwrap_used, reason = "a test may fail, and says so")]

use std::path::{Path, PathBuf};

use pageloom_bundle::exact::{ExactFault, ExactLimits, ExactTools, build_exact};
use pageloom_packages::{InstallLimits, PackageRequest, Store, StoreConfig};
use pageloom_sandbox::{Node, Sandbox};
use pageloom_schema::{BuildErrorClass, Project, SitePath};

#[expect(clippy::disallowed_methods, reason = "a test looks for a store that somebody has warmed")]
fn warm_store() -> Option<PathBuf> {
    let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache/pageloom/store"));
    let store = std::env::var_os("PAGELOOM_STORE").map(PathBuf::from).or_else(home)?;
    store.join("sets").is_dir().then_some(store)
}

fn walk(folder: &Path, root: &Path, project: &mut Project) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, root, project);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap();
            project.insert(SitePath::new(name).unwrap(), std::fs::read(&path).unwrap().into());
        }
    }
}

#[tokio::test]
async fn a_project_finds_what_it_declares_and_nothing_else() {
    let (Some(path), Ok(sandbox), Ok(node)) = (warm_store(), Sandbox::find(), Node::find()) else {
        return println!("skipped: no store is warm, or no sandbox or Node is here");
    };
    let config = StoreConfig {
        sandbox: sandbox.clone(),
        node: Ok(node.clone()),
        offline: true,
        registry: None,
        limits: InstallLimits::default(),
    };
    let store = Store::open(&path, config).unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let tools = ExactTools { sandbox, node, scratch: scratch.path().to_owned() };
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/projects");
    for (name, expected) in [
        ("scaffold-one-page", None),
        ("date-fns-calendar", None),
        ("undeclared-package", Some(BuildErrorClass::UnresolvedImport)),
        ("postcss-plugin-not-declared", Some(BuildErrorClass::BadConfig)),
        ("vite-plugin-not-declared", Some(BuildErrorClass::BadConfig)),
        ("tsconfig-extends-missing", Some(BuildErrorClass::BadConfig)),
    ] {
        let mut project = Project::default();
        walk(&fixtures.join(name), &fixtures.join(name), &mut project);
        let request = PackageRequest::from_manifest(project.text("package.json").unwrap()).unwrap();
        let Ok(set) = store.ensure(&request).await else {
            println!("skipped: the store lacks the packages of `{name}`");
            continue;
        };
        let found = match build_exact(&project, &set, &tools, &ExactLimits::default()).await {
            Ok(built) => {
                assert_eq!(built.site.entry().as_str(), "index.html");
                None
            }
            Err(ExactFault::Problems(problems)) => Some(problems[0].class),
            Err(error) => panic!("{name}: {error}"),
        };
        assert_eq!(found, expected, "{name}");
    }
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 0);
}
