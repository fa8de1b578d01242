//! A reward: one number for one completion, with the stage it reached and what each term of the
//! number is made of.

use serde::{Deserialize, Serialize};

use crate::construction::{BuildProblem, Builder};
use crate::fault::Fault;
use crate::finding::Finding;
use crate::score::Score;

/// The stages of the cascade, in order. Each is entered only through the gate of the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The answer is read as a project.
    Extract,
    /// The project is checked as it stands.
    Comply,
    /// The project becomes a site.
    Build,
    /// The site is opened, route by route.
    Render,
    /// The site is used.
    Function,
    /// The site is looked at.
    Look,
}

impl Stage {
    /// All stages, in order.
    pub const ALL: [Self; 6] =
        [Self::Extract, Self::Comply, Self::Build, Self::Render, Self::Function, Self::Look];

    /// The stage's name in files.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Extract => "extract",
            Self::Comply => "comply",
            Self::Build => "build",
            Self::Render => "render",
            Self::Function => "function",
            Self::Look => "look",
        }
    }
}

/// Who said how a site looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LookSource {
    /// A judge that was given the screenshots.
    Judge,
    /// The local measures, which need no reference and no model.
    Local,
}

/// One summand of a reward.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RewardTerm {
    /// Its name, such as `extract` or `appearance`.
    pub name: String,
    /// How much of it was reached, within the rubric's range of the term; absent when its stage was
    /// not entered, and then it adds nothing.
    pub value: Option<f64>,
    /// What the value is multiplied with.
    pub weight: f64,
    /// One line on how the value came about, or why it is absent.
    pub explanation: String,
    /// The scores it was made of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scores: Vec<Score>,
    /// The findings it was made of, at most [`RewardTerm::MAX_FINDINGS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// The problems of the build, at most [`RewardTerm::MAX_FINDINGS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<BuildProblem>,
}

impl RewardTerm {
    /// The most findings, or problems, that one term keeps.
    pub const MAX_FINDINGS: usize = 40;

    /// What the term adds to the reward.
    #[must_use]
    pub fn points(&self) -> f64 {
        self.value.unwrap_or_default() * self.weight
    }
}

/// The reward of one completion. The same completion under the same rubric has the same reward.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reward {
    /// The rubric, such as `pageloom/v1`.
    pub rubric: String,
    /// The number; absent when something of ours failed, and never a stand-in for that.
    pub value: Option<f64>,
    /// The lowest and the highest number that the rubric gives.
    pub range: [f64; 2],
    /// The last stage that was finished and passed its gate; absent when there is none.
    pub stage: Option<Stage>,
    /// Its terms, in the order of the rubric.
    pub terms: Vec<RewardTerm>,
    /// What ended the cascade, if something did.
    pub fault: Option<Fault>,
    /// Who built the site, if it was built.
    pub builder: Option<Builder>,
    /// Who looked at it, if somebody did.
    pub look: Option<LookSource>,
}
