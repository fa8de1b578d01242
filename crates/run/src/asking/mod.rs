//! Models and judges in a run: who is asked, what is written down of it, what it may cost.
//!
//! A [`Desk`] opens the models of one run, which share its budget and its answers. Its `ask` asks
//! one of them and puts question and answer into the run before they are used.

mod recorded;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use pageloom_model::{
    Answer, AnswerFolder, AnswerStore, Budget, BudgetLimits, Client, ClientOptions, Endpoint, Keys,
    Limits, ModelError, PriceTable, Script, Spent, Standin,
};
use pageloom_schema::{
    AnswerSource, Event, Exchange, Fault, ModelReply, ModelRequest, Sampling, SystemFaultKind,
    TaskId,
};
use tokio::sync::OnceCell;

use crate::error::RunError;
use crate::log::RunFolder;
use recorded::{ReplayedRun, RunAnswers};

/// How the models of a run are asked.
#[derive(Clone, Debug)]
pub struct AskingOptions {
    /// Keys of the providers.
    pub keys: Keys,
    /// What tokens cost.
    pub prices: PriceTable,
    /// What the run may spend.
    pub limits: BudgetLimits,
    /// Limits of each endpoint.
    pub client: ClientOptions,
    /// Where answers are kept that all runs share; absent: they are not.
    pub answers: Option<PathBuf>,
    /// Whether answers of servers of one's own are shared too. Their names do not say what they serve
    /// today, and another checkpoint would get the answers of the last one.
    pub share_own_servers: bool,
    /// A run whose answers are taken instead of asking anybody.
    pub replay: Option<PathBuf>,
    /// What the stand-in of the models called `fake:` plays.
    pub fake: Script,
}

/// Where the models of one run are asked.
pub struct Desk {
    options: AskingOptions,
    budget: Arc<Budget>,
    run: Arc<RunAnswers>,
    replay: Option<Arc<ReplayedRun>>,
    standin: OnceCell<Standin>,
    clients: Mutex<BTreeMap<String, Arc<Client>>>,
    /// By the URL of their endpoint.
    limits: Mutex<BTreeMap<String, Arc<Limits>>>,
    stopped: AtomicBool,
}

impl Desk {
    /// Opens a desk.
    ///
    /// # Errors
    /// [`RunError::Storage`] when the run that is to be replayed cannot be read.
    pub fn open(options: AskingOptions) -> Result<Self, RunError> {
        let replay = options.replay.as_deref().map(ReplayedRun::open).transpose()?;
        Ok(Self {
            budget: Arc::new(Budget::new(options.limits, Spent::default())),
            run: Arc::new(RunAnswers::default()),
            replay: replay.map(Arc::new),
            standin: OnceCell::new(),
            clients: Mutex::default(),
            limits: Mutex::default(),
            stopped: AtomicBool::new(false),
            options,
        })
    }

    /// The model of that name, ready to be asked.
    ///
    /// # Errors
    /// [`RunError::Model`] when it is none, has no key, or has no price that a budget needs.
    pub async fn client(&self, name: &str) -> Result<Arc<Client>, RunError> {
        let known = self.clients.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        if let Some(client) = known {
            return Ok(client);
        }
        let client = self.open_client(name).await?;
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.insert(name.to_owned(), Arc::clone(&client));
        Ok(client)
    }

    async fn open_client(&self, name: &str) -> Result<Arc<Client>, RunError> {
        let mut endpoint = Endpoint::parse(name)?;
        let run: Arc<dyn AnswerStore> = Arc::<RunAnswers>::clone(&self.run);
        if let Some(replay) = &self.replay {
            let stores = vec![run, Arc::<ReplayedRun>::clone(replay)];
            return Ok(Arc::new(Client::recorded(endpoint, replay.served(name), stores)));
        }
        if endpoint.provider.name == "fake" {
            let started = self.standin.get_or_try_init(|| {
                let script = self.options.fake.clone();
                async { Standin::start(script, 0).await }
            });
            let standin = started.await.map_err(|error| {
                ModelError::Client(format!("the stand-in does not start: {error}"))
            })?;
            let model = name.split_once(':').map_or("", |(_, model)| model);
            let model = if model.is_empty() { "stand-in" } else { model };
            endpoint = Endpoint::located(name, &standin.url(), model);
        }
        let mut stores = vec![run];
        // What a stand-in answers is its script's, and the next one has another.
        let shared = !endpoint.label.starts_with("fake:")
            && (self.options.share_own_servers || !endpoint.is_own_server());
        if let Some(folder) = self.options.answers.as_ref().filter(|_| shared) {
            check_writable(folder)?;
            stores.push(Arc::new(AnswerFolder::new(folder)));
        }
        let price = self.options.prices.of(name);
        let AskingOptions { keys, client, .. } = &self.options;
        let limits = {
            let mut limits = self.limits.lock().unwrap_or_else(PoisonError::into_inner);
            let of_place = limits.entry(endpoint.url().to_owned());
            Arc::clone(of_place.or_insert_with(|| Arc::new(Limits::new(client))))
        };
        let shared = (Arc::clone(&self.budget), limits);
        Ok(Arc::new(Client::connect(endpoint, keys, stores, price, shared, *client).await?))
    }

    /// Samples that are worth being under way at a time, so that the endpoints have enough to do.
    #[must_use]
    pub fn concurrency(&self) -> usize {
        self.options.client.concurrency
    }

    /// What runs record of how `purpose` is asked.
    #[must_use]
    pub fn describe(
        client: &Client,
        purpose: &str,
        sampling: Sampling,
    ) -> BTreeMap<String, String> {
        let or_default = |value: Option<String>| value.unwrap_or_else(|| "default".to_owned());
        let mut told = BTreeMap::from([
            ("model", client.served().to_owned()),
            ("pictures", client.picture_policy()),
            ("temperature", or_default(sampling.temperature.map(|value| value.to_string()))),
            ("seed", or_default(sampling.seed.map(|value| value.to_string()))),
            ("max_tokens", sampling.max_tokens.to_string()),
        ]);
        told.retain(|_, value| !value.is_empty());
        told.into_iter().map(|(name, value)| (format!("{purpose}.{name}"), value)).collect()
    }

    /// Takes a run's folder and what was asked in it before: that is known, and paid.
    pub fn begin(&self, folder: &Arc<RunFolder>, exchanges: &[Exchange]) {
        let paid = exchanges.iter().filter(|exchange| exchange.source == AnswerSource::Endpoint);
        let spent = paid.fold(Spent::default(), |spent, exchange| {
            let tokens = exchange.tokens.or(exchange.charged).unwrap_or_default();
            let price = self.options.prices.of(&exchange.model);
            let cost = exchange.cost.or(price.map(|price| price.of(tokens)));
            Spent {
                cost: spent.cost + cost.unwrap_or_default(),
                tokens: spent.tokens + tokens.total(),
            }
        });
        self.budget.add(spent);
        self.run.begin(folder, exchanges);
    }

    /// From now on nobody is asked anything more; what is under way ends as it does.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Asks, and writes question and answer down.
    ///
    /// # Errors
    /// [`AskError::Fault`] when there is no answer to this question, [`AskError::Run`] when the run
    /// should end: its budget is spent, its endpoint will have none of it, its folder is full.
    pub(crate) async fn ask(
        &self,
        folder: &RunFolder,
        client: &Client,
        asked: (&TaskId, &str),
        request: &ModelRequest,
    ) -> Result<ModelReply, AskError> {
        Ok(self.exchange(folder, client, asked, request).await?.0)
    }

    /// As [`Desk::ask`], with what was written down of it.
    ///
    /// # Errors
    /// As [`Desk::ask`].
    pub(crate) async fn exchange(
        &self,
        folder: &RunFolder,
        client: &Client,
        (task, purpose): (&TaskId, &str),
        request: &ModelRequest,
    ) -> Result<(ModelReply, Exchange), AskError> {
        if self.stopped.load(Ordering::Relaxed) {
            return Err(AskError::Run(RunError::Stopped { finished: 0, tasks: 0 }));
        }
        let answer = client.ask(request).await.map_err(|error| {
            if error.ends_the_run() {
                AskError::Run(error.into())
            } else {
                AskError::Fault(Fault::system(SystemFaultKind::Endpoint, error.to_string()))
            }
        })?;
        let exchange = write_down(folder, client, (task, purpose), &answer)?;
        folder.append(&Event::Asked(Box::new(exchange.clone()))).map_err(AskError::Run)?;
        self.run.remember(&exchange);
        Ok((answer.kept.reply, exchange))
    }
}

/// Makes sure that answers can be kept, before anything is paid for.
fn check_writable(folder: &Path) -> Result<(), ModelError> {
    let probe = folder.join(format!("probe-{}.partial", std::process::id()));
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&probe, b""))
        .and_then(|()| std::fs::remove_file(&probe))
        .map_err(|error| {
            ModelError::Store(format!(
                "{}: {error}\nhint: name another folder with --answers, or leave it out with --fresh",
                folder.display()
            ))
        })
}

/// Why there is no answer.
#[derive(Debug)]
pub enum AskError {
    /// Not to this question.
    Fault(Fault),
    /// Not to any further one.
    Run(RunError),
}

impl From<RunError> for AskError {
    fn from(error: RunError) -> Self {
        Self::Run(error)
    }
}

impl From<Fault> for AskError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

fn write_down(
    folder: &RunFolder,
    client: &Client,
    (task, purpose): (&TaskId, &str),
    answer: &Answer,
) -> Result<Exchange, RunError> {
    let names = answer
        .request
        .pictures
        .iter()
        .map(|png| folder.store(&png.0, "png"))
        .collect::<Result<Vec<String>, RunError>>()?;
    let json = |value: Result<Vec<u8>, serde_json::Error>| {
        let bytes = value.map_err(|error| {
            RunError::storage("write", folder.path())(std::io::Error::other(error))
        })?;
        folder.store(&bytes, "json")
    };
    let kept = &answer.kept;
    Ok(Exchange {
        task: task.clone(),
        purpose: purpose.to_owned(),
        model: client.label().to_owned(),
        key: answer.key.clone(),
        request: json(serde_json::to_vec_pretty(&answer.request.to_json(&names)))?,
        reply: json(serde_json::to_vec(kept))?,
        finish: kept.reply.finish,
        source: answer.source,
        tokens: kept.reply.tokens,
        cost: kept.cost,
        charged: answer.charged,
        attempts: answer.attempts,
        seconds: answer.seconds,
    })
}
