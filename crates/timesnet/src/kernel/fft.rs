//! Complex Fourier transforms of eight independent channels at a time.
//!
//! One element is eight real parts followed by eight imaginary parts, so every butterfly is plain
//! vector arithmetic without shuffles. Stockham's self-sorting form (Van Loan 1992, section 1.7)
//! with radices 2 to 5; it also transforms the slow axis of a matrix in place of a transposition.

use super::scalar::Scalar;

/// Channels in one element.
pub(crate) const LANES: usize = 8;

/// Values in one element: [`LANES`] real and as many imaginary parts.
pub(crate) const ELEMENT: usize = 2 * LANES;

/// Eight complex numbers.
pub(crate) type Element<S> = [S; ELEMENT];

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

impl<S: Scalar> Fft<S> {
    /// `len` must have no prime factor above five.
    pub(crate) fn new(len: usize) -> Self {
        let (mut rest, mut stages) = (len, Vec::new());
        for radix in [4, 2, 3, 5] {
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
    pub(crate) fn run<const FUSED: bool>(
        &self,
        first: &mut [Element<S>],
        second: &mut [Element<S>],
        stride: usize,
    ) {
        let (mut from, mut to) = (first, second);
        let (mut len, mut stride) = (self.len, stride);
        for stage in &self.stages {
            stage.run::<FUSED>(from, to, len, stride);
            len /= stage.radix;
            stride *= stage.radix;
            std::mem::swap(&mut from, &mut to);
        }
    }
}

impl<S: Scalar> Stage<S> {
    #[inline(always)]
    fn run<const FUSED: bool>(
        &self,
        from: &[Element<S>],
        to: &mut [Element<S>],
        len: usize,
        stride: usize,
    ) {
        match self.radix {
            2 => stage::<S, FUSED, 2>(&self.twiddles, from, to, len, stride, radix2),
            3 => stage::<S, FUSED, 3>(&self.twiddles, from, to, len, stride, radix3),
            4 => stage::<S, FUSED, 4>(&self.twiddles, from, to, len, stride, radix4),
            _ => stage::<S, FUSED, 5>(&self.twiddles, from, to, len, stride, radix5),
        }
    }
}

/// Eight complex numbers on their way through a butterfly. By value: references would keep them in
/// memory.
#[derive(Clone, Copy)]
struct Wave<S> {
    re: [S; LANES],
    im: [S; LANES],
}

#[inline(always)]
#[allow(clippy::needless_range_loop)] // the form that becomes vector instructions
fn stage<S: Scalar, const FUSED: bool, const R: usize>(
    twiddles: &[(S, S)],
    from: &[Element<S>],
    to: &mut [Element<S>],
    len: usize,
    stride: usize,
    butterfly: impl Fn([Wave<S>; R]) -> [Wave<S>; R],
) {
    let step = len / R;
    for p in 0..step {
        let turns = &twiddles[p * (R - 1)..][..R - 1];
        for q in 0..stride {
            let mut values = [Wave::read(&from[q + stride * p]); R];
            for j in 1..R {
                values[j] = Wave::read(&from[q + stride * (p + step * j)]);
            }
            let values = butterfly(values);
            values[0].write(&mut to[q + stride * R * p]);
            for k in 1..R {
                let value = if p == 0 { values[k] } else { values[k].times::<FUSED>(turns[k - 1]) };
                value.write(&mut to[q + stride * (R * p + k)]);
            }
        }
    }
}

#[allow(clippy::needless_range_loop)] // as above
impl<S: Scalar> Wave<S> {
    #[inline(always)]
    fn read(from: &Element<S>) -> Self {
        let (mut re, mut im) = ([S::default(); LANES], [S::default(); LANES]);
        re.copy_from_slice(&from[..LANES]);
        im.copy_from_slice(&from[LANES..]);
        Self { re, im }
    }

    #[inline(always)]
    fn write(self, to: &mut Element<S>) {
        to[..LANES].copy_from_slice(&self.re);
        to[LANES..].copy_from_slice(&self.im);
    }

    #[inline(always)]
    fn plus(mut self, other: Self) -> Self {
        for n in 0..LANES {
            self.re[n] = self.re[n] + other.re[n];
        }
        for n in 0..LANES {
            self.im[n] = self.im[n] + other.im[n];
        }
        self
    }

    #[inline(always)]
    fn minus(mut self, other: Self) -> Self {
        for n in 0..LANES {
            self.re[n] = self.re[n] - other.re[n];
        }
        for n in 0..LANES {
            self.im[n] = self.im[n] - other.im[n];
        }
        self
    }

    /// `self + scale · other`.
    #[inline(always)]
    fn plus_scaled(mut self, scale: S, other: Self) -> Self {
        for n in 0..LANES {
            self.re[n] = self.re[n] + scale * other.re[n];
        }
        for n in 0..LANES {
            self.im[n] = self.im[n] + scale * other.im[n];
        }
        self
    }

    #[inline(always)]
    fn scaled(mut self, scale: S) -> Self {
        for n in 0..LANES {
            self.re[n] = scale * self.re[n];
        }
        for n in 0..LANES {
            self.im[n] = scale * self.im[n];
        }
        self
    }

    /// −i times the number.
    #[inline(always)]
    fn turned(self) -> Self {
        let mut im = self.re;
        for n in 0..LANES {
            im[n] = -im[n];
        }
        Self { re: self.im, im }
    }

    #[inline(always)]
    fn times<const FUSED: bool>(self, (cos, sin): (S, S)) -> Self {
        let (mut re, mut im) = (self.re, self.im);
        for n in 0..LANES {
            re[n] = multiply_subtract::<S, FUSED>(self.re[n], cos, self.im[n] * sin);
        }
        for n in 0..LANES {
            im[n] = super::scalar::multiply_add::<S, FUSED>(self.re[n], sin, self.im[n] * cos);
        }
        Self { re, im }
    }
}

#[inline(always)]
fn multiply_subtract<S: Scalar, const FUSED: bool>(a: S, b: S, c: S) -> S {
    super::scalar::multiply_add::<S, FUSED>(a, b, -c)
}

#[inline(always)]
fn radix2<S: Scalar>([a, b]: [Wave<S>; 2]) -> [Wave<S>; 2] {
    [a.plus(b), a.minus(b)]
}

#[inline(always)]
fn radix3<S: Scalar>([a, b, c]: [Wave<S>; 3]) -> [Wave<S>; 3] {
    let (sum, difference) = (b.plus(c), b.minus(c).turned().scaled(S::of(0.75f64.sqrt())));
    let middle = a.plus_scaled(S::of(-0.5), sum);
    [a.plus(sum), middle.plus(difference), middle.minus(difference)]
}

#[inline(always)]
fn radix4<S: Scalar>([a, b, c, d]: [Wave<S>; 4]) -> [Wave<S>; 4] {
    let (even, odd) = (a.plus(c), b.plus(d));
    let (even_rest, odd_rest) = (a.minus(c), b.minus(d).turned());
    [even.plus(odd), even_rest.plus(odd_rest), even.minus(odd), even_rest.minus(odd_rest)]
}

#[inline(always)]
fn radix5<S: Scalar>([a, b, c, d, e]: [Wave<S>; 5]) -> [Wave<S>; 5] {
    // cos and sin of 72° and 144°.
    let root = 5f64.sqrt();
    let (c1, c2) = (S::of((root - 1.0) / 4.0), S::of((-root - 1.0) / 4.0));
    let (s1, s2) =
        (S::of((10.0 + 2.0 * root).sqrt() / 4.0), S::of((10.0 - 2.0 * root).sqrt() / 4.0));
    let (be, cd) = (b.plus(e), c.plus(d));
    let (be_rest, cd_rest) = (b.minus(e).turned(), c.minus(d).turned());
    let first = a.plus_scaled(c1, be).plus_scaled(c2, cd);
    let second = a.plus_scaled(c2, be).plus_scaled(c1, cd);
    let first_rest = be_rest.scaled(s1).plus_scaled(s2, cd_rest);
    let second_rest = be_rest.scaled(s2).plus_scaled(-s1, cd_rest);
    [
        a.plus(be).plus(cd),
        first.plus(first_rest),
        second.plus(second_rest),
        second.minus(second_rest),
        first.minus(first_rest),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the definition, along both axes, for every smooth length up to a hundred.
    #[test]
    fn transforms_are_the_definition() {
        for len in (1..=100).filter(|&n| smooth_len(n) == n) {
            for stride in [1, 3] {
                let value = |i: usize| ((i * 7919 + 13) % 101) as f64 / 101.0 - 0.5;
                let mut x: Vec<Element<f64>> = (0..len * stride)
                    .map(|i| std::array::from_fn(|n| value(i * ELEMENT + n)))
                    .collect();
                let original = x.clone();
                let mut y = vec![[0.0; ELEMENT]; x.len()];
                let fft = Fft::new(len);
                fft.run::<true>(&mut x, &mut y, stride);
                let got = if fft.swaps() { y } else { x };
                for k in 0..len {
                    for q in 0..stride {
                        for lane in 0..LANES {
                            let (mut re, mut im) = (0.0, 0.0);
                            for t in 0..len {
                                let turn = (t * k % len) as f64 / len as f64;
                                let (sin, cos) = (-std::f64::consts::TAU * turn).sin_cos();
                                let element = &original[t * stride + q];
                                let (a, b) = (element[lane], element[LANES + lane]);
                                re += a * cos - b * sin;
                                im += a * sin + b * cos;
                            }
                            let element = &got[k * stride + q];
                            assert!((element[lane] - re).abs() < 1e-12, "{len} {stride} {k}");
                            assert!((element[LANES + lane] - im).abs() < 1e-12, "{len} {stride}");
                        }
                    }
                }
            }
        }
    }
}
