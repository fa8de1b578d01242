//! Which packages a project may import: what it declares, and what npm puts beside those for them
//! to find. A set may hold more than one project asked for; nobody gets what he did not declare.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use pageloom_build::{PackageJson, vite_config_path};
use pageloom_schema::{BuildErrorClass, BuildProblem, Project};
use serde::Deserialize;

#[derive(Deserialize)]
struct Lock {
    #[serde(default)]
    packages: BTreeMap<String, Locked>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Locked {
    #[serde(default)]
    dependencies: BTreeMap<String, String>,
    #[serde(default)]
    optional_dependencies: BTreeMap<String, String>,
    #[serde(default)]
    peer_dependencies: BTreeMap<String, String>,
}

/// The packages of an installed set and what each needs, as its lock file has it.
#[derive(Debug)]
pub(crate) struct Needs(BTreeMap<String, BTreeSet<String>>);

impl Needs {
    /// Reads the lock file of the set installed at `folder`.
    pub(crate) fn read(folder: &Path) -> Result<Self, String> {
        let path = folder.join("package-lock.json");
        let bytes = std::fs::read(&path).map_err(|error| format!("package-lock.json: {error}"))?;
        let lock: Lock = serde_json::from_slice(&bytes)
            .map_err(|error| format!("package-lock.json: {error}"))?;
        let mut needs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (place, locked) in &lock.packages {
            // A copy below another package serves only that one, but what it needs may lie on top.
            let Some((_, name)) = place.rsplit_once("node_modules/") else { continue };
            let all =
                [&locked.dependencies, &locked.optional_dependencies, &locked.peer_dependencies];
            let names = all.into_iter().flat_map(BTreeMap::keys).cloned();
            needs.entry(name.to_owned()).or_default().extend(names);
        }
        Ok(Self(needs))
    }

    /// The declared packages and everything that comes with them.
    pub(crate) fn closure<'d>(
        &self,
        declared: impl IntoIterator<Item = &'d str>,
    ) -> BTreeSet<String> {
        let mut waiting: Vec<&str> = declared.into_iter().collect();
        let mut found = BTreeSet::new();
        while let Some(name) = waiting.pop() {
            if let Some((known, needs)) = self.0.get_key_value(name)
                && found.insert(known.clone())
            {
                waiting.extend(needs.iter().map(String::as_str));
            }
        }
        found
    }
}

/// Vite, or a React plugin that the configuration names, when nothing brings it: neither the manifest
/// nor what comes with its packages. The fast builder does without both and would not notice.
pub(crate) fn undeclared_tool(
    project: &Project,
    manifest: &PackageJson,
    allowed: &BTreeSet<String>,
) -> Option<BuildProblem> {
    let declared = manifest.all_dependencies();
    let config = vite_config_path(project);
    let text = config.and_then(|path| project.text(path)).unwrap_or_default();
    let plugins = ["@vitejs/plugin-react-swc", "@vitejs/plugin-react"];
    let named =
        |name: &str| text.contains(&format!("'{name}'")) || text.contains(&format!("\"{name}\""));
    // A plugin asks for Vite as its peer, also where no plugin is installed.
    let brought = |name: &str| {
        name == "vite" && declared.keys().any(|name| name.starts_with("@vitejs/plugin-"))
    };
    let missing =
        |name: &&str| !declared.contains_key(*name) && !allowed.contains(*name) && !brought(name);
    let plugin = plugins.into_iter().filter(|name| named(name)).find(missing);
    let name = plugin.or_else(|| Some("vite").filter(missing))?;
    let message = format!("`{name}` is not declared in package.json");
    let problem = BuildProblem::new(BuildErrorClass::BadConfig, &message);
    Some(problem.at(config.unwrap_or("package.json"), None))
}
