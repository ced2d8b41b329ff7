/// A sequence of whole numbers at the cost of the places where it does not go on in equal steps,
/// rather than of every number: the instants of rows, and the lines that they stand in.
#[derive(Default)]
pub(super) struct Runs {
    runs: Vec<Run>,
    len: usize,
}

/// Equally spaced numbers.
struct Run {
    /// The place of the first in the sequence.
    from: usize,
    first: i64,
    /// Wraps, as the difference of any two numbers must have room in it.
    step: i64,
}

impl Run {
    fn at(&self, index: usize) -> i64 {
        self.first.wrapping_add(self.step.wrapping_mul((index - self.from) as i64))
    }
}

impl Runs {
    pub(super) fn push(&mut self, value: i64) {
        let index = self.len;
        self.len += 1;
        match self.runs.last_mut() {
            Some(run) if index - run.from == 1 => run.step = value.wrapping_sub(run.first),
            Some(run) if run.at(index) == value => {}
            _ => self.runs.push(Run { from: index, first: value, step: 0 }),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn last(&self) -> Option<i64> {
        self.runs.last().map(|run| run.at(self.len - 1))
    }

    /// The number at a place of the sequence; nothing past its end.
    pub(super) fn get(&self, index: usize) -> Option<i64> {
        let after = self.runs.partition_point(|run| run.from <= index);
        let run = self.runs.get(after.checked_sub(1)?)?;
        (index < self.len).then(|| run.at(index))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = i64> + '_ {
        let ends = self.runs.iter().skip(1).map(|run| run.from).chain([self.len]);
        self.runs.iter().zip(ends).flat_map(|(run, end)| (run.from..end).map(|i| run.at(i)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_line_is_found(steps in prop::collection::vec(1_i64..4, 1..60)) {
            let mut runs = Runs::default();
            let mut lines = Vec::new();
            for step in steps {
                let line = lines.last().copied().unwrap_or(0) + step;
                runs.push(line);
                lines.push(line);
            }
            for (row, line) in lines.into_iter().enumerate() {
                prop_assert_eq!(runs.get(row), Some(line));
            }
        }

        #[test]
        fn any_numbers_come_back(
            values in prop::collection::vec(prop_oneof![any::<i64>(), -3..3_i64], 0..40),
        ) {
            let mut runs = Runs::default();
            values.iter().for_each(|&value| runs.push(value));
            prop_assert_eq!(runs.iter().collect::<Vec<_>>(), values.clone());
            prop_assert_eq!((runs.len(), runs.last()), (values.len(), values.last().copied()));
            prop_assert_eq!(runs.get(values.len()), None);
        }
    }

    #[test]
    fn equal_steps_are_one_run() {
        let mut runs = Runs::default();
        (0..1000).chain(1500..2500).for_each(|minute| runs.push(minute * 60));
        assert_eq!((runs.runs.len(), runs.len()), (2, 2000));
    }
}
