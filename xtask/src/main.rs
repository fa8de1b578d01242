//! Chores of the repository, started as `cargo xtask NAME`. One module a chore; this file only
//! picks one. Nothing here is part of the product.

mod layers;
mod licences;
mod metadata;
mod metric_agreement;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask CHORE

chores:
  check-layers     what each package may depend on, as ARCHITECTURE.md has it
  check-licences   every dependency's licence against the list of deny.toml
  metric-agreement [check]
                   harms every bundled page in ten ways at four strengths, scores it, and writes
                   evals/metric-agreement/table.tsv; with `check` it compares instead of writing
  metric-agreement show PAGE DEGRADATION STRENGTH
                   every score of one case, and its two pictures";

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line program")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["check-layers"] => layers::check_workspace(),
        ["check-licences"] => licences::check_workspace(),
        ["metric-agreement", rest @ ..] => metric_agreement::run(rest),
        [] | ["help" | "--help" | "-h"] => Ok(USAGE.to_owned()),
        [other, ..] => Err(anyhow::anyhow!("unknown chore `{other}`\n{USAGE}")),
    };
    match outcome {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
