//! A whole site from its entry to a trace: which routes there are ([`routes`]), what each shows in
//! each window ([`route`]), what is wrong with it at a glance ([`verdict`]), and the order of it all
//! ([`visit`]). What its controls do is found out by [`crate::probe`].

mod route;
mod routes;
mod verdict;
mod visit;

pub(crate) use route::{evaluate, open};
pub(crate) use routes::normal;
