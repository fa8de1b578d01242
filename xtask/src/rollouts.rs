//! Can an answer harm or cheat? Rewards every answer of `fixtures/rollouts` and holds the outcome
//! against what its case expects; the outcomes and times are the committed table.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a chore is told where the store is, and shows its rows as they come"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use pageloom_browser::{Pool, PoolConfig};
use pageloom_run::website::{
    BuilderChoice, Completion, Rewarded, Rewarder, RewarderConfig, SiteBuilder, SiteBuilderConfig,
};
use pageloom_run::{Rubric, Scaffold, WorkerProgram};
use pageloom_schema::{Fault, VisitPlan};
use serde::Deserialize;

/// How long processes may take to end after their last case.
const LEAVE_LIMIT: Duration = Duration::from_secs(10);

/// The argument that makes this program a build worker.
pub(crate) const WORKER: &str = "build-worker";

#[derive(Deserialize)]
struct Case {
    about: String,
    #[serde(default)]
    instruction: Option<String>,
    #[serde(default)]
    scaffold: Option<String>,
    #[serde(default)]
    expected: Expected,
    #[serde(default)]
    other_faults: Vec<String>,
    #[serde(default)]
    must_not_show: Vec<String>,
    #[serde(default)]
    must_not_exist: Vec<PathBuf>,
    #[serde(default)]
    min_reward: Option<f64>,
    /// What of this case is known not to be met, and why.
    #[serde(default)]
    known_gap: Option<String>,
}

#[derive(Default, Deserialize)]
struct Expected {
    fault: Option<String>,
    finding: Option<String>,
    max_reward: Option<f64>,
}

#[derive(Deserialize)]
struct Generated {
    part: Vec<Part>,
}

#[derive(Deserialize)]
struct Part {
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    hex: Option<String>,
    #[serde(default)]
    repeat: Option<usize>,
}

/// Opens the builders on the store at `PAGELOOM_STORE`.
pub(crate) fn open_builder(
    choice: BuilderChoice,
    offline: bool,
) -> anyhow::Result<Arc<SiteBuilder>> {
    let store = std::env::var_os("PAGELOOM_STORE").map(PathBuf::from);
    let store = store.context("set PAGELOOM_STORE to the folder of a warm store")?;
    Ok(Arc::new(SiteBuilder::open(SiteBuilderConfig {
        store: std::path::absolute(store)?,
        offline,
        worker: WorkerProgram { program: std::env::current_exe()?, args: vec![WORKER.into()] },
        workers: 2,
        unconfined: false,
        choice,
    })?))
}

/// Runs `cargo xtask rollouts [NAME…]`: the whole table, or single cases.
pub(crate) fn run(names: &[&str]) -> anyhow::Result<String> {
    tokio::runtime::Runtime::new()?.block_on(rewards(names))
}

async fn rewards(names: &[&str]) -> anyhow::Result<String> {
    let root = Path::new("fixtures/rollouts");
    let mut folders = Vec::new();
    for group in ["good", "cheats"] {
        for entry in std::fs::read_dir(root.join(group)).context("start this in the repository")? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.join("case.toml").is_file()
                && (names.is_empty() || names.contains(&name.as_str()))
            {
                folders.push((group, name, path));
            }
        }
    }
    folders.sort();
    let pool = Arc::new(Pool::start(PoolConfig::default()).await?);
    let builder = open_builder(BuilderChoice::Auto, false)?;
    let rewarder = |scaffold: Option<&str>| -> anyhow::Result<Rewarder> {
        let rubric = Rubric::find("pageloom/v1").context("the rubric is built in")?;
        let scaffold = scaffold.map(Scaffold::find).transpose()?;
        let plan = VisitPlan::default();
        let config = RewarderConfig { rubric, scaffold, strict: false, plan, judge: None };
        Ok(Rewarder::new(Arc::clone(&pool), Arc::clone(&builder), config))
    };
    let before = helpers();
    let control = Path::new("fixtures/rollouts/good/html-page-in-a-fence");
    let asked = |completion: String, instruction: Option<String>| Completion {
        id: "case".to_owned(),
        completion,
        instruction,
    };
    let control = (asked(read_completion(control)?, None), rewarder(None)?);
    let sound = control.1.reward(&control.0).await.reward;
    let mut rewarders: BTreeMap<Option<String>, Rewarder> = BTreeMap::new();
    let mut table = String::from("group\tcase\tstage\treward\tfault\tseconds\tverdict\tabout\n");
    let (mut right, mut gaps, mut wrong) = (0, 0, Vec::new());
    for (group, name, path) in &folders {
        let case: Case = toml::from_str(&std::fs::read_to_string(path.join("case.toml"))?)
            .with_context(|| name.clone())?;
        let completion = asked(read_completion(path)?, case.instruction.clone());
        if !rewarders.contains_key(&case.scaffold) {
            rewarders.insert(case.scaffold.clone(), rewarder(case.scaffold.as_deref())?);
        }
        let Some(rewarder) = rewarders.get(&case.scaffold) else { continue };
        let started = Instant::now();
        let rewarded = rewarder.reward(&completion).await;
        let reward = &rewarded.reward;
        let seconds = started.elapsed().as_secs_f64();
        let after = control.1.reward(&control.0).await.reward;
        let mut faults = judge(&case, &rewarded);
        if after != sound {
            faults.push("the answer after it is rewarded otherwise".to_owned());
        }
        let code = reward.fault.as_ref().map_or_else(|| "none".to_owned(), Fault::code);
        let value = reward.value.map_or_else(|| "null".to_owned(), |value| format!("{value:.3}"));
        let stage = reward.stage.map_or("none", pageloom_schema::Stage::code);
        let verdict = match (faults.is_empty(), &case.known_gap) {
            (true, None) => "as expected".to_owned(),
            (true, Some(_)) => "as expected, though a gap is noted".to_owned(),
            (false, Some(gap)) => format!("known gap: {} ({gap})", faults.join("; ")),
            (false, None) => faults.join("; "),
        };
        let row = format!(
            "{group}\t{name}\t{stage}\t{value}\t{code}\t{seconds:.2}\t{verdict}\t{}\n",
            case.about
        );
        eprint!("{row}");
        table += &row;
        if faults.is_empty() {
            right += 1;
        } else if case.known_gap.is_some() {
            gaps += 1;
        } else {
            wrong.push(format!("{name}: {verdict} [{code}, {value}]"));
        }
    }
    drop((control, rewarders, builder, pool));
    let left = left_after(&before, LEAVE_LIMIT).await;
    if names.is_empty() {
        std::fs::create_dir_all("evals/harm")?;
        std::fs::write("evals/harm/table.tsv", &table)?;
    }
    let mut report = format!("{right} of {} cases as expected, {gaps} known gaps\n", folders.len());
    if !names.is_empty() {
        report += &table;
    }
    if !left.is_empty() {
        wrong.push(format!("processes are left: {}", left.join(", ")));
    }
    if !wrong.is_empty() {
        bail!("{report}{}", wrong.join("\n"));
    }
    Ok(report)
}

/// What of a reward is not as its case expects.
fn judge(case: &Case, rewarded: &Rewarded) -> Vec<String> {
    let mut faults = Vec::new();
    let reward = &rewarded.reward;
    let code = reward.fault.as_ref().map_or_else(|| "none".to_owned(), Fault::code);
    let Some(value) = reward.value else {
        let detail = reward.fault.as_ref().map(ToString::to_string).unwrap_or_default();
        return vec![format!("no reward: {detail}")];
    };
    if let Some(expected) = &case.expected.fault
        && *expected != code
        && !case.other_faults.contains(&code)
    {
        faults.push(format!("the fault is {code}, not {expected}"));
    }
    if let Some(max) = case.expected.max_reward
        && value > max + 1e-9
    {
        faults.push(format!("the reward is {value:.3}, over {max}"));
    }
    if let Some(min) = case.min_reward
        && value < min
    {
        faults.push(format!("the reward is {value:.3}, under {min}"));
    }
    let mut text = serde_json::to_string(reward).unwrap_or_default();
    text += &rewarded.fallback.join("\n");
    if let Some(finding) = &case.expected.finding
        && !text.contains(&format!("\"{finding}\""))
        && !text.contains(finding)
    {
        faults.push(format!("no word of {finding}"));
    }
    for secret in case.must_not_show.iter().filter(|secret| text.contains(secret.as_str())) {
        faults.push(format!("it shows `{secret}`"));
    }
    for path in case.must_not_exist.iter().filter(|path| path.exists()) {
        faults.push(format!("it wrote {}", path.display()));
    }
    faults
}

fn read_completion(folder: &Path) -> anyhow::Result<String> {
    let whole = folder.join("completion.txt");
    if whole.is_file() {
        return Ok(String::from_utf8_lossy(&std::fs::read(whole)?).into_owned());
    }
    let generated: Generated =
        toml::from_str(&std::fs::read_to_string(folder.join("generate.toml"))?)?;
    let mut bytes = Vec::new();
    for part in generated.part {
        let repeat = part.repeat.unwrap_or(1);
        for index in 0..repeat {
            if let Some(text) = &part.text {
                let text = match repeat {
                    1 => text.clone(),
                    _ => text
                        .replace("{i}", &index.to_string())
                        .replace("{j}", &(index + 1).to_string()),
                };
                bytes.extend_from_slice(text.as_bytes());
            }
            if let Some(hex) = &part.hex {
                let pairs =
                    hex.as_bytes().chunks(2).filter_map(|pair| std::str::from_utf8(pair).ok());
                bytes.extend(pairs.filter_map(|pair| u8::from_str_radix(pair, 16).ok()));
            }
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The helpers that were not there before and do not end in time.
async fn left_after(before: &BTreeSet<String>, limit: Duration) -> Vec<String> {
    let until = Instant::now() + limit;
    loop {
        let left: Vec<String> = helpers().difference(before).cloned().collect();
        if left.is_empty() || Instant::now() > until {
            return left;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Running processes of the kinds that builds start, by number and name.
fn helpers() -> BTreeSet<String> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let name = std::fs::read_to_string(entry.path().join("comm")).ok()?;
            let name = name.trim();
            let state = std::fs::read_to_string(entry.path().join("stat")).ok()?;
            // What has ended and is not yet taken note of does not run.
            if state.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('Z')) {
                return None;
            }
            let ours = ["node", "esbuild", "npm", "bwrap", "pageloom-worker", "sh"].contains(&name);
            ours.then(|| format!("{} {name}", entry.file_name().to_string_lossy()))
        })
        .collect()
}
