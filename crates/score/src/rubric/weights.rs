//! The weights of a graded rubric: a TOML file that can be printed, copied and changed.

use std::collections::BTreeMap;

use pageloom_schema::Stage;
use serde::{Deserialize, Serialize};

/// The file of the built-in rubric.
const BUILT_IN: &str = include_str!("pageloom-v1.toml");

/// What each stage, and each probe within the stage of function, counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// The rubric's name, which every reward carries.
    pub name: String,
    /// What each stage adds at most; together 1.
    pub stages: BTreeMap<Stage, f64>,
    /// What each probe counts within the stage of function: a probe that does not apply to a site
    /// is left out, and the others share its weight.
    pub function: BTreeMap<String, f64>,
    /// Probes that the stage of function is multiplied with.
    #[serde(default)]
    pub function_factors: Vec<String>,
    /// Probes that the look is multiplied with.
    pub look_factors: Vec<String>,
}

/// Why a rubric file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the rubric cannot be used: {0}\nhint: `pageloom reward --print-rubric` prints one to start from"
)]
pub struct RubricError(String);

impl Weights {
    /// The weights of `pageloom/v1`.
    #[must_use]
    pub fn built_in() -> Self {
        // The file is part of the program and read in a test.
        Self::parse(BUILT_IN).unwrap_or_else(|_| Self {
            name: "pageloom/v1".to_owned(),
            stages: BTreeMap::new(),
            function: BTreeMap::new(),
            function_factors: Vec::new(),
            look_factors: Vec::new(),
        })
    }

    /// The text of the built-in file, comments and all.
    #[must_use]
    pub fn built_in_text() -> &'static str {
        BUILT_IN
    }

    /// Reads a rubric file.
    ///
    /// # Errors
    /// [`RubricError`] when it is not TOML of this form, a weight is negative, a stage is missing,
    /// the stages do not add up to 1, or a probe is unknown.
    pub fn parse(text: &str) -> Result<Self, RubricError> {
        let weights: Self = toml::from_str(text).map_err(|error| RubricError(error.to_string()))?;
        let wrong = |message: String| Err(RubricError(message));
        let known: Vec<&str> =
            crate::probes::probe_metrics().iter().map(|metric| metric.id).collect();
        let named = weights.function.keys();
        let named = named.chain(&weights.function_factors).chain(&weights.look_factors);
        if let Some(unknown) = named.into_iter().find(|id| !known.contains(&id.as_str())) {
            return wrong(format!("no probe `{unknown}`; there are {}", known.join(", ")));
        }
        let all = weights.stages.values().chain(weights.function.values());
        if let Some(bad) = all.into_iter().find(|weight| !(weight.is_finite() && **weight >= 0.0)) {
            return wrong(format!("`{bad}` is no weight"));
        }
        if let Some(stage) = Stage::ALL.iter().find(|stage| !weights.stages.contains_key(stage)) {
            return wrong(format!("the stage `{}` has no weight", stage.code()));
        }
        let sum: f64 = weights.stages.values().sum();
        if (sum - 1.0).abs() > 1e-9 {
            return wrong(format!("the weights of the stages add up to {sum}, not to 1"));
        }
        Ok(weights)
    }

    /// What a stage adds at most.
    #[must_use]
    pub fn of(&self, stage: Stage) -> f64 {
        self.stages.get(&stage).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_file_is_a_rubric() {
        let weights = Weights::parse(BUILT_IN).unwrap();
        assert_eq!(weights.name, "pageloom/v1");
        assert!(weights.of(Stage::Look) > 0.0);
    }

    #[test]
    fn files_that_would_mislead_are_refused() {
        for (from, to) in [
            ("look = 0.25", "look = 0.5"),
            ("look = 0.25", "look = -0.25"),
            ("look = 0.25", ""),
            ("\"probe.console_clean\"", "\"probe.console_celan\""),
            ("name =", "nmae ="),
        ] {
            let text = BUILT_IN.replacen(from, to, 1);
            assert_ne!(text, BUILT_IN, "{from}");
            assert!(Weights::parse(&text).is_err(), "{to}");
        }
    }
}
