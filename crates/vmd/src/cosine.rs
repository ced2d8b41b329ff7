use std::f64::consts::PI;
use std::sync::Arc;

use num_complex::Complex;
use realfft::{ComplexToReal, RealToComplex};

use crate::Real;
use crate::kernel::vectorised;

/// The cosine transform of fixed length N by a real Fourier transform of the same length
/// (Makhoul 1980, IEEE Trans. ASSP 28): X_k = 2 Σ x_m cos(πk(m + ½)/N) for k from 0 to N − 1.
///
/// It is what the Fourier transform of a signal mirrored at both ends comes to, but for a phase:
/// half the work of a transform of 2N, and real.
#[derive(Clone)]
pub(crate) struct Cosine<T: Real> {
    forward: Arc<dyn RealToComplex<T>>,
    inverse: Arc<dyn ComplexToReal<T>>,
    scratch: Vec<Complex<T>>,
    /// Even samples, then odd ones from behind.
    time: Vec<T>,
    half: Vec<Complex<T>>,
    product: Vec<T>,
    /// e^(−πik/2N) for every k of the half spectrum.
    turns: Vec<Complex<T>>,
}

impl<T: Real> Cosine<T> {
    pub(crate) fn new(len: usize) -> Self {
        let (forward, inverse) = T::transforms(len);
        let scratch = forward.get_scratch_len().max(inverse.get_scratch_len());
        let half = forward.make_output_vec();
        let turn = |k: usize| {
            let (sin, cos) = (PI * k as f64 / (2 * len) as f64).sin_cos();
            Complex::new(T::of(cos), T::of(-sin))
        };
        Self {
            scratch: vec![Complex::default(); scratch],
            time: forward.make_input_vec(),
            turns: (0..half.len()).map(turn).collect(),
            product: vec![T::zero(); len],
            half,
            forward,
            inverse,
        }
    }

    /// The coefficients of `scale` times the signal.
    pub(crate) fn analyze(&mut self, signal: &[T], scale: T, coefficients: &mut [T]) {
        let len = signal.len();
        for (pair, samples) in signal.chunks(2).enumerate() {
            self.time[pair] = scale * samples[0];
            if let Some(odd) = samples.get(1) {
                self.time[len - 1 - pair] = scale * *odd;
            }
        }
        let done =
            self.forward.process_with_scratch(&mut self.time, &mut self.half, &mut self.scratch);
        debug_assert!(done.is_ok(), "buffers are made by the plan itself");
        vectorised(
            #[inline(always)]
            || turn_forward(&self.half, &self.turns, coefficients),
        );
    }

    /// `scale` times the signal whose coefficients are given, with `alternating` added to its even
    /// samples and taken from its odd ones.
    pub(crate) fn synthesize(
        &mut self,
        coefficients: impl Iterator<Item = T>,
        scale: T,
        alternating: T,
    ) -> &[T] {
        let len = self.time.len();
        let share = scale * T::of(0.5 / len as f64);
        self.product.iter_mut().zip(coefficients).for_each(|(slot, value)| *slot = value * share);
        vectorised(
            #[inline(always)]
            || turn_back(&self.product, &self.turns, &mut self.half),
        );
        // Real but for rounding.
        if len.is_multiple_of(2) {
            self.half[len / 2].im = T::zero();
        }
        let done =
            self.inverse.process_with_scratch(&mut self.half, &mut self.time, &mut self.scratch);
        debug_assert!(done.is_ok(), "ends of the half spectrum were made real above");
        let (even, odd) = self.time.split_at(len.div_ceil(2));
        let (pairs, last) = self.product.as_chunks_mut::<2>();
        for (pair, (even, odd)) in pairs.iter_mut().zip(even.iter().zip(odd.iter().rev())) {
            *pair = [*even + alternating, *odd - alternating];
        }
        if let (Some(last), Some(even)) = (last.first_mut(), even.last()) {
            *last = *even + alternating;
        }
        &self.product
    }
}

/// Of a turned bin k twice the real part is coefficient k, twice the negative imaginary part N − k.
#[inline(always)]
fn turn_forward<T: Real>(half: &[Complex<T>], turns: &[Complex<T>], coefficients: &mut [T]) {
    let two = T::of(2.0);
    let (lower, upper) = coefficients.split_at_mut(half.len());
    for (slot, (bin, turn)) in lower.iter_mut().zip(half.iter().zip(turns)) {
        *slot = two * (bin * turn).re;
    }
    for (slot, (bin, turn)) in upper.iter_mut().rev().zip(half.iter().zip(turns).skip(1)) {
        *slot = -two * (bin * turn).im;
    }
}

/// Of k and N − k one is the real, the other the imaginary part; of zero there is one alone.
#[inline(always)]
fn turn_back<T: Real>(coefficients: &[T], turns: &[Complex<T>], half: &mut [Complex<T>]) {
    half[0] = Complex::new(coefficients[0], T::zero());
    let pairs = coefficients[1..].iter().zip(coefficients.iter().rev());
    for (bin, ((&direct, &mirrored), turn)) in half[1..].iter_mut().zip(pairs.zip(&turns[1..])) {
        bin.re = direct * turn.re - mirrored * turn.im;
        bin.im = -(direct * turn.im + mirrored * turn.re);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coefficients_are_the_definition_and_give_back_the_signal() {
        for len in [1_usize, 2, 3, 4, 5, 7, 8, 33, 90] {
            let signal: Vec<f64> = (0..len).map(|i| ((i * i + 3) as f64 * 0.7).sin()).collect();
            let mut cosine = Cosine::new(len);
            let mut found = vec![f64::NAN; len];
            cosine.analyze(&signal, 2.0, &mut found);
            for (k, found) in found.iter().enumerate() {
                let term = |(m, x): (usize, &f64)| {
                    4.0 * x * (PI * (k * (2 * m + 1)) as f64 / (2 * len) as f64).cos()
                };
                let want: f64 = signal.iter().enumerate().map(term).sum();
                assert!((found - want).abs() < 1e-13 * len as f64, "{len} {k}: {found} {want}");
            }
            let back = cosine.synthesize(found.iter().copied(), 1.0, 0.25);
            assert_eq!(back.len(), len);
            for (m, (back, signal)) in back.iter().zip(&signal).enumerate() {
                let want = 2.0 * signal + if m % 2 == 0 { 0.25 } else { -0.25 };
                assert!((back - want).abs() < 1e-14, "{len}: {back} {want}");
            }
        }
    }
}
