//! What a run asked of models, and what that took: [`Usage`], summed from the exchanges of its log.
//! Knows no price and no model: a cost is what the run wrote down.
//!
//! A question is one sample, purpose and key. When a run is resumed it takes answers that it has
//! already from its own log and writes them down again: such a line is no new question.

use std::collections::{BTreeMap, BTreeSet};

use pageloom_schema::{AnswerSource, Exchange, Finish};
use serde::Serialize;

use crate::run_log::RunLog;

/// What a run asked: all of it, and by purpose and model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Usage {
    /// All questions.
    pub total: Tally,
    /// The same by purpose and model, sorted by both.
    pub parts: Vec<UsagePart>,
}

/// What was asked of one model for one purpose.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UsagePart {
    /// `candidate`, `answer`, `judge`, …
    pub purpose: String,
    /// The model, as it was named.
    pub model: String,
    /// What it was.
    #[serde(flatten)]
    pub tally: Tally,
}

/// Questions, where their answers came from, and what they took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Tally {
    /// Distinct questions that have an answer.
    pub questions: u64,
    /// Answers that the endpoint gave to this run. More than `questions` where one was asked again.
    pub asked: u64,
    /// How often the endpoint was called for them.
    pub attempts: u64,
    /// Questions answered before, in another run.
    pub from_cache: u64,
    /// Questions answered before, in this run.
    pub from_run: u64,
    /// Questions answered in the run that is replayed.
    pub from_replay: u64,
    /// Tokens of the questions that the endpoint was asked, as far as they are known.
    pub input_tokens: u64,
    /// Tokens of its answers.
    pub output_tokens: u64,
    /// How many of the asked say nothing of tokens.
    pub uncounted: u64,
    /// US dollars paid: those of the asked, as far as their price is known.
    pub cost: f64,
    /// How many of the asked have no known price.
    pub unpriced: u64,
    /// US dollars that the answers cost when they were given, of those that cost nothing this time.
    pub worth: f64,
    /// How many of those have no known price.
    pub worth_unpriced: u64,
    /// Answers that the limit of tokens cut off.
    pub cut_off: u64,
    /// Answers that were refused.
    pub refused: u64,
}

impl Usage {
    /// Sums the exchanges of `run`.
    #[must_use]
    pub fn of(run: &RunLog) -> Self {
        Self::sum(run.exchanges.values().flatten())
    }

    /// Sums `exchanges`, which are in the order they happened.
    pub(crate) fn sum<'a>(exchanges: impl IntoIterator<Item = &'a Exchange>) -> Self {
        let mut total = Tally::default();
        let mut parts: BTreeMap<(&str, &str), Tally> = BTreeMap::new();
        let mut seen: BTreeSet<(&str, &str, &str)> = BTreeSet::new();
        for exchange in exchanges {
            let id = (exchange.task.as_str(), exchange.purpose.as_str(), exchange.key.as_str());
            let new = seen.insert(id);
            total.add(exchange, new);
            let name = (exchange.purpose.as_str(), exchange.model.as_str());
            parts.entry(name).or_default().add(exchange, new);
        }
        let part = |((purpose, model), tally): ((&str, &str), Tally)| UsagePart {
            purpose: purpose.to_owned(),
            model: model.to_owned(),
            tally,
        };
        Self { total, parts: parts.into_iter().map(part).collect() }
    }

    /// The usage in one line, without the run's name; nothing where no question was asked.
    #[must_use]
    pub fn line(&self) -> Option<String> {
        (self.total.questions > 0).then(|| self.total.line())
    }
}

impl Tally {
    fn add(&mut self, exchange: &Exchange, new: bool) {
        let endpoint = exchange.source == AnswerSource::Endpoint;
        // The same answer again: it took nothing, and it has been counted.
        if !new && !endpoint {
            return;
        }
        self.questions += u64::from(new);
        let price = price(exchange);
        match exchange.source {
            AnswerSource::Endpoint => {
                self.asked += 1;
                self.attempts = self.attempts.saturating_add(u64::from(exchange.attempts));
                self.unpriced += u64::from(price.is_none());
                self.cost = plus(self.cost, price);
                match exchange.tokens {
                    Some(tokens) => {
                        self.input_tokens = self.input_tokens.saturating_add(tokens.input);
                        self.output_tokens = self.output_tokens.saturating_add(tokens.output);
                    }
                    None => self.uncounted += 1,
                }
            }
            AnswerSource::Cache => self.from_cache += 1,
            AnswerSource::Run => self.from_run += 1,
            AnswerSource::Replay => self.from_replay += 1,
        }
        if !endpoint {
            self.worth_unpriced += u64::from(price.is_none());
            self.worth = plus(self.worth, price);
        }
        match exchange.finish {
            Finish::Complete => {}
            Finish::CutOff => self.cut_off += 1,
            Finish::Refused => self.refused += 1,
        }
    }

    /// Questions whose answers cost nothing this time.
    #[must_use]
    pub fn free(&self) -> u64 {
        self.from_cache + self.from_run + self.from_replay
    }

    /// US dollars paid, where every price is known.
    #[must_use]
    pub fn full_cost(&self) -> Option<f64> {
        (self.unpriced == 0).then_some(self.cost)
    }

    /// Such as `48 questions, 48 asked in 51 attempts, 12,345 + 2,345 tokens, $0.0421`.
    fn line(&self) -> String {
        let mut parts = vec![counted(self.questions, "question")];
        let free = self.sources();
        if self.asked > 0 {
            let mut text =
                format!("{} asked in {}", whole(self.asked), counted(self.attempts, "attempt"));
            if !free.is_empty() {
                text.push_str(&format!(" ({free})"));
            }
            parts.push(text);
            if self.uncounted < self.asked {
                let tokens =
                    format!("{} + {} tokens", whole(self.input_tokens), whole(self.output_tokens));
                parts.push(noted(tokens, self.uncounted, "unknown"));
            } else {
                parts.push("tokens unknown".to_owned());
            }
            parts.push(money("", self.cost, self.unpriced, self.asked));
            if self.free() > 0 {
                parts.push(money(
                    "the others worth ",
                    self.worth,
                    self.worth_unpriced,
                    self.free(),
                ));
            }
        } else {
            parts.push(format!("none asked ({free})"));
            parts.push(money("worth ", self.worth, self.worth_unpriced, self.free()));
        }
        for (count, words) in [(self.cut_off, "cut off"), (self.refused, "refused")] {
            if count > 0 {
                parts.push(format!("{} {words}", whole(count)));
            }
        }
        parts.join(", ")
    }

    /// Such as `40 from other runs, 8 from the run that is replayed`.
    fn sources(&self) -> String {
        let sources = [
            (self.from_cache, "from other runs"),
            (self.from_run, "from this run"),
            (self.from_replay, "from the run that is replayed"),
        ];
        let told = sources.iter().filter(|(count, _)| *count > 0);
        told.map(|(count, words)| format!("{} {words}", whole(*count)))
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// What an answer cost when it was given, if the log names a price that can be one.
pub(crate) fn price(exchange: &Exchange) -> Option<f64> {
    exchange.cost.filter(|cost| cost.is_finite() && *cost >= 0.0)
}

/// The sum, which stays a number whatever a log claims, to a billionth of a dollar: beyond that
/// lies what addition leaves behind.
fn plus(sum: f64, price: Option<f64>) -> f64 {
    let sum = (sum + price.unwrap_or_default()).min(f64::MAX);
    if sum < 1e6 { (sum * 1e9).round() / 1e9 } else { sum }
}

/// `amount` of `of` answers, of which `unknown` have no price.
fn money(before: &str, amount: f64, unknown: u64, of: u64) -> String {
    if unknown >= of {
        return if before.is_empty() {
            "price unknown".to_owned()
        } else {
            format!("{before}unknown")
        };
    }
    noted(format!("{before}{}", dollars(amount)), unknown, "of unknown price")
}

fn noted(text: String, count: u64, words: &str) -> String {
    if count == 0 { text } else { format!("{text} ({} {words})", whole(count)) }
}

/// Dollars with four decimals; what rounds to nothing is said to be less, unless it is nothing.
fn dollars(amount: f64) -> String {
    match amount {
        amount if amount > 0.0 && amount < 0.000_05 => "under $0.0001".to_owned(),
        amount if amount < 1e12 => format!("${amount:.4}"),
        amount => format!("${amount:e}"),
    }
}

fn counted(count: u64, noun: &str) -> String {
    format!("{} {noun}{}", whole(count), if count == 1 { "" } else { "s" })
}

/// A whole number with a comma before every three digits.
fn whole(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests;
