//! Means with confidence intervals: percentile bootstrap with a fixed seed, so that equal values
//! give equal intervals on every machine. Knows numbers only, no metric.

use crate::MetricSummary;

/// How many times the values are drawn again.
const RESAMPLES: usize = 2_000;
/// The seed of every interval.
const SEED: u64 = 0x5061_6765_6c6f_6f6d;

/// Mean of `values` with its 95 % percentile bootstrap interval. Values that are not finite are
/// left out and not counted.
#[must_use]
pub fn mean_ci(values: &[f64]) -> MetricSummary {
    let values: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    let n = u32::try_from(values.len()).unwrap_or(u32::MAX);
    MetricSummary { mean: mean(&values), ci95: mean_interval(&values), n }
}

/// Arithmetic mean; absent for no values.
#[must_use]
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| tidy(values.iter().sum::<f64>() / values.len() as f64))
}

/// The 2.5th and 97.5th percentile of the means of 2,000 resamples of `values`; absent for none.
#[must_use]
pub fn mean_interval(values: &[f64]) -> Option<[f64; 2]> {
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
    use super::{mean_ci, mean_interval};

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
    fn interval_of_a_fair_coin_is_near_two_standard_errors() {
        let values: Vec<f64> = (0..400).map(|i| f64::from(i % 2)).collect();
        let [low, high] = mean_interval(&values).unwrap();
        assert!((low - 0.451).abs() < 0.01 && (high - 0.549).abs() < 0.01, "{low} {high}");
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
}
