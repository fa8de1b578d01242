//! Chores of the repository, started as `cargo xtask NAME`. One module a chore; this file only
//! picks one. Nothing here is part of the product.

mod build_agreement;
mod grounding;
mod judge_quality;
mod layers;
mod licences;
mod metadata;
mod metric_agreement;
mod rollouts;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask CHORE

chores:
  check-layers     what each package may depend on, as ARCHITECTURE.md has it
  check-licences   every dependency's licence against the list of deny.toml
  metric-agreement [check]
                   harms every bundled page in ten ways at four strengths, scores it, and writes
                   evals/metric-agreement/table.tsv; with `check` it compares instead of writing
  metric-agreement show PAGE DEGRADATION STRENGTH
                   every score of one case, and its two pictures
  judge-quality --judge JUDGE [--repeat K] [--pages N] [--kinds KIND,…] [--max-cost DOLLARS] …
                   holds a judge to pairs whose truth is known, and writes evals/judge/JUDGE.md and
                   .tsv; evals/judge/README.md lists every argument
  build-agreement [--rollouts FILE] [PROJECT …]
                   builds the projects of fixtures/projects with both builders, compares verdicts and
                   pictures, and writes evals/build-agreement/table.tsv; needs PAGELOOM_STORE
  grounding        finds what the descriptions of evals/grounding mean on their pages, without a model,
                   and writes evals/grounding/table.tsv and the states it was found in
  grounding show-one NUMBER
                   one row of the table in full, from the stored state
  rollouts [CASE …]
                   rewards the answers of fixtures/rollouts, honest and hostile, holds each against
                   its case, and writes evals/harm/table.tsv; needs a warm store at PAGELOOM_STORE";

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line program")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["check-layers"] => layers::check_workspace(),
        ["check-licences"] => licences::check_workspace(),
        ["metric-agreement", rest @ ..] => metric_agreement::run(rest),
        ["judge-quality", rest @ ..] => judge_quality::run(rest),
        ["grounding", rest @ ..] => grounding::run(rest),
        ["build-agreement", rest @ ..] => build_agreement::run(rest),
        ["rollouts", rest @ ..] => rollouts::run(rest),
        [rollouts::WORKER, rest @ ..] => {
            let arguments = rest.iter().map(std::ffi::OsString::from);
            pageloom_run::serve_build_worker(arguments, std::io::stdin(), std::io::stdout())
                .map(|()| String::new())
                .map_err(Into::into)
        }
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
