//! From a screenshot to its [`Percept`]. Owns the order of the steps and what counts as a line that
//! was read; the steps themselves live in the other modules.

use pageloom_schema::{GenericFont, OcrLine, Percept, Png, Rect};

use crate::error::VisionError;
use crate::group::TextGroup;
use crate::ink::Blob;
use crate::ocr::{Ocr, OcrWord};
use crate::pixels::{Pixels, decode};
use crate::scene::{Scene, parse};
use crate::segment::{page_background, regions, rgba};
use crate::sheet::{Reading, read_groups};
use crate::typeface::{font_size, size_from_height};

/// The most lines one page is read for; the topmost are kept.
const MAX_LINES: usize = 3_000;

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
    if let Some(ocr) = ocr {
        let wanted: Vec<usize> = (0..scene.groups.len())
            .filter(|&i| scene.groups[i].width() >= 3 && scene.groups[i].height() >= 5)
            .take(MAX_LINES)
            .collect();
        let readings = read_groups(ocr, pixels, &scene.ink, &scene.groups, &wanted)?;
        text = vec![false; scene.groups.len()];
        let mut faces = Vec::new();
        for reading in &readings {
            if let Some(line) = line_of(&scene, reading) {
                text[reading.group] = true;
                faces.push(line);
            }
        }
        settle_families(&mut faces);
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
        regions: regions(pixels, &scene, &text),
    })
}

/// Least confidence of a line of several letters, and of a lone sign, which may be an icon.
const SURE: f64 = 30.0;
const SURE_OF_ONE: f64 = 70.0;

/// The line a reading stands for, unless it is more likely a drawing.
fn line_of(scene: &Scene, reading: &Reading) -> Option<(OcrLine, FaceClues)> {
    let group = &scene.groups[reading.group];
    let words: Vec<&OcrWord> = reading.words.iter().filter(|w| w.confidence > 5.0).collect();
    let text = mend(&words.iter().map(|w| w.text.as_str()).collect::<Vec<_>>());
    let letters = text.chars().filter(|c| c.is_alphanumeric()).count();
    let sum: f64 = words.iter().map(|w| w.confidence * w.text.chars().count() as f64).sum();
    let weight: f64 = words.iter().map(|w| w.text.chars().count() as f64).sum();
    let confidence = if weight > 0.0 { sum / weight } else { 0.0 };
    let needed = if letters <= 1 || group.blobs.len() <= 1 { SURE_OF_ONE } else { SURE };
    if text.is_empty() || confidence < needed || (letters == 0 && text.chars().count() > 2) {
        return None;
    }

    let [left, top, right, bottom] = group.bounds.map(f64::from);
    let whole = Rect::new(left, top, right - left, bottom - top);
    let read = words.iter().map(|w| w.rect).reduce(|a, b| a.union(&b)).unwrap_or(whole);
    // The engine's own box is loose; it only counts where it saw a part of the group.
    let partial = read.width < 0.8 * whole.width || read.height < 0.55 * whole.height;
    let rect = if partial { read.intersection(&whole).unwrap_or(whole) } else { whole };

    let blobs: Vec<&Blob> = group.blobs.iter().map(|&i| &scene.ink.blobs[i as usize]).collect();
    let mass: f64 = blobs.iter().map(|b| b.mass).sum();
    let strokes: u64 = blobs.iter().map(|b| b.strokes).sum();
    let stroke = mass / strokes.max(1) as f64;
    let size = size_from_height(&text, GenericFont::Sans, rect.height);
    let clues = face_clues(&text, &words, group, &blobs);
    let line = OcrLine {
        rect,
        confidence,
        color: rgba(typical(&blobs, |b| b.color)),
        backdrop: rgba(typical(&blobs, |b| b.backdrop)),
        font_size: size,
        bold: stroke / size > BOLD_STROKE,
        family: GenericFont::Sans,
        text,
    };
    Some((line, clues))
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

/// Mean length of a horizontal cut through a stroke, in em, above which a face is bold.
const BOLD_STROKE: f64 = 0.165;

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
    /// Distance between letters in pixels where it is the same for all of them.
    pitch: Option<f64>,
    /// Letters that are a bare upright stroke without serifs (`i`, `l`, `I`)…
    plain: usize,
    /// … and how many the text has.
    stems: usize,
}

fn face_clues(text: &str, words: &[&OcrWord], group: &TextGroup, blobs: &[&Blob]) -> FaceClues {
    let steps: Vec<f64> = words
        .windows(2)
        .map(|pair| {
            let letters = pair[0].text.chars().count() as f64 + 1.0;
            (pair[1].rect.x - pair[0].rect.x) / letters
        })
        .collect();
    let low = steps.iter().copied().fold(f64::INFINITY, f64::min);
    let high = steps.iter().copied().fold(0.0, f64::max);
    let even = steps.len() >= 2 && high - low <= 0.06 * high;
    let stems = text.chars().filter(|c| matches!(c, 'i' | 'l' | 'I')).count();
    let brackets =
        text.chars().filter(|c| matches!(c, '(' | ')' | '[' | ']' | '|' | '!' | '/')).count();
    let letter = f64::from(group.letter_height);
    let narrow = |blob: &&&Blob| {
        let (w, h) = (f64::from(blob.width()), f64::from(blob.height()));
        h >= 0.85 * letter && w <= if h >= 1.2 * letter { 0.33 } else { 0.4 } * h
    };
    let plain = blobs.iter().filter(narrow).count().saturating_sub(brackets).min(stems);
    FaceClues { pitch: even.then_some((low + high) / 2.0), plain, stems }
}

/// Chooses the families and, with them, the sizes. A line that says nothing of its own follows the
/// page: a heading may have another face than the text, but a short line rarely has.
fn settle_families(lines: &mut [(OcrLine, FaceClues)]) {
    let family_of = |plain: usize, stems: usize| {
        if 5 * plain >= 2 * stems { GenericFont::Sans } else { GenericFont::Serif }
    };
    let plain = lines.iter().map(|(_, clues)| clues.plain).sum();
    let stems = lines.iter().map(|(_, clues)| clues.stems).sum();
    let main = family_of(plain, stems);
    for (line, clues) in lines {
        let tall = line.rect.height >= 20.0;
        let tells = clues.stems >= 5 || (tall && clues.stems >= 2);
        line.family = if tells { family_of(clues.plain, clues.stems) } else { main };
        let Rect { width, height, .. } = line.rect;
        if let Some(pitch) = clues.pitch {
            // Every letter of a monospaced face is 0.6 em wide.
            let size = size_from_height(&line.text, GenericFont::Mono, height);
            if (0.52..=0.68).contains(&(pitch / size)) {
                line.family = GenericFont::Mono;
            }
        }
        line.font_size = font_size(&line.text, line.family, line.bold, width, height);
    }
}
