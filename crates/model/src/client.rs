//! One endpoint, asked by many: looked up before it is asked, under its limits, asked again where
//! that may help.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use backon::{BackoffBuilder as _, ExponentialBuilder};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use pageloom_schema::{AnswerSource, ModelRequest, Png, Tokens};
use tokio::sync::{OnceCell, Semaphore};

use crate::budget::{Budget, Spent};
use crate::error::ModelError;
use crate::keys::Keys;
use crate::price::Price;
use crate::provider::Endpoint;
use crate::question::{RequestRecord, fit_pictures, input_bound, key};
use crate::store::{AnswerStore, KeptAnswer};
use crate::wire::{Failure, Wire};

/// How an endpoint is asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClientOptions {
    /// Questions at a time, at least 1.
    pub concurrency: usize,
    /// Requests a second, attempts counted each; absent for no limit.
    pub rate: Option<f64>,
    /// How long one attempt may take.
    pub timeout: Duration,
    /// How often a question is asked until it counts as unanswered, at least 1.
    pub attempts: u32,
    /// About how long to wait before the second attempt; doubled for each further one, up to half a
    /// minute, with jitter.
    pub first_wait: Duration,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            concurrency: 8,
            rate: None,
            timeout: Duration::from_secs(300),
            attempts: 6,
            first_wait: Duration::from_millis(500),
        }
    }
}

/// The longest wait between two attempts, unless the endpoint asks for more.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// What all clients of one endpoint share.
pub struct Limits {
    /// Requests at a time.
    places: Semaphore,
    /// Questions at a time, those that wait for their next attempt among them: twice as many. So a
    /// question that is tried again stands behind few others, and not behind all.
    questions: Semaphore,
    rate: Option<DefaultDirectRateLimiter>,
    /// Who waits for the rate waits alone: many would wake for one turn, and turns would be lost.
    turn: tokio::sync::Mutex<()>,
}

impl Limits {
    /// Limits as the options say.
    #[must_use]
    pub fn new(options: &ClientOptions) -> Self {
        let rate = options.rate.filter(|rate| rate.is_finite() && *rate > 0.0).and_then(|rate| {
            let period = Duration::try_from_secs_f64(1.0 / rate).ok()?;
            // A turn that came late is made up for, up to a tenth of a second.
            let burst = NonZeroU32::new((rate / 10.0) as u32).unwrap_or(NonZeroU32::MIN);
            Some(RateLimiter::direct(Quota::with_period(period)?.allow_burst(burst)))
        });
        let places = options.concurrency.clamp(1, 10_000);
        Self {
            places: Semaphore::new(places),
            questions: Semaphore::new(2 * places),
            rate,
            turn: tokio::sync::Mutex::new(()),
        }
    }

    /// Waits until the rate allows a request.
    async fn turn(&self) {
        if let Some(rate) = &self.rate {
            let _alone = self.turn.lock().await;
            rate.until_ready().await;
        }
    }
}

/// Refusals in a row, before the first answer, after which an endpoint is taken to refuse all.
const HOPELESS: u32 = 5;

/// A model that can be asked.
pub struct Client {
    endpoint: Endpoint,
    /// Absent where nobody may be asked.
    wire: Option<Wire>,
    /// In the order in which they are looked into.
    stores: Vec<Arc<dyn AnswerStore>>,
    price: Option<Price>,
    budget: Arc<Budget>,
    options: ClientOptions,
    limits: Arc<Limits>,
    /// Refusals since the beginning, until there is an answer.
    refusals: AtomicU32,
    answered: AtomicBool,
    under_way: Mutex<BTreeMap<String, Arc<OnceCell<Found>>>>,
}

/// An answer with what the run log wants to know of it.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The question's key.
    pub key: String,
    /// The question as it is kept.
    pub request: RequestRecord,
    /// The answer as it is kept.
    pub kept: KeptAnswer,
    /// Where it came from.
    pub source: AnswerSource,
    /// How often the endpoint was asked.
    pub attempts: u32,
    /// Wall-clock seconds.
    pub seconds: f64,
    /// What was charged to the budget for it, where the endpoint did not say what it took.
    pub charged: Option<Tokens>,
}

#[derive(Clone, Debug)]
struct Found {
    kept: KeptAnswer,
    source: AnswerSource,
    attempts: u32,
    sent: Option<Vec<Png>>,
    charged: Option<Tokens>,
}

impl Found {
    fn known(kept: KeptAnswer, source: AnswerSource) -> Self {
        Self { kept, source, attempts: 0, sent: None, charged: None }
    }
}

impl Client {
    /// A client of an endpoint. `stores` are looked into in their order before the endpoint is
    /// asked, and each keeps what it answers.
    ///
    /// # Errors
    /// [`ModelError`] when there is no key, no price for a budget in money, or the endpoint does not
    /// say which model it has.
    pub async fn connect(
        mut endpoint: Endpoint,
        keys: &Keys,
        stores: Vec<Arc<dyn AnswerStore>>,
        price: Option<Price>,
        (budget, limits): (Arc<Budget>, Arc<Limits>),
        options: ClientOptions,
    ) -> Result<Self, ModelError> {
        if budget.limits().max_cost.is_some() && price.is_none() {
            return Err(ModelError::NoPrice { model: endpoint.label });
        }
        let wire = Wire::open(&mut endpoint, keys, options.timeout).await?;
        Ok(Self::new(endpoint, Some(wire), stores, price, (budget, limits), options))
    }

    /// A client that asks nobody: what `stores` do not hold stays unanswered. `served` is the model
    /// that the endpoint said it had, where its name does not say.
    #[must_use]
    pub fn recorded(
        mut endpoint: Endpoint,
        served: Option<&str>,
        stores: Vec<Arc<dyn AnswerStore>>,
    ) -> Self {
        if let Some(served) = served.filter(|_| endpoint.model.is_empty()) {
            served.clone_into(&mut endpoint.model);
        }
        let options = ClientOptions::default();
        let (budget, limits) = (Arc::new(Budget::unlimited()), Arc::new(Limits::new(&options)));
        Self::new(endpoint, None, stores, None, (budget, limits), options)
    }

    fn new(
        endpoint: Endpoint,
        wire: Option<Wire>,
        stores: Vec<Arc<dyn AnswerStore>>,
        price: Option<Price>,
        (budget, limits): (Arc<Budget>, Arc<Limits>),
        options: ClientOptions,
    ) -> Self {
        Self {
            endpoint,
            wire,
            stores,
            price,
            budget,
            options,
            limits,
            refusals: AtomicU32::new(0),
            answered: AtomicBool::new(false),
            under_way: Mutex::default(),
        }
    }

    /// The model as it was named.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.endpoint.label
    }

    /// The name its endpoint knows it by.
    #[must_use]
    pub fn served(&self) -> &str {
        &self.endpoint.model
    }

    /// How pictures are made to fit, in words.
    #[must_use]
    pub fn picture_policy(&self) -> String {
        self.endpoint.provider.pictures.describe()
    }

    /// The most pictures that one question may have.
    #[must_use]
    pub fn max_pictures(&self) -> usize {
        self.endpoint.provider.pictures.max_count
    }

    /// The answer to a question. Equal questions that are asked at the same time are asked once.
    ///
    /// # Errors
    /// [`ModelError`]: that of the last attempt, of the budget, or of a store.
    pub async fn ask(&self, request: &ModelRequest) -> Result<Answer, ModelError> {
        let started = Instant::now();
        let key = key(&self.endpoint, request);
        let shared = {
            let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(under_way.entry(key.clone()).or_default())
        };
        let mut first = false;
        let found = shared
            .get_or_try_init(|| {
                first = true;
                self.find(request, &key)
            })
            .await
            .cloned();
        let mut found = found?;
        // The stores know it from now on, and who waits holds it already. After a failure the place
        // stays: whoever asks next waits for those who try again.
        {
            let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
            if under_way.get(&key).is_some_and(|cell| Arc::ptr_eq(cell, &shared)) {
                under_way.remove(&key);
            }
        }
        if !first {
            found = Found { source: AnswerSource::Run, attempts: 0, charged: None, ..found };
        }
        Ok(Answer {
            request: RequestRecord::new(&self.endpoint, request, &key, found.sent.as_deref()),
            key,
            kept: found.kept,
            source: found.source,
            attempts: found.attempts,
            seconds: started.elapsed().as_secs_f64(),
            charged: found.charged,
        })
    }

    async fn find(&self, request: &ModelRequest, key: &str) -> Result<Found, ModelError> {
        for store in &self.stores {
            if let Some(kept) = store.get(key)? {
                return Ok(Found::known(kept, store.source()));
            }
        }
        let Some(wire) = &self.wire else {
            return Err(ModelError::NotRecorded { key: key.to_owned() });
        };
        let found = self.pay(wire, request).await?;
        for store in &self.stores {
            // An answer that one store cannot keep is an answer all the same: it is paid for, and the
            // others, and whoever asked, have it.
            drop(store.put(key, &found.kept));
        }
        Ok(found)
    }

    /// The pictures as they are sent, made on a thread that nobody waits on.
    async fn fitted(&self, request: &ModelRequest) -> Result<Vec<Png>, ModelError> {
        let (policy, label) = (self.endpoint.provider.pictures, self.endpoint.label.clone());
        let request = request.clone();
        tokio::task::spawn_blocking(move || fit_pictures(policy, &label, &request))
            .await
            .map_err(|error| ModelError::Picture(error.to_string()))?
    }

    /// Asks the endpoint, within the budget.
    async fn pay(&self, wire: &Wire, request: &ModelRequest) -> Result<Found, ModelError> {
        let _question = self.limits.questions.acquire().await;
        let sent = self.fitted(request).await?;
        let most = Tokens {
            input: input_bound(&self.endpoint, request, &sent),
            output: u64::from(request.sampling.max_tokens),
        };
        let cost = self.price.map_or(0.0, |price| price.of(most));
        let reserved = self.budget.reserve(Spent { cost, tokens: most.total() }).await?;
        let mut waits = ExponentialBuilder::default()
            .with_min_delay(self.options.first_wait)
            .with_max_delay(MAX_WAIT)
            .with_factor(2.0)
            .with_jitter()
            .without_max_times()
            .build();
        let mut attempts = 0;
        // What an endpoint takes is found out by asking, and no failure of it.
        let mut learnt = 0;
        loop {
            attempts += 1;
            let place = self.limits.places.acquire().await;
            self.limits.turn().await;
            let outcome = wire.attempt(request, &sent).await;
            // Others may ask while this one waits.
            drop(place);
            let (message, retry_after) = match outcome {
                Ok(answered) => {
                    let tokens = answered.reply.tokens;
                    let cost = self.price.zip(tokens).map(|(price, tokens)| price.of(tokens));
                    reserved.settle(cost, tokens);
                    let kept = KeptAnswer {
                        reply: answered.reply,
                        cost,
                        without: answered.without,
                        raw: answered.raw,
                    };
                    self.answered.store(true, Ordering::Relaxed);
                    let charged = tokens.is_none().then_some(most);
                    return Ok(Found {
                        kept,
                        source: AnswerSource::Endpoint,
                        attempts,
                        sent: Some(sent),
                        charged,
                    });
                }
                Err(Failure::Denied { status, message }) => {
                    let refusals = self.refusals.fetch_add(1, Ordering::Relaxed) + 1;
                    let all = refusals >= HOPELESS && !self.answered.load(Ordering::Relaxed);
                    return Err(ModelError::Denied {
                        endpoint: self.endpoint.label.clone(),
                        status,
                        message,
                        all,
                    });
                }
                Err(Failure::Unsupported { .. }) if learnt < 4 => {
                    learnt += 1;
                    continue;
                }
                Err(Failure::Unsupported { message }) => (message, None),
                Err(Failure::Transient { message, retry_after }) => (message, retry_after),
            };
            if attempts >= self.options.attempts.max(1) + learnt {
                return Err(ModelError::Unanswered {
                    endpoint: self.endpoint.label.clone(),
                    attempts,
                    last: message,
                });
            }
            let wait = waits.next().unwrap_or(MAX_WAIT).max(retry_after.unwrap_or_default());
            pause(wait).await;
        }
    }
}

/// Leaves an endpoint alone for a while.
#[expect(
    clippy::disallowed_methods,
    reason = "there is no event to wait for: the other side only says how long it wants to be left alone"
)]
async fn pause(wait: Duration) {
    tokio::time::sleep(wait).await;
}
