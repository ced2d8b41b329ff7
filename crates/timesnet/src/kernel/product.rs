//! Products of spectra: matrix products over channels at each frequency.
//!
//! With ŵ the spectrum of the kernel laid out backwards, conv(x)^ = x̂·ŵ; the adjoint is the same
//! with the adjoint kernel. The kernel's own gradient is the correlation of x with g, x̂·conj(ĝ)
//! summed over the batch. Against the direct sum this does one complex product for each frequency
//! instead of one real product for each tap.

use rayon::prelude::*;

use super::grid::{Grid, RUN};
use super::lanes::{Element, blocks, elements, elements_mut};
use super::pool::Buffer;
use super::scalar::{Job, Scalar, multiply_add, unrolled, vectorised};
use super::taps::Kernel;

/// Most lines in one tile: six rows of real and imaginary parts fill the registers.
const TALLEST: usize = 6;

impl<S: Scalar, const L: usize> Grid<S, L> {
    /// Spectra `[line][block of inputs][frequency]` times a kernel's. A line is a tile of a pair of
    /// samples. At a frequency's opposite the kernel is conjugate, so that the product there is the
    /// conjugate of that of the conjugate line with the same kernel: `[frequency][line, then line at
    /// the opposite, conjugate][block of outputs]`, with the frequencies of [`halves`](Grid::halves).
    pub(crate) fn multiply(&self, spectra: &[S], kernel: &Kernel<S>) -> Buffer<S> {
        let (inputs, outputs) =
            (blocks::<L>(kernel.shape.inputs), blocks::<L>(kernel.shape.outputs));
        let halves = self.halves();
        let lines = 2 * (spectra.len() / (inputs * self.frequencies() * 2 * L));
        let mut products = self.pool.any(halves.len() * lines * outputs * 2 * L);
        products.par_chunks_mut(RUN * lines * outputs * 2 * L).enumerate().for_each_init(
            || self.small(RUN * lines * inputs),
            |left, (run, into)| {
                let (run, left) = (self.part(run), elements_mut(left));
                let job =
                    Product::<S, L> { lines, inputs, outputs, spectra: elements(spectra), left };
                let weights = outputs * inputs * L;
                let kernel = &elements(&kernel.spectra)[run.first * weights..];
                vectorised(RunProduct { job, run, kernel, into: elements_mut(into) });
            },
        );
        products
    }

    pub(super) fn part(&self, run: usize) -> Run<'_> {
        let (halves, first) = (self.halves(), run * RUN);
        let own = &halves[first..halves.len().min(first + RUN)];
        Run { frequencies: self.frequencies(), first, own }
    }
}

/// Neighbouring frequencies of all.
pub(super) struct Run<'a> {
    frequencies: usize,
    first: usize,
    pub(super) own: &'a [(usize, usize)],
}

impl Run<'_> {
    /// Takes the run out of spectra `[line and block][frequency]`, to `[frequency in the run][line and
    /// block, then those at the opposite, conjugate]`: where they lie, the lines of one frequency are
    /// each on a page of its own, and products would wait for memory half of the time.
    #[inline(always)]
    pub(super) fn gather<S: Scalar, const L: usize>(
        &self,
        spectra: &[Element<S, L>],
        into: &mut [Element<S, L>],
    ) {
        let places = into.len() / RUN;
        for (place, line) in spectra.chunks_exact(self.frequencies).enumerate() {
            for (offset, &(own, opposite)) in self.own.iter().enumerate() {
                into[offset * places + place] = line[own];
                into[offset * places + places / 2 + place] = conjugate(line[opposite]);
            }
        }
    }
}

#[inline(always)]
fn conjugate<S: Scalar, const L: usize>([re, mut im]: Element<S, L>) -> Element<S, L> {
    for value in &mut im {
        *value = -*value;
    }
    [re, im]
}

/// One run of frequencies of a product.
pub(super) struct Product<'a, S, const L: usize> {
    /// Those at the opposite frequency included.
    pub(super) lines: usize,
    /// Blocks.
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    /// As they lie.
    pub(super) spectra: &'a [Element<S, L>],
    /// Gathered: `[frequency in the run][line][block of inputs]`.
    pub(super) left: &'a mut [Element<S, L>],
}

struct RunProduct<'a, S, const L: usize> {
    job: Product<'a, S, L>,
    run: Run<'a>,
    /// `[frequency, from the run's first on][block of outputs][input]`.
    kernel: &'a [Element<S, L>],
    into: &'a mut [Element<S, L>],
}

/// Cuts `0..len` into runs of at most `most` whose lengths differ by at most one.
#[inline(always)]
fn runs(len: usize, most: usize) -> impl Iterator<Item = (usize, usize)> {
    let count = len.div_ceil(most).max(1);
    let (base, longer) = (len / count, len % count);
    (0..count).map(move |i| {
        let start = i * base + i.min(longer);
        (start, base + usize::from(i < longer))
    })
}

impl<S: Scalar, const L: usize> Job for RunProduct<'_, S, L> {
    const WIDE: bool = L == 16;

    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let Self { job, run, kernel, into } = self;
        run.gather(job.spectra, job.left);
        let kernel = kernel.chunks_exact(job.outputs * job.inputs * L);
        for (offset, kernel) in kernel.take(run.own.len()).enumerate() {
            for (line, height) in runs(job.lines, TALLEST) {
                for (block, w) in kernel.chunks_exact(job.inputs * L).enumerate() {
                    let place = (line, block, offset);
                    match height {
                        1 => product_tile::<S, FUSED, L, 1>(&job, w, place, into),
                        2 => product_tile::<S, FUSED, L, 2>(&job, w, place, into),
                        3 => product_tile::<S, FUSED, L, 3>(&job, w, place, into),
                        4 => product_tile::<S, FUSED, L, 4>(&job, w, place, into),
                        5 => product_tile::<S, FUSED, L, 5>(&job, w, place, into),
                        _ => product_tile::<S, FUSED, L, 6>(&job, w, place, into),
                    }
                }
            }
        }
    }
}

/// Sums side by side. By value: through references the compiler keeps them in memory.
#[derive(Clone, Copy)]
pub(super) struct Sums<S, const L: usize>(pub(super) [S; L]);

impl<S: Scalar, const L: usize> Sums<S, L> {
    #[inline(always)]
    #[allow(clippy::needless_range_loop)] // the form that becomes one vector instruction
    pub(super) fn add<const FUSED: bool>(self, x: S, w: &[S; L]) -> Self {
        let mut sum = self.0;
        for n in 0..L {
            sum[n] = multiply_add::<S, FUSED>(x, w[n], sum[n]);
        }
        Self(sum)
    }
}

/// One frequency of `M` lines by a block of outputs.
#[inline(always)]
#[allow(clippy::needless_range_loop)] // as in `Sums`: iterators would keep the sums in memory
fn product_tile<S: Scalar, const FUSED: bool, const L: usize, const M: usize>(
    job: &Product<'_, S, L>,
    weights: &[Element<S, L>],
    (line, block, offset): (usize, usize, usize),
    into: &mut [Element<S, L>],
) {
    let start = (offset * job.lines + line) * job.inputs;
    let lines = &job.left[start..start + M * job.inputs];
    let mut re = [Sums([S::default(); L]); M];
    let mut im = re;
    for (input, w) in weights.as_chunks::<L>().0.iter().enumerate() {
        let x: [&Element<S, L>; M] = std::array::from_fn(|m| &lines[m * job.inputs + input]);
        for n in 0..L {
            let [wr, wi] = &w[n];
            unrolled!(M, m => {
                let [xr, xi] = x[m];
                re[m] = re[m].add::<FUSED>(xr[n], wr).add::<FUSED>(-xi[n], wi);
                im[m] = im[m].add::<FUSED>(xr[n], wi).add::<FUSED>(xi[n], wr);
            });
        }
    }
    unrolled!(M, m => {
        into[(offset * job.lines + line + m) * job.outputs + block] = [re[m].0, im[m].0];
    });
}
