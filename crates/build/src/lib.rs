//! A model's answer, a file or a folder, to a [`Site`](pageloom_schema::Site) that can be opened.
//!
//! [`answer`] is pure text work on what a model wrote. [`folder`] reads the disk and is confined:
//! nothing outside the folder it was given gets into a site, by `..`, by absolute path or by
//! symbolic link. Nothing here renders or runs anything.

pub mod answer;
mod error;
pub mod folder;

pub use answer::page_of_answer;
pub use error::BuildError;
pub use folder::{read_folder, read_page};
