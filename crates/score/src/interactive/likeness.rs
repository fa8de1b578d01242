//! How like a checkpoint a screenshot is: what was measured of each pair of pictures, and the means.

use pageloom_schema::Score;

use super::{Part, card};
use crate::metric::Metric;

/// Two pictures that are compared, by their step numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PicturePair {
    /// The page after this step of the replay; 0 for the first view.
    pub screenshot: u32,
    /// The true page after this step.
    pub checkpoint: u32,
}

/// How like each other two pictures are; each in `0.0..=1.0`, absent when it was not measured.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Likeness {
    /// Their texts: 1 − Levenshtein distance / longer length, in lower case.
    pub ocr: Option<f64>,
    /// Cosine of their embeddings by DINOv2-base, cut to the range.
    pub dino: Option<f64>,
    /// Their structure, measured without weights.
    pub structure: Option<f64>,
    /// The grade of the vision judge over 100.
    pub judge: Option<f64>,
}

/// A pair of pictures with its likeness.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compared {
    /// Which pictures.
    pub pair: PicturePair,
    /// How like each other they are.
    pub likeness: Likeness,
}

/// Who grades pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VisualJudge {
    /// The local judge, which computes.
    Local,
    /// A vision model, which is asked.
    Vision,
}

const OCR: Metric = card("ocr", "IWR-Bench, arXiv 2509.24709", "likeness of recognised texts");
const DINO: Metric = card("dino", "IWR-Bench, arXiv 2509.24709", "likeness of DINOv2 embeddings");
const STRUCTURE: Metric = card("structure", "own", "likeness of structure, without weights");

/// The likeness of the pairs that count, in their order; absent for a pair that nobody compared.
pub(super) struct Gallery {
    pairs: Vec<(PicturePair, Likeness)>,
}

/// The means of a gallery.
pub(super) struct Means {
    pub(super) lfs: Part,
    /// `ocr`, and `dino` or what stands in for it.
    pub(super) parts: Vec<Score>,
}

impl Gallery {
    pub(super) fn of(pairs: &[PicturePair], compared: &[Compared]) -> Self {
        let likeness = |pair: &PicturePair| {
            let found = compared.iter().find(|compared| compared.pair == *pair);
            found.map_or_else(Likeness::default, |compared| compared.likeness)
        };
        Self { pairs: pairs.iter().map(|pair| (*pair, likeness(pair))).collect() }
    }

    pub(super) fn len(&self) -> usize {
        self.pairs.len()
    }

    /// The mean of one part over all pairs; absent when it is absent of one, with the reason.
    fn mean(&self, name: &str, part: impl Fn(&Likeness) -> Option<f64>) -> Part {
        let mut sum = 0.0;
        for (pair, likeness) in &self.pairs {
            match part(likeness).filter(|value| value.is_finite()) {
                Some(value) => sum += value.clamp(0.0, 1.0),
                None => {
                    let step = pair.screenshot;
                    return Part::none(format!("not measured: there is no {name} of step {step}"));
                }
            }
        }
        match self.len() {
            0 => Part::none("not measured: no picture is compared with a checkpoint".to_owned()),
            n => Part::of(sum / n as f64, format!("mean over {n} {}", pictures(n))),
        }
    }

    /// The measures. Without DINO weights `structure` stands in where `stand_in` allows it, and says
    /// so.
    pub(super) fn measures(&self, stand_in: bool) -> Means {
        let ocr = self.mean("ocr", |likeness| likeness.ocr);
        let dino = self.mean("dino", |likeness| likeness.dino);
        let structure = self.mean("structure", |likeness| likeness.structure);
        let stands_in = stand_in && dino.value.is_none() && structure.value.is_some();
        let second = if stands_in { &structure } else { &dino };
        let lfs = match (ocr.value, second.value) {
            (Some(a), Some(b)) => {
                let what = if stands_in {
                    "ocr and structure, structure in place of dino"
                } else {
                    "ocr and dino"
                };
                let n = self.len();
                Part::of((a + b) / 2.0, format!("mean of {what}, over {n} {}", pictures(n)))
            }
            (None, _) => Part::none(ocr.why.clone()),
            (_, None) => Part::none(second.why.clone()),
        };
        let card = if stands_in { STRUCTURE } else { DINO };
        Means { lfs, parts: vec![ocr.score(&OCR), second.score(&card)] }
    }

    /// The mean grade of the vision judge.
    pub(super) fn judged(&self) -> Part {
        let grade = self.mean("grade of the judge", |likeness| likeness.judge);
        Part { why: grade.why.replace("mean over", "the judge's mean over"), ..grade }
    }

    /// The mean grade of the local judge, see [`local_grade`].
    pub(super) fn judged_locally(&self) -> Part {
        let grade = self.mean("ocr with structure", local_grade);
        match grade.value {
            Some(value) => {
                let rule = "0.4 ocr + 0.4 structure + 0.2 of the lower";
                Part::of(value, format!("local: {}, {rule}", grade.why))
            }
            None => grade,
        }
    }
}

/// A grade in place of the vision judge's, from what is measured without a model: the judge's points
/// for content and text (40) go by the texts, those for layout, elements and style (40) by the
/// structure, and those for the whole (20) by the lower of both. Own definition; nobody has held it
/// against people's grades.
fn local_grade(likeness: &Likeness) -> Option<f64> {
    let (ocr, structure) = (likeness.ocr?, likeness.structure?);
    Some(0.4 * ocr + 0.4 * structure + 0.2 * ocr.min(structure))
}

fn pictures(n: usize) -> &'static str {
    if n == 1 { "picture" } else { "pictures" }
}
