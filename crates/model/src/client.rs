//! One endpoint, asked by many: looked up before it is asked, under its limits, asked again where
//! that may help.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use backon::{BackoffBuilder as _, ExponentialBuilder};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use pageloom_schema::{AnswerSource, ModelRequest};
use tokio::sync::{OnceCell, Semaphore};

use crate::budget::{Budget, Spent};
use crate::error::ModelError;
use crate::keys::Keys;
use crate::price::Price;
use crate::provider::Endpoint;
use crate::question::{Question, RequestRecord, prepare};
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
    places: Semaphore,
    rate: Option<DefaultDirectRateLimiter>,
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
}

#[derive(Clone, Debug)]
struct Found {
    kept: KeptAnswer,
    source: AnswerSource,
    attempts: u32,
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
        budget: Arc<Budget>,
        options: ClientOptions,
    ) -> Result<Self, ModelError> {
        if budget.limits().max_cost.is_some() && price.is_none() {
            return Err(ModelError::NoPrice { model: endpoint.label });
        }
        let wire = Wire::open(&mut endpoint, keys, options.timeout).await?;
        Ok(Self::new(endpoint, Some(wire), stores, price, budget, options))
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
        Self::new(
            endpoint,
            None,
            stores,
            None,
            Arc::new(Budget::unlimited()),
            ClientOptions::default(),
        )
    }

    fn new(
        endpoint: Endpoint,
        wire: Option<Wire>,
        stores: Vec<Arc<dyn AnswerStore>>,
        price: Option<Price>,
        budget: Arc<Budget>,
        options: ClientOptions,
    ) -> Self {
        let rate = options.rate.filter(|rate| rate.is_finite() && *rate > 0.0).and_then(|rate| {
            let quota = Quota::with_period(Duration::from_secs_f64(1.0 / rate))?;
            Some(RateLimiter::direct(quota.allow_burst(NonZeroU32::MIN)))
        });
        Self {
            places: Semaphore::new(options.concurrency.max(1)),
            endpoint,
            wire,
            stores,
            price,
            budget,
            options,
            rate,
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
        let question = prepare(&self.endpoint, request)?;
        let shared = {
            let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(under_way.entry(question.key.clone()).or_default())
        };
        let mut first = false;
        let found = shared
            .get_or_try_init(|| {
                first = true;
                self.find(request, &question)
            })
            .await
            .cloned();
        let mut found = found?;
        // The stores know it from now on, and who waits holds it already. After a failure the place
        // stays: whoever asks next waits for those who try again.
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&question.key);
        if !first {
            found = Found { source: AnswerSource::Run, attempts: 0, ..found };
        }
        Ok(Answer {
            request: RequestRecord::new(&self.endpoint, request, &question),
            key: question.key,
            kept: found.kept,
            source: found.source,
            attempts: found.attempts,
            seconds: started.elapsed().as_secs_f64(),
        })
    }

    async fn find(&self, request: &ModelRequest, question: &Question) -> Result<Found, ModelError> {
        for store in &self.stores {
            if let Some(kept) = store.get(&question.key)? {
                return Ok(Found { kept, source: store.source(), attempts: 0 });
            }
        }
        let Some(wire) = &self.wire else {
            return Err(ModelError::NotRecorded { key: question.key.clone() });
        };
        let (kept, attempts) = self.pay(wire, request, question).await?;
        for store in &self.stores {
            store.put(&question.key, &kept)?;
        }
        Ok(Found { kept, source: AnswerSource::Endpoint, attempts })
    }

    /// Asks the endpoint, within the budget.
    async fn pay(
        &self,
        wire: &Wire,
        request: &ModelRequest,
        question: &Question,
    ) -> Result<(KeptAnswer, u32), ModelError> {
        let most = pageloom_schema::Tokens {
            input: question.input_guess,
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
            let place = self.places.acquire().await;
            if let Some(rate) = &self.rate {
                rate.until_ready().await;
            }
            let outcome = wire.attempt(request, &question.pictures).await;
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
                    return Ok((kept, attempts));
                }
                Err(Failure::Denied { status, message }) => {
                    return Err(ModelError::Denied {
                        endpoint: self.endpoint.label.clone(),
                        status,
                        message,
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
