//! Tailwind's side of a project: its configuration as one script, and the sources in which class
//! names are looked for.

use std::sync::Arc;

use pageloom_build::{ViteConfig, nesting_problem};
use pageloom_schema::{BuildErrorClass, BuildProblem, Project};
use rolldown::plugin::{
    HookLoadArgs, HookLoadOutput, HookLoadReturn, HookResolveIdArgs, HookResolveIdOutput,
    HookResolveIdReturn, HookUsage, Plugin, PluginContext, SharedLoadPluginContext,
};
use rolldown::{InputItem, ModuleType, OutputFormat};
use rolldown_common::ResolvedExternal;
use serde_json::Value;

use super::modules::ROOT;
use super::resolve::{Resolver, Target};
use crate::bundling::{Job, run};
use crate::styles::tailwind::Content;

/// Files of a configuration: its own and what it imports of the project.
#[derive(Debug)]
struct ConfigFiles {
    project: Arc<Project>,
    /// A configuration is read by Node, which knows no aliases.
    plain: ViteConfig,
}

impl Plugin for ConfigFiles {
    fn name(&self) -> std::borrow::Cow<'static, str> {
        "pageloom:config".into()
    }

    fn register_hook_usage(&self) -> HookUsage {
        HookUsage::ResolveId | HookUsage::Load
    }

    async fn resolve_id(
        &self,
        _context: &PluginContext,
        args: &HookResolveIdArgs<'_>,
    ) -> HookResolveIdReturn {
        let Some(importer) = args.importer else {
            return Ok(Some(HookResolveIdOutput::from_id(args.specifier)));
        };
        if args.specifier.starts_with('\0') || args.specifier.starts_with("rolldown:") {
            return Ok(None);
        }
        let importer = importer.strip_prefix(ROOT).unwrap_or(importer).trim_start_matches('/');
        let target = Resolver::new(&self.project, &self.plain).resolve(importer, args.specifier);
        Ok(Some(match target {
            Target::File(path) => HookResolveIdOutput::from_id(format!("{ROOT}/{path}")),
            // What is neither a file nor known fails when it is asked for.
            _ => HookResolveIdOutput {
                id: args.specifier.into(),
                external: Some(ResolvedExternal::Bool(true)),
                normalize_external_id: Some(false),
                ..HookResolveIdOutput::default()
            },
        }))
    }

    async fn load(
        &self,
        _context: SharedLoadPluginContext,
        args: &HookLoadArgs<'_>,
    ) -> HookLoadReturn {
        let Some(path) = args.id.strip_prefix(ROOT) else { return Ok(None) };
        let path = path.trim_start_matches('/');
        let code = self.project.text(path).unwrap_or_default();
        if let Some(problem) = nesting_problem(path, code) {
            return Err(anyhow::anyhow!(problem.message));
        }
        let module_type = match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
            "ts" | "mts" | "cts" => ModuleType::Ts,
            "json" => ModuleType::Json,
            _ => ModuleType::Js,
        };
        let module_type = Some(module_type);
        Ok(Some(HookLoadOutput { code: code.into(), module_type, ..Default::default() }))
    }
}

/// The configuration at `path` as the body of a CommonJS function.
pub(crate) async fn config_source(
    project: &Arc<Project>,
    path: &str,
) -> Result<String, Vec<BuildProblem>> {
    let job = Job {
        folder: ROOT.into(),
        input: vec![InputItem { name: Some("config".into()), import: format!("{ROOT}/{path}") }],
        format: OutputFormat::Cjs,
        // An endless loop would be dropped as code without an effect; Node, which runs it, would not.
        treeshake: false,
        ..Job::default()
    };
    let files = ConfigFiles { project: Arc::clone(project), plain: ViteConfig::default() };
    let bundled = run(job, vec![Arc::new(files)]).await.map_err(|error| {
        let as_config =
            |problem: BuildProblem| BuildProblem { class: BuildErrorClass::BadConfig, ..problem };
        error.0.into_iter().map(as_config).collect::<Vec<_>>()
    })?;
    Ok(bundled.chunks.into_iter().map(|chunk| chunk.code).next().unwrap_or_default())
}

/// The sources that `content` of a configuration names, sorted by path.
///
/// # Errors
/// A pattern that reaches out of the project, by name.
pub(crate) fn contents(project: &Project, content: &Value) -> Result<Vec<Content>, String> {
    let list = match content {
        Value::Object(object) => object.get("files").unwrap_or(&Value::Null),
        other => other,
    };
    let mut wanted = Vec::new();
    let mut unwanted = Vec::new();
    let mut found = Vec::new();
    for item in list.as_array().into_iter().flatten() {
        match item {
            Value::String(pattern) => {
                let (patterns, pattern) = match pattern.strip_prefix('!') {
                    Some(pattern) => (&mut unwanted, pattern),
                    None => (&mut wanted, pattern.as_str()),
                };
                let pattern = pattern.trim_start_matches("./");
                if pattern.starts_with("../") {
                    return Err(format!("the content pattern `{pattern}`"));
                }
                patterns.push(pattern.trim_start_matches("<rootDir>/").to_owned());
            }
            Value::Object(object) => {
                let text = |name: &str| object.get(name).and_then(Value::as_str);
                if let Some(raw) = text("raw") {
                    let extension = text("extension").unwrap_or("html").to_owned();
                    found.push(Content { content: raw.to_owned(), extension });
                }
            }
            _ => {}
        }
    }
    for (path, bytes) in project.files() {
        let any = |patterns: &[String]| {
            patterns.iter().any(|pattern| fast_glob::glob_match(pattern, path.as_str()))
        };
        if any(&wanted) && !any(&unwanted) {
            found.push(Content {
                content: String::from_utf8_lossy(bytes).into_owned(),
                extension: path.extension(),
            });
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use pageloom_schema::SitePath;

    use super::*;

    #[test]
    fn content_patterns_choose_sources() {
        let mut project = Project::default();
        for path in ["index.html", "src/App.tsx", "src/pages/Home.jsx", "src/a.css", "notes.md"] {
            project.insert(SitePath::new(path).unwrap(), Arc::from(path.as_bytes()));
        }
        let content = serde_json::json!({"files": [
            "./index.html", "./src/**/*.{js,ts,jsx,tsx}", "!./src/pages/*", {"raw": "<b class=x>"},
        ]});
        let found: Vec<String> =
            contents(&project, &content).unwrap().into_iter().map(|found| found.content).collect();
        assert_eq!(found, ["<b class=x>", "index.html", "src/App.tsx"]);
        assert!(contents(&project, &serde_json::json!(["../secret/**"])).is_err());
    }
}
