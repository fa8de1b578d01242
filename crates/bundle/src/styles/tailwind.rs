//! Tailwind CSS 3, the set's own, over the style sheets of one project.

use std::collections::BTreeMap;
use std::time::Duration;

use pageloom_schema::{BuildErrorClass, BuildProblem};
use serde::{Deserialize, Serialize};

use super::engine::{Engine, ScriptError};
use super::script::TailwindScript;

/// How long the style sheets of one project may take.
const LIMIT: Duration = Duration::from_secs(20);
/// How long a configuration may run.
const CONFIG_LIMIT: Duration = Duration::from_secs(5);
/// An engine is replaced after this many projects.
const PROJECTS_PER_ENGINE: u32 = 200;
/// An engine is replaced when it holds more than this, in bytes.
const ENGINE_MEMORY: i64 = 128 << 20;
/// Configurations whose outcome is remembered.
const CONFIGS: usize = 256;

/// The style sheet of most projects.
const USUAL_SHEET: &str = "@tailwind base; @tailwind components; @tailwind utilities;";
const CONFIG_REALM: &str = include_str!("config_realm.js");
/// The default theme and the colours as data, functions marked.
const CONSTANTS: &str = r"(() => {
  const plain = (value) => {
    if (typeof value === 'function') return { 'pageloom:function': true };
    if (Array.isArray(value)) return value.map(plain);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.keys(value).map((key) => [key, plain(value[key])]));
  };
  const module = (name) => { const found = pageloomModules[name]; return found.default ? found.default : found; };
  return JSON.stringify([plain(module('tailwindcss/colors')), plain(module('tailwindcss/defaultTheme'))]);
})()";

/// One style sheet.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Sheet {
    pub(crate) path: String,
    pub(crate) css: String,
}

/// One source that class names are looked for in.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Content {
    pub(crate) content: String,
    pub(crate) extension: String,
}

/// What a configuration turned out to be.
#[derive(Clone, Debug)]
pub(crate) enum Config {
    /// Plain data, as JSON, with plugins by name.
    Data(serde_json::Value),
    /// It holds functions: its source, a CommonJS function body.
    Code {
        source: String,
        /// `content`, when it could be read.
        content: serde_json::Value,
    },
}

#[derive(Deserialize)]
struct Evaluated {
    data: Option<serde_json::Value>,
    #[serde(default)]
    code: bool,
    error: Option<String>,
    #[serde(default)]
    asked: Vec<String>,
}

/// Why style sheets could not be built.
#[derive(Clone, Debug)]
pub(crate) enum StyleFault {
    /// The project's fault.
    Problem(BuildProblem),
    /// Only the exact builder can do this.
    Unsupported(String),
}

/// Runs Tailwind for one set after another project, each as if it were the first.
pub(crate) struct Tailwind {
    script: TailwindScript,
    engine: Option<(Engine, u32)>,
    /// A fresh engine for the next configuration that holds code; each project gets one of its own.
    spare: Option<Engine>,
    /// There was a configuration that holds code.
    codes: bool,
    /// The source of the last such configuration, and the engine that has read it and nothing else.
    loaded: Option<(String, Engine)>,
    constants: Option<(String, String)>,
    configs: BTreeMap<[u8; 32], Result<Config, StyleFault>>,
}

impl std::fmt::Debug for Tailwind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tailwind").field("warm", &self.engine.is_some()).finish()
    }
}

impl Tailwind {
    pub(crate) fn new(script: TailwindScript) -> Self {
        Self {
            script,
            engine: None,
            spare: None,
            codes: false,
            loaded: None,
            constants: None,
            configs: BTreeMap::new(),
        }
    }

    fn fresh(&self) -> Result<Engine, ScriptError> {
        let engine = Engine::new()?;
        engine.set("pageloomPreflight", &self.script.preflight)?;
        engine.run::<()>(&self.script.code, LIMIT)?;
        Ok(engine)
    }

    /// The engine that runs no code of any project.
    fn shared(&mut self) -> Result<&Engine, ScriptError> {
        let worn = self.engine.as_ref().is_some_and(|(engine, served)| {
            *served >= PROJECTS_PER_ENGINE || engine.memory() > ENGINE_MEMORY
        });
        if worn {
            self.engine = None;
        }
        let (engine, served) = match self.engine.take() {
            Some(pair) => pair,
            None => (self.fresh()?, 0),
        };
        Ok(&self.engine.insert((engine, served + 1)).0)
    }

    /// Gets engines ready for the next project, where the last one left none.
    pub(crate) fn warm(&mut self) {
        self.loaded = None;
        if self.codes && self.spare.is_none() {
            self.spare = self.fresh().ok();
        }
        if self.engine.is_some() {
            return;
        }
        if let Ok(engine) = self.shared() {
            let usual = engine.run("pageloomUsual()", LIMIT).unwrap_or_default();
            let request = Request {
                sheets: &[Sheet { path: String::new(), css: USUAL_SHEET.to_owned() }],
                tailwind: true,
                config: Some("{}".to_owned()),
                content: &[Content { content: usual, extension: "html".to_owned() }],
            };
            drop(run(engine, &request));
        }
    }

    /// An engine that has read one configuration that holds code, and its `content`.
    fn with_code(&mut self, source: &str) -> Result<(Engine, serde_json::Value), ScriptError> {
        self.codes = true;
        let engine = match self.spare.take() {
            Some(engine) => engine,
            None => self.fresh()?,
        };
        load_code(&engine, source)?;
        let script = "JSON.stringify((pageloomConfig.default ?? pageloomConfig).content ?? null)";
        let content: String = engine.run(script, CONFIG_LIMIT)?;
        Ok((engine, serde_json::from_str(&content).unwrap_or_default()))
    }

    /// Evaluates a configuration: a CommonJS function body.
    pub(crate) fn evaluate(&mut self, path: &str, source: &str) -> Result<Config, StyleFault> {
        let key = *blake3::hash(source.as_bytes()).as_bytes();
        if let Some(known) = self.configs.get(&key) {
            return known.clone();
        }
        let outcome = self.evaluate_anew(path, source);
        if self.configs.len() >= CONFIGS {
            self.configs.clear();
        }
        self.configs.insert(key, outcome.clone());
        outcome
    }

    fn evaluate_anew(&mut self, path: &str, source: &str) -> Result<Config, StyleFault> {
        let fault = |error: ScriptError| script_problem(&error, path, BuildErrorClass::BadConfig);
        if self.constants.is_none() {
            let listed: String =
                self.shared().and_then(|engine| engine.run(CONSTANTS, LIMIT)).map_err(fault)?;
            let mut parts: Vec<serde_json::Value> =
                serde_json::from_str(&listed).unwrap_or_default();
            let theme = parts.pop().unwrap_or_default().to_string();
            self.constants = Some((parts.pop().unwrap_or_default().to_string(), theme));
        }
        let (colors, theme) = self.constants.clone().unwrap_or_default();
        let realm = Engine::new().map_err(fault)?;
        let plugins = serde_json::to_string(&self.script.plugins).unwrap_or_default();
        for (name, text) in [
            ("pageloomPlugins", plugins.as_str()),
            ("pageloomColors", &colors),
            ("pageloomTheme", &theme),
            ("pageloomSource", source),
        ] {
            realm.set(name, text).map_err(fault)?;
        }
        let told: String = realm.run(CONFIG_REALM, CONFIG_LIMIT).map_err(fault)?;
        let told: Evaluated = serde_json::from_str(&told).map_err(|error| {
            StyleFault::Problem(
                BuildProblem::new(BuildErrorClass::BadConfig, &error.to_string()).at(path, None),
            )
        })?;
        if let Some(name) = told.asked.iter().find(|name| *name != "tailwindcss/plugin") {
            return Err(StyleFault::Unsupported(format!("{path} asks for `{name}`")));
        }
        match told {
            Evaluated { data: Some(data), .. } => Ok(Config::Data(harmless(data))),
            Evaluated { code: true, .. } => self.content_of_code(path, source),
            // The engine's own words, caught where the source was run.
            Evaluated { error: Some(message), .. } if message == "out of memory" => {
                Err(fault(ScriptError::Memory))
            }
            Evaluated { error, .. } => {
                let message =
                    error.unwrap_or_else(|| "the configuration is not an object".to_owned());
                Err(StyleFault::Problem(
                    BuildProblem::new(BuildErrorClass::BadConfig, &message).at(path, None),
                ))
            }
        }
    }

    /// Reads `content` of a configuration that holds code.
    fn content_of_code(&mut self, path: &str, source: &str) -> Result<Config, StyleFault> {
        let fault = |error: ScriptError| script_problem(&error, path, BuildErrorClass::BadConfig);
        let (engine, content) = self.with_code(source).map_err(fault)?;
        self.loaded = Some((source.to_owned(), engine));
        Ok(Config::Code { source: source.to_owned(), content })
    }

    /// Processes style sheets; `None` for the configuration when Tailwind does not run, only PostCSS.
    pub(crate) fn process(
        &mut self,
        config: Option<&Config>,
        content: &[Content],
        sheets: &[Sheet],
    ) -> Result<Vec<String>, StyleFault> {
        let data = match config {
            Some(Config::Data(data)) => Some(data.to_string()),
            _ => None,
        };
        let request = Request { sheets, tailwind: config.is_some(), config: data, content };
        let outcome = match config {
            Some(Config::Code { source, .. }) => {
                let loaded = self.loaded.take().filter(|(of, _)| of == source);
                let engine = match loaded {
                    Some((_, engine)) => Ok(engine),
                    None => self.with_code(source).map(|(engine, _)| engine),
                };
                engine.and_then(|engine| run(&engine, &request))
            }
            _ => self.shared().and_then(|engine| run(engine, &request)),
        };
        match outcome {
            Ok(sheets) => Ok(sheets),
            Err(error) => {
                // A script that was stopped may have left anything; one that threw was at an end, and
                // every context is renewed before it is used.
                let ended = matches!(error, ScriptError::Thrown { detail: Some(_), .. });
                if !ended && !matches!(config, Some(Config::Code { .. })) {
                    self.engine = None;
                }
                Err(style_problem(&error, sheets))
            }
        }
    }
}

/// The data without names that reach an object's prototype. The realm that it came from can say what it
/// likes, and Tailwind merges configurations by assignment.
fn harmless(data: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match data {
        Value::Object(entries) => {
            let kept = entries.into_iter().filter(|(name, _)| {
                !matches!(name.as_str(), "__proto__" | "constructor" | "prototype")
            });
            Value::Object(kept.map(|(name, value)| (name, harmless(value))).collect())
        }
        Value::Array(values) => Value::Array(values.into_iter().map(harmless).collect()),
        other => other,
    }
}

#[derive(Serialize)]
struct Request<'r> {
    sheets: &'r [Sheet],
    tailwind: bool,
    config: Option<String>,
    content: &'r [Content],
}

fn load_code(engine: &Engine, source: &str) -> Result<(), ScriptError> {
    engine.set("pageloomSource", source)?;
    let script = "globalThis.pageloomConfig = (() => { const module = { exports: {} }; \
        const require = (name) => { const known = pageloomModules[name] ?? pageloomModules[name.replace(/\\.js$/, '')]; \
            if (known === undefined) throw new Error(`Cannot find module '${name}'`); return known; }; \
        new Function('module', 'exports', 'require', '__dirname', '__filename', pageloomSource)\
            (module, module.exports, require, '/', '/tailwind.config.js'); \
        return module.exports })(); undefined";
    engine.run(script, CONFIG_LIMIT)
}

fn run(engine: &Engine, request: &Request<'_>) -> Result<Vec<String>, ScriptError> {
    let thrown = |message: String| ScriptError::Thrown { message, detail: None };
    let text = serde_json::to_string(request).map_err(|error| thrown(error.to_string()))?;
    engine.set("pageloomRequest", &text)?;
    let told = engine.run_promise("pageloomRun(pageloomRequest)", LIMIT)?;
    serde_json::from_str(&told).map_err(|error| thrown(error.to_string()))
}

fn script_problem(error: &ScriptError, path: &str, class: BuildErrorClass) -> StyleFault {
    let class = match error {
        ScriptError::Timeout(_) => BuildErrorClass::Timeout,
        ScriptError::Memory => BuildErrorClass::Memory,
        ScriptError::Thrown { .. } => class,
    };
    StyleFault::Problem(BuildProblem::new(class, &error.to_string()).at(path, None))
}

#[derive(Deserialize)]
struct Detail {
    path: String,
    syntax: bool,
    reason: String,
    line: Option<u32>,
}

fn style_problem(error: &ScriptError, sheets: &[Sheet]) -> StyleFault {
    let path = sheets.first().map_or("", |sheet| sheet.path.as_str());
    if let ScriptError::Thrown { detail: Some(detail), .. } = error
        && let Ok(detail) = serde_json::from_str::<Detail>(detail)
    {
        let class = if detail.reason.contains("class does not exist") {
            BuildErrorClass::UnknownApplyClass
        } else if detail.syntax {
            BuildErrorClass::Syntax
        } else {
            BuildErrorClass::Other
        };
        return StyleFault::Problem(
            BuildProblem::new(class, &detail.reason).at(detail.path, detail.line),
        );
    }
    script_problem(error, path, BuildErrorClass::Other)
}

#[cfg(test)]
#[path = "tailwind_tests.rs"]
mod tests;
