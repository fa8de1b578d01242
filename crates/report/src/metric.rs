//! Which metrics a set of runs has, in the order people read them, with names for people. Knows
//! no formula: a metric it has never heard of is shown under its own id.

use std::collections::BTreeMap;

use crate::run_log::RunLog;

/// A metric that occurs in a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// Its id, such as `wcgb.layout_consistency`.
    pub id: String,
    /// Its name for people, such as `Layout consistency`.
    pub label: String,
    /// What it is shown with: `interactive` and `website` for the figures of those benchmarks,
    /// `headline` for the overall value and the WCGB aspects, else the part of the id before the
    /// first dot, or `other`. The value of a reward goes with its terms.
    pub group: String,
    /// Lowest and highest possible value.
    pub range: [f64; 2],
    /// True where less is better; everywhere else more is.
    pub lower_is_better: bool,
}

impl Metric {
    /// Its name where nothing else says which set of metrics it belongs to.
    pub(crate) fn heading(&self) -> String {
        match self.group.as_str() {
            "design2code" => format!("D2C {}", self.label.to_lowercase()),
            "local" if self.id == "local.overall" => "Local judge".to_owned(),
            _ => self.label.clone(),
        }
    }

    /// How a terminal table writes its values.
    pub(crate) fn scale(&self) -> Scale {
        Scale::of(&self.id, self.range)
    }

    /// True for what another metric sums up: criteria of a judge, probes of a site, and rates of a part
    /// of the tests. A table for a terminal leaves these to the other renderers.
    pub(crate) fn is_detail(&self) -> bool {
        match self.group.as_str() {
            "wcgb" | "probe" | "fsr" | "tests" => true,
            "local" => self.id != "local.overall",
            _ => false,
        }
    }
}

/// How a terminal table writes the values of a metric. Benchmarks of use publish shares times 100,
/// and a reader holds a table against theirs; files keep the values as they are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scale {
    /// What a value is multiplied with.
    pub(crate) factor: f64,
    /// The highest value after that.
    pub(crate) high: f64,
    /// What is put behind the metric's name.
    pub(crate) unit: &'static str,
}

impl Scale {
    pub(crate) fn of(id: &str, range: [f64; 2]) -> Self {
        let of_use = HEADLINES.get(headline_rank(id)).is_some_and(|(_, _, group)| *group != WCGB);
        match of_use && range[1] <= 1.0 {
            true => Self { factor: 100.0, high: 100.0 * range[1], unit: " %" },
            false => Self { factor: 1.0, high: range[1], unit: "" },
        }
    }
}

/// The group of the WCGB values.
const WCGB: &str = "headline";

/// What a benchmark is known by, with its name and group: those of pages in use first, whose runs
/// may have values of single pictures too; then the overall value and the four aspects, in the
/// order of publication.
const HEADLINES: [(&str, &str, &str); 14] = [
    ("final", "Final", "interactive"),
    ("ifs", "IFS", "interactive"),
    ("lfs", "LFS", "interactive"),
    ("hfs", "HFS", "interactive"),
    ("vfs", "VFS", "interactive"),
    ("vfs_all", "VFS all", "interactive"),
    ("fsr", "FSR", "website"),
    ("aas", "AAS", "website"),
    ("vrr", "VRR", "website"),
    ("overall", "Overall", WCGB),
    ("vsa", "VSA", WCGB),
    ("cad", "CAD", WCGB),
    ("tcc", "TCC", WCGB),
    ("uii", "UII", WCGB),
];

/// All metrics of `runs`: headlines first, then the others in the order of the metric list.
#[must_use]
pub fn metrics_of<'a>(runs: impl IntoIterator<Item = &'a RunLog>) -> Vec<Metric> {
    let runs: Vec<&RunLog> = runs.into_iter().collect();
    let mut order: Vec<String> = Vec::new();
    let mut ranges: BTreeMap<String, [f64; 2]> = BTreeMap::new();
    for sample in runs.iter().flat_map(|run| run.samples.values()) {
        for score in &sample.scores.scores {
            if !ranges.contains_key(&score.metric) {
                ranges.insert(score.metric.clone(), score.range);
                order.push(score.metric.clone());
            }
        }
    }
    for run in &runs {
        for (id, summary) in run.summary.iter().flat_map(|summary| &summary.scores) {
            if !ranges.contains_key(id) {
                let high = match id.as_str() {
                    "aas" => 5.0,
                    _ if summary.mean.is_some_and(|mean| mean > 1.0) => 10.0,
                    _ => 1.0,
                };
                ranges.insert(id.clone(), [0.0, high]);
                order.push(id.clone());
            }
        }
    }
    let rewards = !runs.is_empty() && runs.iter().all(|run| run.rewards());
    let mut metrics: Vec<Metric> =
        order.into_iter().map(|id| named(id, &ranges, rewards)).collect();
    metrics.sort_by_key(|metric| {
        // The local judge's own, in the same order as those of the judge beside it.
        let local = metric.id.strip_prefix("local.").map_or(0, headline_rank);
        (headline_rank(&metric.id), group_rank(&metric.group), local)
    });
    metrics
}

/// The metric that ranks runs: `final`, `fsr` or `overall`, where there is one of them, else the first.
#[must_use]
pub fn headline(metrics: &[Metric]) -> Option<&Metric> {
    let named = |id: &str| metrics.iter().find(|metric| metric.id == id);
    ["final", "fsr", "overall"].into_iter().find_map(named).or(metrics.first())
}

fn named(id: String, ranges: &BTreeMap<String, [f64; 2]>, rewards: bool) -> Metric {
    let range = ranges.get(&id).copied().unwrap_or([0.0, 1.0]);
    let (group, label) = match (HEADLINES.get(headline_rank(&id)), id.split_once('.')) {
        (Some(("overall", ..)), _) if rewards => ("reward", "Reward".to_owned()),
        (Some((_, label, group)), _) => (*group, (*label).to_owned()),
        (None, Some(("local", part))) => ("local", local_label(part)),
        (None, Some((group, _))) => (group, label(last_part(&id))),
        (None, None) => ("other", label(&id)),
    };
    let (group, lower_is_better) = (group.to_owned(), id == "judge.spread");
    Metric { label, group, range, lower_is_better, id }
}

/// The local judge's scores have a name of their own where a judge that was asked stands beside it.
fn local_label(part: &str) -> String {
    let part = last_part(part);
    let words = match HEADLINES.iter().find(|(name, ..)| *name == part) {
        Some(("overall", ..)) => "overall".to_owned(),
        Some((_, label, _)) => (*label).to_owned(),
        None if part == "ui_consistency" => label(part),
        None => label(part).to_lowercase(),
    };
    format!("Local {words}")
}

fn last_part(id: &str) -> &str {
    id.rsplit('.').next().unwrap_or(id)
}

fn headline_rank(id: &str) -> usize {
    let part = id.strip_prefix("wcgb.").unwrap_or(id);
    let fits = |group: &str| part == id || group == WCGB;
    let place = HEADLINES.iter().position(|(name, _, group)| *name == part && fits(group));
    place.unwrap_or(HEADLINES.len())
}

/// Whole protocols before single metrics; a stable sort keeps the rest as it was.
fn group_rank(group: &str) -> usize {
    match group {
        "interactive" | "website" | WCGB => 0,
        "reward" | "wcgb" => 1,
        "judge" => 2,
        "local" => 3,
        "design2code" => 4,
        _ => 5,
    }
}

fn label(part: &str) -> String {
    match part {
        "ssim" => return "SSIM".to_owned(),
        "clip" => return "CLIP".to_owned(),
        "tree_bleu" | "treebleu" => return "TreeBLEU".to_owned(),
        "numbers_special_characters" => return "Numbers and special characters".to_owned(),
        "compat" => return "Published match".to_owned(),
        "v1" => return "First yes or no".to_owned(),
        "gold_yes" => return "Right is yes".to_owned(),
        "ui_consistency" => return "UI consistency".to_owned(),
        "spread" => return "Judge spread".to_owned(),
        "agreement" => return "Judge agreement".to_owned(),
        _ => {}
    }
    let words = part.replace('_', " ").replace("color", "colour");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + letters.as_str()
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Scale, WCGB, headline, named};

    fn metric(id: &str) -> super::Metric {
        named(id.to_owned(), &BTreeMap::new(), false)
    }

    #[test]
    fn a_judge_beside_another_is_told_apart_by_name() {
        let labels = ["local.overall", "local.vsa", "local.color_scheme", "judge.spread"];
        assert_eq!(
            labels.map(|id| metric(id).label),
            ["Local overall", "Local VSA", "Local colour scheme", "Judge spread"]
        );
        assert_eq!(metric("local.overall").heading(), "Local judge");
        assert_eq!(metric("overall").heading(), "Overall");
    }

    #[test]
    fn criteria_and_probes_are_details() {
        for detail in [
            "wcgb.ui_consistency",
            "local.ui_consistency",
            "local.vsa",
            "probe.contrast",
            "fsr.test.functional_testing",
            "tests.yes",
        ] {
            assert!(metric(detail).is_detail(), "{detail}");
        }
        for shown in ["overall", "fsr", "wcgb.vsa", "local.overall", "judge.agreement", "ssim"] {
            assert!(!metric(shown).is_detail(), "{shown}");
        }
    }

    #[test]
    fn the_value_of_a_reward_is_called_so() {
        let reward = named("overall".to_owned(), &BTreeMap::new(), true);
        assert_eq!((reward.label.as_str(), reward.group.as_str()), ("Reward", "reward"));
        let term = named("reward.extract".to_owned(), &BTreeMap::new(), true);
        assert_eq!((term.label.as_str(), term.group.as_str()), ("Extract", "reward"));
    }

    #[test]
    fn figures_of_use_come_first_and_are_told_from_parts_of_others() {
        let ids = ["final", "ifs", "vfs_all", "fsr", "wcgb.vsa", "design2code.final", "wcgb.final"];
        assert_eq!(
            ids.map(|id| metric(id).group),
            ["interactive", "interactive", "interactive", "website", WCGB, "design2code", "wcgb"]
        );
        let metrics = ["ssim", "overall", "ifs", "final"].map(metric);
        assert_eq!(headline(&metrics).map(|metric| metric.id.as_str()), Some("final"));
        let scale = metric("ifs").scale();
        assert_eq!((scale.factor, scale.high, scale.unit), (100.0, 100.0, " %"));
        assert_eq!(Scale::of("aas", [0.0, 5.0]).unit, "");
        assert_eq!(Scale::of("ssim", [0.0, 1.0]).factor, 1.0);
    }

    #[test]
    fn only_the_spread_of_a_judge_is_better_when_it_is_less() {
        assert!(metric("judge.spread").lower_is_better);
        assert!(!metric("judge.agreement").lower_is_better);
    }
}
