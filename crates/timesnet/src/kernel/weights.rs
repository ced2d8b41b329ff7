//! Reordering of convolution weights for the register tile.
//!
//! Public order is PyTorch's `[output, input, row, col]`. The tile reads
//! `[strip of outputs][row][col][input][output in strip]`, both channel counts padded with zeros.

use super::conv::tile_width;
use super::plane::padded_channels;
use super::scalar::Scalar;

/// Shape of one square kernel in the public order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KernelShape {
    pub(crate) outputs: usize,
    pub(crate) inputs: usize,
    pub(crate) side: usize,
}

impl KernelShape {
    /// Number of values in the public order.
    pub(crate) fn size(&self) -> usize {
        self.outputs * self.inputs * self.side * self.side
    }

    /// Number of values in the tile's order.
    pub(crate) fn packed_size(&self) -> usize {
        padded_channels(self.outputs) * padded_channels(self.inputs) * self.side * self.side
    }

    /// Calls `visit(public index, packed index)` for every weight; `turned` exchanges rows and
    /// columns, as [`super::plane::Plane`] does.
    fn for_each(&self, turned: bool, mut visit: impl FnMut(usize, usize)) {
        let (k, inputs) = (self.side, padded_channels(self.inputs));
        let width = tile_width(padded_channels(self.outputs));
        for output in 0..self.outputs {
            for input in 0..self.inputs {
                for row in 0..k {
                    for col in 0..k {
                        let public = ((output * self.inputs + input) * k + row) * k + col;
                        let (r, c) = if turned { (col, row) } else { (row, col) };
                        let packed = (((output / width * k + r) * k + c) * inputs + input) * width
                            + output % width;
                        visit(public, packed);
                    }
                }
            }
        }
    }

    /// Weights in the tile's order.
    pub(crate) fn pack<S: Scalar>(&self, weights: &[S], turned: bool) -> Vec<S> {
        let mut packed = vec![S::default(); self.packed_size()];
        self.for_each(turned, |public, at| packed[at] = weights[public]);
        packed
    }

    /// Adds weights (or gradients) in the tile's order to `into`, in the public order.
    pub(crate) fn unpack_add<S: Scalar>(&self, packed: &[S], turned: bool, into: &mut [S]) {
        self.for_each(turned, |public, at| into[public] = into[public] + packed[at]);
    }

    /// The kernel whose convolution is the adjoint of this one: channels exchanged, both axes
    /// reversed.
    pub(crate) fn adjoint<S: Scalar>(&self, weights: &[S]) -> (KernelShape, Vec<S>) {
        let area = self.side * self.side;
        let shape = Self { outputs: self.inputs, inputs: self.outputs, side: self.side };
        let mut reversed = vec![S::default(); weights.len()];
        for output in 0..self.outputs {
            for input in 0..self.inputs {
                let from = (output * self.inputs + input) * area;
                let to = (input * self.outputs + output) * area;
                for i in 0..area {
                    reversed[to + area - 1 - i] = weights[from + i];
                }
            }
        }
        (shape, reversed)
    }
}
