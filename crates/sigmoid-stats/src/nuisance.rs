use std::f64::consts::TAU;

use crate::filter_grid::Baseline;
use crate::split::Split;
use crate::sums::dot;

/// Days of a year, for the yearly wave.
const YEAR: f64 = 365.25;
/// A regressor that keeps less than this share of its length beside the others says nothing new.
const SMALLEST_SHARE: f64 = 1e-6;

/// What a record does by itself over months: regressors over quiet days and window together, which
/// are taken out of the counts and of the templates by least squares.
#[derive(Debug, Clone)]
pub(crate) struct Nuisance {
    /// Orthonormal columns `[day]`, zero on days that are not read.
    basis: Vec<Vec<f64>>,
    /// Whether a day is read.
    read: Vec<bool>,
}

impl Nuisance {
    /// `None` for the baselines that are no regression.
    pub(crate) fn new(baseline: Baseline, days: usize, split: &Split) -> Option<Self> {
        if matches!(baseline, Baseline::QuietMean | Baseline::WindowMean) {
            return None;
        }
        let mut read = read_quiet(days, split);
        for (i, seen) in split.observed.iter().enumerate() {
            read[split.start + i] |= seen;
        }
        Some(Nuisance::over(shapes(baseline), read))
    }

    /// The same regressors (the constant at least) over the quiet days alone.
    pub(crate) fn of_quiet(baseline: Baseline, days: usize, split: &Split) -> Self {
        Nuisance::over(shapes(baseline), read_quiet(days, split))
    }

    /// The mean of the days read.
    #[cfg(test)]
    pub(crate) fn constant(read: &[bool]) -> Self {
        Nuisance::over(shapes(Baseline::QuietMean), read.to_vec())
    }

    fn over(shapes: &[Shape], read: Vec<bool>) -> Self {
        let middle = 0.5 * read.len() as f64;
        let mut basis: Vec<Vec<f64>> = Vec::with_capacity(shapes.len());
        for shape in shapes {
            let value = |(i, read): (usize, &bool)| {
                if *read { shape(i as f64 - middle) } else { 0.0 }
            };
            let mut column: Vec<f64> = read.iter().enumerate().map(value).collect();
            let before = dot(&column, &column).sqrt();
            // Twice, so that rounding leaves nothing of the earlier columns.
            project_off(&basis, &mut column);
            project_off(&basis, &mut column);
            let length = dot(&column, &column).sqrt();
            if length > SMALLEST_SHARE * before {
                column.iter_mut().for_each(|v| *v /= length);
                basis.push(column);
            }
        }
        Nuisance { basis, read }
    }

    /// Orthonormal regressors `[day]`.
    pub(crate) fn columns(&self) -> &[Vec<f64>] {
        &self.basis
    }

    /// Leaves of counts `[day]` what the regressors do not explain, and zero on days not read.
    pub(crate) fn remove(&self, counts: &mut [f64]) {
        counts.iter_mut().zip(&self.read).filter(|(_, read)| !**read).for_each(|(v, _)| *v = 0.0);
        project_off(&self.basis, counts);
    }

    /// The part inside the window of a template from which the regressors have been taken.
    pub(crate) fn remove_from_window(&self, weights: &mut [f64], split: &Split) {
        let window = split.start..split.start + weights.len();
        let shares: Vec<f64> =
            self.basis.iter().map(|column| dot(&column[window.clone()], weights)).collect();
        for (column, share) in self.basis.iter().zip(shares) {
            weights.iter_mut().zip(&column[window.clone()]).for_each(|(w, q)| *w -= share * q);
        }
    }
}

/// A regressor as a function of the days since the record's middle.
type Shape = fn(f64) -> f64;

fn shapes(baseline: Baseline) -> &'static [Shape] {
    match baseline {
        Baseline::QuietMean | Baseline::WindowMean => &[|_| 1.0],
        Baseline::Trend => &[|_| 1.0, |t| t],
        Baseline::TrendAndYear => {
            &[|_| 1.0, |t| t, |t| (TAU * t / YEAR).sin(), |t| (TAU * t / YEAR).cos()]
        }
    }
}

/// The same regressors for the rate of every day of a record, `[regressor][day]`, of the order of one.
pub(crate) fn rate_regressors(baseline: Baseline, days: usize) -> Vec<Vec<f64>> {
    let middle = 0.5 * days as f64;
    let of = |(at, shape): (usize, &Shape)| {
        // The line is the only one that grows with the record.
        let size = if at == 1 { middle } else { 1.0 };
        (0..days).map(|i| shape(i as f64 - middle) / size).collect()
    };
    shapes(baseline).iter().enumerate().map(of).collect()
}

fn read_quiet(days: usize, split: &Split) -> Vec<bool> {
    let mut read = vec![false; days];
    split.quiet.iter().for_each(|&i| read[i] = true);
    read
}

fn project_off(basis: &[Vec<f64>], values: &mut [f64]) {
    for column in basis {
        let share = dot(column, values);
        values.iter_mut().zip(column).for_each(|(v, q)| *v -= share * q);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trend_and_a_yearly_wave_are_taken_out_of_days_that_are_read() {
        let split = Split {
            start: 700,
            observed: (0..150).map(|i| i % 5 != 0).collect(),
            quiet: (0..700).filter(|i| i % 7 != 0).collect(),
        };
        let drift = |i: usize| 3.0 + 0.01 * i as f64 + 2.0 * (TAU * i as f64 / YEAR + 0.4).sin();
        let mut counts: Vec<f64> = (0..900).map(drift).collect();
        counts[0] = 1e6; // not read
        let nuisance = Nuisance::new(Baseline::TrendAndYear, 900, &split).unwrap();
        nuisance.remove(&mut counts);
        assert!(counts.iter().all(|v| v.abs() < 1e-10));
        let line = Nuisance::new(Baseline::Trend, 900, &split).unwrap();
        let mut counts: Vec<f64> = (0..900).map(drift).collect();
        line.remove(&mut counts);
        assert!(counts.iter().any(|v| v.abs() > 1.0));
    }
}
