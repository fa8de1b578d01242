//! What the tests share: small tasks, evaluations of them, and an endpoint that keeps what it is asked.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use pageloom_model::standin::Asked;
use pageloom_model::{BudgetLimits, ClientOptions, Keys, PriceTable, Script, Standin};
use pageloom_run::interactive::{
    AskedGrounder, Comparer, Grounder, PromptOptions, Rebuilding, read_script, record,
};
use pageloom_run::{
    AskingOptions, Desk, Dino, EndpointModel, EvaluateOptions, Ffmpeg, InteractionPolicy, Judge,
    Model, Ocr, PerceptCache, Pool, PoolConfig, RunError, VisionJudge, evaluate, suite,
};
use pageloom_schema::{
    Event, Millis, RenderPolicy, SampleResult, Sampling, SamplingChange, StepFailure, StepOutcome,
    StepTrace, Suite, Summary,
};
use serde_json::json;

/// A page that counts.
pub(crate) const COUNTER: &str = "<!doctype html><html lang=en><title>Counter</title>\
    <body style='font:20px Arial;margin:20px'><h1>Counter</h1><p>Count: <b id=n>0</b></p>\
    <button onclick='n.textContent=+n.textContent+1'>Add</button> \
    <button onclick='n.textContent=0'>Reset</button></html>";

/// Three actions on it: the first with a sentence alone, the second with sentence and check, the third
/// with a sentence alone.
pub(crate) const COUNTING: &str = r##"
[[action]]
type = "Click"
description = 'the button "Add"'
target = { role = "button", name = "Add" }

[[action]]
type = "Click"
description = 'the button "Add"'
target = { role = "button", name = "Add" }
assertion = "what was counted so far has gone up by one"
check = [{ kind = "text_visible", text = "Count: 2" }]

[[action]]
type = "Click"
description = 'the button "Reset"'
target = { role = "button", name = "Reset" }
assertion = "all that was counted is forgotten again"
"##;

const WEIGHTS: &str = "../vision/tests/fixtures/dinov2-tiny";

/// Folders and a browser for one test.
pub(crate) struct Bench {
    folder: tempfile::TempDir,
    pub(crate) pool: Arc<Pool>,
    comparer: Arc<Comparer>,
}

/// How an evaluation is done.
pub(crate) struct Way {
    pub(crate) model: Model,
    pub(crate) judge: Judge,
    pub(crate) grounder: Grounder,
    pub(crate) desk: Option<Arc<Desk>>,
    pub(crate) shown: PromptOptions,
    pub(crate) policy: InteractionPolicy,
    pub(crate) workers: usize,
}

impl Way {
    pub(crate) fn of(model: &str) -> Self {
        Self {
            model: Model::find(model).unwrap(),
            judge: Judge::Local,
            grounder: Grounder::Auto,
            desk: None,
            shown: PromptOptions::default(),
            policy: InteractionPolicy::default(),
            workers: 2,
        }
    }

    /// The same, for pages that are known to hang: nobody waits long for them.
    pub(crate) fn impatient(mut self) -> Self {
        self.policy.render.deadline = Millis(3_000);
        self.policy.action_deadline = Millis(3_000);
        self
    }
}

/// An evaluation that ended.
pub(crate) struct Run {
    pub(crate) summary: Summary,
    pub(crate) samples: BTreeMap<String, SampleResult>,
}

impl Run {
    pub(crate) fn sample(&self, id: &str) -> &SampleResult {
        &self.samples[id]
    }

    pub(crate) fn only(&self) -> &SampleResult {
        assert_eq!(self.samples.len(), 1);
        self.samples.values().next().unwrap()
    }
}

impl Bench {
    pub(crate) async fn new() -> Self {
        let config = PoolConfig { workers: 2, ..PoolConfig::default() };
        let ocr = Arc::new(Ocr::find().unwrap());
        Self {
            folder: tempfile::tempdir().unwrap(),
            pool: Arc::new(Pool::start(config).await.unwrap()),
            comparer: Arc::new(Comparer::new(ocr, None, PerceptCache::in_memory())),
        }
    }

    /// The same with the small weights that the embedding is tested with.
    pub(crate) fn with_embedding(mut self) -> Self {
        let weights = Path::new(env!("CARGO_MANIFEST_DIR")).join(WEIGHTS);
        let dino = Some(Arc::new(Dino::load(&weights).unwrap()));
        let ocr = Arc::new(Ocr::find().unwrap());
        self.comparer = Arc::new(Comparer::new(ocr, dino, PerceptCache::in_memory()));
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a script with its page and says where it is.
    pub(crate) fn script(&self, id: &str, page: &str, actions: &str) -> PathBuf {
        self.script_of(id, &[("index.html", page)], actions)
    }

    pub(crate) fn script_of(&self, id: &str, files: &[(&str, &str)], actions: &str) -> PathBuf {
        let folder = self.path("scripts").join(id);
        for (name, content) in files {
            let file = folder.join("site").join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, content).unwrap();
        }
        let head = format!(
            "id = \"{id}\"\ntitle = \"Small\"\nsite = \"site\"\nviewport = \"400x300\"\nframe_rate = 1\n"
        );
        let file = folder.join("script.toml");
        std::fs::write(&file, head + actions).unwrap();
        file
    }

    pub(crate) async fn record(&self, script: &Path, file: &Path) -> Result<(), RunError> {
        let read = read_script(script)?;
        let ffmpeg = Ffmpeg::find().unwrap();
        record(&self.pool, &ffmpeg, (script, &read), file).await.map(|_| ())
    }

    /// A suite of one task that is recorded now.
    pub(crate) async fn task(&self, page: &str, actions: &str) -> Suite {
        self.task_of(&[("index.html", page)], actions).await
    }

    pub(crate) async fn task_of(&self, files: &[(&str, &str)], actions: &str) -> Suite {
        let script = self.script_of("small", files, actions);
        let file = self.path("tasks.jsonl");
        self.record(&script, &file).await.unwrap();
        open(&file)
    }

    /// A model that answers the task `small` with this page.
    pub(crate) fn candidate(&self, name: &str, page: &str) -> String {
        let folder = self.path("candidates").join(name);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("small.html"), page).unwrap();
        format!("replay:{}", folder.display())
    }

    pub(crate) async fn run(&self, suite: &Suite, out: &str, way: Way) -> Run {
        let options = EvaluateOptions {
            suite: suite.clone(),
            model: way.model,
            model_name: "model".to_owned(),
            judge: way.judge,
            judge_name: "judge".to_owned(),
            desk: way.desk,
            asking: BTreeMap::new(),
            rebuilding: Some(Rebuilding {
                grounder: way.grounder,
                comparer: Arc::clone(&self.comparer),
                policy: way.policy,
                ffmpeg: Ffmpeg::find().map(Arc::new),
                shown: way.shown,
            }),
            testing: None,
            out: self.path(out),
            policy: RenderPolicy::default(),
            viewport: None,
            workers: way.workers,
        };
        let (_stop, stopped) = tokio::sync::watch::channel(false);
        let summary =
            evaluate(options, Arc::clone(&self.pool), None, stopped, &mut |_| {}).await.unwrap();
        Run { summary, samples: samples(&self.path(out)) }
    }

    /// A candidate's page, used as the task says.
    pub(crate) async fn replay(&self, suite: &Suite, name: &str, page: &str) -> SampleResult {
        let way = Way::of(&self.candidate(name, page));
        self.run(suite, name, way).await.only().clone()
    }
}

pub(crate) fn open(path: &Path) -> Suite {
    suite::open(path.to_str().unwrap(), None).unwrap()
}

/// What happened in a run.
pub(crate) fn events(run: &Path) -> Vec<Event> {
    let bytes = std::fs::read(run.join("events.jsonl")).unwrap();
    bytes
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| Event::from_line(line).unwrap())
        .collect()
}

fn samples(run: &Path) -> BTreeMap<String, SampleResult> {
    let finished = events(run).into_iter().filter_map(|event| match event {
        Event::SampleFinished(result) => Some((result.task.to_string(), *result)),
        _ => None,
    });
    finished.collect()
}

pub(crate) fn steps(sample: &SampleResult) -> &[StepTrace] {
    &sample.interaction.as_ref().unwrap().steps
}

/// A score as it is written, to six digits.
pub(crate) fn rounded(value: f64) -> Option<f64> {
    Some((value * 1e6).round() / 1e6)
}

/// The first action, from 1, that was not done or of which something did not come, and why.
pub(crate) fn first_failure(sample: &SampleResult) -> Option<u32> {
    let failed = |step: &&StepTrace| {
        step.outcome != StepOutcome::Done || step.checks.iter().any(|check| !check.holds)
    };
    steps(sample).iter().find(failed).map(|step| step.step)
}

pub(crate) fn failure(step: &StepTrace) -> StepFailure {
    match &step.outcome {
        StepOutcome::Failed { reason, .. } => *reason,
        other => panic!("{other:?}"),
    }
}

/// An endpoint, and everything that it was asked.
pub(crate) struct Endpoint {
    pub(crate) standin: Standin,
    asked: Arc<Mutex<Vec<Asked>>>,
    pub(crate) desk: Arc<Desk>,
}

impl Endpoint {
    pub(crate) async fn answering(
        reply: impl Fn(&Asked) -> String + Send + Sync + 'static,
    ) -> Self {
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let kept = Arc::clone(&asked);
        let responder = move |question: &Asked| {
            kept.lock().unwrap().push(question.clone());
            reply(question)
        };
        let standin =
            Standin::with_responder(Script::default(), Box::new(responder)).await.unwrap();
        Self { standin, asked, desk: desk() }
    }

    /// The same endpoint for another process: one that knows only what its run's folder says.
    pub(crate) fn forget(&mut self) {
        self.desk = desk();
    }

    async fn client(&self) -> Arc<pageloom_model::Client> {
        self.desk.client(&format!("{}#stand-in", self.standin.url())).await.unwrap()
    }

    pub(crate) async fn judge(&self, protocol: &str) -> Judge {
        let form = Judge::form_of(protocol, false).unwrap().unwrap();
        let desk = Arc::clone(&self.desk);
        let change = SamplingChange::default();
        Judge::Vision(VisionJudge::new(self.client().await, desk, form, 1, change))
    }

    pub(crate) async fn grounder(&self) -> Grounder {
        Grounder::Asked(AskedGrounder {
            client: self.client().await,
            desk: Arc::clone(&self.desk),
            sampling: SamplingChange::default(),
        })
    }

    pub(crate) async fn model(&self) -> Model {
        let sampling = Sampling::default();
        Model::Endpoint(EndpointModel { client: self.client().await, sampling })
    }

    /// The questions that hold a text, in the order they came.
    pub(crate) fn questions(&self, text: &str) -> Vec<Asked> {
        let asked = self.asked.lock().unwrap();
        let holds = |question: &&Asked| question.texts.iter().any(|part| part.contains(text));
        asked.iter().filter(holds).cloned().collect()
    }
}

fn desk() -> Arc<Desk> {
    let options = AskingOptions {
        keys: Keys::default(),
        prices: PriceTable::built_in(),
        limits: BudgetLimits::default(),
        client: ClientOptions { concurrency: 1, ..ClientOptions::default() },
        answers: None,
        share_own_servers: false,
        replay: None,
        fake: Script::default(),
    };
    Arc::new(Desk::open(options).unwrap())
}

/// What the questions say that ask about a sentence, about looks, about the tree, about marks.
pub(crate) const SENTENCE: &str = "The statement, which is to hold";
pub(crate) const LOOKS: &str = "The attempt:";
pub(crate) const TREE: &str = "Its elements, one a line";
pub(crate) const MARKS: &str = "The marks, as far as";

/// A judge that is content, and a grounder that reads its list.
pub(crate) fn content(asked: &Asked) -> String {
    let says = |text: &str| asked.texts.iter().any(|part| part.contains(text));
    if says(SENTENCE) {
        return json!({ "why": "it is seen", "holds": true }).to_string();
    }
    if says(LOOKS) {
        return json!({ "why": "alike", "layout": 10, "elements": 15, "content": 40, "style": 15,
            "overall": 20 })
        .to_string();
    }
    listed(asked).map_or_else(|| "null".to_owned(), found)
}

pub(crate) fn found(number: u32) -> String {
    json!({ "why": "it is that one", "element": number }).to_string()
}

/// The number of the button whose name stands in the words of a question for an element.
pub(crate) fn listed(asked: &Asked) -> Option<u32> {
    let all = asked.texts.join("\n");
    let (list, words) = all.rsplit_once("The words")?;
    let names = |line: &&str| line.split('"').nth(1).is_some_and(|name| words.contains(name));
    let line = list.lines().filter(|line| line.contains(" button ")).find(names)?;
    line.trim_start().split(' ').next()?.parse().ok()
}
