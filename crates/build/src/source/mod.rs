//! JavaScript and TypeScript sources as facts: what they import, which routes, links and mounts they
//! have, and where.
//!
//! Sources come from a model, and the parser recurses: a source is measured before it is parsed, and
//! parsed on a stack that its size cannot overflow.

mod depth;
mod effects;
mod facts;
mod html;
mod lines;
mod literal;
mod sheet;

use std::collections::BTreeMap;

use oxc_allocator::Allocator;
use oxc_parser::Parser;
use oxc_span::SourceType;
use pageloom_schema::{BuildErrorClass, BuildProblem, Finding, Project, Severity};

pub(crate) use facts::{FeatureKind, HOLE, Import, ImportKind, SourceFacts};
pub(crate) use html::{HtmlElement, html_elements};
pub(crate) use literal::{Data, DataModule, Literal};
pub(crate) use sheet::{SheetReference, sheet_references};

/// The largest source that is parsed, in bytes.
const MAX_SOURCE_BYTES: usize = 1 << 20;
/// The most words and signs that a parsed source has.
const MAX_TOKENS: usize = 100_000;
/// The stack that one word or sign can take. The worst that was measured is 1.6 KiB.
const STACK_PER_TOKEN: usize = 5 << 10;
/// The stack that parsing takes whatever the source.
const STACK_BASE: usize = 4 << 20;

const UNPARSED: &str = "the source cannot be parsed";

/// The endings of the files that are parsed.
pub(crate) const ENDINGS: [&str; 8] = ["tsx", "ts", "jsx", "js", "mjs", "mts", "cjs", "cts"];

/// The facts of all sources of a project, by path, and what is wrong with those that have none.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    /// The facts of every source that could be parsed.
    pub(crate) facts: BTreeMap<String, SourceFacts>,
    /// Why the others could not be.
    pub(crate) findings: Vec<Finding>,
}

impl Sources {
    /// Parses all sources of a project.
    pub(crate) fn read(project: &Project) -> Self {
        let mut sources = Self::default();
        let mut texts = Vec::new();
        for (path, bytes) in project.files() {
            if !ENDINGS.contains(&path.extension().as_str()) {
                continue;
            }
            match std::str::from_utf8(bytes) {
                Ok(text) => match measured(path.as_str(), text) {
                    Ok(stack) => texts.push((path.as_str(), text, stack)),
                    Err(finding) => sources.findings.push(finding),
                },
                Err(_) => {
                    let message = "the source is not UTF-8 text";
                    let finding = Finding::new("source_syntax", Severity::Error, message);
                    sources.findings.push(finding.at(path.as_str(), None));
                }
            }
        }
        let stack = texts.iter().map(|(_, _, stack)| *stack).max().unwrap_or_default();
        let parse_all = || {
            let parse = |(path, text, _): &(&str, &str, usize)| parse_facts(path, text);
            texts.iter().map(parse).collect::<Vec<_>>()
        };
        // When they cannot be parsed together, those that can be parsed alone are.
        let parsed = on_stack(stack, parse_all).unwrap_or_else(|| {
            let parse = |(path, text, stack): &(&str, &str, usize)| {
                on_stack(*stack, || parse_facts(path, text))
                    .unwrap_or_else(|| Err(unparsed(path, UNPARSED)))
            };
            texts.iter().map(parse).collect()
        });
        for ((path, _, _), result) in texts.iter().zip(parsed) {
            match result {
                Ok(facts) => {
                    sources.facts.insert((*path).to_owned(), facts);
                }
                Err(finding) => sources.findings.push(finding),
            }
        }
        sources
    }
}

/// Reads a configuration file as data.
///
/// # Errors
/// The finding that says why it cannot be parsed.
pub(crate) fn read_module(path: &str, text: &str) -> Result<DataModule, Finding> {
    let stack = measured(path, text)?;
    let read = || {
        let allocator = Allocator::default();
        let parsed = Parser::new(&allocator, text, source_type(path)).parse();
        match syntax_fault(path, text, &parsed) {
            Some(finding) => Err(finding),
            None => Ok(DataModule::read(&parsed.program, text)),
        }
    };
    on_stack(stack, read).unwrap_or_else(|| Err(unparsed(path, UNPARSED)))
}

fn parse_facts(path: &str, text: &str) -> Result<SourceFacts, Finding> {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, text, source_type(path)).parse();
    match syntax_fault(path, text, &parsed) {
        Some(finding) => Err(finding),
        None => Ok(SourceFacts::read(&parsed.program, text)),
    }
}

/// The stack that parsing a source may take, or why it is not parsed.
fn measured(path: &str, text: &str) -> Result<usize, Finding> {
    if text.len() > MAX_SOURCE_BYTES {
        return Err(unparsed(path, "the source is too large to be checked"));
    }
    let tokens = depth::tokens(text);
    if tokens > MAX_TOKENS {
        return Err(unparsed(path, "the source has too many words to be checked"));
    }
    if let Some(line) = depth::too_deep(text) {
        let message = format!("brackets are nested more than {} deep", depth::MAX_NESTING);
        let finding = Finding::new("source_nesting", Severity::Error, message);
        return Err(finding.at(path, Some(line)));
    }
    Ok(STACK_BASE + tokens * STACK_PER_TOKEN)
}

/// The problem of a source whose brackets nest deeper than any parser must be trusted with.
pub(crate) fn nesting_problem(path: &str, text: &str) -> Option<BuildProblem> {
    let line = depth::too_deep(text)?;
    let message = format!("brackets are nested more than {} deep", depth::MAX_NESTING);
    Some(BuildProblem::new(BuildErrorClass::Other, &message).at(path, Some(line)))
}

fn unparsed(path: &str, message: &str) -> Finding {
    Finding::new("source_unchecked", Severity::Warning, message).at(path, None)
}

fn source_type(path: &str) -> SourceType {
    let ending = path.rsplit('.').next().unwrap_or_default();
    match ending {
        "tsx" => SourceType::tsx(),
        _ if [".d.ts", ".d.mts", ".d.cts"].iter().any(|end| path.ends_with(end)) => {
            SourceType::d_ts()
        }
        "ts" | "mts" | "cts" => SourceType::ts(),
        "jsx" => SourceType::jsx(),
        // As in Vite, a .js file has no JSX.
        "cjs" => SourceType::cjs().with_jsx(false),
        _ => SourceType::mjs().with_jsx(false),
    }
}

fn syntax_fault(path: &str, text: &str, parsed: &oxc_parser::ParserReturn<'_>) -> Option<Finding> {
    let first = parsed.diagnostics.iter().next()?;
    let label = first.labels.iter().next();
    let line = label.map(|label| lines::Lines::new(text).line(label.offset()));
    let message: String =
        first.message.lines().next().unwrap_or_default().chars().take(300).collect();
    Some(Finding::new("source_syntax", Severity::Error, message).at(path, line))
}

/// Runs `work` on a stack of its own; nothing when the stack cannot be had or the work panicked.
fn on_stack<T: Send>(bytes: usize, work: impl FnOnce() -> T + Send) -> Option<T> {
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().name("sources".to_owned()).stack_size(bytes);
        builder.spawn_scoped(scope, work).ok()?.join().ok()
    })
}

#[cfg(test)]
mod tests;
