//! One period of one sample, by direct convolution.

use super::conv::Conv;
use super::gelu::{gelu, gelu_backward};
use super::packed::{Accumulator, Packed, add_all};
use super::plane::{Plane, padded_channels};
use super::scalar::Scalar;
use super::shape::BlockShape;

/// What the backward pass of one distinct period of one sample needs again.
pub(crate) struct Branch<S> {
    plane: Plane,
    /// Before the activation, as a plane with halo; empty when no gradient is wanted.
    hidden: Vec<S>,
}

/// The output `[len, outer]`, and what [`backward_branch`] needs where `keep`.
pub(crate) fn forward_branch<S: Scalar>(
    shape: &BlockShape,
    series: &[S],
    packed: &Packed<S>,
    period: usize,
    keep: bool,
) -> (Vec<S>, Branch<S>) {
    let plane = Plane::new(shape.len, period, shape.side);
    let (outer, inner) = (padded_channels(shape.outer), padded_channels(shape.inner));
    let turned = usize::from(plane.turned);
    let src = plane.fold(series, shape.outer, S::of(1.0));
    let first = Conv { plane, inputs: outer, outputs: inner, src: &src };
    let mut active = first.apply(&packed.first[turned], &packed.first_bias);
    let hidden = if keep { active.clone() } else { Vec::new() };
    gelu(&mut active);
    let second = Conv { plane, inputs: inner, outputs: outer, src: &active };
    let result = second.apply(&packed.second[turned], &packed.second_bias);
    let mut output = Vec::with_capacity(shape.len * shape.outer);
    for sample in plane.unfold(&result, shape.outer) {
        output.extend_from_slice(sample);
    }
    (output, Branch { plane, hidden })
}

/// Adds the gradients that come through one period, of which `weight` is the sample's share. Returns
/// the product of `grad` with what the branch gave to the output, but for the second bias, which
/// all branches have in common.
#[allow(clippy::too_many_arguments)] // one call site; a struct would only rename the arguments
pub(crate) fn backward_branch<S: Scalar>(
    shape: &BlockShape,
    series: &[S],
    branch: &Branch<S>,
    weight: S,
    adjoint: &Packed<S>,
    grad: &[S],
    into: &mut [S],
    sums: &mut Accumulator<S>,
) -> f64 {
    let plane = branch.plane;
    let (outer, inner) = (padded_channels(shape.outer), padded_channels(shape.inner));
    let turned = usize::from(plane.turned);

    let result_grad = plane.fold(grad, shape.outer, weight);
    let mut active = branch.hidden.clone();
    gelu(&mut active);
    let second = Conv { plane, inputs: inner, outputs: outer, src: &active };
    second.weight_gradient(&result_grad, &mut sums.second[turned]);
    add_channels(&mut sums.second_bias, &result_grad);

    let back = Conv { plane, inputs: outer, outputs: inner, src: &result_grad };
    let active_grad = back.apply(&adjoint.first[turned], &adjoint.first_bias);
    let mut hidden_grad = branch.hidden.clone();
    // ⟨conv₂(active), grad⟩ is ⟨active, conv₂ᵀ(grad)⟩: the output need not be kept for it.
    let through = backward_active(&mut hidden_grad, &active_grad);

    let src = plane.fold(series, shape.outer, S::of(1.0));
    let first = Conv { plane, inputs: outer, outputs: inner, src: &src };
    first.weight_gradient(&hidden_grad, &mut sums.first[turned]);
    add_channels(&mut sums.first_bias, &hidden_grad);

    let back = Conv { plane, inputs: inner, outputs: outer, src: &hidden_grad };
    let src_grad = back.apply(&adjoint.second[turned], &adjoint.second_bias);
    let samples = into.chunks_exact_mut(shape.outer);
    for (to, from) in samples.zip(plane.unfold(&src_grad, shape.outer)) {
        add_all(to, from);
    }
    through
}

/// [`gelu_backward`] with the sums of all lanes added up. By sixteens, because loops of eight do not become
/// vector instructions there; planes are whole eights.
fn backward_active<S: Scalar>(values: &mut [S], grad: &[S]) -> f64 {
    let sixteens = values.len() / 16 * 16;
    let (values, rest) = values.split_at_mut(sixteens);
    let (grad, rest_grad) = grad.split_at(sixteens);
    let through: f64 = gelu_backward::<S, 16>(values, grad).iter().sum();
    through + gelu_backward::<S, 8>(rest, rest_grad).iter().sum::<f64>()
}

/// Adds each pixel's channels to `into`; halo columns are zero and add nothing.
fn add_channels<S: Scalar>(into: &mut [S], plane: &[S]) {
    for pixel in plane.chunks_exact(into.len()) {
        add_all(into, pixel);
    }
}
