//! Degenerate repetition: an answer that says the same thing over and over.
//!
//! Two signs, both linear in the text: the end of the answer is one block repeated, or most runs of
//! lines of the whole answer were there before.

use std::collections::HashSet;

/// How much of the end is looked at for a repeated block, in bytes.
const TAIL_BYTES: usize = 64 << 10;
/// The shortest repeated tail that counts, in bytes.
const TAIL_MIN_BYTES: usize = 600;
/// How often the block must stand there.
const TAIL_TIMES: usize = 4;
/// The length of the runs of lines that are compared.
const RUN_LINES: usize = 4;
/// The fewest runs that are judged.
const MIN_RUNS: usize = 80;

/// What is repeated, in words, when the text degenerates.
pub(super) fn repetition(text: &str) -> Option<String> {
    if let Some((block, times)) = repeated_tail(text.trim_end().as_bytes()) {
        return Some(format!("the answer ends in a block of {block} bytes, {times} times"));
    }
    let (repeated, all) = repeated_runs(text);
    let percent = (repeated * 100).checked_div(all).unwrap_or_default();
    (all >= MIN_RUNS && percent >= 50)
        .then(|| format!("{percent} % of the runs of {RUN_LINES} lines were there before"))
}

/// The size of the block that the text ends in, and how often it stands there.
fn repeated_tail(bytes: &[u8]) -> Option<(usize, usize)> {
    let tail: Vec<u8> = bytes.iter().rev().take(TAIL_BYTES).copied().collect();
    // The failure function of the reversed tail: `fail[n]` is the longest border of its first n + 1
    // bytes, so that their shortest period is n + 1 minus it.
    let mut fail = vec![0_usize; tail.len()];
    let mut best: Option<(usize, usize)> = None;
    let mut border = 0;
    for (n, byte) in tail.iter().enumerate().skip(1) {
        while border > 0 && tail.get(border) != Some(byte) {
            border = fail.get(border - 1).copied().unwrap_or_default();
        }
        border += usize::from(tail.get(border) == Some(byte));
        if let Some(slot) = fail.get_mut(n) {
            *slot = border;
        }
        let (length, period) = (n + 1, n + 1 - border);
        if length >= TAIL_MIN_BYTES && length >= TAIL_TIMES * period {
            best = Some((period, length / period));
        }
    }
    best
}

/// How many runs of lines were there before, and how many there are.
fn repeated_runs(text: &str) -> (usize, usize) {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let runs = lines.windows(RUN_LINES);
    let all = runs.len();
    if all < MIN_RUNS {
        return (0, all);
    }
    let mut seen = HashSet::new();
    let repeated = runs.filter(|run| !seen.insert(*run)).count();
    (repeated, all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_repeated_to_the_end_is_found_even_when_it_is_cut() {
        let block = ".card:hover {\n  opacity: 0.7;\n}\n\n.card {\n  cursor: pointer;\n}\n\n";
        let text = format!("body {{\n  margin: 0;\n}}\n{}.card:hov", block.repeat(12));
        assert!(repetition(&text).unwrap().contains("12 times"), "{:?}", repetition(&text));
        assert_eq!(repetition(&block.repeat(3)), None);
    }

    #[test]
    fn one_character_without_end_is_found() {
        assert!(repetition(&"a".repeat(5_000)).is_some());
        assert!(repetition(&"0, ".repeat(5_000)).is_some());
    }

    #[test]
    fn repetition_inside_a_finished_file_is_found() {
        let block = ".a {\n color: red;\n}\n.b {\n color: blue;\n}\n";
        assert!(repetition(&format!("{}\nThe end.", block.repeat(40))).is_some());
    }

    #[test]
    fn ordinary_sources_are_not_repetition() {
        let rows: String =
            (0..200).map(|n| format!("  {{\n    id: {n},\n    on: true,\n  }},\n")).collect();
        assert_eq!(repetition(&rows), None);
        assert_eq!(repetition(""), None);
    }
}
