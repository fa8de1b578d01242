//! Every call to a language or vision model.
//!
//! [`Endpoint`] reads the name of a model; a [`Client`] asks it: looks the question up in its
//! [`AnswerStore`]s first, keeps to its limits of concurrency, rate and time and to the [`Budget`],
//! and asks again where that may help. [`Standin`] is an endpoint of our own for tests and demos.
//! Knows no task and no judge: what is asked, and how an answer is read, is decided elsewhere.

mod budget;
mod client;
mod error;
mod keys;
mod pictures;
mod price;
mod provider;
mod question;
pub mod standin;
mod store;
mod wire;

pub use budget::{Budget, BudgetLimits, Spent};
pub use client::{Answer, Client, ClientOptions, Limits};
pub use error::ModelError;
pub use keys::Keys;
pub use pictures::PicturePolicy;
pub use price::{Price, PriceTable};
pub use provider::{Endpoint, Provider};
pub use question::RequestRecord;
pub use standin::{Script, Standin};
pub use store::{AnswerFolder, AnswerStore, KeptAnswer};
