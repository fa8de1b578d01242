//! Run log to terminal, JSON, CSV, JUnit and HTML.
//!
//! [`load`] reads one run folder into a [`RunLog`]; every renderer takes such values and nothing
//! else, so a log from another machine reports like one made here. Renderers never start a
//! browser, never score, and trust no string of a run: page titles, texts and model names are
//! escaped for the format they go into.
//!
//! | renderer | gives |
//! |---|---|
//! | [`table()`], [`sample_table`] | text for a terminal |
//! | [`json()`] | one document with runs and samples |
//! | [`csv()`] | one row per sample, one column per metric |
//! | [`junit()`] | a test suite per run, a test case per sample |
//! | [`write_html`] | a folder that opens from disk |
//! | [`compare()`] | the paired difference of two runs |
//! | [`judge_tables`] | two judges of one run, side by side |
//!
//! [`Usage`] is what a run asked of models and what that took; every renderer but JUnit tells it.

mod compare;
mod csv;
mod denominators;
mod error;
mod escape;
mod html;
mod json;
mod judges;
mod junit;
mod metric;
mod phrase;
mod run_log;
mod steps;
mod table;
mod usage;

pub use compare::{Comparison, MetricComparison, SampleDifference, compare};
pub use csv::csv;
pub use error::ReportError;
pub use html::write_html;
pub use json::json;
pub use judges::{JudgePair, judge_pairs, judge_tables};
pub use junit::junit;
pub use metric::{Metric, headline, metrics_of};
pub use run_log::{RunLog, StageTiming, labels, load};
pub use table::{sample_table, table};
pub use usage::{Tally, Usage, UsagePart};
