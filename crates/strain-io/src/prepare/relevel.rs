use std::collections::VecDeque;

use crate::robust::median;

/// A level that was taken out day by day, each approached in a straight line.
#[derive(Debug, Clone)]
pub(super) struct Level {
    per_day: usize,
    /// The first day, of the record's.
    first: usize,
    /// From where to where in each day; nothing before the first value.
    days: Vec<Option<(f64, f64)>>,
}

impl Level {
    /// The level at a sample of the record; 0 on a day that is not noted.
    pub(super) fn at(&self, index: usize) -> f64 {
        let day = (index / self.per_day).checked_sub(self.first);
        day.and_then(|day| *self.days.get(day)?)
            .map_or(0.0, |between| along(between, index, self.per_day))
    }
}

/// The level at a sample of a day in which it goes from one value to the other.
fn along((from, to): (f64, f64), index: usize, per_day: usize) -> f64 {
    let share = (index % per_day + 1) as f64 / per_day as f64;
    from + share * (to - from)
}

/// The median of the trailing `window` samples, renewed every `per_day` samples and approached in
/// a straight line over the following ones; until the first day is over, the first value.
///
/// The level at a sample depends on no later value.
pub(super) struct TrailingLevel {
    window: usize,
    per_day: usize,
    /// The samples gone through, and the last of them, NaN among them.
    index: usize,
    past: VecDeque<f64>,
    from: Option<f64>,
    to: Option<f64>,
}

impl TrailingLevel {
    pub(super) fn new(window: usize, per_day: usize) -> Self {
        Self { window, per_day, index: 0, past: VecDeque::new(), from: None, to: None }
    }

    /// The level at the next sample, which has this value.
    pub(super) fn next(&mut self, value: f64) -> f64 {
        if self.to.is_none() && !value.is_nan() {
            (self.from, self.to) = (Some(value), Some(value));
        }
        if self.index > 0 && self.index.is_multiple_of(self.per_day) {
            let mut known: Vec<f64> =
                self.past.iter().copied().filter(|value| !value.is_nan()).collect();
            (self.from, self.to) = (self.to, median(&mut known).or(self.to));
        }
        if self.past.len() == self.window {
            self.past.pop_front();
        }
        self.past.push_back(value);
        let level = self.between().map_or(0.0, |it| along(it, self.index, self.per_day));
        self.index += 1;
        level
    }

    /// Takes the level out of the values that follow, and notes it.
    pub(super) fn take(&mut self, values: &mut [f64]) -> Level {
        let mut noted =
            Level { per_day: self.per_day, first: self.index / self.per_day, days: Vec::new() };
        for value in values {
            let day = self.index / self.per_day - noted.first;
            *value -= self.next(*value);
            noted.days.truncate(day);
            noted.days.push(self.between());
        }
        noted
    }

    fn between(&self) -> Option<(f64, f64)> {
        self.from.zip(self.to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn trailing_level(values: &[f64], window: usize, per_day: usize) -> Vec<f64> {
        let mut level = TrailingLevel::new(window, per_day);
        values.iter().map(|value| level.next(*value)).collect()
    }

    #[test]
    fn follows_a_line_half_a_window_behind() {
        let values: Vec<f64> = (0..2400).map(f64::from).collect();
        let level = trailing_level(&values, 240, 24);
        // The median of the 240 samples before the last renewal, a day ago at the latest.
        for index in 600..2400 {
            let lag = values[index] - level[index];
            assert!((120.0..170.0).contains(&lag), "{lag}");
        }
        assert!(level.windows(2).all(|pair| (pair[1] - pair[0]).abs() <= 1.01));
    }

    #[test]
    fn what_is_noted_is_what_was_taken() {
        let values: Vec<f64> = (0..500_u32).map(|at| f64::from(at * at % 97)).collect();
        let expected = trailing_level(&values, 48, 24);
        let mut level = TrailingLevel::new(48, 24);
        for span in [0..30, 30..31, 31..48, 48..500] {
            let mut taken = values[span.clone()].to_vec();
            let noted = level.take(&mut taken);
            for (index, taken) in span.zip(taken) {
                assert_eq!(noted.at(index), expected[index]);
                assert_eq!(taken, values[index] - expected[index]);
            }
        }
    }

    #[test]
    fn holds_through_a_gap_and_starts_at_the_first_value() {
        let mut values = vec![5.0; 500];
        values[..30].fill(f64::NAN);
        values[100..400].fill(f64::NAN);
        let level = trailing_level(&values, 48, 24);
        assert!(level[30..].iter().all(|&level| level == 5.0));
    }

    proptest! {
        #[test]
        fn nothing_later_is_used(
            values in prop::collection::vec(-10.0..10.0_f64, 60..200),
            at in 0.0..1.0_f64,
            later in -1e3..1e3_f64,
        ) {
            let at = (at * (values.len() - 1) as f64) as usize;
            let mut changed = values.clone();
            changed[at + 1..].fill(later);
            let (a, b) = (trailing_level(&values, 40, 8), trailing_level(&changed, 40, 8));
            prop_assert_eq!(&a[..=at], &b[..=at]);
        }
    }
}
