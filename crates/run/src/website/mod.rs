//! Websites: from a completion to a built, opened and rewarded site.
//!
//! [`construct`] makes a site of a project with whichever builder can; [`reward`] wires the whole
//! cascade, top to bottom, `look` asks a vision judge within it; [`batch`] does it for many, in order,
//! and `record` keeps them as a run.

pub mod batch;
pub mod construct;
mod look;
mod record;
pub mod reward;

pub use batch::{BatchOptions, Completion, RewardRow, reward_all};
pub use construct::{
    BuilderChoice, Constructed, Construction, SiteBuilder, SiteBuilderConfig, open_project,
};
pub use look::{Guard, SiteJudge};
pub use record::RewardRun;
pub(crate) use reward::answer_fault;
pub use reward::{Rewarded, Rewarder, RewarderConfig, visit_routes};
