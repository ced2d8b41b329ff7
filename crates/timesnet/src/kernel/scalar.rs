//! The arithmetic the kernels are written in: f32 to run, f64 to check derivatives with.

use realfft::FftNum;

#[cfg(any(test, not(target_arch = "x86_64")))]
use super::vectors::Arrays;
#[cfg(target_arch = "x86_64")]
use super::vectors::Registers;
use super::vectors::Vectors;

/// A real number type the block can be computed in.
pub(crate) trait Scalar: FftNum + Default {
    /// `self * b + c`, rounded once.
    fn fused(self, b: Self, c: Self) -> Self;
    /// The standard normal distribution function and density at `self`.
    fn normal<const FUSED: bool>(self) -> (Self, Self);
    /// Exponential of a number that is zero or negative.
    fn exp_negative<const FUSED: bool>(self) -> Self;
    /// Square root.
    fn root(self) -> Self;
    /// Vectors of the processor's registers, where they hold `L` numbers.
    type Registers<const L: usize>: Vectors<Self, L>;
    fn registers<const L: usize>() -> Option<Self::Registers<L>>;
    /// Conversion from f64, rounding.
    fn of(value: f64) -> Self;
    /// Conversion to f64, exact.
    fn wide(self) -> f64;
}

impl Scalar for f32 {
    #[inline(always)]
    fn fused(self, b: Self, c: Self) -> Self {
        self.mul_add(b, c)
    }

    /// Abramowitz & Stegun 7.1.26 on erf(x/√2), free of branches, so that it vectorises. At most
    /// 7.5e-8 off in the distribution function by itself, and 4e-7 with the rounding of the
    /// polynomial, whose terms of size 1.5 cancel.
    #[inline(always)]
    fn normal<const FUSED: bool>(self) -> (Self, Self) {
        const FRAC_1_SQRT_TAU: f32 = 0.398_942_3;
        let z = self.abs() * std::f32::consts::FRAC_1_SQRT_2;
        let bell = (-z * z).exp_negative::<FUSED>();
        let t = 1.0 / multiply_add::<_, FUSED>(0.327_591_1, z, 1.0);
        let poly = polynomial::<FUSED>(
            t,
            &[0.254_829_6, -0.284_496_72, 1.421_413_8, -1.453_152, 1.061_405_4],
        );
        let tail = 0.5 * t * poly * bell;
        let below = if self < 0.0 { tail } else { 1.0 - tail };
        (below, FRAC_1_SQRT_TAU * bell)
    }

    /// 2^k · e^r with |r| ≤ ln 2 / 2 and e^r by its Taylor series to the seventh power (5e-9).
    #[inline(always)]
    fn exp_negative<const FUSED: bool>(self) -> Self {
        // Adding 1.5·2^23 leaves the nearest integer in the low bits of the mantissa.
        const ROUND: f32 = 12_582_912.0;
        let x = if self > -87.0 { self } else { -87.0 };
        let shifted = multiply_add::<_, FUSED>(x, std::f32::consts::LOG2_E, ROUND);
        let k = shifted - ROUND;
        let whole = multiply_add::<_, FUSED>(k, -0.693_359_4, x);
        let r = multiply_add::<_, FUSED>(k, 2.121_944_4e-4, whole);
        let series = polynomial::<FUSED>(
            r,
            &[1.0, 1.0, 1.0 / 2.0, 1.0 / 6.0, 1.0 / 24.0, 1.0 / 120.0, 1.0 / 720.0, 1.0 / 5040.0],
        );
        let exponent = shifted.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127);
        series * f32::from_bits(exponent << 23)
    }

    #[inline(always)]
    fn root(self) -> Self {
        self.sqrt()
    }

    #[cfg(target_arch = "x86_64")]
    type Registers<const L: usize> = Registers<L>;
    #[cfg(not(target_arch = "x86_64"))]
    type Registers<const L: usize> = Arrays<true>;

    #[inline(always)]
    fn registers<const L: usize>() -> Option<Self::Registers<L>> {
        #[cfg(target_arch = "x86_64")]
        return Registers::new();
        #[cfg(not(target_arch = "x86_64"))]
        None
    }

    #[inline(always)]
    fn of(value: f64) -> Self {
        value as f32
    }

    #[inline(always)]
    fn wide(self) -> f64 {
        f64::from(self)
    }
}

/// Σ coefficient·x^n, by Horner's rule.
#[inline(always)]
fn polynomial<const FUSED: bool>(x: f32, coefficients: &[f32]) -> f32 {
    let mut terms = coefficients.iter().rev();
    let last = terms.next().copied().unwrap_or_default();
    terms.fold(last, |sum, &term| multiply_add::<_, FUSED>(sum, x, term))
}

#[cfg(test)]
impl Scalar for f64 {
    fn fused(self, b: Self, c: Self) -> Self {
        self.mul_add(b, c)
    }

    fn normal<const FUSED: bool>(self) -> (Self, Self) {
        let below = 0.5 * (1.0 + candle_core::cpu::erf::erf_f64(self / 2f64.sqrt()));
        (below, (-0.5 * self * self).exp() / std::f64::consts::TAU.sqrt())
    }

    fn exp_negative<const FUSED: bool>(self) -> Self {
        self.exp()
    }

    fn root(self) -> Self {
        self.sqrt()
    }

    type Registers<const L: usize> = Arrays<true>;

    fn registers<const L: usize>() -> Option<Arrays<true>> {
        None
    }

    fn of(value: f64) -> Self {
        value
    }

    fn wide(self) -> f64 {
        self
    }
}

/// `a * b + c`: fused where the processor has the instruction, two roundings where `mul_add` would
/// be a slow library call.
#[inline(always)]
pub(crate) fn multiply_add<S: Scalar, const FUSED: bool>(a: S, b: S, c: S) -> S {
    if FUSED { a.fused(b, c) } else { a * b + c }
}

/// A loop worth compiling once for each instruction set. `run` and all it calls must be
/// `inline(always)`: what stays a function of its own is compiled for the oldest processor. (A
/// closure would be such a function.)
pub(crate) trait Job {
    /// Whether it is written in arrays of sixteen, which fill AVX-512's registers. Without those it is
    /// slow: where they are missing, only tests run it.
    const WIDE: bool = false;

    /// `FUSED` says whether the processor has fused multiply-add.
    fn run<const FUSED: bool>(self);
}

/// A loop of up to ten rounds, written out: where the compiler sees a loop over the rows of a tile it
/// may fill a vector across them, with gathers and scatters, in place of along each.
macro_rules! unrolled {
    ($count:expr, $row:ident => $body:block) => {
        const { assert!($count <= 10) };
        unrolled!($count, $row => $body, 0 1 2 3 4 5 6 7 8 9)
    };
    ($count:expr, $row:ident => $body:block, $($number:literal)+) => {
        $(if $number < $count {
            let $row: usize = $number;
            $body
        })+
    };
}
pub(crate) use unrolled;

#[cfg(target_arch = "x86_64")]
struct Fused<J>(J);

#[cfg(target_arch = "x86_64")]
impl<J: Job> pulp::NullaryFnOnce for Fused<J> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        self.0.run::<true>();
    }
}

/// Runs `job` compiled for this processor's vector instructions: for AVX2, or for AVX-512 where the job is
/// wide, or for the oldest processor.
///
/// Never for AVX-512 from arrays of eight: the compiler then makes gathers and scatters across the
/// rows of a tile, and the products run ten times slower than from AVX2. Each further instruction set
/// would be compiled for every job, for minutes.
#[cfg(target_arch = "x86_64")]
pub(crate) fn vectorised<J: Job>(job: J) {
    if J::WIDE {
        return match pulp::x86::V4::try_new() {
            Some(simd) => simd.vectorize(Fused(job)),
            None => job.run::<false>(),
        };
    }
    match pulp::x86::V3::try_new() {
        Some(simd) => simd.vectorize(Fused(job)),
        None => job.run::<false>(),
    }
}

/// Whether wide jobs have registers of their width.
#[cfg(target_arch = "x86_64")]
pub(crate) fn wide_vectors() -> bool {
    pulp::x86::V4::try_new().is_some()
}

/// Whether wide jobs have registers of their width.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn wide_vectors() -> bool {
    false
}

#[cfg(not(target_arch = "x86_64"))]
struct Dispatched<J>(J);

#[cfg(not(target_arch = "x86_64"))]
impl<J: Job> pulp::WithSimd for Dispatched<J> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        if S::IS_SCALAR {
            self.0.run::<false>();
        } else {
            self.0.run::<true>();
        }
    }
}

/// Runs `job` compiled for this processor's vector instructions.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn vectorised(job: impl Job) {
    pulp::Arch::new().dispatch(Dispatched(job));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fast_normal_matches_the_error_function() {
        for i in -12_000..=12_000 {
            let x = i as f32 * 1e-3;
            let (below, density) = x.normal::<true>();
            let (exact, bell) = f64::from(x).normal::<true>();
            // 7.5e-8 from the approximation, half of five roundings of numbers below two.
            assert!((f64::from(below) - exact).abs() < 4e-7, "Φ({x}) = {below}, not {exact}");
            assert!((f64::from(density) - bell).abs() < 1e-7, "φ({x}) = {density}, not {bell}");
        }
    }

    #[test]
    fn exponential_is_good_to_the_last_bits() {
        for i in 0..8_600 {
            let x = -(i as f32) * 0.01;
            let (fast, exact) = (f64::from(x.exp_negative::<true>()), f64::from(x).exp());
            assert!(((fast - exact) / exact).abs() < 4e-7, "exp({x})");
        }
        assert!(f32::NEG_INFINITY.exp_negative::<true>() < 1e-37);
    }
}
