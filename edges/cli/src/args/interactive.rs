//! Arguments of what is about pages in use.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use pageloom_run::webgen_bench::TesterMode;

use super::ShortFormat;

/// How pages are used, compared and tested.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Interaction")]
pub(crate) struct InteractArgs {
    /// How elements are found: auto (by the task's target, else from its words), local (from the
    /// words alone), or a model, PROVIDER:NAME or the URL of an endpoint
    #[arg(long, value_name = "HOW", default_value = "auto")]
    pub(crate) ground: String,
    /// Folder with config.json and model.safetensors of DINOv2, for the published embedding; without
    /// it, structural similarity stands in under its own name [env: PAGELOOM_DINO]
    #[arg(long, value_name = "DIR")]
    pub(crate) dino: Option<PathBuf>,
    /// With `webgen-bench` or `iwr-bench` as the suite: the JSONL file of its tasks
    #[arg(long, value_name = "FILE")]
    pub(crate) data: Option<PathBuf>,
    /// Who tests websites: PROVIDER:NAME, the URL of an endpoint, or script:FILE
    #[arg(long, value_name = "TESTER")]
    pub(crate) tester: Option<String>,
    /// How the page is shown to a model that tests: screenshots with numbered marks, or the tree of
    /// its elements
    #[arg(long, value_enum, value_name = "MODE", default_value = "auto")]
    pub(crate) tester_mode: TesterModeName,
    /// Tasks of the suite to run, by their ids, comma-separated [default: all]
    #[arg(long, value_delimiter = ',', value_name = "ID")]
    pub(crate) only: Vec<String>,
}

/// How the page is shown to a model that tests.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum TesterModeName {
    /// By whether the model takes pictures.
    #[default]
    Auto,
    /// Screenshots with numbered marks.
    Marks,
    /// The tree of elements.
    Tree,
}

impl TesterModeName {
    /// The mode; absent where it is left to the model.
    pub(crate) fn mode(self) -> Option<TesterMode> {
        match self {
            Self::Auto => None,
            Self::Marks => Some(TesterMode::Marks),
            Self::Tree => Some(TesterMode::Tree),
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct RecordArgs {
    /// Scripts (TOML): a page, and what is done on it
    #[arg(required_unless_present = "live", value_name = "SCRIPT")]
    pub(crate) scripts: Vec<PathBuf>,
    /// The task file; the tasks' folders lie beside it, under its name [default: tasks.jsonl]. With
    /// --live the script, which must not be there yet and lies in a folder around the page [default:
    /// script.toml beside the page's folder]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Play it on this page or site in place of the script's own
    #[arg(long, value_name = "PAGE", conflicts_with = "live")]
    pub(crate) site: Option<PathBuf>,
    /// Open a browser window on this page, a folder or an HTML file, and write a script of what a
    /// person does there, until the window is closed or Ctrl-C comes
    #[arg(long, value_name = "PAGE", conflicts_with = "scripts")]
    pub(crate) live: Option<PathBuf>,
    /// Form of the summary on stdout
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: ShortFormat,
}

#[derive(Debug, Args)]
pub(crate) struct TasksArgs {
    /// A JSONL file of tasks, or a folder with one
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Form of the statistics on stdout
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: ShortFormat,
}
