//! Rewards kept as a run: every row and every question to a judge, so that an interrupted batch goes
//! on where it was, nothing is paid for twice, and `report` shows what came out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use pageloom_schema::{
    Event, Exchange, FORMAT_MAJOR, FORMAT_MINOR, Fault, RunManifest, SampleOutcome, SampleResult,
    Score, Scores, Stage, Summary, TaskId, VisitPlan,
};

use super::batch::{Completion, RewardRow};
use super::reward::Rewarded;
use crate::error::RunError;
use crate::log::{RunFolder, read_blob};
use crate::machine;
use crate::summary::summarise;

/// A run of rewards.
pub struct RewardRun {
    manifest: RunManifest,
    folder: Arc<RunFolder>,
    finished: BTreeMap<TaskId, SampleResult>,
    exchanges: Vec<Exchange>,
}

impl RewardRun {
    /// Opens a new run over `completions`, or one that was begun over the same under the same
    /// conditions; `told` says which those are.
    ///
    /// # Errors
    /// [`RunError::BadCompletion`] when two completions have one id; [`RunError::OtherRun`],
    /// [`RunError::Busy`] and [`RunError::Storage`] of the folder.
    pub fn open(
        folder: &Path,
        (name, judge, rubric): (&str, &str, &str),
        completions: &[Completion],
        plan: &VisitPlan,
        told: BTreeMap<String, String>,
    ) -> Result<Self, RunError> {
        let mut tasks = BTreeSet::new();
        let mut hasher = blake3::Hasher::new();
        for completion in completions {
            if !tasks.insert(completion.task()) {
                return Err(RunError::BadCompletion {
                    place: format!("`{}`", completion.id),
                    message: "two completions have this id, and a run keeps one".to_owned(),
                });
            }
            hasher.update(&completion.hash());
        }
        let manifest = RunManifest {
            format: [FORMAT_MAJOR, FORMAT_MINOR],
            suite: name.to_owned(),
            suite_hash: hasher.finalize().to_hex().chars().take(32).collect(),
            protocol: format!("reward {rubric}"),
            model: name.to_owned(),
            judge: judge.to_owned(),
            tasks: tasks.into_iter().collect(),
            policy: plan.policy.clone(),
            viewport: Some(plan.desktop),
            versions: BTreeMap::from([
                ("pageloom".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
                ("fonts".to_owned(), machine::font_set()),
            ]),
            asking: told,
        };
        let (folder, progressed) = RunFolder::open(folder, &manifest)?;
        let run = Self {
            manifest,
            folder: Arc::new(folder),
            finished: progressed.finished,
            exchanges: progressed.exchanges,
        };
        let finished = u32::try_from(run.finished.len()).unwrap_or(u32::MAX);
        run.folder.append(&Event::Started { finished })?;
        Ok(run)
    }

    /// The folder, for who asks a judge.
    #[must_use]
    pub fn folder(&self) -> &Arc<RunFolder> {
        &self.folder
    }

    /// What was asked in it before.
    #[must_use]
    pub fn exchanges(&self) -> &[Exchange] {
        &self.exchanges
    }

    /// The row of a completion that is finished: its bytes as they were given.
    #[must_use]
    pub fn row(&self, completion: &Completion) -> Option<Vec<u8>> {
        let blob = self.finished.get(&completion.task())?.blobs.get("row")?;
        read_blob(self.folder.path(), blob).ok()
    }

    /// Keeps a row. One that is null is kept too, and done again the next time.
    ///
    /// # Errors
    /// [`RunError::Storage`].
    pub fn keep(
        &mut self,
        completion: &Completion,
        row: &RewardRow,
        bytes: &[u8],
        rewarded: &Rewarded,
    ) -> Result<(), RunError> {
        let mut blobs = BTreeMap::from([("row".to_owned(), self.folder.store(bytes, "json")?)]);
        if let Some(picture) = &rewarded.picture {
            let name = self.folder.store(&picture.0, "png")?;
            blobs.insert("candidate_png".to_owned(), name);
        }
        let answer = self.folder.store(completion.completion.as_bytes(), "html")?;
        blobs.insert("candidate_html".to_owned(), answer);
        let result = SampleResult {
            task: completion.task(),
            title: completion.id.clone(),
            category: row.stage.map_or_else(String::new, |stage| stage.code().to_owned()),
            outcome: match &row.fault {
                None => SampleOutcome::Scored,
                Some(Fault::Page(_)) => SampleOutcome::PageFault,
                Some(Fault::System(_)) => SampleOutcome::SystemFault,
            },
            answered: !completion.completion.trim().is_empty(),
            rendered: row.stage.is_some_and(|stage| stage >= Stage::Render),
            fault: row.fault.clone(),
            scores: scores(row),
            blobs,
            questioning: None,
            interaction: None,
            tests: Vec::new(),
        };
        self.folder.append(&Event::SampleFinished(Box::new(result.clone())))?;
        self.finished.insert(result.task.clone(), result);
        Ok(())
    }

    /// Writes the picture of each completion into a folder, under what `name` makes of its id.
    ///
    /// # Errors
    /// [`RunError::Storage`].
    pub fn write_pictures(
        &self,
        folder: &Path,
        name: impl Fn(&str) -> String,
    ) -> Result<(), RunError> {
        for sample in self.finished.values() {
            let Some(blob) = sample.blobs.get("candidate_png") else { continue };
            let path = folder.join(format!("{}.png", name(&sample.title)));
            let bytes = read_blob(self.folder.path(), blob)?;
            std::fs::write(&path, bytes).map_err(RunError::storage("write", &path))?;
        }
        Ok(())
    }

    /// Writes the summary.
    ///
    /// # Errors
    /// [`RunError::Storage`].
    pub fn finish(&self) -> Result<Summary, RunError> {
        let summary = summarise(&self.manifest, &self.finished);
        self.folder.finish(&summary)?;
        self.folder.append(&Event::Finished)?;
        Ok(summary)
    }
}

/// The reward and its terms, and what the terms were made of.
fn scores(row: &RewardRow) -> Scores {
    let Some(value) = row.reward else { return Scores::default() };
    let whole = Score {
        metric: "overall".to_owned(),
        version: 1,
        value: Some(value),
        range: row.range,
        explanation: format!("the reward of {}", row.rubric),
        evidence: Vec::new(),
    };
    let term = |term: &pageloom_schema::RewardTerm| Score {
        metric: format!("reward.{}", term.name),
        version: 1,
        value: term.value,
        range: [0.0, if term.weight >= 1.0 { 5.0 } else { 1.0 }],
        explanation: format!("times {}: {}", term.weight, term.explanation),
        evidence: Vec::new(),
    };
    let mut all: Vec<Score> = std::iter::once(whole).chain(row.terms.iter().map(term)).collect();
    for score in row.terms.iter().flat_map(|term| &term.scores) {
        // Two terms may be made of one probe, and boxes may lie on another page than the picture.
        if all.iter().all(|known| known.metric != score.metric) {
            all.push(Score { evidence: Vec::new(), ..score.clone() });
        }
    }
    Scores { scores: all, blocks: Vec::new() }
}
