//! Quantities whose unit or range must not be lost on the way.

use serde::{Deserialize, Serialize};

/// A span of wall-clock time in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub u64);

impl From<std::time::Duration> for Millis {
    fn from(span: std::time::Duration) -> Self {
        Self(u64::try_from(span.as_millis()).unwrap_or(u64::MAX))
    }
}

impl From<Millis> for std::time::Duration {
    fn from(span: Millis) -> Self {
        Self::from_millis(span.0)
    }
}

/// A finite number in `0.0..=1.0`, checked where it is made.
///
/// ```
/// use pageloom_schema::UnitScore;
/// assert_eq!(UnitScore::new(0.5).map(UnitScore::get), Some(0.5));
/// assert!(UnitScore::new(1.5).is_none());
/// assert!(UnitScore::new(f64::NAN).is_none());
/// assert_eq!(UnitScore::clamped(1.0 + 1e-12).get(), 1.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct UnitScore(f64);

impl UnitScore {
    /// The lowest score.
    pub const ZERO: Self = Self(0.0);
    /// The highest score.
    pub const ONE: Self = Self(1.0);

    /// `value` if it is in range, else `None`.
    #[must_use]
    pub fn new(value: f64) -> Option<Self> {
        (0.0..=1.0).contains(&value).then_some(Self(value))
    }

    /// `value` moved into range; not-a-number becomes zero. For sums that rounding may push over
    /// the edge, not for hiding a wrong formula.
    #[must_use]
    pub fn clamped(value: f64) -> Self {
        if value.is_nan() { Self::ZERO } else { Self(value.clamp(0.0, 1.0)) }
    }

    /// The number itself.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }
}

impl<'de> Deserialize<'de> for UnitScore {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = f64::deserialize(deserializer)?;
        Self::new(value)
            .ok_or_else(|| serde::de::Error::custom(format!("`{value}` is outside 0..=1")))
    }
}
