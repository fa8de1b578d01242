# `just` lists these. Each works without just too: the scripts are the truth, this is shorthand.

_default:
    @just --list --unsorted

# All that CI runs
ready:
    ./scripts/test

# One or more steps of it, such as `just step fmt clippy`
step +names:
    ./scripts/test {{names}}

# The bundled suite with the built-in baselines, to an HTML report
demo *arguments:
    ./scripts/demo {{arguments}}

# Format everything
fmt:
    cargo fmt --all

# The fast loop while writing: one crate's lints and tests, such as `just check score`
check crate:
    cargo clippy --all-targets --package pageloom-{{crate}} -- -D warnings
    cargo test --package pageloom-{{crate}}

# Licences, bans and sources of every dependency, with cargo-deny
deny:
    cargo deny check licenses bans sources

# What the packages may depend on
layers:
    cargo xtask check-layers

# The speed table (needs an otherwise idle machine and about half an hour)
speed *arguments:
    python3 evals/speed/run.py {{arguments}}

# API documentation
docs:
    cargo doc --workspace --no-deps --open
