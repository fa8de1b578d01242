//! What is worst about a page, in words for the model that is to correct it.
//!
//! Where both pages have a DOM, from the evidence of the scores; for a picture, from the pixels.

use std::collections::BTreeMap;

use pageloom_schema::{EvidenceBox, Rect, Scores, Side, Verdict};
use pageloom_vision::Place;

/// The most differences that are told.
pub(super) const MOST: usize = 12;
/// The longest text of a block that is told, in characters.
const MAX_TEXT: usize = 400;

/// The worst differences, one a line, worst first.
pub(super) fn worst_of_scores(scores: &Scores) -> Vec<String> {
    // Several metrics point at one place; it is told once, with what each says of it.
    let mut places: BTreeMap<(Verdict, Side, [i64; 4]), Told<'_>> = BTreeMap::new();
    let boxes = scores.scores.iter().flat_map(|score| &score.evidence);
    // Of what is on both pages the target's box is told, and the candidate's beside it.
    for found in boxes.filter(|b| {
        b.verdict == Verdict::Missed
            || b.verdict == Verdict::Extra
            || (b.verdict == Verdict::Changed && b.side == Side::Reference)
    }) {
        let told = places
            .entry((found.verdict, found.side, rounded(found.rect)))
            .or_insert_with(|| Told { found, labels: Vec::new() });
        if !told.labels.contains(&found.label.as_str()) {
            told.labels.push(&found.label);
        }
    }
    let mut places: Vec<Told<'_>> = places.into_values().collect();
    places.sort_by(|a, b| b.cost().total_cmp(&a.cost()));
    places.iter().take(MOST).map(|told| told.line(scores)).collect()
}

/// The worst places of two pictures, one a line, worst first.
pub(super) fn worst_of_pixels(places: &[Place]) -> Vec<String> {
    let color = |color: Option<[u8; 3]>| match color {
        Some([r, g, b]) => format!("#{r:02x}{g:02x}{b:02x} on average"),
        None => "not there".to_owned(),
    };
    let line = |place: &Place| {
        format!(
            "differs by {:.0} %: {}; should be {}, is {}",
            100.0 * place.share,
            at(place.rect()),
            color(place.target),
            color(place.candidate)
        )
    };
    places.iter().take(MOST).map(line).collect()
}

struct Told<'a> {
    found: &'a EvidenceBox,
    labels: Vec<&'a str>,
}

impl Told<'_> {
    /// How much it matters. The root of the area: a word that is missing weighs beside a panel.
    fn cost(&self) -> f64 {
        let weight = if self.found.verdict == Verdict::Changed { 0.6 } else { 1.0 };
        weight * self.found.rect.area().sqrt() * (self.labels.len() as f64).sqrt()
    }

    fn line(&self, scores: &Scores) -> String {
        let rect = rounded(self.found.rect);
        let block = scores.blocks.iter().find(|block| {
            let side = match self.found.side {
                Side::Reference => block.reference,
                Side::Candidate => block.candidate,
            };
            side.map(rounded) == Some(rect)
        });
        let what = match self.found.verdict {
            Verdict::Missed => "missing",
            Verdict::Extra => "should not be there",
            Verdict::Changed | Verdict::Matched => "different",
        };
        let mut line = format!("{what}: {}", at(self.found.rect));
        if let Some(candidate) = block.and_then(|block| block.candidate)
            && self.found.verdict == Verdict::Changed
        {
            line += &format!(", yours is {}", at(candidate));
        }
        let text = block.map(|block| short(&block.text));
        // A label that is some of the block's own text says nothing more.
        let says_more = |label: &String| !text.as_ref().is_some_and(|text| text.contains(label));
        let labels: Vec<String> =
            self.labels.iter().map(|label| short(label)).filter(says_more).collect();
        if !labels.is_empty() {
            line += &format!(" ({})", labels.join("; "));
        }
        if let Some(text) = text {
            line += &format!(", text \"{text}\"");
        }
        line
    }
}

fn at(rect: Rect) -> String {
    let [x, y, width, height] = rounded(rect);
    format!("at x {x}, y {y}, {width} wide, {height} high")
}

fn rounded(rect: Rect) -> [i64; 4] {
    [rect.x, rect.y, rect.width, rect.height].map(|value| value.round() as i64)
}

/// A text on one line, cut.
fn short(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut cut: String = line.chars().take(MAX_TEXT).collect();
    if cut.len() < line.len() {
        cut.push('…');
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;
    use pageloom_schema::{BlockPair, Score};

    fn evidence(side: Side, width: f64, verdict: Verdict, label: &str) -> EvidenceBox {
        let rect = Rect::new(10.0, 20.0, width, 30.0);
        EvidenceBox { side, rect, verdict, label: label.to_owned() }
    }

    fn scores(evidence: Vec<EvidenceBox>) -> Scores {
        let score = Score {
            metric: "m".to_owned(),
            version: 1,
            value: Some(0.5),
            range: [0.0, 1.0],
            explanation: String::new(),
            evidence,
        };
        let block = BlockPair {
            reference: Some(Rect::new(10.0, 20.0, 200.0, 30.0)),
            candidate: None,
            text: "Opening\nhours".to_owned(),
            similarity: None,
        };
        Scores { scores: vec![score.clone(), score], blocks: vec![block] }
    }

    #[test]
    fn the_worst_come_first_each_once_with_place_size_and_text() {
        let lines = worst_of_scores(&scores(vec![
            evidence(Side::Candidate, 50.0, Verdict::Extra, "panel"),
            evidence(Side::Reference, 200.0, Verdict::Missed, "text"),
            evidence(Side::Reference, 900.0, Verdict::Matched, "text"),
            evidence(Side::Candidate, 70.0, Verdict::Changed, "colour"),
        ]));
        assert_eq!(
            lines,
            [
                "missing: at x 10, y 20, 200 wide, 30 high (text), text \"Opening hours\"",
                "should not be there: at x 10, y 20, 50 wide, 30 high (panel)",
            ]
        );
    }

    #[test]
    fn no_more_than_a_dozen_are_told() {
        let many = (0..40)
            .map(|n| evidence(Side::Reference, 100.0 + f64::from(n), Verdict::Missed, "text"));
        assert_eq!(worst_of_scores(&scores(many.collect())).len(), MOST);
    }
}
