//! Installations, with a registry of our own. Where npm or the sandbox is missing, nothing is tried
//! and a line says so.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test may fail, and says so")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use pageloom_packages::{
    InstallLimits, PackageRequest, PackagesError, Prune, Store, StoreConfig, Warming,
};
use pageloom_sandbox::{Node, Sandbox};

/// A registry that ends with the test.
struct Registry {
    process: Child,
    address: String,
}

impl Registry {
    fn start(node: &Node) -> Self {
        #[expect(clippy::disallowed_methods, reason = "the test's own server")]
        let mut process = Command::new(node.program())
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/registry.js"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { process, address: format!("127.0.0.1:{}", line.trim()) }
    }

    /// How often each path was asked for, as JSON.
    fn asked(&self) -> serde_json::Value {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(b"GET /asked HTTP/1.0\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        serde_json::from_str(text.split_once("\r\n\r\n").unwrap().1).unwrap()
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// What a test needs, or a line that says what is missing.
fn tools() -> Option<(StoreConfig, Registry)> {
    let (sandbox, node) = match (Sandbox::find(), Node::find()) {
        (Ok(sandbox), Ok(node)) if node.npm().is_some() => (sandbox, node),
        (sandbox, node) => {
            println!("skipped: {:?} {:?}", sandbox.err(), node.err());
            return None;
        }
    };
    let registry = Registry::start(&node);
    let config = StoreConfig {
        sandbox,
        node: Ok(node),
        registry: Some(format!("http://{}/", registry.address)),
        offline: false,
        limits: InstallLimits { time: Duration::from_secs(60), ..InstallLimits::default() },
    };
    Some((config, registry))
}

fn request(packages: &[(&str, &str)]) -> PackageRequest {
    PackageRequest::new(packages.iter().copied()).unwrap()
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).unwrap().next().is_none()
}

#[tokio::test]
async fn a_set_is_installed_once_for_everybody_and_needs_no_network_afterwards() {
    let Some((config, registry)) = tools() else { return };
    let root = tempfile::tempdir().unwrap();
    let stores = [(); 2].map(|()| Store::open(root.path(), config.clone()).unwrap());
    let request = request(&[("alpha", "^1.1.0")]);
    let (one, two, three) = tokio::join!(
        stores[0].ensure(&request),
        stores[0].ensure(&request),
        stores[1].ensure(&request)
    );
    let (one, two, three) = (one.unwrap(), two.unwrap(), three.unwrap());
    assert!(one.id() == two.id() && two.id() == three.id());
    assert_eq!(one.version("alpha"), Some("1.2.0"));
    assert_eq!(one.version("beta"), Some("2.0.1"));
    assert_eq!((one.request(), one.bundled()), (&request, None));
    assert!(one.satisfies(&request) && one.size_bytes() > 0 && one.files() > 4);
    let code = std::fs::read_to_string(one.node_modules().join("alpha/index.js")).unwrap();
    assert!(code.contains("alpha 1.2.0"));
    assert!(!one.node_modules().join("alpha/ran").exists(), "a package's script was run");
    assert_eq!(registry.asked()["alpha/1.2.0.tgz"], 1);
    assert!(is_empty(&root.path().join("work")));
    one.verify().unwrap();

    drop(registry);
    let offline = Store::open(root.path(), StoreConfig { offline: true, ..config }).unwrap();
    assert_eq!(offline.ensure(&request).await.unwrap().id(), one.id());
    let other = PackageRequest::new([("alpha", "1.0.0")]).unwrap();
    let error = offline.ensure(&other).await.unwrap_err();
    assert!(matches!(&error, PackagesError::Offline { names } if names == "alpha"), "{error}");
}

#[tokio::test]
async fn what_does_not_exist_is_the_projects_fault_and_asked_for_once() {
    let Some((config, registry)) = tools() else { return };
    let root = tempfile::tempdir().unwrap();
    let store = Store::open(root.path(), config).unwrap();
    for (name, range, shown) in
        [("absent", "^1.0.0", "absent@^1.0.0"), ("alpha", "^3.0.0", "alpha@^3.0.0")]
    {
        for _ in 0..2 {
            let error = store.ensure(&request(&[(name, range)])).await.unwrap_err();
            assert!(matches!(&error, PackagesError::Unknown { name } if name == shown), "{error}");
            assert!(error.is_page_fault());
        }
    }
    assert_eq!(registry.asked()["absent"], 1);
    assert!(is_empty(&root.path().join("work")) && is_empty(&root.path().join("sets")));
}

#[tokio::test]
async fn a_registry_that_is_down_is_our_fault_and_asked_again() {
    let Some((config, registry)) = tools() else { return };
    let root = tempfile::tempdir().unwrap();
    let down = StoreConfig { registry: Some("http://127.0.0.1:9/".to_owned()), ..config.clone() };
    let wanted = request(&[("beta", "2")]);
    let store = Store::open(root.path(), down).unwrap();
    let error = store.ensure(&wanted).await.unwrap_err();
    assert!(matches!(error, PackagesError::Registry { .. }), "{error}");
    assert!(!error.is_page_fault());
    let store = Store::open(root.path(), config).unwrap();
    store.ensure(&wanted).await.unwrap();
    drop(registry);
}

#[tokio::test]
async fn an_archive_that_is_not_what_the_registry_promised_is_not_installed() {
    let Some((config, _registry)) = tools() else { return };
    let root = tempfile::tempdir().unwrap();
    let store = Store::open(root.path(), config).unwrap();
    let error = store.ensure(&request(&[("broken", "1")])).await.unwrap_err();
    assert!(error.to_string().contains("EINTEGRITY"), "{error}");
    assert!(is_empty(&root.path().join("work")) && is_empty(&root.path().join("sets")));
}

#[tokio::test]
async fn a_dependency_of_a_dependency_from_elsewhere_is_refused() {
    let Some((config, _registry)) = tools() else { return };
    let root = tempfile::tempdir().unwrap();
    let store = Store::open(root.path(), config).unwrap();
    for name in ["elsewhere", "distant"] {
        let error = store.ensure(&request(&[(name, "1")])).await.unwrap_err();
        assert!(matches!(error, PackagesError::Refused { .. }), "{name}: {error}");
        assert!(is_empty(&root.path().join("work")) && is_empty(&root.path().join("sets")));
    }
}

#[tokio::test]
async fn a_set_past_its_limits_is_the_projects_fault() {
    let Some((config, _registry)) = tools() else { return };
    let root = tempfile::tempdir().unwrap();
    let limits = InstallLimits { folder_mib: 8, ..config.limits };
    let store = Store::open(root.path(), StoreConfig { limits, ..config }).unwrap();
    let error = store.ensure(&request(&[("large", "1")])).await.unwrap_err();
    assert!(matches!(error, PackagesError::TooLarge { .. }), "{error}");
    assert!(is_empty(&root.path().join("work")) && is_empty(&root.path().join("sets")));
}

#[tokio::test]
async fn an_installation_that_was_dropped_leaves_nothing_after_the_next_start() {
    let Some((config, _registry)) = tools() else { return };
    let root = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::open(root.path(), config.clone()).unwrap());
    let installing = {
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.ensure(&request(&[("slow", "1")])).await.map(drop) })
    };
    let mut clock = tokio::time::interval(Duration::from_millis(20));
    while is_empty(&root.path().join("work")) {
        clock.tick().await;
    }
    installing.abort();
    assert!(installing.await.is_err());
    // As after a kill: something of an installation stays, and nobody holds its lock.
    std::fs::create_dir_all(root.path().join("work/left/set")).unwrap();
    drop(store);
    let store = Store::open(root.path(), config).unwrap();
    assert!(!root.path().join("work/left").exists());
    store.ensure(&request(&[("beta", "2")])).await.unwrap();
}

#[tokio::test]
async fn sets_are_listed_and_pruned_unless_they_are_in_use() {
    let Some((config, _registry)) = tools() else { return };
    let root = tempfile::tempdir().unwrap();
    let store = Store::open(root.path(), config.clone()).unwrap();
    let begin = SystemTime::UNIX_EPOCH;
    let used = store.ensure(&request(&[("beta", "2")])).await.unwrap();
    drop(store.ensure(&request(&[("alpha", "1.0.0")])).await.unwrap());
    assert_eq!(store.list().unwrap().len(), 2);
    let other = Store::open(root.path(), config).unwrap();
    assert_eq!(other.prune(Prune::All).unwrap(), 0, "both are open in the first store");
    assert_eq!(store.prune(Prune::UnusedSince(begin)).unwrap(), 0);
    assert_eq!(store.prune(Prune::KeepBundled).unwrap(), 1, "one is in use");
    assert!(used.folder().join("package.json").is_file());
    drop(used);
    assert_eq!(store.prune(Prune::All).unwrap(), 1);
    assert!(store.list().unwrap().is_empty());
}

#[tokio::test]
async fn a_set_that_was_changed_is_noticed() {
    let Some((config, _registry)) = tools() else { return };
    let root = tempfile::tempdir().unwrap();
    let wanted = request(&[("beta", "2")]);
    let store = Store::open(root.path(), config.clone()).unwrap();
    let set = store.ensure(&wanted).await.unwrap();
    std::fs::write(set.node_modules().join("beta/index.js"), "changed code").unwrap();
    assert!(matches!(set.verify(), Err(PackagesError::Damaged { .. })));
    std::fs::write(set.folder().join("package-lock.json"), "{}").unwrap();
    let store = Store::open(root.path(), config).unwrap();
    let error = store.ensure(&wanted).await.unwrap_err();
    assert!(matches!(error, PackagesError::Damaged { .. }), "{error}");
}

#[tokio::test]
async fn bundled_sets_are_missing_before_they_are_warmed() {
    let Some((config, _registry)) = tools() else { return };
    let root = tempfile::tempdir().unwrap();
    let store = Store::open(root.path(), StoreConfig { offline: true, ..config }).unwrap();
    let scaffold = request(&[("react", "^18.3.1"), ("vite", "^5.4.2")]);
    assert_eq!(Store::bundled_for(&scaffold), Some("react-18"));
    assert!(matches!(store.ensure(&scaffold).await, Err(PackagesError::Offline { .. })));
    let mut steps = Vec::new();
    assert!(store.warm(|step| steps.push(step)).await.is_err());
    assert_eq!(steps, [Warming::Begins("react-18")]);
}
