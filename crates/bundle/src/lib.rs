//! A project becomes a site.

mod builder;
mod bundling;
mod closure;
mod dependency;
pub mod exact;
mod fast;
mod minify;
mod parts;
mod styles;
mod vendor;
mod worker;

pub use builder::{BuildFailure, Built, FastBuilder};
pub use worker::{WorkerError, WorkerProgram, Workers, serve};
