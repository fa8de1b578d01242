//! Rank correlation: do two sets of numbers put the same things in the same order? For holding one
//! judge against another, or a metric against people. Knows numbers only.
//!
//! Values come in pairs, so that none can slip out of step; a pair with a value that is not finite
//! is left out. Under three pairs, or where one side does not vary, there is no order to agree on
//! and no coefficient.

/// The fewest pairs that have a correlation.
const FEWEST: usize = 3;

/// Spearman's rank correlation, in `-1.0..=1.0`: Pearson's correlation of the ranks, where equal
/// values share the mean of their ranks.
#[must_use]
pub fn spearman(pairs: &[(f64, f64)]) -> Option<f64> {
    let (a, b) = finite(pairs)?;
    pearson(&ranks(&a), &ranks(&b))
}

/// Kendall's tau-b, in `-1.0..=1.0`: pairs of things in the same order less those in the opposite
/// one, over all that are not tied, with ties on either side corrected for. Takes time that grows
/// with the square of the count.
#[must_use]
pub fn kendall(pairs: &[(f64, f64)]) -> Option<f64> {
    let (a, b) = finite(pairs)?;
    let (mut agree, mut apart_a, mut apart_b) = (0_i64, 0_i64, 0_i64);
    for i in 0..a.len() {
        for j in 0..i {
            let (x, y) = (sign(a[i], a[j]), sign(b[i], b[j]));
            agree += x * y;
            apart_a += x.abs();
            apart_b += y.abs();
        }
    }
    let whole = (apart_a as f64 * apart_b as f64).sqrt();
    (whole > 0.0).then(|| tidy(agree as f64 / whole))
}

/// Both sides of the pairs that are finite, if they are enough.
fn finite(pairs: &[(f64, f64)]) -> Option<(Vec<f64>, Vec<f64>)> {
    let kept = pairs.iter().copied().filter(|(a, b)| a.is_finite() && b.is_finite());
    let sides: (Vec<f64>, Vec<f64>) = kept.unzip();
    (sides.0.len() >= FEWEST).then_some(sides)
}

fn sign(a: f64, b: f64) -> i64 {
    i64::from(a > b) - i64::from(a < b)
}

/// The rank of each value from 1; equal values share the mean of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    // Equality of numbers, not of bits: 0 and -0 are one value.
    for tied in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let rank = before as f64 + (tied.len() + 1) as f64 / 2.0;
        tied.iter().for_each(|index| ranks[*index] = rank);
        before += tied.len();
    }
    ranks
}

fn pearson(a: &[f64], b: &[f64]) -> Option<f64> {
    let n = a.len() as f64;
    let (mean_a, mean_b) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let (mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        let (x, y) = (x - mean_a, y - mean_b);
        aa += x * x;
        bb += y * y;
        ab += x * y;
    }
    let whole = (aa * bb).sqrt();
    (whole > 0.0).then(|| tidy((ab / whole).clamp(-1.0, 1.0)))
}

/// Rounds away the last digits, where the order of additions shows.
fn tidy(value: f64) -> f64 {
    (value * 1e9).round() / 1e9
}

#[cfg(test)]
mod tests {
    use super::{kendall, ranks, spearman};

    fn pairs(a: &[f64], b: &[f64]) -> Vec<(f64, f64)> {
        assert_eq!(a.len(), b.len());
        a.iter().copied().zip(b.iter().copied()).collect()
    }

    fn near(value: Option<f64>, expected: f64) -> bool {
        value.is_some_and(|value| (value - expected).abs() < 1e-6)
    }

    #[test]
    fn the_same_order_is_one_and_the_opposite_minus_one() {
        let up = pairs(&[1.0, 2.0, 30.0, 400.0], &[0.1, 0.2, 0.25, 9.0]);
        assert_eq!((spearman(&up), kendall(&up)), (Some(1.0), Some(1.0)));
        let down: Vec<(f64, f64)> = up.iter().map(|(a, b)| (*a, -b)).collect();
        assert_eq!((spearman(&down), kendall(&down)), (Some(-1.0), Some(-1.0)));
    }

    #[test]
    fn known_values_without_ties() {
        // One exchange of neighbours among five: rho = 1 - 6 * 2 / 120, tau = (9 - 1) / 10.
        let one = pairs(&[1.0, 2.0, 3.0, 4.0, 5.0], &[1.0, 2.0, 4.0, 3.0, 5.0]);
        assert!(near(spearman(&one), 0.9) && near(kendall(&one), 0.8));
        // Ten things whose squared rank differences add up to 194: rho = 1 - 6 * 194 / 990.
        let iq = [106.0, 86.0, 100.0, 101.0, 99.0, 103.0, 97.0, 113.0, 112.0, 110.0];
        let hours = [7.0, 0.0, 27.0, 50.0, 28.0, 29.0, 20.0, 12.0, 6.0, 17.0];
        assert!(near(spearman(&pairs(&iq, &hours)), -29.0 / 165.0));
    }

    #[test]
    fn known_values_with_ties() {
        // Ranks 1, 2.5, 2.5, 4 against 1, 3, 2, 4: covariance 4.5 over sqrt(4.5 * 5).
        let tied = pairs(&[1.0, 2.0, 2.0, 3.0], &[1.0, 3.0, 2.0, 4.0]);
        assert!(near(spearman(&tied), 4.5 / 22.5_f64.sqrt()));
        // Five of six pairs agree, one is tied on one side: 5 / sqrt(5 * 6).
        assert!(near(kendall(&tied), 5.0 / 30.0_f64.sqrt()));
        // Ties on both sides at once count on neither.
        let both = pairs(&[1.0, 1.0, 2.0, 2.0], &[1.0, 1.0, 2.0, 2.0]);
        assert!(near(kendall(&both), 1.0) && near(spearman(&both), 1.0));
    }

    #[test]
    fn equal_values_share_their_mean_rank() {
        assert_eq!(ranks(&[5.0, 1.0, 5.0, 5.0, 0.0, -0.0]), [5.0, 3.0, 5.0, 5.0, 1.5, 1.5]);
    }

    #[test]
    fn too_few_pairs_or_no_variance_have_no_coefficient() {
        for few in [&[][..], &[(1.0, 2.0), (2.0, 1.0)], &[(1.0, 2.0), (2.0, 1.0), (3.0, f64::NAN)]]
        {
            assert_eq!((spearman(few), kendall(few)), (None, None));
        }
        let flat = pairs(&[4.0; 5], &[1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!((spearman(&flat), kendall(&flat)), (None, None));
    }
}
