//! Files of JSON lines that others wrote, read under limits: no line is held in memory beyond them.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use crate::error::RunError;

/// The longest line, in bytes: a question or an answer to one takes a few hundred, a long task some
/// ten thousands.
pub(crate) const MAX_LINE: u64 = 1 << 20;

/// Hands every line that is not blank to `take`, with its place (`line 7`) for messages. What is
/// wrong with a line is told by `fault`, from its place and a message.
///
/// # Errors
/// Those of `fault` and `take`; [`RunError::Storage`] when the file cannot be read.
pub(crate) fn for_each_line(
    file: &Path,
    fault: &dyn Fn(&str, String) -> RunError,
    mut take: impl FnMut(&str, &str) -> Result<(), RunError>,
) -> Result<(), RunError> {
    walk_lines(file, |number, line| {
        let place = format!("line {number}");
        take(&place, line.map_err(|message| fault(&place, message))?)
    })
}

/// Hands every line that is not blank to `take`, by its number from 1: its text, or why it has none.
/// What follows a line that is too long or no UTF-8 is read all the same.
///
/// # Errors
/// Those of `take`; [`RunError::Storage`] when the file cannot be read.
pub(crate) fn walk_lines(
    file: &Path,
    mut take: impl FnMut(usize, Result<&str, String>) -> Result<(), RunError>,
) -> Result<(), RunError> {
    let opened = File::open(file).map_err(RunError::storage("read", file))?;
    let mut reader = BufReader::new(opened);
    let mut line = Vec::new();
    for number in 1_usize.. {
        line.clear();
        let read = reader.by_ref().take(MAX_LINE + 1).read_until(b'\n', &mut line);
        if read.map_err(RunError::storage("read", file))? == 0 {
            break;
        }
        if line.len() as u64 > MAX_LINE {
            if line.last() != Some(&b'\n') {
                reader.skip_until(b'\n').map_err(RunError::storage("read", file))?;
            }
            take(number, Err(format!("longer than {MAX_LINE} bytes")))?;
            continue;
        }
        match std::str::from_utf8(&line) {
            Err(error) => take(number, Err(format!("not UTF-8: {error}")))?,
            Ok(text) => {
                let text = text.trim_start_matches('\u{feff}').trim();
                if !text.is_empty() {
                    take(number, Ok(text))?;
                }
            }
        }
    }
    Ok(())
}
