//! The OCR engine. Owns [`Ocr`], which runs tesseract as a subprocess: picture in over stdin,
//! table out over stdout, one thread, a time limit and an output limit. Must not know about pages:
//! it reads whatever picture it is given.

use std::path::{Path, PathBuf};
use std::time::Duration;

use pageloom_schema::Rect;

use crate::error::VisionError;
use crate::pixels::Pixels;
use crate::program::{self, Call, Stop};

/// One word as the engine read it.
#[derive(Clone, Debug, PartialEq)]
pub struct OcrWord {
    /// Number of its line, counted from 0 in the engine's reading order.
    pub line: u32,
    /// Its box in pixels of the picture that was read.
    pub rect: Rect,
    /// Its text, without white space.
    pub text: String,
    /// The engine's confidence, 0..=100.
    pub confidence: f64,
}

/// How the engine is told to expect the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PageLayout {
    /// A page of any layout.
    Page,
    /// One column of lines.
    Column,
}

/// A tesseract program that was found and answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ocr {
    /// The program.
    pub program: PathBuf,
    /// Language data to use, in tesseract's words; `eng` unless changed.
    pub language: String,
    /// The most wall-clock time one call of the program may take.
    pub time_limit: Duration,
    version: String,
}

impl Ocr {
    /// The most bytes the program may write in one call.
    pub const MAX_OUTPUT_BYTES: usize = 16 << 20;

    /// Looks for `tesseract` along `PATH`; `None` when there is none that answers within ten
    /// seconds.
    #[must_use]
    pub fn find() -> Option<Self> {
        program::along_path("tesseract").iter().find_map(|program| Self::at(program).ok())
    }

    /// Uses the program at `program`.
    ///
    /// # Errors
    /// [`VisionError`] when it does not start, or does not say its version within ten seconds.
    pub fn at(program: &Path) -> Result<Self, VisionError> {
        let limit = Duration::from_secs(10);
        let output = run(program, &["--version"], Vec::new(), limit)?;
        let version = output
            .lines()
            .find_map(|line| line.strip_prefix("tesseract "))
            .ok_or_else(|| failed(program, "it does not say its version"))?
            .trim()
            .to_owned();
        Ok(Self {
            program: program.to_owned(),
            language: "eng".to_owned(),
            time_limit: Duration::from_secs(60),
            version,
        })
    }

    /// The program's version, such as `5.3.0`.
    #[must_use]
    pub fn version(&self) -> String {
        self.version.clone()
    }

    /// Reads a picture as it is, layout and all, in the engine's own way. [`crate::perceive()`]
    /// prepares a page first and reads more of it.
    ///
    /// # Errors
    /// [`VisionError`] when the program cannot be run, fails, or breaks a limit.
    pub fn read(&self, image: &Pixels) -> Result<Vec<OcrWord>, VisionError> {
        self.read_gray(image.width(), image.height(), &image.luma(), PageLayout::Page)
    }

    /// Reads a gray picture, row by row, 0 = black.
    pub(crate) fn read_gray(
        &self,
        width: u32,
        height: u32,
        gray: &[u8],
        layout: PageLayout,
    ) -> Result<Vec<OcrWord>, VisionError> {
        let mut input = format!("P5\n{width} {height}\n255\n").into_bytes();
        input.extend_from_slice(gray);
        let mode = match layout {
            PageLayout::Page => "3",
            PageLayout::Column => "6",
        };
        let mut arguments =
            vec!["stdin", "stdout", "-l", &self.language, "--dpi", "150", "--psm", mode];
        if layout == PageLayout::Column {
            // A sheet is never white on black, so a second try on its negative is wasted.
            arguments.extend(["-c", "tessedit_do_invert=0"]);
        }
        arguments.push("tsv");
        let table = run(&self.program, &arguments, input, self.time_limit)?;
        parse_table(&table).ok_or_else(|| failed(&self.program, "its table has unknown columns"))
    }
}

fn failed(program: &Path, reason: &str) -> VisionError {
    let reason = reason.trim().chars().take(500).collect();
    VisionError::OcrFailed { program: program.display().to_string(), reason }
}

/// Runs the program to its end and returns what it wrote to stdout.
fn run(
    program: &Path,
    arguments: &[&str],
    input: Vec<u8>,
    limit: Duration,
) -> Result<String, VisionError> {
    let arguments = arguments.iter().map(Into::into).collect();
    let max_output = Ocr::MAX_OUTPUT_BYTES;
    let output = program::run(Call { program, arguments, input, limit, max_output })
        .map_err(|stop| stopped(program, limit, stop))?;
    if output.status.success() {
        String::from_utf8(output.stdout).map_err(|_| failed(program, "its output is not UTF-8"))
    } else {
        Err(failed(program, &String::from_utf8_lossy(&output.stderr)))
    }
}

fn stopped(program: &Path, limit: Duration, stop: Stop) -> VisionError {
    let program = program.display().to_string();
    match stop {
        Stop::Unavailable(e) => VisionError::OcrUnavailable { program, reason: e.to_string() },
        Stop::Time => VisionError::OcrTimeout { program, limit },
        Stop::Output => VisionError::OcrOutputTooLong { program, limit: Ocr::MAX_OUTPUT_BYTES },
    }
}

/// Parses tesseract's table; `None` if a word's row does not have the twelve columns.
fn parse_table(table: &str) -> Option<Vec<OcrWord>> {
    let mut words = Vec::new();
    let mut current = None;
    let mut line = 0;
    for row in table.lines().skip(1) {
        let cells: Vec<&str> = row.split('\t').collect();
        if cells.first() != Some(&"5") {
            continue;
        }
        let [_, page, block, paragraph, row_number, _, x, y, width, height, confidence, text] =
            cells[..]
        else {
            return None;
        };
        let key = [page, block, paragraph, row_number];
        if current.is_some_and(|seen| seen != key) {
            line += 1;
        }
        current = Some(key);
        let text = text.trim();
        let confidence = confidence.parse::<f64>().ok().filter(|c| c.is_finite())?;
        let [x, y, width, height] = [x, y, width, height].map(|cell| cell.parse::<f64>().ok());
        if !text.is_empty() {
            words.push(OcrWord {
                line,
                rect: Rect::new(x?, y?, width?, height?),
                text: text.to_owned(),
                confidence: confidence.clamp(0.0, 100.0),
            });
        }
    }
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\
                          \theight\tconf\ttext\n";

    #[test]
    fn words_keep_their_line_box_and_confidence() {
        let table = format!(
            "{HEADER}4\t1\t1\t1\t1\t0\t1\t2\t30\t9\t-1\t\n5\t1\t1\t1\t1\t1\t1\t2\t10\t9\t91.5\tOne\n\
             5\t1\t1\t1\t2\t1\t1\t22\t12\t9\t80\ttwo\n"
        );
        let words = parse_table(&table).unwrap();
        assert_eq!(words.len(), 2);
        assert_eq!(words[0].rect, Rect::new(1.0, 2.0, 10.0, 9.0));
        assert_eq!((words[0].line, words[1].line), (0, 1));
        assert!((words[0].confidence - 91.5).abs() < 1e-9);
    }

    #[test]
    fn a_table_with_other_columns_is_refused() {
        assert_eq!(parse_table(&format!("{HEADER}5\t1\t1\n")), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_program_that_hangs_is_stopped_at_its_limit() {
        let limit = Duration::from_millis(200);
        let result = run(Path::new("/bin/sleep"), &["30"], Vec::new(), limit);
        assert!(matches!(result, Err(VisionError::OcrTimeout { .. })), "{result:?}");
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = Ocr::at(Path::new("no-such-program-here")).unwrap_err();
        assert!(error.to_string().contains("no-such-program-here"), "{error}");
    }
}
