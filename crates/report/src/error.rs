//! Everything that can go wrong between a run folder and a report.

use std::path::PathBuf;

use pageloom_schema::{FORMAT_MAJOR, FORMAT_MINOR};

/// Why a run could not be read or a report not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The folder, or its `run.json`, is not there.
    #[error(
        "`{}` is not a run folder: it has no `run.json`\nhint: give the folder named by `--out` of `pageloom eval`", path.display()
    )]
    NotARun {
        /// The folder that was given.
        path: PathBuf,
    },
    /// The log was written by a newer version.
    #[error(
        "`{}` has run-log format {}.{}, and this version reads {FORMAT_MAJOR}.0 to {FORMAT_MAJOR}.{FORMAT_MINOR}\nhint: report with the pageloom version that wrote the run, or a newer one", path.display(), found[0], found[1]
    )]
    TooNew {
        /// The run folder.
        path: PathBuf,
        /// `[major, minor]` of its log.
        found: [u32; 2],
    },
    /// The log was written by a version whose format is no longer read.
    #[error(
        "`{}` has run-log format {}.{}, and this version reads {FORMAT_MAJOR}.0 to {FORMAT_MAJOR}.{FORMAT_MINOR}\nhint: report with the pageloom version that wrote the run, or run the evaluation again", path.display(), found[0], found[1]
    )]
    TooOld {
        /// The run folder.
        path: PathBuf,
        /// `[major, minor]` of its log.
        found: [u32; 2],
    },
    /// `run.json` or `summary.json` is not what it should be.
    #[error("`{}` is damaged: {reason}\nhint: copy the run folder again, or run the evaluation again", path.display())]
    DamagedFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A line of `events.jsonl` other than a cut last one cannot be read.
    #[error("line {line} of `{}` is damaged: {reason}\nhint: only the last line may be cut; copy the run folder again, or remove the line to report without it", path.display())]
    DamagedLine {
        /// The events file.
        path: PathBuf,
        /// The line's number, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// A file or folder could not be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file or folder could not be written.
    #[error("cannot write `{}`: {source}\nhint: check free space and permissions, or choose another folder", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The report's folder holds something else already.
    #[error("`{}` is not empty and holds no report\nhint: choose a new folder, or one that an earlier report was written to", path.display())]
    Occupied {
        /// The folder.
        path: PathBuf,
    },
    /// No run was given.
    #[error("there is no run to report\nhint: give at least one run folder")]
    NoRuns,
}
