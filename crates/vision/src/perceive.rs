//! From a screenshot to its [`Percept`]. Owns the order of the steps and what counts as a line that
//! was read; the steps themselves live in the other modules.

use pageloom_schema::{GenericFont, OcrLine, Percept, Png, Rect};

use crate::error::VisionError;
use crate::group::TextGroup;
use crate::ink::Blob;
use crate::ocr::{Ocr, OcrWord};
use crate::pixels::{Pixels, decode};
use crate::scene::{PixelBox, Scene, parse};
use crate::segment::{page_background, regions, rgba};
use crate::sheet::{Reading, read_groups};
use crate::typeface::{font_size, size_from_height};

/// The most lines one page is read for; the topmost are kept.
const MAX_LINES: usize = 3_000;
/// With more single signs than this on a page, they are a pattern and none is read.
const MAX_LONE_SIGNS: usize = 600;

/// Perceives a screenshot; without an engine the percept has no lines, and rows of letters are
/// left out of its regions all the same.
///
/// # Errors
/// [`VisionError`] for a picture that cannot be decoded or an engine that fails.
pub fn perceive(png: &Png, ocr: Option<&Ocr>) -> Result<Percept, VisionError> {
    perceive_pixels(&decode(png)?, ocr)
}

/// [`perceive`] for a picture that is decoded already.
///
/// # Errors
/// [`VisionError`] of an engine that fails.
pub fn perceive_pixels(pixels: &Pixels, ocr: Option<&Ocr>) -> Result<Percept, VisionError> {
    let scene = parse(pixels);
    let mut text: Vec<bool> = scene.groups.iter().map(|group| group.blobs.len() >= 3).collect();
    let mut lines: Vec<OcrLine> = Vec::new();
    let mut icons = Vec::new();
    if let Some(ocr) = ocr {
        let mut wanted: Vec<usize> =
            (0..scene.groups.len()).filter(|&i| is_readable(&scene, &scene.groups[i])).collect();
        let lone = |i: &usize| scene.groups[*i].blobs.len() == 1;
        if wanted.iter().filter(|i| lone(i)).count() > MAX_LONE_SIGNS {
            wanted.retain(|i| !lone(i));
        }
        wanted.truncate(MAX_LINES);
        let readings = read_groups(ocr, pixels, &scene.ink, &scene.groups, &wanted)?;
        text = vec![false; scene.groups.len()];
        let mut faces = Vec::new();
        for reading in &readings {
            if let Some(read) = line_of(&scene, reading) {
                text[reading.group] = true;
                faces.push((read.line, read.clues));
                icons.extend(read.icon);
            }
        }
        settle_faces(&mut faces);
        lines = faces.into_iter().map(|(line, _)| line).collect();
        lines.sort_by(|a, b| {
            let place = |line: &OcrLine| (line.rect.y, line.rect.x);
            let ((ay, ax), (by, bx)) = (place(a), place(b));
            ay.total_cmp(&by).then(ax.total_cmp(&bx))
        });
    }
    Ok(Percept {
        width: pixels.width(),
        height: pixels.height(),
        background: rgba(page_background(pixels)),
        lines,
        regions: regions(pixels, &scene, &text, icons),
    })
}

/// Whether a group is worth reading: letters differ in size, the dots of a pattern do not.
fn is_readable(scene: &Scene, group: &TextGroup) -> bool {
    let sizes = || {
        group.blobs.iter().map(|&i| {
            let blob = &scene.ink.blobs[i as usize];
            (blob.width(), blob.height())
        })
    };
    let first = sizes().next().unwrap_or((0, 0));
    let alike = |size: (u32, u32)| first.0.abs_diff(size.0) <= 1 && first.1.abs_diff(size.1) <= 1;
    let pattern = group.blobs.len() >= 5 && first.1 <= 8 && sizes().all(alike);
    let dot = group.width() <= 7 && group.height() <= 7;
    group.width() >= 3 && group.height() >= 5 && !pattern && !dot
}

/// Least confidence of a line of text, of a short one, which may be another script taken for
/// Latin, and of a lone sign, which may be an icon.
const SURE: f64 = 45.0;
const SURE_OF_FEW: f64 = 60.0;
const SURE_OF_ONE: f64 = 70.0;

/// A line with what is needed to choose its typeface, and the drawing before it.
struct Read {
    line: OcrLine,
    clues: FaceClues,
    icon: Option<PixelBox>,
}

/// The line a reading stands for, unless it is more likely a drawing.
fn line_of(scene: &Scene, reading: &Reading) -> Option<Read> {
    let group = &scene.groups[reading.group];
    let mut words: Vec<&OcrWord> = reading.words.iter().filter(|w| w.confidence > 5.0).collect();
    let icon = leading_icon(&words, group);
    if icon.is_some() {
        words.remove(0);
    }
    let text = mend(&words.iter().map(|w| w.text.as_str()).collect::<Vec<_>>());
    let letters = text.chars().filter(|c| c.is_alphanumeric()).count();
    let sum: f64 = words.iter().map(|w| w.confidence * w.text.chars().count() as f64).sum();
    let weight: f64 = words.iter().map(|w| w.text.chars().count() as f64).sum();
    let confidence = if weight > 0.0 { sum / weight } else { 0.0 };
    let needed = match letters {
        // A dial or a play button has more parts than a letter.
        0 | 1 if group.blobs.len() > 2 => return None,
        0 | 1 => SURE_OF_ONE,
        _ if group.blobs.len() <= 1 => SURE_OF_ONE,
        2..=11 => SURE_OF_FEW,
        _ => SURE,
    };
    if text.is_empty() || confidence < needed || (letters == 0 && text.chars().count() > 2) {
        return None;
    }

    let [left, top, right, bottom] = group.bounds.map(f64::from);
    let left = icon.map_or(left, |_| words[0].rect.x.max(left));
    let whole = Rect::new(left, top, right - left, bottom - top);
    let read = words.iter().map(|w| w.rect).reduce(|a, b| a.union(&b)).unwrap_or(whole);
    // The engine's own box is loose; it only counts where it saw a part of the group.
    let partial = read.width < 0.8 * whole.width || read.height < 0.55 * whole.height;
    let rect = if partial { read.intersection(&whole).unwrap_or(whole) } else { whole };

    let blobs: Vec<&Blob> = group.blobs.iter().map(|&i| &scene.ink.blobs[i as usize]).collect();
    let size = size_from_height(&text, GenericFont::Sans, rect.height);
    let clues = face_clues(&text, group, &blobs);
    let line = OcrLine {
        rect,
        confidence,
        color: rgba(typical(&blobs, |b| b.color)),
        backdrop: rgba(typical(&blobs, |b| b.backdrop)),
        font_size: size,
        bold: false,
        family: GenericFont::Sans,
        text,
    };
    Some(Read { line, clues, icon })
}

/// The box of a drawing that the engine took for a first word: very short, unsure or no letter at
/// all, and farther from the text than a space is wide.
fn leading_icon(words: &[&OcrWord], group: &TextGroup) -> Option<PixelBox> {
    let [first, second, ..] = words else { return None };
    let letter = f64::from(group.letter_height);
    let apart = second.rect.x - first.rect.right() > 0.62 * letter;
    let doubtful = first.confidence < 75.0 || !first.text.chars().any(char::is_alphanumeric);
    let short = first.text.chars().count() <= 2;
    // A bar is an `I` more often than a drawing, and a sign before a number its currency.
    if first.text == "|" || second.text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let [left, top, _, bottom] = group.bounds;
    let right = first.rect.right().max(f64::from(left) + 1.0).ceil() as u32;
    (apart && doubtful && short).then_some([left, top, right, bottom])
}

/// Joins the words, and takes a bar at the beginning or before an apostrophe for the capital `I`
/// that it is in running text.
fn mend(words: &[&str]) -> String {
    let mut mended: Vec<String> = Vec::with_capacity(words.len());
    for (n, word) in words.iter().enumerate() {
        let first = n == 0 && *word == "|" && words.len() > 2;
        let contracted = word.starts_with("|'") || word.starts_with("|’");
        mended.push(if first || contracted { word.replacen('|', "I", 1) } else { (*word).into() });
    }
    mended.join(" ")
}

/// The most frequent colour, or, where all differ (thin letters hardly reach their colour), the
/// one of nearly the highest contrast: blending only ever lowers it.
fn typical(blobs: &[&Blob], color: impl Fn(&Blob) -> [u8; 3]) -> [u8; 3] {
    let mut colors: Vec<[u8; 3]> = blobs.iter().map(|b| color(b)).collect();
    colors.sort_unstable();
    let runs = colors.chunk_by(|a, b| a == b).map(|run| (run.len(), run[0]));
    let (count, frequent) = runs.max().unwrap_or((0, [0; 3]));
    if 3 * count >= blobs.len() {
        return frequent;
    }
    let mut ranked: Vec<&Blob> = blobs.to_vec();
    ranked.sort_by(|a, b| a.contrast.total_cmp(&b.contrast));
    ranked.get(ranked.len() * 19 / 20).map_or(frequent, |b| color(b))
}

/// What the shapes of a line say about its typeface.
struct FaceClues {
    /// True when the letters stand on a grid.
    even: bool,
    /// Letters that are a bare upright stroke without serifs (`i`, `l`, `I`)…
    plain: usize,
    /// … and how many the text has.
    stems: usize,
    /// True when hardly any letters touch, so that `plain` can be trusted for this line alone.
    parted: bool,
    /// Stroke starts seen from above, for one seen from the left: serifs add to it.
    bars: f64,
    /// Mean length of a horizontal cut through a stroke, in pixels.
    stroke: f64,
}

fn face_clues(text: &str, group: &TextGroup, blobs: &[&Blob]) -> FaceClues {
    let count = |wanted: &str| text.chars().filter(|&c| wanted.contains(c)).count();
    let stems = count("ilI");
    let letter = f64::from(group.letter_height);
    let narrow = |blob: &&&Blob| {
        let (w, h) = (f64::from(blob.width()), f64::from(blob.height()));
        h >= 0.85 * letter && w <= if h >= 1.2 * letter { 0.33 } else { 0.4 } * h
    };
    let bare = blobs.iter().filter(narrow).count();
    let plain = bare.saturating_sub(count("()[]|!/")).min(stems);
    let size = size_from_height(text, GenericFont::Mono, f64::from(group.height()));
    // Digits are equally wide in most faces.
    let worded = text.chars().filter(|c| c.is_alphabetic()).count() >= 4;
    let letters = text.chars().filter(|c| !c.is_whitespace()).count();
    let strokes: u64 = blobs.iter().map(|b| b.strokes).sum();
    let bars: u64 = blobs.iter().map(|b| b.bars).sum();
    let mass: f64 = blobs.iter().map(|b| b.mass).sum();
    FaceClues {
        even: worded && evenly_spaced(blobs, size),
        plain,
        stems,
        parted: blobs.len() * 10 >= letters * 9,
        bars: bars as f64 / strokes.max(1) as f64,
        stroke: mass / strokes.max(1) as f64,
    }
}

/// Whether the letters stand on a grid of about 0.6 em, as those of a monospaced face do.
fn evenly_spaced(blobs: &[&Blob], size: f64) -> bool {
    const FEWEST: usize = 5;
    let mut centers: Vec<f64> = blobs.iter().map(|b| f64::from(b.left + b.right) / 2.0).collect();
    centers.sort_by(f64::total_cmp);
    let steps: Vec<f64> = centers
        .windows(2)
        .map(|pair| pair[1] - pair[0])
        // Less is the dot over its `i`.
        .filter(|&step| step > 0.2 * size)
        .collect();
    if steps.len() < FEWEST {
        return false;
    }
    let on_grid = |pitch: f64| {
        steps
            .iter()
            .filter(|&&step| {
                let cells = (step / pitch).round().max(1.0);
                (step / pitch - cells).abs() <= 0.14 && cells <= 4.0
            })
            .count()
    };
    // 0.52 to 0.68 em in steps of 0.01 em, for the size is only an estimate.
    let best = (52..=68).map(|n| on_grid(f64::from(n) / 100.0 * size)).max().unwrap_or(0);
    best * 100 >= steps.len() * 86
}

/// Chooses families, weights and, with them, sizes. A line that says little of its own follows the
/// page: a large heading may have another face than the text, but a short line rarely has.
fn settle_faces(lines: &mut [(OcrLine, FaceClues)]) {
    // Serifs both hide bare stems and add bars; sans serif is assumed unless both are seen.
    const SERIF_BARS: f64 = 0.82;
    let plain: usize = lines.iter().map(|(_, clues)| clues.plain).sum();
    let stems: usize = lines.iter().map(|(_, clues)| clues.stems).sum();
    let mut bars: Vec<f64> = lines
        .iter()
        .filter(|(line, _)| line.text.chars().count() >= 14)
        .map(|(_, clues)| clues.bars)
        .collect();
    bars.sort_by(f64::total_cmp);
    let usual_bars = bars.get(bars.len() / 2).copied().unwrap_or(0.0);
    let main = if 3 * plain < stems && usual_bars >= SERIF_BARS {
        GenericFont::Serif
    } else {
        GenericFont::Sans
    };
    for (line, clues) in lines {
        let tells = line.rect.height >= 20.0 && clues.stems >= 2 && clues.parted;
        line.family = match (clues.even, tells) {
            (true, _) => GenericFont::Mono,
            (false, true) if 3 * clues.plain < clues.stems => GenericFont::Serif,
            (false, true) => GenericFont::Sans,
            (false, false) => main,
        };
        let Rect { width, height, .. } = line.rect;
        line.bold = clues.stroke / line.font_size > bold_stroke(line.family, height);
        line.font_size = font_size(&line.text, line.family, line.bold, width, height);
    }
}

/// Mean length of a horizontal cut through a stroke, in em, above which a face is bold. Blending
/// at both edges adds about half a pixel, which weighs more in small type; serif faces have thin
/// parts in their bold, too.
fn bold_stroke(family: GenericFont, line_height: f64) -> f64 {
    let share = if family == GenericFont::Serif { 0.9 } else { 1.0 };
    share * (0.113 + 0.5 / line_height)
}
