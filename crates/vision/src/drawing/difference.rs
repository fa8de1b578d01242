//! Where two pictures differ: a picture of it for people and models, and the worst places.
//!
//! Pure work on decoded pixels. Pictures of different size are laid on each other at the top left;
//! what only one of them has differs wholly.

use pageloom_schema::{Png, Rect, Rgba};

use crate::error::VisionError;
use crate::pixels::{Pixels, decode};

/// Side of the squares that are looked at for the worst places, in pixels.
const CELL: u32 = 64;
/// Mean difference of a square, 0..=1, from which on it is told.
const TOLD: f64 = 0.04;

/// Rows of the same width whose shares lie no further apart are told as one.
const ALIKE: f64 = 0.1;

/// A part of both pictures, in pixels; right and bottom are outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    left: u32,
    top: u32,
    right: u32,
    bottom: u32,
}

impl Run {
    fn continues_in(self, below: Self) -> bool {
        (self.left, self.right, self.bottom) == (below.left, below.right, below.top)
    }
}

/// A place where the pictures differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    run: Run,
    /// Mean difference, 0..=1.
    pub share: f64,
    /// Mean colour in the target; absent below its end.
    pub target: Option<[u8; 3]>,
    /// Mean colour in the candidate; absent below its end.
    pub candidate: Option<[u8; 3]>,
}

/// [`difference_picture`] from PNG to PNG.
///
/// # Errors
/// [`VisionError`] when one cannot be decoded, or the two together are larger than a picture may be.
pub fn difference(target: &Png, candidate: &Png) -> Result<Png, VisionError> {
    difference_picture(&decode(target)?, &decode(candidate)?)?.encode()
}

/// The candidate in pale grey, and over it in red where it differs.
///
/// # Errors
/// [`VisionError`] when the two together are larger than a picture may be.
pub fn difference_picture(target: &Pixels, candidate: &Pixels) -> Result<Pixels, VisionError> {
    let (width, height) = both(target, candidate);
    let white = Rgba { r: 255, g: 255, b: 255, a: 255 };
    let mut picture = Pixels::filled(width, height, white)?;
    for y in 0..height {
        for x in 0..width {
            let [r, g, b] = pixel(candidate, x, y).unwrap_or([255; 3]).map(u32::from);
            let grey = 160 + (299 * r + 587 * g + 114 * b) / 1000 * 95 / 255;
            // Small differences must be seen too.
            let red = apart(pixel(target, x, y), pixel(candidate, x, y)).sqrt();
            let mix = |to: f64| (f64::from(grey) * (1.0 - red) + to * red).round() as u8;
            picture.set(x, y, [mix(214.0), mix(20.0), mix(20.0)]);
        }
    }
    Ok(picture)
}

/// The worst places, worst first: neighbouring squares of one row that differ are one place, and so
/// are rows of the same width that differ about as much.
pub fn worst_places(target: &Pixels, candidate: &Pixels, most: usize) -> Vec<Place> {
    let (width, height) = both(target, candidate);
    let mut runs: Vec<Run> = Vec::new();
    for top in (0..height).step_by(CELL as usize) {
        let bottom = (top + CELL).min(height);
        let mut open: Option<Run> = None;
        for left in (0..width).step_by(CELL as usize) {
            let square = Run { left, top, right: (left + CELL).min(width), bottom };
            if mean_apart(target, candidate, square) >= TOLD {
                open = Some(Run { left: open.map_or(left, |run| run.left), ..square });
            } else {
                runs.extend(open.take());
            }
        }
        runs.extend(open);
    }
    let mut places: Vec<Place> = Vec::new();
    for run in runs {
        let share = mean_apart(target, candidate, run);
        let above = places
            .iter_mut()
            .find(|place| place.run.continues_in(run) && (place.share - share).abs() < ALIKE);
        match above {
            Some(place) => place.run.bottom = run.bottom,
            None => places.push(Place::of(target, candidate, run)),
        }
    }
    let mut places: Vec<Place> =
        places.into_iter().map(|place| Place::of(target, candidate, place.run)).collect();
    let cost = |place: &Place| place.share * place.rect().area();
    places.sort_by(|a, b| cost(b).total_cmp(&cost(a)));
    places.truncate(most);
    places
}

fn both(target: &Pixels, candidate: &Pixels) -> (u32, u32) {
    (target.width().max(candidate.width()), target.height().max(candidate.height()))
}

fn pixel(picture: &Pixels, x: u32, y: u32) -> Option<[u8; 3]> {
    (x < picture.width() && y < picture.height()).then(|| picture.at(x, y))
}

/// How far apart two pixels are, 0..=1.
fn apart(left: Option<[u8; 3]>, right: Option<[u8; 3]>) -> f64 {
    let Some((left, right)) = left.zip(right) else { return 1.0 };
    let most = left.iter().zip(&right).map(|(a, b)| a.abs_diff(*b)).max();
    f64::from(most.unwrap_or_default()) / 255.0
}

fn mean_apart(target: &Pixels, candidate: &Pixels, run: Run) -> f64 {
    let mut sum = 0.0;
    for y in run.top..run.bottom {
        for x in run.left..run.right {
            sum += apart(pixel(target, x, y), pixel(candidate, x, y));
        }
    }
    sum / (f64::from(run.right - run.left) * f64::from(run.bottom - run.top)).max(1.0)
}

impl Place {
    fn of(target: &Pixels, candidate: &Pixels, run: Run) -> Self {
        Self {
            run,
            share: mean_apart(target, candidate, run),
            target: mean_color(target, run),
            candidate: mean_color(candidate, run),
        }
    }

    /// Where.
    pub fn rect(&self) -> Rect {
        let Run { left, top, right, bottom } = self.run;
        let (width, height) = (f64::from(right - left), f64::from(bottom - top));
        Rect::new(f64::from(left), f64::from(top), width, height)
    }
}

fn mean_color(picture: &Pixels, run: Run) -> Option<[u8; 3]> {
    let (mut sum, mut count) = ([0_u64; 3], 0_u64);
    for y in run.top..run.bottom {
        for color in (run.left..run.right).filter_map(|x| pixel(picture, x, y)) {
            count += 1;
            sum.iter_mut().zip(color).for_each(|(sum, value)| *sum += u64::from(value));
        }
    }
    (count > 0).then(|| sum.map(|sum| u8::try_from(sum / count).unwrap_or(u8::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(width: u32, height: u32, [r, g, b]: [u8; 3]) -> Pixels {
        Pixels::filled(width, height, Rgba { r, g, b, a: 255 }).unwrap()
    }

    #[test]
    fn equal_pictures_have_no_red_and_no_worst_place() {
        let page = filled(130, 70, [10, 120, 200]);
        let picture = difference_picture(&page, &page).unwrap();
        assert!(picture.data().iter().all(|[r, g, b]| r == g && g == b));
        assert!(worst_places(&page, &page, 12).is_empty());
    }

    #[test]
    fn what_differs_is_red_and_told_with_both_colours() {
        let target = filled(256, 128, [255; 3]);
        let mut candidate = target.clone();
        for (x, y) in (64..192).flat_map(|x| (0..64).map(move |y| (x, y))) {
            candidate.set(x, y, [0; 3]);
        }
        let picture = difference_picture(&target, &candidate).unwrap();
        assert_eq!(picture.at(100, 20), [214, 20, 20]);
        let [r, g, b] = picture.at(10, 100);
        assert!(r == g && g == b);
        let worst = worst_places(&target, &candidate, 12);
        assert_eq!(worst.len(), 1);
        assert_eq!(worst[0].rect(), Rect::new(64.0, 0.0, 128.0, 64.0));
        assert_eq!((worst[0].target, worst[0].candidate), (Some([255; 3]), Some([0; 3])));
    }

    #[test]
    fn rows_that_differ_alike_are_one_place() {
        let (target, candidate) = (filled(100, 640, [255; 3]), filled(100, 640, [0; 3]));
        let worst = worst_places(&target, &candidate, 12);
        assert_eq!(worst.len(), 1);
        assert_eq!(worst[0].rect(), Rect::new(0.0, 0.0, 100.0, 640.0));
    }

    #[test]
    fn what_only_one_picture_has_differs_wholly() {
        let (target, candidate) = (filled(64, 128, [255; 3]), filled(64, 64, [255; 3]));
        let worst = worst_places(&target, &candidate, 12);
        assert_eq!(worst.len(), 1);
        assert_eq!((worst[0].share, worst[0].candidate), (1.0, None));
        let [target, candidate] = [target, candidate].map(|page| page.encode().unwrap());
        assert_eq!(decode(&difference(&target, &candidate).unwrap()).unwrap().height(), 128);
    }
}
