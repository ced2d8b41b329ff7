use std::sync::Arc;

use realfft::{ComplexToReal, RealFftPlanner, RealToComplex, num_complex::Complex};

use crate::error::{Result, StatsError};
use crate::filter_grid::FilterGrid;
use crate::nuisance::Nuisance;
use crate::split::Split;
use crate::sums::dot;
use crate::template::Template;

/// Least filtered variance, as a share of what independent days would give: keeps a record whose
/// days compensate each other from dividing by nothing.
const VARIANCE_FLOOR: f64 = 0.1;

/// The matched filter for one record: which days are quiet, which are the window, and which of
/// them are observed is fixed; the counts vary.
pub(crate) struct MatchedFilter {
    pub(crate) quiet: Vec<usize>,
    pub(crate) window_start: usize,
    window_days: usize,
    /// What is taken out of the whole record; `None`: the quiet mean.
    nuisance: Option<Nuisance>,
    pub(crate) templates: Vec<Template>,
    forward: Arc<dyn RealToComplex<f64>>,
    backward: Arc<dyn ComplexToReal<f64>>,
}

/// Memory for one evaluation.
pub(crate) struct FilterScratch {
    residual: Vec<f64>,
    /// After [`MatchedFilter::prepare`]: autocovariance of the quiet days at lags 0.. .
    pub(crate) time: Vec<f64>,
    spectrum: Vec<Complex<f64>>,
    forward: Vec<Complex<f64>>,
    backward: Vec<Complex<f64>>,
    /// After [`MatchedFilter::prepare`]: the window without its baseline.
    pub(crate) window: Vec<f64>,
}

impl MatchedFilter {
    /// For a record of `days` days. An error where no template sees anything.
    pub(crate) fn new(grid: &FilterGrid, days: usize, split: &Split) -> Result<Self> {
        let window_days = split.observed.len();
        let nuisance = Nuisance::new(grid.baseline, days, split);
        let mut templates = Vec::new();
        for &b in &grid.steepness {
            for c in grid.positions(window_days) {
                let template = Template::new(b, c, split, grid.baseline, nuisance.as_ref());
                // A template that lies in a gap sees nothing.
                if template.autocorrelation[0] > 0.0 {
                    templates.push(template);
                }
            }
        }
        if templates.is_empty() {
            return Err(StatsError::BlindFilter { inflection: grid.inflection });
        }
        let size = (days + window_days).next_power_of_two();
        let mut planner = RealFftPlanner::new();
        Ok(MatchedFilter {
            quiet: split.quiet.clone(),
            window_start: split.start,
            window_days,
            nuisance,
            templates,
            forward: planner.plan_fft_forward(size),
            backward: planner.plan_fft_inverse(size),
        })
    }

    pub(crate) fn scratch(&self) -> FilterScratch {
        FilterScratch {
            residual: Vec::new(),
            time: self.forward.make_input_vec(),
            spectrum: self.forward.make_output_vec(),
            forward: self.forward.make_scratch_vec(),
            backward: self.backward.make_scratch_vec(),
            window: vec![0.0; self.window_days],
        }
    }

    /// Largest filtered excess over the bank, in units of the quiet record's own filtered spread.
    ///
    /// `counts` is `[day]`; days that are neither quiet nor an observed day of the window are not
    /// read.
    pub(crate) fn statistic(&self, counts: &[f64], scratch: &mut FilterScratch) -> f64 {
        self.prepare(counts, scratch);
        let mut largest = f64::NEG_INFINITY;
        for template in &self.templates {
            let variance = self.variance(template, scratch);
            let z = dot(&template.weights, &scratch.window) / variance.sqrt();
            largest = largest.max(z);
        }
        largest
    }

    /// Takes the baseline out of the counts and measures what is left of the quiet days.
    pub(crate) fn prepare(&self, counts: &[f64], scratch: &mut FilterScratch) {
        scratch.residual.clear();
        scratch.residual.extend_from_slice(counts);
        match &self.nuisance {
            Some(nuisance) => nuisance.remove(&mut scratch.residual),
            None => {
                let sum = self.quiet.iter().map(|&i| counts[i]).sum::<f64>();
                let mean = sum / self.quiet.len() as f64;
                scratch.residual.iter_mut().for_each(|v| *v -= mean);
            }
        }
        self.autocovariance(scratch);
        let days = self.window_start..self.window_start + self.window_days;
        scratch.window.copy_from_slice(&scratch.residual[days]);
    }

    /// Variance of a template's product with quiet days of the memory measured.
    pub(crate) fn variance(&self, template: &Template, scratch: &FilterScratch) -> f64 {
        let covariance = &scratch.time[..self.window_days];
        let floor = VARIANCE_FLOOR * covariance[0] * template.autocorrelation[0];
        // A surrogate of a record that is nearly always zero can have no spread at all; the
        // smallest number keeps its z finite.
        let variance = dot(&template.autocorrelation, covariance);
        variance.max(floor).max(f64::MIN_POSITIVE)
    }

    /// Autocovariance of the quiet days at lags 0.., divided by their number at every lag (so that
    /// no filtered variance can be negative), into `scratch.time`.
    fn autocovariance(&self, scratch: &mut FilterScratch) {
        scratch.time.fill(0.0);
        self.quiet.iter().for_each(|&i| scratch.time[i] = scratch.residual[i]);
        let size = scratch.time.len() as f64;
        // The plans and the buffers come from the same size, so neither transform can fail.
        self.forward
            .process_with_scratch(&mut scratch.time, &mut scratch.spectrum, &mut scratch.forward)
            .expect("buffers made by the plan");
        scratch.spectrum.iter_mut().for_each(|v| *v = Complex::new(v.norm_sqr(), 0.0));
        self.backward
            .process_with_scratch(&mut scratch.spectrum, &mut scratch.time, &mut scratch.backward)
            .expect("buffers made by the plan");
        let scale = 1.0 / (size * self.quiet.len() as f64);
        scratch.time.iter_mut().for_each(|v| *v *= scale);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::filter_grid::Baseline;
    use crate::sigmoid_curve::logistic_derivative;
    use crate::strategies::count_processes;

    const DAYS: usize = 500;

    /// The last 100 days as the window, one day in nine unobserved.
    fn split() -> Split {
        Split {
            start: 400,
            observed: (400..DAYS).map(|i| i % 9 != 0).collect(),
            quiet: (0..400).filter(|i| i % 9 != 0).collect(),
        }
    }

    fn with(baseline: Baseline, counts: &[f64]) -> f64 {
        let grid = FilterGrid::default().with_baseline(baseline);
        let filter = MatchedFilter::new(&grid, DAYS, &split()).unwrap();
        filter.statistic(counts, &mut filter.scratch())
    }

    fn statistic(counts: &[f64]) -> f64 {
        with(Baseline::QuietMean, counts)
    }

    /// The definition: no transform, the covariance summed pair by pair.
    fn slow_statistic(counts: &[f64]) -> f64 {
        let Split { start, observed, quiet } = split();
        let n = quiet.len() as f64;
        let mean = quiet.iter().map(|&i| counts[i]).sum::<f64>() / n;
        let mut covariance = vec![0.0; observed.len()];
        for &i in &quiet {
            for &j in &quiet {
                if i.abs_diff(j) < covariance.len() && i <= j {
                    covariance[j - i] += (counts[i] - mean) * (counts[j] - mean) / n;
                }
            }
        }
        let grid = FilterGrid::default();
        let mut largest = f64::NEG_INFINITY;
        for &b in &grid.steepness {
            for c in grid.positions(observed.len()) {
                let weight = |i: usize| {
                    if observed[i] { logistic_derivative(b * (i as f64 - c)) } else { 0.0 }
                };
                let (mut excess, mut variance, mut naive) = (0.0, 0.0, 0.0);
                for i in 0..observed.len() {
                    excess += weight(i) * (counts[start + i] - mean);
                    naive += weight(i) * weight(i) * covariance[0];
                    for j in 0..observed.len() {
                        variance += weight(i) * weight(j) * covariance[i.abs_diff(j)];
                    }
                }
                largest = f64::max(largest, excess / variance.max(VARIANCE_FLOOR * naive).sqrt());
            }
        }
        largest
    }

    #[test]
    fn a_build_up_stands_out() {
        let quiet = crate::CountProcess::Poisson { mean: 4.0 }.draw(DAYS, 3).unwrap();
        let mut planted = quiet.clone();
        crate::plant_sigmoid(&mut planted, 120.0, 0.2, 460.0, 4).unwrap();
        assert!(statistic(&planted) > statistic(&quiet) + 4.0);
    }

    #[test]
    fn a_bank_that_sees_no_observed_day_is_refused() {
        let grid =
            FilterGrid::default().with_steepness(vec![20.0]).with_inflection([5.0, 9.0], 1.0);
        grid.validate().unwrap();
        let mut split = split();
        assert!(MatchedFilter::new(&grid, DAYS, &split).is_ok());
        split.observed[60..].fill(false);
        let refused = MatchedFilter::new(&grid, DAYS, &split).err().unwrap();
        assert!(refused.to_string().contains("5 to 9 days before the window's end"), "{refused}");
        assert!(grid.with_steepness(vec![2000.0]).validate().is_err());
    }

    #[test]
    fn a_level_that_changed_before_the_window_is_seen_by_one_baseline_only() {
        let mut counts = crate::CountProcess::Poisson { mean: 4.0 }.draw(DAYS, 5).unwrap();
        counts[400..].iter_mut().for_each(|y| *y += 4.0);
        assert!(with(Baseline::QuietMean, &counts) > 8.0);
        assert!(with(Baseline::WindowMean, &counts) < 4.0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn what_a_baseline_takes_out_does_not_move_the_statistic(
            process in count_processes(), seed: u64, slope in -0.1..0.1f64, wave in 0.0..9.0f64
        ) {
            let counts = process.draw(DAYS, seed).unwrap();
            let add = |of: &dyn Fn(f64) -> f64| -> Vec<f64> {
                counts.iter().enumerate().map(|(i, y)| y + of(i as f64)).collect()
            };
            let close = |a: f64, b: f64| (a - b).abs() < 1e-7 * (1.0 + a.abs());
            let line = with(Baseline::Trend, &add(&|t| 70.0 + slope * t));
            prop_assert!(close(with(Baseline::Trend, &counts), line));
            let year = |t: f64| slope * t + wave * (std::f64::consts::TAU * t / 365.25 + 1.0).sin();
            let both = with(Baseline::TrendAndYear, &add(&year));
            prop_assert!(close(with(Baseline::TrendAndYear, &counts), both));
        }

        #[test]
        fn the_statistic_is_its_definition_and_knows_neither_unit_nor_level(
            process in count_processes(), seed: u64, scale in 0.1..10.0f64, shift in 0.0..50.0f64
        ) {
            let mut counts = process.draw(DAYS, seed).unwrap();
            let value = statistic(&counts);
            prop_assert!((value - slow_statistic(&counts)).abs() < 1e-8 * (1.0 + value.abs()));
            // What was not observed is not read.
            (0..DAYS).step_by(9).for_each(|i| counts[i] = 1e6);
            prop_assert_eq!(statistic(&counts), value);
            counts.iter_mut().for_each(|y| *y = scale * *y + shift);
            prop_assert!((statistic(&counts) - value).abs() < 1e-7 * (1.0 + value.abs()));
        }
    }
}
