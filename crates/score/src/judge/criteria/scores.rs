//! What answers of the page judge are worth: ten criteria, four aspects, `overall`, and how far
//! several answers agree.

use pageloom_schema::{PageFault, Score, Scores};

use super::{CRITERIA, Form};
use crate::metric::Metric;
use crate::metrics::wcgb_aspects;
use crate::wcgb;

/// The ids of the criteria's scores, in published order.
const IDS: [&str; 10] = wcgb_aspects::CRITERION_IDS;

/// How far apart two answers may lie and still agree, in points.
const AGREES: f64 = 1.0;

const SPREAD: Metric = Metric {
    id: "judge.spread",
    version: 1,
    range: [0.0, 10.0],
    source: "own definition; says something of the judge, not of the page",
    summary: "standard deviation of repeated answers, mean over the criteria; lower is better",
};

const AGREEMENT: Metric = Metric {
    id: "judge.agreement",
    version: 1,
    range: [0.0, 1.0],
    source: "own definition; says something of the judge, not of the page",
    summary: "share of pairs of repeated answers, over the criteria, that differ by a point at most",
};

/// The cards of what [`scores`] gives for one answer: the ten criteria, the four aspects, `overall`.
/// Ids, versions and ranges are those of the local judge, whose place they take; the source is
/// another.
#[must_use]
pub fn metrics(form: Form) -> Vec<Metric> {
    let source = match form {
        Form::Compat => "a vision judge, asked and read as Web2Code published, arXiv 2406.20098",
        Form::V1 => "a vision judge, asked for JSON; criteria of Web2Code, arXiv 2406.20098",
    };
    let criteria = IDS.into_iter().zip(&CRITERIA).map(|(id, criterion)| Metric {
        id,
        version: 1,
        range: [0.0, 10.0],
        source,
        summary: criterion.question,
    });
    criteria.chain(wcgb_aspects::METRICS.map(|metric| Metric { source, ..metric })).collect()
}

/// The scores of one page from the answers about it, each with its ten criteria in published order.
/// A criterion is the mean of the answers. Values are taken as they are: in the compatible form a
/// number out of range counts as it does in the published code, and the explanation says so.
#[must_use]
pub fn scores(form: Form, answers: &[[f64; 10]]) -> Scores {
    if answers.is_empty() {
        return missing(form, "not measured: the judge gave no answer that can be read");
    }
    let count = answers.len() as f64;
    let mean: [f64; 10] =
        std::array::from_fn(|at| answers.iter().map(|ten| ten[at]).sum::<f64>() / count);
    let aspects = wcgb::aggregate(mean);
    let sums = [aspects.vsa, aspects.cad, aspects.tcc, aspects.uii, aspects.overall];
    let cards = metrics(form);
    let (criteria, aspects) = cards.split_at(CRITERIA.len());
    let given = criteria.iter().enumerate().map(|(at, metric)| {
        let values: Vec<f64> = answers.iter().map(|ten| ten[at]).collect();
        exact(metric, mean[at], told(&values))
    });
    let summed = aspects.iter().zip(sums).map(|(card, sum)| exact(card, sum, card.summary.into()));
    let mut scores: Vec<Score> = given.chain(summed).collect();
    if answers.len() > 1 {
        scores.extend(consistency(answers));
    }
    Scores { scores, blocks: Vec::new() }
}

/// Every score of the judge without a value: it was not asked, or did not answer.
#[must_use]
pub fn missing(form: Form, why: &str) -> Scores {
    Scores {
        scores: metrics(form).iter().map(|metric| metric.absent(why)).collect(),
        blocks: Vec::new(),
    }
}

/// The scores of a candidate that could not be rendered, about which no judge need be asked: 0 in
/// [`Form::V1`]; absent in [`Form::Compat`], where such pages leave the denominator.
#[must_use]
pub fn page_fault_scores(form: Form, fault: &PageFault) -> Scores {
    let score = |metric: &Metric| match form {
        Form::Compat => {
            metric.absent(format!("page fault {fault}: not judged, and in no denominator"))
        }
        Form::V1 => metric.measured(0.0, format!("page fault {fault}: not judged"), Vec::new()),
    };
    Scores { scores: metrics(form).iter().map(score).collect(), blocks: Vec::new() }
}

/// The local judge's criteria, aspects and `overall` under names of their own (`local.…`), so that
/// they can stand beside those of a judge that was asked; the other scores keep their names.
#[must_use]
pub fn renamed_local(mut scores: Scores) -> Scores {
    for score in &mut scores.scores {
        if let Some(id) = local_id(&score.metric) {
            score.metric = id;
        }
    }
    scores
}

/// The name that [`renamed_local`] gives to a score; absent for one that keeps its own.
#[must_use]
pub fn local_id(metric: &str) -> Option<String> {
    let judged = IDS.contains(&metric) || wcgb_aspects::METRICS.iter().any(|m| m.id == metric);
    judged.then(|| format!("local.{}", metric.strip_prefix("wcgb.").unwrap_or(metric)))
}

/// A score with just this value, which may lie outside the range.
fn exact(metric: &Metric, value: f64, explanation: String) -> Score {
    let value = (value * 1e6).round() / 1e6;
    Score { value: Some(value), ..metric.absent(explanation) }
}

/// What the judge said of one criterion.
fn told(values: &[f64]) -> String {
    let list = values.iter().map(f64::to_string).collect::<Vec<_>>().join(", ");
    let mut told = match values {
        [_] => format!("the judge says {list}"),
        _ => format!("mean of {} answers: {list}", values.len()),
    };
    if values.iter().any(|value| !(0.0..=10.0).contains(value)) {
        told.push_str("; out of 0 to 10, and counted as it is, as published");
    }
    told
}

/// How far at least two answers agree.
fn consistency(answers: &[[f64; 10]]) -> [Score; 2] {
    let count = answers.len() as f64;
    let (mut deviations, mut near, mut pairs) = (0.0, 0_usize, 0_usize);
    for at in 0..CRITERIA.len() {
        let values: Vec<f64> = answers.iter().map(|ten| ten[at]).collect();
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        deviations += (squares / (count - 1.0)).sqrt();
        for (index, a) in values.iter().enumerate() {
            for b in &values[index + 1..] {
                pairs += 1;
                // Decimals that are a point apart on paper are so here.
                near += usize::from((a - b).abs() <= AGREES + 1e-9);
            }
        }
    }
    let spread = deviations / CRITERIA.len() as f64;
    let answers = answers.len();
    [
        exact(
            &SPREAD,
            spread,
            format!("standard deviation of {answers} answers, over 10 criteria"),
        ),
        AGREEMENT.measured(
            near as f64 / pairs as f64,
            format!("{near} of {pairs} pairs of {answers} answers differ by a point at most"),
            Vec::new(),
        ),
    ]
}
