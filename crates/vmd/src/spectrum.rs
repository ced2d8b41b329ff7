use std::sync::Arc;

use num_complex::Complex;
use realfft::{ComplexToReal, RealToComplex};

use crate::Real;
use crate::kernel::{Aligned, Grid, PADDING};

/// What the Nyquist bin of a mode is taken to be. The reference keeps only bins 0..N−1 of the half
/// spectrum and copies the last of them into the Nyquist bin; otherwise the Nyquist bin of the
/// signal is weighted as its neighbour is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nyquist {
    CopyNeighbour,
    WeightAsNeighbour,
}

/// Half spectra of mirrored signals (one or more channels) of fixed length, with their transforms
/// and buffers.
///
/// All gains of VMD are real and, with several channels, the same for each. So the algorithms need
/// only magnitudes, of several channels the root of the sum of squares; phases are kept in `bins`
/// and come back in [`Spectrum::synthesize`].
#[derive(Clone)]
pub(crate) struct Spectrum<T: Real> {
    len: usize,
    forward: Arc<dyn RealToComplex<T>>,
    inverse: Arc<dyn ComplexToReal<T>>,
    scratch: Vec<Complex<T>>,
    time: Vec<T>,
    /// Channel after channel, N + 1 bins each.
    bins: Vec<Complex<T>>,
    work: Vec<Complex<T>>,
    pub(crate) grid: Grid,
    magnitude: Aligned<T>,
    wide: Aligned<f64>,
    /// The signal is `unit` times what was transformed; a power of two, so that scaling is exact.
    pub(crate) unit: f64,
}

impl<T: Real> std::fmt::Debug for Spectrum<T> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Spectrum").field("len", &self.len).finish_non_exhaustive()
    }
}

impl<T: Real> Spectrum<T> {
    pub(crate) fn new(len: usize, channels: usize, root_alpha: f64) -> Self {
        let (forward, inverse) = T::transforms(2 * len);
        let scratch_len = forward.get_scratch_len().max(inverse.get_scratch_len());
        let padded = len.next_multiple_of(PADDING);
        Self {
            len,
            scratch: vec![Complex::default(); scratch_len],
            time: forward.make_input_vec(),
            bins: vec![Complex::default(); channels * (len + 1)],
            work: forward.make_output_vec(),
            grid: Grid::new(len, root_alpha),
            magnitude: Aligned::new(padded),
            wide: Aligned::new(T::widened_len(padded)),
            unit: 1.0,
            forward,
            inverse,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// |f̂| of bins 0..N−1, zero in the padding.
    pub(crate) fn magnitude(&self) -> &[T] {
        &self.magnitude
    }

    /// The same in f64.
    pub(crate) fn wide_magnitude(&self) -> &[f64] {
        T::widened(&self.magnitude, &self.wide)
    }

    /// Σ|f̂|² over half the spectrum.
    pub(crate) fn power(&self) -> f64 {
        self.wide_magnitude().iter().map(|value| value * value).sum()
    }

    /// Mirrors half the signal on each side, as the reference does, and transforms. An odd length
    /// has one sample more mirrored on the right than on the left, so that the total stays 2N.
    /// `signals` holds the channels one after another.
    pub(crate) fn analyze(&mut self, signals: &[T]) {
        let largest = signals.iter().fold(0.0_f64, |largest, v| largest.max(v.wide().abs()));
        self.unit = power_of_two_below::<T>(largest);
        let inverse_unit = T::of(1.0 / self.unit);
        let (left, right) = (self.len / 2, self.len - self.len / 2);
        let channels = signals.chunks_exact(self.len).zip(self.bins.chunks_exact_mut(self.len + 1));
        for (signal, bins) in channels {
            let (before, rest) = self.time.split_at_mut(left);
            let (middle, after) = rest.split_at_mut(self.len);
            let scaled = |(slot, value): (&mut T, &T)| *slot = *value * inverse_unit;
            before.iter_mut().zip(signal[..left].iter().rev()).for_each(scaled);
            middle.iter_mut().zip(signal).for_each(scaled);
            after.iter_mut().zip(signal[self.len - right..].iter().rev()).for_each(scaled);
            let done = self.forward.process_with_scratch(&mut self.time, bins, &mut self.scratch);
            debug_assert!(done.is_ok(), "buffers are made by the plan itself");
        }
        let magnitude = &mut self.magnitude[..self.len];
        let mut channels = self.bins.chunks_exact(self.len + 1);
        let first = channels.next().unwrap_or_default();
        magnitude.iter_mut().zip(first).for_each(|(slot, bin)| *slot = bin.norm_sqr());
        for channel in channels {
            let bins = magnitude.iter_mut().zip(channel);
            bins.for_each(|(slot, bin)| *slot = *slot + bin.norm_sqr());
        }
        magnitude.iter_mut().for_each(|slot| *slot = T::of(slot.wide().sqrt()));
        T::widen(&self.magnitude, &mut self.wide);
    }

    /// Writes one channel of the mode whose half spectrum is the signal's times `gains`. Its spectrum,
    /// in the signal's unit, goes to `spectrum` where one is given.
    pub(crate) fn synthesize<'a>(
        &mut self,
        channel: usize,
        gains: &[f64],
        nyquist: Nyquist,
        mode: impl Iterator<Item = &'a mut T>,
        spectrum: Option<&mut [Complex<T>]>,
    ) {
        let bins = &self.bins[channel * (self.len + 1)..][..self.len + 1];
        for ((slot, bin), gain) in self.work[..self.len].iter_mut().zip(bins).zip(gains) {
            *slot = *bin * T::of(*gain);
        }
        let neighbour = self.len - 1;
        let last = match nyquist {
            Nyquist::CopyNeighbour => self.work[neighbour].re,
            Nyquist::WeightAsNeighbour => bins[self.len].re * T::of(gains[neighbour]),
        };
        self.work[self.len] = Complex::new(last, T::zero());
        self.work[0].im = T::zero();
        let unit = T::of(self.unit);
        if let Some(spectrum) = spectrum {
            spectrum.iter_mut().zip(&self.work).for_each(|(slot, bin)| *slot = *bin * unit);
        }
        let done =
            self.inverse.process_with_scratch(&mut self.work, &mut self.time, &mut self.scratch);
        debug_assert!(done.is_ok(), "ends of the half spectrum were made real above");
        let scale = T::of(1.0 / (2 * self.len) as f64);
        let left = self.len / 2;
        for (slot, value) in mode.zip(&self.time[left..left + self.len]) {
            *slot = *value * scale * unit;
        }
    }
}

/// The power of two just below a magnitude, kept inside what the type can also invert.
fn power_of_two_below<T: Real>(magnitude: f64) -> f64 {
    if magnitude == 0.0 {
        return 1.0;
    }
    let exponent = magnitude.log2().floor().clamp(-T::LARGEST_EXPONENT, T::LARGEST_EXPONENT);
    2.0_f64.powi(exponent as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_the_spectrum_gives_back_the_signal() {
        for len in [2_usize, 3, 4, 7, 10, 33, 168] {
            let signals: Vec<f64> =
                (0..2 * len).map(|i| ((i * i + 3) as f64 * 0.7).sin() - 0.2).collect();
            let mut spectrum = Spectrum::new(len, 2, 1.0);
            spectrum.analyze(&signals);
            for (channel, signal) in signals.chunks(len).enumerate() {
                let mut mode = vec![0.0; len];
                let (whole, slots) = (vec![1.0; len], mode.iter_mut());
                spectrum.synthesize(channel, &whole, Nyquist::WeightAsNeighbour, slots, None);
                for (found, expected) in mode.iter().zip(signal) {
                    assert!((found - expected).abs() < 1e-14, "{len}: {found} {expected}");
                }
            }
        }
    }

    #[test]
    fn unit_is_a_power_of_two_even_at_the_ends_of_the_range() {
        for magnitude in [5e-324, 1e-300, 1e-9, 0.9, 1.0, 3.0, 1e300, f64::MAX] {
            let unit = power_of_two_below::<f64>(magnitude);
            assert!(unit > 0.0 && (1.0 / unit).is_finite());
            assert_eq!(unit.log2().fract(), 0.0);
            let narrow = power_of_two_below::<f32>(magnitude) as f32;
            assert!(narrow > 0.0 && (1.0 / narrow).is_finite());
        }
    }
}
