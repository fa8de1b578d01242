//! Every check of any answer ends without a panic. Run with
//! `cargo +nightly fuzz run check fuzz/corpus/check fuzz/seeds`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pageloom_build::{ExtractLimits, KnownPackages, comply, declared_routes, extract};

fuzz_target!(|text: &str| {
    let found = extract(text, &ExtractLimits::default());
    let report = comply(&found, text, &KnownPackages::bundled());
    assert!(!report.checks.is_empty());
    assert!(!declared_routes(&found.project).is_empty());
});
