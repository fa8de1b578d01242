//! What a run may spend. Before a question is asked, the most it can take is set aside; a question
//! that would not fit waits for those under way, and is refused when none is left to wait for. So a
//! budget is not overdrawn by questions that are asked at the same time.

use std::sync::{Mutex, PoisonError};

use pageloom_schema::Tokens;
use tokio::sync::Notify;

use crate::error::ModelError;

/// The limits of a run; absent ones do not limit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BudgetLimits {
    /// US dollars.
    pub max_cost: Option<f64>,
    /// Tokens of questions and answers.
    pub max_tokens: Option<u64>,
}

/// What was spent, or is set aside.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spent {
    /// US dollars.
    pub cost: f64,
    /// Tokens of questions and answers.
    pub tokens: u64,
}

#[derive(Default)]
struct Account {
    spent: Spent,
    aside: Spent,
    under_way: usize,
}

/// One run's budget, shared by all who ask.
pub struct Budget {
    limits: BudgetLimits,
    account: Mutex<Account>,
    settled: Notify,
}

/// Money and tokens that are set aside for one question. Given back when dropped.
pub(crate) struct Reserved<'a> {
    budget: &'a Budget,
    aside: Spent,
}

impl Budget {
    /// A budget of which `spent` is gone already.
    #[must_use]
    pub fn new(limits: BudgetLimits, spent: Spent) -> Self {
        let account = Account { spent, ..Account::default() };
        Self { limits, account: Mutex::new(account), settled: Notify::new() }
    }

    /// A budget without limits.
    #[must_use]
    pub fn unlimited() -> Self {
        Self::new(BudgetLimits::default(), Spent::default())
    }

    /// The limits.
    #[must_use]
    pub fn limits(&self) -> BudgetLimits {
        self.limits
    }

    /// Takes what was spent before.
    pub fn add(&self, spent: Spent) {
        let mut account = self.account.lock().unwrap_or_else(PoisonError::into_inner);
        account.spent.cost += spent.cost;
        account.spent.tokens += spent.tokens;
    }

    /// What is gone.
    #[must_use]
    pub fn spent(&self) -> Spent {
        self.account.lock().unwrap_or_else(PoisonError::into_inner).spent
    }

    /// Sets aside the most that a question can take, waiting for others where that may help.
    pub(crate) async fn reserve(&self, most: Spent) -> Result<Reserved<'_>, ModelError> {
        loop {
            // Made before the look, so that nothing that settles in between is missed.
            let settled = self.settled.notified();
            {
                let mut account = self.account.lock().unwrap_or_else(PoisonError::into_inner);
                match self.excess(&account, most) {
                    None => {
                        account.aside.cost += most.cost;
                        account.aside.tokens += most.tokens;
                        account.under_way += 1;
                        return Ok(Reserved { budget: self, aside: most });
                    }
                    Some(excess) if account.under_way == 0 => {
                        return Err(ModelError::Budget(excess));
                    }
                    Some(_) => {}
                }
            }
            settled.await;
        }
    }

    /// Why the question does not fit, if it does not.
    fn excess(&self, account: &Account, most: Spent) -> Option<String> {
        if let Some(limit) = self.limits.max_cost {
            let cost = account.spent.cost + account.aside.cost + most.cost;
            if cost > limit {
                return Some(format!(
                    "${:.4} of ${limit} are spent, and the next question may cost ${:.4}",
                    account.spent.cost, most.cost
                ));
            }
        }
        if let Some(limit) = self.limits.max_tokens {
            let tokens = account.spent.tokens + account.aside.tokens + most.tokens;
            if tokens > limit {
                return Some(format!(
                    "{} of {limit} tokens are spent, and the next question may take {}",
                    account.spent.tokens, most.tokens
                ));
            }
        }
        None
    }
}

impl Reserved<'_> {
    /// Takes what the question really took.
    pub(crate) fn settle(self, cost: Option<f64>, tokens: Option<Tokens>) {
        let mut account = self.budget.account.lock().unwrap_or_else(PoisonError::into_inner);
        // An endpoint that does not say what it took is taken to have taken the most.
        account.spent.cost += cost.unwrap_or(self.aside.cost);
        account.spent.tokens += tokens.map_or(self.aside.tokens, Tokens::total);
    }
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        let mut account = self.budget.account.lock().unwrap_or_else(PoisonError::into_inner);
        account.aside.cost = (account.aside.cost - self.aside.cost).max(0.0);
        account.aside.tokens = account.aside.tokens.saturating_sub(self.aside.tokens);
        account.under_way -= 1;
        drop(account);
        self.budget.settled.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(max_tokens: u64) -> Budget {
        let limits = BudgetLimits { max_cost: None, max_tokens: Some(max_tokens) };
        Budget::new(limits, Spent::default())
    }

    const MOST: Spent = Spent { cost: 0.0, tokens: 60 };

    #[tokio::test]
    async fn a_question_that_does_not_fit_waits_for_those_under_way() {
        let budget = budget(100);
        let first = budget.reserve(MOST).await.unwrap_or_else(|_| panic!("it fits"));
        let second = budget.reserve(MOST);
        tokio::pin!(second);
        tokio::select! {
            biased;
            _ = &mut second => panic!("it does not fit beside the first"),
            () = std::future::ready(()) => {}
        }
        first.settle(None, Some(Tokens { input: 10, output: 10 }));
        assert!(second.await.is_ok());
    }

    #[tokio::test]
    async fn a_question_that_can_never_fit_is_refused() {
        let budget = budget(100);
        let first = budget.reserve(MOST).await.unwrap_or_else(|_| panic!("it fits"));
        // It did not say what it took.
        first.settle(None, None);
        let message = budget.reserve(MOST).await.map(drop).unwrap_err().to_string();
        assert!(message.contains("60 of 100 tokens are spent"), "{message}");
        assert_eq!(budget.spent().tokens, 60);
    }

    #[tokio::test]
    async fn what_failed_is_given_back() {
        let budget = budget(100);
        drop(budget.reserve(MOST).await);
        assert!(budget.reserve(MOST).await.is_ok());
        assert_eq!(budget.spent(), Spent::default());
    }
}
