//! Runs one foreign program under limits, without network.
//!
//! What a model wrote may be a program: a build configuration is. It runs in here or not at all. The
//! kernel keeps it from the network, from every file that was not bound and from every process that
//! is not its own; time, memory, processes and output are bounded; and whatever it started ends with
//! it. [`Sandbox::find`] asks the machine what it offers, [`Sandbox::run`] runs one [`Job`].
//!
//! This crate knows nothing of projects, packages or pages.

mod cgroup;
mod command;
mod error;
mod folder;
mod job;
mod machine;
mod node;
mod running;
mod streams;
mod tree;
mod unconfined;
mod watch;

pub use error::SandboxError;
pub use folder::{FolderSize, measure_folder, remove_folder};
pub use job::{Ending, Job, Limit, Limits, Mount, Outcome};
pub use machine::{Missing, Sandbox};
pub use node::Node;
