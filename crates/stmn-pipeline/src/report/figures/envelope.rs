/// Points of one unbroken line.
pub(super) type Run = Vec<(f64, f64)>;

/// The lines through `points` (rising times, NaN where there is no value), broken where values are
/// missing. Where there are more than two points to each of `columns` columns of time, each column
/// keeps its smallest and its largest: the drawing looks the same and no extreme is lost.
pub(super) fn envelope(points: &[(f64, f64)], columns: usize) -> Vec<Run> {
    if points.len() <= 2 * columns.max(1) {
        return runs(points.iter().map(|&point| Column::of(point)));
    }
    let size = points.len().div_ceil(columns.max(1));
    runs(points.chunks(size).map(|chunk| {
        let present = chunk.iter().filter(|(_, value)| value.is_finite());
        present.fold(None, |column: Option<Column>, &point| match column {
            Some(column) => Some(column.with(point)),
            None => Column::of(point),
        })
    }))
}

#[derive(Clone, Copy)]
struct Column {
    low: (f64, f64),
    high: (f64, f64),
}

impl Column {
    fn of(point: (f64, f64)) -> Option<Self> {
        point.1.is_finite().then_some(Self { low: point, high: point })
    }

    fn with(self, point: (f64, f64)) -> Self {
        let low = if point.1 < self.low.1 { point } else { self.low };
        let high = if point.1 > self.high.1 { point } else { self.high };
        Self { low, high }
    }

    /// In the order of time.
    fn push_to(self, run: &mut Run) {
        let (first, second) =
            if self.low.0 <= self.high.0 { (self.low, self.high) } else { (self.high, self.low) };
        run.push(first);
        if second != first {
            run.push(second);
        }
    }
}

fn runs(columns: impl Iterator<Item = Option<Column>>) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut run = Run::new();
    for column in columns {
        match column {
            Some(column) => column.push_to(&mut run),
            None if !run.is_empty() => runs.push(std::mem::take(&mut run)),
            None => {}
        }
    }
    if !run.is_empty() {
        runs.push(run);
    }
    runs
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn extremes_survive_and_nothing_is_invented(
            values in prop::collection::vec(prop_oneof![9 => -1e3..1e3f64, 1 => Just(f64::NAN)], 1..3000),
            columns in 1usize..200,
        ) {
            let points: Vec<(f64, f64)> =
                values.iter().enumerate().map(|(i, v)| (i as f64, *v)).collect();
            let kept: Vec<(f64, f64)> = envelope(&points, columns).concat();
            prop_assert!(kept.len() <= 2 * columns);
            prop_assert!(kept.windows(2).all(|pair| pair[0].0 < pair[1].0));
            prop_assert!(kept.iter().all(|(t, v)| values[*t as usize] == *v));
            let finite = || values.iter().copied().filter(|v| v.is_finite());
            let of = |best: fn(f64, f64) -> f64, kept: &mut dyn Iterator<Item = f64>| {
                kept.reduce(best)
            };
            for best in [f64::min as fn(f64, f64) -> f64, f64::max] {
                prop_assert_eq!(
                    of(best, &mut kept.iter().map(|p| p.1)),
                    of(best, &mut finite())
                );
            }
        }
    }

    #[test]
    fn a_gap_breaks_the_line() {
        let nan = f64::NAN;
        let points = [(0.0, 1.0), (1.0, 2.0), (2.0, nan), (3.0, nan), (4.0, 3.0)];
        assert_eq!(envelope(&points, 5), [vec![(0.0, 1.0), (1.0, 2.0)], vec![(4.0, 3.0)]]);
    }
}
