//! Colours as people see them: sRGB to CIELAB and the CIEDE2000 difference.

use pageloom_schema::Rgba;
use palette::color_difference::Ciede2000;
use palette::{IntoColor, Lab, Srgb};

/// A colour in CIELAB under D65.
pub(crate) type LabColor = Lab<palette::white_point::D65, f32>;

/// The CIELAB colour of opaque sRGB bytes.
pub(crate) fn lab(rgb: [u8; 3]) -> LabColor {
    Srgb::new(rgb[0], rgb[1], rgb[2]).into_format::<f32>().into_color()
}

/// CIEDE2000 difference: 0 for equal colours, about 100 between black and white. Source: Sharma,
/// Wu, Dalal 2005, as implemented by the `palette` crate.
pub(crate) fn difference(a: LabColor, b: LabColor) -> f64 {
    if a == b { 0.0 } else { f64::from(a.difference(b)) }
}

/// Difference of two style colours, their opacity taken as laid over white.
pub(crate) fn style_difference(a: Rgba, b: Rgba) -> f64 {
    if a == b { 0.0 } else { difference(lab(over_white(a)), lab(over_white(b))) }
}

/// `color` laid over white.
pub(crate) fn over_white(color: Rgba) -> [u8; 3] {
    over(color, [255; 3])
}

/// `color` laid over an opaque colour.
pub(crate) fn over(color: Rgba, below: [u8; 3]) -> [u8; 3] {
    let alpha = u32::from(color.a);
    let mix = |top: u8, under: u8| {
        ((u32::from(top) * alpha + u32::from(under) * (255 - alpha) + 127) / 255) as u8
    };
    [mix(color.r, below[0]), mix(color.g, below[1]), mix(color.b, below[2])]
}

#[cfg(test)]
mod tests {
    use super::{difference, lab};

    #[test]
    fn difference_follows_the_published_scale() {
        assert!(difference(lab([10, 20, 30]), lab([10, 20, 30])).abs() < 1e-9);
        assert!((difference(lab([0; 3]), lab([255; 3])) - 100.0).abs() < 0.1);
        // Two reds that are hard to tell apart.
        assert!(difference(lab([200, 30, 30]), lab([204, 30, 32])) < 1.5);
    }
}
