//! Convolution and its gradients as products of spectra.
//!
//! With ŵ the spectrum of the kernel laid out backwards, conv(x)^ = x̂·ŵ at each frequency, a
//! matrix product over channels; the adjoint is the same with the adjoint kernel. The kernel's own
//! gradient is the correlation of x with g, x̂·conj(ĝ) summed over the batch. Against the direct
//! sum this does one complex product for each frequency instead of one real product for each tap.

use rayon::prelude::*;

use super::fft::{ELEMENT, LANES};
use super::grid::{Grid, RUN, blocks};
use super::plane::padded_channels;
use super::scalar::{Job, Scalar, multiply_add, vectorised};
use super::weights::KernelShape;

/// Most pairs in one tile: six rows of real and imaginary parts fill the registers.
const TALLEST: usize = 6;

impl<S: Scalar> Grid<S> {
    /// Taps that meet the plane, as `(public index in the kernel, cell of displacement, cell of
    /// the opposite displacement)`.
    fn taps(&self, shape: KernelShape) -> Vec<(usize, usize, usize)> {
        let half = (shape.side / 2) as isize;
        let (rows, cols) = (self.reach().0 as isize, self.reach().1 as isize);
        let mut taps = Vec::new();
        for row in -rows..=rows {
            for col in -cols..=cols {
                let (r, c) = if self.plane().turned { (col, row) } else { (row, col) };
                let index = (r + half) as usize * shape.side + (c + half) as usize;
                taps.push((index, self.at(row, col), self.at(-row, -col)));
            }
        }
        taps
    }

    /// Grid rows that hold taps.
    fn tap_rows(&self, size: usize) -> Vec<usize> {
        let cols = size / ELEMENT / self.rows_of_grid();
        let reach = self.reach().0 as isize;
        let mut rows: Vec<usize> = (-reach..=reach).map(|row| self.at(row, 0) / cols).collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    /// Spectra of a kernel's weights, `[block of outputs][input][frequency]`, divided by the number
    /// of frequencies so that the inverse transform needs no factor.
    pub(crate) fn kernel_spectra(&self, shape: KernelShape, weights: &[S]) -> Vec<S> {
        let size = self.frequencies() * ELEMENT;
        let inputs = padded_channels(shape.inputs);
        let (taps, rows) = (self.taps(shape), self.tap_rows(size));
        let opposite: Vec<usize> = (0..self.frequencies()).map(|f| self.opposite(f)).collect();
        let area = shape.side * shape.side;
        let share = S::of(0.5 / self.frequencies() as f64);
        let mut spectra = vec![S::default(); blocks(shape.outputs) * inputs * size];
        spectra.par_chunks_exact_mut(2 * size).enumerate().for_each_init(
            || (vec![S::default(); size], vec![S::default(); size]),
            |(grid, scratch), (task, two)| {
                // Two inputs at once, as real and imaginary part.
                let (block, input) = (task / (inputs / 2), task % (inputs / 2) * 2);
                if input >= shape.inputs {
                    return;
                }
                grid.fill(S::default());
                for lane in 0..LANES.min(shape.outputs - block * LANES) {
                    let output = block * LANES + lane;
                    for half in 0..2.min(shape.inputs - input) {
                        let from =
                            &weights[(output * shape.inputs + input + half) * area..][..area];
                        for &(index, _, cell) in &taps {
                            grid[cell * ELEMENT + half * LANES + lane] = from[index];
                        }
                    }
                }
                self.forward(&rows, grid, scratch);
                let (first, second) = two.split_at_mut(size);
                vectorised(Separate { both: grid, opposite: &opposite, share, first, second });
            },
        );
        spectra
    }

    /// Spectra `[pair][block of inputs][frequency]` times a kernel's: `[run][pair][block of
    /// outputs][frequency in the run]`.
    pub(crate) fn multiply(&self, spectra: &[S], kernel: &[S], shape: KernelShape) -> Vec<S> {
        let (inputs, outputs) = (blocks(shape.inputs), blocks(shape.outputs));
        let frequencies = self.frequencies();
        let pairs = spectra.len() / (inputs * frequencies * ELEMENT);
        let mut products = vec![S::default(); frequencies * pairs * outputs * ELEMENT];
        products.par_chunks_mut(RUN * pairs * outputs * ELEMENT).enumerate().for_each_init(
            || vec![S::default(); outputs * inputs * LANES * ELEMENT],
            |packed, (run, into)| {
                let job = Product {
                    frequencies,
                    first: run * RUN,
                    pairs,
                    inputs,
                    outputs,
                    spectra,
                    kernel,
                };
                vectorised(RunProduct { job, packed, into });
            },
        );
        products
    }

    /// Adds to `into` (public order) the gradient of a kernel's weights, from the spectra of what
    /// it was applied to and of its result's gradient.
    pub(crate) fn kernel_gradient(
        &self,
        spectra: &[S],
        grad: &[S],
        shape: KernelShape,
        into: &mut [S],
    ) {
        let (inputs, outputs) = (blocks(shape.inputs), blocks(shape.outputs));
        let frequencies = self.frequencies();
        let pairs = spectra.len() / (inputs * frequencies * ELEMENT);
        let lines = outputs * inputs * LANES;
        let mut products = vec![S::default(); frequencies * lines * ELEMENT];
        products.par_chunks_mut(RUN * lines * ELEMENT).enumerate().for_each(|(run, into)| {
            let job = Product {
                frequencies,
                first: run * RUN,
                pairs,
                inputs,
                outputs,
                spectra,
                kernel: grad,
            };
            vectorised(RunGradient { job, into });
        });
        let taps = self.tap_gradients(&products, lines, shape);
        let area = shape.side * shape.side;
        let padded = padded_channels(shape.inputs);
        into.par_chunks_exact_mut(area).enumerate().for_each(|(kernel, into)| {
            let (output, input) = (kernel / shape.inputs, kernel % shape.inputs);
            let line = output / LANES * padded + input;
            let from = &taps[line * area * LANES..(line + 1) * area * LANES];
            for (to, from) in into.iter_mut().zip(from.chunks_exact(LANES)) {
                *to = *to + from[output % LANES];
            }
        });
    }

    /// `[block of outputs][input][tap in public order][lane]`.
    fn tap_gradients(&self, products: &[S], lines: usize, shape: KernelShape) -> Vec<S> {
        let size = self.frequencies() * ELEMENT;
        let (taps, rows) = (self.taps(shape), self.tap_rows(size));
        let opposite: Vec<usize> = (0..self.frequencies()).map(|f| self.opposite(f)).collect();
        let area = shape.side * shape.side;
        let share = S::of(0.5 / self.frequencies() as f64);
        let mut gradients = vec![S::default(); lines * area * LANES];
        gradients.par_chunks_exact_mut(2 * area * LANES).enumerate().for_each_init(
            || [0; 4].map(|_| vec![S::default(); size]),
            |[first, second, grid, scratch], (task, two)| {
                gather_line(products, lines, 2 * task, first);
                gather_line(products, lines, 2 * task + 1, second);
                vectorised(Join { first, second, opposite: &opposite, share, both: grid });
                self.inverse(&rows, grid, scratch);
                let (first, second) = two.split_at_mut(area * LANES);
                for &(index, cell, _) in &taps {
                    let from = &grid[cell * ELEMENT..(cell + 1) * ELEMENT];
                    // Real and imaginary part are exchanged.
                    first[index * LANES..(index + 1) * LANES].copy_from_slice(&from[LANES..]);
                    second[index * LANES..(index + 1) * LANES].copy_from_slice(&from[..LANES]);
                }
            },
        );
        gradients
    }

    /// Adds to `into` the sum over batch and pixels of planes, read off their spectra.
    pub(crate) fn add_sums(&self, spectra: &[S], channels: usize, into: &mut [S]) {
        let size = self.frequencies() * ELEMENT;
        for pair in spectra.chunks_exact(blocks(channels) * size) {
            for (channel, to) in into.iter_mut().enumerate() {
                let mean = &pair[channel / LANES * size..][..ELEMENT];
                *to = *to + mean[channel % LANES] + mean[LANES + channel % LANES];
            }
        }
    }
}

fn gather_line<S: Scalar>(products: &[S], lines: usize, line: usize, grid: &mut [S]) {
    for (run, to) in grid.chunks_mut(RUN * ELEMENT).enumerate() {
        let from = run * RUN * ELEMENT * lines + line * to.len();
        to.copy_from_slice(&products[from..from + to.len()]);
    }
}

/// Takes the spectra of two real signals out of the spectrum of first + i·second.
struct Separate<'a, S> {
    both: &'a [S],
    opposite: &'a [usize],
    share: S,
    first: &'a mut [S],
    second: &'a mut [S],
}

impl<S: Scalar> Job for Separate<'_, S> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let both = self.both.as_chunks::<ELEMENT>().0;
        let first = self.first.as_chunks_mut::<ELEMENT>().0;
        let second = self.second.as_chunks_mut::<ELEMENT>().0;
        for (f, &opposite) in self.opposite.iter().enumerate() {
            let (z, mirror) = (&both[f], &both[opposite]);
            for n in 0..LANES {
                first[f][n] = self.share * (z[n] + mirror[n]);
                first[f][LANES + n] = self.share * (z[LANES + n] - mirror[LANES + n]);
            }
            for n in 0..LANES {
                second[f][n] = self.share * (z[LANES + n] + mirror[LANES + n]);
                second[f][LANES + n] = self.share * (mirror[n] - z[n]);
            }
        }
    }
}

/// The other way: first + i·second of the parts that belong to real signals, with real and
/// imaginary part exchanged for the inverse transform.
struct Join<'a, S> {
    first: &'a [S],
    second: &'a [S],
    opposite: &'a [usize],
    share: S,
    both: &'a mut [S],
}

impl<S: Scalar> Job for Join<'_, S> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let first = self.first.as_chunks::<ELEMENT>().0;
        let second = self.second.as_chunks::<ELEMENT>().0;
        let both = self.both.as_chunks_mut::<ELEMENT>().0;
        for (f, &opposite) in self.opposite.iter().enumerate() {
            let (a, a_mirror) = (&first[f], &first[opposite]);
            let (b, b_mirror) = (&second[f], &second[opposite]);
            for n in 0..LANES {
                let m = LANES + n;
                let re = (a[n] + a_mirror[n]) - (b[m] - b_mirror[m]);
                let im = (a[m] - a_mirror[m]) + (b[n] + b_mirror[n]);
                both[f][n] = self.share * im;
                both[f][m] = self.share * re;
            }
        }
    }
}

/// One run of frequencies of a product.
struct Product<'a, S> {
    frequencies: usize,
    first: usize,
    pairs: usize,
    /// Blocks.
    inputs: usize,
    outputs: usize,
    spectra: &'a [S],
    kernel: &'a [S],
}

struct RunProduct<'a, S> {
    job: Product<'a, S>,
    /// One frequency of the kernel, `[block of outputs][input]`, in one piece.
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
        let Self { job, packed, into } = self;
        let count = into.len() / (job.pairs * job.outputs * ELEMENT);
        let kernel = job.kernel.as_chunks::<ELEMENT>().0;
        let packed = packed.as_chunks_mut::<ELEMENT>().0;
        let into = into.as_chunks_mut::<ELEMENT>().0;
        for offset in 0..count {
            let frequency = job.first + offset;
            for (line, to) in packed.iter_mut().enumerate() {
                *to = kernel[line * job.frequencies + frequency];
            }
            for (pair, height) in runs(job.pairs, TALLEST) {
                for (block, w) in packed.chunks_exact(job.inputs * LANES).enumerate() {
                    let place = (pair, frequency, block, offset, count);
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

/// One frequency of `M` pairs by eight outputs.
#[inline(always)]
#[allow(clippy::needless_range_loop)] // as in `Lanes`: iterators would keep the sums in memory
fn product_tile<S: Scalar, const FUSED: bool, const M: usize>(
    job: &Product<'_, S>,
    weights: &[[S; ELEMENT]],
    (pair, frequency, block, offset, count): (usize, usize, usize, usize, usize),
    into: &mut [[S; ELEMENT]],
) {
    let spectra = job.spectra.as_chunks::<ELEMENT>().0;
    let mut re = [Lanes([S::default(); LANES]); M];
    let mut im = re;
    for (input, w) in weights.as_chunks::<LANES>().0.iter().enumerate() {
        let x: [&[S; ELEMENT]; M] = std::array::from_fn(|m| {
            &spectra[((pair + m) * job.inputs + input) * job.frequencies + frequency]
        });
        for n in 0..LANES {
            let (wr, wi) = w[n].split_at(LANES);
            for m in 0..M {
                re[m] = re[m].add::<FUSED>(x[m][n], wr).add::<FUSED>(-x[m][LANES + n], wi);
                im[m] = im[m].add::<FUSED>(x[m][n], wi).add::<FUSED>(x[m][LANES + n], wr);
            }
        }
    }
    for m in 0..M {
        let to = &mut into[((pair + m) * job.outputs + block) * count + offset];
        to[..LANES].copy_from_slice(&re[m].0);
        to[LANES..].copy_from_slice(&im[m].0);
    }
}

struct RunGradient<'a, S> {
    job: Product<'a, S>,
    into: &'a mut [S],
}

impl<S: Scalar> Job for RunGradient<'_, S> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let Self { job, into } = self;
        let lines = job.outputs * job.inputs * LANES;
        let into = into.as_chunks_mut::<ELEMENT>().0;
        let count = into.len() / lines;
        for offset in 0..count {
            for block in 0..job.outputs {
                for input in 0..job.inputs {
                    for half in [0, 4] {
                        let place = (block, input, half);
                        gradient_tile::<S, FUSED>(&job, place, offset, count, into);
                    }
                }
            }
        }
    }
}

/// One frequency of four inputs by eight outputs, summed over the pairs.
#[inline(always)]
#[allow(clippy::needless_range_loop)] // as above
fn gradient_tile<S: Scalar, const FUSED: bool>(
    job: &Product<'_, S>,
    (block, input, half): (usize, usize, usize),
    offset: usize,
    count: usize,
    into: &mut [[S; ELEMENT]],
) {
    const M: usize = 4;
    let (spectra, grad) =
        (job.spectra.as_chunks::<ELEMENT>().0, job.kernel.as_chunks::<ELEMENT>().0);
    let frequency = job.first + offset;
    let mut re = [Lanes([S::default(); LANES]); M];
    let mut im = re;
    for pair in 0..job.pairs {
        let x = &spectra[(pair * job.inputs + input) * job.frequencies + frequency];
        let g = &grad[(pair * job.outputs + block) * job.frequencies + frequency];
        let (gr, gi) = g.split_at(LANES);
        for m in 0..M {
            let (xr, xi) = (x[half + m], x[LANES + half + m]);
            re[m] = re[m].add::<FUSED>(xr, gr).add::<FUSED>(xi, gi);
            im[m] = im[m].add::<FUSED>(xi, gr).add::<FUSED>(-xr, gi);
        }
    }
    for m in 0..M {
        let line = (block * job.inputs + input) * LANES + half + m;
        let to = &mut into[line * count + offset];
        to[..LANES].copy_from_slice(&re[m].0);
        to[LANES..].copy_from_slice(&im[m].0);
    }
}
