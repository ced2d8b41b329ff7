use std::ops::Range;

use super::constituent::Constituent;
use crate::TimeGrid;

/// Samples between two exact evaluations; in between a rotation is repeated.
const BLOCK: usize = 512;
/// 2000-01-01T00:00:00Z in Unix seconds.
const EPOCH: f64 = 946_684_800.0;

/// Days from 2000-01-01T00:00:00Z to sample `index`.
pub(super) fn day_of(grid: &TimeGrid, index: usize) -> f64 {
    let start = grid.start();
    let since = (start.as_second() as f64 - EPOCH) + f64::from(start.subsec_nanosecond()) * 1e-9;
    (since + index as f64 * grid.interval_seconds()) / 86_400.0
}

impl Constituent {
    /// f·cos(V+u) and f·sin(V+u) at the samples `range`, handed over with their offset in it.
    ///
    /// Blocks are anchored at the grid, not at the range, so that a sample has one value whatever
    /// range it is asked for in.
    pub(super) fn evaluate(
        &self,
        grid: &TimeGrid,
        range: Range<usize>,
        mut take: impl FnMut(usize, f64, f64),
    ) {
        let mut block = range.start - range.start % BLOCK;
        while block < range.end {
            let (start, f) = self.argument(day_of(grid, block));
            let (end, f_end) = self.argument(day_of(grid, block + BLOCK));
            let (turn_sin, turn_cos) = ((end - start) / BLOCK as f64).sin_cos();
            let growth = (f_end - f) / BLOCK as f64;
            let (mut sin, mut cos) = start.sin_cos();
            for step in 0..BLOCK.min(range.end - block) {
                if block + step >= range.start {
                    let f = f + growth * step as f64;
                    take(block + step - range.start, f * cos, f * sin);
                }
                (cos, sin) = (cos * turn_cos - sin * turn_sin, sin * turn_cos + cos * turn_sin);
            }
            block += BLOCK;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::constituent::EIGHT;
    use super::*;
    use jiff::SignedDuration;

    #[test]
    fn rotation_agrees_with_the_exact_argument() {
        let start = "2007-03-01T00:30:00Z".parse().unwrap();
        let grid = TimeGrid::new(start, SignedDuration::from_hours(1), 3000).unwrap();
        // Over a block of three weeks the nodal correction is taken as straight.
        for constituent in &EIGHT {
            constituent.evaluate(&grid, 700..2900, |offset, cos, sin| {
                let (argument, f) = constituent.argument(day_of(&grid, 700 + offset));
                assert!((f * argument.cos() - cos).abs() < 2e-5, "{}", constituent.name);
                assert!((f * argument.sin() - sin).abs() < 2e-5, "{}", constituent.name);
            });
        }
    }

    #[test]
    fn a_sample_has_one_value_in_every_range() {
        let start = "2007-03-01T00:30:00Z".parse().unwrap();
        let grid = TimeGrid::new(start, SignedDuration::from_mins(1), 3000).unwrap();
        let values = |range: Range<usize>| {
            let mut values = Vec::new();
            EIGHT[0].evaluate(&grid, range, |_, cos, sin| values.push((cos, sin)));
            values
        };
        assert_eq!(values(0..3000)[1234..2000], values(1234..2000));
    }
}
