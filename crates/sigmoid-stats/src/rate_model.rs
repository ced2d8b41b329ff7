use std::ops::Range;

use crate::count_model::CountModel;
use crate::filter_grid::Baseline;
use crate::normal_equations::solve_positive_definite;
use crate::nuisance::rate_regressors;
use crate::sums::dot;

/// Steps of Fisher scoring; it converges quadratically near the maximum.
const STEPS: usize = 40;
/// Change of the amplitude, in counts beside one, and of the rates, in counts per day beside the quiet
/// mean, at which it has converged.
const STILL: f64 = 1e-8;
/// Rates are at least this share of the quiet mean: no likelihood of a line that falls below zero.
const LEAST_RATE: f64 = 0.02;

/// Daily rate of quiet days and window together: a baseline that is linear in its factors, and in the
/// window a build-up that is linear in its amplitude. The same baseline as the matched filter's.
pub(crate) struct RateModel {
    /// Index in the record of each day that is read, rising.
    pub(crate) days: Vec<usize>,
    pub(crate) counts: Vec<f64>,
    /// Baseline `[regressor][day of the record]`, and of the days that are read.
    all: Vec<Vec<f64>>,
    pub(crate) regressors: Vec<Vec<f64>>,
    /// Products of regressors j ≥ k, `[pair][day]`.
    products: Vec<Vec<f64>>,
    /// Where the window's days are among `days`.
    pub(crate) window: Range<usize>,
    /// Whether the baseline stays what it is without a build-up: the mean of the quiet days.
    held: bool,
    model: CountModel,
    least: f64,
    /// Without a build-up.
    pub(crate) null: RateCurve,
}

/// The factors that the likelihood prefers.
#[derive(Debug, Clone)]
pub(crate) struct RateCurve {
    pub(crate) baseline: Vec<f64>,
    pub(crate) amplitude: f64,
    pub(crate) log_likelihood: f64,
}

impl RateModel {
    /// `counts` is `[day]` of the record, and `observed` the window's days from `window_start` on.
    pub(crate) fn new(
        counts: &[f64],
        quiet: &[usize],
        (window_start, observed): (usize, &[bool]),
        baseline: Baseline,
        (mean, model): (f64, CountModel),
    ) -> Self {
        let seen = (0..observed.len()).filter(|&i| observed[i]).map(|i| window_start + i);
        let quiet = quiet.iter().copied().filter(|_| baseline != Baseline::WindowMean);
        let mut days: Vec<usize> = quiet.chain(seen).collect();
        days.sort_unstable();
        let first = days.partition_point(|&day| day < window_start);
        let end = days.partition_point(|&day| day < window_start + observed.len());
        let all = rate_regressors(baseline, counts.len());
        let regressors: Vec<Vec<f64>> =
            all.iter().map(|column| days.iter().map(|&day| column[day]).collect()).collect();
        let product = |(j, k): (usize, usize)| {
            regressors[j].iter().zip(&regressors[k]).map(|(a, b)| a * b).collect()
        };
        let mut start = vec![0.0; regressors.len()];
        start[0] = mean;
        let mut it = RateModel {
            counts: days.iter().map(|&day| counts[day]).collect(),
            products: pairs(regressors.len()).map(product).collect(),
            window: first..end,
            days,
            regressors,
            all,
            held: baseline == Baseline::QuietMean,
            model,
            least: LEAST_RATE * mean,
            null: RateCurve { baseline: start, amplitude: 0.0, log_likelihood: f64::NEG_INFINITY },
        };
        it.null = it.best(None);
        it
    }

    /// The baseline's rate on any day of the record.
    pub(crate) fn baseline_at(&self, curve: &RateCurve, day: usize) -> f64 {
        let parts =
            self.all.iter().zip(&curve.baseline).map(|(column, factor)| factor * column[day]);
        parts.sum::<f64>().max(self.least)
    }

    /// The build-up of this shape, `[day of the window that is read]`, that the likelihood prefers to
    /// none; `None` where it prefers none.
    pub(crate) fn build_up(&self, shape: &[f64]) -> Option<RateCurve> {
        let found = self.best(Some(shape));
        (found.amplitude > 0.0 && found.log_likelihood > self.null.log_likelihood).then_some(found)
    }

    /// Fisher scoring from the baseline without a build-up.
    fn best(&self, shape: Option<&[f64]>) -> RateCurve {
        let mut curve = self.null.clone();
        let mut rates = self.rates(&curve, shape);
        for _ in 0..STEPS {
            let Some(mut step) = self.step(&rates, shape) else { break };
            let before = curve.amplitude;
            if shape.is_some() {
                curve.amplitude += step.pop().unwrap_or(0.0);
            }
            curve.baseline.iter_mut().zip(&step).for_each(|(factor, step)| *factor += step);
            let next = self.rates(&curve, shape);
            let moved = next.iter().zip(&rates).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            rates = next;
            let grown = (curve.amplitude - before).abs();
            if moved <= STILL * self.least / LEAST_RATE && grown <= STILL * (1.0 + before.abs()) {
                break;
            }
        }
        curve.log_likelihood = self.log_likelihood(&rates);
        curve
    }

    pub(crate) fn log_likelihood(&self, rates: &[f64]) -> f64 {
        let of = |(count, rate): (&f64, &f64)| self.model.log_likelihood(*count, *rate);
        self.counts.iter().zip(rates).map(of).sum()
    }

    /// Rates of the days that are read.
    pub(crate) fn rates(&self, curve: &RateCurve, shape: Option<&[f64]>) -> Vec<f64> {
        let mut rates = vec![0.0; self.counts.len()];
        for (column, factor) in self.regressors.iter().zip(&curve.baseline) {
            rates.iter_mut().zip(column).for_each(|(rate, x)| *rate += factor * x);
        }
        for (rate, weight) in rates[self.window.clone()].iter_mut().zip(shape.unwrap_or(&[])) {
            *rate += curve.amplitude * weight;
        }
        rates.iter_mut().for_each(|rate| *rate = rate.max(self.least));
        rates
    }

    /// How far scoring moves the baseline's factors, where it is not held, and the amplitude.
    fn step(&self, rates: &[f64], shape: Option<&[f64]>) -> Option<Vec<f64>> {
        let k = if self.held { 0 } else { self.regressors.len() };
        let weights: Vec<f64> = rates.iter().map(|rate| 1.0 / self.model.variance(*rate)).collect();
        let scores: Vec<f64> =
            self.counts.iter().zip(rates).zip(&weights).map(|((y, r), w)| (y - r) * w).collect();
        let size = k + usize::from(shape.is_some());
        let mut information = vec![vec![0.0; size]; size];
        let mut score: Vec<f64> = self.regressors[..k].iter().map(|x| dot(x, &scores)).collect();
        for ((i, j), product) in pairs(k).zip(&self.products) {
            information[i][j] = dot(product, &weights);
        }
        if let Some(shape) = shape {
            let weighted: Vec<f64> =
                shape.iter().zip(&weights[self.window.clone()]).map(|(s, w)| s * w).collect();
            for (cell, column) in information[k].iter_mut().zip(&self.regressors) {
                *cell = dot(&column[self.window.clone()], &weighted);
            }
            information[k][k] = dot(shape, &weighted);
            score.push(dot(shape, &scores[self.window.clone()]));
        }
        solve_positive_definite(information, score)
    }

    /// The variance of each day's count at these rates.
    pub(crate) fn variances<'a>(&'a self, rates: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
        rates.iter().map(|rate| self.model.variance(*rate))
    }
}

/// Pairs j ≥ k below n.
fn pairs(n: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..n).flat_map(|j| (0..=j).map(move |k| (j, k)))
}
