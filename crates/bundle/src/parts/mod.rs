//! Vendor files in parts, so that a site gets of a package what it imports and not the package: a page
//! with three icons loads three icons, as it would from a production build.
//!
//! A file is taken apart once, when its package is bundled. A part is what a module left in the file,
//! or one function of it. It may be left out where its package says that its modules have no effect
//! beside what they export (`sideEffects` of package.json), or where it cannot have one.

mod choose;
mod shelf;
mod take_apart;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub(crate) use choose::{Chosen, Wanted, choose};
pub(crate) use shelf::Shelf;
pub(crate) use take_apart::take_apart;

use crate::minify::minified_statement;

/// The file that holds the parts of a vendor file, beside it.
pub(crate) fn parts_file(file: &str) -> String {
    format!("{file}.parts.json")
}

/// One file in parts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileParts {
    /// Files that it imports, in order.
    files: Vec<String>,
    /// Names that it imports from them.
    imports: Vec<Import>,
    parts: Vec<Part>,
    exports: BTreeMap<String, Export>,
}

impl FileParts {
    /// The same with every statement made small.
    pub(crate) fn minified(mut self) -> Self {
        for (_, text) in self.parts.iter_mut().flat_map(|part| &mut part.statements) {
            if let Some(small) = minified_statement(text) {
                *text = small;
            }
        }
        self
    }
}

/// A name of another file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Import {
    /// Index into the files.
    file: usize,
    /// `*` for an object of all names.
    name: String,
    local: String,
}

/// What can be left out as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Part {
    /// Statements by their place in the file.
    statements: Vec<(u32, String)>,
    /// It is there even where nothing refers to it.
    always: bool,
    /// Indices of the parts and of the imports that it refers to.
    parts: Vec<usize>,
    imports: Vec<usize>,
    /// Files that it loads when it runs.
    later: Vec<String>,
}

/// What stands behind an exported name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Export {
    local: String,
    origin: Origin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Origin {
    Part(usize),
    Import(usize),
}
