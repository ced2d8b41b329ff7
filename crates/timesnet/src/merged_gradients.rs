//! The gradients of a training step, with those of an inception's parallel kernels as one.
//!
//! Each kernel's gradient is a crop of the merged kernel's, and so are Adam's running means of it:
//! kept once for all kernels they take less than half of the memory.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};

use candle_core::backprop::GradStore;
use candle_core::{Result, Tensor, TensorId, Var};

use crate::kernel_group::KernelGroup;

/// Gradients of a convolution's largest kernel, which the others' are crops of, by that kernel's
/// weights.
pub(crate) type MergedGradients = HashMap<TensorId, Vec<f32>>;

thread_local! {
    /// The passes of this thread that collect, the innermost last: while it waits for a parallel
    /// loop, a thread takes over what else there is to do, another network's pass among it.
    static PASSES: RefCell<Vec<Pass>> = const { RefCell::new(Vec::new()) };
}

/// A backward pass that collects.
struct Pass {
    /// Weights of the kernels whose gradients it collects: those of its own network alone.
    kernels: HashSet<TensorId>,
    collected: MergedGradients,
}

/// What a loss's backward pass gives.
pub(crate) struct Gradients {
    /// Of each parameter by itself.
    pub(crate) own: GradStore,
    /// Of kernels together, in addition.
    pub(crate) merged: MergedGradients,
}

/// Ends the innermost pass, whatever happens.
struct Collecting;

impl Collecting {
    fn begin(kernels: HashSet<TensorId>) -> Self {
        let pass = Pass { kernels, collected: MergedGradients::new() };
        PASSES.with_borrow_mut(|passes| passes.push(pass));
        Self
    }

    fn finish(self) -> MergedGradients {
        PASSES.with_borrow_mut(|passes| {
            passes.last_mut().map(|pass| std::mem::take(&mut pass.collected)).unwrap_or_default()
        })
    }
}

impl Drop for Collecting {
    fn drop(&mut self) {
        PASSES.with_borrow_mut(|passes| drop(passes.pop()));
    }
}

impl Gradients {
    /// Runs the backward pass. The gradients of the kernels of `groups` are left merged; one that
    /// reaches a kernel by another way, as that of a penalty does, is among its own.
    pub(crate) fn of(
        loss: &Tensor,
        vars: &BTreeMap<String, Var>,
        groups: &[KernelGroup],
    ) -> Result<Self> {
        let names = groups.iter().flat_map(|group| &group.names);
        let kernels = names.filter_map(|name| vars.get(name)).map(|var| var.id()).collect();
        let collecting = Collecting::begin(kernels);
        let own = loss.backward()?;
        Ok(Self { own, merged: collecting.finish() })
    }

    #[cfg(test)]
    pub(crate) fn separate(own: GradStore) -> Self {
        Self { own, merged: MergedGradients::new() }
    }
}

/// Adds the gradient that `whole` computes to what this thread collects for a largest kernel, and
/// says whether it collects those of the kernel with these weights. `whole` is `None` for the other
/// kernels, of which nothing is needed.
pub(crate) fn collect(weights: TensorId, whole: Option<impl FnOnce() -> Vec<f32>>) -> bool {
    let of = |passes: &[Pass]| passes.iter().rposition(|pass| pass.kernels.contains(&weights));
    if PASSES.with_borrow(|passes| of(passes)).is_none() {
        return false;
    }
    let Some(whole) = whole else { return true };
    // May run other passes while it waits, so not while the list is borrowed.
    let gradient = whole();
    PASSES.with_borrow_mut(|passes| {
        let Some(pass) = of(passes).and_then(|at| passes.get_mut(at)) else { return };
        match pass.collected.get_mut(&weights) {
            // A loss can hold several passes of one network.
            Some(sum) => sum.iter_mut().zip(gradient).for_each(|(to, from)| *to += from),
            None => drop(pass.collected.insert(weights, gradient)),
        }
    });
    true
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    fn weights() -> TensorId {
        Tensor::zeros(1, candle_core::DType::F32, &Device::Cpu).unwrap().id()
    }

    /// A pass that a thread runs while it waits within another one's: of another network that
    /// collects, and of one whose caller wants each kernel's gradient.
    #[test]
    fn a_pass_within_a_pass_takes_nothing_from_it() {
        let gradient = |value: f32| Some(move || vec![value]);
        let [first, second, other, stranger] = [(); 4].map(|()| weights());
        assert!(!collect(first, gradient(1.0)), "no pass collects yet");
        let outer = Collecting::begin(HashSet::from([first, second]));
        assert!(collect(first, gradient(1.0)));
        let inner = Collecting::begin(HashSet::from([other]));
        assert!(collect(other, gradient(7.0)));
        assert!(!collect(stranger, gradient(8.0)));
        assert_eq!(inner.finish(), MergedGradients::from([(other, vec![7.0])]));
        let within = || {
            let nested = Collecting::begin(HashSet::from([other]));
            assert!(collect(other, gradient(5.0)));
            drop(nested.finish());
            vec![2.0]
        };
        assert!(collect(second, Some(within)) && collect(first, gradient(3.0)));
        let collected = outer.finish();
        assert_eq!(collected, MergedGradients::from([(first, vec![4.0]), (second, vec![2.0])]));
        assert!(!collect(first, gradient(1.0)), "the pass is over");
    }
}
