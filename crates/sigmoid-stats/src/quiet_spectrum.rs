use realfft::{RealFftPlanner, num_complex::Complex};

use crate::nuisance::Nuisance;
use crate::sums::dot;

/// A frequency of which the regressors leave less than this share says nothing.
const SMALLEST_SHARE: f64 = 0.02;

/// Periodogram of the quiet days after regressors have been taken out, and what it is expected to
/// be for a given memory, gaps and regression included.
pub(crate) struct QuietSpectrum {
    read: Vec<bool>,
    observed: usize,
    /// Regressors and their transforms.
    basis: Vec<Vec<f64>>,
    basis_spectrum: Vec<Vec<Complex<f64>>>,
    /// (1/M)·Σ read_i·read_{i+k}.
    overlap: Vec<f64>,
    periodogram: Vec<f64>,
    /// Frequencies used.
    used: Vec<usize>,
    transform: std::sync::Arc<dyn realfft::RealToComplex<f64>>,
}

impl QuietSpectrum {
    /// `scores` is `[day]`; days outside the first and last that are read are cut off.
    pub(crate) fn new(scores: &[Option<f64>], nuisance: &Nuisance) -> Self {
        let first = scores.iter().position(Option::is_some).unwrap_or(0);
        let end = scores.iter().rposition(Option::is_some).map_or(0, |i| i + 1).max(first + 1);
        let read: Vec<bool> = scores[first..end].iter().map(Option::is_some).collect();
        let days = read.len();
        let observed = read.iter().filter(|r| **r).count().max(1);
        let transform = RealFftPlanner::new().plan_fft_forward(days);
        let mut this = QuietSpectrum {
            observed,
            basis: nuisance.columns().iter().map(|column| column[first..end].to_vec()).collect(),
            basis_spectrum: Vec::new(),
            overlap: overlap(&read, observed),
            read,
            periodogram: Vec::new(),
            used: Vec::new(),
            transform,
        };
        let mut values: Vec<f64> =
            scores[first..end].iter().map(|score| score.unwrap_or(0.0)).collect();
        nuisance_off(&this.basis, &mut values);
        this.basis_spectrum = this.basis.iter().map(|column| this.spectrum(column)).collect();
        let scale = 1.0 / observed as f64;
        this.periodogram =
            this.spectrum(&values).iter().map(|value| scale * value.norm_sqr()).collect();
        let left = this.expected_everywhere(0.0);
        this.used = (1..days.div_ceil(2)).filter(|&k| left[k] > SMALLEST_SHARE).collect();
        this.periodogram = this.used.iter().map(|&k| this.periodogram[k]).collect();
        this
    }

    pub(crate) fn observed(&self) -> usize {
        self.observed
    }

    /// Expected periodogram of an autoregression of variance one with this correlation from day to
    /// day, at the frequencies used.
    pub(crate) fn expected(&self, rho: f64) -> Vec<f64> {
        let all = self.expected_everywhere(rho);
        self.used.iter().map(|&k| all[k]).collect()
    }

    /// diag(F·P·C·P·F*) with P = 1 − QQᵀ: the part without regressors from the covariance folded
    /// onto one period, then the corrections of rank q.
    fn expected_everywhere(&self, rho: f64) -> Vec<f64> {
        let days = self.read.len();
        let mut folded = vec![0.0; days];
        let mut power = 1.0;
        for lag in 0..days {
            let value = power * self.overlap[lag];
            folded[lag] += value;
            if lag > 0 {
                folded[days - lag] += value;
            }
            power *= rho;
        }
        let mut expected: Vec<f64> = self.spectrum(&folded).iter().map(|v| v.re).collect();
        let applied: Vec<Vec<f64>> =
            self.basis.iter().map(|column| self.covariance_times(column, rho)).collect();
        let scale = 1.0 / self.observed as f64;
        for (i, column) in applied.iter().enumerate() {
            let spectrum = self.spectrum(column);
            let own = self.basis_spectrum[i].iter().zip(&spectrum);
            for (expected, (basis, applied)) in expected.iter_mut().zip(own) {
                *expected -= 2.0 * scale * (basis.conj() * applied).re;
            }
            for j in 0..self.basis.len() {
                let between = dot(&self.basis[j], column);
                let both = self.basis_spectrum[i].iter().zip(&self.basis_spectrum[j]);
                for (expected, (one, other)) in expected.iter_mut().zip(both) {
                    *expected += scale * between * (one.conj() * other).re;
                }
            }
        }
        expected
    }

    /// Covariance ρ^|i−j| between days that are read, times a column.
    fn covariance_times(&self, column: &[f64], rho: f64) -> Vec<f64> {
        let mut result = column.to_vec();
        let mut from_before = 0.0;
        for (value, own) in result.iter_mut().zip(column) {
            *value += from_before;
            from_before = rho * (from_before + own);
        }
        let mut from_after = 0.0;
        for (value, own) in result.iter_mut().zip(column).rev() {
            *value += from_after;
            from_after = rho * (from_after + own);
        }
        result.iter_mut().zip(&self.read).filter(|(_, r)| !**r).for_each(|(v, _)| *v = 0.0);
        result
    }

    /// Whittle's log likelihood of a model spectrum up to its scale, which is integrated out. The
    /// frequencies of a record with gaps are not independent: it counts for the days observed.
    pub(crate) fn log_likelihood(&self, model: &[f64]) -> f64 {
        let (mut ratio, mut logs, mut product) = (0.0, 0.0, 1.0f64);
        for (periodogram, model) in self.periodogram.chunks(16).zip(model.chunks(16)) {
            for (i, m) in periodogram.iter().zip(model) {
                ratio += i / m;
                product *= m;
            }
            logs += product.ln();
            product = 1.0;
        }
        let share = self.observed as f64 / self.read.len() as f64;
        -share * (logs + model.len() as f64 * ratio.max(f64::MIN_POSITIVE).ln())
    }

    fn spectrum(&self, values: &[f64]) -> Vec<Complex<f64>> {
        let mut input = values.to_vec();
        let mut output = self.transform.make_output_vec();
        // Input and output have the plan's own lengths, so the transform cannot fail.
        self.transform.process(&mut input, &mut output).expect("buffers made for the plan");
        output
    }
}

fn nuisance_off(basis: &[Vec<f64>], values: &mut [f64]) {
    for column in basis {
        let share = dot(column, values);
        values.iter_mut().zip(column).for_each(|(v, q)| *v -= share * q);
    }
}

fn overlap(read: &[bool], observed: usize) -> Vec<f64> {
    let size = (2 * read.len()).next_power_of_two();
    let mut planner = RealFftPlanner::new();
    let (forward, backward) = (planner.plan_fft_forward(size), planner.plan_fft_inverse(size));
    let mut values = forward.make_input_vec();
    values.iter_mut().zip(read).for_each(|(v, r)| *v = f64::from(u8::from(*r)));
    let mut spectrum = forward.make_output_vec();
    // As above: lengths from the plans.
    forward.process(&mut values, &mut spectrum).expect("buffers made by the plan");
    spectrum.iter_mut().for_each(|v| *v = Complex::new(v.norm_sqr(), 0.0));
    backward.process(&mut spectrum, &mut values).expect("buffers made by the plan");
    let scale = 1.0 / (size as f64 * observed as f64);
    values.iter().take(read.len()).map(|v| v * scale).collect()
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use std::f64::consts::TAU;

    use super::*;
    use crate::filter_grid::Baseline;
    use crate::split::Split;

    #[test]
    fn the_expected_periodogram_is_that_of_the_full_covariance() {
        let quiet: Vec<usize> = (0..60).filter(|i| i % 7 != 3 && !(20..30).contains(i)).collect();
        let split = Split { start: 20, observed: vec![false; 10], quiet: quiet.clone() };
        let nuisance = Nuisance::of_quiet(Baseline::Trend, 60, &split);
        let mut scores = vec![None; 60];
        quiet.iter().for_each(|&i| scores[i] = Some((i as f64).sin()));
        let spectrum = QuietSpectrum::new(&scores, &nuisance);
        let rho = 0.8f64;
        let m = quiet.len();
        // Dense: P·C·P over the days read, P from the normal equations of (1, t).
        let design =
            Array2::from_shape_fn((m, 2), |(r, c)| if c == 0 { 1.0 } else { quiet[r] as f64 });
        let normal = design.t().dot(&design);
        let determinant = normal[[0, 0]] * normal[[1, 1]] - normal[[0, 1]] * normal[[1, 0]];
        let inverse = Array2::from_shape_vec(
            (2, 2),
            vec![normal[[1, 1]], -normal[[0, 1]], -normal[[1, 0]], normal[[0, 0]]],
        )
        .unwrap()
            / determinant;
        let hat = design.dot(&inverse).dot(&design.t());
        let project = Array2::eye(m) - hat;
        let covariance =
            Array2::from_shape_fn((m, m), |(r, c)| rho.powi(quiet[r].abs_diff(quiet[c]) as i32));
        let full = project.dot(&covariance).dot(&project);
        let all = spectrum.expected_everywhere(rho);
        // The last day is not read, so that the record is cut before it.
        let days = spectrum.read.len() as f64;
        assert_eq!(days, 59.0);
        for (k, found) in all.iter().enumerate().take(30).skip(1) {
            let mut sum = 0.0;
            for r in 0..m {
                for c in 0..m {
                    let lag = quiet[r] as f64 - quiet[c] as f64;
                    sum += full[[r, c]] * (TAU * k as f64 * lag / days).cos();
                }
            }
            assert!((found - sum / m as f64).abs() < 1e-9, "{k}: {found} {}", sum / m as f64);
        }
    }
}
