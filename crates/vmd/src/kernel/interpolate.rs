use pulp::{Simd, WithSimd};

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
            *weights = sums.map(|sum| simd.reduce_sum_f64s(sum));
        }
    }
}

/// Values at bins from values at nodes.
pub(crate) struct Spread<'a> {
    /// For each register of bins node after node its cardinal function.
    pub(crate) cardinal: &'a [f64],
    pub(crate) nodes: &'a [f64; NODES],
    /// A whole panel.
    pub(crate) bins: &'a mut [f64],
}

impl WithSimd for Spread<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (blocks, _) = S::as_simd_f64s(self.cardinal).0.as_chunks::<NODES>();
        let nodes = self.nodes.map(|value| simd.splat_f64s(value));
        for (bin, block) in S::as_mut_simd_f64s(self.bins).0.iter_mut().zip(blocks) {
            let mut sums = [simd.splat_f64s(0.0); 4];
            for (nodes, cardinals) in nodes.as_chunks::<4>().0.iter().zip(block.as_chunks::<4>().0)
            {
                for i in 0..4 {
                    sums[i] = simd.mul_add_e_f64s(nodes[i], cardinals[i], sums[i]);
                }
            }
            let halves = (simd.add_f64s(sums[0], sums[1]), simd.add_f64s(sums[2], sums[3]));
            *bin = simd.add_f64s(halves.0, halves.1);
        }
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
