//! `wcgb.font_characteristics`: is matched text set in the same type?

use pageloom_schema::Score;

use super::{Mean, percent, vacuous, with_dom};
use crate::evidence::Evidence;
use crate::metric::Metric;
use crate::pairing::{Comparison, ratio};
use crate::text_block::Font;

/// The criterion's card.
pub(crate) const METRIC: Metric = Metric {
    id: "wcgb.font_characteristics",
    version: 1,
    range: [0.0, 10.0],
    source: "own; criterion 7 of Web2Code's page judge, arXiv 2406.20098, from DOM and pixels",
    summary: "family, size, weight and style of matched text, by area",
};

/// Likeness of type over the matched text, times the root of the share of text that is matched.
pub(crate) fn score(comparison: &Comparison<'_>) -> Score {
    with_dom(&METRIC, comparison, |matched| {
        let (left, right) = (&matched.reference.blocks, &matched.candidate.blocks);
        if left.is_empty() {
            let share = vacuous(matched, !right.is_empty());
            return METRIC.measured(share, "the reference shows no text", Vec::new());
        }
        let mut mean = Mean::default();
        let mut evidence = Evidence::default();
        let mut paired = 0.0;
        for pair in &matched.placed_text {
            let weight = pair.reference.iter().map(|i| left[*i].ink_area.sqrt()).sum::<f64>()
                + pair.candidate.iter().map(|i| right[*i].ink_area.sqrt()).sum::<f64>();
            paired += weight;
            let (Some(r), Some(c)) = (pair.reference.first(), pair.candidate.first()) else {
                continue;
            };
            let (from, to) = (&left[*r].font, &right[*c].font);
            let alike = likeness(from, to);
            mean.add(alike, weight);
            let label = format!("{} to {}", describe(from), describe(to));
            evidence.pair(matched.rects(pair), alike, weight, &label);
        }
        let whole: f64 = left.iter().chain(right).map(|b| b.ink_area.sqrt()).sum();
        let coverage = if whole > 0.0 { (paired / whole).min(1.0) } else { 1.0 };
        let alike = mean.value().unwrap_or(0.0);
        let why = format!(
            "type of matched text is {} alike, {} of the text matched",
            percent(alike),
            percent(coverage)
        );
        METRIC.measured(coverage.sqrt() * alike, why, evidence.finish())
    })
}

fn describe(font: &Font) -> String {
    let family: String = first_family(&font.family).chars().take(18).collect();
    let slant = if font.italic { " italic" } else { "" };
    format!("{family} {:.0}px {}{slant}", font.size, font.weight)
}

/// Likeness of two ways of setting text in `0.0..=1.0`.
fn likeness(a: &Font, b: &Font) -> f64 {
    let same = |x: bool, y: bool| if x == y { 1.0 } else { 0.0 };
    let weight = 1.0 - (f64::from(a.weight.abs_diff(b.weight)) / 400.0).min(1.0);
    0.4 * family_likeness(&a.family, &b.family)
        + 0.3 * ratio(a.size, b.size).powi(2)
        + 0.15 * weight
        + 0.1 * same(a.italic, b.italic)
        + 0.05 * same(a.underline, b.underline)
}

/// One for the same first family (or one with the same metrics), less for the same kind of type.
fn family_likeness(a: &str, b: &str) -> f64 {
    let (x, y) = (first_family(a), first_family(b));
    if alias(&x) == alias(&y) {
        return 1.0;
    }
    match (kind(a), kind(b)) {
        (Some(x), Some(y)) if x == y => 0.6,
        (None, _) | (_, None) => 0.3,
        _ => 0.0,
    }
}

fn families(list: &str) -> impl Iterator<Item = String> + '_ {
    list.split(',')
        .map(|name| name.trim().trim_matches(|c| c == '"' || c == '\'').to_ascii_lowercase())
        .filter(|name| !name.is_empty())
}

fn first_family(list: &str) -> String {
    families(list).next().unwrap_or_default()
}

/// Families that are drawn alike on most machines under one name.
fn alias(name: &str) -> &str {
    match name {
        "arial" | "helvetica" | "helvetica neue" | "liberation sans" | "sans-serif" => "sans-serif",
        "times" | "times new roman" | "liberation serif" | "serif" => "serif",
        "courier" | "courier new" | "liberation mono" | "monospace" => "monospace",
        "-apple-system" | "blinkmacsystemfont" | "system-ui" | "segoe ui" | "ui-sans-serif" => {
            "system-ui"
        }
        other => other,
    }
}

/// The kind of type a family list asks for: the first family that tells.
fn kind(list: &str) -> Option<&'static str> {
    families(list).find_map(|name| {
        let name = name.as_str();
        let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
        if has(&["mono", "courier", "consolas", "menlo", "code"]) {
            Some("mono")
        } else if has(&["cursive", "script", "comic", "hand", "fantasy", "impact"]) {
            Some("display")
        } else if has(&[
            "sans",
            "arial",
            "helvetica",
            "verdana",
            "tahoma",
            "roboto",
            "segoe",
            "system-ui",
            "inter",
            "lato",
            "ubuntu",
            "calibri",
            "trebuchet",
            "gothic",
            "apple-system",
            "poppins",
            "montserrat",
            "open",
        ]) {
            Some("sans")
        } else if has(&[
            "serif",
            "times",
            "georgia",
            "garamond",
            "cambria",
            "palatino",
            "book",
            "mincho",
            "merriweather",
            "playfair",
            "song",
        ]) {
            Some("serif")
        } else {
            None
        }
    })
}

#[cfg(test)]
mod tests {
    use super::family_likeness;

    #[test]
    fn families_with_the_same_metrics_are_the_same() {
        assert_eq!(family_likeness("Helvetica, sans-serif", "Arial"), 1.0);
        assert_eq!(family_likeness("Georgia, serif", "\"Times New Roman\""), 0.6);
        assert_eq!(family_likeness("Georgia, serif", "Verdana, sans-serif"), 0.0);
    }
}
