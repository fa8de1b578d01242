//! Plan, execute, log, resume: the stages wired together.
//!
//! [`evaluate()`] is the whole of an evaluation; [`sample`] is the one place in which a task
//! becomes a score and can be read top to bottom, `question` is its counterpart for questions about
//! pages. [`generate`](mod@generate) makes one page or site and keeps it on disk. [`suite`] opens what is to be done,
//! [`interactive`] reads and writes tasks that are recordings of a page's use.
//! [`candidates`] says who answers, [`log`] keeps what happened, [`pages`] is for single pages.

pub mod asking;
pub mod candidates;
mod error;
pub mod evaluate;
pub mod generate;
pub mod interactive;
pub mod judge;
mod lines;
pub mod log;
pub mod machine;
pub mod pages;
mod problems;
mod question;
pub mod rejudge;
pub mod sample;
pub mod suite;
mod summary;
pub mod webgen_bench;
pub mod website;

pub use asking::{AskError, AskingOptions, Desk};
pub use candidates::{BASELINES, EndpointModel, Model};
pub use error::RunError;
pub use evaluate::{EvaluateOptions, Progress, ReferenceCache, evaluate, has_system_faults};
pub use generate::{GenerateOptions, Generated, generate};
pub use judge::{Judge, Side, VisionJudge};
pub use pageloom_browser::{
    BrowserError, Display, Installation, InteractionPolicy, Isolation, Page, Pool, PoolConfig,
};
pub use pageloom_build::{BuildError, Scaffold};
pub use pageloom_bundle::{WorkerProgram, serve as serve_build_worker};
pub use pageloom_model::{
    BudgetLimits, ClientOptions, Endpoint, Keys, ModelError, PriceTable, Script, Standin,
};
pub use pageloom_packages::{InstalledSet, PackagesError, Prune, Store, Warming};
pub use pageloom_sandbox::{Node, Sandbox};
pub use pageloom_score::interactive::Protocol as InteractiveProtocol;
pub use pageloom_score::rubric::{Rubric, RubricError, Weights};
pub use pageloom_vision::{Dino, Ffmpeg, Ocr, PerceptCache};
pub use problems::{FileProblems, MAX_PROBLEMS, Problem};

/// Reads an answer as a project, under the limits that a reward has.
#[must_use]
pub fn extract(completion: &str) -> pageloom_schema::Extraction {
    pageloom_build::extract(completion, &pageloom_build::ExtractLimits::default())
}
