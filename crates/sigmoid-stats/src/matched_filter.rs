use std::sync::Arc;

use realfft::{ComplexToReal, RealFftPlanner, RealToComplex, num_complex::Complex};
use serde::{Deserialize, Serialize};

use crate::error::{Result, StatsError};
use crate::nuisance::Nuisance;
use crate::sigmoid_curve::logistic_derivative;
use crate::sigmoid_plan::dot;
use crate::split::Split;

/// Least filtered variance, as a share of what independent days would give: keeps a record whose
/// days compensate each other from dividing by nothing.
const VARIANCE_FLOOR: f64 = 0.1;

/// Grid of the matched filter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct FilterGrid {
    /// Steepness b of the sigmoids searched, per day. A sigmoid rises from 10 % to 90 % in 4.4/b
    /// days.
    pub steepness: Vec<f64>,
    /// Inflections searched, days before the window's end: nearest and farthest.
    pub inflection: [f64; 2],
    /// Distance between neighbouring inflections, days.
    pub inflection_step: f64,
    /// What counts are measured from.
    pub baseline: Baseline,
}

/// Level from which the matched filter measures an excess.
///
/// `Trend` and `TrendAndYear` take out, by least squares over quiet days and window together,
/// what a record does by itself over months; the same is done to every surrogate. They survive what
/// they take out and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Baseline {
    /// Mean of the quiet days: the most powerful where the rate is stationary, and wrong where it
    /// drifts.
    QuietMean,
    /// Straight line through quiet days and window.
    #[default]
    Trend,
    /// Straight line and a yearly wave. Wants two years or more of quiet days.
    TrendAndYear,
    /// Mean of the window itself: blind to a level that has changed since the quiet days, and less
    /// powerful for slow build-ups.
    WindowMean,
}

impl Default for FilterGrid {
    fn default() -> Self {
        FilterGrid {
            steepness: vec![0.06, 0.085, 0.12, 0.17, 0.24, 0.34, 0.5],
            inflection: [5.0, 150.0],
            inflection_step: 4.0,
            baseline: Baseline::default(),
        }
    }
}

impl FilterGrid {
    /// Steepness of the sigmoids searched, per day.
    pub fn with_steepness(mut self, steepness: Vec<f64>) -> Self {
        self.steepness = steepness;
        self
    }

    /// Inflections searched, days before the window's end, and the distance between neighbours.
    pub fn with_inflection(mut self, range: [f64; 2], step: f64) -> Self {
        self.inflection = range;
        self.inflection_step = step;
        self
    }

    /// Level from which an excess is measured.
    pub fn with_baseline(mut self, baseline: Baseline) -> Self {
        self.baseline = baseline;
        self
    }

    /// Refuses a grid that cannot be searched.
    ///
    /// # Errors
    /// No steepness or one that is not positive; inflections not in rising order or not positive;
    /// a step that is not positive.
    pub fn validate(&self) -> Result<()> {
        if self.steepness.is_empty() {
            return Err(StatsError::setting("steepness", "[]", "one value or more"));
        }
        if let Some(bad) = self.steepness.iter().find(|b| !(b.is_finite() && **b > 0.0)) {
            return Err(StatsError::setting("steepness", bad, "positive, per day"));
        }
        let [near, far] = self.inflection;
        if !(near >= 0.0 && near < far && far.is_finite()) {
            return Err(StatsError::setting(
                "inflection",
                format!("{near}..{far}"),
                "0 <= near < far",
            ));
        }
        if !(self.inflection_step.is_finite() && self.inflection_step > 0.0) {
            return Err(StatsError::setting(
                "inflection_step",
                self.inflection_step,
                "positive days",
            ));
        }
        Ok(())
    }

    /// Inflections as positions in a window of `days` days, where the middle of day i is i; the
    /// far end is cut at the window's first day.
    pub(crate) fn positions(&self, days: usize) -> Vec<f64> {
        let end = days as f64 - 0.5;
        let [near, far] = self.inflection;
        // A window shorter than the nearest inflection is searched at its first day.
        let near = near.min(end);
        let steps = ((far.min(end) - near) / self.inflection_step).floor() as usize;
        (0..=steps).rev().map(|i| end - near - self.inflection_step * i as f64).collect()
    }
}

/// One template of the bank with what it needs of itself.
#[derive(Debug, Clone)]
struct Template {
    weights: Vec<f64>,
    /// Autocorrelation Σ w_i·w_{i+k}, doubled for k > 0, so that the filtered variance is its
    /// product with the autocovariance.
    autocorrelation: Vec<f64>,
}

/// The matched filter for one record: which days are quiet, which are the window, and which of
/// them are observed is fixed; the counts vary.
pub(crate) struct MatchedFilter {
    quiet: Vec<usize>,
    window_start: usize,
    window_days: usize,
    /// What is taken out of the whole record; `None`: the quiet mean.
    nuisance: Option<Nuisance>,
    templates: Vec<Template>,
    forward: Arc<dyn RealToComplex<f64>>,
    backward: Arc<dyn ComplexToReal<f64>>,
}

/// Memory for one evaluation.
pub(crate) struct FilterScratch {
    residual: Vec<f64>,
    time: Vec<f64>,
    spectrum: Vec<Complex<f64>>,
    forward: Vec<Complex<f64>>,
    backward: Vec<Complex<f64>>,
    window: Vec<f64>,
}

impl MatchedFilter {
    /// For a record of `days` days.
    pub(crate) fn new(grid: &FilterGrid, days: usize, split: &Split) -> Self {
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
        let size = (days + window_days).next_power_of_two();
        let mut planner = RealFftPlanner::new();
        MatchedFilter {
            quiet: split.quiet.clone(),
            window_start: split.start,
            window_days,
            nuisance,
            templates,
            forward: planner.plan_fft_forward(size),
            backward: planner.plan_fft_inverse(size),
        }
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
        let covariance = &scratch.time[..self.window_days];
        let mut largest = f64::NEG_INFINITY;
        for template in &self.templates {
            let floor = VARIANCE_FLOOR * covariance[0] * template.autocorrelation[0];
            // A surrogate of a record that is nearly always zero can have no spread at all; the
            // smallest number keeps its z finite.
            let variance = dot(&template.autocorrelation, covariance);
            let variance = variance.max(floor).max(f64::MIN_POSITIVE);
            let z = dot(&template.weights, &scratch.window) / variance.sqrt();
            largest = largest.max(z);
        }
        largest
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

impl Template {
    fn new(b: f64, c: f64, split: &Split, baseline: Baseline, nuisance: Option<&Nuisance>) -> Self {
        let observed = &split.observed;
        let shape = |(i, seen): (usize, &bool)| {
            if *seen { logistic_derivative(b * (i as f64 - c)) } else { 0.0 }
        };
        let mut weights: Vec<f64> = observed.iter().enumerate().map(shape).collect();
        if baseline == Baseline::WindowMean {
            let seen = observed.iter().filter(|o| **o).count() as f64;
            let mean = weights.iter().sum::<f64>() / seen;
            let center = |(w, seen): (&mut f64, &bool)| *w -= if *seen { mean } else { 0.0 };
            weights.iter_mut().zip(observed).for_each(center);
        }
        if let Some(nuisance) = nuisance {
            nuisance.remove_from_window(&mut weights, split);
        }
        let autocorrelation = (0..weights.len())
            .map(|k| {
                let sum = dot(&weights[k..], &weights[..weights.len() - k]);
                if k == 0 { sum } else { 2.0 * sum }
            })
            .collect();
        Template { weights, autocorrelation }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
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
        let filter = MatchedFilter::new(&grid, DAYS, &split());
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
