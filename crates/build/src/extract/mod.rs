//! A model's answer becomes a project: files and commands in tags, or one HTML page.
//!
//! [`extract`] is pure text work: it takes what is there, names what is wrong, and never runs or
//! writes anything. Its work is linear in the answer, and what it keeps is within
//! [`ExtractLimits`].

mod body;
mod envelope;
mod paths;
mod repetition;
mod tags;
mod writing;

use std::collections::BTreeMap;
use std::sync::Arc;

use pageloom_schema::{
    AnswerKind, CommandKind, DeclaredCommand, Dialect, Extraction, Finding, Project, RawAction,
    Severity, SitePath,
};

use crate::answer::page_of_answer;
use tags::{Tag, TagKind};

pub use writing::format_answer;

/// The most actions that are read; an answer within its limits has far fewer.
const MAX_ACTIONS: usize = 4_000;
/// The longest command that is kept, in characters.
const MAX_COMMAND_CHARS: usize = 4_000;

/// How large an answer may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExtractLimits {
    /// The whole answer, in bytes. A larger one is not read.
    pub completion_bytes: usize,
    /// One file, in bytes. A larger one is left out.
    pub file_bytes: usize,
    /// The number of files. Later ones are left out.
    pub files: usize,
    /// One path, in bytes.
    pub path_bytes: usize,
    /// The number of names in one path.
    pub path_depth: usize,
}

impl ExtractLimits {
    /// The default of [`ExtractLimits::completion_bytes`]: 4 MiB.
    pub const COMPLETION_BYTES: usize = 4 << 20;
    /// The default of [`ExtractLimits::file_bytes`]: 1 MiB.
    pub const FILE_BYTES: usize = 1 << 20;
    /// The default of [`ExtractLimits::files`].
    pub const FILES: usize = 500;
    /// The default of [`ExtractLimits::path_bytes`].
    pub const PATH_BYTES: usize = 240;
    /// The default of [`ExtractLimits::path_depth`].
    pub const PATH_DEPTH: usize = 16;
}

impl Default for ExtractLimits {
    fn default() -> Self {
        Self {
            completion_bytes: Self::COMPLETION_BYTES,
            file_bytes: Self::FILE_BYTES,
            files: Self::FILES,
            path_bytes: Self::PATH_BYTES,
            path_depth: Self::PATH_DEPTH,
        }
    }
}

/// Reads a model's answer.
///
/// Both dialects are read, with bodies raw, entity-escaped, fenced or in CDATA; the content of an
/// action is everything up to the next closing tag. An action without a closing tag gives no file.
/// An answer without any tag is read as one HTML page.
///
/// ```
/// use pageloom_build::{ExtractLimits, extract};
/// let answer = "<webArtifact id='a' title='b'>\
///     <webAction filePath='src/a.ts' type='file'>\nconst a = 1 < 2;\n</webAction></webArtifact>";
/// let extraction = extract(answer, &ExtractLimits::default());
/// assert_eq!(extraction.project.text("src/a.ts"), Some("const a = 1 < 2;\n"));
/// assert!(extraction.is_acceptable());
/// ```
#[must_use]
pub fn extract(completion: &str, limits: &ExtractLimits) -> Extraction {
    let mut extraction = Extraction {
        project: Project::default(),
        commands: Vec::new(),
        id: None,
        title: None,
        reasoning: None,
        kind: AnswerKind::Nothing,
        findings: Vec::new(),
        truncated: false,
        actions: Vec::new(),
    };
    if completion.len() > limits.completion_bytes {
        let message = format!("the answer has more than {} bytes", limits.completion_bytes);
        extraction.findings.push(Finding::new("too_large", Severity::Error, message));
        return extraction;
    }
    let text = envelope::without_end_tokens(completion);
    let thought = envelope::thought(text);
    extraction.reasoning = thought.reasoning.map(str::to_owned);
    if !thought.closed {
        let message = "the think block has no end";
        extraction.findings.push(Finding::new("think_open", Severity::Warning, message));
    }
    read_answer(text, thought.rest, limits, &mut extraction);
    if extraction.kind == AnswerKind::Nothing {
        extraction.truncated |= !thought.closed;
        let message = "the answer has neither an artifact nor an HTML page";
        extraction.findings.push(Finding::new("missing_artifact", Severity::Error, message));
    }
    if let Some(message) = repetition::repetition(text) {
        extraction.findings.push(Finding::new("repetition_loop", Severity::Warning, message));
    }
    if extraction.truncated {
        let is_page = extraction.kind == AnswerKind::Page;
        let severity = if is_page { Severity::Warning } else { Severity::Error };
        let message = "the answer stops in the middle";
        extraction.findings.push(Finding::new("truncated", severity, message));
    }
    extraction
}

fn read_answer(text: &str, from: usize, limits: &ExtractLimits, extraction: &mut Extraction) {
    if let Some(start) = Start::find(text, from) {
        return Reading::new(text, limits).run(&start, extraction);
    }
    let rest = text.get(from..).unwrap_or_default();
    if rest.contains("&lt;webArtifact") || rest.contains("&lt;boltArtifact") {
        let decoded = body::decode_answer(rest);
        if let Some(start) = Start::find(&decoded, 0) {
            let message = "the tags of the answer are entity-escaped";
            extraction.findings.push(Finding::new("escaped_artifact", Severity::Warning, message));
            return Reading::new(&decoded, limits).run(&start, extraction);
        }
    }
    let tags = [Dialect::Web, Dialect::Bolt].map(|dialect| format!("<{}", dialect.artifact()));
    if let Some(at) = tags.iter().filter_map(|tag| rest.rfind(tag.as_str())).max() {
        // Its opening tag never ends, so that it was not found: it is no page either.
        extraction.truncated = !rest.get(at..).is_some_and(|tag| tag.contains('>'));
        return;
    }
    read_page(envelope::answer_block(rest), limits, extraction);
}

fn read_page(text: &str, limits: &ExtractLimits, extraction: &mut Extraction) {
    let (Ok(page), Ok(path)) = (page_of_answer(text), SitePath::new("index.html")) else { return };
    extraction.kind = AnswerKind::Page;
    if page.len() > limits.file_bytes {
        extraction.findings.push(oversized(path.as_str(), limits));
    } else {
        extraction.project.insert(path, Arc::from(page.as_bytes()));
    }
    let fences = text.lines().filter(|line| line.trim_start().starts_with("```")).count();
    extraction.truncated = fences % 2 == 1;
}

fn oversized(path: &str, limits: &ExtractLimits) -> Finding {
    let message = format!("the file has more than {} bytes", limits.file_bytes);
    Finding::new("too_large", Severity::Error, message).at(path, None)
}

/// Where the tags of an answer start.
struct Start<'t> {
    dialect: Dialect,
    artifact: Option<Tag<'t>>,
    from: usize,
}

impl<'t> Start<'t> {
    /// Finds the artifact: the last opening tag of one before the first action that has a type, so
    /// that a tag which is only spoken about is not taken for it.
    fn find(text: &'t str, from: usize) -> Option<Self> {
        let mut artifacts: [Option<Tag<'t>>; 2] = [None, None];
        let mut first = None;
        let mut at = from;
        while let Some((kind, tag)) = tags::next_tag(text, at) {
            at = tag.end;
            match kind {
                TagKind::Action(dialect) if tag.attribute("type").is_some() => {
                    let [web, bolt] = artifacts;
                    let artifact = if dialect == Dialect::Web { web } else { bolt };
                    let from = artifact.as_ref().map_or(tag.start, |artifact| artifact.end);
                    return Some(Self { dialect, artifact, from });
                }
                TagKind::Action(_) => {}
                TagKind::Artifact(dialect) => {
                    first = first.or(Some(dialect));
                    let [web, bolt] = &mut artifacts;
                    *(if dialect == Dialect::Web { web } else { bolt }) = Some(tag);
                }
            }
        }
        let [web, bolt] = artifacts;
        let dialect = first?;
        let artifact = if dialect == Dialect::Web { web } else { bolt }?;
        Some(Self { dialect, from: artifact.end, artifact: Some(artifact) })
    }
}

/// The reading of the actions of one answer.
struct Reading<'t> {
    text: &'t str,
    limits: &'t ExtractLimits,
    files: BTreeMap<SitePath, Arc<[u8]>>,
    /// The line of `counted`, for lines of findings.
    line: u32,
    counted: usize,
}

impl<'t> Reading<'t> {
    fn new(text: &'t str, limits: &'t ExtractLimits) -> Self {
        Self { text, limits, files: BTreeMap::new(), line: 1, counted: 0 }
    }

    fn run(mut self, start: &Start<'_>, extraction: &mut Extraction) {
        let dialect = start.dialect;
        extraction.kind = AnswerKind::Artifact { dialect };
        match &start.artifact {
            Some(tag) => {
                let named = |name: &str| {
                    let value =
                        tag.attribute(name).map(str::trim).filter(|value| !value.is_empty());
                    value.map(|value| value.chars().take(300).collect())
                };
                extraction.id = named("id");
                extraction.title = named("title");
            }
            None => {
                let message = format!("the actions are in no <{}>", dialect.artifact());
                extraction.findings.push(Finding::new(
                    "missing_artifact",
                    Severity::Warning,
                    message,
                ));
            }
        }
        let mut is_open = start.artifact.is_some();
        let mut at = start.from;
        loop {
            let next = tags::next_tag(self.text, at);
            let until = next.as_ref().map_or(self.text.len(), |(_, tag)| tag.start);
            let close = format!("</{}>", dialect.artifact());
            if self.text.get(at..until).is_some_and(|between| between.contains(&close)) {
                is_open = false;
            }
            let Some((kind, tag)) = next else { break };
            at = tag.end;
            match kind {
                TagKind::Artifact(found) if found == dialect => {
                    let message = "the answer has more than one artifact: all are read";
                    let finding = Finding::new("several_artifacts", Severity::Warning, message);
                    if !extraction.findings.contains(&finding) {
                        extraction.findings.push(finding);
                    }
                    is_open = true;
                }
                TagKind::Action(found) if found == dialect => {
                    match self.action(dialect, &tag, extraction) {
                        Some(end) => at = end,
                        None => {
                            extraction.truncated = true;
                            break;
                        }
                    }
                }
                _ => {}
            }
            if extraction.actions.len() >= MAX_ACTIONS {
                let message = format!("more than {MAX_ACTIONS} actions: the rest is not read");
                extraction.findings.push(Finding::new("too_many_files", Severity::Error, message));
                break;
            }
        }
        extraction.truncated |= is_open && extraction.actions.len() < MAX_ACTIONS;
        paths::part_colliding(&mut self.files, &mut extraction.findings);
        extraction.project = Project::new(self.files);
    }

    /// Reads one action; the end of its closing tag, or nothing when it has none.
    fn action(&mut self, dialect: Dialect, tag: &Tag<'_>, out: &mut Extraction) -> Option<usize> {
        let close = tags::closing(self.text, tag.end, dialect.action());
        let end = close.map_or(self.text.len(), |(start, _)| start);
        let body = self.text.get(tag.end..end).unwrap_or_default();
        let action_type = tag.attribute("type").unwrap_or_default();
        let mut raw = RawAction {
            action_type: action_type.chars().take(40).collect(),
            path: tag.attribute("filePath").map(|path| path.chars().take(300).collect()),
            line: self.line_of(tag.start),
            body_bytes: body.len(),
            escaped: false,
            closed: close.is_some(),
        };
        if close.is_some() {
            match action_type {
                "file" => raw.escaped = self.file(tag, body, raw.line, out),
                "shell" => out.commands.push(command(CommandKind::Shell, body)),
                "start" => out.commands.push(command(CommandKind::Start, body)),
                other => out.findings.push(unknown_action(other, raw.path.as_deref(), raw.line)),
            }
        }
        out.actions.push(raw);
        close.map(|(_, end)| end)
    }

    /// Takes one file in, or says why not; true when its body was escaped.
    fn file(&mut self, tag: &Tag<'_>, body: &str, line: u32, out: &mut Extraction) -> bool {
        let written = tag.attribute("filePath").unwrap_or_default();
        let path = match paths::confine(written, self.limits) {
            Ok(path) => path,
            Err(finding) => {
                out.findings.push(Finding { line: Some(line), ..finding });
                return false;
            }
        };
        if body.len() > self.limits.file_bytes {
            out.findings.push(oversized(path.as_str(), self.limits));
            return false;
        }
        if body.contains("<webAction type=") || body.contains("<boltAction type=") {
            let message = "another action starts inside this file: is its closing tag missing?";
            let finding = Finding::new("action_in_body", Severity::Warning, message);
            out.findings.push(finding.at(path.as_str(), Some(line)));
        }
        if self.files.contains_key(&path) {
            let message = "the file is given more than once: the last one is taken";
            let finding = Finding::new("duplicate_path", Severity::Warning, message);
            out.findings.push(finding.at(path.as_str(), Some(line)));
        } else if self.files.len() >= self.limits.files {
            let message = format!("more than {} files: the rest is left out", self.limits.files);
            let finding = Finding::new("too_many_files", Severity::Error, message);
            if !out.findings.contains(&finding) {
                out.findings.push(finding);
            }
            return false;
        }
        let (content, escaped) = body::file_content(body, &path.extension());
        self.files.insert(path, Arc::from(content.into_bytes()));
        escaped
    }

    /// The line of a place in the answer. Places only ever go forward.
    fn line_of(&mut self, at: usize) -> u32 {
        let between = self.text.get(self.counted..at).unwrap_or_default();
        let lines = between.bytes().filter(|byte| *byte == b'\n').count();
        self.line = self.line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
        self.counted = self.counted.max(at);
        self.line
    }
}

fn command(kind: CommandKind, body: &str) -> DeclaredCommand {
    DeclaredCommand { kind, text: body.trim().chars().take(MAX_COMMAND_CHARS).collect() }
}

fn unknown_action(action_type: &str, path: Option<&str>, line: u32) -> Finding {
    let shown: String = action_type.chars().take(40).collect();
    let is_link = matches!(shown.to_ascii_lowercase().as_str(), "symlink" | "link" | "hardlink");
    let finding = if is_link {
        Finding::new("symlink", Severity::Error, format!("`{shown}`: a project has no links"))
    } else {
        let message = format!("`{shown}` is no type of action: it is left out");
        Finding::new("unknown_action", Severity::Warning, message)
    };
    Finding { line: Some(line), path: path.map(|path| path.chars().take(200).collect()), ..finding }
}

#[cfg(test)]
mod tests;
