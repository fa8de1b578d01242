//! The `pageloom` command line: translates arguments into calls and results into text and exit
//! codes. Decides nothing.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line prints")]

mod args;
mod commands;
mod exit;
mod opener;
mod settings;

use clap::{CommandFactory as _, Parser as _};

use args::{AskArgs, Cli, Command};
use exit::Exit;
use settings::Settings;

fn main() -> std::process::ExitCode {
    let cli = Cli::parse();
    let code = match run(cli) {
        Ok(code) => code,
        Err(error) => {
            let code = Exit::of(&error);
            if code != Exit::Done {
                // Our messages hold their cause already.
                eprintln!("error: {error}");
            }
            code
        }
    };
    std::process::ExitCode::from(code as u8)
}

fn run(cli: Cli) -> anyhow::Result<Exit> {
    let viewport = match &cli.command {
        Some(Command::Render(args)) => args.viewport.as_deref(),
        Some(Command::Score(args)) => args.viewport.as_deref(),
        Some(Command::Eval(args)) => args.viewport.as_deref(),
        Some(Command::Generate(args)) => args.viewport.as_deref(),
        _ => None,
    };
    let dino = match &cli.command {
        Some(Command::Eval(args)) => args.interact.dino.as_deref(),
        _ => None,
    };
    let ask = match &cli.command {
        Some(Command::Eval(args)) => args.ask.clone(),
        Some(Command::Generate(args)) => args.ask.clone(),
        Some(Command::Judge(args)) => args.ask.clone(),
        Some(Command::Reward(args)) => args.ask.clone(),
        _ => AskArgs::default(),
    };
    let settings = Settings::resolve(&cli.global, viewport, dino, ask)?;
    if cli.global.print_config {
        print!("{}", settings.print());
        return Ok(Exit::Done);
    }
    let Some(command) = cli.command else {
        Cli::command().print_help()?;
        return Ok(Exit::Usage);
    };
    if let Command::Completions { shell } = command {
        clap_complete::generate(shell, &mut Cli::command(), "pageloom", &mut std::io::stdout());
        return Ok(Exit::Done);
    }
    if let Command::BuildWorker { args } = command {
        pageloom_run::serve_build_worker(args, std::io::stdin().lock(), std::io::stdout().lock())?;
        return Ok(Exit::Done);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(async {
        match command {
            Command::Doctor(args) => commands::doctor::run(&args, &settings).await,
            Command::Demo(args) => commands::demo::run(&args, &settings).await,
            Command::Render(args) => commands::render::run(&args, &settings).await,
            Command::Score(args) => commands::score::run(&args, &settings).await,
            Command::Generate(args) => commands::generate::run(&args, &settings).await,
            Command::Eval(args) => commands::eval::run(&args, &settings).await,
            Command::Record(args) => commands::record::run(&args, &settings).await,
            Command::Tasks(args) => commands::tasks::run(&args),
            Command::Judge(args) => commands::judge::run(&args, &settings).await,
            Command::Prices => commands::models::prices(),
            Command::StandIn(args) => commands::models::stand_in(&args, &settings).await,
            Command::Report(args) => commands::report::run(&args),
            Command::Compare(args) => commands::report::compare(&args),
            Command::Reward(args) => commands::reward::run(&args, &settings).await,
            Command::Build(args) => commands::build::run(&args, &settings).await,
            Command::Scaffold(args) => commands::scaffold::run(&args),
            Command::Deps(args) => commands::deps::run(&args, &settings).await,
            Command::Completions { .. } | Command::BuildWorker { .. } => Ok(Exit::Done),
        }
    });
    // A render that was cut off must not keep the process.
    runtime.shutdown_background();
    outcome
}
