//! The command line as clap sees it. Help texts are the manual of each command.

mod interactive;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use interactive::{InteractArgs, RecordArgs, TasksArgs};

/// Renders, scores and reports webpages that models wrote. Works with no key, no GPU and no network.
#[derive(Debug, Parser)]
#[command(name = "pageloom", version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// Settings of every command; each may also stand in the environment or in `pageloom.toml`.
#[derive(Debug, Default, Args)]
pub(crate) struct Global {
    /// Pages at a time [default: one a core] [env: PAGELOOM_WORKERS]
    #[arg(long, global = true, value_name = "N")]
    pub(crate) workers: Option<usize>,
    /// The Chromium to use [default: found by itself] [env: PAGELOOM_BROWSER]
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) browser: Option<PathBuf>,
    /// Wall-clock limit of one render in seconds [default: 15] [env: PAGELOOM_DEADLINE]
    #[arg(long, global = true, value_name = "SECONDS")]
    pub(crate) deadline: Option<f64>,
    /// Tallest full-page picture in CSS pixels [default: 16384] [env: PAGELOOM_MAX_HEIGHT]
    #[arg(long, global = true, value_name = "PX")]
    pub(crate) max_height: Option<u32>,
    /// Folder of installed packages [default: in the user's cache] [env: PAGELOOM_STORE]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) store: Option<PathBuf>,
    /// Print every setting with its value and source, and stop
    #[arg(long, global = true)]
    pub(crate) print_config: bool,
    /// No progress and no notes on stderr
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Say what is installed, what each missing part disables, and how to install it
    Doctor(DoctorArgs),
    /// Evaluate the built-in baselines on the bundled suite and write a report
    Demo(DemoArgs),
    /// Render pages to PNG, with DOM, boxes, accessibility tree, console and requests on request
    Render(RenderArgs),
    /// Hold one page against another: every metric of the pair
    Score(ScoreArgs),
    /// Judge an existing run again with another judge, without rendering anything
    Judge(JudgeArgs),
    /// Print the price table, to start one of your own from
    Prices,
    /// Play an endpoint on loopback that speaks the OpenAI protocol, and fails where it is told to
    StandIn(StandInArgs),
    /// Make a page or a website from a screenshot, a page or words, and keep it on disk
    Generate(GenerateArgs),
    /// Run a suite against a model and write a run; the same command resumes an interrupted one
    Eval(Box<EvalArgs>),
    /// Play a script on a page and write a task of it: video, checkpoints, assets, trajectory
    Record(RecordArgs),
    /// Check a file of interactive tasks or of instructions for websites, and say what is in it
    Tasks(TasksArgs),
    /// Reward completions: from what a model wrote to one number, with its reasons
    Reward(RewardArgs),
    /// Build website projects and say what came of each
    Build(BuildArgs),
    /// Print a scaffold and the prompt that goes with it
    Scaffold(ScaffoldArgs),
    /// List, install or remove the dependency sets that builds use
    Deps(DepsArgs),
    /// Report one or more runs
    Report(ReportArgs),
    /// Compare two runs sample by sample, with 95 % intervals
    Compare(CompareArgs),
    /// Work for another process of ours: builds what it is sent
    #[command(hide = true)]
    BuildWorker {
        /// How it works
        args: Vec<std::ffi::OsString>,
    },
    /// Print a shell's completion script
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Where the runs and the report go
    #[arg(long, value_name = "DIR", default_value = "runs/demo")]
    pub(crate) out: PathBuf,
    /// Also ask an endpoint for pages and have it judge them: `fake` plays one, without a network
    #[arg(long, value_name = "MODEL")]
    pub(crate) endpoint: Option<String>,
}

/// How models and judges are asked.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Models")]
pub(crate) struct AskArgs {
    /// Temperature of answers [default: 0]; `default` is the provider's own
    #[arg(long, value_name = "T")]
    pub(crate) temperature: Option<String>,
    /// Seed, for providers that take one [default: 0]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// The most tokens of one answer of the model [default: 8192]
    #[arg(long, value_name = "N")]
    pub(crate) answer_tokens: Option<u32>,
    /// The most tokens of one answer of the judge [default: what its question asks for]
    #[arg(long, value_name = "N")]
    pub(crate) judge_tokens: Option<u32>,
    /// Stop cleanly before the run costs more than this, in US dollars
    #[arg(long, value_name = "USD")]
    pub(crate) max_cost: Option<f64>,
    /// Stop cleanly before the run takes more tokens than this, questions and answers together
    #[arg(long, value_name = "N")]
    pub(crate) max_tokens: Option<u64>,
    /// Questions at a time, each endpoint [default: 8] [env: PAGELOOM_CONCURRENCY]
    #[arg(long, value_name = "N")]
    pub(crate) concurrency: Option<usize>,
    /// Requests a second, each endpoint [default: no limit] [env: PAGELOOM_RATE]
    #[arg(long, value_name = "N")]
    pub(crate) rate: Option<f64>,
    /// Seconds that one attempt may take [default: 300] [env: PAGELOOM_TIMEOUT]
    #[arg(long, value_name = "SECONDS")]
    pub(crate) timeout: Option<f64>,
    /// Attempts until a question counts as unanswered [default: 6] [env: PAGELOOM_ATTEMPTS]
    #[arg(long, value_name = "N")]
    pub(crate) attempts: Option<u32>,
    /// File with keys, a line each: OPENAI_API_KEY=… [env: PAGELOOM_KEY_FILE]
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// Price table beside the built-in one; `pageloom prices` prints that [env: PAGELOOM_PRICES]
    #[arg(long, value_name = "FILE")]
    pub(crate) prices: Option<PathBuf>,
    /// Folder of answers that all runs share [default: in the user's cache, and not for servers of
    /// your own, whose names do not tell one checkpoint from the next] [env: PAGELOOM_ANSWERS]
    #[arg(long, value_name = "DIR")]
    pub(crate) answers: Option<PathBuf>,
    /// Take no answer from other runs, and give them none
    #[arg(long, conflicts_with = "answers")]
    pub(crate) fresh: bool,
    /// Take every answer from this run, and ask nobody
    #[arg(long, value_name = "RUN")]
    pub(crate) replay: Option<PathBuf>,
    /// What the models called fake:NAME answer and where they fail: a script as `stand-in` takes it
    #[arg(long, value_name = "FILE")]
    pub(crate) fake_script: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct JudgeArgs {
    /// The run to be judged again
    #[arg(value_name = "RUN")]
    pub(crate) run: PathBuf,
    /// local, PROVIDER:NAME, or the URL of an endpoint
    #[arg(long, value_name = "JUDGE")]
    pub(crate) judge: String,
    /// The new run's folder [default: RUN-JUDGE]
    #[arg(long, value_name = "RUN")]
    pub(crate) out: Option<PathBuf>,
    /// The protocol [default: the run's own]
    #[arg(long, value_name = "NAME")]
    pub(crate) protocol: Option<String>,
    /// Answers a judge gives about each pair, at temperature 1 unless you name another; averaged
    #[arg(long, value_name = "K", default_value_t = 1,
          value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(crate) judge_repeat: u32,
    #[command(flatten)]
    pub(crate) ask: AskArgs,
    /// Form of the summary on stdout
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: ShortFormat,
}

#[derive(Debug, Args)]
pub(crate) struct StandInArgs {
    /// The port on loopback; 0 takes any
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub(crate) port: u16,
    /// TOML file with models, seed, latency_ms, refuses, and tables named fault and reply
    #[arg(long, value_name = "FILE")]
    pub(crate) script: Option<PathBuf>,
}

/// What `render` writes beside the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum With {
    /// The DOM with computed styles
    Dom,
    /// Boxes of elements and text lines
    Boxes,
    /// The accessibility tree
    A11y,
    /// Console messages and uncaught exceptions
    Console,
    /// Refused and failed requests
    Requests,
}

#[derive(Debug, Args)]
pub(crate) struct RenderArgs {
    /// HTML files, or folders with an index.html
    #[arg(required = true, value_name = "PAGE")]
    pub(crate) pages: Vec<PathBuf>,
    /// Where the files go
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Window size
    #[arg(long, value_name = "WxH")]
    pub(crate) viewport: Option<String>,
    /// Picture of the whole page rather than of the window
    #[arg(long)]
    pub(crate) full_page: bool,
    /// What else to write, comma-separated
    #[arg(long, value_enum, value_delimiter = ',', value_name = "WHAT")]
    pub(crate) with: Vec<With>,
    /// Form of the table on stdout
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: ShortFormat,
}

#[derive(Debug, Args)]
pub(crate) struct ScoreArgs {
    /// The page to be reproduced: HTML file, folder, or PNG picture
    pub(crate) reference: PathBuf,
    /// The page that reproduces it: HTML file or folder
    pub(crate) candidate: PathBuf,
    /// Window size
    #[arg(long, value_name = "WxH")]
    pub(crate) viewport: Option<String>,
    /// Form of the output
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: ShortFormat,
}

#[derive(Debug, Args)]
pub(crate) struct GenerateArgs {
    /// A picture or a page (HTML file or folder) to be reproduced; or what is wanted in words, in a
    /// .md or .txt file, or on standard input (`-`): a website, or with --single-page one page
    pub(crate) task: String,
    /// PROVIDER:NAME such as openai:gpt-4o, or the URL of an endpoint, its model after a #;
    /// fake:pages plays one without a network
    #[arg(long, value_name = "MODEL")]
    pub(crate) model: String,
    /// The folder of the result [default: generated/NAME]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Window size [default: a picture's own width, else 1280x720]
    #[arg(long, value_name = "WxH")]
    pub(crate) viewport: Option<String>,
    /// From words: one HTML page in place of a website
    #[arg(long)]
    pub(crate) single_page: bool,
    /// Change the page TASK like this in place of reproducing it
    #[arg(long, value_name = "INSTRUCTION", conflicts_with_all = ["single_page", "refine"])]
    pub(crate) edit: Option<String>,
    /// Ask again up to N times with what differs from the target, and keep the best page
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) refine: u32,
    /// Open the result in the desktop's browser
    #[arg(long)]
    pub(crate) open: bool,
    #[command(flatten)]
    pub(crate) site: SiteArgs,
    #[command(flatten)]
    pub(crate) ask: AskArgs,
    /// Form of the result on stdout
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: ShortFormat,
}

#[derive(Debug, Args)]
pub(crate) struct EvalArgs {
    /// A bundled suite's name, a suite folder, or a folder in a layout others use
    pub(crate) suite: String,
    /// baseline:oracle|layout|text|screenshot|blank, replay:DIR (saved answers), PROVIDER:NAME such
    /// as openai:gpt-4o, or the URL of an endpoint, its model after a #; for suites of questions
    /// also baseline:dom|yes|no, replay:DIR (ID.txt) or replay:FILE.jsonl ({q_id, pred})
    #[arg(long, value_name = "MODEL")]
    pub(crate) model: String,
    /// The run folder [default: runs/SUITE/MODEL]
    #[arg(long, value_name = "RUN")]
    pub(crate) out: Option<PathBuf>,
    /// Who judges: local, PROVIDER:NAME, or the URL of an endpoint
    #[arg(long, value_name = "JUDGE", default_value = "local")]
    pub(crate) judge: String,
    /// The protocol [default: the suite's own]; its compat form reads answers as was published
    #[arg(long, value_name = "NAME")]
    pub(crate) protocol: Option<String>,
    /// Answers a judge gives about each pair, at temperature 1 unless you name another; averaged
    #[arg(long, value_name = "K", default_value_t = 1,
          value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(crate) judge_repeat: u32,
    #[command(flatten)]
    pub(crate) ask: AskArgs,
    /// How the suite is laid out, when it is not recognised
    #[arg(long, value_enum)]
    pub(crate) layout: Option<LayoutName>,
    /// A window for all tasks instead of their own
    #[arg(long, value_name = "WxH")]
    pub(crate) viewport: Option<String>,
    #[command(flatten)]
    pub(crate) interact: InteractArgs,
    #[command(flatten)]
    pub(crate) site: SiteArgs,
    /// Form of the summary on stdout
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: ShortFormat,
}

/// Layouts of suites.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum LayoutName {
    /// suite.toml
    Pageloom,
    /// ID.html and ID.png
    #[value(name = "design2code")]
    Design2Code,
    /// HTML files, or folders with an index.html
    Html,
    /// JSONL and images
    #[value(name = "web2code")]
    Web2Code,
    /// JSONL of yes/no questions and images
    Wub,
    /// Folders with dataset.csv and processed_data
    #[value(name = "websrc")]
    WebSrc,
    /// NAME.jsonl of recordings, and NAME/ID/ beside it
    #[value(name = "iwr-bench")]
    IwrBench,
    /// JSONL of instructions for websites with their tests
    #[value(name = "webgen-bench")]
    WebGenBench,
}

/// Which builder makes a site.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum BuilderName {
    /// The fast one, and Vite itself for what the fast one cannot build
    #[default]
    Auto,
    /// The fast one alone
    Fast,
    /// The project's own Vite, in the sandbox
    Exact,
}

/// What keeps the words of a page from raising its grade.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum GuardName {
    /// A second question without the words; the lower grade counts
    #[default]
    Blind,
    /// Known wordings are painted over
    Redaction,
}

/// How projects are built.
#[derive(Debug, Args)]
pub(crate) struct SiteArgs {
    /// Who builds
    #[arg(long, value_enum, value_name = "BUILDER", default_value = "auto")]
    pub(crate) builder: BuilderName,
    /// Install no packages: only what is in the store can be built
    #[arg(long)]
    pub(crate) offline: bool,
    /// Let npm, and a project's own Vite, run without a sandbox where this machine offers none
    #[arg(long)]
    pub(crate) unconfined: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RewardArgs {
    /// JSON lines of {id, completion, instruction?}; `-` is standard input
    #[arg(value_name = "FILE.jsonl", required_unless_present = "print_rubric")]
    pub(crate) file: Option<PathBuf>,
    /// pageloom/v1, webgen-r1/paper, webgen-r1/code, or a TOML file with weights
    #[arg(long, value_name = "RUBRIC", default_value = "pageloom/v1")]
    pub(crate) rubric: String,
    /// A scaffold whose files an answer may leave out
    #[arg(long, value_name = "NAME")]
    pub(crate) scaffold: Option<String>,
    /// With --scaffold: an answer must bring every file of it all the same
    #[arg(long, requires = "scaffold")]
    pub(crate) strict: bool,
    #[command(flatten)]
    pub(crate) site: SiteArgs,
    /// Write the entry's picture of each completion to DIR/ID.png
    #[arg(long, value_name = "DIR")]
    pub(crate) pictures: Option<PathBuf>,
    /// Who grades the look of each site: local, PROVIDER:NAME, or the URL of an endpoint
    #[arg(long, value_name = "JUDGE", default_value = "local")]
    pub(crate) judge: String,
    /// What keeps the words of a page from raising its grade: blind asks a second time without
    /// them and takes the lower grade, redaction only paints over known wordings
    #[arg(long, value_enum, value_name = "GUARD", default_value = "blind")]
    pub(crate) judge_guard: GuardName,
    /// Grades a judge gives each site, at temperature 1 unless you name another; averaged
    #[arg(long, value_name = "K", default_value_t = 1,
          value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(crate) judge_repeat: u32,
    /// Keep rows, pictures and what a judge was asked as a run, which can be gone on with and
    /// reported [default with a judge: runs/rewards/FILE]
    #[arg(long, value_name = "RUN")]
    pub(crate) run: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) ask: AskArgs,
    /// Leave wall-clock times out, so that equal input gives equal bytes
    #[arg(long)]
    pub(crate) no_timings: bool,
    /// Print the weights of pageloom/v1 to start a rubric from, and stop
    #[arg(long)]
    pub(crate) print_rubric: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BuildArgs {
    /// Folders with a package.json and an index.html
    #[arg(required = true, value_name = "PROJECT")]
    pub(crate) projects: Vec<PathBuf>,
    /// Where the built sites go, each in a folder of its own
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) site: SiteArgs,
    /// Open every route and write its pictures beside the site
    #[arg(long, requires = "out")]
    pub(crate) pictures: bool,
    /// Form of the output
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: ShortFormat,
}

#[derive(Debug, Args)]
pub(crate) struct ScaffoldArgs {
    /// The scaffold
    #[arg(default_value = "vite-react-ts")]
    pub(crate) name: String,
    /// Write its files there instead of printing them
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Print the system prompt alone
    #[arg(long, conflicts_with = "out")]
    pub(crate) prompt: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DepsArgs {
    #[command(subcommand)]
    pub(crate) action: DepsAction,
}

/// What is done with the dependency store.
#[derive(Debug, Subcommand)]
pub(crate) enum DepsAction {
    /// List the installed sets
    List {
        /// Form of the output
        #[arg(long, value_enum, default_value = "table")]
        format: ShortFormat,
    },
    /// Install and bundle the bundled sets; afterwards builds with them need no network
    Warm {
        /// Let npm run without a sandbox where this machine offers none
        #[arg(long)]
        unconfined: bool,
    },
    /// Remove installed sets
    Prune {
        /// Remove the bundled sets too
        #[arg(long)]
        all: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// Run folders
    #[arg(required = true, value_name = "RUN")]
    pub(crate) runs: Vec<PathBuf>,
    /// Form of the report
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: ReportFormat,
    /// Where an HTML report goes [default: report]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// A run folder
    pub(crate) a: PathBuf,
    /// Another run folder over the same tasks
    pub(crate) b: PathBuf,
    /// Form of the output
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: ShortFormat,
}

/// Forms every command has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ShortFormat {
    /// For people
    Table,
    /// For programs
    Json,
}

/// Forms of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people
    Table,
    /// One document
    Json,
    /// One row a sample
    Csv,
    /// For CI systems
    Junit,
    /// A folder that opens in a browser
    Html,
}
