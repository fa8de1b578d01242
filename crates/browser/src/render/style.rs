//! Computed styles as the browser prints them, parsed into the schema's [`ComputedStyle`].

use pageloom_schema::{ComputedStyle, Rgba};

/// What a snapshot asks for; [`read`] takes the values in this order.
pub(super) const PROPERTIES: &[&str] = &[
    "display",
    "visibility",
    "opacity",
    "position",
    "overflow-x",
    "overflow-y",
    "color",
    "background-color",
    "background-image",
    "font-family",
    "font-size",
    "font-weight",
    "font-style",
    "text-decoration-line",
    "text-align",
    "text-transform",
    "line-height",
    "border-top-width",
    "border-right-width",
    "border-bottom-width",
    "border-left-width",
    "border-top-color",
    "border-top-left-radius",
    "box-shadow",
    "padding-top",
    "padding-right",
    "padding-bottom",
    "padding-left",
    "margin-top",
    "margin-right",
    "margin-bottom",
    "margin-left",
    "cursor",
];

/// Parses the values of [`PROPERTIES`]; a value that is missing or odd becomes its initial value.
pub(super) fn read(values: &[&str]) -> ComputedStyle {
    let value = |name: &str| {
        let at = PROPERTIES.iter().position(|property| *property == name);
        at.and_then(|at| values.get(at)).copied().unwrap_or("")
    };
    let length = |name: &str| pixels(value(name)).unwrap_or(0.0);
    let sides = |prefix: &str, suffix: &str| {
        ["top", "right", "bottom", "left"].map(|side| length(&format!("{prefix}-{side}{suffix}")))
    };
    ComputedStyle {
        display: value("display").to_owned(),
        visible: value("visibility") == "visible",
        opacity: value("opacity").parse().ok().filter(|o: &f64| o.is_finite()).unwrap_or(1.0),
        position: value("position").to_owned(),
        clips: [value("overflow-x"), value("overflow-y")].iter().any(|o| *o != "visible"),
        color: color(value("color")).unwrap_or(Rgba::BLACK),
        background_color: color(value("background-color")).unwrap_or(Rgba::TRANSPARENT),
        background_image: !matches!(value("background-image"), "none" | ""),
        font_family: value("font-family").chars().take(200).collect(),
        font_size: length("font-size"),
        font_weight: value("font-weight").parse().unwrap_or(400),
        italic: value("font-style") != "normal",
        underline: value("text-decoration-line").contains("underline"),
        text_align: value("text-align").to_owned(),
        text_transform: value("text-transform").to_owned(),
        line_height: pixels(value("line-height")),
        border_width: sides("border", "-width"),
        border_color: color(value("border-top-color")).unwrap_or(Rgba::BLACK),
        border_radius: radius(value("border-top-left-radius")),
        box_shadow: !matches!(value("box-shadow"), "none" | ""),
        padding: sides("padding", ""),
        margin: sides("margin", ""),
        cursor: value("cursor").chars().take(40).collect(),
    }
}

fn pixels(text: &str) -> Option<f64> {
    text.strip_suffix("px")?.parse().ok().filter(|n: &f64| n.is_finite())
}

fn radius(text: &str) -> f64 {
    let first = text.split_whitespace().next().unwrap_or("");
    if first.ends_with('%') {
        if first == "0%" { 0.0 } else { 9999.0 }
    } else {
        pixels(first).unwrap_or(0.0)
    }
}

/// Reads `rgb(…)`, `rgba(…)`, `#rrggbb`, `#rrggbbaa` and `color(srgb …)`.
pub(super) fn color(text: &str) -> Option<Rgba> {
    if let Some(hex) = text.strip_prefix('#') {
        let byte = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
        return Some(Rgba { r: byte(0)?, g: byte(2)?, b: byte(4)?, a: byte(6).unwrap_or(255) });
    }
    let (function, rest) = text.split_once('(')?;
    let inner = rest.strip_suffix(')')?;
    let inner = inner.strip_prefix("srgb ").unwrap_or(inner);
    let numbers: Vec<f64> = inner
        .split([',', ' ', '/'])
        .filter(|part| !part.is_empty())
        .map(str::parse)
        .collect::<Result<_, _>>()
        .ok()?;
    let scale = if function == "color" { 255.0 } else { 1.0 };
    let channel = |n: f64| (n * scale).round().clamp(0.0, 255.0) as u8;
    match numbers.as_slice() {
        [r, g, b, rest @ ..] if function.starts_with("rgb") || function == "color" => Some(Rgba {
            r: channel(*r),
            g: channel(*g),
            b: channel(*b),
            a: (rest.first().unwrap_or(&1.0) * 255.0).round().clamp(0.0, 255.0) as u8,
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_are_read_in_every_form_the_browser_prints() {
        let red = Rgba { r: 255, g: 0, b: 0, a: 255 };
        for text in
            ["rgb(255, 0, 0)", "rgba(255, 0, 0, 1)", "#ff0000", "#ff0000ff", "color(srgb 1 0 0)"]
        {
            assert_eq!(color(text), Some(red), "{text}");
        }
        assert_eq!(color("rgba(0, 0, 0, 0)"), Some(Rgba::TRANSPARENT));
        assert_eq!(color("color(srgb 1 0 0 / 0.5)").map(|c| c.a), Some(128));
        assert_eq!(color("transparent!"), None);
    }

    #[test]
    fn a_missing_value_is_the_initial_one() {
        let style = read(&[]);
        assert_eq!((style.opacity, style.font_weight), (1.0, 400));
    }
}
