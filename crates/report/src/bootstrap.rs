//! Percentile bootstrap of a mean, and the small generator behind it. Same values in the same
//! order give the same interval on every machine.

/// How often a sample is drawn again.
pub(crate) const RESAMPLES: usize = 2_000;
const SEED: u64 = 0x5eed_0f9a_6e10_04c7;

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014): a
/// counter stepped by the golden ratio, mixed by two multiply-xorshift rounds. Enough for
/// resampling, not for secrets.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number in `0..bound`, by the high half of a wide product; the bias is below 2⁻⁴⁰ for any
    /// number of samples a run can have.
    fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }
}

/// Arithmetic mean; absent for no values or when the sum leaves the range of numbers.
pub(crate) fn mean(values: &[f64]) -> Option<f64> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    mean.is_finite().then_some(mean)
}

/// The 2.5th and 97.5th percentile of the means of [`RESAMPLES`] resamples of `values`; absent
/// for fewer than two values.
pub(crate) fn mean_interval(values: &[f64]) -> Option<[f64; 2]> {
    if values.len() < 2 {
        return None;
    }
    let mut generator = SplitMix64(SEED);
    let mut means: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let sum: f64 = (0..values.len()).map(|_| values[generator.below(values.len())]).sum();
            sum / values.len() as f64
        })
        .collect();
    means.sort_by(f64::total_cmp);
    let cut = RESAMPLES / 40;
    let interval = [means[cut], means[RESAMPLES - 1 - cut]];
    interval.iter().all(|edge| edge.is_finite()).then_some(interval)
}

#[cfg(test)]
mod tests {
    use super::{mean, mean_interval};

    #[test]
    fn interval_of_equal_values_is_a_point() {
        assert_eq!(mean_interval(&[0.5; 20]), Some([0.5, 0.5]));
    }

    #[test]
    fn interval_of_a_fair_coin_is_near_two_standard_errors() {
        let values: Vec<f64> = (0..400).map(|i| f64::from(i % 2)).collect();
        let [low, high] = mean_interval(&values).expect("an interval");
        assert!((low - 0.451).abs() < 0.01 && (high - 0.549).abs() < 0.01, "{low} {high}");
        assert_eq!(mean_interval(&values), Some([low, high]));
    }

    #[test]
    fn nothing_has_no_mean_and_one_value_no_interval() {
        assert_eq!(mean(&[]), None);
        assert_eq!(mean(&[f64::MAX, f64::MAX]), None);
        assert_eq!(mean_interval(&[1.0]), None);
    }
}
