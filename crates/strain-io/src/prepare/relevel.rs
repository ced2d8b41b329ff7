use std::collections::VecDeque;

use crate::robust::median;

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
        let share = (self.index % self.per_day + 1) as f64 / self.per_day as f64;
        if self.past.len() == self.window {
            self.past.pop_front();
        }
        self.past.push_back(value);
        self.index += 1;
        match (self.from, self.to) {
            (Some(from), Some(to)) => from + share * (to - from),
            _ => 0.0,
        }
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
