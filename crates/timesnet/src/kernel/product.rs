//! Products of spectra: matrix products over channels at each frequency.
//!
//! With ŵ the spectrum of the kernel laid out backwards, conv(x)^ = x̂·ŵ; the adjoint is the same
//! with the adjoint kernel. The kernel's own gradient is the correlation of x with g, x̂·conj(ĝ)
//! summed over the batch. Against the direct sum this does one complex product for each frequency
//! instead of one real product for each tap.

use rayon::prelude::*;

use super::fft::{ELEMENT, Element, LANES};
use super::grid::{Grid, RUN, blocks};
use super::pool::Buffer;
use super::scalar::{Job, Scalar, multiply_add, vectorised};
use super::taps::Kernel;
use super::weights::KernelShape;

/// Most lines in one tile: six rows of real and imaginary parts fill the registers.
const TALLEST: usize = 6;

impl<S: Scalar> Grid<S> {
    /// Spectra `[line][block of inputs][frequency]` times a kernel's. A line is a tile of a pair of
    /// samples. At a frequency's opposite the kernel is conjugate, so that the product there is the
    /// conjugate of that of the conjugate line with the same kernel: `[run][line, then line at the
    /// opposite, conjugate][block of outputs][frequency in the run]`, with runs of
    /// [`halves`](Grid::halves).
    pub(crate) fn multiply(&self, spectra: &[S], kernel: &Kernel<S>) -> Buffer<S> {
        let (inputs, outputs) = (blocks(kernel.shape.inputs), blocks(kernel.shape.outputs));
        let halves = self.halves();
        let lines = 2 * (spectra.len() / (inputs * self.frequencies() * ELEMENT));
        let mut products = self.pool.any(halves.len() * lines * outputs * ELEMENT);
        products.par_chunks_mut(RUN * lines * outputs * ELEMENT).enumerate().for_each_init(
            || (zeros(RUN * lines * inputs), zeros(outputs * inputs * LANES)),
            |(left, packed), (run, into)| {
                let run = self.part(run);
                let job = Product { lines, inputs, outputs, spectra, left };
                vectorised(RunProduct { job, run, kernel: &kernel.spectra, packed, into });
            },
        );
        products
    }

    /// Products of spectra `[line][block][frequency]` of what a kernel was applied to and of its
    /// result's gradient, summed over the lines, with those at the opposite frequency conjugate:
    /// `[run][block of outputs][input][frequency in the run]`, with runs of
    /// [`halves`](Grid::halves). Added to what `sums` holds where `add`.
    pub(crate) fn correlate(
        &self,
        spectra: &[S],
        grad: &[S],
        shape: KernelShape,
        (sums, add): (&mut [S], bool),
    ) {
        let (inputs, outputs) = (blocks(shape.inputs), blocks(shape.outputs));
        let lines = 2 * (spectra.len() / (inputs * self.frequencies() * ELEMENT));
        let weights = outputs * inputs * LANES;
        debug_assert_eq!(sums.len(), self.halves().len() * weights * ELEMENT);
        sums.par_chunks_mut(RUN * weights * ELEMENT).enumerate().for_each_init(
            || (zeros(RUN * lines * inputs), zeros(RUN * lines * outputs)),
            |(left, right), (run, into)| {
                let run = self.part(run);
                let job = Product { lines, inputs, outputs, spectra, left };
                vectorised(RunGradient { job, run, grad, right, into, add });
            },
        );
    }

    /// The size of what [`correlate`](Self::correlate) makes.
    pub(crate) fn correlation_size(&self, shape: KernelShape) -> usize {
        self.halves().len() * blocks(shape.outputs) * blocks(shape.inputs) * LANES * ELEMENT
    }

    fn part(&self, run: usize) -> Run<'_> {
        let (halves, first) = (self.halves(), run * RUN);
        let own = &halves[first..halves.len().min(first + RUN)];
        Run { frequencies: self.frequencies(), halves: halves.len(), first, own }
    }
}

fn zeros<S: Scalar>(elements: usize) -> Vec<S> {
    vec![S::default(); elements * ELEMENT]
}

/// Neighbouring frequencies of all.
struct Run<'a> {
    frequencies: usize,
    /// How many frequencies there are but for opposites.
    halves: usize,
    first: usize,
    own: &'a [(usize, usize)],
}

impl Run<'_> {
    /// Takes the run out of spectra `[line and block][frequency]`, to `[frequency in the run][line and
    /// block, then those at the opposite, conjugate]`: where they lie, the lines of one frequency are
    /// each on a page of its own, and products would wait for memory half of the time.
    #[inline(always)]
    fn gather<S: Scalar>(&self, spectra: &[S], into: &mut [S]) {
        let into = into.as_chunks_mut::<ELEMENT>().0;
        let places = into.len() / RUN;
        let lines = spectra.as_chunks::<ELEMENT>().0.chunks_exact(self.frequencies);
        for (place, line) in lines.enumerate() {
            for (offset, &(own, opposite)) in self.own.iter().enumerate() {
                into[offset * places + place] = line[own];
                into[offset * places + places / 2 + place] = conjugate(&line[opposite]);
            }
        }
    }
}

#[inline(always)]
#[allow(clippy::needless_range_loop)] // the form that becomes vector instructions
fn conjugate<S: Scalar>(from: &Element<S>) -> Element<S> {
    let mut to = *from;
    for n in LANES..ELEMENT {
        to[n] = -to[n];
    }
    to
}

/// One run of frequencies of a product.
struct Product<'a, S> {
    /// Those at the opposite frequency included.
    lines: usize,
    /// Blocks.
    inputs: usize,
    outputs: usize,
    /// As they lie.
    spectra: &'a [S],
    /// Gathered: `[frequency in the run][line][block of inputs]`.
    left: &'a mut [S],
}

struct RunProduct<'a, S> {
    job: Product<'a, S>,
    run: Run<'a>,
    /// `[block of outputs][input][frequency]`.
    kernel: &'a [S],
    /// One frequency of the kernel, in one piece.
    packed: &'a mut [S],
    into: &'a mut [S],
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

impl<S: Scalar> Job for RunProduct<'_, S> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let Self { job, run, kernel, packed, into } = self;
        run.gather(job.spectra, job.left);
        let kernel = kernel.as_chunks::<ELEMENT>().0;
        let packed = packed.as_chunks_mut::<ELEMENT>().0;
        let into = into.as_chunks_mut::<ELEMENT>().0;
        for offset in 0..run.own.len() {
            let frequency = run.first + offset;
            for (weight, to) in packed.iter_mut().enumerate() {
                *to = kernel[weight * run.halves + frequency];
            }
            for (line, height) in runs(job.lines, TALLEST) {
                for (block, w) in packed.chunks_exact(job.inputs * LANES).enumerate() {
                    let place = (line, block, offset, run.own.len());
                    match height {
                        1 => product_tile::<S, FUSED, 1>(&job, w, place, into),
                        2 => product_tile::<S, FUSED, 2>(&job, w, place, into),
                        3 => product_tile::<S, FUSED, 3>(&job, w, place, into),
                        4 => product_tile::<S, FUSED, 4>(&job, w, place, into),
                        5 => product_tile::<S, FUSED, 5>(&job, w, place, into),
                        _ => product_tile::<S, FUSED, 6>(&job, w, place, into),
                    }
                }
            }
        }
    }
}

/// Eight sums. By value: through references the compiler keeps them in memory.
#[derive(Clone, Copy)]
struct Lanes<S>([S; LANES]);

impl<S: Scalar> Lanes<S> {
    #[inline(always)]
    #[allow(clippy::needless_range_loop)] // the form that becomes one vector instruction
    fn add<const FUSED: bool>(self, x: S, w: &[S]) -> Self {
        let mut sum = self.0;
        for n in 0..LANES {
            sum[n] = multiply_add::<S, FUSED>(x, w[n], sum[n]);
        }
        Self(sum)
    }
}

/// One frequency of `M` lines by eight outputs.
#[inline(always)]
#[allow(clippy::needless_range_loop)] // as in `Lanes`: iterators would keep the sums in memory
fn product_tile<S: Scalar, const FUSED: bool, const M: usize>(
    job: &Product<'_, S>,
    weights: &[[S; ELEMENT]],
    (line, block, offset, count): (usize, usize, usize, usize),
    into: &mut [[S; ELEMENT]],
) {
    let start = (offset * job.lines + line) * job.inputs;
    let lines = &job.left.as_chunks::<ELEMENT>().0[start..start + M * job.inputs];
    let mut re = [Lanes([S::default(); LANES]); M];
    let mut im = re;
    for (input, w) in weights.as_chunks::<LANES>().0.iter().enumerate() {
        let x: [&[S; ELEMENT]; M] = std::array::from_fn(|m| &lines[m * job.inputs + input]);
        for n in 0..LANES {
            let (wr, wi) = w[n].split_at(LANES);
            for m in 0..M {
                re[m] = re[m].add::<FUSED>(x[m][n], wr).add::<FUSED>(-x[m][LANES + n], wi);
                im[m] = im[m].add::<FUSED>(x[m][n], wi).add::<FUSED>(x[m][LANES + n], wr);
            }
        }
    }
    for m in 0..M {
        let to = &mut into[((line + m) * job.outputs + block) * count + offset];
        to[..LANES].copy_from_slice(&re[m].0);
        to[LANES..].copy_from_slice(&im[m].0);
    }
}

struct RunGradient<'a, S> {
    job: Product<'a, S>,
    run: Run<'a>,
    grad: &'a [S],
    /// `grad` gathered: `[frequency in the run][line][block of outputs]`.
    right: &'a mut [S],
    into: &'a mut [S],
    add: bool,
}

impl<S: Scalar> Job for RunGradient<'_, S> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let Self { job, run, grad, right, into, add } = self;
        run.gather(job.spectra, job.left);
        run.gather(grad, right);
        let into = into.as_chunks_mut::<ELEMENT>().0;
        let count = run.own.len();
        if !add {
            into.fill([S::default(); ELEMENT]);
        }
        for offset in 0..count {
            for block in 0..job.outputs {
                for input in 0..job.inputs {
                    for half in [0, 4] {
                        let place = (block, input, half);
                        gradient_tile::<S, FUSED>(&job, right, place, (offset, count), into);
                    }
                }
            }
        }
    }
}

/// One frequency of four inputs by eight outputs, summed over the lines.
#[inline(always)]
#[allow(clippy::needless_range_loop)] // as above
fn gradient_tile<S: Scalar, const FUSED: bool>(
    job: &Product<'_, S>,
    right: &[S],
    (block, input, half): (usize, usize, usize),
    (offset, count): (usize, usize),
    into: &mut [[S; ELEMENT]],
) {
    const M: usize = 4;
    let lines = offset * job.lines..(offset + 1) * job.lines;
    let spectra =
        job.left.as_chunks::<ELEMENT>().0[lines.start * job.inputs..].chunks_exact(job.inputs);
    let grad =
        right.as_chunks::<ELEMENT>().0[lines.start * job.outputs..].chunks_exact(job.outputs);
    let weight = (block * job.inputs + input) * LANES + half;
    let so_far = |m: usize, from: usize| {
        Lanes(std::array::from_fn(|n| into[(weight + m) * count + offset][from + n]))
    };
    let mut re: [Lanes<S>; M] = std::array::from_fn(|m| so_far(m, 0));
    let mut im: [Lanes<S>; M] = std::array::from_fn(|m| so_far(m, LANES));
    for (x, g) in spectra.zip(grad).take(lines.len()) {
        let (x, g) = (&x[input], &g[block]);
        let (gr, gi) = g.split_at(LANES);
        for m in 0..M {
            let (xr, xi) = (x[half + m], x[LANES + half + m]);
            re[m] = re[m].add::<FUSED>(xr, gr).add::<FUSED>(xi, gi);
            im[m] = im[m].add::<FUSED>(xi, gr).add::<FUSED>(-xr, gi);
        }
    }
    for m in 0..M {
        let to = &mut into[(weight + m) * count + offset];
        to[..LANES].copy_from_slice(&re[m].0);
        to[LANES..].copy_from_slice(&im[m].0);
    }
}
