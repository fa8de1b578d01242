//! The only crate that talks to Chromium.
//!
//! [`Pool`] keeps one browser running, replaces it when it is worn or broken, and renders sites:
//! [`Pool::render`] is the stage `site -> capture`. [`session`] owns processes and connections,
//! [`render`] owns what happens to one page. Nothing here scores, and nothing here opens a port,
//! a URL outside the site, or a file of the machine for a page.

pub mod bare;
mod cdp;
mod error;
pub mod render;
pub mod session;

pub use error::BrowserError;
pub use session::install::{Installation, Isolation};
pub use session::page::Page;
pub use session::pool::{Pool, PoolConfig};
