//! `contrast`: whether text can be told from its ground.

use pageloom_schema::Score;

use super::point_at;
use super::reading::{Reading, SeenText};
use crate::metric::Metric;

/// The probe's card.
pub(super) const METRIC: Metric = Metric {
    id: "probe.contrast",
    version: 1,
    range: [0.0, 1.0],
    source: "WCAG 2.1 AA, success criterion 1.4.3",
    summary: "share of visible text with a contrast of 4.5 (3.0 when large)",
};

/// The share of visible characters whose contrast is at least 4.5, or 3.0 for large text (24 px, or
/// 18.66 px when bold). Text over something that is not one colour is left out.
pub(super) fn score(reading: &Reading<'_>) -> Score {
    let (mut all, mut good) = (0, 0);
    let mut worst: Vec<(f64, usize, &SeenText)> = Vec::new();
    for (index, route) in reading.routes.iter().enumerate() {
        for text in &route.texts {
            let Some(ground) = text.ground else { continue };
            let ratio = ratio(text.color, ground);
            let large = text.size >= 24.0 || (text.size >= 18.66 && text.weight >= 700);
            let chars = text.text.chars().count();
            all += chars;
            if ratio + 0.005 >= if large { 3.0 } else { 4.5 } {
                good += chars;
            } else {
                worst.push((ratio, index, text));
            }
        }
    }
    if all == 0 {
        return METRIC.absent("there is no visible text over one colour");
    }
    worst.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut why = format!("{good} of {all} visible characters pass");
    if let Some((ratio, _, text)) = worst.first() {
        why.push_str(&format!(
            "; the least is {ratio:.1} for `{}`",
            text.text.chars().take(40).collect::<String>()
        ));
    }
    let entry = worst.iter().filter(|(_, route, _)| *route == 0);
    let evidence = entry
        .map(|(ratio, _, text)| point_at(text.rect, &format!("contrast {ratio:.1}")))
        .collect();
    METRIC.measured(good as f64 / all as f64, why, evidence)
}

/// Contrast of two colours, `1.0..=21.0`. Source: WCAG 2.1, relative luminance.
pub(super) fn ratio(a: [u8; 3], b: [u8; 3]) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(color: [u8; 3]) -> f64 {
    let [r, g, b] = color.map(|v| {
        let v = f64::from(v) / 255.0;
        if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}
