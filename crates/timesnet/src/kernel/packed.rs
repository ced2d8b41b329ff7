//! A block's weights, and their gradients, in the register tile's order.

use std::sync::OnceLock;

use super::plane::{CHANNEL_STEP, padded_channels};
use super::scalar::Scalar;
use super::shape::BlockShape;
use super::weights::KernelShape;

/// Weights in the tile's order, straight and turned.
pub(crate) struct Packed<S> {
    pub(crate) first: [Vec<S>; 2],
    pub(crate) first_bias: Vec<S>,
    pub(crate) second: [Vec<S>; 2],
    pub(crate) second_bias: Vec<S>,
}

fn both<S: Scalar>(shape: KernelShape, weights: &[S]) -> [Vec<S>; 2] {
    [shape.pack(weights, false), shape.pack(weights, true)]
}

/// A bias for whole tiles of `L` channels.
pub(crate) fn padded<S: Scalar, const L: usize>(bias: &[S]) -> Vec<S> {
    let mut padded = bias.to_vec();
    padded.resize(bias.len().next_multiple_of(L), S::default());
    padded
}

impl<S: Scalar> Packed<S> {
    pub(crate) fn new(shape: &BlockShape, parameters: &[S]) -> Self {
        let [w1, b1, w2, b2] = shape.split(parameters);
        Self {
            first: both(shape.first(), w1),
            first_bias: padded::<S, CHANNEL_STEP>(b1),
            second: both(shape.second(), w2),
            second_bias: padded::<S, CHANNEL_STEP>(b2),
        }
    }

    /// The adjoint convolutions, without bias, in the order they are applied.
    pub(crate) fn adjoint(shape: &BlockShape, parameters: &[S]) -> Self {
        let [w1, _, w2, _] = shape.split(parameters);
        let (first, w2) = shape.second().adjoint(w2);
        let (second, w1) = shape.first().adjoint(w1);
        Self {
            first: both(first, &w2),
            first_bias: vec![S::default(); padded_channels(shape.inner)],
            second: both(second, &w1),
            second_bias: vec![S::default(); padded_channels(shape.outer)],
        }
    }
}

/// Weights put in order when they are first needed.
pub(crate) struct LazyPacked<'a, S> {
    shape: &'a BlockShape,
    parameters: &'a [S],
    packed: OnceLock<Packed<S>>,
}

impl<'a, S: Scalar> LazyPacked<'a, S> {
    pub(crate) fn new(shape: &'a BlockShape, parameters: &'a [S]) -> Self {
        Self { shape, parameters, packed: OnceLock::new() }
    }

    pub(crate) fn get(&self) -> &Packed<S> {
        self.packed.get_or_init(|| Packed::new(self.shape, self.parameters))
    }
}

/// Gradients of the parameters, in the tile's order, of one piece of the batch.
pub(crate) struct Accumulator<S> {
    pub(crate) first: [Vec<S>; 2],
    pub(crate) first_bias: Vec<S>,
    pub(crate) second: [Vec<S>; 2],
    pub(crate) second_bias: Vec<S>,
}

impl<S: Scalar> Accumulator<S> {
    pub(crate) fn new(shape: &BlockShape) -> Self {
        let zeros = |size: usize| vec![S::default(); size];
        let pair = |size: usize| [zeros(size), zeros(size)];
        Self {
            first: pair(shape.first().packed_size()),
            first_bias: zeros(padded_channels(shape.inner)),
            second: pair(shape.second().packed_size()),
            second_bias: zeros(padded_channels(shape.outer)),
        }
    }

    pub(crate) fn add_to(&self, shape: &BlockShape, into: &mut [S]) {
        let [w1, b1, w2, b2] = shape.split_mut(into);
        for (turned, axis) in [false, true].into_iter().zip(0..) {
            shape.first().unpack_add(&self.first[axis], turned, w1);
            shape.second().unpack_add(&self.second[axis], turned, w2);
        }
        add_all(b1, &self.first_bias);
        add_all(b2, &self.second_bias);
    }
}

pub(crate) fn add_all<S: Scalar>(into: &mut [S], from: &[S]) {
    for (to, &from) in into.iter_mut().zip(from) {
        *to = *to + from;
    }
}
