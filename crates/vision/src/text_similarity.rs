//! How alike two texts are. Owns [`text_similarity`]. Must not know where the texts come from.

use rapidfuzz::distance::levenshtein;

/// How many characters of each text are compared; what follows is left out. A page rarely has a
/// tenth of it. Two unlike texts of this length take less than half a second and a few megabytes: the
/// time grows with the product of the lengths, the memory with their sum.
pub const MAX_COMPARED_CHARACTERS: usize = 50_000;

/// 1 − Levenshtein distance / length of the longer text, in characters, lower-cased: 0..=1. Two
/// empty texts are alike (1), an empty one and another are not (0). Of each text the first
/// [`MAX_COMPARED_CHARACTERS`] count.
///
/// The formula is that of the public evaluation code of IWR-Bench (arXiv 2509.24709).
///
/// ```
/// use pageloom_vision::text_similarity;
/// assert_eq!(text_similarity("Save", "SAVE"), 1.0);
/// assert_eq!(text_similarity("abcd", "abxd"), 0.75);
/// ```
#[must_use]
pub fn text_similarity(a: &str, b: &str) -> f64 {
    // One character may become several in lower case, so both are cut afterwards.
    let cut = |text: &str| -> Vec<char> {
        text.chars().flat_map(char::to_lowercase).take(MAX_COMPARED_CHARACTERS).collect()
    };
    let (a, b) = (cut(a), cut(b));
    let longer = a.len().max(b.len());
    if longer == 0 {
        return 1.0;
    }
    let distance = levenshtein::distance(a.iter().copied(), b.iter().copied());
    1.0 - distance as f64 / longer as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    fn assert_similarity(a: &str, b: &str, wanted: f64) {
        let found = text_similarity(a, b);
        assert!((found - wanted).abs() < 1e-12, "{a:?} {b:?}: {found}, wanted {wanted}");
        assert!((text_similarity(b, a) - wanted).abs() < 1e-12);
    }

    #[test]
    fn empty_texts_are_alike_and_one_empty_text_is_not() {
        assert_similarity("", "", 1.0);
        assert_similarity("", "word", 0.0);
    }

    #[test]
    fn case_does_not_count_and_lengths_are_in_characters() {
        assert_similarity("Größe ÄÖ", "GRÖßE äö", 1.0);
        assert_similarity("日本語", "日本人", 2.0 / 3.0);
        assert_similarity("kitten", "sitting", 1.0 - 3.0 / 7.0);
        assert_similarity("abc", "xyz", 0.0);
    }

    #[test]
    fn a_huge_text_is_cut_and_compared_in_bounded_time() {
        let text = |seed: u64, count: u64| -> String {
            let letter = |n: u64| char::from(b'a' + ((n * n * seed + n / 7) % 26) as u8);
            (0..count).map(letter).collect()
        };
        let started = Instant::now();
        let similarity = text_similarity(&text(3, 300_000), &text(7, 300_000));
        assert!((0.0..1.0).contains(&similarity), "{similarity}");
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
        let (a, b) = (text(3, 60_000), text(3, 50_000));
        assert_similarity(&a, &b, 1.0);
    }
}
