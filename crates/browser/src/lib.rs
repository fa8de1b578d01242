//! The only crate that talks to Chromium.
//!
//! [`Pool`] keeps one browser running, replaces it when it is worn or broken, and renders sites:
//! [`Pool::render`] is the stage `site -> capture`, [`Pool::visit`] the stage `site -> trace`. [`session`]
//! owns processes and connections, [`render`] what happens to one page, `site` the routes of a site, and
//! `probe` what its controls do, [`interact`] uses a page as it is told, and [`live`] hears how a person
//! does. Nothing here scores, and nothing here opens a port,
//! a URL outside the site, or a file of the machine for a page.

pub mod bare;
mod cdp;
mod error;
pub mod interact;
pub mod live;
mod probe;
pub mod render;
pub mod session;
mod site;

pub use error::BrowserError;
pub use interact::{Act, Frame, Interaction, InteractionPolicy, MouseButton, NotDone, Performed};
pub use live::LiveWindow;
pub use session::display::Display;
pub use session::install::{Installation, Isolation};
pub use session::page::Page;
pub use session::pool::{Pool, PoolConfig};
