//! Warms the store in the folder given, and asks it for a `package.json` if one is given too.

use std::path::Path;

use pageloom_packages::{InstallLimits, PackageRequest, Store, StoreConfig};
use pageloom_sandbox::{Node, Sandbox};

#[tokio::main]
#[expect(clippy::print_stdout, reason = "an example talks to a person")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let root = arguments.next().ok_or("usage: warm FOLDER [PACKAGE.JSON]")?;
    let config = StoreConfig {
        sandbox: Sandbox::find()?,
        node: Ok(Node::find()?),
        registry: None,
        offline: false,
        limits: InstallLimits::default(),
    };
    for missing in config.sandbox.missing() {
        println!("missing: {}: {}", missing.what, missing.consequence);
    }
    let store = Store::open(Path::new(&root), config)?;
    let sets = match arguments.next() {
        Some(file) => {
            let request = PackageRequest::from_manifest(&std::fs::read_to_string(file)?)?;
            vec![store.ensure(&request).await?]
        }
        None => store.warm(|step| println!("{step:?}")).await?,
    };
    for set in sets {
        let mib = set.size_bytes() >> 20;
        println!("{} {} {mib} MiB, {} files", set.id(), set.folder().display(), set.files());
        set.verify()?;
    }
    Ok(())
}
