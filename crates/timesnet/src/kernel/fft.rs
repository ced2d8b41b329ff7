//! Complex Fourier transforms of an element's independent channels at a time.
//!
//! An element's real parts are followed by its imaginary parts, so every butterfly is plain vector
//! arithmetic without shuffles. Stockham's self-sorting form (Van Loan 1992, section 1.7)
//! with radices 2 to 10; it also transforms the slow axis of a matrix in place of a transposition.

use super::butterfly::{
    Butterfly, Radix2, Radix3, Radix4, Radix5, Radix6, Radix8, Radix9, Radix10, Wave,
};
use super::lanes::{Element, Lanes};
use super::scalar::{Scalar, unrolled};
use super::vectors::Vectors;

/// A transform of fixed length.
pub(crate) struct Fft<S> {
    len: usize,
    stages: Vec<Stage<S>>,
}

struct Stage<S> {
    radix: usize,
    /// e^(-2πi·pk/n) for each p and each k from one to radix − 1.
    twiddles: Vec<(S, S)>,
}

/// The smallest number of at least `least` without prime factors above five.
pub(crate) fn smooth_len(least: usize) -> usize {
    let smooth = |&n: &usize| {
        let mut rest = n;
        for prime in [2, 3, 5] {
            while rest.is_multiple_of(prime) {
                rest /= prime;
            }
        }
        rest == 1
    };
    (least.max(1)..).find(smooth).unwrap_or(least)
}

/// Those tried, in order. A large one goes over the data less often, but needs registers for all of it:
/// thirty-two come with sixteen lanes.
fn radices(lanes: Lanes) -> &'static [usize] {
    match lanes {
        Lanes::Eight => &[4, 2, 3, 5],
        Lanes::Sixteen => &[10, 9, 8, 6, 5, 4, 3, 2],
    }
}

impl<S: Scalar> Fft<S> {
    /// `len` must have no prime factor above five.
    pub(crate) fn new(len: usize, lanes: Lanes) -> Self {
        let (mut rest, mut stages) = (len, Vec::new());
        for &radix in radices(lanes) {
            while rest.is_multiple_of(radix) {
                let angle = |p: usize, k: usize| {
                    let turn = (p * k % rest) as f64 / rest as f64;
                    let (sin, cos) = (std::f64::consts::TAU * turn).sin_cos();
                    (S::of(cos), S::of(-sin))
                };
                let twiddles = (0..rest / radix)
                    .flat_map(|p| (1..radix).map(move |k| (p, k)))
                    .map(|(p, k)| angle(p, k))
                    .collect();
                stages.push(Stage { radix, twiddles });
                rest /= radix;
            }
        }
        debug_assert_eq!(rest, 1);
        Self { len, stages }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Whether the result of [`run`](Self::run) is in its second argument.
    pub(crate) fn swaps(&self) -> bool {
        self.stages.len() % 2 == 1
    }

    /// Transforms along the slow axis of a `[len, stride]` matrix, using both buffers;
    /// [`swaps`](Self::swaps) says which holds the result.
    #[inline(always)]
    pub(crate) fn run<const L: usize, V: Vectors<S, L>>(
        &self,
        vectors: V,
        first: &mut [Element<S, L>],
        second: &mut [Element<S, L>],
        stride: usize,
    ) {
        let (mut from, mut to) = (first, second);
        let (mut len, mut stride) = (self.len, stride);
        for stage in &self.stages {
            stage.run(vectors, from, to, len, stride);
            len /= stage.radix;
            stride *= stage.radix;
            std::mem::swap(&mut from, &mut to);
        }
    }
}

impl<S: Scalar> Stage<S> {
    #[inline(always)]
    fn run<const L: usize, V: Vectors<S, L>>(
        &self,
        vectors: V,
        from: &[Element<S, L>],
        to: &mut [Element<S, L>],
        len: usize,
        stride: usize,
    ) {
        let data = (from, to);
        match self.radix {
            2 => stage::<_, L, _, 2, Radix2>(vectors, &self.twiddles, data, len, stride),
            3 => stage::<_, L, _, 3, Radix3>(vectors, &self.twiddles, data, len, stride),
            4 => stage::<_, L, _, 4, Radix4>(vectors, &self.twiddles, data, len, stride),
            6 if L == 16 => stage::<_, L, _, 6, Radix6>(vectors, &self.twiddles, data, len, stride),
            8 if L == 16 => stage::<_, L, _, 8, Radix8>(vectors, &self.twiddles, data, len, stride),
            9 if L == 16 => stage::<_, L, _, 9, Radix9>(vectors, &self.twiddles, data, len, stride),
            10 if L == 16 => {
                stage::<_, L, _, 10, Radix10>(vectors, &self.twiddles, data, len, stride);
            }
            _ => stage::<_, L, _, 5, Radix5>(vectors, &self.twiddles, data, len, stride),
        }
    }
}

#[inline(always)]
#[allow(clippy::needless_range_loop)] // the form that becomes vector instructions
fn stage<S: Scalar, const L: usize, V: Vectors<S, L>, const R: usize, B: Butterfly<R>>(
    vectors: V,
    twiddles: &[(S, S)],
    (from, to): (&[Element<S, L>], &mut [Element<S, L>]),
    len: usize,
    stride: usize,
) {
    let step = len / R;
    for p in 0..step {
        let turns = &twiddles[p * (R - 1)..][..R - 1];
        for q in 0..stride {
            let mut values = [Wave::read(vectors, &from[q + stride * p]); R];
            unrolled!(R, j => {
                values[j] = Wave::read(vectors, &from[q + stride * (p + step * j)]);
            });
            let values = B::run(values);
            unrolled!(R, k => {
                let value = match p == 0 || k == 0 {
                    true => values[k],
                    false => values[k].times(turns[k - 1]),
                };
                value.write(&mut to[q + stride * (R * p + k)]);
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::vectors::Arrays;
    use super::*;

    /// Against the definition, along both axes, for every smooth length up to a hundred.
    #[test]
    fn transforms_are_the_definition() {
        for len in (1..=100).filter(|&n| smooth_len(n) == n) {
            for stride in [1, 3] {
                check::<f64, _, 8>(Arrays::<true>, len, stride, 1e-12);
            }
            check::<f64, _, 16>(Arrays::<true>, len, 2, 1e-12);
        }
    }

    /// Sums of a hundred numbers of at most a half, in f32.
    #[test]
    fn registers_do_the_same() {
        let Some(registers) = f32::registers::<16>() else {
            println!("left out: this processor has no registers of sixteen numbers");
            return;
        };
        for len in (1..=100).filter(|&n| smooth_len(n) == n) {
            check::<f32, _, 16>(registers, len, 2, 1e-5);
        }
    }

    fn check<S: Scalar, V: Vectors<S, L>, const L: usize>(
        vectors: V,
        len: usize,
        stride: usize,
        tolerance: f64,
    ) {
        let value = |i: usize| S::of(((i * 7919 + 13) % 101) as f64 / 101.0 - 0.5);
        let mut x: Vec<Element<S, L>> = (0..len * stride)
            .map(|i| [0, 1].map(|p| std::array::from_fn(|n| value((2 * i + p) * L + n))))
            .collect();
        let original = x.clone();
        let mut y = vec![[[S::default(); L]; 2]; x.len()];
        let fft = Fft::new(len, Lanes::of::<L>());
        fft.run(vectors, &mut x, &mut y, stride);
        let got = if fft.swaps() { y } else { x };
        for k in 0..len {
            for q in 0..stride {
                for lane in 0..L {
                    let (mut re, mut im) = (0.0, 0.0);
                    for t in 0..len {
                        let turn = (t * k % len) as f64 / len as f64;
                        let (sin, cos) = (-std::f64::consts::TAU * turn).sin_cos();
                        let [a, b] = original[t * stride + q].map(|part| part[lane].wide());
                        re += a * cos - b * sin;
                        im += a * sin + b * cos;
                    }
                    let [got_re, got_im] = got[k * stride + q].map(|part| part[lane].wide());
                    assert!((got_re - re).abs() < tolerance, "{len} {stride} {k}");
                    assert!((got_im - im).abs() < tolerance, "{len} {stride} {k}");
                }
            }
        }
    }
}
