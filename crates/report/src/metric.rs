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
    /// What it is shown with: `headline` for the overall value and the WCGB aspects, else the
    /// part of the id before the first dot, or `other`.
    pub group: String,
    /// Lowest and highest possible value.
    pub range: [f64; 2],
}

impl Metric {
    /// Its name where nothing else says which set of metrics it belongs to.
    pub(crate) fn heading(&self) -> String {
        if self.group == "design2code" {
            format!("D2C {}", self.label.to_lowercase())
        } else {
            self.label.clone()
        }
    }
}

/// The overall value and the four aspects, in the order of publication.
const HEADLINES: [(&str, &str); 5] =
    [("overall", "Overall"), ("vsa", "VSA"), ("cad", "CAD"), ("tcc", "TCC"), ("uii", "UII")];

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
                let high = if summary.mean.is_some_and(|mean| mean > 1.0) { 10.0 } else { 1.0 };
                ranges.insert(id.clone(), [0.0, high]);
                order.push(id.clone());
            }
        }
    }
    let mut metrics: Vec<Metric> = order.into_iter().map(|id| named(id, &ranges)).collect();
    metrics.sort_by_key(|metric| (headline_rank(&metric.id), group_rank(&metric.group)));
    metrics
}

/// The metric that ranks runs: `overall` where there is one, else the first.
#[must_use]
pub fn headline(metrics: &[Metric]) -> Option<&Metric> {
    metrics.iter().find(|metric| headline_rank(&metric.id) == 0).or(metrics.first())
}

fn named(id: String, ranges: &BTreeMap<String, [f64; 2]>) -> Metric {
    let range = ranges.get(&id).copied().unwrap_or([0.0, 1.0]);
    let rank = headline_rank(&id);
    let (group, label) = if let Some((_, label)) = HEADLINES.get(rank) {
        ("headline".to_owned(), (*label).to_owned())
    } else {
        let (group, _) = id.split_once('.').unwrap_or(("other", ""));
        (group.to_owned(), label(last_part(&id)))
    };
    Metric { id, label, group, range }
}

fn last_part(id: &str) -> &str {
    id.rsplit('.').next().unwrap_or(id)
}

fn headline_rank(id: &str) -> usize {
    let of_wcgb = !id.contains('.') || id.starts_with("wcgb.");
    let part = last_part(id);
    let place = HEADLINES.iter().position(|(name, _)| of_wcgb && *name == part);
    place.unwrap_or(HEADLINES.len())
}

/// Whole protocols before single metrics; a stable sort keeps the rest as it was.
fn group_rank(group: &str) -> usize {
    match group {
        "headline" => 0,
        "wcgb" => 1,
        "design2code" => 2,
        _ => 3,
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
        _ => {}
    }
    let words = part.replace('_', " ").replace("color", "colour");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + letters.as_str()
    })
}
