//! The gradients of a training step, with those of an inception's parallel kernels as one.
//!
//! Each kernel's gradient is a crop of the merged kernel's, and so are Adam's running means of it:
//! kept once for all kernels they take less than half of the memory.

use std::cell::RefCell;
use std::collections::HashMap;

use candle_core::backprop::GradStore;
use candle_core::{Result, Tensor, TensorId};

/// Gradients of a convolution's largest kernel, which the others' are crops of, by that kernel's
/// weights.
pub(crate) type MergedGradients = HashMap<TensorId, Vec<f32>>;

thread_local! {
    /// Where [`crate::merge_op::MergeOp`] leaves them while a pass of this thread collects them.
    static COLLECTED: RefCell<Option<MergedGradients>> = const { RefCell::new(None) };
}

/// What a loss's backward pass gives.
pub(crate) struct Gradients {
    /// Of each parameter by itself.
    pub(crate) own: GradStore,
    /// Of kernels together, in addition.
    pub(crate) merged: MergedGradients,
}

/// Ends the collecting, whatever happens.
struct Collecting;

impl Drop for Collecting {
    fn drop(&mut self) {
        COLLECTED.set(None);
    }
}

impl Gradients {
    /// Runs the backward pass. Kernels' gradients are left merged where `merge` says so; a gradient
    /// that reaches one kernel by another way, as that of a penalty does, is among its own.
    pub(crate) fn of(loss: &Tensor, merge: bool) -> Result<Self> {
        if !merge {
            return Ok(Self::separate(loss.backward()?));
        }
        COLLECTED.set(Some(MergedGradients::new()));
        let collecting = Collecting;
        let own = loss.backward()?;
        let merged = COLLECTED.take().unwrap_or_default();
        drop(collecting);
        Ok(Self { own, merged })
    }

    pub(crate) fn separate(own: GradStore) -> Self {
        Self { own, merged: MergedGradients::new() }
    }
}

/// Adds the gradient that `whole` computes to what this thread collects for a largest kernel, and
/// says whether it collects. `whole` is `None` for the other kernels, of which nothing is needed.
pub(crate) fn collect(weights: TensorId, whole: Option<impl FnOnce() -> Vec<f32>>) -> bool {
    COLLECTED.with_borrow_mut(|collected| {
        let Some(collected) = collected else { return false };
        if let Some(whole) = whole {
            let gradient = whole();
            match collected.get_mut(&weights) {
                // A loss can hold several passes of one network.
                Some(sum) => sum.iter_mut().zip(gradient).for_each(|(to, from)| *to += from),
                None => drop(collected.insert(weights, gradient)),
            }
        }
        true
    })
}
