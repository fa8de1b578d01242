//! `design2code.clip`: likeness of the pictures' embeddings. Absent: no weights are bundled.

use pageloom_schema::Score;

use crate::metric::Metric;
use crate::pairing::Comparison;

/// The metric's card.
pub(crate) const METRIC: Metric = Metric {
    id: "design2code.clip",
    version: 1,
    range: [0.0, 1.0],
    source: "Design2Code, arXiv 2403.03163; CLIP ViT-B/32",
    summary: "cosine of the embeddings of both pictures, text painted over",
};

/// Always absent here.
pub(crate) fn score(_comparison: &Comparison<'_>) -> Score {
    METRIC.absent("not measured: no CLIP weights")
}
