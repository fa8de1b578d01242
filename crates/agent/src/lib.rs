//! Who uses a page, apart from the hands: which element a description means ([`ground`]), whether
//! what was to come of an action has come ([`check`]), what a tester does next ([`tester`]), and what a
//! person did ([`record`]).
//!
//! Pure: everything here works on a [`PageState`](pageloom_schema::PageState) and on texts. Models are
//! asked elsewhere; their questions are worded and their answers read here.

pub mod check;
pub mod ground;
pub mod record;
pub mod tester;
