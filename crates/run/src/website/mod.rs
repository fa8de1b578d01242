//! Websites: from a completion to a built, opened and rewarded site.
//!
//! [`construct`] makes a site of a project with whichever builder can; [`reward`] wires the whole
//! cascade, top to bottom; [`batch`] does it for many, in order.

pub mod batch;
pub mod construct;
pub mod reward;

pub use batch::{BatchOptions, Completion, RewardRow, reward_all};
pub use construct::{
    BuilderChoice, Constructed, Construction, SiteBuilder, SiteBuilderConfig, open_project,
};
pub use reward::{Rewarded, Rewarder, RewarderConfig, visit_routes};
