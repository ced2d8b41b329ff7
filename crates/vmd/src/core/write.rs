use ndarray::{ArrayView1, ArrayViewMut1, ArrayViewMut2};
use num_complex::Complex;

use super::{Core, Source};
use crate::kernel::OptimalGains;
use crate::spectrum::Nyquist;
use crate::{Real, Solver};

impl<T: Real> Core<T> {
    /// Writes one channel of the solution: modes, what they leave, and spectra where wanted.
    pub(crate) fn write(
        &mut self,
        channel: usize,
        mut modes: ArrayViewMut2<'_, T>,
        mut residual: ArrayViewMut1<'_, T>,
        mut spectra: Option<ArrayViewMut2<'_, Complex<T>>>,
    ) {
        let used = self.len();
        let signal = &self.signals[channel * used..][..used];
        if self.constant {
            modes.fill(T::zero());
            modes.row_mut(0).fill(signal[0]);
            residual.fill(T::zero());
            if let Some(spectra) = &mut spectra {
                spectra.fill(Complex::default());
                spectra[[0, 0]] = Complex::new(signal[0] * T::of((2 * used) as f64), T::zero());
            }
            return;
        }
        let nyquist = match self.config.solver {
            Solver::Reference => Nyquist::CopyNeighbour,
            Solver::Converged => Nyquist::Zero,
        };
        residual.assign(&ArrayView1::from(signal));
        let Self { spectrum, admm, sampled, source, gains, shares, order, scale, .. } = self;
        for (row, &k) in order.iter().enumerate() {
            let bins = spectra.as_mut().and_then(|spectra| {
                let bins = spectra.len() / order.len();
                spectra.as_slice_mut().map(|all| &mut all[row * bins..][..bins])
            });
            match (*source, &mut *sampled) {
                (Source::Nodes, Some(sampled)) => sampled.gains(k, gains),
                (Source::Optimal, _) => {
                    let optimal = OptimalGains::new(&spectrum.grid, admm.w(), scale.as_deref());
                    optimal.gains(k, shares, gains);
                }
                _ => admm.gains(k, spectrum.magnitude(), gains),
            }
            spectrum.synthesize(channel, gains, nyquist, modes.row_mut(row), bins);
            residual.zip_mut_with(&modes.row(row), |left, mode| *left = *left - *mode);
        }
    }
}
