use pulp::bytemuck::Pod;
use pulp::{Arch, Simd, WithSimd};

use super::{Spread, Sweep};

/// Bounds for panels on which gains are interpolated.
#[derive(Debug, Clone, Copy)]
pub struct Interpolated {
    /// Widest panel, in units of 1/√α.
    pub(crate) widest: f64,
    /// Power that may be misplaced, relative to a mode's.
    pub(crate) power: f64,
    /// Magnitudes that may be, relative to a mode's, when it is interpolated to all bins.
    pub(crate) rough: f64,
}

/// Arithmetic on one register of the instruction set `S`: the few operations that the loops need,
/// alike for both number types. Public only because the sealed [`Real`](crate::Real) builds on it.
pub trait Vector: Copy + Default {
    /// A register full of numbers.
    type Register<S: Simd>: Pod;
    /// Above this α, products of three squared distances could overflow.
    const LARGEST_ALPHA: f64;
    /// Exponents of powers of two that can be inverted with room to spare.
    const LARGEST_EXPONENT: f64;
    /// Relative rounding that a sum of powers may have gathered, generously.
    const SLACK: f64;
    /// How closely functions that stand for numbers of this type have to be interpolated.
    const INTERPOLATION: Interpolated;

    /// Rounds to this type.
    fn of(value: f64) -> Self;
    /// Exact conversion.
    fn wide(self) -> f64;
    /// The numbers as f64: themselves where they are, otherwise `copy`, which must hold them.
    fn widened<'a>(own: &'a [Self], copy: &'a [f64]) -> &'a [f64];
    /// The numbers rounded to this type: themselves where they are, otherwise `copy`.
    fn narrowed<'a>(wide: &'a [f64], copy: &'a [Self]) -> &'a [Self];
    /// Keeps `copy` as [`Vector::widened`] needs it.
    fn widen(own: &[Self], copy: &mut [f64]);
    /// How many numbers of `len` such a copy must hold.
    fn widened_len(len: usize) -> usize;
    /// Numbers as whole registers.
    fn registers<S: Simd>(simd: S, values: &[Self]) -> &[Self::Register<S>];
    /// Numbers as whole registers.
    fn registers_mut<S: Simd>(simd: S, values: &mut [Self]) -> &mut [Self::Register<S>];
    /// The same number everywhere.
    fn splat<S: Simd>(simd: S, value: f64) -> Self::Register<S>;
    /// a + b
    fn plus<S: Simd>(simd: S, a: Self::Register<S>, b: Self::Register<S>) -> Self::Register<S>;
    /// a − b
    fn minus<S: Simd>(simd: S, a: Self::Register<S>, b: Self::Register<S>) -> Self::Register<S>;
    /// a · b
    fn times<S: Simd>(simd: S, a: Self::Register<S>, b: Self::Register<S>) -> Self::Register<S>;
    /// a / b
    fn over<S: Simd>(simd: S, a: Self::Register<S>, b: Self::Register<S>) -> Self::Register<S>;
    /// a · b + c, rounded once where the processor can.
    fn fused<S: Simd>(
        simd: S,
        a: Self::Register<S>,
        b: Self::Register<S>,
        c: Self::Register<S>,
    ) -> Self::Register<S>;
    /// √a
    fn root<S: Simd>(simd: S, a: Self::Register<S>) -> Self::Register<S>;
    /// The sum of a register's numbers.
    fn sum<S: Simd>(simd: S, a: Self::Register<S>) -> f64;
    /// Runs a sweep compiled for the widest instruction set that this processor has. Compiled here,
    /// once, not in every crate that makes a plan.
    fn sweep(sweep: Sweep<'_, Self>);
    /// The same for values that are spread from nodes.
    fn spread(spread: Spread<'_, Self>);
}

macro_rules! vector {
    ($real:ident, $register:ident, $load:ident, $load_mut:ident, $splat:ident, $add:ident,
     $sub:ident, $mul:ident, $div:ident, $fused:ident, $root:ident, $sum:ident; $($own:item)*) => {
        impl Vector for $real {
            type Register<S: Simd> = S::$register;

            $($own)*

            #[inline(always)]
            fn registers<S: Simd>(_: S, values: &[Self]) -> &[S::$register] {
                S::$load(values).0
            }

            #[inline(always)]
            fn registers_mut<S: Simd>(_: S, values: &mut [Self]) -> &mut [S::$register] {
                S::$load_mut(values).0
            }

            #[inline(always)]
            fn splat<S: Simd>(simd: S, value: f64) -> S::$register {
                simd.$splat(value as $real)
            }

            #[inline(always)]
            fn plus<S: Simd>(simd: S, a: S::$register, b: S::$register) -> S::$register {
                simd.$add(a, b)
            }

            #[inline(always)]
            fn minus<S: Simd>(simd: S, a: S::$register, b: S::$register) -> S::$register {
                simd.$sub(a, b)
            }

            #[inline(always)]
            fn times<S: Simd>(simd: S, a: S::$register, b: S::$register) -> S::$register {
                simd.$mul(a, b)
            }

            #[inline(always)]
            fn over<S: Simd>(simd: S, a: S::$register, b: S::$register) -> S::$register {
                simd.$div(a, b)
            }

            #[inline(always)]
            fn fused<S: Simd>(
                simd: S,
                a: S::$register,
                b: S::$register,
                c: S::$register,
            ) -> S::$register {
                simd.$fused(a, b, c)
            }

            #[inline(always)]
            fn root<S: Simd>(simd: S, a: S::$register) -> S::$register {
                simd.$root(a)
            }

            #[inline(always)]
            fn sum<S: Simd>(simd: S, a: S::$register) -> f64 {
                f64::from(simd.$sum(a))
            }

            #[inline(never)]
            fn sweep(sweep: Sweep<'_, $real>) {
                vectorised(sweep);
            }

            #[inline(never)]
            fn spread(spread: Spread<'_, $real>) {
                vectorised(spread);
            }
        }
    };
}

vector! {
    f64, f64s, as_simd_f64s, as_mut_simd_f64s, splat_f64s, add_f64s, sub_f64s, mul_f64s, div_f64s,
    mul_add_e_f64s, sqrt_f64s, reduce_sum_f64s;

    const LARGEST_ALPHA: f64 = 1e100;
    const LARGEST_EXPONENT: f64 = 1000.0;
    const SLACK: f64 = 1e-12;
    const INTERPOLATION: Interpolated = Interpolated { widest: 1.2, power: 2e-15, rough: 1e-13 };

    #[inline(always)]
    fn of(value: f64) -> f64 {
        value
    }

    #[inline(always)]
    fn wide(self) -> f64 {
        self
    }

    fn widened<'a>(own: &'a [f64], _: &'a [f64]) -> &'a [f64] {
        own
    }

    fn narrowed<'a>(wide: &'a [f64], _: &'a [f64]) -> &'a [f64] {
        wide
    }

    fn widen(_: &[f64], _: &mut [f64]) {}

    fn widened_len(_: usize) -> usize {
        0
    }
}

vector! {
    f32, f32s, as_simd_f32s, as_mut_simd_f32s, splat_f32s, add_f32s, sub_f32s, mul_f32s, div_f32s,
    mul_add_e_f32s, sqrt_f32s, reduce_sum_f32s;

    const LARGEST_ALPHA: f64 = 1e12;
    const LARGEST_EXPONENT: f64 = 100.0;
    const SLACK: f64 = 1e-4;
    const INTERPOLATION: Interpolated = Interpolated { widest: 2.4, power: 1e-8, rough: 3e-8 };

    #[inline(always)]
    fn of(value: f64) -> f32 {
        value as f32
    }

    #[inline(always)]
    fn wide(self) -> f64 {
        f64::from(self)
    }

    fn widened<'a>(_: &'a [f32], copy: &'a [f64]) -> &'a [f64] {
        copy
    }

    fn narrowed<'a>(_: &'a [f64], copy: &'a [f32]) -> &'a [f32] {
        copy
    }

    fn widen(own: &[f32], copy: &mut [f64]) {
        copy.iter_mut().zip(own).for_each(|(copy, own)| *copy = f64::from(*own));
    }

    fn widened_len(len: usize) -> usize {
        len
    }
}

/// Numbers in a register of `S`.
#[inline(always)]
pub(crate) const fn lanes<S: Simd, T: Vector>() -> usize {
    size_of::<T::Register<S>>() / size_of::<T>()
}

/// 0, 1, 2, … along a register.
#[inline(always)]
pub(crate) fn first_bins<S: Simd, T: Vector>(simd: S) -> T::Register<S> {
    let numbers: [T; 16] = std::array::from_fn(|lane| T::of(lane as f64));
    T::registers(simd, &numbers)[0]
}

/// Runs `job` compiled for the widest instruction set that this processor has.
pub(crate) fn vectorised<J: WithSimd>(job: J) -> J::Output {
    #[cfg(all(feature = "at-most-avx2", target_arch = "x86_64"))]
    if let Some(simd) = pulp::x86::V3::try_new() {
        return Simd::vectorize(simd, job);
    }
    Arch::new().dispatch(job)
}

struct Widest<T>(std::marker::PhantomData<T>);

impl<T: Vector> WithSimd for Widest<T> {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> usize {
        lanes::<S, T>()
    }
}

/// Numbers in the registers that [`vectorised`] jobs will use.
pub(crate) fn widest_lanes<T: Vector>() -> usize {
    vectorised(Widest::<T>(std::marker::PhantomData))
}
