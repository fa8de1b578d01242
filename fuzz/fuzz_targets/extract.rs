//! Any text is read without a panic, within the limits, and what was read can be written and read
//! again. Run with `cargo +nightly fuzz run extract fuzz/corpus/extract fuzz/seeds`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pageloom_build::{ExtractLimits, extract, format_answer};

fuzz_target!(|text: &str| {
    let limits = ExtractLimits::default();
    let found = extract(text, &limits);
    assert!(found.project.files().len() <= limits.files);
    for (path, bytes) in found.project.files() {
        assert!(path.as_str().len() <= limits.path_bytes);
        assert!(path.as_str().split('/').all(|part| !matches!(part, "" | "." | "..")));
        assert!(bytes.len() <= limits.file_bytes + 1);
    }
    // A single page is kept as it is, also without a line break at its end.
    if found.actions.is_empty() {
        return;
    }
    if let Some(written) = format_answer(&found.project, &found.commands, "id", "title") {
        let again = extract(&written, &limits);
        assert_eq!((again.project, again.commands), (found.project, found.commands));
    }
});
