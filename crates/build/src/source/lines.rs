//! From a byte of a text to its line.

/// Where the lines of a text start.
#[derive(Debug)]
pub(crate) struct Lines(Vec<u32>);

impl Lines {
    /// The lines of a text of less than 4 GiB.
    pub(crate) fn new(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self(breaks.filter_map(|(at, _)| u32::try_from(at).ok()).collect())
    }

    /// The line of a byte, from 1.
    pub(crate) fn line(&self, byte: u32) -> u32 {
        let before = self.0.partition_point(|at| *at < byte);
        u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_break_ends_its_own_line() {
        let lines = Lines::new("a\nb\n\nc");
        assert_eq!([0, 1, 2, 3, 4, 5, 99].map(|at| lines.line(at)), [1, 1, 2, 2, 3, 4, 4]);
    }
}
