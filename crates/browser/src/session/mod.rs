//! Browser processes: where Chromium is, how it is confined and started, which pages it holds,
//! when it is replaced, and that nothing of it outlives us.

pub mod display;
pub(crate) mod frames;
pub mod install;
pub(crate) mod launch;
pub(crate) mod listener;
mod memory;
mod orphans;
pub mod page;
pub mod pool;
