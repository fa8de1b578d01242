//! postcss.config: whether Tailwind CSS and Autoprefixer run.

use pageloom_schema::Project;
use serde_json::Value;

use super::Unsupported;
use crate::source::{Data, Literal, read_module};

/// The names a PostCSS configuration can have, in the order in which they are looked for.
const NAMES: [&str; 8] = [
    "postcss.config.js",
    "postcss.config.cjs",
    "postcss.config.mjs",
    "postcss.config.ts",
    "postcss.config.mts",
    "postcss.config.cts",
    ".postcssrc",
    ".postcssrc.json",
];
/// The names a Tailwind configuration can have, in the order in which they are looked for.
const TAILWIND_NAMES: [&str; 6] = [
    "tailwind.config.js",
    "tailwind.config.cjs",
    "tailwind.config.mjs",
    "tailwind.config.ts",
    "tailwind.config.cts",
    "tailwind.config.mts",
];

/// What the PostCSS configuration asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PostcssConfig {
    /// There is a configuration.
    pub present: bool,
    /// Tailwind CSS runs.
    pub tailwind: bool,
    /// Autoprefixer runs.
    pub autoprefixer: bool,
}

/// The file that holds the PostCSS configuration, which may be package.json.
#[must_use]
pub fn postcss_config_path(project: &Project) -> Option<&'static str> {
    let named = NAMES.into_iter().find(|path| project.file(path).is_some());
    named.or_else(|| in_manifest(project).is_some().then_some("package.json"))
}

/// The file that holds the Tailwind configuration.
#[must_use]
pub fn tailwind_config_path(project: &Project) -> Option<&'static str> {
    TAILWIND_NAMES.into_iter().find(|path| project.file(path).is_some())
}

/// Reads the PostCSS configuration; all is off when there is none.
///
/// # Errors
/// [`Unsupported`] when it cannot be read as data, or asks for a plugin other than `tailwindcss`
/// and `autoprefixer`, or for one of them with options that change what it does.
pub fn read_postcss_config(project: &Project) -> Result<PostcssConfig, Unsupported> {
    let Some(path) = postcss_config_path(project) else { return Ok(PostcssConfig::default()) };
    let refused = |option: &str, line| Unsupported::new(option, path, line);
    let plugins = if path == "package.json" || path.starts_with('.') {
        let value = if path == "package.json" {
            in_manifest(project)
        } else {
            project.text(path).and_then(super::json::parse_with_comments)
        };
        let value = value.ok_or_else(|| refused("not JSON", None))?;
        json_plugins(&value).ok_or_else(|| refused("plugins", None))?
    } else {
        let text = project.text(path).ok_or_else(|| refused("not text", None))?;
        let module = read_module(path, text).map_err(|f| refused(&f.message, f.line))?;
        let config = module.exported.ok_or_else(|| refused("no exported object", None))?;
        let config = super::returned(config);
        if let Data::Table(entries) = &config.data
            && let Some((name, value)) =
                entries.iter().find(|(name, _)| !matches!(name.as_str(), "plugins" | "map"))
        {
            return Err(refused(name, Some(value.line)));
        }
        match config.entry("plugins") {
            Some(plugins) => module_plugins(plugins, &module.imports)
                .map_err(|value| refused("plugins", Some(value.line)))?,
            None if matches!(config.data, Data::Table(_)) => Vec::new(),
            None => return Err(refused("no exported object", Some(config.line))),
        }
    };
    let mut found = PostcssConfig { present: true, ..PostcssConfig::default() };
    for (name, line) in plugins {
        match name.as_str() {
            "tailwindcss" => found.tailwind = true,
            "autoprefixer" => found.autoprefixer = true,
            other => return Err(refused(&format!("plugin {other}"), line)),
        }
    }
    Ok(found)
}

fn in_manifest(project: &Project) -> Option<Value> {
    let manifest: Value = serde_json::from_str(project.text("package.json")?).ok()?;
    manifest.get("postcss").filter(|value| value.is_object()).cloned()
}

type Plugins = Vec<(String, Option<u32>)>;

fn json_plugins(config: &Value) -> Option<Plugins> {
    match config.get("plugins") {
        None => Some(Vec::new()),
        Some(Value::Object(plugins)) => {
            let is_plain = |value: &Value| value.as_object().is_some_and(serde_json::Map::is_empty);
            let on = plugins.iter().filter(|(_, value)| **value != Value::Bool(false));
            on.map(|(name, value)| is_plain(value).then(|| (name.clone(), None))).collect()
        }
        Some(Value::Array(names)) => {
            names.iter().map(|name| Some((name.as_str()?.to_owned(), None))).collect()
        }
        Some(_) => None,
    }
}

fn module_plugins<'v>(
    plugins: &'v Literal,
    imports: &std::collections::BTreeMap<String, String>,
) -> Result<Plugins, &'v Literal> {
    let mut found = Vec::new();
    match &plugins.data {
        Data::Table(entries) => {
            for (name, value) in entries {
                match &value.data {
                    Data::Flag(false) => {}
                    Data::Flag(true) => found.push((name.clone(), Some(value.line))),
                    Data::Table(options) if options.is_empty() || names_its_config(options) => {
                        found.push((name.clone(), Some(value.line)));
                    }
                    _ => return Err(value),
                }
            }
        }
        Data::List(values) => {
            for value in values {
                let name = match &value.data {
                    Data::Text(name) => Some(name.clone()),
                    Data::Name(name) => imports.get(name).cloned(),
                    Data::Call { name, arguments } => {
                        let is_plain = arguments.iter().all(|argument| match &argument.data {
                            Data::Table(options) => options.is_empty() || names_its_config(options),
                            Data::Text(_) => name == "require",
                            _ => false,
                        });
                        let required = || match arguments.as_slice() {
                            [only] if name == "require" => only.text().map(str::to_owned),
                            _ => name
                                .strip_prefix("require(")?
                                .strip_suffix(')')
                                .map(|inner| inner.trim_matches(['"', '\'']).to_owned()),
                        };
                        imports.get(name).cloned().or_else(required).filter(|_| is_plain)
                    }
                    _ => None,
                };
                found.push((name.ok_or(value)?, Some(value.line)));
            }
        }
        _ => return Err(plugins),
    }
    Ok(found)
}

/// Tailwind may be told where its configuration is, when that is where it looks anyway.
fn names_its_config(options: &[(String, Literal)]) -> bool {
    options.iter().all(|(name, value)| {
        let path = value.text().map(|path| path.strip_prefix("./").unwrap_or(path));
        name == "config" && path.is_some_and(|path| TAILWIND_NAMES.contains(&path))
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::project;
    use super::*;

    fn read(path: &str, text: &str) -> Result<PostcssConfig, Unsupported> {
        read_postcss_config(&project(&[(path, text)]))
    }

    const BOTH: PostcssConfig = PostcssConfig { present: true, tailwind: true, autoprefixer: true };

    #[test]
    fn every_usual_form_is_read() {
        for (path, text) in [
            (
                "postcss.config.js",
                "export default { plugins: { tailwindcss: {}, autoprefixer: {} } }",
            ),
            (
                "postcss.config.cjs",
                "module.exports = { plugins: { tailwindcss: {}, autoprefixer: {} } };",
            ),
            (
                "postcss.config.cjs",
                "module.exports = { plugins: [require('tailwindcss'), require('autoprefixer')()] }",
            ),
            (
                "postcss.config.mjs",
                "import tw from 'tailwindcss';\nimport ap from 'autoprefixer';\n\
                 /** @type {x} */\nconst config = { plugins: [tw, ap()] };\nexport default config;",
            ),
            (
                "postcss.config.ts",
                "export default { plugins: [require('tailwindcss')('./tailwind.config.js'), 'autoprefixer'] }",
            ),
            (
                "package.json",
                "{ \"postcss\": { \"plugins\": { \"tailwindcss\": {}, \"autoprefixer\": {} } } }",
            ),
        ] {
            let found = read(path, text);
            if path == "postcss.config.ts" {
                assert!(found.is_err(), "a path as text is not understood");
            } else {
                assert_eq!(found, Ok(BOTH), "{text}");
            }
        }
        assert_eq!(read("a.txt", ""), Ok(PostcssConfig::default()));
    }

    #[test]
    fn other_plugins_are_named() {
        let found =
            read("postcss.config.js", "export default { plugins: {\n 'postcss-nested': {} } }");
        let found = found.unwrap_err();
        assert_eq!((found.option.as_str(), found.line), ("plugin postcss-nested", Some(2)));
        assert!(read("postcss.config.js", "export default make()").is_err());
        assert!(read("postcss.config.js", "export default {").is_err());
        assert!(read("postcss.config.js", "export default { parser: 'sugarss' }").is_err());
    }
}
