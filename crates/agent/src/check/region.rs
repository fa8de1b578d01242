//! Whether the picture of an element, or of the window, is another one than before.

use pageloom_schema::{PageState, Png, Rect};

use super::Undecided;

/// How many levels of 255 a channel of a pixel may differ and still be the same: edges of letters are
/// smoothed anew when something near them is drawn.
const LEVELS: u8 = 8;
/// The most pixels that are decoded.
const MAX_PIXELS: u64 = 64_000_000;

/// A decoded picture, four bytes a pixel.
pub(super) struct Picture {
    width: usize,
    height: usize,
    rgba: Vec<u8>,
}

impl Picture {
    /// Decodes a PNG.
    ///
    /// # Errors
    /// When it is none, or is too large to be a window.
    pub(super) fn decode(png: &Png) -> Result<Self, Undecided> {
        let broken =
            |error: png::DecodingError| Undecided::by_us(format!("a picture is broken: {error}"));
        let mut decoder = png::Decoder::new(std::io::Cursor::new(&png.0[..]));
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().map_err(broken)?;
        let (width, height) = (reader.info().width, reader.info().height);
        let large =
            || Undecided::by_us(format!("a picture of {width}×{height} pixels is too large"));
        if u64::from(width) * u64::from(height) > MAX_PIXELS {
            return Err(large());
        }
        let mut bytes = vec![0; reader.output_buffer_size().ok_or_else(large)?];
        let frame = reader.next_frame(&mut bytes).map_err(broken)?;
        bytes.truncate(frame.buffer_size());
        let rgba = match frame.color_type {
            png::ColorType::Rgba => bytes,
            png::ColorType::Rgb => {
                bytes.chunks_exact(3).flat_map(|p| [p[0], p[1], p[2], 255]).collect()
            }
            png::ColorType::GrayscaleAlpha => {
                bytes.chunks_exact(2).flat_map(|p| [p[0], p[0], p[0], p[1]]).collect()
            }
            // Palettes are expanded by the decoder, so that one byte a pixel is grey.
            png::ColorType::Grayscale | png::ColorType::Indexed => {
                bytes.iter().flat_map(|v| [*v, *v, *v, 255]).collect()
            }
        };
        Ok(Self { width: width as usize, height: height as usize, rgba })
    }

    fn pixel(&self, x: usize, y: usize) -> Option<&[u8]> {
        let at = 4 * (y * self.width + x);
        self.rgba.get(at..at + 4).filter(|_| x < self.width)
    }
}

/// A part of a picture: its corner in the picture, and its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Part {
    x: usize,
    y: usize,
    width: usize,
    height: usize,
}

/// How many pixels differ, and how many were held against each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) pixels: usize,
    pub(super) of: usize,
}

/// The difference of two windows, pixel by pixel; every pixel differs where the sizes do.
pub(super) fn of_windows(before: &Picture, after: &Picture) -> Difference {
    if (before.width, before.height) != (after.width, after.height) {
        let all = after.width * after.height;
        return Difference { pixels: all, of: all };
    }
    let whole = Part { x: 0, y: 0, width: after.width, height: after.height };
    difference((before, whole), (after, whole))
}

/// The difference of an element in two windows, wherever it lies in each: its parts that are in both
/// windows are held against each other. Absent when no part of it is in both.
pub(super) fn of_element(
    (before, before_state, before_rect): (&Picture, &PageState, &Rect),
    (after, after_state, after_rect): (&Picture, &PageState, &Rect),
) -> Option<Difference> {
    let old = Placed::of(before, before_state, before_rect);
    let new = Placed::of(after, after_state, after_rect);
    if (old.width, old.height) != (new.width, new.height) {
        let all = (new.width * new.height).max(1.0) as usize;
        return Some(Difference { pixels: all, of: all });
    }
    // What of the element is in the window, counted from its own corner.
    let left = old.hidden_left().max(new.hidden_left());
    let top = old.hidden_top().max(new.hidden_top());
    let right = old.seen_right().min(new.seen_right());
    let bottom = old.seen_bottom().min(new.seen_bottom());
    if right <= left || bottom <= top {
        return None;
    }
    let part = |placed: &Placed| Part {
        x: (placed.x + left) as usize,
        y: (placed.y + top) as usize,
        width: (right - left) as usize,
        height: (bottom - top) as usize,
    };
    Some(difference((before, part(&old)), (after, part(&new))))
}

/// An element in a picture, in whole pixels; its corner may lie outside.
struct Placed {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
    window: (f64, f64),
}

impl Placed {
    fn of(picture: &Picture, state: &PageState, rect: &Rect) -> Self {
        let window = (picture.width as f64, picture.height as f64);
        // Pictures may have more pixels than the window has CSS pixels.
        let wide = f64::from(state.viewport.width);
        let scale = if wide > 0.0 { window.0 / wide } else { 1.0 };
        Self {
            x: ((rect.x - state.scroll.0) * scale).round(),
            y: ((rect.y - state.scroll.1) * scale).round(),
            width: (rect.width * scale).round(),
            height: (rect.height * scale).round(),
            window,
        }
    }

    fn hidden_left(&self) -> f64 {
        (-self.x).max(0.0)
    }

    fn hidden_top(&self) -> f64 {
        (-self.y).max(0.0)
    }

    fn seen_right(&self) -> f64 {
        self.width.min(self.window.0 - self.x)
    }

    fn seen_bottom(&self) -> f64 {
        self.height.min(self.window.1 - self.y)
    }
}

/// The pixels of two parts of one size that differ by more than [`LEVELS`].
fn difference((before, old): (&Picture, Part), (after, new): (&Picture, Part)) -> Difference {
    let mut pixels = 0;
    for y in 0..new.height {
        for x in 0..new.width {
            let a = before.pixel(old.x + x, old.y + y);
            let b = after.pixel(new.x + x, new.y + y);
            let same = match (a, b) {
                (Some(a), Some(b)) => a.iter().zip(b).all(|(a, b)| a.abs_diff(*b) <= LEVELS),
                _ => a.is_none() && b.is_none(),
            };
            pixels += usize::from(!same);
        }
    }
    Difference { pixels, of: new.width * new.height }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: usize, height: usize) -> Picture {
        let rgba = (0..width * height)
            .flat_map(|at| [(at % width * 3) as u8, (at / width * 5) as u8, 200, 255])
            .collect();
        Picture { width, height, rgba }
    }

    fn state(scroll: f64) -> PageState {
        let mut state = PageState { scroll: (0.0, scroll), ..PageState::default() };
        (state.viewport.width, state.viewport.height) = (40, 30);
        state
    }

    #[test]
    fn a_few_levels_are_no_change_and_one_pixel_more_is() {
        let before = picture(40, 30);
        let mut after = picture(40, 30);
        after.rgba[4 * 45] += LEVELS;
        assert_eq!(of_windows(&before, &after), Difference { pixels: 0, of: 1_200 });
        after.rgba[4 * 45] += 1;
        assert_eq!(of_windows(&before, &after).pixels, 1);
        assert_eq!(of_windows(&before, &picture(40, 31)).pixels, 40 * 31);
    }

    #[test]
    fn an_element_is_compared_where_it_lies_in_each_window() {
        let before = picture(40, 30);
        let mut after = picture(40, 30);
        // The page was scrolled by four: the same rows lie four higher.
        after.rgba.drain(..4 * 40 * 4);
        after.rgba.resize(40 * 30 * 4, 7);
        let rect = Rect::new(5.0, 10.0, 8.0, 6.0);
        let same = of_element((&before, &state(0.0), &rect), (&after, &state(4.0), &rect));
        assert_eq!(same, Some(Difference { pixels: 0, of: 48 }));
        after.rgba[4 * (40 * 7 + 6)] ^= 0x80;
        let other = of_element((&before, &state(0.0), &rect), (&after, &state(4.0), &rect));
        assert_eq!(other.map(|d| d.pixels), Some(1));
    }

    #[test]
    fn only_what_is_in_both_windows_is_compared() {
        let page = picture(40, 30);
        let rect = Rect::new(0.0, 26.0, 10.0, 10.0);
        let half = of_element((&page, &state(0.0), &rect), (&page, &state(0.0), &rect));
        assert_eq!(half, Some(Difference { pixels: 0, of: 40 }));
        let gone = of_element((&page, &state(0.0), &rect), (&page, &state(60.0), &rect));
        assert_eq!(gone, None);
    }

    #[test]
    fn another_size_is_a_change() {
        let page = picture(40, 30);
        let (small, large) = (Rect::new(0.0, 0.0, 5.0, 5.0), Rect::new(0.0, 0.0, 5.0, 9.0));
        let grown = of_element((&page, &state(0.0), &small), (&page, &state(0.0), &large));
        assert_eq!(grown, Some(Difference { pixels: 45, of: 45 }));
    }

    #[test]
    fn what_is_no_picture_is_undecided() {
        assert!(Picture::decode(&Png(std::sync::Arc::from(&b"no"[..]))).is_err());
    }
}
