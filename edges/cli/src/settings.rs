//! Settings from four places: flag, then environment, then `pageloom.toml`, then built-in. Each
//! value remembers its place, for `--print-config`.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads settings from the environment"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use pageloom_run::{PoolConfig, machine};
use pageloom_schema::{Millis, RenderPolicy, Viewport};
use serde::Deserialize;

use crate::args::Global;
use crate::exit::UsageError;

const FILE: &str = "pageloom.toml";

/// A value and where it is from.
#[derive(Clone, Debug)]
pub(crate) struct Setting<T> {
    pub(crate) value: T,
    source: &'static str,
}

/// All settings, resolved.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) workers: Setting<usize>,
    pub(crate) browser: Setting<Option<PathBuf>>,
    pub(crate) deadline: Setting<f64>,
    pub(crate) max_height: Setting<u32>,
    pub(crate) viewport: Setting<Option<String>>,
    pub(crate) store: Setting<Option<PathBuf>>,
    pub(crate) quiet: bool,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    workers: Option<usize>,
    browser: Option<PathBuf>,
    deadline: Option<f64>,
    max_height: Option<u32>,
    viewport: Option<String>,
    store: Option<PathBuf>,
}

impl Settings {
    /// Resolves all settings; `viewport` is the command's own flag.
    pub(crate) fn resolve(global: &Global, viewport: Option<&str>) -> Result<Self, UsageError> {
        let file = read_file(Path::new(FILE))?;
        let settings = Self {
            workers: pick(global.workers, "PAGELOOM_WORKERS", file.workers, machine::cores())?,
            browser: pick(
                global.browser.clone().map(Some),
                "PAGELOOM_BROWSER",
                file.browser.map(Some),
                None,
            )?,
            deadline: pick(global.deadline, "PAGELOOM_DEADLINE", file.deadline, 15.0)?,
            max_height: pick(
                global.max_height,
                "PAGELOOM_MAX_HEIGHT",
                file.max_height,
                RenderPolicy::default().max_height,
            )?,
            viewport: pick(
                viewport.map(|text| Some(text.to_owned())),
                "PAGELOOM_VIEWPORT",
                file.viewport.map(Some),
                None,
            )?,
            store: pick(
                global.store.clone().map(Some),
                "PAGELOOM_STORE",
                file.store.map(Some),
                default_store(),
            )?,
            quiet: global.quiet,
        };
        settings.check()?;
        Ok(settings)
    }

    fn check(&self) -> Result<(), UsageError> {
        let wrong = |name: &str, value: String, fine: &str, source: &str| {
            Err(UsageError(format!("`{value}` (from {source}) is no {name}\nhint: {fine}")))
        };
        if !(1..=64).contains(&self.workers.value) {
            let value = self.workers.value.to_string();
            return wrong("number of workers", value, "take 1 to 64", self.workers.source);
        }
        if !(0.5..=600.0).contains(&self.deadline.value) {
            let value = self.deadline.value.to_string();
            return wrong("deadline", value, "take 0.5 to 600 seconds", self.deadline.source);
        }
        if !(64..=16_384).contains(&self.max_height.value) {
            let value = self.max_height.value.to_string();
            return wrong("page height", value, "take 64 to 16384", self.max_height.source);
        }
        self.viewport().map(|_| ())
    }

    /// The window, if one is set.
    pub(crate) fn viewport(&self) -> Result<Option<Viewport>, UsageError> {
        let text = self.viewport.value.as_deref();
        text.map(|text| text.parse().map_err(UsageError)).transpose()
    }

    /// Render conditions.
    pub(crate) fn policy(&self) -> RenderPolicy {
        RenderPolicy {
            deadline: Millis((self.deadline.value * 1000.0) as u64),
            max_height: self.max_height.value,
            ..RenderPolicy::default()
        }
    }

    /// The folder of installed packages, made absolute.
    pub(crate) fn store(&self) -> Result<PathBuf, UsageError> {
        let none = || {
            UsageError("no folder for packages is known\nhint: name one with --store".to_owned())
        };
        let path = self.store.value.as_ref().ok_or_else(none)?;
        std::path::absolute(path)
            .map_err(|error| UsageError(format!("{}: {error}", path.display())))
    }

    /// How the browsers are set up.
    pub(crate) fn pool(&self) -> PoolConfig {
        PoolConfig {
            workers: self.workers.value,
            program: self.browser.value.clone(),
            ..PoolConfig::default()
        }
    }

    /// Every setting, one a line: name, value, source.
    pub(crate) fn print(&self) -> String {
        let mut text = String::new();
        let mut row = |name: &str, value: String, source: &str| {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{name:<12} {value:<24} {source}");
        };
        row("workers", self.workers.value.to_string(), self.workers.source);
        let browser = self.browser.value.as_ref();
        let browser = browser.map_or("(found by itself)".to_owned(), |p| p.display().to_string());
        row("browser", browser, self.browser.source);
        row("deadline", format!("{} s", self.deadline.value), self.deadline.source);
        row("max_height", format!("{} px", self.max_height.value), self.max_height.source);
        let viewport = self.viewport.value.clone().unwrap_or_else(|| "(the task's own)".to_owned());
        row("viewport", viewport, self.viewport.source);
        let store = self.store.value.as_ref();
        let store = store.map_or("(none)".to_owned(), |path| path.display().to_string());
        row("store", store, self.store.source);
        text
    }
}

/// `pageloom/store` in the user's folder for caches.
fn default_store() -> Option<PathBuf> {
    let folder =
        |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = folder("XDG_CACHE_HOME").or_else(|| Some(folder("HOME")?.join(".cache")))?;
    Some(cache.join("pageloom").join("store"))
}

/// Types an environment variable may be read as.
trait FromEnvironment: Sized {
    fn from_environment(text: &str) -> Option<Self>;
}

impl FromEnvironment for usize {
    fn from_environment(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl FromEnvironment for u32 {
    fn from_environment(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl FromEnvironment for f64 {
    fn from_environment(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl FromEnvironment for Option<PathBuf> {
    fn from_environment(text: &str) -> Option<Self> {
        Some((!text.is_empty()).then(|| PathBuf::from(text)))
    }
}

impl FromEnvironment for Option<String> {
    fn from_environment(text: &str) -> Option<Self> {
        Some((!text.is_empty()).then(|| text.to_owned()))
    }
}

fn pick<T: FromEnvironment>(
    flag: Option<T>,
    variable: &'static str,
    file: Option<T>,
    built_in: T,
) -> Result<Setting<T>, UsageError> {
    if let Some(value) = flag {
        return Ok(Setting { value, source: "flag" });
    }
    if let Ok(text) = std::env::var(variable) {
        let value = T::from_environment(&text)
            .ok_or_else(|| UsageError(format!("`{text}` in {variable} is not a number")))?;
        return Ok(Setting { value, source: variable });
    }
    Ok(match file {
        Some(value) => Setting { value, source: FILE },
        None => Setting { value: built_in, source: "built-in" },
    })
}

fn read_file(path: &Path) -> Result<File, UsageError> {
    match std::fs::read_to_string(path) {
        Ok(text) => toml::from_str(&text)
            .map_err(|error| UsageError(format!("{FILE}: {}", error.to_string().trim_end()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(File::default()),
        Err(error) => Err(UsageError(format!("cannot read {FILE}: {error}"))),
    }
}
