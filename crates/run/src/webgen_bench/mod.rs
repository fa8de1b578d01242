//! WebGen-Bench (arXiv 2505.03733): websites from words, and cases that a user tries on each.

mod figures;
mod hands;
mod rows;
mod sample;
mod scripts;
mod tester;

pub(crate) use figures::summarised;
pub use pageloom_agent::tester::Mode as TesterMode;
pub use rows::{
    BenchmarkStatistics, CaseKind, Categories, UiCase, WebsiteTask, benchmark_statistics,
    read_website_tasks,
};
pub use sample::Testing;
pub(crate) use sample::run_website;
pub use tester::Tester;
