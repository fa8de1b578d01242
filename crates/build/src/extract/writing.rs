//! A project written as an answer: the inverse of reading one.

use pageloom_schema::{CommandKind, DeclaredCommand, Project};

/// Writes a project as an answer in the `web` dialect, without think and answer blocks.
///
/// Reading it again gives the same project when every file that is not empty ends in one newline,
/// has no white space before that, and does not start with one. `None` when a file cannot be
/// written: it is no UTF-8 text, holds the closing tag, or would be taken for an escaped or wrapped
/// body; or when a path, id, title or command has a character that its place cannot hold.
#[must_use]
pub fn format_answer(
    project: &Project,
    commands: &[DeclaredCommand],
    id: &str,
    title: &str,
) -> Option<String> {
    let in_quotes = |text: &str| !text.contains(['"', '<', '>']) && !text.trim().is_empty();
    if !in_quotes(id) || !in_quotes(title) {
        return None;
    }
    let mut out = format!("<webArtifact id=\"{id}\" title=\"{title}\">\n");
    for (path, bytes) in project.files() {
        let text = std::str::from_utf8(bytes).ok()?;
        let read = super::body::file_content(&format!("\n{text}"), &path.extension());
        let is_plain = read.0 == text || (!read.1 && text.trim_end() == read.0.trim_end());
        if !is_plain || text.contains("</webAction>") || path.as_str().contains('"') {
            return None;
        }
        out.push_str(&format!("<webAction type=\"file\" filePath=\"{path}\">\n{text}"));
        if !text.ends_with('\n') {
            out.push('\n');
        }
        out.push_str("</webAction>\n");
    }
    for command in commands {
        if command.text.contains("</webAction>") {
            return None;
        }
        let kind = match command.kind {
            CommandKind::Shell => "shell",
            CommandKind::Start => "start",
        };
        out.push_str(&format!("<webAction type=\"{kind}\">{}</webAction>\n", command.text));
    }
    out.push_str("</webArtifact>\n");
    Some(out)
}
