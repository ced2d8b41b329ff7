use std::f64::consts::PI;

use ndarray::{ArrayView1, ArrayViewMut1};
use num_complex::Complex;

use crate::Real;
use crate::cosine::Cosine;
use crate::kernel::{Aligned, Grid, PADDING};

/// What the Nyquist bin of a mode is taken to be. The signal's own is zero, as of every mirrored
/// signal; the reference keeps only bins 0..N−1 of the half spectrum and copies the last of them into
/// the Nyquist bin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nyquist {
    CopyNeighbour,
    Zero,
}

/// Half spectra of mirrored signals (one or more channels) of fixed length, with their transforms
/// and buffers.
///
/// Half of the signal is mirrored on each side, as the reference does; an odd length has one sample
/// more mirrored on the right than on the left. So the mirrored signal of 2N samples is symmetric
/// about both ends of the signal, and its Fourier transform is f̂_k = e^(−πik(2L − 1)/2N) X_k with
/// the real coefficients X_k of the cosine transform and L = ⌊N/2⌋ samples on the left.
///
/// All gains of VMD are real and, with several channels, the same for each. So the algorithms need
/// only magnitudes, of several channels the root of the sum of squares; signs are kept in
/// `coefficients` and come back in [`Spectrum::synthesize`].
#[derive(Clone)]
pub(crate) struct Spectrum<T: Real> {
    len: usize,
    cosine: Cosine<T>,
    /// Channel after channel, N each.
    coefficients: Vec<T>,
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
        let padded = len.next_multiple_of(PADDING);
        Self {
            len,
            cosine: Cosine::new(len),
            coefficients: vec![T::zero(); channels * len],
            grid: Grid::new(len, root_alpha),
            magnitude: Aligned::new(padded),
            wide: Aligned::new(T::widened_len(padded)),
            unit: 1.0,
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

    /// Transforms. `signals` holds the channels one after another.
    pub(crate) fn analyze(&mut self, signals: &[T]) {
        self.unit = power_of_two_below::<T>(largest_magnitude(signals));
        let inverse_unit = T::of(1.0 / self.unit);
        let channels = self.coefficients.chunks_exact_mut(self.len);
        for (signal, coefficients) in signals.chunks_exact(self.len).zip(channels) {
            self.cosine.analyze(signal, inverse_unit, coefficients);
        }
        let magnitude = &mut self.magnitude[..self.len];
        let mut channels = self.coefficients.chunks_exact(self.len);
        let first = channels.next().unwrap_or_default();
        magnitude.iter_mut().zip(first).for_each(|(slot, value)| *slot = value.abs());
        if channels.len() > 0 {
            magnitude.iter_mut().for_each(|slot| *slot = *slot * *slot);
            for channel in channels {
                let bins = magnitude.iter_mut().zip(channel);
                bins.for_each(|(slot, value)| *slot = *slot + *value * *value);
            }
            magnitude.iter_mut().for_each(|slot| *slot = T::of(slot.wide().sqrt()));
        }
        T::widen(&self.magnitude, &mut self.wide);
    }

    /// e^(−πik(2L − 1)/2N).
    fn phase(&self, bin: usize) -> Complex<f64> {
        // The whole turns are left out in whole numbers.
        let turn = 4 * self.len;
        let shift = (2 * (self.len / 2) + turn - 1) % turn;
        let angle = (bin * shift % turn) as f64 * PI / (2 * self.len) as f64;
        Complex::new(angle.cos(), -angle.sin())
    }

    /// Writes one channel of the mode whose half spectrum is the signal's times `gains`. Its spectrum,
    /// in the signal's unit, goes to `spectrum` where one is given.
    pub(crate) fn synthesize(
        &mut self,
        channel: usize,
        gains: &[T],
        nyquist: Nyquist,
        mut mode: ArrayViewMut1<'_, T>,
        spectrum: Option<&mut [Complex<T>]>,
    ) {
        let whole = &self.coefficients[channel * self.len..][..self.len];
        let own = |bin: usize| whole[bin] * gains[bin];
        let neighbour = self.len - 1;
        let last = match nyquist {
            Nyquist::CopyNeighbour => own(neighbour).wide() * self.phase(neighbour).re,
            Nyquist::Zero => 0.0,
        };
        if let Some(spectrum) = spectrum {
            for (bin, slot) in spectrum.iter_mut().enumerate() {
                let value = if bin < self.len {
                    self.phase(bin) * own(bin).wide()
                } else {
                    Complex::new(last, 0.0)
                };
                *slot = Complex::new(T::of(value.re * self.unit), T::of(value.im * self.unit));
            }
        }
        // The Nyquist bin changes sign from sample to sample.
        let size = T::of(last * self.unit / (2 * self.len) as f64);
        let alternating = if (self.len / 2).is_multiple_of(2) { size } else { -size };
        let products = whole.iter().zip(gains).map(|(value, gain)| *value * *gain);
        let samples = self.cosine.synthesize(products, T::of(self.unit), alternating);
        mode.assign(&ArrayView1::from(samples));
    }
}

fn largest_magnitude<T: Real>(values: &[T]) -> f64 {
    let larger = |a: T, b: T| if b > a { b } else { a };
    // Eight at a time: one alone would wait for each comparison.
    let (chunks, rest) = values.as_chunks::<8>();
    let mut largest = [T::zero(); 8];
    for chunk in chunks {
        largest.iter_mut().zip(chunk).for_each(|(slot, value)| *slot = larger(*slot, value.abs()));
    }
    let all = largest.into_iter().chain(rest.iter().map(|value| value.abs()));
    all.fold(T::zero(), larger).wide()
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
                let (whole, slots) = (vec![1.0; len], ArrayViewMut1::from(&mut mode));
                spectrum.synthesize(channel, &whole, Nyquist::Zero, slots, None);
                for (found, expected) in mode.iter().zip(signal) {
                    assert!((found - expected).abs() < 1e-14, "{len}: {found} {expected}");
                }
            }
        }
    }

    /// The mirrored signal and its transform, by their definitions.
    fn mirrored(signal: &[f64]) -> Vec<Complex<f64>> {
        let (left, len) = (signal.len() / 2, signal.len());
        let before = signal[..left].iter().rev();
        let after = signal[left..].iter().rev();
        let whole: Vec<f64> = before.chain(signal).chain(after).copied().collect();
        (0..=len)
            .map(|k| {
                let term = |(n, value): (usize, &f64)| {
                    let angle = -PI * ((k * n) % (2 * len)) as f64 / len as f64;
                    Complex::new(angle.cos(), angle.sin()) * value
                };
                whole.iter().enumerate().map(term).sum()
            })
            .collect()
    }

    /// Spectra and modes against the mirrored signal's own Fourier transform, filtered and inverted
    /// as the reference does it.
    #[test]
    fn modes_and_spectra_are_those_of_the_mirrored_signal() {
        for len in [2_usize, 3, 4, 7, 10, 33] {
            let signal: Vec<f64> = (0..len).map(|i| ((i * i + 3) as f64 * 0.7).sin()).collect();
            let gains: Vec<f64> = (0..len).map(|k| 1.0 / (1.0 + k as f64)).collect();
            let mut spectrum = Spectrum::new(len, 1, 1.0);
            spectrum.analyze(&signal);
            for nyquist in [Nyquist::Zero, Nyquist::CopyNeighbour] {
                let mut want = mirrored(&signal);
                want.iter_mut().zip(&gains).for_each(|(bin, gain)| *bin *= gain);
                want[0].im = 0.0;
                let last = match nyquist {
                    Nyquist::Zero => 0.0,
                    Nyquist::CopyNeighbour => want[len - 1].re,
                };
                want[len] = Complex::new(last, 0.0);
                let (mut mode, mut bins) = (vec![0.0; len], vec![Complex::default(); len + 1]);
                let slots = ArrayViewMut1::from(&mut mode);
                spectrum.synthesize(0, &gains, nyquist, slots, Some(&mut bins));
                for (k, (found, want)) in bins.iter().zip(&want).enumerate() {
                    assert!((found - want).norm() < 1e-13, "{len} {k}: {found} {want}");
                }
                for (m, found) in mode.iter().enumerate() {
                    let sample = len / 2 + m;
                    let term = |(k, bin): (usize, &Complex<f64>)| {
                        let angle = PI * ((k * sample) % (2 * len)) as f64 / len as f64;
                        let twice = if k == 0 || k == len { 1.0 } else { 2.0 };
                        twice * (bin * Complex::new(angle.cos(), angle.sin())).re
                    };
                    let value: f64 = want.iter().enumerate().map(term).sum();
                    let value = value / (2 * len) as f64;
                    assert!((found - value).abs() < 1e-14, "{len} {m}: {found} {value}");
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
