use std::sync::Arc;

use ndarray::ArrayViewMut1;
use num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

use crate::kernel::{LANES, Lane};

/// What the Nyquist bin of a mode is taken to be. The reference keeps only bins 0..N−1 of the half
/// spectrum and copies the last of them into the Nyquist bin; otherwise the Nyquist bin of the
/// signal is weighted as its neighbour is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nyquist {
    CopyNeighbour,
    WeightAsNeighbour,
}

/// Half spectrum of a mirrored signal of fixed length, with its transforms and buffers.
///
/// All gains of VMD are real, so that the algorithms need only magnitudes; phases are kept in
/// `bins` and come back in [`Spectrum::synthesize`].
#[derive(Clone)]
pub(crate) struct Spectrum {
    len: usize,
    forward: Arc<dyn RealToComplex<f64>>,
    inverse: Arc<dyn ComplexToReal<f64>>,
    scratch: Vec<Complex<f64>>,
    time: Vec<f64>,
    bins: Vec<Complex<f64>>,
    work: Vec<Complex<f64>>,
    /// Frequencies times √α, so that d = (x − w)² needs no further factor.
    pub(crate) axis: Vec<Lane>,
    /// |f̂| of bins 0..N−1, zero in the padding.
    pub(crate) magnitude: Vec<Lane>,
    /// The signal is `unit` times what was transformed; a power of two, so that scaling is exact.
    pub(crate) unit: f64,
}

impl std::fmt::Debug for Spectrum {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Spectrum").field("len", &self.len).finish_non_exhaustive()
    }
}

impl Spectrum {
    pub(crate) fn new(len: usize, root_alpha: f64) -> Self {
        let mut planner = RealFftPlanner::<f64>::new();
        let forward = planner.plan_fft_forward(2 * len);
        let inverse = planner.plan_fft_inverse(2 * len);
        let scratch_len = forward.get_scratch_len().max(inverse.get_scratch_len());
        let blocks = len.div_ceil(LANES);
        let axis = (0..blocks).map(|block| {
            std::array::from_fn(|lane| {
                root_alpha * ((block * LANES + lane) as f64 / (2 * len) as f64)
            })
        });
        Self {
            len,
            scratch: vec![Complex::default(); scratch_len],
            time: forward.make_input_vec(),
            bins: forward.make_output_vec(),
            work: forward.make_output_vec(),
            axis: axis.collect(),
            magnitude: vec![[0.0; LANES]; blocks],
            unit: 1.0,
            forward,
            inverse,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Mirrors half the signal on each side, as the reference does, and transforms. An odd length
    /// has one sample more mirrored on the right than on the left, so that the total stays 2N.
    pub(crate) fn analyze(&mut self, signal: &[f64]) {
        let largest = signal.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        self.unit = power_of_two_below(largest);
        let (left, right) = (self.len / 2, self.len - self.len / 2);
        let mirrored = signal[..left]
            .iter()
            .rev()
            .chain(signal)
            .chain(signal[self.len - right..].iter().rev());
        let inverse_unit = 1.0 / self.unit;
        for (slot, value) in self.time.iter_mut().zip(mirrored) {
            *slot = value * inverse_unit;
        }
        let done =
            self.forward.process_with_scratch(&mut self.time, &mut self.bins, &mut self.scratch);
        debug_assert!(done.is_ok(), "buffers are made by the plan itself");
        let magnitudes = self.magnitude.as_flattened_mut();
        for (slot, bin) in magnitudes.iter_mut().zip(&self.bins[..self.len]) {
            *slot = bin.norm_sqr().sqrt();
        }
    }

    /// Writes the mode whose half spectrum has magnitude `magnitude_at(bin)` and the signal's
    /// phases.
    pub(crate) fn synthesize(
        &mut self,
        magnitude_at: impl Fn(usize) -> f64,
        nyquist: Nyquist,
        mut mode: ArrayViewMut1<'_, f64>,
    ) {
        let magnitudes = self.magnitude.as_flattened();
        let gain = |bin: usize| {
            if magnitudes[bin] > 0.0 { magnitude_at(bin) / magnitudes[bin] } else { 0.0 }
        };
        for (bin, slot) in self.work[..self.len].iter_mut().enumerate() {
            *slot = self.bins[bin] * gain(bin);
        }
        let neighbour = self.len - 1;
        let last = match nyquist {
            Nyquist::CopyNeighbour => self.work[neighbour].re,
            Nyquist::WeightAsNeighbour => self.bins[self.len].re * gain(neighbour),
        };
        self.work[self.len] = Complex::new(last, 0.0);
        self.work[0].im = 0.0;
        let done =
            self.inverse.process_with_scratch(&mut self.work, &mut self.time, &mut self.scratch);
        debug_assert!(done.is_ok(), "ends of the half spectrum were made real above");
        let scale = 1.0 / (2 * self.len) as f64;
        let left = self.len / 2;
        for (slot, value) in mode.iter_mut().zip(&self.time[left..left + self.len]) {
            *slot = value * scale * self.unit;
        }
    }
}

/// The power of two just below a magnitude, kept inside what f64 can also invert.
fn power_of_two_below(magnitude: f64) -> f64 {
    if magnitude == 0.0 {
        return 1.0;
    }
    let exponent = magnitude.log2().floor().clamp(-1000.0, 1000.0);
    2.0_f64.powi(exponent as i32)
}

#[cfg(test)]
mod tests {
    use ndarray::Array1;

    use super::*;

    #[test]
    fn all_of_the_spectrum_gives_back_the_signal() {
        for len in [2_usize, 3, 4, 7, 10, 33, 168] {
            let signal: Vec<f64> =
                (0..len).map(|i| ((i * i + 3) as f64 * 0.7).sin() - 0.2).collect();
            let mut spectrum = Spectrum::new(len, 1.0);
            spectrum.analyze(&signal);
            let magnitudes = spectrum.magnitude.as_flattened().to_vec();
            let mut mode = Array1::zeros(len);
            spectrum.synthesize(|bin| magnitudes[bin], Nyquist::WeightAsNeighbour, mode.view_mut());
            for (found, expected) in mode.iter().zip(&signal) {
                // A bin of magnitude zero has no neighbour's weight to give; lengths above have none.
                assert!((found - expected).abs() < 1e-14, "{len}: {found} {expected}");
            }
        }
    }

    #[test]
    fn unit_is_a_power_of_two_even_at_the_ends_of_the_range() {
        for magnitude in [5e-324, 1e-300, 1e-9, 0.9, 1.0, 3.0, 1e300, f64::MAX] {
            let unit = power_of_two_below(magnitude);
            assert!(unit > 0.0 && (1.0 / unit).is_finite());
            assert_eq!(unit.log2().fract(), 0.0);
        }
    }
}
