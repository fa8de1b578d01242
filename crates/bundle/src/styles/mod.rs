//! Style sheets: imports taken in, addresses rewritten, and Tailwind CSS run over them.
//!
//! [`engine`] is the sealed JavaScript engine, [`script`] the set's own Tailwind as one script, and
//! [`tailwind`] runs the one in the other. [`sheet`] is plain text work.

pub(crate) mod engine;
pub(crate) mod script;
pub(crate) mod sheet;
pub(crate) mod tailwind;
