//! Boxes that show where a score was won or lost, the worst ones first.

use pageloom_schema::Rect;
use pageloom_schema::score::{EvidenceBox, Side, Verdict};

use crate::metric::MAX_EVIDENCE;
use crate::pairing::{Element, Kind, Matched};

/// Gathers boxes with a cost and keeps the most telling ones.
#[derive(Default)]
pub(crate) struct Evidence {
    boxes: Vec<(f64, EvidenceBox)>,
}

impl Evidence {
    /// A pair whose likeness is `share` (`0.0..=1.0`) and whose weight says how much it counts.
    pub(crate) fn pair(
        &mut self,
        (reference, candidate): (Rect, Rect),
        share: f64,
        weight: f64,
        label: &str,
    ) {
        let verdict = if share >= 0.95 { Verdict::Matched } else { Verdict::Changed };
        let cost = (1.0 - share) * weight;
        self.push(cost, Side::Reference, reference, verdict, label);
        self.push(cost, Side::Candidate, candidate, verdict, label);
    }

    /// Something of the reference that the candidate lacks.
    pub(crate) fn missed(&mut self, rect: Rect, weight: f64, label: &str) {
        self.push(weight, Side::Reference, rect, Verdict::Missed, label);
    }

    /// Something of the candidate that the reference lacks.
    pub(crate) fn extra(&mut self, rect: Rect, weight: f64, label: &str) {
        self.push(weight, Side::Candidate, rect, Verdict::Extra, label);
    }

    /// Everything of `matched` without a partner.
    pub(crate) fn unmatched(&mut self, matched: &Matched<'_>, wanted: impl Fn(&Element) -> bool) {
        for element in matched.missed.iter().filter(|e| wanted(e)) {
            self.missed(element.rect, element.weight, name(element.kind));
        }
        for element in matched.extra.iter().filter(|e| wanted(e)) {
            self.extra(element.rect, element.weight, name(element.kind));
        }
    }

    fn push(&mut self, cost: f64, side: Side, rect: Rect, verdict: Verdict, label: &str) {
        let label: String = label.chars().take(80).collect();
        self.boxes.push((cost, EvidenceBox { side, rect, verdict, label }));
    }

    /// The boxes, costliest first, in the order they came where they cost the same.
    pub(crate) fn finish(mut self) -> Vec<EvidenceBox> {
        self.boxes.sort_by(|a, b| b.0.total_cmp(&a.0));
        self.boxes.truncate(MAX_EVIDENCE);
        self.boxes.into_iter().map(|(_, b)| b).collect()
    }
}

/// The name of a kind of element in labels.
pub(crate) fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Media => "image",
        Kind::Panel => "panel",
        Kind::Control => "control",
    }
}
