//! The `layout` baseline: a classical reconstruction of a page from its screenshot alone, without
//! any model. Owns writing a percept down as HTML: every box, picture and line of text becomes one
//! absolutely positioned element. Must not embed pixels of the screenshot: a picture becomes a box
//! of its mean colour, so that the baseline measures layout, colour and text, not copying.

use std::cmp::Reverse;
use std::fmt::Write as _;

use pageloom_schema::{GenericFont, OcrLine, Percept, Region, RegionKind, Rgba};
use pageloom_vision::{Pixels, ink_extent, set_width};

/// The page as one HTML document without scripts or other files.
///
/// `picture` is the screenshot that `percept` was made of; it serves to tell a box that changes
/// its colour from top to bottom from a flat one. The document is as high as the percept.
#[must_use]
pub fn page_html(percept: &Percept, picture: &Pixels) -> String {
    let mut html = String::new();
    let background = css_color(percept.background);
    // Writing to a string cannot fail, so the results below are dropped.
    let _ = write!(
        html,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{}</title>\n\
         <style>\nhtml {{ background: {background}; }}\nbody {{ position: relative; margin: 0; \
         width: {}px; height: {}px; overflow: hidden; }}\ndiv, span {{ position: absolute; \
         box-sizing: border-box; }}\nspan {{ white-space: nowrap; line-height: 1; \
         transform-origin: 0 0; font-family: {}; }}\n.serif {{ font-family: {}; }}\n.mono {{ font-family: {}; }}\n\
         </style>\n</head>\n<body>\n",
        escape(&title_of(percept)),
        percept.width,
        percept.height,
        css_family(GenericFont::Sans),
        css_family(GenericFont::Serif),
        css_family(GenericFont::Mono),
    );
    let mut regions: Vec<&Region> = percept.regions.iter().collect();
    // What contains others is larger, and painted first.
    regions.sort_by_key(|r| Reverse(r.rect.area().round() as u64));
    for region in regions {
        write_region(&mut html, region, picture);
    }
    for line in &percept.lines {
        write_line(&mut html, line);
    }
    html.push_str("</body>\n</html>\n");
    html
}

/// The largest line near the top names the page.
fn title_of(percept: &Percept) -> String {
    percept
        .lines
        .iter()
        .filter(|line| line.rect.y < 800.0 && line.text.chars().count() >= 4)
        .max_by(|a, b| a.font_size.total_cmp(&b.font_size).then(b.rect.y.total_cmp(&a.rect.y)))
        .map_or_else(|| "Page".to_owned(), |line| line.text.clone())
}

fn css_color(color: Rgba) -> String {
    format!("#{:02x}{:02x}{:02x}", color.r, color.g, color.b)
}

fn css_family(family: GenericFont) -> &'static str {
    match family {
        GenericFont::Sans => "Arial, 'Liberation Sans', sans-serif",
        GenericFont::Serif => "'Times New Roman', 'Liberation Serif', serif",
        GenericFont::Mono => "'Courier New', 'Liberation Mono', monospace",
    }
}

/// A length with at most two decimals and no trailing zeros.
fn px(length: f64) -> String {
    let hundredths = (length * 100.0).round() / 100.0;
    // Adding zero turns a negative zero into a plain one.
    format!("{}px", hundredths + 0.0)
}

fn write_region(html: &mut String, region: &Region, picture: &Pixels) {
    let r = region.rect;
    let _ = write!(
        html,
        "<div style=\"left:{};top:{};width:{};height:{};background:{}",
        px(r.x),
        px(r.y),
        px(r.width),
        px(r.height),
        fill_of(region, picture),
    );
    if let Some(color) = region.border {
        let _ = write!(html, ";border:{} solid {}", px(region.border_width), css_color(color));
    }
    if region.radius > 0.0 {
        let _ = write!(html, ";border-radius:{}", px(region.radius));
    }
    html.push_str("\"></div>\n");
}

/// The CSS background of a region: its colour, or two colours where it runs from one to another.
fn fill_of(region: &Region, picture: &Pixels) -> String {
    let flat = css_color(region.color);
    let r = region.rect;
    if region.kind == RegionKind::Picture || r.width < 40.0 || r.height < 24.0 {
        return flat;
    }
    let flat_color = [region.color.r, region.color.g, region.color.b];
    let grid = |n: f64| (1..10).map(move |k| n * f64::from(k) / 10.0);
    let equal = grid(r.width)
        .flat_map(|dx| grid(r.height).map(move |dy| (r.x + dx, r.y + dy)))
        .filter(|&(x, y)| picture.at(x as u32, y as u32) == flat_color)
        .count();
    if equal >= 20 {
        return flat;
    }
    // Just inside the four edges, where neither text nor rounded corners are likely.
    let inset = region.border_width + 2.0;
    let (cx, cy) = r.center();
    let sample = |x: f64, y: f64| picture.at(x.max(0.0) as u32, y.max(0.0) as u32);
    let ends = [
        ("to bottom", sample(cx, r.y + inset), sample(cx, r.bottom() - 1.0 - inset)),
        ("to right", sample(r.x + inset, cy), sample(r.right() - 1.0 - inset, cy)),
    ];
    let smooth = |from: [u8; 3], to: [u8; 3]| {
        // In a linear gradient the mean colour lies midway between the ends.
        let far = (0..3).map(|k| from[k].abs_diff(to[k])).max().unwrap_or(0);
        let off = (0..3)
            .map(|k| {
                let middle = (u16::from(from[k]) + u16::from(to[k])) / 2;
                middle.abs_diff(u16::from(flat_color[k]))
            })
            .max()
            .unwrap_or(0);
        far >= 12 && off <= 10
    };
    let hex = |[r, g, b]: [u8; 3]| format!("#{r:02x}{g:02x}{b:02x}");
    let [down, across] = ends.map(|(way, from, to)| (smooth(from, to), way, hex(from), hex(to)));
    match (down, across) {
        ((true, ..), (true, ..)) => {
            let inner = |x: f64| x + inset;
            let corner = sample(inner(r.x) + 4.0, inner(r.y) + 4.0);
            let opposite = sample(r.right() - 5.0 - inset, r.bottom() - 5.0 - inset);
            format!("linear-gradient(to bottom right, {}, {})", hex(corner), hex(opposite))
        }
        ((true, way, from, to), _) | (_, (true, way, from, to)) => {
            format!("linear-gradient({way}, {from}, {to})")
        }
        _ => flat,
    }
}

/// Distance from the top of a line box of height 1 em to the baseline, in em: half of what the
/// line lacks against ascent plus descent is taken off the ascent.
fn baseline(family: GenericFont) -> f64 {
    let (ascent, descent) = match family {
        GenericFont::Sans => (0.905, 0.212),
        GenericFont::Serif => (0.891, 0.216),
        GenericFont::Mono => (0.833, 0.300),
    };
    ascent + (1.0 - (ascent + descent)) / 2.0
}

/// Space a glyph leaves at each side, in em, on average.
const SIDE_BEARING: f64 = 0.055;

fn write_line(html: &mut String, line: &OcrLine) {
    let size = line.font_size;
    let (above, below) = ink_extent(&line.text, line.family);
    // The ink is centred on where it should be, so that an error in size shows at both edges.
    let slack = (line.rect.height - (above + below) * size) / 2.0;
    let top = line.rect.y + slack + (above - baseline(line.family)) * size;
    let left = line.rect.x - SIDE_BEARING * size;
    let _ = write!(
        html,
        "<span{} style=\"left:{};top:{};font-size:{};color:{}",
        match line.family {
            GenericFont::Sans => "",
            GenericFont::Serif => " class=\"serif\"",
            GenericFont::Mono => " class=\"mono\"",
        },
        px(left),
        px(top),
        px(size),
        css_color(line.color),
    );
    if line.bold {
        html.push_str(";font-weight:bold");
    }
    let gaps = line.text.chars().count().saturating_sub(1) as f64;
    let natural = (set_width(&line.text, line.family, line.bold) - 2.0 * SIDE_BEARING) * size;
    if gaps >= 1.0 && natural > 0.0 {
        let spacing = (line.rect.width - natural) / gaps;
        let ratio = line.rect.width / natural;
        if spacing.abs() > 0.06 * size {
            // A condensed or extended face: spacing alone would make the letters overlap.
            let ratio = (ratio.clamp(0.3, 3.0) * 1000.0).round() / 1000.0;
            let _ = write!(html, ";transform:scaleX({ratio})");
        } else if spacing.abs() >= 0.02 {
            let _ = write!(html, ";letter-spacing:{}", px(spacing));
        }
    }
    let _ = writeln!(html, "\">{}</span>", escape(&line.text));
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            _ => escaped.push(c),
        }
    }
    escaped
}
