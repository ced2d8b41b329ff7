use rayon::prelude::*;

use crate::common_inflection::{WIDE, interval};
use crate::error::Result;
use crate::filter_grid::FilterGrid;
use crate::rate::{Excess, RateFit};
use crate::rate_model::{RateCurve, RateModel};
use crate::sandwich::{Day, Sandwich};
use crate::sigmoid_curve::sigmoid_rate;
use crate::tails::z_quantile;

/// Steepness values of the coarse search, evenly in ln b.
const STEEPNESSES: usize = 13;
/// Distance of neighbouring inflections in the coarse search, days.
const COARSE_STEP: f64 = 1.0;
/// The fine search divides a coarse step into this many.
const REFINEMENT: usize = 10;
/// Halvings of a coarse step in search of an interval's end.
const BISECTIONS: usize = 12;

/// What the likelihood finds in a window.
pub(crate) struct Found {
    pub(crate) rate: Option<RateFit>,
    pub(crate) excess: Excess,
    /// Inflections, days since 00:00 UTC of the window's first day, and the log likelihood gained
    /// with each, divided by the variance inflation.
    pub(crate) profile: Vec<(f64, f64)>,
}

/// The rate's model, and what the quiet days say of the counts' memory.
pub(crate) struct RateProblem<'a> {
    pub(crate) model: RateModel,
    /// Days of the window.
    pub(crate) days: usize,
    pub(crate) window_start: usize,
    /// Autocorrelation of the counts at lags 0.. .
    pub(crate) correlation: &'a [f64],
}

/// Best amplitude for one (b, c) and the log likelihood gained over a = 0.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    b: f64,
    c: f64,
    amplitude: f64,
    gain: f64,
}

impl RateProblem<'_> {
    /// Maximum likelihood over amplitude ≥ 0, steepness and inflection within the filter's grid.
    /// `None` where no positive amplitude is better than none; the excess is then zero, with the
    /// error of a sigmoid of middling steepness in the middle of the range.
    pub(crate) fn fit(&self, grid: &FilterGrid, confidence: f64) -> Result<Found> {
        let ln_b = ln_steepnesses(grid);
        let end = self.days as f64 - 0.5;
        let near = grid.inflection[0].min(end);
        let steps = ((grid.inflection[1].min(end) - near) / COARSE_STEP).floor() as usize;
        let positions: Vec<f64> =
            (0..=steps).rev().map(|i| end - near - COARSE_STEP * i as f64).collect();
        let range = [positions[0], positions[steps]];
        let profile: Vec<Candidate> =
            positions.par_iter().map(|&c| self.best_of(c, &ln_b)).collect();
        let middle = Candidate {
            b: (0.5 * (ln_b[0] + ln_b[ln_b.len() - 1])).exp(),
            c: 0.5 * (range[0] + range[1]),
            amplitude: 0.0,
            gain: 0.0,
        };
        let coarse = profile.iter().copied().fold(middle, better);
        if coarse.amplitude <= 0.0 {
            let sandwich = self.sandwich(&middle, &ln_b)?;
            let excess = self.excess(&middle, &sandwich, confidence);
            return Ok(Found { rate: None, excess, profile: gains(&profile, 1.0) });
        }
        let best = self.refine(coarse, &ln_b, range);
        let sandwich = self.sandwich(&best, &ln_b)?;
        let inflation = sandwich.inflation(self.parameters() - 1);
        let drop = 0.5 * inflation * z_quantile(confidence).powi(2);
        let points: Vec<(f64, f64)> = profile.iter().map(|at| (at.c, at.gain)).collect();
        let [low, high] = interval(&points, (best.c, best.gain), drop)
            .filter(|[low, high]| high - low > WIDE * COARSE_STEP)
            .unwrap_or_else(|| self.within_steps(&positions, best, &ln_b, drop));
        let interval = [low.min(best.c), high.max(best.c)];
        let baseline = self.baseline(&best);
        let rate = RateFit {
            quiet_rate: baseline.iter().sum::<f64>() / baseline.len() as f64,
            baseline,
            a: best.amplitude,
            b: best.b,
            c: best.c + 0.5,
            c_interval: interval.map(|c| c + 0.5),
            likelihood_ratio: 2.0 * best.gain,
            variance_inflation: inflation,
        };
        let excess = self.excess(&best, &sandwich, confidence);
        Ok(Found { rate: Some(rate), excess, profile: gains(&profile, inflation) })
    }

    fn best_of(&self, c: f64, ln_b: &[f64]) -> Candidate {
        let start = Candidate { b: ln_b[0].exp(), c, amplitude: 0.0, gain: 0.0 };
        ln_b.iter().map(|ln_b| self.candidate(ln_b.exp(), c)).fold(start, better)
    }

    /// The interval where it is only some steps of the coarse search wide.
    fn within_steps(
        &self,
        positions: &[f64],
        best: Candidate,
        ln_b: &[f64],
        drop: f64,
    ) -> [f64; 2] {
        let inside = |c: f64| {
            let at = better(self.best_of(c, ln_b), self.candidate(best.b, c));
            at.gain >= best.gain - drop
        };
        let next = positions.partition_point(|&c| c <= best.c);
        let left = positions[..next].iter().rev().find(|&&c| !inside(c));
        let right = positions[next..].iter().find(|&&c| !inside(c));
        let ends =
            [left.unwrap_or(&positions[0]), right.unwrap_or(&positions[positions.len() - 1])];
        ends.map(|&outside| {
            let mut outside = outside;
            let mut within = best.c;
            for _ in 0..BISECTIONS {
                let middle = 0.5 * (outside + within);
                let end = if inside(middle) { &mut within } else { &mut outside };
                *end = middle;
            }
            within
        })
    }

    fn refine(&self, coarse: Candidate, ln_b: &[f64], range: [f64; 2]) -> Candidate {
        let ln_step = if ln_b.len() > 1 { ln_b[1] - ln_b[0] } else { 0.0 };
        let around = |center: f64, step: f64, low: f64, high: f64| {
            let n = REFINEMENT as i32;
            (-n..=n).map(move |i| (center + step * f64::from(i) / f64::from(n)).clamp(low, high))
        };
        let mut best = coarse;
        for c in around(coarse.c, COARSE_STEP, range[0], range[1]) {
            for ln_b in around(coarse.b.ln(), ln_step, ln_b[0], ln_b[ln_b.len() - 1]) {
                best = better(best, self.candidate(ln_b.exp(), c));
            }
        }
        best
    }

    fn candidate(&self, b: f64, c: f64) -> Candidate {
        let found = self.model.build_up(&self.shape(b, c));
        let gained = |found: RateCurve| {
            (found.amplitude, found.log_likelihood - self.model.null.log_likelihood)
        };
        let (amplitude, gain) = found.map_or((0.0, 0.0), gained);
        Candidate { b, c, amplitude, gain }
    }

    /// Rate of a sigmoid of one event on the window's days that are read.
    fn shape(&self, b: f64, c: f64) -> Vec<f64> {
        self.positions().map(|i| sigmoid_rate(i, 1.0, b, c)).collect()
    }

    /// Position in the window of its days that are read, where the middle of day i is i.
    fn positions(&self) -> impl Iterator<Item = f64> + '_ {
        let days = &self.model.days[self.model.window.clone()];
        days.iter().map(|day| (day - self.window_start) as f64)
    }

    /// Factors of the baseline, a, ln b and c.
    fn parameters(&self) -> usize {
        self.model.regressors.len() + 3
    }

    /// What the likelihood prefers at a candidate.
    fn curve(&self, at: &Candidate, shape: &[f64]) -> RateCurve {
        self.model.build_up(shape).filter(|_| at.amplitude > 0.0).unwrap_or(self.model.null.clone())
    }

    /// The baseline beside the best candidate on every day of the window.
    fn baseline(&self, best: &Candidate) -> Vec<f64> {
        let curve = self.curve(best, &self.shape(best.b, best.c));
        let day = |i: usize| self.model.baseline_at(&curve, self.window_start + i);
        (0..self.days).map(day).collect()
    }

    /// Covariance of the baseline's factors, a, ln b and c at the best candidate. A steepness at the end
    /// of its range is not estimated, so it is left out.
    fn sandwich(&self, best: &Candidate, ln_b: &[f64]) -> Result<Sandwich> {
        let at_end = best.b.ln() <= ln_b[0] + 1e-9 || best.b.ln() >= ln_b[ln_b.len() - 1] - 1e-9;
        let Candidate { b, c, amplitude, .. } = *best;
        let h = 1e-5f64;
        let slope = |[high, low]: [(f64, f64); 2]| -> Vec<f64> {
            let pairs = self.shape(high.0, high.1).into_iter().zip(self.shape(low.0, low.1));
            pairs.map(|(high, low)| amplitude * (high - low) / (2.0 * h)).collect()
        };
        let along_b = slope([(b * h.exp(), c), (b * (-h).exp(), c)]);
        let along_c = slope([(b, c + h), (b, c - h)]);
        let shape = self.shape(b, c);
        let rates = self.model.rates(&self.curve(best, &shape), Some(&shape));
        let variances = self.model.variances(&rates);
        let days: Vec<Day> = variances
            .enumerate()
            .map(|(day, variance)| {
                let mut gradient: Vec<f64> =
                    self.model.regressors.iter().map(|column| column[day]).collect();
                gradient.extend(match day.checked_sub(self.model.window.start) {
                    Some(i) if self.model.window.contains(&day) => {
                        [shape[i], if at_end { 0.0 } else { along_b[i] }, along_c[i]]
                    }
                    _ => [0.0; 3],
                });
                let residual = self.model.counts[day] - rates[day];
                Day { index: self.model.days[day], gradient, variance, residual }
            })
            .collect();
        Sandwich::new(&days, self.correlation)
    }

    /// Expected extra counts inside the window.
    fn excess(&self, best: &Candidate, sandwich: &Sandwich, confidence: f64) -> Excess {
        let inside =
            |b: f64, c: f64| (0..self.days).map(|i| sigmoid_rate(i as f64, 1.0, b, c)).sum::<f64>();
        let Candidate { b, c, amplitude, .. } = *best;
        let h = 1e-4f64;
        let along_b = (inside(b * h.exp(), c) - inside(b * (-h).exp(), c)) / (2.0 * h);
        let along_c = (inside(b, c + h) - inside(b, c - h)) / (2.0 * h);
        let mut gradient = vec![0.0; self.model.regressors.len()];
        gradient.extend([inside(b, c), amplitude * along_b, amplitude * along_c]);
        let number = amplitude * inside(b, c);
        let standard_error = sandwich.standard_error(&gradient);
        let half = z_quantile(confidence) * standard_error;
        Excess { number, standard_error, interval: [number - half, number + half] }
    }
}

fn gains(profile: &[Candidate], inflation: f64) -> Vec<(f64, f64)> {
    profile.iter().map(|at| (at.c + 0.5, at.gain / inflation)).collect()
}

fn better(x: Candidate, y: Candidate) -> Candidate {
    if y.gain > x.gain { y } else { x }
}

fn ln_steepnesses(grid: &FilterGrid) -> Vec<f64> {
    let low = grid.steepness.iter().copied().fold(f64::INFINITY, f64::min).ln();
    let high = grid.steepness.iter().copied().fold(0.0, f64::max).ln();
    if low == high {
        return vec![low];
    }
    (0..STEEPNESSES).map(|i| low + (high - low) * i as f64 / (STEEPNESSES - 1) as f64).collect()
}
