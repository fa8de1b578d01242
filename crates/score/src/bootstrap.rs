//! Means with confidence intervals: percentile bootstrap with a fixed seed, so that equal values
//! give equal intervals on every machine. Knows numbers only, no metric.

use pageloom_schema::MetricSummary;

/// How many times the values are drawn again.
const RESAMPLES: usize = 2_000;
/// The seed of every interval.
const SEED: u64 = 0x5061_6765_6c6f_6f6d;

/// The difference of two systems over the same samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairedDifference {
    /// Mean of `b - a`; absent without samples.
    pub mean: Option<f64>,
    /// Percentile bootstrap interval of that mean (2,000 resamples of pairs), 95 %.
    pub ci95: Option<[f64; 2]>,
    /// Samples where `b` is higher.
    pub wins: u32,
    /// Samples where `b` is lower.
    pub losses: u32,
    /// Samples where both are equal.
    pub ties: u32,
}

/// Mean of `values` with its 95 % percentile bootstrap interval. Values that are not finite are
/// left out and not counted.
#[must_use]
pub fn mean_ci(values: &[f64]) -> MetricSummary {
    let values: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    let n = u32::try_from(values.len()).unwrap_or(u32::MAX);
    MetricSummary { mean: mean(&values), ci95: interval(&values), n }
}

/// How `b` differs from `a`, sample by sample; `a[i]` and `b[i]` belong to the same sample, and a
/// longer list's tail is left out, as are pairs with a value that is not finite.
#[must_use]
pub fn paired_difference(a: &[f64], b: &[f64]) -> PairedDifference {
    let differences: Vec<f64> =
        a.iter().zip(b).map(|(a, b)| b - a).filter(|d| d.is_finite()).collect();
    let count = |test: fn(&f64) -> bool| {
        u32::try_from(differences.iter().filter(|d| test(d)).count()).unwrap_or(u32::MAX)
    };
    PairedDifference {
        mean: mean(&differences),
        ci95: interval(&differences),
        wins: count(|d| *d > 0.0),
        losses: count(|d| *d < 0.0),
        ties: count(|d| *d == 0.0),
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| tidy(values.iter().sum::<f64>() / values.len() as f64))
}

fn interval(values: &[f64]) -> Option<[f64; 2]> {
    if values.is_empty() {
        return None;
    }
    let mut random = SplitMix(SEED);
    let n = values.len();
    let mut means: Vec<f64> = (0..RESAMPLES)
        .map(|_| (0..n).map(|_| values[random.below(n)]).sum::<f64>() / n as f64)
        .collect();
    means.sort_by(f64::total_cmp);
    let at = |share: f64| means[(share * (RESAMPLES - 1) as f64).round() as usize];
    Some([tidy(at(0.025)), tidy(at(0.975))])
}

/// Rounds away the last digits, where the order of additions shows.
fn tidy(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

/// SplitMix64 (Steele, Lea, Flood 2014): tiny, and good enough to draw indices with.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// An index under `n`, by multiplication, without the bias of a remainder that would matter.
    fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::{mean_ci, paired_difference};

    #[test]
    fn interval_surrounds_the_mean_and_repeats() {
        let values: Vec<f64> = (0..40).map(|i| f64::from(i % 10)).collect();
        let summary = mean_ci(&values);
        let [low, high] = summary.ci95.unwrap();
        assert_eq!(summary.mean, Some(4.5));
        assert!(low < 4.5 && 4.5 < high && high - low < 2.5, "{low}..{high}");
        assert_eq!(summary, mean_ci(&values));
    }

    #[test]
    fn no_values_have_no_mean() {
        let summary = mean_ci(&[]);
        assert_eq!((summary.mean, summary.ci95, summary.n), (None, None, 0));
    }

    #[test]
    fn equal_values_have_an_interval_without_width() {
        assert_eq!(mean_ci(&[0.1; 7]).ci95, Some([0.1, 0.1]));
    }

    #[test]
    fn wins_count_where_the_second_is_higher() {
        let difference = paired_difference(&[1.0, 2.0, 3.0, 4.0], &[2.0, 2.0, 4.0, 3.0]);
        assert_eq!((difference.wins, difference.losses, difference.ties), (2, 1, 1));
        assert_eq!(difference.mean, Some(0.25));
    }
}
