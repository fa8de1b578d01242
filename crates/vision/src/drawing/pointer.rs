//! A mouse pointer, for recordings: a browser's picture does not show where the mouse is.

use crate::pixels::Pixels;

/// The arrow, its tip at the top left: `#` its edge, `.` its inside.
const ARROW: [&str; 19] = [
    "#",
    "##",
    "#.#",
    "#..#",
    "#...#",
    "#....#",
    "#.....#",
    "#......#",
    "#.......#",
    "#........#",
    "#.........#",
    "#..........#",
    "#......#####",
    "#...#..#",
    "#..##...#",
    "#.#  #..#",
    "##   #...#",
    "#     #..#",
    "       ##",
];
const EDGE: [u8; 3] = [0, 0, 0];
const INSIDE: [u8; 3] = [255, 255, 255];
/// The ring's colour, and its inner and outer radius in pixels.
const RING: [u8; 3] = [230, 60, 20];
const RADII: (f64, f64) = (13.0, 17.0);

/// Draws an arrow whose tip is at a place in pixels, 12 wide and 19 high, with a ring around the tip
/// when the button is pressed. A place outside the picture draws what reaches into it.
pub fn draw_pointer(pixels: &mut Pixels, x: f64, y: f64, pressed: bool) {
    if !(x.is_finite() && y.is_finite()) {
        return;
    }
    if pressed {
        draw_ring(pixels, x, y);
    }
    let (left, top) = (x.round() as i64, y.round() as i64);
    for (row, line) in (0..).zip(ARROW) {
        for (column, sign) in (0..).zip(line.chars()) {
            let color = match sign {
                '#' => EDGE,
                '.' => INSIDE,
                _ => continue,
            };
            let place = (u32::try_from(left.saturating_add(column)), u32::try_from(top + row));
            if let (Ok(x), Ok(y)) = place {
                pixels.set(x, y, color);
            }
        }
    }
}

/// A ring with soft edges: each pixel's share is how far it lies inside, at most one pixel.
fn draw_ring(pixels: &mut Pixels, x: f64, y: f64) {
    let reach = RADII.1 + 1.0;
    let span = |middle: f64, size: u32| {
        let from = (middle - reach).clamp(0.0, f64::from(size)) as u32;
        from..(middle + reach).clamp(0.0, f64::from(size)) as u32
    };
    for row in span(y, pixels.height()) {
        for column in span(x, pixels.width()) {
            let distance = (f64::from(column) - x).hypot(f64::from(row) - y);
            let share = (distance - RADII.0).min(RADII.1 - distance).clamp(0.0, 1.0);
            if share > 0.0 {
                let under = pixels.at(column, row);
                let mixed = std::array::from_fn(|n| {
                    let (from, to) = (f64::from(under[n]), f64::from(RING[n]));
                    (from + (to - from) * share).round() as u8
                });
                pixels.set(column, row, mixed);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use pageloom_schema::Rgba;

    use super::*;

    fn page() -> Pixels {
        Pixels::filled(100, 80, Rgba { r: 90, g: 120, b: 90, a: 255 }).unwrap()
    }

    #[test]
    fn the_tip_is_at_the_place_and_only_a_press_has_a_ring() {
        let (mut up, mut down) = (page(), page());
        draw_pointer(&mut up, 40.0, 30.0, false);
        draw_pointer(&mut down, 40.0, 30.0, true);
        assert_eq!((up.at(40, 30), up.at(39, 29)), (EDGE, page().at(0, 0)));
        assert_eq!(up.at(41, 33), INSIDE);
        assert_eq!(up.at(25, 30), page().at(0, 0));
        assert_eq!(down.at(25, 30), RING);
        assert_eq!(down.at(41, 33), INSIDE);
    }

    #[test]
    fn a_pointer_outside_draws_what_reaches_in_and_nothing_else() {
        let mut pixels = page();
        draw_pointer(&mut pixels, -3.0, 10.0, true);
        assert_eq!(pixels.at(0, 10 + 5), INSIDE);
        let before = page();
        for (x, y) in [(1e18, 5.0), (5.0, -1e18), (f64::NAN, 5.0), (f64::INFINITY, 5.0)] {
            let mut pixels = page();
            draw_pointer(&mut pixels, x, y, true);
            assert_eq!(pixels, before, "{x} {y}");
        }
    }
}
