use pulp::{Simd, WithSimd};

use super::Vector;
use super::vector::lanes;

/// Points of a panel, on which functions are known.
pub(crate) const NODES: usize = 32;

/// Turns Σ over bins into Σ over nodes: `weights[j] = Σ_b magnitude[b]² · cardinal_j(b)`.
pub(crate) struct Gather<'a> {
    /// For each register of bins node after node its cardinal function.
    pub(crate) cardinal: &'a [f64],
    /// Of the bins that there are, whole registers.
    pub(crate) magnitude: &'a [f64],
    pub(crate) weights: &'a mut [f64; NODES],
}

/// Nodes whose sums are kept in registers at a time.
const AT_A_TIME: usize = 8;

impl WithSimd for Gather<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let magnitude = S::as_simd_f64s(self.magnitude).0;
        let (blocks, _) = S::as_simd_f64s(self.cardinal).0.as_chunks::<NODES>();
        for (group, weights) in self.weights.as_chunks_mut::<AT_A_TIME>().0.iter_mut().enumerate() {
            let mut sums = [simd.splat_f64s(0.0); AT_A_TIME];
            for (magnitude, block) in magnitude.iter().zip(blocks) {
                let power = simd.mul_f64s(*magnitude, *magnitude);
                let cardinals = block.as_chunks::<AT_A_TIME>().0[group];
                for (sum, cardinal) in sums.iter_mut().zip(cardinals) {
                    *sum = simd.mul_add_e_f64s(power, cardinal, *sum);
                }
            }
            for (weight, sum) in weights.iter_mut().zip(sums) {
                *weight = simd.reduce_sum_f64s(sum);
            }
        }
    }
}

/// Values at the bins of all panels of one width from values at their nodes.
pub struct Spread<'a, T: Vector> {
    /// For each register of bins node after node its cardinal function.
    pub(crate) cardinal: &'a [T],
    pub(crate) panels: &'a [Known<T>],
    /// Of all panels.
    pub(crate) bins: &'a mut [T],
}

/// A panel's first bin and its values at nodes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known<T> {
    pub(crate) start: usize,
    pub(crate) nodes: [T; NODES],
}

/// Registers of bins whose cardinal functions stay in the nearest cache while every panel uses them.
const AT_HAND: usize = 8;

impl<T: Vector> WithSimd for Spread<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (blocks, _) = T::registers(simd, self.cardinal).as_chunks::<NODES>();
        let bins = T::registers_mut(simd, self.bins);
        for (index, blocks) in blocks.chunks(AT_HAND).enumerate() {
            for panel in self.panels {
                let first = panel.start / lanes::<S, T>() + index * AT_HAND;
                if let Some(bins) = bins.get_mut(first..first + blocks.len()) {
                    spread::<S, T>(simd, &panel.nodes, blocks, bins);
                }
            }
        }
    }
}

#[inline(always)]
fn spread<S: Simd, T: Vector>(
    simd: S,
    nodes: &[T; NODES],
    blocks: &[[T::Register<S>; NODES]],
    bins: &mut [T::Register<S>],
) {
    // A loop: `map` of an array is not always compiled into its caller.
    let mut known = [T::splat(simd, 0.0); NODES];
    known.iter_mut().zip(nodes).for_each(|(slot, value)| *slot = T::splat(simd, value.wide()));
    for (bin, block) in bins.iter_mut().zip(blocks) {
        let mut sums = [T::splat(simd, 0.0); 4];
        for (nodes, cardinals) in known.as_chunks::<4>().0.iter().zip(block.as_chunks::<4>().0) {
            for i in 0..4 {
                sums[i] = T::fused(simd, nodes[i], cardinals[i], sums[i]);
            }
        }
        let halves = (T::plus(simd, sums[0], sums[1]), T::plus(simd, sums[2], sums[3]));
        *bin = T::plus(simd, halves.0, halves.1);
    }
}

/// The last two Chebyshev coefficients of every gain (or of its square) in a panel, which say how
/// well its nodes resolve it.
pub(crate) struct Tails<'a> {
    /// Rows of a panel's state.
    pub(crate) state: &'a [f64],
    /// Coefficient functionals of degrees n − 1 and n − 2, node by node.
    pub(crate) last: &'a [[f64; NODES]; 2],
    pub(crate) squares: bool,
    /// For each gain: magnitude of the tail above what rounding alone makes it.
    pub(crate) tails: &'a mut [f64],
}

/// What rounding leaves in a coefficient, relative to the largest value.
const ROUNDING: f64 = 4e-16;

impl WithSimd for Tails<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let stride = self.tails.len() + 1;
        let rows = S::as_simd_f64s(self.state).0;
        let last = self.last.each_ref().map(|functional| S::as_simd_f64s(functional).0);
        for (k, tail) in self.tails.iter_mut().enumerate() {
            let zero = simd.splat_f64s(0.0);
            let (mut sums, mut largest) = ([zero; 2], zero);
            for (index, row) in rows.chunks_exact(stride).enumerate() {
                let gain = row[1 + k];
                let value = if self.squares { simd.mul_f64s(gain, gain) } else { gain };
                largest = simd.max_f64s(largest, simd.abs_f64s(value));
                for (sum, last) in sums.iter_mut().zip(last) {
                    *sum = simd.mul_add_e_f64s(value, last[index], *sum);
                }
            }
            let size: f64 = sums.iter().map(|sum| simd.reduce_sum_f64s(*sum).abs()).sum();
            *tail = (size - ROUNDING * simd.reduce_max_f64s(largest)).max(0.0);
        }
    }
}
