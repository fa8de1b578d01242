//! The worker process: everything that reads what a model wrote runs in there, one request at a
//! time, with limits. Whatever it does, it takes nobody with it.
//!
//! [`serve()`] is the worker's side and [`Workers`] ours; [`wire`] is what goes between them.

mod client;
mod serve;
pub(crate) mod wire;

pub use client::{WorkerError, WorkerProgram, Workers};
pub use serve::serve;
