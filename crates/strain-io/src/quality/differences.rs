use super::line::{Line, LineSums};
use super::stream::areal;

/// Differences of four gauges from sample to sample, without the largest of each gauge, which are known
/// only at the end: those that may be among them are held, a bounded number.
#[derive(Debug, Clone)]
pub(super) struct Differences {
    /// The most that one gauge may leave out, and one more.
    candidates: usize,
    /// How large each gauge's differences are that are settled: no larger one than this is known to be
    /// outside of the largest `candidates`.
    floors: [f64; 4],
    /// In the order in which they came.
    held: Vec<[f64; 4]>,
    settled: LineSums,
    count: usize,
}

/// What is left of the differences.
pub(super) struct Kept {
    pub(super) line: Option<Line>,
    pub(super) used: usize,
    pub(super) left_out: usize,
}

impl Differences {
    /// Of at most `most` differences, of which a share is left out.
    pub(super) fn new(most: usize, share: f64) -> Self {
        Self {
            candidates: left_out(most, share) + 1,
            floors: [f64::NEG_INFINITY; 4],
            held: Vec::new(),
            settled: LineSums::default(),
            count: 0,
        }
    }

    pub(super) fn add(&mut self, difference: [f64; 4]) {
        self.count += 1;
        if within(&difference, &self.floors) {
            self.settled.add(areal(&difference));
            return;
        }
        self.held.push(difference);
        // Half of these at most are still held after settling.
        if self.held.len() >= 8 * self.candidates + 1024 {
            self.settle();
        }
    }

    /// Raises the floors, and adds up what can no longer be left out.
    fn settle(&mut self) {
        self.floors = std::array::from_fn(|gauge| {
            let largest = self.largest(gauge, self.candidates);
            largest.unwrap_or(self.floors[gauge])
        });
        let floors = self.floors;
        let (settled, held) =
            std::mem::take(&mut self.held).into_iter().partition(|held| within(held, &floors));
        self.held = held;
        let settled: Vec<[f64; 4]> = settled;
        settled.iter().for_each(|difference| self.settled.add(areal(difference)));
    }

    /// The size of a gauge's difference that is the `rank`-th largest, if it is above the floor.
    fn largest(&self, gauge: usize, rank: usize) -> Option<f64> {
        let sizes = self.held.iter().map(|held| held[gauge].abs());
        let mut above: Vec<f64> = sizes.filter(|size| *size > self.floors[gauge]).collect();
        let index = above.len().checked_sub(rank)?;
        Some(*above.select_nth_unstable_by(index, f64::total_cmp).1)
    }

    /// Leaves out the share, of the differences that there were.
    pub(super) fn finish(mut self, share: f64) -> Kept {
        let rank = left_out(self.count, share) + 1;
        let limits: [f64; 4] = match self.count < rank {
            true => [f64::INFINITY; 4],
            // As many as `rank` are at or above the floor, or there is none yet and all are held.
            false => {
                std::array::from_fn(|gauge| self.largest(gauge, rank).unwrap_or(self.floors[gauge]))
            }
        };
        for difference in self.held.iter().filter(|held| within(held, &limits)) {
            self.settled.add(areal(difference));
        }
        let used = self.settled.count();
        Kept { line: self.settled.line(), used, left_out: self.count - used }
    }
}

/// The share, rounded up.
fn left_out(count: usize, share: f64) -> usize {
    (count as f64 * share).ceil() as usize
}

fn within(difference: &[f64; 4], limits: &[f64; 4]) -> bool {
    difference.iter().zip(limits).all(|(value, limit)| value.abs() <= *limit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All at once, by sorting: the size of the largest that is kept.
    fn limit(all: &[[f64; 4]], gauge: usize, share: f64) -> f64 {
        let mut sizes: Vec<f64> = all.iter().map(|one| one[gauge].abs()).collect();
        sizes.sort_by(f64::total_cmp);
        let off = (sizes.len() as f64 * share).ceil() as usize;
        sizes.len().checked_sub(off + 1).map_or(f64::INFINITY, |index| sizes[index])
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        /// Early bursts, ties, quiet beginnings: those that are kept are those that sorting keeps.
        #[test]
        fn what_is_left_out_is_what_sorting_leaves_out(
            seed in 1_u64..u64::MAX, count in 0_usize..20_000, share in 0.0..0.2_f64, kind in 0..4,
            spare in 0_usize..5000,
        ) {
            let mut state = seed;
            let mut draw = || {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                (state >> 40) as f64 / f64::from(1 << 24) - 0.5
            };
            let all: Vec<[f64; 4]> = (0..count)
                .map(|index| std::array::from_fn(|gauge| match kind {
                    0 => draw(),
                    1 => draw() / (1.0 + index as f64),
                    2 => draw() * (1.0 + index as f64),
                    // Few values, many ties; one gauge that is dead.
                    _ => if gauge == 3 { 0.0 } else { (8.0 * draw()).round() },
                }))
                .collect();
            let mut sums = Differences::new(count + spare, share);
            let mut held = 0;
            for one in &all {
                sums.add(*one);
                held = held.max(sums.held.len());
            }
            prop_assert!(held <= 8 * sums.candidates + 1024);
            let limits: [f64; 4] = std::array::from_fn(|gauge| limit(&all, gauge, share));
            let expected = all.iter().filter(|one| within(one, &limits));
            let mut line = LineSums::default();
            expected.clone().for_each(|one| line.add(areal(one)));
            let kept = sums.finish(share);
            prop_assert_eq!(kept.used, expected.count());
            prop_assert_eq!(kept.used + kept.left_out, count);
            match (kept.line, line.line()) {
                (None, None) => {}
                (Some(found), Some(wanted)) => {
                    let close = |a: f64, b: f64| (a - b).abs() < 1e-9 * (1.0 + b.abs());
                    prop_assert!(close(found.slope, wanted.slope));
                    prop_assert!(close(found.correlation, wanted.correlation));
                }
                _ => prop_assert!(false, "a line and none"),
            }
        }
    }
}
