//! What `cargo xtask judge-quality` is told: the judge, the pages, and how the judge may be asked.
#![expect(clippy::disallowed_methods, reason = "a chore is told where its keys and answers are")]

use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Context as _, bail};
use pageloom_run::judge::MAX_REPEAT;
use pageloom_run::{AskingOptions, BudgetLimits, ClientOptions, Keys, PriceTable, Script};
use pageloom_schema::SamplingChange;
use pageloom_score::judge::criteria::Form;

use crate::metric_agreement::{DEGRADATIONS, Degradation, root};

const USAGE: &str = "usage: judge-quality --judge JUDGE [--form v1|compat] [--repeat K] \
     [--temperature T]\n  [--suite SUITE] [--pages N] [--kinds KIND,…] [--out FOLDER] [--run FOLDER]\n  \
     [--concurrency N] [--rate R] [--max-cost DOLLARS] [--max-tokens N] [--key-file FILE]\n  \
     [--prices FILE] [--answers FOLDER] [--fake-script FILE] [--fresh]";

/// Everything the chore is told.
pub(super) struct Arguments {
    /// The judge as it is named: `local`, `fake:NAME`, `openai:MODEL`, a URL.
    pub(super) judge: String,
    pub(super) form: Form,
    /// Answers to each pair that is asked repeatedly.
    pub(super) repeat: u32,
    /// Without it, the form's own.
    pub(super) sampling: SamplingChange,
    pub(super) suite: String,
    /// The most pages, spread evenly over the suite.
    pub(super) pages: usize,
    pub(super) kinds: Vec<&'static Degradation>,
    /// Where the tables go.
    pub(super) out: PathBuf,
    /// Where questions and answers are written down.
    pub(super) run: PathBuf,
    /// What is in `run` is thrown away first.
    pub(super) fresh: bool,
    pub(super) asking: AskingOptions,
}

impl Arguments {
    /// Reads them.
    pub(super) fn parse(words: &[&str]) -> anyhow::Result<Self> {
        let mut told = Self::of_judge("");
        let mut keys = Keys::from_lookup(|name| std::env::var(name).ok());
        told.asking.answers = std::env::var_os("PAGELOOM_ANSWERS").map(PathBuf::from);
        let mut run = None;
        let mut rest = words.iter();
        while let Some(&flag) = rest.next() {
            if flag == "--fresh" {
                told.fresh = true;
                continue;
            }
            let value = rest.next().with_context(|| format!("`{flag}` lacks a value\n{USAGE}"))?;
            match flag {
                "--judge" => told.judge = (*value).to_owned(),
                "--form" => told.form = form(value)?,
                "--repeat" => told.repeat = number::<u32>(flag, value)?.clamp(1, MAX_REPEAT),
                "--temperature" => {
                    told.sampling.temperature = Some(Some(number(flag, value)?));
                }
                "--suite" => told.suite = (*value).to_owned(),
                "--pages" => told.pages = number(flag, value)?,
                "--kinds" => told.kinds = kinds(value)?,
                "--out" => told.out = PathBuf::from(value),
                "--run" => run = Some(PathBuf::from(value)),
                "--concurrency" => told.asking.client.concurrency = number(flag, value)?,
                "--rate" => told.asking.client.rate = Some(number(flag, value)?),
                "--max-cost" => told.asking.limits.max_cost = Some(number(flag, value)?),
                "--max-tokens" => told.asking.limits.max_tokens = Some(number(flag, value)?),
                "--key-file" => keys
                    .read_file(&text(value)?)
                    .map_err(|line| anyhow::anyhow!("line {line} of {value} is no VARIABLE=key"))?,
                "--prices" => {
                    let more = PriceTable::parse(&text(value)?)?;
                    told.asking.prices = told.asking.prices.with(more);
                }
                "--answers" => told.asking.answers = Some(PathBuf::from(value)),
                "--fake-script" => told.asking.fake = Script::parse(&text(value)?)?,
                other => bail!("unknown argument `{other}`\n{USAGE}"),
            }
        }
        if told.judge.is_empty() {
            bail!("no judge is named\n{USAGE}");
        }
        told.asking.keys = keys;
        told.asking.answers = told.asking.answers.filter(|_| !told.fresh);
        told.run =
            run.unwrap_or_else(|| root().join("target/judge-quality").join(file_name(&told.judge)));
        Ok(told)
    }

    /// The defaults for a judge: nothing of the environment.
    pub(super) fn of_judge(judge: &str) -> Self {
        Self {
            judge: judge.to_owned(),
            form: Form::V1,
            repeat: 3,
            sampling: SamplingChange::default(),
            suite: "pages".to_owned(),
            pages: 4,
            kinds: DEGRADATIONS.iter().collect(),
            out: root().join("evals/judge"),
            run: root().join("target/judge-quality").join(file_name(judge)),
            fresh: false,
            asking: AskingOptions {
                keys: Keys::from_lookup(|_| None),
                prices: PriceTable::built_in(),
                limits: BudgetLimits::default(),
                client: ClientOptions::default(),
                answers: None,
                share_own_servers: true,
                replay: None,
                fake: Script::default(),
            },
        }
    }
}

/// A judge's name as that of a file: `openai:gpt` is `openai-gpt`.
pub(super) fn file_name(judge: &str) -> String {
    let words: Vec<&str> =
        judge.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.join("-").to_lowercase()
}

fn form(value: &str) -> anyhow::Result<Form> {
    match value {
        "v1" => Ok(Form::V1),
        "compat" => Ok(Form::Compat),
        _ => bail!("no form `{value}`; there are v1, compat"),
    }
}

fn kinds(value: &str) -> anyhow::Result<Vec<&'static Degradation>> {
    let kind = |name: &str| {
        DEGRADATIONS.iter().find(|kind| kind.name == name).with_context(|| {
            let names: Vec<&str> = DEGRADATIONS.iter().map(|kind| kind.name).collect();
            format!("no degradation `{name}`; there are {}", names.join(", "))
        })
    };
    value.split(',').map(kind).collect()
}

fn number<T: FromStr>(flag: &str, value: &str) -> anyhow::Result<T> {
    value.parse().ok().with_context(|| format!("`{value}` is no number for `{flag}`"))
}

fn text(path: &str) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| path.to_owned())
}
