//! GELU in its exact form, x·Φ(x) (Hendrycks & Gimpel 2016), and its derivative.

use super::scalar::{Job, Scalar, multiply_add, vectorised};

struct Gelu<'a, S>(&'a mut [S]);

impl<S: Scalar> Job for Gelu<'_, S> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        for value in self.0 {
            *value = *value * value.normal::<FUSED>().0;
        }
    }
}

/// GELU in its exact form, x·Φ(x), in place.
pub(crate) fn gelu<S: Scalar>(values: &mut [S]) {
    vectorised(Gelu(values));
}

struct GeluInto<'a, S, const L: usize> {
    from: &'a [S],
    to: &'a mut [S],
}

impl<S: Scalar, const L: usize> Job for GeluInto<'_, S, L> {
    const WIDE: bool = L == 16;

    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        for (to, &x) in self.to.iter_mut().zip(self.from) {
            *to = x * x.normal::<FUSED>().0;
        }
    }
}

/// GELU of `from` in `to`, as a job for elements of `L` channels.
pub(crate) fn gelu_into<S: Scalar, const L: usize>(from: &[S], to: &mut [S]) {
    vectorised(GeluInto::<S, L> { from, to });
}

struct GeluBackward<'a, S, const N: usize> {
    values: &'a mut [S],
    grad: &'a [S],
    through: &'a mut [S; N],
}

impl<S: Scalar, const N: usize> Job for GeluBackward<'_, S, N> {
    const WIDE: bool = N == 32;

    #[inline(always)]
    #[allow(clippy::needless_range_loop)] // the form that becomes vector instructions
    fn run<const FUSED: bool>(self) {
        let mut through = [S::default(); N];
        let (values, grad) = (self.values.as_chunks_mut::<N>().0, self.grad.as_chunks::<N>().0);
        for (values, grad) in values.iter_mut().zip(grad) {
            for n in 0..N {
                let (x, g) = (values[n], grad[n]);
                let (below, density) = x.normal::<FUSED>();
                through[n] = multiply_add::<S, FUSED>(x * below, g, through[n]);
                values[n] = g * multiply_add::<S, FUSED>(x, density, below);
            }
        }
        *self.through = through;
    }
}

/// Puts in the place of `values` the derivative of GELU there, Φ(x) + x·φ(x), times `grad`. Returns the
/// sum of GELU times `grad` for each of `N` interleaved lanes, whose number divides that of the values.
pub(crate) fn gelu_backward<S: Scalar, const N: usize>(values: &mut [S], grad: &[S]) -> [f64; N] {
    let mut total = [0.0; N];
    // Long sums are not rounded to f32.
    for (values, grad) in values.chunks_mut(SUMMED * N).zip(grad.chunks(SUMMED * N)) {
        let mut through = [S::default(); N];
        vectorised(GeluBackward { values, grad, through: &mut through });
        for (total, through) in total.iter_mut().zip(through) {
            *total += through.wide();
        }
    }
    total
}

/// Values of a lane that are summed in the kernels' own precision.
const SUMMED: usize = 1 << 7;
