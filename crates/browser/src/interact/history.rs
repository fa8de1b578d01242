//! Back in the history, within the site.

use std::time::Duration;

use pageloom_schema::StepFailure;
use serde::Deserialize;
use serde_json::json;

use super::NotDone;
use super::stage::{Outcome, Stage};
use crate::error::BrowserError;

/// Wall-clock time in which the page before has to be there again.
const RETURN: Duration = Duration::from_secs(3);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct History {
    current_index: usize,
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    id: i64,
    url: String,
}

impl Stage<'_> {
    /// Goes back by one entry of the history.
    pub(super) async fn go_back(&mut self) -> Outcome {
        let history: History = self.page.call("Page.getNavigationHistory", json!({})).await?;
        let origin = self.page.served().origin.clone();
        let before = history.current_index.checked_sub(1).and_then(|at| history.entries.get(at));
        let Some(entry) = before.filter(|entry| entry.url.starts_with(&origin)) else {
            let detail = "there is nothing of the site to go back to";
            return Ok(Err(NotDone::because(StepFailure::NoEffect, detail)));
        };
        let mut progress = self.page.progress.clone();
        let (committed, moved) = {
            let now = progress.borrow();
            (now.committed, now.moved_within)
        };
        self.page.tell("Page.navigateToHistoryEntry", json!({"entryId": entry.id})).await?;
        let there = progress.wait_for(|now| now.committed > committed || now.moved_within > moved);
        match tokio::time::timeout(RETURN, there).await {
            Ok(Ok(_)) => Ok(Ok(())),
            Ok(Err(_)) => Err(BrowserError::Lost),
            Err(_) => Ok(Err(NotDone::because(
                StepFailure::NoEffect,
                "the page did not let itself be left",
            ))),
        }
    }
}
