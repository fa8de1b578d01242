//! The style sheets of a project: in which order they apply, and each as one text whose imports are
//! taken in and whose addresses hold in the built site.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pageloom_build::nesting_problem;
use pageloom_schema::{BuildErrorClass, BuildProblem, Project};

use super::assets::Assets;
use super::modules::STYLE;
use super::resolve::{Resolver, Target, is_remote, split_query};
use crate::dependency::{file_of, package_of};
use crate::styles::sheet::{Named, named};

/// How deep style sheets may import each other.
const DEPTH: usize = 16;
/// The largest style sheet with all its imports, in bytes.
const MAX_BYTES: usize = 8 << 20;

/// Where a style sheet is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Project(String),
    Package(PathBuf),
}

/// Reads style sheets of one project.
pub(crate) struct Sheets<'p> {
    pub(crate) project: &'p Project,
    pub(crate) resolver: Resolver<'p>,
    /// Where the set is installed.
    pub(crate) folder: &'p Path,
    pub(crate) allowed: &'p BTreeSet<String>,
    pub(crate) base: &'p str,
}

/// The style modules reached from `entry`: those loaded at once, in the order they apply, and those
/// loaded later, by the module whose import brings them.
pub(crate) fn in_order(
    entry: &str,
    imports: &BTreeMap<String, (Vec<String>, Vec<String>)>,
) -> (Vec<String>, BTreeMap<String, Vec<String>>) {
    let mut seen = BTreeSet::new();
    let mut later = Vec::new();
    let now = walk(entry, imports, &mut seen, &mut later);
    let mut by_module = BTreeMap::new();
    while let Some(module) = later.pop() {
        if by_module.contains_key(&module) {
            continue;
        }
        let styles = walk(&module, imports, &mut seen, &mut later);
        by_module.insert(module, styles);
    }
    by_module.retain(|_, styles| !styles.is_empty());
    (now, by_module)
}

/// Post order over what is imported at once; iterative, as sources may import each other in long
/// chains.
fn walk(
    entry: &str,
    imports: &BTreeMap<String, (Vec<String>, Vec<String>)>,
    seen: &mut BTreeSet<String>,
    later: &mut Vec<String>,
) -> Vec<String> {
    let mut styles = Vec::new();
    let mut stack: Vec<(String, usize)> = Vec::new();
    if seen.insert(entry.to_owned()) {
        stack.push((entry.to_owned(), 0));
    }
    while let Some((module, next)) = stack.pop() {
        let found = imports.get(&module);
        match found.and_then(|(now, _)| now.get(next)) {
            Some(child) => {
                stack.push((module, next + 1));
                if seen.insert(child.clone()) {
                    stack.push((child.clone(), 0));
                }
            }
            None => {
                if let Some((_, dynamic)) = found {
                    later.extend(dynamic.iter().cloned());
                }
                if module.starts_with(STYLE) {
                    styles.push(module);
                }
            }
        }
    }
    styles
}

impl Sheets<'_> {
    /// The sheet of a style module, and its path for messages.
    pub(crate) fn read(
        &self,
        module: &str,
        assets: &mut Assets,
    ) -> Result<(String, String), BuildProblem> {
        let name = module.strip_prefix(STYLE).unwrap_or(module);
        let place = match name.strip_prefix("package:") {
            Some(specifier) => self.package(specifier).ok_or_else(|| unresolved("", specifier))?,
            None => Place::Project(name.to_owned()),
        };
        let css = self.taken_in(&place, assets, &mut Vec::new())?;
        Ok((name.to_owned(), css))
    }

    fn package(&self, specifier: &str) -> Option<Place> {
        if !self.allowed.contains(package_of(specifier)) {
            return None;
        }
        file_of(self.folder, specifier).map(Place::Package)
    }

    fn text(&self, place: &Place) -> Option<String> {
        match place {
            Place::Project(path) => {
                let bytes = self.project.file(path)?;
                Some(String::from_utf8_lossy(bytes).trim_start_matches('\u{feff}').to_owned())
            }
            Place::Package(path) => std::fs::read_to_string(path).ok(),
        }
    }

    fn taken_in(
        &self,
        place: &Place,
        assets: &mut Assets,
        above: &mut Vec<Place>,
    ) -> Result<String, BuildProblem> {
        let label = label(place);
        let css = self.text(place).ok_or_else(|| unresolved(&label, &label))?;
        // What works on rules does so by recursion, or in time that grows with the square.
        if let Some(problem) = nesting_problem(&label, &css) {
            return Err(problem);
        }
        let mut out = String::with_capacity(css.len());
        // Imports of other hosts must stay at the top of the built sheet, which is their order too.
        let mut at = 0;
        above.push(place.clone());
        for name in named(&css) {
            match name {
                Named::Import { address, conditions, place: range } => {
                    if is_remote(&address) {
                        continue;
                    }
                    let target = self.target(place, &address);
                    let target = target.ok_or_else(|| unresolved(&label, &address))?;
                    out.push_str(css.get(at..range.start).unwrap_or_default());
                    at = range.end;
                    if above.contains(&target) {
                        continue;
                    }
                    if above.len() >= DEPTH {
                        let message = format!("style sheets import each other {DEPTH} deep");
                        return Err(
                            BuildProblem::new(BuildErrorClass::Output, &message).at(label, None)
                        );
                    }
                    let inner = self.taken_in(&target, assets, above)?;
                    out += &conditioned(&inner, &conditions);
                }
                Named::Url { address, place: range } => {
                    let Some(new) = self.address(place, &address, assets) else { continue };
                    out.push_str(css.get(at..range.start).unwrap_or_default());
                    at = range.end;
                    out += &format!("url(\"{}\")", new.replace('"', "%22"));
                }
            }
            if out.len() > MAX_BYTES {
                let message = format!("a style sheet of over {} MiB", MAX_BYTES >> 20);
                return Err(BuildProblem::new(BuildErrorClass::Output, &message).at(label, None));
            }
        }
        above.pop();
        out.push_str(css.get(at..).unwrap_or_default());
        Ok(out)
    }

    /// The sheet that `@import` names.
    fn target(&self, from: &Place, address: &str) -> Option<Place> {
        let (bare, _) = split_query(address);
        // Tailwind's three sheets hold one directive each.
        if let Place::Package(path) = from {
            let relative = path.parent()?.join(bare);
            if let Ok(real) = relative.canonicalize()
                && real.starts_with(self.folder)
            {
                return Some(Place::Package(real));
            }
            return self.package(bare);
        }
        let Place::Project(importer) = from else { return None };
        match self.resolver.resolve_address(importer, bare) {
            Target::File(path) => Some(Place::Project(path)),
            Target::Package(specifier) => {
                self.package(&specifier).or_else(|| self.package(&format!("{specifier}.css")))
            }
            Target::Public(_) | Target::Remote | Target::Missing => None,
        }
    }

    /// What `url()` becomes; nothing when it stays as it is.
    fn address(&self, from: &Place, address: &str, assets: &mut Assets) -> Option<String> {
        if is_remote(address) || address.is_empty() {
            return None;
        }
        let (bare, rest) = address.split_at(address.find(['?', '#']).unwrap_or(address.len()));
        match from {
            Place::Project(importer) => match self.resolver.resolve_address(importer, bare) {
                Target::File(path) => {
                    let bytes = self.project.file(&path)?;
                    Some(format!("{}{}{rest}", self.base, assets.add(&path, bytes)))
                }
                Target::Public(path) => Some(format!("{}{path}{rest}", self.base)),
                _ => None,
            },
            Place::Package(path) => {
                let real = path.parent()?.join(bare).canonicalize().ok()?;
                let inside = real.starts_with(self.folder);
                let bytes: Arc<[u8]> = inside.then(|| std::fs::read(&real).ok()).flatten()?.into();
                Some(format!("{}{}{rest}", self.base, assets.add(&real.to_string_lossy(), &bytes)))
            }
        }
    }
}

fn label(place: &Place) -> String {
    match place {
        Place::Project(path) => path.clone(),
        Place::Package(path) => {
            let text = path.to_string_lossy();
            text.rsplit_once("node_modules/").map_or("a package", |(_, rest)| rest).to_owned()
        }
    }
}

fn unresolved(importer: &str, address: &str) -> BuildProblem {
    let message = format!("the style sheet `{address}` is not found");
    BuildProblem::new(BuildErrorClass::UnresolvedImport, &message).at(importer, None)
}

/// A sheet under the conditions of the import that took it in.
fn conditioned(css: &str, conditions: &str) -> String {
    if conditions.is_empty() {
        return css.to_owned();
    }
    match conditions.strip_prefix("layer(").and_then(|rest| rest.split_once(')')) {
        Some((layer, media)) if media.trim().is_empty() => format!("@layer {layer} {{\n{css}\n}}"),
        Some((layer, media)) => format!("@media {media} {{ @layer {layer} {{\n{css}\n}} }}"),
        None => format!("@media {conditions} {{\n{css}\n}}"),
    }
}
