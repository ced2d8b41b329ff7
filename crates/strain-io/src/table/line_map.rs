/// From a row to the line of its file, at the cost of the places where the two do not run in step
/// (blank lines, skipped rows) rather than of every row.
#[derive(Default)]
pub(super) struct LineMap {
    breaks: Vec<(usize, u64)>,
}

impl LineMap {
    /// Notes that `row` (ascending) came from `line`.
    pub(super) fn push(&mut self, row: usize, line: u64) {
        if self.breaks.is_empty() || self.line(row) != line {
            self.breaks.push((row, line));
        }
    }

    /// The line of `row`.
    pub(super) fn line(&self, row: usize) -> u64 {
        let after = self.breaks.partition_point(|&(first, _)| first <= row);
        let (first, line) = self.breaks[after.saturating_sub(1)];
        line + (row - first) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_line_is_found(steps in prop::collection::vec(1_u64..4, 1..60)) {
            let mut map = LineMap::default();
            let mut lines = Vec::new();
            for (row, step) in steps.into_iter().enumerate() {
                let line = lines.last().copied().unwrap_or(0) + step;
                map.push(row, line);
                lines.push(line);
            }
            for (row, line) in lines.into_iter().enumerate() {
                prop_assert_eq!(map.line(row), line);
            }
        }
    }
}
