//! The conditions of a render, all of them arguments: equal site, viewport and policy give equal
//! bytes.

use serde::{Deserialize, Serialize};

use crate::units::Millis;

/// A window size in CSS pixels at device scale 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewport {
    /// Width, 1..=16384.
    pub width: u32,
    /// Height, 1..=16384.
    pub height: u32,
}

impl Default for Viewport {
    /// 1280 × 720, the window of the Design2Code screenshots.
    fn default() -> Self {
        Self { width: 1280, height: 720 }
    }
}

impl std::fmt::Display for Viewport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

impl std::str::FromStr for Viewport {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = |part: &str| part.parse().ok().filter(|n| (1..=16_384).contains(n));
        text.split_once('x')
            .and_then(|(w, h)| Some(Self { width: parse(w)?, height: parse(h)? }))
            .ok_or_else(|| {
                format!("`{text}` is not a viewport; write WIDTHxHEIGHT, such as 1280x720")
            })
    }
}

/// What a render records and where it stops.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenderPolicy {
    /// Take the window's picture.
    pub viewport_png: bool,
    /// Take the whole page's picture.
    pub full_page_png: bool,
    /// Record the DOM with computed styles, boxes and text lines.
    pub dom: bool,
    /// Record the accessibility tree.
    pub accessibility: bool,
    /// Wall-clock limit for the whole render.
    pub deadline: Millis,
    /// Virtual time a page gets to settle after it starts loading; costs little wall time.
    pub virtual_time: Millis,
    /// The page's clock at the start, in milliseconds since 1970 (UTC).
    pub epoch_ms: u64,
    /// Seed of `Math.random` and `crypto.getRandomValues`.
    pub seed: u32,
    /// The tallest full-page picture in CSS pixels; the part below is cut and the cut recorded.
    pub max_height: u32,
    /// The most DOM nodes a page may have.
    pub max_nodes: u32,
    /// The most memory one page's process may take, in MiB.
    pub max_memory_mib: u32,
}

impl Default for RenderPolicy {
    fn default() -> Self {
        Self {
            viewport_png: false,
            full_page_png: true,
            dom: true,
            accessibility: false,
            deadline: Millis(15_000),
            virtual_time: Millis(3_000),
            epoch_ms: 1_767_268_800_000,
            seed: 1,
            max_height: 16_384,
            max_nodes: 60_000,
            max_memory_mib: 1_536,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Viewport;

    #[test]
    fn viewport_reads_what_it_prints() {
        let viewport = Viewport { width: 375, height: 812 };
        assert_eq!(viewport.to_string().parse(), Ok(viewport));
    }

    #[test]
    fn viewport_refuses_zero_and_text() {
        for text in ["0x10", "10", "axb", "1280x99999", ""] {
            assert!(text.parse::<Viewport>().is_err(), "{text}");
        }
    }
}
