use crate::robust::median;

/// A level that is renewed once a day and approached in a straight line over the following one.
#[derive(Debug, Clone)]
pub(super) struct Level {
    per_day: usize,
    /// From where to where in each day; nothing before the first value.
    days: Vec<Option<(f64, f64)>>,
}

impl Level {
    /// The median of the trailing `window` samples, renewed every `per_day` samples and approached in
    /// a straight line over the following ones; until the first day is over, the first value.
    ///
    /// The level at a sample depends on no later value.
    pub(super) fn trailing(values: &[f64], window: usize, per_day: usize) -> Self {
        let mut days = Vec::with_capacity(values.len().div_ceil(per_day));
        let (mut from, mut to): (Option<f64>, Option<f64>) = (None, None);
        let mut trailing = Vec::with_capacity(window);
        for (day, of_day) in values.chunks(per_day).enumerate() {
            let index = day * per_day;
            if day > 0 {
                trailing.clear();
                let past = &values[index.saturating_sub(window)..index];
                trailing.extend(past.iter().copied().filter(|value| !value.is_nan()));
                (from, to) = (to, median(&mut trailing).or(to));
            }
            if to.is_none() {
                to = of_day.iter().copied().find(|value| !value.is_nan());
                from = to;
            }
            days.push(from.zip(to));
        }
        Self { per_day, days }
    }

    /// The level at a sample; 0 on a day before the first value's.
    pub(super) fn at(&self, index: usize) -> f64 {
        let share = (index % self.per_day + 1) as f64 / self.per_day as f64;
        match self.days.get(index / self.per_day) {
            Some(Some((from, to))) => from + share * (to - from),
            _ => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn trailing_level(values: &[f64], window: usize, per_day: usize) -> Vec<f64> {
        let level = Level::trailing(values, window, per_day);
        (0..values.len()).map(|index| level.at(index)).collect()
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
