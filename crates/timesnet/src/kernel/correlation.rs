//! Correlations of spectra: the gradient of a kernel.

use rayon::prelude::*;

use super::grid::{Grid, RUN};
use super::lanes::{Element, blocks, elements, elements_mut};
use super::product::{Product, Run, Sums};
use super::scalar::{Job, Scalar, unrolled, vectorised};
use super::weights::KernelShape;

impl<S: Scalar, const L: usize> Grid<S, L> {
    /// Products of spectra `[line][block][frequency]` of what a kernel was applied to and of its
    /// result's gradient, summed over the lines, with those at the opposite frequency conjugate:
    /// `[frequency][block of outputs][input]`, with the frequencies of [`halves`](Grid::halves). Added
    /// to what `sums` holds where `add`.
    pub(crate) fn correlate(
        &self,
        spectra: &[S],
        grad: &[S],
        shape: KernelShape,
        (sums, add): (&mut [S], bool),
    ) {
        let (inputs, outputs) = (blocks::<L>(shape.inputs), blocks::<L>(shape.outputs));
        let lines = 2 * (spectra.len() / (inputs * self.frequencies() * 2 * L));
        let weights = outputs * inputs * L;
        debug_assert_eq!(sums.len(), self.halves().len() * weights * 2 * L);
        sums.par_chunks_mut(RUN * weights * 2 * L).enumerate().for_each_init(
            || [inputs, outputs].map(|blocks| self.small(RUN * lines * blocks)),
            |[left, right], (run, into)| {
                let run = self.part(run);
                let (left, right) = (elements_mut(left), elements_mut(right));
                let job =
                    Product::<S, L> { lines, inputs, outputs, spectra: elements(spectra), left };
                let (grad, into) = (elements(grad), elements_mut(into));
                vectorised(RunGradient { job, run, grad, right, into, add });
            },
        );
    }

    /// The size of what [`correlate`](Self::correlate) makes.
    pub(crate) fn correlation_size(&self, shape: KernelShape) -> usize {
        let weights = blocks::<L>(shape.outputs) * blocks::<L>(shape.inputs) * L;
        self.halves().len() * weights * 2 * L
    }
}

/// One run of frequencies of a correlation.
struct RunGradient<'a, S, const L: usize> {
    job: Product<'a, S, L>,
    run: Run<'a>,
    grad: &'a [Element<S, L>],
    /// `grad` gathered: `[frequency in the run][line][block of outputs]`.
    right: &'a mut [Element<S, L>],
    into: &'a mut [Element<S, L>],
    add: bool,
}

impl<S: Scalar, const L: usize> Job for RunGradient<'_, S, L> {
    const WIDE: bool = L == 16;

    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let Self { job, run, grad, right, into, add } = self;
        run.gather(job.spectra, job.left);
        run.gather(grad, right);
        if !add {
            into.fill([[S::default(); L]; 2]);
        }
        for offset in 0..run.own.len() {
            for block in 0..job.outputs {
                for input in 0..job.inputs {
                    // As many as the registers hold.
                    if L == 16 {
                        gradient_tiles::<S, FUSED, L, 8>(&job, right, (block, input, offset), into);
                    } else {
                        gradient_tiles::<S, FUSED, L, 4>(&job, right, (block, input, offset), into);
                    }
                }
            }
        }
    }
}

/// One frequency of a block of inputs by a block of outputs, summed over the lines.
#[inline(always)]
fn gradient_tiles<S: Scalar, const FUSED: bool, const L: usize, const M: usize>(
    job: &Product<'_, S, L>,
    right: &[Element<S, L>],
    place: (usize, usize, usize),
    into: &mut [Element<S, L>],
) {
    for first in (0..L).step_by(M) {
        gradient_tile::<S, FUSED, L, M>(job, right, (place, first), into);
    }
}

/// `M` of its inputs.
#[inline(always)]
fn gradient_tile<S: Scalar, const FUSED: bool, const L: usize, const M: usize>(
    job: &Product<'_, S, L>,
    right: &[Element<S, L>],
    ((block, input, offset), first): ((usize, usize, usize), usize),
    into: &mut [Element<S, L>],
) {
    let lines = offset * job.lines..(offset + 1) * job.lines;
    let spectra = job.left[lines.start * job.inputs..].chunks_exact(job.inputs);
    let grad = right[lines.start * job.outputs..].chunks_exact(job.outputs);
    let weight = ((offset * job.outputs + block) * job.inputs + input) * L + first;
    let mut re = [Sums([S::default(); L]); M];
    let mut im = re;
    unrolled!(M, m => {
        let [so_far_re, so_far_im] = into[weight + m];
        (re[m], im[m]) = (Sums(so_far_re), Sums(so_far_im));
    });
    for (x, g) in spectra.zip(grad).take(lines.len()) {
        let ([xr, xi], [gr, gi]) = (&x[input], &g[block]);
        unrolled!(M, m => {
            let (xr, xi) = (xr[first + m], xi[first + m]);
            re[m] = re[m].add::<FUSED>(xr, gr).add::<FUSED>(xi, gi);
            im[m] = im[m].add::<FUSED>(xi, gr).add::<FUSED>(-xr, gi);
        });
    }
    unrolled!(M, m => {
        into[weight + m] = [re[m].0, im[m].0];
    });
}
