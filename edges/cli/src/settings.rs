//! Settings from four places: flag, then environment, then `pageloom.toml`, then built-in. Each
//! value remembers its place, for `--print-config`.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads settings from the environment"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pageloom_run::{
    AskingOptions, BudgetLimits, ClientOptions, Keys, ModelError, PoolConfig, PriceTable, RunError,
    Script, machine,
};
use pageloom_schema::{Millis, RenderPolicy, Sampling, SamplingChange, Viewport};
use serde::Deserialize;

use crate::args::{AskArgs, Global};
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
    /// Weights of DINOv2.
    pub(crate) dino: Setting<Option<PathBuf>>,
    concurrency: Setting<usize>,
    rate: Setting<f64>,
    timeout: Setting<f64>,
    attempts: Setting<u32>,
    key_file: Setting<Option<PathBuf>>,
    prices: Setting<Option<PathBuf>>,
    answers: Setting<Option<PathBuf>>,
    /// What was asked for on the command line alone.
    pub(crate) ask: AskArgs,
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
    dino: Option<PathBuf>,
    concurrency: Option<usize>,
    rate: Option<f64>,
    timeout: Option<f64>,
    attempts: Option<u32>,
    key_file: Option<PathBuf>,
    prices: Option<PathBuf>,
    answers: Option<PathBuf>,
}

impl Settings {
    /// Resolves all settings; `viewport`, `dino` and `ask` are the command's own flags.
    pub(crate) fn resolve(
        global: &Global,
        viewport: Option<&str>,
        dino: Option<&Path>,
        ask: AskArgs,
    ) -> Result<Self, UsageError> {
        let file = read_file(Path::new(FILE))?;
        let asking = ClientOptions::default();
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
                cache_folder("store"),
            )?,
            dino: pick(
                dino.map(|folder| Some(folder.to_owned())),
                "PAGELOOM_DINO",
                file.dino.map(Some),
                None,
            )?,
            concurrency: pick(
                ask.concurrency,
                "PAGELOOM_CONCURRENCY",
                file.concurrency,
                asking.concurrency,
            )?,
            rate: pick(ask.rate, "PAGELOOM_RATE", file.rate, 0.0)?,
            timeout: pick(
                ask.timeout,
                "PAGELOOM_TIMEOUT",
                file.timeout,
                asking.timeout.as_secs_f64(),
            )?,
            attempts: pick(ask.attempts, "PAGELOOM_ATTEMPTS", file.attempts, asking.attempts)?,
            key_file: pick(
                ask.key_file.clone().map(Some),
                "PAGELOOM_KEY_FILE",
                file.key_file.map(Some),
                None,
            )?,
            prices: pick(
                ask.prices.clone().map(Some),
                "PAGELOOM_PRICES",
                file.prices.map(Some),
                None,
            )?,
            answers: pick(
                ask.answers.clone().map(Some),
                "PAGELOOM_ANSWERS",
                file.answers.map(Some),
                cache_folder("answers"),
            )?,
            ask,
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
        if !(1..=256).contains(&self.concurrency.value) {
            let value = self.concurrency.value.to_string();
            return wrong("number of questions", value, "take 1 to 256", self.concurrency.source);
        }
        let rate = self.rate.value;
        if rate != 0.0 && !(0.001..=100_000.0).contains(&rate) {
            let value = self.rate.value.to_string();
            let fine = "take 0.001 to 100000 requests a second, or 0 for no limit";
            return wrong("rate", value, fine, self.rate.source);
        }
        if !(0.1..=86_400.0).contains(&self.timeout.value) {
            let value = self.timeout.value.to_string();
            return wrong("time limit", value, "take 0.1 to 86400 seconds", self.timeout.source);
        }
        if !(1..=100).contains(&self.attempts.value) {
            let value = self.attempts.value.to_string();
            return wrong("number of attempts", value, "take 1 to 100", self.attempts.source);
        }
        if let Some(cost) = self.ask.max_cost.filter(|cost| !(cost.is_finite() && *cost >= 0.0)) {
            return wrong("cost", cost.to_string(), "take US dollars", "flag");
        }
        self.temperature()?;
        self.viewport().map(|_| ())
    }

    /// The temperature of answers; absent for the provider's own.
    fn temperature(&self) -> Result<Option<f64>, UsageError> {
        let wrong = |text: &str| {
            UsageError(format!("`{text}` is no temperature\nhint: take 0 to 2, or `default`"))
        };
        match self.ask.temperature.as_deref() {
            None => Ok(Sampling::default().temperature),
            Some("default") => Ok(None),
            Some(text) => match text.parse::<f64>() {
                Ok(value) if (0.0..=2.0).contains(&value) => Ok(Some(value)),
                _ => Err(wrong(text)),
            },
        }
    }

    /// How answers of models are drawn.
    pub(crate) fn sampling(&self) -> Result<Sampling, UsageError> {
        let built_in = Sampling::default();
        Ok(Sampling {
            temperature: self.temperature()?,
            seed: self.ask.seed.or(built_in.seed),
            max_tokens: self.ask.answer_tokens.unwrap_or(built_in.max_tokens).max(1),
        })
    }

    /// What of a model's answers is drawn otherwise than its question has it.
    pub(crate) fn answer_sampling(&self) -> Result<SamplingChange, UsageError> {
        let AskArgs { temperature, seed, answer_tokens, .. } = &self.ask;
        Ok(SamplingChange {
            temperature: temperature.as_ref().map(|_| self.temperature()).transpose()?,
            seed: *seed,
            max_tokens: answer_tokens.map(|tokens| tokens.max(1)),
        })
    }

    /// What of a judge's answers is drawn otherwise than the judge's question has it.
    pub(crate) fn judge_sampling(&self) -> Result<SamplingChange, UsageError> {
        let AskArgs { temperature, seed, judge_tokens, .. } = &self.ask;
        Ok(SamplingChange {
            temperature: temperature.as_ref().map(|_| self.temperature()).transpose()?,
            seed: *seed,
            max_tokens: judge_tokens.map(|tokens| tokens.max(1)),
        })
    }

    /// Questions at a time.
    pub(crate) fn concurrency(&self) -> usize {
        self.concurrency.value
    }

    /// How models are asked.
    pub(crate) fn asking(&self) -> anyhow::Result<AskingOptions> {
        let mut keys = Keys::from_lookup(|name| std::env::var(name).ok());
        if let Some(path) = &self.key_file.value {
            let bad = |reason: String| ModelError::BadKeyFile { path: path.clone(), reason };
            let text =
                std::fs::read_to_string(path).map_err(|e| RunError::from(bad(e.to_string())))?;
            keys.read_file(&text)
                .map_err(|line| RunError::from(bad(format!("line {line} is no VARIABLE=key"))))?;
        }
        let mut prices = PriceTable::built_in();
        if let Some(path) = &self.prices.value {
            let text = std::fs::read_to_string(path).map_err(RunError::storage("read", path))?;
            prices = prices.with(PriceTable::parse(&text).map_err(RunError::from)?);
        }
        let fake = match &self.ask.fake_script {
            Some(path) => read_script(path)?,
            None => Script::default(),
        };
        Ok(AskingOptions {
            keys,
            prices,
            limits: BudgetLimits { max_cost: self.ask.max_cost, max_tokens: self.ask.max_tokens },
            client: ClientOptions {
                concurrency: self.concurrency.value,
                rate: Some(self.rate.value).filter(|rate| *rate > 0.0),
                timeout: Duration::from_secs_f64(self.timeout.value),
                attempts: self.attempts.value,
                ..ClientOptions::default()
            },
            answers: self.answers.value.clone().filter(|_| !self.ask.fresh),
            share_own_servers: self.answers.source != "built-in",
            replay: self.ask.replay.clone(),
            fake,
        })
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
        row("concurrency", self.concurrency.value.to_string(), self.concurrency.source);
        let rate = self.rate.value;
        let rate = if rate > 0.0 { format!("{rate} a second") } else { "(no limit)".to_owned() };
        row("rate", rate, self.rate.source);
        row("timeout", format!("{} s", self.timeout.value), self.timeout.source);
        row("attempts", self.attempts.value.to_string(), self.attempts.source);
        for (name, setting) in [
            ("dino", &self.dino),
            ("key_file", &self.key_file),
            ("prices", &self.prices),
            ("answers", &self.answers),
        ] {
            let path = setting.value.as_ref();
            let path = path.map_or("(none)".to_owned(), |path| path.display().to_string());
            row(name, path, setting.source);
        }
        text
    }
}

/// Reads what a stand-in is to play.
pub(crate) fn read_script(path: &Path) -> anyhow::Result<Script> {
    let text = std::fs::read_to_string(path).map_err(RunError::storage("read", path))?;
    Ok(Script::parse(&text).map_err(|error| UsageError(format!("{}: {error}", path.display())))?)
}

/// A folder of ours in the user's folder for caches.
fn cache_folder(name: &str) -> Option<PathBuf> {
    let folder =
        |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = folder("XDG_CACHE_HOME").or_else(|| Some(folder("HOME")?.join(".cache")))?;
    Some(cache.join("pageloom").join(name))
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
