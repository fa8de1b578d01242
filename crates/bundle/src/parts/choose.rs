//! What of the parts a site gets.

use std::collections::{BTreeMap, BTreeSet};

use std::sync::Arc;

use super::{FileParts, Origin};

/// A file of which more than this share is needed is given as a whole, which is a little smaller.
const WHOLE: f64 = 0.9;

/// What is asked of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wanted {
    /// That it is loaded.
    Load,
    /// One name that it exports.
    Name(String),
    /// Every name.
    All,
}

/// What a site gets of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Chosen {
    /// The file as it was bundled.
    Whole,
    /// This code.
    Parts(String),
}

/// The files that are needed for what is wanted, and what of each. `parts_of` gives the parts of a
/// file, `chunks` are all files and the files that each imports.
pub(crate) fn choose(
    parts_of: &dyn Fn(&str) -> Option<Arc<FileParts>>,
    chunks: &BTreeMap<String, Vec<String>>,
    wanted: impl IntoIterator<Item = (String, Wanted)>,
) -> BTreeMap<String, Chosen> {
    let mut choice = Choice { parts_of, chunks, waiting: Vec::new(), files: BTreeMap::new() };
    choice.waiting.extend(wanted);
    choice.spread();
    // What is given as a whole needs more of others, which may then be better off as wholes too.
    while let Some(file) = choice.next_whole() {
        choice.take_whole(&file);
        choice.spread();
    }
    let empty = choice.empty();
    let files = choice.files.iter().filter(|(file, _)| !empty.contains(file.as_str()));
    let chosen = files.map(|(file, taken)| {
        let code = match (taken.whole, parts_of(file)) {
            (false, Some(parts)) => Chosen::Parts(written(&parts, taken, &empty)),
            _ => Chosen::Whole,
        };
        (file.clone(), code)
    });
    chosen.collect()
}

/// What is taken of one file.
#[derive(Debug, Default)]
struct Taken {
    whole: bool,
    parts: BTreeSet<usize>,
    imports: BTreeSet<usize>,
    exports: BTreeSet<String>,
}

struct Choice<'a> {
    parts_of: &'a dyn Fn(&str) -> Option<Arc<FileParts>>,
    chunks: &'a BTreeMap<String, Vec<String>>,
    waiting: Vec<(String, Wanted)>,
    files: BTreeMap<String, Taken>,
}

impl Choice<'_> {
    fn spread(&mut self) {
        while let Some((file, wanted)) = self.waiting.pop() {
            let Some(parts) = (self.parts_of)(&file) else {
                self.take_unknown(&file);
                continue;
            };
            if !self.files.contains_key(&file) {
                self.files.insert(file.clone(), Taken::default());
                self.waiting.extend(parts.files.iter().map(|file| (file.clone(), Wanted::Load)));
                let always = parts.parts.iter().enumerate().filter(|(_, part)| part.always);
                self.take_parts(&file, &parts, always.map(|(index, _)| index).collect());
            }
            let names: Vec<&String> = match &wanted {
                Wanted::Load => Vec::new(),
                Wanted::Name(name) => {
                    parts.exports.get_key_value(name).map(|(n, _)| n).into_iter().collect()
                }
                Wanted::All => parts.exports.keys().collect(),
            };
            for name in names {
                let Some(taken) = self.files.get_mut(&file) else { break };
                let Some(export) = parts.exports.get(name) else { continue };
                if !taken.exports.insert(name.clone()) {
                    continue;
                }
                match export.origin {
                    Origin::Part(index) => self.take_parts(&file, &parts, vec![index]),
                    Origin::Import(index) => self.take_import(&file, &parts, index),
                }
            }
        }
    }

    /// A file that was not taken apart, with all that it imports.
    fn take_unknown(&mut self, file: &str) {
        if self.files.contains_key(file) {
            return;
        }
        self.files.insert(file.to_owned(), Taken { whole: true, ..Taken::default() });
        let imports = self.chunks.get(file).into_iter().flatten();
        self.waiting.extend(imports.map(|file| (file.clone(), Wanted::All)));
    }

    fn take_parts(&mut self, file: &str, parts: &FileParts, mut waiting: Vec<usize>) {
        while let Some(index) = waiting.pop() {
            let Some(taken) = self.files.get_mut(file) else { return };
            let Some(part) = parts.parts.get(index) else { continue };
            if !taken.parts.insert(index) {
                continue;
            }
            waiting.extend(&part.parts);
            self.waiting.extend(part.later.iter().map(|file| (file.clone(), Wanted::All)));
            for import in &part.imports {
                self.take_import(file, parts, *import);
            }
        }
    }

    fn take_import(&mut self, file: &str, parts: &FileParts, index: usize) {
        let Some(taken) = self.files.get_mut(file) else { return };
        if !taken.imports.insert(index) {
            return;
        }
        let Some(import) = parts.imports.get(index) else { return };
        let Some(from) = parts.files.get(import.file) else { return };
        let wanted = match import.name.as_str() {
            "*" => Wanted::All,
            name => Wanted::Name(name.to_owned()),
        };
        self.waiting.push((from.clone(), wanted));
    }

    /// A file of which so much is taken that it is better taken as a whole.
    fn next_whole(&self) -> Option<String> {
        let found = self.files.iter().find(|(file, taken)| {
            let Some(parts) = (self.parts_of)(file).filter(|_| !taken.whole) else { return false };
            let size = |index: usize| {
                parts.parts.get(index).map_or(0, |part| {
                    part.statements.iter().map(|(_, text)| text.len()).sum::<usize>()
                })
            };
            let taken: usize = taken.parts.iter().map(|index| size(*index)).sum();
            let whole: usize = (0..parts.parts.len()).map(size).sum();
            taken > 0 && taken as f64 > WHOLE * whole as f64
        });
        found.map(|(file, _)| file.clone())
    }

    fn take_whole(&mut self, file: &str) {
        let Some(parts) = (self.parts_of)(file) else { return };
        if let Some(taken) = self.files.get_mut(file) {
            taken.whole = true;
        }
        self.take_parts(file, &parts, (0..parts.parts.len()).collect());
        for index in 0..parts.imports.len() {
            self.take_import(file, &parts, index);
        }
    }

    /// Files of which nothing is left and that load nothing.
    fn empty(&self) -> BTreeSet<&str> {
        let nothing =
            |taken: &Taken| !taken.whole && taken.parts.is_empty() && taken.exports.is_empty();
        let mut empty: BTreeSet<&str> = (self.files.iter())
            .filter(|(_, taken)| nothing(taken))
            .map(|(file, _)| file.as_str())
            .collect();
        loop {
            let loads = |file: &&&str| {
                (self.parts_of)(file).is_some_and(|parts| {
                    parts.files.iter().any(|file| !empty.contains(file.as_str()))
                })
            };
            let full: Vec<&str> = empty.iter().filter(loads).copied().collect();
            if full.is_empty() {
                return empty;
            }
            empty.retain(|file| !full.contains(file));
        }
    }
}

/// The code of what is taken, in its old order.
fn written(parts: &FileParts, taken: &Taken, empty: &BTreeSet<&str>) -> String {
    let mut code = String::new();
    for (index, file) in parts.files.iter().enumerate() {
        if empty.contains(file.as_str()) {
            continue;
        }
        let of_file = |(at, import): &(usize, &super::Import)| {
            import.file == index && taken.imports.contains(at)
        };
        let used = || parts.imports.iter().enumerate().filter(of_file).map(|(_, import)| import);
        let named: Vec<String> = used()
            .filter(|import| import.name != "*")
            .map(|import| format!("{} as {}", import.name, import.local))
            .collect();
        for import in used().filter(|import| import.name == "*") {
            code += &format!("import * as {} from \"./{file}\";\n", import.local);
        }
        if named.is_empty() {
            code += &format!("import \"./{file}\";\n");
        } else {
            code += &format!("import {{ {} }} from \"./{file}\";\n", named.join(", "));
        }
    }
    let mut statements: Vec<&(u32, String)> = (taken.parts.iter())
        .filter_map(|index| parts.parts.get(*index))
        .flat_map(|part| &part.statements)
        .collect();
    statements.sort_by_key(|(at, _)| *at);
    for (_, text) in statements {
        code += text;
        code.push('\n');
    }
    let exports: Vec<String> = (parts.exports.iter())
        .filter(|(name, _)| taken.exports.contains(*name))
        .map(|(name, export)| format!("{} as {name}", export.local))
        .collect();
    if !exports.is_empty() {
        code += &format!("export {{ {} }};\n", exports.join(", "));
    }
    code
}
