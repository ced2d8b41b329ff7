//! Arithmetic on the channels of an element.

use super::scalar::{Scalar, multiply_add};

/// How `L` numbers side by side are computed with.
pub(crate) trait Vectors<S, const L: usize>: Copy {
    /// What holds them on their way.
    type Vector: Copy;

    fn read(self, from: &[S; L]) -> Self::Vector;
    fn write(self, vector: Self::Vector, to: &mut [S; L]);
    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn subtract(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn scale(self, factor: S, a: Self::Vector) -> Self::Vector;
    /// `factor` · `a` + `b`.
    fn add_scaled(self, factor: S, a: Self::Vector, b: Self::Vector) -> Self::Vector;
}

/// Loops over arrays, which the compiler is to make vector instructions of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrays<const FUSED: bool>;

#[allow(clippy::needless_range_loop)] // the form that becomes vector instructions
impl<S: Scalar, const L: usize, const FUSED: bool> Vectors<S, L> for Arrays<FUSED> {
    type Vector = [S; L];

    #[inline(always)]
    fn read(self, from: &[S; L]) -> [S; L] {
        *from
    }

    #[inline(always)]
    fn write(self, vector: [S; L], to: &mut [S; L]) {
        *to = vector;
    }

    #[inline(always)]
    fn add(self, mut a: [S; L], b: [S; L]) -> [S; L] {
        for n in 0..L {
            a[n] = a[n] + b[n];
        }
        a
    }

    #[inline(always)]
    fn subtract(self, mut a: [S; L], b: [S; L]) -> [S; L] {
        for n in 0..L {
            a[n] = a[n] - b[n];
        }
        a
    }

    #[inline(always)]
    fn scale(self, factor: S, mut a: [S; L]) -> [S; L] {
        for n in 0..L {
            a[n] = factor * a[n];
        }
        a
    }

    #[inline(always)]
    fn add_scaled(self, factor: S, a: [S; L], mut b: [S; L]) -> [S; L] {
        for n in 0..L {
            b[n] = multiply_add::<S, FUSED>(factor, a[n], b[n]);
        }
        b
    }
}

/// Registers of AVX-512: where a butterfly is a hundred operations on arrays, the compiler finds other
/// vectors in them than ours, and shuffles. For `L` = 16.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Registers<const L: usize>(pulp::x86::V4);

#[cfg(target_arch = "x86_64")]
impl<const L: usize> Registers<L> {
    /// Where the processor has them and `L` channels fill them.
    #[inline(always)]
    pub(crate) fn new() -> Option<Self> {
        if L == 16 { pulp::x86::V4::try_new().map(Self) } else { None }
    }
}

#[cfg(target_arch = "x86_64")]
impl<const L: usize> Vectors<f32, L> for Registers<L> {
    type Vector = pulp::f32x16;

    #[inline(always)]
    fn read(self, from: &[f32; L]) -> pulp::f32x16 {
        let mut all = [0.0; 16];
        all[..L].copy_from_slice(from);
        pulp::cast(all)
    }

    #[inline(always)]
    fn write(self, vector: pulp::f32x16, to: &mut [f32; L]) {
        let all: [f32; 16] = pulp::cast(vector);
        to.copy_from_slice(&all[..L]);
    }

    #[inline(always)]
    fn add(self, a: pulp::f32x16, b: pulp::f32x16) -> pulp::f32x16 {
        pulp::Simd::add_f32s(self.0, a, b)
    }

    #[inline(always)]
    fn subtract(self, a: pulp::f32x16, b: pulp::f32x16) -> pulp::f32x16 {
        pulp::Simd::sub_f32s(self.0, a, b)
    }

    #[inline(always)]
    fn scale(self, factor: f32, a: pulp::f32x16) -> pulp::f32x16 {
        pulp::Simd::mul_f32s(self.0, self.0.splat_f32x16(factor), a)
    }

    #[inline(always)]
    fn add_scaled(self, factor: f32, a: pulp::f32x16, b: pulp::f32x16) -> pulp::f32x16 {
        self.0.mul_add_f32x16(self.0.splat_f32x16(factor), a, b)
    }
}
