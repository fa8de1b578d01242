//! `pageloom scaffold`.

use anyhow::Result;
use pageloom_run::{RunError, Scaffold};

use crate::args::ScaffoldArgs;
use crate::exit::Exit;

pub(crate) fn run(args: &ScaffoldArgs) -> Result<Exit> {
    let scaffold = Scaffold::find(&args.name).map_err(RunError::from)?;
    if let Some(out) = &args.out {
        for (path, bytes) in scaffold.project().files() {
            let path = out.join(path.as_str());
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent).map_err(RunError::storage("create", parent))?;
            }
            std::fs::write(&path, bytes).map_err(RunError::storage("write", &path))?;
        }
        println!("{}", out.display());
        return Ok(Exit::Done);
    }
    print!("{}", scaffold.prompt());
    if !args.prompt {
        for (path, bytes) in scaffold.project().files() {
            // The lock file is for machines; --out writes it.
            if path.as_str() != "package-lock.json" {
                println!("\n==> {path} <==\n{}", String::from_utf8_lossy(bytes).trim_end());
            }
        }
    }
    Ok(Exit::Done)
}
