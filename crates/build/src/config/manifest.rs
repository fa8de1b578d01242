//! package.json as the checks and builders need it.

use std::collections::BTreeMap;

use pageloom_schema::{BuildErrorClass, BuildProblem, Project};
use serde_json::Value;

/// The parts of a package.json that decide how a project is built.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackageJson {
    /// `name`, or nothing.
    pub name: Option<String>,
    /// `version`, or nothing.
    pub version: Option<String>,
    /// True with `"type": "module"`.
    pub is_module: bool,
    /// `scripts` whose value is text.
    pub scripts: BTreeMap<String, String>,
    /// `dependencies`: name to range, as written.
    pub dependencies: BTreeMap<String, String>,
    /// `devDependencies`: name to range, as written.
    pub dev_dependencies: BTreeMap<String, String>,
    /// `optionalDependencies` and `peerDependencies` together: name to range, as written.
    pub other_dependencies: BTreeMap<String, String>,
}

impl PackageJson {
    /// All declared packages with their ranges, sorted by name; `dependencies` goes before
    /// `devDependencies`, and both before the others, where a name is in several.
    #[must_use]
    pub fn all_dependencies(&self) -> BTreeMap<&str, &str> {
        let lists = [&self.other_dependencies, &self.dev_dependencies, &self.dependencies];
        let all = lists.into_iter().flatten();
        all.map(|(name, range)| (name.as_str(), range.as_str())).collect()
    }
}

/// Reads the package.json of a project.
///
/// # Errors
/// A [`BuildProblem`] of class `bad_config` when it is absent, is no JSON object, or when a part
/// that is read has another shape than npm takes.
pub fn read_package_json(project: &Project) -> Result<PackageJson, BuildProblem> {
    let path = "package.json";
    let bad = |message: &str, line: Option<u32>| {
        BuildProblem::new(BuildErrorClass::BadConfig, message).at(path, line)
    };
    let Some(text) = project.text(path) else {
        return Err(bad("there is no package.json that is UTF-8 text", None));
    };
    let value: Value =
        serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| {
            bad(&format!("package.json is not JSON: {error}"), u32::try_from(error.line()).ok())
        })?;
    let Value::Object(object) = value else {
        return Err(bad("package.json is not a JSON object", Some(1)));
    };
    let text_of = |key: &str| object.get(key).and_then(Value::as_str).map(str::to_owned);
    let table = |key: &str| -> Result<BTreeMap<String, String>, BuildProblem> {
        match object.get(key) {
            None | Some(Value::Null) => Ok(BTreeMap::new()),
            Some(Value::Object(entries)) => entries
                .iter()
                .map(|(name, value)| match value {
                    Value::String(text) => Ok((name.clone(), text.clone())),
                    _ => Err(bad(&format!("`{key}.{name}` is not text"), None)),
                })
                .collect(),
            Some(_) => Err(bad(&format!("`{key}` is not an object"), None)),
        }
    };
    let mut other_dependencies = table("peerDependencies")?;
    other_dependencies.extend(table("optionalDependencies")?);
    Ok(PackageJson {
        name: text_of("name"),
        version: text_of("version"),
        is_module: object.get("type").and_then(Value::as_str) == Some("module"),
        scripts: table("scripts")?,
        dependencies: table("dependencies")?,
        dev_dependencies: table("devDependencies")?,
        other_dependencies,
    })
}
