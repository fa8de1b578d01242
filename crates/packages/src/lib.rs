//! A content-addressed store of installed npm dependency sets.
//!
//! A project names packages and version ranges ([`PackageRequest`]). The [`Store`] answers with a
//! folder in which they are installed ([`InstalledSet`]): one of the sets that Pageloom brings lock
//! files for, if it satisfies the request, else a set of the request's own. A set is installed once,
//! whoever asks for it in whichever process, and never changed.
//!
//! Install commands and scripts of packages are never run: npm downloads and unpacks, in the sandbox.

mod bundled;
mod error;
mod lock;
mod npm;
mod request;
mod set;
mod store;

pub use bundled::{BUNDLED, BundledSet};
pub use error::PackagesError;
pub use request::PackageRequest;
pub use set::{InstalledSet, SetId};
pub use store::{InstallLimits, Prune, Store, StoreConfig, Warming};
